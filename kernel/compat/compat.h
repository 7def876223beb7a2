/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lets the rest of the module be written against current mainline headers.
 * Everything here is chosen by what compat.mk found in the headers.
 *
 * What to write		and what it is on older kernels
 * <linux/unaligned.h>		<asm/unaligned.h>
 * <crypto/utils.h>		<crypto/algapi.h> (crypto_memneq)
 * <net/gso.h>			part of <linux/netdevice.h>
 * struct blake2s_ctx		struct blake2s_state
 * blake2s(key, key_len, in, in_len, out, out_len)
 *				the other order of arguments
 * timer_delete(), timer_delete_sync(), timer_shutdown_sync()
 *				del_timer(), del_timer_sync()
 * timer_container_of()		from_timer()
 * get_random_u32_below()	prandom_u32_max()
 * WQ_PERCPU			0
 * dst_dev(), skb_dst_dev()	dst->dev
 * genl_info_userhdr()		info->userhdr
 * GENL_MCAST_CAP_NET_ADMIN	GENL_UNS_ADMIN_PERM
 * struct rtnl_newlink_params and rtnl_newlink_link_net()
 *				src_net, tb, data; see SIXPN_COMPAT_NEWLINK()
 * udp_tunnel_xmit_skb(), udp_tunnel6_xmit_skb() with flags
 *				without; const addresses; no return value
 * setup_udp_tunnel_sock(), udp_tunnel_sock_release() of a struct sock
 *				of a struct socket
 *
 * Where mainline itself cannot be written for all: the sixpn_compat_*()
 * functions below. What is no part of the network is in library.h, for files
 * that have no other use for the network's headers: these cost more to compile
 * than the files.
 */
#ifndef _SIXPN_COMPAT_H
#define _SIXPN_COMPAT_H

#include "library.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/types.h>
#include <net/dst.h>
#include <net/genetlink.h>
#include <net/ipv6.h>
#include <net/rtnetlink.h>
#include <net/udp_tunnel.h>

#ifdef SIXPN_HAVE_IPV6_STUB
#include <net/ipv6_stubs.h>
#endif

/* Network devices. */

/* Context: the setup function of the link kind. */
static inline void sixpn_compat_set_lltx(struct net_device *dev)
{
#ifdef SIXPN_HAVE_DEV_LLTX
	dev->lltx = true;
#else
	dev->features |= NETIF_F_LLTX;
#endif
}

/* Per-CPU dev->tstats: allocated in ndo_init, freed in ndo_uninit unless the
 * core does both. Some kernels with pcpu_stat_type do not read the statistics
 * by themselves: set ndo_get_stats64 to dev_get_tstats64 always.
 */
static inline int sixpn_compat_tstats_init(struct net_device *dev)
{
#ifdef SIXPN_HAVE_PCPU_STAT_TYPE
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	return 0;
#else
	dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	return dev->tstats ? 0 : -ENOMEM;
#endif
}

static inline void sixpn_compat_tstats_free(struct net_device *dev)
{
#ifndef SIXPN_HAVE_PCPU_STAT_TYPE
	free_percpu(dev->tstats);
	dev->tstats = NULL;
#endif
}

#ifndef SIXPN_HAVE_DST_DEV
static inline struct net_device *dst_dev(const struct dst_entry *dst)
{
	return READ_ONCE(dst->dev);
}

static inline struct net_device *skb_dst_dev(const struct sk_buff *skb)
{
	return dst_dev(skb_dst(skb));
}
#endif

/* rtnl_link_ops.newlink: write it as in mainline; the macro makes of it one
 * called ..._op that has the shape this kernel wants:
 *
 *	static int newlink(struct net_device *dev,
 *			   struct rtnl_newlink_params *params,
 *			   struct netlink_ext_ack *extack) { ... }
 *	SIXPN_COMPAT_NEWLINK(newlink)
 *	... .newlink = newlink_op,
 */
#ifdef SIXPN_HAVE_NEWLINK_PARAMS
#define SIXPN_COMPAT_NEWLINK(function)					\
static int function##_op(struct net_device *dev,			\
			 struct rtnl_newlink_params *params,		\
			 struct netlink_ext_ack *extack)		\
{									\
	return function(dev, params, extack);				\
}
#else
struct rtnl_newlink_params {
	struct net *src_net;
	struct nlattr **tb;
	struct nlattr **data;
};

/* The namespace that IFLA_LINK is to be looked up in: the core has already
 * put that of IFLA_LINK_NETNSID in the place of the asker's.
 */
static inline struct net *
rtnl_newlink_link_net(struct rtnl_newlink_params *params)
{
	return params->src_net;
}

#define SIXPN_COMPAT_NEWLINK(function)					\
static int function##_op(struct net *src_net, struct net_device *dev,	\
			 struct nlattr *tb[], struct nlattr *data[],	\
			 struct netlink_ext_ack *extack)		\
{									\
	struct rtnl_newlink_params params = {				\
		.src_net = src_net,					\
		.tb = tb,						\
		.data = data,						\
	};								\
									\
	return function(dev, &params, extack);				\
}
#endif

/* Generic netlink. */

#ifndef SIXPN_HAVE_GENL_INFO_USERHDR
static inline void *genl_info_userhdr(const struct genl_info *info)
{
	return info->userhdr;
}
#endif

#ifndef GENL_MCAST_CAP_NET_ADMIN
#define GENL_MCAST_CAP_NET_ADMIN GENL_UNS_ADMIN_PERM
#endif

/* Attributes of a dump request, indexed by type up to the command's maxattr.
 * Valid in dumpit, not in done.
 */
static inline struct nlattr **
sixpn_compat_dump_attrs(struct netlink_callback *cb)
{
#ifdef SIXPN_HAVE_GENL_INFO_DUMP
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/* UDP and IPv6. */

static inline struct dst_entry *
sixpn_compat_ip6_dst_lookup_flow(struct net *net, const struct sock *sk,
				 struct flowi6 *fl6,
				 const struct in6_addr *final_dst)
{
#if !IS_ENABLED(CONFIG_IPV6)
	return ERR_PTR(-EAFNOSUPPORT);
#elif defined(SIXPN_HAVE_IPV6_STUB)
	return ipv6_stub->ipv6_dst_lookup_flow(net, sk, fl6, final_dst);
#else
	return ip6_dst_lookup_flow(net, sk, fl6, final_dst);
#endif
}

#ifndef SIXPN_HAVE_UDP_TUNNEL_XMIT_FLAGS
static inline void
sixpn_compat_udp_tunnel_xmit_skb(struct rtable *rt, struct sock *sk,
				 struct sk_buff *skb, __be32 src, __be32 dst,
				 __u8 tos, __u8 ttl, __be16 df, __be16 src_port,
				 __be16 dst_port, bool xnet, bool nocheck,
				 u16 ipcb_flags)
{
	udp_tunnel_xmit_skb(rt, sk, skb, src, dst, tos, ttl, df, src_port,
			    dst_port, xnet, nocheck);
}

#define udp_tunnel_xmit_skb sixpn_compat_udp_tunnel_xmit_skb

#if IS_ENABLED(CONFIG_IPV6)
/* Older kernels ask for writable addresses, but do not write to them. */
static inline void
sixpn_compat_udp_tunnel6_xmit_skb(struct dst_entry *dst, struct sock *sk,
				  struct sk_buff *skb, struct net_device *dev,
				  const struct in6_addr *saddr,
				  const struct in6_addr *daddr, __u8 prio,
				  __u8 ttl, __be32 label, __be16 src_port,
				  __be16 dst_port, bool nocheck,
				  u16 ip6cb_flags)
{
	udp_tunnel6_xmit_skb(dst, sk, skb, dev, (struct in6_addr *)saddr,
			     (struct in6_addr *)daddr, prio, ttl, label,
			     src_port, dst_port, nocheck);
}

#define udp_tunnel6_xmit_skb sixpn_compat_udp_tunnel6_xmit_skb
#endif
#endif

#ifndef SIXPN_HAVE_UDP_TUNNEL_SOCK
#define setup_udp_tunnel_sock(net, sk, cfg) \
	setup_udp_tunnel_sock(net, (sk)->sk_socket, cfg)
#define udp_tunnel_sock_release(sk) udp_tunnel_sock_release((sk)->sk_socket)
#endif

#endif /* _SIXPN_COMPAT_H */
