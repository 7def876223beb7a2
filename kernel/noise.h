/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s as WireGuard uses it (paper, section
 * 5.4). Pure state machine: knows no sockets and no timers.
 */
#ifndef _SIXPN_NOISE_H
#define _SIXPN_NOISE_H

#include "index.h"
#include "wire.h"

#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>

struct sixpn_device;
struct sixpn_keypair;
struct sixpn_peer;

/* Our long-term key. One per device. */
struct sixpn_identity {
	struct rw_semaphore lock; /* read for a handshake step, write to set */
	bool present;
	u8 private[SIXPN_KEY_SIZE];
	u8 public[SIXPN_KEY_SIZE];
};

enum sixpn_handshake_state {
	SIXPN_HS_IDLE,
	SIXPN_HS_INITIATION_SENT,
	SIXPN_HS_INITIATION_RECEIVED,
	SIXPN_HS_RESPONSE_SENT,
	SIXPN_HS_RESPONSE_RECEIVED,
};

/* One per peer. */
struct sixpn_handshake {
	struct mutex lock; /* protects all below but remote_static */
	u8 state; /* enum sixpn_handshake_state */
	bool dead; /* the peer is being removed: start nothing more */
	u8 remote_static[SIXPN_KEY_SIZE]; /* constant: the peer's name */
	u8 static_static[SIXPN_KEY_SIZE]; /* DH of both long-term keys */
	bool static_static_valid;
	u8 preshared[SIXPN_KEY_SIZE];
	u8 ephemeral_private[SIXPN_KEY_SIZE];
	u8 remote_ephemeral[SIXPN_KEY_SIZE];
	u8 chaining_key[SIXPN_HASH_SIZE];
	u8 hash[SIXPN_HASH_SIZE];
	u8 latest_timestamp[SIXPN_TIMESTAMP_SIZE]; /* replay floor, TAI64N */
	u64 last_initiation_consumed; /* ktime_get_coarse_boottime_ns() */
	u64 initiation_sent_at; /* ktime_get_ns(), for the round-trip time */
	__le32 remote_index;
	struct sixpn_index index; /* ours, while a handshake runs */
};

void sixpn_noise_module_init(void);

void sixpn_noise_identity_init(struct sixpn_identity *identity);
/* Set (or with NULL or all zeros forget) the private key; clamps it. The
 * identity's lock is held for writing; the caller then calls
 * sixpn_noise_precompute() for every peer.
 */
void sixpn_noise_identity_set(struct sixpn_identity *identity,
			      const u8 private[SIXPN_KEY_SIZE]);

void sixpn_noise_handshake_init(struct sixpn_peer *peer,
				const u8 remote_static[SIXPN_KEY_SIZE]);
/* Recompute what depends on both long-term keys. identity.lock held. */
void sixpn_noise_precompute(struct sixpn_peer *peer);
/* Forget ephemeral secrets and our index. Takes handshake.lock. */
void sixpn_noise_handshake_clear(struct sixpn_peer *peer);

/* Each of these is one message of section 5.4.2/5.4.3. Context: process. */
bool sixpn_noise_create_initiation(struct sixpn_peer *peer,
				   struct sixpn_msg_initiation *msg);
/* Return: the peer with a reference for the caller, or NULL. @stranger is the
 * public key that the message names if that is no peer's, otherwise all zero;
 * that the sender has its private key is not proven.
 */
struct sixpn_peer *
sixpn_noise_consume_initiation(struct sixpn_device *sx,
			       const struct sixpn_msg_initiation *msg,
			       u8 stranger[SIXPN_KEY_SIZE]);
/* Does the sender of @msg have the private key of the public key it names? */
bool sixpn_noise_prove_stranger(struct sixpn_device *sx,
				const struct sixpn_msg_initiation *msg);
bool sixpn_noise_create_response(struct sixpn_peer *peer,
				 struct sixpn_msg_response *msg);
/* Return: the peer with a reference for the caller; ERR_PTR(-ENOENT) if no
 * initiation of ours waits for this, or ERR_PTR(-EKEYREJECTED) if whoever answered
 * it has not the keys, or not the preshared key, of that peer.
 */
struct sixpn_peer *
sixpn_noise_consume_response(struct sixpn_device *sx,
			     const struct sixpn_msg_response *msg);
/* Derive the transport keys and install them. @expected is the state that the
 * caller brought the handshake to: SIXPN_HS_RESPONSE_SENT or _RECEIVED. Return:
 * false if another worker has moved it on, the peer is going or memory is short.
 */
bool sixpn_noise_begin_session(struct sixpn_peer *peer,
			       enum sixpn_handshake_state expected);

#ifdef SIXPN_SELFTEST
bool sixpn_noise_selftest(void);
#endif

#endif /* _SIXPN_NOISE_H */
