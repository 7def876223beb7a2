// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keys of the index. Texts have no byte 0 before their last one, and so end where
 * the next begins.
 */
#include "zone_part.h"

#include <string.h>

static uint8_t *put_number(uint8_t *to, uint32_t number)
{
	*to++ = (uint8_t)(number >> 24);
	*to++ = (uint8_t)(number >> 16);
	*to++ = (uint8_t)(number >> 8);
	*to++ = (uint8_t)number;
	return to;
}

void sixpn_zone_key(struct sixpn_zone_key *key, enum sixpn_zone_index index,
		    uint32_t network, const struct sixpn_text *texts,
		    size_t count)
{
	uint8_t *at = key->bytes;
	size_t i;

	*at++ = (uint8_t)index;
	at = put_number(at, network);
	for (i = 0; i < count; i++) {
		if (i)
			*at++ = 0;
		memcpy(at, texts[i].text, texts[i].length);
		at += texts[i].length;
	}
	key->length = (size_t)(at - key->bytes);
}

size_t sixpn_zone_numbers(uint8_t key[SIXPN_ZONE_NUMBERS_MAX],
			  enum sixpn_zone_index index, const uint32_t *numbers,
			  size_t count)
{
	uint8_t *at = key;
	size_t i;

	*at++ = (uint8_t)index;
	for (i = 0; i < count; i++)
		at = put_number(at, numbers[i]);
	return (size_t)(at - key);
}

size_t sixpn_zone_address(uint8_t key[SIXPN_ZONE_NUMBERS_MAX],
			  enum sixpn_zone_index index,
			  const struct in6_addr *address)
{
	const uint32_t numbers[] = {
		sixpn_addr_network(address),
		sixpn_addr_host(address),
		sixpn_addr_machine(address),
	};

	return sixpn_zone_numbers(key, index, numbers, 3);
}

struct sixpn_text sixpn_zone_text(const char *text)
{
	return (struct sixpn_text){ text, strlen(text) };
}
