/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The netdev of a mesh device: what rtnetlink is needed for.
 */
#ifndef SIXPN_LIB_LINK_H
#define SIXPN_LIB_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "netns.h"
#include "parse.h"

/**
 * struct sixpn_link - a netdev as it is
 * @is_mesh: it is a mesh device
 */
struct sixpn_link {
	uint32_t ifindex;
	uint32_t mtu;
	bool up;
	bool is_mesh;
};

/* Return: 0, -ENODEV or another negative errno. */
int sixpn_link_get(struct sixpn_netns *netns, const char *ifname,
		   struct sixpn_link *link, struct sixpn_error *error);

/**
 * sixpn_link_make() - a mesh device, down; loads the module if need be
 *
 * Return: 0, -EEXIST, -EOPNOTSUPP (no module) or another negative errno.
 */
int sixpn_link_make(struct sixpn_netns *netns, const char *ifname,
		    struct sixpn_error *error);

/**
 * sixpn_link_set_up() - up, and of this MTU
 * @mtu: 0: leave it as it is
 */
int sixpn_link_set_up(struct sixpn_netns *netns, const char *ifname,
		      uint32_t mtu, struct sixpn_error *error);

/* Whatever it is: see @is_mesh. Return: 0, -ENODEV or another negative errno. */
int sixpn_link_remove(struct sixpn_netns *netns, const char *ifname,
		      struct sixpn_error *error);

/**
 * sixpn_link_endpoints() - where others may reach a host that was not told
 * @port: of the endpoints
 * @mesh: the mesh device, whose addresses are none
 * @endpoints: filled with up to @max, HOST:PORT each, none twice
 *
 * The global unicast addresses of all netdevs that are up, but for those in
 * fdaa::/16.
 *
 * Return: their number or a negative errno.
 */
int sixpn_link_endpoints(uint16_t port, const char *mesh,
			 char (*endpoints)[SIXPN_ENDPOINT_WORD_MAX + 1],
			 size_t max, struct sixpn_error *error);

#endif
