// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Name and id of a network belong together for ever. Each is a key that leads to
 * the other and is never removed; the last id that was given is a third one, so
 * that nobody has to look for a free one.
 */
#include "registry_part.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAST_KEY SIXPN_REGISTRY_PREFIX "network-last"

static int damaged(const char *key, struct sixpn_error *error)
{
	return sixpn_error_set(error, -EBADMSG,
			       "%s: does not lead to a network", key);
}

/* The id that this name has had before; 0: none. */
static int read_claim(struct sixpn_registry *registry, const char *key,
		      uint32_t *id, uint64_t *revision,
		      struct sixpn_error *error)
{
	char to[SIXPN_RECORD_KEY_MAX], back[SIXPN_RECORD_KEY_MAX];
	struct sixpn_registry_value value;
	int ret;

	*id = 0;
	ret = sixpn_registry_read(registry, key, &value, error);
	if (ret)
		return ret;
	*revision = value.revision;
	if (value.text) {
		ret = sixpn_registry_leads_to(key, &value, to, error);
		if (!ret) {
			*id = (uint32_t)strtoul(strrchr(to, '/') + 1, NULL, 16);
			sixpn_key_of_network(back, *id);
			if (!*id || strcmp(to, back))
				ret = damaged(key, error);
		}
	}
	sixpn_registry_value_clear(&value);
	return ret;
}

/* Return: 1: the id has been somebody's, whose name's key is @holder. */
static int id_is_taken(struct sixpn_registry *registry, uint32_t id,
		       char holder[SIXPN_RECORD_KEY_MAX],
		       struct sixpn_error *error)
{
	char key[SIXPN_RECORD_KEY_MAX];
	struct sixpn_registry_value value;
	int ret;

	sixpn_key_of_network_id(key, id);
	ret = sixpn_registry_read(registry, key, &value, error);
	if (!ret && value.text) {
		ret = sixpn_registry_leads_to(key, &value, holder, error);
		if (!ret)
			ret = 1;
	}
	sixpn_registry_value_clear(&value);
	return ret;
}

static int read_last(struct sixpn_registry *registry, uint32_t *last,
		     uint64_t *revision, struct sixpn_error *error)
{
	struct sixpn_registry_value value;
	json_t *object;
	json_int_t id;
	int ret;

	*last = 0;
	ret = sixpn_registry_read(registry, LAST_KEY, &value, error);
	if (ret)
		return ret;
	*revision = value.revision;
	if (!value.text)
		return 0;
	object = json_loadb(value.text, value.length, JSON_REJECT_DUPLICATES,
			    NULL);
	id = json_integer_value(json_object_get(object, "network"));
	json_decref(object);
	sixpn_registry_value_clear(&value);
	if (id < 1 || id > UINT32_MAX)
		return sixpn_error_set(error, -EBADMSG,
				       "%s: network is not a number, 1-%u",
				       LAST_KEY, UINT32_MAX);
	*last = (uint32_t)id;
	return 0;
}

/* The next id; those that were asked for by number are left out. */
static int find_id(struct sixpn_registry *registry, uint32_t *id,
		   struct sixpn_registry_change *change,
		   struct sixpn_error *error)
{
	char holder[SIXPN_RECORD_KEY_MAX], text[32];
	uint64_t revision;
	uint32_t last;
	int ret, n;

	ret = read_last(registry, &last, &revision, error);
	if (ret)
		return ret;
	do {
		if (last == UINT32_MAX)
			return sixpn_error_set(error, -ENOSPC,
					       "no network id is left");
		ret = id_is_taken(registry, ++last, holder, error);
	} while (ret == 1);
	if (ret)
		return ret;
	*id = last;
	n = snprintf(text, sizeof(text), "{\"network\":%u}", last);
	sixpn_registry_change_if(change, LAST_KEY, revision);
	return sixpn_registry_change_put(change, LAST_KEY, text, (size_t)n, 0,
					 error);
}

static int check_id(struct sixpn_registry *registry, uint32_t id,
		    struct sixpn_error *error)
{
	char holder[SIXPN_RECORD_KEY_MAX];
	int ret = id_is_taken(registry, id, holder, error);

	if (ret == 1)
		return sixpn_error_set(error, -EPERM,
				       "network id %u stands for name '%s' for ever",
				       id, strrchr(holder, '/') + 1);
	return ret;
}

int sixpn_registry_claim_network(struct sixpn_registry *registry,
				 struct sixpn_record *record,
				 struct sixpn_registry_change *change,
				 struct sixpn_error *error)
{
	struct sixpn_record_index indexes[SIXPN_RECORD_INDEX_MAX];
	struct sixpn_record_network *network = &record->network;
	char name_key[SIXPN_RECORD_KEY_MAX];
	uint64_t revision;
	size_t count, i;
	uint32_t id;
	int ret;

	sixpn_key_of_network_name(name_key, network->name);
	ret = read_claim(registry, name_key, &id, &revision, error);
	if (ret)
		return ret;
	if (id && network->network && network->network != id)
		return sixpn_error_set(error, -EPERM,
				       "network name '%s' stands for id %u for ever",
				       network->name, id);
	if (id) {
		network->network = id;
		return 0;
	}
	ret = network->network ? check_id(registry, network->network, error) :
	      find_id(registry, &network->network, change, error);
	count = sixpn_record_indexes(record, indexes);
	for (i = 0; !ret && i < count; i++) {
		sixpn_registry_change_if(change, indexes[i].key, 0);
		ret = sixpn_registry_change_put(change, indexes[i].key,
						indexes[i].value,
						strlen(indexes[i].value), 0,
						error);
	}
	return ret;
}
