// SPDX-License-Identifier: GPL-2.0-or-later
#include "resolve.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "parse.h"

static void pause_ms(unsigned int ms)
{
	struct timespec left = { ms / 1000, (long)(ms % 1000) * 1000000 };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

static bool is_permanent(int gai)
{
	switch (gai) {
	case EAI_NONAME:
	case EAI_FAIL:
#ifdef EAI_NODATA
	case EAI_NODATA:
#endif
	case EAI_SERVICE:
	case EAI_FAMILY:
	case EAI_SOCKTYPE:
	case EAI_BADFLAGS:
		return true;
	default:
		return false;
	}
}

/* Take the first answer that is an address and port we can send to. */
static bool take_answer(union sixpn_endpoint *endpoint,
			const struct addrinfo *answers)
{
	const struct addrinfo *ai;

	for (ai = answers; ai; ai = ai->ai_next) {
		union sixpn_endpoint result = { 0 };

		if (ai->ai_addrlen > sizeof(result))
			continue;
		memcpy(&result, ai->ai_addr, ai->ai_addrlen);
		if (sixpn_endpoint_size(&result) != ai->ai_addrlen)
			continue;
		result.v6.sin6_flowinfo = result.sa.sa_family == AF_INET6 ?
					  0 : result.v6.sin6_flowinfo;
		*endpoint = result;
		return true;
	}
	return false;
}

static int look_up(union sixpn_endpoint *endpoint,
		   const struct sixpn_endpoint_words *words, const char *text,
		   const struct sixpn_resolve_options *options,
		   struct sixpn_error *error)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_DGRAM,
		.ai_protocol = IPPROTO_UDP,
	};
	unsigned int pause = 1000, tries;

	for (tries = 0;; tries++) {
		struct addrinfo *answers = NULL;
		int gai = getaddrinfo(words->host, words->service, &hints,
				      &answers);
		bool found = !gai && take_answer(endpoint, answers);
		const char *why;

		if (!gai)
			freeaddrinfo(answers);
		if (found)
			return 0;
		why = gai == EAI_SYSTEM ? strerror(errno) :
		      gai ? gai_strerror(gai) : "no IPv4 or IPv6 address";
		if (!gai || is_permanent(gai))
			return sixpn_error_set(error, -ENOENT,
					       "cannot resolve '%s': %s",
					       text, why);
		if (options->retries != SIXPN_RESOLVE_FOR_EVER &&
		    tries >= options->retries)
			return sixpn_error_set(error, -EAGAIN,
					       "cannot resolve '%s': %s",
					       text, why);
		if (options->notice) {
			sixpn_error_set(error, 0, "'%s': %s", text, why);
			options->notice(options->context,
					error ? error->text : text, pause);
		}
		pause_ms(pause);
		pause = pause * 6 / 5;
		if (pause > 20000)
			pause = 20000;
	}
}

int sixpn_resolve_endpoint(union sixpn_endpoint *endpoint, const char *text,
			   const struct sixpn_resolve_options *options,
			   struct sixpn_error *error)
{
	struct sixpn_endpoint_words words;
	int ret = sixpn_parse_endpoint(&words, text, strlen(text), error);

	if (ret)
		return ret;
	if (words.literal) {
		*endpoint = words.endpoint;
		return 0;
	}
	return look_up(endpoint, &words, text, options, error);
}

int sixpn_resolve_device(struct sixpn_device *device,
			 const struct sixpn_resolve_options *options,
			 struct sixpn_error *error)
{
	size_t i;

	for (i = 0; i < device->peer_count; i++) {
		struct sixpn_peer *peer = &device->peers[i];
		int ret;

		if (!peer->endpoint_name)
			continue;
		ret = sixpn_resolve_endpoint(&peer->endpoint,
					     peer->endpoint_name, options,
					     error);
		if (ret)
			return ret;
		free(peer->endpoint_name);
		peer->endpoint_name = NULL;
		peer->has |= SIXPN_PEER_HAS_ENDPOINT;
	}
	return 0;
}
