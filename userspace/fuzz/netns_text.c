// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as the file hosts or resolv.conf of a network namespace. What is
 * added and removed again leaves it as it was.
 */
#include "netns_text.h"

#include <stdlib.h>
#include <string.h>

#include <sixpn/addr.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sixpn_netns_text copy_of(const void *data, size_t size)
{
	struct sixpn_netns_text text = { .bytes = malloc(size + 1), .length = size };

	if (!text.bytes)
		abort();
	if (size)
		memcpy(text.bytes, data, size);
	return text;
}

static void check_same(const struct sixpn_netns_text *left,
		       const struct sixpn_netns_text *right)
{
	if (left->length != right->length ||
	    memcmp(left->bytes, right->bytes, left->length))
		abort();
}

/* Take all marked lines out of it, whoever wrote them. */
static void clean(struct sixpn_netns_text *text)
{
	struct sixpn_netns_line line;
	size_t at = 0;

	while (sixpn_netns_text_next(text, &at, &line)) {
		if (at > text->length)
			abort();
		sixpn_netns_text_drop(text, &line);
		at = 0;
	}
	sixpn_netns_text_drop_resolver(text);
	if (sixpn_netns_text_has(text, NULL))
		abort();
}

static void check_lines(struct sixpn_netns_text *text,
			const struct sixpn_netns_text *was)
{
	struct sixpn_netns_line line = { .self = 4294967295U };

	sixpn_addr_build(&line.address, 42, 7, 5, SIXPN_SUB_MACHINE);
	if (sixpn_netns_text_add(text, &line) ||
	    sixpn_netns_text_add_resolver(text) ||
	    !sixpn_netns_text_has(text, &line))
		abort();
	sixpn_netns_text_drop(text, &line);
	sixpn_netns_text_drop_resolver(text);
	check_same(text, was);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sixpn_netns_text text = copy_of(data, size), was;

	clean(&text);
	was = copy_of(text.bytes, text.length);
	check_lines(&text, &was);
	if (sixpn_netns_text_mark(&text) || !sixpn_netns_text_unmark(&text))
		abort();
	check_same(&text, &was);
	free(text.bytes);
	free(was.bytes);
	return 0;
}
