/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The timers of section 6 of the paper. The data path only stamps deadlines;
 * one kernel timer per peer, set to the earliest of them, looks at them when it
 * fires and not for every packet.
 */
#ifndef _SIXPN_TIMERS_H
#define _SIXPN_TIMERS_H

#include <linux/timer.h>
#include <linux/types.h>

struct sixpn_peer;

struct sixpn_timers {
	struct timer_list timer;
	unsigned long armed_for; /* jiffies | 1, 0 = not armed */
	/* Deadlines in jiffies | 1, 0 = none. READ/WRITE_ONCE. */
	unsigned long retry_handshake; /* no response to our initiation yet */
	unsigned long send_keepalive; /* we received, and have sent nothing */
	unsigned long new_handshake; /* we sent, and have received nothing */
	unsigned long zero_keys; /* key material is too old to keep */
	unsigned long last_traversal; /* of any authentic packet; jiffies | 1 */
	unsigned long last_received; /* any authentic packet; jiffies | 1 */
	u32 jitter; /* jiffies; drawn anew with every initiation */
	u32 attempts; /* initiations of this try that got no answer */
	bool keepalive_again; /* more data came after send_keepalive was set */
	bool rekeying; /* this session's end already made us try a new one */
};

void sixpn_timers_init(struct sixpn_peer *peer);
/* For good: the timer cannot be armed again. Process context. */
void sixpn_timers_shutdown(struct sixpn_peer *peer);
/* The device went down, or came up. */
void sixpn_timers_stop(struct sixpn_peer *peer);

/* Events. "Authenticated" includes handshakes and keepalives. */
void sixpn_timers_data_sent(struct sixpn_peer *peer);
void sixpn_timers_data_received(struct sixpn_peer *peer);
void sixpn_timers_authenticated_sent(struct sixpn_peer *peer);
void sixpn_timers_authenticated_received(struct sixpn_peer *peer);
void sixpn_timers_initiation_sent(struct sixpn_peer *peer);
/* One is wanted but must wait for SIXPN_REKEY_TIMEOUT after the last. */
void sixpn_timers_initiation_wanted(struct sixpn_peer *peer);
void sixpn_timers_handshake_complete(struct sixpn_peer *peer);
void sixpn_timers_session_derived(struct sixpn_peer *peer);
void sixpn_timers_keepalive_changed(struct sixpn_peer *peer);
/* Idle expiry was set, or the device came up: its time begins now. */
void sixpn_timers_idle_changed(struct sixpn_peer *peer);

/* Has nothing authentic come from the peer for its idle expiry? */
bool sixpn_timers_is_idle(const struct sixpn_peer *peer);

#endif /* _SIXPN_TIMERS_H */
