/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an answer looks up in a zone. All of it is gone with the next change.
 */
#ifndef SIXPN_RESOLVER_ZONE_FIND_H
#define SIXPN_RESOLVER_ZONE_FIND_H

#include "zone_part.h"

/* May this address ask here? Then it is of this network; else 0. */
uint32_t sixpn_zone_asker(const struct sixpn_zone *zone,
			  const struct in6_addr *source);

/* Texts are in lower case. Return: NULL: there is none. So do all of these. */
struct sixpn_zone_network *
sixpn_zone_find_network(const struct sixpn_zone *zone, uint32_t network);
struct sixpn_zone_host *sixpn_zone_find_host(const struct sixpn_zone *zone,
					     uint32_t host);
struct sixpn_zone_host *
sixpn_zone_find_host_named(const struct sixpn_zone *zone,
			   struct sixpn_text name);
struct sixpn_zone_app *sixpn_zone_find_app(const struct sixpn_zone *zone,
					   uint32_t network,
					   struct sixpn_text app);
/* @index: SIXPN_ZONE_REGION or GROUP, or METADATA of a key */
struct sixpn_zone_set *sixpn_zone_find_set(const struct sixpn_zone *zone,
					   enum sixpn_zone_index index,
					   uint32_t network,
					   struct sixpn_text app,
					   struct sixpn_text label);
struct sixpn_zone_set *sixpn_zone_find_value(const struct sixpn_zone *zone,
					     uint32_t network,
					     struct sixpn_text app,
					     struct sixpn_text key,
					     struct sixpn_text value);
/* @label: its name, or the home and machine of its address in 16 digits */
struct sixpn_zone_machine *
sixpn_zone_find_machine(const struct sixpn_zone *zone, uint32_t network,
			struct sixpn_text app, struct sixpn_text label);
struct sixpn_zone_client *
sixpn_zone_find_client(const struct sixpn_zone *zone, uint32_t network,
		       struct sixpn_text name);

/* By any address of theirs. */
struct sixpn_zone_machine *
sixpn_zone_machine_at(const struct sixpn_zone *zone,
		      const struct in6_addr *address);
struct sixpn_zone_client *
sixpn_zone_client_at(const struct sixpn_zone *zone,
		     const struct in6_addr *address);
struct sixpn_zone_service *
sixpn_zone_service_at(const struct sixpn_zone *zone,
		      const struct in6_addr *address);
/* By its address in a network, machine 0. */
struct sixpn_zone_host *
sixpn_zone_host_at(const struct sixpn_zone *zone,
		   const struct in6_addr *address);

/* That a machine is in. */
struct sixpn_zone_app *
sixpn_zone_app_of(const struct sixpn_zone_machine *machine);

/**
 * sixpn_zone_nearest() - the started machines of an app, nearest first
 *
 * At our own host; then by the round trip to their host. Where that is not known,
 * a host of our region is SIXPN_ZONE_REGION_RTT away and another one farther than
 * all that are known. Of the same distance, those of our region, then as their
 * addresses are.
 *
 * Return: as many as are started, or NULL: no memory.
 */
struct sixpn_zone_machine *const *
sixpn_zone_nearest(const struct sixpn_zone *zone, struct sixpn_zone_app *app);

/* Microseconds. */
#define SIXPN_ZONE_REGION_RTT 1000

#endif
