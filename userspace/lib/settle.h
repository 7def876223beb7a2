/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of the registry that have an outcome: when a store does not answer in
 * time, the record itself is asked what has become of it.
 */
#ifndef SIXPN_LIB_SETTLE_H
#define SIXPN_LIB_SETTLE_H

#include "registry.h"

/**
 * sixpn_settle_put() - sixpn_registry_put() without a lease
 *
 * Return: 0 (it is there as written), -ETIMEDOUT (not known: it may be there, or
 * come to be), -ECANCELED (no answer, and it was not there when asked again; it
 * may come to be, which is told), or another negative errno: nothing has changed.
 */
int sixpn_settle_put(struct sixpn_registry *registry,
		     struct sixpn_record *record, struct sixpn_error *error);

/* The same for sixpn_registry_delete(). */
int sixpn_settle_delete(struct sixpn_registry *registry,
			const struct sixpn_record *record,
			struct sixpn_error *error);

#endif
