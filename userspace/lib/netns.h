/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses and routes of one network namespace, the caller's or another one.
 */
#ifndef SIXPN_LIB_NETNS_H
#define SIXPN_LIB_NETNS_H

#include <netinet/in.h>
#include <stdint.h>

#include "error.h"

/* Where names of network namespaces live; see ip-netns(8). */
#define SIXPN_NETNS_DIR "/run/netns"

/**
 * sixpn_netns_open() - the namespace a word stands for
 * @word: a name below SIXPN_NETNS_DIR, the number of a process, or a path with
 *	a '/' in it; in this order
 * @fd: to be closed by the caller; close-on-exec
 *
 * Return: 0 or a negative errno.
 */
int sixpn_netns_open(const char *word, int *fd, struct sixpn_error *error);

struct sixpn_netns;

/**
 * sixpn_netns_enter() - a socket for the requests below
 * @fd: the namespace, -1 for that of the caller; needed only for this call
 * @result: freed by sixpn_netns_leave()
 *
 * The calling thread stays where it is.
 *
 * Return: 0 or a negative errno; -EPERM without CAP_SYS_ADMIN, which it takes
 * to work in another namespace.
 */
int sixpn_netns_enter(int fd, struct sixpn_netns **result,
		      struct sixpn_error *error);
void sixpn_netns_leave(struct sixpn_netns *netns);

/* Index of a netdev of the namespace, 0 if it has none of this name. */
uint32_t sixpn_netns_index(const struct sixpn_netns *netns, const char *ifname);

/**
 * sixpn_netns_add_address() - ADDRESS/LENGTH on a netdev, without duplicate
 *	address detection
 *
 * Not an error if it is there already.
 *
 * Return: 0 or a negative errno.
 */
int sixpn_netns_add_address(struct sixpn_netns *netns, uint32_t ifindex,
			    const struct in6_addr *address, uint8_t length,
			    struct sixpn_error *error);

/* Not an error if it is gone already. */
int sixpn_netns_remove_address(struct sixpn_netns *netns, uint32_t ifindex,
			       const struct in6_addr *address, uint8_t length,
			       struct sixpn_error *error);

/**
 * sixpn_netns_add_route() - PREFIX/LENGTH through a netdev, without a gateway
 *
 * Not an error if the prefix has such a route already, perhaps elsewhere.
 *
 * Return: 0 or a negative errno.
 */
int sixpn_netns_add_route(struct sixpn_netns *netns, uint32_t ifindex,
			  const struct in6_addr *prefix, uint8_t length,
			  struct sixpn_error *error);

#endif
