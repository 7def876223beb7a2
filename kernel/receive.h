/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way in: check, decrypt in the receive softirq, deliver.
 */
#ifndef _SIXPN_RECEIVE_H
#define _SIXPN_RECEIVE_H

struct sk_buff;
struct sock;

/* encap_rcv of our UDP sockets. Data at the UDP header, whose checksum is
 * right. Consumes @skb. Return: 0.
 */
int sixpn_receive(struct sock *sk, struct sk_buff *skb);

#endif /* _SIXPN_RECEIVE_H */
