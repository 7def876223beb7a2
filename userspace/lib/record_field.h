/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields of records; what the parts of record.h share. Nobody else but
 * tests includes this.
 *
 *   record.c		records as a whole, and the rules between fields
 *   record_table.c	which fields each kind has
 *   record_field.c	fields of one value
 *   record_list.c	fields of several: endpoints, metadata, checks, ports
 *   record_time.c	times
 *   record_key.c	keys
 */
#ifndef SIXPN_LIB_RECORD_FIELD_H
#define SIXPN_LIB_RECORD_FIELD_H

#include <jansson.h>

#include "record.h"

enum sixpn_field_type {
	SIXPN_FIELD_NUMBER,	/* uint32_t, min..max */
	SIXPN_FIELD_FLAG,	/* bool */
	SIXPN_FIELD_LABEL,	/* char[SIXPN_LABEL_MAX + 1] */
	SIXPN_FIELD_NAME,	/* the same, the first a letter */
	SIXPN_FIELD_METAKEY,	/* the same, '_' too */
	SIXPN_FIELD_REGION,	/* char[SIXPN_REGION_MAX + 1] */
	SIXPN_FIELD_IFNAME,	/* char[IFNAMSIZ] */
	SIXPN_FIELD_TEXT,	/* char[SIXPN_RECORD_TEXT_MAX + 1] */
	SIXPN_FIELD_KEY,	/* uint8_t[SIXPN_KEY_LEN] */
	SIXPN_FIELD_ADDRESS,	/* struct in6_addr */
	SIXPN_FIELD_TIME,	/* uint64_t */
	SIXPN_FIELD_WORD,	/* uint32_t, an index of words */
	SIXPN_FIELD_ENDPOINTS,	/* of a host */
	SIXPN_FIELD_METADATA,	/* of a machine */
	SIXPN_FIELD_CHECKS,	/* of a machine */
	SIXPN_FIELD_PORTS,	/* of a service */
};

enum sixpn_field_flag {
	/* May be missing: zero, and zero is written by leaving it out. */
	SIXPN_FIELD_OPTIONAL = 1U << 0,
	/* Its value is in no sentence. */
	SIXPN_FIELD_SECRET = 1U << 1,
};

/**
 * struct sixpn_field - one field
 * @offset: of its value in what the table is of; of the record for the types of
 *	one kind only
 * @min, @max: of numbers
 * @words: of words; NULL where a number has none
 * @word_count: of @words
 */
struct sixpn_field {
	const char *name;
	enum sixpn_field_type type;
	unsigned int flags;
	size_t offset;
	uint32_t min, max;
	const char *const *words;
	size_t word_count;
};

/* The fields of a kind. */
const struct sixpn_field *sixpn_record_fields(enum sixpn_record_kind kind,
					      size_t *count);

/* --- record_field.c --- */

/* Room for what a field has to be, in words. */
#define SIXPN_FIELD_WANTED_MAX 128

/* "a number, 1-65535" and the like. */
void sixpn_field_wanted(const struct sixpn_field *field,
			char wanted[SIXPN_FIELD_WANTED_MAX]);

/* "NAME is not WANTED: VALUE". @value: NULL: is missing. Return: -EBADMSG. */
int sixpn_field_refuse(const struct sixpn_field *field, const json_t *value,
		       struct sixpn_error *error);

/* One of them. Return: as sixpn_fields_read(). */
int sixpn_field_read(const struct sixpn_field *field, void *base,
		     const json_t *value, struct sixpn_error *error);

/**
 * sixpn_fields_read() - the fields of an object
 * @base: what the offsets are from; zero
 *
 * Return: 0, -EBADMSG or -ENOMEM; what has been read is in @base.
 */
int sixpn_fields_read(const struct sixpn_field *fields, size_t count,
		      void *base, const json_t *object,
		      struct sixpn_error *error);

/**
 * sixpn_fields_write() - set the fields in an object, which may have others
 *
 * Return: 0, -EINVAL (not UTF-8, or no such word) or -ENOMEM.
 */
int sixpn_fields_write(const struct sixpn_field *fields, size_t count,
		       const void *base, json_t *object,
		       struct sixpn_error *error);

/* --- record_list.c: these are of one kind of record, which @record is. --- */

/* The fields of the objects in a list; none for other types. */
const struct sixpn_field *sixpn_record_list_fields(enum sixpn_field_type type,
						   size_t *count);

int sixpn_field_read_list(const struct sixpn_field *field,
			  struct sixpn_record *record, const json_t *value,
			  struct sixpn_error *error);

/* @old: the list as it was, or NULL; an object keeps what is not known of it. */
json_t *sixpn_field_write_list(const struct sixpn_field *field,
			       const struct sixpn_record *record,
			       const json_t *old, struct sixpn_error *error);

/* --- record_key.c --- */

/* Keys beside that of the record itself, that go where it goes. */
#define SIXPN_RECORD_INDEX_MAX 4

/**
 * struct sixpn_record_index - a key that leads to a record, and is unique so
 * @value: JSON: {"key": KEY}, or the record "moved"
 * @what: "name 'web'", for a sentence about what is taken
 */
struct sixpn_record_index {
	char key[SIXPN_RECORD_KEY_MAX];
	char value[SIXPN_RECORD_KEY_MAX + 64];
	char what[96];
};

/* Return: the number of them. Those of a network stay when it is removed. */
size_t sixpn_record_indexes(const struct sixpn_record *record,
			    struct sixpn_record_index
			    indexes[SIXPN_RECORD_INDEX_MAX]);

void sixpn_key_of_network(char key[SIXPN_RECORD_KEY_MAX], uint32_t network);
void sixpn_key_of_network_id(char key[SIXPN_RECORD_KEY_MAX], uint32_t network);
void sixpn_key_of_network_name(char key[SIXPN_RECORD_KEY_MAX],
			       const char *name);
void sixpn_key_of_host(char key[SIXPN_RECORD_KEY_MAX], uint32_t host);
void sixpn_key_of_host_name(char key[SIXPN_RECORD_KEY_MAX], const char *name);
void sixpn_key_of_alive(char key[SIXPN_RECORD_KEY_MAX], uint32_t host);
void sixpn_key_of_public_key(char key[SIXPN_RECORD_KEY_MAX],
			     const uint8_t public_key[SIXPN_KEY_LEN]);
void sixpn_key_of_address(char key[SIXPN_RECORD_KEY_MAX],
			  const struct in6_addr *address);
/* @kind: machine or client */
void sixpn_key_of_name(char key[SIXPN_RECORD_KEY_MAX],
		       enum sixpn_record_kind kind, uint32_t network,
		       const char *name);
void sixpn_key_of_service(char key[SIXPN_RECORD_KEY_MAX],
			  const struct in6_addr *address);

#endif
