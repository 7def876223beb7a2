// SPDX-License-Identifier: GPL-2.0-or-later
#include "upstream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <unbound.h>

#include "agent_timing.h"

#define TRUST_ANCHOR "/usr/share/dns/root.key"
#define TIMER_MS 250
#define BUCKETS 256

/* A network that has questions on their way. */
struct tenant {
	struct tenant *next;
	uint32_t network;
	size_t outstanding;
};

/*
 * libunbound with one configuration. The one in use has the newest questions;
 * one that was in use goes with its last question.
 */
struct context {
	struct sixpn_upstream *upstream;
	struct ub_ctx *ub;
	uv_poll_t poll;
	size_t outstanding;
	bool retired, closing;
};

/*
 * A question on its way; in a list, the one that waits for longest first.
 * @late: its asker has been told that there is no answer; libunbound is still
 *	at work for it, and so it still counts
 */
struct question {
	struct question *next, **link;
	struct context *context;
	struct tenant *tenant;
	struct sixpn_query query;
	struct sixpn_asker asker;
	uint64_t due;
	int id;
	bool late;
};

struct sixpn_upstream {
	uv_loop_t *loop;
	struct sixpn_answerer *answerer;
	struct sixpn_upstream_told told;
	struct sixpn_upstream_counters counters;
	struct context *context;
	struct question *first, **last, *late;
	struct tenant *tenants[BUCKETS];
	uv_timer_t timer;
	uint8_t out[SIXPN_DNS_MESSAGE_MAX];
};

/* --- How many of a network are on their way. --- */

static struct tenant **find_tenant(struct sixpn_upstream *upstream,
				   uint32_t network)
{
	struct tenant **tenant = &upstream->tenants[network % BUCKETS];

	while (*tenant && (*tenant)->network != network)
		tenant = &(*tenant)->next;
	return tenant;
}

static struct tenant *get_tenant(struct sixpn_upstream *upstream,
				 uint32_t network)
{
	struct tenant **tenant = find_tenant(upstream, network);

	if (!*tenant) {
		*tenant = calloc(1, sizeof(**tenant));
		if (*tenant)
			(*tenant)->network = network;
	}
	return *tenant;
}

static void put_tenant(struct sixpn_upstream *upstream, struct tenant *tenant)
{
	struct tenant **link = find_tenant(upstream, tenant->network);

	if (tenant->outstanding)
		return;
	*link = tenant->next;
	free(tenant);
}

/* --- Contexts. --- */

static void context_closed(uv_handle_t *handle)
{
	struct context *context = handle->data;

	ub_ctx_delete(context->ub);
	free(context);
}

static void close_context(struct context *context)
{
	if (context->closing)
		return;
	context->closing = true;
	uv_close((uv_handle_t *)&context->poll, context_closed);
}

/* Its last question may have been answered within ub_process(). */
static void put_context(struct context *context)
{
	if (context->retired && !context->outstanding)
		close_context(context);
}

static void retire(struct context *context)
{
	if (!context)
		return;
	context->retired = true;
	put_context(context);
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct context *context = poll->data;

	(void)events;
	if (!status)
		ub_process(context->ub);
	put_context(context);
}

static int set_options(struct ub_ctx *ub, uint32_t dnssec)
{
	static const char *const options[][2] = {
		/* Of a library there are few by default. */
		{ "outgoing-range:", "1024" },
		{ "outgoing-num-tcp:", "256" },
		{ "num-queries-per-thread:", "2048" },
		{ "serve-expired:", "yes" },
		{ "serve-expired-ttl:", "86400" },
		{ "serve-expired-client-timeout:", "1800" },
		{ "cache-max-negative-ttl:", "60" },
		{ "msg-cache-size:", "16m" },
		{ "rrset-cache-size:", "32m" },
		{ "key-cache-size:", "4m" },
		{ "qname-minimisation:", "yes" },
	};
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < sizeof(options) / sizeof(*options); i++)
		ret = ub_ctx_set_option(ub, options[i][0], options[i][1]);
	if (!ret && dnssec == SIXPN_DNSSEC_AUTO)
		ret = ub_ctx_set_option(ub, "harden-dnssec-stripped:", "no");
	if (!ret && dnssec != SIXPN_DNSSEC_NO && !access(TRUST_ANCHOR, R_OK))
		ret = ub_ctx_add_ta_file(ub, TRUST_ANCHOR);
	return ret;
}

static int set_servers(struct ub_ctx *ub, const char *servers)
{
	char copy[SIXPN_UPSTREAM_SERVERS_MAX], *word, *rest = NULL;
	int ret = 0;

	strncpy(copy, servers, sizeof(copy) - 1);
	copy[sizeof(copy) - 1] = '\0';
	for (word = strtok_r(copy, " ", &rest); !ret && word;
	     word = strtok_r(NULL, " ", &rest))
		ret = ub_ctx_set_fwd(ub, word);
	/* Its thread, not a process. */
	return ret ? ret : ub_ctx_async(ub, 1);
}

/* --- Questions. --- */

static void unlink_question(struct question *question)
{
	struct sixpn_upstream *upstream = question->context->upstream;

	*question->link = question->next;
	if (question->next)
		question->next->link = question->link;
	else if (!question->late)
		upstream->last = question->link;
	if (!upstream->first)
		uv_timer_stop(&upstream->timer);
}

static void make_late(struct question *question)
{
	struct sixpn_upstream *upstream = question->context->upstream;

	unlink_question(question);
	question->late = true;
	question->next = upstream->late;
	question->link = &upstream->late;
	if (question->next)
		question->next->link = &question->next;
	upstream->late = question;
	upstream->counters.late++;
}

static void forget_question(struct question *question)
{
	struct sixpn_upstream *upstream = question->context->upstream;

	unlink_question(question);
	question->tenant->outstanding--;
	put_tenant(upstream, question->tenant);
	question->context->outstanding--;
	upstream->counters.outstanding--;
	upstream->counters.late -= question->late;
	free(question);
}

static void tell(struct question *question, size_t length)
{
	struct sixpn_upstream *upstream = question->context->upstream;

	upstream->told.answer(upstream->told.context, &question->query,
			      &question->asker, upstream->out, length);
}

static void cancel(struct question *question)
{
	struct context *context = question->context;

	ub_cancel(context->ub, question->id);
	if (!question->late)
		tell(question, 0);
	forget_question(question);
	put_context(context);
}

static size_t answer_of(struct question *question,
			const struct ub_result *result)
{
	struct sixpn_upstream *upstream = question->context->upstream;

	if (result->bogus && !question->query.dns.checking_disabled)
		return sixpn_answer_failure(upstream->answerer,
					    &question->query,
					    SIXPN_DNS_SERVFAIL,
					    SIXPN_DNS_EDE_BOGUS,
					    result->why_bogus, upstream->out);
	return sixpn_answer_relay(upstream->answerer, &question->query,
				  result->answer_packet,
				  (size_t)result->answer_len, result->secure,
				  upstream->out);
}

static size_t failure_of(struct question *question, const char *text)
{
	struct sixpn_upstream *upstream = question->context->upstream;

	return sixpn_answer_failure(upstream->answerer, &question->query,
				    SIXPN_DNS_SERVFAIL,
				    SIXPN_DNS_EDE_NO_AUTHORITY, text,
				    upstream->out);
}

static void answered(void *data, int failed, struct ub_result *result)
{
	struct question *question = data;
	struct sixpn_upstream *upstream = question->context->upstream;
	bool good = !failed && result && result->answer_packet;
	size_t length;

	if (question->late)
		goto out;
	if (good)
		upstream->counters.answered++;
	else
		upstream->counters.failed++;
	length = good ? answer_of(question, result) :
			failure_of(question, "no upstream has answered");
	tell(question, length);
out:
	ub_resolve_free(result);
	forget_question(question);
}

/* Those that wait for too long are at the front. */
static void timer_due(uv_timer_t *timer)
{
	struct sixpn_upstream *upstream = timer->data;
	uint64_t now = sixpn_agent_clock();

	while (upstream->first && upstream->first->due <= now) {
		struct question *question = upstream->first;

		upstream->counters.timed_out++;
		make_late(question);
		tell(question,
		     failure_of(question, "no upstream has answered in time"));
		if (question->context->retired)
			cancel(question);
	}
}

static void link_question(struct sixpn_upstream *upstream,
			  struct question *question)
{
	if (!upstream->first)
		uv_timer_start(&upstream->timer, timer_due, TIMER_MS, TIMER_MS);
	question->next = NULL;
	question->link = upstream->last;
	*upstream->last = question;
	upstream->last = &question->next;
	question->tenant->outstanding++;
	question->context->outstanding++;
	upstream->counters.outstanding++;
	upstream->counters.asked++;
}

/* libunbound calls answered() from ub_process() only. */
static int ask(struct question *question)
{
	char name[SIXPN_DNS_NAME_TEXT_MAX];

	sixpn_dns_name_text(name, question->query.dns.lower);
	return ub_resolve_async(question->context->ub, name,
				question->query.dns.type,
				question->query.dns.class, question, answered,
				&question->id) ? -ENOMEM : 0;
}

static int start_question(struct sixpn_upstream *upstream,
			  struct tenant *tenant,
			  const struct sixpn_query *query,
			  const struct sixpn_asker *asker)
{
	struct question *question = calloc(1, sizeof(*question));
	int ret;

	if (!question)
		return -ENOMEM;
	question->context = upstream->context;
	question->tenant = tenant;
	question->query = *query;
	question->asker = *asker;
	question->due = sixpn_agent_clock() + SIXPN_UPSTREAM_MS;
	ret = ask(question);
	if (ret)
		free(question);
	else
		link_question(upstream, question);
	return ret;
}

int sixpn_upstream_ask(struct sixpn_upstream *upstream,
		       const struct sixpn_query *query,
		       const struct sixpn_asker *asker)
{
	struct tenant *tenant;
	int ret;

	if (!upstream->context)
		return -ENOTCONN;
	tenant = get_tenant(upstream, query->network);
	if (!tenant)
		return -ENOMEM;
	if (tenant->outstanding >= SIXPN_UPSTREAM_NETWORK_MAX ||
	    upstream->counters.outstanding >= SIXPN_UPSTREAM_MAX) {
		upstream->counters.limited++;
		ret = -EBUSY;
	} else {
		ret = start_question(upstream, tenant, query, asker);
	}
	put_tenant(upstream, tenant);
	return ret;
}

/* --- Whom to ask. --- */

/* With other upstreams nobody should have to wait for the end of these. */
static void cancel_late(struct sixpn_upstream *upstream)
{
	struct question *question, *next;

	for (question = upstream->late; question; question = next) {
		next = question->next;
		if (question->context->retired)
			cancel(question);
	}
}

int sixpn_upstream_configure(struct sixpn_upstream *upstream,
			     const char *servers, uint32_t dnssec,
			     struct sixpn_error *error)
{
	struct context *context = calloc(1, sizeof(*context));
	int ret;

	if (context)
		context->ub = ub_ctx_create();
	if (!context || !context->ub) {
		free(context);
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	}
	ub_ctx_debuglevel(context->ub, 0);
	ub_ctx_debugout(context->ub, NULL);
	ret = set_options(context->ub, dnssec);
	if (!ret)
		ret = set_servers(context->ub, servers);
	if (!ret)
		ret = uv_poll_init(upstream->loop, &context->poll,
				   ub_fd(context->ub)) ? UB_INITFAIL : 0;
	if (ret) {
		ub_ctx_delete(context->ub);
		free(context);
		return sixpn_error_set(error, -EINVAL,
				       "libunbound refuses its configuration: %s",
				       ub_strerror(ret));
	}
	context->upstream = upstream;
	context->poll.data = context;
	uv_poll_start(&context->poll, UV_READABLE, readable);
	retire(upstream->context);
	upstream->context = context;
	cancel_late(upstream);
	return 0;
}

/* --- Beginning and end. --- */

const struct sixpn_upstream_counters *
sixpn_upstream_counters(const struct sixpn_upstream *upstream)
{
	return &upstream->counters;
}

int sixpn_upstream_new(struct sixpn_upstream **result, uv_loop_t *loop,
		       struct sixpn_answerer *answerer,
		       const struct sixpn_upstream_told *told,
		       struct sixpn_error *error)
{
	struct sixpn_upstream *upstream = calloc(1, sizeof(*upstream));

	if (!upstream)
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	upstream->loop = loop;
	upstream->answerer = answerer;
	upstream->told = *told;
	upstream->last = &upstream->first;
	uv_timer_init(loop, &upstream->timer);
	upstream->timer.data = upstream;
	*result = upstream;
	return 0;
}

void sixpn_upstream_stop(struct sixpn_upstream *upstream)
{
	struct context *context = upstream->context;

	upstream->context = NULL;
	while (upstream->first)
		cancel(upstream->first);
	while (upstream->late)
		cancel(upstream->late);
	retire(context);
	uv_close((uv_handle_t *)&upstream->timer, NULL);
}

void sixpn_upstream_free(struct sixpn_upstream *upstream)
{
	free(upstream);
}
