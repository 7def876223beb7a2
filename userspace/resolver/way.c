// SPDX-License-Identifier: GPL-2.0-or-later
#include "way.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sixpn/addr.h>

/* Before the main table. */
#define PRIORITY 13846
#define PREFIX_LEN 16

/* @added: set if it was not there */
static int ask(struct sixpn_netns *netns, struct nl_msg *message, bool *added,
	       const char *what, struct sixpn_error *error)
{
	int ret = sixpn_netns_ask(netns, message, NULL, NULL);

	*added |= !ret;
	if (!ret || ret == -EEXIST)
		return 0;
	return sixpn_error_set(error, ret, "no %s for answers: %s", what,
			       strerror(-ret));
}

static int out_of_memory(struct nl_msg *message, struct sixpn_error *error)
{
	nlmsg_free(message);
	return sixpn_error_set(error, -ENOMEM, "out of memory");
}

static int add_rule(struct sixpn_netns *netns, bool *added,
		    struct sixpn_error *error)
{
	struct fib_rule_hdr head = {
		.family = AF_INET6, .action = FR_ACT_TO_TBL,
	};
	struct nl_msg *message =
		nlmsg_alloc_simple(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL);

	if (!message || nlmsg_append(message, &head, sizeof(head), 4) ||
	    nla_put_u32(message, FRA_PRIORITY, PRIORITY) ||
	    nla_put_u32(message, FRA_FWMARK, SIXPN_WAY_MARK) ||
	    nla_put_u32(message, FRA_FWMASK, UINT32_MAX) ||
	    nla_put_u32(message, FRA_TABLE, SIXPN_WAY_MARK))
		return out_of_memory(message, error);
	return ask(netns, message, added, "rule", error);
}

/* @flag: what becomes of one that is there: NLM_F_EXCL: it stays; NLM_F_REPLACE */
static int add_route(struct sixpn_netns *netns, uint32_t ifindex, int flag,
		     bool *added, struct sixpn_error *error)
{
	struct rtmsg head = {
		.rtm_family = AF_INET6, .rtm_dst_len = PREFIX_LEN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = RT_SCOPE_UNIVERSE, .rtm_type = RTN_UNICAST,
	};
	struct nl_msg *message =
		nlmsg_alloc_simple(RTM_NEWROUTE, NLM_F_CREATE | flag);
	struct in6_addr prefix;

	sixpn_addr_build(&prefix, SIXPN_NETWORK_NONE, SIXPN_HOST_WELLKNOWN, 0,
			 0);
	if (!message || nlmsg_append(message, &head, sizeof(head), 4) ||
	    nla_put(message, RTA_DST, sizeof(prefix), &prefix) ||
	    nla_put_u32(message, RTA_OIF, ifindex) ||
	    nla_put_u32(message, RTA_TABLE, SIXPN_WAY_MARK))
		return out_of_memory(message, error);
	return ask(netns, message, added, "route", error);
}

int sixpn_way_open(struct sixpn_netns *netns, uint32_t ifindex,
		   struct sixpn_error *error)
{
	bool added = false;
	int ret = add_rule(netns, &added, error);

	return ret ? ret : add_route(netns, ifindex, NLM_F_REPLACE, &added,
				     error);
}

int sixpn_way_keep(struct sixpn_netns *netns, uint32_t ifindex, bool *mended,
		   struct sixpn_error *error)
{
	int ret = add_rule(netns, mended, error);

	return ret ? ret : add_route(netns, ifindex, NLM_F_EXCL, mended, error);
}
