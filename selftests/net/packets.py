#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets for the tests, those that packets.c does not have; with the standard library only.

  packets.py garbage ADDRESS PORT    datagrams of every length 0..200 and some large ones, of every type and of none
  packets.py flood ADDRESS PORT PUBLIC-KEY
                                     handshake initiations with a valid first MAC and random contents, for ever
  packets.py segments ADDRESS PORT COUNT LENGTH
                                     COUNT datagrams handed over as one (UDP_SEGMENT); the checksum of every second is zero
  packets.py pieces DEV FROM TO PAYLOAD PIECE
                                     hand DEV one IPv4 TCP packet with that payload, to be cut into pieces with so much of it
  packets.py receive PORT BYTES      take one TCP stream, or its first BYTES bytes in datagrams, and print its digest
  packets.py stream ADDRESS PORT BYTES
                                     send such a stream and print its digest
  packets.py multicast ADDRESS       send a multicast from the interface of that address, and hear it as well
"""
import binascii
import os
import select
import _signal as signal  # signal itself makes enumerations
import struct
import sys
from _blake2 import blake2s  # hashlib would load a library as well, random this one and more
from _random import Random

import sockets as socket

ETH_P_IP = 0x0800
INITIATION_LEN = 148


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def random_bytes(rng, count):
    return rng.getrandbits(8 * count).to_bytes(count, "little")


def garbage(address, port):
    sock = socket.socket(family_of(address), socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
    rng = Random(6)
    for length in list(range(201)) + [1000, 1452, 4000, 20000, 65000]:
        for kind in (None, 0, 1, 2, 3, 4, 5, 255):
            body = random_bytes(rng, length)
            if kind is not None and length:
                body = struct.pack("<I", kind)[:length] + body[4:]
            try:
                sock.sendto(body, (address, int(port)))
            except OSError as err:  # an ICMP error to an earlier datagram is ours to read, not a failure
                print(err)


def mac1_of(message, public):
    key = blake2s(b"mac1----" + public).digest()
    return blake2s(message, key=key, digest_size=16).digest()


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
    public, crowd = binascii.a2b_base64(public), []
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


def both_families(kind, port):
    sock = socket.socket(socket.AF_INET6, kind)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("::", int(port)))
    return sock


def content(count):
    return random_bytes(Random(count), count)


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
    print(blake2s(data).hexdigest())


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
    with socket.socket(family_of(address), socket.SOCK_STREAM) as sock:
        sock.connect((address, int(port)))
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        sock.recv(1)  # the other end closes when it has it all
    print(blake2s(data).hexdigest())


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
    digest, left = blake2s(), int(count)
    while left > 0:
        part = sock.recv(65536)
        if not part:
            sys.exit(f"the stream ended {left} bytes early")
        digest.update(part)
        left -= len(part)
    print(digest.hexdigest())


if __name__ == "__main__":
    verbs = {f.__name__: f for f in (garbage, flood, segments, pieces, receive, stream, multicast)}
    if len(sys.argv) < 2 or sys.argv[1] not in verbs:
        sys.exit(__doc__)
    verbs[sys.argv[1]](*sys.argv[2:])
