// SPDX-License-Identifier: GPL-2.0-or-later
#include "desired.h"

#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>

#include "keys.h"
#include "random_model.h"
#include "record_test.h"
#include "sync.h"
#include "test.h"

#define SELF 7U
#define OTHER 8U
#define THIRD 9U
#define NOW 1000000U

#define ATTACHMENT (SIXPN_MACHINE_HAS_IFNAME | SIXPN_MACHINE_HAS_IFINDEX | \
		    SIXPN_MACHINE_HAS_NETNS_FD | SIXPN_MACHINE_HAS_PEER_KEY)

/* --- Hosts. --- */

static void test_host(void)
{
	struct sixpn_device wanted = { 0 };
	struct sixpn_record record;
	const struct sixpn_peer *peer;
	int ret;

	record_test_host(&record, SELF, "fra1");
	ret = sixpn_desired_host(&wanted, SELF, &record.host, 0);
	test_result(!ret && !wanted.peer_count, "this host is no peer");
	record_test_host(&record, OTHER, "fra2");
	ret = sixpn_desired_host(&wanted, SELF, &record.host, 3);
	peer = wanted.peers;
	test_result(!ret && wanted.peer_count == 1 && !wanted.network_count &&
		    peer->has == (SIXPN_PEER_HAS_PUBLIC_KEY |
				  SIXPN_PEER_HAS_KIND |
				  SIXPN_PEER_HAS_HOST_ID) &&
		    peer->kind == SIXPN_PEER_KIND_HOST &&
		    peer->host_id == OTHER && !peer->endpoint_name &&
		    sixpn_key_equal(peer->public_key, record.host.public_key),
		    "another host is a peer of kind host; without endpoints, without");
	sixpn_device_clear(&wanted);
}

static void test_endpoints(void)
{
	static const char *const words[] = {
		"192.0.2.1:51820", "fra2.example:4500", "[2001:db8::1]:1",
	};
	struct sixpn_device wanted = { 0 };
	const struct sixpn_peer *peers;
	struct sixpn_record record;
	unsigned int i;
	int ret = 0;

	record_test_host(&record, OTHER, "fra2");
	record.host.endpoint_count = TEST_COUNT(words);
	for (i = 0; i < TEST_COUNT(words); i++)
		strcpy(record.host.endpoints[i], words[i]);
	for (i = 0; i < 5; i++)
		ret |= sixpn_desired_host(&wanted, SELF, &record.host, i);
	peers = wanted.peers;
	test_result(!ret && wanted.peer_count == 5 &&
		    peers[0].has & SIXPN_PEER_HAS_ENDPOINT &&
		    peers[0].endpoint.v4.sin_family == AF_INET &&
		    peers[0].endpoint.v4.sin_addr.s_addr == htonl(0xc0000201) &&
		    peers[0].endpoint.v4.sin_port == htons(51820) &&
		    !peers[0].endpoint_name,
		    "an endpoint that is an address is set");
	test_result(!ret && !(peers[1].has & SIXPN_PEER_HAS_ENDPOINT) &&
		    peers[1].endpoint_name &&
		    !strcmp(peers[1].endpoint_name, words[1]),
		    "one that is a name is to be looked up");
	test_result(!ret && peers[2].has & SIXPN_PEER_HAS_ENDPOINT &&
		    peers[2].endpoint.v6.sin6_family == AF_INET6 &&
		    sixpn_endpoint_equal(&peers[0].endpoint,
					 &peers[3].endpoint) &&
		    peers[4].endpoint_name,
		    "the number of an endpoint is taken modulo how many there are");
	sixpn_device_clear(&wanted);
}

/* --- Machines. --- */

static void test_network(void)
{
	struct sixpn_device wanted = { 0 };
	int ret;

	ret = sixpn_desired_network(&wanted, 42);
	ret |= sixpn_desired_network(&wanted, 43);
	ret |= sixpn_desired_network(&wanted, 42);
	test_result(!ret && wanted.network_count == 2 &&
		    wanted.networks[0].id == 42 &&
		    wanted.networks[1].id == 43 && !wanted.networks[0].remove,
		    "a network is there once");
	sixpn_device_clear(&wanted);
}

/* Where a machine may be, and what that makes of it. */
static const struct machine_case {
	const char *what;
	uint32_t host, home;
	uint32_t state, attachment;
	const char *ifname, *netns;
	bool nothing;
	uint32_t has, attached, moved_to;
} machine_cases[] = {
	{ "a port in a namespace", SELF, SELF, SIXPN_RUN_STARTED,
	  SIXPN_ATTACHMENT_PORT, "eth6", "web", false,
	  SIXPN_MACHINE_HAS_IFNAME, SIXPN_ATTACHMENT_PORT, 0 },
	{ "a port in the namespace of the agent", SELF, SELF, SIXPN_RUN_STARTED,
	  SIXPN_ATTACHMENT_PORT, "eth6", "", false,
	  SIXPN_MACHINE_HAS_IFNAME, SIXPN_ATTACHMENT_PORT, 0 },
	{ "a netdev that is there", SELF, SELF, SIXPN_RUN_STARTED,
	  SIXPN_ATTACHMENT_BIND, "tap0", "", false,
	  SIXPN_MACHINE_HAS_IFNAME, SIXPN_ATTACHMENT_BIND, 0 },
	{ "the host itself", SELF, SELF, SIXPN_RUN_STARTED,
	  SIXPN_ATTACHMENT_HOST, "", "", false,
	  0, SIXPN_ATTACHMENT_HOST, 0 },
	{ "one that hangs on nothing", SELF, SELF, SIXPN_RUN_STARTED,
	  SIXPN_ATTACHMENT_NONE, "", "", false,
	  0, SIXPN_ATTACHMENT_NONE, 0 },
	{ "one that is stopped has its address only", SELF, SELF,
	  SIXPN_RUN_STOPPED, SIXPN_ATTACHMENT_PORT, "eth6", "web", false,
	  0, SIXPN_ATTACHMENT_NONE, 0 },
	{ "one of another home is attached here", SELF, OTHER,
	  SIXPN_RUN_STARTED, SIXPN_ATTACHMENT_PORT, "eth6", "web", false,
	  SIXPN_MACHINE_HAS_IFNAME, SIXPN_ATTACHMENT_PORT, 0 },
	{ "one that has moved away is forwarded", OTHER, SELF,
	  SIXPN_RUN_STARTED, SIXPN_ATTACHMENT_PORT, "eth6", "web", false,
	  0, SIXPN_ATTACHMENT_NONE, OTHER },
	{ "so is one that is stopped there", OTHER, SELF, SIXPN_RUN_STOPPED,
	  SIXPN_ATTACHMENT_HOST, "", "", false,
	  0, SIXPN_ATTACHMENT_NONE, OTHER },
	{ "one of another host is nothing", OTHER, OTHER, SIXPN_RUN_STARTED,
	  SIXPN_ATTACHMENT_HOST, "", "", true, 0, 0, 0 },
	{ "one that has moved elsewhere is nothing", OTHER, THIRD,
	  SIXPN_RUN_STARTED, SIXPN_ATTACHMENT_HOST, "", "", true, 0, 0, 0 },
};

static bool is_nothing(const struct sixpn_device *device)
{
	return !device->peer_count && !device->network_count &&
	       !device->machine_count && !device->route_count;
}

static bool is_machine(const struct sixpn_device *device,
		       const struct machine_case *wanted,
		       const struct in6_addr *address)
{
	const struct sixpn_machine *machine = device->machines;
	const char *netns = wanted->attached == SIXPN_ATTACHMENT_PORT &&
			    wanted->netns[0] ? wanted->netns : NULL;

	return device->network_count == 1 && device->networks[0].id == 42 &&
	       device->machine_count == 1 && machine->network == 42 &&
	       machine->has == (SIXPN_MACHINE_HAS_NETWORK |
				SIXPN_MACHINE_HAS_NAME |
				SIXPN_MACHINE_HAS_ADDRESS |
				SIXPN_MACHINE_HAS_ATTACHMENT |
				SIXPN_MACHINE_HAS_MOVED_TO | wanted->has) &&
	       !memcmp(&machine->address, address, sizeof(*address)) &&
	       !strcmp(machine->name, "web-1") &&
	       machine->attachment == wanted->attached &&
	       machine->moved_to == wanted->moved_to && machine->reattach &&
	       (!wanted->has || !strcmp(machine->ifname, wanted->ifname)) &&
	       (netns ? machine->netns && !strcmp(machine->netns, netns) :
			!machine->netns);
}

static void test_machine(const struct machine_case *wanted)
{
	struct sixpn_record_machine *machine;
	struct sixpn_device device = { 0 };
	struct sixpn_record record;
	int ret;

	record_test_machine(&record, 42, wanted->home, 5, "web-1");
	machine = &record.machine;
	machine->host = wanted->host;
	machine->state = wanted->state;
	machine->attachment = wanted->attachment;
	strcpy(machine->ifname, wanted->ifname);
	strcpy(machine->netns, wanted->netns);
	ret = sixpn_desired_machine(&device, SELF, machine);
	test_result(!ret && (wanted->nothing ? is_nothing(&device) :
			     is_machine(&device, wanted, &machine->address)),
		    "machine: %s", wanted->what);
	sixpn_device_clear(&device);
}

/* --- Clients. --- */

static void test_client(void)
{
	struct sixpn_device wanted = { 0 };
	const struct sixpn_machine *machine;
	struct sixpn_record_client *client;
	struct sixpn_record record;
	const struct sixpn_peer *peer;
	int ret;

	record_test_client(&record, 42, SELF, 3, "laptop");
	client = &record.client;
	ret = sixpn_desired_client(&wanted, SELF, client, 300, NOW);
	peer = wanted.peers;
	machine = wanted.machines;
	test_result(!ret && wanted.peer_count == 1 &&
		    peer->has == (SIXPN_PEER_HAS_PUBLIC_KEY |
				  SIXPN_PEER_HAS_KIND |
				  SIXPN_PEER_HAS_IDLE_EXPIRY) &&
		    peer->kind == SIXPN_PEER_KIND_CLIENT &&
		    peer->idle_expiry == 300 &&
		    sixpn_key_equal(peer->public_key, client->public_key),
		    "a client is a peer of kind client with its idle expiry");
	test_result(!ret && wanted.machine_count == 1 &&
		    wanted.network_count == 1 && wanted.networks[0].id == 42 &&
		    machine->has == (SIXPN_MACHINE_HAS_NETWORK |
				     SIXPN_MACHINE_HAS_ADDRESS |
				     SIXPN_MACHINE_HAS_ATTACHMENT |
				     SIXPN_MACHINE_HAS_PEER_KEY |
				     SIXPN_MACHINE_HAS_MOVED_TO) &&
		    machine->network == 42 && !machine->moved_to &&
		    machine->attachment == SIXPN_ATTACHMENT_CLIENT &&
		    !memcmp(&machine->address, &client->address,
			    sizeof(client->address)) &&
		    sixpn_key_equal(machine->peer_key, client->public_key),
		    "its machine hangs on the peer");
	sixpn_device_clear(&wanted);

	memset(client->preshared_key, 5, SIXPN_KEY_LEN);
	ret = sixpn_desired_client(&wanted, SELF, client, 0, NOW);
	peer = wanted.peers;
	test_result(!ret && wanted.peer_count == 1 &&
		    peer->has & SIXPN_PEER_HAS_PRESHARED_KEY &&
		    sixpn_key_equal(peer->preshared_key,
				    client->preshared_key) &&
		    peer->has & SIXPN_PEER_HAS_IDLE_EXPIRY &&
		    !peer->idle_expiry,
		    "with its preshared key, and for ever");
	sixpn_device_clear(&wanted);
}

static void test_client_elsewhere(void)
{
	struct sixpn_device wanted = { 0 };
	const struct sixpn_machine *machine;
	struct sixpn_record_client *client;
	struct sixpn_record record;
	int ret;

	record_test_client(&record, 42, OTHER, 3, "laptop");
	client = &record.client;
	ret = sixpn_desired_client(&wanted, SELF, client, 300, NOW);
	test_result(!ret && is_nothing(&wanted),
		    "a client of another gateway is nothing");
	client->gateway = SELF;
	ret = sixpn_desired_client(&wanted, SELF, client, 300, NOW);
	test_result(!ret && wanted.peer_count == 1 &&
		    wanted.machine_count == 1 &&
		    wanted.machines[0].attachment == SIXPN_ATTACHMENT_CLIENT &&
		    !memcmp(&wanted.machines[0].address, &client->address,
			    sizeof(client->address)),
		    "a client of another home keeps its address here");
	sixpn_device_clear(&wanted);
	ret = sixpn_desired_client(&wanted, OTHER, client, 300, NOW);
	machine = wanted.machines;
	test_result(!ret && !wanted.peer_count && wanted.network_count == 1 &&
		    wanted.machine_count == 1 && machine->moved_to == SELF &&
		    machine->attachment == SIXPN_ATTACHMENT_NONE &&
		    !(machine->has & ATTACHMENT) &&
		    !memcmp(&machine->address, &client->address,
			    sizeof(client->address)),
		    "at its home it is an address that is forwarded");
	sixpn_device_clear(&wanted);
}

static void test_client_expired(void)
{
	struct sixpn_device wanted = { 0 };
	struct sixpn_record record;
	int ret;

	record_test_client(&record, 42, SELF, 3, "laptop");
	record.client.expires = NOW + 1;
	ret = sixpn_desired_client(&wanted, SELF, &record.client, 300, NOW);
	test_result(!ret && wanted.peer_count == 1,
		    "a client is one until it expires");
	sixpn_device_clear(&wanted);
	record.client.expires = NOW;
	ret = sixpn_desired_client(&wanted, SELF, &record.client, 300, NOW);
	record.client.gateway = OTHER;
	ret |= sixpn_desired_client(&wanted, SELF, &record.client, 300, NOW);
	test_result(!ret && is_nothing(&wanted),
		    "from that second on it is nothing, here and where it moved from");
	sixpn_device_clear(&wanted);
}

/* --- Moved. --- */

static void test_moved(void)
{
	const struct sixpn_record_moved moved = {
		.network = 42, .home = OTHER, .machine = 5, .host = THIRD,
	};
	struct sixpn_device wanted = { 0 };
	struct in6_addr address;
	int ret;

	ret = sixpn_desired_moved(&wanted, SELF, &moved);
	test_result(!ret && is_nothing(&wanted),
		    "what has moved in a network that is not here is nothing");
	ret = sixpn_desired_network(&wanted, 42);
	ret |= sixpn_desired_moved(&wanted, OTHER, &moved);
	ret |= sixpn_desired_moved(&wanted, THIRD, &moved);
	test_result(!ret && !wanted.route_count,
		    "neither at its home nor where it is a route leads to it");
	ret = sixpn_desired_moved(&wanted, SELF, &moved);
	sixpn_addr_build(&address, 42, OTHER, 5, 0);
	test_result(!ret && wanted.route_count == 1 &&
		    wanted.routes[0].host_id == THIRD &&
		    !wanted.routes[0].remove &&
		    !memcmp(&wanted.routes[0].address, &address,
			    sizeof(address)),
		    "elsewhere a route does");
	sixpn_device_clear(&wanted);
}

/* --- All of it. --- */

#define MANY 40U

static int add_hosts(struct sixpn_device *wanted)
{
	struct sixpn_record record;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < MANY; i++) {
		record_test_host(&record, SELF + i, "host");
		sprintf(record.host.endpoints[0], "192.0.2.%u:51820", i + 1);
		record.host.endpoint_count = 1;
		ret |= sixpn_desired_host(wanted, SELF, &record.host, 0);
	}
	return ret;
}

static int add_inhabitants(struct sixpn_device *wanted)
{
	struct sixpn_record record;
	unsigned int i;
	char name[16];
	int ret = 0;

	for (i = 0; i < MANY; i++) {
		sprintf(name, "web-%u", i);
		record_test_machine(&record, 42 + i % 3, SELF + i % 2, 100 + i,
				    name);
		/* A port is always planned: whether it is in the right
		 * namespace is not told here.
		 */
		record.machine.attachment = i % 4 ? SIXPN_ATTACHMENT_BIND :
						    SIXPN_ATTACHMENT_NONE;
		if (i % 4)
			sprintf(record.machine.ifname, "tap%u", i);
		record.machine.host = SELF + (i + i / 8) % 2;
		ret |= sixpn_desired_machine(wanted, SELF, &record.machine);
		record_test_client(&record, 44 + i % 3, SELF, (uint8_t)(150 + i),
				   name);
		if (i % 2)
			memset(record.client.preshared_key, 3, SIXPN_KEY_LEN);
		record.client.gateway = SELF + (i / 4) % 2;
		ret |= sixpn_desired_client(wanted, SELF, &record.client, 300,
					    NOW);
	}
	return ret;
}

static int add_moved(struct sixpn_device *wanted)
{
	int ret = 0;
	unsigned int i;

	for (i = 0; i < MANY; i++) {
		const struct sixpn_record_moved moved = {
			.network = 42 + i % 7, .home = SELF + i % 5,
			.machine = 200 + i, .host = SELF + (i + 1) % 5,
		};

		ret |= sixpn_desired_moved(wanted, SELF, &moved);
	}
	return ret;
}

/* What the kernel tells of it. */
static void as_read(struct sixpn_device *device)
{
	size_t i;

	for (i = 0; i < device->machine_count; i++) {
		struct sixpn_machine *machine = &device->machines[i];

		if (machine->attachment == SIXPN_ATTACHMENT_BIND) {
			machine->ifindex = 10 + (uint32_t)i;
			machine->has |= SIXPN_MACHINE_HAS_IFINDEX;
		}
	}
}

static void test_whole(void)
{
	struct sixpn_device wanted = { 0 }, now = { 0 }, plan = { 0 };
	int ret;

	ret = add_hosts(&wanted);
	ret |= add_inhabitants(&wanted);
	ret |= add_moved(&wanted);
	ret |= add_hosts(&now);
	ret |= add_inhabitants(&now);
	ret |= add_moved(&now);
	as_read(&now);
	test_result(!ret && wanted.peer_count > MANY &&
		    wanted.network_count == 5 && wanted.machine_count > MANY &&
		    wanted.route_count > MANY / 4,
		    "a device is built from records of all kinds");
	ret = sixpn_sync_plan(&plan, &now, &wanted);
	ret |= sixpn_sync_plan_objects(&plan, &now, &wanted, true);
	test_result(!ret && sixpn_sync_is_empty(&plan) && is_nothing(&plan),
		    "once it is so, there is nothing to do");
	sixpn_device_clear(&wanted);
	sixpn_device_clear(&now);
	sixpn_device_clear(&plan);
}

void test_desired(void)
{
	size_t i;

	test_host();
	test_endpoints();
	test_network();
	for (i = 0; i < TEST_COUNT(machine_cases); i++)
		test_machine(&machine_cases[i]);
	test_client();
	test_client_elsewhere();
	test_client_expired();
	test_moved();
	test_whole();
}
