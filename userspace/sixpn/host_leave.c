// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * host leave: a host is no longer one of the mesh.
 */
#include "host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "settle.h"

/**
 * struct found - what is on a host, to be removed: the registry is not called
 *	while it lists
 * @bad: so many of it cannot be read
 * @why: the first of them
 */
struct found {
	struct sixpn_record *records;
	size_t count, room, bad;
	struct sixpn_error why;
};

static int keep(void *data, const struct sixpn_record *record)
{
	struct found *found = data;
	struct sixpn_record *grown;

	if (found->count == found->room) {
		found->room = found->room ? 2 * found->room : 16;
		grown = realloc(found->records, found->room * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		found->records = grown;
	}
	return sixpn_record_copy(&found->records[found->count], record) ?
	       -ENOMEM : (found->count++, 0);
}

static void note_bad(void *data, const char *key, const struct sixpn_error *why)
{
	struct found *found = data;

	(void)key;
	if (!found->bad++)
		found->why = *why;
}

static void clear(struct found *found)
{
	while (found->count)
		sixpn_record_clear(&found->records[--found->count]);
	free(found->records);
}

static int find(struct found *found, struct sixpn_noun *noun, uint32_t host)
{
	struct sixpn_registry_what what = {
		.kind = SIXPN_RECORD_MACHINE, .host = host,
	};
	int ret;

	ret = sixpn_registry_list(noun->node.registry, &what, keep, note_bad,
				  found, &noun->error);
	what.kind = SIXPN_RECORD_CLIENT;
	if (!ret)
		ret = sixpn_registry_list(noun->node.registry, &what, keep,
					  note_bad, found, &noun->error);
	return ret == -ENOMEM ? sixpn_error_set(&noun->error, ret,
						"out of memory") : ret;
}

/* By then nothing has been changed. */
static int check(struct sixpn_noun *noun, const struct sixpn_record_host *host,
		 const struct found *found)
{
	bool force = sixpn_run_option(noun->run, "force") != NULL;
	struct sixpn_count count = { 0 };
	char text[SIXPN_COUNT_TEXT_MAX];
	struct sixpn_record alive;
	size_t i;
	int ret;

	for (i = 0; i < found->count; i++) {
		count.machines += found->records[i].kind ==
				  SIXPN_RECORD_MACHINE;
		count.clients += found->records[i].kind == SIXPN_RECORD_CLIENT;
	}
	sixpn_count_text(text, &count);
	if (text[0] && !force)
		return sixpn_error_set(&noun->error, -ENOTEMPTY,
				       "host '%s' has %s: remove or move them first (%s%s%s lists them), or --force",
				       host->name, text,
				       count.machines ? "'sixpn machine list'" :
							"",
				       count.machines && count.clients ? ", " :
									 "",
				       count.clients ? "'sixpn client list'" :
						       "");
	/* It would keep the host, after all else has been removed. */
	if (found->bad)
		return sixpn_error_set(&noun->error, -EBADMSG,
				       "host '%s' has what cannot be read, mend or remove it first (see sixpn-registry(7)): %s",
				       host->name, found->why.text);
	ret = sixpn_registry_get_alive(noun->node.registry, host->host, &alive,
				       &noun->error);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	sixpn_record_clear(&alive);
	return sixpn_error_set(&noun->error, -EBUSY,
			       "host '%s' is alive: end its agent and run 'sixpn down' there first",
			       host->name);
}

static int remove_found(struct sixpn_noun *noun, const struct found *found)
{
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < found->count; i++) {
		ret = sixpn_settle_delete(noun->node.registry,
					  &found->records[i], &noun->error);
		if (ret == -ENOENT)
			ret = 0;
	}
	if (ret && i > 1)
		sixpn_error_append(&noun->error,
				   " (%zu of %zu that were on it are removed: run it again)",
				   i - 1, found->count);
	return ret;
}

/* Here it is a peer; its routes go with it. */
static int remove_peer(struct sixpn_noun *noun,
		       const struct sixpn_record_host *host)
{
	struct sixpn_device change = { 0 };
	struct sixpn_peer *peer;
	int ret;

	if (!noun->netlink)
		return 0;
	strcpy(change.ifname, noun->node.config.device);
	peer = sixpn_device_add_peer(&change);
	if (!peer)
		return sixpn_error_set(&noun->error, -ENOMEM, "out of memory");
	peer->has = SIXPN_PEER_HAS_PUBLIC_KEY;
	peer->flags = SIXPN_PEER_F_REMOVE;
	memcpy(peer->public_key, host->public_key, SIXPN_KEY_LEN);
	ret = sixpn_netlink_device_set(noun->netlink, &change, &noun->error);
	sixpn_device_clear(&change);
	if (!ret || ret == -ENOENT)
		return 0;
	return sixpn_error_prefix(&noun->error, ret,
				  "host '%s' is removed, but not from %s ('sixpn up' mends it)",
				  host->name, noun->node.config.device);
}

static int leave(struct sixpn_noun *noun, struct sixpn_record *host,
		 struct found *found)
{
	bool self;
	int ret;

	ret = find(found, noun, host->host.host);
	if (!ret)
		ret = check(noun, &host->host, found);
	if (!ret)
		ret = sixpn_noun_take_device(noun);
	if (!ret)
		ret = remove_found(noun, found);
	/* Its agent may have been writing until just now. */
	host->revision = SIXPN_REVISION_ANY;
	if (!ret)
		ret = sixpn_settle_delete(noun->node.registry, host,
					  &noun->error);
	if (ret && ret != -ENOENT)
		return ret;
	self = !sixpn_node_load_key(&noun->node, false, NULL) &&
	       sixpn_key_equal(noun->node.public_key, host->host.public_key);
	if (!self)
		return remove_peer(noun, &host->host);
	if (noun->netlink)
		sixpn_warn(noun->run, "%s is still there: 'sixpn down' removes it",
			   noun->node.config.device);
	return 0;
}

int sixpn_host_leave(struct sixpn_run *run)
{
	struct sixpn_record host = { 0 };
	struct found found = { 0 };
	struct sixpn_noun noun;
	int ret;

	ret = sixpn_noun_open(&noun, run);
	if (!ret)
		ret = sixpn_node_host(&noun.node, run->words[0], &host,
				      &noun.error);
	if (!ret)
		ret = leave(&noun, &host, &found);
	clear(&found);
	sixpn_record_clear(&host);
	return sixpn_noun_close(&noun, ret);
}
