// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a session: no nonce beyond the last one is ever given out, however
 * many are asked for at once.
 */
#include "../keypair.h"

#include "selftest.h"

#include <linux/slab.h>

#define REJECT	((u64)SIXPN_REJECT_AFTER_MESSAGES)
#define MANY	64

static void begin(struct sixpn_keypair *keypair, u64 next)
{
	atomic64_set(&keypair->send_counter, next);
	keypair->send_valid = true;
}

static const char *test(struct sixpn_keypair *keypair)
{
	unsigned int count;
	u64 first, next;

	begin(keypair, 0);
	if (!sixpn_keypair_take_nonces(keypair, 1, &first) || first)
		return "the first";
	if (!sixpn_keypair_take_nonces(keypair, MANY, &first) || first != 1)
		return "many after the first";
	if (!sixpn_keypair_take_nonces(keypair, 1, &first) || first != 1 + MANY)
		return "one after many";
	/* As many as reach the limit, one less and one more. */
	for (count = 1; count <= MANY; count++) {
		for (next = REJECT - count - 2; next < REJECT + 2; next++) {
			begin(keypair, next);
			if (!sixpn_keypair_take_nonces(keypair, count, &first))
				continue;
			if (first != next || first >= REJECT ||
			    REJECT - first < count)
				return "beyond the limit";
		}
		begin(keypair, REJECT - count - 2);
		if (!sixpn_keypair_take_nonces(keypair, count, &first) ||
		    !keypair->send_valid)
			return "refused within the limit";
	}
	begin(keypair, REJECT);
	if (sixpn_keypair_take_nonces(keypair, 1, &first))
		return "at the limit";
	if (keypair->send_valid)
		return "goes on after the limit";
	return NULL;
}

bool sixpn_keypair_selftest(void)
{
	struct sixpn_keypair *keypair = kzalloc(sizeof(*keypair), GFP_KERNEL);
	const char *why = keypair ? test(keypair) : "no memory";

	kfree(keypair);
	return sixpn_selftest_report("keypair", why);
}
