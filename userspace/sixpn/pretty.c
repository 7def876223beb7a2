// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A device as people read it; the text is that of wg(8), byte for byte.
 */
#include "print.h"

#include <inttypes.h>
#include <time.h>

#include "format.h"
#include "keys.h"

#define RESET sixpn_out_style(out, SIXPN_STYLE_RESET)
#define BOLD sixpn_out_style(out, SIXPN_STYLE_BOLD)
#define RED sixpn_out_style(out, SIXPN_STYLE_RED)
#define CYAN sixpn_out_style(out, SIXPN_STYLE_CYAN)

static void label(struct sixpn_out *out, const char *text)
{
	sixpn_out_text(out, "  %s%s%s: ", BOLD, text, RESET);
}

static void end_line(struct sixpn_out *out)
{
	sixpn_out_text(out, "\n");
}

static void heading(struct sixpn_out *out, enum sixpn_style style,
		    const char *kind, const char *name)
{
	const char *color = sixpn_out_style(out, style);

	sixpn_out_text(out, "%s%s%s%s: %s%s%s\n", color, BOLD, kind, RESET,
		       color, name, RESET);
}

static void secret(struct sixpn_out *out, const char *key, bool hide,
		   const uint8_t value[SIXPN_KEY_LEN])
{
	char text[SIXPN_KEY_BASE64_LEN + 1] = "(hidden)";

	if (!hide)
		sixpn_key_to_base64(text, value);
	sixpn_out_string(out, key, text, "%s", text);
	sixpn_key_wipe(text, sizeof(text));
}

/* "1 hour, 1 minute, 42 seconds", units in colour. */
static void duration(struct sixpn_out *out, uint64_t seconds)
{
	static const struct {
		const char *name;
		uint64_t seconds;
	} units[] = {
		{ "year", 365 * 24 * 3600 }, { "day", 24 * 3600 },
		{ "hour", 3600 }, { "minute", 60 }, { "second", 1 },
	};
	const char *separator = "";
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(*units); i++) {
		uint64_t count = seconds / units[i].seconds;

		seconds %= units[i].seconds;
		if (!count)
			continue;
		sixpn_out_text(out, "%s%" PRIu64 " %s%s%s%s", separator, count,
			       CYAN, units[i].name, count == 1 ? "" : "s",
			       RESET);
		separator = ", ";
	}
}

static void ago(struct sixpn_out *out, uint64_t then)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if ((uint64_t)now.tv_sec == then) {
		sixpn_out_text(out, "Now");
	} else if ((uint64_t)now.tv_sec < then) {
		sixpn_out_text(out, "(%sSystem clock wound backward; connection problems may ensue.%s)",
			       RED, RESET);
	} else {
		duration(out, (uint64_t)now.tv_sec - then);
		sixpn_out_text(out, " ago");
	}
}

static void bytes(struct sixpn_out *out, const char *key, uint64_t count)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = (double)count;
	size_t unit = 0;

	if (count < 1024) {
		sixpn_out_number(out, key, count, "%" PRIu64 " %sB%s", count,
				 CYAN, RESET);
		return;
	}
	for (value /= 1024; unit < 3 && value >= 1024; unit++)
		value /= 1024;
	sixpn_out_number(out, key, count, "%.2f %s%s%s", value, CYAN,
			 units[unit], RESET);
}

static void count(struct sixpn_out *out, const char *name, const char *key,
		  uint32_t number)
{
	if (!number && !out->json)
		return;
	label(out, name);
	sixpn_out_number(out, key, number, "%u", number);
	end_line(out);
}

/* A device that is used as a WireGuard one has nothing of this to tell. */
static bool is_mesh(const struct sixpn_device *device)
{
	size_t i;

	if (device->kernel_network_count || device->kernel_route_count ||
	    device->flags & SIXPN_DEVICE_F_HOST_ID_SET)
		return true;
	for (i = 0; i < device->peer_count; i++)
		if (device->peers[i].kind != SIXPN_PEER_KIND_SITE)
			return true;
	return false;
}

static void print_mesh(struct sixpn_out *out, const struct sixpn_device *device)
{
	if (!is_mesh(device) && !out->json)
		return;
	label(out, "host id");
	sixpn_print_host_id(out, device);
	end_line(out);
	count(out, "networks", "network_count", device->kernel_network_count);
	count(out, "machines", "machine_count", device->kernel_machine_count);
	count(out, "routes", "route_count", device->kernel_route_count);
}

static void print_head(struct sixpn_out *out, const struct sixpn_device *device,
		       bool hide_keys)
{
	char name[SIXPN_NAME_ROOM];

	sixpn_out_name(out, name, sizeof(name), device->ifname);
	sixpn_out_text(out, "%s", RESET);
	heading(out, SIXPN_STYLE_GREEN, "interface", name);
	sixpn_print_json_name(out, device);
	if (device->has & SIXPN_DEVICE_HAS_PUBLIC_KEY) {
		label(out, "public key");
		sixpn_print_public_key(out, device);
		end_line(out);
	} else {
		sixpn_out_json_null(out, "public_key");
	}
	if (device->has & SIXPN_DEVICE_HAS_PRIVATE_KEY) {
		label(out, "private key");
		secret(out, "private_key", hide_keys, device->private_key);
		end_line(out);
	} else {
		sixpn_out_json_null(out, "private_key");
	}
	if (device->listen_port || out->json) {
		label(out, "listening port");
		sixpn_print_listen_port(out, device);
		end_line(out);
	}
	if (device->fwmark || out->json) {
		label(out, "fwmark");
		sixpn_print_fwmark(out, device);
		end_line(out);
	}
	print_mesh(out, device);
}

static void print_allowedips(struct sixpn_out *out,
			     const struct sixpn_peer *peer)
{
	size_t i;

	label(out, "allowed ips");
	sixpn_out_open_array(out, "allowed_ips");
	for (i = 0; i < peer->allowedip_count; i++) {
		const struct sixpn_allowedip *allowedip = &peer->allowedips[i];
		char address[SIXPN_ALLOWEDIP_TEXT_MAX];
		char whole[SIXPN_ALLOWEDIP_TEXT_MAX];

		sixpn_format_allowedip_address(address, allowedip);
		sixpn_format_allowedip(whole, allowedip);
		sixpn_out_string(out, NULL, whole, "%s%s%s/%s%u",
				 i ? ", " : "", address, CYAN, RESET,
				 allowedip->prefix_len);
	}
	if (!peer->allowedip_count)
		sixpn_out_text(out, "(none)");
	sixpn_out_close(out);
	end_line(out);
}

static void print_traffic(struct sixpn_out *out, const struct sixpn_peer *peer)
{
	uint64_t seconds = peer->last_handshake / 1000000000;

	if (peer->has & SIXPN_PEER_HAS_LAST_HANDSHAKE && seconds) {
		label(out, "latest handshake");
		sixpn_out_json_number(out, "latest_handshake", seconds);
		if (!out->json)
			ago(out, seconds);
		end_line(out);
	} else {
		sixpn_out_json_null(out, "latest_handshake");
	}
	if (peer->has & SIXPN_PEER_HAS_HANDSHAKE_RTT)
		sixpn_out_json_number(out, "handshake_rtt_us",
				      peer->handshake_rtt);
	else
		sixpn_out_json_null(out, "handshake_rtt_us");
	if (peer->rx_bytes || peer->tx_bytes || out->json) {
		label(out, "transfer");
		bytes(out, "rx_bytes", peer->rx_bytes);
		sixpn_out_text(out, " received, ");
		bytes(out, "tx_bytes", peer->tx_bytes);
		sixpn_out_text(out, " sent");
		end_line(out);
	}
	sixpn_out_json_number(out, "rx_packets", peer->rx_packets);
	sixpn_out_json_number(out, "tx_packets", peer->tx_packets);
	/* In text wg(8) has no place for it. */
	sixpn_out_json_number(out, "drops", peer->drops);
}

static void print_kind(struct sixpn_out *out, const struct sixpn_peer *peer)
{
	if (peer->kind != SIXPN_PEER_KIND_SITE || out->json) {
		label(out, "kind");
		sixpn_print_kind(out, peer);
		end_line(out);
	}
	if (peer->host_id || out->json) {
		label(out, "host id");
		sixpn_print_peer_host_id(out, peer);
		end_line(out);
	}
	sixpn_out_json_number(out, "idle_expiry", peer->idle_expiry);
	if (peer->idle_expiry) {
		label(out, "idle expiry");
		sixpn_out_text(out, "after ");
		if (!out->json)
			duration(out, peer->idle_expiry);
		end_line(out);
	}
}

static void print_peer(struct sixpn_out *out, const struct sixpn_peer *peer,
		       bool hide_keys)
{
	char key[SIXPN_KEY_BASE64_LEN + 1];

	sixpn_key_to_base64(key, peer->public_key);
	heading(out, SIXPN_STYLE_YELLOW, "peer", key);
	sixpn_out_json_string(out, "public_key", key);
	if (peer->has & SIXPN_PEER_HAS_PRESHARED_KEY) {
		label(out, "preshared key");
		secret(out, "preshared_key", hide_keys, peer->preshared_key);
		end_line(out);
	} else {
		sixpn_out_json_null(out, "preshared_key");
	}
	if (peer->has & SIXPN_PEER_HAS_ENDPOINT) {
		label(out, "endpoint");
		sixpn_print_endpoint(out, peer);
		end_line(out);
	} else {
		sixpn_out_json_null(out, "endpoint");
	}
	print_allowedips(out, peer);
	print_traffic(out, peer);
	sixpn_out_json_number(out, "persistent_keepalive",
			      peer->persistent_keepalive);
	if (peer->persistent_keepalive) {
		label(out, "persistent keepalive");
		sixpn_out_text(out, "every ");
		if (!out->json)
			duration(out, peer->persistent_keepalive);
		end_line(out);
	}
	print_kind(out, peer);
}

static void print_objects_json(struct sixpn_out *out,
			       const struct sixpn_device *device)
{
	size_t i;

	if (!out->json)
		return;
	sixpn_out_open_array(out, "networks");
	for (i = 0; i < device->network_count; i++)
		sixpn_print_network(out, &device->networks[i]);
	sixpn_out_close(out);
	sixpn_out_open_array(out, "machines");
	for (i = 0; i < device->machine_count; i++)
		sixpn_print_machine(out, &device->machines[i]);
	sixpn_out_close(out);
	sixpn_out_open_array(out, "routes");
	for (i = 0; i < device->route_count; i++)
		sixpn_print_route(out, &device->routes[i]);
	sixpn_out_close(out);
	sixpn_print_drops_json(out, device);
}

void sixpn_print_device(struct sixpn_out *out,
			const struct sixpn_device *device, bool hide_keys)
{
	size_t i;

	sixpn_out_open_object(out, NULL);
	print_head(out, device, hide_keys);
	sixpn_out_open_array(out, "peers");
	for (i = 0; i < device->peer_count; i++) {
		end_line(out);
		sixpn_out_open_object(out, NULL);
		print_peer(out, &device->peers[i], hide_keys);
		sixpn_out_close(out);
	}
	sixpn_out_close(out);
	print_objects_json(out, device);
	sixpn_out_close(out);
}
