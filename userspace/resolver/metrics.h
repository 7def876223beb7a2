/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the resolver has counted, for whoever connects to a socket of the file
 * system: an answer of HTTP/1.0 with the text format of Prometheus, whatever is
 * asked.
 */
#ifndef SIXPN_RESOLVER_METRICS_H
#define SIXPN_RESOLVER_METRICS_H

#include <stdio.h>
#include <uv.h>

struct sixpn_metrics;

/**
 * sixpn_metrics_start() - listen
 * @path: of the socket; one that is there is removed
 * @write: writes all metrics
 *
 * Return: 0 or a negative errno.
 */
int sixpn_metrics_start(struct sixpn_metrics **result, uv_loop_t *loop,
			const char *path,
			void (*write)(void *context, FILE *stream),
			void *context);

/* Now and then. NULL is allowed. */
void sixpn_metrics_tick(struct sixpn_metrics *metrics);

/* The socket goes; the loop has to run on. NULL is allowed. */
void sixpn_metrics_stop(struct sixpn_metrics *metrics);

#endif
