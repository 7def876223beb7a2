// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sixpn-resolver: the names of a 6PN, for those who are in it.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "format.h"
#include "node_file.h"
#include "notify.h"
#include "serve.h"
#include "tcp.h"
#include "user.h"

enum exit_code { EXIT_OK, EXIT_REFUSED, EXIT_USAGE };

/* @file: the configuration; NULL: where it is by default */
struct program {
	const char *file;
	bool journal;
	bool is_done;		/* --help or --version */
};

static void print_help(FILE *stream)
{
	fputs("Usage: sixpn-resolver [--config FILE]\n"
	      "       sixpn-resolver --help | --version\n"
	      "\n"
	      "Answer the names of a 6PN, for those who are in it.\n"
	      "\n"
	      "  -c, --config FILE  the configuration (SIXPN_CONFIG, or " SIXPN_HOST_CONFIG_PATH ")\n"
	      "  -h, --help         this\n"
	      "      --version      the version\n", stream);
}

static int take_options(struct program *program, int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) >= 0) {
		switch (option) {
		case 'c':
			program->file = optarg;
			break;
		case 'h':
			print_help(stdout);
			program->is_done = true;
			return EXIT_OK;
		case 'v':
			puts("sixpn-resolver " SIXPN_VERSION);
			program->is_done = true;
			return EXIT_OK;
		default:
			print_help(stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return EXIT_OK;
	print_help(stderr);
	return EXIT_USAGE;
}

/* What a record says may have anything in it. */
static void write_line(void *context, enum sixpn_serve_level level,
		       const char *text)
{
	const struct program *program = context;
	char safe[6144];

	sixpn_format_escaped(safe, sizeof(safe), text, strlen(text));
	if (program->journal)
		fprintf(stderr, "<%d>%s\n", level, safe);
	else
		fprintf(stderr, "sixpn-resolver: %s\n", safe);
}

static void notify(void *context, const char *state)
{
	(void)context;
	sixpn_notify(state);
}

static int reload(void *context, struct sixpn_node *node,
		  struct sixpn_error *error)
{
	const struct program *program = context;

	return sixpn_node_open_config(node, program->file, error);
}

/* A connection takes one; what the system allows by default is about as many. */
static void allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max < 4 * SIXPN_TCP_MAX ? limit.rlim_max :
							      4 * SIXPN_TCP_MAX;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int become_user(const struct sixpn_host_config *config,
		       struct sixpn_error *error)
{
	const size_t scheme = strlen("sqlite:");
	bool files = !strncmp(config->registry, "sqlite:", scheme);
	bool secrets = !files && (config->registry_key ||
				  config->registry_password_file);
	int ret = sixpn_user_folder(config->resolver_metrics,
				    config->resolver_user, error);

	/* Without metrics it goes on: that is told when they are opened. */
	(void)ret;
	/* Root's, and not that user's. If it cannot be, the registry tells. */
	if (files && !geteuid())
		sixpn_node_file_folder(config->registry + scheme, NULL);
	return sixpn_user_become(config->resolver_user, files, secrets, error);
}

static int serve(struct program *program, struct sixpn_error *error)
{
	const struct sixpn_serve_options options = {
		.log = write_line, .notify = notify, .reload = reload,
		/* Twice as often as it is asked for. */
		.alive_ms = (unsigned int)(sixpn_notify_watchdog() / 2000),
		.context = program,
	};
	struct sixpn_node node = { 0 };
	int ret;

	ret = sixpn_node_open_config(&node, program->file, error);
	if (!ret)
		ret = become_user(&node.config, error);
	if (!ret)
		return sixpn_serve_run(&node, &options, error);
	sixpn_node_close(&node);
	return ret;
}

int main(int argc, char **argv)
{
	struct program program = { .file = getenv("SIXPN_CONFIG") };
	struct sixpn_error error = { 0 };
	int code = take_options(&program, argc, argv);

	if (code != EXIT_OK || program.is_done)
		return code;
	program.journal = sixpn_notify_has_journal();
	/* Whoever connects may go at any time. */
	signal(SIGPIPE, SIG_IGN);
	allow_files();
	if (!serve(&program, &error))
		return EXIT_OK;
	write_line(&program, SIXPN_SERVE_ERROR, error.text);
	return EXIT_REFUSED;
}
