// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dig: ask the resolver, or another name server.
 */
#include "command.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dig.h"
#include "dns_ask.h"
#include "node.h"
#include "parse.h"
#include "resolve.h"

#define PORT 53
#define RESOLVER "fdaa::3"

/* --- What is asked. --- */

static bool is_address(struct in6_addr *address, const char *word)
{
	return inet_pton(AF_INET6, word, address) == 1;
}

/* The name below ip6.arpa of an address. */
static void reverse_name(char text[SIXPN_DNS_NAME_TEXT_MAX],
			 const struct in6_addr *address)
{
	size_t i, used = 0;

	for (i = sizeof(*address); i-- > 0;)
		used += (size_t)snprintf(text + used,
					 SIXPN_DNS_NAME_TEXT_MAX - used,
					 "%x.%x.", address->s6_addr[i] & 15,
					 address->s6_addr[i] >> 4);
	snprintf(text + used, SIXPN_DNS_NAME_TEXT_MAX - used, "ip6.arpa");
}

static int set_name(struct sixpn_dig *dig, const char *word)
{
	char reverse[SIXPN_DNS_NAME_TEXT_MAX];
	struct in6_addr address;

	if (is_address(&address, word)) {
		if (!dig->type)
			dig->type = SIXPN_DNS_PTR;
		reverse_name(reverse, &address);
		word = reverse;
	}
	if (!dig->type)
		dig->type = SIXPN_DNS_AAAA;
	if (sixpn_dns_name_parse(dig->name, word) < 0)
		return sixpn_error_set(&dig->error, -EINVAL,
				       "not a name: '%s'", word);
	return 0;
}

static int set_type(struct sixpn_dig *dig, const char *word)
{
	int type = sixpn_dns_type_parse(word);

	if (type < 0)
		return sixpn_error_set(&dig->error, -EINVAL,
				       "not a type of records: '%s'", word);
	dig->type = (uint16_t)type;
	return 0;
}

/* --- Who is asked. --- */

static void set_address(struct sixpn_dig *dig, const union sixpn_endpoint *from)
{
	bool is_v4 = from->sa.sa_family == AF_INET;

	dig->ask.server_length = is_v4 ? sizeof(from->v4) : sizeof(from->v6);
	memcpy(&dig->ask.server, from, dig->ask.server_length);
}

static int set_server(struct sixpn_dig *dig, const char *word)
{
	const struct sixpn_resolve_options once = { 0 };
	struct sixpn_endpoint_words words;
	union sixpn_endpoint endpoint = { 0 };
	char text[SIXPN_HOST_MAX + SIXPN_SERVICE_MAX + 2];
	struct in6_addr address;
	int ret;

	/* Alone it needs no brackets. */
	if (is_address(&address, word)) {
		snprintf(text, sizeof(text), "[%s]", word);
		word = text;
	}
	ret = sixpn_parse_host_endpoint(&words, word, strlen(word), PORT,
					&dig->error);
	if (!ret && words.literal) {
		endpoint = words.endpoint;
	} else if (!ret) {
		snprintf(text, sizeof(text), "%s:%s", words.host,
			 words.service);
		ret = sixpn_resolve_endpoint(&endpoint, text, &once,
					     &dig->error);
	}
	if (ret)
		return sixpn_error_prefix(&dig->error, ret, "server");
	set_address(dig, &endpoint);
	return 0;
}

/* That of a network: whoever asks it from here is this host in that network. */
static int set_network(struct sixpn_dig *dig, const char *word)
{
	struct sixpn_record network = { .kind = SIXPN_RECORD_NETWORK };
	union sixpn_endpoint endpoint = { 0 };
	struct sixpn_node node = { 0 };
	int ret;

	ret = sixpn_node_open(&node, dig->run->config, &dig->error);
	if (!ret)
		ret = sixpn_node_network(&node, word, &network, &dig->error);
	if (!ret) {
		endpoint.v6.sin6_family = AF_INET6;
		endpoint.v6.sin6_port = htons(PORT);
		sixpn_addr_build_resolver(&endpoint.v6.sin6_addr,
					  network.network.network);
		set_address(dig, &endpoint);
	}
	sixpn_record_clear(&network);
	sixpn_node_close(&node);
	return ret;
}

/* --- The words. --- */

/* "[ TYPE ] NAME", and "@SERVER" anywhere. */
static int read_words(struct sixpn_dig *dig, const char **server)
{
	const struct sixpn_run *run = dig->run;
	const char *words[2] = { 0 };
	int i, count = 0;

	*server = NULL;
	for (i = 0; i < run->count; i++) {
		const char *word = run->words[i];

		if (word[0] == '@' && !*server)
			*server = word + 1;
		else if (word[0] == '@')
			return sixpn_complain_usage(run, "a second server: '%s'",
						    word);
		else if (count < 2)
			words[count++] = word;
		else
			return sixpn_complain_usage(run, "surplus argument '%s'",
						    word);
	}
	if (!count)
		return sixpn_complain_usage(run, "NAME is missing: what is asked for?");
	if (*server && sixpn_run_option(run, "network"))
		return sixpn_complain_usage(run, "--network and @SERVER are two servers: give one");
	if ((count == 2 && set_type(dig, words[0])) ||
	    set_name(dig, words[count - 1]))
		return sixpn_complain(run, "%s", dig->error.text);
	return SIXPN_EXIT_OK;
}

static int find_server(struct sixpn_dig *dig, const char *server)
{
	const char *network = sixpn_run_option(dig->run, "network");

	if (network)
		return set_network(dig, network);
	return set_server(dig, server ? server : RESOLVER);
}

static int make_query(struct sixpn_dig *dig)
{
	struct sixpn_dns_ask *ask = &dig->ask;
	uint16_t id;
	int length;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return sixpn_error_set(&dig->error, -errno, "%s",
				       strerror(errno));
	length = sixpn_dns_make_query(ask->dns, ask->query, id, dig->name,
				      dig->type);
	if (length < 0)
		return sixpn_error_set(&dig->error, length,
				       "the query cannot be made: %s",
				       strerror(-length));
	ask->query_length = (size_t)length;
	ask->tcp = sixpn_run_option(dig->run, "tcp");
	return 0;
}

static int ask(struct sixpn_dig *dig, const char *server)
{
	int ret = find_server(dig, server);

	if (!ret)
		ret = make_query(dig);
	if (ret)
		return ret;
	ret = sixpn_dns_ask(&dig->ask, &dig->error);
	if (ret) {
		sixpn_dig_server(dig, dig->server);
		sixpn_error_prefix(&dig->error, ret, "server %s", dig->server);
		sixpn_error_append(&dig->error, "%s", server ? "" :
				   " (does sixpn-resolver run on this host?)");
	}
	return ret;
}

int sixpn_run_dig(struct sixpn_run *run)
{
	struct sixpn_dig *dig = calloc(1, sizeof(*dig));
	const char *server;
	int code;

	if (dig)
		dig->ask.dns = sixpn_dns_new();
	if (!dig || !dig->ask.dns) {
		free(dig);
		return sixpn_complain(run, "out of memory");
	}
	dig->run = run;
	code = read_words(dig, &server);
	if (!code && ask(dig, server))
		code = sixpn_complain(run, "%s", dig->error.text);
	else if (!code)
		code = sixpn_dig_print(dig);
	sixpn_dns_free(dig->ask.dns);
	free(dig);
	return code;
}
