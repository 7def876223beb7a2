/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Claims: which machine ids are taken, and which were a short while ago.
 *
 * A claim is made with its machine and outlives it by the quarantine, during
 * which only a machine of the same name gets that id again: others may still
 * know the old one by it. As it is there already, burying it cannot fail.
 */
#ifndef _SIXPN_CLAIM_H
#define _SIXPN_CLAIM_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/rhashtable.h>
#include <linux/sixpn.h>
#include <linux/types.h>

struct netlink_ext_ack;
struct nlattr;

/* How long an id is kept from other names; names are cached for less. */
#define SIXPN_QUARANTINE_SECONDS 60

/* Of one device; the caller's lock protects all. */
struct sixpn_claims {
	struct rhashtable by_prefix;
	struct list_head buried; /* the oldest first */
	u32 count; /* taken and buried */
	u32 max;
};

struct sixpn_claim {
	struct in6_addr prefix; /* sub is 0 */
	struct rhash_head node;
	struct list_head age; /* in claims->buried, or empty: taken */
	u64 buried_at; /* ktime_get_coarse_boottime_ns(), 0: never */
	char name[SIXPN_MACHINE_NAME_MAX + 1]; /* empty: none */
};

/* Where to look for an id. */
struct sixpn_claim_place {
	u32 network;
	u32 host;
	const char *name; /* empty: none */
	u64 now; /* ktime_get_coarse_boottime_ns() */
};

int sixpn_claims_init(struct sixpn_claims *claims, u32 max);
void sixpn_claims_destroy(struct sixpn_claims *claims);

/**
 * sixpn_claim_id() - claim one id
 * @claims: of the device
 * @place: where
 * @id: which
 *
 * Return: a claim, or ERR_PTR(-EEXIST) if it is taken, -EBUSY if it was another
 * name's, -ENOSPC if there are as many claims as there may be, -ENOMEM.
 */
struct sixpn_claim *sixpn_claim_id(struct sixpn_claims *claims,
				   const struct sixpn_claim_place *place,
				   u32 id);
/**
 * sixpn_claim_any() - find an id and claim it
 * @claims: of the device
 * @place: where
 *
 * With a name: the first of its row (derive.h) that nobody else has or had;
 * without, a random one.
 *
 * Return: a claim, or ERR_PTR(-ENOSPC, -ENOMEM).
 */
struct sixpn_claim *sixpn_claim_any(struct sixpn_claims *claims,
				    const struct sixpn_claim_place *place);
/* The machine is gone: the quarantine begins. */
void sixpn_claim_bury(struct sixpn_claims *claims, struct sixpn_claim *claim,
		      u64 now);
/* It was never used: as if it had not been made. */
void sixpn_claim_undo(struct sixpn_claims *claims, struct sixpn_claim *claim);

#ifdef SIXPN_SELFTEST
bool sixpn_claim_selftest(void);
#endif

#endif /* _SIXPN_CLAIM_H */
