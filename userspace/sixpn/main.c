// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sixpn: read and change mesh devices, in the grammar of wg(8).
 */
#include "command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
	bool json;
	bool help;
	bool version;
};

static bool take_option(struct options *options, const char *word)
{
	if (!strcmp(word, "--json"))
		options->json = true;
	else if (!strcmp(word, "--help") || !strcmp(word, "-h"))
		options->help = true;
	else if (!strcmp(word, "--version") || !strcmp(word, "-v"))
		options->version = true;
	else
		return false;
	return true;
}

/*
 * Options may stand anywhere; what is left keeps its order, in place. A word
 * that only looks like one passes unless it comes first: values such as
 * "allowed-ips -10.0.0.0/8" begin with a dash, too.
 */
static int take_options(struct options *options, char **words,
			const char **unknown)
{
	bool literal = false;
	int kept = 0, i;

	for (i = 0; words[i]; i++) {
		if (!literal && !strcmp(words[i], "--")) {
			literal = true;
			continue;
		}
		if (!literal && take_option(options, words[i]))
			continue;
		if (!literal && words[i][0] == '-' && words[i][1] &&
		    (!kept || words[i][1] == '-') && !*unknown)
			*unknown = words[i];
		words[kept++] = words[i];
	}
	words[kept] = NULL;
	return kept;
}

static int print_version(struct sixpn_run *run)
{
	sixpn_out_open_object(&run->out, NULL);
	sixpn_out_string(&run->out, "version", SIXPN_VERSION, "sixpn %s\n",
			 SIXPN_VERSION);
	sixpn_out_close(&run->out);
	return SIXPN_EXIT_OK;
}

static int run_command(struct sixpn_run *run,
		       const struct sixpn_command *command)
{
	if (run->count < command->min)
		return sixpn_complain_usage(run, "%s", run->count ?
					    "too few arguments" :
					    "arguments are missing");
	if (command->max >= 0 && run->count > command->max)
		return sixpn_complain_usage(run, "surplus argument '%s'",
					    run->words[command->max]);
	return command->run(run);
}

static int dispatch(struct sixpn_run *run, const struct options *options,
		    const char *unknown)
{
	const struct sixpn_command *command;
	char *asked[] = { NULL, NULL };

	if (unknown)
		return sixpn_complain_usage(NULL, "unknown option '%s'",
					    unknown);
	if (options->version)
		return print_version(run);
	if (!run->count) {
		run->name = options->help ? "help" : "show";
		return options->help ? sixpn_run_help(run) :
				       sixpn_run_show(run);
	}
	command = sixpn_command_find(run->words[0]);
	if (!command)
		return sixpn_complain_usage(NULL, "unknown command '%s'",
					    run->words[0]);
	run->name = command->name;
	if (options->help) {
		asked[0] = run->words[0];
		run->words = asked;
		run->count = 1;
		return sixpn_run_help(run);
	}
	run->words++;
	run->count--;
	return run_command(run, command);
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	struct sixpn_run run = { 0 };
	const char *unknown = NULL;
	int code, ret;

	/* argv may be empty: then there is no argv[1] to look at. */
	run.words = argc > 0 ? argv + 1 : argv;
	run.count = take_options(&options, run.words, &unknown);
	sixpn_out_init(&run.out, stdout, options.json);
	code = dispatch(&run, &options, unknown);
	ret = sixpn_out_finish(&run.out);
	if (ret && code == SIXPN_EXIT_OK)
		code = sixpn_complain(&run, "cannot write the output: %s",
				      strerror(-ret));
	return code;
}
