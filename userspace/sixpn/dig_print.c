// SPDX-License-Identifier: GPL-2.0-or-later
#include "dig.h"

#include <errno.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"

#define PORT 53
#define SECTIONS 3

static const char *const sections[SECTIONS] = {
	"answer", "authority", "additional",
};

void sixpn_dig_server(const struct sixpn_dig *dig,
		      char text[SIXPN_DIG_SERVER_MAX])
{
	const struct sockaddr_storage *server = &dig->ask.server;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)server;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)server;
	bool is_v4 = server->ss_family == AF_INET;
	char address[INET6_ADDRSTRLEN];
	uint16_t port = ntohs(is_v4 ? v4->sin_port : v6->sin6_port);

	inet_ntop(server->ss_family, is_v4 ? (const void *)&v4->sin_addr :
		  (const void *)&v6->sin6_addr, address, sizeof(address));
	if (port == PORT)
		snprintf(text, SIXPN_DIG_SERVER_MAX, "%s", address);
	else
		snprintf(text, SIXPN_DIG_SERVER_MAX,
			 is_v4 ? "%s:%u" : "[%s]:%u", address, port);
}

/* --- What went wrong. --- */

static const char *rcode_text(uint16_t rcode)
{
	switch (rcode) {
	case SIXPN_DNS_FORMERR:
		return "the server does not understand the query (FORMERR)";
	case SIXPN_DNS_SERVFAIL:
		return "the server cannot find out (SERVFAIL)";
	case SIXPN_DNS_NXDOMAIN:
		return "there is no such name (NXDOMAIN)";
	case SIXPN_DNS_NOTIMP:
		return "the server does not know such queries (NOTIMP)";
	case SIXPN_DNS_REFUSED:
		return "the server refuses to answer (REFUSED)";
	default:
		return "the server answers with another error";
	}
}

static int complain(const struct sixpn_dig *dig)
{
	const struct sixpn_dns_response *response = &dig->response;
	char name[SIXPN_DNS_NAME_TEXT_MAX], why[300] = "";

	sixpn_dns_name_text(name, dig->name);
	if (response->ede != SIXPN_DNS_EDE_NONE)
		snprintf(why, sizeof(why), ": %s, extended error %d",
			 response->ede_text, response->ede);
	return sixpn_complain(dig->run, "%s: %s%s", name,
			      rcode_text(response->rcode),
			      response->ede_text[0] ? why : "");
}

/* --- Records. --- */

/* In JSON each section is a list, be it empty. */
static void enter_section(struct sixpn_dig *dig, int section)
{
	struct sixpn_out *out = &dig->run->out;

	while (dig->section < section) {
		if (dig->section >= 0)
			sixpn_out_close(out);
		if (++dig->section < SECTIONS)
			sixpn_out_open_array(out, sections[dig->section]);
		if (dig->section == section && section > 0 &&
		    section < SECTIONS)
			sixpn_out_text(out, ";; %s\n", sections[section]);
	}
}

static int print_record(void *data, const struct sixpn_dns_record *record)
{
	struct sixpn_dig *dig = data;
	struct sixpn_out *out = &dig->run->out;
	size_t room = record->data_length * 4 + 1;
	char *text = malloc(room);

	if (!text)
		return -ENOMEM;
	sixpn_format_escaped(text, room, record->data, record->data_length);
	enter_section(dig, (int)record->section);
	sixpn_out_open_object(out, NULL);
	sixpn_out_string(out, "name", record->owner, "%s", record->owner);
	sixpn_out_number(out, "ttl", record->ttl, "\t%u", record->ttl);
	sixpn_out_string(out, "type", record->type_text, "\t%s",
			 record->type_text);
	sixpn_out_string(out, "data", text, "\t%s\n", text);
	sixpn_out_close(out);
	free(text);
	return 0;
}

static int print_short(void *data, const struct sixpn_dns_record *record)
{
	struct sixpn_dig *dig = data;
	struct sixpn_out *out = &dig->run->out;
	size_t room = record->data_length * 4 + 1;
	char *text;

	if (record->section != SIXPN_DNS_ANSWER)
		return 0;
	text = malloc(room);
	if (!text)
		return -ENOMEM;
	sixpn_format_escaped(text, room, record->data, record->data_length);
	sixpn_out_string(out, NULL, text, "%s\n", text);
	free(text);
	return 0;
}

static int pass_over(void *data, const struct sixpn_dns_record *record)
{
	(void)data;
	(void)record;
	return 0;
}

static int read_answer(struct sixpn_dig *dig,
		       int (*visit)(void *data,
				    const struct sixpn_dns_record *record))
{
	struct sixpn_dns_ask *ask = &dig->ask;

	return sixpn_dns_read_response(ask->dns, ask->answer,
				       ask->answer_length, ask->query,
				       ask->query_length, &dig->response, visit,
				       dig);
}

/* --- All of it. --- */

static void print_head(struct sixpn_dig *dig)
{
	const struct sixpn_dns_response *response = &dig->response;
	struct sixpn_out *out = &dig->run->out;
	const char *way = dig->ask.tcp ? "TCP" : "UDP";
	char name[SIXPN_DNS_NAME_TEXT_MAX];

	sixpn_dns_name_text(name, dig->name);
	sixpn_out_json_string(out, "name", name);
	sixpn_out_string(out, "server", dig->server, ";; %s", dig->server);
	sixpn_out_string(out, "protocol", way, " by %s", way);
	sixpn_out_number(out, "microseconds", dig->ask.microseconds,
			 " in %.1f ms", (double)dig->ask.microseconds / 1000);
	sixpn_out_bool(out, "authoritative", response->authoritative, "%s",
		       response->authoritative ? ", authoritative" : "");
	sixpn_out_bool(out, "validated", response->authentic_data, "%s",
		       response->authentic_data ? ", validated" : "");
	sixpn_out_bool(out, "truncated", response->truncated, "%s\n",
		       response->truncated ? ", truncated" : "");
}

static int print_long(struct sixpn_dig *dig)
{
	struct sixpn_out *out = &dig->run->out;
	int ret;

	dig->section = -1;
	sixpn_out_open_object(out, NULL);
	print_head(dig);
	ret = read_answer(dig, print_record);
	enter_section(dig, SECTIONS);
	sixpn_out_close(out);
	return ret;
}

int sixpn_dig_print(struct sixpn_dig *dig)
{
	struct sixpn_out *out = &dig->run->out;
	int ret;

	sixpn_dig_server(dig, dig->server);
	ret = read_answer(dig, pass_over);
	if (!ret && dig->response.rcode != SIXPN_DNS_NOERROR)
		return complain(dig);
	if (!ret && sixpn_run_option(dig->run, "short")) {
		sixpn_out_open_array(out, NULL);
		ret = read_answer(dig, print_short);
		sixpn_out_close(out);
	} else if (!ret) {
		ret = print_long(dig);
	}
	if (!ret)
		return SIXPN_EXIT_OK;
	sixpn_out_abandon(out);
	return sixpn_complain(dig->run, "%s", strerror(-ret));
}
