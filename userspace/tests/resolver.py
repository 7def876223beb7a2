#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""sixpn-resolver from outside, in a network namespace without the module; KTAP.

Usage: resolver.py RESOLVER UNIT SIXPN [TEST...]

    asker (an address of lo in fdaa:0:N:0:7:0:M::/112)
      |  udp, tcp 53
    sixpn-resolver (fdaa::3, fdaa:0:N::3 of lo) -- registry.db <- unit put
      |
    fake upstream (127.0.0.1:5300)
"""

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

GENEROUS = 60
PREFIX = "/sixpn/v1/"
HOST = 7


def address(network, machine):
    return f"fdaa:0:{network:x}:0:{HOST:x}:0:{machine:x}:2"


def resolver(network):
    return f"fdaa:0:{network:x}::3" if network else "fdaa::3"


def wait_for(what, limit=GENEROUS):
    """The first true result; False when time is over."""
    end = time.monotonic() + limit
    while True:
        result = what()
        if result or time.monotonic() > end:
            return result
        time.sleep(0.01)


def machine_line(network, machine, name, app, gone=False):
    key = f"{PREFIX}machine/{HOST:08x}/{network:08x}/{HOST:08x}/{machine:08x}"
    if gone:
        return key + "\n"
    return key + (f' {{"schema":1,"network":{network},"machine":{machine},"name":"{name}","app":"{app}","group":"app",'
                  f'"region":"fra","host":{HOST},"home":{HOST},"address":"{address(network, machine)}",'
                  '"attachment":"port","ifname":"eth6","state":"started"}\n')


class Upstream(threading.Thread):
    """Answers NAME.example.net with 192.0.2.COUNT, how often it was asked; slow* never, and all else with NXDOMAIN.
    What stale* is lives for a second."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", port))
        self.seen = []
        self.silent = False

    def run(self):
        while True:
            data, peer = self.socket.recvfrom(4096)
            query = dns.message.from_wire(data)
            name = query.question[0].name.to_text().lower()
            self.seen.append(name)
            if self.silent or name.startswith("slow"):
                continue
            answer = dns.message.make_response(query)
            if name.endswith(".example.net.") and query.question[0].rdtype == dns.rdatatype.A:
                answer.answer.append(dns.rrset.from_text(name, 1 if name.startswith("stale") else 300, "IN", "A", f"192.0.2.{self.seen.count(name)}"))
            elif not name.endswith(".example.net."):
                answer.set_rcode(dns.rcode.NXDOMAIN)
            self.socket.sendto(answer.to_wire(), peer)


class Asker:
    """A machine that asks: from its address, at the resolver of its network, or fdaa::3."""

    def __init__(self, network=1, machine=5, at=0):
        self.source, self.at = address(network, machine), resolver(at)

    def socket(self, kind):
        one = socket.socket(socket.AF_INET6, kind)
        one.settimeout(GENEROUS)
        one.bind((self.source, 0))
        one.connect((self.at, 53))
        return one

    def udp(self, name, rdtype="AAAA", timeout=GENEROUS):
        query = dns.message.make_query(name, rdtype, use_edns=0)
        with self.socket(socket.SOCK_DGRAM) as one:
            one.settimeout(timeout)
            one.send(query.to_wire())
            answer = dns.message.from_wire(one.recv(65535))
        if not query.is_response(answer):
            raise ValueError("an answer to something else")
        return answer

    def addresses(self, name, **how):
        return sorted(str(record) for rrset in self.udp(name, **how).answer for record in rrset)

    def tcp(self):
        return self.socket(socket.SOCK_STREAM)


def framed(name, rdtype="AAAA", number=None):
    query = dns.message.make_query(name, rdtype, use_edns=0, id=number)
    wire = query.to_wire()
    return query, struct.pack("!H", len(wire)) + wire


def read_exactly(one, length):
    data = b""
    while len(data) < length:
        more = one.recv(length - len(data))
        if not more:
            raise EOFError(f"{len(data)} bytes of {length}")
        data += more
    return data


def read_answer(one):
    return dns.message.from_wire(read_exactly(one, struct.unpack("!H", read_exactly(one, 2))[0]))


def extended_error(answer):
    return [int(option.code) for option in answer.options if option.otype == dns.edns.EDE]


class Daemon:
    """The resolver, its registry and what it tells systemd."""

    def __init__(self, program, unit, work):
        self.program, self.unit, self.work = program, unit, work
        self.store = os.path.join(work, "registry")
        os.mkdir(self.store, 0o700)
        self.metrics_path = os.path.join(work, "run", "metrics")
        self.config = os.path.join(work, "conf")
        self.log = open(os.path.join(work, "log"), "w+", encoding="utf-8")
        self.process = None
        self.told = ""
        self.kept = {}
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(os.path.join(work, "notify"))
        threading.Thread(target=self.listen, daemon=True).start()
        os.chmod(os.path.join(work, "notify"), 0o777)
        self.configure(upstreams="127.0.0.1:5300")

    def configure(self, upstreams, extra=""):
        with open(self.config, "w", encoding="utf-8") as config:
            config.write(f"name = seven\nhost-id = {HOST}\ndevice = lo\nregistry = sqlite:{self.store}/registry.db\n"
                         f"key-file = {self.store}/key\nresolver-metrics = {self.metrics_path}\n"
                         f"resolver-user = {'nobody' if IS_ROOT else 'root'}\nresolver-upstreams = {upstreams}\n{extra}")

    def put(self, lines, where=None):
        subprocess.run([self.unit, "put", f"sqlite:{where or self.store}/registry.db", "-"], input=lines, text=True,
                       check=True)

    def drop_kept(self):
        while self.kept:
            os.close(self.kept.popitem()[1])

    def start(self, keep=False):
        environment = dict(os.environ, NOTIFY_SOCKET=os.path.join(self.work, "notify"), WATCHDOG_USEC="200000")
        environment.pop("WATCHDOG_PID", None)
        if not keep:
            self.drop_kept()
        self.told = ""
        kept = dict(self.kept) if keep else {}
        words = [self.program, "--config", self.config]
        if kept:
            environment.update(LISTEN_FDS=str(len(kept)), LISTEN_FDNAMES=":".join(kept))
            given = " ".join(f"{3 + i}<&{fd}" for i, fd in enumerate(kept.values()))
            words = ["bash", "-c", f'export LISTEN_PID=$$; exec "$@" {given}', "bash"] + words
        self.process = subprocess.Popen(words, stderr=self.log, env=environment, pass_fds=kept.values())
        return self.has_told("READY=1")

    def listen(self):
        """As systemd: descriptors are kept, by name, for the next start."""
        while True:
            text, descriptors, _, _ = socket.recv_fds(self.notify, 4096, 4)
            self.told += text.decode() + "\n"
            words = dict(line.split("=", 1) for line in text.decode().splitlines())
            if "FDSTORE" in words:
                self.kept[words["FDNAME"]] = descriptors[0]
            elif "FDSTOREREMOVE" in words and words["FDNAME"] in self.kept:
                os.close(self.kept.pop(words["FDNAME"]))

    def has_told(self, what):
        return wait_for(lambda: what in self.told or self.process.poll() not in (None, 0)) and what in self.told

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(GENEROUS)

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def status(self, field):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return next(line.split()[1:] for line in status if line.startswith(field + ":"))

    def metrics(self):
        with socket.socket(socket.AF_UNIX) as one:
            one.settimeout(GENEROUS)
            one.connect(self.metrics_path)
            one.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            text = b""
            while more := one.recv(65536):
                text += more
        head, body = text.decode().split("\r\n\r\n")
        if not head.startswith("HTTP/1.0 200 OK") or "version=0.0.4" not in head:
            raise ValueError(head)
        lines = [line.rsplit(" ", 1) for line in body.splitlines() if not line.startswith("#")]
        return {name.removeprefix("sixpn_resolver_"): float(value) for name, value in lines}

    def metric(self, name):
        return self.metrics()[name]


TESTS = []


def test(function):
    TESTS.append(function)
    return function


class Stream(threading.Thread):
    """One query after another, until told to stop; what went wrong, and how long the slowest took."""

    def __init__(self, name, wanted, asker=None):
        super().__init__(daemon=True)
        self.name_asked, self.wanted, self.asker = name, wanted, asker or Asker()
        self.wrong, self.lost, self.count, self.times = [], 0, 0, []
        self.stopping = False
        self.start()

    def run(self):
        while not self.stopping:
            begin = time.monotonic()
            try:
                got = self.asker.udp(self.name_asked, timeout=10)
            except (ConnectionError, TimeoutError, OSError):
                self.lost += 1
                time.sleep(0.005)
                continue
            self.times.append(time.monotonic() - begin)
            self.count += 1
            found = sorted(str(record) for rrset in got.answer for record in rrset)
            if found != self.wanted:
                self.wrong.append((dns.rcode.to_text(got.rcode()), found))
            time.sleep(0.001)

    def stop(self):
        self.stopping = True
        self.join()
        return self


WEB = sorted([address(1, 5), address(1, 6)])


# --- Beginning. --------------------------------------------------------------------------------------------------------

@test
def it_is_ready_and_not_root(daemon):
    if not IS_ROOT:
        return daemon.status("NoNewPrivs") == ["1"]
    capabilities = int(daemon.status("CapEff")[0], 16)
    # net_admin, net_bind_service, and dac_override for the registry
    return (set(daemon.status("Uid")) != {"0"} and "0" not in daemon.status("Uid") and capabilities == 0x1402 and
            daemon.status("CapEff") == daemon.status("CapPrm") and daemon.status("NoNewPrivs") == ["1"])


@test
def it_has_an_address_of_each_network_and_does_not_speak_from_it(daemon):
    def found():
        text = subprocess.run(["ip", "-6", "-o", "addr", "show", "dev", "lo", "deprecated"], capture_output=True,
                              text=True, check=True).stdout
        return sorted(line.split()[3] for line in text.splitlines())
    return wait_for(lambda: found() == ["fdaa:0:1::3/128", "fdaa:0:2::3/128", "fdaa::3/128"], 5)


@test
def each_network_has_its_own_names(daemon):
    return (Asker(1).addresses("web.internal") == WEB and Asker(1, at=1).addresses("web.internal") == WEB and
            Asker(2).addresses("web.internal") == Asker(2, at=2).addresses("web.internal") == [address(2, 5)])


@test
def who_may_not_ask_is_refused_and_counted(daemon):
    before = daemon.metric("refused_sources_total")
    stranger, foreign = Asker(), Asker(1, at=2)
    stranger.source = stranger.at = "::1"
    refused = [one.udp("web.internal") for one in (stranger, foreign)]
    return (all(one.rcode() == dns.rcode.REFUSED and not one.answer for one in refused) and
            extended_error(refused[0]) == [18] and daemon.metric("refused_sources_total") > before)


@test
def changes_are_visible_within_a_second(daemon):
    begin = time.monotonic()
    daemon.put(machine_line(1, 9, "new-1", "new"))
    come = wait_for(lambda: Asker().addresses("new.internal") == [address(1, 9)])
    middle = time.monotonic()
    daemon.put(machine_line(1, 9, "new-1", "new", gone=True))
    gone = wait_for(lambda: Asker().udp("new.internal").rcode() == dns.rcode.NXDOMAIN)
    end = time.monotonic()
    print(f"# there after {1000 * (middle - begin):.0f} ms, gone after {1000 * (end - middle):.0f} ms")
    return come and gone and middle - begin < 1 and end - middle < 1


# --- TCP. --------------------------------------------------------------------------------------------------------------

@test
def many_queries_on_one_connection(daemon):
    queries = [framed(("web.internal", "nothing.internal")[i % 2], number=i) for i in range(200)]
    with Asker().tcp() as one:
        one.sendall(b"".join(wire for _, wire in queries))
        answers = {answer.id: answer for answer in (read_answer(one) for _ in queries)}
    return all(query.is_response(answers[query.id]) for query, _ in queries)


@test
def a_query_in_pieces_and_an_end_before_the_answer(daemon):
    _, wire = framed("web.internal")
    with Asker().tcp() as one:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in wire:
            one.sendall(bytes([byte]))
        first = read_answer(one)
        one.sendall(wire + wire[:7])
        one.shutdown(socket.SHUT_WR)
        second = read_answer(one)
        rest = one.recv(1)
    return len(first.answer[0]) == len(second.answer[0]) == 2 and rest == b""


@test
def a_large_answer_by_tcp_and_a_truncated_one_by_udp(daemon):
    daemon.put("".join(machine_line(2, 1000 + i, f"many-{i}", "many") for i in range(700)))
    wait_for(lambda: daemon.metric('records{kind="machine"}') >= 703)
    short = Asker(2).udp("vms.many.internal", "TXT")
    query, wire = framed("vms.many.internal", "TXT")
    with Asker(2).tcp() as one:
        one.sendall(wire)
        whole = read_answer(one)
    text = b"".join(whole.answer[0][0].strings).decode()
    return (short.flags & dns.flags.TC and not whole.flags & dns.flags.TC and query.is_response(whole) and
            sorted(text.split(",")) == sorted(f"many-{i} fra" for i in range(700)))


@test
def who_does_not_read_stops_being_answered_and_others_do_not_wait(daemon):
    _, wire = framed("vms.many.internal", "TXT")
    before = int(daemon.status("VmRSS")[0])
    hostile = [Asker(2).tcp() for _ in range(8)]
    for one in hostile:
        one.setblocking(False)
        try:
            for _ in range(1000):
                one.send(wire * 10)
        except BlockingIOError:
            pass
    slowest = 0
    for _ in range(50):
        begin = time.monotonic()
        if Asker(1).addresses("web.internal") != WEB:
            return False
        slowest = max(slowest, time.monotonic() - begin)
    grown = int(daemon.status("VmRSS")[0]) - before
    print(f"# slowest other answer {1000 * slowest:.1f} ms, memory grown by {grown} KiB")
    for one in hostile:
        one.close()
    return slowest < 5 and grown < 16384


@test
def a_machine_has_so_many_connections_and_others_have_theirs(daemon):
    before = daemon.metrics()
    hostile = [Asker(1, 6).tcp() for _ in range(100)]
    _, wire = framed("web.internal")
    with Asker(1, 5).tcp() as other:
        other.sendall(wire)
        answered = read_answer(other).rcode() == dns.rcode.NOERROR
    after = daemon.metrics()
    hostile[-1].sendall(wire)
    last = read_answer(hostile[-1]).rcode() == dns.rcode.NOERROR
    # the one that has been idle for longest has been closed
    first = hostile[0].recv(1) == b""
    for one in hostile:
        one.close()
    evicted = 'connections_total{fate="evicted"}'
    return answered and last and first and after[evicted] - before[evicted] >= 60 and after["connections"] <= 34


@test
def what_is_no_dns_is_dropped(daemon):
    ends = []
    for garbage in (b"\0\0", b"\0\5hello", b"\xff" * 600):
        with Asker().tcp() as one:
            try:
                one.sendall(garbage)
                if garbage.startswith(b"\xff"):
                    one.shutdown(socket.SHUT_WR)
                ends.append(one.recv(1) == b"")
            except ConnectionError:
                ends.append(True)
    with Asker().socket(socket.SOCK_DGRAM) as one:
        for garbage in (b"", b"x", b"\xff" * 500, b"\0" * 5000):
            one.send(garbage)
    return all(ends) and Asker().addresses("web.internal") == WEB


# --- Upstreams. --------------------------------------------------------------------------------------------------------

@test
def other_names_are_asked_of_the_upstream_once(daemon):
    first, second = Asker(1).addresses("a.example.net", rdtype="A"), Asker(2).addresses("A.EXAMPLE.net", rdtype="A")
    with Asker(1).tcp() as one:
        one.sendall(framed("a.example.net", "A")[1])
        third = [str(record) for record in read_answer(one).answer[0]]
    return first == second == third == ["192.0.2.1"] and UPSTREAM.seen.count("a.example.net.") == 1


@test
def names_of_the_mesh_never_leave(daemon):
    for name in ("nothing.internal", "a.b.web.internal", "internal", "nothing.flycast", "web.internal.",
                 "5.0.0.0.0.0.0.0.0.0.0.0.9.0.0.0.0.0.0.0.9.0.0.0.0.0.0.0.a.a.d.f.ip6.arpa"):
        Asker().udp(name)
        Asker().udp(name, "TXT")
    return not [name for name in UPSTREAM.seen if "internal" in name or "flycast" in name or "a.a.d.f" in name]


@test
def a_name_that_is_slow_delays_no_other(daemon):
    with Asker(1).tcp() as one:
        one.sendall(framed("slow1.example.net", "A")[1] + framed("web.internal")[1])
        first = read_answer(one)
    many = Asker(1).socket(socket.SOCK_DGRAM)
    for i in range(200):
        many.send(dns.message.make_query(f"slow{i}.example.net", "A", use_edns=0).to_wire())
    # Of the network that has too many on their way the rest is refused at once.
    many.settimeout(5)
    refused = [dns.message.from_wire(many.recv(4096)) for _ in range(200 - 128 + 1)]
    begin = time.monotonic()
    near = Asker(1).addresses("web.internal")
    other = Asker(2).addresses("b.example.net", rdtype="A")
    took = time.monotonic() - begin
    print(f"# both others after {1000 * took:.1f} ms")
    many.close()
    return (first.answer and first.question[0].name.to_text() == "web.internal." and near == WEB and
            other == ["192.0.2.1"] and took < 1 and
            all(one.rcode() == dns.rcode.SERVFAIL and extended_error(one) == [0] for one in refused) and
            daemon.metric('upstream_failures_total{why="limit"}') >= 72)


@test
def an_answer_that_has_expired_is_better_than_none(daemon):
    first = Asker(2).addresses("stale.example.net", rdtype="A")
    UPSTREAM.silent = True
    time.sleep(1.1)
    second = Asker(2).addresses("stale.example.net", rdtype="A")
    UPSTREAM.silent = False
    return first == second == ["192.0.2.1"]


@test
def where_signatures_are_wanted_names_without_them_fail(daemon):
    if not os.path.exists("/usr/share/dns/root.key"):
        return "no trust anchor"
    daemon.configure(upstreams="127.0.0.1:5300", extra="resolver-dnssec = yes\n")
    before = daemon.said().count("has been read")
    daemon.process.send_signal(signal.SIGHUP)
    wait_for(lambda: daemon.said().count("has been read") > before)
    answer = Asker(2).udp("unsigned.example.net", "A")
    daemon.configure(upstreams="127.0.0.1:5300")
    daemon.process.send_signal(signal.SIGHUP)
    return (answer.rcode() == dns.rcode.SERVFAIL and not answer.answer and
            wait_for(lambda: Asker(2).addresses("unsigned.example.net", rdtype="A")))


# --- Changes while it runs. --------------------------------------------------------------------------------------------

@test
def a_new_configuration_is_taken_without_losing_a_query(daemon):
    stream = Stream("web.internal", WEB)
    daemon.configure(upstreams="127.0.0.1:5301")
    for _ in range(5):
        daemon.process.send_signal(signal.SIGHUP)
        time.sleep(0.05)
    moved = wait_for(lambda: Asker(2).addresses("c.example.net", rdtype="A") and "c.example.net." in OTHER.seen)
    with open(daemon.config, "a", encoding="utf-8") as config:
        config.write("nonsense\n")
    daemon.process.send_signal(signal.SIGHUP)
    kept = wait_for(lambda: "the configuration stays as it was" in daemon.said())
    daemon.configure(upstreams="127.0.0.1:5300")
    daemon.process.send_signal(signal.SIGHUP)
    back = wait_for(lambda: Asker(2).addresses("d.example.net", rdtype="A") and "d.example.net." in UPSTREAM.seen)
    stream.stop()
    print(f"# {stream.count} queries meanwhile")
    return moved and kept and back and not stream.wrong and not stream.lost and daemon.has_told("RELOADING=1")


@test
def changes_without_end_delay_no_answer(daemon):
    changes = "".join(machine_line(2, 2000 + i % 50, f"churn-{i % 50}", ("x", "y")[i % 3 == 0]) for i in range(3000))
    stream = Stream("web.internal", WEB)
    before = daemon.metric("registry_changes_total")
    daemon.put(changes)
    wait_for(lambda: stream.count > 100 and daemon.metric("registry_changes_total") > before)
    done = wait_for(lambda: Asker(2).addresses("y.internal") and
                    len(Asker(2).addresses("x.internal")) + len(Asker(2).addresses("y.internal")) == 50)
    stream.stop()
    print(f"# {stream.count} queries, {daemon.metric('registry_changes_total') - before:.0f} changes, slowest answer "
          f"{1000 * max(stream.times):.1f} ms")
    # the slowest of all may have waited for a processor
    return done and not stream.wrong and not stream.lost and sorted(stream.times)[-len(stream.times) // 20] < 0.5


@test
def a_registry_that_is_gone_changes_no_answer(daemon):
    stream = Stream("web.internal", WEB)
    os.rename(daemon.store, daemon.store + ".away")
    down = wait_for(lambda: daemon.metric("registry_up") == 0)
    older = wait_for(lambda: daemon.metric("registry_age_seconds") > 0.1)
    stale = Asker().addresses("web.internal") == WEB
    os.rename(daemon.store + ".away", daemon.store)
    up = wait_for(lambda: daemon.metric("registry_up") == 1)
    young = daemon.metric("registry_age_seconds") == 0
    daemon.put(machine_line(1, 10, "later-1", "later"))
    later = wait_for(lambda: Asker().addresses("later.internal") == [address(1, 10)])
    stream.stop()
    return down and older and stale and up and young and later and not stream.wrong and not stream.lost


@test
def of_another_registry_in_its_place_nothing_old_stays(daemon):
    other = daemon.store + ".other"
    shutil.copytree(daemon.store, other)
    daemon.put(machine_line(1, 10, "later-1", "later", gone=True) + machine_line(1, 11, "other-1", "other"), other)
    stream = Stream("web.internal", WEB)
    os.rename(daemon.store, daemon.store + ".old")
    os.rename(other, daemon.store)
    come = wait_for(lambda: Asker().addresses("other.internal") == [address(1, 11)])
    gone = wait_for(lambda: Asker().udp("later.internal").rcode() == dns.rcode.NXDOMAIN)
    stream.stop()
    return come and gone and not stream.wrong and not stream.lost


@test
def the_status_of_the_host_has_it(daemon):
    def status():
        text = subprocess.run([SIXPN, "--config", daemon.config, "--json", "status"], capture_output=True, text=True,
                              check=False).stdout
        return json.loads(text)
    Asker().udp("web.internal")
    running = status()
    daemon.process.send_signal(signal.SIGSTOP)
    hanging = status()
    daemon.process.send_signal(signal.SIGCONT)
    return (running["resolver"] and running["resolver-queries"] > 0 and running["resolver-machines"] >= 3 and
            running["resolver-age"] == 0 and running["resolver-refused"] > 0 and not hanging["resolver"])


# --- The end. ----------------------------------------------------------------------------------------------------------

@test
def it_tells_a_watchdog_that_it_turns_round(daemon):
    daemon.told = ""
    return daemon.has_told("WATCHDOG=1")


@test
def it_answers_what_it_has_before_it_ends(daemon):
    wires = [dns.message.make_query("web.internal", "AAAA", use_edns=0).to_wire() for _ in range(50)]
    daemon.process.send_signal(signal.SIGSTOP)
    one = Asker().socket(socket.SOCK_DGRAM)
    for wire in wires:
        one.send(wire)
    daemon.process.send_signal(signal.SIGTERM)
    daemon.process.send_signal(signal.SIGCONT)
    code = daemon.process.wait(GENEROUS)
    one.settimeout(1)
    answers = [dns.message.from_wire(one.recv(4096)) for _ in wires]
    one.close()
    return code == 0 and len(answers) == 50 and daemon.has_told("STOPPING=1")


@test
def after_a_restart_under_load_no_answer_is_wrong_or_missing(daemon):
    daemon.drop_kept()
    stream = Stream("web.internal", WEB)
    wait_for(lambda: stream.lost > 2)
    if not daemon.start():
        return False
    lost = stream.lost
    count = stream.count
    more = wait_for(lambda: stream.count > count + 100)
    stream.stop()
    print(f"# {stream.count} answers, {lost} without while it was not there")
    return more and not stream.wrong and stream.lost <= lost + 1


@test
def with_its_sockets_kept_a_restart_loses_nothing(daemon):
    stream = Stream("web.internal", WEB)
    for number in (signal.SIGTERM, signal.SIGKILL):
        wait_for(lambda: stream.count > 20)
        daemon.stop(number)
        stream.count = 0
        if not daemon.start(keep=True):
            return False
    wait_for(lambda: stream.count > 20)
    stream.stop()
    with Asker().tcp() as one:
        one.sendall(framed("web.internal")[1])
        answer = read_answer(one)
    return not stream.lost and not stream.wrong and answer.answer and "FDSTORE" not in daemon.told


@test
def without_a_registry_it_says_so(daemon):
    daemon.stop()
    os.rename(daemon.store, daemon.store + ".away")
    with open(daemon.store, "w", encoding="ascii"):
        pass
    begun = daemon.start()
    answer = Asker().udp("web.internal")
    os.unlink(daemon.store)
    os.rename(daemon.store + ".away", daemon.store)
    mended = wait_for(lambda: Asker().addresses("web.internal") == WEB)
    return begun and answer.rcode() == dns.rcode.SERVFAIL and extended_error(answer) == [14] and mended


@test
def it_ends_at_once_and_in_order(daemon):
    # with questions of both kinds on their way, which it does not wait for for long
    with Asker(2).tcp() as stream, Asker(2).socket(socket.SOCK_DGRAM) as one:
        for i in range(20):
            stream.sendall(framed(f"slow-end{i}.example.net", "A")[1])
            one.send(dns.message.make_query(f"slow-end{i}.example.net", "A", use_edns=0).to_wire())
        wait_for(lambda: daemon.metric("upstream_outstanding") >= 40)
        return ends_in_order(daemon)


def ends_in_order(daemon):
    begin = time.monotonic()
    code = daemon.stop()
    took = time.monotonic() - begin
    reports = [line for line in daemon.said().splitlines() if "Sanitizer" in line or "runtime error" in line]
    return code == 0 and took < 15 and not reports and not os.path.exists(daemon.metrics_path)


@test
def it_refuses_what_it_does_not_understand(daemon):
    def run(*words):
        return subprocess.run([daemon.program, *words], capture_output=True, text=True, check=False)
    broken = os.path.join(daemon.work, "broken")
    with open(broken, "w", encoding="utf-8") as config:
        config.write("resolver-dnssec = perhaps\n")
    bad, usage, surplus = run("--config", broken), run("--nonsense"), run("word")
    shown, version = run("--help"), run("--version")
    return (bad.returncode == 1 and "line 1: resolver-dnssec is not auto, yes or no" in bad.stderr and
            usage.returncode == surplus.returncode == 2 and shown.returncode == version.returncode == 0 and
            shown.stdout.startswith("Usage: sixpn-resolver") and version.stdout.startswith("sixpn-resolver "))


def fill(daemon):
    daemon.put(f'{PREFIX}network/00000001 {{"schema":1,"network":1,"name":"acme"}}\n'
               f'{PREFIX}network/00000002 {{"schema":1,"network":2,"name":"beta"}}\n'
               f'{PREFIX}host/{HOST:08x} {{"schema":1,"host":{HOST},"name":"seven","region":"fra","endpoints":[],'
               '"public-key":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAUA=","port":51820,"gateway":true}\n' +
               machine_line(1, 5, "web-1", "web") + machine_line(1, 6, "web-2", "web") +
               machine_line(2, 5, "web-1", "web"))


def run_tests(program, unit, names):
    failures = 0
    os.environ.pop("SIXPN_CONFIG", None)
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o755)
        daemon = Daemon(program, unit, work)
        fill(daemon)
        daemon.start()
        chosen = [one for one in TESTS if not names or one.__name__ in names]
        for one in chosen:
            begin = time.monotonic()
            try:
                good = one(daemon)
            except (OSError, EOFError, ValueError, RuntimeError, IndexError, KeyError) as error:
                print(f"# {type(error).__name__}: {error}")
                good = False
            failures += not good
            print(f"{'ok' if good else 'not ok'} {one.__name__.replace('_', ' ')}"
                  f"{f' # SKIP {good}' if isinstance(good, str) else ''}"
                  f"{'' if time.monotonic() - begin < 3 else f' # {time.monotonic() - begin:.0f} s'}", flush=True)
        if daemon.process.poll() is None:
            daemon.process.kill()
        if failures:
            print("".join(f"# {line}\n" for line in daemon.said().splitlines()), end="")
    return failures


def enter_namespace():
    """Once: a network namespace of its own, with the askers' addresses."""
    if os.environ.get("SIXPN_RESOLVER_TEST") != "inside":
        os.environ["SIXPN_RESOLVER_TEST"] = "inside"
        os.environ["SIXPN_RESOLVER_ROOT"] = "yes" if os.geteuid() == 0 else ""
        how = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
        os.execvp("unshare", how + [sys.executable] + sys.argv)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for network, machine in ((1, 5), (1, 6), (2, 5)):
        subprocess.run(["ip", "addr", "add", address(network, machine) + "/128", "dev", "lo", "nodad"], check=True)


if __name__ == "__main__":
    enter_namespace()
    IS_ROOT = bool(os.environ["SIXPN_RESOLVER_ROOT"])
    UPSTREAM, OTHER = Upstream(5300), Upstream(5301)
    UPSTREAM.start()
    OTHER.start()
    SIXPN = os.path.abspath(sys.argv[3])
    sys.exit(1 if run_tests(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[4:]) else 0)
