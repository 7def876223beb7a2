/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the zone share, and what answers are made of.
 */
#ifndef SIXPN_RESOLVER_ZONE_PART_H
#define SIXPN_RESOLVER_ZONE_PART_H

#include "text.h"
#include "zone.h"
#include "zone_set.h"

/* What a key of the index is of: its first byte. */
enum sixpn_zone_index {
	SIXPN_ZONE_NETWORK,		/* id */
	SIXPN_ZONE_HOST,		/* id */
	SIXPN_ZONE_HOST_NAME,		/* name */
	SIXPN_ZONE_MACHINE,		/* network, home, machine */
	SIXPN_ZONE_MACHINE_NAME,	/* network, app, name */
	SIXPN_ZONE_CLIENT,		/* network, home, machine */
	SIXPN_ZONE_CLIENT_NAME,		/* network, name */
	SIXPN_ZONE_SERVICE,		/* network, sub */
	SIXPN_ZONE_APP,			/* network, app */
	SIXPN_ZONE_REGION,		/* network, app, region */
	SIXPN_ZONE_GROUP,		/* network, app, group */
	SIXPN_ZONE_METADATA,		/* network, app, key */
	SIXPN_ZONE_METADATA_VALUE,	/* network, app, key, value */
};

/* Bytes of any key: its kind, an id, and up to three texts with a byte between. */
#define SIXPN_ZONE_KEY_MAX (5 + 3 * (SIXPN_LABEL_MAX + 1))
/* ... and of those that are numbers only. */
#define SIXPN_ZONE_NUMBERS_MAX 13

struct sixpn_zone_key {
	size_t length;
	uint8_t bytes[SIXPN_ZONE_KEY_MAX];
};

LIST_HEAD(sixpn_zone_apps, sixpn_zone_app);
LIST_HEAD(sixpn_zone_sets, sixpn_zone_set);
LIST_HEAD(sixpn_zone_clients, sixpn_zone_client);
LIST_HEAD(sixpn_zone_services, sixpn_zone_service);

/**
 * struct sixpn_zone_network - a network, known by its record or by what is in it
 * @is_known: by its record: @name
 * @machines: those that have names
 * @users: what else leads here
 */
struct sixpn_zone_network {
	struct sixpn_index_node node;
	uint8_t key[SIXPN_ZONE_NUMBERS_MAX];
	uint32_t network;
	bool is_known;
	char name[SIXPN_LABEL_MAX + 1];
	struct sixpn_zone_set machines;
	struct sixpn_zone_apps apps;
	struct sixpn_zone_clients clients;
	uint32_t users;
};

/**
 * struct sixpn_zone_host - a host, known by its record or by what is at it
 * @is_known: by its record: @name, @region; in the index by its name
 * @rtt: in microseconds; 0: not known
 */
struct sixpn_zone_host {
	struct sixpn_index_node node, name_node;
	uint8_t key[SIXPN_ZONE_NUMBERS_MAX];
	uint8_t name_key[1 + SIXPN_LABEL_MAX];
	uint32_t host;
	bool is_known;
	char name[SIXPN_LABEL_MAX + 1];
	char region[SIXPN_REGION_MAX + 1];
	uint32_t rtt;
	uint32_t users;
};

/* What a record adds to the index at most: two for each key of its metadata. */
#define SIXPN_ZONE_ENTRIES_MAX (2 * SIXPN_RECORD_METADATA_MAX + 16)

/* A port that services declare; @users: so many of them. */
struct sixpn_zone_port {
	uint16_t port;
	uint8_t protocol;
	uint32_t users;
};

/**
 * struct sixpn_zone_app - an app of a network
 * @set: its machines; by the key of the app
 * @regions: sets of its machines by region
 * @services: addresses in its network that reach an app of this name
 * @ports: owned; what services say of this app, in whatever network they are
 * @nearest: owned; the started ones, nearest first, as of @nearest_changes of
 *	@set and @nearest_moves of the zone; NULL: not asked for yet
 * @key: of @set, of which it is the end
 */
struct sixpn_zone_app {
	LIST_ENTRY(sixpn_zone_app) beside;
	struct sixpn_zone_network *network;
	struct sixpn_zone_sets regions;
	struct sixpn_zone_services services;
	struct sixpn_zone_port *ports;
	uint32_t port_count;
	struct sixpn_zone_machine **nearest;
	uint32_t nearest_changes, nearest_moves;
	uint32_t users;
	struct sixpn_zone_set set;
	uint8_t key[];
};

/* Which of a machine's memberships is in which set; those of metadata follow. */
enum sixpn_zone_slot {
	SIXPN_ZONE_SLOT_NETWORK,
	SIXPN_ZONE_SLOT_APP,
	SIXPN_ZONE_SLOT_REGION,
	SIXPN_ZONE_SLOT_GROUP,
	SIXPN_ZONE_SLOT_METADATA,
};

/**
 * struct sixpn_zone_machine - a machine
 * @is_named: it is in the index by its name, and in sets
 * @name: the end of @name_key
 * @memberships: of enum sixpn_zone_slot; none without a name
 */
struct sixpn_zone_machine {
	struct sixpn_index_node node, name_node;
	struct in6_addr address;
	struct sixpn_zone_network *network;
	struct sixpn_zone_host *host;
	const char *name;
	bool is_named, is_started;
	uint8_t key[SIXPN_ZONE_NUMBERS_MAX];
	uint32_t membership_count;
	struct sixpn_zone_membership memberships[];
};

/* @owner: the end of the same allocation */
struct sixpn_zone_client {
	struct sixpn_index_node node, name_node;
	LIST_ENTRY(sixpn_zone_client) beside;
	struct in6_addr address;
	struct sixpn_zone_network *network;
	struct sixpn_zone_host *gateway;
	uint8_t key[SIXPN_ZONE_NUMBERS_MAX];
	uint8_t name_key[5 + SIXPN_LABEL_MAX + 1];
	const char *name;
	char owner[];
};

/**
 * struct sixpn_zone_service - a Flycast address
 * @app: of the network that it is in: what it is called
 * @backend: of the network that the machines are in: whose ports these are
 */
struct sixpn_zone_service {
	struct sixpn_index_node node;
	LIST_ENTRY(sixpn_zone_service) beside;
	struct in6_addr address;
	struct sixpn_zone_app *app, *backend;
	uint8_t key[SIXPN_ZONE_NUMBERS_MAX];
	size_t port_count;
	struct sixpn_record_port ports[];
};

/**
 * struct sixpn_zone - all of it
 * @index: of all kinds of enum sixpn_zone_index
 * @moves: grows when a host is nearer or farther than before
 */
struct sixpn_zone {
	struct sixpn_index index;
	uint32_t self;
	uint32_t moves;
	struct sixpn_zone_counts counts;
};

/* --- Keys. --- */

/* @texts: in lower case, of at most SIXPN_LABEL_MAX bytes each */
void sixpn_zone_key(struct sixpn_zone_key *key, enum sixpn_zone_index index,
		    uint32_t network, const struct sixpn_text *texts,
		    size_t count);
/* Return: bytes of it. */
size_t sixpn_zone_numbers(uint8_t key[SIXPN_ZONE_NUMBERS_MAX],
			  enum sixpn_zone_index index, const uint32_t *numbers,
			  size_t count);
/* The network, home and machine in an address. */
size_t sixpn_zone_address(uint8_t key[SIXPN_ZONE_NUMBERS_MAX],
			  enum sixpn_zone_index index,
			  const struct in6_addr *address);

struct sixpn_text sixpn_zone_text(const char *text);

/*
 * Into the index by a key, for which and a NUL there is room at @bytes, and of whose
 * end so many bytes are the set's text.
 */
void sixpn_zone_set_index(struct sixpn_zone *zone, struct sixpn_zone_set *set,
			  uint8_t *bytes, const struct sixpn_zone_key *key,
			  size_t text_length);

/* --- Shared objects: got by those who use them, gone after the last. --- */

/* Return: NULL: no memory. */
struct sixpn_zone_network *sixpn_zone_network_get(struct sixpn_zone *zone,
						  uint32_t network);
void sixpn_zone_network_put(struct sixpn_zone *zone,
			    struct sixpn_zone_network *network);
struct sixpn_zone_host *sixpn_zone_host_get(struct sixpn_zone *zone,
					    uint32_t host);
void sixpn_zone_host_put(struct sixpn_zone *zone, struct sixpn_zone_host *host);
struct sixpn_zone_app *sixpn_zone_app_get(struct sixpn_zone *zone,
					  uint32_t network, const char *name);
void sixpn_zone_app_put(struct sixpn_zone *zone, struct sixpn_zone_app *app);

/* --- Records. Return: 0 or -ENOMEM. --- */

int sixpn_zone_machine_put(struct sixpn_zone *zone,
			   const struct sixpn_record_machine *record);
void sixpn_zone_machine_gone(struct sixpn_zone *zone,
			     const struct sixpn_record_machine *record);
int sixpn_zone_client_put(struct sixpn_zone *zone,
			  const struct sixpn_record_client *record);
void sixpn_zone_client_gone(struct sixpn_zone *zone,
			    const struct sixpn_record_client *record);
int sixpn_zone_service_put(struct sixpn_zone *zone,
			   const struct sixpn_record_service *record);
void sixpn_zone_service_gone(struct sixpn_zone *zone,
			     const struct sixpn_record_service *record);

/* Out of the zone. */
void sixpn_zone_machine_free(struct sixpn_zone *zone,
			     struct sixpn_zone_machine *machine);
void sixpn_zone_client_free(struct sixpn_zone *zone,
			    struct sixpn_zone_client *client);
void sixpn_zone_service_free(struct sixpn_zone *zone,
			     struct sixpn_zone_service *service);
/* Its record is gone. */
void sixpn_zone_network_gone(struct sixpn_zone *zone,
			     struct sixpn_zone_network *network);
void sixpn_zone_host_gone(struct sixpn_zone *zone,
			  struct sixpn_zone_host *host);

#endif
