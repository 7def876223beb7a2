// SPDX-License-Identifier: GPL-2.0-or-later
#include "dns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "test.h"

/* --- Names. --- */

/* @again: as it is printed; NULL: no name */
static const struct {
	const char *text, *again;
} names[] = {
	{ ".", "." },
	{ "web.internal", "web.internal." },
	{ "web.internal.", "web.internal." },
	{ "WeB.Internal", "WeB.Internal." },
	{ "_http._tcp.web.internal", "_http._tcp.web.internal." },
	{ "a\\.b.internal", "a\\.b.internal." },
	{ "a\\000b.internal", "a\\000b.internal." },
	{ "\\027[31mred.internal", "\\027\\[31mred.internal." },
	{ "gr\xc3\xbc\xc3\x9f.internal", "gr\\195\\188\\195\\159.internal." },
	{ "a\nb.internal", "a\\010b.internal." },
	{ "", NULL },
	{ "..", NULL },
	{ "a..b", NULL },
	{ ".a", NULL },
	{ "a\\256.internal", NULL },
	{ "a123456789012345678901234567890123456789012345678901234567890123.b",
	  NULL },
};

static void check_names(void)
{
	char text[SIXPN_DNS_NAME_TEXT_MAX];
	uint8_t wire[SIXPN_DNS_NAME_MAX];
	size_t i;
	int ret;

	for (i = 0; i < TEST_COUNT(names); i++) {
		ret = sixpn_dns_name_parse(wire, names[i].text);
		if (ret > 0)
			sixpn_dns_name_text(text, wire);
		test_result(names[i].again ?
				    ret > 0 &&
					    test_same_text(text,
							   names[i].again) :
				    ret == -EINVAL,
			    "DNS name %zu", i);
	}
}

/* Whatever is in a label, its text is printable. */
static void check_safe_text(void)
{
	char text[SIXPN_DNS_NAME_TEXT_MAX];
	uint8_t wire[SIXPN_DNS_NAME_MAX] = { 0 };
	bool safe = true;
	size_t i, j;

	for (i = 0; i < 256; i++) {
		wire[0] = 1;
		wire[1] = (uint8_t)i;
		sixpn_dns_name_text(text, wire);
		for (j = 0; text[j]; j++)
			if (text[j] <= ' ' || text[j] > '~')
				safe = false;
	}
	memset(wire, 0xff, sizeof(wire));
	for (i = 0; i < 192; i += 64)
		wire[i] = 63;
	wire[192] = 61;
	wire[254] = 0;
	sixpn_dns_name_text(text, wire);
	test_result(safe && strlen(text) == 250 * 4 + 4,
		    "text of any name is printable");
}

/* --- Responses. --- */

struct seen {
	size_t count;
	struct sixpn_dns_record last;
	char data[1024];
};

static int see(void *data, const struct sixpn_dns_record *record)
{
	struct seen *seen = data;

	seen->count++;
	seen->last = *record;
	snprintf(seen->data, sizeof(seen->data), "%s", record->data);
	return 0;
}

static int refuse(void *data, const struct sixpn_dns_record *record)
{
	return -ECANCELED;
}

static size_t make_response(struct sixpn_dns *dns,
			    const struct sixpn_dns_query *query,
			    const char *text, size_t length, uint8_t *out)
{
	const struct sixpn_dns_head head = {
		.limit = SIXPN_DNS_MESSAGE_MAX,
		.rcode = SIXPN_DNS_BADVERS,
		.authoritative = true,
	};

	sixpn_dns_begin(dns, query, &head, out);
	sixpn_dns_add_ede(dns, SIXPN_DNS_EDE_STALE, "old\033[31m");
	sixpn_dns_put_txt(dns, 5, text, length);
	return sixpn_dns_end(dns);
}

static void check_response(void)
{
	static uint8_t out[SIXPN_DNS_MESSAGE_MAX];
	struct sixpn_dns *dns = sixpn_dns_new();
	uint8_t wire[SIXPN_DNS_NAME_MAX], message[SIXPN_DNS_UDP_MIN];
	struct sixpn_dns_response response;
	struct sixpn_dns_query query;
	struct seen seen = { 0 };
	char text[600];
	size_t length, asked;

	memset(text, 'x', sizeof(text));
	sixpn_dns_name_parse(wire, "Vms.web.internal");
	asked = (size_t)sixpn_dns_make_query(dns, message, 7, wire,
					     SIXPN_DNS_TXT);
	test_result(!sixpn_dns_parse_query(dns, &query, message, asked) &&
			    query.id == 7 && query.recursion_desired &&
			    query.edns && query.type == SIXPN_DNS_TXT &&
			    query.payload == SIXPN_DNS_UDP_MAX &&
			    query.lower[1] == 'v' && query.name[1] == 'V',
		    "a query is understood");
	length = make_response(dns, &query, text, sizeof(text), out);
	test_result(!sixpn_dns_read_response(dns, out, length, message, asked,
					     &response, see, &seen) &&
			    response.rcode == SIXPN_DNS_BADVERS &&
			    response.authoritative && !response.truncated &&
			    response.ede == SIXPN_DNS_EDE_STALE &&
			    !strcmp(response.ede_text, "old\033[31m"),
		    "a response is understood");
	test_result(seen.count == 1 && seen.last.ttl == 5 &&
			    seen.last.data_length == sizeof(text) &&
			    strspn(seen.data, "x") == sizeof(text) &&
			    !strcmp(seen.last.type_text, "TXT") &&
			    !strcmp(seen.last.owner, "Vms.web.internal."),
		    "the strings of a text are one");
	test_result(sixpn_dns_read_response(dns, out, length, message, asked,
					    &response, refuse,
					    NULL) == -ECANCELED,
		    "a walk can be ended");
	out[1]++;
	test_result(sixpn_dns_read_response(dns, out, length, message, asked,
					    &response, see,
					    &seen) == -EBADMSG,
		    "a response to another query");
	out[1]--;
	out[SIXPN_DNS_HEADER_LEN + 1] ^= 0x20;
	test_result(sixpn_dns_read_response(dns, out, length, message, asked,
					    &response, see,
					    &seen) == -EBADMSG,
		    "a response in another case");
	test_result(sixpn_dns_read_response(dns, message, asked, message, asked,
					    &response, see,
					    &seen) == -EBADMSG,
		    "a query is no response");
	sixpn_dns_free(dns);
}

/* --- Room. --- */

/* A text of what txt_max() says fits exactly; one byte more does not. */
static void check_txt_room(void)
{
	static uint8_t out[SIXPN_DNS_MESSAGE_MAX];
	static char text[SIXPN_DNS_MESSAGE_MAX];
	struct sixpn_dns *dns = sixpn_dns_new();
	struct sixpn_dns_query query = { .has_question = true,
					 .name = "\1a",
					 .name_length = 3,
					 .type = SIXPN_DNS_TXT,
					 .class = SIXPN_DNS_CLASS_IN };
	struct sixpn_dns_head head = { 0 };
	size_t most;
	bool ok = true;

	for (head.limit = 512; ok && head.limit < 66000; head.limit += 37) {
		if (head.limit > SIXPN_DNS_MESSAGE_MAX)
			head.limit = SIXPN_DNS_MESSAGE_MAX;
		sixpn_dns_begin(dns, &query, &head, out);
		most = sixpn_dns_txt_max(sixpn_dns_room(dns));
		ok = sixpn_dns_put_txt(dns, 5, text, most + 1) == -ENOSPC &&
		     !sixpn_dns_put_txt(dns, 5, text, most) &&
		     sixpn_dns_end(dns) + 1 >= head.limit;
		if (head.limit == SIXPN_DNS_MESSAGE_MAX)
			break;
	}
	test_result(ok, "a text fills the room there is");
	sixpn_dns_free(dns);
}

void test_dns(void)
{
	check_names();
	check_safe_text();
	check_response();
	check_txt_room();
	test_result(sixpn_dns_type_parse("AAAA") == 28 &&
			    sixpn_dns_type_parse("TYPE65280") == 65280 &&
			    sixpn_dns_type_parse("AAAAA") == -EINVAL,
		    "types by name");
}
