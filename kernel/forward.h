/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Carry out what the rules (classify.h) say of a 6PN packet.
 */
#ifndef _SIXPN_FORWARD_H
#define _SIXPN_FORWARD_H

#include <linux/types.h>

struct net_device;
struct sixpn_origin;
struct sixpn_verdict;
struct sk_buff;

/**
 * sixpn_forward() - pass a packet on, or drop it and tell its sender
 * @origin: where it came from
 * @verdict: of sixpn_classify(), and not SIXPN_WAY_ALLOWED_IPS
 * @skb: the packet, consumed. From a peer it is private, and nothing of its
 *	time on the underlay is left on it.
 *
 * Context: RCU read side, BH disabled.
 * Return: whether it was passed on.
 */
bool sixpn_forward(const struct sixpn_origin *origin,
		   const struct sixpn_verdict *verdict, struct sk_buff *skb);

/* Make a packet of another netdev one that comes in on @dev, as cables do: its
 * sender's socket stays charged. Return: 0 or -ENOMEM (@skb stays).
 */
int sixpn_forward_prepare(struct sk_buff *skb, struct net_device *dev);

#endif /* _SIXPN_FORWARD_H */
