/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the bytes of a query to those of its answer. Knows no sockets and waits
 * for nothing: what has to be asked elsewhere is handed back.
 */
#ifndef SIXPN_RESOLVER_ANSWER_H
#define SIXPN_RESOLVER_ANSWER_H

#include "dns.h"
#include "zone.h"

enum sixpn_answer_kind {
	SIXPN_ANSWER_SEND,	/* send what is in the buffer */
	SIXPN_ANSWER_DROP,	/* say nothing */
	SIXPN_ANSWER_RECURSE,	/* ask an upstream, then relay or failure */
};

/* What was asked for, for the metrics. */
enum sixpn_answer_what {
	SIXPN_ANSWER_INTERNAL,	/* .internal */
	SIXPN_ANSWER_FLYCAST,	/* .flycast */
	SIXPN_ANSWER_REVERSE,	/* ip6.arpa of 6PN addresses */
	SIXPN_ANSWER_OTHER,	/* all else */
	SIXPN_ANSWER_WHAT_COUNT,
};

#define SIXPN_ANSWER_RCODES 24

/**
 * struct sixpn_answer_counters - since the start
 * @rcodes: answers of each, those of upstreams included; the last: all higher ones
 * @whats: queries of each, from those who may ask
 * @refused_sources: queries from those who may not ask here
 * @dropped: messages that are no queries
 * @truncated: answers by UDP that were not whole
 * @cut: answers by TCP that are a part, because 64 KiB are not enough
 */
struct sixpn_answer_counters {
	uint64_t rcodes[SIXPN_ANSWER_RCODES];
	uint64_t whats[SIXPN_ANSWER_WHAT_COUNT];
	uint64_t refused_sources, dropped, truncated, cut, recursed;
};

/**
 * struct sixpn_query - a query, and who asks; copy it at will
 * @source: of the packet: to be set, and the next two
 * @destination: of the packet
 * @stream: it came by TCP
 * @network: that the asker is in; set by sixpn_answer()
 * @dns: set by sixpn_answer()
 */
struct sixpn_query {
	struct in6_addr source, destination;
	bool stream;
	uint32_t network;
	struct sixpn_dns_query dns;
};

struct sixpn_answerer;

/**
 * sixpn_answerer_new() - one per thread
 * @zone: borrowed; may be changed between any two calls
 *
 * Return: NULL: no memory.
 */
struct sixpn_answerer *sixpn_answerer_new(struct sixpn_zone *zone);
void sixpn_answerer_free(struct sixpn_answerer *answerer);

/* Another one in its place, which may be freed then. */
void sixpn_answerer_zone(struct sixpn_answerer *answerer,
			 struct sixpn_zone *zone);

/* For cookies; without one there are none. Those of the last one are forgotten. */
void sixpn_answerer_secret(struct sixpn_answerer *answerer,
			   const uint8_t secret[SIXPN_DNS_SECRET_LEN]);
/* Seconds since 1970, for cookies: once a second is enough. */
void sixpn_answerer_now(struct sixpn_answerer *answerer, uint32_t now);
/* The registry is not to be had: answers say that they may be out of date. */
void sixpn_answerer_stale(struct sixpn_answerer *answerer, bool stale);
/* Nothing has been read from the registry yet: SERVFAIL. So it begins. */
void sixpn_answerer_ready(struct sixpn_answerer *answerer, bool ready);

const struct sixpn_answer_counters *
sixpn_answerer_counters(const struct sixpn_answerer *answerer);

/**
 * sixpn_answer() - answer a query
 * @message: without the length that goes before it on TCP
 * @out: room for SIXPN_DNS_MESSAGE_MAX bytes if @query->stream, else for
 *	SIXPN_DNS_UDP_MAX; not @message
 * @length: of the answer, if it is to be sent
 */
enum sixpn_answer_kind sixpn_answer(struct sixpn_answerer *answerer,
				    struct sixpn_query *query,
				    const uint8_t *message,
				    size_t message_length, uint8_t *out,
				    size_t *length);

/**
 * sixpn_answer_relay() - what an upstream answered
 * @query: a copy of one that was SIXPN_ANSWER_RECURSE
 * @packet: the upstream's message
 * @secure: it was validated
 * @out: as above
 *
 * Return: bytes of the answer: SERVFAIL if @packet is malformed.
 */
size_t sixpn_answer_relay(struct sixpn_answerer *answerer,
			  const struct sixpn_query *query,
			  const uint8_t *packet, size_t packet_length,
			  bool secure, uint8_t *out);

/**
 * sixpn_answer_failure() - it could not be had
 * @rcode: enum sixpn_dns_rcode
 * @ede: enum sixpn_dns_ede
 * @text: in the words of; may be NULL
 *
 * Return: bytes of the answer.
 */
size_t sixpn_answer_failure(struct sixpn_answerer *answerer,
			    const struct sixpn_query *query, uint16_t rcode,
			    int ede, const char *text, uint8_t *out);

#endif
