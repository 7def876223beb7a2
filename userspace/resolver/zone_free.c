// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The end of a zone: one record after the other goes, and with the last one of
 * each what they share.
 */
#include "zone_part.h"

#include <stdlib.h>

static void free_host(struct sixpn_zone *zone, struct sixpn_zone_host *host)
{
	if (host->is_known)
		sixpn_zone_host_gone(zone, host);
	else
		sixpn_zone_rtt(zone, host->host, 0);
}

static void free_entry(struct sixpn_zone *zone, struct sixpn_index_node *node)
{
	switch (node->key[0]) {
	case SIXPN_ZONE_MACHINE:
		sixpn_zone_machine_free(
			zone, sixpn_index_entry(node, struct sixpn_zone_machine,
						node));
		break;
	case SIXPN_ZONE_CLIENT:
		sixpn_zone_client_free(
			zone, sixpn_index_entry(node, struct sixpn_zone_client,
						node));
		break;
	case SIXPN_ZONE_SERVICE:
		sixpn_zone_service_free(
			zone, sixpn_index_entry(node, struct sixpn_zone_service,
						node));
		break;
	case SIXPN_ZONE_NETWORK:
		sixpn_zone_network_gone(
			zone, sixpn_index_entry(node, struct sixpn_zone_network,
						node));
		break;
	default:
		free_host(zone, sixpn_index_entry(node, struct sixpn_zone_host,
						  node));
		break;
	}
}

static bool is_kind(const struct sixpn_index_node *node, uint8_t kind)
{
	return node && node->key[0] == kind;
}

/*
 * What goes lets others move, but never into a slot behind the one that it left: so
 * each slot is looked at until it has none. Around the end they may move to the last
 * slots; a second pass has those.
 */
static void free_kind(struct sixpn_zone *zone, uint8_t kind)
{
	const struct sixpn_index *index = &zone->index;
	size_t i;

	for (i = 0; i < index->size * 2; i++)
		while (is_kind(index->slots[i % index->size].node, kind))
			free_entry(zone, index->slots[i % index->size].node);
}

void sixpn_zone_free(struct sixpn_zone *zone)
{
	if (!zone)
		return;
	free_kind(zone, SIXPN_ZONE_MACHINE);
	free_kind(zone, SIXPN_ZONE_CLIENT);
	free_kind(zone, SIXPN_ZONE_SERVICE);
	free_kind(zone, SIXPN_ZONE_NETWORK);
	free_kind(zone, SIXPN_ZONE_HOST);
	sixpn_index_free(&zone->index);
	free(zone);
}
