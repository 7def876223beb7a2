// SPDX-License-Identifier: GPL-2.0
#include "drop.h"

#include "device.h"
#include "peer.h"

#include <linux/ethtool.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>
#include <net/ipv6.h>

#define CREATE_TRACE_POINTS
#include "trace.h"

static const char names[__SIXPN_DROP_MAX][ETH_GSTRING_LEN] = {
	[SIXPN_DROP_UNSPEC] = "unspecified",
	[SIXPN_DROP_MALFORMED] = "malformed",
	[SIXPN_DROP_NOT_6PN] = "not-6pn",
	[SIXPN_DROP_FOREIGN_NETWORK] = "foreign-network",
	[SIXPN_DROP_SPOOFED_SOURCE] = "spoofed-source",
	[SIXPN_DROP_NO_NETWORK] = "no-network",
	[SIXPN_DROP_NO_MACHINE] = "no-machine",
	[SIXPN_DROP_DETACHED] = "detached",
	[SIXPN_DROP_NO_HOST] = "no-host",
	[SIXPN_DROP_NO_PEER] = "no-peer",
	[SIXPN_DROP_NO_ENDPOINT] = "no-endpoint",
	[SIXPN_DROP_NO_SESSION] = "no-session",
	[SIXPN_DROP_NOT_FORWARDED] = "not-forwarded",
	[SIXPN_DROP_ROUTING_HEADER] = "routing-header",
	[SIXPN_DROP_HEADER_CHAIN] = "header-chain",
	[SIXPN_DROP_NEIGHBOUR_DISCOVERY] = "neighbour-discovery",
	[SIXPN_DROP_FOREIGN_QUOTE] = "foreign-quote",
	[SIXPN_DROP_HOP_LIMIT] = "hop-limit",
	[SIXPN_DROP_TOO_BIG] = "too-big",
	[SIXPN_DROP_WELL_KNOWN] = "well-known",
	[SIXPN_DROP_DEVICE_DOWN] = "device-down",
	[SIXPN_DROP_LOOP] = "loop",
	[SIXPN_DROP_NO_MEMORY] = "no-memory",
	[SIXPN_DROP_BAD_MESSAGE] = "bad-message",
	[SIXPN_DROP_UNKNOWN_SESSION] = "unknown-session",
	[SIXPN_DROP_NOT_AUTHENTIC] = "not-authentic",
	[SIXPN_DROP_REPLAYED] = "replayed",
	[SIXPN_DROP_OVERLOAD] = "overload",
};

const char *sixpn_drop_name(enum sixpn_drop_reason reason)
{
	return reason < __SIXPN_DROP_MAX && names[reason][0] ?
		       names[reason] : names[SIXPN_DROP_UNSPEC];
}

/* Does the packet's head reach @len bytes behind the network header? */
static bool has(const struct sk_buff *skb, size_t len)
{
	return skb_network_header(skb) >= skb->head &&
	       skb_network_header(skb) + len <= skb_tail_pointer(skb);
}

static void trace_drop(const struct sixpn_device *sx,
		       enum sixpn_drop_reason reason, const struct sk_buff *skb)
{
	struct in6_addr saddr = {}, daddr = {};

	if (skb && skb->protocol == htons(ETH_P_IPV6) &&
	    has(skb, sizeof(struct ipv6hdr))) {
		saddr = ipv6_hdr(skb)->saddr;
		daddr = ipv6_hdr(skb)->daddr;
	} else if (skb && skb->protocol == htons(ETH_P_IP) &&
		   has(skb, sizeof(struct iphdr))) {
		ipv6_addr_set_v4mapped(ip_hdr(skb)->saddr, &saddr);
		ipv6_addr_set_v4mapped(ip_hdr(skb)->daddr, &daddr);
	}
	trace_sixpn_drop(sx->dev, reason, sixpn_drop_name(reason), &saddr,
			 &daddr, skb ? skb->len : 0);
}

void sixpn_drop_count(struct sixpn_device *sx, enum sixpn_drop_reason reason,
		      const struct sk_buff *skb, unsigned int packets)
{
	struct sixpn_drops *drops;

	if (!reason || !packets)
		return;
	local_bh_disable();
	drops = this_cpu_ptr(sx->drops);
	u64_stats_update_begin(&drops->syncp);
	u64_stats_add(&drops->packets[reason], packets);
	u64_stats_update_end(&drops->syncp);
	local_bh_enable();
	if (trace_sixpn_drop_enabled())
		trace_drop(sx, reason, skb);
}

void sixpn_drop_of_peer(struct sixpn_peer *peer, enum sixpn_drop_reason reason,
			const struct sk_buff *skb, unsigned int packets)
{
	sixpn_drop_count(peer->sx, reason, skb, packets);
	sixpn_peer_count_drops(peer, packets);
}

u64 sixpn_drop_read(const struct sixpn_device *sx,
		    enum sixpn_drop_reason reason)
{
	const struct sixpn_drops *drops;
	unsigned int start;
	u64 sum = 0, one;
	int cpu;

	for_each_possible_cpu(cpu) {
		drops = per_cpu_ptr(sx->drops, cpu);
		do {
			start = u64_stats_fetch_begin(&drops->syncp);
			one = u64_stats_read(&drops->packets[reason]);
		} while (u64_stats_fetch_retry(&drops->syncp, start));
		sum += one;
	}
	return sum;
}

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, KBUILD_MODNAME, sizeof(info->driver));
	strscpy(info->version, SIXPN_VERSION, sizeof(info->version));
}

static int get_sset_count(struct net_device *dev, int set)
{
	return set == ETH_SS_STATS ? SIXPN_DROP_MAX : -EOPNOTSUPP;
}

/* Reason 0 is none and is left out. */
static void get_strings(struct net_device *dev, u32 set, u8 *data)
{
	if (set == ETH_SS_STATS)
		memcpy(data, names[1], SIXPN_DROP_MAX * ETH_GSTRING_LEN);
}

static void get_stats(struct net_device *dev, struct ethtool_stats *stats,
		      u64 *data)
{
	unsigned int reason;

	for (reason = 1; reason < __SIXPN_DROP_MAX; reason++)
		*data++ = sixpn_drop_read(sixpn_device_of(dev), reason);
}

const struct ethtool_ops sixpn_drop_ethtool_ops = {
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_sset_count = get_sset_count,
	.get_strings = get_strings,
	.get_ethtool_stats = get_stats,
};
