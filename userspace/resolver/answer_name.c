// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The names that addresses have.
 */
#include "answer_part.h"

#include <string.h>

size_t sixpn_answer_wire(uint8_t name[SIXPN_DNS_NAME_MAX],
			 const char *const *labels)
{
	uint8_t *at = name;

	for (; *labels; labels++) {
		size_t length = strlen(*labels);

		*at++ = (uint8_t)length;
		memcpy(at, *labels, length);
		at += length;
	}
	*at++ = 0;
	return (size_t)(at - name);
}

static size_t name_machine(const struct sixpn_zone_machine *machine,
			   uint8_t *name)
{
	const char *const labels[] = { machine->name, "vm",
				       sixpn_zone_app_of(machine)->set.text,
				       "internal", NULL };

	return sixpn_answer_wire(name, labels);
}

static size_t name_in(const char *label, const char *word, uint8_t *name)
{
	const char *const labels[] = { label, word, "internal", NULL };

	return sixpn_answer_wire(name, labels);
}

static size_t name_service(const struct sixpn_zone_service *service,
			   uint8_t *name)
{
	const char *const labels[] = { service->app->set.text, "flycast",
				       NULL };

	return sixpn_answer_wire(name, labels);
}

static size_t name_resolver(uint8_t *name)
{
	const char *const labels[] = { "_api", "internal", NULL };

	return sixpn_answer_wire(name, labels);
}

/* Of the asker's network, or fdaa::3, which is in all. */
static bool is_visible(uint32_t network, const struct in6_addr *address)
{
	if (!sixpn_addr_is(address))
		return false;
	return sixpn_addr_network(address) == network ||
	       (sixpn_addr_network(address) == SIXPN_NETWORK_NONE &&
		sixpn_addr_is_resolver(address));
}

size_t sixpn_answer_name_of(const struct sixpn_answerer *answerer,
			    uint32_t network, const struct in6_addr *address,
			    uint8_t name[SIXPN_DNS_NAME_MAX])
{
	const struct sixpn_zone *zone = answerer->zone;
	const struct sixpn_zone_machine *machine;
	const struct sixpn_zone_service *service;
	const struct sixpn_zone_client *client;
	const struct sixpn_zone_host *host;

	if (!is_visible(network, address))
		return 0;
	if (sixpn_addr_is_resolver(address))
		return name_resolver(name);
	machine = sixpn_zone_machine_at(zone, address);
	if (machine)
		return machine->is_named ? name_machine(machine, name) : 0;
	client = sixpn_zone_client_at(zone, address);
	if (client)
		return name_in(client->name, "_peer", name);
	service = sixpn_zone_service_at(zone, address);
	if (service)
		return name_service(service, name);
	host = sixpn_zone_host_at(zone, address);
	return host ? name_in(host->name, "_host", name) : 0;
}

void sixpn_answer_ptr(struct sixpn_writing *writing)
{
	uint8_t name[SIXPN_DNS_NAME_MAX];

	if (writing->name->kind != SIXPN_NAME_ADDRESS)
		return;
	if (sixpn_answer_name_of(writing->answerer, writing->query->network,
				 &writing->found->address, name) &&
	    !sixpn_dns_put_ptr(writing->answerer->dns, SIXPN_ANSWER_TTL, name))
		writing->put = 1;
}
