// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as labels of a name, each length cut to what it may be. What is told
 * of the name lies within it, and its text leads back to it.
 */
#include "name.h"

#include <stdlib.h>
#include <string.h>

#include "dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In lower case. */
static size_t make_name(uint8_t wire[SIXPN_DNS_NAME_MAX], const uint8_t *data,
			size_t size)
{
	size_t length = 0, label;

	while (size > 1 && data[0] % 64) {
		label = data[0] % 64;
		if (label > size - 1)
			label = size - 1;
		if (length + 1 + label + 1 > SIXPN_DNS_NAME_MAX)
			break;
		wire[length++] = (uint8_t)label;
		data++;
		for (size -= label + 1; label; label--, data++)
			wire[length++] = *data >= 'A' && *data <= 'Z' ?
						 *data - 'A' + 'a' :
						 *data;
	}
	wire[length++] = 0;
	return length;
}

static void check_text(const uint8_t *wire, size_t length,
		       struct sixpn_text text)
{
	const uint8_t *at = text.text;

	if (text.length &&
	    (at <= wire || at + text.length >= wire + length ||
	     at[-1] != text.length))
		abort();
}

static void check_name(const uint8_t *wire, size_t length)
{
	struct sixpn_name name;

	sixpn_name_parse(&name, wire);
	if (name.domain == SIXPN_NAME_OUTSIDE && name.kind)
		abort();
	if (name.domain && (name.apex < wire || name.apex >= wire + length))
		abort();
	check_text(wire, length, name.app);
	check_text(wire, length, name.label);
	check_text(wire, length, name.second);
	if (name.kind == SIXPN_NAME_PORT && !name.port)
		abort();
	if (name.kind == SIXPN_NAME_TOP && !name.number)
		abort();
}

static void check_round_trip(const uint8_t *wire, size_t length)
{
	uint8_t again[SIXPN_DNS_NAME_MAX];
	char text[SIXPN_DNS_NAME_TEXT_MAX];
	size_t i;

	sixpn_dns_name_text(text, wire);
	for (i = 0; text[i]; i++)
		if (text[i] <= ' ' || text[i] > '~')
			abort();
	if (sixpn_dns_name_parse(again, text) != (int)length ||
	    memcmp(again, wire, length))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t wire[SIXPN_DNS_NAME_MAX];
	size_t length = make_name(wire, data, size);

	check_name(wire, length);
	check_round_trip(wire, length);
	return 0;
}
