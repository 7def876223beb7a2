/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In which network namespaces the ports of a device are. The module does not
 * tell; a port itself tells which device and machine it belongs to.
 */
#ifndef SIXPN_LIB_PORT_H
#define SIXPN_LIB_PORT_H

#include "error.h"
#include "model.h"

/**
 * sixpn_ports_locate() - the namespaces of all ports of a device
 * @device: as read; each machine whose port is in the namespace of the caller,
 *	or in one that has a name, gets SIXPN_MACHINE_HAS_NETNS and @netns
 *
 * Namespaces that cannot be entered are passed over.
 *
 * Return: 0 or -ENOMEM.
 */
int sixpn_ports_locate(struct sixpn_device *device);

/**
 * sixpn_port_find() - the namespace of one port, also one without a name
 * @mesh: index of the mesh device
 * @machine: as read
 *
 * A namespace without a name is looked for among those of all processes.
 *
 * Return: a descriptor to be closed by the caller, -ENOENT if it is nowhere, or
 * another negative errno.
 */
int sixpn_port_find(uint32_t mesh, const struct sixpn_machine *machine);

#endif
