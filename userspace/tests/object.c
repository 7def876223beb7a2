// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Networks, machines and routes: their words, and their attributes.
 */
#include "object_message.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "format.h"
#include "message.h"
#include "parse.h"
#include "random_model.h"
#include "test.h"

enum kind_of_word {
	WORD_NETWORK,		/* ids from 1 on */
	WORD_HOST_ID,		/* from 2 on, or auto */
	WORD_EXPIRY,
	WORD_KIND,
	WORD_NAME,
	WORD_ADDRESS,
	WORD_ROUTE,
};

#define NAME63 "a23456789012345678901234567890123456789012345678901234567890123"

/* What is read, told again; NULL: refused */
static const struct {
	enum kind_of_word kind;
	const char *text, *wanted;
	int code;
} word_rows[] = {
	{ WORD_NETWORK, "1", "1", 0 },
	{ WORD_NETWORK, "0x2a", "42", 0 },
	{ WORD_NETWORK, "4294967295", "4294967295", 0 },
	{ WORD_NETWORK, "0xffffffff", "4294967295", 0 },
	{ WORD_NETWORK, "0", NULL, -ERANGE },
	{ WORD_NETWORK, "0x0", NULL, -ERANGE },
	{ WORD_NETWORK, "4294967296", NULL, -ERANGE },
	{ WORD_NETWORK, "0x100000000", NULL, -ERANGE },
	{ WORD_NETWORK, "0x", NULL, -EINVAL },
	{ WORD_NETWORK, "2a", NULL, -EINVAL },
	{ WORD_NETWORK, "", NULL, -EINVAL },
	{ WORD_NETWORK, "-1", NULL, -EINVAL },
	{ WORD_HOST_ID, "2", "2", 0 },
	{ WORD_HOST_ID, "auto", "0", 0 },
	{ WORD_HOST_ID, "0", "0", 0 },
	{ WORD_HOST_ID, "1", NULL, -ERANGE },
	{ WORD_HOST_ID, "0x1", NULL, -ERANGE },
	{ WORD_HOST_ID, "off", NULL, -EINVAL },
	{ WORD_HOST_ID, "4294967296", NULL, -ERANGE },
	{ WORD_EXPIRY, "off", "0", 0 },
	{ WORD_EXPIRY, "1048576", "1048576", 0 },
	{ WORD_EXPIRY, "1048577", NULL, -ERANGE },
	{ WORD_EXPIRY, "5m", NULL, -EINVAL },
	{ WORD_KIND, "site", "site", 0 },
	{ WORD_KIND, "host", "host", 0 },
	{ WORD_KIND, "client", "client", 0 },
	{ WORD_KIND, "Host", NULL, -EINVAL },
	{ WORD_KIND, "hos", NULL, -EINVAL },
	{ WORD_KIND, "unknown", NULL, -EINVAL },
	{ WORD_KIND, "", NULL, -EINVAL },
	{ WORD_NAME, "a", "a", 0 },
	{ WORD_NAME, "9-_.x", "9-_.x", 0 },
	{ WORD_NAME, NAME63, NAME63, 0 },
	{ WORD_NAME, NAME63 "4", NULL, -EINVAL },
	{ WORD_NAME, "", NULL, -EINVAL },
	{ WORD_NAME, "-a", NULL, -EINVAL },
	{ WORD_NAME, ".a", NULL, -EINVAL },
	{ WORD_NAME, "A", NULL, -EINVAL },
	{ WORD_NAME, "a b", NULL, -EINVAL },
	{ WORD_NAME, "a\x1b[31m", NULL, -EINVAL },
	{ WORD_ADDRESS, "fdaa:0:2a:0:7:0:5:2", "fdaa:0:2a:0:7:0:5:2", 0 },
	{ WORD_ADDRESS, "FDAA::3", "fdaa::3", 0 },
	{ WORD_ADDRESS, "fdab::3", NULL, -EINVAL },
	{ WORD_ADDRESS, "fdaa::3/112", NULL, -EINVAL },
	{ WORD_ADDRESS, "1.2.3.4", NULL, -EINVAL },
	{ WORD_ADDRESS, "", NULL, -EINVAL },
	{ WORD_ROUTE, "fdaa:0:2a:0:7:0:5:0/112", "fdaa:0:2a:0:7:0:5:0/112", 0 },
	{ WORD_ROUTE, "fdaa:0:2a:0:7:0:5:9", "fdaa:0:2a:0:7:0:5:0/112", 0 },
	{ WORD_ROUTE, "fdaa:0:2a::/48", NULL, -EINVAL },
	{ WORD_ROUTE, "fdaa:0:2a::/1120", NULL, -EINVAL },
	{ WORD_ROUTE, "fdaa:0:2a::/", NULL, -EINVAL },
	{ WORD_ROUTE, "/112", NULL, -EINVAL },
	{ WORD_ROUTE, "", NULL, -EINVAL },
};

static int read_word(enum kind_of_word kind, char *told, const char *text,
		     size_t length)
{
	char name[SIXPN_MACHINE_NAME_MAX + 1] = "";
	struct in6_addr address;
	uint32_t number = 0;
	int ret;

	switch (kind) {
	case WORD_NETWORK:
		ret = sixpn_parse_id(&number, text, length, 1);
		break;
	case WORD_HOST_ID:
		ret = sixpn_parse_host_id(&number, text, length, "auto");
		break;
	case WORD_EXPIRY:
		ret = sixpn_parse_idle_expiry(&number, text, length);
		break;
	case WORD_KIND:
		ret = sixpn_parse_kind(&number, text, length);
		strcpy(told, sixpn_format_kind(number));
		return ret;
	case WORD_NAME:
		ret = sixpn_parse_machine_name(name, text, length);
		strcpy(told, name);
		return ret;
	case WORD_ADDRESS:
		ret = sixpn_parse_6pn(&address, text, length);
		if (!ret)
			sixpn_format_6pn(told, &address);
		return ret;
	default:
		ret = sixpn_parse_route(&address, text, length);
		if (!ret)
			sixpn_format_prefix(told, &address, 112);
		return ret;
	}
	sprintf(told, "%u", number);
	return ret;
}

static void test_object_words(void)
{
	size_t i;

	for (i = 0; i < TEST_COUNT(word_rows); i++) {
		const char *text = word_rows[i].text;
		size_t length = strlen(text);
		/* exactly that long: a sanitizer sees a read past the end */
		char *copy = malloc(length + !length), told[128] = "";
		int ret;

		memcpy(copy, text, length);
		ret = read_word(word_rows[i].kind, told, copy, length);
		test_result(ret == word_rows[i].code &&
			    (ret || test_same_text(told, word_rows[i].wanted)),
			    "object: word %zu '%s'", i,
			    strchr(text, '\x1b') ? "ESC" : text);
		free(copy);
	}
}

static struct nl_msg *new_message(void)
{
	struct nl_msg *message = nlmsg_alloc_size(65536);

	if (!genlmsg_put(message, 0, 0, 32, 0, 0, SIXPN_CMD_MACHINE_GET, 1))
		abort();
	return message;
}

static bool read_back(struct nl_msg *message, struct sixpn_device *back)
{
	const struct nlmsghdr *header = nlmsg_hdr(message);

	return !sixpn_message_parse_device(back, (const char *)header +
					   NLMSG_HDRLEN + GENL_HDRLEN,
					   header->nlmsg_len - NLMSG_HDRLEN -
					   GENL_HDRLEN);
}

static bool put_objects(struct nl_msg *message,
			const struct sixpn_device *device)
{
	bool ok = true;
	size_t i;

	for (i = 0; i < device->network_count; i++)
		ok &= !sixpn_object_put_network(message, &device->networks[i]);
	for (i = 0; i < device->machine_count; i++)
		ok &= !sixpn_object_put_machine(message, &device->machines[i],
						SIXPN_MACHINE_WHOLE);
	for (i = 0; i < device->route_count; i++)
		ok &= !sixpn_object_put_route(message, &device->routes[i]);
	return ok;
}

static void test_round_trips(void)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < 300; i++) {
		struct sixpn_device device = { 0 }, back = { 0 };
		struct nl_msg *message = new_message();

		if (!random_objects(&device, 10) ||
		    !put_objects(message, &device) ||
		    !read_back(message, &back) ||
		    !same_objects(&device, &back))
			wrong++;
		nlmsg_free(message);
		sixpn_device_clear(&device);
		sixpn_device_clear(&back);
	}
	test_result(!wrong, "object: 300 times all objects written and read back");
}

/* How a request names a machine: one way only, the surest first. */
static void test_naming(void)
{
	static const struct {
		uint32_t has, sent;
	} rows[] = {
		{ SIXPN_MACHINE_HAS_NETWORK | SIXPN_MACHINE_HAS_ID |
		  SIXPN_MACHINE_HAS_NAME | SIXPN_MACHINE_HAS_ADDRESS |
		  SIXPN_MACHINE_HAS_ATTACHMENT,
		  SIXPN_MACHINE_HAS_NETWORK | SIXPN_MACHINE_HAS_ADDRESS },
		{ SIXPN_MACHINE_HAS_NETWORK | SIXPN_MACHINE_HAS_ID |
		  SIXPN_MACHINE_HAS_NAME,
		  SIXPN_MACHINE_HAS_NETWORK | SIXPN_MACHINE_HAS_ID },
		{ SIXPN_MACHINE_HAS_NETWORK | SIXPN_MACHINE_HAS_NAME,
		  SIXPN_MACHINE_HAS_NETWORK | SIXPN_MACHINE_HAS_NAME },
		{ SIXPN_MACHINE_HAS_ADDRESS, SIXPN_MACHINE_HAS_ADDRESS },
	};
	size_t i;

	for (i = 0; i < TEST_COUNT(rows); i++) {
		struct sixpn_machine machine = {
			.has = rows[i].has, .network = 1, .id = 2, .name = "a",
			.address.s6_addr = { 0xfd, 0xaa },
			.attachment = SIXPN_ATTACHMENT_HOST,
		};
		struct sixpn_device named = { 0 }, change = { 0 };
		struct nl_msg *message = new_message();
		struct nl_msg *other = new_message();
		uint32_t attachment = rows[i].has &
				      SIXPN_MACHINE_HAS_ATTACHMENT;

		sixpn_object_put_machine(message, &machine,
					 SIXPN_MACHINE_NAMED);
		sixpn_object_put_machine(other, &machine,
					 SIXPN_MACHINE_CHANGE);
		test_result(read_back(message, &named) &&
			    read_back(other, &change) &&
			    named.machines[0].has == rows[i].sent &&
			    change.machines[0].has ==
			    (rows[i].sent | attachment),
			    "object: how a machine is named, %zu", i);
		nlmsg_free(message);
		nlmsg_free(other);
		sixpn_device_clear(&named);
		sixpn_device_clear(&change);
	}
}

/* As the kernel sends them: counters and drops, which no request holds. */
static void test_read_only(void)
{
	struct nl_msg *message = new_message();
	struct sixpn_device back = { 0 };
	struct nlattr *nest;

	nest = nla_nest_start(message, SIXPN_A_NETWORK | NLA_F_NESTED);
	nla_put_u32(message, SIXPN_NETWORK_A_ID, 42);
	nla_put_u32(message, SIXPN_NETWORK_A_MACHINE_COUNT, 3);
	nla_put_u64(message, SIXPN_NETWORK_A_RX_BYTES, 1ULL << 40);
	nla_put_u64(message, SIXPN_NETWORK_A_DROPS, 5);
	nla_nest_end(message, nest);
	nest = nla_nest_start(message, SIXPN_A_DROP | NLA_F_NESTED);
	nla_put_u32(message, SIXPN_DROP_A_REASON, 3);
	nla_put_string(message, SIXPN_DROP_A_NAME, "foreign-network");
	nla_put_u64(message, SIXPN_DROP_A_PACKETS, 1ULL << 33);
	nla_nest_end(message, nest);
	nla_put_u32(message, SIXPN_A_HOST_ID, 7);
	nla_put_u32(message, SIXPN_A_NETWORK_COUNT, 1);
	nla_put_u32(message, SIXPN_A_MACHINE_COUNT, 2);
	nla_put_u32(message, SIXPN_A_ROUTE_COUNT, 3);
	test_result(read_back(message, &back) && back.network_count == 1 &&
		    back.networks[0].machine_count == 3 &&
		    back.networks[0].counters.rx_bytes == 1ULL << 40 &&
		    back.networks[0].counters.drops == 5 &&
		    back.drop_count == 1 &&
		    test_same_text(back.drops[0].name, "foreign-network") &&
		    back.drops[0].packets == 1ULL << 33,
		    "object: counters are read");
	test_result(back.has & SIXPN_DEVICE_HAS_OBJECT_COUNTS &&
		    back.host_id == 7 && back.kernel_network_count == 1 &&
		    back.kernel_machine_count == 2 &&
		    back.kernel_route_count == 3,
		    "object: how many of each a device has");
	nlmsg_free(message);
	sixpn_device_clear(&back);
}

static bool is_refused(void (*put)(struct nl_msg *message), int type)
{
	struct nl_msg *message = new_message();
	struct sixpn_device back = { 0 };
	struct nlattr *nest;
	bool refused;

	nest = nla_nest_start(message, type | NLA_F_NESTED);
	put(message);
	nla_nest_end(message, nest);
	refused = !read_back(message, &back);
	nlmsg_free(message);
	sixpn_device_clear(&back);
	return refused;
}

static void put_unknown(struct nl_msg *message)
{
	nla_put_u32(message, 99, 1);
}

static void put_short_address(struct nl_msg *message)
{
	nla_put_u32(message, SIXPN_MACHINE_A_ADDRESS, 1);
}

static void put_long_name(struct nl_msg *message)
{
	nla_put_string(message, SIXPN_MACHINE_A_NAME, NAME63 "4");
}

static void put_short_route(struct nl_msg *message)
{
	nla_put_u32(message, SIXPN_ROUTE_A_ADDRESS, 1);
}

static void test_malformed(void)
{
	test_result(is_refused(put_unknown, SIXPN_A_NETWORK) &&
		    is_refused(put_unknown, SIXPN_A_ROUTE) &&
		    is_refused(put_unknown, SIXPN_A_DROP),
		    "object: one without its name is malformed");
	test_result(is_refused(put_short_address, SIXPN_A_MACHINE) &&
		    is_refused(put_short_route, SIXPN_A_ROUTE),
		    "object: an address of 4 bytes is malformed");
	test_result(is_refused(put_long_name, SIXPN_A_MACHINE),
		    "object: a name of 64 bytes is malformed");
}

static void test_blame(void)
{
	struct sixpn_machine machine = {
		.has = SIXPN_MACHINE_HAS_NETWORK | SIXPN_MACHINE_HAS_NAME |
		       SIXPN_MACHINE_HAS_ATTACHMENT |
		       SIXPN_MACHINE_HAS_NETNS_FD |
		       SIXPN_MACHINE_HAS_MOVED_TO,
		.name = "web",
	};
	const struct sixpn_route route = { .host_id = 5 };
	const struct sixpn_network network = { .id = 1 };
	struct nl_msg *message = new_message();
	char seen[1024] = "", text[128], last[128] = "";
	size_t offset;

	sixpn_object_put_network(message, &network);
	sixpn_object_put_machine(message, &machine, SIXPN_MACHINE_WHOLE);
	sixpn_object_put_route(message, &route);
	for (offset = 0; offset < nlmsg_hdr(message)->nlmsg_len; offset++) {
		sixpn_message_attribute_at(text, sizeof(text),
					   nlmsg_hdr(message), offset);
		if (!strcmp(text, last))
			continue;
		strcpy(last, text);
		strcat(seen, text);
		strcat(seen, ",");
	}
	test_result(test_same_text(seen, "network,id of the network,machine,"
				   "network of the machine,"
				   "name of the machine,"
				   "attachment of the machine,"
				   "netns of the machine,"
				   "moved-to of the machine,route,"
				   "address of the route,via of the route,"),
		    "object: what stands at each offset");
	nlmsg_free(message);
}

/* Cut short and garbled: errors, never a crash. */
static void test_damaged(void)
{
	struct sixpn_device device = { 0 };
	struct nl_msg *message = new_message();
	const struct nlmsghdr *header;
	const char *data;
	size_t length, i;

	random_objects(&device, 4);
	put_objects(message, &device);
	header = nlmsg_hdr(message);
	data = (const char *)header + NLMSG_HDRLEN + GENL_HDRLEN;
	length = header->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
	for (i = 0; i < length + 5000; i++) {
		struct sixpn_device back = { 0 };
		size_t size = i < length ? i : length;
		char *copy = malloc(size + 1);

		memcpy(copy, data, size);
		if (i >= length && size) {
			copy[test_random() % size] = (char)test_random();
			copy[test_random() % size] ^= (char)(1 << i % 8);
		}
		sixpn_message_parse_device(&back, copy, size);
		sixpn_device_clear(&back);
		free(copy);
	}
	test_result(true, "object: damaged messages do no harm");
	nlmsg_free(message);
	sixpn_device_clear(&device);
}

void test_object(void)
{
	test_object_words();
	test_round_trips();
	test_naming();
	test_read_only();
	test_malformed();
	test_blame();
	test_damaged();
}
