/* SPDX-License-Identifier: GPL-2.0 */
/* What inner senders are told when their packet cannot go on. */
#ifndef _SIXPN_ICMP_H
#define _SIXPN_ICMP_H

struct net_device;
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

#endif /* _SIXPN_ICMP_H */
