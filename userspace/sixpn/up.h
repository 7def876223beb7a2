/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIXPN_UP_H
#define SIXPN_UP_H

#include "noun.h"

/**
 * sixpn_up_record() - this host in the registry, as its configuration says
 * @port: that the device has
 * @changed: set if it was not so before
 *
 * Return: 0 or a negative errno.
 */
int sixpn_up_record(struct sixpn_noun *noun, uint16_t port, bool *changed);

int sixpn_status(struct sixpn_run *run);

#endif
