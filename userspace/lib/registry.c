// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry_part.h"

int sixpn_registry_no_memory(struct sixpn_error *error)
{
	return sixpn_error_set(error, -ENOMEM, "out of memory");
}

/* --- Keys as they are. --- */

static int take_value(void *data, const struct sixpn_store_entry *entry)
{
	struct sixpn_registry_value *value = data;

	value->text = malloc(entry->length + 1);
	if (!value->text)
		return -ENOMEM;
	memcpy(value->text, entry->value, entry->length);
	value->text[entry->length] = '\0';
	value->length = entry->length;
	value->revision = entry->revision;
	return 0;
}

int sixpn_registry_read(struct sixpn_registry *registry, const char *key,
			struct sixpn_registry_value *value,
			struct sixpn_error *error)
{
	int ret;

	memset(value, 0, sizeof(*value));
	ret = sixpn_store_get(registry->store, key, take_value, value, error);
	if (ret == -ENOMEM)
		return sixpn_registry_no_memory(error);
	return ret == -ENOENT ? 0 : ret;
}

void sixpn_registry_value_clear(struct sixpn_registry_value *value)
{
	if (value->text)
		sixpn_key_wipe(value->text, value->length);
	free(value->text);
	memset(value, 0, sizeof(*value));
}

int sixpn_registry_read_record(struct sixpn_registry *registry,
			       const char *key, struct sixpn_record *record,
			       struct sixpn_error *error)
{
	enum sixpn_record_kind kind = sixpn_record_kind_of(key);
	struct sixpn_registry_value value;
	int ret;

	memset(record, 0, sizeof(*record));
	ret = sixpn_registry_read(registry, key, &value, error);
	if (ret)
		return ret;
	if (!value.text)
		return -ENOENT;
	ret = sixpn_record_parse(record, kind, key, value.text, value.length,
				 error);
	if (!ret)
		record->revision = value.revision;
	sixpn_registry_value_clear(&value);
	return ret;
}

int sixpn_registry_leads_to(const char *key,
			    const struct sixpn_registry_value *value,
			    char to[SIXPN_RECORD_KEY_MAX],
			    struct sixpn_error *error)
{
	json_t *object = json_loadb(value->text, value->length,
				    JSON_REJECT_DUPLICATES, NULL);
	const char *text = json_string_value(json_object_get(object, "key"));
	int ret = 0;

	if (text && strlen(text) < SIXPN_RECORD_KEY_MAX &&
	    !strncmp(text, SIXPN_REGISTRY_PREFIX,
		     strlen(SIXPN_REGISTRY_PREFIX)))
		strcpy(to, text);
	else
		ret = sixpn_error_set(error, -EBADMSG,
				      "%s: does not lead to a key", key);
	json_decref(object);
	return ret;
}

/* One try. @revision: of the key that leads there */
static int follow(struct sixpn_registry *registry, const char *key,
		  char to[SIXPN_RECORD_KEY_MAX], uint64_t *revision,
		  struct sixpn_record *record, struct sixpn_error *error)
{
	struct sixpn_registry_value value;
	int ret;

	ret = sixpn_registry_read(registry, key, &value, error);
	if (ret)
		return ret;
	*revision = value.revision;
	if (!value.text)
		return -ENOENT;
	ret = sixpn_registry_leads_to(key, &value, to, error);
	sixpn_registry_value_clear(&value);
	if (ret)
		return ret;
	if (sixpn_record_kind_of(to) == SIXPN_RECORD_KIND_COUNT)
		return sixpn_error_set(error, -EBADMSG,
				       "%s: does not lead to a record", key);
	return sixpn_registry_read_record(registry, to, record, error);
}

int sixpn_registry_follow(struct sixpn_registry *registry, const char *key,
			  char to[SIXPN_RECORD_KEY_MAX],
			  struct sixpn_record *record,
			  struct sixpn_error *error)
{
	uint64_t revision = 0, last = 0;
	int tries, ret = -ENOENT;

	memset(record, 0, sizeof(*record));
	for (tries = 0; tries < SIXPN_REGISTRY_TRIES; tries++) {
		ret = follow(registry, key, to, &revision, record, error);
		/*
		 * If it has moved in between, the key leads elsewhere now; if
		 * that is as it was, it leads to nothing.
		 */
		if (ret != -ENOENT || !revision || revision == last)
			return ret;
		last = revision;
	}
	return sixpn_error_set(error, -EBUSY, "%s changes all the time", key);
}

/* --- Opening. --- */

static int check_schema(struct sixpn_registry *registry,
			struct sixpn_error *error)
{
	const char *key = SIXPN_REGISTRY_SCHEMA_KEY;
	struct sixpn_registry_value value;
	json_int_t schema;
	json_t *object;
	int ret;

	ret = sixpn_registry_read(registry, key, &value, error);
	if (ret || !value.text)
		return ret;
	object = json_loadb(value.text, value.length, JSON_REJECT_DUPLICATES,
			    NULL);
	schema = json_integer_value(json_object_get(object, "schema"));
	json_decref(object);
	sixpn_registry_value_clear(&value);
	if (schema < 1)
		return sixpn_error_set(error, -EBADMSG,
				       "%s: schema is not a number from 1 on",
				       key);
	if (schema > SIXPN_RECORD_SCHEMA)
		return sixpn_error_set(error, -EPROTO,
				       "%s: schema %lld is of a later version of sixpn",
				       key, (long long)schema);
	registry->has_schema = true;
	return 0;
}

int sixpn_registry_ensure_schema(struct sixpn_registry *registry,
				 struct sixpn_error *error)
{
	struct sixpn_store_condition condition = {
		.key = SIXPN_REGISTRY_SCHEMA_KEY,
	};
	struct sixpn_store_change change = {
		.key = SIXPN_REGISTRY_SCHEMA_KEY,
	};
	char text[32];
	int ret;

	if (registry->has_schema)
		return 0;
	change.length = (size_t)snprintf(text, sizeof(text), "{\"schema\":%d}",
					 SIXPN_RECORD_SCHEMA);
	change.value = text;
	ret = sixpn_store_commit(registry->store, &condition, 1, &change, 1,
				 NULL, error);
	if (ret && ret != -EAGAIN)
		return ret;
	/* Another one may have been faster, and of a later version. */
	return check_schema(registry, error);
}

int sixpn_registry_open(struct sixpn_registry **registry,
			struct sixpn_store *store, struct sixpn_error *error)
{
	struct sixpn_registry *mine = calloc(1, sizeof(*mine));
	int ret;

	*registry = NULL;
	if (!mine)
		return sixpn_registry_no_memory(error);
	mine->store = store;
	ret = check_schema(mine, error);
	if (ret)
		free(mine);
	else
		*registry = mine;
	return ret;
}

void sixpn_registry_close(struct sixpn_registry *registry)
{
	free(registry);
}

/* --- One record. --- */

static int get_key(struct sixpn_registry *registry, const char *key,
		   struct sixpn_record *record, struct sixpn_error *error,
		   const char *what, const char *name)
{
	int ret = sixpn_registry_read_record(registry, key, record, error);

	if (ret == -ENOENT)
		sixpn_error_set(error, ret, "the registry has no %s %s", what,
				name);
	return ret;
}

static int get_through(struct sixpn_registry *registry, const char *key,
		       struct sixpn_record *record, struct sixpn_error *error,
		       const char *what, const char *name)
{
	char to[SIXPN_RECORD_KEY_MAX];
	int ret = sixpn_registry_follow(registry, key, to, record, error);

	if (ret == -ENOENT)
		sixpn_error_set(error, ret, "the registry has no %s %s", what,
				name);
	return ret;
}

/* What no record can be called leads to no key that a store takes. */
static int get_name(struct sixpn_registry *registry, const char *key,
		    const char *name, struct sixpn_record *record,
		    struct sixpn_error *error, const char *what)
{
	char label[SIXPN_LABEL_MAX + 1], quoted[SIXPN_LABEL_MAX + 8];

	memset(record, 0, sizeof(*record));
	snprintf(quoted, sizeof(quoted), "'%.*s'", SIXPN_LABEL_MAX, name);
	if (sixpn_parse_label(label, name, strlen(name)))
		return sixpn_error_set(error, -ENOENT,
				       "the registry has no %s %s", what,
				       quoted);
	return get_through(registry, key, record, error, what, quoted);
}

int sixpn_registry_get_network(struct sixpn_registry *registry, uint32_t id,
			       struct sixpn_record *record,
			       struct sixpn_error *error)
{
	char key[SIXPN_RECORD_KEY_MAX], text[16];

	snprintf(text, sizeof(text), "%u", id);
	sixpn_key_of_network(key, id);
	return get_key(registry, key, record, error, "network", text);
}

int sixpn_registry_get_network_named(struct sixpn_registry *registry,
				     const char *name,
				     struct sixpn_record *record,
				     struct sixpn_error *error)
{
	char key[SIXPN_RECORD_KEY_MAX];

	sixpn_key_of_network_name(key, name);
	return get_name(registry, key, name, record, error, "network");
}

int sixpn_registry_get_host(struct sixpn_registry *registry, uint32_t id,
			    struct sixpn_record *record,
			    struct sixpn_error *error)
{
	char key[SIXPN_RECORD_KEY_MAX], text[16];

	snprintf(text, sizeof(text), "%u", id);
	sixpn_key_of_host(key, id);
	return get_key(registry, key, record, error, "host", text);
}

int sixpn_registry_get_host_named(struct sixpn_registry *registry,
				  const char *name, struct sixpn_record *record,
				  struct sixpn_error *error)
{
	char key[SIXPN_RECORD_KEY_MAX];

	sixpn_key_of_host_name(key, name);
	return get_name(registry, key, name, record, error, "host");
}

int sixpn_registry_get_alive(struct sixpn_registry *registry, uint32_t host,
			     struct sixpn_record *record,
			     struct sixpn_error *error)
{
	char key[SIXPN_RECORD_KEY_MAX], text[16];

	snprintf(text, sizeof(text), "%u", host);
	sixpn_key_of_alive(key, host);
	return get_key(registry, key, record, error, "sign of life of host",
		       text);
}

int sixpn_registry_get_named(struct sixpn_registry *registry,
			     enum sixpn_record_kind kind, uint32_t network,
			     const char *name, struct sixpn_record *record,
			     struct sixpn_error *error)
{
	char key[SIXPN_RECORD_KEY_MAX];

	sixpn_key_of_name(key, kind, network, name);
	return get_name(registry, key, name, record, error,
			sixpn_record_kind_name(kind));
}

int sixpn_registry_get_address(struct sixpn_registry *registry,
			       const struct in6_addr *address,
			       struct sixpn_record *record,
			       struct sixpn_error *error)
{
	char key[SIXPN_RECORD_KEY_MAX], text[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, address, text, sizeof(text));
	if (sixpn_addr_host(address) == SIXPN_HOST_FLYCAST) {
		sixpn_key_of_service(key, address);
		return get_key(registry, key, record, error, "service", text);
	}
	sixpn_key_of_address(key, address);
	return get_through(registry, key, record, error, "address", text);
}

int sixpn_registry_get_key(struct sixpn_registry *registry,
			   const uint8_t public_key[SIXPN_KEY_LEN],
			   struct sixpn_record *record,
			   struct sixpn_error *error)
{
	char key[SIXPN_RECORD_KEY_MAX], text[SIXPN_KEY_BASE64_LEN + 1];

	sixpn_key_to_base64(text, public_key);
	sixpn_key_of_public_key(key, public_key);
	return get_through(registry, key, record, error, "public key", text);
}

/* --- Many. --- */

void sixpn_registry_prefix(const struct sixpn_registry_what *what,
			   char prefix[SIXPN_RECORD_KEY_MAX])
{
	uint32_t part = 0;
	int used;

	if (what->kind == SIXPN_RECORD_KIND_COUNT) {
		strcpy(prefix, SIXPN_REGISTRY_PREFIX);
		return;
	}
	if (what->kind == SIXPN_RECORD_MACHINE ||
	    what->kind == SIXPN_RECORD_CLIENT)
		part = what->host;
	else if (what->kind == SIXPN_RECORD_SERVICE)
		part = what->network;
	used = snprintf(prefix, SIXPN_RECORD_KEY_MAX, "%s%s/",
			SIXPN_REGISTRY_PREFIX,
			sixpn_record_kind_name(what->kind));
	if (part)
		snprintf(prefix + used, SIXPN_RECORD_KEY_MAX - (size_t)used,
			 "%08x/", part);
}

struct lister {
	sixpn_registry_visit visit;
	sixpn_registry_bad bad;
	void *data;
};

static int visit_entry(void *data, const struct sixpn_store_entry *entry)
{
	enum sixpn_record_kind kind = sixpn_record_kind_of(entry->key);
	const struct lister *lister = data;
	struct sixpn_record record;
	struct sixpn_error why;
	int ret;

	if (kind == SIXPN_RECORD_KIND_COUNT)
		return 0;
	ret = sixpn_record_parse(&record, kind, entry->key, entry->value,
				 entry->length, &why);
	if (ret == -ENOMEM)
		return ret;
	if (ret) {
		if (lister->bad)
			lister->bad(lister->data, entry->key, &why);
		return 0;
	}
	record.revision = entry->revision;
	ret = lister->visit(lister->data, &record);
	sixpn_record_clear(&record);
	return ret;
}

int sixpn_registry_list(struct sixpn_registry *registry,
			const struct sixpn_registry_what *what,
			sixpn_registry_visit visit, sixpn_registry_bad bad,
			void *data, struct sixpn_error *error)
{
	struct lister lister = { visit, bad, data };
	char prefix[SIXPN_RECORD_KEY_MAX];

	sixpn_registry_prefix(what, prefix);
	return sixpn_store_list(registry->store, prefix, visit_entry, &lister,
				NULL, error);
}
