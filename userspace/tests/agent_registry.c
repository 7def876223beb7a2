// SPDX-License-Identifier: GPL-2.0-or-later
#include "agent_registry.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "record_test.h"
#include "store_backend.h"

#define SELF 7U
#define OTHER 8U

static char where[64];
static unsigned int raised, failing;

/* What 'sixpn up' does, without a kernel. Fails as often as it is told to. */
static int bring_up(struct sixpn_node *node, struct sixpn_error *error)
{
	struct sixpn_record record;

	raised++;
	if (failing) {
		failing--;
		return sixpn_error_set(error, -ENODEV, "no module");
	}
	record_test_host(&record, SELF, "a");
	record.revision = SIXPN_REVISION_ANY;
	return sixpn_registry_put(node->registry, &record, 0, error);
}

/* --- A store that fails as it is told to, in front of one that does not. --- */

struct frail {
	struct sixpn_store store;
	struct sixpn_store *real;
	pthread_mutex_t lock;
	unsigned int failing_puts;	/* of a sign of life */
	bool is_down;			/* each get takes a while and fails */
	unsigned int gets;		/* meanwhile */
};

static struct frail frail = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int frail_get(struct sixpn_store *store, const char *key,
		     sixpn_store_visit visit, void *data,
		     struct sixpn_error *error)
{
	const struct timespec pause = { .tv_nsec = 300000000 };
	bool is_down;

	(void)store;
	pthread_mutex_lock(&frail.lock);
	is_down = frail.is_down;
	frail.gets += is_down;
	pthread_mutex_unlock(&frail.lock);
	if (!is_down)
		return frail.real->backend->get(frail.real, key, visit, data,
						error);
	nanosleep(&pause, NULL);
	return sixpn_error_set(error, -ETIMEDOUT, "no answer");
}

static int frail_commit(struct sixpn_store *store,
			const struct sixpn_store_condition *conditions,
			size_t condition_count,
			const struct sixpn_store_change *changes,
			size_t change_count, uint64_t *revision,
			struct sixpn_error *error)
{
	bool fails = false;
	size_t i;

	(void)store;
	pthread_mutex_lock(&frail.lock);
	for (i = 0; i < change_count; i++)
		fails = fails || (frail.failing_puts &&
				  strstr(changes[i].key, "/alive/"));
	frail.failing_puts -= fails;
	pthread_mutex_unlock(&frail.lock);
	if (fails)
		return sixpn_error_set(error, -ETIMEDOUT, "no answer");
	return frail.real->backend->commit(frail.real, conditions,
					   condition_count, changes,
					   change_count, revision, error);
}

static int frail_list(struct sixpn_store *store, const char *prefix,
		      sixpn_store_visit visit, void *data, uint64_t *revision,
		      struct sixpn_error *error)
{
	(void)store;
	return frail.real->backend->list(frail.real, prefix, visit, data,
					 revision, error);
}

static int frail_grant(struct sixpn_store *store, unsigned int seconds,
		       uint64_t *lease, struct sixpn_error *error)
{
	(void)store;
	return frail.real->backend->lease_grant(frail.real, seconds, lease,
						error);
}

static int frail_renew(struct sixpn_store *store, uint64_t lease,
		       struct sixpn_error *error)
{
	(void)store;
	return frail.real->backend->lease_renew(frail.real, lease, error);
}

static int frail_revoke(struct sixpn_store *store, uint64_t lease,
			struct sixpn_error *error)
{
	(void)store;
	return frail.real->backend->lease_revoke(frail.real, lease, error);
}

static int frail_watch(struct sixpn_store_watch **watch,
		       struct sixpn_store *store, const char *prefix,
		       uint64_t revision, struct sixpn_error *error)
{
	(void)store;
	return frail.real->backend->watch_open(watch, frail.real, prefix,
					       revision, error);
}

/* Of a watch, the real store sees to the rest. */
static const struct sixpn_store_backend frail_backend = {
	.get = frail_get, .list = frail_list, .commit = frail_commit,
	.lease_grant = frail_grant, .lease_renew = frail_renew,
	.lease_revoke = frail_revoke, .watch_open = frail_watch,
};

static void wake(void *context)
{
	(void)context;
}

/* The next word that is none of the skipped. Return: NULL after a long while. */
static struct sixpn_word *next_word(struct sixpn_agent_registry *side)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	uint64_t limit = sixpn_agent_clock() + STORE_TEST_LIMIT_MS;

	while (sixpn_agent_clock() < limit) {
		struct sixpn_word *word = sixpn_agent_registry_take(side);

		if (word)
			return word;
		nanosleep(&pause, NULL);
	}
	return NULL;
}

/* The next one of this kind; others are dropped. */
static struct sixpn_word *await(struct sixpn_agent_registry *side,
				enum sixpn_word_kind kind)
{
	struct sixpn_word *word;

	while ((word = next_word(side)) && word->kind != kind)
		sixpn_word_free(word);
	if (!word)
		test_note("word %d never came", (int)kind);
	return word;
}

static bool comes(struct sixpn_agent_registry *side, enum sixpn_word_kind kind)
{
	struct sixpn_word *word = await(side, kind);

	sixpn_word_free(word);
	return word;
}

static bool put(struct sixpn_registry *registry, struct sixpn_record *record)
{
	struct sixpn_error error = { 0 };

	record->revision = SIXPN_REVISION_ANY;
	if (!sixpn_registry_put(registry, record, 0, &error))
		return true;
	test_note("%s", error.text);
	return false;
}

static void test_changes(struct sixpn_agent_registry *side,
			 struct sixpn_registry *other)
{
	struct sixpn_record record;
	struct sixpn_word *word;
	bool ok;

	record_test_network(&record, 42, "prod");
	ok = put(other, &record);
	record_test_host(&record, OTHER, "b");
	ok = ok && put(other, &record);
	record_test_machine(&record, 42, OTHER, 1, "elsewhere");
	ok = ok && put(other, &record);
	record_test_machine(&record, 42, SELF, 2, "here");
	ok = ok && put(other, &record);
	do
		word = await(side, SIXPN_WORD_CHANGE);
	while (word && word->after.kind != SIXPN_RECORD_MACHINE &&
	       (sixpn_word_free(word), true));
	test_result(ok && word && !word->has_before &&
		    !strcmp(word->after.machine.name, "here"),
		    "agent: a machine of this host is told of, others are not");
	sixpn_word_free(word);
	record.machine.host = OTHER;
	ok = put(other, &record);
	word = await(side, SIXPN_WORD_AWAY);
	test_result(ok && word && word->after.machine.host == OTHER &&
		    !strcmp(word->after.machine.name, "here"),
		    "agent: so is one that moves away from here, with where it is");
	sixpn_word_free(word);
}

static void test_questions(struct sixpn_agent_registry *side,
			   struct sixpn_registry *other)
{
	struct sixpn_record record;
	struct sixpn_word *word;
	uint8_t key[SIXPN_KEY_LEN];
	bool ok;

	record_test_client(&record, 42, OTHER, 100, "laptop");
	ok = put(other, &record);
	sixpn_agent_registry_ask(side, record.client.public_key);
	word = await(side, SIXPN_WORD_FOUND);
	test_result(ok && word && word->after.kind == SIXPN_RECORD_CLIENT &&
		    !strcmp(word->after.client.name, "laptop"),
		    "agent: a key is looked up");
	sixpn_word_free(word);
	memset(key, 200, sizeof(key));
	sixpn_agent_registry_ask(side, key);
	word = await(side, SIXPN_WORD_NOT_FOUND);
	test_result(word && sixpn_key_equal(word->public_key, key),
		    "agent: so is one that is nobody's");
	sixpn_word_free(word);
}

/* Return: its revision; 0: it is not noted so. */
static uint64_t seen_at(struct sixpn_registry *registry, const uint8_t *key,
			uint64_t seconds)
{
	struct sixpn_error error = { 0 };
	struct sixpn_record record;
	uint64_t revision = 0;

	if (!sixpn_registry_get_key(registry, key, &record, &error) &&
	    record.client.last_seen == seconds &&
	    json_is_true(json_object_get(record.rest, "red")))
		revision = record.revision;
	sixpn_record_clear(&record);
	return revision;
}

static uint64_t await_seen(struct sixpn_registry *registry, const uint8_t *key,
			   uint64_t seconds)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	uint64_t limit = sixpn_agent_clock() + STORE_TEST_LIMIT_MS;
	uint64_t revision;

	while (!(revision = seen_at(registry, key, seconds)) &&
	       sixpn_agent_clock() < limit)
		nanosleep(&pause, NULL);
	return revision;
}

/* A later version has written something that is not known here. */
static void test_seen(struct sixpn_agent_registry *side,
		      struct sixpn_registry *other)
{
	struct sixpn_record mine, second, foreign;
	uint64_t first;
	bool ok;

	record_test_client(&mine, 42, SELF, 110, "mine");
	mine.rest = json_pack("{s:b}", "red", 1);
	ok = put(other, &mine);
	record_test_client(&second, 42, SELF, 111, "second");
	second.rest = json_pack("{s:b}", "red", 1);
	ok = ok && put(other, &second);
	record_test_client(&foreign, 42, OTHER, 112, "foreign");
	foreign.rest = json_pack("{s:b}", "red", 1);
	ok = ok && put(other, &foreign);
	sixpn_agent_registry_seen(side, mine.client.public_key, 5000);
	first = await_seen(other, mine.client.public_key, 5000);
	test_result(ok && first && first != mine.revision,
		    "agent: when a client was seen is noted, and its record stays as it is");
	/* The last one is taken first: once "second" is noted, all are done. */
	sixpn_agent_registry_seen(side, second.client.public_key, 7000);
	sixpn_agent_registry_seen(side, foreign.client.public_key, 7000);
	sixpn_agent_registry_seen(side, mine.client.public_key, 5059);
	test_result(await_seen(other, second.client.public_key, 7000) &&
		    seen_at(other, mine.client.public_key, 5000) == first &&
		    seen_at(other, foreign.client.public_key, 0),
		    "agent: not twice in a minute, and of no other gateway's clients");
	json_decref(mine.rest);
	json_decref(second.rest);
	json_decref(foreign.rest);
}

#define CROWD 20U

/* The first one waits, the others are told without asking. */
static void test_crowd(struct sixpn_agent_registry *side)
{
	uint8_t key[SIXPN_KEY_LEN];
	unsigned int i, answers = 0, gets;

	pthread_mutex_lock(&frail.lock);
	frail.is_down = true;
	pthread_mutex_unlock(&frail.lock);
	for (i = 0; i < CROWD; i++) {
		memset(key, 100 + (int)i, sizeof(key));
		sixpn_agent_registry_ask(side, key);
	}
	while (answers < CROWD && comes(side, SIXPN_WORD_NOT_FOUND))
		answers++;
	pthread_mutex_lock(&frail.lock);
	frail.is_down = false;
	gets = frail.gets;
	pthread_mutex_unlock(&frail.lock);
	if (!test_result(answers == CROWD && gets && gets < CROWD / 4,
			 "agent: of a registry that does not answer few questions are asked"))
		test_note("%u answers, %u asked", answers, gets);
}

static bool is_alive(struct sixpn_registry *registry)
{
	struct sixpn_record record;
	struct sixpn_error error;
	int ret = sixpn_registry_get_alive(registry, SELF, &record, &error);

	sixpn_record_clear(&record);
	return !ret;
}

/* It is tried again after a third of the lease. */
static bool becomes_alive(struct sixpn_registry *registry)
{
	const struct timespec pause = { .tv_nsec = 100000000 };
	uint64_t limit = sixpn_agent_clock() + STORE_TEST_LIMIT_MS;

	while (!is_alive(registry)) {
		if (sixpn_agent_clock() >= limit)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

static void run(struct sixpn_node *node, struct sixpn_registry *other)
{
	const struct sixpn_agent_registry_options options = {
		.bring_up = bring_up, .wake = wake,
	};
	struct sixpn_agent_registry *side;
	struct sixpn_error error = { 0 };
	struct sixpn_word *word;

	failing = 1;
	frail.failing_puts = 1;
	if (sixpn_agent_registry_start(&side, node, &options, &error)) {
		test_result(false, "agent: registry: %s", error.text);
		return;
	}
	word = await(side, SIXPN_WORD_NOT_UP);
	test_result(word && !strcmp(word->text, "no module"),
		    "agent: why the host cannot be brought up is told");
	sixpn_word_free(word);
	test_result(comes(side, SIXPN_WORD_LISTED),
		    "agent: the registry is listed all the same");
	test_result(comes(side, SIXPN_WORD_UP) && raised == 2,
		    "agent: bringing it up is tried again");
	test_changes(side, other);
	test_result(becomes_alive(other) && !frail.failing_puts,
		    "agent: the host is alive, even if that failed at first");
	test_questions(side, other);
	test_seen(side, other);
	test_crowd(side);
	sixpn_agent_registry_bring_up(side);
	test_result(comes(side, SIXPN_WORD_UP) && raised == 3,
		    "agent: when the device is gone the host is brought up again");
	sixpn_agent_registry_list(side);
	test_result(comes(side, SIXPN_WORD_LISTED),
		    "agent: all can be listed again");
	sixpn_agent_registry_stop(side, true);
	test_result(!is_alive(other), "agent: it is not alive once it has ended");
}

/* As a copy that was kept is: what lies beside the old file goes, too. */
static bool replace(const char *path, const char *new_path)
{
	char beside[96];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		snprintf(beside, sizeof(beside), "%s-%s", path,
			 i ? "shm" : "wal");
		unlink(beside);
	}
	return !rename(new_path, path);
}

static bool make_registry(const char *path)
{
	struct sixpn_registry *registry = NULL;
	struct sixpn_error error = { 0 };
	struct sixpn_record record;
	struct sixpn_store *store;
	char of[96];
	bool ok;

	snprintf(of, sizeof(of), "sqlite:%s", path);
	store = store_test_open(of);
	record_test_network(&record, 43, "second");
	ok = store && !sixpn_registry_open(&registry, store, &error) &&
	     put(registry, &record);
	sixpn_registry_close(registry);
	sixpn_store_close(store);
	return ok;
}

/* Return: whether this network is told of, before the list is at its end. */
static bool told_of(struct sixpn_agent_registry *side, const char *network)
{
	struct sixpn_word *word;
	bool found = false, end = false;

	while (!end && (word = next_word(side))) {
		found |= word->kind == SIXPN_WORD_CHANGE && word->has_after &&
			 word->after.kind == SIXPN_RECORD_NETWORK &&
			 !strcmp(word->after.network.name, network);
		end = word->kind == SIXPN_WORD_LISTED;
		sixpn_word_free(word);
	}
	return found && end;
}

static void test_reopen(const char *folder)
{
	const struct sixpn_agent_registry_options options = {
		.bring_up = bring_up, .wake = wake,
	};
	struct sixpn_node node = { .host_id = SELF, .config.lease = 10 };
	struct sixpn_agent_registry *side;
	struct sixpn_error error = { 0 };
	char path[80], new_path[80];
	char of[96];
	bool ok;

	snprintf(path, sizeof(path), "%s/registry", folder);
	snprintf(new_path, sizeof(new_path), "%s/new", folder);
	snprintf(of, sizeof(of), "sqlite:%s", path);
	node.config.registry = of;
	node.config.registry_timeout = 5;
	if (sixpn_agent_registry_start(&side, &node, &options, &error)) {
		test_result(false, "agent: reopen: %s", error.text);
		return;
	}
	test_result(told_of(side, "prod"), "agent: a registry in a file");
	sixpn_agent_registry_reopen(side);
	test_result(comes(side, SIXPN_WORD_ANEW) && told_of(side, "prod"),
		    "agent: it is opened again when that is asked for");
	raised = 0;
	ok = make_registry(new_path) && replace(path, new_path);
	test_result(ok && comes(side, SIXPN_WORD_ANEW) &&
		    told_of(side, "second") && raised == 1,
		    "agent: another file in its place is opened, with this host in it");
	ok = !rename(path, new_path);
	test_result(ok && comes(side, SIXPN_WORD_OUTAGE) && access(path, F_OK),
		    "agent: none is made in the place of one that has gone");
	ok = replace(path, new_path);
	test_result(ok && comes(side, SIXPN_WORD_LISTED),
		    "agent: and it goes on once it is back");
	sixpn_agent_registry_stop(side, true);
	sixpn_node_close_registry(&node);
}

/* Nothing listens there. */
static void test_outage(void)
{
	const struct sixpn_agent_registry_options options = {
		.bring_up = bring_up, .wake = wake,
	};
	struct sixpn_node node = { .host_id = SELF, .config.lease = 10 };
	struct sixpn_agent_registry *side;
	struct sixpn_error error = { 0 };
	unsigned int outages = 0, others = 0;
	struct sixpn_word *word;

	node.config.registry = strdup("etcd:127.0.0.1:1");
	node.config.registry_timeout = 1;
	if (sixpn_agent_registry_start(&side, &node, &options, &error)) {
		test_result(false, "agent: outage: %s", error.text);
		return;
	}
	/* Long enough for more than one attempt. */
	sleep(4);
	while ((word = sixpn_agent_registry_take(side))) {
		outages += word->kind == SIXPN_WORD_OUTAGE;
		others += word->kind != SIXPN_WORD_OUTAGE;
		sixpn_word_free(word);
	}
	test_result(outages == 1 && !others,
		    "agent: that the registry does not answer is told once");
	sixpn_agent_registry_stop(side, true);
	free(node.config.registry);
}

/* The loop of the agent cannot wait long. */
static void test_lock(const char *folder)
{
	struct sixpn_node node = { .host_id = SELF };
	struct sixpn_error error = { 0 };
	char key_file[64];
	uint64_t begun;
	int lock, second;

	snprintf(key_file, sizeof(key_file), "%s/key", folder);
	node.config.key_file = key_file;
	lock = sixpn_node_lock_within(&node, 0, &error);
	begun = sixpn_agent_clock();
	second = sixpn_node_lock_within(&node, 300, &error);
	test_result(lock >= 0 && second == -EBUSY &&
		    sixpn_agent_clock() - begun >= 300 &&
		    sixpn_agent_clock() - begun < 10000,
		    "agent: a lock is waited for no longer than that");
	close(lock);
	second = sixpn_node_lock_within(&node, 300, &error);
	test_result(second >= 0, "agent: it is to be had afterwards");
	close(second);
}

void test_agent_registry(void)
{
	char folder[] = "/tmp/sixpn-agent-XXXXXX", command[64];
	struct sixpn_node node = { .host_id = SELF, .config.lease = 10 };
	struct sixpn_registry *other = NULL;
	struct sixpn_error error = { 0 };
	struct sixpn_store *store;

	if (!mkdtemp(folder)) {
		test_result(false, "agent: a folder for a registry");
		return;
	}
	snprintf(where, sizeof(where), "sqlite:%s/registry", folder);
	frail.store.backend = &frail_backend;
	frail.real = store_test_open(where);
	node.store = &frail.store;
	store = store_test_open(where);
	if (!frail.real || !store ||
	    sixpn_registry_open(&node.registry, node.store, &error) ||
	    sixpn_registry_open(&other, store, &error))
		test_result(false, "agent: %s", error.text);
	else
		run(&node, other);
	test_lock(folder);
	sixpn_registry_close(node.registry);
	sixpn_registry_close(other);
	sixpn_store_close(frail.real);
	sixpn_store_close(store);
	test_reopen(folder);
	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	test_result(!system(command), "agent: nothing is in the way");
	test_outage();
}
