// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The steps of a journal as requests to the kernel module.
 */
#include "journal.h"

#include <unistd.h>

#include "netns.h"
#include "object.h"

static int device_get(void *context, unsigned int parts,
		      struct sixpn_device *device, struct sixpn_error *error)
{
	const struct sixpn_kernel *kernel = context;

	return sixpn_netlink_device_get(kernel->netlink, kernel->ifname, parts,
					device, error);
}

static int device_set(void *context, const struct sixpn_device *change,
		      struct sixpn_error *error)
{
	const struct sixpn_kernel *kernel = context;

	return sixpn_netlink_device_set(kernel->netlink, change, error);
}

static int network_get(void *context, uint32_t id, struct sixpn_device *device,
		       struct sixpn_error *error)
{
	const struct sixpn_kernel *kernel = context;

	return sixpn_network_get(kernel->netlink, kernel->ifname, id, device,
				 error);
}

static int network_apply(void *context, const struct sixpn_network *network,
			 bool *made, struct sixpn_error *error)
{
	const struct sixpn_kernel *kernel = context;

	return sixpn_network_apply(kernel->netlink, kernel->ifname, network,
				   made, error);
}

static int machine_check(void *context, const struct sixpn_machine *wanted,
			 struct sixpn_error *error)
{
	int fd, ret;

	(void)context;
	if (wanted->remove || !wanted->netns)
		return 0;
	ret = sixpn_netns_open(wanted->netns, &fd, error);
	if (!ret)
		close(fd);
	return ret;
}

static int machine_apply(void *context, const struct sixpn_machine *wanted,
			 struct sixpn_machine_done *done,
			 struct sixpn_error *error)
{
	const struct sixpn_kernel *kernel = context;

	return sixpn_machine_apply(kernel->netlink, kernel->ifname, wanted,
				   done, error);
}

static int machine_undo(void *context, struct sixpn_machine_done *done,
			struct sixpn_error *error)
{
	const struct sixpn_kernel *kernel = context;

	return sixpn_machine_undo(kernel->netlink, kernel->ifname, done, error);
}

static int route_get(void *context, const struct in6_addr *address,
		     struct sixpn_device *device, struct sixpn_error *error)
{
	const struct sixpn_kernel *kernel = context;

	return sixpn_route_get(kernel->netlink, kernel->ifname, address, device,
			       error);
}

static int route_apply(void *context, const struct sixpn_route *route,
		       struct sixpn_error *error)
{
	const struct sixpn_kernel *kernel = context;

	return sixpn_route_apply(kernel->netlink, kernel->ifname, route, error);
}

const struct sixpn_kernel_ops sixpn_kernel_ops = {
	.device_get = device_get,
	.device_set = device_set,
	.network_get = network_get,
	.network_apply = network_apply,
	.machine_check = machine_check,
	.machine_apply = machine_apply,
	.machine_undo = machine_undo,
	.route_get = route_get,
	.route_apply = route_apply,
};
