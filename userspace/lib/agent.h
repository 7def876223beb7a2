/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent: keeps the mesh device of this host as the registry says, for as
 * long as it runs.
 *
 * Two threads. Calls of the store block for up to its time-out, and a laptop
 * that calls waits for no more than five seconds: so one thread owns the
 * registry (agent_registry.h), and the other one, a loop of libuv, the kernel.
 * What the latter needs to know of the registry it has in memory (view.h); it
 * goes on with that when the registry does not answer.
 */
#ifndef SIXPN_LIB_AGENT_H
#define SIXPN_LIB_AGENT_H

#include "node.h"

/* As in syslog(3). */
enum sixpn_agent_level {
	SIXPN_AGENT_ERROR = 3,
	SIXPN_AGENT_WARNING = 4,
	SIXPN_AGENT_NOTICE = 5,
	SIXPN_AGENT_INFO = 6,
};

enum sixpn_agent_end {
	SIXPN_AGENT_STOPPED,	/* by a signal */
	SIXPN_AGENT_RELOAD,	/* the configuration is another one */
};

/**
 * struct sixpn_agent_options - how
 * @bring_up: makes the device and enters the host, holding sixpn_node_lock();
 *	called in another thread
 * @log: a sentence; it may quote anything. It, and the next ones, are called
 *	between other things: they must not wait
 * @ready: all has been done once that can be done
 * @status: what the agent is at, in a few words
 * @alive: called every @alive_ms as long as all threads turn round; 0: not
 * @reload: SIGHUP: whether the configuration can be read, and is another one; if
 *	not, the registry is opened again
 */
struct sixpn_agent_options {
	int (*bring_up)(struct sixpn_node *node, struct sixpn_error *error);
	void (*log)(void *context, enum sixpn_agent_level level,
		    const char *text);
	void (*ready)(void *context);
	void (*status)(void *context, const char *text);
	void (*alive)(void *context);
	unsigned int alive_ms;
	bool (*reload)(void *context);
	void *context;
};

/**
 * sixpn_agent_run() - be the agent until SIGTERM or SIGINT
 * @node: key loaded; sixpn_node_lock_agent() is held
 * @end: set on success
 *
 * The kernel is left as it is. The sign of life ends with SIGTERM; else it runs
 * out by itself.
 *
 * Return: 0, or a negative errno: it could not begin.
 */
int sixpn_agent_run(struct sixpn_node *node,
		    const struct sixpn_agent_options *options,
		    enum sixpn_agent_end *end, struct sixpn_error *error);

#endif
