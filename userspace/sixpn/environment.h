/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIXPN_ENVIRONMENT_H
#define SIXPN_ENVIRONMENT_H

#include <stdbool.h>

/**
 * sixpn_environment() - a setting of the user
 * @name: what follows SIXPN_ or, for scripts that know wg(8), WG_
 *
 * Return: the value under SIXPN_, else under WG_, else NULL.
 */
const char *sixpn_environment(const char *name);

/* Whether the pretty form masks keys: unless HIDE_KEYS is "never". */
bool sixpn_hides_keys(void);

#endif
