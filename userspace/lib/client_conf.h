/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a client is given: the file that sets up stock WireGuard, an address, an
 * end. Pure functions.
 */
#ifndef SIXPN_LIB_CLIENT_CONF_H
#define SIXPN_LIB_CLIENT_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "record.h"

/* Bytes of the file, with its NUL. */
#define SIXPN_CLIENT_CONF_MAX 1024
/* Seconds between two packets of a client that has nothing to say. */
#define SIXPN_CLIENT_KEEPALIVE 15
/* The prefix of the client's own addresses, of which one is set. */
#define SIXPN_CLIENT_PREFIX_LEN 120

/**
 * sixpn_client_conf_format() - the file for wg-quick(8) and the apps that take
 *	such files
 * @text: NUL-terminated; the caller wipes it
 * @client: with its preshared key, if it has one
 * @private_key: NULL: the client has it, and the file says so in a comment
 * @gateway: has an endpoint; the first is taken
 *
 * Return: bytes without the NUL.
 */
size_t sixpn_client_conf_format(char text[SIXPN_CLIENT_CONF_MAX],
				const struct sixpn_record_client *client,
				const uint8_t *private_key,
				const struct sixpn_record_host *gateway);

/**
 * sixpn_client_machine_id() - the machine id that a client asks for
 * @attempt: 0 at first; each gives another one
 *
 * The same for the same name in every call, so that a client that is made anew
 * has its address again. Never that of a machine of this name, but by chance.
 */
uint32_t sixpn_client_machine_id(uint32_t network, const char *name,
				 unsigned int attempt);

/**
 * sixpn_client_expiry_parse() - when a client ends: a time from now on, as 90m,
 *	12h, 30d or 2w, or a time such as 2026-12-28T04:00:00Z
 * @expires: seconds since 1970
 * @now: likewise
 *
 * Return: 0 or -EINVAL (neither, none at all, or not after @now).
 */
int sixpn_client_expiry_parse(uint64_t *expires, const char *text, uint64_t now,
			      struct sixpn_error *error);

#endif
