// SPDX-License-Identifier: GPL-2.0-or-later
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 256

int sixpn_table_init(struct sixpn_table *table)
{
	memset(table, 0, sizeof(*table));
	table->slots = calloc(FIRST_SIZE, sizeof(*table->slots));
	if (!table->slots)
		return -ENOMEM;
	table->size = FIRST_SIZE;
	randombytes_buf(table->secret, sizeof(table->secret));
	return 0;
}

void sixpn_table_free(struct sixpn_table *table)
{
	free(table->slots);
	memset(table, 0, sizeof(*table));
}

static uint32_t hash_of(const struct sixpn_table *table, const void *key,
			size_t length)
{
	uint8_t digest[crypto_shorthash_BYTES];
	uint32_t hash;

	crypto_shorthash(digest, key, length, table->secret);
	memcpy(&hash, digest, sizeof(hash));
	return hash;
}

static size_t next(const struct sixpn_table *table, size_t at)
{
	return (at + 1) & (table->size - 1);
}

static size_t home(const struct sixpn_table *table, uint32_t hash)
{
	return hash & (table->size - 1);
}

static void put(struct sixpn_table *table, struct sixpn_table_slot slot)
{
	size_t at = home(table, slot.hash);

	while (table->slots[at].node)
		at = next(table, at);
	table->slots[at] = slot;
}

static int resize(struct sixpn_table *table, size_t size)
{
	struct sixpn_table_slot *old = table->slots;
	size_t old_size = table->size, i;

	table->slots = calloc(size, sizeof(*old));
	if (!table->slots) {
		table->slots = old;
		return -ENOMEM;
	}
	table->size = size;
	for (i = 0; i < old_size; i++)
		if (old[i].node)
			put(table, old[i]);
	free(old);
	return 0;
}

int sixpn_table_reserve(struct sixpn_table *table, size_t count)
{
	size_t size = table->size;

	while ((table->count + count) * 3 > size * 2)
		size *= 2;
	return size == table->size ? 0 : resize(table, size);
}

void sixpn_table_add(struct sixpn_table *table, struct sixpn_table_node *node,
		     const void *key, size_t length)
{
	node->key = key;
	node->length = (uint32_t)length;
	node->hash = hash_of(table, key, length);
	put(table, (struct sixpn_table_slot){ node, node->hash });
	table->count++;
}

static size_t slot_of(const struct sixpn_table *table,
		      const struct sixpn_table_node *node)
{
	size_t at = home(table, node->hash);

	while (table->slots[at].node != node)
		at = next(table, at);
	return at;
}

/* Is @at from @first to @last, around the end if need be, @first left out? */
static bool between(size_t first, size_t at, size_t last)
{
	return first <= last ? first < at && at <= last :
			       first < at || at <= last;
}

/* Knuth's algorithm 6.4R: what would not be found behind a gap goes into it. */
void sixpn_table_remove(struct sixpn_table *table,
			struct sixpn_table_node *node)
{
	size_t gap = slot_of(table, node), at = gap;

	for (;;) {
		at = next(table, at);
		if (!table->slots[at].node)
			break;
		if (between(gap, home(table, table->slots[at].hash), at))
			continue;
		table->slots[gap] = table->slots[at];
		gap = at;
	}
	table->slots[gap] = (struct sixpn_table_slot){ 0 };
	table->count--;
}

static struct sixpn_table_node *find_from(const struct sixpn_table *table,
					  size_t at, uint32_t hash,
					  const void *key, size_t length)
{
	const struct sixpn_table_slot *slot;

	for (;; at = next(table, at)) {
		slot = &table->slots[at];
		if (!slot->node)
			return NULL;
		if (slot->hash == hash && slot->node->length == length &&
		    !memcmp(slot->node->key, key, length))
			return slot->node;
	}
}

struct sixpn_table_node *sixpn_table_find(const struct sixpn_table *table,
					  const void *key, size_t length)
{
	uint32_t hash = hash_of(table, key, length);

	return find_from(table, home(table, hash), hash, key, length);
}

struct sixpn_table_node *
sixpn_table_again(const struct sixpn_table *table,
		  const struct sixpn_table_node *node)
{
	return find_from(table, next(table, slot_of(table, node)), node->hash,
			 node->key, node->length);
}
