// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Somebody else changes the registry just before a commit or a read: a store that
 * lets one do so, in the moment that a race between processes seldom meets.
 */
#include "record_test.h"

#include <errno.h>
#include <string.h>

#include "store_backend.h"

/**
 * struct between - a store that passes all on
 * @pass: commits (reads, if @read) before that which the other one is faster than
 * @other: what the other one does; NULL: nothing
 */
struct between {
	struct sixpn_store store;	/* first */
	struct sixpn_store *inner;
	int pass;
	bool read;
	void (*other)(void);
};

static struct between between;
static struct sixpn_registry *mine, *others;
static struct sixpn_error error;
static int other_ret;

static void let_other(bool read)
{
	void (*other)(void) = between.other;

	if (other && between.read == read && !between.pass--) {
		between.other = NULL;
		other();
	}
}

static int between_get(struct sixpn_store *store, const char *key,
		       sixpn_store_visit visit, void *data,
		       struct sixpn_error *why)
{
	let_other(true);
	return sixpn_store_get(between.inner, key, visit, data, why);
}

static int between_list(struct sixpn_store *store, const char *prefix,
			sixpn_store_visit visit, void *data, uint64_t *revision,
			struct sixpn_error *why)
{
	return sixpn_store_list(between.inner, prefix, visit, data, revision,
				why);
}

static int between_commit(struct sixpn_store *store,
			  const struct sixpn_store_condition *conditions,
			  size_t condition_count,
			  const struct sixpn_store_change *changes,
			  size_t change_count, uint64_t *revision,
			  struct sixpn_error *why)
{
	let_other(false);
	return sixpn_store_commit(between.inner, conditions, condition_count,
				  changes, change_count, revision, why);
}

static const struct sixpn_store_backend backend = {
	.scheme = "between",
	.get = between_get,
	.list = between_list,
	.commit = between_commit,
};

static void before_commit(int pass, void (*other)(void))
{
	between.pass = pass;
	between.read = false;
	between.other = other;
	other_ret = -1;
}

static void before_read(int pass, void (*other)(void))
{
	before_commit(pass, other);
	between.read = true;
}

static int put(struct sixpn_registry *registry, struct sixpn_record *record,
	       uint64_t revision)
{
	int ret;

	record->revision = revision;
	ret = sixpn_registry_put(registry, record, 0, &error);
	sixpn_record_clear(record);
	return ret;
}

static int put_machine(struct sixpn_registry *registry, uint32_t network,
		       uint32_t host, uint32_t id, const char *name)
{
	struct sixpn_record record;

	record_test_machine(&record, network, host, id, name);
	return put(registry, &record, 0);
}

static int delete_network(struct sixpn_registry *registry, const char *name)
{
	struct sixpn_record record;

	record_test_network(&record, 0, name);
	return sixpn_registry_delete(registry, &record, &error);
}

static uint32_t make_network(struct sixpn_registry *registry, const char *name)
{
	struct sixpn_record record;

	record_test_network(&record, 0, name);
	return sixpn_registry_put(registry, &record, 0, &error) ?
	       0 : record.network.network;
}

static bool got(int ret, int wanted, const char *sentence)
{
	if (ret != wanted)
		test_note("returned %d, not %d: %s", ret, wanted, error.text);
	return ret == wanted && test_same_text(error.text, sentence);
}

/* --- What the other one does. --- */

static struct sixpn_record machine;
static uint32_t network, last;

static void change_machine(void)
{
	struct sixpn_record copy;

	sixpn_record_copy(&copy, &machine);
	copy.machine.state = SIXPN_RUN_STOPPED;
	other_ret = put(others, &copy, SIXPN_REVISION_ANY);
}

static void move_machine(void)
{
	struct sixpn_record copy;

	sixpn_record_copy(&copy, &machine);
	copy.machine.host = 8;
	other_ret = put(others, &copy, SIXPN_REVISION_ANY);
}

static void remove_network(void)
{
	other_ret = delete_network(others, "between");
}

static void remove_host(void)
{
	struct sixpn_record record;

	record_test_host(&record, 9, "gone");
	other_ret = sixpn_registry_delete(others, &record, NULL);
}

/* Not the id that would be next. */
static void make_same(void)
{
	struct sixpn_record record;

	record_test_network(&record, 5000, "same");
	last = 5000;
	other_ret = put(others, &record, 0);
}

static void make_other(void)
{
	last = make_network(others, "other");
}

static void take_name(void)
{
	other_ret = put_machine(others, network, 7, 77, "wanted");
}

static void put_into(void)
{
	other_ret = put_machine(others, network, 7, 78, "late");
}

/* --- Tests. --- */

static void test_change(void)
{
	struct sixpn_record record;

	record_test_machine(&machine, network, 7, 70, "m");
	sixpn_registry_put(mine, &machine, 0, NULL);
	sixpn_record_copy(&record, &machine);
	before_commit(0, change_machine);
	test_result(got(put(mine, &record, machine.revision), -EAGAIN,
			"machine 'm' has been changed by somebody else") &&
		    !other_ret, "registry between: a change");
	sixpn_record_copy(&record, &machine);
	before_commit(0, move_machine);
	test_result(!put(mine, &record, SIXPN_REVISION_ANY) && !other_ret,
		    "registry between: a move, of one that is put anyway");
	sixpn_registry_get_named(mine, SIXPN_RECORD_MACHINE, network, "m",
				 &record, NULL);
	test_result(record.machine.host == 7, "registry between: it is there");
	before_commit(0, change_machine);
	test_result(got(sixpn_registry_delete(mine, &record, &error), -EAGAIN,
			"machine 'm' has been changed by somebody else") &&
		    !other_ret, "registry between: a change, and a removal");
	record.revision = SIXPN_REVISION_ANY;
	before_commit(0, move_machine);
	test_result(!sixpn_registry_delete(mine, &record, &error) &&
		    !other_ret, "registry between: a move, and a removal");
	sixpn_record_clear(&record);
	test_result(sixpn_registry_get_named(mine, SIXPN_RECORD_MACHINE,
					     network, "m", &record, NULL) ==
			    -ENOENT &&
		    sixpn_registry_get_address(mine, &machine.machine.address,
					       &record, NULL) == -ENOENT,
		    "registry between: it is gone");
	sixpn_record_clear(&machine);
}

/* Reads of a get: what leads to it, itself. Of a move: both, the host, a name. */
static void test_moves(void)
{
	struct sixpn_record record;

	record_test_machine(&machine, network, 7, 70, "m");
	sixpn_registry_put(mine, &machine, 0, NULL);
	before_read(1, move_machine);
	test_result(!sixpn_registry_get_named(mine, SIXPN_RECORD_MACHINE,
					      network, "m", &record, &error) &&
		    !other_ret && record.machine.host == 8,
		    "registry between: it is found where it has moved to");
	sixpn_record_clear(&record);
	sixpn_record_copy(&record, &machine);
	put(mine, &record, SIXPN_REVISION_ANY);
	sixpn_record_copy(&record, &machine);
	record.machine.host = 8;
	record.machine.state = SIXPN_RUN_STOPPED;
	before_read(3, move_machine);
	test_result(!put(mine, &record, SIXPN_REVISION_ANY) && !other_ret,
		    "registry between: its name is its own");
	machine.revision = SIXPN_REVISION_ANY;
	sixpn_registry_delete(mine, &machine, NULL);
	sixpn_record_clear(&machine);
}

static void test_names(void)
{
	struct sixpn_record record;
	uint32_t id;

	before_commit(0, take_name);
	test_result(got(put_machine(mine, network, 7, 76, "wanted"), -EEXIST,
			"name 'wanted' is taken by machine 'wanted'") &&
		    !other_ret, "registry between: a name");
	record_test_machine(&record, network, 7, 77, "wanted");
	sixpn_registry_delete(mine, &record, NULL);
	before_commit(0, make_same);
	test_result(!make_network(mine, "same") && !other_ret &&
		    test_same_text(error.text, "network 'same' exists already"),
		    "registry between: a network's name");
	before_commit(0, make_other);
	id = make_network(mine, "another");
	test_result(id && last && id != last,
		    "registry between: a network's id");
	delete_network(mine, "same");
	delete_network(mine, "other");
	delete_network(mine, "another");
}

static void test_needed(void)
{
	struct sixpn_record record;

	record_test_host(&record, 9, "gone");
	put(mine, &record, 0);
	before_commit(0, remove_host);
	test_result(got(put_machine(mine, network, 9, 71, "m"), -ENOENT,
			"host 9 is not in the registry") && !other_ret,
		    "registry between: a host that goes");
	/* The first commit is that of the mark. */
	before_commit(1, put_into);
	test_result(!delete_network(mine, "between") && other_ret == -EBUSY,
		    "registry between: nothing comes into what is removed");
	network = make_network(mine, "between");
	before_commit(0, put_into);
	test_result(delete_network(mine, "between") == -ENOTEMPTY &&
		    !other_ret, "registry between: something came before");
	record_test_machine(&record, network, 7, 78, "late");
	sixpn_registry_delete(mine, &record, NULL);
	before_commit(0, remove_network);
	test_result(put_machine(mine, network, 7, 72, "m") == -ENOENT &&
		    !other_ret, "registry between: a network that goes");
}

void test_registry_between(const char *where)
{
	between.store.backend = &backend;
	between.inner = store_test_open(where);
	if (!between.inner)
		return;
	if (sixpn_registry_open(&mine, &between.store, NULL) ||
	    sixpn_registry_open(&others, between.inner, NULL)) {
		test_result(false, "registry between: open");
	} else {
		network = make_network(mine, "between");
		test_change();
		test_moves();
		test_names();
		test_needed();
	}
	sixpn_registry_close(others);
	sixpn_registry_close(mine);
	sixpn_store_close(between.inner);
}
