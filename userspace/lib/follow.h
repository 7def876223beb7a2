/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records of a registry, followed for as long as a thread likes: through
 * outages, gaps, and another registry in the place of the first. The thread owns
 * the store of the node meanwhile; a call blocks for up to the time-out of the
 * store.
 */
#ifndef SIXPN_LIB_FOLLOW_H
#define SIXPN_LIB_FOLLOW_H

#include <poll.h>

#include "agent_timing.h"
#include "node.h"

#define SIXPN_FOLLOW_MAX 8

/**
 * struct sixpn_follow_told - whom it tells, all in the thread
 * @beat: a call of the store comes: it may take as long as its time-out
 * @list: a list begins: what cannot be read is told anew
 * @change, @bad: see struct sixpn_registry_told
 * @more: after a list or a read, when the registry may be asked again; what it
 *	returns counts as if the list or read had. May be NULL
 * @listed: all has been told
 * @anew: the registry is opened again: all that is in it will be told as new,
 *	and what is not, not as gone
 * @outage: it does not answer. Told again once what somebody has to mend comes
 *	out, such as a wrong password
 * @back: it does again
 */
struct sixpn_follow_told {
	void (*beat)(void *data);
	void (*list)(void *data);
	int (*change)(void *data, const struct sixpn_record *before,
		      const struct sixpn_record *after);
	void (*bad)(void *data, const char *key, const struct sixpn_error *why);
	int (*more)(void *data, struct sixpn_error *error);
	void (*listed)(void *data);
	void (*anew)(void *data);
	void (*outage)(void *data, const char *why);
	void (*back)(void *data);
	void *data;
};

/**
 * struct sixpn_follow - what is followed
 * @node: borrowed; its registry is opened when it is not
 * @whats: which records: @count of them, borrowed
 * @list_due: when to list, or to open the registry; of sixpn_agent_clock()
 * @listed: all has been told, and it is enough to read what changes. Whoever loses
 *	something of it unsets this
 * @down: @outage has been told
 * @down_code: of what
 * @reopen: the registry is to be opened again, once it is tried again
 *
 * Zero but for the first four, nothing has been told.
 */
struct sixpn_follow {
	struct sixpn_node *node;
	const struct sixpn_follow_told *told;
	const struct sixpn_registry_what *whats;
	size_t count;
	struct sixpn_registry_watch *watches[SIXPN_FOLLOW_MAX];
	struct sixpn_backoff backoff;
	uint64_t list_due;
	bool listed, down, reopen;
	int down_code;
};

/* Open the registry if that is due. Return: whether it is open. */
bool sixpn_follow_open(struct sixpn_follow *follow);

/* Tell all that differs from what was told, if that is due. */
void sixpn_follow_list(struct sixpn_follow *follow);

/* Tell what has changed, once all has been told. */
void sixpn_follow_read(struct sixpn_follow *follow);

/* Another call of the store has failed. Nothing is tried for a while. */
void sixpn_follow_fail(struct sixpn_follow *follow, int ret, const char *why);

/* For poll(): up to SIXPN_FOLLOW_MAX. Return: their number. */
nfds_t sixpn_follow_fds(const struct sixpn_follow *follow, struct pollfd *fds);

/* The registry stays open. */
void sixpn_follow_close(struct sixpn_follow *follow);

#endif
