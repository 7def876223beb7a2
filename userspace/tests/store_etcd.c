// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A store in etcd: what store.h says, on a real one; members that are killed,
 * paused and started again; users; TLS; and servers that answer nonsense.
 */
#include "store_etcd.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sixpn_store *open_with(const char *where,
				     const struct sixpn_store_options *options)
{
	struct sixpn_error error = { 0 };
	struct sixpn_store *store;

	if (sixpn_store_open(&store, where, options, &error))
		test_result(false, "etcd: open %s: %s", where, error.text);
	return store;
}

static int get(struct sixpn_store *store, struct sixpn_error *error)
{
	struct store_log log = { 0 };

	return sixpn_store_get(store, store_test_key("none"), store_test_visit,
			       &log, error);
}

/* --- One member. --- */

static void test_compacted(struct etcd_cluster *cluster,
			   struct sixpn_store *store)
{
	struct sixpn_store_watch *watch;
	struct store_log log = { 0 };
	char body[64], answer[256];
	struct pollfd fd = { .events = POLLIN };
	int64_t end = store_test_now() + STORE_TEST_LIMIT_MS;
	uint64_t first, last;
	int ret = 0;

	store_test_put(store, "o", "1", 0, &first);
	store_test_put(store, "o", "2", 0, NULL);
	store_test_put(store, "o", "3", 0, &last);
	snprintf(body, sizeof(body), "{\"revision\":\"%llu\"}",
		 (unsigned long long)last);
	if (!etcd_post(cluster, 0, "/v3/kv/compaction", body, answer,
		       sizeof(answer)) ||
	    sixpn_store_watch_open(&watch, store, store_test_key("o"), first,
				   NULL)) {
		test_result(false, "etcd: compaction");
		return;
	}
	fd.fd = sixpn_store_watch_fd(watch);
	while (!ret && store_test_now() < end) {
		poll(&fd, 1, STORE_TEST_LIMIT_MS);
		ret = sixpn_store_watch_read(watch, store_test_visit, &log,
					     NULL);
	}
	test_result(ret == -EOVERFLOW && !log.count &&
		    sixpn_store_watch_read(watch, store_test_visit, &log,
					   NULL) == -EOVERFLOW,
		    "etcd: a watch of what was compacted is told so");
	sixpn_store_watch_close(watch);
	store_test_put(store, "o", NULL, 0, NULL);
}

static void test_too_large(const char *where)
{
	struct sixpn_store_options options = { .timeout_ms = 30000 };
	struct sixpn_store *store = open_with(where, &options);
	static char value[SIXPN_STORE_VALUE_MAX];
	struct sixpn_store_change changes[SIXPN_STORE_TXN_MAX];
	static const size_t counts[] = { 2, 4, 17 };
	char keys[17][64];
	size_t i;

	for (i = 0; i < 17; i++) {
		snprintf(keys[i], sizeof(keys[i]), "%s%zu",
			 store_test_key("big/"), i);
		changes[i] = (struct sixpn_store_change){
			.key = keys[i], .value = value, .length = sizeof(value),
		};
	}
	for (i = 0; i < TEST_COUNT(counts); i++) {
		struct sixpn_error error = { 0 };

		test_result(sixpn_store_commit(store, NULL, 0, changes,
					       counts[i], NULL, &error) ==
				    -EMSGSIZE && *error.text,
			    "etcd: refuse %zu MiB at once", counts[i]);
	}
	sixpn_store_close(store);
}

static int count(void *data, const struct sixpn_store_entry *entry)
{
	++*(int *)data;
	return 0;
}

/* A machine with much else to do may take longer than the store waits. */
static void put_in_the_end(struct sixpn_store *store, const char *key,
			   const char *value, size_t length)
{
	struct sixpn_store_change change = {
		.key = store_test_key(key), .value = value, .length = length,
	};
	int64_t end = store_test_now() + STORE_TEST_LIMIT_MS;

	while (sixpn_store_commit(store, NULL, 0, &change, 1, NULL, NULL) &&
	       store_test_now() < end)
		usleep(100000);
}

static bool lists_in_the_end(struct sixpn_store *store, const char *prefix,
			     int wanted)
{
	int64_t end = store_test_now() + STORE_TEST_LIMIT_MS;
	int entries;

	do {
		entries = 0;
		if (!sixpn_store_list(store, store_test_key(prefix), count,
				      &entries, NULL, NULL))
			return entries == wanted;
		usleep(100000);
	} while (store_test_now() < end);
	return false;
}

static void test_pages(const char *where)
{
	struct sixpn_store_options options = { .timeout_ms = 30000 };
	struct sixpn_store *store = open_with(where, &options);
	static char value[SIXPN_STORE_VALUE_MAX];
	char name[32];
	int i;

	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "s/%d", i);
		put_in_the_end(store, name, "x", 1);
	}
	for (i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "g/%d", i);
		put_in_the_end(store, name, value, sizeof(value));
	}
	test_result(lists_in_the_end(store, "s/", 300),
		    "etcd: a list of more than a page");
	test_result(lists_in_the_end(store, "g/", 12),
		    "etcd: a list of large values");
	sixpn_store_close(store);
}

static bool read_for(struct sixpn_store_watch *watch, struct store_log *log,
		     const char *wanted)
{
	int64_t end = store_test_now() + STORE_TEST_LIMIT_MS;
	struct pollfd fd = {
		.fd = sixpn_store_watch_fd(watch),
		.events = POLLIN,
	};

	/* Errors pass: members are stopped and started here. */
	while (strlen(log->text) < strlen(wanted) && store_test_now() < end) {
		poll(&fd, 1, 1000);
		sixpn_store_watch_read(watch, store_test_visit, log, NULL);
	}
	return test_same_text(log->text, wanted);
}

struct latest {
	uint64_t revision;
	char value[16];
};

static int keep_latest(void *data, const struct sixpn_store_entry *entry)
{
	struct latest *latest = data;

	latest->revision = entry->revision;
	snprintf(latest->value, sizeof(latest->value), "%s",
		 (const char *)entry->value);
	return 0;
}

/*
 * Until it is done: a member may be about to come or to go. With a condition,
 * for one that is paused may do later what it was asked before.
 */
static bool put_at_last(struct sixpn_store *store, const char *value)
{
	int64_t end = store_test_now() + STORE_TEST_LIMIT_MS;
	const char *key = store_test_key("f");
	struct sixpn_store_change change = {
		.key = key, .value = value, .length = strlen(value),
	};
	struct sixpn_error error = { 0 };
	int ret;

	do {
		struct sixpn_store_condition condition = { .key = key };
		struct latest latest = { 0 };

		ret = sixpn_store_get(store, key, keep_latest, &latest, &error);
		if (ret && ret != -ENOENT)
			continue;
		if (!strcmp(latest.value, value))
			return true;
		condition.revision = latest.revision;
		ret = sixpn_store_commit(store, &condition, 1, &change, 1, NULL,
					 &error);
	} while (ret && store_test_now() < end);
	if (ret)
		test_note("%d, %s", ret, error.text);
	return !ret;
}

static void test_users(struct etcd_cluster *cluster)
{
	static const char *const set_up[][2] = {
		{ "/v3/auth/user/add",
		  "{\"name\":\"root\",\"password\":\"secret\"}" },
		{ "/v3/auth/role/add", "{\"name\":\"root\"}" },
		{ "/v3/auth/user/grant",
		  "{\"user\":\"root\",\"role\":\"root\"}" },
		{ "/v3/auth/enable", "{}" },
	};
	struct sixpn_store_options options = {
		.user = "root", .password = "secret",
	};
	struct sixpn_store *store = open_with(cluster->where, &options);
	struct sixpn_store_watch *watch = NULL;
	struct sixpn_error error = { 0 };
	struct store_log log = { 0 };
	struct sixpn_store *other;
	char answer[256];
	bool ok = true;
	size_t i;

	if (!store)
		return;
	test_result(get(store, &error) == -ENOENT,
		    "etcd: a user where none is asked for");
	for (i = 0; i < TEST_COUNT(set_up); i++)
		ok &= etcd_post(cluster, 0, set_up[i][0], set_up[i][1], answer,
				sizeof(answer));
	test_result(ok && put_at_last(store, "1"), "etcd: a user");
	sixpn_store_watch_open(&watch, store, store_test_key("f"), 0, NULL);
	test_result(watch && put_at_last(store, "2") &&
		    read_for(watch, &log, "f=2 "), "etcd: a user's watch");
	/* Tokens are in memory only. */
	etcd_stop_member(cluster, 0, SIGKILL);
	etcd_start_member(cluster, 0);
	test_result(watch && put_at_last(store, "3") &&
		    read_for(watch, &log, "f=2 f=3 "),
		    "etcd: a token that was lost is fetched again");
	options.password = "wrong";
	other = open_with(cluster->where, &options);
	test_result(other && get(other, &error) == -EACCES &&
		    strstr(error.text, "127.0.0.1"), "etcd: a wrong password");
	sixpn_store_close(other);
	other = open_with(cluster->where, NULL);
	test_result(other && get(other, &error) == -EACCES,
		    "etcd: no user where one is asked for");
	sixpn_store_close(other);
	sixpn_store_watch_close(watch);
	sixpn_store_close(store);
}

static void test_member(void)
{
	struct etcd_cluster cluster = { .name = "one", .count = 1 };
	struct sixpn_store *store;

	if (test_result(etcd_start(&cluster, NULL), "etcd: start a member")) {
		test_store_contract(cluster.where);
		store = store_test_open(cluster.where);
		if (store) {
			test_compacted(&cluster, store);
			test_too_large(cluster.where);
			test_pages(cluster.where);
		}
		sixpn_store_close(store);
		test_users(&cluster);
	}
	etcd_stop(&cluster);
}

/* --- Three members. --- */

static void test_members(void)
{
	struct etcd_cluster cluster = { .name = "three", .count = 3 };
	struct sixpn_store_options options = { .timeout_ms = 3000 };
	struct sixpn_store_watch *watch = NULL;
	struct store_log log = { 0 };
	struct sixpn_store *store;
	int leader, i;

	if (!test_result(etcd_start(&cluster, NULL),
			 "etcd: start three members")) {
		etcd_stop(&cluster);
		return;
	}
	store = open_with(cluster.where, &options);
	sixpn_store_watch_open(&watch, store, store_test_key("f"), 0, NULL);
	test_result(put_at_last(store, "1") && read_for(watch, &log, "f=1 "),
		    "etcd: three members");
	leader = etcd_leader(&cluster);
	if (leader >= 0)
		etcd_stop_member(&cluster, leader, SIGKILL);
	test_result(leader >= 0 && put_at_last(store, "2") &&
		    read_for(watch, &log, "f=1 f=2 "),
		    "etcd: the leader is killed, and all goes on");
	if (leader >= 0)
		etcd_start_member(&cluster, leader);
	/* Whichever the calls and the watch are at now, among them. */
	for (i = 0; i < 3; i++) {
		char value[16];

		kill(cluster.pids[i], SIGSTOP);
		snprintf(value, sizeof(value), "p%d", i);
		test_result(put_at_last(store, value),
			    "etcd: member %d is paused, and calls go on", i);
		kill(cluster.pids[i], SIGCONT);
	}
	test_result(read_for(watch, &log, "f=1 f=2 f=p0 f=p1 f=p2 "),
		    "etcd: and the watch has no gap");
	for (i = 0; i < 3; i++)
		etcd_stop_member(&cluster, i, SIGKILL);
	for (i = 0; i < 3; i++)
		etcd_start_member(&cluster, i);
	test_result(put_at_last(store, "3") &&
		    read_for(watch, &log,
			     "f=1 f=2 f=p0 f=p1 f=p2 f=3 "),
		    "etcd: all are killed and started, and nothing is lost");
	sixpn_store_watch_close(watch);
	sixpn_store_close(store);
	etcd_stop(&cluster);
}

/* --- TLS. --- */

static void test_tls(void)
{
	static const char commands[] =
		"cd '%s' && exec >tls.log 2>&1 &&"
		" openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca"
		" -keyout ca.key -out ca.crt &&"
		" openssl req -newkey rsa:2048 -nodes -subj /CN=etcd"
		" -keyout etcd.key -out etcd.csr &&"
		" echo subjectAltName=IP:127.0.0.1 >ext &&"
		" openssl x509 -req -days 2 -in etcd.csr -CA ca.crt -CAkey ca.key"
		" -CAcreateserial -extfile ext -out etcd.crt";
	struct etcd_cluster cluster = { .name = "tls", .count = 1 };
	struct sixpn_store_options options = { 0 };
	struct sixpn_error error = { 0 };
	char command[1024], ca[128], plain[64];
	struct sixpn_store *store;

	snprintf(command, sizeof(command), commands, etcd_folder());
	snprintf(ca, sizeof(ca), "%s/ca.crt", etcd_folder());
	if (system("command -v openssl >/dev/null")) {
		test_result(true, "etcd: TLS # SKIP no openssl");
		return;
	}
	if (!test_result(!system(command), "etcd: certificates"))
		return;
	cluster.tls = etcd_folder();
	options.ca_file = ca;
	if (test_result(etcd_start(&cluster, &options), "etcd: TLS")) {
		store = open_with(cluster.where, NULL);
		test_result(store && get(store, &error) == -EKEYREJECTED,
			    "etcd: refuse a certificate that nobody signed");
		sixpn_store_close(store);
		snprintf(plain, sizeof(plain), "etcd:127.0.0.1:%d",
			 cluster.client_ports[0]);
		store = open_with(plain, NULL);
		error.text[0] = '\0';
		test_result(store && get(store, &error) < 0 && *error.text,
			    "etcd: no TLS where there should be");
		sixpn_store_close(store);
	}
	etcd_stop(&cluster);
}

/* --- Nonsense. --- */

#define OK "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"

/* @text: sent, then the connection is closed; NULL: it hangs. */
static const struct {
	const char *name;
	const char *text;
	bool endless;
} nonsense_rows[] = {
	{ "nothing at all", "", false },
	{ "no HTTP", "hello\r\n", false },
	{ "no answer", NULL, false },
	{ "no JSON", OK "hello", false },
	{ "half of it", OK "{\"header\":{\"revision\":\"5\"},\"kvs\":[{", false },
	{ "an array", OK "[]", false },
	{ "an empty object", OK "{}", false },
	{ "wrong types", OK "{\"header\":{\"revision\":[]},\"kvs\":5}", false },
	{ "a negative number", OK "{\"header\":{\"revision\":\"-5\"}}", false },
	{ "keys that are none", OK
	  "{\"header\":{\"revision\":\"5\"},\"kvs\":[5]}", false },
	{ "another key", OK
	  "{\"header\":{\"revision\":\"5\"},\"succeeded\":5,\"kvs\":[{\"key\":\"YQ==\",\"mod_revision\":\"2\"}]}",
	  false },
	{ "a page of somebody's", "HTTP/1.1 404 Not Found\r\n\r\n<html>", false },
	{ "an answer without an end", OK "{\"header\":{\"revision\":\"", true },
	{ "brackets without an end", OK "{\"kvs\":[", true },
};

static void serve(int listener, const char *text, bool endless)
{
	static char filling[65536];
	char request[4096];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	memset(filling, '[', sizeof(filling));
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			_exit(1);
		/* It is left open, and nothing comes. */
		if (!text)
			continue;
		(void)!read(fd, request, sizeof(request));
		/* The body of a request comes for itself. */
		if (*text)
			(void)!read(fd, request, sizeof(request));
		(void)!write(fd, text, strlen(text));
		while (endless &&
		       send(fd, filling, sizeof(filling), MSG_NOSIGNAL) > 0)
			;
		shutdown(fd, SHUT_WR);
		/* What is left unread would reset the connection. */
		while (read(fd, request, sizeof(request)) > 0)
			;
		close(fd);
	}
}

static int listen_somewhere(char *where)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&address, length) || listen(fd, 64) ||
	    getsockname(fd, (struct sockaddr *)&address, &length))
		return -1;
	sprintf(where, "etcd:127.0.0.1:%d", ntohs(address.sin_port));
	return fd;
}

static bool survives(const char *where)
{
	struct sixpn_store_options options = { .timeout_ms = 150 };
	struct sixpn_store_change change = { .key = "a", .value = "" };
	struct sixpn_store *store = open_with(where, &options);
	struct sixpn_error errors[6] = { 0 };
	struct sixpn_store_watch *watch = NULL;
	struct store_log log = { 0 };
	int64_t start = store_test_now();
	uint64_t lease = 5;
	bool ok = true;
	int rets[6], i;

	if (!store)
		return false;
	rets[0] = get(store, &errors[0]);
	rets[1] = sixpn_store_list(store, "b", store_test_visit, &log, NULL,
				   &errors[1]);
	rets[2] = sixpn_store_commit(store, NULL, 0, &change, 1, NULL,
				     &errors[2]);
	rets[3] = sixpn_store_lease_grant(store, 5, &lease, &errors[3]);
	rets[4] = sixpn_store_lease_renew(store, 5, &errors[4]);
	rets[5] = sixpn_store_watch_open(&watch, store, "a", 2, &errors[5]);
	for (i = 0; !rets[5] && i < 10; i++) {
		struct pollfd fd = {
			.fd = sixpn_store_watch_fd(watch), .events = POLLIN,
		};

		poll(&fd, 1, 20);
		sixpn_store_watch_read(watch, store_test_visit, &log, NULL);
	}
	for (i = 0; i < 5; i++)
		if (rets[i] >= 0 || !strstr(errors[i].text, "127.0.0.1")) {
			/* An empty answer is an empty store's in part. */
			test_note("call %d: %d, %s", i, rets[i],
				  errors[i].text);
			ok = false;
		}
	sixpn_store_watch_close(watch);
	sixpn_store_close(store);
	return ok && store_test_now() - start < STORE_TEST_LIMIT_MS;
}

static void test_nonsense(void)
{
	size_t i;

	for (i = 0; i < TEST_COUNT(nonsense_rows); i++) {
		char where[64] = "";
		int listener = listen_somewhere(where);
		pid_t pid = fork();

		if (!pid)
			serve(listener, nonsense_rows[i].text,
			      nonsense_rows[i].endless);
		close(listener);
		test_result(pid > 0 && survives(where),
			    "etcd: a server that says %s",
			    nonsense_rows[i].name);
		if (pid > 0) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
	}
}

void test_store_etcd(void)
{
	char command[64];

	store_test_set_prefix("sixpn-test/");
	curl_global_init(CURL_GLOBAL_DEFAULT);
	test_nonsense();
	if (system("command -v etcd >/dev/null")) {
		test_result(true, "etcd: a real one # SKIP no etcd-server");
	} else {
		test_member();
		store_test_set_prefix("sixpn-test/");
		test_members();
		test_tls();
		snprintf(command, sizeof(command), "rm -r '%s'",
			 etcd_folder());
		test_result(!system(command), "etcd: nothing is in the way");
	}
	curl_global_cleanup();
}
