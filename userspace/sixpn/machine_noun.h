/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the nouns machine and app share: machine.c has the verbs that change a
 * machine, machine_add.c makes one, machine_attach.c reads where it is to hang,
 * machine_list.c reads many, machine_print.c prints them, app.c lists apps.
 */
#ifndef SIXPN_MACHINE_NOUN_H
#define SIXPN_MACHINE_NOUN_H

#include "both.h"
#include "command.h"
#include "node.h"

/**
 * struct sixpn_machine_job - one run of a verb
 * @self: id of this host; 0: it is not in the registry
 * @region: of this host
 * @network: the one that was named
 * @old: the machine as it was read
 * @record: the machine as it is to be
 */
struct sixpn_machine_job {
	struct sixpn_run *run;
	struct sixpn_node node;
	struct sixpn_error error;
	int lock;
	uint32_t self;
	char region[SIXPN_REGION_MAX + 1];
	struct sixpn_record network;
	struct sixpn_record old;
	struct sixpn_record record;
	struct sixpn_kernel kernel;
	struct sixpn_both both;
};

/* Configuration and registry. Return: 0 or a negative errno; close it anyway. */
int sixpn_machine_open(struct sixpn_machine_job *job, struct sixpn_run *run);

/* Which host this is; not being in the registry is none. */
int sixpn_machine_self(struct sixpn_machine_job *job);

/* The lock, this host, and the kernel, if there is a module: before changes. */
int sixpn_machine_prepare(struct sixpn_machine_job *job);

/* Complain if @ret says so. Return: enum sixpn_exit. */
int sixpn_machine_close(struct sixpn_machine_job *job, int ret);

/* The network of --network, or the only one. */
int sixpn_machine_network(struct sixpn_machine_job *job);

/* The machine of the first word: @job->old, and a copy in @job->record. */
int sixpn_machine_find(struct sixpn_machine_job *job);

/* --- Where it hangs. --- */

#define SIXPN_ATTACH_OPTIONS \
	{ "netns", "NAME|PID", false }, \
	{ "bind", "IF", false }, \
	{ "host", NULL, false }, \
	{ "ifname", "IF", false }

#define SIXPN_ATTACH_ARGUMENTS \
	"[ --netns NAME|PID | --bind IF | --host ] [ --ifname IF ]"

/* Usage: which of the options do not go together. Return: enum sixpn_exit. */
int sixpn_machine_check_attach(struct sixpn_run *run);

/* Whether any is given: @machine then hangs there. */
bool sixpn_machine_is_attach(const struct sixpn_run *run);
int sixpn_machine_attach(const struct sixpn_run *run,
			 struct sixpn_record_machine *machine,
			 struct sixpn_error *error);

/* --- Many. --- */

/* A name of a network or host. */
struct sixpn_named {
	uint32_t id;
	char name[SIXPN_LABEL_MAX + 1];
	bool alive;
};

struct sixpn_names {
	struct sixpn_named *entries;
	size_t count, room;
};

/**
 * struct sixpn_machine_listing - machines, and the names of what they are in
 * @network: only of this one; 0: of all
 * @app: only of this one; NULL: of all
 * @machines: owned records, by network, app and name
 */
struct sixpn_machine_listing {
	struct sixpn_machine_job *job;
	uint32_t network;
	const char *app;
	struct sixpn_names networks, hosts;
	struct sixpn_record *machines;
	size_t count, room;
};

/* The names, to print one machine. Return: 0 or a negative errno. */
int sixpn_machine_read_names(struct sixpn_machine_listing *listing);

/* The machines as well; @host: of this one only, 0: of all. */
int sixpn_machine_read_all(struct sixpn_machine_listing *listing,
			   uint32_t host);
void sixpn_machine_listing_clear(struct sixpn_machine_listing *listing);

/* "" if it is not known. */
const char *sixpn_machine_network_name(const struct sixpn_machine_listing *listing,
				       uint32_t network);

/* --- Printing. --- */

/**
 * struct sixpn_machine_view - a machine as it is printed
 * @network, @host, @home: names, "" if they are not known
 * @alive: its host gives a sign of life, or is this one
 */
struct sixpn_machine_view {
	const struct sixpn_record_machine *machine;
	const char *network, *host, *home;
	bool alive;
};

struct sixpn_machine_view
sixpn_machine_view(const struct sixpn_machine_listing *listing,
		   const struct sixpn_record_machine *machine);

#define SIXPN_MACHINE_HEADING \
	"NAME\tNETWORK\tAPP\tGROUP\tSTATE\tREGION\tHOST\tADDRESS"
#define SIXPN_MACHINE_APP_HEADING "NAME\tGROUP\tSTATE\tREGION\tHOST\tADDRESS"

/* Its columns; in JSON, an object. @of_app: without network and app. */
void sixpn_machine_print_row(struct sixpn_out *out,
			     const struct sixpn_machine_view *view,
			     bool of_app);

/* All of it as a paragraph; in JSON, an object. */
void sixpn_machine_print(struct sixpn_out *out,
			 const struct sixpn_machine_view *view);

int sixpn_machine_add(struct sixpn_run *run);
int sixpn_machine_list(struct sixpn_run *run);
int sixpn_machine_show(struct sixpn_run *run);

#endif
