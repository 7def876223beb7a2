/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records for the tests of the resolver, from words.
 */
#ifndef SIXPN_TEST_RESOLVER_RECORD_H
#define SIXPN_TEST_RESOLVER_RECORD_H

#include "zone.h"

/*
 * KIND KEY=VALUE...: network (id, name), host (id, name, region), machine (network,
 * id, host, home, name, app, group, region, stopped, skip-dns, key.K=V), client
 * (network, id, gateway, home, name, owner), service (network, id, app,
 * app-network, tcp, udp).
 *
 * Return: 0, or -EINVAL: they say nothing.
 */
int resolver_record_change(struct sixpn_zone *zone, char **words, size_t count,
			   bool gone);

/* A machine without metadata; home is host. */
void resolver_record_machine(struct sixpn_record *record, uint32_t network,
			     uint32_t host, uint32_t machine, const char *name,
			     const char *app);

#endif
