/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Networks, machines and exception routes: what to ask of the kernel so that
 * they are as wanted. Each is a request of its own; a machine with a port also
 * gets its address and routes.
 */
#ifndef SIXPN_LIB_OBJECT_H
#define SIXPN_LIB_OBJECT_H

#include "model.h"
#include "netlink.h"

/**
 * sixpn_network_apply() - make or remove a network
 *
 * Making one that exists is not an error.
 *
 * Return: 0 or a negative errno, with the kernel's sentence.
 */
int sixpn_network_apply(struct sixpn_netlink *netlink, const char *ifname,
			const struct sixpn_network *network,
			struct sixpn_error *error);

/* Make, change or remove an exception route. Return: as above. */
int sixpn_route_apply(struct sixpn_netlink *netlink, const char *ifname,
		      const struct sixpn_route *route,
		      struct sixpn_error *error);

/**
 * sixpn_machine_get() - read one machine
 * @named: what names it: address, or network and one of id and name
 * @result: empty; cleared by the caller
 *
 * Return: 0, -ENOENT or another negative errno.
 */
int sixpn_machine_get(struct sixpn_netlink *netlink, const char *ifname,
		      const struct sixpn_machine *named,
		      struct sixpn_machine *result, struct sixpn_error *error);

/**
 * sixpn_machine_apply() - make, change or remove a machine
 * @wanted: a machine of this name, id or address that exists is changed where
 *	it differs; without any of these a new one is made
 * @result: empty; the machine as it is then (as it was, if removed); cleared by
 *	the caller
 *
 * A port gets the machine's address and routes in its namespace, attachment
 * host the address on the mesh device, unless @wanted says no_address. If that
 * fails, what was made or attached is taken away again.
 *
 * Return: 0 or a negative errno; nothing has changed then.
 */
int sixpn_machine_apply(struct sixpn_netlink *netlink, const char *ifname,
			const struct sixpn_machine *wanted,
			struct sixpn_machine *result,
			struct sixpn_error *error);

/* What became of a machine that was asked for. */
typedef void sixpn_machine_handler(void *context,
				   const struct sixpn_machine *wanted,
				   const struct sixpn_machine *result);

/**
 * sixpn_objects_apply() - all networks, machines and routes of a change
 * @change: its device and peers are not sent
 * @made: called for each machine that was made, changed or removed; may be NULL
 *
 * New networks, then machines, then routes, each in their order, then networks
 * to remove. The first refusal ends it; what came before stays.
 *
 * Return: 0 or a negative errno; @error begins with what was refused.
 */
int sixpn_objects_apply(struct sixpn_netlink *netlink,
			const struct sixpn_device *change,
			sixpn_machine_handler *made, void *context,
			struct sixpn_error *error);

/* One network or route as the kernel has it, into the arrays of @device. */
int sixpn_network_get(struct sixpn_netlink *netlink, const char *ifname,
		      uint32_t id, struct sixpn_device *device,
		      struct sixpn_error *error);
int sixpn_route_get(struct sixpn_netlink *netlink, const char *ifname,
		    const struct in6_addr *address, struct sixpn_device *device,
		    struct sixpn_error *error);

#endif
