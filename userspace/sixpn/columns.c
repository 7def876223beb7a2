// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Single values, as the script-friendly forms of show print them.
 */
#include "print.h"

#include <inttypes.h>

#include "format.h"
#include "keys.h"

static void print_key(struct sixpn_out *out, const char *name, bool present,
		      const uint8_t key[SIXPN_KEY_LEN])
{
	char text[SIXPN_KEY_BASE64_LEN + 1];

	if (!present) {
		sixpn_out_null(out, name, "(none)");
		return;
	}
	sixpn_key_to_base64(text, key);
	sixpn_out_string(out, name, text, "%s", text);
	sixpn_key_wipe(text, sizeof(text));
}

void sixpn_print_public_key(struct sixpn_out *out,
			    const struct sixpn_device *device)
{
	print_key(out, "public_key",
		  device->has & SIXPN_DEVICE_HAS_PUBLIC_KEY,
		  device->public_key);
}

void sixpn_print_private_key(struct sixpn_out *out,
			     const struct sixpn_device *device)
{
	print_key(out, "private_key",
		  device->has & SIXPN_DEVICE_HAS_PRIVATE_KEY,
		  device->private_key);
}

void sixpn_print_listen_port(struct sixpn_out *out,
			     const struct sixpn_device *device)
{
	sixpn_out_number(out, "listen_port", device->listen_port, "%u",
			 device->listen_port);
}

void sixpn_print_fwmark(struct sixpn_out *out,
			const struct sixpn_device *device)
{
	if (device->fwmark)
		sixpn_out_number(out, "fwmark", device->fwmark, "0x%x",
				 device->fwmark);
	else
		sixpn_out_number(out, "fwmark", 0, "off");
}

void sixpn_print_peer_key(struct sixpn_out *out, const struct sixpn_peer *peer)
{
	print_key(out, "public_key", true, peer->public_key);
}

void sixpn_print_preshared_key(struct sixpn_out *out,
			       const struct sixpn_peer *peer)
{
	print_key(out, "preshared_key",
		  peer->has & SIXPN_PEER_HAS_PRESHARED_KEY,
		  peer->preshared_key);
}

void sixpn_print_endpoint(struct sixpn_out *out, const struct sixpn_peer *peer)
{
	char text[SIXPN_ENDPOINT_TEXT_MAX];
	char safe[SIXPN_ENDPOINT_TEXT_MAX * 4 + 1];

	if (!(peer->has & SIXPN_PEER_HAS_ENDPOINT)) {
		sixpn_out_null(out, "endpoint", "(none)");
		return;
	}
	sixpn_format_endpoint(text, &peer->endpoint);
	sixpn_out_name(out, safe, sizeof(safe), text);
	sixpn_out_string(out, "endpoint", safe, "%s", safe);
}

static void print_allowedips(struct sixpn_out *out,
			     const struct sixpn_peer *peer,
			     const char *separator)
{
	size_t i;

	sixpn_out_open_array(out, "allowed_ips");
	for (i = 0; i < peer->allowedip_count; i++) {
		char text[SIXPN_ALLOWEDIP_TEXT_MAX];

		sixpn_format_allowedip(text, &peer->allowedips[i]);
		sixpn_out_string(out, NULL, text, "%s%s", i ? separator : "",
				 text);
	}
	if (!peer->allowedip_count)
		sixpn_out_text(out, "(none)");
	sixpn_out_close(out);
}

void sixpn_print_allowedips_spaced(struct sixpn_out *out,
				   const struct sixpn_peer *peer)
{
	print_allowedips(out, peer, " ");
}

void sixpn_print_allowedips_comma(struct sixpn_out *out,
				  const struct sixpn_peer *peer)
{
	print_allowedips(out, peer, ",");
}

void sixpn_print_latest_handshake(struct sixpn_out *out,
				  const struct sixpn_peer *peer)
{
	uint64_t seconds = peer->last_handshake / 1000000000;

	if (peer->has & SIXPN_PEER_HAS_LAST_HANDSHAKE)
		sixpn_out_number(out, "latest_handshake", seconds,
				 "%" PRIu64, seconds);
	else
		sixpn_out_null(out, "latest_handshake", "0");
}

void sixpn_print_rx_bytes(struct sixpn_out *out, const struct sixpn_peer *peer)
{
	sixpn_out_number(out, "rx_bytes", peer->rx_bytes, "%" PRIu64,
			 peer->rx_bytes);
}

void sixpn_print_tx_bytes(struct sixpn_out *out, const struct sixpn_peer *peer)
{
	sixpn_out_number(out, "tx_bytes", peer->tx_bytes, "%" PRIu64,
			 peer->tx_bytes);
}

void sixpn_print_keepalive(struct sixpn_out *out, const struct sixpn_peer *peer)
{
	if (peer->persistent_keepalive)
		sixpn_out_number(out, "persistent_keepalive",
				 peer->persistent_keepalive, "%u",
				 peer->persistent_keepalive);
	else
		sixpn_out_number(out, "persistent_keepalive", 0, "off");
}

void sixpn_print_json_name(struct sixpn_out *out,
			   const struct sixpn_device *device)
{
	char name[SIXPN_NAME_ROOM];

	sixpn_out_name(out, name, sizeof(name), device->ifname);
	sixpn_out_json_string(out, "name", name);
}
