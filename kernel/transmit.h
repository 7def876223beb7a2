/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way out: classify, take nonces, encrypt in this context, hand one packet
 * or one GSO batch to the socket.
 */
#ifndef _SIXPN_TRANSMIT_H
#define _SIXPN_TRANSMIT_H

#include <linux/netdevice.h>
#include <linux/sixpn.h>

struct sixpn_peer;
struct sk_buff;

/* Room in front of an inner packet for all that goes outside of it. */
#define SIXPN_HEADROOM (LL_MAX_HEADER + sizeof(struct ipv6hdr) + \
			sizeof(struct udphdr) + sizeof(struct sixpn_msg_data))

netdev_tx_t sixpn_transmit(struct sk_buff *skb, struct net_device *dev);

/* Is it, or is each packet it will be cut into, no longer than @mtu? */
bool sixpn_transmit_is_within(const struct sk_buff *skb, unsigned int mtu);

/**
 * sixpn_transmit_check() - can a packet go to a peer?
 * @skb: inner packet
 * @peer: where to
 * @limit: bytes it may have, besides what the underlay carries
 * @mtu: with SIXPN_DROP_TOO_BIG: what its sender is to be told, 0: nothing
 *
 * Context: RCU read side.
 * Return: 0 or why it cannot.
 */
enum sixpn_drop_reason sixpn_transmit_check(const struct sk_buff *skb,
					    struct sixpn_peer *peer,
					    unsigned int limit,
					    unsigned int *mtu);

/* Cut it if need be, encrypt and send it, or keep it until there is a session.
 * Consumes @skb. Context: RCU read side, BH disabled. Return: false if memory
 * was short.
 */
bool sixpn_transmit_packet(struct sixpn_peer *peer, struct sk_buff *skb);

/* Around each way out of a netdev: are there not too many of us on this CPU's
 * stack? Leave in either case. BH disabled.
 */
bool sixpn_transmit_enter(void);
void sixpn_transmit_leave(void);

/* Send an empty data message. Context: any but hard interrupt. */
void sixpn_transmit_keepalive(struct sixpn_peer *peer);
/* Send what waits for a session, if there is one now; start a handshake if
 * there is something to send and none. Context: any but hard interrupt.
 */
void sixpn_transmit_staged(struct sixpn_peer *peer);
void sixpn_transmit_drop_staged(struct sixpn_peer *peer);

#endif /* _SIXPN_TRANSMIT_H */
