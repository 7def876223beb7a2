#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Very many clients, of which few call.

crowd.py fill ETCD NETWORK HOST COUNT        enter them, by the key space of sixpn-registry(7); ETCD is HOST:PORT
crowd.py call ADDRESS PORT PUBLIC-KEY COUNT  the first COUNT of them call that gateway, each with one message
"""
import base64
import hashlib
import http.client
import ipaddress
import json
import os
import sys
import time

import noise

AT_ONCE = 32  # clients in a transaction: 4 keys each, and 128 is what etcd takes


def private_of(number):
    return hashlib.sha256(f"client {number}".encode()).digest()


def keys_of(number, network, host):
    """The keys that a client has in the registry, with their values."""
    public = noise.public_of(private_of(number))
    machine = number + 1
    words = [0xfdaa, network >> 16, network & 0xffff, host >> 16, host & 0xffff, machine >> 16, machine & 0xffff, 2]
    record = f"/sixpn/v1/client/{host:08x}/{network:08x}/{host:08x}/{machine:08x}"
    yield record, {
        "schema": 1, "network": network, "name": f"client-{number}", "public-key": base64.b64encode(public).decode(),
        "address": str(ipaddress.IPv6Address(b"".join(word.to_bytes(2, "big") for word in words))),
        "gateway": host, "home": host, "created": "2026-11-28T04:00:00Z",
    }
    for leading in (f"client-name/{network:08x}/client-{number}", f"address/{network:08x}/{host:08x}/{machine:08x}",
                    f"key/{public.hex()}"):
        yield "/sixpn/v1/" + leading, {"key": record}


def coded(text):
    return base64.b64encode(text.encode()).decode()


def fill(etcd, network, host, count):
    network, host, count = int(network), int(host), int(count)
    began, connection = time.monotonic(), http.client.HTTPConnection(etcd, timeout=60)
    for first in range(0, count, AT_ONCE):
        puts = [{"request_put": {"key": coded(key), "value": coded(json.dumps(value))}}
                for number in range(first, min(first + AT_ONCE, count)) for key, value in keys_of(number, network, host)]
        connection.request("POST", "/v3/kv/txn", json.dumps({"success": puts}))
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200 or not json.loads(text).get("succeeded"):
            sys.exit(f"FAIL: etcd says {answer.status}: {text[:300]}")
    print(f"{count} clients entered in {time.monotonic() - began:.1f} s")


def call(address, port, public, count):
    waits = []
    for number in range(int(count)):
        client = noise.Initiator(private_of(number), noise.key(public), (address, int(port)))
        began = time.monotonic()
        client.sock.send(client.initiation())
        reply = client.receive(4.5)  # WireGuard asks again after 5
        if not reply or reply[0] != noise.RESPONSE:
            sys.exit(f"FAIL: client {number} got no answer to its first message")
        client.finish(reply)
        client.send(b"")
        waits.append(time.monotonic() - began)
    waits.sort()
    print(f"{len(waits)} clients were answered, each at once: {waits[len(waits) // 2] * 1000:.0f} ms in the median, "
          f"{waits[-1] * 1000:.0f} ms at the most")


noise.x25519 = noise.quick_x25519()
if __name__ == "__main__":
    {"fill": fill, "call": call}[sys.argv[1]](*sys.argv[2:])
    sys.stdout.flush()
    os._exit(0)
