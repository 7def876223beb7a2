// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry_part.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void sixpn_registry_change_init(struct sixpn_registry_change *change)
{
	memset(change, 0, sizeof(*change));
}

void sixpn_registry_change_clear(struct sixpn_registry_change *change)
{
	size_t i;

	for (i = 0; i < change->change_count; i++) {
		if (change->texts[i])
			sixpn_key_wipe(change->texts[i],
				       change->changes[i].length);
		free(change->texts[i]);
	}
	memset(change, 0, sizeof(*change));
}

static const char *copy_key(struct sixpn_registry_change *change,
			    const char *key)
{
	char *copy = change->keys[change->key_count++];

	assert(change->key_count <= 2 * SIXPN_REGISTRY_CHANGES_MAX);
	strcpy(copy, key);
	return copy;
}

void sixpn_registry_change_if(struct sixpn_registry_change *change,
			      const char *key, uint64_t revision)
{
	struct sixpn_store_condition *condition =
		&change->conditions[change->condition_count++];

	assert(change->condition_count <= SIXPN_REGISTRY_CHANGES_MAX);
	condition->key = copy_key(change, key);
	condition->revision = revision;
}

/* The place of this key, so that none is changed twice: the last word counts. */
static size_t place_of(struct sixpn_registry_change *change, const char *key)
{
	size_t i;

	for (i = 0; i < change->change_count; i++)
		if (!strcmp(change->changes[i].key, key))
			return i;
	assert(i < SIXPN_REGISTRY_CHANGES_MAX);
	change->changes[i].key = copy_key(change, key);
	change->change_count++;
	return i;
}

void sixpn_registry_change_delete(struct sixpn_registry_change *change,
				  const char *key)
{
	size_t i = place_of(change, key);

	free(change->texts[i]);
	change->texts[i] = NULL;
	change->changes[i].value = NULL;
	change->changes[i].length = 0;
}

int sixpn_registry_change_put(struct sixpn_registry_change *change,
			      const char *key, const char *text, size_t length,
			      uint64_t lease, struct sixpn_error *error)
{
	char *copy = malloc(length + 1);
	size_t i;

	if (!copy)
		return sixpn_registry_no_memory(error);
	memcpy(copy, text, length);
	copy[length] = '\0';
	i = place_of(change, key);
	free(change->texts[i]);
	change->texts[i] = copy;
	change->changes[i].value = copy;
	change->changes[i].length = length;
	change->changes[i].lease = lease;
	return 0;
}

int sixpn_registry_change_commit(struct sixpn_registry *registry,
				 struct sixpn_registry_change *change,
				 uint64_t *revision, struct sixpn_error *error)
{
	int ret;

	ret = sixpn_store_commit(registry->store, change->conditions,
				 change->condition_count, change->changes,
				 change->change_count, revision, error);
	return ret == -EAGAIN ? SIXPN_REGISTRY_AGAIN : ret;
}

int sixpn_registry_try(struct sixpn_registry *registry,
		       int (*try)(struct sixpn_registry *registry, void *data,
				  struct sixpn_error *error),
		       void *data, struct sixpn_error *error)
{
	int tries, ret = SIXPN_REGISTRY_AGAIN;

	for (tries = 0; tries < SIXPN_REGISTRY_TRIES; tries++) {
		ret = try(registry, data, error);
		if (ret != SIXPN_REGISTRY_AGAIN)
			return ret;
	}
	return sixpn_error_set(error, -EBUSY,
			       "others change the registry all the time: tried %d times",
			       SIXPN_REGISTRY_TRIES);
}
