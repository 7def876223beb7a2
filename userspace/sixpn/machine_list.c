// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * machine list and machine show, and the reading that they share with apps.
 */
#include "machine_noun.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "noun.h"

/* Room for one more. Return: the array, or NULL: it is as it was. */
static void *grow(void *array, size_t count, size_t *room, size_t size)
{
	size_t wanted = *room ? *room * 2 : 16;

	if (count < *room)
		return array;
	array = reallocarray(array, wanted, size);
	if (array)
		*room = wanted;
	return array;
}

/* --- Names. --- */

static int add_name(struct sixpn_names *names, uint32_t id, const char *name)
{
	struct sixpn_named *entries = grow(names->entries, names->count,
					   &names->room, sizeof(*entries));

	if (!entries)
		return -ENOMEM;
	names->entries = entries;
	entries[names->count].id = id;
	entries[names->count].alive = false;
	strcpy(entries[names->count++].name, name);
	return 0;
}

/* They were listed in the order of ids. */
static int by_id(const void *left, const void *right)
{
	const struct sixpn_named *a = left, *b = right;

	return a->id < b->id ? -1 : a->id > b->id;
}

static struct sixpn_named *find(const struct sixpn_names *names, uint32_t id)
{
	const struct sixpn_named key = { .id = id };

	if (!names->count)
		return NULL;
	return bsearch(&key, names->entries, names->count, sizeof(key), by_id);
}

static const char *find_name(const struct sixpn_names *names, uint32_t id)
{
	const struct sixpn_named *found = find(names, id);

	return found ? found->name : "";
}

const char *sixpn_machine_network_name(const struct sixpn_machine_listing *listing,
				       uint32_t network)
{
	return find_name(&listing->networks, network);
}

/* --- Records. --- */

static int add_machine(struct sixpn_machine_listing *listing,
		       const struct sixpn_record *record)
{
	struct sixpn_record *machines;

	if ((listing->network && record->machine.network != listing->network) ||
	    (listing->app && strcmp(record->machine.app, listing->app)))
		return 0;
	machines = grow(listing->machines, listing->count, &listing->room,
			sizeof(*machines));
	if (!machines)
		return -ENOMEM;
	listing->machines = machines;
	if (sixpn_record_copy(&machines[listing->count], record))
		return -ENOMEM;
	listing->count++;
	return 0;
}

static int visit(void *data, const struct sixpn_record *record)
{
	struct sixpn_machine_listing *listing = data;
	struct sixpn_named *host;

	switch (record->kind) {
	case SIXPN_RECORD_NETWORK:
		return add_name(&listing->networks, record->network.network,
				record->network.name);
	case SIXPN_RECORD_HOST:
		return add_name(&listing->hosts, record->host.host,
				record->host.name);
	case SIXPN_RECORD_ALIVE:
		host = find(&listing->hosts, record->alive.host);
		if (host)
			host->alive = true;
		return 0;
	default:
		return add_machine(listing, record);
	}
}

/* One that cannot be read does not hide the others. */
static void tell_bad(void *data, const char *key, const struct sixpn_error *why)
{
	struct sixpn_machine_listing *listing = data;

	(void)key;
	sixpn_warn(listing->job->run, "warning: %s", why->text);
}

static int read_kind(struct sixpn_machine_listing *listing,
		     enum sixpn_record_kind kind, uint32_t host)
{
	const struct sixpn_registry_what what = { .kind = kind, .host = host };
	struct sixpn_machine_job *job = listing->job;
	int ret;

	ret = sixpn_registry_list(job->node.registry, &what, visit, tell_bad,
				  listing, &job->error);
	return ret == -ENOMEM ? sixpn_error_set(&job->error, ret,
						"out of memory") : ret;
}

int sixpn_machine_read_names(struct sixpn_machine_listing *listing)
{
	struct sixpn_named *self;
	int ret;

	ret = read_kind(listing, SIXPN_RECORD_NETWORK, 0);
	if (!ret)
		ret = read_kind(listing, SIXPN_RECORD_HOST, 0);
	if (!ret)
		ret = read_kind(listing, SIXPN_RECORD_ALIVE, 0);
	self = find(&listing->hosts, listing->job->self);
	if (self)
		self->alive = true;
	return ret;
}

static int by_name(const void *left, const void *right)
{
	const struct sixpn_record_machine *a, *b;
	int order;

	a = &((const struct sixpn_record *)left)->machine;
	b = &((const struct sixpn_record *)right)->machine;
	if (a->network != b->network)
		return a->network < b->network ? -1 : 1;
	order = strcmp(a->app, b->app);
	return order ? order : strcmp(a->name, b->name);
}

int sixpn_machine_read_all(struct sixpn_machine_listing *listing, uint32_t host)
{
	int ret;

	ret = sixpn_machine_read_names(listing);
	if (!ret)
		ret = read_kind(listing, SIXPN_RECORD_MACHINE, host);
	if (listing->count)
		qsort(listing->machines, listing->count,
		      sizeof(*listing->machines), by_name);
	return ret;
}

void sixpn_machine_listing_clear(struct sixpn_machine_listing *listing)
{
	size_t i;

	for (i = 0; i < listing->count; i++)
		sixpn_record_clear(&listing->machines[i]);
	free(listing->machines);
	free(listing->networks.entries);
	free(listing->hosts.entries);
}

struct sixpn_machine_view
sixpn_machine_view(const struct sixpn_machine_listing *listing,
		   const struct sixpn_record_machine *machine)
{
	const struct sixpn_named *host = find(&listing->hosts, machine->host);
	struct sixpn_machine_view view = {
		.machine = machine,
		.network = find_name(&listing->networks, machine->network),
		.host = host ? host->name : "",
		.home = find_name(&listing->hosts, machine->home),
		.alive = host && host->alive,
	};

	return view;
}

/* --- The verbs. --- */

/* This host's own machines are alive; not to know which it is is no reason. */
static int open_listing(struct sixpn_machine_job *job, struct sixpn_run *run)
{
	int ret = sixpn_machine_open(job, run);

	if (!ret && sixpn_machine_self(job))
		job->self = 0;
	return ret;
}

static void print_rows(struct sixpn_out *out, void *context)
{
	const struct sixpn_machine_listing *listing = context;
	size_t i;

	sixpn_out_open_array(out, NULL);
	for (i = 0; i < listing->count; i++) {
		struct sixpn_machine_view view;

		view = sixpn_machine_view(listing,
					  &listing->machines[i].machine);
		sixpn_machine_print_row(out, &view, false);
	}
	sixpn_out_close(out);
}

static int read_list(struct sixpn_machine_job *job,
		     struct sixpn_machine_listing *listing,
		     char app[SIXPN_LABEL_MAX + 1])
{
	const char *word = sixpn_run_option(job->run, "app");
	const char *name = sixpn_run_option(job->run, "host");
	struct sixpn_record host;
	uint32_t id = 0;
	int ret = 0;

	if (word && sixpn_parse_label(app, word, strlen(word)))
		return sixpn_error_set(&job->error, -EINVAL,
				       "not the name of an app: '%s' ('sixpn app list' lists those there are)",
				       word);
	listing->app = word ? app : NULL;
	if (sixpn_run_option(job->run, "network")) {
		ret = sixpn_machine_network(job);
		listing->network = job->network.network.network;
	}
	if (!ret && name) {
		ret = sixpn_node_host(&job->node, name, &host, &job->error);
		if (ret)
			return ret;
		id = host.host.host;
		sixpn_record_clear(&host);
	}
	return ret ? ret : sixpn_machine_read_all(listing, id);
}

int sixpn_machine_list(struct sixpn_run *run)
{
	struct sixpn_machine_listing listing = { 0 };
	char app[SIXPN_LABEL_MAX + 1];
	struct sixpn_machine_job job;
	int ret;

	if (sixpn_run_option(run, "all") && run->chosen_count > 1)
		return sixpn_complain_usage(run, "--all, or some: not both");
	listing.job = &job;
	ret = open_listing(&job, run);
	if (!ret)
		ret = read_list(&job, &listing, app);
	if (!ret)
		sixpn_noun_print(&run->out, SIXPN_MACHINE_HEADING,
					  print_rows, &listing);
	sixpn_machine_listing_clear(&listing);
	return sixpn_machine_close(&job, ret);
}

int sixpn_machine_show(struct sixpn_run *run)
{
	struct sixpn_machine_listing listing = { 0 };
	struct sixpn_machine_view view;
	struct sixpn_machine_job job;
	int ret;

	listing.job = &job;
	ret = open_listing(&job, run);
	if (!ret)
		ret = sixpn_machine_find(&job);
	if (!ret)
		ret = sixpn_machine_read_names(&listing);
	if (!ret) {
		view = sixpn_machine_view(&listing, &job.old.machine);
		sixpn_machine_print(&run->out, &view);
	}
	sixpn_machine_listing_clear(&listing);
	return sixpn_machine_close(&job, ret);
}
