// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The noun app: machines under one name. An app exists by its machines.
 */
#include "machine_noun.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "noun.h"

#define APP_HEADING "APP\tNETWORK\tMACHINES\tSTARTED\tREGIONS"

/* The machines of one app: they stand in a row. */
struct app {
	const struct sixpn_machine_listing *listing;
	const struct sixpn_record *machines;
	size_t count, started;
};

static const struct sixpn_record_machine *at(const struct app *app, size_t i)
{
	return &app->machines[i].machine;
}

static bool is_of(const struct app *app,
		  const struct sixpn_record_machine *machine)
{
	return machine->network == at(app, 0)->network &&
	       !strcmp(machine->app, at(app, 0)->app);
}

static struct app app_from(const struct sixpn_machine_listing *listing,
			   size_t first)
{
	struct app app = { .listing = listing,
			   .machines = &listing->machines[first] };
	size_t i;

	for (i = first; i < listing->count &&
			is_of(&app, &listing->machines[i].machine); i++) {
		app.count++;
		app.started += listing->machines[i].machine.state ==
			       SIXPN_RUN_STARTED;
	}
	return app;
}

/* Whether no machine before this one is of its region. */
static bool is_new_region(const struct app *app, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (!strcmp(at(app, j)->region, at(app, i)->region))
			return false;
	return true;
}

static void print_regions(struct sixpn_out *out, const struct app *app)
{
	const char *separator = "";
	size_t i;

	sixpn_out_open_array(out, "regions");
	for (i = 0; i < app->count; i++) {
		if (!is_new_region(app, i))
			continue;
		sixpn_out_string(out, NULL, at(app, i)->region, "%s%s",
				 separator, at(app, i)->region);
		separator = ",";
	}
	sixpn_out_close(out);
}

static void json_head(struct sixpn_out *out, const struct app *app)
{
	uint32_t network = at(app, 0)->network;
	const char *name = sixpn_machine_network_name(app->listing, network);

	if (!out->json)
		return;
	sixpn_out_json_string(out, "app", at(app, 0)->app);
	sixpn_out_json_number(out, "network", network);
	if (*name)
		sixpn_out_json_string(out, "network-name", name);
	else
		sixpn_out_json_null(out, "network-name");
	sixpn_out_json_number(out, "count", app->count);
	sixpn_out_json_number(out, "started", app->started);
	print_regions(out, app);
}

/* --- list --- */

static void print_row(struct sixpn_out *out, const struct app *app)
{
	const char *name = sixpn_machine_network_name(app->listing,
						      at(app, 0)->network);

	sixpn_out_open_object(out, NULL);
	json_head(out, app);
	sixpn_out_text(out, "%s\t%s\t%zu\t%zu\t", at(app, 0)->app,
		       *name ? name : "-", app->count, app->started);
	if (!out->json)
		print_regions(out, app);
	sixpn_out_text(out, "\n");
	sixpn_out_close(out);
}

static void print_rows(struct sixpn_out *out, void *context)
{
	const struct sixpn_machine_listing *listing = context;
	struct app app;
	size_t i;

	sixpn_out_open_array(out, NULL);
	for (i = 0; i < listing->count; i += app.count) {
		app = app_from(listing, i);
		print_row(out, &app);
	}
	sixpn_out_close(out);
}

static int read_machines(struct sixpn_machine_job *job,
			 struct sixpn_machine_listing *listing)
{
	int ret = 0;

	/* To know which host this is is good for its sign of life only. */
	if (sixpn_machine_self(job))
		job->self = 0;
	if (sixpn_run_option(job->run, "network")) {
		ret = sixpn_machine_network(job);
		listing->network = job->network.network.network;
	}
	return ret ? ret : sixpn_machine_read_all(listing, 0);
}

static int run_list(struct sixpn_run *run)
{
	struct sixpn_machine_listing listing = { 0 };
	struct sixpn_machine_job job;
	int ret;

	listing.job = &job;
	ret = sixpn_machine_open(&job, run);
	if (!ret)
		ret = read_machines(&job, &listing);
	if (!ret)
		sixpn_noun_print(&run->out, APP_HEADING, print_rows,
					  &listing);
	sixpn_machine_listing_clear(&listing);
	return sixpn_machine_close(&job, ret);
}

/* --- show --- */

static void print_machines(struct sixpn_out *out, void *context)
{
	const struct app *app = context;
	size_t i;

	sixpn_out_open_array(out, "machines");
	for (i = 0; i < app->count; i++) {
		struct sixpn_machine_view view;

		view = sixpn_machine_view(app->listing, at(app, i));
		sixpn_machine_print_row(out, &view, true);
	}
	sixpn_out_close(out);
}

static void print_text(struct sixpn_out *out, struct app *app)
{
	uint32_t network = at(app, 0)->network;
	const char *name = sixpn_machine_network_name(app->listing, network);

	sixpn_out_text(out, "%sapp%s: %s\n",
		       sixpn_out_style(out, SIXPN_STYLE_BOLD),
		       sixpn_out_style(out, SIXPN_STYLE_RESET), at(app, 0)->app);
	sixpn_noun_label(out, "network");
	sixpn_out_text(out, *name ? "%s (%u)\n" : "%s%u\n", name, network);
	sixpn_noun_label(out, "machines");
	sixpn_out_text(out, "%zu, %zu started\n", app->count, app->started);
	sixpn_noun_label(out, "regions");
	print_regions(out, app);
	sixpn_out_text(out, "\n\n");
	sixpn_noun_print(out, SIXPN_MACHINE_APP_HEADING,
				  print_machines, app);
}

static void print_app(struct sixpn_out *out, struct app *app)
{
	if (!out->json) {
		print_text(out, app);
		return;
	}
	sixpn_out_open_object(out, NULL);
	json_head(out, app);
	print_machines(out, app);
	sixpn_out_close(out);
}

/* All machines of the listing are of this name: are they of one network? */
static int check_one(struct sixpn_machine_job *job,
		     const struct sixpn_machine_listing *listing,
		     struct app *app)
{
	if (!listing->count && listing->network)
		return sixpn_error_set(&job->error, -ENOENT,
				       "network '%s' has no app '%s' ('sixpn app list' lists those there are)",
				       job->network.network.name, listing->app);
	if (!listing->count)
		return sixpn_error_set(&job->error, -ENOENT,
				       "there is no app '%s' ('sixpn app list' lists those there are)",
				       listing->app);
	*app = app_from(listing, 0);
	if (app->count < listing->count)
		return sixpn_error_set(&job->error, -EINVAL,
				       "several networks have an app '%s': say which with --network",
				       listing->app);
	return 0;
}

static int run_show(struct sixpn_run *run)
{
	struct sixpn_machine_listing listing = { 0 };
	char name[SIXPN_LABEL_MAX + 1];
	struct sixpn_machine_job job;
	struct app app;
	int ret;

	if (sixpn_parse_label(name, run->words[0], strlen(run->words[0])))
		return sixpn_complain(run, "not the name of an app: '%s' ('sixpn app list' lists those there are)",
				      run->words[0]);
	listing.job = &job;
	listing.app = name;
	ret = sixpn_machine_open(&job, run);
	if (!ret)
		ret = read_machines(&job, &listing);
	if (!ret)
		ret = check_one(&job, &listing, &app);
	if (!ret)
		print_app(&run->out, &app);
	sixpn_machine_listing_clear(&listing);
	return sixpn_machine_close(&job, ret);
}

static const struct sixpn_option options[] = {
	{ "network", "NET", false },
	{ 0 },
};

const struct sixpn_command sixpn_app_commands[] = {
	{ "app list", "[ --network NET ]", "List apps, and how many machines they have",
	  0, 0, run_list, NULL, options },
	{ "app show", "APP [ --network NET ]", "Show an app with its machines",
	  1, 1, run_show, NULL, options },
	{ 0 },
};
