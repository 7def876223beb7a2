// SPDX-License-Identifier: GPL-2.0
#include "icmp.h"

#include "bind.h"
#include "classify.h"
#include "device.h"
#include "forward.h"
#include "headers.h"
#include "port.h"
#include "transmit.h"

#include <linux/atomic.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <net/dst.h>
#include <net/icmp.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <sixpn/addr.h>

void sixpn_icmp_unreachable(struct sk_buff *skb, struct net_device *dev)
{
	skb->dev = dev;
	if (skb->protocol == htons(ETH_P_IP))
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
	else if (skb->protocol == htons(ETH_P_IPV6))
		icmpv6_ndo_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH,
				0);
}

void sixpn_icmp_too_big(struct sk_buff *skb, struct net_device *dev,
			unsigned int mtu)
{
	skb->dev = dev;
	/* A local sender's route learns it at once, without the message. */
	skb_dst_update_pmtu_no_confirm(skb, mtu);
	if (skb->protocol == htons(ETH_P_IP))
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED,
			      htonl(mtu));
	else if (skb->protocol == htons(ETH_P_IPV6))
		icmpv6_ndo_send(skb, ICMPV6_PKT_TOOBIG, 0, mtu);
}

/* A source may be told this often, or as many at once. */
#define INTERVAL (NSEC_PER_SEC / 100)
#define BURST 50

#define LIMITS_BITS 8

/* Per bucket of sources: when the next error would be due if they came evenly
 * from now on, in ktime_get_coarse_boottime_ns(). So one machine cannot use up
 * what others are to be told.
 */
struct sixpn_icmp_limits {
	siphash_key_t key;
	atomic64_t due[BIT(LIMITS_BITS)];
};

struct sixpn_icmp_limits *sixpn_icmp_limits_alloc(void)
{
	struct sixpn_icmp_limits *limits;

	limits = kvzalloc(sizeof(*limits), GFP_KERNEL);
	if (limits)
		get_random_bytes(&limits->key, sizeof(limits->key));
	return limits;
}

void sixpn_icmp_limits_free(struct sixpn_icmp_limits *limits)
{
	kvfree(limits);
}

/* May one more go to the machine that @addr is of? */
static bool within_limit(struct sixpn_icmp_limits *limits,
			 const struct in6_addr *addr)
{
	u64 now = ktime_get_coarse_boottime_ns(), due, next;
	u64 hash = siphash(addr, SIXPN_MACHINE_LEN / 8, &limits->key);
	atomic64_t *slot = &limits->due[hash & (BIT(LIMITS_BITS) - 1)];

	due = atomic64_read(slot);
	next = max(due, now) + INTERVAL;
	if (next > now + (u64)BURST * INTERVAL)
		return false;
	/* Of two at once one goes untold. */
	return atomic64_cmpxchg(slot, due, next) == due;
}

/* RFC 4443, section 2.4 (e). */
static bool may_be_told(const struct sk_buff *skb)
{
	const struct ipv6hdr *header = ipv6_hdr(skb);
	struct sixpn_headers headers;

	if (!sixpn_addr_is_machine(&header->saddr) ||
	    ipv6_addr_is_multicast(&header->daddr))
		return false;
	if (!sixpn_headers_walk(skb, &headers))
		return false;
	return !sixpn_headers_are_error(&headers) &&
	       !(headers.protocol == IPPROTO_ICMPV6 &&
		 headers.icmp_type == NDISC_REDIRECT);
}

static void fill_ipv6(struct ipv6hdr *header, const struct sk_buff *about,
		      u32 host, unsigned int len)
{
	const struct in6_addr *sender = &ipv6_hdr(about)->saddr;

	ip6_flow_hdr(header, 0, 0);
	header->payload_len = htons(len);
	header->nexthdr = IPPROTO_ICMPV6;
	header->hop_limit = IPV6_DEFAULT_HOPLIMIT;
	header->daddr = *sender;
	sixpn_addr_build(&header->saddr, sixpn_addr_network(sender), host,
			 SIXPN_MACHINE_HOST, SIXPN_SUB_MACHINE);
}

/* The error, with as much of @about as the smallest MTU has room for. */
static struct sk_buff *build_error(struct sk_buff *about, u32 host, u8 type,
				   u8 code, u32 info)
{
	unsigned int quoted = min_t(unsigned int, about->len,
				    IPV6_MIN_MTU - sizeof(struct ipv6hdr) -
					    sizeof(struct icmp6hdr));
	unsigned int len = sizeof(struct icmp6hdr) + quoted;
	struct icmp6hdr *icmp;
	struct ipv6hdr *header;
	struct sk_buff *skb;

	skb = alloc_skb(SIXPN_HEADROOM + sizeof(*header) + len + SIXPN_PADDING +
			SIXPN_TAG_SIZE, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, SIXPN_HEADROOM);
	skb->protocol = htons(ETH_P_IPV6);
	skb_reset_network_header(skb);
	header = skb_put(skb, sizeof(*header));
	fill_ipv6(header, about, host, len);
	skb_set_transport_header(skb, sizeof(*header));
	icmp = skb_put_zero(skb, sizeof(*icmp));
	icmp->icmp6_type = type;
	icmp->icmp6_code = code;
	icmp->icmp6_mtu = htonl(info); /* the same place for all types */
	if (skb_copy_bits(about, skb_network_offset(about),
			  skb_put(skb, quoted), quoted)) {
		kfree_skb(skb);
		return NULL;
	}
	icmp->icmp6_cksum = csum_ipv6_magic(&header->saddr, &header->daddr,
					    len, IPPROTO_ICMPV6,
					    csum_partial(icmp, len, 0));
	return skb;
}

/* Consumes @error. */
static void send_back(const struct sixpn_origin *origin, struct sk_buff *error)
{
	if (origin->kind == SIXPN_ORIGIN_PEER) {
		/* Its flow is looked up in a namespace. */
		error->dev = origin->sx->dev;
		sixpn_transmit_packet(origin->peer, error);
		return;
	}
	if (sixpn_forward_prepare(error, origin->dev)) {
		kfree_skb(error);
		return;
	}
	if (sixpn_port_is(origin->dev))
		sixpn_port_receive(origin->dev, error, false);
	else
		sixpn_bind_transmit(origin->dev, error);
}

void sixpn_icmp_answer(const struct sixpn_origin *origin, struct sk_buff *skb,
		       u8 type, u8 code, u32 info)
{
	u32 host = READ_ONCE(origin->sx->host_id);
	struct sk_buff *error;

	/* A local sender's route learns it at once, without the message. */
	if (type == ICMPV6_PKT_TOOBIG && origin->kind != SIXPN_ORIGIN_PEER)
		skb_dst_update_pmtu_no_confirm(skb, info);
	if (origin->kind == SIXPN_ORIGIN_HOST) {
		skb->dev = origin->sx->dev;
		icmpv6_ndo_send(skb, type, code, info);
		return;
	}
	if (!host || !may_be_told(skb) ||
	    !within_limit(origin->sx->icmp_limits, &ipv6_hdr(skb)->saddr))
		return;
	error = build_error(skb, host, type, code, info);
	if (error)
		send_back(origin, error);
}
