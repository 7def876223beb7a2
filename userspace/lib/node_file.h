/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of this host that are nobody else's: keys, passwords, locks.
 */
#ifndef SIXPN_LIB_NODE_FILE_H
#define SIXPN_LIB_NODE_FILE_H

#include <stddef.h>

#include "error.h"

/**
 * sixpn_node_file_folder() - make the folder that a file is to be in, for its
 *	owner only, if it is not there
 *
 * Return: 0 or a negative errno.
 */
int sixpn_node_file_folder(const char *path, struct sixpn_error *error);

/**
 * sixpn_node_file_read() - the whole of a file that has a secret
 * @text: room for @max bytes and a NUL; wiped by the caller
 *
 * It is refused if others can read it, or if it is somebody else's.
 *
 * Return: 0, -ENOENT, -EPERM (who can read it), -EFBIG or another negative errno.
 */
int sixpn_node_file_read(const char *path, char *text, size_t max,
			 size_t *length, struct sixpn_error *error);

/**
 * sixpn_node_file_make() - a new file, mode 0600, whole or not at all
 *
 * Return: 0, -EEXIST (there is one: it is left as it is) or another negative
 * errno.
 */
int sixpn_node_file_make(const char *path, const char *text, size_t length,
			 struct sixpn_error *error);

#endif
