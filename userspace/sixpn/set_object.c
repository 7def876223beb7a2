// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The words of set about networks, machines and routes.
 */
#include "set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sixpn/addr.h>

#include "keys.h"
#include "parse.h"

#define NETWORK_RANGE "network is not 1-4294967295"

static int out_of_memory(struct sixpn_set *set)
{
	return sixpn_error_set(&set->error, -ENOMEM, "out of memory");
}

static struct sixpn_machine *last_machine(struct sixpn_set *set)
{
	return &set->change.machines[set->change.machine_count - 1];
}

/* Right after "machine" it is that machine's; elsewhere it is one to make. */
int sixpn_set_network(struct sixpn_set *set, const char *value)
{
	struct sixpn_network *network;
	uint32_t id;

	if (sixpn_parse_id(&id, value, strlen(value), 1))
		return sixpn_set_bad(set, NETWORK_RANGE, value);
	if (set->about == SIXPN_SET_MACHINE &&
	    !(last_machine(set)->has & (SIXPN_MACHINE_HAS_NETWORK |
					SIXPN_MACHINE_HAS_ADDRESS))) {
		last_machine(set)->has |= SIXPN_MACHINE_HAS_NETWORK;
		last_machine(set)->network = id;
		return 0;
	}
	network = sixpn_device_add_network(&set->change);
	if (!network)
		return out_of_memory(set);
	network->id = id;
	set->about = SIXPN_SET_NETWORK;
	return 0;
}

int sixpn_set_remove(struct sixpn_set *set, const char *value)
{
	struct sixpn_device *change = &set->change;

	(void)value;
	if (set->about == SIXPN_SET_NETWORK)
		change->networks[change->network_count - 1].remove = true;
	else if (set->about == SIXPN_SET_MACHINE)
		last_machine(set)->remove = true;
	else
		change->routes[change->route_count - 1].remove = true;
	return 0;
}

int sixpn_set_machine(struct sixpn_set *set, const char *value)
{
	(void)value;
	if (!sixpn_device_add_machine(&set->change))
		return out_of_memory(set);
	set->about = SIXPN_SET_MACHINE;
	return 0;
}

int sixpn_set_name(struct sixpn_set *set, const char *value)
{
	last_machine(set)->has |= SIXPN_MACHINE_HAS_NAME;
	if (sixpn_parse_machine_name(last_machine(set)->name, value,
				     strlen(value)))
		return sixpn_set_bad(set, "name is not 1-63 of a-z, 0-9, '-', '_' and '.', the first a letter or digit",
				     value);
	return 0;
}

int sixpn_set_id(struct sixpn_set *set, const char *value)
{
	last_machine(set)->has |= SIXPN_MACHINE_HAS_ID;
	if (sixpn_parse_id(&last_machine(set)->id, value, strlen(value), 1))
		return sixpn_set_bad(set, "id is not 1-4294967295", value);
	return 0;
}

int sixpn_set_address(struct sixpn_set *set, const char *value)
{
	last_machine(set)->has |= SIXPN_MACHINE_HAS_ADDRESS;
	if (sixpn_parse_6pn(&last_machine(set)->address, value, strlen(value)))
		return sixpn_set_bad(set, "not an address in fdaa::/16", value);
	return 0;
}

static int attach(struct sixpn_set *set, uint32_t attachment)
{
	struct sixpn_machine *machine = last_machine(set);

	if (machine->has & SIXPN_MACHINE_HAS_ATTACHMENT)
		return sixpn_error_set(&set->error, -EINVAL,
				       "a machine has one of port, bind, client, host and detach");
	machine->has |= SIXPN_MACHINE_HAS_ATTACHMENT;
	machine->attachment = attachment;
	return 0;
}

static int attach_netdev(struct sixpn_set *set, uint32_t attachment,
			 const char *value)
{
	last_machine(set)->has |= SIXPN_MACHINE_HAS_IFNAME;
	if (sixpn_parse_ifname(last_machine(set)->ifname, value, strlen(value)))
		return sixpn_set_bad(set, "not an interface name", value);
	return attach(set, attachment);
}

int sixpn_set_port(struct sixpn_set *set, const char *value)
{
	return attach_netdev(set, SIXPN_ATTACHMENT_PORT, value);
}

int sixpn_set_bind(struct sixpn_set *set, const char *value)
{
	return attach_netdev(set, SIXPN_ATTACHMENT_BIND, value);
}

int sixpn_set_netns(struct sixpn_set *set, const char *value)
{
	struct sixpn_machine *machine = last_machine(set);

	if (!value[0])
		return sixpn_set_bad(set, "not a network namespace", value);
	free(machine->netns);
	machine->netns = strdup(value);
	return machine->netns ? 0 : out_of_memory(set);
}

int sixpn_set_client(struct sixpn_set *set, const char *value)
{
	last_machine(set)->has |= SIXPN_MACHINE_HAS_PEER_KEY;
	if (sixpn_key_from_base64(last_machine(set)->peer_key, value,
				  strlen(value)))
		return sixpn_set_bad(set, "not a key", value);
	return attach(set, SIXPN_ATTACHMENT_CLIENT);
}

int sixpn_set_host(struct sixpn_set *set, const char *value)
{
	(void)value;
	return attach(set, SIXPN_ATTACHMENT_HOST);
}

int sixpn_set_detach(struct sixpn_set *set, const char *value)
{
	(void)value;
	last_machine(set)->must_exist = true;
	return attach(set, SIXPN_ATTACHMENT_NONE);
}

int sixpn_set_moved_to(struct sixpn_set *set, const char *value)
{
	last_machine(set)->has |= SIXPN_MACHINE_HAS_MOVED_TO;
	if (sixpn_parse_host_id(&last_machine(set)->moved_to, value,
				strlen(value), "off"))
		return sixpn_set_bad(set, "moved-to is not off or 2-4294967295",
				     value);
	return 0;
}

int sixpn_set_no_address(struct sixpn_set *set, const char *value)
{
	(void)value;
	last_machine(set)->no_address = true;
	return 0;
}

int sixpn_set_route(struct sixpn_set *set, const char *value)
{
	struct sixpn_route *route = sixpn_device_add_route(&set->change);

	if (!route)
		return out_of_memory(set);
	set->about = SIXPN_SET_ROUTE;
	if (sixpn_parse_route(&route->address, value, strlen(value)))
		return sixpn_set_bad(set, "not a /112 in fdaa::/16", value);
	return 0;
}

int sixpn_set_via(struct sixpn_set *set, const char *value)
{
	struct sixpn_device *change = &set->change;

	if (sixpn_parse_id(&change->routes[change->route_count - 1].host_id,
			   value, strlen(value), SIXPN_HOST_MIN))
		return sixpn_set_bad(set, "via is not a host id, 2-4294967295",
				     value);
	return 0;
}

static const char *machine_lacks(const struct sixpn_machine *machine)
{
	bool is_port = machine->has & SIXPN_MACHINE_HAS_ATTACHMENT &&
		       machine->attachment == SIXPN_ATTACHMENT_PORT;

	if (!(machine->has & (SIXPN_MACHINE_HAS_NETWORK |
			      SIXPN_MACHINE_HAS_ADDRESS)))
		return "'machine' needs a network";
	if (machine->netns && !is_port)
		return "'netns' needs a port";
	if ((machine->remove ||
	     (machine->has & SIXPN_MACHINE_HAS_ATTACHMENT &&
	      machine->attachment == SIXPN_ATTACHMENT_NONE)) &&
	    !(machine->has & (SIXPN_MACHINE_HAS_NAME | SIXPN_MACHINE_HAS_ID |
			      SIXPN_MACHINE_HAS_ADDRESS)))
		return "which machine: its name, id or address is missing";
	return NULL;
}

const char *sixpn_set_missing(const struct sixpn_device *change)
{
	const char *missing = NULL;
	size_t i;

	for (i = 0; !missing && i < change->machine_count; i++)
		missing = machine_lacks(&change->machines[i]);
	for (i = 0; !missing && i < change->route_count; i++)
		if (!change->routes[i].host_id && !change->routes[i].remove)
			missing = "'route' needs a via";
	return missing;
}
