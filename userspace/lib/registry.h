/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The registry: the records of record.h in a store of store.h. sixpn-registry(7)
 * has the keys.
 *
 * What is unique stays so, whoever writes at the same time: network ids and
 * names, host ids and names, public keys (of hosts and clients together),
 * addresses, and in a network the names of machines and those of clients. Each
 * of these is a key of its own that leads to the record, changed with it in one
 * transaction. A record that needs another (its network, its host) is not there
 * without it.
 *
 * Besides the errors told below, all return what the store did: -ETIMEDOUT (a
 * change may have happened or not), or another error (nothing has changed).
 */
#ifndef SIXPN_LIB_REGISTRY_H
#define SIXPN_LIB_REGISTRY_H

#include "record.h"
#include "store.h"

struct sixpn_registry;
struct sixpn_registry_watch;

/* In place of a revision: whatever is there, or nothing. */
#define SIXPN_REVISION_ANY UINT64_MAX

/**
 * sixpn_registry_open() - the records of a store
 * @registry: set on success; sixpn_registry_close() it
 * @store: borrowed; used by nobody else at the same time
 *
 * A store with nothing in it is an empty registry; nothing is written before the
 * first record is.
 *
 * Return: 0, -EPROTO (the schema is of a later version), -EBADMSG or -ENOMEM.
 */
int sixpn_registry_open(struct sixpn_registry **registry,
			struct sixpn_store *store, struct sixpn_error *error);

/* Its watches must have been closed. NULL is allowed. */
void sixpn_registry_close(struct sixpn_registry *registry);

/* --- One record. --- */

/**
 * sixpn_registry_get() - one record, by what it is called
 * @record: set on success, with its revision; sixpn_record_clear() it. Zeroed on
 *	error
 *
 * Two reads at most, however many records there are.
 *
 * Return: 0, -ENOENT, -EBADMSG (malformed), -EPROTO (of a later schema) or
 * -ENOMEM. So do all of these.
 */
int sixpn_registry_get_network(struct sixpn_registry *registry, uint32_t id,
			       struct sixpn_record *record,
			       struct sixpn_error *error);
int sixpn_registry_get_network_named(struct sixpn_registry *registry,
				     const char *name,
				     struct sixpn_record *record,
				     struct sixpn_error *error);
int sixpn_registry_get_host(struct sixpn_registry *registry, uint32_t id,
			    struct sixpn_record *record,
			    struct sixpn_error *error);
int sixpn_registry_get_host_named(struct sixpn_registry *registry,
				  const char *name, struct sixpn_record *record,
				  struct sixpn_error *error);
int sixpn_registry_get_alive(struct sixpn_registry *registry, uint32_t host,
			     struct sixpn_record *record,
			     struct sixpn_error *error);
/* @kind: SIXPN_RECORD_MACHINE or SIXPN_RECORD_CLIENT */
int sixpn_registry_get_named(struct sixpn_registry *registry,
			     enum sixpn_record_kind kind, uint32_t network,
			     const char *name, struct sixpn_record *record,
			     struct sixpn_error *error);
/* A machine or a client (of any sub), or a service. */
int sixpn_registry_get_address(struct sixpn_registry *registry,
			       const struct in6_addr *address,
			       struct sixpn_record *record,
			       struct sixpn_error *error);
/* A client or a host. */
int sixpn_registry_get_key(struct sixpn_registry *registry,
			   const uint8_t public_key[SIXPN_KEY_LEN],
			   struct sixpn_record *record,
			   struct sixpn_error *error);

/**
 * sixpn_registry_put() - make or change a record
 * @record: any kind but "moved", which follows from others; its revision is
 *	0: there must be none of the same network, host or address yet;
 *	another: the last change of it must be this one;
 *	SIXPN_REVISION_ANY: either. Set to the new revision on success. What it has
 *	that is not known here is written; if it was not read from the registry,
 *	what the old one has
 * @lease: that "alive" goes with; 0 for others
 *
 * A network with id 0 gets the least id that none has had yet, or the one that
 * its name has had before: name and id belong together for ever. Neither a
 * machine's nor a client's address changes, nor a network's name; all else may.
 * A machine or client moves when its host or gateway is another one.
 *
 * Return: 0, -EAGAIN (it is not as it was: read it again), -EEXIST (it, or
 * something that must be unique, is there already), -ENOENT (its network or host
 * is not), -EBUSY (that is being removed), -EINVAL (it breaks a rule), -EPERM
 * (a name or id that stays), -ENOSPC (no network id is left), -ESTALE (no such
 * lease), -EBADMSG, -EPROTO (the old one cannot be read) or -ENOMEM.
 */
int sixpn_registry_put(struct sixpn_registry *registry,
		       struct sixpn_record *record, uint64_t lease,
		       struct sixpn_error *error);

/**
 * sixpn_registry_delete() - remove a record, and what leads to it
 * @record: its revision 0 or SIXPN_REVISION_ANY: whatever it is; another: if its
 *	last change is this one
 *
 * A network or host goes when nothing is in it or on it; a host takes its sign of
 * life along.
 *
 * Return: 0, -ENOENT, -EAGAIN (it is not as it was), -ENOTEMPTY, -EINVAL
 * ("moved"), -EBADMSG, -EPROTO or -ENOMEM.
 */
int sixpn_registry_delete(struct sixpn_registry *registry,
			  const struct sixpn_record *record,
			  struct sixpn_error *error);

/**
 * sixpn_registry_purge() - remove a record that cannot be read, and what leads
 *	to it
 * @key: as it was complained of
 *
 * Reads all keys. Not for networks and hosts, which others need.
 *
 * Return: 0, -ENOENT, -EAGAIN (it changed meanwhile), -EINVAL or -ENOMEM.
 */
int sixpn_registry_purge(struct sixpn_registry *registry, const char *key,
			 struct sixpn_error *error);

/* --- Many. --- */

/**
 * struct sixpn_registry_what - which records
 * @kind: SIXPN_RECORD_KIND_COUNT: all kinds
 * @host: machines at this host only, clients of this gateway only; 0: of all.
 *	Ignored for other kinds
 * @network: services of this network only; 0: of all. Ignored for other kinds
 */
struct sixpn_registry_what {
	enum sixpn_record_kind kind;
	uint32_t host;
	uint32_t network;
};

/*
 * For each record, which is gone after it (sixpn_record_copy() it). Anything but
 * 0 ends the walk and is returned. It must not call the registry.
 */
typedef int (*sixpn_registry_visit)(void *data,
				    const struct sixpn_record *record);

/* A record that cannot be read; the rest goes on. May be NULL. */
typedef void (*sixpn_registry_bad)(void *data, const char *key,
				   const struct sixpn_error *why);

/**
 * sixpn_registry_list() - records in the order of their keys, as they were at
 *	one moment
 *
 * Return: 0, what @visit returned, or an error.
 */
int sixpn_registry_list(struct sixpn_registry *registry,
			const struct sixpn_registry_what *what,
			sixpn_registry_visit visit, sixpn_registry_bad bad,
			void *data, struct sixpn_error *error);

/* --- Changes. --- */

/**
 * struct sixpn_registry_told - whom a watch tells
 * @change: @before: NULL: it is new; @after: NULL: it is gone. The same rules as
 *	for a visit. What moves between hosts is gone at the one, new at the other
 * @bad: of a record that cannot be read; it counts as unchanged until it can be,
 *	or is gone. May be NULL
 */
struct sixpn_registry_told {
	int (*change)(void *data, const struct sixpn_record *before,
		      const struct sixpn_record *after);
	sixpn_registry_bad bad;
	void *data;
};

/**
 * sixpn_registry_watch_open() - to be told of all changes of some records
 * @watch: set on success; sixpn_registry_watch_close() it
 *
 * Nothing is read yet: sixpn_registry_watch_list() comes first. The watch has a
 * copy of the JSON of all its records.
 */
int sixpn_registry_watch_open(struct sixpn_registry_watch **watch,
			      struct sixpn_registry *registry,
			      const struct sixpn_registry_what *what,
			      const struct sixpn_registry_told *told,
			      struct sixpn_error *error);

/**
 * sixpn_registry_watch_list() - tell how the records differ from what was told
 *
 * The first time all of them are new. Afterwards, and after an error, it may be
 * called at any time; after -EOVERFLOW of a read it has to be.
 *
 * Return: 0, what @change returned (call again for the rest), or an error.
 */
int sixpn_registry_watch_list(struct sixpn_registry_watch *watch,
			      struct sixpn_error *error);

/* For poll(); another one after each list. -1 before the first. */
int sixpn_registry_watch_fd(const struct sixpn_registry_watch *watch);

/**
 * sixpn_registry_watch_read() - tell what has changed since, without waiting
 *
 * Return: 0, what @change returned (the rest is told next time), -EOVERFLOW
 * (changes were missed: list again), -ENOTCONN (not listed yet), or an error,
 * which passes or not: read again later.
 */
int sixpn_registry_watch_read(struct sixpn_registry_watch *watch,
			      struct sixpn_error *error);

/* NULL is allowed. */
void sixpn_registry_watch_close(struct sixpn_registry_watch *watch);

#endif
