/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why a packet was not passed on: one counter per reason (enum
 * sixpn_drop_reason), per CPU and device, and the tracepoint sixpn:sixpn_drop.
 */
#ifndef _SIXPN_DROP_H
#define _SIXPN_DROP_H

#include <linux/ethtool.h>
#include <linux/sixpn.h>
#include <linux/types.h>
#include <linux/u64_stats_sync.h>

struct net_device;
struct sixpn_device;
struct sixpn_peer;
struct sk_buff;

struct sixpn_drops {
	u64_stats_t packets[__SIXPN_DROP_MAX];
	struct u64_stats_sync syncp;
};

/* Constant, lower case with hyphens; never NULL. */
const char *sixpn_drop_name(enum sixpn_drop_reason reason);

/**
 * sixpn_drop_count() - count and trace packets that are not passed on
 * @sx: mesh device
 * @reason: why; SIXPN_DROP_UNSPEC: not at all
 * @skb: the inner packet, or the outer one of a message that was not let in, with
 *	its network header set and skb->protocol that of it, still the caller's;
 *	or NULL if it is not known any more
 * @packets: how many
 *
 * Context: any but hard interrupt.
 */
void sixpn_drop_count(struct sixpn_device *sx, enum sixpn_drop_reason reason,
		      const struct sk_buff *skb, unsigned int packets);

/* The same for packets that came from @peer, or were for it: they count for it
 * too.
 */
void sixpn_drop_of_peer(struct sixpn_peer *peer, enum sixpn_drop_reason reason,
			const struct sk_buff *skb, unsigned int packets);

/* How many packets the device has dropped for @reason. Context: process. */
u64 sixpn_drop_read(const struct sixpn_device *sx,
		    enum sixpn_drop_reason reason);

/* The counters by name, for ethtool -S on the mesh device. */
extern const struct ethtool_ops sixpn_drop_ethtool_ops;

#endif /* _SIXPN_DROP_H */
