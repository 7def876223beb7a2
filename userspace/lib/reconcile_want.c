// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the records of a host, and what its device is now, to what it should be.
 */
#include "reconcile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "desired.h"
#include "format.h"
#include "netns.h"
#include "parse.h"
#include "resolve.h"

/* @resolver_silent: it has not answered once: that is wait enough */
struct wanting {
	struct sixpn_device *wanted;
	struct sixpn_device *now;
	const struct sixpn_reconcile_what *what;
	const struct sixpn_reconcile_options *options;
	bool clients_permanent;
	bool resolver_silent;
};

static void leave_out(const struct wanting *wanting, const char *text)
{
	const struct sixpn_reconcile_options *options = wanting->options;

	if (options->result)
		options->result->left_out++;
	if (options->notice)
		options->notice(options->context, text);
}

/* --- Finding, taking out. --- */

static struct sixpn_peer *find_peer(const struct sixpn_device *device,
				    const uint8_t key[SIXPN_KEY_LEN])
{
	size_t i;

	for (i = 0; i < device->peer_count; i++)
		if (sixpn_key_equal(device->peers[i].public_key, key))
			return &device->peers[i];
	return NULL;
}

static bool has_network(const struct sixpn_device *device, uint32_t id)
{
	size_t i;

	for (i = 0; i < device->network_count; i++)
		if (device->networks[i].id == id)
			return true;
	return false;
}

/* The order of the others stays. */
static void take_peer(struct sixpn_device *device, size_t at)
{
	sixpn_peer_clear(&device->peers[at]);
	device->peer_count--;
	memmove(&device->peers[at], &device->peers[at + 1],
		(device->peer_count - at) * sizeof(*device->peers));
}

static void take_peer_of_key(struct sixpn_device *device,
			     const uint8_t key[SIXPN_KEY_LEN])
{
	size_t i;

	for (i = device->peer_count; i-- > 0;)
		if (sixpn_key_equal(device->peers[i].public_key, key))
			take_peer(device, i);
}

static void take_host(struct sixpn_device *device, uint32_t host)
{
	size_t i;

	for (i = device->peer_count; i-- > 0;)
		if (device->peers[i].kind == SIXPN_PEER_KIND_HOST &&
		    device->peers[i].host_id == host)
			take_peer(device, i);
}

static void take_machine(struct sixpn_device *device,
			 const struct in6_addr *address)
{
	size_t i;

	for (i = device->machine_count; i-- > 0;) {
		if (!sixpn_addr_same_machine(&device->machines[i].address,
					     address))
			continue;
		sixpn_machine_clear(&device->machines[i]);
		device->machine_count--;
		memmove(&device->machines[i], &device->machines[i + 1],
			(device->machine_count - i) *
			sizeof(*device->machines));
	}
}

static void take_route(struct sixpn_device *device,
		       const struct in6_addr *address)
{
	size_t i;

	for (i = device->route_count; i-- > 0;)
		if (sixpn_addr_same_machine(&device->routes[i].address,
					    address))
			device->routes[i] =
				device->routes[--device->route_count];
}

/* --- What cannot be read. --- */

/* It stays, with what is in it, whatever else is known. */
static int keep_network(struct wanting *wanting, uint32_t id)
{
	if (!has_network(wanting->now, id))
		return 0;
	return sixpn_desired_network(wanting->wanted, id);
}

/* The machine, the client it hangs on and its network stay as they are. */
static int keep_machine(struct wanting *wanting, const struct in6_addr *address)
{
	struct sixpn_device *now = wanting->now;
	size_t i;

	for (i = 0; i < now->machine_count; i++) {
		const struct sixpn_machine *machine = &now->machines[i];

		if (!(machine->has & SIXPN_MACHINE_HAS_PEER_KEY) ||
		    !sixpn_addr_same_machine(&machine->address, address))
			continue;
		take_peer_of_key(wanting->wanted, machine->peer_key);
		take_peer_of_key(now, machine->peer_key);
	}
	take_machine(now, address);
	take_machine(wanting->wanted, address);
	return keep_network(wanting, sixpn_addr_network(address));
}

static int keep_bad(struct wanting *wanting, const char *key)
{
	uint32_t self = wanting->what->self;
	struct sixpn_view_name name;

	if (!sixpn_view_name(&name, key))
		return 0;
	switch (name.kind) {
	case SIXPN_RECORD_NETWORK:
		return keep_network(wanting, name.network);
	case SIXPN_RECORD_HOST:
		take_host(wanting->now, name.host);
		return 0;
	case SIXPN_RECORD_MOVED:
		take_route(wanting->now, &name.address);
		take_route(wanting->wanted, &name.address);
		if (sixpn_addr_host(&name.address) != self)
			return keep_network(wanting, name.network);
		return keep_machine(wanting, &name.address);
	default:
		if (name.host != self &&
		    sixpn_addr_host(&name.address) != self)
			return 0;
		return keep_machine(wanting, &name.address);
	}
}

/* Of one that has moved away from here, where it was told by "moved" alone. */
static bool is_lost(const struct wanting *wanting,
		    const struct sixpn_view_name *name)
{
	return name->kind == SIXPN_RECORD_MOVED &&
	       sixpn_addr_host(&name->address) == wanting->what->self &&
	       !sixpn_view_find_address(wanting->what->view, &name->address);
}

static int keep_unknown(struct wanting *wanting)
{
	const struct sixpn_view *view = wanting->what->view;
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < view->count; i++) {
		const struct sixpn_view_entry *entry = view->entries[i];
		struct sixpn_view_name name;

		if (!sixpn_view_name(&name, entry->key))
			continue;
		if (entry->bad)
			ret = keep_bad(wanting, entry->key);
		else if (is_lost(wanting, &name))
			ret = keep_machine(wanting, &name.address);
	}
	return ret;
}

/* Peers of kind site are somebody else's, unless the registry has their key. */
static void keep_sites(struct wanting *wanting)
{
	struct sixpn_device *now = wanting->now;
	size_t i;

	for (i = now->peer_count; i-- > 0;)
		if (now->peers[i].kind == SIXPN_PEER_KIND_SITE &&
		    !find_peer(wanting->wanted, now->peers[i].public_key))
			take_peer(now, i);
}

/* --- Endpoints of hosts. --- */

static int resolve(struct wanting *wanting, const char *text,
		   union sixpn_endpoint *endpoint, struct sixpn_error *error)
{
	const struct sixpn_resolve_options once = { 0 };
	struct sixpn_endpoint_words words;
	int ret = sixpn_parse_endpoint(&words, text, strlen(text), error);

	if (ret)
		return ret;
	if (words.literal) {
		*endpoint = words.endpoint;
		return 0;
	}
	if (wanting->what->resolve)
		return wanting->what->resolve(wanting->what->context, text,
					      endpoint, error);
	if (wanting->resolver_silent)
		return sixpn_error_set(error, -EAGAIN,
				       "the resolver does not answer");
	ret = sixpn_resolve_endpoint(endpoint, text, &once, error);
	wanting->resolver_silent = ret == -EAGAIN;
	return ret;
}

/* Whether @endpoint is one of those of the record, as far as that is known. */
static bool is_of_record(struct wanting *wanting,
			 const struct sixpn_record_host *host,
			 const union sixpn_endpoint *endpoint)
{
	size_t i;

	for (i = 0; i < host->endpoint_count; i++) {
		union sixpn_endpoint other;
		struct sixpn_error ignored;
		int ret = resolve(wanting, host->endpoints[i], &other,
				  &ignored);

		/* It may be that one: better to change nothing. */
		if (ret == -EINPROGRESS || ret == -EAGAIN ||
		    (!ret && sixpn_endpoint_equal(&other, endpoint)))
			return true;
	}
	return false;
}

static bool has_session(const struct sixpn_peer *peer, uint64_t now)
{
	return peer->has & SIXPN_PEER_HAS_LAST_HANDSHAKE &&
	       peer->last_handshake / 1000000000 + SIXPN_SESSION_SECONDS > now;
}

static bool keeps_endpoint(struct wanting *wanting,
			   const struct sixpn_view_entry *entry,
			   const struct sixpn_peer *old)
{
	if (!old || !(old->has & SIXPN_PEER_HAS_ENDPOINT) ||
	    entry->renew == SIXPN_RENEW_NEXT)
		return false;
	if (entry->renew == SIXPN_RENEW_NOT &&
	    has_session(old, wanting->what->now))
		return true;
	return is_of_record(wanting, &entry->record.host, &old->endpoint);
}

static void set_endpoint(struct wanting *wanting,
			 const struct sixpn_view_entry *entry,
			 struct sixpn_peer *peer, const struct sixpn_peer *old)
{
	const struct sixpn_record_host *host = &entry->record.host;
	struct sixpn_error error;
	const char *text;
	int ret;

	free(peer->endpoint_name);
	peer->endpoint_name = NULL;
	peer->has &= ~(uint32_t)SIXPN_PEER_HAS_ENDPOINT;
	if (!host->endpoint_count || keeps_endpoint(wanting, entry, old))
		return;
	text = host->endpoints[entry->endpoint % host->endpoint_count];
	ret = resolve(wanting, text, &peer->endpoint, &error);
	if (!ret) {
		peer->has |= SIXPN_PEER_HAS_ENDPOINT;
	} else if (ret != -EINPROGRESS) {
		sixpn_error_prefix(&error, ret, "host %s", host->name);
		leave_out(wanting, error.text);
	}
}

static void set_endpoints(struct wanting *wanting)
{
	size_t i;

	for (i = 0; i < wanting->wanted->peer_count; i++) {
		struct sixpn_peer *peer = &wanting->wanted->peers[i];
		const struct sixpn_view_entry *entry;

		entry = sixpn_view_find_key(wanting->what->view,
					    peer->public_key);
		if (entry && entry->record.kind == SIXPN_RECORD_HOST)
			set_endpoint(wanting, entry, peer,
				     find_peer(wanting->now, peer->public_key));
	}
}

/* --- What the records say. --- */

/*
 * One that has expired goes; one that is not in the kernel is not needed there
 * before it calls.
 */
static int want_client(struct wanting *wanting,
		       const struct sixpn_record_client *client)
{
	const struct sixpn_reconcile_what *what = wanting->what;
	bool permanent = wanting->clients_permanent;
	bool here = client->gateway == what->self;
	bool called = what->install &&
		      sixpn_key_equal(what->install, client->public_key);
	int ret = 0;

	if (here)
		ret = sixpn_desired_network(wanting->wanted, client->network);
	if (ret || (here && !permanent && !called &&
		    !find_peer(wanting->now, client->public_key)))
		return ret;
	return sixpn_desired_client(wanting->wanted, what->self, client,
				    permanent ? 0 : what->idle_expiry,
				    what->now);
}

/*
 * A number of a process is good for the command that got it: later it may be that
 * of somebody else. Such a port stays where it is, and is not made.
 */
static int want_machine(struct wanting *wanting,
			const struct sixpn_record_machine *machine)
{
	struct sixpn_device *wanted = wanting->wanted;
	size_t before = wanted->machine_count;
	struct sixpn_machine *added;
	int ret;

	ret = sixpn_desired_machine(wanted, wanting->what->self, machine);
	if (ret || wanted->machine_count == before)
		return ret;
	added = &wanted->machines[before];
	if (added->has & SIXPN_MACHINE_HAS_ATTACHMENT && added->netns &&
	    sixpn_netns_is_process(added->netns)) {
		free(added->netns);
		added->netns = NULL;
		added->has &= ~(uint32_t)(SIXPN_MACHINE_HAS_ATTACHMENT |
					  SIXPN_MACHINE_HAS_IFNAME |
					  SIXPN_MACHINE_HAS_NETNS);
	}
	return 0;
}

static int want_entry(struct wanting *wanting,
		      const struct sixpn_view_entry *entry)
{
	if (entry->bad)
		return 0;
	switch (entry->record.kind) {
	case SIXPN_RECORD_HOST:
		return sixpn_desired_host(wanting->wanted, wanting->what->self,
					  &entry->record.host, entry->endpoint);
	case SIXPN_RECORD_MACHINE:
		return want_machine(wanting, &entry->record.machine);
	case SIXPN_RECORD_CLIENT:
		return want_client(wanting, &entry->record.client);
	default:
		return 0;
	}
}

/* Only now is it known which networks there are: a route needs its own. */
static int want_routes(struct wanting *wanting)
{
	const struct sixpn_view *view = wanting->what->view;
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < view->count; i++) {
		const struct sixpn_record *record = &view->entries[i]->record;

		if (view->entries[i]->bad ||
		    record->kind != SIXPN_RECORD_MOVED ||
		    !has_network(wanting->wanted, record->moved.network))
			continue;
		ret = sixpn_desired_moved(wanting->wanted, wanting->what->self,
					  &record->moved);
	}
	return ret;
}

/* What 'sixpn up' has set is as it should be. */
static void copy_head(struct sixpn_device *wanted,
		      const struct sixpn_device *now)
{
	memcpy(wanted->ifname, now->ifname, sizeof(wanted->ifname));
	memcpy(wanted->private_key, now->private_key,
	       sizeof(wanted->private_key));
	wanted->listen_port = now->listen_port;
	wanted->fwmark = now->fwmark;
	if (!(now->flags & SIXPN_DEVICE_F_HOST_ID_SET))
		return;
	wanted->host_id = now->host_id;
	wanted->has |= SIXPN_DEVICE_HAS_HOST_ID;
}

int sixpn_reconcile_want(struct sixpn_device *wanted, struct sixpn_device *now,
			 const struct sixpn_reconcile_what *what,
			 bool clients_permanent,
			 const struct sixpn_reconcile_options *options)
{
	struct wanting wanting = {
		.wanted = wanted, .now = now, .what = what, .options = options,
		.clients_permanent = clients_permanent,
	};
	int ret = 0;
	size_t i;

	copy_head(wanted, now);
	for (i = 0; !ret && i < what->view->count; i++)
		ret = want_entry(&wanting, what->view->entries[i]);
	if (!ret)
		ret = keep_unknown(&wanting);
	if (!ret)
		ret = want_routes(&wanting);
	if (ret)
		return ret;
	keep_sites(&wanting);
	if (what->scope) {
		sixpn_scope_filter(what->scope, wanted);
		sixpn_scope_filter(what->scope, now);
	}
	if (options)
		set_endpoints(&wanting);
	return 0;
}
