// SPDX-License-Identifier: GPL-2.0-or-later
#include "journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "format.h"
#include "keys.h"
#include "sync.h"

#define UNDO_ATTEMPTS 10

enum step_kind {
	STEP_DEVICE,
	STEP_NETWORK,
	STEP_MACHINE,
	STEP_ROUTE,
};

/**
 * struct sixpn_step - a request that was not refused
 * @change: of a device; borrowed
 * @before: of a device, and the machines and routes that may have gone with
 *	peers; owned
 * @network: was made, or was removed
 * @route: as it was; host id 0 if it was not there
 */
struct sixpn_step {
	enum step_kind kind;
	const struct sixpn_device *change;
	struct sixpn_device before;
	struct sixpn_network network;
	struct sixpn_machine_done machine;
	struct sixpn_route route;
};

static int out_of_memory(struct sixpn_error *error)
{
	return sixpn_error_set(error, -ENOMEM, "out of memory");
}

/* An empty one, which counts once note() is called. */
static struct sixpn_step *next_step(struct sixpn_journal *journal,
				    enum step_kind kind)
{
	size_t room = journal->room ? journal->room * 2 : 4;
	struct sixpn_step *steps;

	if (journal->count == journal->room) {
		steps = calloc(room, sizeof(*steps));
		if (!steps)
			return NULL;
		if (journal->count) {
			memcpy(steps, journal->steps,
			       journal->count * sizeof(*steps));
			sixpn_key_wipe(journal->steps,
				       journal->count * sizeof(*steps));
		}
		free(journal->steps);
		journal->steps = steps;
		journal->room = room;
	}
	steps = &journal->steps[journal->count];
	memset(steps, 0, sizeof(*steps));
	steps->kind = kind;
	sixpn_machine_done_init(&steps->machine, journal->undoable);
	return steps;
}

static void clear_step(struct sixpn_step *step)
{
	sixpn_device_clear(&step->before);
	sixpn_machine_done_clear(&step->machine);
}

/* Keep the step, or forget it if it was refused. Return: @ret. */
static int note(struct sixpn_journal *journal, struct sixpn_step *step, int ret)
{
	if (ret)
		clear_step(step);
	else
		journal->count++;
	return ret;
}

size_t sixpn_journal_steps(const struct sixpn_device *change)
{
	return (change->has || change->flags || change->peer_count) +
	       sixpn_journal_object_steps(change);
}

size_t sixpn_journal_object_steps(const struct sixpn_device *change)
{
	return change->network_count + change->machine_count +
	       change->route_count;
}

/* --- Doing. --- */

static int read_before(struct sixpn_journal *journal, struct sixpn_step *step,
		       struct sixpn_error *error)
{
	const struct sixpn_device *change = step->change;
	bool peers = change->peer_count || change->flags;
	int ret;

	ret = journal->ops->device_get(journal->context,
				       peers ? SIXPN_READ_PEERS :
					       SIXPN_READ_HEAD,
				       &step->before, error);
	if (ret || !sixpn_undo_takes_objects(&step->before, change))
		return ret;
	return journal->ops->device_get(journal->context, SIXPN_READ_ALL,
					&step->before, error);
}

int sixpn_journal_device(struct sixpn_journal *journal,
			 const struct sixpn_device *change,
			 struct sixpn_error *error)
{
	struct sixpn_step *step = next_step(journal, STEP_DEVICE);
	int ret = 0;

	if (!step)
		return out_of_memory(error);
	step->change = change;
	if (journal->undoable)
		ret = read_before(journal, step, error);
	if (!ret)
		ret = journal->ops->device_set(journal->context, change, error);
	return note(journal, step, ret);
}

static int tell(struct sixpn_error *error, int ret, const char *what,
		const struct in6_addr *address)
{
	char text[SIXPN_ALLOWEDIP_TEXT_MAX];

	sixpn_format_6pn(text, address);
	return sixpn_error_prefix(error, ret, "%s %s", what, text);
}

static int tell_machine(struct sixpn_error *error, int ret,
			const struct sixpn_machine *machine)
{
	if (machine->has & SIXPN_MACHINE_HAS_NAME)
		return sixpn_error_prefix(error, ret, "machine %s",
					  machine->name);
	if (machine->has & SIXPN_MACHINE_HAS_ADDRESS)
		return tell(error, ret, "machine", &machine->address);
	if (machine->has & SIXPN_MACHINE_HAS_ID)
		return sixpn_error_prefix(error, ret, "machine %u",
					  machine->id);
	return sixpn_error_prefix(error, ret, "machine of network %u",
				  machine->network);
}

static int do_network(struct sixpn_journal *journal,
		      const struct sixpn_network *network,
		      struct sixpn_error *error)
{
	struct sixpn_step *step = next_step(journal, STEP_NETWORK);
	bool made = false;
	int ret;

	if (!step)
		return out_of_memory(error);
	ret = journal->ops->network_apply(journal->context, network, &made,
					  error);
	/* It was there when we looked: it is gone, and that was wanted. */
	if (ret == -ENOENT && network->remove)
		ret = 0;
	step->network = *network;
	if (ret)
		sixpn_error_prefix(error, ret, "network %u", network->id);
	/* What was there already is not ours to remove. */
	if (ret || !(made || network->remove)) {
		clear_step(step);
		return ret;
	}
	return note(journal, step, ret);
}

static int do_networks(struct sixpn_journal *journal,
		       const struct sixpn_device *change, bool remove,
		       struct sixpn_error *error)
{
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < change->network_count; i++)
		if (change->networks[i].remove == remove)
			ret = do_network(journal, &change->networks[i], error);
	return ret;
}

static int do_machine(struct sixpn_journal *journal,
		      const struct sixpn_machine *wanted,
		      struct sixpn_error *error)
{
	struct sixpn_step *step = next_step(journal, STEP_MACHINE);
	int ret;

	if (!step)
		return out_of_memory(error);
	ret = journal->ops->machine_apply(journal->context, wanted,
					  &step->machine, error);
	if (ret)
		tell_machine(error, ret, wanted);
	return note(journal, step, ret);
}

/* Return: 0 with host id 0 in @before if there is none. */
static int read_route(struct sixpn_journal *journal, struct sixpn_route *before,
		      const struct sixpn_route *wanted,
		      struct sixpn_error *error)
{
	struct sixpn_device device = { 0 };
	int ret;

	*before = (struct sixpn_route){ .address = wanted->address };
	if (!journal->undoable)
		return 0;
	ret = journal->ops->route_get(journal->context, &wanted->address,
				      &device, error);
	if (!ret && device.route_count)
		*before = device.routes[0];
	sixpn_device_clear(&device);
	return ret == -ENOENT ? 0 : ret;
}

static int do_route(struct sixpn_journal *journal,
		    const struct sixpn_route *wanted, struct sixpn_error *error)
{
	struct sixpn_step *step = next_step(journal, STEP_ROUTE);
	int ret;

	if (!step)
		return out_of_memory(error);
	ret = read_route(journal, &step->route, wanted, error);
	if (!ret)
		ret = journal->ops->route_apply(journal->context, wanted,
						error);
	if (ret)
		tell(error, ret, "route", &wanted->address);
	return note(journal, step, ret);
}

static bool makes_network(const struct sixpn_device *change, uint32_t id)
{
	size_t i;

	for (i = 0; i < change->network_count; i++)
		if (change->networks[i].id == id &&
		    !change->networks[i].remove)
			return true;
	return false;
}

/* A network cannot be put together again: its removal must not be refused. */
static int check_removals(struct sixpn_journal *journal,
			  const struct sixpn_device *change,
			  struct sixpn_error *error)
{
	struct sixpn_device ignored = { 0 };
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < change->network_count; i++) {
		const struct sixpn_network *network = &change->networks[i];

		if (!network->remove)
			continue;
		ret = journal->ops->network_get(journal->context, network->id,
						&ignored, error);
		if (ret == -ENOENT && makes_network(change, network->id))
			ret = 0;
		if (ret)
			sixpn_error_prefix(error, ret, "network %u",
					   network->id);
	}
	sixpn_device_clear(&ignored);
	return ret;
}

static int check(struct sixpn_journal *journal,
		 const struct sixpn_device *change, struct sixpn_error *error)
{
	int ret = check_removals(journal, change, error);
	size_t i;

	for (i = 0; !ret && i < change->machine_count; i++) {
		ret = journal->ops->machine_check(journal->context,
						  &change->machines[i], error);
		if (ret)
			tell_machine(error, ret, &change->machines[i]);
	}
	return ret;
}

int sixpn_journal_objects(struct sixpn_journal *journal,
			  const struct sixpn_device *change,
			  struct sixpn_error *error)
{
	int ret = check(journal, change, error);
	size_t i;

	if (!ret)
		ret = do_networks(journal, change, false, error);
	for (i = 0; !ret && i < change->machine_count; i++)
		ret = do_machine(journal, &change->machines[i], error);
	for (i = 0; !ret && i < change->route_count; i++)
		ret = do_route(journal, &change->routes[i], error);
	return ret ? ret : do_networks(journal, change, true, error);
}

/* --- Undoing. --- */

/* A machine that went with its client, as it was; nothing if it is there. */
static int restore_machine(struct sixpn_journal *journal,
			   const struct sixpn_machine *before,
			   struct sixpn_error *error)
{
	struct sixpn_machine_done gone, done;
	struct sixpn_machine machine;
	int ret;

	sixpn_machine_done_init(&gone, false);
	gone.removed = true;
	gone.before = *before;
	gone.now = *before;
	sixpn_machine_inverse(&machine, &gone);
	sixpn_machine_done_init(&done, false);
	ret = journal->ops->machine_apply(journal->context, &machine, &done,
					  error);
	sixpn_machine_done_clear(&done);
	return ret ? tell_machine(error, ret, before) : 0;
}

/* Those that need a peer which the change named. */
static int restore_objects(struct sixpn_journal *journal,
			   const struct sixpn_step *step,
			   struct sixpn_error *error)
{
	const struct sixpn_device *before = &step->before;
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < before->machine_count; i++)
		if (before->machines[i].has & SIXPN_MACHINE_HAS_PEER_KEY &&
		    sixpn_undo_is_named(step->change,
					before->machines[i].peer_key))
			ret = restore_machine(journal, &before->machines[i],
					      error);
	for (i = 0; !ret && i < before->route_count; i++) {
		const struct sixpn_route *route = &before->routes[i];
		const struct sixpn_peer *host;

		host = sixpn_device_host_peer(before, route->host_id);
		if (!host ||
		    !sixpn_undo_is_named(step->change, host->public_key))
			continue;
		ret = journal->ops->route_apply(journal->context, route, error);
		if (ret)
			tell(error, ret, "route", &route->address);
	}
	return ret;
}

/* -ESTALE when the device changed in between. */
static int undo_device_once(struct sixpn_journal *journal,
			    const struct sixpn_step *step,
			    struct sixpn_error *error)
{
	struct sixpn_device now = { 0 }, plan = { 0 };
	int ret;

	ret = journal->ops->device_get(journal->context, SIXPN_READ_PEERS,
				       &now, error);
	if (!ret && sixpn_undo_plan(&plan, &step->before, &now, step->change))
		ret = out_of_memory(error);
	if (!ret && !sixpn_sync_is_empty(&plan))
		ret = journal->ops->device_set(journal->context, &plan, error);
	sixpn_device_clear(&now);
	sixpn_device_clear(&plan);
	return ret;
}

static int undo_device(struct sixpn_journal *journal,
		       const struct sixpn_step *step, struct sixpn_error *error)
{
	int tries, ret = -ESTALE;

	for (tries = 0; ret == -ESTALE && tries < UNDO_ATTEMPTS; tries++)
		ret = undo_device_once(journal, step, error);
	if (ret)
		return sixpn_error_prefix(error, ret, "device and peers");
	return restore_objects(journal, step, error);
}

static int undo_network(struct sixpn_journal *journal,
			const struct sixpn_step *step,
			struct sixpn_error *error)
{
	struct sixpn_network network = step->network;
	bool made;
	int ret;

	if (network.remove)
		return sixpn_error_set(error, -EBUSY, "network %u is removed",
				       network.id);
	network.remove = true;
	ret = journal->ops->network_apply(journal->context, &network, &made,
					  error);
	/* Somebody else was quicker. */
	if (!ret || ret == -ENOENT)
		return 0;
	return sixpn_error_prefix(error, ret, "network %u", network.id);
}

static int undo_machine(struct sixpn_journal *journal, struct sixpn_step *step,
			struct sixpn_error *error)
{
	int ret;

	ret = journal->ops->machine_undo(journal->context, &step->machine,
					 error);
	if (!ret || (ret == -ENOENT && step->machine.made))
		return 0;
	return tell_machine(error, ret, &step->machine.now);
}

static int undo_route(struct sixpn_journal *journal,
		      const struct sixpn_step *step, struct sixpn_error *error)
{
	struct sixpn_route route = step->route;
	int ret;

	route.remove = !route.host_id;
	ret = journal->ops->route_apply(journal->context, &route, error);
	if (!ret || (ret == -ENOENT && route.remove))
		return 0;
	return tell(error, ret, "route", &route.address);
}

static int undo_step(struct sixpn_journal *journal, struct sixpn_step *step,
		     struct sixpn_error *error)
{
	switch (step->kind) {
	case STEP_DEVICE:
		return undo_device(journal, step, error);
	case STEP_NETWORK:
		return undo_network(journal, step, error);
	case STEP_MACHINE:
		return undo_machine(journal, step, error);
	default:
		return undo_route(journal, step, error);
	}
}

void sixpn_journal_undo(struct sixpn_journal *journal,
			struct sixpn_error *error)
{
	const char *separator = "; left changed, for undoing it failed: ";

	while (journal->count) {
		struct sixpn_step *step = &journal->steps[--journal->count];
		struct sixpn_error why;

		/* One that stays must not keep the others. */
		if (journal->undoable && undo_step(journal, step, &why)) {
			sixpn_error_append(error, "%s%s", separator, why.text);
			separator = ", ";
		}
		clear_step(step);
	}
}

void sixpn_journal_tell(const struct sixpn_journal *journal,
			sixpn_machine_handler *handle, void *context)
{
	size_t i;

	for (i = 0; i < journal->count; i++)
		if (journal->steps[i].kind == STEP_MACHINE &&
		    !journal->steps[i].machine.removed)
			handle(context, &journal->steps[i].machine.now);
}

void sixpn_journal_clear(struct sixpn_journal *journal)
{
	while (journal->count)
		clear_step(&journal->steps[--journal->count]);
	free(journal->steps);
	journal->steps = NULL;
	journal->room = 0;
}
