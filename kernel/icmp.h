/* SPDX-License-Identifier: GPL-2.0 */
/* What inner senders are told when their packet cannot go on. */
#ifndef _SIXPN_ICMP_H
#define _SIXPN_ICMP_H

#include <linux/types.h>

struct net_device;
struct sixpn_device;
struct sixpn_origin;
struct sk_buff;

/* The skb is the inner packet as transmitted on @dev, and stays the caller's.
 * Its true sender is found behind NAT on this host. Rate limits of the
 * namespace apply. Context: as ndo_start_xmit.
 */
void sixpn_icmp_unreachable(struct sk_buff *skb, struct net_device *dev);

/**
 * sixpn_icmp_too_big() - tell the sender of a smaller limit
 * @mtu: bytes an inner packet may have, IP header included
 */
void sixpn_icmp_too_big(struct sk_buff *skb, struct net_device *dev,
			unsigned int mtu);

/* How often machines are told; of a device. */
struct sixpn_icmp_limits;

struct sixpn_icmp_limits *sixpn_icmp_limits_alloc(void);
void sixpn_icmp_limits_free(struct sixpn_icmp_limits *limits);

/**
 * sixpn_icmp_answer() - send an ICMPv6 error about a 6PN packet
 * @origin: where the packet came from, and where the error goes: nowhere else
 * @skb: the packet, whose source is true; it stays the caller's
 * @type: ICMPV6_*
 * @code: of that type
 * @info: the MTU of ICMPV6_PKT_TOOBIG; else 0
 *
 * It is from this host (machine 0 of the sender's network). None is sent about
 * an error or a redirect, to or about a multicast address, before this host has
 * an id, and when one source has been told too often.
 *
 * Context: RCU read side, BH disabled.
 */
void sixpn_icmp_answer(const struct sixpn_origin *origin, struct sk_buff *skb,
		       u8 type, u8 code, u32 info);

#endif /* _SIXPN_ICMP_H */
