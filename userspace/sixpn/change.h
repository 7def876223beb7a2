/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the commands that change a device have in common.
 */
#ifndef SIXPN_CHANGE_H
#define SIXPN_CHANGE_H

#include "command.h"
#include "model.h"

/* Note the name of the device to change. Return: enum sixpn_exit. */
int sixpn_change_name(struct sixpn_run *run, struct sixpn_device *change,
		      const char *name);

/* Look up endpoints that are names. Return: enum sixpn_exit. */
int sixpn_change_resolve(struct sixpn_run *run, struct sixpn_device *change);

/*
 * Make it: device and peers as one request, then each network, machine and
 * route; when one is refused, those before it are undone. Prints the address of
 * each machine. Return: enum sixpn_exit.
 */
int sixpn_change_apply(struct sixpn_run *run, const struct sixpn_device *change);

/* Tell that allowed-ips lost their host bits. */
void sixpn_change_warn_host_bits(const struct sixpn_run *run,
				 unsigned int count);

#endif
