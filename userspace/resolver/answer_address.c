// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * AAAA records: of sets a random choice in random order, as many as fit.
 */
#include "answer_part.h"

/* So many are copied sooner than chosen from. */
#define SMALL_SET 256

/* How many of so many fit; that it is not all is told. */
static size_t fitting(struct sixpn_writing *writing, size_t count)
{
	size_t room = sixpn_dns_room(writing->answerer->dns);

	if (count * SIXPN_DNS_AAAA_SIZE <= room)
		return count;
	room = sixpn_answer_not_all(writing) / SIXPN_DNS_AAAA_SIZE;
	return room < count ? room : count;
}

static void put(struct sixpn_writing *writing, size_t count)
{
	struct sixpn_answerer *answerer = writing->answerer;

	if (count && !sixpn_dns_put_aaaa(answerer->dns, NULL, SIXPN_ANSWER_TTL,
					 answerer->addresses, count))
		writing->put += count;
}

/* R. Fisher and F. Yates, as by R. Durstenfeld, 1964 */
static void shuffle(struct sixpn_answerer *answerer, size_t count)
{
	size_t i, other;

	for (i = count; i > 1; i--) {
		struct in6_addr last = answerer->addresses[i - 1];

		other = sixpn_random_below(&answerer->random, (uint32_t)i);
		answerer->addresses[i - 1] = answerer->addresses[other];
		answerer->addresses[other] = last;
	}
}

static void copy_set(struct sixpn_writing *writing,
		     const struct sixpn_zone_set *set, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		sixpn_addr_build(&writing->answerer->addresses[i],
				 writing->query->network, set->members[i].home,
				 set->members[i].id, SIXPN_SUB_MACHINE);
}

/*
 * A small set is copied and then shuffled, which touches no machine. Of a large one
 * as many as fit are chosen where they are, which does not touch the others.
 */
static void put_set(struct sixpn_writing *writing, struct sixpn_zone_set *set)
{
	struct sixpn_answerer *answerer = writing->answerer;
	size_t count = fitting(writing, set->started);

	if (set->started <= SMALL_SET) {
		copy_set(writing, set, set->started);
		shuffle(answerer, set->started);
	} else {
		sixpn_zone_set_shuffle(set, (uint32_t)count, &answerer->random);
		copy_set(writing, set, count);
	}
	put(writing, count);
}

/* In their order: who asks for few wants the first ones. */
static void put_nearest(struct sixpn_writing *writing)
{
	struct sixpn_answerer *answerer = writing->answerer;
	struct sixpn_zone_app *app = writing->found->app;
	struct sixpn_zone_machine *const *nearest =
		sixpn_zone_nearest(answerer->zone, app);
	size_t count = writing->name->number, i;

	if (!nearest)
		return;
	if (count > app->set.started)
		count = app->set.started;
	count = fitting(writing, count);
	for (i = 0; i < count; i++)
		answerer->addresses[i] = nearest[i]->address;
	put(writing, count);
}

static void put_one(struct sixpn_writing *writing,
		    const struct in6_addr *address)
{
	writing->answerer->addresses[0] = *address;
	put(writing, 1);
}

static void put_services(struct sixpn_writing *writing)
{
	struct sixpn_answerer *answerer = writing->answerer;
	const struct sixpn_zone_service *service;
	size_t count = 0;

	LIST_FOREACH(service, &writing->found->app->services, beside) {
		if (count == SIXPN_ANSWER_ADDRESSES_MAX)
			break;
		answerer->addresses[count++] = service->address;
	}
	shuffle(answerer, count);
	put(writing, fitting(writing, count));
}

void sixpn_answer_aaaa(struct sixpn_writing *writing)
{
	const struct sixpn_found *found = writing->found;
	const struct sixpn_name *name = writing->name;

	if (name->domain == SIXPN_NAME_FLYCAST) {
		if (name->kind == SIXPN_NAME_APP)
			put_services(writing);
	} else if (name->kind == SIXPN_NAME_TOP) {
		put_nearest(writing);
	} else if (found->set) {
		put_set(writing, found->set);
	} else if (found->machine && found->machine->is_started) {
		put_one(writing, &found->machine->address);
	} else if (found->has_address) {
		put_one(writing, &found->address);
	}
}
