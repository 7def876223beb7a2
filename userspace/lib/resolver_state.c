// SPDX-License-Identifier: GPL-2.0-or-later
#include "resolver_state.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent_timing.h"
#include "parse.h"

#define PREFIX "sixpn_resolver_"
/* Of bytes that come one by one. */
#define READ_MS 2000

/* @added: those of all its labels together */
static const struct metric {
	const char *name;
	bool added;
	size_t offset;
} metrics[] = {
	{ PREFIX "queries_total", true,
	  offsetof(struct sixpn_resolver_state, queries) },
	{ PREFIX "refused_sources_total", false,
	  offsetof(struct sixpn_resolver_state, refused) },
	{ PREFIX "records{kind=\"machine\"}", false,
	  offsetof(struct sixpn_resolver_state, machines) },
	{ PREFIX "registry_age_seconds", false,
	  offsetof(struct sixpn_resolver_state, age) },
};

#define METRICS (sizeof(metrics) / sizeof(*metrics))

/* Return: what stands behind the name, and its labels if they are added; or NULL. */
static const char *value_of(const struct metric *metric, const char *line,
			    const char *end)
{
	size_t length = strlen(metric->name);

	if ((size_t)(end - line) <= length ||
	    memcmp(line, metric->name, length))
		return NULL;
	line += length;
	if (metric->added && *line == '{') {
		line = memchr(line, '}', (size_t)(end - line));
		if (!line || ++line == end)
			return NULL;
	}
	return *line == ' ' ? line + 1 : NULL;
}

/* Whole numbers, or of seconds with a fraction, which does not count. */
static int take_line(struct sixpn_resolver_state *state, unsigned int *seen,
		     const char *line, const char *end)
{
	uint64_t number, *field;
	const char *value, *dot;
	size_t i;

	for (i = 0; i < METRICS; i++) {
		value = value_of(&metrics[i], line, end);
		if (!value)
			continue;
		dot = memchr(value, '.', (size_t)(end - value));
		if (sixpn_parse_number(&number, value,
				       (size_t)((dot ? dot : end) - value),
				       UINT64_MAX))
			return -EBADMSG;
		field = (uint64_t *)((char *)state + metrics[i].offset);
		*field = metrics[i].added ? *field + number : number;
		*seen |= 1U << i;
	}
	return 0;
}

int sixpn_resolver_state_parse(struct sixpn_resolver_state *state,
			       const char *text, size_t length)
{
	struct sixpn_resolver_state result = { 0 };
	const char *end = text + length;
	unsigned int seen = 0;
	int ret = 0;

	while (!ret && text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;

		ret = take_line(&result, &seen, text, stop);
		text = newline ? newline + 1 : end;
	}
	if (!ret && seen != (1U << METRICS) - 1)
		ret = -EBADMSG;
	if (!ret)
		*state = result;
	return ret;
}

static int open_socket(const char *path)
{
	const struct timeval limit = { .tv_sec = 1 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, ret = 0;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) ||
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)))
		ret = -errno;
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

/* Return: bytes, or a negative errno. */
static ssize_t ask(int fd, char *text)
{
	static const char request[] = "GET /metrics HTTP/1.0\r\n\r\n";
	const uint64_t end = sixpn_agent_clock() + READ_MS;
	size_t used = 0;
	ssize_t count;

	if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0)
		return -errno;
	do {
		count = recv(fd, text + used, SIXPN_RESOLVER_STATE_MAX - used,
			     0);
		if (count > 0)
			used += (size_t)count;
	} while (count > 0 && sixpn_agent_clock() < end);
	if (count > 0)
		return -ETIMEDOUT;
	return count < 0 ? -errno : (ssize_t)used;
}

int sixpn_resolver_state_read(struct sixpn_resolver_state *state,
			      const char *path)
{
	int fd = open_socket(path);
	char *text;
	ssize_t length = -ENOMEM;

	if (fd < 0)
		return fd;
	text = malloc(SIXPN_RESOLVER_STATE_MAX);
	if (text)
		length = ask(fd, text);
	close(fd);
	if (length >= 0)
		length = sixpn_resolver_state_parse(state, text,
						    (size_t)length);
	free(text);
	return (int)length;
}
