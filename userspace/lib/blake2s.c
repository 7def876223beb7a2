// SPDX-License-Identifier: GPL-2.0-or-later
#include "blake2s.h"

#include <string.h>

#define BLOCK 64
#define ROUNDS 10

/* RFC 7693, section 2.6 */
static const uint32_t start[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

/* Section 2.7 */
static const uint8_t order[ROUNDS][16] = {
	{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
	{ 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3 },
	{ 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4 },
	{ 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8 },
	{ 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13 },
	{ 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9 },
	{ 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11 },
	{ 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10 },
	{ 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5 },
	{ 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0 },
};

static uint32_t rotate(uint32_t word, unsigned int bits)
{
	return word >> bits | word << (32 - bits);
}

/* Section 3.1 */
static void mix(uint32_t v[16], size_t a, size_t b, size_t c, size_t d,
		uint32_t x, uint32_t y)
{
	v[a] += v[b] + x;
	v[d] = rotate(v[d] ^ v[a], 16);
	v[c] += v[d];
	v[b] = rotate(v[b] ^ v[c], 12);
	v[a] += v[b] + y;
	v[d] = rotate(v[d] ^ v[a], 8);
	v[c] += v[d];
	v[b] = rotate(v[b] ^ v[c], 7);
}

/* Section 3.2; @count: bytes so far, these included. */
static void compress(uint32_t h[8], const uint8_t block[BLOCK], uint64_t count,
		     uint32_t last)
{
	uint32_t v[16], m[16];
	size_t i;

	for (i = 0; i < 16; i++)
		m[i] = block[4 * i] | (uint32_t)block[4 * i + 1] << 8 |
		       (uint32_t)block[4 * i + 2] << 16 |
		       (uint32_t)block[4 * i + 3] << 24;
	memcpy(v, h, 8 * sizeof(*v));
	memcpy(v + 8, start, sizeof(start));
	v[12] ^= (uint32_t)count;
	v[13] ^= (uint32_t)(count >> 32);
	v[14] ^= last;
	for (i = 0; i < ROUNDS; i++) {
		const uint8_t *s = order[i];

		mix(v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
		mix(v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
		mix(v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
		mix(v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
		mix(v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
		mix(v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
		mix(v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
		mix(v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
	}
	for (i = 0; i < 8; i++)
		h[i] ^= v[i] ^ v[i + 8];
}

void sixpn_blake2s(uint8_t digest[SIXPN_BLAKE2S_LEN], const void *data,
		   size_t length)
{
	const uint8_t *bytes = data;
	uint8_t block[BLOCK] = { 0 };
	uint32_t h[8];
	size_t at, i;

	memcpy(h, start, sizeof(h));
	/* parameters: 32 bytes out, no key, one leaf */
	h[0] ^= 0x01010000 ^ SIXPN_BLAKE2S_LEN;
	for (at = 0; length - at > BLOCK; at += BLOCK)
		compress(h, bytes + at, at + BLOCK, 0);
	if (length > at)
		memcpy(block, bytes + at, length - at);
	compress(h, block, length, ~0U);
	for (i = 0; i < SIXPN_BLAKE2S_LEN; i++)
		digest[i] = (uint8_t)(h[i / 4] >> 8 * (i % 4));
}
