// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Endpoints that are names: looked up in libuv's threads, while the loop goes on
 * without them.
 */
#include "agent_part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"

#define KEEP_MS 60000
#define KEEP_FAILURE_MS 15000

static struct sixpn_agent_name *find(struct sixpn_agent *agent,
				     const char *text)
{
	struct sixpn_agent_name *name = agent->names;

	while (name && strcmp(name->text, text))
		name = name->next;
	return name;
}

static struct sixpn_agent_name *add(struct sixpn_agent *agent, const char *text)
{
	struct sixpn_agent_name *name = calloc(1, sizeof(*name));

	if (!name)
		return NULL;
	name->text = strdup(text);
	if (!name->text) {
		free(name);
		return NULL;
	}
	name->agent = agent;
	name->next = agent->names;
	agent->names = name;
	return name;
}

static bool is_reached_by(const struct sixpn_view_entry *entry,
			  const char *text)
{
	const struct sixpn_record_host *host = &entry->record.host;
	size_t i;

	if (entry->bad || entry->record.kind != SIXPN_RECORD_HOST)
		return false;
	for (i = 0; i < host->endpoint_count; i++)
		if (!strcmp(host->endpoints[i], text))
			return true;
	return false;
}

static bool is_wanted(const struct sixpn_agent *agent, const char *text)
{
	size_t i;

	for (i = 0; i < agent->view.count; i++)
		if (is_reached_by(agent->view.entries[i], text))
			return true;
	return false;
}

/* The hosts that are reached by it. */
static void want_hosts(struct sixpn_agent *agent, const char *text)
{
	size_t i;

	for (i = 0; i < agent->view.count; i++) {
		struct sixpn_view_entry *entry = agent->view.entries[i];

		if (is_reached_by(entry, text))
			sixpn_batch_add(&agent->batch, NULL, &entry->record,
					sixpn_agent_clock());
	}
	sixpn_agent_schedule(agent);
}

static bool take_answer(struct sixpn_agent_name *name,
			const struct addrinfo *answers)
{
	for (; answers; answers = answers->ai_next) {
		union sixpn_endpoint endpoint = { 0 };

		if (answers->ai_addrlen > sizeof(endpoint))
			continue;
		memcpy(&endpoint, answers->ai_addr, answers->ai_addrlen);
		if (sixpn_endpoint_size(&endpoint) != answers->ai_addrlen)
			continue;
		name->endpoint = endpoint;
		return true;
	}
	return false;
}

static void ask(struct sixpn_agent_name *name,
		const struct sixpn_endpoint_words *words);

/* Nobody else looks up again what could not be. */
static void names_due(uv_timer_t *timer)
{
	struct sixpn_agent *agent = timer->data;
	uint64_t now = sixpn_agent_clock(), next = UINT64_MAX;
	struct sixpn_agent_name *name;

	for (name = agent->names; name; name = name->next) {
		struct sixpn_endpoint_words words;

		if (!name->failed || name->asked ||
		    !is_wanted(agent, name->text))
			continue;
		if (now < name->until)
			next = name->until < next ? name->until : next;
		else if (!sixpn_parse_endpoint(&words, name->text,
					       strlen(name->text), NULL))
			ask(name, &words);
	}
	if (next != UINT64_MAX && !uv_is_active((uv_handle_t *)timer))
		uv_timer_start(timer, names_due, next - now, 0);
}

static void note_failed(struct sixpn_agent_name *name)
{
	struct sixpn_agent *agent = name->agent;

	name->failed = true;
	name->until = sixpn_agent_clock() + KEEP_FAILURE_MS;
	if (!uv_is_active((uv_handle_t *)&agent->name_timer))
		uv_timer_start(&agent->name_timer, names_due, KEEP_FAILURE_MS,
			       0);
}

static void answered(uv_getaddrinfo_t *request, int status,
		     struct addrinfo *answers)
{
	struct sixpn_agent_name *name = request->data;
	struct sixpn_agent *agent = name->agent;
	bool found = !status && take_answer(name, answers);

	uv_freeaddrinfo(answers);
	name->asked = false;
	name->until = sixpn_agent_clock() + KEEP_MS;
	if (agent->stopping)
		return;
	if (!found && status != UV_ECANCELED && !name->failed)
		sixpn_agent_log(agent, SIXPN_AGENT_WARNING,
				"cannot resolve '%s': %s", name->text,
				status ? uv_strerror(status) :
					 "no IPv4 or IPv6 address");
	name->known = name->known || found;
	name->failed = false;
	if (found)
		want_hosts(agent, name->text);
	else
		note_failed(name);
}

static void ask(struct sixpn_agent_name *name,
		const struct sixpn_endpoint_words *words)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM,
		.ai_protocol = IPPROTO_UDP,
	};

	name->request.data = name;
	name->asked = !uv_getaddrinfo(&name->agent->loop, &name->request,
				      answered, words->host, words->service,
				      &hints);
	if (!name->asked)
		note_failed(name);
}

int sixpn_agent_resolve(void *context, const char *text,
			union sixpn_endpoint *endpoint,
			struct sixpn_error *error)
{
	struct sixpn_agent *agent = context;
	struct sixpn_agent_name *name = find(agent, text);
	struct sixpn_endpoint_words words;
	int ret = sixpn_parse_endpoint(&words, text, strlen(text), error);

	if (ret)
		return ret;
	if (!name)
		name = add(agent, text);
	if (!name)
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	if (!name->asked && sixpn_agent_clock() >= name->until)
		ask(name, &words);
	if (!name->known)
		return -EINPROGRESS;
	*endpoint = name->endpoint;
	return 0;
}

void sixpn_agent_renew_names(struct sixpn_agent *agent,
			     const struct sixpn_record_host *host)
{
	size_t i;

	for (i = 0; i < host->endpoint_count; i++) {
		struct sixpn_agent_name *name = find(agent, host->endpoints[i]);

		if (name && !name->asked) {
			name->until = 0;
			name->known = false;
		}
	}
}

void sixpn_agent_cancel_names(struct sixpn_agent *agent)
{
	struct sixpn_agent_name *name;

	/* One that a thread is at cannot be: it is waited for. */
	for (name = agent->names; name; name = name->next)
		if (name->asked)
			uv_cancel((uv_req_t *)&name->request);
}

/* The loop has ended: nothing is being looked up. */
void sixpn_agent_free_names(struct sixpn_agent *agent)
{
	while (agent->names) {
		struct sixpn_agent_name *name = agent->names;

		agent->names = name->next;
		free(name->text);
		free(name);
	}
}
