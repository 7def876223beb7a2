// SPDX-License-Identifier: GPL-2.0-or-later
#include "whois.h"

#include <stdio.h>
#include <string.h>

#include "keys.h"
#include "parse.h"
#include "test.h"

/*
 * Host 7 of networks 1 and 2. Peers: host 8, host 9, and a site. Machines in
 * network 1: 5 is here, 6 has moved to host 8, and one came from host 9. An
 * exception: machine 77 of host 8 is at host 9.
 */
static struct sixpn_peer *add_peer(struct sixpn_device *device, uint8_t number,
				   uint32_t kind, uint32_t host_id,
				   const char *allowedips)
{
	struct sixpn_peer *peer = sixpn_device_add_peer(device);

	memset(peer->public_key, number, SIXPN_KEY_LEN);
	peer->has = SIXPN_PEER_HAS_PUBLIC_KEY | SIXPN_PEER_HAS_KIND;
	peer->kind = kind;
	peer->host_id = host_id;
	if (host_id)
		peer->has |= SIXPN_PEER_HAS_HOST_ID;
	sixpn_parse_allowedips(peer, NULL, NULL, allowedips,
			       strlen(allowedips), NULL);
	return peer;
}

static void add_machine(struct sixpn_device *device, const char *address,
			uint32_t moved_to)
{
	struct sixpn_machine *machine = sixpn_device_add_machine(device);

	sixpn_parse_6pn(&machine->address, address, strlen(address));
	machine->has = SIXPN_MACHINE_HAS_ADDRESS;
	machine->moved_to = moved_to;
}

static void make_device(struct sixpn_device *device)
{
	static const char prefix[] = "fdaa:0:1:0:8:0:4d:0";
	struct sixpn_route *route;
	uint32_t id;

	device->has = SIXPN_DEVICE_HAS_HOST_ID;
	device->host_id = 7;
	for (id = 1; id <= 2; id++)
		sixpn_device_add_network(device)->id = id;
	device->kernel_network_count = 2;
	add_peer(device, 1, SIXPN_PEER_KIND_HOST, 8, "fdaa::/16");
	add_peer(device, 2, SIXPN_PEER_KIND_HOST, 9, "10.0.0.0/8");
	add_peer(device, 3, SIXPN_PEER_KIND_SITE, 0, "10.1.0.0/16,2001:db8::/32");
	add_machine(device, "fdaa:0:1:0:7:0:5:2", 0);
	add_machine(device, "fdaa:0:1:0:7:0:6:2", 8);
	add_machine(device, "fdaa:0:1:0:9:0:5:2", 0);
	route = sixpn_device_add_route(device);
	sixpn_parse_route(&route->address, prefix, strlen(prefix));
	route->host_id = 9;
}

static const struct {
	const char *address;
	enum sixpn_whois_where where;
	uint32_t via;
	uint8_t peer;		/* each byte of its key, 0 for none */
	bool machine;
} rows[] = {
	{ "fdaa::3", SIXPN_WHOIS_RESOLVER, 0, 0, false },
	{ "fdaa:0:1::3", SIXPN_WHOIS_RESOLVER, 0, 0, false },
	{ "fdaa:0:3::3", SIXPN_WHOIS_NO_NETWORK, 0, 0, false },
	{ "fdaa::4", SIXPN_WHOIS_WELL_KNOWN, 0, 0, false },
	{ "fdaa:0:0:0:7:0:5:2", SIXPN_WHOIS_WELL_KNOWN, 0, 0, false },
	{ "fdaa:0:1::53", SIXPN_WHOIS_WELL_KNOWN, 0, 0, false },
	{ "fdaa:0:1:0:1::9", SIXPN_WHOIS_SERVICE, 0, 0, false },
	{ "fdaa:0:1:0:7::2", SIXPN_WHOIS_SELF, 0, 0, false },
	{ "fdaa:0:1:0:7:0:5:2", SIXPN_WHOIS_MACHINE, 0, 0, true },
	{ "fdaa:0:1:0:7:0:5:ffff", SIXPN_WHOIS_MACHINE, 0, 0, true },
	{ "fdaa:0:1:0:7:0:6:2", SIXPN_WHOIS_MACHINE, 8, 1, true },
	{ "fdaa:0:1:0:9:0:5:2", SIXPN_WHOIS_MACHINE, 0, 0, true },
	{ "fdaa:0:2:0:7:0:5:2", SIXPN_WHOIS_NO_MACHINE, 0, 0, false },
	{ "fdaa:0:1:0:8:0:4d:2", SIXPN_WHOIS_ROUTE, 9, 2, false },
	{ "fdaa:0:1:0:8:0:4e:2", SIXPN_WHOIS_HOST, 8, 1, false },
	{ "fdaa:0:2:0:8:0:4d:2", SIXPN_WHOIS_HOST, 8, 1, false },
	{ "fdaa:0:1:0:a:0:5:2", SIXPN_WHOIS_NO_HOST, 10, 0, false },
	{ "10.0.0.1", SIXPN_WHOIS_ALLOWED_IP, 0, 2, false },
	{ "10.1.0.1", SIXPN_WHOIS_ALLOWED_IP, 0, 3, false },
	{ "2001:db8::1", SIXPN_WHOIS_ALLOWED_IP, 0, 3, false },
	{ "11.0.0.1", SIXPN_WHOIS_NOWHERE, 0, 0, false },
};

static void look_up(const struct sixpn_device *device, const char *text,
		    struct sixpn_whois *whois)
{
	struct sixpn_allowedip address;

	sixpn_parse_allowedip(&address, NULL, text, strlen(text));
	sixpn_whois(whois, device, &address);
}

void test_whois(void)
{
	struct sixpn_device device = { 0 };
	struct sixpn_whois whois;
	size_t i;

	make_device(&device);
	for (i = 0; i < TEST_COUNT(rows); i++) {
		look_up(&device, rows[i].address, &whois);
		test_result(whois.where == rows[i].where &&
			    whois.via == rows[i].via &&
			    (whois.peer ? whois.peer->public_key[0] : 0) ==
			    rows[i].peer &&
			    (whois.machine != NULL) == rows[i].machine,
			    "whois: %s", rows[i].address);
	}
	device.kernel_network_count = 0;
	look_up(&device, "fdaa:0:1:0:7:0:5:2", &whois);
	test_result(whois.where == SIXPN_WHOIS_ALLOWED_IP &&
		    whois.peer->public_key[0] == 1,
		    "whois: without networks allowed-ips are all there is");
	sixpn_device_clear(&device);
}
