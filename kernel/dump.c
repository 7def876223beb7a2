// SPDX-License-Identifier: GPL-2.0
#include "dump.h"

#include "compat/compat.h"
#include "device.h"
#include "host.h"
#include "machine.h"
#include "netlink.h"
#include "network.h"
#include "peer.h"
#include "report.h"

#include <linux/sixpn.h>
#include <net/net_namespace.h>
#include <net/sock.h>

/* Where a dump of a device's objects stands. The order is that of their ids. */
struct cursor {
	int ifindex; /* 0: nothing sent yet */
	u32 generation; /* of the device when the dump began */
	u64 id; /* next one to look at */
	u32 prefixes; /* of that peer, sent already */
	bool partial; /* that peer's first message is sent */
};

struct devices_cursor {
	int ifindex; /* last one sent */
};

static void *message_start(struct sk_buff *skb, struct netlink_callback *cb,
			   u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &sixpn_netlink_family, NLM_F_MULTI, cmd);
}

/* What a dump call returns: more is to come only if this message was full. */
static int dump_result(const struct sk_buff *skb, int err)
{
	return err == -EMSGSIZE && skb->len ? skb->len : err;
}

/* The device with the lowest index above @ifindex, with a reference. The
 * order is stable while devices come and go, which that of the list is not.
 */
static struct net_device *next_device(struct net *net, int ifindex)
{
	struct net_device *dev, *next = NULL;

	rcu_read_lock();
	for_each_netdev_rcu(net, dev)
		if (dev->ifindex > ifindex && sixpn_device_is(dev) &&
		    (!next || dev->ifindex < next->ifindex))
			next = dev;
	dev_hold(next);
	rcu_read_unlock();
	return next;
}

static int dump_device(struct sk_buff *skb, struct netlink_callback *cb,
		       struct sixpn_device *sx)
{
	void *hdr;
	int err;

	if (sx->dead)
		return 0;
	hdr = message_start(skb, cb, SIXPN_CMD_DEVICE_GET);
	if (!hdr)
		return -EMSGSIZE;
	err = sixpn_report_device(skb, sx, true) ?:
	      sixpn_report_drops(skb, sx);
	if (err)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return err;
}

int sixpn_dump_devices(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct devices_cursor *cursor = (struct devices_cursor *)cb->ctx;
	struct net_device *dev;
	struct sixpn_device *sx;
	int err = 0;

	BUILD_BUG_ON(sizeof(*cursor) > sizeof(cb->ctx));
	if (!cursor->ifindex && nlmsg_attrlen(cb->nlh, GENL_HDRLEN)) {
		NL_SET_ERR_MSG(cb->extack,
			       "A dump of devices takes no attributes; to read one device, ask without NLM_F_DUMP");
		return -EINVAL;
	}
	while (!err) {
		dev = next_device(sock_net(cb->skb->sk), cursor->ifindex);
		if (!dev)
			break;
		sx = sixpn_device_of(dev);
		mutex_lock(&sx->lock);
		err = dump_device(skb, cb, sx);
		mutex_unlock(&sx->lock);
		if (!err)
			cursor->ifindex = dev->ifindex;
		dev_put(dev);
	}
	return dump_result(skb, err);
}

/* Every message from the first change on says that the dump is of no moment's
 * state. The core asks the same of the final one.
 */
static void mark_consistency(struct netlink_callback *cb,
			     const struct cursor *cursor,
			     const struct sixpn_device *sx)
{
	cb->prev_seq = 1;
	cb->seq = sx->generation == cursor->generation ? 1 : 2;
}

static void move_to(struct cursor *cursor, unsigned long id)
{
	cursor->id = id;
	cursor->prefixes = 0;
	cursor->partial = false;
}

/* One message: all of a peer, its beginning, or more of its allowed-ips. */
static int dump_peer(struct sk_buff *skb, struct netlink_callback *cb,
		     struct cursor *cursor, struct sixpn_peer *peer)
{
	struct sixpn_device *sx = peer->sx;
	u32 before = cursor->prefixes;
	struct nlattr *nest;
	void *hdr;
	int err;

	hdr = message_start(skb, cb, SIXPN_CMD_PEER_GET);
	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	err = sixpn_report_name(skb, sx->dev) ?:
	      nla_put_u32(skb, SIXPN_A_GENERATION, sx->generation);
	nest = err ? NULL : nla_nest_start(skb, SIXPN_A_PEER);
	if (!nest)
		goto err_full;
	err = cursor->partial ?
		sixpn_report_peer_key(skb, peer) ?:
		nla_put_u32(skb, SIXPN_PEER_A_FLAGS, SIXPN_PEER_F_CONTINUED) :
		sixpn_report_peer(skb, peer);
	if (err)
		goto err_full;
	err = sixpn_report_allowedips(skb, peer, &cursor->prefixes);
	if (err && cursor->partial && cursor->prefixes == before)
		goto err_full; /* not even one more: not worth a message */
	nla_nest_end(skb, nest);
	genlmsg_end(skb, hdr);
	cursor->partial = true;
	return err;

err_full:
	genlmsg_cancel(skb, hdr);
	return -EMSGSIZE;
}

static int dump_peers_of(struct sk_buff *skb, struct netlink_callback *cb,
			 struct cursor *cursor, struct sixpn_device *sx)
{
	struct sixpn_peer *peer;
	unsigned long id;
	int err = 0;

	for (;;) {
		mark_consistency(cb, cursor, sx);
		id = cursor->id;
		peer = xa_find(&sx->peers, &id, U32_MAX, XA_PRESENT);
		if (!peer)
			return 0;
		/* The one begun is gone: its rest is not that of another. */
		if (id != cursor->id)
			move_to(cursor, id);
		if (peer->live)
			err = dump_peer(skb, cb, cursor, peer);
		if (err)
			break;
		move_to(cursor, id + 1);
	}
	mark_consistency(cb, cursor, sx);
	return err;
}

/* --- Networks, machines, routes: one message each. --- */

static struct xarray *table_of(struct sixpn_device *sx, int type)
{
	switch (type) {
	case SIXPN_A_NETWORK:
		return &sx->networks;
	case SIXPN_A_MACHINE:
		return &sx->machines_by_serial;
	default:
		return &sx->routes_by_serial;
	}
}

static u8 command_of(int type)
{
	switch (type) {
	case SIXPN_A_NETWORK:
		return SIXPN_CMD_NETWORK_GET;
	case SIXPN_A_MACHINE:
		return SIXPN_CMD_MACHINE_GET;
	default:
		return SIXPN_CMD_ROUTE_GET;
	}
}

/* A machine that is being made is not there yet. */
static bool is_visible(int type, const void *object)
{
	const struct sixpn_machine *machine = object;

	return type != SIXPN_A_MACHINE || machine->live;
}

static int dump_object(struct sk_buff *skb, struct netlink_callback *cb,
		       struct sixpn_device *sx, int type, const void *object)
{
	void *hdr = message_start(skb, cb, command_of(type));
	int err;

	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	err = sixpn_report_object(skb, sx, type, object);
	if (err)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return err;
}

static int dump_objects_of(struct sk_buff *skb, struct netlink_callback *cb,
			   struct sixpn_device *sx, int type)
{
	struct cursor *cursor = (struct cursor *)cb->ctx;
	struct xarray *table = table_of(sx, type);
	unsigned long id = cursor->id;
	const void *object;
	int err;

	mark_consistency(cb, cursor, sx);
	if (cursor->id > U32_MAX)
		return 0;
	for (object = xa_find(table, &id, U32_MAX, XA_PRESENT); object;
	     object = xa_find_after(table, &id, U32_MAX, XA_PRESENT)) {
		if (!is_visible(type, object))
			continue;
		err = dump_object(skb, cb, sx, type, object);
		if (err)
			return err;
		cursor->id = (u64)id + 1;
	}
	cursor->id = (u64)U32_MAX + 1; /* behind all */
	return 0;
}

/* Looked up again at each call: between two it may be renamed, be moved out of
 * sight or go, and must not be kept from that by a reader that stopped reading.
 */
static struct net_device *dumped_device_get(struct netlink_callback *cb,
					    const struct cursor *cursor,
					    int type)
{
	struct net *net = sock_net(cb->skb->sk);
	struct nlattr **tb = sixpn_compat_dump_attrs(cb);
	struct net_device *dev;

	if (!cursor->ifindex) {
		if (!tb[type])
			return sixpn_netlink_device_get(net, tb, cb->extack);
		NL_SET_ERR_MSG_ATTR(cb->extack, tb[type],
				    "A dump is of all objects; to read one, ask without NLM_F_DUMP");
		return ERR_PTR(-EINVAL);
	}
	dev = dev_get_by_index(net, cursor->ifindex);
	if (dev && sixpn_device_is(dev))
		return dev;
	dev_put(dev);
	NL_SET_ERR_MSG(cb->extack, "The device has gone while it was read");
	return ERR_PTR(-ENODEV);
}

/* One call of a dump of what @sx has of objects of @type. */
static int dump_call(struct sk_buff *skb, struct netlink_callback *cb, int type)
{
	struct cursor *cursor = (struct cursor *)cb->ctx;
	struct sixpn_device *sx;
	struct net_device *dev;
	int err;

	BUILD_BUG_ON(sizeof(*cursor) > sizeof(cb->ctx));
	dev = dumped_device_get(cb, cursor, type);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	sx = sixpn_device_of(dev);
	mutex_lock(&sx->lock);
	if (!cursor->ifindex) {
		cursor->ifindex = dev->ifindex;
		cursor->generation = sx->generation;
	}
	if (sx->dead) {
		NL_SET_ERR_MSG(cb->extack, "The device is being removed");
		err = -ENODEV;
	} else if (type == SIXPN_A_PEER) {
		err = dump_result(skb, dump_peers_of(skb, cb, cursor, sx));
	} else {
		err = dump_result(skb, dump_objects_of(skb, cb, sx, type));
	}
	mutex_unlock(&sx->lock);
	dev_put(dev);
	return err;
}

int sixpn_dump_peers(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_call(skb, cb, SIXPN_A_PEER);
}

int sixpn_dump_networks(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_call(skb, cb, SIXPN_A_NETWORK);
}

int sixpn_dump_machines(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_call(skb, cb, SIXPN_A_MACHINE);
}

int sixpn_dump_routes(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_call(skb, cb, SIXPN_A_ROUTE);
}
