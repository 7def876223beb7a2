// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses bit for bit, and the numbers that follow from keys and names. The
 * vectors were made with another implementation of BLAKE2s.
 */
#include <sixpn/addr.h>

#include "../derive.h"

#include "selftest.h"

#include <linux/sixpn.h>
#include <linux/string.h>

static const struct in6_addr counting = { .s6_addr = {
	0xfd, 0xaa, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06,
	0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e,
} };

static bool is(const struct in6_addr *a, const struct in6_addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static const char *test_layout(void)
{
	struct sixpn_addr parts;
	struct in6_addr addr;

	if (!sixpn_addr_parse(&counting, &parts))
		return "a 6PN address is none";
	if (parts.network != 0x01020304 || parts.host != 0x05060708 ||
	    parts.machine != 0x090a0b0c || parts.sub != 0x0d0e)
		return "parts of an address";
	memset(&addr, 0xff, sizeof(addr));
	sixpn_addr_build(&addr, parts.network, parts.host, parts.machine,
			 parts.sub);
	if (!is(&addr, &counting))
		return "an address of its parts";
	sixpn_addr_build(&addr, U32_MAX, 0, U32_MAX, 0);
	if (sixpn_addr_network(&addr) != U32_MAX || sixpn_addr_host(&addr) ||
	    sixpn_addr_machine(&addr) != U32_MAX || sixpn_addr_sub(&addr))
		return "one part runs into another";
	addr.s6_addr[1] ^= 1;
	if (sixpn_addr_is(&addr) || sixpn_addr_parse(&addr, &parts))
		return "a foreign address is 6PN";
	return NULL;
}

/* Which of two addresses' bytes tell networks and machines apart. */
static const char *test_compare(void)
{
	struct in6_addr other;
	unsigned int i;

	for (i = 2; i < sizeof(other); i++) {
		bool network = i < 6, machine = i < 14; /* what differs */

		other = counting;
		other.s6_addr[i] ^= 0x80;
		if (sixpn_addr_same_network(&counting, &other) == network)
			return "same network";
		if (sixpn_addr_same_machine(&counting, &other) == machine)
			return "same machine";
		other = sixpn_addr_machine_prefix(&other);
		if (other.s6_addr[14] || other.s6_addr[15] ||
		    sixpn_addr_same_machine(&counting, &other) == machine)
			return "prefix of a machine";
	}
	return NULL;
}

static const char *test_reserved(void)
{
	static const struct in6_addr fdaa3 = { .s6_addr = {
		0xfd, 0xaa, [15] = 3,
	} };
	struct in6_addr addr;

	sixpn_addr_build_resolver(&addr, SIXPN_NETWORK_NONE);
	if (!is(&addr, &fdaa3) || !sixpn_addr_is_resolver(&addr))
		return "fdaa::3";
	sixpn_addr_build_resolver(&addr, 42);
	if (!sixpn_addr_is_resolver(&addr) || sixpn_addr_is_machine(&addr) ||
	    sixpn_addr_network(&addr) != 42)
		return "resolver of a network";
	addr.s6_addr[15] = 4;
	if (sixpn_addr_is_resolver(&addr))
		return "another well-known address is a resolver";
	sixpn_addr_build(&addr, 42, SIXPN_HOST_FLYCAST, 7, 2);
	if (sixpn_addr_is_machine(&addr))
		return "a service is a machine";
	sixpn_addr_build(&addr, 42, SIXPN_HOST_MIN, 0, 2);
	if (!sixpn_addr_is_machine(&addr))
		return "the host itself is no machine";
	sixpn_addr_build(&addr, 0, SIXPN_HOST_MIN, 7, 2);
	if (sixpn_addr_is_machine(&addr))
		return "a machine without a network";
	return NULL;
}

static const char *test_host_ids(void)
{
	u8 key[SIXPN_KEY_SIZE] = {};
	unsigned int i;

	if (sixpn_derive_host_id(key) != 0xf8d1d8ed)
		return "host id of the key of zeros";
	for (i = 0; i < sizeof(key); i++)
		key[i] = i;
	if (sixpn_derive_host_id(key) != 0xa64b9c15)
		return "host id of a counting key";
	memset(key, 0xff, sizeof(key));
	if (sixpn_derive_host_id(key) != 0x1946c3a6)
		return "host id of the key of ones";
	return NULL;
}

static const char *test_rows(void)
{
	char name[SIXPN_MACHINE_NAME_MAX + 1];
	struct sixpn_id_row row;

	sixpn_id_row_start(&row, 42, "web");
	if (sixpn_id_row_next(&row) != 0xcf6b1b29 ||
	    sixpn_id_row_next(&row) != 0x74b981de ||
	    sixpn_id_row_next(&row) != 0xef7cd91b)
		return "row of a name";
	sixpn_id_row_start(&row, 43, "web");
	if (sixpn_id_row_next(&row) != 0xc716006d)
		return "the same name in another network";
	memset(name, 'a', sizeof(name));
	name[SIXPN_MACHINE_NAME_MAX] = 0;
	sixpn_id_row_start(&row, U32_MAX, name);
	if (sixpn_id_row_next(&row) != 0x4bd3f9c6)
		return "row of the longest name";
	return NULL;
}

bool sixpn_addr_selftest(void)
{
	const char *why = test_layout() ?: test_compare() ?: test_reserved();

	return sixpn_selftest_report("addr", why);
}

bool sixpn_derive_selftest(void)
{
	return sixpn_selftest_report("derive",
				     test_host_ids() ?: test_rows());
}
