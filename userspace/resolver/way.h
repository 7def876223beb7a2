/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way that answers take: a routing table of their own, which only marked
 * packets look in. In the main table, any user of the host could reach machines
 * of all networks from fdaa::3, and by default would; a mark takes a capability.
 */
#ifndef SIXPN_RESOLVER_WAY_H
#define SIXPN_RESOLVER_WAY_H

#include <stdbool.h>

#include "error.h"
#include "netns.h"

/* "6PN", as a mark of packets and as the number of the table. */
#define SIXPN_WAY_MARK 0x36504eU

/**
 * sixpn_way_open() - all addresses of 6PNs through a netdev, for marked packets
 *
 * The rule stays, the route goes with the netdev. One through another netdev is
 * replaced.
 *
 * Return: 0 or a negative errno.
 */
int sixpn_way_open(struct sixpn_netns *netns, uint32_t ifindex,
		   struct sixpn_error *error);

/**
 * sixpn_way_keep() - mend it, if others have taken some of it away
 * @mended: set to true if something was missing
 *
 * Return: 0 or a negative errno.
 */
int sixpn_way_keep(struct sixpn_netns *netns, uint32_t ifindex, bool *mended,
		   struct sixpn_error *error);

#endif
