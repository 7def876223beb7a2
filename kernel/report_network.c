// SPDX-License-Identifier: GPL-2.0
#include "report.h"

#include "compat/compat.h"
#include "counters.h"
#include "device.h"
#include "host.h"
#include "machine.h"
#include "network.h"
#include "peer.h"

#include <linux/sixpn.h>
#include <net/netlink.h>

int sixpn_report_network(struct sk_buff *skb,
			 const struct sixpn_network *network)
{
	struct sixpn_totals totals;

	lockdep_assert_held(&network->sx->lock);
	sixpn_counters_read(network->counters, &totals);
	return nla_put_u32(skb, SIXPN_NETWORK_A_ID, network->id) ?:
	       nla_put_u32(skb, SIXPN_NETWORK_A_MACHINE_COUNT,
			   network->machine_count) ?:
	       nla_put_u64_64bit(skb, SIXPN_NETWORK_A_RX_PACKETS,
				 totals.rx_packets, SIXPN_NETWORK_A_PAD) ?:
	       nla_put_u64_64bit(skb, SIXPN_NETWORK_A_RX_BYTES,
				 totals.rx_bytes, SIXPN_NETWORK_A_PAD) ?:
	       nla_put_u64_64bit(skb, SIXPN_NETWORK_A_TX_PACKETS,
				 totals.tx_packets, SIXPN_NETWORK_A_PAD) ?:
	       nla_put_u64_64bit(skb, SIXPN_NETWORK_A_TX_BYTES,
				 totals.tx_bytes, SIXPN_NETWORK_A_PAD) ?:
	       nla_put_u64_64bit(skb, SIXPN_NETWORK_A_DROPS, totals.drops,
				 SIXPN_NETWORK_A_PAD);
}

int sixpn_report_route(struct sk_buff *skb, const struct sixpn_route *route)
{
	return nla_put_in6_addr(skb, SIXPN_ROUTE_A_ADDRESS, &route->prefix) ?:
	       nla_put_u32(skb, SIXPN_ROUTE_A_HOST_ID,
			   sixpn_route_host_id(route));
}

int sixpn_report_machine_name(struct sk_buff *skb,
			      const struct sixpn_machine *machine)
{
	struct in6_addr addr;
	int err;

	err = nla_put_u32(skb, SIXPN_MACHINE_A_NETWORK,
			  machine->network->id) ?:
	      nla_put_u32(skb, SIXPN_MACHINE_A_ID, machine->id);
	if (!err && *machine->name.text)
		err = nla_put_string(skb, SIXPN_MACHINE_A_NAME,
				     machine->name.text);
	if (!err && sixpn_machine_addr(machine, &addr))
		err = nla_put_in6_addr(skb, SIXPN_MACHINE_A_ADDRESS, &addr);
	return err;
}

static int report_dev(struct sk_buff *skb, const struct sixpn_machine *machine)
{
	const struct net_device *dev;
	char name[IFNAMSIZ];
	int err = 0;

	rcu_read_lock();
	dev = rcu_dereference(machine->dev);
	if (dev) {
		/* One copy: it may be renamed meanwhile. */
		strscpy(name, dev->name, sizeof(name));
		err = nla_put_u32(skb, SIXPN_MACHINE_A_IFINDEX, dev->ifindex) ?:
		      nla_put_string(skb, SIXPN_MACHINE_A_IFNAME, name);
	}
	rcu_read_unlock();
	return err;
}

static int report_client(struct sk_buff *skb,
			 const struct sixpn_machine *machine)
{
	const struct sixpn_peer *peer;
	int err = 0;

	rcu_read_lock();
	peer = rcu_dereference(machine->peer);
	if (peer)
		err = nla_put(skb, SIXPN_MACHINE_A_PEER_KEY, SIXPN_KEY_SIZE,
			      peer->handshake.remote_static);
	rcu_read_unlock();
	return err;
}

int sixpn_report_machine_place(struct sk_buff *skb,
			       const struct sixpn_machine *machine)
{
	int err;

	err = nla_put_u32(skb, SIXPN_MACHINE_A_ATTACHMENT,
			  machine->attachment) ?:
	      nla_put_u32(skb, SIXPN_MACHINE_A_STATE,
			  sixpn_machine_state(machine)) ?:
	      report_dev(skb, machine) ?:
	      report_client(skb, machine);
	if (!err && machine->moved_to)
		err = nla_put_u32(skb, SIXPN_MACHINE_A_MOVED_TO,
				  machine->moved_to);
	return err;
}

int sixpn_report_machine(struct sk_buff *skb,
			 const struct sixpn_machine *machine)
{
	struct sixpn_totals totals;

	sixpn_counters_read(machine->counters, &totals);
	return sixpn_report_machine_name(skb, machine) ?:
	       sixpn_report_machine_place(skb, machine) ?:
	       nla_put_u64_64bit(skb, SIXPN_MACHINE_A_RX_PACKETS,
				 totals.rx_packets, SIXPN_MACHINE_A_PAD) ?:
	       nla_put_u64_64bit(skb, SIXPN_MACHINE_A_RX_BYTES,
				 totals.rx_bytes, SIXPN_MACHINE_A_PAD) ?:
	       nla_put_u64_64bit(skb, SIXPN_MACHINE_A_TX_PACKETS,
				 totals.tx_packets, SIXPN_MACHINE_A_PAD) ?:
	       nla_put_u64_64bit(skb, SIXPN_MACHINE_A_TX_BYTES,
				 totals.tx_bytes, SIXPN_MACHINE_A_PAD) ?:
	       nla_put_u64_64bit(skb, SIXPN_MACHINE_A_DROPS, totals.drops,
				 SIXPN_MACHINE_A_PAD);
}

int sixpn_report_object(struct sk_buff *skb, struct sixpn_device *sx, int type,
			const void *object)
{
	struct nlattr *nest;
	int err;

	lockdep_assert_held(&sx->lock);
	err = sixpn_report_name(skb, sx->dev) ?:
	      nla_put_u32(skb, SIXPN_A_GENERATION, sx->generation);
	if (err)
		return err;
	nest = nla_nest_start(skb, type);
	if (!nest)
		return -EMSGSIZE;
	if (type == SIXPN_A_NETWORK)
		err = sixpn_report_network(skb, object);
	else if (type == SIXPN_A_MACHINE)
		err = sixpn_report_machine(skb, object);
	else
		err = sixpn_report_route(skb, object);
	nla_nest_end(skb, nest);
	return err;
}
