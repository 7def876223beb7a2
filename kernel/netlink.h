/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The generic netlink family (include/uapi/linux/sixpn.h): what is asked, by
 * whom, of which device. What a request says is read by request.c, carried out
 * by transaction.c; what a device looks like is written by report.c, in
 * instalments by dump.c, unasked by events.c.
 */
#ifndef _SIXPN_NETLINK_H
#define _SIXPN_NETLINK_H

#include <net/genetlink.h>

struct net;
struct net_device;
struct sixpn_device;
struct netlink_ext_ack;
struct nlattr;

/* Index into the family's groups, not a group number. */
enum { SIXPN_NETLINK_GROUP_EVENTS };

extern struct genl_family sixpn_netlink_family;

int sixpn_netlink_module_init(void);
void sixpn_netlink_module_exit(void);

/**
 * sixpn_netlink_device_get() - the device a request names
 * @net: namespace of the asking socket; devices elsewhere do not exist for it
 * @tb: top-level attributes
 * @extack: where a refusal is explained
 *
 * Return: a mesh device with a reference (dev_put()), or ERR_PTR(-EINVAL,
 * -ENODEV, -EOPNOTSUPP).
 */
struct net_device *sixpn_netlink_device_get(struct net *net,
					    struct nlattr **tb,
					    struct netlink_ext_ack *extack);

/* The device a request names, alive, with its lock held and a reference; or
 * ERR_PTR(). sixpn_netlink_unlock() it.
 */
struct sixpn_device *sixpn_netlink_lock(struct genl_info *info);
void sixpn_netlink_unlock(struct sixpn_device *sx);

/* A reply being written. */
struct sixpn_reply {
	struct sk_buff *skb;
	void *hdr;
	struct genl_info *info;
};

/* Get room for a reply before anything is changed. Return: 0 or -ENOMEM. */
int sixpn_reply_start(struct sixpn_reply *reply, struct genl_info *info,
		      u8 cmd);
/* Send it, or drop it if @err is not 0. Return: @err, or that of sending. */
int sixpn_reply_end(struct sixpn_reply *reply, int err);

#endif /* _SIXPN_NETLINK_H */
