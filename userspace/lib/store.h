/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the registry is kept: keys and values with revisions, in a file that
 * the processes of one host share (SQLite) or in an etcd cluster. This is all
 * that the two have to have in common; what the values mean is registry.h's.
 *
 * A key is 1 to SIXPN_STORE_KEY_MAX bytes of printable ASCII without blanks;
 * keys are ordered as bytes. A value is 0 to SIXPN_STORE_VALUE_MAX bytes. Every
 * change makes a new revision of the whole store, numbered upwards from 1 (but
 * not always by one); all changes of one transaction have the same. Nothing is
 * ever half done, and what was confirmed is on disk.
 *
 * Not for several threads at once. No call waits for longer than the time-out
 * of the store; none but sixpn_store_watch_read() returns before the outcome is
 * known, or known to be unknowable (-ETIMEDOUT: it may have happened or not).
 * -EREMCHG of any: another store has come to its place; this one is to be closed,
 * and opened again.
 */
#ifndef SIXPN_LIB_STORE_H
#define SIXPN_LIB_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define SIXPN_STORE_KEY_MAX 512
#define SIXPN_STORE_VALUE_MAX (1024 * 1024)
/* Operations and conditions of one transaction; etcd's own default limit. */
#define SIXPN_STORE_TXN_MAX 128

struct sixpn_store;
struct sixpn_store_watch;

struct sixpn_store_options {
	/* Of one call, at etcd of each page of a list; 0: 5,000. */
	unsigned int timeout_ms;
	/* etcd only; NULL: none, or what libcurl takes by itself. */
	const char *ca_file;
	const char *cert_file;
	const char *key_file;
	const char *user;
	const char *password;
};

/* One key as it is, or was deleted. */
struct sixpn_store_entry {
	const char *key;		/* NUL-terminated */
	const void *value;		/* NULL when deleted; followed by a NUL */
	size_t length;
	uint64_t revision;		/* of its last change */
};

/*
 * For each entry, which is gone after it; anything but 0 ends the walk and is
 * returned by it. It must not call the store that it is called by.
 */
typedef int (*sixpn_store_visit)(void *data,
				 const struct sixpn_store_entry *entry);

/*
 * What must hold for a transaction to happen: the key's last change is
 * revision (0: there is no such key).
 */
struct sixpn_store_condition {
	const char *key;
	uint64_t revision;
};

struct sixpn_store_change {
	const char *key;
	const void *value;		/* NULL: delete it; no error if it is not there */
	size_t length;
	uint64_t lease;			/* goes with this lease; 0: stays */
};

/**
 * sixpn_store_open() - open, and make when it is not there
 * @store: set on success; sixpn_store_close() it
 * @where: "sqlite:PATH" (the folder must be there) or
 *	"etcd:HOST[:PORT][,HOST[:PORT]]..." (port 2379; [ADDRESS] for IPv6);
 *	"etcds:" in place of "etcd:" for TLS
 * @options: NULL for the defaults
 * @error: why not
 *
 * Return: 0, -EINVAL (not understood), -EPROTO (of a later version of sixpn, or
 * not a registry at all), -ENOMEM, or what opening said. That no etcd answers
 * is no reason: the first call will tell.
 */
int sixpn_store_open(struct sixpn_store **store, const char *where,
		     const struct sixpn_store_options *options,
		     struct sixpn_error *error);

/* Its watches must have been closed. NULL is allowed. */
void sixpn_store_close(struct sixpn_store *store);

/**
 * sixpn_store_get() - one key
 *
 * Return: 0, what @visit returned, -ENOENT, -ETIMEDOUT, or another error.
 */
int sixpn_store_get(struct sixpn_store *store, const char *key,
		    sixpn_store_visit visit, void *data,
		    struct sixpn_error *error);

/**
 * sixpn_store_list() - all keys that begin with @prefix, in order, as they were
 *	at one moment
 * @revision: set to the revision of that moment; a watch from the next one
 *	misses nothing. May be NULL
 *
 * Fetched page by page: a long list takes no more memory than a short one.
 *
 * Return: 0, what @visit returned, or an error.
 */
int sixpn_store_list(struct sixpn_store *store, const char *prefix,
		     sixpn_store_visit visit, void *data, uint64_t *revision,
		     struct sixpn_error *error);

/**
 * sixpn_store_commit() - change keys, all of them or none
 * @conditions: all must hold; none of them: always
 * @changes: one at least, no key twice
 * @revision: set to the new revision on success (that of now if there was
 *	nothing to delete); may be NULL
 *
 * Return: 0, -EAGAIN (a condition does not hold: read again), -EINVAL (a key, a
 * size or a number is out of range), -ESTALE (no such lease), -EMSGSIZE (more
 * bytes at once than etcd takes, by default 1.5 MiB: split it), -ETIMEDOUT (may
 * have happened), or another error (has not).
 */
int sixpn_store_commit(struct sixpn_store *store,
		       const struct sixpn_store_condition *conditions,
		       size_t condition_count,
		       const struct sixpn_store_change *changes,
		       size_t change_count, uint64_t *revision,
		       struct sixpn_error *error);

/**
 * sixpn_store_lease_grant() - a lease: keys that hang on it go when it is not
 *	renewed in time, whoever dies
 * @seconds: 1 to 3,600; etcd may give a second or two more
 * @lease: set to its number, not 0
 */
int sixpn_store_lease_grant(struct sixpn_store *store, unsigned int seconds,
			    uint64_t *lease, struct sixpn_error *error);

/* Return: 0, -ESTALE (it has run out), or another error. */
int sixpn_store_lease_renew(struct sixpn_store *store, uint64_t lease,
			    struct sixpn_error *error);

/* End it now, with its keys. Return: 0 (also when it had ended), or an error. */
int sixpn_store_lease_revoke(struct sixpn_store *store, uint64_t lease,
			     struct sixpn_error *error);

/**
 * sixpn_store_watch_open() - be told of changes
 * @watch: set on success; sixpn_store_watch_close() it
 * @prefix: of keys that begin with this
 * @revision: from this one on, those that have been too; 0: from now on (if no
 *	server answers, from when one does)
 *
 * Works without a server too, and takes up where it was when one answers again.
 */
int sixpn_store_watch_open(struct sixpn_store_watch **watch,
			   struct sixpn_store *store, const char *prefix,
			   uint64_t revision, struct sixpn_error *error);

/* A descriptor that poll() finds readable when there may be something to read. */
int sixpn_store_watch_fd(const struct sixpn_store_watch *watch);

/**
 * sixpn_store_watch_read() - what has changed, without waiting for it
 * @visit: for each change, in the order of revisions
 *
 * A change is told within a second of it, by whichever process it was made.
 *
 * Return: 0, what @visit returned (that change is not told again), -EOVERFLOW
 * (changes were missed, the store has forgotten them: list again, and open a new
 * watch), or another error, which passes or not: read again later.
 */
int sixpn_store_watch_read(struct sixpn_store_watch *watch,
			   sixpn_store_visit visit, void *data,
			   struct sixpn_error *error);

/* NULL is allowed. */
void sixpn_store_watch_close(struct sixpn_store_watch *watch);

#endif
