// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The zone beside a naive one, a list of records that is searched from end to end,
 * while records come, change and go at random.
 */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "resolver_record.h"
#include "zone_find.h"

#define NETWORKS 2
#define FIRST_NETWORK 42
#define FIRST_HOST 7
#define HOSTS 3
#define IDS 24
#define CHANGES 6000

static const char *const apps[] = { "web", "db", "cron" };
static const char *const words[] = { "a", "b" };

/* @there: @machine is in the registry */
static struct naive {
	bool there;
	struct sixpn_record machine;
	struct sixpn_record_metadata metadata[2];
} naive[NETWORKS][HOSTS][IDS];

static uint32_t rtts[HOSTS];

static const char *pick(const char *const *list, size_t count)
{
	return list[test_random() % count];
}

/* --- Changes. --- */

static void invent(struct naive *to, uint32_t network, uint32_t home,
		   uint32_t id)
{
	struct sixpn_record_machine *machine = &to->machine.machine;
	char name[SIXPN_LABEL_MAX + 1];
	size_t i;

	snprintf(name, sizeof(name), "%s-%u-%u", pick(words, 2), home, id);
	resolver_record_machine(&to->machine, network, home, id, name,
				pick(apps, 3));
	machine->host = FIRST_HOST + test_random() % HOSTS;
	strcpy(machine->group, pick(words, 2));
	strcpy(machine->region, pick(words, 2));
	machine->state = test_random() % 3 ? SIXPN_RUN_STARTED :
					     SIXPN_RUN_STOPPED;
	machine->skip_dns = !(test_random() % 8);
	machine->metadata = to->metadata;
	machine->metadata_count = test_random() % 3;
	for (i = 0; i < 2; i++) {
		strcpy(to->metadata[i].key, i ? "role" : "v");
		strcpy(to->metadata[i].value, pick(words, 2));
	}
}

/* As a registry tells: what has moved is new at the one, gone at the other. */
static int put(struct sixpn_zone *zone, struct naive *known)
{
	struct sixpn_record before = known->machine;
	bool was = known->there, moved;
	int ret;

	invent(known, before.machine.network, before.machine.home,
	       before.machine.machine);
	known->there = true;
	moved = was && known->machine.machine.host != before.machine.host;
	if (moved && test_random() % 2) {
		ret = sixpn_zone_change(zone, &before, NULL);
		return ret ? ret :
			     sixpn_zone_change(zone, NULL, &known->machine);
	}
	ret = sixpn_zone_change(zone, was && !moved ? &before : NULL,
				&known->machine);
	if (!ret && moved)
		ret = sixpn_zone_change(zone, &before, NULL);
	return ret;
}

static int change(struct sixpn_zone *zone)
{
	uint32_t network = test_random() % NETWORKS;
	uint32_t host = test_random() % HOSTS, id = test_random() % IDS;
	struct naive *known = &naive[network][host][id];

	if (!(test_random() % 50)) {
		rtts[host] = test_random() % 3 * 1000;
		return sixpn_zone_rtt(zone, FIRST_HOST + host, rtts[host]);
	}
	known->machine.machine.network = FIRST_NETWORK + network;
	known->machine.machine.home = FIRST_HOST + host;
	known->machine.machine.machine = id + 1;
	if (test_random() % 3)
		return put(zone, known);
	/* once more than it is there */
	if (!known->there) {
		invent(known, FIRST_NETWORK + network, FIRST_HOST + host,
		       id + 1);
		return sixpn_zone_change(zone, &known->machine, NULL);
	}
	known->there = false;
	return sixpn_zone_change(zone, &known->machine, NULL);
}

/* --- Comparing. --- */

/* Which machines: those of this kind of name; NULL: any. */
struct wanted {
	const char *app, *group, *region, *key, *value;
};

static bool has_metadata(const struct naive *known, const struct wanted *wanted)
{
	size_t i;

	for (i = 0; i < known->machine.machine.metadata_count; i++)
		if (!strcmp(known->metadata[i].key, wanted->key) &&
		    (!wanted->value ||
		     !strcmp(known->metadata[i].value, wanted->value)))
			return true;
	return false;
}

static bool is_wanted(const struct naive *known, const struct wanted *wanted)
{
	const struct sixpn_record_machine *machine = &known->machine.machine;

	if (!known->there || machine->skip_dns)
		return false;
	return (!wanted->app || !strcmp(machine->app, wanted->app)) &&
	       (!wanted->group || !strcmp(machine->group, wanted->group)) &&
	       (!wanted->region || !strcmp(machine->region, wanted->region)) &&
	       (!wanted->key || has_metadata(known, wanted));
}

static bool set_has(const struct sixpn_zone_set *set, uint32_t from,
		    uint32_t to, const struct in6_addr *address)
{
	uint32_t i;

	for (i = from; i < to; i++)
		if (!memcmp(&set->members[i].machine->address, address,
			    sizeof(*address)))
			return true;
	return false;
}

/* Each wanted one is in the set, on its side, and there are no others. */
static bool same_set(const struct sixpn_zone_set *set, uint32_t network,
		     const struct wanted *wanted)
{
	const struct naive *known = &naive[network][0][0];
	uint32_t count = 0;
	size_t i;

	for (i = 0; i < HOSTS * IDS; i++, known++) {
		bool started = known->machine.machine.state ==
			       SIXPN_RUN_STARTED;

		if (!is_wanted(known, wanted))
			continue;
		count++;
		if (!set ||
		    !set_has(set, started ? 0 : set->started,
			     started ? set->started : set->count,
			     &known->machine.machine.address))
			return false;
	}
	return set ? set->count == count && !set->reserved &&
			     (count || !set->node.key ||
			      set->node.key[0] == SIXPN_ZONE_APP) :
		     !count;
}

static struct sixpn_text text(const char *word)
{
	return sixpn_zone_text(word);
}

static bool same_app(const struct sixpn_zone *zone, uint32_t index,
		     const char *app)
{
	uint32_t network = FIRST_NETWORK + index;
	struct sixpn_zone_app *found =
		sixpn_zone_find_app(zone, network, text(app));
	size_t i;
	bool ok;

	ok = same_set(found ? &found->set : NULL, index,
		      &(struct wanted){ .app = app });
	for (i = 0; i < 2; i++) {
		const char *word = words[i], *key = i ? "role" : "v";

		ok = ok &&
		     same_set(sixpn_zone_find_set(zone, SIXPN_ZONE_GROUP,
						  network, text(app),
						  text(word)),
			      index,
			      &(struct wanted){ .app = app, .group = word }) &&
		     same_set(sixpn_zone_find_set(zone, SIXPN_ZONE_REGION,
						  network, text(app),
						  text(word)),
			      index,
			      &(struct wanted){ .app = app, .region = word }) &&
		     same_set(sixpn_zone_find_set(zone, SIXPN_ZONE_METADATA,
						  network, text(app),
						  text(key)),
			      index,
			      &(struct wanted){ .app = app, .key = key }) &&
		     same_set(sixpn_zone_find_value(zone, network, text(app),
						    text(key), text(word)),
			      index,
			      &(struct wanted){ .app = app,
						.key = key,
						.value = word });
	}
	return ok;
}

static uint32_t distance(const struct sixpn_zone_machine *machine)
{
	uint32_t host = machine->host->host - FIRST_HOST;

	/* no host has a record here: those that are not measured are far */
	return !host ? 0 : rtts[host] ? rtts[host] : UINT32_MAX;
}

static bool is_sorted(const struct sixpn_zone *zone, uint32_t network,
		      const char *name)
{
	struct sixpn_zone_app *app =
		sixpn_zone_find_app(zone, network, text(name));
	struct sixpn_zone_machine *const *nearest;
	uint32_t i;

	if (!app)
		return true;
	nearest = sixpn_zone_nearest(zone, app);
	for (i = 0; i < app->set.started; i++)
		if (!set_has(&app->set, 0, app->set.started,
			     &nearest[i]->address) ||
		    (i && distance(nearest[i - 1]) > distance(nearest[i])))
			return false;
	return true;
}

static bool same_machine(const struct sixpn_zone *zone,
			 const struct naive *known, uint32_t network)
{
	const struct sixpn_record_machine *machine = &known->machine.machine;
	struct sixpn_zone_machine *found =
		sixpn_zone_machine_at(zone, &machine->address);
	struct sixpn_zone_machine *named = sixpn_zone_find_machine(
		zone, network, text(machine->app), text(machine->name));

	if (!known->there)
		return !found && !named;
	return found && found->host->host == machine->host &&
	       found->is_named == !machine->skip_dns &&
	       (machine->skip_dns ? !named : named == found);
}

static bool same_zone(const struct sixpn_zone *zone)
{
	uint32_t network, i;

	for (network = 0; network < NETWORKS; network++) {
		struct sixpn_zone_network *found = sixpn_zone_find_network(
			zone, FIRST_NETWORK + network);

		if (!same_set(found ? &found->machines : NULL, network,
			      &(struct wanted){ 0 }))
			return false;
		for (i = 0; i < TEST_COUNT(apps); i++)
			if (!same_app(zone, network, apps[i]) ||
			    !is_sorted(zone, FIRST_NETWORK + network, apps[i]))
				return false;
		for (i = 0; i < HOSTS * IDS; i++) {
			const struct naive *known = &naive[network][0][0] + i;

			if (known->machine.kind == SIXPN_RECORD_MACHINE &&
			    !same_machine(zone, known,
					  FIRST_NETWORK + network))
				return false;
		}
	}
	return true;
}

static void shuffle_some(struct sixpn_zone *zone, struct sixpn_random *random)
{
	struct sixpn_zone_app *app = sixpn_zone_find_app(
		zone, FIRST_NETWORK, text(pick(apps, TEST_COUNT(apps))));

	if (app)
		sixpn_zone_set_shuffle(&app->set, test_random() % 40, random);
}

static void check_churn(void)
{
	struct sixpn_zone *zone = sixpn_zone_new();
	struct sixpn_random random = { .state = 1 };
	bool same = true;
	unsigned int i;

	sixpn_zone_self(zone, FIRST_HOST);
	for (i = 0; same && i < CHANGES; i++) {
		same = !change(zone);
		shuffle_some(zone, &random);
		if (same && !(i % 8))
			same = same_zone(zone);
	}
	test_result(same, "zone: the same as a naive one, %u changes", i);
	sixpn_zone_free(zone);
}

/* --- Nothing stays behind. --- */

static void put_some(struct sixpn_zone *zone, bool gone)
{
	char lines[][120] = {
		"network id=42 name=acme",
		"host id=7 name=fra1 region=fra",
		"machine network=42 host=7 id=1 name=w app=web group=a region=fra key.a=b",
		"machine network=42 host=8 id=2 name=h app=web group=a region=fra skip-dns",
		"client network=42 gateway=9 id=3 name=laptop owner=alice",
		"service network=43 id=1 app=web app-network=42 tcp=80 udp=53",
	};
	char *parts[16], *rest;
	size_t i, count;

	for (i = 0; i < TEST_COUNT(lines); i++) {
		count = 0;
		rest = lines[i];
		while ((parts[count] = strtok_r(rest, " ", &rest)))
			count++;
		resolver_record_change(zone, parts, count, gone);
	}
}

static void check_empty(void)
{
	struct sixpn_zone *zone = sixpn_zone_new();
	struct sixpn_zone_counts counts;
	bool full;

	put_some(zone, false);
	put_some(zone, false);
	sixpn_zone_rtt(zone, 12, 5);
	sixpn_zone_rtt(zone, 12, 6);
	sixpn_zone_count(zone, &counts);
	full = counts.networks == 1 && counts.hosts == 1 &&
	       counts.machines == 2 && counts.clients == 1 &&
	       counts.services == 1 && counts.apps == 2;
	test_result(full, "zone: what is told twice is there once");
	put_some(zone, true);
	put_some(zone, true);
	sixpn_zone_rtt(zone, 12, 0);
	sixpn_zone_rtt(zone, 12, 0);
	sixpn_zone_count(zone, &counts);
	test_result(!counts.names && !counts.networks && !counts.hosts &&
			    !counts.machines && !counts.clients &&
			    !counts.services && !counts.apps,
		    "zone: when all is gone, so is all that it shared");
	sixpn_zone_free(zone);
}

/* --- What is sorted anew. --- */

static bool moves(struct sixpn_zone *zone, uint32_t microseconds)
{
	uint32_t before = zone->moves;

	sixpn_zone_rtt(zone, 12, microseconds);
	return zone->moves != before;
}

static bool moves_host(struct sixpn_zone *zone, const char *name,
		       const char *region)
{
	struct sixpn_record record = {
		.kind = SIXPN_RECORD_HOST, .host = { .host = 13 },
	};
	uint32_t before = zone->moves;

	strcpy(record.host.name, name);
	strcpy(record.host.region, region);
	sixpn_zone_change(zone, NULL, &record);
	return zone->moves != before;
}

static void check_moves(void)
{
	struct sixpn_zone *zone = sixpn_zone_new();
	bool ok;

	ok = moves(zone, 1600) && !moves(zone, 1600) && !moves(zone, 1700) &&
	     !moves(zone, 1500) && moves(zone, 1701) && moves(zone, 1594) &&
	     moves(zone, 0) && !moves(zone, 0) && moves(zone, 1);
	test_result(ok, "zone: a distance that is about the same moves nothing");
	ok = moves_host(zone, "a", "fra") && !moves_host(zone, "a", "fra") &&
	     moves_host(zone, "a", "ams") && moves_host(zone, "b", "ams");
	test_result(ok && sixpn_zone_find_host(zone, 13)->is_known,
		    "zone: nor does a host whose name and region stay");
	moves(zone, 0);
	sixpn_zone_free(zone);
}

void test_resolver_zone(void)
{
	check_churn();
	check_moves();
	check_empty();
}
