// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hosts that a gateway is chosen of, and how near they are.
 */
#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway.h"

/* All hosts of the registry, in the order of their ids. */
struct hosts {
	struct sixpn_record_host *records;
	struct sixpn_gateway_host *hosts;
	size_t count, room;
};

static int add_host(void *data, const struct sixpn_record *record)
{
	size_t room;
	struct hosts *hosts = data;
	struct sixpn_record_host *records;

	if (hosts->count == hosts->room) {
		room = hosts->room ? hosts->room * 2 : 16;
		records = reallocarray(hosts->records, room, sizeof(*records));
		if (!records)
			return -ENOMEM;
		hosts->records = records;
		hosts->room = room;
	}
	hosts->records[hosts->count++] = record->host;
	return 0;
}

/* Found by halves: there may be many. */
static int add_alive(void *data, const struct sixpn_record *record)
{
	struct hosts *hosts = data;
	size_t low = 0, high = hosts->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint32_t id = hosts->hosts[middle].host->host;

		if (id == record->alive.host) {
			hosts->hosts[middle].alive = true;
			return 0;
		}
		if (id < record->alive.host)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

static int by_key(const void *left, const void *right)
{
	const struct sixpn_peer *a = left, *b = right;

	return memcmp(a->public_key, b->public_key, SIXPN_KEY_LEN);
}

/* Without a device nothing is measured: that is no error. */
static void measure(struct sixpn_client_job *job, struct hosts *hosts)
{
	struct sixpn_device device = { 0 };
	struct sixpn_peer key, *peer;
	struct sixpn_netlink *netlink;
	size_t i;

	if (sixpn_netlink_open(&netlink, NULL))
		return;
	if (!sixpn_netlink_device_get(netlink, job->noun.node.config.device,
				      SIXPN_READ_PEERS, &device, NULL) &&
	    device.peer_count) {
		qsort(device.peers, device.peer_count, sizeof(*device.peers),
		      by_key);
		for (i = 0; i < hosts->count; i++) {
			memcpy(key.public_key, hosts->records[i].public_key,
			       SIXPN_KEY_LEN);
			peer = bsearch(&key, device.peers, device.peer_count,
				       sizeof(*device.peers), by_key);
			if (peer && peer->has & SIXPN_PEER_HAS_HANDSHAKE_RTT)
				hosts->hosts[i].rtt = peer->handshake_rtt;
		}
	}
	sixpn_device_clear(&device);
	sixpn_netlink_close(netlink);
}

static int read_hosts(struct sixpn_client_job *job, struct hosts *hosts)
{
	struct sixpn_registry_what what = { .kind = SIXPN_RECORD_HOST };
	size_t i;
	int ret;

	ret = sixpn_registry_list(job->noun.node.registry, &what, add_host, NULL,
				  hosts, &job->noun.error);
	if (!ret && hosts->count) {
		hosts->hosts = calloc(hosts->count, sizeof(*hosts->hosts));
		ret = hosts->hosts ? 0 : -ENOMEM;
	}
	if (ret == -ENOMEM)
		return sixpn_error_set(&job->noun.error, ret, "out of memory");
	if (ret)
		return ret;
	for (i = 0; i < hosts->count; i++) {
		hosts->hosts[i].host = &hosts->records[i];
		hosts->hosts[i].alive = hosts->records[i].host == job->self;
	}
	what.kind = SIXPN_RECORD_ALIVE;
	return sixpn_registry_list(job->noun.node.registry, &what, add_alive, NULL,
				   hosts, &job->noun.error);
}

static int choose(struct sixpn_client_job *job, const char *region,
		  struct sixpn_record_host *gateway)
{
	const struct sixpn_gateway_wish wish = {
		.region = region,
		.self = job->self,
		.near = job->self ? job->region : NULL,
	};
	const struct sixpn_record_host *chosen;
	struct hosts hosts = { 0 };
	int ret;

	ret = read_hosts(job, &hosts);
	if (!ret) {
		measure(job, &hosts);
		chosen = sixpn_gateway_choose(hosts.hosts, hosts.count, &wish,
					      &job->noun.error);
		if (chosen)
			*gateway = *chosen;
		else
			ret = -ENOENT;
	}
	free(hosts.records);
	free(hosts.hosts);
	return ret;
}

static int take(struct sixpn_client_job *job, const char *word,
		struct sixpn_record_host *gateway)
{
	struct sixpn_record record;
	int ret;

	ret = sixpn_node_host(&job->noun.node, word, &record, &job->noun.error);
	if (ret)
		return ret;
	*gateway = record.host;
	sixpn_record_clear(&record);
	return sixpn_gateway_check(gateway, &job->noun.error);
}

int sixpn_client_choose_gateway(struct sixpn_client_job *job,
				struct sixpn_record_host *gateway)
{
	const char *host = sixpn_run_option(job->noun.run, "gateway");
	const char *word = sixpn_run_option(job->noun.run, "region");
	char region[SIXPN_REGION_MAX + 1];

	if (host)
		return take(job, host, gateway);
	if (word && sixpn_parse_region(region, word, strlen(word)))
		return sixpn_error_set(&job->noun.error, -EINVAL,
				       "region is not 1-16 of a-z and 0-9: '%s'",
				       word);
	return choose(job, word ? region : NULL, gateway);
}

bool sixpn_client_gateway_sleeps(struct sixpn_client_job *job, uint32_t gateway)
{
	struct sixpn_record alive;
	int ret;

	if (gateway == job->self)
		return false;
	ret = sixpn_registry_get_alive(job->noun.node.registry, gateway, &alive,
				       NULL);
	sixpn_record_clear(&alive);
	return ret == -ENOENT;
}
