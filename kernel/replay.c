// SPDX-License-Identifier: GPL-2.0
#include "replay.h"

#include "compat/library.h"

#include <linux/bitmap.h>
#include <linux/bitops.h>

/* All but the word being entered is remembered in full. */
static_assert(SIXPN_REPLAY_SPAN >= 8000);
static_assert((SIXPN_REPLAY_WORDS & (SIXPN_REPLAY_WORDS - 1)) == 0);

void sixpn_replay_init(struct sixpn_replay *replay)
{
	spin_lock_init(&replay->lock);
	replay->next = 0;
	bitmap_zero(replay->seen, SIXPN_REPLAY_BITS);
}

/* Move the window up so that @counter is its highest. The words entered on the
 * way still hold what they held one turn of the ring ago.
 */
static void enter(struct sixpn_replay *replay, u64 counter)
{
	u64 word = (replay->next + BITS_PER_LONG - 1) / BITS_PER_LONG;
	u64 end = counter / BITS_PER_LONG + 1;

	if (end - word >= SIXPN_REPLAY_WORDS) {
		bitmap_zero(replay->seen, SIXPN_REPLAY_BITS);
	} else {
		for (; word < end; word++)
			replay->seen[word % SIXPN_REPLAY_WORDS] = 0;
	}
	replay->next = counter + 1;
}

bool sixpn_replay_accept(struct sixpn_replay *replay, u64 counter)
{
	bool fresh = false;

	/* Also keeps all sums here far from overflow. */
	if (unlikely(counter >= SIXPN_REJECT_AFTER_MESSAGES))
		return false;

	spin_lock(&replay->lock);
	if (counter >= replay->next)
		enter(replay, counter);
	else if (unlikely(replay->next - counter > SIXPN_REPLAY_SPAN))
		goto out;
	fresh = !__test_and_set_bit(counter % SIXPN_REPLAY_BITS, replay->seen);
out:
	spin_unlock(&replay->lock);
	return fresh;
}
