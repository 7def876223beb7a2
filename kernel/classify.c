// SPDX-License-Identifier: GPL-2.0
#include "classify.h"

#include "device.h"
#include "headers.h"
#include "host.h"
#include "machine.h"
#include "network.h"
#include "peer.h"

#include <linux/icmpv6.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/addrconf.h>
#include <net/ndisc.h>
#include <sixpn/addr.h>

/* A packet on its way through the rules. */
struct subject {
	const struct sixpn_origin *origin;
	struct sixpn_device *sx;
	const struct sk_buff *skb;
	const struct in6_addr *saddr;
	const struct in6_addr *daddr;
	struct sixpn_verdict *verdict;
};

/* Each rule answers whether the packet may go on. */
static bool refuse(const struct subject *packet, enum sixpn_drop_reason reason,
		   u8 icmp_type, u8 icmp_code)
{
	struct sixpn_verdict *verdict = packet->verdict;

	verdict->way = SIXPN_WAY_DROP;
	verdict->reason = reason;
	verdict->icmp_type = icmp_type;
	verdict->icmp_code = icmp_code;
	return false;
}

static bool refuse_silently(const struct subject *packet,
			    enum sixpn_drop_reason reason)
{
	return refuse(packet, reason, 0, 0);
}

static bool refuse_unreachable(const struct subject *packet,
			       enum sixpn_drop_reason reason, u8 code)
{
	return refuse(packet, reason, ICMPV6_DEST_UNREACH, code);
}

static bool is_from_host_peer(const struct subject *packet)
{
	return packet->origin->kind == SIXPN_ORIGIN_PEER &&
	       READ_ONCE(packet->origin->peer->kind) == SIXPN_PEER_KIND_HOST;
}

static bool is_from_client(const struct subject *packet)
{
	return packet->origin->kind == SIXPN_ORIGIN_PEER &&
	       READ_ONCE(packet->origin->peer->kind) == SIXPN_PEER_KIND_CLIENT;
}

/* --- Is it whole? --- */

/* An offload packet too has its length in its header: no jumbo ones. */
static bool length_is_right(const struct subject *packet)
{
	const struct ipv6hdr *header = ipv6_hdr(packet->skb);

	return packet->skb->len ==
	       sizeof(*header) + ntohs(header->payload_len);
}

/* Its sender may leave a checksum to be filled in later. Where to, the sender
 * says too: if that were in what these rules look at, they would have looked at
 * another packet.
 */
static bool checksum_is_beyond(const struct subject *packet,
			       const struct sixpn_headers *headers)
{
	const struct sk_buff *skb = packet->skb;
	int start = skb_checksum_start_offset(skb);

	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return true;
	if (headers->protocol == IPPROTO_ICMPV6 && !headers->later_fragment)
		return start == headers->offset &&
		       skb->csum_offset ==
			       offsetof(struct icmp6hdr, icmp6_cksum);
	return start >= (int)headers->offset;
}

/* --- Source truth: is the way back to the source where it came from? --- */

static bool source_is_of_machine(const struct subject *packet)
{
	const struct sixpn_machine *machine = packet->origin->machine;

	/* Moved away: what it sends comes from its new home. */
	return !READ_ONCE(machine->moved_to) &&
	       sixpn_addr_same_machine(packet->saddr, &machine->prefix);
}

/* The host's stack speaks for machine 0, machines of attachment host, and the
 * resolver.
 */
static bool source_is_of_this_host(const struct subject *packet)
{
	struct sixpn_machine *machine;

	if (sixpn_addr_is_resolver(packet->saddr))
		return true;
	machine = sixpn_machine_lookup(packet->sx, packet->saddr);
	if (!machine || READ_ONCE(machine->moved_to) ||
	    READ_ONCE(machine->attachment) != SIXPN_ATTACHMENT_HOST)
		return false;
	packet->verdict->source = machine;
	return true;
}

static bool source_is_of_client(const struct subject *packet)
{
	struct sixpn_machine *machine =
		sixpn_machine_lookup(packet->sx, packet->saddr);

	if (!machine || READ_ONCE(machine->moved_to) ||
	    rcu_access_pointer(machine->peer) != packet->origin->peer)
		return false;
	packet->verdict->source = machine;
	return true;
}

/* The old home of a machine that lives here now forwards what is for it,
 * whoever sent it.
 */
static bool is_forwarded_by_old_home(const struct subject *packet, u32 host)
{
	struct sixpn_machine *machine;

	if (sixpn_addr_host(packet->daddr) != host)
		return false;
	machine = sixpn_machine_lookup(packet->sx, packet->daddr);
	return machine && !READ_ONCE(machine->moved_to);
}

static bool source_is_of_host_peer(const struct subject *packet)
{
	struct sixpn_peer *peer = packet->origin->peer;
	u32 host = READ_ONCE(peer->host_id);
	struct sixpn_machine *machine;
	struct sixpn_route *route;

	if (!host || !sixpn_addr_is_machine(packet->saddr))
		return false;
	machine = sixpn_machine_lookup(packet->sx, packet->saddr);
	if (machine)
		return READ_ONCE(machine->moved_to) == host;
	if (sixpn_addr_host(packet->saddr) == READ_ONCE(packet->sx->host_id))
		return false;
	route = sixpn_route_lookup(packet->sx, packet->saddr);
	if (route ? sixpn_route_peer(route) == peer :
		    sixpn_addr_host(packet->saddr) == host)
		return true;
	return is_forwarded_by_old_home(packet, host);
}

static bool source_is_true(const struct subject *packet)
{
	switch (packet->origin->kind) {
	case SIXPN_ORIGIN_MACHINE:
		return source_is_of_machine(packet);
	case SIXPN_ORIGIN_HOST:
		return source_is_of_this_host(packet);
	case SIXPN_ORIGIN_PEER:
		if (is_from_host_peer(packet))
			return source_is_of_host_peer(packet);
		if (is_from_client(packet))
			return source_is_of_client(packet);
	}
	return false;
}

/* --- Isolation: source and destination are of one network. --- */

/* fdaa::3 serves all networks, and answers all. No tunnel leads to or from it.
 */
static bool is_for_all_networks(const struct subject *packet,
				const struct in6_addr *addr)
{
	return sixpn_addr_is_resolver(addr) &&
	       sixpn_addr_network(addr) == SIXPN_NETWORK_NONE &&
	       !is_from_host_peer(packet);
}

static bool check_networks(const struct subject *packet)
{
	u32 network = sixpn_addr_network(packet->saddr);
	bool answers_all = packet->origin->kind == SIXPN_ORIGIN_HOST &&
			   is_for_all_networks(packet, packet->saddr);

	if (answers_all)
		network = sixpn_addr_network(packet->daddr);
	if (network != sixpn_addr_network(packet->daddr) &&
	    !is_for_all_networks(packet, packet->daddr)) {
		/* Another host should have said so already. */
		if (is_from_host_peer(packet))
			return refuse_silently(packet,
					       SIXPN_DROP_FOREIGN_NETWORK);
		return refuse_unreachable(packet, SIXPN_DROP_FOREIGN_NETWORK,
					  ICMPV6_ADM_PROHIBITED);
	}
	/* A machine that is live is in a network that is. */
	if (packet->origin->kind != SIXPN_ORIGIN_MACHINE &&
	    !sixpn_network_lookup(packet->sx, network))
		return refuse_unreachable(packet, SIXPN_DROP_NO_NETWORK,
					  ICMPV6_NOROUTE);
	return true;
}

/* --- What the packet carries. --- */

static bool is_neighbour_discovery(const struct sixpn_headers *headers)
{
	if (headers->protocol != IPPROTO_ICMPV6 || headers->later_fragment)
		return false;
	switch (headers->icmp_type) {
	case NDISC_ROUTER_SOLICITATION:
	case NDISC_ROUTER_ADVERTISEMENT:
	case NDISC_NEIGHBOUR_SOLICITATION:
	case NDISC_NEIGHBOUR_ADVERTISEMENT:
	case NDISC_REDIRECT:
	case ICMPV6_MGM_QUERY:
	case ICMPV6_MGM_REPORT:
	case ICMPV6_MGM_REDUCTION:
	case ICMPV6_MLD2_REPORT:
		return true;
	}
	return false;
}

/* Can the one it is for have sent the packet that this error is about, and the
 * one it is from have seen it? Otherwise it tells of, or to, another network.
 */
static bool quote_is_right(const struct subject *packet,
			   const struct sixpn_headers *headers)
{
	u32 network = sixpn_addr_network(packet->saddr);
	struct in6_addr saddr, daddr;

	if (!sixpn_headers_quoted(packet->skb, headers, &saddr, &daddr) ||
	    !ipv6_addr_equal(&saddr, packet->daddr) || !sixpn_addr_is(&daddr))
		return false;
	return sixpn_addr_network(&daddr) == network ||
	       is_for_all_networks(packet, &daddr);
}

static bool check_contents(const struct subject *packet,
			   const struct sixpn_headers *headers)
{
	if (headers->routing)
		return refuse_unreachable(packet, SIXPN_DROP_ROUTING_HEADER,
					  ICMPV6_ADM_PROHIBITED);
	if (headers->home_address)
		return refuse_silently(packet, SIXPN_DROP_SPOOFED_SOURCE);
	if (is_neighbour_discovery(headers))
		return refuse_silently(packet, SIXPN_DROP_NEIGHBOUR_DISCOVERY);
	if (sixpn_headers_are_error(headers) &&
	    !quote_is_right(packet, headers))
		return refuse_silently(packet, SIXPN_DROP_FOREIGN_QUOTE);
	return true;
}

/* --- Where does it go? --- */

/* An address that the host does not have would be routed on, perhaps to the
 * underlay and in clear. And what the host's stack itself sends to the mesh is
 * for somebody else.
 */
static bool is_of_host_stack(const struct subject *packet)
{
	return packet->origin->kind != SIXPN_ORIGIN_HOST &&
	       ipv6_chk_addr(dev_net(packet->sx->dev), packet->daddr, NULL, 0);
}

static bool to_host_stack(const struct subject *packet,
			  enum sixpn_drop_reason otherwise)
{
	if (!is_of_host_stack(packet))
		return refuse_unreachable(packet, otherwise,
					  ICMPV6_ADDR_UNREACH);
	packet->verdict->way = SIXPN_WAY_HOST;
	return true;
}

/* Does it come in by a tunnel to leave by one? Then this host is a router on its
 * way, which has to count the hop.
 */
static bool count_hop(const struct subject *packet)
{
	if (packet->origin->kind != SIXPN_ORIGIN_PEER)
		return true;
	if (ipv6_hdr(packet->skb)->hop_limit <= 1)
		return refuse(packet, SIXPN_DROP_HOP_LIMIT, ICMPV6_TIME_EXCEED,
			      ICMPV6_EXC_HOPLIMIT);
	packet->verdict->forwarded = true;
	return true;
}

static bool to_peer(const struct subject *packet, struct sixpn_peer *peer)
{
	if (!peer)
		return refuse_unreachable(packet, SIXPN_DROP_NO_HOST,
					  ICMPV6_NOROUTE);
	/* Back to where it came from: two hosts that disagree. */
	if (packet->origin->kind == SIXPN_ORIGIN_PEER &&
	    packet->origin->peer == peer)
		return refuse_unreachable(packet, SIXPN_DROP_NOT_FORWARDED,
					  ICMPV6_NOROUTE);
	packet->verdict->peer = peer;
	if (!count_hop(packet))
		return false;
	packet->verdict->way = SIXPN_WAY_PEER;
	return true;
}

static bool to_netdev(const struct subject *packet,
		      const struct sixpn_machine *machine)
{
	struct net_device *dev = rcu_dereference(machine->dev);

	if (!dev || !(READ_ONCE(dev->flags) & IFF_UP))
		return refuse_unreachable(packet, SIXPN_DROP_DETACHED,
					  ICMPV6_ADDR_UNREACH);
	packet->verdict->way = SIXPN_WAY_MACHINE;
	packet->verdict->dev = dev;
	return true;
}

static bool to_machine(const struct subject *packet,
		       struct sixpn_machine *machine)
{
	u32 moved_to = READ_ONCE(machine->moved_to);

	packet->verdict->target = machine;
	if (moved_to)
		return to_peer(packet, sixpn_host_peer(packet->sx, moved_to));
	switch (READ_ONCE(machine->attachment)) {
	case SIXPN_ATTACHMENT_HOST:
		return to_host_stack(packet, SIXPN_DROP_NO_MACHINE);
	case SIXPN_ATTACHMENT_CLIENT:
		return to_peer(packet, rcu_dereference(machine->peer));
	default:
		return to_netdev(packet, machine);
	}
}

static bool to_other_host(const struct subject *packet)
{
	struct sixpn_route *route;

	/* Never from host to host, but for machines of ours (clients, moved). */
	if (is_from_host_peer(packet))
		return refuse_unreachable(packet, SIXPN_DROP_NOT_FORWARDED,
					  ICMPV6_NOROUTE);
	route = sixpn_route_lookup(packet->sx, packet->daddr);
	if (route)
		return to_peer(packet, sixpn_route_peer(route));
	return to_peer(packet, sixpn_host_peer(packet->sx,
					sixpn_addr_host(packet->daddr)));
}

static bool find_way(const struct subject *packet)
{
	u32 host = sixpn_addr_host(packet->daddr);
	struct sixpn_machine *machine;

	if (!sixpn_host_id_is_valid(host)) {
		/* Each host answers for its own machines. */
		if (sixpn_addr_is_resolver(packet->daddr) &&
		    !is_from_host_peer(packet))
			return to_host_stack(packet, SIXPN_DROP_WELL_KNOWN);
		return refuse_unreachable(packet, SIXPN_DROP_WELL_KNOWN,
					  ICMPV6_ADDR_UNREACH);
	}
	machine = sixpn_machine_lookup(packet->sx, packet->daddr);
	if (machine)
		return to_machine(packet, machine);
	if (host == READ_ONCE(packet->sx->host_id))
		return refuse_unreachable(packet, SIXPN_DROP_NO_MACHINE,
					  ICMPV6_ADDR_UNREACH);
	return to_other_host(packet);
}

/* --- All of it. --- */

/* Is it a packet that these rules are for? With no network on the device it is a
 * WireGuard device, to which fdaa::/16 is as good as any prefix.
 */
static bool is_for_allowed_ips(const struct sixpn_origin *origin,
			       const struct sk_buff *skb)
{
	if (origin->kind == SIXPN_ORIGIN_MACHINE)
		return false;
	if (skb->protocol != htons(ETH_P_IPV6) ||
	    !READ_ONCE(origin->sx->network_count))
		return true;
	return !sixpn_addr_is(&ipv6_hdr(skb)->saddr) &&
	       !sixpn_addr_is(&ipv6_hdr(skb)->daddr);
}

/* Both addresses are 6PN ones. Whoever has the right source but an address that
 * is no machine's is told that there is no way.
 */
static bool check_addresses(const struct subject *packet)
{
	bool from_us = packet->origin->kind != SIXPN_ORIGIN_PEER;

	if (!sixpn_addr_is(packet->saddr))
		return refuse_silently(packet, SIXPN_DROP_NOT_6PN);
	if (sixpn_addr_is(packet->daddr))
		return true;
	if (from_us && source_is_true(packet) &&
	    !ipv6_addr_is_multicast(packet->daddr))
		return refuse_unreachable(packet, SIXPN_DROP_NOT_6PN,
					  ICMPV6_NOROUTE);
	return refuse_silently(packet, SIXPN_DROP_NOT_6PN);
}

static void apply_rules(const struct subject *packet)
{
	struct sixpn_headers headers;

	if (!check_addresses(packet))
		return;
	if (!sixpn_headers_walk(packet->skb, &headers)) {
		refuse_silently(packet, SIXPN_DROP_HEADER_CHAIN);
		return;
	}
	if (!length_is_right(packet) || headers.jumbo ||
	    !checksum_is_beyond(packet, &headers)) {
		refuse_silently(packet, SIXPN_DROP_MALFORMED);
		return;
	}
	if (!source_is_true(packet)) {
		refuse_silently(packet, SIXPN_DROP_SPOOFED_SOURCE);
		return;
	}
	if (check_networks(packet) && check_contents(packet, &headers))
		find_way(packet);
}

void sixpn_classify(const struct sixpn_origin *origin,
		    const struct sk_buff *skb, struct sixpn_verdict *verdict)
{
	struct subject packet = {
		.origin = origin,
		.sx = origin->sx,
		.skb = skb,
		.verdict = verdict,
	};

	memset(verdict, 0, sizeof(*verdict));
	if (is_for_allowed_ips(origin, skb)) {
		verdict->way = SIXPN_WAY_ALLOWED_IPS;
		return;
	}
	verdict->source = origin->machine;
	if (skb->protocol != htons(ETH_P_IPV6)) {
		refuse_silently(&packet, SIXPN_DROP_NOT_6PN);
		return;
	}
	packet.saddr = &ipv6_hdr(skb)->saddr;
	packet.daddr = &ipv6_hdr(skb)->daddr;
	apply_rules(&packet);
}
