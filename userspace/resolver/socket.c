// SPDX-License-Identifier: GPL-2.0-or-later
#include "socket.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "way.h"

#define BACKLOG 1024
/* What comes while the loop is elsewhere, be it a restart, waits here. */
#define BUFFER (4 * 1024 * 1024)
/* Of a connection, whose owner may be hostile: the largest answer, and queries. */
#define SEND_BUFFER (128 * 1024)
#define RECEIVE_BUFFER (32 * 1024)

static int set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) ? -errno : 0;
}

/*
 * Connections have theirs from the socket that listens. More than the system
 * allows everybody takes a capability.
 */
static void set_buffers(int fd, int type)
{
	if (type == SOCK_STREAM) {
		set(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER);
		set(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
		return;
	}
	if (set(fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER))
		set(fd, SOL_SOCKET, SO_RCVBUF, BUFFER);
	if (set(fd, SOL_SOCKET, SO_SNDBUFFORCE, BUFFER))
		set(fd, SOL_SOCKET, SO_SNDBUF, BUFFER);
}

static int prepare(int fd, int type, const char *ifname)
{
	const struct sockaddr_in6 any = {
		.sin6_family = AF_INET6, .sin6_port = htons(SIXPN_SOCKET_PORT),
	};
	int ret = set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);

	if (!ret && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, ifname,
			       (socklen_t)strnlen(ifname, IFNAMSIZ)))
		ret = -errno;
	/* Those who connect have it from the socket that listens. */
	if (!ret)
		ret = set(fd, SOL_SOCKET, SO_MARK, SIXPN_WAY_MARK);
	if (!ret && type == SOCK_STREAM)
		ret = set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (!ret && type == SOCK_DGRAM)
		ret = set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	if (!ret)
		set_buffers(fd, type);
	if (!ret && bind(fd, (const struct sockaddr *)&any, sizeof(any)))
		ret = -errno;
	if (!ret && type == SOCK_STREAM && listen(fd, BACKLOG))
		ret = -errno;
	return ret;
}

int sixpn_socket_open(int type, const char *ifname, struct sixpn_error *error)
{
	int fd = socket(AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int ret = fd < 0 ? -errno : prepare(fd, type, ifname);

	if (!ret)
		return fd;
	if (fd >= 0)
		close(fd);
	return sixpn_error_set(error, ret, "cannot listen at port %d of %s by %s: %s",
			       SIXPN_SOCKET_PORT, ifname,
			       type == SOCK_STREAM ? "TCP" : "UDP",
			       strerror(-ret));
}

static int get(int fd, int level, int name)
{
	socklen_t length = sizeof(int);
	int value;

	return getsockopt(fd, level, name, &value, &length) ? -1 : value;
}

bool sixpn_socket_is_of(int fd, int type, uint32_t ifindex)
{
	struct sockaddr_in6 address = { 0 };
	socklen_t length = sizeof(address);

	return get(fd, SOL_SOCKET, SO_TYPE) == type &&
	       get(fd, SOL_SOCKET, SO_BINDTOIFINDEX) == (int)ifindex &&
	       get(fd, IPPROTO_IPV6, type == SOCK_DGRAM ? IPV6_RECVPKTINFO :
							  IPV6_V6ONLY) == 1 &&
	       !getsockname(fd, (struct sockaddr *)&address, &length) &&
	       address.sin6_port == htons(SIXPN_SOCKET_PORT);
}
