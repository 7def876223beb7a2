// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * machine add.
 */
#include "machine_noun.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sixpn/addr.h>

#include "format.h"

/* That of an app which has one kind of process. */
#define GROUP_DEFAULT "app"

static int bad(struct sixpn_error *error, const char *what, const char *word)
{
	return sixpn_error_set(error, -EINVAL, "%s: '%s'", what, word);
}

static int set_label(char label[SIXPN_LABEL_MAX + 1], const char *what,
		     const char *word, struct sixpn_error *error)
{
	if (!sixpn_parse_label(label, word, strlen(word)))
		return 0;
	return sixpn_error_set(error, -EINVAL,
			       "%s is not 1-%d letters, digits and '-', which is at no end: '%s'",
			       what, SIXPN_LABEL_MAX, word);
}

static int set_names(struct sixpn_record_machine *machine,
		     const struct sixpn_run *run, struct sixpn_error *error)
{
	const char *group = sixpn_run_option(run, "group");
	const char *region = sixpn_run_option(run, "region");
	const char *id = sixpn_run_option(run, "id");
	int ret;

	ret = set_label(machine->name, "name", run->words[0], error);
	if (!ret)
		ret = set_label(machine->app, "app",
				sixpn_run_option(run, "app"), error);
	if (!ret)
		ret = set_label(machine->group, "group",
				group ? group : GROUP_DEFAULT, error);
	if (!ret && region &&
	    sixpn_parse_region(machine->region, region, strlen(region)))
		ret = bad(error, "region is not 1-16 of a-z and 0-9", region);
	if (!ret && id &&
	    sixpn_parse_id(&machine->machine, id, strlen(id), 1))
		ret = bad(error, "id is not 1-4294967295", id);
	return ret;
}

/* Of which characters, and how often a key, is for the record to say. */
static int set_metadatum(struct sixpn_record_metadata *metadata,
			 const char *word, struct sixpn_error *error)
{
	const char *value = strchr(word, '=');
	size_t length = value ? (size_t)(value - word) : 0;

	if (!length || length > SIXPN_LABEL_MAX ||
	    strlen(value + 1) > SIXPN_RECORD_TEXT_MAX)
		return bad(error, "metadata is not KEY=VALUE, 1-63 and up to 255 bytes",
			   word);
	memcpy(metadata->key, word, length);
	strcpy(metadata->value, value + 1);
	return 0;
}

static int set_metadata(struct sixpn_record_machine *machine,
			const struct sixpn_run *run, struct sixpn_error *error)
{
	const char *word;
	size_t at = 0;
	int ret;

	machine->metadata = calloc(SIXPN_RECORD_METADATA_MAX,
				   sizeof(*machine->metadata));
	if (!machine->metadata)
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	while ((word = sixpn_run_option_next(run, "metadata", &at))) {
		if (machine->metadata_count == SIXPN_RECORD_METADATA_MAX)
			return sixpn_error_set(error, -EINVAL,
					       "more than %d of metadata",
					       SIXPN_RECORD_METADATA_MAX);
		ret = set_metadatum(&machine->metadata[machine->metadata_count],
				    word, error);
		if (ret)
			return ret;
		machine->metadata_count++;
	}
	return 0;
}

/* What the words say; before anything is opened. */
static int fill(struct sixpn_machine_job *job)
{
	struct sixpn_record_machine *machine = &job->record.machine;
	int ret;

	ret = set_names(machine, job->run, &job->error);
	if (!ret)
		ret = set_metadata(machine, job->run, &job->error);
	if (!ret)
		ret = sixpn_machine_attach(job->run, machine, &job->error);
	machine->created = (uint64_t)time(NULL);
	machine->skip_dns = sixpn_run_option(job->run, "skip-dns");
	machine->no_resolv = sixpn_run_option(job->run, "no-resolv");
	/* What hangs on nothing cannot run. */
	if (sixpn_run_option(job->run, "stopped") ||
	    machine->attachment == SIXPN_ATTACHMENT_NONE)
		machine->state = SIXPN_RUN_STOPPED;
	return ret;
}

/*
 * Whether the registry could hold it: it is better to know before the kernel has
 * it. The id may still be missing.
 */
static int check_record(struct sixpn_machine_job *job)
{
	struct sixpn_record copy = job->record;
	size_t length;
	char *text;
	int ret;

	if (!copy.machine.machine)
		copy.machine.machine = 1;
	sixpn_addr_build(&copy.machine.address, copy.machine.network,
			 copy.machine.home, copy.machine.machine,
			 SIXPN_SUB_MACHINE);
	job->record.machine.address = copy.machine.address;
	ret = sixpn_record_format(&copy, NULL, &text, &length, &job->error);
	free(text);
	return ret;
}

/* @names: with them JSON is printed; read before there is anything to tell of. */
static int add(struct sixpn_machine_job *job,
	       struct sixpn_machine_listing *names)
{
	struct sixpn_record_machine *machine = &job->record.machine;
	int ret;

	ret = sixpn_machine_prepare(job);
	if (!ret && !job->self)
		ret = sixpn_error_set(&job->error, -ENOENT,
				      "this host is not in the registry: run 'sixpn up'");
	if (!ret)
		ret = sixpn_machine_network(job);
	if (ret)
		return ret;
	machine->network = job->network.network.network;
	machine->host = job->self;
	machine->home = job->self;
	if (!machine->region[0])
		memcpy(machine->region, job->region, sizeof(machine->region));
	ret = check_record(job);
	if (!ret && job->run->out.json)
		ret = sixpn_machine_read_names(names);
	return ret ? ret : sixpn_both_add(&job->both, &job->record,
					  &job->error);
}

static void print(struct sixpn_machine_job *job,
		  const struct sixpn_machine_listing *names)
{
	struct sixpn_machine_view view;
	char address[SIXPN_ALLOWEDIP_TEXT_MAX];

	if (job->run->out.json) {
		view = sixpn_machine_view(names, &job->record.machine);
		sixpn_machine_print(&job->run->out, &view);
	}
	sixpn_format_6pn(address, &job->record.machine.address);
	sixpn_out_text(&job->run->out, "%s\n", address);
}

int sixpn_machine_add(struct sixpn_run *run)
{
	struct sixpn_machine_job job;
	struct sixpn_machine_listing names = { .job = &job };
	int code, ret;

	code = sixpn_machine_check_attach(run);
	if (code)
		return code;
	if (!sixpn_run_option(run, "app"))
		return sixpn_complain_usage(run, "--app is missing: which app is it of?");
	ret = sixpn_machine_open(&job, run);
	if (!ret)
		ret = fill(&job);
	if (!ret)
		ret = add(&job, &names);
	if (!ret)
		print(&job, &names);
	sixpn_machine_listing_clear(&names);
	return sixpn_machine_close(&job, ret);
}
