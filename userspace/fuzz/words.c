// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as each kind of word of the command line. What is understood is
 * formatted and read again, and must mean the same.
 */
#include "parse.h"

#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "resolver_state.h"
#include "upstream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_numbers(const char *text, size_t size)
{
	uint64_t number;
	uint32_t fwmark;
	uint16_t port;
	char name[IFNAMSIZ];

	if (!sixpn_parse_number(&number, text, size, 1000) && number > 1000)
		abort();
	sixpn_parse_number(&number, text, size, UINT64_MAX);
	sixpn_parse_port(&port, text, size);
	sixpn_parse_fwmark(&fwmark, text, size);
	sixpn_parse_keepalive(&port, text, size);
	if (!sixpn_parse_ifname(name, text, size) && strlen(name) != size)
		abort();
}

static void check_objects(const char *text, size_t size)
{
	char told[SIXPN_ALLOWEDIP_TEXT_MAX];
	char name[SIXPN_MACHINE_NAME_MAX + 1];
	struct in6_addr address, again;
	uint32_t number;

	if (!sixpn_parse_id(&number, text, size, 1) && !number)
		abort();
	if (!sixpn_parse_host_id(&number, text, size, "auto") && number == 1)
		abort();
	if (!sixpn_parse_idle_expiry(&number, text, size) &&
	    number > SIXPN_IDLE_EXPIRY_MAX)
		abort();
	if (!sixpn_parse_kind(&number, text, size) &&
	    number > SIXPN_PEER_KIND_MAX)
		abort();
	if (!sixpn_parse_machine_name(name, text, size) && strlen(name) != size)
		abort();
	if (!sixpn_parse_6pn(&address, text, size)) {
		sixpn_format_6pn(told, &address);
		if (sixpn_parse_6pn(&again, told, strlen(told)) ||
		    memcmp(&address, &again, sizeof(again)))
			abort();
	}
	if (!sixpn_parse_route(&address, text, size)) {
		sixpn_format_prefix(told, &address, 112);
		if (sixpn_parse_route(&again, told, strlen(told)) ||
		    memcmp(&address, &again, sizeof(again)))
			abort();
	}
}

static void check_allowedips(const char *text, size_t size)
{
	enum sixpn_allowedips_mode mode;
	struct sixpn_peer peer = { 0 };
	struct sixpn_error error;
	unsigned int host_bits = 0;
	size_t i;

	sixpn_parse_allowedips(&peer, &mode, &host_bits, text, size, &error);
	for (i = 0; i < peer.allowedip_count; i++) {
		char formatted[SIXPN_ALLOWEDIP_TEXT_MAX];
		struct sixpn_allowedip again;
		bool had;

		sixpn_format_allowedip(formatted, &peer.allowedips[i]);
		if (sixpn_parse_allowedip(&again, &had, formatted,
					  strlen(formatted)) || had ||
		    sixpn_allowedip_compare(&again, &peer.allowedips[i]))
			abort();
	}
	sixpn_peer_clear(&peer);
}

static void check_endpoint(const char *text, size_t size)
{
	char formatted[SIXPN_ENDPOINT_TEXT_MAX];
	struct sixpn_endpoint_words words, again;
	struct sixpn_error error;

	if (sixpn_parse_endpoint(&words, text, size, &error) || !words.literal)
		return;
	sixpn_format_endpoint(formatted, &words.endpoint);
	if (sixpn_parse_endpoint(&again, formatted, strlen(formatted), NULL) ||
	    !again.literal ||
	    !sixpn_endpoint_equal(&words.endpoint, &again.endpoint))
		abort();
}

static void check_host_words(const char *text, size_t size)
{
	char label[SIXPN_LABEL_MAX + 1], region[SIXPN_REGION_MAX + 1];
	struct sixpn_endpoint_words words;
	struct sixpn_error error;
	uint32_t number;
	uint16_t port;
	bool yes;

	if (!sixpn_parse_range(&number, text, size, 5, 10) &&
	    (number < 5 || number > 10))
		abort();
	if (!sixpn_parse_label(label, text, size) && strlen(label) != size)
		abort();
	if (!sixpn_parse_region(region, text, size) && strlen(region) != size)
		abort();
	if (!sixpn_parse_path(text, size) && text[0] != '/')
		abort();
	sixpn_parse_yes_no(&yes, text, size);
	sixpn_parse_registry(text, size, &error);
	if (!sixpn_parse_host_endpoint(&words, text, size, 7, &error) &&
	    (!words.host[0] || sixpn_parse_port(&port, words.service,
						strlen(words.service))))
		abort();
}

/* What is found is a word of libunbound each: an address, '@' and a port. */
static void check_servers(const char *text, size_t size)
{
	char servers[SIXPN_UPSTREAM_SERVERS_MAX], *copy = strndup(text, size);
	struct sixpn_resolver_state state;
	struct sixpn_endpoint_words words;
	size_t blanks = 0, ats = 0, i;

	if (!copy)
		abort();
	sixpn_upstream_servers(servers, NULL, copy);
	for (i = 0; servers[i]; i++) {
		blanks += servers[i] == ' ';
		ats += servers[i] == '@';
	}
	if (blanks != ats || strchr(servers, '\n'))
		abort();
	free(copy);
	while (size && !sixpn_parse_upstream(&words, &text, &size, NULL))
		if (!words.literal)
			abort();
	sixpn_resolver_state_parse(&state, text, size);
}

/* The escaped form is fixed: escaping it again changes nothing. */
static void check_escape(const char *text, size_t size)
{
	char *once = malloc(size * 4 + 1), *twice = malloc(size * 4 + 1);
	size_t i;

	if (!once || !twice)
		abort();
	sixpn_format_escaped(once, size * 4 + 1, text, size);
	sixpn_format_escaped(twice, size * 4 + 1, once, strlen(once));
	if (strcmp(once, twice))
		abort();
	for (i = 0; once[i]; i++)
		if ((unsigned char)once[i] < 0x20 || once[i] == 0x7f)
			abort();
	free(once);
	free(twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;

	check_numbers(text, size);
	check_objects(text, size);
	check_allowedips(text, size);
	check_endpoint(text, size);
	check_host_words(text, size);
	check_servers(text, size);
	check_escape(text, size);
	return 0;
}
