/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records that matter to one host, in memory, and which of them cannot be
 * read. What reconcile.h makes of the mesh device follows from it alone: it
 * stays useful while the registry does not answer.
 */
#ifndef SIXPN_LIB_VIEW_H
#define SIXPN_LIB_VIEW_H

#include "record.h"

/* Whether a host's endpoint in the kernel is to be replaced. */
enum sixpn_renew {
	SIXPN_RENEW_NOT,
	SIXPN_RENEW_CHANGED,	/* unless it is among those of the record */
	SIXPN_RENEW_NEXT,	/* whatever it is */
};

/**
 * struct sixpn_view_entry - a record
 * @bad: it is there and cannot be read; @record has its kind only
 * @untold: the next list has to tell of it, or it is not there
 * @seen: of a client: when it was last seen, as the registry was asked to note
 * @endpoint: of a host: which of its endpoints to try, modulo their number
 * @renew: of a host: see above; whoever has applied it sets it back
 */
struct sixpn_view_entry {
	char key[SIXPN_RECORD_KEY_MAX];
	struct sixpn_record record;
	bool bad, untold;
	uint64_t seen;
	unsigned int endpoint;
	enum sixpn_renew renew;
};

/* Zero, it is empty. In the order of keys. */
struct sixpn_view {
	struct sixpn_view_entry **entries;
	size_t count, room;
};

void sixpn_view_clear(struct sixpn_view *view);

/**
 * sixpn_view_put() - a record is there, in place of an older one of its key
 * @record: copied
 *
 * Return: 0, -EINVAL (it breaks a rule) or -ENOMEM.
 */
int sixpn_view_put(struct sixpn_view *view, const struct sixpn_record *record);

/**
 * sixpn_view_put_found() - one that was read before the list or the watch told
 *	of it
 *
 * It may be gone again before they would have: so the next list has to tell of it.
 */
int sixpn_view_put_found(struct sixpn_view *view,
			 const struct sixpn_record *record);

/* One is there that cannot be read: what was read before stays. */
int sixpn_view_put_bad(struct sixpn_view *view, const char *key);

/*
 * It is not there. With a "moved", what has moved is forgotten, too, unless it
 * is at @self.
 */
void sixpn_view_remove(struct sixpn_view *view, const char *key, uint32_t self);

/* --- A list tells of what is there. --- */

/*
 * It begins: it tells anew of all that cannot be read. That stays until the list
 * has succeeded: what it is about is left as it is meanwhile.
 */
void sixpn_view_list_begin(struct sixpn_view *view);

/* It, or a later one, will tell of everything, as if nothing had been told yet. */
void sixpn_view_list_anew(struct sixpn_view *view);

/* It has told all: what it had to tell of and did not is forgotten. */
void sixpn_view_list_end(struct sixpn_view *view, uint32_t self);

/* NULL: there is none. */
struct sixpn_view_entry *sixpn_view_find(const struct sixpn_view *view,
					 const char *key);

/* A host or a client; NULL: none has this key. */
struct sixpn_view_entry *sixpn_view_find_key(const struct sixpn_view *view,
					     const uint8_t key[SIXPN_KEY_LEN]);

struct sixpn_view_entry *sixpn_view_find_host(const struct sixpn_view *view,
					      uint32_t host);

/* A machine or client of this address, wherever it is. */
struct sixpn_view_entry *sixpn_view_find_address(const struct sixpn_view *view,
						 const struct in6_addr *address);

/* The address of a machine or client; NULL: of another kind. */
const struct in6_addr *sixpn_record_address(const struct sixpn_record *record);

/**
 * struct sixpn_view_name - what the key of a record says
 * @host: the host, where the machine is, or to which the client connects
 * @address: of a machine, a client, or what has moved
 */
struct sixpn_view_name {
	enum sixpn_record_kind kind;
	uint32_t host;
	uint32_t network;
	struct in6_addr address;
};

/* Return: whether it is the key of a record that a mesh device follows. */
bool sixpn_view_name(struct sixpn_view_name *name, const char *key);

#endif
