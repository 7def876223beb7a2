// SPDX-License-Identifier: GPL-2.0-or-later
#include "keys.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include <sodium.h>

_Static_assert(crypto_scalarmult_SCALARBYTES == SIXPN_KEY_LEN, "scalar size");
_Static_assert(crypto_scalarmult_BYTES == SIXPN_KEY_LEN, "point size");

void sixpn_key_to_base64(char text[SIXPN_KEY_BASE64_LEN + 1],
			 const uint8_t key[SIXPN_KEY_LEN])
{
	sodium_bin2base64(text, SIXPN_KEY_BASE64_LEN + 1, key, SIXPN_KEY_LEN,
			  sodium_base64_VARIANT_ORIGINAL);
}

int sixpn_key_from_base64(uint8_t key[SIXPN_KEY_LEN], const char *text,
			  size_t length)
{
	char back[SIXPN_KEY_BASE64_LEN + 1];
	size_t got = 0;
	int ret = 0;

	memset(key, 0, SIXPN_KEY_LEN);
	if (length != SIXPN_KEY_BASE64_LEN)
		return -EINVAL;
	if (sodium_base642bin(key, SIXPN_KEY_LEN, text, length, NULL, &got, NULL,
			      sodium_base64_VARIANT_ORIGINAL) ||
	    got != SIXPN_KEY_LEN)
		ret = -EINVAL;
	/* libsodium 1.0.18 also takes some bytes above 127 for letters. */
	sixpn_key_to_base64(back, key);
	if (sodium_memcmp(back, text, SIXPN_KEY_BASE64_LEN))
		ret = -EINVAL;
	sodium_memzero(back, sizeof(back));
	if (ret)
		memset(key, 0, SIXPN_KEY_LEN);
	return ret;
}

void sixpn_key_to_hex(char text[SIXPN_KEY_HEX_LEN + 1],
		      const uint8_t key[SIXPN_KEY_LEN])
{
	sodium_bin2hex(text, SIXPN_KEY_HEX_LEN + 1, key, SIXPN_KEY_LEN);
}

int sixpn_key_from_hex(uint8_t key[SIXPN_KEY_LEN], const char *text,
		       size_t length)
{
	size_t got = 0;

	memset(key, 0, SIXPN_KEY_LEN);
	if (length != SIXPN_KEY_HEX_LEN)
		return -EINVAL;
	if (sodium_hex2bin(key, SIXPN_KEY_LEN, text, length, NULL, &got, NULL) ||
	    got != SIXPN_KEY_LEN) {
		memset(key, 0, SIXPN_KEY_LEN);
		return -EINVAL;
	}
	return 0;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

int sixpn_key_from_file_text(uint8_t key[SIXPN_KEY_LEN], const char *text,
			     size_t length)
{
	while (length && is_space(text[length - 1]))
		length--;
	if (!length) {
		memset(key, 0, SIXPN_KEY_LEN);
		return 0;
	}
	return sixpn_key_from_base64(key, text, length);
}

static int random_bytes(uint8_t *data, size_t length)
{
	while (length) {
		ssize_t n = getrandom(data, length, 0);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		data += n;
		length -= (size_t)n;
	}
	return 0;
}

void sixpn_key_clamp(uint8_t key[SIXPN_KEY_LEN])
{
	key[0] &= 248;
	key[31] = (key[31] & 127) | 64;
}

int sixpn_key_generate_private(uint8_t key[SIXPN_KEY_LEN])
{
	int ret = random_bytes(key, SIXPN_KEY_LEN);

	if (ret)
		return ret;
	sixpn_key_clamp(key);
	return 0;
}

int sixpn_key_generate_preshared(uint8_t key[SIXPN_KEY_LEN])
{
	return random_bytes(key, SIXPN_KEY_LEN);
}

int sixpn_key_public(uint8_t public_key[SIXPN_KEY_LEN],
		     const uint8_t private_key[SIXPN_KEY_LEN])
{
	return crypto_scalarmult_base(public_key, private_key) ? -EINVAL : 0;
}

bool sixpn_key_is_zero(const uint8_t key[SIXPN_KEY_LEN])
{
	return sodium_is_zero(key, SIXPN_KEY_LEN);
}

bool sixpn_key_equal(const uint8_t a[SIXPN_KEY_LEN],
		     const uint8_t b[SIXPN_KEY_LEN])
{
	return !sodium_memcmp(a, b, SIXPN_KEY_LEN);
}

void sixpn_key_wipe(void *data, size_t length)
{
	sodium_memzero(data, length);
}
