/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the resolver is asked: fdaa::3 and, for each network N, fdaa:N::3, as
 * addresses of the mesh device. The module gives the host's stack what is for
 * these, if the stack has them. They stay when the resolver ends, so that one that
 * starts again goes on.
 */
#ifndef SIXPN_RESOLVER_PLACE_H
#define SIXPN_RESOLVER_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

struct sixpn_place;

/* Return: 0 or a negative errno. */
int sixpn_place_new(struct sixpn_place **result, struct sixpn_error *error);

/* NULL is allowed. */
void sixpn_place_free(struct sixpn_place *place);

/* The index of a netdev, 0 if there is none of this name. */
uint32_t sixpn_place_find(struct sixpn_place *place, const char *ifname);

/**
 * sixpn_place_device() - on which netdev
 * @ifindex: 0: there is none; networks are only noted
 *
 * The addresses go from the one before. Those of another run go from this one,
 * once all networks have been told.
 *
 * Return: 0, or a negative errno of an address: the others have been tried.
 */
int sixpn_place_device(struct sixpn_place *place, uint32_t ifindex,
		       struct sixpn_error *error);

/**
 * sixpn_place_keep() - mend what others have taken away: addresses and routes go
 *	with a netdev that is set down, rules with a manager of networks
 *
 * Also tries again what could not be added.
 *
 * Return: 0 or a negative errno.
 */
int sixpn_place_keep(struct sixpn_place *place, struct sixpn_error *error);

/* A network is there, or gone. Return: 0 or a negative errno. */
int sixpn_place_network(struct sixpn_place *place, uint32_t network, bool there,
			struct sixpn_error *error);

/* All networks have been told: the addresses of others go. */
void sixpn_place_sweep(struct sixpn_place *place);

/* All networks will be told again; those that are not go with the sweep. */
void sixpn_place_anew(struct sixpn_place *place);

#endif
