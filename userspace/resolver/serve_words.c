// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve_part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Then queries have their turn. */
#define SLICE_US 300
/* Words between two looks at the clock. */
#define SLICE_WORDS 16

static struct sixpn_zone *filled(struct sixpn_serve *serve)
{
	return serve->anew ? serve->anew : serve->zone;
}

static void take_change(struct sixpn_serve *serve,
			const struct sixpn_feed_word *word)
{
	const struct sixpn_record *record = &word->record;
	struct sixpn_error error = { 0 };

	serve->changes++;
	if (sixpn_zone_change(filled(serve), word->gone ? record : NULL,
			      word->gone ? NULL : record)) {
		sixpn_serve_log(serve, SIXPN_SERVE_ERROR,
				"a record was lost: out of memory");
		/* The registry still has it. */
		sixpn_feed_reopen(serve->side->feed);
	}
	if (record->kind == SIXPN_RECORD_NETWORK &&
	    sixpn_place_network(serve->place, record->network.network,
				!word->gone, &error))
		sixpn_serve_trouble(serve, error.text);
}

void sixpn_serve_begin_anew(struct sixpn_serve *serve)
{
	sixpn_zone_free(serve->anew);
	serve->anew = sixpn_zone_new();
	/* What is gone meanwhile then stays, until it is read anew again. */
	if (!serve->anew)
		sixpn_serve_log(serve, SIXPN_SERVE_ERROR, "out of memory");
	else
		sixpn_zone_self(serve->anew, serve->self);
	sixpn_place_anew(serve->place);
}

static void take_listed(struct sixpn_serve *serve)
{
	if (serve->anew) {
		sixpn_answerer_zone(serve->answerer, serve->anew);
		sixpn_zone_free(serve->zone);
		serve->zone = serve->anew;
		serve->anew = NULL;
		sixpn_rtt_repeat(serve->rtt);
	}
	sixpn_place_sweep(serve->place);
	serve->known = true;
	serve->outage_since = 0;
	sixpn_answerer_ready(serve->answerer, true);
	sixpn_answerer_stale(serve->answerer, false);
	sixpn_serve_begin(serve);
	sixpn_serve_say_status(serve);
}

static void take_outage(struct sixpn_serve *serve, const char *text)
{
	/* It may be told twice of one. */
	if (!serve->outage_since)
		serve->outage_since = sixpn_agent_clock();
	sixpn_answerer_stale(serve->answerer, true);
	sixpn_serve_log(serve, SIXPN_SERVE_WARNING, "%s: %s: %s",
			serve->side->node.config.registry, text, serve->known ?
			"what is known goes on being served" :
			"nothing is known yet");
	sixpn_serve_begin(serve);
	sixpn_serve_say_status(serve);
}

static void take_word(struct sixpn_serve *serve,
		      const struct sixpn_feed_word *word)
{
	switch (word->kind) {
	case SIXPN_FEED_CHANGE:
		take_change(serve, word);
		break;
	case SIXPN_FEED_BAD:
		serve->bad++;
		sixpn_serve_log(serve, SIXPN_SERVE_WARNING,
				"%s: what was known of it stays until it is mended",
				word->text);
		break;
	case SIXPN_FEED_LISTED:
		take_listed(serve);
		break;
	case SIXPN_FEED_ANEW:
		sixpn_serve_begin_anew(serve);
		break;
	case SIXPN_FEED_OUTAGE:
		take_outage(serve, word->text);
		break;
	case SIXPN_FEED_BACK:
		sixpn_serve_log(serve, SIXPN_SERVE_NOTICE, "%s answers again",
				serve->side->node.config.registry);
		break;
	}
}

/* --- Turns. --- */

static void take_all(struct sixpn_serve *serve)
{
	struct sixpn_feed_word *words = sixpn_feed_take(serve->side->feed);

	*serve->last = words;
	while (*serve->last)
		serve->last = &(*serve->last)->next;
}

static void take_some(struct sixpn_serve *serve)
{
	unsigned int i;

	for (i = 0; i < SLICE_WORDS && serve->first; i++) {
		struct sixpn_feed_word *word = serve->first;

		serve->first = word->next;
		if (!serve->first)
			serve->last = &serve->first;
		take_word(serve, word);
		sixpn_feed_word_free(word);
	}
}

/* An idle handle: between two of its turns the loop looks at its sockets. */
static void turn(uv_idle_t *idle)
{
	struct sixpn_serve *serve = idle->data;
	uint64_t end = uv_hrtime() + SLICE_US * 1000;

	do {
		if (!serve->first)
			take_all(serve);
		if (!serve->first) {
			uv_idle_stop(idle);
			return;
		}
		take_some(serve);
	} while (uv_hrtime() < end);
}

void sixpn_serve_words_come(uv_async_t *async)
{
	struct sixpn_serve *serve = async->data;

	uv_idle_start(&serve->words, turn);
}

void sixpn_serve_forget_words(struct sixpn_serve *serve)
{
	struct sixpn_feed_word *word;

	while ((word = serve->first)) {
		serve->first = word->next;
		sixpn_feed_word_free(word);
	}
	serve->last = &serve->first;
}

/* --- Which registry. --- */

static void wake(void *context)
{
	struct sixpn_serve *serve = context;

	uv_async_send(&serve->words_come);
}

void sixpn_serve_end_side(struct sixpn_serve_side *side)
{
	if (!side)
		return;
	sixpn_feed_stop(side->feed);
	sixpn_node_close(&side->node);
	free(side);
}

/* Its thread may be waiting for an answer, and SQLite waits for the disk. */
static void end_in_thread(uv_work_t *work)
{
	struct sixpn_serve_side *side = work->data;

	sixpn_feed_stop(side->feed);
	sixpn_node_close(&side->node);
}

static void ended(uv_work_t *work, int status)
{
	(void)status;
	free(work->data);
}

static void retire(struct sixpn_serve *serve, struct sixpn_serve_side *side)
{
	if (!side)
		return;
	side->work.data = side;
	if (uv_queue_work(&serve->loop, &side->work, end_in_thread, ended))
		sixpn_serve_end_side(side);
}

/* Consumes what is in the node, if it returns 0. */
int sixpn_serve_follow(struct sixpn_serve *serve, struct sixpn_node *node,
		       struct sixpn_error *error)
{
	struct sixpn_serve_side *side = calloc(1, sizeof(*side));
	int ret;

	if (!side)
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	side->node = *node;
	ret = sixpn_feed_start(&side->feed, &side->node, wake, serve, error);
	if (ret) {
		free(side);
		return ret;
	}
	memset(node, 0, sizeof(*node));
	retire(serve, serve->side);
	sixpn_serve_forget_words(serve);
	serve->side = side;
	return 0;
}
