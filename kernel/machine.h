/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Machines: what has an address in a network, on this host (or had, and has
 * moved).
 *
 * A machine is born in two steps, like a peer: sixpn_machine_reserve() gives it
 * an id that nobody else gets, hidden from packets and dumps; what it hangs on
 * is made; sixpn_machine_publish() cannot fail. Readers hold the RCU read side
 * and nothing else; a machine that was removed stays in memory for one grace
 * period more.
 *
 * Locks: RTNL > sx->lock. Netdevs come and go under the RTNL and without
 * sx->lock; so a machine of attachment port or bind is made, changed and removed
 * under the RTNL only.
 */
#ifndef _SIXPN_MACHINE_H
#define _SIXPN_MACHINE_H

#include "counters.h"
#include "network.h"

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/rhashtable.h>
#include <linux/sixpn.h>
#include <linux/types.h>

struct net_device;
struct netlink_ext_ack;
struct nlattr;
struct sixpn_claim;
struct sixpn_device;
struct sixpn_peer;

/* Machines of a device, with ids that wait out their quarantine. */
#define SIXPN_MACHINES_MAX	BIT(20)
#define SIXPN_MACHINE_NAME_SIZE	(SIXPN_MACHINE_NAME_MAX + 1)

/* What a name is unique in, and hashed by. */
struct sixpn_machine_name {
	u32 network;
	char text[SIXPN_MACHINE_NAME_SIZE]; /* zero-filled */
};

struct sixpn_machine {
	/* Its /112: sub is 0. Constant. Not set for machine 0, whose address
	 * follows the device's host id: ask machine->id, or compare pointers with
	 * network->self.
	 */
	struct in6_addr prefix;
	u32 id; /* constant; SIXPN_MACHINE_HOST: the host itself */
	u8 attachment; /* enum sixpn_attachment; READ_ONCE; sx->lock */
	bool live; /* published and not removed; READ/WRITE_ONCE */
	u32 moved_to; /* host id of its new home, 0: here; READ_ONCE; sx->lock */
	struct sixpn_network *network; /* constant */
	struct sixpn_counters __percpu *counters;
	/* port: our port; bind: the bound netdev. NULL: detached. RCU; written
	 * under RTNL and sx->lock. Not referenced: it is cut off (by
	 * sixpn_machine_lost_dev()) before the netdev's last grace period.
	 */
	struct net_device __rcu *dev;
	/* client: who it is. Not NULL if so. RCU; under sx->lock; the machine
	 * goes before its peer does.
	 */
	struct sixpn_peer __rcu *peer;

	struct rhash_head node; /* in sx->machines, by prefix */
	/* Under sx->lock. */
	struct rhash_head name_node; /* in sx->machines_by_name */
	struct sixpn_machine_name name; /* constant; text empty: none */
	u32 serial; /* in sx->machines_by_serial, order of dumps */
	struct list_head network_node; /* in network->machines */
	struct list_head peer_node; /* in peer->machines */
	struct list_head dev_node; /* in sx->attached, if it has a dev */
	struct sixpn_claim *claim; /* to its id */
	struct rcu_head rcu;
};

int sixpn_machine_tables_init(struct sixpn_device *sx);
void sixpn_machine_tables_destroy(struct sixpn_device *sx);

/* --- For packets. Context: RCU read side. --- */

/**
 * sixpn_machine_lookup() - the machine an address belongs to
 * @sx: mesh device
 * @addr: a 6PN address, as it stands in a packet: any sub
 *
 * Finds machines that are on this host or have moved from it (moved_to), and the
 * host itself (machine 0 of its own host id, in a network that exists).
 *
 * Return: a live machine of a network that is not being removed, or NULL.
 */
struct sixpn_machine *sixpn_machine_lookup(struct sixpn_device *sx,
					   const struct in6_addr *addr);

/* Is it there for packets: neither it nor its network is being removed? To be
 * asked by who got it otherwise than from a lookup: from its port.
 */
static inline bool sixpn_machine_is_live(const struct sixpn_machine *machine)
{
	return READ_ONCE(machine->live) && !READ_ONCE(machine->network->dead);
}

/* A packet from it or for it is not passed on; it counts for its network too.
 * BH disabled.
 */
static inline void sixpn_machine_count_drop(const struct sixpn_machine *machine)
{
	sixpn_counters_drop(machine->counters);
	sixpn_counters_drop(machine->network->counters);
}

/* --- For what machines hang on. --- */

/* What is wanted of a new machine. Names may be checked by the caller only. */
struct sixpn_machine_wish {
	u32 network;
	u32 id; /* 0: choose by name, or at random without one */
	const struct in6_addr *addr; /* a full address to have, or NULL */
	const char *name; /* NULL: none */
	u8 attachment; /* enum sixpn_attachment */
	u32 moved_to;
	struct sixpn_peer *peer; /* of attachment client */
	/* Attributes to blame; each may be NULL. */
	const struct nlattr *at_network;
	const struct nlattr *at_id; /* or address */
	const struct nlattr *at_name;
};

/**
 * sixpn_machine_reserve() - find an id and make a machine of it
 * @sx: device; its lock is held
 * @wish: what is wanted
 * @extack: where a refusal is explained
 *
 * Return: a hidden machine, to be published or discarded under the RTNL that
 * the caller holds (or, if it needs no netdev, before the lock is given back);
 * or ERR_PTR(-ENOENT) for an unknown network, -EEXIST for a name or id that is
 * taken, -EBUSY for an id in quarantine, -ENOSPC for exhaustion, -EADDRNOTAVAIL
 * if the device has no host id, -ENODEV if it is going, -EINVAL, -ENOMEM.
 */
struct sixpn_machine *
sixpn_machine_reserve(struct sixpn_device *sx,
		      const struct sixpn_machine_wish *wish,
		      struct netlink_ext_ack *extack);
/* Cannot fail. sx->lock held, and the RTNL if @dev (its port, or what it is
 * bound to) is not NULL. Tells listeners. Holds the module while there is a
 * netdev.
 */
void sixpn_machine_publish(struct sixpn_machine *machine,
			   struct net_device *dev);
/* Give up one that was never published; its id is free at once. sx->lock. */
void sixpn_machine_discard(struct sixpn_machine *machine);

/**
 * sixpn_machine_lost_dev() - its port or what it was bound to is going
 * @machine: the one that @dev knows
 * @dev: the netdev
 *
 * The machine is detached, if it hangs on @dev: it keeps its id and can be
 * attached anew. To be called while @dev still has a grace period before it
 * (dellink or ndo_uninit of a port; NETDEV_UNREGISTER of a bound netdev).
 *
 * That @dev knows the machine proves that it is there: a netdev gets to know a
 * machine under the RTNL, from who keeps it (it is reserved and not yet given
 * up, or published and under that RTNL nobody removes it); and before a machine
 * that was published with a netdev is freed, sixpn_machine_remove() has the
 * netdev forget it, under the RTNL too.
 *
 * Context: RTNL held; the lock of the mesh device is not.
 */
void sixpn_machine_lost_dev(struct sixpn_machine *machine,
			    const struct net_device *dev);

/* --- For control. --- */

/* Machine 0 of a network that is being made, and its end. May sleep. Return:
 * NULL if memory is short.
 */
struct sixpn_machine *sixpn_machine_alloc_self(struct sixpn_network *network);
void sixpn_machine_free_self(struct sixpn_machine *machine);

/* By any of its addresses, or by name; hidden ones are not found, machine 0 is
 * by its address. sx->lock held.
 */
struct sixpn_machine *sixpn_machine_find(struct sixpn_device *sx,
					 const struct in6_addr *addr);
struct sixpn_machine *sixpn_machine_find_name(struct sixpn_device *sx,
					      u32 network, const char *name);

/* Its address, ::2 of its /112. Return: false if it has none: machine 0 of a
 * device without host id. sx->lock held.
 */
bool sixpn_machine_addr(const struct sixpn_machine *machine,
			struct in6_addr *addr);
/* enum sixpn_machine_state. sx->lock held. */
u8 sixpn_machine_state(const struct sixpn_machine *machine);

/* Is there a machine, hidden ones counted, whose address is of @host? Not fast.
 * sx->lock held.
 */
bool sixpn_machines_use_host_id(struct sixpn_device *sx, u32 host);

/* Hang a detached machine on something: @dev for a port or a bound netdev (RTNL
 * held too), @peer for a client. sx->lock held.
 */
void sixpn_machine_attach(struct sixpn_machine *machine, u8 attachment,
			  struct net_device *dev, struct sixpn_peer *peer);
/* If it is a client's: that may speak now, so a handshake of its key that is
 * parked is answered. sx->lock held.
 */
void sixpn_machine_let_in(struct sixpn_machine *machine);
/* Take it off again; for @kill see sixpn_machine_remove(). sx->lock held. */
void sixpn_machine_detach(struct sixpn_machine *machine,
			  struct list_head *kill);

/* Take a machine out of every table, for readers at once, and put its id into
 * quarantine. Its netdev, if it has one, is cut off and comes on @kill (then the
 * RTNL is held too). sx->lock held. It is freed a grace period later.
 */
void sixpn_machine_remove(struct sixpn_machine *machine,
			  struct list_head *kill);
/* A peer is going: so are its machines. sx->lock held. */
void sixpn_machines_remove_of_peer(struct sixpn_peer *peer);

/* Unregister ports that were cut off. RTNL held, no lock of a device. */
void sixpn_machines_release(struct list_head *kill);
/* The mesh device is going and takes its ports along. RTNL, sx->lock not. */
void sixpn_machines_detach_all(struct sixpn_device *sx);

#endif /* _SIXPN_MACHINE_H */
