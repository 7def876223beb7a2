/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far other hosts are: the round trips of handshakes that the module has
 * measured. Read in a thread of libuv's; the loop does not wait.
 */
#ifndef SIXPN_RESOLVER_RTT_H
#define SIXPN_RESOLVER_RTT_H

#include <uv.h>

/* Every so many seconds, and in the one after a handshake. */
#define SIXPN_RTT_S 10

/**
 * struct sixpn_rtt_told - whom it tells
 * @self: our host id, as the module has it
 * @measured: @microseconds: 0: not known any more
 */
struct sixpn_rtt_told {
	void (*self)(void *context, uint32_t host);
	void (*measured)(void *context, uint32_t host, uint32_t microseconds);
	void *context;
};

struct sixpn_rtt;

/* Return: NULL: no memory. */
struct sixpn_rtt *sixpn_rtt_new(uv_loop_t *loop,
				const struct sixpn_rtt_told *told);

/**
 * sixpn_rtt_tick() - once a second
 * @ifname: the mesh device
 */
void sixpn_rtt_tick(struct sixpn_rtt *rtt, const char *ifname);

/* The device is another one: read it with the next tick. */
void sixpn_rtt_hurry(struct sixpn_rtt *rtt);

/* Tell again what is known. */
void sixpn_rtt_repeat(struct sixpn_rtt *rtt);

/* Handles are closed; the loop has to run on until they are. */
void sixpn_rtt_stop(struct sixpn_rtt *rtt);
/* After the loop. NULL is allowed. */
void sixpn_rtt_free(struct sixpn_rtt *rtt);

#endif
