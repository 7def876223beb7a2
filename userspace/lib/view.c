// SPDX-License-Identifier: GPL-2.0-or-later
#include "view.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sixpn_view_clear(struct sixpn_view *view)
{
	size_t i;

	for (i = 0; i < view->count; i++) {
		sixpn_record_clear(&view->entries[i]->record);
		free(view->entries[i]);
	}
	free(view->entries);
	memset(view, 0, sizeof(*view));
}

/* Where the key is, or would be. */
static size_t position(const struct sixpn_view *view, const char *key)
{
	size_t low = 0, high = view->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(view->entries[middle]->key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct sixpn_view_entry *sixpn_view_find(const struct sixpn_view *view,
					 const char *key)
{
	size_t at = position(view, key);

	if (at == view->count || strcmp(view->entries[at]->key, key))
		return NULL;
	return view->entries[at];
}

static struct sixpn_view_entry *insert(struct sixpn_view *view, const char *key)
{
	struct sixpn_view_entry *entry = calloc(1, sizeof(*entry)), **entries;
	size_t at = position(view, key);
	size_t room = view->room ? view->room * 2 : 16;

	if (!entry)
		return NULL;
	if (view->count == view->room) {
		entries = reallocarray(view->entries, room, sizeof(*entries));
		if (!entries) {
			free(entry);
			return NULL;
		}
		view->entries = entries;
		view->room = room;
	}
	memmove(&view->entries[at + 1], &view->entries[at],
		(view->count - at) * sizeof(*view->entries));
	view->entries[at] = entry;
	view->count++;
	snprintf(entry->key, sizeof(entry->key), "%s", key);
	return entry;
}

static bool same_endpoints(const struct sixpn_record_host *a,
			   const struct sixpn_record_host *b)
{
	size_t i;

	if (a->endpoint_count != b->endpoint_count)
		return false;
	for (i = 0; i < a->endpoint_count; i++)
		if (strcmp(a->endpoints[i], b->endpoints[i]))
			return false;
	return true;
}

/* A host that is reached elsewhere now is tried there, the first one first. */
static void note_endpoints(struct sixpn_view_entry *entry,
			   const struct sixpn_record *record)
{
	if (record->kind != SIXPN_RECORD_HOST || entry->bad ||
	    same_endpoints(&entry->record.host, &record->host))
		return;
	entry->endpoint = 0;
	entry->renew = SIXPN_RENEW_CHANGED;
}

int sixpn_view_put(struct sixpn_view *view, const struct sixpn_record *record)
{
	char key[SIXPN_RECORD_KEY_MAX];
	struct sixpn_view_entry *entry;
	struct sixpn_record copy;
	int ret = sixpn_record_copy(&copy, record);

	if (ret)
		return ret;
	/* Nothing here is ever written: what is not known needs no room. */
	json_decref(copy.rest);
	copy.rest = NULL;
	sixpn_record_key(record, key);
	entry = sixpn_view_find(view, key);
	if (entry) {
		note_endpoints(entry, &copy);
		sixpn_record_clear(&entry->record);
	} else {
		entry = insert(view, key);
	}
	if (!entry) {
		sixpn_record_clear(&copy);
		return -ENOMEM;
	}
	entry->record = copy;
	entry->bad = entry->untold = false;
	return 0;
}

int sixpn_view_put_found(struct sixpn_view *view,
			 const struct sixpn_record *record)
{
	char key[SIXPN_RECORD_KEY_MAX];
	struct sixpn_view_entry *entry;
	bool untold;
	int ret;

	sixpn_record_key(record, key);
	entry = sixpn_view_find(view, key);
	untold = !entry || entry->untold;
	ret = sixpn_view_put(view, record);
	if (!ret)
		sixpn_view_find(view, key)->untold = untold;
	return ret;
}

int sixpn_view_put_bad(struct sixpn_view *view, const char *key)
{
	struct sixpn_view_entry *entry = sixpn_view_find(view, key);

	if (entry) {
		entry->untold = false;
		return 0;
	}
	entry = insert(view, key);
	if (!entry)
		return -ENOMEM;
	entry->record.kind = sixpn_record_kind_of(key);
	entry->bad = true;
	return 0;
}

static void remove_at(struct sixpn_view *view, size_t at)
{
	struct sixpn_view_entry *entry = view->entries[at];

	sixpn_record_clear(&entry->record);
	free(entry);
	view->count--;
	memmove(&view->entries[at], &view->entries[at + 1],
		(view->count - at) * sizeof(*view->entries));
}

void sixpn_view_remove(struct sixpn_view *view, const char *key, uint32_t self)
{
	struct sixpn_view_entry *entry = sixpn_view_find(view, key);
	struct sixpn_view_name name;
	size_t i;

	if (!entry)
		return;
	remove_at(view, position(view, key));
	if (!sixpn_view_name(&name, key) || name.kind != SIXPN_RECORD_MOVED)
		return;
	for (i = view->count; i-- > 0;) {
		struct sixpn_view_name other;
		const struct in6_addr *address;

		entry = view->entries[i];
		address = sixpn_record_address(&entry->record);
		if (address && !entry->bad &&
		    sixpn_addr_same_machine(address, &name.address) &&
		    sixpn_view_name(&other, entry->key) && other.host != self)
			remove_at(view, i);
	}
}

void sixpn_view_list_begin(struct sixpn_view *view)
{
	size_t i;

	for (i = 0; i < view->count; i++)
		if (view->entries[i]->bad)
			view->entries[i]->untold = true;
}

void sixpn_view_list_anew(struct sixpn_view *view)
{
	size_t i;

	for (i = 0; i < view->count; i++)
		view->entries[i]->untold = true;
}

void sixpn_view_list_end(struct sixpn_view *view, uint32_t self)
{
	char key[SIXPN_RECORD_KEY_MAX];
	size_t i;

	/* With one, others may go. */
	for (i = view->count; i-- > 0;) {
		if (i >= view->count || !view->entries[i]->untold)
			continue;
		strcpy(key, view->entries[i]->key);
		sixpn_view_remove(view, key, self);
	}
}

struct sixpn_view_entry *sixpn_view_find_key(const struct sixpn_view *view,
					     const uint8_t key[SIXPN_KEY_LEN])
{
	size_t i;

	for (i = 0; i < view->count; i++) {
		struct sixpn_view_entry *entry = view->entries[i];
		const struct sixpn_record *record = &entry->record;

		if (entry->bad)
			continue;
		if ((record->kind == SIXPN_RECORD_HOST &&
		     sixpn_key_equal(record->host.public_key, key)) ||
		    (record->kind == SIXPN_RECORD_CLIENT &&
		     sixpn_key_equal(record->client.public_key, key)))
			return entry;
	}
	return NULL;
}

struct sixpn_view_entry *sixpn_view_find_host(const struct sixpn_view *view,
					      uint32_t host)
{
	const struct sixpn_record record = {
		.kind = SIXPN_RECORD_HOST, .host.host = host,
	};
	char key[SIXPN_RECORD_KEY_MAX];

	sixpn_record_key(&record, key);
	return sixpn_view_find(view, key);
}

struct sixpn_view_entry *sixpn_view_find_address(const struct sixpn_view *view,
						 const struct in6_addr *address)
{
	size_t i;

	for (i = 0; i < view->count; i++) {
		struct sixpn_view_entry *entry = view->entries[i];
		const struct in6_addr *other =
			sixpn_record_address(&entry->record);

		if (!entry->bad && other &&
		    sixpn_addr_same_machine(other, address))
			return entry;
	}
	return NULL;
}

const struct in6_addr *sixpn_record_address(const struct sixpn_record *record)
{
	switch (record->kind) {
	case SIXPN_RECORD_MACHINE:
		return &record->machine.address;
	case SIXPN_RECORD_CLIENT:
		return &record->client.address;
	default:
		return NULL;
	}
}

/* "/%08x", as often as there is room for. Return: whether that is all of it. */
static bool read_ids(const char *text, uint32_t *ids, size_t count)
{
	static const char digits[] = "0123456789abcdef";
	size_t i, j;

	for (i = 0; i < count; i++) {
		if (*text++ != '/')
			return false;
		ids[i] = 0;
		for (j = 0; j < 8; j++) {
			const char *digit = *text ? strchr(digits, *text) : NULL;

			if (!digit)
				return false;
			ids[i] = ids[i] << 4 | (uint32_t)(digit - digits);
			text++;
		}
	}
	return !*text;
}

bool sixpn_view_name(struct sixpn_view_name *name, const char *key)
{
	enum sixpn_record_kind kind = sixpn_record_kind_of(key);
	uint32_t ids[4];
	const char *at;

	memset(name, 0, sizeof(*name));
	name->kind = kind;
	if (kind == SIXPN_RECORD_KIND_COUNT)
		return false;
	at = key + sizeof(SIXPN_REGISTRY_PREFIX) - 1 +
	     strlen(sixpn_record_kind_name(kind));
	switch (kind) {
	case SIXPN_RECORD_NETWORK:
		if (!read_ids(at, ids, 1))
			return false;
		name->network = ids[0];
		return true;
	case SIXPN_RECORD_HOST:
		if (!read_ids(at, ids, 1))
			return false;
		name->host = ids[0];
		return true;
	case SIXPN_RECORD_MACHINE:
	case SIXPN_RECORD_CLIENT:
		if (!read_ids(at, ids, 4))
			return false;
		name->host = ids[0];
		name->network = ids[1];
		sixpn_addr_build(&name->address, ids[1], ids[2], ids[3],
				 SIXPN_SUB_MACHINE);
		return true;
	case SIXPN_RECORD_MOVED:
		if (!read_ids(at, ids, 3))
			return false;
		name->network = ids[0];
		sixpn_addr_build(&name->address, ids[0], ids[1], ids[2],
				 SIXPN_SUB_MACHINE);
		return true;
	default:
		return false;
	}
}
