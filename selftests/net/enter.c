// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a program in a network namespace: enter PATH PROGRAM [ARG...]
 *
 * As nsenter --net=PATH does. It is linked statically, for under emulation loading the libraries of nsenter takes longer than
 * all else that it does, and the tests start it thousands of times. Exit status: that of PROGRAM, 125 where there is no such
 * namespace, 127 where there is no such program.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int fd;

	if (argc < 3) {
		fprintf(stderr, "usage: enter PATH PROGRAM [ARG...]\n");
		return 125;
	}
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0) {
		fprintf(stderr, "enter: %s: %s\n", argv[1], strerror(errno));
		return 125;
	}
	execvp(argv[2], argv + 2);
	fprintf(stderr, "enter: %s: %s\n", argv[2], strerror(errno));
	return 127;
}
