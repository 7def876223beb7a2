// SPDX-License-Identifier: GPL-2.0-or-later
#include "host_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Whoever writes the file says which registry, and so which peers and
 * addresses, root configures. Reading is for everybody: it has no secrets. An
 * access list that lets somebody write shows as a group that may.
 */
static int check_file(int fd, const char *path, struct sixpn_error *error)
{
	struct stat status;

	if (fstat(fd, &status))
		return sixpn_error_set(error, -errno, "cannot be examined: %s",
				       strerror(errno));
	if (S_ISDIR(status.st_mode))
		return sixpn_error_set(error, -EISDIR, "is a directory");
	if (!S_ISREG(status.st_mode))
		return sixpn_error_set(error, -EINVAL, "not a regular file");
	if (status.st_uid && status.st_uid != geteuid())
		return sixpn_error_set(error, -EPERM,
				       "it is user %u's, who may write it (run: chown root '%s')",
				       status.st_uid, path);
	if (status.st_mode & (S_IWGRP | S_IWOTH))
		return sixpn_error_set(error, -EPERM,
				       "others may write it (run: chmod go-w '%s')",
				       path);
	return 0;
}

/* One byte more than may be, if there is one: parsing refuses that. */
static int read_whole(int fd, char **text, size_t *length,
		      struct sixpn_error *error)
{
	size_t room = SIXPN_HOST_CONFIG_MAX + 1, used = 0;
	char *buffer = malloc(room);

	if (!buffer)
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	while (used < room) {
		ssize_t n = read(fd, buffer + used, room - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int ret = sixpn_error_set(error, -errno,
						  "cannot be read: %s",
						  strerror(errno));

			free(buffer);
			return ret;
		}
		if (!n)
			break;
		used += (size_t)n;
	}
	*text = buffer;
	*length = used;
	return 0;
}

/* No file leaves *@text NULL. */
static int read_file(const char *path, bool needed, char **text, size_t *length,
		     struct sixpn_error *error)
{
	/* A FIFO must not hold us up: it is refused. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int ret;

	if (fd < 0) {
		if (errno == ENOENT && !needed)
			return 0;
		return sixpn_error_set(error, -errno, "cannot be opened: %s",
				       strerror(errno));
	}
	ret = check_file(fd, path, error);
	if (!ret)
		ret = read_whole(fd, text, length, error);
	close(fd);
	return ret;
}

static int name_host(struct sixpn_host_config *config,
		     struct sixpn_error *error)
{
	char hostname[256] = "";

	if (gethostname(hostname, sizeof(hostname) - 1))
		return sixpn_error_set(error, -errno,
				       "this host has no name: %s",
				       strerror(errno));
	if (sixpn_host_config_name(config->name, hostname))
		return sixpn_error_set(error, -EINVAL,
				       "name is needed: none can be made of the hostname '%s'",
				       hostname);
	return 0;
}

int sixpn_host_config_load(struct sixpn_host_config *config, const char *path,
			   bool needed, struct sixpn_error *error)
{
	struct sixpn_host_config result;
	size_t length = 0;
	char *text = NULL;
	int ret;

	ret = read_file(path, needed, &text, &length, error);
	if (ret)
		return sixpn_error_prefix(error, ret, "%s", path);
	ret = sixpn_host_config_parse(&result, text ? text : "", length, path,
				      error);
	free(text);
	if (ret)
		return ret;
	ret = result.name[0] ? 0 : name_host(&result, error);
	if (ret) {
		sixpn_host_config_clear(&result);
		return sixpn_error_prefix(error, ret, "%s", path);
	}
	*config = result;
	return 0;
}
