/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command is a row of the table in commands.c and a function in a file of its
 * own. Help, the man page's synopsis and the completion follow the table.
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
 * struct sixpn_run - one run of a command
 * @name: the command, for messages
 * @words: its arguments, options taken out, NULL at the end
 * @count: number of @words
 */
struct sixpn_run {
	const char *name;
	char **words;
	int count;
	struct sixpn_out out;
};

/**
 * struct sixpn_command - a row of the table
 * @arguments: in the notation of the synopsis
 * @summary: one line, without a full stop
 * @notes: what else a reader of @arguments needs to know, lines; or NULL
 * @min: least number of words
 * @max: greatest number of words, -1 for any
 * @run: does it; returns enum sixpn_exit
 */
struct sixpn_command {
	const char *name;
	const char *arguments;
	const char *summary;
	int min, max;
	int (*run)(struct sixpn_run *run);
	const char *notes;
};

extern const struct sixpn_command sixpn_commands[];
extern const unsigned int sixpn_command_count;

const struct sixpn_command *sixpn_command_find(const char *name);

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

int sixpn_run_show(struct sixpn_run *run);
int sixpn_run_set(struct sixpn_run *run);
int sixpn_run_showconf(struct sixpn_run *run);
int sixpn_run_setconf(struct sixpn_run *run);
int sixpn_run_addconf(struct sixpn_run *run);
int sixpn_run_syncconf(struct sixpn_run *run);
int sixpn_run_whois(struct sixpn_run *run);
int sixpn_run_monitor(struct sixpn_run *run);
int sixpn_run_genkey(struct sixpn_run *run);
int sixpn_run_genpsk(struct sixpn_run *run);
int sixpn_run_pubkey(struct sixpn_run *run);
int sixpn_run_help(struct sixpn_run *run);

#endif
