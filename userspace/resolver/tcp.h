/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queries by TCP, as RFC 7766 wants it: many on one connection, answered as soon
 * as each can be. Whoever connects may be hostile: so many connections of a
 * machine, of a network and of all, none that is idle for long, and none that
 * takes its answers more slowly than it asks is read from.
 */
#ifndef SIXPN_RESOLVER_TCP_H
#define SIXPN_RESOLVER_TCP_H

#include <uv.h>

#include "answer.h"
#include "upstream.h"

#define SIXPN_TCP_MAX 1024
#define SIXPN_TCP_NETWORK_MAX 256
#define SIXPN_TCP_MACHINE_MAX 32
/* Without a byte in or out. */
#define SIXPN_TCP_IDLE_MS 10000

struct sixpn_tcp;

/* @refused: connections, because there are too many; @connections: now */
struct sixpn_tcp_counters {
	uint64_t accepted, refused, evicted, timed_out, queries, answers;
	size_t connections;
};

/* Return: NULL: no memory. All that is given is borrowed. */
struct sixpn_tcp *sixpn_tcp_new(uv_loop_t *loop,
				struct sixpn_answerer *answerer,
				struct sixpn_upstream *upstream);

/**
 * sixpn_tcp_start() - serve a socket that listens
 * @fd: duplicated
 *
 * Return: 0 or a negative errno.
 */
int sixpn_tcp_start(struct sixpn_tcp *tcp, int fd);

/* Take no more connections; those there are stay. */
void sixpn_tcp_stop(struct sixpn_tcp *tcp);

/* An answer that an upstream had to be asked for. @length: 0: there will be none. */
void sixpn_tcp_answer(struct sixpn_tcp *tcp, const struct sixpn_asker *asker,
		      const uint8_t *out, size_t length);

/*
 * Read no more, and close each connection when it has its answers. Return: whether
 * all are closed.
 */
bool sixpn_tcp_finish(struct sixpn_tcp *tcp);

/* Close all at once. The loop has to run on until they are. */
void sixpn_tcp_close(struct sixpn_tcp *tcp);

const struct sixpn_tcp_counters *
sixpn_tcp_counters(const struct sixpn_tcp *tcp);

/* After the loop. NULL is allowed. */
void sixpn_tcp_free(struct sixpn_tcp *tcp);

#endif
