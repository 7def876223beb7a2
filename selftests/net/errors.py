#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How often machines are told that their packets do not pass.

  errors.py HOST FIRST SECOND THIRD     each a machine as NAMESPACE=ADDRESS, of the mesh device mesh0 in HOST
  errors.py spoof NAMESPACE FROM TO     one packet of 56 bytes out of eth6 there, with whatever addresses
"""
import struct
import sys
import time

import sockets as socket
from isolation import ICMP6, UDP, Counters, binary, changed, ip6, udp
from spaces import PACKET_OUTGOING, inside, packets

RATE, BURST = 100, 50  # of kernel/icmp.c
PIECES = 40  # of a datagram on its way through an MTU of 1420
DATAGRAM = PIECES * 1368 - 8


class Machine:
    def __init__(self, word):
        self.space, self.address = word.split("=")
        self.sock = packets(self.space, "eth6", 0x86DD)
        self.told = 0
        with inside(self.space):
            self.sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.sender.setsockopt(socket.IPPROTO_IPV6, 78, 1)  # IPV6_FREEBIND: any sub of ours
        self.sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)

    def listen(self):
        """The errors so far, each of which must be about a packet of ours and from the host itself."""
        while True:
            try:
                data, address = self.sock.recvfrom(65536)
            except BlockingIOError:
                return self.told
            if address[2] != PACKET_OUTGOING and data[6] == ICMP6 and data[40] == 1:
                host = changed(self.address, 10, bytes(4) + b"\0\2")
                if data[8:24] != binary(host) or data[56:70] != binary(self.address)[:14] or data[24:40] != data[56:72]:
                    sys.exit(f"FAIL: an error that is not as it should be: {data.hex()}")
                self.told += 1

    def burst(self, to, count):
        """So many datagrams, each in many fragments: as quick as can be, for the kernel makes the packets."""
        for n in range(count):
            # from any of our addresses: the limit is the machine's
            source = changed(self.address, 14, struct.pack("!H", 2 + n))
            control = [(socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, binary(source) + bytes(4))]
            self.sender.sendmsg([bytes(DATAGRAM)], control, 0, (to, 9))


def limits(host, *words):
    first, second, third = map(Machine, words)
    nobody = changed(first.address, 10, b"\xde\xad\xbe\xef")
    counters = Counters(host, "mesh0")
    before = counters.read()
    began = time.monotonic()
    first.burst(nobody, 20)
    # all of ours are spoken for; those of others are not. Two others: addresses share a few hundred limits.
    second.burst(nobody, 1)
    third.burst(nobody, 1)
    time.sleep(0.1)
    took = time.monotonic() - began
    told = [machine.listen() for machine in (first, second, third)]
    after = counters.read()
    moved = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    print(f"{moved} in {took:.2f} s, told {told}")
    if moved != {"no-machine": 22 * PIECES}:
        sys.exit(f"FAIL: not {22 * PIECES} drops for want of a machine")
    if not BURST <= told[0] <= BURST + RATE * took + 1:
        sys.exit("FAIL: the first was told too much or too little")
    if max(told[1:]) < PIECES:
        sys.exit("FAIL: the first one's errors were at the others' expense")
    # a second later there are more to be had
    time.sleep(1)
    first.burst(nobody, 1)
    time.sleep(0.1)
    if first.listen() < told[0] + PIECES:
        sys.exit("FAIL: after a second the first is not told again")


def spoof(space, source, to):
    packets(space).sendto(ip6(source, to, UDP, udp(source, to, bytes(8))), ("eth6", 0x86DD))


if sys.argv[1] == "spoof":
    spoof(*sys.argv[2:])
else:
    limits(*sys.argv[1:])
