/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queries by UDP: taken, answered and sent many at a time.
 */
#ifndef SIXPN_RESOLVER_UDP_H
#define SIXPN_RESOLVER_UDP_H

#include <uv.h>

#include "answer.h"
#include "upstream.h"

struct sixpn_udp;

/* @unsent: answers that the kernel did not take */
struct sixpn_udp_counters {
	uint64_t queries, answers, unsent;
};

/* Return: NULL: no memory. @answerer and @upstream are borrowed. */
struct sixpn_udp *sixpn_udp_new(struct sixpn_answerer *answerer,
				struct sixpn_upstream *upstream);

/**
 * sixpn_udp_start() - serve a socket
 * @fd: not blocking, with IPV6_RECVPKTINFO; stays the caller's
 *
 * Return: 0 or a negative errno.
 */
int sixpn_udp_start(struct sixpn_udp *udp, uv_loop_t *loop, int fd);

/* Answer what has come, and take no more; answers of upstreams are still sent. */
void sixpn_udp_drain(struct sixpn_udp *udp);

/* Have done with the socket: its descriptor may be closed. */
void sixpn_udp_stop(struct sixpn_udp *udp);

/* An answer that an upstream had to be asked for. */
void sixpn_udp_answer(struct sixpn_udp *udp, const struct sixpn_query *query,
		      const struct sixpn_asker *asker, const uint8_t *out,
		      size_t length);

const struct sixpn_udp_counters *
sixpn_udp_counters(const struct sixpn_udp *udp);

/* Stopped, and the loop has run since. NULL is allowed. */
void sixpn_udp_free(struct sixpn_udp *udp);

#endif
