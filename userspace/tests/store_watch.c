// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Leases and watches.
 */
#include "store_test.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/param.h>

static struct sixpn_store_watch *watch_open(struct sixpn_store *store,
					    const char *prefix,
					    uint64_t revision)
{
	struct sixpn_error error = { 0 };
	struct sixpn_store_watch *watch;

	if (sixpn_store_watch_open(&watch, store, store_test_key(prefix),
				   revision, &error)) {
		test_result(false, "store: watch: %s", error.text);
		return NULL;
	}
	return watch;
}

/* --- Leases. --- */

static void test_lease_numbers(struct sixpn_store *store)
{
	uint64_t one = 0, two = 0;

	test_result(sixpn_store_lease_grant(store, 0, &one, NULL) == -EINVAL &&
		    sixpn_store_lease_grant(store, 3601, &one, NULL) ==
			    -EINVAL &&
		    sixpn_store_lease_renew(store, 0, NULL) == -EINVAL &&
		    sixpn_store_lease_revoke(store, UINT64_MAX, NULL) ==
			    -EINVAL,
		    "store: refuse leases out of range");
	test_result(!sixpn_store_lease_grant(store, 3600, &one, NULL) &&
		    !sixpn_store_lease_grant(store, 1, &two, NULL) && one &&
		    two && one != two, "store: grant leases");
	sixpn_store_lease_revoke(store, one, NULL);
	sixpn_store_lease_revoke(store, two, NULL);
}

static void test_revoke(struct sixpn_store *store)
{
	struct sixpn_store_watch *watch;
	struct store_log log = { 0 };
	uint64_t lease, other;

	if (sixpn_store_lease_grant(store, 3600, &lease, NULL) ||
	    sixpn_store_lease_grant(store, 3600, &other, NULL))
		return;
	store_test_put(store, "r/a", "1", lease, NULL);
	store_test_put(store, "r/b", "1", lease, NULL);
	store_test_put(store, "r/c", "1", lease, NULL);
	store_test_put(store, "r/c", "2", 0, NULL);
	store_test_put(store, "r/d", "1", other, NULL);
	watch = watch_open(store, "r/", 0);
	test_result(!sixpn_store_lease_renew(store, lease, NULL) &&
		    !sixpn_store_lease_revoke(store, lease, NULL) &&
		    store_test_lists(store, "r/", "r/c=2 r/d=1 "),
		    "store: a lease is revoked, and its keys go with it");
	test_result(watch && store_test_told(watch, &log, "r/a! r/b! ") &&
		    log.revisions[0] == log.revisions[1],
		    "store: a watch is told of them");
	test_result(sixpn_store_lease_renew(store, lease, NULL) == -ESTALE &&
		    store_test_put(store, "r/a", "2", lease, NULL) == -ESTALE &&
		    store_test_has(store, "r/a", NULL),
		    "store: a lease that was revoked");
	test_result(!sixpn_store_lease_revoke(store, lease, NULL),
		    "store: revoke it twice");
	sixpn_store_watch_close(watch);
	sixpn_store_lease_revoke(store, other, NULL);
	store_test_put(store, "r/c", NULL, 0, NULL);
}

/*
 * One of 1 s is left alone while one of 2 s is renewed, for longer than 2 s.
 * Return: false if this process was kept from renewing it in time, which says
 * nothing.
 */
static bool expire(struct sixpn_store *store)
{
	struct sixpn_store_watch *watch = watch_open(store, "e/", 0);
	int64_t start = store_test_now(), gone = 0, last = start, gap = 0;
	struct pollfd fd = { .events = POLLIN };
	struct store_log log = { 0 };
	uint64_t left, kept;
	bool renewed = true;

	if (!watch || sixpn_store_lease_grant(store, 1, &left, NULL) ||
	    sixpn_store_lease_grant(store, 2, &kept, NULL))
		return true;
	store_test_put(store, "e/kept", "1", kept, NULL);
	store_test_put(store, "e/left", "1", left, NULL);
	fd.fd = sixpn_store_watch_fd(watch);
	while (store_test_now() - start < (gone ? 2500 : STORE_TEST_LIMIT_MS)) {
		poll(&fd, 1, 100);
		sixpn_store_watch_read(watch, store_test_visit, &log, NULL);
		renewed &= !sixpn_store_lease_renew(store, kept, NULL);
		gap = MAX(gap, store_test_now() - last);
		last = store_test_now();
		if (!gone && strstr(log.text, "left!"))
			gone = store_test_now() - start;
	}
	if (gap < 900) {
		test_result(gone >= 1000 &&
			    test_same_text(log.text,
					   "e/kept=1 e/left=1 e/left! "),
			    "store: a lease runs out, and a watch is told");
		test_result(store_test_lists(store, "e/", "e/kept=1 ") &&
			    sixpn_store_lease_renew(store, left,
						    NULL) == -ESTALE &&
			    store_test_put(store, "e/left", "2", left,
					   NULL) == -ESTALE,
			    "store: a lease that has run out");
		test_result(renewed && store_test_has(store, "e/kept", "1"),
			    "store: a lease that is renewed");
	}
	sixpn_store_lease_revoke(store, kept, NULL);
	sixpn_store_watch_close(watch);
	return gap < 900;
}

static void test_expire(struct sixpn_store *store)
{
	int i;

	for (i = 0; i < 20; i++)
		if (expire(store))
			return;
	test_result(false, "store: leases: never 0.9 s without a stall");
}

void test_store_leases(const char *where)
{
	struct sixpn_store *store = store_test_open(where);

	if (!store)
		return;
	test_lease_numbers(store);
	test_revoke(store);
	test_expire(store);
	sixpn_store_close(store);
}

/* --- Watches. --- */

static void test_from_now(struct sixpn_store *store)
{
	struct sixpn_store_watch *watch;
	struct store_log log = { 0 };
	uint64_t revisions[3];

	store_test_put(store, "w/a", "before", 0, NULL);
	watch = watch_open(store, "w/", 0);
	if (!watch)
		return;
	test_result(!sixpn_store_watch_read(watch, store_test_visit, &log,
					    NULL) && !log.count,
		    "store: a watch from now on has nothing to tell");
	store_test_put(store, "w/a", "", 0, &revisions[0]);
	store_test_put(store, "w", "other", 0, NULL);
	store_test_put(store, "w0", "other", 0, NULL);
	store_test_put(store, "w/none", NULL, 0, NULL);
	store_test_put(store, "w/b", "1", 0, &revisions[1]);
	store_test_put(store, "w/a", NULL, 0, &revisions[2]);
	test_result(store_test_told(watch, &log, "w/a= w/b=1 w/a! ") &&
		    !memcmp(log.revisions, revisions, sizeof(revisions)),
		    "store: a watch is told of its prefix, in order");
	test_result(!sixpn_store_watch_read(watch, store_test_visit, &log,
					    NULL) && log.count == 3,
		    "store: a watch is told once");
	sixpn_store_watch_close(watch);
	sixpn_store_watch_close(NULL);
	store_test_put(store, "w", NULL, 0, NULL);
	store_test_put(store, "w0", NULL, 0, NULL);
	store_test_put(store, "w/b", NULL, 0, NULL);
}

static void test_from_revision(struct sixpn_store *store)
{
	struct sixpn_store_watch *watch;
	struct store_log log = { 0 };
	uint64_t second, listed;

	store_test_put(store, "v/a", "1", 0, NULL);
	store_test_put(store, "v/a", "2", 0, &second);
	store_test_put(store, "v/a", "3", 0, NULL);
	watch = watch_open(store, "v/", second);
	test_result(watch && store_test_told(watch, &log, "v/a=2 v/a=3 ") &&
		    log.revisions[0] == second,
		    "store: a watch from a revision that has been");
	sixpn_store_watch_close(watch);

	memset(&log, 0, sizeof(log));
	sixpn_store_list(store, store_test_key("v/"), store_test_visit, &log,
			 &listed, NULL);
	store_test_put(store, "v/a", "4", 0, NULL);
	watch = watch_open(store, "v/", listed + 1);
	test_result(watch && store_test_told(watch, &log, "v/a=3 v/a=4 "),
		    "store: a watch from a list on");
	store_test_put(store, "v/a", NULL, 0, NULL);
	test_result(watch && store_test_told(watch, &log,
					     "v/a=3 v/a=4 v/a! "),
		    "store: and then a deletion");
	sixpn_store_watch_close(watch);
}

static bool read_until_enough(struct sixpn_store_watch *watch,
			      struct store_log *log)
{
	int64_t end = store_test_now() + STORE_TEST_LIMIT_MS;
	struct pollfd fd = {
		.fd = sixpn_store_watch_fd(watch),
		.events = POLLIN,
	};
	int ret = 0;

	while (!ret && store_test_now() < end) {
		poll(&fd, 1, STORE_TEST_LIMIT_MS);
		ret = sixpn_store_watch_read(watch, store_test_visit, log,
					     NULL);
	}
	return ret == 42;
}

/* Three changes of one transaction; the visitor has enough after the first. */
static void test_broken_off(struct sixpn_store *store)
{
	struct sixpn_store_watch *watch = watch_open(store, "b/", 0);
	struct sixpn_store_change changes[] = {
		{ .key = store_test_key("b/3"), .value = "" },
		{ .key = store_test_key("b/1"), .value = "" },
		{ .key = store_test_key("b/2"), .value = "" },
	};
	struct store_log log = { .stop_at = 1 };
	uint64_t revision;
	size_t i;

	if (!watch)
		return;
	sixpn_store_commit(store, NULL, 0, changes, 3, &revision, NULL);
	test_result(read_until_enough(watch, &log) && log.count == 1,
		    "store: a watch whose visitor has enough");
	test_result(store_test_told(watch, &log, "b/3= b/1= b/2= ") &&
		    log.revisions[0] == revision &&
		    log.revisions[2] == revision,
		    "store: it goes on after that change");
	for (i = 0; i < 3; i++)
		changes[i].value = NULL;
	sixpn_store_commit(store, NULL, 0, changes, 3, NULL, NULL);
	sixpn_store_watch_close(watch);
}

static void test_refused(struct sixpn_store *store)
{
	struct sixpn_store_watch *watch;

	test_result(sixpn_store_watch_open(&watch, store, "a b", 0, NULL) ==
			    -EINVAL && !watch &&
		    sixpn_store_watch_open(&watch, store, "a", UINT64_MAX,
					   NULL) == -EINVAL,
		    "store: refuse a watch of keys that cannot be");
}

void test_store_watches(const char *where)
{
	struct sixpn_store *store = store_test_open(where);

	if (!store)
		return;
	test_from_now(store);
	test_from_revision(store);
	test_broken_off(store);
	test_refused(store);
	sixpn_store_close(store);
}
