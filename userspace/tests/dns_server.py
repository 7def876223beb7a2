#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A name server that behaves as the name that it is asked for says.

usage: dns_server.py PORT-FILE

It listens on [::1], by UDP and TCP, writes its port to PORT-FILE and serves until it is killed.
"""

import os
import select
import socket
import struct
import sys

AAAA, TXT, OPT = 28, 16, 41


def record(kind, data):
    """One whose owner is the name of the question."""
    return struct.pack("!HHHIH", 0xC00C, kind, 1, 5, len(data)) + data


def text(*strings):
    return b"".join(bytes([len(string)]) + string for string in strings)


def message(query, rcode=0, answers=(), flags=0x8400, error=b""):
    """An answer to QUERY; ERROR: words of an Extended DNS Error."""
    end = 12
    while query[end]:
        end += query[end] + 1
    option = struct.pack("!HHH", 15, len(error) + 2, 18) + error if error else b""
    head = query[:2] + struct.pack("!HHHHH", flags | 0x0100 | rcode, 1, len(answers), 0, 1)
    return (head + query[12:end + 5] + b"".join(answers) + b"\0" +
            struct.pack("!HHIH", OPT, 1232, 0, len(option)) + option)


def label(query):
    return query[13:13 + query[12]].lower().decode("ascii", "replace")


class Server:
    """What comes to pass by UDP and by TCP; each returns the messages to be sent."""

    def __init__(self):
        self.asked = {}

    def udp(self, query):
        name = label(query)
        self.asked[name] = self.asked.get(name, 0) + 1
        good = message(query, answers=[record(AAAA, socket.inet_pton(socket.AF_INET6, "fdaa:0:1::5:2"))])
        if name == "second" and self.asked[name] == 1:
            return []
        if name == "noise":
            return [b"", b"x", query, bytes([query[0] ^ 1]) + good[1:], good.replace(b"\x05noise", b"\x05noisy"), good]
        if name in ("long", "cut", "mute"):
            return [message(query, flags=0x8600)]
        if name == "silent":
            return []
        return [self.common(query, name) or good]

    def common(self, query, name):
        if name == "none":
            return message(query, 3)
        if name == "refused":
            return message(query, 5, error=b"not\x1byours")
        if name == "odd":
            return message(query, answers=[record(TXT, text(b"a\x1b[31m", b"\xff\"b", b""))])
        if name == "empty":
            return message(query)
        return None

    def tcp(self, query):
        name = label(query)
        if name == "long":
            return [message(query, answers=[record(TXT, text(*[b"%d," % i for i in range(10000)]))])]
        if name == "cut":
            return [message(query)[:20]]
        if name == "mute":
            return []
        return [self.common(query, name) or message(query)]


def serve_stream(server, listener):
    stream = listener.accept()[0]
    with stream:
        length = stream.recv(2, socket.MSG_WAITALL)
        if len(length) == 2:
            query = stream.recv(struct.unpack("!H", length)[0], socket.MSG_WAITALL)
            for answer in server.tcp(query):
                stream.sendall(struct.pack("!H", len(answer)) + answer)


def main():
    listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    port = listener.getsockname()[1]
    datagrams = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    datagrams.bind(("::1", port))
    with open(sys.argv[1] + ".new", "w", encoding="ascii") as file:
        file.write(f"{port}\n")
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    server = Server()
    while True:
        for ready in select.select([listener, datagrams], [], [])[0]:
            if ready is listener:
                serve_stream(server, listener)
                continue
            query, asker = datagrams.recvfrom(65535)
            for answer in server.udp(query):
                datagrams.sendto(answer, asker)


main()
