// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_kernel.h"

#include <string.h>

#include <sixpn/addr.h>

#include "keys.h"

/*
 * A kernel of one device: applies a request to a model as the netlink contract
 * says. Small enough to be seen to be right, and to share nothing with sync.c.
 */
struct sixpn_peer *fake_peer_find(struct sixpn_device *device,
				  const uint8_t key[SIXPN_KEY_LEN])
{
	size_t i;

	for (i = 0; i < device->peer_count; i++)
		if (sixpn_key_equal(device->peers[i].public_key, key))
			return &device->peers[i];
	return NULL;
}

static void drop_prefix(struct sixpn_peer *peer,
			const struct sixpn_allowedip *prefix)
{
	size_t i;

	for (i = 0; i < peer->allowedip_count; i++)
		if (!sixpn_allowedip_compare(&peer->allowedips[i], prefix)) {
			peer->allowedips[i] =
				peer->allowedips[--peer->allowedip_count];
			return;
		}
}

void fake_allowedip_add(struct sixpn_device *device, struct sixpn_peer *peer,
			const struct sixpn_allowedip *prefix)
{
	struct sixpn_allowedip add = *prefix;
	size_t i;

	if (prefix->remove) {
		drop_prefix(peer, prefix);
		return;
	}
	for (i = 0; i < device->peer_count; i++)
		drop_prefix(&device->peers[i], prefix);
	sixpn_peer_add_allowedip(peer, &add);
}

/* Only a host has a host id, of its key unless it was set. */
static void apply_kind(struct sixpn_peer *peer, const struct sixpn_peer *change)
{
	if (change->has & SIXPN_PEER_HAS_IDLE_EXPIRY)
		peer->idle_expiry = change->idle_expiry;
	if (change->has & SIXPN_PEER_HAS_KIND)
		peer->kind = change->kind;
	if (change->has & SIXPN_PEER_HAS_HOST_ID)
		peer->host_id = change->host_id;
	if (change->has & SIXPN_PEER_HAS_HOST_ID && change->host_id)
		peer->flags |= SIXPN_PEER_F_HOST_ID_SET;
	if (peer->kind != SIXPN_PEER_KIND_HOST || !peer->host_id)
		peer->flags &= ~(uint32_t)SIXPN_PEER_F_HOST_ID_SET;
	peer->has &= ~(uint32_t)SIXPN_PEER_HAS_HOST_ID;
	if (peer->kind != SIXPN_PEER_KIND_HOST) {
		peer->host_id = 0;
		return;
	}
	peer->has |= SIXPN_PEER_HAS_HOST_ID;
	if (!peer->host_id)
		peer->host_id = 2U + peer->public_key[0];
}

static void apply_peer(struct sixpn_device *device,
		       const struct sixpn_peer *change)
{
	struct sixpn_peer *peer = fake_peer_find(device, change->public_key);
	size_t i;

	if (change->flags & SIXPN_PEER_F_REMOVE) {
		if (!peer)
			return;
		sixpn_peer_clear(peer);
		*peer = device->peers[--device->peer_count];
		return;
	}
	if (!peer) {
		peer = sixpn_device_add_peer(device);
		memcpy(peer->public_key, change->public_key, SIXPN_KEY_LEN);
		peer->has = SIXPN_PEER_HAS_PUBLIC_KEY |
			    SIXPN_PEER_HAS_KEEPALIVE | SIXPN_PEER_HAS_KIND;
	}
	if (change->has & SIXPN_PEER_HAS_PRESHARED_KEY) {
		memcpy(peer->preshared_key, change->preshared_key,
		       SIXPN_KEY_LEN);
		peer->has &= ~(uint32_t)SIXPN_PEER_HAS_PRESHARED_KEY;
		if (!sixpn_key_is_zero(peer->preshared_key))
			peer->has |= SIXPN_PEER_HAS_PRESHARED_KEY;
	}
	if (change->has & SIXPN_PEER_HAS_ENDPOINT) {
		peer->endpoint = change->endpoint;
		peer->has |= SIXPN_PEER_HAS_ENDPOINT;
	}
	if (change->has & SIXPN_PEER_HAS_KEEPALIVE)
		peer->persistent_keepalive = change->persistent_keepalive;
	apply_kind(peer, change);
	if (change->flags & SIXPN_PEER_F_REPLACE_ALLOWED_IPS)
		peer->allowedip_count = 0;
	for (i = 0; i < change->allowedip_count; i++)
		fake_allowedip_add(device, peer, &change->allowedips[i]);
}

void fake_device_set(struct sixpn_device *device,
		     const struct sixpn_device *change)
{
	size_t i;

	if (change->flags & SIXPN_DEVICE_F_REPLACE_PEERS)
		sixpn_device_clear_peers(device);
	if (change->has & SIXPN_DEVICE_HAS_PRIVATE_KEY)
		memcpy(device->private_key, change->private_key, SIXPN_KEY_LEN);
	if (change->has & SIXPN_DEVICE_HAS_LISTEN_PORT)
		device->listen_port = change->listen_port;
	if (change->has & SIXPN_DEVICE_HAS_FWMARK)
		device->fwmark = change->fwmark;
	for (i = 0; i < change->peer_count; i++)
		apply_peer(device, &change->peers[i]);
}

/* Whether two states agree, whatever the order of peers and prefixes. */
static bool same_allowedips(const struct sixpn_peer *a,
			    const struct sixpn_peer *b)
{
	size_t i, j;

	if (a->allowedip_count != b->allowedip_count)
		return false;
	for (i = 0; i < a->allowedip_count; i++) {
		for (j = 0; j < b->allowedip_count; j++)
			if (!sixpn_allowedip_compare(&a->allowedips[i],
						     &b->allowedips[j]))
				break;
		if (j == b->allowedip_count)
			return false;
	}
	return true;
}

bool fake_same_state(struct sixpn_device *a, struct sixpn_device *b)
{
	size_t i;

	if (!sixpn_key_equal(a->private_key, b->private_key) ||
	    a->fwmark != b->fwmark || a->peer_count != b->peer_count)
		return false;
	for (i = 0; i < a->peer_count; i++) {
		const struct sixpn_peer *left = &a->peers[i], *right;

		right = fake_peer_find(b, left->public_key);
		if (!right ||
		    !sixpn_key_equal(left->preshared_key,
				     right->preshared_key) ||
		    left->persistent_keepalive != right->persistent_keepalive ||
		    left->kind != right->kind ||
		    left->idle_expiry != right->idle_expiry ||
		    (right->host_id && left->host_id != right->host_id) ||
		    !same_allowedips(left, right))
			return false;
		if (right->has & SIXPN_PEER_HAS_ENDPOINT &&
		    (!(left->has & SIXPN_PEER_HAS_ENDPOINT) ||
		     !sixpn_endpoint_equal(&left->endpoint, &right->endpoint)))
			return false;
	}
	return true;
}

void fake_network_make(struct fake_kernel *kernel, uint32_t id)
{
	if (!fake_network_find(&kernel->state, id))
		sixpn_device_add_network(&kernel->state)->id = id;
}

struct sixpn_network *fake_network_find(struct sixpn_device *device,
					  uint32_t id)
{
	size_t i;

	for (i = 0; i < device->network_count; i++)
		if (device->networks[i].id == id)
			return &device->networks[i];
	return NULL;
}

struct sixpn_machine *fake_machine_find(struct sixpn_device *device,
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

static uint32_t has_netdev(const struct sixpn_machine *wanted)
{
	return wanted->has & SIXPN_MACHINE_HAS_ATTACHMENT &&
	       (wanted->attachment == SIXPN_ATTACHMENT_PORT ||
		wanted->attachment == SIXPN_ATTACHMENT_BIND) ?
	       SIXPN_MACHINE_HAS_IFINDEX : 0;
}

void fake_machine_apply(struct fake_kernel *kernel,
			  const struct sixpn_machine *wanted)
{
	struct sixpn_device *state = &kernel->state;
	struct sixpn_machine *machine = fake_machine_find(state, wanted), *added;

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
	if (!fake_network_find(state, wanted->network))
		kernel->refusals++;
	if (!machine) {
		added = sixpn_device_add_machine(state);
		*added = *wanted;
		added->netns = NULL;
		added->has |= SIXPN_MACHINE_HAS_ID | SIXPN_MACHINE_HAS_ADDRESS |
			      has_netdev(wanted);
		if (wanted->has & SIXPN_MACHINE_HAS_ADDRESS)
			added->id = sixpn_addr_machine(&wanted->address);
		else
			sixpn_addr_build(&added->address, wanted->network, 7,
					 wanted->id, SIXPN_SUB_MACHINE);
		return;
	}
	if (wanted->has & SIXPN_MACHINE_HAS_ATTACHMENT)
		machine->has &= ~(uint32_t)(SIXPN_MACHINE_HAS_IFNAME |
					    SIXPN_MACHINE_HAS_IFINDEX |
					    SIXPN_MACHINE_HAS_PEER_KEY);
	machine->has |= wanted->has | has_netdev(wanted);
	if (wanted->has & SIXPN_MACHINE_HAS_ATTACHMENT) {
		machine->attachment = wanted->attachment;
		memcpy(machine->ifname, wanted->ifname,
		       sizeof(machine->ifname));
		memcpy(machine->peer_key, wanted->peer_key, SIXPN_KEY_LEN);
	}
	if (wanted->has & SIXPN_MACHINE_HAS_MOVED_TO)
		machine->moved_to = wanted->moved_to;
}

struct sixpn_route *fake_route_find(struct sixpn_device *device,
				      const struct in6_addr *address)
{
	size_t i;

	for (i = 0; i < device->route_count; i++)
		if (sixpn_addr_same_machine(&device->routes[i].address,
					    address))
			return &device->routes[i];
	return NULL;
}

void fake_route_apply(struct fake_kernel *kernel, const struct sixpn_route *wanted)
{
	struct sixpn_device *state = &kernel->state;
	struct sixpn_route *route = fake_route_find(state, &wanted->address);

	if (!fake_network_find(state, sixpn_addr_network(&wanted->address)) ||
	    (wanted->remove && !route))
		kernel->refusals++;
	else if (wanted->remove)
		*route = state->routes[--state->route_count];
	else if (route)
		route->host_id = wanted->host_id;
	else
		*sixpn_device_add_route(state) = *wanted;
}

void fake_network_remove(struct fake_kernel *kernel, uint32_t id)
{
	struct sixpn_device *state = &kernel->state;
	struct sixpn_network *network = fake_network_find(state, id);
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
