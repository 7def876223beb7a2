/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files given on the command line, read whole before anything is done.
 */
#ifndef SIXPN_INPUT_H
#define SIXPN_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "keys.h"

/* A configuration of 2^20 peers fits; an endless device file does not. */
#define SIXPN_INPUT_MAX ((size_t)1 << 30)

/**
 * sixpn_input_read() - the whole of a file
 * @path: "-" is standard input
 * @max: refuse more bytes than that
 * @text: freed by sixpn_input_free()
 *
 * Return: 0 or a negative errno.
 */
int sixpn_input_read(const char *path, size_t max, char **text, size_t *length,
		     struct sixpn_error *error);

/* Wipe, then free. */
void sixpn_input_free(char *text, size_t length);

/**
 * sixpn_input_key() - a file that holds one key in base64
 *
 * An empty file, such as /dev/null, gives the all-zero key: "none".
 *
 * Return: 0 or a negative errno.
 */
int sixpn_input_key(const char *path, uint8_t key[SIXPN_KEY_LEN],
		    struct sixpn_error *error);

#endif
