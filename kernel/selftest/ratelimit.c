// SPDX-License-Identifier: GPL-2.0
/*
 * The rate limit with time handed in, so that the outcome does not depend on
 * how fast this machine is.
 */
#include "../ratelimit.h"

#include "selftest.h"

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/time64.h>
#include <net/net_namespace.h>

#define TOKEN	((u64)MSEC_PER_SEC / SIXPN_RATELIMIT_PER_SECOND)
#define BURST	SIXPN_RATELIMIT_BURST

/* Sources of one set of the table differ in the upper bits only. */
#define SAME_SET(n)	(((u64)(n) + 1) << 40)

static unsigned int take_many(u64 source, u64 now, unsigned int attempts)
{
	unsigned int taken = 0;

	while (attempts--)
		taken += sixpn_ratelimit_take(source, now);
	return taken;
}

static const char *test_bucket(u64 now)
{
	const u64 source = 0x1234567890abcdefULL, other = ~source;
	unsigned int i, taken = 0;

	if (take_many(source, now, 100) != BURST)
		return "burst";
	if (take_many(other, now, 100) != BURST)
		return "one source pays for another";
	if (sixpn_ratelimit_take(source, now + TOKEN - 1))
		return "token too early";
	if (take_many(source, now + TOKEN, 100) != 1)
		return "one token after one interval";
	now += TOKEN;
	if (take_many(source, now + 3 * TOKEN, 100) != 3)
		return "three tokens after three intervals";
	now += 3 * TOKEN;
	if (take_many(source, now + 1000 * TOKEN, 100) != BURST)
		return "more saved up than a burst";
	now += 1000 * TOKEN;
	/* Asked 1000 times a second for 10 s: the rate and no more. */
	for (i = 1; i <= 10 * MSEC_PER_SEC; i++)
		taken += sixpn_ratelimit_take(source, now + i);
	if (taken != 10 * SIXPN_RATELIMIT_PER_SECOND)
		return "steady rate";
	/* Another CPU's clock may be a little behind: no token from that. */
	if (sixpn_ratelimit_take(source, now))
		return "time that goes back";
	return NULL;
}

/* Eight sources fill a set; no ninth until one has its bucket full again. */
static const char *test_full_set(u64 now)
{
	unsigned int i;

	for (i = 0; i < 8; i++)
		if (take_many(SAME_SET(i), now, 2) != 2)
			return "room in a set";
	if (take_many(SAME_SET(8), now + 2 * TOKEN - 1, 10))
		return "a source beyond the bound";
	if (take_many(SAME_SET(3), now + 2 * TOKEN - 1, 10) != BURST - 1)
		return "a known source in a full set";
	if (take_many(SAME_SET(8), now + 2 * TOKEN, 10) != BURST)
		return "room after expiry";
	/* The one that went on asking has not lost its debt. */
	if (take_many(SAME_SET(3), now + 2 * TOKEN, 10) != 1)
		return "debt forgotten";
	return NULL;
}

/* More sources at one moment than there are slots. */
static const char *test_flood(u64 now)
{
	struct rnd_state rnd;
	unsigned int i, taken = 0;

	prandom_seed_state(&rnd, 7);
	for (i = 0; i < 200000; i++) {
		u64 source = (u64)prandom_u32_state(&rnd) << 32;

		taken += sixpn_ratelimit_take(source |
					      prandom_u32_state(&rnd), now);
		if (!(i & 4095))
			cond_resched();
	}
	/* 32768 slots; a random flood leaves few empty. */
	if (taken > 32768)
		return "more sources than slots";
	if (taken < 30000)
		return "few sources fit";
	if (take_many(42, now + TOKEN, 10) != BURST)
		return "no room after a flood";
	return NULL;
}

static u64 source4(struct sk_buff *skb, const struct net *net, u32 addr)
{
	u64 source = 0;

	skb->protocol = htons(ETH_P_IP);
	ip_hdr(skb)->saddr = htonl(addr);
	return sixpn_ratelimit_source(net, skb, &source) ? source : 0;
}

static u64 source6(struct sk_buff *skb, const struct net *net, u32 first,
		   u32 second, u32 last)
{
	u64 source = 0;

	skb->protocol = htons(ETH_P_IPV6);
	ipv6_hdr(skb)->saddr = (struct in6_addr){ .s6_addr32 = {
		htonl(first), htonl(second), 0, htonl(last) } };
	return sixpn_ratelimit_source(net, skb, &source) ? source : 0;
}

/* What counts as one source. A namespace is a key only: any address will do. */
static const char *test_sources(struct sk_buff *skb)
{
	const struct net *net = &init_net;
	const struct net *other = (const struct net *)skb;

	if (!source4(skb, net, 1) ||
	    source4(skb, net, 1) != source4(skb, net, 1))
		return "IPv4: one source";
	if (source4(skb, net, 1) == source4(skb, net, 2))
		return "IPv4: two addresses";
	if (source4(skb, net, 1) == source4(skb, other, 1))
		return "IPv4: two namespaces";
	if (!source6(skb, net, 1, 1, 1) ||
	    source6(skb, net, 1, 1, 1) != source6(skb, net, 1, 1, 2))
		return "IPv6: one /64";
	if (source6(skb, net, 1, 1, 1) == source6(skb, net, 1, 2, 1) ||
	    source6(skb, net, 1, 1, 1) == source6(skb, net, 2, 1, 1))
		return "IPv6: two /64";
	if (source6(skb, net, 1, 1, 1) == source6(skb, other, 1, 1, 1))
		return "IPv6: two namespaces";
	skb->protocol = htons(ETH_P_ARP);
	if (sixpn_ratelimit_allow(net, skb))
		return "not IP";
	source6(skb, net, 1, 1, 1);
	if (!sixpn_ratelimit_allow(net, skb))
		return "first of a source refused";
	return NULL;
}

/* Each with a table of its own: they disagree on what time it is. */
static const char *with_table(const char *(*test)(u64 now), u64 now)
{
	const char *why;

	if (sixpn_ratelimit_get())
		return "no memory";
	why = test(now);
	sixpn_ratelimit_put();
	return why;
}

/* A second user finds the table of the first, and the first keeps it. */
static const char *test_users(u64 now)
{
	if (take_many(1, now, 10) != BURST)
		return "table not empty at first";
	if (sixpn_ratelimit_get())
		return "no memory";
	if (sixpn_ratelimit_take(1, now))
		return "second user has a table of its own";
	sixpn_ratelimit_put();
	return sixpn_ratelimit_take(1, now) ? "table lost with a user left" :
					      NULL;
}

static const char *with_packet(struct sk_buff *skb)
{
	const char *why;

	if (sixpn_ratelimit_get())
		return "no memory";
	why = test_sources(skb);
	sixpn_ratelimit_put();
	return why;
}

bool sixpn_ratelimit_selftest(void)
{
	struct sk_buff *skb = alloc_skb(sizeof(struct ipv6hdr), GFP_KERNEL);
	const char *why = "no memory";

	if (!skb)
		goto out;
	skb_reset_network_header(skb);
	skb_put_zero(skb, sizeof(struct ipv6hdr));
	why = with_packet(skb);
	why = why ?: with_table(test_bucket, 1000);
	why = why ?: with_table(test_full_set, 1000);
	why = why ?: with_table(test_flood, 1000);
	why = why ?: with_table(test_users, 1000);
out:
	kfree_skb(skb);
	return sixpn_selftest_report("ratelimit", why);
}
