// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The noun client, and what its verbs have in common.
 */
#include "client.h"

#include <errno.h>
#include <string.h>

#include "parse.h"

int sixpn_client_open(struct sixpn_client_job *job, struct sixpn_run *run)
{
	memset(job, 0, sizeof(*job));
	job->network.kind = SIXPN_RECORD_NETWORK;
	job->old.kind = SIXPN_RECORD_CLIENT;
	job->record.kind = SIXPN_RECORD_CLIENT;
	return sixpn_noun_open(&job->noun, run);
}

int sixpn_client_self(struct sixpn_client_job *job)
{
	struct sixpn_record host;
	int ret;

	ret = sixpn_node_self(&job->noun.node, &host, &job->noun.error);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	job->self = host.host.host;
	memcpy(job->region, host.host.region, sizeof(job->region));
	sixpn_record_clear(&host);
	return 0;
}

int sixpn_client_close(struct sixpn_client_job *job, int ret)
{
	sixpn_journal_clear(&job->journal);
	sixpn_device_clear(&job->change);
	sixpn_record_clear(&job->record);
	sixpn_record_clear(&job->old);
	sixpn_record_clear(&job->network);
	return sixpn_noun_close(&job->noun, ret);
}

int sixpn_client_name(struct sixpn_client_job *job,
		      char name[SIXPN_LABEL_MAX + 1])
{
	const char *word = job->noun.run->words[0];

	if (sixpn_parse_label(name, word, strlen(word)))
		return sixpn_error_set(&job->noun.error, -EINVAL,
				       "name is not 1-63 letters, digits and '-', which is at no end: '%s'",
				       word);
	return 0;
}

int sixpn_client_find(struct sixpn_client_job *job)
{
	char name[SIXPN_LABEL_MAX + 1];
	int ret;

	ret = sixpn_client_name(job, name);
	if (ret)
		return ret;
	ret = sixpn_node_network(&job->noun.node,
				 sixpn_run_option(job->noun.run, "network"),
				 &job->network, &job->noun.error);
	if (ret)
		return ret;
	ret = sixpn_registry_get_named(job->noun.node.registry, SIXPN_RECORD_CLIENT,
				       job->network.network.network, name,
				       &job->record, &job->noun.error);
	if (ret == -ENOENT)
		sixpn_error_set(&job->noun.error, ret,
				"network '%s' has no client '%s' (see sixpn client list)",
				job->network.network.name, name);
	if (!ret && sixpn_record_copy(&job->old, &job->record))
		ret = sixpn_error_set(&job->noun.error, -ENOMEM,
				      "out of memory");
	return ret;
}

/* What is left there is mended by what mends all. */
static int remove_from_kernel(struct sixpn_client_job *job)
{
	int ret;

	ret = sixpn_client_remove_peer(job, job->record.client.public_key);
	if (!ret)
		ret = sixpn_client_remove_machine(job);
	if (!ret)
		ret = sixpn_client_drop_network(job);
	if (ret)
		sixpn_error_prefix(&job->noun.error, ret,
				   "client '%s' is removed, but not from %s (see to it with 'sixpn up')",
				   job->record.client.name, job->kernel.ifname);
	return ret;
}

static int run_del(struct sixpn_run *run)
{
	struct sixpn_client_job job;
	int ret;

	ret = sixpn_client_open(&job, run);
	if (!ret)
		ret = sixpn_client_self(&job);
	if (!ret)
		ret = sixpn_client_find(&job);
	if (!ret)
		ret = sixpn_client_lock(&job);
	if (!ret)
		ret = sixpn_client_delete(&job);
	if (!ret)
		ret = remove_from_kernel(&job);
	return sixpn_client_close(&job, ret);
}

static const struct sixpn_option add_options[] = {
	{ "network", "NET", false },
	{ "region", "REGION", false },
	{ "gateway", "HOST", false },
	{ "out", "FILE", false },
	{ "qr", NULL, false },
	{ "expire", "TIME", false },
	{ "owner", "WHO", false },
	{ "public-key", "KEY", false },
	{ "preshared", NULL, false },
	{ 0 },
};

static const struct sixpn_option reset_options[] = {
	{ "network", "NET", false },
	{ "out", "FILE", false },
	{ "qr", NULL, false },
	{ 0 },
};

static const struct sixpn_option list_options[] = {
	{ "network", "NET", false },
	{ "gateway", "HOST", false },
	{ 0 },
};

static const struct sixpn_option name_options[] = {
	{ "network", "NET", false },
	{ 0 },
};

#define ADD_ARGUMENTS \
	"NAME [ --network NET ] [ --region REGION | --gateway HOST ] " \
	"[ --out FILE ] [ --qr ] [ --expire TIME ] [ --owner WHO ] " \
	"[ --public-key KEY ] [ --preshared ]"

#define ADD_NOTES \
	"NET: name or id of a network; needed if there are several.\n" \
	"HOST: name or id of a host. TIME: 90m, 12h, 30d, 2w or 2026-12-28T04:00:00Z.\n" \
	"FILE: made for its owner only, never overwritten. KEY: a public key.\n" \
	"Prints the configuration for the client's WireGuard, or with --qr a code with\n" \
	"it for a camera; with --out, the address.\n"

#define LIST_ARGUMENTS "[ --network NET ] [ --gateway HOST ]"

#define NAME_ARGUMENTS "NAME [ --network NET ]"

const struct sixpn_command sixpn_client_commands[] = {
	{ "client add", ADD_ARGUMENTS,
	  "Let a WireGuard client in, print its configuration",
	  1, 1, sixpn_client_add, ADD_NOTES, add_options },
	{ "client list", LIST_ARGUMENTS,
	  "List clients, and when they were last heard of",
	  0, 0, sixpn_client_list, NULL, list_options },
	{ "client show", NAME_ARGUMENTS, "Show all of one client",
	  1, 1, sixpn_client_show, NULL, name_options },
	{ "client reset", "NAME [ --network NET ] [ --out FILE ] [ --qr ]",
	  "Give a client a new key; the old one ends",
	  1, 1, sixpn_client_reset, NULL, reset_options },
	{ "client del", NAME_ARGUMENTS, "Remove a client",
	  1, 1, run_del, NULL, name_options },
	{ "wireguard create", ADD_ARGUMENTS, "The same as client add",
	  1, 1, sixpn_client_add, ADD_NOTES, add_options },
	{ "wireguard list", LIST_ARGUMENTS, "The same as client list",
	  0, 0, sixpn_client_list, NULL, list_options },
	{ "wireguard remove", NAME_ARGUMENTS, "The same as client del",
	  1, 1, run_del, NULL, name_options },
	{ 0 },
};
