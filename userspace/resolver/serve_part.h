/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of serve.h share.
 */
#ifndef SIXPN_RESOLVER_SERVE_PART_H
#define SIXPN_RESOLVER_SERVE_PART_H

#include <sys/types.h>
#include <uv.h>

#include "agent_timing.h"
#include "answer.h"
#include "feed.h"
#include "metrics.h"
#include "place.h"
#include "rtt.h"
#include "serve.h"
#include "tcp.h"
#include "udp.h"
#include "upstream.h"
#include "zone.h"

/* A registry that is followed, until the configuration has another one. */
struct sixpn_serve_side {
	struct sixpn_node node;
	struct sixpn_feed *feed;
	uv_work_t work;
};

/**
 * struct sixpn_serve - the loop's
 * @side: what is followed now
 * @zone: what is answered from
 * @anew: what comes in its place, once all has been told; NULL: nothing does
 * @first, @last: words that wait for their turn
 * @outage_since: sixpn_agent_clock(); 0: the registry answers
 * @known: all has been told once
 * @told_ready: systemd has been told
 * @self: our host id, and that of the module is the truth
 * @ifindex: of the device; 0: there is none; UINT32_MAX: not looked yet
 * @looks: at the device
 * @serving: the sockets are read from
 * @resolv_conf: when it was last changed
 * @servers, @dnssec: of @upstream, if @has_servers
 * @trouble, @trouble_at: what was last told, and when it last was so
 * @stop_due: a signal has come: when to end
 */
struct sixpn_serve {
	const struct sixpn_serve_options *options;
	uv_loop_t loop;
	uv_async_t words_come;
	uv_idle_t words;
	uv_timer_t second_timer, alive_timer, stop_timer;
	uv_signal_t term, interrupt, hangup;

	struct sixpn_serve_side *side;
	struct sixpn_zone *zone, *anew;
	struct sixpn_feed_word *first, **last;
	uint64_t outage_since, started;
	uint64_t changes, bad;
	bool known, told_ready;
	uint32_t self;

	struct sixpn_answerer *answerer;
	struct sixpn_upstream *upstream;
	struct sixpn_udp *udp;
	struct sixpn_tcp *tcp;
	struct sixpn_place *place;
	struct sixpn_rtt *rtt;
	struct sixpn_metrics *metrics;

	char ifname[IFNAMSIZ];
	uint32_t ifindex;
	unsigned int looks;
	int udp_fd, tcp_fd;
	bool serving;
	struct timespec resolv_conf;
	char servers[SIXPN_UPSTREAM_SERVERS_MAX];
	uint32_t dnssec;
	bool has_servers;
	char trouble[1024];
	uint64_t trouble_at;
	uint64_t stop_due;
};

void sixpn_serve_log(struct sixpn_serve *serve, enum sixpn_serve_level level,
		     const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Told once, not each time it is tried. */
void sixpn_serve_trouble(struct sixpn_serve *serve, const char *text);

/* --- serve_words.c: what the registry says. --- */

int sixpn_serve_follow(struct sixpn_serve *serve, struct sixpn_node *node,
		       struct sixpn_error *error);
void sixpn_serve_words_come(uv_async_t *async);
/* The registry again, or another one: all of it anew. */
void sixpn_serve_begin_anew(struct sixpn_serve *serve);
void sixpn_serve_forget_words(struct sixpn_serve *serve);
void sixpn_serve_end_side(struct sixpn_serve_side *side);

/* --- serve_device.c: the device, its sockets, and upstreams. --- */

/* Once a second: look after them. */
void sixpn_serve_look(struct sixpn_serve *serve);
/* Read from the sockets, if that is due. */
void sixpn_serve_begin(struct sixpn_serve *serve);
void sixpn_serve_close_sockets(struct sixpn_serve *serve);
void sixpn_serve_upstreams(struct sixpn_serve *serve);

/* --- serve_metrics.c --- */

void sixpn_serve_write_metrics(void *context, FILE *stream);
void sixpn_serve_say_status(struct sixpn_serve *serve);
/* Milliseconds since what is served was known to be true; 0: it is now. */
uint64_t sixpn_serve_age(const struct sixpn_serve *serve);

#endif
