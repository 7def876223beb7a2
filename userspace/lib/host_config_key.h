/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of sixpn.conf(5): one table, from which the file is read, completed
 * and written, and against which its man page is checked.
 */
#ifndef SIXPN_LIB_HOST_CONFIG_KEY_H
#define SIXPN_LIB_HOST_CONFIG_KEY_H

#include "host_config.h"

enum sixpn_host_key_id {
	SIXPN_HOST_KEY_NAME,
	SIXPN_HOST_KEY_REGION,
	SIXPN_HOST_KEY_DEVICE,
	SIXPN_HOST_KEY_LISTEN_PORT,
	SIXPN_HOST_KEY_HOST_ID,
	SIXPN_HOST_KEY_ENDPOINT,
	SIXPN_HOST_KEY_KEY_FILE,
	SIXPN_HOST_KEY_REGISTRY,
	SIXPN_HOST_KEY_REGISTRY_CA,
	SIXPN_HOST_KEY_REGISTRY_CERT,
	SIXPN_HOST_KEY_REGISTRY_KEY,
	SIXPN_HOST_KEY_REGISTRY_USER,
	SIXPN_HOST_KEY_REGISTRY_PASSWORD_FILE,
	SIXPN_HOST_KEY_REGISTRY_TIMEOUT,
	SIXPN_HOST_KEY_MTU,
	SIXPN_HOST_KEY_LEASE,
	SIXPN_HOST_KEY_CLIENT_IDLE_EXPIRY,
	SIXPN_HOST_KEY_GATEWAY,
	SIXPN_HOST_KEY_RESOLVER,
	SIXPN_HOST_KEY_RESOLVER_UPSTREAMS,
	SIXPN_HOST_KEY_RESOLVER_DNSSEC,
	SIXPN_HOST_KEY_RESOLVER_USER,
	SIXPN_HOST_KEY_RESOLVER_METRICS,
	SIXPN_HOST_KEY_COUNT
};

struct sixpn_host_value;	/* how values of one type are handled */

/**
 * struct sixpn_host_key - a row of the table
 * @name: as it stands in the file
 * @wanted: what a value must be, for the sentence that refuses another
 * @standard: the default, as it would stand in the file; NULL: none, or not
 *	always the same
 * @repeatable: may be given more than once
 */
struct sixpn_host_key {
	const char *name;
	const char *wanted;
	const char *standard;
	bool repeatable;
	const struct sixpn_host_value *value;
	size_t offset;		/* of the field in struct sixpn_host_config */
};

extern const struct sixpn_host_key sixpn_host_keys[SIXPN_HOST_KEY_COUNT];

/* Return: its row, or NULL. */
const struct sixpn_host_key *sixpn_host_key_find(const char *word,
						 size_t length);

/* Return: the row of the key that @word is a slip in, or NULL. */
const struct sixpn_host_key *sixpn_host_key_nearest(const char *word,
						    size_t length);

/**
 * sixpn_host_key_set() - text to field
 * @config: what the field held is freed; untouched on error
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int sixpn_host_key_set(const struct sixpn_host_key *key,
		       struct sixpn_host_config *config, const char *text,
		       size_t length, struct sixpn_error *error);

/* The lines of one key; none if it has no value. */
void sixpn_host_key_write(const struct sixpn_host_key *key, FILE *stream,
			  const struct sixpn_host_config *config);

bool sixpn_host_key_equal(const struct sixpn_host_key *key,
			  const struct sixpn_host_config *left,
			  const struct sixpn_host_config *right);

void sixpn_host_key_clear(const struct sixpn_host_key *key,
			  struct sixpn_host_config *config);

#endif
