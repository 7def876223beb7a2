/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Longest-prefix table from inner addresses to peers (cryptokey routing).
 * Readers run under RCU; writers hold the mesh device's lock.
 */
#ifndef _SIXPN_ALLOWEDIPS_H
#define _SIXPN_ALLOWEDIPS_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>

struct sixpn_allowedips_node;
struct sixpn_peer;
struct sk_buff;

struct sixpn_allowedips {
	struct sixpn_allowedips_node __rcu *root4; /* RCU; written under lock */
	struct sixpn_allowedips_node __rcu *root6; /* RCU; written under lock */
	struct mutex *lock; /* the owner's lock, for assertions */
};

/* Nodes set aside before a transaction so that applying it cannot fail. */
struct sixpn_allowedips_pool {
	struct sixpn_allowedips_node *free; /* chained; owned by the pool */
	unsigned int count; /* nodes in free */
	unsigned int promised; /* insertions they are set aside for */
};

int sixpn_allowedips_module_init(void);
/* After the last table is empty; waits for what it still has to free. */
void sixpn_allowedips_module_exit(void);

void sixpn_allowedips_init(struct sixpn_allowedips *table, struct mutex *lock);

/**
 * sixpn_allowedips_pool_fill() - set nodes aside
 * @pool: zeroed or earlier filled pool
 * @prefixes: number of further insertions the pool must allow for
 *
 * Calls add up: two of one prefix each are as good as one of two.
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM (what was there before stays).
 */
int sixpn_allowedips_pool_fill(struct sixpn_allowedips_pool *pool,
			       unsigned int prefixes);
void sixpn_allowedips_pool_drain(struct sixpn_allowedips_pool *pool);

/**
 * sixpn_allowedips_insert() - give a prefix to a peer
 * @table: table; its lock is held
 * @pool: filled for at least this many more insertions; nodes are taken from it
 * @family: AF_INET or AF_INET6
 * @addr: struct in_addr or struct in6_addr; host bits are ignored
 * @prefix_len: 0..32 or 0..128, checked by the caller
 * @peer: new holder; if another peer held the prefix, readers see the old or
 *	the new holder at every moment, never neither
 *
 * Cannot fail. The table holds no reference on @peer: remove its prefixes
 * before it goes.
 */
void sixpn_allowedips_insert(struct sixpn_allowedips *table,
			     struct sixpn_allowedips_pool *pool, u16 family,
			     const void *addr, u8 prefix_len,
			     struct sixpn_peer *peer);

/* Take a prefix away again if @peer holds it; no effect otherwise. */
void sixpn_allowedips_remove(struct sixpn_allowedips *table, u16 family,
			     const void *addr, u8 prefix_len,
			     struct sixpn_peer *peer);
/* Replace all prefixes of @peer without a moment in which one that stays is
 * missing: what is inserted between begin and end stays, the rest goes at end.
 * @marker is the caller's until then; nobody else looks at the list meanwhile.
 */
void sixpn_allowedips_replace_begin(struct sixpn_peer *peer,
				    struct list_head *marker);
void sixpn_allowedips_replace_end(struct sixpn_allowedips *table,
				  struct sixpn_peer *peer,
				  struct list_head *marker);

void sixpn_allowedips_remove_peer(struct sixpn_allowedips *table,
				  struct sixpn_peer *peer);

/**
 * sixpn_allowedips_lookup() - longest match
 * @table: table
 * @family: AF_INET or AF_INET6
 * @addr: struct in_addr or struct in6_addr
 *
 * Context: RCU read side.
 * Return: the peer, valid until the end of the RCU section, or NULL.
 */
struct sixpn_peer *
sixpn_allowedips_lookup(const struct sixpn_allowedips *table, u16 family,
			const void *addr);

/* The same for the destination or source address of an inner packet whose
 * network header is set and linear; NULL if skb->protocol is not IP.
 */
struct sixpn_peer *
sixpn_allowedips_lookup_dst(const struct sixpn_allowedips *table,
			    const struct sk_buff *skb);
struct sixpn_peer *
sixpn_allowedips_lookup_src(const struct sixpn_allowedips *table,
			    const struct sk_buff *skb);

/* One prefix of a peer, for dumps: members of peer->allowedips, in order of
 * insertion. Returns AF_INET or AF_INET6 and fills @addr (4 or 16 bytes,
 * network byte order) and @prefix_len. Context: lock held.
 */
u16 sixpn_allowedips_read(const struct list_head *entry,
			  const struct sixpn_allowedips *table,
			  struct in6_addr *addr, u8 *prefix_len);

#ifdef SIXPN_SELFTEST
bool sixpn_allowedips_selftest(void);
/* Is the table sound, with this many prefixes and no more nodes than it needs?
 * Return: what is wrong, or NULL. One caller at a time, lock held.
 */
const char *sixpn_allowedips_check(const struct sixpn_allowedips *table,
				   unsigned int prefixes);
#endif

#endif /* _SIXPN_ALLOWEDIPS_H */
