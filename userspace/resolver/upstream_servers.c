// SPDX-License-Identifier: GPL-2.0-or-later
#include "upstream.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <sixpn/addr.h>

#include "parse.h"

static void add(char servers[SIXPN_UPSTREAM_SERVERS_MAX], const char *address,
		unsigned int port)
{
	char word[INET6_ADDRSTRLEN + IFNAMSIZ + 16];
	size_t used = strlen(servers);

	snprintf(word, sizeof(word), "%s@%u ", address, port);
	if (used + strlen(word) < SIXPN_UPSTREAM_SERVERS_MAX)
		strcpy(servers + used, word);
}

static void add_configured(char servers[SIXPN_UPSTREAM_SERVERS_MAX],
			   const char *text)
{
	size_t length = strlen(text);
	struct sixpn_endpoint_words words;

	while (length && !sixpn_parse_upstream(&words, &text, &length, NULL))
		add(servers, words.host,
		    ntohs(words.endpoint.sa.sa_family == AF_INET ?
			  words.endpoint.v4.sin_port :
			  words.endpoint.v6.sin6_port));
}

/* It may be in front of us, or we ourselves: a question would run in a ring. */
static bool is_usable(const char *address)
{
	char plain[INET6_ADDRSTRLEN];
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, address, &four) == 1)
		return true;
	snprintf(plain, sizeof(plain), "%.*s", (int)strcspn(address, "%"),
		 address);
	return inet_pton(AF_INET6, plain, &six) == 1 && !sixpn_addr_is(&six);
}

/* resolv.conf(5): keyword, blanks, value */
static void add_line(char servers[SIXPN_UPSTREAM_SERVERS_MAX], const char *line,
		     size_t length)
{
	char address[INET6_ADDRSTRLEN + IFNAMSIZ];
	char copy[256];

	if (length >= sizeof(copy))
		return;
	memcpy(copy, line, length);
	copy[length] = '\0';
	if (sscanf(copy, "nameserver %61s", address) == 1 && is_usable(address))
		add(servers, address, 53);
}

void sixpn_upstream_servers(char servers[SIXPN_UPSTREAM_SERVERS_MAX],
			    const char *configured, const char *resolv_conf)
{
	servers[0] = '\0';
	if (configured) {
		add_configured(servers, configured);
		return;
	}
	while (*resolv_conf) {
		size_t length = strcspn(resolv_conf, "\n");

		add_line(servers, resolv_conf, length);
		resolv_conf += length + (resolv_conf[length] == '\n');
	}
}
