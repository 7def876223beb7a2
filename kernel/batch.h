/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Encryption in the sender's context: packets of one peer become data messages,
 * and messages of one length become one UDP GSO packet.
 */
#ifndef _SIXPN_BATCH_H
#define _SIXPN_BATCH_H

#include <linux/types.h>

struct sixpn_keypair;
struct sixpn_peer;
struct sk_buff;

int sixpn_batch_module_init(void);
void sixpn_batch_module_exit(void);

enum sixpn_batch_sent {
	SIXPN_SENT_NOTHING,
	SIXPN_SENT_KEEPALIVE,
	SIXPN_SENT_DATA,
};

/**
 * sixpn_batch_send() - encrypt a list of inner packets and send them
 * @peer: to whom
 * @keypair: a valid sending keypair of @peer
 * @list: chained by ->next; consumed. Either segments of one packet, or packets
 *	that no socket is charged for.
 *
 * Context: RCU read side, BH disabled.
 * Return: the most that left for the underlay.
 */
enum sixpn_batch_sent sixpn_batch_send(struct sixpn_peer *peer,
				       struct sixpn_keypair *keypair,
				       struct sk_buff *list);

#endif /* _SIXPN_BATCH_H */
