// SPDX-License-Identifier: GPL-2.0-or-later
#include "client_conf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "format.h"
#include "parse.h"

/* All lines with the longest of each word in them. */
_Static_assert(SIXPN_CLIENT_CONF_MAX >= 3 * (SIXPN_KEY_BASE64_LEN + 1) +
		       SIXPN_ENDPOINT_WORD_MAX + 3 * SIXPN_ALLOWEDIP_TEXT_MAX +
		       256,
	       "the file does not fit");

static void key_line(FILE *stream, const char *name,
		     const uint8_t key[SIXPN_KEY_LEN])
{
	char text[SIXPN_KEY_BASE64_LEN + 1];

	sixpn_key_to_base64(text, key);
	fprintf(stream, "%s = %s\n", name, text);
	sixpn_key_wipe(text, sizeof(text));
}

static void write_interface(FILE *stream,
			    const struct sixpn_record_client *client,
			    const uint8_t *private_key)
{
	char text[SIXPN_ALLOWEDIP_TEXT_MAX], key[SIXPN_KEY_BASE64_LEN + 1];
	struct in6_addr resolver;

	fputs("[Interface]\n", stream);
	if (private_key) {
		key_line(stream, "PrivateKey", private_key);
	} else {
		sixpn_key_to_base64(key, client->public_key);
		fprintf(stream, "# PrivateKey = the one of %s\n", key);
	}
	sixpn_format_prefix(text, &client->address, SIXPN_CLIENT_PREFIX_LEN);
	fprintf(stream, "Address = %s\n", text);
	sixpn_addr_build_resolver(&resolver, client->network);
	sixpn_format_6pn(text, &resolver);
	fprintf(stream, "DNS = %s\n", text);
}

static void write_peer(FILE *stream, const struct sixpn_record_client *client,
		       const struct sixpn_record_host *gateway)
{
	char text[SIXPN_ALLOWEDIP_TEXT_MAX];

	fputs("\n[Peer]\n", stream);
	key_line(stream, "PublicKey", gateway->public_key);
	if (!sixpn_key_is_zero(client->preshared_key))
		key_line(stream, "PresharedKey", client->preshared_key);
	sixpn_format_network(text, client->network);
	fprintf(stream, "AllowedIPs = %s\n", text);
	fprintf(stream, "Endpoint = %s\n", gateway->endpoints[0]);
	fprintf(stream, "PersistentKeepalive = %d\n", SIXPN_CLIENT_KEEPALIVE);
}

size_t sixpn_client_conf_format(char text[SIXPN_CLIENT_CONF_MAX],
				const struct sixpn_record_client *client,
				const uint8_t *private_key,
				const struct sixpn_record_host *gateway)
{
	FILE *stream;

	/* Unbuffered: no copy of the keys is left in freed memory. */
	text[0] = '\0';
	stream = fmemopen(text, SIXPN_CLIENT_CONF_MAX, "w");
	if (!stream)
		return 0;
	setvbuf(stream, NULL, _IONBF, 0);
	write_interface(stream, client, private_key);
	write_peer(stream, client, gateway);
	fclose(stream);
	return strlen(text);
}

uint32_t sixpn_client_machine_id(uint32_t network, const char *name,
				 unsigned int attempt)
{
	static const char domain[] = "sixpn client id 1";
	crypto_generichash_state state;
	uint8_t hash[crypto_generichash_BYTES_MIN], number[8];
	uint32_t id;
	size_t i;

	for (i = 0; i < 4; i++) {
		number[i] = (uint8_t)(network >> (24 - 8 * i));
		number[4 + i] = (uint8_t)(attempt >> (24 - 8 * i));
	}
	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	crypto_generichash_update(&state, (const uint8_t *)domain,
				  sizeof(domain));
	crypto_generichash_update(&state, number, sizeof(number));
	crypto_generichash_update(&state, (const uint8_t *)name, strlen(name));
	crypto_generichash_final(&state, hash, sizeof(hash));
	for (i = 0; i + 4 <= sizeof(hash); i += 4) {
		id = (uint32_t)hash[i] << 24 | (uint32_t)hash[i + 1] << 16 |
		     (uint32_t)hash[i + 2] << 8 | hash[i + 3];
		/* 0 is the host itself. */
		if (id != SIXPN_MACHINE_HOST)
			return id;
	}
	return 1;
}

/* Seconds of a unit, or 0. */
static uint64_t unit_seconds(char unit)
{
	switch (unit) {
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 24 * 3600;
	case 'w':
		return 7 * 24 * 3600;
	default:
		return 0;
	}
}

/* Return: 0, -EINVAL (not of this form) or -ERANGE (too long). */
static int parse_span(uint64_t *seconds, const char *text, size_t length)
{
	uint64_t unit = length ? unit_seconds(text[length - 1]) : 0;
	uint64_t number;
	int ret;

	if (!unit)
		return -EINVAL;
	ret = sixpn_parse_number(&number, text, length - 1,
				 SIXPN_RECORD_TIME_MAX / unit);
	if (!ret)
		*seconds = number * unit;
	return ret;
}

static int parse_time(uint64_t *expires, const char *text, uint64_t now,
		      struct sixpn_error *error)
{
	uint64_t seconds;

	if (sixpn_time_parse(&seconds, text, strlen(text)))
		return sixpn_error_set(error, -EINVAL,
				       "expire is neither a number with m, h, d or w behind it, nor a time such as 2026-12-28T04:00:00Z: '%s'",
				       text);
	if (seconds <= now)
		return sixpn_error_set(error, -EINVAL, "'%s' is over already",
				       text);
	*expires = seconds;
	return 0;
}

int sixpn_client_expiry_parse(uint64_t *expires, const char *text, uint64_t now,
			      struct sixpn_error *error)
{
	uint64_t seconds = 0;
	int ret;

	ret = parse_span(&seconds, text, strlen(text));
	if (ret == -EINVAL)
		return parse_time(expires, text, now, error);
	if (ret || now > SIXPN_RECORD_TIME_MAX ||
	    seconds > SIXPN_RECORD_TIME_MAX - now)
		return sixpn_error_set(error, -EINVAL,
				       "'%s' from now is after the year 9999",
				       text);
	if (!seconds)
		return sixpn_error_set(error, -EINVAL,
				       "'%s' is no time at all: without --expire a client stays",
				       text);
	*expires = now + seconds;
	return 0;
}
