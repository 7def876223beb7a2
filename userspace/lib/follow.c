// SPDX-License-Identifier: GPL-2.0-or-later
#include "follow.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

static uint32_t any_number(void)
{
	uint32_t number = 0;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) < 0)
		number = (uint32_t)sixpn_agent_clock();
	return number;
}

static void beat(struct sixpn_follow *follow)
{
	follow->told->beat(follow->told->data);
}

/* --- Trouble with the store. --- */

/* Once; but what somebody has to mend may come out only later. */
static bool is_news(const struct sixpn_follow *follow, int ret)
{
	return !follow->down ||
	       ((ret == -EACCES || ret == -EKEYREJECTED) &&
		ret != follow->down_code);
}

void sixpn_follow_fail(struct sixpn_follow *follow, int ret, const char *why)
{
	uint64_t now = sixpn_agent_clock();

	if (is_news(follow, ret)) {
		follow->down_code = ret;
		follow->told->outage(follow->told->data, ret == -ENOMEM ?
				     "out of memory" : why);
	}
	follow->reopen |= ret == -EREMCHG;
	follow->down = true;
	follow->listed = false;
	follow->list_due = now + sixpn_backoff_next(&follow->backoff,
						    any_number());
}

static void note_back(struct sixpn_follow *follow)
{
	if (follow->down)
		follow->told->back(follow->told->data);
	follow->down = false;
	memset(&follow->backoff, 0, sizeof(follow->backoff));
}

/* --- Opening. --- */

void sixpn_follow_close(struct sixpn_follow *follow)
{
	size_t i;

	for (i = 0; i < follow->count; i++) {
		sixpn_registry_watch_close(follow->watches[i]);
		follow->watches[i] = NULL;
	}
}

/* What is opened next may be another one. */
static void forget_registry(struct sixpn_follow *follow)
{
	follow->reopen = follow->listed = false;
	follow->list_due = 0;
	/* If it cannot be told now, that asks for all of this again. */
	follow->told->anew(follow->told->data);
	sixpn_follow_close(follow);
	sixpn_node_close_registry(follow->node);
}

bool sixpn_follow_open(struct sixpn_follow *follow)
{
	struct sixpn_error error = { 0 };
	int ret;

	if (follow->reopen && sixpn_agent_clock() >= follow->list_due)
		forget_registry(follow);
	if (follow->node->registry)
		return true;
	if (sixpn_agent_clock() < follow->list_due)
		return false;
	ret = sixpn_node_open_registry(follow->node, &error);
	if (ret)
		sixpn_follow_fail(follow, ret, error.text);
	return !ret;
}

/* --- Watching. --- */

static int open_watches(struct sixpn_follow *follow, struct sixpn_error *error)
{
	const struct sixpn_registry_told told = {
		.change = follow->told->change, .bad = follow->told->bad,
		.data = follow->told->data,
	};
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < follow->count; i++) {
		beat(follow);
		if (!follow->watches[i])
			ret = sixpn_registry_watch_open(&follow->watches[i],
							follow->node->registry,
							&follow->whats[i],
							&told, error);
	}
	return ret;
}

static int tell_more(struct sixpn_follow *follow, struct sixpn_error *error)
{
	if (!follow->told->more)
		return 0;
	return follow->told->more(follow->told->data, error);
}

void sixpn_follow_list(struct sixpn_follow *follow)
{
	struct sixpn_error error = { 0 };
	size_t i;
	int ret;

	if (follow->listed || sixpn_agent_clock() < follow->list_due)
		return;
	/* Unset by whoever loses something of what is told now. */
	follow->listed = true;
	follow->told->list(follow->told->data);
	ret = open_watches(follow, &error);
	for (i = 0; !ret && i < follow->count; i++) {
		beat(follow);
		ret = sixpn_registry_watch_list(follow->watches[i], &error);
	}
	if (!ret)
		ret = tell_more(follow, &error);
	if (ret || !follow->listed) {
		sixpn_follow_fail(follow, ret ? ret : -ENOMEM, error.text);
		return;
	}
	note_back(follow);
	follow->told->listed(follow->told->data);
}

void sixpn_follow_read(struct sixpn_follow *follow)
{
	struct sixpn_error error = { 0 };
	size_t i;
	int ret = 0;

	if (!follow->listed)
		return;
	for (i = 0; !ret && i < follow->count; i++) {
		beat(follow);
		ret = sixpn_registry_watch_read(follow->watches[i], &error);
	}
	if (!ret)
		ret = tell_more(follow, &error);
	if (ret == -EOVERFLOW) {
		follow->listed = false;
		follow->list_due = 0;
	} else if (ret) {
		sixpn_follow_fail(follow, ret, error.text);
	}
}

nfds_t sixpn_follow_fds(const struct sixpn_follow *follow, struct pollfd *fds)
{
	nfds_t i;

	for (i = 0; follow->listed && i < follow->count; i++)
		fds[i] = (struct pollfd){
			.fd = sixpn_registry_watch_fd(follow->watches[i]),
			.events = POLLIN,
		};
	return i;
}
