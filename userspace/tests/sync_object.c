// SPDX-License-Identifier: GPL-2.0-or-later
#include "sync.h"

#include <stdlib.h>
#include <string.h>

#include <sixpn/addr.h>

#include "fake_kernel.h"
#include "object_message.h"
#include "random_model.h"
#include "test.h"

static void apply(struct fake_kernel *kernel, const struct sixpn_device *change)
{
	size_t i;

	for (i = 0; i < change->network_count; i++)
		if (!change->networks[i].remove)
			fake_network_make(kernel, change->networks[i].id);
	for (i = 0; i < change->machine_count; i++)
		fake_machine_apply(kernel, &change->machines[i]);
	for (i = 0; i < change->route_count; i++)
		fake_route_apply(kernel, &change->routes[i]);
	for (i = 0; i < change->network_count; i++)
		if (change->networks[i].remove)
			fake_network_remove(kernel, change->networks[i].id);
}

/* Whether each of @wanted is there as it is wanted. */
static bool holds(struct sixpn_device *state, const struct sixpn_device *wanted)
{
	size_t i;

	for (i = 0; i < wanted->network_count; i++)
		if (!fake_network_find(state, wanted->networks[i].id))
			return false;
	for (i = 0; i < wanted->machine_count; i++) {
		const struct sixpn_machine *machine;

		machine = fake_machine_find(state, &wanted->machines[i]);
		if (!machine || !same_machine(machine, &wanted->machines[i]))
			return false;
	}
	for (i = 0; i < wanted->route_count; i++) {
		const struct sixpn_route *route;

		route = fake_route_find(state, &wanted->routes[i].address);
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
		struct fake_kernel kernel = { 0 };

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
