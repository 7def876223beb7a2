/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices made at random, and their comparison, for the round trips.
 */
#ifndef SIXPN_RANDOM_MODEL_H
#define SIXPN_RANDOM_MODEL_H

#include "model.h"

/*
 * The state of a device with up to @peers peers of up to @allowedips prefixes
 * each; no prefix twice. Return: false when memory is out.
 */
bool random_device(struct sixpn_device *device, size_t peers,
		   size_t allowedips);

/*
 * Up to @count networks, machines and routes each, of few networks, added to
 * @device: as read from a kernel of host id 7, without counters. No machine has
 * the address or the name of another. Return: false when memory is out.
 */
bool random_objects(struct sixpn_device *device, size_t count);

/* Networks, machines and routes. Order counts. */
bool same_objects(const struct sixpn_device *a, const struct sixpn_device *b);
bool same_machine(const struct sixpn_machine *a, const struct sixpn_machine *b);

/* The n-th of the prefixes that random devices hold: few, so that they meet. */
struct sixpn_allowedip random_prefix(uint32_t n);

/* Configuration and, if @counters, all that is only read. Order counts. */
bool same_device(const struct sixpn_device *a, const struct sixpn_device *b,
		 bool counters);

/* A deep copy. Return: false when memory is out. */
bool copy_device(struct sixpn_device *to, const struct sixpn_device *from);

#endif
