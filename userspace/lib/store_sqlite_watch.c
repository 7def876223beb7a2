// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SQLite does not tell other processes of changes. A writer touches the file
 * after each, which inotify sees: a wake-up that comes earlier, by a write to
 * the WAL, would find the transaction not yet there. A writer that is killed
 * before it has touched the file, and a lease that runs out while all are
 * asleep, wait for the timer.
 */
#include "store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

/**
 * struct sixpn_sqlite_watch - a watch
 * @sqlite: borrowed
 * @revision: changes from this one on may not have been told
 * @number: last change in the log that was told
 * @poll_fd: of the two below
 * @notify_fd: -1 if there is none
 */
struct sixpn_sqlite_watch {
	struct sixpn_store_watch watch;	/* first */
	struct sixpn_sqlite *sqlite;
	char prefix[SIXPN_STORE_KEY_MAX + 1];
	char end[SIXPN_STORE_KEY_MAX + 2];
	uint64_t revision;
	uint64_t number;
	int poll_fd;
	int timer_fd;
	int notify_fd;
};

void sixpn_sqlite_ring(struct sixpn_sqlite *sqlite)
{
	/* If it fails, the timers will do. */
	(void)!utimensat(AT_FDCWD, sqlite3_db_filename(sqlite->db, "main"),
			 NULL, 0);
}

/* --- The descriptor. --- */

/* Let the timer expire, and at its pace from then on. */
static int wake(struct sixpn_sqlite_watch *watch)
{
	struct itimerspec now = {
		.it_value.tv_nsec = 1,
		.it_interval.tv_nsec = SIXPN_SQLITE_POLL_MS * 1000000L,
	};

	return timerfd_settime(watch->timer_fd, 0, &now, NULL) ? -errno : 0;
}

/* Before looking, so that what comes after that wakes again. */
static void drain(struct sixpn_sqlite_watch *watch)
{
	char events[4096];
	uint64_t expired;

	(void)!read(watch->timer_fd, &expired, sizeof(expired));
	if (watch->notify_fd < 0)
		return;
	while (read(watch->notify_fd, events, sizeof(events)) > 0)
		;
}

static int add_fd(struct sixpn_sqlite_watch *watch, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return epoll_ctl(watch->poll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno :
								     0;
}

/* A user may have few of these; without, changes are told a little later. */
static void open_notify(struct sixpn_sqlite_watch *watch)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd < 0)
		return;
	if (inotify_add_watch(fd, sqlite3_db_filename(watch->sqlite->db, "main"),
			      IN_ATTRIB) < 0 || add_fd(watch, fd))
		close(fd);
	else
		watch->notify_fd = fd;
}

static int open_fds(struct sixpn_sqlite_watch *watch)
{
	int ret;

	watch->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (watch->poll_fd < 0)
		return -errno;
	watch->timer_fd = timerfd_create(CLOCK_MONOTONIC,
					 TFD_NONBLOCK | TFD_CLOEXEC);
	if (watch->timer_fd < 0)
		return -errno;
	ret = add_fd(watch, watch->timer_fd);
	if (!ret)
		ret = wake(watch);
	if (!ret)
		open_notify(watch);
	return ret;
}

/* --- Reading. --- */

static int begin(struct sixpn_sqlite *sqlite, struct sixpn_sqlite_head *head,
		 struct sixpn_error *error)
{
	return sixpn_sqlite_begin(sqlite, SIXPN_SQLITE_BEGIN_READ, head, error);
}

static int tell(struct sixpn_sqlite_watch *watch, sqlite3_stmt *row,
		sixpn_store_visit visit, void *data, struct sixpn_error *error)
{
	struct sixpn_store_entry entry = {
		.key = (const char *)sqlite3_column_text(row, 0),
		.revision = (uint64_t)sqlite3_column_int64(row, 1),
	};
	bool deleted = sqlite3_column_type(row, 2) == SQLITE_NULL;

	if (!deleted)
		entry.value = sixpn_sqlite_value(row, 2, &entry.length);
	if (!entry.key || (!entry.value && !deleted))
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	watch->revision = entry.revision;
	watch->number = (uint64_t)sqlite3_column_int64(row, 3);
	return visit(data, &entry);
}

static int bind_range(const struct sixpn_sqlite_watch *watch,
		      sqlite3_stmt *stmt)
{
	int rc = sqlite3_bind_text(stmt, 1, watch->prefix, -1, SQLITE_STATIC);

	if (!rc)
		rc = sqlite3_bind_text(stmt, 2, watch->end, -1, SQLITE_STATIC);
	if (!rc)
		rc = sqlite3_bind_int64(stmt, 3, (int64_t)watch->revision);
	if (!rc)
		rc = sqlite3_bind_int64(stmt, 4, (int64_t)watch->number);
	return rc;
}

static int tell_all(struct sixpn_sqlite_watch *watch, sixpn_store_visit visit,
		    void *data, struct sixpn_error *error)
{
	struct sixpn_sqlite *sqlite = watch->sqlite;
	sqlite3_stmt *row = sqlite->statements[SIXPN_SQLITE_LOG_FROM];
	int ret = 0, rc = bind_range(watch, row);

	if (!rc)
		rc = sqlite3_step(row);
	while (rc == SQLITE_ROW) {
		ret = tell(watch, row, visit, data, error);
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

static int read_changes(struct sixpn_sqlite_watch *watch,
			const struct sixpn_sqlite_head *head,
			sixpn_store_visit visit, void *data,
			struct sixpn_error *error)
{
	int ret;

	if (head->revision < watch->revision)
		return 0;
	if (watch->revision < head->oldest)
		return sixpn_error_set(error, -EOVERFLOW,
				       "registry %s has forgotten what was changed before revision %llu",
				       watch->sqlite->path,
				       (unsigned long long)head->oldest);
	ret = tell_all(watch, visit, data, error);
	if (!ret)
		watch->revision = head->revision + 1;
	return ret;
}

int sixpn_sqlite_watch_read(struct sixpn_store_watch *watch,
			    sixpn_store_visit visit, void *data,
			    struct sixpn_error *error)
{
	struct sixpn_sqlite_watch *mine = (struct sixpn_sqlite_watch *)watch;
	struct sixpn_sqlite_head head;
	int ret;

	drain(mine);
	ret = begin(mine->sqlite, &head, error);
	if (ret)
		return ret;
	ret = read_changes(mine, &head, visit, data, error);
	sixpn_sqlite_rollback(mine->sqlite);
	/* There may be more. */
	if (ret)
		wake(mine);
	return ret;
}

/* --- Opening and closing. --- */

int sixpn_sqlite_watch_open(struct sixpn_store_watch **watch,
			    struct sixpn_store *store, const char *prefix,
			    uint64_t revision, struct sixpn_error *error)
{
	struct sixpn_sqlite_watch *mine = calloc(1, sizeof(*mine));
	struct sixpn_sqlite_head head;
	int ret;

	if (!mine)
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	mine->watch.backend = store->backend;
	mine->sqlite = sixpn_sqlite(store);
	mine->poll_fd = mine->timer_fd = mine->notify_fd = -1;
	strcpy(mine->prefix, prefix);
	sixpn_sqlite_range_end(mine->end, prefix);
	ret = open_fds(mine);
	if (ret)
		sixpn_error_set(error, ret, "registry %s cannot be watched: %s",
				mine->sqlite->path, strerror(-ret));
	else
		ret = begin(mine->sqlite, &head, error);
	if (ret) {
		sixpn_sqlite_watch_close(&mine->watch);
		return ret;
	}
	sixpn_sqlite_rollback(mine->sqlite);
	mine->revision = revision ? revision : head.revision + 1;
	*watch = &mine->watch;
	return 0;
}

int sixpn_sqlite_watch_fd(const struct sixpn_store_watch *watch)
{
	return ((const struct sixpn_sqlite_watch *)watch)->poll_fd;
}

void sixpn_sqlite_watch_close(struct sixpn_store_watch *watch)
{
	struct sixpn_sqlite_watch *mine = (struct sixpn_sqlite_watch *)watch;

	if (mine->notify_fd >= 0)
		close(mine->notify_fd);
	if (mine->timer_fd >= 0)
		close(mine->timer_fd);
	if (mine->poll_fd >= 0)
		close(mine->poll_fd);
	free(mine);
}
