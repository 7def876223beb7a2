/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Machines: what to ask of the kernel so that one is as wanted, its address and
 * routes where it hangs included, and how to have it back as it was.
 */
#ifndef SIXPN_LIB_MACHINE_H
#define SIXPN_LIB_MACHINE_H

#include "model.h"
#include "netlink.h"

/**
 * sixpn_machine_get() - read one machine
 * @named: what names it: address, or network and one of id and name
 * @result: empty; cleared by the caller
 *
 * Return: 0, -ENOENT or another negative errno.
 */
int sixpn_machine_get(struct sixpn_netlink *netlink, const char *ifname,
		      const struct sixpn_machine *named,
		      struct sixpn_machine *result, struct sixpn_error *error);

/* What a netdev was given besides its address. */
enum sixpn_given {
	SIXPN_GIVEN_ADDRESS = 1U << 0,
	SIXPN_GIVEN_ROUTE = 1U << 1,		/* to the network */
	SIXPN_GIVEN_PREFIX_ROUTE = 1U << 2,	/* to the rest of fdaa::/16 */
};

/**
 * struct sixpn_machine_done - what has been done to a machine
 * @undoable: set by the caller: note all that it takes to undo it
 * @made, @removed: it was not there before, it is not there now
 * @attached: what it hangs on was changed; so was @moved
 * @given: bits of enum sixpn_given: what a netdev that stays was given
 * @had_address: the netdev it hung on had its address
 * @place: descriptor of the namespace of the port it hung on, -1 if that is not
 *	known; owned
 * @before: as it was, unless it was made
 * @now: as it is, or as it was if it was removed
 */
struct sixpn_machine_done {
	bool undoable;
	bool made, removed;
	bool attached, moved;
	unsigned int given;
	bool had_address;
	int place;
	struct sixpn_machine before;
	struct sixpn_machine now;
};

void sixpn_machine_done_init(struct sixpn_machine_done *done, bool undoable);
void sixpn_machine_done_clear(struct sixpn_machine_done *done);

/**
 * sixpn_machine_apply() - make, change or remove a machine
 * @wanted: a machine of this name, id or address that exists is changed where
 *	it differs; without any of these a new one is made
 * @done: initialised; cleared by the caller
 *
 * A port gets the machine's address and routes in its namespace, attachment
 * host the address on the mesh device, unless @wanted says no_address. If any
 * of it fails, what was done before is undone; if that fails too, the sentence
 * says so.
 *
 * Return: 0 or a negative errno; nothing has changed then.
 */
int sixpn_machine_apply(struct sixpn_netlink *netlink, const char *ifname,
			const struct sixpn_machine *wanted,
			struct sixpn_machine_done *done,
			struct sixpn_error *error);

/**
 * sixpn_machine_inverse() - the machine to apply so that @done is undone
 * @inverse: borrows from @done
 *
 * Return: whether there is anything to apply.
 */
bool sixpn_machine_inverse(struct sixpn_machine *inverse,
			   const struct sixpn_machine_done *done);

/**
 * sixpn_machine_undo() - have it as it was before
 *
 * What it cannot bring back: counters, and what others did to a port that was
 * removed. After a machine that was made, its id is in quarantine.
 *
 * Return: 0 or a negative errno.
 */
int sixpn_machine_undo(struct sixpn_netlink *netlink, const char *ifname,
		       struct sixpn_machine_done *done,
		       struct sixpn_error *error);

#endif
