// SPDX-License-Identifier: GPL-2.0
/*
 * The replay window against scripted cases, sweeps over every distance and a
 * plain bitmap of all counters ever seen.
 */
#include "../replay.h"

#include "selftest.h"

#include <linux/bitmap.h>
#include <linux/bottom_half.h>
#include <linux/kernel.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>

#define SPAN	((u64)SIXPN_REPLAY_SPAN)
#define BITS	((u64)SIXPN_REPLAY_BITS)
#define REJECT	((u64)SIXPN_REJECT_AFTER_MESSAGES)

struct step {
	u64 counter;
	bool accept;
};

/* Played in order on one window. */
static const struct step script[] = {
	{ 0, true }, { 0, false }, { 1, true }, { 1, false }, { 9, true },
	{ 8, true }, { 7, true }, { 7, false }, { 2, true }, { 9, false },
	/* around the ends of words */
	{ 63, true }, { 64, true }, { 63, false }, { 64, false }, { 62, true },
	{ 65, true }, { 127, true }, { 128, true }, { 127, false },
	/* the oldest that counts, and the youngest that does not */
	{ SPAN + 200, true }, { 201, true }, { 200, false }, { 201, false },
	{ 199, false }, { SPAN + 199, true }, { SPAN + 200, false },
	/* once round the ring: what lies in the same bit is not the same */
	{ BITS + SPAN + 200, true }, { SPAN + 201 + BITS - SPAN, true },
	{ SPAN + 200, false }, { 2 * BITS + SPAN + 200, true },
	{ BITS + SPAN + 200, false },
	/* far ahead: nothing old is left, all in between is new */
	{ 1ULL << 40, true }, { (1ULL << 40) - 1, true },
	{ (1ULL << 40) - SPAN + 1, true }, { (1ULL << 40) - SPAN, false },
	{ (1ULL << 40) - SPAN + 1, false }, { 0, false },
	/* the end of all counters */
	{ REJECT, false }, { U64_MAX, false }, { 1ULL << 40, false },
	{ (1ULL << 40) + 1, true }, { REJECT - 1, true }, { REJECT - 1, false },
	{ REJECT, false }, { REJECT - 2, true }, { REJECT - SPAN, true },
	{ REJECT - SPAN, false }, { REJECT - SPAN - 1, false },
	{ U64_MAX, false }, { U64_MAX - SPAN, false },
};

static const char *run_script(struct sixpn_replay *replay)
{
	unsigned int i;

	sixpn_replay_init(replay);
	for (i = 0; i < ARRAY_SIZE(script); i++)
		if (sixpn_replay_accept(replay, script[i].counter) !=
		    script[i].accept) {
			pr_err("sixpn: selftest replay: step %u, counter %llu\n",
			       i, script[i].counter);
			return "script";
		}
	return NULL;
}

/* Forwards through more than two windows: each is new once. */
static const char *sweep_forwards(struct sixpn_replay *replay, u64 start)
{
	u64 i;

	sixpn_replay_init(replay);
	for (i = start; i < start + 2 * BITS + 5; i++)
		if (!sixpn_replay_accept(replay, i) ||
		    sixpn_replay_accept(replay, i))
			return "forward sweep";
	for (i = start; i < start + 2 * BITS + 5; i++)
		if (sixpn_replay_accept(replay, i))
			return "repeat after a forward sweep";
	return NULL;
}

/* Backwards from the highest: new as far as the span goes, and not one more. */
static const char *sweep_backwards(struct sixpn_replay *replay, u64 highest)
{
	bool fresh;
	u64 i;

	sixpn_replay_init(replay);
	for (i = 0; i <= min(SPAN + 70, highest); i++) {
		fresh = i < SPAN;
		if (sixpn_replay_accept(replay, highest - i) != fresh)
			return "backward sweep";
	}
	for (i = 0; i <= min(SPAN + 70, highest); i++)
		if (sixpn_replay_accept(replay, highest - i))
			return "repeat after a backward sweep";
	return NULL;
}

/* A jump of every interesting length from every position in a word: what was
 * seen is known, what was left out is new, as far as it is in the span.
 */
static const char *jump_over(struct sixpn_replay *replay, u64 start, u64 length)
{
	u64 high = start + length, age;
	bool fresh;

	sixpn_replay_init(replay);
	if (!sixpn_replay_accept(replay, start) ||
	    !sixpn_replay_accept(replay, high))
		return "jump: new one";
	if (sixpn_replay_accept(replay, start) ||
	    sixpn_replay_accept(replay, high))
		return "jump: repeat";
	/* The same bits of the ring, one turn before. */
	if (high >= BITS && sixpn_replay_accept(replay, high - BITS))
		return "jump: one turn before";
	for (age = 1; age <= min(SPAN, high); age += 61) {
		fresh = age < SPAN;
		if (high - age != start &&
		    sixpn_replay_accept(replay, high - age) != fresh)
			return "jump: in between";
	}
	return NULL;
}

static const char *run_jumps(struct sixpn_replay *replay)
{
	static const u64 lengths[] = {
		1, 2, 31, 32, 33, 63, 64, 65, 127, 128, 129, BITS / 2,
		SPAN - 1, SPAN, SPAN + 1, BITS - 64, BITS - 63, BITS - 1, BITS,
		BITS + 1, BITS + 63, BITS + 64, BITS + 65, 2 * BITS - 1,
		2 * BITS, 2 * BITS + 1, 1ULL << 32, 1ULL << 60,
	};
	const char *why = NULL;
	unsigned int i;
	u64 start;

	for (i = 0; i < ARRAY_SIZE(lengths) && !why; i++)
		for (start = 0; start < 3 * 64 && !why; start += 7)
			why = jump_over(replay, start, lengths[i]);
	return why;
}

/* Random counters in a range of all positions, half of them near the highest,
 * against a bitmap of the whole range.
 */
static const char *run_random(struct sixpn_replay *replay,
			      unsigned long *naive, u64 base, u64 range)
{
	u64 highest = 0, counter;
	struct rnd_state rnd;
	bool expect, any = false;
	unsigned int i;

	sixpn_replay_init(replay);
	bitmap_zero(naive, range);
	prandom_seed_state(&rnd, base + 1);
	for (i = 0; i < 50000; i++) {
		u32 random = prandom_u32_state(&rnd);

		if (random & 1)
			counter = (random >> 1) % min(range, highest + 200);
		else
			counter = (highest + BITS + BITS / 8 -
				   (random >> 1) % (2 * BITS)) % range;
		/* Rise slowly, so that the range is not used up at once. */
		if (counter > highest + 300)
			counter = highest + random % 300;
		counter %= range;
		expect = base + counter < REJECT &&
			 (!any || counter > highest ||
			  highest - counter < SPAN) &&
			 !test_bit(counter, naive);
		if (sixpn_replay_accept(replay, base + counter) != expect) {
			pr_err("sixpn: selftest replay: random %u, base %llu, counter %llu\n",
			       i, base, counter);
			return "random";
		}
		if (expect) {
			__set_bit(counter, naive);
			highest = any ? max(highest, counter) : counter;
			any = true;
		}
		if (!(i & 1023)) {
			local_bh_enable();
			cond_resched();
			local_bh_disable();
		}
	}
	return NULL;
}

bool sixpn_replay_selftest(void)
{
	const u64 range = 64 * BITS;
	struct sixpn_replay *replay = kzalloc(sizeof(*replay), GFP_KERNEL);
	unsigned long *naive = bitmap_zalloc(range, GFP_KERNEL);
	const char *why = "no memory";

	if (!replay || !naive)
		goto out;
	local_bh_disable();
	why = run_script(replay);
	why = why ?: sweep_forwards(replay, 0);
	why = why ?: sweep_forwards(replay, 33);
	why = why ?: sweep_forwards(replay, REJECT - 2 * BITS - 5);
	why = why ?: sweep_backwards(replay, 10);
	why = why ?: sweep_backwards(replay, SPAN - 1);
	why = why ?: sweep_backwards(replay, SPAN);
	why = why ?: sweep_backwards(replay, 5 * BITS + 17);
	why = why ?: sweep_backwards(replay, REJECT - 1);
	why = why ?: run_jumps(replay);
	why = why ?: run_random(replay, naive, 0, range);
	why = why ?: run_random(replay, naive, (1ULL << 32) - range / 2, range);
	/* The upper quarter of this is past the last counter there may be. */
	why = why ?: run_random(replay, naive, REJECT - range / 4 * 3, range);
	local_bh_enable();
out:
	bitmap_free(naive);
	kfree(replay);
	return sixpn_selftest_report("replay", why);
}
