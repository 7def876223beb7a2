// SPDX-License-Identifier: GPL-2.0-or-later
#include "store_sqlite.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* --- Transactions. --- */

int sixpn_sqlite_run(struct sixpn_sqlite *sqlite,
		     enum sixpn_sqlite_statement statement, int bound,
		     struct sixpn_error *error)
{
	sqlite3_stmt *stmt = sqlite->statements[statement];
	int rc = bound ? bound : sqlite3_step(stmt);

	if (rc != SQLITE_DONE)
		sixpn_sqlite_fail(sqlite, rc, error);
	sqlite3_reset(stmt);
	/* A value may be large, and the caller's buffer ends. */
	sqlite3_clear_bindings(stmt);
	return rc == SQLITE_DONE ? 0 : sixpn_sqlite_fail(sqlite, rc, NULL);
}

void sixpn_sqlite_rollback(struct sixpn_sqlite *sqlite)
{
	/* Some errors have done it already. */
	if (!sqlite3_get_autocommit(sqlite->db))
		sixpn_sqlite_run(sqlite, SIXPN_SQLITE_ROLLBACK, SQLITE_OK,
				 NULL);
}

static int read_head(struct sixpn_sqlite *sqlite,
		     struct sixpn_sqlite_head *head, int64_t *sweep_until,
		     struct sixpn_error *error)
{
	sqlite3_stmt *row = sqlite->statements[SIXPN_SQLITE_GET_HEAD];
	int64_t now = sixpn_sqlite_now();
	int ret = 0, rc;

	rc = sqlite3_bind_text(row, 1, sqlite->boot, -1, SQLITE_STATIC);
	if (!rc)
		rc = sqlite3_bind_int64(row, 2, now);
	if (!rc)
		rc = sqlite3_step(row);
	if (rc == SQLITE_ROW) {
		head->revision = (uint64_t)sqlite3_column_int64(row, 0);
		head->before = head->revision;
		head->oldest = (uint64_t)sqlite3_column_int64(row, 1);
		head->log_bytes = (uint64_t)sqlite3_column_int64(row, 2);
		/* Every lease of an earlier boot has run out. */
		*sweep_until = sqlite3_column_int(row, 3) ? INT64_MAX : now;
		head->lapsed = sqlite3_column_int(row, 3) ||
			       sqlite3_column_int(row, 4);
	} else {
		ret = sixpn_sqlite_fail(sqlite, rc == SQLITE_DONE ?
					SQLITE_CORRUPT : rc, error);
	}
	sqlite3_reset(row);
	return ret;
}

static int begin_write(struct sixpn_sqlite *sqlite,
		       struct sixpn_sqlite_head *head,
		       struct sixpn_error *error)
{
	int64_t sweep_until;
	int ret;

	ret = sixpn_sqlite_run(sqlite, SIXPN_SQLITE_BEGIN_WRITE, SQLITE_OK,
			       error);
	if (ret)
		return ret;
	ret = read_head(sqlite, head, &sweep_until, error);
	if (!ret && head->lapsed)
		ret = sixpn_sqlite_sweep(sqlite, head, sweep_until, error);
	if (ret)
		sixpn_sqlite_rollback(sqlite);
	return ret;
}

static int begin_read(struct sixpn_sqlite *sqlite,
		      struct sixpn_sqlite_head *head, struct sixpn_error *error)
{
	int64_t ignored;
	int ret;

	ret = sixpn_sqlite_run(sqlite, SIXPN_SQLITE_BEGIN_READ, SQLITE_OK,
			       error);
	if (ret)
		return ret;
	ret = read_head(sqlite, head, &ignored, error);
	if (ret)
		sixpn_sqlite_rollback(sqlite);
	return ret;
}

/*
 * Whether the file that is open is the one that others open. What is put into one
 * that has lost its name is lost with it. An empty file is still being written:
 * it would be made a registry with nothing in it.
 */
static int check_place(struct sixpn_sqlite *sqlite, struct sixpn_error *error)
{
	int moved = 0;
	struct stat st;

	if (sqlite3_file_control(sqlite->db, "main", SQLITE_FCNTL_HAS_MOVED,
				 &moved) || !moved)
		return 0;
	if (stat(sqlite->path, &st) || !st.st_size)
		return sixpn_error_set(error, -EIO,
				       "registry %s: the file has gone from its place, put it or a copy of it there",
				       sqlite->path);
	return sixpn_error_set(error, -EREMCHG,
			       "registry %s: another file has come to its place, try again",
			       sqlite->path);
}

int sixpn_sqlite_begin(struct sixpn_sqlite *sqlite,
		       enum sixpn_sqlite_statement statement,
		       struct sixpn_sqlite_head *head,
		       struct sixpn_error *error)
{
	int ret;

	if (!sqlite3_get_autocommit(sqlite->db))
		return sixpn_error_set(error, -EDEADLK,
				       "registry %s: called by one that it calls",
				       sqlite->path);
	ret = check_place(sqlite, error);
	if (ret)
		return ret;
	if (statement == SIXPN_SQLITE_BEGIN_WRITE)
		return begin_write(sqlite, head, error);
	for (;;) {
		ret = begin_read(sqlite, head, error);
		if (ret || !head->lapsed)
			return ret;
		sixpn_sqlite_rollback(sqlite);
		ret = begin_write(sqlite, head, error);
		if (!ret)
			ret = sixpn_sqlite_commit_head(sqlite, head, error);
		if (ret)
			return ret;
	}
}

static bool is_too_much(uint64_t rows, uint64_t bytes)
{
	return rows > SIXPN_SQLITE_LOG_ROWS || bytes > SIXPN_SQLITE_LOG_BYTES;
}

/* Forget old changes, by whole revisions; the last one stays. */
static int prune(struct sixpn_sqlite *sqlite, struct sixpn_sqlite_head *head,
		 struct sixpn_error *error)
{
	sqlite3_stmt *row = sqlite->statements[SIXPN_SQLITE_LOG_OLDEST];
	sqlite3_stmt *stmt = sqlite->statements[SIXPN_SQLITE_LOG_PRUNE];
	uint64_t oldest = head->oldest;
	int rc;

	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		uint64_t revision = (uint64_t)sqlite3_column_int64(row, 0);

		if (revision == head->revision)
			break;
		if (revision >= oldest) {
			if (!is_too_much((uint64_t)sqlite3_column_int64(row, 2),
					 head->log_bytes))
				break;
			oldest = revision + 1;
		}
		head->log_bytes -= (uint64_t)sqlite3_column_int64(row, 1);
	}
	sqlite3_reset(row);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return sixpn_sqlite_fail(sqlite, rc, error);
	if (oldest == head->oldest)
		return 0;
	head->oldest = oldest;
	return sixpn_sqlite_run(sqlite, SIXPN_SQLITE_LOG_PRUNE,
				sqlite3_bind_int64(stmt, 1, (int64_t)oldest),
				error);
}

static int write_head(struct sixpn_sqlite *sqlite,
		      const struct sixpn_sqlite_head *head,
		      struct sixpn_error *error)
{
	sqlite3_stmt *stmt = sqlite->statements[SIXPN_SQLITE_SET_HEAD];
	int rc;

	rc = sqlite3_bind_int64(stmt, 1, (int64_t)head->revision);
	if (!rc)
		rc = sqlite3_bind_int64(stmt, 2, (int64_t)head->oldest);
	if (!rc)
		rc = sqlite3_bind_int64(stmt, 3, (int64_t)head->log_bytes);
	if (!rc)
		rc = sqlite3_bind_text(stmt, 4, sqlite->boot, -1,
				       SQLITE_STATIC);
	return sixpn_sqlite_run(sqlite, SIXPN_SQLITE_SET_HEAD, rc, error);
}

/*
 * A commit whose last write or sync failed is taken back, but what it wrote may
 * be found by those who open the file after a crash.
 */
static int commit(struct sixpn_sqlite *sqlite, struct sixpn_error *error)
{
	int ret;

	ret = sixpn_sqlite_run(sqlite, SIXPN_SQLITE_COMMIT, SQLITE_OK, error);
	if (ret && (sqlite3_errcode(sqlite->db) & 0xff) == SQLITE_IOERR) {
		sixpn_error_append(error,
				   "; whether it was changed will be known when it is read again");
		ret = -ETIMEDOUT;
	}
	return ret;
}

int sixpn_sqlite_commit_head(struct sixpn_sqlite *sqlite,
			     struct sixpn_sqlite_head *head,
			     struct sixpn_error *error)
{
	int ret = 0;

	if (head->revision != head->before)
		ret = prune(sqlite, head, error);
	if (!ret)
		ret = write_head(sqlite, head, error);
	if (!ret)
		ret = commit(sqlite, error);
	if (ret)
		sixpn_sqlite_rollback(sqlite);
	else if (head->revision != head->before)
		sixpn_sqlite_ring(sqlite);
	return ret;
}

/* --- Reading. --- */

void sixpn_sqlite_range_end(char end[SIXPN_STORE_KEY_MAX + 2],
			    const char *prefix)
{
	size_t length = strlen(prefix);

	/* No key has a byte above '~', so that the next one is a bound. */
	memcpy(end, prefix, length + 1);
	if (length)
		end[length - 1]++;
	else
		strcpy(end, "\x7f");
}

const void *sixpn_sqlite_value(sqlite3_stmt *row, int column, size_t *length)
{
	/* In this order; as text, SQLite sets a NUL behind it. */
	const void *value = sqlite3_column_text(row, column);

	*length = (size_t)sqlite3_column_bytes(row, column);
	return value;
}

static int visit_row(sqlite3_stmt *row, sixpn_store_visit visit, void *data,
		     struct sixpn_error *error)
{
	struct sixpn_store_entry entry = {
		.key = (const char *)sqlite3_column_text(row, 0),
		.revision = (uint64_t)sqlite3_column_int64(row, 1),
	};

	entry.value = sixpn_sqlite_value(row, 2, &entry.length);
	if (!entry.key || !entry.value)
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	return visit(data, &entry);
}

static int sqlite_get(struct sixpn_store *store, const char *key,
		      sixpn_store_visit visit, void *data,
		      struct sixpn_error *error)
{
	struct sixpn_sqlite *sqlite = sixpn_sqlite(store);
	sqlite3_stmt *row = sqlite->statements[SIXPN_SQLITE_GET];
	struct sixpn_sqlite_head head;
	int ret, rc;

	ret = sixpn_sqlite_begin(sqlite, SIXPN_SQLITE_BEGIN_READ, &head, error);
	if (ret)
		return ret;
	rc = sqlite3_bind_text(row, 1, key, -1, SQLITE_STATIC);
	if (!rc)
		rc = sqlite3_step(row);
	if (rc == SQLITE_ROW)
		ret = visit_row(row, visit, data, error);
	else if (rc == SQLITE_DONE)
		ret = sixpn_error_set(error, -ENOENT,
				      "registry %s has no key %s",
				      sqlite->path, key);
	else
		ret = sixpn_sqlite_fail(sqlite, rc, error);
	sqlite3_reset(row);
	sixpn_sqlite_rollback(sqlite);
	return ret;
}

static int list_rows(struct sixpn_sqlite *sqlite, const char *prefix,
		     sixpn_store_visit visit, void *data,
		     struct sixpn_error *error)
{
	sqlite3_stmt *row = sqlite->statements[SIXPN_SQLITE_LIST];
	char end[SIXPN_STORE_KEY_MAX + 2];
	int ret = 0, rc;

	sixpn_sqlite_range_end(end, prefix);
	rc = sqlite3_bind_text(row, 1, prefix, -1, SQLITE_STATIC);
	if (!rc)
		rc = sqlite3_bind_text(row, 2, end, -1, SQLITE_STATIC);
	if (!rc)
		rc = sqlite3_step(row);
	while (rc == SQLITE_ROW) {
		ret = visit_row(row, visit, data, error);
		if (ret)
			break;
		rc = sqlite3_step(row);
	}
	if (!ret && rc != SQLITE_DONE)
		ret = sixpn_sqlite_fail(sqlite, rc, error);
	sqlite3_reset(row);
	sqlite3_clear_bindings(row);
	return ret;
}

static int sqlite_list(struct sixpn_store *store, const char *prefix,
		       sixpn_store_visit visit, void *data, uint64_t *revision,
		       struct sixpn_error *error)
{
	struct sixpn_sqlite *sqlite = sixpn_sqlite(store);
	struct sixpn_sqlite_head head;
	int ret;

	ret = sixpn_sqlite_begin(sqlite, SIXPN_SQLITE_BEGIN_READ, &head, error);
	if (ret)
		return ret;
	if (revision)
		*revision = head.revision;
	ret = list_rows(sqlite, prefix, visit, data, error);
	sixpn_sqlite_rollback(sqlite);
	return ret;
}

/* --- Changing. --- */

/* For one row at most: its first number, or 0. */
static int read_number(struct sixpn_sqlite *sqlite,
		       enum sixpn_sqlite_statement statement, int bound,
		       uint64_t *number, struct sixpn_error *error)
{
	sqlite3_stmt *row = sqlite->statements[statement];
	int ret = 0, rc = bound ? bound : sqlite3_step(row);

	*number = 0;
	if (rc == SQLITE_ROW)
		*number = (uint64_t)sqlite3_column_int64(row, 0);
	else if (rc != SQLITE_DONE)
		ret = sixpn_sqlite_fail(sqlite, rc, error);
	sqlite3_reset(row);
	sqlite3_clear_bindings(row);
	return ret;
}

static int check_condition(struct sixpn_sqlite *sqlite,
			   const struct sixpn_store_condition *condition,
			   struct sixpn_error *error)
{
	sqlite3_stmt *stmt = sqlite->statements[SIXPN_SQLITE_REVISION];
	uint64_t revision;
	int ret;

	ret = read_number(sqlite, SIXPN_SQLITE_REVISION,
			  sqlite3_bind_text(stmt, 1, condition->key, -1,
					    SQLITE_STATIC), &revision, error);
	if (!ret && revision != condition->revision)
		ret = sixpn_error_set(error, -EAGAIN,
				      "key %s was changed in the meantime",
				      condition->key);
	return ret;
}

static int check_lease(struct sixpn_sqlite *sqlite,
		       const struct sixpn_store_change *change,
		       struct sixpn_error *error)
{
	sqlite3_stmt *stmt = sqlite->statements[SIXPN_SQLITE_LEASE_EXISTS];
	uint64_t found;
	int ret;

	if (!change->value || !change->lease)
		return 0;
	ret = read_number(sqlite, SIXPN_SQLITE_LEASE_EXISTS,
			  sqlite3_bind_int64(stmt, 1, (int64_t)change->lease),
			  &found, error);
	if (!ret && !found)
		ret = sixpn_error_set(error, -ESTALE,
				      "the lease of key %s has run out",
				      change->key);
	return ret;
}

static int check(struct sixpn_sqlite *sqlite,
		 const struct sixpn_store_condition *conditions,
		 size_t condition_count,
		 const struct sixpn_store_change *changes, size_t change_count,
		 struct sixpn_error *error)
{
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < condition_count; i++)
		ret = check_condition(sqlite, &conditions[i], error);
	for (i = 0; !ret && i < change_count; i++)
		ret = check_lease(sqlite, &changes[i], error);
	return ret;
}

static int bind_value(sqlite3_stmt *stmt, int index,
		      const struct sixpn_store_change *change)
{
	if (!change->value)
		return sqlite3_bind_null(stmt, index);
	return sqlite3_bind_blob64(stmt, index, change->value, change->length,
				   SQLITE_STATIC);
}

static int write_log(struct sixpn_sqlite *sqlite,
		     struct sixpn_sqlite_head *head, uint64_t revision,
		     const struct sixpn_store_change *change,
		     struct sixpn_error *error)
{
	sqlite3_stmt *stmt = sqlite->statements[SIXPN_SQLITE_LOG];
	int rc = sqlite3_bind_text(stmt, 1, change->key, -1, SQLITE_STATIC);

	if (!rc)
		rc = sqlite3_bind_int64(stmt, 2, (int64_t)revision);
	if (!rc)
		rc = bind_value(stmt, 3, change);
	head->revision = revision;
	head->log_bytes += change->length;
	return sixpn_sqlite_run(sqlite, SIXPN_SQLITE_LOG, rc, error);
}

static int put(struct sixpn_sqlite *sqlite, uint64_t revision,
	       const struct sixpn_store_change *change,
	       struct sixpn_error *error)
{
	sqlite3_stmt *stmt = sqlite->statements[SIXPN_SQLITE_PUT];
	int rc = sqlite3_bind_text(stmt, 1, change->key, -1, SQLITE_STATIC);

	if (!rc)
		rc = sqlite3_bind_int64(stmt, 2, (int64_t)revision);
	if (!rc && change->lease)
		rc = sqlite3_bind_int64(stmt, 3, (int64_t)change->lease);
	if (!rc)
		rc = bind_value(stmt, 4, change);
	return sixpn_sqlite_run(sqlite, SIXPN_SQLITE_PUT, rc, error);
}

/* @there: set to whether there was something to delete */
static int delete(struct sixpn_sqlite *sqlite, const char *key, bool *there,
		  struct sixpn_error *error)
{
	sqlite3_stmt *stmt = sqlite->statements[SIXPN_SQLITE_DELETE];
	int ret;

	ret = sixpn_sqlite_run(sqlite, SIXPN_SQLITE_DELETE,
			       sqlite3_bind_text(stmt, 1, key, -1,
						 SQLITE_STATIC), error);
	*there = !ret && sqlite3_changes(sqlite->db);
	return ret;
}

static int apply(struct sixpn_sqlite *sqlite, struct sixpn_sqlite_head *head,
		 const struct sixpn_store_change *changes, size_t count,
		 struct sixpn_error *error)
{
	uint64_t revision = head->revision + 1;
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < count; i++) {
		bool changed = true;

		if (changes[i].value)
			ret = put(sqlite, revision, &changes[i], error);
		else
			ret = delete(sqlite, changes[i].key, &changed, error);
		if (!ret && changed)
			ret = write_log(sqlite, head, revision, &changes[i],
					error);
	}
	return ret;
}

static int sqlite_commit(struct sixpn_store *store,
			 const struct sixpn_store_condition *conditions,
			 size_t condition_count,
			 const struct sixpn_store_change *changes,
			 size_t change_count, uint64_t *revision,
			 struct sixpn_error *error)
{
	struct sixpn_sqlite *sqlite = sixpn_sqlite(store);
	struct sixpn_sqlite_head head;
	int ret;

	ret = sixpn_sqlite_begin(sqlite, SIXPN_SQLITE_BEGIN_WRITE, &head,
				 error);
	if (ret)
		return ret;
	ret = check(sqlite, conditions, condition_count, changes, change_count,
		    error);
	if (!ret)
		ret = apply(sqlite, &head, changes, change_count, error);
	if (ret) {
		sixpn_sqlite_rollback(sqlite);
		return ret;
	}
	ret = sixpn_sqlite_commit_head(sqlite, &head, error);
	if (!ret && revision)
		*revision = head.revision;
	return ret;
}

const struct sixpn_store_backend sixpn_store_sqlite = {
	.scheme = "sqlite",
	.open = sixpn_sqlite_open,
	.close = sixpn_sqlite_close,
	.get = sqlite_get,
	.list = sqlite_list,
	.commit = sqlite_commit,
	.lease_grant = sixpn_sqlite_lease_grant,
	.lease_renew = sixpn_sqlite_lease_renew,
	.lease_revoke = sixpn_sqlite_lease_revoke,
	.watch_open = sixpn_sqlite_watch_open,
	.watch_fd = sixpn_sqlite_watch_fd,
	.watch_read = sixpn_sqlite_watch_read,
	.watch_close = sixpn_sqlite_watch_close,
};
