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
 * Return: 0, or a negative errno of an address: the others have been tried.
 */
int sixpn_place_device(struct sixpn_place *place, uint32_t ifindex,
		       struct sixpn_error *error);

/* A network is there, or gone. Return: 0 or a negative errno. */
int sixpn_place_network(struct sixpn_place *place, uint32_t network, bool there,
			struct sixpn_error *error);

/* All networks have been told: the addresses of others go. */
void sixpn_place_sweep(struct sixpn_place *place);

/* Forget all networks; their addresses stay until the sweep. */
void sixpn_place_anew(struct sixpn_place *place);

#endif
