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

void sixpn_notify_keep(const char *name, int fd)
{
	__typeof__(sd_pid_notify_with_fds) *notify;
	char state[128];

	if (!getenv("NOTIFY_SOCKET"))
		return;
	snprintf(state, sizeof(state), "FDSTORE=1\nFDNAME=%s", name);
	*(void **)&notify = find("sd_pid_notify_with_fds");
	if (notify)
		notify(0, 0, state, &fd, 1);
}

void sixpn_notify_forget(const char *name)
{
	char state[128];

	snprintf(state, sizeof(state), "FDSTOREREMOVE=1\nFDNAME=%s", name);
	sixpn_notify(state);
}

int sixpn_notify_kept(const char *name)
{
	__typeof__(sd_listen_fds_with_names) *listen_fds;
	/* Of each name but one is wanted, and that once. */
	static unsigned int taken;
	char **names = NULL;
	int count, i, fd = -1;

	if (!getenv("LISTEN_FDS"))
		return -1;
	*(void **)&listen_fds = find("sd_listen_fds_with_names");
	count = listen_fds ? listen_fds(0, &names) : 0;
	for (i = 0; i < count; i++) {
		if (fd < 0 && i < 32 && !(taken & 1U << i) &&
		    !strcmp(names[i], name)) {
			taken |= 1U << i;
			fd = SD_LISTEN_FDS_START + i;
		}
		free(names[i]);
	}
	free(names);
	return fd;
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
