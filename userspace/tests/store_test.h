/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of a store share. Those of store.h run on any back end: for a
 * file in a folder of their own, and for SIXPN_TEST_STORE=WHERE if that is set.
 * There they leave alone what does not begin with their own prefix.
 */
#ifndef SIXPN_STORE_TEST_H
#define SIXPN_STORE_TEST_H

#include <sys/types.h>

#include "store.h"
#include "test.h"

/* However slow the machine: a test that waits this long has failed. */
#define STORE_TEST_LIMIT_MS 60000

/* What was visited: "NAME=VALUE " for each, "NAME! " when it was deleted. */
struct store_log {
	char text[4096];
	uint64_t revisions[64];		/* of the first ones */
	size_t count;
	size_t stop_at;			/* return 42 for this one; 0: never */
	bool bad;			/* a value without its NUL, for one */
};

/* In a process of its own, once store_test_go() is called. */
struct store_worker {
	pid_t pid;
	int go_fd;
};

typedef int (*store_work)(const char *where, int number);

void store_test_set_prefix(const char *prefix);

/* The key of that name; good for 16 more calls. */
const char *store_test_key(const char *name);

int store_test_visit(void *data, const struct sixpn_store_entry *entry);

/* Complains when it cannot. Return: NULL then. */
struct sixpn_store *store_test_open(const char *where);

/* Without conditions. @value: NULL deletes. */
int store_test_put(struct sixpn_store *store, const char *name,
		   const char *value, uint64_t lease, uint64_t *revision);

/* The value is @wanted; NULL: there is no such key. */
bool store_test_has(struct sixpn_store *store, const char *name,
		    const char *wanted);

/* A list from @prefix on is @wanted. */
bool store_test_lists(struct sixpn_store *store, const char *prefix,
		      const char *wanted);

/* Poll and read until the log is @wanted, not longer than the limit. */
bool store_test_told(struct sixpn_store_watch *watch, struct store_log *log,
		     const char *wanted);

int64_t store_test_now(void);

/*
 * No store may be open: SQLite's locks are of a process, and the new one would
 * believe to hold them.
 */
bool store_test_start(struct store_worker *worker, store_work work,
		      const char *where, int number);
void store_test_go(struct store_worker *worker);

/* Return: what it returned, 128 when it was killed. */
int store_test_wait(struct store_worker *worker);

/* All that store.h says, of a store that is there. */
void test_store_contract(const char *where);

/* In store_watch.c and store_processes.c, for store.c. */
void test_store_leases(const char *where);
void test_store_watches(const char *where);
void test_store_processes(const char *where);

#endif
