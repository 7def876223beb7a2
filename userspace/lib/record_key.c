// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ids are written with eight hexadecimal digits, so that keys are in the order
 * of numbers and none is the prefix of another.
 */
#include "record_field.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "store.h"

_Static_assert(SIXPN_RECORD_KEY_MAX <= SIXPN_STORE_KEY_MAX + 1,
	       "a key that no store takes");
_Static_assert(SIXPN_RECORD_MAX <= SIXPN_STORE_VALUE_MAX,
	       "a record that no store takes");
_Static_assert(sizeof(SIXPN_REGISTRY_PREFIX "machine-name/00000000/") +
	       SIXPN_LABEL_MAX <= SIXPN_RECORD_KEY_MAX, "room for a key");

static void set_key(char key[SIXPN_RECORD_KEY_MAX], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void set_key(char key[SIXPN_RECORD_KEY_MAX], const char *format, ...)
{
	const size_t used = sizeof(SIXPN_REGISTRY_PREFIX) - 1;
	va_list args;

	memcpy(key, SIXPN_REGISTRY_PREFIX, used);
	va_start(args, format);
	vsnprintf(key + used, SIXPN_RECORD_KEY_MAX - used, format, args);
	va_end(args);
}

void sixpn_key_of_network(char key[SIXPN_RECORD_KEY_MAX], uint32_t network)
{
	set_key(key, "network/%08x", network);
}

void sixpn_key_of_network_id(char key[SIXPN_RECORD_KEY_MAX], uint32_t network)
{
	set_key(key, "network-id/%08x", network);
}

void sixpn_key_of_network_name(char key[SIXPN_RECORD_KEY_MAX], const char *name)
{
	set_key(key, "network-name/%s", name);
}

void sixpn_key_of_host(char key[SIXPN_RECORD_KEY_MAX], uint32_t host)
{
	set_key(key, "host/%08x", host);
}

void sixpn_key_of_host_name(char key[SIXPN_RECORD_KEY_MAX], const char *name)
{
	set_key(key, "host-name/%s", name);
}

void sixpn_key_of_alive(char key[SIXPN_RECORD_KEY_MAX], uint32_t host)
{
	set_key(key, "alive/%08x", host);
}

/* Base64 has a '/', which is between the parts of a key. */
void sixpn_key_of_public_key(char key[SIXPN_RECORD_KEY_MAX],
			     const uint8_t public_key[SIXPN_KEY_LEN])
{
	char hex[SIXPN_KEY_HEX_LEN + 1];

	sixpn_key_to_hex(hex, public_key);
	set_key(key, "key/%s", hex);
}

void sixpn_key_of_address(char key[SIXPN_RECORD_KEY_MAX],
			  const struct in6_addr *address)
{
	set_key(key, "address/%08x/%08x/%08x", sixpn_addr_network(address),
		sixpn_addr_host(address), sixpn_addr_machine(address));
}

void sixpn_key_of_name(char key[SIXPN_RECORD_KEY_MAX],
		       enum sixpn_record_kind kind, uint32_t network,
		       const char *name)
{
	set_key(key, "%s-name/%08x/%s", sixpn_record_kind_name(kind), network,
		name);
}

void sixpn_key_of_service(char key[SIXPN_RECORD_KEY_MAX],
			  const struct in6_addr *address)
{
	set_key(key, "service/%08x/%04x", sixpn_addr_network(address),
		sixpn_addr_sub(address));
}

static void set_moved(char key[SIXPN_RECORD_KEY_MAX], uint32_t network,
		      uint32_t home, uint32_t machine)
{
	set_key(key, "moved/%08x/%08x/%08x", network, home, machine);
}

/* Where it is comes first, so that each host can watch what is its own. */
static void set_placed(char key[SIXPN_RECORD_KEY_MAX],
		       enum sixpn_record_kind kind, uint32_t host,
		       const struct in6_addr *address)
{
	set_key(key, "%s/%08x/%08x/%08x/%08x", sixpn_record_kind_name(kind),
		host, sixpn_addr_network(address), sixpn_addr_host(address),
		sixpn_addr_machine(address));
}

void sixpn_record_key(const struct sixpn_record *record,
		      char key[SIXPN_RECORD_KEY_MAX])
{
	switch (record->kind) {
	case SIXPN_RECORD_NETWORK:
		sixpn_key_of_network(key, record->network.network);
		break;
	case SIXPN_RECORD_HOST:
		sixpn_key_of_host(key, record->host.host);
		break;
	case SIXPN_RECORD_ALIVE:
		sixpn_key_of_alive(key, record->alive.host);
		break;
	case SIXPN_RECORD_MACHINE:
		set_placed(key, record->kind, record->machine.host,
			   &record->machine.address);
		break;
	case SIXPN_RECORD_CLIENT:
		set_placed(key, record->kind, record->client.gateway,
			   &record->client.address);
		break;
	case SIXPN_RECORD_SERVICE:
		sixpn_key_of_service(key, &record->service.address);
		break;
	default:
		set_moved(key, record->moved.network, record->moved.home,
			  record->moved.machine);
	}
}

enum sixpn_record_kind sixpn_record_kind_of(const char *key)
{
	const size_t used = sizeof(SIXPN_REGISTRY_PREFIX) - 1;
	enum sixpn_record_kind kind;
	size_t length;

	if (strncmp(key, SIXPN_REGISTRY_PREFIX, used))
		return SIXPN_RECORD_KIND_COUNT;
	key += used;
	length = strcspn(key, "/");
	if (!key[length])
		return SIXPN_RECORD_KIND_COUNT;
	for (kind = 0; kind < SIXPN_RECORD_KIND_COUNT; kind++) {
		const char *name = sixpn_record_kind_name(kind);

		if (strlen(name) == length && !memcmp(name, key, length))
			break;
	}
	return kind;
}

/* --- Keys that lead to a record. --- */

/* The next one, with its key in it; the caller says what it is. */
static char *add(struct sixpn_record_index *indexes, size_t *count,
		 const char *leads_to)
{
	struct sixpn_record_index *index = &indexes[(*count)++];

	snprintf(index->value, sizeof(index->value), "{\"key\":\"%s\"}",
		 leads_to);
	index->what[0] = '\0';
	return index->key;
}

static void say_name(struct sixpn_record_index *index, const char *name)
{
	snprintf(index->what, sizeof(index->what), "name '%s'", name);
}

static void add_public_key(struct sixpn_record_index *indexes, size_t *count,
			   const char *leads_to,
			   const uint8_t public_key[SIXPN_KEY_LEN])
{
	struct sixpn_record_index *index = &indexes[*count];
	char text[SIXPN_KEY_BASE64_LEN + 1];

	sixpn_key_of_public_key(add(indexes, count, leads_to), public_key);
	sixpn_key_to_base64(text, public_key);
	snprintf(index->what, sizeof(index->what), "public key %s", text);
}

/* Its address, and where it is if that is not at home. */
static void add_address(struct sixpn_record_index *indexes, size_t *count,
			const char *leads_to, const struct in6_addr *address,
			uint32_t host)
{
	uint32_t network = sixpn_addr_network(address);
	uint32_t home = sixpn_addr_host(address);
	uint32_t machine = sixpn_addr_machine(address);
	struct sixpn_record_index *index = &indexes[*count];
	char text[INET6_ADDRSTRLEN];

	sixpn_key_of_address(add(indexes, count, leads_to), address);
	inet_ntop(AF_INET6, address, text, sizeof(text));
	snprintf(index->what, sizeof(index->what), "address %s", text);
	if (home == host)
		return;
	index = &indexes[*count];
	set_moved(add(indexes, count, leads_to), network, home, machine);
	snprintf(index->value, sizeof(index->value),
		 "{\"schema\":%d,\"network\":%u,\"home\":%u,\"machine\":%u,\"host\":%u}",
		 SIXPN_RECORD_SCHEMA, network, home, machine, host);
}

static void add_name(struct sixpn_record_index *indexes, size_t *count,
		     const char *leads_to, enum sixpn_record_kind kind,
		     uint32_t network, const char *name)
{
	sixpn_key_of_name(add(indexes, count, leads_to), kind, network, name);
	say_name(&indexes[*count - 1], name);
}

size_t sixpn_record_indexes(const struct sixpn_record *record,
			    struct sixpn_record_index
			    indexes[SIXPN_RECORD_INDEX_MAX])
{
	char key[SIXPN_RECORD_KEY_MAX];
	size_t count = 0;

	sixpn_record_key(record, key);
	switch (record->kind) {
	case SIXPN_RECORD_NETWORK:
		sixpn_key_of_network_name(add(indexes, &count, key),
					  record->network.name);
		say_name(&indexes[0], record->network.name);
		sixpn_key_of_network_id(add(indexes, &count, indexes[0].key),
					record->network.network);
		snprintf(indexes[1].what, sizeof(indexes[1].what), "id %u",
			 record->network.network);
		break;
	case SIXPN_RECORD_HOST:
		sixpn_key_of_host_name(add(indexes, &count, key),
				       record->host.name);
		say_name(&indexes[0], record->host.name);
		add_public_key(indexes, &count, key, record->host.public_key);
		break;
	case SIXPN_RECORD_MACHINE:
		add_name(indexes, &count, key, record->kind,
			 record->machine.network, record->machine.name);
		add_address(indexes, &count, key, &record->machine.address,
			    record->machine.host);
		break;
	case SIXPN_RECORD_CLIENT:
		add_name(indexes, &count, key, record->kind,
			 record->client.network, record->client.name);
		add_public_key(indexes, &count, key, record->client.public_key);
		add_address(indexes, &count, key, &record->client.address,
			    record->client.gateway);
		break;
	default:
		break;
	}
	return count;
}
