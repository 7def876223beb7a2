// SPDX-License-Identifier: GPL-2.0-or-later
#include "dns_ask.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Of a message on a stream: its length before it. */
#define PREFIX_LEN 2

static uint64_t clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int no_answer(struct sixpn_error *error)
{
	return sixpn_error_set(error, -ETIMEDOUT, "it does not answer");
}

static int tell(struct sixpn_error *error, int code)
{
	return sixpn_error_set(error, code, "%s", strerror(-code));
}

/* Return: 0, -ETIMEDOUT (@until has come) or another negative errno. */
static int wait_for(int fd, short events, uint64_t until)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };
	uint64_t now = clock_us();
	int ret;

	while (now < until) {
		ret = poll(&poll_fd, 1, (int)((until - now) / 1000) + 1);
		if (ret > 0)
			return 0;
		if (ret < 0 && errno != EINTR)
			return -errno;
		now = clock_us();
	}
	return -ETIMEDOUT;
}

static int open_socket(const struct sixpn_dns_ask *ask, int type)
{
	int fd = socket(ask->server.ss_family,
			type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	/* Connected: only the server is heard, and what ICMP tells of it. */
	if (connect(fd, (const struct sockaddr *)&ask->server,
		    ask->server_length) && errno != EINPROGRESS) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	return fd;
}

/* --- The answer. --- */

static int pass_over(void *data, const struct sixpn_dns_record *record)
{
	(void)data;
	(void)record;
	return 0;
}

/* Whether it is one; @truncated: it is not whole. */
static bool is_answer(const struct sixpn_dns_ask *ask, bool *truncated)
{
	struct sixpn_dns_response response;

	if (sixpn_dns_read_response(ask->dns, ask->answer, ask->answer_length,
				    ask->query, ask->query_length, &response,
				    pass_over, NULL))
		return false;
	*truncated = response.truncated;
	return true;
}

/* --- By UDP. --- */

/* What is no answer to this is passed over: anybody can send it. */
static int receive(struct sixpn_dns_ask *ask, int fd, uint64_t until,
		   bool *truncated)
{
	for (;;) {
		int ret = wait_for(fd, POLLIN, until);
		ssize_t n;

		if (ret)
			return ret;
		n = recv(fd, ask->answer, sizeof(ask->answer), 0);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		ask->answer_length = n < 0 ? 0 : (size_t)n;
		if (n >= 0 && is_answer(ask, truncated))
			return 0;
	}
}

static int ask_udp(struct sixpn_dns_ask *ask, bool *truncated)
{
	int fd = open_socket(ask, SOCK_DGRAM), ret = -ETIMEDOUT;
	unsigned int tries;

	if (fd < 0)
		return fd;
	for (tries = 0; ret == -ETIMEDOUT && tries < SIXPN_DNS_ASK_TRIES;
	     tries++) {
		uint64_t begin = clock_us();

		ret = 0;
		if (send(fd, ask->query, ask->query_length, 0) < 0)
			ret = -errno;
		if (!ret)
			ret = receive(ask, fd,
				      begin + SIXPN_DNS_ASK_MS * 1000,
				      truncated);
		ask->microseconds = clock_us() - begin;
	}
	close(fd);
	return ret;
}

/* --- By TCP. --- */

static int send_all(int fd, const uint8_t *data, size_t length, uint64_t until)
{
	while (length) {
		ssize_t n;
		int ret = wait_for(fd, POLLOUT, until);

		if (ret)
			return ret;
		n = send(fd, data, length, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n > 0) {
			data += n;
			length -= (size_t)n;
		}
	}
	return 0;
}

static int receive_all(int fd, uint8_t *data, size_t length, uint64_t until)
{
	while (length) {
		ssize_t n;
		int ret = wait_for(fd, POLLIN, until);

		if (ret)
			return ret;
		n = recv(fd, data, length, 0);
		if (!n)
			return -ECONNRESET;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n > 0) {
			data += n;
			length -= (size_t)n;
		}
	}
	return 0;
}

static int exchange(struct sixpn_dns_ask *ask, int fd, uint64_t until)
{
	uint8_t message[PREFIX_LEN + sizeof(ask->query)];
	uint8_t prefix[PREFIX_LEN];
	bool truncated;
	int ret;

	message[0] = (uint8_t)(ask->query_length >> 8);
	message[1] = (uint8_t)ask->query_length;
	memcpy(message + PREFIX_LEN, ask->query, ask->query_length);
	ret = send_all(fd, message, PREFIX_LEN + ask->query_length, until);
	if (!ret)
		ret = receive_all(fd, prefix, sizeof(prefix), until);
	if (ret)
		return ret;
	ask->answer_length = (size_t)prefix[0] << 8 | prefix[1];
	ret = receive_all(fd, ask->answer, ask->answer_length, until);
	return ret ? ret : is_answer(ask, &truncated) ? 0 : -EBADMSG;
}

static int ask_tcp(struct sixpn_dns_ask *ask)
{
	uint64_t begin = clock_us();
	int fd = open_socket(ask, SOCK_STREAM), ret;

	if (fd < 0)
		return fd;
	ret = exchange(ask, fd, begin + SIXPN_DNS_ASK_TRIES *
		       SIXPN_DNS_ASK_MS * 1000);
	ask->microseconds = clock_us() - begin;
	close(fd);
	return ret;
}

int sixpn_dns_ask(struct sixpn_dns_ask *ask, struct sixpn_error *error)
{
	bool truncated = false;
	int ret = 0;

	if (!ask->tcp)
		ret = ask_udp(ask, &truncated);
	ask->tcp |= truncated;
	if (!ret && ask->tcp)
		ret = ask_tcp(ask);
	if (ret == -ETIMEDOUT)
		return no_answer(error);
	if (ret == -EBADMSG)
		return sixpn_error_set(error, ret,
				       "what it answers is no answer to this");
	return ret ? tell(error, ret) : 0;
}
