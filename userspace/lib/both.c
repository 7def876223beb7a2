// SPDX-License-Identifier: GPL-2.0-or-later
#include "both.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sixpn/addr.h>

#include "desired.h"
#include "netns_etc.h"
#include "resolve.h"
#include "settle.h"

#define FOUND 1

/*
 * What is done to the kernel: device and peers, and all else, are two parts of
 * one change.
 */
struct step {
	const struct sixpn_both *both;
	struct sixpn_journal journal;
	struct sixpn_device change;
	struct sixpn_device now;	/* with its peers, once they are needed */
	bool has_peers;
};

static void begin(struct step *step, const struct sixpn_both *both)
{
	*step = (struct step){
		.both = both,
		.journal = { .ops = both->ops, .context = both->kernel,
			     .undoable = true },
	};
	/* The part of device and peers names its device itself. */
	snprintf(step->change.ifname, sizeof(step->change.ifname), "%s",
		 both->ifname);
}

static void end(struct step *step)
{
	sixpn_journal_clear(&step->journal);
	sixpn_device_clear(&step->change);
	sixpn_device_clear(&step->now);
}

static int out_of_memory(struct sixpn_error *error)
{
	return sixpn_error_set(error, -ENOMEM, "out of memory");
}

/*
 * Whether the device is there, and of this host: addresses would be of another
 * one. Return: 0, -ENODEV or another negative errno.
 */
static int look(const struct sixpn_both *both, struct sixpn_error *error)
{
	struct sixpn_device device = { 0 };
	int ret = -ENODEV;

	if (both->kernel)
		ret = both->ops->device_get(both->kernel, SIXPN_READ_HEAD,
					    &device, error);
	if (ret == -ENODEV)
		sixpn_error_set(error, ret, "%s is not there: run 'sixpn up'",
				both->ifname);
	else if (ret)
		sixpn_error_prefix(error, ret, "%s", both->ifname);
	else if (device.host_id != both->self)
		ret = sixpn_error_set(error, -ESTALE,
				      "%s has host id %u, this host has %u in the registry: run 'sixpn up'",
				      both->ifname, device.host_id, both->self);
	sixpn_device_clear(&device);
	return ret;
}

static bool is_here(const struct sixpn_both *both,
		    const struct sixpn_record *record)
{
	return record->machine.host == both->self ||
	       record->machine.home == both->self;
}

/* --- What else it takes. --- */

static int read_peers(struct step *step, struct sixpn_error *error)
{
	int ret = 0;

	if (!step->has_peers)
		ret = step->both->ops->device_get(step->both->kernel,
						  SIXPN_READ_PEERS, &step->now,
						  error);
	step->has_peers = !ret;
	return ret;
}

/* The peer that what has moved is forwarded to. */
static int need_peer(struct step *step, uint32_t host,
		     struct sixpn_error *error)
{
	static const struct sixpn_resolve_options once = { 0 };
	struct sixpn_record record = { .kind = SIXPN_RECORD_HOST };
	struct sixpn_error ignored;
	struct sixpn_peer *peer;
	int ret;

	ret = read_peers(step, error);
	if (ret || sixpn_device_host_peer(&step->now, host))
		return ret;
	ret = sixpn_registry_get_host(step->both->registry, host, &record,
				      error);
	if (!ret && sixpn_desired_host(&step->change, step->both->self,
				       &record.host, 0))
		ret = out_of_memory(error);
	sixpn_record_clear(&record);
	if (ret || !step->change.peer_count ||
	    !sixpn_resolve_device(&step->change, &once, &ignored))
		return ret;
	/* It is not known where it is, but who it is. */
	peer = &step->change.peers[step->change.peer_count - 1];
	free(peer->endpoint_name);
	peer->endpoint_name = NULL;
	return 0;
}

struct routes {
	struct step *step;
	uint32_t network;
};

static int want_route(void *data, const struct sixpn_record *record)
{
	struct routes *routes = data;
	struct step *step = routes->step;

	if (record->moved.network != routes->network ||
	    !sixpn_device_host_peer(&step->now, record->moved.host))
		return 0;
	return sixpn_desired_moved(&step->change, step->both->self,
				   &record->moved);
}

static void pass_over(void *data, const char *key,
		      const struct sixpn_error *why)
{
	(void)data;
	(void)key;
	(void)why;
}

/* A network that is new here: where to find what has moved in it. */
static int want_routes(struct step *step, uint32_t network,
		       struct sixpn_error *error)
{
	static const struct sixpn_registry_what moved = {
		.kind = SIXPN_RECORD_MOVED,
	};
	struct routes routes = { .step = step, .network = network };
	struct sixpn_device ignored = { 0 };
	int ret;

	ret = step->both->ops->network_get(step->both->kernel, network,
					   &ignored, error);
	sixpn_device_clear(&ignored);
	if (ret != -ENOENT)
		return ret;
	ret = read_peers(step, error);
	return ret ? ret : sixpn_registry_list(step->both->registry, &moved,
					       want_route, pass_over, &routes,
					       error);
}

/* --- The files of its namespace. --- */

static struct sixpn_netns_etc etc_of(const struct sixpn_both *both)
{
	return (struct sixpn_netns_etc){
		.root = both->etc, .self = both->self,
	};
}

/* The namespace that has its lines, or NULL. */
static const char *name_of(const struct sixpn_both *both,
			   const struct sixpn_record *record)
{
	if (!both->etc)
		return NULL;
	return sixpn_netns_etc_name(&record->machine, both->self);
}

/* Nothing is left of what could not be written. */
static void unwrite_lines(const struct sixpn_both *both,
			  const struct sixpn_record *record,
			  struct sixpn_error *error)
{
	const struct sixpn_netns_etc etc = etc_of(both);
	struct sixpn_error why;

	if (sixpn_netns_etc_remove(&etc, record->machine.netns,
				   &record->machine.address, NULL, &why))
		sixpn_error_append(error, "; left changed: %s", why.text);
}

/* @written: set if no line of hosts said so before. */
static int write_lines(const struct sixpn_both *both,
		       const struct sixpn_record *record, bool *written,
		       struct sixpn_error *error)
{
	const struct sixpn_netns_etc etc = etc_of(both);
	const char *name = name_of(both, record);
	struct sixpn_netns_done done;
	int ret;

	*written = false;
	if (!name)
		return 0;
	ret = sixpn_netns_etc_write(&etc, name, &record->machine.address,
				    &done, error);
	*written = done.added;
	if (!ret)
		return 0;
	sixpn_error_append(error, " (--no-resolv leaves it to you)");
	if (*written)
		unwrite_lines(both, record, error);
	return ret;
}

/* Where it was and is no more. */
static int drop_lines(const struct sixpn_both *both,
		      const struct sixpn_record *old,
		      const struct sixpn_record *record,
		      struct sixpn_error *error)
{
	const struct sixpn_netns_etc etc = etc_of(both);
	const char *from = name_of(both, old);
	const char *to = record ? name_of(both, record) : NULL;
	int ret;

	if (!from || (to && !strcmp(from, to)))
		return 0;
	ret = sixpn_netns_etc_remove(&etc, from, &old->machine.address, NULL,
				     error);
	if (!ret)
		return 0;
	sixpn_error_prefix(error, 0, "the registry has changed, but");
	sixpn_error_append(error, "; 'sixpn up' makes it so");
	return -EINPROGRESS;
}

/* --- Doing it. --- */

static int apply(struct step *step, struct sixpn_error *error)
{
	int ret = 0;

	if (step->change.peer_count)
		ret = sixpn_journal_device(&step->journal, &step->change,
					   error);
	if (!ret)
		ret = sixpn_journal_objects(&step->journal, &step->change,
					    error);
	return ret;
}

static int put(const struct sixpn_both *both, struct sixpn_record *record,
	       bool written, struct sixpn_error *error)
{
	int ret = sixpn_settle_put(both->registry, record, error);

	if (ret && written)
		unwrite_lines(both, record, error);
	return ret;
}

/* The kernel first, and both or none. */
static int apply_and_put(struct step *step, struct sixpn_record *record,
			 struct sixpn_error *error)
{
	bool written = false;
	int ret = apply(step, error);

	if (!ret)
		ret = write_lines(step->both, record, &written, error);
	if (!ret)
		ret = put(step->both, record, written, error);
	if (ret)
		sixpn_journal_undo(&step->journal, error);
	return ret;
}

/* The registry has it: what remains is to be told, whatever it was. */
static int say_unfinished(const struct sixpn_both *both,
			  struct sixpn_error *error)
{
	sixpn_error_prefix(error, 0, "the registry has changed, %s has not",
			   both->ifname);
	sixpn_error_append(error, "; 'sixpn up' makes it so");
	return -EINPROGRESS;
}

/* --- Adding. --- */

static void note_address(void *context, const struct sixpn_machine *machine)
{
	struct sixpn_record *record = context;

	record->machine.address = machine->address;
	record->machine.machine = sixpn_addr_machine(&machine->address);
}

static int plan_addition(struct step *step, const struct sixpn_record *record,
			 struct sixpn_error *error)
{
	struct sixpn_machine *machine;

	if (sixpn_desired_machine(&step->change, step->both->self,
				  &record->machine))
		return out_of_memory(error);
	machine = &step->change.machines[0];
	machine->must_make = true;
	machine->reattach = false;
	if (!record->machine.machine)
		machine->has &= ~(uint32_t)SIXPN_MACHINE_HAS_ADDRESS;
	return want_routes(step, record->machine.network, error);
}

static int add(struct step *step, struct sixpn_record *record,
	       struct sixpn_error *error)
{
	bool written = false;
	int ret = apply(step, error);

	if (ret == -EEXIST)
		sixpn_error_append(error, " (a machine that the registry does not know: 'sixpn up' removes it)");
	if (!ret) {
		sixpn_journal_tell(&step->journal, note_address, record);
		ret = write_lines(step->both, record, &written, error);
	}
	if (!ret)
		ret = put(step->both, record, written, error);
	if (ret)
		sixpn_journal_undo(&step->journal, error);
	return ret;
}

/* What the registry would refuse anyway, before the kernel is touched. */
static int check_name(const struct sixpn_both *both,
		      const struct sixpn_record *record,
		      struct sixpn_error *error)
{
	struct sixpn_record other = { .kind = SIXPN_RECORD_MACHINE };
	int ret;

	ret = sixpn_registry_get_named(both->registry, SIXPN_RECORD_MACHINE,
				       record->machine.network,
				       record->machine.name, &other, error);
	sixpn_record_clear(&other);
	if (!ret)
		return sixpn_error_set(error, -EEXIST,
				       "machine '%s' exists already (sixpn machine show %s)",
				       record->machine.name,
				       record->machine.name);
	return ret == -ENOENT ? 0 : ret;
}

int sixpn_both_add(const struct sixpn_both *both, struct sixpn_record *record,
		   struct sixpn_error *error)
{
	struct step step;
	int ret;

	ret = check_name(both, record, error);
	if (!ret)
		ret = look(both, error);
	if (ret)
		return ret;
	begin(&step, both);
	ret = plan_addition(&step, record, error);
	if (!ret)
		ret = add(&step, record, error);
	end(&step);
	return ret;
}

/* --- Changing. --- */

/* A route of the kernel that leads to where the machine is no more. */
static int drop_route(struct step *step,
		      const struct sixpn_record_machine *machine,
		      struct sixpn_error *error)
{
	struct sixpn_device found = { 0 };
	struct sixpn_route *route;
	int ret;

	ret = step->both->ops->route_get(step->both->kernel, &machine->address,
					 &found, error);
	sixpn_device_clear(&found);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	route = sixpn_device_add_route(&step->change);
	if (!route)
		return out_of_memory(error);
	route->address = sixpn_addr_machine_prefix(&machine->address);
	route->remove = true;
	return 0;
}

static int drop_machine(struct step *step,
			const struct sixpn_record_machine *machine,
			struct sixpn_error *error)
{
	struct sixpn_machine *gone = sixpn_device_add_machine(&step->change);

	if (!gone)
		return out_of_memory(error);
	gone->has = SIXPN_MACHINE_HAS_NETWORK | SIXPN_MACHINE_HAS_ADDRESS |
		    SIXPN_MACHINE_HAS_NAME;
	gone->network = machine->network;
	gone->address = machine->address;
	memcpy(gone->name, machine->name, sizeof(machine->name));
	gone->remove = true;
	return 0;
}

static int plan_change(struct step *step, const struct sixpn_record *record,
		       struct sixpn_error *error)
{
	const struct sixpn_record_machine *machine = &record->machine;
	uint32_t self = step->both->self;
	int ret = 0;

	if (sixpn_desired_machine(&step->change, self, machine))
		return out_of_memory(error);
	ret = want_routes(step, machine->network, error);
	if (!ret && machine->host != self)
		ret = need_peer(step, machine->host, error);
	else if (!ret && machine->home != self)
		ret = drop_route(step, machine, error);
	return ret;
}

/* Whether the kernel is asked for something that it may refuse. */
static bool takes_something(const struct sixpn_both *both,
			    const struct sixpn_record *old,
			    const struct sixpn_record *record)
{
	if (record->machine.host != both->self)
		return false;
	return old->machine.host != both->self ||
	       (record->machine.state == SIXPN_RUN_STARTED &&
		record->machine.attachment != SIXPN_ATTACHMENT_NONE);
}

static int change_kernel_first(const struct sixpn_both *both,
			       const struct sixpn_record *old,
			       struct sixpn_record *record,
			       struct sixpn_error *error)
{
	struct step step;
	int ret = look(both, error);

	if (ret)
		return ret;
	begin(&step, both);
	ret = plan_change(&step, record, error);
	if (!ret)
		ret = apply_and_put(&step, record, error);
	end(&step);
	return ret ? ret : drop_lines(both, old, record, error);
}

/* --- Leaving. --- */

static int found(void *data, const struct sixpn_record *record)
{
	const uint32_t *network = data;
	uint32_t of = record->kind == SIXPN_RECORD_MACHINE ?
		      record->machine.network : record->client.network;

	return of == *network ? FOUND : 0;
}

/* Whether anything of a network is to be here, in the kernel yet or not. */
static int is_needed(const struct sixpn_both *both, uint32_t network,
		     struct sixpn_error *error)
{
	struct sixpn_registry_what what = {
		.kind = SIXPN_RECORD_MACHINE, .host = both->self,
	};
	int ret;

	ret = sixpn_registry_list(both->registry, &what, found, pass_over,
				  &network, error);
	what.kind = SIXPN_RECORD_CLIENT;
	return ret ? ret : sixpn_registry_list(both->registry, &what, found,
					       pass_over, &network, error);
}

int sixpn_both_drop_network(const struct sixpn_both *both, uint32_t network,
			    struct sixpn_error *error)
{
	struct sixpn_network gone = { .id = network, .remove = true };
	struct sixpn_device device = { 0 };
	bool made;
	int ret;

	ret = both->ops->network_get(both->kernel, network, &device, error);
	if (!ret && device.network_count && device.networks[0].machine_count)
		ret = FOUND;
	sixpn_device_clear(&device);
	if (!ret)
		ret = is_needed(both, network, error);
	if (!ret)
		ret = both->ops->network_apply(both->kernel, &gone, &made,
					       error);
	return ret < 0 && ret != -ENOENT ? ret : 0;
}

static bool has_network(const struct sixpn_both *both, uint32_t network)
{
	struct sixpn_device ignored = { 0 };
	struct sixpn_error error;
	int ret;

	ret = both->ops->network_get(both->kernel, network, &ignored, &error);
	sixpn_device_clear(&ignored);
	return !ret;
}

/* Where it has gone to, if the network stays here for others. */
static int follow(const struct sixpn_both *both,
		  const struct sixpn_record_machine *machine,
		  struct sixpn_error *error)
{
	const struct sixpn_record_moved moved = {
		.network = machine->network, .home = machine->home,
		.machine = machine->machine, .host = machine->host,
	};
	struct step step;
	int ret = 0;

	if (machine->host == machine->home ||
	    !has_network(both, machine->network))
		return 0;
	begin(&step, both);
	if (sixpn_desired_network(&step.change, machine->network) ||
	    sixpn_desired_moved(&step.change, both->self, &moved))
		ret = out_of_memory(error);
	if (!ret)
		ret = need_peer(&step, machine->host, error);
	if (!ret)
		ret = apply(&step, error);
	end(&step);
	return ret;
}

/* The kernel lets go of a machine. */
static int leave(const struct sixpn_both *both,
		 const struct sixpn_record_machine *machine,
		 struct sixpn_error *error)
{
	struct step step;
	int ret;

	begin(&step, both);
	ret = drop_machine(&step, machine, error);
	if (!ret)
		ret = apply(&step, error);
	/* It never came to be, or somebody was quicker. */
	if (ret == -ENOENT)
		ret = 0;
	if (!ret)
		ret = sixpn_both_drop_network(both, machine->network, error);
	end(&step);
	return ret;
}

static int let_go(const struct sixpn_both *both,
		  const struct sixpn_record *record, struct sixpn_error *error)
{
	struct step step;
	int ret;

	if (!is_here(both, record)) {
		ret = leave(both, &record->machine, error);
		return ret ? ret : follow(both, &record->machine, error);
	}
	begin(&step, both);
	ret = plan_change(&step, record, error);
	if (!ret)
		ret = apply(&step, error);
	if (ret)
		sixpn_journal_undo(&step.journal, error);
	end(&step);
	return ret;
}

int sixpn_both_change(const struct sixpn_both *both,
		      const struct sixpn_record *old,
		      struct sixpn_record *record, struct sixpn_error *error)
{
	int ret;

	if (takes_something(both, old, record))
		return change_kernel_first(both, old, record, error);
	ret = sixpn_settle_put(both->registry, record, error);
	if (ret || !(is_here(both, old) || is_here(both, record)))
		return ret;
	ret = look(both, error);
	if (!ret)
		ret = let_go(both, record, error);
	/* 'sixpn up' will make it as the registry says by then. */
	if (ret && ret != -ENODEV)
		return say_unfinished(both, error);
	return drop_lines(both, old, record, error);
}

int sixpn_both_delete(const struct sixpn_both *both,
		      const struct sixpn_record *record,
		      struct sixpn_error *error)
{
	int ret = sixpn_settle_delete(both->registry, record, error);

	if (ret || !is_here(both, record))
		return ret;
	ret = look(both, error);
	if (!ret)
		ret = leave(both, &record->machine, error);
	if (ret && ret != -ENODEV)
		return say_unfinished(both, error);
	return drop_lines(both, record, NULL, error);
}
