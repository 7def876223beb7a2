// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What it takes to take back a change of a device and its peers. Pure.
 */
#include "journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "sync.h"

static const struct sixpn_peer *find_peer(const struct sixpn_device *device,
					  const uint8_t key[SIXPN_KEY_LEN])
{
	size_t i;

	for (i = 0; i < device->peer_count; i++)
		if (!memcmp(device->peers[i].public_key, key, SIXPN_KEY_LEN))
			return &device->peers[i];
	return NULL;
}

bool sixpn_undo_is_named(const struct sixpn_device *change,
			 const uint8_t key[SIXPN_KEY_LEN])
{
	return change->flags & SIXPN_DEVICE_F_REPLACE_PEERS ||
	       find_peer(change, key);
}

static int copy_prefixes(struct sixpn_peer *to, const struct sixpn_peer *from)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < from->allowedip_count; i++)
		ret = sixpn_peer_add_allowedip(to, &from->allowedips[i]);
	return ret;
}

/* A copy as a file would tell it: an id that follows from the key is not told. */
static struct sixpn_peer *add_copy(struct sixpn_device *to,
				   const struct sixpn_peer *from)
{
	struct sixpn_peer *peer = sixpn_device_add_peer(to);

	if (!peer)
		return NULL;
	*peer = *from;
	peer->endpoint_name = NULL;
	peer->allowedips = NULL;
	peer->allowedip_count = 0;
	peer->allowedip_room = 0;
	peer->has |= SIXPN_PEER_HAS_KIND | SIXPN_PEER_HAS_IDLE_EXPIRY;
	if (!(peer->flags & SIXPN_PEER_F_HOST_ID_SET))
		peer->has &= ~(uint32_t)SIXPN_PEER_HAS_HOST_ID;
	return copy_prefixes(peer, from) ? NULL : peer;
}

/* An endpoint cannot be unset: the peer has to be made anew. */
static bool has_new_endpoint(const struct sixpn_peer *before,
			     const struct sixpn_peer *now,
			     const struct sixpn_device *change)
{
	size_t i;

	if (!(now->has & SIXPN_PEER_HAS_ENDPOINT) ||
	    before->has & SIXPN_PEER_HAS_ENDPOINT)
		return false;
	for (i = 0; i < change->peer_count; i++)
		if (change->peers[i].has & SIXPN_PEER_HAS_ENDPOINT &&
		    !memcmp(change->peers[i].public_key, now->public_key,
			    SIXPN_KEY_LEN))
			return true;
	return false;
}

/* Peers of before: those named as they were, the others with their prefixes. */
static int want_old_peers(struct sixpn_device *wanted,
			  const struct sixpn_device *before,
			  const struct sixpn_device *now,
			  const struct sixpn_device *change)
{
	size_t i;

	for (i = 0; i < before->peer_count; i++) {
		const struct sixpn_peer *old = &before->peers[i];
		const struct sixpn_peer *new = find_peer(now, old->public_key);
		struct sixpn_peer *peer;

		if (sixpn_undo_is_named(change, old->public_key)) {
			if (!add_copy(wanted, old))
				return -ENOMEM;
			continue;
		}
		/* Somebody else took it away. */
		if (!new)
			continue;
		peer = add_copy(wanted, new);
		if (!peer || copy_prefixes(peer, old))
			return -ENOMEM;
	}
	return 0;
}

/* Peers that came meanwhile, but not by the change. */
static int want_new_peers(struct sixpn_device *wanted,
			  const struct sixpn_device *before,
			  const struct sixpn_device *now,
			  const struct sixpn_device *change)
{
	size_t i;

	for (i = 0; i < now->peer_count; i++) {
		const struct sixpn_peer *peer = &now->peers[i];

		if (find_peer(before, peer->public_key) ||
		    sixpn_undo_is_named(change, peer->public_key))
			continue;
		if (!add_copy(wanted, peer))
			return -ENOMEM;
	}
	return 0;
}

static void want_device(struct sixpn_device *wanted,
			const struct sixpn_device *before,
			const struct sixpn_device *now, uint32_t has)
{
	const struct sixpn_device *from;

	from = has & SIXPN_DEVICE_HAS_PRIVATE_KEY ? before : now;
	memcpy(wanted->private_key, from->private_key, SIXPN_KEY_LEN);
	from = has & SIXPN_DEVICE_HAS_FWMARK ? before : now;
	wanted->fwmark = from->fwmark;
	from = has & SIXPN_DEVICE_HAS_HOST_ID ? before : now;
	if (from->flags & SIXPN_DEVICE_F_HOST_ID_SET) {
		wanted->has |= SIXPN_DEVICE_HAS_HOST_ID;
		wanted->host_id = from->host_id;
	}
}

/* Peers that are to be made anew go, and are no longer there. */
static int drop_peers(struct sixpn_device *plan, struct sixpn_device *left,
		      const struct sixpn_device *before,
		      const struct sixpn_device *now,
		      const struct sixpn_device *change)
{
	size_t i;

	for (i = 0; i < now->peer_count; i++) {
		const struct sixpn_peer *new = &now->peers[i];
		const struct sixpn_peer *old = find_peer(before,
							 new->public_key);
		struct sixpn_peer *peer;

		if (!old || !has_new_endpoint(old, new, change)) {
			peer = sixpn_device_add_peer(left);
			if (!peer)
				return -ENOMEM;
			*peer = *new;
			continue;
		}
		peer = sixpn_device_add_peer(plan);
		if (!peer)
			return -ENOMEM;
		memcpy(peer->public_key, new->public_key, SIXPN_KEY_LEN);
		peer->has = SIXPN_PEER_HAS_PUBLIC_KEY;
		peer->flags = SIXPN_PEER_F_REMOVE;
	}
	return 0;
}

int sixpn_undo_plan(struct sixpn_device *plan, const struct sixpn_device *before,
		    const struct sixpn_device *now,
		    const struct sixpn_device *change)
{
	struct sixpn_device wanted = { 0 }, left = *now;
	int ret;

	/* Borrows each peer of @now. */
	left.peers = NULL;
	left.peer_count = 0;
	left.peer_room = 0;
	want_device(&wanted, before, now, change->has);
	ret = want_old_peers(&wanted, before, now, change);
	if (!ret)
		ret = want_new_peers(&wanted, before, now, change);
	if (!ret)
		ret = drop_peers(plan, &left, before, now, change);
	if (!ret)
		ret = sixpn_sync_plan(plan, &left, &wanted);
	if (change->has & SIXPN_DEVICE_HAS_LISTEN_PORT &&
	    before->listen_port != now->listen_port) {
		plan->listen_port = before->listen_port;
		plan->has |= SIXPN_DEVICE_HAS_LISTEN_PORT;
	}
	if (left.peers)
		sixpn_key_wipe(left.peers, left.peer_count *
			       sizeof(*left.peers));
	free(left.peers);
	sixpn_device_clear(&wanted);
	return ret;
}

bool sixpn_undo_takes_objects(const struct sixpn_device *before,
			      const struct sixpn_device *change)
{
	const uint32_t may = SIXPN_PEER_HAS_KIND | SIXPN_PEER_HAS_HOST_ID |
			     SIXPN_PEER_HAS_ENDPOINT;
	size_t i;

	if (change->flags & SIXPN_DEVICE_F_REPLACE_PEERS)
		return before->peer_count;
	for (i = 0; i < change->peer_count; i++)
		if ((change->peers[i].has & may ||
		     change->peers[i].flags & SIXPN_PEER_F_REMOVE) &&
		    find_peer(before, change->peers[i].public_key))
			return true;
	return false;
}
