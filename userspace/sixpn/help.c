// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

static int help_one(struct sixpn_run *run, const struct sixpn_command *command)
{
	struct sixpn_out *out = &run->out;

	sixpn_out_open_object(out, NULL);
	sixpn_out_string(out, "command", command->name, "Usage: sixpn %s",
			 command->name);
	sixpn_out_string(out, "arguments", command->arguments, "%s%s\n\n",
			 command->arguments[0] ? " " : "", command->arguments);
	sixpn_out_string(out, "summary", command->summary, "%s.\n",
			 command->summary);
	sixpn_out_close(out);
	return SIXPN_EXIT_OK;
}

int sixpn_run_help(struct sixpn_run *run)
{
	struct sixpn_out *out = &run->out;
	unsigned int i;

	if (run->count) {
		const struct sixpn_command *command;

		command = sixpn_command_find(run->words[0]);
		if (!command)
			return sixpn_complain_usage(NULL,
						    "unknown command '%s'",
						    run->words[0]);
		return help_one(run, command);
	}
	sixpn_out_text(out, "Usage: sixpn [ --json ] COMMAND [ ARGUMENTS ]\n\n");
	sixpn_out_open_array(out, NULL);
	for (i = 0; i < sixpn_command_count; i++) {
		const struct sixpn_command *command = &sixpn_commands[i];

		sixpn_out_open_object(out, NULL);
		sixpn_out_string(out, "command", command->name, "  %-10s",
				 command->name);
		sixpn_out_json_string(out, "arguments", command->arguments);
		sixpn_out_string(out, "summary", command->summary, "%s\n",
				 command->summary);
		sixpn_out_close(out);
	}
	sixpn_out_close(out);
	sixpn_out_text(out, "\nWithout a command: show. 'sixpn help COMMAND' tells its arguments; see sixpn(8).\n");
	return SIXPN_EXIT_OK;
}
