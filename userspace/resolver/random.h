/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cheap random numbers, for spreading load and not for secrets: xorshift64*
 * (S. Vigna, "An experimental exploration of Marsaglia's xorshift generators,
 * scrambled", 2016).
 */
#ifndef SIXPN_RESOLVER_RANDOM_H
#define SIXPN_RESOLVER_RANDOM_H

#include <stdint.h>

/* @state: never 0 */
struct sixpn_random {
	uint64_t state;
};

/* From the kernel's. */
void sixpn_random_seed(struct sixpn_random *random);

/* One of 0..@below-1; @below is not 0. */
uint32_t sixpn_random_below(struct sixpn_random *random, uint32_t below);

#endif
