// SPDX-License-Identifier: GPL-2.0-or-later
#include "whois.h"

#include <string.h>

static bool has_network(const struct sixpn_device *device, uint32_t id)
{
	size_t i;

	for (i = 0; i < device->network_count; i++)
		if (device->networks[i].id == id)
			return true;
	return false;
}

static const struct sixpn_machine *find_machine(const struct sixpn_device *device,
						const struct in6_addr *address)
{
	size_t i;

	for (i = 0; i < device->machine_count; i++)
		if (sixpn_addr_same_machine(&device->machines[i].address,
					    address))
			return &device->machines[i];
	return NULL;
}

static const struct sixpn_route *find_route(const struct sixpn_device *device,
					    const struct in6_addr *address)
{
	size_t i;

	for (i = 0; i < device->route_count; i++)
		if (sixpn_addr_same_machine(&device->routes[i].address,
					    address))
			return &device->routes[i];
	return NULL;
}

static void look_up_6pn(struct sixpn_whois *whois,
			const struct sixpn_device *device,
			const struct in6_addr *address)
{
	const struct sixpn_addr *parts = &whois->parts;
	const struct sixpn_route *route;

	if (parts->network != SIXPN_NETWORK_NONE &&
	    !has_network(device, parts->network)) {
		whois->where = SIXPN_WHOIS_NO_NETWORK;
		return;
	}
	if (sixpn_addr_is_resolver(address)) {
		whois->where = SIXPN_WHOIS_RESOLVER;
		return;
	}
	if (parts->network == SIXPN_NETWORK_NONE ||
	    parts->host == SIXPN_HOST_WELLKNOWN) {
		whois->where = SIXPN_WHOIS_WELL_KNOWN;
		return;
	}
	if (parts->host == SIXPN_HOST_FLYCAST) {
		whois->where = SIXPN_WHOIS_SERVICE;
		return;
	}
	/* A machine of this device goes before a route. */
	whois->machine = find_machine(device, address);
	if (whois->machine) {
		whois->where = SIXPN_WHOIS_MACHINE;
		whois->via = whois->machine->moved_to;
		whois->peer = sixpn_device_host_peer(device, whois->via);
		return;
	}
	route = find_route(device, address);
	if (route) {
		whois->where = SIXPN_WHOIS_ROUTE;
		whois->via = route->host_id;
		whois->peer = sixpn_device_host_peer(device, whois->via);
		return;
	}
	if (device->has & SIXPN_DEVICE_HAS_HOST_ID &&
	    device->host_id == parts->host) {
		whois->where = parts->machine == SIXPN_MACHINE_HOST ?
			       SIXPN_WHOIS_SELF : SIXPN_WHOIS_NO_MACHINE;
		return;
	}
	whois->via = parts->host;
	whois->peer = sixpn_device_host_peer(device, whois->via);
	whois->where = whois->peer ? SIXPN_WHOIS_HOST : SIXPN_WHOIS_NO_HOST;
}

static bool covers(const struct sixpn_allowedip *prefix,
		   const struct sixpn_allowedip *address)
{
	struct sixpn_allowedip masked = *address;

	if (prefix->family != address->family)
		return false;
	masked.prefix_len = prefix->prefix_len;
	sixpn_allowedip_mask(&masked);
	return !sixpn_allowedip_compare(&masked, prefix);
}

static void look_up_allowedip(struct sixpn_whois *whois,
			      const struct sixpn_device *device,
			      const struct sixpn_allowedip *address)
{
	int longest = -1;
	size_t i, j;

	for (i = 0; i < device->peer_count; i++) {
		const struct sixpn_peer *peer = &device->peers[i];

		for (j = 0; j < peer->allowedip_count; j++) {
			if (peer->allowedips[j].prefix_len <= longest ||
			    !covers(&peer->allowedips[j], address))
				continue;
			longest = peer->allowedips[j].prefix_len;
			whois->where = SIXPN_WHOIS_ALLOWED_IP;
			whois->peer = peer;
		}
	}
}

void sixpn_whois(struct sixpn_whois *whois, const struct sixpn_device *device,
		 const struct sixpn_allowedip *address)
{
	memset(whois, 0, sizeof(*whois));
	if (address->family == AF_INET6 &&
	    sixpn_addr_parse(&address->address.v6, &whois->parts))
		whois->is_6pn = true;
	/* Without networks it is a WireGuard device, to which all are alike. */
	if (whois->is_6pn && device->kernel_network_count)
		look_up_6pn(whois, device, &address->address.v6);
	else
		look_up_allowedip(whois, device, address);
}
