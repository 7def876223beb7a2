/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * This host: its configuration, its key, the registry it is in. What the nouns
 * of the CLI and the agent start from.
 */
#ifndef SIXPN_LIB_NODE_H
#define SIXPN_LIB_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "host_config.h"
#include "keys.h"
#include "registry.h"
#include "store.h"

/**
 * struct sixpn_node - this host
 * @has_key: the next three are set: see sixpn_node_load_key()
 * @host_id: of the configuration, or what follows from the key
 */
struct sixpn_node {
	struct sixpn_host_config config;
	struct sixpn_store *store;
	struct sixpn_registry *registry;
	bool has_key;
	uint8_t private_key[SIXPN_KEY_LEN];
	uint8_t public_key[SIXPN_KEY_LEN];
	uint32_t host_id;
};

/**
 * sixpn_node_open() - read the configuration and open the registry
 * @node: set on success; sixpn_node_close() it
 * @file: the configuration; NULL: SIXPN_HOST_CONFIG_PATH, which need not be there
 *
 * The folder of a registry in a file is made, for its owner only, if it is not
 * there. The registry may still turn out not to answer.
 *
 * Return: 0 or a negative errno.
 */
int sixpn_node_open(struct sixpn_node *node, const char *file,
		    struct sixpn_error *error);

/* The configuration only: neither store nor registry. */
int sixpn_node_open_config(struct sixpn_node *node, const char *file,
			   struct sixpn_error *error);

/* What sixpn_node_open() does after sixpn_node_open_config(). */
int sixpn_node_open_registry(struct sixpn_node *node, struct sixpn_error *error);

/* Its opposite: what was read from files with it is read again the next time. */
void sixpn_node_close_registry(struct sixpn_node *node);

/* Wipes the key. What has not been opened is passed over. */
void sixpn_node_close(struct sixpn_node *node);

/**
 * sixpn_node_load_key() - the private key of this host
 * @make: make one (mode 0600, never in place of another file) if there is none
 *
 * A file that others can read is refused, with the command that mends it.
 *
 * Return: 0, -ENOENT (there is none: 'sixpn up' makes one), or another negative
 * errno.
 */
int sixpn_node_load_key(struct sixpn_node *node, bool make,
			struct sixpn_error *error);

/**
 * sixpn_node_self() - the record of this host, found by its key
 * @host: as with sixpn_registry_get_host()
 *
 * Loads the key first if need be.
 *
 * Return: 0, -ENOENT (not in the registry yet: 'sixpn up' enters it), or another
 * negative errno.
 */
int sixpn_node_self(struct sixpn_node *node, struct sixpn_record *host,
		    struct sixpn_error *error);

/**
 * sixpn_node_network() - the network that a word stands for
 * @word: a name, in any case, or an id in decimal or after 0x; NULL: the only one
 *	there is
 *
 * Return: 0, -ENOENT, -EINVAL (neither a name nor an id, or NULL when there is not
 * one network exactly), or another negative errno.
 */
int sixpn_node_network(struct sixpn_node *node, const char *word,
		       struct sixpn_record *network, struct sixpn_error *error);

/* The same for hosts; NULL: this host. */
int sixpn_node_host(struct sixpn_node *node, const char *word,
		    struct sixpn_record *host, struct sixpn_error *error);

/**
 * sixpn_node_lock() - be the only one who changes kernel and registry of this host
 *
 * A command holds it while it changes both, and the agent while it makes the one
 * follow the other: neither sees the other half-way. It lies beside the key file
 * and goes with the process.
 *
 * Return: a descriptor to close, or a negative errno.
 */
int sixpn_node_lock(const struct sixpn_node *node, struct sixpn_error *error);

/**
 * sixpn_node_lock_within() - the same, for those who cannot wait for a minute
 * @ms: at most so long
 *
 * Return: a descriptor to close, -EBUSY, or another negative errno.
 */
int sixpn_node_lock_within(const struct sixpn_node *node, unsigned int ms,
			   struct sixpn_error *error);

/**
 * sixpn_node_lock_agent() - be the agent of this host
 *
 * Return: a descriptor to hold on to, -EBUSY (there is one), or another negative
 * errno.
 */
int sixpn_node_lock_agent(const struct sixpn_node *node,
			  struct sixpn_error *error);

/* Whether an agent runs on this host. */
bool sixpn_node_has_agent(const struct sixpn_node *node);

#endif
