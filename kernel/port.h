/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ports: child netdevs of the mesh device, of the same link kind, each in the
 * network namespace of its machine.
 */
#ifndef _SIXPN_PORT_H
#define _SIXPN_PORT_H

#include <linux/sixpn.h>
#include <linux/types.h>
#include <net/netlink.h>

struct list_head;
struct net;
struct net_device;
struct netlink_ext_ack;
struct sixpn_machine;
struct sk_buff;

bool sixpn_port_is(const struct net_device *dev);

/**
 * sixpn_port_create() - make the port of a machine, and bring it up
 * @machine: reserved, or published and detached; of attachment port
 * @net: namespace it is to be in; kept by the caller for the call
 * @ifname: its name there, valid; may contain "%d" as for other links
 * @extack: where a refusal is explained
 *
 * The port knows its machine; the machine gets to know its port when the caller
 * publishes it. Until then what the port sends is dropped.
 *
 * Context: RTNL held; the lock of the mesh device is not.
 * Return: the port, registered, or ERR_PTR().
 */
struct net_device *sixpn_port_create(struct sixpn_machine *machine,
				     struct net *net, const char *ifname,
				     struct netlink_ext_ack *extack);

/**
 * sixpn_port_destroy() - cut a port off from its machine and have it go
 * @dev: a port, which the machine has let go of (machine->dev)
 * @kill: list for unregister_netdevice_many(); the port is queued there
 *
 * The machine may be freed a grace period after this returns.
 *
 * Context: RTNL held; the lock of the mesh device may be held.
 */
void sixpn_port_destroy(struct net_device *dev, struct list_head *kill);

/**
 * sixpn_port_receive() - a packet arrives at a machine
 * @dev: port, up
 * @skb: prepared (sixpn_forward_prepare()); consumed
 * @gro: may be joined with others of its flow, which came one by one
 *
 * Context: RCU read side, BH disabled.
 */
void sixpn_port_receive(struct net_device *dev, struct sk_buff *skb, bool gro);

/* Of the link kind: what IFLA_INFO_DATA may hold, and what is told. */
extern const struct nla_policy sixpn_port_policy[SIXPN_LINK_A_MAX + 1];

/* ip link add link MESH type sixpn: turn @dev into a port, register it, and make
 * a machine for it. @lower: what IFLA_LINK names. RTNL held.
 */
int sixpn_port_newlink(struct net_device *dev, struct net_device *lower,
		       struct nlattr **tb, struct nlattr **data,
		       struct netlink_ext_ack *extack);
/* It goes, and its machine with it if that was made with the link and has not
 * moved; else the machine is detached. RTNL held.
 */
void sixpn_port_dellink(struct net_device *dev, struct list_head *kill);
size_t sixpn_port_info_size(void);
int sixpn_port_fill_info(struct sk_buff *skb, const struct net_device *dev);
/* The namespace of the mesh device it is a port of. */
struct net *sixpn_port_link_net(const struct net_device *dev);

#endif /* _SIXPN_PORT_H */
