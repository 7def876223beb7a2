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
	SIXPN_PEER_HAS_KIND = 1U << 7,
	SIXPN_PEER_HAS_HOST_ID = 1U << 8,
	SIXPN_PEER_HAS_IDLE_EXPIRY = 1U << 9,
};

/**
 * struct sixpn_peer - a peer, or what to do with one
 * @has: bits of enum sixpn_peer_has
 * @flags: bits of enum sixpn_peer_flag (changes; those that only the kernel
 *	sets when read)
 * @endpoint_name: "HOST:PORT" still to be looked up, or NULL; owned
 * @last_handshake: nanoseconds since the epoch
 * @handshake_rtt: microseconds
 * @kind: enum sixpn_peer_kind
 * @host_id: in a change, 0 lets it follow from the key
 * @idle_expiry: seconds, 0 for never
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
	uint32_t kind;
	uint32_t host_id;
	uint32_t idle_expiry;
	uint32_t handshake_rtt;
	uint64_t last_handshake;
	uint64_t rx_bytes, tx_bytes;
	uint64_t rx_packets, tx_packets;
	uint64_t drops;
	struct sixpn_allowedip *allowedips;
	size_t allowedip_count;
	size_t allowedip_room;
};

/* Inner packets; see enum sixpn_network_attr and enum sixpn_machine_attr. */
struct sixpn_counters {
	uint64_t rx_packets, rx_bytes;
	uint64_t tx_packets, tx_bytes;
	uint64_t drops;
};

/**
 * struct sixpn_network - a network, or what to do with one
 * @remove: changes only
 * @machine_count: the kernel's count, without machine 0
 */
struct sixpn_network {
	uint32_t id;
	bool remove;
	uint32_t machine_count;
	struct sixpn_counters counters;
};

enum sixpn_machine_has {
	SIXPN_MACHINE_HAS_NETWORK = 1U << 0,
	SIXPN_MACHINE_HAS_ID = 1U << 1,
	SIXPN_MACHINE_HAS_NAME = 1U << 2,
	SIXPN_MACHINE_HAS_ADDRESS = 1U << 3,
	SIXPN_MACHINE_HAS_ATTACHMENT = 1U << 4,
	SIXPN_MACHINE_HAS_IFNAME = 1U << 5,
	SIXPN_MACHINE_HAS_IFINDEX = 1U << 6,
	SIXPN_MACHINE_HAS_NETNS_FD = 1U << 7,
	SIXPN_MACHINE_HAS_PEER_KEY = 1U << 8,
	SIXPN_MACHINE_HAS_MOVED_TO = 1U << 9,
	SIXPN_MACHINE_HAS_STATE = 1U << 10,
	SIXPN_MACHINE_HAS_NETNS = 1U << 11,
};

/**
 * struct sixpn_machine - a machine, or what to do with one
 * @has: bits of enum sixpn_machine_has
 * @remove: changes only
 * @no_address: leave addresses and routes to somebody else (changes only)
 * @must_exist: do not make it (changes only)
 * @must_make: refuse if it is there (changes only)
 * @reattach: take it from where it hangs first, if that is elsewhere; else this
 *	is refused (changes only)
 * @attachment: enum sixpn_attachment
 * @state: enum sixpn_machine_state
 * @ifindex: in the namespace the netdev is in
 * @netns: "NAME", "PID" or "/PATH" of the namespace of a port, or NULL for that
 *	of the caller; owned. Not read from the kernel: a machine as read has
 *	SIXPN_MACHINE_HAS_NETNS once it is known
 * @netns_fd: what @netns stands for, once opened; not owned
 */
struct sixpn_machine {
	uint32_t has;
	bool remove;
	bool no_address;
	bool must_exist;
	bool must_make;
	bool reattach;
	uint32_t network;
	uint32_t id;
	struct in6_addr address;
	char name[SIXPN_MACHINE_NAME_MAX + 1];
	uint32_t attachment;
	uint32_t state;
	char ifname[IFNAMSIZ];
	uint32_t ifindex;
	char *netns;
	int netns_fd;
	uint8_t peer_key[SIXPN_KEY_LEN];
	uint32_t moved_to;
	struct sixpn_counters counters;
};

/**
 * struct sixpn_route - an exception route, or what to do with one
 * @address: sub 0
 * @host_id: 0 if not given (removals)
 * @remove: changes only
 */
struct sixpn_route {
	struct in6_addr address;
	uint32_t host_id;
	bool remove;
};

/* Bytes of the name of a drop reason, with its NUL. */
#define SIXPN_DROP_NAME_MAX 32

struct sixpn_drop {
	uint32_t reason;
	char name[SIXPN_DROP_NAME_MAX];
	uint64_t packets;
};

enum sixpn_device_has {
	SIXPN_DEVICE_HAS_IFINDEX = 1U << 0,
	SIXPN_DEVICE_HAS_PRIVATE_KEY = 1U << 1,
	SIXPN_DEVICE_HAS_PUBLIC_KEY = 1U << 2,
	SIXPN_DEVICE_HAS_LISTEN_PORT = 1U << 3,
	SIXPN_DEVICE_HAS_FWMARK = 1U << 4,
	SIXPN_DEVICE_HAS_GENERATION = 1U << 5,
	SIXPN_DEVICE_HAS_PEER_COUNT = 1U << 6,
	SIXPN_DEVICE_HAS_HOST_ID = 1U << 7,
	SIXPN_DEVICE_HAS_OBJECT_COUNTS = 1U << 8,
};

/**
 * struct sixpn_device - a mesh device, or what to change about one
 * @has: bits of enum sixpn_device_has
 * @flags: bits of enum sixpn_device_flag
 * @host_id: in a change, 0 lets it follow from the key
 * @kernel_peer_count: the kernel's own count, as of the reply; so are
 *	@kernel_network_count, @kernel_machine_count and @kernel_route_count
 * @peers: owned array; so are @networks, @machines, @routes and @drops
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
	uint32_t host_id;
	uint32_t kernel_peer_count;
	uint32_t kernel_network_count;
	uint32_t kernel_machine_count;
	uint32_t kernel_route_count;
	struct sixpn_peer *peers;
	size_t peer_count;
	size_t peer_room;
	struct sixpn_network *networks;
	size_t network_count;
	size_t network_room;
	struct sixpn_machine *machines;
	size_t machine_count;
	size_t machine_room;
	struct sixpn_route *routes;
	size_t route_count;
	size_t route_room;
	struct sixpn_drop *drops;
	size_t drop_count;
	size_t drop_room;
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
 * sixpn_device_add_network() - append an empty network
 *
 * Return: as sixpn_device_add_peer(); so do the next three.
 */
struct sixpn_network *sixpn_device_add_network(struct sixpn_device *device);
struct sixpn_machine *sixpn_device_add_machine(struct sixpn_device *device);
struct sixpn_route *sixpn_device_add_route(struct sixpn_device *device);
struct sixpn_drop *sixpn_device_add_drop(struct sixpn_device *device);

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
void sixpn_machine_clear(struct sixpn_machine *machine);
/* Networks, machines, routes and drops. */
void sixpn_device_clear_objects(struct sixpn_device *device);
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

/* The peer of kind host that has this id, or NULL. */
const struct sixpn_peer *sixpn_device_host_peer(const struct sixpn_device *device,
						uint32_t host_id);

/**
 * sixpn_device_sort_peers() - latest handshake first, as wg(8) shows them
 *
 * Peers that never had one stay last, in the order they had.
 *
 * Return: 0 or -ENOMEM, the order is then unchanged.
 */
int sixpn_device_sort_peers(struct sixpn_device *device);

#endif
