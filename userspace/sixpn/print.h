/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The values of a device and of a peer, one function for each: text as wg(8)
 * prints it in its columns, and a JSON field.
 */
#ifndef SIXPN_PRINT_H
#define SIXPN_PRINT_H

#include "model.h"
#include "out.h"

/* Room for an interface name with every byte escaped. */
#define SIXPN_NAME_ROOM (IFNAMSIZ * 4 + 1)


void sixpn_print_public_key(struct sixpn_out *out,
			    const struct sixpn_device *device);
void sixpn_print_private_key(struct sixpn_out *out,
			     const struct sixpn_device *device);
void sixpn_print_listen_port(struct sixpn_out *out,
			     const struct sixpn_device *device);
void sixpn_print_fwmark(struct sixpn_out *out,
			const struct sixpn_device *device);

void sixpn_print_peer_key(struct sixpn_out *out, const struct sixpn_peer *peer);
void sixpn_print_preshared_key(struct sixpn_out *out,
			       const struct sixpn_peer *peer);
void sixpn_print_endpoint(struct sixpn_out *out, const struct sixpn_peer *peer);
void sixpn_print_allowedips_spaced(struct sixpn_out *out,
				   const struct sixpn_peer *peer);
void sixpn_print_allowedips_comma(struct sixpn_out *out,
				  const struct sixpn_peer *peer);
void sixpn_print_latest_handshake(struct sixpn_out *out,
				  const struct sixpn_peer *peer);
void sixpn_print_rx_bytes(struct sixpn_out *out, const struct sixpn_peer *peer);
void sixpn_print_tx_bytes(struct sixpn_out *out, const struct sixpn_peer *peer);
void sixpn_print_keepalive(struct sixpn_out *out,
			   const struct sixpn_peer *peer);

/* The field "name" of the innermost object, text by the caller. */
void sixpn_print_json_name(struct sixpn_out *out,
			   const struct sixpn_device *device);

/* A device as paragraphs for people; in JSON, one object with all of it. */
void sixpn_print_device(struct sixpn_out *out,
			const struct sixpn_device *device, bool hide_keys);

#endif
