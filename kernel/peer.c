// SPDX-License-Identifier: GPL-2.0
#include "peer.h"

#include "device.h"
#include "events.h"
#include "handshake.h"
#include "host.h"
#include "machine.h"
#include "transmit.h"

#include <linux/slab.h>

static const struct rhashtable_params key_params = {
	.key_len = SIXPN_KEY_SIZE,
	.key_offset = offsetof(struct sixpn_peer, handshake.remote_static),
	.head_offset = offsetof(struct sixpn_peer, key_node),
	.automatic_shrinking = true,
};

static struct kmem_cache *peer_cache;

int sixpn_peer_module_init(void)
{
	/* Charged to whoever makes so many of them. */
	peer_cache = KMEM_CACHE(sixpn_peer, SLAB_ACCOUNT);
	return peer_cache ? 0 : -ENOMEM;
}

void sixpn_peer_module_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(peer_cache);
}

int sixpn_peer_table_init(struct sixpn_device *sx)
{
	xa_init_flags(&sx->peers, XA_FLAGS_ALLOC);
	return rhashtable_init(&sx->peers_by_key, &key_params);
}

void sixpn_peer_table_destroy(struct sixpn_device *sx)
{
	WARN_ON_ONCE(!xa_empty(&sx->peers));
	xa_destroy(&sx->peers);
	rhashtable_destroy(&sx->peers_by_key);
}

static void peer_free_rcu(struct rcu_head *rcu)
{
	struct sixpn_peer *peer = container_of(rcu, struct sixpn_peer, rcu);

	/* The grace period is over: nobody can stage a packet or publish an
	 * endpoint any more, so what is here now is the last of it.
	 */
	skb_queue_purge(&peer->staged);
	sixpn_endpoint_free(rcu_dereference_protected(peer->endpoint, true));
	free_percpu(peer->stats);
	/* The device may go from here on: it waits for this reference. */
	netdev_put(peer->sx->dev, &peer->dev_tracker);
	memzero_explicit(peer, sizeof(*peer));
	kmem_cache_free(peer_cache, peer);
}

static void peer_release(struct kref *refcount)
{
	struct sixpn_peer *peer =
		container_of(refcount, struct sixpn_peer, refcount);

	WARN_ON_ONCE(!list_empty(&peer->allowedips));
	call_rcu(&peer->rcu, peer_free_rcu);
}

struct sixpn_peer *sixpn_peer_get_unless_zero(struct sixpn_peer *peer)
{
	return peer && kref_get_unless_zero(&peer->refcount) ? peer : NULL;
}

void sixpn_peer_put(struct sixpn_peer *peer)
{
	kref_put(&peer->refcount, peer_release);
}

/* It was idle when its timer looked: remove it, unless it has been heard since
 * or somebody else was quicker.
 */
static void peer_expire(struct sixpn_peer *peer)
{
	struct sixpn_device *sx = peer->sx;
	LIST_HEAD(doomed);

	mutex_lock(&sx->lock);
	if (peer->live && sixpn_timers_is_idle(peer)) {
		peer->expired = true;
		sixpn_peer_unlink(peer, &doomed);
		sixpn_device_touch(sx);
		sixpn_event_peer_gone(peer);
	}
	mutex_unlock(&sx->lock);
	/* Not under the lock: many may become idle at once, and each waits for
	 * readers. The end of the device waits for the peer's reference to it,
	 * that of the namespace the sockets are in for this work.
	 */
	sixpn_peers_release(&doomed);
}

/* Process context: handshakes cost a millisecond and take mutexes. */
static void peer_work(struct work_struct *work)
{
	struct sixpn_peer *peer = container_of(work, struct sixpn_peer, work);

	if (test_and_clear_bit(SIXPN_TODO_EXPIRE, &peer->todo))
		peer_expire(peer);
	if (test_and_clear_bit(SIXPN_TODO_WIPE, &peer->todo))
		sixpn_peer_wipe(peer);
	if (test_and_clear_bit(SIXPN_TODO_INITIATE, &peer->todo))
		sixpn_handshake_initiate(peer);
	sixpn_peer_put(peer);
}

void sixpn_peer_schedule(struct sixpn_peer *peer, enum sixpn_peer_todo what)
{
	set_bit(what, &peer->todo);
	/* The work owns a reference, so it may run after the peer's removal;
	 * handshake.dead then keeps it from doing anything.
	 */
	if (!sixpn_peer_get_unless_zero(peer))
		return;
	if (!queue_work(sixpn_peer_wq, &peer->work))
		sixpn_peer_put(peer);
}

void sixpn_peer_wipe(struct sixpn_peer *peer)
{
	sixpn_noise_handshake_clear(peer);
	sixpn_keypairs_clear(peer);
}

static struct sixpn_peer *peer_alloc(struct sixpn_device *sx,
				     const u8 public[SIXPN_KEY_SIZE])
{
	struct sixpn_peer *peer = kmem_cache_zalloc(peer_cache, GFP_KERNEL);

	if (!peer)
		return NULL;
	peer->stats = netdev_alloc_pcpu_stats(struct sixpn_peer_stats);
	if (!peer->stats) {
		kmem_cache_free(peer_cache, peer);
		return NULL;
	}
	peer->sx = sx;
	netdev_hold(sx->dev, &peer->dev_tracker, GFP_KERNEL);
	kref_init(&peer->refcount);
	sixpn_keypairs_init(&peer->keypairs);
	spin_lock_init(&peer->endpoint_lock);
	skb_queue_head_init(&peer->staged);
	INIT_LIST_HEAD(&peer->allowedips);
	INIT_LIST_HEAD(&peer->machines);
	INIT_LIST_HEAD(&peer->release_node);
	INIT_WORK(&peer->work, peer_work);
	sixpn_handshake_reset_pace(peer);
	sixpn_cookie_jar_init(&peer->cookie_jar, public);
	sixpn_noise_handshake_init(peer, public);
	sixpn_timers_init(peer);
	return peer;
}

/* Reserve an id and, unless @replaces keeps the place, the key. */
static int peer_reserve(struct sixpn_peer *peer, struct sixpn_peer *replaces)
{
	struct sixpn_device *sx = peer->sx;
	int err;

	/* Ids rise with age: a dump that stopped at one goes on at the next. */
	err = xa_alloc_cyclic(&sx->peers, &peer->id, peer,
			      XA_LIMIT(1, U32_MAX), &sx->next_peer_id,
			      GFP_KERNEL);
	if (err < 0)
		return err == -EBUSY ? -ENOSPC : err;
	if (replaces)
		return 0;
	err = rhashtable_lookup_insert_fast(&sx->peers_by_key, &peer->key_node,
					    key_params);
	if (err)
		xa_erase(&sx->peers, peer->id);
	return err;
}

struct sixpn_peer *sixpn_peer_create(struct sixpn_device *sx,
				     const u8 public[SIXPN_KEY_SIZE],
				     struct sixpn_peer *replaces)
{
	struct sixpn_peer *peer;
	int err;

	lockdep_assert_held(&sx->lock);
	peer = peer_alloc(sx, public);
	if (!peer)
		return ERR_PTR(-ENOMEM);
	err = peer_reserve(peer, replaces);
	if (err) {
		sixpn_timers_shutdown(peer);
		sixpn_peer_put(peer);
		return ERR_PTR(err);
	}
	if (replaces) {
		peer->replaces = replaces;
		replaces->replaced = true;
	}

	down_read(&sx->identity.lock);
	sixpn_noise_precompute(peer);
	up_read(&sx->identity.lock);
	return peer;
}

void sixpn_peer_discard(struct sixpn_peer *peer)
{
	struct sixpn_device *sx = peer->sx;

	lockdep_assert_held(&sx->lock);
	xa_erase(&sx->peers, peer->id);
	if (peer->replaces)
		peer->replaces->replaced = false;
	else
		rhashtable_remove_fast(&sx->peers_by_key, &peer->key_node,
				       key_params);
	/* It was never live: no reader took more than a look at it. */
	sixpn_timers_shutdown(peer);
	sixpn_peer_put(peer);
}

void sixpn_peer_publish(struct sixpn_peer *peer)
{
	struct sixpn_device *sx = peer->sx;

	lockdep_assert_held(&sx->lock);
	if (peer->replaces) {
		WARN_ON_ONCE(rhashtable_replace_fast(&sx->peers_by_key,
						     &peer->replaces->key_node,
						     &peer->key_node,
						     key_params));
		peer->replaces = NULL;
	}
	sx->peer_count++;
	WRITE_ONCE(peer->live, true);
}

struct sixpn_peer *sixpn_peer_find(struct sixpn_device *sx,
				   const u8 public[SIXPN_KEY_SIZE])
{
	lockdep_assert_held(&sx->lock);
	return rhashtable_lookup_fast(&sx->peers_by_key, public, key_params);
}

struct sixpn_peer *sixpn_peer_lookup_get(struct sixpn_device *sx,
					 const u8 public[SIXPN_KEY_SIZE])
{
	struct sixpn_peer *peer;

	rcu_read_lock();
	peer = rhashtable_lookup(&sx->peers_by_key, public, key_params);
	if (peer && !READ_ONCE(peer->live))
		peer = NULL;
	peer = sixpn_peer_get_unless_zero(peer);
	rcu_read_unlock();
	return peer;
}

void sixpn_peer_unlink(struct sixpn_peer *peer, struct list_head *doomed)
{
	struct sixpn_device *sx = peer->sx;

	lockdep_assert_held(&sx->lock);
	WRITE_ONCE(peer->live, false);
	sx->peer_count--;
	sixpn_allowedips_remove_peer(&sx->allowedips, peer);
	sixpn_machines_remove_of_peer(peer);
	sixpn_host_unlink_peer(peer);
	xa_erase(&sx->peers, peer->id);
	/* A successor keeps the place in the key table until it takes it. */
	if (!peer->replaced)
		rhashtable_remove_fast(&sx->peers_by_key, &peer->key_node,
				       key_params);
	list_add_tail(&peer->release_node, doomed);
}

/* No table leads here any more and the readers that came before are gone, but
 * the timer, the work and a handshake being answered may still run.
 */
static void peer_stop(struct sixpn_peer *peer)
{
	/* First no new run: what makes a session or takes an index asks for
	 * this under the lock.
	 */
	mutex_lock(&peer->handshake.lock);
	peer->handshake.dead = true;
	mutex_unlock(&peer->handshake.lock);
	sixpn_peer_wipe(peer);
	/* Then no timer: a worker that still answers this peer may want to arm
	 * it, which is a no-op from here on.
	 */
	sixpn_timers_shutdown(peer);
	/* Nor a route: it must not outlive its namespace for as long as that
	 * worker has its reference.
	 */
	sixpn_endpoint_publish(peer, NULL);
	/* The work holds its own reference and finds nothing to do. */
	sixpn_transmit_drop_staged(peer);
}

void sixpn_peers_release(struct list_head *doomed)
{
	struct sixpn_peer *peer, *next;

	if (list_empty(doomed))
		return;
	synchronize_net();
	list_for_each_entry_safe(peer, next, doomed, release_node) {
		list_del_init(&peer->release_node);
		peer_stop(peer);
		sixpn_peer_put(peer);
		cond_resched();
	}
}

void sixpn_peers_remove_all(struct sixpn_device *sx)
{
	struct sixpn_peer *peer;
	unsigned long id;
	LIST_HEAD(doomed);

	lockdep_assert_held(&sx->lock);
	xa_for_each(&sx->peers, id, peer) {
		if (peer->live)
			sixpn_peer_unlink(peer, &doomed);
		cond_resched();
	}
	sixpn_peers_release(&doomed);
}

void sixpn_peer_count_rx(struct sixpn_peer *peer, unsigned int packets,
			 size_t bytes)
{
	struct sixpn_peer_stats *stats = get_cpu_ptr(peer->stats);
	unsigned long flags;

	flags = u64_stats_update_begin_irqsave(&stats->syncp);
	u64_stats_add(&stats->rx_packets, packets);
	u64_stats_add(&stats->rx_bytes, bytes);
	u64_stats_update_end_irqrestore(&stats->syncp, flags);
	put_cpu_ptr(peer->stats);
}

void sixpn_peer_count_tx(struct sixpn_peer *peer, unsigned int packets,
			 size_t bytes)
{
	struct sixpn_peer_stats *stats = get_cpu_ptr(peer->stats);
	unsigned long flags;

	flags = u64_stats_update_begin_irqsave(&stats->syncp);
	u64_stats_add(&stats->tx_packets, packets);
	u64_stats_add(&stats->tx_bytes, bytes);
	u64_stats_update_end_irqrestore(&stats->syncp, flags);
	put_cpu_ptr(peer->stats);
}

void sixpn_peer_count_drops(struct sixpn_peer *peer, unsigned int packets)
{
	struct sixpn_peer_stats *stats = get_cpu_ptr(peer->stats);
	unsigned long flags;

	flags = u64_stats_update_begin_irqsave(&stats->syncp);
	u64_stats_add(&stats->drops, packets);
	u64_stats_update_end_irqrestore(&stats->syncp, flags);
	put_cpu_ptr(peer->stats);
}

void sixpn_peer_read_stats(const struct sixpn_peer *peer,
			   struct sixpn_peer_totals *totals)
{
	struct sixpn_peer_totals seen;
	const struct sixpn_peer_stats *stats;
	unsigned int start;
	int cpu;

	memset(totals, 0, sizeof(*totals));
	for_each_possible_cpu(cpu) {
		stats = per_cpu_ptr(peer->stats, cpu);
		do {
			start = u64_stats_fetch_begin(&stats->syncp);
			seen.rx_bytes = u64_stats_read(&stats->rx_bytes);
			seen.tx_bytes = u64_stats_read(&stats->tx_bytes);
			seen.rx_packets = u64_stats_read(&stats->rx_packets);
			seen.tx_packets = u64_stats_read(&stats->tx_packets);
			seen.drops = u64_stats_read(&stats->drops);
		} while (u64_stats_fetch_retry(&stats->syncp, start));
		totals->rx_bytes += seen.rx_bytes;
		totals->tx_bytes += seen.tx_bytes;
		totals->rx_packets += seen.rx_packets;
		totals->tx_packets += seen.tx_packets;
		totals->drops += seen.drops;
	}
}
