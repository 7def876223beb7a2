// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a key. Each key has one spelling in base64.
 */
#include "keys.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char base64[SIXPN_KEY_BASE64_LEN + 1], hex[SIXPN_KEY_HEX_LEN + 1];
	const char *text = (const char *)data;
	uint8_t key[SIXPN_KEY_LEN], again[SIXPN_KEY_LEN];

	if (!sixpn_key_from_base64(key, text, size)) {
		sixpn_key_to_base64(base64, key);
		if (memcmp(base64, text, size))
			abort();
	} else if (!sixpn_key_is_zero(key)) {
		abort();
	}
	if (!sixpn_key_from_hex(key, text, size)) {
		sixpn_key_to_hex(hex, key);
		if (sixpn_key_from_hex(again, hex, SIXPN_KEY_HEX_LEN) ||
		    !sixpn_key_equal(key, again))
			abort();
	}
	sixpn_key_from_file_text(key, text, size);
	return 0;
}
