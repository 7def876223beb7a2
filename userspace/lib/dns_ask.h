/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ask a name server, and wait for what it says.
 */
#ifndef SIXPN_LIB_DNS_ASK_H
#define SIXPN_LIB_DNS_ASK_H

#include <sys/socket.h>

#include "dns.h"
#include "error.h"

/* How often a query is sent by UDP, and for how long an answer is waited for. */
#define SIXPN_DNS_ASK_TRIES 3
#define SIXPN_DNS_ASK_MS 2000

/**
 * struct sixpn_dns_ask - a question and its answer
 * @server, @server_length: who is asked
 * @query, @query_length: see sixpn_dns_make_query()
 * @tcp: by TCP; by UDP otherwise, and by TCP as well if that is truncated.
 *	How it came to the answer, after that
 * @answer, @answer_length: the message
 * @microseconds: from the (last) query to the answer
 */
struct sixpn_dns_ask {
	struct sixpn_dns *dns;
	struct sockaddr_storage server;
	socklen_t server_length;
	uint8_t query[SIXPN_DNS_UDP_MIN];
	size_t query_length;
	bool tcp;
	uint8_t answer[SIXPN_DNS_MESSAGE_MAX];
	size_t answer_length;
	uint64_t microseconds;
};

/**
 * sixpn_dns_ask() - send the query, wait for the answer
 *
 * Return: 0, -ETIMEDOUT or another negative errno.
 */
int sixpn_dns_ask(struct sixpn_dns_ask *ask, struct sixpn_error *error);

#endif
