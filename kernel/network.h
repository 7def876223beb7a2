/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Networks: isolated 6PNs, each with its machines and exception routes.
 *
 * Readers hold the RCU read side and nothing else: neither a network nor a
 * machine is counted. A network goes for all readers in one step, by its dead
 * flag, before its machines and routes are taken out of their tables.
 */
#ifndef _SIXPN_NETWORK_H
#define _SIXPN_NETWORK_H

#include "counters.h"

#include <linux/list.h>
#include <linux/rhashtable.h>
#include <linux/types.h>

struct netlink_ext_ack;
struct nlattr;
struct sixpn_device;
struct sixpn_machine;

#define SIXPN_NETWORKS_MAX	BIT(20)

struct sixpn_network {
	u32 id; /* constant; 1.. */
	bool dead; /* being removed: as if not there; READ/WRITE_ONCE */
	struct sixpn_device *sx; /* constant */
	struct sixpn_counters __percpu *counters;
	/* Machine 0, the host itself: attachment host, in no table but this;
	 * constant. Its address is that of the device's host id, whichever that
	 * is.
	 */
	struct sixpn_machine *self;
	struct rhash_head node; /* in sx->networks_by_id */
	/* Under sx->lock. */
	struct list_head machines; /* struct sixpn_machine.network_node */
	struct list_head routes; /* struct sixpn_route.network_node */
	u32 machine_count; /* without machine 0 */
	struct rcu_head rcu;
};

int sixpn_network_table_init(struct sixpn_device *sx);
void sixpn_network_table_destroy(struct sixpn_device *sx);

/**
 * sixpn_network_lookup() - a network by its id
 * @sx: mesh device
 * @id: network id
 *
 * Context: RCU read side or sx->lock.
 * Return: the network if it exists and is not being removed, or NULL.
 */
struct sixpn_network *sixpn_network_lookup(struct sixpn_device *sx, u32 id);

/**
 * sixpn_network_create() - make a network
 * @sx: device; its lock is held
 * @id: network id, 1..; checked by the caller
 * @at: attribute to blame, or NULL
 * @extack: where a refusal is explained
 *
 * Return: the network, visible to readers, or ERR_PTR(-EEXIST, -ENOSPC,
 * -ENOMEM).
 */
struct sixpn_network *sixpn_network_create(struct sixpn_device *sx, u32 id,
					   const struct nlattr *at,
					   struct netlink_ext_ack *extack);

/**
 * sixpn_network_remove() - remove a network and what hangs on it
 * @network: RTNL and the lock of its device are held
 * @kill: ports to unregister once the lock is given back, see
 *	sixpn_machines_release()
 *
 * Readers stop finding it, its machines and its routes at once.
 */
void sixpn_network_remove(struct sixpn_network *network,
			  struct list_head *kill);
/* The device is going. RTNL and its lock held. */
void sixpn_networks_remove_all(struct sixpn_device *sx, struct list_head *kill);

#endif /* _SIXPN_NETWORK_H */
