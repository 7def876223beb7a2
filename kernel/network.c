// SPDX-License-Identifier: GPL-2.0
#include "network.h"

#include "compat/compat.h"
#include "device.h"
#include "host.h"
#include "machine.h"

#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/netlink.h>

static const struct rhashtable_params network_params = {
	.key_len = sizeof(u32),
	.key_offset = offsetof(struct sixpn_network, id),
	.head_offset = offsetof(struct sixpn_network, node),
	.automatic_shrinking = true,
};

int sixpn_network_table_init(struct sixpn_device *sx)
{
	xa_init(&sx->networks);
	return rhashtable_init(&sx->networks_by_id, &network_params);
}

void sixpn_network_table_destroy(struct sixpn_device *sx)
{
	WARN_ON_ONCE(!xa_empty(&sx->networks));
	xa_destroy(&sx->networks);
	rhashtable_destroy(&sx->networks_by_id);
}

struct sixpn_network *sixpn_network_lookup(struct sixpn_device *sx, u32 id)
{
	struct sixpn_network *network;

	rcu_read_lock();
	network = rhashtable_lookup(&sx->networks_by_id, &id, network_params);
	rcu_read_unlock();
	return network && !READ_ONCE(network->dead) ? network : NULL;
}

static void network_free(struct sixpn_network *network)
{
	if (network->self)
		sixpn_machine_free_self(network->self);
	free_percpu(network->counters);
	kfree(network);
}

static void network_free_rcu(struct rcu_head *rcu)
{
	network_free(container_of(rcu, struct sixpn_network, rcu));
}

static struct sixpn_network *network_alloc(struct sixpn_device *sx, u32 id)
{
	struct sixpn_network *network;

	network = kzalloc(sizeof(*network), GFP_KERNEL_ACCOUNT);
	if (!network)
		return NULL;
	network->sx = sx;
	network->id = id;
	INIT_LIST_HEAD(&network->machines);
	INIT_LIST_HEAD(&network->routes);
	network->counters = sixpn_counters_alloc();
	network->self = sixpn_machine_alloc_self(network);
	if (network->counters && network->self)
		return network;
	network_free(network);
	return NULL;
}

struct sixpn_network *sixpn_network_create(struct sixpn_device *sx, u32 id,
					   const struct nlattr *at,
					   struct netlink_ext_ack *extack)
{
	struct sixpn_network *network;
	int err;

	lockdep_assert_held(&sx->lock);
	if (xa_load(&sx->networks, id)) {
		NL_SET_ERR_MSG_ATTR(extack, at,
				    "The device has this network already");
		return ERR_PTR(-EEXIST);
	}
	if (sx->network_count >= SIXPN_NETWORKS_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, at,
				    "A device can have 1048576 networks and this would be one more");
		return ERR_PTR(-ENOSPC);
	}
	network = network_alloc(sx, id);
	if (!network)
		return ERR_PTR(-ENOMEM);
	err = xa_insert(&sx->networks, id, network, GFP_KERNEL_ACCOUNT);
	if (err)
		goto err_insert;
	err = rhashtable_lookup_insert_fast(&sx->networks_by_id, &network->node,
					    network_params);
	if (err)
		goto err_hash;
	WRITE_ONCE(sx->network_count, sx->network_count + 1);
	return network;

err_hash:
	xa_erase(&sx->networks, id);
err_insert:
	network_free(network);
	return ERR_PTR(err);
}

void sixpn_network_remove(struct sixpn_network *network, struct list_head *kill)
{
	struct sixpn_machine *machine, *next_machine;
	struct sixpn_device *sx = network->sx;
	struct sixpn_route *route, *next_route;

	ASSERT_RTNL();
	lockdep_assert_held(&sx->lock);
	/* For packets all of it is gone from here on. */
	WRITE_ONCE(network->dead, true);
	list_for_each_entry_safe(machine, next_machine, &network->machines,
				 network_node) {
		sixpn_machine_remove(machine, kill);
		cond_resched();
	}
	list_for_each_entry_safe(route, next_route, &network->routes,
				 network_node) {
		sixpn_route_remove(route);
		cond_resched();
	}
	rhashtable_remove_fast(&sx->networks_by_id, &network->node,
			       network_params);
	xa_erase(&sx->networks, network->id);
	WRITE_ONCE(sx->network_count, sx->network_count - 1);
	/* Whoever found the network, or a machine or route of it, before that
	 * is done with it when the grace period ends. Machines are freed on
	 * their own and do not look at it then.
	 */
	call_rcu(&network->rcu, network_free_rcu);
}

void sixpn_networks_remove_all(struct sixpn_device *sx, struct list_head *kill)
{
	struct sixpn_network *network;
	unsigned long id;

	lockdep_assert_held(&sx->lock);
	xa_for_each(&sx->networks, id, network) {
		sixpn_network_remove(network, kill);
		cond_resched();
	}
}
