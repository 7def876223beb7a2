// SPDX-License-Identifier: GPL-2.0-or-later
#include "format.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <sixpn/addr.h>

void sixpn_format_endpoint(char text[SIXPN_ENDPOINT_TEXT_MAX],
			   const union sixpn_endpoint *endpoint)
{
	char address[INET6_ADDRSTRLEN], scope[IFNAMSIZ + 2] = "";
	uint32_t id;

	if (endpoint->sa.sa_family == AF_INET) {
		inet_ntop(AF_INET, &endpoint->v4.sin_addr, address,
			  sizeof(address));
		snprintf(text, SIXPN_ENDPOINT_TEXT_MAX, "%s:%u", address,
			 ntohs(endpoint->v4.sin_port));
		return;
	}
	inet_ntop(AF_INET6, &endpoint->v6.sin6_addr, address, sizeof(address));
	id = endpoint->v6.sin6_scope_id;
	if (id) {
		scope[0] = '%';
		if (!if_indextoname(id, scope + 1))
			snprintf(scope + 1, sizeof(scope) - 1, "%u", id);
	}
	snprintf(text, SIXPN_ENDPOINT_TEXT_MAX, "[%s%s]:%u", address, scope,
		 ntohs(endpoint->v6.sin6_port));
}

void sixpn_format_allowedip_address(char text[SIXPN_ALLOWEDIP_TEXT_MAX],
				    const struct sixpn_allowedip *allowedip)
{
	inet_ntop(allowedip->family, &allowedip->address, text,
		  SIXPN_ALLOWEDIP_TEXT_MAX);
}

void sixpn_format_allowedip(char text[SIXPN_ALLOWEDIP_TEXT_MAX],
			    const struct sixpn_allowedip *allowedip)
{
	size_t length;

	sixpn_format_allowedip_address(text, allowedip);
	length = strlen(text);
	snprintf(text + length, SIXPN_ALLOWEDIP_TEXT_MAX - length, "/%u",
		 allowedip->prefix_len);
}

void sixpn_format_6pn(char text[SIXPN_ALLOWEDIP_TEXT_MAX],
		      const struct in6_addr *address)
{
	inet_ntop(AF_INET6, address, text, SIXPN_ALLOWEDIP_TEXT_MAX);
}

void sixpn_format_prefix(char text[SIXPN_ALLOWEDIP_TEXT_MAX],
			 const struct in6_addr *address, unsigned int length)
{
	size_t used;

	sixpn_format_6pn(text, address);
	used = strlen(text);
	snprintf(text + used, SIXPN_ALLOWEDIP_TEXT_MAX - used, "/%u",
		 length % 1000);
}

void sixpn_format_network(char text[SIXPN_ALLOWEDIP_TEXT_MAX], uint32_t id)
{
	struct in6_addr prefix;

	sixpn_addr_build(&prefix, id, 0, 0, 0);
	sixpn_format_prefix(text, &prefix, SIXPN_NETWORK_LEN);
}

static const char *word_of(const char *const *words, size_t count,
			   uint32_t value)
{
	return value < count ? words[value] : "unknown";
}

#define WORD_OF(words, value) \
	word_of(words, sizeof(words) / sizeof(*(words)), value)

const char *sixpn_format_kind(uint32_t kind)
{
	static const char *const words[] = {
		[SIXPN_PEER_KIND_SITE] = "site",
		[SIXPN_PEER_KIND_HOST] = "host",
		[SIXPN_PEER_KIND_CLIENT] = "client",
	};

	return WORD_OF(words, kind);
}

const char *sixpn_format_attachment(uint32_t attachment)
{
	static const char *const words[] = {
		[SIXPN_ATTACHMENT_NONE] = "none",
		[SIXPN_ATTACHMENT_PORT] = "port",
		[SIXPN_ATTACHMENT_BIND] = "bind",
		[SIXPN_ATTACHMENT_CLIENT] = "client",
		[SIXPN_ATTACHMENT_HOST] = "host",
	};

	return WORD_OF(words, attachment);
}

const char *sixpn_format_state(uint32_t state)
{
	static const char *const words[] = {
		[SIXPN_MACHINE_STATE_DETACHED] = "detached",
		[SIXPN_MACHINE_STATE_ATTACHED] = "attached",
		[SIXPN_MACHINE_STATE_MOVED] = "moved",
	};

	return WORD_OF(words, state);
}

/*
 * Length of the UTF-8 sequence at @text, 0 if there is none, it is overlong, a
 * surrogate, past U+10FFFF, or a C1 control.
 */
static size_t utf8_sequence(const unsigned char *text, size_t length)
{
	unsigned int code;
	size_t n, i;

	if (text[0] < 0x80)
		return 1;
	if (text[0] >= 0xc2 && text[0] <= 0xdf)
		n = 2;
	else if (text[0] >= 0xe0 && text[0] <= 0xef)
		n = 3;
	else if (text[0] >= 0xf0 && text[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (length < n)
		return 0;
	code = text[0] & (0xffU >> (n + 1));
	for (i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	if (code < 0xa0 || (n == 3 && code < 0x800) ||
	    (n == 4 && code < 0x10000) || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return n;
}

void sixpn_format_escaped(char *to, size_t room, const char *text,
			  size_t length)
{
	const unsigned char *from = (const unsigned char *)text;
	size_t used = 0, i = 0;

	if (!room)
		return;
	while (i < length) {
		size_t n = utf8_sequence(from + i, length - i);

		if (!n || from[i] < 0x20 || from[i] == 0x7f) {
			if (used + 4 >= room)
				break;
			snprintf(to + used, 5, "\\x%02x", from[i]);
			used += 4;
			i++;
			continue;
		}
		if (used + n >= room)
			break;
		memcpy(to + used, from + i, n);
		used += n;
		i += n;
	}
	to[used] = '\0';
}
