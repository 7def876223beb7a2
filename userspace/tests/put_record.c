// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Records put into a registry, for scripts that test what is made of them.
 */
#include "test.h"

#include <stdio.h>

#include "record.h"
#include "registry.h"

static int put(struct sixpn_registry *registry, const char *key,
	       struct sixpn_error *error)
{
	static char input[SIXPN_RECORD_MAX];
	size_t length = fread(input, 1, sizeof(input), stdin);
	struct sixpn_record record;
	int ret;

	ret = sixpn_record_parse(&record, sixpn_record_kind_of(key), key, input,
				 length, error);
	if (ret)
		return ret;
	record.revision = SIXPN_REVISION_ANY;
	ret = sixpn_registry_put(registry, &record, 0, error);
	sixpn_record_clear(&record);
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
		ret = put(registry, key, &error);
	sixpn_registry_close(registry);
	sixpn_store_close(store);
	if (ret)
		fprintf(stderr, "%s\n", error.text);
	return ret ? 1 : 0;
}
