/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to the kernel module, and its events.
 */
#ifndef SIXPN_LIB_NETLINK_H
#define SIXPN_LIB_NETLINK_H

#include <stdint.h>

#include "error.h"
#include "event.h"
#include "model.h"

struct sixpn_netlink;

/**
 * sixpn_netlink_open() - a socket in this network namespace
 * @result: freed by sixpn_netlink_close()
 *
 * Return: 0; -ENOENT when the kernel has no family "sixpn" (the module is not
 * loaded); or another negative errno.
 */
int sixpn_netlink_open(struct sixpn_netlink **result, struct sixpn_error *error);
void sixpn_netlink_close(struct sixpn_netlink *netlink);

/**
 * sixpn_netlink_device_list() - all mesh devices of the namespace, no peers
 *
 * Return: 0 or a negative errno; @list is then empty.
 */
int sixpn_netlink_device_list(struct sixpn_netlink *netlink,
			      struct sixpn_device_list *list,
			      struct sixpn_error *error);

enum sixpn_read {
	SIXPN_READ_HEAD = 0,
	SIXPN_READ_PEERS = 1U << 0,
	SIXPN_READ_NETWORKS = 1U << 1,
	SIXPN_READ_MACHINES = 1U << 2,
	SIXPN_READ_ROUTES = 1U << 3,
	SIXPN_READ_OBJECTS = SIXPN_READ_NETWORKS | SIXPN_READ_MACHINES |
			     SIXPN_READ_ROUTES,
	SIXPN_READ_ALL = SIXPN_READ_PEERS | SIXPN_READ_OBJECTS,
};

/**
 * sixpn_netlink_device_get() - one device with what hangs on it
 * @parts: bits of enum sixpn_read
 * @device: cleared first
 *
 * All of it is of one generation: when the configuration changes meanwhile, it
 * is read again, a bounded number of times.
 *
 * Return: 0; -EAGAIN if it never held still; or another negative errno.
 */
int sixpn_netlink_device_get(struct sixpn_netlink *netlink, const char *ifname,
			     unsigned int parts, struct sixpn_device *device,
			     struct sixpn_error *error);

/**
 * sixpn_netlink_device_set() - apply a change, whole or not at all
 *
 * Device and peers only; for networks, machines and routes see object.h.
 * One message however many peers it has, so that the kernel can refuse it as
 * one. Every endpoint must be an address by now.
 *
 * Return: 0 or the negative errno of the kernel; @error then holds the kernel's
 * sentence and the words for the attribute it blames.
 */
int sixpn_netlink_device_set(struct sixpn_netlink *netlink,
			     const struct sixpn_device *change,
			     struct sixpn_error *error);

/**
 * sixpn_netlink_events_join() - become a member of the group "events"
 *
 * Use one object for events and another one for requests.
 *
 * Return: 0 or a negative errno.
 */
int sixpn_netlink_events_join(struct sixpn_netlink *netlink,
			      struct sixpn_error *error);

/* For poll(): readable when there are events. */
int sixpn_netlink_events_fd(const struct sixpn_netlink *netlink);

/**
 * sixpn_netlink_events_read() - wait for events and hand each one on
 * @handle: a non-zero return ends the reading of this batch
 *
 * Return: 0, what @handle returned, or a negative errno.
 */
int sixpn_netlink_events_read(struct sixpn_netlink *netlink,
			      sixpn_event_handler *handle, void *context,
			      struct sixpn_error *error);

#endif
