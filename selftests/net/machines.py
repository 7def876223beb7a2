#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""machines.py DEV NETWORK REQUESTERS ROUNDS: so many processes make and remove machines; no address is given twice."""
import os
import sys

import sockets as socket
from genl import Family, Refused, attr, nest, u32
from mesh import device, machine_address, string, sx


def request(family, dev, command, network, *words):
    return family.do(sx("CMD_MACHINE_" + command), device(dev), nest(
        sx("A_MACHINE"), attr(sx("MACHINE_A_NETWORK"), u32(network)), *words))


def requester(number, dev, network, rounds, claims):
    """Holds three machines at a time. An address is claimed by a file of its name: whoever gets one that is held fails."""
    family, held = Family(), []
    for n in range(rounds):
        own = string(sx("MACHINE_A_NAME"), f"r{number}-{n}")
        words = [own] if n % 2 else []
        held.append(machine_address(request(family, dev, "NEW", network, *words)))
        os.close(os.open(os.path.join(claims, held[-1]), os.O_CREAT | os.O_EXCL))
        # a name that all want: one has it, the others are told
        wanted = string(sx("MACHINE_A_NAME"), f"wanted{n % 4}")
        try:
            address = machine_address(request(family, dev, "NEW", network, wanted))
            os.close(os.open(os.path.join(claims, address), os.O_CREAT | os.O_EXCL))
            os.unlink(os.path.join(claims, address))
            request(family, dev, "DEL", network, wanted)
        except Refused as refused:
            if refused.errno != 17 or not refused.sentence:
                raise
        if len(held) > 3:
            remove(family, dev, held.pop(0), claims)
    for address in held:
        remove(family, dev, address, claims)


def remove(family, dev, address, claims):
    os.unlink(os.path.join(claims, address))  # before it is free to be another's
    family.do(sx("CMD_MACHINE_DEL"), device(dev), nest(sx("A_MACHINE"), attr(
        sx("MACHINE_A_ADDRESS"), socket.inet_pton(socket.AF_INET6, address))))


def parallel(dev, network, requesters, rounds):
    claims = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"claims-{os.getpid()}")
    os.mkdir(claims)
    children = []
    for number in range(requesters):
        pid = os.fork()
        if not pid:
            try:
                requester(number, dev, network, rounds, claims)
                os._exit(0)
            except (Refused, OSError) as error:
                print(f"FAIL: requester {number}: {error!r} {error}", flush=True)
                os._exit(1)
        children.append(pid)
    bad = sum(os.waitpid(pid, 0)[1] != 0 for pid in children)
    os.rmdir(claims) if not bad else None
    print(requesters * rounds, "machines by", requesters, "at once;", bad, "requesters failed")
    sys.exit(bad != 0)


parallel(sys.argv[1], *map(int, sys.argv[2:]))
