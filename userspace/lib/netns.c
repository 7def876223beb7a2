// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "reply.h"

/* The kernel sends no more at a time. */
#define RECEIVE_ROOM 32768

struct sixpn_netns {
	int fd;
	uint32_t port;
	uint32_t sequence;
};

static int open_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static bool is_number(const char *word)
{
	return word[0] && !word[strspn(word, "0123456789")];
}

bool sixpn_netns_is_process(const char *word)
{
	char path[4096];

	if (!is_number(word))
		return false;
	snprintf(path, sizeof(path), SIXPN_NETNS_DIR "/%s", word);
	return access(path, F_OK) != 0;
}

int sixpn_netns_open(const char *word, int *fd, struct sixpn_error *error)
{
	char path[4096];
	int ret;

	if (strchr(word, '/')) {
		ret = open_path(word);
	} else {
		snprintf(path, sizeof(path), SIXPN_NETNS_DIR "/%s", word);
		ret = open_path(path);
	}
	if (ret == -ENOENT && is_number(word)) {
		snprintf(path, sizeof(path), "/proc/%s/ns/net", word);
		ret = open_path(path);
		if (ret == -ENOENT)
			return sixpn_error_set(error, ret,
					       "no process %s, and no network namespace of this name",
					       word);
	}
	if (ret == -ENOENT)
		return sixpn_error_set(error, ret,
				       "no network namespace '%s' (make it with ip netns add)",
				       word);
	if (ret < 0)
		return sixpn_error_set(error, ret,
				       "cannot open the network namespace '%s': %s",
				       word, strerror(-ret));
	*fd = ret;
	return 0;
}

int sixpn_netns_self(void)
{
	return open_path("/proc/thread-self/ns/net");
}

struct entrance {
	int netns_fd;
	int fd;		/* result, or negative errno */
	bool refused;	/* by setns() */
};

static int open_socket(void)
{
	int fd, on = 1;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	return fd;
}

/* A socket stays in the namespace it was made in, a thread may change. */
static void *enter(void *argument)
{
	struct entrance *entrance = argument;

	if (setns(entrance->netns_fd, CLONE_NEWNET)) {
		entrance->fd = -errno;
		entrance->refused = true;
	} else {
		entrance->fd = open_socket();
	}
	return NULL;
}

static int socket_in(int netns_fd, struct sixpn_error *error)
{
	struct entrance entrance = { .netns_fd = netns_fd };
	pthread_t thread;
	int ret;

	if (netns_fd < 0) {
		entrance.fd = open_socket();
	} else {
		ret = pthread_create(&thread, NULL, enter, &entrance);
		if (ret)
			return sixpn_error_set(error, -ret,
					       "cannot start a thread: %s",
					       strerror(ret));
		pthread_join(thread, NULL);
	}
	if (entrance.fd < 0 && entrance.refused)
		return sixpn_error_set(error, entrance.fd,
				       "cannot enter the network namespace: %s%s",
				       strerror(-entrance.fd),
				       entrance.fd == -EINVAL ?
				       " (it is not one)" : "");
	if (entrance.fd < 0)
		return sixpn_error_set(error, entrance.fd,
				       "cannot open a netlink socket: %s",
				       strerror(-entrance.fd));
	return entrance.fd;
}

int sixpn_netns_enter(int fd, struct sixpn_netns **result,
		      struct sixpn_error *error)
{
	struct sockaddr_nl name = { .nl_family = AF_NETLINK };
	socklen_t length = sizeof(name);
	struct sixpn_netns *netns;
	int ret;

	*result = NULL;
	ret = socket_in(fd, error);
	if (ret < 0)
		return ret;
	fd = ret;
	netns = calloc(1, sizeof(*netns));
	if (!netns) {
		close(fd);
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	}
	netns->fd = fd;
	if (bind(fd, (struct sockaddr *)&name, sizeof(name)) ||
	    getsockname(fd, (struct sockaddr *)&name, &length)) {
		ret = sixpn_error_set(error, -errno,
				      "cannot open a netlink socket: %s",
				      strerror(errno));
		sixpn_netns_leave(netns);
		return ret;
	}
	netns->port = name.nl_pid;
	*result = netns;
	return 0;
}

void sixpn_netns_leave(struct sixpn_netns *netns)
{
	if (!netns)
		return;
	close(netns->fd);
	free(netns);
}

struct asking {
	sixpn_netns_handler *handle;	/* NULL: nothing but the end matters */
	void *context;
};

/* The reader of replies takes the first bytes for a header of genetlink. */
static int take_message(void *context, uint8_t command, const void *attributes,
			size_t length)
{
	struct asking *asking = context;

	(void)command;
	if (!asking->handle)
		return 0;
	return asking->handle(asking->context,
			      (const char *)attributes - GENL_HDRLEN,
			      length + GENL_HDRLEN);
}

/* Send @message and read its answer to the end. */
static int acknowledged(struct sixpn_netns *netns, struct nl_msg *message,
			struct sixpn_reply *reply)
{
	struct nlmsghdr *header = nlmsg_hdr(message);
	_Alignas(4) char buffer[RECEIVE_ROOM];

	reply->message = take_message;
	header->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	header->nlmsg_seq = reply->sequence = ++netns->sequence;
	header->nlmsg_pid = reply->port = netns->port;
	if (send(netns->fd, header, header->nlmsg_len, 0) < 0)
		return -errno;
	while (!reply->done) {
		ssize_t n = recv(netns->fd, buffer, sizeof(buffer), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (sixpn_reply_feed(reply, buffer, (size_t)n))
			return -EBADMSG;
	}
	return reply->code;
}

int sixpn_netns_ask(struct sixpn_netns *netns, struct nl_msg *message,
		    sixpn_netns_handler *handle, void *context)
{
	struct asking asking = { handle, context };
	struct sixpn_reply reply = { .context = &asking };
	int ret = acknowledged(netns, message, &reply);

	nlmsg_free(message);
	return ret;
}

static int take_index(void *context, const void *data, size_t length)
{
	const struct ifinfomsg *head = data;
	uint32_t *index = context;

	if (length < sizeof(*head))
		return -EBADMSG;
	*index = (uint32_t)head->ifi_index;
	return 0;
}

/*
 * Not by an ioctl, nor by if_nametoindex(): for a name that it does not know
 * the kernel then runs modprobe, twice.
 */
uint32_t sixpn_netns_index(struct sixpn_netns *netns, const char *ifname)
{
	struct ifinfomsg head = { .ifi_family = AF_UNSPEC };
	struct nl_msg *message = nlmsg_alloc_simple(RTM_GETLINK, 0);
	uint32_t index = 0;

	if (!message || nlmsg_append(message, &head, sizeof(head), 4) ||
	    nla_put_string(message, IFLA_IFNAME, ifname)) {
		nlmsg_free(message);
		return 0;
	}
	return sixpn_netns_ask(netns, message, take_index, &index) ? 0 : index;
}

/*
 * @allowed: an error that is none; @done then tells that nothing was to do
 */
static int request(struct sixpn_netns *netns, struct nl_msg *message,
		   int allowed, bool *done, struct sixpn_error *error)
{
	struct asking nothing = { 0 };
	struct sixpn_reply reply = { .context = &nothing };
	int ret = acknowledged(netns, message, &reply);

	nlmsg_free(message);
	*done = !ret;
	if (!ret || ret == allowed)
		return 0;
	return sixpn_error_set(error, ret, "%s",
			       reply.text[0] ? reply.text : strerror(-ret));
}

static int out_of_memory(struct nl_msg *message, struct sixpn_error *error)
{
	nlmsg_free(message);
	return sixpn_error_set(error, -ENOMEM, "out of memory");
}

static struct nl_msg *address_message(int type, int flags, uint32_t ifindex,
				      const struct in6_addr *address,
				      uint8_t length)
{
	struct ifaddrmsg head = {
		.ifa_family = AF_INET6,
		.ifa_prefixlen = length,
		.ifa_flags = IFA_F_NODAD,
		.ifa_index = ifindex,
	};
	struct nl_msg *message = nlmsg_alloc_simple(type, flags);

	if (message && !nlmsg_append(message, &head, sizeof(head), 4) &&
	    !nla_put(message, IFA_LOCAL, sizeof(*address), address) &&
	    !nla_put(message, IFA_ADDRESS, sizeof(*address), address))
		return message;
	nlmsg_free(message);
	return NULL;
}

int sixpn_netns_add_address(struct sixpn_netns *netns, uint32_t ifindex,
			    const struct in6_addr *address, uint8_t length,
			    bool *added, struct sixpn_error *error)
{
	struct nl_msg *message;

	message = address_message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL,
				  ifindex, address, length);
	return message ? request(netns, message, -EEXIST, added, error) :
			 out_of_memory(message, error);
}

int sixpn_netns_add_quiet_address(struct sixpn_netns *netns, uint32_t ifindex,
				  const struct in6_addr *address,
				  uint8_t length, bool *added,
				  struct sixpn_error *error)
{
	const struct ifa_cacheinfo quiet = { .ifa_valid = UINT32_MAX };
	struct nl_msg *message;

	message = address_message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL,
				  ifindex, address, length);
	if (!message || nla_put(message, IFA_CACHEINFO, sizeof(quiet), &quiet))
		return out_of_memory(message, error);
	return request(netns, message, -EEXIST, added, error);
}

int sixpn_netns_remove_address(struct sixpn_netns *netns, uint32_t ifindex,
			       const struct in6_addr *address, uint8_t length,
			       struct sixpn_error *error)
{
	struct nl_msg *message;
	bool removed;

	message = address_message(RTM_DELADDR, 0, ifindex, address, length);
	return message ? request(netns, message, -EADDRNOTAVAIL, &removed,
				 error) : out_of_memory(message, error);
}

bool sixpn_netns_has_address(struct sixpn_netns *netns, uint32_t ifindex,
			     const struct in6_addr *address)
{
	struct nl_msg *message;

	message = address_message(RTM_GETADDR, 0, ifindex, address, 0);
	return message && !sixpn_netns_ask(netns, message, NULL, NULL);
}

static struct nl_msg *route_message(int type, int flags, uint32_t ifindex,
				    const struct in6_addr *prefix,
				    uint8_t length)
{
	struct rtmsg head = {
		.rtm_family = AF_INET6,
		.rtm_dst_len = length,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
	};
	struct nl_msg *message = nlmsg_alloc_simple(type, flags);

	if (message && !nlmsg_append(message, &head, sizeof(head), 4) &&
	    !nla_put(message, RTA_DST, sizeof(*prefix), prefix) &&
	    !nla_put_u32(message, RTA_OIF, ifindex))
		return message;
	nlmsg_free(message);
	return NULL;
}

int sixpn_netns_add_route(struct sixpn_netns *netns, uint32_t ifindex,
			  const struct in6_addr *prefix, uint8_t length,
			  bool *added, struct sixpn_error *error)
{
	struct nl_msg *message;

	message = route_message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL,
				ifindex, prefix, length);
	return message ? request(netns, message, -EEXIST, added, error) :
			 out_of_memory(message, error);
}

int sixpn_netns_remove_route(struct sixpn_netns *netns, uint32_t ifindex,
			     const struct in6_addr *prefix, uint8_t length,
			     struct sixpn_error *error)
{
	struct nl_msg *message;
	bool removed;

	message = route_message(RTM_DELROUTE, 0, ifindex, prefix, length);
	return message ? request(netns, message, -ESRCH, &removed, error) :
			 out_of_memory(message, error);
}
