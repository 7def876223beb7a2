// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway.h"

#include <errno.h>
#include <string.h>

static bool is_usable(const struct sixpn_record_host *host)
{
	return host->gateway && host->endpoint_count && !host->removing;
}

static bool is_wanted(const struct sixpn_gateway_host *candidate,
		      const struct sixpn_gateway_wish *wish)
{
	return is_usable(candidate->host) && candidate->alive &&
	       (!wish->region || !strcmp(candidate->host->region, wish->region));
}

/* How good it is by what is not a number; less is better. */
static unsigned int rank(const struct sixpn_gateway_host *candidate,
			 const struct sixpn_gateway_wish *wish)
{
	if (wish->self && candidate->host->host == wish->self)
		return 0;
	if (candidate->rtt)
		return 1;
	if (wish->near && !strcmp(candidate->host->region, wish->near))
		return 2;
	return 3;
}

static bool is_better(const struct sixpn_gateway_host *a,
		      const struct sixpn_gateway_host *b,
		      const struct sixpn_gateway_wish *wish)
{
	unsigned int left = rank(a, wish), right = rank(b, wish);

	if (left != right)
		return left < right;
	if (a->rtt != b->rtt)
		return a->rtt < b->rtt;
	return strcmp(a->host->name, b->host->name) < 0;
}

/* "ams, fra": the regions that have one, each once. */
static void append_regions(struct sixpn_error *error,
			   const struct sixpn_gateway_host *hosts, size_t count)
{
	static const struct sixpn_gateway_wish anywhere;
	const char *separator = "";
	size_t i, j;

	for (i = 0; i < count; i++) {
		const char *region = hosts[i].host->region;

		if (!is_wanted(&hosts[i], &anywhere))
			continue;
		for (j = 0; j < i; j++)
			if (is_wanted(&hosts[j], &anywhere) &&
			    !strcmp(hosts[j].host->region, region))
				break;
		if (j < i)
			continue;
		sixpn_error_append(error, "%s%s", separator, region);
		separator = ", ";
	}
}

/* What is missing is the first thing that none of them has. */
static void complain(const struct sixpn_gateway_host *hosts, size_t count,
		     const struct sixpn_gateway_wish *wish,
		     struct sixpn_error *error)
{
	size_t willing = 0, reachable = 0, alive = 0, i;

	for (i = 0; i < count; i++) {
		const struct sixpn_record_host *host = hosts[i].host;

		willing += host->gateway && !host->removing;
		reachable += is_usable(host);
		alive += is_usable(host) && hosts[i].alive;
	}
	if (!count) {
		sixpn_error_set(error, -ENOENT,
				"there is no host: 'sixpn up' enters the one that it is run on");
	} else if (!willing) {
		sixpn_error_set(error, -ENOENT,
				"no host is a gateway: 'gateway = yes' in its sixpn.conf, then 'sixpn up', make it one");
	} else if (!reachable) {
		sixpn_error_set(error, -ENOENT,
				"no gateway has an endpoint: tell it in its sixpn.conf, then run 'sixpn up' there");
	} else if (!alive) {
		sixpn_error_set(error, -ENOENT,
				"no gateway gives a sign of life: start 'sixpn agent' on one, or name it with --gateway");
	} else {
		sixpn_error_set(error, -ENOENT,
				"no gateway is in region '%s'; there are some in: ",
				wish->region ? wish->region : "");
		append_regions(error, hosts, count);
	}
}

const struct sixpn_record_host *
sixpn_gateway_choose(const struct sixpn_gateway_host *hosts, size_t count,
		     const struct sixpn_gateway_wish *wish,
		     struct sixpn_error *error)
{
	const struct sixpn_gateway_host *best = NULL;
	size_t i;

	for (i = 0; i < count; i++)
		if (is_wanted(&hosts[i], wish) &&
		    (!best || is_better(&hosts[i], best, wish)))
			best = &hosts[i];
	if (best)
		return best->host;
	complain(hosts, count, wish, error);
	return NULL;
}

int sixpn_gateway_check(const struct sixpn_record_host *host,
			struct sixpn_error *error)
{
	if (!host->gateway)
		return sixpn_error_set(error, -EINVAL,
				       "host '%s' is no gateway: 'gateway = yes' in its sixpn.conf, then 'sixpn up', make it one",
				       host->name);
	if (!host->endpoint_count)
		return sixpn_error_set(error, -EINVAL,
				       "host '%s' has no endpoint: tell it in its sixpn.conf, then run 'sixpn up' there",
				       host->name);
	if (host->removing)
		return sixpn_error_set(error, -EINVAL,
				       "host '%s' is being removed",
				       host->name);
	return 0;
}
