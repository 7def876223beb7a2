# SPDX-License-Identifier: GPL-2.0-or-later
"""A WireGuard end in pure Python, for tests that need one which misbehaves. After the WireGuard paper (sections 5.4.1 to
5.4.6), RFC 7748 (X25519) and RFC 8439 (ChaCha20-Poly1305). Slow, not constant-time, good for nothing else.
"""
import binascii
import os
import struct
import sys
import time
from _blake2 import blake2s  # hashlib would load a library as well

import sockets as socket

CONSTRUCTION = b"Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s"
IDENTIFIER = b"WireGuard v1 zx2c4 Jason@zx2c4.com"
INITIATION, RESPONSE, COOKIE, DATA = 1, 2, 3, 4
P = 2 ** 255 - 19


def x25519(scalar, point):
    k = int.from_bytes(scalar, "little") & ~7 & ~(1 << 255) | 1 << 254
    u = int.from_bytes(point, "little") & ((1 << 255) - 1)
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for bit in range(254, -1, -1):
        now = k >> bit & 1
        if swap ^ now:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = now
        a, b, c, d = (x2 + z2) % P, (x2 - z2) % P, (x3 + z3) % P, (x3 - z3) % P
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        e = aa - bb
        x3, z3 = pow(da + cb, 2, P), u * pow(da - cb, 2, P) % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def quick_x25519():
    """x25519 for hundreds of keys: that of the library that hashlib uses too."""
    import ctypes

    lib, x25519 = ctypes.CDLL("libcrypto.so.3"), 1034  # NID_X25519
    for name in ("EVP_PKEY_new_raw_private_key", "EVP_PKEY_new_raw_public_key", "EVP_PKEY_CTX_new"):
        getattr(lib, name).restype = ctypes.c_void_p

    def derive(scalar, point):
        private = ctypes.c_void_p(lib.EVP_PKEY_new_raw_private_key(x25519, None, scalar, ctypes.c_size_t(32)))
        public = ctypes.c_void_p(lib.EVP_PKEY_new_raw_public_key(x25519, None, point, ctypes.c_size_t(32)))
        context = ctypes.c_void_p(lib.EVP_PKEY_CTX_new(private, None))
        out, length = ctypes.create_string_buffer(32), ctypes.c_size_t(32)
        if lib.EVP_PKEY_derive_init(context) != 1 or lib.EVP_PKEY_derive_set_peer(context, public) != 1 or \
                lib.EVP_PKEY_derive(context, out, ctypes.byref(length)) != 1:
            sys.exit("FAIL: libcrypto has no X25519")
        lib.EVP_PKEY_CTX_free(context)
        lib.EVP_PKEY_free(private)
        lib.EVP_PKEY_free(public)
        return out.raw

    return derive


def public_of(private):
    return x25519(private, (9).to_bytes(32, "little"))


def chacha_block(key, counter, nonce):
    start = struct.unpack("<16I", b"expand 32-byte k" + key + struct.pack("<I", counter) + nonce)
    s = list(start)

    def quarter(a, b, c, d):
        for x, y, z, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            s[x] = s[x] + s[y] & 0xFFFFFFFF
            v = s[z] ^ s[x]
            s[z] = (v << turn | v >> 32 - turn) & 0xFFFFFFFF

    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                           (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            quarter(a, b, c, d)
    return struct.pack("<16I", *((x + y) & 0xFFFFFFFF for x, y in zip(s, start)))


def chacha(key, nonce, data):
    stream = b"".join(chacha_block(key, 1 + n, nonce) for n in range((len(data) + 63) // 64))
    return bytes(x ^ y for x, y in zip(data, stream))


def poly_tag(key, nonce, data, aad):
    one_time = chacha_block(key, 0, nonce)
    r = int.from_bytes(one_time[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    s = int.from_bytes(one_time[16:32], "little")
    text = aad + bytes(-len(aad) % 16) + data + bytes(-len(data) % 16) + struct.pack("<QQ", len(aad), len(data))
    acc = 0
    for o in range(0, len(text), 16):
        acc = (acc + int.from_bytes(text[o:o + 16] + b"\1", "little")) * r % ((1 << 130) - 5)
    return (acc + s & (1 << 128) - 1).to_bytes(16, "little")


def seal(key, counter, data, aad=b""):
    nonce = bytes(4) + struct.pack("<Q", counter)
    body = chacha(key, nonce, data)
    return body + poly_tag(key, nonce, body, aad)


def unseal(key, counter, sealed, aad=b""):
    nonce = bytes(4) + struct.pack("<Q", counter)
    if poly_tag(key, nonce, sealed[:-16], aad) != sealed[-16:]:
        raise ValueError("authentication failed")
    return chacha(key, nonce, sealed[:-16])


def digest(*parts):
    return blake2s(b"".join(parts)).digest()


def mac(key, data):
    return blake2s(data, key=key, digest_size=16).digest()


def hmac(key, data):
    block = key + bytes(64 - len(key))
    inner = digest(bytes(b ^ 0x36 for b in block), data)
    return digest(bytes(b ^ 0x5C for b in block), inner)


def kdf(count, key, data):
    secret, out, last = hmac(key, data), [], b""
    for n in range(1, count + 1):
        last = hmac(secret, last + bytes([n]))
        out.append(last)
    return out


def tai64n(when=None):
    when = time.time() if when is None else when
    return struct.pack(">QI", (1 << 62) + 10 + int(when), int(when % 1 * 1e9))


class Initiator:
    """One end with a private key that starts handshakes with `peer` (public key) at `address` and talks over them."""

    def __init__(self, private, peer, address, psk=bytes(32), sport=0, source=None):
        self.private, self.peer, self.psk = private, peer, psk
        self.public = public_of(private)
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one port at several addresses
        self.sock.bind((source or ("::" if family == socket.AF_INET6 else "0.0.0.0"), sport))
        self.sock.connect(address)
        self.send_counter = 0
        self.cookie = None
        self.mac1 = bytes(16)

    def initiation(self, timestamp=None, ephemeral=None):
        self.index = struct.unpack("<I", os.urandom(4))[0]
        self.ephemeral = ephemeral or os.urandom(32)
        e = public_of(self.ephemeral)
        chain = digest(CONSTRUCTION)
        h = digest(digest(chain, IDENTIFIER), self.peer)
        chain, = kdf(1, chain, e)
        h = digest(h, e)
        chain, key = kdf(2, chain, x25519(self.ephemeral, self.peer))
        static = seal(key, 0, self.public, h)
        h = digest(h, static)
        chain, key = kdf(2, chain, x25519(self.private, self.peer))
        stamp = seal(key, 0, timestamp or tai64n(), h)
        self.hash, self.chain = digest(h, stamp), chain
        return self.with_macs(struct.pack("<II", INITIATION, self.index) + e + static + stamp)

    def with_macs(self, body):
        self.mac1 = mac(digest(b"mac1----", self.peer), body)
        body += self.mac1
        return body + (mac(self.cookie, body) if self.cookie else bytes(16))

    def finish(self, response):
        """Take a response: session keys, or ValueError."""
        kind, self.remote, index = struct.unpack_from("<III", response)
        if len(response) != 92 or kind != RESPONSE or index != self.index:
            raise ValueError("no response to our initiation")
        e = response[12:44]
        chain, h = kdf(1, self.chain, e)[0], digest(self.hash, e)
        chain, = kdf(1, chain, x25519(self.ephemeral, e))
        chain, = kdf(1, chain, x25519(self.private, e))
        chain, t, key = kdf(3, chain, self.psk)
        h = digest(h, t)
        unseal(key, 0, response[44:60], h)
        self.send_key, self.receive_key = kdf(2, chain, b"")
        self.send_counter = 0

    def receive(self, timeout=20.0):
        """The next datagram, or None."""
        self.sock.settimeout(timeout)
        try:
            return self.sock.recv(65536)
        except TimeoutError:
            return None

    def take_cookie(self, reply):
        """Cookie replies are sealed with XChaCha20-Poly1305 under a key of the peer's public key."""
        key = digest(b"cookie--", self.peer)
        nonce, sealed = reply[8:32], reply[32:64]
        sub = hchacha(key, nonce[:16])
        self.cookie = unseal_xchacha(sub, nonce[16:], sealed, self.mac1)

    def connect(self, timeout=20.0):
        """Handshake, with a cookie if asked for one."""
        for _ in range(8):
            self.sock.send(self.initiation())
            end = time.monotonic() + timeout
            while time.monotonic() < end:
                reply = self.receive(max(0.1, end - time.monotonic()))
                if reply and reply[0] == COOKIE and len(reply) == 64:
                    self.take_cookie(reply)
                    break
                if reply and reply[0] == RESPONSE:
                    self.finish(reply)
                    self.send(b"")
                    return
        raise SystemExit("no answer to a handshake")

    def data(self, inner, counter=None, pad=True):
        if counter is None:
            counter, self.send_counter = self.send_counter, self.send_counter + 1
        if pad:
            inner += bytes(-len(inner) % 16)
        return struct.pack("<IIQ", DATA, self.remote, counter) + seal(self.send_key, counter, inner)

    def send(self, inner, counter=None, pad=True):
        self.sock.send(self.data(inner, counter, pad))

    def receive_inner(self, timeout=20.0):
        """The next inner packet that is not a keepalive, or None."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            packet = self.receive(max(0.1, end - time.monotonic()))
            if packet and packet[0] == DATA and len(packet) > 32:
                return unseal(self.receive_key, struct.unpack_from("<Q", packet, 8)[0], packet[16:])
        return None


def hchacha(key, nonce16):
    state = struct.unpack("<16I", chacha_block(key, *struct.unpack("<I", nonce16[:4]), nonce16[4:]))
    start = struct.unpack("<16I", b"expand 32-byte k" + key + nonce16)
    words = [(x - y) & 0xFFFFFFFF for x, y in zip(state, start)]
    return struct.pack("<8I", *words[:4], *words[12:])


def seal_xchacha(key, nonce24, data, aad):
    sub, nonce = hchacha(key, nonce24[:16]), bytes(4) + nonce24[16:]
    body = chacha(sub, nonce, data)
    return body + poly_tag(sub, nonce, body, aad)


def unseal_xchacha(key, nonce8, sealed, aad):
    nonce = bytes(4) + nonce8
    if poly_tag(key, nonce, sealed[:-16], aad) != sealed[-16:]:
        raise ValueError("authentication failed")
    return chacha(key, nonce, sealed[:-16])


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def echo_request(source, destination, ident=1, sequence=1, size=24):
    """An IPv4 ping."""
    icmp = struct.pack("!BBHHH", 8, 0, 0, ident, sequence) + bytes(size)
    icmp = icmp[:2] + struct.pack("!H", checksum(icmp)) + icmp[4:]
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(icmp), 0, 0, 64, 1, 0,
                         socket.inet_aton(source), socket.inet_aton(destination))
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + icmp


def key(text):
    return binascii.a2b_base64(text)


def text_of(key):
    return binascii.b2a_base64(key, newline=False).decode()
