// SPDX-License-Identifier: GPL-2.0
/*
 * The allowed-ips trie against a plain list that is searched from end to end,
 * while prefixes come, move and go; and a reader that never sees a prefix
 * without a holder while it moves.
 */
#include "../allowedips.h"
#include "../peer.h"

#include "selftest.h"

#include <linux/inet.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/kthread.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

#define PEERS		5
#define ENTRIES		56
#define ROUNDS		12000
#define QUERIES		100 /* per round: 1.2 million in all */

/* One prefix of the naive list. Addresses as words in host order. */
struct entry {
	u32 addr[4], mask[4];
	u32 order; /* of insertion */
	u8 length;
	u8 peer; /* 0: the entry is free */
	u16 family;
};

struct test {
	struct sixpn_allowedips table;
	struct sixpn_allowedips_pool pool;
	struct mutex lock; /* the table's */
	struct rnd_state rnd;
	struct sixpn_peer *peers[PEERS + 1]; /* 0 is nobody */
	struct entry entries[ENTRIES];
	u32 order;
};

static u32 random_below(struct test *t, u32 ceiling)
{
	return prandom_u32_state(&t->rnd) % ceiling;
}

static void to_wire(__be32 wire[4], const u32 addr[4])
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		wire[i] = htonl(addr[i]);
}

static void set_length(struct entry *e, u8 length)
{
	unsigned int i;

	e->length = length;
	for (i = 0; i < 4; i++) {
		unsigned int bits = clamp((int)length - 32 * (int)i, 0, 32);

		e->mask[i] = bits ? U32_MAX << (32 - bits) : 0;
		e->addr[i] &= e->mask[i];
	}
}

static bool covers(const struct entry *e, const u32 addr[4])
{
	return !(((e->addr[0] ^ addr[0]) & e->mask[0]) |
		 ((e->addr[1] ^ addr[1]) & e->mask[1]) |
		 ((e->addr[2] ^ addr[2]) & e->mask[2]) |
		 ((e->addr[3] ^ addr[3]) & e->mask[3]));
}

/* Longest match, the slow way. */
static u8 naive_lookup(const struct test *t, u16 family, const u32 addr[4])
{
	const struct entry *e, *best = NULL;

	for (e = t->entries; e < t->entries + ENTRIES; e++)
		if (e->peer && e->family == family && covers(e, addr) &&
		    (!best || e->length > best->length))
			best = e;
	return best ? best->peer : 0;
}

static struct entry *naive_find(struct test *t, const struct entry *wanted)
{
	struct entry *e;

	for (e = t->entries; e < t->entries + ENTRIES; e++)
		if (e->peer && e->family == wanted->family &&
		    e->length == wanted->length &&
		    !memcmp(e->addr, wanted->addr, sizeof(e->addr)))
			return e;
	return NULL;
}

/* An address that has much in common with one in the list, so that prefixes
 * nest and part at every depth.
 */
static void random_address(struct test *t, u16 family, u32 addr[4])
{
	const struct entry *e = &t->entries[random_below(t, ENTRIES)];
	unsigned int words = family == AF_INET ? 1 : 4, bit, i;

	memset(addr, 0, 4 * sizeof(addr[0]));
	for (i = 0; i < words; i++)
		addr[i] = prandom_u32_state(&t->rnd);
	if (!e->peer || e->family != family || !random_below(t, 8))
		return;
	/* Bits beyond the prefix at random, in it all but at most one. */
	for (i = 0; i < words; i++)
		addr[i] = (addr[i] & ~e->mask[i]) | e->addr[i];
	bit = random_below(t, 64 * words);
	if (bit < 32 * words)
		addr[bit / 32] ^= BIT(31 - bit % 32);
}

static void random_prefix(struct test *t, struct entry *e)
{
	memset(e, 0, sizeof(*e));
	e->family = random_below(t, 2) ? AF_INET : AF_INET6;
	random_address(t, e->family, e->addr);
	set_length(e, random_below(t, e->family == AF_INET ? 33 : 129));
}

static void trie_insert(struct test *t, const struct entry *e)
{
	__be32 wire[4];

	to_wire(wire, e->addr);
	sixpn_allowedips_insert(&t->table, &t->pool, e->family, wire,
				e->length, t->peers[e->peer]);
}

/* Insert or move. Return: false if there was no memory. */
static bool do_insert(struct test *t)
{
	struct entry new, *e;

	random_prefix(t, &new);
	new.peer = 1 + random_below(t, PEERS);
	e = naive_find(t, &new);
	if (!e)
		e = &t->entries[random_below(t, ENTRIES)];
	else if (random_below(t, 2))
		new.peer = e->peer; /* the same again: now the youngest */
	if (e->peer && !naive_find(t, &new))
		return true; /* no room */
	if (sixpn_allowedips_pool_fill(&t->pool, 1))
		return false;
	trie_insert(t, &new);
	new.order = ++t->order;
	*e = new;
	return true;
}

/* Remove one that is there, for its holder or in vain for another peer, or one
 * that is not there.
 */
static void do_remove(struct test *t)
{
	struct entry *e = &t->entries[random_below(t, ENTRIES)], other;
	u8 peer = 1 + random_below(t, PEERS);
	__be32 wire[4];

	if (!e->peer || !random_below(t, 8)) {
		random_prefix(t, &other);
		e = naive_find(t, &other) ?: &other;
	} else if (random_below(t, 4)) {
		peer = e->peer;
	}
	to_wire(wire, e->addr);
	sixpn_allowedips_remove(&t->table, e->family, wire, e->length,
				t->peers[peer]);
	if (e->peer == peer)
		e->peer = 0;
}

static void do_remove_peer(struct test *t)
{
	u8 peer = 1 + random_below(t, PEERS);
	struct entry *e;

	sixpn_allowedips_remove_peer(&t->table, t->peers[peer]);
	for (e = t->entries; e < t->entries + ENTRIES; e++)
		if (e->peer == peer)
			e->peer = 0;
}

static struct sixpn_peer *trie_lookup(struct test *t, u16 family,
				      const u32 addr[4])
{
	struct sixpn_peer *peer;
	__be32 wire[4];

	to_wire(wire, addr);
	rcu_read_lock();
	peer = sixpn_allowedips_lookup(&t->table, family, wire);
	rcu_read_unlock();
	return peer;
}

static const char *query(struct test *t)
{
	u16 family = random_below(t, 2) ? AF_INET : AF_INET6;
	u32 addr[4];

	random_address(t, family, addr);
	if (trie_lookup(t, family, addr) !=
	    t->peers[naive_lookup(t, family, addr)])
		return "lookup differs from the naive list";
	return NULL;
}

/* Each peer's list: the prefixes it holds, all of them, in their order. */
static const char *check_list(struct test *t, u8 peer)
{
	struct list_head *at;
	unsigned int count = 0;
	struct entry *e;
	u32 order = 0;

	list_for_each(at, &t->peers[peer]->allowedips) {
		struct entry found = { 0 };
		struct in6_addr addr = { 0 };
		unsigned int i;

		found.family = sixpn_allowedips_read(at, &t->table, &addr,
						     &found.length);
		for (i = 0; i < (found.family == AF_INET ? 1 : 4); i++)
			found.addr[i] = ntohl(addr.s6_addr32[i]);
		e = naive_find(t, &found);
		if (!e || e->peer != peer)
			return "a peer's list has a wrong prefix";
		if (e->order <= order)
			return "a peer's list is out of order";
		order = e->order;
		count++;
	}
	for (e = t->entries; e < t->entries + ENTRIES; e++)
		count -= e->peer == peer;
	return count ? "a peer's list is not complete" : NULL;
}

static const char *check_all(struct test *t)
{
	const char *why = NULL;
	unsigned int held = 0;
	struct entry *e;
	u8 peer;

	for (e = t->entries; e < t->entries + ENTRIES; e++)
		held += !!e->peer;
	why = sixpn_allowedips_check(&t->table, held);
	for (peer = 1; peer <= PEERS && !why; peer++)
		why = check_list(t, peer);
	return why;
}

static const char *test_random(struct test *t)
{
	const char *why = NULL;
	unsigned int round, i;

	for (round = 0; round < ROUNDS && !why; round++) {
		u32 what = random_below(t, 100);

		if (what < 65) {
			if (!do_insert(t))
				return "no memory";
		} else if (what < 98 || round < ROUNDS / 2) {
			do_remove(t);
		} else {
			do_remove_peer(t);
		}
		for (i = 0; i < QUERIES && !why; i++)
			why = query(t);
		if (!why)
			why = check_all(t);
		cond_resched();
	}
	if (why)
		pr_err("sixpn: selftest allowedips: round %u\n", round);
	return why;
}

/* Scripted cases: "+" gives, "-" takes, "?" asks. */
struct step {
	char what;
	u8 peer; /* for "?" the answer, 0 = nobody */
	const char *addr;
	u8 length;
};

static const struct step script[] = {
	{ '?', 0, "10.0.0.1" }, { '?', 0, "fdaa::1" },
	{ '+', 1, "0.0.0.0", 0 }, { '?', 1, "10.0.0.1" },
	{ '?', 1, "255.255.255.255" }, { '?', 0, "::" },
	{ '+', 2, "::", 0 }, { '?', 2, "ffff::" }, { '?', 1, "1.2.3.4" },
	/* nested, and host bits that do not count */
	{ '+', 3, "10.9.8.7", 8 }, { '+', 4, "10.1.2.3", 16 },
	{ '+', 5, "10.1.2.3", 32 },
	{ '?', 5, "10.1.2.3" }, { '?', 4, "10.1.2.2" }, { '?', 3, "10.2.0.0" },
	{ '?', 1, "11.0.0.0" }, { '?', 3, "10.255.255.255" },
	{ '?', 1, "9.255.255.255" },
	/* not by another, not another length */
	{ '-', 4, "10.1.2.3", 32 }, { '?', 5, "10.1.2.3" },
	{ '-', 5, "10.1.2.3", 31 }, { '?', 5, "10.1.2.3" },
	/* from the middle, then a move of what is above */
	{ '-', 4, "10.1.0.0", 16 }, { '?', 3, "10.1.2.2" },
	{ '?', 5, "10.1.2.3" }, { '+', 2, "10.0.0.0", 8 },
	{ '?', 2, "10.1.2.2" }, { '-', 3, "10.0.0.0", 8 },
	{ '?', 2, "10.1.2.2" }, { '-', 2, "10.0.0.0", 8 },
	{ '?', 1, "10.1.2.2" }, { '?', 5, "10.1.2.3" },
	/* the last bit of either word */
	{ '+', 1, "fdaa::", 64 }, { '+', 3, "fdaa:0:0:1::", 64 },
	{ '+', 4, "fdaa:0:0:1::", 65 }, { '+', 5, "fdaa:0:0:1::1", 128 },
	{ '+', 1, "fdaa:0:0:1::0", 128 },
	{ '?', 1, "fdaa::9" }, { '?', 3, "fdaa:0:0:1:8000::" },
	{ '?', 4, "fdaa:0:0:1:7fff::" }, { '?', 5, "fdaa:0:0:1::1" },
	{ '?', 1, "fdaa:0:0:1::" }, { '?', 4, "fdaa:0:0:1::2" },
	{ '?', 2, "fdaa:0:0:2::" },
	/* a fork that goes again, and the default routes */
	{ '-', 5, "fdaa:0:0:1::1", 128 }, { '?', 4, "fdaa:0:0:1::1" },
	{ '-', 1, "fdaa:0:0:1::", 128 }, { '?', 4, "fdaa:0:0:1::" },
	{ '-', 1, "0.0.0.0", 0 }, { '?', 0, "10.0.0.1" },
	{ '?', 5, "10.1.2.3" }, { '-', 2, "::", 0 }, { '?', 0, "fdab::" },
};

static const char *run_step(struct test *t, const struct step *s)
{
	struct sixpn_peer *found;
	u16 family = AF_INET;
	u8 addr[16];

	if (strchr(s->addr, ':')) {
		family = AF_INET6;
		if (!in6_pton(s->addr, -1, addr, -1, NULL))
			return "script: address";
	} else if (!in4_pton(s->addr, -1, addr, -1, NULL)) {
		return "script: address";
	}
	switch (s->what) {
	case '+':
		if (sixpn_allowedips_pool_fill(&t->pool, 1))
			return "no memory";
		sixpn_allowedips_insert(&t->table, &t->pool, family, addr,
					s->length, t->peers[s->peer]);
		return NULL;
	case '-':
		sixpn_allowedips_remove(&t->table, family, addr, s->length,
					t->peers[s->peer]);
		return NULL;
	}
	rcu_read_lock();
	found = sixpn_allowedips_lookup(&t->table, family, addr);
	rcu_read_unlock();
	return found == t->peers[s->peer] ? NULL : "script";
}

static const char *test_script(struct test *t)
{
	const char *why = NULL;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(script) && !why; i++)
		why = run_step(t, &script[i]);
	if (why)
		pr_err("sixpn: selftest allowedips: step %u\n", i - 1);
	for (i = 1; i <= PEERS; i++)
		sixpn_allowedips_remove_peer(&t->table, t->peers[i]);
	return why ?: sixpn_allowedips_check(&t->table, 0);
}

/* The deepest trie there can be: every length of one address. */
static const char *test_deep(struct test *t)
{
	struct entry e = { .family = AF_INET6 };
	const u32 full[4] = { U32_MAX, U32_MAX, U32_MAX, U32_MAX };
	unsigned int i;

	/* In an order that is neither up nor down: 50 and 129 are coprime. */
	if (sixpn_allowedips_pool_fill(&t->pool, 129))
		return "no memory";
	for (i = 0; i < 129; i++) {
		memcpy(e.addr, full, sizeof(full));
		set_length(&e, i * 50 % 129);
		e.peer = 1 + e.length % PEERS;
		trie_insert(t, &e);
	}
	if (sixpn_allowedips_check(&t->table, 129))
		return "deep trie: structure";
	for (i = 0; i <= 128; i++) {
		u32 addr[4];

		memcpy(addr, full, sizeof(full));
		if (i < 128)
			addr[i / 32] ^= BIT(31 - i % 32);
		if (trie_lookup(t, AF_INET6, addr) != t->peers[1 + i % PEERS])
			return "deep trie: lookup";
	}
	for (i = 1; i <= PEERS; i++)
		sixpn_allowedips_remove_peer(&t->table, t->peers[i]);
	return sixpn_allowedips_check(&t->table, 0);
}

/* Are the two addresses of a packet told apart? */
static bool packet_found(struct test *t, struct sk_buff *skb, u16 family,
			 void *src, void *dst, u8 bits)
{
	bool good;

	((u8 *)src)[3] = 1;
	((u8 *)dst)[3] = 2;
	sixpn_allowedips_insert(&t->table, &t->pool, family, src, bits,
				t->peers[1]);
	sixpn_allowedips_insert(&t->table, &t->pool, family, dst, bits,
				t->peers[2]);
	rcu_read_lock();
	good = sixpn_allowedips_lookup_src(&t->table, skb) == t->peers[1] &&
	       sixpn_allowedips_lookup_dst(&t->table, skb) == t->peers[2];
	rcu_read_unlock();
	return good;
}

static const char *test_packets(struct test *t)
{
	struct sk_buff *skb = alloc_skb(sizeof(struct ipv6hdr), GFP_KERNEL);
	const char *why = "lookup by a packet's addresses";

	if (!skb || sixpn_allowedips_pool_fill(&t->pool, 4)) {
		kfree_skb(skb);
		return "no memory";
	}
	skb_reset_network_header(skb);
	skb_put_zero(skb, sizeof(struct ipv6hdr));
	skb->protocol = htons(ETH_P_IP);
	if (!packet_found(t, skb, AF_INET, &ip_hdr(skb)->saddr,
			  &ip_hdr(skb)->daddr, 32))
		goto out;
	skb->protocol = htons(ETH_P_IPV6);
	if (!packet_found(t, skb, AF_INET6, &ipv6_hdr(skb)->saddr,
			  &ipv6_hdr(skb)->daddr, 128))
		goto out;
	skb->protocol = htons(ETH_P_ARP);
	if (!sixpn_allowedips_lookup_src(&t->table, skb) &&
	    !sixpn_allowedips_lookup_dst(&t->table, skb))
		why = NULL;
out:
	sixpn_allowedips_remove_peer(&t->table, t->peers[1]);
	sixpn_allowedips_remove_peer(&t->table, t->peers[2]);
	kfree_skb(skb);
	return why;
}

struct reader {
	struct test *t;
	unsigned long lookups; /* READ/WRITE_ONCE */
	bool lost; /* READ/WRITE_ONCE */
};

static const u32 watched[4] = { 0x0a010203 };

static int read_forever(void *data)
{
	struct reader *reader = data;

	while (!kthread_should_stop()) {
		struct sixpn_peer *peer = trie_lookup(reader->t, AF_INET,
						      watched);

		if (peer != reader->t->peers[1] && peer != reader->t->peers[2])
			WRITE_ONCE(reader->lost, true);
		WRITE_ONCE(reader->lookups, reader->lookups + 1);
		cond_resched();
	}
	return 0;
}

/* A prefix moves to and fro, and others come and go above, below and beside it,
 * while a reader looks: it must see the one or the other holder.
 */
static const char *test_moves(struct test *t)
{
	struct reader reader = { .t = t };
	struct entry e = { .family = AF_INET };
	struct task_struct *task;
	unsigned int moves = 0;

	if (sixpn_allowedips_pool_fill(&t->pool, 1))
		return "no memory";
	memcpy(e.addr, watched, sizeof(watched));
	set_length(&e, 24);
	e.peer = 1;
	trie_insert(t, &e);
	task = kthread_run(read_forever, &reader, "sixpn_selftest");
	if (IS_ERR(task))
		return "no thread";
	while (!READ_ONCE(reader.lost) &&
	       (moves < 20000 || READ_ONCE(reader.lookups) < 20000)) {
		struct entry other = { .family = AF_INET, .peer = 3 };
		u8 length = 1 + moves % 32;

		e.peer = 1 + moves++ % 2;
		if (sixpn_allowedips_pool_fill(&t->pool, 2))
			break;
		/* Differs in its last bit: beside or below, never on top. */
		memcpy(other.addr, watched, sizeof(watched));
		other.addr[0] ^= BIT(32 - length);
		set_length(&other, length);
		trie_insert(t, &other);
		trie_insert(t, &e);
		sixpn_allowedips_remove_peer(&t->table, t->peers[3]);
		cond_resched();
	}
	kthread_stop(task);
	sixpn_allowedips_remove_peer(&t->table, t->peers[1]);
	sixpn_allowedips_remove_peer(&t->table, t->peers[2]);
	if (reader.lost)
		return "a reader saw a moving prefix with no holder";
	if (moves < 20000)
		return "no memory";
	return sixpn_allowedips_check(&t->table, 0);
}

static const char *run(struct test *t)
{
	const char *why;
	unsigned int i;

	mutex_init(&t->lock);
	sixpn_allowedips_init(&t->table, &t->lock);
	prandom_seed_state(&t->rnd, 6);
	for (i = 1; i <= PEERS; i++) {
		t->peers[i] = kzalloc(sizeof(*t->peers[i]), GFP_KERNEL);
		if (!t->peers[i])
			return "no memory";
		INIT_LIST_HEAD(&t->peers[i]->allowedips);
	}

	mutex_lock(&t->lock);
	why = test_script(t);
	why = why ?: test_deep(t);
	why = why ?: test_packets(t);
	why = why ?: test_random(t);
	for (i = 1; i <= PEERS; i++)
		sixpn_allowedips_remove_peer(&t->table, t->peers[i]);
	why = why ?: sixpn_allowedips_check(&t->table, 0);
	why = why ?: test_moves(t);
	sixpn_allowedips_pool_drain(&t->pool);
	if (!why && (t->pool.count || t->pool.free))
		why = "pool not empty";
	mutex_unlock(&t->lock);
	return why;
}

bool sixpn_allowedips_selftest(void)
{
	struct test *t = kzalloc(sizeof(*t), GFP_KERNEL);
	const char *why = "no memory";
	unsigned int i;

	if (t) {
		why = run(t);
		for (i = 1; i <= PEERS; i++)
			kfree(t->peers[i]);
		kfree(t);
	}
	return sixpn_selftest_report("allowedips", why);
}
