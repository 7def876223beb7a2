/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The side of the resolver that faces the registry: a thread of its own, because
 * a call of the store blocks for up to its time-out. It follows all records that
 * have names, and tells the loop through a queue, which is bounded: with more
 * changes than the loop can take, it is the registry that waits.
 */
#ifndef SIXPN_RESOLVER_FEED_H
#define SIXPN_RESOLVER_FEED_H

#include "node.h"

enum sixpn_word_of_feed {
	SIXPN_FEED_CHANGE,	/* @record is so now, or @gone */
	SIXPN_FEED_BAD,		/* a record that cannot be read: @text */
	SIXPN_FEED_LISTED,	/* all has been told */
	SIXPN_FEED_ANEW,	/* all is told anew: forget the rest once it is */
	SIXPN_FEED_OUTAGE,	/* the registry does not answer: @text */
	SIXPN_FEED_BACK,	/* it does again */
};

/**
 * struct sixpn_feed_word - what the thread says
 * @record: without what is not known here
 */
struct sixpn_feed_word {
	struct sixpn_feed_word *next;
	enum sixpn_word_of_feed kind;
	bool gone;
	struct sixpn_record record;
	char text[1024];
};

struct sixpn_feed;

/**
 * sixpn_feed_start() - follow a registry
 * @node: borrowed until the stop; its registry is opened in the thread if it is
 *	not
 * @wake: called in the thread when there are words to take
 *
 * Return: 0 or a negative errno.
 */
int sixpn_feed_start(struct sixpn_feed **result, struct sixpn_node *node,
		     void (*wake)(void *context), void *context,
		     struct sixpn_error *error);

/* All that has been said, in order; NULL: nothing. The caller frees each. */
struct sixpn_feed_word *sixpn_feed_take(struct sixpn_feed *feed);
void sixpn_feed_word_free(struct sixpn_feed_word *word);

/* Open the registry again. */
void sixpn_feed_reopen(struct sixpn_feed *feed);

/* Milliseconds of sixpn_agent_clock() when the thread last turned round. */
uint64_t sixpn_feed_pulse(struct sixpn_feed *feed);

/* NULL is allowed. */
void sixpn_feed_stop(struct sixpn_feed *feed);

#endif
