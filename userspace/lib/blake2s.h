/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BLAKE2s-256 without a key, RFC 7693: what the kernel module derives host ids
 * with. (libsodium has the other one, BLAKE2b.)
 */
#ifndef SIXPN_LIB_BLAKE2S_H
#define SIXPN_LIB_BLAKE2S_H

#include <stddef.h>
#include <stdint.h>

#define SIXPN_BLAKE2S_LEN 32

/* @digest may be a part of @data. */
void sixpn_blake2s(uint8_t digest[SIXPN_BLAKE2S_LEN], const void *data,
		   size_t length);

#endif
