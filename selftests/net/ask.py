# SPDX-License-Identifier: GPL-2.0-or-later
"""ask.py [-t] SERVER NAME...: what a resolver answers for the AAAA of each name, one line each: "RCODE ADDRESS..." in the
order of the answer; -t: by TCP. Nothing is imported that takes long in a VM."""
import socket
import struct
import sys

RCODES = {0: "NOERROR", 2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED"}


def query(name, number):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!6H", number, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", 28, 1)


def exchange(server, message, by_tcp):
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM if by_tcp else socket.SOCK_DGRAM) as one:
        one.settimeout(5)
        one.connect((server, 53))
        if not by_tcp:
            one.send(message)
            return one.recv(4096)
        one.sendall(struct.pack("!H", len(message)) + message)
        stream = one.makefile("rb")
        return stream.read(struct.unpack("!H", stream.read(2))[0])


def addresses(answer, message):
    """All of a server that compresses the owner to two bytes, as ours does."""
    at, found = len(message), []
    for _ in range(struct.unpack_from("!H", answer, 6)[0]):
        kind, _, _, length = struct.unpack_from("!HHIH", answer, at + 2)
        if kind == 28:
            found.append(socket.inet_ntop(socket.AF_INET6, answer[at + 12:at + 12 + length]))
        at += 12 + length
    return found


def main(words):
    by_tcp = words[0] == "-t"
    server, *names = words[by_tcp:]
    for number, name in enumerate(names):
        message = query(name, number)
        try:
            answer = exchange(server, message, by_tcp)
        except OSError as error:
            print(type(error).__name__)
            continue
        if answer[:2] != message[:2]:
            sys.exit("an answer to something else")
        print(" ".join([RCODES.get(answer[3] & 15, "other")] + addresses(answer, message)))


main(sys.argv[1:])
