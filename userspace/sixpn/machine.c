// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The noun machine: what should run where. Its verbs that change one, and what
 * all of them begin and end with.
 */
#include "machine_noun.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "netns.h"
#include "netns_etc.h"

int sixpn_machine_open(struct sixpn_machine_job *job, struct sixpn_run *run)
{
	memset(job, 0, sizeof(*job));
	job->run = run;
	job->lock = -1;
	job->network.kind = SIXPN_RECORD_NETWORK;
	job->old.kind = SIXPN_RECORD_MACHINE;
	job->record.kind = SIXPN_RECORD_MACHINE;
	return sixpn_node_open(&job->node, run->config, &job->error);
}

int sixpn_machine_self(struct sixpn_machine_job *job)
{
	struct sixpn_record host;
	int ret;

	ret = sixpn_node_self(&job->node, &host, &job->error);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	job->self = host.host.host;
	memcpy(job->region, host.host.region, sizeof(job->region));
	sixpn_record_clear(&host);
	return 0;
}

int sixpn_machine_prepare(struct sixpn_machine_job *job)
{
	struct sixpn_error ignored;
	int ret;

	ret = sixpn_node_lock(&job->node, &job->error);
	if (ret < 0)
		return ret;
	job->lock = ret;
	ret = sixpn_machine_self(job);
	if (ret)
		return ret;
	job->kernel.ifname = job->node.config.device;
	job->both = (struct sixpn_both){
		.registry = job->node.registry, .ops = &sixpn_kernel_ops,
		.ifname = job->kernel.ifname, .self = job->self,
		.etc = SIXPN_NETNS_ETC_ROOT,
	};
	/* Without the module there is no device either: that is told. */
	if (!sixpn_netlink_open(&job->kernel.netlink, &ignored))
		job->both.kernel = &job->kernel;
	return 0;
}

int sixpn_machine_close(struct sixpn_machine_job *job, int ret)
{
	sixpn_netlink_close(job->kernel.netlink);
	if (job->lock >= 0)
		close(job->lock);
	sixpn_record_clear(&job->record);
	sixpn_record_clear(&job->old);
	sixpn_record_clear(&job->network);
	sixpn_node_close(&job->node);
	if (!ret)
		return SIXPN_EXIT_OK;
	sixpn_out_abandon(&job->run->out);
	return sixpn_complain(job->run, "%s", job->error.text);
}

int sixpn_machine_network(struct sixpn_machine_job *job)
{
	return sixpn_node_network(&job->node,
				  sixpn_run_option(job->run, "network"),
				  &job->network, &job->error);
}

int sixpn_machine_find(struct sixpn_machine_job *job)
{
	const char *word = job->run->words[0];
	char name[SIXPN_LABEL_MAX + 1];
	int ret;

	if (sixpn_parse_label(name, word, strlen(word)))
		return sixpn_error_set(&job->error, -EINVAL,
				       "not the name of a machine: '%s' ('sixpn machine list' lists those there are)",
				       word);
	ret = sixpn_machine_network(job);
	if (ret)
		return ret;
	ret = sixpn_registry_get_named(job->node.registry,
				       SIXPN_RECORD_MACHINE,
				       job->network.network.network, name,
				       &job->old, &job->error);
	if (ret == -ENOENT)
		return sixpn_error_set(&job->error, ret,
				       "network '%s' has no machine '%s' ('sixpn machine list' lists those there are)",
				       job->network.network.name, name);
	if (ret)
		return ret;
	if (sixpn_record_copy(&job->record, &job->old))
		return sixpn_error_set(&job->error, -ENOMEM, "out of memory");
	return 0;
}

/* Open, prepare, find: what all verbs that change a machine begin with. */
static int begin(struct sixpn_machine_job *job, struct sixpn_run *run)
{
	int ret = sixpn_machine_open(job, run);

	if (!ret)
		ret = sixpn_machine_prepare(job);
	return ret ? ret : sixpn_machine_find(job);
}

static int change(struct sixpn_machine_job *job)
{
	return sixpn_both_change(&job->both, &job->old, &job->record,
				 &job->error);
}

static int start(struct sixpn_machine_job *job)
{
	struct sixpn_record_machine *machine = &job->record.machine;
	int ret = sixpn_machine_attach(job->run, machine, &job->error);

	if (ret)
		return ret;
	if (machine->attachment == SIXPN_ATTACHMENT_NONE)
		return sixpn_error_set(&job->error, -EINVAL,
				       "machine '%s' hangs on nothing yet: say --netns, --bind or --host",
				       machine->name);
	if (!sixpn_machine_is_attach(job->run) &&
	    sixpn_netns_is_process(machine->netns))
		return sixpn_error_set(&job->error, -EINVAL,
				       "machine '%s' was in the namespace of process %s, which may be another one by now: say --netns",
				       machine->name, machine->netns);
	machine->state = SIXPN_RUN_STARTED;
	return change(job);
}

static int run_start(struct sixpn_run *run)
{
	struct sixpn_machine_job job;
	int code = sixpn_machine_check_attach(run), ret;

	if (code)
		return code;
	ret = begin(&job, run);
	if (!ret)
		ret = start(&job);
	return sixpn_machine_close(&job, ret);
}

static int run_stop(struct sixpn_run *run)
{
	struct sixpn_machine_job job;
	int ret = begin(&job, run);

	job.record.machine.state = SIXPN_RUN_STOPPED;
	if (!ret)
		ret = change(&job);
	return sixpn_machine_close(&job, ret);
}

/* A machine that has the region of its host has that of the new one then. */
static int move_region(struct sixpn_machine_job *job,
		       const struct sixpn_record_host *to)
{
	struct sixpn_record_machine *machine = &job->record.machine;
	struct sixpn_record from;
	int ret;

	ret = sixpn_registry_get_host(job->node.registry, machine->host, &from,
				      &job->error);
	if (ret)
		return ret;
	if (!strcmp(from.host.region, machine->region))
		memcpy(machine->region, to->region, sizeof(machine->region));
	sixpn_record_clear(&from);
	return 0;
}

static int move(struct sixpn_machine_job *job)
{
	struct sixpn_record_machine *machine = &job->record.machine;
	struct sixpn_record host;
	int ret;

	ret = sixpn_node_host(&job->node, sixpn_run_option(job->run, "to"),
			      &host, &job->error);
	if (ret)
		return ret;
	if (host.host.host == machine->host)
		ret = sixpn_error_set(&job->error, -EINVAL,
				      "machine '%s' is on host '%s' already ('sixpn machine start' attaches it elsewhere)",
				      machine->name, host.host.name);
	if (!ret)
		ret = move_region(job, &host.host);
	if (!ret)
		ret = sixpn_machine_attach(job->run, machine, &job->error);
	machine->host = host.host.host;
	sixpn_record_clear(&host);
	return ret ? ret : change(job);
}

static int run_move(struct sixpn_run *run)
{
	struct sixpn_machine_job job;
	int code = sixpn_machine_check_attach(run), ret;

	if (code)
		return code;
	if (!sixpn_run_option(run, "to"))
		return sixpn_complain_usage(run, "--to is missing: which host does it move to?");
	ret = begin(&job, run);
	if (!ret)
		ret = move(&job);
	return sixpn_machine_close(&job, ret);
}

static int run_del(struct sixpn_run *run)
{
	struct sixpn_machine_job job;
	int ret = begin(&job, run);

	if (!ret)
		ret = sixpn_both_delete(&job.both, &job.old, &job.error);
	return sixpn_machine_close(&job, ret);
}

static const struct sixpn_option add_options[] = {
	{ "network", "NET", false },
	{ "app", "APP", false },
	{ "group", "GROUP", false },
	{ "region", "REGION", false },
	{ "metadata", "KEY=VALUE", true },
	SIXPN_ATTACH_OPTIONS,
	{ "id", "ID", false },
	{ "stopped", NULL, false },
	{ "skip-dns", NULL, false },
	{ "no-resolv", NULL, false },
	{ 0 },
};

static const struct sixpn_option start_options[] = {
	{ "network", "NET", false },
	SIXPN_ATTACH_OPTIONS,
	{ 0 },
};

static const struct sixpn_option move_options[] = {
	{ "to", "HOST", false },
	{ "network", "NET", false },
	SIXPN_ATTACH_OPTIONS,
	{ 0 },
};

static const struct sixpn_option list_options[] = {
	{ "network", "NET", false },
	{ "app", "APP", false },
	{ "host", "HOST", false },
	{ "all", NULL, false },
	{ 0 },
};

static const struct sixpn_option name_options[] = {
	{ "network", "NET", false },
	{ 0 },
};

#define NET_NOTE "NET: name or id of a network; needed if there are several.\n"
#define ATTACH_NOTE \
	"NAME, PID: a network namespace, by its name, by a process, or by a path.\n" \
	"IF: after --ifname, what the machine sees there (eth6); after --bind, a\n" \
	"network device of this namespace. --host: the host itself is the machine.\n"

const struct sixpn_command sixpn_machine_commands[] = {
	{ "machine add", "NAME --app APP [ --network NET ] [ --group GROUP ] "
	  "[ --region REGION ] [ --metadata KEY=VALUE ]... "
	  SIXPN_ATTACH_ARGUMENTS " [ --id ID ] [ --stopped ] [ --skip-dns ] "
	  "[ --no-resolv ]",
	  "Put a machine on this host, print its address",
	  1, 1, sixpn_machine_add, NET_NOTE ATTACH_NOTE
	  "Without --netns, --bind and --host it only gets its address.\n"
	  "A namespace NAME is told of its resolver and its address in the files\n"
	  "/etc/netns/NAME/resolv.conf and hosts, unless --no-resolv is given.\n"
	  "When any of it is refused, nothing has changed.\n", add_options },
	{ "machine start", "NAME [ --network NET ] " SIXPN_ATTACH_ARGUMENTS,
	  "Attach a machine, as before or as told",
	  1, 1, run_start, NET_NOTE ATTACH_NOTE, start_options },
	{ "machine stop", "NAME [ --network NET ]",
	  "Detach a machine; its address stays",
	  1, 1, run_stop, NULL, name_options },
	{ "machine move", "NAME --to HOST [ --network NET ] "
	  SIXPN_ATTACH_ARGUMENTS,
	  "Move a machine to another host, with its address",
	  1, 1, run_move, NET_NOTE ATTACH_NOTE
	  "HOST: name or id of a host. What is not told is as it was.\n",
	  move_options },
	{ "machine del", "NAME [ --network NET ]", "Remove a machine",
	  1, 1, run_del, NULL, name_options },
	{ "machine list",
	  "[ --network NET ] [ --app APP ] [ --host HOST ] [ --all ]",
	  "List machines", 0, 0, sixpn_machine_list, NULL, list_options },
	{ "machine show", "NAME [ --network NET ]", "Show all of one machine",
	  1, 1, sixpn_machine_show, NULL, name_options },
	{ 0 },
};
