// SPDX-License-Identifier: GPL-2.0-or-later
#include "reconcile.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sixpn/addr.h>

#include "fake_ops.h"
#include "file_test.h"
#include "record_test.h"

#define SELF 7U			/* of the fake kernel */
#define OTHER 8U
#define THIRD 9U
#define NOW 1000000U
#define EXPIRY 600U

/* A host with its kernel and what it knows of the registry. */
struct bench {
	struct refusing refusing;
	struct sixpn_view view;
	struct sixpn_reconcile_what what;
	struct sixpn_reconcile_options options;
	struct sixpn_reconcile_result result;
	char notices[1024];
};

static void take_notice(void *context, const char *text)
{
	struct bench *bench = context;
	size_t used = strlen(bench->notices);

	snprintf(bench->notices + used, sizeof(bench->notices) - used, "%s\n",
		 text);
}

static void bench_init(struct bench *bench)
{
	memset(bench, 0, sizeof(*bench));
	bench->refusing.kernel.state.host_id = SELF;
	bench->what = (struct sixpn_reconcile_what){
		.view = &bench->view, .self = SELF, .idle_expiry = EXPIRY,
		.now = NOW,
	};
	bench->options = (struct sixpn_reconcile_options){
		.notice = take_notice, .context = bench,
		.result = &bench->result,
	};
}

static void bench_clear(struct bench *bench)
{
	sixpn_view_clear(&bench->view);
	sixpn_device_clear(&bench->refusing.kernel.state);
}

static int run(struct bench *bench)
{
	struct sixpn_error error = { 0 };
	int ret;

	bench->notices[0] = '\0';
	memset(&bench->result, 0, sizeof(bench->result));
	ret = sixpn_reconcile_apply(&refusing_ops, &bench->refusing,
				    &bench->what, &bench->options, &error);
	if (ret)
		test_note("%s", error.text);
	return ret;
}

/* Nothing is asked of the kernel the next time. */
static bool is_done(struct bench *bench)
{
	unsigned int requests = bench->refusing.requests;
	unsigned int deaths = bench->refusing.kernel.deaths;

	return !run(bench) && !bench->result.changed &&
	       bench->refusing.requests == requests &&
	       bench->refusing.kernel.deaths == deaths;
}

static void put_host(struct bench *bench, uint32_t id, const char *first,
		     const char *second)
{
	struct sixpn_record record;
	char name[16];

	snprintf(name, sizeof(name), "host%u", id);
	record_test_host(&record, id, name);
	if (first)
		strcpy(record.host.endpoints[record.host.endpoint_count++],
		       first);
	if (second)
		strcpy(record.host.endpoints[record.host.endpoint_count++],
		       second);
	sixpn_view_put(&bench->view, &record);
}

static void put_machine(struct bench *bench, uint32_t home, uint32_t host,
			uint32_t id, const char *name)
{
	struct sixpn_record record;

	record_test_machine(&record, 42, home, id, name);
	record.machine.host = host;
	sixpn_view_put(&bench->view, &record);
}

static void put_port(struct bench *bench, uint32_t id, const char *name)
{
	struct sixpn_record record;

	record_test_machine(&record, 42, SELF, id, name);
	record.machine.attachment = SIXPN_ATTACHMENT_PORT;
	strcpy(record.machine.ifname, "eth6");
	strcpy(record.machine.netns, name);
	sixpn_view_put(&bench->view, &record);
}

static void put_client(struct bench *bench, uint8_t number, uint64_t expires)
{
	struct sixpn_record record;
	char name[16];

	snprintf(name, sizeof(name), "laptop%u", number);
	record_test_client(&record, 43, SELF, number, name);
	record.client.expires = expires;
	sixpn_view_put(&bench->view, &record);
}

static void put_moved(struct bench *bench, uint32_t home, uint32_t machine,
		      uint32_t host)
{
	const struct sixpn_record record = {
		.kind = SIXPN_RECORD_MOVED,
		.moved = { .network = 42, .home = home, .machine = machine,
			   .host = host },
	};

	sixpn_view_put(&bench->view, &record);
}

static void drop_record(struct bench *bench, const char *key)
{
	char whole[SIXPN_RECORD_KEY_MAX];

	snprintf(whole, sizeof(whole), SIXPN_REGISTRY_PREFIX "%s", key);
	sixpn_view_remove(&bench->view, whole, SELF);
}

static void spoil_record(struct bench *bench, const char *key)
{
	char whole[SIXPN_RECORD_KEY_MAX];

	drop_record(bench, key);
	snprintf(whole, sizeof(whole), SIXPN_REGISTRY_PREFIX "%s", key);
	sixpn_view_put_bad(&bench->view, whole);
}

static struct sixpn_device *state(struct bench *bench)
{
	return &bench->refusing.kernel.state;
}

static struct sixpn_peer *peer_of(struct bench *bench, uint8_t number)
{
	uint8_t key[SIXPN_KEY_LEN];

	memset(key, number, sizeof(key));
	return fake_peer_find(state(bench), key);
}

static struct sixpn_machine *machine_of(struct bench *bench, uint32_t network,
					uint32_t home, uint32_t id)
{
	struct sixpn_machine named = { .has = SIXPN_MACHINE_HAS_ADDRESS };

	sixpn_addr_build(&named.address, network, home, id, SIXPN_SUB_MACHINE);
	return fake_machine_find(state(bench), &named);
}

static bool is_at(const struct sixpn_peer *peer, const char *address)
{
	char text[INET_ADDRSTRLEN];

	return peer && peer->has & SIXPN_PEER_HAS_ENDPOINT &&
	       inet_ntop(AF_INET, &peer->endpoint.v4.sin_addr, text,
			 sizeof(text)) && !strcmp(text, address);
}

/* As the kernel does when it hears the peer there. */
static void hear(struct sixpn_peer *peer, const char *address, uint64_t when)
{
	peer->has |= SIXPN_PEER_HAS_ENDPOINT | SIXPN_PEER_HAS_LAST_HANDSHAKE;
	peer->endpoint.v4.sin_family = AF_INET;
	peer->endpoint.v4.sin_port = htons(1);
	inet_pton(AF_INET, address, &peer->endpoint.v4.sin_addr);
	peer->last_handshake = when * 1000000000;
}

/* Some of each: hosts 8 and 9, machines here, from here and on the way. */
static void fill(struct bench *bench)
{
	bench_init(bench);
	put_host(bench, SELF, "192.0.2.7:1", NULL);
	put_host(bench, OTHER, "192.0.2.8:1", "192.0.2.18:1");
	put_host(bench, THIRD, NULL, NULL);
	put_machine(bench, SELF, SELF, 1, "web");
	put_machine(bench, SELF, SELF, 2, "db");
	put_machine(bench, SELF, OTHER, 3, "gone");
	put_machine(bench, OTHER, SELF, 4, "come");
	put_moved(bench, SELF, 3, OTHER);
	put_moved(bench, OTHER, 4, SELF);
	put_moved(bench, OTHER, 5, THIRD);
	put_client(bench, 100, 0);
	put_client(bench, 101, NOW + 1);
	put_client(bench, 102, NOW);
}

static void test_all(void)
{
	struct bench bench;
	bool ok;

	fill(&bench);
	bench.options.clients_permanent = true;
	ok = !run(&bench) && !bench.result.left_out &&
	     !bench.refusing.kernel.refusals;
	test_result(ok && state(&bench)->network_count == 2 &&
		    state(&bench)->machine_count == 6 &&
		    state(&bench)->route_count == 1 &&
		    state(&bench)->peer_count == 4 &&
		    bench.result.changed == 13,
		    "reconcile: all that the registry says, for a device with nothing");
	test_result(is_at(peer_of(&bench, OTHER), "192.0.2.8") &&
		    peer_of(&bench, THIRD) && !peer_of(&bench, SELF) &&
		    machine_of(&bench, 42, SELF, 3)->moved_to == OTHER &&
		    !machine_of(&bench, 42, OTHER, 4)->moved_to,
		    "reconcile: hosts are peers, moved machines are forwarded or here");
	test_result(!peer_of(&bench, 100)->idle_expiry && !peer_of(&bench, 102),
		    "reconcile: without an agent clients are there for ever, but for expired ones");
	test_result(is_done(&bench), "reconcile: the second time nothing is asked for");
	bench.options.clients_permanent = false;
	run(&bench);
	test_result(peer_of(&bench, 100)->idle_expiry == EXPIRY &&
		    peer_of(&bench, 101)->idle_expiry == EXPIRY &&
		    is_done(&bench),
		    "reconcile: with an agent clients that are there get their idle expiry");
	bench_clear(&bench);
}

static void test_clients(void)
{
	struct sixpn_scope scope = { 0 };
	uint8_t key[SIXPN_KEY_LEN];
	struct bench bench;
	bool ok;

	fill(&bench);
	run(&bench);
	test_result(!peer_of(&bench, 100) && !machine_of(&bench, 43, SELF, 100) &&
		    fake_network_find(state(&bench), 43),
		    "reconcile: with an agent clients that do not call are not there, their network is");
	memset(key, 100, sizeof(key));
	bench.what.install = key;
	bench.what.scope = &scope;
	sixpn_scope_add(&scope,
			&sixpn_view_find_key(&bench.view, key)->record);
	run(&bench);
	ok = peer_of(&bench, 100) && machine_of(&bench, 43, SELF, 100);
	bench.what.install = NULL;
	test_result(ok && bench.result.changed == 2 && is_done(&bench),
		    "reconcile: one that calls is there from then on");
	bench.what.scope = NULL;
	bench.what.now = NOW;
	put_client(&bench, 100, NOW);
	run(&bench);
	test_result(!peer_of(&bench, 100) &&
		    !machine_of(&bench, 43, SELF, 100),
		    "reconcile: one that has expired goes");
	sixpn_scope_clear(&scope);
	bench_clear(&bench);
}

static void test_removal(void)
{
	struct sixpn_peer *site;
	struct bench bench;

	fill(&bench);
	bench.options.clients_permanent = true;
	run(&bench);
	site = sixpn_device_add_peer(state(&bench));
	memset(site->public_key, 200, sizeof(site->public_key));
	site->has = SIXPN_PEER_HAS_PUBLIC_KEY | SIXPN_PEER_HAS_KIND;
	fake_network_make(&bench.refusing.kernel, 77);
	sixpn_view_clear(&bench.view);
	put_machine(&bench, SELF, SELF, 1, "web");
	put_host(&bench, OTHER, "192.0.2.8:1", NULL);
	test_result(!run(&bench) && state(&bench)->peer_count == 2 &&
		    state(&bench)->network_count == 1 &&
		    state(&bench)->machine_count == 1 &&
		    !state(&bench)->route_count &&
		    !bench.refusing.kernel.refusals,
		    "reconcile: what is not in the registry goes");
	test_result(peer_of(&bench, 200) && peer_of(&bench, OTHER) &&
		    machine_of(&bench, 42, SELF, 1) && is_done(&bench),
		    "reconcile: peers of kind site, and what is in it, stay");
	bench_clear(&bench);
}

static void test_endpoints(void)
{
	struct sixpn_view_entry *entry;
	struct bench bench;

	fill(&bench);
	run(&bench);
	hear(peer_of(&bench, OTHER), "198.51.100.1", NOW - 10);
	test_result(is_done(&bench) &&
		    is_at(peer_of(&bench, OTHER), "198.51.100.1"),
		    "reconcile: where a host was heard stays");
	put_host(&bench, OTHER, "192.0.2.8:1", "192.0.2.18:1");
	test_result(is_done(&bench) &&
		    is_at(peer_of(&bench, OTHER), "198.51.100.1"),
		    "reconcile: also when its record changes, but not its endpoints");
	put_host(&bench, OTHER, "192.0.2.28:1", NULL);
	run(&bench);
	test_result(is_at(peer_of(&bench, OTHER), "192.0.2.28"),
		    "reconcile: when they change the new one is set");
	entry = sixpn_view_find_host(&bench.view, OTHER);
	entry->renew = SIXPN_RENEW_NOT;
	hear(peer_of(&bench, OTHER), "198.51.100.1",
	     NOW - SIXPN_SESSION_SECONDS);
	run(&bench);
	test_result(is_at(peer_of(&bench, OTHER), "192.0.2.28"),
		    "reconcile: where it was heard long ago does not count");
	put_host(&bench, OTHER, "192.0.2.28:1", "192.0.2.38:1");
	entry = sixpn_view_find_host(&bench.view, OTHER);
	entry->renew = SIXPN_RENEW_NEXT;
	entry->endpoint = 3;
	run(&bench);
	entry->renew = SIXPN_RENEW_NOT;
	test_result(is_at(peer_of(&bench, OTHER), "192.0.2.38") &&
		    is_done(&bench),
		    "reconcile: the next endpoint is tried when that is asked for, and stays");
	bench_clear(&bench);
}

static void test_failures(void)
{
	uint8_t key[SIXPN_KEY_LEN];
	struct bench bench;

	fill(&bench);
	bench.refusing.refused_name = "db";
	test_result(!run(&bench) && bench.result.left_out == 1 &&
		    !strcmp(bench.notices,
			    "machine db: no such namespace\n") &&
		    !machine_of(&bench, 42, SELF, 2) &&
		    machine_of(&bench, 42, SELF, 1) &&
		    machine_of(&bench, 42, OTHER, 4) &&
		    state(&bench)->route_count == 1,
		    "reconcile: a machine that cannot be does not stop others, and is told of");
	bench.refusing.refused_name = NULL;
	test_result(!run(&bench) && bench.result.changed == 1 &&
		    machine_of(&bench, 42, SELF, 2) && is_done(&bench),
		    "reconcile: it comes when it can");
	bench_clear(&bench);

	fill(&bench);
	put_port(&bench, 2, "db");
	bench.refusing.refused_name = "db";
	test_result(!run(&bench) && bench.result.left_out == 1 &&
		    machine_of(&bench, 42, SELF, 2) &&
		    machine_of(&bench, 42, SELF, 2)->attachment ==
			    SIXPN_ATTACHMENT_NONE,
		    "reconcile: a machine whose port cannot be has its address");
	test_result(!run(&bench) && !bench.result.changed &&
		    bench.result.left_out == 1,
		    "reconcile: and so it stays");
	bench.refusing.refused_name = NULL;
	test_result(!run(&bench) && bench.result.changed == 1 &&
		    machine_of(&bench, 42, SELF, 2)->attachment ==
			    SIXPN_ATTACHMENT_PORT,
		    "reconcile: until its port can be");
	bench_clear(&bench);

	fill(&bench);
	memset(key, THIRD, sizeof(key));
	bench.refusing.refused_key = key;
	test_result(!run(&bench) && peer_of(&bench, OTHER) &&
		    !peer_of(&bench, THIRD) &&
		    strstr(bench.notices, "host host9: not this one\n") &&
		    machine_of(&bench, 42, SELF, 3)->moved_to == OTHER,
		    "reconcile: nor does a peer");
	bench_clear(&bench);

	fill(&bench);
	bench.refusing.stale = 3;
	test_result(!run(&bench) && bench.result.changed == 9 &&
		    is_done(&bench),
		    "reconcile: when somebody else is quicker it is read again");
	bench_clear(&bench);
	fill(&bench);
	bench.refusing.kernel.state.host_id = OTHER;
	test_result(run(&bench) == -ESTALE && !bench.refusing.requests,
		    "reconcile: a device of another host id is left alone");
	bench_clear(&bench);
}

static void test_new_key(void)
{
	struct sixpn_record record;
	struct bench bench;
	bool ok;

	fill(&bench);
	bench.options.clients_permanent = true;
	run(&bench);
	/* The new key comes before the old one in the order of keys. */
	record = sixpn_view_find_host(&bench.view, THIRD)->record;
	memset(record.host.public_key, 2, SIXPN_KEY_LEN);
	sixpn_view_put(&bench.view, &record);
	ok = !run(&bench) && !bench.result.left_out;
	test_result(ok && !peer_of(&bench, THIRD) && peer_of(&bench, 2) &&
		    peer_of(&bench, 2)->host_id == THIRD &&
		    state(&bench)->route_count == 1 && is_done(&bench),
		    "reconcile: a host with a new key is another peer, its routes come back");
	record_test_client(&record, 43, SELF, 100, "laptop100");
	memset(record.client.public_key, 3, SIXPN_KEY_LEN);
	sixpn_view_put(&bench.view, &record);
	ok = !run(&bench) && !bench.result.left_out;
	test_result(ok && !peer_of(&bench, 100) && peer_of(&bench, 3) &&
		    sixpn_key_equal(machine_of(&bench, 43, SELF, 100)->peer_key,
				    record.client.public_key) &&
		    is_done(&bench),
		    "reconcile: so is a client, its address stays");
	bench_clear(&bench);
}

static void test_bad(void)
{
	static const char *const keys[] = {
		"network/0000002a", "host/00000008", "host/00000009",
		"machine/00000007/0000002a/00000007/00000001",
		"machine/00000007/0000002a/00000007/00000002",
		"machine/00000007/0000002a/00000008/00000004",
		"client/00000007/0000002b/00000007/00000064",
		"moved/0000002a/00000007/00000003",
		"moved/0000002a/00000008/00000005",
	};
	struct bench bench;
	bool ok = true;
	size_t i;

	for (i = 0; i < TEST_COUNT(keys); i++) {
		fill(&bench);
		bench.options.clients_permanent = true;
		run(&bench);
		spoil_record(&bench, keys[i]);
		if (!is_done(&bench)) {
			test_note("%s: changed something", keys[i]);
			ok = false;
		}
		bench_clear(&bench);
	}
	test_result(ok, "reconcile: what one record is about stays when it cannot be read");
	fill(&bench);
	bench.options.clients_permanent = true;
	run(&bench);
	for (i = 0; i < TEST_COUNT(keys); i++)
		spoil_record(&bench, keys[i]);
	test_result(is_done(&bench) && state(&bench)->peer_count == 4 &&
		    state(&bench)->machine_count == 6,
		    "reconcile: so does all of it when none can be");
	drop_record(&bench, keys[3]);
	test_result(!run(&bench) && bench.result.changed == 1 &&
		    !machine_of(&bench, 42, SELF, 1),
		    "reconcile: once it is gone from the registry it goes");
	bench_clear(&bench);
}

static void test_scope(void)
{
	struct sixpn_scope scope = { 0 };
	struct bench bench;
	bool ok;

	fill(&bench);
	run(&bench);
	put_machine(&bench, SELF, SELF, 6, "new");
	put_machine(&bench, SELF, SELF, 9, "later");
	drop_record(&bench, "machine/00000007/0000002a/00000007/00000001");
	drop_record(&bench, "machine/00000007/0000002a/00000007/00000002");
	drop_record(&bench, "host/00000009");
	sixpn_scope_add_name(&scope, SIXPN_REGISTRY_PREFIX
			     "machine/00000007/0000002a/00000007/00000006");
	sixpn_scope_add_name(&scope, SIXPN_REGISTRY_PREFIX
			     "machine/00000007/0000002a/00000007/00000001");
	bench.what.scope = &scope;
	ok = !run(&bench) && bench.result.changed == 2;
	test_result(ok && machine_of(&bench, 42, SELF, 6) &&
		    !machine_of(&bench, 42, SELF, 1) &&
		    machine_of(&bench, 42, SELF, 2) &&
		    !machine_of(&bench, 42, SELF, 9) &&
		    peer_of(&bench, THIRD) && is_done(&bench),
		    "reconcile: a change of two records touches two objects");
	sixpn_scope_add_name(&scope, SIXPN_REGISTRY_PREFIX "host/00000009");
	ok = !run(&bench);
	test_result(ok && !peer_of(&bench, THIRD) &&
		    !state(&bench)->route_count,
		    "reconcile: with a host its routes go");
	put_host(&bench, THIRD, NULL, NULL);
	ok = !run(&bench);
	test_result(ok && peer_of(&bench, THIRD) &&
		    state(&bench)->route_count == 1,
		    "reconcile: with a host its routes come");
	sixpn_scope_clear(&scope);
	bench_clear(&bench);
}

/* --- From a registry. --- */

static bool put(struct sixpn_registry *registry, struct sixpn_record *record)
{
	struct sixpn_error error = { 0 };

	record->revision = SIXPN_REVISION_ANY;
	if (!sixpn_registry_put(registry, record, 0, &error))
		return true;
	test_note("%s", error.text);
	return false;
}

static bool fill_registry(struct sixpn_registry *registry,
			  struct sixpn_store *store)
{
	const struct sixpn_store_change change = {
		.key = SIXPN_REGISTRY_PREFIX "host/00000009",
		.value = "{}", .length = 2,
	};
	struct sixpn_error error;
	struct sixpn_record record;
	bool ok;

	record_test_network(&record, 42, "prod");
	ok = put(registry, &record);
	record_test_host(&record, SELF, "a");
	ok = ok && put(registry, &record);
	record_test_host(&record, OTHER, "b");
	ok = ok && put(registry, &record);
	record_test_machine(&record, 42, SELF, 1, "gone");
	ok = ok && put(registry, &record);
	record.machine.host = OTHER;
	record.revision = SIXPN_REVISION_ANY;
	ok = ok && put(registry, &record);
	record_test_machine(&record, 42, OTHER, 2, "elsewhere");
	ok = ok && put(registry, &record);
	record_test_machine(&record, 42, SELF, 3, "here");
	ok = ok && put(registry, &record);
	record_test_client(&record, 42, SELF, 100, "laptop");
	ok = ok && put(registry, &record);
	record_test_client(&record, 42, OTHER, 101, "desktop");
	ok = ok && put(registry, &record);
	return ok && !sixpn_store_commit(store, NULL, 0, &change, 1, NULL,
					 &error);
}

static void test_registry_read(const char *where)
{
	struct sixpn_store *store = store_test_open(where);
	struct sixpn_registry *registry = NULL;
	struct sixpn_error error = { 0 };
	struct in6_addr address;
	struct bench bench;
	bool ok;

	bench_init(&bench);
	if (!store || sixpn_registry_open(&registry, store, &error)) {
		test_result(false, "reconcile: registry: %s", error.text);
		sixpn_store_close(store);
		return;
	}
	ok = fill_registry(registry, store) &&
	     !sixpn_reconcile_read(&bench.view, registry, SELF, take_notice,
				   &bench, &error);
	sixpn_addr_build(&address, 42, SELF, 1, SIXPN_SUB_MACHINE);
	/* network, two hosts and a bad one, two machines, client, moved */
	test_result(ok && bench.view.count == 8 &&
		    sixpn_view_find_address(&bench.view, &address),
		    "reconcile: of the registry is read what is here and what is from here");
	test_result(ok && !strncmp(bench.notices,
				   SIXPN_REGISTRY_PREFIX "host/00000009: ", 25),
		    "reconcile: what cannot be read is told of");
	sixpn_view_remove(&bench.view, SIXPN_REGISTRY_PREFIX
			  "moved/0000002a/00000007/00000001", SELF);
	test_result(!sixpn_view_find_address(&bench.view, &address),
		    "reconcile: what is not away any more is forgotten with that");
	bench_clear(&bench);
	sixpn_registry_close(registry);
	sixpn_store_close(store);
}

/* --- The files of namespaces. --- */

static char etc[] = "/tmp/sixpn-reconcile-etc-XXXXXX";

static void put_port_in(struct bench *bench, uint32_t id, const char *name,
			const char *netns)
{
	struct sixpn_record record;

	record_test_machine(&record, 42, SELF, id, name);
	record.machine.attachment = SIXPN_ATTACHMENT_PORT;
	strcpy(record.machine.ifname, "eth6");
	strcpy(record.machine.netns, netns);
	sixpn_view_put(&bench->view, &record);
}

/* That of a machine of this host. */
static bool has_line(const char *netns, uint32_t id)
{
	char path[64], line[64], text[1024];

	snprintf(path, sizeof(path), "netns/%s/hosts", netns);
	snprintf(line, sizeof(line), "fdaa:0:2a:0:7:0:%x:2 fly-local-6pn", id);
	return file_test_read(etc, path, text, sizeof(text)) &&
	       strstr(text, line);
}

static void remove_machine(struct bench *bench, uint32_t id)
{
	char key[SIXPN_RECORD_KEY_MAX];

	snprintf(key, sizeof(key), SIXPN_REGISTRY_PREFIX
		 "machine/%08x/0000002a/%08x/%08x", SELF, SELF, id);
	sixpn_view_remove(&bench->view, key, SELF);
}

/* How many machines' lines change, when only they are looked at. */
static int changes(struct bench *bench)
{
	struct sixpn_error error = { 0 };

	memset(&bench->result, 0, sizeof(bench->result));
	if (sixpn_reconcile_etc(&bench->what, &bench->options, &error))
		return -1;
	return (int)bench->result.changed;
}

static void test_etc_whole(struct bench *bench)
{
	char key[SIXPN_RECORD_KEY_MAX];

	put_port_in(bench, 1, "web", "web");
	put_port_in(bench, 2, "db", "db");
	test_result(!run(bench) && has_line("web", 1) && has_line("db", 2) &&
		    !changes(bench),
		    "reconcile: namespaces are told of their machines");
	file_test_remove(etc, "netns/web/hosts");
	test_result(changes(bench) == 1 && has_line("web", 1) &&
		    !changes(bench),
		    "reconcile: again, if somebody has removed that");
	put_port_in(bench, 2, "db", "web");
	test_result(!run(bench) && has_line("web", 1) && has_line("web", 2) &&
		    !has_line("db", 2),
		    "reconcile: and no more where a machine is not");
	remove_machine(bench, 1);
	test_result(!run(bench) && !has_line("web", 1) && has_line("web", 2),
		    "reconcile: or when it is gone");
	snprintf(key, sizeof(key), SIXPN_REGISTRY_PREFIX
		 "machine/%08x/0000002a/%08x/%08x", SELF, SELF, 2);
	sixpn_view_put_bad(&bench->view, key);
	test_result(!run(bench) && has_line("web", 2),
		    "reconcile: a machine that cannot be read keeps its lines");
}

static void test_etc_scope(struct bench *bench)
{
	struct sixpn_scope scope = { 0 };

	put_port_in(bench, 1, "web", "web");
	put_port_in(bench, 2, "db", "db");
	run(bench);
	put_port_in(bench, 1, "web", "other");
	remove_machine(bench, 2);
	sixpn_scope_add_name(&scope, SIXPN_REGISTRY_PREFIX
			     "machine/00000007/0000002a/00000007/00000002");
	bench->what.scope = &scope;
	test_result(!run(bench) && !has_line("db", 2) && has_line("web", 1) &&
		    !has_line("other", 1),
		    "reconcile: of one change only its machine's lines");
	bench->what.scope = NULL;
	sixpn_scope_clear(&scope);
	file_test_folder(etc, "netns/third");
	file_test_folder(etc, "netns/third/hosts");
	put_port_in(bench, 3, "third", "third");
	test_result(!run(bench) && bench->result.left_out == 1 &&
		    strstr(bench->notices, "machine third: ") &&
		    has_line("other", 1) && !has_line("web", 1),
		    "reconcile: files that cannot be written are told of");
}

static void test_etc(void)
{
	struct bench bench;

	if (!mkdtemp(etc)) {
		test_result(false, "reconcile: a folder for files");
		return;
	}
	bench_init(&bench);
	bench.what.etc = etc;
	test_etc_whole(&bench);
	bench_clear(&bench);
	bench_init(&bench);
	bench.what.etc = etc;
	test_etc_scope(&bench);
	bench_clear(&bench);
	file_test_remove_all(etc);
}

void test_reconcile(void)
{
	char folder[] = "/tmp/sixpn-reconcile-XXXXXX";
	char where[64], command[64];

	test_all();
	test_clients();
	test_removal();
	test_endpoints();
	test_failures();
	test_new_key();
	test_bad();
	test_scope();
	test_etc();
	if (!mkdtemp(folder)) {
		test_result(false, "reconcile: a folder for a registry");
		return;
	}
	snprintf(where, sizeof(where), "sqlite:%s/registry", folder);
	test_registry_read(where);
	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	test_result(!system(command), "reconcile: nothing is in the way");
}
