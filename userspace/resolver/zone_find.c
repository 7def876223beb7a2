// SPDX-License-Identifier: GPL-2.0-or-later
#include "zone_find.h"

#include <string.h>

static struct sixpn_index_node *find_id(const struct sixpn_zone *zone,
					enum sixpn_zone_index index,
					uint32_t id)
{
	uint8_t key[SIXPN_ZONE_NUMBERS_MAX];
	size_t length = sixpn_zone_numbers(key, index, &id, 1);

	return sixpn_index_find(&zone->index, key, length);
}

static struct sixpn_index_node *find_texts(const struct sixpn_zone *zone,
					   enum sixpn_zone_index index,
					   uint32_t network,
					   const struct sixpn_text *texts,
					   size_t count)
{
	struct sixpn_zone_key key;

	sixpn_zone_key(&key, index, network, texts, count);
	return sixpn_index_find(&zone->index, key.bytes, key.length);
}

static struct sixpn_index_node *find_address(const struct sixpn_zone *zone,
					     enum sixpn_zone_index index,
					     const struct in6_addr *address)
{
	uint8_t key[SIXPN_ZONE_NUMBERS_MAX];
	size_t length = sixpn_zone_address(key, index, address);

	return sixpn_index_find(&zone->index, key, length);
}

struct sixpn_zone_network *
sixpn_zone_find_network(const struct sixpn_zone *zone, uint32_t network)
{
	struct sixpn_index_node *node =
		find_id(zone, SIXPN_ZONE_NETWORK, network);

	return node ? sixpn_index_entry(node, struct sixpn_zone_network, node) :
		      NULL;
}

struct sixpn_zone_host *sixpn_zone_find_host(const struct sixpn_zone *zone,
					     uint32_t host)
{
	struct sixpn_index_node *node = find_id(zone, SIXPN_ZONE_HOST, host);

	return node ? sixpn_index_entry(node, struct sixpn_zone_host, node) :
		      NULL;
}

struct sixpn_zone_host *
sixpn_zone_find_host_named(const struct sixpn_zone *zone,
			   struct sixpn_text name)
{
	uint8_t key[1 + SIXPN_LABEL_MAX];
	struct sixpn_index_node *node;

	key[0] = SIXPN_ZONE_HOST_NAME;
	memcpy(key + 1, name.text, name.length);
	node = sixpn_index_find(&zone->index, key, 1 + name.length);
	return node ? sixpn_index_entry(node, struct sixpn_zone_host,
					name_node) :
		      NULL;
}

struct sixpn_zone_app *sixpn_zone_find_app(const struct sixpn_zone *zone,
					   uint32_t network,
					   struct sixpn_text app)
{
	struct sixpn_index_node *node =
		find_texts(zone, SIXPN_ZONE_APP, network, &app, 1);

	return node ? sixpn_index_entry(node, struct sixpn_zone_app, set.node) :
		      NULL;
}

struct sixpn_zone_set *sixpn_zone_find_set(const struct sixpn_zone *zone,
					   enum sixpn_zone_index index,
					   uint32_t network,
					   struct sixpn_text app,
					   struct sixpn_text label)
{
	const struct sixpn_text texts[] = { app, label };
	struct sixpn_index_node *node =
		find_texts(zone, index, network, texts, 2);

	return node ? sixpn_index_entry(node, struct sixpn_zone_set, node) :
		      NULL;
}

struct sixpn_zone_set *sixpn_zone_find_value(const struct sixpn_zone *zone,
					     uint32_t network,
					     struct sixpn_text app,
					     struct sixpn_text key,
					     struct sixpn_text value)
{
	const struct sixpn_text texts[] = { app, key, value };
	struct sixpn_index_node *node = find_texts(
		zone, SIXPN_ZONE_METADATA_VALUE, network, texts, 3);

	return node ? sixpn_index_entry(node, struct sixpn_zone_set, node) :
		      NULL;
}

struct sixpn_zone_app *
sixpn_zone_app_of(const struct sixpn_zone_machine *machine)
{
	struct sixpn_zone_set *set =
		machine->memberships[SIXPN_ZONE_SLOT_APP].set;

	return sixpn_index_entry(set, struct sixpn_zone_app, set);
}

static bool is_of_app(const struct sixpn_zone_machine *machine,
		      struct sixpn_text app)
{
	const char *name = sixpn_zone_app_of(machine)->set.text;

	return strlen(name) == app.length &&
	       !memcmp(name, app.text, app.length);
}

/* 16 digits: home and machine. */
static bool read_id(struct in6_addr *address, uint32_t network,
		    struct sixpn_text label)
{
	const uint8_t *digit = label.text;
	uint64_t id = 0;
	size_t i;

	if (label.length != 16)
		return false;
	for (i = 0; i < 16; i++, digit++) {
		id <<= 4;
		if (*digit >= '0' && *digit <= '9')
			id |= (uint64_t)(*digit - '0');
		else if (*digit >= 'a' && *digit <= 'f')
			id |= (uint64_t)(*digit - 'a' + 10);
		else
			return false;
	}
	sixpn_addr_build(address, network, (uint32_t)(id >> 32), (uint32_t)id,
			 SIXPN_SUB_MACHINE);
	return true;
}

struct sixpn_zone_machine *
sixpn_zone_find_machine(const struct sixpn_zone *zone, uint32_t network,
			struct sixpn_text app, struct sixpn_text label)
{
	const struct sixpn_text texts[] = { app, label };
	struct sixpn_zone_machine *machine;
	struct sixpn_index_node *node;
	struct in6_addr address;

	node = find_texts(zone, SIXPN_ZONE_MACHINE_NAME, network, texts, 2);
	if (node)
		return sixpn_index_entry(node, struct sixpn_zone_machine,
					 name_node);
	if (!read_id(&address, network, label))
		return NULL;
	machine = sixpn_zone_machine_at(zone, &address);
	return machine && machine->is_named && is_of_app(machine, app) ?
		       machine :
		       NULL;
}

struct sixpn_zone_client *
sixpn_zone_find_client(const struct sixpn_zone *zone, uint32_t network,
		       struct sixpn_text name)
{
	struct sixpn_index_node *node = find_texts(
		zone, SIXPN_ZONE_CLIENT_NAME, network, &name, 1);

	return node ? sixpn_index_entry(node, struct sixpn_zone_client,
					name_node) :
		      NULL;
}

/* --- By address. --- */

struct sixpn_zone_machine *
sixpn_zone_machine_at(const struct sixpn_zone *zone,
		      const struct in6_addr *address)
{
	struct sixpn_index_node *node =
		find_address(zone, SIXPN_ZONE_MACHINE, address);

	return node ? sixpn_index_entry(node, struct sixpn_zone_machine, node) :
		      NULL;
}

struct sixpn_zone_client *
sixpn_zone_client_at(const struct sixpn_zone *zone,
		     const struct in6_addr *address)
{
	struct sixpn_index_node *node =
		find_address(zone, SIXPN_ZONE_CLIENT, address);

	return node ? sixpn_index_entry(node, struct sixpn_zone_client, node) :
		      NULL;
}

struct sixpn_zone_service *
sixpn_zone_service_at(const struct sixpn_zone *zone,
		      const struct in6_addr *address)
{
	const uint32_t numbers[] = {
		sixpn_addr_network(address), sixpn_addr_sub(address)
	};
	uint8_t key[SIXPN_ZONE_NUMBERS_MAX];
	struct sixpn_index_node *node;
	size_t length;

	if (sixpn_addr_host(address) != SIXPN_HOST_FLYCAST ||
	    sixpn_addr_machine(address))
		return NULL;
	length = sixpn_zone_numbers(key, SIXPN_ZONE_SERVICE, numbers, 2);
	node = sixpn_index_find(&zone->index, key, length);
	return node ? sixpn_index_entry(node, struct sixpn_zone_service, node) :
		      NULL;
}

struct sixpn_zone_host *
sixpn_zone_host_at(const struct sixpn_zone *zone,
		   const struct in6_addr *address)
{
	struct sixpn_zone_host *host;

	if (sixpn_addr_machine(address) != SIXPN_MACHINE_HOST ||
	    sixpn_addr_sub(address) != SIXPN_SUB_MACHINE)
		return NULL;
	host = sixpn_zone_find_host(zone, sixpn_addr_host(address));
	return host && host->is_known ? host : NULL;
}

/* --- The asker. --- */

/* Whoever is in the registry is where that says; who is not yet, here. */
static bool is_here(const struct sixpn_zone *zone,
		    const struct in6_addr *source)
{
	const struct sixpn_zone_machine *machine;
	const struct sixpn_zone_client *client;

	if (sixpn_addr_machine(source) != SIXPN_MACHINE_HOST) {
		machine = sixpn_zone_machine_at(zone, source);
		if (machine)
			return machine->host->host == zone->self;
		client = sixpn_zone_client_at(zone, source);
		if (client)
			return client->gateway->host == zone->self;
	}
	return sixpn_addr_host(source) == zone->self;
}

uint32_t sixpn_zone_asker(const struct sixpn_zone *zone,
			  const struct in6_addr *source)
{
	if (!zone->self || !sixpn_addr_is_machine(source) ||
	    !is_here(zone, source))
		return 0;
	return sixpn_addr_network(source);
}
