/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a daemon tells systemd. Its library is loaded when it is first needed and
 * may be missing: where systemd does not run nobody listens, and other commands
 * start sooner without it.
 */
#ifndef SIXPN_LIB_NOTIFY_H
#define SIXPN_LIB_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* As sd_notify(3), without unsetting the environment. */
void sixpn_notify(const char *state);

/* Microseconds, as sd_watchdog_enabled(3); 0: no sign of life is asked for. */
uint64_t sixpn_notify_watchdog(void);

/*
 * Let systemd keep a descriptor until the next start of this service, under a
 * name: what comes to a socket meanwhile waits in it. It takes
 * FileDescriptorStoreMax= of the unit.
 */
void sixpn_notify_keep(const char *name, int fd);
void sixpn_notify_forget(const char *name);

/* One that was kept, or was made by systemd. Return: the caller's to close; -1. */
int sixpn_notify_kept(const char *name);

/* Whether stderr is the journal's: lines begin with their priority then. */
bool sixpn_notify_has_journal(void);

#endif
