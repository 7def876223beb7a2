// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Machines, and the sets that they are in.
 */
#include "zone_find.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The network's, the app's, two of region and group, two of each metadata. */
#define SETS_MAX (SIXPN_ZONE_SLOT_METADATA + 2 * SIXPN_RECORD_METADATA_MAX)

/* What a machine will be in: each has room for it. */
struct sets {
	struct sixpn_zone_set *sets[SETS_MAX];
	size_t count;
};

/* --- Sets: there while a machine is in them. --- */

static void release_set(struct sixpn_zone *zone, struct sixpn_zone_set *set,
			bool in_list)
{
	const uint8_t *key = set->node.key;

	/* those of a network or an app are part of it */
	if (!key || key[0] == SIXPN_ZONE_APP || !sixpn_zone_set_is_empty(set))
		return;
	if (in_list)
		LIST_REMOVE(set, beside);
	sixpn_index_remove(&zone->index, &set->node);
	free(set->members);
	free(set);
}

static bool is_region(const struct sixpn_zone_set *set)
{
	return set->node.key && set->node.key[0] == SIXPN_ZONE_REGION;
}

static struct sixpn_zone_set *new_set(struct sixpn_zone *zone,
				      struct sixpn_zone_app *app,
				      const struct sixpn_zone_key *key,
				      size_t text_length)
{
	struct sixpn_zone_set *set = calloc(1, sizeof(*set) + key->length + 1);

	if (!set)
		return NULL;
	sixpn_zone_set_index(zone, set, (uint8_t *)(set + 1), key, text_length);
	if (is_region(set))
		LIST_INSERT_HEAD(&app->regions, set, beside);
	return set;
}

static int reserve(struct sixpn_zone *zone, struct sets *sets,
		   struct sixpn_zone_set *set)
{
	if (sixpn_zone_set_reserve(set)) {
		release_set(zone, set, is_region(set));
		return -ENOMEM;
	}
	sets->sets[sets->count++] = set;
	return 0;
}

/* @texts: the first is that of the app */
static int reserve_named(struct sixpn_zone *zone, struct sets *sets,
			 struct sixpn_zone_app *app,
			 enum sixpn_zone_index index,
			 const struct sixpn_text *texts, size_t count)
{
	struct sixpn_index_node *node;
	struct sixpn_zone_set *set;
	struct sixpn_zone_key key;

	sixpn_zone_key(&key, index, app->network->network, texts, count);
	node = sixpn_index_find(&zone->index, key.bytes, key.length);
	set = node ? sixpn_index_entry(node, struct sixpn_zone_set, node) :
		     new_set(zone, app, &key, texts[count - 1].length);
	return set ? reserve(zone, sets, set) : -ENOMEM;
}

/* As names are compared. */
static struct sixpn_text lower(char to[SIXPN_LABEL_MAX], const char *text)
{
	size_t i;

	for (i = 0; text[i]; i++)
		to[i] = text[i] >= 'A' && text[i] <= 'Z' ?
				(char)(text[i] - 'A' + 'a') :
				text[i];
	return (struct sixpn_text){ to, i };
}

static int reserve_metadata(struct sixpn_zone *zone, struct sets *sets,
			    struct sixpn_zone_app *app,
			    const struct sixpn_record_metadata *metadata)
{
	struct sixpn_text texts[] = {
		sixpn_zone_text(app->set.text),
		sixpn_zone_text(metadata->key),
		{ 0 },
	};
	char value[SIXPN_LABEL_MAX];
	int ret;

	ret = reserve_named(zone, sets, app, SIXPN_ZONE_METADATA, texts, 2);
	/* what is no label cannot be asked for */
	if (ret || !metadata->value[0] ||
	    strlen(metadata->value) > SIXPN_LABEL_MAX)
		return ret;
	texts[2] = lower(value, metadata->value);
	return reserve_named(zone, sets, app, SIXPN_ZONE_METADATA_VALUE, texts,
			     3);
}

static int reserve_all(struct sixpn_zone *zone, struct sets *sets,
		       struct sixpn_zone_app *app,
		       const struct sixpn_record_machine *record)
{
	const struct sixpn_text name = sixpn_zone_text(app->set.text);
	const struct sixpn_text region[] = {
		name, sixpn_zone_text(record->region)
	};
	const struct sixpn_text group[] = {
		name, sixpn_zone_text(record->group)
	};
	size_t i;
	int ret;

	ret = reserve(zone, sets, &app->network->machines);
	if (!ret)
		ret = reserve(zone, sets, &app->set);
	if (!ret)
		ret = reserve_named(zone, sets, app, SIXPN_ZONE_REGION, region,
				    2);
	if (!ret)
		ret = reserve_named(zone, sets, app, SIXPN_ZONE_GROUP, group,
				    2);
	for (i = 0; !ret && i < record->metadata_count; i++)
		ret = reserve_metadata(zone, sets, app, &record->metadata[i]);
	return ret;
}

static void unreserve_all(struct sixpn_zone *zone, struct sets *sets)
{
	struct sixpn_zone_set *set;

	while (sets->count) {
		set = sets->sets[--sets->count];
		sixpn_zone_set_unreserve(set);
		release_set(zone, set, is_region(set));
	}
}

/* --- Machines. --- */

static void leave_sets(struct sixpn_zone *zone,
		       struct sixpn_zone_machine *machine)
{
	struct sixpn_zone_app *app = sixpn_zone_app_of(machine);
	uint32_t i;

	for (i = machine->membership_count; i--;) {
		struct sixpn_zone_set *set = machine->memberships[i].set;

		sixpn_zone_set_remove(set, machine->memberships[i].at);
		release_set(zone, set, is_region(set));
	}
	sixpn_zone_app_put(zone, app);
}

void sixpn_zone_machine_free(struct sixpn_zone *zone,
			     struct sixpn_zone_machine *machine)
{
	sixpn_index_remove(&zone->index, &machine->node);
	if (machine->is_named) {
		sixpn_index_remove(&zone->index, &machine->name_node);
		leave_sets(zone, machine);
	}
	sixpn_zone_host_put(zone, machine->host);
	sixpn_zone_network_put(zone, machine->network);
	zone->counts.machines--;
	free(machine);
}

static void index_machine(struct sixpn_zone *zone,
			  struct sixpn_zone_machine *machine)
{
	size_t length = sixpn_zone_address(machine->key, SIXPN_ZONE_MACHINE,
					   &machine->address);

	sixpn_index_add(&zone->index, &machine->node, machine->key, length);
	zone->counts.machines++;
}

/* The key of its name is behind all else. */
static void index_name(struct sixpn_zone *zone,
		       struct sixpn_zone_machine *machine,
		       const struct sixpn_zone_key *key, size_t name_length)
{
	char *bytes = (char *)&machine->memberships[machine->membership_count];

	memcpy(bytes, key->bytes, key->length);
	bytes[key->length] = '\0';
	machine->name = bytes + key->length - name_length;
	sixpn_index_add(&zone->index, &machine->name_node, bytes, key->length);
}

static void enter_sets(struct sixpn_zone_machine *machine,
		       const struct sets *sets)
{
	uint32_t i;

	for (i = 0; i < sets->count; i++)
		sixpn_zone_set_add(sets->sets[i], machine, i,
				   machine->is_started);
}

static struct sixpn_zone_machine *
new_machine(struct sixpn_zone *zone, const struct sixpn_record_machine *record,
	    size_t memberships, size_t room)
{
	struct sixpn_zone_machine *machine;

	machine = calloc(1, sizeof(*machine) + room +
				    memberships *
					    sizeof(machine->memberships[0]));
	if (!machine)
		return NULL;
	machine->address = record->address;
	machine->is_started = record->state == SIXPN_RUN_STARTED;
	machine->membership_count = (uint32_t)memberships;
	machine->network = sixpn_zone_network_get(zone, record->network);
	if (!machine->network)
		goto err_network;
	machine->host = sixpn_zone_host_get(zone, record->host);
	if (!machine->host)
		goto err_host;
	return machine;
err_host:
	sixpn_zone_network_put(zone, machine->network);
err_network:
	free(machine);
	return NULL;
}

static int add_nameless(struct sixpn_zone *zone,
			const struct sixpn_record_machine *record)
{
	struct sixpn_zone_machine *machine = new_machine(zone, record, 0, 0);

	if (!machine)
		return -ENOMEM;
	index_machine(zone, machine);
	return 0;
}

static int add_to_app(struct sixpn_zone *zone, struct sixpn_zone_app *app,
		      const struct sixpn_record_machine *record)
{
	const struct sixpn_text texts[] = { sixpn_zone_text(record->app),
					    sixpn_zone_text(record->name) };
	struct sets sets = { .count = 0 };
	struct sixpn_zone_machine *machine = NULL;
	struct sixpn_zone_key key;

	sixpn_zone_key(&key, SIXPN_ZONE_MACHINE_NAME, record->network, texts,
		       2);
	if (!reserve_all(zone, &sets, app, record))
		machine = new_machine(zone, record, sets.count, key.length + 1);
	if (!machine) {
		unreserve_all(zone, &sets);
		return -ENOMEM;
	}
	machine->is_named = true;
	index_machine(zone, machine);
	index_name(zone, machine, &key, texts[1].length);
	enter_sets(machine, &sets);
	return 0;
}

static int add(struct sixpn_zone *zone,
	       const struct sixpn_record_machine *record)
{
	struct sixpn_zone_app *app;
	int ret;

	if (record->skip_dns)
		return add_nameless(zone, record);
	app = sixpn_zone_app_get(zone, record->network, record->app);
	if (!app)
		return -ENOMEM;
	ret = add_to_app(zone, app, record);
	if (ret)
		sixpn_zone_app_put(zone, app);
	return ret;
}

static struct sixpn_zone_machine *
find(const struct sixpn_zone *zone, const struct sixpn_record_machine *record)
{
	uint8_t key[SIXPN_ZONE_NUMBERS_MAX];
	struct sixpn_index_node *node;
	size_t length;

	length = sixpn_zone_address(key, SIXPN_ZONE_MACHINE, &record->address);
	node = sixpn_index_find(&zone->index, key, length);
	return node ? sixpn_index_entry(node, struct sixpn_zone_machine, node) :
		      NULL;
}

/* The new one first: what both are in stays, and so do those who know it. */
int sixpn_zone_machine_put(struct sixpn_zone *zone,
			   const struct sixpn_record_machine *record)
{
	struct sixpn_zone_machine *old = find(zone, record);
	int ret;

	ret = add(zone, record);
	if (!ret && old)
		sixpn_zone_machine_free(zone, old);
	return ret;
}

/* At another host it has been told of already. */
void sixpn_zone_machine_gone(struct sixpn_zone *zone,
			     const struct sixpn_record_machine *record)
{
	struct sixpn_zone_machine *machine = find(zone, record);

	if (machine && machine->host->host == record->host)
		sixpn_zone_machine_free(zone, machine);
}
