/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sliding replay window over 64-bit message counters (RFC 6479 describes the
 * bitmap-of-words form that needs no shifting).
 */
#ifndef _SIXPN_REPLAY_H
#define _SIXPN_REPLAY_H

#include "wire.h"

#include <linux/bits.h>
#include <linux/spinlock.h>
#include <linux/types.h>

/* The ring of words turns by powers of two. One word of it is being entered and
 * cannot be relied on: what is remembered in full is the span.
 */
#define SIXPN_REPLAY_BITS	SIXPN_REPLAY_WINDOW
#define SIXPN_REPLAY_WORDS	(SIXPN_REPLAY_BITS / BITS_PER_LONG)
#define SIXPN_REPLAY_SPAN	(SIXPN_REPLAY_BITS - BITS_PER_LONG)

struct sixpn_replay {
	spinlock_t lock; /* protects all below; taken with BH off */
	u64 next; /* highest accepted counter + 1; 0 = none yet */
	unsigned long seen[SIXPN_REPLAY_WORDS];
};

void sixpn_replay_init(struct sixpn_replay *replay);

/**
 * sixpn_replay_accept() - has this counter not been seen before?
 * @replay: window of one receiving key
 * @counter: counter of a message that has already been authenticated
 *
 * Context: BH disabled.
 * Return: true, and remembers @counter, exactly once for each counter among the
 * last SIXPN_REPLAY_SPAN up to the highest accepted, or above it; false for a
 * repeat, for an older one, and for one at or above
 * SIXPN_REJECT_AFTER_MESSAGES.
 */
bool sixpn_replay_accept(struct sixpn_replay *replay, u64 counter);

#ifdef SIXPN_SELFTEST
bool sixpn_replay_selftest(void);
#endif

#endif /* _SIXPN_REPLAY_H */
