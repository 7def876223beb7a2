#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets for the tests, with the standard library only.

  packets.py sniff DEV FILE          record UDP packets on DEV, one line each (see line_of)
  packets.py resend FILE TYPE [N]    send the first N (default all) recorded packets of a type once more, headers as recorded
  packets.py garbage ADDRESS PORT    datagrams of every length 0..200 and some large ones, of every type and of none
  packets.py flood ADDRESS PORT PUBLIC-KEY
                                     handshake initiations with a valid first MAC and random contents, for ever
  packets.py datagrams ADDRESS PORT COUNT LENGTH [TOS [MICROSECONDS [TIME]]]
                                     datagrams from an ordinary socket, with that pause between them, from TIME on (as in records)
  packets.py sink PORT               take datagrams and answer none
  packets.py segments ADDRESS PORT COUNT LENGTH
                                     COUNT datagrams handed over as one (UDP_SEGMENT); the checksum of every second is zero
  packets.py pieces DEV FROM TO PAYLOAD PIECE
                                     hand DEV one IPv4 TCP packet with that payload, to be cut into pieces with so much of it
  packets.py receive PORT BYTES      take one TCP stream, or its first BYTES bytes in datagrams, and print its digest
  packets.py stream ADDRESS PORT BYTES
                                     send such a stream and print its digest
  packets.py multicast ADDRESS       send a multicast from the interface of that address, and hear it as well
"""
import base64
import hashlib
import os
import random
import select
import signal
import socket
import struct
import sys
import time

ETH_P_ALL = 3
ETH_P_IP, ETH_P_IPV6 = 0x0800, 0x86DD
INITIATION_LEN = 148


def udp_of(frame, linked=True):
    """(source, sport, destination, dport, tos, ttl, payload) of an Ethernet or bare IP frame, or None."""
    if linked:
        proto = struct.unpack_from("!H", frame, 12)[0]
        packet = frame[14:]
    else:
        proto = ETH_P_IPV6 if frame and frame[0] >> 4 == 6 else ETH_P_IP
        packet = frame
    if proto == ETH_P_IP and len(packet) >= 28 and packet[9] == 17:
        header = (packet[0] & 15) * 4
        tos, ttl = packet[1], packet[8]
        ends = [socket.inet_ntop(socket.AF_INET, packet[o:o + 4]) for o in (12, 16)]
    elif proto == ETH_P_IPV6 and len(packet) >= 48 and packet[6] == 17:
        header = 40
        tos, ttl = struct.unpack_from("!H", packet)[0] >> 4 & 255, packet[7]
        ends = [socket.inet_ntop(socket.AF_INET6, packet[o:o + 16]) for o in (8, 24)]
    else:
        return None
    sport, dport, length = struct.unpack_from("!HHH", packet, header)
    payload = packet[header + 8:header + length] if length else packet[header + 8:]
    return ends[0], sport, ends[1], dport, tos, ttl, payload


def line_of(parts):
    """SRC SPORT DST DPORT TYPE LENGTH TOS TTL TIME HEX; type 0 where the payload is no WireGuard message."""
    source, sport, destination, dport, tos, ttl, payload = parts
    kind = payload[0] if len(payload) >= 4 and payload[1:4] == b"\0\0\0" else 0
    return f"{source} {sport} {destination} {dport} {kind} {len(payload)} {tos} {ttl} {time.monotonic():.3f} {payload.hex() or '-'}\n"


def sniff(dev, path):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)  # SO_RCVBUFFORCE: lose nothing on a slow machine
    sock.bind((dev, ETH_P_ALL))
    linked = sock.getsockname()[3] in (1, 772)  # Ethernet, loopback
    with open(path, "a", buffering=1, encoding="ascii") as out:  # a test may empty it
        while True:
            parts = udp_of(sock.recv(65536 + 64), linked)
            if parts:
                out.write(line_of(parts))


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Raw:
    """Sends UDP from any address and port, whoever owns them."""

    def __init__(self, family):
        self.family = family
        if family == socket.AF_INET:
            self.sock = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
        else:
            self.sock = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
            self.sock.setsockopt(socket.IPPROTO_IPV6, 36, 1)  # IPV6_HDRINCL

    def send(self, source, sport, destination, dport, payload, tos=0, ttl=64):
        src = socket.inet_pton(self.family, source)
        dst = socket.inet_pton(self.family, destination)
        length = 8 + len(payload)
        udp = struct.pack("!HHHH", sport, dport, length, 0) + payload
        pseudo = src + dst + struct.pack("!IHBB", length, 0, 0, 17)
        udp = udp[:6] + struct.pack("!H", checksum(pseudo + udp) or 0xFFFF) + payload
        if self.family == socket.AF_INET:
            header = struct.pack("!BBHHHBBH4s4s", 0x45, tos, 20 + length, 0, 0, ttl, 17, 0, src, dst)
        else:
            header = struct.pack("!IHBB16s16s", 6 << 28 | tos << 20, length, 17, ttl, src, dst)
        self.sock.sendto(header + udp, (destination, 0))


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def resend(path, kind, count=None):
    with open(path, encoding="ascii") as lines:
        rows = [line.split() for line in lines]
    rows = [row for row in rows if row[4] == kind][:int(count) if count else None]
    if not rows:
        sys.exit(f"no packet of type {kind} in {path}")
    raw = Raw(family_of(rows[0][0]))
    for row in rows:
        raw.send(row[0], int(row[1]), row[2], int(row[3]), bytes.fromhex(row[9]))
    print(len(rows), "sent")


def garbage(address, port):
    sock = socket.socket(family_of(address), socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
    rng = random.Random(6)
    for length in list(range(201)) + [1000, 1452, 4000, 20000, 65000]:
        for kind in (None, 0, 1, 2, 3, 4, 5, 255):
            body = rng.randbytes(length)
            if kind is not None and length:
                body = struct.pack("<I", kind)[:length] + body[4:]
            try:
                sock.sendto(body, (address, int(port)))
            except OSError as err:  # an ICMP error to an earlier datagram is ours to read, not a failure
                print(err)


def mac1_of(message, public):
    key = hashlib.blake2s(b"mac1----" + public).digest()
    return hashlib.blake2s(message, key=key, digest_size=16).digest()


def flood(address, port, public):
    """A queue that is full enough and not full, however slow the receiver: more than the 512 that are load wait to be answered,
    and not many more, because each costs those behind it time.

    Without load it says nothing to these: then as many more are sent.
    """
    sock = socket.socket(family_of(address), socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_UDP, 103, INITIATION_LEN)  # UDP_SEGMENT
    sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 22)  # SO_RCVBUFFORCE
    sock.connect((address, int(port)))
    sock.settimeout(0.05)
    public, crowd = base64.b64decode(public), []
    for n in range(64):
        head = struct.pack("<II", 1, n) + os.urandom(INITIATION_LEN - 8 - 32)
        crowd.append(head + mac1_of(head, public) + bytes(16))
    waiting = 0
    while True:
        try:
            if waiting < 640:
                sock.send(b"".join(crowd))
                waiting += len(crowd)
            else:
                sock.recv(64)
                waiting -= 1
        except TimeoutError:
            waiting = 0
        except ConnectionRefusedError:  # it says so of an earlier one
            pass


def datagrams(address, port, count, length, tos="0", pause="0", begin="0"):
    sock = socket.socket(family_of(address), socket.SOCK_DGRAM)
    if ":" in address:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, int(tos, 0))
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, int(tos, 0))
    body = bytes(int(length))
    time.sleep(max(0, int(begin) - time.monotonic()))
    for _ in range(int(count)):
        sock.sendto(body, (address, int(port)))
        time.sleep(int(pause) / 1e6)


def both_families(kind, port):
    sock = socket.socket(socket.AF_INET6, kind)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("::", int(port)))
    return sock


def sink(port):
    sock = both_families(socket.SOCK_DGRAM, port)
    while True:
        sock.recv(65536)


def content(count):
    return random.Random(count).randbytes(count)


def segments(address, port, count, length):
    sock = socket.socket(family_of(address), socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_UDP, 103, int(length))  # UDP_SEGMENT
    sock.connect((address, int(port)))
    family, length = family_of(address), int(length)
    ends = b"".join(socket.inet_pton(family, name[0]) for name in (sock.getsockname(), sock.getpeername()))
    head = ends + struct.pack("!IHHHHHH", 8 + length, 0, 17, sock.getsockname()[1], int(port), 8 + length, 0)
    data = bytearray(content(int(count) * length))
    for end in range(length, len(data) + 1, 2 * length):  # what comes out as zero is sent as 0xFFFF, for zero means "none"
        struct.pack_into("!H", data, end - 2, checksum(head + data[end - length:end - 2]))
    sock.send(data)
    print(hashlib.blake2s(data).hexdigest())


def pieces(dev, source, destination, payload, piece):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.setsockopt(263, 15, 1)  # SOL_PACKET, PACKET_VNET_HDR: what a virtual machine's tap hands over
    sock.bind((dev, ETH_P_IP))
    payload, piece = int(payload), int(piece)
    ends = socket.inet_aton(source) + socket.inet_aton(destination)
    header = struct.pack("!BBHHHBBH", 0x45, 0, 40 + payload, 1, 0, 64, 6, 0) + ends
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    tcp = struct.pack("!HHIIBBHHH", 9, 9, 1, 1, 5 << 4, 16, 1000, 0, 0)
    pseudo = ends + struct.pack("!BBH", 0, 6, 20 + payload)
    tcp = tcp[:16] + struct.pack("!H", ~checksum(pseudo) & 0xFFFF) + tcp[18:]  # partial: the device completes it
    offload = struct.pack("BBHHHH", 1, 1, 40, piece, 20, 16)  # checksum to be done, TCP over IPv4
    sock.send(offload + header + tcp + content(payload))


def stream(address, port, count):
    data = content(int(count))
    with socket.create_connection((address, int(port))) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        sock.recv(1)  # the other end closes when it has it all
    print(hashlib.blake2s(data).hexdigest())


def multicast(address):
    here, group = socket.inet_aton(address), "239.1.2.3"
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + here)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, here)
    sock.bind(("", 5000))
    sock.settimeout(20)
    sock.sendto(b"all", (group, 5000))
    sock.recv(9)


def receive(port, count):
    """Waits for either a TCP connection or datagrams on the port."""
    signal.alarm(120)  # for what never comes
    listener, flow = both_families(socket.SOCK_STREAM, port), both_families(socket.SOCK_DGRAM, port)
    listener.listen()
    ready = select.select([listener, flow], [], [], 60)[0]
    if not ready:
        sys.exit("nothing came")
    sock = listener.accept()[0] if ready[0] is listener else flow
    sock.settimeout(60)
    digest, left = hashlib.blake2s(), int(count)
    while left > 0:
        part = sock.recv(65536)
        if not part:
            sys.exit(f"the stream ended {left} bytes early")
        digest.update(part)
        left -= len(part)
    print(digest.hexdigest())


if __name__ == "__main__":
    verbs = {f.__name__: f for f in (sniff, resend, garbage, flood, datagrams, sink, segments, pieces, receive, stream, multicast)}
    if len(sys.argv) < 2 or sys.argv[1] not in verbs:
        sys.exit(__doc__)
    verbs[sys.argv[1]](*sys.argv[2:])
