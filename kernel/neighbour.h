/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Just enough neighbour discovery (RFC 4861) for a machine on a bound netdev,
 * which is an Ethernet: it finds its gateway, and we find it.
 *
 * To the machine everything in fdaa::/16 but itself, and the gateway fe80::1, is
 * at the address of the netdev it is bound to.
 */
#ifndef _SIXPN_NEIGHBOUR_H
#define _SIXPN_NEIGHBOUR_H

#include <linux/types.h>

struct in6_addr;
struct net_device;
struct sk_buff;

/* Is it a message of the link itself: discovery of neighbours, routers or
 * multicast listeners? @skb: IPv6, its header in the head.
 */
bool sixpn_neighbour_is(const struct sk_buff *skb);

/**
 * sixpn_neighbour_answer() - answer a solicitation
 * @skb: a frame that came in; stays the caller's
 * @dev: bound netdev it came in on
 * @prefix: the machine's own /112: it is not answered for that
 *
 * Return: the advertisement as a frame to be transmitted on @dev, or NULL if
 * @skb is no solicitation, a bad one, or not for us to answer.
 */
struct sk_buff *sixpn_neighbour_answer(struct sk_buff *skb,
				       struct net_device *dev,
				       const struct in6_addr *prefix);

/* A solicitation for @target, as a frame to be transmitted on @dev, or NULL. */
struct sk_buff *sixpn_neighbour_solicit(struct net_device *dev,
					const struct in6_addr *target);

#endif /* _SIXPN_NEIGHBOUR_H */
