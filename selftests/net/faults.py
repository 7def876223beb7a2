#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""faults.py WHAT DEV [ADDRESS]: let each single allocation of an operation fail, one after the other.

WHAT is `requests` (of DEV, over generic netlink: every failure must be an error that says so and must have changed nothing),
`devices` (made, brought up and deleted) or `packets` (sent to ADDRESS through DEV). In the end, with none failing, each
operation must go through.
"""
import errno
import os
import struct
import sys

import noise
import sockets as socket
from genl import *  # noqa: F403

what, dev = sys.argv[1:3]
family = Family()
name = attr(IFNAME, dev.encode() + b"\0")
control = os.open("/proc/thread-self/fail-nth", os.O_RDWR)


def with_fault(n, call):
    """Run call with its n-th allocation failing: (error or None, whether it was refused, whether it came to that)"""
    error, refused = None, False
    os.pwrite(control, str(n).encode(), 0)
    try:
        call()
    except Refused as refusal:
        error, refused = refusal.errno, True
    except OSError as err:
        error = err.errno
    left = int(os.pread(control, 16, 0))
    os.pwrite(control, b"0", 0)
    return error, refused, left == 0


def snapshot():
    return family.do(DEVICE_GET, name), family.dump(PEER_GET, name)


def sweep(title, call, state=snapshot):
    """state: what a refused call must leave as it was"""
    failed = 0
    for n in range(1, 2000):
        before = state()
        error, refused, injected = with_fault(n, call)
        if not injected:
            if error:
                sys.exit(f"FAIL: {title}: {os.strerror(error)} without a fault")
            print(f"{title}: {n - 1} allocations, {failed} of them fatal to it")
            return
        failed += error is not None
        # ENOBUFS without a refusal: it was done, but there was no memory to say so
        # and ENFILE is what the kernel calls a socket without an inode
        if error and error not in (errno.ENOMEM, errno.ENOBUFS, errno.ENFILE):
            sys.exit(f"FAIL: {title}: fault {n} gave {os.strerror(error)}")
        if refused and state() != before:
            sys.exit(f"FAIL: {title}: fault {n} was a refusal and changed something")
    sys.exit(f"FAIL: {title}: no end of faults")


def request(*parts):
    """One send and one answer: the fault is for the kernel, and not for our reading."""
    family.do(DEVICE_SET, *parts)


def peers(first, count):
    for n in range(first, first + count):
        ips = [nest(P_ALLOWED_IP, attr(A_FAMILY, u16(socket.AF_INET)), attr(A_ADDRESS, bytes([10, n, i, 0])), attr(A_PREFIX, u8(24)))
               for i in range(4)]
        ips.append(nest(P_ALLOWED_IP, attr(A_FAMILY, u16(socket.AF_INET6)), attr(A_ADDRESS, bytes([0xFD, n] + [0] * 14)),
                        attr(A_PREFIX, u8(64))))
        endpoint = struct.pack("=H", socket.AF_INET) + struct.pack("!H", 5) + socket.inet_aton("192.0.2.1") + bytes(8)
        yield nest(PEER, attr(P_PUBLIC_KEY, noise.public_of(bytes([n]) * 32)), attr(P_PRESHARED_KEY, bytes([n]) * 32),
                   attr(P_ENDPOINT, endpoint), attr(P_KEEPALIVE, u16(25)), *ips)


def requests():
    sweep("adding peers", lambda: request(name, *peers(1, 3)))
    sweep("replacing peers", lambda: request(name, attr(FLAGS, u32(REPLACE_PEERS)), *peers(3, 3)))
    sweep("a new key", lambda: request(name, attr(PRIVATE_KEY, os.urandom(32))))
    ports = iter(range(20000, 30000))
    sweep("another port", lambda: request(name, attr(LISTEN_PORT, u16(next(ports)))))
    sweep("reading", lambda: (family.do(DEVICE_GET, name), family.dump(PEER_GET, name)))
    sweep("removing peers", lambda: request(name, attr(FLAGS, u32(REPLACE_PEERS))))


class Links:
    """Just enough of rtnetlink."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        self.sock.bind((0, 0))

    def talk(self, kind, flags, index=0, up=0, attrs=b""):
        body = struct.pack("BxHiII", 0, 0, index, up, up) + attrs
        self.sock.send(struct.pack("IHHII", 16 + len(body), kind, NLM_F_REQUEST | NLM_F_ACK | flags, 1, 0) + body)
        error = -struct.unpack_from("i", self.sock.recv(65536), 16)[0]
        if error:
            raise Refused(error, "", None)

    def add(self):
        self.talk(16, 0x600, attrs=attr(3, b"fault0\0") + nest(18, attr(1, b"sixpn\0")))

    def up(self):
        self.talk(16, 0, socket.if_nametoindex("fault0"), 1)

    def delete(self):
        self.talk(17, 0, socket.if_nametoindex("fault0"))


def there():
    return any(link == "fault0" for _, link in socket.if_nameindex())


def devices():
    links = Links()
    refused = 0
    for n in range(1, 1000):
        _, was_refused, injected = with_fault(n, links.add)
        if was_refused and there():
            sys.exit(f"FAIL: fault {n}: refused, and there all the same")
        refused += was_refused
        if there():
            bring_up(links, n)
            links.delete()
        if not injected:
            break
    print(f"{n - 1} allocations for a device, {refused} of them fatal to it")
    if refused < 3:
        sys.exit("FAIL: no fault did anything")


def bring_up(links, n):
    """With its n-th allocation failing: up or not up, and after that it comes up."""
    with_fault(n, links.up)
    links.up()


def packets():
    """What a packet's sender does in its own context fails at each place: dropped, or sent all the same."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    sock.connect((sys.argv[3], 9))
    for size in (100, 1300, 20000):
        for n in range(1, 80):
            with_fault(n, lambda: sock.send(bytes(size)))


globals()[what]()
