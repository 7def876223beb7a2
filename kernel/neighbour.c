// SPDX-License-Identifier: GPL-2.0
#include "neighbour.h"

#include "headers.h"

#include <linux/etherdevice.h>
#include <linux/icmpv6.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/addrconf.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <sixpn/addr.h>

/* Both messages with their one option. */
struct message {
	struct icmp6hdr icmp;
	struct in6_addr target;
	u8 option_type;
	u8 option_len; /* in units of 8 bytes */
	u8 option_mac[ETH_ALEN];
} __packed;

static const struct in6_addr gateway = {
	.s6_addr = { 0xfe, 0x80, [15] = 1 },
};

bool sixpn_neighbour_is(const struct sk_buff *skb)
{
	struct sixpn_headers headers;

	if (!sixpn_headers_walk(skb, &headers) ||
	    headers.protocol != IPPROTO_ICMPV6 || headers.later_fragment)
		return false;
	switch (headers.icmp_type) {
	case NDISC_ROUTER_SOLICITATION:
	case NDISC_NEIGHBOUR_SOLICITATION:
	case NDISC_NEIGHBOUR_ADVERTISEMENT:
	case ICMPV6_MGM_REPORT:
	case ICMPV6_MGM_REDUCTION:
	case ICMPV6_MLD2_REPORT:
		return true;
	}
	return false;
}

static struct sk_buff *build(struct net_device *dev, const u8 *mac,
			     const struct in6_addr *saddr,
			     const struct in6_addr *daddr,
			     const struct message *message)
{
	int head = LL_RESERVED_SPACE(dev);
	struct message *copy;
	struct ipv6hdr *header;
	struct sk_buff *skb;

	BUILD_BUG_ON(sizeof(struct message) != 32);
	skb = alloc_skb(head + sizeof(*header) + sizeof(*message) +
			dev->needed_tailroom, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, head);
	skb->dev = dev;
	skb->protocol = htons(ETH_P_IPV6);
	skb_reset_network_header(skb);
	header = skb_put(skb, sizeof(*header));
	ip6_flow_hdr(header, 0, 0);
	header->payload_len = htons(sizeof(*message));
	header->nexthdr = IPPROTO_ICMPV6;
	header->hop_limit = 255; /* shows that it has crossed no router */
	header->saddr = *saddr;
	header->daddr = *daddr;
	skb_set_transport_header(skb, sizeof(*header));
	copy = skb_put_data(skb, message, sizeof(*message));
	memcpy(copy->option_mac, dev->dev_addr, ETH_ALEN);
	copy->icmp.icmp6_cksum =
		csum_ipv6_magic(saddr, daddr, sizeof(*copy), IPPROTO_ICMPV6,
				csum_partial(copy, sizeof(*copy), 0));
	if (dev_hard_header(skb, dev, ETH_P_IPV6, mac, dev->dev_addr,
			    skb->len) < 0) {
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}

/* A solicitation that RFC 4861, section 7.1.1 lets stand. */
static bool is_valid_solicitation(struct sk_buff *skb)
{
	unsigned int len = sizeof(struct icmp6hdr) + sizeof(struct in6_addr);
	const struct icmp6hdr *icmp;
	const struct ipv6hdr *header;

	if (!pskb_may_pull(skb, sizeof(*header) + len))
		return false;
	header = ipv6_hdr(skb);
	icmp = (const struct icmp6hdr *)(header + 1);
	if (header->nexthdr != IPPROTO_ICMPV6 || header->hop_limit != 255 ||
	    icmp->icmp6_type != NDISC_NEIGHBOUR_SOLICITATION ||
	    icmp->icmp6_code)
		return false;
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		return true;
	len = skb->len - sizeof(*header);
	return !csum_ipv6_magic(&header->saddr, &header->daddr, len,
				IPPROTO_ICMPV6,
				skb_checksum(skb, sizeof(*header), len, 0));
}

struct sk_buff *sixpn_neighbour_answer(struct sk_buff *skb,
				       struct net_device *dev,
				       const struct in6_addr *prefix)
{
	struct message message = {
		.icmp.icmp6_type = NDISC_NEIGHBOUR_ADVERTISEMENT,
		.option_type = ND_OPT_TARGET_LL_ADDR,
		.option_len = 1,
	};
	const struct ipv6hdr *header;

	if (!is_valid_solicitation(skb))
		return NULL;
	header = ipv6_hdr(skb);
	memcpy(&message.target, (const u8 *)(header + 1) +
	       sizeof(struct icmp6hdr), sizeof(message.target));
	/* Who asks whether an address is free may have what it likes: it is
	 * alone on its link.
	 */
	if (ipv6_addr_any(&header->saddr))
		return NULL;
	if (!ipv6_addr_equal(&message.target, &gateway) &&
	    (!sixpn_addr_is(&message.target) ||
	     sixpn_addr_same_machine(&message.target, prefix)))
		return NULL;
	message.icmp.icmp6_router = 1;
	message.icmp.icmp6_solicited = 1;
	message.icmp.icmp6_override = 1;
	return build(dev, eth_hdr(skb)->h_source, &message.target,
		     &header->saddr, &message);
}

struct sk_buff *sixpn_neighbour_solicit(struct net_device *dev,
					const struct in6_addr *target)
{
	struct message message = {
		.icmp.icmp6_type = NDISC_NEIGHBOUR_SOLICITATION,
		.target = *target,
		.option_type = ND_OPT_SOURCE_LL_ADDR,
		.option_len = 1,
	};
	struct in6_addr group;
	u8 mac[ETH_ALEN];

	addrconf_addr_solict_mult(target, &group);
	ipv6_eth_mc_map(&group, mac);
	return build(dev, mac, &gateway, &group, &message);
}
