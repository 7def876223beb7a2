// SPDX-License-Identifier: GPL-2.0
#include "index.h"

#include <linux/random.h>

static const struct rhashtable_params index_params = {
	.key_len = sizeof(__le32),
	.key_offset = offsetof(struct sixpn_index, index),
	.head_offset = offsetof(struct sixpn_index, node),
	.automatic_shrinking = true,
};

/* Two draws that hit a taken number in a row mean a table of billions. */
#define INDEX_DRAWS 64

int sixpn_index_table_init(struct rhashtable *table)
{
	return rhashtable_init(table, &index_params);
}

void sixpn_index_table_destroy(struct rhashtable *table)
{
	WARN_ON_ONCE(atomic_read(&table->nelems));
	rhashtable_destroy(table);
}

int sixpn_index_add(struct rhashtable *table, struct sixpn_index *entry)
{
	unsigned int draw;
	int err = -EBUSY;

	if (WARN_ON_ONCE(entry->hashed))
		return -EINVAL;
	for (draw = 0; draw < INDEX_DRAWS; draw++) {
		/* Random, so that an index tells nothing of how many there are
		 * and one of an ended session is not met again soon.
		 */
		entry->index = (__force __le32)get_random_u32();
		err = rhashtable_lookup_insert_fast(table, &entry->node,
						    index_params);
		if (err != -EEXIST)
			break;
	}
	entry->hashed = !err;
	return err;
}

bool sixpn_index_replace(struct rhashtable *table, struct sixpn_index *from,
			 struct sixpn_index *to)
{
	if (!from->hashed)
		return false;
	to->index = from->index;
	if (rhashtable_replace_fast(table, &from->node, &to->node,
				    index_params))
		return false;
	from->hashed = false;
	to->hashed = true;
	return true;
}

void sixpn_index_remove(struct rhashtable *table, struct sixpn_index *entry)
{
	if (!entry->hashed)
		return;
	entry->hashed = false;
	WARN_ON_ONCE(rhashtable_remove_fast(table, &entry->node, index_params));
}

struct sixpn_index *sixpn_index_lookup(struct rhashtable *table, __le32 index)
{
	return rhashtable_lookup(table, &index, index_params);
}
