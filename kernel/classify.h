/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules: may this packet pass, and where does it go? All of them are here.
 *
 * Whatever the rules do not name is dropped. A packet for fdaa::/16 is never
 * left to the allowed-ips.
 */
#ifndef _SIXPN_CLASSIFY_H
#define _SIXPN_CLASSIFY_H

#include <linux/sixpn.h>
#include <linux/types.h>

struct net_device;
struct sixpn_device;
struct sixpn_machine;
struct sixpn_peer;
struct sk_buff;

enum sixpn_origin_kind {
	SIXPN_ORIGIN_MACHINE, /* its port, or the netdev bound to it */
	SIXPN_ORIGIN_HOST, /* this host's own stack, by the mesh device */
	SIXPN_ORIGIN_PEER, /* a tunnel */
};

/* Where a packet came from. No references: all under one RCU read side. */
struct sixpn_origin {
	struct sixpn_device *sx;
	enum sixpn_origin_kind kind;
	struct sixpn_machine *machine; /* if _MACHINE */
	struct net_device *dev; /* if _MACHINE: its netdev */
	struct sixpn_peer *peer; /* if _PEER */
};

enum sixpn_way {
	SIXPN_WAY_DROP, /* for verdict.reason */
	SIXPN_WAY_ALLOWED_IPS, /* not 6PN at all: as WireGuard does it */
	SIXPN_WAY_MACHINE, /* to verdict.dev, a port or bound netdev */
	SIXPN_WAY_HOST, /* to this host's own stack */
	SIXPN_WAY_PEER, /* to verdict.peer */
};

struct sixpn_verdict {
	enum sixpn_way way;
	enum sixpn_drop_reason reason;
	u8 icmp_type; /* what to tell the sender; 0: nothing */
	u8 icmp_code;
	bool forwarded; /* in by a tunnel, out by one: one hop further */
	struct net_device *dev;
	struct sixpn_peer *peer; /* also of a drop, for its counters */
	/* Those of this host that it is from and for, for their counters; NULL:
	 * none or not known.
	 */
	struct sixpn_machine *source;
	struct sixpn_machine *target;
};

/**
 * sixpn_classify() - apply the rules to a packet
 * @origin: where it came from
 * @skb: the inner packet: skb->data and the network header at its beginning,
 *	skb->protocol that of its IP header, and that header in its head (as
 *	ip_tunnel_parse_protocol() sees to). Only read.
 * @verdict: filled
 *
 * Context: RCU read side.
 */
void sixpn_classify(const struct sixpn_origin *origin,
		    const struct sk_buff *skb, struct sixpn_verdict *verdict);

#endif /* _SIXPN_CLASSIFY_H */
