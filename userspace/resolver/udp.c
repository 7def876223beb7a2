// SPDX-License-Identifier: GPL-2.0-or-later
#include "udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BATCH 64
/* Then others have their turn. */
#define BATCHES_PER_TURN 4
#define DRAIN 256
#define QUERY_MAX 4096

#define CONTROL_LEN CMSG_SPACE(sizeof(struct in6_pktinfo))

/* A query, and its answer, which leaves with the control message of the query. */
struct slot {
	struct sockaddr_in6 peer;
	_Alignas(size_t) char control[CONTROL_LEN];
	uint8_t query[QUERY_MAX];
	uint8_t answer[SIXPN_DNS_UDP_MAX];
	struct iovec in, out;
};

/**
 * struct sixpn_udp - the server
 * @poll: allocated for each socket, for libuv frees it later than it is stopped
 */
struct sixpn_udp {
	struct sixpn_answerer *answerer;
	struct sixpn_upstream *upstream;
	struct sixpn_udp_counters counters;
	uv_poll_t *poll;
	int fd;
	struct mmsghdr in[BATCH], out[BATCH];
	struct slot slots[BATCH];
};

static void prepare(struct sixpn_udp *udp, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		struct slot *slot = &udp->slots[i];
		struct msghdr *head = &udp->in[i].msg_hdr;

		head->msg_namelen = sizeof(slot->peer);
		head->msg_controllen = sizeof(slot->control);
	}
}

/* The address that was asked, from which the answer has to come. */
static struct in6_pktinfo *packet_info(struct msghdr *head)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(head);

	if (!cmsg || cmsg->cmsg_level != IPPROTO_IPV6 ||
	    cmsg->cmsg_type != IPV6_PKTINFO)
		return NULL;
	return (struct in6_pktinfo *)CMSG_DATA(cmsg);
}

static void recurse(struct sixpn_udp *udp, struct slot *slot,
		    const struct sixpn_query *query, size_t *length)
{
	const struct sixpn_asker asker = {
		.address = slot->peer.sin6_addr, .port = slot->peer.sin6_port,
		.scope = slot->peer.sin6_scope_id,
	};
	int ret = sixpn_upstream_ask(udp->upstream, query, &asker);

	*length = !ret ? 0 :
		  sixpn_answer_failure(udp->answerer, query, SIXPN_DNS_SERVFAIL,
				       SIXPN_DNS_EDE_OTHER, ret == -EBUSY ?
				       "too many queries of this network are on their way" :
				       "out of resources", slot->answer);
}

/* Return: bytes of the answer; 0: none now. */
static size_t answer(struct sixpn_udp *udp, struct slot *slot,
		     const struct mmsghdr *in, const struct in6_pktinfo *info)
{
	struct sixpn_query query;
	size_t length = 0;

	query.source = slot->peer.sin6_addr;
	query.destination = info->ipi6_addr;
	query.stream = false;
	switch (sixpn_answer(udp->answerer, &query, slot->query, in->msg_len,
			     slot->answer, &length)) {
	case SIXPN_ANSWER_SEND:
		return length;
	case SIXPN_ANSWER_RECURSE:
		recurse(udp, slot, &query, &length);
		return length;
	default:
		return 0;
	}
}

static void send_all(struct sixpn_udp *udp, unsigned int count)
{
	unsigned int done = 0;

	while (done < count) {
		int sent = sendmmsg(udp->fd, &udp->out[done], count - done,
				    MSG_DONTWAIT);

		if (sent > 0) {
			udp->counters.answers += (unsigned int)sent;
			done += (unsigned int)sent;
		} else if (errno != EINTR) {
			/* This one cannot be sent; the next one may. */
			udp->counters.unsent++;
			done++;
		}
	}
}

static void answer_all(struct sixpn_udp *udp, unsigned int count)
{
	unsigned int i, ready = 0;

	udp->counters.queries += count;
	for (i = 0; i < count; i++) {
		struct slot *slot = &udp->slots[i];
		struct msghdr *head = &udp->in[i].msg_hdr;
		struct in6_pktinfo *info = packet_info(head);
		size_t length = 0;

		if (info && !(head->msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
			length = answer(udp, slot, &udp->in[i], info);
		if (!length)
			continue;
		/* The way back is the routing table's. */
		info->ipi6_ifindex = 0;
		slot->out.iov_len = length;
		udp->out[ready].msg_hdr = *head;
		udp->out[ready].msg_hdr.msg_flags = 0;
		udp->out[ready++].msg_hdr.msg_iov = &slot->out;
	}
	send_all(udp, ready);
}

/* Return: whether there may be more. */
static bool serve_batch(struct sixpn_udp *udp)
{
	int count;

	prepare(udp, BATCH);
	count = recvmmsg(udp->fd, udp->in, BATCH, MSG_DONTWAIT, NULL);
	if (count <= 0)
		return count < 0 && errno == EINTR;
	answer_all(udp, (unsigned int)count);
	return count == BATCH;
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct sixpn_udp *udp = poll->data;
	int i;

	(void)events;
	for (i = 0; i < BATCHES_PER_TURN && serve_batch(udp); i++)
		;
	/* libuv has stopped it. */
	if (status < 0 && udp->poll)
		uv_poll_start(poll, UV_READABLE, readable);
}

/* --- For others. --- */

void sixpn_udp_answer(struct sixpn_udp *udp, const struct sixpn_query *query,
		      const struct sixpn_asker *asker, const uint8_t *out,
		      size_t length)
{
	struct sockaddr_in6 peer = {
		.sin6_family = AF_INET6, .sin6_addr = asker->address,
		.sin6_port = asker->port, .sin6_scope_id = asker->scope,
	};
	struct in6_pktinfo info = { .ipi6_addr = query->destination };
	struct iovec data = { .iov_base = (void *)(uintptr_t)out,
			      .iov_len = length };
	_Alignas(size_t) char control[CONTROL_LEN] = { 0 };
	struct msghdr head = {
		.msg_name = &peer, .msg_namelen = sizeof(peer),
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&head);

	cmsg->cmsg_level = IPPROTO_IPV6;
	cmsg->cmsg_type = IPV6_PKTINFO;
	cmsg->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
	if (udp->fd >= 0 && sendmsg(udp->fd, &head, MSG_DONTWAIT) >= 0)
		udp->counters.answers++;
	else
		udp->counters.unsent++;
}

const struct sixpn_udp_counters *sixpn_udp_counters(const struct sixpn_udp *udp)
{
	return &udp->counters;
}

struct sixpn_udp *sixpn_udp_new(struct sixpn_answerer *answerer,
				struct sixpn_upstream *upstream)
{
	struct sixpn_udp *udp = calloc(1, sizeof(*udp));
	size_t i;

	if (!udp)
		return NULL;
	udp->answerer = answerer;
	udp->upstream = upstream;
	udp->fd = -1;
	for (i = 0; i < BATCH; i++) {
		struct slot *slot = &udp->slots[i];

		slot->in = (struct iovec){ slot->query, sizeof(slot->query) };
		slot->out.iov_base = slot->answer;
		udp->in[i].msg_hdr = (struct msghdr){
			.msg_name = &slot->peer, .msg_iov = &slot->in,
			.msg_iovlen = 1, .msg_control = slot->control,
		};
	}
	return udp;
}

int sixpn_udp_start(struct sixpn_udp *udp, uv_loop_t *loop, int fd)
{
	int ret;

	udp->poll = malloc(sizeof(*udp->poll));
	if (!udp->poll)
		return -ENOMEM;
	ret = uv_poll_init(loop, udp->poll, fd);
	if (ret) {
		free(udp->poll);
		udp->poll = NULL;
		return ret;
	}
	udp->fd = fd;
	udp->poll->data = udp;
	return uv_poll_start(udp->poll, UV_READABLE, readable);
}

static void poll_closed(uv_handle_t *handle)
{
	free(handle);
}

void sixpn_udp_drain(struct sixpn_udp *udp)
{
	int i;

	/* Bounded: more may come all the time. */
	for (i = 0; udp->poll && i < DRAIN && serve_batch(udp); i++)
		;
	if (udp->poll)
		uv_poll_stop(udp->poll);
}

void sixpn_udp_stop(struct sixpn_udp *udp)
{
	if (!udp->poll)
		return;
	uv_close((uv_handle_t *)udp->poll, poll_closed);
	udp->poll = NULL;
	udp->fd = -1;
}

void sixpn_udp_free(struct sixpn_udp *udp)
{
	free(udp);
}
