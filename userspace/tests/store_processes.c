// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Several processes at once.
 */
#include "store_test.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNTERS 2
#define COUNTS 200
#define WRITERS 3
#define WRITES 20
#define KILLS 8
#define KEYS 8

/* --- A counter. --- */

struct counter {
	uint64_t revision;
	int value;
};

static int read_counter(void *data, const struct sixpn_store_entry *entry)
{
	struct counter *counter = data;

	counter->revision = entry->revision;
	counter->value = atoi(entry->value);
	return 0;
}

static int count_once(struct sixpn_store *store)
{
	const char *key = store_test_key("counter");
	struct sixpn_store_condition condition = { .key = key };
	struct sixpn_store_change change = { .key = key };
	struct counter counter = { 0 };
	char text[16];
	int ret;

	ret = sixpn_store_get(store, key, read_counter, &counter, NULL);
	if (ret && ret != -ENOENT)
		return ret;
	snprintf(text, sizeof(text), "%d", counter.value + 1);
	condition.revision = counter.revision;
	change.value = text;
	change.length = strlen(text);
	return sixpn_store_commit(store, &condition, 1, &change, 1, NULL, NULL);
}

static int count_up(const char *where, int number)
{
	struct sixpn_store *store = store_test_open(where);
	int ret = store ? 0 : -EIO, i;

	for (i = 0; !ret && i < COUNTS; i++)
		while ((ret = count_once(store)) == -EAGAIN)
			;
	sixpn_store_close(store);
	return ret ? 1 : 0;
}

static void test_counter(const char *where)
{
	struct store_worker workers[COUNTERS];
	struct sixpn_store *store;
	bool ok = true;
	char text[16];
	int i;

	for (i = 0; i < COUNTERS; i++)
		ok &= store_test_start(&workers[i], count_up, where, i);
	for (i = 0; i < COUNTERS; i++)
		store_test_go(&workers[i]);
	for (i = 0; i < COUNTERS; i++)
		ok &= !store_test_wait(&workers[i]);
	store = store_test_open(where);
	snprintf(text, sizeof(text), "%d", COUNTERS * COUNTS);
	test_result(ok && store && store_test_has(store, "counter", text),
		    "store: processes count together and lose nothing");
	if (store)
		store_test_put(store, "counter", NULL, 0, NULL);
	sixpn_store_close(store);
}

/* --- A watch of what others write. --- */

static int write_some(const char *where, int number)
{
	struct sixpn_store *store = store_test_open(where);
	int ret = store ? 0 : 1, i;
	char name[32], value[16];

	for (i = 0; !ret && i < WRITES; i++) {
		snprintf(name, sizeof(name), "p/%d", number);
		snprintf(value, sizeof(value), "%d", i);
		ret = store_test_put(store, name, value, 0, NULL) ? 1 : 0;
	}
	sixpn_store_close(store);
	return ret;
}

/* Each writer's changes in its order, and revisions that rise. */
struct seen {
	int next[WRITERS];
	uint64_t revision;
	int total;
	bool bad;
};

static int see(void *data, const struct sixpn_store_entry *entry)
{
	int number = atoi(strrchr(entry->key, '/') + 1);
	struct seen *seen = data;

	if (!entry->value || number < 0 || number >= WRITERS ||
	    atoi(entry->value) != seen->next[number]++ ||
	    entry->revision <= seen->revision)
		seen->bad = true;
	seen->revision = entry->revision;
	seen->total++;
	return 0;
}

static void read_all(struct sixpn_store_watch *watch, struct seen *seen)
{
	struct pollfd fd = {
		.fd = sixpn_store_watch_fd(watch),
		.events = POLLIN,
	};
	int64_t end = store_test_now() + STORE_TEST_LIMIT_MS;

	while (seen->total < WRITERS * WRITES && store_test_now() < end) {
		poll(&fd, 1, STORE_TEST_LIMIT_MS);
		if (sixpn_store_watch_read(watch, see, seen, NULL))
			seen->bad = true;
	}
}

static void test_writers(const char *where)
{
	struct store_worker workers[WRITERS];
	struct sixpn_store_watch *watch = NULL;
	struct sixpn_store *store;
	struct seen seen = { 0 };
	bool ok = true;
	char name[32];
	int i;

	for (i = 0; i < WRITERS; i++)
		ok &= store_test_start(&workers[i], write_some, where, i);
	store = store_test_open(where);
	if (store)
		sixpn_store_watch_open(&watch, store, store_test_key("p/"), 0,
				       NULL);
	for (i = 0; i < WRITERS; i++)
		store_test_go(&workers[i]);
	if (watch)
		read_all(watch, &seen);
	for (i = 0; i < WRITERS; i++)
		ok &= !store_test_wait(&workers[i]);
	test_result(ok && !seen.bad && seen.total == WRITERS * WRITES,
		    "store: a watch is told of what other processes write");
	sixpn_store_watch_close(watch);
	for (i = 0; store && i < WRITERS; i++) {
		snprintf(name, sizeof(name), "p/%d", i);
		store_test_put(store, name, NULL, 0, NULL);
	}
	sixpn_store_close(store);
}

static int write_one(const char *where, int number)
{
	struct sixpn_store *store = store_test_open(where);
	int ret = !store || store_test_put(store, "once", "1", 0, NULL);

	sixpn_store_close(store);
	return ret;
}

/* Within a second, says the contract; a slow machine may take longer. */
static void test_other_process(const char *where)
{
	struct sixpn_store_watch *watch = NULL;
	struct store_log log = { 0 };
	struct store_worker worker;
	struct sixpn_store *store;
	struct pollfd fd = { .events = POLLIN };
	int64_t start;
	bool ok;

	ok = store_test_start(&worker, write_one, where, 0);
	store = store_test_open(where);
	if (!store || sixpn_store_watch_open(&watch, store,
					     store_test_key("once"), 0, NULL))
		return;
	store_test_go(&worker);
	ok &= !store_test_wait(&worker);
	start = store_test_now();
	fd.fd = sixpn_store_watch_fd(watch);
	while (!log.count && store_test_now() - start < STORE_TEST_LIMIT_MS) {
		poll(&fd, 1, STORE_TEST_LIMIT_MS);
		sixpn_store_watch_read(watch, store_test_visit, &log, NULL);
	}
	test_result(ok && log.count == 1,
		    "store: a watch is told of another process's change");
	sixpn_store_watch_close(watch);
	store_test_put(store, "once", NULL, 0, NULL);
	sixpn_store_close(store);
}

/* --- A process that is killed. --- */

static int write_for_ever(const char *where, int number)
{
	struct sixpn_store *store = store_test_open(where);
	struct sixpn_store_change changes[KEYS];
	char keys[KEYS][128], value[16];
	int i, n;

	for (n = 0; store; n++) {
		snprintf(value, sizeof(value), "%d.%d", number, n);
		for (i = 0; i < KEYS; i++) {
			snprintf(keys[i], sizeof(keys[i]), "%s%d",
				 store_test_key("k/"), i);
			changes[i] = (struct sixpn_store_change){
				.key = keys[i],
				.value = value,
				.length = strlen(value),
			};
		}
		if (sixpn_store_commit(store, NULL, 0, changes, KEYS, NULL,
				       NULL))
			break;
	}
	return 1;
}

struct same {
	char value[16];
	int count;
	bool differ;
};

static int compare(void *data, const struct sixpn_store_entry *entry)
{
	struct same *same = data;

	if (same->count++ && strcmp(same->value, entry->value))
		same->differ = true;
	snprintf(same->value, sizeof(same->value), "%s",
		 (const char *)entry->value);
	return 0;
}

/* Wait for some of its work, so that it is killed in the middle of it. */
static bool kill_once(const char *where, int number)
{
	struct sixpn_store_watch *watch = NULL;
	struct store_log log = { .stop_at = 1 };
	struct store_worker worker;
	struct sixpn_store *store;
	struct same same = { 0 };
	struct pollfd fd = { .events = POLLIN };
	int64_t end = store_test_now() + STORE_TEST_LIMIT_MS;

	if (!store_test_start(&worker, write_for_ever, where, number))
		return false;
	store = store_test_open(where);
	if (!store || sixpn_store_watch_open(&watch, store,
					     store_test_key("k/"), 0, NULL))
		return false;
	store_test_go(&worker);
	fd.fd = sixpn_store_watch_fd(watch);
	while (!log.count && store_test_now() < end) {
		poll(&fd, 1, STORE_TEST_LIMIT_MS);
		sixpn_store_watch_read(watch, store_test_visit, &log, NULL);
	}
	/* Odd ones a little further on. */
	if (number % 2)
		poll(NULL, 0, number);
	kill(worker.pid, SIGKILL);
	store_test_wait(&worker);
	sixpn_store_list(store, store_test_key("k/"), compare, &same, NULL,
			 NULL);
	sixpn_store_watch_close(watch);
	sixpn_store_close(store);
	return log.count && same.count == KEYS && !same.differ;
}

static void test_killed(const char *where)
{
	struct sixpn_store *store;
	bool ok = true;
	char name[16];
	int i;

	for (i = 0; i < KILLS; i++)
		ok &= kill_once(where, i);
	test_result(ok, "store: a writer that is killed leaves no half");
	store = store_test_open(where);
	for (i = 0; store && i < KEYS; i++) {
		snprintf(name, sizeof(name), "k/%d", i);
		store_test_put(store, name, NULL, 0, NULL);
	}
	sixpn_store_close(store);
}

void test_store_processes(const char *where)
{
	test_counter(where);
	test_writers(where);
	test_other_process(where);
	test_killed(where);
}
