// SPDX-License-Identifier: GPL-2.0
/*
 * A path-compressed binary trie per family. Each node is one prefix and fills
 * one cache line; a node without a peer is there only because two prefixes
 * part below it, and therefore always has two children.
 *
 * A change is one pointer store that readers can see, after the nodes it
 * brings in are complete. A node taken out keeps its pointers, so that a reader
 * who stands on it finds its way on; it is freed a grace period later.
 *
 * Nodes do not know their parents: a writer walks down from the root again,
 * which keeps the node small and the changes few.
 */
#include "allowedips.h"

#include "compat/library.h"
#include "peer.h"

#include <linux/bitops.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/rcupdate.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/unaligned.h>

/* An address or prefix, first bit on top. IPv4 is in the upper half of high. */
struct trie_key {
	u64 high, low;
};

struct sixpn_allowedips_node {
	struct trie_key key; /* bits from length on are zero; constant */
	struct sixpn_allowedips_node __rcu *child[2]; /* by the bit at length */
	struct sixpn_peer __rcu *peer;
	u8 length; /* of the prefix; constant */
	u8 bits; /* of an address of the family; constant */
	union {
		struct list_head entry; /* in peer->allowedips, if peer */
		struct rcu_head rcu; /* once taken out */
	};
};

static_assert(sizeof(struct sixpn_allowedips_node) <= 64);

static struct kmem_cache *node_cache;

#define dereference(pointer, table)					\
	rcu_dereference_protected(pointer, lockdep_is_held((table)->lock))

int sixpn_allowedips_module_init(void)
{
	/* Whoever may configure a device may fill it: account for it. */
	node_cache = kmem_cache_create("sixpn_allowedips",
				       sizeof(struct sixpn_allowedips_node), 0,
				       SLAB_HWCACHE_ALIGN | SLAB_ACCOUNT, NULL);
	return node_cache ? 0 : -ENOMEM;
}

void sixpn_allowedips_module_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(node_cache);
}

void sixpn_allowedips_init(struct sixpn_allowedips *table, struct mutex *lock)
{
	RCU_INIT_POINTER(table->root4, NULL);
	RCU_INIT_POINTER(table->root6, NULL);
	table->lock = lock;
}

static struct trie_key key_of4(const struct in_addr *addr)
{
	return (struct trie_key){ .high = (u64)get_unaligned_be32(addr) << 32 };
}

static struct trie_key key_of6(const struct in6_addr *addr)
{
	return (struct trie_key){
		.high = get_unaligned_be64(&addr->s6_addr[0]),
		.low = get_unaligned_be64(&addr->s6_addr[8]),
	};
}

static struct trie_key key_of(u16 family, const void *addr)
{
	return family == AF_INET ? key_of4(addr) : key_of6(addr);
}

static struct trie_key key_cut(struct trie_key key, unsigned int length)
{
	if (length < 64) {
		key.high &= ~(U64_MAX >> length);
		key.low = 0;
	} else if (length < 128) {
		key.low &= ~(U64_MAX >> (length - 64));
	}
	return key;
}

/* How many bits from the top are the same; 128 if all. */
static unsigned int key_common(const struct trie_key *a, const struct trie_key *b)
{
	u64 high = a->high ^ b->high;

	return high ? 64 - fls64(high) : 128 - fls64(a->low ^ b->low);
}

/* The bit after the first @length ones. There is none after 128, but also no
 * child: any answer will do.
 */
static unsigned int key_bit(const struct trie_key *key, unsigned int length)
{
	return ((length < 64 ? key->high : key->low) >> (~length & 63)) & 1;
}

static struct sixpn_allowedips_node __rcu **
root_of(struct sixpn_allowedips *table, u8 bits)
{
	return bits == 32 ? &table->root4 : &table->root6;
}

static u8 bits_of(u16 family)
{
	return family == AF_INET ? 32 : 128;
}

int sixpn_allowedips_pool_fill(struct sixpn_allowedips_pool *pool,
			       unsigned int prefixes)
{
	struct sixpn_allowedips_node *node;
	unsigned int i;

	for (i = 0; i < prefixes; i++) {
		/* Two: itself, and one where it parts from another. */
		while (pool->count < 2 * (pool->promised + 1)) {
			node = kmem_cache_zalloc(node_cache, GFP_KERNEL);
			if (!node)
				return -ENOMEM;
			RCU_INIT_POINTER(node->child[0], pool->free);
			pool->free = node;
			pool->count++;
			cond_resched();
		}
		pool->promised++;
	}
	return 0;
}

static struct sixpn_allowedips_node *
pool_take(struct sixpn_allowedips_pool *pool, struct trie_key key, u8 length,
	  u8 bits)
{
	struct sixpn_allowedips_node *node = pool->free;

	/* Nodes in a pool are the owner's alone. */
	pool->free = rcu_dereference_protected(node->child[0], true);
	pool->count--;
	RCU_INIT_POINTER(node->child[0], NULL);
	node->key = key_cut(key, length);
	node->length = length;
	node->bits = bits;
	return node;
}

void sixpn_allowedips_pool_drain(struct sixpn_allowedips_pool *pool)
{
	struct sixpn_allowedips_node *node;

	while ((node = pool->free)) {
		pool->free = rcu_dereference_protected(node->child[0], true);
		kmem_cache_free(node_cache, node);
	}
	pool->count = 0;
	pool->promised = 0;
}

/* Give @node, which is in no list, to @peer. */
static void node_give(struct sixpn_allowedips_node *node,
		      struct sixpn_peer *peer)
{
	list_add_tail(&node->entry, &peer->allowedips);
	rcu_assign_pointer(node->peer, peer);
}

/* Put @node in the place of what @link points to. It takes that in below
 * itself, if there is anything.
 */
static void node_put_above(struct sixpn_allowedips_node *node,
			   struct sixpn_allowedips_node __rcu **link,
			   struct sixpn_allowedips_node *below)
{
	if (below)
		RCU_INIT_POINTER(node->child[key_bit(&below->key,
						     node->length)],
				 below);
	rcu_assign_pointer(*link, node);
}

/* The last link on the way to @key/@length: it points to the first node that
 * is not a proper prefix of it, or to nothing.
 */
static struct sixpn_allowedips_node __rcu **
find_link(struct sixpn_allowedips *table, const struct trie_key *key, u8 length,
	  u8 bits)
{
	struct sixpn_allowedips_node __rcu **link = root_of(table, bits);
	struct sixpn_allowedips_node *node;

	while ((node = dereference(*link, table)) && node->length < length &&
	       key_common(&node->key, key) >= node->length)
		link = &node->child[key_bit(key, node->length)];
	return link;
}

void sixpn_allowedips_insert(struct sixpn_allowedips *table,
			     struct sixpn_allowedips_pool *pool, u16 family,
			     const void *addr, u8 prefix_len,
			     struct sixpn_peer *peer)
{
	struct sixpn_allowedips_node *there, *node, *fork;
	struct sixpn_allowedips_node __rcu **link;
	struct trie_key key = key_cut(key_of(family, addr), prefix_len);
	u8 bits = bits_of(family), common;

	lockdep_assert_held(table->lock);
	if (pool->promised)
		pool->promised--;
	link = find_link(table, &key, prefix_len, bits);
	there = dereference(*link, table);
	common = prefix_len;
	if (there)
		common = min3(prefix_len, there->length,
			      (u8)key_common(&there->key, &key));

	if (there && there->length == prefix_len && common == prefix_len) {
		struct sixpn_peer *holder = dereference(there->peer, table);

		if (holder)
			list_del(&there->entry);
		node_give(there, peer);
		return;
	}

	node = pool_take(pool, key, prefix_len, bits);
	node_give(node, peer);
	if (common == prefix_len) {
		node_put_above(node, link, there);
		return;
	}
	fork = pool_take(pool, key, common, bits);
	RCU_INIT_POINTER(fork->child[key_bit(&key, common)], node);
	node_put_above(fork, link, there);
}

static void node_free(struct rcu_head *rcu)
{
	kmem_cache_free(node_cache, container_of(rcu, struct sixpn_allowedips_node,
						 rcu));
}

/* The only child or nothing; only for nodes that do not have two. */
static struct sixpn_allowedips_node *
only_child(const struct sixpn_allowedips *table,
	   const struct sixpn_allowedips_node *node)
{
	struct sixpn_allowedips_node *child = dereference(node->child[0], table);

	return child ?: dereference(node->child[1], table);
}

static bool has_both_children(const struct sixpn_allowedips_node *node)
{
	return rcu_access_pointer(node->child[0]) &&
	       rcu_access_pointer(node->child[1]);
}

/* Take the peer from @node, and @node and perhaps the fork above it out of the
 * trie if they no longer serve a purpose.
 */
static void node_release(struct sixpn_allowedips *table,
			 struct sixpn_allowedips_node *node)
{
	struct sixpn_allowedips_node __rcu **link = root_of(table, node->bits);
	struct sixpn_allowedips_node __rcu **parent_link = NULL;
	struct sixpn_allowedips_node *at, *parent = NULL;

	lockdep_assert_held(table->lock);
	list_del(&node->entry);
	RCU_INIT_POINTER(node->peer, NULL);
	if (has_both_children(node))
		return;

	while ((at = dereference(*link, table)) != node) {
		parent_link = link;
		parent = at;
		link = &at->child[key_bit(&node->key, at->length)];
	}
	rcu_assign_pointer(*link, only_child(table, node));
	call_rcu(&node->rcu, node_free);

	/* A fork is left with one way, if the node was a leaf. */
	if (!parent || rcu_access_pointer(parent->peer) ||
	    has_both_children(parent))
		return;
	rcu_assign_pointer(*parent_link, only_child(table, parent));
	call_rcu(&parent->rcu, node_free);
}

void sixpn_allowedips_remove(struct sixpn_allowedips *table, u16 family,
			     const void *addr, u8 prefix_len,
			     struct sixpn_peer *peer)
{
	struct trie_key key = key_cut(key_of(family, addr), prefix_len);
	struct sixpn_allowedips_node *node;

	lockdep_assert_held(table->lock);
	node = dereference(*find_link(table, &key, prefix_len, bits_of(family)),
			   table);
	if (node && node->length == prefix_len &&
	    key_common(&node->key, &key) >= prefix_len &&
	    rcu_access_pointer(node->peer) == peer)
		node_release(table, node);
}

void sixpn_allowedips_replace_begin(struct sixpn_peer *peer,
				    struct list_head *marker)
{
	list_add_tail(marker, &peer->allowedips);
}

void sixpn_allowedips_replace_end(struct sixpn_allowedips *table,
				  struct sixpn_peer *peer,
				  struct list_head *marker)
{
	lockdep_assert_held(table->lock);
	while (peer->allowedips.next != marker)
		node_release(table, list_first_entry(&peer->allowedips,
						     struct sixpn_allowedips_node,
						     entry));
	list_del(marker);
}

void sixpn_allowedips_remove_peer(struct sixpn_allowedips *table,
				  struct sixpn_peer *peer)
{
	struct sixpn_allowedips_node *node, *next;

	lockdep_assert_held(table->lock);
	list_for_each_entry_safe(node, next, &peer->allowedips, entry)
		node_release(table, node);
}

/* Callers are in plain RCU sections or have bottom halves off. */
static struct sixpn_peer *
longest_match(struct sixpn_allowedips_node __rcu *const *root,
	      const struct trie_key *key)
{
	const struct sixpn_allowedips_node *node;
	struct sixpn_peer *peer, *best = NULL;

	node = rcu_dereference_check(*root, rcu_read_lock_bh_held());
	while (node && key_common(&node->key, key) >= node->length) {
		peer = rcu_dereference_check(node->peer,
					     rcu_read_lock_bh_held());
		if (peer)
			best = peer;
		node = rcu_dereference_check(node->child[key_bit(key,
								 node->length)],
					     rcu_read_lock_bh_held());
	}
	return best;
}

static struct sixpn_peer *lookup4(const struct sixpn_allowedips *table,
				  const void *addr)
{
	struct trie_key key = key_of4(addr);

	return longest_match(&table->root4, &key);
}

static struct sixpn_peer *lookup6(const struct sixpn_allowedips *table,
				  const void *addr)
{
	struct trie_key key = key_of6(addr);

	return longest_match(&table->root6, &key);
}

struct sixpn_peer *
sixpn_allowedips_lookup(const struct sixpn_allowedips *table, u16 family,
			const void *addr)
{
	return family == AF_INET ? lookup4(table, addr) : lookup6(table, addr);
}

struct sixpn_peer *
sixpn_allowedips_lookup_dst(const struct sixpn_allowedips *table,
			    const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return lookup4(table, &ip_hdr(skb)->daddr);
	if (skb->protocol == htons(ETH_P_IPV6))
		return lookup6(table, &ipv6_hdr(skb)->daddr);
	return NULL;
}

struct sixpn_peer *
sixpn_allowedips_lookup_src(const struct sixpn_allowedips *table,
			    const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return lookup4(table, &ip_hdr(skb)->saddr);
	if (skb->protocol == htons(ETH_P_IPV6))
		return lookup6(table, &ipv6_hdr(skb)->saddr);
	return NULL;
}

u16 sixpn_allowedips_read(const struct list_head *entry,
			  const struct sixpn_allowedips *table,
			  struct in6_addr *addr, u8 *prefix_len)
{
	const struct sixpn_allowedips_node *node =
		list_entry(entry, struct sixpn_allowedips_node, entry);

	lockdep_assert_held(table->lock);
	*prefix_len = node->length;
	if (node->bits == 32) {
		put_unaligned_be32(node->key.high >> 32, &addr->s6_addr[0]);
		return AF_INET;
	}
	put_unaligned_be64(node->key.high, &addr->s6_addr[0]);
	put_unaligned_be64(node->key.low, &addr->s6_addr[8]);
	return AF_INET6;
}

#ifdef SIXPN_SELFTEST
/* What is wrong with @node, child @bit of @parent, by itself. */
static const char *node_fault(const struct sixpn_allowedips_node *node,
			      const struct sixpn_allowedips_node *parent,
			      unsigned int bit)
{
	struct trie_key cut = key_cut(node->key, node->length);

	if (node->length > node->bits || key_common(&cut, &node->key) < 128)
		return "a node has bits beyond its length";
	if (!rcu_access_pointer(node->peer) && !has_both_children(node))
		return "a fork has lost its reason";
	if (!parent)
		return NULL;
	if (node->length <= parent->length ||
	    key_common(&node->key, &parent->key) < parent->length ||
	    key_bit(&node->key, parent->length) != bit)
		return "a node hangs in the wrong place";
	return NULL;
}

/* One family. The stack holds the path and its siblings: at most two nodes for
 * each length.
 */
static const char *tree_fault(const struct sixpn_allowedips *table,
			      struct sixpn_allowedips_node *root,
			      unsigned int *prefixes)
{
	static struct sixpn_allowedips_node *stack[2 * 129];
	unsigned int depth = 0, bit;
	const char *why = NULL;

	if (root) {
		why = node_fault(root, NULL, 0);
		stack[depth++] = root;
	}
	while (depth && !why) {
		struct sixpn_allowedips_node *node = stack[--depth], *child;

		*prefixes += !!rcu_access_pointer(node->peer);
		for (bit = 0; bit < 2 && !why; bit++) {
			child = dereference(node->child[bit], table);
			if (!child)
				continue;
			why = node_fault(child, node, bit);
			stack[depth++] = child;
		}
	}
	return why;
}

const char *sixpn_allowedips_check(const struct sixpn_allowedips *table,
				   unsigned int prefixes)
{
	unsigned int found = 0;
	const char *why;

	why = tree_fault(table, dereference(table->root4, table), &found);
	why = why ?: tree_fault(table, dereference(table->root6, table),
				&found);
	return why ?: found == prefixes ? NULL : "prefixes missing or left over";
}
#endif
