/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Handshakes of strangers: initiations that are genuine, but from a key that is
 * no peer. They wait a short while for user space to make it one, and are then
 * answered as if they had come after that.
 */
#ifndef _SIXPN_PARKED_H
#define _SIXPN_PARKED_H

#include "wire.h"

#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct sixpn_device;

/* One device's, at a time: a stranger's initiation costs three curve
 * operations, so nobody fills this without work of their own.
 */
#define SIXPN_PARKED_MAX	1024
#define SIXPN_PARKED_SECONDS	5
/* Strangers looked at, and told about, per second. */
#define SIXPN_STRANGERS_RATE	200

struct sixpn_parked {
	spinlock_t lock; /* protects all but expiry */
	DECLARE_HASHTABLE(by_key, 6);
	struct list_head by_age; /* the oldest first */
	unsigned int count;
	unsigned int tokens; /* strangers to be looked at */
	unsigned long refilled; /* jiffies */
	struct delayed_work expiry;
};

void sixpn_parked_init(struct sixpn_parked *parked);
/* Drop all. Nobody parks any more. May sleep. */
void sixpn_parked_purge(struct sixpn_parked *parked);

/* Is there time for a stranger? To be asked before the costly part. */
bool sixpn_parked_admit(struct sixpn_parked *parked);

/**
 * sixpn_parked_keep() - keep a stranger's initiation
 * @parked: of the device
 * @key: the stranger's public key, proven
 * @skb: the message; a reference is taken
 *
 * A later message of the same key takes the place of the one before, but does
 * not stay longer.
 *
 * Context: process.
 * Return: true if it is kept and the key is new here: somebody should be told.
 */
bool sixpn_parked_keep(struct sixpn_parked *parked,
		       const u8 key[SIXPN_KEY_SIZE], struct sk_buff *skb);

/* What was kept of @key, which the caller gets; or NULL. Context: process. */
struct sk_buff *sixpn_parked_take(struct sixpn_parked *parked,
				  const u8 key[SIXPN_KEY_SIZE]);

#ifdef SIXPN_SELFTEST
bool sixpn_parked_selftest(void);
#endif

#endif /* _SIXPN_PARKED_H */
