#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""control.py GROUP DEV [ARG...]: networks, host ids, machine ids, exception routes and strangers, by netlink alone.

Every refusal must come with its error, a sentence and the attribute to blame, and change nothing.
"""
import binascii
import errno
import re
import select
import struct
import sys
import time
from _blake2 import blake2s  # hashlib would load a library as well

import noise
import sockets as socket
from genl import *  # noqa: F403 a test of these names
from mesh import address, attachment, device, string, sx

family = Family()
dev = device(sys.argv[2])
arguments = sys.argv[3:]
failures = 0
KEYS = [noise.public_of(bytes([n]) * 32) for n in range(1, 9)]
SITE, HOST, CLIENT = (sx("PEER_KIND_" + kind) for kind in ("SITE", "HOST", "CLIENT"))


def check(what, good, seen=""):
    global failures
    failures += not good
    print(f"{'good' if good else 'FAIL'}: {what}{'' if good else f': {seen!r}'}", flush=True)


def number(kind, value):
    return attr(sx(kind), u32(value))


def network(command, number_=None, dump=False):
    nested = [] if number_ is None else [nest(sx("A_NETWORK"), number("NETWORK_A_ID", number_))]
    return (family.dump if dump else family.do)(sx("CMD_NETWORK_" + command), dev, *nested)


def named(network_=None, name=None, number_=None, addr=None):
    parts = []
    if network_ is not None:
        parts.append(number("MACHINE_A_NETWORK", network_))
    if number_ is not None:
        parts.append(number("MACHINE_A_ID", number_))
    if name is not None:
        parts.append(string(sx("MACHINE_A_NAME"), name))
    if addr is not None:
        parts.append(address(addr))
    return parts


def machine(command, *parts, via=None):
    replies = (via or family).do(sx("CMD_MACHINE_" + command), dev, nest(sx("A_MACHINE"), *parts))
    return dict(attrs_of(dict(attrs_of(replies[0]))[sx("A_MACHINE")])) if replies else None


def machine_dump():
    return [dict(attrs_of(dict(attrs_of(reply))[sx("A_MACHINE")])) for reply in family.dump(sx("CMD_MACHINE_GET"), dev)]


def value(nested, kind):
    return struct.unpack("I", nested[sx(kind)])[0]


def addr_of(nested):
    return socket.inet_ntop(socket.AF_INET6, nested[sx("MACHINE_A_ADDRESS")])


def route(command, addr=None, host=None):
    parts = []
    if addr is not None:
        parts.append(attr(sx("ROUTE_A_ADDRESS"), socket.inet_pton(socket.AF_INET6, addr)))
    if host is not None:
        parts.append(number("ROUTE_A_HOST_ID", host))
    return family.do(sx("CMD_ROUTE_" + command), dev, nest(sx("A_ROUTE"), *parts))


def peer(key, kind=None, host=None, flags=None, expiry=None, *parts):
    parts = list(parts)
    if flags is not None:
        parts.append(attr(P_FLAGS, u32(flags)))
    if kind is not None:
        parts.append(number("PEER_A_KIND", kind))
    if host is not None:
        parts.append(number("PEER_A_HOST_ID", host))
    if expiry is not None:
        parts.append(number("PEER_A_IDLE_EXPIRY", expiry))
    return nest(PEER, attr(P_PUBLIC_KEY, key), *parts)


def configure(*parts):
    return family.do(DEVICE_SET, dev, *parts)


def device_now():
    return dict(attrs_of(family.do(DEVICE_GET, dev)[0]))


def peers_now():
    found = {}
    for reply in family.dump(PEER_GET, dev):
        nested = dict(attrs_of(dict(attrs_of(reply))[PEER]))
        found[nested[P_PUBLIC_KEY]] = nested
    return found


def derived(key):
    while True:
        key = blake2s(b"sixpn host-id v1" + key).digest()
        number_ = int.from_bytes(key[:4], "big")
        if number_ > 1:
            return number_


def row(network_, name):
    digest = blake2s(b"sixpn machine-id v1" + struct.pack(">I", network_) + name.encode()).digest()
    while True:
        yield int.from_bytes(digest[:4], "big")
        digest = blake2s(b"sixpn machine-id v1" + digest).digest()


def quiet_state():
    """All that can be read, without what changes by itself."""
    return ([device_now()[GENERATION], device_now().get(sx("A_HOST_ID"))], family.dump(PEER_GET, dev),
            family.dump(sx("CMD_NETWORK_GET"), dev), family.dump(sx("CMD_MACHINE_GET"), dev),
            family.dump(sx("CMD_ROUTE_GET"), dev))


def refuse(what, error, sentence, call, *words, at=True, **named_words):
    before = quiet_state()
    got = None
    try:
        call(*words, **named_words)
        got = "it was accepted"
    except Refused as refused:
        if refused.errno != error or not re.search(sentence, refused.sentence, re.IGNORECASE):
            got = str(refused)
        elif at and refused.offset is None:
            got = f"{refused}, pointing to no attribute"
    if quiet_state() != before:
        got = f"{got or 'refused'}, but something changed"
    check(what, not got, got)


# --- networks ---

def networks():
    for number_ in (7, 42, 0xFFFFFFFF):
        network("NEW", number_)
    ids = [value(dict(attrs_of(dict(attrs_of(r))[sx("A_NETWORK")])), "NETWORK_A_ID") for r in network("GET", dump=True)]
    check("dump by rising id", ids == [7, 42, 0xFFFFFFFF], ids)
    check("count", struct.unpack("I", device_now()[sx("A_NETWORK_COUNT")])[0] == 3)
    one = dict(attrs_of(dict(attrs_of(network("GET", 42)[0]))[sx("A_NETWORK")]))
    check("get one", value(one, "NETWORK_A_ID") == 42, one)
    refuse("twice", errno.EEXIST, "already", network, "NEW", 42)
    refuse("network 0", errno.ERANGE, ".", network, "NEW", 0)
    refuse("no id", errno.EINVAL, "id is missing", network, "NEW", at=False)
    refuse("get an unknown one", errno.ENOENT, "does not have", network, "GET", 43)
    refuse("delete an unknown one", errno.ENOENT, "does not have", network, "DEL", 43)
    refuse("a machine in an unknown one", errno.ENOENT, "does not have this network", machine, "NEW", *named(43, "web"))
    machine("NEW", *named(42, "web"))
    machine("NEW", *named(7, "web"))
    network("DEL", 42)
    left = machine_dump()
    check("its machines went along", [value(m, "MACHINE_A_NETWORK") for m in left] == [7], left)
    refuse("its machine is gone", errno.ENOENT, "no such machine", machine, "GET", *named(42, "web"))
    network("NEW", 42)
    check("made again, it is empty", len(machine_dump()) == 1)


# --- host ids ---

def host_ids():
    own = device_now()[PUBLIC_KEY]
    check("the device's follows from its key", value(device_now(), "A_HOST_ID") == derived(own))
    configure(number("A_HOST_ID", 77))
    now = device_now()
    check("set by hand", value(now, "A_HOST_ID") == 77 and struct.unpack("I", now[FLAGS])[0] == 1 << 16, now)
    configure(number("A_HOST_ID", 0))
    check("back to the key's", value(device_now(), "A_HOST_ID") == derived(own) and FLAGS not in device_now())
    refuse("1", errno.ERANGE, "services", configure, number("A_HOST_ID", 1))
    refuse("an idle expiry longer than it may be", errno.ERANGE, ".", configure, peer(KEYS[0], expiry=(1 << 20) + 1))

    configure(peer(KEYS[0], HOST), peer(KEYS[1], HOST, 5), peer(KEYS[2]))
    now = peers_now()
    check("a peer's follows from its key", value(now[KEYS[0]], "PEER_A_HOST_ID") == derived(KEYS[0]))
    check("a peer's by hand", value(now[KEYS[1]], "PEER_A_HOST_ID") == 5 and
          struct.unpack("I", now[KEYS[1]][P_FLAGS])[0] == 1 << 17, now[KEYS[1]])
    check("the default is a site", value(now[KEYS[2]], "PEER_A_KIND") == SITE and sx("PEER_A_HOST_ID") not in now[KEYS[2]])
    refuse("1 for a peer", errno.ERANGE, "services", configure, peer(KEYS[0], HOST, 1))
    refuse("a site with a host id", errno.EINVAL, "kind host", configure, peer(KEYS[2], None, 6))
    refuse("two peers with one", errno.EEXIST, "another peer", configure, peer(KEYS[3], HOST, 5))
    refuse("a derived one by hand", errno.EEXIST, "another peer", configure, peer(KEYS[3], HOST, derived(KEYS[0])))
    refuse("the device's for a peer", errno.EEXIST, "own", configure, peer(KEYS[3], HOST, derived(own)))
    refuse("a peer's for the device", errno.EEXIST, "another host", configure, number("A_HOST_ID", 5))
    refuse("a kind there is not", errno.ERANGE, ".", configure, peer(KEYS[3], 3))
    refuse("a late conflict undoes all", errno.EEXIST, "another peer", configure,
           peer(KEYS[1], None, 6), peer(KEYS[3], HOST, 5), peer(KEYS[4], HOST, 6))

    configure(peer(KEYS[1], None, 6), peer(KEYS[3], HOST, 5))
    now = peers_now()
    check("an id changes hands in one request", value(now[KEYS[1]], "PEER_A_HOST_ID") == 6 and
          value(now[KEYS[3]], "PEER_A_HOST_ID") == 5)
    configure(peer(KEYS[1], None, 9), peer(KEYS[3], None, 6), peer(KEYS[1], None, 5))
    now = peers_now()
    check("two ids are exchanged in one request", value(now[KEYS[1]], "PEER_A_HOST_ID") == 5 and
          value(now[KEYS[3]], "PEER_A_HOST_ID") == 6)
    configure(peer(KEYS[3], flags=P_REMOVE), peer(KEYS[4], HOST, 6), peer(KEYS[5], HOST, 9), peer(KEYS[5], flags=P_REMOVE),
              peer(KEYS[5]), peer(KEYS[6], HOST, 9))
    now = peers_now()
    check("a removed peer's id is free at once", value(now[KEYS[4]], "PEER_A_HOST_ID") == 6)
    check("made again, a peer is a site", value(now[KEYS[5]], "PEER_A_KIND") == SITE and
          value(now[KEYS[6]], "PEER_A_HOST_ID") == 9)
    configure(peer(KEYS[4], SITE), peer(KEYS[2], HOST, 6))
    check("who is no host any more has none", sx("PEER_A_HOST_ID") not in peers_now()[KEYS[4]])
    configure(attr(FLAGS, u32(REPLACE_PEERS)), peer(KEYS[7], HOST, 6), peer(KEYS[6], HOST, 5))
    now = peers_now()
    check("all peers replaced, ids handed on", len(now) == 2 and value(now[KEYS[7]], "PEER_A_HOST_ID") == 6 and
          value(now[KEYS[6]], "PEER_A_HOST_ID") == 5)
    configure(peer(KEYS[0], HOST, 9))
    check("9 was given back", value(peers_now()[KEYS[0]], "PEER_A_HOST_ID") == 9)

    network("NEW", 42)
    configure(number("A_HOST_ID", 77))
    machine("NEW", *named(42, "web"))
    refuse("changed under machines", errno.EBUSY, "machines have addresses", configure, number("A_HOST_ID", 78))
    refuse("lost to the key under machines", errno.EBUSY, "machines have addresses", configure, number("A_HOST_ID", 0))
    configure(attr(PRIVATE_KEY, bytes(32)))
    check("set by hand, it stays without a key", value(device_now(), "A_HOST_ID") == 77)
    machine("DEL", *named(42, "web"))
    configure(number("A_HOST_ID", 0))
    check("neither key nor id", sx("A_HOST_ID") not in device_now())
    refuse("a machine without host id", errno.EADDRNOTAVAIL, "no host id", machine, "NEW", *named(42, "web"), at=False)
    machine("NEW", *named(addr="fdaa:0:2a:0:7:0:9:2"))


# --- machine ids ---

def machines():
    configure(number("A_HOST_ID", 7))
    network("NEW", 42)
    network("NEW", 43)
    ids = [next(r) for r in [row(42, "web")] * 3]
    web = machine("NEW", *named(42, "web"))
    check("an id follows from the name", value(web, "MACHINE_A_ID") == ids[0], web)
    expected = f"fdaa:0:2a:0:7:{ids[0] >> 16:x}:{ids[0] & 0xFFFF:x}:2"
    check("its address", socket.inet_pton(socket.AF_INET6, expected) == web[sx("MACHINE_A_ADDRESS")], (expected, addr_of(web)))
    check("detached", value(web, "MACHINE_A_STATE") == 0 and value(web, "MACHINE_A_ATTACHMENT") == 0)
    for what, name in (("name", named(42, "web")), ("id", named(42, None, ids[0])), ("address", named(addr=expected)),
                       ("another of its addresses", named(addr=expected[:-1] + "ffff")), ("all", named(42, "web", ids[0]))):
        check(f"found by {what}", addr_of(machine("GET", *name)) == addr_of(web))
    itself = machine("GET", *named(addr="fdaa:0:2a:0:7::2"))
    check("machine 0 is the host", value(itself, "MACHINE_A_ID") == 0 and
          value(itself, "MACHINE_A_ATTACHMENT") == sx("ATTACHMENT_HOST"))
    check("which is in no dump", len(machine_dump()) == 1)

    refuse("the same name", errno.EEXIST, "of this name", machine, "NEW", *named(42, "web"))
    refuse("the same id", errno.EEXIST, "has this id", machine, "NEW", *named(42, None, ids[0]))
    refuse("the same address", errno.EEXIST, "has this id", machine, "NEW", *named(addr=expected))
    for bad in ("Web", "-a", "a b", "a/b", "\u00e4", "\uffff"):
        refuse(f"name {bad!r}", errno.EINVAL, "made of", machine, "NEW", *named(42, bad))
    refuse("no name at all", errno.EINVAL, "made of", machine, "NEW", *named(42, ""))
    refuse("a name too long", errno.EINVAL, ".", machine, "NEW", *named(42, "a" * 64))
    refuse("id and address", errno.EINVAL, "not both", machine, "NEW", *named(None, None, 8, "fdaa:0:2a:0:7:0:8:2"))
    refuse("an address of another network", errno.EINVAL, "another network", machine, "NEW",
           *named(43, addr="fdaa:0:2a:0:7:0:8:2"))
    for bad in ("fdab:0:2a:0:7:0:8:2", "fdaa:0:0:0:7:0:8:2", "fdaa:0:2a:0:1:0:8:2", "fdaa:0:2a::8:2", "fdaa:0:2a:0:7::2",
                "fdaa:0:2a:0:7:0:8:3"):
        refuse(f"address {bad}", errno.EINVAL, "address", machine, "NEW", *named(addr=bad))
    refuse("no network", errno.EINVAL, "which network", machine, "NEW", *named(None, "db"), at=False)
    refuse("no name, id or address", errno.EINVAL, "which machine", machine, "GET", *named(42), at=False)
    refuse("names of two machines", errno.EINVAL, "not of one", machine, "GET", *named(None, "db", None, expected))
    refuse("machine 0 deleted", errno.EINVAL, "host itself", machine, "DEL", *named(addr="fdaa:0:2a:0:7::2"))
    refuse("moved to nobody", errno.ENOENT, "host id", machine, "SET", *named(42, "web"), number("MACHINE_A_MOVED_TO", 9))

    # the quarantine
    machine("DEL", *named(42, "web"))
    refuse("a freed id to another name", errno.EBUSY, "60 seconds", machine, "NEW", *named(42, "db", ids[0]))
    refuse("a freed id without a name", errno.EBUSY, "60 seconds", machine, "NEW", *named(42, None, ids[0]))
    check("the same name gets it again", value(machine("NEW", *named(42, "web")), "MACHINE_A_ID") == ids[0])
    machine("DEL", *named(42, "web"))
    network("DEL", 42)
    network("NEW", 42)
    refuse("a freed id of a network made again", errno.EBUSY, "60 seconds", machine, "NEW", *named(42, "db", ids[0]))
    machine("NEW", *named(43, "db", ids[0]))
    check("in another network it is free", len(machine_dump()) == 1)
    # a collision
    other = next(row(42, "other"))
    machine("NEW", *named(42, "squatter", other))
    second = list(zip(range(2), row(42, "other")))[1][1]
    check("a taken id: the next of the row", value(machine("NEW", *named(42, "other")), "MACHINE_A_ID") == second)
    # one that comes from elsewhere
    moved = machine("NEW", *named(None, "guest", None, "fdaa:0:2a:0:9:0:5:2"))
    check("an address of another host", addr_of(moved) == "fdaa:0:2a:0:9:0:5:2", addr_of(moved))
    parallel()


def parallel():
    """16 requesters at once: no id twice, no request refused."""
    import threading

    got, errors = [], []

    def ask(n):
        try:
            own = Family()
            for i in range(20):
                parts = named(43, f"m{n}-{i}") if i % 2 else named(43)
                got.append(value(machine("NEW", *parts, via=own), "MACHINE_A_ID"))
        except (Refused, OSError) as error:
            errors.append(error)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check("16 at once", not errors and len(got) == 320 and len(set(got)) == 320, (errors, len(got), len(set(got))))
    check("all of them are there", len([m for m in machine_dump() if value(m, "MACHINE_A_NETWORK") == 43]) == 321)


def attachments():
    configure(number("A_HOST_ID", 7), peer(KEYS[0], CLIENT), peer(KEYS[1]), peer(KEYS[2], HOST, 9))

    def attach(kind, *parts):
        return (attachment(kind), *parts)

    key = attr(sx("MACHINE_A_PEER_KEY"), KEYS[0])
    ifname = string(sx("MACHINE_A_IFNAME"), "eth6")
    network("NEW", 42)
    for what, sentence, parts in (
            ("a port without name", "name is missing", attach("PORT")),
            ("a port of a bad name", "name of a network device", attach("PORT", string(sx("MACHINE_A_IFNAME"), "a/b"))),
            ("a port by descriptor and process", "not both",
             attach("PORT", ifname, number("MACHINE_A_NETNS_FD", 0), number("MACHINE_A_NETNS_PID", 1))),
            ("a port with a client", "does not belong", attach("PORT", ifname, key)),
            ("bound to nothing", "name or index is missing", attach("BIND")),
            ("bound by name and index", "not both", attach("BIND", ifname, number("MACHINE_A_IFINDEX", 1))),
            ("a client without key", "key is missing", attach("CLIENT")),
            ("a client that is a site", "not of kind client", attach("CLIENT", attr(sx("MACHINE_A_PEER_KEY"), KEYS[1]))),
            ("the host with a name", "does not belong", attach("HOST", ifname)),
            ("a name and no kind", "kind of attachment is missing", (ifname,))):
        refuse(what, errno.EINVAL, sentence, machine, "NEW", *named(42, "web"), *parts, at="missing" not in sentence)
    refuse("an attachment there is not", errno.ERANGE, ".", machine, "NEW", *named(42, "web"), number("MACHINE_A_ATTACHMENT", 9))
    refuse("no such namespace", errno.ENOENT, "network namespace", machine, "NEW", *named(42, "web"),
           *attach("PORT", ifname, number("MACHINE_A_NETNS_PID", 0x7FFFFFFF)))
    refuse("a file that is no namespace", errno.ENOENT, "network namespace", machine, "NEW", *named(42, "web"),
           *attach("PORT", ifname, number("MACHINE_A_NETNS_FD", 0)))
    refuse("bound to what is not there", errno.ENOENT, "no such device", machine, "NEW", *named(42, "web"),
           *attach("BIND", string(sx("MACHINE_A_IFNAME"), "nonesuch")))
    refuse("an unknown client", errno.ENOENT, "no peer", machine, "NEW", *named(42, "web"),
           *attach("CLIENT", attr(sx("MACHINE_A_PEER_KEY"), KEYS[5])))

    laptop = machine("NEW", *named(42, "laptop"), *attach("CLIENT", key))
    check("a client", laptop[sx("MACHINE_A_PEER_KEY")] == KEYS[0] and value(laptop, "MACHINE_A_STATE") == 1, laptop)
    refuse("attached twice", errno.EBUSY, "attached already", machine, "SET", *named(42, "laptop"), *attach("HOST"))
    refuse("the client becomes a site", errno.EBUSY, "hang on this client", configure, peer(KEYS[0], SITE))
    check("detached", sx("MACHINE_A_PEER_KEY") not in machine("SET", *named(42, "laptop"), *attach("NONE")))
    host = machine("SET", *named(42, "laptop"), *attach("HOST"))
    check("attached to something else", value(host, "MACHINE_A_ATTACHMENT") == sx("ATTACHMENT_HOST"))
    machine("SET", *named(42, "laptop"), *attach("NONE"))
    machine("SET", *named(42, "laptop"), *attach("CLIENT", key))
    configure(peer(KEYS[0], flags=P_REMOVE))
    check("it goes with its peer", not machine_dump())

    away = machine("NEW", *named(42, "away"), number("MACHINE_A_MOVED_TO", 9))
    check("moved", value(away, "MACHINE_A_STATE") == 2 and value(away, "MACHINE_A_MOVED_TO") == 9)
    back = machine("SET", *named(42, "away"), number("MACHINE_A_MOVED_TO", 0))
    check("moved back", value(back, "MACHINE_A_STATE") == 0 and sx("MACHINE_A_MOVED_TO") not in back)
    refuse("moved to the host it is on", errno.ENOENT, "host id", machine, "SET", *named(42, "away"),
           number("MACHINE_A_MOVED_TO", 7))


# --- exception routes ---

def routes():
    configure(peer(KEYS[0], HOST, 5), peer(KEYS[1], HOST, 6))
    network("NEW", 42)
    where = "fdaa:0:2a:0:5:0:1:2"

    def all_of():
        found = [dict(attrs_of(dict(attrs_of(r))[sx("A_ROUTE")])) for r in family.dump(sx("CMD_ROUTE_GET"), dev)]
        return [(socket.inet_ntop(socket.AF_INET6, r[sx("ROUTE_A_ADDRESS")]), value(r, "ROUTE_A_HOST_ID")) for r in found]

    route("NEW", where, 6)
    check("one route", all_of() == [("fdaa:0:2a:0:5:0:1:0", 6)], all_of())
    route("NEW", where, 5)
    check("changed", all_of() == [("fdaa:0:2a:0:5:0:1:0", 5)], all_of())
    refuse("to a host there is not", errno.ENOENT, "no peer", route, "NEW", where, 8)
    refuse("to no host", errno.EINVAL, "host id is missing", route, "NEW", where, at=False)
    refuse("in a network there is not", errno.ENOENT, "network of this address", route, "NEW", "fdaa:0:2b:0:5:0:1:2", 5)
    for bad in ("fd00::1", "fdaa:0:2a::3", "fdaa:0:2a:0:1:0:9:2", "fdaa:0:2a:0:5::2"):
        refuse(f"for {bad}", errno.EINVAL, "exception route", route, "NEW", bad, 5)
    refuse("removed with a host", errno.EINVAL, "address alone", route, "DEL", where, 5)
    refuse("removed and not there", errno.ENOENT, "no exception route", route, "DEL", "fdaa:0:2a:0:5:0:9:2")
    configure(peer(KEYS[0], flags=P_REMOVE), peer(KEYS[2], HOST, 5))
    check("it stays with the host id, whoever has it", all_of() == [("fdaa:0:2a:0:5:0:1:0", 5)], all_of())
    route("NEW", "fdaa:0:2a:0:5:0:2:2", 6)
    configure(peer(KEYS[2], flags=P_REMOVE))
    check("it goes with the last peer of that id", all_of() == [("fdaa:0:2a:0:5:0:2:0", 6)], all_of())
    route("DEL", "fdaa:0:2a:0:5:0:2:ffff")
    check("removed by any of its addresses", not all_of())
    route("NEW", where, 6)
    network("DEL", 42)
    check("it goes with its network", not all_of() and struct.unpack("I", device_now()[sx("A_ROUTE_COUNT")])[0] == 0)


# --- events ---

class Events:
    """Joined to the group; what came, as (command, attributes)."""

    def __init__(self):
        self.family = Family()
        reply = dict(attrs_of(self.family.talk(16, 3, attr(2, b"sixpn\0"))[0]))
        group = dict(attrs_of(attrs_of(reply[7])[0][1]))
        self.family.sock.setsockopt(270, 1, struct.unpack("I", group[2])[0])

    def wait(self, command, nested=None, seconds=60):
        """The nest of the next such event; None if there is none in time."""
        end = time.monotonic() + seconds
        while select.select([self.family.sock], [], [], max(0, end - time.monotonic()))[0]:
            data = self.family.sock.recv(1 << 20)
            if data[16] != sx("CMD_" + command):
                continue
            top = dict(attrs_of(data[20:]))
            return dict(attrs_of(top[sx(nested)])) if nested else top
        return None


def events():
    told = Events()
    configure(peer(KEYS[0], HOST, 5), peer(KEYS[1], CLIENT))
    network("NEW", 42)
    check("network", value(told.wait("NETWORK_NTF", "A_NETWORK"), "NETWORK_A_ID") == 42)
    machine("NEW", *named(42, "web"))
    got = told.wait("MACHINE_NTF", "A_MACHINE")
    check("machine", got[sx("MACHINE_A_NAME")] == b"web\0" and sx("MACHINE_A_RX_BYTES") not in got, got)
    machine("SET", *named(42, "web"), attachment("CLIENT"), attr(sx("MACHINE_A_PEER_KEY"), KEYS[1]))
    check("machine attached", value(told.wait("MACHINE_NTF", "A_MACHINE"), "MACHINE_A_STATE") == 1)
    route("NEW", "fdaa:0:2a:0:6:0:1:2", 5)
    check("route", value(told.wait("ROUTE_NTF", "A_ROUTE"), "ROUTE_A_HOST_ID") == 5)
    configure(peer(KEYS[1], flags=P_REMOVE))
    check("machine gone with its peer", told.wait("MACHINE_DEL_NTF", "A_MACHINE")[sx("MACHINE_A_NAME")] == b"web\0")
    configure(peer(KEYS[0], flags=P_REMOVE))
    check("route gone with its host", told.wait("ROUTE_DEL_NTF", "A_ROUTE") is not None)
    network("DEL", 42)
    check("network gone", value(told.wait("NETWORK_DEL_NTF", "A_NETWORK"), "NETWORK_A_ID") == 42)
    try:
        network("DEL", 42)
    except Refused:
        pass
    check("nothing told of what was refused", told.wait("NETWORK_DEL_NTF", "A_NETWORK", 1) is None)


# --- strangers ---

def stranger():
    """ARG: the stranger's public key; it shakes hands with us at a word on our standard output."""
    key = binascii.a2b_base64(arguments[0])
    told = Events()
    print("ready", flush=True)
    got = told.wait("UNKNOWN_NTF", "A_PEER")
    check("told of a stranger", got is not None and got[P_PUBLIC_KEY] == key, got)
    check("and where it is", got is not None and got[P_ENDPOINT][:2] == struct.pack("H", socket.AF_INET), got)
    check("which is no peer", not peers_now())
    check("told once", told.wait("UNKNOWN_NTF", "A_PEER", 1) is None)
    configure(peer(key, CLIENT))
    check("a client that may say nothing yet is not answered", told.wait("HANDSHAKE_NTF", "A_PEER", 0.5) is None)
    configure(peer(key, None, None, None, None, nest(P_ALLOWED_IP, attr(A_FAMILY, u16(socket.AF_INET)),
                                                       attr(A_ADDRESS, bytes([10, 7, 0, 2])), attr(A_PREFIX, u8(32)))))
    began = time.monotonic()
    got = told.wait("HANDSHAKE_NTF", "A_PEER", 4)
    check("its handshake is answered", got is not None and got[P_PUBLIC_KEY] == key, time.monotonic() - began)


def expiry():
    """ARG: the key of a peer that talks to us until it is told to stop."""
    key = binascii.a2b_base64(arguments[0])
    told = Events()
    network("NEW", 42)
    configure(peer(key, CLIENT, None, None, 3))
    configure(peer(KEYS[0], None, None, None, 4))
    check("as set", value(peers_now()[key], "PEER_A_IDLE_EXPIRY") == 3)
    machine("NEW", *named(42, "laptop"), attachment("CLIENT"), attr(sx("MACHINE_A_PEER_KEY"), key))
    gone = told.wait("PEER_DEL_NTF", "A_PEER")
    check("who was never heard goes", gone and gone[P_PUBLIC_KEY] == KEYS[0] and
          struct.unpack("I", gone.get(P_FLAGS, bytes(4)))[0] == 1 << 18, gone)
    check("who talks stays", key in peers_now())
    print("stop", flush=True)
    check("the machine goes along", told.wait("MACHINE_DEL_NTF", "A_MACHINE") is not None)
    gone = told.wait("PEER_DEL_NTF", "A_PEER")
    check("who fell silent goes", gone and gone[P_PUBLIC_KEY] == key, gone)
    check("nobody is left", not peers_now() and not machine_dump())


if __name__ == "__main__":
    {f.__name__: f for f in (networks, host_ids, machines, attachments, routes, events, stranger, expiry)}[sys.argv[1]]()
    sys.exit(failures != 0)
