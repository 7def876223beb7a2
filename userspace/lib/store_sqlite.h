/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store in an SQLite file; what its parts share. Nobody else includes this.
 *
 *   store_sqlite.c		transactions, reading, changing, closing
 *   store_sqlite_open.c	opening, the schema, its statements, its errors
 *   store_sqlite_lease.c	leases, and what goes with them
 *   store_sqlite_watch.c	watches
 *
 * The file is in WAL mode: readers wait for nobody, writers take turns. A write
 * transaction ends the leases that have run out before it does anything else,
 * and nothing is read before they are ended; so whoever comes next does it, and
 * no process has to live for it.
 */
#ifndef SIXPN_LIB_STORE_SQLITE_H
#define SIXPN_LIB_STORE_SQLITE_H

#include <sqlite3.h>

#include "store_backend.h"

#define SIXPN_SQLITE_APPLICATION_ID 0x36504e52	/* "6PNR" */
#define SIXPN_SQLITE_SCHEMA 1

/* The last changes, which watches can be told of, are kept up to both. */
#define SIXPN_SQLITE_LOG_ROWS 10000
#define SIXPN_SQLITE_LOG_BYTES (64 * 1024 * 1024)

/* A watch looks by itself this often, for a writer may die before it rings. */
#define SIXPN_SQLITE_POLL_MS 500

/* The texts are in store_sqlite_open.c, with what ?1, ?2... are. */
enum sixpn_sqlite_statement {
	SIXPN_SQLITE_BEGIN_READ,
	SIXPN_SQLITE_BEGIN_WRITE,
	SIXPN_SQLITE_COMMIT,
	SIXPN_SQLITE_ROLLBACK,
	SIXPN_SQLITE_GET_HEAD,
	SIXPN_SQLITE_SET_HEAD,
	SIXPN_SQLITE_GET,
	SIXPN_SQLITE_LIST,
	SIXPN_SQLITE_REVISION,
	SIXPN_SQLITE_PUT,
	SIXPN_SQLITE_DELETE,
	SIXPN_SQLITE_LOG,
	SIXPN_SQLITE_LOG_OLDEST,
	SIXPN_SQLITE_LOG_PRUNE,
	SIXPN_SQLITE_LOG_FROM,
	SIXPN_SQLITE_LEASE_GRANT,
	SIXPN_SQLITE_LEASE_EXTEND,
	SIXPN_SQLITE_LEASE_END,
	SIXPN_SQLITE_LEASE_EXISTS,
	SIXPN_SQLITE_LAPSED_LOG,
	SIXPN_SQLITE_LAPSED_KEYS,
	SIXPN_SQLITE_LAPSED_LEASES,
	SIXPN_SQLITE_STATEMENT_COUNT,
};

/**
 * struct sixpn_sqlite - a store
 * @path: as it was opened, never a word that SQLite takes for something else
 * @boot: id of the host's boot, for deadlines count from that
 */
struct sixpn_sqlite {
	struct sixpn_store store;	/* first */
	sqlite3 *db;
	sqlite3_stmt *statements[SIXPN_SQLITE_STATEMENT_COUNT];
	char *path;
	char boot[64];
	unsigned int timeout_ms;
};

/**
 * struct sixpn_sqlite_head - the one row of the table "head"
 * @revision: last one
 * @before: the last one when the transaction began; not in the table
 * @oldest: first one whose changes are all still there
 * @log_bytes: sum of the lengths of all values in the log
 * @lapsed: a lease has run out; not in the table
 */
struct sixpn_sqlite_head {
	uint64_t revision;
	uint64_t before;
	uint64_t oldest;
	uint64_t log_bytes;
	bool lapsed;
};

static inline struct sixpn_sqlite *sixpn_sqlite(struct sixpn_store *store)
{
	return (struct sixpn_sqlite *)store;
}

/* --- store_sqlite_open.c --- */

int sixpn_sqlite_open(struct sixpn_store **store, const char *where,
		      const struct sixpn_store_options *options,
		      struct sixpn_error *error);

/* Also one that was opened in part only. */
void sixpn_sqlite_close(struct sixpn_store *store);

/**
 * sixpn_sqlite_fail() - an errno and a sentence for a result of SQLite
 * @rc: SQLITE_OK is not allowed
 *
 * Return: -EBUSY, -ENOSPC, -EACCES, -EUCLEAN (damaged), -EPROTO (not a
 * registry), -EIO, -ENOMEM, or what the system said.
 */
int sixpn_sqlite_fail(struct sixpn_sqlite *sqlite, int rc,
		      struct sixpn_error *error);

/* --- store_sqlite.c --- */

/**
 * sixpn_sqlite_run() - a statement that yields no row
 * @bound: result of binding its values, SQLITE_OK or not
 */
int sixpn_sqlite_run(struct sixpn_sqlite *sqlite,
		     enum sixpn_sqlite_statement statement, int bound,
		     struct sixpn_error *error);

/**
 * sixpn_sqlite_begin() - a transaction, without leases that have run out
 * @statement: SIXPN_SQLITE_BEGIN_READ or SIXPN_SQLITE_BEGIN_WRITE
 * @head: set on success; a writer changes it and hands it to the end
 *
 * Return: 0, or an error and there is no transaction.
 */
int sixpn_sqlite_begin(struct sixpn_sqlite *sqlite,
		       enum sixpn_sqlite_statement statement,
		       struct sixpn_sqlite_head *head,
		       struct sixpn_error *error);

/* The end of one that did not change anything, or shall not have. */
void sixpn_sqlite_rollback(struct sixpn_sqlite *sqlite);

/**
 * sixpn_sqlite_commit_head() - the end of one that has changed something
 *
 * Return: 0, -ETIMEDOUT (may have happened), or another error (has not).
 */
int sixpn_sqlite_commit_head(struct sixpn_sqlite *sqlite,
			     struct sixpn_sqlite_head *head,
			     struct sixpn_error *error);

/* First key that is not below @prefix and not before it, for ?2 of a range. */
void sixpn_sqlite_range_end(char end[SIXPN_STORE_KEY_MAX + 2],
			    const char *prefix);

/* A column; a value is followed by a NUL. Return: NULL if there is no memory. */
const void *sixpn_sqlite_value(sqlite3_stmt *row, int column, size_t *length);

/* --- store_sqlite_lease.c --- */

/* Milliseconds since the host was booted, sleep included. */
int64_t sixpn_sqlite_now(void);

/* In a write transaction: end leases with a deadline until @now, and their keys. */
int sixpn_sqlite_sweep(struct sixpn_sqlite *sqlite,
		       struct sixpn_sqlite_head *head, int64_t now,
		       struct sixpn_error *error);

int sixpn_sqlite_lease_grant(struct sixpn_store *store, unsigned int seconds,
			     uint64_t *lease, struct sixpn_error *error);
int sixpn_sqlite_lease_renew(struct sixpn_store *store, uint64_t lease,
			     struct sixpn_error *error);
int sixpn_sqlite_lease_revoke(struct sixpn_store *store, uint64_t lease,
			      struct sixpn_error *error);

/* --- store_sqlite_watch.c --- */

/* Wake the watches of all processes, this one too. */
void sixpn_sqlite_ring(struct sixpn_sqlite *sqlite);

int sixpn_sqlite_watch_open(struct sixpn_store_watch **watch,
			    struct sixpn_store *store, const char *prefix,
			    uint64_t revision, struct sixpn_error *error);
int sixpn_sqlite_watch_fd(const struct sixpn_store_watch *watch);
int sixpn_sqlite_watch_read(struct sixpn_store_watch *watch,
			    sixpn_store_visit visit, void *data,
			    struct sixpn_error *error);
void sixpn_sqlite_watch_close(struct sixpn_store_watch *watch);

#endif
