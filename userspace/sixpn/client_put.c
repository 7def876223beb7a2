// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Clients in the registry, which may leave open what has happened.
 */
#include "client.h"

#include <errno.h>
#include <string.h>

/* It is seen once a minute at most. */
#define SEEN_TRIES 3

/* What there is at the address of the client. */
static int look(struct sixpn_client_job *job, struct sixpn_record *found,
		struct sixpn_error *error)
{
	return sixpn_registry_get_address(job->noun.node.registry,
					  &job->record.client.address, found,
					  error);
}

static bool is_this_one(const struct sixpn_client_job *job,
			const struct sixpn_record *found)
{
	return found->kind == SIXPN_RECORD_CLIENT &&
	       sixpn_key_equal(found->client.public_key,
			       job->record.client.public_key);
}

/* No answer came: ask whether it is there. */
static int confirm_put(struct sixpn_client_job *job)
{
	struct sixpn_record found;
	struct sixpn_error error;
	bool same;
	int ret;

	ret = look(job, &found, &error);
	if (ret && ret != -ENOENT) {
		sixpn_error_append(&job->noun.error, "; client '%s' may be in the registry all the same: see 'sixpn client list'",
				   job->record.client.name);
		return -ETIMEDOUT;
	}
	same = !ret && is_this_one(job, &found);
	if (same)
		job->record.revision = found.revision;
	sixpn_record_clear(&found);
	return same ? 0 : -ETIMEDOUT;
}

/* Return: whether it is as it was, but seen: then it may be tried again. */
static bool was_seen(struct sixpn_client_job *job)
{
	struct sixpn_record found;
	struct sixpn_error error;
	bool seen;

	if (!job->old.revision || look(job, &found, &error))
		return false;
	seen = sixpn_record_differs_in_seen(&job->old, &found);
	if (seen) {
		job->old.revision = job->record.revision = found.revision;
		job->old.client.last_seen = found.client.last_seen;
		job->record.client.last_seen = found.client.last_seen;
	}
	sixpn_record_clear(&found);
	return seen;
}

static int put(struct sixpn_client_job *job)
{
	int tries = 0, ret;

	do
		ret = sixpn_registry_put(job->noun.node.registry, &job->record,
					 0, &job->noun.error);
	while (ret == -EAGAIN && tries++ < SEEN_TRIES && was_seen(job));
	return ret;
}

static int delete(struct sixpn_client_job *job)
{
	int tries = 0, ret;

	do
		ret = sixpn_registry_delete(job->noun.node.registry,
					    &job->record, &job->noun.error);
	while (ret == -EAGAIN && tries++ < SEEN_TRIES && was_seen(job));
	return ret;
}

int sixpn_client_put(struct sixpn_client_job *job)
{
	struct sixpn_record found;
	struct sixpn_error error;
	int ret;

	ret = put(job);
	if (ret == -ETIMEDOUT)
		return confirm_put(job);
	if (ret != -EEXIST || look(job, &found, &error))
		return ret;
	if (!is_this_one(job, &found))
		ret = -EADDRINUSE;
	sixpn_record_clear(&found);
	return ret;
}

int sixpn_client_delete(struct sixpn_client_job *job)
{
	struct sixpn_record found;
	struct sixpn_error error;
	bool same;
	int ret;

	ret = delete(job);
	if (ret != -ETIMEDOUT)
		return ret;
	ret = look(job, &found, &error);
	if (ret == -ENOENT)
		return 0;
	if (ret) {
		sixpn_error_append(&job->noun.error, "; client '%s' may be gone all the same: see 'sixpn client list'",
				   job->record.client.name);
		return -ETIMEDOUT;
	}
	same = is_this_one(job, &found);
	sixpn_record_clear(&found);
	return same ? -ETIMEDOUT : 0;
}
