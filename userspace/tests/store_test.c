// SPDX-License-Identifier: GPL-2.0-or-later
#include "store_test.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char base[64];

void store_test_set_prefix(const char *prefix)
{
	snprintf(base, sizeof(base), "%s", prefix);
}

const char *store_test_key(const char *name)
{
	static char keys[16][SIXPN_STORE_KEY_MAX + 8];
	static unsigned int next;
	char *key = keys[next++ % 16];

	snprintf(key, sizeof(keys[0]), "%s%s", base, name);
	return key;
}

int store_test_visit(void *data, const struct sixpn_store_entry *entry)
{
	struct store_log *log = data;
	size_t used = strlen(log->text);
	const char *value = entry->value;

	if (strncmp(entry->key, base, strlen(base)) ||
	    (value && value[entry->length]))
		log->bad = true;
	if (log->count < 64)
		log->revisions[log->count] = entry->revision;
	log->count++;
	snprintf(log->text + used, sizeof(log->text) - used, "%s%s%.99s ",
		 entry->key + strlen(base), value ? "=" : "!",
		 value ? value : "");
	return log->count == log->stop_at ? 42 : 0;
}

struct sixpn_store *store_test_open(const char *where)
{
	struct sixpn_error error = { 0 };
	struct sixpn_store *store;

	if (sixpn_store_open(&store, where, NULL, &error)) {
		test_result(false, "store: open %s: %s", where, error.text);
		return NULL;
	}
	return store;
}

int store_test_put(struct sixpn_store *store, const char *name,
		   const char *value, uint64_t lease, uint64_t *revision)
{
	struct sixpn_store_change change = {
		.key = store_test_key(name),
		.value = value,
		.length = value ? strlen(value) : 0,
		.lease = lease,
	};
	struct sixpn_error error = { 0 };
	int ret;

	ret = sixpn_store_commit(store, NULL, 0, &change, 1, revision, &error);
	if (ret && ret != -ESTALE)
		test_note("put %s: %d, %s", name, ret, error.text);
	return ret;
}

bool store_test_has(struct sixpn_store *store, const char *name,
		    const char *wanted)
{
	struct sixpn_error error = { 0 };
	struct store_log log = { 0 };
	char text[256];
	int ret;

	ret = sixpn_store_get(store, store_test_key(name), store_test_visit,
			      &log, &error);
	if (ret == -ENOENT)
		return !wanted;
	if (ret)
		test_note("get %s: %d, %s", name, ret, error.text);
	snprintf(text, sizeof(text), "%s=%s ", name, wanted ? wanted : "");
	return !ret && wanted && !log.bad && test_same_text(log.text, text);
}

bool store_test_lists(struct sixpn_store *store, const char *prefix,
		      const char *wanted)
{
	struct store_log log = { 0 };
	int ret;

	ret = sixpn_store_list(store, store_test_key(prefix), store_test_visit,
			       &log, NULL, NULL);
	return !ret && !log.bad && test_same_text(log.text, wanted);
}

int64_t store_test_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool store_test_told(struct sixpn_store_watch *watch, struct store_log *log,
		     const char *wanted)
{
	struct pollfd fd = {
		.fd = sixpn_store_watch_fd(watch),
		.events = POLLIN,
	};
	int64_t end = store_test_now() + STORE_TEST_LIMIT_MS;
	struct sixpn_error error = { 0 };

	while (strlen(log->text) < strlen(wanted)) {
		int64_t left = end - store_test_now();
		int ret;

		if (left <= 0 || poll(&fd, 1, (int)left) <= 0)
			break;
		ret = sixpn_store_watch_read(watch, store_test_visit, log,
					     &error);
		if (ret && ret != 42) {
			test_note("watch: %d, %s", ret, error.text);
			return false;
		}
	}
	return !log->bad && test_same_text(log->text, wanted);
}

bool store_test_start(struct store_worker *worker, store_work work,
		      const char *where, int number)
{
	int fds[2];
	char byte;

	if (pipe(fds))
		return false;
	worker->pid = fork();
	if (!worker->pid) {
		close(fds[1]);
		/* Nobody to say go: the test has ended. */
		if (read(fds[0], &byte, 1) != 1)
			_exit(99);
		_exit(work(where, number));
	}
	close(fds[0]);
	worker->go_fd = fds[1];
	return worker->pid > 0;
}

void store_test_go(struct store_worker *worker)
{
	(void)!write(worker->go_fd, "", 1);
}

int store_test_wait(struct store_worker *worker)
{
	int status;

	close(worker->go_fd);
	if (waitpid(worker->pid, &status, 0) < 0)
		return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
