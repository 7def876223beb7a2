// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The machines of an app by how far they are. They are sorted when that is asked
 * for, and again when a machine of the app or a distance has changed.
 */
#include "zone_find.h"

#include <stdlib.h>
#include <string.h>

/* @distance: microseconds, and a bit for another region */
struct ranked {
	uint64_t distance;
	struct sixpn_zone_machine *machine;
};

static uint64_t distance_of(const struct sixpn_zone *zone,
			    const struct sixpn_zone_host *own,
			    const struct sixpn_zone_host *host)
{
	bool same = own && own->is_known && host->is_known &&
		    !strcmp(own->region, host->region);
	uint64_t rtt = host->rtt;

	if (host->host == zone->self)
		return 0;
	if (!rtt)
		rtt = same ? SIXPN_ZONE_REGION_RTT : UINT32_MAX;
	return rtt << 1 | !same;
}

static int compare(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;

	if (a->distance != b->distance)
		return a->distance < b->distance ? -1 : 1;
	return memcmp(&a->machine->address, &b->machine->address,
		      sizeof(a->machine->address));
}

static int sort(const struct sixpn_zone *zone, struct sixpn_zone_app *app)
{
	const struct sixpn_zone_host *own =
		sixpn_zone_find_host(zone, zone->self);
	struct ranked *ranked = calloc(app->set.started + 1, sizeof(*ranked));
	uint32_t i;

	if (!ranked)
		return -1;
	for (i = 0; i < app->set.started; i++) {
		ranked[i].machine = app->set.members[i].machine;
		ranked[i].distance =
			distance_of(zone, own, ranked[i].machine->host);
	}
	qsort(ranked, app->set.started, sizeof(*ranked), compare);
	for (i = 0; i < app->set.started; i++)
		app->nearest[i] = ranked[i].machine;
	free(ranked);
	return 0;
}

static int rebuild(const struct sixpn_zone *zone, struct sixpn_zone_app *app)
{
	free(app->nearest);
	app->nearest = calloc(app->set.started + 1, sizeof(*app->nearest));
	if (app->nearest && !sort(zone, app)) {
		app->nearest_changes = app->set.changes;
		app->nearest_moves = zone->moves;
		return 0;
	}
	free(app->nearest);
	app->nearest = NULL;
	return -1;
}

struct sixpn_zone_machine *const *
sixpn_zone_nearest(const struct sixpn_zone *zone, struct sixpn_zone_app *app)
{
	bool fresh = app->nearest && app->nearest_changes == app->set.changes &&
		     app->nearest_moves == zone->moves;

	if (!fresh && rebuild(zone, app))
		return NULL;
	return app->nearest;
}
