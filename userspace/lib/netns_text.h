/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines that a machine has in the files hosts and resolv.conf of its network
 * namespace. They are marked, and stand before what is there: without them a
 * file is, byte for byte, what it was.
 */
#ifndef SIXPN_LIB_NETNS_TEXT_H
#define SIXPN_LIB_NETNS_TEXT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a machine finds its own address by, as on a 6PN of Fly.io. */
#define SIXPN_NETNS_OWN_NAME "fly-local-6pn"

/* Zero, it is an empty file; free() @bytes. */
struct sixpn_netns_text {
	char *bytes;
	size_t length;
};

/* What a marked line of hosts says: @self is the host that wrote it. */
struct sixpn_netns_line {
	uint32_t self;
	struct in6_addr address;
};

/**
 * sixpn_netns_text_next() - the marked lines of hosts, one after the other
 * @at: 0 at first; moved behind the line
 *
 * Return: whether there is one more.
 */
bool sixpn_netns_text_next(const struct sixpn_netns_text *text, size_t *at,
			   struct sixpn_netns_line *line);

/* Whether hosts has a marked line, of this one or (NULL) of any machine. */
bool sixpn_netns_text_has(const struct sixpn_netns_text *text,
			  const struct sixpn_netns_line *line);

/* Return: 0, also if it is there already, or -ENOMEM. */
int sixpn_netns_text_add(struct sixpn_netns_text *text,
			 const struct sixpn_netns_line *line);
void sixpn_netns_text_drop(struct sixpn_netns_text *text,
			   const struct sixpn_netns_line *line);

/* The nameserver of resolv.conf: the same, also if somebody else has put it there. */
int sixpn_netns_text_add_resolver(struct sixpn_netns_text *text);
void sixpn_netns_text_drop_resolver(struct sixpn_netns_text *text);

/* Note that the file was made, and with what in it. Return: 0 or -ENOMEM. */
int sixpn_netns_text_mark(struct sixpn_netns_text *text);

/**
 * sixpn_netns_text_unmark() - forget that, once no other marked line is left
 *
 * Return: whether the file was made and is as it was then: it may go.
 */
bool sixpn_netns_text_unmark(struct sixpn_netns_text *text);

#endif
