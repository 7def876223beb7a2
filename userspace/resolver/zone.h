/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the registry says, as the resolver answers from it: fed by changes of
 * records in any order, indexed by all that can be asked for. Used by one thread.
 */
#ifndef SIXPN_RESOLVER_ZONE_H
#define SIXPN_RESOLVER_ZONE_H

#include "record.h"

struct sixpn_zone;

/* Return: NULL: no memory. */
struct sixpn_zone *sixpn_zone_new(void);
/* NULL is allowed. */
void sixpn_zone_free(struct sixpn_zone *zone);

/**
 * sixpn_zone_change() - a record has changed
 * @before: as it was; only what is in its key is looked at. NULL: it is new
 * @after: as it is. NULL: it is gone
 *
 * A change that is told twice changes nothing the second time. What has moved may
 * be told as new at one host before it is told as gone at the other. Records of
 * other kinds than network, host, machine, client and service are ignored.
 *
 * Return: 0 or -ENOMEM: nothing has changed.
 */
int sixpn_zone_change(struct sixpn_zone *zone,
		      const struct sixpn_record *before,
		      const struct sixpn_record *after);

/* Our own host id; 0: not known yet, and nobody is answered. */
void sixpn_zone_self(struct sixpn_zone *zone, uint32_t host);

/**
 * sixpn_zone_rtt() - how far a host is
 * @microseconds: round trip of a handshake; 0: not known. What differs by a
 *	sixteenth at most from what was told before is taken for the same
 *
 * Return: 0 or -ENOMEM.
 */
int sixpn_zone_rtt(struct sixpn_zone *zone, uint32_t host,
		   uint32_t microseconds);

/**
 * struct sixpn_zone_counts - what is in it
 * @machines: with those that have no name
 * @names: what is in the index: names, sets of machines and addresses
 * @serial: grows with each change
 */
struct sixpn_zone_counts {
	size_t networks, hosts, machines, clients, services, apps, names;
	uint32_t serial;
};

void sixpn_zone_count(const struct sixpn_zone *zone,
		      struct sixpn_zone_counts *counts);

#endif
