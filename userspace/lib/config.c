// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sixpn/addr.h>

#include "keys.h"
#include "parse.h"

/* A value, what it belongs to, and where complaints go. */
struct field {
	struct sixpn_device *device;
	struct sixpn_peer *peer;	/* these four: the last one */
	struct sixpn_network *network;
	struct sixpn_machine *machine;
	struct sixpn_route *route;
	unsigned int *host_bits;
	const char *value;
	size_t length;
	struct sixpn_error *error;
};

static int bad(const struct field *field, const char *what)
{
	return sixpn_error_set(field->error, -EINVAL, "%s: '%.*s'", what,
			       (int)field->length, field->value);
}

/* Keys are not quoted back: the word may be a private key with a slip in it. */
static int set_key(const struct field *field, uint8_t key[SIXPN_KEY_LEN],
		   bool secret)
{
	if (!sixpn_key_from_base64(key, field->value, field->length))
		return 0;
	if (secret)
		return sixpn_error_set(field->error, -EINVAL,
				       "not a key of %d base64 characters",
				       SIXPN_KEY_BASE64_LEN);
	return bad(field, "not a key");
}

static int set_private_key(const struct field *field)
{
	field->device->has |= SIXPN_DEVICE_HAS_PRIVATE_KEY;
	return set_key(field, field->device->private_key, true);
}

static int set_listen_port(const struct field *field)
{
	field->device->has |= SIXPN_DEVICE_HAS_LISTEN_PORT;
	if (sixpn_parse_port(&field->device->listen_port, field->value,
			     field->length))
		return bad(field, "port is not 0-65535");
	return 0;
}

static int set_fwmark(const struct field *field)
{
	field->device->has |= SIXPN_DEVICE_HAS_FWMARK;
	if (sixpn_parse_fwmark(&field->device->fwmark, field->value,
			       field->length))
		return bad(field, "fwmark is not off or 0-0xffffffff");
	return 0;
}

static int set_host_id(const struct field *field)
{
	field->device->has |= SIXPN_DEVICE_HAS_HOST_ID;
	if (sixpn_parse_host_id(&field->device->host_id, field->value,
				field->length, "auto"))
		return bad(field, "host id is not auto or 2-4294967295");
	return 0;
}

static int set_public_key(const struct field *field)
{
	field->peer->has |= SIXPN_PEER_HAS_PUBLIC_KEY;
	return set_key(field, field->peer->public_key, false);
}

static int set_preshared_key(const struct field *field)
{
	field->peer->has |= SIXPN_PEER_HAS_PRESHARED_KEY;
	return set_key(field, field->peer->preshared_key, true);
}

static int set_allowed_ips(const struct field *field)
{
	return sixpn_parse_allowedips(field->peer, NULL, field->host_bits,
				      field->value, field->length,
				      field->error);
}

static int set_endpoint(const struct field *field)
{
	struct sixpn_peer *peer = field->peer;
	struct sixpn_endpoint_words words;
	int ret;

	ret = sixpn_parse_endpoint(&words, field->value, field->length,
				   field->error);
	if (ret)
		return ret;
	free(peer->endpoint_name);
	peer->endpoint_name = NULL;
	peer->has &= ~(uint32_t)SIXPN_PEER_HAS_ENDPOINT;
	if (words.literal) {
		peer->endpoint = words.endpoint;
		peer->has |= SIXPN_PEER_HAS_ENDPOINT;
		return 0;
	}
	peer->endpoint_name = strndup(field->value, field->length);
	if (!peer->endpoint_name)
		return sixpn_error_set(field->error, -ENOMEM, "out of memory");
	return 0;
}

static int set_keepalive(const struct field *field)
{
	field->peer->has |= SIXPN_PEER_HAS_KEEPALIVE;
	if (sixpn_parse_keepalive(&field->peer->persistent_keepalive,
				  field->value, field->length))
		return bad(field, "keepalive is not off or 0-65535 seconds");
	return 0;
}

static int set_kind(const struct field *field)
{
	field->peer->has |= SIXPN_PEER_HAS_KIND;
	if (sixpn_parse_kind(&field->peer->kind, field->value, field->length))
		return bad(field, "kind is not site, host or client");
	return 0;
}

static int set_peer_host_id(const struct field *field)
{
	field->peer->has |= SIXPN_PEER_HAS_HOST_ID;
	if (sixpn_parse_host_id(&field->peer->host_id, field->value,
				field->length, "auto"))
		return bad(field, "host id is not auto or 2-4294967295");
	return 0;
}

static int set_idle_expiry(const struct field *field)
{
	field->peer->has |= SIXPN_PEER_HAS_IDLE_EXPIRY;
	if (sixpn_parse_idle_expiry(&field->peer->idle_expiry, field->value,
				    field->length))
		return bad(field, "idle expiry is not off or 0-1048576 seconds");
	return 0;
}

static int set_network_id(const struct field *field)
{
	if (sixpn_parse_id(&field->network->id, field->value, field->length, 1))
		return bad(field, "network is not 1-4294967295");
	return 0;
}

static int set_machine_network(const struct field *field)
{
	field->machine->has |= SIXPN_MACHINE_HAS_NETWORK;
	if (sixpn_parse_id(&field->machine->network, field->value,
			   field->length, 1))
		return bad(field, "network is not 1-4294967295");
	return 0;
}

static int set_machine_id(const struct field *field)
{
	field->machine->has |= SIXPN_MACHINE_HAS_ID;
	if (sixpn_parse_id(&field->machine->id, field->value, field->length, 1))
		return bad(field, "machine id is not 1-4294967295");
	return 0;
}

static int set_machine_name(const struct field *field)
{
	field->machine->has |= SIXPN_MACHINE_HAS_NAME;
	if (sixpn_parse_machine_name(field->machine->name, field->value,
				     field->length))
		return bad(field, "not the name of a machine");
	return 0;
}

/* By its address a machine or a route is told to be of a network. */
static int check_has_network(const struct field *field,
			     const struct in6_addr *address)
{
	if (sixpn_addr_network(address) == SIXPN_NETWORK_NONE)
		return bad(field, "not an address in a network");
	return 0;
}

static int set_machine_address(const struct field *field)
{
	field->machine->has |= SIXPN_MACHINE_HAS_ADDRESS;
	if (sixpn_parse_6pn(&field->machine->address, field->value,
			    field->length))
		return bad(field, "not an address in fdaa::/16");
	return check_has_network(field, &field->machine->address);
}

static int attach(const struct field *field, uint32_t attachment)
{
	struct sixpn_machine *machine = field->machine;

	if (machine->has & SIXPN_MACHINE_HAS_ATTACHMENT)
		return sixpn_error_set(field->error, -EINVAL,
				       "this [Machine] is attached twice");
	machine->has |= SIXPN_MACHINE_HAS_ATTACHMENT;
	machine->attachment = attachment;
	return 0;
}

static int set_attachment(const struct field *field)
{
	if (field->length == 4 && !memcmp(field->value, "none", 4))
		return attach(field, SIXPN_ATTACHMENT_NONE);
	if (field->length == 4 && !memcmp(field->value, "host", 4))
		return attach(field, SIXPN_ATTACHMENT_HOST);
	return bad(field, "attachment is not none or host");
}

static int attach_netdev(const struct field *field, uint32_t attachment)
{
	field->machine->has |= SIXPN_MACHINE_HAS_IFNAME;
	if (sixpn_parse_ifname(field->machine->ifname, field->value,
			       field->length) ||
	    !sixpn_config_holds(field->machine->ifname))
		return bad(field, "not an interface name");
	return attach(field, attachment);
}

/* Without a NetNS, the namespace of the caller. */
static int set_port(const struct field *field)
{
	field->machine->has |= SIXPN_MACHINE_HAS_NETNS;
	return attach_netdev(field, SIXPN_ATTACHMENT_PORT);
}

static int set_bind(const struct field *field)
{
	return attach_netdev(field, SIXPN_ATTACHMENT_BIND);
}

static int set_netns(const struct field *field)
{
	free(field->machine->netns);
	field->machine->netns = strndup(field->value, field->length);
	if (!field->machine->netns)
		return sixpn_error_set(field->error, -ENOMEM, "out of memory");
	if (!field->length || !sixpn_config_holds(field->machine->netns))
		return bad(field, "not a network namespace");
	return 0;
}

static int set_client(const struct field *field)
{
	int ret = set_key(field, field->machine->peer_key, false);

	field->machine->has |= SIXPN_MACHINE_HAS_PEER_KEY;
	return ret ? ret : attach(field, SIXPN_ATTACHMENT_CLIENT);
}

static int set_moved_to(const struct field *field)
{
	field->machine->has |= SIXPN_MACHINE_HAS_MOVED_TO;
	if (sixpn_parse_host_id(&field->machine->moved_to, field->value,
				field->length, "off"))
		return bad(field, "host id is not off or 2-4294967295");
	return 0;
}

static int set_route_address(const struct field *field)
{
	if (sixpn_parse_route(&field->route->address, field->value,
			      field->length))
		return bad(field, "not a /112 in fdaa::/16");
	return check_has_network(field, &field->route->address);
}

static int set_via(const struct field *field)
{
	if (sixpn_parse_id(&field->route->host_id, field->value, field->length,
			   SIXPN_HOST_MIN))
		return bad(field, "host id is not 2-4294967295");
	return 0;
}

enum section {
	SECTION_NONE,
	SECTION_INTERFACE,
	SECTION_PEER,
	SECTION_NETWORK,
	SECTION_MACHINE,
	SECTION_ROUTE,
};

static const char *const section_names[] = {
	[SECTION_INTERFACE] = "[Interface]",
	[SECTION_PEER] = "[Peer]",
	[SECTION_NETWORK] = "[Network]",
	[SECTION_MACHINE] = "[Machine]",
	[SECTION_ROUTE] = "[Route]",
};

#define SECTION_COUNT (sizeof(section_names) / sizeof(*section_names))

static const struct field_row {
	const char *name;
	enum section section;
	int (*set)(const struct field *field);
} field_rows[] = {
	{ "PrivateKey", SECTION_INTERFACE, set_private_key },
	{ "ListenPort", SECTION_INTERFACE, set_listen_port },
	{ "FwMark", SECTION_INTERFACE, set_fwmark },
	{ "HostId", SECTION_INTERFACE, set_host_id },
	{ "PublicKey", SECTION_PEER, set_public_key },
	{ "PresharedKey", SECTION_PEER, set_preshared_key },
	{ "AllowedIPs", SECTION_PEER, set_allowed_ips },
	{ "Endpoint", SECTION_PEER, set_endpoint },
	{ "PersistentKeepalive", SECTION_PEER, set_keepalive },
	{ "Kind", SECTION_PEER, set_kind },
	{ "HostId", SECTION_PEER, set_peer_host_id },
	{ "IdleExpiry", SECTION_PEER, set_idle_expiry },
	{ "Id", SECTION_NETWORK, set_network_id },
	{ "Network", SECTION_MACHINE, set_machine_network },
	{ "Name", SECTION_MACHINE, set_machine_name },
	{ "Id", SECTION_MACHINE, set_machine_id },
	{ "Address", SECTION_MACHINE, set_machine_address },
	{ "Attachment", SECTION_MACHINE, set_attachment },
	{ "Port", SECTION_MACHINE, set_port },
	{ "NetNS", SECTION_MACHINE, set_netns },
	{ "Bind", SECTION_MACHINE, set_bind },
	{ "Client", SECTION_MACHINE, set_client },
	{ "MovedTo", SECTION_MACHINE, set_moved_to },
	{ "Address", SECTION_ROUTE, set_route_address },
	{ "Via", SECTION_ROUTE, set_via },
};

#define NAME_QUOTED_MAX 24

struct parser {
	struct sixpn_device *device;
	enum section section;
	size_t line;		/* the one to blame */
	size_t section_line;	/* where the last section begins */
	unsigned int *host_bits;
	struct sixpn_error *error;
};

/*
 * wg(8) takes white space anywhere in a line, even inside a word, and ends a
 * line at '#'. Return: the length left; @to has room for @length bytes.
 */
static size_t squeeze(char *to, const char *line, size_t length)
{
	size_t used = 0, i;

	for (i = 0; i < length && line[i] != '#'; i++) {
		char c = line[i];

		if (c != ' ' && (c < '\t' || c > '\r'))
			to[used++] = c;
	}
	return used;
}

static bool is_word(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && !strncasecmp(text, word, length);
}

/* What the last section of its kind, which has just ended, lacks. */
static const char *lacks(const struct parser *parser)
{
	const struct sixpn_device *device = parser->device;
	const struct sixpn_machine *machine;
	const struct sixpn_route *route;
	static const struct in6_addr none;

	switch (parser->section) {
	case SECTION_PEER:
		return device->peers[device->peer_count - 1].has &
		       SIXPN_PEER_HAS_PUBLIC_KEY ? NULL : "PublicKey";
	case SECTION_NETWORK:
		return device->networks[device->network_count - 1].id ? NULL :
		       "Id";
	case SECTION_MACHINE:
		machine = &device->machines[device->machine_count - 1];
		if (!(machine->has & (SIXPN_MACHINE_HAS_NETWORK |
				      SIXPN_MACHINE_HAS_ADDRESS)))
			return "Network";
		if (machine->has & SIXPN_MACHINE_HAS_ATTACHMENT &&
		    machine->attachment == SIXPN_ATTACHMENT_PORT)
			return NULL;
		return machine->netns ? "Port beside its NetNS" : NULL;
	case SECTION_ROUTE:
		route = &device->routes[device->route_count - 1];
		if (!memcmp(&route->address, &none, sizeof(none)))
			return "Address";
		return route->host_id ? NULL : "Via";
	default:
		return NULL;
	}
}

static int end_section(struct parser *parser)
{
	const char *what = lacks(parser);
	struct sixpn_device *device = parser->device;

	if (what) {
		parser->line = parser->section_line;
		return sixpn_error_set(parser->error, -EINVAL,
				       "this %s has no %s",
				       section_names[parser->section], what);
	}
	/* So that a machine can be found by its network, however it is named. */
	if (parser->section == SECTION_MACHINE) {
		struct sixpn_machine *machine =
			&device->machines[device->machine_count - 1];

		if (!(machine->has & SIXPN_MACHINE_HAS_NETWORK))
			machine->network =
				sixpn_addr_network(&machine->address);
		machine->has |= SIXPN_MACHINE_HAS_NETWORK;
	}
	return 0;
}

static bool add_object(struct sixpn_device *device, enum section section)
{
	struct sixpn_machine *machine;
	struct sixpn_peer *peer;

	switch (section) {
	case SECTION_PEER:
		peer = sixpn_device_add_peer(device);
		if (peer)
			peer->flags = SIXPN_PEER_F_REPLACE_ALLOWED_IPS;
		return peer;
	case SECTION_NETWORK:
		return sixpn_device_add_network(device);
	case SECTION_MACHINE:
		machine = sixpn_device_add_machine(device);
		if (machine)
			machine->reattach = true;
		return machine;
	case SECTION_ROUTE:
		return sixpn_device_add_route(device);
	default:
		return true;
	}
}

static int begin_section(struct parser *parser, enum section section)
{
	int ret = end_section(parser);

	if (ret)
		return ret;
	/* None that was not added must be looked at. */
	parser->section = SECTION_NONE;
	if (!add_object(parser->device, section))
		return sixpn_error_set(parser->error, -ENOMEM, "out of memory");
	parser->section = section;
	parser->section_line = parser->line;
	return 0;
}

/* The last of each kind; only that of the section is looked at. */
static void find_objects(struct field *field)
{
	struct sixpn_device *device = field->device;

	if (device->peer_count)
		field->peer = &device->peers[device->peer_count - 1];
	if (device->network_count)
		field->network = &device->networks[device->network_count - 1];
	if (device->machine_count)
		field->machine = &device->machines[device->machine_count - 1];
	if (device->route_count)
		field->route = &device->routes[device->route_count - 1];
}

/* The field of that name, of the present section if that has one. */
static const struct field_row *find_row(const struct parser *parser,
					const char *name, size_t length)
{
	const struct field_row *row = NULL;
	size_t i;

	for (i = 0; i < sizeof(field_rows) / sizeof(*field_rows); i++)
		if (is_word(name, length, field_rows[i].name) &&
		    (!row || field_rows[i].section == parser->section))
			row = &field_rows[i];
	return row;
}

static int parse_field(struct parser *parser, const char *line, size_t length)
{
	const char *equals = memchr(line, '=', length);
	size_t name_length = equals ? (size_t)(equals - line) : length;
	struct field field = {
		.device = parser->device,
		.host_bits = parser->host_bits,
		.error = parser->error,
	};
	const struct field_row *row;

	row = equals ? find_row(parser, line, name_length) : NULL;
	/* Only the name is quoted, and no long one: either may be a key. */
	if (!row && name_length > NAME_QUOTED_MAX)
		return sixpn_error_set(parser->error, -EINVAL,
				       "not understood");
	if (!row)
		return sixpn_error_set(parser->error, -EINVAL,
				       "not understood: '%.*s'",
				       (int)name_length, line);
	if (parser->section != row->section)
		return sixpn_error_set(parser->error, -EINVAL,
				       "%s belongs in a section %s", row->name,
				       section_names[row->section]);
	find_objects(&field);
	field.value = equals + 1;
	field.length = length - name_length - 1;
	return row->set(&field);
}

static int parse_line(struct parser *parser, const char *line, size_t length)
{
	enum section i;

	if (!length)
		return 0;
	if (memchr(line, '\0', length))
		return sixpn_error_set(parser->error, -EINVAL,
				       "a NUL byte: not a text file");
	for (i = SECTION_INTERFACE; i < SECTION_COUNT; i++)
		if (is_word(line, length, section_names[i]))
			return begin_section(parser, i);
	return parse_field(parser, line, length);
}

/* What a file leaves out, it asks to be unset. */
static void reset_rest(struct sixpn_device *device)
{
	size_t i;

	device->flags |= SIXPN_DEVICE_F_REPLACE_PEERS;
	device->has |= SIXPN_DEVICE_HAS_PRIVATE_KEY |
		       SIXPN_DEVICE_HAS_LISTEN_PORT |
		       SIXPN_DEVICE_HAS_FWMARK | SIXPN_DEVICE_HAS_HOST_ID;
	for (i = 0; i < device->machine_count; i++)
		device->machines[i].has |= SIXPN_MACHINE_HAS_MOVED_TO;
}

static int compare_ids(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

/* A whole configuration has a section for each network it speaks of. */
static int check_networks(const struct sixpn_device *device,
			  struct sixpn_error *error)
{
	uint32_t *ids = calloc(device->network_count + 1, sizeof(*ids));
	uint32_t missing = 0;
	size_t i;

	if (!ids)
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	for (i = 0; i < device->network_count; i++)
		ids[i] = device->networks[i].id;
	qsort(ids, device->network_count, sizeof(*ids), compare_ids);
	for (i = 0; !missing && i < device->machine_count; i++)
		if (!bsearch(&device->machines[i].network, ids,
			     device->network_count, sizeof(*ids), compare_ids))
			missing = device->machines[i].network;
	for (i = 0; !missing && i < device->route_count; i++) {
		uint32_t id = sixpn_addr_network(&device->routes[i].address);

		if (!bsearch(&id, ids, device->network_count, sizeof(*ids),
			     compare_ids))
			missing = id;
	}
	free(ids);
	if (missing)
		return sixpn_error_set(error, -EINVAL,
				       "no section [Network] has the Id %u",
				       missing);
	return 0;
}

int sixpn_config_parse(struct sixpn_device *device, enum sixpn_config_use use,
		       unsigned int *host_bits, const char *text, size_t length,
		       struct sixpn_error *error)
{
	struct parser parser = {
		.device = device, .host_bits = host_bits, .error = error,
	};
	const char *end = text + length;
	char *line = malloc(length + 1);
	int ret = 0;

	if (!line)
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	while (!ret && text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;
		size_t left = squeeze(line, text, (size_t)(stop - text));

		parser.line++;
		ret = parse_line(&parser, line, left);
		text = newline ? newline + 1 : end;
	}
	if (!ret)
		ret = end_section(&parser);
	if (ret)
		sixpn_error_prefix(error, ret, "line %zu", parser.line);
	if (!ret && use == SIXPN_CONFIG_WHOLE) {
		reset_rest(device);
		ret = check_networks(device, error);
	}
	sixpn_key_wipe(line, length + 1);
	free(line);
	return ret;
}
