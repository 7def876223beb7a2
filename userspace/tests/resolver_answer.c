// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What scripts cannot say: malformed queries, cookies, sizes, other servers' answers.
 */
#include "answer.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver_record.h"
#include "test.h"

#define NETWORK 42
#define SELF 7
#define HUGE_COUNT 10000
#define ASKER "fdaa:0:2a:0:7:0:1:2"

static struct sixpn_zone *zone;
static struct sixpn_answerer *answerer;
static struct sixpn_dns *dns;
static uint8_t out[SIXPN_DNS_MESSAGE_MAX];

static void put_machine(uint32_t machine, const char *app)
{
	struct sixpn_record record;
	char name[SIXPN_LABEL_MAX + 1];

	snprintf(name, sizeof(name), "vm-%u", machine);
	resolver_record_machine(&record, NETWORK, SELF, machine, name, app);
	sixpn_zone_change(zone, NULL, &record);
}

/* --- Asking. --- */

struct question {
	struct sixpn_query query;
	uint8_t message[SIXPN_DNS_UDP_MIN];
	size_t length;
};

static void make(struct question *question, const char *name, int type)
{
	uint8_t wire[SIXPN_DNS_NAME_MAX];

	memset(question, 0, sizeof(*question));
	inet_pton(AF_INET6, ASKER, &question->query.source);
	inet_pton(AF_INET6, "fdaa::3", &question->query.destination);
	sixpn_dns_name_parse(wire, name);
	question->length = (size_t)sixpn_dns_make_query(
		dns, question->message, 0x1234, wire, (uint16_t)type);
}

/* What the OPT record at the end says. */
static void set_payload(struct question *question, uint16_t payload)
{
	uint8_t *opt = question->message + question->length - 11;

	opt[3] = (uint8_t)(payload >> 8);
	opt[4] = (uint8_t)payload;
}

static void drop_edns(struct question *question)
{
	question->length -= 11;
	question->message[11] = 0;
}

static void add_option(struct question *question, uint8_t code,
		       const uint8_t *data, uint8_t length)
{
	uint8_t *opt = question->message + question->length - 11;
	const uint8_t head[] = { 0, code, 0, length };

	opt[10] = (uint8_t)(sizeof(head) + length);
	memcpy(opt + 11, head, sizeof(head));
	memcpy(opt + 11 + sizeof(head), data, length);
	question->length += sizeof(head) + length;
}

static size_t ask(struct question *question)
{
	size_t length = 0;

	if (sixpn_answer(answerer, &question->query, question->message,
			 question->length, out, &length) != SIXPN_ANSWER_SEND)
		return 0;
	return length;
}

/* --- Malformed ones. --- */

#define AT_QUESTION SIXPN_DNS_HEADER_LEN

static void cut_question(struct question *q)
{
	q->length = AT_QUESTION + 3;
}

static void set_qr(struct question *q)
{
	q->message[2] |= 0x80;
}

static void shorten(struct question *q)
{
	q->length = SIXPN_DNS_HEADER_LEN - 1;
}

static void status(struct question *q)
{
	q->message[2] |= 2 << 3;
}

static void update(struct question *q)
{
	q->message[2] |= 5 << 3;
}

static void no_question(struct question *q)
{
	q->message[5] = 0;
}

static void two_questions(struct question *q)
{
	q->message[5] = 2;
}

static void answer_count(struct question *q)
{
	q->message[7] = 1;
}

static void authority_count(struct question *q)
{
	q->message[9] = 1;
}

static void missing_additional(struct question *q)
{
	q->message[11] = 2;
}

static void garbage(struct question *q)
{
	q->message[q->length++] = 0;
}

static void pointer(struct question *q)
{
	q->message[AT_QUESTION] = 0xc0;
	q->message[AT_QUESTION + 1] = AT_QUESTION;
}

static void long_label(struct question *q)
{
	q->message[AT_QUESTION] = 64;
}

static void two_opts(struct question *q)
{
	memcpy(q->message + q->length, q->message + q->length - 11, 11);
	q->length += 11;
	q->message[11] = 2;
}

static void version_one(struct question *q)
{
	q->message[q->length - 5] = 1;
}

/* "\3web\10internal\0", type, class */
static void chaos(struct question *q)
{
	q->message[AT_QUESTION + 14 + 3] = 3;
}

static void transfer(struct question *q)
{
	q->message[AT_QUESTION + 14 + 1] = SIXPN_DNS_AXFR;
}

static void type_opt(struct question *q)
{
	q->message[AT_QUESTION + 14 + 1] = SIXPN_DNS_OPT;
}

static void type_tsig(struct question *q)
{
	q->message[AT_QUESTION + 14 + 1] = 250;
}

static void short_cookie(struct question *q)
{
	add_option(q, 10, (const uint8_t *)"1234567", 7);
}

static void odd_cookie(struct question *q)
{
	add_option(q, 10, (const uint8_t *)"123456789", 9);
}

static void option_beyond(struct question *q)
{
	add_option(q, 3, (const uint8_t *)"1234", 4);
	q->message[q->length - 5] = 9;
}

/* @rcode: -1: no answer */
static const struct {
	const char *what;
	void (*spoil)(struct question *q);
	int rcode;
} spoiled[] = {
	{ "eleven bytes", shorten, -1 },
	{ "a response", set_qr, -1 },
	{ "opcode STATUS", status, SIXPN_DNS_NOTIMP },
	{ "opcode UPDATE", update, SIXPN_DNS_NOTIMP },
	{ "no question", no_question, SIXPN_DNS_FORMERR },
	{ "two questions", two_questions, SIXPN_DNS_FORMERR },
	{ "an answer", answer_count, SIXPN_DNS_FORMERR },
	{ "an authority", authority_count, SIXPN_DNS_FORMERR },
	{ "a record that is missing", missing_additional, SIXPN_DNS_FORMERR },
	{ "a byte too many", garbage, SIXPN_DNS_FORMERR },
	{ "half a question", cut_question, SIXPN_DNS_FORMERR },
	{ "a pointer for a name", pointer, SIXPN_DNS_FORMERR },
	{ "a label of 64 bytes", long_label, SIXPN_DNS_FORMERR },
	{ "two OPT records", two_opts, SIXPN_DNS_FORMERR },
	{ "EDNS version 1", version_one, SIXPN_DNS_BADVERS },
	{ "class CH", chaos, SIXPN_DNS_REFUSED },
	{ "AXFR", transfer, SIXPN_DNS_REFUSED },
	{ "type OPT", type_opt, SIXPN_DNS_FORMERR },
	{ "type TSIG", type_tsig, SIXPN_DNS_NOTIMP },
	{ "a cookie of seven bytes", short_cookie, SIXPN_DNS_FORMERR },
	{ "a cookie of nine bytes", odd_cookie, SIXPN_DNS_FORMERR },
	{ "an option beyond its record", option_beyond, SIXPN_DNS_FORMERR },
};

static int count_record(void *data, const struct sixpn_dns_record *record)
{
	size_t *count = data;

	*count += record->section == SIXPN_DNS_ANSWER;
	return 0;
}

/* Its id is that of the query, and it has no records. */
static bool is_refusal(const struct question *question, size_t length,
		       int rcode)
{
	struct sixpn_dns_response response;
	size_t count = 0;

	/* of what has no question of its own, libknot reads none */
	return !sixpn_dns_read_response(dns, out, length, question->message,
					question->length, &response,
					count_record, &count) &&
	       response.rcode == rcode && !count;
}

static void check_malformed(void)
{
	struct question question;
	size_t i, length;

	for (i = 0; i < TEST_COUNT(spoiled); i++) {
		make(&question, "web.internal", SIXPN_DNS_AAAA);
		spoiled[i].spoil(&question);
		length = ask(&question);
		test_result(spoiled[i].rcode < 0 ?
				    !length :
				    is_refusal(&question, length,
					       spoiled[i].rcode),
			    "query with %s", spoiled[i].what);
	}
}

/* Whatever comes, what goes out is a response that fits. */
static void check_random(void)
{
	struct question question;
	unsigned int i, j;
	size_t length;
	bool ok = true;

	for (i = 0; ok && i < 20000; i++) {
		make(&question, "web.internal", SIXPN_DNS_AAAA);
		for (j = test_random() % 4; j; j--)
			question.message[test_random() % question.length] =
				(uint8_t)test_random();
		question.length -= test_random() % 3;
		length = ask(&question);
		ok = !length || (length >= SIXPN_DNS_HEADER_LEN &&
				 length <= SIXPN_DNS_UDP_MAX &&
				 out[2] & 0x80 &&
				 !memcmp(out, question.message, 2));
	}
	test_result(ok, "queries with random bytes");
}

/* --- Cookies. --- */

/* RFC 9018 appendix A.4: what the server answers after its secret has changed. */
static void check_cookie(void)
{
	static const uint8_t secret[] = { 0x44, 0x55, 0x36, 0xbc, 0xd2, 0x51,
					  0x32, 0x98, 0x07, 0x5a, 0x5d, 0x37,
					  0x96, 0x63, 0xc9, 0x62 };
	static const uint8_t cookie[] = { 0x22, 0x68, 0x1a, 0xb9, 0x7d, 0x52,
					  0xc2, 0x98, 0x01, 0x00, 0x00, 0x00,
					  0x5c, 0xf7, 0xc6, 0x09, 0xa6, 0xbb,
					  0x79, 0xd1, 0x66, 0x25, 0x50, 0x7a };
	struct question question;
	size_t length;

	make(&question, "web.internal", SIXPN_DNS_AAAA);
	add_option(&question, 10, cookie, 8);
	length = ask(&question);
	test_result(length && !memmem(out, length, cookie, 8),
		    "without a secret there is no cookie");
	sixpn_answerer_secret(answerer, secret);
	sixpn_answerer_now(answerer, 0x5cf7c609);
	inet_pton(AF_INET6, "2001:db8:220:1:59de:d0f4:8769:82b8",
		  &question.query.source);
	length = ask(&question);
	test_result(memmem(out, length, cookie, sizeof(cookie)),
		    "the cookie of RFC 9018");
	make(&question, "web.internal", SIXPN_DNS_AAAA);
	length = ask(&question);
	test_result(length && !memmem(out, length, "\0\12\0\30", 4),
		    "who sends no cookie gets none");
}

/* --- Sizes. --- */

/* @seen: machines of the answer, each once */
struct reading {
	size_t count;
	bool bad;
	uint8_t seen[HUGE_COUNT + 1];
};

static void see(struct reading *reading, const struct in6_addr *address)
{
	uint32_t machine = sixpn_addr_machine(address);

	reading->count++;
	if (!machine || machine > HUGE_COUNT || reading->seen[machine]++)
		reading->bad = true;
}

/* "vm-1 fra,vm-2 fra,..." */
static void see_list(struct reading *reading, const char *list)
{
	struct in6_addr address;
	uint32_t machine;
	int length;

	while (*list) {
		length = 0;
		/* nothing may be half there, a comma either */
		if (sscanf(list, "vm-%u fra%n", &machine, &length) != 1 ||
		    !length || !strcmp(list + length, ",")) {
			reading->bad = true;
			return;
		}
		sixpn_addr_build(&address, NETWORK, SELF, machine, 2);
		see(reading, &address);
		list += length + (list[length] == ',');
	}
}

static int read_record(void *data, const struct sixpn_dns_record *record)
{
	struct reading *reading = data;
	struct in6_addr address;
	uint32_t machine;

	if (record->section != SIXPN_DNS_ANSWER)
		return 0;
	if (record->type == SIXPN_DNS_TXT) {
		see_list(reading, record->data);
		return 0;
	}
	if (record->type == SIXPN_DNS_SRV &&
	    sscanf(record->data, "0 0 80 vm-%u", &machine) == 1)
		sixpn_addr_build(&address, NETWORK, SELF, machine, 2);
	else if (inet_pton(AF_INET6, record->data, &address) != 1)
		reading->bad = true;
	see(reading, &address);
	return 0;
}

static bool read_answer(const struct question *question, size_t length,
			struct sixpn_dns_response *response,
			struct reading *reading)
{
	memset(reading, 0, sizeof(*reading));
	return !sixpn_dns_read_response(dns, out, length, question->message,
					question->length, response, read_record,
					reading) &&
	       !reading->bad;
}

static void check_udp_sizes(void)
{
	static const uint16_t payloads[] = { 0,	   2,	 512,  513,   600,
					     1231, 1232, 1233, 4096, 65535 };
	static struct reading reading;
	struct sixpn_dns_response response;
	struct question question;
	size_t i, length, limit;

	for (i = 0; i < TEST_COUNT(payloads); i++) {
		make(&question, "huge.internal", SIXPN_DNS_AAAA);
		set_payload(&question, payloads[i]);
		length = ask(&question);
		limit = payloads[i] < 512  ? 512 :
			payloads[i] > 1232 ? 1232 :
					     payloads[i];
		test_result(length <= limit && length + 28 > limit &&
				    read_answer(&question, length, &response,
						&reading) &&
				    response.truncated &&
				    response.ede == SIXPN_DNS_EDE_NONE,
			    "huge answer, payload %u", payloads[i]);
	}
}

/* One more each time: whole, until it does not fit. */
static void check_limit(void)
{
	static struct reading reading;
	struct sixpn_dns_response response;
	struct question question;
	size_t length, whole = 0;
	uint32_t i;
	bool ok = true;

	for (i = 1; ok && i <= 60; i++) {
		put_machine(i, "grow");
		make(&question, "grow.internal", SIXPN_DNS_AAAA);
		length = ask(&question);
		ok = length <= SIXPN_DNS_UDP_MAX &&
		     read_answer(&question, length, &response, &reading) &&
		     response.truncated == (reading.count < i);
		whole += !response.truncated;
	}
	/* 12 + 19 of the question, 11 of OPT */
	test_result(ok && whole == (1232 - 42) / 28,
		    "answers are truncated when they do not fit");
}

static void check_stream(const char *name, int type, size_t least)
{
	static struct reading reading;
	struct sixpn_dns_response response;
	struct question question;
	size_t length;
	bool ok;

	make(&question, name, type);
	length = ask(&question);
	test_result(length <= SIXPN_DNS_UDP_MAX &&
			    read_answer(&question, length, &response,
					&reading) &&
			    response.truncated,
		    "huge answer of %s by UDP", name);
	question.query.stream = true;
	length = ask(&question);
	ok = read_answer(&question, length, &response, &reading) &&
	     !response.truncated && reading.count >= least &&
	     length > SIXPN_DNS_MESSAGE_MAX - 300 &&
	     response.ede == SIXPN_DNS_EDE_OTHER;
	test_result(ok, "huge answer of %s by TCP: %zu of %u", name,
		    reading.count, HUGE_COUNT);
	drop_edns(&question);
	length = ask(&question);
	test_result(read_answer(&question, length, &response, &reading) &&
			    !response.truncated && reading.count >= least,
		    "huge answer of %s by TCP without EDNS", name);
}

/* Of 10,000 names of five letters each and more, all that 64 KiB have room for. */
static void check_huge(void)
{
	struct sixpn_record service = { .kind = SIXPN_RECORD_SERVICE };
	struct sixpn_record_port port = { 80, SIXPN_PROTOCOL_TCP };
	uint32_t i;

	for (i = 1; i <= HUGE_COUNT; i++)
		put_machine(i, "huge");
	service.service.network = NETWORK;
	strcpy(service.service.app, "huge");
	service.service.ports = &port;
	service.service.port_count = 1;
	sixpn_addr_build(&service.service.address, NETWORK, 1, 0, 1);
	sixpn_zone_change(zone, NULL, &service);
	check_udp_sizes();
	check_stream("huge.internal", SIXPN_DNS_AAAA, 2330);
	check_stream("vms.huge.internal", SIXPN_DNS_TXT, 5300);
	check_stream("_80._tcp.huge.internal", SIXPN_DNS_SRV, 1300);
}

/* Each of three comes first, and no order is all there is. */
static void check_spread(void)
{
	struct question question;
	size_t first[3] = { 0 }, length;
	unsigned int i;
	uint32_t machine;

	for (i = 1; i <= 3; i++)
		put_machine(HUGE_COUNT + i, "three");
	make(&question, "three.internal", SIXPN_DNS_AAAA);
	for (i = 0; i < 300; i++) {
		length = ask(&question);
		/* question, 12 bytes, then the address of the first record */
		memcpy(&machine, out + question.length - 11 + 12 + 10, 4);
		machine = ntohl(machine) - HUGE_COUNT - 1;
		if (length && machine < 3)
			first[machine]++;
	}
	test_result(first[0] > 60 && first[1] > 60 && first[2] > 60,
		    "each comes first: %zu, %zu, %zu", first[0], first[1],
		    first[2]);
}

/* --- Other servers' answers. --- */

static uint8_t upstream[SIXPN_DNS_MESSAGE_MAX];

/* As an upstream would answer, in lower case, so many addresses. */
static size_t make_upstream(const struct sixpn_dns_query *asked, uint16_t rcode,
			    size_t count)
{
	static struct in6_addr addresses[2300];
	const struct sixpn_dns_head head = {
		.limit = sizeof(upstream),
		.rcode = rcode,
	};
	struct sixpn_dns_query query = *asked;
	size_t i;

	for (i = 0; i < count; i++)
		sixpn_addr_build(&addresses[i], NETWORK, SELF, (uint32_t)i + 1,
				 2);
	memcpy(query.name, query.lower, query.name_length);
	query.id = 0x7777;
	sixpn_dns_begin(dns, &query, &head, upstream);
	sixpn_dns_put_aaaa(dns, NULL, 60, addresses, count);
	return sixpn_dns_end(dns);
}

static void ask_other(struct question *question, const char *name)
{
	size_t length;

	make(question, name, SIXPN_DNS_AAAA);
	if (sixpn_answer(answerer, &question->query, question->message,
			 question->length, out,
			 &length) != SIXPN_ANSWER_RECURSE)
		test_result(false, "%s is asked of others", name);
}

static void check_relay(void)
{
	static struct reading reading;
	struct sixpn_dns_response response;
	struct question question;
	size_t length, size;

	ask_other(&question, "eXample.COM");
	size = make_upstream(&question.query.dns, SIXPN_DNS_NOERROR, 3);
	length = sixpn_answer_relay(answerer, &question.query, upstream, size,
				    true, out);
	test_result(read_answer(&question, length, &response, &reading) &&
			    reading.count == 3 && !response.truncated &&
			    !response.authentic_data &&
			    response.recursion_available,
		    "an answer of others, with the case of the question");
	question.query.dns.want_dnssec = true;
	length = sixpn_answer_relay(answerer, &question.query, upstream, size,
				    true, out);
	test_result(read_answer(&question, length, &response, &reading) &&
			    response.authentic_data,
		    "a validated answer of others");
	length = sixpn_answer_relay(answerer, &question.query, upstream,
				    size - 20, true, out);
	test_result(read_answer(&question, length, &response, &reading) &&
			    response.rcode == SIXPN_DNS_SERVFAIL &&
			    response.ede == SIXPN_DNS_EDE_NETWORK,
		    "a malformed answer of others");
	size = make_upstream(&question.query.dns, SIXPN_DNS_NXDOMAIN, 0);
	length = sixpn_answer_relay(answerer, &question.query, upstream, size,
				    false, out);
	test_result(read_answer(&question, length, &response, &reading) &&
			    response.rcode == SIXPN_DNS_NXDOMAIN,
		    "a name that others do not know");
	size = make_upstream(&question.query.dns, SIXPN_DNS_NOERROR, 2300);
	length = sixpn_answer_relay(answerer, &question.query, upstream, size,
				    false, out);
	test_result(length <= SIXPN_DNS_UDP_MAX &&
			    read_answer(&question, length, &response,
					&reading) &&
			    response.truncated && reading.count > 40,
		    "a huge answer of others by UDP");
	question.query.stream = true;
	length = sixpn_answer_relay(answerer, &question.query, upstream, size,
				    false, out);
	test_result(read_answer(&question, length, &response, &reading) &&
			    !response.truncated && reading.count == 2300,
		    "a huge answer of others by TCP");
	length = sixpn_answer_failure(answerer, &question.query,
				      SIXPN_DNS_SERVFAIL, SIXPN_DNS_EDE_BOGUS,
				      "no", out);
	test_result(read_answer(&question, length, &response, &reading) &&
			    response.rcode == SIXPN_DNS_SERVFAIL &&
			    response.ede == SIXPN_DNS_EDE_BOGUS &&
			    !strcmp(response.ede_text, "no"),
		    "an answer that could not be had");
}

static void check_counters(void)
{
	struct sixpn_answer_counters before =
		*sixpn_answerer_counters(answerer);
	const struct sixpn_answer_counters *after =
		sixpn_answerer_counters(answerer);
	struct question question;

	make(&question, "none.internal", SIXPN_DNS_AAAA);
	ask(&question);
	make(&question, "huge.internal", SIXPN_DNS_AAAA);
	ask(&question);
	question.query.stream = true;
	ask(&question);
	question.query.source.s6_addr[0] = 0x20;
	ask(&question);
	question.length = 5;
	ask(&question);
	test_result(after->rcodes[SIXPN_DNS_NXDOMAIN] ==
				    before.rcodes[SIXPN_DNS_NXDOMAIN] + 1 &&
			    after->rcodes[SIXPN_DNS_NOERROR] ==
				    before.rcodes[SIXPN_DNS_NOERROR] + 2 &&
			    after->rcodes[SIXPN_DNS_REFUSED] ==
				    before.rcodes[SIXPN_DNS_REFUSED] + 1 &&
			    after->whats[SIXPN_ANSWER_INTERNAL] ==
				    before.whats[SIXPN_ANSWER_INTERNAL] + 3 &&
			    after->refused_sources ==
				    before.refused_sources + 1 &&
			    after->truncated == before.truncated + 1 &&
			    after->cut == before.cut + 1 &&
			    after->dropped == before.dropped + 1,
		    "answers are counted");
}

void test_resolver_answer(void)
{
	zone = sixpn_zone_new();
	answerer = sixpn_answerer_new(zone);
	dns = sixpn_dns_new();
	sixpn_zone_self(zone, SELF);
	sixpn_answerer_ready(answerer, true);
	put_machine(1, "web");
	check_malformed();
	check_random();
	check_cookie();
	check_limit();
	check_huge();
	check_spread();
	check_relay();
	check_counters();
	sixpn_dns_free(dns);
	sixpn_answerer_free(answerer);
	sixpn_zone_free(zone);
}
