// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Apps: there while a machine or a service is of them.
 */
#include "zone_part.h"

#include <stdlib.h>
#include <string.h>

static void free_app(struct sixpn_zone *zone, struct sixpn_zone_app *app)
{
	if (app->network)
		sixpn_zone_network_put(zone, app->network);
	free(app->set.members);
	free(app->ports);
	free(app->nearest);
	free(app);
}

static struct sixpn_zone_app *new_app(struct sixpn_zone *zone, uint32_t network,
				      const char *name,
				      const struct sixpn_zone_key *key)
{
	struct sixpn_zone_app *app = calloc(1, sizeof(*app) + key->length + 1);

	if (!app)
		return NULL;
	app->network = sixpn_zone_network_get(zone, network);
	if (!app->network) {
		free_app(zone, app);
		return NULL;
	}
	LIST_INSERT_HEAD(&app->network->apps, app, beside);
	sixpn_zone_set_index(zone, &app->set, app->key, key, strlen(name));
	zone->counts.apps++;
	return app;
}

struct sixpn_zone_app *sixpn_zone_app_get(struct sixpn_zone *zone,
					  uint32_t network, const char *name)
{
	const struct sixpn_text text = sixpn_zone_text(name);
	struct sixpn_index_node *node;
	struct sixpn_zone_app *app;
	struct sixpn_zone_key key;

	sixpn_zone_key(&key, SIXPN_ZONE_APP, network, &text, 1);
	node = sixpn_index_find(&zone->index, key.bytes, key.length);
	app = node ? sixpn_index_entry(node, struct sixpn_zone_app, set.node) :
		     new_app(zone, network, name, &key);
	if (app)
		app->users++;
	return app;
}

void sixpn_zone_app_put(struct sixpn_zone *zone, struct sixpn_zone_app *app)
{
	if (--app->users)
		return;
	LIST_REMOVE(app, beside);
	sixpn_index_remove(&zone->index, &app->set.node);
	zone->counts.apps--;
	free_app(zone, app);
}
