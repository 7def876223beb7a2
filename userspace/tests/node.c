// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * This host, in a folder of its own: key file, registry, words, locks.
 */
#include "node.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "blake2s.h"
#include "record_test.h"

#define NOBODY 65534
#define KEY "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAUA="
/* Follows from its public key by the rule of SIXPN_A_HOST_ID. */
#define HOST_ID 3285393566U
#define MAKERS 8

static char folder[] = "/tmp/sixpn-node-XXXXXX";
static char config[64], key_file[64], state[48];
static struct sixpn_error error;

static void remove_all(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	if (system(command))
		test_note("%s is left", folder);
}

static bool write_text(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	bool ok = fd >= 0 &&
		  write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
		  !fchmod(fd, mode);

	if (fd >= 0)
		close(fd);
	return ok;
}

static size_t read_text(const char *path, char text[256])
{
	int fd = open(path, O_RDONLY);
	ssize_t length = fd < 0 ? -1 : read(fd, text, 255);

	if (fd >= 0)
		close(fd);
	text[length < 0 ? 0 : length] = '\0';
	return length < 0 ? 0 : (size_t)length;
}

/* Key and registry are in a folder that is not there yet. */
static bool write_config(const char *more)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "name = here\nkey-file = %s\nregistry = sqlite:%s/registry.db\n%s",
		 key_file, state, more);
	return write_text(config, text, 0644);
}

static mode_t mode_of(const char *path)
{
	struct stat status;

	return lstat(path, &status) ? 0 : status.st_mode & 07777;
}

static bool refused(int ret, int wanted, const char *part)
{
	if (ret == wanted && strstr(error.text, part))
		return true;
	test_note("returned %d, not %d: %s", ret, wanted, error.text);
	return false;
}

/* --- BLAKE2s, against another implementation (Python's hashlib). --- */

static void test_blake2s(void)
{
	static const struct {
		size_t length;
		const char *digest;
	} rows[] = {
		{ 0, "69217a3079908094e11121d042354a7c1f55b6482ca1a51e1b250dfd1ed0eef9" },
		{ 64, "56f34e8b96557e90c1f24b52d0c89d51086acf1b00f634cf1dde9233b8eaaa3e" },
		{ 65, "1b53ee94aaf34e4b159d48de352c7f0661d0a40edff95a0b1639b4090e974472" },
		{ 128, "1fa877de67259d19863a2a34bcc6962a2b25fcbf5cbecd7ede8f1fa36688a796" },
		{ 129, "5bd169e67c82c2c2e98ef7008bdf261f2ddf30b1c00f9e7f275bb3e8a28dc9a2" },
	};
	uint8_t data[129], digest[SIXPN_BLAKE2S_LEN];
	char text[SIXPN_KEY_HEX_LEN + 1];
	bool ok = true;
	size_t i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	for (i = 0; i < TEST_COUNT(rows); i++) {
		sixpn_blake2s(digest, data, rows[i].length);
		sixpn_key_to_hex(text, digest);
		ok &= test_same_text(text, rows[i].digest);
	}
	/* RFC 7693, appendix B */
	sixpn_blake2s(digest, "abc", 3);
	sixpn_key_to_hex(text, digest);
	ok &= test_same_text(text, "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982");
	test_result(ok, "node: blake2s");
}

/* --- The key file. --- */

static int load(bool make, struct sixpn_node *node)
{
	int ret;

	error.text[0] = '\0';
	ret = sixpn_node_open_config(node, config, &error);
	return ret ? ret : sixpn_node_load_key(node, make, &error);
}

static int try_load(bool make)
{
	struct sixpn_node node = { 0 };
	int ret = load(make, &node);

	sixpn_node_close(&node);
	return ret;
}

static void test_key_made(void)
{
	struct sixpn_node node = { 0 }, again = { 0 };
	char text[256], base64[SIXPN_KEY_BASE64_LEN + 1];
	uint8_t public_key[SIXPN_KEY_LEN];

	test_result(refused(try_load(false), -ENOENT, "run: sixpn up") &&
		    !mode_of(state),
		    "node: without a key");
	test_result(!load(true, &node) && mode_of(state) == 0700 &&
		    mode_of(key_file) == 0600,
		    "node: a key is made, for its owner only");
	sixpn_key_to_base64(base64, node.private_key);
	strcat(strcpy(text + 128, base64), "\n");
	test_result(read_text(key_file, text) == 45 &&
		    test_same_text(text, text + 128) &&
		    !sixpn_key_public(public_key, node.private_key) &&
		    sixpn_key_equal(public_key, node.public_key),
		    "node: what is in the file");
	test_result(!load(true, &again) &&
		    sixpn_key_equal(node.private_key, again.private_key) &&
		    node.host_id == again.host_id && node.host_id >= 2,
		    "node: the key stays");
	sixpn_node_close(&again);
	test_result(!sixpn_key_is_zero(node.private_key) &&
		    (sixpn_node_close(&node), true) &&
		    sixpn_key_is_zero(node.private_key) && !node.has_key,
		    "node: closing wipes the key");
}

static void test_key_id(void)
{
	struct sixpn_node node = { 0 };

	test_result(write_text(key_file, KEY "\n", 0400) &&
		    !load(false, &node) && node.host_id == HOST_ID,
		    "node: the host id that follows from the key");
	sixpn_node_close(&node);
	test_result(write_config("host-id = 9\n") && !load(false, &node) &&
		    node.host_id == 9 && write_config(""),
		    "node: the host id of the configuration");
	sixpn_node_close(&node);
}

/* The file is not touched by what refuses it. */
static void bad_key(const char *text, mode_t mode, int code, const char *part)
{
	char after[256];

	unlink(key_file);
	test_result(write_text(key_file, text, mode) &&
		    refused(try_load(true), code, part) &&
		    read_text(key_file, after) == strlen(text) &&
		    test_same_text(after, text) && mode_of(key_file) == mode,
		    "node: key file refused: %s", part);
}

static void test_key_refused(void)
{
	char text[256];

	bad_key(KEY "\n", 0640, -EPERM, "run: chmod 600 '/");
	bad_key(KEY "\n", 0604, -EPERM, "others can read");
	bad_key(KEY "\n", 0602, -EPERM, "read or write it");
	bad_key("", 0600, -EINVAL, "not a key of 44 base64 characters");
	bad_key(KEY "x\n", 0600, -EINVAL, "not a key");
	bad_key("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 0600,
		-EINVAL, "'sixpn genkey' makes one");
	unlink(key_file);
	test_result(!mkfifo(key_file, 0600) &&
		    refused(try_load(true), -EINVAL, "not a regular file") &&
		    !unlink(key_file),
		    "node: key file refused: a FIFO, without waiting");
	test_result(!symlink("nowhere", key_file) &&
		    try_load(true) == -ENOENT &&
		    readlink(key_file, text, sizeof(text)) == 7 &&
		    !unlink(key_file),
		    "node: a link that leads nowhere is not replaced");
	if (geteuid()) {
		test_result(true, "node: key file of another user # SKIP not root");
		return;
	}
	test_result(write_text(key_file, KEY, 0600) &&
		    !chown(key_file, NOBODY, NOBODY) &&
		    refused(try_load(true), -EPERM, "run: chown root '/") &&
		    !unlink(key_file),
		    "node: key file refused: another user's");
}

/* The exit status is a part of the key that it has got. */
static int make_and_tell(const char *where, int number)
{
	struct sixpn_node node = { 0 };
	int ret = load(true, &node) ? 127 : node.public_key[0] % 100;

	sixpn_node_close(&node);
	return ret;
}

static void test_key_raced(void)
{
	struct store_worker workers[MAKERS];
	int first = -1, i, n, got;
	bool ok = true;

	for (n = 0; n < 20; n++) {
		unlink(key_file);
		for (i = 0; i < MAKERS; i++)
			ok &= store_test_start(&workers[i], make_and_tell, "",
					       i);
		for (i = 0; i < MAKERS; i++)
			store_test_go(&workers[i]);
		for (i = 0; i < MAKERS; i++) {
			got = store_test_wait(&workers[i]);
			ok &= got < 100 && (!i || got == first);
			first = got;
		}
	}
	test_result(ok, "node: who makes a key together has the same");
}

/* --- Configuration and registry. --- */

static int try_open(const char *file)
{
	struct sixpn_node node = { 0 };
	int ret;

	error.text[0] = '\0';
	ret = sixpn_node_open(&node, file, &error);
	sixpn_node_close(&node);
	return ret;
}

static void test_open(void)
{
	struct sixpn_node node = { 0 };
	char missing[80];

	unlink(key_file);
	rmdir(state);
	snprintf(missing, sizeof(missing), "%s/missing", folder);
	test_result(refused(try_open(missing), -ENOENT, missing),
		    "node: a configuration that was asked for has to be there");
	test_result(write_config("oops = 1\n") &&
		    refused(try_open(config), -EINVAL,
			    "line 4: unknown key 'oops'") && !mode_of(state),
		    "node: errors of the configuration are passed on");
	write_config("");
	test_result(!try_open(config) && mode_of(state) == 0700,
		    "node: the folder of the registry is made");
	test_result(!sixpn_node_open_config(&node, config, &error) &&
		    !node.registry && !node.store &&
		    test_same_text(node.config.name, "here") &&
		    !sixpn_node_open_registry(&node, &error) && node.registry,
		    "node: the configuration first, then the registry");
	sixpn_node_close(&node);
	snprintf(state + strlen(state), 8, "/x/y");
	write_config("");
	test_result(refused(try_open(config), -ENOENT, "cannot be made"),
		    "node: no more than one folder is made");
	state[strlen(state) - 4] = '\0';
	write_config("");
}

static void password(const char *text, mode_t mode, int code, const char *part)
{
	char path[80], more[256];

	snprintf(path, sizeof(path), "%s/password", folder);
	/* the registry stands in the file once */
	snprintf(more, sizeof(more),
		 "name = here\nregistry = etcd:127.0.0.1:1\nregistry-timeout = 1\n"
		 "registry-user = u\n"
		 "registry-password-file = %s\n", path);
	test_result(write_text(path, text, mode) &&
		    write_text(config, more, 0644) &&
		    (code ? refused(try_open(config), code, part) :
			    try_open(config) && strstr(error.text, part)),
		    "node: password file of mode %o: %s", mode, part);
	write_config("");
}

static void test_password(void)
{
	/* It is taken: what is told next is that nobody answers there. */
	password("secret\n", 0600, 0, "etcd 127.0.0.1:1");
	password("secret", 0400, 0, "etcd 127.0.0.1:1");
	password("secret\n", 0644, -EPERM, "others can read");
	password("", 0600, -EINVAL, "not a password");
	password("\n", 0600, -EINVAL, "not a password");
	password("a\nb\n", 0600, -EINVAL, "of one line");
}

/* --- Words. --- */

static struct sixpn_node node;

/* The id of what the word stands for, or a negative errno. */
static int64_t network(const char *word)
{
	struct sixpn_record record;
	int64_t id;
	int ret;

	error.text[0] = '\0';
	ret = sixpn_node_network(&node, word, &record, &error);
	if (ret)
		return ret;
	id = record.network.network;
	sixpn_record_clear(&record);
	return id;
}

static int64_t host(const char *word)
{
	struct sixpn_record record;
	int64_t id;
	int ret;

	error.text[0] = '\0';
	ret = sixpn_node_host(&node, word, &record, &error);
	if (ret)
		return ret;
	id = record.host.host;
	sixpn_record_clear(&record);
	return id;
}

static bool put(struct sixpn_record *record)
{
	int ret = sixpn_registry_put(node.registry, record, 0, &error);

	if (ret)
		test_note("%d: %s", ret, error.text);
	sixpn_record_clear(record);
	return !ret;
}

static bool put_network(uint32_t id, const char *name)
{
	struct sixpn_record record;

	record_test_network(&record, id, name);
	return put(&record);
}

static bool put_host(uint32_t id, const char *name)
{
	struct sixpn_record record;

	record_test_host(&record, id, name);
	return put(&record);
}

static void test_network_words(void)
{
	test_result(refused((int)network(NULL), -EINVAL,
			    "run: sixpn network add NAME"),
		    "node: no network is not the only one");
	test_result(put_network(42, "acme") && network(NULL) == 42,
		    "node: the only network");
	test_result(network("acme") == 42 && network("ACME") == 42 &&
		    network("42") == 42 && network("0x2a") == 42,
		    "node: a network by its name and its id");
	test_result(refused((int)network("other"), -ENOENT,
			    "no network 'other' ('sixpn network list'") &&
		    refused((int)network("7"), -ENOENT,
			    "no network 7 ('sixpn network list'"),
		    "node: a network that is not there");
	test_result(refused((int)network("a b"), -EINVAL, "neither the name") &&
		    refused((int)network("1a"), -EINVAL, "neither the name") &&
		    refused((int)network("0"), -EINVAL, "neither the name") &&
		    refused((int)network("4294967296"), -EINVAL, "neither") &&
		    refused((int)network(""), -EINVAL, "neither the name"),
		    "node: what is no word for a network");
	test_result(put_network(43, "beta") &&
		    refused((int)network(NULL), -EINVAL, "there are 2 networks"),
		    "node: one of two networks has to be named");
}

static void test_host_words(void)
{
	struct sixpn_record record;

	test_result(refused((int)host(NULL), -ENOENT, "run: sixpn up"),
		    "node: this host is not in the registry");
	test_result(put_host(7, "seven") && put_host(8, "7") &&
		    put_host(9, "12"), "node: hosts");
	test_result(host("seven") == 7 && host("SEVEN") == 7 &&
		    host("0x7") == 7 && host("8") == 8,
		    "node: a host by its name and its id");
	test_result(host("9") == 9 && host("12") == 9,
		    "node: a number is an id, or a name");
	test_result(refused((int)host("7"), -EINVAL, "the name of another"),
		    "node: a number that is one host's id and another's name");
	test_result(refused((int)host("13"), -ENOENT,
			    "no host 13 ('sixpn host list'") &&
		    refused((int)host("x"), -ENOENT,
			    "no host 'x' ('sixpn host list'") &&
		    refused((int)host("x_y"), -EINVAL, "neither the name"),
		    "node: a host that is not there");
	record_test_host(&record, 55, "here");
	memcpy(record.host.public_key, node.public_key, SIXPN_KEY_LEN);
	test_result(put(&record) && host(NULL) == 55,
		    "node: this host, by its key");
}

static void test_client_key(void)
{
	struct sixpn_record record;

	record_test_host(&record, 55, "here");
	record.revision = SIXPN_REVISION_ANY;
	test_result(!sixpn_registry_delete(node.registry, &record, &error),
		    "node: this host is removed");
	sixpn_record_clear(&record);
	record_test_client(&record, 42, 7, 5, "laptop");
	memcpy(record.client.public_key, node.public_key, SIXPN_KEY_LEN);
	test_result(put(&record) &&
		    refused((int)host(NULL), -EINVAL,
			    "that of client 'laptop'"),
		    "node: this host has the key of a client");
}

static void test_words(void)
{
	unlink(key_file);
	if (!test_result(!sixpn_node_open(&node, config, &error) &&
			 !sixpn_node_load_key(&node, true, &error),
			 "node: open"))
		return;
	test_network_words();
	test_host_words();
	test_client_key();
	sixpn_node_close(&node);
}

/* --- Locks. --- */

/* 0: it got the lock after the other one let go. */
static int wait_for_lock(const char *where, int number)
{
	struct sixpn_node mine = { 0 };
	int fd;

	if (sixpn_node_open_config(&mine, config, &error))
		return 1;
	fd = sixpn_node_lock(&mine, &error);
	if (fd < 0 || access(where, F_OK))
		return 2;
	sixpn_node_close(&mine);
	return 0;
}

static int be_agent(const char *where, int number)
{
	struct sixpn_node mine = { 0 };
	int fd;

	if (sixpn_node_open_config(&mine, config, &error))
		return 1;
	fd = sixpn_node_lock_agent(&mine, &error);
	sixpn_node_close(&mine);
	if (fd < 0)
		return fd == -EBUSY ? 3 : 2;
	close(fd);
	return 0;
}

static int run_worker(store_work work)
{
	struct store_worker worker;

	if (!store_test_start(&worker, work, "", 0))
		return -1;
	store_test_go(&worker);
	return store_test_wait(&worker);
}

static void test_locks(void)
{
	struct store_worker worker;
	struct sixpn_node mine = { 0 };
	char done[80];
	int fd;

	snprintf(done, sizeof(done), "%s/done", folder);
	if (!test_result(!sixpn_node_open_config(&mine, config, &error),
			 "node: open for locks"))
		return;
	/* Before there is a lock, which it would have a share in. */
	if (!store_test_start(&worker, wait_for_lock, done, 0))
		return;
	fd = sixpn_node_lock(&mine, &error);
	test_result(fd >= 0, "node: a lock");
	store_test_go(&worker);
	usleep(100000);
	test_result(write_text(done, "", 0600) && !close(fd) &&
		    !store_test_wait(&worker), "node: another waits for it");
	test_result(!sixpn_node_has_agent(&mine), "node: no agent runs");
	fd = sixpn_node_lock_agent(&mine, &error);
	test_result(fd >= 0 && sixpn_node_has_agent(&mine) &&
		    run_worker(be_agent) == 3, "node: one agent runs");
	close(fd);
	test_result(!sixpn_node_has_agent(&mine) && !run_worker(be_agent),
		    "node: the agent has ended");
	sixpn_node_close(&mine);
}

void test_node(void)
{
	if (!mkdtemp(folder)) {
		test_result(false, "node: a folder to work in");
		return;
	}
	snprintf(config, sizeof(config), "%s/sixpn.conf", folder);
	snprintf(state, sizeof(state), "%s/state", folder);
	snprintf(key_file, sizeof(key_file), "%s/key", state);
	write_config("");
	test_blake2s();
	test_key_made();
	unlink(key_file);
	test_key_id();
	test_key_refused();
	test_key_raced();
	test_open();
	test_password();
	test_words();
	test_locks();
	remove_all();
}
