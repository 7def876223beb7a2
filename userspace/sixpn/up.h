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

/**
 * sixpn_up_again() - the device and the record of this host, not what it has
 * @noun: with registry and key
 *
 * Holds the lock meanwhile. A device stays if only the record could not be
 * entered.
 *
 * Return: 0 or a negative errno.
 */
int sixpn_up_again(struct sixpn_noun *noun);

int sixpn_status(struct sixpn_run *run);

#endif
