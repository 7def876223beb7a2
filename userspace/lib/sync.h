/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The smallest change that makes a device what a configuration says.
 */
#ifndef SIXPN_LIB_SYNC_H
#define SIXPN_LIB_SYNC_H

#include "model.h"

/**
 * sixpn_sync_plan() - what differs between a device and its configuration
 * @change: empty device; takes the request for sixpn_netlink_device_set()
 * @now: the device as read from the kernel
 * @wanted: as read from a file with SIXPN_CONFIG_WHOLE, endpoints resolved
 *
 * What the file leaves out is unset, but for three things that a running
 * tunnel may hold by itself: a listen port, a peer's endpoint, its sessions.
 * The request carries the generation of @now, so that the kernel refuses it
 * with -ESTALE if somebody else was quicker.
 *
 * Return: 0 or -ENOMEM. sixpn_sync_is_empty() tells whether anything is left.
 */
int sixpn_sync_plan(struct sixpn_device *change, const struct sixpn_device *now,
		    const struct sixpn_device *wanted);

/**
 * sixpn_sync_plan_objects() - the same for networks, machines and routes
 * @change: takes what sixpn_objects_apply() is to do
 * @now: as read, with SIXPN_READ_OBJECTS
 * @whole: remove what @wanted does not name; else only add and change
 *
 * A machine is the one of its address or id, which must be of its name if one
 * is given, else that of its name; one without any of these is a new one. Its
 * attachment is left alone if the file tells none. A wanted port is always part
 * of the plan: whether it is in the right namespace is seen when it is applied.
 *
 * Return: 0 or -ENOMEM.
 */
int sixpn_sync_plan_objects(struct sixpn_device *change,
			    const struct sixpn_device *now,
			    const struct sixpn_device *wanted, bool whole);

/* Whether the request would change nothing. */
bool sixpn_sync_is_empty(const struct sixpn_device *change);

#endif
