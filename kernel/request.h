/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A DEVICE_SET request, read and checked as far as that is possible without
 * looking at the device. Nothing here takes a lock or changes anything.
 */
#ifndef _SIXPN_REQUEST_H
#define _SIXPN_REQUEST_H

#include "wire.h"

#include <linux/types.h>

struct genl_info;
struct netlink_ext_ack;
struct nlattr;
struct sixpn_endpoint;
struct sixpn_host;
struct sixpn_peer;

/* What a PEER nest comes to, once its peer has been looked for. */
enum sixpn_change_action {
	SIXPN_CHANGE_NOTHING, /* UPDATE_ONLY or REMOVE, and no such peer */
	SIXPN_CHANGE_REMOVE,
	SIXPN_CHANGE_CREATE,
	SIXPN_CHANGE_UPDATE,
};

/* One PEER nest. The nlattrs point into the request. */
struct sixpn_change {
	const struct nlattr *nest;
	const struct nlattr *name; /* its PUBLIC_KEY */
	const struct nlattr *preshared; /* NULL: leave as it is */
	const struct nlattr *keepalive; /* NULL: leave as it is */
	const struct nlattr *kind; /* NULL: leave as it is */
	const struct nlattr *host_id; /* NULL: leave as it is */
	const struct nlattr *idle_expiry; /* NULL: leave as it is */
	struct sixpn_endpoint *endpoint; /* owned; NULL: leave as it is */
	u32 flags; /* enum sixpn_peer_flag */
	/* The transaction's, which runs under the device's lock. */
	enum sixpn_change_action action;
	bool starts_keepalive; /* persistent keepalive was off before */
	/* What kind and host id come to, if either is given. */
	u8 new_kind;
	bool new_host_id_set;
	struct sixpn_host *new_host;
	struct sixpn_peer *peer; /* that it acts on; kept by the device */
};

struct sixpn_request {
	struct genl_info *info;
	struct netlink_ext_ack *extack;
	/* Top-level attributes; NULL: leave as it is. */
	const struct nlattr *generation;
	const struct nlattr *private_key;
	const struct nlattr *host_id;
	const struct nlattr *listen_port;
	const struct nlattr *fwmark;
	bool replace_peers;
	bool forget_key; /* private_key is all zero */
	u8 private[SIXPN_KEY_SIZE]; /* clamped */
	u8 public[SIXPN_KEY_SIZE]; /* of private */
	unsigned int prefixes; /* allowed-ips to add, of all peers */
	size_t count;
	struct sixpn_change *changes; /* count of them, in order of appearance */
};

struct sixpn_prefix {
	u16 family; /* AF_INET or AF_INET6 */
	u8 len;
	bool remove;
	const void *addr; /* struct in_addr or in6_addr in the request */
};

/**
 * sixpn_request_parse() - read a DEVICE_SET request
 * @req: filled; sixpn_request_free() it, also after an error
 * @info: the request, valid until then; has passed the command's policy
 *
 * Return: 0, or -errno and a sentence in the extended ack.
 */
int sixpn_request_parse(struct sixpn_request *req, struct genl_info *info);
/* Read a nest that has passed its policy: @tb of @max + 1 attributes. One that
 * comes twice, and is not of the type @repeatable (0: none), is refused. Return:
 * 0 or -EINVAL and a sentence.
 */
int sixpn_request_parse_nest(struct nlattr **tb, int max,
			     const struct nlattr *nest, int repeatable,
			     struct netlink_ext_ack *extack);
/* Also wipes the secrets, here and in the request. */
void sixpn_request_free(struct sixpn_request *req);

/* Read an ALLOWED_IP nest of a request that has been parsed. */
void sixpn_request_read_prefix(const struct nlattr *nest,
			       struct sixpn_prefix *prefix);

#endif /* _SIXPN_REQUEST_H */
