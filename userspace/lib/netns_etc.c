// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns_etc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <linux/sixpn.h>

#include "netns.h"
#include "netns_text.h"

/* Of a file; what is larger is not a list of hosts. */
#define FILE_MAX ((size_t)4 * 1024 * 1024)
#define FOLDER_MODE 0755
#define FILE_MODE 0644
/* Another sixpn changes files: for how long it is waited for. */
#define LOCK_WAIT_MS 2000
#define LOCK_RETRY_MS 20

/**
 * struct file - one of the two
 * @there: it was, with @status
 * @changed: @text is to be written
 */
struct file {
	char path[PATH_MAX];
	struct sixpn_netns_text text;
	struct stat status;
	bool there, changed;
};

/**
 * struct place - the files of one namespace, while they are changed
 * @parent: folder of all namespaces
 * @made: @folder was not there
 * @lock: others change files of @parent, too
 */
struct place {
	char parent[PATH_MAX], folder[PATH_MAX];
	bool made;
	int lock;
	struct file hosts, resolv;
};

static int out_of_memory(struct sixpn_error *error)
{
	return sixpn_error_set(error, -ENOMEM, "out of memory");
}

static int tell(struct sixpn_error *error, const char *path, const char *what)
{
	int ret = -errno;

	return sixpn_error_set(error, ret, "%s: cannot be %s: %s", path, what,
			       strerror(-ret));
}

/* A name that is none could lead out of the folder. */
static bool is_name(const char *word)
{
	return word[0] && word[0] != '.' && !strchr(word, '/') &&
	       strlen(word) <= NAME_MAX;
}

const char *sixpn_netns_etc_name(const struct sixpn_record_machine *machine,
				 uint32_t self)
{
	if (machine->host != self || machine->state != SIXPN_RUN_STARTED ||
	    machine->attachment != SIXPN_ATTACHMENT_PORT ||
	    machine->no_resolv || !is_name(machine->netns) ||
	    sixpn_netns_is_process(machine->netns))
		return NULL;
	return machine->netns;
}

/* --- Reading. --- */

static int read_all(int fd, const struct stat *status,
		    struct sixpn_netns_text *text)
{
	size_t room = (size_t)status->st_size + 1;

	text->bytes = malloc(room);
	if (!text->bytes)
		return -ENOMEM;
	/* One byte more than there are shows that it grows meanwhile. */
	while (text->length < room) {
		ssize_t n = read(fd, text->bytes + text->length,
				 room - text->length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return 0;
		text->length += (size_t)n;
	}
	return -EAGAIN;
}

static int check(const struct file *file, struct sixpn_error *error)
{
	if (!S_ISREG(file->status.st_mode))
		return sixpn_error_set(error, -EINVAL,
				       "%s: not a regular file: it is left alone",
				       file->path);
	if ((size_t)file->status.st_size > FILE_MAX)
		return sixpn_error_set(error, -EFBIG,
				       "%s: larger than %zu bytes", file->path,
				       FILE_MAX);
	return 0;
}

/* @flags: O_NOFOLLOW for what is to be written: a link is somebody's wish. */
static int read_file(struct file *file, int flags, struct sixpn_error *error)
{
	int fd, ret;

	fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY |
		  flags);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 && errno == ELOOP)
		return sixpn_error_set(error, -ELOOP,
				       "%s: a symbolic link: it is left alone",
				       file->path);
	if (fd < 0)
		return tell(error, file->path, "opened");
	ret = fstat(fd, &file->status) ? tell(error, file->path, "examined") :
					 check(file, error);
	if (!ret) {
		ret = read_all(fd, &file->status, &file->text);
		if (ret)
			sixpn_error_set(error, ret, "%s: cannot be read: %s",
					file->path, strerror(-ret));
	}
	close(fd);
	file->there = !ret;
	return ret;
}

/* --- Writing. --- */

static int write_all(int fd, const struct sixpn_netns_text *text)
{
	size_t done = 0;

	while (done < text->length) {
		ssize_t n = write(fd, text->bytes + done, text->length - done);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			done += (size_t)n;
	}
	return 0;
}

/* As the file that it replaces; whatever the umask is. */
static int keep_status(int fd, const struct file *file)
{
	const struct stat *status = &file->status;

	if (!file->there)
		return fchmod(fd, FILE_MODE) ? -errno : 0;
	if ((status->st_uid != geteuid() || status->st_gid != getegid()) &&
	    fchown(fd, status->st_uid, status->st_gid))
		return -errno;
	return fchmod(fd, status->st_mode & 07777) ? -errno : 0;
}

/*
 * The draft is not beside the file: ip-netns(8) shows all that is there. It takes
 * the file's place when it is whole.
 */
static int write_file(const struct place *place, const struct file *file,
		      struct sixpn_error *error)
{
	char draft[PATH_MAX + 16];
	int fd, ret;

	snprintf(draft, sizeof(draft), "%s/.sixpn.XXXXXX", place->parent);
	fd = mkostemp(draft, O_CLOEXEC);
	if (fd < 0)
		return tell(error, file->path, "written");
	ret = write_all(fd, &file->text);
	if (!ret)
		ret = keep_status(fd, file);
	if (!ret && fsync(fd))
		ret = -errno;
	close(fd);
	if (!ret && rename(draft, file->path))
		ret = -errno;
	if (!ret)
		return 0;
	unlink(draft);
	return sixpn_error_set(error, ret, "%s: cannot be written: %s",
			       file->path, strerror(-ret));
}

/* --- A namespace. --- */

static int set_paths(struct place *place, const struct sixpn_netns_etc *etc,
		     const char *name, struct sixpn_error *error)
{
	int length;

	snprintf(place->parent, sizeof(place->parent), "%s/netns", etc->root);
	length = snprintf(place->folder, sizeof(place->folder), "%s/%s",
			  place->parent, name);
	/* The longest name below it has to fit as well. */
	if (!is_name(name) || length < 0 || length > PATH_MAX - 16)
		return sixpn_error_set(error, -EINVAL,
				       "'%s' is no name of a network namespace",
				       name);
	snprintf(place->hosts.path, PATH_MAX, "%.*s/hosts", PATH_MAX - 16,
		 place->folder);
	snprintf(place->resolv.path, PATH_MAX, "%.*s/resolv.conf",
		 PATH_MAX - 16, place->folder);
	return 0;
}

/* A folder that is there stays as it is. */
static int make_folder(const char *path, bool *made, struct sixpn_error *error)
{
	if (mkdir(path, FOLDER_MODE))
		return errno == EEXIST ? 0 : tell(error, path, "made");
	*made = true;
	return chmod(path, FOLDER_MODE) ? tell(error, path, "made") : 0;
}

/* Return: 0, or a negative errno: -EWOULDBLOCK if it stays locked. */
static int wait_for_lock(int fd)
{
	const struct timespec pause = { .tv_nsec = LOCK_RETRY_MS * 1000000L };
	unsigned int tries = LOCK_WAIT_MS / LOCK_RETRY_MS;

	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK || !--tries)
			return -errno;
		nanosleep(&pause, NULL);
	}
	return 0;
}

/*
 * A file of its own, which nobody else may open: who can read the folder could
 * lock that for ever.
 *
 * Return: 0; -ENOENT, without a sentence: there is no such folder.
 */
static int lock_parent(struct place *place, struct sixpn_error *error)
{
	char path[PATH_MAX + 16];
	int ret;

	snprintf(path, sizeof(path), "%s/.sixpn.lock", place->parent);
	place->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
			   0600);
	if (place->lock < 0)
		return errno == ENOENT ? -ENOENT : tell(error, path, "opened");
	ret = wait_for_lock(place->lock);
	if (ret == -EWOULDBLOCK)
		return sixpn_error_set(error, -EBUSY,
				       "%s: another sixpn has been changing files there for %g seconds (run: fuser '%s')",
				       path, LOCK_WAIT_MS / 1000.0, path);
	return ret ? sixpn_error_set(error, ret, "%s: cannot be locked: %s",
				     path, strerror(-ret)) : 0;
}

/* Return: 0; -ENOENT, without a sentence: there is no folder of all namespaces. */
static int open_place(struct place *place, const struct sixpn_netns_etc *etc,
		      const char *name, struct sixpn_error *error)
{
	int ret = set_paths(place, etc, name, error);

	if (!ret)
		ret = lock_parent(place, error);
	if (!ret)
		ret = read_file(&place->hosts, O_NOFOLLOW, error);
	return ret ? ret : read_file(&place->resolv, O_NOFOLLOW, error);
}

static void close_place(struct place *place)
{
	if (place->lock >= 0)
		close(place->lock);
	free(place->hosts.text.bytes);
	free(place->resolv.text.bytes);
}

/* --- The lines are there. --- */

static int begin_hosts(const struct sixpn_netns_etc *etc, struct file *hosts,
		       struct sixpn_error *error)
{
	struct file model = { 0 };
	int ret;

	snprintf(model.path, sizeof(model.path), "%s/hosts", etc->root);
	ret = read_file(&model, 0, error);
	hosts->text = model.text;
	return ret;
}

static int begin_file(struct file *file, struct sixpn_error *error)
{
	return sixpn_netns_text_mark(&file->text) ? out_of_memory(error) : 0;
}

static int add_lines(const struct sixpn_netns_etc *etc, struct place *place,
		     const struct sixpn_netns_line *line,
		     struct sixpn_error *error)
{
	struct file *hosts = &place->hosts, *resolv = &place->resolv;
	size_t before;
	int ret = 0;

	if (!hosts->there)
		ret = begin_hosts(etc, hosts, error);
	if (!ret && !hosts->there)
		ret = begin_file(hosts, error);
	if (!ret && !resolv->there)
		ret = begin_file(resolv, error);
	if (ret)
		return ret;
	before = hosts->text.length;
	if (sixpn_netns_text_add(&hosts->text, line))
		return out_of_memory(error);
	hosts->changed = hosts->text.length != before;
	before = resolv->text.length;
	if (sixpn_netns_text_add_resolver(&resolv->text))
		return out_of_memory(error);
	resolv->changed = resolv->text.length != before;
	return 0;
}

/* Hosts first: what is to go is found by it. */
static int write_both(struct place *place, struct sixpn_netns_done *done,
		      struct sixpn_error *error)
{
	int ret = 0;

	if (place->hosts.changed) {
		ret = write_file(place, &place->hosts, error);
		done->added |= !ret;
		done->changed |= !ret;
	}
	if (!ret && place->resolv.changed) {
		ret = write_file(place, &place->resolv, error);
		done->changed |= !ret;
	}
	return ret;
}

int sixpn_netns_etc_write(const struct sixpn_netns_etc *etc, const char *name,
			  const struct in6_addr *address,
			  struct sixpn_netns_done *done,
			  struct sixpn_error *error)
{
	const struct sixpn_netns_line line = {
		.self = etc->self, .address = *address,
	};
	struct place place = { .lock = -1 };
	bool ignored;
	int ret = set_paths(&place, etc, name, error);

	*done = (struct sixpn_netns_done){ 0 };
	if (!ret)
		ret = make_folder(place.parent, &ignored, error);
	if (!ret)
		ret = open_place(&place, etc, name, error);
	if (!ret)
		ret = add_lines(etc, &place, &line, error);
	if (!ret)
		ret = make_folder(place.folder, &place.made, error);
	if (!ret)
		ret = write_both(&place, done, error);
	/* Not if a file is in it. */
	if (ret && place.made)
		rmdir(place.folder);
	close_place(&place);
	return ret;
}

/* --- They are not. --- */

static int write_or_remove(struct place *place, struct file *file,
			   struct sixpn_error *error)
{
	if (!sixpn_netns_text_unmark(&file->text))
		return write_file(place, file, error);
	if (unlink(file->path) && errno != ENOENT)
		return tell(error, file->path, "removed");
	/* What else is there is somebody's. */
	rmdir(place->folder);
	return 0;
}

/*
 * Hosts last: without its line nobody would look for the other one. Somebody may
 * have removed it: the other one goes all the same.
 */
static int drop_lines(struct place *place, const struct sixpn_netns_line *line,
		      bool *changed, struct sixpn_error *error)
{
	struct file *hosts = &place->hosts, *resolv = &place->resolv;
	bool has = sixpn_netns_text_has(&hosts->text, line);
	size_t before = resolv->text.length;
	int ret = 0;

	sixpn_netns_text_drop(&hosts->text, line);
	if (!sixpn_netns_text_has(&hosts->text, NULL))
		sixpn_netns_text_drop_resolver(&resolv->text);
	*changed |= has || resolv->text.length != before;
	if (resolv->text.length != before)
		ret = write_or_remove(place, resolv, error);
	return ret || !has ? ret : write_or_remove(place, hosts, error);
}

int sixpn_netns_etc_remove(const struct sixpn_netns_etc *etc, const char *name,
			   const struct in6_addr *address, bool *changed,
			   struct sixpn_error *error)
{
	const struct sixpn_netns_line line = {
		.self = etc->self, .address = *address,
	};
	struct place place = { .lock = -1 };
	bool ignored = false;
	int ret = open_place(&place, etc, name, error);

	if (!ret)
		ret = drop_lines(&place, &line, changed ? changed : &ignored,
				 error);
	close_place(&place);
	return ret == -ENOENT ? 0 : ret;
}

/* --- All of them. --- */

struct visit {
	const struct sixpn_netns_etc *etc;
	int (*visit)(void *context, const char *name,
		     const struct in6_addr *address);
	void *context;
};

/* The text is a copy: the visitor may change the file. */
static int visit_one(const struct visit *visit, const char *name)
{
	struct place place = { .lock = -1 };
	struct sixpn_netns_line line;
	size_t at = 0;
	int ret = 0;

	if (set_paths(&place, visit->etc, name, NULL) ||
	    read_file(&place.hosts, O_NOFOLLOW, NULL))
		place.hosts.text.length = 0;
	while (!ret && sixpn_netns_text_next(&place.hosts.text, &at, &line))
		if (line.self == visit->etc->self)
			ret = visit->visit(visit->context, name, &line.address);
	close_place(&place);
	return ret;
}

int sixpn_netns_etc_visit(const struct sixpn_netns_etc *etc,
			  int (*visit)(void *context, const char *name,
				       const struct in6_addr *address),
			  void *context)
{
	const struct visit what = {
		.etc = etc, .visit = visit, .context = context,
	};
	struct dirent **entries;
	char parent[PATH_MAX];
	int i, count, ret = 0;

	snprintf(parent, sizeof(parent), "%s/netns", etc->root);
	/* All names at once: folders may go meanwhile. */
	count = scandir(parent, &entries, NULL, alphasort);
	if (count < 0)
		return errno == ENOMEM ? -ENOMEM : 0;
	for (i = 0; i < count; i++) {
		if (!ret && is_name(entries[i]->d_name))
			ret = visit_one(&what, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return ret;
}
