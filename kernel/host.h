/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Host ids and what hangs on them: the peer of kind host that has one, and the
 * exception routes that lead to it.
 *
 * An entry is made while a request is planned (sixpn_host_plan()), and given
 * its peer when the request is carried out, which cannot fail. It goes when it
 * has no peer any more, and its routes with it.
 */
#ifndef _SIXPN_HOST_H
#define _SIXPN_HOST_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/rhashtable.h>
#include <linux/types.h>

struct netlink_ext_ack;
struct nlattr;
struct sixpn_device;
struct sixpn_network;
struct sixpn_peer;

#define SIXPN_ROUTES_MAX	BIT(20)

struct sixpn_host {
	u32 id; /* constant */
	struct sixpn_peer __rcu *peer; /* RCU; written under sx->lock */
	struct rhash_head node; /* in sx->hosts */
	/* Under sx->lock. */
	struct list_head routes; /* struct sixpn_route.host_node */
	struct list_head plan_node; /* while a request is planned */
	struct sixpn_peer *planned; /* who has it at this point of the request */
	bool in_plan;
	struct rcu_head rcu;
};

/* An exception route: one machine's /112 is on another host than its address
 * says, because it moved.
 */
struct sixpn_route {
	struct in6_addr prefix; /* constant; sub is 0 */
	struct sixpn_host __rcu *host; /* never NULL; RCU; under sx->lock */
	struct sixpn_network *network; /* constant */
	struct rhash_head node; /* in sx->routes */
	/* Under sx->lock. */
	struct list_head host_node; /* in host->routes */
	struct list_head network_node; /* in network->routes */
	u32 serial; /* in sx->routes_by_serial, order of dumps */
	struct rcu_head rcu;
};

int sixpn_host_tables_init(struct sixpn_device *sx);
/* Frees what is left: routes. No reader any more. */
void sixpn_host_tables_destroy(struct sixpn_device *sx);

/**
 * sixpn_host_peer() - the peer that is a host
 * @sx: mesh device
 * @id: host id; not the device's own
 *
 * Context: RCU read side.
 * Return: a live peer, or NULL.
 */
struct sixpn_peer *sixpn_host_peer(struct sixpn_device *sx, u32 id);

/**
 * sixpn_route_lookup() - is there an exception for an address?
 * @sx: mesh device
 * @addr: a 6PN address
 *
 * A machine that is here goes before a route: look for that first.
 *
 * Context: RCU read side.
 * Return: the exception route for the /112 it is in, or NULL.
 */
struct sixpn_route *sixpn_route_lookup(struct sixpn_device *sx,
				       const struct in6_addr *addr);

/* Where a route leads: a peer, or NULL while its host has none. RCU. */
struct sixpn_peer *sixpn_route_peer(const struct sixpn_route *route);

/* --- For control. Context of all: sx->lock held. --- */

/* The hosts that a request is about. */
struct sixpn_host_plans {
	struct list_head list; /* struct sixpn_host.plan_node */
	bool all_go; /* the request removes all peers first */
};

/**
 * sixpn_host_plan() - plan who has a host id
 * @sx: mesh device
 * @id: host id
 * @plans: of the request
 *
 * On return host->planned is who has it at this point of the request; the
 * caller changes that.
 *
 * Return: the host, until sixpn_host_plans_end(), or ERR_PTR(-ENOMEM).
 */
struct sixpn_host *sixpn_host_plan(struct sixpn_device *sx, u32 id,
				   struct sixpn_host_plans *plans);
/* Give host ids to whom they are planned for, or (not @committed) to nobody new.
 * Who loses one has let go of it, or has another.
 */
void sixpn_host_plans_end(struct sixpn_device *sx,
			  struct sixpn_host_plans *plans, bool committed);
/* A peer is going: so are the routes to it. */
void sixpn_host_unlink_peer(struct sixpn_peer *peer);
/* Does a peer have this host id? */
bool sixpn_host_is_taken(struct sixpn_device *sx, u32 id);

/* The route for the /112 of @addr, or NULL. */
struct sixpn_route *sixpn_route_find(struct sixpn_device *sx,
				     const struct in6_addr *addr);
u32 sixpn_route_host_id(const struct sixpn_route *route);
/* Add or change one. Return: 0, -ENOENT (no such host), -ENOSPC, -ENOMEM. */
int sixpn_route_set(struct sixpn_network *network, const struct in6_addr *addr,
		    u32 host_id);
void sixpn_route_remove(struct sixpn_route *route);

#endif /* _SIXPN_HOST_H */
