/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 6PN addresses (DESIGN section 2): how they are made and what is in them. The
 * same for the kernel module, the CLI, the resolver and the tests; depends on
 * struct in6_addr and nothing else. Numbers are in host byte order.
 *
 *	bits   0..15  fdaa
 *	bits  16..47  network id	fdaa:NNNN:NNNN::/48
 *	bits  48..79  host id		.../80
 *	bits  80..111 machine id	.../112
 *	bits 112..127 sub		::2 is the machine's address
 */
#ifndef _SIXPN_ADDR_H
#define _SIXPN_ADDR_H

#include <linux/types.h>

#ifdef __KERNEL__
#include <linux/in6.h>
#else
#include <netinet/in.h>
#include <stdbool.h>
#endif

/* The first 16 bits of every 6PN address. */
#define SIXPN_ADDR_PREFIX	0xfdaa

/* Prefix lengths: of all 6PN addresses, and of one network, host, machine. */
#define SIXPN_PREFIX_LEN	16
#define SIXPN_NETWORK_LEN	48
#define SIXPN_HOST_LEN		80
#define SIXPN_MACHINE_LEN	112

/* No tenant's network: fdaa::3 is the resolver that every network reaches. */
#define SIXPN_NETWORK_NONE	0U
/* Well-known addresses of a network: fdaa:N::3 is its resolver. */
#define SIXPN_HOST_WELLKNOWN	0U
/* Flycast: the host id of service addresses. */
#define SIXPN_HOST_FLYCAST	1U
/* The lowest id a real host can have. */
#define SIXPN_HOST_MIN		2U
/* The host itself in a network. */
#define SIXPN_MACHINE_HOST	0U
/* Subs: the address of a machine, and that of a resolver. */
#define SIXPN_SUB_MACHINE	2U
#define SIXPN_SUB_RESOLVER	3U

/**
 * struct sixpn_addr - what is in a 6PN address
 * @network: network id
 * @host: host id
 * @machine: machine id
 * @sub: which of the machine's 65,536 addresses
 */
struct sixpn_addr {
	__u32 network;
	__u32 host;
	__u32 machine;
	__u16 sub;
};

/* Big endian 32 bits of an address from byte @at on. */
static inline __u32 sixpn_addr_word(const struct in6_addr *addr,
				    unsigned int at)
{
	return (__u32)addr->s6_addr[at] << 24 |
	       (__u32)addr->s6_addr[at + 1] << 16 |
	       (__u32)addr->s6_addr[at + 2] << 8 | addr->s6_addr[at + 3];
}

static inline void sixpn_addr_put_word(struct in6_addr *addr, unsigned int at,
				       __u32 word)
{
	addr->s6_addr[at] = word >> 24;
	addr->s6_addr[at + 1] = word >> 16 & 0xff;
	addr->s6_addr[at + 2] = word >> 8 & 0xff;
	addr->s6_addr[at + 3] = word & 0xff;
}

/**
 * sixpn_addr_is() - is it a 6PN address, in fdaa::/16?
 * @addr: any IPv6 address; the functions below that take one apart give
 *	meaningless numbers where this is false
 */
static inline bool sixpn_addr_is(const struct in6_addr *addr)
{
	return addr->s6_addr[0] == SIXPN_ADDR_PREFIX >> 8 &&
	       addr->s6_addr[1] == (SIXPN_ADDR_PREFIX & 0xff);
}

static inline __u32 sixpn_addr_network(const struct in6_addr *addr)
{
	return sixpn_addr_word(addr, 2);
}

static inline __u32 sixpn_addr_host(const struct in6_addr *addr)
{
	return sixpn_addr_word(addr, 6);
}

static inline __u32 sixpn_addr_machine(const struct in6_addr *addr)
{
	return sixpn_addr_word(addr, 10);
}

static inline __u16 sixpn_addr_sub(const struct in6_addr *addr)
{
	return (__u16)(addr->s6_addr[14] << 8 | addr->s6_addr[15]);
}

/**
 * sixpn_addr_build() - make an address
 * @addr: filled
 * @network: network id
 * @host: host id
 * @machine: machine id
 * @sub: which of the machine's addresses, SIXPN_SUB_MACHINE for the one
 */
static inline void sixpn_addr_build(struct in6_addr *addr, __u32 network,
				    __u32 host, __u32 machine, __u16 sub)
{
	addr->s6_addr[0] = SIXPN_ADDR_PREFIX >> 8;
	addr->s6_addr[1] = SIXPN_ADDR_PREFIX & 0xff;
	sixpn_addr_put_word(addr, 2, network);
	sixpn_addr_put_word(addr, 6, host);
	sixpn_addr_put_word(addr, 10, machine);
	addr->s6_addr[14] = sub >> 8;
	addr->s6_addr[15] = sub & 0xff;
}

/**
 * sixpn_addr_parse() - take an address apart
 * @addr: any IPv6 address
 * @parts: filled if it is a 6PN address
 *
 * Return: whether it is.
 */
static inline bool sixpn_addr_parse(const struct in6_addr *addr,
				    struct sixpn_addr *parts)
{
	if (!sixpn_addr_is(addr))
		return false;
	parts->network = sixpn_addr_network(addr);
	parts->host = sixpn_addr_host(addr);
	parts->machine = sixpn_addr_machine(addr);
	parts->sub = sixpn_addr_sub(addr);
	return true;
}

/* Are two 6PN addresses of one network (their first 48 bits)? */
static inline bool sixpn_addr_same_network(const struct in6_addr *a,
					   const struct in6_addr *b)
{
	return sixpn_addr_network(a) == sixpn_addr_network(b);
}

/* Are two 6PN addresses of one machine (their first 112 bits)? */
static inline bool sixpn_addr_same_machine(const struct in6_addr *a,
					   const struct in6_addr *b)
{
	return sixpn_addr_network(a) == sixpn_addr_network(b) &&
	       sixpn_addr_host(a) == sixpn_addr_host(b) &&
	       sixpn_addr_machine(a) == sixpn_addr_machine(b);
}

/* The /112 that @addr is in: the same with sub 0. */
static inline struct in6_addr
sixpn_addr_machine_prefix(const struct in6_addr *addr)
{
	struct in6_addr prefix = *addr;

	prefix.s6_addr[14] = 0;
	prefix.s6_addr[15] = 0;
	return prefix;
}

/* The resolver of a network, fdaa:N::3; of SIXPN_NETWORK_NONE, fdaa::3. */
static inline void sixpn_addr_build_resolver(struct in6_addr *addr,
					     __u32 network)
{
	sixpn_addr_build(addr, network, SIXPN_HOST_WELLKNOWN,
			 SIXPN_MACHINE_HOST, SIXPN_SUB_RESOLVER);
}

/* Is it the resolver's address of the network it is in, or fdaa::3? */
static inline bool sixpn_addr_is_resolver(const struct in6_addr *addr)
{
	return sixpn_addr_is(addr) &&
	       sixpn_addr_host(addr) == SIXPN_HOST_WELLKNOWN &&
	       sixpn_addr_machine(addr) == SIXPN_MACHINE_HOST &&
	       sixpn_addr_sub(addr) == SIXPN_SUB_RESOLVER;
}

/* Can a host have this id? */
static inline bool sixpn_host_id_is_valid(__u32 id)
{
	return id >= SIXPN_HOST_MIN;
}

/* Can it be the address of a machine, machine 0 of a host included? */
static inline bool sixpn_addr_is_machine(const struct in6_addr *addr)
{
	return sixpn_addr_is(addr) &&
	       sixpn_addr_network(addr) != SIXPN_NETWORK_NONE &&
	       sixpn_host_id_is_valid(sixpn_addr_host(addr));
}

#endif /* _SIXPN_ADDR_H */
