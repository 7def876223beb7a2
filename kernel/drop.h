/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why a packet was not passed on: one counter per reason (enum
 * sixpn_drop_reason), per CPU and device.
 */
#ifndef _SIXPN_DROP_H
#define _SIXPN_DROP_H

#include <linux/sixpn.h>
#include <linux/types.h>

struct sixpn_device;

/* Constant, lower case with hyphens; never NULL. */
const char *sixpn_drop_name(enum sixpn_drop_reason reason);

/* How many packets the device has dropped for @reason. Context: process. */
u64 sixpn_drop_read(const struct sixpn_device *sx,
		    enum sixpn_drop_reason reason);

#endif /* _SIXPN_DROP_H */
