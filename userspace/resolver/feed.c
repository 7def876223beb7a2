// SPDX-License-Identifier: GPL-2.0-or-later
#include "feed.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "follow.h"

#define KINDS 5
/* Words that wait, of about 4 KiB each. */
#define WORDS_MAX 2048
/* Even if nothing happens. */
#define TURN_MS 5000

/**
 * struct sixpn_feed - the thread and what it shares
 * @lock: protects the words and what is asked for
 * @room: signalled when words have been taken
 * @wake_fd: eventfd, for the thread
 */
struct sixpn_feed {
	struct sixpn_node *node;
	void (*wake)(void *context);
	void *context;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t room;
	int wake_fd;

	struct sixpn_feed_word *first, **last;
	size_t count;
	bool stop, wants_reopen;
	uint64_t pulse;

	/* The thread's own. */
	struct sixpn_follow follow;
	struct sixpn_follow_told told;
	struct sixpn_registry_what whats[KINDS];
};

/* --- Words. --- */

void sixpn_feed_word_free(struct sixpn_feed_word *word)
{
	if (!word)
		return;
	if (word->kind == SIXPN_FEED_CHANGE)
		sixpn_record_clear(&word->record);
	free(word);
}

struct sixpn_feed_word *sixpn_feed_take(struct sixpn_feed *feed)
{
	struct sixpn_feed_word *words;

	pthread_mutex_lock(&feed->lock);
	words = feed->first;
	feed->first = NULL;
	feed->last = &feed->first;
	feed->count = 0;
	pthread_cond_signal(&feed->room);
	pthread_mutex_unlock(&feed->lock);
	return words;
}

static void append(struct sixpn_feed *feed, struct sixpn_feed_word *word)
{
	*feed->last = word;
	feed->last = &word->next;
	feed->count++;
}

/* Consumes the word. Return: false: nobody listens any more. */
static bool say(struct sixpn_feed *feed, struct sixpn_feed_word *word)
{
	bool first, stop;

	pthread_mutex_lock(&feed->lock);
	while (feed->count >= WORDS_MAX && !feed->stop)
		pthread_cond_wait(&feed->room, &feed->lock);
	feed->pulse = sixpn_agent_clock();
	first = !feed->first;
	stop = feed->stop;
	if (!stop)
		append(feed, word);
	pthread_mutex_unlock(&feed->lock);
	if (stop)
		sixpn_feed_word_free(word);
	else if (first)
		feed->wake(feed->context);
	return !stop;
}

/* What a watch has told it does not tell again: all is to be told anew. */
static void note_loss(struct sixpn_feed *feed)
{
	feed->follow.listed = false;
	feed->follow.reopen = true;
}

static struct sixpn_feed_word *new_word(struct sixpn_feed *feed,
					enum sixpn_word_of_feed kind)
{
	struct sixpn_feed_word *word = malloc(sizeof(*word));

	if (!word) {
		note_loss(feed);
		return NULL;
	}
	word->next = NULL;
	word->kind = kind;
	word->gone = false;
	word->text[0] = '\0';
	return word;
}

static void say_text(struct sixpn_feed *feed, enum sixpn_word_of_feed kind,
		     const char *text)
{
	struct sixpn_feed_word *word = new_word(feed, kind);

	if (!word)
		return;
	snprintf(word->text, sizeof(word->text), "%s", text);
	say(feed, word);
}

/* --- What following tells. --- */

/* A copy by sixpn_record_copy() goes by JSON: of that only the names count. */
static int copy_known(struct sixpn_record *copy,
		      const struct sixpn_record *record)
{
	void *array = NULL;
	size_t size = 0;

	*copy = *record;
	copy->rest = NULL;
	if (record->kind == SIXPN_RECORD_CLIENT) {
		memset(copy->client.preshared_key, 0,
		       sizeof(copy->client.preshared_key));
	} else if (record->kind == SIXPN_RECORD_MACHINE) {
		copy->machine.checks = NULL;
		copy->machine.check_count = 0;
		array = record->machine.metadata;
		size = record->machine.metadata_count *
		       sizeof(*record->machine.metadata);
	} else if (record->kind == SIXPN_RECORD_SERVICE) {
		array = record->service.ports;
		size = record->service.port_count *
		       sizeof(*record->service.ports);
	}
	if (size) {
		void *own = malloc(size);

		if (!own)
			return -ENOMEM;
		array = memcpy(own, array, size);
	} else {
		array = NULL;
	}
	if (record->kind == SIXPN_RECORD_MACHINE)
		copy->machine.metadata = array;
	else if (record->kind == SIXPN_RECORD_SERVICE)
		copy->service.ports = array;
	return 0;
}

static int take_change(void *data, const struct sixpn_record *before,
		       const struct sixpn_record *after)
{
	struct sixpn_feed *feed = data;
	struct sixpn_feed_word *word;

	/* Most changes of all, and no name is another one for it. */
	if (before && after && sixpn_record_differs_in_seen(before, after))
		return 0;
	word = new_word(feed, SIXPN_FEED_CHANGE);
	if (!word)
		return -ENOMEM;
	word->gone = !after;
	if (copy_known(&word->record, after ? after : before)) {
		free(word);
		note_loss(feed);
		return -ENOMEM;
	}
	return say(feed, word) ? 0 : -ECANCELED;
}

static void take_bad(void *data, const char *key, const struct sixpn_error *why)
{
	(void)key;
	say_text(data, SIXPN_FEED_BAD, why->text);
}

static void begin_list(void *data)
{
	(void)data;
}

static void say_listed(void *data)
{
	say_text(data, SIXPN_FEED_LISTED, "");
}

static void say_anew(void *data)
{
	say_text(data, SIXPN_FEED_ANEW, "");
}

static void say_outage(void *data, const char *why)
{
	say_text(data, SIXPN_FEED_OUTAGE, why);
}

static void say_back(void *data)
{
	say_text(data, SIXPN_FEED_BACK, "");
}

static void beat_on(void *data)
{
	struct sixpn_feed *feed = data;

	pthread_mutex_lock(&feed->lock);
	feed->pulse = sixpn_agent_clock();
	pthread_mutex_unlock(&feed->lock);
}

/* --- The thread. --- */

/* Return: whether to go on. */
static bool take_requests(struct sixpn_feed *feed)
{
	bool stop;

	beat_on(feed);
	pthread_mutex_lock(&feed->lock);
	stop = feed->stop;
	if (feed->wants_reopen) {
		feed->follow.reopen = true;
		feed->follow.list_due = 0;
	}
	feed->wants_reopen = false;
	pthread_mutex_unlock(&feed->lock);
	return !stop;
}

static void wait_for_something(struct sixpn_feed *feed)
{
	struct pollfd fds[SIXPN_FOLLOW_MAX + 1];
	uint64_t now = sixpn_agent_clock(), count;
	uint64_t due = feed->follow.list_due;
	int timeout = TURN_MS;
	nfds_t used = 1;

	if (!feed->follow.listed)
		timeout = due <= now ? 0 : due - now < TURN_MS ?
			  (int)(due - now) : TURN_MS;
	fds[0] = (struct pollfd){ .fd = feed->wake_fd, .events = POLLIN };
	used += sixpn_follow_fds(&feed->follow, &fds[1]);
	if (poll(fds, used, timeout) > 0 && fds[0].revents &&
	    read(feed->wake_fd, &count, sizeof(count)) < 0)
		return;
}

static void *run(void *context)
{
	struct sixpn_feed *feed = context;

	while (take_requests(feed)) {
		if (sixpn_follow_open(&feed->follow))
			sixpn_follow_list(&feed->follow);
		wait_for_something(feed);
		sixpn_follow_read(&feed->follow);
	}
	sixpn_follow_close(&feed->follow);
	return NULL;
}

/* Hosts before what is on them, and networks before what is in them. */
static void begin(struct sixpn_feed *feed)
{
	static const enum sixpn_record_kind kinds[KINDS] = {
		SIXPN_RECORD_NETWORK, SIXPN_RECORD_HOST, SIXPN_RECORD_MACHINE,
		SIXPN_RECORD_CLIENT, SIXPN_RECORD_SERVICE,
	};
	size_t i;

	for (i = 0; i < KINDS; i++)
		feed->whats[i].kind = kinds[i];
	feed->told = (struct sixpn_follow_told){
		.beat = beat_on, .list = begin_list, .change = take_change,
		.bad = take_bad, .listed = say_listed, .anew = say_anew,
		.outage = say_outage, .back = say_back, .data = feed,
	};
	feed->follow = (struct sixpn_follow){
		.node = feed->node, .told = &feed->told, .whats = feed->whats,
		.count = KINDS,
	};
	feed->last = &feed->first;
	feed->pulse = sixpn_agent_clock();
	pthread_mutex_init(&feed->lock, NULL);
	pthread_cond_init(&feed->room, NULL);
}

static void end(struct sixpn_feed *feed)
{
	if (feed->wake_fd >= 0)
		close(feed->wake_fd);
	pthread_cond_destroy(&feed->room);
	pthread_mutex_destroy(&feed->lock);
	free(feed);
}

int sixpn_feed_start(struct sixpn_feed **result, struct sixpn_node *node,
		     void (*wake)(void *context), void *context,
		     struct sixpn_error *error)
{
	struct sixpn_feed *feed = calloc(1, sizeof(*feed));
	sigset_t all, before;
	int ret;

	if (!feed)
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	feed->node = node;
	feed->wake = wake;
	feed->context = context;
	begin(feed);
	feed->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ret = feed->wake_fd < 0 ? errno : 0;
	/* Signals are for the loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	if (!ret)
		ret = pthread_create(&feed->thread, NULL, run, feed);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (ret) {
		end(feed);
		return sixpn_error_set(error, -ret, "cannot start a thread: %s",
				       strerror(ret));
	}
	*result = feed;
	return 0;
}

/* --- For the loop. --- */

static void wake_thread(struct sixpn_feed *feed)
{
	const uint64_t one = 1;

	/* It is full: the thread will wake up all the same. */
	if (write(feed->wake_fd, &one, sizeof(one)) < 0)
		return;
}

void sixpn_feed_reopen(struct sixpn_feed *feed)
{
	pthread_mutex_lock(&feed->lock);
	feed->wants_reopen = true;
	pthread_mutex_unlock(&feed->lock);
	wake_thread(feed);
}

uint64_t sixpn_feed_pulse(struct sixpn_feed *feed)
{
	uint64_t pulse;

	pthread_mutex_lock(&feed->lock);
	pulse = feed->pulse;
	pthread_mutex_unlock(&feed->lock);
	return pulse;
}

void sixpn_feed_stop(struct sixpn_feed *feed)
{
	struct sixpn_feed_word *words, *word;

	if (!feed)
		return;
	pthread_mutex_lock(&feed->lock);
	feed->stop = true;
	pthread_cond_signal(&feed->room);
	pthread_mutex_unlock(&feed->lock);
	wake_thread(feed);
	pthread_join(feed->thread, NULL);
	words = sixpn_feed_take(feed);
	while ((word = words)) {
		words = word->next;
		sixpn_feed_word_free(word);
	}
	end(feed);
}
