/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Receiver indices: the 32-bit numbers by which the other end addresses a
 * handshake or a session of ours. One growing hash per device.
 */
#ifndef _SIXPN_INDEX_H
#define _SIXPN_INDEX_H

#include <linux/rhashtable.h>
#include <linux/types.h>

struct sixpn_peer;

enum sixpn_index_kind {
	SIXPN_INDEX_HANDSHAKE,
	SIXPN_INDEX_KEYPAIR,
};

struct sixpn_index {
	struct rhash_head node;
	__le32 index;
	u8 kind; /* enum sixpn_index_kind: the object it is embedded in */
	bool hashed; /* in the table; owner's lock */
	struct sixpn_peer *peer; /* valid as long as the entry is in the table
				  * and one grace period more
				  */
};

int sixpn_index_table_init(struct rhashtable *table);
void sixpn_index_table_destroy(struct rhashtable *table);

/* Pick a free random index for @entry and add it. Return: 0 or -errno.
 * Context: process or softirq; the owner's lock held.
 */
int sixpn_index_add(struct rhashtable *table, struct sixpn_index *entry);
/* Hand the number of @from over to @to in one step for readers. */
bool sixpn_index_replace(struct rhashtable *table, struct sixpn_index *from,
			 struct sixpn_index *to);
void sixpn_index_remove(struct rhashtable *table, struct sixpn_index *entry);
/* Context: RCU read side. */
struct sixpn_index *sixpn_index_lookup(struct rhashtable *table, __le32 index);

#endif /* _SIXPN_INDEX_H */
