// SPDX-License-Identifier: GPL-2.0-or-later
#include "store_sqlite.h"

#include <errno.h>
#include <time.h>

int64_t sixpn_sqlite_now(void)
{
	struct timespec now;

	/* Steps of the wall clock are nothing to it; sleep counts. */
	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Take the keys away, as changes that watches are told of. */
static int sweep_keys(struct sixpn_sqlite *sqlite,
		      struct sixpn_sqlite_head *head, int64_t now,
		      struct sixpn_error *error)
{
	sqlite3_stmt *log = sqlite->statements[SIXPN_SQLITE_LAPSED_LOG];
	sqlite3_stmt *keys = sqlite->statements[SIXPN_SQLITE_LAPSED_KEYS];
	int ret, rc;

	rc = sqlite3_bind_int64(log, 1, now);
	if (!rc)
		rc = sqlite3_bind_int64(log, 2, (int64_t)head->revision + 1);
	ret = sixpn_sqlite_run(sqlite, SIXPN_SQLITE_LAPSED_LOG, rc, error);
	if (ret || !sqlite3_changes(sqlite->db))
		return ret;
	head->revision++;
	return sixpn_sqlite_run(sqlite, SIXPN_SQLITE_LAPSED_KEYS,
				sqlite3_bind_int64(keys, 1, now), error);
}

int sixpn_sqlite_sweep(struct sixpn_sqlite *sqlite,
		       struct sixpn_sqlite_head *head, int64_t now,
		       struct sixpn_error *error)
{
	sqlite3_stmt *leases = sqlite->statements[SIXPN_SQLITE_LAPSED_LEASES];
	int ret = sweep_keys(sqlite, head, now, error);

	if (ret)
		return ret;
	return sixpn_sqlite_run(sqlite, SIXPN_SQLITE_LAPSED_LEASES,
				sqlite3_bind_int64(leases, 1, now), error);
}

/* --- One transaction each. --- */

/* @lease: what is asked for; a granted one is set. */
typedef int (*lease_work)(struct sixpn_sqlite *sqlite,
			  struct sixpn_sqlite_head *head, unsigned int seconds,
			  uint64_t *lease, struct sixpn_error *error);

static int in_transaction(struct sixpn_store *store, lease_work work,
			  unsigned int seconds, uint64_t *lease,
			  struct sixpn_error *error)
{
	struct sixpn_sqlite *sqlite = sixpn_sqlite(store);
	struct sixpn_sqlite_head head;
	int ret;

	ret = sixpn_sqlite_begin(sqlite, SIXPN_SQLITE_BEGIN_WRITE, &head,
				 error);
	if (ret)
		return ret;
	ret = work(sqlite, &head, seconds, lease, error);
	if (ret) {
		sixpn_sqlite_rollback(sqlite);
		return ret;
	}
	return sixpn_sqlite_commit_head(sqlite, &head, error);
}

static int grant(struct sixpn_sqlite *sqlite, struct sixpn_sqlite_head *head,
		 unsigned int seconds, uint64_t *lease,
		 struct sixpn_error *error)
{
	sqlite3_stmt *stmt = sqlite->statements[SIXPN_SQLITE_LEASE_GRANT];
	int64_t milliseconds = (int64_t)seconds * 1000;
	int ret, rc;

	rc = sqlite3_bind_int64(stmt, 1, milliseconds);
	if (!rc)
		rc = sqlite3_bind_int64(stmt, 2,
					sixpn_sqlite_now() + milliseconds);
	ret = sixpn_sqlite_run(sqlite, SIXPN_SQLITE_LEASE_GRANT, rc, error);
	if (!ret)
		*lease = (uint64_t)sqlite3_last_insert_rowid(sqlite->db);
	return ret;
}

static int renew(struct sixpn_sqlite *sqlite, struct sixpn_sqlite_head *head,
		 unsigned int seconds, uint64_t *lease,
		 struct sixpn_error *error)
{
	sqlite3_stmt *stmt = sqlite->statements[SIXPN_SQLITE_LEASE_EXTEND];
	int ret, rc;

	rc = sqlite3_bind_int64(stmt, 1, (int64_t)*lease);
	if (!rc)
		rc = sqlite3_bind_int64(stmt, 2, sixpn_sqlite_now());
	ret = sixpn_sqlite_run(sqlite, SIXPN_SQLITE_LEASE_EXTEND, rc, error);
	if (!ret && !sqlite3_changes(sqlite->db))
		ret = sixpn_error_set(error, -ESTALE,
				      "lease %llu has run out",
				      (unsigned long long)*lease);
	return ret;
}

static int revoke(struct sixpn_sqlite *sqlite, struct sixpn_sqlite_head *head,
		  unsigned int seconds, uint64_t *lease,
		  struct sixpn_error *error)
{
	sqlite3_stmt *stmt = sqlite->statements[SIXPN_SQLITE_LEASE_END];
	int ret;

	ret = sixpn_sqlite_run(sqlite, SIXPN_SQLITE_LEASE_END,
			       sqlite3_bind_int64(stmt, 1, (int64_t)*lease),
			       error);
	/* No clock is below 0: nothing but this one is swept. */
	return ret ? ret : sixpn_sqlite_sweep(sqlite, head, -1, error);
}

int sixpn_sqlite_lease_grant(struct sixpn_store *store, unsigned int seconds,
			     uint64_t *lease, struct sixpn_error *error)
{
	return in_transaction(store, grant, seconds, lease, error);
}

int sixpn_sqlite_lease_renew(struct sixpn_store *store, uint64_t lease,
			     struct sixpn_error *error)
{
	return in_transaction(store, renew, 0, &lease, error);
}

int sixpn_sqlite_lease_revoke(struct sixpn_store *store, uint64_t lease,
			      struct sixpn_error *error)
{
	return in_transaction(store, revoke, 0, &lease, error);
}
