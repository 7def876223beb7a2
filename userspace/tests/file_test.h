/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files for tests, below a folder of their own. What fails is noted, and shows in
 * what is tested.
 */
#ifndef SIXPN_FILE_TEST_H
#define SIXPN_FILE_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

void file_test_folder(const char *root, const char *name);
void file_test_write(const char *root, const char *name, const char *text);
void file_test_append(const char *root, const char *name, const char *text);
void file_test_mode(const char *root, const char *name, mode_t mode);
void file_test_link(const char *root, const char *name, const char *target);
/* A file, or a folder that is empty. */
void file_test_remove(const char *root, const char *name);
/* The folder with all that is in it. */
void file_test_remove_all(const char *root);

/* Return: whether it could be read: all of it, with a NUL. */
bool file_test_read(const char *root, const char *name, char *text,
		    size_t room);

#endif
