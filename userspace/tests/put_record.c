// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Records put into a registry, for scripts that test what is made of them.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "record.h"
#include "registry.h"

static int put_text(struct sixpn_registry *registry, const char *key,
		    const char *text, size_t length, struct sixpn_error *error)
{
	struct sixpn_record record;
	int ret;

	ret = sixpn_record_parse(&record, sixpn_record_kind_of(key), key, text,
				 length, error);
	if (ret)
		return ret;
	record.revision = SIXPN_REVISION_ANY;
	ret = sixpn_registry_put(registry, &record, 0, error);
	sixpn_record_clear(&record);
	return ret;
}

static int put(struct sixpn_registry *registry, const char *key,
	       struct sixpn_error *error)
{
	static char input[SIXPN_RECORD_MAX];
	size_t length = fread(input, 1, sizeof(input), stdin);

	return put_text(registry, key, input, length, error);
}

/* Of one that is to go only its key is there, and that is all that is looked at. */
static int delete(struct sixpn_registry *registry, const char *key,
		  struct sixpn_error *error)
{
	struct sixpn_record record = { .kind = sixpn_record_kind_of(key) };

	if (record.kind != SIXPN_RECORD_MACHINE ||
	    sscanf(key, SIXPN_REGISTRY_PREFIX "machine/%8x/%8x/%8x/%8x",
		   &record.machine.host, &record.machine.network,
		   &record.machine.home, &record.machine.machine) != 4)
		return sixpn_error_set(error, -EINVAL, "not a machine: %s", key);
	sixpn_addr_build(&record.machine.address, record.machine.network,
			 record.machine.home, record.machine.machine,
			 SIXPN_SUB_MACHINE);
	return sixpn_registry_delete(registry, &record, error);
}

/* Lines of KEY JSON, or of KEY: of a machine that goes. */
static int change_all(struct sixpn_registry *registry, struct sixpn_error *error)
{
	char line[4096];
	int ret = 0;

	while (!ret && fgets(line, sizeof(line), stdin)) {
		char *json;

		line[strcspn(line, "\n")] = '\0';
		json = strchr(line, ' ');
		if (json)
			*json++ = '\0';
		ret = json ? put_text(registry, line, json, strlen(json),
				      error) :
			     delete(registry, line, error);
	}
	return ret;
}

int put_record(const char *where, const char *key)
{
	struct sixpn_error error = { 0 };
	struct sixpn_registry *registry = NULL;
	struct sixpn_store *store = NULL;
	int ret;

	ret = sixpn_store_open(&store, where, NULL, &error);
	if (!ret)
		ret = sixpn_registry_open(&registry, store, &error);
	if (!ret)
		ret = strcmp(key, "-") ? put(registry, key, &error) :
					 change_all(registry, &error);
	sixpn_registry_close(registry);
	sixpn_store_close(store);
	if (ret)
		fprintf(stderr, "%s\n", error.text);
	return ret ? 1 : 0;
}
