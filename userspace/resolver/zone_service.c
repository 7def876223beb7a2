// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Services, and the ports that they declare of an app.
 */
#include "zone_part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- Ports. --- */

static struct sixpn_zone_port *find_port(struct sixpn_zone_app *app,
					 const struct sixpn_record_port *wanted)
{
	uint32_t i;

	for (i = 0; i < app->port_count; i++)
		if (app->ports[i].port == wanted->port &&
		    app->ports[i].protocol == wanted->protocol)
			return &app->ports[i];
	return NULL;
}

/* Room for so many more, so that none can fail. */
static int reserve_ports(struct sixpn_zone_app *app, size_t count)
{
	struct sixpn_zone_port *ports;

	if (!count)
		return 0;
	ports = realloc(app->ports, (app->port_count + count) * sizeof(*ports));
	if (!ports)
		return -ENOMEM;
	app->ports = ports;
	return 0;
}

static void add_port(struct sixpn_zone_app *app,
		     const struct sixpn_record_port *record)
{
	struct sixpn_zone_port *port = find_port(app, record);

	if (!port) {
		port = &app->ports[app->port_count++];
		port->port = (uint16_t)record->port;
		port->protocol = (uint8_t)record->protocol;
		port->users = 0;
	}
	port->users++;
}

static void remove_port(struct sixpn_zone_app *app,
			const struct sixpn_record_port *record)
{
	struct sixpn_zone_port *port = find_port(app, record);

	if (!--port->users)
		*port = app->ports[--app->port_count];
}

/* --- Services. --- */

static size_t key_of(uint8_t key[SIXPN_ZONE_NUMBERS_MAX],
		     const struct in6_addr *address)
{
	const uint32_t numbers[] = {
		sixpn_addr_network(address), sixpn_addr_sub(address)
	};

	return sixpn_zone_numbers(key, SIXPN_ZONE_SERVICE, numbers, 2);
}

static struct sixpn_zone_service *
find(const struct sixpn_zone *zone, const struct sixpn_record_service *record)
{
	uint8_t key[SIXPN_ZONE_NUMBERS_MAX];
	struct sixpn_index_node *node;
	size_t length;

	length = key_of(key, &record->address);
	node = sixpn_index_find(&zone->index, key, length);
	return node ? sixpn_index_entry(node, struct sixpn_zone_service, node) :
		      NULL;
}

static void index_service(struct sixpn_zone *zone,
			  struct sixpn_zone_service *service)
{
	size_t length = key_of(service->key, &service->address), i;

	sixpn_index_add(&zone->index, &service->node, service->key, length);
	LIST_INSERT_HEAD(&service->app->services, service, beside);
	for (i = 0; i < service->port_count; i++)
		add_port(service->backend, &service->ports[i]);
	zone->counts.services++;
}

static struct sixpn_zone_service *
new_service(const struct sixpn_record_service *record)
{
	size_t size = record->port_count * sizeof(*record->ports);
	struct sixpn_zone_service *service;

	service = calloc(1, sizeof(*service) + size);
	if (!service)
		return NULL;
	service->address = record->address;
	service->port_count = record->port_count;
	if (size)
		memcpy(service->ports, record->ports, size);
	return service;
}

static int add(struct sixpn_zone *zone,
	       const struct sixpn_record_service *record)
{
	uint32_t backend = record->app_network ? record->app_network :
						 record->network;
	struct sixpn_zone_service *service = new_service(record);

	if (!service)
		return -ENOMEM;
	service->app = sixpn_zone_app_get(zone, record->network, record->app);
	if (!service->app)
		goto err_app;
	service->backend = sixpn_zone_app_get(zone, backend, record->app);
	if (!service->backend)
		goto err_backend;
	if (reserve_ports(service->backend, record->port_count))
		goto err_ports;
	index_service(zone, service);
	return 0;
err_ports:
	sixpn_zone_app_put(zone, service->backend);
err_backend:
	sixpn_zone_app_put(zone, service->app);
err_app:
	free(service);
	return -ENOMEM;
}

void sixpn_zone_service_free(struct sixpn_zone *zone,
			     struct sixpn_zone_service *service)
{
	size_t i;

	sixpn_index_remove(&zone->index, &service->node);
	LIST_REMOVE(service, beside);
	for (i = 0; i < service->port_count; i++)
		remove_port(service->backend, &service->ports[i]);
	sixpn_zone_app_put(zone, service->backend);
	sixpn_zone_app_put(zone, service->app);
	zone->counts.services--;
	free(service);
}

int sixpn_zone_service_put(struct sixpn_zone *zone,
			   const struct sixpn_record_service *record)
{
	struct sixpn_zone_service *old = find(zone, record);
	int ret;

	ret = add(zone, record);
	if (!ret && old)
		sixpn_zone_service_free(zone, old);
	return ret;
}

void sixpn_zone_service_gone(struct sixpn_zone *zone,
			     const struct sixpn_record_service *record)
{
	struct sixpn_zone_service *service = find(zone, record);

	if (service)
		sixpn_zone_service_free(zone, service);
}
