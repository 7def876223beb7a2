// SPDX-License-Identifier: GPL-2.0
#include "machine.h"

#include "bind.h"
#include "claim.h"
#include "compat/compat.h"
#include "device.h"
#include "events.h"
#include "handshake.h"
#include "peer.h"
#include "port.h"

#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/netlink.h>
#include <sixpn/addr.h>

static const struct rhashtable_params machine_params = {
	.key_len = sizeof(struct in6_addr),
	.key_offset = offsetof(struct sixpn_machine, prefix),
	.head_offset = offsetof(struct sixpn_machine, node),
	.automatic_shrinking = true,
};

static const struct rhashtable_params name_params = {
	.key_len = sizeof(struct sixpn_machine_name),
	.key_offset = offsetof(struct sixpn_machine, name),
	.head_offset = offsetof(struct sixpn_machine, name_node),
	.automatic_shrinking = true,
};

int sixpn_machine_tables_init(struct sixpn_device *sx)
{
	int err;

	BUILD_BUG_ON(sizeof(struct sixpn_machine_name) % sizeof(u32));
	INIT_LIST_HEAD(&sx->attached);
	xa_init_flags(&sx->machines_by_serial, XA_FLAGS_ALLOC);
	err = rhashtable_init(&sx->machines, &machine_params);
	if (err)
		return err;
	err = rhashtable_init(&sx->machines_by_name, &name_params);
	if (err)
		goto err_name;
	err = sixpn_claims_init(&sx->claims, SIXPN_MACHINES_MAX);
	if (err)
		goto err_claims;
	return 0;

err_claims:
	rhashtable_destroy(&sx->machines_by_name);
err_name:
	rhashtable_destroy(&sx->machines);
	return err;
}

void sixpn_machine_tables_destroy(struct sixpn_device *sx)
{
	WARN_ON_ONCE(!xa_empty(&sx->machines_by_serial));
	xa_destroy(&sx->machines_by_serial);
	rhashtable_destroy(&sx->machines);
	rhashtable_destroy(&sx->machines_by_name);
	sixpn_claims_destroy(&sx->claims);
}

/* --- For packets. --- */

struct sixpn_machine *sixpn_machine_lookup(struct sixpn_device *sx,
					   const struct in6_addr *addr)
{
	struct in6_addr prefix = sixpn_addr_machine_prefix(addr);
	struct sixpn_network *network;
	struct sixpn_machine *machine;
	u32 host;

	machine = rhashtable_lookup(&sx->machines, &prefix, machine_params);
	if (machine)
		return sixpn_machine_is_live(machine) ? machine : NULL;
	/* Nothing to be changed in all networks when the host id is. */
	if (sixpn_addr_machine(addr) != SIXPN_MACHINE_HOST)
		return NULL;
	host = READ_ONCE(sx->host_id);
	if (!host || sixpn_addr_host(addr) != host)
		return NULL;
	network = sixpn_network_lookup(sx, sixpn_addr_network(addr));
	return network ? network->self : NULL;
}

/* --- Birth. --- */

static struct sixpn_machine *machine_alloc(struct sixpn_network *network)
{
	struct sixpn_machine *machine;

	machine = kzalloc(sizeof(*machine), GFP_KERNEL_ACCOUNT);
	if (!machine)
		return NULL;
	machine->counters = sixpn_counters_alloc();
	if (!machine->counters) {
		kfree(machine);
		return NULL;
	}
	machine->network = network;
	INIT_LIST_HEAD(&machine->network_node);
	INIT_LIST_HEAD(&machine->peer_node);
	INIT_LIST_HEAD(&machine->dev_node);
	return machine;
}

static void machine_free(struct sixpn_machine *machine)
{
	free_percpu(machine->counters);
	kfree(machine);
}

static void machine_free_rcu(struct rcu_head *rcu)
{
	machine_free(container_of(rcu, struct sixpn_machine, rcu));
}

struct sixpn_machine *sixpn_machine_alloc_self(struct sixpn_network *network)
{
	struct sixpn_machine *machine = machine_alloc(network);

	if (!machine)
		return NULL;
	machine->id = SIXPN_MACHINE_HOST;
	machine->attachment = SIXPN_ATTACHMENT_HOST;
	machine->name.network = network->id;
	machine->live = true;
	return machine;
}

void sixpn_machine_free_self(struct sixpn_machine *machine)
{
	machine_free(machine);
}

static int refuse_claim(int err, const struct sixpn_machine_wish *wish,
			struct netlink_ext_ack *extack)
{
	switch (err) {
	case -EEXIST:
		NL_SET_ERR_MSG_ATTR(extack, wish->at_id,
				    "Another machine of this network has this id");
		break;
	case -EBUSY:
		NL_SET_ERR_MSG_ATTR(extack, wish->at_id,
				    "This id was another machine's less than 60 seconds ago: wait, or choose another");
		break;
	case -ENOSPC:
		if (wish->id || wish->addr)
			NL_SET_ERR_MSG_ATTR(extack, wish->at_id,
					    "A device can have 1048576 machines, those removed in the last 60 seconds counted, and this would be one more");
		else
			NL_SET_ERR_MSG_ATTR(extack, wish->at_network,
					    "No machine id is to be had: the device has 1048576 machines, those removed in the last 60 seconds counted, or all ids that were tried are taken");
		break;
	}
	return err;
}

static struct sixpn_claim *claim_place(struct sixpn_device *sx,
				       const struct sixpn_machine_wish *wish,
				       struct netlink_ext_ack *extack)
{
	struct sixpn_claim_place place = {
		.network = wish->network,
		.host = wish->addr ? sixpn_addr_host(wish->addr) : sx->host_id,
		.name = wish->name ?: "",
		.now = ktime_get_coarse_boottime_ns(),
	};
	struct sixpn_claim *claim;
	u32 id;

	if (!place.host) {
		NL_SET_ERR_MSG(extack,
			       "The device has no host id to make addresses of: set a private key or a host id first");
		return ERR_PTR(-EADDRNOTAVAIL);
	}
	id = wish->addr ? sixpn_addr_machine(wish->addr) : wish->id;
	claim = id ? sixpn_claim_id(&sx->claims, &place, id) :
		     sixpn_claim_any(&sx->claims, &place);
	if (IS_ERR(claim))
		refuse_claim(PTR_ERR(claim), wish, extack);
	return claim;
}

/* Into every table, hidden: live is not set. */
static int machine_insert(struct sixpn_device *sx,
			  struct sixpn_machine *machine)
{
	int err;

	err = xa_alloc_cyclic(&sx->machines_by_serial, &machine->serial,
			      machine, XA_LIMIT(1, U32_MAX),
			      &sx->next_machine_serial, GFP_KERNEL_ACCOUNT);
	if (err < 0)
		return err == -EBUSY ? -ENOSPC : err;
	err = rhashtable_lookup_insert_fast(&sx->machines, &machine->node,
					    machine_params);
	if (err)
		goto err_hash;
	if (!*machine->name.text)
		return 0;
	err = rhashtable_lookup_insert_fast(&sx->machines_by_name,
					    &machine->name_node, name_params);
	if (!err)
		return 0;
	rhashtable_remove_fast(&sx->machines, &machine->node, machine_params);
err_hash:
	xa_erase(&sx->machines_by_serial, machine->serial);
	return err;
}

static void machine_take_out(struct sixpn_device *sx,
			     struct sixpn_machine *machine)
{
	if (*machine->name.text)
		rhashtable_remove_fast(&sx->machines_by_name,
				       &machine->name_node, name_params);
	rhashtable_remove_fast(&sx->machines, &machine->node, machine_params);
	xa_erase(&sx->machines_by_serial, machine->serial);
	list_del(&machine->network_node);
	list_del(&machine->peer_node);
	machine->network->machine_count--;
	sx->machine_count--;
}

static struct sixpn_machine *find_name(struct sixpn_device *sx, u32 network,
				       const char *text)
{
	struct sixpn_machine_name name = { .network = network };

	strscpy(name.text, text, sizeof(name.text));
	return rhashtable_lookup_fast(&sx->machines_by_name, &name,
				      name_params);
}

static struct sixpn_network *
find_place(struct sixpn_device *sx, const struct sixpn_machine_wish *wish,
	   struct netlink_ext_ack *extack)
{
	struct sixpn_network *network;

	if (sx->dead) {
		NL_SET_ERR_MSG(extack, "The device is being removed");
		return ERR_PTR(-ENODEV);
	}
	network = sixpn_network_lookup(sx, wish->network);
	if (!network) {
		NL_SET_ERR_MSG_ATTR(extack, wish->at_network,
				    "The device does not have this network: make it first");
		return ERR_PTR(-ENOENT);
	}
	if (wish->name && find_name(sx, wish->network, wish->name)) {
		NL_SET_ERR_MSG_ATTR(extack, wish->at_name,
				    "The network has a machine of this name on this device already");
		return ERR_PTR(-EEXIST);
	}
	return network;
}

struct sixpn_machine *
sixpn_machine_reserve(struct sixpn_device *sx,
		      const struct sixpn_machine_wish *wish,
		      struct netlink_ext_ack *extack)
{
	struct sixpn_network *network;
	struct sixpn_machine *machine;
	int err;

	lockdep_assert_held(&sx->lock);
	network = find_place(sx, wish, extack);
	if (IS_ERR(network))
		return ERR_CAST(network);
	machine = machine_alloc(network);
	if (!machine)
		return ERR_PTR(-ENOMEM);
	machine->claim = claim_place(sx, wish, extack);
	if (IS_ERR(machine->claim)) {
		err = PTR_ERR(machine->claim);
		goto err_claim;
	}
	machine->prefix = machine->claim->prefix;
	machine->id = sixpn_addr_machine(&machine->prefix);
	machine->attachment = wish->attachment;
	machine->moved_to = wish->moved_to;
	machine->name.network = wish->network;
	memcpy(machine->name.text, machine->claim->name,
	       sizeof(machine->name.text));
	err = machine_insert(sx, machine);
	if (err)
		goto err_insert;
	list_add_tail(&machine->network_node, &network->machines);
	if (wish->peer) {
		rcu_assign_pointer(machine->peer, wish->peer);
		list_add_tail(&machine->peer_node, &wish->peer->machines);
	}
	network->machine_count++;
	sx->machine_count++;
	return machine;

err_insert:
	sixpn_claim_undo(&sx->claims, machine->claim);
err_claim:
	machine_free(machine);
	return ERR_PTR(err);
}

void sixpn_machine_discard(struct sixpn_machine *machine)
{
	struct sixpn_device *sx = machine->network->sx;

	lockdep_assert_held(&sx->lock);
	machine_take_out(sx, machine);
	sixpn_claim_undo(&sx->claims, machine->claim);
	/* Packets may have met it in the table, hidden. */
	call_rcu(&machine->rcu, machine_free_rcu);
}

/* --- What it hangs on. --- */

static struct net_device *machine_dev(const struct sixpn_machine *machine)
{
	return rcu_dereference_protected(machine->dev, lockdep_rtnl_is_held());
}

/* The module stays while containers and virtual machines hang on it. */
static void take_dev(struct sixpn_machine *machine, struct net_device *dev)
{
	struct sixpn_device *sx = machine->network->sx;

	ASSERT_RTNL();
	lockdep_assert_held(&sx->lock);
	/* Who asked for it keeps us from being unloaded as yet. */
	__module_get(THIS_MODULE);
	list_add_tail(&machine->dev_node, &sx->attached);
	rcu_assign_pointer(machine->dev, dev);
}

/* From here on nothing of the machine leads to the netdev. */
static void let_go_of_dev(struct sixpn_machine *machine)
{
	ASSERT_RTNL();
	lockdep_assert_held(&machine->network->sx->lock);
	RCU_INIT_POINTER(machine->dev, NULL);
	list_del_init(&machine->dev_node);
	/* Whoever unloads the module waits for the RTNL, which we hold. */
	module_put(THIS_MODULE);
}

/* And from here on nothing of the netdev leads to the machine. */
static void cut_dev(struct sixpn_machine *machine, struct list_head *kill)
{
	struct net_device *dev;

	if (!rcu_access_pointer(machine->dev))
		return;
	dev = machine_dev(machine);
	let_go_of_dev(machine);
	if (machine->attachment == SIXPN_ATTACHMENT_PORT)
		sixpn_port_destroy(dev, kill);
	else
		sixpn_bind_detach(dev);
}

void sixpn_machine_let_in(struct sixpn_machine *machine)
{
	struct sixpn_device *sx = machine->network->sx;
	struct sixpn_peer *peer;

	lockdep_assert_held(&sx->lock);
	peer = rcu_dereference_protected(machine->peer,
					 lockdep_is_held(&sx->lock));
	if (peer)
		sixpn_handshake_admit(sx, peer);
}

void sixpn_machine_publish(struct sixpn_machine *machine,
			   struct net_device *dev)
{
	lockdep_assert_held(&machine->network->sx->lock);
	if (dev)
		take_dev(machine, dev);
	WRITE_ONCE(machine->live, true);
	sixpn_device_touch(machine->network->sx);
	sixpn_event_machine(machine);
	sixpn_machine_let_in(machine);
}

void sixpn_machine_attach(struct sixpn_machine *machine, u8 attachment,
			  struct net_device *dev, struct sixpn_peer *peer)
{
	struct sixpn_device *sx = machine->network->sx;

	lockdep_assert_held(&sx->lock);
	if (peer) {
		rcu_assign_pointer(machine->peer, peer);
		list_add_tail(&machine->peer_node, &peer->machines);
	}
	if (dev)
		take_dev(machine, dev);
	WRITE_ONCE(machine->attachment, attachment);
}

void sixpn_machine_detach(struct sixpn_machine *machine, struct list_head *kill)
{
	struct sixpn_device *sx = machine->network->sx;

	lockdep_assert_held(&sx->lock);
	cut_dev(machine, kill);
	list_del_init(&machine->peer_node);
	RCU_INIT_POINTER(machine->peer, NULL);
	WRITE_ONCE(machine->attachment, SIXPN_ATTACHMENT_NONE);
}

void sixpn_machine_lost_dev(struct sixpn_machine *machine,
			    const struct net_device *dev)
{
	struct sixpn_device *sx = machine->network->sx;

	ASSERT_RTNL();
	mutex_lock(&sx->lock);
	/* Not if it was never published with it: making the netdev failed. */
	if (machine_dev(machine) == dev) {
		let_go_of_dev(machine);
		sixpn_device_touch(sx);
		sixpn_event_machine(machine);
	}
	mutex_unlock(&sx->lock);
}

void sixpn_machines_release(struct list_head *kill)
{
	ASSERT_RTNL();
	if (list_empty(kill))
		return;
	unregister_netdevice_many(kill); /* leaves the list's head in ruins */
	INIT_LIST_HEAD(kill);
}

void sixpn_machines_detach_all(struct sixpn_device *sx)
{
	struct sixpn_machine *machine, *next;
	LIST_HEAD(kill);

	mutex_lock(&sx->lock);
	list_for_each_entry_safe(machine, next, &sx->attached, dev_node)
		cut_dev(machine, &kill);
	mutex_unlock(&sx->lock);
	sixpn_machines_release(&kill);
}

/* --- Control. --- */

struct sixpn_machine *sixpn_machine_find(struct sixpn_device *sx,
					 const struct in6_addr *addr)
{
	struct in6_addr prefix = sixpn_addr_machine_prefix(addr);
	struct sixpn_machine *machine;
	struct sixpn_network *network;

	lockdep_assert_held(&sx->lock);
	machine = rhashtable_lookup_fast(&sx->machines, &prefix,
					 machine_params);
	if (machine)
		return machine->live ? machine : NULL;
	if (sixpn_addr_machine(addr) != SIXPN_MACHINE_HOST || !sx->host_id ||
	    sixpn_addr_host(addr) != sx->host_id)
		return NULL;
	network = sixpn_network_lookup(sx, sixpn_addr_network(addr));
	return network ? network->self : NULL;
}

struct sixpn_machine *sixpn_machine_find_name(struct sixpn_device *sx,
					      u32 network, const char *name)
{
	struct sixpn_machine *machine;

	lockdep_assert_held(&sx->lock);
	machine = find_name(sx, network, name);
	return machine && machine->live ? machine : NULL;
}

bool sixpn_machine_addr(const struct sixpn_machine *machine,
			struct in6_addr *addr)
{
	const struct sixpn_device *sx = machine->network->sx;

	lockdep_assert_held(&sx->lock);
	if (machine->id == SIXPN_MACHINE_HOST) {
		sixpn_addr_build(addr, machine->network->id, sx->host_id,
				 SIXPN_MACHINE_HOST, SIXPN_SUB_MACHINE);
		return sx->host_id;
	}
	sixpn_addr_build(addr, machine->network->id,
			 sixpn_addr_host(&machine->prefix), machine->id,
			 SIXPN_SUB_MACHINE);
	return true;
}

u8 sixpn_machine_state(const struct sixpn_machine *machine)
{
	lockdep_assert_held(&machine->network->sx->lock);
	if (machine->moved_to)
		return SIXPN_MACHINE_STATE_MOVED;
	switch (machine->attachment) {
	case SIXPN_ATTACHMENT_HOST:
	case SIXPN_ATTACHMENT_CLIENT:
		return SIXPN_MACHINE_STATE_ATTACHED;
	default:
		return rcu_access_pointer(machine->dev) ?
			       SIXPN_MACHINE_STATE_ATTACHED :
			       SIXPN_MACHINE_STATE_DETACHED;
	}
}

bool sixpn_machines_use_host_id(struct sixpn_device *sx, u32 host)
{
	struct sixpn_machine *machine;
	unsigned long serial;

	lockdep_assert_held(&sx->lock);
	xa_for_each(&sx->machines_by_serial, serial, machine)
		if (sixpn_addr_host(&machine->prefix) == host)
			return true;
	return false;
}

void sixpn_machine_remove(struct sixpn_machine *machine, struct list_head *kill)
{
	struct sixpn_device *sx = machine->network->sx;

	lockdep_assert_held(&sx->lock);
	WRITE_ONCE(machine->live, false);
	cut_dev(machine, kill);
	machine_take_out(sx, machine);
	sixpn_claim_bury(&sx->claims, machine->claim,
			 ktime_get_coarse_boottime_ns());
	/* Neither a table nor a netdev nor a peer leads here: the readers that
	 * came before are all that is left.
	 */
	call_rcu(&machine->rcu, machine_free_rcu);
}

void sixpn_machines_remove_of_peer(struct sixpn_peer *peer)
{
	struct sixpn_machine *machine, *next;

	lockdep_assert_held(&peer->sx->lock);
	list_for_each_entry_safe(machine, next, &peer->machines, peer_node) {
		sixpn_event_machine_gone(machine);
		sixpn_machine_remove(machine, NULL);
	}
}
