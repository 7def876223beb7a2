#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A peer that does not play by the rules: hostile.py TEST PRIVATE-KEY-FILE PEER-PUBLIC-KEY ADDRESS PORT [ARG...]

The device at the other end has inner address 10.7.0.1 and allows this peer 10.7.0.2. Its answers to pings tell what it
let in. Each test prints what it saw and exits non-zero when the device took what it had to drop, or the reverse.
"""
import os
import select
import _signal as signal  # signal itself makes enumerations
import struct
import sys
import time

import noise
import sockets as socket

HERE, THERE = "10.7.0.2", "10.7.0.1"
PER_SECOND, BURST = 20, 5  # SIXPN_RATELIMIT_* of kernel/ratelimit.h


def expect(what, got, wanted):
    print(f"{what}: {got}")
    if got != wanted:
        sys.exit(f"FAIL: {what}: got {got}, expected {wanted}")


def ping(ident, source=HERE, **kw):
    return noise.echo_request(source, THERE, ident=ident, **kw)


def replies(peer, quiet=2.0):
    """Identifiers of the echo replies that arrive until it has been quiet for so long, after a last ping that gets in."""
    seen = []
    peer.send(ping(0xFFFF))
    while True:
        inner = peer.receive_inner(20.0 if 0xFFFF not in seen else quiet)
        if inner is None:
            expect("the last ping was answered", 0xFFFF in seen, True)
            return [i for i in seen if i != 0xFFFF]
        if inner[0] >> 4 == 4 and inner[9] == 1 and inner[20] == 0:
            seen.append(struct.unpack_from("!H", inner, 24)[0])
            if seen[-1] == 0xFFFF:
                quiet = 0.5


def answers(peer, wait):
    """How many handshake responses arrive, each within `wait` seconds of the last."""
    count = 0
    while True:
        packet = peer.receive(wait)
        if packet is None:
            return count
        count += packet[0] == noise.RESPONSE


def initiation_replay(peer):
    """The same initiation twice, and one with an older timestamp: one answer, then none. A newer one is answered."""
    now = time.time()
    first = peer.initiation(noise.tai64n(now))
    peer.sock.send(first)
    peer.finish(peer.receive())
    peer.sock.send(first)
    time.sleep(0.1)  # beyond any limit on the rate of initiations
    peer.sock.send(peer.initiation(noise.tai64n(now - 3600)))
    expect("answers to a replayed and an old initiation", answers(peer, 2.0), 0)
    peer.sock.send(peer.initiation(noise.tai64n(now + 1)))
    peer.finish(peer.receive())


def initiation_flood(peer):
    """One peer costs us no more than fifty answers a second, whatever it sends. Of twelve in a row few are answered."""
    now = time.time()
    messages = [peer.initiation(noise.tai64n(now + n)) for n in range(12)]
    began = last = time.monotonic()
    for message in messages:
        peer.sock.send(message)
        time.sleep(0.004)  # else two workers get into each other's way, and few are answered whatever the limit
    got = 0
    while packet := peer.receive(2.0 if got else 20.0):
        if packet[0] == noise.RESPONSE:
            last = time.monotonic()
            got += 1
    # a slow machine takes so long over them that it may answer more
    most = 1 + int(50 * (last - began)) + 1
    print(f"answers: {got} in {last - began:.3f} s, at most {most}")
    if not 1 <= got <= most:
        sys.exit(f"FAIL: {got} of {len(messages)} initiations in one go were answered")


def previous_session(peer):
    """What is under way in the session before the last one still counts; what is older does not."""
    sessions = []
    for n in range(1, 4):
        peer.connect()
        peer.send(ping(n))
        expect("ping in a new session", ping_answered(peer), [n])
        sessions.append((peer.remote, peer.send_key))
    for n in (0, 1):
        peer.sock.send(struct.pack("<IIQ", noise.DATA, sessions[n][0], 50) + noise.seal(sessions[n][1], 50, ping(10 + n)))
    expect("pings answered in older sessions", replies(peer), [11])


def unconfirmed(peer):
    """A responder has something to say, but may not before the initiator proved that it has the keys. Then it does."""
    peer.sock.send(peer.initiation())
    reply = peer.receive()
    while reply and reply[0] != noise.RESPONSE:  # its own initiation
        reply = peer.receive()
    peer.finish(reply)
    early = 0
    end = time.monotonic() + 2
    while time.monotonic() < end:
        packet = peer.receive(0.2)
        early += bool(packet) and packet[0] == noise.DATA
    expect("data before we showed that we have the keys", early, 0)
    peer.send(b"")
    expect("data afterwards", peer.receive_inner() is not None, True)


def cookie_reply(peer, mac1, cookie, public=None):
    nonce = os.urandom(24)
    key = noise.digest(b"cookie--", public or peer.public)
    return struct.pack("<II", noise.COOKIE, peer.asked) + nonce + noise.seal_xchacha(key, nonce, cookie, mac1)


def next_initiation(peer):
    """The device's next initiation as (mac1, mac2, what mac2 is over)."""
    while True:
        packet = peer.receive(30.0)
        if packet is None:
            sys.exit("FAIL: no initiation")
        if packet[0] == noise.INITIATION:
            peer.asked = struct.unpack_from("<I", packet, 4)[0]
            return packet[116:132], packet[132:], packet[:132]


def cookie_taken(peer):
    """The device as initiator: asked for a cookie, it shows it with its next initiation, and only the one meant for it."""
    mac1, mac2, _ = next_initiation(peer)
    expect("mac2 without a cookie", mac2.hex(), bytes(16).hex())
    cookie = os.urandom(16)
    peer.sock.send(cookie_reply(peer, mac1, os.urandom(16), public=os.urandom(32)))
    peer.sock.send(cookie_reply(peer, os.urandom(16), os.urandom(16)))
    peer.sock.send(cookie_reply(peer, mac1, cookie))
    peer.sock.send(cookie_reply(peer, mac1, os.urandom(16)))  # one answer to one message
    _, mac2, message = next_initiation(peer)
    expect("mac2 with a cookie", mac2.hex(), noise.mac(cookie, message).hex())


def data_replay(peer):
    """Each packet counts once, in whatever order it comes."""
    peer.connect()
    packets = [peer.data(ping(n), counter=n) for n in range(1, 9)]
    for n in (3, 1, 2, 3, 3, 7, 5, 7, 1):
        peer.sock.send(packets[n - 1])
    peer.send_counter = 20
    expect("pings answered", sorted(replies(peer)), [1, 2, 3, 5, 7])


def window(peer):
    """At least 8,000 packets of disorder; what is older than any window is dropped."""
    peer.connect()
    peer.send(ping(1), counter=100000)
    time.sleep(0.2)
    for n, age in ((2, 8000), (3, 7999), (4, 8000), (5, 1), (6, 70000), (7, 99990), (8, 0)):
        peer.send(ping(n), counter=100000 - age)
    peer.send_counter = 100001
    expect("pings answered", sorted(replies(peer)), [1, 2, 3, 5])


def last_message(peer):
    """No packet with a counter beyond the limit of a session: 2^64 - 2^13 - 1 in the paper, 63 more in Linux."""
    peer.connect()
    peer.send(ping(1), counter=5)
    peer.send(ping(2), counter=2 ** 64 - 2 ** 13 + 64)
    peer.send(ping(3), counter=2 ** 64 - 1)
    peer.send_counter = 10
    expect("pings answered", replies(peer), [1])
    peer.send(ping(4), counter=2 ** 64 - 2 ** 13 - 2)
    expect("the last counter of a session", ping_answered(peer), [4])


def ping_answered(peer):
    inner = peer.receive_inner()
    return [struct.unpack_from("!H", inner, 24)[0]] if inner else []


def spoofed_source(peer):
    """Inner packets with a source that is not ours."""
    peer.connect()
    for n, source in enumerate(("10.7.0.3", "10.7.0.1", "127.0.0.1", "0.0.0.0", "255.255.255.255", "10.9.0.1")):
        peer.send(ping(n + 1, source))
    v6 = struct.pack("!IHBB", 6 << 28, 8, 58, 64) + bytes(15) + b"\7" + bytes(15) + b"\1" + bytes(8)
    peer.send(v6)
    expect("pings answered", replies(peer), [])


def lying_lengths(peer):
    """Inner packets whose headers do not fit what was sent."""
    peer.connect()
    good = ping(1)
    long = good[:2] + struct.pack("!H", len(good) + 200) + good[4:]
    short = good[:2] + struct.pack("!H", 19) + good[4:]
    for packet in (b"\x45", good[:19], long, short, bytes(64), b"\x50" * 64, b"\xff" * 64, b"\x60" + bytes(38),
                   struct.pack("!IHBB", 6 << 28, 60000, 17, 64) + bytes(64), b"\x41" + good[1:], b"\x4f" + good[1:]):
        peer.send(packet, pad=False)
        peer.send(packet)
    # padding within the packet's own bytes is no lie
    peer.send(ping(2), pad=False)
    peer.send(ping(3) + bytes(160))
    got = replies(peer)
    expect("pings answered", got, [2, 3])


def forged(peer):
    """Packets changed on the way, to other receivers, and truncated."""
    peer.connect()
    good = peer.data(ping(1), counter=50)
    for offset in (4, 8, 15, 16, 40, len(good) - 1):
        peer.sock.send(good[:offset] + bytes([good[offset] ^ 1]) + good[offset + 1:])
    for cut in (1, 15, 16, 17, len(good) - 31):
        peer.sock.send(good[:-cut])
    peer.sock.send(good + b"\0")
    peer.send_counter = 60
    expect("pings answered", replies(peer), [])
    peer.sock.send(good)
    expect("the true packet", ping_answered(peer), [1])


def broken_handshakes(peer):
    """Initiations with a wrong MAC, another key, a bad point or a wrong length get no answer."""
    good = peer.initiation()
    for offset in (4, 8, 39, 40, 87, 88, 115, 116, 131):
        peer.sock.send(good[:offset] + bytes([good[offset] ^ 1]) + good[offset + 1:])
    peer.sock.send(good[:-1])
    peer.sock.send(good + b"\0")
    for changed in (8, 40, 88):  # and these with a valid MAC
        body = bytearray(good[:116])
        body[changed] ^= 1
        peer.sock.send(peer.with_macs(bytes(body)))
    for body in (good[:115], good[:116] + b"\0"):  # or of another length
        peer.sock.send(peer.with_macs(body))
    for point in (bytes(32), b"\1" + bytes(31), (noise.P - 1).to_bytes(32, "little")):
        body = good[:8] + point + good[40:116]
        peer.sock.send(peer.with_macs(body))
    stranger = noise.Initiator(os.urandom(32), peer.peer, peer.sock.getpeername()[:2])
    stranger.sock.send(stranger.initiation())
    peer.sock.send(struct.pack("<III", noise.RESPONSE, 1, peer.index) + bytes(80))
    expect("answers to broken handshakes", answers(peer, 2.0) + answers(stranger, 0.5), 0)
    peer.connect()


def outlived(peer):
    """A session older than 180 s receives nothing, though its counter is fresh: no answer, and no handshake to give one."""
    peer.connect()
    peer.send(ping(1))
    expect("ping in the session", ping_answered(peer), [1])
    peer.send(b"")  # or it would take us for gone
    time.sleep(185)
    while peer.receive(0.1):
        pass
    peer.send(ping(2))
    expect("packets after a ping in the old session", peer.receive(5.0), None)


def wrong_psk(peer):
    """A response we cannot read: our session is nobody's."""
    peer.sock.send(peer.initiation())
    try:
        peer.finish(peer.receive())
    except ValueError:
        return
    sys.exit("FAIL: a response without the preshared key")


class Flood:
    """Initiations of nobody with a valid first MAC, so many that the device is under load."""

    def __init__(self, peer):
        self.args = [sys.executable, "-S", os.path.join(os.path.dirname(os.path.abspath(__file__)), "start.py"), "packets.py", "flood",
                     peer.sock.getpeername()[0], str(peer.sock.getpeername()[1]), noise.text_of(peer.peer)]
        self.process = None

    def __enter__(self):
        self.process = os.posix_spawn(self.args[0], self.args, os.environ)
        return self

    def __exit__(self, *_):
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)


def reply_to(peer, wait):
    """The answer to the peer's last initiation, or None. Those to earlier ones may be late."""
    end = time.monotonic() + wait
    while (left := end - time.monotonic()) > 0:
        packet = peer.receive(left)
        if packet and struct.unpack_from("<I", packet, 4 if packet[0] == noise.COOKIE else 8)[0] == peer.index:
            return packet
    return None


def under_load(peer):
    """Until a cookie is asked for; leaves it in peer.cookie."""
    end = time.monotonic() + 240
    while time.monotonic() < end:
        peer.cookie = None
        peer.sock.send(peer.initiation())
        reply = reply_to(peer, 30.0)
        if reply and reply[0] == noise.COOKIE:
            expect("length of a cookie reply", len(reply), 64)
            peer.take_cookie(reply)
            return
    sys.exit("FAIL: no cookie reply under load")


def cookies(peer):
    """Under load only initiations with a cookie are answered, and only with that of the port and address they come from."""
    address = peer.sock.getpeername()[:2]
    bare, port = (noise.Initiator(peer.private, peer.peer, address) for _ in range(2))
    away = noise.Initiator(peer.private, peer.peer, address, sport=51820, source="10.9.0.22")
    with Flood(peer):
        under_load(peer)
        for _ in range(30):
            port.cookie = away.cookie = peer.cookie
            kinds, reply = burst(bare, port, away, peer)
            print("answers without a cookie, of another port, of another address, right, without:", kinds)
            if reply and reply[0] == noise.COOKIE:
                peer.take_cookie(reply)
            if kinds[0] != noise.COOKIE or kinds[4] != noise.COOKIE:
                continue  # the load has ended, or the queue is full: that says nothing
            if noise.RESPONSE in kinds[1:3]:
                sys.exit("FAIL: an answer to a stolen cookie")
            if kinds[1:4] == [noise.COOKIE, noise.COOKIE, noise.RESPONSE]:
                peer.finish(reply)
                break
        else:
            sys.exit("FAIL: no answer under load with a cookie")
    peer.send(ping(9))
    expect("ping over that session", ping_answered(peer), [9])


def burst(bare, port, away, peer):
    """One initiation of each, before and after them one of the first: the types of the answers, and peer's answer."""
    senders = (bare, port, away, peer, bare)
    for p in senders[:4]:
        p.sock.send(p.initiation())
    got = [reply_to(p, 30.0) for p in senders[:4]]
    bare.sock.send(bare.initiation())
    got.append(reply_to(bare, 30.0))
    return [packet[0] if packet else 0 for packet in got], got[3]


def full_queue(peer, count):
    """So many handshakes that nobody gets to work on.

    Workers may run on one CPU only, which is taken up by something more urgent meanwhile. From 6.12 on the kernel leaves them a
    twentieth of it.
    """
    mask = "/sys/devices/virtual/workqueue/cpumask"
    limit = "/proc/sys/kernel/sched_rt_runtime_us"
    if os.cpu_count() < 2 or not os.access(mask, os.W_OK):
        print("SKIP")
        return
    message = peer.with_macs(struct.pack("<I", noise.INITIATION) + os.urandom(112))
    old = exchange(mask, "2"), exchange(limit, "-1")
    os.sched_setaffinity(0, {0})
    busy = os.fork()
    if not busy:
        os.sched_setaffinity(0, {1})
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
        while True:
            pass
    crowd = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # which gets all the cookies afterwards
    crowd.connect(peer.sock.getpeername())
    try:
        time.sleep(0.5)
        for _ in range(int(count)):
            crowd.send(message)
    finally:
        os.kill(busy, 9)
        os.waitpid(busy, 0)
        exchange(mask, old[0])
        exchange(limit, old[1])
    peer.connect(5.0)


def exchange(path, value):
    with open(path, encoding="ascii") as file:
        old = file.read().strip()
    with open(path, "w", encoding="ascii") as file:
        file.write(value)
    return old


def rate_limit(peer, keys):
    """Under load one address gets only so many handshakes, whichever keys it holds.

    keys: a file of private keys, each a peer of the device. One initiation each, sent in one go from one address with a
    valid cookie: a handful is answered, and those that the time it took makes room for. Without load all are.
    """
    with open(keys, encoding="ascii") as lines:
        privates = [noise.key(line) for line in lines]
    address = peer.sock.getpeername()[:2]
    others = [noise.Initiator(private, peer.peer, address) for private in privates]
    expect("answers without load", volley(others)[0], len(others))
    time.sleep(0.1)
    with Flood(peer):
        # a flood that a busy machine holds up is no load for a while
        for _ in range(5):
            for other in others:
                under_load(other)
            answered, took = volley(others)
            most = BURST + int(PER_SECOND * took) + 1
            print(f"answers under load: {answered} in {took:.3f} s, at most {most}")
            if 1 <= answered <= most:
                return
    sys.exit("FAIL: not as many handshakes answered under load as there should be")


def volley(peers):
    """(How many of their initiations are answered, seconds from the first of these to the last answer)"""
    messages = [p.initiation() for p in peers]
    began = last = time.monotonic()
    for p, message in zip(peers, messages):
        p.sock.send(message)
    waiting, count = {p.sock.fileno(): p for p in peers}, 0
    while waiting:
        # once answers have come, the others come soon or not at all
        ready = select.select(list(waiting), [], [], 3 if count else 30)[0]
        if not ready:
            break
        for fd in ready:
            packet = waiting[fd].receive(0.05)
            if packet and packet[0] == noise.RESPONSE and struct.unpack_from("<I", packet, 8)[0] == waiting[fd].index:
                last = time.monotonic()
                count += 1
                del waiting[fd]
    return count, last - began


def main():
    if len(sys.argv) < 6:
        sys.exit(__doc__)
    name, keyfile, public, address, port = sys.argv[1:6]
    with open(keyfile, encoding="ascii") as text:
        private = noise.key(text.read())
    # the port a device knows that was given this peer's endpoint
    peer = noise.Initiator(private, noise.key(public), (address, int(port)), sport=51820)
    globals()[name](peer, *sys.argv[6:])


if __name__ == "__main__":
    main()
