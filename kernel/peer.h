/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Peers: the other end of a tunnel.
 *
 * A peer is born in two steps so that a configuration request can fail
 * without a trace: sixpn_peer_create() makes it and reserves its place, hidden
 * from handshakes; sixpn_peer_publish() cannot fail. It dies in two steps so
 * that a thousand removals wait for one grace period: sixpn_peer_unlink() each,
 * then sixpn_peers_release() all.
 */
#ifndef _SIXPN_PEER_H
#define _SIXPN_PEER_H

#include "cookie.h"
#include "endpoint.h"
#include "keypair.h"
#include "noise.h"
#include "timers.h"

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/rhashtable.h>
#include <linux/skbuff.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>

struct sixpn_device;
struct sixpn_host;
struct sixpn_peer_plan;

/* Packets kept while a handshake runs; the oldest go first. */
#define SIXPN_STAGED_MAX	128
#define SIXPN_PEERS_MAX		BIT(20)

struct sixpn_peer_stats {
	u64_stats_t rx_bytes;
	u64_stats_t tx_bytes;
	u64_stats_t rx_packets;
	u64_stats_t tx_packets;
	u64_stats_t drops; /* from it or for it, and not passed on */
	struct u64_stats_sync syncp;
};

struct sixpn_peer {
	/* Read for each packet. */
	struct sixpn_device *sx; /* held by dev_tracker until the last put */
	u32 host_id; /* 0: not of kind host; READ_ONCE; under sx->lock */
	u8 kind; /* enum sixpn_peer_kind; READ_ONCE; under sx->lock */
	struct sixpn_keypairs keypairs;
	struct sixpn_endpoint __rcu *endpoint; /* RCU; under endpoint_lock */
	struct sixpn_peer_stats __percpu *stats;
	struct sixpn_timers timers;
	struct sk_buff_head staged; /* own lock */

	spinlock_t endpoint_lock; /* serialises endpoint changes; BH-safe */
	unsigned long endpoint_learned; /* jiffies; READ/WRITE_ONCE */
	struct work_struct work; /* does what todo says; holds a reference */
	unsigned long todo; /* bits of enum sixpn_peer_todo */
	u64 last_initiation; /* sent; ktime_get_coarse_boottime_ns() */
	u16 keepalive; /* seconds, 0 = off; READ/WRITE_ONCE */
	u32 idle_expiry; /* seconds, 0 = never; READ/WRITE_ONCE */
	u32 handshake_rtt; /* microseconds, 0 = never; READ/WRITE_ONCE */
	u64 last_handshake; /* ktime_get_real_ns(), 0 = never; READ/WRITE_ONCE */

	struct sixpn_handshake handshake;
	struct sixpn_cookie_jar cookie_jar;

	/* Configuration; under the device's lock. */
	struct rhash_head key_node; /* in sx->peers_by_key */
	u32 id; /* in sx->peers; rises with age, order of dumps */
	bool live; /* published and not unlinked; READ/WRITE_ONCE */
	struct list_head allowedips; /* prefixes held, in order of insertion */
	struct list_head machines; /* struct sixpn_machine.peer_node */
	struct sixpn_host *host; /* if of kind host; NULL otherwise */
	bool host_id_set; /* by hand; follows from the key otherwise */
	bool expired; /* removed because it was idle; for its last event */
	struct list_head release_node; /* between unlink and release */
	struct sixpn_peer_plan *plan; /* of the request being applied, or NULL */
	struct sixpn_peer *replaces; /* unpublished: whose place we will take */
	bool replaced; /* a successor waits to be published in our place */

	struct kref refcount;
	netdevice_tracker dev_tracker;
	struct rcu_head rcu;
};

enum sixpn_peer_todo {
	SIXPN_TODO_INITIATE, /* send a handshake initiation */
	SIXPN_TODO_WIPE, /* forget all key material */
	SIXPN_TODO_EXPIRE, /* be removed, if it is idle still */
};

int sixpn_peer_module_init(void);
/* Waits until every peer is freed; no device is left. */
void sixpn_peer_module_exit(void);

int sixpn_peer_table_init(struct sixpn_device *sx);
void sixpn_peer_table_destroy(struct sixpn_device *sx);

/**
 * sixpn_peer_create() - make a peer and reserve its place
 * @sx: device; its lock is held
 * @public: the peer's public key, checked by the caller
 * @replaces: NULL, or the peer of the same key that this one will displace
 *	(the caller unlinks it before publishing)
 *
 * Until published the peer answers nothing and is in no dump. If it is given up
 * instead, sixpn_peer_discard() it.
 *
 * Return: the peer, or ERR_PTR(-ENOMEM, -ENOSPC).
 */
struct sixpn_peer *sixpn_peer_create(struct sixpn_device *sx,
				     const u8 public[SIXPN_KEY_SIZE],
				     struct sixpn_peer *replaces);
void sixpn_peer_discard(struct sixpn_peer *peer);
/* Cannot fail. */
void sixpn_peer_publish(struct sixpn_peer *peer);

/* By public key. Device's lock held; unpublished peers are found too. */
struct sixpn_peer *sixpn_peer_find(struct sixpn_device *sx,
				   const u8 public[SIXPN_KEY_SIZE]);
/* By public key, for handshakes: live peers only, with a reference. */
struct sixpn_peer *sixpn_peer_lookup_get(struct sixpn_device *sx,
					 const u8 public[SIXPN_KEY_SIZE]);

/* Take a peer out of every table and put it on @doomed; device's lock held.
 * New packets no longer find it.
 */
void sixpn_peer_unlink(struct sixpn_peer *peer, struct list_head *doomed);
/* Wait for readers once, then stop and let go of each. May sleep. */
void sixpn_peers_release(struct list_head *doomed);
void sixpn_peers_remove_all(struct sixpn_device *sx);

struct sixpn_peer *sixpn_peer_get_unless_zero(struct sixpn_peer *peer);
void sixpn_peer_put(struct sixpn_peer *peer);

/* Have the peer's work do @what soon. Any context. */
void sixpn_peer_schedule(struct sixpn_peer *peer, enum sixpn_peer_todo what);

/* End all sessions and handshakes, forget every secret but the configured. */
void sixpn_peer_wipe(struct sixpn_peer *peer);

void sixpn_peer_count_rx(struct sixpn_peer *peer, unsigned int packets,
			 size_t bytes);
void sixpn_peer_count_tx(struct sixpn_peer *peer, unsigned int packets,
			 size_t bytes);
/* The peer's part of a drop; see sixpn_drop_of_peer(). Context: any. */
void sixpn_peer_count_drops(struct sixpn_peer *peer, unsigned int packets);

struct sixpn_peer_totals {
	u64 rx_bytes, tx_bytes, rx_packets, tx_packets, drops;
};

void sixpn_peer_read_stats(const struct sixpn_peer *peer,
			   struct sixpn_peer_totals *totals);

#endif /* _SIXPN_PEER_H */
