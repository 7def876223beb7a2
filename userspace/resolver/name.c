// SPDX-License-Identifier: GPL-2.0-or-later
#include "name.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include "dns.h"
#include "record.h"

/* Of which at least two bytes each are needed. */
#define LABELS_MAX (SIXPN_DNS_NAME_MAX / 2)
/* Digits of an address in ip6.arpa, and of 6PN addresses as a whole. */
#define DIGITS 32
#define DIGITS_6PN 4

/* A name as its labels, the last one first. */
struct labels {
	struct sixpn_text labels[LABELS_MAX];
	size_t count;
};

static bool is(struct sixpn_text label, const char *word)
{
	return label.length == strlen(word) &&
	       !memcmp(label.text, word, label.length);
}

/* In one pass forward, because a label tells where the next one is. */
static void split(struct labels *labels, const uint8_t *wire)
{
	const uint8_t *at = wire;
	size_t count = 0, i;

	for (; *at; at += *at + 1)
		count++;
	labels->count = count;
	for (i = count, at = wire; i--; at += *at + 1)
		labels->labels[i] = (struct sixpn_text){ at + 1, *at };
}

/* Where a label is in the name, with its length. */
static const uint8_t *at_label(struct sixpn_text label)
{
	return (const uint8_t *)label.text - 1;
}

/* --- Numbers and words. --- */

/* 1..65535 without a zero in front; 0: none. */
static uint16_t read_number(const uint8_t *digits, size_t length)
{
	uint32_t number = 0;

	if (!length || length > 5 || *digits == '0')
		return 0;
	for (; length; length--, digits++) {
		if (*digits < '0' || *digits > '9')
			return 0;
		number = number * 10 + *digits - '0';
	}
	return number > UINT16_MAX ? 0 : (uint16_t)number;
}

/* Of IANA's service names, those that apps have. */
static const struct {
	const char *name;
	uint16_t port;
} services[] = {
	{ "amqp", 5672 },	  { "amqps", 5671 },
	{ "domain", 53 },	  { "etcd-client", 2379 },
	{ "ftp", 21 },		  { "http", 80 },
	{ "http-alt", 8080 },	  { "https", 443 },
	{ "imap", 143 },	  { "imaps", 993 },
	{ "ldap", 389 },	  { "ldaps", 636 },
	{ "memcache", 11211 },	  { "mqtt", 1883 },
	{ "ms-sql-s", 1433 },	  { "mysql", 3306 },
	{ "ntp", 123 },		  { "postgresql", 5432 },
	{ "redis", 6379 },	  { "secure-mqtt", 8883 },
	{ "sip", 5060 },	  { "smtp", 25 },
	{ "ssh", 22 },		  { "submission", 587 },
	{ "submissions", 465 },	  { "syslog", 514 },
	{ "telnet", 23 },	  { "xmpp-client", 5222 },
};

static uint16_t read_service(struct sixpn_text word)
{
	size_t i;

	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (is(word, services[i].name))
			return services[i].port;
	return 0;
}

/* --- Patterns: labels in front of a domain or an app, the last one first. --- */

/* In patterns, beside words: any label, and those that mean something. */
#define ANY "*"
#define ANY_SECOND "**"
#define TOP "top#"
#define PORT "_#"
#define ADDRESS "#"
#define PATTERN_MAX 4

struct pattern {
	enum sixpn_name_kind kind;
	const char *labels[PATTERN_MAX + 1];
	uint32_t number;
};

static const struct pattern network_patterns[] = {
	{ SIXPN_NAME_API, { "_api" }, 0 },
	{ SIXPN_NAME_APPS, { "_apps" }, 0 },
	{ SIXPN_NAME_INSTANCES, { "_instances" }, 0 },
	{ SIXPN_NAME_ALL_INSTANCES, { "_instances", "all" }, 0 },
	{ SIXPN_NAME_PEERS, { "_peer" }, 0 },
	{ SIXPN_NAME_PEER, { "_peer", ANY }, 0 },
	{ SIXPN_NAME_HOSTS, { "_host" }, 0 },
	{ SIXPN_NAME_HOST, { "_host", ANY }, 0 },
	{ SIXPN_NAME_WHOIS, { "_whois" }, 0 },
	{ SIXPN_NAME_WHOIS_ADDRESS, { "_whois", ADDRESS }, 0 },
	{ 0 },
};

static const struct pattern app_patterns[] = {
	{ SIXPN_NAME_APP, { NULL }, 0 },
	{ SIXPN_NAME_GLOBAL, { "global" }, 0 },
	{ SIXPN_NAME_VMS, { "vms" }, 0 },
	{ SIXPN_NAME_ALL_VMS, { "vms", "all" }, 0 },
	{ SIXPN_NAME_REGIONS, { "regions" }, 0 },
	{ SIXPN_NAME_ALL_REGIONS, { "regions", "all" }, 0 },
	{ SIXPN_NAME_WORD, { "of" }, 0 },
	{ SIXPN_NAME_NEAREST, { "of", "nearest" }, 0 },
	{ SIXPN_NAME_TOP, { "of", "nearest", TOP }, 0 },
	{ SIXPN_NAME_WORD, { "vm" }, 0 },
	{ SIXPN_NAME_MACHINE, { "vm", ANY }, 0 },
	{ SIXPN_NAME_WORD, { "process" }, 0 },
	{ SIXPN_NAME_GROUP, { "process", ANY }, 0 },
	{ SIXPN_NAME_METADATA, { "_metadata" }, 0 },
	{ SIXPN_NAME_METADATA, { "_metadata", "kv" }, 0 },
	{ SIXPN_NAME_KEY, { "_metadata", "kv", ANY }, 0 },
	{ SIXPN_NAME_VALUE, { "_metadata", "kv", ANY, ANY_SECOND }, 0 },
	{ SIXPN_NAME_PROTOCOL, { "_tcp" }, SIXPN_PROTOCOL_TCP },
	{ SIXPN_NAME_PROTOCOL, { "_udp" }, SIXPN_PROTOCOL_UDP },
	{ SIXPN_NAME_PORT, { "_tcp", PORT }, SIXPN_PROTOCOL_TCP },
	{ SIXPN_NAME_PORT, { "_udp", PORT }, SIXPN_PROTOCOL_UDP },
	{ SIXPN_NAME_REGION, { ANY }, 0 },
	{ 0 },
};

static const struct pattern flycast_patterns[] = {
	{ SIXPN_NAME_APP, { NULL }, 0 },
	{ SIXPN_NAME_PROTOCOL, { "_tcp" }, SIXPN_PROTOCOL_TCP },
	{ SIXPN_NAME_PROTOCOL, { "_udp" }, SIXPN_PROTOCOL_UDP },
	{ SIXPN_NAME_PORT, { "_tcp", PORT }, SIXPN_PROTOCOL_TCP },
	{ SIXPN_NAME_PORT, { "_udp", PORT }, SIXPN_PROTOCOL_UDP },
	{ 0 },
};

static bool read_top(struct sixpn_name *name, struct sixpn_text label)
{
	const uint8_t *text = label.text;

	if (label.length < 3 || memcmp(text, "top", 3))
		return false;
	name->number = read_number(text + 3, label.length - 3);
	return name->number;
}

static bool read_port(struct sixpn_name *name, struct sixpn_text label)
{
	const uint8_t *text = label.text;

	if (label.length < 2 || *text != '_')
		return false;
	label = (struct sixpn_text){ text + 1, label.length - 1 };
	name->port = read_number(label.text, label.length);
	if (!name->port)
		name->port = read_service(label);
	return name->port;
}

/* An address whose colons are dashes: a label may have them at its ends, too. */
static bool read_address(struct sixpn_name *name, struct sixpn_text label)
{
	const char *from = label.text;
	char text[INET6_ADDRSTRLEN];
	size_t i;

	if (label.length >= sizeof(text))
		return false;
	for (i = 0; i < label.length; i++) {
		if (!from[i] || from[i] == ':')
			return false;
		text[i] = from[i] == '-' ? ':' : from[i];
	}
	text[i] = '\0';
	return inet_pton(AF_INET6, text, &name->address) == 1;
}

static bool match_label(struct sixpn_name *name, const char *pattern,
			struct sixpn_text label)
{
	if (!strcmp(pattern, ANY)) {
		name->label = label;
		return true;
	}
	if (!strcmp(pattern, ANY_SECOND)) {
		name->second = label;
		return true;
	}
	if (!strcmp(pattern, TOP))
		return read_top(name, label);
	if (!strcmp(pattern, PORT))
		return read_port(name, label);
	if (!strcmp(pattern, ADDRESS))
		return read_address(name, label);
	return is(label, pattern);
}

static bool match(struct sixpn_name *name, const struct pattern *pattern,
		  const struct sixpn_text *labels, size_t count)
{
	size_t i;

	for (i = 0; i < count && pattern->labels[i]; i++)
		if (!match_label(name, pattern->labels[i], labels[i]))
			return false;
	return i == count && !pattern->labels[i];
}

static void match_patterns(struct sixpn_name *name,
			   const struct pattern *pattern,
			   const struct sixpn_text *labels, size_t count)
{
	if (count > PATTERN_MAX)
		return;
	/* a region may be called like one of the words */
	if (count)
		name->label = labels[0];
	for (; pattern->kind; pattern++) {
		if (!match(name, pattern, labels, count))
			continue;
		name->kind = pattern->kind;
		if (name->kind != SIXPN_NAME_TOP)
			name->number = pattern->number;
		return;
	}
}

/* --- Domains. --- */

static void parse_internal(struct sixpn_name *name, const struct labels *labels)
{
	const struct sixpn_text *first = &labels->labels[1];

	name->domain = SIXPN_NAME_INTERNAL;
	if (labels->count == 1) {
		name->kind = SIXPN_NAME_APEX;
	} else if (*(const uint8_t *)first->text == '_') {
		match_patterns(name, network_patterns, first,
			       labels->count - 1);
	} else {
		name->app = *first;
		match_patterns(name, app_patterns, first + 1,
			       labels->count - 2);
	}
}

static void parse_flycast(struct sixpn_name *name, const struct labels *labels)
{
	name->domain = SIXPN_NAME_FLYCAST;
	if (labels->count == 1) {
		name->kind = SIXPN_NAME_APEX;
		return;
	}
	name->app = labels->labels[1];
	match_patterns(name, flycast_patterns, &labels->labels[2],
		       labels->count - 2);
}

/* Return: -1: it is none. */
static int digit_of(struct sixpn_text label)
{
	uint8_t c = *(const uint8_t *)label.text;

	if (label.length != 1)
		return -1;
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_digits(struct sixpn_name *name,
			const struct sixpn_text *digits, size_t count)
{
	size_t i;
	int digit;

	for (i = 0; i < count; i++) {
		digit = digit_of(digits[i]);
		if (digit < 0)
			return false;
		name->address.s6_addr[i / 2] |=
			(uint8_t)(i % 2 ? digit : digit << 4);
	}
	return true;
}

/* All in fdaa::/16 is ours, even what nobody may ask for. */
static void parse_reverse(struct sixpn_name *name, const struct labels *labels)
{
	const struct sixpn_text *digits = &labels->labels[2];
	size_t count = labels->count - 2;

	if (count < DIGITS_6PN || !is(digits[0], "f") || !is(digits[1], "d") ||
	    !is(digits[2], "a") || !is(digits[3], "a"))
		return;
	name->domain = SIXPN_NAME_REVERSE;
	name->apex = at_label(digits[DIGITS_6PN - 1]);
	if (count > DIGITS || !read_digits(name, digits, count))
		return;
	name->number = (uint32_t)count;
	if (count == DIGITS_6PN)
		name->kind = SIXPN_NAME_APEX;
	else if (count < DIGITS)
		name->kind = SIXPN_NAME_ADDRESS_PART;
	else
		name->kind = SIXPN_NAME_ADDRESS;
}

void sixpn_name_parse(struct sixpn_name *name, const uint8_t *wire)
{
	struct labels labels;

	memset(name, 0, sizeof(*name));
	split(&labels, wire);
	if (!labels.count)
		return;
	name->apex = at_label(labels.labels[0]);
	if (is(labels.labels[0], "internal"))
		parse_internal(name, &labels);
	else if (is(labels.labels[0], "flycast"))
		parse_flycast(name, &labels);
	else if (labels.count > 2 && is(labels.labels[0], "arpa") &&
		 is(labels.labels[1], "ip6"))
		parse_reverse(name, &labels);
}
