// SPDX-License-Identifier: GPL-2.0-or-later
#include "print.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "keys.h"
#include "parse.h"
#include "table.h"
#include "test.h"

/*
 * What wg 1.0.20210914 prints for the device below, fed to it through its
 * user-space socket. ESC stands for the escape character.
 */
static const char plain[] =
	"interface: wg7\n"
	"  public key: OztUG1EXfGsWeiS4XRnWc7W7Z6OaslD0qIswGyLe8nA=\n"
	"  private key: (hidden)\n"
	"  listening port: 51820\n"
	"  fwmark: 0xff\n"
	"\n"
	"peer: BgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBkA=\n"
	"  allowed ips: (none)\n"
	"  latest handshake: (System clock wound backward; connection problems may ensue.)\n"
	"  transfer: 0 B received, 1 B sent\n"
	"\n"
	"peer: AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAkA=\n"
	"  preshared key: (hidden)\n"
	"  endpoint: [fe80::1%lo]:55\n"
	"  allowed ips: (none)\n"
	"  transfer: 1.00 KiB received, 1023 B sent\n"
	"\n"
	"peer: AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA0A=\n"
	"  endpoint: [2001:db8::1]:55\n"
	"  allowed ips: 1.2.3.4/32\n"
	"  transfer: 1.00 GiB received, 1.00 MiB sent\n"
	"  persistent keepalive: every 1 second\n"
	"\n"
	"peer: BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBEA=\n"
	"  allowed ips: (none)\n"
	"  transfer: 1.18 MiB received, 5.00 TiB sent\n"
	"\n"
	"peer: AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAUA=\n"
	"  endpoint: 1.2.3.4:55\n"
	"  allowed ips: 10.0.0.0/8, fd00::/64\n"
	"  persistent keepalive: every 25 seconds\n";

static const char colored[] =
	"ESC[0mESC[32mESC[1minterfaceESC[0m: ESC[32mwg7ESC[0m\n"
	"  ESC[1mpublic keyESC[0m: OztUG1EXfGsWeiS4XRnWc7W7Z6OaslD0qIswGyLe8nA=\n"
	"  ESC[1mprivate keyESC[0m: (hidden)\n"
	"  ESC[1mlistening portESC[0m: 51820\n"
	"  ESC[1mfwmarkESC[0m: 0xff\n"
	"\n"
	"ESC[33mESC[1mpeerESC[0m: ESC[33mBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBkA=ESC[0m\n"
	"  ESC[1mallowed ipsESC[0m: (none)\n"
	"  ESC[1mlatest handshakeESC[0m: (ESC[31mSystem clock wound backward; connection problems may ensue.ESC[0m)\n"
	"  ESC[1mtransferESC[0m: 0 ESC[36mBESC[0m received, 1 ESC[36mBESC[0m sent\n"
	"\n"
	"ESC[33mESC[1mpeerESC[0m: ESC[33mAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAkA=ESC[0m\n"
	"  ESC[1mpreshared keyESC[0m: (hidden)\n"
	"  ESC[1mendpointESC[0m: [fe80::1%lo]:55\n"
	"  ESC[1mallowed ipsESC[0m: (none)\n"
	"  ESC[1mtransferESC[0m: 1.00 ESC[36mKiBESC[0m received, 1023 ESC[36mBESC[0m sent\n"
	"\n"
	"ESC[33mESC[1mpeerESC[0m: ESC[33mAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA0A=ESC[0m\n"
	"  ESC[1mendpointESC[0m: [2001:db8::1]:55\n"
	"  ESC[1mallowed ipsESC[0m: 1.2.3.4ESC[36m/ESC[0m32\n"
	"  ESC[1mtransferESC[0m: 1.00 ESC[36mGiBESC[0m received, 1.00 ESC[36mMiBESC[0m sent\n"
	"  ESC[1mpersistent keepaliveESC[0m: every 1 ESC[36msecondESC[0m\n"
	"\n"
	"ESC[33mESC[1mpeerESC[0m: ESC[33mBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBEA=ESC[0m\n"
	"  ESC[1mallowed ipsESC[0m: (none)\n"
	"  ESC[1mtransferESC[0m: 1.18 ESC[36mMiBESC[0m received, 5.00 ESC[36mTiBESC[0m sent\n"
	"\n"
	"ESC[33mESC[1mpeerESC[0m: ESC[33mAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAUA=ESC[0m\n"
	"  ESC[1mendpointESC[0m: 1.2.3.4:55\n"
	"  ESC[1mallowed ipsESC[0m: 10.0.0.0ESC[36m/ESC[0m8, fd00::ESC[36m/ESC[0m64\n"
	"  ESC[1mpersistent keepaliveESC[0m: every 25 ESC[36msecondsESC[0m\n";

static struct sixpn_peer *add_peer(struct sixpn_device *device, uint8_t number,
				   const char *endpoint, const char *allowedips,
				   uint64_t rx, uint64_t tx, uint16_t keepalive)
{
	struct sixpn_peer *peer = sixpn_device_add_peer(device);
	struct sixpn_endpoint_words words;

	memset(peer->public_key, number, SIXPN_KEY_LEN);
	peer->public_key[31] = 0x40;
	peer->has = SIXPN_PEER_HAS_PUBLIC_KEY | SIXPN_PEER_HAS_KEEPALIVE |
		    SIXPN_PEER_HAS_COUNTERS;
	peer->rx_bytes = rx;
	peer->tx_bytes = tx;
	peer->persistent_keepalive = keepalive;
	if (endpoint &&
	    !sixpn_parse_endpoint(&words, endpoint, strlen(endpoint), NULL)) {
		peer->endpoint = words.endpoint;
		peer->has |= SIXPN_PEER_HAS_ENDPOINT;
	}
	sixpn_parse_allowedips(peer, NULL, NULL, allowedips,
			       strlen(allowedips), NULL);
	return peer;
}

static void make_device(struct sixpn_device *device)
{
	struct sixpn_peer *peer;

	strcpy(device->ifname, "wg7");
	device->has = SIXPN_DEVICE_HAS_PRIVATE_KEY |
		      SIXPN_DEVICE_HAS_PUBLIC_KEY;
	memset(device->private_key, 0x10, SIXPN_KEY_LEN);
	device->private_key[31] = 0x40;
	sixpn_key_public(device->public_key, device->private_key);
	device->listen_port = 51820;
	device->fwmark = 255;
	add_peer(device, 1, "1.2.3.4:55", "10.0.0.0/8,fd00::/64", 0, 0, 25);
	peer = add_peer(device, 2, "[fe80::1]:55", "", 1024, 1023, 0);
	peer->endpoint.v6.sin6_scope_id = 1;
	peer->has |= SIXPN_PEER_HAS_PRESHARED_KEY |
		     SIXPN_PEER_HAS_LAST_HANDSHAKE;
	peer->last_handshake = 300;
	peer = add_peer(device, 3, "[2001:db8::1]:55", "1.2.3.4", (1 << 30) + 5,
			1 << 20, 1);
	peer->has |= SIXPN_PEER_HAS_LAST_HANDSHAKE;
	peer->last_handshake = 200;
	peer = add_peer(device, 4, NULL, "", 1234567, 5ULL << 40, 0);
	peer->has |= SIXPN_PEER_HAS_LAST_HANDSHAKE;
	peer->last_handshake = 100;
	peer = add_peer(device, 6, NULL, "", 0, 1, 0);
	peer->has |= SIXPN_PEER_HAS_LAST_HANDSHAKE;
	peer->last_handshake = ((uint64_t)time(NULL) + 100000) * 1000000000;
	sixpn_device_sort_peers(device);
}

/* What it prints, with the escape character spelt out. */
static char *print_to_text(const struct sixpn_device *device, bool color,
			   bool json, bool hide)
{
	char *raw = NULL, *text;
	struct sixpn_out out = { .json = json, .color = color };
	size_t length, i, used = 0;

	out.file = open_memstream(&raw, &length);
	if (!out.file)
		return NULL;
	sixpn_print_device(&out, device, hide);
	if (sixpn_out_finish(&out))
		test_note("the output was lost");
	fclose(out.file);
	text = calloc(length + 1, 3);
	for (i = 0; text && i < length; i++)
		used += (size_t)sprintf(text + used, raw[i] == '\x1b' ? "ESC" :
					"%c", raw[i]);
	free(raw);
	return text;
}

static void test_pretty(const struct sixpn_device *device)
{
	char *text = print_to_text(device, false, false, true);

	test_result(text && test_same_text(text, plain),
		    "print: a device as wg(8) prints it");
	free(text);
	text = print_to_text(device, true, false, true);
	test_result(text && test_same_text(text, colored),
		    "print: a device in the colours of wg(8)");
	free(text);
	text = print_to_text(device, false, false, false);
	test_result(text && strstr(text, "private key: EBAQEBAQ") &&
		    strstr(text, "preshared key: AAAAAAAA") &&
		    !strstr(text, "hidden"), "print: keys when asked for");
	free(text);
}

static void test_json(const struct sixpn_device *device)
{
	char *text = print_to_text(device, true, true, true);
	json_error_t error;
	json_t *root = text ? json_loads(text, 0, &error) : NULL;
	json_t *peers = json_object_get(root, "peers");
	json_t *peer = json_array_get(peers, 2);

	test_result(root && !strcmp(json_string_value(json_object_get(root,
				"private_key")), "(hidden)") &&
		    json_array_size(peers) == 5,
		    "print: JSON of a device");
	test_result(json_integer_value(json_object_get(peer, "rx_bytes")) ==
		    (1 << 30) + 5 &&
		    json_is_null(json_object_get(peer, "preshared_key")) &&
		    json_array_size(json_object_get(peer, "allowed_ips")) == 1,
		    "print: JSON of a peer");
	json_decref(root);
	free(text);
}

/* What wg does not know is told only where it is. */
static void test_mesh(void)
{
	static const char wanted[] =
		"interface: mesh0\n"
		"  host id: 7\n"
		"  networks: 2\n"
		"  machines: 1\n"
		"\n"
		"peer: AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAUA=\n"
		"  allowed ips: (none)\n"
		"  kind: host\n"
		"  host id: 8\n"
		"  idle expiry: after 10 minutes\n";
	struct sixpn_device device = { 0 };
	struct sixpn_machine *machine;
	struct sixpn_peer *peer;
	json_t *root, *first;
	char *text;

	strcpy(device.ifname, "mesh0");
	device.has = SIXPN_DEVICE_HAS_HOST_ID | SIXPN_DEVICE_HAS_OBJECT_COUNTS;
	device.host_id = 7;
	text = print_to_text(&device, false, false, true);
	test_result(text && test_same_text(text, "interface: mesh0\n"),
		    "print: a host id alone is not told");
	free(text);
	device.kernel_network_count = 2;
	device.kernel_machine_count = 1;
	peer = add_peer(&device, 1, NULL, "", 0, 0, 0);
	peer->has |= SIXPN_PEER_HAS_KIND | SIXPN_PEER_HAS_HOST_ID;
	peer->kind = SIXPN_PEER_KIND_HOST;
	peer->host_id = 8;
	peer->idle_expiry = 600;
	peer->drops = 1ULL << 33;
	machine = sixpn_device_add_machine(&device);
	machine->has = SIXPN_MACHINE_HAS_NAME;
	strcpy(machine->name, "web");
	strcpy(sixpn_device_add_drop(&device)->name, "malformed");
	device.drops[0].packets = 9;
	text = print_to_text(&device, false, false, true);
	test_result(text && test_same_text(text, wanted),
		    "print: a device with networks");
	free(text);
	text = print_to_text(&device, false, true, true);
	root = text ? json_loads(text, 0, NULL) : NULL;
	first = json_array_get(json_object_get(root, "machines"), 0);
	test_result(first &&
		    test_same_text(json_string_value(json_object_get(first, "name")),
				   "web") &&
		    json_integer_value(json_object_get(json_object_get(root,
				       "drops"), "malformed")) == 9,
		    "print: machines and drops in JSON");
	first = json_array_get(json_object_get(root, "peers"), 0);
	test_result(json_integer_value(json_object_get(first, "drops")) ==
		    1LL << 33, "print: a peer's drops in JSON, not in text");
	json_decref(root);
	free(text);
	sixpn_device_clear(&device);
}

static void test_name(void)
{
	struct sixpn_out out = { .file = stdout };
	char to[SIXPN_NAME_ROOM];

	sixpn_out_name(&out, to, sizeof(to), "\x1b[31m");
	test_result(test_same_text(to, "\x1b[31m"),
		    "print: a name reaches a pipe as it is");
	out.terminal = true;
	sixpn_out_name(&out, to, sizeof(to), "\x1b[31m");
	test_result(test_same_text(to, "\\x1b[31m"),
		    "print: a name is escaped for a terminal");
	out.terminal = false;
	out.json = true;
	sixpn_out_name(&out, to, sizeof(to), "\xff");
	test_result(test_same_text(to, "\\xff"),
		    "print: a name is escaped for JSON");
}

static void test_table(void)
{
	static const struct {
		const char *text, *wanted;
	} tables[] = {
		{ "", "" },
		{ "a\tb\n", "ONE  TWO\na    b\n" },
		{ "long-one\tb\nc\tlonger\n",
		  "ONE       TWO\nlong-one  b\nc         longer\n" },
		{ "\tb\n", "ONE  TWO\n     b\n" },
	};
	size_t i, length;

	for (i = 0; i < TEST_COUNT(tables); i++) {
		char *got = NULL;
		FILE *stream = open_memstream(&got, &length);

		sixpn_table_print(stream, "ONE\tTWO", tables[i].text);
		fclose(stream);
		test_result(test_same_text(got, tables[i].wanted),
			    "print: table %zu", i);
		free(got);
	}
}

void test_print(void)
{
	test_table();
	struct sixpn_device device = { 0 };

	make_device(&device);
	test_pretty(&device);
	test_json(&device);
	test_mesh();
	test_name();
	sixpn_device_clear(&device);
}
