// SPDX-License-Identifier: GPL-2.0-or-later
#include "record_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"

#define K1 "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAUA="
#define K2 "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAkA="

static const struct {
	const char *key, *text;
} examples[] = {
	[SIXPN_RECORD_NETWORK] = { "/sixpn/v1/network/0000002a",
		"{\"schema\":1,\"network\":42,\"name\":\"acme\","
		"\"created\":\"2026-11-28T04:00:00Z\",\"removing\":true}" },
	[SIXPN_RECORD_HOST] = { "/sixpn/v1/host/00000007",
		"{\"schema\":1,\"host\":7,\"name\":\"fra1\",\"public-key\":\"" K1
		"\",\"region\":\"fra\",\"endpoints\":[\"192.0.2.1:51820\","
		"\"[2001:db8::1]:51820\"],\"port\":51820,\"gateway\":true,"
		"\"created\":\"2026-11-28T04:00:00Z\",\"removing\":true}" },
	[SIXPN_RECORD_ALIVE] = { "/sixpn/v1/alive/00000007",
		"{\"schema\":1,\"host\":7,\"since\":\"2026-11-28T04:00:00Z\"}" },
	[SIXPN_RECORD_MACHINE] = {
		"/sixpn/v1/machine/00000007/0000002a/00000008/00000005",
		"{\"schema\":1,\"network\":42,\"machine\":5,\"name\":\"web-1\","
		"\"app\":\"web\",\"group\":\"app\",\"region\":\"fra\",\"host\":7,"
		"\"home\":8,\"address\":\"fdaa:0:2a:0:8:0:5:2\","
		"\"attachment\":\"port\",\"ifname\":\"eth6\",\"netns\":\"web\","
		"\"state\":\"started\",\"skip-dns\":true,\"no-resolv\":true,"
		"\"created\":\"2026-11-28T04:00:00Z\","
		"\"metadata\":{\"role\":\"primary\",\"empty\":\"\"},\"checks\":"
		"[{\"name\":\"http\",\"status\":\"passing\",\"output\":\"200 OK\","
		"\"updated\":\"2026-11-28T04:00:00Z\"},"
		"{\"name\":\"disk\",\"status\":\"critical\"}]}" },
	[SIXPN_RECORD_CLIENT] = {
		"/sixpn/v1/client/00000007/0000002a/00000007/00000009",
		"{\"schema\":1,\"network\":42,\"name\":\"laptop\",\"public-key\":\""
		K1 "\",\"address\":\"fdaa:0:2a:0:7:0:9:2\",\"gateway\":7,"
		"\"home\":7,\"owner\":\"J\xc3\xbcrgen\","
		"\"created\":\"2026-11-28T04:00:00Z\","
		"\"expires\":\"2026-12-28T04:00:00Z\","
		"\"last-seen\":\"2026-11-28T05:00:00Z\",\"preshared-key\":\"" K2
		"\"}" },
	[SIXPN_RECORD_SERVICE] = { "/sixpn/v1/service/0000002a/0003",
		"{\"schema\":1,\"network\":42,\"address\":\"fdaa:0:2a:0:1::3\","
		"\"app\":\"web\",\"app-network\":43,"
		"\"created\":\"2026-11-28T04:00:00Z\",\"ports\":"
		"[{\"port\":80,\"protocol\":\"tcp\"},"
		"{\"port\":80,\"protocol\":\"udp\"}]}" },
	[SIXPN_RECORD_MOVED] = { "/sixpn/v1/moved/0000002a/00000008/00000005",
		"{\"schema\":1,\"network\":42,\"home\":8,\"machine\":5,"
		"\"host\":7}" },
};

const char *record_test_text(enum sixpn_record_kind kind)
{
	return examples[kind].text;
}

const char *record_test_key(enum sixpn_record_kind kind)
{
	return examples[kind].key;
}

/* --- Random ones. --- */

static uint32_t below(uint32_t end)
{
	return test_random() % end;
}

static uint32_t random_id(uint32_t least)
{
	uint32_t id = below(2) ? test_random() : below(4);

	return id < least ? least : id;
}

static uint64_t random_time(void)
{
	return 1 + ((uint64_t)test_random() << 16) % SIXPN_RECORD_TIME_MAX;
}

static void random_chars(char *text, size_t most, const char *chars)
{
	size_t length = 1 + below((uint32_t)most), i;

	for (i = 0; i < length; i++)
		text[i] = chars[below((uint32_t)strlen(chars))];
	text[length] = '\0';
}

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

static void random_label(char text[SIXPN_LABEL_MAX + 1])
{
	random_chars(text, SIXPN_LABEL_MAX, LETTERS DIGITS "-");
	text[0] = 'a';
	text[strlen(text) - 1] = 'z';
}

static void random_text(char text[SIXPN_RECORD_TEXT_MAX + 1])
{
	static const char *const pieces[] = {
		"a", " ", "\"", "\\", "/", "\xc3\xbc", "\xe2\x82\xac",
		"\xf0\x9f\x90\xa7", "\xc2\xa0", "%s", "'",
	};
	size_t count = 1 + below(60);

	text[0] = '\0';
	while (count--)
		strcat(text, pieces[below(TEST_COUNT(pieces))]);
}

static void random_key(uint8_t key[SIXPN_KEY_LEN])
{
	test_random_bytes(key, SIXPN_KEY_LEN);
	key[0] |= 1;
}

static void random_host(struct sixpn_record_host *host)
{
	size_t i;

	host->host = random_id(SIXPN_HOST_MIN);
	random_label(host->name);
	random_key(host->public_key);
	random_chars(host->region, SIXPN_REGION_MAX, LETTERS DIGITS);
	host->endpoint_count = below(SIXPN_RECORD_ENDPOINTS_MAX + 1);
	for (i = 0; i < host->endpoint_count; i++)
		sprintf(host->endpoints[i], below(2) ? "[2001:db8::%zx]:%u" :
			"host%zu.example:%u", i, 1 + below(65535));
	host->port = 1 + below(65535);
	host->gateway = below(2);
	host->created = below(2) ? random_time() : 0;
	host->removing = below(2);
}

static void random_lists(struct sixpn_record_machine *machine)
{
	size_t i;

	machine->metadata_count = below(SIXPN_RECORD_METADATA_MAX + 1);
	machine->metadata = calloc(machine->metadata_count + 1,
				   sizeof(*machine->metadata));
	for (i = 0; i < machine->metadata_count; i++) {
		sprintf(machine->metadata[i].key, "k_%zu", i);
		if (below(4))
			random_text(machine->metadata[i].value);
	}
	machine->check_count = below(SIXPN_RECORD_CHECKS_MAX + 1);
	machine->checks = calloc(machine->check_count + 1,
				 sizeof(*machine->checks));
	for (i = 0; i < machine->check_count; i++) {
		sprintf(machine->checks[i].name, "check-%zu", i);
		machine->checks[i].status = below(3);
		if (below(2))
			random_text(machine->checks[i].output);
		machine->checks[i].updated = below(2) ? random_time() : 0;
	}
}

static void random_machine(struct sixpn_record_machine *machine)
{
	static const uint32_t attachments[] = {
		SIXPN_ATTACHMENT_NONE, SIXPN_ATTACHMENT_PORT,
		SIXPN_ATTACHMENT_BIND, SIXPN_ATTACHMENT_HOST,
	};

	machine->network = random_id(1);
	machine->machine = random_id(1);
	random_label(machine->name);
	random_label(machine->app);
	random_label(machine->group);
	random_chars(machine->region, SIXPN_REGION_MAX, LETTERS DIGITS);
	machine->host = random_id(SIXPN_HOST_MIN);
	machine->home = below(2) ? machine->host : random_id(SIXPN_HOST_MIN);
	sixpn_addr_build(&machine->address, machine->network, machine->home,
			 machine->machine, SIXPN_SUB_MACHINE);
	machine->attachment = attachments[below(4)];
	if (machine->attachment == SIXPN_ATTACHMENT_PORT ||
	    machine->attachment == SIXPN_ATTACHMENT_BIND)
		random_chars(machine->ifname, IFNAMSIZ - 1, LETTERS DIGITS "_-");
	if (machine->attachment == SIXPN_ATTACHMENT_PORT && below(2))
		random_text(machine->netns);
	machine->state = below(2);
	machine->skip_dns = below(2);
	machine->no_resolv = below(2);
	machine->created = below(2) ? random_time() : 0;
	random_lists(machine);
}

static void random_client(struct sixpn_record_client *client)
{
	client->network = random_id(1);
	random_label(client->name);
	random_key(client->public_key);
	client->gateway = random_id(SIXPN_HOST_MIN);
	client->home = below(2) ? client->gateway : random_id(SIXPN_HOST_MIN);
	sixpn_addr_build(&client->address, client->network, client->home,
			 random_id(1), SIXPN_SUB_MACHINE);
	if (below(2))
		random_text(client->owner);
	client->created = below(2) ? random_time() : 0;
	client->expires = below(2) ? client->created + 1 + below(1000000) : 0;
	client->last_seen = below(2) ? random_time() : 0;
	if (below(2))
		random_key(client->preshared_key);
}

static void random_service(struct sixpn_record_service *service)
{
	size_t i;

	service->network = random_id(1);
	sixpn_addr_build(&service->address, service->network,
			 SIXPN_HOST_FLYCAST, 0, (uint16_t)(1 + below(65535)));
	random_label(service->app);
	service->app_network = below(2) ? random_id(1) : 0;
	service->created = below(2) ? random_time() : 0;
	service->port_count = below(SIXPN_RECORD_PORTS_MAX + 1);
	service->ports = calloc(service->port_count + 1,
				sizeof(*service->ports));
	for (i = 0; i < service->port_count; i++) {
		service->ports[i].port = 65535 - (uint32_t)i;
		service->ports[i].protocol = below(2);
	}
}

void record_test_random(struct sixpn_record *record,
			enum sixpn_record_kind kind)
{
	memset(record, 0, sizeof(*record));
	record->kind = kind;
	switch (kind) {
	case SIXPN_RECORD_NETWORK:
		record->network.network = random_id(1);
		random_label(record->network.name);
		record->network.created = below(2) ? random_time() : 0;
		record->network.removing = below(2);
		break;
	case SIXPN_RECORD_HOST:
		random_host(&record->host);
		break;
	case SIXPN_RECORD_ALIVE:
		record->alive.host = random_id(SIXPN_HOST_MIN);
		record->alive.since = below(2) ? random_time() : 0;
		break;
	case SIXPN_RECORD_MACHINE:
		random_machine(&record->machine);
		break;
	case SIXPN_RECORD_CLIENT:
		random_client(&record->client);
		break;
	case SIXPN_RECORD_SERVICE:
		random_service(&record->service);
		break;
	default:
		record->moved.network = random_id(1);
		record->moved.machine = random_id(1);
		record->moved.home = random_id(3);
		record->moved.host = record->moved.home - 1;
	}
}

/* --- Small ones. --- */

void record_test_network(struct sixpn_record *record, uint32_t id,
			 const char *name)
{
	memset(record, 0, sizeof(*record));
	record->kind = SIXPN_RECORD_NETWORK;
	record->network.network = id;
	snprintf(record->network.name, sizeof(record->network.name), "%s", name);
}

void record_test_host(struct sixpn_record *record, uint32_t id,
		      const char *name)
{
	struct sixpn_record_host *host = &record->host;

	memset(record, 0, sizeof(*record));
	record->kind = SIXPN_RECORD_HOST;
	host->host = id;
	snprintf(host->name, sizeof(host->name), "%s", name);
	memset(host->public_key, (int)(id & 0xff), sizeof(host->public_key));
	strcpy(host->region, "fra");
	host->port = 51820;
}

void record_test_machine(struct sixpn_record *record, uint32_t network,
			 uint32_t host, uint32_t id, const char *name)
{
	struct sixpn_record_machine *machine = &record->machine;

	memset(record, 0, sizeof(*record));
	record->kind = SIXPN_RECORD_MACHINE;
	machine->network = network;
	machine->machine = id;
	machine->host = machine->home = host;
	snprintf(machine->name, sizeof(machine->name), "%s", name);
	strcpy(machine->app, "web");
	strcpy(machine->group, "app");
	strcpy(machine->region, "fra");
	machine->attachment = SIXPN_ATTACHMENT_HOST;
	sixpn_addr_build(&machine->address, network, host, id,
			 SIXPN_SUB_MACHINE);
}

void record_test_client(struct sixpn_record *record, uint32_t network,
			uint32_t gateway, uint8_t number, const char *name)
{
	struct sixpn_record_client *client = &record->client;

	memset(record, 0, sizeof(*record));
	record->kind = SIXPN_RECORD_CLIENT;
	client->network = network;
	client->gateway = client->home = gateway;
	snprintf(client->name, sizeof(client->name), "%s", name);
	memset(client->public_key, number, sizeof(client->public_key));
	sixpn_addr_build(&client->address, network, gateway, number,
			 SIXPN_SUB_MACHINE);
}

void record_test_service(struct sixpn_record *record, uint32_t network,
			 uint16_t number, const char *app)
{
	memset(record, 0, sizeof(*record));
	record->kind = SIXPN_RECORD_SERVICE;
	record->service.network = network;
	sixpn_addr_build(&record->service.address, network, SIXPN_HOST_FLYCAST,
			 0, number);
	snprintf(record->service.app, sizeof(record->service.app), "%s", app);
}
