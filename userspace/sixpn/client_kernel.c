// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Clients in the mesh device of this host.
 */
#include "client.h"

#include <errno.h>
#include <string.h>

#include "both.h"
#include "desired.h"
#include "machine.h"

bool sixpn_client_is_here(const struct sixpn_client_job *job)
{
	const struct sixpn_record_client *client = &job->record.client;

	return job->self &&
	       (client->gateway == job->self || client->home == job->self);
}

int sixpn_client_lock(struct sixpn_client_job *job)
{
	int ret;

	if (!sixpn_client_is_here(job))
		return 0;
	ret = sixpn_noun_take_device(&job->noun);
	job->kernel.netlink = job->noun.netlink;
	job->kernel.ifname = job->noun.node.config.device;
	return ret;
}

/* Of another id, it would take the client for one that has moved here. */
static int check_host_id(struct sixpn_client_job *job)
{
	struct sixpn_error *error = &job->noun.error;
	struct sixpn_device device = { 0 };
	int ret;

	ret = sixpn_netlink_device_get(job->kernel.netlink, job->kernel.ifname,
				       SIXPN_READ_HEAD, &device, error);
	if (ret)
		sixpn_error_prefix(error, ret, "%s", job->kernel.ifname);
	else if (device.host_id != job->self)
		ret = sixpn_error_set(error, -ESTALE,
				      "%s has host id %u, this host has %u in the registry: run 'sixpn up'",
				      job->kernel.ifname, device.host_id,
				      job->self);
	sixpn_device_clear(&device);
	return ret;
}

/*
 * In quarantine, or somebody's who is not in the registry: then the kernel would
 * take the request for a change of that one.
 */
static int check_free(struct sixpn_client_job *job)
{
	struct sixpn_machine named = {
		.has = SIXPN_MACHINE_HAS_ADDRESS,
		.address = job->record.client.address,
	};
	struct sixpn_machine machine = { 0 };
	int ret;

	ret = sixpn_machine_get(job->kernel.netlink, job->kernel.ifname, &named,
				&machine, &job->noun.error);
	sixpn_machine_clear(&machine);
	if (!ret)
		return sixpn_error_set(&job->noun.error, -EADDRINUSE,
				       "%s: another machine has its address",
				       job->kernel.ifname);
	return ret == -ENOENT ? 0 : ret;
}

static int install(struct sixpn_client_job *job, bool fresh)
{
	int ret;

	ret = sixpn_journal_device(&job->journal, &job->change, &job->noun.error);
	if (ret)
		return ret;
	ret = sixpn_journal_objects(&job->journal, &job->change, &job->noun.error);
	if (fresh && (ret == -EBUSY || ret == -EEXIST))
		ret = -EADDRINUSE;
	return ret;
}

int sixpn_client_install(struct sixpn_client_job *job, bool fresh)
{
	int ret;

	if (!job->kernel.netlink || sixpn_node_has_agent(&job->noun.node))
		return 0;
	job->journal.ops = &sixpn_kernel_ops;
	job->journal.context = &job->kernel;
	job->journal.undoable = true;
	ret = check_host_id(job);
	if (!ret && fresh)
		ret = check_free(job);
	if (ret)
		return ret;
	memcpy(job->change.ifname, job->noun.node.config.device,
	       sizeof(job->change.ifname));
	ret = sixpn_desired_client(&job->change, job->self, &job->record.client,
				   0, sixpn_noun_now());
	if (ret) {
		sixpn_error_set(&job->noun.error, ret, "out of memory");
	} else if (job->change.peer_count) {
		ret = install(job, fresh);
		if (ret)
			sixpn_error_prefix(&job->noun.error, ret, "%s",
					   job->kernel.ifname);
	}
	if (ret)
		sixpn_client_uninstall(job);
	return ret;
}

void sixpn_client_uninstall(struct sixpn_client_job *job)
{
	sixpn_journal_undo(&job->journal, &job->noun.error);
	sixpn_journal_clear(&job->journal);
	sixpn_device_clear(&job->change);
}

int sixpn_client_remove_peer(struct sixpn_client_job *job,
			     const uint8_t public_key[SIXPN_KEY_LEN])
{
	struct sixpn_device change = { 0 };
	struct sixpn_peer *peer;
	int ret;

	if (!job->kernel.netlink)
		return 0;
	memcpy(change.ifname, job->noun.node.config.device, sizeof(change.ifname));
	peer = sixpn_device_add_peer(&change);
	if (!peer)
		return sixpn_error_set(&job->noun.error, -ENOMEM, "out of memory");
	peer->has = SIXPN_PEER_HAS_PUBLIC_KEY;
	peer->flags = SIXPN_PEER_F_REMOVE;
	memcpy(peer->public_key, public_key, SIXPN_KEY_LEN);
	ret = sixpn_netlink_device_set(job->kernel.netlink, &change,
				       &job->noun.error);
	sixpn_device_clear(&change);
	return ret;
}

int sixpn_client_remove_machine(struct sixpn_client_job *job)
{
	struct sixpn_machine machine = {
		.has = SIXPN_MACHINE_HAS_ADDRESS,
		.address = job->record.client.address,
		.remove = true,
	};
	struct sixpn_machine_done done;
	int ret;

	if (!job->kernel.netlink)
		return 0;
	sixpn_machine_done_init(&done, false);
	ret = sixpn_machine_apply(job->kernel.netlink, job->kernel.ifname,
				  &machine, &done, &job->noun.error);
	sixpn_machine_done_clear(&done);
	/* It has gone with its peer. */
	return ret == -ENOENT ? 0 : ret;
}

int sixpn_client_drop_network(struct sixpn_client_job *job)
{
	const struct sixpn_both both = {
		.registry = job->noun.node.registry,
		.ops = &sixpn_kernel_ops, .kernel = &job->kernel,
		.ifname = job->kernel.ifname, .self = job->self,
	};

	if (!job->kernel.netlink)
		return 0;
	return sixpn_both_drop_network(&both, job->record.client.network,
				       &job->noun.error);
}
