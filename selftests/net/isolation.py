#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Attacks on the rules of machines: isolation.py ORIGIN ATTACKER DEV OWN HOST MATE FAR FOREIGN FOREIGN-FAR WATCHED...

ORIGIN is port, client or host: what the attacker is to HOST, and DEV its device in the namespace ATTACKER. OWN is its
address, MATE another machine of its network on HOST, FAR one on another host, FOREIGN and FOREIGN-FAR are of another
network: each as NAMESPACE=ADDRESS. Each attack must move exactly one drop counter of HOST's mesh0, by one a packet, and
be seen in no WATCHED namespace nor in those of the victims. In each group a packet that may pass has to arrive.

For a host there are more words: guest=NAMESPACE=ADDRESS has an address of the attacker's and lives at HOST; left=ADDRESS
has one too, came to HOST and went on to the other host; away=ADDRESS and ours=ADDRESS are of HOST and went to the other host
and to the attacker.
"""
import array
import fcntl
import re
import struct
import sys
import time

import sockets as socket
from spaces import PACKET_OUTGOING, inside, packets

ATTACK, CONTROL = b"SIXPN-ATTACK-%04d", b"SIXPN-CONTROL-%04d"
HOP, TCP, UDP, IP6, ROUTING, FRAGMENT, AUTH, ICMP6, NONE, DEST = 0, 6, 17, 41, 43, 44, 51, 58, 59, 60
SIOCETHTOOL, GSTRINGS, GSTATS, GSSET_INFO = 0x8946, 0x1B, 0x1D, 0x37


def binary(address):
    return socket.inet_pton(socket.AF_INET6, address)


def changed(address, offset, value):
    """The address with bytes replaced from that one on."""
    raw = binary(address)
    return socket.inet_ntop(socket.AF_INET6, raw[:offset] + value + raw[offset + len(value):])


def ip6(source, destination, protocol, body, length=None, hops=64):
    return struct.pack("!IHBB", 6 << 28, len(body) if length is None else length, protocol, hops) + \
        binary(source) + binary(destination) + body


def total(source, destination, protocol, body):
    data = binary(source) + binary(destination) + struct.pack("!II", len(body), protocol) + body
    words = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + bytes(len(data) % 2)))
    while words >> 16:
        words = (words & 0xFFFF) + (words >> 16)
    return ~words & 0xFFFF


def udp(source, destination, text):
    body = struct.pack("!HHHH", 49152, 49153, 8 + len(text), 0) + text
    return body[:6] + struct.pack("!H", total(source, destination, UDP, body) or 0xFFFF) + body[8:]


def icmp(source, destination, kind, code, body):
    body = struct.pack("!BBH", kind, code, 0) + body
    return body[:2] + struct.pack("!H", total(source, destination, ICMP6, body)) + body[4:]


def options(following, content=b"\x01\x04\0\0\0\0"):
    """A header of hop-by-hop or destination options."""
    size = 2 + len(content)
    content += bytes(-size % 8)
    return struct.pack("BB", following, (2 + len(content)) // 8 - 1) + content


def routing(following, kind, segments, left=1):
    return struct.pack("BBBBI", following, 2 * len(segments), kind, left, 0) + b"".join(map(binary, segments))


def authentication(following):
    """Its length is in other units than that of all others."""
    return struct.pack("!BBHII", following, 4, 0, 1, 1) + bytes(12)


def fragment(following, offset, more, ident=7):
    return struct.pack("!BBHI", following, 0, offset << 3 | more, ident)


class Counters:
    """Of a device's ethtool statistics, those of drops."""

    def __init__(self, space, dev):
        with inside(space):
            self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.dev = dev.encode()
        info = self.ask(struct.pack("=IIQI", GSSET_INFO, 0, 1 << 1, 0))
        count = struct.unpack_from("=I", info, 16)[0]
        strings = self.ask(struct.pack("=III", GSTRINGS, 1, count) + bytes(32 * count))
        self.names = [strings[12 + 32 * n:44 + 32 * n].split(b"\0")[0].decode() for n in range(count)]

    def ask(self, request):
        buffer = array.array("B", request)
        fcntl.ioctl(self.sock, SIOCETHTOOL, struct.pack("16sP16x", self.dev, buffer.buffer_info()[0]))
        return buffer.tobytes()

    def read(self):
        raw = self.ask(struct.pack("=II", GSTATS, len(self.names)) + bytes(8 * len(self.names)))
        return dict(zip(self.names, struct.unpack_from(f"={len(self.names)}Q", raw, 8)))


class Test:
    def __init__(self, arguments):
        self.origin, attacker, dev, self.own, host, *rest = arguments
        self.victims, watched = {}, [host]
        names = ["mate", "far", "foreign", "foreign_far"]
        for name, word in zip(names, rest):
            space, address = word.split("=")
            self.victims[name] = space
            setattr(self, name, address)
        for word in rest[len(names):]:
            name, *space, address = word.split("=") if "=" in word else (None, word)
            if name:
                setattr(self, name, address)
                self.victims.update({name: space[0]} if space else {})
            else:
                watched.append(address)
        self.dev = dev
        self.attacker = packets(attacker)
        self.recorders = {space: packets(space) for space in list(self.victims.values()) + watched}
        self.counters = Counters(host, "mesh0")
        self.number, self.failures, self.seen, self.attacks = 0, 0, {}, {}
        self.told, self.untold = set(), set()  # texts that came back in errors, and those that may not

    def check(self, what, good, seen=""):
        self.failures += not good
        print(f"{'good' if good else 'FAIL'}: {what}{'' if good else f': {seen}'}", flush=True)

    def listen(self):
        """Where which of our texts was seen coming in, and which of them came back to us."""
        while True:
            try:
                data, address = self.attacker.recvfrom(65536)
            except BlockingIOError:
                break
            if address[2] != PACKET_OUTGOING:
                self.told.update(re.findall(rb"SIXPN-[A-Z]+-\d{4}", data))
        for space, sock in self.recorders.items():
            while True:
                try:
                    data, address = sock.recvfrom(65536)
                except BlockingIOError:
                    break
                if address[2] != PACKET_OUTGOING or space not in self.victims.values():
                    for text in re.findall(rb"SIXPN-[A-Z]+-\d{4}", data):
                        self.seen.setdefault(text, set()).add(space)

    def text(self, pattern):
        self.number += 1
        return pattern % self.number

    def send(self, packet, protocol=0x86DD):
        self.attacker.sendto(packet, (self.dev, protocol))

    def moved(self, before, number):
        """What the counters moved by, once it is so many, or long after it should."""
        end = time.monotonic() + 5
        while True:
            after = self.counters.read()
            diff = {name: after[name] - before[name] for name in after if after[name] != before[name]}
            if sum(diff.values()) >= number or time.monotonic() > end:
                return diff
            time.sleep(0.02)

    def attack(self, what, reason, *made, protocol=0x86DD, silent=False):
        """Each of `made` makes a packet that has the text it is given somewhere. About some nobody may be told."""
        before = self.counters.read()
        for make in made:
            text = self.text(ATTACK)
            self.attacks[text] = what
            self.untold.update([text] if silent else [])
            self.send(make(text), protocol)
        diff = self.moved(before, len(made))
        self.check(what, diff == {reason: len(made)}, f"{diff}, expected {reason}: {len(made)}")

    def passes(self, what, *made, at="mate"):
        """These may pass. They come after the attacks before them, so those have been seen to, too."""
        before = self.counters.read()
        texts = []
        for make in made:
            texts.append(self.text(CONTROL))
            self.send(make(texts[-1]))
        end = time.monotonic() + 30
        while time.monotonic() < end and not all(text in self.seen for text in texts):
            time.sleep(0.02)
            self.listen()
        seen = [self.seen.get(text, set()) for text in texts]
        self.check(what, seen == [{self.victims[at]}] * len(texts), f"seen in {seen}")
        after = self.counters.read()
        self.check(f"{what}: no drop", after == before, {name: after[name] - before[name] for name in after})

    def plain(self, source, destination):
        return lambda text: ip6(source, destination, UDP, udp(source, destination, text))

    def behind(self, protocol, headers, destination=None):
        """A datagram from us behind such headers."""
        to = destination or self.mate
        return lambda text: ip6(self.own, to, protocol, headers + udp(self.own, to, text))

    def control(self):
        self.passes("control", self.plain(self.own, self.mate))

    # ---- groups -------------------------------------------------------------------------------------------------

    def foreign_network(self):
        for name in ("foreign", "foreign_far"):
            victim = getattr(self, name)
            self.attack(f"UDP to a foreign network ({name})", "foreign-network", self.plain(self.own, victim))
            self.attack(f"ping to a foreign network ({name})", "foreign-network", lambda text, to=victim: ip6(
                self.own, to, ICMP6, icmp(self.own, to, 128, 0, bytes(4) + text)))
        self.attack("a host that nobody has, of a foreign network", "foreign-network",
                    self.plain(self.own, changed(self.foreign, 6, b"\x77\x77\x77\x77")))
        self.attack("the resolver of a foreign network", "foreign-network", self.plain(self.own, "fdaa:0:2::3"))
        self.attack("a service of a foreign network", "foreign-network", self.plain(self.own, "fdaa:0:2:0:1::9"))
        self.attack("a service of ours, that is none", "well-known", self.plain(self.own, "fdaa:0:1:0:1::9"))
        self.attack("fdaa::3, which nobody answers", "foreign-network" if self.origin == "host" else "well-known",
                    self.plain(self.own, "fdaa::3"))

    def spoofed(self):
        for what, source in (("a mate's", self.mate), ("a far mate's", self.far), ("a machine's of a foreign network",
                             self.foreign), ("fdaa::3's", "fdaa::3"), ("our resolver's", "fdaa:0:1::3"),
                             ("a service's", "fdaa:0:1:0:1::9"), ("of a host nobody has", "fdaa:0:1:7777:7777:0:5:2")):
            # a source of the network that the destination is in, and not
            self.attack(f"with the source {what}", "spoofed-source", self.plain(source, self.mate),
                        self.plain(source, self.foreign), silent=True)
            self.attack(f"with the source {what} to no 6PN", "not-6pn", self.plain(source, "2001:db8::1"), silent=True)
        if self.origin != "host":
            for offset in (6, 9, 10, 13):  # out of the /112 at each of its borders
                wrong = bytes([binary(self.own)[offset] ^ 1])
                self.attack(f"beside our /112 at byte {offset}", "spoofed-source",
                            self.plain(changed(self.own, offset, wrong), self.mate))
        self.attack("our address in a foreign network", "spoofed-source" if self.origin != "host" else "not-forwarded",
                    self.plain(changed(self.own, 2, b"\0\0\0\2"), self.foreign_far))
        self.passes("any address of our /112", *(self.plain(changed(self.own, 14, sub), self.mate)
                                                 for sub in (b"\0\0", b"\0\3", b"\xff\xff")))

    def not_6pn(self):
        tunnel = self.origin != "port"
        for address in ("fe80::1", "ff02::1", "ff05::2", "ff0e::101", "ff02::1:ff00:2", "::1", "::", "::ffff:10.9.0.2",
                        "2001:db8::1", "fd09::2", "fda9::1", "fdab::1"):
            self.attack(f"to {address}", "not-6pn", self.plain(self.own, address), silent=address.startswith("ff"))
            self.attack(f"from {address}", "not-6pn", self.plain(address, self.mate), silent=True)
        for source, to in (("fe80::1", "fe80::2"), ("fe80::1", "ff02::1"), ("fd09::1", "fd09::2")):
            # the rules of WireGuard, where there is a peer: it has no allowed-ips
            self.attack(f"from {source} to {to}", "spoofed-source" if tunnel else "not-6pn", self.plain(source, to))
        self.attack("IPv4", "spoofed-source" if tunnel else "not-6pn", lambda text: struct.pack(
            "!BBHHHBBH4s4s", 0x45, 0, 28 + len(text), 0, 0, 64, UDP, 0, bytes((10, 9, 0, 9)), bytes((10, 9, 0, 2))) +
            struct.pack("!HHHH", 1, 2, 8 + len(text), 0) + text, protocol=0x0800)
        if not tunnel:
            self.attack("ARP", "malformed", lambda text: struct.pack("!HHBBH", 1, 0x800, 6, 4, 1) + bytes(20) + text,
                        protocol=0x0806)
        self.control()

    def routing_headers(self):
        for kind in (0, 2, 3, 4, 253):
            self.attack(f"routing header {kind}", "routing-header",
                        self.behind(ROUTING, routing(UDP, kind, [self.foreign])),
                        self.behind(ROUTING, routing(UDP, kind, [self.foreign, self.mate], 2)),
                        self.behind(ROUTING, routing(UDP, kind, [self.mate], 0)))
        self.attack("routing headers behind options", "routing-header",
                    self.behind(DEST, options(ROUTING) + routing(UDP, 0, [self.foreign])),
                    self.behind(HOP, options(DEST) + options(ROUTING) + routing(UDP, 4, [self.foreign])))
        self.attack("a routing header behind authentication", "routing-header",
                    self.behind(AUTH, authentication(ROUTING) + routing(UDP, 0, [self.foreign])))
        self.attack("a routing header in a fragment", "routing-header",
                    self.behind(FRAGMENT, fragment(ROUTING, 0, 1) + routing(UDP, 0, [self.foreign])))
        self.attack("a routing header cut off", "header-chain", lambda text: ip6(
            self.own, self.mate, ROUTING, struct.pack("BBBBI", UDP, 200, 0, 1, 0) + text))
        self.attack("a routing header to a foreign network", "foreign-network",
                    self.behind(ROUTING, routing(UDP, 0, [self.mate]), self.foreign))
        self.control()

    def option_headers(self):
        home = b"\xc9\x10" + binary(self.foreign) + b"\1\2\0\0"
        self.attack("options to a foreign network", "foreign-network",
                    self.behind(HOP, options(UDP), self.foreign), self.behind(DEST, options(UDP), self.foreign))
        self.attack("the home address option", "spoofed-source", self.behind(DEST, options(UDP, home)),
                    self.behind(DEST, options(DEST) + options(UDP, home)))
        self.attack("hop-by-hop options that are not first", "header-chain",
                    self.behind(DEST, options(HOP) + options(UDP)), self.behind(HOP, options(HOP) + options(UDP)))
        self.attack("options longer than their header", "header-chain",
                    self.behind(HOP, options(UDP, b"\x1e\x20\0\0\0\0")), self.behind(DEST, options(UDP, b"\1\1\0\x1e\5\0")))
        self.attack("a header longer than its packet", "header-chain", lambda text: ip6(
            self.own, self.mate, DEST, struct.pack("BB", UDP, 255) + bytes(6) + text))
        self.attack("more headers than anyone uses", "header-chain",
                    self.behind(DEST, options(DEST) * 8 + options(UDP)), self.behind(DEST, options(DEST) * 60 + options(UDP)))
        self.attack("authentication that is cut off", "header-chain", lambda text: ip6(
            self.own, self.mate, AUTH, authentication(UDP)[:20]), lambda text: ip6(
                self.own, self.mate, AUTH, b"\x11\xff" + bytes(22)))
        self.passes("authentication", self.behind(AUTH, authentication(UDP)))
        self.passes("options that are right", self.behind(HOP, options(UDP)), self.behind(DEST, options(UDP)),
                    self.behind(HOP, options(DEST) + options(UDP)))

    def fragments(self):
        def piece(source, to, offset, more, following=UDP, body=bytes(8)):
            return lambda text: ip6(source, to, FRAGMENT, fragment(following, offset, more) + body + text + bytes(-len(text) % 8))

        self.attack("fragments to a foreign network", "foreign-network", piece(self.own, self.foreign, 0, 1),
                    piece(self.own, self.foreign, 2, 1), piece(self.own, self.foreign, 3, 0))
        self.attack("overlapping fragments to a foreign network", "foreign-network", piece(self.own, self.foreign, 0, 1),
                    piece(self.own, self.foreign, 1, 1), piece(self.own, self.foreign, 0, 0))
        self.attack("fragments with another's source", "spoofed-source", piece(self.far, self.mate, 0, 1),
                    piece(self.far, self.mate, 1, 0), piece(self.foreign, self.foreign, 8189, 1))
        # over a first fragment that may pass, one that rewrites it
        self.passes("a first fragment", piece(self.own, self.mate, 0, 1))
        self.attack("overlapping it, a redirect", "neighbour-discovery",
                    piece(self.own, self.mate, 0, 0, ICMP6, b"\x89\0\0\0\0\0\0\0"))
        self.attack("overlapping it, a routing header", "routing-header",
                    piece(self.own, self.mate, 0, 0, ROUTING, routing(UDP, 0, [self.foreign])))
        self.attack("overlapping it, to a foreign network", "foreign-network", piece(self.own, self.foreign, 0, 0),
                    piece(self.own, self.foreign_far, 1, 1), piece(self.own, self.foreign_far, 1, 0))
        self.attack("overlapping it, with another's source", "spoofed-source", piece(self.foreign, self.mate, 0, 0),
                    piece(self.far, self.mate, 1, 0), piece(self.foreign, self.foreign, 1, 0))
        # ports, the whole UDP header, and a later fragment that says it is of another protocol: all of it is its receiver's to
        # see through, and no other's to see
        ports = struct.pack("!HHHH", 49152, 53, 64, 0)
        self.passes("overlapping it, other ports", piece(self.own, self.mate, 0, 1, UDP, ports),
                    piece(self.own, self.mate, 1, 1), piece(self.own, self.mate, 1, 0, ROUTING, routing(UDP, 0, [self.foreign])),
                    piece(self.own, self.mate, 2, 0, ICMP6, b"\x89" + bytes(7)))
        self.attack("a header chain that is not whole in the first fragment", "header-chain",
                    lambda text: ip6(self.own, self.mate, DEST, options(FRAGMENT, b"\1\x14" + text + bytes(20 - len(text)))
                                     + fragment(DEST, 0, 1) + bytes([ICMP6, 9]) + bytes(6)))
        self.attack("an error whose quote is in the next fragment", "foreign-quote", lambda text: ip6(
            self.own, self.mate, FRAGMENT, fragment(ICMP6, 0, 1) + b"\1\0\0\0\0\0\0\0" + text + bytes(-len(text) % 8)))
        self.attack("an atomic fragment of a router advertisement", "neighbour-discovery",
                    piece(self.own, self.mate, 0, 0, ICMP6, b"\x86\0\0\0\0\0\0\0"))
        self.control()

    def tunnels(self):
        inner = self.plain(self.own, self.foreign)
        for protocol in (IP6, 4, 47, 97, 137):
            self.attack(f"protocol {protocol} to a foreign network", "foreign-network", lambda text, p=protocol: ip6(
                self.own, self.foreign, p, inner(text)))
        # to a mate it is a payload as any other; that of the inside gets nothing
        self.passes("a packet in a packet to a mate", lambda text: ip6(self.own, self.mate, IP6, inner(text)),
                    lambda text: ip6(self.own, self.mate, DEST, options(IP6) + inner(text)))

    def errors(self):
        def about(source, to, kind=1, code=0, receiver=self.mate, cut=None):
            return lambda text: ip6(self.own, receiver, ICMP6, icmp(
                self.own, receiver, kind, code, bytes(4) + ip6(source, to, UDP, udp(source, to, text))[:cut]))

        for kind in (1, 2, 3, 4, 100, 127):
            self.attack(f"errors of type {kind}", "foreign-quote", about(self.foreign, self.foreign_far, kind),
                        about(self.mate, self.foreign, kind), about(self.foreign, self.own, kind),
                        about(self.own, self.mate, kind), about(self.far, self.own, kind), about(self.mate, "ff02::1", kind))
        self.attack("a quote of no IPv6 packet", "foreign-quote", lambda text: ip6(
            self.own, self.mate, ICMP6, icmp(self.own, self.mate, 1, 0, bytes(4) + b"\x45" + ip6(
                self.mate, self.own, UDP, udp(self.mate, self.own, text))[1:])))
        self.attack("a quote cut short", "foreign-quote", lambda text: ip6(
            self.own, self.mate, ICMP6, icmp(self.own, self.mate, 1, 0, bytes(4) + text)))
        self.attack("an error behind options", "foreign-quote", lambda text: ip6(
            self.own, self.mate, DEST, options(ICMP6) + icmp(self.own, self.mate, 2, 0, bytes(4) + ip6(
                self.foreign, self.own, UDP, udp(self.foreign, self.own, text)))))
        self.attack("an error to a foreign network", "foreign-network",
                    about(self.foreign, self.own, receiver=self.foreign))
        self.passes("an error about its own packet to us", about(self.mate, self.own))

    def discovery(self):
        bodies = {133: bytes(4), 134: bytes(12) + b"\3\4\x40\xc0" + b"\xff" * 8 + bytes(4) + binary("fdaa:0:1::"),
                  135: bytes(4) + binary(self.mate), 136: b"\xe0\0\0\0" + binary(self.mate),
                  137: bytes(4) + binary(self.own) + binary(self.foreign), 130: bytes(4) + binary("ff02::1"),
                  131: bytes(4) + binary("ff02::1"), 132: bytes(4) + binary("ff02::2"), 143: bytes(4)}
        for kind, body in bodies.items():
            self.attack(f"type {kind}", "neighbour-discovery", *(lambda text, o=hops, b=body, k=kind: ip6(
                self.own, self.mate, ICMP6, icmp(self.own, self.mate, k, 0, b + b"\x0e\2" + text.ljust(14, b"\0")), hops=o)
                for hops in (64, 255)))
            self.attack(f"type {kind} behind options", "neighbour-discovery", lambda text, b=body, k=kind: ip6(
                self.own, self.mate, HOP, options(ICMP6, b"\5\2\0\0\1\0") + icmp(self.own, self.mate, k, 0, b + text)))
            self.attack(f"type {kind} to all nodes", "not-6pn", lambda text, b=body, k=kind: ip6(
                self.own, "ff02::1", ICMP6, icmp(self.own, "ff02::1", k, 0, b + text), hops=255))
        self.attack("a redirect as a router sends it", "not-6pn", lambda text: ip6(
            "fe80::1", self.mate, ICMP6, icmp("fe80::1", self.mate, 137, 0, bodies[137] + text), hops=255))
        self.passes("a ping", lambda text: ip6(self.own, self.mate, ICMP6, icmp(self.own, self.mate, 128, 0, bytes(4) + text)))

    def lengths(self):
        tunnel = self.origin != "port"
        jumbo = options(UDP, b"\xc2\4\0\1\0\0")

        def long(length):
            return lambda text: ip6(self.own, self.mate, UDP, udp(self.own, self.mate, text), length)

        # a tunnel's packets are padded: there a length of 0 is a packet that ends, and its chain with it
        self.attack("a jumbogram without a length", "header-chain" if tunnel else "malformed", lambda text: ip6(
            self.own, self.mate, HOP, jumbo + udp(self.own, self.mate, text), 0))
        self.attack("a jumbo option with a length", "malformed", self.behind(HOP, jumbo))
        self.attack("a jumbo option to a foreign network", "malformed", self.behind(HOP, jumbo, self.foreign))
        self.attack("lengths beyond the packet", "malformed", long(1000), long(0xFFFF), long(60))
        if not tunnel:
            self.attack("lengths short of the packet", "malformed", long(0), long(1), long(8), long(len(ATTACK % 1) + 7))
            self.attack("no whole header", "malformed", lambda text: (b"\x60" + bytes(7) + binary(self.own) + text)[:38])
            self.attack("version 4 in IPv6's clothes", "malformed", lambda text: b"\x45" + self.plain(
                self.own, self.foreign)(text)[1:])
        self.control()

    def homes(self):
        """What a host may say of machines that moved, its own and others'."""
        nobody, reserved = changed(self.own, 6, b"\x77\x77\x77\x77"), ("fdaa:0:1::3", "fdaa:0:1:0:1::9")
        self.passes("an old home forwards to its guest, whoever it is from", self.plain(self.own, self.guest),
                    self.plain(self.far, self.guest), at="guest")
        for source in (self.mate, changed(self.mate, 10, b"\xde\xad\xbe\xef"), changed(self.mate, 10, bytes(4)), self.guest,
                       self.away, self.foreign, *reserved):
            self.attack(f"to its guest from {source}, of this host or nobody's", "spoofed-source",
                        self.plain(source, self.guest))
        self.attack("to its guest from a foreign network", "foreign-network", self.plain(self.foreign_far, self.guest))
        self.attack("to one of its own that is not here", "spoofed-source", self.plain(self.far, self.own),
                    self.plain(nobody, self.own))
        self.attack("to one that went on", "spoofed-source", self.plain(nobody, self.left), self.plain(self.far, self.left))
        self.attack("from one that went elsewhere", "spoofed-source", self.plain(self.away, self.mate),
                    self.plain(self.left, self.mate), self.plain(self.guest, self.mate))
        self.passes("from one that came to it", self.plain(self.ours, self.mate))
        self.attack("to one that came to it", "not-forwarded", self.plain(self.own, self.ours))
        self.attack("from host to host", "not-forwarded", self.plain(self.own, self.far), self.plain(self.own, nobody))
        self.attack("the last hop to one that went elsewhere", "hop-limit", lambda text: ip6(
            self.own, self.away, UDP, udp(self.own, self.away, text), hops=1), lambda text: ip6(
            self.own, self.away, UDP, udp(self.own, self.away, text), hops=0))
        self.attack("a network that is not here", "no-network", self.plain(
            changed(self.own, 2, b"\0\0\0\5"), changed(self.mate, 2, b"\0\0\0\5")))
        # which this host has; each host asks its own
        self.attack("the resolver of our network", "well-known", self.plain(self.own, "fdaa:0:1::3"))
        self.control()

    def run(self):
        self.control()
        for group in ("foreign_network", "spoofed", "not_6pn", "routing_headers", "option_headers", "fragments", "tunnels",
                      "errors", "discovery", "lengths", *(["homes"] if self.origin == "host" else [])):
            print(f"-- {group}")
            getattr(self, group)()
        time.sleep(0.5)
        self.listen()
        for text, spaces in self.seen.items():
            if text in self.attacks:
                self.check(self.attacks[text], False, f"{text.decode()} was seen in {sorted(spaces)}")
        wrong = [self.attacks[text] for text in self.told & self.untold]
        self.check("no error about a false source or to a group", not wrong, wrong)
        self.check("errors about others", bool(self.told & set(self.attacks) - self.untold))
        controls = sum(text.startswith(b"SIXPN-CONTROL") for text in self.seen)
        print(f"{len(self.attacks)} attacks, {len(self.told)} told, {controls} controls")
        sys.exit(self.failures != 0)


if __name__ == "__main__":
    Test(sys.argv[1:]).run()
