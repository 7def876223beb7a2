/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What etcd's JSON gateway answers. All of it is checked here: functions of a
 * text and its length, or of a JSON value, that know nothing of connections.
 *
 * The gateway writes 64-bit numbers as strings, bytes in base64, and leaves out
 * what is 0, false or empty.
 */
#ifndef SIXPN_LIB_STORE_ETCD_ANSWER_H
#define SIXPN_LIB_STORE_ETCD_ANSWER_H

#include <jansson.h>

#include "store.h"

/* Of one answer, or one message of a stream: bytes, and commas and brackets. */
#define SIXPN_ETCD_ANSWER_MAX (8 * 1024 * 1024)
#define SIXPN_ETCD_ANSWER_VALUES_MAX 400000
#define SIXPN_ETCD_DEPTH_MAX 32

/* Bytes that were received, and how far they were looked at. */
struct sixpn_etcd_text {
	char *bytes;
	size_t length;
	size_t room;
	size_t start;		/* what is before it was taken */
	/* Where a message ends, as far as it is known. */
	size_t scanned;
	size_t values;
	unsigned int depth;
	bool quoted;
	bool escaped;
};

/* Return: 0 or -ENOMEM. */
int sixpn_etcd_text_add(struct sixpn_etcd_text *text, const char *bytes,
			size_t length);

void sixpn_etcd_text_clear(struct sixpn_etcd_text *text);

/**
 * sixpn_etcd_text_next() - take the first JSON object off a text
 * @object: set on success; json_decref() it
 *
 * Return: 0, -EAGAIN (not all of it is there yet), -EPROTO (no JSON object),
 * -EMSGSIZE (longer than allowed), or -ENOMEM.
 */
int sixpn_etcd_text_next(struct sixpn_etcd_text *text, json_t **object);

/* An error of gRPC; its numbers are the same for all. */
enum {
	SIXPN_GRPC_CANCELLED = 1,
	SIXPN_GRPC_UNKNOWN = 2,
	SIXPN_GRPC_INVALID_ARGUMENT = 3,
	SIXPN_GRPC_DEADLINE_EXCEEDED = 4,
	SIXPN_GRPC_NOT_FOUND = 5,
	SIXPN_GRPC_PERMISSION_DENIED = 7,
	SIXPN_GRPC_RESOURCE_EXHAUSTED = 8,
	SIXPN_GRPC_FAILED_PRECONDITION = 9,
	SIXPN_GRPC_OUT_OF_RANGE = 11,
	SIXPN_GRPC_UNAVAILABLE = 14,
	SIXPN_GRPC_UNAUTHENTICATED = 16,
};

struct sixpn_etcd_refusal {
	unsigned int code;
	char message[256];	/* printable ASCII */
};

/* Return: 0, -ENOENT (it is no refusal), or -EPROTO. */
int sixpn_etcd_read_refusal(const json_t *object,
			    struct sixpn_etcd_refusal *refusal);

/* A member that is a number or a string of one; 0 when it is missing. */
int sixpn_etcd_read_number(const json_t *object, const char *name,
			   uint64_t *number);

/* A member that is true or false; false when it is missing. */
int sixpn_etcd_read_bool(const json_t *object, const char *name, bool *yes);

/* The store's revision, which every answer tells. Return: 0 or -EPROTO. */
int sixpn_etcd_read_revision(const json_t *object, uint64_t *revision);

/* A member that is an array; NULL in @array when it is missing. */
int sixpn_etcd_read_array(const json_t *object, const char *name,
			  json_t **array);

/* The member "token". Return: NULL if it has none; the object's otherwise. */
const char *sixpn_etcd_read_token(const json_t *object);

/* A key and its value, decoded. */
struct sixpn_etcd_pair {
	char key[SIXPN_STORE_KEY_MAX + 1];
	char *value;		/* followed by a NUL */
	size_t length;
	uint64_t revision;
};

/**
 * sixpn_etcd_read_pair() - from what etcd calls a KeyValue
 * @pair: sixpn_etcd_pair_clear() it, if the result is 0
 *
 * Return: 0, -ENOENT (a key that no store has, for others use etcd too),
 * -EPROTO, or -ENOMEM.
 */
int sixpn_etcd_read_pair(const json_t *object, struct sixpn_etcd_pair *pair);

/* The same from what it calls an Event. @deleted: the pair has no value. */
int sixpn_etcd_read_event(const json_t *object, struct sixpn_etcd_pair *pair,
			  bool *deleted);

void sixpn_etcd_pair_clear(struct sixpn_etcd_pair *pair);

/**
 * struct sixpn_etcd_message - a message of a watch
 * @events: borrowed from it; NULL if there are none
 * @revision: of the store when it was sent
 * @compacted: not 0: changes before this one have been forgotten
 * @reason: of the end, printable ASCII; empty if there is none
 * @fragment: the next message belongs to this one
 */
struct sixpn_etcd_message {
	json_t *events;
	uint64_t revision;
	uint64_t compacted;
	bool created;
	bool canceled;
	bool fragment;
	char reason[256];
};

/* @object: what stands in "result". Return: 0 or -EPROTO. */
int sixpn_etcd_read_message(const json_t *object,
			    struct sixpn_etcd_message *message);

/* For tests: no more bytes than that are written to @out. -1: not base64. */
ssize_t sixpn_etcd_decode(char *out, const char *text, size_t length);

#endif
