/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Room for the records of a large message. libknot makes it for sixteen more at a
 * time and copies all before: thousands take milliseconds.
 */
#ifndef SIXPN_LIB_DNS_RESERVE_H
#define SIXPN_LIB_DNS_RESERVE_H

#include <libknot/libknot.h>

/**
 * sixpn_dns_reserve() - room for as many records as a message says it has
 * @pkt: new, of allocated memory: knot_pkt_new() without a context
 * @packet: the message, with a whole header
 *
 * Without memory all is as before.
 */
void sixpn_dns_reserve(knot_pkt_t *pkt, const uint8_t *packet, size_t length);

#endif
