// SPDX-License-Identifier: GPL-2.0-or-later
#include "store_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *where;
	int ret;
} where_rows[] = {
	{ "", -EINVAL },
	{ "sqlite", -EINVAL },
	{ "sqlite:", -EINVAL },
	{ "/tmp/registry", -EINVAL },
	{ "sqlit:x", -EINVAL },
	{ "sqlitee:x", -EINVAL },
	{ "SQLITE:x", -EINVAL },
	{ "sqlite:/nonexistent/folder/registry", -ENOENT },
	{ "etcd:", -EINVAL },
	{ "etcd:,", -EINVAL },
	{ "etcd:a:0", -EINVAL },
	{ "etcd:a b", -EINVAL },
	{ "etcds:2001:db8::1", -EINVAL },
};

static void test_where(void)
{
	size_t i;

	for (i = 0; i < TEST_COUNT(where_rows); i++) {
		struct sixpn_error error = { 0 };
		struct sixpn_store *store = (void *)&error;
		int ret = sixpn_store_open(&store, where_rows[i].where, NULL,
					   &error);

		test_result(ret == where_rows[i].ret && !store && *error.text,
			    "store: open '%s'", where_rows[i].where);
	}
}

/* --- Keys and values. --- */

#define K64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define K512 K64 K64 K64 K64 K64 K64 K64 K64

static char big[SIXPN_STORE_VALUE_MAX + 1];

static const struct {
	const char *name;
	struct sixpn_store_change change;
} refused_rows[] = {
	{ "no key", { .key = "", .value = "" } },
	{ "a key with a blank", { .key = "a b", .value = "" } },
	{ "a key with a control character", { .key = "a\x1f", .value = "" } },
	{ "a key with a DEL", { .key = "a\x7f", .value = "" } },
	{ "a key that is not ASCII", { .key = "a\xc3\xa4", .value = "" } },
	{ "a key of 513 bytes", { .key = K512 "x", .value = "" } },
	{ "a value over 1 MiB", { .key = "a", .value = big,
				  .length = SIXPN_STORE_VALUE_MAX + 1 } },
	{ "a length without a value", { .key = "a", .length = 1 } },
	{ "a lease out of range", { .key = "a", .value = "",
				    .lease = UINT64_MAX } },
};

static void test_refused(struct sixpn_store *store)
{
	struct sixpn_store_change changes[SIXPN_STORE_TXN_MAX + 1];
	struct sixpn_store_condition conditions[SIXPN_STORE_TXN_MAX + 1];
	struct sixpn_error error = { 0 };
	size_t i;

	for (i = 0; i < TEST_COUNT(refused_rows); i++) {
		int ret;

		error.text[0] = '\0';
		ret = sixpn_store_commit(store, NULL, 0,
					 &refused_rows[i].change, 1, NULL,
					 &error);
		test_result(ret == -EINVAL && *error.text,
			    "store: refuse %s", refused_rows[i].name);
	}
	for (i = 0; i <= SIXPN_STORE_TXN_MAX; i++) {
		char name[16];
		char *key;

		snprintf(name, sizeof(name), "txn/%zu", i);
		key = strdup(store_test_key(name));
		changes[i] = (struct sixpn_store_change){ .key = key };
		conditions[i] = (struct sixpn_store_condition){ .key = key };
	}
	test_result(sixpn_store_commit(store, conditions, SIXPN_STORE_TXN_MAX,
				       changes, SIXPN_STORE_TXN_MAX, NULL,
				       &error) == 0,
		    "store: as many changes and conditions as are allowed");
	test_result(sixpn_store_commit(store, NULL, 0, changes,
				       SIXPN_STORE_TXN_MAX + 1, NULL,
				       &error) == -EINVAL &&
		    sixpn_store_commit(store, conditions,
				       SIXPN_STORE_TXN_MAX + 1, changes, 1,
				       NULL, &error) == -EINVAL &&
		    sixpn_store_commit(store, NULL, 0, changes, 0, NULL,
				       &error) == -EINVAL,
		    "store: refuse one more, or none");
	free((char *)changes[1].key);
	changes[1].key = changes[0].key;
	conditions[0].revision = UINT64_MAX;
	test_result(sixpn_store_commit(store, NULL, 0, changes, 2, NULL,
				       &error) == -EINVAL &&
		    sixpn_store_commit(store, conditions, 1, changes, 1, NULL,
				       &error) == -EINVAL,
		    "store: refuse a key twice, and a revision out of range");
	for (i = 0; i <= SIXPN_STORE_TXN_MAX; i++)
		if (i != 1)
			free((char *)changes[i].key);
}

static void test_keys_read(struct sixpn_store *store)
{
	struct sixpn_error error = { 0 };
	struct store_log log = { 0 };
	const char *bad = "a b";

	test_result(sixpn_store_get(store, bad, store_test_visit, &log,
				    &error) == -EINVAL &&
		    sixpn_store_get(store, "", store_test_visit, &log,
				    &error) == -EINVAL &&
		    sixpn_store_list(store, bad, store_test_visit, &log, NULL,
				     &error) == -EINVAL,
		    "store: refuse to read keys that cannot be");
	error.text[0] = '\0';
	test_result(sixpn_store_get(store, store_test_key("none"),
				    store_test_visit, &log, &error) ==
			    -ENOENT && *error.text && !log.count,
		    "store: a key that is not there");
}

/* Its whole length, and the revision of its last change. */
struct expected {
	const void *value;
	size_t length;
	uint64_t revision;
};

static int compare(void *data, const struct sixpn_store_entry *entry)
{
	struct expected *expected = data;

	return entry->value && entry->length == expected->length &&
	       entry->revision == expected->revision &&
	       !((const char *)entry->value)[entry->length] &&
	       !memcmp(entry->value, expected->value, entry->length) ? 7 : 8;
}

static void test_value(struct sixpn_store *store, const char *what,
		       const char *key, const void *value, size_t length)
{
	struct sixpn_store_change change = {
		.key = key, .value = value, .length = length,
	};
	struct expected expected = { .value = value, .length = length };
	struct sixpn_error error = { 0 };
	int ret;

	ret = sixpn_store_commit(store, NULL, 0, &change, 1,
				 &expected.revision, &error);
	test_result(!ret && sixpn_store_get(store, change.key, compare,
					    &expected, &error) == 7 &&
		    sixpn_store_list(store, change.key, compare, &expected,
				     NULL, &error) == 7,
		    "store: %s%s", what, error.text);
	change.value = NULL;
	change.length = 0;
	sixpn_store_commit(store, NULL, 0, &change, 1, NULL, &error);
}

static void test_values(struct sixpn_store *store)
{
	char key[SIXPN_STORE_KEY_MAX + 1];
	const char *name = store_test_key("value");

	test_random_bytes(big, SIXPN_STORE_VALUE_MAX);
	test_value(store, "a value", name, "some value", 10);
	test_value(store, "an empty value", name, "", 0);
	test_value(store, "a value with NULs", name, "\0a\0b\0", 5);
	test_value(store, "a value that is no text", name, "\xff\xfe\x80", 3);
	test_value(store, "a value of 1 MiB", name, big, SIXPN_STORE_VALUE_MAX);
	memset(key, '~', sizeof(key) - 1);
	key[SIXPN_STORE_KEY_MAX] = '\0';
	memcpy(key, name, strlen(name));
	test_value(store, "a key of 512 bytes", key, "x", 1);
	test_value(store, "a key of all sorts", store_test_key("!\"#%'*?[]\\_~"),
		   "x", 1);
}

/* --- Lists. --- */

static void test_list(struct sixpn_store *store)
{
	static const char *const names[] = {
		"l/a0", "l/b", "l/a", "l/A", "l/a/", "l/a/x", "l/~~", "l/~~x",
		"l/~", "l0", "l.",
	};
	struct store_log log = { .stop_at = 2 };
	uint64_t last = 0, revision = 0;
	bool ok = true;
	size_t i;

	for (i = 0; i < TEST_COUNT(names); i++)
		ok &= !store_test_put(store, names[i], "", 0, &last);
	test_result(ok && store_test_lists(store, "l/",
					   "l/A= l/a= l/a/= l/a/x= l/a0= l/b= l/~= l/~~= l/~~x= "),
		    "store: a list in the order of bytes");
	test_result(store_test_lists(store, "l/a",
				     "l/a= l/a/= l/a/x= l/a0= ") &&
		    store_test_lists(store, "l/a/", "l/a/= l/a/x= ") &&
		    store_test_lists(store, "l/a0", "l/a0= "),
		    "store: a prefix of others");
	test_result(store_test_lists(store, "l/~~", "l/~~= l/~~x= ") &&
		    store_test_lists(store, "l/~", "l/~= l/~~= l/~~x= "),
		    "store: a prefix of the highest byte");
	test_result(store_test_lists(store, "l/c", "") &&
		    store_test_lists(store, "l/a/xx", ""),
		    "store: a list of nothing");
	test_result(sixpn_store_list(store, store_test_key("l/"),
				     store_test_visit, &log, &revision,
				     NULL) == 42 && log.count == 2,
		    "store: a list that is broken off");
	memset(&log, 0, sizeof(log));
	test_result(!sixpn_store_list(store, store_test_key("l/"),
				      store_test_visit, &log, &revision,
				      NULL) && revision >= last,
		    "store: a list says its revision");
	for (i = 0; i < TEST_COUNT(names); i++)
		store_test_put(store, names[i], NULL, 0, NULL);
	test_result(store_test_lists(store, "l", ""), "store: deleted keys");
}

/* An empty prefix: all that others have in the store too. */
static int count(void *data, const struct sixpn_store_entry *entry)
{
	++*(size_t *)data;
	return 0;
}

static void test_list_all(struct sixpn_store *store)
{
	size_t before = 0, after = 0;

	sixpn_store_list(store, "", count, &before, NULL, NULL);
	store_test_put(store, "all", "", 0, NULL);
	sixpn_store_list(store, "", count, &after, NULL, NULL);
	test_result(after == before + 1, "store: a list of all");
	store_test_put(store, "all", NULL, 0, NULL);
}

/* --- Transactions. --- */

/* Two keys at once, if the revision of "c/a" is this one. */
static int commit_if(struct sixpn_store *store, uint64_t revision,
		     const char *value, uint64_t lease, uint64_t *now)
{
	struct sixpn_store_condition condition = {
		.key = store_test_key("c/a"), .revision = revision,
	};
	struct sixpn_store_change changes[] = {
		{ .key = store_test_key("c/a"), .value = value, .length = 1 },
		{ .key = store_test_key("c/b"), .value = value, .length = 1,
		  .lease = lease },
	};
	struct sixpn_error error = { 0 };
	int ret;

	ret = sixpn_store_commit(store, &condition, 1, changes, 2, now, &error);
	if (ret && !*error.text)
		test_note("no sentence for %d", ret);
	return ret;
}

static void test_conditions(struct sixpn_store *store)
{
	struct store_log log = { 0 };
	uint64_t first, second, third, ignored = 0;

	test_result(commit_if(store, 1, "0", 0, &ignored) == -EAGAIN &&
		    store_test_lists(store, "c/", ""),
		    "store: a condition on a key that is not there");
	test_result(!commit_if(store, 0, "1", 0, &first) &&
		    store_test_lists(store, "c/", "c/a=1 c/b=1 "),
		    "store: the condition that a key is not there");
	test_result(commit_if(store, 0, "2", 0, &ignored) == -EAGAIN &&
		    store_test_lists(store, "c/", "c/a=1 c/b=1 "),
		    "store: the same once it is there");
	test_result(!commit_if(store, first, "2", 0, &second) &&
		    second > first &&
		    store_test_lists(store, "c/", "c/a=2 c/b=2 "),
		    "store: the condition of a revision");
	test_result(commit_if(store, first, "3", 0, &ignored) == -EAGAIN &&
		    store_test_lists(store, "c/", "c/a=2 c/b=2 "),
		    "store: the condition of an old revision");
	test_result(commit_if(store, second, "4", INT64_MAX, &ignored) ==
			    -ESTALE &&
		    store_test_lists(store, "c/", "c/a=2 c/b=2 "),
		    "store: a lease that is not there, and nothing is done");
	sixpn_store_list(store, store_test_key("c/"), store_test_visit, &log,
			 NULL, NULL);
	test_result(log.revisions[0] == second && log.revisions[1] == second,
		    "store: one revision for one transaction");
	store_test_put(store, "c/a", NULL, 0, &third);
	test_result(third > second && commit_if(store, second, "5", 0,
						&ignored) == -EAGAIN &&
		    store_test_lists(store, "c/", "c/b=2 "),
		    "store: the condition of a key that was deleted");
	test_result(!store_test_put(store, "c/a", NULL, 0, &ignored) &&
		    ignored >= third,
		    "store: delete a key that is not there");
	store_test_put(store, "c/b", NULL, 0, NULL);
}

/* The second condition does not hold. */
static void test_all_conditions(struct sixpn_store *store)
{
	struct sixpn_store_condition conditions[] = {
		{ .key = store_test_key("d/a") },
		{ .key = store_test_key("d/b") },
	};
	struct sixpn_store_change change = {
		.key = store_test_key("d/a"), .value = "2", .length = 1,
	};

	store_test_put(store, "d/b", "1", 0, NULL);
	test_result(sixpn_store_commit(store, conditions, 2, &change, 1, NULL,
				       NULL) == -EAGAIN &&
		    store_test_lists(store, "d/", "d/b=1 "),
		    "store: all conditions must hold");
	store_test_put(store, "d/b", NULL, 0, NULL);
}

static void test_reopened(const char *where)
{
	struct sixpn_store *store = store_test_open(where);

	if (!store)
		return;
	store_test_put(store, "stays", "here", 0, NULL);
	sixpn_store_close(store);
	store = store_test_open(where);
	if (!store)
		return;
	test_result(store_test_has(store, "stays", "here"),
		    "store: what was put is there when it is opened again");
	store_test_put(store, "stays", NULL, 0, NULL);
	sixpn_store_close(store);
}

void test_store_contract(const char *where)
{
	struct sixpn_store *store = store_test_open(where);
	char prefix[64];

	snprintf(prefix, sizeof(prefix), "sixpn-test/%d/", (int)getpid());
	store_test_set_prefix(prefix);
	if (!store)
		return;
	test_refused(store);
	test_keys_read(store);
	test_values(store);
	test_list(store);
	test_list_all(store);
	test_conditions(store);
	test_all_conditions(store);
	sixpn_store_close(store);
	sixpn_store_close(NULL);
	test_reopened(where);
	test_store_leases(where);
	test_store_watches(where);
	test_store_processes(where);
}

void test_store(void)
{
	char folder[] = "/tmp/sixpn-store-XXXXXX";
	const char *other = getenv("SIXPN_TEST_STORE");
	char where[64], command[64];

	test_where();
	if (!mkdtemp(folder)) {
		test_result(false, "store: a folder for its file");
		return;
	}
	snprintf(where, sizeof(where), "sqlite:%s/registry", folder);
	test_store_contract(where);
	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	test_result(!system(command), "store: nothing is in the way");
	if (other)
		test_store_contract(other);
}
