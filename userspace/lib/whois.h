/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose an inner address is, and where packets for it go: as the data path
 * decides, told from what has been read.
 */
#ifndef SIXPN_LIB_WHOIS_H
#define SIXPN_LIB_WHOIS_H

#include <sixpn/addr.h>

#include "model.h"

/**
 * enum sixpn_whois_where - where an address is
 *
 * @SIXPN_WHOIS_NOWHERE: nobody has it
 * @SIXPN_WHOIS_RESOLVER: the resolver, on this host
 * @SIXPN_WHOIS_WELL_KNOWN: reserved, and nothing answers
 * @SIXPN_WHOIS_SERVICE: a service address (Flycast)
 * @SIXPN_WHOIS_NO_NETWORK: the device does not have its network
 * @SIXPN_WHOIS_SELF: this host itself, machine 0
 * @SIXPN_WHOIS_MACHINE: a machine of this device; see its attachment and state
 * @SIXPN_WHOIS_NO_MACHINE: of this host, and there is no such machine
 * @SIXPN_WHOIS_ROUTE: a machine that has moved, found by an exception route
 * @SIXPN_WHOIS_HOST: at another host, which is a peer
 * @SIXPN_WHOIS_NO_HOST: at a host that is no peer
 * @SIXPN_WHOIS_ALLOWED_IP: no 6PN address; a peer has it in its allowed-ips
 */
enum sixpn_whois_where {
	SIXPN_WHOIS_NOWHERE,
	SIXPN_WHOIS_RESOLVER,
	SIXPN_WHOIS_WELL_KNOWN,
	SIXPN_WHOIS_SERVICE,
	SIXPN_WHOIS_NO_NETWORK,
	SIXPN_WHOIS_SELF,
	SIXPN_WHOIS_MACHINE,
	SIXPN_WHOIS_NO_MACHINE,
	SIXPN_WHOIS_ROUTE,
	SIXPN_WHOIS_HOST,
	SIXPN_WHOIS_NO_HOST,
	SIXPN_WHOIS_ALLOWED_IP,
};

/**
 * struct sixpn_whois - an answer; pointers are into the device
 * @is_6pn: @parts is valid
 * @machine: for SIXPN_WHOIS_MACHINE
 * @via: id of the host that has it, if it is not here; else 0
 * @peer: that host or, by its allowed-ips, the peer; NULL if there is none
 */
struct sixpn_whois {
	enum sixpn_whois_where where;
	bool is_6pn;
	struct sixpn_addr parts;
	const struct sixpn_machine *machine;
	uint32_t via;
	const struct sixpn_peer *peer;
};

/**
 * sixpn_whois() - look up an address
 * @device: head and peers; of networks, machines and routes at least those that
 *	@address is in
 * @address: as an allowed-ip, of full length
 */
void sixpn_whois(struct sixpn_whois *whois, const struct sixpn_device *device,
		 const struct sixpn_allowedip *address);

#endif
