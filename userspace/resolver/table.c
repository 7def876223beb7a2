// SPDX-License-Identifier: GPL-2.0-or-later
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 64

int sixpn_table_init(struct sixpn_table *table)
{
	memset(table, 0, sizeof(*table));
	table->buckets = calloc(FIRST_SIZE, sizeof(*table->buckets));
	if (!table->buckets)
		return -ENOMEM;
	table->size = FIRST_SIZE;
	randombytes_buf(table->secret, sizeof(table->secret));
	return 0;
}

void sixpn_table_free(struct sixpn_table *table)
{
	free(table->buckets);
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

static struct sixpn_table_node **bucket_of(const struct sixpn_table *table,
					   uint32_t hash)
{
	return &table->buckets[hash & (table->size - 1)];
}

/* In the order they were in, so that the last one of a key is still the first. */
static void move_bucket(struct sixpn_table *table,
			struct sixpn_table_node *node)
{
	struct sixpn_table_node *next, *turned = NULL;

	for (; node; node = next) {
		next = node->next;
		node->next = turned;
		turned = node;
	}
	for (; turned; turned = next) {
		struct sixpn_table_node **bucket =
			bucket_of(table, turned->hash);

		next = turned->next;
		turned->next = *bucket;
		*bucket = turned;
	}
}

/* Without memory the chains are longer, which is no reason to fail. */
static void grow(struct sixpn_table *table)
{
	struct sixpn_table_node **old = table->buckets;
	size_t old_size = table->size, i;

	table->buckets = calloc(old_size * 2, sizeof(*old));
	if (!table->buckets) {
		table->buckets = old;
		return;
	}
	table->size = old_size * 2;
	for (i = 0; i < old_size; i++)
		move_bucket(table, old[i]);
	free(old);
}

void sixpn_table_add(struct sixpn_table *table, struct sixpn_table_node *node,
		     const void *key, size_t length)
{
	struct sixpn_table_node **bucket;

	if (table->count >= table->size)
		grow(table);
	node->key = key;
	node->length = (uint32_t)length;
	node->hash = hash_of(table, key, length);
	bucket = bucket_of(table, node->hash);
	node->next = *bucket;
	*bucket = node;
	table->count++;
}

void sixpn_table_remove(struct sixpn_table *table,
			struct sixpn_table_node *node)
{
	struct sixpn_table_node **at = bucket_of(table, node->hash);

	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	node->next = NULL;
	table->count--;
}

static struct sixpn_table_node *match(struct sixpn_table_node *node,
				      uint32_t hash, const void *key,
				      size_t length)
{
	while (node && (node->hash != hash || node->length != length ||
			memcmp(node->key, key, length)))
		node = node->next;
	return node;
}

struct sixpn_table_node *sixpn_table_find(const struct sixpn_table *table,
					  const void *key, size_t length)
{
	uint32_t hash = hash_of(table, key, length);

	return match(*bucket_of(table, hash), hash, key, length);
}

struct sixpn_table_node *
sixpn_table_again(const struct sixpn_table_node *node)
{
	return match(node->next, node->hash, node->key, node->length);
}
