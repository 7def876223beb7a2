// SPDX-License-Identifier: GPL-2.0-or-later
#include "agent_timing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t sixpn_agent_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* A peer that is not sent to for so long is not wanted any more. */
#define SILENCE_MS 12000

unsigned int sixpn_backoff_next(struct sixpn_backoff *backoff, uint32_t random)
{
	unsigned int limit = backoff->limit_ms ? backoff->limit_ms * 2 :
						 SIXPN_BACKOFF_MIN_MS * 2;

	if (limit > SIXPN_BACKOFF_MAX_MS)
		limit = SIXPN_BACKOFF_MAX_MS;
	backoff->limit_ms = limit;
	return SIXPN_BACKOFF_MIN_MS +
	       random % (limit - SIXPN_BACKOFF_MIN_MS + 1);
}

static void start(struct sixpn_batch *batch, uint64_t now)
{
	if (!batch->waiting)
		batch->due = now + SIXPN_BATCH_MS;
	batch->waiting = true;
}

void sixpn_batch_add(struct sixpn_batch *batch,
		     const struct sixpn_record *before,
		     const struct sixpn_record *after, uint64_t now)
{
	start(batch, now);
	if (batch->whole)
		return;
	if ((before && sixpn_scope_add(&batch->scope, before)) ||
	    (after && sixpn_scope_add(&batch->scope, after)) ||
	    batch->scope.count > SIXPN_BATCH_MAX)
		batch->whole = true;
}

void sixpn_batch_add_whole(struct sixpn_batch *batch, uint64_t now)
{
	start(batch, now);
	batch->whole = true;
}

bool sixpn_batch_take(struct sixpn_batch *batch, struct sixpn_batch *taken,
		      uint64_t now)
{
	if (!batch->waiting || now < batch->due)
		return false;
	*taken = *batch;
	memset(batch, 0, sizeof(*batch));
	return true;
}

bool sixpn_trial_sample(struct sixpn_trial *trial, uint64_t rx_bytes,
			uint64_t tx_bytes, uint64_t now)
{
	bool sampled = trial->sampled;
	bool heard = rx_bytes != trial->rx_bytes;
	bool sent = tx_bytes != trial->tx_bytes;

	trial->sampled = true;
	trial->rx_bytes = rx_bytes;
	trial->tx_bytes = tx_bytes;
	if (!sampled)
		return false;
	if (sent)
		trial->last_tx = now;
	/* A handshake is sent again every five seconds while one is wanted. */
	if (heard || (trial->since && now - trial->last_tx > SILENCE_MS))
		trial->since = 0;
	else if (sent && !trial->since)
		trial->since = now;
	if (!trial->since || now - trial->since < SIXPN_TRIAL_MS)
		return false;
	trial->since = 0;
	return true;
}

bool sixpn_round_take(struct sixpn_round *round, unsigned int count,
		      uint64_t now)
{
	if (!round->used || now - round->since >= SIXPN_ROUND_MS) {
		round->since = now;
		round->used = 0;
	}
	if (round->used >= count)
		return false;
	round->used++;
	return true;
}

bool sixpn_allowance_take(struct sixpn_allowance *allowance, uint64_t now)
{
	if (now / 1000 != allowance->second) {
		allowance->second = now / 1000;
		allowance->used = 0;
	}
	if (allowance->used >= allowance->per_second)
		return false;
	allowance->used++;
	return true;
}

static uint64_t expiry_of(const struct sixpn_view_entry *entry, uint32_t self)
{
	const struct sixpn_record *record = &entry->record;

	if (entry->bad || record->kind != SIXPN_RECORD_CLIENT ||
	    (record->client.gateway != self && record->client.home != self))
		return 0;
	return record->client.expires;
}

uint64_t sixpn_expiry_next(const struct sixpn_view *view, uint32_t self,
			   uint64_t after)
{
	uint64_t next = 0;
	size_t i;

	for (i = 0; i < view->count; i++) {
		uint64_t expires = expiry_of(view->entries[i], self);

		if (expires > after && (!next || expires < next))
			next = expires;
	}
	return next;
}

void sixpn_expiry_collect(const struct sixpn_view *view, uint32_t self,
			  uint64_t after, uint64_t until,
			  struct sixpn_batch *batch, uint64_t now)
{
	size_t i;

	for (i = 0; i < view->count; i++) {
		uint64_t expires = expiry_of(view->entries[i], self);

		if (expires > after && expires <= until)
			sixpn_batch_add(batch, NULL, &view->entries[i]->record,
					now);
	}
}
