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
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "agent_seen.h"
#include "agent_timing.h"

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
 * @down: the other side has been told that the registry does not answer
 * @down_code: why, as it was told last
 * @reopen: the store is to be opened again, once it is tried again
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
	struct sixpn_registry_watch *watches[WATCHES];
	struct sixpn_backoff backoff, up_backoff;
	struct away *away;
	uint64_t lease, lease_due, list_due, up_due;
	bool up, listed, down, reopen;
	int down_code;
};

uint64_t sixpn_agent_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint32_t any_number(void)
{
	uint32_t number = 0;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) < 0)
		number = (uint32_t)sixpn_agent_clock();
	return number;
}

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
		side->listed = false;
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

/* --- Trouble with the store. --- */

/* Told once, but what somebody has to mend is told even if it comes later. */
static bool is_news(const struct sixpn_agent_registry *side, int ret)
{
	return !side->down ||
	       ((ret == -EACCES || ret == -EKEYREJECTED) &&
		ret != side->down_code);
}

static void note_down(struct sixpn_agent_registry *side, int ret,
		      const char *text)
{
	uint64_t now = sixpn_agent_clock();

	if (is_news(side, ret)) {
		side->down_code = ret;
		say_text(side, SIXPN_WORD_OUTAGE,
			 ret == -ENOMEM ? "out of memory" : text);
	}
	side->reopen |= ret == -EREMCHG;
	side->down = true;
	side->listed = false;
	side->list_due = now + sixpn_backoff_next(&side->backoff, any_number());
}

static void note_back(struct sixpn_agent_registry *side)
{
	if (side->down)
		say_text(side, SIXPN_WORD_BACK, "");
	side->down = false;
	memset(&side->backoff, 0, sizeof(side->backoff));
}

/* --- What a watch tells. --- */

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

static void forget_away(struct sixpn_agent_registry *side)
{
	while (side->away) {
		struct away *away = side->away;

		side->away = away->next;
		free(away);
	}
}

static int read_away(struct sixpn_agent_registry *side,
		     struct sixpn_error *error)
{
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

/* --- Watching. --- */

static void close_watches(struct sixpn_agent_registry *side)
{
	size_t i;

	for (i = 0; i < WATCHES; i++) {
		sixpn_registry_watch_close(side->watches[i]);
		side->watches[i] = NULL;
	}
}

static int open_watches(struct sixpn_agent_registry *side,
			struct sixpn_error *error)
{
	static const enum sixpn_record_kind kinds[WATCHES] = {
		SIXPN_RECORD_NETWORK, SIXPN_RECORD_HOST, SIXPN_RECORD_MACHINE,
		SIXPN_RECORD_CLIENT, SIXPN_RECORD_MOVED,
	};
	const struct sixpn_registry_told told = {
		.change = take_change, .bad = take_bad, .data = side,
	};
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < WATCHES; i++) {
		const struct sixpn_registry_what what = {
			.kind = kinds[i], .host = side->node->host_id,
		};

		beat(side);
		if (!side->watches[i])
			ret = sixpn_registry_watch_open(&side->watches[i],
							side->node->registry,
							&what, &told, error);
	}
	return ret;
}

static void list(struct sixpn_agent_registry *side)
{
	struct sixpn_error error = { 0 };
	size_t i;
	int ret;

	say_text(side, SIXPN_WORD_LIST, "");
	side->listed = true;
	ret = open_watches(side, &error);
	for (i = 0; !ret && i < WATCHES; i++) {
		beat(side);
		ret = sixpn_registry_watch_list(side->watches[i], &error);
	}
	if (!ret)
		ret = read_away(side, &error);
	if (ret || !side->listed) {
		note_down(side, ret ? ret : -ENOMEM, error.text);
		return;
	}
	note_back(side);
	say_text(side, SIXPN_WORD_LISTED, "");
}

static void read_watches(struct sixpn_agent_registry *side)
{
	struct sixpn_error error = { 0 };
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < WATCHES; i++) {
		beat(side);
		ret = sixpn_registry_watch_read(side->watches[i], &error);
	}
	if (!ret)
		ret = read_away(side, &error);
	if (ret == -EOVERFLOW) {
		side->listed = false;
		side->list_due = 0;
	} else if (ret) {
		note_down(side, ret, error.text);
	}
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
	note_down(side, ret, error.text);
	side->lease_due = side->list_due;
}

/* --- The thread. --- */

static void bring_up(struct sixpn_agent_registry *side)
{
	struct sixpn_error error = { 0 };
	int ret;

	beat(side);
	ret = side->options.bring_up(side->node, &error);
	if (!ret) {
		memset(&side->up_backoff, 0, sizeof(side->up_backoff));
		side->up = true;
		say_text(side, SIXPN_WORD_UP, "");
		return;
	}
	say_text(side, SIXPN_WORD_NOT_UP, error.text);
	/* The module may be back soon: not later than after two seconds. */
	side->up_due = sixpn_agent_clock() + 2000;
}

/*
 * What is opened next may be another one: this host may not be in it, and a lease
 * of it somebody else's.
 */
static void forget_registry(struct sixpn_agent_registry *side)
{
	say_text(side, SIXPN_WORD_ANEW, "");
	close_watches(side);
	forget_away(side);
	sixpn_node_close_registry(side->node);
	side->reopen = side->up = side->listed = false;
	side->lease = side->lease_due = side->up_due = side->list_due = 0;
}

/* It may not answer yet when the agent starts. */
static bool open_registry(struct sixpn_agent_registry *side)
{
	struct sixpn_error error = { 0 };
	int ret;

	if (side->reopen && sixpn_agent_clock() >= side->list_due)
		forget_registry(side);
	if (side->node->registry)
		return true;
	if (sixpn_agent_clock() < side->list_due)
		return false;
	ret = sixpn_node_open_registry(side->node, &error);
	if (!ret)
		return true;
	note_down(side, ret, error.text);
	return false;
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
	if (side->down) {
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
	if (ret && !side->down && ret != -ENOENT && ret != -EBADMSG &&
	    ret != -EPROTO)
		note_down(side, ret, error.text);
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
		side->listed = false;
		if (!side->down)
			side->list_due = 0;
	}
	if (side->wants_reopen) {
		side->reopen = true;
		side->list_due = 0;
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
	struct pollfd fds[WATCHES + 1];
	uint64_t now = sixpn_agent_clock(), count;
	nfds_t used = 1;
	int timeout = TURN_MS;
	size_t i;

	if (!side->up && side->node->registry)
		timeout = until(side->up_due, now, timeout);
	if (!side->listed)
		timeout = until(side->list_due, now, timeout);
	if (side->up && side->node->registry)
		timeout = until(side->lease_due, now, timeout);
	if (side->listed)
		timeout = until(seen_due(side), now, timeout);
	fds[0] = (struct pollfd){ .fd = side->wake_fd, .events = POLLIN };
	for (i = 0; side->listed && i < WATCHES; i++)
		fds[used++] = (struct pollfd){
			.fd = sixpn_registry_watch_fd(side->watches[i]),
			.events = POLLIN,
		};
	if (poll(fds, used, timeout) > 0 && fds[0].revents &&
	    read(side->wake_fd, &count, sizeof(count)) < 0)
		return;
}

static void *run(void *context)
{
	struct sixpn_agent_registry *side = context;

	while (take_requests(side)) {
		if (!open_registry(side)) {
			wait_for_something(side);
			continue;
		}
		if (!side->up && sixpn_agent_clock() >= side->up_due)
			bring_up(side);
		if (side->up && sixpn_agent_clock() >= side->lease_due)
			keep_alive(side);
		if (!side->listed && sixpn_agent_clock() >= side->list_due)
			list(side);
		if (side->listed)
			enter_seen(side);
		wait_for_something(side);
		if (side->listed)
			read_watches(side);
	}
	close_watches(side);
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
