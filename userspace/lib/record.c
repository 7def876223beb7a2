// SPDX-License-Identifier: GPL-2.0-or-later
#include "record.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/sixpn.h>

#include "record_field.h"

static int no_memory(struct sixpn_error *error)
{
	return sixpn_error_set(error, -ENOMEM, "out of memory");
}

/* --- Rules between fields. --- */

static int refuse_address(const struct in6_addr *address, const char *wanted,
			  struct sixpn_error *error)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, address, text, sizeof(text));
	return sixpn_error_set(error, -EBADMSG, "address is not %s: '%s'",
			       wanted, text);
}

/* @machine: 0: any but 0 */
static int check_address(const struct in6_addr *address, uint32_t network,
			 uint32_t home, uint32_t machine,
			 struct sixpn_error *error)
{
	if (sixpn_addr_network(address) != network)
		return refuse_address(address, "in the network", error);
	if (sixpn_addr_host(address) != home)
		return refuse_address(address, "of the home host", error);
	if (!sixpn_addr_machine(address) ||
	    (machine && sixpn_addr_machine(address) != machine))
		return refuse_address(address, "that of the machine", error);
	if (sixpn_addr_sub(address) != SIXPN_SUB_MACHINE)
		return refuse_address(address, "one that ends in :2", error);
	return 0;
}

static int check_machine(const struct sixpn_record_machine *machine,
			 struct sixpn_error *error)
{
	bool named = machine->attachment == SIXPN_ATTACHMENT_PORT ||
		     machine->attachment == SIXPN_ATTACHMENT_BIND;

	if (named && !machine->ifname[0])
		return sixpn_error_set(error, -EBADMSG,
				       "ifname is missing, which attachment port and bind need");
	if (!named && machine->ifname[0])
		return sixpn_error_set(error, -EBADMSG,
				       "ifname is for attachment port and bind only");
	if (machine->netns[0] && machine->attachment != SIXPN_ATTACHMENT_PORT)
		return sixpn_error_set(error, -EBADMSG,
				       "netns is for attachment port only");
	return check_address(&machine->address, machine->network, machine->home,
			     machine->machine, error);
}

static int check_client(const struct sixpn_record_client *client,
			struct sixpn_error *error)
{
	if (client->expires && client->expires <= client->created)
		return sixpn_error_set(error, -EBADMSG,
				       "expires is not after created");
	return check_address(&client->address, client->network, client->home, 0,
			     error);
}

static int check_service(const struct sixpn_record_service *service,
			 struct sixpn_error *error)
{
	if (sixpn_addr_network(&service->address) != service->network)
		return refuse_address(&service->address, "in the network",
				      error);
	if (sixpn_addr_host(&service->address) != SIXPN_HOST_FLYCAST ||
	    sixpn_addr_machine(&service->address) ||
	    !sixpn_addr_sub(&service->address))
		return refuse_address(&service->address,
				      "of the form fdaa:N:N:0:1::n", error);
	return 0;
}

static int check_moved(const struct sixpn_record_moved *moved,
		       struct sixpn_error *error)
{
	if (moved->host == moved->home)
		return sixpn_error_set(error, -EBADMSG,
				       "host is home: it has not moved");
	return 0;
}

static int check_rules(const struct sixpn_record *record,
		       struct sixpn_error *error)
{
	switch (record->kind) {
	case SIXPN_RECORD_MACHINE:
		return check_machine(&record->machine, error);
	case SIXPN_RECORD_CLIENT:
		return check_client(&record->client, error);
	case SIXPN_RECORD_SERVICE:
		return check_service(&record->service, error);
	case SIXPN_RECORD_MOVED:
		return check_moved(&record->moved, error);
	default:
		return 0;
	}
}

static int check_key(const struct sixpn_record *record, const char *key,
		     struct sixpn_error *error)
{
	char own[SIXPN_RECORD_KEY_MAX];

	sixpn_record_key(record, own);
	if (key && strcmp(key, own))
		return sixpn_error_set(error, -EBADMSG,
				       "what it holds belongs to key %s", own);
	return 0;
}

/* --- Reading. --- */

/* Before anything else: what a later version means by a field is not known. */
static int check_schema(const json_t *object, struct sixpn_error *error)
{
	const json_t *schema = json_object_get(object, "schema");

	if (!schema)
		return 0;
	if (!json_is_integer(schema) || json_integer_value(schema) < 1)
		return sixpn_error_set(error, -EBADMSG,
				       "schema is not a number from 1 on");
	if (json_integer_value(schema) > SIXPN_RECORD_SCHEMA)
		return sixpn_error_set(error, -EPROTO,
				       "schema %lld is of a later version of sixpn",
				       (long long)json_integer_value(schema));
	return 0;
}

static int read_record(struct sixpn_record *record, const char *key,
		       const json_t *object, struct sixpn_error *error)
{
	const struct sixpn_field *fields;
	size_t count;
	int ret;

	if (!json_is_object(object))
		return sixpn_error_set(error, -EBADMSG, "not a JSON object");
	fields = sixpn_record_fields(record->kind, &count);
	ret = check_schema(object, error);
	if (!ret)
		ret = sixpn_fields_read(fields, count, record, object, error);
	if (!ret)
		ret = check_rules(record, error);
	return ret ? ret : check_key(record, key, error);
}

static int parse(struct sixpn_record *record, const char *key, const char *text,
		 size_t length, struct sixpn_error *error)
{
	json_error_t why;

	if (length > SIXPN_RECORD_MAX)
		return sixpn_error_set(error, -EBADMSG,
				       "longer than %zu bytes",
				       SIXPN_RECORD_MAX);
	record->rest = json_loadb(text, length, JSON_REJECT_DUPLICATES, &why);
	if (!record->rest && json_error_code(&why) == json_error_out_of_memory)
		return no_memory(error);
	if (!record->rest)
		return sixpn_error_set(error, -EBADMSG,
				       "not JSON: %s, at byte %d", why.text,
				       why.position);
	return read_record(record, key, record->rest, error);
}

int sixpn_record_parse(struct sixpn_record *record, enum sixpn_record_kind kind,
		       const char *key, const char *text, size_t length,
		       struct sixpn_error *error)
{
	int ret;

	memset(record, 0, sizeof(*record));
	record->kind = kind;
	ret = parse(record, key, text, length, error);
	if (!ret)
		return 0;
	sixpn_record_clear(record);
	return sixpn_error_prefix(error, ret, "%s",
				  key ? key : sixpn_record_kind_name(kind));
}

/* --- Writing. --- */

static int write_record(const struct sixpn_record *record, json_t *object,
			struct sixpn_error *error)
{
	const struct sixpn_field *fields;
	size_t count;

	if (!json_object_get(object, "schema") &&
	    json_object_set_new(object, "schema",
				json_integer(SIXPN_RECORD_SCHEMA)))
		return no_memory(error);
	fields = sixpn_record_fields(record->kind, &count);
	return sixpn_fields_write(fields, count, record, object, error);
}

/* What is written must be what would be read. */
static int check_written(const struct sixpn_record *record, const char *text,
			 size_t length, struct sixpn_error *error)
{
	struct sixpn_record again;
	int ret;

	ret = sixpn_record_parse(&again, record->kind, NULL, text, length,
				 error);
	sixpn_record_clear(&again);
	return ret && ret != -ENOMEM ? -EINVAL : ret;
}

static void free_text(char *text)
{
	if (text)
		sixpn_key_wipe(text, strlen(text));
	free(text);
}

int sixpn_record_format(const struct sixpn_record *record,
			const struct json_t *rest, char **text, size_t *length,
			struct sixpn_error *error)
{
	json_t *object;
	int ret;

	if (!rest)
		rest = record->rest;
	*text = NULL;
	*length = 0;
	object = rest ? json_deep_copy(rest) : json_object();
	if (!object)
		return no_memory(error);
	ret = write_record(record, object, error);
	if (ret)
		sixpn_error_prefix(error, ret, "%s",
				   sixpn_record_kind_name(record->kind));
	else if (!(*text = json_dumps(object, JSON_COMPACT)))
		ret = no_memory(error);
	json_decref(object);
	if (!ret)
		ret = check_written(record, *text, strlen(*text), error);
	if (!ret) {
		*length = strlen(*text);
		return 0;
	}
	free_text(*text);
	*text = NULL;
	return ret;
}

bool sixpn_record_equal(const struct sixpn_record *left,
			const struct sixpn_record *right)
{
	json_t *a = left->rest ? json_deep_copy(left->rest) : json_object();
	json_t *b = right->rest ? json_deep_copy(right->rest) : json_object();
	bool equal;

	equal = left->kind == right->kind && a && b &&
		!write_record(left, a, NULL) && !write_record(right, b, NULL) &&
		json_equal(a, b);
	json_decref(a);
	json_decref(b);
	return equal;
}

bool sixpn_record_differs_in_seen(const struct sixpn_record *left,
				  const struct sixpn_record *right)
{
	struct sixpn_record same = *right;
	bool equal;

	if (left->kind != SIXPN_RECORD_CLIENT ||
	    right->kind != SIXPN_RECORD_CLIENT)
		return false;
	same.client.last_seen = left->client.last_seen;
	equal = sixpn_record_equal(left, &same);
	sixpn_key_wipe(&same, sizeof(same));
	return equal;
}

int sixpn_record_copy(struct sixpn_record *copy,
		      const struct sixpn_record *record)
{
	size_t length;
	char *text;
	int ret;

	memset(copy, 0, sizeof(*copy));
	copy->kind = record->kind;
	ret = sixpn_record_format(record, NULL, &text, &length, NULL);
	if (!ret)
		ret = sixpn_record_parse(copy, record->kind, NULL, text, length,
					 NULL);
	if (!ret)
		copy->revision = record->revision;
	free_text(text);
	return ret;
}

void sixpn_record_clear(struct sixpn_record *record)
{
	enum sixpn_record_kind kind = record->kind;

	if (kind == SIXPN_RECORD_MACHINE) {
		free(record->machine.metadata);
		free(record->machine.checks);
	} else if (kind == SIXPN_RECORD_SERVICE) {
		free(record->service.ports);
	}
	json_decref(record->rest);
	sixpn_key_wipe(record, sizeof(*record));
	record->kind = kind;
}
