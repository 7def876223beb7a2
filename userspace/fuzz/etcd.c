// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as what etcd answers, in two pieces: every object in them is read as
 * each kind of answer. What is taken for a key, a value or a number is within
 * the limits of store.h.
 */
#include "store_etcd_answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_pair(int ret, struct sixpn_etcd_pair *pair, bool deleted)
{
	size_t i;

	if (ret)
		return;
	if (!pair->revision || pair->revision > INT64_MAX || !pair->key[0])
		abort();
	for (i = 0; pair->key[i]; i++)
		if (pair->key[i] <= ' ' || pair->key[i] > '~')
			abort();
	if (deleted != !pair->value ||
	    (pair->value && pair->value[pair->length]))
		abort();
	sixpn_etcd_pair_clear(pair);
}

static void check_array(const json_t *object, const char *name)
{
	struct sixpn_etcd_pair pair;
	json_t *array;
	bool deleted;
	size_t i;
	int ret;

	if (sixpn_etcd_read_array(object, name, &array))
		return;
	for (i = 0; i < json_array_size(array); i++) {
		const json_t *one = json_array_get(array, i);

		check_pair(sixpn_etcd_read_pair(one, &pair), &pair, false);
		ret = sixpn_etcd_read_event(one, &pair, &deleted);
		check_pair(ret, &pair, !ret && deleted);
	}
}

static void check_object(const json_t *object)
{
	struct sixpn_etcd_message message;
	struct sixpn_etcd_refusal refusal;
	uint64_t number;
	bool yes;

	if (!sixpn_etcd_read_refusal(object, &refusal) &&
	    (!refusal.code || strlen(refusal.message) > 255))
		abort();
	if (!sixpn_etcd_read_revision(object, &number) && !number)
		abort();
	if (!sixpn_etcd_read_number(object, "ID", &number) &&
	    number > INT64_MAX)
		abort();
	sixpn_etcd_read_bool(object, "succeeded", &yes);
	sixpn_etcd_read_token(object);
	if (!sixpn_etcd_read_message(object, &message) &&
	    strlen(message.reason) > 255)
		abort();
	check_array(object, "kvs");
	check_array(object, "events");
}

static void check_all(struct sixpn_etcd_text *text)
{
	json_t *object;

	while (!sixpn_etcd_text_next(text, &object)) {
		check_object(object);
		check_object(json_object_get(object, "result"));
		json_decref(object);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sixpn_etcd_text text = { 0 };
	const char *bytes = (const char *)data;

	if (sixpn_etcd_text_add(&text, bytes, size / 2))
		abort();
	check_all(&text);
	if (sixpn_etcd_text_add(&text, bytes + size / 2, size - size / 2))
		abort();
	check_all(&text);
	sixpn_etcd_text_clear(&text);
	return 0;
}
