/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One request to the kernel module and its whole answer. For the files of the
 * library that make requests; others use netlink.h and object.h.
 */
#ifndef SIXPN_LIB_REQUEST_H
#define SIXPN_LIB_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include <netlink/msg.h>

#include "error.h"
#include "netlink.h"
#include "reply.h"

/**
 * sixpn_request_new() - an empty request of the family
 * @size: room for attributes
 *
 * Return: to be freed by sixpn_request_free(), or NULL.
 */
struct nl_msg *sixpn_request_new(struct sixpn_netlink *netlink, uint8_t command,
				 int flags, size_t size);

/* Wipe, then free: a request may hold keys. */
void sixpn_request_free(struct nl_msg *message);

/**
 * sixpn_request_send() - send @message and read its whole answer
 * @reply: with a reader and its context, the rest zero
 *
 * Return: 0 or a negative errno; @error then holds the kernel's sentence and
 * words for the attribute it blames.
 */
int sixpn_request_send(struct sixpn_netlink *netlink, struct nl_msg *message,
		       struct sixpn_reply *reply, struct sixpn_error *error);

#endif
