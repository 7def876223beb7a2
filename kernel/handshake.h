/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Handshake messages, in and out. They cost milliseconds of curve arithmetic
 * and run on a workqueue; the receive path only queues them.
 */
#ifndef _SIXPN_HANDSHAKE_H
#define _SIXPN_HANDSHAKE_H

#include "wire.h"

#include <linux/types.h>
#include <linux/workqueue.h>

struct sixpn_device;
struct sixpn_peer;
struct sk_buff;

/* Handshake messages waiting per device; more are dropped. From an eighth of
 * it on we are "under load": strangers are asked for a cookie first.
 */
#define SIXPN_HANDSHAKES_MAX	4096

extern struct workqueue_struct *sixpn_handshake_wq; /* what others send */
extern struct workqueue_struct *sixpn_peer_wq; /* what we want ourselves */

int sixpn_handshake_module_init(void);
void sixpn_handshake_module_exit(void);

int sixpn_handshake_device_init(struct sixpn_device *sx);
/* Stop working on received messages and drop those that wait. May sleep. */
void sixpn_handshake_device_stop(struct sixpn_device *sx);
void sixpn_handshake_device_free(struct sixpn_device *sx);

/**
 * sixpn_handshake_receive() - queue a handshake message
 * @sx: device
 * @skb: consumed; linear, data at the message of right length, outer headers
 *	set
 *
 * Context: softirq.
 */
void sixpn_handshake_receive(struct sixpn_device *sx, struct sk_buff *skb);

/**
 * sixpn_handshake_start() - have an initiation sent soon
 * @peer: to whom
 * @retry: no answer came to the last one; a fresh start otherwise
 *
 * At most one goes out in SIXPN_REKEY_TIMEOUT. Context: any, RCU read side or
 * a reference on @peer.
 */
void sixpn_handshake_start(struct sixpn_peer *peer, bool retry);

/* Forget when the last one went out: it was for keys that are gone. */
void sixpn_handshake_reset_pace(struct sixpn_peer *peer);

/* A peer was added or changed, or a client has a machine: if a handshake of its
 * key is parked, have it answered, but a client's not before it may say
 * something.
 * Context: process.
 */
void sixpn_handshake_admit(struct sixpn_device *sx,
			   const struct sixpn_peer *peer);

/* On the way to sleep: no new keys are made from the return of pause until
 * resume. Context: process; may sleep.
 */
void sixpn_handshake_pause(void);
void sixpn_handshake_resume(void);

/* The peer's work: send an initiation now if it is still time to. */
void sixpn_handshake_initiate(struct sixpn_peer *peer);

#endif /* _SIXPN_HANDSHAKE_H */
