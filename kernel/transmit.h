/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way out: classify, take nonces, encrypt in this context, hand one packet
 * or one GSO batch to the socket.
 */
#ifndef _SIXPN_TRANSMIT_H
#define _SIXPN_TRANSMIT_H

#include <linux/netdevice.h>

struct sixpn_peer;
struct sk_buff;

/* Room in front of an inner packet for all that goes outside of it. */
#define SIXPN_HEADROOM (LL_MAX_HEADER + sizeof(struct ipv6hdr) + \
			sizeof(struct udphdr) + sizeof(struct sixpn_msg_data))

netdev_tx_t sixpn_transmit(struct sk_buff *skb, struct net_device *dev);

/* Send an empty data message. Context: any but hard interrupt. */
void sixpn_transmit_keepalive(struct sixpn_peer *peer);
/* Send what waits for a session, if there is one now; start a handshake if
 * there is something to send and none. Context: any but hard interrupt.
 */
void sixpn_transmit_staged(struct sixpn_peer *peer);
void sixpn_transmit_drop_staged(struct sixpn_peer *peer);

#endif /* _SIXPN_TRANSMIT_H */
