// SPDX-License-Identifier: GPL-2.0
#include "command.h"

#include "device.h"
#include "events.h"
#include "host.h"
#include "machine.h"
#include "netlink.h"
#include "network.h"
#include "report.h"
#include "request.h"

#include <linux/rtnetlink.h>
#include <linux/sixpn.h>
#include <sixpn/addr.h>

static int out_of_memory(int err, struct netlink_ext_ack *extack)
{
	if (err == -ENOMEM)
		NL_SET_ERR_MSG(extack,
			       "There is not enough memory for this request");
	return err;
}

/* --- Networks. --- */

/* The ID in the request's NETWORK nest, or NULL and a sentence. */
static const struct nlattr *network_named(struct genl_info *info)
{
	struct nlattr *nest = info->attrs[SIXPN_A_NETWORK];
	struct nlattr *tb[SIXPN_NETWORK_A_ID + 1] = {};

	if (nest && sixpn_request_parse_nest(tb, SIXPN_NETWORK_A_ID, nest, 0,
					     info->extack))
		return NULL;
	if (tb[SIXPN_NETWORK_A_ID])
		return tb[SIXPN_NETWORK_A_ID];
	NL_SET_ERR_ATTR_MISS(info->extack, nest,
			     nest ? SIXPN_NETWORK_A_ID : SIXPN_A_NETWORK);
	NL_SET_ERR_MSG(info->extack, "Which network? Its id is missing");
	return NULL;
}

static struct sixpn_network *network_get(struct sixpn_device *sx,
					 const struct nlattr *id,
					 struct netlink_ext_ack *extack)
{
	struct sixpn_network *network;

	network = sixpn_network_lookup(sx, nla_get_u32(id));
	if (network)
		return network;
	NL_SET_ERR_MSG_ATTR(extack, id, "The device does not have this network");
	return ERR_PTR(-ENOENT);
}

int sixpn_command_network_new(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *id = network_named(info);
	struct sixpn_network *network;
	struct sixpn_device *sx;

	if (!id)
		return -EINVAL;
	sx = sixpn_netlink_lock(info);
	if (IS_ERR(sx))
		return PTR_ERR(sx);
	network = sixpn_network_create(sx, nla_get_u32(id), id, info->extack);
	if (!IS_ERR(network)) {
		sixpn_device_touch(sx);
		sixpn_event_network(network);
	}
	sixpn_netlink_unlock(sx);
	return out_of_memory(PTR_ERR_OR_ZERO(network), info->extack);
}

/* Its ports go while the RTNL is held and the device's lock is not. */
static int network_del(struct genl_info *info, const struct nlattr *id)
{
	struct sixpn_network *network;
	struct sixpn_device *sx;
	LIST_HEAD(kill);

	sx = sixpn_netlink_lock(info);
	if (IS_ERR(sx))
		return PTR_ERR(sx);
	network = network_get(sx, id, info->extack);
	if (!IS_ERR(network)) {
		sixpn_event_network_gone(network);
		sixpn_network_remove(network, &kill);
		sixpn_device_touch(sx);
	}
	sixpn_netlink_unlock(sx);
	sixpn_machines_release(&kill);
	return PTR_ERR_OR_ZERO(network);
}

int sixpn_command_network_del(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *id = network_named(info);
	int err;

	if (!id)
		return -EINVAL;
	rtnl_lock();
	err = network_del(info, id);
	rtnl_unlock();
	return err;
}

int sixpn_command_network_get(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *id = network_named(info);
	struct sixpn_network *network;
	struct sixpn_reply reply;
	struct sixpn_device *sx;
	int err;

	if (!id)
		return -EINVAL;
	err = sixpn_reply_start(&reply, info, SIXPN_CMD_NETWORK_GET);
	if (err)
		return err;
	sx = sixpn_netlink_lock(info);
	if (IS_ERR(sx))
		return sixpn_reply_end(&reply, PTR_ERR(sx));
	network = network_get(sx, id, info->extack);
	err = IS_ERR(network) ? PTR_ERR(network) :
				sixpn_report_object(reply.skb, sx,
						    SIXPN_A_NETWORK, network);
	sixpn_netlink_unlock(sx);
	return sixpn_reply_end(&reply, err);
}

/* --- Exception routes. --- */

struct route_request {
	const struct nlattr *at_addr;
	const struct nlattr *at_host; /* or NULL */
	struct in6_addr addr;
};

static int check_route_addr(const struct route_request *req,
			    struct netlink_ext_ack *extack)
{
	if (sixpn_addr_is_machine(&req->addr) &&
	    sixpn_addr_machine(&req->addr) != SIXPN_MACHINE_HOST)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, req->at_addr,
			    "An exception route is for the address of a machine in a network: fdaa::/16, network not 0, host 2 or above, machine not 0");
	return -EINVAL;
}

static int parse_route(struct route_request *req, struct genl_info *info)
{
	struct nlattr *nest = info->attrs[SIXPN_A_ROUTE];
	struct nlattr *tb[SIXPN_ROUTE_A_MAX + 1] = {};
	int err;

	if (nest) {
		err = sixpn_request_parse_nest(tb, SIXPN_ROUTE_A_MAX, nest, 0,
					       info->extack);
		if (err)
			return err;
	}
	if (!tb[SIXPN_ROUTE_A_ADDRESS]) {
		NL_SET_ERR_ATTR_MISS(info->extack, nest,
				     nest ? SIXPN_ROUTE_A_ADDRESS :
					    SIXPN_A_ROUTE);
		NL_SET_ERR_MSG(info->extack,
			       "Which route? Its address is missing");
		return -EINVAL;
	}
	req->at_addr = tb[SIXPN_ROUTE_A_ADDRESS];
	req->at_host = tb[SIXPN_ROUTE_A_HOST_ID];
	req->addr = nla_get_in6_addr(req->at_addr);
	return check_route_addr(req, info->extack);
}

/* To name a route, its address is enough. */
static int parse_route_name(struct route_request *req, struct genl_info *info)
{
	int err = parse_route(req, info);

	if (err || !req->at_host)
		return err;
	NL_SET_ERR_MSG_ATTR(info->extack, req->at_host,
			    "A route is named by its address alone");
	return -EINVAL;
}

static struct sixpn_route *route_get(struct sixpn_device *sx,
				     const struct route_request *req,
				     struct netlink_ext_ack *extack)
{
	struct sixpn_route *route = sixpn_route_find(sx, &req->addr);

	if (route)
		return route;
	NL_SET_ERR_MSG_ATTR(extack, req->at_addr,
			    "There is no exception route for this address");
	return ERR_PTR(-ENOENT);
}

static int route_set(struct sixpn_device *sx, const struct route_request *req,
		     struct netlink_ext_ack *extack)
{
	struct sixpn_network *network;
	int err;

	network = sixpn_network_lookup(sx, sixpn_addr_network(&req->addr));
	if (!network) {
		NL_SET_ERR_MSG_ATTR(extack, req->at_addr,
				    "The device does not have the network of this address");
		return -ENOENT;
	}
	err = sixpn_route_set(network, &req->addr, nla_get_u32(req->at_host));
	if (err == -ENOENT)
		NL_SET_ERR_MSG_ATTR(extack, req->at_host,
				    "No peer of kind host has this host id");
	if (err == -ENOSPC)
		NL_SET_ERR_MSG_ATTR(extack, req->at_addr,
				    "A device can have 1048576 exception routes and this would be one more");
	if (err)
		return err;
	sixpn_device_touch(sx);
	sixpn_event_route(sixpn_route_find(sx, &req->addr));
	return 0;
}

int sixpn_command_route_new(struct sk_buff *skb, struct genl_info *info)
{
	struct route_request req;
	struct sixpn_device *sx;
	int err;

	err = parse_route(&req, info);
	if (err)
		return err;
	if (!req.at_host) {
		NL_SET_ERR_ATTR_MISS(info->extack, info->attrs[SIXPN_A_ROUTE],
				     SIXPN_ROUTE_A_HOST_ID);
		NL_SET_ERR_MSG(info->extack,
			       "To which host? Its host id is missing");
		return -EINVAL;
	}
	sx = sixpn_netlink_lock(info);
	if (IS_ERR(sx))
		return PTR_ERR(sx);
	err = route_set(sx, &req, info->extack);
	sixpn_netlink_unlock(sx);
	return out_of_memory(err, info->extack);
}

int sixpn_command_route_del(struct sk_buff *skb, struct genl_info *info)
{
	struct route_request req;
	struct sixpn_route *route;
	struct sixpn_device *sx;
	int err;

	err = parse_route_name(&req, info);
	if (err)
		return err;
	sx = sixpn_netlink_lock(info);
	if (IS_ERR(sx))
		return PTR_ERR(sx);
	route = route_get(sx, &req, info->extack);
	if (!IS_ERR(route)) {
		sixpn_event_route_gone(route);
		sixpn_route_remove(route);
		sixpn_device_touch(sx);
	}
	sixpn_netlink_unlock(sx);
	return PTR_ERR_OR_ZERO(route);
}

int sixpn_command_route_get(struct sk_buff *skb, struct genl_info *info)
{
	struct sixpn_reply reply;
	struct route_request req;
	struct sixpn_route *route;
	struct sixpn_device *sx;
	int err;

	err = parse_route_name(&req, info);
	if (err)
		return err;
	err = sixpn_reply_start(&reply, info, SIXPN_CMD_ROUTE_GET);
	if (err)
		return err;
	sx = sixpn_netlink_lock(info);
	if (IS_ERR(sx))
		return sixpn_reply_end(&reply, PTR_ERR(sx));
	route = route_get(sx, &req, info->extack);
	err = IS_ERR(route) ? PTR_ERR(route) :
			      sixpn_report_object(reply.skb, sx, SIXPN_A_ROUTE,
						  route);
	sixpn_netlink_unlock(sx);
	return sixpn_reply_end(&reply, err);
}
