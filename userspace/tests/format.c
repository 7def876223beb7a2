// SPDX-License-Identifier: GPL-2.0-or-later
#include "format.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

static const struct {
	const char *text, *wanted;
} escape_rows[] = {
	{ "mesh0", "mesh0" },
	{ "", "" },
	{ "\x1b[31mred", "\\x1b[31mred" },
	{ "a\nb\tc\r", "a\\x0ab\\x09c\\x0d" },
	{ "\x7f", "\\x7f" },
	{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
	/* C1 control CSI, as UTF-8 and bare */
	{ "\xc2\x9b" "31m", "\\xc2\\x9b31m" },
	{ "\x9b" "31m", "\\x9b31m" },
	{ "\xe2\x82\xac", "\xe2\x82\xac" },
	{ "\xf0\x9f\x99\x82", "\xf0\x9f\x99\x82" },
	/* overlong, surrogate, past the end of Unicode, cut short */
	{ "\xc0\xaf", "\\xc0\\xaf" },
	{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
	{ "\xe2\x82", "\\xe2\\x82" },
	{ "\xff", "\\xff" },
};

static void test_escapes(void)
{
	char small[6];
	size_t i;

	for (i = 0; i < TEST_COUNT(escape_rows); i++) {
		const char *text = escape_rows[i].text;
		size_t length = strlen(text), room = length * 4 + 1;
		char *to = malloc(room);

		if (!to)
			return;
		sixpn_format_escaped(to, room, text, length);
		test_result(test_same_text(to, escape_rows[i].wanted),
			    "format: escape of row %zu", i);
		free(to);
	}
	sixpn_format_escaped(small, sizeof(small), "abc\x1b", 4);
	test_result(test_same_text(small, "abc"),
		    "format: an escape is not cut in two");
}

static void test_endpoints(void)
{
	char text[SIXPN_ENDPOINT_TEXT_MAX];
	union sixpn_endpoint endpoint = { 0 };

	endpoint.v6.sin6_family = AF_INET6;
	endpoint.v6.sin6_port = htons(65535);
	endpoint.v6.sin6_addr.s6_addr[0] = 0xfe;
	endpoint.v6.sin6_addr.s6_addr[1] = 0x80;
	endpoint.v6.sin6_scope_id = 1;
	sixpn_format_endpoint(text, &endpoint);
	test_result(test_same_text(text, "[fe80::%lo]:65535"),
		    "format: the scope of an endpoint, by name");
	endpoint.v6.sin6_scope_id = UINT32_MAX;
	sixpn_format_endpoint(text, &endpoint);
	test_result(test_same_text(text, "[fe80::%4294967295]:65535"),
		    "format: the scope of an endpoint, by number");
	memset(&endpoint.v6.sin6_addr, 0xff, 16);
	sixpn_format_endpoint(text, &endpoint);
	test_result(test_same_text(text,
				   "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535"),
		    "format: the longest endpoint");
}

void test_format(void)
{
	test_escapes();
	test_endpoints();
}
