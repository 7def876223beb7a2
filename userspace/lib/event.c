// SPDX-License-Identifier: GPL-2.0-or-later
#include "event.h"

#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "message.h"

int sixpn_event_feed(uint16_t family, const void *data, size_t length,
		     sixpn_event_handler *handle, void *context)
{
	struct nlmsghdr *header = (struct nlmsghdr *)(uintptr_t)data;
	int left = length > INT32_MAX ? INT32_MAX : (int)length;
	int ret = 0;

	for (; !ret && nlmsg_ok(header, left);
	     header = nlmsg_next(header, &left)) {
		const struct genlmsghdr *genl = NLMSG_DATA(header);
		size_t size = header->nlmsg_len - NLMSG_HDRLEN;
		struct sixpn_event event = { 0 };

		if (header->nlmsg_type != family || size < GENL_HDRLEN)
			continue;
		event.command = genl->cmd;
		if (event.command != SIXPN_CMD_UNSPEC &&
		    !sixpn_message_parse_device(&event.device,
						(const char *)genl + GENL_HDRLEN,
						size - GENL_HDRLEN))
			ret = handle(context, &event);
		sixpn_device_clear(&event.device);
	}
	return ret;
}
