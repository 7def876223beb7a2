// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sixpn: read and change mesh devices, in the grammar of wg(8), and the registry
 * of what should exist.
 */
#include "command.h"

#include <string.h>

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

static int dispatch(struct sixpn_run *run, struct sixpn_general *general,
		    const struct sixpn_command *command)
{
	if (general->version)
		return print_version(run);
	if (!command && run->count) {
		/* as far as it goes: a noun, or what is unknown */
		run->name = "help";
		return sixpn_run_help(run);
	}
	if (!command) {
		run->name = general->help ? "help" : "show";
		return general->help ? sixpn_run_help(run) :
				       sixpn_run_show(run);
	}
	if (general->help)
		return sixpn_help_command(run, command);
	return run_command(run, command);
}

int main(int argc, char **argv)
{
	const struct sixpn_command *command = NULL;
	struct sixpn_general general = { 0 };
	struct sixpn_run run = { 0 };
	int code, ret;

	/* argv may be empty: then there is no argv[1] to look at. */
	code = sixpn_options_take(&run, &general, argc > 0 ? argv + 1 : argv,
				  &command);
	sixpn_out_init(&run.out, stdout, general.json);
	if (!code)
		code = dispatch(&run, &general, command);
	ret = sixpn_out_finish(&run.out);
	if (ret && code == SIXPN_EXIT_OK)
		code = sixpn_complain(&run, "cannot write the output: %s",
				      strerror(-ret));
	return code;
}
