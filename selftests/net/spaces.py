# SPDX-License-Identifier: GPL-2.0-or-later
"""Sockets in other network namespaces than the process's own: one process can be at all ends of a test."""
import ctypes
import os

import sockets as socket

CLONE_NEWNET = 0x40000000
PACKET_OUTGOING = 4
libc = ctypes.CDLL(None, use_errno=True)


def setns(fd):
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


class inside:
    """What is made in here is made in the namespace that `ip netns` knows by that name."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        setns(there)
        os.close(there)

    def __exit__(self, *_):
        setns(self.home)
        os.close(self.home)


def pings(name):
    """A raw ICMPv6 socket there."""
    with inside(name):
        sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    sock.setblocking(False)
    return sock


def packets(name, dev=None, protocol=3):
    """A packet socket there, on one device or on all, without link-layer headers."""
    with inside(name):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(protocol))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUFFORCE if hasattr(socket, "SO_RCVBUFFORCE") else 33, 1 << 22)
        if dev:
            sock.bind((dev, protocol))
    sock.setblocking(False)
    return sock
