// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a name stands for in the asker's network.
 */
#include "answer_part.h"

#include <string.h>

/* What is being looked up. */
struct search {
	const struct sixpn_answerer *answerer;
	const struct sixpn_zone *zone;
	const struct sixpn_query *query;
	const struct sixpn_name *name;
	uint32_t network;
};

/* --- Names of an app. --- */

/* By its machines or by what services say of it. */
static bool is_app(const struct sixpn_zone_app *app)
{
	return app && (app->set.count || app->port_count);
}

/* A region may be called like one of the words. */
static void find_region(const struct search *search, struct sixpn_found *found)
{
	struct sixpn_text word = search->name->label;

	found->set = sixpn_zone_find_set(search->zone, SIXPN_ZONE_REGION,
					 search->network, search->name->app,
					 word);
}

static bool has_port(const struct sixpn_zone_app *app,
		     const struct sixpn_name *name)
{
	uint32_t i;

	for (i = 0; app && i < app->port_count; i++)
		if (app->ports[i].protocol == name->number &&
		    (!name->port || app->ports[i].port == name->port))
			return true;
	return false;
}

static void find_set(const struct search *search, struct sixpn_found *found,
		     enum sixpn_zone_index index)
{
	found->set = sixpn_zone_find_set(search->zone, index, search->network,
					 search->name->app,
					 search->name->label);
	found->exists = found->set;
}

static void find_value(const struct search *search, struct sixpn_found *found)
{
	found->set = sixpn_zone_find_value(search->zone, search->network,
					   search->name->app,
					   search->name->label,
					   search->name->second);
	found->exists = found->set;
}

static void find_machine(const struct search *search, struct sixpn_found *found)
{
	found->machine = sixpn_zone_find_machine(search->zone, search->network,
						 search->name->app,
						 search->name->label);
	found->exists = found->machine;
}

/* What is there with the app, whatever it has. */
static void find_app(const struct search *search, struct sixpn_found *found)
{
	const struct sixpn_name *name = search->name;

	found->app = sixpn_zone_find_app(search->zone, search->network,
					 name->app);
	found->exists = is_app(found->app);
	switch (name->kind) {
	case SIXPN_NAME_APP:
	case SIXPN_NAME_GLOBAL:
		found->set = found->exists ? &found->app->set : NULL;
		break;
	case SIXPN_NAME_VMS:
	case SIXPN_NAME_REGIONS:
	case SIXPN_NAME_WORD:
		find_region(search, found);
		break;
	case SIXPN_NAME_PROTOCOL:
	case SIXPN_NAME_PORT:
		found->exists = has_port(found->app, name);
		break;
	default:
		break;
	}
}

static void find_in_app(const struct search *search, struct sixpn_found *found)
{
	switch (search->name->kind) {
	case SIXPN_NAME_REGION:
		find_set(search, found, SIXPN_ZONE_REGION);
		break;
	case SIXPN_NAME_MACHINE:
		find_machine(search, found);
		break;
	case SIXPN_NAME_GROUP:
		find_set(search, found, SIXPN_ZONE_GROUP);
		break;
	case SIXPN_NAME_KEY:
		find_set(search, found, SIXPN_ZONE_METADATA);
		break;
	case SIXPN_NAME_VALUE:
		find_value(search, found);
		break;
	default:
		find_app(search, found);
		break;
	}
}

/* --- Names of a network. --- */

static void find_peer(const struct search *search, struct sixpn_found *found)
{
	const struct sixpn_zone_client *client = sixpn_zone_find_client(
		search->zone, search->network, search->name->label);

	if (!client)
		return;
	found->exists = true;
	found->has_address = true;
	found->address = client->address;
}

static void find_host(const struct search *search, struct sixpn_found *found)
{
	const struct sixpn_zone_host *host = sixpn_zone_find_host_named(
		search->zone, search->name->label);

	if (!host)
		return;
	found->exists = true;
	found->has_address = true;
	sixpn_addr_build(&found->address, search->network, host->host,
			 SIXPN_MACHINE_HOST, SIXPN_SUB_MACHINE);
}

static void find_whois(const struct search *search, struct sixpn_found *found)
{
	uint8_t name[SIXPN_DNS_NAME_MAX];

	found->address = search->name->address;
	found->exists = sixpn_answer_name_of(search->answerer, search->network,
					     &found->address, name);
}

static void find_internal(const struct search *search,
			  struct sixpn_found *found)
{
	found->network =
		sixpn_zone_find_network(search->zone, search->network);
	switch (search->name->kind) {
	case SIXPN_NAME_ABSENT:
		break;
	case SIXPN_NAME_API:
		found->exists = true;
		found->has_address = true;
		sixpn_addr_build_resolver(&found->address, search->network);
		break;
	case SIXPN_NAME_WHOIS:
		found->exists = true;
		found->address = search->query->source;
		break;
	case SIXPN_NAME_WHOIS_ADDRESS:
		find_whois(search, found);
		break;
	case SIXPN_NAME_PEER:
		find_peer(search, found);
		break;
	case SIXPN_NAME_HOST:
		find_host(search, found);
		break;
	case SIXPN_NAME_APEX:
	case SIXPN_NAME_APPS:
	case SIXPN_NAME_INSTANCES:
	case SIXPN_NAME_ALL_INSTANCES:
	case SIXPN_NAME_PEERS:
	case SIXPN_NAME_HOSTS:
		found->exists = true;
		break;
	default:
		find_in_app(search, found);
		break;
	}
}

/* --- Flycast. --- */

static bool has_service_port(const struct sixpn_zone_service *service,
			     const struct sixpn_name *name)
{
	size_t i;

	for (i = 0; i < service->port_count; i++)
		if (service->ports[i].protocol == name->number &&
		    (!name->port || service->ports[i].port == name->port))
			return true;
	return false;
}

static bool has_flycast_port(const struct sixpn_zone_app *app,
			     const struct sixpn_name *name)
{
	const struct sixpn_zone_service *service;

	LIST_FOREACH(service, &app->services, beside)
		if (has_service_port(service, name))
			return true;
	return false;
}

static void find_flycast(const struct search *search, struct sixpn_found *found)
{
	const struct sixpn_name *name = search->name;

	if (name->kind == SIXPN_NAME_APEX)
		found->exists = true;
	if (name->kind == SIXPN_NAME_APEX || name->kind == SIXPN_NAME_ABSENT)
		return;
	found->app = sixpn_zone_find_app(search->zone, search->network,
					 name->app);
	if (!found->app || LIST_EMPTY(&found->app->services))
		return;
	found->exists = name->kind == SIXPN_NAME_APP ||
			has_flycast_port(found->app, name);
}

/* --- Addresses. --- */

static bool same_digits(const struct in6_addr *a, const struct in6_addr *b,
			uint32_t digits)
{
	if (memcmp(a, b, digits / 2))
		return false;
	return !(digits % 2) ||
	       !((a->s6_addr[digits / 2] ^ b->s6_addr[digits / 2]) & 0xf0);
}

/*
 * Within the network any part may have an address below it, and is empty; what is
 * between it and the root, too. fdaa::3 is in all networks.
 */
static bool is_part(const struct search *search)
{
	const struct sixpn_name *name = search->name;
	const uint32_t network_digits = SIXPN_NETWORK_LEN / 4;
	struct in6_addr address;
	uint32_t digits;

	sixpn_addr_build_resolver(&address, SIXPN_NETWORK_NONE);
	if (same_digits(&name->address, &address, name->number))
		return true;
	sixpn_addr_build_resolver(&address, search->network);
	digits = name->number < network_digits ? name->number : network_digits;
	return same_digits(&name->address, &address, digits);
}

static void find_reverse(const struct search *search, struct sixpn_found *found)
{
	uint8_t name[SIXPN_DNS_NAME_MAX];

	switch (search->name->kind) {
	case SIXPN_NAME_APEX:
		found->exists = true;
		break;
	case SIXPN_NAME_ADDRESS_PART:
		found->exists = is_part(search);
		break;
	case SIXPN_NAME_ADDRESS:
		found->address = search->name->address;
		found->exists =
			sixpn_answer_name_of(search->answerer, search->network,
					     &found->address, name);
		break;
	default:
		break;
	}
}

void sixpn_answer_find(const struct sixpn_answerer *answerer,
		       const struct sixpn_query *query,
		       const struct sixpn_name *name, struct sixpn_found *found)
{
	const struct search search = {
		.answerer = answerer,
		.zone = answerer->zone,
		.query = query,
		.name = name,
		.network = query->network,
	};

	memset(found, 0, sizeof(*found));
	if (name->domain == SIXPN_NAME_INTERNAL)
		find_internal(&search, found);
	else if (name->domain == SIXPN_NAME_FLYCAST)
		find_flycast(&search, found);
	else
		find_reverse(&search, found);
}
