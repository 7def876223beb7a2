// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SRV records of declared ports: each machine of the app is a target, or the app's
 * Flycast name; their addresses come along while there is room.
 */
#include "answer_part.h"

#include <string.h>

/* Wire names, one after the other, in the memory for text. */
struct targets {
	uint8_t *names;
	size_t length, count, room;
	bool cut;
};

static void add_target(struct targets *targets,
		       const struct sixpn_zone_machine *machine)
{
	const char *const labels[] = { machine->name, "vm",
				       sixpn_zone_app_of(machine)->set.text,
				       "internal", NULL };
	uint8_t name[SIXPN_DNS_NAME_MAX];
	size_t length = sixpn_answer_wire(name, labels);

	if (SIXPN_DNS_SRV_SIZE + length > targets->room) {
		targets->cut = true;
		return;
	}
	memcpy(targets->names + targets->length, name, length);
	targets->length += length;
	targets->count++;
	targets->room -= SIXPN_DNS_SRV_SIZE + length;
}

static void add_targets(struct sixpn_writing *writing, struct targets *targets,
			struct sixpn_zone_set *set)
{
	uint32_t most = (uint32_t)(targets->room / SIXPN_DNS_SRV_SIZE), i;

	sixpn_zone_set_shuffle(set, most, &writing->answerer->random);
	for (i = 0; i < set->started && !targets->cut; i++)
		add_target(targets, set->members[i].machine);
}

static void put_machines(struct sixpn_writing *writing)
{
	struct sixpn_answerer *answerer = writing->answerer;
	struct sixpn_zone_set *set = &writing->found->app->set;
	struct targets targets = { .names = (uint8_t *)answerer->text };

	targets.room = sixpn_dns_room(answerer->dns);
	add_targets(writing, &targets, set);
	if (targets.cut) {
		targets = (struct targets){ .names = targets.names };
		targets.room = sixpn_answer_not_all(writing);
		add_targets(writing, &targets, set);
	}
	if (targets.count && !sixpn_dns_put_srv(answerer->dns, SIXPN_ANSWER_TTL,
						writing->name->port,
						targets.names, targets.count))
		writing->put = targets.count;
}

static size_t flycast_name(const struct sixpn_writing *writing, uint8_t *name)
{
	const char *const labels[] = { writing->found->app->set.text, "flycast",
				       NULL };

	return sixpn_answer_wire(name, labels);
}

void sixpn_answer_srv(struct sixpn_writing *writing)
{
	uint8_t name[SIXPN_DNS_NAME_MAX];

	if (writing->name->kind != SIXPN_NAME_PORT)
		return;
	if (writing->name->domain == SIXPN_NAME_INTERNAL) {
		put_machines(writing);
		return;
	}
	flycast_name(writing, name);
	if (!sixpn_dns_put_srv(writing->answerer->dns, SIXPN_ANSWER_TTL,
			       writing->name->port, name, 1))
		writing->put = 1;
}

/* --- Addresses of the targets. --- */

/* In the order that the records have. */
static void add_machines(struct sixpn_writing *writing)
{
	struct sixpn_answerer *answerer = writing->answerer;
	const struct sixpn_zone_set *set = &writing->found->app->set;
	const uint8_t *name = (const uint8_t *)answerer->text;
	size_t i;

	for (i = 0; i < writing->put && i < SIXPN_ANSWER_TARGETS_MAX; i++) {
		if (sixpn_dns_put_aaaa(answerer->dns, name, SIXPN_ANSWER_TTL,
				       &set->members[i].machine->address, 1))
			return;
		while (*name)
			name += *name + 1;
		name++;
	}
}

static void add_services(struct sixpn_writing *writing)
{
	struct sixpn_answerer *answerer = writing->answerer;
	const struct sixpn_zone_service *service;
	uint8_t name[SIXPN_DNS_NAME_MAX];
	size_t count = 0;

	flycast_name(writing, name);
	LIST_FOREACH(service, &writing->found->app->services, beside) {
		if (count == SIXPN_ANSWER_TARGETS_MAX)
			break;
		answerer->addresses[count++] = service->address;
	}
	/* what does not fit is left out: it can be asked for */
	(void)sixpn_dns_put_aaaa(answerer->dns, name, SIXPN_ANSWER_TTL,
				 answerer->addresses, count);
}

void sixpn_answer_srv_additional(struct sixpn_writing *writing)
{
	if (writing->name->kind != SIXPN_NAME_PORT || !writing->put)
		return;
	if (writing->name->domain == SIXPN_NAME_INTERNAL)
		add_machines(writing);
	else
		add_services(writing);
}
