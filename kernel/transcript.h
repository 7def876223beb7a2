/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The symmetric state of a running Noise handshake (Noise Protocol Framework,
 * section 5.2) for 25519, ChaChaPoly and BLAKE2s.
 */
#ifndef _SIXPN_TRANSCRIPT_H
#define _SIXPN_TRANSCRIPT_H

#include "wire.h"

/* Holds secrets: whoever has one on the stack wipes it. */
struct sixpn_transcript {
	u8 chaining_key[SIXPN_HASH_SIZE];
	u8 hash[SIXPN_HASH_SIZE];
	u8 key[SIXPN_KEY_SIZE]; /* of the next encrypted field */
};

/* HKDF (RFC 5869) over HMAC-BLAKE2s as Noise narrows it: 1 to 3 outputs of 32
 * bytes. @first may be NULL and be @chaining_key; nothing after the first NULL of
 * the others is made.
 */
void sixpn_kdf(u8 *first, u8 *second, u8 *third, const u8 *input,
	       size_t input_len, const u8 chaining_key[SIXPN_HASH_SIZE]);

/* The state both ends begin with: name of the protocol, more than 32 bytes, and
 * a prologue both know.
 */
void sixpn_transcript_init(struct sixpn_transcript *t, const char *protocol,
			   const char *prologue);

void sixpn_transcript_mix_hash(struct sixpn_transcript *t, const void *data,
			       size_t len);

/* An ephemeral public key: into the hash and, because of the preshared key
 * (Noise, section 9.2), into the chaining key.
 */
void sixpn_transcript_mix_ephemeral(struct sixpn_transcript *t,
				    const u8 public[SIXPN_KEY_SIZE]);

/* A shared secret that was computed earlier. */
void sixpn_transcript_mix_shared(struct sixpn_transcript *t,
				 const u8 shared[SIXPN_KEY_SIZE]);

/* Return: false if @public is a point of low order. */
bool __must_check sixpn_transcript_mix_dh(struct sixpn_transcript *t,
					  const u8 private[SIXPN_KEY_SIZE],
					  const u8 public[SIXPN_KEY_SIZE]);

void sixpn_transcript_mix_preshared(struct sixpn_transcript *t,
				    const u8 preshared[SIXPN_KEY_SIZE]);

/* Encrypt a field: @out gets @len + SIXPN_TAG_SIZE bytes. */
void sixpn_transcript_seal(struct sixpn_transcript *t, u8 *out, const u8 *plain,
			   size_t len);

/* Decrypt one. Return: false if it is not authentic. */
bool __must_check sixpn_transcript_unseal(struct sixpn_transcript *t, u8 *plain,
					  const u8 *sealed, size_t sealed_len);

#endif /* _SIXPN_TRANSCRIPT_H */
