// SPDX-License-Identifier: GPL-2.0
#include "transaction.h"

#include "allowedips.h"
#include "compat/compat.h"
#include "derive.h"
#include "device.h"
#include "endpoint.h"
#include "events.h"
#include "handshake.h"
#include "host.h"
#include "machine.h"
#include "peer.h"
#include "request.h"
#include "socket.h"
#include "timers.h"
#include "transmit.h"

#include <crypto/utils.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/sixpn.h>
#include <linux/slab.h>
#include <net/genetlink.h>

/*
 * What one request does to one public key. Only a key whose peer is created or
 * removed, or is given a kind or host id, needs one; peers point at it
 * (peer->plan) as long as the request lasts, which is how the next PEER nest of
 * the same key finds it.
 */
struct sixpn_peer_plan {
	struct list_head node; /* in transaction.plans */
	struct sixpn_peer *old; /* there before the request, or NULL */
	struct sixpn_peer *fresh; /* made for the request, or NULL */
	struct sixpn_peer *present; /* at this point of the request, or NULL */
	unsigned int creations; /* CREATE changes still to be applied */
	/* Of the present one, at this point of the request. */
	u8 kind;
	bool host_id_set;
	struct sixpn_host *host;
};

struct transaction {
	struct sixpn_device *sx;
	struct sixpn_request req;
	struct netlink_ext_ack *extack;
	const u8 *own_public; /* after the request, NULL: no key */
	bool new_key;
	bool new_port;
	bool new_fwmark;
	u32 host_id; /* after the request, 0: none */
	bool host_id_set;
	bool changed;
	u32 peer_count; /* at this point of the request */
	struct list_head plans;
	struct sixpn_host_plans hosts;
	struct list_head doomed; /* unlinked peers */
	struct sixpn_allowedips_pool pool;
	bool new_sockets;
	struct sixpn_socket_pair sockets; /* if so; not yet in use */
};

/* --- Planning: what does it come to? New peers are made, but hidden. --- */

static int plan_generation(struct transaction *t)
{
	const struct nlattr *attr = t->req.generation;

	if (!attr || nla_get_u32(attr) == t->sx->generation)
		return 0;
	NL_SET_ERR_MSG_ATTR(t->extack, attr,
			    "The device has been changed by someone else: read it again");
	return -ESTALE;
}

/* The sockets are in the namespace the device was born in, wherever it is now:
 * what takes a port there, or goes round its routing policy, is for those who
 * may do so there.
 */
static int check_underlay(struct transaction *t, const struct nlattr *attr)
{
	const struct net *net = t->sx->birth_net;

	/* It stays for as long as we hold sx->lock and see it. */
	if (!net) {
		NL_SET_ERR_MSG_ATTR(t->extack, attr,
				    "The network namespace the device was created in, where its sockets live, is gone");
		return -ENONET;
	}
	if (ns_capable(net->user_ns, CAP_NET_ADMIN))
		return 0;
	NL_SET_ERR_MSG_ATTR(t->extack, attr,
			    "This needs CAP_NET_ADMIN in the network namespace the device was created in");
	return -EPERM;
}

static int plan_underlay(struct transaction *t)
{
	const struct sixpn_request *req = &t->req;
	int err = 0;

	t->new_port = req->listen_port &&
		      nla_get_u16(req->listen_port) != t->sx->listen_port;
	t->new_fwmark = req->fwmark &&
			nla_get_u32(req->fwmark) != t->sx->fwmark;
	if (t->new_port)
		err = check_underlay(t, req->listen_port);
	if (!err && t->new_fwmark)
		err = check_underlay(t, req->fwmark);
	return err;
}

static int plan_private_key(struct transaction *t)
{
	const struct sixpn_identity *identity = &t->sx->identity;
	const struct sixpn_request *req = &t->req;
	const struct sixpn_peer *peer;

	/* Nobody else writes it while we hold sx->lock. */
	t->own_public = identity->present ? identity->public : NULL;
	if (!req->private_key)
		return 0;
	if (req->forget_key) {
		t->new_key = identity->present;
		t->own_public = NULL;
		return 0;
	}
	/* The key it has already: its sessions go on. */
	t->new_key = !identity->present ||
		     crypto_memneq(identity->private, req->private,
				   SIXPN_KEY_SIZE);
	t->own_public = req->public;
	peer = sixpn_peer_find(t->sx, req->public);
	if (!peer || req->replace_peers)
		return 0;
	NL_SET_ERR_MSG_ATTR(t->extack, req->private_key,
			    "This private key belongs to a peer of the device: remove that peer first");
	return -EEXIST;
}

/* May the device's host id become what the request makes of it? */
static int check_own_host_id(struct transaction *t)
{
	const struct nlattr *at = t->req.host_id ?: t->req.private_key;
	struct sixpn_device *sx = t->sx;

	if (t->host_id && !t->req.replace_peers &&
	    sixpn_host_is_taken(sx, t->host_id)) {
		NL_SET_ERR_MSG_ATTR(t->extack, at,
				    "Another host, a peer, has this host id: set one by hand that is free");
		return -EEXIST;
	}
	if (sx->host_id && sixpn_machines_use_host_id(sx, sx->host_id)) {
		NL_SET_ERR_MSG_ATTR(t->extack, at,
				    "Machines have addresses of the present host id: remove them first, or set the host id by hand to what it is");
		return -EBUSY;
	}
	return 0;
}

static int plan_host_id(struct transaction *t)
{
	const struct nlattr *attr = t->req.host_id;
	const struct sixpn_device *sx = t->sx;

	t->host_id_set = attr ? nla_get_u32(attr) : sx->host_id_set;
	if (!t->host_id_set)
		t->host_id = t->own_public ?
				     sixpn_derive_host_id(t->own_public) : 0;
	else
		t->host_id = attr ? nla_get_u32(attr) : sx->host_id;
	return t->host_id == sx->host_id ? 0 : check_own_host_id(t);
}

static struct sixpn_peer_plan *plan_new(struct transaction *t,
					struct sixpn_peer *old)
{
	struct sixpn_peer_plan *plan = kzalloc(sizeof(*plan), GFP_KERNEL);

	if (!plan)
		return NULL;
	plan->old = old;
	if (old && !t->req.replace_peers) {
		plan->present = old;
		plan->kind = old->kind;
		plan->host_id_set = old->host_id_set;
		plan->host = old->host;
	}
	if (old)
		old->plan = plan;
	list_add_tail(&plan->node, &t->plans);
	return plan;
}

/* The present peer of @plan no longer has the host id it had. */
static int plan_host_release(struct transaction *t,
			     struct sixpn_peer_plan *plan)
{
	struct sixpn_host *host = plan->host;

	if (!host)
		return 0;
	host = sixpn_host_plan(t->sx, host->id, &t->hosts);
	if (IS_ERR(host))
		return PTR_ERR(host);
	host->planned = NULL;
	plan->host = NULL;
	return 0;
}

static int plan_host_claim(struct transaction *t, struct sixpn_change *change,
			   struct sixpn_peer_plan *plan)
{
	const struct nlattr *at = change->host_id ?: change->kind;
	struct sixpn_host *host;
	u32 id;

	if (change->host_id)
		plan->host_id_set = nla_get_u32(change->host_id);
	else if (plan->host)
		return 0; /* of this kind before, and keeps its id */
	id = plan->host_id_set ? nla_get_u32(change->host_id) :
				 sixpn_derive_host_id(nla_data(change->name));
	host = ERR_PTR(-EEXIST);
	if (id != t->host_id)
		host = sixpn_host_plan(t->sx, id, &t->hosts);
	if (host == ERR_PTR(-EEXIST)) {
		NL_SET_ERR_MSG_ATTR(t->extack, at,
				    "This host id is the device's own: set another by hand");
		return -EEXIST;
	}
	if (IS_ERR(host))
		return PTR_ERR(host);
	if (host->planned && host->planned != plan->present) {
		NL_SET_ERR_MSG_ATTR(t->extack, at,
				    "Another peer has this host id: set one by hand that is free");
		return -EEXIST;
	}
	if (host != plan->host && plan_host_release(t, plan))
		return -ENOMEM;
	host->planned = plan->present;
	plan->host = host;
	return 0;
}

/* Kind and host id of the peer a change creates or updates. */
static int plan_kind(struct transaction *t, struct sixpn_change *change)
{
	struct sixpn_peer_plan *plan = change->peer->plan;
	int err;

	if (!change->kind && !change->host_id)
		return 0;
	if (!plan)
		plan = plan_new(t, change->peer);
	if (!plan)
		return -ENOMEM;
	if (change->kind)
		plan->kind = nla_get_u32(change->kind);
	if (plan->kind != SIXPN_PEER_KIND_HOST && change->host_id) {
		NL_SET_ERR_MSG_ATTR(t->extack, change->host_id,
				    "Only a peer of kind host has a host id");
		return -EINVAL;
	}
	if (plan->kind != SIXPN_PEER_KIND_CLIENT &&
	    !list_empty(&change->peer->machines)) {
		NL_SET_ERR_MSG_ATTR(t->extack, change->kind,
				    "Machines hang on this client: remove them before it becomes something else");
		return -EBUSY;
	}
	if (plan->kind == SIXPN_PEER_KIND_HOST) {
		err = plan_host_claim(t, change, plan);
	} else {
		err = plan_host_release(t, plan);
		plan->host_id_set = false;
	}
	change->new_kind = plan->kind;
	change->new_host_id_set = plan->host_id_set;
	change->new_host = plan->host;
	return err;
}

static int plan_removal(struct transaction *t, struct sixpn_change *change,
			struct sixpn_peer *present,
			struct sixpn_peer_plan *plan)
{
	if (!present)
		return 0;
	if (!plan)
		plan = plan_new(t, present);
	if (!plan)
		return -ENOMEM;
	change->action = SIXPN_CHANGE_REMOVE;
	change->peer = present;
	plan->present = NULL;
	plan->kind = SIXPN_PEER_KIND_SITE;
	plan->host_id_set = false;
	t->peer_count--;
	return plan_host_release(t, plan);
}

static int check_creation(struct transaction *t,
			  const struct sixpn_change *change)
{
	if (t->own_public &&
	    !memcmp(nla_data(change->name), t->own_public, SIXPN_KEY_SIZE)) {
		NL_SET_ERR_MSG_ATTR(t->extack, change->name,
				    "This public key is the device's own");
		return -EEXIST;
	}
	if (t->peer_count >= SIXPN_PEERS_MAX) {
		NL_SET_ERR_MSG_ATTR(t->extack, change->name,
				    "A device can have 1048576 peers and this would be one more");
		return -ENOSPC;
	}
	return 0;
}

static int plan_creation(struct transaction *t, struct sixpn_change *change,
			 struct sixpn_peer *old, struct sixpn_peer_plan *plan)
{
	struct sixpn_peer *fresh;
	int err;

	if (change->flags & SIXPN_PEER_F_UPDATE_ONLY)
		return 0;
	err = check_creation(t, change);
	if (err)
		return err;
	if (!plan)
		plan = plan_new(t, old);
	if (!plan)
		return -ENOMEM;
	/* Added, removed and added again: one peer, blanked in between. */
	if (!plan->fresh) {
		fresh = sixpn_peer_create(t->sx, nla_data(change->name),
					  plan->old);
		if (IS_ERR(fresh))
			return PTR_ERR(fresh);
		fresh->plan = plan;
		plan->fresh = fresh;
	}
	change->action = SIXPN_CHANGE_CREATE;
	change->peer = plan->fresh;
	plan->present = plan->fresh;
	plan->creations++;
	t->peer_count++;
	return plan_kind(t, change);
}

static int plan_change(struct transaction *t, struct sixpn_change *change)
{
	struct sixpn_peer *found, *present;
	struct sixpn_peer_plan *plan;

	/* The old one and the fresh one share their plan. */
	found = sixpn_peer_find(t->sx, nla_data(change->name));
	plan = found ? found->plan : NULL;
	if (plan)
		present = plan->present;
	else
		present = t->req.replace_peers ? NULL : found;

	if (change->flags & SIXPN_PEER_F_REMOVE)
		return plan_removal(t, change, present, plan);
	if (!present)
		return plan_creation(t, change, found, plan);
	change->action = SIXPN_CHANGE_UPDATE;
	change->peer = present;
	return plan_kind(t, change);
}

static int plan_peers(struct transaction *t)
{
	size_t i;
	int err;

	t->peer_count = t->req.replace_peers ? 0 : t->sx->peer_count;
	for (i = 0; i < t->req.count; i++) {
		err = plan_change(t, &t->req.changes[i]);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

static int plan(struct transaction *t)
{
	const struct sixpn_request *req = &t->req;
	const struct sixpn_device *sx = t->sx;
	int err;

	if (sx->dead) {
		NL_SET_ERR_MSG(t->extack, "The device is being removed");
		return -ENODEV;
	}
	err = plan_generation(t) ?: plan_underlay(t) ?: plan_private_key(t) ?:
	      plan_host_id(t) ?: plan_peers(t);
	t->changed = t->new_port || t->new_fwmark || t->new_key ||
		     t->host_id != sx->host_id ||
		     t->host_id_set != sx->host_id_set ||
		     (req->replace_peers && sx->peer_count);
	return err;
}

/* --- Preparing: the rest of what can be refused. --- */

static int prepare_sockets(struct transaction *t)
{
	struct sixpn_device *sx = t->sx;
	int err;

	/* A device that is down opens them when it goes up. Asked of the
	 * socket and not of the device's flags, which change a little earlier
	 * than it and under another lock.
	 */
	if (!t->new_port || !rcu_access_pointer(sx->sock4))
		return 0;
	err = sixpn_socket_open(sx, nla_get_u16(t->req.listen_port),
				&t->sockets);
	if (!err) {
		t->new_sockets = true;
		return 0;
	}
	if (err == -EADDRINUSE)
		NL_SET_ERR_MSG_ATTR(t->extack, t->req.listen_port,
				    "Another socket has this UDP port: choose another, or 0 for any that is free");
	else
		NL_SET_ERR_MSG_ATTR(t->extack, t->req.listen_port,
				    "The UDP sockets for this port could not be opened");
	return err;
}

static int prepare(struct transaction *t)
{
	return sixpn_allowedips_pool_fill(&t->pool, t->req.prefixes) ?:
	       prepare_sockets(t);
}

/* --- Committing: cannot fail. --- */

static void unlink_all(struct transaction *t)
{
	struct sixpn_peer *peer;
	unsigned long id;

	/* Those made for this request wait unpublished among them. */
	xa_for_each(&t->sx->peers, id, peer) {
		if (peer->live)
			sixpn_peer_unlink(peer, &t->doomed);
		cond_resched();
	}
}

static void commit_device(struct transaction *t)
{
	const struct sixpn_request *req = &t->req;
	struct sixpn_device *sx = t->sx;

	if (req->replace_peers)
		unlink_all(t);
	if (t->new_key)
		sixpn_device_set_private_key(sx, nla_data(req->private_key));
	WRITE_ONCE(sx->host_id, t->host_id);
	sx->host_id_set = t->host_id_set;
	if (t->new_fwmark)
		WRITE_ONCE(sx->fwmark, nla_get_u32(req->fwmark));
	if (t->new_sockets) {
		sx->listen_port = t->sockets.port;
		sixpn_socket_install(sx, &t->sockets);
		t->new_sockets = false;
	} else if (t->new_port) {
		sx->listen_port = nla_get_u16(req->listen_port);
	}
	if (t->new_fwmark || t->new_port)
		sixpn_socket_route_changed(sx);
}

static void set_preshared(struct sixpn_peer *peer, const u8 *key)
{
	struct sixpn_handshake *handshake = &peer->handshake;

	mutex_lock(&handshake->lock);
	if (key)
		memcpy(handshake->preshared, key, SIXPN_KEY_SIZE);
	else
		memzero_explicit(handshake->preshared, SIXPN_KEY_SIZE);
	mutex_unlock(&handshake->lock);
}

static void set_keepalive(struct sixpn_change *change)
{
	struct sixpn_peer *peer = change->peer;
	u16 seconds = nla_get_u16(change->keepalive);

	change->starts_keepalive = seconds && !peer->keepalive;
	WRITE_ONCE(peer->keepalive, seconds);
	sixpn_timers_keepalive_changed(peer);
}

static void set_allowedips(struct transaction *t,
			   const struct sixpn_change *change)
{
	struct sixpn_allowedips *table = &t->sx->allowedips;
	struct sixpn_prefix prefix;
	const struct nlattr *attr;
	struct list_head old;
	int rem;

	if (change->flags & SIXPN_PEER_F_REPLACE_ALLOWED_IPS)
		sixpn_allowedips_replace_begin(change->peer, &old);
	nla_for_each_nested(attr, change->nest, rem) {
		if (nla_type(attr) != SIXPN_PEER_A_ALLOWED_IP)
			continue;
		sixpn_request_read_prefix(attr, &prefix);
		if (prefix.remove)
			sixpn_allowedips_remove(table, prefix.family,
						prefix.addr, prefix.len,
						change->peer);
		else
			sixpn_allowedips_insert(table, &t->pool, prefix.family,
						prefix.addr, prefix.len,
						change->peer);
	}
	if (change->flags & SIXPN_PEER_F_REPLACE_ALLOWED_IPS)
		sixpn_allowedips_replace_end(table, change->peer, &old);
}

/* Who has which host id is settled for all at the end. */
static void set_kind(const struct sixpn_change *change)
{
	const struct sixpn_host *host = change->new_host;
	struct sixpn_peer *peer = change->peer;

	WRITE_ONCE(peer->kind, change->new_kind);
	WRITE_ONCE(peer->host_id, host ? host->id : 0);
	peer->host_id_set = change->new_host_id_set;
	peer->host = change->new_host;
}

static void configure(struct transaction *t, struct sixpn_change *change)
{
	if (change->kind || change->host_id)
		set_kind(change);
	if (change->preshared)
		set_preshared(change->peer, nla_data(change->preshared));
	if (change->endpoint) {
		sixpn_endpoint_publish(change->peer, change->endpoint);
		change->endpoint = NULL;
	}
	/* It is complete before a handshake can find it. */
	if (change->action == SIXPN_CHANGE_CREATE) {
		change->peer->plan->creations--;
		if (!change->peer->live)
			sixpn_peer_publish(change->peer);
	}
	if (change->keepalive)
		set_keepalive(change);
	if (change->idle_expiry) {
		WRITE_ONCE(change->peer->idle_expiry,
			   nla_get_u32(change->idle_expiry));
		sixpn_timers_idle_changed(change->peer);
	}
	set_allowedips(t, change);
}

/* As if it had just been created. */
static void blank(struct sixpn_peer *peer)
{
	sixpn_allowedips_remove_peer(&peer->sx->allowedips, peer);
	sixpn_endpoint_publish(peer, NULL);
	set_preshared(peer, NULL);
	WRITE_ONCE(peer->keepalive, 0);
	WRITE_ONCE(peer->idle_expiry, 0);
	WRITE_ONCE(peer->kind, SIXPN_PEER_KIND_SITE);
	WRITE_ONCE(peer->host_id, 0);
	peer->host_id_set = false;
	peer->host = NULL;
	sixpn_peer_wipe(peer);
}

static void commit_removal(struct transaction *t, struct sixpn_peer *peer)
{
	const struct sixpn_peer_plan *plan = peer->plan;

	if (peer == plan->fresh && plan->creations)
		blank(peer);
	else
		sixpn_peer_unlink(peer, &t->doomed);
}

static void commit_peers(struct transaction *t)
{
	struct sixpn_change *change;
	size_t i;

	for (i = 0; i < t->req.count; i++) {
		change = &t->req.changes[i];
		if (change->action == SIXPN_CHANGE_NOTHING)
			continue;
		if (change->action == SIXPN_CHANGE_REMOVE)
			commit_removal(t, change->peer);
		else
			configure(t, change);
		t->changed = true;
		cond_resched();
	}
}

/* --- Afterwards. --- */

/* Packets may have waited for a private key. */
static void set_all_going(struct sixpn_device *sx)
{
	struct sixpn_peer *peer;
	unsigned long id;

	xa_for_each(&sx->peers, id, peer) {
		if (peer->keepalive)
			sixpn_transmit_keepalive(peer);
		sixpn_transmit_staged(peer);
		cond_resched();
	}
}

/* New settings may let packets go that waited for them. */
static void set_going(struct transaction *t)
{
	const struct sixpn_change *change;
	size_t i;

	if (!rcu_access_pointer(t->sx->sock4))
		return;
	if (t->new_key)
		set_all_going(t->sx);
	for (i = 0; i < t->req.count; i++) {
		change = &t->req.changes[i];
		/* Removed again later in the request: not any more. */
		if (!change->peer || !change->peer->live)
			continue;
		/* A client of before may speak only now. */
		sixpn_handshake_admit(t->sx, change->peer);
		if (change->starts_keepalive)
			sixpn_transmit_keepalive(change->peer);
		sixpn_transmit_staged(change->peer);
		cond_resched();
	}
}

static void tell(struct transaction *t)
{
	const struct sixpn_change *change;
	struct sixpn_peer *peer, *last = NULL;
	size_t i;

	list_for_each_entry(peer, &t->doomed, release_node)
		sixpn_event_peer_gone(peer);
	for (i = 0; i < t->req.count; i++) {
		change = &t->req.changes[i];
		peer = change->peer;
		/* A peer of many allowed-ips comes in several nests. */
		if (!peer || peer == last || !peer->live)
			continue;
		sixpn_event_peer(peer);
		last = peer;
		cond_resched();
	}
	sixpn_event_device(t->sx);
}

/* Peers point at their plans no longer. Undo what was made but not used. */
static void forget_plans(struct transaction *t, bool committed)
{
	struct sixpn_peer_plan *plan, *next;

	list_for_each_entry_safe(plan, next, &t->plans, node) {
		if (plan->old)
			plan->old->plan = NULL;
		if (plan->fresh)
			plan->fresh->plan = NULL;
		if (plan->fresh && !committed)
			sixpn_peer_discard(plan->fresh);
		kfree(plan);
	}
}

static int run_locked(struct transaction *t)
{
	struct sixpn_device *sx = t->sx;
	int err;

	lockdep_assert_held(&sx->lock);
	t->hosts.all_go = t->req.replace_peers;
	err = plan(t) ?: prepare(t);
	if (err) {
		sixpn_host_plans_end(sx, &t->hosts, false);
		forget_plans(t, false);
		return err;
	}
	commit_device(t);
	commit_peers(t);
	sixpn_host_plans_end(sx, &t->hosts, true);
	forget_plans(t, true);
	if (!t->changed)
		return 0;
	sixpn_device_touch(sx);
	set_going(t);
	tell(t);
	/* All wait for one grace period. Under the lock, so that whoever takes
	 * it next, above all the end of the device, finds none half gone.
	 */
	sixpn_peers_release(&t->doomed);
	return 0;
}

int sixpn_transaction_run(struct sixpn_device *sx, struct genl_info *info)
{
	struct transaction t = {
		.sx = sx,
		.extack = info->extack,
		.plans = LIST_HEAD_INIT(t.plans),
		.hosts.list = LIST_HEAD_INIT(t.hosts.list),
		.doomed = LIST_HEAD_INIT(t.doomed),
	};
	int err;

	err = sixpn_request_parse(&t.req, info);
	if (!err) {
		mutex_lock(&sx->lock);
		err = run_locked(&t);
		mutex_unlock(&sx->lock);
	}
	sixpn_allowedips_pool_drain(&t.pool);
	sixpn_request_free(&t.req);
	if (err == -ENOMEM)
		NL_SET_ERR_MSG(info->extack,
			       "There is not enough memory for this request");
	return err;
}
