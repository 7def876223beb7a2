// SPDX-License-Identifier: GPL-2.0
#include "keypair.h"

#include "device.h"
#include "peer.h"

#include <linux/ktime.h>
#include <linux/slab.h>

bool sixpn_birth_expired(u64 birth_ns, u64 seconds)
{
	return (s64)(birth_ns + seconds * NSEC_PER_SEC) <=
	       (s64)ktime_get_coarse_boottime_ns();
}

void sixpn_keypairs_init(struct sixpn_keypairs *keypairs)
{
	spin_lock_init(&keypairs->lock);
	RCU_INIT_POINTER(keypairs->current_key, NULL);
	RCU_INIT_POINTER(keypairs->previous, NULL);
	RCU_INIT_POINTER(keypairs->next, NULL);
}

struct sixpn_keypair *sixpn_keypair_alloc(struct sixpn_peer *peer)
{
	struct sixpn_keypair *keypair = kzalloc(sizeof(*keypair), GFP_KERNEL);

	if (!keypair)
		return NULL;
	keypair->index.kind = SIXPN_INDEX_KEYPAIR;
	keypair->index.peer = peer;
	sixpn_replay_init(&keypair->replay);
	return keypair;
}

void sixpn_keypair_free(struct sixpn_keypair *keypair)
{
	kfree_sensitive(keypair);
}

static void keypair_free_rcu(struct rcu_head *rcu)
{
	sixpn_keypair_free(container_of(rcu, struct sixpn_keypair, rcu));
}

/* Out of its slot already; take it out of the index table too, then let the
 * readers that still have it finish. Whoever encrypts with it after this point
 * found it before: one grace period covers all of them.
 */
static void keypair_retire(struct sixpn_peer *peer,
			   struct sixpn_keypair *keypair)
{
	lockdep_assert_held(&peer->keypairs.lock);
	if (!keypair)
		return;
	WRITE_ONCE(keypair->send_valid, false);
	WRITE_ONCE(keypair->receive_valid, false);
	sixpn_index_remove(&peer->sx->indices, &keypair->index);
	call_rcu(&keypair->rcu, keypair_free_rcu);
}

/* Return: what was in the slot before. */
static struct sixpn_keypair *slot_put(struct sixpn_keypairs *keypairs,
				      struct sixpn_keypair __rcu **slot,
				      struct sixpn_keypair *keypair)
{
	return rcu_replace_pointer(*slot, keypair,
				   lockdep_is_held(&keypairs->lock));
}

static struct sixpn_keypair *slot_take(struct sixpn_keypairs *keypairs,
				       struct sixpn_keypair __rcu **slot)
{
	return slot_put(keypairs, slot, NULL);
}

void sixpn_keypairs_install(struct sixpn_peer *peer,
			    struct sixpn_keypair *keypair)
{
	struct sixpn_keypairs *keypairs = &peer->keypairs;
	struct sixpn_keypair *next, *old;

	spin_lock_bh(&keypairs->lock);
	next = slot_take(keypairs, &keypairs->next);
	keypair_retire(peer, slot_take(keypairs, &keypairs->previous));
	if (keypair->initiator) {
		/* Senders find the old one or the new one, never none. */
		old = slot_put(keypairs, &keypairs->current_key, keypair);
		/* The responder may still send with what it had: keep it to
		 * receive. If it never confirmed its last session as current
		 * for us, that one is the younger of the two.
		 */
		if (next)
			keypair_retire(peer, old);
		rcu_assign_pointer(keypairs->previous, next ?: old);
	} else {
		/* Nothing may be sent with it before the initiator proved that
		 * it has the keys (paper, section 5.4.5).
		 */
		keypair_retire(peer, next);
		rcu_assign_pointer(keypairs->next, keypair);
	}
	spin_unlock_bh(&keypairs->lock);
}

bool sixpn_keypairs_confirm(struct sixpn_peer *peer,
			    struct sixpn_keypair *keypair)
{
	struct sixpn_keypairs *keypairs = &peer->keypairs;
	bool confirmed;

	if (likely(rcu_access_pointer(keypairs->next) != keypair))
		return false;

	spin_lock_bh(&keypairs->lock);
	confirmed = rcu_access_pointer(keypairs->next) == keypair;
	if (confirmed) {
		keypair_retire(peer, slot_take(keypairs, &keypairs->previous));
		slot_take(keypairs, &keypairs->next);
		rcu_assign_pointer(keypairs->previous,
				   slot_put(keypairs, &keypairs->current_key,
					    keypair));
	}
	spin_unlock_bh(&keypairs->lock);
	return confirmed;
}

void sixpn_keypairs_clear(struct sixpn_peer *peer)
{
	struct sixpn_keypairs *keypairs = &peer->keypairs;

	spin_lock_bh(&keypairs->lock);
	keypair_retire(peer, slot_take(keypairs, &keypairs->current_key));
	keypair_retire(peer, slot_take(keypairs, &keypairs->previous));
	keypair_retire(peer, slot_take(keypairs, &keypairs->next));
	spin_unlock_bh(&keypairs->lock);
}

void sixpn_keypairs_expire_sending(struct sixpn_peer *peer)
{
	struct sixpn_keypairs *keypairs = &peer->keypairs;
	struct sixpn_keypair *keypair;

	spin_lock_bh(&keypairs->lock);
	keypair = rcu_dereference_protected(keypairs->current_key,
					    lockdep_is_held(&keypairs->lock));
	if (keypair)
		WRITE_ONCE(keypair->send_valid, false);
	/* An unconfirmed session would become current: it must not. */
	keypair = rcu_dereference_protected(keypairs->next,
					    lockdep_is_held(&keypairs->lock));
	if (keypair)
		WRITE_ONCE(keypair->send_valid, false);
	spin_unlock_bh(&keypairs->lock);
}
