// SPDX-License-Identifier: GPL-2.0-or-later
#include "sync.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sixpn/addr.h>

#include "keys.h"

/*
 * What there is, found by what a file may call it. Entries are marked as they
 * are met; those left over are what the file does not want.
 */
struct known {
	const struct sixpn_machine *machine;
	bool wanted;
};

struct index {
	uint32_t host_id;
	struct known *by_address;
	struct known **by_name;	/* those with a name */
	size_t count, named;
};

static int address_order(const struct in6_addr *a, const struct in6_addr *b)
{
	/* Up to the sub, which is not part of what a machine is called. */
	return memcmp(a, b, SIXPN_MACHINE_LEN / 8);
}

static int by_address(const void *left, const void *right)
{
	const struct known *a = left, *b = right;

	return address_order(&a->machine->address, &b->machine->address);
}

static int name_order(const struct sixpn_machine *a,
		      const struct sixpn_machine *b)
{
	if (a->network != b->network)
		return a->network < b->network ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int by_name(const void *left, const void *right)
{
	const struct known *const *a = left, *const *b = right;

	return name_order((*a)->machine, (*b)->machine);
}

static int build_index(struct index *index, const struct sixpn_device *now)
{
	size_t i;

	index->host_id = now->host_id;
	index->count = now->machine_count;
	index->by_address = calloc(now->machine_count + 1,
				   sizeof(*index->by_address));
	index->by_name = calloc(now->machine_count + 1,
				sizeof(*index->by_name));
	if (!index->by_address || !index->by_name)
		return -ENOMEM;
	for (i = 0; i < now->machine_count; i++)
		index->by_address[i].machine = &now->machines[i];
	qsort(index->by_address, index->count, sizeof(*index->by_address),
	      by_address);
	for (i = 0; i < index->count; i++)
		if (index->by_address[i].machine->has & SIXPN_MACHINE_HAS_NAME)
			index->by_name[index->named++] = &index->by_address[i];
	qsort(index->by_name, index->named, sizeof(*index->by_name), by_name);
	return 0;
}

static void free_index(struct index *index)
{
	free(index->by_address);
	free(index->by_name);
}

static struct known *find_machine(const struct index *index,
				  const struct sixpn_machine *wanted)
{
	struct sixpn_machine machine = *wanted;
	struct known key = { .machine = &machine };
	struct known *named = &key, *found, **entry;

	if (!(wanted->has & SIXPN_MACHINE_HAS_ADDRESS) &&
	    wanted->has & SIXPN_MACHINE_HAS_ID) {
		sixpn_addr_build(&machine.address, wanted->network,
				 index->host_id, wanted->id, SIXPN_SUB_MACHINE);
		machine.has |= SIXPN_MACHINE_HAS_ADDRESS;
	}
	if (machine.has & SIXPN_MACHINE_HAS_ADDRESS) {
		found = bsearch(&key, index->by_address, index->count,
				sizeof(key), by_address);
		/* Of another name it is another machine. */
		if (found && wanted->has & SIXPN_MACHINE_HAS_NAME &&
		    strcmp(found->machine->name, wanted->name))
			return NULL;
		return found;
	}
	entry = bsearch(&named, index->by_name, index->named, sizeof(named),
			by_name);
	return entry ? *entry : NULL;
}

/* A port may be in another namespace than wanted: that is not told here. */
static bool is_attached(const struct sixpn_machine *now,
			const struct sixpn_machine *wanted)
{
	if (!(wanted->has & SIXPN_MACHINE_HAS_ATTACHMENT))
		return true;
	if (now->attachment != wanted->attachment)
		return false;
	switch (wanted->attachment) {
	case SIXPN_ATTACHMENT_PORT:
		return false;
	case SIXPN_ATTACHMENT_BIND:
		return now->has & SIXPN_MACHINE_HAS_IFINDEX &&
		       !strcmp(now->ifname, wanted->ifname);
	case SIXPN_ATTACHMENT_CLIENT:
		return sixpn_key_equal(now->peer_key, wanted->peer_key);
	default:
		return true;
	}
}

static bool is_same(const struct sixpn_machine *now,
		    const struct sixpn_machine *wanted)
{
	if (wanted->has & SIXPN_MACHINE_HAS_MOVED_TO &&
	    now->moved_to != wanted->moved_to)
		return false;
	return is_attached(now, wanted);
}

static int compare_ids(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

static uint32_t *sorted_networks(const struct sixpn_device *device)
{
	uint32_t *ids = calloc(device->network_count + 1, sizeof(*ids));
	size_t i;

	if (!ids)
		return NULL;
	for (i = 0; i < device->network_count; i++)
		ids[i] = device->networks[i].id;
	qsort(ids, device->network_count, sizeof(*ids), compare_ids);
	return ids;
}

static bool has_id(const uint32_t *ids, size_t count, uint32_t id)
{
	return bsearch(&id, ids, count, sizeof(id), compare_ids);
}

/* Networks of @from that are not among @ids. */
static int plan_networks(struct sixpn_device *change,
			 const struct sixpn_device *from, const uint32_t *ids,
			 size_t count, bool remove)
{
	size_t i;

	for (i = 0; i < from->network_count; i++) {
		struct sixpn_network *network;

		if (has_id(ids, count, from->networks[i].id))
			continue;
		network = sixpn_device_add_network(change);
		if (!network)
			return -ENOMEM;
		network->id = from->networks[i].id;
		network->remove = remove;
	}
	return 0;
}

static int copy_machine(struct sixpn_device *change,
			const struct sixpn_machine *from)
{
	struct sixpn_machine *machine = sixpn_device_add_machine(change);

	if (!machine)
		return -ENOMEM;
	*machine = *from;
	if (from->netns) {
		machine->netns = strdup(from->netns);
		if (!machine->netns)
			return -ENOMEM;
	}
	return 0;
}

/* Those left over go, except with their whole network. */
static int plan_removals(struct sixpn_device *change, const struct index *index,
			 const uint32_t *networks, size_t count)
{
	size_t i;
	int ret;

	for (i = 0; i < index->count; i++) {
		const struct known *known = &index->by_address[i];
		struct sixpn_machine machine = {
			.has = SIXPN_MACHINE_HAS_ADDRESS, .remove = true,
			.network = known->machine->network,
			.address = known->machine->address,
		};

		if (known->wanted ||
		    !has_id(networks, count, known->machine->network))
			continue;
		ret = copy_machine(change, &machine);
		if (ret)
			return ret;
	}
	return 0;
}

static int plan_machines(struct sixpn_device *change,
			 const struct sixpn_device *now,
			 const struct sixpn_device *wanted,
			 const uint32_t *networks, bool whole)
{
	struct index index = { 0 };
	bool *same = calloc(wanted->machine_count + 1, sizeof(*same));
	int ret = build_index(&index, now);
	size_t i;

	if (!same)
		ret = -ENOMEM;
	for (i = 0; !ret && i < wanted->machine_count; i++) {
		struct known *known;

		known = find_machine(&index, &wanted->machines[i]);
		if (!known)
			continue;
		known->wanted = true;
		same[i] = is_same(known->machine, &wanted->machines[i]);
	}
	if (!ret && whole)
		ret = plan_removals(change, &index, networks,
				    wanted->network_count);
	for (i = 0; !ret && i < wanted->machine_count; i++)
		if (!same[i])
			ret = copy_machine(change, &wanted->machines[i]);
	free_index(&index);
	free(same);
	return ret;
}

static int by_prefix(const void *left, const void *right)
{
	const struct sixpn_route *const *a = left, *const *b = right;

	return address_order(&(*a)->address, &(*b)->address);
}

static const struct sixpn_route **sorted_routes(const struct sixpn_device *device)
{
	const struct sixpn_route **order;
	size_t i;

	order = calloc(device->route_count + 1, sizeof(*order));
	if (!order)
		return NULL;
	for (i = 0; i < device->route_count; i++)
		order[i] = &device->routes[i];
	qsort(order, device->route_count, sizeof(*order), by_prefix);
	return order;
}

static const struct sixpn_route *find_route(const struct sixpn_route **order,
					    size_t count,
					    const struct sixpn_route *route)
{
	const struct sixpn_route **entry;

	entry = bsearch(&route, order, count, sizeof(route), by_prefix);
	return entry ? *entry : NULL;
}

static int copy_route(struct sixpn_device *change,
		      const struct sixpn_route *from, bool remove)
{
	struct sixpn_route *route = sixpn_device_add_route(change);

	if (!route)
		return -ENOMEM;
	*route = *from;
	route->remove = remove;
	return 0;
}

static int plan_routes(struct sixpn_device *change,
		       const struct sixpn_device *now,
		       const struct sixpn_device *wanted,
		       const uint32_t *networks, bool whole)
{
	const struct sixpn_route **old = sorted_routes(now), *found;
	const struct sixpn_route **new = sorted_routes(wanted);
	int ret = old && new ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; !ret && whole && i < now->route_count; i++) {
		const struct sixpn_route *route = &now->routes[i];

		if (!find_route(new, wanted->route_count, route) &&
		    has_id(networks, wanted->network_count,
			   sixpn_addr_network(&route->address)))
			ret = copy_route(change, route, true);
	}
	for (i = 0; !ret && i < wanted->route_count; i++) {
		const struct sixpn_route *route = &wanted->routes[i];

		found = find_route(old, now->route_count, route);
		if (!found || found->host_id != route->host_id)
			ret = copy_route(change, route, false);
	}
	free(old);
	free(new);
	return ret;
}

int sixpn_sync_plan_objects(struct sixpn_device *change,
			    const struct sixpn_device *now,
			    const struct sixpn_device *wanted, bool whole)
{
	uint32_t *old = sorted_networks(now), *new = sorted_networks(wanted);
	int ret = old && new ? 0 : -ENOMEM;

	memcpy(change->ifname, now->ifname, sizeof(change->ifname));
	if (!ret)
		ret = plan_networks(change, wanted, old, now->network_count,
				    false);
	if (!ret && whole)
		ret = plan_networks(change, now, new, wanted->network_count,
				    true);
	if (!ret)
		ret = plan_machines(change, now, wanted, new, whole);
	if (!ret)
		ret = plan_routes(change, now, wanted, new, whole);
	free(old);
	free(new);
	return ret;
}
