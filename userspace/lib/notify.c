// SPDX-License-Identifier: GPL-2.0-or-later
#include "notify.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

static void *find(const char *name)
{
	static void *library;
	static bool tried;

	if (!tried)
		library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
	tried = true;
	return library ? dlsym(library, name) : NULL;
}

void sixpn_notify(const char *state)
{
	__typeof__(sd_notify) *notify;

	if (!getenv("NOTIFY_SOCKET"))
		return;
	*(void **)&notify = find("sd_notify");
	if (notify)
		notify(0, state);
}

uint64_t sixpn_notify_watchdog(void)
{
	__typeof__(sd_watchdog_enabled) *enabled;
	uint64_t microseconds = 0;

	if (!getenv("WATCHDOG_USEC"))
		return 0;
	*(void **)&enabled = find("sd_watchdog_enabled");
	return enabled && enabled(0, &microseconds) > 0 ? microseconds : 0;
}

bool sixpn_notify_has_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat status;
	char text[64];

	if (!stream || fstat(STDERR_FILENO, &status))
		return false;
	snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)status.st_dev,
		 (uintmax_t)status.st_ino);
	return !strcmp(text, stream);
}
