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

/* The key in text; in JSON kind, host id and idle expiry beside it. */
void sixpn_print_peer_itself(struct sixpn_out *out,
			     const struct sixpn_peer *peer);
void sixpn_print_kind(struct sixpn_out *out, const struct sixpn_peer *peer);
void sixpn_print_peer_host_id(struct sixpn_out *out,
			      const struct sixpn_peer *peer);
void sixpn_print_idle_expiry(struct sixpn_out *out,
			     const struct sixpn_peer *peer);
void sixpn_print_peer_drops(struct sixpn_out *out,
			    const struct sixpn_peer *peer);
void sixpn_print_host_id(struct sixpn_out *out,
			 const struct sixpn_device *device);

/* One object: its columns, separated by tabs; in JSON, an object. */
void sixpn_print_network(struct sixpn_out *out,
			 const struct sixpn_network *network);
void sixpn_print_machine(struct sixpn_out *out,
			 const struct sixpn_machine *machine);
void sixpn_print_route(struct sixpn_out *out, const struct sixpn_route *route);

/* Its fields inside an object that the caller opened; nothing in text. */
void sixpn_print_machine_json(struct sixpn_out *out,
			      const struct sixpn_machine *machine);

/* The JSON object "drops": reason to packets. Nothing in text. */
void sixpn_print_drops_json(struct sixpn_out *out,
			    const struct sixpn_device *device);

/* The field "name" of the innermost object, text by the caller. */
void sixpn_print_json_name(struct sixpn_out *out,
			   const struct sixpn_device *device);

/* A device as paragraphs for people; in JSON, one object with all of it. */
void sixpn_print_device(struct sixpn_out *out,
			const struct sixpn_device *device, bool hide_keys);

#endif
