// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sixpn/addr.h>

#include "random_model.h"
#include "test.h"

#define K1 "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAUA="
#define K2 "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAkA="

/* What a file means, told as showconf would; or the complaint. */
static const struct {
	const char *name, *text, *wanted;
	bool good;
} rows[] = {
	{ "empty", "", "[Interface]\n\n", true },
	{ "no newline at the end", "[Interface]\nListenPort=5",
	  "[Interface]\nListenPort = 5\n\n", true },
	{ "case, white space, comments",
	  "# a\n\n [ inter face ]\r\n listenport = 5 # b\nFWMARK\t=0xA\n",
	  "[Interface]\nListenPort = 5\nFwMark = 0xa\n\n", true },
	{ "all fields",
	  "[Interface]\nPrivateKey=" K1 "\nFwMark=off\n[Peer]\n"
	  "AllowedIPs=10.0.0.1/8,::/0\nPublicKey=" K2 "\n"
	  "PresharedKey=" K1 "\nAllowedIPs=1.2.3.4\n"
	  "Endpoint=[2001:db8::1]:5\nPersistentKeepalive=25\n",
	  "[Interface]\nPrivateKey = " K1 "\n\n[Peer]\nPublicKey = " K2
	  "\nPresharedKey = " K1 "\nAllowedIPs = 10.0.0.0/8, ::/0, 1.2.3.4/32\n"
	  "Endpoint = [2001:db8::1]:5\nPersistentKeepalive = 25\n", true },
	{ "sections again",
	  "[Interface]\nListenPort=4\n[Peer]\nPublicKey=" K1
	  "\n[Interface]\nFwMark=3\n[Peer]\nPublicKey=" K2 "\n",
	  "[Interface]\nListenPort = 4\nFwMark = 0x3\n\n[Peer]\nPublicKey = " K1
	  "\n\n[Peer]\nPublicKey = " K2 "\n", true },
	{ "empty list of allowed ips",
	  "[Peer]\nPublicKey=" K1 "\nAllowedIPs =\n",
	  "[Interface]\n\n[Peer]\nPublicKey = " K1 "\n", true },
	{ "keepalive off", "[Peer]\nPublicKey=" K1 "\nPersistentKeepalive=off",
	  "[Interface]\n\n[Peer]\nPublicKey = " K1 "\n", true },
	{ "the last endpoint counts",
	  "[Peer]\nPublicKey=" K1 "\nEndpoint=host:5\nEndpoint=1.2.3.4:5",
	  "[Interface]\n\n[Peer]\nPublicKey = " K1 "\nEndpoint = 1.2.3.4:5\n",
	  true },
	{ "kinds of peers",
	  "[Interface]\nHostId=0x10\n[Peer]\nPublicKey=" K1
	  "\nKind=host\nHostId=auto\n[Peer]\nPublicKey=" K2
	  "\nKind=client\nIdleExpiry=600\n",
	  "[Interface]\n\n[Peer]\nPublicKey = " K1 "\nKind = host\n"
	  "\n[Peer]\nPublicKey = " K2 "\nKind = client\nIdleExpiry = 600\n",
	  true },
	{ "networks, machines and routes",
	  "[Network]\nId=0x2a\n[Machine]\nNetwork=42\nName=web\nPort=eth6\n"
	  "NetNS=web\n[machine]\naddress=fdaa:0:2a:0:7:0:5:2\nname=db\n"
	  "bind=tap0\n[Machine]\nNetwork=42\nId=5\nClient=" K1
	  "\n[Machine]\nNetwork=42\nAttachment=host\nMovedTo=9\n"
	  "[Route]\nVia=8\nAddress=fdaa:0:2a:0:7:0:6:2\n",
	  "[Interface]\n\n[Network]\nId = 42\n\n[Machine]\nNetwork = 42\n"
	  "Name = web\nPort = eth6\nNetNS = web\n\n[Machine]\nNetwork = 42\n"
	  "Name = db\nAddress = fdaa:0:2a:0:7:0:5:2\nBind = tap0\n"
	  "\n[Machine]\nNetwork = 42\nId = 5\nClient = " K1
	  "\n\n[Machine]\nNetwork = 42\nAttachment = host\nMovedTo = 9\n"
	  "\n[Route]\nAddress = fdaa:0:2a:0:7:0:6:0/112\nVia = 8\n", true },
	{ "network 0", "[Network]\nId=0\n",
	  "line 2: network is not 1-4294967295: '0'", false },
	{ "network without an id", "\n[Network]\n[Network]\nId=1\n",
	  "line 2: this [Network] has no Id", false },
	{ "host id 1", "[Interface]\nHostId=1\n",
	  "line 2: host id is not auto or 2-4294967295: '1'", false },
	{ "unknown kind", "[Peer]\nPublicKey=" K1 "\nKind=hosts\n",
	  "line 3: kind is not site, host or client: 'hosts'", false },
	{ "idle expiry of 2^20+1", "[Peer]\nIdleExpiry=1048577\n",
	  "line 2: idle expiry is not off or 0-1048576 seconds: '1048577'",
	  false },
	{ "machine in no network", "[Machine]\nName=web\n",
	  "line 1: this [Machine] has no Network", false },
	{ "machine with a bad name", "[Machine]\nName=-web\n",
	  "line 2: not the name of a machine: '-web'", false },
	{ "machine with a foreign address", "[Machine]\nAddress=fdab::1\n",
	  "line 2: not an address in fdaa::/16: 'fdab::1'", false },
	{ "machine attached twice", "[Machine]\nNetwork=1\nBind=a\nPort=b\n",
	  "line 4: this [Machine] is attached twice", false },
	{ "namespace without a port",
	  "[Machine]\nNetwork=1\nNetNS=b\n[Network]\n",
	  "line 1: this [Machine] has no Port beside its NetNS", false },
	{ "empty namespace", "[Machine]\nNetNS=\n",
	  "line 2: not a network namespace: ''", false },
	{ "namespace that speaks to a terminal",
	  "[Machine]\nNetNS=a\033[2J\n",
	  "line 2: not a network namespace: 'a\033[2J'", false },
	{ "port that no file could hold", "[Machine]\nPort=t\377\n",
	  "line 2: not an interface name: 't\377'", false },
	{ "bad attachment", "[Machine]\nAttachment=port\n",
	  "line 2: attachment is not none or host: 'port'", false },
	{ "machine with an address of no network",
	  "[Machine]\nAddress=fdaa::2\n",
	  "line 2: not an address in a network: 'fdaa::2'", false },
	{ "route to no network", "[Route]\nAddress=fdaa::/112\nVia=3\n",
	  "line 2: not an address in a network: 'fdaa::/112'", false },
	{ "route without a host", "[Route]\nAddress=fdaa:0:1::1\n",
	  "line 1: this [Route] has no Via", false },
	{ "route without an address", "[Route]\nVia=3\n",
	  "line 1: this [Route] has no Address", false },
	{ "route of another length", "[Route]\nAddress=fdaa::/48\n",
	  "line 2: not a /112 in fdaa::/16: 'fdaa::/48'", false },
	{ "field of a machine in a network", "[Network]\nName=a\n",
	  "line 2: Name belongs in a section [Machine]", false },
	{ "field before any section", "ListenPort=4\n",
	  "line 1: ListenPort belongs in a section [Interface]", false },
	{ "field of the other section", "[Interface]\n\nEndpoint=1.2.3.4:5\n",
	  "line 3: Endpoint belongs in a section [Peer]", false },
	{ "device field in a peer", "[Peer]\nListenPort=4\n",
	  "line 2: ListenPort belongs in a section [Interface]", false },
	{ "unknown section", "[Foo]\n", "line 1: not understood: '[Foo]'",
	  false },
	{ "unknown field", "[Interface]\nMTU=4\n",
	  "line 2: not understood: 'MTU'", false },
	{ "no equals sign", "[Interface]\nListenPort 4\n",
	  "line 2: not understood: 'ListenPort4'", false },
	{ "a bare key is not repeated", K1 "\n", "line 1: not understood",
	  false },
	{ "bad port", "[Interface]\nListenPort=65536\n",
	  "line 2: port is not 0-65535: '65536'", false },
	{ "empty port", "[Interface]\nListenPort=\n",
	  "line 2: port is not 0-65535: ''", false },
	{ "bad mark", "[Interface]\nFwMark=0x\n",
	  "line 2: fwmark is not off or 0-0xffffffff: '0x'", false },
	{ "bad private key is not repeated", "[Interface]\nPrivateKey=abc\n",
	  "line 2: not a key of 44 base64 characters", false },
	{ "bad public key", "[Peer]\nPublicKey=abc\n", "line 2: not a key: 'abc'",
	  false },
	{ "bad preshared key", "[Peer]\nPublicKey=" K1 "\nPresharedKey=\n",
	  "line 3: not a key of 44 base64 characters", false },
	{ "bad allowed ip", "[Peer]\nPublicKey=" K1 "\nAllowedIPs=1.2.3.4,x\n",
	  "line 3: not an allowed ip: 'x'", false },
	{ "signed allowed ip", "[Peer]\nPublicKey=" K1 "\nAllowedIPs=+1.2.3.4\n",
	  "line 3: not an allowed ip: '+1.2.3.4'", false },
	{ "bad endpoint", "[Peer]\nPublicKey=" K1 "\nEndpoint=host\n",
	  "line 3: endpoint has no port: 'host'", false },
	{ "bad keepalive",
	  "[Peer]\nPublicKey=" K1 "\nPersistentKeepalive=65536\n",
	  "line 3: keepalive is not off or 0-65535 seconds: '65536'", false },
	{ "peer without a key, at the end", "[Interface]\n[Peer]\n#\n\n",
	  "line 2: this [Peer] has no PublicKey", false },
	{ "peer without a key, in between",
	  "[Peer]\nAllowedIPs=::/0\n[Peer]\nPublicKey=" K1 "\n",
	  "line 1: this [Peer] has no PublicKey", false },
};

static char *write_config(const struct sixpn_device *device)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return NULL;
	sixpn_config_write(stream, device);
	fclose(stream);
	return text;
}

static void test_rows(void)
{
	size_t i;

	for (i = 0; i < TEST_COUNT(rows); i++) {
		struct sixpn_device device = { 0 };
		struct sixpn_error error = { 0 };
		size_t length = strlen(rows[i].text);
		/* exactly that long: a sanitizer sees a read past the end */
		char *text = malloc(length + !length), *got = NULL;
		int ret;

		if (!text)
			return;
		memcpy(text, rows[i].text, length);
		ret = sixpn_config_parse(&device, SIXPN_CONFIG_ADD, NULL, text,
					 length, &error);
		if (!ret)
			got = write_config(&device);
		test_result((!ret) == rows[i].good &&
			    test_same_text(ret ? error.text : got,
					   rows[i].wanted),
			    "config: %s", rows[i].name);
		free(got);
		free(text);
		sixpn_device_clear(&device);
	}
}

static void test_use(void)
{
	static const char text[] = "[Interface]\nListenPort=5\n[Peer]\n"
				   "PublicKey=" K1 "\n";
	struct sixpn_device add = { 0 }, whole = { 0 };
	struct sixpn_error error;

	sixpn_config_parse(&add, SIXPN_CONFIG_ADD, NULL, text, strlen(text),
			   &error);
	sixpn_config_parse(&whole, SIXPN_CONFIG_WHOLE, NULL, text,
			   strlen(text), &error);
	test_result(!add.flags && add.has == SIXPN_DEVICE_HAS_LISTEN_PORT,
		    "config: a file that adds sets only what it names");
	test_result(whole.flags == SIXPN_DEVICE_F_REPLACE_PEERS &&
		    whole.has == (SIXPN_DEVICE_HAS_PRIVATE_KEY |
				  SIXPN_DEVICE_HAS_LISTEN_PORT |
				  SIXPN_DEVICE_HAS_FWMARK |
				  SIXPN_DEVICE_HAS_HOST_ID),
		    "config: a whole file resets what it leaves out");
	test_result(add.peer_count == 1 &&
		    add.peers[0].flags == SIXPN_PEER_F_REPLACE_ALLOWED_IPS,
		    "config: a peer's allowed ips are replaced");
	sixpn_device_clear(&add);
	sixpn_device_clear(&whole);
}

static void test_odd(void)
{
	static const char name[] = "[Peer]\nPublicKey=" K1
				   "\nEndpoint=h.example:51820\n";
	struct sixpn_device device = { 0 };
	struct sixpn_error error;
	unsigned int host_bits = 0;

	test_result(sixpn_config_parse(&device, SIXPN_CONFIG_ADD, NULL,
				       "[Interface]\n\0", 13, &error) ==
		    -EINVAL && strstr(error.text, "line 2: a NUL byte"),
		    "config: a NUL byte is refused");
	sixpn_device_clear(&device);
	test_result(!sixpn_config_parse(&device, SIXPN_CONFIG_ADD, NULL, name,
					strlen(name), &error) &&
		    device.peer_count == 1 && device.peers[0].endpoint_name &&
		    test_same_text(device.peers[0].endpoint_name,
				   "h.example:51820") &&
		    !(device.peers[0].has & SIXPN_PEER_HAS_ENDPOINT),
		    "config: a name is left to be looked up");
	sixpn_device_clear(&device);
	sixpn_config_parse(&device, SIXPN_CONFIG_ADD, &host_bits,
			   "[Peer]\nAllowedIPs=1.2.3.4/8,::1/64,::/64\n", 41,
			   &error);
	test_result(host_bits == 2, "config: cleared host bits are counted");
	sixpn_device_clear(&device);
}

/*
 * What a file cannot say is made what it will read: of a machine's names it
 * holds the id or the address, and of a host id only one set by hand.
 */
static void make_writable(struct sixpn_device *device)
{
	size_t i;

	device->flags = SIXPN_DEVICE_F_HOST_ID_SET;
	for (i = 0; i < device->peer_count; i++)
		device->peers[i].flags = SIXPN_PEER_F_HOST_ID_SET;
	for (i = 0; i < device->machine_count; i++) {
		struct sixpn_machine *machine = &device->machines[i];

		if (sixpn_addr_host(&machine->address) == device->host_id)
			memset(&machine->address, 0, sizeof(machine->address));
		else
			machine->id = 0;
		if (machine->id)
			machine->has &= ~(uint32_t)SIXPN_MACHINE_HAS_ADDRESS;
		if (machine->attachment != SIXPN_ATTACHMENT_PORT)
			continue;
		machine->has |= SIXPN_MACHINE_HAS_NETNS;
		machine->netns = i & 1 ? NULL : strdup("web");
	}
}

/* A port that no file could bring back is told in a comment. */
static void test_ports(void)
{
	static const struct {
		uint32_t has;
		const char *ifname, *netns, *wanted;
	} ports[] = {
		{ SIXPN_MACHINE_HAS_IFNAME | SIXPN_MACHINE_HAS_NETNS, "eth6",
		  NULL, "Port = eth6\n" },
		{ SIXPN_MACHINE_HAS_IFNAME | SIXPN_MACHINE_HAS_NETNS, "eth6",
		  "web", "Port = eth6\nNetNS = web\n" },
		{ SIXPN_MACHINE_HAS_IFNAME, "eth6", NULL,
		  "# Port: eth6, in a network namespace without a name\n" },
		{ SIXPN_MACHINE_HAS_IFNAME | SIXPN_MACHINE_HAS_NETNS, "eth6",
		  "w#b", "# Port: eth6, in a network namespace without a name\n" },
		{ SIXPN_MACHINE_HAS_IFNAME | SIXPN_MACHINE_HAS_NETNS, "e#6",
		  "web", "# Port: it has a name that cannot be told here\n" },
		{ SIXPN_MACHINE_HAS_IFNAME | SIXPN_MACHINE_HAS_NETNS,
		  "e\x1b[1m", "web",
		  "# Port: it has a name that cannot be told here\n" },
		{ 0, "", NULL, "# Port: it is gone\n" },
	};
	size_t i;

	for (i = 0; i < TEST_COUNT(ports); i++) {
		struct sixpn_device device = { 0 };
		struct sixpn_machine *machine = sixpn_device_add_machine(&device);
		char *text, *found;

		machine->has = SIXPN_MACHINE_HAS_ATTACHMENT | ports[i].has;
		machine->attachment = SIXPN_ATTACHMENT_PORT;
		machine->network = 42;
		strcpy(machine->ifname, ports[i].ifname);
		machine->netns = ports[i].netns ? strdup(ports[i].netns) : NULL;
		text = write_config(&device);
		found = strstr(text, "Network = 42\n");
		test_result(found && test_same_text(found + 13, ports[i].wanted),
			    "config: port %zu is told as far as it can be", i);
		free(text);
		sixpn_device_clear(&device);
	}
}

static void test_whole(void)
{
	static const char text[] = "[Machine]\nNetwork=4\n[Network]\nId=5\n";
	struct sixpn_device add = { 0 }, whole = { 0 };
	struct sixpn_error error;

	test_result(!sixpn_config_parse(&add, SIXPN_CONFIG_ADD, NULL, text,
					strlen(text), &error) &&
		    !(add.machines[0].has & SIXPN_MACHINE_HAS_MOVED_TO) &&
		    add.machines[0].reattach,
		    "config: a file that adds may speak of a network that is there");
	test_result(sixpn_config_parse(&whole, SIXPN_CONFIG_WHOLE, NULL, text,
				       strlen(text), &error) == -EINVAL &&
		    test_same_text(error.text,
				   "no section [Network] has the Id 4"),
		    "config: a whole file has all of its networks");
	sixpn_device_clear(&add);
	sixpn_device_clear(&whole);
}

static void test_round_trip(void)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < 300; i++) {
		struct sixpn_device device = { 0 }, back = { 0 };
		struct sixpn_error error = { 0 };
		char *text = NULL;

		if (random_device(&device, 8, 20) &&
		    random_objects(&device, 6)) {
			make_writable(&device);
			text = write_config(&device);
		}
		if (!text ||
		    sixpn_config_parse(&back, SIXPN_CONFIG_ADD, NULL, text,
				       strlen(text), &error) ||
		    !same_device(&device, &back, false) ||
		    back.host_id != device.host_id ||
		    !same_objects(&device, &back)) {
			test_note("%s in %s", error.text, text ? text : "");
			wrong++;
		}
		free(text);
		sixpn_device_clear(&device);
		sixpn_device_clear(&back);
	}
	test_result(!wrong, "config: 300 devices written and read back");
}

void test_config(void)
{
	test_rows();
	test_use();
	test_ports();
	test_whole();
	test_odd();
	test_round_trip();
}
