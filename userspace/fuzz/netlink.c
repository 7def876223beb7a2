// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a datagram from the kernel: as the answer to a request, as
 * events, and, without headers, as the attributes of a device. What is
 * understood of those is written as a request and read again.
 */
#include "event.h"
#include "message.h"
#include "object_message.h"
#include "reply.h"

#include <stdlib.h>
#include <string.h>

#include <netlink/genl/genl.h>

/* What the seeds carry. */
#define SEQUENCE 1
#define PORT 1
#define FAMILY 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take_message(void *context, uint8_t command, const void *attributes,
			size_t length)
{
	(void)command;
	return sixpn_message_parse_device(context, attributes, length);
}

static int take_event(void *context, const struct sixpn_event *event)
{
	unsigned int *count = context;

	*count += event->command;
	return 0;
}

static void check_request(const struct sixpn_device *device)
{
	struct sixpn_device again = { 0 };
	struct nl_msg *message;
	char text[128];
	size_t length;
	char *start;
	size_t i;

	message = nlmsg_alloc_size(NLMSG_HDRLEN + GENL_HDRLEN +
				   sixpn_message_size(device));
	if (!message)
		abort();
	if (!genlmsg_put(message, 0, 0, FAMILY, 0, 0, SIXPN_CMD_DEVICE_SET, 1) ||
	    sixpn_message_put_device(message, device))
		abort();
	start = (char *)nlmsg_hdr(message) + NLMSG_HDRLEN + GENL_HDRLEN;
	length = nlmsg_hdr(message)->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
	for (i = 0; i < device->peer_count; i++)
		if (device->peers[i].flags & SIXPN_PEER_F_CONTINUED)
			break;
	if (i == device->peer_count &&
	    sixpn_message_parse_device(&again, start, length))
		abort();
	if (i == device->peer_count && again.peer_count < device->peer_count)
		abort();
	for (i = 0; i < length && i < 256; i++)
		sixpn_message_attribute_at(text, sizeof(text),
					   nlmsg_hdr(message), i * 7);
	nlmsg_free(message);
	sixpn_device_clear(&again);
}

/* Each object as a request of its own, which must fit and read the same. */
static void check_objects(const struct sixpn_device *device)
{
	size_t i;

	for (i = 0; i < device->machine_count; i++) {
		struct sixpn_device again = { 0 };
		struct nl_msg *message;
		char *start;

		message = nlmsg_alloc_size(NLMSG_HDRLEN + GENL_HDRLEN +
					   SIXPN_OBJECT_MESSAGE_SIZE);
		if (!message ||
		    !genlmsg_put(message, 0, 0, FAMILY, 0, 0,
				 SIXPN_CMD_MACHINE_NEW, 1) ||
		    sixpn_object_put_machine(message, &device->machines[i],
					     SIXPN_MACHINE_WHOLE))
			abort();
		start = (char *)nlmsg_hdr(message) + NLMSG_HDRLEN + GENL_HDRLEN;
		/* A state is read only, and an empty nest is not sent. */
		if (device->machines[i].has &
		    ~(uint32_t)SIXPN_MACHINE_HAS_STATE &&
		    (sixpn_message_parse_device(&again, start,
						nlmsg_hdr(message)->nlmsg_len -
						NLMSG_HDRLEN - GENL_HDRLEN) ||
		     again.machine_count != 1))
			abort();
		nlmsg_free(message);
		sixpn_device_clear(&again);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sixpn_device device = { 0 }, from_reply = { 0 };
	struct sixpn_reply reply = {
		.sequence = SEQUENCE, .port = PORT,
		.message = take_message, .context = &from_reply,
	};
	unsigned int count = 0;
	/* libFuzzer aligns to nothing; a socket's buffer is aligned. */
	void *copy = malloc(size + !size);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	sixpn_reply_feed(&reply, copy, size);
	sixpn_event_feed(FAMILY, copy, size, take_event, &count);
	if (!sixpn_message_parse_device(&device, copy, size)) {
		check_request(&device);
		check_objects(&device);
	}
	sixpn_device_clear(&device);
	sixpn_device_clear(&from_reply);
	free(copy);
	return 0;
}
