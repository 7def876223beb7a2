// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A byte that says who asks and how, then any bytes as a message: to the resolver,
 * with records of all kinds behind it; as what an upstream answered; and as what a
 * server answered to a client. What comes out is a response to it that fits.
 */
#include "answer.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sixpn_zone *zone;
static struct sixpn_answerer *answerer;
static struct sixpn_dns *dns;
static uint8_t out[SIXPN_DNS_MESSAGE_MAX];

static void change(const struct sixpn_record *record)
{
	if (sixpn_zone_change(zone, NULL, record))
		abort();
}

static void put_machines(void)
{
	struct sixpn_record record = { .kind = SIXPN_RECORD_MACHINE };
	struct sixpn_record_metadata metadata = { "role", "primary" };
	struct sixpn_record_machine *machine = &record.machine;
	uint32_t i;

	machine->network = 42;
	machine->host = machine->home = 7;
	machine->metadata = &metadata;
	machine->metadata_count = 1;
	strcpy(machine->app, "web");
	strcpy(machine->group, "app");
	strcpy(machine->region, "fra");
	for (i = 1; i < 100; i++) {
		machine->machine = i;
		memcpy(machine->name, (char[]){ 'm', (char)('0' + i / 10),
						(char)('0' + i % 10), 0 },
		       4);
		sixpn_addr_build(&machine->address, 42, 7, i, 2);
		change(&record);
	}
}

static void put_others(void)
{
	struct sixpn_record_port port = { 80, SIXPN_PROTOCOL_TCP };
	struct sixpn_record service = { .kind = SIXPN_RECORD_SERVICE };
	struct sixpn_record client = { .kind = SIXPN_RECORD_CLIENT };
	struct sixpn_record host = { .kind = SIXPN_RECORD_HOST };

	service.service.network = 42;
	service.service.ports = &port;
	service.service.port_count = 1;
	strcpy(service.service.app, "web");
	sixpn_addr_build(&service.service.address, 42, 1, 0, 3);
	change(&service);
	client.client.network = 42;
	client.client.gateway = client.client.home = 7;
	strcpy(client.client.name, "laptop");
	strcpy(client.client.owner, "J\xc3\xbcrgen");
	sixpn_addr_build(&client.client.address, 42, 7, 100, 2);
	change(&client);
	host.host.host = 7;
	strcpy(host.host.name, "fra1");
	strcpy(host.host.region, "fra");
	change(&host);
}

static void start(void)
{
	static const uint8_t secret[SIXPN_DNS_SECRET_LEN] = { 1 };

	zone = sixpn_zone_new();
	dns = sixpn_dns_new();
	answerer = zone ? sixpn_answerer_new(zone) : NULL;
	if (!dns || !answerer)
		abort();
	sixpn_zone_self(zone, 7);
	sixpn_answerer_ready(answerer, true);
	sixpn_answerer_secret(answerer, secret);
	put_machines();
	put_others();
}

static int see(void *data, const struct sixpn_dns_record *record)
{
	size_t i;

	if (record->data[record->data_length])
		abort();
	for (i = 0; record->owner[i]; i++)
		if (record->owner[i] <= ' ' || record->owner[i] > '~')
			abort();
	return 0;
}

/* Of its id, not longer than it may be, and well-formed. */
static void check(const struct sixpn_query *query, size_t length)
{
	struct sixpn_dns_response response;
	size_t limit = query->stream ? SIXPN_DNS_MESSAGE_MAX :
		       query->dns.payload < SIXPN_DNS_UDP_MAX ?
				       query->dns.payload :
				       SIXPN_DNS_UDP_MAX;

	if (length < SIXPN_DNS_HEADER_LEN || length > limit)
		abort();
	if (sixpn_dns_read_response(dns, out, length, out, length, &response,
				    see, NULL) ||
	    response.id != query->dns.id)
		abort();
}

static void ask(uint8_t flags, const uint8_t *data, size_t size)
{
	struct sixpn_query query = { .stream = flags & 1 };
	size_t length;

	sixpn_addr_build(&query.source, 42, flags & 2 ? 8 : 7, 1, 2);
	sixpn_addr_build_resolver(&query.destination, flags & 4 ? 42 : 0);
	sixpn_answerer_stale(answerer, flags & 8);
	switch (sixpn_answer(answerer, &query, data, size, out, &length)) {
	case SIXPN_ANSWER_SEND:
		check(&query, length);
		break;
	case SIXPN_ANSWER_RECURSE:
		length = sixpn_answer_relay(answerer, &query, data, size,
					    flags & 16, out);
		check(&query, length);
		length = sixpn_answer_failure(answerer, &query,
					      SIXPN_DNS_SERVFAIL,
					      SIXPN_DNS_EDE_NETWORK, NULL, out);
		check(&query, length);
		break;
	case SIXPN_ANSWER_DROP:
		break;
	}
}

/* The message as an answer to "a.", by way of the upstreams and of a client. */
static void relay(uint8_t flags, const uint8_t *data, size_t size)
{
	struct sixpn_query query = { .stream = flags & 1 };
	uint8_t message[SIXPN_DNS_UDP_MIN];
	struct sixpn_dns_response response;
	int length;

	length = sixpn_dns_make_query(dns, message, 7, (const uint8_t *)"\1a",
				      SIXPN_DNS_AAAA);
	if (length < 0 || sixpn_dns_parse_query(dns, &query.dns, message,
						(size_t)length))
		abort();
	check(&query, sixpn_answer_relay(answerer, &query, data, size,
					 flags & 16, out));
	(void)sixpn_dns_read_response(dns, data, size, message, (size_t)length,
				      &response, see, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!zone)
		start();
	if (!size)
		return 0;
	ask(data[0], data + 1, size - 1);
	relay(data[0], data + 1, size - 1);
	return 0;
}
