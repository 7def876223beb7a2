/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of registry.h share. Nobody else includes this.
 *
 *   registry.c		opening, reading, listing
 *   registry_change.c	a transaction, put together piece by piece
 *   registry_put.c	making and changing records
 *   registry_network.c	the ids of networks
 *   registry_delete.c	removing records
 *   registry_watch.c	watches
 *
 * A change is tried again with what is then there, until a condition that did not
 * hold is one that the caller has to know of. Each time somebody else has
 * succeeded, so that not all can be kept waiting.
 */
#ifndef SIXPN_LIB_REGISTRY_PART_H
#define SIXPN_LIB_REGISTRY_PART_H

#include "record_field.h"
#include "registry.h"

/* How often a change is tried while others get in between. */
#define SIXPN_REGISTRY_TRIES 200
/* A condition did not hold, and it may do so the next time. */
#define SIXPN_REGISTRY_AGAIN 1

/**
 * struct sixpn_registry - the records of a store
 * @has_schema: it has been written
 */
struct sixpn_registry {
	struct sixpn_store *store;
	bool has_schema;
};

/**
 * struct sixpn_registry_value - a key as it is
 * @text: owned, with a NUL; NULL: there is none
 */
struct sixpn_registry_value {
	char *text;
	size_t length;
	uint64_t revision;
};

/* --- registry.c --- */

#define SIXPN_REGISTRY_SCHEMA_KEY SIXPN_REGISTRY_PREFIX "schema"

int sixpn_registry_no_memory(struct sixpn_error *error);

/* A key may not be there: 0, and no text. */
int sixpn_registry_read(struct sixpn_registry *registry, const char *key,
			struct sixpn_registry_value *value,
			struct sixpn_error *error);
void sixpn_registry_value_clear(struct sixpn_registry_value *value);

/* Return: -ENOENT without a sentence when it is not there, or as a getter. */
int sixpn_registry_read_record(struct sixpn_registry *registry,
			       const char *key, struct sixpn_record *record,
			       struct sixpn_error *error);

/* The key that the value of a key leads to. Return: 0 or -EBADMSG. */
int sixpn_registry_leads_to(const char *key,
			    const struct sixpn_registry_value *value,
			    char to[SIXPN_RECORD_KEY_MAX],
			    struct sixpn_error *error);

/* The record that a key leads to, and its own key. Return: as read_record(). */
int sixpn_registry_follow(struct sixpn_registry *registry, const char *key,
			  char to[SIXPN_RECORD_KEY_MAX],
			  struct sixpn_record *record,
			  struct sixpn_error *error);

/* Write the schema if nobody has yet. */
int sixpn_registry_ensure_schema(struct sixpn_registry *registry,
				 struct sixpn_error *error);

void sixpn_registry_prefix(const struct sixpn_registry_what *what,
			   char prefix[SIXPN_RECORD_KEY_MAX]);

/* --- registry_change.c --- */

#define SIXPN_REGISTRY_CHANGES_MAX 16

/**
 * struct sixpn_registry_change - a transaction
 * @keys: of both, copied
 * @texts: owned
 */
struct sixpn_registry_change {
	struct sixpn_store_condition conditions[SIXPN_REGISTRY_CHANGES_MAX];
	size_t condition_count;
	struct sixpn_store_change changes[SIXPN_REGISTRY_CHANGES_MAX];
	size_t change_count;
	char keys[2 * SIXPN_REGISTRY_CHANGES_MAX][SIXPN_RECORD_KEY_MAX];
	size_t key_count;
	char *texts[SIXPN_REGISTRY_CHANGES_MAX];
};

void sixpn_registry_change_init(struct sixpn_registry_change *change);
void sixpn_registry_change_clear(struct sixpn_registry_change *change);
void sixpn_registry_change_if(struct sixpn_registry_change *change,
			      const char *key, uint64_t revision);
void sixpn_registry_change_delete(struct sixpn_registry_change *change,
				  const char *key);
/* Return: 0 or -ENOMEM. */
int sixpn_registry_change_put(struct sixpn_registry_change *change,
			      const char *key, const char *text, size_t length,
			      uint64_t lease, struct sixpn_error *error);

/* Return: 0, SIXPN_REGISTRY_AGAIN, or an error. */
int sixpn_registry_change_commit(struct sixpn_registry *registry,
				 struct sixpn_registry_change *change,
				 uint64_t *revision, struct sixpn_error *error);

/* A change that is tried: @try returns 0, SIXPN_REGISTRY_AGAIN or an error. */
int sixpn_registry_try(struct sixpn_registry *registry,
		       int (*try)(struct sixpn_registry *registry, void *data,
				  struct sixpn_error *error),
		       void *data, struct sixpn_error *error);

/* --- registry_put.c --- */

/* A sentence's "machine 'web'". */
#define SIXPN_REGISTRY_CALLED_MAX 128
void sixpn_registry_called(const struct sixpn_record *record,
			   char called[SIXPN_REGISTRY_CALLED_MAX]);

/**
 * sixpn_registry_find_old() - the record that another one takes the place of
 * @old: kind alone when there is none; the caller clears it
 * @key: its key, or where the new one would be
 */
int sixpn_registry_find_old(struct sixpn_registry *registry,
			    const struct sixpn_record *record,
			    struct sixpn_record *old,
			    char key[SIXPN_RECORD_KEY_MAX],
			    struct sixpn_error *error);

/* --- registry_network.c --- */

/**
 * sixpn_registry_claim_network() - name and id of a network that is not there
 * @record: its id may be 0 and is set then
 * @change: gets what it takes so that both are taken
 */
int sixpn_registry_claim_network(struct sixpn_registry *registry,
				 struct sixpn_record *record,
				 struct sixpn_registry_change *change,
				 struct sixpn_error *error);

#endif
