// SPDX-License-Identifier: GPL-2.0-or-later
#include "test.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client_conf.h"
#include "qr.h"

static const uint8_t private_key[SIXPN_KEY_LEN] = { 1, [31] = 0x40 };

static void make(struct sixpn_record_client *client,
		 struct sixpn_record_host *gateway)
{
	memset(client, 0, sizeof(*client));
	memset(gateway, 0, sizeof(*gateway));
	client->network = 42;
	strcpy(client->name, "laptop");
	memset(client->public_key, 2, SIXPN_KEY_LEN);
	inet_pton(AF_INET6, "fdaa:0:2a:4b1d:9e07:1234:5678:2",
		  &client->address);
	memset(gateway->public_key, 3, SIXPN_KEY_LEN);
	strcpy(gateway->endpoints[0], "gw.example.net:51820");
	strcpy(gateway->endpoints[1], "192.0.2.5:51820");
	gateway->endpoint_count = 2;
}

#define KEY_1 "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEA="
#define KEY_2 "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="
#define KEY_3 "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM="
#define KEY_4 "BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ="

#define REST \
	"AllowedIPs = fdaa:0:2a::/48\n" \
	"Endpoint = gw.example.net:51820\n" \
	"PersistentKeepalive = 15\n"

static void test_text(void)
{
	char text[SIXPN_CLIENT_CONF_MAX];
	struct sixpn_record_client client;
	struct sixpn_record_host gateway;
	size_t length;

	make(&client, &gateway);
	length = sixpn_client_conf_format(text, &client, private_key, &gateway);
	test_result(test_same_text(text,
				   "[Interface]\n"
				   "PrivateKey = " KEY_1 "\n"
				   "Address = fdaa:0:2a:4b1d:9e07:1234:5678:2/120\n"
				   "DNS = fdaa:0:2a::3\n"
				   "\n"
				   "[Peer]\n"
				   "PublicKey = " KEY_3 "\n" REST) &&
		    length == strlen(text),
		    "client_conf: the file");
	sixpn_client_conf_format(text, &client, NULL, &gateway);
	test_result(test_same_text(text,
				   "[Interface]\n"
				   "# PrivateKey = the one of " KEY_2 "\n"
				   "Address = fdaa:0:2a:4b1d:9e07:1234:5678:2/120\n"
				   "DNS = fdaa:0:2a::3\n"
				   "\n"
				   "[Peer]\n"
				   "PublicKey = " KEY_3 "\n" REST),
		    "client_conf: without private key");
	memset(client.preshared_key, 4, SIXPN_KEY_LEN);
	sixpn_client_conf_format(text, &client, private_key, &gateway);
	test_result(strstr(text, "PublicKey = " KEY_3 "\nPresharedKey = " KEY_4
			   "\nAllowedIPs = ") != NULL,
		    "client_conf: with preshared key");
}

/* The longest of everything fits. */
static void test_longest(void)
{
	char text[SIXPN_CLIENT_CONF_MAX];
	struct sixpn_record_client client;
	struct sixpn_record_host gateway;
	size_t length;

	make(&client, &gateway);
	memset(client.preshared_key, 4, SIXPN_KEY_LEN);
	client.network = UINT32_MAX;
	inet_pton(AF_INET6, "fdaa:ffff:ffff:ffff:ffff:ffff:ffff:2",
		  &client.address);
	memset(gateway.endpoints[0], 'x', SIXPN_ENDPOINT_WORD_MAX);
	gateway.endpoints[0][SIXPN_ENDPOINT_WORD_MAX] = '\0';
	length = sixpn_client_conf_format(text, &client, NULL, &gateway);
	test_result(length == strlen(text) && length > 600 &&
		    !strcmp(text + length - 5, "= 15\n"),
		    "client_conf: the longest file is whole");
}

static void test_machine_id(void)
{
	uint32_t id = sixpn_client_machine_id(42, "laptop", 0);
	unsigned int attempt, again = 0;

	test_result(id == sixpn_client_machine_id(42, "laptop", 0),
		    "client_conf: a name has the same id in every call");
	/* BLAKE2b as others compute it; who changes it moves everybody. */
	test_result(id == 0x3849ac8f, "client_conf: the id of a name for ever");
	test_result(id != sixpn_client_machine_id(43, "laptop", 0) &&
		    id != sixpn_client_machine_id(42, "laptoq", 0),
		    "client_conf: other names and networks have other ids");
	for (attempt = 1; attempt < 1000; attempt++)
		again += sixpn_client_machine_id(42, "laptop", attempt) == id ||
			 !sixpn_client_machine_id(42, "laptop", attempt);
	test_result(!again, "client_conf: each attempt is another id");
}

#define NOW 1795838400ULL	/* 2026-11-28T04:00:00Z */

static const struct {
	const char *text;
	uint64_t expires;	/* 0: refused */
	const char *why;
} expiries[] = {
	{ "90m", NOW + 90 * 60, NULL },
	{ "12h", NOW + 12 * 3600, NULL },
	{ "30d", NOW + 30 * 86400, NULL },
	{ "2w", NOW + 14 * 86400, NULL },
	{ "1m", NOW + 60, NULL },
	{ "2026-11-28T04:00:01Z", NOW + 1, NULL },
	{ "9999-12-31T23:59:59Z", SIXPN_RECORD_TIME_MAX, NULL },
	{ "2026-11-28T04:00:00Z", 0, "over" },
	{ "1999-11-28T04:00:00Z", 0, "over" },
	{ "0d", 0, "no time at all" },
	{ "0", 0, "neither" },
	{ "00m", 0, "no time at all" },
	{ "", 0, "neither" },
	{ "d", 0, "neither" },
	{ "30", 0, "neither" },
	{ "30s", 0, "neither" },
	{ "30D", 0, "neither" },
	{ "-1d", 0, "neither" },
	{ "+1d", 0, "neither" },
	{ "1.5d", 0, "neither" },
	{ " 1d", 0, "neither" },
	{ "1d ", 0, "neither" },
	{ "1d1h", 0, "neither" },
	{ "never", 0, "neither" },
	{ "2026-12-28", 0, "neither" },
	{ "2026-12-28T04:00:00", 0, "neither" },
	{ "2026-02-30T04:00:00Z", 0, "neither" },
	{ "2930000d", 0, "9999" },
	{ "10000000d", 0, "9999" },
	{ "99999999999999999999d", 0, "9999" },
};

static void test_expiry(void)
{
	size_t i;

	for (i = 0; i < TEST_COUNT(expiries); i++) {
		struct sixpn_error error = { 0 };
		uint64_t expires = 7;
		int ret = sixpn_client_expiry_parse(&expires, expiries[i].text,
						    NOW, &error);

		if (expiries[i].expires)
			test_result(!ret && expires == expiries[i].expires,
				    "client_conf: expire '%s'",
				    expiries[i].text);
		else if (!test_result(ret && expires == 7 &&
				      strstr(error.text, expiries[i].why),
				      "client_conf: expire '%s' is refused",
				      expiries[i].text))
			test_note("%s", error.text);
	}
}

static void test_qr(void)
{
	char *text = NULL, *too_long;
	struct sixpn_error error;
	unsigned int width = 0;
	size_t length, lines = 0, i;
	FILE *stream;
	int ret;

	stream = open_memstream(&text, &length);
	ret = sixpn_qr_write(stream, "hello", false, &width, &error);
	fclose(stream);
	for (i = 0; i < length; i++)
		lines += text[i] == '\n';
	/* Version 1 has 21 modules, and four on either side. */
	test_result(!ret && width == 29 && lines == 15,
		    "qr: a short text is a small code");
	test_result(!ret && !strchr(text, '\x1b') &&
		    !strncmp(text, "\u2588\u2588\u2588\u2588", 12),
		    "qr: it begins with the quiet zone");
	free(text);
	too_long = calloc(1, 4001);
	memset(too_long, 'x', 4000);
	stream = open_memstream(&text, &length);
	test_result(sixpn_qr_write(stream, too_long, false, NULL, &error) < 0,
		    "qr: a text that does not fit is refused");
	fclose(stream);
	free(text);
	free(too_long);
}

void test_client_conf(void)
{
	test_text();
	test_longest();
	test_machine_id();
	test_expiry();
	test_qr();
}
