// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table as full as it gets, so that entries lie far from their slots and around
 * the end, while they come and go at random.
 */
#include "table.h"

#include "test.h"

#define KEYS 120
#define SAME 2
#define STEPS 4000
/* Each with another secret, and so with others around the end. */
#define TABLES 12

static struct entry {
	struct sixpn_table_node node;
	uint8_t key;
	bool there;
} entries[KEYS * SAME];

/* As many as are there are found, each of them once. */
static bool finds(const struct sixpn_table *table, uint8_t key)
{
	bool seen[KEYS * SAME] = { false };
	struct sixpn_table_node *node;
	size_t wanted = 0, found = 0, i;

	for (i = 0; i < TEST_COUNT(entries); i++)
		wanted += entries[i].there && entries[i].key == key;
	for (node = sixpn_table_find(table, &key, 1); node;
	     node = sixpn_table_again(table, node)) {
		struct entry *entry =
			sixpn_table_entry(node, struct entry, node);

		if (!entry->there || entry->key != key ||
		    seen[entry - entries])
			return false;
		seen[entry - entries] = true;
		found++;
	}
	return found == wanted;
}

static bool finds_all(const struct sixpn_table *table)
{
	size_t i;

	for (i = 0; i < KEYS; i++)
		if (!finds(table, (uint8_t)i))
			return false;
	return true;
}

/* More often in than out, until two thirds are in use. */
static void step(struct sixpn_table *table)
{
	struct entry *entry = &entries[test_random() % TEST_COUNT(entries)];

	if (entry->there) {
		if (test_random() % 4 && table->count < table->size / 2)
			return;
		sixpn_table_remove(table, &entry->node);
		entry->there = false;
	} else if (table->count < table->size * 2 / 3) {
		sixpn_table_add(table, &entry->node, &entry->key, 1);
		entry->there = true;
	}
}

static bool churn(void)
{
	struct sixpn_table table;
	bool ok = !sixpn_table_init(&table);
	size_t size = table.size, i;

	for (i = 0; i < TEST_COUNT(entries); i++) {
		entries[i].key = (uint8_t)(i / SAME);
		entries[i].there = false;
	}
	for (i = 0; ok && i < STEPS; i++) {
		step(&table);
		if (!(i % 16))
			ok = finds_all(&table);
	}
	ok = ok && table.size == size && !sixpn_table_reserve(&table, 10000) &&
	     (table.count + 10000) * 3 <= table.size * 2 && finds_all(&table);
	sixpn_table_free(&table);
	return ok;
}

void test_resolver_table(void)
{
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < TABLES; i++)
		ok = churn();
	test_result(ok, "table: nearly full, then grown, %zu of them", i);
}
