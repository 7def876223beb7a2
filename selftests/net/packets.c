// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets for the tests, what they need of them most; packets.py has the rest. In C and linked statically, for under emulation
 * a program in Python takes half a second to start.
 *
 *   packets sniff DEV FILE             record UDP packets on DEV, one line each (see record)
 *   packets resend FILE TYPE [N]       send the first N (default all) recorded packets of a type once more, headers as recorded
 *   packets datagrams ADDRESS PORT COUNT LENGTH [TOS [MICROSECONDS [TIME]]]
 *                                      datagrams from an ordinary socket, with that pause between them, from TIME on (as in
 *                                      records)
 *   packets sink PORT                  take datagrams and answer none
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef IPV6_HDRINCL
#define IPV6_HDRINCL 36
#endif

#define PACKET_MAX 65535
#define UDP_HEADER 8

static uint8_t buffer[PACKET_MAX + 64];

struct udp {
	int family;
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];
	unsigned int sport, dport, tos, ttl;
	const uint8_t *payload;
	size_t length;
};

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static unsigned long number(const char *text, unsigned long most)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 0);
	if (errno || end == text || *end || *text == '-' || value > most)
		die("%s is no number up to %lu", text, most);
	return value;
}

static int open_socket(int family, int type, int protocol)
{
	int fd = socket(family, type | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		die("socket: %s", strerror(errno));
	return fd;
}

static void set(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		die("setsockopt %d %d: %s", level, option, strerror(errno));
}

/* The length of the address; 0 where the text is none of its family. */
static socklen_t address_of(int family, const char *text, unsigned int port, struct sockaddr_storage *address)
{
	struct sockaddr_in *four = (struct sockaddr_in *)address;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;

	memset(address, 0, sizeof(*address));
	if (family == AF_INET6) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(port);
		return inet_pton(AF_INET6, text, &six->sin6_addr) == 1 ? sizeof(*six) : 0;
	}
	four->sin_family = AF_INET;
	four->sin_port = htons(port);
	return inet_pton(AF_INET, text, &four->sin_addr) == 1 ? sizeof(*four) : 0;
}

static int family_of(const char *address)
{
	return strchr(address, ':') ? AF_INET6 : AF_INET;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void rest(double seconds)
{
	struct timespec time = { .tv_sec = seconds };

	time.tv_nsec = (seconds - time.tv_sec) * 1e9;
	while (nanosleep(&time, &time) && errno == EINTR)
		;
}

static unsigned int u16_at(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static void put16(uint8_t *p, unsigned int value)
{
	p[0] = value >> 8;
	p[1] = value & 255;
}

/* --- sniff --------------------------------------------------------------------------------------------------------- */

/* What an Ethernet or bare IP frame has of UDP, if any. */
static bool udp_of(const uint8_t *frame, size_t length, bool linked, struct udp *udp)
{
	size_t header, said;
	unsigned int protocol;

	if (linked) {
		if (length < ETH_HLEN)
			return false;
		protocol = u16_at(frame + 12);
		frame += ETH_HLEN;
		length -= ETH_HLEN;
	} else {
		protocol = length && frame[0] >> 4 == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP;
	}
	if (protocol == ETHERTYPE_IP && length >= 28 && frame[9] == IPPROTO_UDP) {
		udp->family = AF_INET;
		header = (frame[0] & 15) * 4;
		udp->tos = frame[1];
		udp->ttl = frame[8];
	} else if (protocol == ETHERTYPE_IPV6 && length >= 48 && frame[6] == IPPROTO_UDP) {
		udp->family = AF_INET6;
		header = 40;
		udp->tos = u16_at(frame) >> 4 & 255;
		udp->ttl = frame[7];
	} else {
		return false;
	}
	if (header + UDP_HEADER > length)
		return false;
	inet_ntop(udp->family, frame + (udp->family == AF_INET ? 12 : 8), udp->source, sizeof(udp->source));
	inet_ntop(udp->family, frame + (udp->family == AF_INET ? 16 : 24), udp->destination, sizeof(udp->destination));
	udp->sport = u16_at(frame + header);
	udp->dport = u16_at(frame + header + 2);
	said = u16_at(frame + header + 4);
	udp->payload = frame + header + UDP_HEADER;
	udp->length = length - header - UDP_HEADER;
	if (said && said < UDP_HEADER)
		udp->length = 0;
	else if (said && said - UDP_HEADER < udp->length)
		udp->length = said - UDP_HEADER;
	return true;
}

/* SRC SPORT DST DPORT TYPE LENGTH TOS TTL TIME HEX; type 0 where the payload is no WireGuard message. */
static void record(int out, const struct udp *udp)
{
	static const char digits[] = "0123456789abcdef";
	static char line[2 * sizeof(buffer) + 256];
	unsigned int type = 0;
	size_t i, at;

	if (udp->length >= 4 && !udp->payload[1] && !udp->payload[2] && !udp->payload[3])
		type = udp->payload[0];
	at = snprintf(line, sizeof(line), "%s %u %s %u %u %zu %u %u %.3f ", udp->source, udp->sport, udp->destination, udp->dport,
		      type, udp->length, udp->tos, udp->ttl, now());
	for (i = 0; i < udp->length; i++) {
		line[at++] = digits[udp->payload[i] >> 4];
		line[at++] = digits[udp->payload[i] & 15];
	}
	if (!udp->length)
		line[at++] = '-';
	line[at++] = '\n';
	if (write(out, line, at) != (ssize_t)at)
		die("write: %s", strerror(errno));
}

static int sniff(int argc, char **argv)
{
	struct sockaddr_ll here = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	socklen_t size = sizeof(here);
	int fd = open_socket(AF_PACKET, SOCK_RAW, 0), out;
	struct udp udp;
	ssize_t length;
	bool linked;

	here.sll_ifindex = if_nametoindex(argv[0]);
	if (!here.sll_ifindex)
		die("%s: %s", argv[0], strerror(errno));
	set(fd, SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24);	/* lose nothing on a slow machine */
	if (bind(fd, (struct sockaddr *)&here, sizeof(here)) || getsockname(fd, (struct sockaddr *)&here, &size))
		die("%s: %s", argv[0], strerror(errno));
	linked = here.sll_hatype == ARPHRD_ETHER || here.sll_hatype == ARPHRD_LOOPBACK;
	/* now it is ready; a test may empty the file */
	out = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (out < 0)
		die("%s: %s", argv[1], strerror(errno));
	for (;;) {
		length = recv(fd, buffer, sizeof(buffer), 0);
		if (length < 0)
			die("%s: %s", argv[0], strerror(errno));
		if (udp_of(buffer, length, linked, &udp))
			record(out, &udp);
	}
}

/* --- resend -------------------------------------------------------------------------------------------------------- */

/* bytes in network order, the last one alone or not */
static uint32_t sum(uint32_t total, const uint8_t *data, size_t length)
{
	for (; length > 1; data += 2, length -= 2)
		total += u16_at(data);
	if (length)
		total += data[0] << 8;
	return total;
}

static unsigned int fold(uint32_t total)
{
	while (total >> 16)
		total = (total & 0xFFFF) + (total >> 16);
	return ~total & 0xFFFF;
}

/* Its bytes at `to`; the number of them, or -1 where it is no record of one. "-" is none. */
static ssize_t unhex(const char *hex, uint8_t *to, size_t room)
{
	size_t length = strlen(hex) / 2, i;
	unsigned int byte;

	if (!strcmp(hex, "-"))
		return 0;
	if (strlen(hex) % 2 || length > room || strspn(hex, "0123456789abcdef") != 2 * length)
		return -1;
	for (i = 0; i < length; i++) {
		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			return -1;
		to[i] = byte;
	}
	return length;
}

/* Sends UDP from any address and port, whoever owns them. */
static void send_raw(const struct udp *udp, const char *hex)
{
	bool four = udp->family == AF_INET;
	size_t header = four ? 20 : 40, address = four ? 4 : 16, length;
	uint8_t *ip = buffer, *body = buffer + header;
	int fd = open_socket(udp->family, SOCK_RAW, IPPROTO_RAW);
	struct sockaddr_storage to;
	socklen_t size = address_of(udp->family, udp->destination, 0, &to);
	ssize_t payload = unhex(hex, body + UDP_HEADER, PACKET_MAX - header - UDP_HEADER);
	unsigned int check;

	memset(buffer, 0, header + UDP_HEADER);
	if (payload < 0 || !size || inet_pton(udp->family, udp->source, ip + header - 2 * address) != 1 ||
	    inet_pton(udp->family, udp->destination, ip + header - address) != 1)
		die("this is no record: %s %s", udp->source, udp->destination);
	length = UDP_HEADER + payload;
	put16(body, udp->sport);
	put16(body + 2, udp->dport);
	put16(body + 4, length);
	check = fold(sum(sum(length + IPPROTO_UDP, ip + header - 2 * address, 2 * address), body, length));
	put16(body + 6, check ? check : 0xFFFF);
	if (four) {
		ip[0] = 0x45;
		ip[1] = udp->tos;
		put16(ip + 2, header + length);
		ip[8] = udp->ttl;
		ip[9] = IPPROTO_UDP;
	} else {
		put16(ip, 6 << 12 | udp->tos << 4);
		put16(ip + 4, length);
		ip[6] = IPPROTO_UDP;
		ip[7] = udp->ttl;
		set(fd, IPPROTO_IPV6, IPV6_HDRINCL, 1);
	}
	if (sendto(fd, ip, header + length, 0, (struct sockaddr *)&to, size) < 0)
		die("sendto %s: %s", udp->destination, strerror(errno));
	close(fd);
}

static int resend(int argc, char **argv)
{
	unsigned long type = number(argv[1], 255), most = argc > 2 ? number(argv[2], 1UL << 30) : 1UL << 30, sent = 0;
	FILE *in = fopen(argv[0], "r");
	struct udp udp = { 0 };
	unsigned int is;
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	int hex;

	if (!in)
		die("%s: %s", argv[0], strerror(errno));
	while (sent < most && (length = getline(&line, &room, in)) > 0) {
		if (line[length - 1] == '\n')
			line[length - 1] = '\0';
		hex = 0;
		if (sscanf(line, "%45s %u %45s %u %u %*u %u %u %*s %n", udp.source, &udp.sport, udp.destination, &udp.dport, &is,
			   &udp.tos, &udp.ttl, &hex) != 7 || !hex)
			die("%s: this is no record: %.60s", argv[0], line);
		if (is != type)
			continue;
		udp.family = family_of(udp.source);
		send_raw(&udp, line + hex);
		sent++;
	}
	if (!sent)
		die("no packet of type %lu in %s", type, argv[0]);
	printf("%lu sent\n", sent);
	return 0;
}

/* --- datagrams, sink ----------------------------------------------------------------------------------------------- */

static int datagrams(int argc, char **argv)
{
	int family = family_of(argv[0]), fd = open_socket(family, SOCK_DGRAM, 0);
	unsigned int port = number(argv[1], 65535), tos = argc > 4 ? number(argv[4], 255) : 0;
	unsigned long count = number(argv[2], 1UL << 30), length = number(argv[3], PACKET_MAX);
	double pause = argc > 5 ? number(argv[5], 1UL << 30) / 1e6 : 0;
	double begin = argc > 6 ? number(argv[6], 1UL << 30) : 0;
	struct sockaddr_storage to;
	socklen_t size = address_of(family, argv[0], port, &to);

	if (!size)
		die("%s is no address", argv[0]);
	if (family == AF_INET6)
		set(fd, IPPROTO_IPV6, IPV6_TCLASS, tos);
	else
		set(fd, IPPROTO_IP, IP_TOS, tos);
	if (begin > now())
		rest(begin - now());
	while (count--) {
		if (sendto(fd, buffer, length, 0, (struct sockaddr *)&to, size) < 0)
			die("sendto %s: %s", argv[0], strerror(errno));
		if (pause > 0)
			rest(pause);
	}
	return 0;
}

static int sink(int argc, char **argv)
{
	struct sockaddr_in6 here = { .sin6_family = AF_INET6, .sin6_port = htons(number(argv[0], 65535)) };
	int fd = open_socket(AF_INET6, SOCK_DGRAM, 0);

	set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
	set(fd, SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24);
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(fd, (struct sockaddr *)&here, sizeof(here)))
		die("port %s: %s", argv[0], strerror(errno));
	for (;;) {
		if (recv(fd, buffer, sizeof(buffer), 0) < 0)
			die("recv: %s", strerror(errno));
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
		int least, most;
	} verbs[] = {
		{ "sniff", sniff, 2, 2 },
		{ "resend", resend, 2, 3 },
		{ "datagrams", datagrams, 4, 7 },
		{ "sink", sink, 1, 1 },
	};
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (argc >= 2 && !strcmp(argv[1], verbs[i].name) && argc - 2 >= verbs[i].least && argc - 2 <= verbs[i].most)
			return verbs[i].run(argc - 2, argv + 2);
	}
	die("usage: packets sniff DEV FILE | resend FILE TYPE [N] | sink PORT |\n"
	    "       datagrams ADDRESS PORT COUNT LENGTH [TOS [MICROSECONDS [TIME]]]");
}
