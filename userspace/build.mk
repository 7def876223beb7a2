# SPDX-License-Identifier: GPL-2.0-or-later
#
# User space: the library, the CLI, their tests and fuzzers. Included by the
# Makefile at the top, whose first lines tell the conventions.

user_o := .build/user

user_lib_src := $(wildcard userspace/lib/*.c)
user_cli_src := $(wildcard userspace/sixpn/*.c)
user_lib_obj := $(user_lib_src:%.c=$(user_o)/%.o)
user_cli_obj := $(user_cli_src:%.c=$(user_o)/%.o)

# Asked for when a recipe runs, not when make starts.
user_packages := libnl-3.0 libnl-genl-3.0 libsodium jansson
user_lib_cflags = $(shell $(PKG_CONFIG) --cflags $(user_packages))
user_lib_libs = $(shell $(PKG_CONFIG) --libs $(user_packages))

USER_CPPFLAGS += -Iuserspace/lib
USER_PROGRAMS += userspace/sixpn/sixpn
USER_MANS += userspace/man/sixpn.8
USER_COMPLETIONS += userspace/completion/sixpn.bash
USER_CLEAN += userspace/sixpn/sixpn $(user_o)

user_compile = $(CC) $(USER_CPPFLAGS) $(CPPFLAGS) $(USER_CFLAGS) $(CFLAGS) $(user_lib_cflags)

$(user_o)/%.o: %.c
	@mkdir -p $(@D)
	$(call msg,CC,$<)
	$(Q)$(user_compile) -MMD -MP -c -o $@ $<

userspace/sixpn/sixpn: $(user_cli_obj) $(user_lib_obj)
	$(call msg,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(user_lib_libs) $(LDLIBS)

-include $(user_cli_obj:.o=.d) $(user_lib_obj:.o=.d)
