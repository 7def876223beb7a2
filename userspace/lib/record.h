/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records of the registry: what stands behind a key of a store, as the JSON
 * of sixpn-registry(7) and as C. Pure functions; registry.h moves the records.
 *
 * A record is read and written whole. What it has beside the fields known here
 * (a later version wrote them) is kept, and written again where it was. A record
 * that says that it is of a later schema is refused, and so is each that breaks a
 * rule: what has been parsed keeps all of them.
 */
#ifndef SIXPN_LIB_RECORD_H
#define SIXPN_LIB_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sixpn/addr.h>

#include "error.h"
#include "keys.h"
#include "parse.h"

/* All keys begin with it; another layout would begin with another one. */
#define SIXPN_REGISTRY_PREFIX "/sixpn/v1/"
/* Of a record: one of a higher number is refused. */
#define SIXPN_RECORD_SCHEMA 1

/* Bytes of the JSON of a record. */
#define SIXPN_RECORD_MAX ((size_t)64 * 1024)
/* Bytes of a key, with its NUL. */
#define SIXPN_RECORD_KEY_MAX 160

/* Bytes of a text that is for people: owner, output, the value of metadata. */
#define SIXPN_RECORD_TEXT_MAX 255
#define SIXPN_RECORD_ENDPOINTS_MAX 8
#define SIXPN_RECORD_METADATA_MAX 64
#define SIXPN_RECORD_CHECKS_MAX 16
#define SIXPN_RECORD_PORTS_MAX 64
/* 9999-12-31T23:59:59Z */
#define SIXPN_RECORD_TIME_MAX 253402300799ULL

struct json_t;

enum sixpn_record_kind {
	SIXPN_RECORD_NETWORK,
	SIXPN_RECORD_HOST,
	SIXPN_RECORD_ALIVE,
	SIXPN_RECORD_MACHINE,
	SIXPN_RECORD_CLIENT,
	SIXPN_RECORD_SERVICE,
	SIXPN_RECORD_MOVED,
	SIXPN_RECORD_KIND_COUNT,
};

/* Times are seconds since 1970, UTC; 0: none. Texts are UTF-8 with a NUL. */

/**
 * struct sixpn_record_network - a network
 * @network: id, 1..2^32-1
 * @name: a label whose first character is a letter
 * @removing: nothing more is taken into it: it goes, unless something is in it
 */
struct sixpn_record_network {
	uint32_t network;
	char name[SIXPN_LABEL_MAX + 1];
	uint64_t created;
	bool removing;
};

/**
 * struct sixpn_record_host - a host
 * @host: id, from SIXPN_HOST_MIN on
 * @endpoints: HOST:PORT each, as sixpn_parse_host_endpoint() takes it; no two
 *	are equal
 * @port: UDP port of its mesh device, not 0
 * @gateway: clients may be told to connect here
 * @removing: as with networks
 */
struct sixpn_record_host {
	uint32_t host;
	char name[SIXPN_LABEL_MAX + 1];
	uint8_t public_key[SIXPN_KEY_LEN];
	char region[SIXPN_REGION_MAX + 1];
	char endpoints[SIXPN_RECORD_ENDPOINTS_MAX][SIXPN_ENDPOINT_WORD_MAX + 1];
	size_t endpoint_count;
	uint32_t port;
	bool gateway;
	uint64_t created;
	bool removing;
};

/* A host is alive: goes with the lease that it renews. */
struct sixpn_record_alive {
	uint32_t host;
	uint64_t since;
};

struct sixpn_record_metadata {
	char key[SIXPN_LABEL_MAX + 1];	/* a-z, 0-9, '-' and '_' */
	char value[SIXPN_RECORD_TEXT_MAX + 1];
};

enum sixpn_check_status {
	SIXPN_CHECK_PASSING,
	SIXPN_CHECK_WARNING,
	SIXPN_CHECK_CRITICAL,
};

struct sixpn_record_check {
	char name[SIXPN_LABEL_MAX + 1];
	uint32_t status;		/* enum sixpn_check_status */
	char output[SIXPN_RECORD_TEXT_MAX + 1];
	uint64_t updated;
};

enum sixpn_run_state {
	SIXPN_RUN_STARTED,
	SIXPN_RUN_STOPPED,
};

/**
 * struct sixpn_record_machine - a machine
 * @machine: id, not 0
 * @host: where it is
 * @home: the host that its address is of: @host, unless it has moved
 * @address: of @network, @home and @machine, sub 2
 * @attachment: enum sixpn_attachment, but not client
 * @ifname: for port and bind, and needed there
 * @netns: for port: name, process or path; empty: that of the agent
 * @state: enum sixpn_run_state
 * @skip_dns: it has no name
 * @no_resolv: the files of its namespace are left alone: netns_etc.h
 * @metadata: owned, no key twice; so is @checks, no name twice
 */
struct sixpn_record_machine {
	uint32_t network;
	uint32_t machine;
	char name[SIXPN_LABEL_MAX + 1];
	char app[SIXPN_LABEL_MAX + 1];
	char group[SIXPN_LABEL_MAX + 1];
	char region[SIXPN_REGION_MAX + 1];
	uint32_t host;
	uint32_t home;
	struct in6_addr address;
	uint32_t attachment;
	char ifname[IFNAMSIZ];
	char netns[SIXPN_RECORD_TEXT_MAX + 1];
	uint32_t state;
	bool skip_dns;
	bool no_resolv;
	uint64_t created;
	struct sixpn_record_metadata *metadata;
	size_t metadata_count;
	struct sixpn_record_check *checks;
	size_t check_count;
};

/**
 * struct sixpn_record_client - a client
 * @gateway: id of the host that it connects to
 * @home: the host that its address is of: @gateway, unless it has moved
 * @address: of @network and @home, a machine id that is not 0, sub 2
 * @owner: may be empty
 * @expires: after @created; 0: never
 * @last_seen: of its last handshake, as its gateway knew it; some behind
 * @preshared_key: zero: none
 */
struct sixpn_record_client {
	uint32_t network;
	char name[SIXPN_LABEL_MAX + 1];
	uint8_t public_key[SIXPN_KEY_LEN];
	struct in6_addr address;
	uint32_t gateway;
	uint32_t home;
	char owner[SIXPN_RECORD_TEXT_MAX + 1];
	uint64_t created;
	uint64_t expires;
	uint64_t last_seen;
	uint8_t preshared_key[SIXPN_KEY_LEN];
};

enum sixpn_port_protocol {
	SIXPN_PROTOCOL_TCP,
	SIXPN_PROTOCOL_UDP,
};

struct sixpn_record_port {
	uint32_t port;			/* not 0 */
	uint32_t protocol;		/* enum sixpn_port_protocol */
};

/**
 * struct sixpn_record_service - a service
 * @address: of @network, SIXPN_HOST_FLYCAST and machine 0, sub not 0
 * @app: its machines answer
 * @app_network: the network they are in; 0: @network
 * @ports: owned; none twice
 */
struct sixpn_record_service {
	uint32_t network;
	struct in6_addr address;
	char app[SIXPN_LABEL_MAX + 1];
	uint32_t app_network;
	uint64_t created;
	struct sixpn_record_port *ports;
	size_t port_count;
};

/* A machine or client is not at its home; follows from its own record. */
struct sixpn_record_moved {
	uint32_t network;
	uint32_t home;
	uint32_t machine;
	uint32_t host;			/* where it is now */
};

/**
 * struct sixpn_record - any of them
 * @revision: of the key's last change; what it is for changes: registry.h
 * @rest: owned: the object it was read from, with what is not known here, or
 *	NULL
 *
 * Zero but for @kind, it is an empty record.
 */
struct sixpn_record {
	enum sixpn_record_kind kind;
	uint64_t revision;
	struct json_t *rest;
	union {
		struct sixpn_record_network network;
		struct sixpn_record_host host;
		struct sixpn_record_alive alive;
		struct sixpn_record_machine machine;
		struct sixpn_record_client client;
		struct sixpn_record_service service;
		struct sixpn_record_moved moved;
	};
};

/* "network", "host"...: its word in a key and in a sentence. */
const char *sixpn_record_kind_name(enum sixpn_record_kind kind);

/**
 * sixpn_record_kind_of() - what a key is of
 *
 * Return: the kind, or SIXPN_RECORD_KIND_COUNT: of something else.
 */
enum sixpn_record_kind sixpn_record_kind_of(const char *key);

/**
 * sixpn_record_parse() - JSON to a record
 * @record: set on success, revision 0; sixpn_record_clear() it. Zeroed on error
 * @kind: that it is of
 * @key: that it stands behind, which must be that of the record; NULL: any
 * @error: "KEY: FIELD is not ..."; instead of a key that is not given, the kind
 *
 * Return: 0, -EBADMSG (malformed), -EPROTO (of a later schema) or -ENOMEM.
 */
int sixpn_record_parse(struct sixpn_record *record, enum sixpn_record_kind kind,
		       const char *key, const char *text, size_t length,
		       struct sixpn_error *error);

/**
 * sixpn_record_format() - a record to JSON
 * @text: set on success; the caller wipes it if it has a secret, and frees it
 * @rest: an object with what is not known here, in place of the record's own;
 *	NULL: that
 *
 * What sixpn_record_parse() would refuse is refused in its words.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int sixpn_record_format(const struct sixpn_record *record,
			const struct json_t *rest, char **text, size_t *length,
			struct sixpn_error *error);

/* The same, the revision aside, unknown fields included. */
bool sixpn_record_equal(const struct sixpn_record *left,
			const struct sixpn_record *right);

/*
 * Both are clients, and the same but for when they were last seen: that is written
 * at any time, and is nobody's change of the client.
 */
bool sixpn_record_differs_in_seen(const struct sixpn_record *left,
				  const struct sixpn_record *right);

/**
 * sixpn_record_copy() - all of it
 * @copy: set on success; sixpn_record_clear() it. Zeroed on error
 *
 * Return: 0, -EINVAL (it breaks a rule) or -ENOMEM.
 */
int sixpn_record_copy(struct sixpn_record *copy,
		      const struct sixpn_record *record);

/* Free what it owns, wipe it (but not @rest, which is jansson's); its kind stays. */
void sixpn_record_clear(struct sixpn_record *record);

/**
 * sixpn_record_key() - the key of a record, from what is in it
 */
void sixpn_record_key(const struct sixpn_record *record,
		      char key[SIXPN_RECORD_KEY_MAX]);

/* "2026-11-28T04:00:00Z", of up to SIXPN_RECORD_TIME_MAX; with its NUL. */
#define SIXPN_TIME_TEXT_MAX 21
void sixpn_time_format(char text[SIXPN_TIME_TEXT_MAX], uint64_t seconds);

/**
 * sixpn_time_parse() - RFC 3339, but for UTC and whole seconds only
 *
 * Return: 0, or -EINVAL: not of this form, no day of the calendar, or not after
 * the first second of 1970.
 */
int sixpn_time_parse(uint64_t *seconds, const char *text, size_t length);

#endif
