// SPDX-License-Identifier: GPL-2.0
#include "request.h"

#include "compat/compat.h"
#include "endpoint.h"

#include <linux/mm.h>
#include <linux/sixpn.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/ipv6.h>
#include <net/netlink.h>
#include <sixpn/addr.h>

union socket_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Which of two would count is nothing a caller should have to know. */
static int refuse_repeats(const struct nlattr *head, int len, int repeatable,
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	u32 seen = 0;
	int rem;

	BUILD_BUG_ON(SIXPN_A_MAX > 31 || SIXPN_PEER_A_MAX > 31 ||
		     SIXPN_ALLOWEDIP_A_MAX > 31 || SIXPN_MACHINE_A_MAX > 31);
	nla_for_each_attr(attr, head, len, rem) {
		u32 bit = BIT(nla_type(attr));

		if (seen & bit && nla_type(attr) != repeatable) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "This attribute is given twice");
			return -EINVAL;
		}
		seen |= bit;
	}
	return 0;
}

/* The policy of the command has been through every nest already. */
int sixpn_request_parse_nest(struct nlattr **tb, int max,
			     const struct nlattr *nest, int repeatable,
			     struct netlink_ext_ack *extack)
{
	int err = nla_parse_nested(tb, max, nest, NULL, extack);

	return err ?: refuse_repeats(nla_data(nest), nla_len(nest), repeatable,
				     extack);
}

/*
 * Points whose multiple by any clamped scalar is zero: with one of them as
 * long-term key the shared secret would be known to everybody. These are all
 * that a 255-bit number can stand for; X25519 ignores the top bit.
 */
static bool low_order(const u8 point[SIXPN_KEY_SIZE])
{
	static const u8 order8[][SIXPN_KEY_SIZE] = {
		{ 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae,
		  0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
		  0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd,
		  0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00 },
		{ 0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24,
		  0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
		  0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86,
		  0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57 },
	};
	u8 last = point[SIXPN_KEY_SIZE - 1] & 0x7f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(order8); i++)
		if (last == order8[i][SIXPN_KEY_SIZE - 1] &&
		    !memcmp(point, order8[i], SIXPN_KEY_SIZE - 1))
			return true;
	/* 0 and 1 */
	if (!last && point[0] <= 1 &&
	    !memchr_inv(point + 1, 0, SIXPN_KEY_SIZE - 2))
		return true;
	/* -1, 0 and 1 again, as p - 1, p and p + 1 with p = 2^255 - 19 */
	return last == 0x7f && point[0] >= 0xec && point[0] <= 0xee &&
	       !memchr_inv(point + 1, 0xff, SIXPN_KEY_SIZE - 2);
}

static int check_endpoint4(const struct nlattr *attr,
			   const struct sockaddr_in *addr,
			   struct netlink_ext_ack *extack)
{
	if (!addr->sin_port) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "The endpoint needs a UDP port other than 0");
		return -EINVAL;
	}
	if (addr->sin_addr.s_addr == htonl(INADDR_ANY) ||
	    ipv4_is_multicast(addr->sin_addr.s_addr) ||
	    ipv4_is_lbcast(addr->sin_addr.s_addr)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "The endpoint must be the address of one host: not zero, multicast or broadcast");
		return -EINVAL;
	}
	return 0;
}

static int check_endpoint6(const struct nlattr *attr,
			   const struct sockaddr_in6 *addr,
			   struct netlink_ext_ack *extack)
{
	bool link_local = ipv6_addr_type(&addr->sin6_addr) &
			  IPV6_ADDR_LINKLOCAL;

	if (!addr->sin6_port) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "The endpoint needs a UDP port other than 0");
		return -EINVAL;
	}
	if (ipv6_addr_any(&addr->sin6_addr) ||
	    ipv6_addr_is_multicast(&addr->sin6_addr)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "The endpoint must be the address of one host: not zero or multicast");
		return -EINVAL;
	}
	if (ipv6_addr_v4mapped(&addr->sin6_addr)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "Give an IPv4 endpoint as such, not as an IPv4-mapped IPv6 address");
		return -EINVAL;
	}
	if (link_local && !addr->sin6_scope_id) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "A link-local endpoint needs its interface: fe80::1%eth0");
		return -EINVAL;
	}
	if (addr->sin6_scope_id > (link_local ? INT_MAX : 0)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "Only a link-local endpoint has an interface, whose index fits in 31 bits");
		return -EINVAL;
	}
	return 0;
}

/* Fields that mean nothing here (sin_zero, sin6_flowinfo) are left behind. */
static int parse_endpoint(struct sixpn_change *change,
			  const struct nlattr *attr,
			  struct netlink_ext_ack *extack)
{
	const union socket_address *given = nla_data(attr);
	union socket_address addr = {};
	int err;

	addr.any.sa_family = given->any.sa_family;
	if (addr.any.sa_family == AF_INET &&
	    nla_len(attr) == sizeof(given->v4)) {
		addr.v4.sin_port = given->v4.sin_port;
		addr.v4.sin_addr = given->v4.sin_addr;
		err = check_endpoint4(attr, &addr.v4, extack);
	} else if (addr.any.sa_family == AF_INET6 &&
		   nla_len(attr) == sizeof(given->v6)) {
		addr.v6.sin6_port = given->v6.sin6_port;
		addr.v6.sin6_addr = given->v6.sin6_addr;
		addr.v6.sin6_scope_id = given->v6.sin6_scope_id;
		err = check_endpoint6(attr, &addr.v6, extack);
	} else {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "The endpoint must be a struct sockaddr_in or sockaddr_in6 whose length fits its family");
		err = -EINVAL;
	}
	if (err)
		return err;
	change->endpoint = sixpn_endpoint_alloc(&addr.any, GFP_KERNEL);
	return change->endpoint ? 0 : -ENOMEM;
}

static int missing(const struct nlattr *nest, int type,
		   struct netlink_ext_ack *extack)
{
	NL_SET_ERR_ATTR_MISS(extack, nest, type);
	return -EINVAL;
}

static int check_prefix(struct nlattr **tb, struct netlink_ext_ack *extack)
{
	const struct nlattr *address = tb[SIXPN_ALLOWEDIP_A_ADDRESS];
	const struct nlattr *len = tb[SIXPN_ALLOWEDIP_A_PREFIX_LEN];
	u16 family = nla_get_u16(tb[SIXPN_ALLOWEDIP_A_FAMILY]);
	unsigned int size = family == AF_INET ? sizeof(struct in_addr) :
						sizeof(struct in6_addr);

	if (family != AF_INET && family != AF_INET6) {
		NL_SET_ERR_MSG_ATTR(extack, tb[SIXPN_ALLOWEDIP_A_FAMILY],
				    "Allowed-ips are of family AF_INET or AF_INET6");
		return -EINVAL;
	}
	if (nla_len(address) != size) {
		NL_SET_ERR_MSG_ATTR(extack, address,
				    "The length of an allowed-ips address must be 4 bytes for AF_INET, 16 for AF_INET6");
		return -EINVAL;
	}
	if (nla_get_u8(len) > size * BITS_PER_BYTE) {
		NL_SET_ERR_MSG_ATTR(extack, len,
				    "The prefix is longer than the address: 0 to 32 bits for IPv4, 0 to 128 for IPv6");
		return -ERANGE;
	}
	return 0;
}

static int parse_prefix(struct sixpn_request *req, const struct nlattr *nest)
{
	struct nlattr *tb[SIXPN_ALLOWEDIP_A_MAX + 1];
	int err, type;

	err = sixpn_request_parse_nest(tb, SIXPN_ALLOWEDIP_A_MAX, nest, 0,
				       req->extack);
	if (err)
		return err;
	for (type = SIXPN_ALLOWEDIP_A_FAMILY;
	     type <= SIXPN_ALLOWEDIP_A_PREFIX_LEN; type++) {
		if (tb[type])
			continue;
		NL_SET_ERR_MSG_ATTR(req->extack, nest,
				    "Allowed-ips need a family, an address and a prefix length");
		return missing(nest, type, req->extack);
	}
	err = check_prefix(tb, req->extack);
	if (err)
		return err;
	/* The bits of FLAGS are the policy's business; there is one. */
	if (!tb[SIXPN_ALLOWEDIP_A_FLAGS] ||
	    !nla_get_u32(tb[SIXPN_ALLOWEDIP_A_FLAGS]))
		req->prefixes++;
	return 0;
}

void sixpn_request_read_prefix(const struct nlattr *nest,
			       struct sixpn_prefix *prefix)
{
	const struct nlattr *attr;
	int rem;

	prefix->remove = false;
	nla_for_each_nested(attr, nest, rem) {
		switch (nla_type(attr)) {
		case SIXPN_ALLOWEDIP_A_FAMILY:
			prefix->family = nla_get_u16(attr);
			break;
		case SIXPN_ALLOWEDIP_A_ADDRESS:
			prefix->addr = nla_data(attr);
			break;
		case SIXPN_ALLOWEDIP_A_PREFIX_LEN:
			prefix->len = nla_get_u8(attr);
			break;
		case SIXPN_ALLOWEDIP_A_FLAGS:
			prefix->remove = nla_get_u32(attr) &
					 SIXPN_ALLOWEDIP_F_REMOVE;
			break;
		}
	}
}

static int check_remove(struct nlattr **tb, u32 flags,
			struct netlink_ext_ack *extack)
{
	int type;

	if (!(flags & SIXPN_PEER_F_REMOVE))
		return 0;
	if (flags & SIXPN_PEER_F_REPLACE_ALLOWED_IPS) {
		NL_SET_ERR_MSG_ATTR(extack, tb[SIXPN_PEER_A_FLAGS],
				    "A peer that is removed has no allowed-ips to replace");
		return -EINVAL;
	}
	for (type = 1; type <= SIXPN_PEER_A_MAX; type++) {
		if (!tb[type] || type == SIXPN_PEER_A_PUBLIC_KEY ||
		    type == SIXPN_PEER_A_FLAGS)
			continue;
		NL_SET_ERR_MSG_ATTR(extack, tb[type],
				    "A peer cannot be removed and configured at once; to start afresh, remove it first and then add it");
		return -EINVAL;
	}
	return 0;
}

static int parse_name(struct sixpn_change *change, const struct nlattr *name,
		      struct netlink_ext_ack *extack)
{
	if (!name) {
		NL_SET_ERR_MSG_ATTR(extack, change->nest,
				    "A peer is named by its public key, which is missing");
		return missing(change->nest, SIXPN_PEER_A_PUBLIC_KEY, extack);
	}
	if (low_order(nla_data(name))) {
		NL_SET_ERR_MSG_ATTR(extack, name,
				    "This is not a usable public key: a point of low order keeps no secret");
		return -EINVAL;
	}
	change->name = name;
	return 0;
}

/* 0 stands for the one that follows from the key. */
static int check_host_id(const struct nlattr *attr,
			 struct netlink_ext_ack *extack)
{
	if (!attr || !nla_get_u32(attr) ||
	    sixpn_host_id_is_valid(nla_get_u32(attr)))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "Host id 1 stands for services: a host has 2 or above, or 0 for the one that follows from its key");
	return -ERANGE;
}

static int parse_peer(struct sixpn_request *req, struct sixpn_change *change,
		      const struct nlattr *nest)
{
	struct nlattr *tb[SIXPN_PEER_A_MAX + 1];
	const struct nlattr *attr;
	int err, rem;

	change->nest = nest;
	err = sixpn_request_parse_nest(tb, SIXPN_PEER_A_MAX, nest,
				       SIXPN_PEER_A_ALLOWED_IP, req->extack);
	if (err)
		return err;
	err = parse_name(change, tb[SIXPN_PEER_A_PUBLIC_KEY], req->extack);
	if (err)
		return err;
	if (tb[SIXPN_PEER_A_FLAGS])
		change->flags = nla_get_u32(tb[SIXPN_PEER_A_FLAGS]);
	err = check_remove(tb, change->flags, req->extack);
	if (err)
		return err;
	change->preshared = tb[SIXPN_PEER_A_PRESHARED_KEY];
	change->keepalive = tb[SIXPN_PEER_A_PERSISTENT_KEEPALIVE];
	change->kind = tb[SIXPN_PEER_A_KIND];
	change->host_id = tb[SIXPN_PEER_A_HOST_ID];
	change->idle_expiry = tb[SIXPN_PEER_A_IDLE_EXPIRY];
	err = check_host_id(change->host_id, req->extack);
	if (err)
		return err;
	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) != SIXPN_PEER_A_ALLOWED_IP)
			continue;
		err = parse_prefix(req, attr);
		if (err)
			return err;
	}
	if (tb[SIXPN_PEER_A_ENDPOINT])
		err = parse_endpoint(change, tb[SIXPN_PEER_A_ENDPOINT],
				     req->extack);
	return err;
}

static int parse_peers(struct sixpn_request *req)
{
	const struct nlmsghdr *nlh = req->info->nlhdr;
	const struct nlattr *attr;
	size_t count = 0;
	int err, rem;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem)
		count += nla_type(attr) == SIXPN_A_PEER;
	if (!count)
		return 0;
	req->changes = kvcalloc(count, sizeof(*req->changes), GFP_KERNEL);
	if (!req->changes)
		return -ENOMEM;
	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		if (nla_type(attr) != SIXPN_A_PEER)
			continue;
		err = parse_peer(req, &req->changes[req->count++], attr);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

static int parse_private_key(struct sixpn_request *req)
{
	if (!req->private_key)
		return 0;
	memcpy(req->private, nla_data(req->private_key), SIXPN_KEY_SIZE);
	req->forget_key = !memchr_inv(req->private, 0, SIXPN_KEY_SIZE);
	if (req->forget_key)
		return 0;
	curve25519_clamp_secret(req->private);
	if (curve25519_generate_public(req->public, req->private))
		return 0;
	NL_SET_ERR_MSG_ATTR(req->extack, req->private_key,
			    "This private key has no public key; generate another");
	return -EINVAL;
}

int sixpn_request_parse(struct sixpn_request *req, struct genl_info *info)
{
	const struct nlmsghdr *nlh = info->nlhdr;
	int err;

	memset(req, 0, sizeof(*req));
	req->info = info;
	req->extack = info->extack;
	err = refuse_repeats(nlmsg_attrdata(nlh, GENL_HDRLEN),
			     nlmsg_attrlen(nlh, GENL_HDRLEN), SIXPN_A_PEER,
			     req->extack);
	if (err)
		return err;
	req->generation = info->attrs[SIXPN_A_GENERATION];
	req->private_key = info->attrs[SIXPN_A_PRIVATE_KEY];
	req->host_id = info->attrs[SIXPN_A_HOST_ID];
	req->listen_port = info->attrs[SIXPN_A_LISTEN_PORT];
	req->fwmark = info->attrs[SIXPN_A_FWMARK];
	if (info->attrs[SIXPN_A_FLAGS])
		req->replace_peers = nla_get_u32(info->attrs[SIXPN_A_FLAGS]) &
				     SIXPN_DEVICE_F_REPLACE_PEERS;
	return check_host_id(req->host_id, req->extack) ?:
	       parse_private_key(req) ?: parse_peers(req);
}

/* The message is freed like any other, so its secrets end here. An error
 * report that quotes the request quotes zeros.
 */
static void wipe_message(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr, *inner;
	int rem, inner_rem;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		if (nla_type(attr) == SIXPN_A_PRIVATE_KEY)
			memzero_explicit(nla_data(attr), nla_len(attr));
		if (nla_type(attr) != SIXPN_A_PEER)
			continue;
		nla_for_each_nested(inner, attr, inner_rem)
			if (nla_type(inner) == SIXPN_PEER_A_PRESHARED_KEY)
				memzero_explicit(nla_data(inner),
						 nla_len(inner));
	}
}

void sixpn_request_free(struct sixpn_request *req)
{
	size_t i;

	for (i = 0; i < req->count; i++)
		sixpn_endpoint_free(req->changes[i].endpoint);
	kvfree(req->changes);
	wipe_message(req->info->nlhdr);
	memzero_explicit(req, sizeof(*req));
}
