#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""refusals.py GROUP DEV [ARG...]: requests that must be refused, each with its error and a sentence, and change nothing.

The device has a key, a port and two peers with allowed-ips. Its whole configuration is read before and after each.
"""
import errno
import os
import re
import struct
import sys

import noise
import sockets as socket
from genl import *  # noqa: F403 a test of these names

family = Family()
dev = sys.argv[2]
name = attr(IFNAME, dev.encode() + b"\0")
index = socket.if_nametoindex(dev)
NEW = noise.public_of(b"\x11" * 32)
failures = 0


def snapshot():
    """All that can be read of the configuration, generation included."""
    return family.do(DEVICE_GET, name), family.dump(PEER_GET, name)


def refuse(what, error, sentence, *parts, command=DEVICE_SET, at=True, dump=False):
    """at: whether the refusal must point to an attribute"""
    global failures
    before = snapshot()
    try:
        (family.dump if dump else family.do)(command, *parts)
        got = "it was accepted"
    except Refused as refused:
        wanted = (error,) if isinstance(error, int) else error
        got = None
        if refused.errno not in wanted or not re.search(sentence, refused.sentence, re.IGNORECASE):
            got = str(refused)
        elif not refused.sentence:
            got = f"{refused}, without a sentence"
        elif at and refused.offset is None:
            got = f"{refused}, pointing to no attribute"
    if snapshot() != before:
        got = f"{got or 'refused'}, but something changed"
    if got:
        failures += 1
    print(f"{'FAIL' if got else 'good'}: {what}{': ' + got if got else ''}")


def peer(*parts, key=NEW):
    return nest(PEER, attr(P_PUBLIC_KEY, key), *parts)


def ip(family_number, address, length, *parts):
    return nest(P_ALLOWED_IP, attr(A_FAMILY, u16(family_number)), attr(A_ADDRESS, address), attr(A_PREFIX, u8(length)), *parts)


# A good change in front of each bad one: it must not have been applied.
good = attr(FWMARK, u32(77)) + peer(ip(socket.AF_INET, bytes([10, 99, 0, 0]), 16), key=noise.public_of(b"\x12" * 32))
EINVAL_OR_ERANGE = (errno.EINVAL, errno.ERANGE)


def naming():
    refuse("no device", errno.EINVAL, "device|missing", good, at=False)
    refuse("index and name", errno.EINVAL, "not both", name, attr(IFINDEX, u32(index)), good)
    refuse("unknown name", errno.ENODEV, "no such device", attr(IFNAME, b"nonesuch\0"), good)
    refuse("unknown index", errno.ENODEV, "no such device", attr(IFINDEX, u32(99999)), good)
    refuse("index 0", EINVAL_OR_ERANGE, ".", attr(IFINDEX, u32(0)), good)
    refuse("name too long", EINVAL_OR_ERANGE, ".", attr(IFNAME, b"a" * 16 + b"\0"), good)
    refuse("name without end", EINVAL_OR_ERANGE, ".", attr(IFNAME, b"a" * 8), good)
    refuse("another kind", errno.EOPNOTSUPP, "not of kind", attr(IFNAME, b"lo\0"), good)
    refuse("another kind, get", errno.EOPNOTSUPP, "not of kind", attr(IFNAME, b"lo\0"), command=DEVICE_GET)
    refuse("get of no device", errno.EINVAL, "device|missing", command=DEVICE_GET, at=False)
    refuse("dump of one device", errno.EINVAL, "no attributes", name, command=DEVICE_GET, dump=True, at=False)
    refuse("dump of one peer", errno.EINVAL, "all objects", name, peer(), command=PEER_GET, dump=True, at=False)
    refuse("dump of the peers of no device", errno.EINVAL, "device|missing", command=PEER_GET, dump=True, at=False)


def lengths():
    for size in (0, 1, 31, 33, 64):
        refuse(f"private key of {size}", EINVAL_OR_ERANGE, ".", name, good, attr(PRIVATE_KEY, bytes(size)))
        refuse(f"public key of {size}", EINVAL_OR_ERANGE, ".", name, good, nest(PEER, attr(P_PUBLIC_KEY, b"\7" * size)))
        refuse(f"preshared key of {size}", EINVAL_OR_ERANGE, ".", name, good, peer(attr(P_PRESHARED_KEY, b"\7" * size)))
    for size in (0, 1, 4):
        refuse(f"port of {size}", EINVAL_OR_ERANGE, ".", name, good, attr(LISTEN_PORT, bytes(size)))
    for size in (0, 2, 8):
        refuse(f"mark of {size}", EINVAL_OR_ERANGE, ".", name, good, attr(FWMARK, bytes(size)))
        refuse(f"flags of {size}", EINVAL_OR_ERANGE, ".", name, good, attr(FLAGS, bytes(size)))
    refuse("keepalive of 4", EINVAL_OR_ERANGE, ".", name, good, peer(attr(P_KEEPALIVE, u32(1))))
    for size in (0, 3, 5, 15, 17):
        refuse(f"address of {size}", EINVAL_OR_ERANGE, ".", name, good, peer(ip(socket.AF_INET, bytes(size), 8)))
    refuse("IPv6 address of 4", EINVAL_OR_ERANGE, ".", name, good, peer(ip(socket.AF_INET6, bytes(4), 8)))
    refuse("IPv4 address of 16", EINVAL_OR_ERANGE, ".", name, good, peer(ip(socket.AF_INET, bytes(16), 8)))


def endpoints():
    def inet(address="192.0.2.9", port=5, family_number=socket.AF_INET, size=16):
        return (struct.pack("H", family_number) + struct.pack("!H", port) + socket.inet_aton(address) + bytes(64))[:size]

    def inet6(address, port=5, scope=0, size=28):
        return (struct.pack("=H", socket.AF_INET6) + struct.pack("!HI", port, 0) + socket.inet_pton(socket.AF_INET6, address)
                + struct.pack("I", scope))[:size]

    cases = {
        "too short": inet(size=15), "too long": inet(size=29), "empty": b"", "between": inet(size=20),
        "no family": inet(family_number=0), "a strange family": inet(family_number=17),
        "port 0": inet(port=0), "address 0": inet("0.0.0.0"), "multicast": inet("224.0.0.1"), "broadcast": inet("255.255.255.255"),
        "IPv6 port 0": inet6("2001:db8::1", 0), "IPv6 address 0": inet6("::"), "IPv6 multicast": inet6("ff02::1"),
        "IPv6 too short": inet6("2001:db8::1", size=24), "link-local without interface": inet6("fe80::1"),
        "IPv4 length with IPv6 family": inet(family_number=socket.AF_INET6),
        "IPv4-mapped": inet6("::ffff:192.0.2.9"), "interface beside a global address": inet6("2001:db8::1", scope=1),
    }
    for what, value in cases.items():
        refuse(f"endpoint: {what}", EINVAL_OR_ERANGE, ".", name, good, peer(attr(P_ENDPOINT, value)))


def allowed_ips():
    four, six = bytes([10, 1, 0, 0]), bytes(16)
    complete = [attr(A_FAMILY, u16(socket.AF_INET)), attr(A_ADDRESS, four), attr(A_PREFIX, u8(8))]
    refuse("prefix of 33", EINVAL_OR_ERANGE, "prefix|range", name, good, peer(ip(socket.AF_INET, four, 33)))
    refuse("prefix of 129", EINVAL_OR_ERANGE, "prefix|range", name, good, peer(ip(socket.AF_INET6, six, 129)))
    refuse("a strange family", errno.EINVAL, "family", name, good, peer(ip(socket.AF_UNIX, four, 8)))
    for missing in range(3):
        rest = [part for n, part in enumerate(complete) if n != missing]
        refuse(f"without part {missing + 1}", errno.EINVAL, "need", name, good, peer(nest(P_ALLOWED_IP, *rest)), at=False)
    refuse("unknown flag", errno.EINVAL, ".", name, good, peer(ip(socket.AF_INET, four, 8, attr(A_FLAGS, u32(2)))))
    refuse("unknown attribute", errno.EINVAL, ".", name, good, peer(ip(socket.AF_INET, four, 8, attr(9, u32(2)))))
    refuse("not a nest", errno.EINVAL, ".", name, good, peer(attr(P_ALLOWED_IP, *complete)))


def unknown():
    refuse("unknown attribute", errno.EINVAL, ".", name, good, attr(40, u32(1)))
    refuse("unknown peer attribute", errno.EINVAL, ".", name, good, peer(attr(40, u32(1))))
    refuse("unknown device flag", errno.EINVAL, ".", name, good, attr(FLAGS, u32(2)))
    refuse("all device flags", errno.EINVAL, ".", name, good, attr(FLAGS, u32(0xFFFFFFFF)))
    refuse("unknown peer flag", errno.EINVAL, ".", name, good, peer(attr(P_FLAGS, u32(8))))
    refuse("the kernel's own flag", errno.EINVAL, ".", name, good, peer(attr(P_FLAGS, u32(P_CONTINUED))))
    for what, part in (("public key", attr(PUBLIC_KEY, bytes(32))), ("peer count", attr(PEER_COUNT, u32(0)))):
        refuse(f"read only: {what}", errno.EINVAL, "read|follows", name, good, part)
    for what, kind, size in (("last handshake", P_LAST_HANDSHAKE, 8), ("rtt", P_RTT, 4), ("rx bytes", P_RX_BYTES, 8),
                             ("tx bytes", P_TX_BYTES, 8), ("rx packets", P_RX_PACKETS, 8), ("tx packets", P_TX_PACKETS, 8),
                             ("drops", P_DROPS, 8)):
        refuse(f"read only: {what}", errno.EINVAL, "read", name, good, peer(attr(kind, bytes(size))))
    refuse("protocol version 2", EINVAL_OR_ERANGE, ".", name, good, peer(attr(P_PROTOCOL, u32(2))))
    refuse("peer that is no nest", errno.EINVAL, ".", name, good, attr(PEER, attr(P_PUBLIC_KEY, NEW)))
    refuse("an attribute that runs over the end", errno.EINVAL, ".", name, good, struct.pack("HH", 400, PRIVATE_KEY), at=False)
    for part in (attr(PRIVATE_KEY, bytes(32)), peer()):
        refuse("get with more than a name", errno.EINVAL, ".", name, part, command=DEVICE_GET)


def twice():
    """Once is enough of anything but peers and their allowed-ips. An update of a peer that is not there adds none."""
    refuse("mark", errno.EINVAL, "twice", name, good, attr(FWMARK, u32(1)), at=False)
    refuse("name", errno.EINVAL, "twice", name, name, good)
    refuse("preshared key", errno.EINVAL, "twice", name, good, peer(*[attr(P_PRESHARED_KEY, bytes(32))] * 2))
    refuse("prefix length", errno.EINVAL, "twice", name, good, peer(ip(socket.AF_INET, bytes(4), 8, attr(A_PREFIX, u8(9)))))
    before = snapshot()
    family.do(DEVICE_SET, name, peer(attr(P_FLAGS, u32(P_UPDATE_ONLY)), attr(P_KEEPALIVE, u16(9))))
    if snapshot() != before:
        sys.exit("FAIL: an update of no peer changed something")


def keys():
    own = noise.key(sys.argv[3])
    other = noise.key(sys.argv[4])  # the private key of a peer
    low = [bytes(32), b"\1" + bytes(31), (noise.P - 1).to_bytes(32, "little"), noise.P.to_bytes(32, "little"),
           (noise.P + 1).to_bytes(32, "little"),
           bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
           bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")]
    for point in low:
        refuse(f"peer of low order {point[:2].hex()}", errno.EINVAL, "low order|usable", name, good, peer(key=point))
        high = point[:31] + bytes([point[31] | 0x80])
        refuse(f"the same with its top bit {point[:2].hex()}", errno.EINVAL, "low order|usable", name, good, peer(key=high))
    refuse("the device's own key as peer", errno.EEXIST, "own", name, good, peer(key=noise.public_of(own)))
    refuse("the key of a peer", errno.EEXIST, "peer", name, good, attr(PRIVATE_KEY, other))
    refuse("a new key and a peer of it", errno.EEXIST, "own", name, good, attr(PRIVATE_KEY, b"\x11" * 32), peer())
    refuse("peer without a key", errno.EINVAL, "public key", name, good, nest(PEER, attr(P_KEEPALIVE, u16(1))), at=False)
    refuse("removal with more beside it", errno.EINVAL, "remove", name, good,
           peer(attr(P_FLAGS, u32(P_REMOVE)), attr(P_KEEPALIVE, u16(1)), key=noise.public_of(other)))
    refuse("removal and replacement", errno.EINVAL, "remove", name, good,
           peer(attr(P_FLAGS, u32(P_REMOVE | P_REPLACE)), key=noise.public_of(other)))
    refuse("bad after removal of all", errno.EINVAL, ".", name, attr(FLAGS, u32(REPLACE_PEERS)), peer(key=bytes(32)))
    refuse("get of an absent peer", errno.ENOENT, "no peer", name, peer(), command=PEER_GET)
    refuse("get of an unnamed peer", errno.EINVAL, "which peer|missing", name, command=PEER_GET, at=False)


def busy():
    """The port in argument 3 belongs to another socket."""
    port = attr(LISTEN_PORT, u16(int(sys.argv[3])))
    refuse("a busy port", errno.EADDRINUSE, "port", name, good, port)
    refuse("a busy port and no peers", errno.EADDRINUSE, "port", name, attr(FLAGS, u32(REPLACE_PEERS)), port)
    refuse("a busy port and no key", errno.EADDRINUSE, "port", name, attr(PRIVATE_KEY, bytes(32)), port)


def generation():
    now = struct.unpack("I", dict(attrs_of(family.do(DEVICE_GET, name)[0]))[GENERATION])[0]
    for wrong in (now + 1, now - 1, now ^ 0x80000000):
        refuse("a stale generation", errno.ESTALE, "read it again", name, good, attr(GENERATION, u32(wrong & 0xFFFFFFFF)))
    family.do(DEVICE_SET, name, attr(GENERATION, u32(now)), attr(FWMARK, u32(5)))
    refuse("the same again", errno.ESTALE, "read it again", name, good, attr(GENERATION, u32(now)))


def permission():
    """As somebody without CAP_NET_ADMIN: snapshots are of no use, so only the errors are looked at."""
    for command in (DEVICE_GET, DEVICE_SET, PEER_GET):
        for how in (family.do, family.dump):
            try:
                how(command, name)
            except Refused as refused:
                if refused.errno in (errno.EPERM, errno.EOPNOTSUPP):
                    continue
                sys.exit(f"FAIL: command {command}: {refused}")
            sys.exit(f"FAIL: command {command} without CAP_NET_ADMIN")
    try:
        family.join()
        sys.exit("FAIL: joined the events without CAP_NET_ADMIN")
    except PermissionError:
        pass


if __name__ == "__main__":
    if sys.argv[1] == "permission":
        os.setgid(65534)
        os.setuid(65534)
    globals()[sys.argv[1]]()
    sys.exit(failures > 0)
