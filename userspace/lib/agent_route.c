// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Endpoints that this host has no way to. What is sent there counts nowhere, so
 * that no trial ends: see sixpn_trial_sample().
 */
#include "agent_part.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "parse.h"

/* Nothing is sent: a datagram socket that is connected has asked for the route. */
static bool has_route(const union sixpn_endpoint *endpoint)
{
	int fd = socket(endpoint->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool found;

	if (fd < 0)
		return errno != EAFNOSUPPORT;
	found = !connect(fd, &endpoint->sa, sixpn_endpoint_size(endpoint)) ||
		(errno != ENETUNREACH && errno != EHOSTUNREACH &&
		 errno != EADDRNOTAVAIL);
	close(fd);
	return found;
}

/* Of a name nobody knows without looking it up. */
static bool may_be_reached(const char *text, struct sixpn_round *round,
			   unsigned int count, uint64_t now)
{
	struct sixpn_endpoint_words words;

	if (sixpn_parse_endpoint(&words, text, strlen(text), NULL))
		return false;
	return words.literal ? has_route(&words.endpoint) :
			       sixpn_round_take(round, count, now);
}

bool sixpn_agent_detour(const struct sixpn_peer *peer,
			const struct sixpn_record_host *host,
			struct sixpn_round *round, unsigned int *endpoint,
			uint64_t now)
{
	unsigned int i;

	if (!(peer->has & SIXPN_PEER_HAS_ENDPOINT) || has_route(&peer->endpoint))
		return false;
	for (i = 1; i < host->endpoint_count; i++) {
		unsigned int next = *endpoint + i;

		if (!may_be_reached(host->endpoints[next %
						    host->endpoint_count],
				    round, host->endpoint_count, now))
			continue;
		*endpoint = next;
		return true;
	}
	return false;
}
