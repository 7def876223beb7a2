// SPDX-License-Identifier: GPL-2.0-or-later
#include "random.h"

#include <sodium.h>

void sixpn_random_seed(struct sixpn_random *random)
{
	do
		randombytes_buf(&random->state, sizeof(random->state));
	while (!random->state);
}

static uint32_t next(struct sixpn_random *random)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return (uint32_t)(random->state * 2685821657736338717ULL >> 32);
}

/*
 * D. Lemire, "Fast random integer generation in an interval", 2019; its small bias
 * does not matter here.
 */
uint32_t sixpn_random_below(struct sixpn_random *random, uint32_t below)
{
	return (uint32_t)((uint64_t)next(random) * below >> 32);
}
