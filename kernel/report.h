/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices and peers as netlink attributes. Each function appends to @skb and
 * returns 0 or -EMSGSIZE, which leaves what did fit for the caller to cancel.
 */
#ifndef _SIXPN_REPORT_H
#define _SIXPN_REPORT_H

#include <linux/types.h>

struct net_device;
struct sixpn_device;
struct sixpn_machine;
struct sixpn_network;
struct sixpn_peer;
struct sixpn_route;
struct sk_buff;

/* IFINDEX and IFNAME. Context: any. */
int sixpn_report_name(struct sk_buff *skb, const struct net_device *dev);

/* All attributes of a device; its private key only if @secrets. The skb is
 * freed by netlink's own code, which wipes nothing: a private key that was
 * read stays in freed memory until that is used again (init_on_free=1 on the
 * kernel's command line is the remedy). Context: sx->lock held.
 */
int sixpn_report_device(struct sk_buff *skb, struct sixpn_device *sx,
			bool secrets);

/* A DROP nest for each reason. Context: process. */
int sixpn_report_drops(struct sk_buff *skb, const struct sixpn_device *sx);

/* PUBLIC_KEY of a peer, into an open PEER nest. Context: any. */
int sixpn_report_peer_key(struct sk_buff *skb, const struct sixpn_peer *peer);
/* ENDPOINT, if known. Context: RCU read side or sx->lock held. */
int sixpn_report_endpoint(struct sk_buff *skb, const struct sixpn_peer *peer);
/* LAST_HANDSHAKE and HANDSHAKE_RTT, if there are any. Context: any. */
int sixpn_report_handshake(struct sk_buff *skb, const struct sixpn_peer *peer);
/* KIND and HOST_ID, without flags. Context: sx->lock held. */
int sixpn_report_peer_kind(struct sk_buff *skb, const struct sixpn_peer *peer);
/* All attributes of a peer but its allowed-ips. Context: sx->lock held. */
int sixpn_report_peer(struct sk_buff *skb, struct sixpn_peer *peer);

/**
 * sixpn_report_allowedips() - append the allowed-ips of a peer
 * @skb: an open PEER nest
 * @peer: sx->lock is held
 * @done: how many to leave out because they have been reported; on return, how
 *	many have been by now
 *
 * Return: 0 if these were all, -EMSGSIZE if there are more. Only whole ones
 * are appended.
 */
int sixpn_report_allowedips(struct sk_buff *skb, struct sixpn_peer *peer,
			    u32 *done);

/* Into an open nest of the object. Context of all: sx->lock held. */
int sixpn_report_network(struct sk_buff *skb,
			 const struct sixpn_network *network);
int sixpn_report_route(struct sk_buff *skb, const struct sixpn_route *route);
/* NETWORK, ID, NAME, ADDRESS. */
int sixpn_report_machine_name(struct sk_buff *skb,
			      const struct sixpn_machine *machine);
/* What it hangs on, its state, where it is. */
int sixpn_report_machine_place(struct sk_buff *skb,
			       const struct sixpn_machine *machine);
/* All of it, with its counters. */
int sixpn_report_machine(struct sk_buff *skb,
			 const struct sixpn_machine *machine);

/* A whole message about one object: the device, its generation, and a nest of
 * @type (SIXPN_A_NETWORK, _MACHINE or _ROUTE) with all of the object.
 */
int sixpn_report_object(struct sk_buff *skb, struct sixpn_device *sx, int type,
			const void *object);

#endif /* _SIXPN_REPORT_H */
