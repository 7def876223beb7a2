/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A change of a device that takes several requests: the kernel takes device and
 * peers in one, and each network, machine and route in one of its own. What has
 * been done is noted, so that all of it can be undone when a later one is
 * refused: the change is then made whole or not at all.
 *
 * Only what the change named is undone: others may be at work meanwhile.
 */
#ifndef SIXPN_LIB_JOURNAL_H
#define SIXPN_LIB_JOURNAL_H

#include "error.h"
#include "machine.h"
#include "model.h"
#include "netlink.h"

/**
 * struct sixpn_kernel_ops - who does the steps; tests have their own
 *
 * As the functions of netlink.h, object.h and machine.h of similar names.
 * @network_get, @route_get: append what there is to @device; -ENOENT if nothing
 * @check: whether what @wanted needs outside of the kernel module is there
 */
struct sixpn_kernel_ops {
	int (*device_get)(void *context, unsigned int parts,
			  struct sixpn_device *device,
			  struct sixpn_error *error);
	int (*device_set)(void *context, const struct sixpn_device *change,
			  struct sixpn_error *error);
	int (*network_get)(void *context, uint32_t id,
			   struct sixpn_device *device,
			   struct sixpn_error *error);
	int (*network_apply)(void *context, const struct sixpn_network *network,
			     bool *made, struct sixpn_error *error);
	int (*machine_check)(void *context, const struct sixpn_machine *wanted,
			     struct sixpn_error *error);
	int (*machine_apply)(void *context, const struct sixpn_machine *wanted,
			     struct sixpn_machine_done *done,
			     struct sixpn_error *error);
	int (*machine_undo)(void *context, struct sixpn_machine_done *done,
			    struct sixpn_error *error);
	int (*route_get)(void *context, const struct in6_addr *address,
			 struct sixpn_device *device,
			 struct sixpn_error *error);
	int (*route_apply)(void *context, const struct sixpn_route *route,
			   struct sixpn_error *error);
};

/* The kernel module. */
struct sixpn_kernel {
	struct sixpn_netlink *netlink;
	const char *ifname;
};

extern const struct sixpn_kernel_ops sixpn_kernel_ops;

struct sixpn_step;

/**
 * struct sixpn_journal - what has been done; fill the first three, zero the rest
 * @context: handed to @ops; a struct sixpn_kernel for sixpn_kernel_ops
 * @undoable: note what it takes to undo. A change of one request does not need
 *	it: the kernel refuses that whole
 */
struct sixpn_journal {
	const struct sixpn_kernel_ops *ops;
	void *context;
	bool undoable;
	struct sixpn_step *steps;
	size_t count, room;
};

/* How many requests a change is, all told and without that for the device. */
size_t sixpn_journal_steps(const struct sixpn_device *change);
size_t sixpn_journal_object_steps(const struct sixpn_device *change);

/**
 * sixpn_journal_device() - device and peers of a change
 * @change: stays until the journal is cleared
 *
 * Return: 0 or a negative errno: nothing of it has been done.
 */
int sixpn_journal_device(struct sixpn_journal *journal,
			 const struct sixpn_device *change,
			 struct sixpn_error *error);

/**
 * sixpn_journal_objects() - networks, machines and routes of a change
 *
 * New networks, then machines, then routes, each in their order, then networks
 * to remove. That those are there, and the namespaces of ports, is seen to
 * before anything is done.
 *
 * Return: 0 or a negative errno; @error begins with what was refused. What came
 * before that is done: see sixpn_journal_undo().
 */
int sixpn_journal_objects(struct sixpn_journal *journal,
			  const struct sixpn_device *change,
			  struct sixpn_error *error);

/**
 * sixpn_journal_undo() - take back all that is noted, the last step first
 * @error: holds why; gets added what could not be undone
 *
 * Sessions and counters of peers, counters of machines, and what others did to
 * a port, do not come back with what was removed.
 */
void sixpn_journal_undo(struct sixpn_journal *journal,
			struct sixpn_error *error);

/* Called for each machine that was made or changed, in their order. */
typedef void sixpn_machine_handler(void *context,
				   const struct sixpn_machine *machine);
void sixpn_journal_tell(const struct sixpn_journal *journal,
			sixpn_machine_handler *handle, void *context);

void sixpn_journal_clear(struct sixpn_journal *journal);

/**
 * sixpn_undo_plan() - the request that takes back a change of device and peers
 * @plan: empty device
 * @before, @now: as read before and after it
 * @change: what was asked for in between
 *
 * Only what @change set, and prefixes it moved, are set back.
 *
 * Return: 0 or -ENOMEM.
 */
int sixpn_undo_plan(struct sixpn_device *plan, const struct sixpn_device *before,
		    const struct sixpn_device *now,
		    const struct sixpn_device *change);

/* Whether @change says anything of the peer of this key. */
bool sixpn_undo_is_named(const struct sixpn_device *change,
			 const uint8_t key[SIXPN_KEY_LEN]);

/**
 * sixpn_undo_takes_objects() - whether machines or routes may go with @change
 *
 * They go with the peer that they need.
 */
bool sixpn_undo_takes_objects(const struct sixpn_device *before,
			      const struct sixpn_device *change);

#endif
