// SPDX-License-Identifier: GPL-2.0
#include "parked.h"

#include "compat/library.h"
#include "handshake.h"

#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/unaligned.h>

struct parked_entry {
	struct hlist_node hash;
	struct list_head age;
	unsigned long until; /* jiffies */
	u8 key[SIXPN_KEY_SIZE];
	struct sk_buff *skb; /* owned */
};

/* Public keys are as good as random; who makes some that are not gains a longer
 * list of at most SIXPN_PARKED_MAX.
 */
static u32 bucket_of(const u8 key[SIXPN_KEY_SIZE])
{
	return get_unaligned_le32(key);
}

static struct parked_entry *find(struct sixpn_parked *parked,
				 const u8 key[SIXPN_KEY_SIZE])
{
	struct parked_entry *entry;

	lockdep_assert_held(&parked->lock);
	hash_for_each_possible(parked->by_key, entry, hash, bucket_of(key))
		if (!memcmp(entry->key, key, SIXPN_KEY_SIZE))
			return entry;
	return NULL;
}

static struct sk_buff *forget(struct sixpn_parked *parked,
			      struct parked_entry *entry)
{
	struct sk_buff *skb = entry->skb;

	lockdep_assert_held(&parked->lock);
	hash_del(&entry->hash);
	list_del(&entry->age);
	parked->count--;
	kfree(entry);
	return skb;
}

static struct parked_entry *oldest(struct sixpn_parked *parked)
{
	return list_first_entry_or_null(&parked->by_age, struct parked_entry,
					age);
}

/* Nothing waits for ever. */
static void expire(struct work_struct *work)
{
	struct sixpn_parked *parked =
		container_of(work, struct sixpn_parked, expiry.work);
	struct parked_entry *entry;

	spin_lock_bh(&parked->lock);
	while ((entry = oldest(parked)) &&
	       time_after_eq(jiffies, entry->until))
		kfree_skb(forget(parked, entry));
	if (entry)
		queue_delayed_work(sixpn_handshake_wq, &parked->expiry,
				   entry->until - jiffies);
	spin_unlock_bh(&parked->lock);
}

void sixpn_parked_init(struct sixpn_parked *parked)
{
	spin_lock_init(&parked->lock);
	hash_init(parked->by_key);
	INIT_LIST_HEAD(&parked->by_age);
	parked->count = 0;
	parked->tokens = SIXPN_STRANGERS_RATE;
	parked->refilled = jiffies;
	INIT_DELAYED_WORK(&parked->expiry, expire);
}

void sixpn_parked_purge(struct sixpn_parked *parked)
{
	struct parked_entry *entry;

	cancel_delayed_work_sync(&parked->expiry);
	spin_lock_bh(&parked->lock);
	while ((entry = oldest(parked)))
		kfree_skb(forget(parked, entry));
	spin_unlock_bh(&parked->lock);
}

bool sixpn_parked_admit(struct sixpn_parked *parked)
{
	bool admitted;

	spin_lock_bh(&parked->lock);
	if (time_after_eq(jiffies, parked->refilled + HZ)) {
		parked->tokens = SIXPN_STRANGERS_RATE;
		parked->refilled = jiffies;
	}
	admitted = parked->tokens;
	parked->tokens -= admitted;
	spin_unlock_bh(&parked->lock);
	return admitted;
}

static struct parked_entry *add(struct sixpn_parked *parked,
				const u8 key[SIXPN_KEY_SIZE])
{
	struct parked_entry *entry;

	lockdep_assert_held(&parked->lock);
	if (parked->count >= SIXPN_PARKED_MAX)
		return NULL;
	entry = kzalloc(sizeof(*entry), GFP_ATOMIC);
	if (!entry)
		return NULL;
	memcpy(entry->key, key, SIXPN_KEY_SIZE);
	entry->until = jiffies + SIXPN_PARKED_SECONDS * HZ;
	hash_add(parked->by_key, &entry->hash, bucket_of(key));
	list_add_tail(&entry->age, &parked->by_age);
	parked->count++;
	queue_delayed_work(sixpn_handshake_wq, &parked->expiry,
			   SIXPN_PARKED_SECONDS * HZ);
	return entry;
}

bool sixpn_parked_keep(struct sixpn_parked *parked,
		       const u8 key[SIXPN_KEY_SIZE], struct sk_buff *skb)
{
	struct parked_entry *entry;
	bool fresh;

	spin_lock_bh(&parked->lock);
	entry = find(parked, key);
	fresh = !entry;
	if (fresh)
		entry = add(parked, key);
	if (entry) {
		kfree_skb(entry->skb);
		entry->skb = skb_get(skb);
	}
	spin_unlock_bh(&parked->lock);
	return fresh && entry;
}

struct sk_buff *sixpn_parked_take(struct sixpn_parked *parked,
				  const u8 key[SIXPN_KEY_SIZE])
{
	struct parked_entry *entry;
	struct sk_buff *skb;

	spin_lock_bh(&parked->lock);
	entry = find(parked, key);
	skb = entry ? forget(parked, entry) : NULL;
	spin_unlock_bh(&parked->lock);
	return skb;
}
