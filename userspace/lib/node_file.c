// SPDX-License-Identifier: GPL-2.0-or-later
#include "node_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As sixpn_parse_path() takes it. */
static const char *folder_of(char copy[PATH_MAX], const char *path)
{
	snprintf(copy, PATH_MAX, "%s", path);
	return dirname(copy);
}

int sixpn_node_file_folder(const char *path, struct sixpn_error *error)
{
	char copy[PATH_MAX];
	const char *folder = folder_of(copy, path);

	if (!mkdir(folder, 0700) || errno == EEXIST)
		return 0;
	return sixpn_error_set(error, -errno, "folder '%s' cannot be made: %s",
			       folder, strerror(errno));
}

static int check_file(int fd, const char *path, struct sixpn_error *error)
{
	struct stat status;

	if (fstat(fd, &status))
		return sixpn_error_set(error, -errno,
				       "%s: cannot be examined: %s", path,
				       strerror(errno));
	if (!S_ISREG(status.st_mode))
		return sixpn_error_set(error, -EINVAL,
				       "%s: not a regular file", path);
	if (status.st_uid && status.st_uid != geteuid())
		return sixpn_error_set(error, -EPERM,
				       "%s: it is user %u's, who can read it (run: chown root '%s')",
				       path, status.st_uid, path);
	if (status.st_mode & (S_IRWXG | S_IRWXO))
		return sixpn_error_set(error, -EPERM,
				       "%s: others can read or write it (run: chmod 600 '%s')",
				       path, path);
	return 0;
}

/* One byte more than may be shows that there are more. */
static int read_whole(int fd, const char *path, char *text, size_t max,
		      size_t *length, struct sixpn_error *error)
{
	size_t used = 0;

	while (used <= max) {
		ssize_t n = read(fd, text + used, max + 1 - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sixpn_error_set(error, -errno,
					       "%s: cannot be read: %s", path,
					       strerror(errno));
		if (!n) {
			text[used] = '\0';
			*length = used;
			return 0;
		}
		used += (size_t)n;
	}
	return sixpn_error_set(error, -EFBIG, "%s: larger than %zu bytes", path,
			       max);
}

int sixpn_node_file_read(const char *path, char *text, size_t max,
			 size_t *length, struct sixpn_error *error)
{
	/* A FIFO must not hold us up: it is refused. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int ret;

	if (fd < 0)
		return sixpn_error_set(error, -errno, "%s: cannot be opened: %s",
				       path, strerror(errno));
	ret = check_file(fd, path, error);
	if (!ret)
		ret = read_whole(fd, path, text, max, length, error);
	close(fd);
	return ret;
}

static int write_whole(int fd, const char *text, size_t length)
{
	while (length) {
		ssize_t n = write(fd, text, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		length -= (size_t)n;
	}
	/* whatever the umask is */
	return fchmod(fd, 0600) || fsync(fd) ? -errno : 0;
}

static int sync_folder(const char *path)
{
	char copy[PATH_MAX];
	int fd = open(folder_of(copy, path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = fsync(fd) ? -errno : 0;
	close(fd);
	return ret;
}

/* Gets its name when it is whole; a link() never takes another's place. */
int sixpn_node_file_make(const char *path, const char *text, size_t length,
			 struct sixpn_error *error)
{
	char draft[PATH_MAX + 8];
	int fd, ret;

	ret = sixpn_node_file_folder(path, error);
	if (ret)
		return ret;
	snprintf(draft, sizeof(draft), "%s.XXXXXX", path);
	fd = mkostemp(draft, O_CLOEXEC);
	if (fd < 0)
		return sixpn_error_set(error, -errno, "%s: cannot be made: %s",
				       path, strerror(errno));
	ret = write_whole(fd, text, length);
	close(fd);
	if (!ret && link(draft, path))
		ret = -errno;
	unlink(draft);
	if (!ret)
		ret = sync_folder(path);
	if (ret)
		return sixpn_error_set(error, ret, "%s: cannot be made: %s",
				       path, strerror(-ret));
	return 0;
}
