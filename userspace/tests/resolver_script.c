// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Questions and answers from tests/resolver/. A line of a file is one of
 *
 *	# words
 *	[gone] RECORD			of resolver_record.h
 *	self HOST, rtt HOST MICROSECONDS, stale yes|no, ready yes|no
 *	ask FROM [to=ADDRESS] [tcp] [edns=BYTES] [rd=0] [ordered] [items]
 *		TYPE NAME (in one line)
 *
 * and after the last one, with a tab before each, the lines of the answer: rcode
 * and flags (or recurse, or drop), an Extended DNS Error, records. Unless it says
 * "ordered" they may come in any order, and with "items" what is between commas, too.
 * Without edns=0 the question has EDNS.
 */
#include "test.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/sixpn.h>

#include "answer.h"
#include "resolver_record.h"

#define FILES "userspace/tests/resolver/*.rpl"
#define WORDS_MAX 80
#define LINES_MAX 256

/* @got: lines of the last answer; @wanted: those of the file; NULL-free texts */
struct script {
	const char *file;
	unsigned int line, asked_at;
	struct sixpn_zone *zone;
	struct sixpn_answerer *answerer;
	char question[512];
	char *got[LINES_MAX], *wanted[LINES_MAX];
	size_t got_count, wanted_count;
	bool ordered, items, failed;
};

static void fail(struct script *script, const char *why, const char *what)
{
	test_note("%s:%u: %s: %s", script->file, script->line, why, what);
	script->failed = true;
}

/* --- Answers as lines. --- */

static void add_line(char **lines, size_t *count, const char *text)
{
	if (*count < LINES_MAX)
		lines[(*count)++] = strdup(text);
}

static void free_lines(char **lines, size_t *count)
{
	while (*count)
		free(lines[--*count]);
}

static int print_record(void *data, const struct sixpn_dns_record *record)
{
	static const char *const sections[] = { "", "authority: ",
						"additional: " };
	struct script *script = data;
	char line[70000];

	if (record->type == SIXPN_DNS_SOA)
		snprintf(line, sizeof(line), "%s%s %u SOA",
			 sections[record->section], record->owner, record->ttl);
	else
		snprintf(line, sizeof(line), "%s%s %u %s %s",
			 sections[record->section], record->owner, record->ttl,
			 record->type_text, record->data);
	add_line(script->got, &script->got_count, line);
	return 0;
}

static int skip_record(void *data, const struct sixpn_dns_record *record)
{
	return 0;
}

static const char *rcode_name(uint16_t rcode)
{
	static const char *const names[] = { "NOERROR",	 "FORMERR", "SERVFAIL",
					     "NXDOMAIN", "NOTIMP",  "REFUSED" };

	if (rcode < TEST_COUNT(names))
		return names[rcode];
	return rcode == SIXPN_DNS_BADVERS ? "BADVERS" : "OTHER";
}

static void print_response(struct script *script,
			   const struct sixpn_dns_response *response)
{
	char line[400];

	snprintf(line, sizeof(line), "%s%s%s", rcode_name(response->rcode),
		 response->authoritative ? " aa" : "",
		 response->truncated ? " tc" : "");
	add_line(script->got, &script->got_count, line);
	if (response->ede == SIXPN_DNS_EDE_NONE)
		return;
	snprintf(line, sizeof(line), "ede %d", response->ede);
	add_line(script->got, &script->got_count, line);
}

/* --- Asking. --- */

/* What comes before type and name. @edns: payload; 0: without, -1: as it is made */
struct asking {
	struct sixpn_query query;
	int edns;
	bool no_recursion;
	uint8_t message[SIXPN_DNS_UDP_MIN];
	int length;
};

/* The OPT record is the last: 11 bytes, the payload from the fourth on. */
static void set_edns(struct asking *asking)
{
	uint8_t *opt = asking->message + asking->length - 11;

	if (!asking->edns) {
		asking->length -= 11;
		asking->message[11] = 0;
	} else if (asking->edns > 0) {
		opt[3] = (uint8_t)(asking->edns >> 8);
		opt[4] = (uint8_t)asking->edns;
	}
	if (asking->no_recursion)
		asking->message[2] &= (uint8_t)~1;
}

static void receive(struct script *script, struct sixpn_dns *dns,
		    const struct asking *asking, const uint8_t *out,
		    size_t length)
{
	struct sixpn_dns_response response;
	size_t limit = asking->query.stream ? SIXPN_DNS_MESSAGE_MAX :
		       asking->edns > SIXPN_DNS_UDP_MIN &&
				       asking->edns < SIXPN_DNS_UDP_MAX ?
					      (size_t)asking->edns :
		       asking->edns < 0 || asking->edns >= SIXPN_DNS_UDP_MAX ?
					      SIXPN_DNS_UDP_MAX :
					      SIXPN_DNS_UDP_MIN;

	if (length > limit)
		fail(script, "too long", script->question);
	if (sixpn_dns_read_response(dns, out, length, asking->message,
				    (size_t)asking->length, &response,
				    skip_record, NULL)) {
		fail(script, "no response", script->question);
		return;
	}
	print_response(script, &response);
	sixpn_dns_read_response(dns, out, length, asking->message,
				(size_t)asking->length, &response, print_record,
				script);
}

static void send_query(struct script *script, struct asking *asking)
{
	static uint8_t out[SIXPN_DNS_MESSAGE_MAX];
	struct sixpn_dns *dns = sixpn_dns_new();
	size_t length;

	switch (sixpn_answer(script->answerer, &asking->query, asking->message,
			     (size_t)asking->length, out, &length)) {
	case SIXPN_ANSWER_SEND:
		receive(script, dns, asking, out, length);
		break;
	case SIXPN_ANSWER_RECURSE:
		add_line(script->got, &script->got_count, "recurse");
		break;
	case SIXPN_ANSWER_DROP:
		add_line(script->got, &script->got_count, "drop");
		break;
	}
	sixpn_dns_free(dns);
}

static void make_query(struct script *script, struct asking *asking,
		       const char *type, const char *name)
{
	struct sixpn_dns *dns = sixpn_dns_new();
	uint8_t wire[SIXPN_DNS_NAME_MAX];
	int number = sixpn_dns_type_parse(type);

	if (number < 0 || sixpn_dns_name_parse(wire, name) < 0)
		fail(script, "no type or name", name);
	else
		asking->length = sixpn_dns_make_query(dns, asking->message,
						      0x1234, wire,
						      (uint16_t)number);
	sixpn_dns_free(dns);
}

/* ask FROM [to=ADDRESS] [tcp] [edns=BYTES] [rd=0] [ordered] [items] TYPE NAME */
static void ask(struct script *script, char **words, size_t count)
{
	struct asking asking = { .edns = -1 };
	size_t i;

	inet_pton(AF_INET6, "fdaa::3", &asking.query.destination);
	if (count < 4 ||
	    inet_pton(AF_INET6, words[1], &asking.query.source) != 1) {
		fail(script, "what is", "ask");
		return;
	}
	script->ordered = false;
	script->items = false;
	for (i = 2; i < count - 2; i++) {
		if (!strncmp(words[i], "to=", 3))
			inet_pton(AF_INET6, words[i] + 3,
				  &asking.query.destination);
		else if (!strncmp(words[i], "edns=", 5))
			asking.edns = atoi(words[i] + 5);
		else if (!strcmp(words[i], "tcp"))
			asking.query.stream = true;
		else if (!strcmp(words[i], "rd=0"))
			asking.no_recursion = true;
		else if (!strcmp(words[i], "ordered"))
			script->ordered = true;
		else if (!strcmp(words[i], "items"))
			script->items = true;
		else
			fail(script, "what is", words[i]);
	}
	make_query(script, &asking, words[count - 2], words[count - 1]);
	if (asking.length <= 0)
		return;
	set_edns(&asking);
	send_query(script, &asking);
}

/* --- Comparing. --- */

static int compare(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Of "OWNER TTL TXT ITEM,ITEM". */
static void sort_items(char *line)
{
	char *list = strstr(line, " TXT "), *items[WORDS_MAX], *rest, *copy;
	size_t count = 0, i;

	if (!list)
		return;
	list += 5;
	copy = rest = strdup(list);
	while (count < WORDS_MAX && (items[count] = strtok_r(rest, ",", &rest)))
		count++;
	qsort(items, count, sizeof(*items), compare);
	for (i = 0; i < count; i++)
		list += sprintf(list, "%s%s", i ? "," : "", items[i]);
	free(copy);
}

static void sort(struct script *script, char **lines, size_t count)
{
	size_t i;

	for (i = 0; script->items && i < count; i++)
		sort_items(lines[i]);
	if (!script->ordered && count)
		qsort(lines, count, sizeof(*lines), compare);
}

static bool same(const struct script *script)
{
	size_t i;

	if (script->got_count != script->wanted_count)
		return false;
	for (i = 0; i < script->got_count; i++)
		if (strcmp(script->got[i], script->wanted[i]))
			return false;
	return true;
}

/* What was asked last is at its end. */
static void settle(struct script *script)
{
	size_t i;

	if (!script->question[0])
		return;
	sort(script, script->got, script->got_count);
	sort(script, script->wanted, script->wanted_count);
	if (!same(script)) {
		test_note("%s:%u: %s", script->file, script->asked_at,
			  script->question);
		for (i = 0; i < script->got_count; i++)
			test_note("got    %.200s", script->got[i]);
		for (i = 0; i < script->wanted_count; i++)
			test_note("wanted %.200s", script->wanted[i]);
		script->failed = true;
	}
	free_lines(script->got, &script->got_count);
	free_lines(script->wanted, &script->wanted_count);
	script->question[0] = '\0';
}

/* --- Files. --- */

static size_t split(char *line, char **words)
{
	size_t count = 0;
	char *word, *rest = line;

	while (count < WORDS_MAX && (word = strtok_r(rest, " \t", &rest)))
		words[count++] = word;
	return count;
}

static void change(struct script *script, char **words, size_t count)
{
	bool gone = !strcmp(words[0], "gone");

	if (resolver_record_change(script->zone, words + gone, count - gone,
				   gone))
		fail(script, "what is", words[0]);
}

static void do_line(struct script *script, char *line)
{
	char *words[WORDS_MAX];
	size_t count;

	if (line[0] == '\t') {
		add_line(script->wanted, &script->wanted_count, line + 1);
		return;
	}
	settle(script);
	snprintf(script->question, sizeof(script->question), "%s", line);
	script->asked_at = script->line;
	count = split(line, words);
	if (count && !strcmp(words[0], "ask")) {
		ask(script, words, count);
		return;
	}
	script->question[0] = '\0';
	if (!count || words[0][0] == '#')
		return;
	if (!strcmp(words[0], "self") && count == 2)
		sixpn_zone_self(script->zone, (uint32_t)atol(words[1]));
	else if (!strcmp(words[0], "rtt") && count == 3)
		sixpn_zone_rtt(script->zone, (uint32_t)atol(words[1]),
			       (uint32_t)atol(words[2]));
	else if (!strcmp(words[0], "stale") && count == 2)
		sixpn_answerer_stale(script->answerer,
				     !strcmp(words[1], "yes"));
	else if (!strcmp(words[0], "ready") && count == 2)
		sixpn_answerer_ready(script->answerer,
				     !strcmp(words[1], "yes"));
	else
		change(script, words, count);
}

static void run_lines(struct script *script, FILE *file)
{
	size_t room = 0;
	char *line = NULL;
	ssize_t length;

	while ((length = getline(&line, &room, file)) > 0) {
		script->line++;
		line[strcspn(line, "\n")] = '\0';
		do_line(script, line);
	}
	settle(script);
	free(line);
}

static void run_file(const char *path)
{
	struct script script = { .file = path };
	FILE *file = fopen(path, "r");
	const char *name = strrchr(path, '/');

	script.zone = sixpn_zone_new();
	script.answerer = sixpn_answerer_new(script.zone);
	sixpn_answerer_ready(script.answerer, true);
	if (file)
		run_lines(&script, file);
	test_result(file && script.line && !script.failed,
		    "resolver script %s", name ? name + 1 : path);
	if (file)
		fclose(file);
	sixpn_answerer_free(script.answerer);
	sixpn_zone_free(script.zone);
}

void test_resolver_script(void)
{
	glob_t files;
	size_t i;

	if (!test_result(!glob(FILES, 0, NULL, &files) && files.gl_pathc > 4,
			 "resolver scripts are there"))
		return;
	for (i = 0; i < files.gl_pathc; i++)
		run_file(files.gl_pathv[i]);
	globfree(&files);
}
