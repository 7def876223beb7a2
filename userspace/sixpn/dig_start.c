// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dig is a program of its own, beside this one: what reads DNS messages brings
 * libraries along that take longer to load than most commands take to run.
 */
#include "command.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM "sixpn-dig"

/* Return: 0 or a negative errno. */
static int find_program(char path[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *name;

	if (length < 0)
		return -errno;
	path[length] = '\0';
	name = strrchr(path, '/');
	if (!name || name + 1 + sizeof(PROGRAM) > path + PATH_MAX)
		return -ENAMETOOLONG;
	strcpy(name + 1, PROGRAM);
	return 0;
}

static char *option_word(const char *name, const char *value)
{
	char *word;

	if (asprintf(&word, "--%s%s%s", name, value ? "=" : "",
		     value ? value : "") < 0)
		return NULL;
	return word;
}

/* The words as they were, options first. The process ends, or is another one. */
static int start(const struct sixpn_run *run, const char *path)
{
	char *words[SIXPN_CHOSEN_MAX + 16] = { strdup(PROGRAM), strdup("dig") };
	size_t count = 2, i;

	if (run->out.json)
		words[count++] = option_word("json", NULL);
	if (run->config)
		words[count++] = option_word("config", run->config);
	for (i = 0; i < run->chosen_count; i++)
		words[count++] = option_word(run->chosen[i].option->name,
					     run->chosen[i].value);
	words[count++] = strdup("--");
	for (i = 0; i < (size_t)run->count; i++)
		words[count++] = strdup(run->words[i]);
	for (i = 0; i < count; i++)
		if (!words[i])
			return -ENOMEM;
	execv(path, words);
	return -errno;
}

int sixpn_run_dig(struct sixpn_run *run)
{
	char path[PATH_MAX];
	int ret = find_program(path);

	if (!ret)
		ret = start(run, path);
	return sixpn_complain(run, "cannot start %s: %s", PROGRAM,
			      strerror(-ret));
}
