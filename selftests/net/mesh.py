#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks, machines and routes by netlink, without the CLI; and packets that no honest machine would send.

  mesh.py DEV network ID [remove]
  mesh.py DEV machine NETWORK [name N] [id I] [address A] [port IFNAME netns PATH] [bind IFNAME] [client KEY] [host]
              [moved-to HOSTID]      make one; prints its address
  mesh.py DEV machine-set ADDRESS [port ... | detach | moved-to HOSTID ...]
  mesh.py DEV machine-del ADDRESS
  mesh.py DEV route ADDRESS HOSTID
  mesh.py DEV peer KEY host|client|site
  mesh.py DEV host-id [ID]           print it, or set it
  mesh.py LINK port NAME [NETWORK [MTU [MASTER]]]
              rtnetlink: a port, as "ip link add link LINK name NAME type sixpn" makes it
  mesh.py DEV inject [PROTOCOL] ...  send raw packets, each given in hex, with PF_PACKET; "csum:START:OFFSET:HEX" leaves
                                     a checksum to be filled in there
"""
import binascii
import os
import struct
import sys

import sockets as socket
from genl import NESTED, Family, Refused, attr, attrs_of, nest, u32

HEADER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../include/uapi/linux/sixpn.h")


def enums():
    """Every member of every enum of the header that counts up from 0."""
    found = {}
    with open(HEADER, encoding="ascii") as file:
        text = "".join(part.partition("*/")[2] if n else part for n, part in enumerate(file.read().split("/*")))
    for body in text.split("\nenum ")[1:]:
        value = -1
        for member in body.partition("{")[2].partition("}")[0].split(","):
            name, _, fixed = (part.strip() for part in member.partition("="))
            if fixed and fixed not in found:  # flags
                continue
            value = found[fixed] if fixed else value + 1
            found[name] = value
    return found


E = enums()


def sx(name):
    return E["SIXPN_" + name]


def string(kind, text):
    return attr(kind, text.encode() + b"\0")


def device(name):
    return string(sx("A_IFNAME"), name)


def address(text):
    return attr(sx("MACHINE_A_ADDRESS"), socket.inet_pton(socket.AF_INET6, text))


def attachment(kind):
    return attr(sx("MACHINE_A_ATTACHMENT"), u32(sx("ATTACHMENT_" + kind)))


def machine_attrs(words):
    """(attributes, what must stay open)"""
    parts, keep = [], []
    words = list(words)
    while words:
        word = words.pop(0)
        if word == "name":
            parts.append(string(sx("MACHINE_A_NAME"), words.pop(0)))
        elif word == "id":
            parts.append(attr(sx("MACHINE_A_ID"), u32(int(words.pop(0)))))
        elif word == "address":
            parts.append(address(words.pop(0)))
        elif word == "port":
            parts += [attachment("PORT"), string(sx("MACHINE_A_IFNAME"), words.pop(0))]
        elif word == "netns":
            keep.append(open(words.pop(0), encoding="ascii"))
            parts.append(attr(sx("MACHINE_A_NETNS_FD"), u32(keep[-1].fileno())))
        elif word == "bind":
            parts += [attachment("BIND"), string(sx("MACHINE_A_IFNAME"), words.pop(0))]
        elif word == "client":
            parts += [attachment("CLIENT"), attr(sx("MACHINE_A_PEER_KEY"), binascii.a2b_base64(words.pop(0)))]
        elif word == "host":
            parts.append(attachment("HOST"))
        elif word == "detach":
            parts.append(attachment("NONE"))
        elif word == "moved-to":
            parts.append(attr(sx("MACHINE_A_MOVED_TO"), u32(int(words.pop(0)))))
        else:
            sys.exit(f"what is {word}?")
    return parts, keep


def machine_address(replies):
    nested = dict(attrs_of(dict(attrs_of(replies[0]))[sx("A_MACHINE")]))
    return socket.inet_ntop(socket.AF_INET6, nested[sx("MACHINE_A_ADDRESS")])


def host_id(family, dev, words):
    if words:
        family.do(sx("CMD_DEVICE_SET"), device(dev), attr(sx("A_HOST_ID"), u32(int(words[0]))))
        return
    reply = dict(attrs_of(family.do(sx("CMD_DEVICE_GET"), device(dev))[0]))
    print(struct.unpack("I", reply[sx("A_HOST_ID")])[0])


def control(dev, verb, words):
    family = Family()
    if verb == "network":
        command = sx("CMD_NETWORK_DEL" if words[1:] else "CMD_NETWORK_NEW")
        family.do(command, device(dev), nest(sx("A_NETWORK"), attr(sx("NETWORK_A_ID"), u32(int(words[0])))))
    elif verb == "machine":
        parts, _keep = machine_attrs(words[1:])
        parts.insert(0, attr(sx("MACHINE_A_NETWORK"), u32(int(words[0]))))
        print(machine_address(family.do(sx("CMD_MACHINE_NEW"), device(dev), nest(sx("A_MACHINE"), *parts))))
    elif verb == "machine-set":
        parts, _keep = machine_attrs(words[1:])
        family.do(sx("CMD_MACHINE_SET"), device(dev), nest(sx("A_MACHINE"), address(words[0]), *parts))
    elif verb == "machine-del":
        family.do(sx("CMD_MACHINE_DEL"), device(dev), nest(sx("A_MACHINE"), address(words[0])))
    elif verb == "route":
        family.do(sx("CMD_ROUTE_NEW"), device(dev), nest(
            sx("A_ROUTE"), attr(sx("ROUTE_A_ADDRESS"), socket.inet_pton(socket.AF_INET6, words[0])),
            attr(sx("ROUTE_A_HOST_ID"), u32(int(words[1])))))
    elif verb == "peer":
        family.do(sx("CMD_DEVICE_SET"), device(dev), nest(
            sx("A_PEER"), attr(sx("PEER_A_PUBLIC_KEY"), binascii.a2b_base64(words[0])),
            attr(sx("PEER_A_KIND"), u32(sx("PEER_KIND_" + words[1].upper())))))
    elif verb == "host-id":
        host_id(family, dev, words)
    else:
        sys.exit(__doc__)


def port(link, name, network=None, mtu=None, master=None):
    """RTM_NEWLINK with IFLA_LINK and IFLA_INFO_DATA, which this iproute2 does not know how to fill."""
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    sock.setsockopt(270, 11, 1)
    data = nest(2, attr(sx("LINK_A_NETWORK"), u32(int(network)))) if network else b""
    body = struct.pack("BxHiII", 0, 0, 0, 0, 0) + string(3, name) + attr(5, u32(socket.if_nametoindex(link))) + \
        (attr(4, u32(int(mtu))) if mtu else b"") + \
        (attr(10, u32(socket.if_nametoindex(master))) if master else b"") + attr(18 | NESTED, string(1, "sixpn"), data)
    sock.send(struct.pack("IHHII", 16 + len(body), 16, 0x605, 1, 0) + body)
    reply = sock.recv(65536)
    error = -struct.unpack_from("i", reply, 16)[0]
    if error:
        raise Family.refusal(error, 2, struct.unpack_from("H", reply, 6)[0], reply[16:])


def inject(dev, packets):
    protocol = 0x86DD
    if packets and len(packets[0]) == 4:
        protocol = int(packets.pop(0), 16)
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    for packet in packets:
        if packet.startswith("csum:"):
            _, start, offset, packet = packet.split(":")
            with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as raw:
                raw.setsockopt(263, 15, 1)  # PACKET_VNET_HDR
                header = struct.pack("BBHHHH", 1, 0, 0, 0, int(start), int(offset))
                raw.sendto(header + bytes.fromhex(packet), (dev, protocol))
            continue
        sock.sendto(bytes.fromhex(packet), (dev, protocol))


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    dev, verb, *words = sys.argv[1:]
    try:
        if verb == "port":
            port(dev, *words)
        elif verb == "inject":
            inject(dev, words)
        else:
            control(dev, verb, words)
    except Refused as refusal:
        sys.exit(str(refusal))


if __name__ == "__main__":
    main()
