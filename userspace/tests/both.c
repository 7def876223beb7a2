// SPDX-License-Identifier: GPL-2.0-or-later
#include "both.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/sixpn.h>

#include "fake_ops.h"
#include "file_test.h"
#include "random_model.h"
#include "record_test.h"
#include "settle.h"
#include "store_backend.h"

#define SELF 7U
#define OTHER 8U
#define THIRD 9U

static struct sixpn_error error;

/* --- A store that does not always answer. --- */

enum mood {
	GOOD,
	READ_ONLY,
	LOST,		/* no answer to a change, and it does not happen */
	DONE,		/* no answer to a change that happens */
	SILENT,		/* the same, and no answer to anything after it */
};

struct moody {
	struct sixpn_store store;
	struct sixpn_store *inner;
	enum mood mood;
	bool silent;
};

static int no_answer(struct sixpn_error *why)
{
	return sixpn_error_set(why, -ETIMEDOUT, "no answer");
}

static int moody_get(struct sixpn_store *store, const char *key,
		     sixpn_store_visit visit, void *data,
		     struct sixpn_error *why)
{
	struct moody *moody = (struct moody *)store;

	return moody->silent ? no_answer(why) :
	       sixpn_store_get(moody->inner, key, visit, data, why);
}

static int moody_list(struct sixpn_store *store, const char *prefix,
		      sixpn_store_visit visit, void *data, uint64_t *revision,
		      struct sixpn_error *why)
{
	struct moody *moody = (struct moody *)store;

	return moody->silent ? no_answer(why) :
	       sixpn_store_list(moody->inner, prefix, visit, data, revision,
				why);
}

static int moody_commit(struct sixpn_store *store,
			const struct sixpn_store_condition *conditions,
			size_t condition_count,
			const struct sixpn_store_change *changes,
			size_t change_count, uint64_t *revision,
			struct sixpn_error *why)
{
	struct moody *moody = (struct moody *)store;
	int ret;

	if (moody->mood == READ_ONLY)
		return sixpn_error_set(why, -EROFS, "read-only");
	if (moody->mood == LOST)
		return no_answer(why);
	ret = sixpn_store_commit(moody->inner, conditions, condition_count,
				 changes, change_count, revision, why);
	if (ret || moody->mood == GOOD)
		return ret;
	moody->silent = moody->mood == SILENT;
	return no_answer(why);
}

static const struct sixpn_store_backend moody_backend = {
	.scheme = "moody", .get = moody_get, .list = moody_list,
	.commit = moody_commit,
};

/* --- A kernel that counts, and knows what must not be there. --- */

static struct refusing kernel;
static struct sixpn_kernel_ops ops;

static int network_get(void *context, uint32_t id, struct sixpn_device *device,
		       struct sixpn_error *why)
{
	struct refusing *refusing = context;
	struct sixpn_network *network;
	size_t i;
	int ret = refusing_ops.network_get(context, id, device, why);

	if (ret)
		return ret;
	network = sixpn_device_add_network(device);
	network->id = id;
	for (i = 0; i < refusing->kernel.state.machine_count; i++)
		network->machine_count +=
			refusing->kernel.state.machines[i].network == id;
	return 0;
}

/* By its name and by its address: one of them may be another machine's. */
static bool is_taken(struct refusing *refusing,
		     const struct sixpn_machine *wanted)
{
	struct sixpn_machine named = *wanted;

	if (fake_machine_find(&refusing->kernel.state, &named))
		return true;
	named.has &= ~(uint32_t)SIXPN_MACHINE_HAS_ADDRESS;
	return fake_machine_find(&refusing->kernel.state, &named);
}

static int machine_apply(void *context, const struct sixpn_machine *wanted,
			 struct sixpn_machine_done *done,
			 struct sixpn_error *why)
{
	struct refusing *refusing = context;
	struct sixpn_machine machine = *wanted;

	if (wanted->must_make && is_taken(refusing, wanted))
		return sixpn_error_set(why, -EEXIST, "it is there");
	/* The kernel finds an id. */
	if (wanted->must_make && !(wanted->has & SIXPN_MACHINE_HAS_ADDRESS)) {
		machine.has |= SIXPN_MACHINE_HAS_ID;
		machine.id = 77;
	}
	return refusing_ops.machine_apply(context, &machine, done, why);
}

/* A kernel has several devices. */
static int device_set(void *context, const struct sixpn_device *wanted,
		      struct sixpn_error *why)
{
	if (strcmp(wanted->ifname, "mesh0"))
		return sixpn_error_set(why, -ENODEV, "which device?");
	return refusing_ops.device_set(context, wanted, why);
}

static int no_device(void *context, unsigned int parts,
		     struct sixpn_device *device, struct sixpn_error *why)
{
	(void)context;
	(void)parts;
	(void)device;
	return sixpn_error_set(why, -ENODEV, "no such device");
}

/* --- Both. --- */

static struct moody moody = { .store = { .backend = &moody_backend } };
static struct sixpn_both both = { .ops = &ops, .kernel = &kernel,
				  .ifname = "mesh0", .self = SELF };

static int put(struct sixpn_record *record)
{
	int ret = sixpn_registry_put(both.registry, record, 0, &error);

	if (ret)
		test_note("put: %s", error.text);
	return ret;
}

static void forget_kernel(void)
{
	sixpn_device_clear(&kernel.kernel.state);
	memset(&kernel, 0, sizeof(kernel));
	kernel.kernel.state.host_id = SELF;
	ops = refusing_ops;
	ops.network_get = network_get;
	ops.machine_apply = machine_apply;
	ops.device_set = device_set;
	moody.mood = GOOD;
	moody.silent = false;
	both.kernel = &kernel;
}

static struct sixpn_record new_machine(const char *name)
{
	struct sixpn_record record;

	record_test_machine(&record, 42, SELF, 0, name);
	return record;
}

static struct sixpn_record read_machine(const char *name)
{
	struct sixpn_record record = { .kind = SIXPN_RECORD_MACHINE };

	sixpn_registry_get_named(both.registry, SIXPN_RECORD_MACHINE, 42, name,
				 &record, &error);
	return record;
}

static bool in_registry(const char *name)
{
	struct sixpn_record record = read_machine(name);
	bool is = record.revision;

	sixpn_record_clear(&record);
	return is;
}

static struct sixpn_machine *in_kernel(const char *name)
{
	struct sixpn_machine named = {
		.has = SIXPN_MACHINE_HAS_NETWORK | SIXPN_MACHINE_HAS_NAME,
		.network = 42,
	};

	snprintf(named.name, sizeof(named.name), "%s", name);
	return fake_machine_find(&kernel.kernel.state, &named);
}

/* Neither has anything. */
static bool is_clean(const char *name)
{
	const struct sixpn_device *state = &kernel.kernel.state;

	moody.silent = false;
	return !in_registry(name) && !state->network_count &&
	       !state->machine_count && !state->route_count &&
	       !state->peer_count && !kernel.kernel.refusals;
}

static bool fails(int ret, int wanted, const char *sentence)
{
	if (ret != wanted || !strstr(error.text, sentence))
		test_note("returned %d, not %d: %s", ret, wanted, error.text);
	return ret == wanted && strstr(error.text, sentence);
}

static int drop(const char *name)
{
	struct sixpn_record record = read_machine(name);
	int ret = sixpn_both_delete(&both, &record, &error);

	sixpn_record_clear(&record);
	return ret;
}

/* --- Adding. --- */

static void test_add(void)
{
	struct sixpn_record record = new_machine("web-1"), moved;
	struct in6_addr address;
	const struct sixpn_device *state = &kernel.kernel.state;

	forget_kernel();
	sixpn_addr_build(&address, 42, SELF, 77, SIXPN_SUB_MACHINE);
	test_result(!sixpn_both_add(&both, &record, &error) &&
		    record.machine.machine == 77 && record.revision &&
		    !memcmp(&record.machine.address, &address,
			    sizeof(address)) &&
		    in_kernel("web-1") && in_registry("web-1") &&
		    in_kernel("web-1")->attachment == SIXPN_ATTACHMENT_HOST &&
		    state->network_count == 1,
		    "both: a machine is added, with the id that the kernel found");
	record = new_machine("web-1");
	test_result(fails(sixpn_both_add(&both, &record, &error), -EEXIST,
			  "exists already") && state->machine_count == 1,
		    "both: a name is taken once");
	test_result(!drop("web-1") && is_clean("web-1"),
		    "both: it is deleted, and its network goes from the kernel");

	record = new_machine("web-1");
	record.machine.machine = 5;
	sixpn_addr_build(&record.machine.address, 42, SELF, 5,
			 SIXPN_SUB_MACHINE);
	test_result(!sixpn_both_add(&both, &record, &error) &&
		    in_kernel("web-1") && in_kernel("web-1")->id == 5,
		    "both: or with the id that was asked for");
	moved = new_machine("web-2");
	test_result(!sixpn_both_add(&both, &moved, &error) && !drop("web-1") &&
		    state->network_count == 1 && state->machine_count == 1 &&
		    !drop("web-2") && is_clean("web-1"),
		    "both: a network stays as long as a machine does");
}

/* What goes wrong, and what is said. */
static const struct add_case {
	const char *what;
	enum mood mood;
	unsigned int refused;
	int ret;
	const char *sentence;
} add_cases[] = {
	{ "the kernel refuses the network", GOOD, 1, -EPERM, "no" },
	{ "the kernel refuses the machine", GOOD, 2, -EPERM, "machine web-1: no" },
	{ "the registry is read-only", READ_ONLY, 0, -EROFS, "read-only" },
	{ "the registry does not answer, and has not changed", LOST, 0,
	  -ECANCELED, "had not changed, but may come to it late: look at it" },
};

static void test_add_refused(const struct add_case *wanted)
{
	struct sixpn_record record = new_machine("web-1");

	forget_kernel();
	kernel.refused = wanted->refused;
	moody.mood = wanted->mood;
	test_result(fails(sixpn_both_add(&both, &record, &error), wanted->ret,
			  wanted->sentence) && is_clean("web-1"),
		    "both: nothing has changed when %s", wanted->what);
	sixpn_record_clear(&record);
}

static void test_add_silent(void)
{
	struct sixpn_record record = new_machine("web-1");

	forget_kernel();
	moody.mood = DONE;
	test_result(!sixpn_both_add(&both, &record, &error) &&
		    record.revision && in_registry("web-1") &&
		    in_kernel("web-1"),
		    "both: a change that was not answered and is there is one");
	moody.mood = GOOD;
	drop("web-1");

	forget_kernel();
	record = new_machine("web-1");
	moody.mood = SILENT;
	test_result(fails(sixpn_both_add(&both, &record, &error), -ETIMEDOUT,
			  "may have changed or not") &&
		    !kernel.kernel.state.network_count &&
		    !kernel.kernel.state.machine_count,
		    "both: without any answer the kernel is as it was, and that is said");
	moody.silent = false;
	moody.mood = GOOD;
	test_result(in_registry("web-1") && !drop("web-1") &&
		    is_clean("web-1"),
		    "both: what is in the registry only can be deleted");
}

static void test_add_taken(void)
{
	struct sixpn_record record = new_machine("web-1");
	struct sixpn_device before = { 0 };
	struct sixpn_machine *machine;

	forget_kernel();
	fake_network_make(&kernel.kernel, 42);
	machine = sixpn_device_add_machine(&kernel.kernel.state);
	machine->has = SIXPN_MACHINE_HAS_NETWORK | SIXPN_MACHINE_HAS_NAME |
		       SIXPN_MACHINE_HAS_ADDRESS;
	machine->network = 42;
	strcpy(machine->name, "web-1");
	sixpn_addr_build(&machine->address, 42, SELF, 3, SIXPN_SUB_MACHINE);
	fake_copy_all(&before, &kernel.kernel.state);
	test_result(fails(sixpn_both_add(&both, &record, &error), -EEXIST,
			  "'sixpn up'") && !in_registry("web-1") &&
		    same_objects(&before, &kernel.kernel.state),
		    "both: a machine that only the kernel has is not touched");
	sixpn_device_clear(&before);
}

static void test_add_nowhere(void)
{
	struct sixpn_record record = new_machine("web-1");

	forget_kernel();
	ops.device_get = no_device;
	test_result(fails(sixpn_both_add(&both, &record, &error), -ENODEV,
			  "mesh0 is not there: run 'sixpn up'") &&
		    is_clean("web-1"), "both: a machine needs a mesh device");
	forget_kernel();
	both.kernel = NULL;
	test_result(fails(sixpn_both_add(&both, &record, &error), -ENODEV,
			  "run 'sixpn up'") && is_clean("web-1"),
		    "both: and a kernel module");
	forget_kernel();
	kernel.kernel.state.host_id = OTHER;
	test_result(fails(sixpn_both_add(&both, &record, &error), -ESTALE,
			  "host id") && is_clean("web-1"),
		    "both: of this host");
	forget_kernel();
	record.machine.network = 43;
	sixpn_addr_build(&record.machine.address, 43, SELF, 5,
			 SIXPN_SUB_MACHINE);
	record.machine.machine = 5;
	test_result(fails(sixpn_both_add(&both, &record, &error), -ENOENT,
			  "network 43 is not in the registry") &&
		    is_clean("web-1"), "both: in a network that there is");
	record = new_machine("web-1");
	both.self = THIRD;
	kernel.kernel.state.host_id = THIRD;
	record.machine.host = record.machine.home = THIRD;
	record.machine.machine = 5;
	sixpn_addr_build(&record.machine.address, 42, THIRD, 5,
			 SIXPN_SUB_MACHINE);
	test_result(fails(sixpn_both_add(&both, &record, &error), -ENOENT,
			  "host 9 is not in the registry") &&
		    is_clean("web-1"), "both: on a host that is in the registry");
	both.self = SELF;
}

/* --- Changing. --- */

static int change(const char *name, uint32_t state, uint32_t attachment,
		  uint32_t host)
{
	struct sixpn_record old = read_machine(name), record;
	int ret = sixpn_record_copy(&record, &old);

	record.machine.state = state;
	record.machine.attachment = attachment;
	memset(record.machine.ifname, 0, sizeof(record.machine.ifname));
	if (attachment == SIXPN_ATTACHMENT_BIND)
		strcpy(record.machine.ifname, "tap0");
	record.machine.host = host;
	if (!ret)
		ret = sixpn_both_change(&both, &old, &record, &error);
	sixpn_record_clear(&old);
	sixpn_record_clear(&record);
	return ret;
}

static bool is(const char *name, uint32_t state, uint32_t attachment,
	       uint32_t host)
{
	struct sixpn_record record = read_machine(name);
	bool same = record.revision && record.machine.state == state &&
		    record.machine.host == host &&
		    record.machine.attachment == attachment;

	sixpn_record_clear(&record);
	return same;
}

static void test_stop(void)
{
	struct sixpn_record record = new_machine("web-1");
	struct in6_addr address;

	forget_kernel();
	sixpn_both_add(&both, &record, &error);
	address = record.machine.address;
	test_result(!change("web-1", SIXPN_RUN_STOPPED, SIXPN_ATTACHMENT_HOST,
			    SELF) &&
		    is("web-1", SIXPN_RUN_STOPPED, SIXPN_ATTACHMENT_HOST,
		       SELF) &&
		    in_kernel("web-1") &&
		    in_kernel("web-1")->attachment == SIXPN_ATTACHMENT_NONE,
		    "both: a machine is stopped, and keeps what it hung on in mind");
	test_result(!change("web-1", SIXPN_RUN_STARTED, SIXPN_ATTACHMENT_BIND,
			    SELF) &&
		    is("web-1", SIXPN_RUN_STARTED, SIXPN_ATTACHMENT_BIND,
		       SELF) &&
		    in_kernel("web-1") &&
		    in_kernel("web-1")->attachment == SIXPN_ATTACHMENT_BIND &&
		    !strcmp(in_kernel("web-1")->ifname, "tap0") &&
		    !memcmp(&in_kernel("web-1")->address, &address,
			    sizeof(address)),
		    "both: it is started, elsewhere, with its address");
	kernel.requests = 0;
	kernel.refused = 1;
	test_result(fails(change("web-1", SIXPN_RUN_STARTED,
				 SIXPN_ATTACHMENT_HOST, SELF), -EPERM, "no") &&
		    is("web-1", SIXPN_RUN_STARTED, SIXPN_ATTACHMENT_BIND, SELF),
		    "both: what the kernel refuses is not in the registry");
	kernel.refused = 0;
	moody.mood = READ_ONLY;
	test_result(fails(change("web-1", SIXPN_RUN_STARTED,
				 SIXPN_ATTACHMENT_HOST, SELF), -EROFS,
			  "read-only") &&
		    in_kernel("web-1")->attachment == SIXPN_ATTACHMENT_BIND,
		    "both: what the registry refuses is undone in the kernel");
	test_result(fails(change("web-1", SIXPN_RUN_STOPPED,
				 SIXPN_ATTACHMENT_BIND, SELF), -EROFS,
			  "read-only") &&
		    in_kernel("web-1")->attachment == SIXPN_ATTACHMENT_BIND,
		    "both: and never comes to it when a machine is stopped");
	moody.mood = GOOD;
	kernel.requests = 0;
	kernel.refused = 1;
	test_result(fails(change("web-1", SIXPN_RUN_STOPPED,
				 SIXPN_ATTACHMENT_BIND, SELF), -EINPROGRESS,
			  "the registry has changed, mesh0 has not") &&
		    is("web-1", SIXPN_RUN_STOPPED, SIXPN_ATTACHMENT_BIND, SELF),
		    "both: a kernel that does not let go is told of");
	kernel.refused = 0;
	ops.device_get = no_device;
	test_result(!change("web-1", SIXPN_RUN_STOPPED, SIXPN_ATTACHMENT_HOST,
			    SELF) &&
		    fails(change("web-1", SIXPN_RUN_STARTED,
				 SIXPN_ATTACHMENT_HOST, SELF), -ENODEV,
			  "run 'sixpn up'") &&
		    is("web-1", SIXPN_RUN_STOPPED, SIXPN_ATTACHMENT_HOST,
		       SELF) && !drop("web-1"),
		    "both: without a mesh device a machine is stopped and deleted, not started");
}

static const struct sixpn_route *route_to(uint32_t home, uint32_t machine)
{
	struct in6_addr address;

	sixpn_addr_build(&address, 42, home, machine, 0);
	return fake_route_find(&kernel.kernel.state, &address);
}

static void test_move_away(void)
{
	struct sixpn_record record = new_machine("web-1");
	struct sixpn_record other = new_machine("web-2");
	const struct sixpn_peer *peer;

	forget_kernel();
	sixpn_both_add(&both, &record, &error);
	test_result(fails(change("web-1", SIXPN_RUN_STARTED,
				 SIXPN_ATTACHMENT_HOST, THIRD), -ENOENT,
			  "host 9 is not in the registry") &&
		    in_kernel("web-1")->attachment == SIXPN_ATTACHMENT_HOST &&
		    is("web-1", SIXPN_RUN_STARTED, SIXPN_ATTACHMENT_HOST,
		       SELF), "both: a machine does not move to a host that is not there");
	test_result(!change("web-1", SIXPN_RUN_STARTED, SIXPN_ATTACHMENT_HOST,
			    OTHER) &&
		    is("web-1", SIXPN_RUN_STARTED, SIXPN_ATTACHMENT_HOST,
		       OTHER) && in_kernel("web-1") &&
		    in_kernel("web-1")->moved_to == OTHER &&
		    in_kernel("web-1")->attachment == SIXPN_ATTACHMENT_NONE,
		    "both: it moves to another host, and is forwarded");
	peer = sixpn_device_host_peer(&kernel.kernel.state, OTHER);
	test_result(peer && peer->kind == SIXPN_PEER_KIND_HOST,
		    "both: to a peer that the kernel did not have");
	test_result(!change("web-1", SIXPN_RUN_STARTED, SIXPN_ATTACHMENT_HOST,
			    SELF) && in_kernel("web-1") &&
		    !in_kernel("web-1")->moved_to &&
		    in_kernel("web-1")->attachment == SIXPN_ATTACHMENT_HOST &&
		    kernel.kernel.state.peer_count == 1,
		    "both: and comes back");
	change("web-1", SIXPN_RUN_STARTED, SIXPN_ATTACHMENT_HOST, OTHER);
	other.machine.machine = 5;
	sixpn_addr_build(&other.machine.address, 42, SELF, 5,
			 SIXPN_SUB_MACHINE);
	test_result(!sixpn_both_add(&both, &other, &error) &&
		    !drop("web-2") && in_kernel("web-1") &&
		    kernel.kernel.state.network_count == 1,
		    "both: its network stays for it");
	test_result(in_kernel("web-1") && !drop("web-1") &&
		    !in_kernel("web-1") && !in_registry("web-1") &&
		    !kernel.kernel.state.network_count,
		    "both: one that has moved away is deleted here as well");
}

static void test_move_here(void)
{
	struct sixpn_record record, mine = new_machine("mine");
	struct sixpn_device *state = &kernel.kernel.state;

	forget_kernel();
	record_test_machine(&record, 42, OTHER, 5, "web-1");
	put(&record);
	sixpn_record_clear(&record);
	kernel.refused = 2;
	test_result(fails(change("web-1", SIXPN_RUN_STARTED,
				 SIXPN_ATTACHMENT_HOST, SELF), -EPERM, "no") &&
		    is("web-1", SIXPN_RUN_STARTED, SIXPN_ATTACHMENT_HOST,
		       OTHER) && !state->network_count,
		    "both: a machine that cannot be here does not move here");
	kernel.requests = 0;
	test_result(fails(change("web-1", SIXPN_RUN_STOPPED,
				 SIXPN_ATTACHMENT_HOST, SELF), -EPERM, "no") &&
		    is("web-1", SIXPN_RUN_STARTED, SIXPN_ATTACHMENT_HOST,
		       OTHER) && !state->network_count,
		    "both: neither does one that is stopped");
	kernel.refused = 0;
	moody.mood = READ_ONLY;
	test_result(fails(change("web-1", SIXPN_RUN_STARTED,
				 SIXPN_ATTACHMENT_HOST, SELF), -EROFS,
			  "read-only") &&
		    !state->network_count && !state->machine_count,
		    "both: nor one that the registry leaves where it is");
	moody.mood = GOOD;
	test_result(!change("web-1", SIXPN_RUN_STARTED, SIXPN_ATTACHMENT_HOST,
			    SELF) && in_kernel("web-1") &&
		    sixpn_addr_host(&in_kernel("web-1")->address) == OTHER &&
		    in_kernel("web-1")->attachment == SIXPN_ATTACHMENT_HOST,
		    "both: it moves here with its address");
	test_result(!change("web-1", SIXPN_RUN_STARTED, SIXPN_ATTACHMENT_HOST,
			    OTHER) && !in_kernel("web-1") &&
		    !state->network_count,
		    "both: and leaves nothing when it goes home");
	sixpn_both_add(&both, &mine, &error);
	record_test_host(&record, THIRD, "fra3");
	put(&record);
	sixpn_record_clear(&record);
	change("web-1", SIXPN_RUN_STARTED, SIXPN_ATTACHMENT_HOST, SELF);
	test_result(!change("web-1", SIXPN_RUN_STARTED, SIXPN_ATTACHMENT_HOST,
			    THIRD) && !in_kernel("web-1") &&
		    route_to(OTHER, 5) && route_to(OTHER, 5)->host_id == THIRD,
		    "both: when it goes on, a route leads to it");
	test_result(!drop("mine") && !state->network_count,
		    "both: the route goes with the network");
	mine = new_machine("mine");
	test_result(!sixpn_both_add(&both, &mine, &error) &&
		    route_to(OTHER, 5) && route_to(OTHER, 5)->host_id == THIRD,
		    "both: and comes with it");
	test_result(!change("web-1", SIXPN_RUN_STARTED, SIXPN_ATTACHMENT_HOST,
			    SELF) && in_kernel("web-1") && !route_to(OTHER, 5),
		    "both: no route leads away from a machine that is here");
	drop("mine");
	drop("web-1");
}

static void test_elsewhere(void)
{
	struct sixpn_record record;

	forget_kernel();
	record_test_machine(&record, 42, OTHER, 5, "web-1");
	put(&record);
	sixpn_record_clear(&record);
	test_result(!change("web-1", SIXPN_RUN_STOPPED, SIXPN_ATTACHMENT_HOST,
			    OTHER) &&
		    !change("web-1", SIXPN_RUN_STARTED, SIXPN_ATTACHMENT_BIND,
			    THIRD) &&
		    is("web-1", SIXPN_RUN_STARTED, SIXPN_ATTACHMENT_BIND,
		       THIRD) && !drop("web-1") && !kernel.requests &&
		    !in_registry("web-1"),
		    "both: of other hosts' machines the kernel hears nothing");
}

/* --- The files of namespaces. --- */

#define LINE "fdaa:0:2a:0:7:0:4d:2 fly-local-6pn # sixpn 7\n"

static char etc[] = "/tmp/sixpn-both-etc-XXXXXX";

static struct sixpn_record new_port(const char *netns)
{
	struct sixpn_record record = new_machine("web-1");

	record.machine.attachment = SIXPN_ATTACHMENT_PORT;
	strcpy(record.machine.ifname, "eth6");
	strcpy(record.machine.netns, netns);
	return record;
}

static bool has_lines(const char *netns)
{
	char path[64], text[1024];

	snprintf(path, sizeof(path), "netns/%s/hosts", netns);
	return file_test_read(etc, path, text, sizeof(text)) &&
	       strstr(text, LINE);
}

static int change_port(const char *netns, uint32_t state, uint32_t host)
{
	struct sixpn_record old = read_machine("web-1"), record;
	int ret = sixpn_record_copy(&record, &old);

	strcpy(record.machine.netns, netns);
	record.machine.state = state;
	record.machine.host = host;
	if (!ret)
		ret = sixpn_both_change(&both, &old, &record, &error);
	sixpn_record_clear(&old);
	sixpn_record_clear(&record);
	return ret;
}

static void test_etc_change(void)
{
	struct sixpn_record record = new_port("web");

	forget_kernel();
	test_result(!sixpn_both_add(&both, &record, &error) && has_lines("web"),
		    "both: a machine's namespace is told of its address");
	test_result(!change_port("db", SIXPN_RUN_STARTED, SELF) &&
		    has_lines("db") && !has_lines("web"),
		    "both: the one it hangs in now, and no other");
	moody.mood = READ_ONLY;
	file_test_remove(etc, "netns/db/resolv.conf");
	test_result(fails(change_port("web", SIXPN_RUN_STARTED, SELF), -EROFS,
			  "read-only") &&
		    has_lines("db") && !has_lines("web") &&
		    fails(change_port("db", SIXPN_RUN_STARTED, SELF), -EROFS,
			  "read-only") && has_lines("db"),
		    "both: what the registry refuses is undone there, and no more");
	moody.mood = GOOD;
	test_result(!change_port("db", SIXPN_RUN_STOPPED, SELF) &&
		    !has_lines("db") &&
		    !change_port("db", SIXPN_RUN_STARTED, SELF) &&
		    has_lines("db") &&
		    !change_port("db", SIXPN_RUN_STARTED, OTHER) &&
		    !has_lines("db") &&
		    !change_port("db", SIXPN_RUN_STARTED, SELF) &&
		    has_lines("db"),
		    "both: a machine that is stopped or elsewhere has no lines");
	ops.device_get = no_device;
	test_result(!drop("web-1") && !has_lines("db"),
		    "both: they go with the machine, if there is a device or not");
}

static void test_etc_refused(void)
{
	struct sixpn_record record = new_port("web");

	forget_kernel();
	file_test_folder(etc, "netns/web");
	file_test_folder(etc, "netns/web/resolv.conf");
	test_result(fails(sixpn_both_add(&both, &record, &error), -EINVAL,
			  "(--no-resolv leaves it to you)") &&
		    is_clean("web-1") && !has_lines("web"),
		    "both: nothing has changed when a file cannot be written");
	record.machine.no_resolv = true;
	test_result(!sixpn_both_add(&both, &record, &error) &&
		    !has_lines("web") && !drop("web-1") && is_clean("web-1"),
		    "both: files are left alone when that is asked for");
	file_test_remove(etc, "netns/web/resolv.conf");
	record = new_port("web");
	moody.mood = READ_ONLY;
	test_result(fails(sixpn_both_add(&both, &record, &error), -EROFS,
			  "read-only") && !has_lines("web"),
		    "both: nor does what the registry refuses stay in them");
}

static void test_etc(void)
{
	if (!mkdtemp(etc)) {
		test_result(false, "both: a folder for files of namespaces");
		return;
	}
	both.etc = etc;
	test_etc_change();
	test_etc_refused();
	both.etc = NULL;
	file_test_remove_all(etc);
}

static void make_both(void)
{
	struct sixpn_record record;

	record_test_network(&record, 42, "acme");
	put(&record);
	record_test_host(&record, SELF, "fra1");
	put(&record);
	record_test_host(&record, OTHER, "fra2");
	put(&record);
}

static void test_all(void)
{
	size_t i;

	make_both();
	test_add();
	for (i = 0; i < TEST_COUNT(add_cases); i++)
		test_add_refused(&add_cases[i]);
	test_add_silent();
	test_add_taken();
	test_add_nowhere();
	test_stop();
	test_move_away();
	test_move_here();
	test_elsewhere();
	test_etc();
	forget_kernel();
}

void test_both(void)
{
	char folder[] = "/tmp/sixpn-both-XXXXXX";
	char where[64], command[64];

	if (!mkdtemp(folder)) {
		test_result(false, "both: a folder for the registry");
		return;
	}
	snprintf(where, sizeof(where), "sqlite:%s/registry", folder);
	moody.inner = store_test_open(where);
	if (moody.inner && !sixpn_registry_open(&both.registry, &moody.store,
						&error))
		test_all();
	else
		test_result(false, "both: the registry opens");
	sixpn_registry_close(both.registry);
	sixpn_store_close(moody.inner);
	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	test_result(!system(command), "both: nothing is in the way");
}
