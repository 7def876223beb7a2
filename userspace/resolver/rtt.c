// SPDX-License-Identifier: GPL-2.0-or-later
#include "rtt.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "netlink.h"

struct measure {
	uint32_t host;
	uint32_t microseconds;
};

/* Sorted by host. */
struct measures {
	struct measure *all;
	size_t count;
};

/**
 * struct sixpn_rtt - what is known, and the reading of it
 * @found, @self, @ifname, @failed: the thread's while @working
 * @failed: what is known stays
 * @events: NULL if there is no module
 */
struct sixpn_rtt {
	uv_loop_t *loop;
	struct sixpn_rtt_told told;
	struct measures known, found;
	uint32_t self;
	char ifname[IFNAMSIZ];
	struct sixpn_netlink *events;
	uv_poll_t *poll;
	uv_work_t work;
	unsigned int seconds;
	bool working, wanted, stopped, failed;
};

/* --- Reading, in the thread. --- */

static int compare(const void *left, const void *right)
{
	uint32_t a = ((const struct measure *)left)->host;
	uint32_t b = ((const struct measure *)right)->host;

	return a < b ? -1 : a > b;
}

static int collect(struct sixpn_rtt *rtt, const struct sixpn_device *device)
{
	struct measures *found = &rtt->found;
	size_t i;

	found->all = calloc(device->peer_count + 1, sizeof(*found->all));
	if (!found->all)
		return -ENOMEM;
	for (i = 0; i < device->peer_count; i++) {
		const struct sixpn_peer *peer = &device->peers[i];

		if (peer->kind != SIXPN_PEER_KIND_HOST || !peer->host_id ||
		    !(peer->has & SIXPN_PEER_HAS_HANDSHAKE_RTT))
			continue;
		found->all[found->count].host = peer->host_id;
		found->all[found->count++].microseconds = peer->handshake_rtt;
	}
	qsort(found->all, found->count, sizeof(*found->all), compare);
	return 0;
}

static void read_device(uv_work_t *work)
{
	struct sixpn_rtt *rtt = work->data;
	struct sixpn_device device = { 0 };
	struct sixpn_netlink *netlink = NULL;
	int ret = sixpn_netlink_open(&netlink, NULL);

	rtt->self = 0;
	if (!ret)
		ret = sixpn_netlink_device_get(netlink, rtt->ifname,
					       SIXPN_READ_PEERS, &device, NULL);
	if (!ret) {
		rtt->self = device.host_id;
		ret = collect(rtt, &device);
	}
	/* Without the module or the device there is nothing to know. */
	rtt->failed = ret && ret != -ENOENT && ret != -ENODEV;
	sixpn_device_clear(&device);
	if (netlink)
		sixpn_netlink_close(netlink);
}

/* --- Telling, in the loop. --- */

static bool is_in(const struct measures *measures, uint32_t host)
{
	const struct measure key = { .host = host };

	return measures->count && bsearch(&key, measures->all, measures->count,
					  sizeof(key), compare);
}

void sixpn_rtt_repeat(struct sixpn_rtt *rtt)
{
	size_t i;

	for (i = 0; i < rtt->known.count; i++)
		rtt->told.measured(rtt->told.context, rtt->known.all[i].host,
				   rtt->known.all[i].microseconds);
}

static void take_found(struct sixpn_rtt *rtt)
{
	size_t i;

	for (i = 0; i < rtt->known.count; i++)
		if (!is_in(&rtt->found, rtt->known.all[i].host))
			rtt->told.measured(rtt->told.context,
					   rtt->known.all[i].host, 0);
	free(rtt->known.all);
	rtt->known = rtt->found;
	memset(&rtt->found, 0, sizeof(rtt->found));
	sixpn_rtt_repeat(rtt);
}

static void device_read(uv_work_t *work, int status)
{
	struct sixpn_rtt *rtt = work->data;

	(void)status;
	rtt->working = false;
	if (rtt->stopped)
		return;
	if (rtt->self)
		rtt->told.self(rtt->told.context, rtt->self);
	if (!rtt->failed)
		take_found(rtt);
}

/* --- Events. --- */

static int take_event(void *context, const struct sixpn_event *event)
{
	struct sixpn_rtt *rtt = context;

	if (event->command == SIXPN_CMD_HANDSHAKE_NTF ||
	    event->command == SIXPN_CMD_UNSPEC)
		rtt->wanted = true;
	return 0;
}

static void events_come(uv_poll_t *poll, int status, int events)
{
	struct sixpn_rtt *rtt = poll->data;

	(void)events;
	sixpn_netlink_events_read(rtt->events, take_event, rtt, NULL);
	/* Some were lost; libuv has stopped it. */
	if (status < 0 && rtt->poll)
		uv_poll_start(poll, UV_READABLE, events_come);
}

static void poll_closed(uv_handle_t *handle)
{
	free(handle);
}

static void close_events(struct sixpn_rtt *rtt)
{
	if (rtt->poll)
		uv_close((uv_handle_t *)rtt->poll, poll_closed);
	rtt->poll = NULL;
	sixpn_netlink_close(rtt->events);
	rtt->events = NULL;
}

/* Without them it is read every few seconds all the same. */
static void open_events(struct sixpn_rtt *rtt)
{
	if (sixpn_netlink_open(&rtt->events, NULL)) {
		rtt->events = NULL;
		return;
	}
	rtt->poll = malloc(sizeof(*rtt->poll));
	if (!rtt->poll || sixpn_netlink_events_join(rtt->events, NULL) ||
	    uv_poll_init(rtt->loop, rtt->poll,
			 sixpn_netlink_events_fd(rtt->events))) {
		free(rtt->poll);
		rtt->poll = NULL;
		close_events(rtt);
		return;
	}
	rtt->poll->data = rtt;
	uv_poll_start(rtt->poll, UV_READABLE, events_come);
}

/* --- Time. --- */

void sixpn_rtt_tick(struct sixpn_rtt *rtt, const char *ifname)
{
	if (rtt->working || (rtt->seconds++ % SIXPN_RTT_S && !rtt->wanted))
		return;
	if (!rtt->events)
		open_events(rtt);
	rtt->wanted = false;
	strncpy(rtt->ifname, ifname, sizeof(rtt->ifname) - 1);
	rtt->work.data = rtt;
	rtt->working = !uv_queue_work(rtt->loop, &rtt->work, read_device,
				      device_read);
}

void sixpn_rtt_hurry(struct sixpn_rtt *rtt)
{
	rtt->wanted = true;
}

struct sixpn_rtt *sixpn_rtt_new(uv_loop_t *loop,
				const struct sixpn_rtt_told *told)
{
	struct sixpn_rtt *rtt = calloc(1, sizeof(*rtt));

	if (!rtt)
		return NULL;
	rtt->loop = loop;
	rtt->told = *told;
	return rtt;
}

void sixpn_rtt_stop(struct sixpn_rtt *rtt)
{
	rtt->stopped = true;
	close_events(rtt);
}

void sixpn_rtt_free(struct sixpn_rtt *rtt)
{
	if (!rtt)
		return;
	free(rtt->known.all);
	free(rtt->found.all);
	free(rtt);
}
