/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The side of the agent that faces the registry: a thread of its own, because a
 * call of the store blocks for up to its time-out, and not several, because a
 * store is not for several at once. Nobody else uses the store of the node while
 * it runs. It knows nothing of the kernel: it tells the other side what changes,
 * through a queue, and is asked through another one.
 */
#ifndef SIXPN_LIB_AGENT_REGISTRY_H
#define SIXPN_LIB_AGENT_REGISTRY_H

#include "agent_timing.h"
#include "node.h"

enum sixpn_word_kind {
	SIXPN_WORD_LIST,	/* a list begins: what cannot be read is told anew */
	SIXPN_WORD_ANEW,	/* the registry is opened again: all is told anew */
	SIXPN_WORD_CHANGE,
	SIXPN_WORD_BAD,		/* of @key, @text */
	SIXPN_WORD_AWAY,	/* @after is elsewhere, its home is here */
	SIXPN_WORD_LISTED,	/* all has been told */
	SIXPN_WORD_FOUND,	/* answer to a question: @after has this @public_key */
	SIXPN_WORD_NOT_FOUND,	/* or nothing has, or it is not known: @text */
	SIXPN_WORD_OUTAGE,	/* the registry does not answer: @text */
	SIXPN_WORD_BACK,	/* it does again */
	SIXPN_WORD_UP,		/* the host has been brought up */
	SIXPN_WORD_NOT_UP,	/* it could not be: @text; it is tried again */
	SIXPN_WORD_TROUBLE,	/* something else: @text */
};

/**
 * struct sixpn_word - what the registry's side says
 * @before, @after: have a key if they are there, see has_
 */
struct sixpn_word {
	struct sixpn_word *next;
	enum sixpn_word_kind kind;
	bool has_before, has_after;
	struct sixpn_record before, after;
	uint8_t public_key[SIXPN_KEY_LEN];
	char key[SIXPN_RECORD_KEY_MAX];
	char text[1024];
};

void sixpn_word_free(struct sixpn_word *word);

struct sixpn_agent_registry;

/**
 * struct sixpn_agent_registry_options - how
 * @bring_up: makes the device and enters the host; called in the thread
 * @wake: called in the thread when there are words to take
 */
struct sixpn_agent_registry_options {
	int (*bring_up)(struct sixpn_node *node, struct sixpn_error *error);
	void (*wake)(void *context);
	void *context;
};

/**
 * sixpn_agent_registry_start() - bring the host up, then watch
 * @node: key loaded; borrowed until the stop. Its registry is opened in the thread
 *	if it is not
 *
 * Return: 0 or a negative errno.
 */
int sixpn_agent_registry_start(struct sixpn_agent_registry **result,
			       struct sixpn_node *node,
			       const struct sixpn_agent_registry_options *options,
			       struct sixpn_error *error);

/* What has been said, in order; NULL: nothing. The caller frees it. */
struct sixpn_word *sixpn_agent_registry_take(struct sixpn_agent_registry *side);

/* Whose key is this? A word will answer. Dropped when there are too many. */
void sixpn_agent_registry_ask(struct sixpn_agent_registry *side,
			      const uint8_t public_key[SIXPN_KEY_LEN]);

/*
 * A client of this gateway has shaken hands, @seconds after 1970. That is entered
 * soon, unless it is no news or cannot be: later ones will do. Dropped when there
 * are too many.
 */
void sixpn_agent_registry_seen(struct sixpn_agent_registry *side,
			       const uint8_t public_key[SIXPN_KEY_LEN],
			       uint64_t seconds);

/* The device is gone: bring the host up again. */
void sixpn_agent_registry_bring_up(struct sixpn_agent_registry *side);

/* Tell anew all that differs from what was told, then SIXPN_WORD_LISTED. */
void sixpn_agent_registry_list(struct sixpn_agent_registry *side);

/* Open the registry again: its address is another one, or the password is. */
void sixpn_agent_registry_reopen(struct sixpn_agent_registry *side);

/* Milliseconds of CLOCK_MONOTONIC when the thread last turned round, or
 * was about to ask the registry.
 */
uint64_t sixpn_agent_registry_pulse(struct sixpn_agent_registry *side);

/**
 * sixpn_agent_registry_stop() - end the thread
 * @leave: end the sign of life now; else it runs out by itself
 */
void sixpn_agent_registry_stop(struct sixpn_agent_registry *side, bool leave);

#endif
