// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Several processes change the registry at once.
 */
#include "record_test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RACERS 3
#define NETWORKS 25
#define ROUNDS 25
#define CHANGES 30

struct racer {
	struct sixpn_store *store;
	struct sixpn_registry *registry;
};

static bool open_racer(struct racer *racer, const char *where)
{
	racer->store = store_test_open(where);
	return racer->store &&
	       !sixpn_registry_open(&racer->registry, racer->store, NULL);
}

static void close_racer(struct racer *racer)
{
	sixpn_registry_close(racer->registry);
	sixpn_store_close(racer->store);
}

static int put(struct racer *racer, struct sixpn_record *record)
{
	int ret = sixpn_registry_put(racer->registry, record, 0, NULL);

	sixpn_record_clear(record);
	return ret;
}

/* Networks of its own. */
static int make_networks(const char *where, int number)
{
	struct racer racer = { 0 };
	struct sixpn_record record;
	char name[32];
	int i, ret = open_racer(&racer, where) ? 0 : -EIO;

	for (i = 0; !ret && i < NETWORKS; i++) {
		snprintf(name, sizeof(name), "own-%d-%d", number, i);
		record_test_network(&record, 0, name);
		ret = put(&racer, &record);
	}
	close_racer(&racer);
	return ret ? 1 : 0;
}

/* The same names for all: for each, one succeeds. Return: how often. */
static int claim_names(const char *where, int number)
{
	struct racer racer = { 0 };
	struct sixpn_record record;
	char name[32];
	int i, won = 0;

	if (!open_racer(&racer, where))
		return 99;
	for (i = 0; i < ROUNDS; i++) {
		int ret;

		snprintf(name, sizeof(name), "web-%d", i);
		record_test_machine(&record, 1, 7,
				    (uint32_t)(1 + number * ROUNDS + i), name);
		ret = put(&racer, &record);
		if (ret && ret != -EEXIST)
			return 99;
		won += !ret;
	}
	close_racer(&racer);
	return won;
}

/* Count in the owner of one client, by compare-and-set. */
static int count_up(const char *where, int number)
{
	struct racer racer = { 0 };
	struct sixpn_record record;
	int i, ret = open_racer(&racer, where) ? 0 : -EIO;

	for (i = 0; !ret && i < CHANGES; i++) {
		do {
			int count = 0;

			ret = sixpn_registry_get_named(racer.registry,
						       SIXPN_RECORD_CLIENT, 1,
						       "counter", &record,
						       NULL);
			if (ret)
				break;
			sscanf(record.client.owner, "%d", &count);
			snprintf(record.client.owner,
				 sizeof(record.client.owner), "%d", count + 1);
			/* It also changes hosts all the time. */
			record.client.gateway ^= 7 ^ 8;
			ret = put(&racer, &record);
		} while (ret == -EAGAIN);
	}
	close_racer(&racer);
	return ret ? 1 : 0;
}

/* Machines come and go in a network that comes and goes. */
static int come_and_go(const char *where, int number)
{
	struct racer racer = { 0 };
	struct sixpn_record record;
	bool bad = !open_racer(&racer, where);
	int i, ret;

	for (i = 0; !bad && i < ROUNDS; i++) {
		record_test_network(&record, 0, "tides");
		if (number) {
			record.network.network = 200;
			ret = sixpn_registry_put(racer.registry, &record, 0,
						 NULL);
			bad |= ret && ret != -EEXIST && ret != -EBUSY;
			record_test_machine(&record, 200, 7, (uint32_t)number,
					    number == 1 ? "a" : "b");
			ret = put(&racer, &record);
			bad |= ret && ret != -ENOENT && ret != -EBUSY &&
			       ret != -EEXIST;
			record_test_machine(&record, 200, 7, (uint32_t)number,
					    number == 1 ? "a" : "b");
			/* Every second time it stays for the next round. */
			if (i % 2)
				sixpn_registry_delete(racer.registry, &record,
						      NULL);
		} else {
			ret = sixpn_registry_delete(racer.registry, &record,
						    NULL);
			bad |= ret && ret != -ENOENT && ret != -ENOTEMPTY;
		}
	}
	close_racer(&racer);
	return bad ? 1 : 0;
}

/* Return: the sum of what they return. */
static int race(const char *where, store_work work)
{
	struct store_worker workers[RACERS];
	int i, sum = 0;

	for (i = 0; i < RACERS; i++)
		store_test_start(&workers[i], work, where, i);
	for (i = 0; i < RACERS; i++)
		store_test_go(&workers[i]);
	for (i = 0; i < RACERS; i++)
		sum += store_test_wait(&workers[i]);
	return sum;
}

/* --- What must hold afterwards. --- */

struct networks {
	unsigned char seen[1 + RACERS * NETWORKS + 16];
	int own;
	bool twice;
};

static int see_network(void *data, const struct sixpn_record *record)
{
	uint32_t id = record->network.network;
	struct networks *networks = data;

	if (strncmp(record->network.name, "own-", 4))
		return 0;
	networks->own++;
	if (id >= sizeof(networks->seen) || networks->seen[id]++)
		networks->twice = true;
	return 0;
}

static void set_up(const char *where)
{
	struct racer racer = { 0 };
	struct sixpn_record record;

	if (!open_racer(&racer, where))
		return;
	record_test_network(&record, 1, "acme");
	put(&racer, &record);
	record_test_host(&record, 7, "fra1");
	put(&racer, &record);
	record_test_host(&record, 8, "ams1");
	put(&racer, &record);
	record_test_client(&record, 1, 7, 0x99, "counter");
	put(&racer, &record);
	close_racer(&racer);
}

static void check_networks(struct racer *racer)
{
	const struct sixpn_registry_what what = {
		.kind = SIXPN_RECORD_NETWORK,
	};
	struct networks networks = { .own = 0 };

	sixpn_registry_list(racer->registry, &what, see_network, NULL,
			    &networks, NULL);
	test_result(networks.own == RACERS * NETWORKS && !networks.twice,
		    "registry: networks made at once have ids of their own");
}

static void check_counter(struct racer *racer)
{
	struct sixpn_record record;
	char wanted[16];

	snprintf(wanted, sizeof(wanted), "%d", RACERS * CHANGES);
	test_result(!sixpn_registry_get_named(racer->registry,
					      SIXPN_RECORD_CLIENT, 1, "counter",
					      &record, NULL) &&
		    test_same_text(record.client.owner, wanted),
		    "registry: compare-and-set loses nothing");
	sixpn_record_clear(&record);
}

/* Every address leads to a record, in a network that is there. */
static int check_address(void *data, const struct sixpn_record *record)
{
	uint32_t *last = data;

	if (record->machine.network == 200)
		*last = 200;
	return 0;
}

static void check_tides(struct racer *racer)
{
	const struct sixpn_registry_what what = {
		.kind = SIXPN_RECORD_MACHINE,
	};
	struct sixpn_record record;
	uint32_t found = 0;
	int ret;

	sixpn_registry_list(racer->registry, &what, check_address, NULL, &found,
			    NULL);
	ret = sixpn_registry_get_network(racer->registry, 200, &record, NULL);
	test_result(!found || (!ret && !record.network.removing),
		    "registry: no machine is left in a network that is not");
	sixpn_record_clear(&record);
}

void test_registry_race(const char *where)
{
	struct racer racer = { 0 };
	int sum;

	set_up(where);
	test_result(!race(where, make_networks), "registry: make networks at once");
	sum = race(where, claim_names);
	if (sum != ROUNDS)
		test_note("%d names were given", sum);
	test_result(sum == ROUNDS, "registry: a name is given once");
	test_result(!race(where, count_up), "registry: count at once");
	test_result(!race(where, come_and_go),
		    "registry: a network goes while machines come");
	if (!open_racer(&racer, where))
		return;
	check_networks(&racer);
	check_counter(&racer);
	check_tides(&racer);
	close_racer(&racer);
}
