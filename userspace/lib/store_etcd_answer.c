// SPDX-License-Identifier: GPL-2.0-or-later
#include "store_etcd_answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 4096

/* --- Bytes, and the JSON objects in them. --- */

int sixpn_etcd_text_add(struct sixpn_etcd_text *text, const char *bytes,
			size_t length)
{
	size_t room = text->room ? text->room : ROOM_FIRST;
	char *grown;

	/* What was taken makes room first. */
	if (text->start > text->room / 2) {
		text->length -= text->start;
		text->scanned -= text->start;
		memmove(text->bytes, text->bytes + text->start, text->length);
		text->start = 0;
	}
	while (room - text->length < length)
		room *= 2;
	if (room != text->room) {
		grown = realloc(text->bytes, room);
		if (!grown)
			return -ENOMEM;
		text->bytes = grown;
		text->room = room;
	}
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	return 0;
}

void sixpn_etcd_text_clear(struct sixpn_etcd_text *text)
{
	free(text->bytes);
	memset(text, 0, sizeof(*text));
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Within a string nothing counts but its end. */
static void scan_quoted(struct sixpn_etcd_text *text, char c)
{
	if (text->escaped)
		text->escaped = false;
	else if (c == '\\')
		text->escaped = true;
	else if (c == '"')
		text->quoted = false;
}

/* Return: 1 at the end of an object, 0, -EPROTO, or -EMSGSIZE. */
static int scan_byte(struct sixpn_etcd_text *text, char c)
{
	if (text->quoted) {
		scan_quoted(text, c);
		return 0;
	}
	if (!text->depth && c != '{')
		return -EPROTO;
	switch (c) {
	case '"':
		text->quoted = true;
		return 0;
	case '{':
	case '[':
		text->values++;
		if (++text->depth > SIXPN_ETCD_DEPTH_MAX)
			return -EPROTO;
		break;
	case ',':
		text->values++;
		break;
	case '}':
	case ']':
		return !--text->depth;
	}
	/* Each value takes far more memory than its bytes here. */
	return text->values > SIXPN_ETCD_ANSWER_VALUES_MAX ? -EMSGSIZE : 0;
}

/* A message begins here. */
static void begin_at(struct sixpn_etcd_text *text, size_t start)
{
	text->start = start;
	text->scanned = start;
	text->values = 0;
	if (start == text->length)
		text->start = text->scanned = text->length = 0;
}

static void skip_blanks(struct sixpn_etcd_text *text)
{
	size_t start = text->start;

	if (text->depth)
		return;
	while (start < text->length && is_blank(text->bytes[start]))
		start++;
	begin_at(text, start);
}

int sixpn_etcd_text_next(struct sixpn_etcd_text *text, json_t **object)
{
	int ret = 0;

	skip_blanks(text);
	while (!ret && text->scanned < text->length) {
		ret = scan_byte(text, text->bytes[text->scanned++]);
		if (!ret && text->scanned - text->start >=
				    SIXPN_ETCD_ANSWER_MAX)
			ret = -EMSGSIZE;
	}
	if (ret <= 0)
		return ret ? ret : -EAGAIN;
	*object = json_loadb(text->bytes + text->start,
			     text->scanned - text->start, 0, NULL);
	if (!*object)
		return -EPROTO;
	begin_at(text, text->scanned);
	return 0;
}

/* --- Members. --- */

static int digits(const char *text, size_t length, uint64_t *number)
{
	uint64_t sum = 0;
	size_t i;

	if (!length || length > 19)
		return -EPROTO;
	for (i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EPROTO;
		sum = sum * 10 + (uint64_t)(text[i] - '0');
	}
	/* 19 digits are less than 2^64, but etcd's numbers are signed. */
	if (sum > INT64_MAX)
		return -EPROTO;
	*number = sum;
	return 0;
}

int sixpn_etcd_read_number(const json_t *object, const char *name,
			   uint64_t *number)
{
	const json_t *value = json_object_get(object, name);

	*number = 0;
	if (!value)
		return 0;
	if (json_is_string(value))
		return digits(json_string_value(value),
			      json_string_length(value), number);
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return -EPROTO;
	*number = (uint64_t)json_integer_value(value);
	return 0;
}

int sixpn_etcd_read_bool(const json_t *object, const char *name, bool *yes)
{
	const json_t *value = json_object_get(object, name);

	*yes = json_is_true(value);
	return value && !json_is_boolean(value) ? -EPROTO : 0;
}

int sixpn_etcd_read_array(const json_t *object, const char *name,
			  json_t **array)
{
	*array = json_object_get(object, name);
	return *array && !json_is_array(*array) ? -EPROTO : 0;
}

int sixpn_etcd_read_revision(const json_t *object, uint64_t *revision)
{
	const json_t *header = json_object_get(object, "header");

	/* An empty store has revision 1. */
	if (!json_is_object(header) ||
	    sixpn_etcd_read_number(header, "revision", revision) || !*revision)
		return -EPROTO;
	return 0;
}

const char *sixpn_etcd_read_token(const json_t *object)
{
	const char *token = json_string_value(json_object_get(object, "token"));
	size_t i;

	if (!token || !*token)
		return NULL;
	/* It becomes a line of a header. */
	for (i = 0; token[i]; i++)
		if (token[i] <= ' ' || token[i] > '~')
			return NULL;
	return token;
}

/* What goes into a sentence: no more than has room, and nothing odd. */
static int copy_words(const json_t *value, char words[256])
{
	const char *text = json_string_value(value);
	size_t i;

	words[0] = '\0';
	if (!value)
		return 0;
	if (!text)
		return -EPROTO;
	for (i = 0; text[i] && i < 255; i++)
		words[i] = text[i] < ' ' || text[i] > '~' ? '?' : text[i];
	words[i] = '\0';
	return 0;
}

/*
 * Of a call {"error": TEXT, "message": TEXT, "code": N} or the latter two, in a
 * stream {"error": {"message": TEXT, "grpc_code" or "code": N}}.
 */
int sixpn_etcd_read_refusal(const json_t *object,
			    struct sixpn_etcd_refusal *refusal)
{
	const json_t *error = json_object_get(object, "error");
	const json_t *from = json_is_object(error) ? error : object;
	const json_t *message = json_object_get(from, "message");
	uint64_t code;

	if (!error && !json_object_get(object, "code"))
		return -ENOENT;
	if (!message && json_is_string(error))
		message = error;
	if (sixpn_etcd_read_number(from, "code", &code) ||
	    (!code && sixpn_etcd_read_number(from, "grpc_code", &code)) ||
	    code > 255 || copy_words(message, refusal->message))
		return -EPROTO;
	refusal->code = code ? (unsigned int)code : SIXPN_GRPC_UNKNOWN;
	return 0;
}

/* --- Base64 (RFC 4648, section 4). --- */

static int sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

ssize_t sixpn_etcd_decode(char *out, const char *text, size_t length)
{
	size_t padding = 0, i, n = 0;
	uint32_t bits = 0;

	if (length % 4)
		return -1;
	while (padding < 2 && padding < length &&
	       text[length - padding - 1] == '=')
		padding++;
	for (i = 0; i < length - padding; i++) {
		int value = sextet(text[i]);

		if (value < 0)
			return -1;
		bits = bits << 6 | (uint32_t)value;
		/* After the 2nd, 3rd and 4th of four, a byte is whole. */
		if (i % 4)
			out[n++] = (char)(bits >> (6 - 2 * (i % 4)) & 0xff);
	}
	/* What is left over of the last one. */
	if (padding && (bits & (padding == 1 ? 0x3 : 0xf)))
		return -1;
	return (ssize_t)n;
}

/* --- Keys and values. --- */

static int read_key(const json_t *object, char key[SIXPN_STORE_KEY_MAX + 1])
{
	const json_t *text = json_object_get(object, "key");
	char decoded[SIXPN_STORE_KEY_MAX + 3];
	ssize_t length, i;

	if (!json_is_string(text) || !json_string_length(text))
		return -EPROTO;
	if (json_string_length(text) > (SIXPN_STORE_KEY_MAX + 2) / 3 * 4)
		return -ENOENT;
	length = sixpn_etcd_decode(decoded, json_string_value(text),
				   json_string_length(text));
	if (length < 0)
		return -EPROTO;
	if (length > SIXPN_STORE_KEY_MAX)
		return -ENOENT;
	for (i = 0; i < length; i++)
		if (decoded[i] <= ' ' || decoded[i] > '~')
			return -ENOENT;
	memcpy(key, decoded, (size_t)length);
	key[length] = '\0';
	return 0;
}

static int read_value(const json_t *object, struct sixpn_etcd_pair *pair)
{
	const json_t *text = json_object_get(object, "value");
	size_t length = json_string_length(text);
	ssize_t decoded;

	if (text && !json_is_string(text))
		return -EPROTO;
	pair->value = malloc(length / 4 * 3 + 1);
	if (!pair->value)
		return -ENOMEM;
	decoded = length ? sixpn_etcd_decode(pair->value,
					     json_string_value(text), length) :
			   0;
	if (decoded < 0) {
		sixpn_etcd_pair_clear(pair);
		return -EPROTO;
	}
	pair->value[decoded] = '\0';
	pair->length = (size_t)decoded;
	return 0;
}

static int read_key_revision(const json_t *object, struct sixpn_etcd_pair *pair)
{
	memset(pair, 0, sizeof(*pair));
	if (!json_is_object(object) ||
	    sixpn_etcd_read_number(object, "mod_revision", &pair->revision) ||
	    !pair->revision)
		return -EPROTO;
	return read_key(object, pair->key);
}

int sixpn_etcd_read_pair(const json_t *object, struct sixpn_etcd_pair *pair)
{
	int ret = read_key_revision(object, pair);

	return ret ? ret : read_value(object, pair);
}

int sixpn_etcd_read_event(const json_t *object, struct sixpn_etcd_pair *pair,
			  bool *deleted)
{
	const json_t *type = json_object_get(object, "type");
	const json_t *kv = json_object_get(object, "kv");
	const char *word = type ? json_string_value(type) : "PUT";
	int ret = read_key_revision(kv, pair);

	if (!word || (strcmp(word, "PUT") && strcmp(word, "DELETE")))
		return -EPROTO;
	*deleted = *word == 'D';
	return ret || *deleted ? ret : read_value(kv, pair);
}

void sixpn_etcd_pair_clear(struct sixpn_etcd_pair *pair)
{
	free(pair->value);
	pair->value = NULL;
}

/* --- Watches. --- */

int sixpn_etcd_read_message(const json_t *object,
			    struct sixpn_etcd_message *message)
{
	if (!json_is_object(object) ||
	    sixpn_etcd_read_number(object, "compact_revision",
				   &message->compacted) ||
	    sixpn_etcd_read_bool(object, "created", &message->created) ||
	    sixpn_etcd_read_bool(object, "canceled", &message->canceled) ||
	    sixpn_etcd_read_bool(object, "fragment", &message->fragment) ||
	    sixpn_etcd_read_array(object, "events", &message->events) ||
	    copy_words(json_object_get(object, "cancel_reason"),
		       message->reason))
		return -EPROTO;
	/* The last one of a watch that begins too early has no revision. */
	if (sixpn_etcd_read_revision(object, &message->revision) &&
	    !message->canceled)
		return -EPROTO;
	return 0;
}
