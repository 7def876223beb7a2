// SPDX-License-Identifier: GPL-2.0
#include "transcript.h"

#include "compat/library.h"

#include <linux/string.h>

static void hmac(u8 out[SIXPN_HASH_SIZE], const u8 key[SIXPN_HASH_SIZE],
		 const u8 *input, size_t len, const u8 *tail, size_t tail_len)
{
	u8 pad[BLAKE2S_BLOCK_SIZE], inner[SIXPN_HASH_SIZE];
	struct blake2s_ctx state;
	int i;

	memset(pad, 0x36, sizeof(pad)); /* RFC 2104 */
	for (i = 0; i < SIXPN_HASH_SIZE; i++)
		pad[i] ^= key[i];
	blake2s_init(&state, SIXPN_HASH_SIZE);
	blake2s_update(&state, pad, sizeof(pad));
	blake2s_update(&state, input, len);
	blake2s_update(&state, tail, tail_len);
	blake2s_final(&state, inner);

	for (i = 0; i < BLAKE2S_BLOCK_SIZE; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	blake2s_init(&state, SIXPN_HASH_SIZE);
	blake2s_update(&state, pad, sizeof(pad));
	blake2s_update(&state, inner, sizeof(inner));
	blake2s_final(&state, out);

	memzero_explicit(pad, sizeof(pad));
	memzero_explicit(inner, sizeof(inner));
}

void sixpn_kdf(u8 *first, u8 *second, u8 *third, const u8 *input,
	       size_t input_len, const u8 chaining_key[SIXPN_HASH_SIZE])
{
	u8 secret[SIXPN_HASH_SIZE], block[SIXPN_HASH_SIZE];
	u8 *const outputs[] = {first, second, third};
	u8 n;

	/* HKDF (RFC 5869) as Noise narrows it: T(n) = HMAC(secret, T(n-1)||n) */
	hmac(secret, chaining_key, input, input_len, NULL, 0);
	for (n = 1; n <= ARRAY_SIZE(outputs); n++) {
		if (n > 1 && !outputs[n - 1])
			break;
		hmac(block, secret, block, n > 1 ? sizeof(block) : 0, &n, 1);
		if (outputs[n - 1])
			memcpy(outputs[n - 1], block, sizeof(block));
	}
	memzero_explicit(secret, sizeof(secret));
	memzero_explicit(block, sizeof(block));
}

void sixpn_transcript_mix_hash(struct sixpn_transcript *t, const void *data,
			       size_t len)
{
	struct blake2s_ctx state;

	blake2s_init(&state, SIXPN_HASH_SIZE);
	blake2s_update(&state, t->hash, sizeof(t->hash));
	blake2s_update(&state, data, len);
	blake2s_final(&state, t->hash);
}

void sixpn_transcript_init(struct sixpn_transcript *t, const char *protocol,
			   const char *prologue)
{
	struct blake2s_ctx state;

	blake2s_init(&state, SIXPN_HASH_SIZE);
	blake2s_update(&state, protocol, strlen(protocol));
	blake2s_final(&state, t->chaining_key);
	memcpy(t->hash, t->chaining_key, sizeof(t->hash));
	sixpn_transcript_mix_hash(t, prologue, strlen(prologue));
}

void sixpn_transcript_mix_ephemeral(struct sixpn_transcript *t,
				    const u8 public[SIXPN_KEY_SIZE])
{
	sixpn_transcript_mix_hash(t, public, SIXPN_KEY_SIZE);
	sixpn_kdf(t->chaining_key, NULL, NULL, public, SIXPN_KEY_SIZE,
		  t->chaining_key);
}

void sixpn_transcript_mix_shared(struct sixpn_transcript *t,
				 const u8 shared[SIXPN_KEY_SIZE])
{
	sixpn_kdf(t->chaining_key, t->key, NULL, shared, SIXPN_KEY_SIZE,
		  t->chaining_key);
}

bool sixpn_transcript_mix_dh(struct sixpn_transcript *t,
			     const u8 private[SIXPN_KEY_SIZE],
			     const u8 public[SIXPN_KEY_SIZE])
{
	u8 shared[SIXPN_KEY_SIZE];
	bool good = curve25519(shared, private, public);

	if (good)
		sixpn_transcript_mix_shared(t, shared);
	memzero_explicit(shared, sizeof(shared));
	return good;
}

void sixpn_transcript_mix_preshared(struct sixpn_transcript *t,
				    const u8 preshared[SIXPN_KEY_SIZE])
{
	u8 extra[SIXPN_HASH_SIZE];

	sixpn_kdf(t->chaining_key, extra, t->key, preshared, SIXPN_KEY_SIZE,
		  t->chaining_key);
	sixpn_transcript_mix_hash(t, extra, sizeof(extra));
	memzero_explicit(extra, sizeof(extra));
}

/* Every key encrypts one field: the nonce is always zero. */
void sixpn_transcript_seal(struct sixpn_transcript *t, u8 *out, const u8 *plain,
			   size_t len)
{
	chacha20poly1305_encrypt(out, plain, len, t->hash, sizeof(t->hash), 0,
				 t->key);
	sixpn_transcript_mix_hash(t, out, len + SIXPN_TAG_SIZE);
}

bool sixpn_transcript_unseal(struct sixpn_transcript *t, u8 *plain,
			     const u8 *sealed, size_t sealed_len)
{
	if (!chacha20poly1305_decrypt(plain, sealed, sealed_len, t->hash,
				      sizeof(t->hash), 0, t->key))
		return false;
	sixpn_transcript_mix_hash(t, sealed, sealed_len);
	return true;
}
