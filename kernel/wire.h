/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The WireGuard wire format: every message that crosses the underlay, once.
 * Source: J. A. Donenfeld, "WireGuard: Next Generation Kernel Network Tunnel",
 * NDSS 2017, sections 5.4 (messages) and 6 (timers, constants).
 */
#ifndef _SIXPN_WIRE_H
#define _SIXPN_WIRE_H

#include <crypto/blake2s.h>
#include <crypto/chacha20poly1305.h>
#include <crypto/curve25519.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/jiffies.h>
#include <linux/types.h>

#define SIXPN_KEY_SIZE		CURVE25519_KEY_SIZE
#define SIXPN_HASH_SIZE		BLAKE2S_HASH_SIZE
#define SIXPN_TAG_SIZE		CHACHA20POLY1305_AUTHTAG_SIZE
#define SIXPN_TIMESTAMP_SIZE	12
#define SIXPN_MAC_SIZE		16
#define SIXPN_COOKIE_SIZE	16
#define SIXPN_COOKIE_NONCE_SIZE	24

/* Plaintext of data messages is padded with zeros to a multiple of this. */
#define SIXPN_PADDING		16

/* Section 6.1 of the paper; durations in seconds. */
#define SIXPN_REKEY_AFTER_MESSAGES	BIT_ULL(60)
#define SIXPN_REPLAY_WINDOW		8192
#define SIXPN_REJECT_AFTER_MESSAGES	(U64_MAX - SIXPN_REPLAY_WINDOW)
#define SIXPN_REKEY_AFTER_TIME		120
#define SIXPN_REJECT_AFTER_TIME		180
#define SIXPN_REKEY_ATTEMPT_TIME	90
#define SIXPN_REKEY_TIMEOUT		5
#define SIXPN_KEEPALIVE_TIMEOUT		10
#define SIXPN_COOKIE_SECRET_MAX_AGE	120
#define SIXPN_COOKIE_LATENCY		5
/* "Up to one third of a second" keeps two ends from retrying in step. */
#define SIXPN_REKEY_JITTER_JIFFIES	(HZ / 3)

enum sixpn_message_type {
	SIXPN_MSG_INITIATION = 1,
	SIXPN_MSG_RESPONSE = 2,
	SIXPN_MSG_COOKIE = 3,
	SIXPN_MSG_DATA = 4,
};

/* One byte of type and three reserved zero bytes, read as one word. */
struct sixpn_msg_header {
	__le32 type;
};

struct sixpn_msg_macs {
	u8 mac1[SIXPN_MAC_SIZE];
	u8 mac2[SIXPN_MAC_SIZE];
};

struct sixpn_msg_initiation {
	struct sixpn_msg_header header;
	__le32 sender;
	u8 ephemeral[SIXPN_KEY_SIZE];
	u8 encrypted_static[SIXPN_KEY_SIZE + SIXPN_TAG_SIZE];
	u8 encrypted_timestamp[SIXPN_TIMESTAMP_SIZE + SIXPN_TAG_SIZE];
	struct sixpn_msg_macs macs;
};

struct sixpn_msg_response {
	struct sixpn_msg_header header;
	__le32 sender;
	__le32 receiver;
	u8 ephemeral[SIXPN_KEY_SIZE];
	u8 encrypted_nothing[SIXPN_TAG_SIZE];
	struct sixpn_msg_macs macs;
};

struct sixpn_msg_cookie {
	struct sixpn_msg_header header;
	__le32 receiver;
	u8 nonce[SIXPN_COOKIE_NONCE_SIZE];
	u8 encrypted_cookie[SIXPN_COOKIE_SIZE + SIXPN_TAG_SIZE];
};

struct sixpn_msg_data {
	struct sixpn_msg_header header;
	__le32 receiver;
	__le64 counter;
	u8 ciphertext[];
};

static_assert(sizeof(struct sixpn_msg_initiation) == 148);
static_assert(sizeof(struct sixpn_msg_response) == 92);
static_assert(sizeof(struct sixpn_msg_cookie) == 64);
static_assert(sizeof(struct sixpn_msg_data) == 16);

/* What a data message adds to its padded plaintext. */
#define SIXPN_DATA_OVERHEAD (sizeof(struct sixpn_msg_data) + SIXPN_TAG_SIZE)

#endif /* _SIXPN_WIRE_H */
