/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request about one network, machine or route. For the files of the library
 * that make them; others use object.h and machine.h.
 */
#ifndef SIXPN_LIB_OBJECT_REQUEST_H
#define SIXPN_LIB_OBJECT_REQUEST_H

#include "model.h"
#include "request.h"

/* A request that names the device. Return: for sixpn_object_finish(), or NULL. */
struct nl_msg *sixpn_object_begin(struct sixpn_netlink *netlink,
				  uint8_t command, const char *ifname);

/**
 * sixpn_object_finish() - send @message, read its answer, free it
 * @put: what appending the object returned
 * @result: gets what the answer holds; NULL if that does not matter
 *
 * Return: 0 or a negative errno, with the kernel's sentence.
 */
int sixpn_object_finish(struct sixpn_netlink *netlink, struct nl_msg *message,
			int put, struct sixpn_device *result,
			struct sixpn_error *error);

#endif
