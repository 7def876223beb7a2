/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a mesh device, a peer and an allowed-ip are in user space: one plain
 * model between the netlink messages, the configuration file, the command line
 * and the printer. It stands for a state (as read) or for a change (as asked
 * for); presence is told by flag bits, never by a magic value.
 */
#ifndef SIXPN_LIB_MODEL_H
#define SIXPN_LIB_MODEL_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/sixpn.h>

/**
 * struct sixpn_allowedip - a prefix, host bits already masked off
 * @family: AF_INET or AF_INET6
 * @prefix_len: 0..32 or 0..128
 * @remove: take it away from the peer instead of adding it (changes only)
 */
struct sixpn_allowedip {
	union {
		struct in_addr v4;
		struct in6_addr v6;
	} address;
	uint16_t family;
	uint8_t prefix_len;
	bool remove;
};

/* A UDP address and port; sa.sa_family is AF_INET or AF_INET6. */
union sixpn_endpoint {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

enum sixpn_peer_has {
	SIXPN_PEER_HAS_PUBLIC_KEY = 1U << 0,
	SIXPN_PEER_HAS_PRESHARED_KEY = 1U << 1,
	SIXPN_PEER_HAS_ENDPOINT = 1U << 2,
	SIXPN_PEER_HAS_KEEPALIVE = 1U << 3,
	SIXPN_PEER_HAS_LAST_HANDSHAKE = 1U << 4,
	SIXPN_PEER_HAS_HANDSHAKE_RTT = 1U << 5,
	SIXPN_PEER_HAS_COUNTERS = 1U << 6,
};

/**
 * struct sixpn_peer - a peer, or what to do with one
 * @has: bits of enum sixpn_peer_has
 * @flags: bits of enum sixpn_peer_flag (changes; SIXPN_PEER_F_CONTINUED when
 *	read out of a dump)
 * @endpoint_name: "HOST:PORT" still to be looked up, or NULL; owned
 * @last_handshake: nanoseconds since the epoch
 * @handshake_rtt: microseconds
 * @allowedips: owned array
 */
struct sixpn_peer {
	uint32_t has;
	uint32_t flags;
	uint8_t public_key[SIXPN_KEY_LEN];
	uint8_t preshared_key[SIXPN_KEY_LEN];
	union sixpn_endpoint endpoint;
	char *endpoint_name;
	uint16_t persistent_keepalive;
	uint32_t handshake_rtt;
	uint64_t last_handshake;
	uint64_t rx_bytes, tx_bytes;
	uint64_t rx_packets, tx_packets;
	struct sixpn_allowedip *allowedips;
	size_t allowedip_count;
	size_t allowedip_room;
};

enum sixpn_device_has {
	SIXPN_DEVICE_HAS_IFINDEX = 1U << 0,
	SIXPN_DEVICE_HAS_PRIVATE_KEY = 1U << 1,
	SIXPN_DEVICE_HAS_PUBLIC_KEY = 1U << 2,
	SIXPN_DEVICE_HAS_LISTEN_PORT = 1U << 3,
	SIXPN_DEVICE_HAS_FWMARK = 1U << 4,
	SIXPN_DEVICE_HAS_GENERATION = 1U << 5,
	SIXPN_DEVICE_HAS_PEER_COUNT = 1U << 6,
};

/**
 * struct sixpn_device - a mesh device, or what to change about one
 * @has: bits of enum sixpn_device_has
 * @flags: bits of enum sixpn_device_flag (changes only)
 * @kernel_peer_count: the kernel's own count, as of the reply
 * @peers: owned array
 */
struct sixpn_device {
	uint32_t has;
	uint32_t flags;
	uint32_t ifindex;
	char ifname[IFNAMSIZ];
	uint8_t private_key[SIXPN_KEY_LEN];
	uint8_t public_key[SIXPN_KEY_LEN];
	uint16_t listen_port;
	uint32_t fwmark;
	uint32_t generation;
	uint32_t kernel_peer_count;
	struct sixpn_peer *peers;
	size_t peer_count;
	size_t peer_room;
};

struct sixpn_device_list {
	struct sixpn_device *devices;
	size_t count;
	size_t room;
};

/**
 * sixpn_device_add_peer() - append an empty peer
 *
 * Return: the peer, or NULL when memory is out. The pointer, and every earlier
 * one, is valid until the next call for the same device.
 */
struct sixpn_peer *sixpn_device_add_peer(struct sixpn_device *device);

/**
 * sixpn_peer_add_allowedip() - append a copy of @allowedip
 *
 * Return: 0 or -ENOMEM.
 */
int sixpn_peer_add_allowedip(struct sixpn_peer *peer,
			     const struct sixpn_allowedip *allowedip);

/**
 * sixpn_device_list_add() - append an empty device
 *
 * Return: the device, or NULL when memory is out; valid until the next call.
 */
struct sixpn_device *sixpn_device_list_add(struct sixpn_device_list *list);

/* Wipe the keys, free what the object owns, leave it empty. */
void sixpn_peer_clear(struct sixpn_peer *peer);
void sixpn_device_clear(struct sixpn_device *device);
void sixpn_device_clear_peers(struct sixpn_device *device);
void sixpn_device_list_clear(struct sixpn_device_list *list);

/* Zero the bits of the address past the prefix. Return: whether any was set. */
bool sixpn_allowedip_mask(struct sixpn_allowedip *allowedip);

/* A total order: family, address, length. The remove mark does not count. */
int sixpn_allowedip_compare(const struct sixpn_allowedip *a,
			    const struct sixpn_allowedip *b);

bool sixpn_endpoint_equal(const union sixpn_endpoint *a,
			  const union sixpn_endpoint *b);

/* Bytes of the socket address, 0 for an unknown family. */
size_t sixpn_endpoint_size(const union sixpn_endpoint *endpoint);

/**
 * sixpn_device_sort_peers() - latest handshake first, as wg(8) shows them
 *
 * Peers that never had one stay last, in the order they had.
 *
 * Return: 0 or -ENOMEM, the order is then unchanged.
 */
int sixpn_device_sort_peers(struct sixpn_device *device);

#endif
