// SPDX-License-Identifier: GPL-2.0-or-later
#include "random_model.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sixpn/addr.h>

#include "keys.h"
#include "test.h"

static bool coin(void)
{
	return test_random() >> 7 & 1;
}

static void random_endpoint(union sixpn_endpoint *endpoint)
{
	memset(endpoint, 0, sizeof(*endpoint));
	if (coin()) {
		endpoint->v4.sin_family = AF_INET;
		endpoint->v4.sin_port = htons((uint16_t)(test_random() | 1));
		endpoint->v4.sin_addr.s_addr = test_random();
	} else {
		endpoint->v6.sin6_family = AF_INET6;
		endpoint->v6.sin6_port = htons((uint16_t)(test_random() | 1));
		test_random_bytes(&endpoint->v6.sin6_addr, 16);
		/* 2000::/3, which needs no scope to be read back */
		endpoint->v6.sin6_addr.s6_addr[0] = 0x20;
	}
}

struct sixpn_allowedip random_prefix(uint32_t n)
{
	struct sixpn_allowedip allowedip = { 0 };

	if (n & 1) {
		allowedip.family = AF_INET;
		allowedip.prefix_len = (uint8_t)(16 + (n >> 1) % 17);
		allowedip.address.v4.s_addr = htonl(0x0a000000 | n << 4);
	} else {
		allowedip.family = AF_INET6;
		allowedip.prefix_len = (uint8_t)(48 + (n >> 1) % 81);
		allowedip.address.v6.s6_addr[0] = 0xfd;
		allowedip.address.v6.s6_addr[1] = 0xaa;
		allowedip.address.v6.s6_addr[4] = (uint8_t)(n >> 8);
		allowedip.address.v6.s6_addr[5] = (uint8_t)n;
	}
	sixpn_allowedip_mask(&allowedip);
	return allowedip;
}

static bool random_peer(struct sixpn_peer *peer, uint32_t number,
			size_t allowedips)
{
	size_t i, count = allowedips ? test_random() % (allowedips + 1) : 0;

	peer->has = SIXPN_PEER_HAS_PUBLIC_KEY | SIXPN_PEER_HAS_KEEPALIVE;
	test_random_bytes(peer->public_key, SIXPN_KEY_LEN);
	peer->persistent_keepalive = coin() ? (uint16_t)test_random() : 0;
	if (coin()) {
		peer->has |= SIXPN_PEER_HAS_KIND | SIXPN_PEER_HAS_IDLE_EXPIRY;
		peer->kind = test_random() % (SIXPN_PEER_KIND_MAX + 1);
		peer->idle_expiry = test_random() % SIXPN_IDLE_EXPIRY_MAX;
	}
	if (peer->kind == SIXPN_PEER_KIND_HOST) {
		peer->has |= SIXPN_PEER_HAS_HOST_ID;
		peer->host_id = test_random() | 2;
	}
	if (coin()) {
		peer->has |= SIXPN_PEER_HAS_PRESHARED_KEY;
		test_random_bytes(peer->preshared_key, SIXPN_KEY_LEN);
	}
	if (coin()) {
		peer->has |= SIXPN_PEER_HAS_ENDPOINT;
		random_endpoint(&peer->endpoint);
	}
	for (i = 0; i < count; i++) {
		struct sixpn_allowedip allowedip = { 0 };

		/* Full length and a running number: none twice. */
		allowedip.family = coin() ? AF_INET : AF_INET6;
		if (allowedip.family == AF_INET) {
			allowedip.prefix_len = 32;
			allowedip.address.v4.s_addr =
				htonl(number << 20 | (uint32_t)i);
		} else {
			allowedip.prefix_len = 128;
			test_random_bytes(&allowedip.address.v6, 12);
			memcpy(&allowedip.address.v6.s6_addr[12], &i, 4);
		}
		if (sixpn_peer_add_allowedip(peer, &allowedip))
			return false;
	}
	return true;
}

bool random_device(struct sixpn_device *device, size_t peers, size_t allowedips)
{
	size_t i, count = peers ? test_random() % (peers + 1) : 0;

	strcpy(device->ifname, "mesh0");
	device->has = SIXPN_DEVICE_HAS_PRIVATE_KEY |
		      SIXPN_DEVICE_HAS_LISTEN_PORT | SIXPN_DEVICE_HAS_FWMARK;
	test_random_bytes(device->private_key, SIXPN_KEY_LEN);
	sixpn_key_clamp(device->private_key);
	device->listen_port = (uint16_t)test_random();
	device->fwmark = coin() ? test_random() : 0;
	for (i = 0; i < count; i++) {
		struct sixpn_peer *peer = sixpn_device_add_peer(device);

		if (!peer || !random_peer(peer, (uint32_t)i, allowedips))
			return false;
	}
	return true;
}

static void random_attachment(struct sixpn_machine *machine)
{
	machine->has |= SIXPN_MACHINE_HAS_ATTACHMENT | SIXPN_MACHINE_HAS_STATE;
	machine->attachment = test_random() % (SIXPN_ATTACHMENT_MAX + 1);
	machine->state = machine->attachment == SIXPN_ATTACHMENT_NONE ?
			 SIXPN_MACHINE_STATE_DETACHED :
			 SIXPN_MACHINE_STATE_ATTACHED;
	switch (machine->attachment) {
	case SIXPN_ATTACHMENT_PORT:
	case SIXPN_ATTACHMENT_BIND:
		machine->has |= SIXPN_MACHINE_HAS_IFNAME |
				SIXPN_MACHINE_HAS_IFINDEX;
		strcpy(machine->ifname, coin() ? "eth6" : "tap0");
		machine->ifindex = 1 + test_random() % 100;
		break;
	case SIXPN_ATTACHMENT_CLIENT:
		machine->has |= SIXPN_MACHINE_HAS_PEER_KEY;
		memset(machine->peer_key, coin(), SIXPN_KEY_LEN);
		break;
	}
	if (!(test_random() % 4)) {
		machine->has |= SIXPN_MACHINE_HAS_MOVED_TO;
		machine->moved_to = 2 + test_random() % 3;
		machine->state = SIXPN_MACHINE_STATE_MOVED;
	}
}

static void random_machine(struct sixpn_machine *machine, uint32_t network,
			   uint32_t number)
{
	/* Few hosts, so that some come from elsewhere. */
	uint32_t host = test_random() % 4 ? 7 : 9;

	machine->has = SIXPN_MACHINE_HAS_NETWORK | SIXPN_MACHINE_HAS_ID |
		       SIXPN_MACHINE_HAS_ADDRESS;
	machine->network = network;
	machine->id = 100 + number;
	sixpn_addr_build(&machine->address, network, host, machine->id,
			 SIXPN_SUB_MACHINE);
	/* The same in every device, as a name that gives the id would be. */
	if (number & 1) {
		machine->has |= SIXPN_MACHINE_HAS_NAME;
		snprintf(machine->name, sizeof(machine->name), "m%u", number);
	}
	random_attachment(machine);
}

bool random_objects(struct sixpn_device *device, size_t count)
{
	uint32_t i, id;

	device->has |= SIXPN_DEVICE_HAS_HOST_ID;
	device->host_id = 7;
	for (id = 1; id <= 4; id++) {
		struct sixpn_network *network;

		if (coin())
			continue;
		network = sixpn_device_add_network(device);
		if (!network)
			return false;
		network->id = id;
		for (i = 0; i < count; i++) {
			struct sixpn_machine *machine;
			struct sixpn_route *route;

			if (coin())
				continue;
			machine = sixpn_device_add_machine(device);
			route = sixpn_device_add_route(device);
			if (!machine || !route)
				return false;
			random_machine(machine, id, i);
			sixpn_addr_build(&route->address, id, 20, 5 + i, 0);
			route->host_id = 2 + test_random() % 3;
		}
	}
	return true;
}

bool same_machine(const struct sixpn_machine *a, const struct sixpn_machine *b)
{
	return a->network == b->network && a->id == b->id &&
	       !memcmp(&a->address, &b->address, sizeof(a->address)) &&
	       !strcmp(a->name, b->name) && a->attachment == b->attachment &&
	       !strcmp(a->ifname, b->ifname) &&
	       !memcmp(a->peer_key, b->peer_key, SIXPN_KEY_LEN) &&
	       a->moved_to == b->moved_to && !a->netns == !b->netns &&
	       (!a->netns || !strcmp(a->netns, b->netns));
}

bool same_objects(const struct sixpn_device *a, const struct sixpn_device *b)
{
	size_t i;

	if (a->network_count != b->network_count ||
	    a->machine_count != b->machine_count ||
	    a->route_count != b->route_count)
		return false;
	for (i = 0; i < a->network_count; i++)
		if (a->networks[i].id != b->networks[i].id)
			return false;
	for (i = 0; i < a->machine_count; i++)
		if (!same_machine(&a->machines[i], &b->machines[i]))
			return false;
	for (i = 0; i < a->route_count; i++)
		if (memcmp(&a->routes[i].address, &b->routes[i].address,
			   sizeof(a->routes[i].address)) ||
		    a->routes[i].host_id != b->routes[i].host_id)
			return false;
	return true;
}

static bool same_peer(const struct sixpn_peer *a, const struct sixpn_peer *b,
		      bool counters)
{
	const uint32_t mask = counters ? ~0u : SIXPN_PEER_HAS_PUBLIC_KEY |
			      SIXPN_PEER_HAS_PRESHARED_KEY |
			      SIXPN_PEER_HAS_ENDPOINT;
	size_t i;

	if ((a->has & mask) != (b->has & mask) ||
	    memcmp(a->public_key, b->public_key, SIXPN_KEY_LEN) ||
	    memcmp(a->preshared_key, b->preshared_key, SIXPN_KEY_LEN) ||
	    a->persistent_keepalive != b->persistent_keepalive ||
	    a->kind != b->kind || a->host_id != b->host_id ||
	    a->idle_expiry != b->idle_expiry ||
	    a->allowedip_count != b->allowedip_count)
		return false;
	if (a->has & SIXPN_PEER_HAS_ENDPOINT &&
	    !sixpn_endpoint_equal(&a->endpoint, &b->endpoint))
		return false;
	for (i = 0; i < a->allowedip_count; i++)
		if (sixpn_allowedip_compare(&a->allowedips[i],
					    &b->allowedips[i]) ||
		    a->allowedips[i].remove != b->allowedips[i].remove)
			return false;
	return !counters ||
	       (a->flags == b->flags && a->handshake_rtt == b->handshake_rtt &&
		a->last_handshake == b->last_handshake &&
		a->rx_bytes == b->rx_bytes && a->tx_bytes == b->tx_bytes &&
		a->rx_packets == b->rx_packets &&
		a->tx_packets == b->tx_packets && a->drops == b->drops);
}

bool same_device(const struct sixpn_device *a, const struct sixpn_device *b,
		 bool counters)
{
	size_t i;

	if (memcmp(a->private_key, b->private_key, SIXPN_KEY_LEN) ||
	    a->listen_port != b->listen_port || a->fwmark != b->fwmark ||
	    a->peer_count != b->peer_count)
		return false;
	if (counters && (a->has != b->has || a->flags != b->flags ||
			 strcmp(a->ifname, b->ifname) ||
			 a->generation != b->generation))
		return false;
	for (i = 0; i < a->peer_count; i++)
		if (!same_peer(&a->peers[i], &b->peers[i], counters))
			return false;
	return true;
}

bool copy_device(struct sixpn_device *to, const struct sixpn_device *from)
{
	size_t i, j;

	*to = *from;
	to->peers = NULL;
	to->peer_count = 0;
	to->peer_room = 0;
	for (i = 0; i < from->peer_count; i++) {
		struct sixpn_peer *peer = sixpn_device_add_peer(to);

		if (!peer)
			return false;
		*peer = from->peers[i];
		peer->endpoint_name = NULL;
		peer->allowedips = NULL;
		peer->allowedip_count = 0;
		peer->allowedip_room = 0;
		for (j = 0; j < from->peers[i].allowedip_count; j++)
			if (sixpn_peer_add_allowedip(peer,
					&from->peers[i].allowedips[j]))
				return false;
	}
	return true;
}
