// SPDX-License-Identifier: GPL-2.0-or-later
#include "resolver_record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST_MAX 64

struct words {
	char **words;
	size_t count;
};

/* "" if it is not there. */
static const char *value_of(const struct words *words, const char *key)
{
	size_t length = strlen(key), i;

	for (i = 1; i < words->count; i++)
		if (!strncmp(words->words[i], key, length) &&
		    words->words[i][length] == '=')
			return words->words[i] + length + 1;
	return "";
}

static bool has(const struct words *words, const char *word)
{
	size_t i;

	for (i = 1; i < words->count; i++)
		if (!strcmp(words->words[i], word))
			return true;
	return false;
}

static uint32_t number_of(const struct words *words, const char *key,
			  uint32_t otherwise)
{
	const char *value = value_of(words, key);

	return *value ? (uint32_t)strtoul(value, NULL, 0) : otherwise;
}

static void copy(char *to, size_t room, const struct words *words,
		 const char *key)
{
	snprintf(to, room, "%s", value_of(words, key));
}

#define COPY(to, words, key) copy(to, sizeof(to), words, key)

static void read_machine(struct sixpn_record *record, const struct words *words)
{
	struct sixpn_record_machine *machine = &record->machine;

	machine->network = number_of(words, "network", 0);
	machine->machine = number_of(words, "id", 0);
	machine->host = number_of(words, "host", 0);
	machine->home = number_of(words, "home", machine->host);
	sixpn_addr_build(&machine->address, machine->network, machine->home,
			 machine->machine, SIXPN_SUB_MACHINE);
	COPY(machine->name, words, "name");
	COPY(machine->app, words, "app");
	COPY(machine->group, words, "group");
	COPY(machine->region, words, "region");
	machine->state = has(words, "stopped") ? SIXPN_RUN_STOPPED :
						 SIXPN_RUN_STARTED;
	machine->skip_dns = has(words, "skip-dns");
}

static void read_metadata(struct sixpn_record_machine *machine,
			  const struct words *words)
{
	static struct sixpn_record_metadata list[LIST_MAX];
	size_t i;

	machine->metadata = list;
	for (i = 1; i < words->count; i++) {
		struct sixpn_record_metadata *one =
			&list[machine->metadata_count];

		if (sscanf(words->words[i], "key.%63[^=]=%255s", one->key,
			   one->value) == 2)
			machine->metadata_count++;
	}
}

static void read_client(struct sixpn_record *record, const struct words *words)
{
	struct sixpn_record_client *client = &record->client;

	client->network = number_of(words, "network", 0);
	client->gateway = number_of(words, "gateway", 0);
	client->home = number_of(words, "home", client->gateway);
	sixpn_addr_build(&client->address, client->network, client->home,
			 number_of(words, "id", 0), SIXPN_SUB_MACHINE);
	COPY(client->name, words, "name");
	COPY(client->owner, words, "owner");
}

static void read_service(struct sixpn_record *record, const struct words *words)
{
	static struct sixpn_record_port ports[LIST_MAX];
	struct sixpn_record_service *service = &record->service;
	size_t i;

	service->network = number_of(words, "network", 0);
	service->app_network = number_of(words, "app-network", 0);
	sixpn_addr_build(&service->address, service->network,
			 SIXPN_HOST_FLYCAST, 0,
			 (uint16_t)number_of(words, "id", 0));
	COPY(service->app, words, "app");
	service->ports = ports;
	for (i = 1; i < words->count; i++) {
		struct sixpn_record_port *port = &ports[service->port_count];

		port->protocol = SIXPN_PROTOCOL_TCP;
		if (sscanf(words->words[i], "tcp=%u", &port->port) == 1) {
			service->port_count++;
		} else if (sscanf(words->words[i], "udp=%u", &port->port) ==
			   1) {
			port->protocol = SIXPN_PROTOCOL_UDP;
			service->port_count++;
		}
	}
}

static int read_record(struct sixpn_record *record, const struct words *words)
{
	const char *kind = words->count ? words->words[0] : "";

	memset(record, 0, sizeof(*record));
	if (!strcmp(kind, "network")) {
		record->kind = SIXPN_RECORD_NETWORK;
		record->network.network = number_of(words, "id", 0);
		COPY(record->network.name, words, "name");
	} else if (!strcmp(kind, "host")) {
		record->kind = SIXPN_RECORD_HOST;
		record->host.host = number_of(words, "id", 0);
		COPY(record->host.name, words, "name");
		COPY(record->host.region, words, "region");
	} else if (!strcmp(kind, "machine")) {
		record->kind = SIXPN_RECORD_MACHINE;
		read_machine(record, words);
		read_metadata(&record->machine, words);
	} else if (!strcmp(kind, "client")) {
		record->kind = SIXPN_RECORD_CLIENT;
		read_client(record, words);
	} else if (!strcmp(kind, "service")) {
		record->kind = SIXPN_RECORD_SERVICE;
		read_service(record, words);
	} else {
		return -EINVAL;
	}
	return 0;
}

int resolver_record_change(struct sixpn_zone *zone, char **words, size_t count,
			   bool gone)
{
	const struct words all = { words, count };
	struct sixpn_record record;

	if (read_record(&record, &all))
		return -EINVAL;
	return gone ? sixpn_zone_change(zone, &record, NULL) :
		      sixpn_zone_change(zone, NULL, &record);
}

void resolver_record_machine(struct sixpn_record *record, uint32_t network,
			     uint32_t host, uint32_t machine, const char *name,
			     const char *app)
{
	struct sixpn_record_machine *to = &record->machine;

	memset(record, 0, sizeof(*record));
	record->kind = SIXPN_RECORD_MACHINE;
	to->network = network;
	to->machine = machine;
	to->host = host;
	to->home = host;
	sixpn_addr_build(&to->address, network, host, machine,
			 SIXPN_SUB_MACHINE);
	snprintf(to->name, sizeof(to->name), "%s", name);
	snprintf(to->app, sizeof(to->app), "%s", app);
	strcpy(to->group, "app");
	strcpy(to->region, host % 2 ? "fra" : "ams");
}
