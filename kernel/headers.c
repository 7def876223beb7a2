// SPDX-License-Identifier: GPL-2.0
#include "headers.h"

#include <linux/icmpv6.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/ipv6.h>

/* More than any sender has a use for: each kind once, and options twice. */
#define HEADERS_MAX 8

/* Note the options that matter among those of the header at @offset, @len bytes
 * long. Return: false if they do not fill it exactly.
 */
static bool note_options(const struct sk_buff *skb, int offset, int len,
			 struct sixpn_headers *headers)
{
	int end = offset + len;
	u8 *type, *size, buffer[2];

	for (offset += 2; offset < end;) {
		type = skb_header_pointer(skb, offset, 1, &buffer[0]);
		if (!type)
			return false;
		if (*type == IPV6_TLV_PAD1) {
			offset++;
			continue;
		}
		if (*type == IPV6_TLV_JUMBO)
			headers->jumbo = true;
		if (*type == IPV6_TLV_HAO)
			headers->home_address = true;
		size = skb_header_pointer(skb, offset + 1, 1, &buffer[1]);
		if (!size)
			return false;
		offset += 2 + *size;
	}
	return offset == end;
}

/* The fragment header at @offset: is it that of a later fragment? */
static bool note_fragment(const struct sk_buff *skb, int offset,
			  struct sixpn_headers *headers)
{
	struct frag_hdr buffer, *frag;

	frag = skb_header_pointer(skb, offset, sizeof(buffer), &buffer);
	if (!frag)
		return false;
	headers->later_fragment = frag->frag_off & htons(~0x7);
	return true;
}

/* Length of the extension header at @offset, and what comes after it in
 * headers->protocol; 0 if it is cut off.
 */
static int step(const struct sk_buff *skb, int offset,
		struct sixpn_headers *headers)
{
	struct ipv6_opt_hdr buffer, *opt;
	u8 kind = headers->protocol;
	int len;

	opt = skb_header_pointer(skb, offset, sizeof(buffer), &buffer);
	if (!opt)
		return 0;
	headers->protocol = opt->nexthdr;
	switch (kind) {
	case NEXTHDR_FRAGMENT:
		return note_fragment(skb, offset, headers) ?
			       sizeof(struct frag_hdr) : 0;
	case NEXTHDR_AUTH:
		len = ipv6_authlen(opt);
		break;
	default:
		len = ipv6_optlen(opt);
	}
	if (kind == NEXTHDR_ROUTING)
		headers->routing = true;
	if ((kind == NEXTHDR_HOP || kind == NEXTHDR_DEST) &&
	    !note_options(skb, offset, len, headers))
		return 0;
	return len;
}

static bool is_extension(u8 protocol)
{
	switch (protocol) {
	case NEXTHDR_HOP:
	case NEXTHDR_ROUTING:
	case NEXTHDR_FRAGMENT:
	case NEXTHDR_AUTH:
	case NEXTHDR_DEST:
		return true;
	}
	return false;
}

bool sixpn_headers_walk(const struct sk_buff *skb,
			struct sixpn_headers *headers)
{
	int start = skb_network_offset(skb);
	int offset = start + sizeof(struct ipv6hdr), len;
	unsigned int count = 0;
	u8 *type, buffer;

	memset(headers, 0, sizeof(*headers));
	headers->protocol = ipv6_hdr(skb)->nexthdr;
	while (unlikely(is_extension(headers->protocol)) &&
	       !headers->later_fragment) {
		/* Hop-by-hop options come first or not at all. */
		if (++count > HEADERS_MAX ||
		    (headers->protocol == NEXTHDR_HOP && count > 1))
			return false;
		len = step(skb, offset, headers);
		if (!len)
			return false;
		offset += len;
		if (offset > start + (int)skb->len)
			return false;
	}
	headers->offset = offset - start;
	if (headers->protocol != NEXTHDR_ICMP || headers->later_fragment)
		return true;
	type = skb_header_pointer(skb, offset, 1, &buffer);
	if (!type)
		return false;
	headers->icmp_type = *type;
	return true;
}

bool sixpn_headers_quoted(const struct sk_buff *skb,
			  const struct sixpn_headers *headers,
			  struct in6_addr *saddr, struct in6_addr *daddr)
{
	int offset = skb_network_offset(skb) + headers->offset +
		     sizeof(struct icmp6hdr);
	struct ipv6hdr buffer, *quoted;

	quoted = skb_header_pointer(skb, offset, sizeof(buffer), &buffer);
	if (!quoted || quoted->version != 6)
		return false;
	*saddr = quoted->saddr;
	*daddr = quoted->daddr;
	return true;
}
