/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which host a new client connects to: a pure function of the hosts.
 */
#ifndef SIXPN_LIB_GATEWAY_H
#define SIXPN_LIB_GATEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "record.h"

/**
 * struct sixpn_gateway_host - a host that may be one
 * @host: not owned
 * @alive: it gives a sign of life, or is this one
 * @rtt: of handshakes with it, microseconds; 0: not measured
 */
struct sixpn_gateway_host {
	const struct sixpn_record_host *host;
	bool alive;
	uint32_t rtt;
};

/**
 * struct sixpn_gateway_wish - what it should be
 * @region: it must be there; NULL: anywhere
 * @self: id of this host; 0: it is none of them
 * @near: region of this host; NULL: not known
 */
struct sixpn_gateway_wish {
	const char *region;
	uint32_t self;
	const char *near;
};

/**
 * sixpn_gateway_choose() - the best gateway
 *
 * One that is alive and has an endpoint: this host; else the one that is nearest
 * by its handshakes; else one of the region of this host; else any. Of several
 * it is the one whose name comes first.
 *
 * Return: the host, or NULL: @error says what is missing.
 */
const struct sixpn_record_host *
sixpn_gateway_choose(const struct sixpn_gateway_host *hosts, size_t count,
		     const struct sixpn_gateway_wish *wish,
		     struct sixpn_error *error);

/**
 * sixpn_gateway_check() - whether clients may be told to connect to a host
 *
 * Return: 0 or -EINVAL.
 */
int sixpn_gateway_check(const struct sixpn_record_host *host,
			struct sixpn_error *error);

#endif
