/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Binding: a netdev that exists (tap, veth) speaks for one machine, and only it
 * does.
 */
#ifndef _SIXPN_BIND_H
#define _SIXPN_BIND_H

struct net_device;
struct netlink_ext_ack;
struct sixpn_machine;
struct sk_buff;

/**
 * sixpn_bind_attach() - have a netdev speak for a machine
 * @machine: reserved, or published and detached; of attachment bind
 * @dev: in the namespace of who asks; kept by the caller for the call
 * @extack: where a refusal is explained
 *
 * The netdev knows its machine; the machine gets to know the netdev when the
 * caller publishes it.
 *
 * Context: RTNL held; the lock of the mesh device is not.
 * Return: 0, or -EBUSY, -EINVAL, -ENOMEM and a sentence.
 */
int sixpn_bind_attach(struct sixpn_machine *machine, struct net_device *dev,
		      struct netlink_ext_ack *extack);

/**
 * sixpn_bind_detach() - a netdev no longer speaks for a machine
 * @dev: bound, and let go of by the machine (machine->dev)
 *
 * The machine may be freed a grace period after this returns.
 *
 * Context: RTNL held; the lock of the mesh device may be held.
 */
void sixpn_bind_detach(struct net_device *dev);

/**
 * sixpn_bind_transmit() - a packet arrives at a machine
 * @dev: bound netdev; if it is so no more, the packet is dropped
 * @skb: prepared (sixpn_forward_prepare()); consumed
 *
 * Context: RCU read side, BH disabled.
 */
void sixpn_bind_transmit(struct net_device *dev, struct sk_buff *skb);

int sixpn_bind_module_init(void);
void sixpn_bind_module_exit(void);

#endif /* _SIXPN_BIND_H */
