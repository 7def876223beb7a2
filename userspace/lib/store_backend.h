/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a back end of store.h is: its functions, called by store.c alone, which
 * has checked keys, sizes and numbers before. Their contracts are those of
 * store.h.
 */
#ifndef SIXPN_LIB_STORE_BACKEND_H
#define SIXPN_LIB_STORE_BACKEND_H

#include "store.h"

struct sixpn_store_backend {
	const char *scheme;	/* before the colon */
	/* @where: what comes after it. */
	int (*open)(struct sixpn_store **store, const char *where,
		    const struct sixpn_store_options *options,
		    struct sixpn_error *error);
	void (*close)(struct sixpn_store *store);
	int (*get)(struct sixpn_store *store, const char *key,
		   sixpn_store_visit visit, void *data,
		   struct sixpn_error *error);
	int (*list)(struct sixpn_store *store, const char *prefix,
		    sixpn_store_visit visit, void *data, uint64_t *revision,
		    struct sixpn_error *error);
	int (*commit)(struct sixpn_store *store,
		      const struct sixpn_store_condition *conditions,
		      size_t condition_count,
		      const struct sixpn_store_change *changes,
		      size_t change_count, uint64_t *revision,
		      struct sixpn_error *error);
	int (*lease_grant)(struct sixpn_store *store, unsigned int seconds,
			   uint64_t *lease, struct sixpn_error *error);
	int (*lease_renew)(struct sixpn_store *store, uint64_t lease,
			   struct sixpn_error *error);
	int (*lease_revoke)(struct sixpn_store *store, uint64_t lease,
			    struct sixpn_error *error);
	int (*watch_open)(struct sixpn_store_watch **watch,
			  struct sixpn_store *store, const char *prefix,
			  uint64_t revision, struct sixpn_error *error);
	int (*watch_fd)(const struct sixpn_store_watch *watch);
	int (*watch_read)(struct sixpn_store_watch *watch,
			  sixpn_store_visit visit, void *data,
			  struct sixpn_error *error);
	void (*watch_close)(struct sixpn_store_watch *watch);
};

/* The first member of a back end's own store and watch. */
struct sixpn_store {
	const struct sixpn_store_backend *backend;
};

struct sixpn_store_watch {
	const struct sixpn_store_backend *backend;
};

extern const struct sixpn_store_backend sixpn_store_sqlite;
extern const struct sixpn_store_backend sixpn_store_etcd;
extern const struct sixpn_store_backend sixpn_store_etcds;

#endif
