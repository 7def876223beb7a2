// SPDX-License-Identifier: GPL-2.0-or-later
#include "zone_part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct sixpn_zone_client *
find(const struct sixpn_zone *zone, const struct sixpn_record_client *record)
{
	uint8_t key[SIXPN_ZONE_NUMBERS_MAX];
	struct sixpn_index_node *node;
	size_t length;

	length = sixpn_zone_address(key, SIXPN_ZONE_CLIENT, &record->address);
	node = sixpn_index_find(&zone->index, key, length);
	return node ? sixpn_index_entry(node, struct sixpn_zone_client, node) :
		      NULL;
}

static void index_client(struct sixpn_zone *zone,
			 struct sixpn_zone_client *client,
			 const struct sixpn_record_client *record)
{
	const struct sixpn_text name = sixpn_zone_text(record->name);
	struct sixpn_zone_key key;
	size_t length;

	length = sixpn_zone_address(client->key, SIXPN_ZONE_CLIENT,
				    &client->address);
	sixpn_index_add(&zone->index, &client->node, client->key, length);
	sixpn_zone_key(&key, SIXPN_ZONE_CLIENT_NAME, record->network, &name, 1);
	memcpy(client->name_key, key.bytes, key.length);
	client->name = (const char *)client->name_key + key.length -
		       name.length;
	sixpn_index_add(&zone->index, &client->name_node, client->name_key,
			key.length);
	LIST_INSERT_HEAD(&client->network->clients, client, beside);
	zone->counts.clients++;
}

static int add(struct sixpn_zone *zone,
	       const struct sixpn_record_client *record)
{
	struct sixpn_zone_client *client;

	client = calloc(1, sizeof(*client) + strlen(record->owner) + 1);
	if (!client)
		return -ENOMEM;
	client->address = record->address;
	strcpy(client->owner, record->owner);
	client->network = sixpn_zone_network_get(zone, record->network);
	if (!client->network)
		goto err_network;
	client->gateway = sixpn_zone_host_get(zone, record->gateway);
	if (!client->gateway)
		goto err_gateway;
	index_client(zone, client, record);
	return 0;
err_gateway:
	sixpn_zone_network_put(zone, client->network);
err_network:
	free(client);
	return -ENOMEM;
}

void sixpn_zone_client_free(struct sixpn_zone *zone,
			    struct sixpn_zone_client *client)
{
	sixpn_index_remove(&zone->index, &client->node);
	sixpn_index_remove(&zone->index, &client->name_node);
	LIST_REMOVE(client, beside);
	sixpn_zone_host_put(zone, client->gateway);
	sixpn_zone_network_put(zone, client->network);
	zone->counts.clients--;
	free(client);
}

int sixpn_zone_client_put(struct sixpn_zone *zone,
			  const struct sixpn_record_client *record)
{
	struct sixpn_zone_client *old = find(zone, record);
	int ret;

	ret = add(zone, record);
	if (!ret && old)
		sixpn_zone_client_free(zone, old);
	return ret;
}

/* At another gateway it has been told of already. */
void sixpn_zone_client_gone(struct sixpn_zone *zone,
			    const struct sixpn_record_client *record)
{
	struct sixpn_zone_client *client = find(zone, record);

	if (client && client->gateway->host == record->gateway)
		sixpn_zone_client_free(zone, client);
}
