# SPDX-License-Identifier: GPL-2.0-or-later
#
# sixpn: kernel module, tools, tests. `make help` lists the targets.
#
# Variables of the caller
#   KVER=6.12.117+deb12-amd64   build for the headers of that kernel (default: the running one, else the newest installed)
#   KDIR=DIR                    build for the headers in DIR
#   SIXPN_SELFTEST=1            module with its self-tests
#   PREFIX=/usr/local DESTDIR=  where `make install` puts things
#   UNITDIR=$(PREFIX)/lib/systemd/system  where it puts systemd units
#   CC CPPFLAGS CFLAGS LDFLAGS  as usual; CFLAGS replaces -O2 -g only, warnings stay
#   V=1                         show the commands
#
# Conventions for userspace/build.mk, which is included below
#   - recipes:  $(call msg,CC,$@) on a line of its own, then $(Q)command
#   - compile with $(CC) $(USER_CPPFLAGS) $(CPPFLAGS) $(USER_CFLAGS) $(CFLAGS), link with $(LDFLAGS) ... $(LDLIBS);
#     -Iinclude -Iinclude/uapi and -DSIXPN_VERSION="x.y.z" are in USER_CPPFLAGS already; add to it with +=
#   - objects go to .build/user/ (same path below it as the source), programs beside their source
#   - it appends to: USER_PROGRAMS (installed in $(PREFIX)/bin), USER_MANS (in share/man), USER_COMPLETIONS
#     (bash, in share/bash-completion/completions without their extension), USER_UNITS (systemd, in $(UNITDIR), @bindir@ filled
#     in), USER_CLEAN (removed by `make clean`)
#   - it defines the phony targets user-tests (prints KTAP, fails when a test does) and user-lint (-Werror, gcc and clang)
#   - its dependency files: -MMD -MP, and an -include of its own
# Nothing there may be the first target, and nothing may run at parse time that needs a library installed.

all: module tools

V ?= 0
ifeq ($(V),1)
Q :=
msg =
else
Q := @
msg = $(if $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),,@printf '  %-7s %s\n' $(1) $(2))
endif

CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
DESTDIR ?=
UNITDIR ?= $(PREFIX)/lib/systemd/system
PKG_CONFIG ?= pkg-config
INSTALL ?= install

VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
USER_CPPFLAGS := -D_GNU_SOURCE -DSIXPN_VERSION='"$(VERSION)"' -Iinclude -Iinclude/uapi
USER_CFLAGS := -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Wformat=2 \
	-Wno-unused-parameter -fno-strict-aliasing -fstack-protector-strong
USER_PROGRAMS :=
USER_MANS :=
USER_COMPLETIONS :=
USER_UNITS :=
USER_CLEAN :=

-include userspace/build.mk

# --- the module ------------------------------------------------------------------------------------------------------

ifdef KDIR
KVER := $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h 2>/dev/null)
else
ifndef KVER
KVER := $(shell r=$$(uname -r); if [ -e /lib/modules/$$r/build/Makefile ]; then echo $$r; else \
	ls -d /lib/modules/*/build/Makefile 2>/dev/null | cut -d/ -f4 | sort -V | tail -n 1; fi)
endif
KDIR := /lib/modules/$(KVER)/build
endif

# Each kernel, and each variant of the module, has a folder of links to the sources: kbuild writes objects beside them,
# and so builds for several kernels neither disturb each other nor the tree. What is installed has a folder of its own; what
# only tests see goes without debug information, a quarter of what compiling costs.
vm_dir := .build/$(KVER)
module_dir := $(vm_dir)-install
ifeq ($(SIXPN_SELFTEST),1)
plain_dir := $(vm_dir)
vm_dir := $(vm_dir)-selftest
module_dir := $(module_dir)-selftest
endif
kbuild = $(MAKE) --no-print-directory -C $(KDIR) M=$(CURDIR)/$(1) $(if $(filter 1,$(V)),V=1)
# And without a warning: one that was seen once and not mended would be silent the next time
for_tests = KCFLAGS="$(KCFLAGS) -g0 -Werror" CONFIG_DEBUG_INFO_BTF_MODULES= W=1

have-headers:
	@[ -e "$(KDIR)/Makefile" ] || { echo "No kernel headers$(if $(KVER), in $(KDIR)). Install linux-headers-amd64, or set KVER= or KDIR=." >&2; exit 1; }

$(sort $(module_dir)/links $(vm_dir)/links): have-headers
	@mkdir -p $(@D)
	@find $(@D) -xtype l -delete
	@find Kbuild dkms.conf kernel include \( -name '*.[chS]' -o -name '*.mk' -o -name Kbuild -o -name dkms.conf \) | \
	while read -r f; do \
		[ -e "$(@D)/$$f" ] || { mkdir -p "$$(dirname "$(@D)/$$f")" && ln -sfn "$(CURDIR)/$$f" "$(@D)/$$f"; }; \
	done

# What the VM loads. VM_TARGET=kernel/x.o: one object of it
VM_TARGET ?= modules
vm-module: $(vm_dir)/links $(if $(plain_dir),$(vm_dir)/seed)
	+@flock $(vm_dir) $(call kbuild,$(vm_dir)) $(for_tests) $(VM_TARGET)

# A module with self-tests begins as a copy of the objects of the one without, as if they had been made in its folder: kbuild
# compares command lines and times, and so makes anew those that differ
$(vm_dir)/seed: $(vm_dir)/links
	+@[ -e $@ ] || { $(MAKE) --no-print-directory vm-module KDIR=$(KDIR) SIXPN_SELFTEST= && flock $(vm_dir) sh -ec '[ ! -e $@ ] || exit 0; \
		cp -p $(plain_dir)/kernel/*.o $(plain_dir)/kernel/.*.o.cmd $(vm_dir)/kernel/; \
		sed -i "s,$(CURDIR)/$(plain_dir)/,$(CURDIR)/$(vm_dir)/,g" $(vm_dir)/kernel/.*.o.cmd; \
		: >$@'; }

module: $(module_dir)/links
	+@flock $(module_dir) $(call kbuild,$(module_dir)) modules
	@cmp -s $(module_dir)/sixpn.ko sixpn.ko || cp $(module_dir)/sixpn.ko sixpn.ko

# sparse over all of it, once it compiles without a warning of W=1
module-lint: vm-module
	+@flock $(vm_dir) $(call kbuild,$(vm_dir)) $(for_tests) C=2 CF="-D__CHECK_ENDIAN__" modules

tools: $(USER_PROGRAMS)

# what the tests in VMs start most, linked statically; selftests/vm/run builds them
net_src := $(wildcard selftests/net/*.c)
net_programs := $(net_src:selftests/net/%.c=.build/net/%)

$(net_programs): .build/net/%: selftests/net/%.c
	@mkdir -p $(@D)
	$(call msg,CC,$@)
	$(Q)$(CC) $(USER_CPPFLAGS) $(CPPFLAGS) $(USER_CFLAGS) $(CFLAGS) $(LDFLAGS) -static -o $@ $<

net-programs: $(net_programs) .build/net/sixpn .build/net/sixpn-dig

# --- install ---------------------------------------------------------------------------------------------------------

bindir := $(DESTDIR)$(PREFIX)/bin
mandir := $(DESTDIR)$(PREFIX)/share/man
compdir := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
unitdir := $(DESTDIR)$(UNITDIR)
kmoddir := $(DESTDIR)/lib/modules/$(KVER)/updates
man_path = $(mandir)/man$(subst .,,$(suffix $(1)))/$(notdir $(1))

install: install-tools install-module

install-tools: tools
	$(Q)for p in $(USER_PROGRAMS); do $(INSTALL) -D -m 755 "$$p" "$(bindir)/$${p##*/}" || exit 1; done
	$(Q)for p in $(USER_MANS); do $(INSTALL) -D -m 644 "$$p" "$(mandir)/man$${p##*.}/$${p##*/}" || exit 1; done
	$(Q)for p in $(USER_COMPLETIONS); do f=$${p##*/}; $(INSTALL) -D -m 644 "$$p" "$(compdir)/$${f%.*}" || exit 1; done
	$(Q)mkdir -p "$(unitdir)"
	$(Q)for p in $(USER_UNITS); do sed "s|@bindir@|$(PREFIX)/bin|" "$$p" >"$(unitdir)/$${p##*/}" || exit 1; \
		chmod 644 "$(unitdir)/$${p##*/}" || exit 1; done

install-module: module
	$(Q)$(INSTALL) -D -m 644 sixpn.ko "$(kmoddir)/sixpn.ko"
	$(Q)$(if $(DESTDIR),:,depmod $(KVER))

uninstall:
	$(Q)rm -f $(foreach p,$(USER_PROGRAMS),"$(bindir)/$(notdir $(p))") $(foreach p,$(USER_MANS),"$(call man_path,$(p))") \
		$(foreach p,$(USER_COMPLETIONS),"$(compdir)/$(basename $(notdir $(p)))") \
		$(foreach p,$(USER_UNITS),"$(unitdir)/$(notdir $(p))") "$(kmoddir)/sixpn.ko"
	$(Q)$(if $(DESTDIR),:,[ ! -d /lib/modules/$(KVER) ] || depmod $(KVER))

dkms_src := /usr/src/sixpn-$(VERSION)

dkms-source:
	$(Q)rm -rf "$(DESTDIR)$(dkms_src)"
	$(Q)find Kbuild dkms.conf COPYING kernel include \( -name '*.[chS]' -o -name '*.mk' -o -name Kbuild -o -name dkms.conf -o -name COPYING \) \
		-exec $(INSTALL) -D -m 644 {} "$(DESTDIR)$(dkms_src)/{}" \;

dkms-install: dkms-source
	$(Q)dkms status sixpn/$(VERSION) | grep -q . && dkms remove sixpn/$(VERSION) --all || :
	$(Q)dkms add sixpn/$(VERSION)
	$(Q)dkms autoinstall $(if $(filter command line,$(origin KVER)),-k $(KVER))
	$(Q)dkms status sixpn/$(VERSION)

dkms-remove:
	$(Q)dkms remove sixpn/$(VERSION) --all
	$(Q)rm -rf "$(dkms_src)"

# --- tests: these do their own set-up --------------------------------------------------------------------------------

setup := selftests/vm/setup

demo:
	@$(setup) --kernel 6.12 build vm test
	@selftests/vm/run -t 120 selftests/demo.sh

check:
	@$(setup) --kernel 6.1 --kernel 6.12 build vm test dkms daemons
	@selftests/run --all

check-debug:
	@$(setup) --kernel debug build vm test daemons debug
	@selftests/run -k debug $(TESTS)

bench:
	@$(setup) --kernel 6.1 build vm test bench bench-daemons
	@selftests/bench/run
	@$(MAKE) --no-print-directory tools
	@selftests/bench/resolver

lint:
	@$(setup) --kernel 6.1 --kernel 6.12 build test lint
	@selftests/lint

clean:
	$(Q)rm -rf .build sixpn.ko $(USER_CLEAN) $(USER_PROGRAMS)

help:
	@echo 'make [all]          sixpn.ko for KVER= or KDIR=, and the tools'
	@echo 'make demo           two hosts, two organisations, three machines, a stock WireGuard laptop, in a VM'
	@echo 'make check          all tests, on Debian'\''s 6.1 and 6.12 kernels, in VMs'
	@echo 'make check-debug    the kernel tests under KASAN, lockdep, kmemleak and more'
	@echo 'make bench          what a packet costs, beside the in-tree WireGuard; an answer, beside other name servers'
	@echo 'make lint           sparse, checkpatch, shellcheck and others'
	@echo 'make install        tools, man pages and module (DESTDIR=, PREFIX=); install-tools, install-module; uninstall'
	@echo 'make dkms-install   module for each kernel with headers, now and later; dkms-remove'
	@echo 'make clean'
	@echo 'V=1 shows the commands. As root, demo, check, check-debug, bench and lint install the packages they lack.'

.PHONY: all have-headers vm-module module module-lint tools net-programs install install-tools install-module uninstall dkms-source \
	dkms-install dkms-remove demo check check-debug bench lint clean help $(module_dir)/links $(vm_dir)/links $(vm_dir)/seed
