// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answers while machines come, stop, move and go without a pause: each is what a
 * list of the machines says at that moment.
 */
#include "answer.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <linux/sixpn.h>

#include "resolver_record.h"
#include "test.h"

#define NETWORK 42
#define SELF 7
#define HOSTS 4
#define APPS 40
#define MACHINES 2000
#define SLICES 1000
#define SLICE 50
/* Of each kind, after each slice. */
#define QUESTIONS 4

/* One of the list; its index is part of its name. */
struct listed {
	bool there, started;
	uint32_t app, host;
};

struct bench {
	struct sixpn_zone *zone;
	struct sixpn_answerer *answerer;
	struct sixpn_dns *dns;
	struct listed list[MACHINES];
	uint8_t out[SIXPN_DNS_MESSAGE_MAX];
};

static uint32_t home_of(uint32_t index)
{
	return SELF + index % HOSTS;
}

/* --- Changes. --- */

static void make_record(struct sixpn_record *record, uint32_t index,
			const struct listed *listed)
{
	char name[SIXPN_LABEL_MAX + 1], app[SIXPN_LABEL_MAX + 1];

	snprintf(name, sizeof(name), "vm-%u", index);
	snprintf(app, sizeof(app), "app-%u", listed->app);
	resolver_record_machine(record, NETWORK, home_of(index), index + 1,
				name, app);
	record->machine.host = listed->host;
	record->machine.state = listed->started ? SIXPN_RUN_STARTED :
						  SIXPN_RUN_STOPPED;
}

/* Return: as it is to become. */
static struct listed invent(const struct listed *listed, uint32_t index)
{
	struct listed next = *listed;

	if (!listed->there)
		return (struct listed){
			.there = true,
			.started = test_random() % 4,
			.app = test_random() % APPS,
			.host = home_of(index),
		};
	switch (test_random() % 4) {
	case 0:
		next.there = false;
		break;
	case 1:
		next.started = !next.started;
		break;
	case 2:
		next.host = SELF + test_random() % HOSTS;
		break;
	default:
		next.app = test_random() % APPS;
	}
	return next;
}

/* What has moved is told of as new at the one host, then as gone at the other. */
static int change(struct bench *bench)
{
	uint32_t index = test_random() % MACHINES;
	struct listed *listed = &bench->list[index];
	struct listed next = invent(listed, index);
	bool was = listed->there, moved = was && next.host != listed->host;
	struct sixpn_record before, after;
	int ret;

	make_record(&before, index, listed);
	make_record(&after, index, &next);
	ret = sixpn_zone_change(bench->zone, was && !moved ? &before : NULL,
				next.there ? &after : NULL);
	if (!ret && moved)
		ret = sixpn_zone_change(bench->zone, &before, NULL);
	*listed = next;
	return ret;
}

/* --- Questions. --- */

struct reading {
	size_t count;
	bool seen[MACHINES];
};

static int read_record(void *data, const struct sixpn_dns_record *record)
{
	struct reading *reading = data;
	struct in6_addr address, built;
	uint32_t machine;

	if (record->section != SIXPN_DNS_ANSWER)
		return 0;
	if (inet_pton(AF_INET6, record->data, &address) != 1)
		return -1;
	machine = sixpn_addr_machine(&address);
	if (!machine || machine > MACHINES || reading->seen[machine - 1])
		return -1;
	sixpn_addr_build(&built, NETWORK, home_of(machine - 1), machine,
			 SIXPN_SUB_MACHINE);
	if (memcmp(&address, &built, sizeof(built)))
		return -1;
	reading->seen[machine - 1] = true;
	reading->count++;
	return 0;
}

/* Return: the response code, or -1. */
static int ask(struct bench *bench, const char *name, struct reading *reading)
{
	uint8_t wire[SIXPN_DNS_NAME_MAX], message[SIXPN_DNS_UDP_MIN];
	struct sixpn_query query = { .stream = true };
	struct sixpn_dns_response response;
	size_t size, length = 0;

	memset(reading, 0, sizeof(*reading));
	sixpn_addr_build(&query.source, NETWORK, SELF, MACHINES + 1,
			 SIXPN_SUB_MACHINE);
	inet_pton(AF_INET6, "fdaa::3", &query.destination);
	sixpn_dns_name_parse(wire, name);
	size = (size_t)sixpn_dns_make_query(bench->dns, message, 1, wire,
					    SIXPN_DNS_AAAA);
	if (sixpn_answer(bench->answerer, &query, message, size, bench->out,
			 &length) != SIXPN_ANSWER_SEND ||
	    sixpn_dns_read_response(bench->dns, bench->out, length, message,
				    size, &response, read_record, reading))
		return -1;
	return response.rcode;
}

static bool same_app(struct bench *bench, uint32_t app)
{
	struct reading reading;
	char name[64];
	size_t started = 0;
	bool any = false, same = true;
	uint32_t i;
	int rcode;

	snprintf(name, sizeof(name), "app-%u.internal", app);
	rcode = ask(bench, name, &reading);
	for (i = 0; i < MACHINES; i++) {
		const struct listed *listed = &bench->list[i];

		if (!listed->there || listed->app != app)
			continue;
		any = true;
		started += listed->started;
		same &= listed->started == reading.seen[i];
	}
	return same && reading.count == started &&
	       rcode == (any ? SIXPN_DNS_NOERROR : SIXPN_DNS_NXDOMAIN);
}

/* In the app that it is in now, or was in last. */
static bool same_machine(struct bench *bench, uint32_t index)
{
	const struct listed *listed = &bench->list[index];
	bool started = listed->there && listed->started;
	struct reading reading;
	char name[64];
	int rcode;

	snprintf(name, sizeof(name), "vm-%u.vm.app-%u.internal", index,
		 listed->app);
	rcode = ask(bench, name, &reading);
	return reading.count == started && reading.seen[index] == started &&
	       rcode == (listed->there ? SIXPN_DNS_NOERROR :
					 SIXPN_DNS_NXDOMAIN);
}

static bool same_answers(struct bench *bench)
{
	unsigned int i;

	for (i = 0; i < QUESTIONS; i++)
		if (!same_app(bench, test_random() % APPS) ||
		    !same_machine(bench, test_random() % MACHINES))
			return false;
	return true;
}

/* --- All of it. --- */

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void put_asker(struct bench *bench)
{
	struct sixpn_record record;

	resolver_record_machine(&record, NETWORK, SELF, MACHINES + 1, "asker",
				"asker");
	sixpn_zone_change(bench->zone, NULL, &record);
}

static void churn(struct bench *bench)
{
	unsigned int slice, i, changes = 0;
	double begun, spent = 0;
	bool same = true;

	for (slice = 0; same && slice < SLICES; slice++) {
		begun = seconds();
		for (i = 0; same && i < SLICE; i++, changes++)
			same = !change(bench);
		spent += seconds() - begun;
		same = same && same_answers(bench);
	}
	test_note("%.0f changes per second", changes / spent);
	test_result(same, "churn: answers are as a list says, %u changes",
		    changes);
}

void test_resolver_churn(void)
{
	static struct bench bench;

	bench.zone = sixpn_zone_new();
	bench.answerer = sixpn_answerer_new(bench.zone);
	bench.dns = sixpn_dns_new();
	sixpn_zone_self(bench.zone, SELF);
	sixpn_answerer_ready(bench.answerer, true);
	put_asker(&bench);
	churn(&bench);
	sixpn_dns_free(bench.dns);
	sixpn_answerer_free(bench.answerer);
	sixpn_zone_free(bench.zone);
}
