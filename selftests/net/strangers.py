#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Strangers with valid keys: strangers.py TEST HOST PUBLIC-KEY ADDRESS PORT

HOST is the namespace of the mesh device mesh0, which has that key; we are where ADDRESS is reached from.
"""
import os
import select
import sys
import time

import noise
import sockets as socket
from genl import DEVICE_SET, P_PUBLIC_KEY, PEER, Family, attr, attrs_of, nest
from hostile import Flood, expect, reply_to, under_load
from mesh import device, sx
from spaces import inside

WAIT, RATE = 5, 200  # of kernel/parked.h


class Host:
    """The operator of the device: what it is told, and what it does."""

    def __init__(self, space):
        with inside(space):
            self.family, self.events = Family(), Family()
        self.events.sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 22)  # SO_RCVBUFFORCE
        self.events.join()

    def admit(self, stranger):
        self.family.do(DEVICE_SET, device("mesh0"), nest(PEER, attr(P_PUBLIC_KEY, stranger.public)))

    def told(self, seconds, until=lambda keys: False):
        """The strangers' keys of all events, until there are those or none for so long."""
        keys = []
        while not until(keys) and select.select([self.events.sock], [], [], seconds)[0]:
            data = self.events.sock.recv(1 << 20)
            if data[16] == sx("CMD_UNKNOWN_NTF"):
                nested = dict(attrs_of(dict(attrs_of(data[20:]))[sx("A_PEER")]))
                keys.append(nested[P_PUBLIC_KEY])
        return keys

    def waits_for(self, stranger):
        return self.told(30, lambda keys: stranger.public in keys)


def in_time(host, stranger, another):
    for _ in range(3):
        stranger.sock.send(stranger.initiation())
    another.sock.send(another.initiation())
    expect("told, once of each", host.waits_for(another), [stranger.public, another.public])
    expect("an answer to a stranger", stranger.receive(0.5), None)
    host.admit(stranger)
    reply = stranger.receive()
    expect("answered when it is a peer", reply is not None, True)
    stranger.finish(reply)  # or it is not the answer to the last of the three
    expect("one answer", stranger.receive(1.0), None)
    expect("an answer to the other", another.receive(0.1), None)


def too_late(host, stranger, another):
    for one in (stranger, another):
        one.sock.send(one.initiation())
        expect("told", host.waits_for(one), [one.public])
    time.sleep(WAIT / 2)
    another.sock.send(another.initiation())  # which gets it no more time
    time.sleep(WAIT / 2 + 1)
    another.sock.send(another.initiation())
    expect("told again", host.waits_for(another), [another.public])
    host.admit(stranger)
    expect("an answer too late", stranger.receive(2.0), None)
    stranger.connect()


def many(host, stranger, another):
    address = stranger.sock.getpeername()[:2]
    noise.x25519 = noise.quick_x25519()
    strangers = [noise.Initiator(os.urandom(32), stranger.peer, address) for _ in range(2 * RATE)]
    messages = [one.initiation() for one in strangers]
    began = time.monotonic()
    for one, message in zip(strangers, messages):
        one.sock.send(message)
    told, last = [], began
    while True:
        more = host.told(1.5, lambda keys: keys)
        if not more:
            break
        told += more
        last = time.monotonic()
    print(f"told of {len(told)} in {last - began:.2f} s")
    expect("told of each once", len(set(told)), len(told))
    # as many as there may be in the seconds that began meanwhile
    if not RATE <= len(told) <= RATE * (int(last - began) + 1) + 1:
        sys.exit("FAIL: too few, or too many")
    # the next second is for whoever comes then
    another.sock.send(another.initiation())
    expect("told of another", host.waits_for(another), [another.public])


def cookies(host, stranger, another):
    address = stranger.sock.getpeername()[:2]
    with Flood(another):
        under_load(another)
        for _ in range(30):
            one = noise.Initiator(os.urandom(32), stranger.peer, address)
            host.told(0)
            one.sock.send(one.initiation())
            reply = reply_to(one, 10.0)
            if not reply:
                continue  # the queue was full: that says nothing
            expect("an answer without a cookie", reply[0], noise.COOKIE)
            expect("told without a cookie", one.public in host.told(0.5), False)
            one.take_cookie(reply)
            one.sock.send(one.initiation())
            if one.public in host.told(10.0, lambda keys, key=one.public: key in keys):
                print("told with a cookie")
                return
    sys.exit("FAIL: under load no stranger is told of, with a cookie or without")


def main():
    name, space, public, address, port = sys.argv[1:]
    ends = (noise.Initiator(os.urandom(32), noise.key(public), (address, int(port))) for _ in range(2))
    globals()[name](Host(space), *ends)


main()
