// SPDX-License-Identifier: GPL-2.0-or-later
#include "host_config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host_config_key.h"
#include "test.h"

#define L50 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"
#define L63 L50 "fffffffffffff"

static char *exact(const char *text, size_t length)
{
	char *copy = malloc(length ? length : 1);

	if (copy)
		memcpy(copy, text, length);
	return copy;
}

static char *write_config(const struct sixpn_host_config *config)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return NULL;
	sixpn_host_config_write(stream, config);
	fclose(stream);
	return text;
}

/* A text of exactly its size: a sanitizer sees a read past the end. */
static int parse(struct sixpn_host_config *config, const char *text,
		 size_t length, struct sixpn_error *error)
{
	char *copy = exact(text, length);
	int ret = sixpn_host_config_parse(config, copy, length, "f", error);

	free(copy);
	return ret;
}

static const char defaults[] =
	"region = local\n"
	"device = mesh0\n"
	"listen-port = 51820\n"
	"host-id = auto\n"
	"key-file = /var/lib/sixpn/private.key\n"
	"registry = sqlite:/var/lib/sixpn/registry.db\n"
	"registry-timeout = 5\n"
	"mtu = 0\n"
	"lease = 15\n"
	"client-idle-expiry = 180\n"
	"gateway = yes\n"
	"resolver = yes\n"
	"resolver-dnssec = auto\n"
	"resolver-user = nobody\n"
	"resolver-metrics = /run/sixpn-resolver/metrics\n";

/*
 * A file that is understood, and a line that must be in what is written again;
 * NULL: it is as the defaults.
 */
static const struct {
	const char *text, *wanted;
} good_rows[] = {
	{ "", NULL },
	{ "\n\r\n \t \n", NULL },
	{ "# mtu = 1\n  # lease = 1\n\t#", NULL },
	{ "#", NULL },
	{ "name = fra1", "name = fra1" },
	{ "name=fra1\n", "name = fra1" },
	{ " \tname\t = \t fra1 \t\r\n", "name = fra1" },
	{ "name = fra1\r", "name = fra1" },
	{ "name = fra1 # the first", "name = fra1" },
	{ "name = fra1\t#", "name = fra1" },
	{ "# a\nname = fra1\n# b\nmtu = 1420\n", "mtu = 1420" },
	{ "name = Fra-1", "name = fra-1" },
	{ "name = 0", "name = 0" },
	{ "name = a--b", "name = a--b" },
	{ "name = " L63, "name = " L63 },
	{ "region = local", NULL },
	{ "region = a", "region = a" },
	{ "region = abcdefghijklmn09", "region = abcdefghijklmn09" },
	{ "device = mesh0", NULL },
	{ "device = fifteen_bytes_x", "device = fifteen_bytes_x" },
	{ "device = a=b", "device = a=b" },
	{ "listen-port = 51820", NULL },
	{ "listen-port = 0", "listen-port = 0" },
	{ "listen-port = 65535", "listen-port = 65535" },
	{ "host-id = auto", NULL },
	{ "host-id = 2", "host-id = 2" },
	{ "host-id = 0x10", "host-id = 16" },
	{ "host-id = 4294967295", "host-id = 4294967295" },
	{ "endpoint = 192.0.2.1", "endpoint = 192.0.2.1" },
	{ "endpoint = 192.0.2.1:5", "endpoint = 192.0.2.1:5" },
	{ "endpoint = [2001:db8::1]", "endpoint = [2001:db8::1]" },
	{ "endpoint = [2001:db8::1]:5", "endpoint = [2001:db8::1]:5" },
	{ "endpoint = a.example", "endpoint = a.example" },
	{ "endpoint = a.example:65535", "endpoint = a.example:65535" },
	{ "endpoint = a:1\nendpoint = b\nendpoint = a:1\n",
	  "endpoint = a:1\nendpoint = b\nendpoint = a:1" },
	{ "listen-port = 0\nendpoint = a:1", "endpoint = a:1" },
	{ "endpoint=1.1.1.1\nendpoint=2.2.2.2\nendpoint=3.3.3.3\n"
	  "endpoint=4.4.4.4\nendpoint=5.5.5.5\nendpoint=6.6.6.6\n"
	  "endpoint=7.7.7.7\nendpoint=8.8.8.8\n", "endpoint = 8.8.8.8" },
	{ "key-file = /var/lib/sixpn/private.key", NULL },
	{ "key-file = /k", "key-file = /k" },
	{ "key-file = /with a blank/and#b", "key-file = /with a blank/and#b" },
	{ "key-file = /a # b", "key-file = /a" },
	{ "registry = sqlite:/var/lib/sixpn/registry.db", NULL },
	{ "registry = sqlite:/r", "registry = sqlite:/r" },
	{ "registry = etcd:a", "registry = etcd:a" },
	{ "registry = etcds:a:1,[::1],10.0.0.1:2379",
	  "registry = etcds:a:1,[::1],10.0.0.1:2379" },
	{ "registry-ca = /c\nregistry = etcds:a", "registry-ca = /c" },
	{ "registry = etcds:a\nregistry-cert = /c\nregistry-key = /k",
	  "registry-cert = /c\nregistry-key = /k" },
	{ "registry = etcd:a\nregistry-user = u#\nregistry-password-file = /p",
	  "registry-user = u#\nregistry-password-file = /p" },
	{ "registry = etcd:a\nregistry-password-file = /p\nregistry-user = "
	  L63 L63 L63 L63 "abc", "registry-password-file = /p" },
	{ "registry = etcds:a\nregistry-user = u\nregistry-password-file = /p",
	  "registry-user = u\nregistry-password-file = /p" },
	{ "registry-timeout = 5", NULL },
	{ "resolver-upstreams = 192.0.2.1, 2001:db8::1,[2001:db8::1]:5353",
	  "resolver-upstreams = 192.0.2.1, 2001:db8::1,[2001:db8::1]:5353" },
	{ "resolver-upstreams = 192.0.2.1:5353",
	  "resolver-upstreams = 192.0.2.1:5353" },
	{ "resolver-dnssec = auto", NULL },
	{ "resolver-dnssec = yes", "resolver-dnssec = yes" },
	{ "resolver-dnssec = no", "resolver-dnssec = no" },
	{ "resolver-user = nobody", NULL },
	{ "resolver-metrics = /run/m", "resolver-metrics = /run/m" },
	{ "registry-timeout = 1", "registry-timeout = 1" },
	{ "registry-timeout = 60", "registry-timeout = 60" },
	{ "mtu = 0", NULL },
	{ "mtu = 1280", "mtu = 1280" },
	{ "mtu = 65535", "mtu = 65535" },
	{ "lease = 15", NULL },
	{ "lease = 5", "lease = 5" },
	{ "lease = 3600", "lease = 3600" },
	{ "client-idle-expiry = 180", NULL },
	{ "client-idle-expiry = off", "client-idle-expiry = off" },
	{ "client-idle-expiry = 0", "client-idle-expiry = off" },
	{ "client-idle-expiry = 1048576", "client-idle-expiry = 1048576" },
	{ "gateway = yes", NULL },
	{ "gateway = no", "gateway = no" },
	{ "resolver = yes", NULL },
	{ "resolver = no", "resolver = no" },
};

/* Whole lines of @text are @lines. */
static bool has_lines(const char *text, const char *lines)
{
	size_t length = strlen(lines);
	const char *found = text;

	while ((found = strstr(found, lines))) {
		if ((found == text || found[-1] == '\n') &&
		    found[length] == '\n')
			return true;
		found++;
	}
	test_note("no '%s' in '%s'", lines, text);
	return false;
}

static void test_good(void)
{
	size_t i;

	for (i = 0; i < TEST_COUNT(good_rows); i++) {
		struct sixpn_host_config config = { 0 }, again = { 0 };
		struct sixpn_error error = { 0 };
		const char *text = good_rows[i].text;
		const char *wanted = good_rows[i].wanted;
		char *got = NULL;
		bool ok;

		ok = !parse(&config, text, strlen(text), &error);
		if (ok)
			got = write_config(&config);
		else
			test_note("%s", error.text);
		if (got && wanted)
			ok = has_lines(got, wanted);
		else if (got)
			ok = test_same_text(got, defaults);
		ok = ok && got && !parse(&again, got, strlen(got), &error) &&
		     sixpn_host_config_equal(&config, &again);
		test_result(ok, "host config: good %zu", i);
		free(got);
		sixpn_host_config_clear(&config);
		sixpn_host_config_clear(&again);
	}
}

#define BAD(text, sentence) { text, sizeof(text) - 1, "f: line " sentence }
#define NAME_WANTED "1-63 letters, digits and '-', which is at no end: "
#define FILE_WANTED "an absolute path of a file: "
#define ENDPOINTS_8 "endpoint=a\nendpoint=a\nendpoint=a\nendpoint=a\n" \
	"endpoint=a\nendpoint=a\nendpoint=a\nendpoint=a\n"

static const struct {
	const char *text;
	size_t length;
	const char *wanted;
} bad_rows[] = {
	/* lines */
	BAD("\n\nname", "3: not KEY = VALUE: 'name'"),
	BAD("name # = x", "1: not KEY = VALUE: 'name'"),
	BAD("= x", "1: unknown key ''"),
	BAD("#\n[Interface]\n", "2: not KEY = VALUE: '[Interface]'"),
	BAD("mtu = 0\nna\0me = x\n", "2: a NUL byte"),
	BAD("# a\0b\n", "1: a NUL byte"),
	BAD("name = a\rb\n", "1: a control character"),
	BAD("name = a\r\r\n", "1: a control character"),
	BAD("# \x1b[31m\n", "1: a control character"),
	BAD("# \x7f\n", "1: a control character"),
	BAD("mtu =", "1: mtu has no value"),
	BAD("mtu = \t \r\n", "1: mtu has no value"),
	BAD("mtu = # 5\n", "1: mtu has no value"),
	BAD("mtu =#5\n", "1: mtu has no value"),
	BAD("mtu = 0\n\nmtu = 0\n", "3: mtu is given again, after line 1"),
	BAD("mtu = 0\nmtu =\n", "2: mtu is given again, after line 1"),
	/* unknown keys */
	BAD("mtus = 1", "1: unknown key 'mtus' (did you mean 'mtu'?)"),
	BAD("listenport = 1",
	    "1: unknown key 'listenport' (did you mean 'listen-port'?)"),
	BAD("LISTEN_PORT = 1",
	    "1: unknown key 'LISTEN_PORT' (did you mean 'listen-port'?)"),
	BAD("nname = 1", "1: unknown key 'nname' (did you mean 'name'?)"),
	BAD("registry-kye = /k",
	    "1: unknown key 'registry-kye' (did you mean 'registry-key'?)"),
	BAD("leasexyz = 1", "1: unknown key 'leasexyz'"),
	BAD("leasexy = 1", "1: unknown key 'leasexy' (did you mean 'lease'?)"),
	BAD("mt = 1", "1: unknown key 'mt'"),
	BAD("password = geheim", "1: unknown key 'password'"),
	BAD(L63 L63 " = 1", "1: unknown key '" L63 "a'"),
	/* values */
	BAD("name = -a", "1: name is not " NAME_WANTED "'-a'"),
	BAD("name = a-", "1: name is not " NAME_WANTED "'a-'"),
	BAD("name = a.b", "1: name is not " NAME_WANTED "'a.b'"),
	BAD("name = a_b", "1: name is not " NAME_WANTED "'a_b'"),
	BAD("name = a b", "1: name is not " NAME_WANTED "'a b'"),
	BAD("name = " L63 "x", "1: name is not " NAME_WANTED "'" L63 "x'"),
	BAD("region = Fra", "1: region is not 1-16 of a-z and 0-9: 'Fra'"),
	BAD("region = f-a", "1: region is not 1-16 of a-z and 0-9: 'f-a'"),
	BAD("region = abcdefghijklmnopq",
	    "1: region is not 1-16 of a-z and 0-9: 'abcdefghijklmnopq'"),
	BAD("device = sixteen_bytes_xy", "1: device is not an interface name "
	    "of 1-15 characters: 'sixteen_bytes_xy'"),
	BAD("device = a/b", "1: device is not an interface name of 1-15 "
	    "characters: 'a/b'"),
	BAD("device = mesh%d", "1: device is not an interface name of 1-15 "
	    "characters: 'mesh%d'"),
	BAD("device = gr\xc3\xbcn", "1: device is not an interface name of "
	    "1-15 characters: 'gr\xc3\xbcn'"),
	BAD("listen-port = 65536", "1: listen-port is not 0-65535: '65536'"),
	BAD("listen-port = -1", "1: listen-port is not 0-65535: '-1'"),
	BAD("listen-port = http", "1: listen-port is not 0-65535: 'http'"),
	BAD("host-id = 1", "1: host-id is not auto or 2-4294967295: '1'"),
	BAD("host-id = 4294967296",
	    "1: host-id is not auto or 2-4294967295: '4294967296'"),
	BAD("host-id = off", "1: host-id is not auto or 2-4294967295: 'off'"),
	BAD("key-file = k", "1: key-file is not " FILE_WANTED "'k'"),
	BAD("key-file = /", "1: key-file is not " FILE_WANTED "'/'"),
	BAD("key-file = /k/", "1: key-file is not " FILE_WANTED "'/k/'"),
	BAD("registry-ca = c", "1: registry-ca is not " FILE_WANTED "'c'"),
	BAD("registry-cert = c", "1: registry-cert is not " FILE_WANTED "'c'"),
	BAD("registry-key = c", "1: registry-key is not " FILE_WANTED "'c'"),
	BAD("registry-password-file = c",
	    "1: registry-password-file is not " FILE_WANTED "'c'"),
	BAD("registry-user = a b", "1: registry-user is not 1-255 characters "
	    "of ASCII without blanks: 'a b'"),
	BAD("registry-user = \xff", "1: registry-user is not 1-255 characters "
	    "of ASCII without blanks: '\xff'"),
	BAD("registry-user = " L63 L63 L63 L63 "abcd", "1: registry-user is not "
	    "1-255 characters of ASCII without blanks: '" L63 L63 L63 L63 "abcd"
	    "'"),
	BAD("registry-timeout = 0",
	    "1: registry-timeout is not 1-60 seconds: '0'"),
	BAD("registry-timeout = 61",
	    "1: registry-timeout is not 1-60 seconds: '61'"),
	BAD("registry-timeout = 5s",
	    "1: registry-timeout is not 1-60 seconds: '5s'"),
	BAD("mtu = 1279", "1: mtu is not 0 or 1280-65535: '1279'"),
	BAD("mtu = 1", "1: mtu is not 0 or 1280-65535: '1'"),
	BAD("mtu = 65536", "1: mtu is not 0 or 1280-65535: '65536'"),
	BAD("lease = 4", "1: lease is not 5-3600 seconds: '4'"),
	BAD("lease = 3601", "1: lease is not 5-3600 seconds: '3601'"),
	BAD("client-idle-expiry = 1048577",
	    "1: client-idle-expiry is not off or 0-1048576 seconds: '1048577'"),
	BAD("client-idle-expiry = never",
	    "1: client-idle-expiry is not off or 0-1048576 seconds: 'never'"),
	BAD("gateway = true", "1: gateway is not yes or no: 'true'"),
	BAD("gateway = Yes", "1: gateway is not yes or no: 'Yes'"),
	BAD("resolver = 1", "1: resolver is not yes or no: '1'"),
	/* values that explain themselves: more of these in the tests of parse */
	BAD("endpoint = 2001:db8::1",
	    "1: an IPv6 address stands in brackets: '2001:db8::1'"),
	BAD("endpoint = a:http", "1: endpoint port is not 1-65535: 'a:http'"),
	BAD(ENDPOINTS_8 "endpoint=a", "9: more than 8 endpoints"),
	BAD("endpoint = a:1\nendpoint = b\nlisten-port = 0",
	    "2: endpoint has no port: 'b', and listen-port is 0"),
	BAD("registry = mysql:/x",
	    "1: registry is not sqlite:, etcd: or etcds: 'mysql:/x'"),
	BAD("registry = sqlite:x",
	    "1: registry has no absolute path: 'sqlite:x'"),
	BAD("resolver-upstreams = a",
	    "1: not the address of a server of DNS, with or without a port: 'a'"),
	BAD("resolver-upstreams = 192.0.2.1,",
	    "1: not the address of a server of DNS, with or without a port: '192.0.2.1'"),
	BAD("resolver-upstreams = 192.0.2.1:0",
	    "1: not the address of a server of DNS, with or without a port: '192.0.2.1:0'"),
	BAD("resolver-dnssec = maybe",
	    "1: resolver-dnssec is not auto, yes or no: 'maybe'"),
	BAD("resolver-user = a b",
	    "1: resolver-user is not 1-255 characters of ASCII without blanks: 'a b'"),
	BAD("resolver-metrics = m",
	    "1: resolver-metrics is not an absolute path of a file: 'm'"),
	/* keys that go together */
	BAD("\nregistry-ca = /c", "2: registry-ca is for a registry etcds: only"),
	BAD("registry = etcd:a\nregistry-ca = /c",
	    "2: registry-ca is for a registry etcds: only"),
	BAD("registry = etcd:a\nregistry-cert = /c\nregistry-key = /c",
	    "2: registry-cert is for a registry etcds: only"),
	BAD("registry-user = u\nregistry-password-file = /p",
	    "1: registry-user is for a registry etcd: or etcds: only"),
	BAD("registry = etcds:a\nregistry-cert = /c",
	    "2: registry-cert needs registry-key beside it"),
	BAD("registry = etcds:a\nregistry-key = /c",
	    "2: registry-key needs registry-cert beside it"),
	BAD("registry = etcd:a\nregistry-user = u",
	    "2: registry-user needs registry-password-file beside it"),
	BAD("registry = etcd:a\nregistry-password-file = /p",
	    "2: registry-password-file needs registry-user beside it"),
};

static void test_bad(void)
{
	size_t i;

	for (i = 0; i < TEST_COUNT(bad_rows); i++) {
		struct sixpn_host_config config, before;
		struct sixpn_error error = { 0 };
		int ret;

		memset(&config, 0x5a, sizeof(config));
		memcpy(&before, &config, sizeof(config));
		ret = parse(&config, bad_rows[i].text, bad_rows[i].length,
			    &error);
		test_result(ret == -EINVAL &&
			    test_same_text(error.text, bad_rows[i].wanted) &&
			    !memcmp(&before, &config, sizeof(config)),
			    "host config: bad %zu", i);
	}
}

static void test_endpoints(void)
{
	static const char text[] =
		"endpoint = 192.0.2.1\nendpoint = [2001:db8::1]\n"
		"endpoint = a.example:7\nendpoint = b.example\n"
		"listen-port = 4242\n";
	struct sixpn_host_config config = { 0 };
	struct sixpn_error error = { 0 };
	const struct sixpn_host_endpoint *endpoints = config.endpoints;

	test_result(!parse(&config, text, strlen(text), &error) &&
		    config.endpoint_count == 4 && endpoints[0].words.literal &&
		    ntohs(endpoints[0].words.endpoint.v4.sin_port) == 4242 &&
		    endpoints[1].words.literal &&
		    ntohs(endpoints[1].words.endpoint.v6.sin6_port) == 4242 &&
		    test_same_text(endpoints[1].words.host, "2001:db8::1"),
		    "host config: an address alone is at the listen port");
	test_result(!endpoints[2].words.literal &&
		    test_same_text(endpoints[2].words.host, "a.example") &&
		    test_same_text(endpoints[2].words.service, "7") &&
		    test_same_text(endpoints[3].words.host, "b.example") &&
		    test_same_text(endpoints[3].words.service, "4242"),
		    "host config: a name is not looked up");
	sixpn_host_config_clear(&config);
}

/* For each key a file in which it is not the default. */
static void test_equal(void)
{
	static const char tls[] = "registry = etcds:a\nregistry-cert = /a\n"
				  "registry-key = /a\nregistry-user = a\n"
				  "registry-password-file = /a\n";
	static const char other[] = "name=b\nregion=b\ndevice=b\n"
		"listen-port=1\nhost-id=2\nendpoint=b\nkey-file=/b\n"
		"registry=etcds:b\nregistry-ca=/b\nregistry-cert=/b\n"
		"registry-key=/b\nregistry-user=b\nregistry-password-file=/b\n"
		"registry-timeout=1\nmtu=1280\nlease=5\nclient-idle-expiry=1\n"
		"gateway=no\nresolver=no\n"
		"resolver-upstreams=192.0.2.1\nresolver-dnssec=no\n"
		"resolver-user=u\nresolver-metrics=/m\n";
	struct sixpn_host_config left = { 0 }, right = { 0 };
	struct sixpn_error error = { 0 };
	size_t i;

	test_result(!parse(&left, tls, strlen(tls), &error) &&
		    !parse(&right, other, strlen(other), &error) &&
		    sixpn_host_config_equal(&left, &left) &&
		    sixpn_host_config_equal(&right, &right),
		    "host config: equal to itself");
	for (i = 0; i < SIXPN_HOST_KEY_COUNT; i++)
		test_result(!sixpn_host_key_equal(&sixpn_host_keys[i], &left,
						  &right),
			    "host config: another %s is not equal",
			    sixpn_host_keys[i].name);
	sixpn_host_config_clear(&left);
	sixpn_host_config_clear(&right);
}

/* Endpoints are equal when they are written so, and mean the same. */
static void test_equal_endpoints(void)
{
	static const struct {
		const char *left, *right, *name;
	} rows[] = {
		{ "endpoint=a:1", "endpoint=b:1", "names" },
		{ "endpoint=a:1", "endpoint=a:2", "ports" },
		{ "endpoint=a:51820", "endpoint=a", "spellings" },
		{ "endpoint=a\nlisten-port=1", "endpoint=a", "listen ports" },
		{ "endpoint=a\nendpoint=b", "endpoint=a", "counts" },
	};
	const struct sixpn_host_key *key =
		&sixpn_host_keys[SIXPN_HOST_KEY_ENDPOINT];
	size_t i;

	for (i = 0; i < TEST_COUNT(rows); i++) {
		struct sixpn_host_config left = { 0 }, right = { 0 };
		struct sixpn_error error = { 0 };

		test_result(!parse(&left, rows[i].left, strlen(rows[i].left),
				   &error) &&
			    !parse(&right, rows[i].right, strlen(rows[i].right),
				   &error) &&
			    sixpn_host_key_equal(key, &left, &left) &&
			    !sixpn_host_key_equal(key, &left, &right),
			    "host config: endpoints of other %s are not equal",
			    rows[i].name);
		sixpn_host_config_clear(&left);
		sixpn_host_config_clear(&right);
	}
}

static void test_defaults(void)
{
	struct sixpn_host_config config = { 0 };
	char *text;

	test_result(!sixpn_host_config_defaults(&config) && !config.name[0] &&
		    !config.endpoint_count && !config.registry_ca &&
		    !config.registry_cert && !config.registry_key &&
		    !config.registry_user && !config.registry_password_file &&
		    !config.host_id && config.listen_port == 51820 &&
		    config.client_idle_expiry == 180 && config.lease == 15 &&
		    config.registry_timeout == 5 && config.gateway &&
		    config.resolver, "host config: the defaults");
	text = write_config(&config);
	test_result(text && test_same_text(text, defaults),
		    "host config: the defaults as a file");
	free(text);
	sixpn_host_config_clear(&config);
	test_result(!config.registry && !config.key_file &&
		    !config.listen_port, "host config: cleared");
}

static void test_name(void)
{
	static const struct {
		const char *hostname, *wanted;
	} rows[] = {
		{ "fra1", "fra1" },
		{ "Fra1.Example.ORG", "fra1" },
		{ "a_b", "a-b" },
		{ "_a_", "a" },
		{ "(none)", "none" },
		{ L63 "xyz", L63 },
		{ L50 "ffffffffffff_x", L50 "ffffffffffff" },
		{ "gr\xc3\xbcn", "gr--n" },
		{ "", NULL },
		{ ".example", NULL },
		{ "---", NULL },
		{ "_._", NULL },
	};
	size_t i;

	for (i = 0; i < TEST_COUNT(rows); i++) {
		char name[SIXPN_LABEL_MAX + 1] = "old";
		int ret = sixpn_host_config_name(name, rows[i].hostname);

		test_result(rows[i].wanted ?
			    !ret && test_same_text(name, rows[i].wanted) :
			    ret == -EINVAL && test_same_text(name, "old"),
			    "host config: the name of hostname '%s'",
			    rows[i].hostname);
	}
}

static char folder[] = "/tmp/sixpn-unit-XXXXXX";

/* Return: the path of a file in the folder; a static buffer. */
static const char *make_file(const char *text, size_t length, mode_t mode)
{
	static char path[sizeof(folder) + 8];
	FILE *file;

	snprintf(path, sizeof(path), "%s/conf", folder);
	unlink(path);
	file = fopen(path, "w");
	if (!file || fwrite(text, 1, length, file) != length || fclose(file) ||
	    chmod(path, mode))
		test_note("cannot make %s", path);
	return path;
}

/* @wanted: what comes after the name of the file; '@' stands for that name. */
static void check_refusal(const char *path, int code, const char *wanted,
			  const char *name)
{
	struct sixpn_host_config config = { .mtu = 4242 };
	struct sixpn_error error = { 0 };
	const char *at = strchr(wanted, '@');
	char sentence[512];

	if (at)
		snprintf(sentence, sizeof(sentence), "%s: %.*s%s%s", path,
			 (int)(at - wanted), wanted, path, at + 1);
	else
		snprintf(sentence, sizeof(sentence), "%s: %s", path, wanted);
	test_result(sixpn_host_config_load(&config, path, true, &error) ==
		    code && test_same_text(error.text, sentence) &&
		    config.mtu == 4242, "host config: %s", name);
}

static void test_refusals(void)
{
	static const char none[] = "/nonexistent/sixpn.conf";
	const char *path;

	check_refusal(none, -ENOENT,
		      "cannot be opened: No such file or directory",
		      "a file that was named must be there");
	check_refusal(folder, -EISDIR, "is a directory", "no directory");
	check_refusal("/dev/null", -EINVAL, "not a regular file", "no device");
	path = make_file("", 0, 0660);
	check_refusal(path, -EPERM,
		      "others may write it (run: chmod go-w '@')",
		      "no file that a group may write");
	path = make_file("", 0, 0602);
	check_refusal(path, -EPERM,
		      "others may write it (run: chmod go-w '@')",
		      "no file that all may write");
	path = make_file("mtu = 0\nx\0", 10, 0644);
	check_refusal(path, -EINVAL, "line 2: a NUL byte", "no NUL byte");
	path = make_file("\nname = -\n", 10, 0644);
	check_refusal(path, -EINVAL, "line 2: name is not " NAME_WANTED "'-'",
		      "the line of a file that was read");
	unlink(path);
	if (mkfifo(path, 0600))
		test_note("no FIFO");
	alarm(10);	/* ends a run that waits for it */
	check_refusal(path, -EINVAL, "not a regular file",
		      "a FIFO is refused without waiting");
	alarm(0);
}

/* Only root can make a file that somebody else has. */
static void test_owner(void)
{
	const char *path = make_file("", 0, 0644);

	if (chown(path, 4242, (gid_t)-1)) {
		test_result(true, "host config: no file of another user # SKIP not root");
		return;
	}
	check_refusal(path, -EPERM,
		      "it is user 4242's, who may write it (run: chown root '@')",
		      "no file of another user");
}

static void test_sizes(void)
{
	char *text = malloc(SIXPN_HOST_CONFIG_MAX + 1);
	struct sixpn_host_config config = { 0 };
	struct sixpn_error error = { 0 };
	const char *path;

	if (!text)
		return;
	memset(text, '\n', SIXPN_HOST_CONFIG_MAX + 1);
	memcpy(text + SIXPN_HOST_CONFIG_MAX - 8, "mtu=1280", 8);
	path = make_file(text, SIXPN_HOST_CONFIG_MAX, 0644);
	test_result(!sixpn_host_config_load(&config, path, true, &error) &&
		    config.mtu == 1280,
		    "host config: 1 MiB is read to its end");
	sixpn_host_config_clear(&config);
	path = make_file(text, SIXPN_HOST_CONFIG_MAX + 1, 0644);
	check_refusal(path, -EFBIG, "larger than 1 MiB",
		      "no file of more than 1 MiB");
	free(text);
}

static void test_load(void)
{
	struct sixpn_host_config config = { 0 };
	char hostname[256] = "", name[SIXPN_LABEL_MAX + 1] = "";
	struct sixpn_error error = { 0 };
	const char *path;

	gethostname(hostname, sizeof(hostname) - 1);
	sixpn_host_config_name(name, hostname);
	test_result(!sixpn_host_config_load(&config, "/nonexistent/sixpn.conf",
					    false, &error) &&
		    config.listen_port == 51820 &&
		    test_same_text(config.name, name),
		    "host config: a file that is not there is empty");
	sixpn_host_config_clear(&config);
	path = make_file("name = fra1\nmtu = 1420", 22, 0444);
	test_result(!sixpn_host_config_load(&config, path, false, &error) &&
		    config.mtu == 1420 && test_same_text(config.name, "fra1"),
		    "host config: a file is read");
	sixpn_host_config_clear(&config);
}

/* A long name takes none of the sentence away. */
static void test_long_file(void)
{
	char file[4096], *tail;
	struct sixpn_host_config config;
	struct sixpn_error error = { 0 };

	memset(file, 'x', sizeof(file) - 1);
	file[sizeof(file) - 1] = '\0';
	tail = sixpn_host_config_parse(&config, "mtu=1", 5, file, &error) ?
	       strchr(error.text, ':') : NULL;
	test_result(tail && error.text[0] == 'x' &&
		    test_same_text(tail, ": line 1: mtu is not 0 or 1280-65535: '1'"),
		    "host config: a long name of a file");
}

void print_host_keys(void)
{
	size_t i;

	for (i = 0; i < SIXPN_HOST_KEY_COUNT; i++) {
		const struct sixpn_host_key *key = &sixpn_host_keys[i];

		printf("%s\t%s\t%s\n", key->name,
		       key->standard ? key->standard : "none", key->wanted);
	}
}

void test_host_config(void)
{
	char path[sizeof(folder) + 8];

	test_defaults();
	test_good();
	test_bad();
	test_endpoints();
	test_equal();
	test_equal_endpoints();
	test_name();
	test_long_file();
	if (!test_result(mkdtemp(folder), "host config: a folder for files"))
		return;
	test_refusals();
	test_owner();
	test_sizes();
	test_load();
	snprintf(path, sizeof(path), "%s/conf", folder);
	unlink(path);
	rmdir(folder);
}
