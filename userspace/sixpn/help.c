// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

#include <string.h>

#define WIDTH 80
#define INDENT 4

static size_t word_length(const char *text)
{
	return strcspn(text, " ");
}

/* Bytes of a whole group, "[ ... ]" with what follows the bracket, or a word. */
static size_t group_length(const char *text)
{
	size_t length = 0;
	int depth = 0;

	do {
		const char *word = text + length + (text[length] == ' ');

		depth += word[0] == '[' && word_length(word) == 1;
		depth -= word[0] == ']';
		length = (size_t)(word - text) + word_length(word);
	} while (depth > 0 && text[length]);
	return length;
}

/*
 * Arguments in lines of less than WIDTH columns. A group that does not fit into
 * what is left of a line begins one, as does the next word of a long group.
 */
static void print_arguments(struct sixpn_out *out, const char *text,
			    size_t column)
{
	size_t group_end = 0, at = 0;

	while (text[at]) {
		size_t word = word_length(text + at), wanted = word;

		if (text[at] == '[') {
			wanted = group_length(text + at);
			/* One inside of another may have to be cut up. */
			if (at < group_end && wanted >= WIDTH - INDENT)
				wanted = word;
			if (at >= group_end)
				group_end = at + wanted;
		}
		if (column + 1 + wanted >= WIDTH && column > INDENT) {
			sixpn_out_text(out, "\n%*s", INDENT, "");
			column = INDENT;
		} else {
			sixpn_out_text(out, " ");
			column++;
		}
		sixpn_out_text(out, "%.*s", (int)word, text + at);
		column += word;
		at += word;
		at += text[at] == ' ';
	}
}

/* For who checks what is written of them. */
static void print_options(struct sixpn_out *out,
			  const struct sixpn_option *option)
{
	if (!out->json || !option)
		return;
	sixpn_out_open_array(out, "options");
	for (; option->name; option++)
		sixpn_out_json_string(out, NULL, option->name);
	sixpn_out_close(out);
}

int sixpn_help_command(struct sixpn_run *run,
		       const struct sixpn_command *command)
{
	struct sixpn_out *out = &run->out;

	sixpn_out_open_object(out, NULL);
	sixpn_out_string(out, "command", command->name, "Usage: sixpn %s",
			 command->name);
	sixpn_out_json_string(out, "arguments", command->arguments);
	print_arguments(out, command->arguments,
			strlen("Usage: sixpn ") + strlen(command->name));
	sixpn_out_text(out, "\n\n");
	sixpn_out_string(out, "summary", command->summary, "%s.\n",
			 command->summary);
	print_options(out, command->options);
	if (command->notes)
		sixpn_out_string(out, "notes", command->notes, "\n%s",
				 command->notes);
	sixpn_out_close(out);
	return SIXPN_EXIT_OK;
}

/* A line for each command, or for each of one noun. */
static void list_commands(struct sixpn_out *out, const char *noun)
{
	size_t length = noun ? strlen(noun) : 0;
	const struct sixpn_command *command;
	unsigned int i;

	sixpn_out_open_array(out, NULL);
	for (i = 0; (command = sixpn_command_at(i)); i++) {
		if (noun && (strncmp(command->name, noun, length) ||
			     command->name[length] != ' '))
			continue;
		sixpn_out_open_object(out, NULL);
		sixpn_out_string(out, "command", command->name, "  %-18s",
				 command->name);
		sixpn_out_json_string(out, "arguments", command->arguments);
		sixpn_out_string(out, "summary", command->summary, "%s\n",
				 command->summary);
		sixpn_out_close(out);
	}
	sixpn_out_close(out);
}

/* The noun whose page tells of a noun. */
static const char *page_of(const char *noun)
{
	if (!strcmp(noun, "app"))
		return "machine";
	if (!strcmp(noun, "wireguard"))
		return "client";
	return noun;
}

static int help_word(struct sixpn_run *run)
{
	const char *word = run->words[0], *verb = run->words[1];
	const struct sixpn_command *command = sixpn_command_find(word, verb);

	if (command)
		return sixpn_help_command(run, command);
	if (!verb && sixpn_command_is_noun(word)) {
		sixpn_out_text(&run->out, "Usage: sixpn %s VERB [ ARGUMENTS ]\n\n",
			       word);
		list_commands(&run->out, word);
		sixpn_out_text(&run->out, "\n'sixpn help %s VERB' tells its arguments; see sixpn-%s(8).\n",
			       word, page_of(word));
		return SIXPN_EXIT_OK;
	}
	return sixpn_complain_usage(NULL, "unknown command '%s%s%s'", word,
				    verb ? " " : "", verb ? verb : "");
}

int sixpn_run_help(struct sixpn_run *run)
{
	struct sixpn_out *out = &run->out;

	if (run->count)
		return help_word(run);
	sixpn_out_text(out, "Usage: sixpn [ --json ] [ --config FILE ] COMMAND [ ARGUMENTS ]\n\n");
	list_commands(out, NULL);
	sixpn_out_text(out, "\nWithout a command: show. 'sixpn help COMMAND' tells its arguments; see sixpn(8).\n");
	return SIXPN_EXIT_OK;
}
