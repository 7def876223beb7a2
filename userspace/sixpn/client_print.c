// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client as list and show print it. Its preshared key is never among that.
 */
#include "client.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"

/* Longest of an age: "1234567890d". */
#define AGE_MAX 24

/* What the kernel has, but only once something has come of the client. */
static bool has_shaken(const struct sixpn_client_view *view)
{
	return view->peer && view->peer->has & SIXPN_PEER_HAS_LAST_HANDSHAKE &&
	       view->peer->last_handshake;
}

static uint64_t handshake_time(const struct sixpn_client_view *view)
{
	return view->peer->last_handshake / 1000000000;
}

/* That of the kernel, or else what the gateway has noted; 0: never. */
static uint64_t seen_time(const struct sixpn_client_view *view)
{
	return has_shaken(view) ? handshake_time(view) :
				  view->client->last_seen;
}

static bool is_over(const struct sixpn_client_view *view)
{
	return view->client->expires && view->client->expires <= view->now;
}

static void json_time(struct sixpn_out *out, const char *name, uint64_t seconds)
{
	char text[SIXPN_TIME_TEXT_MAX];

	if (!seconds) {
		sixpn_out_json_null(out, name);
		return;
	}
	sixpn_time_format(text, seconds);
	sixpn_out_json_string(out, name, text);
}

static void json_text(struct sixpn_out *out, const char *name, const char *text)
{
	if (*text)
		sixpn_out_json_string(out, name, text);
	else
		sixpn_out_json_null(out, name);
}

static void json_peer(struct sixpn_out *out,
		      const struct sixpn_client_view *view)
{
	const struct sixpn_peer *peer = view->peer;
	char endpoint[SIXPN_ENDPOINT_TEXT_MAX];

	json_time(out, "latest-handshake",
		  has_shaken(view) ? handshake_time(view) : 0);
	if (peer && peer->has & SIXPN_PEER_HAS_ENDPOINT) {
		sixpn_format_endpoint(endpoint, &peer->endpoint);
		sixpn_out_json_string(out, "endpoint", endpoint);
	} else {
		sixpn_out_json_null(out, "endpoint");
	}
	if (peer) {
		sixpn_out_json_number(out, "rx-bytes", peer->rx_bytes);
		sixpn_out_json_number(out, "tx-bytes", peer->tx_bytes);
	} else {
		sixpn_out_json_null(out, "rx-bytes");
		sixpn_out_json_null(out, "tx-bytes");
	}
}

void sixpn_client_print_json(struct sixpn_out *out,
			     const struct sixpn_client_view *view)
{
	const struct sixpn_record_client *client = view->client;
	char address[SIXPN_ALLOWEDIP_TEXT_MAX], key[SIXPN_KEY_BASE64_LEN + 1];

	if (!out->json)
		return;
	sixpn_format_6pn(address, &client->address);
	sixpn_key_to_base64(key, client->public_key);
	sixpn_out_json_string(out, "name", client->name);
	sixpn_out_json_number(out, "network", client->network);
	json_text(out, "network-name", view->network);
	sixpn_out_json_string(out, "address", address);
	sixpn_out_json_string(out, "public-key", key);
	sixpn_out_json_number(out, "gateway", client->gateway);
	json_text(out, "gateway-name", view->gateway);
	sixpn_out_json_number(out, "home", client->home);
	json_text(out, "owner", client->owner);
	json_time(out, "created", client->created);
	json_time(out, "expires", client->expires);
	json_time(out, "last-seen", client->last_seen);
	sixpn_out_bool(out, "expired", is_over(view), "%s", "");
	json_peer(out, view);
}

/* "42s", "7m", "3h", "12d": the largest unit of which there is one. */
static void format_span(char text[AGE_MAX], uint64_t seconds)
{
	static const struct {
		char name;
		uint64_t seconds;
	} units[] = {
		{ 'd', 24 * 3600 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 },
	};
	size_t i = 0;

	while (i < 3 && seconds < units[i].seconds)
		i++;
	snprintf(text, AGE_MAX, "%" PRIu64 "%c", seconds / units[i].seconds,
		 units[i].name);
}

/* For people: how long since, or how long until. */
static void print_time(struct sixpn_out *out, uint64_t seconds, uint64_t now,
		       bool people)
{
	char text[AGE_MAX + SIXPN_TIME_TEXT_MAX];

	if (people)
		format_span(text, seconds > now ? seconds - now :
						  now - seconds);
	else
		sixpn_time_format(text, seconds);
	sixpn_out_text(out, "\t%s", text);
}

static void print_bytes(struct sixpn_out *out, uint64_t count, bool people)
{
	static const char units[] = "KMGTPE";
	double value = (double)count;
	size_t unit = 0;

	if (!people || count < 1024) {
		sixpn_out_text(out, "\t%" PRIu64, count);
		return;
	}
	for (value /= 1024; unit < 5 && value >= 1024; unit++)
		value /= 1024;
	sixpn_out_text(out, "\t%.1f%ciB", value, units[unit]);
}

static void print_owner(struct sixpn_out *out, const char *owner)
{
	char safe[SIXPN_RECORD_TEXT_MAX * 4 + 1];

	sixpn_out_name(out, safe, sizeof(safe), owner);
	sixpn_out_text(out, "\t%s", *owner ? safe : "-");
}

static void print_peer(struct sixpn_out *out,
		       const struct sixpn_client_view *view, bool people)
{
	const struct sixpn_peer *peer = view->peer;
	char endpoint[SIXPN_ENDPOINT_TEXT_MAX] = "-";

	if (seen_time(view))
		print_time(out, seen_time(view), view->now, people);
	else
		sixpn_out_text(out, "\t-");
	if (peer && peer->has & SIXPN_PEER_HAS_ENDPOINT)
		sixpn_format_endpoint(endpoint, &peer->endpoint);
	sixpn_out_text(out, "\t%s", endpoint);
	if (!peer) {
		sixpn_out_text(out, "\t-\t-\n");
		return;
	}
	print_bytes(out, peer->rx_bytes, people);
	print_bytes(out, peer->tx_bytes, people);
	sixpn_out_text(out, "\n");
}

void sixpn_client_print_row(struct sixpn_out *out,
			    const struct sixpn_client_view *view, bool people)
{
	const struct sixpn_record_client *client = view->client;
	char address[SIXPN_ALLOWEDIP_TEXT_MAX];

	sixpn_format_6pn(address, &client->address);
	sixpn_out_text(out, "%s\t%s\t%s", client->name,
		       *view->network ? view->network : "-", address);
	print_owner(out, client->owner);
	sixpn_out_text(out, "\t%s", *view->gateway ? view->gateway : "-");
	if (client->created)
		print_time(out, client->created, view->now, people);
	else
		sixpn_out_text(out, "\t-");
	if (people && is_over(view))
		sixpn_out_text(out, "\texpired");
	else if (client->expires)
		print_time(out, client->expires, view->now, people);
	else
		sixpn_out_text(out, "\t-");
	print_peer(out, view, people);
}

static void line(struct sixpn_out *out, const char *name, const char *value)
{
	sixpn_out_text(out, "  %s%s%s: %s\n",
		       sixpn_out_style(out, SIXPN_STYLE_BOLD), name,
		       sixpn_out_style(out, SIXPN_STYLE_RESET), value);
}

/* "2026-11-28T04:00:00Z (3d ago)" */
static void line_time(struct sixpn_out *out, const char *name, uint64_t seconds,
		      uint64_t now)
{
	char time[SIXPN_TIME_TEXT_MAX], span[AGE_MAX], text[80];
	bool later = seconds > now;

	sixpn_time_format(time, seconds);
	format_span(span, later ? seconds - now : now - seconds);
	snprintf(text, sizeof(text), "%s (%s%s%s)", time, later ? "in " : "",
		 span, later ? "" : " ago");
	line(out, name, text);
}

static void line_of_seen(struct sixpn_out *out,
			 const struct sixpn_client_view *view)
{
	if (seen_time(view))
		line_time(out, has_shaken(view) ? "latest handshake" :
						  "last seen",
			  seen_time(view), view->now);
}

static void lines_of_peer(struct sixpn_out *out,
			  const struct sixpn_client_view *view)
{
	const struct sixpn_peer *peer = view->peer;
	char text[SIXPN_ENDPOINT_TEXT_MAX + 64];

	if (!peer) {
		line_of_seen(out, view);
		return;
	}
	if (peer->has & SIXPN_PEER_HAS_ENDPOINT) {
		sixpn_format_endpoint(text, &peer->endpoint);
		line(out, "endpoint", text);
	}
	line_of_seen(out, view);
	snprintf(text, sizeof(text),
		 "%" PRIu64 " B received, %" PRIu64 " B sent", peer->rx_bytes,
		 peer->tx_bytes);
	line(out, "transfer", text);
}

static void line_of_id(struct sixpn_out *out, const char *what,
		       const char *name, uint32_t id)
{
	char text[SIXPN_LABEL_MAX + 32];

	snprintf(text, sizeof(text), *name ? "%s (%u)" : "%s%u", name, id);
	line(out, what, text);
}

void sixpn_client_print_lines(struct sixpn_out *out,
			      const struct sixpn_client_view *view)
{
	const struct sixpn_record_client *client = view->client;
	char text[SIXPN_RECORD_TEXT_MAX * 4 + 1];

	sixpn_out_text(out, "%sclient%s: %s\n",
		       sixpn_out_style(out, SIXPN_STYLE_BOLD),
		       sixpn_out_style(out, SIXPN_STYLE_RESET), client->name);
	line_of_id(out, "network", view->network, client->network);
	sixpn_format_6pn(text, &client->address);
	line(out, "address", text);
	sixpn_key_to_base64(text, client->public_key);
	line(out, "public key", text);
	line_of_id(out, "gateway", view->gateway, client->gateway);
	if (client->owner[0]) {
		sixpn_out_name(out, text, sizeof(text), client->owner);
		line(out, "owner", text);
	}
	if (client->created)
		line_time(out, "created", client->created, view->now);
	if (client->expires)
		line_time(out, "expires", client->expires, view->now);
	lines_of_peer(out, view);
}
