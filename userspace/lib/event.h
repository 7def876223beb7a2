/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notifications of the multicast group "events", read from memory.
 */
#ifndef SIXPN_LIB_EVENT_H
#define SIXPN_LIB_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "model.h"

/**
 * struct sixpn_event - one notification
 * @command: SIXPN_CMD_*_NTF, or SIXPN_CMD_UNSPEC: events were lost
 * @device: what it says of the device, and at most one peer
 */
struct sixpn_event {
	uint8_t command;
	struct sixpn_device device;
};

/* A non-zero return ends the reading. */
typedef int sixpn_event_handler(void *context, const struct sixpn_event *event);

/**
 * sixpn_event_feed() - read one datagram and hand on each event in it
 * @family: number of the generic netlink family; other messages are skipped
 * @data: aligned to 4 bytes
 *
 * A message that cannot be read is skipped: the next one may be whole.
 *
 * Return: 0, or what @handle returned.
 */
int sixpn_event_feed(uint16_t family, const void *data, size_t length,
		     sixpn_event_handler *handle, void *context);

#endif
