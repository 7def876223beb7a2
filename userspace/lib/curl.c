// SPDX-License-Identifier: GPL-2.0-or-later
#include "curl.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>

struct sixpn_curl sixpn_curl;

/* Where each function belongs, all of which are pointers of one size. */
struct function {
	const char *name;
	size_t offset;
};

static const struct function functions[] = {
#define ROW(name) { "curl_" #name, offsetof(struct sixpn_curl, name) },
	SIXPN_CURL_FUNCTIONS(ROW)
#undef ROW
};

/* Any of the builds that a distribution may have: they differ in TLS only. */
static const char *const names[] = {
	"libcurl-gnutls.so.4", "libcurl.so.4", "libcurl-nss.so.4",
};

static void *load_any(void)
{
	void *library = NULL;
	size_t i;

	for (i = 0; !library && i < sizeof(names) / sizeof(*names); i++)
		library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	return library;
}

int sixpn_curl_load(struct sixpn_error *error)
{
	static void *library;
	size_t i;

	if (library)
		return 0;
	library = load_any();
	if (!library)
		return sixpn_error_set(error, -ENOENT,
				       "a registry in etcd needs libcurl: install the package libcurl3-gnutls");
	for (i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		void *function = dlsym(library, functions[i].name);

		if (!function) {
			dlclose(library);
			library = NULL;
			return sixpn_error_set(error, -ENOENT,
					       "the libcurl installed here is too old: it has no %s()",
					       functions[i].name);
		}
		*(void **)((char *)&sixpn_curl + functions[i].offset) = function;
	}
	return 0;
}
