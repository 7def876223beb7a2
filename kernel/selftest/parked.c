// SPDX-License-Identifier: GPL-2.0
/*
 * Strangers' handshakes: how many are kept, of how many keys a second, and which
 * of one key. That they are forgotten in time is for selftests/net.
 */
#include "../parked.h"

#include "../handshake.h"
#include "selftest.h"

#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/unaligned.h>

static void key_of(u32 number, u8 key[SIXPN_KEY_SIZE])
{
	memset(key, 0, SIXPN_KEY_SIZE);
	put_unaligned_le32(number, key + 5); /* all in one bucket */
}

/* A message that says @mark. */
static struct sk_buff *message(u8 mark)
{
	struct sk_buff *skb = alloc_skb(1, GFP_KERNEL);

	if (skb)
		skb_put_u8(skb, mark);
	return skb;
}

static bool keep(struct sixpn_parked *parked, u32 number, struct sk_buff *skb)
{
	u8 key[SIXPN_KEY_SIZE];

	key_of(number, key);
	return sixpn_parked_keep(parked, key, skb);
}

/* The mark of what is kept of that key; -1: nothing. */
static int take(struct sixpn_parked *parked, u32 number)
{
	u8 key[SIXPN_KEY_SIZE];
	struct sk_buff *skb;
	int mark;

	key_of(number, key);
	skb = sixpn_parked_take(parked, key);
	if (!skb)
		return -1;
	mark = skb->data[0];
	kfree_skb(skb);
	return mark;
}

static const char *test_number(struct sixpn_parked *parked, struct sk_buff *one,
			       struct sk_buff *two)
{
	unsigned int i;

	for (i = 0; i < SIXPN_PARKED_MAX; i++)
		if (!keep(parked, i, one))
			return "no room for as many as there may be";
	if (keep(parked, i, one) || take(parked, i) != -1)
		return "one more than there may be";
	if (keep(parked, 7, two) || parked->count != SIXPN_PARKED_MAX)
		return "the second message of a key is news";
	if (take(parked, 7) != 2 || take(parked, 7) != -1)
		return "not the latest of its key, once";
	if (!keep(parked, i, two) || take(parked, i) != 2 ||
	    take(parked, 8) != 1)
		return "no room after one was taken";
	if (refcount_read(&one->users) != SIXPN_PARKED_MAX - 1)
		return "more messages held than are kept";
	sixpn_parked_purge(parked);
	if (parked->count || take(parked, 9) != -1)
		return "purged and still there";
	if (refcount_read(&one->users) != 1 || refcount_read(&two->users) != 1)
		return "purged and still held";
	return NULL;
}

static unsigned int admitted(struct sixpn_parked *parked)
{
	unsigned int i, count = 0;

	for (i = 0; i < 3 * SIXPN_STRANGERS_RATE; i++)
		count += sixpn_parked_admit(parked);
	return count;
}

/* Time is handed in by what it is compared with. */
static const char *test_rate(struct sixpn_parked *parked)
{
	unsigned long far = jiffies + HZ; /* this takes less than a minute */

	parked->refilled = far + 60 * HZ;
	if (admitted(parked) != SIXPN_STRANGERS_RATE)
		return "strangers of one second";
	if (sixpn_parked_admit(parked))
		return "one more in that second";
	parked->refilled = jiffies - HZ;
	if (!sixpn_parked_admit(parked))
		return "none in the next second";
	parked->refilled = far + 60 * HZ;
	if (admitted(parked) != SIXPN_STRANGERS_RATE - 1)
		return "strangers of the next second";
	/* What a second leaves over is lost. */
	parked->refilled = jiffies - 1000 * HZ;
	if (!sixpn_parked_admit(parked))
		return "none after a long time";
	parked->refilled = jiffies - HZ;
	if (!sixpn_parked_admit(parked))
		return "none in the second after";
	parked->refilled = far + 60 * HZ;
	if (admitted(parked) != SIXPN_STRANGERS_RATE - 1)
		return "saved up over a long time";
	return NULL;
}

static const char *test(struct sixpn_parked *parked)
{
	struct sk_buff *one = message(1), *two = message(2);
	const char *why = "no memory";

	if (one && two)
		why = test_number(parked, one, two) ?: test_rate(parked);
	sixpn_parked_purge(parked);
	kfree_skb(one);
	kfree_skb(two);
	return why;
}

/* What the module will have when it is loaded is not there yet. */
bool sixpn_parked_selftest(void)
{
	struct sixpn_parked *parked = kzalloc(sizeof(*parked), GFP_KERNEL);
	const char *why = "no memory";

	sixpn_handshake_wq = alloc_workqueue("sixpn-selftest", WQ_UNBOUND, 0);
	if (parked && sixpn_handshake_wq) {
		sixpn_parked_init(parked);
		why = test(parked);
	}
	if (sixpn_handshake_wq)
		destroy_workqueue(sixpn_handshake_wq);
	sixpn_handshake_wq = NULL;
	kfree(parked);
	return sixpn_selftest_report("parked", why);
}
