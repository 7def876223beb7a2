/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * sixpn: the generic netlink contract between the kernel module and user space.
 *
 * Family "sixpn", version 1. Every command needs CAP_NET_ADMIN in the user
 * namespace that owns the network namespace of the calling socket, and sees
 * only the mesh devices that live in that network namespace.
 *
 * Every request names its device by SIXPN_A_IFINDEX or SIXPN_A_IFNAME (exactly
 * one of them); the dump of SIXPN_CMD_DEVICE_GET names none. Integers are in
 * host byte order. Attributes, flag bits and nested attributes not listed for
 * a command are refused with -EINVAL, and so is an attribute given twice in one
 * place of a DEVICE_SET, unless it may be repeated. Nests carry NLA_F_NESTED.
 * Every refusal by the module (the core checks CAP_NET_ADMIN and allocates before
 * it is asked) carries an extended acknowledgment: a sentence
 * (NLMSGERR_ATTR_MSG) and, where one attribute is to blame, its offset
 * (NLMSGERR_ATTR_OFFS) or what is missing (NLMSGERR_ATTR_MISS_TYPE). For a dump
 * it comes with the NLMSG_DONE that holds the error, where older kernels put the
 * sentence only. A refused request has changed nothing.
 *
 * Errors common to all commands:
 *   -EPERM     the caller lacks CAP_NET_ADMIN
 *   -ENODEV    no such device in this network namespace
 *   -EOPNOTSUPP  the device is not of kind "sixpn"
 *   -EINVAL    missing, unknown, malformed or contradictory attribute
 *   -ERANGE    a number or length outside the range given below
 *   -ENOMEM    out of memory
 */
#ifndef _UAPI_LINUX_SIXPN_H
#define _UAPI_LINUX_SIXPN_H

#define SIXPN_GENL_NAME		"sixpn"
#define SIXPN_GENL_VERSION	1

/* Multicast group of the notifications (enum sixpn_cmd, *_NTF). Joining it
 * needs CAP_NET_ADMIN. Messages go to the network namespace the device lives
 * in at that moment. They never carry a private or preshared key.
 */
#define SIXPN_GENL_EVENTS	"events"

/* Bytes in a Curve25519 public or private key and in a preshared key. */
#define SIXPN_KEY_LEN		32

/**
 * enum sixpn_cmd - commands and notifications
 *
 * @SIXPN_CMD_DEVICE_GET: Read devices.
 *   do: IFINDEX or IFNAME. Reply: one message with IFINDEX, IFNAME,
 *   LISTEN_PORT, FWMARK, GENERATION, PEER_COUNT and, once a private key is
 *   set, PRIVATE_KEY and PUBLIC_KEY.
 *   dump: no attributes. Reply: one such message per device, by rising
 *   IFINDEX.
 *
 * @SIXPN_CMD_DEVICE_SET: Change a device and any number of its peers in one
 *   transaction. Request: IFINDEX or IFNAME, then any of GENERATION, FLAGS,
 *   PRIVATE_KEY, LISTEN_PORT, FWMARK and any number of PEER nests. The whole
 *   request is validated first, then applied in this order: REPLACE_PEERS,
 *   private key, fwmark, listen port, peers in order of appearance. Several
 *   PEER nests may name one public key; they act one after the other. A peer
 *   that is removed and added again in one request is a new one: sessions,
 *   counters and settings of the old one are gone. What is set to the value it
 *   has disturbs nothing. The preshared and private keys in the request are
 *   wiped, also in a copy that an error message quotes.
 *   Errors besides the common ones:
 *     -EADDRINUSE  the listen port is taken
 *     -ESTALE      GENERATION was given and is not the device's (see there)
 *     -EEXIST      a peer's public key is the device's own, or the new private
 *                  key belongs to a peer of this device
 *     -ENOSPC      more than 2^20 peers on the device
 *     -EPERM       a new LISTEN_PORT or FWMARK, and the caller lacks
 *                  CAP_NET_ADMIN in the namespace the device was created in,
 *                  where its sockets live
 *     -ENONET      a new LISTEN_PORT or FWMARK, and that namespace is gone
 *
 * @SIXPN_CMD_PEER_GET: Read the peers of one device.
 *   do: IFINDEX or IFNAME and a PEER nest that holds PUBLIC_KEY only.
 *   Reply: as one peer of the dump, or -ENOENT. -EMSGSIZE if the peer's
 *   allowed-ips do not fit in one message: dump instead.
 *   dump: IFINDEX or IFNAME. Reply: messages of IFINDEX, IFNAME, GENERATION
 *   and exactly one PEER nest each. A peer whose allowed-ips do not fit in one
 *   message goes on in the next, whose nest holds PUBLIC_KEY, FLAGS with
 *   SIXPN_PEER_F_CONTINUED, and further ALLOWED_IP nests; nothing else sets
 *   that flag, so a reader joins nests exactly when it is set. If the device's
 *   configuration changes between two parts of a dump, the rest of the
 *   messages carry NLM_F_DUMP_INTR: the reader starts again. If the device
 *   goes or leaves the namespace, the dump ends with -ENODEV.
 *
 * @SIXPN_CMD_DEVICE_NTF: A device was created, configured, renamed into or out
 *   of sight, or its port changed: IFINDEX, IFNAME, LISTEN_PORT, FWMARK,
 *   GENERATION, PEER_COUNT and PUBLIC_KEY if set.
 * @SIXPN_CMD_DEVICE_DEL_NTF: A device is gone: IFINDEX, IFNAME.
 * @SIXPN_CMD_PEER_NTF: A peer was added or changed by a request: IFINDEX,
 *   IFNAME, GENERATION, PEER { PUBLIC_KEY, ENDPOINT if known,
 *   PERSISTENT_KEEPALIVE }.
 * @SIXPN_CMD_PEER_DEL_NTF: A peer was removed: IFINDEX, IFNAME,
 *   PEER { PUBLIC_KEY }.
 * @SIXPN_CMD_HANDSHAKE_NTF: A handshake with a peer is complete and its
 *   session can send: IFINDEX, IFNAME, PEER { PUBLIC_KEY, ENDPOINT,
 *   LAST_HANDSHAKE, HANDSHAKE_RTT if ever measured }.
 * @SIXPN_CMD_ENDPOINT_NTF: A peer roamed: an authentic packet arrived from
 *   another address or port than the last: IFINDEX, IFNAME,
 *   PEER { PUBLIC_KEY, ENDPOINT }.
 */
enum sixpn_cmd {
	SIXPN_CMD_UNSPEC,
	SIXPN_CMD_DEVICE_GET,
	SIXPN_CMD_DEVICE_SET,
	SIXPN_CMD_PEER_GET,
	SIXPN_CMD_DEVICE_NTF,
	SIXPN_CMD_DEVICE_DEL_NTF,
	SIXPN_CMD_PEER_NTF,
	SIXPN_CMD_PEER_DEL_NTF,
	SIXPN_CMD_HANDSHAKE_NTF,
	SIXPN_CMD_ENDPOINT_NTF,
	__SIXPN_CMD_MAX
};

#define SIXPN_CMD_MAX (__SIXPN_CMD_MAX - 1)

/**
 * enum sixpn_attr - top-level attributes
 *
 * @SIXPN_A_PAD: never used; not accepted in a request.
 * @SIXPN_A_IFINDEX: u32, 1..2^31-1. Interface index of the mesh device.
 * @SIXPN_A_IFNAME: NUL-terminated string, 1..15 bytes. Name of the device.
 * @SIXPN_A_FLAGS: u32, bits of enum sixpn_device_flag. Default 0.
 * @SIXPN_A_PRIVATE_KEY: 32 bytes, Curve25519 private key; clamped by the
 *   kernel (RFC 7748 section 5). All zero: forget the key; the device then
 *   answers and starts no handshake. Peers stay; their sessions end.
 * @SIXPN_A_PUBLIC_KEY: 32 bytes, read only. The public key of PRIVATE_KEY.
 * @SIXPN_A_LISTEN_PORT: u16, UDP port. 0: a free port chosen when the device
 *   comes up. Changing it while up opens the new sockets first; on failure the
 *   old port stays. Default 0.
 * @SIXPN_A_FWMARK: u32, mark of outgoing UDP packets (policy routing), 0 =
 *   none. Default 0.
 * @SIXPN_A_PEER: nest of enum sixpn_peer_attr; may be repeated.
 * @SIXPN_A_GENERATION: u32. Counts configuration changes of the device, wraps.
 *   In a DEVICE_SET request: refuse with -ESTALE unless it still has this
 *   value (compare and set). A request that changes nothing does not count; one
 *   that names a peer to be configured does.
 * @SIXPN_A_PEER_COUNT: u32, read only. Number of peers.
 */
enum sixpn_attr {
	SIXPN_A_UNSPEC,
	SIXPN_A_PAD = SIXPN_A_UNSPEC,
	SIXPN_A_IFINDEX,
	SIXPN_A_IFNAME,
	SIXPN_A_FLAGS,
	SIXPN_A_PRIVATE_KEY,
	SIXPN_A_PUBLIC_KEY,
	SIXPN_A_LISTEN_PORT,
	SIXPN_A_FWMARK,
	SIXPN_A_PEER,
	SIXPN_A_GENERATION,
	SIXPN_A_PEER_COUNT,
	__SIXPN_A_MAX
};

#define SIXPN_A_MAX (__SIXPN_A_MAX - 1)

/**
 * enum sixpn_device_flag - bits of SIXPN_A_FLAGS
 *
 * @SIXPN_DEVICE_F_REPLACE_PEERS: remove all peers of the device before the
 *   peers of this request are applied.
 */
enum sixpn_device_flag {
	SIXPN_DEVICE_F_REPLACE_PEERS = 1U << 0,
	__SIXPN_DEVICE_F_ALL = SIXPN_DEVICE_F_REPLACE_PEERS
};

/**
 * enum sixpn_peer_attr - attributes of one peer
 *
 * @SIXPN_PEER_A_PAD: padding before 64-bit attributes of a reply, ignored; not
 *   accepted in a request.
 * @SIXPN_PEER_A_PUBLIC_KEY: 32 bytes; names the peer, always required. A point
 *   of low order can never complete a handshake and is refused with -EINVAL.
 * @SIXPN_PEER_A_PRESHARED_KEY: 32 bytes; all zero = none. Takes part from the
 *   next handshake on. Default none. Read: absent if none.
 * @SIXPN_PEER_A_FLAGS: u32, bits of enum sixpn_peer_flag. Default 0.
 * @SIXPN_PEER_A_ENDPOINT: struct sockaddr_in (16 bytes, AF_INET) or struct
 *   sockaddr_in6 (28 bytes, AF_INET6, sin6_scope_id used for link-local).
 *   Where to send until the peer is heard elsewhere. Port and address must not
 *   be 0, nor the address multicast, IPv4 broadcast or IPv4-mapped. A
 *   link-local address needs sin6_scope_id (1..2^31-1), with any other it must
 *   be 0. sin_zero and sin6_flowinfo are ignored. Read: absent while unknown.
 * @SIXPN_PEER_A_PERSISTENT_KEEPALIVE: u16, seconds between keepalives to this
 *   peer when nothing else is sent or received. 0 = off. Default 0. Turning it
 *   on while the device is up sends the first one at once.
 * @SIXPN_PEER_A_LAST_HANDSHAKE: u64, read only, nanoseconds since the epoch
 *   (CLOCK_REALTIME) of the last complete handshake; absent if none yet.
 * @SIXPN_PEER_A_HANDSHAKE_RTT: u32, read only, microseconds between our last
 *   handshake initiation and its response; absent if never measured.
 * @SIXPN_PEER_A_RX_BYTES: u64, read only. UDP payload bytes of authentic
 *   packets from this peer, handshakes included.
 * @SIXPN_PEER_A_TX_BYTES: u64, read only. The same, to this peer.
 * @SIXPN_PEER_A_RX_PACKETS: u64, read only. Packets in RX_BYTES.
 * @SIXPN_PEER_A_TX_PACKETS: u64, read only. Packets in TX_BYTES.
 * @SIXPN_PEER_A_ALLOWED_IP: nest of enum sixpn_allowedip_attr; may be repeated.
 * @SIXPN_PEER_A_PROTOCOL_VERSION: u32, always 1; may be left out.
 */
enum sixpn_peer_attr {
	SIXPN_PEER_A_UNSPEC,
	SIXPN_PEER_A_PAD = SIXPN_PEER_A_UNSPEC,
	SIXPN_PEER_A_PUBLIC_KEY,
	SIXPN_PEER_A_PRESHARED_KEY,
	SIXPN_PEER_A_FLAGS,
	SIXPN_PEER_A_ENDPOINT,
	SIXPN_PEER_A_PERSISTENT_KEEPALIVE,
	SIXPN_PEER_A_LAST_HANDSHAKE,
	SIXPN_PEER_A_HANDSHAKE_RTT,
	SIXPN_PEER_A_RX_BYTES,
	SIXPN_PEER_A_TX_BYTES,
	SIXPN_PEER_A_RX_PACKETS,
	SIXPN_PEER_A_TX_PACKETS,
	SIXPN_PEER_A_ALLOWED_IP,
	SIXPN_PEER_A_PROTOCOL_VERSION,
	__SIXPN_PEER_A_MAX
};

#define SIXPN_PEER_A_MAX (__SIXPN_PEER_A_MAX - 1)

/**
 * enum sixpn_peer_flag - bits of SIXPN_PEER_A_FLAGS
 *
 * @SIXPN_PEER_F_REMOVE: remove the peer; no other attribute but PUBLIC_KEY, and
 *   no other flag but UPDATE_ONLY, may stand beside it. Removing an absent peer
 *   is not an error.
 * @SIXPN_PEER_F_REPLACE_ALLOWED_IPS: forget the peer's allowed-ips before the
 *   ones of this nest are added.
 * @SIXPN_PEER_F_UPDATE_ONLY: ignore the nest if the peer does not exist
 *   (otherwise it would be created).
 * @SIXPN_PEER_F_CONTINUED: set by the kernel only, see SIXPN_CMD_PEER_GET.
 */
enum sixpn_peer_flag {
	SIXPN_PEER_F_REMOVE = 1U << 0,
	SIXPN_PEER_F_REPLACE_ALLOWED_IPS = 1U << 1,
	SIXPN_PEER_F_UPDATE_ONLY = 1U << 2,
	__SIXPN_PEER_F_ALL = SIXPN_PEER_F_REMOVE |
			     SIXPN_PEER_F_REPLACE_ALLOWED_IPS |
			     SIXPN_PEER_F_UPDATE_ONLY,
	SIXPN_PEER_F_CONTINUED = 1U << 16
};

/**
 * enum sixpn_allowedip_attr - one allowed-ips prefix of a peer
 *
 * All three of FAMILY, ADDRESS and PREFIX_LEN are required. Host bits are
 * masked off. Adding a prefix that another peer of the device holds moves it,
 * atomically for packets in flight.
 *
 * @SIXPN_ALLOWEDIP_A_FAMILY: u16, AF_INET or AF_INET6.
 * @SIXPN_ALLOWEDIP_A_ADDRESS: 4 or 16 bytes, network byte order.
 * @SIXPN_ALLOWEDIP_A_PREFIX_LEN: u8, 0..32 or 0..128.
 * @SIXPN_ALLOWEDIP_A_FLAGS: u32, bits of enum sixpn_allowedip_flag. Default 0.
 */
enum sixpn_allowedip_attr {
	SIXPN_ALLOWEDIP_A_UNSPEC,
	SIXPN_ALLOWEDIP_A_FAMILY,
	SIXPN_ALLOWEDIP_A_ADDRESS,
	SIXPN_ALLOWEDIP_A_PREFIX_LEN,
	SIXPN_ALLOWEDIP_A_FLAGS,
	__SIXPN_ALLOWEDIP_A_MAX
};

#define SIXPN_ALLOWEDIP_A_MAX (__SIXPN_ALLOWEDIP_A_MAX - 1)

/**
 * enum sixpn_allowedip_flag - bits of SIXPN_ALLOWEDIP_A_FLAGS
 *
 * @SIXPN_ALLOWEDIP_F_REMOVE: remove the prefix if this peer holds it; no error
 *   if it does not.
 */
enum sixpn_allowedip_flag {
	SIXPN_ALLOWEDIP_F_REMOVE = 1U << 0,
	__SIXPN_ALLOWEDIP_F_ALL = SIXPN_ALLOWEDIP_F_REMOVE
};

#endif /* _UAPI_LINUX_SIXPN_H */
