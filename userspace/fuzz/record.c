// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A byte for the kind, then any bytes as a record of it. They are refused with a
 * sentence that begins with the key or kind, or understood; then the record is
 * written and read again, with its own key, and must come out the same.
 */
#include "record_field.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_key(const char *key)
{
	size_t i;

	if (!*key || strlen(key) >= SIXPN_RECORD_KEY_MAX ||
	    strncmp(key, SIXPN_REGISTRY_PREFIX, strlen(SIXPN_REGISTRY_PREFIX)))
		abort();
	for (i = 0; key[i]; i++)
		if (key[i] <= ' ' || key[i] > '~')
			abort();
}

static void check_indexes(const struct sixpn_record *record)
{
	struct sixpn_record_index indexes[SIXPN_RECORD_INDEX_MAX];
	size_t count = sixpn_record_indexes(record, indexes), i;
	struct sixpn_record moved;

	for (i = 0; i < count; i++) {
		check_key(indexes[i].key);
		if (indexes[i].what[0])
			continue;
		if (sixpn_record_parse(&moved, SIXPN_RECORD_MOVED,
				       indexes[i].key, indexes[i].value,
				       strlen(indexes[i].value), NULL))
			abort();
		sixpn_record_clear(&moved);
	}
}

static void check_refusal(enum sixpn_record_kind kind, int ret,
			  const struct sixpn_error *error)
{
	const char *name = sixpn_record_kind_name(kind);

	if ((ret != -EBADMSG && ret != -EPROTO) ||
	    strncmp(error->text, name, strlen(name)) ||
	    error->text[strlen(name)] != ':')
		abort();
}

static void check_record(const struct sixpn_record *record)
{
	char key[SIXPN_RECORD_KEY_MAX];
	struct sixpn_record again;
	char *first, *second;
	size_t length;

	sixpn_record_key(record, key);
	check_key(key);
	if (sixpn_record_kind_of(key) != record->kind)
		abort();
	check_indexes(record);
	if (sixpn_record_format(record, NULL, &first, &length, NULL) ||
	    sixpn_record_parse(&again, record->kind, key, first, length, NULL))
		abort();
	if (!sixpn_record_equal(record, &again) ||
	    sixpn_record_format(&again, NULL, &second, &length, NULL) ||
	    strcmp(first, second))
		abort();
	free(first);
	free(second);
	sixpn_record_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sixpn_error error = { 0 };
	enum sixpn_record_kind kind;
	struct sixpn_record record;
	int ret;

	if (!size)
		return 0;
	kind = data[0] % SIXPN_RECORD_KIND_COUNT;
	ret = sixpn_record_parse(&record, kind, NULL, (const char *)data + 1,
				 size - 1, &error);
	if (ret)
		check_refusal(kind, ret, &error);
	else
		check_record(&record);
	sixpn_record_clear(&record);
	return 0;
}
