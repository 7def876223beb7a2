// SPDX-License-Identifier: GPL-2.0-or-later
#include "file_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

#define PATH_ROOM 512

static const char *path_of(char path[PATH_ROOM], const char *root,
			   const char *name)
{
	snprintf(path, PATH_ROOM, "%s/%s", root, name);
	return path;
}

static void note_if(bool failed, const char *path)
{
	if (failed)
		test_note("%s: %s", path, strerror(errno));
}

static void put(const char *root, const char *name, const char *text, int flags)
{
	char path[PATH_ROOM];
	int fd = open(path_of(path, root, name),
		      O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);

	note_if(fd < 0 || write(fd, text, strlen(text)) !=
		(ssize_t)strlen(text), path);
	if (fd >= 0)
		close(fd);
}

void file_test_folder(const char *root, const char *name)
{
	char path[PATH_ROOM];

	note_if(mkdir(path_of(path, root, name), 0755), path);
}

void file_test_write(const char *root, const char *name, const char *text)
{
	put(root, name, text, O_TRUNC);
}

void file_test_append(const char *root, const char *name, const char *text)
{
	put(root, name, text, O_APPEND);
}

void file_test_mode(const char *root, const char *name, mode_t mode)
{
	char path[PATH_ROOM];

	note_if(chmod(path_of(path, root, name), mode), path);
}

void file_test_link(const char *root, const char *name, const char *target)
{
	char path[PATH_ROOM];

	note_if(symlink(target, path_of(path, root, name)), path);
}

void file_test_remove(const char *root, const char *name)
{
	char path[PATH_ROOM];

	note_if(remove(path_of(path, root, name)), path);
}

void file_test_remove_all(const char *root)
{
	char command[PATH_ROOM];

	snprintf(command, sizeof(command), "rm -r '%s'", root);
	note_if(system(command), root);
}

bool file_test_read(const char *root, const char *name, char *text, size_t room)
{
	char path[PATH_ROOM];
	int fd = open(path_of(path, root, name), O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, room - 1);

	if (fd >= 0)
		close(fd);
	text[length > 0 ? length : 0] = '\0';
	return length >= 0;
}
