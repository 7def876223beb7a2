/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ports: child netdevs of the mesh device, of the same link kind, each in the
 * network namespace of its machine.
 */
#ifndef _SIXPN_PORT_H
#define _SIXPN_PORT_H

#include <linux/types.h>

struct list_head;
struct net;
struct net_device;
struct netlink_ext_ack;
struct sixpn_machine;

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

#endif /* _SIXPN_PORT_H */
