// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The side of the agent that faces the kernel.
 */
#include "agent_part.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "netns_etc.h"
#include "parse.h"

/* After the first failure of a machine, and at most. */
#define RETRY_MIN_MS 2000
#define RETRY_MAX_MS 30000
/* A command changes this host: for how long it is waited for, and when next. */
#define LOCK_WAIT_MS 300
#define LOCK_RETRY_MS 500
#define LOCK_TELL_MS 60000

/* --- The sockets. --- */

static void free_handle(uv_handle_t *handle)
{
	free(handle);
}

void sixpn_agent_close_kernel(struct sixpn_agent *agent)
{
	if (agent->events) {
		uv_poll_stop(agent->events);
		uv_close((uv_handle_t *)agent->events, free_handle);
		agent->events = NULL;
	}
	if (agent->event_socket)
		sixpn_netlink_close(agent->event_socket);
	if (agent->requests)
		sixpn_netlink_close(agent->requests);
	agent->event_socket = agent->requests = NULL;
}

/* The device is gone, perhaps with the module: both come back as new ones. */
static void lose(struct sixpn_agent *agent)
{
	if (!agent->requests)
		return;
	/* What is being read lies in the socket. */
	if (agent->reading) {
		agent->lost = true;
		return;
	}
	sixpn_agent_close_kernel(agent);
	sixpn_agent_log(agent, SIXPN_AGENT_WARNING,
			"%s is gone: it will be made again",
			agent->node->config.device);
	sixpn_agent_registry_bring_up(agent->registry);
}

static void events_come(uv_poll_t *poll, int status, int events)
{
	struct sixpn_agent *agent = poll->data;
	struct sixpn_error error;
	int ret;

	(void)events;
	/* An error of the socket, such as that events were lost, is read like
	 * an event. It never waits: libuv has seen to that.
	 */
	agent->reading = true;
	ret = sixpn_netlink_events_read(agent->event_socket, sixpn_agent_event,
					agent, &error);
	agent->reading = false;
	if (ret == -EAGAIN || ret == -ENOBUFS)
		ret = 0;
	/* libuv has stopped it. */
	if (!ret && status < 0)
		ret = uv_poll_start(poll, UV_READABLE, events_come);
	if (ret || agent->lost) {
		agent->lost = false;
		lose(agent);
	}
}

static int open_events(struct sixpn_agent *agent, struct sixpn_error *error)
{
	int ret = sixpn_netlink_open(&agent->event_socket, error);

	if (ret) {
		agent->event_socket = NULL;
		return ret;
	}
	ret = sixpn_netlink_events_join(agent->event_socket, error);
	if (ret)
		return ret;
	agent->events = calloc(1, sizeof(*agent->events));
	if (!agent->events)
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	agent->events->data = agent;
	ret = uv_poll_init(&agent->loop, agent->events,
			   sixpn_netlink_events_fd(agent->event_socket));
	if (ret) {
		free(agent->events);
		agent->events = NULL;
		return sixpn_error_set(error, ret, "%s", uv_strerror(ret));
	}
	return uv_poll_start(agent->events, UV_READABLE, events_come);
}

void sixpn_agent_open_kernel(struct sixpn_agent *agent)
{
	struct sixpn_device device = { 0 };
	struct sixpn_error error = { 0 };
	int ret;

	if (agent->requests)
		return;
	ret = sixpn_netlink_open(&agent->requests, &error);
	if (ret)
		agent->requests = NULL;
	/* Events first: what happens from now on is not missed. */
	if (!ret)
		ret = open_events(agent, &error);
	if (!ret)
		ret = sixpn_netlink_device_get(agent->requests,
					       agent->node->config.device,
					       SIXPN_READ_HEAD, &device,
					       &error);
	if (!ret && device.host_id != agent->node->host_id)
		ret = -ESTALE;
	agent->ifindex = device.ifindex;
	sixpn_device_clear(&device);
	if (ret) {
		/* Why it is not there is told by the one who makes it. */
		sixpn_agent_close_kernel(agent);
		return;
	}
	sixpn_batch_add_whole(&agent->batch, sixpn_agent_clock());
	sixpn_agent_schedule(agent);
}

/* --- What is left out. --- */

void sixpn_agent_forget_told(char **told, size_t count)
{
	while (count)
		free(told[--count]);
	free(told);
}

static bool is_told(const struct sixpn_agent *agent, const char *text)
{
	size_t i;

	for (i = 0; i < agent->told_count; i++)
		if (!strcmp(agent->told[i], text))
			return true;
	return false;
}

static void tell(void *context, const char *text)
{
	struct sixpn_agent *agent = context;
	char **grown = reallocarray(agent->telling, agent->telling_count + 1,
				    sizeof(*grown));

	if (!is_told(agent, text))
		sixpn_agent_log(agent, SIXPN_AGENT_WARNING, "%s", text);
	if (!grown)
		return;
	agent->telling = grown;
	grown[agent->telling_count] = strdup(text);
	if (grown[agent->telling_count])
		agent->telling_count++;
}

/* After a run over all of it, what was told before is told again. */
static void end_telling(struct sixpn_agent *agent, bool whole)
{
	size_t i;

	if (whole) {
		sixpn_agent_forget_told(agent->told, agent->told_count);
		agent->told = agent->telling;
		agent->told_count = agent->telling_count;
		agent->telling = NULL;
		agent->telling_count = 0;
		return;
	}
	for (i = 0; i < agent->telling_count; i++) {
		char **grown;

		if (is_told(agent, agent->telling[i]))
			continue;
		grown = reallocarray(agent->told, agent->told_count + 1,
				     sizeof(*grown));
		if (!grown)
			break;
		agent->told = grown;
		grown[agent->told_count++] = agent->telling[i];
		agent->telling[i] = NULL;
	}
	sixpn_agent_forget_told(agent->telling, agent->telling_count);
	agent->telling = NULL;
	agent->telling_count = 0;
}

/* --- Applying. --- */

static void retry(uv_timer_t *timer)
{
	struct sixpn_agent *agent = timer->data;

	sixpn_batch_add_whole(&agent->batch, sixpn_agent_clock());
	sixpn_agent_schedule(agent);
}

/* One that is due sooner stays: others may come without end. */
static void retry_within(struct sixpn_agent *agent, unsigned int ms)
{
	const uv_timer_t *timer = &agent->retry_timer;

	if (!uv_is_active((const uv_handle_t *)timer) ||
	    uv_timer_get_due_in(timer) > ms)
		uv_timer_start(&agent->retry_timer, retry, ms, 0);
}

/* A namespace may appear at any time, and nothing tells of it. */
static void plan_retry(struct sixpn_agent *agent, bool whole, bool needed)
{
	if (!needed) {
		if (whole)
			agent->retry_ms = 0;
		return;
	}
	if (!whole || !agent->retry_ms)
		agent->retry_ms = RETRY_MIN_MS;
	else
		agent->retry_ms += agent->retry_ms / 2;
	if (agent->retry_ms > RETRY_MAX_MS)
		agent->retry_ms = RETRY_MAX_MS;
	retry_within(agent, agent->retry_ms);
}

void sixpn_agent_mend(struct sixpn_agent *agent)
{
	plan_retry(agent, false, true);
}

static void lock_due(uv_timer_t *timer)
{
	struct sixpn_agent *agent = timer->data;
	uint8_t callers[SIXPN_AGENT_LOOKUPS][SIXPN_KEY_LEN];
	size_t i, count = agent->caller_count;
	bool behind = agent->behind;

	memcpy(callers, agent->callers, sizeof(callers));
	agent->caller_count = 0;
	agent->behind = false;
	for (i = 0; i < count; i++) {
		const struct sixpn_view_entry *entry =
			sixpn_view_find_key(&agent->view, callers[i]);

		if (entry)
			sixpn_agent_install(agent, &entry->record);
	}
	if (behind)
		sixpn_batch_add_whole(&agent->batch, sixpn_agent_clock());
	sixpn_agent_schedule(agent);
}

/* Nothing of it is lost: all is looked at, and who has called is let in. */
static void wait_for_lock(struct sixpn_agent *agent, const uint8_t *install)
{
	size_t i;

	if (!uv_is_active((uv_handle_t *)&agent->lock_timer))
		uv_timer_start(&agent->lock_timer, lock_due, LOCK_RETRY_MS, 0);
	if (!install) {
		agent->behind = true;
		return;
	}
	for (i = 0; i < agent->caller_count; i++)
		if (sixpn_key_equal(agent->callers[i], install))
			return;
	if (i < SIXPN_AGENT_LOOKUPS)
		memcpy(agent->callers[agent->caller_count++], install,
		       SIXPN_KEY_LEN);
}

static void note_locked(struct sixpn_agent *agent)
{
	uint64_t now = sixpn_agent_clock();

	if (!agent->lock_since)
		agent->lock_since = now;
	if (now - agent->lock_since < LOCK_TELL_MS)
		return;
	agent->lock_since = now;
	sixpn_agent_log(agent, SIXPN_AGENT_WARNING,
			"another sixpn has been changing this host for a minute: waiting (run: fuser '%s.lock')",
			agent->node->config.key_file);
}

/* What was to be renewed has been, unless its name is being looked up. */
static void note_renewed(struct sixpn_agent *agent,
			 const struct sixpn_scope *scope)
{
	struct sixpn_error ignored;
	size_t i;

	for (i = 0; i < agent->view.count; i++) {
		struct sixpn_view_entry *entry = agent->view.entries[i];
		const struct sixpn_record_host *host = &entry->record.host;
		struct sixpn_endpoint_words words;
		union sixpn_endpoint endpoint;
		const char *text;

		if (entry->renew == SIXPN_RENEW_NOT ||
		    (scope && !sixpn_scope_has_host(scope, host->host)))
			continue;
		text = host->endpoint_count ?
		       host->endpoints[entry->endpoint % host->endpoint_count] :
		       NULL;
		if (!text ||
		    sixpn_parse_endpoint(&words, text, strlen(text), NULL) ||
		    words.literal ||
		    sixpn_agent_resolve(agent, text, &endpoint,
					&ignored) != -EINPROGRESS)
			entry->renew = SIXPN_RENEW_NOT;
	}
}

static void say_applied(struct sixpn_agent *agent,
			const struct sixpn_reconcile_result *result, bool whole)
{
	if (result->changed)
		sixpn_agent_log(agent, SIXPN_AGENT_INFO,
				"%s: %u object%s changed%s",
				agent->node->config.device, result->changed,
				result->changed == 1 ? "" : "s",
				whole ? " (all looked at)" : "");
}

bool sixpn_agent_apply(struct sixpn_agent *agent,
		       const struct sixpn_scope *scope, const uint8_t *install)
{
	struct sixpn_kernel kernel = {
		.netlink = agent->requests,
		.ifname = agent->node->config.device,
	};
	struct sixpn_reconcile_result result = { 0 };
	const struct sixpn_reconcile_options options = {
		.notice = tell, .context = agent, .result = &result,
	};
	const struct sixpn_reconcile_what what = {
		.view = &agent->view, .self = agent->node->host_id,
		.idle_expiry = agent->node->config.client_idle_expiry,
		.now = (uint64_t)time(NULL),
		.scope = scope, .install = install,
		.etc = SIXPN_NETNS_ETC_ROOT,
		.resolve = sixpn_agent_resolve, .context = agent,
	};
	struct sixpn_error error = { 0 };
	int lock, ret;

	if (!agent->requests || !agent->listed)
		return true;
	/* Just now it could not be had: the loop does not wait again. */
	if (uv_is_active((uv_handle_t *)&agent->lock_timer)) {
		wait_for_lock(agent, install);
		return false;
	}
	lock = sixpn_node_lock_within(agent->node, LOCK_WAIT_MS, &error);
	if (lock == -EBUSY || lock == -EAGAIN) {
		note_locked(agent);
		wait_for_lock(agent, install);
		return false;
	}
	agent->lock_since = 0;
	if (lock < 0) {
		sixpn_agent_log(agent, SIXPN_AGENT_ERROR, "%s", error.text);
		plan_retry(agent, false, true);
		return true;
	}
	ret = sixpn_reconcile_apply(&sixpn_kernel_ops, &kernel, &what, &options,
				    &error);
	close(lock);
	say_applied(agent, &result, !scope);
	end_telling(agent, !scope && !ret);
	if (ret == -ENODEV || ret == -ESTALE) {
		lose(agent);
		return true;
	}
	if (ret)
		sixpn_agent_log(agent, SIXPN_AGENT_ERROR, "%s: %s",
				agent->node->config.device, error.text);
	else
		note_renewed(agent, scope);
	plan_retry(agent, !scope, ret || result.left_out);
	return true;
}

/* --- Whether hosts answer. --- */

/* NULL: no memory. */
static struct sixpn_agent_host *find_host(struct sixpn_agent *agent,
					  const uint8_t key[SIXPN_KEY_LEN])
{
	struct sixpn_agent_host *grown;
	size_t i;

	for (i = 0; i < agent->host_count; i++)
		if (sixpn_key_equal(agent->hosts[i].public_key, key))
			return &agent->hosts[i];
	grown = reallocarray(agent->hosts, agent->host_count + 1,
			     sizeof(*grown));
	if (!grown)
		return NULL;
	agent->hosts = grown;
	grown += agent->host_count++;
	memset(grown, 0, sizeof(*grown));
	memcpy(grown->public_key, key, SIXPN_KEY_LEN);
	return grown;
}

static void forget_unseen(struct sixpn_agent *agent)
{
	size_t i, kept = 0;

	for (i = 0; i < agent->host_count; i++) {
		if (!agent->hosts[i].seen)
			continue;
		agent->hosts[i].seen = false;
		agent->hosts[kept++] = agent->hosts[i];
	}
	agent->host_count = kept;
}

static void try_next(struct sixpn_agent *agent, struct sixpn_view_entry *entry,
		     const char *why)
{
	const struct sixpn_record_host *host = &entry->record.host;

	entry->renew = SIXPN_RENEW_NEXT;
	sixpn_agent_renew_names(agent, host);
	sixpn_agent_log(agent, SIXPN_AGENT_NOTICE,
			"host %s %s: trying %s", host->name, why,
			host->endpoints[entry->endpoint %
					host->endpoint_count]);
	sixpn_batch_add(&agent->batch, NULL, &entry->record,
			sixpn_agent_clock());
}

static void sample_peer(struct sixpn_agent *agent,
			const struct sixpn_peer *peer)
{
	uint64_t now = sixpn_agent_clock();
	struct sixpn_view_entry *entry;
	struct sixpn_agent_host *host;
	bool silent;

	if (peer->kind != SIXPN_PEER_KIND_HOST)
		return;
	host = find_host(agent, peer->public_key);
	if (!host)
		return;
	host->seen = true;
	silent = sixpn_trial_sample(&host->trial, peer->rx_bytes,
				    peer->tx_bytes, now);
	entry = sixpn_view_find_key(&agent->view, peer->public_key);
	if (!entry || entry->record.kind != SIXPN_RECORD_HOST ||
	    !entry->record.host.endpoint_count)
		return;
	if (silent) {
		entry->endpoint++;
		try_next(agent, entry, "does not answer");
	} else if (sixpn_agent_detour(peer, &entry->record.host, &host->round,
				      &entry->endpoint, now)) {
		try_next(agent, entry, "has an address that cannot be reached");
	}
}

void sixpn_agent_sample(struct sixpn_agent *agent)
{
	struct sixpn_device device = { 0 };
	struct sixpn_error error;
	size_t i;
	int ret;

	if (!agent->requests)
		return;
	ret = sixpn_netlink_device_get(agent->requests,
				       agent->node->config.device,
				       SIXPN_READ_PEERS, &device, &error);
	/* -EAGAIN: it never held still, but it is there. */
	if (ret && ret != -EAGAIN)
		lose(agent);
	for (i = 0; !ret && i < device.peer_count; i++)
		sample_peer(agent, &device.peers[i]);
	if (!ret)
		forget_unseen(agent);
	sixpn_device_clear(&device);
	sixpn_agent_schedule(agent);
}
