// SPDX-License-Identifier: GPL-2.0
#include "claim.h"

#include "compat/library.h"
#include "derive.h"

#include <linux/ktime.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <sixpn/addr.h>

/* With 2^20 ids of 2^32 taken, so many misses in a row do not happen. */
#define CLAIM_DRAWS 64

static const struct rhashtable_params claim_params = {
	.key_len = sizeof(struct in6_addr),
	.key_offset = offsetof(struct sixpn_claim, prefix),
	.head_offset = offsetof(struct sixpn_claim, node),
	.automatic_shrinking = true,
};

int sixpn_claims_init(struct sixpn_claims *claims, u32 max)
{
	INIT_LIST_HEAD(&claims->buried);
	claims->count = 0;
	claims->max = max;
	return rhashtable_init(&claims->by_prefix, &claim_params);
}

static void claim_free(void *claim, void *unused)
{
	kfree(claim);
}

void sixpn_claims_destroy(struct sixpn_claims *claims)
{
	rhashtable_free_and_destroy(&claims->by_prefix, claim_free, NULL);
}

static void claim_forget(struct sixpn_claims *claims, struct sixpn_claim *claim)
{
	rhashtable_remove_fast(&claims->by_prefix, &claim->node, claim_params);
	list_del(&claim->age);
	claims->count--;
	kfree(claim);
}

/* Whose quarantine is over. */
static void forget_old(struct sixpn_claims *claims, u64 now)
{
	const u64 quarantine = SIXPN_QUARANTINE_SECONDS * NSEC_PER_SEC;
	struct sixpn_claim *claim, *next;

	list_for_each_entry_safe(claim, next, &claims->buried, age) {
		if (now - claim->buried_at < quarantine)
			break;
		claim_forget(claims, claim);
	}
}

static struct sixpn_claim *claim_new(struct sixpn_claims *claims,
				     const struct sixpn_claim_place *place,
				     const struct in6_addr *prefix)
{
	struct sixpn_claim *claim;
	int err;

	if (claims->count >= claims->max)
		return ERR_PTR(-ENOSPC);
	claim = kzalloc(sizeof(*claim), GFP_KERNEL_ACCOUNT);
	if (!claim)
		return ERR_PTR(-ENOMEM);
	claim->prefix = *prefix;
	INIT_LIST_HEAD(&claim->age);
	strscpy(claim->name, place->name, sizeof(claim->name));
	err = rhashtable_lookup_insert_fast(&claims->by_prefix, &claim->node,
					    claim_params);
	if (err) {
		kfree(claim);
		return ERR_PTR(err);
	}
	claims->count++;
	return claim;
}

struct sixpn_claim *sixpn_claim_id(struct sixpn_claims *claims,
				   const struct sixpn_claim_place *place,
				   u32 id)
{
	struct sixpn_claim *claim;
	struct in6_addr prefix;

	forget_old(claims, place->now);
	sixpn_addr_build(&prefix, place->network, place->host, id, 0);
	claim = rhashtable_lookup_fast(&claims->by_prefix, &prefix,
				       claim_params);
	if (!claim)
		return claim_new(claims, place, &prefix);
	if (list_empty(&claim->age))
		return ERR_PTR(-EEXIST);
	if (strcmp(claim->name, place->name))
		return ERR_PTR(-EBUSY);
	list_del_init(&claim->age);
	return claim;
}

struct sixpn_claim *sixpn_claim_any(struct sixpn_claims *claims,
				    const struct sixpn_claim_place *place)
{
	struct sixpn_claim *claim;
	struct sixpn_id_row row;
	unsigned int draw;
	u32 id;

	if (*place->name)
		sixpn_id_row_start(&row, place->network, place->name);
	for (draw = 0; draw < CLAIM_DRAWS; draw++) {
		id = *place->name ? sixpn_id_row_next(&row) : get_random_u32();
		if (!id)
			continue;
		claim = sixpn_claim_id(claims, place, id);
		/* Without a name one is not the same as another. */
		if (!IS_ERR(claim) && claim->buried_at && !*place->name) {
			sixpn_claim_undo(claims, claim);
			continue;
		}
		if (claim != ERR_PTR(-EEXIST) && claim != ERR_PTR(-EBUSY))
			return claim;
	}
	return ERR_PTR(-ENOSPC);
}

void sixpn_claim_bury(struct sixpn_claims *claims, struct sixpn_claim *claim,
		      u64 now)
{
	claim->buried_at = now;
	list_add_tail(&claim->age, &claims->buried);
	forget_old(claims, now);
}

void sixpn_claim_undo(struct sixpn_claims *claims, struct sixpn_claim *claim)
{
	/* A little late in the order of age: it stays a little longer. */
	if (claim->buried_at)
		list_add_tail(&claim->age, &claims->buried);
	else
		claim_forget(claims, claim);
}
