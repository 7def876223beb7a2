// SPDX-License-Identifier: GPL-2.0
#include "bind.h"

#include "classify.h"
#include "compat/compat.h"
#include "device.h"
#include "drop.h"
#include "forward.h"
#include "machine.h"
#include "neighbour.h"
#include "transmit.h"

#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/ip_tunnels.h>
#include <net/ipv6.h>

/* What a VM has to set up on its end of the tap, with MTU 1420:
 *
 *	ip address add ADDRESS/128 dev eth0 nodad
 *	ip route add fdaa::/16 via fe80::1 dev eth0
 *
 * Routes without a gateway do as well. It is asked for its Ethernet address, and
 * that is also learned from whatever it sends.
 */

/* Packets kept until the machine's Ethernet address is known. */
#define PENDING_MAX 8

/* How often, and how far apart it is asked: MAX_MULTICAST_SOLICIT and
 * RETRANS_TIMER of RFC 4861, section 10.
 */
#define SOLICIT_MAX 3
#define SOLICIT_INTERVAL HZ

struct sixpn_bind {
	struct net_device *dev; /* holds us as its rx_handler_data */
	struct sixpn_device *sx;
	struct sixpn_machine __rcu *machine; /* RCU; written under RTNL */
	u64 mac; /* the machine's, 0: not known; READ/WRITE_ONCE */
	atomic_t asked; /* how often, 0: the timer is off */
	struct timer_list ask_again;
	struct sk_buff_head pending; /* own lock */
};

/* Consumes @skb. */
static void send_to(struct sixpn_bind *bind, struct sk_buff *skb, u64 mac)
{
	struct net_device *dev = bind->dev;
	u8 to[ETH_ALEN];

	u64_to_ether_addr(mac, to);
	skb->dev = dev;
	if (skb_cow_head(skb, LL_RESERVED_SPACE(dev)) ||
	    dev_hard_header(skb, dev, ETH_P_IPV6, to, dev->dev_addr,
			    skb->len) < 0) {
		sixpn_drop_count(bind->sx, SIXPN_DROP_NO_MEMORY, skb, 1);
		kfree_skb(skb);
		return;
	}
	dev_queue_xmit(skb);
}

static void send_pending(struct sixpn_bind *bind, u64 mac)
{
	struct sk_buff *skb;

	while ((skb = skb_dequeue(&bind->pending)))
		send_to(bind, skb, mac);
}

static void solicit(struct sixpn_bind *bind, const struct in6_addr *target)
{
	struct sk_buff *skb;

	mod_timer(&bind->ask_again, jiffies + SOLICIT_INTERVAL);
	skb = sixpn_neighbour_solicit(bind->dev, target);
	if (skb)
		dev_queue_xmit(skb);
}

/* The first question may be lost, and no further packet may come to ask. */
static void ask_again(struct timer_list *timer)
{
	struct sixpn_bind *bind = timer_container_of(bind, timer, ask_again);
	struct in6_addr target;
	struct sk_buff *skb;
	int asked;

	spin_lock(&bind->pending.lock);
	skb = skb_peek_tail(&bind->pending);
	if (skb)
		target = ipv6_hdr(skb)->daddr;
	spin_unlock(&bind->pending.lock);
	if (!skb || READ_ONCE(bind->mac)) {
		atomic_set(&bind->asked, 0);
		return;
	}
	asked = atomic_inc_return(&bind->asked);
	/* Unless a packet has come just now, and begun anew. */
	if (asked > SOLICIT_MAX &&
	    atomic_cmpxchg(&bind->asked, asked, 0) == asked)
		return;
	solicit(bind, &target);
}

/* Keep @skb until the machine has been heard; the oldest make room. */
static void keep(struct sixpn_bind *bind, struct sk_buff *skb)
{
	struct in6_addr target = ipv6_hdr(skb)->daddr;
	struct sk_buff *oldest;
	u64 mac;

	skb_orphan(skb);
	skb_queue_tail(&bind->pending, skb);
	if (skb_queue_len_lockless(&bind->pending) > PENDING_MAX) {
		oldest = skb_dequeue(&bind->pending);
		if (oldest)
			sixpn_drop_count(bind->sx, SIXPN_DROP_DETACHED, oldest,
					 1);
		kfree_skb(oldest);
	}
	/* Each packet is worth as many questions; as long as there are any to
	 * come, the timer alone asks, and so not too often.
	 */
	if (!atomic_xchg(&bind->asked, 1))
		solicit(bind, &target);
	/* It may have spoken between our look and the queue. */
	mac = READ_ONCE(bind->mac);
	if (mac)
		send_pending(bind, mac);
}

static rx_handler_result_t bind_receive(struct sk_buff **pskb);

void sixpn_bind_transmit(struct net_device *dev, struct sk_buff *skb)
{
	struct sixpn_bind *bind;
	u64 mac;

	/* In this order they are taken away, with a grace period between. */
	if (rcu_dereference(dev->rx_handler) != bind_receive) {
		kfree_skb(skb);
		return;
	}
	bind = rcu_dereference(dev->rx_handler_data);
	mac = READ_ONCE(bind->mac);
	if (likely(mac))
		send_to(bind, skb, mac);
	else
		keep(bind, skb);
}

static void learn(struct sixpn_bind *bind, const struct sk_buff *skb)
{
	const u8 *source = eth_hdr(skb)->h_source;
	u64 mac = ether_addr_to_u64(source);

	if (likely(mac == READ_ONCE(bind->mac)) || !is_valid_ether_addr(source))
		return;
	WRITE_ONCE(bind->mac, mac);
	send_pending(bind, mac);
}

/* Is it an IPv6 packet with its header in the head and nothing behind its end?
 * A frame has a least length, and what fills it up is no part of the packet.
 */
static bool is_packet(struct sk_buff *skb)
{
	size_t len;

	if (skb_vlan_tag_present(skb) || skb->protocol != htons(ETH_P_IPV6) ||
	    !pskb_may_pull(skb, sizeof(struct ipv6hdr)) ||
	    ip_tunnel_parse_protocol(skb) != skb->protocol)
		return false;
	len = sizeof(struct ipv6hdr) + ntohs(ipv6_hdr(skb)->payload_len);
	return skb->len <= len || skb_is_gso(skb) ||
	       !pskb_trim_rcsum(skb, len);
}

/* RCU read side, BH disabled. Consumes @skb. */
static void receive(struct sixpn_bind *bind, struct sk_buff *skb)
{
	struct sixpn_origin origin = {
		.sx = bind->sx,
		.kind = SIXPN_ORIGIN_MACHINE,
		.dev = bind->dev,
		.machine = rcu_dereference(bind->machine),
	};
	enum sixpn_drop_reason reason = SIXPN_DROP_DETACHED;
	struct sixpn_verdict verdict;
	struct sk_buff *answer;

	if (!origin.machine || !sixpn_machine_is_live(origin.machine))
		goto drop;
	learn(bind, skb);
	/* What is looked at must not change: it may be the VM's memory. */
	reason = SIXPN_DROP_NO_MEMORY;
	if (unlikely(skb_orphan_frags(skb, GFP_ATOMIC)))
		goto drop;
	reason = SIXPN_DROP_NOT_6PN;
	if (!is_packet(skb)) {
		sixpn_machine_count_drop(origin.machine);
		goto drop;
	}
	if (sixpn_neighbour_is(skb)) {
		answer = sixpn_neighbour_answer(skb, bind->dev,
						&origin.machine->prefix);
		if (answer)
			dev_queue_xmit(answer);
		consume_skb(skb);
		return;
	}
	sixpn_classify(&origin, skb, &verdict);
	sixpn_forward(&origin, &verdict, skb);
	return;
drop:
	sixpn_drop_count(bind->sx, reason, skb, 1);
	kfree_skb(skb);
}

/* Nothing that the machine sends gets past us into the host's stack. */
static rx_handler_result_t bind_receive(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct sixpn_bind *bind = rcu_dereference(skb->dev->rx_handler_data);

	/* A multicast that the host itself sends there and listens to as well:
	 * not from the machine, nor with an Ethernet header to learn from.
	 */
	if (unlikely(skb->pkt_type == PACKET_LOOPBACK))
		return RX_HANDLER_PASS;
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (unlikely(!skb))
		return RX_HANDLER_CONSUMED;
	skb_reset_network_header(skb);
	if (likely(sixpn_transmit_enter())) {
		receive(bind, skb);
	} else {
		sixpn_drop_count(bind->sx, SIXPN_DROP_LOOP, skb, 1);
		kfree_skb(skb);
	}
	sixpn_transmit_leave();
	return RX_HANDLER_CONSUMED;
}

static int check(struct net_device *dev, struct netlink_ext_ack *extack)
{
	if (dev->type != ARPHRD_ETHER || dev->flags & IFF_LOOPBACK) {
		NL_SET_ERR_MSG(extack,
			       "Only a netdev that is an Ethernet (tap, veth) can be bound");
		return -EINVAL;
	}
	if (netdev_is_rx_handler_busy(dev)) {
		NL_SET_ERR_MSG(extack,
			       "The netdev is in use: by a bridge, bond or another machine");
		return -EBUSY;
	}
	return 0;
}

int sixpn_bind_attach(struct sixpn_machine *machine, struct net_device *dev,
		      struct netlink_ext_ack *extack)
{
	struct sixpn_bind *bind;
	int err;

	ASSERT_RTNL();
	err = check(dev, extack);
	if (err)
		return err;
	bind = kzalloc(sizeof(*bind), GFP_KERNEL);
	if (!bind)
		return -ENOMEM;
	bind->dev = dev;
	bind->sx = machine->network->sx;
	skb_queue_head_init(&bind->pending);
	timer_setup(&bind->ask_again, ask_again, 0);
	RCU_INIT_POINTER(bind->machine, machine);
	err = netdev_rx_handler_register(dev, bind_receive, bind);
	if (err) {
		kfree(bind);
		return err;
	}
	/* What is merged on the way in cannot be sent on. */
	dev_disable_lro(dev);
	return 0;
}

void sixpn_bind_detach(struct net_device *dev)
{
	struct sixpn_bind *bind;

	ASSERT_RTNL();
	if (rtnl_dereference(dev->rx_handler) != bind_receive)
		return;
	bind = rtnl_dereference(dev->rx_handler_data);
	RCU_INIT_POINTER(bind->machine, NULL);
	/* Waits for those who saw the handler; later ones do not look at its
	 * data.
	 */
	netdev_rx_handler_unregister(dev);
	/* Nobody but itself could arm it now. */
	timer_delete_sync(&bind->ask_again);
	skb_queue_purge(&bind->pending);
	kfree(bind);
}

/* Also when it moves to another namespace: whoever is there has not been asked
 * to speak for a machine.
 */
static int netdev_event(struct notifier_block *nb, unsigned long action,
			void *data)
{
	struct net_device *dev = netdev_notifier_info_to_dev(data);
	struct sixpn_bind *bind;

	/* As long as it is bound it knows its machine. */
	if (action != NETDEV_UNREGISTER ||
	    rtnl_dereference(dev->rx_handler) != bind_receive)
		return NOTIFY_DONE;
	bind = rtnl_dereference(dev->rx_handler_data);
	sixpn_machine_lost_dev(rtnl_dereference(bind->machine), dev);
	sixpn_bind_detach(dev);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = { .notifier_call = netdev_event };

int sixpn_bind_module_init(void)
{
	return register_netdevice_notifier(&notifier);
}

/* Whoever is bound holds the module: none is left. */
void sixpn_bind_module_exit(void)
{
	unregister_netdevice_notifier(&notifier);
}
