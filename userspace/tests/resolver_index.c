// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The index as full as it gets, so that entries lie far from their slots and around
 * the end, while they come and go at random.
 */
#include "index.h"

#include "test.h"

#define KEYS 120
#define SAME 2
#define STEPS 4000
/* Each with another secret, and so with others around the end. */
#define TABLES 12

static struct entry {
	struct sixpn_index_node node;
	uint8_t key;
	bool there;
} entries[KEYS * SAME];

static void add(struct sixpn_index *index, struct entry *entry)
{
	sixpn_index_add(index, &entry->node, &entry->key, 1);
	entry->there = true;
}

static void take(struct sixpn_index *index, struct entry *entry)
{
	sixpn_index_remove(index, &entry->node);
	entry->there = false;
}

/*
 * As many as are there are found, each taken out so that the next one is; then all
 * are put back.
 */
static bool finds(struct sixpn_index *index, uint8_t key)
{
	struct entry *found[SAME + 1], *entry;
	struct sixpn_index_node *node;
	size_t wanted = 0, count = 0, i;

	for (i = 0; i < TEST_COUNT(entries); i++)
		wanted += entries[i].there && entries[i].key == key;
	while (count <= SAME && (node = sixpn_index_find(index, &key, 1))) {
		entry = sixpn_index_entry(node, struct entry, node);
		if (!entry->there || entry->key != key)
			return false;
		take(index, entry);
		found[count++] = entry;
	}
	for (i = 0; i < count; i++)
		add(index, found[i]);
	return count == wanted;
}

static bool finds_all(struct sixpn_index *index)
{
	size_t i;

	for (i = 0; i < KEYS; i++)
		if (!finds(index, (uint8_t)i))
			return false;
	return true;
}

/* More often in than out, until two thirds are in use. */
static void step(struct sixpn_index *index)
{
	struct entry *entry = &entries[test_random() % TEST_COUNT(entries)];

	if (entry->there) {
		if (test_random() % 4 && index->count < index->size / 2)
			return;
		take(index, entry);
	} else if (index->count < index->size * 2 / 3) {
		add(index, entry);
	}
}

static bool churn(void)
{
	struct sixpn_index index;
	bool ok = !sixpn_index_init(&index);
	size_t size = index.size, i;

	for (i = 0; i < TEST_COUNT(entries); i++) {
		entries[i].key = (uint8_t)(i / SAME);
		entries[i].there = false;
	}
	for (i = 0; ok && i < STEPS; i++) {
		step(&index);
		if (!(i % 16))
			ok = finds_all(&index);
	}
	ok = ok && index.size == size && !sixpn_index_reserve(&index, 10000) &&
	     (index.count + 10000) * 3 <= index.size * 2 && finds_all(&index);
	sixpn_index_free(&index);
	return ok;
}

void test_resolver_index(void)
{
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < TABLES; i++)
		ok = churn();
	test_result(ok, "index: nearly full, then grown, %zu of them", i);
}
