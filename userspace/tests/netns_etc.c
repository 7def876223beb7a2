// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns_etc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/sixpn.h>
#include <sixpn/addr.h>

#include "file_test.h"
#include "netns_text.h"
#include "test.h"

#define SELF 7U
#define OTHER 8U

#define WEB "fdaa:0:2a:0:7:0:5:2 fly-local-6pn # sixpn 7\n"
#define DB "fdaa:0:2a:0:7:0:6:2 fly-local-6pn # sixpn 7\n"
#define FOREIGN "fdaa:0:2a:0:8:0:5:2 fly-local-6pn # sixpn 8\n"
#define RESOLVER "# sixpn: the resolver of the mesh\nnameserver fdaa::3\n"
#define HOST "127.0.0.1 localhost\n::1 localhost\n"

static struct sixpn_error error;

/* --- Lines. --- */

static const struct line_case {
	const char *text;
	unsigned int count;
} line_cases[] = {
	{ "", 0 },
	{ WEB, 1 },
	{ WEB HOST DB, 2 },
	{ HOST WEB FOREIGN, 2 },
	{ "fdaa:0:2a:0:7:0:5:2 fly-local-6pn # sixpn 7", 0 },
	{ "fdaa:0:2a:0:7:0:5:2 fly-local-6pn\n", 0 },
	{ "fdaa:0:2a:0:7:0:5:2 fly-local-6pn # sixpn\n", 0 },
	{ "fdaa:0:2a:0:7:0:5:2 fly-local-6pn # sixpn 07\n", 0 },
	{ "fdaa:0:2a:0:7:0:5:2 fly-local-6pn # sixpn 0x7\n", 0 },
	{ "fdaa:0:2a:0:7:0:5:2 fly-local-6pn  # sixpn 7\n", 0 },
	{ "fdaa:0:2A:0:7:0:5:2 fly-local-6pn # sixpn 7\n", 0 },
	{ " " WEB, 0 },
	{ "x" WEB, 0 },
	{ "# " WEB, 0 },
	{ "\n\n \n" WEB, 1 },
};

static void test_lines(const struct line_case *wanted)
{
	char copy[512];
	struct sixpn_netns_text text = { .bytes = copy };
	struct sixpn_netns_line line;
	unsigned int count = 0;
	size_t at = 0;

	text.length = strlen(strcpy(copy, wanted->text));
	while (sixpn_netns_text_next(&text, &at, &line))
		count++;
	if (!test_result(count == wanted->count &&
			 sixpn_netns_text_has(&text, NULL) == (count > 0),
			 "netns files: %u marked", wanted->count))
		test_note("%u of '%s'", count, wanted->text);
}

/* --- Files. --- */

static char root[] = "/tmp/sixpn-etc-XXXXXX";
static struct sixpn_netns_etc etc = { .root = root, .self = SELF };
static const struct sixpn_netns_etc other = { .root = root, .self = OTHER };

static struct in6_addr address(uint32_t host, uint32_t machine)
{
	struct in6_addr result;

	sixpn_addr_build(&result, 42, host, machine, SIXPN_SUB_MACHINE);
	return result;
}

static int add(const struct sixpn_netns_etc *by, const char *name,
	       uint32_t machine, bool *changed)
{
	const struct in6_addr it = address(by->self, machine);
	struct sixpn_netns_done done;
	int ret = sixpn_netns_etc_write(by, name, &it, &done, &error);

	if (ret)
		test_note("%s", error.text);
	if (changed)
		*changed |= done.changed;
	return ret;
}

static int drop(const struct sixpn_netns_etc *by, const char *name,
		uint32_t machine, bool *changed)
{
	const struct in6_addr it = address(by->self, machine);
	int ret = sixpn_netns_etc_remove(by, name, &it, changed, &error);

	if (ret)
		test_note("%s", error.text);
	return ret;
}

/* The mark of a file that was made has a hash, which is nobody's to know. */
static bool holds(const char *name, bool made, const char *wanted)
{
	char text[4096];
	const char *rest = text;

	if (!file_test_read(root, name, text, sizeof(text)))
		return !wanted;
	if (made) {
		rest = strstr(text, "# sixpn made this file: ");
		if (!rest)
			return false;
		memmove((char *)rest, strchr(rest, '\n') + 1,
			strlen(strchr(rest, '\n')));
	}
	return wanted && test_same_text(text, wanted);
}

static bool is_gone(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/netns/%s", root, name);
	return access(path, F_OK) && errno == ENOENT;
}

static mode_t mode_of(const char *name)
{
	struct stat status = { 0 };
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	return stat(path, &status) ? 0 : status.st_mode & 07777;
}

static void test_made(void)
{
	bool changed = false;
	mode_t mask = umask(0077);

	test_result(!add(&etc, "web", 5, &changed) && changed &&
		    holds("netns/web/hosts", true, WEB HOST) &&
		    holds("netns/web/resolv.conf", true, RESOLVER),
		    "netns files: they are made, from /etc/hosts");
	umask(mask);
	test_result(mode_of("netns") == 0755 && mode_of("netns/web") == 0755 &&
		    mode_of("netns/web/hosts") == 0644 &&
		    mode_of("netns/web/resolv.conf") == 0644,
		    "netns files: for all to read");
	changed = false;
	test_result(!add(&etc, "web", 5, &changed) && !changed,
		    "netns files: again, nothing changes");
	test_result(!add(&etc, "web", 6, NULL) &&
		    holds("netns/web/hosts", true, DB WEB HOST) &&
		    !drop(&etc, "web", 5, &changed) && changed &&
		    holds("netns/web/hosts", true, DB HOST) &&
		    holds("netns/web/resolv.conf", true, RESOLVER),
		    "netns files: a namespace may have two machines");
	changed = false;
	test_result(!drop(&etc, "web", 5, &changed) && !changed &&
		    holds("netns/web/hosts", true, DB HOST),
		    "netns files: what is not there is not removed");
	test_result(!drop(&etc, "web", 6, NULL) && is_gone("web"),
		    "netns files: all goes with the last one");
	test_result(!drop(&etc, "web", 6, NULL) && !drop(&etc, "x", 6, NULL),
		    "netns files: and does so once");
}

static void test_changed(void)
{
	add(&etc, "web", 5, NULL);
	file_test_append(root, "netns/web/hosts", "10.0.0.1 db");
	test_result(!drop(&etc, "web", 5, NULL) &&
		    holds("netns/web/hosts", false, HOST "10.0.0.1 db") &&
		    is_gone("web/resolv.conf"),
		    "netns files: one that somebody has changed stays, without our lines");
	file_test_write(root, "netns/web/resolv.conf", "");
	add(&etc, "web", 5, NULL);
	test_result(!drop(&etc, "web", 5, NULL) &&
		    holds("netns/web/hosts", false, HOST "10.0.0.1 db") &&
		    holds("netns/web/resolv.conf", false, ""),
		    "netns files: so does one that was there, empty or not");
	file_test_remove(root, "netns/web/resolv.conf");
	add(&etc, "web", 5, NULL);
	file_test_write(root, "netns/web/nsswitch.conf", "x");
	file_test_remove(root, "netns/web/hosts");
	test_result(!add(&etc, "web", 5, NULL) &&
		    holds("netns/web/hosts", true, WEB HOST) &&
		    !drop(&etc, "web", 5, NULL) && is_gone("web/hosts") &&
		    is_gone("web/resolv.conf") &&
		    holds("netns/web/nsswitch.conf", false, "x"),
		    "netns files: one that was removed comes again; other files are not ours");
	file_test_remove(root, "netns/web/nsswitch.conf");
	file_test_remove(root, "netns/web");
}

static void test_theirs(void)
{
	file_test_folder(root, "netns/db");
	file_test_write(root, "netns/db/hosts", "10.0.0.2 cache\n");
	file_test_write(root, "netns/db/resolv.conf",
			"search x\nnameserver 9.9.9.9");
	file_test_mode(root, "netns/db/hosts", 0640);
	test_result(!add(&etc, "db", 6, NULL) &&
		    holds("netns/db/hosts", false, DB "10.0.0.2 cache\n") &&
		    holds("netns/db/resolv.conf", false,
			  RESOLVER "search x\nnameserver 9.9.9.9") &&
		    mode_of("netns/db/hosts") == 0640,
		    "netns files: ours stand before what is there");
	test_result(!drop(&etc, "db", 6, NULL) &&
		    holds("netns/db/hosts", false, "10.0.0.2 cache\n") &&
		    holds("netns/db/resolv.conf", false,
			  "search x\nnameserver 9.9.9.9") &&
		    mode_of("netns/db/hosts") == 0640,
		    "netns files: which then is as it was");
	file_test_write(root, "netns/db/resolv.conf", "nameserver fdaa::3\n");
	test_result(!add(&etc, "db", 6, NULL) &&
		    holds("netns/db/resolv.conf", false,
			  "nameserver fdaa::3\n") &&
		    !drop(&etc, "db", 6, NULL) &&
		    holds("netns/db/resolv.conf", false,
			  "nameserver fdaa::3\n"),
		    "netns files: a resolver that somebody else wrote is theirs");
	file_test_write(root, "netns/db/resolv.conf",
			RESOLVER "# sixpn: the resolver of the mesh\nx\n");
	test_result(!add(&etc, "db", 6, NULL) && !drop(&etc, "db", 6, NULL) &&
		    holds("netns/db/resolv.conf", false, "x\n"),
		    "netns files: of a mark whose line is gone only the mark goes");
	test_result(!add(&etc, "db", 6, NULL) && !add(&other, "db", 5, NULL) &&
		    !drop(&etc, "db", 6, NULL) &&
		    holds("netns/db/hosts", false,
			  FOREIGN "10.0.0.2 cache\n") &&
		    holds("netns/db/resolv.conf", false, RESOLVER "x\n") &&
		    !drop(&other, "db", 5, NULL) &&
		    holds("netns/db/resolv.conf", false, "x\n"),
		    "netns files: another host's machine keeps its own");
}

static bool refused(const char *name, int code, const char *sentence)
{
	const struct in6_addr it = address(SELF, 5);
	struct sixpn_netns_done done;
	int ret = sixpn_netns_etc_write(&etc, name, &it, &done, &error);

	if (ret != code || !strstr(error.text, sentence))
		test_note("%d: %s", ret, error.text);
	return ret == code && strstr(error.text, sentence);
}

static void test_refused(void)
{
	static const char *const names[] = { "", ".", "..", "a/b", "/a", ".a" };
	bool ok = true;
	size_t i;

	for (i = 0; i < TEST_COUNT(names); i++)
		ok &= refused(names[i], -EINVAL, "is no name");
	test_result(ok && holds("hosts", false, HOST),
		    "netns files: no name leads out of their folder");
	file_test_folder(root, "netns/link");
	file_test_write(root, "mine", "1\n");
	file_test_link(root, "netns/link/hosts", "../../mine");
	test_result(refused("link", -ELOOP, "/netns/link/hosts: a symbolic link") &&
		    holds("mine", false, "1\n") && is_gone("link/resolv.conf"),
		    "netns files: a link is left alone");
	file_test_remove(root, "netns/link/hosts");
	file_test_folder(root, "netns/link/resolv.conf");
	test_result(refused("link", -EINVAL, "not a regular file") &&
		    is_gone("link/hosts"),
		    "netns files: so is what is no file, before anything is written");
	file_test_remove(root, "netns/link/resolv.conf");
	file_test_remove(root, "netns/link");
	file_test_remove(root, "mine");
}

/* Nothing is made before it is known what to write. */
static void test_failed(void)
{
	file_test_remove(root, "hosts");
	file_test_folder(root, "hosts");
	test_result(refused("new", -EINVAL, "/hosts: not a regular file") &&
		    is_gone("new"),
		    "netns files: no folder is left of what fails");
	file_test_remove(root, "hosts");
	file_test_write(root, "hosts", HOST);
}

/* Who removes our hosts leaves our resolv.conf. */
static void test_half(void)
{
	bool changed = false;

	add(&etc, "web", 5, NULL);
	file_test_remove(root, "netns/web/hosts");
	test_result(!drop(&etc, "web", 5, &changed) && changed &&
		    is_gone("web"),
		    "netns files: the resolver goes, too, where hosts has gone before");
	add(&etc, "web", 5, NULL);
	file_test_write(root, "netns/web/hosts", "10.0.0.1 db\n");
	test_result(!drop(&etc, "web", 5, NULL) &&
		    holds("netns/web/hosts", false, "10.0.0.1 db\n") &&
		    is_gone("web/resolv.conf"),
		    "netns files: or has been written anew");
	file_test_remove(root, "netns/web/hosts");
	file_test_remove(root, "netns/web");
}

/* Return: a descriptor that has it locked. */
static int hold(const char *name, int flags, int operation)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0 || flock(fd, operation))
		test_note("%s: %s", path, strerror(errno));
	return fd;
}

static void test_locked(void)
{
	int fd = hold("netns", O_RDONLY | O_DIRECTORY, LOCK_SH);

	test_result(!add(&etc, "web", 5, NULL) && !drop(&etc, "web", 5, NULL),
		    "netns files: who locks what all can read holds nobody up");
	close(fd);
	fd = hold("netns/.sixpn.lock", O_RDWR, LOCK_EX);
	test_result(mode_of("netns/.sixpn.lock") == 0600 &&
		    refused("web", -EBUSY, "another sixpn") && is_gone("web"),
		    "netns files: another sixpn is not waited for without end");
	close(fd);
}

/* --- All of them. --- */

static int note(void *context, const char *name, const struct in6_addr *it)
{
	char *text = context, line[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, it, line, sizeof(line));
	sprintf(text + strlen(text), "%s %s, ", name, line);
	/* Which may change what it is told from. */
	return sixpn_netns_etc_remove(&etc, name, it, NULL, &error);
}

static void test_visit(void)
{
	char told[512] = "";

	add(&etc, "web", 5, NULL);
	add(&etc, "web", 6, NULL);
	add(&etc, "a", 7, NULL);
	add(&other, "web", 5, NULL);
	file_test_write(root, "netns/file", WEB);
	test_result(!sixpn_netns_etc_visit(&etc, note, told) &&
		    test_same_text(told, "a fdaa:0:2a:0:7:0:7:2, "
				   "web fdaa:0:2a:0:7:0:6:2, "
				   "web fdaa:0:2a:0:7:0:5:2, ") &&
		    is_gone("a") && holds("netns/web/hosts", true,
					  FOREIGN HOST),
		    "netns files: all lines of a host are found, and no others");
	drop(&other, "web", 5, NULL);
	file_test_remove(root, "netns/file");
}

static void test_names(void)
{
	struct sixpn_record_machine machine = {
		.host = SELF, .home = OTHER, .netns = "web",
		.attachment = SIXPN_ATTACHMENT_PORT,
	}, is;
	bool ok;

	test_result(sixpn_netns_etc_name(&machine, SELF) == machine.netns &&
		    !sixpn_netns_etc_name(&machine, OTHER),
		    "netns files: of a machine that is here");
	is = machine;
	is.state = SIXPN_RUN_STOPPED;
	ok = !sixpn_netns_etc_name(&is, SELF);
	is = machine;
	is.no_resolv = true;
	ok &= !sixpn_netns_etc_name(&is, SELF);
	is = machine;
	is.attachment = SIXPN_ATTACHMENT_HOST;
	ok &= !sixpn_netns_etc_name(&is, SELF);
	strcpy(machine.netns, "/run/netns/web");
	ok &= !sixpn_netns_etc_name(&machine, SELF);
	strcpy(machine.netns, "1");
	ok &= !sixpn_netns_etc_name(&machine, SELF);
	strcpy(machine.netns, "");
	ok &= !sixpn_netns_etc_name(&machine, SELF);
	strcpy(machine.netns, "..");
	ok &= !sixpn_netns_etc_name(&machine, SELF);
	test_result(ok, "netns files: of no other");
}

void test_netns_etc(void)
{
	size_t i;

	for (i = 0; i < TEST_COUNT(line_cases); i++)
		test_lines(&line_cases[i]);
	test_names();
	if (!mkdtemp(root)) {
		test_result(false, "netns files: a folder for them");
		return;
	}
	test_result(!drop(&etc, "web", 5, NULL),
		    "netns files: no folder, no lines");
	file_test_write(root, "hosts", HOST);
	test_made();
	test_changed();
	test_theirs();
	test_refused();
	test_failed();
	test_half();
	test_locked();
	test_visit();
	file_test_remove_all(root);
}
