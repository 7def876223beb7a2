// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "keys.h"
#include "message.h"
#include "reply.h"
#include "request.h"

#define RECEIVE_ROOM ((size_t)64 * 1024)
#define READ_ATTEMPTS 12
/* Events that nobody has read yet. */
#define EVENTS_ROOM (4 * 1024 * 1024)

struct sixpn_netlink {
	struct nl_sock *socket;
	int family;
	char *buffer;		/* one datagram; keys pass through it */
	size_t room;
};

/* libnl numbers its own errors; only a few of them can reach us. */
static int from_libnl(int code)
{
	switch (code < 0 ? -code : code) {
	case NLE_OBJ_NOTFOUND:
		return -ENOENT;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_AF_NOSUPPORT:
	case NLE_PROTO_MISMATCH:
		return -EPROTONOSUPPORT;
	default:
		return -EIO;
	}
}

static void set_option(struct sixpn_netlink *netlink, int option)
{
	int on = 1;

	/* Both are older than any kernel the module builds for; without them
	 * errors only lose their sentence.
	 */
	setsockopt(nl_socket_get_fd(netlink->socket), SOL_NETLINK, option, &on,
		   sizeof(on));
}

int sixpn_netlink_open(struct sixpn_netlink **result, struct sixpn_error *error)
{
	struct sixpn_netlink *netlink = calloc(1, sizeof(*netlink));
	int ret;

	*result = NULL;
	if (netlink) {
		netlink->room = RECEIVE_ROOM;
		netlink->buffer = malloc(netlink->room);
		netlink->socket = nl_socket_alloc();
	}
	if (!netlink || !netlink->buffer || !netlink->socket) {
		sixpn_netlink_close(netlink);
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	}
	ret = genl_connect(netlink->socket);
	if (ret < 0) {
		sixpn_error_set(error, 0, "cannot open a netlink socket: %s",
				nl_geterror(ret));
		goto err_close;
	}
	ret = genl_ctrl_resolve(netlink->socket, SIXPN_GENL_NAME);
	if (ret < 0) {
		if (from_libnl(ret) == -ENOENT)
			sixpn_error_set(error, 0, "the kernel module is not loaded (try: modprobe sixpn)");
		else
			sixpn_error_set(error, 0, "cannot look up the kernel module: %s",
					nl_geterror(ret));
		goto err_close;
	}
	netlink->family = ret;
	set_option(netlink, NETLINK_EXT_ACK);
	set_option(netlink, NETLINK_CAP_ACK);
	*result = netlink;
	return 0;

err_close:
	sixpn_netlink_close(netlink);
	return from_libnl(ret);
}

void sixpn_netlink_close(struct sixpn_netlink *netlink)
{
	if (!netlink)
		return;
	nl_socket_free(netlink->socket);
	if (netlink->buffer)
		sixpn_key_wipe(netlink->buffer, netlink->room);
	free(netlink->buffer);
	free(netlink);
}

/*
 * Read one datagram, whatever its size, into the buffer. Return: its length or
 * a negative errno. libnl's own receive would hide ENOBUFS.
 */
static ssize_t receive(struct sixpn_netlink *netlink)
{
	int fd = nl_socket_get_fd(netlink->socket);

	for (;;) {
		struct sockaddr_nl from = { 0 };
		struct iovec iov = { netlink->buffer, netlink->room };
		struct msghdr header = {
			.msg_name = &from, .msg_namelen = sizeof(from),
			.msg_iov = &iov, .msg_iovlen = 1,
		};
		ssize_t n = recvmsg(fd, &header, MSG_PEEK | MSG_TRUNC);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if ((size_t)n > netlink->room) {
			char *grown = malloc((size_t)n);

			if (!grown)
				return -ENOMEM;
			sixpn_key_wipe(netlink->buffer, netlink->room);
			free(netlink->buffer);
			netlink->buffer = grown;
			netlink->room = (size_t)n;
			continue;
		}
		n = recvmsg(fd, &header, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		/* Only the kernel's port is 0: others may write to us too. */
		if (!from.nl_pid)
			return n;
	}
}

/* A request may be as large as the socket's send buffer. */
static int make_room(struct sixpn_netlink *netlink, size_t size)
{
	int fd = nl_socket_get_fd(netlink->socket), wanted;

	if (size > INT32_MAX / 2 - 4096)
		return -EMSGSIZE;
	if (size < 65536)
		return 0;
	wanted = (int)size + 4096;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &wanted, sizeof(wanted)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof(wanted));
	return 0;
}

/* The kernel's words, or ours for what it says with a number alone. */
static int explain(const struct sixpn_reply *reply,
		   const struct nlmsghdr *request, struct sixpn_error *error)
{
	char where[128] = "";
	const char *text = reply->text;

	if (!text[0]) {
		switch (-reply->code) {
		case EPERM:
			text = "not permitted: CAP_NET_ADMIN is needed (run as root)";
			break;
		case EOPNOTSUPP:
			text = "not a device of kind sixpn";
			break;
		default:
			text = strerror(-reply->code);
		}
	}
	if (reply->has_offset)
		sixpn_message_attribute_at(where, sizeof(where), request,
					   reply->offset);
	/* The name is in front of the sentence already. */
	if (reply->code == -ENODEV)
		return sixpn_error_set(error, reply->code, "no such device in this network namespace (sixpn show interfaces lists them, ip link add NAME type sixpn makes one)");
	if (where[0])
		return sixpn_error_set(error, reply->code, "%s (%s)", text,
				       where);
	return sixpn_error_set(error, reply->code, "%s", text);
}

int sixpn_request_send(struct sixpn_netlink *netlink, struct nl_msg *message,
		       struct sixpn_reply *reply, struct sixpn_error *error)
{
	int ret;

	nl_complete_msg(netlink->socket, message);
	reply->sequence = nlmsg_hdr(message)->nlmsg_seq;
	reply->port = nl_socket_get_local_port(netlink->socket);
	ret = make_room(netlink, nlmsg_hdr(message)->nlmsg_len);
	if (ret)
		return sixpn_error_set(error, ret, "too much for one request");
	if (sendto(nl_socket_get_fd(netlink->socket), nlmsg_hdr(message),
		   nlmsg_hdr(message)->nlmsg_len, 0, NULL, 0) < 0)
		return sixpn_error_set(error, -errno,
				       "cannot send to the kernel: %s",
				       errno == EMSGSIZE ?
				       "the request is larger than net.core.wmem_max" :
				       strerror(errno));
	while (!reply->done) {
		ssize_t n = receive(netlink);

		if (n < 0)
			return sixpn_error_set(error, (int)n,
					       "cannot read from the kernel: %s",
					       strerror((int)-n));
		ret = sixpn_reply_feed(reply, netlink->buffer, (size_t)n);
		if (ret)
			return sixpn_error_set(error, ret,
					       "the kernel's answer is malformed");
	}
	if (reply->code)
		explain(reply, nlmsg_hdr(message), error);
	return reply->code;
}

struct nl_msg *sixpn_request_new(struct sixpn_netlink *netlink, uint8_t command,
				 int flags, size_t size)
{
	struct nl_msg *message;

	message = nlmsg_alloc_size(NLMSG_HDRLEN + GENL_HDRLEN + size);
	if (message && !genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ,
				    netlink->family, 0, flags, command,
				    SIXPN_GENL_VERSION)) {
		nlmsg_free(message);
		message = NULL;
	}
	return message;
}

void sixpn_request_free(struct nl_msg *message)
{
	sixpn_key_wipe(nlmsg_hdr(message), nlmsg_hdr(message)->nlmsg_len);
	nlmsg_free(message);
}

/* Wait a little longer each time: 1 ms, 2 ms, 4 ms ... */
static void back_off(unsigned int attempt)
{
	struct timespec pause = { 0, 1000000L << (attempt < 8 ? attempt : 8) };

	nanosleep(&pause, NULL);
}

static int restless(struct sixpn_error *error)
{
	return sixpn_error_set(error, -EAGAIN,
			       "the configuration changed each time it was read");
}

static int take_listed(void *context, uint8_t command, const void *attributes,
		       size_t length)
{
	struct sixpn_device *device;

	(void)command;
	device = sixpn_device_list_add(context);
	if (!device)
		return -ENOMEM;
	return sixpn_message_parse_device(device, attributes, length);
}

int sixpn_netlink_device_list(struct sixpn_netlink *netlink,
			      struct sixpn_device_list *list,
			      struct sixpn_error *error)
{
	unsigned int attempt;

	for (attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
		struct sixpn_reply reply = {
			.message = take_listed, .context = list,
		};
		struct nl_msg *message;
		int ret;

		if (attempt)
			back_off(attempt);
		message = sixpn_request_new(netlink, SIXPN_CMD_DEVICE_GET,
					    NLM_F_DUMP, 0);
		if (!message)
			return sixpn_error_set(error, -ENOMEM, "out of memory");
		ret = sixpn_request_send(netlink, message, &reply, error);
		sixpn_request_free(message);
		if (!ret && !reply.interrupted)
			return 0;
		sixpn_device_list_clear(list);
		if (ret)
			return ret;
	}
	return restless(error);
}

struct reading {
	struct sixpn_device *device;
	bool changed;
};

/* A message of a device or of a peer; all must be of one generation. */
static int take_read(void *context, uint8_t command, const void *attributes,
		     size_t length)
{
	struct reading *reading = context;
	struct sixpn_device *device = reading->device;
	bool had = device->has & SIXPN_DEVICE_HAS_GENERATION;
	uint32_t generation = device->generation;
	int ret;

	(void)command;
	ret = sixpn_message_parse_device(device, attributes, length);
	if (!ret && had && device->generation != generation)
		reading->changed = true;
	return ret;
}

static int read_once(struct sixpn_netlink *netlink, uint8_t command, int flags,
		     const struct sixpn_device *name, struct reading *reading,
		     struct sixpn_error *error)
{
	struct sixpn_reply reply = {
		.message = take_read, .context = reading,
	};
	struct nl_msg *message;
	int ret;

	message = sixpn_request_new(netlink, command, flags, NLA_HDRLEN + IFNAMSIZ);
	if (!message || sixpn_message_put_name(message, name)) {
		nlmsg_free(message);
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	}
	ret = sixpn_request_send(netlink, message, &reply, error);
	sixpn_request_free(message);
	if (reply.interrupted)
		reading->changed = true;
	return ret;
}

/* The dumps of one device, and how many entries each will have. */
static int read_parts(struct sixpn_netlink *netlink, unsigned int parts,
		      const struct sixpn_device *name, struct reading *reading,
		      struct sixpn_error *error)
{
	struct sixpn_device *device = reading->device;
	const struct {
		unsigned int part;
		uint8_t command;
		uint32_t wanted;
		const size_t *count;
	} dumps[] = {
		{ SIXPN_READ_PEERS, SIXPN_CMD_PEER_GET,
		  device->kernel_peer_count, &device->peer_count },
		{ SIXPN_READ_NETWORKS, SIXPN_CMD_NETWORK_GET,
		  device->kernel_network_count, &device->network_count },
		{ SIXPN_READ_MACHINES, SIXPN_CMD_MACHINE_GET,
		  device->kernel_machine_count, &device->machine_count },
		{ SIXPN_READ_ROUTES, SIXPN_CMD_ROUTE_GET,
		  device->kernel_route_count, &device->route_count },
	};
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < sizeof(dumps) / sizeof(*dumps); i++) {
		/* What there was none of is not asked for: should some come
		 * meanwhile, the state before is as good an answer.
		 */
		if (!(parts & dumps[i].part) || !dumps[i].wanted)
			continue;
		ret = read_once(netlink, dumps[i].command, NLM_F_DUMP, name,
				reading, error);
		/* One with none left sends no message that tells it. */
		if (*dumps[i].count != dumps[i].wanted)
			reading->changed = true;
	}
	return ret;
}

int sixpn_netlink_device_get(struct sixpn_netlink *netlink, const char *ifname,
			     unsigned int parts, struct sixpn_device *device,
			     struct sixpn_error *error)
{
	unsigned int attempt;

	for (attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
		struct reading reading = { .device = device };
		struct sixpn_device name = { 0 };
		int ret;

		if (attempt)
			back_off(attempt);
		sixpn_device_clear(device);
		strncpy(name.ifname, ifname, sizeof(name.ifname) - 1);
		ret = read_once(netlink, SIXPN_CMD_DEVICE_GET, NLM_F_ACK, &name,
				&reading, error);
		/* By index: the name may pass to another device meanwhile. */
		name.ifname[0] = '\0';
		name.ifindex = device->ifindex;
		if (!ret)
			ret = read_parts(netlink, parts, &name, &reading,
					 error);
		if (ret) {
			sixpn_device_clear(device);
			return ret;
		}
		if (!reading.changed)
			return 0;
	}
	sixpn_device_clear(device);
	return restless(error);
}

static int take_nothing(void *context, uint8_t command, const void *attributes,
			size_t length)
{
	return 0;
}

int sixpn_netlink_device_set(struct sixpn_netlink *netlink,
			     const struct sixpn_device *change,
			     struct sixpn_error *error)
{
	struct sixpn_reply reply = { .message = take_nothing };
	size_t size = sixpn_message_size(change);
	struct nl_msg *message;
	int ret;

	if (size > INT32_MAX / 2)
		return sixpn_error_set(error, -EMSGSIZE,
				       "too much for one request");
	message = sixpn_request_new(netlink, SIXPN_CMD_DEVICE_SET, NLM_F_ACK, size);
	if (!message)
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	ret = sixpn_message_put_device(message, change);
	if (ret)
		sixpn_error_set(error, ret, "too much for one request");
	else
		ret = sixpn_request_send(netlink, message, &reply, error);
	sixpn_request_free(message);
	return ret;
}

int sixpn_netlink_events_join(struct sixpn_netlink *netlink,
			      struct sixpn_error *error)
{
	int fd = nl_socket_get_fd(netlink->socket), room = EVENTS_ROOM;
	int group, ret;

	/* With less, some are lost earlier; that is told and dealt with. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));

	group = genl_ctrl_resolve_grp(netlink->socket, SIXPN_GENL_NAME,
				      SIXPN_GENL_EVENTS);
	if (group < 0)
		return sixpn_error_set(error, from_libnl(group),
				       "the kernel module has no events: %s",
				       nl_geterror(group));
	ret = nl_socket_add_memberships(netlink->socket, group, 0);
	if (ret < 0) {
		ret = from_libnl(ret);
		return sixpn_error_set(error, ret, ret == -EPERM ?
				       "not permitted: CAP_NET_ADMIN is needed (run as root)" :
				       "cannot join the events");
	}
	return 0;
}

int sixpn_netlink_events_fd(const struct sixpn_netlink *netlink)
{
	return nl_socket_get_fd(netlink->socket);
}

int sixpn_netlink_events_read(struct sixpn_netlink *netlink,
			      sixpn_event_handler *handle, void *context,
			      struct sixpn_error *error)
{
	const struct sixpn_event lost = { .command = SIXPN_CMD_UNSPEC };
	ssize_t n = receive(netlink);

	if (n == -ENOBUFS)
		return handle(context, &lost);
	if (n < 0)
		return sixpn_error_set(error, (int)n, "cannot read events: %s",
				       strerror((int)-n));
	return sixpn_event_feed((uint16_t)netlink->family, netlink->buffer,
				(size_t)n, handle, context);
}
