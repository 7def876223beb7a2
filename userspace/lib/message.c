// SPDX-License-Identifier: GPL-2.0-or-later
#include "message.h"

#include <errno.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "keys.h"
#include "object_message.h"

/* The largest payload of a nest that keeps nla_len, 16 bits, from wrapping. */
#define NEST_MAX ((size_t)UINT16_MAX - NLA_HDRLEN - NLA_ALIGNTO)

static size_t attribute_size(size_t payload)
{
	return (size_t)nla_total_size((int)payload);
}

static size_t allowedip_size(const struct sixpn_allowedip *allowedip)
{
	return attribute_size(attribute_size(sizeof(uint16_t)) +
			      attribute_size(allowedip->family == AF_INET ?
					     4 : 16) +
			      attribute_size(sizeof(uint8_t)) +
			      (allowedip->remove ?
			       attribute_size(sizeof(uint32_t)) : 0));
}

/* What every nest of a peer begins with. */
static size_t peer_head_size(void)
{
	return attribute_size(SIXPN_KEY_LEN) + attribute_size(sizeof(uint32_t));
}

static size_t peer_fields_size(void)
{
	return attribute_size(SIXPN_KEY_LEN) +
	       attribute_size(sizeof(struct sockaddr_in6)) +
	       attribute_size(sizeof(uint16_t)) +
	       3 * attribute_size(sizeof(uint32_t));
}

size_t sixpn_message_size(const struct sixpn_device *device)
{
	const size_t largest = attribute_size(64), head = peer_head_size();
	size_t size = attribute_size(IFNAMSIZ) + 6 * attribute_size(4) +
		      attribute_size(SIXPN_KEY_LEN);
	size_t i, j;

	for (i = 0; i < device->peer_count; i++) {
		const struct sixpn_peer *peer = &device->peers[i];
		size_t bytes = 0;

		for (j = 0; j < peer->allowedip_count; j++)
			bytes += allowedip_size(&peer->allowedips[j]);
		size += NLA_HDRLEN + head + peer_fields_size() + bytes +
			bytes / (NEST_MAX - head - largest) *
				(NLA_HDRLEN + head);
	}
	return size;
}

int sixpn_message_put_name(struct nl_msg *message,
			   const struct sixpn_device *device)
{
	int ret;

	if (device->ifname[0])
		ret = nla_put_string(message, SIXPN_A_IFNAME, device->ifname);
	else
		ret = nla_put_u32(message, SIXPN_A_IFINDEX, device->ifindex);
	return ret < 0 ? -EMSGSIZE : 0;
}

static int put_allowedip(struct nl_msg *message,
			 const struct sixpn_allowedip *allowedip)
{
	int size = allowedip->family == AF_INET ? 4 : 16;
	struct nlattr *nest;

	nest = nla_nest_start(message, SIXPN_PEER_A_ALLOWED_IP | NLA_F_NESTED);
	if (!nest ||
	    nla_put_u16(message, SIXPN_ALLOWEDIP_A_FAMILY,
			allowedip->family) < 0 ||
	    nla_put(message, SIXPN_ALLOWEDIP_A_ADDRESS, size,
		    &allowedip->address) < 0 ||
	    nla_put_u8(message, SIXPN_ALLOWEDIP_A_PREFIX_LEN,
		       allowedip->prefix_len) < 0)
		return -EMSGSIZE;
	if (allowedip->remove &&
	    nla_put_u32(message, SIXPN_ALLOWEDIP_A_FLAGS,
			SIXPN_ALLOWEDIP_F_REMOVE) < 0)
		return -EMSGSIZE;
	return nla_nest_end(message, nest) < 0 ? -EMSGSIZE : 0;
}

static struct nlattr *begin_peer(struct nl_msg *message,
				 const struct sixpn_peer *peer, uint32_t flags)
{
	struct nlattr *nest;

	nest = nla_nest_start(message, SIXPN_A_PEER | NLA_F_NESTED);
	if (!nest || nla_put(message, SIXPN_PEER_A_PUBLIC_KEY, SIXPN_KEY_LEN,
			     peer->public_key) < 0)
		return NULL;
	if (flags && nla_put_u32(message, SIXPN_PEER_A_FLAGS, flags) < 0)
		return NULL;
	return nest;
}

static int put_peer_fields(struct nl_msg *message,
			   const struct sixpn_peer *peer)
{
	if (peer->has & SIXPN_PEER_HAS_PRESHARED_KEY &&
	    nla_put(message, SIXPN_PEER_A_PRESHARED_KEY, SIXPN_KEY_LEN,
		    peer->preshared_key) < 0)
		return -EMSGSIZE;
	if (peer->has & SIXPN_PEER_HAS_ENDPOINT &&
	    nla_put(message, SIXPN_PEER_A_ENDPOINT,
		    (int)sixpn_endpoint_size(&peer->endpoint),
		    &peer->endpoint) < 0)
		return -EMSGSIZE;
	if (peer->has & SIXPN_PEER_HAS_KEEPALIVE &&
	    nla_put_u16(message, SIXPN_PEER_A_PERSISTENT_KEEPALIVE,
			peer->persistent_keepalive) < 0)
		return -EMSGSIZE;
	if (peer->has & SIXPN_PEER_HAS_KIND &&
	    nla_put_u32(message, SIXPN_PEER_A_KIND, peer->kind) < 0)
		return -EMSGSIZE;
	if (peer->has & SIXPN_PEER_HAS_HOST_ID &&
	    nla_put_u32(message, SIXPN_PEER_A_HOST_ID, peer->host_id) < 0)
		return -EMSGSIZE;
	if (peer->has & SIXPN_PEER_HAS_IDLE_EXPIRY &&
	    nla_put_u32(message, SIXPN_PEER_A_IDLE_EXPIRY,
			peer->idle_expiry) < 0)
		return -EMSGSIZE;
	return 0;
}

static size_t nest_length(const struct nl_msg *message,
			  const struct nlattr *nest)
{
	struct nlmsghdr *header = nlmsg_hdr((struct nl_msg *)message);

	return (size_t)((char *)nlmsg_tail(header) - (const char *)nest);
}

static int put_peer(struct nl_msg *message, const struct sixpn_peer *peer)
{
	struct nlattr *nest = begin_peer(message, peer, peer->flags);
	size_t i;

	if (!nest)
		return -EMSGSIZE;
	/* A removal stands alone: the kernel takes nothing beside it. */
	if (peer->flags & SIXPN_PEER_F_REMOVE)
		return nla_nest_end(message, nest) < 0 ? -EMSGSIZE : 0;
	if (put_peer_fields(message, peer))
		return -EMSGSIZE;
	for (i = 0; i < peer->allowedip_count; i++) {
		const struct sixpn_allowedip *allowedip = &peer->allowedips[i];

		if (nest_length(message, nest) + allowedip_size(allowedip) >
		    NEST_MAX) {
			if (nla_nest_end(message, nest) < 0)
				return -EMSGSIZE;
			nest = begin_peer(message, peer, peer->flags &
					  SIXPN_PEER_F_UPDATE_ONLY);
			if (!nest)
				return -EMSGSIZE;
		}
		if (put_allowedip(message, allowedip))
			return -EMSGSIZE;
	}
	return nla_nest_end(message, nest) < 0 ? -EMSGSIZE : 0;
}

int sixpn_message_put_device(struct nl_msg *message,
			     const struct sixpn_device *device)
{
	size_t i;

	if (sixpn_message_put_name(message, device))
		return -EMSGSIZE;
	if (device->has & SIXPN_DEVICE_HAS_GENERATION &&
	    nla_put_u32(message, SIXPN_A_GENERATION, device->generation) < 0)
		return -EMSGSIZE;
	if (device->flags &&
	    nla_put_u32(message, SIXPN_A_FLAGS, device->flags) < 0)
		return -EMSGSIZE;
	if (device->has & SIXPN_DEVICE_HAS_PRIVATE_KEY &&
	    nla_put(message, SIXPN_A_PRIVATE_KEY, SIXPN_KEY_LEN,
		    device->private_key) < 0)
		return -EMSGSIZE;
	if (device->has & SIXPN_DEVICE_HAS_HOST_ID &&
	    nla_put_u32(message, SIXPN_A_HOST_ID, device->host_id) < 0)
		return -EMSGSIZE;
	if (device->has & SIXPN_DEVICE_HAS_FWMARK &&
	    nla_put_u32(message, SIXPN_A_FWMARK, device->fwmark) < 0)
		return -EMSGSIZE;
	if (device->has & SIXPN_DEVICE_HAS_LISTEN_PORT &&
	    nla_put_u16(message, SIXPN_A_LISTEN_PORT, device->listen_port) < 0)
		return -EMSGSIZE;
	for (i = 0; i < device->peer_count; i++)
		if (put_peer(message, &device->peers[i]))
			return -EMSGSIZE;
	return 0;
}

static const struct nla_policy device_policy[SIXPN_A_MAX + 1] = {
	[SIXPN_A_IFINDEX] = { .type = NLA_U32 },
	[SIXPN_A_IFNAME] = { .type = NLA_STRING, .minlen = 1,
			     .maxlen = IFNAMSIZ },
	[SIXPN_A_PRIVATE_KEY] = { .minlen = SIXPN_KEY_LEN,
				  .maxlen = SIXPN_KEY_LEN },
	[SIXPN_A_PUBLIC_KEY] = { .minlen = SIXPN_KEY_LEN,
				 .maxlen = SIXPN_KEY_LEN },
	[SIXPN_A_LISTEN_PORT] = { .type = NLA_U16 },
	[SIXPN_A_FWMARK] = { .type = NLA_U32 },
	[SIXPN_A_GENERATION] = { .type = NLA_U32 },
	[SIXPN_A_PEER_COUNT] = { .type = NLA_U32 },
	[SIXPN_A_HOST_ID] = { .type = NLA_U32 },
	[SIXPN_A_NETWORK_COUNT] = { .type = NLA_U32 },
	[SIXPN_A_MACHINE_COUNT] = { .type = NLA_U32 },
	[SIXPN_A_ROUTE_COUNT] = { .type = NLA_U32 },
};

static const struct nla_policy peer_policy[SIXPN_PEER_A_MAX + 1] = {
	[SIXPN_PEER_A_PUBLIC_KEY] = { .minlen = SIXPN_KEY_LEN,
				      .maxlen = SIXPN_KEY_LEN },
	[SIXPN_PEER_A_PRESHARED_KEY] = { .minlen = SIXPN_KEY_LEN,
					 .maxlen = SIXPN_KEY_LEN },
	[SIXPN_PEER_A_FLAGS] = { .type = NLA_U32 },
	[SIXPN_PEER_A_ENDPOINT] = { .minlen = sizeof(struct sockaddr_in),
				    .maxlen = sizeof(struct sockaddr_in6) },
	[SIXPN_PEER_A_PERSISTENT_KEEPALIVE] = { .type = NLA_U16 },
	[SIXPN_PEER_A_LAST_HANDSHAKE] = { .type = NLA_U64 },
	[SIXPN_PEER_A_HANDSHAKE_RTT] = { .type = NLA_U32 },
	[SIXPN_PEER_A_RX_BYTES] = { .type = NLA_U64 },
	[SIXPN_PEER_A_TX_BYTES] = { .type = NLA_U64 },
	[SIXPN_PEER_A_RX_PACKETS] = { .type = NLA_U64 },
	[SIXPN_PEER_A_TX_PACKETS] = { .type = NLA_U64 },
	[SIXPN_PEER_A_DROPS] = { .type = NLA_U64 },
	[SIXPN_PEER_A_KIND] = { .type = NLA_U32 },
	[SIXPN_PEER_A_HOST_ID] = { .type = NLA_U32 },
	[SIXPN_PEER_A_IDLE_EXPIRY] = { .type = NLA_U32 },
};

static const struct nla_policy allowedip_policy[SIXPN_ALLOWEDIP_A_MAX + 1] = {
	[SIXPN_ALLOWEDIP_A_FAMILY] = { .type = NLA_U16 },
	[SIXPN_ALLOWEDIP_A_ADDRESS] = { .minlen = 4, .maxlen = 16 },
	[SIXPN_ALLOWEDIP_A_PREFIX_LEN] = { .type = NLA_U8 },
	[SIXPN_ALLOWEDIP_A_FLAGS] = { .type = NLA_U32 },
};

static int parse_allowedip(struct sixpn_peer *peer, struct nlattr *nest)
{
	struct nlattr *tb[SIXPN_ALLOWEDIP_A_MAX + 1];
	struct sixpn_allowedip allowedip = { 0 };
	int size;

	if (nla_parse(tb, SIXPN_ALLOWEDIP_A_MAX, nla_data(nest), nla_len(nest),
		      (struct nla_policy *)allowedip_policy) < 0 ||
	    !tb[SIXPN_ALLOWEDIP_A_FAMILY] || !tb[SIXPN_ALLOWEDIP_A_ADDRESS] ||
	    !tb[SIXPN_ALLOWEDIP_A_PREFIX_LEN])
		return -EBADMSG;
	allowedip.family = nla_get_u16(tb[SIXPN_ALLOWEDIP_A_FAMILY]);
	if (allowedip.family != AF_INET && allowedip.family != AF_INET6)
		return -EBADMSG;
	size = allowedip.family == AF_INET ? 4 : 16;
	allowedip.prefix_len = nla_get_u8(tb[SIXPN_ALLOWEDIP_A_PREFIX_LEN]);
	if (nla_len(tb[SIXPN_ALLOWEDIP_A_ADDRESS]) != size ||
	    allowedip.prefix_len > size * 8)
		return -EBADMSG;
	memcpy(&allowedip.address, nla_data(tb[SIXPN_ALLOWEDIP_A_ADDRESS]),
	       (size_t)size);
	if (tb[SIXPN_ALLOWEDIP_A_FLAGS])
		allowedip.remove = nla_get_u32(tb[SIXPN_ALLOWEDIP_A_FLAGS]) &
				   SIXPN_ALLOWEDIP_F_REMOVE;
	return sixpn_peer_add_allowedip(peer, &allowedip);
}

static int parse_endpoint(struct sixpn_peer *peer, const struct nlattr *attr)
{
	union sixpn_endpoint endpoint = { 0 };
	int length = nla_len(attr);

	memcpy(&endpoint, nla_data(attr), (size_t)length);
	if (sixpn_endpoint_size(&endpoint) != (size_t)length)
		return -EBADMSG;
	peer->endpoint = endpoint;
	peer->has |= SIXPN_PEER_HAS_ENDPOINT;
	return 0;
}

static uint64_t get_u64(const struct nlattr *attr)
{
	return attr ? nla_get_u64((struct nlattr *)attr) : 0;
}

static void parse_peer_kind(struct sixpn_peer *peer, struct nlattr **tb)
{
	if (tb[SIXPN_PEER_A_KIND]) {
		peer->kind = nla_get_u32(tb[SIXPN_PEER_A_KIND]);
		peer->has |= SIXPN_PEER_HAS_KIND;
	}
	if (tb[SIXPN_PEER_A_HOST_ID]) {
		peer->host_id = nla_get_u32(tb[SIXPN_PEER_A_HOST_ID]);
		peer->has |= SIXPN_PEER_HAS_HOST_ID;
	}
	if (tb[SIXPN_PEER_A_IDLE_EXPIRY]) {
		peer->idle_expiry = nla_get_u32(tb[SIXPN_PEER_A_IDLE_EXPIRY]);
		peer->has |= SIXPN_PEER_HAS_IDLE_EXPIRY;
	}
}

static int parse_peer_fields(struct sixpn_peer *peer, struct nlattr **tb)
{
	parse_peer_kind(peer, tb);
	if (tb[SIXPN_PEER_A_PRESHARED_KEY]) {
		memcpy(peer->preshared_key,
		       nla_data(tb[SIXPN_PEER_A_PRESHARED_KEY]), SIXPN_KEY_LEN);
		peer->has |= SIXPN_PEER_HAS_PRESHARED_KEY;
	}
	if (tb[SIXPN_PEER_A_PERSISTENT_KEEPALIVE]) {
		peer->persistent_keepalive =
			nla_get_u16(tb[SIXPN_PEER_A_PERSISTENT_KEEPALIVE]);
		peer->has |= SIXPN_PEER_HAS_KEEPALIVE;
	}
	if (tb[SIXPN_PEER_A_LAST_HANDSHAKE]) {
		peer->last_handshake = get_u64(tb[SIXPN_PEER_A_LAST_HANDSHAKE]);
		peer->has |= SIXPN_PEER_HAS_LAST_HANDSHAKE;
	}
	if (tb[SIXPN_PEER_A_HANDSHAKE_RTT]) {
		peer->handshake_rtt = nla_get_u32(tb[SIXPN_PEER_A_HANDSHAKE_RTT]);
		peer->has |= SIXPN_PEER_HAS_HANDSHAKE_RTT;
	}
	if (tb[SIXPN_PEER_A_RX_BYTES] && tb[SIXPN_PEER_A_TX_BYTES])
		peer->has |= SIXPN_PEER_HAS_COUNTERS;
	peer->rx_bytes = get_u64(tb[SIXPN_PEER_A_RX_BYTES]);
	peer->tx_bytes = get_u64(tb[SIXPN_PEER_A_TX_BYTES]);
	peer->rx_packets = get_u64(tb[SIXPN_PEER_A_RX_PACKETS]);
	peer->tx_packets = get_u64(tb[SIXPN_PEER_A_TX_PACKETS]);
	peer->drops = get_u64(tb[SIXPN_PEER_A_DROPS]);
	if (tb[SIXPN_PEER_A_ENDPOINT])
		return parse_endpoint(peer, tb[SIXPN_PEER_A_ENDPOINT]);
	return 0;
}

/* The peer a nest speaks of: a new one, or the last one when it continues it. */
static int begin_parsed_peer(struct sixpn_device *device, struct nlattr **tb,
			     struct sixpn_peer **result)
{
	const uint8_t *key = nla_data(tb[SIXPN_PEER_A_PUBLIC_KEY]);
	struct sixpn_peer *peer;
	uint32_t flags = 0;

	if (tb[SIXPN_PEER_A_FLAGS])
		flags = nla_get_u32(tb[SIXPN_PEER_A_FLAGS]);
	if (flags & SIXPN_PEER_F_CONTINUED) {
		if (!device->peer_count)
			return -EBADMSG;
		peer = &device->peers[device->peer_count - 1];
		*result = peer;
		return sixpn_key_equal(peer->public_key, key) ? 0 : -EBADMSG;
	}
	peer = sixpn_device_add_peer(device);
	if (!peer)
		return -ENOMEM;
	memcpy(peer->public_key, key, SIXPN_KEY_LEN);
	peer->has = SIXPN_PEER_HAS_PUBLIC_KEY;
	peer->flags = flags;
	*result = peer;
	return parse_peer_fields(peer, tb);
}

static int parse_peer(struct sixpn_device *device, struct nlattr *nest)
{
	struct nlattr *tb[SIXPN_PEER_A_MAX + 1], *attr;
	struct sixpn_peer *peer;
	int ret, left;

	if (nla_parse(tb, SIXPN_PEER_A_MAX, nla_data(nest), nla_len(nest),
		      (struct nla_policy *)peer_policy) < 0 ||
	    !tb[SIXPN_PEER_A_PUBLIC_KEY])
		return -EBADMSG;
	ret = begin_parsed_peer(device, tb, &peer);
	if (ret)
		return ret;
	nla_for_each_nested(attr, nest, left) {
		if (nla_type(attr) != SIXPN_PEER_A_ALLOWED_IP)
			continue;
		ret = parse_allowedip(peer, attr);
		if (ret)
			return ret;
	}
	return 0;
}

static void parse_device_fields(struct sixpn_device *device, struct nlattr **tb)
{
	if (tb[SIXPN_A_IFINDEX]) {
		device->ifindex = nla_get_u32(tb[SIXPN_A_IFINDEX]);
		device->has |= SIXPN_DEVICE_HAS_IFINDEX;
	}
	if (tb[SIXPN_A_IFNAME])
		nla_strlcpy(device->ifname, tb[SIXPN_A_IFNAME],
			    sizeof(device->ifname));
	if (tb[SIXPN_A_FLAGS])
		device->flags = nla_get_u32(tb[SIXPN_A_FLAGS]);
	if (tb[SIXPN_A_PRIVATE_KEY]) {
		memcpy(device->private_key, nla_data(tb[SIXPN_A_PRIVATE_KEY]),
		       SIXPN_KEY_LEN);
		device->has |= SIXPN_DEVICE_HAS_PRIVATE_KEY;
	}
	if (tb[SIXPN_A_PUBLIC_KEY]) {
		memcpy(device->public_key, nla_data(tb[SIXPN_A_PUBLIC_KEY]),
		       SIXPN_KEY_LEN);
		device->has |= SIXPN_DEVICE_HAS_PUBLIC_KEY;
	}
	if (tb[SIXPN_A_LISTEN_PORT]) {
		device->listen_port = nla_get_u16(tb[SIXPN_A_LISTEN_PORT]);
		device->has |= SIXPN_DEVICE_HAS_LISTEN_PORT;
	}
	if (tb[SIXPN_A_FWMARK]) {
		device->fwmark = nla_get_u32(tb[SIXPN_A_FWMARK]);
		device->has |= SIXPN_DEVICE_HAS_FWMARK;
	}
	if (tb[SIXPN_A_GENERATION]) {
		device->generation = nla_get_u32(tb[SIXPN_A_GENERATION]);
		device->has |= SIXPN_DEVICE_HAS_GENERATION;
	}
	if (tb[SIXPN_A_PEER_COUNT]) {
		device->kernel_peer_count = nla_get_u32(tb[SIXPN_A_PEER_COUNT]);
		device->has |= SIXPN_DEVICE_HAS_PEER_COUNT;
	}
	if (tb[SIXPN_A_HOST_ID]) {
		device->host_id = nla_get_u32(tb[SIXPN_A_HOST_ID]);
		device->has |= SIXPN_DEVICE_HAS_HOST_ID;
	}
	if (tb[SIXPN_A_NETWORK_COUNT] && tb[SIXPN_A_MACHINE_COUNT] &&
	    tb[SIXPN_A_ROUTE_COUNT]) {
		device->kernel_network_count =
			nla_get_u32(tb[SIXPN_A_NETWORK_COUNT]);
		device->kernel_machine_count =
			nla_get_u32(tb[SIXPN_A_MACHINE_COUNT]);
		device->kernel_route_count =
			nla_get_u32(tb[SIXPN_A_ROUTE_COUNT]);
		device->has |= SIXPN_DEVICE_HAS_OBJECT_COUNTS;
	}
}

int sixpn_message_parse_device(struct sixpn_device *device,
			       const void *attributes, size_t length)
{
	struct nlattr *head = (struct nlattr *)attributes;
	struct nlattr *tb[SIXPN_A_MAX + 1], *attr;
	int ret, left;

	if (length > INT32_MAX)
		return -EBADMSG;
	if (nla_parse(tb, SIXPN_A_MAX, head, (int)length,
		      (struct nla_policy *)device_policy) < 0)
		return -EBADMSG;
	parse_device_fields(device, tb);
	nla_for_each_attr(attr, head, (int)length, left) {
		ret = nla_type(attr) == SIXPN_A_PEER ?
		      parse_peer(device, attr) :
		      sixpn_object_parse(device, attr);
		if (ret)
			return ret;
	}
	return 0;
}

static const char *const device_words[SIXPN_A_MAX + 1] = {
	[SIXPN_A_IFINDEX] = "ifindex",
	[SIXPN_A_IFNAME] = "name",
	[SIXPN_A_FLAGS] = "flags",
	[SIXPN_A_PRIVATE_KEY] = "private-key",
	[SIXPN_A_PUBLIC_KEY] = "public-key",
	[SIXPN_A_LISTEN_PORT] = "listen-port",
	[SIXPN_A_FWMARK] = "fwmark",
	[SIXPN_A_PEER] = "peer",
	[SIXPN_A_GENERATION] = "generation",
	[SIXPN_A_PEER_COUNT] = "peer-count",
	[SIXPN_A_HOST_ID] = "host-id",
};

static const char *const peer_words[SIXPN_PEER_A_MAX + 1] = {
	[SIXPN_PEER_A_PUBLIC_KEY] = "public-key",
	[SIXPN_PEER_A_PRESHARED_KEY] = "preshared-key",
	[SIXPN_PEER_A_FLAGS] = "flags",
	[SIXPN_PEER_A_ENDPOINT] = "endpoint",
	[SIXPN_PEER_A_PERSISTENT_KEEPALIVE] = "persistent-keepalive",
	[SIXPN_PEER_A_ALLOWED_IP] = "allowed-ips",
	[SIXPN_PEER_A_KIND] = "kind",
	[SIXPN_PEER_A_HOST_ID] = "host-id",
	[SIXPN_PEER_A_IDLE_EXPIRY] = "idle-expiry",
};

static const char *word_of(const char *const *words, int max, int type)
{
	return type <= max && words[type] ? words[type] : "attribute";
}

/* The attribute of a nest, or of a message, that covers @at. */
static struct nlattr *covering(struct nlattr *head, int length, const char *at)
{
	struct nlattr *attr;
	int left;

	nla_for_each_attr(attr, head, length, left) {
		const char *start = (const char *)attr;

		if (at >= start && at < start + nla_total_size(nla_len(attr)))
			return attr;
	}
	return NULL;
}

void sixpn_message_attribute_at(char *text, size_t room,
				const struct nlmsghdr *message, size_t offset)
{
	char *start = (char *)(uintptr_t)message;
	size_t head = NLMSG_HDRLEN + GENL_HDRLEN;
	struct nlattr *attr, *inner, *key;
	char peer[SIXPN_KEY_BASE64_LEN + 1];

	text[0] = '\0';
	if (message->nlmsg_len < head || message->nlmsg_len > INT32_MAX ||
	    offset < head)
		return;
	attr = covering((struct nlattr *)(void *)(start + head),
			(int)(message->nlmsg_len - head), start + offset);
	if (!attr)
		return;
	inner = covering(nla_data(attr), nla_len(attr), start + offset);
	if (sixpn_object_words(text, room, attr, inner))
		return;
	if (nla_type(attr) != SIXPN_A_PEER) {
		snprintf(text, room, "%s",
			 word_of(device_words, SIXPN_A_MAX, nla_type(attr)));
		return;
	}
	key = nla_find(nla_data(attr), nla_len(attr), SIXPN_PEER_A_PUBLIC_KEY);
	if (!key || nla_len(key) != SIXPN_KEY_LEN)
		return;
	sixpn_key_to_base64(peer, nla_data(key));
	if (inner)
		snprintf(text, room, "%s of peer %s",
			 word_of(peer_words, SIXPN_PEER_A_MAX, nla_type(inner)),
			 peer);
	else
		snprintf(text, room, "peer %s", peer);
}
