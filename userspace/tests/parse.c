// SPDX-License-Identifier: GPL-2.0-or-later
#include "parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "test.h"

/*
 * Parsers get their words in blocks of exactly the right size, so that a
 * sanitizer sees a read past the end.
 */
static char *exact(const char *text, size_t length)
{
	char *copy = malloc(length ? length : 1);

	if (copy)
		memcpy(copy, text, length);
	return copy;
}

static const struct {
	const char *text;
	uint64_t max;
	int code;
	uint64_t value;
} number_rows[] = {
	{ "0", 10, 0, 0 },
	{ "10", 10, 0, 10 },
	{ "007", 10, 0, 7 },
	{ "11", 10, -ERANGE, 0 },
	{ "18446744073709551615", UINT64_MAX, 0, UINT64_MAX },
	{ "18446744073709551616", UINT64_MAX, -ERANGE, 0 },
	{ "99999999999999999999999", UINT64_MAX, -ERANGE, 0 },
	{ "", 10, -EINVAL, 0 },
	{ "-1", 10, -EINVAL, 0 },
	{ "+1", 10, -EINVAL, 0 },
	{ " 1", 10, -EINVAL, 0 },
	{ "1 ", 10, -EINVAL, 0 },
	{ "1x", 10, -EINVAL, 0 },
	{ "0x1", 10, -EINVAL, 0 },
	{ "99999x", 10, -EINVAL, 0 },
};

static void test_numbers(void)
{
	size_t i;

	for (i = 0; i < TEST_COUNT(number_rows); i++) {
		const char *text = number_rows[i].text;
		char *copy = exact(text, strlen(text));
		uint64_t value = 0;
		int code = sixpn_parse_number(&value, copy, strlen(text),
					      number_rows[i].max);

		test_result(code == number_rows[i].code &&
			    value == number_rows[i].value,
			    "parse: number '%s'", text);
		free(copy);
	}
}

/* -1 stands for a refusal, which must leave the old value, too. */
static const struct {
	const char *text;
	int64_t port, fwmark, keepalive;
} word_rows[] = {
	{ "0", 0, 0, 0 },
	{ "51820", 51820, 51820, 51820 },
	{ "65535", 65535, 65535, 65535 },
	{ "65536", -1, 65536, -1 },
	{ "70000", -1, 70000, -1 },
	{ "off", -1, 0, 0 },
	{ "Off", -1, -1, -1 },
	{ "offf", -1, -1, -1 },
	{ "of", -1, -1, -1 },
	{ "0x1", -1, 1, -1 },
	{ "0xfF", -1, 255, -1 },
	{ "0XfF", -1, -1, -1 },
	{ "0xffffffff", -1, 0xffffffff, -1 },
	{ "0x00000000ffffffff", -1, 0xffffffff, -1 },
	{ "0x100000000", -1, -1, -1 },
	{ "0x10000000000000000", -1, -1, -1 },
	{ "4294967295", -1, 4294967295, -1 },
	{ "4294967296", -1, -1, -1 },
	{ "0x", -1, -1, -1 },
	{ "0xg", -1, -1, -1 },
	{ "x1", -1, -1, -1 },
	{ "", -1, -1, -1 },
	{ "-5", -1, -1, -1 },
	{ "25s", -1, -1, -1 },
};

static void test_words(void)
{
	size_t i;

	for (i = 0; i < TEST_COUNT(word_rows); i++) {
		const char *text = word_rows[i].text;
		size_t length = strlen(text);
		char *copy = exact(text, length);
		uint16_t port = 4242, keepalive = 4242;
		uint32_t fwmark = 4242;
		int64_t got;

		got = sixpn_parse_port(&port, copy, length) ? -1 : port;
		if (got < 0 && port != 4242)
			got = -2;
		test_result(got == word_rows[i].port, "parse: port '%s'", text);
		got = sixpn_parse_fwmark(&fwmark, copy, length) ? -1 :
		      (int64_t)fwmark;
		if (got < 0 && fwmark != 4242)
			got = -2;
		test_result(got == word_rows[i].fwmark, "parse: fwmark '%s'",
			    text);
		got = sixpn_parse_keepalive(&keepalive, copy, length) ? -1 :
		      keepalive;
		if (got < 0 && keepalive != 4242)
			got = -2;
		test_result(got == word_rows[i].keepalive,
			    "parse: keepalive '%s'", text);
		free(copy);
	}
}

static const struct {
	const char *text;
	bool good;
} ifname_rows[] = {
	{ "mesh0", true },
	{ "a", true },
	{ "fifteen_bytes_x", true },
	{ "...", true },
	{ "\x1b[31m", true },
	{ "sixteen_bytes_xy", false },
	{ "", false },
	{ ".", false },
	{ "..", false },
	{ "a/b", false },
	{ "a:b", false },
	{ "a b", false },
	{ "a\tb", false },
	{ "a\nb", false },
};

static void test_ifnames(void)
{
	size_t i;

	for (i = 0; i < TEST_COUNT(ifname_rows); i++) {
		const char *text = ifname_rows[i].text;
		size_t length = strlen(text);
		char *copy = exact(text, length), name[IFNAMSIZ];
		bool good = !sixpn_parse_ifname(name, copy, length);

		if (good)
			good = !strcmp(name, text);
		test_result(good == ifname_rows[i].good,
			    "parse: device name of row %zu", i);
		free(copy);
	}
	{
		char name[IFNAMSIZ];

		test_result(sixpn_parse_ifname(name, "a\0b", 3) == -EINVAL,
			    "parse: device name with a NUL");
	}
}

static const struct {
	const char *text, *wanted;	/* NULL: refused */
	bool host_bits;
} allowedip_rows[] = {
	{ "10.0.0.0/8", "10.0.0.0/8", false },
	{ "10.1.2.3/8", "10.0.0.0/8", true },
	{ "10.1.2.3", "10.1.2.3/32", false },
	{ "10.1.2.3/31", "10.1.2.2/31", true },
	{ "255.255.255.255/0", "0.0.0.0/0", true },
	{ "0.0.0.0/0", "0.0.0.0/0", false },
	{ "::/0", "::/0", false },
	{ "fdaa:0:1::2/112", "fdaa:0:1::/112", true },
	{ "fdaa:0:1::/112", "fdaa:0:1::/112", false },
	{ "2001:db8::1", "2001:db8::1/128", false },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/65",
	  "ffff:ffff:ffff:ffff:8000::/65", true },
	{ "::ffff:1.2.3.4/128", "::ffff:1.2.3.4/128", false },
	{ "1.2.3.4/33", NULL, false },
	{ "::/129", NULL, false },
	{ "1.2.3.4/", NULL, false },
	{ "1.2.3.4/-1", NULL, false },
	{ "1.2.3.4/8/8", NULL, false },
	{ "1.2.3.4/255.0.0.0", NULL, false },
	{ "1.2.3", NULL, false },
	{ "1.2.3.4.5", NULL, false },
	{ "1.2.3.256", NULL, false },
	{ "01.2.3.4", NULL, false },
	{ "fe80::1%lo", NULL, false },
	{ ":::", NULL, false },
	{ "1:2:3:4:5:6:7:8:9", NULL, false },
	{ "/8", NULL, false },
	{ "", NULL, false },
	{ "host.example", NULL, false },
	{ "1111111111111111111111111111111111111111111111111111111/1", NULL,
	  false },
};

static void test_allowedip(void)
{
	size_t i;

	for (i = 0; i < TEST_COUNT(allowedip_rows); i++) {
		const char *text = allowedip_rows[i].text;
		size_t length = strlen(text);
		char *copy = exact(text, length);
		char got[SIXPN_ALLOWEDIP_TEXT_MAX] = "(refused)";
		struct sixpn_allowedip allowedip;
		bool host_bits = false;
		const char *wanted = allowedip_rows[i].wanted;

		if (!sixpn_parse_allowedip(&allowedip, &host_bits, copy,
					   length))
			sixpn_format_allowedip(got, &allowedip);
		test_result(test_same_text(got, wanted ? wanted : "(refused)") &&
			    host_bits == allowedip_rows[i].host_bits,
			    "parse: allowed ip '%s'", text);
		free(copy);
	}
}

static const struct {
	const char *text, *wanted;	/* "-" marks a removal; NULL: refused */
	bool incremental;
} list_rows[] = {
	{ "", "", false },
	{ "  ", "", false },
	{ "1.2.3.4", "1.2.3.4/32 ", false },
	{ "1.2.3.4, ::1/128", "1.2.3.4/32 ::1/128 ", false },
	{ "1.2.3.4,1.2.3.4", "1.2.3.4/32 1.2.3.4/32 ", false },
	{ "+1.2.3.4", "1.2.3.4/32 ", true },
	{ "-1.2.3.4", "-1.2.3.4/32 ", true },
	{ "+1.2.3.4,-::/0,5.6.7.0/24", "1.2.3.4/32 -::/0 5.6.7.0/24 ", true },
	{ "1.2.3.4,", NULL, false },
	{ ",1.2.3.4", NULL, false },
	{ "1.2.3.4,,1.2.3.4", NULL, false },
	{ ",", NULL, false },
	{ "+", NULL, false },
	{ "-", NULL, false },
	{ "+-1.2.3.4", NULL, false },
	{ "1.2.3.4;5.6.7.8", NULL, false },
	{ "1.2.3.4 5.6.7.8", NULL, false },
};

static void test_allowedip_lists(void)
{
	size_t i, j;

	for (i = 0; i < TEST_COUNT(list_rows); i++) {
		const char *text = list_rows[i].text;
		size_t length = strlen(text);
		char *copy = exact(text, length), got[512] = "";
		enum sixpn_allowedips_mode mode = SIXPN_ALLOWEDIPS_WHOLE;
		struct sixpn_peer peer = { 0 };
		struct sixpn_error error;
		int ret;

		ret = sixpn_parse_allowedips(&peer, &mode, NULL, copy, length,
					     &error);
		for (j = 0; !ret && j < peer.allowedip_count; j++) {
			char one[SIXPN_ALLOWEDIP_TEXT_MAX];

			sixpn_format_allowedip(one, &peer.allowedips[j]);
			if (peer.allowedips[j].remove)
				strcat(got, "-");
			strcat(got, one);
			strcat(got, " ");
		}
		test_result((!ret) == !!list_rows[i].wanted &&
			    (ret || (test_same_text(got, list_rows[i].wanted) &&
				     (mode == SIXPN_ALLOWEDIPS_INCREMENTAL) ==
				     list_rows[i].incremental)),
			    "parse: allowed ips '%s'", text);
		sixpn_peer_clear(&peer);
		free(copy);
	}
	{
		struct sixpn_peer peer = { 0 };
		struct sixpn_error error;

		test_result(sixpn_parse_allowedips(&peer, NULL, NULL, "+::1", 4,
						   &error) == -EINVAL &&
			    test_same_text(error.text,
					   "not an allowed ip: '+::1'"),
			    "parse: a file's allowed ips take no sign");
		sixpn_peer_clear(&peer);
	}
}

static const struct {
	const char *text, *host, *service, *literal; /* host NULL: refused */
} endpoint_rows[] = {
	{ "1.2.3.4:5", "1.2.3.4", "5", "1.2.3.4:5" },
	{ "[2001:db8::1]:51820", "2001:db8::1", "51820",
	  "[2001:db8::1]:51820" },
	{ "[1.2.3.4]:5", "1.2.3.4", "5", "1.2.3.4:5" },
	/* as wg(8): the last colon divides */
	{ "::1:5", "::1", "5", "[::1]:5" },
	{ "[fe80::1%eth0]:5", "fe80::1%eth0", "5", NULL },
	{ "host.example:51820", "host.example", "51820", NULL },
	{ "host.example:http", "host.example", "http", NULL },
	{ "1.2.3.4:http", "1.2.3.4", "http", NULL },
	{ "1.2.3.4:65535", "1.2.3.4", "65535", "1.2.3.4:65535" },
	{ "1.2.3.4:0", NULL, NULL, NULL },
	{ "1.2.3.4:65536", NULL, NULL, NULL },
	{ "host.example:99999999999999999999", NULL, NULL, NULL },
	{ "host.example:0", NULL, NULL, NULL },
	{ "", NULL, NULL, NULL },
	{ "host", NULL, NULL, NULL },
	{ "host:", NULL, NULL, NULL },
	{ ":5", NULL, NULL, NULL },
	{ "[]:5", NULL, NULL, NULL },
	{ "[::1:5", NULL, NULL, NULL },
	{ "[::1]", NULL, NULL, NULL },
	{ "[::1]:", NULL, NULL, NULL },
	{ "[::1]5", NULL, NULL, NULL },
	{ "[", NULL, NULL, NULL },
	{ ":", NULL, NULL, NULL },
	{ "h:0123456789012345678901234567890123456789", NULL, NULL, NULL },
};

static void test_endpoints(void)
{
	size_t i;

	for (i = 0; i < TEST_COUNT(endpoint_rows); i++) {
		const char *text = endpoint_rows[i].text;
		const char *literal = endpoint_rows[i].literal;
		char *copy = exact(text, strlen(text));
		char got[SIXPN_ENDPOINT_TEXT_MAX] = "";
		struct sixpn_endpoint_words words;
		struct sixpn_error error = { 0 };
		bool ok;
		int ret;

		ret = sixpn_parse_endpoint(&words, copy, strlen(text), &error);
		if (!endpoint_rows[i].host) {
			ok = ret == -EINVAL && strstr(error.text, text);
		} else if (ret) {
			ok = false;
		} else {
			if (words.literal)
				sixpn_format_endpoint(got, &words.endpoint);
			ok = test_same_text(words.host, endpoint_rows[i].host) &&
			     test_same_text(words.service,
					    endpoint_rows[i].service) &&
			     test_same_text(got, literal ? literal : "");
		}
		test_result(ok, "parse: endpoint '%s'", text);
		free(copy);
	}
	{
		struct sixpn_endpoint_words words;
		char text[400];

		memset(text, 'a', sizeof(text));
		text[sizeof(text) - 2] = ':';
		text[sizeof(text) - 1] = '5';
		test_result(sixpn_parse_endpoint(&words, text, sizeof(text),
						 NULL) == -EINVAL,
			    "parse: endpoint with a name too long");
		test_result(sixpn_parse_endpoint(&words, "a\0b:5", 5, NULL) ==
			    -EINVAL, "parse: endpoint with a NUL");
	}
}

static const struct {
	const char *text, *label, *region, *path, *yes_no; /* NULL: refused */
} name_rows[] = {
	{ "a", "a", "a", NULL, NULL },
	{ "fra1", "fra1", "fra1", NULL, NULL },
	{ "0", "0", "0", NULL, NULL },
	{ "Fra1", "fra1", NULL, NULL, NULL },
	{ "a-b", "a-b", NULL, NULL, NULL },
	{ "-a", NULL, NULL, NULL, NULL },
	{ "a-", NULL, NULL, NULL, NULL },
	{ "-", NULL, NULL, NULL, NULL },
	{ "a.b", NULL, NULL, NULL, NULL },
	{ "a_b", NULL, NULL, NULL, NULL },
	{ "a{", NULL, NULL, NULL, NULL },
	{ "@a", NULL, NULL, NULL, NULL },
	{ "", NULL, NULL, NULL, NULL },
	{ "abcdefghijklmnop", "abcdefghijklmnop", "abcdefghijklmnop", NULL,
	  NULL },
	{ "abcdefghijklmnopq", "abcdefghijklmnopq", NULL, NULL, NULL },
	{ "/", NULL, NULL, NULL, NULL },
	{ "/a", NULL, NULL, "/a", NULL },
	{ "/a/", NULL, NULL, NULL, NULL },
	{ "/a b/c", NULL, NULL, "/a b/c", NULL },
	{ "./a", NULL, NULL, NULL, NULL },
	{ "yes", "yes", "yes", NULL, "yes" },
	{ "no", "no", "no", NULL, "no" },
	{ "ye", "ye", "ye", NULL, NULL },
	{ "YES", "yes", NULL, NULL, NULL },
};

static bool is_told(int ret, const char *got, const char *wanted)
{
	if (ret)
		return ret == -EINVAL && !wanted && !strcmp(got, "old");
	return wanted && test_same_text(got, wanted);
}

static void test_names(void)
{
	size_t i;

	for (i = 0; i < TEST_COUNT(name_rows); i++) {
		const char *text = name_rows[i].text;
		size_t n = strlen(text);
		char *copy = exact(text, n);
		char label[SIXPN_LABEL_MAX + 1] = "old";
		char region[SIXPN_REGION_MAX + 1] = "old";
		bool yes = true, no = false;
		int ret;

		ret = sixpn_parse_label(label, copy, n);
		test_result(is_told(ret, label, name_rows[i].label),
			    "parse: label '%s'", text);
		ret = sixpn_parse_region(region, copy, n);
		test_result(is_told(ret, region, name_rows[i].region),
			    "parse: region '%s'", text);
		ret = sixpn_parse_path(copy, n);
		test_result(is_told(ret, ret ? "old" : text, name_rows[i].path),
			    "parse: path '%s'", text);
		ret = sixpn_parse_yes_no(&yes, copy, n);
		test_result(ret == sixpn_parse_yes_no(&no, copy, n) &&
			    is_told(ret, ret ? yes && !no ? "old" : "" :
				    yes != no ? "" : yes ? "yes" : "no",
				    name_rows[i].yes_no),
			    "parse: yes or no '%s'", text);
		free(copy);
	}
}

static void test_name_lengths(void)
{
	char text[4097], label[SIXPN_LABEL_MAX + 1];

	memset(text, 'a', sizeof(text));
	test_result(!sixpn_parse_label(label, text, 63) &&
		    strlen(label) == 63 &&
		    sixpn_parse_label(label, text, 64) == -EINVAL,
		    "parse: label of 63 characters at most");
	text[0] = '/';
	test_result(!sixpn_parse_path(text, 4095) &&
		    sixpn_parse_path(text, 4096) == -EINVAL,
		    "parse: path of 4095 bytes at most");
	test_result(sixpn_parse_path("/a\0b", 4) == -EINVAL,
		    "parse: path without a NUL byte");
}

static void test_ranges(void)
{
	static const struct {
		const char *text;
		int code;
		uint32_t value;
	} rows[] = {
		{ "5", 0, 5 },
		{ "10", 0, 10 },
		{ "4", -ERANGE, 4242 },
		{ "11", -ERANGE, 4242 },
		{ "4294967301", -ERANGE, 4242 },
		{ "", -EINVAL, 4242 },
		{ "7s", -EINVAL, 4242 },
	};
	size_t i;

	for (i = 0; i < TEST_COUNT(rows); i++) {
		const char *text = rows[i].text;
		uint32_t value = 4242;

		test_result(sixpn_parse_range(&value, text, strlen(text), 5,
					      10) == rows[i].code &&
			    value == rows[i].value, "parse: range '%s'", text);
	}
}

/* @wanted: HOST SERVICE, or the complaint. */
static const struct {
	const char *text, *wanted;
	uint16_t port;
	bool good, literal;
} host_endpoint_rows[] = {
	{ "1.2.3.4:5", "1.2.3.4 5", 7, true, true },
	{ "1.2.3.4", "1.2.3.4 7", 7, true, true },
	{ "[::1]:5", "::1 5", 7, true, true },
	{ "[::1]", "::1 7", 7, true, true },
	{ "a", "a 7", 7, true, false },
	{ "a.b-c.example.:5", "a.b-c.example. 5", 7, true, false },
	{ "a_b.1a", "a_b.1a 65535", 65535, true, false },
	{ "h:5", "h 5", 0, true, false },
	{ "", "endpoint has no host", 7, false, false },
	{ "h", "endpoint has no port: 'h'", 0, false, false },
	{ "[::1]", "endpoint has no port: '[::1]'", 0, false, false },
	{ "h:", "endpoint has no port: 'h:'", 7, false, false },
	{ "h:0", "endpoint port is not 1-65535: 'h:0'", 7, false, false },
	{ "h:65536", "endpoint port is not 1-65535: 'h:65536'", 7, false,
	  false },
	{ "h:http", "endpoint port is not 1-65535: 'h:http'", 7, false, false },
	{ ":5", "endpoint has no host: ':5'", 7, false, false },
	{ "::1", "an IPv6 address stands in brackets: '::1'", 7, false, false },
	{ "[::1", "endpoint lacks its ']': '[::1'", 7, false, false },
	{ "[::1]5", "endpoint has no port: '[::1]5'", 7, false, false },
	{ "[]", "endpoint has no host: '[]:7'", 7, false, false },
	{ "[fe80::1%eth0]", "not an IPv6 address in brackets: '[fe80::1%eth0]'",
	  7, false, false },
	{ "[1.2.3.4]", "not an IPv6 address in brackets: '[1.2.3.4]'", 7,
	  false, false },
	{ "[a]:5", "not an IPv6 address in brackets: '[a]:5'", 7, false,
	  false },
	{ "1.2.3.256", "not a name or address of a host: '1.2.3.256'", 7,
	  false, false },
	{ "1.2.3:5", "not a name or address of a host: '1.2.3:5'", 7, false,
	  false },
	{ "a..b", "not a name or address of a host: 'a..b'", 7, false, false },
	{ ".", "not a name or address of a host: '.'", 7, false, false },
	{ "a..", "not a name or address of a host: 'a..'", 7, false, false },
	{ "-a", "not a name or address of a host: '-a'", 7, false, false },
	{ "a b", "not a name or address of a host: 'a b'", 7, false, false },
	{ "a/b", "not a name or address of a host: 'a/b'", 7, false, false },
};

static void test_host_endpoints(void)
{
	char longest[300];
	struct sixpn_error error;
	struct sixpn_endpoint_words words = { 0 };
	size_t i;

	for (i = 0; i < TEST_COUNT(host_endpoint_rows); i++) {
		const char *text = host_endpoint_rows[i].text;
		char *copy = exact(text, strlen(text)), got[512];
		int ret;

		ret = sixpn_parse_host_endpoint(&words, copy, strlen(text),
						host_endpoint_rows[i].port,
						&error);
		snprintf(got, sizeof(got), "%s %s", words.host, words.service);
		test_result((!ret) == host_endpoint_rows[i].good &&
			    test_same_text(ret ? error.text : got,
					   host_endpoint_rows[i].wanted) &&
			    (ret ||
			     words.literal == host_endpoint_rows[i].literal),
			    "parse: host endpoint '%s'", text);
		free(copy);
	}
	memset(longest, 'a', sizeof(longest));
	test_result(sixpn_parse_host_endpoint(&words, longest, 300, 7,
					      &error) == -EINVAL &&
		    sixpn_parse_host_endpoint(&words, longest, 288, 7,
					      &error) == -EINVAL &&
		    !strncmp(error.text, "endpoint too long", 17),
		    "parse: host endpoint that is too long");
	test_result(sixpn_parse_host_endpoint(&words, "a\0b", 3, 7, &error) ==
		    -EINVAL, "parse: host endpoint without a NUL byte");
}

static void test_registries(void)
{
	static const struct {
		const char *text, *wanted;	/* NULL: taken */
	} rows[] = {
		{ "sqlite:/a", NULL },
		{ "etcd:a", NULL },
		{ "etcds:a:1,[::1]:2,10.0.0.1,b.example", NULL },
		{ "", "registry is not sqlite:, etcd: or etcds: ''" },
		{ ":/a", "registry is not sqlite:, etcd: or etcds: ':/a'" },
		{ "/a", "registry is not sqlite:, etcd: or etcds: '/a'" },
		{ "Etcd:a", "registry is not sqlite:, etcd: or etcds: 'Etcd:a'" },
		{ "etcd", "registry is not sqlite:, etcd: or etcds: 'etcd'" },
		{ "sqlite:", "registry has no absolute path: 'sqlite:'" },
		{ "sqlite:a", "registry has no absolute path: 'sqlite:a'" },
		{ "sqlite:/a/", "registry has no absolute path: 'sqlite:/a/'" },
		{ "etcd:", "endpoint has no host" },
		{ "etcd:a,", "endpoint has no host" },
		{ "etcd:,a", "endpoint has no host" },
		{ "etcd:a, b", "not a name or address of a host: ' b'" },
		{ "etcd://a", "not a name or address of a host: '//a'" },
		{ "etcds:a:0", "endpoint port is not 1-65535: 'a:0'" },
		{ "etcd:::1", "an IPv6 address stands in brackets: '::1'" },
	};
	size_t i;

	for (i = 0; i < TEST_COUNT(rows); i++) {
		const char *text = rows[i].text;
		char *copy = exact(text, strlen(text));
		struct sixpn_error error = { 0 };
		int ret = sixpn_parse_registry(copy, strlen(text), &error);

		test_result(ret == (rows[i].wanted ? -EINVAL : 0) &&
			    test_same_text(error.text, rows[i].wanted ?
					   rows[i].wanted : ""),
			    "parse: registry '%s'", text);
		free(copy);
	}
}

void test_parse(void)
{
	test_numbers();
	test_words();
	test_ifnames();
	test_allowedip();
	test_allowedip_lists();
	test_endpoints();
	test_names();
	test_name_lengths();
	test_ranges();
	test_host_endpoints();
	test_registries();
}
