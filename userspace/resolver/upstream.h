/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names that are not ours: asked of others by libunbound, in a thread of its own,
 * with its cache. Nothing here makes the loop wait. So many questions of one
 * network may be on their way, and no more.
 */
#ifndef SIXPN_RESOLVER_UPSTREAM_H
#define SIXPN_RESOLVER_UPSTREAM_H

#include <uv.h>

#include "answer.h"
#include "error.h"
#include "host_config.h"

/* Questions on their way: of one network, and of all. */
#define SIXPN_UPSTREAM_NETWORK_MAX 128
#define SIXPN_UPSTREAM_MAX 2048
/* An asker has given up by then. */
#define SIXPN_UPSTREAM_MS 8000

/**
 * struct sixpn_asker - where an answer goes
 * @address, @port: by UDP
 * @connection: by TCP; NULL: by UDP
 */
struct sixpn_asker {
	struct in6_addr address;
	uint16_t port;
	uint32_t scope;
	void *connection;
};

/**
 * struct sixpn_upstream_counters - since the start
 * @limited: refused, because the network has too many on their way
 * @outstanding: now
 * @late: of these, whose askers have been told that there is no answer
 */
struct sixpn_upstream_counters {
	uint64_t asked, answered, failed, timed_out, limited;
	size_t outstanding, late;
};

/**
 * struct sixpn_upstream_told - whom it tells
 * @answer: to a question; @out is gone afterwards. @length: 0: there will be none,
 *	for it stops. Never called within sixpn_upstream_ask()
 */
struct sixpn_upstream_told {
	void (*answer)(void *context, const struct sixpn_query *query,
		       const struct sixpn_asker *asker, const uint8_t *out,
		       size_t length);
	void *context;
};

struct sixpn_upstream;

/**
 * sixpn_upstream_new() - begin
 * @answerer: makes the answers; borrowed
 *
 * Return: 0 or a negative errno.
 */
int sixpn_upstream_new(struct sixpn_upstream **result, uv_loop_t *loop,
		       struct sixpn_answerer *answerer,
		       const struct sixpn_upstream_told *told,
		       struct sixpn_error *error);

/**
 * sixpn_upstream_configure() - whom to ask
 * @servers: see sixpn_upstream_servers()
 * @dnssec: enum sixpn_dnssec
 *
 * Questions on their way are answered by those who were asked.
 *
 * Return: 0, or a negative errno: all stays as it was.
 */
int sixpn_upstream_configure(struct sixpn_upstream *upstream,
			     const char *servers, uint32_t dnssec,
			     struct sixpn_error *error);

/**
 * sixpn_upstream_ask() - ask
 *
 * Return: 0, or -EBUSY, -ENOMEM: it will not be answered; see
 * sixpn_answer_failure().
 */
int sixpn_upstream_ask(struct sixpn_upstream *upstream,
		       const struct sixpn_query *query,
		       const struct sixpn_asker *asker);

const struct sixpn_upstream_counters *
sixpn_upstream_counters(const struct sixpn_upstream *upstream);

/* Handles are closed; the loop has to run on until they are. */
void sixpn_upstream_stop(struct sixpn_upstream *upstream);
/* After the loop. NULL is allowed. */
void sixpn_upstream_free(struct sixpn_upstream *upstream);

/* --- Whom. --- */

/* Bytes of a list of servers, with its NUL. */
#define SIXPN_UPSTREAM_SERVERS_MAX 1024

/**
 * sixpn_upstream_servers() - from the configuration, or a resolv.conf
 * @configured: see sixpn_parse_upstream(); NULL: those of @resolv_conf
 * @resolv_conf: its text; a resolver of a 6PN, which may be we ourselves, is
 *	passed over
 * @servers: filled, words of libunbound with a blank behind each; what it has no
 *	room for is left out
 */
void sixpn_upstream_servers(char servers[SIXPN_UPSTREAM_SERVERS_MAX],
			    const char *configured, const char *resolv_conf);

#endif
