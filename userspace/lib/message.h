/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model as netlink attributes, and back. Nothing here touches a socket.
 */
#ifndef SIXPN_LIB_MESSAGE_H
#define SIXPN_LIB_MESSAGE_H

#include <stddef.h>

#include <netlink/msg.h>

#include "model.h"

/**
 * sixpn_message_size() - bytes of attributes sixpn_message_put_device() writes
 *
 * An upper bound, exact but for a few bytes per peer.
 */
size_t sixpn_message_size(const struct sixpn_device *device);

/**
 * sixpn_message_put_device() - append a change to a DEVICE_SET request
 * @message: has room for sixpn_message_size() bytes
 *
 * The device is named by its name, or by its index if it has no name. A peer
 * that does not fit in one nest (an attribute is at most 65,535 bytes) goes on
 * in another nest of the same public key.
 *
 * Return: 0 or -EMSGSIZE.
 */
int sixpn_message_put_device(struct nl_msg *message,
			     const struct sixpn_device *device);

/**
 * sixpn_message_put_name() - append the attribute that names the device
 *
 * Return: 0 or -EMSGSIZE.
 */
int sixpn_message_put_name(struct nl_msg *message,
			   const struct sixpn_device *device);

/**
 * sixpn_message_parse_device() - read the attributes of a device or peer message
 * @device: takes what the message says. Peers are appended, or joined to the
 *	last one when the nest says that it continues it.
 * @attributes: the first attribute
 * @length: bytes of attributes
 *
 * Unknown attributes are skipped: a newer kernel may send more.
 *
 * Return: 0, -EBADMSG (malformed) or -ENOMEM.
 */
int sixpn_message_parse_device(struct sixpn_device *device,
			       const void *attributes, size_t length);

/**
 * sixpn_message_attribute_at() - name what stands at an offset of a request
 * @text: takes words such as "persistent-keepalive of peer KEY"; empty if
 *	nothing is known to stand there
 * @room: bytes of @text
 * @message: a request as it was sent, with the generic netlink header
 * @offset: bytes from the start of @message
 */
void sixpn_message_attribute_at(char *text, size_t room,
				const struct nlmsghdr *message, size_t offset);

#endif
