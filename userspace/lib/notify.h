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

/* Whether stderr is the journal's: lines begin with their priority then. */
bool sixpn_notify_has_journal(void);

#endif
