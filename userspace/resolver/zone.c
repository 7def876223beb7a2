// SPDX-License-Identifier: GPL-2.0-or-later
#include "zone.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "zone_part.h"

/* A round trip that differs by one part of so many is the same. */
#define RTT_PARTS 16

/* --- Networks. --- */

static struct sixpn_index_node *find_id(const struct sixpn_zone *zone,
					enum sixpn_zone_index index,
					uint32_t id)
{
	uint8_t key[SIXPN_ZONE_NUMBERS_MAX];
	size_t length = sixpn_zone_numbers(key, index, &id, 1);

	return sixpn_index_find(&zone->index, key, length);
}

static struct sixpn_zone_network *new_network(struct sixpn_zone *zone,
					      uint32_t id)
{
	struct sixpn_zone_network *network = calloc(1, sizeof(*network));
	size_t length;

	if (!network)
		return NULL;
	network->network = id;
	length = sixpn_zone_numbers(network->key, SIXPN_ZONE_NETWORK, &id, 1);
	sixpn_index_add(&zone->index, &network->node, network->key, length);
	return network;
}

struct sixpn_zone_network *sixpn_zone_network_get(struct sixpn_zone *zone,
						  uint32_t id)
{
	struct sixpn_index_node *node = find_id(zone, SIXPN_ZONE_NETWORK, id);
	struct sixpn_zone_network *network;

	network = node ? sixpn_index_entry(node, struct sixpn_zone_network,
					   node) :
			 new_network(zone, id);
	if (network)
		network->users++;
	return network;
}

void sixpn_zone_network_put(struct sixpn_zone *zone,
			    struct sixpn_zone_network *network)
{
	if (--network->users)
		return;
	sixpn_index_remove(&zone->index, &network->node);
	free(network->machines.members);
	free(network);
}

/* Its record is a user. */
static int network_put(struct sixpn_zone *zone,
		       const struct sixpn_record_network *record)
{
	struct sixpn_zone_network *network =
		sixpn_zone_network_get(zone, record->network);

	if (!network)
		return -ENOMEM;
	strcpy(network->name, record->name);
	if (network->is_known) {
		network->users--;
		return 0;
	}
	network->is_known = true;
	zone->counts.networks++;
	return 0;
}

void sixpn_zone_network_gone(struct sixpn_zone *zone,
			     struct sixpn_zone_network *network)
{
	if (!network->is_known)
		return;
	network->is_known = false;
	network->name[0] = '\0';
	zone->counts.networks--;
	sixpn_zone_network_put(zone, network);
}

static void network_gone(struct sixpn_zone *zone, uint32_t id)
{
	struct sixpn_index_node *node = find_id(zone, SIXPN_ZONE_NETWORK, id);

	if (node)
		sixpn_zone_network_gone(
			zone, sixpn_index_entry(node, struct sixpn_zone_network,
						node));
}

/* --- Hosts. --- */

static struct sixpn_zone_host *new_host(struct sixpn_zone *zone, uint32_t id)
{
	struct sixpn_zone_host *host = calloc(1, sizeof(*host));
	size_t length;

	if (!host)
		return NULL;
	host->host = id;
	length = sixpn_zone_numbers(host->key, SIXPN_ZONE_HOST, &id, 1);
	sixpn_index_add(&zone->index, &host->node, host->key, length);
	return host;
}

struct sixpn_zone_host *sixpn_zone_host_get(struct sixpn_zone *zone,
					    uint32_t id)
{
	struct sixpn_index_node *node = find_id(zone, SIXPN_ZONE_HOST, id);
	struct sixpn_zone_host *host;

	host = node ? sixpn_index_entry(node, struct sixpn_zone_host, node) :
		      new_host(zone, id);
	if (host)
		host->users++;
	return host;
}

void sixpn_zone_host_put(struct sixpn_zone *zone, struct sixpn_zone_host *host)
{
	if (--host->users)
		return;
	sixpn_index_remove(&zone->index, &host->node);
	free(host);
}

static void name_host(struct sixpn_zone *zone, struct sixpn_zone_host *host,
		      const struct sixpn_record_host *record)
{
	size_t length = strlen(record->name);

	if (host->is_known && !strcmp(host->name, record->name) &&
	    !strcmp(host->region, record->region))
		return;
	if (host->is_known)
		sixpn_index_remove(&zone->index, &host->name_node);
	strcpy(host->name, record->name);
	strcpy(host->region, record->region);
	host->name_key[0] = SIXPN_ZONE_HOST_NAME;
	memcpy(host->name_key + 1, record->name, length);
	sixpn_index_add(&zone->index, &host->name_node, host->name_key,
			length + 1);
	zone->moves++;
}

/* Its record is a user. */
static int host_put(struct sixpn_zone *zone,
		    const struct sixpn_record_host *record)
{
	struct sixpn_zone_host *host = sixpn_zone_host_get(zone, record->host);

	if (!host)
		return -ENOMEM;
	name_host(zone, host, record);
	if (host->is_known) {
		host->users--;
		return 0;
	}
	host->is_known = true;
	zone->counts.hosts++;
	return 0;
}

void sixpn_zone_host_gone(struct sixpn_zone *zone,
			  struct sixpn_zone_host *host)
{
	if (!host->is_known)
		return;
	sixpn_index_remove(&zone->index, &host->name_node);
	host->is_known = false;
	host->name[0] = '\0';
	host->region[0] = '\0';
	zone->counts.hosts--;
	zone->moves++;
	sixpn_zone_host_put(zone, host);
}

static void host_gone(struct sixpn_zone *zone, uint32_t id)
{
	struct sixpn_index_node *node = find_id(zone, SIXPN_ZONE_HOST, id);

	if (node)
		sixpn_zone_host_gone(
			zone,
			sixpn_index_entry(node, struct sixpn_zone_host, node));
}

void sixpn_zone_self(struct sixpn_zone *zone, uint32_t host)
{
	zone->self = host;
	zone->moves++;
}

/* No two handshakes take equally long: all would be sorted anew each time. */
static bool is_alike(uint32_t before, uint32_t after)
{
	uint32_t least = before < after ? before : after;
	uint32_t most = before < after ? after : before;

	return most - least <= (least ? before / RTT_PARTS : 0);
}

/* What has been measured is a user as well. */
int sixpn_zone_rtt(struct sixpn_zone *zone, uint32_t id, uint32_t microseconds)
{
	struct sixpn_zone_host *host;
	uint32_t before;

	if (sixpn_index_reserve(&zone->index, 1))
		return -ENOMEM;
	host = sixpn_zone_host_get(zone, id);
	if (!host)
		return -ENOMEM;
	before = host->rtt;
	if (!is_alike(before, microseconds)) {
		host->rtt = microseconds;
		zone->moves++;
	}
	if (before || !microseconds)
		sixpn_zone_host_put(zone, host);
	if (before && !microseconds)
		sixpn_zone_host_put(zone, host);
	return 0;
}

/* --- The whole. --- */

static int put(struct sixpn_zone *zone, const struct sixpn_record *record)
{
	switch (record->kind) {
	case SIXPN_RECORD_NETWORK:
		return network_put(zone, &record->network);
	case SIXPN_RECORD_HOST:
		return host_put(zone, &record->host);
	case SIXPN_RECORD_MACHINE:
		return sixpn_zone_machine_put(zone, &record->machine);
	case SIXPN_RECORD_CLIENT:
		return sixpn_zone_client_put(zone, &record->client);
	case SIXPN_RECORD_SERVICE:
		return sixpn_zone_service_put(zone, &record->service);
	default:
		return 0;
	}
}

static void gone(struct sixpn_zone *zone, const struct sixpn_record *record)
{
	switch (record->kind) {
	case SIXPN_RECORD_NETWORK:
		network_gone(zone, record->network.network);
		break;
	case SIXPN_RECORD_HOST:
		host_gone(zone, record->host.host);
		break;
	case SIXPN_RECORD_MACHINE:
		sixpn_zone_machine_gone(zone, &record->machine);
		break;
	case SIXPN_RECORD_CLIENT:
		sixpn_zone_client_gone(zone, &record->client);
		break;
	case SIXPN_RECORD_SERVICE:
		sixpn_zone_service_gone(zone, &record->service);
		break;
	default:
		break;
	}
}

int sixpn_zone_change(struct sixpn_zone *zone,
		      const struct sixpn_record *before,
		      const struct sixpn_record *after)
{
	int ret = 0;

	if (after)
		ret = sixpn_index_reserve(&zone->index, SIXPN_ZONE_ENTRIES_MAX);
	if (!ret && after)
		ret = put(zone, after);
	else if (!ret && before)
		gone(zone, before);
	if (!ret)
		zone->counts.serial++;
	return ret;
}

struct sixpn_zone *sixpn_zone_new(void)
{
	struct sixpn_zone *zone = calloc(1, sizeof(*zone));

	if (zone && !sixpn_index_init(&zone->index))
		return zone;
	free(zone);
	return NULL;
}

void sixpn_zone_count(const struct sixpn_zone *zone,
		      struct sixpn_zone_counts *counts)
{
	*counts = zone->counts;
	counts->names = zone->index.count;
}
