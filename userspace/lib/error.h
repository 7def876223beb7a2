/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one sentence that goes with an error code. The library never prints: it
 * returns a negative errno and leaves the sentence with the caller, who shows
 * it. The text may quote words from outside and is not safe for a terminal as
 * it stands (see sixpn_format_escaped()).
 */
#ifndef SIXPN_LIB_ERROR_H
#define SIXPN_LIB_ERROR_H

struct sixpn_error {
	char text[1024];
};

/**
 * sixpn_error_set() - note why something failed
 * @error: where to note it; may be NULL
 * @code: negative errno
 * @format: printf() format of one sentence without a full stop
 *
 * Return: @code, so that a caller can write "return sixpn_error_set(...)".
 */
int sixpn_error_set(struct sixpn_error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * sixpn_error_prefix() - say where it failed: "PREFIX: SENTENCE"
 *
 * Return: @code.
 */
int sixpn_error_prefix(struct sixpn_error *error, int code, const char *format,
		       ...) __attribute__((format(printf, 3, 4)));

/* Add to the sentence, as far as there is room. */
void sixpn_error_append(struct sixpn_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
