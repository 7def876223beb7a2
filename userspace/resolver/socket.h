/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two sockets of the resolver: port 53 of every address of a netdev. Whose
 * addresses they are is place.h's.
 */
#ifndef SIXPN_RESOLVER_SOCKET_H
#define SIXPN_RESOLVER_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

#define SIXPN_SOCKET_PORT 53

/**
 * sixpn_socket_open() - a socket of port 53 that takes what comes in by a netdev
 * @type: SOCK_DGRAM or SOCK_STREAM; the latter listens
 *
 * Return: a descriptor, not blocking, or a negative errno.
 */
int sixpn_socket_open(int type, const char *ifname, struct sixpn_error *error);

/* Whether it is such a socket, of this netdev and no other of its name. */
bool sixpn_socket_is_of(int fd, int type, uint32_t ifindex);

#endif
