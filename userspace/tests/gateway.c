// SPDX-License-Identifier: GPL-2.0-or-later
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "gateway.h"

#define HOSTS_MAX 4

/*
 * A host: "name region state rtt", state of letters: g gateway, e endpoint,
 * a alive, r being removed. Its id is its place in the list and 2.
 */
static const struct {
	const char *hosts[HOSTS_MAX];
	const char *region;	/* wished for */
	uint32_t self;
	const char *near;
	const char *chosen;	/* NULL: none */
	const char *why;
	const char *what;
} choices[] = {
	{ { "a ams gea 900", "b ams gea 5" }, NULL, 2, "ams", "a", NULL,
	  "this host, however near others are" },
	{ { "a ams ea 0", "b fra gea 90", "c nrt gea 80" }, NULL, 2, "fra", "c",
	  NULL, "the nearest by its handshakes, before the region" },
	{ { "a ams ga 0", "b fra gea 0", "c ams gea 0" }, NULL, 2, "ams", "c",
	  NULL, "of the region of this host, if nothing is measured" },
	{ { "a ams ga 0", "b fra gea 70000", "c ams gea 0" }, NULL, 2, "ams",
	  "b", NULL, "what is measured goes before the region" },
	{ { "c fra gea 0", "b fra gea 0" }, NULL, 0, NULL, "b", NULL,
	  "any, then by name" },
	{ { "c fra gea 7", "b fra gea 7" }, NULL, 0, NULL, "b", NULL,
	  "of two as near by name" },
	{ { "a ams gea 0", "b fra gea 90", "c fra gea 80" }, "fra", 2, "ams",
	  "c", NULL, "the nearest of a region, not this host" },
	{ { "a ams gea 0", "b ams gea 1" }, "ams", 2, "ams", "a", NULL,
	  "this host, if it is of the region" },
	{ { "a ams ge 1", "b fra gea 90" }, NULL, 0, NULL, "b", NULL,
	  "one that is alive" },
	{ { "a ams gear 1", "b fra gea 90" }, NULL, 0, NULL, "b", NULL,
	  "none that is being removed" },
	{ { "a ams ea 1", "b fra gea 90" }, NULL, 0, NULL, "b", NULL,
	  "one that is a gateway" },
	{ { "a ams ga 1", "b fra gea 90" }, NULL, 0, NULL, "b", NULL,
	  "one that has an endpoint" },
	{ { NULL }, NULL, 0, NULL, NULL, "there is no host", "no host" },
	{ { "a ams ea 0", "b fra ea 0" }, NULL, 0, NULL, NULL,
	  "no host is a gateway", "no gateway" },
	{ { "a ams gear 0" }, NULL, 0, NULL, NULL, "no host is a gateway",
	  "only one that is being removed" },
	{ { "a ams ea 0", "b fra ga 0" }, NULL, 0, NULL, NULL,
	  "no gateway has an endpoint", "no endpoint" },
	{ { "a ams ge 0", "b fra ga 0" }, NULL, 0, NULL, NULL,
	  "no gateway gives a sign of life", "none alive" },
	{ { "a ams gea 0", "b fra gea 0", "c ams gea 0", "d lhr ge 0" }, "nrt",
	  2, "ams", NULL,
	  "no gateway is in region 'nrt'; there are some in: ams, fra",
	  "no such region" },
	{ { "a ams gea 0", "b fra ge 0" }, "fra", 2, "ams", NULL,
	  "no gateway is in region 'fra'; there are some in: ams",
	  "nobody alive in the region" },
};

static void make_host(struct sixpn_record_host *record,
		      struct sixpn_gateway_host *host, const char *words,
		      uint32_t id)
{
	char state[8];

	memset(record, 0, sizeof(*record));
	sscanf(words, "%63s %16s %7s %u", record->name, record->region, state,
	       &host->rtt);
	record->host = id;
	record->gateway = strchr(state, 'g');
	record->endpoint_count = strchr(state, 'e') ? 1 : 0;
	record->removing = strchr(state, 'r');
	host->alive = strchr(state, 'a');
	host->host = record;
}

static void test_choice(size_t i)
{
	struct sixpn_record_host records[HOSTS_MAX];
	struct sixpn_gateway_host hosts[HOSTS_MAX];
	const struct sixpn_gateway_wish wish = {
		.region = choices[i].region,
		.self = choices[i].self,
		.near = choices[i].near,
	};
	const struct sixpn_record_host *chosen;
	struct sixpn_error error = { 0 };
	size_t count = 0;
	bool ok;

	for (; count < HOSTS_MAX && choices[i].hosts[count]; count++)
		make_host(&records[count], &hosts[count],
			  choices[i].hosts[count], (uint32_t)count + 2);
	chosen = sixpn_gateway_choose(hosts, count, &wish, &error);
	if (choices[i].chosen)
		ok = chosen && !strcmp(chosen->name, choices[i].chosen);
	else
		ok = !chosen && !strncmp(error.text, choices[i].why,
					 strlen(choices[i].why));
	if (!test_result(ok, "gateway: %s", choices[i].what))
		test_note("chosen '%s', error '%s'",
			  chosen ? chosen->name : "", error.text);
}

static void test_check(const char *words, const char *why)
{
	struct sixpn_record_host record;
	struct sixpn_gateway_host host;
	struct sixpn_error error = { 0 };
	int ret;

	make_host(&record, &host, words, 2);
	ret = sixpn_gateway_check(&record, &error);
	test_result(why ? ret && strstr(error.text, why) : !ret,
		    "gateway: asked for: %s", words);
}

void test_gateway(void)
{
	size_t i;

	for (i = 0; i < TEST_COUNT(choices); i++)
		test_choice(i);
	test_check("a ams gea 0", NULL);
	test_check("a ams ge 0", NULL);
	test_check("a ams ea 0", "no gateway");
	test_check("a ams ga 0", "no endpoint");
	test_check("a ams ger 0", "being removed");
}
