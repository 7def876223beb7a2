/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash table of what has a node in it, by any bytes. The hash has a secret
 * (SipHash): those who choose names cannot choose that they collide.
 */
#ifndef SIXPN_RESOLVER_TABLE_H
#define SIXPN_RESOLVER_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include <sodium.h>

/* @key: borrowed, and unchanged while it is in a table */
struct sixpn_table_node {
	struct sixpn_table_node *next;
	const uint8_t *key;
	uint32_t hash;
	uint32_t length;
};

struct sixpn_table {
	struct sixpn_table_node **buckets;
	size_t size, count;
	uint8_t secret[crypto_shorthash_KEYBYTES];
};

/* Return: 0 or -ENOMEM. */
int sixpn_table_init(struct sixpn_table *table);
/* What is still in it is the caller's. */
void sixpn_table_free(struct sixpn_table *table);

/* Beside others of the same key: the one that was added last is found. */
void sixpn_table_add(struct sixpn_table *table, struct sixpn_table_node *node,
		     const void *key, size_t length);
/* It must be in the table. */
void sixpn_table_remove(struct sixpn_table *table,
			struct sixpn_table_node *node);

/* Return: NULL: there is none. */
struct sixpn_table_node *sixpn_table_find(const struct sixpn_table *table,
					  const void *key, size_t length);
/* Another one of the same key, or NULL. */
struct sixpn_table_node *
sixpn_table_again(const struct sixpn_table_node *node);

/* What contains a node. */
#define sixpn_table_entry(node, type, field) \
	((type *)((char *)(node) - offsetof(type, field)))

#endif
