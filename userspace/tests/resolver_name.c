// SPDX-License-Identifier: GPL-2.0-or-later
#include "name.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "dns.h"
#include "record.h"
#include "test.h"

static const struct {
	const char *text;
	enum sixpn_name_domain domain;
	enum sixpn_name_kind kind;
	const char *app, *label, *second;
	uint32_t number;
	uint16_t port;
} names[] = {
	{ ".", SIXPN_NAME_OUTSIDE, SIXPN_NAME_ABSENT, "", "", "", 0, 0 },
	{ "com", SIXPN_NAME_OUTSIDE, SIXPN_NAME_ABSENT, "", "", "", 0, 0 },
	{ "xinternal", SIXPN_NAME_OUTSIDE, SIXPN_NAME_ABSENT, "", "", "", 0,
	  0 },
	{ "arpa", SIXPN_NAME_OUTSIDE, SIXPN_NAME_ABSENT, "", "", "", 0, 0 },
	{ "ip6.arpa", SIXPN_NAME_OUTSIDE, SIXPN_NAME_ABSENT, "", "", "", 0, 0 },
	{ "a.d.f.ip6.arpa", SIXPN_NAME_OUTSIDE, SIXPN_NAME_ABSENT, "", "", "",
	  0, 0 },
	{ "a.a.d.f.in-addr.arpa", SIXPN_NAME_OUTSIDE, SIXPN_NAME_ABSENT, "", "",
	  "", 0, 0 },
	{ "internal", SIXPN_NAME_INTERNAL, SIXPN_NAME_APEX, "", "", "", 0, 0 },
	{ "web.internal", SIXPN_NAME_INTERNAL, SIXPN_NAME_APP, "web", "", "", 0,
	  0 },
	{ "fra.web.internal", SIXPN_NAME_INTERNAL, SIXPN_NAME_REGION, "web",
	  "fra", "", 0, 0 },
	{ "vm.web.internal", SIXPN_NAME_INTERNAL, SIXPN_NAME_WORD, "web", "vm",
	  "", 0, 0 },
	{ "m.vm.web.internal", SIXPN_NAME_INTERNAL, SIXPN_NAME_MACHINE, "web",
	  "m", "", 0, 0 },
	{ "x.m.vm.web.internal", SIXPN_NAME_INTERNAL, SIXPN_NAME_ABSENT, NULL,
	  NULL, NULL, 0, 0 },
	{ "a.b.kv._metadata.web.internal", SIXPN_NAME_INTERNAL,
	  SIXPN_NAME_VALUE, "web", "b", "a", 0, 0 },
	{ "x.a.b.kv._metadata.web.internal", SIXPN_NAME_INTERNAL,
	  SIXPN_NAME_ABSENT, NULL, NULL, NULL, 0, 0 },
	{ "top65535.nearest.of.web.internal", SIXPN_NAME_INTERNAL,
	  SIXPN_NAME_TOP, "web", NULL, NULL, 65535, 0 },
	{ "top65536.nearest.of.web.internal", SIXPN_NAME_INTERNAL,
	  SIXPN_NAME_ABSENT, NULL, NULL, NULL, 0, 0 },
	{ "top01.nearest.of.web.internal", SIXPN_NAME_INTERNAL,
	  SIXPN_NAME_ABSENT, NULL, NULL, NULL, 1, 0 },
	{ "top1x.nearest.of.web.internal", SIXPN_NAME_INTERNAL,
	  SIXPN_NAME_ABSENT, NULL, NULL, NULL, 0, 0 },
	{ "_https._tcp.web.internal", SIXPN_NAME_INTERNAL, SIXPN_NAME_PORT,
	  "web", NULL, NULL, SIXPN_PROTOCOL_TCP, 443 },
	{ "_65535._udp.web.flycast", SIXPN_NAME_FLYCAST, SIXPN_NAME_PORT, "web",
	  NULL, NULL, SIXPN_PROTOCOL_UDP, 65535 },
	{ "_none._udp.web.flycast", SIXPN_NAME_FLYCAST, SIXPN_NAME_ABSENT, NULL,
	  NULL, NULL, 0, 0 },
	{ "_._tcp.web.internal", SIXPN_NAME_INTERNAL, SIXPN_NAME_ABSENT, NULL,
	  NULL, NULL, 0, 0 },
	{ "all._instances.internal", SIXPN_NAME_INTERNAL,
	  SIXPN_NAME_ALL_INSTANCES, "", NULL, "", 0, 0 },
	{ "all._apps.internal", SIXPN_NAME_INTERNAL, SIXPN_NAME_ABSENT, NULL,
	  NULL, NULL, 0, 0 },
	{ "fdaa--3._whois.internal", SIXPN_NAME_INTERNAL,
	  SIXPN_NAME_WHOIS_ADDRESS, "", NULL, "", 0, 0 },
	{ "fdaa\\0583._whois.internal", SIXPN_NAME_INTERNAL, SIXPN_NAME_ABSENT,
	  NULL, NULL, NULL, 0, 0 },
	{ "global.web.flycast", SIXPN_NAME_FLYCAST, SIXPN_NAME_ABSENT, NULL,
	  NULL, NULL, 0, 0 },
	{ "flycast", SIXPN_NAME_FLYCAST, SIXPN_NAME_APEX, "", "", "", 0, 0 },
	{ "a.a.d.f.ip6.arpa", SIXPN_NAME_REVERSE, SIXPN_NAME_APEX, "", "", "",
	  4, 0 },
	{ "1.a.a.d.f.ip6.arpa", SIXPN_NAME_REVERSE, SIXPN_NAME_ADDRESS_PART, "",
	  "", "", 5, 0 },
	{ "11.a.a.d.f.ip6.arpa", SIXPN_NAME_REVERSE, SIXPN_NAME_ABSENT, NULL,
	  NULL, NULL, 0, 0 },
	{ "g.a.a.d.f.ip6.arpa", SIXPN_NAME_REVERSE, SIXPN_NAME_ABSENT, NULL,
	  NULL, NULL, 0, 0 },
};

static bool same(struct sixpn_text got, const char *wanted)
{
	return !wanted || (got.length == strlen(wanted) &&
			   !memcmp(wanted, got.text ? got.text : "",
				   got.length));
}

static void check_names(void)
{
	uint8_t wire[SIXPN_DNS_NAME_MAX];
	struct sixpn_name name;
	size_t i;
	bool ok;

	for (i = 0; i < TEST_COUNT(names); i++) {
		ok = sixpn_dns_name_parse(wire, names[i].text) > 0;
		if (ok)
			sixpn_name_parse(&name, wire);
		ok = ok && name.domain == names[i].domain &&
		     name.kind == names[i].kind &&
		     same(name.app, names[i].app) &&
		     same(name.label, names[i].label) &&
		     same(name.second, names[i].second) &&
		     (name.kind == SIXPN_NAME_ABSENT ||
		      (name.number == names[i].number &&
		       name.port == names[i].port));
		test_result(ok, "name %s", names[i].text);
	}
}

static void check_address(void)
{
	uint8_t wire[SIXPN_DNS_NAME_MAX];
	char text[INET6_ADDRSTRLEN];
	struct sixpn_name name;

	sixpn_dns_name_parse(wire,
			     "2.0.0.0.5.0.0.0.0.0.0.0.7.0.e.9.d.1.b.4.a.2.0.0."
			     "0.0.0.0.a.a.d.f.ip6.arpa");
	sixpn_name_parse(&name, wire);
	inet_ntop(AF_INET6, &name.address, text, sizeof(text));
	test_result(name.kind == SIXPN_NAME_ADDRESS &&
			    test_same_text(text, "fdaa:0:2a:4b1d:9e07:0:5:2"),
		    "name of an address");
}

/* 127 labels of one byte. */
static void check_long(void)
{
	uint8_t wire[SIXPN_DNS_NAME_MAX];
	struct sixpn_name name;
	size_t i;

	for (i = 0; i < 254; i += 2) {
		wire[i] = 1;
		wire[i + 1] = 'a';
	}
	wire[254] = 0;
	sixpn_name_parse(&name, wire);
	test_result(name.domain == SIXPN_NAME_OUTSIDE, "name of 127 labels");
}

void test_resolver_name(void)
{
	check_names();
	check_address();
	check_long();
}
