/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the answers share.
 */
#ifndef SIXPN_RESOLVER_ANSWER_PART_H
#define SIXPN_RESOLVER_ANSWER_PART_H

#include "answer.h"
#include "name.h"
#include "zone_find.h"

/* Seconds that an answer may be kept, an empty one, too. */
#define SIXPN_ANSWER_TTL 5
/* AAAA records that fit into 64 KiB. */
#define SIXPN_ANSWER_ADDRESSES_MAX \
	(SIXPN_DNS_MESSAGE_MAX / SIXPN_DNS_AAAA_SIZE)
/* Targets whose addresses are told along with an SRV record. */
#define SIXPN_ANSWER_TARGETS_MAX 64

/**
 * struct sixpn_answerer - scratch memory and state of all answers
 * @has_secret: there are cookies
 */
struct sixpn_answerer {
	struct sixpn_zone *zone;
	struct sixpn_dns *dns;
	struct sixpn_random random;
	struct sixpn_answer_counters counters;
	bool has_secret, stale, ready;
	uint8_t secret[SIXPN_DNS_SECRET_LEN];
	uint32_t now;
	struct in6_addr addresses[SIXPN_ANSWER_ADDRESSES_MAX];
	char text[SIXPN_DNS_MESSAGE_MAX];
};

/**
 * struct sixpn_found - what a name stands for; zero: there is no such name
 * @exists: there is, though perhaps without records
 * @app: that it is of
 * @set: its started machines are the addresses
 * @machine: or this one, if it is started
 * @has_address: or @address
 */
struct sixpn_found {
	bool exists, has_address;
	struct sixpn_zone_network *network;
	struct sixpn_zone_app *app;
	struct sixpn_zone_set *set;
	struct sixpn_zone_machine *machine;
	struct in6_addr address;
};

/* Look up what a name stands for, for someone in @query->network. */
void sixpn_answer_find(const struct sixpn_answerer *answerer,
		       const struct sixpn_query *query,
		       const struct sixpn_name *name,
		       struct sixpn_found *found);

/* Someone of this name has the address: a wire name. 0: nobody, else its length. */
size_t sixpn_answer_name_of(const struct sixpn_answerer *answerer,
			    uint32_t network, const struct in6_addr *address,
			    uint8_t name[SIXPN_DNS_NAME_MAX]);

/* A wire name of labels, the last one NULL. Return: its length. */
size_t sixpn_answer_wire(uint8_t name[SIXPN_DNS_NAME_MAX],
			 const char *const *labels);

/**
 * struct sixpn_writing - an answer that is being written
 * @put: records in the answer section
 * @truncated: UDP is not enough
 * @cut: TCP is not enough, either
 */
struct sixpn_writing {
	struct sixpn_answerer *answerer;
	const struct sixpn_query *query;
	const struct sixpn_name *name;
	const struct sixpn_found *found;
	size_t put;
	bool truncated, cut;
};

/* Records of a type; none is an empty answer. */
void sixpn_answer_aaaa(struct sixpn_writing *writing);
void sixpn_answer_txt(struct sixpn_writing *writing);
void sixpn_answer_srv(struct sixpn_writing *writing);
void sixpn_answer_srv_additional(struct sixpn_writing *writing);
void sixpn_answer_ptr(struct sixpn_writing *writing);

/* Not all fits. Return: bytes that are left when that will have been told. */
size_t sixpn_answer_not_all(struct sixpn_writing *writing);

#endif
