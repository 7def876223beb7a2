/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Networks and exception routes: what to ask of the kernel so that one is as
 * wanted. For machines see machine.h, for many of them journal.h.
 */
#ifndef SIXPN_LIB_OBJECT_H
#define SIXPN_LIB_OBJECT_H

#include "model.h"
#include "netlink.h"

/**
 * sixpn_network_apply() - make or remove a network
 * @made: whether it was not there before
 *
 * Making one that exists is not an error.
 *
 * Return: 0 or a negative errno, with the kernel's sentence.
 */
int sixpn_network_apply(struct sixpn_netlink *netlink, const char *ifname,
			const struct sixpn_network *network, bool *made,
			struct sixpn_error *error);

/* Make, change or remove an exception route. Return: as above. */
int sixpn_route_apply(struct sixpn_netlink *netlink, const char *ifname,
		      const struct sixpn_route *route,
		      struct sixpn_error *error);

/* One network or route as the kernel has it, into the arrays of @device. */
int sixpn_network_get(struct sixpn_netlink *netlink, const char *ifname,
		      uint32_t id, struct sixpn_device *device,
		      struct sixpn_error *error);
int sixpn_route_get(struct sixpn_netlink *netlink, const char *ifname,
		    const struct in6_addr *address, struct sixpn_device *device,
		    struct sixpn_error *error);

#endif
