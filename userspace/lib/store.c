// SPDX-License-Identifier: GPL-2.0-or-later
#include "store.h"

#include <errno.h>
#include <string.h>

#include "store_backend.h"

#define TIMEOUT_MS 5000
#define LEASE_SECONDS_MAX 3600
/* A key in a sentence; the rest of it is left out. */
#define QUOTED_MAX 64

static const struct sixpn_store_backend *const backends[] = {
	&sixpn_store_sqlite,
	&sixpn_store_etcd,
	&sixpn_store_etcds,
};

#define BACKEND_COUNT (sizeof(backends) / sizeof(*backends))

/* --- What is refused before a back end is asked. --- */

static int check_text(const char *text, const char *what,
		      struct sixpn_error *error)
{
	size_t length = strnlen(text, SIXPN_STORE_KEY_MAX + 1);
	size_t i;

	if (length > SIXPN_STORE_KEY_MAX)
		return sixpn_error_set(error, -EINVAL,
				       "%s '%.*s...' is longer than %d bytes",
				       what, QUOTED_MAX, text,
				       SIXPN_STORE_KEY_MAX);
	for (i = 0; i < length; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return sixpn_error_set(error, -EINVAL,
					       "%s '%.*s' is not printable ASCII without blanks",
					       what, QUOTED_MAX, text);
	return 0;
}

static int check_key(const char *key, struct sixpn_error *error)
{
	if (!*key)
		return sixpn_error_set(error, -EINVAL, "a key is empty");
	return check_text(key, "key", error);
}

/* Both back ends number with signed 64 bits. */
static int check_revision(uint64_t revision, struct sixpn_error *error)
{
	if (revision > INT64_MAX)
		return sixpn_error_set(error, -EINVAL,
				       "there is no revision %llu",
				       (unsigned long long)revision);
	return 0;
}

static int check_lease(uint64_t lease, struct sixpn_error *error)
{
	if (!lease || lease > INT64_MAX)
		return sixpn_error_set(error, -EINVAL, "there is no lease %llu",
				       (unsigned long long)lease);
	return 0;
}

static int check_conditions(const struct sixpn_store_condition *conditions,
			    size_t count, struct sixpn_error *error)
{
	int ret = 0;
	size_t i;

	if (count > SIXPN_STORE_TXN_MAX)
		return sixpn_error_set(error, -EINVAL,
				       "a transaction has more than %d conditions",
				       SIXPN_STORE_TXN_MAX);
	for (i = 0; !ret && i < count; i++) {
		ret = check_key(conditions[i].key, error);
		if (!ret)
			ret = check_revision(conditions[i].revision, error);
	}
	return ret;
}

static int check_change(const struct sixpn_store_change *change,
			struct sixpn_error *error)
{
	int ret = check_key(change->key, error);

	if (ret)
		return ret;
	if (!change->value && change->length)
		return sixpn_error_set(error, -EINVAL,
				       "key '%.*s' has a length without a value",
				       QUOTED_MAX, change->key);
	if (change->length > SIXPN_STORE_VALUE_MAX)
		return sixpn_error_set(error, -EINVAL,
				       "the value of key '%.*s' is longer than %d bytes",
				       QUOTED_MAX, change->key,
				       SIXPN_STORE_VALUE_MAX);
	return change->lease ? check_lease(change->lease, error) : 0;
}

/* Also those before @index, so that no key is there twice. */
static int check_repeated(const struct sixpn_store_change *changes,
			  size_t index, struct sixpn_error *error)
{
	size_t i;

	for (i = 0; i < index; i++)
		if (!strcmp(changes[i].key, changes[index].key))
			return sixpn_error_set(error, -EINVAL,
					       "key '%.*s' is changed twice in one transaction",
					       QUOTED_MAX, changes[index].key);
	return 0;
}

static int check_changes(const struct sixpn_store_change *changes,
			 size_t count, struct sixpn_error *error)
{
	int ret = 0;
	size_t i;

	if (!count)
		return sixpn_error_set(error, -EINVAL,
				       "a transaction has no changes");
	if (count > SIXPN_STORE_TXN_MAX)
		return sixpn_error_set(error, -EINVAL,
				       "a transaction has more than %d changes",
				       SIXPN_STORE_TXN_MAX);
	for (i = 0; !ret && i < count; i++) {
		ret = check_change(&changes[i], error);
		if (!ret)
			ret = check_repeated(changes, i, error);
	}
	return ret;
}

/* --- Store. --- */

static const struct sixpn_store_backend *find_backend(const char *where)
{
	size_t length = strcspn(where, ":");
	size_t i;

	if (!where[length] || !where[length + 1])
		return NULL;
	for (i = 0; i < BACKEND_COUNT; i++)
		if (strlen(backends[i]->scheme) == length &&
		    !memcmp(backends[i]->scheme, where, length))
			return backends[i];
	return NULL;
}

int sixpn_store_open(struct sixpn_store **store, const char *where,
		     const struct sixpn_store_options *options,
		     struct sixpn_error *error)
{
	const struct sixpn_store_backend *backend = find_backend(where);
	struct sixpn_store_options known = { 0 };

	*store = NULL;
	if (!backend)
		return sixpn_error_set(error, -EINVAL,
				       "registry '%s' is not sqlite:PATH, etcd:HOST or etcds:HOST",
				       where);
	if (options)
		known = *options;
	if (!known.timeout_ms)
		known.timeout_ms = TIMEOUT_MS;
	return backend->open(store, strchr(where, ':') + 1, &known, error);
}

void sixpn_store_close(struct sixpn_store *store)
{
	if (store)
		store->backend->close(store);
}

int sixpn_store_get(struct sixpn_store *store, const char *key,
		    sixpn_store_visit visit, void *data,
		    struct sixpn_error *error)
{
	int ret = check_key(key, error);

	return ret ? ret : store->backend->get(store, key, visit, data, error);
}

int sixpn_store_list(struct sixpn_store *store, const char *prefix,
		     sixpn_store_visit visit, void *data, uint64_t *revision,
		     struct sixpn_error *error)
{
	int ret = check_text(prefix, "prefix", error);

	return ret ? ret : store->backend->list(store, prefix, visit, data,
						revision, error);
}

int sixpn_store_commit(struct sixpn_store *store,
		       const struct sixpn_store_condition *conditions,
		       size_t condition_count,
		       const struct sixpn_store_change *changes,
		       size_t change_count, uint64_t *revision,
		       struct sixpn_error *error)
{
	int ret = check_conditions(conditions, condition_count, error);

	if (!ret)
		ret = check_changes(changes, change_count, error);
	return ret ? ret : store->backend->commit(store, conditions,
						  condition_count, changes,
						  change_count, revision,
						  error);
}

/* --- Leases. --- */

int sixpn_store_lease_grant(struct sixpn_store *store, unsigned int seconds,
			    uint64_t *lease, struct sixpn_error *error)
{
	if (!seconds || seconds > LEASE_SECONDS_MAX)
		return sixpn_error_set(error, -EINVAL,
				       "a lease is of 1 to %d seconds, not %u",
				       LEASE_SECONDS_MAX, seconds);
	return store->backend->lease_grant(store, seconds, lease, error);
}

int sixpn_store_lease_renew(struct sixpn_store *store, uint64_t lease,
			    struct sixpn_error *error)
{
	int ret = check_lease(lease, error);

	return ret ? ret : store->backend->lease_renew(store, lease, error);
}

int sixpn_store_lease_revoke(struct sixpn_store *store, uint64_t lease,
			     struct sixpn_error *error)
{
	int ret = check_lease(lease, error);

	return ret ? ret : store->backend->lease_revoke(store, lease, error);
}

/* --- Watches. --- */

int sixpn_store_watch_open(struct sixpn_store_watch **watch,
			   struct sixpn_store *store, const char *prefix,
			   uint64_t revision, struct sixpn_error *error)
{
	int ret = check_text(prefix, "prefix", error);

	*watch = NULL;
	if (!ret)
		ret = check_revision(revision, error);
	return ret ? ret : store->backend->watch_open(watch, store, prefix,
						      revision, error);
}

int sixpn_store_watch_fd(const struct sixpn_store_watch *watch)
{
	return watch->backend->watch_fd(watch);
}

int sixpn_store_watch_read(struct sixpn_store_watch *watch,
			   sixpn_store_visit visit, void *data,
			   struct sixpn_error *error)
{
	return watch->backend->watch_read(watch, visit, data, error);
}

void sixpn_store_watch_close(struct sixpn_store_watch *watch)
{
	if (watch)
		watch->backend->watch_close(watch);
}
