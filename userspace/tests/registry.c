// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "record_test.h"

static struct sixpn_store *store;
static struct sixpn_registry *registry;
static struct sixpn_error error;

/* Consumes the record; its revision is @revision before. */
static int put(struct sixpn_record *record, uint64_t revision)
{
	int ret;

	record->revision = revision;
	error.text[0] = '\0';
	ret = sixpn_registry_put(registry, record, 0, &error);
	sixpn_record_clear(record);
	return ret;
}

static int delete(struct sixpn_record *record)
{
	int ret;

	error.text[0] = '\0';
	ret = sixpn_registry_delete(registry, record, &error);
	sixpn_record_clear(record);
	return ret;
}

static bool refused(int ret, int wanted, const char *sentence)
{
	if (ret != wanted)
		test_note("returned %d, not %d: %s", ret, wanted, error.text);
	return ret == wanted && test_same_text(error.text, sentence);
}

static int count_key(void *data, const struct sixpn_store_entry *entry)
{
	char *keys = data;

	strcat(keys, entry->key + strlen(SIXPN_REGISTRY_PREFIX));
	strcat(keys, " ");
	return 0;
}

/* All keys of the registry that begin with @prefix. */
static bool has_keys(const char *prefix, const char *wanted)
{
	char whole[SIXPN_RECORD_KEY_MAX], keys[4096] = "";

	snprintf(whole, sizeof(whole), "%s%s", SIXPN_REGISTRY_PREFIX, prefix);
	sixpn_store_list(store, whole, count_key, keys, NULL, NULL);
	return test_same_text(keys, wanted);
}

static void put_raw(const char *key, const char *text)
{
	struct sixpn_store_change change = {
		.key = key, .value = text, .length = text ? strlen(text) : 0,
	};

	sixpn_store_commit(store, NULL, 0, &change, 1, NULL, NULL);
}

/* --- Networks. --- */

static int make_network(uint32_t id, const char *name, uint32_t *got)
{
	struct sixpn_record record;
	int ret;

	record_test_network(&record, id, name);
	error.text[0] = '\0';
	ret = sixpn_registry_put(registry, &record, 0, &error);
	*got = record.network.network;
	sixpn_record_clear(&record);
	return ret;
}

static int drop_network(const char *name)
{
	struct sixpn_record record;

	record_test_network(&record, 0, name);
	return delete(&record);
}

static void test_networks(void)
{
	struct sixpn_record record;
	uint32_t id;

	test_result(!make_network(0, "acme", &id) && id == 1 &&
		    !make_network(0, "beta", &id) && id == 2 &&
		    !make_network(3, "gamma", &id) && id == 3 &&
		    !make_network(0, "delta", &id) && id == 4,
		    "registry: networks get ids, and none that was asked for");
	test_result(has_keys("", "network-id/00000001 network-id/00000002 "
			     "network-id/00000003 network-id/00000004 "
			     "network-last network-name/acme network-name/beta "
			     "network-name/delta network-name/gamma "
			     "network/00000001 network/00000002 "
			     "network/00000003 network/00000004 schema "),
		    "registry: the keys of networks");
	test_result(refused(make_network(0, "acme", &id), -EEXIST,
			    "network 'acme' exists already") &&
		    refused(make_network(9, "acme", &id), -EPERM,
			    "network name 'acme' stands for id 1 for ever") &&
		    refused(make_network(1, "other", &id), -EEXIST,
			    "network id 1 is taken by network 'acme'"),
		    "registry: a network's name or id that is taken");
	test_result(!drop_network("beta") &&
		    sixpn_registry_get_network(registry, 2, &record, &error) ==
			    -ENOENT &&
		    test_same_text(error.text, "the registry has no network 2") &&
		    sixpn_registry_get_network_named(registry, "beta", &record,
						     &error) == -ENOENT &&
		    test_same_text(error.text,
				   "the registry has no network 'beta'"),
		    "registry: a network that is removed");
	test_result(refused(make_network(2, "new", &id), -EPERM,
			    "network id 2 stands for name 'beta' for ever") &&
		    !make_network(0, "new", &id) && id == 5,
		    "registry: its id is nobody else's");
	test_result(!make_network(0, "beta", &id) && id == 2,
		    "registry: its name has it again");
	record_test_network(&record, 1, "renamed");
	test_result(refused(put(&record, SIXPN_REVISION_ANY), -EPERM,
			    "network 1 keeps its name 'acme'"),
		    "registry: a network keeps its name");
	record_test_network(&record, 0, "7up");
	test_result(refused(put(&record, 0), -EINVAL, "network: name is not "
			    "1-63 of a-z, 0-9 and '-', which is at no end, the "
			    "first a letter: '7up'"),
		    "registry: a rule is broken, and that is said");
	test_result(refused(drop_network("none"), -ENOENT,
			    "network 'none' is not in the registry"),
		    "registry: remove what is not there");
	put_raw("/sixpn/v1/network-last", "{\"network\":4294967294}");
	test_result(!make_network(0, "last", &id) && id == UINT32_MAX &&
		    refused(make_network(0, "past", &id), -ENOSPC,
			    "no network id is left"),
		    "registry: the last network id");
	put_raw("/sixpn/v1/network-last", "{\"network\":5}");
	drop_network("last");
	drop_network("new");
}

/* --- Hosts. --- */

static void test_hosts(void)
{
	struct sixpn_record record, got;
	uint64_t lease;

	record_test_host(&record, 7, "fra1");
	test_result(!put(&record, 0), "registry: a host");
	record_test_host(&record, 8, "ams1");
	test_result(!put(&record, SIXPN_REVISION_ANY) &&
		    has_keys("host", "host-name/ams1 host-name/fra1 "
			     "host/00000007 host/00000008 "),
		    "registry: another one");
	record_test_host(&record, 9, "fra1");
	test_result(refused(put(&record, 0), -EEXIST,
			    "name 'fra1' is taken by host 'fra1'"),
		    "registry: a host's name that is taken");
	record_test_host(&record, 7, "fra2");
	test_result(refused(put(&record, 0), -EEXIST,
			    "host id 7 is taken by host 'fra1'"),
		    "registry: a host id that is taken");
	record_test_host(&record, 7, "fra2");
	record.host.public_key[0] = 9;
	test_result(refused(put(&record, SIXPN_REVISION_ANY), -EEXIST,
			    "host id 7 is taken by host 'fra1'"),
		    "registry: two hosts of one id by chance");
	record_test_host(&record, 0x107, "fra2");
	test_result(refused(put(&record, 0), -EEXIST, "public key "
			    "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc= is "
			    "taken by host 'fra1'"),
		    "registry: a host's public key that is taken");
	record_test_host(&record, 7, "fra2");
	test_result(!put(&record, SIXPN_REVISION_ANY) &&
		    has_keys("host", "host-name/ams1 host-name/fra2 "
			     "host/00000007 host/00000008 ") &&
		    !sixpn_registry_get_host_named(registry, "fra2", &got,
						   &error) &&
		    got.host.host == 7,
		    "registry: a host has a new name");
	sixpn_record_clear(&got);

	sixpn_store_lease_grant(store, 3600, &lease, NULL);
	memset(&record, 0, sizeof(record));
	record.kind = SIXPN_RECORD_ALIVE;
	record.alive.host = 9;
	test_result(refused(put(&record, 0), -ENOENT,
			    "host 9 is not in the registry"),
		    "registry: a sign of life of a host that is not there");
	record.alive.host = 7;
	record.revision = SIXPN_REVISION_ANY;
	test_result(!sixpn_registry_put(registry, &record, lease, &error) &&
		    !sixpn_registry_get_alive(registry, 7, &got, &error),
		    "registry: a sign of life");
	sixpn_record_clear(&got);
	sixpn_store_lease_revoke(store, lease, NULL);
	test_result(sixpn_registry_get_alive(registry, 7, &got, &error) ==
			    -ENOENT,
		    "registry: it goes with its lease");
	put(&record, SIXPN_REVISION_ANY);
	record_test_host(&record, 8, "ams1");
	record.revision = SIXPN_REVISION_ANY;
	test_result(sixpn_registry_put(registry, &record, 1, &error) ==
			    -EINVAL, "registry: a lease for something else");
}

/* --- Machines. --- */

static int put_machine(uint32_t network, uint32_t host, uint32_t id,
		       const char *name, uint64_t revision)
{
	struct sixpn_record record;

	record_test_machine(&record, network, host, id, name);
	return put(&record, revision);
}

static void test_machines(void)
{
	struct sixpn_record record, got;
	uint64_t revision;

	test_result(refused(put_machine(9, 7, 5, "web", 0), -ENOENT,
			    "network 9 is not in the registry") &&
		    refused(put_machine(1, 9, 5, "web", 0), -ENOENT,
			    "host 9 is not in the registry"),
		    "registry: a machine without network or host");
	test_result(!put_machine(1, 7, 5, "web", 0) &&
		    !put_machine(2, 7, 5, "web", 0) &&
		    has_keys("machine", "machine-name/00000001/web "
			     "machine-name/00000002/web "
			     "machine/00000007/00000001/00000007/00000005 "
			     "machine/00000007/00000002/00000007/00000005 ") &&
		    has_keys("address", "address/00000001/00000007/00000005 "
			     "address/00000002/00000007/00000005 "),
		    "registry: machines of one name in two networks");
	test_result(refused(put_machine(1, 7, 6, "web", 0), -EEXIST,
			    "name 'web' is taken by machine 'web'") &&
		    refused(put_machine(1, 7, 5, "web2", 0), -EEXIST,
			    "address fdaa:0:1:0:7:0:5:2 is taken by machine 'web'"),
		    "registry: a machine's name or address that is taken");
	test_result(!sixpn_registry_get_named(registry, SIXPN_RECORD_MACHINE, 1,
					      "web", &got, &error) &&
		    got.machine.machine == 5, "registry: a machine by name");
	revision = got.revision;
	strcpy(got.machine.name, "www");
	test_result(!put(&got, revision) &&
		    has_keys("machine-name/00000001", "machine-name/00000001/www "),
		    "registry: a machine has a new name");
	test_result(refused(put_machine(1, 7, 5, "www", revision), -EAGAIN,
			    "machine 'www' has been changed by somebody else") &&
		    refused(put_machine(1, 7, 99, "www", revision), -EAGAIN,
			    "machine 'www' is not there any more"),
		    "registry: an old revision");

	record_test_machine(&record, 1, 7, 5, "www");
	record.machine.host = 8;
	test_result(!put(&record, SIXPN_REVISION_ANY) &&
		    has_keys("machine/", "machine/00000007/00000002/00000007/00000005 "
			     "machine/00000008/00000001/00000007/00000005 ") &&
		    has_keys("moved", "moved/00000001/00000007/00000005 "),
		    "registry: a machine moves");
	sixpn_addr_build(&record.machine.address, 1, 7, 5, 77);
	test_result(!sixpn_registry_get_address(registry,
						&record.machine.address, &got,
						&error) &&
		    got.kind == SIXPN_RECORD_MACHINE && got.machine.host == 8,
		    "registry: a machine by any of its addresses");
	sixpn_record_clear(&got);
	test_result(!put_machine(1, 7, 5, "www", SIXPN_REVISION_ANY) &&
		    has_keys("moved", ""), "registry: and back home");

	put_raw("/sixpn/v1/machine-name/00000001/gone",
		"{\"key\":\"/sixpn/v1/machine/00000007/00000001/00000007/000000ff\"}");
	test_result(!put_machine(1, 7, 6, "gone", 0),
		    "registry: a name that leads to nothing is free");
	record_test_machine(&record, 1, 7, 6, "gone");
	test_result(!delete(&record), "registry: a machine is removed");
}

static void test_unknown_fields(void)
{
	static const char key[] =
		"/sixpn/v1/machine/00000007/00000002/00000007/00000005";
	static const char text[] =
		"{\"network\":2,\"machine\":5,\"name\":\"web\",\"app\":\"web\","
		"\"group\":\"app\",\"region\":\"fra\",\"host\":7,\"home\":7,"
		"\"address\":\"fdaa:0:2:0:7:0:5:2\",\"attachment\":\"host\","
		"\"state\":\"started\",\"later\":{\"a\":[1]}}";
	struct sixpn_record record, got;

	put_raw(key, text);
	record_test_machine(&record, 2, 7, 5, "web");
	record.machine.state = SIXPN_RUN_STOPPED;
	put(&record, SIXPN_REVISION_ANY);
	sixpn_registry_get_named(registry, SIXPN_RECORD_MACHINE, 2, "web", &got,
				 &error);
	got.machine.state = SIXPN_RUN_STARTED;
	test_result(!put(&got, got.revision), "registry: put twice");
	sixpn_registry_get_named(registry, SIXPN_RECORD_MACHINE, 2, "web", &got,
				 &error);
	test_result(json_object_get(got.rest, "later") &&
		    json_object_get(got.rest, "schema") &&
		    got.machine.state == SIXPN_RUN_STARTED,
		    "registry: what is not known survives, read before or not");
	sixpn_record_clear(&got);
}

/* --- Clients and services. --- */

static void test_clients(void)
{
	struct sixpn_record record, got;
	uint8_t key[SIXPN_KEY_LEN];

	record_test_client(&record, 1, 7, 0x21, "laptop");
	test_result(!put(&record, 0) &&
		    has_keys("client", "client-name/00000001/laptop "
			     "client/00000007/00000001/00000007/00000021 "),
		    "registry: a client");
	memset(key, 0x21, sizeof(key));
	test_result(!sixpn_registry_get_key(registry, key, &got, &error) &&
		    got.kind == SIXPN_RECORD_CLIENT &&
		    test_same_text(got.client.name, "laptop"),
		    "registry: a client by its public key");
	sixpn_record_clear(&got);
	record_test_client(&record, 2, 7, 0x22, "laptop");
	memset(record.client.public_key, 0x21, SIXPN_KEY_LEN);
	test_result(refused(put(&record, 0), -EEXIST, "public key "
			    "ISEhISEhISEhISEhISEhISEhISEhISEhISEhISEhISE= is "
			    "taken by client 'laptop'"),
		    "registry: a client's public key that is taken");
	record_test_client(&record, 2, 7, 7, "laptop");
	test_result(refused(put(&record, 0), -EEXIST, "public key "
			    "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc= is "
			    "taken by host 'fra2'"),
		    "registry: a client with the key of a host");
	record_test_client(&record, 1, 7, 5, "phone");
	test_result(refused(put(&record, 0), -EEXIST,
			    "address fdaa:0:1:0:7:0:5:2 is taken by machine 'www'"),
		    "registry: a client with the address of a machine");
	record_test_client(&record, 1, 7, 0x21, "laptop");
	memset(record.client.public_key, 0x23, SIXPN_KEY_LEN);
	record.client.gateway = 8;
	test_result(!put(&record, SIXPN_REVISION_ANY) &&
		    sixpn_registry_get_key(registry, key, &got, &error) ==
			    -ENOENT &&
		    has_keys("moved", "moved/00000001/00000007/00000021 "),
		    "registry: a client with a new key and gateway");
}

static void test_services(void)
{
	struct sixpn_record record, got;

	record_test_service(&record, 1, 3, "web");
	record.service.app_network = 9;
	test_result(refused(put(&record, 0), -ENOENT,
			    "network 9 is not in the registry"),
		    "registry: a service without the network of its app");
	record_test_service(&record, 4, 3, "web");
	record.service.app_network = 3;
	test_result(!put(&record, 0), "registry: a service");
	record_test_service(&record, 4, 3, "web");
	test_result(!sixpn_registry_get_address(registry,
						&record.service.address, &got,
						&error) &&
		    got.service.app_network == 3,
		    "registry: a service by its address");
	sixpn_record_clear(&got);
	test_result(refused(put(&record, 0), -EEXIST,
			    "service 'fdaa:0:4:0:1::3' exists already"),
		    "registry: a service that is there");
	memset(&record, 0, sizeof(record));
	record.kind = SIXPN_RECORD_MOVED;
	test_result(put(&record, 0) == -EINVAL && delete(&record) == -EINVAL,
		    "registry: what follows from others is not put");
}

/* --- Lists, and what is malformed. --- */

struct listed {
	char text[2048];
	char bad[2048];
};

static int list_record(void *data, const struct sixpn_record *record)
{
	char key[SIXPN_RECORD_KEY_MAX];
	struct listed *listed = data;

	sixpn_record_key(record, key);
	strcat(listed->text, key + strlen(SIXPN_REGISTRY_PREFIX));
	strcat(listed->text, " ");
	return 0;
}

static void list_bad(void *data, const char *key, const struct sixpn_error *why)
{
	struct listed *listed = data;

	strcat(listed->bad, why->text);
	strcat(listed->bad, "\n");
}

static bool lists(struct sixpn_registry_what what, const char *wanted,
		  const char *bad)
{
	struct listed listed = { "", "" };

	return !sixpn_registry_list(registry, &what, list_record, list_bad,
				    &listed, &error) &&
	       test_same_text(listed.text, wanted) &&
	       test_same_text(listed.bad, bad);
}

#define WHAT(...) ((struct sixpn_registry_what){ __VA_ARGS__ })

static void test_lists(void)
{
	static const char bad_key[] =
		"/sixpn/v1/machine/00000008/00000001/00000008/00000044";
	struct sixpn_record got;

	test_result(lists(WHAT(.kind = SIXPN_RECORD_MACHINE),
			  "machine/00000007/00000001/00000007/00000005 "
			  "machine/00000007/00000002/00000007/00000005 ", ""),
		    "registry: all machines");
	put_raw(bad_key, "{\"network\":\"x\"}");
	put_raw("/sixpn/v1/host/00000009", "{\"schema\":2}");
	test_result(lists(WHAT(.kind = SIXPN_RECORD_MACHINE, .host = 8), "",
			  "/sixpn/v1/machine/00000008/00000001/00000008/00000044: "
			  "network is not a number, 1-4294967295: 'x'\n"),
		    "registry: the machines of a host, one malformed");
	test_result(lists(WHAT(.kind = SIXPN_RECORD_HOST),
			  "host/00000007 host/00000008 ",
			  "/sixpn/v1/host/00000009: schema 2 is of a later version of sixpn\n"),
		    "registry: hosts, one of a later schema");
	test_result(lists(WHAT(.kind = SIXPN_RECORD_SERVICE, .network = 4),
			  "service/00000004/0003 ", "") &&
		    lists(WHAT(.kind = SIXPN_RECORD_SERVICE, .network = 5), "",
			  ""), "registry: the services of a network");
	test_result(lists(WHAT(.kind = SIXPN_RECORD_KIND_COUNT),
			  "alive/00000007 "
			  "client/00000008/00000001/00000007/00000021 "
			  "host/00000007 host/00000008 "
			  "machine/00000007/00000001/00000007/00000005 "
			  "machine/00000007/00000002/00000007/00000005 "
			  "moved/00000001/00000007/00000021 "
			  "network/00000001 network/00000002 network/00000003 "
			  "network/00000004 service/00000004/0003 ",
			  "/sixpn/v1/host/00000009: schema 2 is of a later version of sixpn\n"
			  "/sixpn/v1/machine/00000008/00000001/00000008/00000044: "
			  "network is not a number, 1-4294967295: 'x'\n"),
		    "registry: everything");

	put_raw("/sixpn/v1/machine-name/00000001/bad",
		"{\"key\":\"/sixpn/v1/machine/00000008/00000001/00000008/00000044\"}");
	test_result(refused(put_machine(1, 8, 0x45, "bad", 0), -EBADMSG,
			    "name 'bad' is taken: /sixpn/v1/machine/00000008/"
			    "00000001/00000008/00000044: network is not a "
			    "number, 1-4294967295: 'x'"),
		    "registry: a name that a malformed record has");
	test_result(refused(sixpn_registry_get_named(registry,
						     SIXPN_RECORD_MACHINE, 1,
						     "bad", &got, &error),
			    -EBADMSG, "/sixpn/v1/machine/00000008/00000001/"
			    "00000008/00000044: network is not a number, "
			    "1-4294967295: 'x'"),
		    "registry: get a malformed record");
	test_result(!sixpn_registry_purge(registry, bad_key, &error) &&
		    !put_machine(1, 8, 0x45, "bad", 0),
		    "registry: purge a malformed record");
	test_result(refused(sixpn_registry_purge(registry,
						 "/sixpn/v1/host/00000009",
						 &error), -EINVAL,
			    "/sixpn/v1/host/00000009 cannot be removed so") &&
		    refused(sixpn_registry_purge(registry,
						 "/sixpn/v1/service/00000004/0003",
						 &error), -EINVAL,
			    "/sixpn/v1/service/00000004/0003 is not malformed"),
		    "registry: purge what it is not for");
	put_raw("/sixpn/v1/host/00000009", NULL);
}

/* --- Removing. --- */

static void test_removal(void)
{
	struct sixpn_record record;
	uint32_t id;

	test_result(refused(drop_network("acme"), -ENOTEMPTY,
			    "network 'acme' still has machines or clients") &&
		    refused(drop_network("delta"), -ENOTEMPTY,
			    "network 'delta' still has services") &&
		    refused(drop_network("gamma"), -ENOTEMPTY,
			    "network 'gamma' still has services"),
		    "registry: a network with something in it");
	record_test_host(&record, 7, "fra2");
	test_result(refused(delete(&record), -ENOTEMPTY,
			    "host 'fra2' still has machines"),
		    "registry: a host with machines");
	record_test_machine(&record, 1, 8, 0x45, "bad");
	delete(&record);
	record_test_host(&record, 8, "ams1");
	test_result(refused(delete(&record), -ENOTEMPTY,
			    "host 'ams1' still has clients"),
		    "registry: a host with clients");
	sixpn_registry_get_network(registry, 1, &record, &error);
	test_result(!record.network.removing, "registry: no mark is left");
	record.network.removing = true;
	test_result(!sixpn_registry_put(registry, &record, 0, &error) &&
		    refused(put_machine(1, 7, 99, "new", 0), -EBUSY,
			    "network 'acme' is being removed") &&
		    !put_machine(1, 7, 5, "www", SIXPN_REVISION_ANY) &&
		    refused(make_network(1, "acme", &id), -EEXIST,
			    "network 'acme' exists already"),
		    "registry: nothing more is put in what is being removed");
	sixpn_record_clear(&record);

	record_test_client(&record, 1, 7, 0x21, "laptop");
	test_result(!delete(&record) && has_keys("client", "") &&
		    has_keys("moved", ""), "registry: remove a client");
	record_test_machine(&record, 1, 7, 5, "www");
	test_result(!delete(&record), "registry: remove a machine");
	test_result(!drop_network("acme"), "registry: go on with a removal");
	record_test_machine(&record, 2, 7, 5, "web");
	delete(&record);
	record_test_service(&record, 4, 3, "web");
	test_result(!delete(&record) && has_keys("machine", "") &&
		    has_keys("address", "") && has_keys("service", ""),
		    "registry: all that lead to them are gone");
	record_test_host(&record, 7, "");
	test_result(!delete(&record) && has_keys("alive", ""),
		    "registry: a host goes with its sign of life");
	sixpn_registry_get_host(registry, 8, &record, &error);
	record.revision--;
	test_result(sixpn_registry_delete(registry, &record, &error) ==
			    -EAGAIN, "registry: remove an old revision");
	record.revision++;
	test_result(!delete(&record) && has_keys("host", "") &&
		    has_keys("key", ""), "registry: the last host");
	drop_network("beta");
	drop_network("gamma");
	drop_network("delta");
	test_result(has_keys("network/", ""), "registry: the last network");
}

static void test_schema(void)
{
	struct sixpn_registry *other = (void *)&error;

	put_raw("/sixpn/v1/schema", "{\"schema\":2}");
	test_result(refused(sixpn_registry_open(&other, store, &error), -EPROTO,
			    "/sixpn/v1/schema: schema 2 is of a later version of sixpn") &&
		    !other, "registry: a later schema");
	put_raw("/sixpn/v1/schema", "x");
	test_result(refused(sixpn_registry_open(&other, store, &error),
			    -EBADMSG,
			    "/sixpn/v1/schema: schema is not a number from 1 on"),
		    "registry: a malformed schema");
	put_raw("/sixpn/v1/schema", "{\"schema\":1}");
}

static void test_where(const char *where)
{
	store_test_set_prefix("");
	store = store_test_open(where);
	if (!store)
		return;
	if (test_result(!sixpn_registry_open(&registry, store, &error) &&
			has_keys("", ""), "registry: an empty store")) {
		test_networks();
		test_hosts();
		test_machines();
		test_unknown_fields();
		test_clients();
		test_services();
		test_lists();
		test_removal();
		test_schema();
	}
	sixpn_registry_close(registry);
	sixpn_registry_close(NULL);
	sixpn_store_close(store);
	test_registry_watch(where);
	test_registry_race(where);
	test_registry_between(where);
}

void test_registry(void)
{
	char folder[] = "/tmp/sixpn-registry-XXXXXX";
	char where[64], command[64];

	if (!mkdtemp(folder)) {
		test_result(false, "registry: a folder for its file");
		return;
	}
	snprintf(where, sizeof(where), "sqlite:%s/registry", folder);
	test_where(where);
	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	test_result(!system(command), "registry: nothing is in the way");
}
