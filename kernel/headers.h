/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an IPv6 packet is under its extension headers. Reads the packet only.
 */
#ifndef _SIXPN_HEADERS_H
#define _SIXPN_HEADERS_H

#include <linux/in6.h>
#include <linux/types.h>

struct sk_buff;

struct sixpn_headers {
	u8 protocol; /* the upper layer's, IPPROTO_* */
	bool later_fragment; /* not the first: its upper layer is not in it */
	bool routing; /* there is a routing header, of whatever type */
	bool jumbo; /* there is a jumbo payload option (RFC 2675) */
	bool home_address; /* there is such an option (RFC 6275): the receiver
			    * would take its address for the source
			    */
	u8 icmp_type; /* of ICMPv6, and not a later fragment */
	unsigned int offset; /* of the upper layer, from the IPv6 header on */
};

/**
 * sixpn_headers_walk() - follow the chain of extension headers
 * @skb: an IPv6 packet; the network header is in its head
 * @headers: filled
 *
 * A first fragment has to hold the whole chain (RFC 7112).
 *
 * Return: whether the chain is whole, and its end is in the packet.
 */
bool sixpn_headers_walk(const struct sk_buff *skb,
			struct sixpn_headers *headers);

/* Is it an ICMPv6 error? About such no error is sent (RFC 4443, 2.4 e). */
static inline bool sixpn_headers_are_error(const struct sixpn_headers *headers)
{
	return headers->protocol == IPPROTO_ICMPV6 && !headers->later_fragment &&
	       headers->icmp_type < 128;
}

/* Of an ICMPv6 error: the addresses of the packet it is about.
 *
 * Return: false if there is no IPv6 header in it.
 */
bool sixpn_headers_quoted(const struct sk_buff *skb,
			  const struct sixpn_headers *headers,
			  struct in6_addr *saddr, struct in6_addr *daddr);

#endif /* _SIXPN_HEADERS_H */
