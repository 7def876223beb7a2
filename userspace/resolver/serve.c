// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "serve_part.h"

#define SECOND_MS 1000
/* What is on its way when a signal comes has so long to be answered. */
#define STOP_MS 3000
#define STOP_TURN_MS 20
/* See PULSE_MAX_MS of the agent. */
#define PULSE_MAX_MS 120000
/* What is not said again by then has ended; then it is news. */
#define TROUBLE_MS 60000
/* Status for people. */
#define STATUS_TURNS 10

void sixpn_serve_log(struct sixpn_serve *serve, enum sixpn_serve_level level,
		     const char *format, ...)
{
	char text[1536];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	serve->options->log(serve->options->context, level, text);
}

void sixpn_serve_trouble(struct sixpn_serve *serve, const char *text)
{
	uint64_t now = sixpn_agent_clock();
	bool goes_on = now - serve->trouble_at < TROUBLE_MS;

	serve->trouble_at = now;
	if (goes_on && !strcmp(serve->trouble, text))
		return;
	snprintf(serve->trouble, sizeof(serve->trouble), "%s", text);
	sixpn_serve_log(serve, SIXPN_SERVE_ERROR, "%s", text);
}

static void notify(struct sixpn_serve *serve, const char *state)
{
	serve->options->notify(serve->options->context, state);
}

/* --- What others tell. --- */

static void upstream_answered(void *context, const struct sixpn_query *query,
			      const struct sixpn_asker *asker,
			      const uint8_t *out, size_t length)
{
	struct sixpn_serve *serve = context;

	if (asker->connection)
		sixpn_tcp_answer(serve->tcp, asker, out, length);
	else if (length)
		sixpn_udp_answer(serve->udp, query, asker, out, length);
}

static void self_told(void *context, uint32_t host)
{
	struct sixpn_serve *serve = context;

	if (host == serve->self)
		return;
	serve->self = host;
	sixpn_zone_self(serve->zone, host);
	if (serve->anew)
		sixpn_zone_self(serve->anew, host);
	sixpn_serve_begin(serve);
}

static void rtt_measured(void *context, uint32_t host, uint32_t microseconds)
{
	struct sixpn_serve *serve = context;

	sixpn_zone_rtt(serve->zone, host, microseconds);
	if (serve->anew)
		sixpn_zone_rtt(serve->anew, host, microseconds);
}

/* --- Timers. --- */

static void second_due(uv_timer_t *timer)
{
	struct sixpn_serve *serve = timer->data;
	static unsigned int turns;

	sixpn_serve_look(serve);
	sixpn_metrics_tick(serve->metrics);
	if (turns++ % STATUS_TURNS == 0)
		sixpn_serve_say_status(serve);
}

static void alive_due(uv_timer_t *timer)
{
	struct sixpn_serve *serve = timer->data;
	uint64_t limit = PULSE_MAX_MS +
			 3000ULL * serve->side->node.config.registry_timeout;

	if (sixpn_agent_clock() - sixpn_feed_pulse(serve->side->feed) < limit)
		notify(serve, "WATCHDOG=1");
}

/* --- The end. --- */

static void stop_due(uv_timer_t *timer)
{
	struct sixpn_serve *serve = timer->data;
	const struct sixpn_upstream_counters *counters =
		sixpn_upstream_counters(serve->upstream);
	bool waits = counters->outstanding > counters->late;

	if (!sixpn_tcp_finish(serve->tcp))
		waits = true;
	if (!waits || sixpn_agent_clock() >= serve->stop_due)
		uv_stop(&serve->loop);
}

static void stop(struct sixpn_serve *serve)
{
	if (serve->stop_due)
		return;
	notify(serve, "STOPPING=1");
	serve->stop_due = sixpn_agent_clock() + STOP_MS;
	uv_timer_stop(&serve->second_timer);
	sixpn_udp_drain(serve->udp);
	sixpn_tcp_stop(serve->tcp);
	uv_timer_start(&serve->stop_timer, stop_due, 0, STOP_TURN_MS);
}

/* --- Reloading. --- */

/* Where people look, in case it is another place now. */
static void open_metrics(struct sixpn_serve *serve, const char *path)
{
	int ret = sixpn_metrics_start(&serve->metrics, &serve->loop, path,
				      sixpn_serve_write_metrics, serve);

	if (!ret)
		return;
	serve->metrics = NULL;
	sixpn_serve_log(serve, SIXPN_SERVE_WARNING, "no metrics: %s: %s", path,
			strerror(-ret));
}

/*
 * The registry is opened again in any case: the password may be another one.
 * Answers go on meanwhile from what is known.
 */
static int apply(struct sixpn_serve *serve, struct sixpn_node *node,
		 struct sixpn_error *error)
{
	bool moved = strcmp(serve->side->node.config.resolver_metrics,
			    node->config.resolver_metrics);
	int ret = sixpn_serve_follow(serve, node, error);
	const struct sixpn_host_config *config = &serve->side->node.config;

	if (ret)
		return ret;
	sixpn_serve_begin_anew(serve);
	if (moved) {
		sixpn_metrics_stop(serve->metrics);
		open_metrics(serve, config->resolver_metrics);
	}
	strcpy(serve->ifname, config->device);
	sixpn_serve_upstreams(serve);
	sixpn_serve_look(serve);
	return 0;
}

static void reload(struct sixpn_serve *serve)
{
	struct sixpn_error error = { 0 };
	struct sixpn_node node = { 0 };
	int ret;

	notify(serve, "RELOADING=1");
	ret = serve->options->reload(serve->options->context, &node, &error);
	if (!ret)
		ret = apply(serve, &node, &error);
	if (ret)
		sixpn_serve_log(serve, SIXPN_SERVE_ERROR,
				"%s: the configuration stays as it was",
				error.text);
	else
		sixpn_serve_log(serve, SIXPN_SERVE_NOTICE,
				"the configuration has been read");
	sixpn_node_close(&node);
	notify(serve, "READY=1");
}

static void signalled(uv_signal_t *signal, int number)
{
	struct sixpn_serve *serve = signal->data;

	if (number != SIGHUP)
		stop(serve);
	else if (!serve->stop_due)
		reload(serve);
}

/* --- Beginning and end. --- */

static void start_timers(struct sixpn_serve *serve)
{
	uv_timer_t *const timers[] = {
		&serve->second_timer, &serve->alive_timer, &serve->stop_timer,
	};
	size_t i;

	for (i = 0; i < sizeof(timers) / sizeof(*timers); i++) {
		uv_timer_init(&serve->loop, timers[i]);
		timers[i]->data = serve;
	}
	uv_timer_start(&serve->second_timer, second_due, 0, SECOND_MS);
	if (serve->options->alive_ms)
		uv_timer_start(&serve->alive_timer, alive_due, 0,
			       serve->options->alive_ms);
}

static void start_signals(struct sixpn_serve *serve)
{
	uv_signal_t *const signals[] = {
		&serve->term, &serve->interrupt, &serve->hangup,
	};
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		uv_signal_init(&serve->loop, signals[i]);
		signals[i]->data = serve;
		uv_signal_start(signals[i], signalled, numbers[i]);
	}
}

static int out_of_memory(struct sixpn_error *error)
{
	return sixpn_error_set(error, -ENOMEM, "out of memory");
}

static int make_answerer(struct sixpn_serve *serve, struct sixpn_error *error)
{
	uint8_t secret[SIXPN_DNS_SECRET_LEN];

	serve->zone = sixpn_zone_new();
	if (!serve->zone)
		return out_of_memory(error);
	serve->answerer = sixpn_answerer_new(serve->zone);
	if (!serve->answerer)
		return out_of_memory(error);
	if (getrandom(secret, sizeof(secret), 0) != sizeof(secret))
		return sixpn_error_set(error, -EIO, "no random numbers");
	sixpn_answerer_secret(serve->answerer, secret);
	sixpn_answerer_now(serve->answerer, (uint32_t)time(NULL));
	return 0;
}

static int make_servers(struct sixpn_serve *serve, struct sixpn_error *error)
{
	const struct sixpn_upstream_told upstream_told = {
		.answer = upstream_answered, .context = serve,
	};
	const struct sixpn_rtt_told rtt_told = {
		.self = self_told, .measured = rtt_measured, .context = serve,
	};
	int ret;

	ret = sixpn_upstream_new(&serve->upstream, &serve->loop,
				 serve->answerer, &upstream_told, error);
	if (ret)
		return ret;
	serve->udp = sixpn_udp_new(serve->answerer, serve->upstream);
	serve->tcp = sixpn_tcp_new(&serve->loop, serve->answerer,
				   serve->upstream);
	serve->rtt = sixpn_rtt_new(&serve->loop, &rtt_told);
	if (!serve->udp || !serve->tcp || !serve->rtt)
		return out_of_memory(error);
	return sixpn_place_new(&serve->place, error);
}

static int begin(struct sixpn_serve *serve, struct sixpn_node *node,
		 struct sixpn_error *error)
{
	int ret = make_answerer(serve, error);

	if (!ret)
		ret = make_servers(serve, error);
	if (ret)
		return ret;
	/* The module will tell if this is not so, or the key cannot be read. */
	if (sixpn_node_load_key(node, false, NULL))
		serve->self = node->config.host_id;
	else
		serve->self = node->host_id;
	sixpn_zone_self(serve->zone, serve->self);
	strcpy(serve->ifname, node->config.device);
	open_metrics(serve, node->config.resolver_metrics);
	return sixpn_serve_follow(serve, node, error);
}

static void close_handle(uv_handle_t *handle, void *context)
{
	(void)context;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static void end(struct sixpn_serve *serve)
{
	if (serve->side)
		sixpn_serve_end_side(serve->side);
	sixpn_serve_forget_words(serve);
	if (serve->tcp)
		sixpn_tcp_close(serve->tcp);
	if (serve->udp && serve->tcp)
		sixpn_serve_close_sockets(serve);
	if (serve->upstream)
		sixpn_upstream_stop(serve->upstream);
	if (serve->rtt)
		sixpn_rtt_stop(serve->rtt);
	sixpn_metrics_stop(serve->metrics);
	uv_walk(&serve->loop, close_handle, NULL);
	while (uv_run(&serve->loop, UV_RUN_DEFAULT))
		;
	uv_loop_close(&serve->loop);
	sixpn_rtt_free(serve->rtt);
	sixpn_tcp_free(serve->tcp);
	sixpn_udp_free(serve->udp);
	sixpn_upstream_free(serve->upstream);
	sixpn_place_free(serve->place);
	sixpn_answerer_free(serve->answerer);
	sixpn_zone_free(serve->anew);
	sixpn_zone_free(serve->zone);
}

int sixpn_serve_run(struct sixpn_node *node,
		    const struct sixpn_serve_options *options,
		    struct sixpn_error *error)
{
	struct sixpn_serve serve = {
		.options = options, .last = &serve.first,
		.started = sixpn_agent_clock(), .ifindex = UINT32_MAX,
		.udp_fd = -1, .tcp_fd = -1,
	};
	int ret = uv_loop_init(&serve.loop);

	if (ret) {
		sixpn_node_close(node);
		return sixpn_error_set(error, ret, "%s", uv_strerror(ret));
	}
	uv_async_init(&serve.loop, &serve.words_come, sixpn_serve_words_come);
	uv_idle_init(&serve.loop, &serve.words);
	serve.words_come.data = serve.words.data = &serve;
	start_signals(&serve);
	start_timers(&serve);
	ret = begin(&serve, node, error);
	if (!ret)
		uv_run(&serve.loop, UV_RUN_DEFAULT);
	sixpn_node_close(node);
	end(&serve);
	return ret;
}
