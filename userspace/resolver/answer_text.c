// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * TXT records: lists, whole entries of which are left out if they do not fit.
 */
#include "answer_part.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "format.h"

/* An entry of a list: what is longest in it, and words. */
#define ENTRY_MAX (SIXPN_RECORD_TEXT_MAX + 7 * (SIXPN_LABEL_MAX + 16))

/* @room: bytes that @text may have; @cut: an entry was left out */
struct list {
	char *text;
	size_t length, room;
	char separator;
	bool cut;
};

/* Return: whether there was room for it. */
static bool add(struct list *list, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool add(struct list *list, const char *format, ...)
{
	char entry[ENTRY_MAX];
	size_t length, before = list->length ? 1 : 0;
	va_list args;

	va_start(args, format);
	length = (size_t)vsnprintf(entry, sizeof(entry), format, args);
	va_end(args);
	if (before + length > list->room - list->length) {
		list->cut = true;
		return false;
	}
	if (before)
		list->text[list->length++] = list->separator;
	memcpy(list->text + list->length, entry, length);
	list->length += length;
	return true;
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

static bool add_vm(struct list *list, const struct sixpn_zone_machine *machine)
{
	return add(list, "%s %s", machine->name, region_of(machine));
}

static bool add_instance(struct list *list,
			 const struct sixpn_zone_machine *machine)
{
	char address[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, &machine->address, address, sizeof(address));
	return add(list, "instance=%s,app=%s,ip=%s,region=%s", machine->name,
		   app_of(machine), address, region_of(machine));
}

typedef bool (*add_machine)(struct list *list,
			    const struct sixpn_zone_machine *machine);

static void list_from(struct list *list, const struct sixpn_zone_set *set,
		      uint32_t first, uint32_t count, add_machine one)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		if (!one(list, set->members[(first + i) % count].machine))
			return;
}

/* Of a list that is too long, each time another part. */
static void list_set(struct sixpn_writing *writing, struct list *list,
		     const struct sixpn_zone_set *set, bool all,
		     add_machine one)
{
	uint32_t count = all ? set->count : set->started;

	list_from(list, set, 0, count, one);
	if (!list->cut || !writing->query->stream)
		return;
	list->length = 0;
	list_from(list, set,
		  sixpn_random_below(&writing->answerer->random, count), count,
		  one);
}

/* --- Others. --- */

static void list_regions(struct list *list, const struct sixpn_zone_app *app,
			 bool all)
{
	const struct sixpn_zone_set *set;

	LIST_FOREACH(set, &app->regions, beside)
		if ((all ? set->count : set->started) &&
		    !add(list, "%s", set->text))
			return;
}

static void list_apps(struct list *list,
		      const struct sixpn_zone_network *network)
{
	const struct sixpn_zone_app *app;

	LIST_FOREACH(app, &network->apps, beside)
		if (app->set.count && !add(list, "%s", app->set.text))
			return;
}

static void list_peers(struct list *list,
		       const struct sixpn_zone_network *network)
{
	const struct sixpn_zone_client *client;

	LIST_FOREACH(client, &network->clients, beside)
		if (!add(list, "%s", client->name))
			return;
}

/* --- Whose an address is. --- */

static void add_machine_whois(struct list *list,
			      const struct sixpn_zone_machine *machine,
			      const char *address)
{
	const struct sixpn_zone_membership *in = machine->memberships;

	if (!machine->is_named)
		return;
	add(list, "instance=%s,app=%s,ip=%s,region=%s,group=%s,state=%s,host=%s",
	    machine->name, app_of(machine), address, region_of(machine),
	    in[SIXPN_ZONE_SLOT_GROUP].set->text,
	    machine->is_started ? "started" : "stopped", machine->host->name);
}

/* The owner, which may have any characters, is last. */
static void add_client_whois(struct list *list,
			     const struct sixpn_zone_client *client,
			     const char *address)
{
	add(list, "peer=%s,ip=%s,host=%s,owner=%s", client->name, address,
	    client->gateway->name, client->owner);
}

static void add_whois(struct sixpn_writing *writing, struct list *list,
		      const struct in6_addr *address)
{
	const struct sixpn_zone *zone = writing->answerer->zone;
	const struct sixpn_zone_machine *machine;
	const struct sixpn_zone_service *service;
	const struct sixpn_zone_client *client;
	const struct sixpn_zone_host *host;
	char text[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, address, text, sizeof(text));
	machine = sixpn_zone_machine_at(zone, address);
	client = sixpn_zone_client_at(zone, address);
	service = sixpn_zone_service_at(zone, address);
	host = sixpn_zone_host_at(zone, address);
	if (machine)
		add_machine_whois(list, machine, text);
	else if (client)
		add_client_whois(list, client, text);
	else if (service)
		add(list, "service=%s,ip=%s", service->app->set.text, text);
	else if (host)
		add(list, "host=%s,ip=%s,region=%s", host->name, text,
		    host->region);
	else if (sixpn_addr_is_resolver(address))
		add(list, "resolver=_api,ip=%s", text);
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

void sixpn_answer_txt(struct sixpn_writing *writing)
{
	struct sixpn_answerer *answerer = writing->answerer;
	size_t room = sixpn_dns_room(answerer->dns);
	struct list list = { .text = answerer->text, .separator = ',' };

	list.room = sixpn_dns_txt_max(room);
	fill(writing, &list);
	if (list.cut) {
		list = (struct list){ .text = answerer->text,
				      .separator = ',' };
		list.room = sixpn_dns_txt_max(sixpn_answer_not_all(writing));
		if (writing->query->stream)
			fill(writing, &list);
	}
	if (list.length &&
	    !sixpn_dns_put_txt(answerer->dns, SIXPN_ANSWER_TTL, list.text,
			       list.length))
		writing->put = 1;
}
