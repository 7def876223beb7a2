/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of one netlink request while its answer arrives, datagram by
 * datagram. It only reads memory, so that it can be tested without a kernel.
 */
#ifndef SIXPN_LIB_REPLY_H
#define SIXPN_LIB_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>

/**
 * struct sixpn_reply - fill the first four fields, zero the rest
 * @sequence: nlmsg_seq of the request
 * @port: netlink port of the socket
 * @message: called for each data message with its attributes, the bytes after
 *	both headers; a non-zero return ends the request with that code
 * @context: handed to @message
 * @done: the answer is complete; @code is valid
 * @code: 0 or the negative errno of the kernel or of @message
 * @interrupted: what a dump lists changed while it was read (NLM_F_DUMP_INTR)
 * @text: the kernel's sentence, empty if it gave none
 * @has_offset: the kernel blames the attribute at @offset of the request
 * @miss_type: type of an attribute that the kernel misses, 0 if none
 */
struct sixpn_reply {
	uint32_t sequence;
	uint32_t port;
	int (*message)(void *context, uint8_t command, const void *attributes,
		       size_t length);
	void *context;

	bool done;
	bool interrupted;
	bool has_offset;
	int code;
	uint32_t offset;
	uint32_t miss_type;
	char text[512];
};

/**
 * sixpn_reply_feed() - read one datagram
 * @data: aligned to 4 bytes
 *
 * Messages of other requests are skipped.
 *
 * Return: 0, or -EBADMSG if the datagram is malformed.
 */
int sixpn_reply_feed(struct sixpn_reply *reply, const void *data,
		     size_t length);

#endif
