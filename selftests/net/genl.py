# SPDX-License-Identifier: GPL-2.0-or-later
"""A small generic netlink client for the family "sixpn", for requests that no honest tool would make."""
import os
import struct

import sockets as socket

NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
NLM_F_DUMP_INTR, NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x10, 0x100, 0x200
NLMSG_ERROR, NLMSG_DONE, GENL_ID_CTRL = 2, 3, 16
NESTED = 0x8000
SOL_NETLINK, EXT_ACK, CAP_ACK, STRICT = 270, 11, 10, 12

# include/uapi/linux/sixpn.h
DEVICE_GET, DEVICE_SET, PEER_GET, DEVICE_NTF = 1, 2, 3, 4
(IFINDEX, IFNAME, FLAGS, PRIVATE_KEY, PUBLIC_KEY, LISTEN_PORT, FWMARK, PEER, GENERATION, PEER_COUNT) = range(1, 11)
(P_PUBLIC_KEY, P_PRESHARED_KEY, P_FLAGS, P_ENDPOINT, P_KEEPALIVE, P_LAST_HANDSHAKE, P_RTT, P_RX_BYTES, P_TX_BYTES,
 P_RX_PACKETS, P_TX_PACKETS, P_ALLOWED_IP, P_PROTOCOL, P_KIND, P_HOST_ID, P_IDLE_EXPIRY, P_DROPS) = range(1, 18)
A_FAMILY, A_ADDRESS, A_PREFIX, A_FLAGS = range(1, 5)
REPLACE_PEERS = 1
P_REMOVE, P_REPLACE, P_UPDATE_ONLY, P_CONTINUED = 1, 2, 4, 1 << 16


def attr(kind, *parts):
    body = b"".join(parts)
    return struct.pack("HH", 4 + len(body), kind) + body + bytes(-len(body) % 4)


def nest(kind, *parts):
    return attr(kind | NESTED, *parts)


def u8(value):
    return struct.pack("B", value)


def u16(value):
    return struct.pack("H", value)


def u32(value):
    return struct.pack("I", value)


def attrs_of(data):
    found = []
    while len(data) >= 4:
        length, kind = struct.unpack_from("HH", data)
        found.append((kind & 0x3FFF, data[4:length]))
        data = data[length + 3 & ~3:]
    return found


class Refused(Exception):
    def __init__(self, errno, sentence, offset):
        super().__init__(errno, sentence, offset)
        self.errno, self.sentence, self.offset = errno, sentence, offset

    def __str__(self):
        return f"{os.strerror(self.errno)}: {self.sentence or 'not a word'}"


class Family:
    def __init__(self, name="sixpn"):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        for option in (EXT_ACK, CAP_ACK, STRICT):
            self.sock.setsockopt(SOL_NETLINK, option, 1)
        self.sock.bind((0, 0))
        self.sock.settimeout(60)
        self.sequence = 0
        reply = dict(attrs_of(self.talk(GENL_ID_CTRL, 3, attr(2, name.encode() + b"\0"))[0]))
        self.id = struct.unpack("H", reply[1])[0]
        groups = attrs_of(reply[7])  # CTRL_ATTR_MCAST_GROUPS; there is one
        self.group = struct.unpack("I", dict(attrs_of(groups[0][1]))[2])[0]

    def send(self, message_type, command, body, flags=NLM_F_ACK):
        self.sequence += 1
        message = struct.pack("BBH", command, 1, 0) + body
        header = struct.pack("IHHII", 16 + len(message), message_type, NLM_F_REQUEST | flags, self.sequence, 0)
        self.sock.send(header + message)

    def talk(self, message_type, command, body, flags=NLM_F_ACK):
        """The bodies of all replies; Refused if it was."""
        self.send(message_type, command, body, flags)
        replies = []
        while True:
            data = self.sock.recv(1 << 20)
            while data:
                length, kind, flags_in, sequence, _ = struct.unpack_from("IHHII", data)
                body, data = data[16:length], data[length + 3 & ~3:]
                if sequence != self.sequence:
                    continue
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    error = -struct.unpack_from("i", body)[0] if len(body) >= 4 else 0
                    if error > 0:
                        raise self.refusal(error, kind, flags_in, body)
                    return replies
                replies.append(body[4:])

    @staticmethod
    def refusal(error, kind, flags, body):
        sentence, offset = "", None
        if flags & NLM_F_ACK_TLVS:
            skip = 4
            if kind == NLMSG_ERROR:
                length = struct.unpack_from("I", body, 4)[0]
                skip = 20 if flags & NLM_F_CAPPED else 4 + (length + 3 & ~3)
            for name, value in attrs_of(body[skip:]):
                if name == 1:
                    sentence = value.rstrip(b"\0").decode()
                elif name == 2:
                    offset = struct.unpack("I", value)[0]
        return Refused(error, sentence, offset)

    def join(self):
        self.sock.setsockopt(SOL_NETLINK, 1, self.group)

    def do(self, command, *parts):
        return self.talk(self.id, command, b"".join(parts))

    def dump(self, command, *parts):
        return self.talk(self.id, command, b"".join(parts), NLM_F_DUMP)
