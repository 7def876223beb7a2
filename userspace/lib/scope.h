/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which objects of a mesh device a change of records is about.
 */
#ifndef SIXPN_LIB_SCOPE_H
#define SIXPN_LIB_SCOPE_H

#include "model.h"
#include "record.h"

/* One of the three that is not zero. */
struct sixpn_scope_item {
	uint32_t host;			/* its peer */
	uint8_t key[SIXPN_KEY_LEN];	/* the peer, and machines that hang on it */
	struct in6_addr address;	/* machine and route; with its network */
};

/* Zero, it is empty; sixpn_scope_clear() it. */
struct sixpn_scope {
	struct sixpn_scope_item *items;
	size_t count, room;
};

void sixpn_scope_clear(struct sixpn_scope *scope);

/* All that a record is about. Return: 0 or -ENOMEM; so do the next two. */
int sixpn_scope_add(struct sixpn_scope *scope,
		    const struct sixpn_record *record);

/* The same, when there is only its key. */
int sixpn_scope_add_name(struct sixpn_scope *scope, const char *key);

int sixpn_scope_add_peer(struct sixpn_scope *scope,
			 const uint8_t key[SIXPN_KEY_LEN]);

bool sixpn_scope_has_host(const struct sixpn_scope *scope, uint32_t host);

/* Whether it is about the machine of this address. */
bool sixpn_scope_has_address(const struct sixpn_scope *scope,
			     const struct in6_addr *address);

/* Leave in @device only what is in the scope. */
void sixpn_scope_filter(const struct sixpn_scope *scope,
			struct sixpn_device *device);

#endif
