// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * load NETNS-A NETNS-B ADDRESS-B SIZE COUNT: COUNT datagrams of SIZE bytes from one network namespace to another, by plain
 * send() and recv(). Prints nanoseconds per datagram, from the first send to the last arrival.
 *
 * A window of datagrams is in flight at a time, opened again through a pipe: nothing is lost, and on one CPU there is never
 * idle time, which a deterministic clock would count.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netdb.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 9999, WINDOW = 64, BUFFER = 1 << 24 };

static void enter(const char *netns)
{
	int fd = open(netns, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "%s", netns);
	close(fd);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Tells @window when it listens, and each time a window has arrived. */
static int take(const char *netns, const struct addrinfo *there, long count, int window)
{
	struct sockaddr_in here4 = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	struct sockaddr_in6 here6 = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	const struct sockaddr *here = there->ai_family == AF_INET ? (struct sockaddr *)&here4 : (struct sockaddr *)&here6;
	const int size = BUFFER;
	char buffer[2048];
	int fd;

	enter(netns);
	fd = socket(there->ai_family, SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, here, there->ai_addrlen) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		err(1, "receiver");
	if (write(window, "", 1) != 1)
		err(1, "pipe");
	for (long n = 1; n <= count; n++) {
		if (recv(fd, buffer, sizeof(buffer), 0) < 0)
			err(1, "recv");
		if ((n % WINDOW == 0 || n == count) && write(window, "", 1) != 1)
			err(1, "pipe");
	}
	return 0;
}

static int give(const char *netns, const struct addrinfo *there, size_t size, long count, int window)
{
	char buffer[2048] = { 0 };
	uint64_t start;
	int fd;

	enter(netns);
	fd = socket(there->ai_family, SOCK_DGRAM, 0);
	if (fd < 0 || connect(fd, there->ai_addr, there->ai_addrlen))
		err(1, "sender");
	/* a receiver that fails closes the pipe, one that loses packets never opens the window: see the alarm */
	alarm(600);
	if (read(window, buffer, 1) != 1)
		errx(1, "the receiver failed");
	start = now();
	for (long n = 1; n <= count; n++) {
		if (send(fd, buffer, size, 0) < 0)
			err(1, "send");
		if ((n % WINDOW == 0 || n == count) && read(window, buffer, 1) != 1)
			errx(1, "the receiver failed");
	}
	printf("%llu\n", (unsigned long long)((now() - start) / (uint64_t)count));
	return 0;
}

int main(int argc, char *argv[])
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_DGRAM };
	struct addrinfo *there;
	int window[2], status;
	char port[8];
	size_t size;
	pid_t child;
	long count;

	if (argc != 6)
		errx(2, "usage: load NETNS-A NETNS-B ADDRESS-B SIZE COUNT");
	size = strtoul(argv[4], NULL, 10);
	count = strtol(argv[5], NULL, 10);
	if (size > 1400 || count < 1)
		errx(2, "SIZE is at most 1400, COUNT at least 1");
	snprintf(port, sizeof(port), "%d", PORT);
	status = getaddrinfo(argv[3], port, &hints, &there);
	if (status)
		errx(2, "%s: %s", argv[3], gai_strerror(status));
	if (pipe(window))
		err(1, "pipe");
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (!child) {
		close(window[0]);
		return take(argv[2], there, count, window[1]);
	}
	close(window[1]);
	status = give(argv[1], there, size, count, window[0]);
	waitpid(child, NULL, 0);
	freeaddrinfo(there);
	return status;
}
