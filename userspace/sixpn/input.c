// SPDX-License-Identifier: GPL-2.0-or-later
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY_FILE_MAX 4096

/* Grow a buffer of secrets without leaving a copy behind. */
static char *grow(char *old, size_t used, size_t room)
{
	char *grown = malloc(room);

	if (grown && used)
		memcpy(grown, old, used);
	sixpn_input_free(old, used);
	return grown;
}

static int read_whole(int fd, size_t max, char **text, size_t *length)
{
	size_t room = 4096, used = 0;
	char *buffer = malloc(room);
	int ret = -ENOMEM;

	while (buffer) {
		ssize_t n = read(fd, buffer + used, room - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			ret = -errno;
			break;
		}
		if (!n) {
			*text = buffer;
			*length = used;
			return 0;
		}
		used += (size_t)n;
		if (used > max) {
			ret = -EFBIG;
			break;
		}
		if (used == room) {
			room *= 2;
			buffer = grow(buffer, used, room);
		}
	}
	sixpn_input_free(buffer, used);
	return ret;
}

int sixpn_input_read(const char *path, size_t max, char **text, size_t *length,
		     struct sixpn_error *error)
{
	bool standard = !strcmp(path, "-");
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return sixpn_error_set(error, -errno, "cannot open '%s': %s",
				       path, strerror(errno));
	ret = read_whole(fd, max, text, length);
	if (!standard)
		close(fd);
	if (ret)
		return sixpn_error_set(error, ret, "cannot read '%s': %s",
				       standard ? "standard input" : path,
				       strerror(-ret));
	return 0;
}

void sixpn_input_free(char *text, size_t length)
{
	if (text)
		sixpn_key_wipe(text, length);
	free(text);
}

int sixpn_input_key(const char *path, uint8_t key[SIXPN_KEY_LEN],
		    struct sixpn_error *error)
{
	size_t length;
	char *text;
	int ret;

	ret = sixpn_input_read(path, KEY_FILE_MAX, &text, &length, error);
	if (ret)
		return ret;
	ret = sixpn_key_from_file_text(key, text, length);
	sixpn_input_free(text, length);
	if (ret)
		return sixpn_error_set(error, ret,
				       "not a key of %d base64 characters: %s",
				       SIXPN_KEY_BASE64_LEN,
				       strcmp(path, "-") ? path :
				       "standard input");
	return 0;
}
