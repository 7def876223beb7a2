/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One call prints a field: its text form, or its place in a JSON document.
 *
 * In text mode the format is printed as it stands and the keys do not matter.
 * In JSON mode the format does not matter; containers nest, a key names a
 * field inside an object and is NULL inside an array, and the document is
 * written when its outermost container closes. Failures are remembered and
 * told once, by sixpn_out_finish().
 */
#ifndef SIXPN_OUT_H
#define SIXPN_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#define SIXPN_OUT_DEPTH 8

/**
 * struct sixpn_out - where the output goes
 * @file: usually stdout
 * @json: JSON instead of text
 * @lines: a JSON document is one line, written through at once
 * @color: text may hold colour
 * @terminal: a person reads it: names are escaped
 * @why: errno of the first failure to write, 0 if it is not known
 */
struct sixpn_out {
	FILE *file;
	bool json;
	bool lines;
	bool color;
	bool terminal;
	bool failed;
	int why;
	json_t *stack[SIXPN_OUT_DEPTH];
	unsigned int depth;
};

/* Decide on colour and escaping from the file and the environment. */
void sixpn_out_init(struct sixpn_out *out, FILE *file, bool json);

void sixpn_out_open_object(struct sixpn_out *out, const char *key);
void sixpn_out_open_array(struct sixpn_out *out, const char *key);
void sixpn_out_close(struct sixpn_out *out);

/* Drop the document begun, if any: an error took its place. */
void sixpn_out_abandon(struct sixpn_out *out);

void sixpn_out_string(struct sixpn_out *out, const char *key, const char *value,
		      const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void sixpn_out_number(struct sixpn_out *out, const char *key, uint64_t value,
		      const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void sixpn_out_bool(struct sixpn_out *out, const char *key, bool value,
		    const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void sixpn_out_null(struct sixpn_out *out, const char *key, const char *format,
		    ...) __attribute__((format(printf, 3, 4)));

/* Only in text mode, only in JSON mode. */
void sixpn_out_text(struct sixpn_out *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void sixpn_out_json_string(struct sixpn_out *out, const char *key,
			   const char *value);
void sixpn_out_json_number(struct sixpn_out *out, const char *key,
			   uint64_t value);
void sixpn_out_json_null(struct sixpn_out *out, const char *key);

/* A colour sequence, or nothing. */
enum sixpn_style {
	SIXPN_STYLE_RESET,
	SIXPN_STYLE_BOLD,
	SIXPN_STYLE_RED,
	SIXPN_STYLE_GREEN,
	SIXPN_STYLE_YELLOW,
	SIXPN_STYLE_CYAN,
};

const char *sixpn_out_style(const struct sixpn_out *out, enum sixpn_style style);

/**
 * sixpn_out_name() - a name from outside as it may be printed
 * @room: at least 4 bytes for each of @name, and one
 *
 * Escaped for a terminal and for JSON, as it is for a pipe.
 */
void sixpn_out_name(const struct sixpn_out *out, char *to, size_t room,
		    const char *name);

/**
 * sixpn_out_finish() - write through
 *
 * Return: 0 or a negative errno when any of the output was lost.
 */
int sixpn_out_finish(struct sixpn_out *out);

#endif
