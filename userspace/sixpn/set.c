// SPDX-License-Identifier: GPL-2.0-or-later
#include "change.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "parse.h"

/* A request as it is put together, word by word. */
struct request {
	struct sixpn_device change;
	struct sixpn_peer *peer;	/* the last one named; may move */
	unsigned int host_bits;
	struct sixpn_error error;
};

static int bad(struct request *request, const char *what, const char *value)
{
	return sixpn_error_set(&request->error, -EINVAL, "%s: '%s'", what,
			       value);
}

/* As wg(8): a port may also be the name of a UDP service. */
static int set_listen_port(struct request *request, const char *value)
{
	struct sixpn_device *change = &request->change;
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
	return ret ? bad(request, "listen-port is not 0-65535", value) : 0;
}

static int set_fwmark(struct request *request, const char *value)
{
	struct sixpn_device *change = &request->change;

	change->has |= SIXPN_DEVICE_HAS_FWMARK;
	if (sixpn_parse_fwmark(&change->fwmark, value, strlen(value)))
		return bad(request, "fwmark is not off or 0-0xffffffff", value);
	return 0;
}

static int set_private_key(struct request *request, const char *value)
{
	request->change.has |= SIXPN_DEVICE_HAS_PRIVATE_KEY;
	return sixpn_input_key(value, request->change.private_key,
			       &request->error);
}

static int set_peer(struct request *request, const char *value)
{
	request->peer = sixpn_device_add_peer(&request->change);
	if (!request->peer)
		return sixpn_error_set(&request->error, -ENOMEM,
				       "out of memory");
	request->peer->has = SIXPN_PEER_HAS_PUBLIC_KEY;
	if (sixpn_key_from_base64(request->peer->public_key, value,
				  strlen(value)))
		return bad(request, "not a key", value);
	return 0;
}

static int set_remove(struct request *request, const char *value)
{
	request->peer->flags |= SIXPN_PEER_F_REMOVE;
	return 0;
}

static int set_preshared_key(struct request *request, const char *value)
{
	request->peer->has |= SIXPN_PEER_HAS_PRESHARED_KEY;
	return sixpn_input_key(value, request->peer->preshared_key,
			       &request->error);
}

static int set_endpoint(struct request *request, const char *value)
{
	struct sixpn_peer *peer = request->peer;
	struct sixpn_endpoint_words words;
	int ret;

	ret = sixpn_parse_endpoint(&words, value, strlen(value),
				   &request->error);
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
		return sixpn_error_set(&request->error, -ENOMEM,
				       "out of memory");
	return 0;
}

static int set_keepalive(struct request *request, const char *value)
{
	struct sixpn_peer *peer = request->peer;

	peer->has |= SIXPN_PEER_HAS_KEEPALIVE;
	if (sixpn_parse_keepalive(&peer->persistent_keepalive, value,
				  strlen(value)))
		return bad(request,
			   "persistent-keepalive is not off or 0-65535 seconds",
			   value);
	return 0;
}

static int set_allowed_ips(struct request *request, const char *value)
{
	enum sixpn_allowedips_mode mode;
	int ret;

	ret = sixpn_parse_allowedips(request->peer, &mode, &request->host_bits,
				     value, strlen(value), &request->error);
	if (!ret && mode == SIXPN_ALLOWEDIPS_WHOLE)
		request->peer->flags |= SIXPN_PEER_F_REPLACE_ALLOWED_IPS;
	return ret;
}

static const struct word_row {
	const char *name;
	bool of_peer;
	bool has_value;
	int (*set)(struct request *request, const char *value);
} word_rows[] = {
	{ "listen-port", false, true, set_listen_port },
	{ "fwmark", false, true, set_fwmark },
	{ "private-key", false, true, set_private_key },
	{ "peer", false, true, set_peer },
	{ "remove", true, false, set_remove },
	{ "preshared-key", true, true, set_preshared_key },
	{ "endpoint", true, true, set_endpoint },
	{ "persistent-keepalive", true, true, set_keepalive },
	{ "allowed-ips", true, true, set_allowed_ips },
};

static const struct word_row *find_word(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(word_rows) / sizeof(*word_rows); i++)
		if (!strcmp(word_rows[i].name, name))
			return &word_rows[i];
	return NULL;
}

static int take_words(struct sixpn_run *run, struct request *request)
{
	int i;

	for (i = 1; i < run->count; i++) {
		const struct word_row *row = find_word(run->words[i]);

		if (!row)
			return sixpn_complain(run, "unknown word '%s'",
					      run->words[i]);
		if (row->of_peer && !request->peer)
			return sixpn_complain_usage(run, "'%s' needs a peer before it",
						    row->name);
		if (row->has_value && i + 1 == run->count)
			return sixpn_complain_usage(run, "'%s' needs a value",
						    row->name);
		if (row->set(request, run->words[row->has_value ? ++i : i]))
			return sixpn_complain(run, "%s", request->error.text);
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
	struct request request = { 0 };
	int code;

	code = sixpn_change_name(run, &request.change, run->words[0]);
	if (!code)
		code = take_words(run, &request);
	if (!code) {
		drop_settings_of_removed(&request.change);
		code = sixpn_change_resolve(run, &request.change);
	}
	if (!code) {
		sixpn_change_warn_host_bits(run, request.host_bits);
		code = sixpn_change_apply(run, &request.change);
	}
	sixpn_device_clear(&request.change);
	return code;
}
