// SPDX-License-Identifier: GPL-2.0
#include "forward.h"

#include "bind.h"
#include "classify.h"
#include "compat/compat.h"
#include "device.h"
#include "drop.h"
#include "icmp.h"
#include "machine.h"
#include "network.h"
#include "peer.h"
#include "port.h"
#include "transmit.h"

#include <linux/icmpv6.h>
#include <linux/skbuff.h>
#include <net/ipv6.h>

/* What an offload packet counts for. */
static unsigned int packets_in(const struct sk_buff *skb)
{
	return skb_is_gso(skb) ? max_t(unsigned int, 1,
				       skb_shinfo(skb)->gso_segs) : 1;
}

/* Before the packet goes: nobody knows its length afterwards. */
static void count_passed(const struct sixpn_verdict *verdict,
			 const struct sk_buff *skb)
{
	unsigned int packets = packets_in(skb);

	if (verdict->source) {
		sixpn_counters_tx(verdict->source->counters, packets, skb->len);
		sixpn_counters_tx(verdict->source->network->counters, packets,
				  skb->len);
	}
	if (verdict->target) {
		sixpn_counters_rx(verdict->target->counters, packets, skb->len);
		sixpn_counters_rx(verdict->target->network->counters, packets,
				  skb->len);
	}
}

/* Once per machine, once for the network they share, once per peer. */
static void count_dropped(const struct sixpn_origin *origin,
			  const struct sixpn_verdict *verdict)
{
	const struct sixpn_machine *source = verdict->source;
	const struct sixpn_machine *target = verdict->target;

	if (source)
		sixpn_counters_drop(source->counters);
	if (target)
		sixpn_counters_drop(target->counters);
	if (source || target)
		sixpn_counters_drop((source ?: target)->network->counters);
	if (origin->peer)
		sixpn_peer_count_drops(origin->peer, 1);
	if (verdict->peer)
		sixpn_peer_count_drops(verdict->peer, 1);
}

/* Consumes @skb. */
static bool drop(const struct sixpn_origin *origin,
		 const struct sixpn_verdict *verdict, struct sk_buff *skb,
		 enum sixpn_drop_reason reason)
{
	sixpn_drop_count(origin->sx, reason, skb, 1);
	count_dropped(origin, verdict);
	kfree_skb(skb);
	return false;
}

/* Consumes @skb. */
static bool drop_unreachable(const struct sixpn_origin *origin,
			     const struct sixpn_verdict *verdict,
			     struct sk_buff *skb, enum sixpn_drop_reason reason)
{
	sixpn_icmp_answer(origin, skb, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH,
			  0);
	return drop(origin, verdict, skb, reason);
}

/* Consumes @skb. */
static bool drop_too_big(const struct sixpn_origin *origin,
			 const struct sixpn_verdict *verdict,
			 struct sk_buff *skb, unsigned int mtu)
{
	if (mtu)
		sixpn_icmp_answer(origin, skb, ICMPV6_PKT_TOOBIG, 0,
				  max_t(unsigned int, mtu, IPV6_MIN_MTU));
	return drop(origin, verdict, skb, SIXPN_DROP_TOO_BIG);
}

int sixpn_forward_prepare(struct sk_buff *skb, struct net_device *dev)
{
	/* It may lie in a queue for as long as its reader likes. */
	if (skb_orphan_frags_rx(skb, GFP_ATOMIC))
		return -ENOMEM;
	skb_scrub_packet(skb, true);
	skb->dev = dev;
	skb->priority = 0;
	skb_init_secmark(skb);
	skb_set_queue_mapping(skb, 0);
	skb->pkt_type = PACKET_HOST;
	skb_reset_mac_header(skb);
	skb_reset_mac_len(skb);
	return 0;
}

static bool to_netdev(const struct sixpn_origin *origin,
		      const struct sixpn_verdict *verdict, struct sk_buff *skb)
{
	struct net_device *dev = verdict->dev;
	unsigned int mtu = READ_ONCE(dev->mtu);

	if (unlikely(!sixpn_transmit_is_within(skb, mtu)))
		return drop_too_big(origin, verdict, skb, mtu);
	if (unlikely(sixpn_forward_prepare(skb, dev)))
		return drop(origin, verdict, skb, SIXPN_DROP_NO_MEMORY);
	count_passed(verdict, skb);
	if (likely(sixpn_port_is(dev)))
		sixpn_port_receive(dev, skb,
				   origin->kind == SIXPN_ORIGIN_PEER);
	else
		sixpn_bind_transmit(dev, skb);
	return true;
}

static bool to_host(const struct sixpn_origin *origin,
		    const struct sixpn_verdict *verdict, struct sk_buff *skb)
{
	struct sixpn_device *sx = origin->sx;

	if (unlikely(!sixpn_device_is_up(sx)))
		return drop_unreachable(origin, verdict, skb,
					SIXPN_DROP_DEVICE_DOWN);
	if (unlikely(sixpn_forward_prepare(skb, sx->dev)))
		return drop(origin, verdict, skb, SIXPN_DROP_NO_MEMORY);
	count_passed(verdict, skb);
	dev_sw_netstats_rx_add(sx->dev, skb->len);
	if (origin->kind == SIXPN_ORIGIN_PEER)
		gro_cells_receive(&sx->gro_cells, skb);
	else
		__netif_rx(skb);
	return true;
}

static bool to_peer(const struct sixpn_origin *origin,
		    const struct sixpn_verdict *verdict, struct sk_buff *skb)
{
	struct sixpn_device *sx = origin->sx;
	/* The host's stack goes by the mesh device's MTU itself. */
	unsigned int mtu = origin->kind == SIXPN_ORIGIN_HOST ?
				   SIXPN_MTU_MAX : READ_ONCE(sx->dev->mtu);
	enum sixpn_drop_reason reason;

	if (unlikely(!sixpn_device_is_up(sx)))
		return drop_unreachable(origin, verdict, skb,
					SIXPN_DROP_DEVICE_DOWN);
	reason = sixpn_transmit_check(skb, verdict->peer, mtu, &mtu);
	if (unlikely(reason == SIXPN_DROP_TOO_BIG))
		return drop_too_big(origin, verdict, skb, mtu);
	if (unlikely(reason))
		return drop_unreachable(origin, verdict, skb, reason);
	if (verdict->forwarded)
		ipv6_hdr(skb)->hop_limit--;
	/* Nothing of its time in a machine's namespace shows outside. */
	if (origin->kind == SIXPN_ORIGIN_MACHINE)
		skb_scrub_packet(skb, true);
	count_passed(verdict, skb);
	return sixpn_transmit_packet(verdict->peer, skb);
}

bool sixpn_forward(const struct sixpn_origin *origin,
		   const struct sixpn_verdict *verdict, struct sk_buff *skb)
{
	switch (verdict->way) {
	case SIXPN_WAY_MACHINE:
		return to_netdev(origin, verdict, skb);
	case SIXPN_WAY_PEER:
		return to_peer(origin, verdict, skb);
	case SIXPN_WAY_HOST:
		return to_host(origin, verdict, skb);
	default:
		break;
	}
	if (verdict->icmp_type)
		sixpn_icmp_answer(origin, skb, verdict->icmp_type,
				  verdict->icmp_code, 0);
	return drop(origin, verdict, skb, verdict->reason);
}
