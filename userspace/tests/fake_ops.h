/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake kernel as the one who does the steps of a change.
 */
#ifndef SIXPN_FAKE_OPS_H
#define SIXPN_FAKE_OPS_H

#include "fake_kernel.h"
#include "journal.h"

/**
 * struct refusing - the fake kernel, and which of its requests it is to refuse
 * @refused: that one, and all later ones if @for_ever; 0: none
 * @refused_name: each of a machine of this name; or NULL
 * @refused_key: each that names a peer of this key; or NULL
 * @stale: so many requests of a device are too late
 */
struct refusing {
	struct fake_kernel kernel;
	unsigned int requests;
	unsigned int refused;
	bool for_ever;
	const char *refused_name;
	const uint8_t *refused_key;
	unsigned int stale;
};

/* Its context is a struct refusing. */
extern const struct sixpn_kernel_ops refusing_ops;

bool fake_copy_all(struct sixpn_device *to, const struct sixpn_device *from);

/* What needs a peer that is gone goes, too. */
void fake_drop_orphans(struct sixpn_device *state);

#endif
