// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A watch remembers what it has told, as JSON in a tree by key: so it can say
 * what a record was before, and a list after a gap tells the differences only.
 */
#include "registry.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "registry_part.h"

/**
 * struct known - a record that was told
 * @seen: number of the last list that had it
 */
struct known {
	struct known *next, **link;
	char *key;
	char *text;
	size_t length;
	uint64_t revision;
	unsigned int seen;
};

/**
 * struct sixpn_registry_watch - a watch
 * @tree: of struct known, by key
 * @all: the same as a list
 * @list: number of the last list
 */
struct sixpn_registry_watch {
	struct sixpn_registry *registry;
	struct sixpn_registry_told told;
	char prefix[SIXPN_RECORD_KEY_MAX];
	struct sixpn_store_watch *changes;
	void *tree;
	struct known *all;
	unsigned int list;
};

static int compare(const void *left, const void *right)
{
	const struct known *a = left, *b = right;

	return strcmp(a->key, b->key);
}

/* --- What was told. --- */

static struct known *find(const struct sixpn_registry_watch *watch,
			  const char *key)
{
	const struct known wanted = { .key = (char *)key };
	struct known **found = tfind(&wanted, &watch->tree, compare);

	return found ? *found : NULL;
}

static void free_text(char *text, size_t length)
{
	if (text)
		sixpn_key_wipe(text, length);
	free(text);
}

static void forget(struct sixpn_registry_watch *watch, struct known *known)
{
	tdelete(known, &watch->tree, compare);
	*known->link = known->next;
	if (known->next)
		known->next->link = known->link;
	free_text(known->text, known->length);
	free(known->key);
	free(known);
}

static struct known *add(struct sixpn_registry_watch *watch, const char *key)
{
	struct known *known = calloc(1, sizeof(*known));

	if (!known)
		return NULL;
	known->key = strdup(key);
	if (!known->key || !tsearch(known, &watch->tree, compare)) {
		free(known->key);
		free(known);
		return NULL;
	}
	known->next = watch->all;
	known->link = &watch->all;
	if (known->next)
		known->next->link = &known->next;
	watch->all = known;
	return known;
}

/* Return: 0 or -ENOMEM, and all is as it was. */
static int remember(struct sixpn_registry_watch *watch,
		    const struct sixpn_store_entry *entry)
{
	struct known *known = find(watch, entry->key);
	char *text = malloc(entry->length + 1);

	if (text && !known)
		known = add(watch, entry->key);
	if (!text || !known) {
		free(text);
		return -ENOMEM;
	}
	memcpy(text, entry->value, entry->length);
	text[entry->length] = '\0';
	free_text(known->text, known->length);
	known->text = text;
	known->length = entry->length;
	known->revision = entry->revision;
	known->seen = watch->list;
	return 0;
}

/* It could be read when it was told. Return: 0 or -ENOMEM. */
static int read_known(const struct known *known, struct sixpn_record *record)
{
	int ret;

	ret = sixpn_record_parse(record, sixpn_record_kind_of(known->key),
				 known->key, known->text, known->length, NULL);
	record->revision = known->revision;
	return ret;
}

/* --- Telling. --- */

static int tell_gone(struct sixpn_registry_watch *watch, struct known *known)
{
	struct sixpn_record before;
	int ret;

	ret = read_known(known, &before);
	if (ret)
		return ret;
	/* First, so that it is not told again. */
	forget(watch, known);
	ret = watch->told.change(watch->told.data, &before, NULL);
	sixpn_record_clear(&before);
	return ret;
}

static int tell_record(struct sixpn_registry_watch *watch,
		       const struct sixpn_store_entry *entry,
		       const struct sixpn_record *after)
{
	const struct known *known = find(watch, entry->key);
	struct sixpn_record before = { .kind = SIXPN_RECORD_KIND_COUNT };
	bool is_new = !known;
	int ret = 0;

	if (known)
		ret = read_known(known, &before);
	if (!ret)
		ret = remember(watch, entry);
	if (!ret)
		ret = watch->told.change(watch->told.data,
					 is_new ? NULL : &before, after);
	sixpn_record_clear(&before);
	return ret;
}

static int tell_bad(struct sixpn_registry_watch *watch, const char *key,
		    const struct sixpn_error *why)
{
	struct known *known = find(watch, key);

	if (known)
		known->seen = watch->list;
	if (watch->told.bad)
		watch->told.bad(watch->told.data, key, why);
	return 0;
}

static int tell_there(struct sixpn_registry_watch *watch,
		      const struct sixpn_store_entry *entry,
		      enum sixpn_record_kind kind)
{
	struct sixpn_record after;
	struct sixpn_error why;
	int ret;

	ret = sixpn_record_parse(&after, kind, entry->key, entry->value,
				 entry->length, &why);
	if (ret == -ENOMEM)
		return ret;
	if (ret)
		return tell_bad(watch, entry->key, &why);
	after.revision = entry->revision;
	ret = tell_record(watch, entry, &after);
	sixpn_record_clear(&after);
	return ret;
}

static int visit(void *data, const struct sixpn_store_entry *entry)
{
	enum sixpn_record_kind kind = sixpn_record_kind_of(entry->key);
	struct sixpn_registry_watch *watch = data;
	struct known *known;

	if (kind == SIXPN_RECORD_KIND_COUNT)
		return 0;
	known = find(watch, entry->key);
	if (!entry->value)
		return known ? tell_gone(watch, known) : 0;
	if (known && known->revision == entry->revision) {
		known->seen = watch->list;
		return 0;
	}
	return tell_there(watch, entry, kind);
}

/* --- Lists and changes. --- */

static int tell_missing(struct sixpn_registry_watch *watch)
{
	struct known *known, *next;
	int ret = 0;

	for (known = watch->all; !ret && known; known = next) {
		next = known->next;
		if (known->seen != watch->list)
			ret = tell_gone(watch, known);
	}
	return ret;
}

int sixpn_registry_watch_list(struct sixpn_registry_watch *watch,
			      struct sixpn_error *error)
{
	struct sixpn_store *store = watch->registry->store;
	uint64_t revision;
	int ret;

	sixpn_store_watch_close(watch->changes);
	watch->changes = NULL;
	watch->list++;
	ret = sixpn_store_list(store, watch->prefix, visit, watch, &revision,
			       error);
	if (!ret)
		ret = tell_missing(watch);
	if (ret)
		return ret;
	return sixpn_store_watch_open(&watch->changes, store, watch->prefix,
				      revision + 1, error);
}

int sixpn_registry_watch_read(struct sixpn_registry_watch *watch,
			      struct sixpn_error *error)
{
	if (!watch->changes)
		return sixpn_error_set(error, -ENOTCONN,
				       "the records have not been listed yet");
	return sixpn_store_watch_read(watch->changes, visit, watch, error);
}

int sixpn_registry_watch_fd(const struct sixpn_registry_watch *watch)
{
	return watch->changes ? sixpn_store_watch_fd(watch->changes) : -1;
}

int sixpn_registry_watch_open(struct sixpn_registry_watch **watch,
			      struct sixpn_registry *registry,
			      const struct sixpn_registry_what *what,
			      const struct sixpn_registry_told *told,
			      struct sixpn_error *error)
{
	struct sixpn_registry_watch *mine = calloc(1, sizeof(*mine));

	*watch = mine;
	if (!mine)
		return sixpn_registry_no_memory(error);
	mine->registry = registry;
	mine->told = *told;
	sixpn_registry_prefix(what, mine->prefix);
	return 0;
}

void sixpn_registry_watch_close(struct sixpn_registry_watch *watch)
{
	if (!watch)
		return;
	sixpn_store_watch_close(watch->changes);
	while (watch->all)
		forget(watch, watch->all);
	free(watch);
}
