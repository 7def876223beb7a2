// SPDX-License-Identifier: GPL-2.0-or-later
#include "reply.h"

#include <errno.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

/* The TLVs of an extended acknowledgement: RFC-less, see linux/netlink.h. */
static void read_extack(struct sixpn_reply *reply, const char *data,
			size_t length)
{
	struct nlattr *head = (struct nlattr *)(uintptr_t)data;
	struct nlattr *attr;
	int left;

	nla_for_each_attr(attr, head, (int)length, left) {
		switch (nla_type(attr)) {
		case NLMSGERR_ATTR_MSG:
			nla_strlcpy(reply->text, attr, sizeof(reply->text));
			break;
		case NLMSGERR_ATTR_OFFS:
			if (nla_len(attr) < (int)sizeof(uint32_t))
				break;
			reply->offset = nla_get_u32(attr);
			reply->has_offset = true;
			break;
		case NLMSGERR_ATTR_MISS_TYPE:
			if (nla_len(attr) >= (int)sizeof(uint32_t))
				reply->miss_type = nla_get_u32(attr);
			break;
		}
	}
}

static void finish(struct sixpn_reply *reply, int code)
{
	reply->done = true;
	reply->code = code;
}

/* The code is first in the acknowledgement, and alone in the end of a dump. */
static int read_end(struct sixpn_reply *reply, const struct nlmsghdr *header)
{
	const char *data = NLMSG_DATA(header);
	size_t length = header->nlmsg_len - NLMSG_HDRLEN, skip = sizeof(int);
	int code = 0;

	if (length >= sizeof(code))
		memcpy(&code, data, sizeof(code));
	else if (header->nlmsg_type == NLMSG_ERROR)
		return -EBADMSG;
	if (code > 0)
		return -EBADMSG;
	if (header->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *error = (const void *)data;

		if (length < sizeof(*error))
			return -EBADMSG;
		skip = sizeof(*error);
		/* An uncapped one repeats the whole request before the TLVs. */
		if (!(header->nlmsg_flags & NLM_F_CAPPED) && code)
			skip += error->msg.nlmsg_len > NLMSG_HDRLEN ?
				NLMSG_ALIGN(error->msg.nlmsg_len) -
				NLMSG_HDRLEN : 0;
	}
	if (header->nlmsg_flags & NLM_F_ACK_TLVS && skip < length)
		read_extack(reply, data + skip, length - skip);
	finish(reply, code);
	return 0;
}

static int read_message(struct sixpn_reply *reply,
			const struct nlmsghdr *header)
{
	const struct genlmsghdr *genl = NLMSG_DATA(header);
	size_t length = header->nlmsg_len - NLMSG_HDRLEN;
	int ret;

	if (length < GENL_HDRLEN)
		return -EBADMSG;
	if (header->nlmsg_flags & NLM_F_DUMP_INTR)
		reply->interrupted = true;
	ret = reply->message(reply->context, genl->cmd,
			     (const char *)genl + GENL_HDRLEN,
			     length - GENL_HDRLEN);
	if (ret)
		finish(reply, ret);
	return 0;
}

static int read_one(struct sixpn_reply *reply, const struct nlmsghdr *header)
{
	if (header->nlmsg_seq != reply->sequence ||
	    header->nlmsg_pid != reply->port)
		return 0;
	switch (header->nlmsg_type) {
	case NLMSG_NOOP:
		return 0;
	case NLMSG_OVERRUN:
		finish(reply, -ENOBUFS);
		return 0;
	case NLMSG_DONE:
		if (header->nlmsg_flags & NLM_F_DUMP_INTR)
			reply->interrupted = true;
		return read_end(reply, header);
	case NLMSG_ERROR:
		return read_end(reply, header);
	default:
		return read_message(reply, header);
	}
}

int sixpn_reply_feed(struct sixpn_reply *reply, const void *data, size_t length)
{
	const char *at = data;

	while (length && !reply->done) {
		const struct nlmsghdr *header = (const void *)at;
		size_t step;
		int ret;

		if (length < NLMSG_HDRLEN ||
		    header->nlmsg_len < NLMSG_HDRLEN ||
		    header->nlmsg_len > length)
			return -EBADMSG;
		ret = read_one(reply, header);
		if (ret)
			return ret;
		step = NLMSG_ALIGN(header->nlmsg_len);
		if (step > length)
			break;
		at += step;
		length -= step;
	}
	return 0;
}
