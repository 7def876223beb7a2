// SPDX-License-Identifier: GPL-2.0-or-later
#include "scope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "view.h"

void sixpn_scope_clear(struct sixpn_scope *scope)
{
	free(scope->items);
	memset(scope, 0, sizeof(*scope));
}

static int add(struct sixpn_scope *scope, const struct sixpn_scope_item *item)
{
	size_t room = scope->room ? scope->room * 2 : 8;
	struct sixpn_scope_item *items;

	if (scope->count == scope->room) {
		items = reallocarray(scope->items, room, sizeof(*items));
		if (!items)
			return -ENOMEM;
		scope->items = items;
		scope->room = room;
	}
	scope->items[scope->count++] = *item;
	return 0;
}

int sixpn_scope_add_peer(struct sixpn_scope *scope,
			 const uint8_t key[SIXPN_KEY_LEN])
{
	struct sixpn_scope_item item = { 0 };

	memcpy(item.key, key, SIXPN_KEY_LEN);
	return add(scope, &item);
}

int sixpn_scope_add_name(struct sixpn_scope *scope, const char *key)
{
	struct sixpn_scope_item item = { 0 };
	struct sixpn_view_name name;

	if (!sixpn_view_name(&name, key))
		return 0;
	if (name.kind == SIXPN_RECORD_HOST)
		item.host = name.host;
	else if (name.kind == SIXPN_RECORD_NETWORK)
		sixpn_addr_build(&item.address, name.network, 0, 0, 0);
	else
		item.address = name.address;
	return add(scope, &item);
}

int sixpn_scope_add(struct sixpn_scope *scope,
		    const struct sixpn_record *record)
{
	char key[SIXPN_RECORD_KEY_MAX];
	int ret;

	sixpn_record_key(record, key);
	ret = sixpn_scope_add_name(scope, key);
	if (!ret && record->kind == SIXPN_RECORD_HOST)
		ret = sixpn_scope_add_peer(scope, record->host.public_key);
	if (!ret && record->kind == SIXPN_RECORD_CLIENT)
		ret = sixpn_scope_add_peer(scope, record->client.public_key);
	return ret;
}

bool sixpn_scope_has_host(const struct sixpn_scope *scope, uint32_t host)
{
	size_t i;

	for (i = 0; i < scope->count; i++)
		if (scope->items[i].host == host)
			return true;
	return false;
}

bool sixpn_scope_has_address(const struct sixpn_scope *scope,
			     const struct in6_addr *address)
{
	size_t i;

	for (i = 0; i < scope->count; i++)
		if (sixpn_addr_is(&scope->items[i].address) &&
		    sixpn_addr_same_machine(&scope->items[i].address, address))
			return true;
	return false;
}

static bool has_peer(const struct sixpn_scope *scope,
		     const struct sixpn_peer *peer)
{
	size_t i;

	for (i = 0; i < scope->count; i++) {
		const struct sixpn_scope_item *item = &scope->items[i];

		if (item->host && peer->kind == SIXPN_PEER_KIND_HOST &&
		    item->host == peer->host_id)
			return true;
		if (!sixpn_key_is_zero(item->key) &&
		    sixpn_key_equal(item->key, peer->public_key))
			return true;
	}
	return false;
}

static bool has_machine(const struct sixpn_scope *scope,
			const struct sixpn_machine *machine)
{
	size_t i;

	if (sixpn_scope_has_address(scope, &machine->address))
		return true;
	for (i = 0; i < scope->count; i++) {
		const struct sixpn_scope_item *item = &scope->items[i];

		if (machine->has & SIXPN_MACHINE_HAS_PEER_KEY &&
		    !sixpn_key_is_zero(item->key) &&
		    sixpn_key_equal(item->key, machine->peer_key))
			return true;
		/* What is forwarded to a host waits for its peer. */
		if (item->host && item->host == machine->moved_to)
			return true;
	}
	return false;
}

static bool has_route(const struct sixpn_scope *scope,
		      const struct sixpn_route *route)
{
	size_t i;

	for (i = 0; i < scope->count; i++) {
		const struct sixpn_scope_item *item = &scope->items[i];

		/* A route goes with the peer, and comes back with it. */
		if (item->host && item->host == route->host_id)
			return true;
		if (sixpn_addr_is(&item->address) &&
		    sixpn_addr_same_machine(&item->address, &route->address))
			return true;
	}
	return false;
}

static bool has_network(const struct sixpn_scope *scope, uint32_t network)
{
	size_t i;

	for (i = 0; i < scope->count; i++)
		if (sixpn_addr_is(&scope->items[i].address) &&
		    sixpn_addr_network(&scope->items[i].address) == network)
			return true;
	return false;
}

/* Those that stay keep their order: it is that of the requests. */
void sixpn_scope_filter(const struct sixpn_scope *scope,
			struct sixpn_device *device)
{
	size_t i, kept;

	for (i = kept = 0; i < device->peer_count; i++) {
		if (!has_peer(scope, &device->peers[i]))
			sixpn_peer_clear(&device->peers[i]);
		else
			device->peers[kept++] = device->peers[i];
	}
	device->peer_count = kept;
	for (i = kept = 0; i < device->network_count; i++)
		if (has_network(scope, device->networks[i].id))
			device->networks[kept++] = device->networks[i];
	device->network_count = kept;
	for (i = kept = 0; i < device->machine_count; i++) {
		if (!has_machine(scope, &device->machines[i]))
			sixpn_machine_clear(&device->machines[i]);
		else
			device->machines[kept++] = device->machines[i];
	}
	device->machine_count = kept;
	for (i = kept = 0; i < device->route_count; i++)
		if (has_route(scope, &device->routes[i]))
			device->routes[kept++] = device->routes[i];
	device->route_count = kept;
}
