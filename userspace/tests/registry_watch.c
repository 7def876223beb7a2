// SPDX-License-Identifier: GPL-2.0-or-later
#include "record_test.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define LOG_ROWS 10500		/* more changes than SQLite keeps */

struct log {
	char text[2048];
	int stop_at, count;
};

static struct sixpn_store *store;
static struct sixpn_registry *registry;

static const char *state_of(const struct sixpn_record *record)
{
	static char text[2][80];
	static int next;

	if (!record)
		return "-";
	next = !next;
	if (record->kind != SIXPN_RECORD_MACHINE)
		return sixpn_record_kind_name(record->kind);
	snprintf(text[next], sizeof(text[next]), "%s@%u%s",
		 record->machine.name, record->machine.host,
		 record->machine.state == SIXPN_RUN_STOPPED ? "(off)" : "");
	return text[next];
}

static int log_change(void *data, const struct sixpn_record *before,
		      const struct sixpn_record *after)
{
	struct log *log = data;
	size_t used = strlen(log->text);

	snprintf(log->text + used, sizeof(log->text) - used, "%s>%s ",
		 state_of(before), state_of(after));
	return ++log->count == log->stop_at ? 42 : 0;
}

static void log_bad(void *data, const char *key, const struct sixpn_error *why)
{
	strcat(((struct log *)data)->text, "bad ");
}

static bool logged(struct log *log, const char *wanted)
{
	bool same = test_same_text(log->text, wanted);

	memset(log, 0, sizeof(*log));
	return same;
}

/* Read until it is as long as wanted. */
static bool told(struct sixpn_registry_watch *watch, struct log *log,
		 const char *wanted)
{
	struct pollfd fd = {
		.fd = sixpn_registry_watch_fd(watch), .events = POLLIN,
	};
	int64_t end = store_test_now() + STORE_TEST_LIMIT_MS;
	struct sixpn_error error;

	while (strlen(log->text) < strlen(wanted) && store_test_now() < end) {
		int ret = sixpn_registry_watch_read(watch, &error);

		if (ret && ret != 42)
			test_note("watch: %d, %s", ret, error.text);
		if (strlen(log->text) < strlen(wanted))
			poll(&fd, 1, 100);
	}
	return logged(log, wanted);
}

static void put_machine(uint32_t host, uint32_t id, const char *name,
			uint32_t state)
{
	struct sixpn_error error;
	struct sixpn_record record;

	record_test_machine(&record, 1, 7, id, name);
	record.machine.host = host;
	record.machine.state = state;
	record.revision = SIXPN_REVISION_ANY;
	if (sixpn_registry_put(registry, &record, 0, &error))
		test_note("put %s: %s", name, error.text);
	sixpn_record_clear(&record);
}

static void del_machine(uint32_t id)
{
	struct sixpn_record record;

	record_test_machine(&record, 1, 7, id, "x");
	sixpn_registry_delete(registry, &record, NULL);
}

static void put_raw(const char *key, const char *text)
{
	struct sixpn_store_change change = {
		.key = key, .value = text, .length = text ? strlen(text) : 0,
	};

	sixpn_store_commit(store, NULL, 0, &change, 1, NULL, NULL);
}

static struct sixpn_registry_watch *
open_watch(struct log *log, enum sixpn_record_kind kind, uint32_t host)
{
	const struct sixpn_registry_what what = { .kind = kind, .host = host };
	const struct sixpn_registry_told who = { log_change, log_bad, log };
	struct sixpn_registry_watch *watch;

	memset(log, 0, sizeof(*log));
	sixpn_registry_watch_open(&watch, registry, &what, &who, NULL);
	return watch;
}

static void test_changes(void)
{
	struct log log, own_log;
	struct sixpn_registry_watch *watch =
		open_watch(&log, SIXPN_RECORD_MACHINE, 0);
	struct sixpn_registry_watch *own =
		open_watch(&own_log, SIXPN_RECORD_MACHINE, 8);

	put_machine(7, 1, "a", SIXPN_RUN_STARTED);
	put_machine(7, 2, "b", SIXPN_RUN_STARTED);
	test_result(sixpn_registry_watch_read(watch, NULL) == -ENOTCONN &&
		    sixpn_registry_watch_fd(watch) == -1,
		    "registry watch: it is listed first");
	test_result(!sixpn_registry_watch_list(watch, NULL) &&
		    logged(&log, "->a@7 ->b@7 ") &&
		    !sixpn_registry_watch_list(own, NULL) &&
		    logged(&own_log, ""), "registry watch: what is there");
	put_machine(7, 1, "a", SIXPN_RUN_STOPPED);
	put_machine(7, 3, "c", SIXPN_RUN_STARTED);
	test_result(told(watch, &log, "a@7>a@7(off) ->c@7 "),
		    "registry watch: a change and a new one");
	put_machine(8, 1, "a", SIXPN_RUN_STOPPED);
	test_result(told(own, &own_log, "->a@8(off) "),
		    "registry watch: a machine comes to a host");
	test_result(told(watch, &log, "a@7(off)>- ->a@8(off) "),
		    "registry watch: a machine moves");
	del_machine(1);
	test_result(told(watch, &log, "a@8(off)>- ") &&
		    told(own, &own_log, "a@8(off)>- "),
		    "registry watch: what is gone was that");
	log.stop_at = 1;
	put_machine(7, 2, "b", SIXPN_RUN_STOPPED);
	put_machine(7, 2, "b", SIXPN_RUN_STARTED);
	test_result(sixpn_registry_watch_read(watch, NULL) == 42 &&
		    told(watch, &log, "b@7>b@7(off) b@7(off)>b@7 "),
		    "registry watch: broken off, and on with the next");
	sixpn_registry_watch_close(own);
	sixpn_registry_watch_close(watch);
	sixpn_registry_watch_close(NULL);
}

static void test_malformed(void)
{
	static const char key[] =
		"/sixpn/v1/machine/00000007/00000001/00000007/00000002";
	struct log log;
	struct sixpn_registry_watch *watch =
		open_watch(&log, SIXPN_RECORD_MACHINE, 0);

	put_raw(key, "{}");
	test_result(!sixpn_registry_watch_list(watch, NULL) &&
		    logged(&log, "bad ->c@7 "),
		    "registry watch: a malformed record among others");
	put_raw(key, NULL);
	sixpn_registry_purge(registry, key, NULL);
	put_raw("/sixpn/v1/machine-name/00000001/b", NULL);
	put_raw("/sixpn/v1/address/00000001/00000007/00000002", NULL);
	put_machine(7, 2, "b", SIXPN_RUN_STARTED);
	test_result(told(watch, &log, "->b@7 "),
		    "registry watch: and it is good again");
	put_raw(key, "{\"schema\":2}");
	test_result(told(watch, &log, "bad "),
		    "registry watch: one that becomes malformed");
	test_result(!sixpn_registry_watch_list(watch, NULL) &&
		    logged(&log, "bad "),
		    "registry watch: it is as it was until it is gone");
	put_raw(key, NULL);
	test_result(told(watch, &log, "b@7>- "),
		    "registry watch: and then it was that");
	put_raw("/sixpn/v1/machine-name/00000001/b", NULL);
	put_raw("/sixpn/v1/address/00000001/00000007/00000002", NULL);
	sixpn_registry_watch_close(watch);
}

/* SQLite forgets old changes. */
static void test_gap(void)
{
	struct sixpn_store_change changes[100];
	char keys[100][32];
	struct log log;
	struct sixpn_registry_watch *watch =
		open_watch(&log, SIXPN_RECORD_MACHINE, 0);
	struct sixpn_error error = { 0 };
	int ret, i, k;

	put_machine(7, 4, "d", SIXPN_RUN_STARTED);
	put_machine(7, 5, "e", SIXPN_RUN_STARTED);
	sixpn_registry_watch_list(watch, NULL);
	logged(&log, "->c@7 ->d@7 ->e@7 ");
	put_machine(7, 6, "f", SIXPN_RUN_STARTED);
	put_machine(7, 4, "d", SIXPN_RUN_STOPPED);
	del_machine(3);
	for (i = 0; i < LOG_ROWS; i += 100) {
		for (k = 0; k < 100; k++) {
			snprintf(keys[k], sizeof(keys[k]), "/other/%d", k);
			changes[k] = (struct sixpn_store_change){
				.key = keys[k], .value = "",
			};
		}
		sixpn_store_commit(store, NULL, 0, changes, 100, NULL, NULL);
	}
	ret = sixpn_registry_watch_read(watch, &error);
	test_result(ret == -EOVERFLOW && *error.text && logged(&log, ""),
		    "registry watch: changes that were missed");
	log.stop_at = 1;
	test_result(sixpn_registry_watch_list(watch, NULL) == 42 &&
		    !sixpn_registry_watch_list(watch, NULL) &&
		    logged(&log, "d@7>d@7(off) ->f@7 c@7>- "),
		    "registry watch: a list tells what is different");
	put_machine(7, 4, "d", SIXPN_RUN_STARTED);
	test_result(told(watch, &log, "d@7(off)>d@7 "),
		    "registry watch: and changes after that");
	sixpn_registry_watch_close(watch);
}

static void test_everything(void)
{
	struct log log;
	struct sixpn_registry_watch *watch =
		open_watch(&log, SIXPN_RECORD_KIND_COUNT, 0);
	struct sixpn_record record;
	uint64_t lease;

	sixpn_registry_watch_list(watch, NULL);
	test_result(logged(&log, "->host ->host ->d@7 ->e@7 ->f@7 ->network "),
		    "registry watch: all kinds");
	sixpn_store_lease_grant(store, 1, &lease, NULL);
	memset(&record, 0, sizeof(record));
	record.kind = SIXPN_RECORD_ALIVE;
	record.alive.host = 7;
	sixpn_registry_put(registry, &record, lease, NULL);
	test_result(told(watch, &log, "->alive alive>- "),
		    "registry watch: a host dies");
	for (lease = 4; lease <= 6; lease++)
		del_machine((uint32_t)lease);
	sixpn_registry_watch_close(watch);
}

void test_registry_watch(const char *where)
{
	struct sixpn_record record;

	store = store_test_open(where);
	if (!store || sixpn_registry_open(&registry, store, NULL))
		return;
	record_test_network(&record, 1, "acme");
	sixpn_registry_put(registry, &record, 0, NULL);
	sixpn_record_clear(&record);
	record_test_host(&record, 7, "fra1");
	sixpn_registry_put(registry, &record, 0, NULL);
	record_test_host(&record, 8, "ams1");
	sixpn_registry_put(registry, &record, 0, NULL);
	test_changes();
	test_malformed();
	test_gap();
	test_everything();
	sixpn_registry_close(registry);
	sixpn_store_close(store);
}
