// SPDX-License-Identifier: GPL-2.0-or-later
#include "sync.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"

/*
 * Both sides are walked in the order of their keys, through arrays of pointers;
 * where a file names a peer twice, @position keeps the file's order.
 */
struct ordered {
	const struct sixpn_peer *peer;
	size_t position;
};

static int by_key(const void *left, const void *right)
{
	const struct ordered *a = left, *b = right;
	int order = memcmp(a->peer->public_key, b->peer->public_key,
			   SIXPN_KEY_LEN);

	if (order)
		return order;
	return a->position < b->position ? -1 : a->position > b->position;
}

static struct ordered *order_peers(const struct sixpn_device *device)
{
	struct ordered *order = calloc(device->peer_count + 1, sizeof(*order));
	size_t i;

	if (!order)
		return NULL;
	for (i = 0; i < device->peer_count; i++) {
		order[i].peer = &device->peers[i];
		order[i].position = i;
	}
	qsort(order, device->peer_count, sizeof(*order), by_key);
	return order;
}

static int by_prefix(const void *left, const void *right)
{
	const struct sixpn_allowedip *const *a = left, *const *b = right;

	return sixpn_allowedip_compare(*a, *b);
}

static const struct sixpn_allowedip **order_allowedips(const struct sixpn_peer *peer)
{
	const struct sixpn_allowedip **order;
	size_t i, count = peer ? peer->allowedip_count : 0;

	order = calloc(count + 1, sizeof(*order));
	if (!order)
		return NULL;
	for (i = 0; i < count; i++)
		order[i] = &peer->allowedips[i];
	qsort(order, count, sizeof(*order), by_prefix);
	return order;
}

/* Add what only @wanted holds, remove what only @now holds. */
static int plan_allowedips(struct sixpn_peer *change,
			   const struct sixpn_peer *now,
			   const struct sixpn_peer *wanted)
{
	size_t i = 0, j = 0, now_count = now ? now->allowedip_count : 0;
	const struct sixpn_allowedip **old = order_allowedips(now);
	const struct sixpn_allowedip **new = order_allowedips(wanted);
	int ret = old && new ? 0 : -ENOMEM;

	while (!ret && (i < now_count || j < wanted->allowedip_count)) {
		struct sixpn_allowedip entry;
		int order = i == now_count ? 1 :
			    j == wanted->allowedip_count ? -1 :
			    sixpn_allowedip_compare(old[i], new[j]);

		if (!order)
			i++;
		/* A file may name a prefix twice. */
		if (!order ||
		    (order > 0 && j &&
		     !sixpn_allowedip_compare(new[j - 1], new[j]))) {
			j++;
			continue;
		}
		entry = order < 0 ? *old[i++] : *new[j++];
		entry.remove = order < 0;
		ret = sixpn_peer_add_allowedip(change, &entry);
	}
	free(old);
	free(new);
	return ret;
}

static void plan_preshared_key(struct sixpn_peer *change,
			       const struct sixpn_peer *now,
			       const struct sixpn_peer *wanted)
{
	static const uint8_t none[SIXPN_KEY_LEN];
	const uint8_t *old = now && now->has & SIXPN_PEER_HAS_PRESHARED_KEY ?
			     now->preshared_key : none;
	const uint8_t *new = wanted->has & SIXPN_PEER_HAS_PRESHARED_KEY ?
			     wanted->preshared_key : none;

	if (sixpn_key_equal(old, new))
		return;
	memcpy(change->preshared_key, new, SIXPN_KEY_LEN);
	change->has |= SIXPN_PEER_HAS_PRESHARED_KEY;
}

/*
 * A kind that is not told is site, a host id that is not told follows from the
 * key: what was set by hand is unset, a derived one is not touched.
 */
static void plan_kind(struct sixpn_peer *change, const struct sixpn_peer *now,
		      const struct sixpn_peer *wanted)
{
	uint32_t set = now && now->flags & SIXPN_PEER_F_HOST_ID_SET ?
		       now->host_id : 0;
	uint32_t has = wanted->has;
	uint32_t kind = has & SIXPN_PEER_HAS_KIND ? wanted->kind :
						    SIXPN_PEER_KIND_SITE;
	uint32_t host_id = has & SIXPN_PEER_HAS_HOST_ID ? wanted->host_id : 0;
	uint32_t expiry = has & SIXPN_PEER_HAS_IDLE_EXPIRY ?
			  wanted->idle_expiry : 0;

	if (kind != (now ? now->kind : SIXPN_PEER_KIND_SITE)) {
		change->kind = kind;
		change->has |= SIXPN_PEER_HAS_KIND;
	}
	/* It may be told as it is and not be set by hand: that stays. */
	if (host_id != set &&
	    !(now && now->has & SIXPN_PEER_HAS_HOST_ID && host_id &&
	      now->host_id == host_id) &&
	    kind == SIXPN_PEER_KIND_HOST) {
		change->host_id = host_id;
		change->has |= SIXPN_PEER_HAS_HOST_ID;
	}
	if (expiry != (now ? now->idle_expiry : 0)) {
		change->idle_expiry = expiry;
		change->has |= SIXPN_PEER_HAS_IDLE_EXPIRY;
	}
}

static int plan_peer(struct sixpn_device *change, const struct sixpn_peer *now,
		     const struct sixpn_peer *wanted)
{
	struct sixpn_peer *peer = sixpn_device_add_peer(change);
	uint16_t old_keepalive = now && now->has & SIXPN_PEER_HAS_KEEPALIVE ?
				 now->persistent_keepalive : 0;
	uint16_t keepalive = wanted->has & SIXPN_PEER_HAS_KEEPALIVE ?
			     wanted->persistent_keepalive : 0;
	int ret;

	if (!peer)
		return -ENOMEM;
	memcpy(peer->public_key, wanted->public_key, SIXPN_KEY_LEN);
	peer->has = SIXPN_PEER_HAS_PUBLIC_KEY;
	plan_preshared_key(peer, now, wanted);
	if (keepalive != old_keepalive) {
		peer->persistent_keepalive = keepalive;
		peer->has |= SIXPN_PEER_HAS_KEEPALIVE;
	}
	plan_kind(peer, now, wanted);
	if (wanted->has & SIXPN_PEER_HAS_ENDPOINT &&
	    (!now || !(now->has & SIXPN_PEER_HAS_ENDPOINT) ||
	     !sixpn_endpoint_equal(&now->endpoint, &wanted->endpoint))) {
		peer->endpoint = wanted->endpoint;
		peer->has |= SIXPN_PEER_HAS_ENDPOINT;
	}
	ret = plan_allowedips(peer, now, wanted);
	if (ret)
		return ret;
	/* Naming a peer is itself a change only if it is new. */
	if (now && peer->has == SIXPN_PEER_HAS_PUBLIC_KEY &&
	    !peer->allowedip_count) {
		sixpn_peer_clear(peer);
		change->peer_count--;
	}
	return 0;
}

static int plan_removal(struct sixpn_device *change,
			const struct sixpn_peer *now)
{
	struct sixpn_peer *peer = sixpn_device_add_peer(change);

	if (!peer)
		return -ENOMEM;
	memcpy(peer->public_key, now->public_key, SIXPN_KEY_LEN);
	peer->has = SIXPN_PEER_HAS_PUBLIC_KEY;
	peer->flags = SIXPN_PEER_F_REMOVE;
	return 0;
}

/*
 * A prefix and the section of the file that claims it. When several do, the
 * last one has it, as with setconf.
 */
struct claim {
	const struct sixpn_allowedip *prefix;
	size_t position;
};

struct claims {
	struct claim *claims;
	size_t count;
};

static int by_claimed_prefix(const void *left, const void *right)
{
	const struct claim *a = left, *b = right;

	return sixpn_allowedip_compare(a->prefix, b->prefix);
}

static int by_claim(const void *left, const void *right)
{
	const struct claim *a = left, *b = right;
	int order = by_claimed_prefix(left, right);

	if (order)
		return order;
	return a->position < b->position ? -1 : a->position > b->position;
}

static int collect_claims(struct claims *claims,
			  const struct sixpn_device *wanted)
{
	size_t i, j, count = 0, kept = 0;

	for (i = 0; i < wanted->peer_count; i++)
		count += wanted->peers[i].allowedip_count;
	claims->claims = calloc(count + 1, sizeof(*claims->claims));
	if (!claims->claims)
		return -ENOMEM;
	count = 0;
	for (i = 0; i < wanted->peer_count; i++)
		for (j = 0; j < wanted->peers[i].allowedip_count; j++) {
			struct claim *claim = &claims->claims[count++];

			claim->prefix = &wanted->peers[i].allowedips[j];
			claim->position = i;
		}
	qsort(claims->claims, count, sizeof(*claims->claims), by_claim);
	for (i = 0; i < count; i++)
		if (i + 1 == count ||
		    by_claimed_prefix(&claims->claims[i],
				      &claims->claims[i + 1]))
			claims->claims[kept++] = claims->claims[i];
	claims->count = kept;
	return 0;
}

static bool has_claim(const struct claims *claims,
		      const struct sixpn_allowedip *prefix, size_t position)
{
	const struct claim wanted = { .prefix = prefix };
	const struct claim *claim;

	claim = bsearch(&wanted, claims->claims, claims->count, sizeof(wanted),
			by_claimed_prefix);
	return claim && claim->position == position;
}

/* A later [Peer] of the same key overrides what it sets, as in setconf. */
static int fold_peer(struct sixpn_peer *into, const struct ordered *section,
		     const struct claims *claims)
{
	const struct sixpn_peer *from = section->peer;
	size_t i;
	int ret;

	if (from->has & SIXPN_PEER_HAS_PRESHARED_KEY)
		memcpy(into->preshared_key, from->preshared_key, SIXPN_KEY_LEN);
	if (from->has & SIXPN_PEER_HAS_ENDPOINT)
		into->endpoint = from->endpoint;
	if (from->has & SIXPN_PEER_HAS_KEEPALIVE)
		into->persistent_keepalive = from->persistent_keepalive;
	if (from->has & SIXPN_PEER_HAS_KIND)
		into->kind = from->kind;
	if (from->has & SIXPN_PEER_HAS_HOST_ID)
		into->host_id = from->host_id;
	if (from->has & SIXPN_PEER_HAS_IDLE_EXPIRY)
		into->idle_expiry = from->idle_expiry;
	into->has |= from->has;
	memcpy(into->public_key, from->public_key, SIXPN_KEY_LEN);
	into->allowedip_count = 0;
	for (i = 0; i < from->allowedip_count; i++) {
		if (!has_claim(claims, &from->allowedips[i], section->position))
			continue;
		ret = sixpn_peer_add_allowedip(into, &from->allowedips[i]);
		if (ret)
			return ret;
	}
	return 0;
}

static int compare_keys(const struct sixpn_peer *a, const struct sixpn_peer *b)
{
	if (!a || !b)
		return a ? -1 : 1;
	return memcmp(a->public_key, b->public_key, SIXPN_KEY_LEN);
}

/* Walk both orders; each ends in an entry without a peer. */
static int plan_peers(struct sixpn_device *change, const struct ordered *old,
		      const struct ordered *new, const struct claims *claims)
{
	int ret = 0;

	while (!ret && (old->peer || new->peer)) {
		struct sixpn_peer folded = { 0 };
		int order = compare_keys(old->peer, new->peer);

		if (order < 0) {
			ret = plan_removal(change, old++->peer);
			continue;
		}
		do
			ret = fold_peer(&folded, new++, claims);
		while (!ret && new->peer &&
		       sixpn_key_equal(folded.public_key,
				       new->peer->public_key));
		if (!ret)
			ret = plan_peer(change, order ? NULL : old->peer,
					&folded);
		if (!order)
			old++;
		sixpn_peer_clear(&folded);
	}
	return ret;
}

/* As that of a peer. */
static void plan_host_id(struct sixpn_device *change,
			 const struct sixpn_device *now,
			 const struct sixpn_device *wanted)
{
	uint32_t set = now->flags & SIXPN_DEVICE_F_HOST_ID_SET ?
		       now->host_id : 0;
	uint32_t host_id = wanted->has & SIXPN_DEVICE_HAS_HOST_ID ?
			   wanted->host_id : 0;

	if (host_id == set)
		return;
	change->host_id = host_id;
	change->has |= SIXPN_DEVICE_HAS_HOST_ID;
}

static void plan_device(struct sixpn_device *change,
			const struct sixpn_device *now,
			const struct sixpn_device *wanted)
{
	uint8_t key[SIXPN_KEY_LEN];

	/* No key is all zero on both sides; any other is clamped in the kernel,
	 * and perhaps not in the file.
	 */
	memcpy(key, wanted->private_key, sizeof(key));
	if (!sixpn_key_is_zero(key))
		sixpn_key_clamp(key);
	if (!sixpn_key_equal(now->private_key, key)) {
		memcpy(change->private_key, key, sizeof(key));
		change->has |= SIXPN_DEVICE_HAS_PRIVATE_KEY;
	}
	sixpn_key_wipe(key, sizeof(key));
	plan_host_id(change, now, wanted);
	if (wanted->fwmark != now->fwmark) {
		change->fwmark = wanted->fwmark;
		change->has |= SIXPN_DEVICE_HAS_FWMARK;
	}
	if (wanted->listen_port && wanted->listen_port != now->listen_port) {
		change->listen_port = wanted->listen_port;
		change->has |= SIXPN_DEVICE_HAS_LISTEN_PORT;
	}
	if (now->has & SIXPN_DEVICE_HAS_GENERATION) {
		change->generation = now->generation;
		change->has |= SIXPN_DEVICE_HAS_GENERATION;
	}
}

int sixpn_sync_plan(struct sixpn_device *change, const struct sixpn_device *now,
		    const struct sixpn_device *wanted)
{
	struct ordered *old = order_peers(now), *new = order_peers(wanted);
	struct claims claims = { 0 };
	int ret = collect_claims(&claims, wanted);

	change->ifindex = now->ifindex;
	memcpy(change->ifname, now->ifname, sizeof(change->ifname));
	plan_device(change, now, wanted);
	if (!old || !new)
		ret = -ENOMEM;
	if (!ret)
		ret = plan_peers(change, old, new, &claims);
	free(claims.claims);
	free(old);
	free(new);
	return ret;
}

bool sixpn_sync_is_empty(const struct sixpn_device *change)
{
	return !change->flags && !change->peer_count &&
	       !(change->has & ~(uint32_t)SIXPN_DEVICE_HAS_GENERATION);
}
