// SPDX-License-Identifier: GPL-2.0-or-later
#include "store_etcd.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parse.h"

/* Keys of one page; fewer when their values are large. */
#define PAGE_MAX 256

static int misunderstood(struct sixpn_etcd *etcd, int code,
			 struct sixpn_error *error)
{
	const char *name = etcd->endpoints[etcd->current].name;

	if (code == -ENOMEM)
		return sixpn_error_set(error, code, "out of memory");
	return sixpn_error_set(error, code,
			       "etcd %s: its answer is not one of etcd, see that 3.4 or a later one is there",
			       name);
}

/* --- Reading. --- */

static int etcd_get(struct sixpn_store *store, const char *key,
		    sixpn_store_visit visit, void *data,
		    struct sixpn_error *error)
{
	struct sixpn_etcd *etcd = sixpn_etcd(store);
	struct sixpn_etcd_request request = {
		.path = "/v3/kv/range",
		.body = sixpn_etcd_range_body(key, NULL, false, 1, 0),
		.repeatable = true,
	};
	struct sixpn_etcd_pair pair;
	struct sixpn_store_entry entry;
	json_t *answer, *kvs;
	uint64_t revision;
	int ret;

	ret = sixpn_etcd_call(etcd, sixpn_etcd_deadline(etcd), &request,
			      &answer, error);
	if (ret)
		return ret;
	if (sixpn_etcd_read_revision(answer, &revision) ||
	    sixpn_etcd_read_array(answer, "kvs", &kvs) ||
	    json_array_size(kvs) > 1) {
		json_decref(answer);
		return misunderstood(etcd, -EPROTO, error);
	}
	if (!json_array_size(kvs)) {
		json_decref(answer);
		return sixpn_error_set(error, -ENOENT,
				       "registry etcd %s has no key %s",
				       etcd->endpoints[etcd->current].name,
				       key);
	}
	ret = sixpn_etcd_read_pair(json_array_get(kvs, 0), &pair);
	json_decref(answer);
	if (ret)
		return misunderstood(etcd, ret == -ENOENT ? -EPROTO : ret,
				     error);
	if (strcmp(pair.key, key)) {
		sixpn_etcd_pair_clear(&pair);
		return misunderstood(etcd, -EPROTO, error);
	}
	entry = (struct sixpn_store_entry){
		.key = pair.key,
		.value = pair.value,
		.length = pair.length,
		.revision = pair.revision,
	};
	ret = visit(data, &entry);
	sixpn_etcd_pair_clear(&pair);
	return ret;
}

/**
 * struct listing - of a prefix, page by page
 * @from: where the next page begins; after this key if @after
 * @revision: of all pages; 0 before the first
 */
struct listing {
	struct sixpn_etcd *etcd;
	const char *prefix;
	sixpn_store_visit visit;
	void *data;
	char from[SIXPN_STORE_KEY_MAX + 1];
	bool after;
	bool more;
	uint64_t revision;
	unsigned int limit;
};

/* @told: set to what the visitor returned */
static int list_entry(struct listing *listing, const json_t *object, int *told)
{
	struct sixpn_store_entry entry;
	struct sixpn_etcd_pair pair;
	int ret = sixpn_etcd_read_pair(object, &pair);

	if (ret)
		return ret == -ENOENT ? 0 : ret;
	/* In order and of the prefix: else it would go on for ever. */
	if (strncmp(pair.key, listing->prefix, strlen(listing->prefix)) ||
	    (listing->after && strcmp(pair.key, listing->from) <= 0)) {
		sixpn_etcd_pair_clear(&pair);
		return -EPROTO;
	}
	strcpy(listing->from, pair.key);
	listing->after = true;
	entry = (struct sixpn_store_entry){
		.key = pair.key,
		.value = pair.value,
		.length = pair.length,
		.revision = pair.revision,
	};
	*told = listing->visit(listing->data, &entry);
	sixpn_etcd_pair_clear(&pair);
	return 0;
}

static int list_page(struct listing *listing, const json_t *answer, int *told)
{
	uint64_t revision;
	json_t *kvs;
	size_t i;
	int ret = 0;

	if (sixpn_etcd_read_revision(answer, &revision) ||
	    sixpn_etcd_read_bool(answer, "more", &listing->more) ||
	    sixpn_etcd_read_array(answer, "kvs", &kvs) ||
	    (listing->more && !json_array_size(kvs)))
		return -EPROTO;
	if (!listing->revision)
		listing->revision = revision;
	for (i = 0; !ret && !*told && i < json_array_size(kvs); i++)
		ret = list_entry(listing, json_array_get(kvs, i), told);
	return ret;
}

/*
 * A page of foreign keys alone leaves no key to go on from. There can be such
 * below an empty prefix only, or where somebody else writes to the registry.
 */
static int check_progress(struct listing *listing, const char *before,
			  bool had, struct sixpn_error *error)
{
	if (!listing->more || (listing->after &&
			       (!had || strcmp(before, listing->from))))
		return 0;
	return sixpn_error_set(error, -EPROTO,
			       "etcd %s: below '%s' are %u keys in a row that are not of sixpn",
			       listing->etcd->endpoints[listing->etcd->current].name,
			       listing->prefix, listing->limit);
}

static int next_page(struct listing *listing, int *told,
		     struct sixpn_error *error)
{
	struct sixpn_etcd_request request = {
		.path = "/v3/kv/range",
		.body = sixpn_etcd_range_body(listing->from, listing->prefix,
					      listing->after, listing->limit,
					      listing->revision),
		.repeatable = true,
	};
	char before[SIXPN_STORE_KEY_MAX + 1];
	bool had = listing->after;
	json_t *answer;
	int ret;

	strcpy(before, listing->from);
	ret = sixpn_etcd_call(listing->etcd,
			      sixpn_etcd_deadline(listing->etcd), &request,
			      &answer, error);
	if (ret == -EMSGSIZE && listing->limit > 1) {
		listing->limit = listing->limit / 8 ? listing->limit / 8 : 1;
		listing->more = true;
		return 0;
	}
	if (ret)
		return ret;
	ret = list_page(listing, answer, told);
	json_decref(answer);
	if (ret)
		return misunderstood(listing->etcd, ret, error);
	return *told ? 0 : check_progress(listing, before, had, error);
}

static int etcd_list(struct sixpn_store *store, const char *prefix,
		     sixpn_store_visit visit, void *data, uint64_t *revision,
		     struct sixpn_error *error)
{
	struct listing listing = {
		.etcd = sixpn_etcd(store),
		.prefix = prefix,
		.visit = visit,
		.data = data,
		.limit = PAGE_MAX,
	};
	int ret, told = 0;

	do {
		ret = next_page(&listing, &told, error);
	} while (!ret && !told && listing.more);
	if (revision)
		*revision = listing.revision;
	return ret ? ret : told;
}

/* --- Changing. --- */

static int check_size(const struct sixpn_store_change *changes, size_t count,
		      struct sixpn_error *error)
{
	size_t sum = 0, i;

	for (i = 0; i < count; i++)
		sum += changes[i].length;
	if (sum <= SIXPN_ETCD_REQUEST_MAX)
		return 0;
	return sixpn_error_set(error, -EMSGSIZE,
			       "a transaction for etcd has values of more than %d MiB, split it",
			       SIXPN_ETCD_REQUEST_MAX >> 20);
}

/* What is not understood of the answer leaves open what was done. */
static int unclear(struct sixpn_etcd *etcd, struct sixpn_error *error)
{
	misunderstood(etcd, -EPROTO, error);
	sixpn_error_append(error,
			   "; whether it was changed will be known when it is read again");
	return -ETIMEDOUT;
}

static int etcd_commit(struct sixpn_store *store,
		       const struct sixpn_store_condition *conditions,
		       size_t condition_count,
		       const struct sixpn_store_change *changes,
		       size_t change_count, uint64_t *revision,
		       struct sixpn_error *error)
{
	struct sixpn_etcd *etcd = sixpn_etcd(store);
	struct sixpn_etcd_request request = { .path = "/v3/kv/txn" };
	uint64_t now;
	json_t *answer;
	bool done;
	int ret;

	ret = check_size(changes, change_count, error);
	if (ret)
		return ret;
	request.body = sixpn_etcd_txn_body(conditions, condition_count, changes,
					   change_count);
	ret = sixpn_etcd_call(etcd, sixpn_etcd_deadline(etcd), &request,
			      &answer, error);
	if (ret)
		return ret;
	if (sixpn_etcd_read_revision(answer, &now) ||
	    sixpn_etcd_read_bool(answer, "succeeded", &done))
		ret = unclear(etcd, error);
	else if (!done && !condition_count)
		ret = unclear(etcd, error);
	else if (!done)
		ret = sixpn_error_set(error, -EAGAIN,
				      "a key of the transaction was changed in the meantime, read it again");
	else if (revision)
		*revision = now;
	json_decref(answer);
	return ret;
}

/* --- Leases. --- */

/*
 * All three may be done twice: of two leases that were granted, the one that
 * nobody knows of runs out with nothing on it.
 */
static int call_lease(struct sixpn_etcd *etcd, const char *path, char *body,
		      json_t **answer, struct sixpn_error *error)
{
	struct sixpn_etcd_request request = {
		.path = path,
		.body = body,
		.repeatable = true,
	};

	return sixpn_etcd_call(etcd, sixpn_etcd_deadline(etcd), &request,
			       answer, error);
}

static int etcd_lease_grant(struct sixpn_store *store, unsigned int seconds,
			    uint64_t *lease, struct sixpn_error *error)
{
	struct sixpn_etcd *etcd = sixpn_etcd(store);
	json_t *answer;
	int ret;

	ret = call_lease(etcd, "/v3/lease/grant",
			 sixpn_etcd_number_body("TTL", seconds), &answer,
			 error);
	if (ret)
		return ret;
	if (sixpn_etcd_read_number(answer, "ID", lease) || !*lease)
		ret = misunderstood(etcd, -EPROTO, error);
	json_decref(answer);
	return ret;
}

static int etcd_lease_renew(struct sixpn_store *store, uint64_t lease,
			    struct sixpn_error *error)
{
	struct sixpn_etcd *etcd = sixpn_etcd(store);
	const json_t *result;
	uint64_t seconds, id;
	json_t *answer;
	int ret;

	ret = call_lease(etcd, "/v3/lease/keepalive",
			 sixpn_etcd_number_body("ID", lease), &answer, error);
	if (ret)
		return ret;
	result = json_object_get(answer, "result");
	if (!json_is_object(result) ||
	    sixpn_etcd_read_number(result, "ID", &id) || id != lease ||
	    sixpn_etcd_read_number(result, "TTL", &seconds))
		ret = misunderstood(etcd, -EPROTO, error);
	else if (!seconds)
		ret = sixpn_error_set(error, -ESTALE, "lease %llu has run out",
				      (unsigned long long)lease);
	json_decref(answer);
	return ret;
}

static int etcd_lease_revoke(struct sixpn_store *store, uint64_t lease,
			     struct sixpn_error *error)
{
	struct sixpn_etcd *etcd = sixpn_etcd(store);
	uint64_t revision;
	json_t *answer;
	int ret;

	ret = call_lease(etcd, "/v3/lease/revoke",
			 sixpn_etcd_number_body("ID", lease), &answer, error);
	if (ret == -ESTALE)
		return 0;
	if (!ret && sixpn_etcd_read_revision(answer, &revision))
		ret = misunderstood(etcd, -EPROTO, error);
	json_decref(answer);
	return ret;
}

/* --- Opening and closing. --- */

static void etcd_close(struct sixpn_store *store)
{
	struct sixpn_etcd *etcd = sixpn_etcd(store);
	unsigned int i;

	if (etcd->multi)
		sixpn_curl.multi_cleanup(etcd->multi);
	for (i = 0; i < etcd->endpoint_count; i++)
		free(etcd->endpoints[i].name);
	free(etcd->ca_file);
	free(etcd->cert_file);
	free(etcd->key_file);
	free(etcd->user);
	sixpn_etcd_forget(etcd->password);
	sixpn_etcd_forget(etcd->token);
	free(etcd);
	sixpn_curl.global_cleanup();
}

/* HOST[:PORT], whose form has been checked. */
static char *endpoint_name(const char *text, size_t length)
{
	const char *bracket = memchr(text, ']', length);
	const char *colon = memchr(bracket ? bracket : text, ':',
				   length - (size_t)(bracket ? bracket - text :
							       0));
	char *name;
	int n;

	if (colon)
		n = asprintf(&name, "%.*s", (int)length, text);
	else
		n = asprintf(&name, "%.*s:%d", (int)length, text,
			     SIXPN_ETCD_PORT);
	return n < 0 ? NULL : name;
}

static int set_endpoints(struct sixpn_etcd *etcd, const char *where,
			 struct sixpn_error *error)
{
	char *registry;
	int ret;

	if (asprintf(&registry, "etcd:%s", where) < 0)
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	ret = sixpn_parse_registry(registry, strlen(registry), error);
	free(registry);
	while (!ret && *where) {
		size_t length = strcspn(where, ",");

		if (etcd->endpoint_count == SIXPN_ETCD_ENDPOINT_MAX)
			return sixpn_error_set(error, -EINVAL,
					       "registry etcd has more than %d endpoints",
					       SIXPN_ETCD_ENDPOINT_MAX);
		etcd->endpoints[etcd->endpoint_count].name =
			endpoint_name(where, length);
		if (!etcd->endpoints[etcd->endpoint_count].name)
			return sixpn_error_set(error, -ENOMEM, "out of memory");
		etcd->endpoint_count++;
		where += length + (where[length] == ',');
	}
	return ret;
}

static int set_text(char **field, const char *text, struct sixpn_error *error)
{
	if (!text)
		return 0;
	*field = strdup(text);
	return *field ? 0 : sixpn_error_set(error, -ENOMEM, "out of memory");
}

static int set_file(struct sixpn_etcd *etcd, char **field, const char *path,
		    struct sixpn_error *error)
{
	if (path && !etcd->tls)
		return sixpn_error_set(error, -EINVAL,
				       "file %s is for TLS, name the registry etcds:",
				       path);
	if (path && access(path, R_OK))
		return sixpn_error_set(error, -errno, "%s cannot be read: %s",
				       path, strerror(errno));
	return set_text(field, path, error);
}

static int set_options(struct sixpn_etcd *etcd,
		       const struct sixpn_store_options *options,
		       struct sixpn_error *error)
{
	int ret;

	if (!options->user != !options->password)
		return sixpn_error_set(error, -EINVAL,
				       "a user and a password for etcd need each other");
	etcd->timeout_ms = options->timeout_ms < INT_MAX ?
				   options->timeout_ms : INT_MAX;
	ret = set_file(etcd, &etcd->ca_file, options->ca_file, error);
	if (!ret)
		ret = set_file(etcd, &etcd->cert_file, options->cert_file,
			       error);
	if (!ret)
		ret = set_file(etcd, &etcd->key_file, options->key_file, error);
	if (!ret)
		ret = set_text(&etcd->user, options->user, error);
	return ret ? ret : set_text(&etcd->password, options->password, error);
}

static int open_as(const struct sixpn_store_backend *backend, bool tls,
		   struct sixpn_store **store, const char *where,
		   const struct sixpn_store_options *options,
		   struct sixpn_error *error)
{
	struct sixpn_etcd *etcd;
	int ret = sixpn_curl_load(error);

	if (ret)
		return ret;
	if (sixpn_curl.global_init(CURL_GLOBAL_DEFAULT))
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	etcd = calloc(1, sizeof(*etcd));
	if (!etcd) {
		sixpn_curl.global_cleanup();
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	}
	etcd->store.backend = backend;
	etcd->tls = tls;
	etcd->multi = sixpn_curl.multi_init();
	ret = etcd->multi ? 0 : sixpn_error_set(error, -ENOMEM,
						"out of memory");
	if (!ret)
		ret = set_endpoints(etcd, where, error);
	if (!ret)
		ret = set_options(etcd, options, error);
	if (ret)
		etcd_close(&etcd->store);
	else
		*store = &etcd->store;
	return ret;
}

static int etcd_open(struct sixpn_store **store, const char *where,
		     const struct sixpn_store_options *options,
		     struct sixpn_error *error)
{
	return open_as(&sixpn_store_etcd, false, store, where, options, error);
}

static int etcds_open(struct sixpn_store **store, const char *where,
		      const struct sixpn_store_options *options,
		      struct sixpn_error *error)
{
	return open_as(&sixpn_store_etcds, true, store, where, options, error);
}

#define BACKEND(name, opener) {			\
	.scheme = name,				\
	.open = opener,				\
	.close = etcd_close,			\
	.get = etcd_get,			\
	.list = etcd_list,			\
	.commit = etcd_commit,			\
	.lease_grant = etcd_lease_grant,	\
	.lease_renew = etcd_lease_renew,	\
	.lease_revoke = etcd_lease_revoke,	\
	.watch_open = sixpn_etcd_watch_open,	\
	.watch_fd = sixpn_etcd_watch_fd,	\
	.watch_read = sixpn_etcd_watch_read,	\
	.watch_close = sixpn_etcd_watch_close,	\
}

const struct sixpn_store_backend sixpn_store_etcd = BACKEND("etcd", etcd_open);
const struct sixpn_store_backend sixpn_store_etcds = BACKEND("etcds",
							     etcds_open);
