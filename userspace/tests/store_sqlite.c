// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is particular to a store in an SQLite file: the file, the log's length,
 * leases of an earlier boot, and files that are not what they should be.
 */
#include "store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store_test.h"

#define NOBODY 65534
#define OPENERS 6

static char folder[] = "/tmp/sixpn-sqlite-XXXXXX";
static char path[64], where[80];

/* A new name for each test. */
static void new_path(void)
{
	static int number;

	snprintf(path, sizeof(path), "%s/%d", folder, ++number);
	snprintf(where, sizeof(where), "sqlite:%s", path);
}

/* As somebody with another program would. */
static bool raw(const char *text)
{
	sqlite3 *db = NULL;
	bool ok;

	ok = !sqlite3_open(path, &db) &&
	     !sqlite3_exec(db, text, NULL, NULL, NULL);
	if (!ok)
		test_note("%s: %s", text, sqlite3_errmsg(db));
	sqlite3_close(db);
	return ok;
}

static bool write_file(const void *data, size_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	bool ok = fd >= 0 && write(fd, data, length) == (ssize_t)length;

	if (fd >= 0)
		close(fd);
	return ok;
}

static size_t read_file(char *data, size_t room)
{
	int fd = open(path, O_RDONLY);
	ssize_t length = fd < 0 ? -1 : read(fd, data, room);

	if (fd >= 0)
		close(fd);
	return length < 0 ? 0 : (size_t)length;
}

/* Opening fails with @code, a sentence and the path in it. */
static bool refuses(int code, const char *sentence)
{
	struct sixpn_error error = { 0 };
	struct sixpn_store *store;
	int ret = sixpn_store_open(&store, where, NULL, &error);

	if (!ret)
		sixpn_store_close(store);
	if (ret == code && strstr(error.text, path) &&
	    strstr(error.text, sentence))
		return true;
	test_note("%d, %s", ret, error.text);
	return false;
}

/* --- The file. --- */

static int open_once(const char *name, int number)
{
	struct sixpn_store *store = store_test_open(name);
	int ret = !store || store_test_put(store, "a", "1", 0, NULL);

	sixpn_store_close(store);
	return ret;
}

static int open_with_umask(const char *name, int number)
{
	struct stat st;

	umask((mode_t)number);
	if (open_once(name, 0) || stat(path, &st))
		return 1;
	return (st.st_mode & 0777) == 0600 ? 0 : 2;
}

static bool in_child(store_work work, int number)
{
	struct store_worker worker;

	if (!store_test_start(&worker, work, where, number))
		return false;
	store_test_go(&worker);
	return !store_test_wait(&worker);
}

static void test_file(void)
{
	new_path();
	test_result(in_child(open_with_umask, 0), "sqlite: mode 0600");
	new_path();
	test_result(in_child(open_with_umask, 0777),
		    "sqlite: mode 0600 with a umask of 0777");
	new_path();
	test_result(write_file("", 0) && !open_once(where, 0),
		    "sqlite: an empty file");
	new_path();
	test_result(raw("VACUUM") && !open_once(where, 0),
		    "sqlite: a file whose set-up was interrupted");
}

static int number_of(struct sixpn_sqlite *sqlite, const char *text)
{
	sqlite3_stmt *row = NULL;
	int number = -1;

	if (!sqlite3_prepare_v2(sqlite->db, text, -1, &row, NULL) &&
	    sqlite3_step(row) == SQLITE_ROW)
		number = sqlite3_column_int(row, 0);
	sqlite3_finalize(row);
	return number;
}

static void test_settings(void)
{
	struct sixpn_store *store;

	new_path();
	store = store_test_open(where);
	if (!store)
		return;
	test_result(number_of(sixpn_sqlite(store), "PRAGMA synchronous") == 2,
		    "sqlite: commits wait for the disk");
	test_result(number_of(sixpn_sqlite(store),
			      "SELECT journal_mode = 'wal' FROM pragma_journal_mode") == 1,
		    "sqlite: write-ahead log");
	sixpn_store_close(store);
}

static void test_opened_together(void)
{
	struct store_worker workers[OPENERS];
	bool ok = true;
	int i, n;

	for (n = 0; n < 5; n++) {
		new_path();
		for (i = 0; i < OPENERS; i++)
			ok &= store_test_start(&workers[i], open_once, where,
					       i);
		for (i = 0; i < OPENERS; i++)
			store_test_go(&workers[i]);
		for (i = 0; i < OPENERS; i++)
			ok &= !store_test_wait(&workers[i]);
	}
	test_result(ok, "sqlite: a file that several processes set up at once");
}

/* ":memory:" and "file:..." are names like others. */
static int open_odd(const char *name, int number)
{
	static const char *const names[] = { ":memory:", "file:a?mode=memory" };
	char odd[64];

	snprintf(odd, sizeof(odd), "sqlite:%s", names[number]);
	if (chdir(folder) || open_once(odd, 0))
		return 1;
	return access(names[number], F_OK) ? 2 : 0;
}

/* --- Not a registry. --- */

/* Refused, and left as it was. */
static void test_foreign_bytes(const char *name, const void *data,
			       size_t length)
{
	char now[256];

	new_path();
	test_result(write_file(data, length) &&
		    refuses(-EPROTO, "is not a registry") &&
		    read_file(now, sizeof(now)) == length &&
		    !memcmp(now, data, length), "sqlite: %s", name);
}

static void test_foreign_database(const char *name, int code,
				  const char *sentence, const char *text)
{
	static char before[65536], after[65536];
	size_t length;

	new_path();
	if (!raw(text)) {
		test_result(false, "sqlite: %s", name);
		return;
	}
	length = read_file(before, sizeof(before));
	test_result(refuses(code, sentence) &&
		    read_file(after, sizeof(after)) == length &&
		    !memcmp(before, after, length), "sqlite: %s", name);
}

static void test_foreign(void)
{
	static const char zeros[200];

	test_foreign_bytes("a text", "[Interface]\nPrivateKey = x\n", 27);
	test_foreign_bytes("one byte", "x", 1);
	test_foreign_bytes("zeros", zeros, sizeof(zeros));
	test_foreign_database("a database of somebody else", -EPROTO,
			      "is not a registry", "CREATE TABLE t (a)");
	test_foreign_database("an empty one of somebody else", -EPROTO,
			      "is not a registry",
			      "PRAGMA application_id = 1; VACUUM");
	test_foreign_database("a version without our id", -EPROTO,
			      "is not a registry",
			      "PRAGMA user_version = 1; VACUUM");
	test_foreign_database("our id without our tables", -EPROTO,
			      "is not a registry",
			      "PRAGMA journal_mode = WAL;"
			      "PRAGMA application_id = 911232594;"
			      "PRAGMA user_version = 1; VACUUM");
	test_foreign_database("a later schema", -EPROTO,
			      "was written by a later version of sixpn",
			      "PRAGMA application_id = 911232594;"
			      "PRAGMA user_version = 2; VACUUM");
	new_path();
	test_result(!mkdir(path, 0700) && refuses(-EPROTO, "no file at all"),
		    "sqlite: a folder");
	test_result(SIXPN_SQLITE_APPLICATION_ID == 911232594,
		    "sqlite: its application id");
}

/* --- Damage. --- */

static void fill(void)
{
	struct sixpn_store *store = store_test_open(where);
	char name[16];
	int i;

	for (i = 0; store && i < 40; i++) {
		snprintf(name, sizeof(name), "key/%d", i);
		store_test_put(store, name, where, 0, NULL);
	}
	sixpn_store_close(store);
}

/* Every page but the first is garbage: found out by reading, or by opening. */
static void test_damaged(void)
{
	struct sixpn_error error = { 0 };
	struct sixpn_store *store;
	struct store_log log = { 0 };
	static char data[65536];
	size_t length;
	int ret;

	new_path();
	fill();
	length = read_file(data, sizeof(data));
	test_result(length > 8192 && !truncate(path, 4096) &&
		    refuses(-EUCLEAN, "is damaged"),
		    "sqlite: a file that was cut off");
	memset(data + 4096, 0xa5, length - 4096);
	ret = write_file(data, length) ? sixpn_store_open(&store, where, NULL,
							  &error) : -EIO;
	if (!ret) {
		ret = sixpn_store_list(store, "", store_test_visit, &log, NULL,
				       &error);
		sixpn_store_close(store);
	}
	test_result(ret == -EUCLEAN && strstr(error.text, path),
		    "sqlite: a file with garbage in it");
}

/* --- What may not be written. --- */

/* Root may write everywhere. */
static int open_as_nobody(const char *name, int number)
{
	if (!geteuid() && (setgid(NOBODY) || setuid(NOBODY)))
		return 1;
	return refuses(-EACCES, "") ? 0 : 2;
}

static void test_read_only(void)
{
	char sub[80];

	new_path();
	snprintf(sub, sizeof(sub), "%s/sub", folder);
	mkdir(sub, 0755);
	chmod(folder, 0755);
	snprintf(path, sizeof(path), "%s/sub/new", folder);
	snprintf(where, sizeof(where), "sqlite:%s", path);
	chmod(sub, 0555);
	test_result(in_child(open_as_nobody, 0),
		    "sqlite: a folder that may not be written");
	chmod(sub, 0755);
	fill();
	chmod(path, 0444);
	chmod(sub, 0555);
	test_result(in_child(open_as_nobody, 0),
		    "sqlite: a file that may not be written");
	chmod(path, 0666);
	test_result(in_child(open_as_nobody, 0),
		    "sqlite: a file that may, in a folder that may not");
	chmod(sub, 0755);
}

/* Each write past the limit fails, as on a full disk. */
static int write_too_much(const char *name, int number)
{
	static char value[SIXPN_STORE_VALUE_MAX];
	struct sixpn_store_change change = {
		.key = "big", .value = value, .length = sizeof(value),
	};
	struct rlimit limit = { 512 * 1024, 512 * 1024 };
	struct sixpn_store *store = store_test_open(name);
	struct sixpn_error error = { 0 };
	int ret;

	signal(SIGXFSZ, SIG_IGN);
	if (!store || store_test_put(store, "before", "1", 0, NULL) ||
	    setrlimit(RLIMIT_FSIZE, &limit))
		return 1;
	ret = sixpn_store_commit(store, NULL, 0, &change, 1, NULL, &error);
	if (ret >= 0 || ret == -EBUSY || !strstr(error.text, path))
		return 2;
	ret = store_test_has(store, "big", NULL) &&
	      store_test_has(store, "before", "1") &&
	      !store_test_put(store, "after", "1", 0, NULL);
	sixpn_store_close(store);
	return ret ? 0 : 3;
}

static void test_no_room(void)
{
	new_path();
	test_result(in_child(write_too_much, 0),
		    "sqlite: a change that finds no room is not made");
}

/* --- Others hold it. --- */

static void test_busy(void)
{
	struct sixpn_store_options options = { .timeout_ms = 50 };
	struct sixpn_store_change change = { .key = "a", .value = "" };
	struct sixpn_error error = { 0 };
	struct sixpn_store *store;
	sqlite3 *db = NULL;
	int64_t start;
	int ret;

	new_path();
	if (sixpn_store_open(&store, where, &options, NULL))
		return;
	store_test_put(store, "b", "1", 0, NULL);
	sqlite3_open(path, &db);
	sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	start = store_test_now();
	ret = sixpn_store_commit(store, NULL, 0, &change, 1, NULL, &error);
	test_result(ret == -EBUSY && strstr(error.text, path) &&
		    store_test_now() - start >= 40 &&
		    store_test_now() - start < STORE_TEST_LIMIT_MS,
		    "sqlite: a writer waits for the time-out, then is told");
	test_result(store_test_has(store, "b", "1"),
		    "sqlite: a reader does not wait");
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(db);
	test_result(store_test_has(store, "a", NULL) &&
		    !store_test_put(store, "a", "1", 0, NULL),
		    "sqlite: it was not done, and can be done later");
	sixpn_store_close(store);
}

struct calls {
	struct sixpn_store *store;
	int ret;
};

static int call_back(void *data, const struct sixpn_store_entry *entry)
{
	struct calls *calls = data;

	calls->ret = sixpn_store_get(calls->store, "b", store_test_visit, NULL,
				     NULL);
	return 0;
}

static void test_called_back(void)
{
	struct calls calls = { 0 };

	new_path();
	calls.store = store_test_open(where);
	if (!calls.store)
		return;
	store_test_put(calls.store, "a", "1", 0, NULL);
	test_result(!sixpn_store_get(calls.store, "a", call_back, &calls,
				     NULL) && calls.ret == -EDEADLK &&
		    store_test_has(calls.store, "a", "1"),
		    "sqlite: a visitor that calls the store is refused");
	sixpn_store_close(calls.store);
}

/* --- Leases. --- */

/* Another boot's deadline may lie far ahead of this one's clock. */
static void test_earlier_boot(void)
{
	struct sixpn_store_watch *watch = NULL;
	struct store_log log = { 0 };
	struct sixpn_store *store;
	uint64_t lease = 0, next = 0;

	new_path();
	store = store_test_open(where);
	if (!store)
		return;
	sixpn_store_lease_grant(store, 3600, &lease, NULL);
	store_test_put(store, "a", "1", lease, NULL);
	store_test_put(store, "b", "1", 0, NULL);
	sixpn_store_close(store);
	store = store_test_open(where);
	test_result(store && store_test_has(store, "a", "1"),
		    "sqlite: a lease outlives the process");
	sixpn_store_watch_open(&watch, store, "", 0, NULL);
	/* Nobody rings for what comes: the timer must do it. */
	sixpn_store_watch_read(watch, store_test_visit, &log, NULL);
	test_result(raw("UPDATE head SET boot = 'another'") && watch &&
		    store_test_told(watch, &log, "a! ") &&
		    store_test_lists(store, "", "b=1 "),
		    "sqlite: a lease does not outlive the boot");
	sixpn_store_lease_grant(store, 3600, &next, NULL);
	test_result(sixpn_store_lease_renew(store, lease, NULL) == -ESTALE &&
		    next > lease, "sqlite: its number is not used again");
	sixpn_store_watch_close(watch);
	sixpn_store_close(store);
}

/* No watch: each kind of call sees to it by itself. */
static void test_lapsed(void)
{
	struct sixpn_store_condition condition = { .key = "a" };
	struct sixpn_store_change change = { .key = "b", .value = "" };
	struct sixpn_store *store;
	bool ok[3] = { false };
	uint64_t lease;
	int i;

	new_path();
	store = store_test_open(where);
	for (i = 0; store && i < 3; i++) {
		sixpn_store_lease_grant(store, 3600, &lease, NULL);
		store_test_put(store, "a", "1", lease, NULL);
		raw("UPDATE leases SET deadline = 0");
		if (i == 0)
			ok[i] = store_test_has(store, "a", NULL);
		else if (i == 1)
			ok[i] = store_test_lists(store, "a", "");
		else
			ok[i] = !sixpn_store_commit(store, &condition, 1,
						    &change, 1, NULL, NULL);
	}
	test_result(store && ok[0], "sqlite: get ends leases");
	test_result(store && ok[1], "sqlite: list ends leases");
	test_result(store && ok[2], "sqlite: commit ends leases");
	sixpn_store_close(store);
}

/* --- Waking. --- */

static bool is_readable(const struct sixpn_store_watch *watch)
{
	struct pollfd fd = {
		.fd = sixpn_store_watch_fd(watch),
		.events = POLLIN,
	};

	/* Well below the pace of the timer. */
	return poll(&fd, 1, SIXPN_SQLITE_POLL_MS / 5) == 1;
}

static void test_wakes(void)
{
	struct store_log log = { .stop_at = 1 };
	struct sixpn_store_watch *watch;
	struct sixpn_store *store;

	new_path();
	store = store_test_open(where);
	if (!store || sixpn_store_watch_open(&watch, store, "", 0, NULL))
		return;
	sixpn_store_watch_read(watch, store_test_visit, &log, NULL);
	store_test_put(store, "a", "1", 0, NULL);
	store_test_put(store, "b", "1", 0, NULL);
	test_result(is_readable(watch), "sqlite: a change wakes at once");
	test_result(sixpn_store_watch_read(watch, store_test_visit, &log,
					   NULL) == 42 && is_readable(watch),
		    "sqlite: what was not told wakes again");
	sixpn_store_watch_close(watch);
	sixpn_store_close(store);
}

/* --- The log. --- */

/* Changes of one transaction: @count keys. */
static void put_many(struct sixpn_store *store, int count, const char *value,
		     size_t length)
{
	struct sixpn_store_change changes[SIXPN_STORE_TXN_MAX];
	char keys[SIXPN_STORE_TXN_MAX][20];
	int i;

	for (i = 0; i < count; i++) {
		snprintf(keys[i], sizeof(keys[i]), "many/%d", i);
		changes[i] = (struct sixpn_store_change){
			.key = keys[i], .value = value, .length = length,
		};
	}
	sixpn_store_commit(store, NULL, 0, changes, (size_t)count, NULL, NULL);
}

static void test_pruned(void)
{
	struct sixpn_store_watch *behind = NULL, *ahead = NULL;
	struct sixpn_error error = { 0 };
	struct store_log log = { 0 };
	struct sixpn_store *store;
	int i, ret;

	new_path();
	store = store_test_open(where);
	if (!store)
		return;
	store_test_put(store, "a", "1", 0, NULL);
	sixpn_store_watch_open(&behind, store, "a", 0, NULL);
	sixpn_store_watch_open(&ahead, store, "a", 0, NULL);
	store_test_put(store, "a", "2", 0, NULL);
	sixpn_store_watch_read(ahead, store_test_visit, &log, NULL);
	for (i = 0; i < SIXPN_SQLITE_LOG_ROWS / SIXPN_STORE_TXN_MAX; i++)
		put_many(store, SIXPN_STORE_TXN_MAX, "", 0);
	sixpn_store_watch_read(ahead, store_test_visit, &log, NULL);
	put_many(store, SIXPN_STORE_TXN_MAX, "", 0);
	test_result(number_of(sixpn_sqlite(store),
			      "SELECT count(*) > 9800 AND count(*) <= 10000 FROM log") == 1,
		    "sqlite: the log does not grow for ever");
	ret = sixpn_store_watch_read(behind, store_test_visit, &log, &error);
	test_result(ret == -EOVERFLOW && strstr(error.text, path) &&
		    sixpn_store_watch_read(behind, store_test_visit, &log,
					   NULL) == -EOVERFLOW,
		    "sqlite: a watch that fell behind is told");
	store_test_put(store, "a", "3", 0, NULL);
	test_result(store_test_told(ahead, &log, "a=2 a=3 "),
		    "sqlite: one that did not goes on");
	sixpn_store_watch_close(behind);
	sixpn_store_watch_close(ahead);
	sixpn_store_close(store);
}

static void test_pruned_bytes(void)
{
	static char value[SIXPN_STORE_VALUE_MAX];
	struct sixpn_store *store;
	int i;

	new_path();
	store = store_test_open(where);
	if (!store)
		return;
	for (i = 0; i < 5; i++)
		put_many(store, 16, value, sizeof(value));
	test_result(number_of(sixpn_sqlite(store),
			      "SELECT count(*) FROM log") == 64 &&
		    number_of(sixpn_sqlite(store),
			      "SELECT log_bytes = (SELECT sum(length(value)) FROM log) FROM head") == 1,
		    "sqlite: nor by large values");
	sixpn_store_close(store);
}

void test_store_sqlite(void)
{
	char command[64];

	store_test_set_prefix("");
	if (!mkdtemp(folder)) {
		test_result(false, "sqlite: a folder for its files");
		return;
	}
	test_file();
	test_settings();
	test_opened_together();
	test_result(in_child(open_odd, 0) && in_child(open_odd, 1),
		    "sqlite: names that mean something to SQLite");
	test_foreign();
	test_damaged();
	test_read_only();
	test_no_room();
	test_busy();
	test_called_back();
	test_earlier_boot();
	test_lapsed();
	test_wakes();
	test_pruned();
	test_pruned_bytes();
	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	test_result(!system(command), "sqlite: nothing is in the way");
}
