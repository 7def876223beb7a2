/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash table of what has a node in it, by any bytes. The hash has a secret
 * (SipHash): those who choose names cannot choose that they collide.
 *
 * Open addressing with linear probing (D. Knuth, TAOCP vol. 3, 6.4): what is not
 * cached is the cost of a look-up, and this takes one line of slots, and the node.
 */
#ifndef SIXPN_RESOLVER_INDEX_H
#define SIXPN_RESOLVER_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sodium.h>

/* @key: borrowed, and unchanged while it is in an index */
struct sixpn_index_node {
	const uint8_t *key;
	uint32_t length;
	uint32_t hash;
};

/* @node: NULL: free */
struct sixpn_index_slot {
	struct sixpn_index_node *node;
	uint32_t hash;
};

/* @size: a power of two; a third to two thirds of it are in use, once it has grown */
struct sixpn_index {
	struct sixpn_index_slot *slots;
	size_t size, count;
	uint8_t secret[crypto_shorthash_KEYBYTES];
};

/* Return: 0 or -ENOMEM. */
int sixpn_index_init(struct sixpn_index *index);
/* What is still in it is the caller's. */
void sixpn_index_free(struct sixpn_index *index);

/* So many more can be added. Return: 0 or -ENOMEM. */
int sixpn_index_reserve(struct sixpn_index *index, size_t count);

/* There is room for it (above). Others of the same key stay beside it. */
void sixpn_index_add(struct sixpn_index *index, struct sixpn_index_node *node,
		     const void *key, size_t length);
/* It must be in it. */
void sixpn_index_remove(struct sixpn_index *index,
			struct sixpn_index_node *node);

/* Any one of this key. Return: NULL: there is none. */
struct sixpn_index_node *sixpn_index_find(const struct sixpn_index *index,
					  const void *key, size_t length);

/* What contains a node. */
#define sixpn_index_entry(node, type, field) \
	((type *)((char *)(node) - offsetof(type, field)))

#endif
