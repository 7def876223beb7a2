// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From what a device should be to requests.
 */
#include "reconcile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "sync.h"

/* Of a device that others change at the same time. */
#define ATTEMPTS 10

struct applying {
	const struct sixpn_kernel_ops *ops;
	void *context;
	const struct sixpn_reconcile_what *what;
	const struct sixpn_reconcile_options *options;
};

static void note_changed(const struct applying *applying)
{
	if (applying->options->result)
		applying->options->result->changed++;
}

static void leave_out(const struct applying *applying, const char *text)
{
	const struct sixpn_reconcile_options *options = applying->options;

	if (options->result)
		options->result->left_out++;
	if (options->notice)
		options->notice(options->context, text);
}

static int out_of_memory(struct sixpn_error *error)
{
	return sixpn_error_set(error, -ENOMEM, "out of memory");
}

/* Errors that are not of one object: the rest would fail as well. */
static bool ends_all(int ret)
{
	return ret == -ENODEV || ret == -EPERM || ret == -ENOMEM;
}

static int read_device(const struct applying *applying,
		       struct sixpn_device *now, struct sixpn_error *error)
{
	int ret = applying->ops->device_get(applying->context, SIXPN_READ_ALL,
					    now, error);

	if (!ret && now->host_id != applying->what->self)
		return sixpn_error_set(error, -ESTALE,
				       "%s is of host id %u, not %u: run 'sixpn up'",
				       now->ifname, now->host_id,
				       applying->what->self);
	return ret;
}

/* --- Device and peers. --- */

/*
 * What is removed comes first: the host id of a host that has a new key must be
 * free by then.
 */
static int order_removals(struct sixpn_device *change)
{
	struct sixpn_peer *ordered;
	size_t i, count = 0;

	if (!change->peer_count)
		return 0;
	ordered = calloc(change->peer_count, sizeof(*ordered));
	if (!ordered)
		return -ENOMEM;
	for (i = 0; i < change->peer_count; i++)
		if (change->peers[i].flags & SIXPN_PEER_F_REMOVE)
			ordered[count++] = change->peers[i];
	for (i = 0; i < change->peer_count; i++)
		if (!(change->peers[i].flags & SIXPN_PEER_F_REMOVE))
			ordered[count++] = change->peers[i];
	sixpn_key_wipe(change->peers, count * sizeof(*change->peers));
	free(change->peers);
	change->peers = ordered;
	change->peer_room = count;
	return 0;
}

static void tell_peer(const struct applying *applying,
		      const struct sixpn_peer *peer, struct sixpn_error *why,
		      int ret)
{
	const struct sixpn_view_entry *entry;
	char key[SIXPN_KEY_BASE64_LEN + 1];

	entry = sixpn_view_find_key(applying->what->view, peer->public_key);
	if (!entry) {
		sixpn_key_to_base64(key, peer->public_key);
		sixpn_error_prefix(why, ret, "peer %s", key);
	} else if (entry->record.kind == SIXPN_RECORD_HOST) {
		sixpn_error_prefix(why, ret, "host %s",
				   entry->record.host.name);
	} else {
		sixpn_error_prefix(why, ret, "client %s",
				   entry->record.client.name);
	}
	leave_out(applying, why->text);
}

/* The request was refused as a whole: find out which peer it was. */
static int apply_singly(const struct applying *applying,
			struct sixpn_device *change, struct sixpn_error *error)
{
	struct sixpn_device one = *change;
	size_t i;

	one.peer_count = one.peer_room = 1;
	one.has &= ~(uint32_t)SIXPN_DEVICE_HAS_GENERATION;
	for (i = 0; i < change->peer_count; i++) {
		int ret;

		one.peers = &change->peers[i];
		ret = applying->ops->device_set(applying->context, &one, error);
		if (ends_all(ret))
			return ret;
		if (ret)
			tell_peer(applying, &change->peers[i], error, ret);
		else
			note_changed(applying);
	}
	return 0;
}

static int apply_device(const struct applying *applying,
			struct sixpn_device *change, struct sixpn_error *error)
{
	size_t i;
	int ret = applying->ops->device_set(applying->context, change, error);

	if (!ret) {
		for (i = 0; i < change->peer_count; i++)
			note_changed(applying);
		return 0;
	}
	if (ret == -ESTALE || ends_all(ret))
		return ret;
	return apply_singly(applying, change, error);
}

/* Return: 0, -ESTALE (somebody else changed it meanwhile), or another errno. */
static int apply_peers_once(const struct applying *applying,
			    struct sixpn_error *error)
{
	struct sixpn_device now = { 0 }, wanted = { 0 }, change = { 0 };
	int ret;

	ret = read_device(applying, &now, error);
	if (!ret && (sixpn_reconcile_want(&wanted, &now, applying->what,
					  applying->options->clients_permanent,
					  applying->options) ||
		     sixpn_sync_plan(&change, &now, &wanted) ||
		     order_removals(&change)))
		ret = out_of_memory(error);
	if (!ret && !sixpn_sync_is_empty(&change))
		ret = apply_device(applying, &change, error);
	sixpn_device_clear(&change);
	sixpn_device_clear(&wanted);
	sixpn_device_clear(&now);
	return ret;
}

static int apply_peers(const struct applying *applying,
		       struct sixpn_error *error)
{
	struct sixpn_reconcile_result *result = applying->options->result;
	struct sixpn_reconcile_result before = { 0 };
	int tries, ret = -EAGAIN;

	if (result)
		before = *result;
	for (tries = 0; tries < ATTEMPTS; tries++) {
		if (result)
			*result = before;
		ret = apply_peers_once(applying, error);
		if (ret != -ESTALE)
			break;
	}
	return ret;
}

/* --- Networks, machines, routes: each on its own. --- */

/* Return: 0 if others may go on. */
static int done_with(const struct applying *applying, int ret, bool changed,
		     struct sixpn_error *error, const char *what)
{
	if (ends_all(ret))
		return ret;
	if (ret) {
		sixpn_error_prefix(error, ret, "%s", what);
		leave_out(applying, error->text);
	} else if (changed) {
		note_changed(applying);
	}
	return 0;
}

static int apply_networks(const struct applying *applying,
			  const struct sixpn_device *change, bool remove,
			  struct sixpn_error *error)
{
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < change->network_count; i++) {
		const struct sixpn_network *network = &change->networks[i];
		bool made = false;
		char what[32];

		if (network->remove != remove)
			continue;
		ret = applying->ops->network_apply(applying->context, network,
						   &made, error);
		if (ret == -ENOENT && remove)
			ret = 0;
		snprintf(what, sizeof(what), "network %u", network->id);
		ret = done_with(applying, ret, made || remove, error, what);
	}
	return ret;
}

/*
 * What it is to hang on is not there yet: until then it has its address, which
 * is nobody else's, and hangs on what it hung on.
 */
static void hold_address(const struct applying *applying,
			 const struct sixpn_machine *machine)
{
	struct sixpn_machine bare = *machine;
	struct sixpn_machine_done done;

	bare.has &= ~(uint32_t)(SIXPN_MACHINE_HAS_ATTACHMENT |
				SIXPN_MACHINE_HAS_IFNAME |
				SIXPN_MACHINE_HAS_NETNS |
				SIXPN_MACHINE_HAS_NETNS_FD);
	bare.attachment = SIXPN_ATTACHMENT_NONE;
	bare.netns = NULL;
	sixpn_machine_done_init(&done, false);
	if (!applying->ops->machine_apply(applying->context, &bare, &done,
					  NULL) && done.made)
		note_changed(applying);
	sixpn_machine_done_clear(&done);
}

static int apply_machine(const struct applying *applying,
			 const struct sixpn_machine *machine,
			 struct sixpn_error *error)
{
	char what[SIXPN_ALLOWEDIP_TEXT_MAX + SIXPN_MACHINE_NAME_MAX + 16];
	char address[SIXPN_ALLOWEDIP_TEXT_MAX];
	struct sixpn_machine_done done;
	bool changed;
	int ret;

	sixpn_machine_done_init(&done, false);
	ret = applying->ops->machine_check(applying->context, machine, error);
	if (!ret)
		ret = applying->ops->machine_apply(applying->context, machine,
						   &done, error);
	if (ret == -ENOENT && machine->remove)
		ret = 0;
	changed = done.made || done.removed || done.attached || done.moved ||
		  done.given;
	sixpn_machine_done_clear(&done);
	if (ret && !machine->remove && !ends_all(ret) &&
	    machine->has & SIXPN_MACHINE_HAS_ATTACHMENT &&
	    (machine->attachment == SIXPN_ATTACHMENT_PORT ||
	     machine->attachment == SIXPN_ATTACHMENT_BIND))
		hold_address(applying, machine);
	sixpn_format_6pn(address, &machine->address);
	snprintf(what, sizeof(what), "machine %s",
		 machine->has & SIXPN_MACHINE_HAS_NAME ? machine->name :
							 address);
	return done_with(applying, ret, changed, error, what);
}

static int apply_route(const struct applying *applying,
		       const struct sixpn_route *route,
		       struct sixpn_error *error)
{
	char what[SIXPN_ALLOWEDIP_TEXT_MAX + 8] = "route ";
	int ret;

	ret = applying->ops->route_apply(applying->context, route, error);
	if (ret == -ENOENT && route->remove)
		ret = 0;
	sixpn_format_6pn(what + strlen(what), &route->address);
	return done_with(applying, ret, true, error, what);
}

/* New networks, machines, routes, networks that go: the order of a journal. */
static int apply_each(const struct applying *applying,
		      const struct sixpn_device *change,
		      struct sixpn_error *error)
{
	int ret = apply_networks(applying, change, false, error);
	size_t i;

	for (i = 0; !ret && i < change->machine_count; i++)
		ret = apply_machine(applying, &change->machines[i], error);
	for (i = 0; !ret && i < change->route_count; i++)
		ret = apply_route(applying, &change->routes[i], error);
	return ret ? ret : apply_networks(applying, change, true, error);
}

/* Read anew: with peers, machines and routes may have gone. */
static int apply_objects(const struct applying *applying,
			 struct sixpn_error *error)
{
	struct sixpn_device now = { 0 }, wanted = { 0 }, change = { 0 };
	int ret;

	ret = read_device(applying, &now, error);
	if (!ret && (sixpn_reconcile_want(&wanted, &now, applying->what,
					  applying->options->clients_permanent,
					  NULL) ||
		     sixpn_sync_plan_objects(&change, &now, &wanted, true)))
		ret = out_of_memory(error);
	if (!ret)
		ret = apply_each(applying, &change, error);
	sixpn_device_clear(&change);
	sixpn_device_clear(&wanted);
	sixpn_device_clear(&now);
	return ret;
}

int sixpn_reconcile_apply(const struct sixpn_kernel_ops *ops, void *context,
			  const struct sixpn_reconcile_what *what,
			  const struct sixpn_reconcile_options *options,
			  struct sixpn_error *error)
{
	const struct applying applying = {
		.ops = ops, .context = context, .what = what,
		.options = options,
	};
	int ret = apply_peers(&applying, error);

	if (!ret)
		ret = apply_objects(&applying, error);
	return ret ? ret : sixpn_reconcile_etc(what, options, error);
}
