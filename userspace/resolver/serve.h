/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The resolver: answers from what the registry has said, for as long as it runs.
 *
 * Threads: the loop, which answers; the one that faces the registry (feed.h);
 * libunbound's; libuv's, for what the module is asked (rtt.h). The loop waits for
 * none of them.
 */
#ifndef SIXPN_RESOLVER_SERVE_H
#define SIXPN_RESOLVER_SERVE_H

#include "node.h"

/* As in syslog(3). */
enum sixpn_serve_level {
	SIXPN_SERVE_ERROR = 3,
	SIXPN_SERVE_WARNING = 4,
	SIXPN_SERVE_NOTICE = 5,
};

/**
 * struct sixpn_serve_options - how
 * @log: a sentence; it may quote anything
 * @notify: as sd_notify(3)
 * @alive_ms: how often to tell a watchdog that all threads turn round; 0: never
 * @reload: SIGHUP: read the configuration: 0, or a negative errno
 */
struct sixpn_serve_options {
	void (*log)(void *context, enum sixpn_serve_level level,
		    const char *text);
	void (*notify)(void *context, const char *state);
	unsigned int alive_ms;
	int (*reload)(void *context, struct sixpn_node *node,
		      struct sixpn_error *error);
	void *context;
};

/**
 * sixpn_serve_run() - be the resolver until SIGTERM or SIGINT
 * @node: its configuration; its key is loaded if it can be. Consumed
 *
 * Return: 0, or a negative errno: it could not begin.
 */
int sixpn_serve_run(struct sixpn_node *node,
		    const struct sixpn_serve_options *options,
		    struct sixpn_error *error);

#endif
