// SPDX-License-Identifier: GPL-2.0-or-later
#include "desired.h"

#include <errno.h>
#include <string.h>

#include <sixpn/addr.h>

/* What is looked up later is kept as a word; a record holds only good ones. */
static int set_endpoint(struct sixpn_peer *peer, const char *text)
{
	struct sixpn_endpoint_words words;
	int ret;

	ret = sixpn_parse_host_endpoint(&words, text, strlen(text), 0, NULL);
	if (ret)
		return ret;
	if (!words.literal) {
		peer->endpoint_name = strdup(text);
		return peer->endpoint_name ? 0 : -ENOMEM;
	}
	peer->endpoint = words.endpoint;
	peer->has |= SIXPN_PEER_HAS_ENDPOINT;
	return 0;
}

int sixpn_desired_host(struct sixpn_device *wanted, uint32_t self,
		       const struct sixpn_record_host *host,
		       unsigned int endpoint)
{
	struct sixpn_peer *peer;

	if (host->host == self)
		return 0;
	peer = sixpn_device_add_peer(wanted);
	if (!peer)
		return -ENOMEM;
	peer->has = SIXPN_PEER_HAS_PUBLIC_KEY | SIXPN_PEER_HAS_KIND |
		    SIXPN_PEER_HAS_HOST_ID;
	memcpy(peer->public_key, host->public_key, SIXPN_KEY_LEN);
	peer->kind = SIXPN_PEER_KIND_HOST;
	peer->host_id = host->host;
	if (!host->endpoint_count)
		return 0;
	return set_endpoint(peer,
			    host->endpoints[endpoint % host->endpoint_count]);
}

static bool has_network(const struct sixpn_device *device, uint32_t id)
{
	size_t i;

	/* They come sorted by network: the last one is the likeliest. */
	for (i = device->network_count; i-- > 0;)
		if (device->networks[i].id == id)
			return true;
	return false;
}

int sixpn_desired_network(struct sixpn_device *wanted, uint32_t network)
{
	struct sixpn_network *added;

	if (has_network(wanted, network))
		return 0;
	added = sixpn_device_add_network(wanted);
	if (!added)
		return -ENOMEM;
	added->id = network;
	return 0;
}

/*
 * An address of @network that is somebody's at @place: attached to nothing yet,
 * and forwarded if that is not here. NULL: out of memory.
 */
static struct sixpn_machine *add_machine(struct sixpn_device *wanted,
					 uint32_t self, uint32_t network,
					 const struct in6_addr *address,
					 uint32_t place)
{
	struct sixpn_machine *machine;

	if (sixpn_desired_network(wanted, network))
		return NULL;
	machine = sixpn_device_add_machine(wanted);
	if (!machine)
		return NULL;
	machine->has = SIXPN_MACHINE_HAS_NETWORK | SIXPN_MACHINE_HAS_ADDRESS |
		       SIXPN_MACHINE_HAS_ATTACHMENT |
		       SIXPN_MACHINE_HAS_MOVED_TO;
	machine->network = network;
	machine->address = *address;
	machine->attachment = SIXPN_ATTACHMENT_NONE;
	machine->moved_to = place == self ? 0 : place;
	machine->reattach = true;
	return machine;
}

static int set_attachment(struct sixpn_machine *machine,
			  const struct sixpn_record_machine *record)
{
	machine->attachment = record->attachment;
	if (record->attachment != SIXPN_ATTACHMENT_PORT &&
	    record->attachment != SIXPN_ATTACHMENT_BIND)
		return 0;
	memcpy(machine->ifname, record->ifname, sizeof(machine->ifname));
	machine->has |= SIXPN_MACHINE_HAS_IFNAME;
	if (record->attachment == SIXPN_ATTACHMENT_BIND || !record->netns[0])
		return 0;
	machine->netns = strdup(record->netns);
	return machine->netns ? 0 : -ENOMEM;
}

int sixpn_desired_machine(struct sixpn_device *wanted, uint32_t self,
			  const struct sixpn_record_machine *machine)
{
	struct sixpn_machine *added;

	if (machine->host != self && machine->home != self)
		return 0;
	added = add_machine(wanted, self, machine->network, &machine->address,
			    machine->host);
	if (!added)
		return -ENOMEM;
	added->has |= SIXPN_MACHINE_HAS_NAME;
	memcpy(added->name, machine->name, sizeof(machine->name));
	if (machine->host != self || machine->state != SIXPN_RUN_STARTED)
		return 0;
	return set_attachment(added, machine);
}

_Static_assert(SIXPN_MACHINE_NAME_MAX >= SIXPN_LABEL_MAX,
	       "a machine's name does not fit");

static int add_client_peer(struct sixpn_device *wanted,
			   const struct sixpn_record_client *client,
			   uint32_t idle_expiry)
{
	struct sixpn_peer *peer = sixpn_device_add_peer(wanted);

	if (!peer)
		return -ENOMEM;
	peer->has = SIXPN_PEER_HAS_PUBLIC_KEY | SIXPN_PEER_HAS_KIND |
		    SIXPN_PEER_HAS_IDLE_EXPIRY;
	memcpy(peer->public_key, client->public_key, SIXPN_KEY_LEN);
	peer->kind = SIXPN_PEER_KIND_CLIENT;
	peer->idle_expiry = idle_expiry;
	if (sixpn_key_is_zero(client->preshared_key))
		return 0;
	memcpy(peer->preshared_key, client->preshared_key, SIXPN_KEY_LEN);
	peer->has |= SIXPN_PEER_HAS_PRESHARED_KEY;
	return 0;
}

/*
 * Its machine has no name: in the registry a client and a machine of one network
 * may have the same one, in the kernel they could not.
 */
int sixpn_desired_client(struct sixpn_device *wanted, uint32_t self,
			 const struct sixpn_record_client *client,
			 uint32_t idle_expiry, uint64_t now)
{
	struct sixpn_machine *machine;

	if (client->gateway != self && client->home != self)
		return 0;
	if (client->expires && client->expires <= now)
		return 0;
	machine = add_machine(wanted, self, client->network, &client->address,
			      client->gateway);
	if (!machine)
		return -ENOMEM;
	if (client->gateway != self)
		return 0;
	machine->attachment = SIXPN_ATTACHMENT_CLIENT;
	machine->has |= SIXPN_MACHINE_HAS_PEER_KEY;
	memcpy(machine->peer_key, client->public_key, SIXPN_KEY_LEN);
	return add_client_peer(wanted, client, idle_expiry);
}

int sixpn_desired_moved(struct sixpn_device *wanted, uint32_t self,
			const struct sixpn_record_moved *moved)
{
	struct sixpn_route *route;

	/* The home forwards, the host has it; a route needs its network. */
	if (moved->home == self || moved->host == self ||
	    !has_network(wanted, moved->network))
		return 0;
	route = sixpn_device_add_route(wanted);
	if (!route)
		return -ENOMEM;
	sixpn_addr_build(&route->address, moved->network, moved->home,
			 moved->machine, 0);
	route->host_id = moved->host;
	return 0;
}
