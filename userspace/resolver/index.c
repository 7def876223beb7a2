// SPDX-License-Identifier: GPL-2.0-or-later
#include "index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 256

int sixpn_index_init(struct sixpn_index *index)
{
	memset(index, 0, sizeof(*index));
	index->slots = calloc(FIRST_SIZE, sizeof(*index->slots));
	if (!index->slots)
		return -ENOMEM;
	index->size = FIRST_SIZE;
	randombytes_buf(index->secret, sizeof(index->secret));
	return 0;
}

void sixpn_index_free(struct sixpn_index *index)
{
	free(index->slots);
	memset(index, 0, sizeof(*index));
}

static uint32_t hash_of(const struct sixpn_index *index, const void *key,
			size_t length)
{
	uint8_t digest[crypto_shorthash_BYTES];
	uint32_t hash;

	crypto_shorthash(digest, key, length, index->secret);
	memcpy(&hash, digest, sizeof(hash));
	return hash;
}

static size_t next(const struct sixpn_index *index, size_t at)
{
	return (at + 1) & (index->size - 1);
}

static size_t home(const struct sixpn_index *index, uint32_t hash)
{
	return hash & (index->size - 1);
}

static void put(struct sixpn_index *index, struct sixpn_index_slot slot)
{
	size_t at = home(index, slot.hash);

	while (index->slots[at].node)
		at = next(index, at);
	index->slots[at] = slot;
}

static int resize(struct sixpn_index *index, size_t size)
{
	struct sixpn_index_slot *old = index->slots;
	size_t old_size = index->size, i;

	index->slots = calloc(size, sizeof(*old));
	if (!index->slots) {
		index->slots = old;
		return -ENOMEM;
	}
	index->size = size;
	for (i = 0; i < old_size; i++)
		if (old[i].node)
			put(index, old[i]);
	free(old);
	return 0;
}

int sixpn_index_reserve(struct sixpn_index *index, size_t count)
{
	size_t size = index->size;

	while ((index->count + count) * 3 > size * 2)
		size *= 2;
	return size == index->size ? 0 : resize(index, size);
}

void sixpn_index_add(struct sixpn_index *index, struct sixpn_index_node *node,
		     const void *key, size_t length)
{
	node->key = key;
	node->length = (uint32_t)length;
	node->hash = hash_of(index, key, length);
	put(index, (struct sixpn_index_slot){ node, node->hash });
	index->count++;
}

static size_t slot_of(const struct sixpn_index *index,
		      const struct sixpn_index_node *node)
{
	size_t at = home(index, node->hash);

	while (index->slots[at].node != node)
		at = next(index, at);
	return at;
}

/* Is @at from @first to @last, around the end if need be, @first left out? */
static bool between(size_t first, size_t at, size_t last)
{
	return first <= last ? first < at && at <= last :
			       first < at || at <= last;
}

/* Knuth's algorithm 6.4R: what would not be found behind a gap goes into it. */
void sixpn_index_remove(struct sixpn_index *index,
			struct sixpn_index_node *node)
{
	size_t gap = slot_of(index, node), at = gap;

	for (;;) {
		at = next(index, at);
		if (!index->slots[at].node)
			break;
		if (between(gap, home(index, index->slots[at].hash), at))
			continue;
		index->slots[gap] = index->slots[at];
		gap = at;
	}
	index->slots[gap] = (struct sixpn_index_slot){ 0 };
	index->count--;
}

struct sixpn_index_node *sixpn_index_find(const struct sixpn_index *index,
					  const void *key, size_t length)
{
	uint32_t hash = hash_of(index, key, length);
	const struct sixpn_index_slot *slot;
	size_t at;

	for (at = home(index, hash);; at = next(index, at)) {
		slot = &index->slots[at];
		if (!slot->node)
			return NULL;
		if (slot->hash == hash && slot->node->length == length &&
		    !memcmp(slot->node->key, key, length))
			return slot->node;
	}
}
