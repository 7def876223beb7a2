// SPDX-License-Identifier: GPL-2.0-or-later
#include "record_field.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a value in a sentence; the rest of it is left out. */
#define QUOTED_MAX 96

/* --- Sentences. --- */

static void list_words(const struct sixpn_field *field,
		       char wanted[SIXPN_FIELD_WANTED_MAX])
{
	size_t used = 0, i;

	wanted[0] = '\0';
	for (i = 0; i < field->word_count; i++) {
		const char *before = "";

		if (!field->words[i])
			continue;
		if (used)
			before = i + 1 < field->word_count ? ", " : " or ";
		used += (size_t)snprintf(wanted + used,
					 SIXPN_FIELD_WANTED_MAX - used, "%s%s",
					 before, field->words[i]);
	}
}

/* Of the types that need no number; sixpn-registry(7) has these words too. */
static const char *const wanted_words[] = {
	[SIXPN_FIELD_FLAG] = "true or false",
	[SIXPN_FIELD_LABEL] = "1-63 of a-z, 0-9 and '-', which is at no end",
	[SIXPN_FIELD_NAME] = "1-63 of a-z, 0-9 and '-', which is at no end, the first a letter",
	[SIXPN_FIELD_METAKEY] = "1-63 of a-z, 0-9, '-' and '_'",
	[SIXPN_FIELD_REGION] = "1-16 of a-z and 0-9",
	[SIXPN_FIELD_IFNAME] = "an interface name of 1-15 characters",
	[SIXPN_FIELD_TEXT] = "1-255 bytes of text without control characters",
	[SIXPN_FIELD_KEY] = "a key in base64",
	[SIXPN_FIELD_ADDRESS] = "a 6PN address",
	[SIXPN_FIELD_TIME] = "a time such as 2026-11-28T04:00:00Z",
	[SIXPN_FIELD_ENDPOINTS] = "a list of at most 8 texts HOST:PORT",
	[SIXPN_FIELD_METADATA] = "an object of at most 64 texts",
	[SIXPN_FIELD_CHECKS] = "a list of at most 16 objects",
	[SIXPN_FIELD_PORTS] = "a list of at most 64 objects",
};

_Static_assert(SIXPN_RECORD_ENDPOINTS_MAX == 8 &&
	       SIXPN_RECORD_METADATA_MAX == 64 &&
	       SIXPN_RECORD_CHECKS_MAX == 16 && SIXPN_RECORD_PORTS_MAX == 64 &&
	       SIXPN_RECORD_TEXT_MAX == 255 && SIXPN_LABEL_MAX == 63 &&
	       SIXPN_REGION_MAX == 16, "another number is told");

void sixpn_field_wanted(const struct sixpn_field *field,
			char wanted[SIXPN_FIELD_WANTED_MAX])
{
	if (field->type == SIXPN_FIELD_NUMBER)
		snprintf(wanted, SIXPN_FIELD_WANTED_MAX, "a number, %u-%u",
			 field->min, field->max);
	else if (field->type == SIXPN_FIELD_WORD)
		list_words(field, wanted);
	else
		snprintf(wanted, SIXPN_FIELD_WANTED_MAX, "%s",
			 wanted_words[field->type]);
}

/* A text as 'TEXT', another value as JSON. */
static void quote(char quoted[QUOTED_MAX], const json_t *value)
{
	char *text;

	if (json_is_string(value)) {
		snprintf(quoted, QUOTED_MAX, "'%s'", json_string_value(value));
		return;
	}
	text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY |
			  JSON_ENSURE_ASCII);
	snprintf(quoted, QUOTED_MAX, "%s", text ? text : "?");
	free(text);
}

int sixpn_field_refuse(const struct sixpn_field *field, const json_t *value,
		       struct sixpn_error *error)
{
	char wanted[SIXPN_FIELD_WANTED_MAX], quoted[QUOTED_MAX];

	if (!value)
		return sixpn_error_set(error, -EBADMSG, "%s is missing",
				       field->name);
	sixpn_field_wanted(field, wanted);
	if (field->flags & SIXPN_FIELD_SECRET)
		return sixpn_error_set(error, -EBADMSG, "%s is not %s",
				       field->name, wanted);
	quote(quoted, value);
	return sixpn_error_set(error, -EBADMSG, "%s is not %s: %s", field->name,
			       wanted, quoted);
}

/* --- Reading: true if the value is as it has to be. --- */

static bool read_number(const struct sixpn_field *field, void *to,
			const json_t *value)
{
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < (json_int_t)field->min ||
	    number > (json_int_t)field->max)
		return false;
	*(uint32_t *)to = (uint32_t)number;
	return true;
}

static bool read_word(const struct sixpn_field *field, void *to,
		      const char *text)
{
	uint32_t i;

	for (i = 0; i < field->word_count; i++)
		if (field->words[i] && !strcmp(field->words[i], text)) {
			*(uint32_t *)to = i;
			return true;
		}
	return false;
}

/* What is in a record stands there in one way only. */
static bool read_label(const struct sixpn_field *field, void *to,
		       const char *text, size_t length)
{
	if (field->type == SIXPN_FIELD_NAME &&
	    (text[0] < 'a' || text[0] > 'z'))
		return false;
	return !sixpn_parse_label(to, text, length) && !strcmp(to, text);
}

static bool read_metakey(char *to, const char *text, size_t length)
{
	size_t i;

	if (!length || length > SIXPN_LABEL_MAX)
		return false;
	for (i = 0; i < length; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-_", text[i]))
			return false;
	memcpy(to, text, length + 1);
	return true;
}

/* UTF-8 it is already. The C1 controls are U+0080 to U+009F. */
static bool has_control(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	for (; *c; c++)
		if (*c < ' ' || *c == 0x7f || (*c == 0xc2 && c[1] < 0xa0))
			return true;
	return false;
}

static bool read_text(char *to, const char *text, size_t length)
{
	if (!length || length > SIXPN_RECORD_TEXT_MAX || has_control(text))
		return false;
	memcpy(to, text, length + 1);
	return true;
}

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~' || *text == '%')
			return false;
	return true;
}

static bool read_key(uint8_t *to, const char *text, size_t length)
{
	return !sixpn_key_from_base64(to, text, length) &&
	       !sixpn_key_is_zero(to);
}

static bool read_string(const struct sixpn_field *field, void *to,
			const json_t *value)
{
	const char *text = json_string_value(value);
	size_t length = json_string_length(value);

	/* jansson takes no text with a NUL in it, but callers may. */
	if (!text || strlen(text) != length)
		return false;
	switch (field->type) {
	case SIXPN_FIELD_LABEL:
	case SIXPN_FIELD_NAME:
		return read_label(field, to, text, length);
	case SIXPN_FIELD_METAKEY:
		return read_metakey(to, text, length);
	case SIXPN_FIELD_REGION:
		return !sixpn_parse_region(to, text, length);
	case SIXPN_FIELD_IFNAME:
		return is_plain(text) && !sixpn_parse_ifname(to, text, length);
	case SIXPN_FIELD_TEXT:
		return read_text(to, text, length);
	case SIXPN_FIELD_KEY:
		return read_key(to, text, length);
	case SIXPN_FIELD_ADDRESS:
		return !sixpn_parse_6pn(to, text, length);
	case SIXPN_FIELD_TIME:
		return !sixpn_time_parse(to, text, length);
	default:
		return read_word(field, to, text);
	}
}

int sixpn_field_read(const struct sixpn_field *field, void *base,
		     const json_t *value, struct sixpn_error *error)
{
	void *to = (char *)base + field->offset;
	bool good;

	if (field->type >= SIXPN_FIELD_ENDPOINTS)
		return sixpn_field_read_list(field, base, value, error);
	if (field->type == SIXPN_FIELD_NUMBER) {
		good = read_number(field, to, value);
	} else if (field->type == SIXPN_FIELD_FLAG) {
		good = json_is_boolean(value);
		*(bool *)to = json_is_true(value);
	} else {
		good = read_string(field, to, value);
	}
	return good ? 0 : sixpn_field_refuse(field, value, error);
}

int sixpn_fields_read(const struct sixpn_field *fields, size_t count,
		      void *base, const json_t *object,
		      struct sixpn_error *error)
{
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < count; i++) {
		const json_t *value = json_object_get(object, fields[i].name);

		if (value)
			ret = sixpn_field_read(&fields[i], base, value, error);
		else if (!(fields[i].flags & SIXPN_FIELD_OPTIONAL))
			ret = sixpn_field_refuse(&fields[i], NULL, error);
	}
	return ret;
}

/* --- Writing. --- */

static size_t room_of(const struct sixpn_field *field)
{
	switch (field->type) {
	case SIXPN_FIELD_REGION:
		return SIXPN_REGION_MAX + 1;
	case SIXPN_FIELD_IFNAME:
		return IFNAMSIZ;
	case SIXPN_FIELD_TEXT:
		return SIXPN_RECORD_TEXT_MAX + 1;
	default:
		return SIXPN_LABEL_MAX + 1;
	}
}

static json_t *write_key(const uint8_t *key)
{
	char text[SIXPN_KEY_BASE64_LEN + 1];
	json_t *value;

	sixpn_key_to_base64(text, key);
	value = json_string(text);
	sixpn_key_wipe(text, sizeof(text));
	return value;
}

static json_t *write_value(const struct sixpn_field *field, const void *from)
{
	char text[INET6_ADDRSTRLEN];
	uint32_t word;

	switch (field->type) {
	case SIXPN_FIELD_NUMBER:
		return json_integer(*(const uint32_t *)from);
	case SIXPN_FIELD_FLAG:
		return json_boolean(*(const bool *)from);
	case SIXPN_FIELD_KEY:
		return write_key(from);
	case SIXPN_FIELD_ADDRESS:
		inet_ntop(AF_INET6, from, text, sizeof(text));
		return json_string(text);
	case SIXPN_FIELD_TIME:
		sixpn_time_format(text, *(const uint64_t *)from);
		return json_string(text);
	case SIXPN_FIELD_WORD:
		word = *(const uint32_t *)from;
		return json_string(word < field->word_count ?
				   field->words[word] : NULL);
	default:
		return json_stringn(from, strnlen(from, room_of(field)));
	}
}

static bool is_zero(const struct sixpn_field *field, const void *from)
{
	switch (field->type) {
	case SIXPN_FIELD_NUMBER:
	case SIXPN_FIELD_WORD:
		return !*(const uint32_t *)from;
	case SIXPN_FIELD_FLAG:
		return !*(const bool *)from;
	case SIXPN_FIELD_KEY:
		return sixpn_key_is_zero(from);
	case SIXPN_FIELD_TIME:
		return !*(const uint64_t *)from;
	default:
		return !*(const char *)from;
	}
}

static int set_value(const struct sixpn_field *field, json_t *object,
		     json_t *value, struct sixpn_error *error)
{
	/* It is not told from a lack of memory, which is rare. */
	if (!value)
		return sixpn_error_set(error, -EINVAL,
				       "%s cannot be written: not UTF-8, or no such word",
				       field->name);
	if (json_object_set_new(object, field->name, value))
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	return 0;
}

static int write_list(const struct sixpn_field *field, const void *base,
		      json_t *object, struct sixpn_error *error)
{
	const json_t *old = json_object_get(object, field->name);
	json_t *list = sixpn_field_write_list(field, base, old, error);

	if (!list)
		return -EINVAL;
	if (!json_array_size(list) && !json_object_size(list) &&
	    (field->flags & SIXPN_FIELD_OPTIONAL)) {
		json_decref(list);
		json_object_del(object, field->name);
		return 0;
	}
	return set_value(field, object, list, error);
}

int sixpn_fields_write(const struct sixpn_field *fields, size_t count,
		       const void *base, json_t *object,
		       struct sixpn_error *error)
{
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < count; i++) {
		const struct sixpn_field *field = &fields[i];
		const void *from = (const char *)base + field->offset;

		if (field->type >= SIXPN_FIELD_ENDPOINTS)
			ret = write_list(field, base, object, error);
		else if ((field->flags & SIXPN_FIELD_OPTIONAL) &&
			 is_zero(field, from))
			json_object_del(object, field->name);
		else
			ret = set_value(field, object,
					write_value(field, from), error);
	}
	return ret;
}
