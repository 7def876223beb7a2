#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: -i
# SELFTEST_TIMEOUT=4000
# The protocol's timers (WireGuard paper, section 6), in a VM whose clock jumps ahead whenever nothing is to be done.
#
#   namespace a                        namespace b
#   +------------------------+         +------------------------+
#   | mesh0 10.7.0.1         |  veth   | wg0   10.7.0.2         |
#   |     u 10.9.0.1         +---------+     u 10.9.0.2, sniffed|
#   +------------------------+         +------------------------+
#
# Waiting is what is tested here, so these tests sleep: it costs virtual seconds only.

. "$(dirname "$0")/lib.sh"
[ "$(nproc)" = 1 ] || skip_all "needs a clock that jumps: selftests/vm/run -i"
need wg
have_kind "$subject" || skip_all "no $subject module"

# times TYPE LENGTH SOURCE: when such packets were seen, in ms
times() {
	awk -v t="$1" -v l="$2" -v s="$3" '$5 == t && $6 == l && $1 == s { printf "%d\n", $9 * 1000 }' "$tmp/wire"
}

# one TIMES-LIST N: its N-th
nth() {
	sed -n "${1}p"
}

start() {
	pair "$1" "$2"
	sniff b u "$tmp/wire"
}

# one_way FROM TO: a datagram that is not answered
one_way() {
	at "$1" "$python" "$here/packets.py" datagrams "${inner4[$2]}" 9 1 100
}

# A receiver that has nothing to say says so after 10 s, once.
keepalive() {
	local data
	start wireguard "$subject"
	bg at b "$python" "$here/packets.py" sink 9
	wait_until sinking
	reach a b
	sleep 15
	: >"$tmp/wire"
	one_way a b
	sleep 30
	data=$(times 4 160 10.9.0.1 | nth 1)
	same "keepalives" "$(times 4 32 10.9.0.2 | wc -l)" 1
	between "ms from data to keepalive" $(($(times 4 32 10.9.0.2) - data)) 9900 10600
}

sinking() {
	at b ss -Hlun 'sport = :9' | grep -q .
}

# The initiator replaces a session that is 120 s old when it sends, the responder does not; no packet is lost by it.
rekey() {
	local first second
	start "$1" "$2"
	at a ping -n -i 1 -c 130 -W 20 -q "${inner4[b]}" | grep ' 0% packet loss'
	same "initiations" "$(times 1 148 10.9.0.1 | wc -l)" 2
	same "initiations of the responder" "$(times 1 148 10.9.0.2 | wc -l)" 0
	first=$(times 1 148 10.9.0.1 | nth 1)
	second=$(times 1 148 10.9.0.1 | nth 2)
	between "ms between handshakes" $((second - first)) 119500 122500
}

rekey_subject() { rekey "$subject" wireguard; }
rekey_stock() { rekey wireguard "$subject"; }

# A session older than 180 s is not used: what comes then starts with a handshake, of either end.
reject() {
	start "$subject" wireguard
	reach a b
	sleep 200
	: >"$tmp/wire"
	reach "$1" "$2"
	same "first packet" "$(awk 'NR == 1 { print $5 }' "$tmp/wire")" 1
}

reject_initiator() { reject a b; }
reject_responder() { reject b a; }

# No answer to a handshake: one every 5 s and a third of a second at most, for 90 s; then silence until there is a packet.
retries() {
	local all last=0 now
	start "$subject" wireguard
	ipn b link set wg0 down
	one_way a b
	sleep 150
	all=$(times 1 148 10.9.0.1)
	between "initiations" "$(wc -l <<<"$all")" 18 21
	for now in $all; do
		[ "$last" = 0 ] || between "ms between two" $((now - last)) 4950 5450
		last=$now
	done
	[ "$(awk 'NR > 1 { print $1 - last } { last = $1 }' <<<"$all" | sort -u | wc -l)" -gt 1 ] || fail "no jitter"
	one_way a b
	sleep 2
	same "initiations after a new packet" "$(times 1 148 10.9.0.1 | wc -l)" $(($(wc -l <<<"$all") + 1))
}

# Data that is answered by nothing at all: after 15 s a new handshake.
no_answer() {
	local data
	start "$subject" wireguard
	reach a b
	sleep 12
	ipn b link set wg0 down
	: >"$tmp/wire"
	one_way a b
	sleep 18
	data=$(times 4 160 10.9.0.1 | nth 1)
	between "ms from data to initiation" $(($(times 1 148 10.9.0.1 | nth 1) - data)) 14900 15700
}

persistent() {
	start "$subject" wireguard
	reach a b
	conf a peer "${pub[b]}" persistent-keepalive 25
	sleep 3
	: >"$tmp/wire"
	sleep 100
	between "keepalives in 100 s" "$(times 4 32 10.9.0.1 | wc -l)" 3 5
}

# A session nobody renewed is forgotten after 540 s. What shows: data with its receiver index is not even looked up.
forgotten() {
	local before
	start wireguard "$subject"
	reach a b
	sleep 700
	before=$(show b transfer)
	at a "$python" "$here/packets.py" resend "$tmp/wire" 4
	same "transfer" "$(show b transfer)" "$before"
	reach b a
}

t keepalive "a keepalive 10 s after data that was not answered"
t rekey_subject "$subject renews its session after 120 s"
t rekey_stock "$subject takes up the stock initiator's new session after 120 s and starts none"
t reject_initiator "no data after 180 s, but a handshake: initiator"
t reject_responder "no data after 180 s, but a handshake: responder"
t retries "handshakes are repeated every 5 s with jitter, for 90 s"
t no_answer "no answer for 15 s: a new handshake"
t persistent "persistent keepalive every 25 s"
t forgotten "a session 700 s old is good for nothing"
finish
