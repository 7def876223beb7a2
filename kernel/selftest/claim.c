// SPDX-License-Identifier: GPL-2.0
/*
 * Allocation of machine ids, with time handed in: by name, by number, at
 * random; collisions, quarantine, exhaustion.
 */
#include "../claim.h"

#include "../derive.h"
#include "selftest.h"

#include <linux/err.h>
#include <linux/sched.h>
#include <linux/time64.h>
#include <sixpn/addr.h>

#define MANY		1000
#define QUARANTINE	(SIXPN_QUARANTINE_SECONDS * NSEC_PER_SEC)
#define START		(1000 * NSEC_PER_SEC)

static u32 id_of(const struct sixpn_claim *claim)
{
	return sixpn_addr_machine(&claim->prefix);
}

static struct sixpn_claim_place place(const char *name, u64 now)
{
	return (struct sixpn_claim_place) {
		.network = 42,
		.host = 7,
		.name = name,
		.now = now,
	};
}

static struct sixpn_claim *by_name(struct sixpn_claims *claims,
				   const char *name, u64 now)
{
	struct sixpn_claim_place where = place(name, now);

	return sixpn_claim_any(claims, &where);
}

static struct sixpn_claim *by_id(struct sixpn_claims *claims, u32 id,
				 const char *name, u64 now)
{
	struct sixpn_claim_place where = place(name, now);

	return sixpn_claim_id(claims, &where, id);
}

static const char *test_place(struct sixpn_claims *claims)
{
	struct sixpn_claim_place where = place("", START);
	struct sixpn_claim *claim;

	claim = by_id(claims, 5, "", START);
	if (IS_ERR(claim) || sixpn_addr_network(&claim->prefix) != 42 ||
	    sixpn_addr_host(&claim->prefix) != 7 || id_of(claim) != 5 ||
	    sixpn_addr_sub(&claim->prefix))
		return "prefix of a claim";
	if (by_id(claims, 5, "", START) != ERR_PTR(-EEXIST))
		return "one id twice";
	where.host = 8;
	if (IS_ERR(sixpn_claim_id(claims, &where, 5)))
		return "an id is taken on another host";
	where.network = 43;
	if (IS_ERR(sixpn_claim_id(claims, &where, 5)))
		return "an id is taken in another network";
	return NULL;
}

/* A name gets the first of its row that is free. */
static const char *test_name(struct sixpn_claims *claims)
{
	struct sixpn_claim *claim, *second;
	struct sixpn_id_row row;
	u32 ids[3];
	int i;

	sixpn_id_row_start(&row, 42, "web");
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		ids[i] = sixpn_id_row_next(&row);
	claim = by_name(claims, "web", START);
	if (IS_ERR(claim) || id_of(claim) != ids[0])
		return "first id of a name";
	sixpn_claim_bury(claims, claim, START);
	claim = by_name(claims, "web", START + 1);
	if (IS_ERR(claim) || id_of(claim) != ids[0])
		return "the same id after a restart";
	sixpn_claim_undo(claims, claim);
	if (by_id(claims, ids[0], "other", START + 2) != ERR_PTR(-EBUSY))
		return "undone: the quarantine goes on";
	/* Others sit on the first two. */
	claim = by_id(claims, ids[0], "other", START + QUARANTINE);
	second = by_id(claims, ids[1], "another", START + QUARANTINE);
	if (IS_ERR(claim) || IS_ERR(second))
		return "ids of a former machine";
	if (id_of(by_name(claims, "web", START + QUARANTINE)) != ids[2])
		return "next id of a name whose first ones are taken";
	return NULL;
}

static const char *test_quarantine(struct sixpn_claims *claims)
{
	struct sixpn_claim *claim = by_id(claims, 9, "old", START);

	if (IS_ERR(claim))
		return "claim";
	sixpn_claim_bury(claims, claim, START);
	if (by_id(claims, 9, "new", START) != ERR_PTR(-EBUSY) ||
	    by_id(claims, 9, "", START) != ERR_PTR(-EBUSY) ||
	    by_id(claims, 9, "new", START + QUARANTINE - 1) != ERR_PTR(-EBUSY))
		return "another name in the quarantine";
	if (claims->count != 1)
		return "count in the quarantine";
	claim = by_id(claims, 9, "old", START + 1);
	if (IS_ERR(claim))
		return "the same name in the quarantine";
	sixpn_claim_bury(claims, claim, START + QUARANTINE / 2);
	if (by_id(claims, 9, "new", START + QUARANTINE) != ERR_PTR(-EBUSY))
		return "the quarantine begins with the last removal";
	claim = by_id(claims, 9, "new", START + QUARANTINE / 2 + QUARANTINE);
	if (IS_ERR(claim) || claims->count != 1)
		return "another name after the quarantine";
	return NULL;
}

static const char *test_undo(struct sixpn_claims *claims)
{
	struct sixpn_claim *claim = by_id(claims, 9, "one", START);

	if (IS_ERR(claim))
		return "claim";
	sixpn_claim_undo(claims, claim);
	if (claims->count || IS_ERR(by_id(claims, 9, "two", START)))
		return "undone: as if it had not been";
	return NULL;
}

static const char *test_random(struct sixpn_claims *claims)
{
	struct sixpn_claim *claim;
	int i;

	/* No id comes twice: the second claim would be refused. */
	for (i = 0; i < MANY; i++) {
		claim = by_name(claims, "", START);
		if (IS_ERR(claim) || !id_of(claim))
			return "random id";
		if (i % 2)
			sixpn_claim_bury(claims, claim, START);
	}
	if (claims->count != MANY)
		return "count of random ids";
	/* The half that was removed goes at the end of the quarantine. */
	claim = by_name(claims, "", START + QUARANTINE);
	if (IS_ERR(claim) || claims->count != MANY / 2 + 1)
		return "old ids are forgotten";
	return NULL;
}

static const char *test_exhaustion(struct sixpn_claims *claims)
{
	struct sixpn_claim *claim = NULL;
	int i;

	claims->max = 3;
	for (i = 1; i <= 3; i++)
		claim = by_id(claims, i, "", START);
	if (IS_ERR(claim))
		return "as many as there may be";
	if (by_id(claims, 4, "", START) != ERR_PTR(-ENOSPC) ||
	    by_name(claims, "", START) != ERR_PTR(-ENOSPC) ||
	    by_name(claims, "web", START) != ERR_PTR(-ENOSPC))
		return "one more than there may be";
	sixpn_claim_bury(claims, claim, START);
	if (by_id(claims, 4, "", START) != ERR_PTR(-ENOSPC))
		return "ids in quarantine count";
	if (IS_ERR(by_id(claims, 4, "", START + QUARANTINE)))
		return "room after the quarantine";
	return NULL;
}

/* Each begins with nothing claimed. */
static const char *run(const char *(*test)(struct sixpn_claims *claims))
{
	/* A table has a work item, which must not be on the stack. */
	static struct sixpn_claims claims;
	const char *why;

	if (sixpn_claims_init(&claims, 10 * MANY))
		return "out of memory";
	why = test(&claims);
	sixpn_claims_destroy(&claims);
	cond_resched();
	return why;
}

bool sixpn_claim_selftest(void)
{
	return sixpn_selftest_report("claim", run(test_place) ?:
				     run(test_name) ?: run(test_quarantine) ?:
				     run(test_undo) ?: run(test_random) ?:
				     run(test_exhaustion));
}
