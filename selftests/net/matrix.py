#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who reaches whom: matrix.py FILE, a line for each machine: NAMESPACE NAME GROUP ADDRESS.

Everyone pings everyone at once, from one process with a socket in each namespace. Exit status 1, and the pairs, where a
pair of one group got no answer or one of two groups did. Prints how many pairs were of one group, and how many not.
"""
import os
import select
import struct
import sys
import time

import sockets as socket
from spaces import pings

ECHO, REPLY = 128, 129
IDENT = os.getpid() & 0xFFFF


class Machine:
    def __init__(self, line, number):
        self.space, self.name, self.group, self.address = line.split()
        self.number = number
        self.binary = socket.inet_pton(socket.AF_INET6, self.address)
        self.sock = pings(self.space)
        self.answers, self.strangers, self.refusals = set(), set(), {}

    def ping(self, other):
        try:
            self.sock.sendto(struct.pack("!BBHHH", ECHO, 0, 0, IDENT, other.number), (other.address, 0))
        except OSError as error:
            self.refusals[other.name] = os.strerror(error.errno)

    def receive(self, by_address):
        while True:
            try:
                data, source = self.sock.recvfrom(4096)
            except BlockingIOError:
                return
            if len(data) < 8:
                continue
            kind, code, _, ident, sequence = struct.unpack_from("!BBHHH", data)
            if kind == REPLY and ident == IDENT:
                self.answers.add((by_address.get(source[0]), sequence))
            elif kind == ECHO and source[0] in by_address:
                self.strangers.add(by_address[source[0]].name if by_address[source[0]].group != self.group else None)
            elif kind < 128 and len(data) >= 48 and data[32:48] in by_address:
                self.refusals[by_address[data[32:48]].name] = f"type {kind} code {code}"

    def reached(self, other):
        return (other, other.number) in self.answers


def main():
    with open(sys.argv[1], encoding="ascii") as lines:
        machines = [Machine(line, n) for n, line in enumerate(lines)]
    by_address = {m.address: m for m in machines} | {m.binary: m for m in machines}
    inside = [(a, b) for a in machines for b in machines if a is not b and a.group == b.group]
    across = [(a, b) for a in machines for b in machines if a.group != b.group]

    def listen(seconds, until=lambda: False):
        end = time.monotonic() + seconds
        while time.monotonic() < end and not until():
            for sock in select.select([m.sock for m in machines], [], [], 0.2)[0]:
                next(m for m in machines if m.sock is sock).receive(by_address)

    def missing():
        return [(a, b) for a, b in inside if not a.reached(b)]

    # those that must fail once, so that they can be counted; the others until they get through
    for a, b in across:
        a.ping(b)
        a.receive(by_address)
    for _ in range(6):
        for a, b in missing():
            a.ping(b)
        listen(15, lambda: not missing())
        if not missing():
            break
    listen(2)

    width = max(len(m.name) for m in machines)
    for a in machines:
        print(f"{a.name:{width}} ", "".join(" " if a is b else "+" if a.reached(b) else "x" if b.name in a.refusals else "."
                                           for b in machines))
    bad = [f"{a.name} gets no answer from {b.name}: {a.refusals.get(b.name, 'silence')}" for a, b in missing()]
    bad += [f"{a.name} got an answer from {b.name}" for a, b in across if a.reached(b)]
    bad += [f"{m.name} saw a ping of {', '.join(m.strangers - {None})}" for m in machines if m.strangers - {None}]
    print(len(inside), len(across))
    sys.exit("\n".join(bad) or 0)


main()
