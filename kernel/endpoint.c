// SPDX-License-Identifier: GPL-2.0
#include "endpoint.h"

#include "compat/compat.h"
#include "events.h"
#include "peer.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/udp.h>
#include <net/ipv6.h>

int sixpn_endpoint_from_skb(struct sixpn_endpoint *endpoint,
			    const struct sk_buff *skb)
{
	memset(endpoint, 0, sizeof(*endpoint));
	if (skb->protocol == htons(ETH_P_IP)) {
		endpoint->addr4.sin_family = AF_INET;
		endpoint->addr4.sin_port = udp_hdr(skb)->source;
		endpoint->addr4.sin_addr.s_addr = ip_hdr(skb)->saddr;
		endpoint->src4.s_addr = ip_hdr(skb)->daddr;
		endpoint->src_if4 = skb->skb_iif;
		return 0;
	}
	if (IS_ENABLED(CONFIG_IPV6) && skb->protocol == htons(ETH_P_IPV6)) {
		endpoint->addr6.sin6_family = AF_INET6;
		endpoint->addr6.sin6_port = udp_hdr(skb)->source;
		endpoint->addr6.sin6_addr = ipv6_hdr(skb)->saddr;
		endpoint->addr6.sin6_scope_id =
			ipv6_iface_scope_id(&ipv6_hdr(skb)->saddr,
					    skb->skb_iif);
		endpoint->src6 = ipv6_hdr(skb)->daddr;
		return 0;
	}
	return -EINVAL;
}

static struct sixpn_endpoint *endpoint_copy(const struct sixpn_endpoint *from,
					    gfp_t gfp)
{
	struct sixpn_endpoint *endpoint = kmalloc(sizeof(*endpoint), gfp);

	if (!endpoint)
		return NULL;
	memcpy(endpoint, from, offsetof(struct sixpn_endpoint, cache));
	endpoint->path_mtu = 0;
	/* Without a cache each packet looks its route up: slow, not wrong. The
	 * next handshake tries again.
	 */
	if (dst_cache_init(&endpoint->cache, gfp | __GFP_NOWARN))
		endpoint->cache.cache = NULL;
	return endpoint;
}

struct sixpn_endpoint *sixpn_endpoint_alloc(const struct sockaddr *addr,
					    gfp_t gfp)
{
	struct sixpn_endpoint endpoint = {};

	if (addr->sa_family == AF_INET)
		memcpy(&endpoint.addr4, addr, sizeof(endpoint.addr4));
	else
		memcpy(&endpoint.addr6, addr, sizeof(endpoint.addr6));
	return endpoint_copy(&endpoint, gfp);
}

void sixpn_endpoint_free(struct sixpn_endpoint *endpoint)
{
	if (!endpoint)
		return;
	dst_cache_destroy(&endpoint->cache);
	kfree(endpoint);
}

static void endpoint_free_rcu(struct rcu_head *rcu)
{
	sixpn_endpoint_free(container_of(rcu, struct sixpn_endpoint, rcu));
}

static bool same_address(const struct sixpn_endpoint *a,
			 const struct sixpn_endpoint *b)
{
	if (a->addr.sa_family != b->addr.sa_family)
		return false;
	if (a->addr.sa_family == AF_INET)
		return a->addr4.sin_port == b->addr4.sin_port &&
		       a->addr4.sin_addr.s_addr == b->addr4.sin_addr.s_addr;
	return a->addr6.sin6_port == b->addr6.sin6_port &&
	       a->addr6.sin6_scope_id == b->addr6.sin6_scope_id &&
	       ipv6_addr_equal(&a->addr6.sin6_addr, &b->addr6.sin6_addr);
}

static bool same_source(const struct sixpn_endpoint *a,
			const struct sixpn_endpoint *b)
{
	if (a->addr.sa_family == AF_INET)
		return a->src4.s_addr == b->src4.s_addr &&
		       a->src_if4 == b->src_if4;
	return ipv6_addr_equal(&a->src6, &b->src6);
}

/* Put @endpoint in the place of @expected (NULL: of whatever is there). */
static bool endpoint_swap(struct sixpn_peer *peer,
			  struct sixpn_endpoint *endpoint,
			  const struct sixpn_endpoint *expected)
{
	struct sixpn_endpoint *old;
	bool moved;

	spin_lock_bh(&peer->endpoint_lock);
	old = rcu_dereference_protected(peer->endpoint,
					lockdep_is_held(&peer->endpoint_lock));
	if (expected && old != expected) {
		spin_unlock_bh(&peer->endpoint_lock);
		sixpn_endpoint_free(endpoint);
		return false;
	}
	moved = !old || !endpoint || !same_address(old, endpoint);
	rcu_assign_pointer(peer->endpoint, endpoint);
	spin_unlock_bh(&peer->endpoint_lock);
	if (old)
		call_rcu(&old->rcu, endpoint_free_rcu);
	return moved;
}

bool sixpn_endpoint_publish(struct sixpn_peer *peer,
			    struct sixpn_endpoint *endpoint)
{
	return endpoint_swap(peer, endpoint, NULL);
}

static bool is_known(const struct sixpn_endpoint *old,
		     const struct sixpn_endpoint *seen, bool handshake)
{
	if (!old || !same_address(old, seen))
		return false;
	if (handshake)
		return same_source(old, seen) && old->cache.cache;
	return same_source(old, seen) || old->any_source;
}

/* Memory and events that a peer costs us by moving are bounded. */
static bool may_change(struct sixpn_peer *peer, bool handshake)
{
	unsigned long now = jiffies;

	if (!handshake && rcu_access_pointer(peer->endpoint) &&
	    time_before(now, READ_ONCE(peer->endpoint_learned) + HZ / 10))
		return false;
	WRITE_ONCE(peer->endpoint_learned, now);
	return true;
}

void sixpn_endpoint_learn(struct sixpn_peer *peer, const struct sk_buff *skb,
			  bool handshake)
{
	struct sixpn_endpoint seen, *endpoint;

	if (sixpn_endpoint_from_skb(&seen, skb))
		return;
	if (likely(is_known(rcu_dereference(peer->endpoint), &seen, handshake)))
		return;
	if (!may_change(peer, handshake))
		return;
	/* Short of memory: we keep sending to where the peer was, and learn
	 * from its next packet.
	 */
	endpoint = endpoint_copy(&seen, GFP_ATOMIC);
	if (endpoint && sixpn_endpoint_publish(peer, endpoint))
		sixpn_event_endpoint(peer);
}

void sixpn_endpoint_forget_source(struct sixpn_peer *peer,
				  struct sixpn_endpoint *old, bool any_source)
{
	struct sixpn_endpoint *endpoint;

	if (!old)
		return;
	endpoint = endpoint_copy(old, GFP_ATOMIC);
	if (!endpoint)
		return;
	memset(&endpoint->src6, 0, sizeof(endpoint->src6));
	endpoint->any_source = any_source;
	endpoint_swap(peer, endpoint, old);
}

void sixpn_endpoint_reset_route(struct sixpn_peer *peer)
{
	struct sixpn_endpoint *endpoint = rcu_dereference(peer->endpoint);

	if (endpoint)
		dst_cache_reset(&endpoint->cache);
}

size_t sixpn_endpoint_read(const struct sixpn_peer *peer,
			   struct sockaddr_in6 *addr)
{
	const struct sixpn_endpoint *endpoint = rcu_dereference(peer->endpoint);
	size_t len;

	if (!endpoint)
		return 0;
	len = endpoint->addr.sa_family == AF_INET ? sizeof(endpoint->addr4) :
						    sizeof(endpoint->addr6);
	memcpy(addr, &endpoint->addr, len);
	return len;
}
