// SPDX-License-Identifier: GPL-2.0-or-later
#include "sync.h"

#include <stdlib.h>
#include <string.h>

#include <sixpn/addr.h>

#include "object_message.h"
#include "random_model.h"
#include "test.h"

/*
 * A kernel that applies what sixpn_objects_apply() would ask of it, in its
 * order, and counts the refusals that a right plan never meets.
 */
struct kernel {
	struct sixpn_device state;
	unsigned int refusals, deaths;
};

static struct sixpn_network *find_network(struct sixpn_device *device,
					  uint32_t id)
{
	size_t i;

	for (i = 0; i < device->network_count; i++)
		if (device->networks[i].id == id)
			return &device->networks[i];
	return NULL;
}

static struct sixpn_machine *find_machine(struct sixpn_device *device,
					  const struct sixpn_machine *named)
{
	size_t i;

	for (i = 0; i < device->machine_count; i++) {
		struct sixpn_machine *machine = &device->machines[i];

		if (named->has & SIXPN_MACHINE_HAS_ADDRESS) {
			if (sixpn_addr_same_machine(&machine->address,
						    &named->address))
				return machine;
		} else if (machine->network == named->network &&
			   (named->has & SIXPN_MACHINE_HAS_ID ?
			    machine->id == named->id &&
			    sixpn_addr_host(&machine->address) == 7 :
			    !strcmp(machine->name, named->name))) {
			return machine;
		}
	}
	return NULL;
}

static void apply_machine(struct kernel *kernel,
			  const struct sixpn_machine *wanted)
{
	struct sixpn_device *state = &kernel->state;
	struct sixpn_machine *machine = find_machine(state, wanted), *added;

	if (wanted->remove) {
		if (!machine) {
			kernel->refusals++;
			return;
		}
		kernel->deaths++;
		*machine = state->machines[--state->machine_count];
		return;
	}
	if (machine && strcmp(machine->name, wanted->name) && wanted->name[0])
		kernel->refusals++;
	if (!find_network(state, wanted->network))
		kernel->refusals++;
	if (!machine) {
		added = sixpn_device_add_machine(state);
		*added = *wanted;
		added->netns = NULL;
		if (!(wanted->has & SIXPN_MACHINE_HAS_ADDRESS))
			sixpn_addr_build(&added->address, wanted->network, 7,
					 wanted->id, SIXPN_SUB_MACHINE);
		return;
	}
	machine->has |= wanted->has;
	if (wanted->has & SIXPN_MACHINE_HAS_ATTACHMENT) {
		machine->attachment = wanted->attachment;
		memcpy(machine->ifname, wanted->ifname,
		       sizeof(machine->ifname));
		memcpy(machine->peer_key, wanted->peer_key, SIXPN_KEY_LEN);
	}
	if (wanted->has & SIXPN_MACHINE_HAS_MOVED_TO)
		machine->moved_to = wanted->moved_to;
}

static struct sixpn_route *find_route(struct sixpn_device *device,
				      const struct in6_addr *address)
{
	size_t i;

	for (i = 0; i < device->route_count; i++)
		if (sixpn_addr_same_machine(&device->routes[i].address,
					    address))
			return &device->routes[i];
	return NULL;
}

static void apply_route(struct kernel *kernel, const struct sixpn_route *wanted)
{
	struct sixpn_device *state = &kernel->state;
	struct sixpn_route *route = find_route(state, &wanted->address);

	if (!find_network(state, sixpn_addr_network(&wanted->address)) ||
	    (wanted->remove && !route))
		kernel->refusals++;
	else if (wanted->remove)
		*route = state->routes[--state->route_count];
	else if (route)
		route->host_id = wanted->host_id;
	else
		*sixpn_device_add_route(state) = *wanted;
}

static void remove_network(struct kernel *kernel, uint32_t id)
{
	struct sixpn_device *state = &kernel->state;
	struct sixpn_network *network = find_network(state, id);
	size_t i;

	if (!network) {
		kernel->refusals++;
		return;
	}
	*network = state->networks[--state->network_count];
	for (i = state->machine_count; i-- > 0;)
		if (state->machines[i].network == id)
			state->machines[i] =
				state->machines[--state->machine_count];
	for (i = state->route_count; i-- > 0;)
		if (sixpn_addr_network(&state->routes[i].address) == id)
			state->routes[i] = state->routes[--state->route_count];
}

static void apply(struct kernel *kernel, const struct sixpn_device *change)
{
	size_t i;

	for (i = 0; i < change->network_count; i++)
		if (!change->networks[i].remove)
			sixpn_device_add_network(&kernel->state)->id =
				change->networks[i].id;
	for (i = 0; i < change->machine_count; i++)
		apply_machine(kernel, &change->machines[i]);
	for (i = 0; i < change->route_count; i++)
		apply_route(kernel, &change->routes[i]);
	for (i = 0; i < change->network_count; i++)
		if (change->networks[i].remove)
			remove_network(kernel, change->networks[i].id);
}

/* Whether each of @wanted is there as it is wanted. */
static bool holds(struct sixpn_device *state, const struct sixpn_device *wanted)
{
	size_t i;

	for (i = 0; i < wanted->network_count; i++)
		if (!find_network(state, wanted->networks[i].id))
			return false;
	for (i = 0; i < wanted->machine_count; i++) {
		const struct sixpn_machine *machine;

		machine = find_machine(state, &wanted->machines[i]);
		if (!machine || !same_machine(machine, &wanted->machines[i]))
			return false;
	}
	for (i = 0; i < wanted->route_count; i++) {
		const struct sixpn_route *route;

		route = find_route(state, &wanted->routes[i].address);
		if (!route || route->host_id != wanted->routes[i].host_id)
			return false;
	}
	return true;
}

/* As a whole file has it; a port tells nothing of its namespace here. */
static void make_wanted(struct sixpn_device *device)
{
	size_t i;

	for (i = 0; i < device->machine_count; i++) {
		struct sixpn_machine *machine = &device->machines[i];

		machine->has |= SIXPN_MACHINE_HAS_MOVED_TO;
		if (machine->attachment != SIXPN_ATTACHMENT_PORT)
			continue;
		machine->attachment = SIXPN_ATTACHMENT_HOST;
		memset(machine->ifname, 0, sizeof(machine->ifname));
	}
}

static void test_property(void)
{
	unsigned int i, wrong = 0, restless = 0, partial = 0, refusals = 0;

	for (i = 0; i < 500; i++) {
		struct sixpn_device wanted = { 0 }, plan = { 0 }, again = { 0 };
		struct kernel kernel = { 0 };

		random_objects(&kernel.state, 8);
		random_objects(&wanted, 8);
		make_wanted(&wanted);
		sixpn_sync_plan_objects(&plan, &kernel.state, &wanted, i & 1);
		apply(&kernel, &plan);
		refusals += kernel.refusals;
		if (!holds(&kernel.state, &wanted))
			i & 1 ? wrong++ : partial++;
		if (i & 1 &&
		    (kernel.state.network_count != wanted.network_count ||
		     kernel.state.machine_count != wanted.machine_count ||
		     kernel.state.route_count != wanted.route_count))
			wrong++;
		sixpn_sync_plan_objects(&again, &kernel.state, &wanted, i & 1);
		if (again.network_count || again.machine_count ||
		    again.route_count)
			restless++;
		sixpn_device_clear(&kernel.state);
		sixpn_device_clear(&wanted);
		sixpn_device_clear(&plan);
		sixpn_device_clear(&again);
	}
	test_result(!wrong, "sync: objects of 250 plans as the file wants them");
	test_result(!partial, "sync: 250 plans that add have what is wanted");
	test_result(!refusals, "sync: no plan asks for what is refused");
	test_result(!restless, "sync: a second plan of objects is empty");
}

static struct sixpn_machine *add_named(struct sixpn_device *device,
				       const char *name, uint32_t id)
{
	struct sixpn_machine *machine = sixpn_device_add_machine(device);

	machine->network = 1;
	machine->has = SIXPN_MACHINE_HAS_NETWORK | SIXPN_MACHINE_HAS_NAME;
	strcpy(machine->name, name);
	if (id) {
		machine->has |= SIXPN_MACHINE_HAS_ID |
				SIXPN_MACHINE_HAS_ADDRESS;
		machine->id = id;
		sixpn_addr_build(&machine->address, 1, 7, id,
				 SIXPN_SUB_MACHINE);
	}
	return machine;
}

/* One network with one machine on a port, and what a file says of it. */
static void make_pair(struct sixpn_device *now, struct sixpn_device *wanted)
{
	struct sixpn_machine *machine;

	now->host_id = 7;
	sixpn_device_add_network(now)->id = 1;
	sixpn_device_add_network(wanted)->id = 1;
	machine = add_named(now, "web", 5);
	machine->has |= SIXPN_MACHINE_HAS_ATTACHMENT | SIXPN_MACHINE_HAS_IFNAME;
	machine->attachment = SIXPN_ATTACHMENT_PORT;
	strcpy(machine->ifname, "eth6");
}

static void test_attachments(void)
{
	struct sixpn_device now = { 0 }, wanted = { 0 }, plan = { 0 };
	struct sixpn_machine *machine;

	make_pair(&now, &wanted);
	machine = add_named(&wanted, "web", 0);
	sixpn_sync_plan_objects(&plan, &now, &wanted, true);
	test_result(!plan.machine_count && !plan.network_count,
		    "sync: a machine whose file tells no attachment keeps it");
	sixpn_device_clear(&plan);
	machine->has |= SIXPN_MACHINE_HAS_ATTACHMENT | SIXPN_MACHINE_HAS_IFNAME;
	machine->attachment = SIXPN_ATTACHMENT_PORT;
	machine->netns = strdup("web");
	strcpy(machine->ifname, "eth6");
	sixpn_sync_plan_objects(&plan, &now, &wanted, true);
	test_result(plan.machine_count == 1 && !plan.machines[0].remove &&
		    test_same_text(plan.machines[0].netns, "web"),
		    "sync: a port is looked at where it should be");
	sixpn_device_clear(&plan);
	sixpn_device_clear(&now);
	sixpn_device_clear(&wanted);
}

static void test_renamed(void)
{
	struct sixpn_device now = { 0 }, wanted = { 0 }, plan = { 0 };

	make_pair(&now, &wanted);
	add_named(&wanted, "db", 5);
	sixpn_sync_plan_objects(&plan, &now, &wanted, true);
	test_result(plan.machine_count == 2 && plan.machines[0].remove &&
		    !plan.machines[1].remove &&
		    !strcmp(plan.machines[1].name, "db"),
		    "sync: a machine of another name is another machine");
	sixpn_device_clear(&plan);
	sixpn_sync_plan_objects(&plan, &now, &wanted, false);
	test_result(plan.machine_count == 1 && !plan.machines[0].remove,
		    "sync: a file that adds removes nothing");
	sixpn_device_clear(&plan);
	sixpn_device_clear(&now);
	sixpn_device_clear(&wanted);
}

void test_sync_object(void)
{
	test_property();
	test_attachments();
	test_renamed();
}
