/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of a machine in the kernel of this host, in the files of its network
 * namespace and in the registry, in one step. What the kernel may refuse comes first, and is undone if the registry
 * does; where the kernel only has to let go, the registry comes first.
 *
 * Hold sixpn_node_lock() meanwhile.
 */
#ifndef SIXPN_LIB_BOTH_H
#define SIXPN_LIB_BOTH_H

#include "journal.h"
#include "registry.h"

/**
 * struct sixpn_both - the two
 * @kernel: for @ops; NULL: there is no kernel module
 * @ifname: the mesh device
 * @self: id of this host; 0: it is in no registry
 * @etc: for the files of namespaces, see netns_etc.h; NULL: they are not touched
 */
struct sixpn_both {
	struct sixpn_registry *registry;
	const struct sixpn_kernel_ops *ops;
	void *kernel;
	const char *ifname;
	uint32_t self;
	const char *etc;
};

/**
 * sixpn_both_add() - a new machine of this host
 * @record: a machine whose host and home is this one; its id may be 0, then the
 *	kernel finds one. On success it has id, address and revision
 *
 * Return: 0 or a negative errno: neither has changed, but for what the sentence
 * tells.
 */
int sixpn_both_add(const struct sixpn_both *both, struct sixpn_record *record,
		   struct sixpn_error *error);

/**
 * sixpn_both_change() - a machine becomes what @record says: started, stopped,
 *	attached elsewhere, moved
 * @old: as it was read
 * @record: the same one, with its revision, which is set on success
 *
 * Return: 0; -EINPROGRESS: so says the registry, but the kernel is not so yet; or
 * another negative errno, as above.
 */
int sixpn_both_change(const struct sixpn_both *both,
		      const struct sixpn_record *old,
		      struct sixpn_record *record, struct sixpn_error *error);

/**
 * sixpn_both_delete() - no such machine any more
 * @record: as it was read
 *
 * Return: as sixpn_both_change().
 */
int sixpn_both_delete(const struct sixpn_both *both,
		      const struct sixpn_record *record,
		      struct sixpn_error *error);

/**
 * sixpn_both_drop_network() - a network goes from the kernel with the last that
 *	was in it
 * @both: its kernel is there
 *
 * It stays while a machine of any kind is in it there, or is to be by the
 * registry.
 *
 * Return: 0 or a negative errno.
 */
int sixpn_both_drop_network(const struct sixpn_both *both, uint32_t network,
			    struct sixpn_error *error);

#endif
