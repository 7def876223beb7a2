// SPDX-License-Identifier: GPL-2.0
#include "noise.h"

#include "compat/library.h"
#include "device.h"
#include "keypair.h"
#include "peer.h"
#include "transcript.h"

#include <linux/random.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

/* Paper, section 5.4: names of the construction, hashed into every session. */
static const char noise_construction[] =
	"Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s";
static const char noise_identifier[] = "WireGuard v1 zx2c4 Jason@zx2c4.com";

/* Initiations per second accepted from one peer; each costs three DH. */
#define INITIATION_MIN_INTERVAL_NS (NSEC_PER_SEC / 50)
/* The time stamp must only rise; finer than this would tell the network how
 * long things take here. A power of two, in nanoseconds: 16.8 ms.
 */
#define TIMESTAMP_GRAIN_NS BIT(24)
/* TAI64: 2^62 is 1970-01-01 00:00:00 TAI, which is 10 s ahead of UTC. */
#define TAI64_EPOCH (BIT_ULL(62) + 10)

/* What both ends start from; constant after module init. */
static struct sixpn_transcript initial;

static void transcript_start(struct sixpn_transcript *t,
			     const u8 responder_static[SIXPN_KEY_SIZE])
{
	*t = initial;
	sixpn_transcript_mix_hash(t, responder_static, SIXPN_KEY_SIZE);
}

static void transcript_load(struct sixpn_transcript *t,
			    const struct sixpn_handshake *hs)
{
	memcpy(t->chaining_key, hs->chaining_key, sizeof(t->chaining_key));
	memcpy(t->hash, hs->hash, sizeof(t->hash));
}

static void transcript_store(const struct sixpn_transcript *t,
			     struct sixpn_handshake *hs)
{
	memcpy(hs->chaining_key, t->chaining_key, sizeof(t->chaining_key));
	memcpy(hs->hash, t->hash, sizeof(t->hash));
}

static void timestamp_now(u8 out[SIXPN_TIMESTAMP_SIZE])
{
	struct timespec64 now;

	ktime_get_real_ts64(&now);
	now.tv_nsec = ALIGN_DOWN(now.tv_nsec, TIMESTAMP_GRAIN_NS);
	put_unaligned_be64(TAI64_EPOCH + now.tv_sec, out);
	put_unaligned_be32(now.tv_nsec, out + sizeof(__be64));
}

void sixpn_noise_module_init(void)
{
	sixpn_transcript_init(&initial, noise_construction, noise_identifier);
}

void sixpn_noise_identity_init(struct sixpn_identity *identity)
{
	init_rwsem(&identity->lock);
}

void sixpn_noise_identity_set(struct sixpn_identity *identity,
			      const u8 private[SIXPN_KEY_SIZE])
{
	lockdep_assert_held_write(&identity->lock);
	identity->present = private && memchr_inv(private, 0, SIXPN_KEY_SIZE);
	if (identity->present) {
		memcpy(identity->private, private, SIXPN_KEY_SIZE);
		curve25519_clamp_secret(identity->private);
		identity->present =
			curve25519_generate_public(identity->public,
						   identity->private);
	}
	if (!identity->present) {
		memzero_explicit(identity->private, SIXPN_KEY_SIZE);
		memzero_explicit(identity->public, SIXPN_KEY_SIZE);
	}
}

void sixpn_noise_handshake_init(struct sixpn_peer *peer,
				const u8 remote_static[SIXPN_KEY_SIZE])
{
	struct sixpn_handshake *hs = &peer->handshake;

	memset(hs, 0, sizeof(*hs));
	mutex_init(&hs->lock);
	memcpy(hs->remote_static, remote_static, SIXPN_KEY_SIZE);
	hs->index.kind = SIXPN_INDEX_HANDSHAKE;
	hs->index.peer = peer;
	hs->last_initiation_consumed =
		ktime_get_coarse_boottime_ns() - INITIATION_MIN_INTERVAL_NS;
}

void sixpn_noise_precompute(struct sixpn_peer *peer)
{
	struct sixpn_identity *identity = &peer->sx->identity;
	struct sixpn_handshake *hs = &peer->handshake;

	lockdep_assert_held(&identity->lock);
	mutex_lock(&hs->lock);
	hs->static_static_valid =
		identity->present &&
		curve25519(hs->static_static, identity->private,
			   hs->remote_static);
	if (!hs->static_static_valid)
		memzero_explicit(hs->static_static, SIXPN_KEY_SIZE);
	mutex_unlock(&hs->lock);
}

/* Everything that belongs to one run and not to the peer. */
static void forget_run(struct sixpn_handshake *hs)
{
	lockdep_assert_held(&hs->lock);
	hs->state = SIXPN_HS_IDLE;
	hs->remote_index = 0;
	memzero_explicit(hs->ephemeral_private, sizeof(hs->ephemeral_private));
	memzero_explicit(hs->remote_ephemeral, sizeof(hs->remote_ephemeral));
	memzero_explicit(hs->chaining_key, sizeof(hs->chaining_key));
	memzero_explicit(hs->hash, sizeof(hs->hash));
}

void sixpn_noise_handshake_clear(struct sixpn_peer *peer)
{
	struct sixpn_handshake *hs = &peer->handshake;

	mutex_lock(&hs->lock);
	sixpn_index_remove(&peer->sx->indices, &hs->index);
	forget_run(hs);
	mutex_unlock(&hs->lock);
}

/* Give the run a new number of ours. The old one, if any, is dead: whoever
 * answers to it answers an initiation we no longer remember.
 */
static bool __must_check renew_index(struct sixpn_peer *peer)
{
	struct sixpn_handshake *hs = &peer->handshake;

	sixpn_index_remove(&peer->sx->indices, &hs->index);
	return !hs->dead && !sixpn_index_add(&peer->sx->indices, &hs->index);
}

static bool write_initiation(struct sixpn_peer *peer,
			     struct sixpn_transcript *t,
			     struct sixpn_msg_initiation *msg)
{
	struct sixpn_identity *identity = &peer->sx->identity;
	struct sixpn_handshake *hs = &peer->handshake;
	u8 timestamp[SIXPN_TIMESTAMP_SIZE];

	transcript_start(t, hs->remote_static);
	curve25519_generate_secret(hs->ephemeral_private);
	if (!curve25519_generate_public(msg->ephemeral, hs->ephemeral_private))
		return false;
	sixpn_transcript_mix_ephemeral(t, msg->ephemeral);
	if (!sixpn_transcript_mix_dh(t, hs->ephemeral_private,
				     hs->remote_static))
		return false;
	sixpn_transcript_seal(t, msg->encrypted_static, identity->public,
			      SIXPN_KEY_SIZE);
	sixpn_transcript_mix_shared(t, hs->static_static);
	timestamp_now(timestamp);
	sixpn_transcript_seal(t, msg->encrypted_timestamp, timestamp,
			      sizeof(timestamp));
	return true;
}

bool sixpn_noise_create_initiation(struct sixpn_peer *peer,
				   struct sixpn_msg_initiation *msg)
{
	struct sixpn_identity *identity = &peer->sx->identity;
	struct sixpn_handshake *hs = &peer->handshake;
	struct sixpn_transcript t;
	bool done = false;

	down_read(&identity->lock);
	mutex_lock(&hs->lock);
	if (hs->dead || !identity->present || !hs->static_static_valid)
		goto out;
	/* A run that was under way is given up here, whatever comes. */
	forget_run(hs);
	msg->header.type = cpu_to_le32(SIXPN_MSG_INITIATION);
	if (!write_initiation(peer, &t, msg) || !renew_index(peer)) {
		forget_run(hs);
		goto out;
	}
	msg->sender = hs->index.index;
	transcript_store(&t, hs);
	hs->initiation_sent_at = ktime_get_ns();
	hs->state = SIXPN_HS_INITIATION_SENT;
	done = true;
out:
	mutex_unlock(&hs->lock);
	up_read(&identity->lock);
	memzero_explicit(&t, sizeof(t));
	return done;
}

/* The half of an initiation that any sender with our public key can make.
 * Return: false if it was not made for us.
 */
static bool read_initiation_static(struct sixpn_identity *identity,
				   struct sixpn_transcript *t,
				   const struct sixpn_msg_initiation *msg,
				   u8 remote_static[SIXPN_KEY_SIZE])
{
	if (!identity->present)
		return false;
	transcript_start(t, identity->public);
	sixpn_transcript_mix_ephemeral(t, msg->ephemeral);
	return sixpn_transcript_mix_dh(t, identity->private, msg->ephemeral) &&
	       sixpn_transcript_unseal(t, remote_static, msg->encrypted_static,
				       sizeof(msg->encrypted_static));
}

/* The half that only the peer can make, and only once (paper, section 5.1:
 * the time stamp rises with each initiation).
 */
static bool accept_initiation(struct sixpn_peer *peer,
			      struct sixpn_transcript *t,
			      const struct sixpn_msg_initiation *msg)
{
	struct sixpn_handshake *hs = &peer->handshake;
	u64 now = ktime_get_coarse_boottime_ns();
	u8 timestamp[SIXPN_TIMESTAMP_SIZE];

	lockdep_assert_held(&hs->lock);
	if (hs->dead || !hs->static_static_valid)
		return false;
	sixpn_transcript_mix_shared(t, hs->static_static);
	if (!sixpn_transcript_unseal(t, timestamp, msg->encrypted_timestamp,
				     sizeof(msg->encrypted_timestamp)))
		return false;
	if (memcmp(timestamp, hs->latest_timestamp, sizeof(timestamp)) <= 0)
		return false;
	if ((s64)(now - hs->last_initiation_consumed) <
	    (s64)INITIATION_MIN_INTERVAL_NS)
		return false;

	forget_run(hs);
	memcpy(hs->latest_timestamp, timestamp, sizeof(timestamp));
	memcpy(hs->remote_ephemeral, msg->ephemeral, SIXPN_KEY_SIZE);
	hs->remote_index = msg->sender;
	hs->last_initiation_consumed = now;
	transcript_store(t, hs);
	hs->state = SIXPN_HS_INITIATION_RECEIVED;
	return true;
}

struct sixpn_peer *
sixpn_noise_consume_initiation(struct sixpn_device *sx,
			       const struct sixpn_msg_initiation *msg,
			       u8 stranger[SIXPN_KEY_SIZE])
{
	u8 remote_static[SIXPN_KEY_SIZE];
	struct sixpn_peer *peer = NULL;
	struct sixpn_transcript t;
	bool accepted;

	memset(stranger, 0, SIXPN_KEY_SIZE);
	down_read(&sx->identity.lock);
	if (!read_initiation_static(&sx->identity, &t, msg, remote_static))
		goto out;
	peer = sixpn_peer_lookup_get(sx, remote_static);
	if (!peer) {
		memcpy(stranger, remote_static, SIXPN_KEY_SIZE);
		goto out;
	}
	mutex_lock(&peer->handshake.lock);
	accepted = accept_initiation(peer, &t, msg);
	mutex_unlock(&peer->handshake.lock);
	if (!accepted) {
		sixpn_peer_put(peer);
		peer = NULL;
	}
out:
	up_read(&sx->identity.lock);
	memzero_explicit(&t, sizeof(t));
	return peer;
}

bool sixpn_noise_prove_stranger(struct sixpn_device *sx,
				const struct sixpn_msg_initiation *msg)
{
	struct sixpn_identity *identity = &sx->identity;
	u8 timestamp[SIXPN_TIMESTAMP_SIZE];
	u8 remote_static[SIXPN_KEY_SIZE];
	struct sixpn_transcript t;
	bool proven;

	down_read(&identity->lock);
	proven = read_initiation_static(identity, &t, msg, remote_static) &&
		 sixpn_transcript_mix_dh(&t, identity->private,
					 remote_static) &&
		 sixpn_transcript_unseal(&t, timestamp,
					 msg->encrypted_timestamp,
					 sizeof(msg->encrypted_timestamp));
	up_read(&identity->lock);
	memzero_explicit(&t, sizeof(t));
	return proven;
}

static bool write_response(struct sixpn_handshake *hs,
			   struct sixpn_transcript *t,
			   struct sixpn_msg_response *msg)
{
	transcript_load(t, hs);
	curve25519_generate_secret(hs->ephemeral_private);
	if (!curve25519_generate_public(msg->ephemeral, hs->ephemeral_private))
		return false;
	sixpn_transcript_mix_ephemeral(t, msg->ephemeral);
	if (!sixpn_transcript_mix_dh(t, hs->ephemeral_private,
				     hs->remote_ephemeral) ||
	    !sixpn_transcript_mix_dh(t, hs->ephemeral_private,
				     hs->remote_static))
		return false;
	sixpn_transcript_mix_preshared(t, hs->preshared);
	sixpn_transcript_seal(t, msg->encrypted_nothing, NULL, 0);
	return true;
}

bool sixpn_noise_create_response(struct sixpn_peer *peer,
				 struct sixpn_msg_response *msg)
{
	struct sixpn_handshake *hs = &peer->handshake;
	struct sixpn_transcript t;
	bool done = false;

	down_read(&peer->sx->identity.lock);
	mutex_lock(&hs->lock);
	if (hs->state != SIXPN_HS_INITIATION_RECEIVED)
		goto out;
	msg->header.type = cpu_to_le32(SIXPN_MSG_RESPONSE);
	msg->receiver = hs->remote_index;
	if (!write_response(hs, &t, msg) || !renew_index(peer)) {
		forget_run(hs);
		goto out;
	}
	msg->sender = hs->index.index;
	transcript_store(&t, hs);
	hs->state = SIXPN_HS_RESPONSE_SENT;
	done = true;
out:
	mutex_unlock(&hs->lock);
	up_read(&peer->sx->identity.lock);
	memzero_explicit(&t, sizeof(t));
	return done;
}

/* A response that does not fit leaves the run as it was: the true one may
 * still come.
 */
static int accept_response(struct sixpn_peer *peer,
			   const struct sixpn_msg_response *msg)
{
	struct sixpn_identity *identity = &peer->sx->identity;
	struct sixpn_handshake *hs = &peer->handshake;
	struct sixpn_transcript t;
	int err = -EKEYREJECTED;
	u64 rtt;

	lockdep_assert_held(&hs->lock);
	if (hs->state != SIXPN_HS_INITIATION_SENT || !hs->index.hashed ||
	    hs->index.index != msg->receiver || !identity->present)
		return -ENOENT;
	transcript_load(&t, hs);
	sixpn_transcript_mix_ephemeral(&t, msg->ephemeral);
	if (!sixpn_transcript_mix_dh(&t, hs->ephemeral_private,
				     msg->ephemeral) ||
	    !sixpn_transcript_mix_dh(&t, identity->private, msg->ephemeral))
		goto out;
	sixpn_transcript_mix_preshared(&t, hs->preshared);
	if (!sixpn_transcript_unseal(&t, NULL, msg->encrypted_nothing,
				     sizeof(msg->encrypted_nothing)))
		goto out;

	memcpy(hs->remote_ephemeral, msg->ephemeral, SIXPN_KEY_SIZE);
	hs->remote_index = msg->sender;
	transcript_store(&t, hs);
	hs->state = SIXPN_HS_RESPONSE_RECEIVED;
	rtt = div_u64(ktime_get_ns() - hs->initiation_sent_at, NSEC_PER_USEC);
	WRITE_ONCE(peer->handshake_rtt, clamp_t(u64, rtt, 1, U32_MAX));
	err = 0;
out:
	memzero_explicit(&t, sizeof(t));
	return err;
}

struct sixpn_peer *
sixpn_noise_consume_response(struct sixpn_device *sx,
			     const struct sixpn_msg_response *msg)
{
	struct sixpn_peer *peer = NULL;
	struct sixpn_index *index;
	int err;

	rcu_read_lock();
	index = sixpn_index_lookup(&sx->indices, msg->receiver);
	if (index && index->kind == SIXPN_INDEX_HANDSHAKE)
		peer = sixpn_peer_get_unless_zero(index->peer);
	rcu_read_unlock();
	if (!peer)
		return ERR_PTR(-ENOENT);

	down_read(&sx->identity.lock);
	mutex_lock(&peer->handshake.lock);
	err = accept_response(peer, msg);
	mutex_unlock(&peer->handshake.lock);
	up_read(&sx->identity.lock);
	if (!err)
		return peer;
	sixpn_peer_put(peer);
	return ERR_PTR(err);
}

bool sixpn_noise_begin_session(struct sixpn_peer *peer,
			       enum sixpn_handshake_state expected)
{
	struct sixpn_handshake *hs = &peer->handshake;
	struct sixpn_keypair *keypair;
	bool begun = false;
	u8 *first, *second;

	keypair = sixpn_keypair_alloc(peer);
	if (!keypair)
		return false;

	mutex_lock(&hs->lock);
	if (hs->dead || hs->state != expected)
		goto out;
	keypair->initiator = expected == SIXPN_HS_RESPONSE_RECEIVED;
	keypair->remote_index = hs->remote_index;
	keypair->birth = ktime_get_coarse_boottime_ns();
	first = keypair->initiator ? keypair->send_key : keypair->receive_key;
	second = keypair->initiator ? keypair->receive_key : keypair->send_key;
	sixpn_kdf(first, second, NULL, NULL, 0, hs->chaining_key);
	keypair->send_valid = true;
	keypair->receive_valid = true;
	/* From here on the number we told the other end means the session. */
	if (!sixpn_index_replace(&peer->sx->indices, &hs->index,
				 &keypair->index))
		goto out;
	sixpn_keypairs_install(peer, keypair);
	keypair = NULL;
	begun = true;
	forget_run(hs);
out:
	mutex_unlock(&hs->lock);
	if (keypair)
		sixpn_keypair_free(keypair);
	return begun;
}
