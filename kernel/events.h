/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Netlink notifications (group "events"). All may be called from softirq,
 * cost one test when nobody listens, and lose the event when memory is short.
 */
#ifndef _SIXPN_EVENTS_H
#define _SIXPN_EVENTS_H

struct sixpn_device;
struct sixpn_peer;

void sixpn_event_device(struct sixpn_device *sx); /* sx->lock held */
void sixpn_event_device_gone(struct sixpn_device *sx);
void sixpn_event_peer(struct sixpn_peer *peer); /* sx->lock held */
void sixpn_event_peer_gone(struct sixpn_peer *peer);
void sixpn_event_handshake(struct sixpn_peer *peer); /* RCU read side */
void sixpn_event_endpoint(struct sixpn_peer *peer); /* RCU read side */

#endif /* _SIXPN_EVENTS_H */
