/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Networks, machines, exception routes and drop counters as netlink
 * attributes, and back. Nothing here touches a socket.
 */
#ifndef SIXPN_LIB_OBJECT_MESSAGE_H
#define SIXPN_LIB_OBJECT_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include <netlink/msg.h>

#include "model.h"

/* Room for the attributes of a request about one object, its device included. */
#define SIXPN_OBJECT_MESSAGE_SIZE 512

/* What of a machine goes into a request. */
enum sixpn_machine_part {
	/* all that it has, for MACHINE_NEW */
	SIXPN_MACHINE_WHOLE,
	/* what names it: the address, else the id, else the name */
	SIXPN_MACHINE_NAMED,
	/* the same, and attachment and moved-to, for MACHINE_SET */
	SIXPN_MACHINE_CHANGE,
};

/* Append a nest. Return: 0 or -EMSGSIZE. */
int sixpn_object_put_network(struct nl_msg *message,
			     const struct sixpn_network *network);
int sixpn_object_put_machine(struct nl_msg *message,
			     const struct sixpn_machine *machine,
			     enum sixpn_machine_part part);
int sixpn_object_put_route(struct nl_msg *message,
			   const struct sixpn_route *route);

/**
 * sixpn_object_parse() - read one top-level attribute
 * @device: gets another network, machine, route or drop counter if @attr is one
 *
 * Any other attribute is skipped.
 *
 * Return: 0, -EBADMSG (malformed) or -ENOMEM.
 */
int sixpn_object_parse(struct sixpn_device *device, struct nlattr *attr);

/**
 * sixpn_object_words() - name an attribute inside one of these nests
 * @attr: a top-level attribute
 * @inner: an attribute in it, or NULL
 *
 * Return: whether @attr is of this file; @text then says what it is.
 */
bool sixpn_object_words(char *text, size_t room, const struct nlattr *attr,
			const struct nlattr *inner);

#endif
