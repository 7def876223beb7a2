// SPDX-License-Identifier: GPL-2.0-or-later
#include "store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STRING(x) #x
#define TEXT(x) STRING(x)

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define WAL_RETRY_MS 10
#define SMALLEST 512	/* bytes of a page, and so of a file with something in it */

/*
 * Numbers in "log" have no gaps and rise with the revision. A value of NULL in
 * it is a deletion. A lease has a number that is never used again.
 */
static const char schema[] =
	"CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1),"
	" revision INTEGER NOT NULL, oldest INTEGER NOT NULL,"
	" log_bytes INTEGER NOT NULL, boot TEXT NOT NULL);"
	"INSERT INTO head VALUES (1, 0, 1, 0, '');"
	"CREATE TABLE entries (key TEXT PRIMARY KEY NOT NULL,"
	" revision INTEGER NOT NULL, lease INTEGER, value BLOB NOT NULL);"
	"CREATE INDEX entries_lease ON entries (lease)"
	" WHERE lease IS NOT NULL;"
	"CREATE TABLE log (number INTEGER PRIMARY KEY,"
	" revision INTEGER NOT NULL, key TEXT NOT NULL, value BLOB);"
	"CREATE INDEX log_revision ON log (revision);"
	"CREATE TABLE leases (lease INTEGER PRIMARY KEY AUTOINCREMENT,"
	" milliseconds INTEGER NOT NULL, deadline INTEGER NOT NULL);"
	"CREATE INDEX leases_deadline ON leases (deadline);"
	"PRAGMA application_id = " TEXT(SIXPN_SQLITE_APPLICATION_ID) ";"
	"PRAGMA user_version = " TEXT(SIXPN_SQLITE_SCHEMA) ";";

#define LAPSED "(SELECT lease FROM leases WHERE deadline <= ?1)"

static const char *const statements[SIXPN_SQLITE_STATEMENT_COUNT] = {
	[SIXPN_SQLITE_BEGIN_READ] = "BEGIN",
	[SIXPN_SQLITE_BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[SIXPN_SQLITE_COMMIT] = "COMMIT",
	[SIXPN_SQLITE_ROLLBACK] = "ROLLBACK",
	/* boot, now */
	[SIXPN_SQLITE_GET_HEAD] =
		"SELECT revision, oldest, log_bytes, boot <> ?1,"
		" EXISTS (SELECT 1 FROM leases WHERE deadline <= ?2) FROM head",
	/* revision, oldest, log_bytes, boot */
	[SIXPN_SQLITE_SET_HEAD] =
		"UPDATE head SET revision = ?1, oldest = ?2, log_bytes = ?3,"
		" boot = ?4",
	/* key */
	[SIXPN_SQLITE_GET] =
		"SELECT key, revision, value FROM entries WHERE key = ?1",
	/* first key, end */
	[SIXPN_SQLITE_LIST] =
		"SELECT key, revision, value FROM entries"
		" WHERE key >= ?1 AND key < ?2 ORDER BY key",
	/* key */
	[SIXPN_SQLITE_REVISION] = "SELECT revision FROM entries WHERE key = ?1",
	/* key, revision, lease, value */
	[SIXPN_SQLITE_PUT] =
		"REPLACE INTO entries (key, revision, lease, value)"
		" VALUES (?1, ?2, ?3, ?4)",
	/* key */
	[SIXPN_SQLITE_DELETE] = "DELETE FROM entries WHERE key = ?1",
	/* key, revision, value */
	[SIXPN_SQLITE_LOG] =
		"INSERT INTO log (key, revision, value) VALUES (?1, ?2, ?3)",
	[SIXPN_SQLITE_LOG_OLDEST] =
		"SELECT revision, length(value),"
		" (SELECT max(number) FROM log) - number + 1"
		" FROM log ORDER BY number",
	/* oldest revision that stays */
	[SIXPN_SQLITE_LOG_PRUNE] = "DELETE FROM log WHERE revision < ?1",
	/* first key, end, revision, number after which */
	[SIXPN_SQLITE_LOG_FROM] =
		"SELECT key, revision, value, number FROM log"
		" WHERE key >= ?1 AND key < ?2 AND revision >= ?3"
		" AND number > ?4 ORDER BY revision, number",
	/* milliseconds, deadline */
	[SIXPN_SQLITE_LEASE_GRANT] =
		"INSERT INTO leases (milliseconds, deadline) VALUES (?1, ?2)",
	/* lease, now */
	[SIXPN_SQLITE_LEASE_EXTEND] =
		"UPDATE leases SET deadline = ?2 + milliseconds"
		" WHERE lease = ?1",
	/* lease */
	[SIXPN_SQLITE_LEASE_END] =
		"UPDATE leases SET deadline = -1 WHERE lease = ?1",
	[SIXPN_SQLITE_LEASE_EXISTS] = "SELECT 1 FROM leases WHERE lease = ?1",
	/* now, revision */
	[SIXPN_SQLITE_LAPSED_LOG] =
		"INSERT INTO log (key, revision)"
		" SELECT key, ?2 FROM entries WHERE lease IN " LAPSED
		" ORDER BY key",
	/* now */
	[SIXPN_SQLITE_LAPSED_KEYS] =
		"DELETE FROM entries WHERE lease IN " LAPSED,
	[SIXPN_SQLITE_LAPSED_LEASES] = "DELETE FROM leases WHERE deadline <= ?1",
};

/* --- Errors. --- */

static int system_fail(struct sixpn_sqlite *sqlite, int code,
		       struct sixpn_error *error)
{
	int why = sqlite->db ? sqlite3_system_errno(sqlite->db) : 0;

	if (!why)
		why = code;
	return sixpn_error_set(error, -why, "registry %s: %s", sqlite->path,
			       strerror(why));
}

int sixpn_sqlite_fail(struct sixpn_sqlite *sqlite, int rc,
		      struct sixpn_error *error)
{
	const char *path = sqlite->path;

	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return sixpn_error_set(error, -EBUSY,
				       "registry %s: other processes have kept it busy for %u ms, nothing was changed",
				       path, sqlite->timeout_ms);
	case SQLITE_FULL:
		return sixpn_error_set(error, -ENOSPC,
				       "registry %s: the disk is full, make room on it",
				       path);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return sixpn_error_set(error, -EACCES,
				       "registry %s: may not be written, see the owner and mode of it and of its folder",
				       path);
	case SQLITE_CORRUPT:
		return sixpn_error_set(error, -EUCLEAN,
				       "registry %s: is damaged, put a copy of it in its place",
				       path);
	case SQLITE_NOTADB:
		return sixpn_error_set(error, -EPROTO,
				       "%s is not a registry of sixpn, name another file",
				       path);
	case SQLITE_NOMEM:
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	case SQLITE_CANTOPEN:
		return system_fail(sqlite, EACCES, error);
	case SQLITE_IOERR:
		return system_fail(sqlite, EIO, error);
	default:
		return sixpn_error_set(error, -EIO, "registry %s: %s", path,
				       sqlite3_errstr(rc));
	}
}

/* --- The file. --- */

static int sync_folder(const char *path)
{
	char *copy = strdup(path);
	int fd, ret = 0;

	if (!copy)
		return -ENOMEM;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd))
		ret = -errno;
	if (fd >= 0)
		close(fd);
	free(copy);
	return ret;
}

/*
 * A file that is there is not opened here: closing it again would drop the locks
 * that another store of this process has on it.
 */
static int make_file(const char *path, struct sixpn_error *error)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int ret = 0;

	if (fd < 0 && errno == EEXIST)
		return 0;
	/* The umask may have taken more than it should. */
	if (fd < 0 || fchmod(fd, 0600))
		ret = -errno;
	if (fd >= 0)
		close(fd);
	if (!ret)
		ret = sync_folder(path);
	if (ret)
		return sixpn_error_set(error, ret,
				       "registry %s cannot be made: %s", path,
				       strerror(-ret));
	return 0;
}

static int check_file(const char *path, struct sixpn_error *error)
{
	struct stat st;

	if (stat(path, &st))
		return sixpn_error_set(error, -errno, "registry %s: %s", path,
				       strerror(errno));
	if (!S_ISREG(st.st_mode))
		return sixpn_error_set(error, -EPROTO,
				       "%s is not a registry of sixpn, but no file at all",
				       path);
	/* SQLite takes one byte for none, and would write over it. */
	if (st.st_size && st.st_size < SMALLEST)
		return sixpn_error_set(error, -EPROTO,
				       "%s is not a registry of sixpn, name another file",
				       path);
	return 0;
}

/* SQLite would take ":memory:" and "file:..." for something else. */
static char *plain_path(const char *where)
{
	char *path;

	if (*where == '/')
		return strdup(where);
	return asprintf(&path, "./%s", where) < 0 ? NULL : path;
}

static int read_boot(struct sixpn_sqlite *sqlite, struct sixpn_error *error)
{
	int fd = open(BOOT_ID, O_RDONLY | O_CLOEXEC);
	ssize_t length = -1;

	if (fd >= 0) {
		length = read(fd, sqlite->boot, sizeof(sqlite->boot) - 1);
		close(fd);
	}
	if (length <= 0)
		return sixpn_error_set(error, -EIO, "%s cannot be read",
				       BOOT_ID);
	sqlite->boot[strcspn(sqlite->boot, "\n")] = '\0';
	return 0;
}

static int connect_file(struct sixpn_sqlite *sqlite, struct sixpn_error *error)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
		    SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
	int rc = sqlite3_open_v2(sqlite->path, &sqlite->db, flags, NULL);

	if (rc)
		return sixpn_sqlite_fail(sqlite, rc, error);
	if (sqlite3_db_readonly(sqlite->db, "main"))
		return sixpn_sqlite_fail(sqlite, SQLITE_READONLY, error);
	sqlite3_busy_timeout(sqlite->db, (int)sqlite->timeout_ms);
	return 0;
}

/* --- The schema. --- */

static int run_text(struct sixpn_sqlite *sqlite, const char *text,
		    struct sixpn_error *error)
{
	int rc = sqlite3_exec(sqlite->db, text, NULL, NULL, NULL);

	return rc ? sixpn_sqlite_fail(sqlite, rc, error) : 0;
}

static int check_ids(struct sixpn_sqlite *sqlite, sqlite3_stmt *row, bool *empty,
		     struct sixpn_error *error)
{
	int application = sqlite3_column_int(row, 0);
	int version = sqlite3_column_int(row, 1);

	*empty = !application && !version && !sqlite3_column_int(row, 2);
	if (*empty)
		return 0;
	if (application != SIXPN_SQLITE_APPLICATION_ID || version < 1)
		return sixpn_sqlite_fail(sqlite, SQLITE_NOTADB, error);
	if (version > SIXPN_SQLITE_SCHEMA)
		return sixpn_error_set(error, -EPROTO,
				       "registry %s was written by a later version of sixpn",
				       sqlite->path);
	return 0;
}

/* Nothing is written: the file may be somebody else's. */
static int identify(struct sixpn_sqlite *sqlite, bool *empty,
		    struct sixpn_error *error)
{
	sqlite3_stmt *row = NULL;
	int ret, rc;

	rc = sqlite3_prepare_v2(sqlite->db,
				"SELECT application_id, user_version,"
				" (SELECT count(*) FROM sqlite_master)"
				" FROM pragma_application_id, pragma_user_version",
				-1, &row, NULL);
	if (!rc)
		rc = sqlite3_step(row);
	if (rc == SQLITE_ROW)
		ret = check_ids(sqlite, row, empty, error);
	else
		ret = sixpn_sqlite_fail(sqlite, rc, error);
	sqlite3_finalize(row);
	return ret;
}

/* Return: SQLITE_OK, SQLITE_BUSY, SQLITE_MISMATCH (the mode stayed), ... */
static int try_wal(struct sixpn_sqlite *sqlite)
{
	sqlite3_stmt *row = NULL;
	int rc;

	rc = sqlite3_prepare_v2(sqlite->db, "PRAGMA journal_mode = WAL", -1,
				&row, NULL);
	if (!rc)
		rc = sqlite3_step(row);
	if (rc == SQLITE_ROW)
		rc = !strcmp((const char *)sqlite3_column_text(row, 0),
			     "wal") ? SQLITE_OK : SQLITE_MISMATCH;
	sqlite3_finalize(row);
	return rc;
}

/* SQLite does not wait by itself for those who are changing the mode too. */
static int set_wal(struct sixpn_sqlite *sqlite, struct sixpn_error *error)
{
	struct timespec pause = { .tv_nsec = WAL_RETRY_MS * 1000000 };
	int64_t end = sixpn_sqlite_now() + sqlite->timeout_ms;
	int rc = try_wal(sqlite);

	while ((rc & 0xff) == SQLITE_BUSY && sixpn_sqlite_now() < end) {
		nanosleep(&pause, NULL);
		rc = try_wal(sqlite);
	}
	if (rc == SQLITE_MISMATCH)
		return sixpn_error_set(error, -EOPNOTSUPP,
				       "registry %s: its file system does not let processes share it",
				       sqlite->path);
	return rc ? sixpn_sqlite_fail(sqlite, rc, error) : 0;
}

/* Nothing of it, or all: an interrupted one leaves an empty file. */
static int set_up(struct sixpn_sqlite *sqlite, struct sixpn_error *error)
{
	bool empty;
	int ret;

	ret = run_text(sqlite, "BEGIN IMMEDIATE", error);
	if (ret)
		return ret;
	ret = identify(sqlite, &empty, error);
	if (!ret && empty)
		ret = run_text(sqlite, schema, error);
	if (!ret)
		ret = run_text(sqlite, "COMMIT", error);
	if (ret)
		sqlite3_exec(sqlite->db, "ROLLBACK", NULL, NULL, NULL);
	return ret;
}

static int prepare(struct sixpn_sqlite *sqlite, struct sixpn_error *error)
{
	int rc = SQLITE_OK;
	size_t i;

	for (i = 0; !rc && i < SIXPN_SQLITE_STATEMENT_COUNT; i++)
		rc = sqlite3_prepare_v3(sqlite->db, statements[i], -1,
					SQLITE_PREPARE_PERSISTENT,
					&sqlite->statements[i], NULL);
	/* A table or a column is not there. */
	if (rc == SQLITE_ERROR)
		rc = SQLITE_NOTADB;
	return rc ? sixpn_sqlite_fail(sqlite, rc, error) : 0;
}

static int open_path(struct sixpn_sqlite *sqlite, struct sixpn_error *error)
{
	bool empty = false;
	int ret = read_boot(sqlite, error);

	if (!ret)
		ret = make_file(sqlite->path, error);
	if (!ret)
		ret = check_file(sqlite->path, error);
	if (!ret)
		ret = connect_file(sqlite, error);
	if (!ret)
		ret = identify(sqlite, &empty, error);
	if (!ret)
		ret = set_wal(sqlite, error);
	if (!ret)
		ret = run_text(sqlite, "PRAGMA synchronous = FULL", error);
	if (!ret && empty)
		ret = set_up(sqlite, error);
	return ret ? ret : prepare(sqlite, error);
}

int sixpn_sqlite_open(struct sixpn_store **store, const char *where,
		      const struct sixpn_store_options *options,
		      struct sixpn_error *error)
{
	struct sixpn_sqlite *sqlite = calloc(1, sizeof(*sqlite));
	int ret;

	if (!sqlite)
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	sqlite->store.backend = &sixpn_store_sqlite;
	sqlite->timeout_ms = options->timeout_ms < INT_MAX ?
				     options->timeout_ms : INT_MAX;
	sqlite->path = plain_path(where);
	if (!sqlite->path)
		ret = sixpn_error_set(error, -ENOMEM, "out of memory");
	else
		ret = open_path(sqlite, error);
	if (ret)
		sixpn_sqlite_close(&sqlite->store);
	else
		*store = &sqlite->store;
	return ret;
}

void sixpn_sqlite_close(struct sixpn_store *store)
{
	struct sixpn_sqlite *sqlite = sixpn_sqlite(store);
	size_t i;

	for (i = 0; i < SIXPN_SQLITE_STATEMENT_COUNT; i++)
		sqlite3_finalize(sqlite->statements[i]);
	sqlite3_close(sqlite->db);
	free(sqlite->path);
	free(sqlite);
}
