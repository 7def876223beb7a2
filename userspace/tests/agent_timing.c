// SPDX-License-Identifier: GPL-2.0-or-later
#include "agent_timing.h"

#include <stdio.h>
#include <string.h>

#include "agent_seen.h"
#include "record_test.h"

#define SELF 7U

static void test_backoff(void)
{
	struct sixpn_backoff backoff = { 0 };
	unsigned int i, first = 0, least = UINT32_MAX, most = 0;
	bool ok = true;

	for (i = 0; i < 100; i++) {
		unsigned int pause = sixpn_backoff_next(&backoff,
							test_random());

		if (!i)
			first = pause;
		ok = ok && pause >= SIXPN_BACKOFF_MIN_MS &&
		     pause <= SIXPN_BACKOFF_MAX_MS;
		least = pause < least ? pause : least;
		most = pause > most ? pause : most;
	}
	test_result(ok && first <= 2 * SIXPN_BACKOFF_MIN_MS &&
		    most > SIXPN_BACKOFF_MAX_MS / 2 &&
		    most - least > SIXPN_BACKOFF_MAX_MS / 2,
		    "agent: pauses grow from half a second to 15, and differ");
	memset(&backoff, 0, sizeof(backoff));
	test_result(sixpn_backoff_next(&backoff, UINT32_MAX) <=
		    2 * SIXPN_BACKOFF_MIN_MS,
		    "agent: after a success they are short again");
}

static void test_batch(void)
{
	struct sixpn_batch batch = { 0 }, taken = { 0 };
	struct sixpn_record record;
	unsigned int i;
	bool ok;

	test_result(!sixpn_batch_take(&batch, &taken, 1000),
		    "agent: without a change nothing is due");
	record_test_machine(&record, 42, SELF, 1, "web");
	sixpn_batch_add(&batch, NULL, &record, 1000);
	record_test_machine(&record, 42, SELF, 2, "db");
	sixpn_batch_add(&batch, &record, NULL, 1000 + SIXPN_BATCH_MS - 1);
	ok = !sixpn_batch_take(&batch, &taken, 1000 + SIXPN_BATCH_MS - 1);
	test_result(ok && sixpn_batch_take(&batch, &taken,
					   1000 + SIXPN_BATCH_MS) &&
		    taken.scope.count == 2 && !taken.whole,
		    "agent: changes are applied together, so long after the first");
	test_result(!sixpn_batch_take(&batch, &taken, 9999),
		    "agent: once");
	sixpn_scope_clear(&taken.scope);
	for (i = 0; i <= SIXPN_BATCH_MAX; i++)
		sixpn_batch_add(&batch, NULL, &record, 2000);
	ok = sixpn_batch_take(&batch, &taken, 3000) && taken.whole;
	sixpn_scope_clear(&taken.scope);
	sixpn_batch_add_whole(&batch, 4000);
	test_result(ok && sixpn_batch_take(&batch, &taken, 5000) &&
		    taken.whole,
		    "agent: very many, or all, are all of it");
	sixpn_scope_clear(&taken.scope);
}

/* Sample every four seconds from @from to @to. Return: when it said so, or 0. */
static uint64_t sample(struct sixpn_trial *trial, uint64_t from, uint64_t to,
		       unsigned int rx_step, unsigned int tx_step)
{
	uint64_t now;

	for (now = from; now < to; now += 4000)
		if (sixpn_trial_sample(trial, trial->rx_bytes + rx_step,
				       trial->tx_bytes + tx_step, now))
			return now;
	return 0;
}

static void test_trial(void)
{
	struct sixpn_trial trial = { 0 };
	uint64_t said;

	test_result(!sample(&trial, 100000, 200000, 0, 0),
		    "agent: a host that nobody asks for is not tried elsewhere");
	test_result(!sample(&trial, 200000, 300000, 92, 148),
		    "agent: nor one that answers");
	said = sample(&trial, 300000, 400000, 0, 148);
	test_result(said == 300000 + SIXPN_TRIAL_MS,
		    "agent: one that does not is, after 20 seconds");
	test_result(!sample(&trial, said + 4000, said + SIXPN_TRIAL_MS, 0, 148),
		    "agent: and not again at once");
	sixpn_trial_sample(&trial, trial.rx_bytes + 92, trial.tx_bytes,
			   said + 21000);
	test_result(!sample(&trial, said + 24000, said + 42000, 0, 148),
		    "agent: an answer begins the time anew");
	memset(&trial, 0, sizeof(trial));
	sixpn_trial_sample(&trial, 0, 0, 1000);
	sixpn_trial_sample(&trial, 0, 148, 5000);
	test_result(!sample(&trial, 9000, 200000, 0, 0) && !trial.since,
		    "agent: when no more is sent the trial is over");
}

static void test_round(void)
{
	struct sixpn_round round = { 0 };
	unsigned int taken = 0;
	uint64_t now;

	for (now = 4000; now < 4000 + SIXPN_ROUND_MS; now += 4000)
		taken += sixpn_round_take(&round, 2, now);
	test_result(taken == 2 && sixpn_round_take(&round, 2, now) &&
		    sixpn_round_take(&round, 2, now + 4000) &&
		    !sixpn_round_take(&round, 2, now + 8000),
		    "agent: names without a way are tried once in a round");
}

static void test_allowance(void)
{
	struct sixpn_allowance allowance = { .per_second = 3 };
	unsigned int i, taken = 0;

	for (i = 0; i < 100; i++)
		taken += sixpn_allowance_take(&allowance, 5000 + i);
	for (i = 0; i < 100; i++)
		taken += sixpn_allowance_take(&allowance, 6000 + i);
	test_result(taken == 6, "agent: so many strangers in a second");
}

static void test_list(void)
{
	static const char gone[] = SIXPN_REGISTRY_PREFIX "host/00000009",
			  bad[] = SIXPN_REGISTRY_PREFIX "host/0000000a";
	struct sixpn_view view = { 0 };
	struct sixpn_record record;
	char read[SIXPN_RECORD_KEY_MAX];
	bool ok;

	record_test_host(&record, 8, "b");
	sixpn_record_key(&record, read);
	ok = !sixpn_view_put_bad(&view, gone) &&
	     !sixpn_view_put_bad(&view, bad) &&
	     !sixpn_view_put_bad(&view, read);
	sixpn_view_list_begin(&view);
	test_result(ok && view.count == 3,
		    "agent: what cannot be read stays while a list is read");
	/* It fails, and the next one begins. */
	ok = !sixpn_view_put_bad(&view, gone);
	sixpn_view_list_begin(&view);
	ok = ok && !sixpn_view_put_bad(&view, bad) &&
	     !sixpn_view_put(&view, &record);
	sixpn_view_list_end(&view, SELF);
	test_result(ok && view.count == 2 && !sixpn_view_find(&view, gone) &&
		    sixpn_view_find(&view, bad) && sixpn_view_find(&view, read),
		    "agent: what a whole list does not tell of is forgotten");
	sixpn_view_clear(&view);
}

/* Looked up when it called, or told by the watch, or both. */
static void test_found(void)
{
	struct sixpn_record gone, told, before;
	struct sixpn_view view = { 0 };
	bool ok;

	record_test_client(&gone, 42, SELF, 100, "gone");
	record_test_client(&told, 42, SELF, 101, "told");
	record_test_client(&before, 42, SELF, 102, "before");
	ok = !sixpn_view_put(&view, &before) &&
	     !sixpn_view_put_found(&view, &before) &&
	     !sixpn_view_put_found(&view, &gone) &&
	     !sixpn_view_put_found(&view, &told);
	sixpn_view_list_begin(&view);
	ok = ok && view.count == 3 && !sixpn_view_put(&view, &told);
	sixpn_view_list_end(&view, SELF);
	test_result(ok && view.count == 2 &&
		    !sixpn_view_find_key(&view, gone.client.public_key) &&
		    sixpn_view_find_key(&view, told.client.public_key) &&
		    sixpn_view_find_key(&view, before.client.public_key),
		    "agent: a client that was looked up and that a list does not have is forgotten");
	sixpn_view_list_anew(&view);
	sixpn_view_list_begin(&view);
	ok = view.count == 2 && !sixpn_view_put(&view, &told);
	sixpn_view_list_end(&view, SELF);
	test_result(ok && view.count == 1 &&
		    sixpn_view_find_key(&view, told.client.public_key),
		    "agent: after a list that tells of everything nothing else is left");
	sixpn_view_clear(&view);
}

static void test_seen(void)
{
	test_result(sixpn_seen_is_news(0, 5000) &&
		    !sixpn_seen_is_news(5000, 5000) &&
		    !sixpn_seen_is_news(5000, 5059) &&
		    sixpn_seen_is_news(5000, 5060) &&
		    !sixpn_seen_is_news(5059, 5000) &&
		    sixpn_seen_is_news(9000, 5000),
		    "agent: a client is noted to have been seen once in a minute");
}

static void put_client(struct sixpn_view *view, uint32_t gateway,
		       uint8_t number, uint64_t expires)
{
	struct sixpn_record record;
	char name[16];

	snprintf(name, sizeof(name), "c%u", number);
	record_test_client(&record, 42, gateway, number, name);
	record.client.expires = expires;
	sixpn_view_put(view, &record);
}

static void test_expiry(void)
{
	struct sixpn_view view = { 0 };
	struct sixpn_batch batch = { 0 };

	put_client(&view, SELF, 100, 0);
	put_client(&view, SELF, 101, 3000);
	put_client(&view, SELF, 102, 2000);
	put_client(&view, 8, 103, 1500);
	test_result(sixpn_expiry_next(&view, SELF, 1000) == 2000 &&
		    sixpn_expiry_next(&view, SELF, 2000) == 3000 &&
		    !sixpn_expiry_next(&view, SELF, 3000),
		    "agent: the next client of this gateway that expires");
	sixpn_expiry_collect(&view, SELF, 1000, 2000, &batch, 1);
	/* a client is its address and its key */
	test_result(batch.waiting && batch.scope.count == 2,
		    "agent: those that have expired are looked at");
	sixpn_expiry_collect(&view, SELF, 2000, 2999, &batch, 1);
	test_result(batch.scope.count == 2, "agent: once");
	sixpn_scope_clear(&batch.scope);
	sixpn_view_clear(&view);
}

void test_agent_timing(void)
{
	test_backoff();
	test_batch();
	test_trial();
	test_round();
	test_allowance();
	test_list();
	test_found();
	test_seen();
	test_expiry();
}
