/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of machines: all that one name stands for. Those that are started come
 * first. A machine knows where in a set it is, so that it goes in and out in no
 * more time than it takes to say so.
 */
#ifndef SIXPN_RESOLVER_ZONE_SET_H
#define SIXPN_RESOLVER_ZONE_SET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "random.h"
#include "index.h"

struct sixpn_zone_machine;

/*
 * One of a set. @slot: which of its machine's memberships leads here; @home, @id: what
 * its address is made of, here so that an answer needs nothing that is elsewhere
 */
struct sixpn_zone_member {
	struct sixpn_zone_machine *machine;
	uint32_t slot;
	uint32_t home, id;
};

/* @at: where in @set it is */
struct sixpn_zone_membership {
	struct sixpn_zone_set *set;
	uint32_t at;
};

/**
 * struct sixpn_zone_set - machines
 * @node: by its key, which is in the same allocation; a network's has none
 * @beside: sets of regions: those of one app
 * @text: the end of the key: a region, a group
 * @members: owned; @started, then the others, @count in all
 * @reserved: members to come, for which there is room
 * @changes: grows with each change
 *
 * What an answer looks at is last, where the key follows.
 */
struct sixpn_zone_set {
	LIST_ENTRY(sixpn_zone_set) beside;
	const char *text;
	uint32_t changes, reserved, room, count, started;
	struct sixpn_zone_member *members;
	struct sixpn_index_node node;
};

/* Return: 0 or -ENOMEM. There is room for one more, which has to come or not. */
int sixpn_zone_set_reserve(struct sixpn_zone_set *set);
void sixpn_zone_set_unreserve(struct sixpn_zone_set *set);

/* Takes the room that was reserved. @membership: @slot of @machine's; set */
void sixpn_zone_set_add(struct sixpn_zone_set *set,
			struct sixpn_zone_machine *machine, uint32_t slot,
			bool started);
void sixpn_zone_set_remove(struct sixpn_zone_set *set, uint32_t at);

/* Nothing is in it, nor will be. */
bool sixpn_zone_set_is_empty(const struct sixpn_zone_set *set);

/*
 * Make the first @count of the started ones a random choice of them in random
 * order, in @count steps.
 */
void sixpn_zone_set_shuffle(struct sixpn_zone_set *set, uint32_t count,
			    struct sixpn_random *random);

#endif
