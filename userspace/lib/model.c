// SPDX-License-Identifier: GPL-2.0-or-later
#include "model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"

/*
 * Room for one more element in an owned array. The old block may hold keys, so
 * it is wiped before it goes back to the allocator: realloc() would leave them.
 */
static void *array_grow(void *old, size_t count, size_t *room, size_t size)
{
	size_t wanted = *room ? *room * 2 : 4;
	void *grown;

	if (count < *room)
		return old;
	grown = calloc(wanted, size);
	if (!grown)
		return NULL;
	if (count) {
		memcpy(grown, old, count * size);
		sixpn_key_wipe(old, count * size);
	}
	free(old);
	*room = wanted;
	return grown;
}

struct sixpn_peer *sixpn_device_add_peer(struct sixpn_device *device)
{
	struct sixpn_peer *peers;

	peers = array_grow(device->peers, device->peer_count, &device->peer_room,
			   sizeof(*peers));
	if (!peers)
		return NULL;
	device->peers = peers;
	memset(&peers[device->peer_count], 0, sizeof(*peers));
	return &peers[device->peer_count++];
}

int sixpn_peer_add_allowedip(struct sixpn_peer *peer,
			     const struct sixpn_allowedip *allowedip)
{
	struct sixpn_allowedip *allowedips;

	allowedips = array_grow(peer->allowedips, peer->allowedip_count,
				&peer->allowedip_room, sizeof(*allowedips));
	if (!allowedips)
		return -ENOMEM;
	peer->allowedips = allowedips;
	allowedips[peer->allowedip_count++] = *allowedip;
	return 0;
}

struct sixpn_network *sixpn_device_add_network(struct sixpn_device *device)
{
	struct sixpn_network *networks;

	networks = array_grow(device->networks, device->network_count,
			      &device->network_room, sizeof(*networks));
	if (!networks)
		return NULL;
	device->networks = networks;
	memset(&networks[device->network_count], 0, sizeof(*networks));
	return &networks[device->network_count++];
}

struct sixpn_machine *sixpn_device_add_machine(struct sixpn_device *device)
{
	struct sixpn_machine *machines;

	machines = array_grow(device->machines, device->machine_count,
			      &device->machine_room, sizeof(*machines));
	if (!machines)
		return NULL;
	device->machines = machines;
	memset(&machines[device->machine_count], 0, sizeof(*machines));
	return &machines[device->machine_count++];
}

struct sixpn_route *sixpn_device_add_route(struct sixpn_device *device)
{
	struct sixpn_route *routes;

	routes = array_grow(device->routes, device->route_count,
			    &device->route_room, sizeof(*routes));
	if (!routes)
		return NULL;
	device->routes = routes;
	memset(&routes[device->route_count], 0, sizeof(*routes));
	return &routes[device->route_count++];
}

struct sixpn_drop *sixpn_device_add_drop(struct sixpn_device *device)
{
	struct sixpn_drop *drops;

	drops = array_grow(device->drops, device->drop_count,
			   &device->drop_room, sizeof(*drops));
	if (!drops)
		return NULL;
	device->drops = drops;
	memset(&drops[device->drop_count], 0, sizeof(*drops));
	return &drops[device->drop_count++];
}

struct sixpn_device *sixpn_device_list_add(struct sixpn_device_list *list)
{
	struct sixpn_device *devices;

	devices = array_grow(list->devices, list->count, &list->room,
			     sizeof(*devices));
	if (!devices)
		return NULL;
	list->devices = devices;
	memset(&devices[list->count], 0, sizeof(*devices));
	return &devices[list->count++];
}

void sixpn_peer_clear(struct sixpn_peer *peer)
{
	free(peer->allowedips);
	free(peer->endpoint_name);
	sixpn_key_wipe(peer, sizeof(*peer));
}

void sixpn_device_clear_peers(struct sixpn_device *device)
{
	size_t i;

	for (i = 0; i < device->peer_count; i++)
		sixpn_peer_clear(&device->peers[i]);
	free(device->peers);
	device->peers = NULL;
	device->peer_count = 0;
	device->peer_room = 0;
}

void sixpn_machine_clear(struct sixpn_machine *machine)
{
	free(machine->netns);
	memset(machine, 0, sizeof(*machine));
}

void sixpn_device_clear_objects(struct sixpn_device *device)
{
	size_t i;

	for (i = 0; i < device->machine_count; i++)
		sixpn_machine_clear(&device->machines[i]);
	free(device->networks);
	free(device->machines);
	free(device->routes);
	free(device->drops);
	device->networks = NULL;
	device->machines = NULL;
	device->routes = NULL;
	device->drops = NULL;
	device->network_count = device->network_room = 0;
	device->machine_count = device->machine_room = 0;
	device->route_count = device->route_room = 0;
	device->drop_count = device->drop_room = 0;
}

void sixpn_device_clear(struct sixpn_device *device)
{
	sixpn_device_clear_objects(device);
	sixpn_device_clear_peers(device);
	sixpn_key_wipe(device, sizeof(*device));
}

void sixpn_device_list_clear(struct sixpn_device_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		sixpn_device_clear(&list->devices[i]);
	free(list->devices);
	memset(list, 0, sizeof(*list));
}

bool sixpn_allowedip_mask(struct sixpn_allowedip *allowedip)
{
	uint8_t *bytes = (uint8_t *)&allowedip->address;
	size_t size = allowedip->family == AF_INET ? 4 : 16;
	size_t bits = allowedip->prefix_len;
	bool had = false;
	size_t i;

	for (i = bits / 8; i < size; i++) {
		uint8_t keep = i == bits / 8 ? (uint8_t)~(0xff >> bits % 8) : 0;

		if (bytes[i] & ~keep)
			had = true;
		bytes[i] &= keep;
	}
	return had;
}

int sixpn_allowedip_compare(const struct sixpn_allowedip *a,
			    const struct sixpn_allowedip *b)
{
	int order;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	order = memcmp(&a->address, &b->address, a->family == AF_INET ? 4 : 16);
	if (order)
		return order;
	return (int)a->prefix_len - (int)b->prefix_len;
}

bool sixpn_endpoint_equal(const union sixpn_endpoint *a,
			  const union sixpn_endpoint *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->v4.sin_port == b->v4.sin_port &&
		       a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
	return a->v6.sin6_port == b->v6.sin6_port &&
	       a->v6.sin6_scope_id == b->v6.sin6_scope_id &&
	       !memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr,
		       sizeof(a->v6.sin6_addr));
}

size_t sixpn_endpoint_size(const union sixpn_endpoint *endpoint)
{
	switch (endpoint->sa.sa_family) {
	case AF_INET:
		return sizeof(endpoint->v4);
	case AF_INET6:
		return sizeof(endpoint->v6);
	default:
		return 0;
	}
}

const struct sixpn_peer *sixpn_device_host_peer(const struct sixpn_device *device,
						uint32_t host_id)
{
	size_t i;

	for (i = 0; i < device->peer_count; i++) {
		const struct sixpn_peer *peer = &device->peers[i];

		if (peer->has & SIXPN_PEER_HAS_HOST_ID &&
		    peer->kind == SIXPN_PEER_KIND_HOST &&
		    peer->host_id == host_id)
			return peer;
	}
	return NULL;
}

struct sort_entry {
	uint64_t handshake;
	size_t index;
};

static int later_first(const void *left, const void *right)
{
	const struct sort_entry *a = left, *b = right;

	if (a->handshake != b->handshake)
		return a->handshake > b->handshake ? -1 : 1;
	return a->index < b->index ? -1 : 1;
}

int sixpn_device_sort_peers(struct sixpn_device *device)
{
	struct sort_entry *order;
	struct sixpn_peer *sorted;
	size_t i;

	if (device->peer_count < 2)
		return 0;
	order = calloc(device->peer_count, sizeof(*order));
	sorted = calloc(device->peer_count, sizeof(*sorted));
	if (!order || !sorted) {
		free(order);
		free(sorted);
		return -ENOMEM;
	}
	for (i = 0; i < device->peer_count; i++) {
		const struct sixpn_peer *peer = &device->peers[i];

		order[i].index = i;
		if (peer->has & SIXPN_PEER_HAS_LAST_HANDSHAKE)
			order[i].handshake = peer->last_handshake;
	}
	qsort(order, device->peer_count, sizeof(*order), later_first);
	for (i = 0; i < device->peer_count; i++)
		sorted[i] = device->peers[order[i].index];
	sixpn_key_wipe(device->peers, device->peer_count * sizeof(*sorted));
	free(device->peers);
	free(order);
	device->peers = sorted;
	device->peer_room = device->peer_count;
	return 0;
}
