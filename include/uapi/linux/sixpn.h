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

/* Bytes in the name of a machine, without the NUL: that of a DNS label. */
#define SIXPN_MACHINE_NAME_MAX	63

/**
 * enum sixpn_cmd - commands and notifications
 *
 * @SIXPN_CMD_DEVICE_GET: Read devices.
 *   do: IFINDEX or IFNAME. Reply: one message with IFINDEX, IFNAME,
 *   LISTEN_PORT, FWMARK, GENERATION, PEER_COUNT, NETWORK_COUNT,
 *   MACHINE_COUNT, ROUTE_COUNT, a DROP nest per reason; once a private key is
 *   set, PRIVATE_KEY and PUBLIC_KEY; HOST_ID if there is one; FLAGS if any of
 *   those the kernel sets is.
 *   dump: no attributes. Reply: one such message per device, by rising
 *   IFINDEX.
 *
 * @SIXPN_CMD_DEVICE_SET: Change a device and any number of its peers in one
 *   transaction. Request: IFINDEX or IFNAME, then any of GENERATION, FLAGS,
 *   PRIVATE_KEY, HOST_ID, LISTEN_PORT, FWMARK and any number of PEER nests. The
 *   whole request is validated first, then applied in this order:
 *   REPLACE_PEERS, private key, host id, fwmark, listen port, peers in order of
 *   appearance. Several
 *   PEER nests may name one public key; they act one after the other. A peer
 *   that is removed and added again in one request is a new one: sessions,
 *   counters and settings of the old one are gone. What is set to the value it
 *   has disturbs nothing. The preshared and private keys in the request are
 *   wiped, also in a copy that an error message quotes.
 *   Errors besides the common ones:
 *     -EADDRINUSE  the listen port is taken
 *     -ESTALE      GENERATION was given and is not the device's (see there)
 *     -EEXIST      a peer's public key is the device's own, or the new private
 *                  key belongs to a peer of this device; a host id is that of
 *                  another host
 *     -EBUSY       the device's host id would change, by itself or with the
 *                  key, while machines have addresses of it; or the kind of a
 *                  peer that machines hang on
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
 *   of sight, or its port changed: as the reply to DEVICE_GET, but without
 *   PRIVATE_KEY and DROP.
 * @SIXPN_CMD_DEVICE_DEL_NTF: A device is gone: IFINDEX, IFNAME.
 * @SIXPN_CMD_PEER_NTF: A peer was added or changed by a request: IFINDEX,
 *   IFNAME, GENERATION, PEER { PUBLIC_KEY, ENDPOINT if known,
 *   PERSISTENT_KEEPALIVE, KIND, HOST_ID if it has one }.
 * @SIXPN_CMD_PEER_DEL_NTF: A peer was removed: IFINDEX, IFNAME,
 *   PEER { PUBLIC_KEY, FLAGS if not 0: SIXPN_PEER_F_EXPIRED }.
 * @SIXPN_CMD_HANDSHAKE_NTF: A handshake with a peer is complete and its
 *   session can send: IFINDEX, IFNAME, PEER { PUBLIC_KEY, ENDPOINT,
 *   LAST_HANDSHAKE, HANDSHAKE_RTT if ever measured }.
 * @SIXPN_CMD_ENDPOINT_NTF: A peer roamed: an authentic packet arrived from
 *   another address or port than the last: IFINDEX, IFNAME,
 *   PEER { PUBLIC_KEY, ENDPOINT }.
 *
 * @SIXPN_CMD_NETWORK_NEW: Make a network, an isolated 6PN: fdaa:N:N::/48.
 *   Request: IFINDEX or IFNAME, NETWORK { ID }. Machine 0, the host itself, is
 *   in it from then on.
 *   Errors besides the common ones:
 *     -EEXIST      the device has it already
 *     -ENOSPC      more than 2^20 networks on the device
 * @SIXPN_CMD_NETWORK_DEL: Remove a network with its machines, their ports, and
 *   its exception routes: for packets in one step. Request: IFINDEX or IFNAME,
 *   NETWORK { ID }. -ENOENT: the device does not have it.
 * @SIXPN_CMD_NETWORK_GET: Read the networks of one device.
 *   do: IFINDEX or IFNAME, NETWORK { ID }. Reply: as one of the dump, or
 *   -ENOENT.
 *   dump: IFINDEX or IFNAME. Reply: messages of IFINDEX, IFNAME, GENERATION
 *   and one NETWORK nest each, by rising ID. For NLM_F_DUMP_INTR and the end
 *   with -ENODEV see PEER_GET; so it is for the other dumps of one device.
 *
 * @SIXPN_CMD_MACHINE_NEW: Make a machine, with an address that is its own.
 *   Request: IFINDEX or IFNAME, MACHINE { NETWORK, and any of NAME, one of ID
 *   and ADDRESS, MOVED_TO, ATTACHMENT with what belongs to it }. With neither ID
 *   nor ADDRESS the kernel finds an id: by a hash of network
 *   and NAME, the same on every boot, or at random without a name. Without
 *   ATTACHMENT the machine is SIXPN_ATTACHMENT_NONE: its address is taken, and
 *   it can be attached with MACHINE_SET.
 *   Reply: as one machine of MACHINE_GET; from it the caller learns the
 *   address.
 *   Errors besides the common ones:
 *     -ENOENT      no such network on the device; no peer of this PEER_KEY; no
 *                  peer of kind host has the id MOVED_TO; no such netdev or
 *                  network namespace
 *     -EEXIST      the network has a machine of this name, id or address on
 *                  this device; or the name of the port is taken in its
 *                  namespace
 *     -EBUSY       the id was another machine's less than 60 s ago; the netdev
 *                  to be bound is in use
 *     -EADDRNOTAVAIL  the device has no host id: no key, and none set
 *     -ENOSPC      2^20 machines on the device, ids in quarantine counted; or
 *                  no free id was found
 *     -EPERM       the caller lacks CAP_NET_ADMIN in the namespace of the port
 * @SIXPN_CMD_MACHINE_SET: Change a machine. Request: IFINDEX or IFNAME,
 *   MACHINE { what names it as for MACHINE_GET; MOVED_TO, or ATTACHMENT with
 *   what belongs to it, or both }. A machine can be attached if it is not
 *   (SIXPN_ATTACHMENT_NONE, or the netdev it hung on is gone); to
 *   SIXPN_ATTACHMENT_NONE always, which takes its port away.
 *   Reply and errors as for MACHINE_NEW; besides:
 *     -ENOENT      no such machine
 *     -EBUSY       it is attached already
 * @SIXPN_CMD_MACHINE_DEL: Remove a machine, with its port if it has one.
 *   Request: IFINDEX or IFNAME, MACHINE { what names it }. Its id is not given
 *   to a machine of another name for 60 s. -ENOENT: no such machine.
 * @SIXPN_CMD_MACHINE_GET: Read the machines of one device.
 *   do: IFINDEX or IFNAME, MACHINE { ADDRESS (any of its 65,536), or NETWORK
 *   and one of NAME, ID }. Reply: as one of the dump, or -ENOENT. Machine 0 of
 *   the device's own host id can be read so; it is in no dump.
 *   dump: IFINDEX or IFNAME. Reply: messages of IFINDEX, IFNAME, GENERATION
 *   and one MACHINE nest each.
 *
 * @SIXPN_CMD_ROUTE_NEW: Add or change an exception route: a machine that has
 *   moved is reached at another host than its address says. Request: IFINDEX
 *   or IFNAME, ROUTE { ADDRESS, HOST_ID }. It goes with its network, and with
 *   the peer that has this host id. A machine of this device goes before a
 *   route.
 *   Errors besides the common ones:
 *     -ENOENT      no such network on the device, or no peer of kind host has
 *                  this id
 *     -ENOSPC      more than 2^20 routes on the device
 * @SIXPN_CMD_ROUTE_DEL: Remove an exception route: IFINDEX or IFNAME,
 *   ROUTE { ADDRESS }. -ENOENT: there is none.
 * @SIXPN_CMD_ROUTE_GET: Read the exception routes of one device.
 *   do: IFINDEX or IFNAME, ROUTE { ADDRESS }. Reply: as one of the dump, or
 *   -ENOENT.
 *   dump: IFINDEX or IFNAME. Reply: messages of IFINDEX, IFNAME, GENERATION
 *   and one ROUTE nest each.
 *
 * @SIXPN_CMD_UNKNOWN_NTF: A handshake came from somebody who has the private
 *   key to this public key and is no peer: IFINDEX, IFNAME, PEER { PUBLIC_KEY,
 *   ENDPOINT }. The handshake is kept for 5 s: if the peer is added meanwhile,
 *   it is answered; that of a client, once it has a machine or allowed-ips, as
 *   what it sends before would be dropped. At most 1024 are kept, and at most
 *   200 of these events sent per second; one per key and 5 s.
 * @SIXPN_CMD_NETWORK_NTF: A network was made: IFINDEX, IFNAME, GENERATION,
 *   NETWORK { ID }.
 * @SIXPN_CMD_NETWORK_DEL_NTF: A network was removed: IFINDEX, IFNAME,
 *   NETWORK { ID }. Its machines and routes were too, without events of their
 *   own.
 * @SIXPN_CMD_MACHINE_NTF: A machine was made, changed, attached or detached:
 *   IFINDEX, IFNAME, GENERATION, MACHINE { all but the counters }.
 * @SIXPN_CMD_MACHINE_DEL_NTF: A machine was removed: IFINDEX, IFNAME,
 *   MACHINE { NETWORK, ID, ADDRESS, NAME if it had one }.
 * @SIXPN_CMD_ROUTE_NTF: An exception route was made or changed: IFINDEX,
 *   IFNAME, GENERATION, ROUTE { ADDRESS, HOST_ID }.
 * @SIXPN_CMD_ROUTE_DEL_NTF: An exception route was removed, by request or with
 *   its peer: IFINDEX, IFNAME, ROUTE { ADDRESS, HOST_ID }.
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
	SIXPN_CMD_NETWORK_NEW,
	SIXPN_CMD_NETWORK_DEL,
	SIXPN_CMD_NETWORK_GET,
	SIXPN_CMD_MACHINE_NEW,
	SIXPN_CMD_MACHINE_SET,
	SIXPN_CMD_MACHINE_DEL,
	SIXPN_CMD_MACHINE_GET,
	SIXPN_CMD_ROUTE_NEW,
	SIXPN_CMD_ROUTE_DEL,
	SIXPN_CMD_ROUTE_GET,
	SIXPN_CMD_UNKNOWN_NTF,
	SIXPN_CMD_NETWORK_NTF,
	SIXPN_CMD_NETWORK_DEL_NTF,
	SIXPN_CMD_MACHINE_NTF,
	SIXPN_CMD_MACHINE_DEL_NTF,
	SIXPN_CMD_ROUTE_NTF,
	SIXPN_CMD_ROUTE_DEL_NTF,
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
 * @SIXPN_A_HOST_ID: u32, 2..2^32-1: the id of this host, part of its machines'
 *   addresses. In a request, 0: let it follow from the public key (first 32
 *   bits, big endian, of BLAKE2s-256 of "sixpn host-id v1" and the key; while
 *   that is below 2, of the label and the digest before). Default 0. Read:
 *   absent while there is none.
 * @SIXPN_A_NETWORK: nest of enum sixpn_network_attr.
 * @SIXPN_A_MACHINE: nest of enum sixpn_machine_attr.
 * @SIXPN_A_ROUTE: nest of enum sixpn_route_attr.
 * @SIXPN_A_NETWORK_COUNT: u32, read only. Number of networks.
 * @SIXPN_A_MACHINE_COUNT: u32, read only. Number of machines, without the
 *   machine 0 of each network.
 * @SIXPN_A_ROUTE_COUNT: u32, read only. Number of exception routes.
 * @SIXPN_A_DROP: nest of enum sixpn_drop_attr, read only; repeated, one for
 *   each reason there is.
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
	SIXPN_A_HOST_ID,
	SIXPN_A_NETWORK,
	SIXPN_A_MACHINE,
	SIXPN_A_ROUTE,
	SIXPN_A_NETWORK_COUNT,
	SIXPN_A_MACHINE_COUNT,
	SIXPN_A_ROUTE_COUNT,
	SIXPN_A_DROP,
	__SIXPN_A_MAX
};

#define SIXPN_A_MAX (__SIXPN_A_MAX - 1)

/**
 * enum sixpn_device_flag - bits of SIXPN_A_FLAGS
 *
 * @SIXPN_DEVICE_F_REPLACE_PEERS: remove all peers of the device before the
 *   peers of this request are applied.
 * @SIXPN_DEVICE_F_HOST_ID_SET: set by the kernel only: HOST_ID was set by hand
 *   and does not follow from the key.
 */
enum sixpn_device_flag {
	SIXPN_DEVICE_F_REPLACE_PEERS = 1U << 0,
	__SIXPN_DEVICE_F_ALL = SIXPN_DEVICE_F_REPLACE_PEERS,
	SIXPN_DEVICE_F_HOST_ID_SET = 1U << 16
};

/**
 * enum sixpn_peer_kind - values of SIXPN_PEER_A_KIND
 *
 * @SIXPN_PEER_KIND_SITE: as in WireGuard: its allowed-ips, outside of fdaa::/16.
 * @SIXPN_PEER_KIND_HOST: another host of the mesh: the machines of its host id.
 * @SIXPN_PEER_KIND_CLIENT: a stock WireGuard client: the machines of attachment
 *   client that name its key.
 */
enum sixpn_peer_kind {
	SIXPN_PEER_KIND_SITE,
	SIXPN_PEER_KIND_HOST,
	SIXPN_PEER_KIND_CLIENT,
	__SIXPN_PEER_KIND_MAX
};

#define SIXPN_PEER_KIND_MAX (__SIXPN_PEER_KIND_MAX - 1)

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
 * @SIXPN_PEER_A_KIND: u32, enum sixpn_peer_kind. Default SIXPN_PEER_KIND_SITE.
 *   A peer that machines hang on stays of kind client (-EBUSY).
 * @SIXPN_PEER_A_HOST_ID: u32, 2..2^32-1; for kind host only. In a request, 0:
 *   let it follow from the public key, as that of a device does. Default 0. Two
 *   hosts cannot have one id: -EEXIST. Read: absent for other kinds.
 * @SIXPN_PEER_A_IDLE_EXPIRY: u32, seconds, 0..2^20: the peer is removed, with
 *   the machines that hang on it, when no authentic packet has come from it for
 *   so long while the device was up. 0: never. Default 0.
 * @SIXPN_PEER_A_DROPS: u64, read only. Packets that came from this peer, by the
 *   proof of their tag, or were for it, and were not passed on, for any reason.
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
	SIXPN_PEER_A_KIND,
	SIXPN_PEER_A_HOST_ID,
	SIXPN_PEER_A_IDLE_EXPIRY,
	SIXPN_PEER_A_DROPS,
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
 * @SIXPN_PEER_F_HOST_ID_SET: set by the kernel only: HOST_ID was set by hand and
 *   does not follow from the key.
 * @SIXPN_PEER_F_EXPIRED: set by the kernel only, in SIXPN_CMD_PEER_DEL_NTF: the
 *   peer was removed because of its IDLE_EXPIRY.
 */
enum sixpn_peer_flag {
	SIXPN_PEER_F_REMOVE = 1U << 0,
	SIXPN_PEER_F_REPLACE_ALLOWED_IPS = 1U << 1,
	SIXPN_PEER_F_UPDATE_ONLY = 1U << 2,
	__SIXPN_PEER_F_ALL = SIXPN_PEER_F_REMOVE |
			     SIXPN_PEER_F_REPLACE_ALLOWED_IPS |
			     SIXPN_PEER_F_UPDATE_ONLY,
	SIXPN_PEER_F_CONTINUED = 1U << 16,
	SIXPN_PEER_F_HOST_ID_SET = 1U << 17,
	SIXPN_PEER_F_EXPIRED = 1U << 18
};

/* Idle expiry in seconds, at most: 12 days. */
#define SIXPN_IDLE_EXPIRY_MAX	(1U << 20)

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

/**
 * enum sixpn_network_attr - attributes of one network
 *
 * Counters are of its machines on this host, machine 0 included.
 *
 * @SIXPN_NETWORK_A_PAD: padding before 64-bit attributes of a reply, ignored;
 *   not accepted in a request.
 * @SIXPN_NETWORK_A_ID: u32, 1..2^32-1. Names the network, always required.
 * @SIXPN_NETWORK_A_MACHINE_COUNT: u32, read only. Without machine 0.
 * @SIXPN_NETWORK_A_RX_PACKETS: u64, read only. Inner packets that reached
 *   machines.
 * @SIXPN_NETWORK_A_RX_BYTES: u64, read only. Bytes of these.
 * @SIXPN_NETWORK_A_TX_PACKETS: u64, read only. Inner packets that machines sent
 *   and that were passed on.
 * @SIXPN_NETWORK_A_TX_BYTES: u64, read only. Bytes of these.
 * @SIXPN_NETWORK_A_DROPS: u64, read only. Inner packets from or for machines
 *   that were not passed on, for any reason.
 */
enum sixpn_network_attr {
	SIXPN_NETWORK_A_UNSPEC,
	SIXPN_NETWORK_A_PAD = SIXPN_NETWORK_A_UNSPEC,
	SIXPN_NETWORK_A_ID,
	SIXPN_NETWORK_A_MACHINE_COUNT,
	SIXPN_NETWORK_A_RX_PACKETS,
	SIXPN_NETWORK_A_RX_BYTES,
	SIXPN_NETWORK_A_TX_PACKETS,
	SIXPN_NETWORK_A_TX_BYTES,
	SIXPN_NETWORK_A_DROPS,
	__SIXPN_NETWORK_A_MAX
};

#define SIXPN_NETWORK_A_MAX (__SIXPN_NETWORK_A_MAX - 1)

/**
 * enum sixpn_attachment - values of SIXPN_MACHINE_A_ATTACHMENT
 *
 * @SIXPN_ATTACHMENT_NONE: nothing yet, or nothing any more. Takes no further
 *   attribute.
 * @SIXPN_ATTACHMENT_PORT: a child netdev of the mesh device that is made in the
 *   target namespace: IFNAME (the name it gets there), and NETNS_FD or NETNS_PID
 *   (default: the namespace of the caller).
 * @SIXPN_ATTACHMENT_BIND: an existing netdev of the caller's namespace, IFNAME
 *   or IFINDEX: only it speaks for this machine.
 * @SIXPN_ATTACHMENT_CLIENT: a peer of kind client, PEER_KEY.
 * @SIXPN_ATTACHMENT_HOST: the mesh device itself. Takes no further attribute.
 */
enum sixpn_attachment {
	SIXPN_ATTACHMENT_NONE,
	SIXPN_ATTACHMENT_PORT,
	SIXPN_ATTACHMENT_BIND,
	SIXPN_ATTACHMENT_CLIENT,
	SIXPN_ATTACHMENT_HOST,
	__SIXPN_ATTACHMENT_MAX
};

#define SIXPN_ATTACHMENT_MAX (__SIXPN_ATTACHMENT_MAX - 1)

/**
 * enum sixpn_machine_state - values of SIXPN_MACHINE_A_STATE
 *
 * @SIXPN_MACHINE_STATE_DETACHED: it has its address and hangs on nothing: made
 *   so, or the netdev it hung on is gone.
 * @SIXPN_MACHINE_STATE_ATTACHED: it hangs on what ATTACHMENT says.
 * @SIXPN_MACHINE_STATE_MOVED: MOVED_TO is set: its packets are forwarded there.
 */
enum sixpn_machine_state {
	SIXPN_MACHINE_STATE_DETACHED,
	SIXPN_MACHINE_STATE_ATTACHED,
	SIXPN_MACHINE_STATE_MOVED,
};

/**
 * enum sixpn_machine_attr - attributes of one machine
 *
 * @SIXPN_MACHINE_A_PAD: padding before 64-bit attributes of a reply, ignored;
 *   not accepted in a request.
 * @SIXPN_MACHINE_A_NETWORK: u32, 1..2^32-1. The network it is in. Beside
 *   ADDRESS it may be left out; if given it must be the same.
 * @SIXPN_MACHINE_A_ID: u32, 1..2^32-1. With this device's own host id. Read: of
 *   the address, whichever host id that has; 0 for the host itself.
 * @SIXPN_MACHINE_A_NAME: NUL-terminated string, 1..63 bytes: a-z, 0-9, '-', '_'
 *   and '.', the first a letter or digit. Unique in a network on one device.
 *   Read: absent if none.
 * @SIXPN_MACHINE_A_ADDRESS: 16 bytes, network byte order, a 6PN address
 *   (include/sixpn/addr.h). In MACHINE_NEW: the address to have, of any host id
 *   from 2 on (a machine that moved here brings its address along), machine id
 *   not 0, sub 2. Otherwise of any sub. Read: sub 2; of machine 0 absent while
 *   the device has no host id.
 * @SIXPN_MACHINE_A_ATTACHMENT: u32, enum sixpn_attachment. Default
 *   SIXPN_ATTACHMENT_NONE.
 * @SIXPN_MACHINE_A_IFNAME: NUL-terminated string, 1..15 bytes. Attachment port:
 *   the name of the port to be, required; may contain one "%d". Attachment bind:
 *   the netdev, instead of IFINDEX. Read: absent if there is none.
 * @SIXPN_MACHINE_A_IFINDEX: u32, 1..2^31-1. Attachment bind: the netdev, instead
 *   of IFNAME. Read: in the namespace the netdev is in; absent if there is none.
 * @SIXPN_MACHINE_A_NETNS_FD: u32, a file descriptor of the caller that stands for
 *   the network namespace of the port. Attachment port only. Not read.
 * @SIXPN_MACHINE_A_NETNS_PID: u32, 1..2^31-1, instead of NETNS_FD: of this
 *   process, in the caller's pid namespace. Not read.
 * @SIXPN_MACHINE_A_PEER_KEY: 32 bytes, a peer's public key. Attachment client,
 *   required. The machine is removed with this peer.
 * @SIXPN_MACHINE_A_MOVED_TO: u32, 2..2^32-1. The machine lives at the peer of
 *   kind host that has this host id: what comes for it is forwarded there, what
 *   it sends comes from there. In a request, 0: it lives here. Default 0. Read:
 *   absent if 0.
 * @SIXPN_MACHINE_A_STATE: u32, enum sixpn_machine_state, read only.
 * @SIXPN_MACHINE_A_RX_PACKETS: u64, read only. Inner packets that reached it.
 * @SIXPN_MACHINE_A_RX_BYTES: u64, read only. Bytes of these.
 * @SIXPN_MACHINE_A_TX_PACKETS: u64, read only. Inner packets it sent that were
 *   passed on.
 * @SIXPN_MACHINE_A_TX_BYTES: u64, read only. Bytes of these.
 * @SIXPN_MACHINE_A_DROPS: u64, read only. Inner packets from or for it that were
 *   not passed on, for any reason.
 */
enum sixpn_machine_attr {
	SIXPN_MACHINE_A_UNSPEC,
	SIXPN_MACHINE_A_PAD = SIXPN_MACHINE_A_UNSPEC,
	SIXPN_MACHINE_A_NETWORK,
	SIXPN_MACHINE_A_ID,
	SIXPN_MACHINE_A_NAME,
	SIXPN_MACHINE_A_ADDRESS,
	SIXPN_MACHINE_A_ATTACHMENT,
	SIXPN_MACHINE_A_IFNAME,
	SIXPN_MACHINE_A_IFINDEX,
	SIXPN_MACHINE_A_NETNS_FD,
	SIXPN_MACHINE_A_NETNS_PID,
	SIXPN_MACHINE_A_PEER_KEY,
	SIXPN_MACHINE_A_MOVED_TO,
	SIXPN_MACHINE_A_STATE,
	SIXPN_MACHINE_A_RX_PACKETS,
	SIXPN_MACHINE_A_RX_BYTES,
	SIXPN_MACHINE_A_TX_PACKETS,
	SIXPN_MACHINE_A_TX_BYTES,
	SIXPN_MACHINE_A_DROPS,
	__SIXPN_MACHINE_A_MAX
};

#define SIXPN_MACHINE_A_MAX (__SIXPN_MACHINE_A_MAX - 1)

/**
 * enum sixpn_route_attr - attributes of one exception route
 *
 * @SIXPN_ROUTE_A_ADDRESS: 16 bytes, network byte order, a 6PN address of a
 *   machine (not machine 0): the route is for its /112, and the sub is ignored.
 *   Names the route, always required. Read: sub 0.
 * @SIXPN_ROUTE_A_HOST_ID: u32, 2..2^32-1: the peer of kind host that has this id.
 */
enum sixpn_route_attr {
	SIXPN_ROUTE_A_UNSPEC,
	SIXPN_ROUTE_A_ADDRESS,
	SIXPN_ROUTE_A_HOST_ID,
	__SIXPN_ROUTE_A_MAX
};

#define SIXPN_ROUTE_A_MAX (__SIXPN_ROUTE_A_MAX - 1)

/**
 * enum sixpn_drop_reason - why a packet was not passed on
 *
 * Names (SIXPN_DROP_A_NAME, ethtool -S) are these in lower case, with hyphens.
 * New ones come at the end. Packets are inner ones; but from BAD_MESSAGE on, what
 * came on the underlay and was not let in: it is not known what is in it.
 *
 * @SIXPN_DROP_MALFORMED: not an IPv4 or IPv6 packet, or its lengths contradict
 *   (jumbograms too).
 * @SIXPN_DROP_NOT_6PN: its addresses are not both in fdaa::/16, which is all
 *   that machines may speak: link-local, multicast, IPv4 are not.
 * @SIXPN_DROP_FOREIGN_NETWORK: source and destination are of two networks.
 * @SIXPN_DROP_SPOOFED_SOURCE: the way back to the source is not where it came
 *   from.
 * @SIXPN_DROP_NO_NETWORK: the device does not have the network.
 * @SIXPN_DROP_NO_MACHINE: this host has no such machine; or the host has not
 *   given itself this address in the network.
 * @SIXPN_DROP_DETACHED: the machine hangs on nothing at present, or on a netdev
 *   that is down.
 * @SIXPN_DROP_NO_HOST: no peer has the host id.
 * @SIXPN_DROP_NO_PEER: no peer has the destination in its allowed-ips.
 * @SIXPN_DROP_NO_ENDPOINT: it is not known where the peer is.
 * @SIXPN_DROP_NO_SESSION: no session came about, or too many packets wait for
 *   one.
 * @SIXPN_DROP_NOT_FORWARDED: from a host, for a machine that is elsewhere.
 * @SIXPN_DROP_ROUTING_HEADER: it carries a routing header.
 * @SIXPN_DROP_HEADER_CHAIN: its extension headers are too many, cut short, or
 *   not all in the first fragment.
 * @SIXPN_DROP_NEIGHBOUR_DISCOVERY: neighbour or router discovery, a redirect, or
 *   multicast listener discovery: machines share no link.
 * @SIXPN_DROP_FOREIGN_QUOTE: an ICMPv6 error about a packet that the machine it
 *   is for cannot have sent.
 * @SIXPN_DROP_HOP_LIMIT: it has come too far.
 * @SIXPN_DROP_TOO_BIG: longer than the way can carry.
 * @SIXPN_DROP_WELL_KNOWN: no such well-known or service address.
 * @SIXPN_DROP_DEVICE_DOWN: the mesh device is down.
 * @SIXPN_DROP_LOOP: it went in a loop of mesh devices.
 * @SIXPN_DROP_NO_MEMORY: out of memory.
 * @SIXPN_DROP_BAD_MESSAGE: a datagram that is no message of the protocol, by its
 *   type or length.
 * @SIXPN_DROP_UNKNOWN_SESSION: a data message for a session that this device
 *   does not have: not any more, or never.
 * @SIXPN_DROP_NOT_AUTHENTIC: the tag of a data message is wrong; or the first MAC
 *   of a handshake message, as with a sender who has another public key for this
 *   device; or the answer to a handshake of ours does not prove the keys that it
 *   should, as with two different preshared keys.
 * @SIXPN_DROP_REPLAYED: a data message that is authentic, but came before, or is
 *   older than the 8,000 before the newest, or beyond the last of its session.
 * @SIXPN_DROP_OVERLOAD: a handshake message while too many wait: there was no room
 *   for it, or its sender first has to show a cookie or comes too often. Also
 *   when this host is about to sleep.
 */
enum sixpn_drop_reason {
	SIXPN_DROP_UNSPEC,
	SIXPN_DROP_MALFORMED,
	SIXPN_DROP_NOT_6PN,
	SIXPN_DROP_FOREIGN_NETWORK,
	SIXPN_DROP_SPOOFED_SOURCE,
	SIXPN_DROP_NO_NETWORK,
	SIXPN_DROP_NO_MACHINE,
	SIXPN_DROP_DETACHED,
	SIXPN_DROP_NO_HOST,
	SIXPN_DROP_NO_PEER,
	SIXPN_DROP_NO_ENDPOINT,
	SIXPN_DROP_NO_SESSION,
	SIXPN_DROP_NOT_FORWARDED,
	SIXPN_DROP_ROUTING_HEADER,
	SIXPN_DROP_HEADER_CHAIN,
	SIXPN_DROP_NEIGHBOUR_DISCOVERY,
	SIXPN_DROP_FOREIGN_QUOTE,
	SIXPN_DROP_HOP_LIMIT,
	SIXPN_DROP_TOO_BIG,
	SIXPN_DROP_WELL_KNOWN,
	SIXPN_DROP_DEVICE_DOWN,
	SIXPN_DROP_LOOP,
	SIXPN_DROP_NO_MEMORY,
	SIXPN_DROP_BAD_MESSAGE,
	SIXPN_DROP_UNKNOWN_SESSION,
	SIXPN_DROP_NOT_AUTHENTIC,
	SIXPN_DROP_REPLAYED,
	SIXPN_DROP_OVERLOAD,
	__SIXPN_DROP_MAX
};

#define SIXPN_DROP_MAX (__SIXPN_DROP_MAX - 1)

/**
 * enum sixpn_drop_attr - one drop counter
 *
 * @SIXPN_DROP_A_PAD: padding before 64-bit attributes, ignored.
 * @SIXPN_DROP_A_REASON: u32, enum sixpn_drop_reason.
 * @SIXPN_DROP_A_NAME: NUL-terminated string, its name: a reader need not know
 *   the numbers.
 * @SIXPN_DROP_A_PACKETS: u64. Packets dropped for this reason.
 */
enum sixpn_drop_attr {
	SIXPN_DROP_A_UNSPEC,
	SIXPN_DROP_A_PAD = SIXPN_DROP_A_UNSPEC,
	SIXPN_DROP_A_REASON,
	SIXPN_DROP_A_NAME,
	SIXPN_DROP_A_PACKETS,
	__SIXPN_DROP_A_MAX
};

#define SIXPN_DROP_A_MAX (__SIXPN_DROP_A_MAX - 1)

/**
 * enum sixpn_link_attr - IFLA_INFO_DATA of a link of kind "sixpn"
 *
 * With IFLA_LINK (the mesh device; ip link add link mesh0 name eth6 type sixpn)
 * the new link is a port, and a machine of random id is made for it, which ends
 * when the link is deleted, unless it has moved away. Without IFLA_LINK it is a
 * mesh device, which takes none of these.
 *
 * @SIXPN_LINK_A_NETWORK: u32, 1..2^32-1. The network of the machine, required.
 * @SIXPN_LINK_A_MACHINE_ID: u32, 1..2^32-1. Its id; default: random. Read: the
 *   one it has.
 */
enum sixpn_link_attr {
	SIXPN_LINK_A_UNSPEC,
	SIXPN_LINK_A_NETWORK,
	SIXPN_LINK_A_MACHINE_ID,
	__SIXPN_LINK_A_MAX
};

#define SIXPN_LINK_A_MAX (__SIXPN_LINK_A_MAX - 1)

#endif /* _UAPI_LINUX_SIXPN_H */
