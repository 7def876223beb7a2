// SPDX-License-Identifier: GPL-2.0-or-later
#include "message.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "keys.h"
#include "random_model.h"
#include "test.h"

static struct nl_msg *build(const struct sixpn_device *device)
{
	struct nl_msg *message;

	message = nlmsg_alloc_size(NLMSG_HDRLEN + GENL_HDRLEN +
				   sixpn_message_size(device));
	if (message &&
	    (!genlmsg_put(message, 0, 0, 32, 0, 0, SIXPN_CMD_DEVICE_SET,
			  SIXPN_GENL_VERSION) ||
	     sixpn_message_put_device(message, device))) {
		nlmsg_free(message);
		message = NULL;
	}
	return message;
}

static const char *attributes(const struct nl_msg *message, size_t *length)
{
	const struct nlmsghdr *header = nlmsg_hdr((struct nl_msg *)message);

	*length = header->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
	return (const char *)header + NLMSG_HDRLEN + GENL_HDRLEN;
}

static bool round_trip(const struct sixpn_device *device)
{
	struct sixpn_device back = { 0 };
	struct nl_msg *message = build(device);
	const char *data;
	size_t length;
	bool same;

	if (!message)
		return false;
	data = attributes(message, &length);
	same = !sixpn_message_parse_device(&back, data, length) &&
	       same_device(device, &back, true);
	nlmsg_free(message);
	sixpn_device_clear(&back);
	return same;
}

static void test_round_trips(void)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < 300; i++) {
		struct sixpn_device device = { 0 };
		size_t j;

		if (!random_device(&device, 8, 20))
			return;
		device.flags = i & 1 ? SIXPN_DEVICE_F_REPLACE_PEERS : 0;
		device.has |= i & 2 ? SIXPN_DEVICE_HAS_GENERATION : 0;
		device.generation = i & 2 ? i : 0;
		for (j = 0; j < device.peer_count; j++) {
			struct sixpn_peer *peer = &device.peers[j];

			peer->flags = test_random() &
				      (SIXPN_PEER_F_REPLACE_ALLOWED_IPS |
				       SIXPN_PEER_F_UPDATE_ONLY);
			if (peer->allowedip_count)
				peer->allowedips[0].remove = i & 1;
		}
		if (!round_trip(&device))
			wrong++;
		sixpn_device_clear(&device);
	}
	test_result(!wrong, "message: 300 devices written and read back");
}

/* Join the nests of one key, as the kernel does when it applies them. */
static size_t count_allowedips(const struct sixpn_device *device,
			       const uint8_t key[SIXPN_KEY_LEN],
			       unsigned int *replacing)
{
	size_t i, count = 0;

	for (i = 0; i < device->peer_count; i++) {
		const struct sixpn_peer *peer = &device->peers[i];

		if (!sixpn_key_equal(peer->public_key, key))
			continue;
		count += peer->allowedip_count;
		if (peer->flags & SIXPN_PEER_F_REPLACE_ALLOWED_IPS)
			(*replacing)++;
	}
	return count;
}

static bool nests_have_sane_lengths(const char *data, size_t length)
{
	struct nlattr *attr;
	size_t sum = 0;
	int left;

	nla_for_each_attr(attr, (struct nlattr *)(uintptr_t)data, (int)length,
			  left)
		sum += (size_t)nla_total_size(nla_len(attr));
	return sum == length;
}

/*
 * A nest is at most 64 KB, which is 1637 IPv6 prefixes of 40 bytes; what does
 * not fit goes on in another one.
 */
static void test_large_peer(size_t allowedips)
{
	struct sixpn_device device = { 0 }, back = { 0 };
	struct sixpn_peer *peer = sixpn_device_add_peer(&device);
	struct nl_msg *message;
	unsigned int replacing = 0;
	const char *data;
	size_t length, i;
	bool ok = false;

	strcpy(device.ifname, "mesh0");
	peer->has = SIXPN_PEER_HAS_PUBLIC_KEY | SIXPN_PEER_HAS_PRESHARED_KEY;
	peer->flags = SIXPN_PEER_F_REPLACE_ALLOWED_IPS;
	memset(peer->public_key, 7, SIXPN_KEY_LEN);
	for (i = 0; i < allowedips; i++) {
		struct sixpn_allowedip allowedip = { .family = AF_INET6,
						     .prefix_len = 128 };

		memcpy(&allowedip.address, &i, sizeof(i));
		if (sixpn_peer_add_allowedip(peer, &allowedip))
			return;
	}
	message = build(&device);
	if (message) {
		data = attributes(message, &length);
		ok = nests_have_sane_lengths(data, length) &&
		     !sixpn_message_parse_device(&back, data, length) &&
		     count_allowedips(&back, peer->public_key, &replacing) ==
		     allowedips && replacing == 1 &&
		     (back.peer_count > 1) == (allowedips > 1637);
		nlmsg_free(message);
	}
	test_result(ok, "message: a peer of %zu allowed ips in %zu nests",
		    allowedips, back.peer_count);
	sixpn_device_clear(&device);
	sixpn_device_clear(&back);
}

static void test_removal_alone(void)
{
	struct sixpn_device device = { 0 }, back = { 0 };
	struct sixpn_allowedip any = { .family = AF_INET };
	struct sixpn_peer *peer = sixpn_device_add_peer(&device);
	struct nl_msg *message;
	const char *data;
	size_t length;

	strcpy(device.ifname, "mesh0");
	peer->has = SIXPN_PEER_HAS_PUBLIC_KEY | SIXPN_PEER_HAS_KEEPALIVE;
	peer->flags = SIXPN_PEER_F_REMOVE;
	sixpn_peer_add_allowedip(peer, &any);
	message = build(&device);
	if (!message)
		return;
	data = attributes(message, &length);
	sixpn_message_parse_device(&back, data, length);
	test_result(back.peer_count == 1 &&
		    back.peers[0].has == SIXPN_PEER_HAS_PUBLIC_KEY &&
		    back.peers[0].flags == SIXPN_PEER_F_REMOVE &&
		    !back.peers[0].allowedip_count,
		    "message: a removal stands alone");
	nlmsg_free(message);
	sixpn_device_clear(&device);
	sixpn_device_clear(&back);
}

/* A peer nest as the kernel dumps it. */
static void put_dumped(struct nl_msg *message, uint8_t key, uint32_t flags,
		       uint32_t address)
{
	uint8_t bytes[SIXPN_KEY_LEN];
	struct nlattr *peer, *allowedip;

	memset(bytes, key, sizeof(bytes));
	peer = nla_nest_start(message, SIXPN_A_PEER | NLA_F_NESTED);
	nla_put(message, SIXPN_PEER_A_PUBLIC_KEY, sizeof(bytes), bytes);
	if (flags)
		nla_put_u32(message, SIXPN_PEER_A_FLAGS, flags);
	nla_put_u64(message, SIXPN_PEER_A_RX_BYTES, 1ULL << 40);
	nla_put_u64(message, SIXPN_PEER_A_DROPS, 1ULL << 33);
	nla_put_u64(message, SIXPN_PEER_A_TX_BYTES, address);
	allowedip = nla_nest_start(message,
				   SIXPN_PEER_A_ALLOWED_IP | NLA_F_NESTED);
	nla_put_u16(message, SIXPN_ALLOWEDIP_A_FAMILY, AF_INET);
	nla_put(message, SIXPN_ALLOWEDIP_A_ADDRESS, 4, &address);
	nla_put_u8(message, SIXPN_ALLOWEDIP_A_PREFIX_LEN, 32);
	nla_nest_end(message, allowedip);
	nla_nest_end(message, peer);
}

static void test_continued(void)
{
	struct nl_msg *message = nlmsg_alloc_size(4096);
	struct sixpn_device device = { 0 };
	const char *data;
	size_t length;
	int ret;

	genlmsg_put(message, 0, 0, 32, 0, 0, SIXPN_CMD_PEER_GET, 1);
	put_dumped(message, 1, 0, 1);
	put_dumped(message, 1, SIXPN_PEER_F_CONTINUED, 2);
	/* The same key without the flag is another peer: never joined. */
	put_dumped(message, 1, 0, 3);
	put_dumped(message, 2, 0, 4);
	put_dumped(message, 2, SIXPN_PEER_F_CONTINUED, 5);
	data = attributes(message, &length);
	ret = sixpn_message_parse_device(&device, data, length);
	test_result(!ret && device.peer_count == 3 &&
		    device.peers[0].allowedip_count == 2 &&
		    device.peers[1].allowedip_count == 1 &&
		    device.peers[2].allowedip_count == 2 &&
		    device.peers[2].tx_bytes == 4 &&
		    device.peers[0].rx_bytes == 1ULL << 40 &&
		    device.peers[0].drops == 1ULL << 33,
		    "message: peers are joined exactly by the flag");
	sixpn_device_clear(&device);
	nlmsg_free(message);

	message = nlmsg_alloc_size(4096);
	genlmsg_put(message, 0, 0, 32, 0, 0, SIXPN_CMD_PEER_GET, 1);
	put_dumped(message, 1, 0, 1);
	put_dumped(message, 2, SIXPN_PEER_F_CONTINUED, 2);
	data = attributes(message, &length);
	test_result(sixpn_message_parse_device(&device, data, length) ==
		    -EBADMSG, "message: one peer does not continue another");
	sixpn_device_clear(&device);
	nlmsg_free(message);
}

/* Cut a message short at each byte, and garble it: errors, never a crash. */
static void test_damaged(void)
{
	struct sixpn_device device = { 0 };
	struct nl_msg *message;
	const char *data;
	size_t length, cut;
	unsigned int i;

	while (device.peer_count < 3) {
		sixpn_device_clear(&device);
		random_device(&device, 6, 6);
	}
	message = build(&device);
	if (!message)
		return;
	data = attributes(message, &length);
	for (cut = 0; cut <= length; cut++) {
		struct sixpn_device back = { 0 };
		char *copy = malloc(cut + 1);

		memcpy(copy, data, cut);
		sixpn_message_parse_device(&back, copy, cut);
		sixpn_device_clear(&back);
		free(copy);
	}
	for (i = 0; i < 5000; i++) {
		struct sixpn_device back = { 0 };
		char *copy = malloc(length);

		memcpy(copy, data, length);
		copy[test_random() % length] = (char)test_random();
		copy[test_random() % length] ^= (char)(1 << i % 8);
		sixpn_message_parse_device(&back, copy, length);
		sixpn_device_clear(&back);
		free(copy);
	}
	test_result(true, "message: damaged messages do no harm");
	nlmsg_free(message);
	sixpn_device_clear(&device);
}

static void test_attribute_at(void)
{
	struct sixpn_device device = { 0 };
	struct sixpn_peer *peer = sixpn_device_add_peer(&device);
	struct sixpn_allowedip any = { .family = AF_INET };
	struct nl_msg *message;
	char seen[1024] = "", text[128], last[128] = "";
	size_t offset;

	strcpy(device.ifname, "mesh0");
	device.has = SIXPN_DEVICE_HAS_LISTEN_PORT;
	memset(peer->public_key, 0, SIXPN_KEY_LEN);
	peer->has = SIXPN_PEER_HAS_PUBLIC_KEY | SIXPN_PEER_HAS_KEEPALIVE;
	sixpn_peer_add_allowedip(peer, &any);
	message = build(&device);
	if (!message)
		return;
	for (offset = 0; offset < nlmsg_hdr(message)->nlmsg_len + 64; offset++) {
		char *space;

		sixpn_message_attribute_at(text, sizeof(text),
					   nlmsg_hdr(message), offset);
		if (!strcmp(text, last))
			continue;
		strcpy(last, text);
		space = strstr(text, " of peer AAAA");
		if (space)
			strcpy(space, "*");
		else if (!strncmp(text, "peer ", 5))
			strcpy(text, "peer");
		strcat(seen, text);
		strcat(seen, " ");
	}
	test_result(test_same_text(seen, "name listen-port peer public-key* "
				   "persistent-keepalive* allowed-ips*  "),
		    "message: what stands at each offset");
	nlmsg_free(message);
	sixpn_device_clear(&device);
}

static void test_too_small(void)
{
	struct sixpn_device device = { 0 };
	unsigned int wrong = 0;
	size_t size, room;

	while (device.peer_count < 2) {
		sixpn_device_clear(&device);
		random_device(&device, 4, 8);
	}
	size = sixpn_message_size(&device);
	for (room = 0; room < size / 2; room += 4) {
		struct nl_msg *message = nlmsg_alloc_size(NLMSG_HDRLEN + room);

		if (sixpn_message_put_device(message, &device) != -EMSGSIZE)
			wrong++;
		nlmsg_free(message);
	}
	test_result(!wrong, "message: too little room is an error");
	sixpn_device_clear(&device);
}

void test_message(void)
{
	test_round_trips();
	test_large_peer(0);
	test_large_peer(1000);
	test_large_peer(1600);
	test_large_peer(1700);
	test_large_peer(20000);
	test_removal_alone();
	test_continued();
	test_damaged();
	test_attribute_at();
	test_too_small();
}
