// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The words of the command line: which command, which options.
 */
#include "command.h"

#include <stdlib.h>
#include <string.h>

#include "environment.h"

/* Where the reading of the command line is. */
struct reading {
	struct sixpn_run *run;
	struct sixpn_general *general;
	const struct sixpn_command *command;
	char **words;
	int at;			/* of the word being read */
	int kept;		/* words that are not options */
	const char *unknown;	/* option */
	bool literal;		/* after "--" */
};

static const struct sixpn_option config_option = { "config", "FILE", false };

static bool take_general(struct sixpn_general *general, const char *word)
{
	if (!strcmp(word, "--json"))
		general->json = true;
	else if (!strcmp(word, "--help") || !strcmp(word, "-h"))
		general->help = true;
	else if (!strcmp(word, "--version") || !strcmp(word, "-v"))
		general->version = true;
	else
		return false;
	return true;
}

/* Whether @word is "--NAME" or "--NAME=..." */
static bool is_option(const char *word, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(word, "--", 2) && !strncmp(word + 2, name, length) &&
	       (!word[2 + length] || word[2 + length] == '=');
}

static const struct sixpn_option *find_option(const struct reading *reading,
					      const char *word)
{
	const struct sixpn_option *option =
		reading->command ? reading->command->options : NULL;

	if (is_option(word, config_option.name))
		return &config_option;
	for (; option && option->name; option++)
		if (is_option(word, option->name))
			return option;
	return NULL;
}

static int note_option(struct reading *reading,
		       const struct sixpn_option *option, const char *value)
{
	struct sixpn_run *run = reading->run;

	if (option == &config_option) {
		if (run->config)
			return sixpn_complain_usage(run, "--%s is given twice",
						    option->name);
		run->config = value;
		return SIXPN_EXIT_OK;
	}
	if (!option->repeatable && sixpn_run_option(run, option->name))
		return sixpn_complain_usage(run, "--%s is given twice",
					    option->name);
	if (run->chosen_count == SIXPN_CHOSEN_MAX)
		return sixpn_complain_usage(run, "more than %d options",
					    SIXPN_CHOSEN_MAX);
	run->chosen[run->chosen_count].option = option;
	run->chosen[run->chosen_count].value = value;
	run->chosen_count++;
	return SIXPN_EXIT_OK;
}

static int take_option(struct reading *reading,
		       const struct sixpn_option *option)
{
	const char *word = reading->words[reading->at];
	const char *value = strchr(word, '=');

	if (value && !option->takes)
		return sixpn_complain_usage(reading->run,
					    "--%s takes no value",
					    option->name);
	if (value) {
		value++;
	} else if (option->takes) {
		value = reading->words[reading->at + 1];
		if (!value)
			return sixpn_complain_usage(reading->run,
						    "--%s needs a value: %s",
						    option->name,
						    option->takes);
		reading->at++;
	}
	return note_option(reading, option, value);
}

/* The command is known by its first word, or, after a noun, by the second. */
static void find_command(struct reading *reading)
{
	char **words = reading->words;

	if (reading->kept == 1)
		reading->command = sixpn_command_find(words[0], NULL);
	else if (reading->kept == 2 && sixpn_command_is_noun(words[0]))
		reading->command = sixpn_command_find(words[0], words[1]);
	if (reading->command)
		reading->run->name = reading->command->name;
}

/*
 * Without options of its own a command takes a word that only looks like one,
 * unless that comes first: values such as "allowed-ips -10.0.0.0/8" begin with a
 * dash, too.
 */
static bool is_unknown(const struct reading *reading, const char *word)
{
	bool strict = reading->command && reading->command->options;

	return !reading->literal && word[0] == '-' && word[1] &&
	       (!reading->kept || word[1] == '-' || strict);
}

static int take_word(struct reading *reading)
{
	char *word = reading->words[reading->at];
	const struct sixpn_option *option;

	if (!reading->literal) {
		if (!strcmp(word, "--")) {
			reading->literal = true;
			return SIXPN_EXIT_OK;
		}
		if (take_general(reading->general, word))
			return SIXPN_EXIT_OK;
		option = find_option(reading, word);
		if (option)
			return take_option(reading, option);
	}
	if (is_unknown(reading, word) && !reading->unknown)
		reading->unknown = word;
	reading->words[reading->kept++] = word;
	find_command(reading);
	return SIXPN_EXIT_OK;
}

static int complain_unknown(const struct reading *reading)
{
	const char *noun = reading->words[0];
	char verbs[256];

	if (!sixpn_command_is_noun(noun))
		return sixpn_complain_usage(NULL, "unknown command '%s'", noun);
	sixpn_command_verbs(verbs, sizeof(verbs), noun);
	if (reading->kept < 2)
		return sixpn_complain_usage(NULL, "%s: what: %s?", noun, verbs);
	return sixpn_complain_usage(NULL, "%s: '%s' is not %s", noun,
				    reading->words[1], verbs);
}

int sixpn_options_take(struct sixpn_run *run, struct sixpn_general *general,
		       char **words, const struct sixpn_command **command)
{
	struct reading reading = {
		.run = run, .general = general, .words = words,
	};
	int code, skip;

	*command = NULL;
	for (; words[reading.at]; reading.at++) {
		code = take_word(&reading);
		if (code)
			return code;
	}
	words[reading.kept] = NULL;
	if (!run->config)
		run->config = sixpn_environment("CONFIG");
	run->words = words;
	run->count = reading.kept;
	if (reading.unknown)
		return sixpn_complain_usage(reading.command &&
					    reading.command->options ? run : NULL,
					    "unknown option '%s'",
					    reading.unknown);
	/* What remains of a command that is not whole may be asked help for. */
	if (!reading.command)
		return !reading.kept || general->version || general->help ?
			       SIXPN_EXIT_OK : complain_unknown(&reading);
	skip = strchr(reading.command->name, ' ') ? 2 : 1;
	run->words += skip;
	run->count -= skip;
	*command = reading.command;
	return SIXPN_EXIT_OK;
}

const char *sixpn_run_option(const struct sixpn_run *run, const char *name)
{
	size_t at = 0;

	return sixpn_run_option_next(run, name, &at);
}

const char *sixpn_run_option_next(const struct sixpn_run *run, const char *name,
				  size_t *at)
{
	while (*at < run->chosen_count) {
		const struct sixpn_chosen *chosen = &run->chosen[(*at)++];

		if (!strcmp(chosen->option->name, name))
			return chosen->value ? chosen->value : "";
	}
	return NULL;
}
