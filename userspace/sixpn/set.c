// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * set: words become a change of the device, its peers and its objects.
 */
#include "set.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "input.h"
#include "parse.h"

static int bad(struct sixpn_set *set, const char *what, const char *value)
{
	return sixpn_set_bad(set, what, value);
}

int sixpn_set_bad(struct sixpn_set *set, const char *what, const char *value)
{
	return sixpn_error_set(&set->error, -EINVAL, "%s: '%s'", what, value);
}

static struct sixpn_peer *last_peer(struct sixpn_set *set)
{
	return &set->change.peers[set->change.peer_count - 1];
}

/* As wg(8): a port may also be the name of a UDP service. */
static int set_listen_port(struct sixpn_set *set, const char *value)
{
	struct sixpn_device *change = &set->change;
	const struct servent *service;
	int ret;

	ret = sixpn_parse_port(&change->listen_port, value, strlen(value));
	if (ret == -EINVAL) {
		service = getservbyname(value, "udp");
		if (service) {
			change->listen_port = ntohs((uint16_t)service->s_port);
			ret = 0;
		}
	}
	change->has |= SIXPN_DEVICE_HAS_LISTEN_PORT;
	return ret ? bad(set, "listen-port is not 0-65535", value) : 0;
}

static int set_fwmark(struct sixpn_set *set, const char *value)
{
	struct sixpn_device *change = &set->change;

	change->has |= SIXPN_DEVICE_HAS_FWMARK;
	if (sixpn_parse_fwmark(&change->fwmark, value, strlen(value)))
		return bad(set, "fwmark is not off or 0-0xffffffff", value);
	return 0;
}

static int set_private_key(struct sixpn_set *set, const char *value)
{
	set->change.has |= SIXPN_DEVICE_HAS_PRIVATE_KEY;
	return sixpn_input_key(value, set->change.private_key,
			       &set->error);
}

/* Of the device, as long as no peer has been named. */
static int set_host_id(struct sixpn_set *set, const char *value)
{
	uint32_t id;

	if (sixpn_parse_host_id(&id, value, strlen(value), "auto"))
		return bad(set, "host-id is not auto or 2-4294967295", value);
	if (set->about == SIXPN_SET_PEER) {
		last_peer(set)->host_id = id;
		last_peer(set)->has |= SIXPN_PEER_HAS_HOST_ID;
	} else {
		set->change.host_id = id;
		set->change.has |= SIXPN_DEVICE_HAS_HOST_ID;
	}
	return 0;
}

static int set_peer(struct sixpn_set *set, const char *value)
{
	struct sixpn_peer *peer = sixpn_device_add_peer(&set->change);

	if (!peer)
		return sixpn_error_set(&set->error, -ENOMEM, "out of memory");
	set->about = SIXPN_SET_PEER;
	peer->has = SIXPN_PEER_HAS_PUBLIC_KEY;
	if (sixpn_key_from_base64(peer->public_key, value, strlen(value)))
		return bad(set, "not a key", value);
	return 0;
}

static int set_remove(struct sixpn_set *set, const char *value)
{
	last_peer(set)->flags |= SIXPN_PEER_F_REMOVE;
	return 0;
}

static int set_kind(struct sixpn_set *set, const char *value)
{
	last_peer(set)->has |= SIXPN_PEER_HAS_KIND;
	if (sixpn_parse_kind(&last_peer(set)->kind, value, strlen(value)))
		return bad(set, "kind is not site, host or client", value);
	return 0;
}

static int set_idle_expiry(struct sixpn_set *set, const char *value)
{
	last_peer(set)->has |= SIXPN_PEER_HAS_IDLE_EXPIRY;
	if (sixpn_parse_idle_expiry(&last_peer(set)->idle_expiry, value,
				    strlen(value)))
		return bad(set, "idle-expiry is not off or 0-1048576 seconds",
			   value);
	return 0;
}

static int set_preshared_key(struct sixpn_set *set, const char *value)
{
	last_peer(set)->has |= SIXPN_PEER_HAS_PRESHARED_KEY;
	return sixpn_input_key(value, last_peer(set)->preshared_key,
			       &set->error);
}

static int set_endpoint(struct sixpn_set *set, const char *value)
{
	struct sixpn_peer *peer = last_peer(set);
	struct sixpn_endpoint_words words;
	int ret;

	ret = sixpn_parse_endpoint(&words, value, strlen(value),
				   &set->error);
	if (ret)
		return ret;
	free(peer->endpoint_name);
	peer->endpoint_name = NULL;
	if (words.literal) {
		peer->endpoint = words.endpoint;
		peer->has |= SIXPN_PEER_HAS_ENDPOINT;
		return 0;
	}
	peer->endpoint_name = strdup(value);
	if (!peer->endpoint_name)
		return sixpn_error_set(&set->error, -ENOMEM,
				       "out of memory");
	return 0;
}

static int set_keepalive(struct sixpn_set *set, const char *value)
{
	struct sixpn_peer *peer = last_peer(set);

	peer->has |= SIXPN_PEER_HAS_KEEPALIVE;
	if (sixpn_parse_keepalive(&peer->persistent_keepalive, value,
				  strlen(value)))
		return bad(set,
			   "persistent-keepalive is not off or 0-65535 seconds",
			   value);
	return 0;
}

static int set_allowed_ips(struct sixpn_set *set, const char *value)
{
	enum sixpn_allowedips_mode mode;
	int ret;

	ret = sixpn_parse_allowedips(last_peer(set), &mode, &set->host_bits,
				     value, strlen(value), &set->error);
	if (!ret && mode == SIXPN_ALLOWEDIPS_WHOLE)
		last_peer(set)->flags |= SIXPN_PEER_F_REPLACE_ALLOWED_IPS;
	return ret;
}

#define DEVICE (SIXPN_SET_NONE | SIXPN_SET_PEER | SIXPN_SET_NETWORK | \
		SIXPN_SET_MACHINE | SIXPN_SET_ROUTE)
#define PEER SIXPN_SET_PEER
#define NETWORK SIXPN_SET_NETWORK
#define MACHINE SIXPN_SET_MACHINE
#define ROUTE SIXPN_SET_ROUTE

/*
 * @about: bits of enum sixpn_set_about: what the word may follow
 * @needs: what it misses otherwise
 */
static const struct word_row {
	const char *name;
	unsigned int about;
	bool has_value;
	int (*set)(struct sixpn_set *set, const char *value);
	const char *needs;
} word_rows[] = {
	{ "listen-port", DEVICE, true, set_listen_port, NULL },
	{ "fwmark", DEVICE, true, set_fwmark, NULL },
	{ "private-key", DEVICE, true, set_private_key, NULL },
	{ "host-id", SIXPN_SET_NONE | PEER, true, set_host_id, "peer" },
	{ "peer", DEVICE, true, set_peer, NULL },
	{ "remove", PEER, false, set_remove, "peer" },
	{ "preshared-key", PEER, true, set_preshared_key, "peer" },
	{ "endpoint", PEER, true, set_endpoint, "peer" },
	{ "persistent-keepalive", PEER, true, set_keepalive, "peer" },
	{ "allowed-ips", PEER, true, set_allowed_ips, "peer" },
	{ "kind", PEER, true, set_kind, "peer" },
	{ "idle-expiry", PEER, true, set_idle_expiry, "peer" },
	{ "network", DEVICE, true, sixpn_set_network, NULL },
	{ "remove", NETWORK | MACHINE | ROUTE, false, sixpn_set_remove,
	  "peer" },
	{ "machine", DEVICE, false, sixpn_set_machine, NULL },
	{ "name", MACHINE, true, sixpn_set_name, "machine" },
	{ "id", MACHINE, true, sixpn_set_id, "machine" },
	{ "address", MACHINE, true, sixpn_set_address, "machine" },
	{ "port", MACHINE, true, sixpn_set_port, "machine" },
	{ "netns", MACHINE, true, sixpn_set_netns, "machine" },
	{ "bind", MACHINE, true, sixpn_set_bind, "machine" },
	{ "client", MACHINE, true, sixpn_set_client, "machine" },
	{ "host", MACHINE, false, sixpn_set_host, "machine" },
	{ "detach", MACHINE, false, sixpn_set_detach, "machine" },
	{ "moved-to", MACHINE, true, sixpn_set_moved_to, "machine" },
	{ "no-address", MACHINE, false, sixpn_set_no_address, "machine" },
	{ "route", DEVICE, true, sixpn_set_route, NULL },
	{ "via", ROUTE, true, sixpn_set_via, "route" },
};

/* The row of that name for what the words are about now, else any of it. */
static const struct word_row *find_word(const char *name, unsigned int about)
{
	const struct word_row *found = NULL;
	size_t i;

	for (i = 0; i < sizeof(word_rows) / sizeof(*word_rows); i++)
		if (!strcmp(word_rows[i].name, name) &&
		    (!found || word_rows[i].about & about))
			found = &word_rows[i];
	return found;
}

static int take_words(struct sixpn_run *run, struct sixpn_set *set)
{
	int i;

	for (i = 1; i < run->count; i++) {
		const struct word_row *row;

		row = find_word(run->words[i], set->about);
		if (!row)
			return sixpn_complain(run, "unknown word '%s' after '%s' (see sixpn help set)",
					      run->words[i], run->words[i - 1]);
		if (!(row->about & set->about))
			return sixpn_complain_usage(run, "'%s' needs a %s before it",
						    row->name, row->needs);
		if (row->has_value && i + 1 == run->count)
			return sixpn_complain_usage(run, "'%s' needs a value",
						    row->name);
		if (row->set(set, run->words[row->has_value ? ++i : i]))
			return sixpn_complain(run, "%s", set->error.text);
	}
	return SIXPN_EXIT_OK;
}

/* As wg(8): a peer that is removed is not configured as well. */
static void drop_settings_of_removed(struct sixpn_device *change)
{
	size_t i;

	for (i = 0; i < change->peer_count; i++) {
		struct sixpn_peer *peer = &change->peers[i];

		if (!(peer->flags & SIXPN_PEER_F_REMOVE))
			continue;
		peer->flags = SIXPN_PEER_F_REMOVE;
		free(peer->endpoint_name);
		peer->endpoint_name = NULL;
	}
}

int sixpn_run_set(struct sixpn_run *run)
{
	struct sixpn_set set = { .about = SIXPN_SET_NONE };
	const char *missing = NULL;
	int code;

	code = sixpn_change_name(run, &set.change, run->words[0]);
	if (!code)
		code = take_words(run, &set);
	if (!code)
		missing = sixpn_set_missing(&set.change);
	if (missing)
		code = sixpn_complain_usage(run, "%s", missing);
	if (!code) {
		drop_settings_of_removed(&set.change);
		code = sixpn_change_resolve(run, &set.change);
	}
	if (!code) {
		sixpn_change_warn_host_bits(run, set.host_bits);
		code = sixpn_change_apply(run, &set.change);
	}
	sixpn_device_clear(&set.change);
	return code;
}
