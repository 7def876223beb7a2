// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * client add and client reset: a key, and the configuration to use it with.
 */
#include "client.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* So many ids in a row are not taken by chance. */
#define ATTEMPTS_MAX 16

/**
 * struct giving - a client that is given a key
 * @private_key: only if @makes_key; otherwise the client has it
 */
struct giving {
	struct sixpn_client_job job;
	struct sixpn_client_output output;
	struct sixpn_record_host gateway;
	bool makes_key;
	uint8_t private_key[SIXPN_KEY_LEN];
	int old_key_left;	/* why the kernel still has it */
};

/* A reader that has gone is an error, of which nothing must be left behind. */
static void stay(void)
{
	signal(SIGPIPE, SIG_IGN);
}

static int finish(struct giving *giving, int ret)
{
	sixpn_key_wipe(giving->private_key, sizeof(giving->private_key));
	sixpn_client_output_clear(&giving->output);
	return sixpn_client_close(&giving->job, ret);
}

static int make_key(struct giving *giving)
{
	struct sixpn_record_client *client = &giving->job.record.client;
	int ret;

	giving->makes_key = true;
	ret = sixpn_key_generate_private(giving->private_key);
	if (!ret)
		ret = sixpn_key_public(client->public_key,
				       giving->private_key);
	return ret ? sixpn_error_set(&giving->job.noun.error, ret,
				     "cannot make a key: %s",
				     strerror(-ret)) : 0;
}

static int make_preshared_key(struct giving *giving)
{
	int ret;

	ret = sixpn_key_generate_preshared(
		giving->job.record.client.preshared_key);
	return ret ? sixpn_error_set(&giving->job.noun.error, ret,
				     "no random numbers: %s",
				     strerror(-ret)) : 0;
}

static int write_output(struct giving *giving)
{
	return sixpn_client_output_write(&giving->job, &giving->output,
					 giving->makes_key ?
					 giving->private_key : NULL,
					 &giving->gateway);
}

/* What stands in the way of the client's first packet, though all is done. */
static void warn(struct giving *giving)
{
	struct sixpn_client_job *job = &giving->job;
	const struct sixpn_record_client *client = &job->record.client;

	if (client->gateway == job->self && !job->kernel.netlink)
		sixpn_warn(job->noun.run, "warning: %s is not there: 'sixpn up' lets the client in",
			   job->noun.node.config.device);
	if (sixpn_client_gateway_sleeps(job, client->gateway))
		sixpn_warn(job->noun.run, "warning: gateway '%s' gives no sign of life: the client is let in when it is back",
			   giving->gateway.name);
	if (client->expires && client->gateway == job->self &&
	    !sixpn_node_has_agent(&job->noun.node))
		sixpn_warn(job->noun.run, "warning: no agent runs here: the client ends with the first 'sixpn up' after its time");
}

/* --- add --- */

/* The same for all attempts; the address is still missing. */
static int fill(struct giving *giving)
{
	struct sixpn_client_job *job = &giving->job;
	struct sixpn_record_client *client = &job->record.client;
	const char *owner = sixpn_run_option(job->noun.run, "owner");
	const char *key = sixpn_run_option(job->noun.run, "public-key");
	const char *expire = sixpn_run_option(job->noun.run, "expire");
	int ret;

	client->created = sixpn_noun_now();
	ret = sixpn_client_name(job, client->name);
	if (!ret && expire)
		ret = sixpn_client_expiry_parse(&client->expires, expire,
						client->created, &job->noun.error);
	if (ret)
		return ret;
	if (owner && strlen(owner) > SIXPN_RECORD_TEXT_MAX)
		return sixpn_error_set(&job->noun.error, -EINVAL,
				       "owner is longer than %d bytes",
				       SIXPN_RECORD_TEXT_MAX);
	if (owner)
		strcpy(client->owner, owner);
	if (!key)
		ret = make_key(giving);
	else if (sixpn_key_from_base64(client->public_key, key, strlen(key)) ||
		 sixpn_key_is_zero(client->public_key))
		ret = sixpn_error_set(&job->noun.error, -EINVAL,
				      "not a public key: '%s'", key);
	if (!ret && sixpn_run_option(job->noun.run, "preshared"))
		ret = make_preshared_key(giving);
	return ret;
}

/* Clear sentences, before anything has been done. */
static int check_new(struct sixpn_client_job *job)
{
	const struct sixpn_record_client *client = &job->record.client;
	struct sixpn_record found;
	int ret;

	ret = sixpn_registry_get_named(job->noun.node.registry, SIXPN_RECORD_CLIENT,
				       client->network, client->name, &found,
				       &job->noun.error);
	sixpn_record_clear(&found);
	if (!ret)
		return sixpn_error_set(&job->noun.error, -EEXIST,
				       "network '%s' has a client '%s' already ('sixpn client reset' gives it a new key)",
				       job->network.network.name,
				       client->name);
	if (ret != -ENOENT)
		return ret;
	ret = sixpn_registry_get_key(job->noun.node.registry, client->public_key,
				     &found, &job->noun.error);
	sixpn_record_clear(&found);
	if (!ret)
		return sixpn_error_set(&job->noun.error, -EEXIST,
				       "this key is in use already: every client needs one of its own");
	return ret == -ENOENT ? 0 : ret;
}

/* What the registry would refuse is refused before the kernel is changed. */
static int check_record(struct sixpn_client_job *job)
{
	char *text;
	size_t length;
	int ret;

	ret = sixpn_record_format(&job->record, NULL, &text, &length,
				  &job->noun.error);
	if (ret)
		return ret;
	sixpn_key_wipe(text, length);
	free(text);
	return 0;
}

static void take_back(struct giving *giving)
{
	sixpn_client_uninstall(&giving->job);
	sixpn_client_output_remove(&giving->output);
}

/* At the address of one attempt. Return: -EADDRINUSE: another may do. */
static int enter(struct giving *giving)
{
	struct sixpn_client_job *job = &giving->job;
	struct sixpn_record found;
	int ret;

	ret = sixpn_registry_get_address(job->noun.node.registry,
					 &job->record.client.address, &found,
					 &job->noun.error);
	sixpn_record_clear(&found);
	if (ret != -ENOENT)
		return ret ? ret : sixpn_error_set(&job->noun.error, -EADDRINUSE,
						   "its address is taken");
	ret = check_record(job);
	if (!ret)
		ret = write_output(giving);
	if (!ret)
		ret = sixpn_client_install(job, true);
	if (!ret)
		ret = sixpn_client_put(job);
	if (ret)
		take_back(giving);
	return ret;
}

static int enter_somewhere(struct giving *giving)
{
	struct sixpn_record_client *client = &giving->job.record.client;
	unsigned int attempt;
	int ret = -EADDRINUSE;

	for (attempt = 0; ret == -EADDRINUSE && attempt < ATTEMPTS_MAX;
	     attempt++) {
		sixpn_addr_build(&client->address, client->network,
				 client->home,
				 sixpn_client_machine_id(client->network,
							 client->name, attempt),
				 SIXPN_SUB_MACHINE);
		ret = enter(giving);
	}
	return ret;
}

/* A configuration that nobody has got is no client. */
static int print_or_take_back(struct giving *giving)
{
	struct sixpn_client_job *job = &giving->job;
	struct sixpn_error why;
	int ret;

	ret = sixpn_client_output_print(job, &giving->output);
	if (!ret)
		return 0;
	why = job->noun.error;
	if (sixpn_client_delete(job)) {
		sixpn_error_append(&why, "; and client '%s' is not removed again: %s",
				   job->record.client.name, job->noun.error.text);
		job->noun.error = why;
		return ret;
	}
	job->noun.error = why;
	take_back(giving);
	return ret;
}

static int add(struct giving *giving)
{
	struct sixpn_client_job *job = &giving->job;
	struct sixpn_record_client *client = &job->record.client;
	int ret;

	ret = fill(giving);
	if (!ret)
		ret = sixpn_client_self(job);
	if (!ret)
		ret = sixpn_node_network(&job->noun.node,
					 sixpn_run_option(job->noun.run, "network"),
					 &job->network, &job->noun.error);
	if (!ret)
		ret = sixpn_client_choose_gateway(job, &giving->gateway);
	if (ret)
		return ret;
	client->network = job->network.network.network;
	client->gateway = giving->gateway.host;
	client->home = giving->gateway.host;
	ret = check_new(job);
	if (!ret)
		ret = sixpn_client_lock(job);
	if (!ret)
		ret = enter_somewhere(giving);
	if (!ret)
		ret = print_or_take_back(giving);
	if (!ret)
		warn(giving);
	return ret;
}

int sixpn_client_add(struct sixpn_run *run)
{
	struct giving giving = { 0 };
	int code, ret;

	if (sixpn_run_option(run, "region") && sixpn_run_option(run, "gateway"))
		return sixpn_complain_usage(run, "--region or --gateway, not both");
	code = sixpn_client_output_init(&giving.output, run);
	if (code)
		return code;
	stay();
	ret = sixpn_client_open(&giving.job, run);
	if (!ret)
		ret = add(&giving);
	return finish(&giving, ret);
}

/* --- reset --- */

static int get_gateway(struct giving *giving)
{
	struct sixpn_client_job *job = &giving->job;
	struct sixpn_record host;
	int ret;

	ret = sixpn_registry_get_host(job->noun.node.registry,
				      job->record.client.gateway, &host,
				      &job->noun.error);
	if (ret)
		return ret;
	giving->gateway = host.host;
	sixpn_record_clear(&host);
	if (!giving->gateway.endpoint_count)
		return sixpn_error_set(&job->noun.error, -EINVAL,
				       "its gateway '%s' has no endpoint: tell it in its sixpn.conf, then run 'sixpn up' there",
				       giving->gateway.name);
	return 0;
}

static int check_not_over(struct sixpn_client_job *job)
{
	const struct sixpn_record_client *client = &job->record.client;
	char time[SIXPN_TIME_TEXT_MAX];

	if (!client->expires || client->expires > sixpn_noun_now())
		return 0;
	sixpn_time_format(time, client->expires);
	return sixpn_error_set(&job->noun.error, -EINVAL,
			       "client '%s' ended at %s: 'sixpn client del', then 'sixpn client add', make it anew",
			       client->name, time);
}

static int exchange(struct giving *giving,
		    const uint8_t old_key[SIXPN_KEY_LEN])
{
	struct sixpn_client_job *job = &giving->job;
	int ret;

	ret = write_output(giving);
	if (!ret)
		ret = sixpn_client_install(job, false);
	if (!ret)
		ret = sixpn_client_put(job);
	if (ret) {
		take_back(giving);
		return ret;
	}
	/* From here on there is no way back: the new key is the one. */
	giving->old_key_left = sixpn_client_remove_peer(job, old_key);
	if (giving->old_key_left)
		sixpn_warn(job->noun.run, "warning: %s still lets the old key in: %s",
			   job->kernel.ifname, job->noun.error.text);
	return 0;
}

static int reset(struct giving *giving)
{
	struct sixpn_client_job *job = &giving->job;
	struct sixpn_record_client *client = &job->record.client;
	uint8_t old_key[SIXPN_KEY_LEN];
	int ret;

	ret = sixpn_client_self(job);
	if (!ret)
		ret = sixpn_client_find(job);
	if (!ret)
		ret = check_not_over(job);
	if (!ret)
		ret = get_gateway(giving);
	if (ret)
		return ret;
	memcpy(old_key, client->public_key, SIXPN_KEY_LEN);
	ret = make_key(giving);
	if (!ret && !sixpn_key_is_zero(client->preshared_key))
		ret = make_preshared_key(giving);
	if (!ret)
		ret = sixpn_client_lock(job);
	if (!ret)
		ret = exchange(giving, old_key);
	if (ret)
		return ret;
	ret = sixpn_client_output_print(job, &giving->output);
	if (ret)
		sixpn_error_append(&job->noun.error, "; the old key has ended: run it again");
	else
		warn(giving);
	if (!ret && giving->old_key_left)
		ret = sixpn_error_set(&job->noun.error, giving->old_key_left,
				      "the old key is not out yet: run 'sixpn up'");
	return ret;
}

int sixpn_client_reset(struct sixpn_run *run)
{
	struct giving giving = { 0 };
	int code, ret;

	code = sixpn_client_output_init(&giving.output, run);
	if (code)
		return code;
	stay();
	ret = sixpn_client_open(&giving.job, run);
	if (!ret)
		ret = reset(&giving);
	return finish(&giving, ret);
}
