// SPDX-License-Identifier: GPL-2.0
/*
 * A fixed table, because whoever floods us chooses how many sources there are:
 * nothing is allocated, freed or swept while packets come. It is divided into
 * sets of one cache line; a source belongs to one set, chosen by a keyed hash,
 * and takes any slot there.
 *
 * A token bucket is kept as one number, the time at which it will be full
 * again. A bucket that is full tells nothing, so its slot is free: 250 ms after
 * its last handshake a source is forgotten, and with it a namespace that went.
 */
#include "ratelimit.h"

#include "compat/library.h"

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/skbuff.h>
#include <linux/timekeeping.h>
#include <linux/unaligned.h>

#define TABLE_SETS	4096
#define SET_SLOTS	8

/* A slot: who (hash bits) in the upper part, full when (ms) in the lower. 40
 * bits of milliseconds last 34 years; with the 12 bits that choose the set, two
 * sources are taken for one once in 2^36.
 */
#define TIME_MASK	GENMASK_ULL(39, 0)
#define TOKEN_MS	(MSEC_PER_SEC / SIXPN_RATELIMIT_PER_SECOND)

struct slot_set {
	atomic64_t slot[SET_SLOTS];
} __aligned(SET_SLOTS * sizeof(atomic64_t));

static DEFINE_MUTEX(users_lock); /* protects users and the life of table */
static unsigned int users;
static struct slot_set *table;
static siphash_aligned_key_t hash_key; /* constant once table is there */

int sixpn_ratelimit_get(void)
{
	int err = 0;

	mutex_lock(&users_lock);
	if (!users) {
		get_random_bytes(&hash_key, sizeof(hash_key));
		table = kvcalloc(TABLE_SETS, sizeof(*table), GFP_KERNEL);
		if (!table)
			err = -ENOMEM;
	}
	if (!err)
		users++;
	mutex_unlock(&users_lock);
	return err;
}

void sixpn_ratelimit_put(void)
{
	mutex_lock(&users_lock);
	/* Who still looked into it would be a user. */
	if (!--users) {
		kvfree(table);
		table = NULL;
	}
	mutex_unlock(&users_lock);
}

/* The source's slot if it has one, else a free one, else NULL. @seen is what
 * was in it.
 */
static atomic64_t *find_slot(struct slot_set *set, u64 tag, u64 now, u64 *seen)
{
	atomic64_t *free = NULL;
	unsigned int i;

	for (i = 0; i < SET_SLOTS; i++) {
		u64 value = atomic64_read(&set->slot[i]);

		if ((value & ~TIME_MASK) == tag) {
			*seen = value;
			return &set->slot[i];
		}
		if (!free && (value & TIME_MASK) <= now) {
			*seen = value;
			free = &set->slot[i];
		}
	}
	return free;
}

/* Two CPUs may give one new source two slots, if between their looks a third
 * became free: it then has up to two bursts, once.
 */
bool sixpn_ratelimit_take(u64 source, u64 now)
{
	struct slot_set *set = &table[source % TABLE_SETS];
	u64 tag = source & ~TIME_MASK, seen, full;
	atomic64_t *slot;

	do {
		slot = find_slot(set, tag, now, &seen);
		if (!slot)
			return false;
		full = max(seen & TIME_MASK, now) + TOKEN_MS;
		if (full > now + SIXPN_RATELIMIT_BURST * TOKEN_MS)
			return false;
	} while (atomic64_cmpxchg(slot, seen, tag | full) != seen);
	return true;
}

bool sixpn_ratelimit_source(const struct net *net, const struct sk_buff *skb,
			    u64 *source)
{
	u64 prefix;

	if (skb->protocol == htons(ETH_P_IP))
		prefix = (__force u32)get_unaligned(&ip_hdr(skb)->saddr);
	else if (skb->protocol == htons(ETH_P_IPV6))
		prefix = get_unaligned((u64 *)&ipv6_hdr(skb)->saddr);
	else
		return false;
	*source = siphash_3u64((unsigned long)net, prefix,
			       (__force u16)skb->protocol, &hash_key);
	return true;
}

bool sixpn_ratelimit_allow(const struct net *net, struct sk_buff *skb)
{
	u64 source;

	return sixpn_ratelimit_source(net, skb, &source) &&
	       sixpn_ratelimit_take(source, div_u64(ktime_get_boottime_ns(),
						    NSEC_PER_MSEC));
}
