// SPDX-License-Identifier: GPL-2.0-or-later
#include "resolver_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

#define WHOLE \
	"HTTP/1.0 200 OK\r\n\r\n" \
	"# HELP sixpn_resolver_queries_total sixpn_resolver_queries_total 9\n" \
	"sixpn_resolver_queries_total{zone=\"internal\"} 3\n" \
	"sixpn_resolver_queries_total{zone=\"other\"} 4\n" \
	"sixpn_resolver_refused_sources_total 5\n" \
	"sixpn_resolver_records{kind=\"network\"} 6\n" \
	"sixpn_resolver_records{kind=\"machine\"} 7\n"

static const struct {
	const char *name, *text;
	int ret;
	struct sixpn_resolver_state wanted;
} rows[] = {
	{ "all of it", WHOLE "sixpn_resolver_registry_age_seconds 8.125\n", 0,
	  { 7, 5, 7, 8 } },
	{ "no newline at its end", WHOLE "sixpn_resolver_registry_age_seconds 0.000",
	  0, { 7, 5, 7, 0 } },
	{ "one missing", WHOLE, -EBADMSG, { 0 } },
	{ "no value", WHOLE "sixpn_resolver_registry_age_seconds \n",
	  -EBADMSG, { 0 } },
	{ "a value that is none", WHOLE "sixpn_resolver_registry_age_seconds -1\n",
	  -EBADMSG, { 0 } },
	{ "labels without an end",
	  WHOLE "sixpn_resolver_registry_age_seconds 0\n"
		"sixpn_resolver_queries_total{zone", 0, { 7, 5, 7, 0 } },
	{ "nothing", "", -EBADMSG, { 0 } },
};

void test_resolver_state(void)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sixpn_resolver_state state = { 0 };
		size_t length = strlen(rows[i].text);
		/* Without its NUL, so that a sanitizer sees what reads on. */
		char *copy = malloc(length + 1);
		int ret;

		if (copy)
			memcpy(copy, rows[i].text, length);
		copy = realloc(copy, length ? length : 1);
		ret = sixpn_resolver_state_parse(&state, copy, length);
		test_result(ret == rows[i].ret &&
			    !memcmp(&state, &rows[i].wanted, sizeof(state)),
			    "resolver state: %s", rows[i].name);
		free(copy);
	}
	test_result(sixpn_resolver_state_read(NULL, "/nonexistent") == -ENOENT,
		    "resolver state: nobody there");
}
