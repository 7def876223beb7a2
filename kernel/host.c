// SPDX-License-Identifier: GPL-2.0
#include "host.h"

#include "compat/compat.h"
#include "device.h"
#include "events.h"
#include "network.h"
#include "peer.h"

#include <linux/slab.h>
#include <net/netlink.h>
#include <sixpn/addr.h>

static const struct rhashtable_params host_params = {
	.key_len = sizeof(u32),
	.key_offset = offsetof(struct sixpn_host, id),
	.head_offset = offsetof(struct sixpn_host, node),
	.automatic_shrinking = true,
};

static const struct rhashtable_params route_params = {
	.key_len = sizeof(struct in6_addr),
	.key_offset = offsetof(struct sixpn_route, prefix),
	.head_offset = offsetof(struct sixpn_route, node),
	.automatic_shrinking = true,
};

int sixpn_host_tables_init(struct sixpn_device *sx)
{
	int err;

	xa_init_flags(&sx->routes_by_serial, XA_FLAGS_ALLOC);
	err = rhashtable_init(&sx->hosts, &host_params);
	if (err)
		return err;
	err = rhashtable_init(&sx->routes, &route_params);
	if (err)
		rhashtable_destroy(&sx->hosts);
	return err;
}

void sixpn_host_tables_destroy(struct sixpn_device *sx)
{
	WARN_ON_ONCE(!xa_empty(&sx->routes_by_serial));
	WARN_ON_ONCE(atomic_read(&sx->hosts.nelems));
	xa_destroy(&sx->routes_by_serial);
	rhashtable_destroy(&sx->routes);
	rhashtable_destroy(&sx->hosts);
}

/* --- For packets. --- */

struct sixpn_peer *sixpn_host_peer(struct sixpn_device *sx, u32 id)
{
	struct sixpn_host *host;

	host = rhashtable_lookup(&sx->hosts, &id, host_params);
	return host ? rcu_dereference(host->peer) : NULL;
}

struct sixpn_route *sixpn_route_lookup(struct sixpn_device *sx,
				       const struct in6_addr *addr)
{
	struct in6_addr prefix = sixpn_addr_machine_prefix(addr);
	struct sixpn_route *route;

	route = rhashtable_lookup(&sx->routes, &prefix, route_params);
	return route && !READ_ONCE(route->network->dead) ? route : NULL;
}

struct sixpn_peer *sixpn_route_peer(const struct sixpn_route *route)
{
	return rcu_dereference(rcu_dereference(route->host)->peer);
}

/* --- Hosts. --- */

static struct sixpn_host *host_find(struct sixpn_device *sx, u32 id)
{
	lockdep_assert_held(&sx->lock);
	return rhashtable_lookup_fast(&sx->hosts, &id, host_params);
}

static struct sixpn_peer *host_holder(const struct sixpn_host *host,
				      const struct sixpn_device *sx)
{
	return rcu_dereference_protected(host->peer,
					 lockdep_is_held(&sx->lock));
}

static struct sixpn_host *host_new(struct sixpn_device *sx, u32 id)
{
	struct sixpn_host *host = kzalloc(sizeof(*host), GFP_KERNEL_ACCOUNT);
	int err;

	if (!host)
		return ERR_PTR(-ENOMEM);
	host->id = id;
	INIT_LIST_HEAD(&host->routes);
	err = rhashtable_lookup_insert_fast(&sx->hosts, &host->node,
					    host_params);
	if (!err)
		return host;
	kfree(host);
	return ERR_PTR(err);
}

/* Nobody has the id any more, for good: its routes lead nowhere. */
static void host_end(struct sixpn_device *sx, struct sixpn_host *host)
{
	struct sixpn_route *route, *next;

	list_for_each_entry_safe(route, next, &host->routes, host_node) {
		sixpn_event_route_gone(route);
		sixpn_route_remove(route);
		cond_resched();
	}
	rhashtable_remove_fast(&sx->hosts, &host->node, host_params);
	kfree_rcu(host, rcu);
}

void sixpn_host_unlink_peer(struct sixpn_peer *peer)
{
	struct sixpn_host *host = peer->host;
	struct sixpn_device *sx = peer->sx;

	lockdep_assert_held(&sx->lock);
	peer->host = NULL;
	if (!host || host_holder(host, sx) != peer)
		return;
	RCU_INIT_POINTER(host->peer, NULL);
	/* If not, somebody gets it later in this request, or nobody does. */
	if (!host->in_plan)
		host_end(sx, host);
}

struct sixpn_host *sixpn_host_plan(struct sixpn_device *sx, u32 id,
				   struct sixpn_host_plans *plans)
{
	struct sixpn_host *host = host_find(sx, id);

	if (!host)
		host = host_new(sx, id);
	if (IS_ERR(host) || host->in_plan)
		return host;
	host->in_plan = true;
	host->planned = plans->all_go ? NULL : host_holder(host, sx);
	list_add_tail(&host->plan_node, &plans->list);
	return host;
}

void sixpn_host_plans_end(struct sixpn_device *sx,
			  struct sixpn_host_plans *plans, bool committed)
{
	struct sixpn_host *host, *next;

	lockdep_assert_held(&sx->lock);
	list_for_each_entry_safe(host, next, &plans->list, plan_node) {
		list_del(&host->plan_node);
		host->in_plan = false;
		if (committed)
			rcu_assign_pointer(host->peer, host->planned);
		host->planned = NULL;
		if (!host_holder(host, sx))
			host_end(sx, host);
	}
}

bool sixpn_host_is_taken(struct sixpn_device *sx, u32 id)
{
	return host_find(sx, id);
}

/* --- Exception routes. --- */

struct sixpn_route *sixpn_route_find(struct sixpn_device *sx,
				     const struct in6_addr *addr)
{
	struct in6_addr prefix = sixpn_addr_machine_prefix(addr);

	lockdep_assert_held(&sx->lock);
	return rhashtable_lookup_fast(&sx->routes, &prefix, route_params);
}

u32 sixpn_route_host_id(const struct sixpn_route *route)
{
	lockdep_assert_held(&route->network->sx->lock);
	return rcu_dereference_protected(route->host, true)->id;
}

static struct sixpn_route *route_new(struct sixpn_network *network,
				     const struct in6_addr *prefix)
{
	struct sixpn_device *sx = network->sx;
	struct sixpn_route *route;
	int err;

	if (sx->route_count >= SIXPN_ROUTES_MAX)
		return ERR_PTR(-ENOSPC);
	route = kzalloc(sizeof(*route), GFP_KERNEL_ACCOUNT);
	if (!route)
		return ERR_PTR(-ENOMEM);
	route->prefix = *prefix;
	route->network = network;
	err = xa_alloc_cyclic(&sx->routes_by_serial, &route->serial, route,
			      XA_LIMIT(1, U32_MAX), &sx->next_route_serial,
			      GFP_KERNEL_ACCOUNT);
	if (err >= 0)
		return route;
	kfree(route);
	return ERR_PTR(err);
}

static int route_add(struct sixpn_network *network, struct sixpn_host *host,
		     const struct in6_addr *prefix)
{
	struct sixpn_device *sx = network->sx;
	struct sixpn_route *route;
	int err;

	route = route_new(network, prefix);
	if (IS_ERR(route))
		return PTR_ERR(route);
	RCU_INIT_POINTER(route->host, host);
	err = rhashtable_lookup_insert_fast(&sx->routes, &route->node,
					    route_params);
	if (err) {
		xa_erase(&sx->routes_by_serial, route->serial);
		kfree(route);
		return err;
	}
	list_add_tail(&route->host_node, &host->routes);
	list_add_tail(&route->network_node, &network->routes);
	sx->route_count++;
	return 0;
}

int sixpn_route_set(struct sixpn_network *network, const struct in6_addr *addr,
		    u32 host_id)
{
	struct in6_addr prefix = sixpn_addr_machine_prefix(addr);
	struct sixpn_device *sx = network->sx;
	struct sixpn_host *host = host_find(sx, host_id);
	struct sixpn_route *route;

	if (!host)
		return -ENOENT;
	route = sixpn_route_find(sx, &prefix);
	if (!route)
		return route_add(network, host, &prefix);
	list_move_tail(&route->host_node, &host->routes);
	rcu_assign_pointer(route->host, host);
	return 0;
}

void sixpn_route_remove(struct sixpn_route *route)
{
	struct sixpn_device *sx = route->network->sx;

	lockdep_assert_held(&sx->lock);
	rhashtable_remove_fast(&sx->routes, &route->node, route_params);
	xa_erase(&sx->routes_by_serial, route->serial);
	list_del(&route->host_node);
	list_del(&route->network_node);
	sx->route_count--;
	kfree_rcu(route, rcu);
}
