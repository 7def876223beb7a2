// SPDX-License-Identifier: GPL-2.0-or-later
#include "upstream.h"

#include <string.h>

#include "test.h"

/* @configured: NULL: those of @resolv_conf */
static const struct {
	const char *name, *configured, *resolv_conf, *wanted;
} rows[] = {
	{ "nothing", NULL, "", "" },
	{ "of resolv.conf", NULL, "nameserver 192.0.2.1\n", "192.0.2.1@53 " },
	{ "two, with tabs and no newline at the end", NULL,
	  "search a.example\nnameserver\t192.0.2.1\nnameserver  2001:db8::1",
	  "192.0.2.1@53 2001:db8::1@53 " },
	{ "a scope", NULL, "nameserver fe80::1%eth0\n", "fe80::1%eth0@53 " },
	{ "comments", NULL, "#nameserver 192.0.2.1\n;nameserver 192.0.2.1\n",
	  "" },
	{ "we ourselves", NULL,
	  "nameserver fdaa::3\nnameserver fdaa:0:2a::3\nnameserver 192.0.2.1\n",
	  "192.0.2.1@53 " },
	{ "no address", NULL, "nameserver a.example\nnameserver\nnameserver 1\n",
	  "" },
	{ "a line that is too long", NULL,
	  "options aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "\nnameserver 192.0.2.1\n", "192.0.2.1@53 " },
	{ "configured ones come in their place", "192.0.2.2",
	  "nameserver 192.0.2.1\n", "192.0.2.2@53 " },
	{ "with ports", "192.0.2.2:54, [2001:db8::1]:55,2001:db8::2", "",
	  "192.0.2.2@54 2001:db8::1@55 2001:db8::2@53 " },
};

void test_resolver_servers(void)
{
	char servers[SIXPN_UPSTREAM_SERVERS_MAX], many[4096] = "";
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		sixpn_upstream_servers(servers, rows[i].configured,
				       rows[i].resolv_conf);
		test_result(test_same_text(servers, rows[i].wanted),
			    "resolver servers: %s", rows[i].name);
	}
	for (i = 0; i < 150; i++)
		strcat(many, "nameserver 192.0.2.1\n");
	sixpn_upstream_servers(servers, NULL, many);
	test_result(strlen(servers) == 1014, "resolver servers: as many as fit");
}
