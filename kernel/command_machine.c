// SPDX-License-Identifier: GPL-2.0
#include "command.h"

#include "bind.h"
#include "device.h"
#include "events.h"
#include "host.h"
#include "machine.h"
#include "netlink.h"
#include "peer.h"
#include "port.h"
#include "report.h"
#include "request.h"

#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sixpn.h>
#include <net/net_namespace.h>
#include <sixpn/addr.h>

struct machine_request {
	struct sk_buff *skb; /* the message */
	struct genl_info *info;
	struct netlink_ext_ack *extack;
	const struct nlattr *nest;
	struct nlattr *tb[SIXPN_MACHINE_A_MAX + 1];
	struct in6_addr addr; /* if ADDRESS is given */
	struct sixpn_machine_wish wish;
	bool attaches; /* ATTACHMENT is given */
	struct net *netns; /* of the port; a reference */
	struct net_device *dev; /* made, or bound, for this request */
};

/* --- Reading. --- */

static int refuse(const struct machine_request *req, int type, const char *why)
{
	req->extack->_msg = why;
	NL_SET_BAD_ATTR(req->extack, req->tb[type]);
	return -EINVAL;
}

static int miss(const struct machine_request *req, int type, const char *why)
{
	NL_SET_ERR_ATTR_MISS(req->extack, req->nest, type);
	req->extack->_msg = why;
	return -EINVAL;
}

/* Not as <linux/ctype.h> has it, for which letters go beyond ASCII. */
static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static int check_name(const struct machine_request *req)
{
	const char *name = req->wish.name, *c;

	for (c = name; *c; c++)
		if (!is_name_char(*c) && !strchr("-_.", *c))
			break;
	if (!*c && is_name_char(*name))
		return 0;
	return refuse(req, SIXPN_MACHINE_A_NAME,
		      "The name of a machine is made of a-z, 0-9, '-', '_' and '.', and begins with a letter or digit");
}

static int check_addr(const struct machine_request *req)
{
	if (!sixpn_addr_is_machine(&req->addr))
		return refuse(req, SIXPN_MACHINE_A_ADDRESS,
			      "This is not the address of a machine: fdaa::/16, network not 0, host 2 or above");
	if (req->tb[SIXPN_MACHINE_A_NETWORK] &&
	    sixpn_addr_network(&req->addr) != req->wish.network)
		return refuse(req, SIXPN_MACHINE_A_ADDRESS,
			      "This address is of another network");
	return 0;
}

static int read_names(struct machine_request *req)
{
	struct nlattr **tb = req->tb;
	int err = 0;

	if (tb[SIXPN_MACHINE_A_NETWORK])
		req->wish.network = nla_get_u32(tb[SIXPN_MACHINE_A_NETWORK]);
	if (tb[SIXPN_MACHINE_A_NAME]) {
		req->wish.name = nla_data(tb[SIXPN_MACHINE_A_NAME]);
		err = check_name(req);
	}
	if (!err && tb[SIXPN_MACHINE_A_ADDRESS]) {
		req->addr = nla_get_in6_addr(tb[SIXPN_MACHINE_A_ADDRESS]);
		err = check_addr(req);
		req->wish.addr = &req->addr;
		req->wish.network = sixpn_addr_network(&req->addr);
	}
	if (tb[SIXPN_MACHINE_A_ID])
		req->wish.id = nla_get_u32(tb[SIXPN_MACHINE_A_ID]);
	req->wish.at_network = tb[SIXPN_MACHINE_A_NETWORK] ?:
			       tb[SIXPN_MACHINE_A_ADDRESS];
	req->wish.at_id = tb[SIXPN_MACHINE_A_ADDRESS] ?:
			  tb[SIXPN_MACHINE_A_ID];
	req->wish.at_name = tb[SIXPN_MACHINE_A_NAME];
	if (err || req->wish.network)
		return err;
	return miss(req, SIXPN_MACHINE_A_NETWORK,
		    "In which network? Its id is missing");
}

static int read_request(struct machine_request *req, struct sk_buff *skb,
			struct genl_info *info)
{
	int err;

	memset(req, 0, sizeof(*req));
	req->skb = skb;
	req->info = info;
	req->extack = info->extack;
	req->nest = info->attrs[SIXPN_A_MACHINE];
	if (!req->nest) {
		NL_SET_ERR_ATTR_MISS(req->extack, NULL, SIXPN_A_MACHINE);
		NL_SET_ERR_MSG(req->extack, "Which machine? It is missing");
		return -EINVAL;
	}
	err = sixpn_request_parse_nest(req->tb, SIXPN_MACHINE_A_MAX, req->nest,
				       0, req->extack);
	return err ?: read_names(req);
}

/* For a machine that is there already. */
static int read_named(struct machine_request *req, struct sk_buff *skb,
		      struct genl_info *info)
{
	int err = read_request(req, skb, info);

	if (err || req->wish.addr || req->wish.id || req->wish.name)
		return err;
	return miss(req, SIXPN_MACHINE_A_NAME,
		    "Which machine of the network? Its name, id or address is missing");
}

static unsigned long attributes_of(u8 attachment)
{
	switch (attachment) {
	case SIXPN_ATTACHMENT_PORT:
		return BIT(SIXPN_MACHINE_A_IFNAME) |
		       BIT(SIXPN_MACHINE_A_NETNS_FD) |
		       BIT(SIXPN_MACHINE_A_NETNS_PID);
	case SIXPN_ATTACHMENT_BIND:
		return BIT(SIXPN_MACHINE_A_IFNAME) |
		       BIT(SIXPN_MACHINE_A_IFINDEX);
	case SIXPN_ATTACHMENT_CLIENT:
		return BIT(SIXPN_MACHINE_A_PEER_KEY);
	default:
		return 0;
	}
}

static int check_port(const struct machine_request *req)
{
	if (!req->tb[SIXPN_MACHINE_A_IFNAME])
		return miss(req, SIXPN_MACHINE_A_IFNAME,
			    "How shall the port be called? Its name is missing");
	if (!dev_valid_name(nla_data(req->tb[SIXPN_MACHINE_A_IFNAME])))
		return refuse(req, SIXPN_MACHINE_A_IFNAME,
			      "This cannot be the name of a network device");
	if (req->tb[SIXPN_MACHINE_A_NETNS_FD] &&
	    req->tb[SIXPN_MACHINE_A_NETNS_PID])
		return refuse(req, SIXPN_MACHINE_A_NETNS_PID,
			      "Give the network namespace by descriptor or by process, not both");
	return 0;
}

static int check_bind(const struct machine_request *req)
{
	if (!req->tb[SIXPN_MACHINE_A_IFNAME] &&
	    !req->tb[SIXPN_MACHINE_A_IFINDEX])
		return miss(req, SIXPN_MACHINE_A_IFINDEX,
			    "To which device shall the machine be bound? Its name or index is missing");
	if (req->tb[SIXPN_MACHINE_A_IFNAME] && req->tb[SIXPN_MACHINE_A_IFINDEX])
		return refuse(req, SIXPN_MACHINE_A_IFINDEX,
			      "Give the device's index or its name, not both");
	return 0;
}

static int check_attachment(const struct machine_request *req)
{
	unsigned long allowed = attributes_of(req->wish.attachment);
	int type;

	for (type = SIXPN_MACHINE_A_IFNAME; type <= SIXPN_MACHINE_A_PEER_KEY;
	     type++) {
		if (!req->tb[type] || allowed & BIT(type))
			continue;
		return refuse(req, type, req->attaches ?
			      "This does not belong to this kind of attachment" :
			      "To what shall the machine be attached? The kind of attachment is missing");
	}
	switch (req->wish.attachment) {
	case SIXPN_ATTACHMENT_PORT:
		return check_port(req);
	case SIXPN_ATTACHMENT_BIND:
		return check_bind(req);
	case SIXPN_ATTACHMENT_CLIENT:
		if (!req->tb[SIXPN_MACHINE_A_PEER_KEY])
			return miss(req, SIXPN_MACHINE_A_PEER_KEY,
				    "Which peer is the client? Its public key is missing");
	}
	return 0;
}

static struct net *find_netns(const struct machine_request *req)
{
	const struct nlattr *fd = req->tb[SIXPN_MACHINE_A_NETNS_FD];
	const struct nlattr *pid = req->tb[SIXPN_MACHINE_A_NETNS_PID];

	if (fd)
		return get_net_ns_by_fd(nla_get_u32(fd));
	if (pid)
		return get_net_ns_by_pid(nla_get_u32(pid));
	return get_net(genl_info_net(req->info));
}

/* Where the port will be, and whether the asker may put one there. */
static int read_netns(struct machine_request *req)
{
	const struct nlattr *at = req->tb[SIXPN_MACHINE_A_NETNS_FD] ?:
				  req->tb[SIXPN_MACHINE_A_NETNS_PID];
	struct net *netns;

	if (req->wish.attachment != SIXPN_ATTACHMENT_PORT)
		return 0;
	netns = find_netns(req);
	if (IS_ERR(netns)) {
		NL_SET_ERR_MSG_ATTR(req->extack, at,
				    "There is no such network namespace or process");
		return -ENOENT;
	}
	req->netns = netns;
	if (netlink_ns_capable(req->skb, netns->user_ns, CAP_NET_ADMIN))
		return 0;
	NL_SET_ERR_MSG_ATTR(req->extack, at,
			    "This needs CAP_NET_ADMIN in the network namespace the port is to be in");
	return -EPERM;
}

static int read_settings(struct machine_request *req)
{
	const struct nlattr *attachment = req->tb[SIXPN_MACHINE_A_ATTACHMENT];
	const struct nlattr *moved_to = req->tb[SIXPN_MACHINE_A_MOVED_TO];

	req->attaches = attachment;
	if (attachment)
		req->wish.attachment = nla_get_u32(attachment);
	if (moved_to)
		req->wish.moved_to = nla_get_u32(moved_to);
	return check_attachment(req) ?: read_netns(req);
}

static void free_request(struct machine_request *req)
{
	if (req->netns)
		put_net(req->netns);
}

/* --- What a request names on this device. sx->lock held. --- */

static int resolve_client(struct machine_request *req, struct sixpn_device *sx)
{
	const struct nlattr *key = req->tb[SIXPN_MACHINE_A_PEER_KEY];
	struct sixpn_peer *peer;

	if (!key)
		return 0;
	peer = sixpn_peer_find(sx, nla_data(key));
	if (!peer || !peer->live) {
		NL_SET_ERR_MSG_ATTR(req->extack, key,
				    "The device has no peer of this public key: add it first, of kind client");
		return -ENOENT;
	}
	if (peer->kind != SIXPN_PEER_KIND_CLIENT)
		return refuse(req, SIXPN_MACHINE_A_PEER_KEY,
			      "This peer is not of kind client: make it one first");
	req->wish.peer = peer;
	return 0;
}

static int resolve(struct machine_request *req, struct sixpn_device *sx)
{
	u32 host = req->wish.moved_to;

	/* Our own id is never a peer's. */
	if (host && !sixpn_host_is_taken(sx, host)) {
		NL_SET_ERR_MSG_ATTR(req->extack,
				    req->tb[SIXPN_MACHINE_A_MOVED_TO],
				    "No peer of kind host has the host id the machine is to have moved to");
		return -ENOENT;
	}
	return resolve_client(req, sx);
}

static struct sixpn_machine *by_id(struct sixpn_device *sx,
				   const struct machine_request *req)
{
	struct in6_addr addr;

	sixpn_addr_build(&addr, req->wish.network, sx->host_id, req->wish.id,
			 SIXPN_SUB_MACHINE);
	return sixpn_machine_find(sx, &addr);
}

static struct sixpn_machine *find(const struct machine_request *req,
				  struct sixpn_device *sx)
{
	const struct sixpn_machine_wish *wish = &req->wish;
	struct sixpn_machine *machine;

	if (wish->addr)
		machine = sixpn_machine_find(sx, wish->addr);
	else if (wish->id)
		machine = by_id(sx, req);
	else
		machine = sixpn_machine_find_name(sx, wish->network,
						  wish->name);
	if (!machine) {
		NL_SET_ERR_MSG_ATTR(req->extack, wish->at_id ?: wish->at_name,
				    "The device has no such machine in this network");
		return ERR_PTR(-ENOENT);
	}
	if ((wish->id && machine->id != wish->id) ||
	    (wish->name && strcmp(machine->name.text, wish->name))) {
		NL_SET_ERR_MSG_ATTR(req->extack, wish->at_name ?: wish->at_id,
				    "Name, id and address are not of one machine");
		return ERR_PTR(-EINVAL);
	}
	return machine;
}

/* The same, and it is not the host itself. */
static struct sixpn_machine *find_tenant(const struct machine_request *req,
					 struct sixpn_device *sx)
{
	struct sixpn_machine *machine = find(req, sx);

	if (IS_ERR(machine) || machine->id != SIXPN_MACHINE_HOST)
		return machine;
	NL_SET_ERR_MSG_ATTR(req->extack, req->wish.at_id,
			    "Machine 0 is the host itself, as long as the network is there");
	return ERR_PTR(-EINVAL);
}

/* --- Netdevs. --- */

static struct net_device *find_bound(const struct machine_request *req)
{
	const struct nlattr *ifindex = req->tb[SIXPN_MACHINE_A_IFINDEX];
	const struct nlattr *ifname = req->tb[SIXPN_MACHINE_A_IFNAME];
	struct net *net = genl_info_net(req->info);
	struct net_device *dev;

	dev = ifindex ? __dev_get_by_index(net, nla_get_u32(ifindex)) :
			__dev_get_by_name(net, nla_data(ifname));
	if (dev)
		return dev;
	NL_SET_ERR_MSG_ATTR(req->extack, ifindex ?: ifname,
			    "There is no such device in this network namespace");
	return ERR_PTR(-ENOENT);
}

static int get_dev(struct machine_request *req, struct sixpn_machine *machine)
{
	const struct nlattr *ifname = req->tb[SIXPN_MACHINE_A_IFNAME];
	struct net_device *dev;
	int err;

	if (req->wish.attachment == SIXPN_ATTACHMENT_PORT) {
		dev = sixpn_port_create(machine, req->netns, nla_data(ifname),
					req->extack);
		if (IS_ERR(dev))
			return PTR_ERR(dev);
	} else {
		dev = find_bound(req);
		if (IS_ERR(dev))
			return PTR_ERR(dev);
		err = sixpn_bind_attach(machine, dev, req->extack);
		if (err)
			return err;
	}
	req->dev = dev;
	return 0;
}

/* Make or bind what the machine is to hang on. Registering a netdev calls
 * others, who may call us: not under our lock. The RTNL, which we hold, keeps
 * the machine: it is hidden, or hangs on nothing that could take it along.
 */
static int attach(struct machine_request *req, struct sixpn_device *sx,
		  struct sixpn_machine *machine)
{
	int err;

	ASSERT_RTNL();
	if (req->wish.attachment != SIXPN_ATTACHMENT_PORT &&
	    req->wish.attachment != SIXPN_ATTACHMENT_BIND)
		return 0;
	mutex_unlock(&sx->lock);
	err = get_dev(req, machine);
	mutex_lock(&sx->lock);
	return err;
}

/* --- The commands. --- */

static int out_of_memory(int err, struct netlink_ext_ack *extack)
{
	if (err == -ENOMEM)
		NL_SET_ERR_MSG(extack,
			       "There is not enough memory for this request");
	return err;
}

static int machine_new(struct machine_request *req, struct sixpn_device *sx,
		       struct sk_buff *reply)
{
	struct sixpn_machine *machine;
	int err;

	err = resolve(req, sx);
	if (err)
		return err;
	machine = sixpn_machine_reserve(sx, &req->wish, req->extack);
	if (IS_ERR(machine))
		return PTR_ERR(machine);
	err = attach(req, sx, machine);
	if (err) {
		sixpn_machine_discard(machine);
		return err;
	}
	sixpn_machine_publish(machine, req->dev);
	return sixpn_report_object(reply, sx, SIXPN_A_MACHINE, machine);
}

static int check_new(struct machine_request *req)
{
	if (req->wish.addr &&
	    (sixpn_addr_machine(&req->addr) == SIXPN_MACHINE_HOST ||
	     sixpn_addr_sub(&req->addr) != SIXPN_SUB_MACHINE))
		return refuse(req, SIXPN_MACHINE_A_ADDRESS,
			      "The address of a machine ends in ::2, and its machine id is not 0");
	if (req->wish.addr && req->wish.id)
		return refuse(req, SIXPN_MACHINE_A_ID,
			      "Give the machine's id or its address, not both");
	return 0;
}

int sixpn_command_machine_new(struct sk_buff *skb, struct genl_info *info)
{
	struct machine_request req;
	struct sixpn_device *sx;
	struct sixpn_reply reply;
	int err;

	err = read_request(&req, skb, info) ?: check_new(&req) ?:
	      read_settings(&req) ?:
	      sixpn_reply_start(&reply, info, SIXPN_CMD_MACHINE_GET);
	if (err)
		goto out;
	rtnl_lock();
	sx = sixpn_netlink_lock(info);
	if (IS_ERR(sx)) {
		err = PTR_ERR(sx);
	} else {
		err = machine_new(&req, sx, reply.skb);
		sixpn_netlink_unlock(sx);
	}
	rtnl_unlock();
	err = sixpn_reply_end(&reply, err);
out:
	free_request(&req);
	return out_of_memory(err, info->extack);
}

static bool is_attached(const struct sixpn_machine *machine)
{
	return machine->attachment == SIXPN_ATTACHMENT_HOST ||
	       machine->attachment == SIXPN_ATTACHMENT_CLIENT ||
	       rcu_access_pointer(machine->dev);
}

static int machine_set(struct machine_request *req, struct sixpn_device *sx,
		       struct sk_buff *reply, struct list_head *kill)
{
	struct sixpn_machine *machine = find_tenant(req, sx);
	u8 attachment = req->wish.attachment;
	int err;

	if (IS_ERR(machine))
		return PTR_ERR(machine);
	err = resolve(req, sx);
	if (err)
		return err;
	if (attachment != SIXPN_ATTACHMENT_NONE && is_attached(machine)) {
		NL_SET_ERR_MSG_ATTR(req->extack,
				    req->tb[SIXPN_MACHINE_A_ATTACHMENT],
				    "The machine is attached already: detach it first");
		return -EBUSY;
	}
	err = attach(req, sx, machine);
	if (err)
		return err;
	if (attachment != SIXPN_ATTACHMENT_NONE)
		sixpn_machine_attach(machine, attachment, req->dev,
				     req->wish.peer);
	else if (req->attaches)
		sixpn_machine_detach(machine, kill);
	if (req->tb[SIXPN_MACHINE_A_MOVED_TO])
		WRITE_ONCE(machine->moved_to, req->wish.moved_to);
	sixpn_machine_let_in(machine);
	sixpn_device_touch(sx);
	sixpn_event_machine(machine);
	return sixpn_report_object(reply, sx, SIXPN_A_MACHINE, machine);
}

int sixpn_command_machine_set(struct sk_buff *skb, struct genl_info *info)
{
	struct machine_request req;
	struct sixpn_device *sx;
	struct sixpn_reply reply;
	LIST_HEAD(kill);
	int err;

	err = read_named(&req, skb, info) ?: read_settings(&req) ?:
	      sixpn_reply_start(&reply, info, SIXPN_CMD_MACHINE_GET);
	if (err)
		goto out;
	rtnl_lock();
	sx = sixpn_netlink_lock(info);
	if (IS_ERR(sx)) {
		err = PTR_ERR(sx);
	} else {
		err = machine_set(&req, sx, reply.skb, &kill);
		sixpn_netlink_unlock(sx);
	}
	sixpn_machines_release(&kill);
	rtnl_unlock();
	err = sixpn_reply_end(&reply, err);
out:
	free_request(&req);
	return out_of_memory(err, info->extack);
}

/* Its port goes while the RTNL is held and the device's lock is not. */
static int machine_del(struct machine_request *req)
{
	struct sixpn_machine *machine;
	struct sixpn_device *sx;
	LIST_HEAD(kill);

	sx = sixpn_netlink_lock(req->info);
	if (IS_ERR(sx))
		return PTR_ERR(sx);
	machine = find_tenant(req, sx);
	if (!IS_ERR(machine)) {
		sixpn_event_machine_gone(machine);
		sixpn_machine_remove(machine, &kill);
		sixpn_device_touch(sx);
	}
	sixpn_netlink_unlock(sx);
	sixpn_machines_release(&kill);
	return PTR_ERR_OR_ZERO(machine);
}

int sixpn_command_machine_del(struct sk_buff *skb, struct genl_info *info)
{
	struct machine_request req;
	int err;

	err = read_named(&req, skb, info);
	if (err)
		return err;
	rtnl_lock();
	err = machine_del(&req);
	rtnl_unlock();
	return err;
}

int sixpn_command_machine_get(struct sk_buff *skb, struct genl_info *info)
{
	struct sixpn_machine *machine;
	struct machine_request req;
	struct sixpn_device *sx;
	struct sixpn_reply reply;
	int err;

	err = read_named(&req, skb, info) ?:
	      sixpn_reply_start(&reply, info, SIXPN_CMD_MACHINE_GET);
	if (err)
		return err;
	sx = sixpn_netlink_lock(info);
	if (IS_ERR(sx))
		return sixpn_reply_end(&reply, PTR_ERR(sx));
	machine = find(&req, sx);
	err = IS_ERR(machine) ? PTR_ERR(machine) :
				sixpn_report_object(reply.skb, sx,
						    SIXPN_A_MACHINE, machine);
	sixpn_netlink_unlock(sx);
	return sixpn_reply_end(&reply, err);
}
