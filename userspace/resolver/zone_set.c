// SPDX-License-Identifier: GPL-2.0-or-later
#include "zone_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "zone_part.h"

#define FIRST_ROOM 2

void sixpn_zone_set_index(struct sixpn_zone *zone, struct sixpn_zone_set *set,
			  uint8_t *bytes, const struct sixpn_zone_key *key,
			  size_t text_length)
{
	memcpy(bytes, key->bytes, key->length);
	bytes[key->length] = '\0';
	set->text = (const char *)bytes + key->length - text_length;
	sixpn_index_add(&zone->index, &set->node, bytes, key->length);
}

int sixpn_zone_set_reserve(struct sixpn_zone_set *set)
{
	struct sixpn_zone_member *members;
	uint32_t room = set->room ? set->room * 2 : FIRST_ROOM;

	if (set->count + set->reserved == set->room) {
		members = realloc(set->members, room * sizeof(*members));
		if (!members)
			return -ENOMEM;
		set->members = members;
		set->room = room;
	}
	set->reserved++;
	return 0;
}

void sixpn_zone_set_unreserve(struct sixpn_zone_set *set)
{
	set->reserved--;
}

static void place(struct sixpn_zone_set *set, uint32_t at,
		  struct sixpn_zone_member member)
{
	set->members[at] = member;
	member.machine->memberships[member.slot].at = at;
}

static void swap(struct sixpn_zone_set *set, uint32_t a, uint32_t b)
{
	struct sixpn_zone_member member = set->members[a];

	place(set, a, set->members[b]);
	place(set, b, member);
}

void sixpn_zone_set_add(struct sixpn_zone_set *set,
			struct sixpn_zone_machine *machine, uint32_t slot,
			bool started)
{
	struct sixpn_zone_member member = {
		.machine = machine,
		.slot = slot,
		.home = sixpn_addr_host(&machine->address),
		.id = sixpn_addr_machine(&machine->address),
	};

	set->reserved--;
	machine->memberships[slot].set = set;
	place(set, set->count++, member);
	if (started)
		swap(set, set->count - 1, set->started++);
	set->changes++;
}

void sixpn_zone_set_remove(struct sixpn_zone_set *set, uint32_t at)
{
	if (at < set->started) {
		swap(set, at, --set->started);
		at = set->started;
	}
	swap(set, at, --set->count);
	set->changes++;
}

bool sixpn_zone_set_is_empty(const struct sixpn_zone_set *set)
{
	return !set->count && !set->reserved;
}

/* R. Fisher, F. Yates, as by R. Durstenfeld, 1964, ended early */
void sixpn_zone_set_shuffle(struct sixpn_zone_set *set, uint32_t count,
			    struct sixpn_random *random)
{
	uint32_t i;

	for (i = 0; i < count && i + 1 < set->started; i++)
		swap(set, i,
		     i + sixpn_random_below(random, set->started - i));
}
