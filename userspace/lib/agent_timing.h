/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When the agent does what: pure functions of what it is told and of the time.
 * Times are milliseconds of any clock that does not go back, but where seconds
 * since 1970 are said.
 */
#ifndef SIXPN_LIB_AGENT_TIMING_H
#define SIXPN_LIB_AGENT_TIMING_H

#include "scope.h"
#include "view.h"

/* The clock that is meant: CLOCK_MONOTONIC. */
uint64_t sixpn_agent_clock(void);

/* --- Trying again: the pauses grow, and no two agents keep step. --- */

#define SIXPN_BACKOFF_MIN_MS 500
#define SIXPN_BACKOFF_MAX_MS 15000

/* Zero: nothing has failed. */
struct sixpn_backoff {
	unsigned int limit_ms;
};

/* After a failure. @random: any. Return: for how long to wait. */
unsigned int sixpn_backoff_next(struct sixpn_backoff *backoff, uint32_t random);

/* --- Changes that come together are applied together. --- */

#define SIXPN_BATCH_MS 50
/* So many objects, and it is quicker to look at all. */
#define SIXPN_BATCH_MAX 256

/**
 * struct sixpn_batch - what is to be applied
 * @due: when, if @waiting: so long after the first change
 */
struct sixpn_batch {
	struct sixpn_scope scope;
	bool whole;
	bool waiting;
	uint64_t due;
};

/* Either record may be NULL. When memory is out, it is all. */
void sixpn_batch_add(struct sixpn_batch *batch,
		     const struct sixpn_record *before,
		     const struct sixpn_record *after, uint64_t now);
void sixpn_batch_add_whole(struct sixpn_batch *batch, uint64_t now);

/**
 * sixpn_batch_take() - what is due
 * @taken: set; its scope is the caller's to clear
 *
 * Return: whether anything is; the batch is empty then.
 */
bool sixpn_batch_take(struct sixpn_batch *batch, struct sixpn_batch *taken,
		      uint64_t now);

/* --- A host that does not answer is tried elsewhere. --- */

#define SIXPN_TRIAL_MS 20000

/**
 * struct sixpn_trial - what a peer of kind host sent and received
 * @since: when it was first sent to without an answer; 0: it was not
 * @sampled: once, so that there is something to compare with
 */
struct sixpn_trial {
	uint64_t rx_bytes, tx_bytes;
	uint64_t last_tx;
	uint64_t since;
	bool sampled;
};

/**
 * sixpn_trial_sample() - look at the counters of a peer, every few seconds
 *
 * Whoever gets data answers within ten seconds, if only with a keepalive; a
 * handshake is answered at once.
 *
 * Return: whether its next endpoint should be tried: it has been sent to for
 * SIXPN_TRIAL_MS and nothing came. The trial starts anew then.
 */
bool sixpn_trial_sample(struct sixpn_trial *trial, uint64_t rx_bytes,
			uint64_t tx_bytes, uint64_t now);

/* --- Each of some once, and then not for a while. --- */

#define SIXPN_ROUND_MS 60000

/* @since: when its first one was taken */
struct sixpn_round {
	unsigned int used;
	uint64_t since;
};

/* @count: of them. Return: whether one may be taken now; then it is. */
bool sixpn_round_take(struct sixpn_round *round, unsigned int count,
		      uint64_t now);

/* --- So many in a second, and no more. --- */

struct sixpn_allowance {
	unsigned int per_second;
	unsigned int used;
	uint64_t second;
};

/* Return: whether one more may be done now. */
bool sixpn_allowance_take(struct sixpn_allowance *allowance, uint64_t now);

/* --- Expiry. --- */

/**
 * sixpn_expiry_next() - when the next client of a gateway expires
 * @after: seconds since 1970: those up to then have been seen to
 *
 * Return: seconds since 1970, or 0: none does.
 */
uint64_t sixpn_expiry_next(const struct sixpn_view *view, uint32_t self,
			   uint64_t after);

/* Put those that expire in (@after, @now] into the batch. */
void sixpn_expiry_collect(const struct sixpn_view *view, uint32_t self,
			  uint64_t after, uint64_t until,
			  struct sixpn_batch *batch, uint64_t now);

#endif
