/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers that follow from names: two hosts, or one host before and after a
 * reboot, come to the same without asking anybody.
 */
#ifndef _SIXPN_DERIVE_H
#define _SIXPN_DERIVE_H

#include "wire.h"

#include <linux/types.h>

/* The host id that follows from a public key (SIXPN_A_HOST_ID says how). */
u32 sixpn_derive_host_id(const u8 public[SIXPN_KEY_SIZE]);

/* A row of machine ids, each as good as random. */
struct sixpn_id_row {
	u8 digest[SIXPN_HASH_SIZE];
};

/* The row of a name: BLAKE2s-256 of "sixpn machine-id v1", the network id (big
 * endian) and the name; then of that label and the digest before. An id is the
 * first 32 bits of a digest, big endian, and never 0. Each call gives the next.
 */
void sixpn_id_row_start(struct sixpn_id_row *row, u32 network,
			const char *name);
u32 sixpn_id_row_next(struct sixpn_id_row *row);

#ifdef SIXPN_SELFTEST
bool sixpn_addr_selftest(void);
bool sixpn_derive_selftest(void);
#endif

#endif /* _SIXPN_DERIVE_H */
