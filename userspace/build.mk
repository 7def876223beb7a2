# SPDX-License-Identifier: GPL-2.0-or-later
#
# User space: the library, the CLI, the resolver, their tests and fuzzers. Included by the
# Makefile at the top, whose first lines tell the conventions.
#
#   make tools             the programs
#   make user-tests        unit and CLI tests, plain and under sanitizers; KTAP
#   make user-lint         gcc and clang, warnings are errors
#   make fuzz              every fuzzer for FUZZ_SECONDS (60) seconds
#   make user-fuzz-check   the same for ten seconds each, those of the resolver for a minute; KTAP

user_o := .build/user
user_asan_o := .build/user-asan
user_fuzz_o := .build/user-fuzz
# where selftests/vm/setup unpacks what tests start
user_daemons = $${XDG_CACHE_HOME:-$$HOME/.cache}/sixpn/packages

user_lib_src := $(wildcard userspace/lib/*.c)
user_cli_src := $(wildcard userspace/sixpn/*.c)
# what only sixpn-dig has of it, and what starts that one: libknot takes longer to load than most commands take to run
user_dig_src := userspace/sixpn/dig.c userspace/sixpn/dig_print.c
user_dig_start_src := userspace/sixpn/dig_start.c
user_resolver_src := $(wildcard userspace/resolver/*.c)
user_test_src := $(wildcard userspace/tests/*.c)
user_fuzz_src := $(wildcard userspace/fuzz/*.c)
user_src := $(user_lib_src) $(user_cli_src) $(user_resolver_src) $(user_test_src) $(user_fuzz_src)
# What the unit tests and the fuzzers link of the resolver: all of it but main().
user_resolver_parts := $(filter-out %/main.c,$(user_resolver_src))
user_unit_src := $(user_lib_src) $(user_test_src) $(filter-out %/main.c $(user_dig_start_src),$(user_cli_src)) $(user_resolver_parts)

# Asked for when a recipe runs, not when make starts.
user_packages := libnl-3.0 libnl-genl-3.0 libsodium jansson sqlite3 libuv libqrencode libknot
# loaded when they are needed (curl.h, notify.h); tests have the first one linked
user_packages_late := libcurl libsystemd
user_lib_cflags = $(shell $(PKG_CONFIG) --cflags $(user_packages) $(user_packages_late))
user_lib_libs = $(shell $(PKG_CONFIG) --libs $(user_packages)) -ldl
# the first one's .pc wants what it was built with, too
user_resolver_libs := -lunbound -lcap-ng
user_unit_libs = $(shell $(PKG_CONFIG) --libs libcurl)

USER_CPPFLAGS += -Iuserspace/lib -Iuserspace/sixpn -Iuserspace/resolver
USER_PROGRAMS += userspace/sixpn/sixpn userspace/sixpn/sixpn-dig userspace/resolver/sixpn-resolver
USER_MANS += userspace/man/sixpn.8 userspace/man/sixpn.conf.5 userspace/man/sixpn-registry.7 userspace/man/sixpn-names.7
USER_MANS += userspace/man/sixpn-up.8 userspace/man/sixpn-network.8 userspace/man/sixpn-host.8
USER_MANS += userspace/man/sixpn-dig.8 userspace/man/sixpn-machine.8 userspace/man/sixpn-client.8 userspace/man/sixpn-agent.8
USER_MANS += userspace/man/sixpn-resolver.8
USER_COMPLETIONS += userspace/completion/sixpn.bash
USER_UNITS += userspace/systemd/sixpn-agent.service userspace/systemd/sixpn-resolver.service
USER_CLEAN += userspace/sixpn/sixpn userspace/sixpn/sixpn-dig userspace/resolver/sixpn-resolver $(user_o) $(user_asan_o) $(user_fuzz_o)

user_compile = $(USER_CPPFLAGS) $(CPPFLAGS) $(USER_CFLAGS) $(CFLAGS) $(user_lib_cflags)
user_sanitize := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# Sanitizers' reports name lines, for which -g1 is enough; -O1 is what they are made for. Both compile in half the time.
user_asan_compile = $(user_compile) -O1 -g1 $(user_sanitize)
# Set for a KTAP stream in which a sanitizer's report is a failure like others.
user_sanitize_env := ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1

$(user_o)/%.o: %.c
	@mkdir -p $(@D)
	$(call msg,CC,$<)
	$(Q)$(CC) $(user_compile) -MMD -MP -c -o $@ $<

$(user_asan_o)/%.o: %.c
	@mkdir -p $(@D)
	$(call msg,CC,$@)
	$(Q)$(CC) $(user_asan_compile) -MMD -MP -c -o $@ $<

$(user_o)/libsixpn.a: $(user_lib_src:%.c=$(user_o)/%.o)
	$(call msg,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# Of the library, and of the libraries below it, what it uses: it is started often.
userspace/sixpn/sixpn: $(patsubst %.c,$(user_o)/%.o,$(filter-out $(user_dig_src),$(user_cli_src))) $(user_o)/libsixpn.a
	$(call msg,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -Wl,--as-needed -o $@ $^ $(user_lib_libs) $(LDLIBS)

# The same objects for the tests in VMs, which start it thousands of times: most of its libraries linked in, it starts in
# two thirds of the time under emulation.
.build/net/sixpn: $(patsubst %.c,$(user_o)/%.o,$(filter-out $(user_dig_src),$(user_cli_src))) $(user_o)/libsixpn.a
	@mkdir -p $(@D)
	$(call msg,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -Wl,--as-needed -o $@ $^ \
		-Wl,-Bstatic -lnl-genl-3 -lnl-3 -lsodium -ljansson -lsqlite3 -luv_a -Wl,-Bdynamic -lqrencode -ldl -lm $(LDLIBS)

.build/net/sixpn-dig: userspace/sixpn/sixpn-dig
	@ln -sfn ../../$< $@

userspace/sixpn/sixpn-dig: $(patsubst %.c,$(user_o)/%.o,$(filter-out $(user_dig_start_src),$(user_cli_src))) $(user_o)/libsixpn.a
	$(call msg,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -Wl,--as-needed -o $@ $^ $(user_lib_libs) $(LDLIBS)

$(user_asan_o)/sixpn: $(patsubst %.c,$(user_asan_o)/%.o,$(filter-out $(user_dig_src),$(user_cli_src)) $(user_lib_src))
	$(call msg,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(user_sanitize) $(LDFLAGS) -pthread -o $@ $^ $(user_lib_libs) $(LDLIBS)

$(user_asan_o)/sixpn-dig: $(patsubst %.c,$(user_asan_o)/%.o,$(filter-out $(user_dig_start_src),$(user_cli_src)) $(user_lib_src))
	$(call msg,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(user_sanitize) $(LDFLAGS) -pthread -o $@ $^ $(user_lib_libs) $(LDLIBS)

userspace/resolver/sixpn-resolver: $(user_resolver_src:%.c=$(user_o)/%.o) $(user_o)/libsixpn.a
	$(call msg,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -Wl,--as-needed -o $@ $^ $(user_lib_libs) $(user_resolver_libs) $(LDLIBS)

$(user_asan_o)/sixpn-resolver: $(user_resolver_src:%.c=$(user_asan_o)/%.o) $(user_lib_src:%.c=$(user_asan_o)/%.o)
	$(call msg,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(user_sanitize) $(LDFLAGS) -pthread -o $@ $^ $(user_lib_libs) $(user_resolver_libs) $(LDLIBS)

$(user_o)/unit: $(user_unit_src:%.c=$(user_o)/%.o)
	$(call msg,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(user_lib_libs) $(user_unit_libs) $(user_resolver_libs) $(LDLIBS)

$(user_asan_o)/unit: $(user_unit_src:%.c=$(user_asan_o)/%.o)
	$(call msg,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(user_sanitize) $(LDFLAGS) -pthread -o $@ $^ $(user_lib_libs) $(user_unit_libs) $(user_resolver_libs) $(LDLIBS)

-include $(user_src:%.c=$(user_o)/%.d) $(user_src:%.c=$(user_asan_o)/%.d)

# --- tests -----------------------------------------------------------------------------------------------------------

user-test-programs: userspace/sixpn/sixpn userspace/sixpn/sixpn-dig userspace/resolver/sixpn-resolver $(user_o)/unit

# What other makes may be at as well (selftests/run starts several): as selftests/vm/run does
user_alone = mkdir -p .build && flock .build $(MAKE)

user-tests: $(user_asan_o)/unit $(user_asan_o)/sixpn $(user_asan_o)/sixpn-dig $(user_asan_o)/sixpn-resolver
	+@$(user_alone) user-test-programs
	@$(user_sanitize_env) PATH="$$PATH:$(user_daemons)/etcd-server/usr/bin" userspace/tests/run \
		"unit: $(user_o)/unit" \
		"unit, sanitized: $(user_asan_o)/unit" \
		"cli: userspace/tests/cli.sh userspace/sixpn/sixpn" \
		"cli, sanitized: userspace/tests/cli.sh $(user_asan_o)/sixpn" \
		"nouns: userspace/tests/nouns.sh userspace/sixpn/sixpn" \
		"nouns, sanitized: userspace/tests/nouns.sh $(user_asan_o)/sixpn" \
		"machine: userspace/tests/noun_machine.sh userspace/sixpn/sixpn $(user_o)/unit" \
		"machine, sanitized: userspace/tests/noun_machine.sh $(user_asan_o)/sixpn $(user_o)/unit" \
		"client: userspace/tests/noun_client.sh userspace/sixpn/sixpn $(user_o)/unit" \
		"client, sanitized: userspace/tests/noun_client.sh $(user_asan_o)/sixpn $(user_o)/unit" \
		"dig: userspace/tests/dig.sh userspace/sixpn/sixpn" \
		"dig, sanitized: userspace/tests/dig.sh $(user_asan_o)/sixpn" \
		"resolver: userspace/tests/resolver.py userspace/resolver/sixpn-resolver $(user_o)/unit userspace/sixpn/sixpn" \
		"resolver, sanitized: userspace/tests/resolver.py $(user_asan_o)/sixpn-resolver $(user_o)/unit $(user_asan_o)/sixpn" \
		"documents: userspace/tests/documents.sh userspace/sixpn/sixpn $(user_o)/unit"

# --- fuzzers: clang, libFuzzer ----------------------------------------------------------------------------------------

FUZZ_CC ?= clang
FUZZ_SECONDS ?= 60
FUZZ_CHECK_SECONDS ?= 10
# what strangers send, and what decides which names they see, for a minute
user_fuzz_minute := dns name zone
user_fuzzers := $(patsubst userspace/fuzz/%.c,%,$(filter-out %/seeds.c,$(user_fuzz_src)))
user_fuzz_programs := $(user_fuzzers:%=$(user_fuzz_o)/fuzz-%)
user_fuzz_compile = $(FUZZ_CC) $(user_compile) -g1 $(user_sanitize) -fsanitize=fuzzer-no-link

$(user_fuzz_o)/%.o: %.c
	@mkdir -p $(@D)
	$(call msg,CC,$@)
	$(Q)$(user_fuzz_compile) -MMD -MP -c -o $@ $<

$(user_fuzzers:%=$(user_fuzz_o)/fuzz-%): $(user_fuzz_o)/fuzz-%: $(user_fuzz_o)/userspace/fuzz/%.o $(user_lib_src:%.c=$(user_fuzz_o)/%.o) $(user_resolver_parts:%.c=$(user_fuzz_o)/%.o)
	$(call msg,LD,$@)
	$(Q)$(FUZZ_CC) $(CFLAGS) $(user_sanitize) -fsanitize=fuzzer $(LDFLAGS) -pthread -o $@ $^ $(user_lib_libs) $(user_resolver_libs) $(LDLIBS)

$(user_fuzz_o)/seeds: $(user_o)/userspace/fuzz/seeds.o $(user_lib_src:%.c=$(user_o)/%.o) $(user_resolver_parts:%.c=$(user_o)/%.o)
	$(call msg,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(user_lib_libs) $(user_resolver_libs) $(LDLIBS)

fuzz: $(user_fuzz_programs)
	+@$(user_alone) $(user_fuzz_o)/seeds
	@userspace/fuzz/run $(user_fuzz_o) $(FUZZ_SECONDS) $(user_fuzzers)

user-fuzz-check: $(user_fuzz_programs)
	+@$(user_alone) $(user_fuzz_o)/seeds
	@userspace/fuzz/run $(user_fuzz_o) $(FUZZ_CHECK_SECONDS) $(foreach f,$(user_fuzzers),$(f)$(if $(filter $f,$(user_fuzz_minute)),:60))

-include $(user_src:%.c=$(user_fuzz_o)/%.d)

# --- lint ------------------------------------------------------------------------------------------------------------

user-lint:
	$(Q)for cc in gcc clang; do \
		for f in $(user_src) $(net_src); do \
			$$cc $(user_compile) -Werror -fsyntax-only $$f || exit 1; \
		done; \
	done
	$(Q)shellcheck -x userspace/tests/run userspace/tests/*.sh userspace/fuzz/run userspace/completion/sixpn.bash
	$(Q)mandoc -Tlint -W warning userspace/man/*.[578]

.PHONY: user-test-programs user-tests user-lint fuzz user-fuzz-check
