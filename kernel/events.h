/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Netlink notifications (group "events"). All may be called from softirq,
 * cost one test when nobody listens, and lose the event when memory is short.
 */
#ifndef _SIXPN_EVENTS_H
#define _SIXPN_EVENTS_H

#include "wire.h"

struct sixpn_device;
struct sixpn_machine;
struct sixpn_network;
struct sixpn_peer;
struct sixpn_route;
struct sk_buff;

void sixpn_event_device(struct sixpn_device *sx); /* sx->lock held */
void sixpn_event_device_gone(struct sixpn_device *sx);
void sixpn_event_peer(struct sixpn_peer *peer); /* sx->lock held */
void sixpn_event_peer_gone(struct sixpn_peer *peer);
void sixpn_event_handshake(struct sixpn_peer *peer); /* RCU read side */
void sixpn_event_endpoint(struct sixpn_peer *peer); /* RCU read side */
/* Somebody who is no peer wants to talk to us; @skb has the outer headers. */
void sixpn_event_unknown(struct sixpn_device *sx, const u8 key[SIXPN_KEY_SIZE],
			 const struct sk_buff *skb);

/* sx->lock held for all of these. */
void sixpn_event_network(struct sixpn_network *network);
void sixpn_event_network_gone(struct sixpn_network *network);
void sixpn_event_machine(struct sixpn_machine *machine);
void sixpn_event_machine_gone(struct sixpn_machine *machine);
void sixpn_event_route(struct sixpn_route *route);
void sixpn_event_route_gone(struct sixpn_route *route);

#endif /* _SIXPN_EVENTS_H */
