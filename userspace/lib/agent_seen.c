// SPDX-License-Identifier: GPL-2.0-or-later
#include "agent_seen.h"

#include <errno.h>
#include <string.h>

/* Somebody else may change the same client. */
#define TRIES 3

bool sixpn_seen_is_news(uint64_t told, uint64_t seen)
{
	return seen >= told + SIXPN_SEEN_S || told >= seen + SIXPN_SEEN_S;
}

void sixpn_seen_put(struct sixpn_seen_queue *queue,
		    const uint8_t public_key[SIXPN_KEY_LEN], uint64_t seconds,
		    uint64_t now)
{
	struct sixpn_seen *seen;

	if (!queue->count)
		queue->due = now + SIXPN_SEEN_DELAY_MS;
	if (queue->count == SIXPN_SEEN_MAX)
		return;
	seen = &queue->entries[queue->count++];
	memcpy(seen->public_key, public_key, SIXPN_KEY_LEN);
	seen->seconds = seconds;
}

bool sixpn_seen_take(struct sixpn_seen_queue *queue, struct sixpn_seen *seen,
		     uint64_t now)
{
	if (!queue->count || now < queue->due)
		return false;
	*seen = queue->entries[--queue->count];
	return true;
}

static int enter(struct sixpn_registry *registry, uint32_t gateway,
		 const struct sixpn_seen *seen)
{
	struct sixpn_record record;
	int ret;

	ret = sixpn_registry_get_key(registry, seen->public_key, &record, NULL);
	if (ret)
		return ret;
	if (record.kind == SIXPN_RECORD_CLIENT &&
	    record.client.gateway == gateway &&
	    sixpn_seen_is_news(record.client.last_seen, seen->seconds)) {
		record.client.last_seen = seen->seconds;
		ret = sixpn_registry_put(registry, &record, 0, NULL);
	}
	sixpn_record_clear(&record);
	return ret;
}

int sixpn_seen_enter(struct sixpn_registry *registry, uint32_t gateway,
		     const struct sixpn_seen *seen)
{
	int tries, ret = -EAGAIN;

	for (tries = 0; ret == -EAGAIN && tries < TRIES; tries++)
		ret = enter(registry, gateway, seen);
	return ret;
}
