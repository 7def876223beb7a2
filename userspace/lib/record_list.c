// SPDX-License-Identifier: GPL-2.0-or-later
#include "record_field.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *const statuses[] = {
	[SIXPN_CHECK_PASSING] = "passing",
	[SIXPN_CHECK_WARNING] = "warning",
	[SIXPN_CHECK_CRITICAL] = "critical",
};

static const char *const protocols[] = {
	[SIXPN_PROTOCOL_TCP] = "tcp",
	[SIXPN_PROTOCOL_UDP] = "udp",
};

#define AT(member) .offset = offsetof(struct sixpn_record_check, member)
static const struct sixpn_field check_fields[] = {
	{ "name", SIXPN_FIELD_LABEL, AT(name) },
	{ "status", SIXPN_FIELD_WORD, AT(status), .words = statuses,
	  .word_count = COUNT(statuses) },
	{ "output", SIXPN_FIELD_TEXT, SIXPN_FIELD_OPTIONAL, AT(output) },
	{ "updated", SIXPN_FIELD_TIME, SIXPN_FIELD_OPTIONAL, AT(updated) },
};
#undef AT

#define AT(member) .offset = offsetof(struct sixpn_record_port, member)
static const struct sixpn_field port_fields[] = {
	{ "port", SIXPN_FIELD_NUMBER, AT(port), .min = 1, .max = UINT16_MAX },
	{ "protocol", SIXPN_FIELD_WORD, AT(protocol), .words = protocols,
	  .word_count = COUNT(protocols) },
};
#undef AT

/* "checks[2]" */
struct place {
	char text[32];
};

static struct place place_of(const struct sixpn_field *field, size_t index)
{
	struct place place;

	snprintf(place.text, sizeof(place.text), "%s[%zu]", field->name, index);
	return place;
}

static int refuse_twice(const char *where, const char *what,
			struct sixpn_error *error)
{
	return sixpn_error_set(error, -EBADMSG, "%s: %s is there twice", where,
			       what);
}

static int no_memory(struct sixpn_error *error)
{
	return sixpn_error_set(error, -ENOMEM, "out of memory");
}

/* --- Endpoints. --- */

static int read_endpoint(struct sixpn_record_host *host, const json_t *value,
			 struct sixpn_error *error)
{
	const char *text = json_string_value(value);
	struct sixpn_endpoint_words words;
	size_t i;

	if (!text)
		return sixpn_error_set(error, -EBADMSG, "not a text");
	if (sixpn_parse_host_endpoint(&words, text, strlen(text), 0, error))
		return -EBADMSG;
	for (i = 0; i < host->endpoint_count; i++)
		if (!strcmp(host->endpoints[i], text))
			return sixpn_error_set(error, -EBADMSG,
					       "'%s' is there twice", text);
	strcpy(host->endpoints[host->endpoint_count++], text);
	return 0;
}

static int read_endpoints(const struct sixpn_field *field,
			  struct sixpn_record *record, const json_t *list,
			  struct sixpn_error *error)
{
	size_t i;

	if (!json_is_array(list) ||
	    json_array_size(list) > SIXPN_RECORD_ENDPOINTS_MAX)
		return sixpn_field_refuse(field, list, error);
	for (i = 0; i < json_array_size(list); i++) {
		int ret = read_endpoint(&record->host, json_array_get(list, i),
					error);

		if (ret)
			return sixpn_error_prefix(error, ret, "%s",
						  place_of(field, i).text);
	}
	return 0;
}

static int write_endpoints(const struct sixpn_record *record, json_t *list)
{
	const struct sixpn_record_host *host = &record->host;
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < host->endpoint_count; i++)
		ret = json_array_append_new(list,
					    json_string(host->endpoints[i]));
	return ret;
}

/* --- Metadata. --- */

static const struct sixpn_field metadata_key = {
	"key", SIXPN_FIELD_METAKEY, .offset = 0,
};

static const struct sixpn_field metadata_value = {
	"value", SIXPN_FIELD_TEXT, SIXPN_FIELD_OPTIONAL,
	.offset = offsetof(struct sixpn_record_metadata, value),
};

/* A value that is empty is one too. */
static bool is_empty(const json_t *value)
{
	return json_is_string(value) && !json_string_length(value);
}

static int read_metadatum(struct sixpn_record_metadata *metadata,
			  const char *key, const json_t *value,
			  struct sixpn_error *error)
{
	json_t *text = json_string(key);
	int ret;

	if (!text)
		return no_memory(error);
	ret = sixpn_field_read(&metadata_key, metadata, text, error);
	json_decref(text);
	if (!ret && !is_empty(value)) {
		ret = sixpn_field_read(&metadata_value, metadata, value, error);
		if (ret)
			sixpn_error_prefix(error, ret, "%s", key);
	}
	return ret ? sixpn_error_prefix(error, ret, "metadata") : 0;
}

static int read_metadata(const struct sixpn_field *field,
			 struct sixpn_record *record, json_t *object,
			 struct sixpn_error *error)
{
	struct sixpn_record_machine *machine = &record->machine;
	const char *key;
	json_t *value;
	int ret = 0;

	if (!json_is_object(object) ||
	    json_object_size(object) > SIXPN_RECORD_METADATA_MAX)
		return sixpn_field_refuse(field, object, error);
	machine->metadata = calloc(json_object_size(object) + 1,
				   sizeof(*machine->metadata));
	if (!machine->metadata)
		return no_memory(error);
	json_object_foreach(object, key, value) {
		ret = read_metadatum(&machine->metadata[machine->metadata_count],
				     key, value, error);
		if (ret)
			break;
		machine->metadata_count++;
	}
	return ret;
}

static int write_metadata(const struct sixpn_record *record, json_t *object,
			  struct sixpn_error *error)
{
	const struct sixpn_record_machine *machine = &record->machine;
	size_t i;

	for (i = 0; i < machine->metadata_count; i++) {
		const struct sixpn_record_metadata *pair =
			&machine->metadata[i];

		if (json_object_get(object, pair->key))
			return refuse_twice("metadata", pair->key, error);
		if (json_object_set_new(object, pair->key,
					json_string(pair->value)))
			return sixpn_error_set(error, -EINVAL,
					       "metadata cannot be written: not UTF-8");
	}
	return 0;
}

/* --- Checks and ports: arrays of objects. --- */

static bool same_check(const void *left, const void *right)
{
	const struct sixpn_record_check *a = left, *b = right;

	return !strcmp(a->name, b->name);
}

static bool same_port(const void *left, const void *right)
{
	const struct sixpn_record_port *a = left, *b = right;

	return a->port == b->port && a->protocol == b->protocol;
}

/**
 * struct objects - what is done with a list of objects in the same way
 * @most: of them
 * @size: of one in C
 * @same: are two of them one?
 */
struct objects {
	const struct sixpn_field *fields;
	size_t field_count;
	size_t most;
	size_t size;
	bool (*same)(const void *left, const void *right);
};

static const struct objects checks = {
	check_fields, COUNT(check_fields), SIXPN_RECORD_CHECKS_MAX,
	sizeof(struct sixpn_record_check), same_check,
};

static const struct objects ports = {
	port_fields, COUNT(port_fields), SIXPN_RECORD_PORTS_MAX,
	sizeof(struct sixpn_record_port), same_port,
};

const struct sixpn_field *sixpn_record_list_fields(enum sixpn_field_type type,
						   size_t *count)
{
	const struct objects *what = type == SIXPN_FIELD_CHECKS ? &checks :
				     type == SIXPN_FIELD_PORTS ? &ports : NULL;

	*count = what ? what->field_count : 0;
	return what ? what->fields : NULL;
}

static int read_object(const struct objects *what, char *all, size_t index,
		       const json_t *value, struct sixpn_error *error)
{
	char *one = all + index * what->size;
	size_t i;
	int ret;

	if (!json_is_object(value))
		return sixpn_error_set(error, -EBADMSG, "not an object");
	ret = sixpn_fields_read(what->fields, what->field_count, one, value,
				error);
	for (i = 0; !ret && i < index; i++)
		if (what->same(all + i * what->size, one))
			ret = sixpn_error_set(error, -EBADMSG,
					      "the same as %zu", i);
	return ret;
}

/* @count is as many as have been read. */
static int read_objects(const struct sixpn_field *field,
			const struct objects *what, void **all, size_t *count,
			const json_t *list, struct sixpn_error *error)
{
	size_t size = json_array_size(list), i;

	if (!json_is_array(list) || size > what->most)
		return sixpn_field_refuse(field, list, error);
	*all = calloc(size + 1, what->size);
	if (!*all)
		return no_memory(error);
	for (i = 0; i < size; i++) {
		int ret = read_object(what, *all, i, json_array_get(list, i),
				      error);

		if (ret)
			return sixpn_error_prefix(error, ret, "%s",
						  place_of(field, i).text);
		*count = i + 1;
	}
	return 0;
}

/* A copy of the one that @one was read from, with all that is not known here. */
static json_t *find_old(const struct objects *what, const void *one,
			const json_t *old)
{
	union {
		struct sixpn_record_check check;
		struct sixpn_record_port port;
	} other;
	size_t i;

	for (i = 0; i < json_array_size(old); i++) {
		const json_t *value = json_array_get(old, i);

		memset(&other, 0, sizeof(other));
		if (!sixpn_fields_read(what->fields, what->field_count, &other,
				       value, NULL) && what->same(&other, one))
			return json_deep_copy(value);
	}
	return json_object();
}

static int write_objects(const struct objects *what, const void *all,
			 size_t count, json_t *list, const json_t *old,
			 struct sixpn_error *error)
{
	const char *one = all;
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < count; i++, one += what->size) {
		json_t *object = find_old(what, one, old);

		if (!object)
			return no_memory(error);
		ret = sixpn_fields_write(what->fields, what->field_count, one,
					 object, error);
		if (json_array_append_new(list, object) && !ret)
			ret = no_memory(error);
	}
	return ret;
}

/* --- Which is which. --- */

int sixpn_field_read_list(const struct sixpn_field *field,
			  struct sixpn_record *record, const json_t *value,
			  struct sixpn_error *error)
{
	void *all = NULL;
	int ret;

	switch (field->type) {
	case SIXPN_FIELD_ENDPOINTS:
		return read_endpoints(field, record, value, error);
	case SIXPN_FIELD_METADATA:
		return read_metadata(field, record, (json_t *)value, error);
	case SIXPN_FIELD_CHECKS:
		ret = read_objects(field, &checks, &all,
				   &record->machine.check_count, value, error);
		record->machine.checks = all;
		return ret;
	default:
		ret = read_objects(field, &ports, &all,
				   &record->service.port_count, value, error);
		record->service.ports = all;
		return ret;
	}
}

json_t *sixpn_field_write_list(const struct sixpn_field *field,
			       const struct sixpn_record *record,
			       const json_t *old, struct sixpn_error *error)
{
	json_t *list = field->type == SIXPN_FIELD_METADATA ? json_object() :
							     json_array();
	int ret;

	switch (field->type) {
	case SIXPN_FIELD_ENDPOINTS:
		ret = write_endpoints(record, list);
		if (ret)
			sixpn_error_set(error, -EINVAL,
					"endpoints cannot be written: not UTF-8");
		break;
	case SIXPN_FIELD_METADATA:
		ret = write_metadata(record, list, error);
		break;
	case SIXPN_FIELD_CHECKS:
		ret = write_objects(&checks, record->machine.checks,
				    record->machine.check_count, list, old,
				    error);
		break;
	default:
		ret = write_objects(&ports, record->service.ports,
				    record->service.port_count, list, old,
				    error);
		break;
	}
	if (!ret)
		return list;
	json_decref(list);
	return NULL;
}
