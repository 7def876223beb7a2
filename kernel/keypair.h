/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Transport keys of one session and the three slots a peer keeps them in
 * (paper, sections 5.4.5 and 6.3).
 *
 * A keypair is found by readers through its slot or its receiver index, both
 * under RCU, and holds no reference on anything: it is freed one grace period
 * after it left both.
 */
#ifndef _SIXPN_KEYPAIR_H
#define _SIXPN_KEYPAIR_H

#include "index.h"
#include "replay.h"
#include "wire.h"

#include <linux/atomic.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct sixpn_peer;

struct sixpn_keypair {
	/* Written for each packet sent. */
	atomic64_t send_counter; /* next nonce to use */
	/* Constant after creation but for the two valid bits. */
	u8 send_key[SIXPN_KEY_SIZE];
	u8 receive_key[SIXPN_KEY_SIZE];
	u64 birth; /* ktime_get_coarse_boottime_ns() */
	__le32 remote_index;
	bool initiator; /* we sent the initiation */
	bool send_valid; /* cleared for good at expiry; READ/WRITE_ONCE */
	bool receive_valid; /* the same */
	struct sixpn_index index; /* our receiver index */
	struct rcu_head rcu;
	/* Written for each packet received. */
	struct sixpn_replay replay ____cacheline_aligned_in_smp;
};

struct sixpn_keypairs {
	struct sixpn_keypair __rcu *current_key; /* RCU; written under lock */
	struct sixpn_keypair __rcu *previous; /* RCU; written under lock */
	struct sixpn_keypair __rcu *next; /* responder's, unconfirmed; likewise */
	spinlock_t lock; /* protects the slots; BH-safe */
};

void sixpn_keypairs_init(struct sixpn_keypairs *keypairs);
struct sixpn_keypair *sixpn_keypair_alloc(struct sixpn_peer *peer);
/* For a keypair that was never installed. */
void sixpn_keypair_free(struct sixpn_keypair *keypair);

/* A handshake is complete: take ownership of @keypair, whose index is already
 * in the table, and retire the one it displaces.
 */
void sixpn_keypairs_install(struct sixpn_peer *peer,
			    struct sixpn_keypair *keypair);

/* The first authentic data on the responder's next keypair confirms that the
 * initiator has it: make it current. Return: true if it was @keypair.
 */
bool sixpn_keypairs_confirm(struct sixpn_peer *peer,
			    struct sixpn_keypair *keypair);

/* Forget all three: sessions end now. */
void sixpn_keypairs_clear(struct sixpn_peer *peer);
/* Forbid sending with any of them, keep receiving (new key material forces a
 * new handshake, packets in flight still arrive).
 */
void sixpn_keypairs_expire_sending(struct sixpn_peer *peer);

/* Nonces for @count messages: the first of them in @first. Return: false at the
 * end of the session (paper, section 6.2), which is not sent with any more then.
 */
static inline bool sixpn_keypair_take_nonces(struct sixpn_keypair *keypair,
					     unsigned int count, u64 *first)
{
	*first = atomic64_add_return(count, &keypair->send_counter) - count;
	if (likely(*first < SIXPN_REJECT_AFTER_MESSAGES - count))
		return true;
	WRITE_ONCE(keypair->send_valid, false);
	return false;
}

/* Has @seconds passed since @birth_ns (ktime_get_coarse_boottime_ns())? */
bool sixpn_birth_expired(u64 birth_ns, u64 seconds);

#ifdef SIXPN_SELFTEST
bool sixpn_keypair_selftest(void);
#endif

#endif /* _SIXPN_KEYPAIR_H */
