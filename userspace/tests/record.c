// SPDX-License-Identifier: GPL-2.0-or-later
#include "record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record_field.h"
#include "record_test.h"

#define RANDOM_RECORDS 2000

/* A text of exactly its size: a sanitizer sees a read past the end. */
static int parse(struct sixpn_record *record, enum sixpn_record_kind kind,
		 const char *text, size_t length, struct sixpn_error *error)
{
	char *copy = malloc(length ? length : 1);
	int ret;

	memcpy(copy, text, length);
	ret = sixpn_record_parse(record, kind, NULL, copy, length, error);
	free(copy);
	return ret;
}

/* --- For documents.sh. --- */

static void print_fields(const char *kind, const char *before,
			 const struct sixpn_field *fields, size_t count)
{
	char wanted[SIXPN_FIELD_WANTED_MAX], name[64];
	const struct sixpn_field *inner;
	size_t i, inner_count;

	for (i = 0; i < count; i++) {
		sixpn_field_wanted(&fields[i], wanted);
		printf("%s\t%s%s\t%s\t%s\n", kind, before, fields[i].name,
		       fields[i].flags & SIXPN_FIELD_OPTIONAL ? "optional" :
		       "needed", wanted);
		inner = sixpn_record_list_fields(fields[i].type, &inner_count);
		snprintf(name, sizeof(name), "%s[].", fields[i].name);
		print_fields(kind, name, inner, inner_count);
	}
}

void print_record_fields(void)
{
	enum sixpn_record_kind kind;

	for (kind = 0; kind < SIXPN_RECORD_KIND_COUNT; kind++) {
		size_t count;
		const struct sixpn_field *fields =
			sixpn_record_fields(kind, &count);

		print_fields(sixpn_record_kind_name(kind), "", fields, count);
	}
}

int check_record_example(const char *key)
{
	enum sixpn_record_kind kind = sixpn_record_kind_of(key);
	char input[8192];
	size_t length = fread(input, 1, sizeof(input), stdin);
	struct sixpn_error error = { 0 };
	struct sixpn_record record;
	json_t *before, *after;
	char *text = NULL;
	int ret;

	if (kind == SIXPN_RECORD_KIND_COUNT)
		return 2;
	ret = sixpn_record_parse(&record, kind, key, input, length, &error);
	if (!ret)
		ret = sixpn_record_format(&record, json_object(), &text,
					  &length, &error);
	if (ret) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	/* It was written from what is known alone: so all of it is known. */
	before = record.rest;
	after = json_loads(text, 0, NULL);
	ret = !json_equal(before, after);
	if (ret)
		fprintf(stderr, "%s: comes out as %s\n", key, text);
	json_decref(after);
	free(text);
	sixpn_record_clear(&record);
	return ret;
}

/* --- What is right. --- */

static void test_examples(void)
{
	enum sixpn_record_kind kind;

	for (kind = 0; kind < SIXPN_RECORD_KIND_COUNT; kind++) {
		const char *key = record_test_key(kind);
		const char *text = record_test_text(kind);
		struct sixpn_record record, copy;
		struct sixpn_error error = { 0 };
		char own[SIXPN_RECORD_KEY_MAX];
		char *again = NULL;
		size_t length;
		int ret;

		ret = sixpn_record_parse(&record, kind, key, text, strlen(text),
					 &error);
		if (!ret)
			ret = sixpn_record_format(&record, NULL, &again,
						  &length, &error);
		if (ret)
			test_note("%s", error.text);
		sixpn_record_key(&record, own);
		test_result(!ret && length == strlen(again) &&
			    test_same_text(again, text) &&
			    test_same_text(own, key) &&
			    sixpn_record_kind_of(key) == kind &&
			    !sixpn_record_copy(&copy, &record) &&
			    sixpn_record_equal(&copy, &record),
			    "record: %s", sixpn_record_kind_name(kind));
		free(again);
		sixpn_record_clear(&copy);
		sixpn_record_clear(&record);
	}
}

/* Written without what it was read from, so that nothing is only carried over. */
static bool survives(struct sixpn_record *record)
{
	struct sixpn_error error = { 0 };
	struct sixpn_record again;
	char *first, *second = NULL;
	size_t length;
	bool ok;

	if (sixpn_record_format(record, NULL, &first, &length, &error)) {
		test_note("%s", error.text);
		return false;
	}
	ok = !parse(&again, record->kind, first, length, &error);
	if (!ok)
		test_note("%s: %s", error.text, first);
	json_decref(again.rest);
	again.rest = NULL;
	ok = ok && !sixpn_record_format(&again, NULL, &second, &length,
					&error) &&
	     test_same_text(second, first) &&
	     sixpn_record_equal(record, &again);
	free(first);
	free(second);
	sixpn_record_clear(&again);
	return ok;
}

static void test_random_records(void)
{
	enum sixpn_record_kind kind;

	for (kind = 0; kind < SIXPN_RECORD_KIND_COUNT; kind++) {
		bool ok = true;
		size_t i;

		for (i = 0; ok && i < RANDOM_RECORDS; i++) {
			struct sixpn_record record;

			record_test_random(&record, kind);
			ok = survives(&record);
			sixpn_record_clear(&record);
		}
		test_result(ok, "record: random ones of kind %s",
			    sixpn_record_kind_name(kind));
	}
}

static void test_unknown(void)
{
	static const char text[] =
		"{\"zzz\":[1,{\"a\":1.5}],\"network\":42,"
		"\"address\":\"fdaa:0:2a:0:1::3\",\"app\":\"web\",\"ports\":["
		"{\"port\":1,\"protocol\":\"tcp\",\"tls\":true},"
		"{\"port\":2,\"x\":null,\"protocol\":\"udp\"}],\"aaa\":null}";
	static const char wanted[] =
		"{\"zzz\":[1,{\"a\":1.5}],\"network\":42,"
		"\"address\":\"fdaa:0:2a:0:1::3\",\"app\":\"api\",\"ports\":["
		"{\"port\":2,\"x\":null,\"protocol\":\"udp\"},"
		"{\"port\":3,\"protocol\":\"udp\"}],\"aaa\":null,\"schema\":1}";
	struct sixpn_error error = { 0 };
	struct sixpn_record record;
	char *again = NULL;
	size_t length;

	parse(&record, SIXPN_RECORD_SERVICE, text, strlen(text), &error);
	strcpy(record.service.app, "api");
	record.service.ports[0] = record.service.ports[1];
	record.service.ports[1].port = 3;
	test_result(!sixpn_record_format(&record, NULL, &again, &length,
					 &error) &&
		    test_same_text(again, wanted),
		    "record: what is not known stays, in a list too");
	free(again);
	sixpn_record_clear(&record);
}

/* --- What is refused. --- */

#define L63 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg"
#define T255 L63 L63 L63 L63 "abc"
#define LABEL "1-63 of a-z, 0-9 and '-', which is at no end"
#define NUMBER "a number, 1-4294967295"
#define HOST "a number, 2-4294967295"
#define TEXT "1-255 bytes of text without control characters"
#define TIME "a time such as 2026-11-28T04:00:00Z"

/*
 * A field of the example is given another value, or none; NULL: the record is
 * the value itself.
 */
static const struct {
	enum sixpn_record_kind kind;
	const char *field, *value, *wanted;
	int ret;
} bad_rows[] = {
#define BAD(kind, ...) { SIXPN_RECORD_##kind, __VA_ARGS__, -EBADMSG }
	BAD(NETWORK, NULL, "", "not JSON: '[' or '{' expected near end of file, at byte 0"),
	BAD(NETWORK, NULL, "{\"a\":1", "not JSON: '}' expected near end of file, at byte 6"),
	BAD(NETWORK, NULL, "{\"a\":1}x", "not JSON: end of file expected near 'x', at byte 8"),
	BAD(NETWORK, NULL, "{\"a\":1,\"a\":1}", "not JSON: duplicate object key near '\"a\"', at byte 10"),
	BAD(NETWORK, NULL, "{\"a\":99999999999999999999}",
	    "not JSON: too big integer near '99999999999999999999', at byte 25"),
	BAD(NETWORK, NULL, "{\"a\":\"\\u0000\"}",
	    "not JSON: \\u0000 is not allowed without JSON_ALLOW_NUL near '\"\\u0000\"', at byte 13"),
	BAD(NETWORK, NULL, "{\"a\":\"\xff\"}", "not JSON: unable to decode byte 0xff near '\"', at byte 6"),
	BAD(NETWORK, NULL, "[]", "not a JSON object"),
	BAD(NETWORK, NULL, "{}", "network is missing"),
	BAD(NETWORK, "network", NULL, "network is missing"),
	BAD(NETWORK, "network", "0", "network is not " NUMBER ": 0"),
	BAD(NETWORK, "network", "-1", "network is not " NUMBER ": -1"),
	BAD(NETWORK, "network", "4294967296", "network is not " NUMBER ": 4294967296"),
	BAD(NETWORK, "network", "42.0", "network is not " NUMBER ": 42.0"),
	BAD(NETWORK, "network", "\"42\"", "network is not " NUMBER ": '42'"),
	BAD(NETWORK, "network", "null", "network is not " NUMBER ": null"),
	BAD(NETWORK, "network", "{\"a\":[]}", "network is not " NUMBER ": {\"a\":[]}"),
	BAD(NETWORK, "network", "43", "what it holds belongs to key /sixpn/v1/network/0000002b"),
	BAD(NETWORK, "name", NULL, "name is missing"),
	BAD(NETWORK, "name", "7", "name is not " LABEL ", the first a letter: 7"),
	BAD(NETWORK, "name", "\"7up\"", "name is not " LABEL ", the first a letter: '7up'"),
	BAD(NETWORK, "name", "\"\"", "name is not " LABEL ", the first a letter: ''"),
	BAD(NETWORK, "name", "\"Acme\"", "name is not " LABEL ", the first a letter: 'Acme'"),
	BAD(NETWORK, "name", "\"a-\"", "name is not " LABEL ", the first a letter: 'a-'"),
	BAD(NETWORK, "name", "\"a.b\"", "name is not " LABEL ", the first a letter: 'a.b'"),
	BAD(NETWORK, "name", "\"" L63 "x\"", "name is not " LABEL ", the first a letter: '" L63 "x'"),
	BAD(NETWORK, "created", "0", "created is not " TIME ": 0"),
	BAD(NETWORK, "created", "\"2026-02-29T00:00:00Z\"", "created is not " TIME ": '2026-02-29T00:00:00Z'"),
	BAD(NETWORK, "created", "\"2026-11-28T04:00:00+01:00\"", "created is not " TIME ": '2026-11-28T04:00:00+01:00'"),
	BAD(NETWORK, "created", "\"1970-01-01T00:00:00Z\"", "created is not " TIME ": '1970-01-01T00:00:00Z'"),
	BAD(NETWORK, "removing", "1", "removing is not true or false: 1"),
	BAD(NETWORK, "schema", "0", "schema is not a number from 1 on"),
	BAD(NETWORK, "schema", "\"1\"", "schema is not a number from 1 on"),
	{ SIXPN_RECORD_NETWORK, "schema", "2", "schema 2 is of a later version of sixpn", -EPROTO },
	BAD(HOST, "host", "1", "host is not " HOST ": 1"),
	BAD(HOST, "name", "\"a_b\"", "name is not " LABEL ": 'a_b'"),
	BAD(HOST, "public-key", "\"AQEB\"", "public-key is not a key in base64: 'AQEB'"),
	BAD(HOST, "public-key", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"",
	    "public-key is not a key in base64: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='"),
	BAD(HOST, "region", "\"Fra\"", "region is not 1-16 of a-z and 0-9: 'Fra'"),
	BAD(HOST, "endpoints", NULL, "endpoints is missing"),
	BAD(HOST, "endpoints", "\"a:1\"", "endpoints is not a list of at most 8 texts HOST:PORT: 'a:1'"),
	BAD(HOST, "endpoints", "[1,2,3,4,5,6,7,8,9]",
	    "endpoints is not a list of at most 8 texts HOST:PORT: [1,2,3,4,5,6,7,8,9]"),
	BAD(HOST, "endpoints", "[\"a:1\",2]", "endpoints[1]: not a text"),
	BAD(HOST, "endpoints", "[\"a\"]", "endpoints[0]: endpoint has no port: 'a'"),
	BAD(HOST, "endpoints", "[\"a:1\",\"a:1\"]", "endpoints[1]: 'a:1' is there twice"),
	BAD(HOST, "port", "0", "port is not a number, 1-65535: 0"),
	BAD(HOST, "port", "65536", "port is not a number, 1-65535: 65536"),
	BAD(HOST, "gateway", NULL, "gateway is missing"),
	BAD(HOST, "gateway", "\"yes\"", "gateway is not true or false: 'yes'"),
	BAD(MACHINE, "machine", "0", "machine is not " NUMBER ": 0"),
	BAD(MACHINE, "machine", "6", "address is not that of the machine: 'fdaa:0:2a:0:8:0:5:2'"),
	BAD(MACHINE, "app", "\"_apps\"", "app is not " LABEL ": '_apps'"),
	BAD(MACHINE, "group", NULL, "group is missing"),
	BAD(MACHINE, "network", "43", "address is not in the network: 'fdaa:0:2a:0:8:0:5:2'"),
	BAD(MACHINE, "home", "9", "address is not of the home host: 'fdaa:0:2a:0:8:0:5:2'"),
	BAD(MACHINE, "host", "9", "what it holds belongs to key /sixpn/v1/machine/00000009/0000002a/00000008/00000005"),
	BAD(MACHINE, "address", "\"::1\"", "address is not a 6PN address: '::1'"),
	BAD(MACHINE, "address", "\"fdaa:0:2a:0:8:0:5:3\"", "address is not one that ends in :2: 'fdaa:0:2a:0:8:0:5:3'"),
	BAD(MACHINE, "attachment", "\"client\"", "attachment is not none, port, bind or host: 'client'"),
	BAD(MACHINE, "attachment", "\"host\"", "ifname is for attachment port and bind only"),
	BAD(MACHINE, "attachment", "\"bind\"", "netns is for attachment port only"),
	BAD(MACHINE, "ifname", NULL, "ifname is missing, which attachment port and bind need"),
	BAD(MACHINE, "ifname", "\"a/b\"", "ifname is not an interface name of 1-15 characters: 'a/b'"),
	BAD(MACHINE, "ifname", "\"eth%d\"", "ifname is not an interface name of 1-15 characters: 'eth%d'"),
	BAD(MACHINE, "netns", "\"\"", "netns is not " TEXT ": ''"),
	BAD(MACHINE, "netns", "\"a\\u0007\"", "netns is not " TEXT ": 'a\a'"),
	BAD(MACHINE, "netns", "\"a\\u0085\"", "netns is not " TEXT ": 'a\xc2\x85'"),
	BAD(MACHINE, "state", "\"running\"", "state is not started or stopped: 'running'"),
	BAD(MACHINE, "metadata", "[]", "metadata is not an object of at most 64 texts: []"),
	BAD(MACHINE, "metadata", "{\"A\":\"\"}", "metadata: key is not 1-63 of a-z, 0-9, '-' and '_': 'A'"),
	BAD(MACHINE, "metadata", "{\"\":\"\"}", "metadata: key is not 1-63 of a-z, 0-9, '-' and '_': ''"),
	BAD(MACHINE, "metadata", "{\"a\":1}", "metadata: a: value is not " TEXT ": 1"),
	BAD(MACHINE, "metadata", "{\"a\":null}", "metadata: a: value is not " TEXT ": null"),
	BAD(MACHINE, "checks", "{}", "checks is not a list of at most 16 objects: {}"),
	BAD(MACHINE, "checks", "[1]", "checks[0]: not an object"),
	BAD(MACHINE, "checks", "[{}]", "checks[0]: name is missing"),
	BAD(MACHINE, "checks", "[{\"name\":\"a\",\"status\":\"ok\"}]",
	    "checks[0]: status is not passing, warning or critical: 'ok'"),
	BAD(MACHINE, "checks", "[{\"name\":\"a\",\"status\":\"warning\"},{\"name\":\"a\",\"status\":\"passing\"}]",
	    "checks[1]: the same as 0"),
	BAD(CLIENT, "gateway", "1", "gateway is not " HOST ": 1"),
	BAD(CLIENT, "owner", "\"" T255 "x\"",
	    "owner is not " TEXT ": '" L63 "aaaaaaaaaabbbbbbbbbbccccccccccd"),
	BAD(CLIENT, "expires", "\"2026-11-28T04:00:00Z\"", "expires is not after created"),
	BAD(CLIENT, "preshared-key", "\"secret\"", "preshared-key is not a key in base64"),
	BAD(CLIENT, "address", "\"fdaa:0:2a:0:7::2\"", "address is not that of the machine: 'fdaa:0:2a:0:7::2'"),
	BAD(SERVICE, "address", "\"fdaa:0:2a:0:2::3\"", "address is not of the form fdaa:N:N:0:1::n: 'fdaa:0:2a:0:2::3'"),
	BAD(SERVICE, "address", "\"fdaa:0:2a:0:1::\"", "address is not of the form fdaa:N:N:0:1::n: 'fdaa:0:2a:0:1::'"),
	BAD(SERVICE, "address", "\"fdaa:0:2b:0:1::3\"", "address is not in the network: 'fdaa:0:2b:0:1::3'"),
	BAD(SERVICE, "app-network", "0", "app-network is not " NUMBER ": 0"),
	BAD(SERVICE, "ports", "[{\"port\":0,\"protocol\":\"tcp\"}]", "ports[0]: port is not a number, 1-65535: 0"),
	BAD(SERVICE, "ports", "[{\"port\":1,\"protocol\":\"sctp\"}]", "ports[0]: protocol is not tcp or udp: 'sctp'"),
	BAD(SERVICE, "ports", "[{\"port\":1,\"protocol\":\"tcp\"},{\"port\":1,\"protocol\":\"tcp\"}]",
	    "ports[1]: the same as 0"),
	BAD(MOVED, "host", "8", "host is home: it has not moved"),
};

/* The example with one field changed; freed by the caller. */
static char *change(enum sixpn_record_kind kind, const char *field,
		    const char *value)
{
	json_t *object;
	char *text;

	if (!field)
		return strdup(value);
	object = json_loads(record_test_text(kind), 0, NULL);
	if (value)
		json_object_set_new(object, field,
				    json_loads(value, JSON_DECODE_ANY, NULL));
	else
		json_object_del(object, field);
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return text;
}

static void test_bad(void)
{
	size_t i;

	for (i = 0; i < TEST_COUNT(bad_rows); i++) {
		enum sixpn_record_kind kind = bad_rows[i].kind;
		const char *key = record_test_key(kind);
		char *text = change(kind, bad_rows[i].field, bad_rows[i].value);
		struct sixpn_error error = { 0 };
		struct sixpn_record record;
		char wanted[1024];
		int ret;

		ret = sixpn_record_parse(&record, kind, key, text, strlen(text),
					 &error);
		snprintf(wanted, sizeof(wanted), "%s: %s", key,
			 bad_rows[i].wanted);
		test_result(ret == bad_rows[i].ret &&
			    test_same_text(error.text, wanted),
			    "record: bad %s %zu", sixpn_record_kind_name(kind),
			    i);
		sixpn_record_clear(&record);
		free(text);
	}
}

static void test_size(void)
{
	size_t length = SIXPN_RECORD_MAX + 1;
	char *text = malloc(length);
	struct sixpn_error error = { 0 };
	struct sixpn_record record;
	int ret;

	memset(text, ' ', length);
	memcpy(text, record_test_text(SIXPN_RECORD_ALIVE),
	       strlen(record_test_text(SIXPN_RECORD_ALIVE)));
	ret = sixpn_record_parse(&record, SIXPN_RECORD_ALIVE, NULL, text,
				 length, &error);
	test_result(ret == -EBADMSG &&
		    test_same_text(error.text,
				   "alive: longer than 65536 bytes"),
		    "record: one that is too long");
	ret = sixpn_record_parse(&record, SIXPN_RECORD_ALIVE, NULL, text,
				 length - 1, &error);
	test_result(!ret, "record: as long as one may be");
	sixpn_record_clear(&record);
	memset(text, '[', length);
	test_result(parse(&record, SIXPN_RECORD_HOST, text, length - 1,
			  &error) == -EBADMSG, "record: a deep one");
	free(text);
}

/* What is in C may be wrong too. */
static void test_unwritable(void)
{
	struct sixpn_error error = { 0 };
	struct sixpn_record record;
	size_t length;
	char *text;

	record_test_client(&record, 42, 7, 9, "a");
	strcpy(record.client.owner, "\xff");
	test_result(sixpn_record_format(&record, NULL, &text, &length,
					&error) == -EINVAL && !text &&
		    test_same_text(error.text, "client: owner cannot be written: not UTF-8, or no such word"),
		    "record: a text that is not UTF-8");
	record_test_machine(&record, 42, 7, 9, "a");
	record.machine.attachment = SIXPN_ATTACHMENT_CLIENT;
	test_result(sixpn_record_format(&record, NULL, &text, &length,
					&error) == -EINVAL,
		    "record: a word that is none");
	record_test_machine(&record, 42, 1, 9, "a");
	test_result(sixpn_record_format(&record, NULL, &text, &length,
					&error) == -EINVAL &&
		    test_same_text(error.text, "machine: host is not " HOST ": 1"),
		    "record: a number out of range");
}

static const struct {
	const char *text;
	uint64_t seconds;
} time_rows[] = {
	{ "1970-01-01T00:00:01Z", 1 },
	{ "2000-02-29T23:59:59Z", 951868799 },
	{ "2026-11-28T04:00:00Z", 1795838400 },
	{ "9999-12-31T23:59:59Z", SIXPN_RECORD_TIME_MAX },
	{ "1900-02-29T00:00:00Z", 0 }, { "2100-02-29T00:00:00Z", 0 },
	{ "1969-12-31T23:59:59Z", 0 }, { "2026-13-01T00:00:00Z", 0 },
	{ "2026-00-01T00:00:00Z", 0 }, { "2026-01-00T00:00:00Z", 0 },
	{ "2026-01-01T24:00:00Z", 0 }, { "2026-01-01T00:00:60Z", 0 },
	{ "2026-01-01t00:00:00z", 0 }, { "2026-01-01 00:00:00Z", 0 },
	{ "2026-01-01T00:00:00", 0 }, { "2026-01-01T00:00:00.0Z", 0 },
	{ "+026-01-01T00:00:00Z", 0 }, { "", 0 },
};

static void test_times(void)
{
	size_t i;

	for (i = 0; i < TEST_COUNT(time_rows); i++) {
		const char *text = time_rows[i].text;
		char back[SIXPN_TIME_TEXT_MAX];
		uint64_t seconds = 0;
		int ret = sixpn_time_parse(&seconds, text, strlen(text));

		sixpn_time_format(back, seconds);
		test_result(seconds == time_rows[i].seconds &&
			    (seconds ? !ret && test_same_text(back, text) :
				       ret == -EINVAL),
			    "record: time '%s'", text);
	}
}

static void test_kinds(void)
{
	static const char *const others[] = {
		"", "/sixpn/v1/", "/sixpn/v1/network", "/sixpn/v1/networks/1",
		"/sixpn/v1/network-name/acme", "/sixpn/v2/network/0000002a",
		"/sixpn/v1/schema", "sixpn/v1/network/0000002a",
	};
	bool ok = true;
	size_t i;

	for (i = 0; i < TEST_COUNT(others); i++)
		ok &= sixpn_record_kind_of(others[i]) ==
		      SIXPN_RECORD_KIND_COUNT;
	test_result(ok, "record: keys that are of none");
}

void test_record(void)
{
	test_examples();
	test_random_records();
	test_unknown();
	test_bad();
	test_size();
	test_unwritable();
	test_times();
	test_kinds();
}
