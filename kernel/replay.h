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

/* One word more than the window, so that the word being entered can be wiped
 * while all of the window stays remembered.
 */
#define SIXPN_REPLAY_WORDS (SIXPN_REPLAY_WINDOW / BITS_PER_LONG + 1)

struct sixpn_replay {
	spinlock_t lock; /* protects all below; taken in softirq only */
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
 * Return: true, and remembers @counter, exactly once for each counter inside
 * the window; false for a repeat, for one too old for the window, and for one
 * at or above SIXPN_REJECT_AFTER_MESSAGES.
 */
bool sixpn_replay_accept(struct sixpn_replay *replay, u64 counter);

#ifdef SIXPN_SELFTEST
bool sixpn_replay_selftest(void);
#endif

#endif /* _SIXPN_REPLAY_H */
