// SPDX-License-Identifier: GPL-2.0-or-later
#include "record_field.h"

#include <linux/sixpn.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define AT(member) .offset = offsetof(struct sixpn_record, member)
#define OPTIONAL .flags = SIXPN_FIELD_OPTIONAL
#define NUMBER(least, most) \
	.type = SIXPN_FIELD_NUMBER, .min = (least), .max = (most)
#define WORDS(table) \
	.type = SIXPN_FIELD_WORD, .words = (table), .word_count = COUNT(table)

/* Ids. Of a network and of a machine; of a host. */
#define ID NUMBER(1, UINT32_MAX)
#define HOST_ID NUMBER(SIXPN_HOST_MIN, UINT32_MAX)

/* A client of the mesh has a record of its own. */
static const char *const attachments[] = {
	[SIXPN_ATTACHMENT_NONE] = "none",
	[SIXPN_ATTACHMENT_PORT] = "port",
	[SIXPN_ATTACHMENT_BIND] = "bind",
	[SIXPN_ATTACHMENT_HOST] = "host",
};

static const char *const states[] = {
	[SIXPN_RUN_STARTED] = "started",
	[SIXPN_RUN_STOPPED] = "stopped",
};

static const struct sixpn_field network_fields[] = {
	{ "network", AT(network.network), ID },
	{ "name", SIXPN_FIELD_NAME, AT(network.name) },
	{ "created", SIXPN_FIELD_TIME, OPTIONAL, AT(network.created) },
	{ "removing", SIXPN_FIELD_FLAG, OPTIONAL, AT(network.removing) },
};

static const struct sixpn_field host_fields[] = {
	{ "host", AT(host.host), HOST_ID },
	{ "name", SIXPN_FIELD_LABEL, AT(host.name) },
	{ "public-key", SIXPN_FIELD_KEY, AT(host.public_key) },
	{ "region", SIXPN_FIELD_REGION, AT(host.region) },
	{ "endpoints", SIXPN_FIELD_ENDPOINTS, .offset = 0 },
	{ "port", AT(host.port), NUMBER(1, UINT16_MAX) },
	{ "gateway", SIXPN_FIELD_FLAG, AT(host.gateway) },
	{ "created", SIXPN_FIELD_TIME, OPTIONAL, AT(host.created) },
	{ "removing", SIXPN_FIELD_FLAG, OPTIONAL, AT(host.removing) },
};

static const struct sixpn_field alive_fields[] = {
	{ "host", AT(alive.host), HOST_ID },
	{ "since", SIXPN_FIELD_TIME, OPTIONAL, AT(alive.since) },
};

static const struct sixpn_field machine_fields[] = {
	{ "network", AT(machine.network), ID },
	{ "machine", AT(machine.machine), ID },
	{ "name", SIXPN_FIELD_LABEL, AT(machine.name) },
	{ "app", SIXPN_FIELD_LABEL, AT(machine.app) },
	{ "group", SIXPN_FIELD_LABEL, AT(machine.group) },
	{ "region", SIXPN_FIELD_REGION, AT(machine.region) },
	{ "host", AT(machine.host), HOST_ID },
	{ "home", AT(machine.home), HOST_ID },
	{ "address", SIXPN_FIELD_ADDRESS, AT(machine.address) },
	{ "attachment", AT(machine.attachment), WORDS(attachments) },
	{ "ifname", SIXPN_FIELD_IFNAME, OPTIONAL, AT(machine.ifname) },
	{ "netns", SIXPN_FIELD_TEXT, OPTIONAL, AT(machine.netns) },
	{ "state", AT(machine.state), WORDS(states) },
	{ "skip-dns", SIXPN_FIELD_FLAG, OPTIONAL, AT(machine.skip_dns) },
	{ "no-resolv", SIXPN_FIELD_FLAG, OPTIONAL, AT(machine.no_resolv) },
	{ "created", SIXPN_FIELD_TIME, OPTIONAL, AT(machine.created) },
	{ "metadata", SIXPN_FIELD_METADATA, OPTIONAL },
	{ "checks", SIXPN_FIELD_CHECKS, OPTIONAL },
};

static const struct sixpn_field client_fields[] = {
	{ "network", AT(client.network), ID },
	{ "name", SIXPN_FIELD_LABEL, AT(client.name) },
	{ "public-key", SIXPN_FIELD_KEY, AT(client.public_key) },
	{ "address", SIXPN_FIELD_ADDRESS, AT(client.address) },
	{ "gateway", AT(client.gateway), HOST_ID },
	{ "home", AT(client.home), HOST_ID },
	{ "owner", SIXPN_FIELD_TEXT, OPTIONAL, AT(client.owner) },
	{ "created", SIXPN_FIELD_TIME, OPTIONAL, AT(client.created) },
	{ "expires", SIXPN_FIELD_TIME, OPTIONAL, AT(client.expires) },
	{ "last-seen", SIXPN_FIELD_TIME, OPTIONAL, AT(client.last_seen) },
	{ "preshared-key", SIXPN_FIELD_KEY,
	  SIXPN_FIELD_OPTIONAL | SIXPN_FIELD_SECRET, AT(client.preshared_key) },
};

static const struct sixpn_field service_fields[] = {
	{ "network", AT(service.network), ID },
	{ "address", SIXPN_FIELD_ADDRESS, AT(service.address) },
	{ "app", SIXPN_FIELD_LABEL, AT(service.app) },
	{ "app-network", OPTIONAL, AT(service.app_network), ID },
	{ "created", SIXPN_FIELD_TIME, OPTIONAL, AT(service.created) },
	{ "ports", SIXPN_FIELD_PORTS, .offset = 0 },
};

static const struct sixpn_field moved_fields[] = {
	{ "network", AT(moved.network), ID },
	{ "home", AT(moved.home), HOST_ID },
	{ "machine", AT(moved.machine), ID },
	{ "host", AT(moved.host), HOST_ID },
};

static const struct {
	const char *name;
	const struct sixpn_field *fields;
	size_t count;
} kinds[] = {
#define KIND(word) { #word, word##_fields, COUNT(word##_fields) }
	[SIXPN_RECORD_NETWORK] = KIND(network),
	[SIXPN_RECORD_HOST] = KIND(host),
	[SIXPN_RECORD_ALIVE] = KIND(alive),
	[SIXPN_RECORD_MACHINE] = KIND(machine),
	[SIXPN_RECORD_CLIENT] = KIND(client),
	[SIXPN_RECORD_SERVICE] = KIND(service),
	[SIXPN_RECORD_MOVED] = KIND(moved),
#undef KIND
};

_Static_assert(COUNT(kinds) == SIXPN_RECORD_KIND_COUNT, "a kind has no fields");

const struct sixpn_field *sixpn_record_fields(enum sixpn_record_kind kind,
					      size_t *count)
{
	*count = kinds[kind].count;
	return kinds[kind].fields;
}

const char *sixpn_record_kind_name(enum sixpn_record_kind kind)
{
	return kinds[kind].name;
}
