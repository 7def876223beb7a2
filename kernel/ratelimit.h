/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Token bucket per source address for handshake messages under load (paper,
 * section 5.3). Module-wide; sources are kept apart by network namespace.
 * IPv4 sources are limited per address, IPv6 sources per /64.
 */
#ifndef _SIXPN_RATELIMIT_H
#define _SIXPN_RATELIMIT_H

#include <linux/types.h>

struct net;
struct sk_buff;

/* Tokens per second and how many may be saved up. */
#define SIXPN_RATELIMIT_PER_SECOND	20
#define SIXPN_RATELIMIT_BURST		5

/* Users are counted: the first get allocates, the last put frees, so an idle
 * module holds no table. Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int sixpn_ratelimit_get(void);
void sixpn_ratelimit_put(void);

/**
 * sixpn_ratelimit_allow() - may this source have one more handshake looked at?
 * @net: namespace the packet arrived in (used as a key only, not referenced)
 * @skb: packet with its IPv4 or IPv6 network header set (outer header)
 *
 * Memory is the same whatever the number of sources; where there is no room a
 * new source is refused until an old one has been quiet for 250 ms.
 *
 * Context: any, between get and put; takes no lock.
 * Return: true if a token was taken.
 */
bool sixpn_ratelimit_allow(const struct net *net, struct sk_buff *skb);

/* The two steps of it, apart for the self-test: who the sender is, as 64 bits
 * as good as random (false: not IP), and a token for it at @now, milliseconds.
 */
bool sixpn_ratelimit_source(const struct net *net, const struct sk_buff *skb,
			    u64 *source);
bool sixpn_ratelimit_take(u64 source, u64 now);

#ifdef SIXPN_SELFTEST
bool sixpn_ratelimit_selftest(void);
#endif

#endif /* _SIXPN_RATELIMIT_H */
