// SPDX-License-Identifier: GPL-2.0-or-later
#include "agent.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent_part.h"

/* Whether hosts answer, and whether there is a device. */
#define SECOND_MS 2000
#define SAMPLE_TURNS 2
/* Everything, in case something was missed. */
#define WHOLE_MS (10 * 60 * 1000)
/* A wall clock may be set: no expiry is waited for in one go. */
#define EXPIRY_MAX_S 60
/*
 * The thread of the registry has not moved for so long, and three time-outs of
 * the registry: it hangs.
 */
#define PULSE_MAX_MS 120000

void sixpn_agent_log(struct sixpn_agent *agent, enum sixpn_agent_level level,
		     const char *format, ...)
{
	char text[1536];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	agent->options->log(agent->options->context, level, text);
}

static void say_status(struct sixpn_agent *agent)
{
	unsigned int hosts = 0, machines = 0, clients = 0;
	char text[256];
	size_t i;

	if (!agent->options->status)
		return;
	for (i = 0; i < agent->view.count; i++) {
		enum sixpn_record_kind kind =
			agent->view.entries[i]->record.kind;

		hosts += kind == SIXPN_RECORD_HOST;
		machines += kind == SIXPN_RECORD_MACHINE;
		clients += kind == SIXPN_RECORD_CLIENT;
	}
	snprintf(text, sizeof(text), "%s%u host%s, %u machine%s, %u client%s",
		 agent->outage ? "the registry does not answer; last seen: " :
		 !agent->requests ? "no device; " : "",
		 hosts, hosts == 1 ? "" : "s", machines,
		 machines == 1 ? "" : "s", clients, clients == 1 ? "" : "s");
	agent->options->status(agent->options->context, text);
}

static void be_ready(struct sixpn_agent *agent)
{
	if (!agent->is_ready && agent->options->ready)
		agent->options->ready(agent->options->context);
	agent->is_ready = true;
	say_status(agent);
}

/* --- Applying what has come together. --- */

static void batch_due(uv_timer_t *timer)
{
	struct sixpn_agent *agent = timer->data;
	struct sixpn_batch batch;

	if (sixpn_batch_take(&agent->batch, &batch, sixpn_agent_clock())) {
		sixpn_agent_apply(agent, batch.whole ? NULL : &batch.scope,
				  NULL);
		sixpn_scope_clear(&batch.scope);
		if (agent->listed && !agent->behind)
			be_ready(agent);
	}
	sixpn_agent_schedule(agent);
}

void sixpn_agent_schedule(struct sixpn_agent *agent)
{
	uint64_t now = sixpn_agent_clock(), due = agent->batch.due;

	/* Without a device or a list it waits for them. */
	if (!agent->batch.waiting || !agent->requests || !agent->listed ||
	    agent->stopping)
		return;
	uv_timer_start(&agent->batch_timer, batch_due,
		       due > now ? due - now : 0, 0);
}

/* --- Expiry. --- */

static void expiry_due(uv_timer_t *timer);

static void plan_expiry(struct sixpn_agent *agent)
{
	uint64_t now = (uint64_t)time(NULL), next, wait = EXPIRY_MAX_S;

	next = sixpn_expiry_next(&agent->view, agent->node->host_id,
				 agent->expired_until);
	if (next && next <= now + wait)
		wait = next > now ? next - now : 0;
	uv_timer_start(&agent->expiry_timer, expiry_due, wait * 1000 + 100, 0);
}

static void expiry_due(uv_timer_t *timer)
{
	struct sixpn_agent *agent = timer->data;
	uint64_t now = (uint64_t)time(NULL);

	/* It was set back: those that expire again then are seen to again. */
	if (agent->expired_until > now)
		agent->expired_until = now;
	sixpn_expiry_collect(&agent->view, agent->node->host_id,
			     agent->expired_until, now, &agent->batch,
			     sixpn_agent_clock());
	agent->expired_until = now;
	sixpn_agent_schedule(agent);
	plan_expiry(agent);
}

/* --- What the registry's side says. --- */

static void take_change(struct sixpn_agent *agent, const struct sixpn_word *word)
{
	const struct sixpn_record *before =
		word->has_before ? &word->before : NULL;
	const struct sixpn_record *after =
		word->has_after ? &word->after : NULL;
	char key[SIXPN_RECORD_KEY_MAX];
	int ret = 0;

	if (after) {
		ret = sixpn_view_put(&agent->view, after);
	} else if (before) {
		sixpn_record_key(before, key);
		sixpn_view_remove(&agent->view, key, agent->node->host_id);
	}
	if (ret)
		sixpn_agent_log(agent, SIXPN_AGENT_ERROR,
				"a record was lost: %s", strerror(-ret));
	/* Mostly this agent's own doing; the kernel has it from itself. */
	if (before && after && sixpn_record_differs_in_seen(before, after))
		return;
	sixpn_batch_add(&agent->batch, before, after, sixpn_agent_clock());
	if ((before && before->kind == SIXPN_RECORD_CLIENT) ||
	    (after && after->kind == SIXPN_RECORD_CLIENT))
		plan_expiry(agent);
}

static void take_bad(struct sixpn_agent *agent, const struct sixpn_word *word)
{
	if (sixpn_view_put_bad(&agent->view, word->key))
		agent->listed = false;
	sixpn_agent_log(agent, SIXPN_AGENT_WARNING,
			"%s: what it is about is left as it is", word->text);
}

static void take_found(struct sixpn_agent *agent, const struct sixpn_word *word)
{
	const struct sixpn_record *record = &word->after;
	bool ours = record->kind == SIXPN_RECORD_HOST ||
		    (record->kind == SIXPN_RECORD_CLIENT &&
		     record->client.gateway == agent->node->host_id);

	/* The watch will tell of it, too, but perhaps not in time; or it does
	 * not, when it missed that it came and went.
	 */
	if (ours && sixpn_view_put_found(&agent->view, record))
		return;
	sixpn_agent_install(agent, record);
	plan_expiry(agent);
}

static void take_outage(struct sixpn_agent *agent, const struct sixpn_word *word)
{
	agent->outage = true;
	sixpn_agent_log(agent, SIXPN_AGENT_WARNING,
			"%s: %s: the kernel stays as it is",
			agent->node->config.registry, word->text);
	be_ready(agent);
}

/* Told once, not each time it is tried. */
static void take_not_up(struct sixpn_agent *agent, const struct sixpn_word *word)
{
	if (strcmp(agent->down_text, word->text))
		sixpn_agent_log(agent, SIXPN_AGENT_ERROR,
				"cannot bring %s up: %s",
				agent->node->config.device, word->text);
	snprintf(agent->down_text, sizeof(agent->down_text), "%s", word->text);
	sixpn_agent_open_kernel(agent);
	be_ready(agent);
}

static void take_listed(struct sixpn_agent *agent)
{
	sixpn_view_list_end(&agent->view, agent->node->host_id);
	agent->listed = true;
	sixpn_batch_add_whole(&agent->batch, sixpn_agent_clock());
	plan_expiry(agent);
	say_status(agent);
}

static void take_word(struct sixpn_agent *agent, const struct sixpn_word *word)
{
	switch (word->kind) {
	case SIXPN_WORD_LIST:
		sixpn_view_list_begin(&agent->view);
		break;
	case SIXPN_WORD_ANEW:
		sixpn_view_list_anew(&agent->view);
		break;
	case SIXPN_WORD_CHANGE:
	case SIXPN_WORD_AWAY:
		take_change(agent, word);
		break;
	case SIXPN_WORD_BAD:
		take_bad(agent, word);
		break;
	case SIXPN_WORD_LISTED:
		take_listed(agent);
		break;
	case SIXPN_WORD_FOUND:
		take_found(agent, word);
		break;
	case SIXPN_WORD_NOT_FOUND:
		sixpn_agent_ignore(agent, word->public_key, word->text);
		break;
	case SIXPN_WORD_OUTAGE:
		take_outage(agent, word);
		break;
	case SIXPN_WORD_BACK:
		agent->outage = false;
		sixpn_agent_log(agent, SIXPN_AGENT_NOTICE,
				"%s answers again", agent->node->config.registry);
		break;
	case SIXPN_WORD_UP:
		agent->down_text[0] = '\0';
		sixpn_agent_log(agent, SIXPN_AGENT_NOTICE, "%s is up",
				agent->node->config.device);
		sixpn_agent_open_kernel(agent);
		break;
	case SIXPN_WORD_NOT_UP:
		take_not_up(agent, word);
		break;
	default:
		sixpn_agent_log(agent, SIXPN_AGENT_WARNING, "%s", word->text);
	}
}

static void words_come(uv_async_t *async)
{
	struct sixpn_agent *agent = async->data;
	struct sixpn_word *word;

	while (!agent->stopping &&
	       (word = sixpn_agent_registry_take(agent->registry))) {
		take_word(agent, word);
		sixpn_word_free(word);
	}
	sixpn_agent_schedule(agent);
}

/* In the thread of the registry. */
static void wake(void *context)
{
	struct sixpn_agent *agent = context;

	uv_async_send(&agent->words);
}

/* --- Timers and signals. --- */

static void second_due(uv_timer_t *timer)
{
	struct sixpn_agent *agent = timer->data;

	if (!agent->requests)
		sixpn_agent_open_kernel(agent);
	else if (++agent->turns % SAMPLE_TURNS == 0)
		sixpn_agent_sample(agent);
}

static void whole_due(uv_timer_t *timer)
{
	struct sixpn_agent *agent = timer->data;

	sixpn_agent_registry_list(agent->registry);
}

static void alive_due(uv_timer_t *timer)
{
	struct sixpn_agent *agent = timer->data;
	uint64_t limit = PULSE_MAX_MS +
			 3000ULL * agent->node->config.registry_timeout;

	if (sixpn_agent_clock() - sixpn_agent_registry_pulse(agent->registry) <
	    limit)
		agent->options->alive(agent->options->context);
}

static void stop(struct sixpn_agent *agent, enum sixpn_agent_end end)
{
	agent->end = end;
	agent->stopping = true;
	uv_stop(&agent->loop);
}

static void signalled(uv_signal_t *signal, int number)
{
	struct sixpn_agent *agent = signal->data;

	if (number != SIGHUP)
		stop(agent, SIXPN_AGENT_STOPPED);
	else if (agent->options->reload &&
		 agent->options->reload(agent->options->context))
		stop(agent, SIXPN_AGENT_RELOAD);
	else
		sixpn_agent_registry_reopen(agent->registry);
}

/* --- Beginning and end. --- */

static void start_timers(struct sixpn_agent *agent)
{
	uv_timer_t *const timers[] = {
		&agent->batch_timer, &agent->retry_timer, &agent->second_timer,
		&agent->whole_timer, &agent->expiry_timer, &agent->alive_timer,
		&agent->lock_timer, &agent->name_timer,
	};
	size_t i;

	for (i = 0; i < sizeof(timers) / sizeof(*timers); i++) {
		uv_timer_init(&agent->loop, timers[i]);
		timers[i]->data = agent;
	}
	uv_timer_start(&agent->second_timer, second_due, SECOND_MS, SECOND_MS);
	uv_timer_start(&agent->whole_timer, whole_due, WHOLE_MS, WHOLE_MS);
	if (agent->options->alive && agent->options->alive_ms)
		uv_timer_start(&agent->alive_timer, alive_due, 0,
			       agent->options->alive_ms);
}

static void start_signals(struct sixpn_agent *agent)
{
	uv_signal_t *const signals[] = {
		&agent->term, &agent->interrupt, &agent->hangup,
	};
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		uv_signal_init(&agent->loop, signals[i]);
		signals[i]->data = agent;
		uv_signal_start(signals[i], signalled, numbers[i]);
	}
}

static void close_handle(uv_handle_t *handle, void *context)
{
	(void)context;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static void end_loop(struct sixpn_agent *agent)
{
	sixpn_agent_close_kernel(agent);
	sixpn_agent_cancel_names(agent);
	uv_walk(&agent->loop, close_handle, NULL);
	while (uv_run(&agent->loop, UV_RUN_DEFAULT))
		;
	uv_loop_close(&agent->loop);
}

static void clear(struct sixpn_agent *agent)
{
	sixpn_view_clear(&agent->view);
	sixpn_scope_clear(&agent->batch.scope);
	sixpn_agent_forget_told(agent->told, agent->told_count);
	sixpn_agent_forget_told(agent->telling, agent->telling_count);
	sixpn_agent_free_names(agent);
	free(agent->hosts);
}

int sixpn_agent_run(struct sixpn_node *node,
		    const struct sixpn_agent_options *options,
		    enum sixpn_agent_end *end, struct sixpn_error *error)
{
	struct sixpn_agent agent = {
		.node = node, .options = options,
		.lookups.per_second = SIXPN_AGENT_LOOKUPS,
		.strangers.per_second = SIXPN_AGENT_STRANGERS,
		.expired_until = (uint64_t)time(NULL),
	};
	const struct sixpn_agent_registry_options side = {
		.bring_up = options->bring_up, .wake = wake, .context = &agent,
	};
	int ret = uv_loop_init(&agent.loop);

	if (ret)
		return sixpn_error_set(error, ret, "%s", uv_strerror(ret));
	uv_async_init(&agent.loop, &agent.words, words_come);
	agent.words.data = &agent;
	start_timers(&agent);
	start_signals(&agent);
	ret = sixpn_agent_registry_start(&agent.registry, node, &side, error);
	if (!ret) {
		uv_run(&agent.loop, UV_RUN_DEFAULT);
		sixpn_agent_registry_stop(agent.registry,
					  agent.end == SIXPN_AGENT_STOPPED);
		*end = agent.end;
	}
	agent.stopping = true;
	end_loop(&agent);
	clear(&agent);
	return ret;
}
