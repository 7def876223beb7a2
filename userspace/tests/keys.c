// SPDX-License-Identifier: GPL-2.0-or-later
#include "keys.h"

#include <errno.h>
#include <string.h>

#include "test.h"

static const struct {
	const char *name, *private_key, *public_key;
} public_rows[] = {
	{ "Bob's of RFC 7748 section 6.1",
	  "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
	  "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f" },
	/* the rest from a plain Montgomery ladder written for this purpose */
	{ "all bits zero, so that clamping counts",
	  "0000000000000000000000000000000000000000000000000000000000000000",
	  "2fe57da347cd62431528daac5fbb290730fff684afc4cfc2ed90995f58cb3b74" },
	{ "all bits one",
	  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	  "847c0d2c375234f365e660955187a3735a0f7613d1609d3a6a4d8c53aeaa5a22" },
	{ "counting up",
	  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
	  "8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f" },
};

static const struct {
	const char *text;
	bool good;
} base64_rows[] = {
	{ "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAUA=", true },
	{ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", true },
	{ "//////////////////////////////////////////8=", true },
	/* padding bits that are not zero: a second spelling of one key */
	{ "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAUB=", false },
	{ "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAUA", false },
	{ "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAUA==", false },
	{ "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAUAA", false },
	{ "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB=UA=", false },
	{ " QEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAUA=", false },
	{ "_wEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAUA=", false },
	{ "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ==", false },
	/* a byte that libsodium 1.0.18 takes for a letter */
	{ "AQEBAQE\xc9" "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAUA=", false },
	{ "", false },
	{ "abc", false },
};

static void test_base64(void)
{
	size_t i;

	for (i = 0; i < TEST_COUNT(base64_rows); i++) {
		const char *text = base64_rows[i].text;
		char back[SIXPN_KEY_BASE64_LEN + 1];
		uint8_t key[SIXPN_KEY_LEN];
		bool good;

		memset(key, 0xa5, sizeof(key));
		good = !sixpn_key_from_base64(key, text, strlen(text));
		sixpn_key_to_base64(back, key);
		if (good && strcmp(back, text))
			test_note("taken, but it is not the key's spelling");
		if (!good && !sixpn_key_is_zero(key)) {
			test_note("a refused key left bytes behind");
			good = true;
		}
		test_result(good == base64_rows[i].good, "keys: base64 of row %zu",
			    i);
	}
}

static void test_text_round_trip(void)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < 2000; i++) {
		uint8_t key[SIXPN_KEY_LEN], back[SIXPN_KEY_LEN];
		char base64[SIXPN_KEY_BASE64_LEN + 1];
		char hex[SIXPN_KEY_HEX_LEN + 1];

		test_random_bytes(key, sizeof(key));
		sixpn_key_to_base64(base64, key);
		sixpn_key_to_hex(hex, key);
		if (sixpn_key_from_base64(back, base64, strlen(base64)) ||
		    !sixpn_key_equal(key, back))
			wrong++;
		if (sixpn_key_from_hex(back, hex, strlen(hex)) ||
		    !sixpn_key_equal(key, back))
			wrong++;
	}
	test_result(!wrong, "keys: 2000 keys through base64 and hex");
}

static void test_hex(void)
{
	char text[SIXPN_KEY_HEX_LEN + 2];
	uint8_t key[SIXPN_KEY_LEN];

	memset(text, 'A', sizeof(text));
	test_result(!sixpn_key_from_hex(key, text, 64) && key[31] == 0xaa,
		    "keys: hex of upper case");
	test_result(sixpn_key_from_hex(key, text, 65) == -EINVAL &&
		    sixpn_key_from_hex(key, text, 63) == -EINVAL,
		    "keys: hex of the wrong length");
	text[40] = 'g';
	test_result(sixpn_key_from_hex(key, text, 64) == -EINVAL &&
		    sixpn_key_is_zero(key), "keys: hex with a bad digit");
}

#define KEY "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAUA="

static const struct {
	const char *text;
	bool good, none;
} file_rows[] = {
	{ KEY, true, false },
	{ KEY "\n", true, false },
	{ KEY " \r\n\n", true, false },
	{ "", true, true },
	{ "\n", true, true },
	{ "\n" KEY, false, false },
	{ KEY KEY, false, false },
	{ KEY "\n" KEY "\n", false, false },
	{ KEY "x", false, false },
	{ "x", false, false },
};

static void test_file_text(void)
{
	size_t i;

	for (i = 0; i < TEST_COUNT(file_rows); i++) {
		const char *text = file_rows[i].text;
		uint8_t key[SIXPN_KEY_LEN];
		bool good = !sixpn_key_from_file_text(key, text, strlen(text));

		if (good && sixpn_key_is_zero(key) != file_rows[i].none)
			good = !file_rows[i].good;
		test_result(good == file_rows[i].good, "keys: key file %zu", i);
	}
}

static void test_public(void)
{
	size_t i;

	for (i = 0; i < TEST_COUNT(public_rows); i++) {
		uint8_t private_key[SIXPN_KEY_LEN], key[SIXPN_KEY_LEN];
		char text[SIXPN_KEY_HEX_LEN + 1] = "";

		if (!sixpn_key_from_hex(private_key, public_rows[i].private_key,
					SIXPN_KEY_HEX_LEN) &&
		    !sixpn_key_public(key, private_key))
			sixpn_key_to_hex(text, key);
		test_result(test_same_text(text, public_rows[i].public_key),
			    "keys: public key, %s", public_rows[i].name);
	}
}

static void test_generate(void)
{
	uint8_t a[SIXPN_KEY_LEN], b[SIXPN_KEY_LEN], clamped[SIXPN_KEY_LEN];

	if (sixpn_key_generate_private(a) || sixpn_key_generate_private(b)) {
		test_result(false, "keys: generate private keys");
		return;
	}
	memcpy(clamped, a, sizeof(clamped));
	sixpn_key_clamp(clamped);
	test_result(sixpn_key_equal(a, clamped) && !sixpn_key_equal(a, b),
		    "keys: generated private keys are clamped and differ");
	test_result(!sixpn_key_generate_preshared(a) &&
		    !sixpn_key_generate_preshared(b) && !sixpn_key_equal(a, b),
		    "keys: generated preshared keys differ");
}

void test_keys(void)
{
	test_base64();
	test_text_round_trip();
	test_hex();
	test_file_text();
	test_public();
	test_generate();
}
