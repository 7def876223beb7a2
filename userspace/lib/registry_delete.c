// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A network or host goes in two steps, for no transaction can have the condition
 * that there are no keys of a kind. First it is marked: whoever puts something
 * into it has the condition that it has not changed, and refuses once it is
 * marked. So nothing comes in any more, and an empty list stays empty: then it
 * is removed, else the mark is. Who dies in between leaves a mark; removing it
 * again goes on from there.
 */
#include "registry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "registry_part.h"

#define LED_MAX 8
#define FOUND 1

/**
 * struct removal - a record to be removed
 * @revision: that it must have, or SIXPN_REVISION_ANY
 * @old: as it is
 * @key: its key
 */
struct removal {
	const struct sixpn_record *record;
	uint64_t revision;
	struct sixpn_record old;
	char key[SIXPN_RECORD_KEY_MAX];
	struct sixpn_registry_change change;
};

static bool *mark_of(struct sixpn_record *record)
{
	if (record->kind == SIXPN_RECORD_NETWORK)
		return &record->network.removing;
	if (record->kind == SIXPN_RECORD_HOST)
		return &record->host.removing;
	return NULL;
}

/* --- Marks. --- */

static int mark(struct sixpn_registry *registry, struct removal *removal,
		bool removing, struct sixpn_error *error)
{
	struct sixpn_record *old = &removal->old;
	struct sixpn_registry_change change;
	size_t length;
	char *text;
	int ret;

	*mark_of(old) = removing;
	ret = sixpn_record_format(old, NULL, &text, &length, error);
	if (ret)
		return ret;
	sixpn_registry_change_init(&change);
	sixpn_registry_change_if(&change, removal->key, old->revision);
	ret = sixpn_registry_change_put(&change, removal->key, text, length, 0,
					error);
	if (!ret)
		ret = sixpn_registry_change_commit(registry, &change,
						   &old->revision, error);
	/* It is this one's own doing. */
	if (!ret && removal->revision != SIXPN_REVISION_ANY)
		removal->revision = old->revision;
	sixpn_registry_change_clear(&change);
	free(text);
	return ret;
}

static int found_key(void *data, const struct sixpn_store_entry *entry)
{
	return FOUND;
}

static int has_address(struct sixpn_registry *registry, uint32_t network,
		       struct sixpn_error *error)
{
	char key[SIXPN_RECORD_KEY_MAX];
	struct in6_addr address;

	/* All of the network: the key of one, without host and machine. */
	sixpn_addr_build(&address, network, 0, 0, 0);
	sixpn_key_of_address(key, &address);
	*strrchr(key, '/') = '\0';
	strrchr(key, '/')[1] = '\0';
	return sixpn_store_list(registry->store, key, found_key, NULL, NULL,
				error);
}

static int found_service(void *data, const struct sixpn_record *record)
{
	const uint32_t *network = data;

	return record->service.network == *network ||
	       record->service.app_network == *network ? FOUND : 0;
}

static int has_service(struct sixpn_registry *registry, uint32_t network,
		       struct sixpn_error *error)
{
	const struct sixpn_registry_what what = {
		.kind = SIXPN_RECORD_SERVICE,
	};

	return sixpn_registry_list(registry, &what, found_service, NULL,
				   &network, error);
}

static int has_placed(struct sixpn_registry *registry,
		      enum sixpn_record_kind kind, uint32_t host,
		      struct sixpn_error *error)
{
	const struct sixpn_registry_what what = { .kind = kind, .host = host };
	char prefix[SIXPN_RECORD_KEY_MAX];

	sixpn_registry_prefix(&what, prefix);
	return sixpn_store_list(registry->store, prefix, found_key, NULL, NULL,
				error);
}

/* Return: 0, FOUND or an error. */
static int has_anything(struct sixpn_registry *registry,
			const struct sixpn_record *record, const char **what,
			struct sixpn_error *error)
{
	int ret;

	if (record->kind == SIXPN_RECORD_NETWORK) {
		*what = "machines or clients";
		ret = has_address(registry, record->network.network, error);
		if (ret)
			return ret;
		*what = "services";
		return has_service(registry, record->network.network, error);
	}
	*what = "machines";
	ret = has_placed(registry, SIXPN_RECORD_MACHINE, record->host.host,
			 error);
	if (ret)
		return ret;
	*what = "clients";
	return has_placed(registry, SIXPN_RECORD_CLIENT, record->host.host,
			  error);
}

/* Marked, and nothing in it; or not marked, and an error. */
static int empty(struct sixpn_registry *registry, struct removal *removal,
		 struct sixpn_error *error)
{
	char called[SIXPN_REGISTRY_CALLED_MAX];
	struct sixpn_error ignored;
	const char *what;
	int ret = 0;

	if (!*mark_of(&removal->old))
		ret = mark(registry, removal, true, error);
	if (ret)
		return ret;
	ret = has_anything(registry, &removal->old, &what, error);
	if (!ret)
		return 0;
	if (ret == FOUND) {
		sixpn_registry_called(&removal->old, called);
		ret = sixpn_error_set(error, -ENOTEMPTY, "%s still has %s",
				      called, what);
	}
	/* Another one who removes it may have done so too. */
	mark(registry, removal, false, &ignored);
	return ret;
}

/* --- Removing. --- */

static void remove_all(struct removal *removal)
{
	struct sixpn_record_index indexes[SIXPN_RECORD_INDEX_MAX];
	size_t count = sixpn_record_indexes(&removal->old, indexes), i;
	struct sixpn_registry_change *change = &removal->change;
	char alive[SIXPN_RECORD_KEY_MAX];

	sixpn_registry_change_if(change, removal->key, removal->old.revision);
	sixpn_registry_change_delete(change, removal->key);
	/* Name and id of a network stay together. */
	if (removal->old.kind == SIXPN_RECORD_NETWORK)
		return;
	for (i = 0; i < count; i++)
		sixpn_registry_change_delete(change, indexes[i].key);
	if (removal->old.kind == SIXPN_RECORD_HOST) {
		sixpn_key_of_alive(alive, removal->old.host.host);
		sixpn_registry_change_delete(change, alive);
	}
}

static int prepare(struct sixpn_registry *registry, struct removal *removal,
		   struct sixpn_error *error)
{
	char called[SIXPN_REGISTRY_CALLED_MAX];
	int ret;

	ret = sixpn_registry_find_old(registry, removal->record, &removal->old,
				      removal->key, error);
	if (ret)
		return ret;
	sixpn_registry_called(removal->record, called);
	if (!removal->old.revision ||
	    removal->old.kind != removal->record->kind)
		return sixpn_error_set(error, -ENOENT,
				       "%s is not in the registry", called);
	if (removal->revision != SIXPN_REVISION_ANY &&
	    removal->revision != removal->old.revision)
		return sixpn_error_set(error, -EAGAIN,
				       "%s has been changed by somebody else",
				       called);
	if (mark_of(&removal->old))
		ret = empty(registry, removal, error);
	if (!ret)
		remove_all(removal);
	return ret;
}

static int try_delete(struct sixpn_registry *registry, void *data,
		      struct sixpn_error *error)
{
	struct removal *removal = data;
	int ret;

	sixpn_registry_change_init(&removal->change);
	ret = prepare(registry, removal, error);
	if (!ret)
		ret = sixpn_registry_change_commit(registry, &removal->change,
						   NULL, error);
	sixpn_registry_change_clear(&removal->change);
	sixpn_record_clear(&removal->old);
	return ret;
}

int sixpn_registry_delete(struct sixpn_registry *registry,
			  const struct sixpn_record *record,
			  struct sixpn_error *error)
{
	struct removal removal = {
		.record = record,
		.revision = record->revision ? record->revision :
					       SIXPN_REVISION_ANY,
	};

	if (record->kind >= SIXPN_RECORD_MOVED)
		return sixpn_error_set(error, -EINVAL,
				       "records of this kind follow from others");
	return sixpn_registry_try(registry, try_delete, &removal, error);
}

/* --- What cannot be read. --- */

struct led {
	const char *key;
	char keys[LED_MAX][SIXPN_RECORD_KEY_MAX];
	size_t count;
};

static int find_led(void *data, const struct sixpn_store_entry *entry)
{
	const struct sixpn_registry_value value = {
		.text = (char *)entry->value, .length = entry->length,
	};
	struct led *led = data;
	char to[SIXPN_RECORD_KEY_MAX];

	if (sixpn_record_kind_of(entry->key) != SIXPN_RECORD_KIND_COUNT ||
	    strlen(entry->key) >= SIXPN_RECORD_KEY_MAX ||
	    led->count == LED_MAX ||
	    sixpn_registry_leads_to(entry->key, &value, to, NULL) ||
	    strcmp(to, led->key))
		return 0;
	strcpy(led->keys[led->count++], entry->key);
	return 0;
}

/* Of a machine or client: what follows the host in its key, it has as well. */
static void add_moved(struct led *led, enum sixpn_record_kind kind)
{
	const char *rest = led->key + strlen(SIXPN_REGISTRY_PREFIX) +
			   strlen(sixpn_record_kind_name(kind)) +
			   strlen("/00000000");

	if ((kind != SIXPN_RECORD_MACHINE && kind != SIXPN_RECORD_CLIENT) ||
	    strlen(led->key) < (size_t)(rest - led->key) || *rest != '/' ||
	    led->count == LED_MAX)
		return;
	strcpy(led->keys[led->count], SIXPN_REGISTRY_PREFIX "moved");
	strcat(led->keys[led->count++], rest);
}

static int check_unreadable(struct sixpn_registry *registry, const char *key,
			    uint64_t *revision, struct sixpn_error *error)
{
	enum sixpn_record_kind kind = sixpn_record_kind_of(key);
	struct sixpn_registry_value value;
	struct sixpn_record record;
	struct sixpn_error why;
	int ret;

	if (strlen(key) >= SIXPN_RECORD_KEY_MAX ||
	    kind >= SIXPN_RECORD_MOVED || kind == SIXPN_RECORD_NETWORK ||
	    kind == SIXPN_RECORD_HOST)
		return sixpn_error_set(error, -EINVAL,
				       "%.160s cannot be removed so", key);
	ret = sixpn_registry_read(registry, key, &value, error);
	if (ret)
		return ret;
	if (!value.text)
		return sixpn_error_set(error, -ENOENT,
				       "%s is not in the registry", key);
	*revision = value.revision;
	ret = sixpn_record_parse(&record, kind, key, value.text, value.length,
				 &why);
	sixpn_record_clear(&record);
	sixpn_registry_value_clear(&value);
	/* One of a later schema is not broken. */
	if (ret != -EBADMSG)
		return sixpn_error_set(error, ret == -ENOMEM ? ret : -EINVAL,
				       "%s is not malformed", key);
	return 0;
}

int sixpn_registry_purge(struct sixpn_registry *registry, const char *key,
			 struct sixpn_error *error)
{
	struct sixpn_registry_change change;
	struct led led = { .key = key };
	uint64_t revision = 0;
	size_t i;
	int ret;

	ret = check_unreadable(registry, key, &revision, error);
	if (!ret)
		ret = sixpn_store_list(registry->store, SIXPN_REGISTRY_PREFIX,
				       find_led, &led, NULL, error);
	if (ret)
		return ret;
	add_moved(&led, sixpn_record_kind_of(key));
	sixpn_registry_change_init(&change);
	sixpn_registry_change_if(&change, key, revision);
	sixpn_registry_change_delete(&change, key);
	for (i = 0; i < led.count; i++)
		sixpn_registry_change_delete(&change, led.keys[i]);
	ret = sixpn_registry_change_commit(registry, &change, NULL, error);
	sixpn_registry_change_clear(&change);
	if (ret == SIXPN_REGISTRY_AGAIN)
		return sixpn_error_set(error, -EAGAIN,
				       "%s has been changed by somebody else",
				       key);
	return ret;
}
