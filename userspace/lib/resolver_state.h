/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the resolver of this host is doing, in its own words: see the metrics of
 * sixpn-resolver(8).
 */
#ifndef SIXPN_LIB_RESOLVER_STATE_H
#define SIXPN_LIB_RESOLVER_STATE_H

#include <stddef.h>
#include <stdint.h>

/* Of all metrics there are a few KiB. */
#define SIXPN_RESOLVER_STATE_MAX ((size_t)64 * 1024)

/**
 * struct sixpn_resolver_state - what has been counted since it was started
 * @queries: of those who may ask
 * @refused: of those who may not
 * @machines: that it knows
 * @age: since how many seconds that may be out of date; 0: it is not
 */
struct sixpn_resolver_state {
	uint64_t queries;
	uint64_t refused;
	uint64_t machines;
	uint64_t age;
};

/**
 * sixpn_resolver_state_parse() - text of metrics to numbers
 * @text: an answer of HTTP; what it has besides is passed over
 *
 * Return: 0, or -EBADMSG: a number is missing, or is none.
 */
int sixpn_resolver_state_parse(struct sixpn_resolver_state *state,
			       const char *text, size_t length);

/**
 * sixpn_resolver_state_read() - ask the resolver
 * @path: of its socket
 *
 * Waits for up to a second.
 *
 * Return: 0, or a negative errno: it does not run, as far as the caller can see.
 */
int sixpn_resolver_state_read(struct sixpn_resolver_state *state,
			      const char *path);

#endif
