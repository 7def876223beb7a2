// SPDX-License-Identifier: GPL-2.0-or-later
#include "store_etcd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- Base64 (RFC 4648, section 4). --- */

static void put_bytes(FILE *out, const void *data, size_t length)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *bytes = data;

	for (; length; bytes += 3) {
		unsigned int bits = (unsigned int)bytes[0] << 16 |
				    (length > 1 ? bytes[1] : 0u) << 8 |
				    (length > 2 ? bytes[2] : 0u);

		putc(letters[bits >> 18], out);
		putc(letters[bits >> 12 & 63], out);
		putc(length > 1 ? letters[bits >> 6 & 63] : '=', out);
		putc(length > 2 ? letters[bits & 63] : '=', out);
		length -= length < 3 ? length : 3;
	}
}

static void put_member(FILE *out, const char *name, const void *data,
		       size_t length)
{
	fprintf(out, "\"%s\":\"", name);
	put_bytes(out, data, length);
	putc('"', out);
}

static void put_range(FILE *out, const char *prefix)
{
	size_t length = strlen(prefix);
	char end[SIXPN_STORE_KEY_MAX + 1];

	/* A NUL as key and end is all there is. */
	if (!length) {
		put_member(out, "key", "", 1);
		putc(',', out);
		put_member(out, "range_end", "", 1);
		return;
	}
	/* No key has a byte above '~', so that the next one is a bound. */
	memcpy(end, prefix, length);
	end[length - 1]++;
	put_member(out, "key", prefix, length);
	putc(',', out);
	put_member(out, "range_end", end, length);
}

/* --- Bodies. --- */

static char *finish(FILE *out, char **text)
{
	if (!ferror(out) && !fclose(out))
		return *text;
	free(*text);
	return NULL;
}

char *sixpn_etcd_range_body(const char *from, const char *prefix, bool after,
			    unsigned int limit, uint64_t revision)
{
	size_t length, size;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	putc('{', out);
	if (prefix && !after) {
		put_range(out, prefix);
	} else {
		length = strlen(from);
		/* The next key is this one and a NUL. */
		put_member(out, "key", from, length + after);
		if (prefix && *prefix) {
			char end[SIXPN_STORE_KEY_MAX + 1];

			length = strlen(prefix);
			memcpy(end, prefix, length);
			end[length - 1]++;
			putc(',', out);
			put_member(out, "range_end", end, length);
		} else if (prefix) {
			putc(',', out);
			put_member(out, "range_end", "", 1);
		}
	}
	fprintf(out, ",\"limit\":\"%u\",\"revision\":\"%" PRIu64 "\"}", limit,
		revision);
	return finish(out, &text);
}

char *sixpn_etcd_probe_body(const char *prefix)
{
	size_t size;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	putc('{', out);
	put_range(out, prefix);
	fputs(",\"limit\":\"1\",\"keys_only\":true,\"serializable\":true}", out);
	return finish(out, &text);
}

static void put_condition(FILE *out,
			  const struct sixpn_store_condition *condition)
{
	putc('{', out);
	put_member(out, "key", condition->key, strlen(condition->key));
	fprintf(out,
		",\"target\":\"MOD\",\"result\":\"EQUAL\",\"mod_revision\":\"%" PRIu64
		"\"}", condition->revision);
}

static void put_change(FILE *out, const struct sixpn_store_change *change)
{
	fputs(change->value ? "{\"request_put\":{" :
			      "{\"request_delete_range\":{", out);
	put_member(out, "key", change->key, strlen(change->key));
	if (change->value) {
		putc(',', out);
		put_member(out, "value", change->value, change->length);
		fprintf(out, ",\"lease\":\"%" PRIu64 "\"", change->lease);
	}
	fputs("}}", out);
}

char *sixpn_etcd_txn_body(const struct sixpn_store_condition *conditions,
			  size_t condition_count,
			  const struct sixpn_store_change *changes,
			  size_t change_count)
{
	char *text = NULL;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fputs("{\"compare\":[", out);
	for (i = 0; i < condition_count; i++) {
		if (i)
			putc(',', out);
		put_condition(out, &conditions[i]);
	}
	fputs("],\"success\":[", out);
	for (i = 0; i < change_count; i++) {
		if (i)
			putc(',', out);
		put_change(out, &changes[i]);
	}
	fputs("]}", out);
	return finish(out, &text);
}

char *sixpn_etcd_number_body(const char *name, uint64_t number)
{
	char *text;

	return asprintf(&text, "{\"%s\":\"%" PRIu64 "\"}", name, number) < 0 ?
		       NULL : text;
}

char *sixpn_etcd_login_body(const char *user, const char *password)
{
	json_t *object = json_pack("{s:s,s:s}", "name", user, "password",
				   password);
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;

	json_decref(object);
	return text;
}

/* Answers come in pieces, and now and then one that says that all is well. */
char *sixpn_etcd_watch_body(const char *prefix, uint64_t revision)
{
	size_t size;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fputs("{\"create_request\":{", out);
	put_range(out, prefix);
	fprintf(out,
		",\"start_revision\":\"%" PRIu64
		"\",\"fragment\":true,\"progress_notify\":true}}", revision);
	return finish(out, &text);
}
