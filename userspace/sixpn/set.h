/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of set: what has been understood so far, and the functions for the
 * words about networks, machines and routes.
 */
#ifndef SIXPN_SET_H
#define SIXPN_SET_H

#include "error.h"
#include "model.h"

/* What the last noun was: which words may follow depends on it. */
enum sixpn_set_about {
	SIXPN_SET_NONE = 1U << 0,
	SIXPN_SET_PEER = 1U << 1,
	SIXPN_SET_NETWORK = 1U << 2,
	SIXPN_SET_MACHINE = 1U << 3,
	SIXPN_SET_ROUTE = 1U << 4,
};

/* A change as it is put together, word by word. */
struct sixpn_set {
	struct sixpn_device change;
	enum sixpn_set_about about;
	unsigned int host_bits;
	struct sixpn_error error;
};

/* Note "WHAT: 'VALUE'". Return: -EINVAL. */
int sixpn_set_bad(struct sixpn_set *set, const char *what, const char *value);

int sixpn_set_network(struct sixpn_set *set, const char *value);
int sixpn_set_remove(struct sixpn_set *set, const char *value);
int sixpn_set_machine(struct sixpn_set *set, const char *value);
int sixpn_set_name(struct sixpn_set *set, const char *value);
int sixpn_set_id(struct sixpn_set *set, const char *value);
int sixpn_set_address(struct sixpn_set *set, const char *value);
int sixpn_set_port(struct sixpn_set *set, const char *value);
int sixpn_set_netns(struct sixpn_set *set, const char *value);
int sixpn_set_bind(struct sixpn_set *set, const char *value);
int sixpn_set_client(struct sixpn_set *set, const char *value);
int sixpn_set_host(struct sixpn_set *set, const char *value);
int sixpn_set_detach(struct sixpn_set *set, const char *value);
int sixpn_set_moved_to(struct sixpn_set *set, const char *value);
int sixpn_set_no_address(struct sixpn_set *set, const char *value);
int sixpn_set_route(struct sixpn_set *set, const char *value);
int sixpn_set_via(struct sixpn_set *set, const char *value);

/* What an object lacks, as a sentence; NULL if nothing. */
const char *sixpn_set_missing(const struct sixpn_device *change);

#endif
