// SPDX-License-Identifier: GPL-2.0-or-later
#include "agent_registry.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "agent_seen.h"
#include "agent_timing.h"
#include "follow.h"

/* Questions that wait; more are dropped, for a client asks again. */
#define QUESTIONS_MAX 64
#define WATCHES 5
/* Even if nothing happens. */
#define TURN_MS 5000

struct question {
	uint8_t public_key[SIXPN_KEY_LEN];
};

/* A "moved" of which the record is still to be read. */
struct away {
	struct away *next;
	struct sixpn_record_moved moved;
};

/**
 * struct sixpn_agent_registry - the thread and what it shares
 * @lock: protects the words, the questions, what was seen, and what is asked for
 * @wake_fd: eventfd, for the thread
 * @lease: 0: none
 * @told, @whats: of @follow
 */
struct sixpn_agent_registry {
	struct sixpn_node *node;
	struct sixpn_agent_registry_options options;
	pthread_t thread;
	pthread_mutex_t lock;
	int wake_fd;

	struct sixpn_word *first, **last;
	struct question questions[QUESTIONS_MAX];
	size_t question_count;
	struct sixpn_seen_queue seen;
	bool stop, leave, wants_up, wants_list, wants_reopen;
	uint64_t pulse;

	/* The thread's own. */
	struct sixpn_follow follow;
	struct sixpn_follow_told told;
	struct sixpn_registry_what whats[WATCHES];
	struct away *away;
	uint64_t lease, lease_due, up_due;
	bool up;
};

/* --- Words. --- */

void sixpn_word_free(struct sixpn_word *word)
{
	if (!word)
		return;
	if (word->has_before)
		sixpn_record_clear(&word->before);
	if (word->has_after)
		sixpn_record_clear(&word->after);
	free(word);
}

static void say(struct sixpn_agent_registry *side, struct sixpn_word *word)
{
	pthread_mutex_lock(&side->lock);
	*side->last = word;
	side->last = &word->next;
	pthread_mutex_unlock(&side->lock);
	side->options.wake(side->options.context);
}

/* NULL: out of memory; all is listed again later. */
static struct sixpn_word *new_word(struct sixpn_agent_registry *side,
				   enum sixpn_word_kind kind)
{
	struct sixpn_word *word = calloc(1, sizeof(*word));

	if (word)
		word->kind = kind;
	else
		side->follow.listed = false;
	return word;
}

static void say_text(struct sixpn_agent_registry *side,
		     enum sixpn_word_kind kind, const char *text)
{
	struct sixpn_word *word = new_word(side, kind);

	if (!word)
		return;
	snprintf(word->text, sizeof(word->text), "%s", text);
	say(side, word);
}

static int say_records(struct sixpn_agent_registry *side,
		       enum sixpn_word_kind kind,
		       const struct sixpn_record *before,
		       const struct sixpn_record *after)
{
	struct sixpn_word *word = new_word(side, kind);
	int ret = word ? 0 : -ENOMEM;

	if (!ret && before) {
		ret = sixpn_record_copy(&word->before, before);
		word->has_before = !ret;
	}
	if (!ret && after) {
		ret = sixpn_record_copy(&word->after, after);
		word->has_after = !ret;
	}
	if (ret)
		sixpn_word_free(word);
	else
		say(side, word);
	return ret;
}

struct sixpn_word *sixpn_agent_registry_take(struct sixpn_agent_registry *side)
{
	struct sixpn_word *word;

	pthread_mutex_lock(&side->lock);
	word = side->first;
	if (word) {
		side->first = word->next;
		word->next = NULL;
		if (!side->first)
			side->last = &side->first;
	}
	pthread_mutex_unlock(&side->lock);
	return word;
}

/* Before each call of the store: it may take as long as its time-out. Return:
 * whether to go on.
 */
static bool beat(struct sixpn_agent_registry *side)
{
	bool stop;

	pthread_mutex_lock(&side->lock);
	side->pulse = sixpn_agent_clock();
	stop = side->stop;
	pthread_mutex_unlock(&side->lock);
	return !stop;
}

/* --- What following tells. --- */

static int take_change(void *data, const struct sixpn_record *before,
		       const struct sixpn_record *after)
{
	struct sixpn_agent_registry *side = data;

	/* It must not ask the registry now. */
	if (after && after->kind == SIXPN_RECORD_MOVED &&
	    after->moved.home == side->node->host_id) {
		struct away *away = calloc(1, sizeof(*away));

		if (!away)
			return -ENOMEM;
		away->moved = after->moved;
		away->next = side->away;
		side->away = away;
	}
	return say_records(side, SIXPN_WORD_CHANGE, before, after);
}

static void take_bad(void *data, const char *key, const struct sixpn_error *why)
{
	struct sixpn_agent_registry *side = data;
	struct sixpn_word *word = new_word(side, SIXPN_WORD_BAD);

	if (!word)
		return;
	snprintf(word->key, sizeof(word->key), "%s", key);
	snprintf(word->text, sizeof(word->text), "%s", why->text);
	say(side, word);
}

static void say_list(void *data)
{
	say_text(data, SIXPN_WORD_LIST, "");
}

static void say_listed(void *data)
{
	say_text(data, SIXPN_WORD_LISTED, "");
}

static void say_outage(void *data, const char *why)
{
	say_text(data, SIXPN_WORD_OUTAGE, why);
}

static void say_back(void *data)
{
	say_text(data, SIXPN_WORD_BACK, "");
}

static void forget_away(struct sixpn_agent_registry *side)
{
	while (side->away) {
		struct away *away = side->away;

		side->away = away->next;
		free(away);
	}
}

static int read_away(void *data, struct sixpn_error *error)
{
	struct sixpn_agent_registry *side = data;
	struct sixpn_record record;
	struct in6_addr address;
	int ret = 0;

	while (!ret && side->away) {
		struct away *away = side->away;

		beat(side);
		sixpn_addr_build(&address, away->moved.network,
				 away->moved.home, away->moved.machine,
				 SIXPN_SUB_MACHINE);
		ret = sixpn_registry_get_address(side->node->registry, &address,
						 &record, error);
		if (!ret)
			ret = say_records(side, SIXPN_WORD_AWAY, NULL, &record);
		else if (ret == -ENOENT || ret == -EBADMSG || ret == -EPROTO)
			ret = 0;
		sixpn_record_clear(&record);
		if (ret)
			break;
		side->away = away->next;
		free(away);
	}
	return ret;
}

/* This host may not be in the next one, and a lease of it somebody else's. */
static void begin_anew(void *data)
{
	struct sixpn_agent_registry *side = data;

	say_text(side, SIXPN_WORD_ANEW, "");
	forget_away(side);
	side->up = false;
	side->lease = side->lease_due = side->up_due = 0;
}

static void beat_on(void *data)
{
	beat(data);
}

static void begin_following(struct sixpn_agent_registry *side)
{
	static const enum sixpn_record_kind kinds[WATCHES] = {
		SIXPN_RECORD_NETWORK, SIXPN_RECORD_HOST, SIXPN_RECORD_MACHINE,
		SIXPN_RECORD_CLIENT, SIXPN_RECORD_MOVED,
	};
	size_t i;

	for (i = 0; i < WATCHES; i++)
		side->whats[i] = (struct sixpn_registry_what){
			.kind = kinds[i], .host = side->node->host_id,
		};
	side->told = (struct sixpn_follow_told){
		.beat = beat_on, .list = say_list, .change = take_change,
		.bad = take_bad, .more = read_away, .listed = say_listed,
		.anew = begin_anew, .outage = say_outage, .back = say_back,
		.data = side,
	};
	side->follow = (struct sixpn_follow){
		.node = side->node, .told = &side->told,
		.whats = side->whats, .count = WATCHES,
	};
}

/* --- The sign of life. --- */

/* The registry has answered, if not as it should. */
static bool is_trouble(int ret)
{
	return ret == -ENOENT || ret == -EBUSY || ret == -EBADMSG ||
	       ret == -EPROTO;
}

static int enter_alive(struct sixpn_agent_registry *side,
		       struct sixpn_error *error)
{
	struct sixpn_record record = {
		.kind = SIXPN_RECORD_ALIVE,
		.alive = { .host = side->node->host_id,
			   .since = (uint64_t)time(NULL) },
	};
	uint64_t lease;
	int ret;

	side->lease = 0;
	ret = sixpn_store_lease_grant(side->node->store,
				      side->node->config.lease, &lease, error);
	if (ret)
		return ret;
	record.revision = SIXPN_REVISION_ANY;
	beat(side);
	ret = sixpn_registry_put(side->node->registry, &record, lease, error);
	sixpn_record_clear(&record);
	/* A lease without the record would be renewed for nothing. */
	if (!ret)
		side->lease = lease;
	else if (is_trouble(ret))
		sixpn_store_lease_revoke(side->node->store, lease, NULL);
	return ret;
}

static void keep_alive(struct sixpn_agent_registry *side)
{
	struct sixpn_error error = { 0 };
	int ret = -ESTALE;

	beat(side);
	if (side->lease)
		ret = sixpn_store_lease_renew(side->node->store, side->lease,
					      &error);
	beat(side);
	if (ret == -ESTALE)
		ret = enter_alive(side, &error);
	side->lease_due = sixpn_agent_clock() +
			  (uint64_t)side->node->config.lease * 1000 / 3;
	if (!ret)
		return;
	/* Without its record, a host is not alive: that is no outage. */
	if (is_trouble(ret)) {
		say_text(side, SIXPN_WORD_TROUBLE, error.text);
		return;
	}
	sixpn_follow_fail(&side->follow, ret, error.text);
	side->lease_due = side->follow.list_due;
}

/* --- The thread. --- */

static void bring_up(struct sixpn_agent_registry *side)
{
	struct sixpn_error error = { 0 };
	int ret;

	beat(side);
	ret = side->options.bring_up(side->node, &error);
	if (!ret) {
		side->up = true;
		say_text(side, SIXPN_WORD_UP, "");
		return;
	}
	say_text(side, SIXPN_WORD_NOT_UP, error.text);
	/* The module may be back soon: not later than after two seconds. */
	side->up_due = sixpn_agent_clock() + 2000;
}

static void answer(struct sixpn_agent_registry *side,
		   const struct question *question)
{
	struct sixpn_error error = { 0 };
	struct sixpn_record record;
	struct sixpn_word *word;
	int ret;

	if (!side->node->registry)
		return;
	/* One of many that waited for a time-out is enough. */
	if (side->follow.down) {
		memset(&record, 0, sizeof(record));
		ret = sixpn_error_set(&error, -EAGAIN,
				      "the registry does not answer");
	} else {
		ret = sixpn_registry_get_key(side->node->registry,
					     question->public_key, &record,
					     &error);
	}
	word = new_word(side, ret ? SIXPN_WORD_NOT_FOUND : SIXPN_WORD_FOUND);
	if (!word) {
		sixpn_record_clear(&record);
		return;
	}
	memcpy(word->public_key, question->public_key, SIXPN_KEY_LEN);
	word->has_after = !ret;
	word->after = record;
	snprintf(word->text, sizeof(word->text), "%s", ret == -ENOENT ?
		 "the registry does not have this key" : error.text);
	say(side, word);
	if (ret && !side->follow.down && ret != -ENOENT && ret != -EBADMSG &&
	    ret != -EPROTO)
		sixpn_follow_fail(&side->follow, ret, error.text);
}

/* Return: whether to go on. */
static bool take_requests(struct sixpn_agent_registry *side)
{
	struct question questions[QUESTIONS_MAX];
	size_t count, i;

	beat(side);
	pthread_mutex_lock(&side->lock);
	count = side->question_count;
	memcpy(questions, side->questions, count * sizeof(*questions));
	side->question_count = 0;
	if (side->wants_up) {
		side->up = false;
		side->up_due = 0;
	}
	if (side->wants_list) {
		side->follow.listed = false;
		if (!side->follow.down)
			side->follow.list_due = 0;
	}
	if (side->wants_reopen) {
		side->follow.reopen = true;
		side->follow.list_due = 0;
	}
	side->wants_up = side->wants_list = side->wants_reopen = false;
	pthread_mutex_unlock(&side->lock);
	for (i = 0; i < count && beat(side); i++)
		answer(side, &questions[i]);
	return beat(side);
}

/* --- When clients were last seen. --- */

/* One at a time: somebody may be waiting for an answer. */
static void enter_seen(struct sixpn_agent_registry *side)
{
	struct sixpn_seen seen;
	bool taken;
	int ret;

	pthread_mutex_lock(&side->lock);
	taken = sixpn_seen_take(&side->seen, &seen, sixpn_agent_clock());
	pthread_mutex_unlock(&side->lock);
	if (!taken)
		return;
	beat(side);
	ret = sixpn_seen_enter(side->node->registry, side->node->host_id,
			       &seen);
	if (!ret || ret == -EAGAIN || is_trouble(ret))
		return;
	/* Each of the others might wait for a time-out, too. */
	pthread_mutex_lock(&side->lock);
	side->seen.count = 0;
	pthread_mutex_unlock(&side->lock);
}

static uint64_t seen_due(struct sixpn_agent_registry *side)
{
	uint64_t due;

	pthread_mutex_lock(&side->lock);
	due = side->seen.count ? side->seen.due : UINT64_MAX;
	pthread_mutex_unlock(&side->lock);
	return due;
}

static int until(uint64_t due, uint64_t now, int timeout)
{
	if (due <= now)
		return 0;
	return due - now < (uint64_t)timeout ? (int)(due - now) : timeout;
}

static void wait_for_something(struct sixpn_agent_registry *side)
{
	struct pollfd fds[SIXPN_FOLLOW_MAX + 1];
	uint64_t now = sixpn_agent_clock(), count;
	nfds_t used = 1;
	int timeout = TURN_MS;

	if (!side->up && side->node->registry)
		timeout = until(side->up_due, now, timeout);
	if (!side->follow.listed)
		timeout = until(side->follow.list_due, now, timeout);
	if (side->up && side->node->registry)
		timeout = until(side->lease_due, now, timeout);
	if (side->follow.listed)
		timeout = until(seen_due(side), now, timeout);
	fds[0] = (struct pollfd){ .fd = side->wake_fd, .events = POLLIN };
	used += sixpn_follow_fds(&side->follow, &fds[1]);
	if (poll(fds, used, timeout) > 0 && fds[0].revents &&
	    read(side->wake_fd, &count, sizeof(count)) < 0)
		return;
}

static void *run(void *context)
{
	struct sixpn_agent_registry *side = context;

	while (take_requests(side)) {
		if (!sixpn_follow_open(&side->follow)) {
			wait_for_something(side);
			continue;
		}
		if (!side->up && sixpn_agent_clock() >= side->up_due)
			bring_up(side);
		if (side->up && sixpn_agent_clock() >= side->lease_due)
			keep_alive(side);
		sixpn_follow_list(&side->follow);
		if (side->follow.listed)
			enter_seen(side);
		wait_for_something(side);
		sixpn_follow_read(&side->follow);
	}
	sixpn_follow_close(&side->follow);
	if (side->leave && side->lease)
		sixpn_store_lease_revoke(side->node->store, side->lease, NULL);
	return NULL;
}

int sixpn_agent_registry_start(struct sixpn_agent_registry **result,
			       struct sixpn_node *node,
			       const struct sixpn_agent_registry_options *options,
			       struct sixpn_error *error)
{
	struct sixpn_agent_registry *side = calloc(1, sizeof(*side));
	sigset_t all, before;
	int ret;

	if (!side)
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	side->node = node;
	side->options = *options;
	side->last = &side->first;
	begin_following(side);
	side->pulse = sixpn_agent_clock();
	pthread_mutex_init(&side->lock, NULL);
	side->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ret = side->wake_fd < 0 ? errno : 0;
	/* Signals are for the other thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	if (!ret)
		ret = pthread_create(&side->thread, NULL, run, side);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (ret) {
		if (side->wake_fd >= 0)
			close(side->wake_fd);
		pthread_mutex_destroy(&side->lock);
		free(side);
		return sixpn_error_set(error, -ret, "cannot start a thread: %s",
				       strerror(ret));
	}
	*result = side;
	return 0;
}

/* --- For the other side. --- */

static void wake(struct sixpn_agent_registry *side)
{
	const uint64_t one = 1;

	/* It is full: the thread will wake up all the same. */
	if (write(side->wake_fd, &one, sizeof(one)) < 0)
		return;
}

void sixpn_agent_registry_ask(struct sixpn_agent_registry *side,
			      const uint8_t public_key[SIXPN_KEY_LEN])
{
	pthread_mutex_lock(&side->lock);
	if (side->question_count < QUESTIONS_MAX)
		memcpy(side->questions[side->question_count++].public_key,
		       public_key, SIXPN_KEY_LEN);
	pthread_mutex_unlock(&side->lock);
	wake(side);
}

void sixpn_agent_registry_seen(struct sixpn_agent_registry *side,
			       const uint8_t public_key[SIXPN_KEY_LEN],
			       uint64_t seconds)
{
	pthread_mutex_lock(&side->lock);
	sixpn_seen_put(&side->seen, public_key, seconds, sixpn_agent_clock());
	pthread_mutex_unlock(&side->lock);
	wake(side);
}

void sixpn_agent_registry_bring_up(struct sixpn_agent_registry *side)
{
	pthread_mutex_lock(&side->lock);
	side->wants_up = true;
	pthread_mutex_unlock(&side->lock);
	wake(side);
}

void sixpn_agent_registry_list(struct sixpn_agent_registry *side)
{
	pthread_mutex_lock(&side->lock);
	side->wants_list = true;
	pthread_mutex_unlock(&side->lock);
	wake(side);
}

void sixpn_agent_registry_reopen(struct sixpn_agent_registry *side)
{
	pthread_mutex_lock(&side->lock);
	side->wants_reopen = true;
	pthread_mutex_unlock(&side->lock);
	wake(side);
}

uint64_t sixpn_agent_registry_pulse(struct sixpn_agent_registry *side)
{
	uint64_t pulse;

	pthread_mutex_lock(&side->lock);
	pulse = side->pulse;
	pthread_mutex_unlock(&side->lock);
	return pulse;
}

void sixpn_agent_registry_stop(struct sixpn_agent_registry *side, bool leave)
{
	struct sixpn_word *word;

	if (!side)
		return;
	pthread_mutex_lock(&side->lock);
	side->stop = true;
	side->leave = leave;
	pthread_mutex_unlock(&side->lock);
	wake(side);
	pthread_join(side->thread, NULL);
	while ((word = sixpn_agent_registry_take(side)))
		sixpn_word_free(word);
	forget_away(side);
	close(side->wake_fd);
	pthread_mutex_destroy(&side->lock);
	free(side);
}
