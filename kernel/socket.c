// SPDX-License-Identifier: GPL-2.0
#include "socket.h"

#include "compat/compat.h"
#include "device.h"
#include "endpoint.h"
#include "peer.h"
#include "receive.h"
#include "transmit.h"

#include <linux/inetdevice.h>
#include <linux/net.h>
#include <net/addrconf.h>
#include <net/inet_common.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/udp.h>
#include <net/udp_tunnel.h>

/* With port 0 a number free for IPv4 may be taken for IPv6: draw again. */
#define PORT_DRAWS 100

#define PATH_MTU_EXPIRES (10 * HZ)

/* One message on its way to an endpoint. */
struct outgoing {
	struct sixpn_device *sx;
	struct sixpn_peer *peer; /* NULL: a stranger being answered */
	struct sixpn_endpoint *endpoint;
	struct sock *sock;
	u8 tos;
};

static void forget_source(const struct outgoing *out, bool any_source)
{
	if (out->peer)
		sixpn_endpoint_forget_source(out->peer, out->endpoint,
					     any_source);
}

/* A route that leads back into the device would encrypt for ever. */
static bool is_loop(const struct outgoing *out, const struct dst_entry *dst)
{
	if (dst_dev(dst) != out->sx->dev)
		return false;
	net_dbg_ratelimited("%s: the route to a peer's endpoint leads through the device itself\n",
			    out->sx->dev->name);
	return true;
}

static void note_path_mtu(const struct outgoing *out,
			  const struct dst_entry *dst)
{
	struct sixpn_endpoint *endpoint = out->endpoint;
	unsigned int mtu = dst_mtu(dst);
	unsigned long now = jiffies;

	if (READ_ONCE(endpoint->path_mtu) != mtu)
		WRITE_ONCE(endpoint->path_mtu, mtu);
	if (READ_ONCE(endpoint->path_mtu_seen) != now)
		WRITE_ONCE(endpoint->path_mtu_seen, now);
}

/* Packets that were another's, or another namespace's, must carry nothing of
 * it on to the underlay.
 */
static void prepare_outer(const struct outgoing *out, struct sk_buff *skb)
{
	skb_scrub_packet(skb, !net_eq(dev_net(out->sx->dev),
				      sock_net(out->sock)));
	skb->dev = NULL; /* the tunnel helpers would count it for the device */
	skb->mark = READ_ONCE(out->sx->fwmark);
	/* The class of the inner packet must not show in a VLAN tag. */
	skb->priority = 0;
	skb_init_secmark(skb);
	skb->encapsulation = 0;
	/* The outer IPv6 packet may be fragmented, as the IPv4 one may by its
	 * header: who should send smaller ones has been told before.
	 */
	skb->ignore_df = 1;
}

/* Is the sticky source unusable for this route? Replies leave from where the
 * request came in, or routing decides anew.
 */
static bool source4_is_stale(const struct outgoing *out,
			     const struct flowi4 *flow)
{
	return flow->saddr &&
	       !inet_confirm_addr(sock_net(out->sock), NULL, 0, flow->saddr,
				  RT_SCOPE_HOST);
}

static struct rtable *route4(const struct outgoing *out, struct flowi4 *flow)
{
	struct sixpn_endpoint *endpoint = out->endpoint;
	struct net *net = sock_net(out->sock);
	bool fresh_source = false, other_interface = false;
	struct rtable *rt;

	rt = dst_cache_get_ip4(&endpoint->cache, &flow->saddr);
	if (rt)
		return rt;

	flow->saddr = endpoint->src4.s_addr;
	security_sk_classify_flow(out->sock, flowi4_to_flowi_common(flow));
	if (source4_is_stale(out, flow)) {
		flow->saddr = 0;
		fresh_source = true;
	}
	rt = ip_route_output_flow(net, flow, out->sock);
	if (flow->saddr && !fresh_source && endpoint->src_if4 &&
	    (IS_ERR(rt) ? PTR_ERR(rt) == -EINVAL :
			  dst_dev(&rt->dst)->ifindex != endpoint->src_if4)) {
		if (!IS_ERR(rt))
			ip_rt_put(rt);
		flow->saddr = 0;
		fresh_source = true;
		other_interface = true;
		rt = ip_route_output_flow(net, flow, out->sock);
	}
	if (IS_ERR(rt))
		return rt;
	if (is_loop(out, &rt->dst)) {
		ip_rt_put(rt);
		return ERR_PTR(-ELOOP);
	}
	if (fresh_source && endpoint->src4.s_addr)
		forget_source(out, other_interface);
	else
		dst_cache_set_ip4(&endpoint->cache, &rt->dst, flow->saddr);
	return rt;
}

static int send4(const struct outgoing *out, struct sk_buff *skb)
{
	struct sixpn_endpoint *endpoint = out->endpoint;
	struct flowi4 flow = {
		.daddr = endpoint->addr4.sin_addr.s_addr,
		.fl4_dport = endpoint->addr4.sin_port,
		.fl4_sport = inet_sk(out->sock)->inet_sport,
		.flowi4_mark = READ_ONCE(out->sx->fwmark),
		.flowi4_proto = IPPROTO_UDP,
	};
	struct rtable *rt = route4(out, &flow);

	if (IS_ERR(rt)) {
		kfree_skb(skb);
		return PTR_ERR(rt);
	}
	note_path_mtu(out, &rt->dst);
	prepare_outer(out, skb);
	udp_tunnel_xmit_skb(rt, out->sock, skb, flow.saddr, flow.daddr,
			    out->tos, ip4_dst_hoplimit(&rt->dst), 0,
			    flow.fl4_sport, flow.fl4_dport, false, false, 0);
	return 0;
}

#if IS_ENABLED(CONFIG_IPV6)
static struct dst_entry *route6(const struct outgoing *out, struct flowi6 *flow)
{
	struct sixpn_endpoint *endpoint = out->endpoint;
	struct net *net = sock_net(out->sock);
	struct dst_entry *dst;
	bool stale;

	dst = dst_cache_get_ip6(&endpoint->cache, &flow->saddr);
	if (dst)
		return dst;

	flow->saddr = endpoint->src6;
	security_sk_classify_flow(out->sock, flowi6_to_flowi_common(flow));
	stale = !ipv6_addr_any(&flow->saddr) &&
		!ipv6_chk_addr(net, &flow->saddr, NULL, 0);
	if (stale)
		flow->saddr = in6addr_any;
	dst = sixpn_compat_ip6_dst_lookup_flow(net, out->sock, flow, NULL);
	if (IS_ERR(dst))
		return dst;
	if (is_loop(out, dst)) {
		dst_release(dst);
		return ERR_PTR(-ELOOP);
	}
	if (stale)
		forget_source(out, false);
	else
		dst_cache_set_ip6(&endpoint->cache, dst, &flow->saddr);
	return dst;
}

static int send6(const struct outgoing *out, struct sk_buff *skb)
{
	struct sixpn_endpoint *endpoint = out->endpoint;
	struct flowi6 flow = {
		.daddr = endpoint->addr6.sin6_addr,
		.fl6_dport = endpoint->addr6.sin6_port,
		.fl6_sport = inet_sk(out->sock)->inet_sport,
		.flowi6_mark = READ_ONCE(out->sx->fwmark),
		.flowi6_oif = endpoint->addr6.sin6_scope_id,
		.flowi6_proto = IPPROTO_UDP,
	};
	struct dst_entry *dst = route6(out, &flow);

	if (IS_ERR(dst)) {
		kfree_skb(skb);
		return PTR_ERR(dst);
	}
	note_path_mtu(out, dst);
	prepare_outer(out, skb);
	udp_tunnel6_xmit_skb(dst, out->sock, skb, NULL, &flow.saddr,
			     &flow.daddr, out->tos, ip6_dst_hoplimit(dst), 0,
			     flow.fl6_sport, flow.fl6_dport, false, 0);
	return 0;
}
#else
static int send6(const struct outgoing *out, struct sk_buff *skb)
{
	kfree_skb(skb);
	return -EAFNOSUPPORT;
}
#endif

/* Consumes skb. RCU read side, BH disabled. */
static int send_to(struct sixpn_device *sx, struct sixpn_peer *peer,
		   struct sixpn_endpoint *endpoint, struct sk_buff *skb, u8 tos)
{
	bool is4 = endpoint->addr.sa_family == AF_INET;
	struct outgoing out = {
		.sx = sx,
		.peer = peer,
		.endpoint = endpoint,
		.sock = rcu_dereference(*(is4 ? &sx->sock4 : &sx->sock6)),
		.tos = tos,
	};

	if (unlikely(!out.sock)) {
		kfree_skb(skb);
		return -ENONET;
	}
	return is4 ? send4(&out, skb) : send6(&out, skb);
}

int sixpn_socket_send(struct sixpn_peer *peer, struct sk_buff *skb, u8 tos)
{
	struct sixpn_endpoint *endpoint = rcu_dereference(peer->endpoint);

	if (unlikely(!endpoint)) {
		kfree_skb(skb);
		return -EDESTADDRREQ;
	}
	return send_to(peer->sx, peer, endpoint, skb, tos);
}

static struct sk_buff *buffer_to_skb(const void *message, size_t len)
{
	struct sk_buff *skb = alloc_skb(SIXPN_HEADROOM + len, GFP_ATOMIC);

	if (!skb)
		return NULL;
	skb_reserve(skb, SIXPN_HEADROOM);
	skb_put_data(skb, message, len);
	return skb;
}

int sixpn_socket_send_buffer(struct sixpn_peer *peer, const void *message,
			     size_t len, u8 tos)
{
	struct sk_buff *skb = buffer_to_skb(message, len);
	int err;

	if (!skb)
		return -ENOMEM;
	local_bh_disable();
	rcu_read_lock();
	err = sixpn_socket_send(peer, skb, tos);
	rcu_read_unlock();
	local_bh_enable();
	if (!err)
		sixpn_peer_count_tx(peer, 1, len);
	return err;
}

int sixpn_socket_reply(struct sixpn_device *sx, const struct sk_buff *skb,
		       const void *message, size_t len)
{
	struct sixpn_endpoint endpoint;
	struct sk_buff *reply;
	int err = sixpn_endpoint_from_skb(&endpoint, skb);

	if (err)
		return err;
	reply = buffer_to_skb(message, len);
	if (!reply)
		return -ENOMEM;
	local_bh_disable();
	rcu_read_lock();
	err = send_to(sx, NULL, &endpoint, reply, 0);
	rcu_read_unlock();
	local_bh_enable();
	return err;
}

unsigned int sixpn_socket_path_mtu(struct sixpn_peer *peer)
{
	const struct sixpn_endpoint *endpoint = rcu_dereference(peer->endpoint);
	unsigned int mtu, overhead;

	/* Only packets that are sent show the path's MTU: what they showed long
	 * ago must not keep the next one from being sent.
	 */
	if (!endpoint ||
	    time_after(jiffies, READ_ONCE(endpoint->path_mtu_seen) +
				PATH_MTU_EXPIRES))
		return 0;
	mtu = READ_ONCE(endpoint->path_mtu);
	overhead = sizeof(struct udphdr) + SIXPN_DATA_OVERHEAD +
		   (endpoint->addr.sa_family == AF_INET ?
			    sizeof(struct iphdr) : sizeof(struct ipv6hdr));
	return mtu > overhead ? mtu - overhead : 0;
}

static struct sock *open_one(struct sixpn_device *sx, struct net *net,
			     struct udp_port_cfg *config)
{
	struct udp_tunnel_sock_cfg tunnel = {
		.sk_user_data = sx,
		.encap_type = 1,
		.encap_rcv = sixpn_receive,
	};
	struct socket *sock;
	int err;

	err = udp_sock_create(net, config, &sock);
	if (err)
		return ERR_PTR(err);
	sock->sk->sk_allocation = GFP_ATOMIC;
	sock->sk->sk_sndbuf = INT_MAX;
	/* What is sent may be what frees memory: swap over the tunnel. */
	sk_set_memalloc(sock->sk);
	WRITE_ONCE(sock->sk->sk_mark, sx->fwmark);
	setup_udp_tunnel_sock(net, sock->sk, &tunnel);
	return sock->sk;
}

static void close_one(struct sock *sock)
{
	if (!sock)
		return;
	sk_clear_memalloc(sock);
	udp_tunnel_sock_release(sock);
}

static int open_pair(struct sixpn_device *sx, struct net *net, u16 port,
		     struct sixpn_socket_pair *pair)
{
	struct udp_port_cfg config = {
		.family = AF_INET,
		.local_ip.s_addr = htonl(INADDR_ANY),
		.local_udp_port = htons(port),
		.use_udp_checksums = true,
	};

	memset(pair, 0, sizeof(*pair));
	pair->sock4 = open_one(sx, net, &config);
	if (IS_ERR(pair->sock4))
		return PTR_ERR(pair->sock4);
	pair->port = ntohs(inet_sk(pair->sock4)->inet_sport);
	if (!IS_ENABLED(CONFIG_IPV6) || !ipv6_mod_enabled())
		return 0;

	config = (struct udp_port_cfg){
		.family = AF_INET6,
		.local_ip6 = IN6ADDR_ANY_INIT,
		.local_udp_port = htons(pair->port),
		.use_udp6_tx_checksums = true,
		.use_udp6_rx_checksums = true,
		.ipv6_v6only = true,
	};
	pair->sock6 = open_one(sx, net, &config);
	if (IS_ERR(pair->sock6)) {
		int err = PTR_ERR(pair->sock6);

		close_one(pair->sock4);
		return err;
	}
	return 0;
}

int sixpn_socket_open(struct sixpn_device *sx, u16 port,
		      struct sixpn_socket_pair *pair)
{
	unsigned int draw;
	int err;

	lockdep_assert_held(&sx->lock);
	/* The namespace's exit sets it to NULL under our lock, so it lives. */
	if (!sx->birth_net)
		return -ENONET;
	for (draw = 0; draw < PORT_DRAWS; draw++) {
		err = open_pair(sx, sx->birth_net, port, pair);
		if (err != -EADDRINUSE || port)
			break;
	}
	return err;
}

void sixpn_socket_close(struct sixpn_socket_pair *pair)
{
	close_one(pair->sock4);
	close_one(pair->sock6);
}

void sixpn_socket_install(struct sixpn_device *sx,
			  const struct sixpn_socket_pair *pair)
{
	struct sixpn_socket_pair old;

	lockdep_assert_held(&sx->lock);
	old.sock4 = rcu_replace_pointer(sx->sock4, pair ? pair->sock4 : NULL,
					lockdep_is_held(&sx->lock));
	old.sock6 = rcu_replace_pointer(sx->sock6, pair ? pair->sock6 : NULL,
					lockdep_is_held(&sx->lock));
	if (pair)
		sx->listen_port = pair->port;
	if (!old.sock4 && !old.sock6)
		return;
	/* Senders that hold the old ones are done after this. */
	synchronize_net();
	sixpn_socket_close(&old);
}

void sixpn_socket_route_changed(struct sixpn_device *sx)
{
	struct sock *sock4, *sock6;
	struct sixpn_peer *peer;
	unsigned long id;

	lockdep_assert_held(&sx->lock);
	/* Path MTU messages are matched to routes by the socket's mark. */
	sock4 = rcu_dereference_protected(sx->sock4,
					  lockdep_is_held(&sx->lock));
	sock6 = rcu_dereference_protected(sx->sock6,
					  lockdep_is_held(&sx->lock));
	if (sock4)
		WRITE_ONCE(sock4->sk_mark, sx->fwmark);
	if (sock6)
		WRITE_ONCE(sock6->sk_mark, sx->fwmark);
	xa_for_each(&sx->peers, id, peer) {
		rcu_read_lock();
		sixpn_endpoint_reset_route(peer);
		rcu_read_unlock();
		cond_resched();
	}
}
