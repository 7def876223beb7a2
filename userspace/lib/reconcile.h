/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Make the mesh device of this host what the registry says. The registry owns
 * its peers of kind host and client, its networks, machines and exception
 * routes: what is there and not in the registry goes. Peers of kind site are
 * somebody else's. What cannot be read in the registry is left as it is.
 *
 * Device and peers are one request; networks, machines and routes are one each,
 * so that one that fails (its namespace is not there yet) does not stop others.
 * What is so already is not set again: no session is dropped, and where a peer
 * was last heard stays. The files of network namespaces that have names go with
 * their machines.
 */
#ifndef SIXPN_LIB_RECONCILE_H
#define SIXPN_LIB_RECONCILE_H

#include "journal.h"
#include "node.h"
#include "scope.h"
#include "view.h"

/* How long an endpoint that a handshake came from is better than the registry's. */
#define SIXPN_SESSION_SECONDS 180

/**
 * struct sixpn_reconcile_result - what came of it
 * @changed: objects that are not as they were
 * @left_out: objects that are not as they should be; each was told of
 */
struct sixpn_reconcile_result {
	unsigned int changed;
	unsigned int left_out;
};

/**
 * struct sixpn_reconcile_options - how
 * @clients_permanent: there is no agent to do it when they call: all clients
 *	of this gateway are installed, for ever. Else those that are not in the
 *	kernel are not, but for their networks
 * @notice: told what was left out, one sentence each; may be NULL
 * @context: handed to @notice
 * @result: may be NULL
 */
struct sixpn_reconcile_options {
	bool clients_permanent;
	void (*notice)(void *context, const char *text);
	void *context;
	struct sixpn_reconcile_result *result;
};

/**
 * sixpn_reconcile() - all of it, once
 * @node: registry open, key loaded; the device is there and has this key
 *
 * Hold sixpn_node_lock(). Names of endpoints are looked up once, without
 * patience.
 *
 * Return: 0, also if something was left out; -ENODEV (no device), -ESTALE (it is
 * of another host id), or another negative errno.
 */
int sixpn_reconcile(struct sixpn_node *node,
		    const struct sixpn_reconcile_options *options,
		    struct sixpn_error *error);

/**
 * sixpn_reconcile_read() - the records that matter to a host
 * @view: empty; sixpn_view_clear() it
 * @bad: told of those that cannot be read; may be NULL
 *
 * Return: 0 or a negative errno.
 */
int sixpn_reconcile_read(struct sixpn_view *view,
			 struct sixpn_registry *registry, uint32_t self,
			 void (*bad)(void *context, const char *text),
			 void *context, struct sixpn_error *error);

/**
 * sixpn_reconcile_away() - the machine or client that a "moved" is about
 *
 * It is entered into @view if it is one whose home is @self.
 *
 * Return: 0, also if it cannot be read; or what the store said.
 */
int sixpn_reconcile_away(struct sixpn_view *view,
			 struct sixpn_registry *registry, uint32_t self,
			 const struct sixpn_record_moved *moved,
			 struct sixpn_error *error);

/* -EINPROGRESS: not known yet. */
typedef int (*sixpn_reconcile_resolve)(void *context, const char *text,
				       union sixpn_endpoint *endpoint,
				       struct sixpn_error *error);

/**
 * struct sixpn_reconcile_what - what to make so
 * @self: host id
 * @idle_expiry: of clients, unless they are permanent; seconds
 * @now: seconds since 1970
 * @scope: only this; NULL: all
 * @install: a client that has called: it is installed if it is in the view; or
 *	NULL
 * @etc: for the files of namespaces, see netns_etc.h; NULL: they are not touched
 * @resolve: for endpoints that are names; NULL: look them up here
 * @context: handed to @resolve
 */
struct sixpn_reconcile_what {
	const struct sixpn_view *view;
	uint32_t self;
	uint32_t idle_expiry;
	uint64_t now;
	const struct sixpn_scope *scope;
	const uint8_t *install;
	const char *etc;
	sixpn_reconcile_resolve resolve;
	void *context;
};

/**
 * sixpn_reconcile_apply() - the same from a view
 * @ops: reads and changes the device
 * @context: handed to @ops
 *
 * Return: as sixpn_reconcile().
 */
int sixpn_reconcile_apply(const struct sixpn_kernel_ops *ops, void *context,
			  const struct sixpn_reconcile_what *what,
			  const struct sixpn_reconcile_options *options,
			  struct sixpn_error *error);

/**
 * sixpn_reconcile_want() - what the device should be
 * @wanted: empty; cleared by the caller
 * @now: as read; gets taken out of it what is not the registry's, or cannot be
 *	read there
 * @options: NULL: networks, machines and routes are all that matters; peers need
 *	no endpoints
 *
 * Return: 0 or -ENOMEM.
 */
int sixpn_reconcile_want(struct sixpn_device *wanted, struct sixpn_device *now,
			 const struct sixpn_reconcile_what *what,
			 bool clients_permanent,
			 const struct sixpn_reconcile_options *options);

/**
 * sixpn_reconcile_etc() - the files of network namespaces
 *
 * Machines whose record cannot be read keep their lines.
 *
 * Return: 0, also if something was left out, or -ENOMEM.
 */
int sixpn_reconcile_etc(const struct sixpn_reconcile_what *what,
			const struct sixpn_reconcile_options *options,
			struct sixpn_error *error);

#endif
