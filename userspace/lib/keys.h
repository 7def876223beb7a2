/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Curve25519 and preshared keys: text forms, generation, derivation. Coding
 * and comparison take the same time whatever the key is (libsodium).
 */
#ifndef SIXPN_LIB_KEYS_H
#define SIXPN_LIB_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/sixpn.h>

#define SIXPN_KEY_BASE64_LEN 44
#define SIXPN_KEY_HEX_LEN 64

/**
 * sixpn_key_to_base64() - text form of a key, RFC 4648 section 4, NUL-terminated
 */
void sixpn_key_to_base64(char text[SIXPN_KEY_BASE64_LEN + 1],
			 const uint8_t key[SIXPN_KEY_LEN]);

/**
 * sixpn_key_from_base64() - read exactly one key from @length bytes of @text
 *
 * Only the canonical form is taken: 44 characters, padding bits zero.
 *
 * Return: 0, or -EINVAL; @key is then zero.
 */
int sixpn_key_from_base64(uint8_t key[SIXPN_KEY_LEN], const char *text,
			  size_t length);

/**
 * sixpn_key_to_hex() - 64 lower-case hexadecimal digits, NUL-terminated
 */
void sixpn_key_to_hex(char text[SIXPN_KEY_HEX_LEN + 1],
		      const uint8_t key[SIXPN_KEY_LEN]);

/**
 * sixpn_key_from_hex() - read exactly one key of 64 digits of either case
 *
 * Return: 0, or -EINVAL; @key is then zero.
 */
int sixpn_key_from_hex(uint8_t key[SIXPN_KEY_LEN], const char *text,
		       size_t length);

/**
 * sixpn_key_from_file_text() - read what a key file holds
 *
 * A key in base64, then nothing but white space. No text at all means "no
 * key": @key is zero.
 *
 * Return: 0 or -EINVAL.
 */
int sixpn_key_from_file_text(uint8_t key[SIXPN_KEY_LEN], const char *text,
			     size_t length);

/* Make 32 bytes a private key, RFC 7748 section 5. */
void sixpn_key_clamp(uint8_t key[SIXPN_KEY_LEN]);

/**
 * sixpn_key_generate_private() - new private key, clamped (RFC 7748 section 5)
 *
 * Return: 0 or the negative errno of getrandom(2).
 */
int sixpn_key_generate_private(uint8_t key[SIXPN_KEY_LEN]);

/**
 * sixpn_key_generate_preshared() - 32 random bytes
 *
 * Return: 0 or the negative errno of getrandom(2).
 */
int sixpn_key_generate_preshared(uint8_t key[SIXPN_KEY_LEN]);

/**
 * sixpn_key_public() - public key of a private key; clamps a copy first
 *
 * Return: 0, or -EINVAL if the library cannot.
 */
int sixpn_key_public(uint8_t public_key[SIXPN_KEY_LEN],
		     const uint8_t private_key[SIXPN_KEY_LEN]);

bool sixpn_key_is_zero(const uint8_t key[SIXPN_KEY_LEN]);
bool sixpn_key_equal(const uint8_t a[SIXPN_KEY_LEN],
		     const uint8_t b[SIXPN_KEY_LEN]);

/* Overwrite secret bytes in a way the compiler does not remove. */
void sixpn_key_wipe(void *data, size_t length);

#endif
