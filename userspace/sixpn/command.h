/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command is a row of a table and a function: those of the kernel layer in
 * commands.c and a file each, those of a noun in the file of the noun. Help, the
 * man pages and the completion follow the tables.
 */
#ifndef SIXPN_COMMAND_H
#define SIXPN_COMMAND_H

#include "error.h"
#include "out.h"

enum sixpn_exit {
	SIXPN_EXIT_OK = 0,
	SIXPN_EXIT_REFUSED = 1,
	SIXPN_EXIT_USAGE = 2,
};

/**
 * struct sixpn_option - an option of one command: "--NAME VALUE", "--NAME=VALUE"
 *	or "--NAME"
 * @name: without the dashes
 * @takes: what its value is, as in the synopsis; NULL: it has none
 * @repeatable: may be given more than once
 */
struct sixpn_option {
	const char *name;
	const char *takes;
	bool repeatable;
};

/* Options of one run, however often one is repeated. */
#define SIXPN_CHOSEN_MAX 128

/* One that was given; @value is NULL if it takes none. */
struct sixpn_chosen {
	const struct sixpn_option *option;
	const char *value;
};

/**
 * struct sixpn_run - one run of a command
 * @name: the command, for messages
 * @words: its arguments, options taken out, NULL at the end
 * @count: number of @words
 * @config: the file named by --config or SIXPN_CONFIG, or NULL
 * @chosen: options of this command, in their order
 */
struct sixpn_run {
	const char *name;
	char **words;
	int count;
	const char *config;
	struct sixpn_chosen chosen[SIXPN_CHOSEN_MAX];
	size_t chosen_count;
	struct sixpn_out out;
};

/* The value of an option, or "" if it takes none; NULL: it was not given. */
const char *sixpn_run_option(const struct sixpn_run *run, const char *name);

/**
 * sixpn_run_option_next() - the values of an option that may be repeated
 * @at: zero at first; moved on
 *
 * Return: the next value, or NULL after the last.
 */
const char *sixpn_run_option_next(const struct sixpn_run *run, const char *name,
				  size_t *at);

/**
 * struct sixpn_command - a row of the table
 * @name: one word, or a noun and a verb
 * @arguments: in the notation of the synopsis, options included
 * @summary: one line, without a full stop
 * @notes: what else a reader of @arguments needs to know, lines; or NULL
 * @min: least number of words
 * @max: greatest number of words, -1 for any
 * @run: does it; returns enum sixpn_exit
 * @options: ended by one without a name; NULL: it has none, and takes a word
 *	that begins with a dash, but for the first
 */
struct sixpn_command {
	const char *name;
	const char *arguments;
	const char *summary;
	int min, max;
	int (*run)(struct sixpn_run *run);
	const char *notes;
	const struct sixpn_option *options;
};

/* The commands, in the order in which help lists them; NULL after the last. */
const struct sixpn_command *sixpn_command_at(unsigned int i);

/* @verb: NULL if there is no second word. Return: the row, or NULL. */
const struct sixpn_command *sixpn_command_find(const char *name,
					       const char *verb);

/* Whether @word begins commands of two words. */
bool sixpn_command_is_noun(const char *word);

/* "add, del, list or show": the verbs of a noun. */
void sixpn_command_verbs(char *text, size_t room, const char *noun);

/* What stands before and between the words of a command. */
struct sixpn_general {
	bool json;
	bool help;
	bool version;
};

/**
 * sixpn_options_take() - find the command, take the options out of the words
 * @run: @words and @count are set to what is left behind the command; @chosen,
 *	@config and @name are filled in
 * @words: of the command line; changed in place
 * @command: set to the row, or NULL: no command, or there is an error
 *
 * Options may stand anywhere; "--" ends them.
 *
 * Return: SIXPN_EXIT_OK, or after a complaint SIXPN_EXIT_USAGE.
 */
int sixpn_options_take(struct sixpn_run *run, struct sixpn_general *general,
		       char **words, const struct sixpn_command **command);

/**
 * sixpn_complain() - one line on stderr: "sixpn: COMMAND: SENTENCE"
 *
 * Control characters are escaped: the sentence may quote anything.
 *
 * Return: SIXPN_EXIT_REFUSED.
 */
int sixpn_complain(const struct sixpn_run *run, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same, with where to read on. Return: SIXPN_EXIT_USAGE. */
int sixpn_complain_usage(const struct sixpn_run *run, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A line that does not stop the command. */
void sixpn_warn(const struct sixpn_run *run, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A secret that lands in a file anybody may read is hardly one. */
void sixpn_warn_readable(const struct sixpn_run *run);

int sixpn_run_show(struct sixpn_run *run);
int sixpn_run_set(struct sixpn_run *run);
int sixpn_run_showconf(struct sixpn_run *run);
int sixpn_run_setconf(struct sixpn_run *run);
int sixpn_run_addconf(struct sixpn_run *run);
int sixpn_run_syncconf(struct sixpn_run *run);
int sixpn_run_whois(struct sixpn_run *run);
int sixpn_run_dig(struct sixpn_run *run);
int sixpn_run_monitor(struct sixpn_run *run);
int sixpn_run_genkey(struct sixpn_run *run);
int sixpn_run_genpsk(struct sixpn_run *run);
int sixpn_run_pubkey(struct sixpn_run *run);
int sixpn_run_help(struct sixpn_run *run);

/* Nouns: the table of each is in its file, ended by one without a name. */
extern const struct sixpn_command sixpn_up_commands[];
extern const struct sixpn_command sixpn_network_commands[];
extern const struct sixpn_command sixpn_host_commands[];
extern const struct sixpn_command sixpn_agent_commands[];
extern const struct sixpn_command sixpn_machine_commands[];
extern const struct sixpn_command sixpn_app_commands[];
extern const struct sixpn_command sixpn_client_commands[];

/* The usage of one command. Return: SIXPN_EXIT_OK. */
int sixpn_help_command(struct sixpn_run *run,
		       const struct sixpn_command *command);

#endif
