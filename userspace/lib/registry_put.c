// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry_part.h"

/**
 * struct put - a record to be put
 * @network: the id of a network as it was asked for
 * @old: what it takes the place of, of revision 0 if there is none
 * @old_key: its key
 */
struct put {
	struct sixpn_record *record;
	uint64_t lease;
	uint32_t network;
	struct sixpn_record old;
	char old_key[SIXPN_RECORD_KEY_MAX];
	struct sixpn_registry_change change;
};

void sixpn_registry_called(const struct sixpn_record *record,
			   char called[SIXPN_REGISTRY_CALLED_MAX])
{
	const char *kind = sixpn_record_kind_name(record->kind);
	char address[INET6_ADDRSTRLEN];
	const char *name;
	uint32_t id = 0;

	switch (record->kind) {
	case SIXPN_RECORD_NETWORK:
		name = record->network.name;
		id = record->network.network;
		break;
	case SIXPN_RECORD_HOST:
		name = record->host.name;
		id = record->host.host;
		break;
	case SIXPN_RECORD_MACHINE:
		name = record->machine.name;
		break;
	case SIXPN_RECORD_CLIENT:
		name = record->client.name;
		break;
	case SIXPN_RECORD_SERVICE:
		name = inet_ntop(AF_INET6, &record->service.address, address,
				 sizeof(address));
		break;
	default:
		snprintf(called, SIXPN_REGISTRY_CALLED_MAX,
			 "sign of life of host %u", record->alive.host);
		return;
	}
	/* To remove it, its id is enough. */
	if (id && !*name)
		snprintf(called, SIXPN_REGISTRY_CALLED_MAX, "%s %u", kind, id);
	else
		snprintf(called, SIXPN_REGISTRY_CALLED_MAX, "%s '%.*s'", kind,
			 SIXPN_LABEL_MAX, name);
}

/* --- What is there. --- */

static int find_network(struct sixpn_registry *registry,
			const struct sixpn_record *record,
			struct sixpn_record *old,
			char key[SIXPN_RECORD_KEY_MAX],
			struct sixpn_error *error)
{
	char name_key[SIXPN_RECORD_KEY_MAX];

	sixpn_record_key(record, key);
	if (record->network.network)
		return sixpn_registry_read_record(registry, key, old, error);
	sixpn_key_of_network_name(name_key, record->network.name);
	return sixpn_registry_follow(registry, name_key, key, old, error);
}

int sixpn_registry_find_old(struct sixpn_registry *registry,
			    const struct sixpn_record *record,
			    struct sixpn_record *old,
			    char key[SIXPN_RECORD_KEY_MAX],
			    struct sixpn_error *error)
{
	char address_key[SIXPN_RECORD_KEY_MAX];
	int ret;

	sixpn_record_key(record, key);
	switch (record->kind) {
	case SIXPN_RECORD_NETWORK:
		ret = find_network(registry, record, old, key, error);
		break;
	case SIXPN_RECORD_MACHINE:
		sixpn_key_of_address(address_key, &record->machine.address);
		ret = sixpn_registry_follow(registry, address_key, key, old,
					    error);
		break;
	case SIXPN_RECORD_CLIENT:
		sixpn_key_of_address(address_key, &record->client.address);
		ret = sixpn_registry_follow(registry, address_key, key, old,
					    error);
		break;
	default:
		ret = sixpn_registry_read_record(registry, key, old, error);
	}
	if (ret != -ENOENT)
		return ret;
	old->kind = record->kind;
	sixpn_record_key(record, key);
	return 0;
}

static int refuse_exists(const struct sixpn_record *record,
			 const struct sixpn_record *old,
			 struct sixpn_error *error)
{
	char called[SIXPN_REGISTRY_CALLED_MAX];

	sixpn_registry_called(old, called);
	if (old->kind == SIXPN_RECORD_HOST &&
	    strcmp(old->host.name, record->host.name))
		return sixpn_error_set(error, -EEXIST,
				       "host id %u is taken by %s",
				       old->host.host, called);
	if (old->kind == SIXPN_RECORD_NETWORK &&
	    strcmp(old->network.name, record->network.name))
		return sixpn_error_set(error, -EEXIST,
				       "network id %u is taken by %s",
				       old->network.network, called);
	if (old->kind == SIXPN_RECORD_MACHINE ||
	    old->kind == SIXPN_RECORD_CLIENT) {
		const struct in6_addr *address =
			old->kind == SIXPN_RECORD_MACHINE ?
			&old->machine.address : &old->client.address;
		char text[INET6_ADDRSTRLEN];

		inet_ntop(AF_INET6, address, text, sizeof(text));
		return sixpn_error_set(error, -EEXIST,
				       "address %s is taken by %s", text,
				       called);
	}
	return sixpn_error_set(error, -EEXIST, "%s exists already", called);
}

/* Two hosts whose keys have one id by chance, not one with a new key. */
static bool is_another_host(const struct sixpn_record *record,
			    const struct sixpn_record *old)
{
	return record->kind == SIXPN_RECORD_HOST &&
	       strcmp(old->host.name, record->host.name) &&
	       !sixpn_key_equal(old->host.public_key,
				record->host.public_key);
}

static int check_old(const struct sixpn_record *record,
		     const struct sixpn_record *old, struct sixpn_error *error)
{
	bool any = record->revision == SIXPN_REVISION_ANY;
	char called[SIXPN_REGISTRY_CALLED_MAX];

	if (old->revision &&
	    (!record->revision || old->kind != record->kind ||
	     (any && is_another_host(record, old))))
		return refuse_exists(record, old, error);
	sixpn_registry_called(record, called);
	if (!any && old->revision != record->revision)
		return sixpn_error_set(error, -EAGAIN,
				       old->revision ?
				       "%s has been changed by somebody else" :
				       "%s is not there any more", called);
	if (!old->revision)
		return 0;
	if (old->kind == SIXPN_RECORD_NETWORK &&
	    strcmp(old->network.name, record->network.name))
		return sixpn_error_set(error, -EPERM,
				       "network %u keeps its name '%s'",
				       old->network.network, old->network.name);
	if ((old->kind == SIXPN_RECORD_NETWORK && old->network.removing) ||
	    (old->kind == SIXPN_RECORD_HOST && old->host.removing))
		return sixpn_error_set(error, -EBUSY, "%s is being removed",
				       called);
	return 0;
}

/* --- What it needs. --- */

static int need(struct sixpn_registry *registry,
		struct sixpn_registry_change *change, const char *key,
		const char *what, uint32_t id, struct sixpn_error *error)
{
	char called[SIXPN_REGISTRY_CALLED_MAX];
	struct sixpn_record other;
	bool removing;
	int ret;

	ret = sixpn_registry_read_record(registry, key, &other, error);
	if (ret == -ENOENT)
		return sixpn_error_set(error, ret,
				       "%s %u is not in the registry", what,
				       id);
	if (ret)
		return ret;
	removing = other.kind == SIXPN_RECORD_NETWORK ?
		   other.network.removing : other.host.removing;
	sixpn_registry_called(&other, called);
	/* What says so has changed the record: the condition fails then. */
	sixpn_registry_change_if(change, key, other.revision);
	sixpn_record_clear(&other);
	return removing ? sixpn_error_set(error, -EBUSY, "%s is being removed",
					  called) : 0;
}

static int need_network(struct sixpn_registry *registry, struct put *put,
			uint32_t network, struct sixpn_error *error)
{
	char key[SIXPN_RECORD_KEY_MAX];

	/* What is there has it: nothing else lets a network go. */
	if (put->old.revision)
		return 0;
	sixpn_key_of_network(key, network);
	return need(registry, &put->change, key, "network", network, error);
}

static int need_host(struct sixpn_registry *registry, struct put *put,
		     uint32_t host, uint32_t old_host,
		     struct sixpn_error *error)
{
	char key[SIXPN_RECORD_KEY_MAX];

	if (put->old.revision && host == old_host)
		return 0;
	sixpn_key_of_host(key, host);
	return need(registry, &put->change, key, "host", host, error);
}

static int need_app_network(struct sixpn_registry *registry, struct put *put,
			    struct sixpn_error *error)
{
	uint32_t network = put->record->service.app_network;
	char key[SIXPN_RECORD_KEY_MAX];

	if (!network || network == put->record->service.network ||
	    (put->old.revision && network == put->old.service.app_network))
		return 0;
	sixpn_key_of_network(key, network);
	return need(registry, &put->change, key, "network", network, error);
}

static int need_others(struct sixpn_registry *registry, struct put *put,
		       struct sixpn_error *error)
{
	const struct sixpn_record *record = put->record, *old = &put->old;
	int ret;

	switch (record->kind) {
	case SIXPN_RECORD_ALIVE:
		return need_host(registry, put, record->alive.host, 0, error);
	case SIXPN_RECORD_MACHINE:
		ret = need_network(registry, put, record->machine.network,
				   error);
		return ret ? ret : need_host(registry, put,
					     record->machine.host,
					     old->machine.host, error);
	case SIXPN_RECORD_CLIENT:
		ret = need_network(registry, put, record->client.network,
				   error);
		return ret ? ret : need_host(registry, put,
					     record->client.gateway,
					     old->client.gateway, error);
	case SIXPN_RECORD_SERVICE:
		ret = need_network(registry, put, record->service.network,
				   error);
		return ret ? ret : need_app_network(registry, put, error);
	default:
		return 0;
	}
}

/* --- What leads to it. --- */

static bool has_index(const struct sixpn_record_index *indexes, size_t count,
		      const struct sixpn_record_index *index, bool with_value)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(indexes[i].key, index->key) &&
		    (!with_value || !strcmp(indexes[i].value, index->value)))
			return true;
	return false;
}

/* Somebody has it, unless what it leads to is not there. */
static int check_taken(struct sixpn_registry *registry, const char *holder,
		       const char *what, struct sixpn_error *error)
{
	char called[SIXPN_REGISTRY_CALLED_MAX];
	struct sixpn_record other;
	int ret;

	if (sixpn_record_kind_of(holder) == SIXPN_RECORD_KIND_COUNT)
		return 0;
	ret = sixpn_registry_read_record(registry, holder, &other, error);
	if (ret == -ENOENT)
		return 0;
	if (ret == -EBADMSG || ret == -EPROTO)
		return sixpn_error_prefix(error, ret, "%s is taken", what);
	if (ret)
		return ret;
	sixpn_registry_called(&other, called);
	sixpn_record_clear(&other);
	return sixpn_error_set(error, -EEXIST, "%s is taken by %s", what,
			       called);
}

static int take_index(struct sixpn_registry *registry, struct put *put,
		      const struct sixpn_record_index *index,
		      struct sixpn_error *error)
{
	struct sixpn_registry_value value;
	char holder[SIXPN_RECORD_KEY_MAX];
	int ret;

	ret = sixpn_registry_read(registry, index->key, &value, error);
	if (!ret && value.text) {
		ret = sixpn_registry_leads_to(index->key, &value, holder,
					      error);
		if (!ret && strcmp(holder, put->old_key))
			ret = check_taken(registry, holder, index->what, error);
	}
	if (!ret)
		sixpn_registry_change_if(&put->change, index->key,
					 value.revision);
	sixpn_registry_value_clear(&value);
	return ret;
}

static int put_indexes(struct sixpn_registry *registry, struct put *put,
		       struct sixpn_error *error)
{
	struct sixpn_record_index new[SIXPN_RECORD_INDEX_MAX];
	struct sixpn_record_index old[SIXPN_RECORD_INDEX_MAX];
	size_t new_count = sixpn_record_indexes(put->record, new);
	size_t old_count = 0, i;
	int ret = 0;

	if (put->old.revision)
		old_count = sixpn_record_indexes(&put->old, old);
	for (i = 0; i < old_count; i++)
		if (!has_index(new, new_count, &old[i], false))
			sixpn_registry_change_delete(&put->change, old[i].key);
	for (i = 0; !ret && i < new_count; i++) {
		if (has_index(old, old_count, &new[i], true))
			continue;
		/* Where it has moved to is not taken: the address is. */
		if (new[i].what[0])
			ret = take_index(registry, put, &new[i], error);
		if (!ret)
			ret = sixpn_registry_change_put(&put->change,
							new[i].key,
							new[i].value,
							strlen(new[i].value), 0,
							error);
	}
	return ret;
}

/* --- Putting it. --- */

static int put_itself(struct put *put, struct sixpn_error *error)
{
	struct sixpn_record *record = put->record;
	char key[SIXPN_RECORD_KEY_MAX];
	size_t length;
	char *text;
	int ret;

	ret = sixpn_record_format(record, record->rest ? record->rest :
				  put->old.rest, &text, &length, error);
	if (ret)
		return ret;
	sixpn_record_key(record, key);
	sixpn_registry_change_if(&put->change, put->old_key,
				 put->old.revision);
	if (strcmp(key, put->old_key))
		sixpn_registry_change_delete(&put->change, put->old_key);
	ret = sixpn_registry_change_put(&put->change, key, text, length,
					put->lease, error);
	sixpn_key_wipe(text, length);
	free(text);
	return ret;
}

static int prepare(struct sixpn_registry *registry, struct put *put,
		   struct sixpn_error *error)
{
	struct sixpn_record *record = put->record;
	int ret;

	ret = sixpn_registry_find_old(registry, record, &put->old, put->old_key,
				      error);
	if (!ret)
		ret = check_old(record, &put->old, error);
	if (ret)
		return ret;
	if (record->kind == SIXPN_RECORD_NETWORK) {
		if (put->old.revision)
			record->network.network = put->old.network.network;
		else
			ret = sixpn_registry_claim_network(registry, record,
							   &put->change, error);
		/* Its id is part of it. */
		if (!put->old.revision)
			sixpn_record_key(record, put->old_key);
	} else {
		ret = need_others(registry, put, error);
		if (!ret)
			ret = put_indexes(registry, put, error);
	}
	return ret ? ret : put_itself(put, error);
}

/*
 * What has something may be the record itself, when somebody else has moved it
 * since it was read.
 */
static bool has_changed(struct sixpn_registry *registry, const struct put *put)
{
	char key[SIXPN_RECORD_KEY_MAX];
	struct sixpn_record now;
	bool changed;

	changed = !sixpn_registry_find_old(registry, put->record, &now, key,
					   NULL) &&
		  now.revision != put->old.revision;
	sixpn_record_clear(&now);
	return changed;
}

static int try_put(struct sixpn_registry *registry, void *data,
		   struct sixpn_error *error)
{
	struct put *put = data;
	uint64_t revision;
	int ret;

	if (put->record->kind == SIXPN_RECORD_NETWORK)
		put->record->network.network = put->network;
	sixpn_registry_change_init(&put->change);
	ret = prepare(registry, put, error);
	if (ret == -EEXIST && has_changed(registry, put))
		ret = SIXPN_REGISTRY_AGAIN;
	if (!ret)
		ret = sixpn_registry_change_commit(registry, &put->change,
						   &revision, error);
	if (!ret)
		put->record->revision = revision;
	sixpn_registry_change_clear(&put->change);
	sixpn_record_clear(&put->old);
	return ret;
}

/* Before anything is read or written; an id that is to be found is not wrong. */
static int check_record(const struct sixpn_record *record, uint64_t lease,
			struct sixpn_error *error)
{
	struct sixpn_record copy = *record;
	size_t length;
	char *text;
	int ret;

	if (record->kind >= SIXPN_RECORD_MOVED)
		return sixpn_error_set(error, -EINVAL,
				       "records of this kind follow from others");
	if (lease && record->kind != SIXPN_RECORD_ALIVE)
		return sixpn_error_set(error, -EINVAL,
				       "a lease is for signs of life only");
	if (copy.kind == SIXPN_RECORD_NETWORK && !copy.network.network)
		copy.network.network = 1;
	ret = sixpn_record_format(&copy, NULL, &text, &length, error);
	if (!ret)
		sixpn_key_wipe(text, length);
	free(text);
	return ret;
}

int sixpn_registry_put(struct sixpn_registry *registry,
		       struct sixpn_record *record, uint64_t lease,
		       struct sixpn_error *error)
{
	struct put put = { .record = record, .lease = lease };
	int ret;

	ret = check_record(record, lease, error);
	if (!ret)
		ret = sixpn_registry_ensure_schema(registry, error);
	if (ret)
		return ret;
	if (record->kind == SIXPN_RECORD_NETWORK)
		put.network = record->network.network;
	ret = sixpn_registry_try(registry, try_put, &put, error);
	/* An id that was not got is not kept. */
	if (ret && record->kind == SIXPN_RECORD_NETWORK)
		record->network.network = put.network;
	return ret;
}
