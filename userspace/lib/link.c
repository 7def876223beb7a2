// SPDX-License-Identifier: GPL-2.0-or-later
#include "link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sixpn/addr.h>

#define KIND "sixpn"

static struct nl_msg *link_message(int type, int flags, const char *ifname,
				   unsigned int set)
{
	struct ifinfomsg head = {
		.ifi_family = AF_UNSPEC, .ifi_flags = set, .ifi_change = set,
	};
	struct nl_msg *message = nlmsg_alloc_simple(type, flags);

	if (message && !nlmsg_append(message, &head, sizeof(head), 4) &&
	    !nla_put_string(message, IFLA_IFNAME, ifname))
		return message;
	nlmsg_free(message);
	return NULL;
}

static int out_of_memory(struct nl_msg *message, struct sixpn_error *error)
{
	nlmsg_free(message);
	return sixpn_error_set(error, -ENOMEM, "out of memory");
}

static bool is_mesh(struct nlattr *info)
{
	struct nlattr *tb[IFLA_INFO_MAX + 1];

	return info && !nla_parse_nested(tb, IFLA_INFO_MAX, info, NULL) &&
	       tb[IFLA_INFO_KIND] && !nla_strcmp(tb[IFLA_INFO_KIND], KIND);
}

static int take_link(void *context, const void *data, size_t length)
{
	const size_t offset = NLMSG_ALIGN(sizeof(struct ifinfomsg));
	const struct ifinfomsg *head = data;
	struct nlattr *tb[IFLA_MAX + 1];
	struct sixpn_link *link = context;

	if (length < offset ||
	    nla_parse(tb, IFLA_MAX,
		      (struct nlattr *)((uintptr_t)data + offset),
		      (int)(length - offset), NULL) < 0)
		return -EBADMSG;
	link->ifindex = (uint32_t)head->ifi_index;
	link->up = head->ifi_flags & IFF_UP;
	link->mtu = tb[IFLA_MTU] ? nla_get_u32(tb[IFLA_MTU]) : 0;
	link->is_mesh = is_mesh(tb[IFLA_LINKINFO]);
	return 0;
}

static int ask(struct sixpn_netns *netns, struct nl_msg *message,
	       struct sixpn_link *link, const char *ifname, const char *what,
	       struct sixpn_error *error)
{
	int ret = sixpn_netns_ask(netns, message, link ? take_link : NULL,
				  link);

	if (!ret)
		return 0;
	if (ret == -EPERM)
		return sixpn_error_set(error, ret,
				       "%s: cannot be %s: it takes root",
				       ifname, what);
	return sixpn_error_set(error, ret, "%s: cannot be %s: %s", ifname, what,
			       strerror(-ret));
}

int sixpn_link_get(struct sixpn_netns *netns, const char *ifname,
		   struct sixpn_link *link, struct sixpn_error *error)
{
	struct nl_msg *message = link_message(RTM_GETLINK, 0, ifname, 0);

	memset(link, 0, sizeof(*link));
	return message ? ask(netns, message, link, ifname, "read", error) :
			 out_of_memory(message, error);
}

int sixpn_link_make(struct sixpn_netns *netns, const char *ifname,
		    struct sixpn_error *error)
{
	struct nl_msg *message = link_message(RTM_NEWLINK,
					      NLM_F_CREATE | NLM_F_EXCL,
					      ifname, 0);
	struct nlattr *info = message ? nla_nest_start(message, IFLA_LINKINFO) :
					NULL;
	int ret;

	if (!info || nla_put_string(message, IFLA_INFO_KIND, KIND) ||
	    nla_nest_end(message, info) < 0)
		return out_of_memory(message, error);
	ret = ask(netns, message, NULL, ifname, "made", error);
	if (ret == -EOPNOTSUPP)
		sixpn_error_set(error, ret,
				"%s: cannot be made: the kernel has no module sixpn (run: modprobe sixpn)",
				ifname);
	return ret;
}

int sixpn_link_set_up(struct sixpn_netns *netns, const char *ifname,
		      uint32_t mtu, struct sixpn_error *error)
{
	struct nl_msg *message = link_message(RTM_NEWLINK, 0, ifname, IFF_UP);

	if (!message || (mtu && nla_put_u32(message, IFLA_MTU, mtu)))
		return out_of_memory(message, error);
	return ask(netns, message, NULL, ifname,
		   mtu ? "set up with this MTU" : "set up", error);
}

int sixpn_link_remove(struct sixpn_netns *netns, const char *ifname,
		      struct sixpn_error *error)
{
	struct nl_msg *message = link_message(RTM_DELLINK, 0, ifname, 0);

	return message ? ask(netns, message, NULL, ifname, "removed", error) :
			 out_of_memory(message, error);
}

/* --- Endpoints. --- */

static bool is_global4(const struct in_addr *address)
{
	uint32_t value = ntohl(address->s_addr);

	return value >> 24 && value >> 24 != 127 && value >> 28 < 14 &&
	       value >> 16 != 0xa9fe;
}

static bool is_global6(const struct in6_addr *address)
{
	return !sixpn_addr_is(address) && !IN6_IS_ADDR_UNSPECIFIED(address) &&
	       !IN6_IS_ADDR_LOOPBACK(address) &&
	       !IN6_IS_ADDR_LINKLOCAL(address) &&
	       !IN6_IS_ADDR_MULTICAST(address) &&
	       !IN6_IS_ADDR_V4MAPPED(address);
}

static bool write_endpoint(char *text, size_t room,
			   const struct sockaddr *address, uint16_t port)
{
	char host[INET6_ADDRSTRLEN];
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;

	if (address->sa_family == AF_INET && is_global4(&v4->sin_addr)) {
		inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
		snprintf(text, room, "%s:%u", host, port);
		return true;
	}
	if (address->sa_family == AF_INET6 && is_global6(&v6->sin6_addr)) {
		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
		snprintf(text, room, "[%s]:%u", host, port);
		return true;
	}
	return false;
}

int sixpn_link_endpoints(uint16_t port, const char *mesh,
			 char (*endpoints)[SIXPN_ENDPOINT_WORD_MAX + 1],
			 size_t max, struct sixpn_error *error)
{
	struct ifaddrs *all, *one;
	size_t count = 0, i;

	if (getifaddrs(&all))
		return sixpn_error_set(error, -errno,
				       "cannot read the addresses of this host: %s",
				       strerror(errno));
	for (one = all; one && count < max; one = one->ifa_next) {
		if (!one->ifa_addr || !(one->ifa_flags & IFF_UP) ||
		    one->ifa_flags & IFF_LOOPBACK ||
		    !strcmp(one->ifa_name, mesh) ||
		    !write_endpoint(endpoints[count], sizeof(*endpoints),
				    one->ifa_addr, port))
			continue;
		for (i = 0; strcmp(endpoints[i], endpoints[count]); i++)
			;
		count += i == count;
	}
	freeifaddrs(all);
	return (int)count;
}
