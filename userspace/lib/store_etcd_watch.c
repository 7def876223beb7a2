// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A watch has connections of its own: one with a request whose answer has no
 * end, and one over which it asks the same member now and then whether it is
 * still there, for silence says nothing. Both are driven by whoever reads the
 * watch; its descriptor is an epoll of libcurl's sockets and a timer.
 *
 * Another member is asked from the revision on that is not known to have been
 * told whole, and what was told of that one is left out: so nothing is missed
 * and nothing told twice.
 */
#include "store_etcd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/param.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define PROBE_MS 2000
/* For the first answer of a connection, and for that of a probe. */
#define PATIENCE_MS 3000
#define EVENTS_MAX 8
/* Of one call: who reads has other things to do too. */
#define ROUNDS_MAX 64

enum state {
	WAITING,	/* until @at */
	LOGGING_IN,
	CONNECTING,	/* no message yet */
	STREAMING,
};

/**
 * struct etcd_watch - a watch
 * @etcd: borrowed
 * @next: changes from this revision on may not have been told; 0: from when a
 *	member first answers
 * @told: so many of them have been, all of the revision @next
 * @seen: so many of the revision @next came over this connection
 * @object: the message that is being told
 * @index: of its next event
 * @poll_fd: of @timer_fd and libcurl's sockets
 * @curl_at: when libcurl wants to be called; -1: it does not
 * @at: end of WAITING, LOGGING_IN and CONNECTING; of STREAMING, when the probe
 *	is to be sent or to be given up
 * @failures: in a row, on whichever endpoint
 * @fresh: the token was fetched for this connection
 * @forgotten: the store has forgotten changes that were not told
 */
struct etcd_watch {
	struct sixpn_store_watch watch;	/* first */
	struct sixpn_etcd *etcd;
	char prefix[SIXPN_STORE_KEY_MAX + 1];
	uint64_t next;
	size_t told;
	size_t seen;
	json_t *object;
	struct sixpn_etcd_message message;
	size_t index;
	int poll_fd;
	int timer_fd;
	CURLM *multi;
	int64_t curl_at;
	enum state state;
	unsigned int endpoint;
	int64_t at;
	struct sixpn_etcd_request request;
	struct sixpn_etcd_request probe_request;
	struct sixpn_etcd_exchange exchange;
	struct sixpn_etcd_exchange probe;
	unsigned int failures;
	bool fresh;
	bool forgotten;
};

/* --- The descriptor. --- */

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *data,
		     void *ignored)
{
	struct etcd_watch *watch = data;
	struct epoll_event event = { .data.fd = fd };

	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(watch->poll_fd, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	if (what & CURL_POLL_IN)
		event.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		event.events |= EPOLLOUT;
	/* One that was closed has gone by itself, and its number is used again. */
	if (!epoll_ctl(watch->poll_fd, EPOLL_CTL_MOD, fd, &event) ||
	    !epoll_ctl(watch->poll_fd, EPOLL_CTL_ADD, fd, &event))
		return 0;
	return -1;
}

static int on_timer(CURLM *multi, long milliseconds, void *data)
{
	struct etcd_watch *watch = data;

	watch->curl_at = milliseconds < 0 ? -1 :
					    sixpn_etcd_now() + milliseconds;
	return 0;
}

static void set_timer(struct etcd_watch *watch, bool soon)
{
	struct itimerspec when = { 0 };
	int64_t at = watch->at, left;

	if (watch->curl_at >= 0)
		at = MIN(at, watch->curl_at);
	left = soon ? 0 : at - sixpn_etcd_now();
	when.it_value.tv_sec = MAX(left, 0) / 1000;
	when.it_value.tv_nsec = MAX(left, 0) % 1000 * 1000000 + 1;
	timerfd_settime(watch->timer_fd, 0, &when, NULL);
}

static int open_fds(struct etcd_watch *watch)
{
	struct epoll_event event = { .events = EPOLLIN };

	watch->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (watch->poll_fd < 0)
		return -errno;
	watch->timer_fd = timerfd_create(CLOCK_MONOTONIC,
					 TFD_NONBLOCK | TFD_CLOEXEC);
	if (watch->timer_fd < 0)
		return -errno;
	event.data.fd = watch->timer_fd;
	if (epoll_ctl(watch->poll_fd, EPOLL_CTL_ADD, watch->timer_fd, &event))
		return -errno;
	watch->multi = sixpn_curl.multi_init();
	if (!watch->multi ||
	    sixpn_curl.multi_setopt(watch->multi, CURLMOPT_SOCKETFUNCTION,
				    on_socket) ||
	    sixpn_curl.multi_setopt(watch->multi, CURLMOPT_SOCKETDATA, watch) ||
	    sixpn_curl.multi_setopt(watch->multi, CURLMOPT_TIMERFUNCTION, on_timer) ||
	    sixpn_curl.multi_setopt(watch->multi, CURLMOPT_TIMERDATA, watch))
		return -ENOMEM;
	return 0;
}

/* --- Connections. --- */

static void end_request(struct etcd_watch *watch,
			struct sixpn_etcd_exchange *exchange,
			struct sixpn_etcd_request *request)
{
	sixpn_etcd_exchange_end(exchange, watch->multi);
	sixpn_etcd_forget(request->body);
	memset(request, 0, sizeof(*request));
}

static void disconnect(struct etcd_watch *watch)
{
	end_request(watch, &watch->exchange, &watch->request);
	end_request(watch, &watch->probe, &watch->probe_request);
	json_decref(watch->object);
	watch->object = NULL;
	watch->seen = 0;
}

/* On to whichever may be asked first. */
static void wait_for_next(struct etcd_watch *watch, unsigned int first)
{
	disconnect(watch);
	watch->state = WAITING;
	watch->endpoint = sixpn_etcd_choose(watch->etcd, first, &watch->at);
}

/*
 * Nobody need know of a member that went while others are there.
 * Return: @code once all have failed in a row, 0 before.
 */
static int fail(struct etcd_watch *watch, int code)
{
	sixpn_etcd_put_off(watch->etcd, watch->endpoint);
	wait_for_next(watch, (watch->endpoint + 1) %
			     watch->etcd->endpoint_count);
	return ++watch->failures < watch->etcd->endpoint_count ? 0 : code;
}

static int start(struct etcd_watch *watch, struct sixpn_etcd_exchange *exchange,
		 struct sixpn_etcd_request *request, bool stream)
{
	if (!request->body)
		return -ENOMEM;
	request->length = strlen(request->body);
	return sixpn_etcd_exchange_start(exchange, watch->etcd, watch->multi,
					 watch->endpoint, request, stream);
}

static int log_in(struct etcd_watch *watch)
{
	const struct sixpn_etcd *etcd = watch->etcd;

	watch->state = LOGGING_IN;
	watch->fresh = true;
	watch->at = sixpn_etcd_now() + PATIENCE_MS;
	watch->request = (struct sixpn_etcd_request){
		.path = "/v3/auth/authenticate",
		.body = sixpn_etcd_login_body(etcd->user, etcd->password),
		.no_token = true,
	};
	return start(watch, &watch->exchange, &watch->request, false);
}

static int connect_stream(struct etcd_watch *watch)
{
	watch->state = CONNECTING;
	watch->at = sixpn_etcd_now() + PATIENCE_MS;
	watch->request = (struct sixpn_etcd_request){
		.path = "/v3/watch",
		.body = sixpn_etcd_watch_body(watch->prefix, watch->next),
	};
	return start(watch, &watch->exchange, &watch->request, true);
}

static int connect_next(struct etcd_watch *watch)
{
	const struct sixpn_etcd *etcd = watch->etcd;

	if (etcd->user && !etcd->token && !etcd->open)
		return log_in(watch);
	return connect_stream(watch);
}

static int send_probe(struct etcd_watch *watch)
{
	watch->at = sixpn_etcd_now() + PATIENCE_MS;
	watch->probe_request = (struct sixpn_etcd_request){
		.path = "/v3/kv/range",
		.body = sixpn_etcd_probe_body(watch->prefix),
	};
	return start(watch, &watch->probe, &watch->probe_request, false);
}

/* A token that is not good any more is fetched once for each connection. */
static bool renew_token(struct etcd_watch *watch)
{
	struct sixpn_etcd *etcd = watch->etcd;

	if (!etcd->user || watch->fresh)
		return false;
	sixpn_etcd_forget(etcd->token);
	etcd->token = NULL;
	etcd->open = false;
	disconnect(watch);
	watch->state = WAITING;
	watch->at = sixpn_etcd_now();
	return true;
}

static int logged_in(struct etcd_watch *watch, CURLcode code,
		     struct sixpn_error *error)
{
	struct sixpn_etcd_result result;
	struct sixpn_error why = { 0 };
	int ret = 0;

	sixpn_etcd_exchange_judge(&watch->exchange, code, &result, &why);
	if (result.outcome == SIXPN_ETCD_ANSWERED) {
		ret = sixpn_etcd_keep_token(watch->etcd, result.answer);
		json_decref(result.answer);
		if (ret)
			sixpn_error_set(&why, ret,
					"etcd %s: gives no token, see its log",
					watch->etcd->endpoints[watch->endpoint].name);
	} else if (strstr(why.text, "authentication is not enabled")) {
		watch->etcd->open = true;
	} else {
		ret = result.code;
	}
	if (ret) {
		sixpn_error_set(error, ret, "%s", why.text);
		watch->fresh = false;
		return fail(watch, ret);
	}
	disconnect(watch);
	return connect_stream(watch);
}

static int probed(struct etcd_watch *watch, CURLcode code,
		  struct sixpn_error *error)
{
	struct sixpn_etcd_result result;

	sixpn_etcd_exchange_judge(&watch->probe, code, &result, error);
	json_decref(result.answer);
	/* What it refuses here it would not have granted to the watch either. */
	if (result.outcome == SIXPN_ETCD_NOT_DONE ||
	    result.outcome == SIXPN_ETCD_UNCLEAR)
		return fail(watch, result.code);
	if (result.outcome == SIXPN_ETCD_TOKEN && renew_token(watch))
		return 0;
	end_request(watch, &watch->probe, &watch->probe_request);
	watch->at = sixpn_etcd_now() + PROBE_MS;
	return 0;
}

static int stream_ended(struct etcd_watch *watch, CURLcode code,
			struct sixpn_error *error)
{
	struct sixpn_etcd_result result;

	sixpn_etcd_exchange_judge(&watch->exchange, code, &result, error);
	json_decref(result.answer);
	if (result.outcome == SIXPN_ETCD_TOKEN && renew_token(watch))
		return 0;
	/* What it had to say was read before; this was the end of it. */
	if (!code)
		result.code = sixpn_error_set(error, -ECONNRESET,
					      "etcd %s: has ended the watch, see that it runs",
					      watch->etcd->endpoints[watch->endpoint].name);
	return fail(watch, result.code);
}

static int ended(struct etcd_watch *watch, const CURLMsg *message,
		 struct sixpn_error *error)
{
	CURLcode code = message->data.result;

	if (message->easy_handle == watch->probe.easy)
		return probed(watch, code, error);
	if (watch->state == LOGGING_IN)
		return logged_in(watch, code, error);
	return stream_ended(watch, code, error);
}

/* What is due by the clock. */
static int due(struct etcd_watch *watch, struct sixpn_error *error)
{
	struct sixpn_etcd_result result;
	int ret;

	if (sixpn_etcd_now() < watch->at)
		return 0;
	if (watch->state == WAITING)
		ret = connect_next(watch);
	else if (watch->state == STREAMING && !watch->probe.easy)
		ret = send_probe(watch);
	else {
		sixpn_etcd_exchange_late(watch->probe.easy ? &watch->probe :
					 &watch->exchange, &result, error);
		return fail(watch, result.code);
	}
	if (!ret)
		return 0;
	sixpn_error_set(error, ret, "out of memory");
	fail(watch, ret);
	return ret;
}

/*
 * Whatever libcurl has to do now, without waiting.
 * Return: 1 (there may be more), 0, or an error.
 */
static int drive(struct etcd_watch *watch, struct sixpn_error *error)
{
	struct epoll_event events[EVENTS_MAX];
	uint64_t expired;
	int count, i, left, ret;
	bool busy = false;

	ret = due(watch, error);
	if (ret)
		return ret;
	count = epoll_wait(watch->poll_fd, events, EVENTS_MAX, 0);
	for (i = 0; i < count; i++) {
		int fd = events[i].data.fd, what = 0;

		if (fd == watch->timer_fd) {
			(void)!read(fd, &expired, sizeof(expired));
			continue;
		}
		busy = true;
		if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
			what |= CURL_CSELECT_IN;
		if (events[i].events & EPOLLOUT)
			what |= CURL_CSELECT_OUT;
		if (events[i].events & EPOLLERR)
			what |= CURL_CSELECT_ERR;
		sixpn_curl.multi_socket_action(watch->multi, fd, what, &left);
	}
	if (watch->curl_at >= 0 && watch->curl_at <= sixpn_etcd_now()) {
		watch->curl_at = -1;
		busy = true;
		sixpn_curl.multi_socket_action(watch->multi, CURL_SOCKET_TIMEOUT, 0,
					       &left);
	}
	return busy;
}

/* Those that have ended. After their last messages: these come first. */
static int reap(struct etcd_watch *watch, struct sixpn_error *error)
{
	CURLMsg *message;
	int left, ret = 0;

	while (!ret && (message = sixpn_curl.multi_info_read(watch->multi, &left)))
		if (message->msg == CURLMSG_DONE)
			ret = ended(watch, message, error);
	return ret;
}

/* --- What the stream says. --- */

static const char *endpoint_name(const struct etcd_watch *watch)
{
	return watch->etcd->endpoints[watch->endpoint].name;
}

static int misunderstood(struct etcd_watch *watch, int code,
			 struct sixpn_error *error)
{
	sixpn_error_set(error, code,
			"etcd %s: what it tells a watch cannot be read: %s",
			endpoint_name(watch), strerror(-code));
	return fail(watch, code);
}

static int forgotten(struct etcd_watch *watch, struct sixpn_error *error)
{
	return sixpn_error_set(error, -EOVERFLOW,
			       "etcd %s: has forgotten changes from revision %llu on, list again",
			       endpoint_name(watch),
			       (unsigned long long)watch->next);
}

/* The member ends the watch, or never began it. */
static int refused(struct etcd_watch *watch,
		   const struct sixpn_etcd_refusal *refusal,
		   struct sixpn_error *error)
{
	struct sixpn_etcd_result result = { 0 };
	bool denied = strstr(refusal->message, "permission denied");

	sixpn_etcd_refusal_judge(watch->etcd, endpoint_name(watch), refusal,
				 &result, error);
	if (result.code == -EOVERFLOW) {
		watch->forgotten = true;
		return result.code;
	}
	/* 3.4 says so of a token that is not good, too. */
	if ((result.outcome == SIXPN_ETCD_TOKEN || denied) &&
	    renew_token(watch))
		return 0;
	watch->fresh = false;
	return fail(watch, result.code);
}

static int canceled(struct etcd_watch *watch, struct sixpn_error *error)
{
	struct sixpn_etcd_refusal refusal = { .code = SIXPN_GRPC_UNAVAILABLE };

	if (watch->message.compacted) {
		watch->forgotten = true;
		return forgotten(watch, error);
	}
	strcpy(refusal.message, watch->message.reason[0] ?
					watch->message.reason :
					"has ended the watch");
	return refused(watch, &refusal, error);
}

/* All of it has been told: where to go on from. */
static void message_told(struct etcd_watch *watch)
{
	const struct sixpn_etcd_message *message = &watch->message;

	if (message->created) {
		if (!watch->next)
			watch->next = message->revision + 1;
	} else if (json_array_size(message->events)) {
		/* A fragment may end within a revision, others do not. */
		if (!message->fragment && watch->seen) {
			watch->next++;
			watch->told = watch->seen = 0;
		}
	} else if (!message->fragment && message->revision >= watch->next) {
		/* Nothing has happened up to then. */
		watch->next = message->revision + 1;
		watch->told = watch->seen = 0;
	}
	json_decref(watch->object);
	watch->object = NULL;
}

static int tell(struct etcd_watch *watch, const json_t *object,
		sixpn_store_visit visit, void *data, int *told)
{
	struct sixpn_store_entry entry = { 0 };
	struct sixpn_etcd_pair pair;
	bool deleted;
	int ret;

	ret = sixpn_etcd_read_event(object, &pair, &deleted);
	if (ret && ret != -ENOENT)
		return ret;
	/* Before what was asked for: has been told. */
	if (pair.revision < watch->next) {
		sixpn_etcd_pair_clear(&pair);
		return 0;
	}
	if (pair.revision > watch->next) {
		watch->next = pair.revision;
		watch->told = watch->seen = 0;
	}
	if (watch->seen++ < watch->told) {
		sixpn_etcd_pair_clear(&pair);
		return 0;
	}
	watch->told++;
	if (ret == -ENOENT)
		return 0;
	entry.key = pair.key;
	entry.value = pair.value;
	entry.length = pair.length;
	entry.revision = pair.revision;
	*told = visit(data, &entry);
	sixpn_etcd_pair_clear(&pair);
	return 0;
}

static int tell_events(struct etcd_watch *watch, sixpn_store_visit visit,
		       void *data, int *told, struct sixpn_error *error)
{
	json_t *events = watch->message.events;
	int ret = 0;

	while (!ret && !*told && watch->index < json_array_size(events))
		ret = tell(watch, json_array_get(events, watch->index++),
			   visit, data, told);
	if (ret)
		return misunderstood(watch, ret, error);
	if (watch->index >= json_array_size(events))
		message_told(watch);
	return 0;
}

/* Return: 1 (a message to tell), 0 (none yet), or an error. */
static int next_message(struct etcd_watch *watch, struct sixpn_error *error)
{
	struct sixpn_etcd_refusal refusal;
	json_t *object, *result;
	int ret;

	ret = sixpn_etcd_text_next(&watch->exchange.answer, &object);
	if (ret)
		return ret == -EAGAIN ? 0 : misunderstood(watch, ret, error);
	ret = sixpn_etcd_read_refusal(object, &refusal);
	if (ret != -ENOENT) {
		json_decref(object);
		return ret ? misunderstood(watch, ret, error) :
			     refused(watch, &refusal, error);
	}
	result = json_object_get(object, "result");
	if (sixpn_etcd_read_message(result, &watch->message)) {
		json_decref(object);
		return misunderstood(watch, -EPROTO, error);
	}
	watch->object = object;
	watch->index = 0;
	if (watch->message.canceled)
		return canceled(watch, error);
	if (watch->state == CONNECTING) {
		watch->state = STREAMING;
		watch->failures = 0;
		watch->fresh = false;
		watch->at = sixpn_etcd_now() + PROBE_MS;
		sixpn_etcd_endpoint_good(watch->etcd, watch->endpoint);
	}
	return 1;
}

/* All messages that are there, until the visitor has enough. */
static int tell_all(struct etcd_watch *watch, sixpn_store_visit visit,
		    void *data, int *told, struct sixpn_error *error)
{
	int ret;

	do {
		if (!watch->object) {
			if (watch->state != CONNECTING &&
			    watch->state != STREAMING)
				return 0;
			ret = next_message(watch, error);
			if (ret <= 0)
				return ret;
		}
		ret = tell_events(watch, visit, data, told, error);
	} while (!ret && !*told);
	return ret;
}

/* Return: 1 (there may be more), 0, or an error. */
static int read_some(struct etcd_watch *watch, sixpn_store_visit visit,
		     void *data, int *told, struct sixpn_error *error)
{
	int more, ret;

	ret = tell_all(watch, visit, data, told, error);
	if (ret || *told)
		return ret;
	more = drive(watch, error);
	if (more < 0)
		return more;
	ret = tell_all(watch, visit, data, told, error);
	/* After the last messages, the end of the connection. */
	if (!ret && !*told)
		ret = reap(watch, error);
	return ret ? ret : more;
}

int sixpn_etcd_watch_read(struct sixpn_store_watch *watch,
			  sixpn_store_visit visit, void *data,
			  struct sixpn_error *error)
{
	struct etcd_watch *mine = (struct etcd_watch *)watch;
	int ret = 1, told = 0, rounds;

	if (mine->forgotten)
		return forgotten(mine, error);
	for (rounds = 0; ret > 0 && !told && rounds < ROUNDS_MAX; rounds++)
		ret = read_some(mine, visit, data, &told, error);
	/* There may be more. */
	set_timer(mine, ret || told);
	return told ? told : MIN(ret, 0);
}

/* --- Opening and closing. --- */

/* Of now; 0 if no member answers. */
static int find_revision(struct sixpn_etcd *etcd, const char *prefix,
			 uint64_t *revision, struct sixpn_error *error)
{
	struct sixpn_etcd_request request = {
		.path = "/v3/kv/range",
		.body = sixpn_etcd_range_body(prefix, prefix, false, 1, 0),
		.repeatable = true,
	};
	json_t *answer;
	int ret;

	ret = sixpn_etcd_call(etcd, sixpn_etcd_deadline(etcd), &request,
			      &answer, error);
	if (!ret && !sixpn_etcd_read_revision(answer, revision))
		++*revision;
	json_decref(answer);
	/* The watch will say what is the matter, if it lasts. */
	return ret == -ENOMEM || ret == -EACCES ? ret : 0;
}

int sixpn_etcd_watch_open(struct sixpn_store_watch **watch,
			  struct sixpn_store *store, const char *prefix,
			  uint64_t revision, struct sixpn_error *error)
{
	struct etcd_watch *mine = calloc(1, sizeof(*mine));
	int ret;

	if (!mine)
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	mine->watch.backend = store->backend;
	mine->etcd = sixpn_etcd(store);
	mine->poll_fd = mine->timer_fd = -1;
	mine->curl_at = -1;
	mine->next = revision;
	strcpy(mine->prefix, prefix);
	ret = open_fds(mine);
	if (ret)
		sixpn_error_set(error, ret, "etcd cannot be watched: %s",
				strerror(-ret));
	else if (!revision)
		ret = find_revision(mine->etcd, prefix, &mine->next, error);
	if (ret) {
		sixpn_etcd_watch_close(&mine->watch);
		return ret;
	}
	mine->endpoint = mine->etcd->current;
	mine->at = sixpn_etcd_now();
	set_timer(mine, true);
	*watch = &mine->watch;
	return 0;
}

int sixpn_etcd_watch_fd(const struct sixpn_store_watch *watch)
{
	return ((const struct etcd_watch *)watch)->poll_fd;
}

void sixpn_etcd_watch_close(struct sixpn_store_watch *watch)
{
	struct etcd_watch *mine = (struct etcd_watch *)watch;

	disconnect(mine);
	if (mine->multi)
		sixpn_curl.multi_cleanup(mine->multi);
	if (mine->timer_fd >= 0)
		close(mine->timer_fd);
	if (mine->poll_fd >= 0)
		close(mine->poll_fd);
	free(mine);
}
