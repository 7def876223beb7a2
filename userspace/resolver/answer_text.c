// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * TXT records: lists, whole entries of which are left out if they do not fit.
 */
#include "answer_part.h"

#include <arpa/inet.h>
#include <string.h>

/* So many entries may not fit: each time the list begins with another one. */
#define LONG_LIST 512

/**
 * struct list - entries, one of which may be being written
 * @room: bytes that @text may have
 * @entry: where in @text the one begins that is being written
 * @cut: one was left out; so are all that follow
 */
struct list {
	char *text;
	size_t length, room, entry;
	char separator;
	bool cut;
};

static void add_bytes(struct list *list, const char *text, size_t length)
{
	if (list->cut || length > list->room - list->length) {
		list->cut = true;
		return;
	}
	memcpy(list->text + list->length, text, length);
	list->length += length;
}

static void add_text(struct list *list, const char *text)
{
	add_bytes(list, text, strlen(text));
}

static void begin_entry(struct list *list)
{
	list->entry = list->length;
	if (list->length)
		add_bytes(list, &list->separator, 1);
}

/* Return: whether it fits, and another one may. */
static bool end_entry(struct list *list)
{
	if (list->cut)
		list->length = list->entry;
	return !list->cut;
}

/* An entry that is one word. */
static bool add_word(struct list *list, const char *word)
{
	begin_entry(list);
	add_text(list, word);
	return end_entry(list);
}

static void add_field(struct list *list, const char *name, const char *value)
{
	add_text(list, name);
	add_text(list, value);
}

static void add_address(struct list *list, const struct in6_addr *address)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, address, text, sizeof(text));
	add_field(list, ",ip=", text);
}

/* --- Machines. --- */

static const char *region_of(const struct sixpn_zone_machine *machine)
{
	return machine->memberships[SIXPN_ZONE_SLOT_REGION].set->text;
}

static const char *app_of(const struct sixpn_zone_machine *machine)
{
	return sixpn_zone_app_of(machine)->set.text;
}

static void add_vm(struct list *list, const struct sixpn_zone_machine *machine)
{
	add_text(list, machine->name);
	add_field(list, " ", region_of(machine));
}

static void add_instance(struct list *list,
			 const struct sixpn_zone_machine *machine)
{
	add_field(list, "instance=", machine->name);
	add_field(list, ",app=", app_of(machine));
	add_address(list, &machine->address);
	add_field(list, ",region=", region_of(machine));
}

static void list_set(struct sixpn_writing *writing, struct list *list,
		     const struct sixpn_zone_set *set, bool all,
		     void (*add)(struct list *list,
				 const struct sixpn_zone_machine *machine))
{
	uint32_t count = all ? set->count : set->started, first = 0, i;

	if (count > LONG_LIST)
		first = sixpn_random_below(&writing->answerer->random, count);
	for (i = 0; i < count; i++) {
		begin_entry(list);
		add(list, set->members[(first + i) % count].machine);
		if (!end_entry(list))
			return;
	}
}

/* --- Others. --- */

static void list_regions(struct list *list, const struct sixpn_zone_app *app,
			 bool all)
{
	const struct sixpn_zone_set *set;

	LIST_FOREACH(set, &app->regions, beside)
		if ((all ? set->count : set->started) &&
		    !add_word(list, set->text))
			return;
}

static void list_apps(struct list *list,
		      const struct sixpn_zone_network *network)
{
	const struct sixpn_zone_app *app;

	LIST_FOREACH(app, &network->apps, beside)
		if (app->set.count && !add_word(list, app->set.text))
			return;
}

static void list_peers(struct list *list,
		       const struct sixpn_zone_network *network)
{
	const struct sixpn_zone_client *client;

	LIST_FOREACH(client, &network->clients, beside)
		if (!add_word(list, client->name))
			return;
}

/* --- Whose an address is. --- */

static void add_machine_whois(struct list *list,
			      const struct sixpn_zone_machine *machine)
{
	const struct sixpn_zone_membership *in = machine->memberships;

	if (!machine->is_named)
		return;
	add_instance(list, machine);
	add_field(list, ",group=", in[SIXPN_ZONE_SLOT_GROUP].set->text);
	add_field(list, ",state=", machine->is_started ? "started" : "stopped");
	add_field(list, ",host=", machine->host->name);
}

/* The owner, which may have any characters, is last. */
static void add_client_whois(struct list *list,
			     const struct sixpn_zone_client *client)
{
	add_field(list, "peer=", client->name);
	add_address(list, &client->address);
	add_field(list, ",host=", client->gateway->name);
	add_field(list, ",owner=", client->owner);
}

static void add_host_whois(struct list *list,
			   const struct sixpn_zone_host *host,
			   const struct in6_addr *address)
{
	add_field(list, "host=", host->name);
	add_address(list, address);
	add_field(list, ",region=", host->region);
}

static void add_word_whois(struct list *list, const char *name,
			   const char *value, const struct in6_addr *address)
{
	add_field(list, name, value);
	add_address(list, address);
}

static void add_whois(struct sixpn_writing *writing, struct list *list,
		      const struct in6_addr *address)
{
	const struct sixpn_zone *zone = writing->answerer->zone;
	const struct sixpn_zone_machine *machine;
	const struct sixpn_zone_service *service;
	const struct sixpn_zone_client *client;
	const struct sixpn_zone_host *host;

	machine = sixpn_zone_machine_at(zone, address);
	client = sixpn_zone_client_at(zone, address);
	service = sixpn_zone_service_at(zone, address);
	host = sixpn_zone_host_at(zone, address);
	if (machine)
		add_machine_whois(list, machine);
	else if (client)
		add_client_whois(list, client);
	else if (service)
		add_word_whois(list, "service=", service->app->set.text,
			       address);
	else if (host)
		add_host_whois(list, host, address);
	else if (sixpn_addr_is_resolver(address))
		add_word_whois(list, "resolver=", "_api", address);
}

/* --- All of them. --- */

static void list_network(struct sixpn_writing *writing, struct list *list)
{
	const struct sixpn_zone_network *network = writing->found->network;

	if (!network)
		return;
	switch (writing->name->kind) {
	case SIXPN_NAME_APPS:
		list_apps(list, network);
		break;
	case SIXPN_NAME_PEERS:
		list_peers(list, network);
		break;
	case SIXPN_NAME_INSTANCES:
	case SIXPN_NAME_ALL_INSTANCES:
		list->separator = ';';
		list_set(writing, list, &network->machines,
			 writing->name->kind == SIXPN_NAME_ALL_INSTANCES,
			 add_instance);
		break;
	default:
		break;
	}
}

static void fill(struct sixpn_writing *writing, struct list *list)
{
	const struct sixpn_found *found = writing->found;

	switch (writing->name->kind) {
	case SIXPN_NAME_VMS:
	case SIXPN_NAME_ALL_VMS:
		list_set(writing, list, &found->app->set,
			 writing->name->kind == SIXPN_NAME_ALL_VMS, add_vm);
		break;
	case SIXPN_NAME_REGIONS:
	case SIXPN_NAME_ALL_REGIONS:
		list_regions(list, found->app,
			     writing->name->kind == SIXPN_NAME_ALL_REGIONS);
		break;
	case SIXPN_NAME_WHOIS:
	case SIXPN_NAME_WHOIS_ADDRESS:
		add_whois(writing, list, &found->address);
		break;
	default:
		list_network(writing, list);
		break;
	}
}

/* Whole entries, so that they fit with the words that some are missing. */
static void shorten(struct list *list, size_t room)
{
	while (list->length > room) {
		list->length--;
		while (list->length &&
		       list->text[list->length] != list->separator)
			list->length--;
	}
}

void sixpn_answer_txt(struct sixpn_writing *writing)
{
	struct sixpn_answerer *answerer = writing->answerer;
	struct list list = { .text = answerer->text, .separator = ',' };

	list.room = sixpn_dns_txt_max(sixpn_dns_room(answerer->dns));
	fill(writing, &list);
	if (list.cut)
		shorten(&list,
			sixpn_dns_txt_max(sixpn_answer_not_all(writing)));
	if (list.length && !writing->truncated &&
	    !sixpn_dns_put_txt(answerer->dns, SIXPN_ANSWER_TTL, list.text,
			       list.length))
		writing->put = 1;
}
