// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A command changes a client while its gateway notes that it was seen.
 */
#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record_test.h"

#define HOST 9U

static struct sixpn_registry *registry;
static struct sixpn_error error;

static bool put(struct sixpn_record *record)
{
	record->revision = SIXPN_REVISION_ANY;
	return !sixpn_registry_put(registry, record, 0, &error);
}

static bool read_client(struct sixpn_record *record)
{
	return !sixpn_registry_get_named(registry, SIXPN_RECORD_CLIENT, 42,
					 "laptop", record, &error);
}

static bool begin(struct sixpn_client_job *job)
{
	memset(job, 0, sizeof(*job));
	job->noun.node.registry = registry;
	return read_client(&job->record) &&
	       !sixpn_record_copy(&job->old, &job->record);
}

static void end(struct sixpn_client_job *job)
{
	sixpn_record_clear(&job->record);
	sixpn_record_clear(&job->old);
}

/* By another process. @owner: NULL: it stays */
static bool change(uint64_t seen, const char *owner)
{
	struct sixpn_record record;
	bool ok = read_client(&record);

	record.client.last_seen = seen;
	if (owner)
		strcpy(record.client.owner, owner);
	ok = ok && put(&record);
	sixpn_record_clear(&record);
	return ok;
}

static void test_put(void)
{
	struct sixpn_client_job job;
	struct sixpn_record now;
	bool ok;

	ok = begin(&job) && change(5000, NULL);
	memset(job.record.client.public_key, 77, SIXPN_KEY_LEN);
	ok = ok && !sixpn_client_put(&job) && read_client(&now);
	test_result(ok && now.client.last_seen == 5000 &&
		    sixpn_key_equal(now.client.public_key,
				    job.record.client.public_key),
		    "client: one that is seen meanwhile is changed all the same");
	sixpn_record_clear(&now);
	end(&job);
	ok = begin(&job) && change(6000, "bob");
	memset(job.record.client.public_key, 78, SIXPN_KEY_LEN);
	ok = ok && sixpn_client_put(&job) == -EAGAIN &&
	     sixpn_client_delete(&job) == -EAGAIN && read_client(&now);
	test_result(ok && !strcmp(now.client.owner, "bob"),
		    "client: one that somebody else has changed is not");
	sixpn_record_clear(&now);
	end(&job);
	ok = begin(&job) && change(7000, NULL) && !sixpn_client_delete(&job);
	test_result(ok && !read_client(&now),
		    "client: one that is seen meanwhile is removed all the same");
	sixpn_record_clear(&now);
	end(&job);
}

static bool make(void)
{
	struct sixpn_record record;
	bool ok;

	record_test_network(&record, 42, "acme");
	ok = put(&record);
	record_test_host(&record, HOST, "fra1");
	ok = ok && put(&record);
	record_test_client(&record, 42, HOST, 100, "laptop");
	return ok && put(&record);
}

void test_client_put(void)
{
	char folder[] = "/tmp/sixpn-client-XXXXXX", where[64], command[64];
	struct sixpn_store *store;

	if (!mkdtemp(folder)) {
		test_result(false, "client: a folder for a registry");
		return;
	}
	snprintf(where, sizeof(where), "sqlite:%s/registry", folder);
	store = store_test_open(where);
	if (store && !sixpn_registry_open(&registry, store, &error) && make())
		test_put();
	else
		test_result(false, "client: %s", error.text);
	sixpn_registry_close(registry);
	sixpn_store_close(store);
	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	test_result(!system(command), "client: nothing is in the way");
}
