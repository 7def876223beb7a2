/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses and routes of one network namespace, the caller's or another one.
 */
#ifndef SIXPN_LIB_NETNS_H
#define SIXPN_LIB_NETNS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <netlink/msg.h>

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

/**
 * sixpn_netns_is_process() - whether a word stands for a process now
 *
 * It may be another one the next time.
 */
bool sixpn_netns_is_process(const char *word);

/* The namespace of the caller. Return: a descriptor as above, or an errno. */
int sixpn_netns_self(void);

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
uint32_t sixpn_netns_index(struct sixpn_netns *netns, const char *ifname);

/**
 * sixpn_netns_add_address() - ADDRESS/LENGTH on a netdev, without duplicate
 *	address detection
 * @added: whether it was not there before
 *
 * Return: 0 or a negative errno.
 */
int sixpn_netns_add_address(struct sixpn_netns *netns, uint32_t ifindex,
			    const struct in6_addr *address, uint8_t length,
			    bool *added, struct sixpn_error *error);

/*
 * The same for an address that the host is asked at, but does not speak from
 * unless a socket says so: its preferred lifetime is over.
 */
int sixpn_netns_add_quiet_address(struct sixpn_netns *netns, uint32_t ifindex,
				  const struct in6_addr *address,
				  uint8_t length, bool *added,
				  struct sixpn_error *error);

/* Not an error if it is gone already. */
int sixpn_netns_remove_address(struct sixpn_netns *netns, uint32_t ifindex,
			       const struct in6_addr *address, uint8_t length,
			       struct sixpn_error *error);

bool sixpn_netns_has_address(struct sixpn_netns *netns, uint32_t ifindex,
			     const struct in6_addr *address);

/**
 * sixpn_netns_add_route() - PREFIX/LENGTH through a netdev, without a gateway
 * @added: false if the prefix has such a route already, perhaps elsewhere
 *
 * Return: 0 or a negative errno.
 */
int sixpn_netns_add_route(struct sixpn_netns *netns, uint32_t ifindex,
			  const struct in6_addr *prefix, uint8_t length,
			  bool *added, struct sixpn_error *error);

/* Not an error if it is gone already. */
int sixpn_netns_remove_route(struct sixpn_netns *netns, uint32_t ifindex,
			     const struct in6_addr *prefix, uint8_t length,
			     struct sixpn_error *error);

/* Takes one message of an answer: all of it after its netlink header. */
typedef int sixpn_netns_handler(void *context, const void *data, size_t length);

/**
 * sixpn_netns_ask() - another request to rtnetlink
 * @message: flags are set here, but for NLM_F_DUMP; freed
 *
 * Return: 0, what @handle returned, or a negative errno.
 */
int sixpn_netns_ask(struct sixpn_netns *netns, struct nl_msg *message,
		    sixpn_netns_handler *handle, void *context);

#endif
