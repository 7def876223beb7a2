#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""faults.py DEV: let each single allocation of a request fail, one after the other.

Every failure must be an error that says so and must have changed nothing; and in the end, with none failing, the request
must go through.
"""
import errno
import os
import socket
import struct
import sys

import noise
from genl import *  # noqa: F403

dev = sys.argv[1]
family = Family()
name = attr(IFNAME, dev.encode() + b"\0")
control = os.open("/proc/thread-self/fail-nth", os.O_RDWR)


def with_fault(n, call):
    """Run call with its n-th allocation failing: (error or None, whether it came to that)"""
    error = None
    os.pwrite(control, str(n).encode(), 0)
    try:
        call()
    except Refused as refused:
        error = refused.errno
    except OSError as err:
        error = err.errno
    left = int(os.pread(control, 16, 0))
    os.pwrite(control, b"0", 0)
    return error, left == 0


def snapshot():
    return family.do(DEVICE_GET, name), family.dump(PEER_GET, name)


def sweep(what, call, keeps=True):
    """keeps: a failure must leave everything as it was"""
    failed = 0
    for n in range(1, 2000):
        before = snapshot()
        error, injected = with_fault(n, call)
        if not injected:
            if error:
                sys.exit(f"FAIL: {what}: {os.strerror(error)} without a fault")
            print(f"{what}: {n - 1} allocations, {failed} of them fatal to the request")
            if failed == 0:
                sys.exit(f"FAIL: {what}: no fault did anything")
            return
        if error:
            failed += 1
            if error not in (errno.ENOMEM, errno.ENOBUFS):
                sys.exit(f"FAIL: {what}: fault {n} gave {os.strerror(error)}")
            if keeps and snapshot() != before:
                sys.exit(f"FAIL: {what}: fault {n} was an error and changed something")
    sys.exit(f"FAIL: {what}: no end of faults")


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


def main():
    sweep("adding peers", lambda: request(name, *peers(1, 3)))
    sweep("replacing peers", lambda: request(name, attr(FLAGS, u32(REPLACE_PEERS)), *peers(3, 3)))
    sweep("a new key", lambda: request(name, attr(PRIVATE_KEY, os.urandom(32))))
    ports = iter(range(20000, 30000))
    sweep("another port", lambda: request(name, attr(LISTEN_PORT, u16(next(ports)))))
    sweep("removing peers", lambda: request(name, attr(FLAGS, u32(REPLACE_PEERS))), keeps=True)


main()
