/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a peer is on the underlay, and how we last reached it.
 *
 * An endpoint is immutable for readers but for its route cache; a change
 * publishes a new one. The route cache therefore never outlives its address.
 */
#ifndef _SIXPN_ENDPOINT_H
#define _SIXPN_ENDPOINT_H

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/rcupdate.h>
#include <linux/socket.h>
#include <net/dst_cache.h>

struct sixpn_peer;
struct sk_buff;

struct sixpn_endpoint {
	union {
		struct sockaddr addr;
		struct sockaddr_in addr4;
		struct sockaddr_in6 addr6;
	};
	/* Sticky source: the local address (and for IPv4 the interface) the
	 * peer last spoke to; zero = let routing choose.
	 */
	union {
		struct {
			struct in_addr src4;
			int src_if4;
		};
		struct in6_addr src6;
	};
	/* Routing wants to leave from another interface than the peer's packets
	 * come in on: do not learn the source from data again and again.
	 */
	bool any_source;
	/* What the underlay carries to it in one packet, outer headers
	 * included, and when (jiffies) a packet sent last showed it; 0 = never.
	 * READ/WRITE_ONCE.
	 */
	unsigned int path_mtu;
	unsigned long path_mtu_seen;
	struct dst_cache cache;
	struct rcu_head rcu;
};

/* Fill @endpoint's addresses from the outer headers of @skb (network and UDP
 * headers set). Return: 0 or -EINVAL.
 */
int sixpn_endpoint_from_skb(struct sixpn_endpoint *endpoint,
			    const struct sk_buff *skb);

/* Allocate an endpoint for a validated socket address (AF_INET or AF_INET6).
 * May sleep if @gfp allows. Return: owned by the caller, or NULL.
 */
struct sixpn_endpoint *sixpn_endpoint_alloc(const struct sockaddr *addr,
					    gfp_t gfp);
/* For one that was never published; NULL is fine. */
void sixpn_endpoint_free(struct sixpn_endpoint *endpoint);

/* Publish @endpoint (consumed; NULL: forget) as where @peer is.
 * Return: true if the address differs from the one before.
 */
bool sixpn_endpoint_publish(struct sixpn_peer *peer,
			    struct sixpn_endpoint *endpoint);

/**
 * sixpn_endpoint_learn() - an authentic packet came from here: follow the peer
 * @peer: who sent it
 * @skb: with its outer headers
 * @handshake: it was a handshake message. A peer can make a change with every
 *	data packet, which are many; those count at most ten times a second.
 *
 * Nothing is done, and no lock taken, if address and source are what we have.
 * Context: RCU read side.
 */
void sixpn_endpoint_learn(struct sixpn_peer *peer, const struct sk_buff *skb,
			  bool handshake);

/* Go on without the sticky source of @old: it is not ours any more, or
 * (@any_source) not one for the interface that routing chose. RCU read side.
 */
void sixpn_endpoint_forget_source(struct sixpn_peer *peer,
				  struct sixpn_endpoint *old, bool any_source);

/* Routing has changed: look the route to @peer up again. RCU read side. */
void sixpn_endpoint_reset_route(struct sixpn_peer *peer);

/* Copy the address for netlink: sizeof(sockaddr_in) or sizeof(sockaddr_in6)
 * bytes into @addr. Return: length, or 0 if unknown. RCU read side.
 */
size_t sixpn_endpoint_read(const struct sixpn_peer *peer,
			   struct sockaddr_in6 *addr);

#endif /* _SIXPN_ENDPOINT_H */
