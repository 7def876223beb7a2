// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * client list and client show: the registry, and what this host's kernel has.
 */
#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A name of a network or host, by id. */
struct named {
	uint32_t id;
	char name[SIXPN_LABEL_MAX + 1];
};

struct names {
	struct named *entries;
	size_t count, room;
};

/**
 * struct listing - what is read before anything is printed
 * @noun: of @job; first: see sixpn_noun_bad()
 * @network: only clients of it; 0: of all
 * @clients: without preshared keys
 * @device: its peers, in the order of their keys
 */
struct listing {
	struct sixpn_noun *noun;
	struct sixpn_client_job job;
	uint32_t network;
	struct names networks, hosts;
	struct sixpn_record_client *clients;
	size_t count, room;
	struct sixpn_device device;
};

/* Room for one more. Return: the array, or NULL: it is as it was. */
static void *grow(void *array, size_t count, size_t *room, size_t size)
{
	size_t wanted = *room ? *room * 2 : 16;

	if (count < *room)
		return array;
	array = reallocarray(array, wanted, size);
	if (array)
		*room = wanted;
	return array;
}

static int add_name(struct names *names, uint32_t id, const char *name)
{
	struct named *entries = grow(names->entries, names->count,
				     &names->room, sizeof(*entries));

	if (!entries)
		return -ENOMEM;
	names->entries = entries;
	entries[names->count].id = id;
	strcpy(entries[names->count++].name, name);
	return 0;
}

/* They were listed in the order of ids. */
static int by_id(const void *left, const void *right)
{
	const struct named *a = left, *b = right;

	return a->id < b->id ? -1 : a->id > b->id;
}

static const char *find_name(const struct names *names, uint32_t id)
{
	const struct named key = { .id = id }, *found = NULL;

	if (names->count)
		found = bsearch(&key, names->entries, names->count,
				sizeof(key), by_id);
	return found ? found->name : "";
}

static int visit(void *data, const struct sixpn_record *record)
{
	struct listing *listing = data;
	struct sixpn_record_client *clients;

	if (record->kind == SIXPN_RECORD_NETWORK)
		return add_name(&listing->networks, record->network.network,
				record->network.name);
	if (record->kind == SIXPN_RECORD_HOST)
		return add_name(&listing->hosts, record->host.host,
				record->host.name);
	if (listing->network && record->client.network != listing->network)
		return 0;
	clients = grow(listing->clients, listing->count, &listing->room,
		       sizeof(*clients));
	if (!clients)
		return -ENOMEM;
	listing->clients = clients;
	clients[listing->count] = record->client;
	memset(clients[listing->count++].preshared_key, 0, SIXPN_KEY_LEN);
	return 0;
}

static int read_kind(struct listing *listing, enum sixpn_record_kind kind,
		     uint32_t host)
{
	const struct sixpn_registry_what what = { .kind = kind, .host = host };
	struct sixpn_client_job *job = &listing->job;
	int ret;

	ret = sixpn_registry_list(job->noun.node.registry, &what, visit, sixpn_noun_bad,
				  listing, &job->noun.error);
	return ret == -ENOMEM ? sixpn_error_set(&job->noun.error, ret,
						"out of memory") : ret;
}

static int by_key(const void *left, const void *right)
{
	const struct sixpn_peer *a = left, *b = right;

	return memcmp(a->public_key, b->public_key, SIXPN_KEY_LEN);
}

/* Who may not read it, or has none, sees the registry all the same. */
static void read_device(struct listing *listing)
{
	struct sixpn_device *device = &listing->device;
	struct sixpn_netlink *netlink;

	if (!listing->job.self || sixpn_netlink_open(&netlink, NULL))
		return;
	if (sixpn_netlink_device_get(netlink, listing->job.noun.node.config.device,
				     SIXPN_READ_PEERS, device, NULL))
		sixpn_device_clear(device);
	sixpn_netlink_close(netlink);
	if (device->peer_count)
		qsort(device->peers, device->peer_count,
		      sizeof(*device->peers), by_key);
}

static const struct sixpn_peer *
find_peer(const struct listing *listing,
	  const struct sixpn_record_client *client)
{
	const struct sixpn_device *device = &listing->device;
	struct sixpn_peer key;

	if (client->gateway != listing->job.self || !device->peer_count)
		return NULL;
	memcpy(key.public_key, client->public_key, SIXPN_KEY_LEN);
	return bsearch(&key, device->peers, device->peer_count, sizeof(key),
		       by_key);
}

static struct sixpn_client_view
view_of(const struct listing *listing, const struct sixpn_record_client *client)
{
	struct sixpn_client_view view = {
		.client = client,
		.network = find_name(&listing->networks, client->network),
		.gateway = find_name(&listing->hosts, client->gateway),
		.peer = find_peer(listing, client),
		.now = sixpn_noun_now(),
	};

	return view;
}

static void print_all(struct sixpn_out *out, void *data)
{
	struct listing *listing = data;
	struct sixpn_client_view view;
	size_t i;

	sixpn_out_open_array(out, NULL);
	for (i = 0; i < listing->count; i++) {
		view = view_of(listing, &listing->clients[i]);
		sixpn_out_open_object(out, NULL);
		sixpn_client_print_json(out, &view);
		sixpn_client_print_row(out, &view, out->terminal);
		sixpn_out_close(out);
	}
	sixpn_out_close(out);
}

/* Which host this is matters for what the kernel has only. */
static int open_listing(struct listing *listing, struct sixpn_run *run)
{
	struct sixpn_client_job *job = &listing->job;
	struct sixpn_error error;
	int ret;

	listing->noun = &job->noun;
	ret = sixpn_client_open(job, run);
	if (ret)
		return ret;
	error = job->noun.error;
	if (sixpn_client_self(job))
		job->noun.error = error;
	return 0;
}

static int read_names(struct listing *listing)
{
	int ret;

	ret = read_kind(listing, SIXPN_RECORD_NETWORK, 0);
	if (!ret)
		ret = read_kind(listing, SIXPN_RECORD_HOST, 0);
	return ret;
}

static int read_clients(struct listing *listing)
{
	struct sixpn_client_job *job = &listing->job;
	const char *network = sixpn_run_option(job->noun.run, "network");
	const char *gateway = sixpn_run_option(job->noun.run, "gateway");
	struct sixpn_record host;
	uint32_t id = 0;
	int ret = 0;

	if (network) {
		ret = sixpn_node_network(&job->noun.node, network, &job->network,
					 &job->noun.error);
		listing->network = job->network.network.network;
	}
	if (!ret && gateway) {
		ret = sixpn_node_host(&job->noun.node, gateway, &host, &job->noun.error);
		id = ret ? 0 : host.host.host;
		if (!ret)
			sixpn_record_clear(&host);
	}
	if (!ret)
		ret = read_names(listing);
	if (!ret)
		ret = read_kind(listing, SIXPN_RECORD_CLIENT, id);
	return ret;
}

static int close_listing(struct listing *listing, int ret)
{
	free(listing->networks.entries);
	free(listing->hosts.entries);
	free(listing->clients);
	sixpn_device_clear(&listing->device);
	return sixpn_client_close(&listing->job, ret);
}

int sixpn_client_list(struct sixpn_run *run)
{
	struct listing listing = { 0 };
	int ret;

	ret = open_listing(&listing, run);
	if (!ret)
		ret = read_clients(&listing);
	if (!ret) {
		read_device(&listing);
		sixpn_noun_print(&run->out, SIXPN_CLIENT_HEADING, print_all,
				 &listing);
	}
	return close_listing(&listing, ret);
}

int sixpn_client_show(struct sixpn_run *run)
{
	struct listing listing = { 0 };
	struct sixpn_client_view view;
	int ret;

	ret = open_listing(&listing, run);
	if (!ret)
		ret = sixpn_client_find(&listing.job);
	if (!ret)
		ret = read_names(&listing);
	if (!ret) {
		read_device(&listing);
		view = view_of(&listing, &listing.job.record.client);
		sixpn_out_open_object(&run->out, NULL);
		sixpn_client_print_json(&run->out, &view);
		sixpn_client_print_lines(&run->out, &view);
		sixpn_out_close(&run->out);
	}
	return close_listing(&listing, ret);
}
