// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The private key of this host, and the locks that lie beside it.
 */
#include "node.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sixpn/addr.h>

#include "blake2s.h"
#include "node_file.h"

#define KEY_FILE_MAX 4096
/* A command that has as much to do as there can be is done by then. */
#define LOCK_SECONDS 60
#define LOCK_RETRY_MS 20

/* --- The key. --- */

static uint32_t derive_host_id(const uint8_t public_key[SIXPN_KEY_LEN])
{
	static const char label[] = "sixpn host-id v1";
	uint8_t data[sizeof(label) - 1 + SIXPN_KEY_LEN];
	uint8_t *digest = data + sizeof(label) - 1;
	uint32_t id;

	_Static_assert(SIXPN_KEY_LEN == SIXPN_BLAKE2S_LEN, "digest size");
	memcpy(data, label, sizeof(label) - 1);
	memcpy(digest, public_key, SIXPN_KEY_LEN);
	do {
		sixpn_blake2s(digest, data, sizeof(data));
		id = (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 |
		     (uint32_t)digest[2] << 8 | digest[3];
	} while (id < SIXPN_HOST_MIN);
	return id;
}

static int read_key(struct sixpn_node *node, struct sixpn_error *error)
{
	const char *path = node->config.key_file;
	char text[KEY_FILE_MAX + 1] = "";
	size_t length;
	int ret;

	ret = sixpn_node_file_read(path, text, KEY_FILE_MAX, &length, error);
	if (!ret) {
		ret = sixpn_key_from_file_text(node->private_key, text, length);
		if (!ret && sixpn_key_is_zero(node->private_key))
			ret = -EINVAL;
		if (ret)
			sixpn_error_set(error, ret,
					"%s: not a key of %d base64 characters ('sixpn genkey' makes one)",
					path, SIXPN_KEY_BASE64_LEN);
	}
	sixpn_key_wipe(text, sizeof(text));
	return ret;
}

static int make_key(const char *path, struct sixpn_error *error)
{
	char text[SIXPN_KEY_BASE64_LEN + 2];
	uint8_t key[SIXPN_KEY_LEN];
	int ret;

	ret = sixpn_key_generate_private(key);
	if (ret)
		return sixpn_error_set(error, ret, "no random numbers: %s",
				       strerror(-ret));
	sixpn_key_to_base64(text, key);
	text[SIXPN_KEY_BASE64_LEN] = '\n';
	ret = sixpn_node_file_make(path, text, SIXPN_KEY_BASE64_LEN + 1, error);
	sixpn_key_wipe(key, sizeof(key));
	sixpn_key_wipe(text, sizeof(text));
	return ret;
}

int sixpn_node_load_key(struct sixpn_node *node, bool make,
			struct sixpn_error *error)
{
	const char *path = node->config.key_file;
	int ret;

	if (node->has_key)
		return 0;
	ret = read_key(node, error);
	if (ret == -ENOENT && make) {
		ret = make_key(path, error);
		/* Somebody else has made one meanwhile: that is it. */
		if (!ret || ret == -EEXIST)
			ret = read_key(node, error);
	} else if (ret == -ENOENT) {
		sixpn_error_set(error, ret,
				"%s: there is no such file (run: sixpn up)",
				path);
	}
	if (!ret && sixpn_key_public(node->public_key, node->private_key))
		ret = sixpn_error_set(error, -EINVAL,
				      "%s: cannot derive the public key", path);
	if (ret) {
		sixpn_key_wipe(node->private_key, sizeof(node->private_key));
		return ret;
	}
	node->host_id = node->config.host_id ? node->config.host_id :
			derive_host_id(node->public_key);
	node->has_key = true;
	return 0;
}

/* --- Locks: of open files, so that they go with the process. --- */

static void lock_path(char path[PATH_MAX + 8], const struct sixpn_node *node,
		      const char *suffix)
{
	snprintf(path, PATH_MAX + 8, "%s.%s", node->config.key_file, suffix);
}

static int open_lock(char path[PATH_MAX + 8], const struct sixpn_node *node,
		     const char *suffix, struct sixpn_error *error)
{
	int ret = sixpn_node_file_folder(node->config.key_file, error);
	int fd;

	if (ret)
		return ret;
	lock_path(path, node, suffix);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return sixpn_error_set(error, -errno, "%s: cannot be opened: %s",
				       path, strerror(errno));
	return fd;
}

/* Return: 0, -EBUSY or another negative errno. */
static int try_lock(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (!fcntl(fd, F_OFD_SETLK, &lock))
		return 0;
	return errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
}

int sixpn_node_lock_within(const struct sixpn_node *node, unsigned int ms,
			   struct sixpn_error *error)
{
	const struct timespec pause = { .tv_nsec = LOCK_RETRY_MS * 1000000L };
	unsigned int tries = ms / LOCK_RETRY_MS + 1;
	char path[PATH_MAX + 8];
	int ret;
	int fd = open_lock(path, node, "lock", error);

	if (fd < 0)
		return fd;
	while ((ret = try_lock(fd)) == -EBUSY && --tries)
		nanosleep(&pause, NULL);
	if (!ret)
		return fd;
	close(fd);
	if (ret == -EBUSY)
		return sixpn_error_set(error, ret,
				       "%s: another sixpn has been changing this host for %g seconds (run: fuser '%s')",
				       path, ms / 1000.0, path);
	return sixpn_error_set(error, ret, "%s: cannot be locked: %s", path,
			       strerror(-ret));
}

int sixpn_node_lock(const struct sixpn_node *node, struct sixpn_error *error)
{
	return sixpn_node_lock_within(node, LOCK_SECONDS * 1000, error);
}

int sixpn_node_lock_agent(const struct sixpn_node *node,
			  struct sixpn_error *error)
{
	char path[PATH_MAX + 8];
	int fd = open_lock(path, node, "agent", error);
	int ret;

	if (fd < 0)
		return fd;
	ret = try_lock(fd);
	if (!ret)
		return fd;
	close(fd);
	if (ret == -EBUSY)
		return sixpn_error_set(error, ret,
				       "an agent runs on this host already");
	return sixpn_error_set(error, ret, "%s: cannot be locked: %s", path,
			       strerror(-ret));
}

/* Only asks: an agent that starts meanwhile must not find it locked. */
bool sixpn_node_has_agent(const struct sixpn_node *node)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[PATH_MAX + 8];
	int fd;
	bool is;

	lock_path(path, node, "agent");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	is = !fcntl(fd, F_OFD_GETLK, &lock) && lock.l_type != F_UNLCK;
	close(fd);
	return is;
}
