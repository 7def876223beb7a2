/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration file of wg(8), [Interface] and [Peer] sections, grown by
 * [Network], [Machine] and [Route].
 */
#ifndef SIXPN_LIB_CONFIG_H
#define SIXPN_LIB_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "error.h"
#include "model.h"

enum sixpn_config_use {
	/* The file is the whole configuration: what it leaves out is reset. */
	SIXPN_CONFIG_WHOLE,
	/* The file adds to what is there: what it leaves out stays. */
	SIXPN_CONFIG_ADD,
};

/**
 * sixpn_config_parse() - text to the change it asks for
 * @device: empty device to fill
 * @host_bits: counts allowed-ips whose host bits were cleared; may be NULL
 * @error: line number, the bad word, and what is wrong with it
 *
 * Nothing is looked up: endpoints that are names are left in endpoint_name
 * (see sixpn_resolve_device()). On error @device may hold a part of the file:
 * clear it.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int sixpn_config_parse(struct sixpn_device *device, enum sixpn_config_use use,
		       unsigned int *host_bits, const char *text, size_t length,
		       struct sixpn_error *error);

/**
 * sixpn_config_holds() - whether a file can hold a name as it is
 *
 * Root in the namespace of a port may have given the port any name, one that
 * begins a comment or speaks to a terminal, too: such a one is neither written
 * nor read.
 */
bool sixpn_config_holds(const char *name);

/**
 * sixpn_config_write() - the state of a device as a configuration file
 *
 * Byte for byte what wg(8) showconf prints, as long as the device has nothing
 * that it does not know. Errors stay with the stream.
 */
void sixpn_config_write(FILE *stream, const struct sixpn_device *device);

#endif
