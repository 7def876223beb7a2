// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A byte for the kind, then a record of it, as in record.c: into a zone that
 * answers for it, changed, and out of it again. Then nothing is left.
 */
#include "zone.h"

#include <stdlib.h>
#include <string.h>

#include "answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {
	"_apps.internal",	"_peer.internal",	"all._instances.internal",
	"_instances.internal", "_whois.internal",
};

static void ask(struct sixpn_zone *zone, struct sixpn_dns *dns, uint32_t network)
{
	static uint8_t out[SIXPN_DNS_MESSAGE_MAX];
	struct sixpn_answerer *answerer = sixpn_answerer_new(zone);
	uint8_t message[SIXPN_DNS_UDP_MIN], wire[SIXPN_DNS_NAME_MAX];
	struct sixpn_query query = { .stream = true };
	size_t length, i;
	int asked;

	if (!answerer)
		abort();
	sixpn_answerer_ready(answerer, true);
	sixpn_addr_build(&query.source, network, 7, 0, 2);
	sixpn_addr_build_resolver(&query.destination, 0);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		sixpn_dns_name_parse(wire, names[i]);
		asked = sixpn_dns_make_query(dns, message, 7, wire,
					     SIXPN_DNS_TXT);
		if (sixpn_answer(answerer, &query, message, (size_t)asked, out,
				 &length) != SIXPN_ANSWER_SEND)
			abort();
	}
	sixpn_answerer_free(answerer);
}

static uint32_t network_of(const struct sixpn_record *record)
{
	uint32_t network = record->kind == SIXPN_RECORD_MACHINE ?
				   record->machine.network :
			   record->kind == SIXPN_RECORD_CLIENT ?
				   record->client.network :
			   record->kind == SIXPN_RECORD_SERVICE ?
				   record->service.network :
				   0;

	return network ? network : 1;
}

static void check(const struct sixpn_record *record)
{
	struct sixpn_zone *zone = sixpn_zone_new();
	struct sixpn_dns *dns = sixpn_dns_new();
	struct sixpn_zone_counts counts;

	if (!zone || !dns)
		abort();
	sixpn_zone_self(zone, 7);
	if (sixpn_zone_change(zone, NULL, record) ||
	    sixpn_zone_change(zone, record, record))
		abort();
	ask(zone, dns, network_of(record));
	if (sixpn_zone_change(zone, record, NULL) ||
	    sixpn_zone_change(zone, record, NULL))
		abort();
	sixpn_zone_count(zone, &counts);
	if (counts.names)
		abort();
	sixpn_zone_free(zone);
	sixpn_dns_free(dns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sixpn_record record;
	enum sixpn_record_kind kind;

	if (!size)
		return 0;
	kind = data[0] % SIXPN_RECORD_KIND_COUNT;
	if (!sixpn_record_parse(&record, kind, NULL, (const char *)data + 1,
				size - 1, NULL))
		check(&record);
	sixpn_record_clear(&record);
	return 0;
}
