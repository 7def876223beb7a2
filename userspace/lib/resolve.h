/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Endpoints that are names: looked up through the system's resolver, with
 * patience, because a host often configures its tunnels before its DNS works.
 */
#ifndef SIXPN_LIB_RESOLVE_H
#define SIXPN_LIB_RESOLVE_H

#include "error.h"
#include "model.h"

/* As wg(8) does when WG_ENDPOINT_RESOLUTION_RETRIES is not set. */
#define SIXPN_RESOLVE_RETRIES 15
#define SIXPN_RESOLVE_FOR_EVER (~0U)

/**
 * struct sixpn_resolve_options - how long to try
 * @retries: further attempts after a temporary failure; the pause between them
 *	grows from 1 s to 20 s
 * @notice: called before each pause with what failed and the pause in
 *	milliseconds; may be NULL
 * @context: handed to @notice
 */
struct sixpn_resolve_options {
	unsigned int retries;
	void (*notice)(void *context, const char *what, unsigned int pause_ms);
	void *context;
};

/**
 * sixpn_resolve_endpoint() - text to socket address
 * @text: HOST:PORT, NUL-terminated
 *
 * Return: 0, -EINVAL (malformed), -ENOENT (no such name or service) or -EAGAIN
 * (the resolver did not answer).
 */
int sixpn_resolve_endpoint(union sixpn_endpoint *endpoint, const char *text,
			   const struct sixpn_resolve_options *options,
			   struct sixpn_error *error);

/**
 * sixpn_resolve_device() - look up every endpoint of @device that is a name
 *
 * Return: as sixpn_resolve_endpoint(), of the first that fails.
 */
int sixpn_resolve_device(struct sixpn_device *device,
			 const struct sixpn_resolve_options *options,
			 struct sixpn_error *error);

#endif
