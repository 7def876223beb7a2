#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A VM without a kernel: tap.py TEST HOST TAP OWN MATE DEV ADDRESS

In the namespace HOST there is the mesh device mesh0 and the tap that the machine with the address OWN is bound to; we are
behind that tap. MATE is the namespace of another machine, DEV its port and ADDRESS its address.
"""
import fcntl
import os
import re
import select
import struct
import sys
import time

import sockets as socket
from isolation import ICMP6, NONE, UDP, Counters, binary, changed, icmp, ip6, total, udp
from spaces import PACKET_OUTGOING, packets

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 2, 0x1000
SIOCGIFHWADDR = 0x8927
IP6, EXPERIMENT = 0x86DD, 0x88B5
SOLICITATION, ADVERTISEMENT = 135, 136
MAC, OTHER = bytes.fromhex("0200000000aa"), bytes.fromhex("0200000000bb")
GATEWAY = "fe80::1"
KEPT, ASKED = 8, 3  # PENDING_MAX, and SOLICIT_MAX after the last packet: kernel/bind.c


def check(what, got, wanted):
    print(f"{what}: {got}")
    if got != wanted:
        sys.exit(f"FAIL: {what}: got {got}, expected {wanted}")


class Frame:
    def __init__(self, data):
        self.to, self.source = data[:6], data[6:12]
        self.protocol, self.packet = struct.unpack_from("!H", data, 12)[0], data[14:]
        self.six = self.protocol == IP6 and len(self.packet) >= 40
        self.kind = self.packet[40] if self.six and self.packet[6] == ICMP6 and len(self.packet) > 40 else None
        # the host's own stack, too, asks on the tap, but not as the gateway
        self.asks = self.kind == SOLICITATION and self.address(8) == GATEWAY
        text = re.search(rb"TAP-\d+", data)
        self.text = int(text[0][4:]) if text else None

    def address(self, offset):
        return socket.inet_ntop(socket.AF_INET6, self.packet[offset:offset + 16])


class Test:
    def __init__(self, host, tap, own, mate, dev, address):
        self.own, self.dev, self.address = own, dev, address
        self.fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self.fd, TUNSETIFF, struct.pack("16sH22x", tap.encode(), IFF_TAP | IFF_NO_PI))
        self.mac = self.ask_netdev(SIOCGIFHWADDR, tap)[18:24]
        self.await_queue(packets(host), tap)
        self.mate = packets(mate)
        self.counters = Counters(host, "mesh0")
        self.before = self.counters.read()
        self.number = 0

    @staticmethod
    def ask_netdev(request, name):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            return fcntl.ioctl(sock, request, struct.pack("16s24x", name.encode()))

    def await_queue(self, sock, tap):
        """Until it carries frames to us: a tap that has just been opened says that it runs before its queue is awake."""
        while True:
            sock.sendto(b"awake?", (tap, EXPERIMENT, 0, 0, MAC))
            if self.read(lambda frame: frame.protocol == EXPERIMENT, 0.02):
                return

    def write(self, packet, source=MAC, to=None, protocol=IP6):
        os.write(self.fd, (to or self.mac) + source + struct.pack("!H", protocol) + packet)

    def read(self, wanted, seconds=30.0):
        """The next frame to us that is wanted, or None."""
        end = time.monotonic() + seconds
        while select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
            frame = Frame(os.read(self.fd, 65536))
            if wanted(frame):
                return frame
        return None

    def texts(self, last, seconds=30.0):
        """The numbers of the packets that come until that one does, and of solicitations between them."""
        seen, asked = [], 0
        while last not in seen:
            # but for the mate's errors, which quote what we sent
            frame = self.read(lambda frame: frame.asks or frame.text and frame.packet[6] == UDP, seconds)
            if frame is None:
                break
            asked += frame.asks
            if frame.text is not None:
                check("from whom", (frame.source, frame.six), (self.mac, True))
                seen.append(frame.text)
        return seen, asked

    def tell(self, count=1, to=None):
        """The mate sends us packets; their numbers."""
        numbers = []
        for _ in range(count):
            self.number += 1
            numbers.append(self.number)
            self.mate.sendto(ip6(self.address, to or self.own, UDP, udp(self.address, to or self.own, b"TAP-%d" % self.number)),
                             (self.dev, IP6))
        return numbers

    def arrives(self, what, send):
        """What we send comes to the mate, whole."""
        self.number += 1
        text = b"TAP-%d" % self.number
        send(text)
        end = time.monotonic() + 30
        while select.select([self.mate], [], [], max(0, end - time.monotonic()))[0]:
            data, address = self.mate.recvfrom(65536)
            if address[2] != PACKET_OUTGOING and text in data:
                check(what, len(data), 40 + struct.unpack_from("!H", data, 4)[0])
                return
        sys.exit(f"FAIL: {what}: did not arrive")

    def speak(self, text, source=MAC, to=None):
        self.write(ip6(self.own, self.address, UDP, udp(self.own, self.address, text)), source, to)

    def dropped(self, what, **wanted):
        """What the counters have moved by since this was last asked, once it is as much, or long after it should."""
        wanted = {name.replace("_", "-"): number for name, number in wanted.items()}
        end = time.monotonic() + 10
        while True:
            now = self.counters.read()
            moved = {name: now[name] - self.before[name] for name in now if now[name] != self.before[name]}
            if sum(moved.values()) >= sum(wanted.values()) or time.monotonic() > end:
                break
            time.sleep(0.02)
        self.before = now
        check(what, moved, wanted)

    # ---- what the host asks ---------------------------------------------------------------------------------------

    def solicitation(self, target):
        """The next one, which must be as RFC 4861 has it."""
        frame = self.read(lambda frame: frame.asks)
        check("we are asked", frame is not None, True)
        low = binary(target)[13:]
        check("Ethernet", (frame.to, frame.source), (b"\x33\x33\xff" + low, self.mac))
        check("from, to", (frame.address(8), binary(frame.address(24))),
              (GATEWAY, bytes.fromhex("ff0200000000000000000001ff") + low))
        check("hop limit, code", (frame.packet[7], frame.packet[41]), (255, 0))
        check("target", frame.address(48), target)
        check("option", frame.packet[64:72], b"\1\1" + self.mac)
        check("checksum", total(frame.address(8), frame.address(24), ICMP6, frame.packet[40:72]), 0)

    def advertise(self, target):
        body = struct.pack("!I", 0x60000000) + binary(target) + b"\2\1" + MAC
        self.write(ip6(self.own, GATEWAY, ICMP6, icmp(self.own, GATEWAY, ADVERTISEMENT, 0, body), hops=255))

    def answers(self):
        sent = self.tell(3)
        self.solicitation(self.own)
        check("packets before we answer", self.read(lambda frame: frame.text is not None, 0.5), None)
        self.advertise(self.own)
        texts, asked = self.texts(sent[-1])
        check("kept, in their order", texts, sent)
        check("asked again at the most while we said nothing", asked < ASKED, True)
        sent = self.tell(2, changed(self.own, 14, b"\x12\x34"))
        frame = self.read(lambda frame: frame.text == sent[-1])
        check("no question for another address of ours", frame.to, MAC)
        self.dropped("drops")

    def silent(self):
        count = 40
        began = time.monotonic()
        self.tell(count)
        took = time.monotonic() - began
        self.solicitation(self.own)
        # the last packet, too, is worth as many
        asked = 1
        while frame := self.read(lambda frame: frame.asks or frame.text is not None, 2.5):
            check("packets without an answer", frame.text, None)
            asked += 1
        print(f"asked {asked} times")
        if not ASKED <= asked <= ASKED + took:
            sys.exit(f"FAIL: asked {asked} times after {took} s")
        self.dropped("the oldest made room", detached=count - KEPT)
        # asked again, but not for each packet
        asked, began = 0, time.monotonic()
        while time.monotonic() - began < 2.5:
            self.tell()
            asked += self.read(lambda frame: frame.asks, 0.02) is not None
        took = time.monotonic() - began
        print(f"asked {asked} times in {took:.1f} s")
        if not 1 <= asked <= took + 1:
            sys.exit(f"FAIL: asked {asked} times in {took} s")
        self.dropped("one for one", detached=self.number - count)
        self.speak(b"at last")
        check("the last ones were kept", self.texts(self.number)[0], list(range(self.number - KEPT + 1, self.number + 1)))

    def unheard(self):
        self.tell(KEPT)
        self.solicitation(self.own)

    def speaks_first(self):
        self.arrives("our packet", self.speak)
        sent = self.tell(3)
        check("packets, questions", self.texts(sent[-1]), (sent, 0))
        # another card: from its first packet on
        self.arrives("from another card", lambda text: self.speak(text, OTHER))
        sent = self.tell()
        check("to the other card", self.read(lambda frame: frame.text == sent[0]).to, OTHER)
        # no card has such an address
        self.arrives("from a group", lambda text: self.speak(text, b"\x33\x33" + MAC[2:]))
        self.arrives("from nobody", lambda text: self.speak(text, bytes(6)))
        sent = self.tell()
        check("still to the other card", self.read(lambda frame: frame.text == sent[0]).to, OTHER)
        # to whatever card: we are alone on the link
        self.arrives("to a group", lambda text: self.speak(text, OTHER, b"\x33\x33\0\0\0\1"))
        self.arrives("to all", lambda text: self.speak(text, OTHER, b"\xff" * 6))
        self.arrives("to another card", lambda text: self.speak(text, OTHER, MAC))
        self.dropped("drops")

    # ---- what we ask ----------------------------------------------------------------------------------------------

    def ask(self, target, source=None, hops=255, code=0, wrong=0):
        source = source or self.own
        group = socket.inet_ntop(socket.AF_INET6, bytes.fromhex("ff0200000000000000000001ff") + binary(target)[13:])
        message = icmp(source, group, SOLICITATION, code, bytes(4) + binary(target) + b"\1\1" + MAC)
        message = message[:2] + bytes([message[2] ^ wrong]) + message[3:]
        self.write(ip6(source, group, ICMP6, message, hops=hops), to=b"\x33\x33" + binary(group)[12:])

    def answer(self, seconds=30.0):
        return self.read(lambda frame: frame.kind == ADVERTISEMENT, seconds)

    def gateways(self):
        for source in (self.own, "fe80::aa", changed(self.own, 14, b"\0\x09")):
            for target in (GATEWAY, self.address, "fdaa::3", "fdaa:0:1::3", "fdaa:0:1:0:1::9", "fdaa:1:2:3:4:5:6:7",
                           changed(self.own, 13, bytes([binary(self.own)[13] ^ 1]))):
                self.ask(target, source)
                frame = self.answer()
                check(f"{target} for {source} is here", frame is not None and frame.address(48), target)
                check("Ethernet", (frame.to, frame.source), (MAC, self.mac))
                check("from, to, hop limit", (frame.address(8), frame.address(24), frame.packet[7]), (target, source, 255))
                check("router, solicited, override", frame.packet[44], 0xE0)
                check("option", frame.packet[64:72], b"\2\1" + self.mac)
                check("checksum", total(target, source, ICMP6, frame.packet[40:72]), 0)
        # our own addresses are ours, others are nobody's, and who asks wrongly is not answered
        for target in (self.own, changed(self.own, 14, b"\xff\xff"), "fe80::aa", "2001:db8::1", "::", "ff02::1"):
            self.ask(target)
        self.ask(self.address, "::")
        self.ask(GATEWAY, hops=254)
        self.ask(GATEWAY, hops=1)
        self.ask(GATEWAY, code=1)
        self.ask(GATEWAY, wrong=1)
        self.ask("fdaa:0:1::3")
        frame = self.answer()
        check("the only answer", frame is not None and frame.address(48), "fdaa:0:1::3")
        check("and no other", self.answer(0.5), None)
        # what a host says of itself on its link goes no further, and is no offence
        self.dropped("drops")

    # ---- frames ---------------------------------------------------------------------------------------------------

    def frames(self):
        self.arrives("a packet", self.speak)
        # a frame has a least length; what fills it up is no part of the packet
        for filler in (1, 6, 46, 1000):
            self.arrives(f"{filler} bytes behind it", lambda text, n=filler: self.write(
                ip6(self.own, self.address, UDP, udp(self.own, self.address, text)) + b"\xff" * n))
        self.dropped("drops")
        inner = ip6(self.own, self.address, NONE, b"")
        for what, protocol, frame in (("ARP", 0x0806, bytes.fromhex("0001080006040001") + bytes(38)),
                                      ("IPv4", 0x0800, bytes.fromhex("4500001c000000004011000001010101020202020000000000080000")),
                                      ("IPv4 that says it is IPv6", IP6, bytes.fromhex("4500001c00000000401100000101010102020202")
                                       + bytes(40)),
                                      ("IPv6 in a VLAN", 0x8100, b"\0\5\x86\xdd" + inner),
                                      ("IPv6 in two", 0x88A8, b"\0\5\x81\0\0\6\x86\xdd" + inner),
                                      ("PPPoE", 0x8864, b"\x11\0\0\1\0\x2a\0\x57" + inner),
                                      ("half a header", IP6, inner[:39]),
                                      ("nothing", IP6, b"")):
            self.write(frame, protocol=protocol)
            self.dropped(what, not_6pn=1)
        self.write(ip6(self.address, self.address, UDP, udp(self.address, self.address, b"not ours")))
        self.dropped("another's source", spoofed_source=1)
        self.write(ip6("fe80::aa", "ff02::1", ICMP6, icmp("fe80::aa", "ff02::1", 134, 0, bytes(12)), hops=255))
        self.dropped("a router's advertisement", not_6pn=1)
        self.write(ip6(self.own, self.address, UDP, udp(self.own, self.address, b"long"), 100))
        self.dropped("a packet longer than its frame", malformed=1)
        # a stranger's words on the link taught us nothing
        sent = self.tell()
        check("to us", self.read(lambda frame: frame.text == sent[0]).to, MAC)


if __name__ == "__main__":
    getattr(Test(*sys.argv[2:]), sys.argv[1])()
