// SPDX-License-Identifier: GPL-2.0-or-later
#include "reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>

#include "test.h"

#define SEQUENCE 77
#define PORT 4711

/* A datagram under construction. */
struct datagram {
	_Alignas(4) char data[4096];
	size_t length;
};

static struct nlmsghdr *begin(struct datagram *datagram, uint16_t type,
			      uint16_t flags)
{
	struct nlmsghdr *header;

	header = (struct nlmsghdr *)(void *)(datagram->data + datagram->length);
	memset(header, 0, sizeof(*header));
	header->nlmsg_type = type;
	header->nlmsg_flags = flags;
	header->nlmsg_seq = SEQUENCE;
	header->nlmsg_pid = PORT;
	header->nlmsg_len = NLMSG_HDRLEN;
	datagram->length += NLMSG_HDRLEN;
	return header;
}

static void append(struct datagram *datagram, struct nlmsghdr *header,
		   const void *data, size_t length)
{
	memset(datagram->data + datagram->length, 0, NLMSG_ALIGN(length));
	memcpy(datagram->data + datagram->length, data, length);
	datagram->length += NLMSG_ALIGN(length);
	header->nlmsg_len += (uint32_t)NLMSG_ALIGN(length);
}

static void append_attribute(struct datagram *datagram, struct nlmsghdr *header,
			     uint16_t type, const void *data, size_t length)
{
	struct nlattr attr = { .nla_len = (uint16_t)(NLA_HDRLEN + length),
			       .nla_type = type };

	append(datagram, header, &attr, sizeof(attr));
	append(datagram, header, data, length);
}

/* An error with the request repeated in full, or only its header. */
static void put_error(struct datagram *datagram, int code, size_t repeated,
		      const char *text, uint32_t offset)
{
	uint16_t flags = NLM_F_ACK_TLVS | (repeated ? 0 : NLM_F_CAPPED);
	struct nlmsghdr *header = begin(datagram, NLMSG_ERROR, flags);
	struct nlmsgerr error = { .error = code };
	char request[256] = { 0 };

	error.msg.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + repeated);
	append(datagram, header, &error, sizeof(error));
	append(datagram, header, request, repeated);
	append_attribute(datagram, header, NLMSGERR_ATTR_MSG, text,
			 strlen(text) + 1);
	append_attribute(datagram, header, NLMSGERR_ATTR_OFFS, &offset,
			 sizeof(offset));
}

static void put_data(struct datagram *datagram, uint16_t flags, uint8_t value)
{
	struct nlmsghdr *header = begin(datagram, 32, NLM_F_MULTI | flags);
	struct genlmsghdr genl = { .cmd = value };

	append(datagram, header, &genl, sizeof(genl));
	append_attribute(datagram, header, 1, &value, sizeof(value));
}

static void put_done(struct datagram *datagram, uint16_t flags, int code)
{
	struct nlmsghdr *header = begin(datagram, NLMSG_DONE,
					NLM_F_MULTI | flags);

	append(datagram, header, &code, sizeof(code));
}

static int count_message(void *context, uint8_t command, const void *attributes,
			 size_t length)
{
	unsigned int *count = context;

	(*count)++;
	return command == 99 ? -ENOMEM : 0;
}

static unsigned int messages;

static int feed(struct sixpn_reply *reply, const struct datagram *datagram)
{
	char *copy = malloc(datagram->length + !datagram->length);
	int ret;

	memset(reply, 0, sizeof(*reply));
	reply->sequence = SEQUENCE;
	reply->port = PORT;
	reply->message = count_message;
	reply->context = &messages;
	messages = 0;
	memcpy(copy, datagram->data, datagram->length);
	ret = sixpn_reply_feed(reply, copy, datagram->length);
	free(copy);
	return ret;
}

static void test_errors(void)
{
	struct datagram datagram = { .length = 0 };
	struct sixpn_reply reply;
	struct nlmsgerr ack = { 0 };
	int ret;

	put_error(&datagram, -EINVAL, 0, "no such thing", 36);
	ret = feed(&reply, &datagram);
	test_result(!ret && reply.done && reply.code == -EINVAL &&
		    reply.has_offset && reply.offset == 36 &&
		    test_same_text(reply.text, "no such thing"),
		    "reply: capped error with a sentence");

	datagram.length = 0;
	put_error(&datagram, -ERANGE, 100, "out of range", 20);
	ret = feed(&reply, &datagram);
	test_result(!ret && reply.done && reply.code == -ERANGE &&
		    reply.offset == 20 &&
		    test_same_text(reply.text, "out of range"),
		    "reply: error that repeats the request");

	datagram.length = 0;
	append(&datagram, begin(&datagram, NLMSG_ERROR, NLM_F_CAPPED), &ack,
	       sizeof(ack));
	ret = feed(&reply, &datagram);
	test_result(!ret && reply.done && !reply.code && !reply.text[0],
		    "reply: plain acknowledgement");

	ack.error = 5;
	datagram.length = 0;
	append(&datagram, begin(&datagram, NLMSG_ERROR, 0), &ack, sizeof(ack));
	test_result(feed(&reply, &datagram) == -EBADMSG,
		    "reply: a positive code is malformed");
	datagram.length = 0;
	begin(&datagram, NLMSG_ERROR, 0);
	test_result(feed(&reply, &datagram) == -EBADMSG,
		    "reply: an error without a code is malformed");
}

static void test_dumps(void)
{
	struct datagram datagram = { .length = 0 };
	struct sixpn_reply reply;
	int ret;

	put_data(&datagram, 0, 1);
	put_data(&datagram, 0, 2);
	ret = feed(&reply, &datagram);
	test_result(!ret && !reply.done && messages == 2,
		    "reply: a dump goes on until its end");

	put_done(&datagram, 0, 0);
	put_data(&datagram, 0, 3);
	ret = feed(&reply, &datagram);
	test_result(!ret && reply.done && !reply.code && messages == 2 &&
		    !reply.interrupted, "reply: a dump ends with its end");

	datagram.length = 0;
	put_data(&datagram, 0, 1);
	put_done(&datagram, 0, -ENODEV);
	ret = feed(&reply, &datagram);
	test_result(!ret && reply.done && reply.code == -ENODEV,
		    "reply: an error inside the end of a dump");

	datagram.length = 0;
	put_data(&datagram, NLM_F_DUMP_INTR, 1);
	put_done(&datagram, 0, 0);
	feed(&reply, &datagram);
	test_result(reply.interrupted && reply.done && !reply.code,
		    "reply: an interrupted dump, told by a message");

	datagram.length = 0;
	put_data(&datagram, 0, 1);
	put_done(&datagram, NLM_F_DUMP_INTR, 0);
	feed(&reply, &datagram);
	test_result(reply.interrupted && reply.done,
		    "reply: an interrupted dump, told by its end");

	datagram.length = 0;
	put_data(&datagram, 0, 99);
	put_data(&datagram, 0, 1);
	ret = feed(&reply, &datagram);
	test_result(!ret && reply.done && reply.code == -ENOMEM &&
		    messages == 1, "reply: a reader that fails ends it");
}

static void test_strangers(void)
{
	struct datagram datagram = { .length = 0 };
	struct sixpn_reply reply;
	int ret;

	put_data(&datagram, 0, 1);
	((struct nlmsghdr *)(void *)datagram.data)->nlmsg_seq = SEQUENCE - 1;
	put_data(&datagram, 0, 1);
	ret = feed(&reply, &datagram);
	test_result(!ret && messages == 1,
		    "reply: answers to an earlier request are skipped");
	((struct nlmsghdr *)(void *)datagram.data)->nlmsg_seq = SEQUENCE;
	((struct nlmsghdr *)(void *)datagram.data)->nlmsg_pid = PORT + 1;
	ret = feed(&reply, &datagram);
	test_result(!ret && messages == 1,
		    "reply: messages for another port are skipped");
}

static void test_damaged(void)
{
	struct datagram whole = { .length = 0 }, datagram;
	struct sixpn_reply reply;
	unsigned int bad = 0;
	size_t cut, i;

	put_data(&whole, 0, 1);
	put_data(&whole, 0, 2);
	put_error(&whole, -EINVAL, 20, "sentence", 16);
	for (cut = 1; cut < whole.length; cut++) {
		datagram = whole;
		datagram.length = cut;
		if (feed(&reply, &datagram) == -EBADMSG)
			bad++;
	}
	test_result(bad == cut - 3,
		    "reply: cut short anywhere but between messages is malformed");
	for (i = 0; i < 5000; i++) {
		datagram = whole;
		datagram.data[test_random() % whole.length] =
			(char)test_random();
		datagram.data[test_random() % whole.length] ^=
			(char)(1 << i % 8);
		feed(&reply, &datagram);
	}
	test_result(true, "reply: damaged datagrams do no harm");
}

void test_reply(void)
{
	test_errors();
	test_dumps();
	test_strangers();
	test_damaged();
}
