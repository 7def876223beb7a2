/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the agent share, but for the thread of the registry.
 */
#ifndef SIXPN_LIB_AGENT_PART_H
#define SIXPN_LIB_AGENT_PART_H

#include <uv.h>

#include "agent.h"
#include "agent_registry.h"
#include "agent_timing.h"
#include "reconcile.h"

/* Look-ups of unknown keys in a second; a client that is dropped asks again. */
#define SIXPN_AGENT_LOOKUPS 50
/* Lines about strangers in a minute. */
#define SIXPN_AGENT_STRANGERS 6

/**
 * struct sixpn_agent_host - a peer of kind host, as it was sampled
 * @round: of names that are tried because there is no way to where it is
 * @seen: by the sample in progress
 */
struct sixpn_agent_host {
	uint8_t public_key[SIXPN_KEY_LEN];
	struct sixpn_trial trial;
	struct sixpn_round round;
	bool seen;
};

/**
 * struct sixpn_agent_name - an endpoint that is a name
 * @known: @endpoint is what it stood for last
 * @asked: it is being looked up
 * @failed: the last time it could not be, which has been told
 * @until: then it is looked up again
 */
struct sixpn_agent_name {
	struct sixpn_agent_name *next;
	struct sixpn_agent *agent;
	uv_getaddrinfo_t request;
	char *text;
	union sixpn_endpoint endpoint;
	bool known, asked, failed;
	uint64_t until;
};

/**
 * struct sixpn_agent - the agent
 * @events: of @event_socket; freed by libuv once it is closed
 * @reading: @event_socket is being read: it stays open meanwhile
 * @lost: while @reading: the device is gone, the sockets are to be closed
 * @listed: the view is whole
 * @callers: keys to be installed once the lock is to be had; as many as look-ups
 *	in a second: those that are dropped call again
 * @behind: what was to be applied waits for the lock
 * @lock_since: for how long, or when that was told of; 0: it does not wait
 * @told: what is left out, as it was told of: not told again while it stays
 * @telling: the same, of the run in progress
 * @down_text: why there is no device, as it was told of
 */
struct sixpn_agent {
	struct sixpn_node *node;
	const struct sixpn_agent_options *options;
	struct sixpn_agent_registry *registry;
	enum sixpn_agent_end end;

	uv_loop_t loop;
	uv_async_t words;
	uv_poll_t *events;
	uv_timer_t batch_timer, retry_timer, second_timer, whole_timer,
		expiry_timer, alive_timer, lock_timer, name_timer;
	uv_signal_t term, interrupt, hangup;
	bool stopping;

	struct sixpn_view view;
	bool listed, is_ready, outage;

	struct sixpn_netlink *requests, *event_socket;
	bool reading, lost;
	uint32_t ifindex;

	uint8_t callers[SIXPN_AGENT_LOOKUPS][SIXPN_KEY_LEN];
	size_t caller_count;
	bool behind;
	uint64_t lock_since;

	struct sixpn_batch batch;
	unsigned int retry_ms, turns;
	char **told, **telling;
	size_t told_count, telling_count;
	char down_text[1024];
	uint64_t expired_until;

	struct sixpn_allowance lookups, strangers;
	struct sixpn_agent_host *hosts;
	size_t host_count;
	struct sixpn_agent_name *names;
};

void sixpn_agent_log(struct sixpn_agent *agent, enum sixpn_agent_level level,
		     const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Apply what is waiting once that is due. */
void sixpn_agent_schedule(struct sixpn_agent *agent);

/* --- agent_kernel.c --- */

/* Open the sockets if there is a device. */
void sixpn_agent_open_kernel(struct sixpn_agent *agent);
void sixpn_agent_close_kernel(struct sixpn_agent *agent);

/*
 * @install: a client that has called, or NULL. Return: false: it will be tried
 * again, for a command changes this host now.
 */
bool sixpn_agent_apply(struct sixpn_agent *agent,
		       const struct sixpn_scope *scope, const uint8_t *install);

/* Look at all of it soon, but not at once: who has changed it may not be done. */
void sixpn_agent_mend(struct sixpn_agent *agent);

/* Whether hosts answer. */
void sixpn_agent_sample(struct sixpn_agent *agent);

void sixpn_agent_forget_told(char **told, size_t count);

/* --- agent_route.c --- */

/*
 * @endpoint: which of @host's is used; if this host has no way to where @peer is,
 * but perhaps to another one, that becomes the other. Nobody knows of a name: names
 * are tried while @round has any left. Return: whether it has.
 */
bool sixpn_agent_detour(const struct sixpn_peer *peer,
			const struct sixpn_record_host *host,
			struct sixpn_round *round, unsigned int *endpoint,
			uint64_t now);

/* --- agent_event.c --- */

int sixpn_agent_event(void *context, const struct sixpn_event *event);

/* Say so, but not often. */
void sixpn_agent_ignore(struct sixpn_agent *agent,
			const uint8_t key[SIXPN_KEY_LEN], const char *why);

/* The registry has this key. */
void sixpn_agent_install(struct sixpn_agent *agent,
			 const struct sixpn_record *record);

/* --- agent_name.c --- */

int sixpn_agent_resolve(void *context, const char *text,
			union sixpn_endpoint *endpoint,
			struct sixpn_error *error);

/* Look a host's names up anew when they are wanted next. */
void sixpn_agent_renew_names(struct sixpn_agent *agent,
			     const struct sixpn_record_host *host);
/* The loop ends: what is still asked for is not needed. */
void sixpn_agent_cancel_names(struct sixpn_agent *agent);
void sixpn_agent_free_names(struct sixpn_agent *agent);

#endif
