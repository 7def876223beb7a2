/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The UDP sockets of a mesh device on the underlay. They live in the network
 * namespace the device was born in and hold no reference on it; when that
 * namespace goes the sockets go, and the device is mute for good.
 */
#ifndef _SIXPN_SOCKET_H
#define _SIXPN_SOCKET_H

#include <linux/types.h>

struct netlink_ext_ack;
struct sixpn_device;
struct sixpn_endpoint;
struct sixpn_peer;
struct sk_buff;
struct sock;

struct sixpn_socket_pair {
	struct sock *sock4;
	struct sock *sock6; /* NULL if this kernel runs without IPv6 */
	u16 port; /* host byte order */
};

/**
 * sixpn_socket_open() - bind both sockets, not yet in use
 * @sx: device; its lock is held
 * @port: UDP port, 0 = any that is free for both families
 * @pair: filled on success
 *
 * Return: 0, -EADDRINUSE, -ENONET (birth namespace gone) or another -errno.
 */
int sixpn_socket_open(struct sixpn_device *sx, u16 port,
		      struct sixpn_socket_pair *pair);
void sixpn_socket_close(struct sixpn_socket_pair *pair);
/* Put @pair to use (NULL: none) and close what was there. sx->lock held;
 * waits for readers. Cannot fail.
 */
void sixpn_socket_install(struct sixpn_device *sx,
			  const struct sixpn_socket_pair *pair);

/* The sockets' fwmark follows sx->fwmark; forget every cached route. */
void sixpn_socket_route_changed(struct sixpn_device *sx);

/**
 * sixpn_socket_send() - send one message, or a GSO batch of them, to a peer
 * @peer: where to
 * @skb: consumed, also on error; data at the message, headroom for the outer
 *	headers (SIXPN_HEADROOM), no UDP header yet
 * @tos: outer TOS / traffic class
 *
 * Context: BH disabled, RCU read side.
 * Return: 0 or -errno (-EDESTADDRREQ, -ENONET, -ELOOP, routing errors).
 */
int sixpn_socket_send(struct sixpn_peer *peer, struct sk_buff *skb, u8 tos);

/* Send @len bytes. Context: process or softirq. Return: as above, or -ENOMEM. */
int sixpn_socket_send_buffer(struct sixpn_peer *peer, const void *message,
			     size_t len, u8 tos);

/* Answer the sender of @skb, who need not be a peer. */
int sixpn_socket_reply(struct sixpn_device *sx, const struct sk_buff *skb,
		       const void *message, size_t len);

/* Largest inner packet the underlay carries to @peer in one piece, as far as
 * known now; 0 = not known. RCU read side, BH disabled.
 */
unsigned int sixpn_socket_path_mtu(struct sixpn_peer *peer);

#endif /* _SIXPN_SOCKET_H */
