// SPDX-License-Identifier: GPL-2.0
#include "port.h"

#include "classify.h"
#include "compat/compat.h"
#include "device.h"
#include "drop.h"
#include "events.h"
#include "forward.h"
#include "machine.h"
#include "transmit.h"

#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <net/addrconf.h>
#include <net/gro_cells.h>
#include <net/ip_tunnels.h>

/* As a cable between namespaces has them. */
#define PORT_FEATURES (NETIF_F_HW_CSUM | NETIF_F_RXCSUM | NETIF_F_SG | \
		       NETIF_F_GSO | NETIF_F_GSO_SOFTWARE | NETIF_F_HIGHDMA)

struct sixpn_port {
	struct net_device *dev;
	struct sixpn_device *sx; /* its netdev is held until the port is freed */
	netdevice_tracker sx_tracker;
	/* NULL once it was let go of; RCU, written under RTNL. The machine is
	 * in memory for one grace period more.
	 */
	struct sixpn_machine __rcu *machine;
	bool made_machine; /* for itself, as a link; constant once registered */
	struct gro_cells gro_cells;
};

static struct sixpn_port *port_of(const struct net_device *dev)
{
	return netdev_priv(dev);
}

/* RCU read side, BH disabled. Consumes @skb. Return: whether it passed. */
static bool transmit(struct sixpn_port *port, struct sk_buff *skb)
{
	struct sixpn_origin origin = {
		.sx = port->sx,
		.kind = SIXPN_ORIGIN_MACHINE,
		.dev = port->dev,
		.machine = rcu_dereference(port->machine),
	};
	enum sixpn_drop_reason reason = SIXPN_DROP_DETACHED;
	struct sixpn_verdict verdict;

	if (unlikely(!origin.machine ||
		     !sixpn_machine_is_live(origin.machine)))
		goto drop;
	reason = SIXPN_DROP_MALFORMED;
	if (unlikely(skb_network_offset(skb) ||
		     ip_tunnel_parse_protocol(skb) != skb->protocol)) {
		sixpn_machine_count_drop(origin.machine);
		goto drop;
	}
	/* What is looked at must not change: of a packet socket's ring all but
	 * the first header is the sender's memory still.
	 */
	reason = SIXPN_DROP_NO_MEMORY;
	if (unlikely(skb_orphan_frags(skb, GFP_ATOMIC)))
		goto drop;
	sixpn_classify(&origin, skb, &verdict);
	return sixpn_forward(&origin, &verdict, skb);
drop:
	sixpn_drop_count(port->sx, reason, skb, 1);
	kfree_skb(skb);
	return false;
}

static netdev_tx_t port_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	unsigned int len = skb->len, packets = 1;
	bool passed = false;

	if (skb_is_gso(skb))
		packets = max_t(unsigned int, 1, skb_shinfo(skb)->gso_segs);
	if (likely(sixpn_transmit_enter())) {
		rcu_read_lock();
		passed = transmit(port_of(dev), skb);
		rcu_read_unlock();
	} else {
		sixpn_drop_count(port_of(dev)->sx, SIXPN_DROP_LOOP, skb, 1);
		kfree_skb(skb);
	}
	sixpn_transmit_leave();
	if (likely(passed))
		dev_sw_netstats_tx_add(dev, packets, len);
	else
		DEV_STATS_INC(dev, tx_dropped);
	return NETDEV_TX_OK;
}

void sixpn_port_receive(struct net_device *dev, struct sk_buff *skb, bool gro)
{
	dev_sw_netstats_rx_add(dev, skb->len);
	if (gro)
		gro_cells_receive(&port_of(dev)->gro_cells, skb);
	else if (__netif_rx(skb) == NET_RX_DROP)
		DEV_STATS_INC(dev, rx_dropped);
}

/* No link-local address: there is no link that could be spoken to. */
static int port_open(struct net_device *dev)
{
	struct inet6_dev *in6_dev = __in6_dev_get(dev);

	if (in6_dev)
		in6_dev->cnf.addr_gen_mode = IN6_ADDR_GEN_MODE_NONE;
	return 0;
}

static int port_init(struct net_device *dev)
{
	struct sixpn_port *port = port_of(dev);
	int err;

	err = gro_cells_init(&port->gro_cells, dev);
	if (err)
		return err;
	err = sixpn_compat_tstats_init(dev);
	if (err) {
		gro_cells_destroy(&port->gro_cells);
		return err;
	}
	netdev_hold(port->sx->dev, &port->sx_tracker, GFP_KERNEL);
	return 0;
}

/* Whichever way it goes: the machine lets go of it, and it of the machine. Which
 * it may have done before, at sixpn_port_destroy() or dellink.
 */
static void cut_off(struct net_device *dev)
{
	struct sixpn_port *port = port_of(dev);
	struct sixpn_machine *machine = rtnl_dereference(port->machine);

	if (!machine)
		return;
	sixpn_machine_lost_dev(machine, dev);
	RCU_INIT_POINTER(port->machine, NULL);
}

static void port_uninit(struct net_device *dev)
{
	cut_off(dev);
}

static void port_free(struct net_device *dev)
{
	struct sixpn_port *port = port_of(dev);

	gro_cells_destroy(&port->gro_cells);
	sixpn_compat_tstats_free(dev);
	netdev_put(port->sx->dev, &port->sx_tracker);
}

static int port_get_iflink(const struct net_device *dev)
{
	return READ_ONCE(port_of(dev)->sx->dev->ifindex);
}

static const struct net_device_ops port_ops = {
	.ndo_init = port_init,
	.ndo_uninit = port_uninit,
	.ndo_open = port_open,
	.ndo_start_xmit = port_start_xmit,
	.ndo_get_iflink = port_get_iflink,
	.ndo_get_stats64 = dev_get_tstats64,
};

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, KBUILD_MODNAME, sizeof(info->driver));
	strscpy(info->version, SIXPN_VERSION, sizeof(info->version));
}

/* No counters of the mesh: it is in another's namespace. */
static const struct ethtool_ops port_ethtool_ops = {
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
};

static const struct device_type port_type = { .name = "sixpn-port" };

bool sixpn_port_is(const struct net_device *dev)
{
	return dev->netdev_ops == &port_ops;
}

/* Also of a netdev that was set up as a mesh device. */
static void port_setup(struct net_device *dev)
{
	dev->netdev_ops = &port_ops;
	dev->ethtool_ops = &port_ethtool_ops;
	dev->header_ops = &ip_tunnel_header_ops;
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_POINTOPOINT | IFF_NOARP;
	dev->priv_flags |= IFF_NO_QUEUE | IFF_DISABLE_NETPOLL;
	dev->needed_headroom = SIXPN_HEADROOM;
	dev->needed_tailroom = SIXPN_PADDING + SIXPN_TAG_SIZE;
	dev->features |= PORT_FEATURES;
	dev->hw_features |= PORT_FEATURES;
	dev->hw_enc_features |= PORT_FEATURES;
	sixpn_compat_set_lltx(dev);
	dev->min_mtu = IPV6_MIN_MTU;
	dev->max_mtu = SIXPN_MTU_MAX;
	dev->needs_free_netdev = true;
	dev->priv_destructor = port_free;
	SET_NETDEV_DEVTYPE(dev, &port_type);
	/* A sender's route is what learns a smaller path MTU. */
	netif_keep_dst(dev);
}

static void set_machine(struct net_device *dev, struct sixpn_machine *machine)
{
	struct sixpn_port *port = port_of(dev);

	port->dev = dev;
	port->sx = machine->network->sx;
	RCU_INIT_POINTER(port->machine, machine);
}

static unsigned int usual_mtu(const struct sixpn_device *sx)
{
	return max_t(unsigned int, READ_ONCE(sx->dev->mtu), IPV6_MIN_MTU);
}

struct net_device *sixpn_port_create(struct sixpn_machine *machine,
				     struct net *net, const char *ifname,
				     struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	int err;

	ASSERT_RTNL();
	dev = alloc_netdev(sizeof(struct sixpn_port), ifname, NET_NAME_USER,
			   port_setup);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	dev_net_set(dev, net);
	dev->rtnl_link_ops = &sixpn_device_link_ops;
	dev->mtu = usual_mtu(machine->network->sx);
	set_machine(dev, machine);
	err = register_netdevice(dev);
	if (err == -EEXIST)
		NL_SET_ERR_MSG(extack,
			       "The name of the port is taken in its namespace");
	else if (err)
		NL_SET_ERR_MSG(extack, "The port cannot be made");
	if (err)
		goto err_register;
	err = dev_open(dev, extack);
	if (err)
		goto err_open;
	return dev;

err_open:
	unregister_netdevice(dev); /* which frees it */
	return ERR_PTR(err);
err_register:
	free_netdev(dev);
	return ERR_PTR(err);
}

void sixpn_port_destroy(struct net_device *dev, struct list_head *kill)
{
	ASSERT_RTNL();
	RCU_INIT_POINTER(port_of(dev)->machine, NULL);
	unregister_netdevice_queue(dev, kill);
}

/* --- as a link --- */

const struct nla_policy sixpn_port_policy[SIXPN_LINK_A_MAX + 1] = {
	[SIXPN_LINK_A_NETWORK] = NLA_POLICY_MIN(NLA_U32, 1),
	[SIXPN_LINK_A_MACHINE_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

static int read_wish(struct nlattr **data, struct sixpn_machine_wish *wish,
		     struct netlink_ext_ack *extack)
{
	if (!data || !data[SIXPN_LINK_A_NETWORK]) {
		NL_SET_ERR_MSG(extack,
			       "A port needs the network it is in (SIXPN_LINK_A_NETWORK)");
		return -EINVAL;
	}
	memset(wish, 0, sizeof(*wish));
	wish->attachment = SIXPN_ATTACHMENT_PORT;
	wish->network = nla_get_u32(data[SIXPN_LINK_A_NETWORK]);
	wish->at_network = data[SIXPN_LINK_A_NETWORK];
	if (data[SIXPN_LINK_A_MACHINE_ID]) {
		wish->id = nla_get_u32(data[SIXPN_LINK_A_MACHINE_ID]);
		wish->at_id = data[SIXPN_LINK_A_MACHINE_ID];
	}
	return 0;
}

/* The core has held it against the bounds of a mesh device, which has others. */
static int check_mtu(const struct nlattr *mtu, struct netlink_ext_ack *extack)
{
	if (!mtu || nla_get_u32(mtu) >= IPV6_MIN_MTU)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, mtu, "The MTU of a port is 1280 or more");
	return -EINVAL;
}

int sixpn_port_newlink(struct net_device *dev, struct net_device *lower,
		       struct nlattr **tb, struct nlattr **data,
		       struct netlink_ext_ack *extack)
{
	struct sixpn_device *sx = sixpn_device_of(lower);
	struct sixpn_machine_wish wish;
	struct sixpn_machine *machine;
	int err;

	/* Room was made for a mesh device. */
	BUILD_BUG_ON(sizeof(struct sixpn_port) > sizeof(struct sixpn_device));

	err = read_wish(data, &wish, extack) ?:
	      check_mtu(tb[IFLA_MTU], extack);
	if (err)
		return err;
	mutex_lock(&sx->lock);
	machine = sixpn_machine_reserve(sx, &wish, extack);
	mutex_unlock(&sx->lock);
	if (IS_ERR(machine))
		return PTR_ERR(machine);

	port_setup(dev);
	if (!tb[IFLA_MTU])
		dev->mtu = usual_mtu(sx);
	set_machine(dev, machine);
	port_of(dev)->made_machine = true;
	err = register_netdevice(dev);
	mutex_lock(&sx->lock);
	if (err)
		sixpn_machine_discard(machine);
	else
		sixpn_machine_publish(machine, dev);
	mutex_unlock(&sx->lock);
	return err;
}

/* A machine that was made with its link ends with it: when the link is deleted,
 * and when the core refuses it after all, for its master, say. Cuts the port off.
 */
static void end_machine(struct sixpn_machine *machine, struct list_head *kill)
{
	struct sixpn_device *sx = machine->network->sx;

	mutex_lock(&sx->lock);
	sixpn_event_machine_gone(machine);
	sixpn_machine_remove(machine, kill);
	sixpn_device_touch(sx);
	mutex_unlock(&sx->lock);
}

void sixpn_port_dellink(struct net_device *dev, struct list_head *kill)
{
	struct sixpn_port *port = port_of(dev);
	struct sixpn_machine *machine = rtnl_dereference(port->machine);

	/* One that has moved away is still needed, to forward. */
	if (machine && port->made_machine && !READ_ONCE(machine->moved_to)) {
		end_machine(machine, kill);
		return;
	}
	/* A grace period is still before it. */
	cut_off(dev);
	unregister_netdevice_queue(dev, kill);
}

size_t sixpn_port_info_size(void)
{
	return 2 * nla_total_size(sizeof(u32));
}

int sixpn_port_fill_info(struct sk_buff *skb, const struct net_device *dev)
{
	const struct sixpn_machine *machine;
	int err = 0;

	rcu_read_lock();
	machine = rcu_dereference(port_of(dev)->machine);
	if (machine)
		err = nla_put_u32(skb, SIXPN_LINK_A_NETWORK,
				  machine->network->id) ?:
		      nla_put_u32(skb, SIXPN_LINK_A_MACHINE_ID, machine->id);
	rcu_read_unlock();
	return err;
}

struct net *sixpn_port_link_net(const struct net_device *dev)
{
	return dev_net(port_of(dev)->sx->dev);
}
