// SPDX-License-Identifier: GPL-2.0-or-later
#include "dns_reserve.h"

#include <stdlib.h>

/* Of a record: the name of the root, type, class, TTL and length of no data. */
#define RECORD_MIN 11

/* What a header says may be a lie. */
static size_t records_of(const uint8_t *packet, size_t length)
{
	size_t count = (size_t)knot_wire_get_ancount(packet) +
		       knot_wire_get_nscount(packet) +
		       knot_wire_get_arcount(packet);

	return count < length / RECORD_MIN ? count : length / RECORD_MIN;
}

void sixpn_dns_reserve(knot_pkt_t *pkt, const uint8_t *packet, size_t length)
{
	size_t count = records_of(packet, length);
	knot_rrinfo_t *infos;
	knot_rrset_t *sets;

	if (pkt->rrset_allocd || !count)
		return;
	infos = calloc(count, sizeof(*infos));
	sets = calloc(count, sizeof(*sets));
	if (!infos || !sets) {
		free(infos);
		free(sets);
		return;
	}
	pkt->rr_info = infos;
	pkt->rr = sets;
	pkt->rrset_allocd = count;
}
