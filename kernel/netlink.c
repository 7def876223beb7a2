// SPDX-License-Identifier: GPL-2.0
#include "netlink.h"

#include "command.h"
#include "compat/compat.h"
#include "device.h"
#include "dump.h"
#include "peer.h"
#include "report.h"
#include "transaction.h"

#include <linux/sizes.h>
#include <linux/sixpn.h>
#include <linux/socket.h>

/* A reply about one peer: as much as a buffer of the kernel's own dumps. */
#define PEER_REPLY_SIZE (SZ_16K - NLMSG_HDRLEN)

static_assert(SIXPN_KEY_LEN == SIXPN_KEY_SIZE);

/*
 * Policies, one per command. What they leave out is refused as unsupported,
 * beyond their last entry as unknown.
 */

#define READ_ONLY(message) { .type = NLA_REJECT, .reject_message = (message) }
/* Not const: older policies point to them as if to be written. */
static struct netlink_range_validation idle_expiry_range = {
	.max = SIXPN_IDLE_EXPIRY_MAX,
};

static struct netlink_range_validation positive_range = {
	.min = 1,
	.max = INT_MAX,
};

static struct netlink_range_validation descriptor_range = {
	.max = INT_MAX,
};

#define KEY_POLICY NLA_POLICY_EXACT_LEN(SIXPN_KEY_SIZE)
#define DEVICE_POLICY							\
	[SIXPN_A_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),			\
	[SIXPN_A_IFNAME] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 }
#define MACHINE_NAME_POLICY						\
	[SIXPN_MACHINE_A_NETWORK] = NLA_POLICY_MIN(NLA_U32, 1),		\
	[SIXPN_MACHINE_A_ID] = NLA_POLICY_MIN(NLA_U32, 1),		\
	[SIXPN_MACHINE_A_NAME] = { .type = NLA_NUL_STRING,		\
				   .len = SIXPN_MACHINE_NAME_MAX },	\
	[SIXPN_MACHINE_A_ADDRESS] =					\
		NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr))

static const struct nla_policy
allowedip_policy[SIXPN_ALLOWEDIP_A_MAX + 1] = {
	[SIXPN_ALLOWEDIP_A_FAMILY] = { .type = NLA_U16 },
	[SIXPN_ALLOWEDIP_A_ADDRESS] =
		NLA_POLICY_RANGE(NLA_BINARY, sizeof(struct in_addr),
				 sizeof(struct in6_addr)),
	[SIXPN_ALLOWEDIP_A_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[SIXPN_ALLOWEDIP_A_FLAGS] =
		NLA_POLICY_MASK(NLA_U32, __SIXPN_ALLOWEDIP_F_ALL),
};

static const struct nla_policy peer_set_policy[SIXPN_PEER_A_MAX + 1] = {
	[SIXPN_PEER_A_PUBLIC_KEY] = KEY_POLICY,
	[SIXPN_PEER_A_PRESHARED_KEY] = KEY_POLICY,
	[SIXPN_PEER_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, __SIXPN_PEER_F_ALL),
	[SIXPN_PEER_A_ENDPOINT] =
		NLA_POLICY_RANGE(NLA_BINARY, sizeof(struct sockaddr_in),
				 sizeof(struct sockaddr_in6)),
	[SIXPN_PEER_A_PERSISTENT_KEEPALIVE] = { .type = NLA_U16 },
	[SIXPN_PEER_A_LAST_HANDSHAKE] =
		READ_ONLY("The time of the last handshake can only be read"),
	[SIXPN_PEER_A_HANDSHAKE_RTT] =
		READ_ONLY("The handshake round-trip time can only be read"),
	[SIXPN_PEER_A_RX_BYTES] = READ_ONLY("Counters can only be read"),
	[SIXPN_PEER_A_TX_BYTES] = READ_ONLY("Counters can only be read"),
	[SIXPN_PEER_A_RX_PACKETS] = READ_ONLY("Counters can only be read"),
	[SIXPN_PEER_A_TX_PACKETS] = READ_ONLY("Counters can only be read"),
	[SIXPN_PEER_A_ALLOWED_IP] = NLA_POLICY_NESTED(allowedip_policy),
	[SIXPN_PEER_A_PROTOCOL_VERSION] = NLA_POLICY_RANGE(NLA_U32, 1, 1),
	[SIXPN_PEER_A_KIND] = NLA_POLICY_MAX(NLA_U32, SIXPN_PEER_KIND_MAX),
	[SIXPN_PEER_A_HOST_ID] = { .type = NLA_U32 },
	[SIXPN_PEER_A_IDLE_EXPIRY] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &idle_expiry_range),
	[SIXPN_PEER_A_DROPS] = READ_ONLY("Counters can only be read"),
};

#define COUNTERS_READ_ONLY READ_ONLY("Counters can only be read")

static const struct nla_policy network_policy[SIXPN_NETWORK_A_ID + 1] = {
	[SIXPN_NETWORK_A_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy
machine_set_policy[SIXPN_MACHINE_A_MAX + 1] = {
	MACHINE_NAME_POLICY,
	[SIXPN_MACHINE_A_ATTACHMENT] =
		NLA_POLICY_MAX(NLA_U32, SIXPN_ATTACHMENT_MAX),
	[SIXPN_MACHINE_A_IFNAME] = {
		.type = NLA_NUL_STRING,
		.len = IFNAMSIZ - 1,
	},
	[SIXPN_MACHINE_A_IFINDEX] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &positive_range),
	[SIXPN_MACHINE_A_NETNS_FD] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &descriptor_range),
	[SIXPN_MACHINE_A_NETNS_PID] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &positive_range),
	[SIXPN_MACHINE_A_PEER_KEY] = KEY_POLICY,
	[SIXPN_MACHINE_A_MOVED_TO] = { .type = NLA_U32 },
	[SIXPN_MACHINE_A_STATE] =
		READ_ONLY("The state of a machine follows from what it hangs on"),
	[SIXPN_MACHINE_A_RX_PACKETS] = COUNTERS_READ_ONLY,
	[SIXPN_MACHINE_A_RX_BYTES] = COUNTERS_READ_ONLY,
	[SIXPN_MACHINE_A_TX_PACKETS] = COUNTERS_READ_ONLY,
	[SIXPN_MACHINE_A_TX_BYTES] = COUNTERS_READ_ONLY,
	[SIXPN_MACHINE_A_DROPS] = COUNTERS_READ_ONLY,
};

static const struct nla_policy
machine_name_policy[SIXPN_MACHINE_A_ADDRESS + 1] = {
	MACHINE_NAME_POLICY,
};

static const struct nla_policy route_policy[SIXPN_ROUTE_A_MAX + 1] = {
	[SIXPN_ROUTE_A_ADDRESS] =
		NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
	[SIXPN_ROUTE_A_HOST_ID] = { .type = NLA_U32 },
};

static const struct nla_policy peer_name_policy[SIXPN_PEER_A_PUBLIC_KEY + 1] = {
	[SIXPN_PEER_A_PUBLIC_KEY] = KEY_POLICY,
};

static const struct nla_policy device_get_policy[SIXPN_A_IFNAME + 1] = {
	DEVICE_POLICY,
};

static const struct nla_policy device_set_policy[SIXPN_A_MAX + 1] = {
	DEVICE_POLICY,
	[SIXPN_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, __SIXPN_DEVICE_F_ALL),
	[SIXPN_A_PRIVATE_KEY] = KEY_POLICY,
	[SIXPN_A_PUBLIC_KEY] =
		READ_ONLY("The public key follows from the private key: set that"),
	[SIXPN_A_LISTEN_PORT] = { .type = NLA_U16 },
	[SIXPN_A_FWMARK] = { .type = NLA_U32 },
	[SIXPN_A_PEER] = NLA_POLICY_NESTED(peer_set_policy),
	[SIXPN_A_GENERATION] = { .type = NLA_U32 },
	[SIXPN_A_PEER_COUNT] =
		READ_ONLY("The number of peers can only be read"),
	[SIXPN_A_HOST_ID] = { .type = NLA_U32 },
	/* Networks, machines and routes have commands of their own. */
};

static const struct nla_policy peer_get_policy[SIXPN_A_PEER + 1] = {
	DEVICE_POLICY,
	[SIXPN_A_PEER] = NLA_POLICY_NESTED(peer_name_policy),
};

static const struct nla_policy network_cmd_policy[SIXPN_A_NETWORK + 1] = {
	DEVICE_POLICY,
	[SIXPN_A_NETWORK] = NLA_POLICY_NESTED(network_policy),
};

static const struct nla_policy machine_cmd_policy[SIXPN_A_MACHINE + 1] = {
	DEVICE_POLICY,
	[SIXPN_A_MACHINE] = NLA_POLICY_NESTED(machine_set_policy),
};

static const struct nla_policy machine_get_policy[SIXPN_A_MACHINE + 1] = {
	DEVICE_POLICY,
	[SIXPN_A_MACHINE] = NLA_POLICY_NESTED(machine_name_policy),
};

static const struct nla_policy route_cmd_policy[SIXPN_A_ROUTE + 1] = {
	DEVICE_POLICY,
	[SIXPN_A_ROUTE] = NLA_POLICY_NESTED(route_policy),
};

static struct net_device *look_up_device(struct net *net,
					 const struct nlattr *ifindex,
					 const struct nlattr *ifname)
{
	struct net_device *dev;

	/* Resolved without RTNL: a mesh device is busy under its own lock. */
	rcu_read_lock();
	dev = ifindex ? dev_get_by_index_rcu(net, nla_get_u32(ifindex)) :
			dev_get_by_name_rcu(net, nla_data(ifname));
	dev_hold(dev);
	rcu_read_unlock();
	return dev;
}

struct net_device *sixpn_netlink_device_get(struct net *net,
					    struct nlattr **tb,
					    struct netlink_ext_ack *extack)
{
	const struct nlattr *ifindex = tb ? tb[SIXPN_A_IFINDEX] : NULL;
	const struct nlattr *ifname = tb ? tb[SIXPN_A_IFNAME] : NULL;
	const struct nlattr *given = ifindex ?: ifname;
	struct net_device *dev;

	if (!given) {
		NL_SET_ERR_ATTR_MISS(extack, NULL, SIXPN_A_IFINDEX);
		NL_SET_ERR_MSG(extack,
			       "Which device? Its index or its name is missing");
		return ERR_PTR(-EINVAL);
	}
	if (ifindex && ifname) {
		NL_SET_ERR_MSG_ATTR(extack, ifname,
				    "Give the device's index or its name, not both");
		return ERR_PTR(-EINVAL);
	}
	dev = look_up_device(net, ifindex, ifname);
	if (!dev) {
		NL_SET_ERR_MSG_ATTR(extack, given,
				    "There is no such device in this network namespace");
		return ERR_PTR(-ENODEV);
	}
	if (!sixpn_device_is(dev)) {
		dev_put(dev);
		NL_SET_ERR_MSG_ATTR(extack, given,
				    "The device is not of kind sixpn");
		return ERR_PTR(-EOPNOTSUPP);
	}
	return dev;
}

struct sixpn_device *sixpn_netlink_lock(struct genl_info *info)
{
	struct net_device *dev;
	struct sixpn_device *sx;

	dev = sixpn_netlink_device_get(genl_info_net(info), info->attrs,
				       info->extack);
	if (IS_ERR(dev))
		return ERR_CAST(dev);
	sx = sixpn_device_of(dev);
	mutex_lock(&sx->lock);
	if (!sx->dead)
		return sx;
	mutex_unlock(&sx->lock);
	dev_put(dev);
	NL_SET_ERR_MSG(info->extack, "The device is being removed");
	return ERR_PTR(-ENODEV);
}

void sixpn_netlink_unlock(struct sixpn_device *sx)
{
	mutex_unlock(&sx->lock);
	dev_put(sx->dev);
}

int sixpn_reply_start(struct sixpn_reply *reply, struct genl_info *info, u8 cmd)
{
	reply->info = info;
	reply->skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply->skb)
		return -ENOMEM;
	reply->hdr = genlmsg_put_reply(reply->skb, info, &sixpn_netlink_family,
				       0, cmd);
	if (reply->hdr)
		return 0;
	nlmsg_free(reply->skb);
	return -ENOMEM;
}

int sixpn_reply_end(struct sixpn_reply *reply, int err)
{
	if (err) {
		nlmsg_free(reply->skb);
		return err;
	}
	genlmsg_end(reply->skb, reply->hdr);
	return genlmsg_reply(reply->skb, reply->info);
}

static int device_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sixpn_reply reply;
	struct sixpn_device *sx;
	int err;

	err = sixpn_reply_start(&reply, info, SIXPN_CMD_DEVICE_GET);
	if (err)
		return err;
	sx = sixpn_netlink_lock(info);
	if (IS_ERR(sx))
		return sixpn_reply_end(&reply, PTR_ERR(sx));
	err = sixpn_report_device(reply.skb, sx, true) ?:
	      sixpn_report_drops(reply.skb, sx);
	sixpn_netlink_unlock(sx);
	return sixpn_reply_end(&reply, err);
}

/* The peer named by the request's PEER nest. sx->lock held. */
static struct sixpn_peer *peer_find(struct sixpn_device *sx,
				    struct genl_info *info)
{
	struct nlattr *nest = info->attrs[SIXPN_A_PEER];
	const struct nlattr *key;
	struct sixpn_peer *peer;

	key = nest ? nla_find_nested(nest, SIXPN_PEER_A_PUBLIC_KEY) : NULL;
	if (!key) {
		NL_SET_ERR_ATTR_MISS(info->extack, nest,
				     nest ? SIXPN_PEER_A_PUBLIC_KEY :
					    SIXPN_A_PEER);
		NL_SET_ERR_MSG(info->extack,
			       "Which peer? Its public key is missing");
		return ERR_PTR(-EINVAL);
	}
	peer = sixpn_peer_find(sx, nla_data(key));
	if (peer && peer->live)
		return peer;
	NL_SET_ERR_MSG_ATTR(info->extack, key,
			    "The device has no peer of this public key");
	return ERR_PTR(-ENOENT);
}

static int fill_peer(struct sk_buff *skb, struct sixpn_device *sx,
		     struct sixpn_peer *peer)
{
	struct nlattr *nest;
	u32 prefixes = 0;
	int err;

	err = sixpn_report_name(skb, sx->dev) ?:
	      nla_put_u32(skb, SIXPN_A_GENERATION, sx->generation);
	if (err)
		return err;
	nest = nla_nest_start(skb, SIXPN_A_PEER);
	if (!nest)
		return -EMSGSIZE;
	err = sixpn_report_peer(skb, peer) ?:
	      sixpn_report_allowedips(skb, peer, &prefixes);
	nla_nest_end(skb, nest);
	return err;
}

static int peer_get_reply(struct sk_buff *reply, struct genl_info *info)
{
	struct sixpn_device *sx;
	struct sixpn_peer *peer;
	void *hdr;
	int err;

	hdr = genlmsg_put_reply(reply, info, &sixpn_netlink_family, 0,
				SIXPN_CMD_PEER_GET);
	if (!hdr)
		return -EMSGSIZE;
	sx = sixpn_netlink_lock(info);
	if (IS_ERR(sx))
		return PTR_ERR(sx);
	peer = peer_find(sx, info);
	err = IS_ERR(peer) ? PTR_ERR(peer) : fill_peer(reply, sx, peer);
	sixpn_netlink_unlock(sx);
	if (err == -EMSGSIZE)
		NL_SET_ERR_MSG(info->extack,
			       "This peer has more allowed-ips than fit in one message: dump the peers instead");
	genlmsg_end(reply, hdr);
	return err;
}

static int peer_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply = nlmsg_new(PEER_REPLY_SIZE, GFP_KERNEL);
	int err;

	if (!reply)
		return -ENOMEM;
	err = peer_get_reply(reply, info);
	if (!err)
		return genlmsg_reply(reply, info);
	nlmsg_free(reply);
	return err;
}

static int device_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct net_device *dev;
	int err;

	dev = sixpn_netlink_device_get(genl_info_net(info), info->attrs,
				       info->extack);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	err = sixpn_transaction_run(sixpn_device_of(dev), info);
	dev_put(dev);
	return err;
}

static const struct genl_ops ops[] = {
	{
		.cmd = SIXPN_CMD_DEVICE_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = device_get_policy,
		.maxattr = ARRAY_SIZE(device_get_policy) - 1,
		.doit = device_get_doit,
		.dumpit = sixpn_dump_devices,
	},
	{
		.cmd = SIXPN_CMD_DEVICE_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = device_set_policy,
		.maxattr = ARRAY_SIZE(device_set_policy) - 1,
		.doit = device_set_doit,
	},
	{
		.cmd = SIXPN_CMD_PEER_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = peer_get_policy,
		.maxattr = ARRAY_SIZE(peer_get_policy) - 1,
		.doit = peer_get_doit,
		.dumpit = sixpn_dump_peers,
	},
	{
		.cmd = SIXPN_CMD_NETWORK_NEW,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = network_cmd_policy,
		.maxattr = ARRAY_SIZE(network_cmd_policy) - 1,
		.doit = sixpn_command_network_new,
	},
	{
		.cmd = SIXPN_CMD_NETWORK_DEL,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = network_cmd_policy,
		.maxattr = ARRAY_SIZE(network_cmd_policy) - 1,
		.doit = sixpn_command_network_del,
	},
	{
		.cmd = SIXPN_CMD_NETWORK_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = network_cmd_policy,
		.maxattr = ARRAY_SIZE(network_cmd_policy) - 1,
		.doit = sixpn_command_network_get,
		.dumpit = sixpn_dump_networks,
	},
	{
		.cmd = SIXPN_CMD_ROUTE_NEW,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = route_cmd_policy,
		.maxattr = ARRAY_SIZE(route_cmd_policy) - 1,
		.doit = sixpn_command_route_new,
	},
	{
		.cmd = SIXPN_CMD_ROUTE_DEL,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = route_cmd_policy,
		.maxattr = ARRAY_SIZE(route_cmd_policy) - 1,
		.doit = sixpn_command_route_del,
	},
	{
		.cmd = SIXPN_CMD_ROUTE_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = route_cmd_policy,
		.maxattr = ARRAY_SIZE(route_cmd_policy) - 1,
		.doit = sixpn_command_route_get,
		.dumpit = sixpn_dump_routes,
	},
	{
		.cmd = SIXPN_CMD_MACHINE_NEW,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = machine_cmd_policy,
		.maxattr = ARRAY_SIZE(machine_cmd_policy) - 1,
		.doit = sixpn_command_machine_new,
	},
	{
		.cmd = SIXPN_CMD_MACHINE_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = machine_cmd_policy,
		.maxattr = ARRAY_SIZE(machine_cmd_policy) - 1,
		.doit = sixpn_command_machine_set,
	},
	{
		.cmd = SIXPN_CMD_MACHINE_DEL,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = machine_get_policy,
		.maxattr = ARRAY_SIZE(machine_get_policy) - 1,
		.doit = sixpn_command_machine_del,
	},
	{
		.cmd = SIXPN_CMD_MACHINE_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = machine_get_policy,
		.maxattr = ARRAY_SIZE(machine_get_policy) - 1,
		.doit = sixpn_command_machine_get,
		.dumpit = sixpn_dump_machines,
	},
};

static const struct genl_multicast_group groups[] = {
	[SIXPN_NETLINK_GROUP_EVENTS] = {
		.name = SIXPN_GENL_EVENTS,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

struct genl_family sixpn_netlink_family __ro_after_init = {
	.name = SIXPN_GENL_NAME,
	.version = SIXPN_GENL_VERSION,
	.module = THIS_MODULE,
	.netnsok = true,
	/* Devices have locks of their own, and removing peers waits for
	 * readers: nobody else's requests should wait with it.
	 */
	.parallel_ops = true,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

int __init sixpn_netlink_module_init(void)
{
	return genl_register_family(&sixpn_netlink_family);
}

void sixpn_netlink_module_exit(void)
{
	genl_unregister_family(&sixpn_netlink_family);
}
