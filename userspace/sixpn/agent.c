// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * agent: keep this host as the registry says, until told to end.
 */
#include "command.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "format.h"
#include "notify.h"
#include "up.h"

/* @journal: stderr is the journal's: lines begin with their priority */
struct serving {
	struct sixpn_run *run;
	struct sixpn_noun noun;
	bool journal;
};

/* What a record or the kernel says may have anything in it. */
static void write_line(void *context, enum sixpn_agent_level level,
		       const char *text)
{
	const struct serving *serving = context;
	char safe[6144];

	sixpn_format_escaped(safe, sizeof(safe), text, strlen(text));
	if (serving->journal)
		fprintf(stderr, "<%d>%s\n", level, safe);
	else
		fprintf(stderr, "sixpn: agent: %s\n", safe);
}

static void be_ready(void *context)
{
	(void)context;
	sixpn_notify("READY=1");
}

static void say_status(void *context, const char *text)
{
	char state[1200];

	(void)context;
	snprintf(state, sizeof(state), "STATUS=%s", text);
	sixpn_notify(state);
}

static void be_alive(void *context)
{
	(void)context;
	sixpn_notify("WATCHDOG=1");
}

static int bring_up(struct sixpn_node *node, struct sixpn_error *error)
{
	struct sixpn_noun *noun = (struct sixpn_noun *)
		((char *)node - offsetof(struct sixpn_noun, node));
	int ret = sixpn_up_again(noun);

	if (ret)
		*error = noun->error;
	return ret;
}

/* A file that cannot be read does not end an agent that runs. */
static bool reload(void *context)
{
	struct serving *serving = context;
	struct sixpn_error error = { 0 };
	struct sixpn_node node = { 0 };
	bool changed = false;

	if (sixpn_node_open_config(&node, serving->run->config, &error)) {
		write_line(context, SIXPN_AGENT_ERROR, error.text);
		write_line(context, SIXPN_AGENT_ERROR,
			   "the configuration stays as it was");
	} else {
		changed = !sixpn_host_config_equal(&node.config,
						   &serving->noun.node.config);
		write_line(context, SIXPN_AGENT_NOTICE, changed ?
			   "the configuration has changed: starting again" :
			   "the configuration has not changed: opening the registry again");
	}
	sixpn_node_close(&node);
	return changed;
}

static int serve(struct serving *serving, enum sixpn_agent_end *end)
{
	struct sixpn_agent_options options = {
		.bring_up = bring_up, .log = write_line, .ready = be_ready,
		.status = say_status, .alive = be_alive, .reload = reload,
		.context = serving,
	};
	struct sixpn_noun *noun = &serving->noun;
	int lock, ret;

	ret = sixpn_noun_open_config(noun, serving->run);
	if (!ret)
		ret = sixpn_node_load_key(&noun->node, true, &noun->error);
	if (ret)
		return ret;
	lock = sixpn_node_lock_agent(&noun->node, &noun->error);
	if (lock < 0)
		return lock;
	/* Twice as often as it is asked for. */
	options.alive_ms = (unsigned int)(sixpn_notify_watchdog() / 2000);
	ret = sixpn_agent_run(&noun->node, &options, end, &noun->error);
	close(lock);
	return ret;
}

static int run_agent(struct sixpn_run *run)
{
	struct serving serving = { .run = run, .journal = sixpn_notify_has_journal() };
	enum sixpn_agent_end end = SIXPN_AGENT_STOPPED;
	int ret;

	do {
		ret = serve(&serving, &end);
		if (!ret)
			sixpn_notify(end == SIXPN_AGENT_RELOAD ?
				     "RELOADING=1" : "STOPPING=1");
		ret = sixpn_noun_close(&serving.noun, ret);
	} while (ret == SIXPN_EXIT_OK && end == SIXPN_AGENT_RELOAD);
	return ret;
}

static const struct sixpn_option no_options[] = {
	{ 0 },
};

const struct sixpn_command sixpn_agent_commands[] = {
	{ "agent", "", "Keep this host as the registry says, until told to end",
	  0, 0, run_agent, NULL, no_options },
	{ 0 },
};
