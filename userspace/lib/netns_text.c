// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns_text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "parse.h"

#define LINE_MAX_BYTES 128
#define MADE "# sixpn made this file: "
#define HASH_BYTES 16
#define RESOLVER_MARK "# sixpn: the resolver of the mesh\n"
#define RESOLVER "nameserver fdaa::3\n"

/* --- Any lines. --- */

/* Bytes of the line at @at, with its newline if it has one. */
static size_t line_length(const struct sixpn_netns_text *text, size_t at)
{
	size_t rest = text->length - at;
	const char *end = rest ? memchr(text->bytes + at, '\n', rest) : NULL;

	return end ? (size_t)(end + 1 - (text->bytes + at)) : rest;
}

static bool is_line(const struct sixpn_netns_text *text, size_t at,
		    const char *line)
{
	size_t length = strlen(line);

	return text->length - at >= length &&
	       !memcmp(text->bytes + at, line, length);
}

/* Return: where the line is, or text->length. */
static size_t find_line(const struct sixpn_netns_text *text, const char *line)
{
	size_t at = 0;

	while (at < text->length && !is_line(text, at, line))
		at += line_length(text, at);
	return at;
}

static void cut(struct sixpn_netns_text *text, size_t at, size_t length)
{
	memmove(text->bytes + at, text->bytes + at + length,
		text->length - at - length);
	text->length -= length;
}

static int put_first(struct sixpn_netns_text *text, const char *lines)
{
	size_t length = strlen(lines);
	char *grown = realloc(text->bytes, text->length + length);

	if (!grown)
		return -ENOMEM;
	memmove(grown + length, grown, text->length);
	memcpy(grown, lines, length);
	text->bytes = grown;
	text->length += length;
	return 0;
}

/* --- The lines of hosts. --- */

static void format_line(char text[LINE_MAX_BYTES],
			const struct sixpn_netns_line *line)
{
	char address[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, &line->address, address, sizeof(address));
	snprintf(text, LINE_MAX_BYTES, "%s " SIXPN_NETNS_OWN_NAME
		 " # sixpn %u\n", address, line->self);
}

/* Only what is written just so is ours: it is written anew and compared. */
static bool read_line(struct sixpn_netns_line *line, const char *bytes,
		      size_t length)
{
	char address[INET6_ADDRSTRLEN], again[LINE_MAX_BYTES];
	const char *space = memchr(bytes, ' ', length);
	const char *number = memrchr(bytes, ' ', length);
	size_t size = space ? (size_t)(space - bytes) : sizeof(address);

	if (size >= sizeof(address) || bytes[length - 1] != '\n' ||
	    sixpn_parse_id(&line->self, number + 1,
			   (size_t)(bytes + length - 1 - (number + 1)), 1))
		return false;
	memcpy(address, bytes, size);
	address[size] = '\0';
	if (inet_pton(AF_INET6, address, &line->address) != 1)
		return false;
	format_line(again, line);
	return strlen(again) == length && !memcmp(again, bytes, length);
}

bool sixpn_netns_text_next(const struct sixpn_netns_text *text, size_t *at,
			   struct sixpn_netns_line *line)
{
	while (*at < text->length) {
		const char *bytes = text->bytes + *at;
		size_t length = line_length(text, *at);

		*at += length;
		if (read_line(line, bytes, length))
			return true;
	}
	return false;
}

bool sixpn_netns_text_has(const struct sixpn_netns_text *text,
			  const struct sixpn_netns_line *line)
{
	struct sixpn_netns_line any;
	char wanted[LINE_MAX_BYTES];
	size_t at = 0;

	if (!line)
		return sixpn_netns_text_next(text, &at, &any);
	format_line(wanted, line);
	return find_line(text, wanted) < text->length;
}

int sixpn_netns_text_add(struct sixpn_netns_text *text,
			 const struct sixpn_netns_line *line)
{
	char wanted[LINE_MAX_BYTES];

	if (sixpn_netns_text_has(text, line))
		return 0;
	format_line(wanted, line);
	return put_first(text, wanted);
}

void sixpn_netns_text_drop(struct sixpn_netns_text *text,
			   const struct sixpn_netns_line *line)
{
	char wanted[LINE_MAX_BYTES];
	size_t at;

	format_line(wanted, line);
	while ((at = find_line(text, wanted)) < text->length)
		cut(text, at, strlen(wanted));
}

/* --- That of resolv.conf. --- */

int sixpn_netns_text_add_resolver(struct sixpn_netns_text *text)
{
	if (find_line(text, RESOLVER) < text->length)
		return 0;
	return put_first(text, RESOLVER_MARK RESOLVER);
}

void sixpn_netns_text_drop_resolver(struct sixpn_netns_text *text)
{
	size_t at;

	while ((at = find_line(text, RESOLVER_MARK)) < text->length) {
		cut(text, at, strlen(RESOLVER_MARK));
		if (is_line(text, at, RESOLVER))
			cut(text, at, strlen(RESOLVER));
	}
}

/* --- Whether the file was made. --- */

static void format_made(char line[LINE_MAX_BYTES], const void *bytes,
			size_t length)
{
	char hex[HASH_BYTES * 2 + 1];
	uint8_t hash[HASH_BYTES];

	crypto_generichash(hash, sizeof(hash), bytes, length, NULL, 0);
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	snprintf(line, LINE_MAX_BYTES, MADE "%s\n", hex);
}

int sixpn_netns_text_mark(struct sixpn_netns_text *text)
{
	char line[LINE_MAX_BYTES];

	format_made(line, text->bytes, text->length);
	return put_first(text, line);
}

/* What the mark says is a hash of the rest, as it was when the file was made. */
bool sixpn_netns_text_unmark(struct sixpn_netns_text *text)
{
	size_t at = find_line(text, MADE), length;
	char found[LINE_MAX_BYTES] = "", now[LINE_MAX_BYTES];

	if (at == text->length || sixpn_netns_text_has(text, NULL) ||
	    find_line(text, RESOLVER_MARK) < text->length)
		return false;
	length = line_length(text, at);
	if (length < sizeof(found))
		memcpy(found, text->bytes + at, length);
	cut(text, at, length);
	format_made(now, text->bytes, text->length);
	return !strcmp(found, now);
}
