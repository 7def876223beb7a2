#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SELFTEST_LONG
# sixpn speaks WireGuard with itself, with the in-tree module and with wireguard-go.
#
#   namespace a                                namespace b
#   +------------------------------+           +------------------------------+
#   | sixpn        10.7.0.1/24     |           | other kind   10.7.0.2/24     |
#   | mesh0        fd07::1/64      |           |              fd07::2/64      |
#   |   \                          |   veth    |                          /   |
#   |    u  10.9.0.1  fd09::1  ----+-----------+----  10.9.0.2  fd09::2  u    |
#   +------------------------------+           +------------------------------+
#
# For every kind of b, outer family and preshared key: the side without an endpoint is the responder, so each test makes
# both sides initiator once.

. "$(dirname "$0")/lib.sh"
need wg gojq iperf3 wireguard-go

# handshake FROM TO FAMILY [PSKFILE]: FROM alone knows where TO is, so FROM starts
handshake() {
	local from=$1 to=$2 family=$3
	shift 3
	peer "$to" "$from" ${1:+preshared-key "$1"}
	peer "$from" "$to" endpoint "$(endpoint "$to" "$family")" ${1:+preshared-key "$1"}
	reach "$from" "$to" 4
	reach "$to" "$from" 6
	# the responder learned the endpoint from the handshake
	same "endpoint" "$(peer_field "$to" "$from" endpoints)" "$(endpoint "$from" "$family")"
}

# Four runs hold every pair of (initiator, outer family, psk).
handshakes() {
	ns_add a b
	cable a b
	end_add a "$subject"
	end_add b "$1"
	end_up a
	end_up b
	wg genpsk >"$tmp/psk"
	handshake a b 4
	handshake b a 6
	handshake a b 6 "$tmp/psk"
	handshake b a 4 "$tmp/psk"
	shook_hands a b
	shook_hands b a
}

# wrong_psk: with different preshared keys nothing may get through
wrong_psk() {
	pair "$subject" wireguard
	wg genpsk >"$tmp/psk"
	conf a peer "${pub[b]}" preshared-key "$tmp/psk"
	no_reach a b
	no_reach b a
	same "handshakes" "$(peer_field a b latest-handshakes)" 0
	same "handshakes" "$(peer_field b a latest-handshakes)" 0
	conf b peer "${pub[a]}" preshared-key "$tmp/psk"
	reach a b
}

# flows KIND FAMILY: bulk both ways, alone and at once. Lengths are in bytes, so that a slow machine only takes longer.
flows() {
	local bulk=2M few=400K
	[ "$1" != wireguard-go ] || bulk=1M
	if [ "${SIXPN_KERNEL:-}" = debug ]; then
		bulk=1M few=100K
	fi
	pair "$subject" "$1" "$2"
	reach a b
	iperf_server b
	iperf_server b 5202
	iperf a -c "${inner4[b]}" -n "$bulk"
	iperf a -c "${inner6[b]}" -n "$bulk" -R
	iperf a -c "${inner6[b]}" -u -b 4M -l 1200 -n "$few"
	iperf a -c "${inner4[b]}" -u -b 4M -l 1200 -n "$few" -R
	# not --bidir: that ends when one direction has all of its bytes, the other perhaps none
	iperf_server a
	iperf a -c "${inner4[b]}" -P 3 -n "$bulk" &
	local forth=$!
	iperf b -c "${inner6[a]}" -P 3 -n "$bulk" &
	local back=$!
	at a iperf3 -c "${inner6[b]}" -p 5202 -u -b 2M -l 1000 -n "$few" >/dev/null
	wait "$forth"
	wait "$back"
}

with_itself() { handshakes "$subject"; }
with_module() { handshakes wireguard; }
with_go() { handshakes wireguard-go; }
flows_itself() { flows "$subject" 6; }
flows_module4() { flows wireguard 4; }
flows_module6() { flows wireguard 6; }
flows_go() { flows wireguard-go 4; }

# Replies larger than a page and odd sizes: padding, and fragments inside.
odd_sizes() {
	local size
	pair "$subject" wireguard
	for size in 0 1 3 4 15 16 17 31 255 1000 1391 1392 1393 4000 9000 20000; do
		at a ping -n -q -c 1 -W 20 -s "$size" "${inner4[b]}"
		at b ping -n -q -c 1 -W 20 -s "$size" "${inner6[a]}"
	done
}

# Zeros for a preshared key are none: what was set before no longer counts, at the one end and at the other.
cleared_psk() {
	pair "$subject" "${1:-wireguard}"
	wg genpsk >"$tmp/psk"
	conf a peer "${pub[b]}" preshared-key "$tmp/psk"
	conf b peer "${pub[a]}" preshared-key "$tmp/psk"
	reach a b
	same "preshared key" "$(peer_field a b preshared-keys)" "$(cat "$tmp/psk")"
	conf a peer "${pub[b]}" preshared-key /dev/null
	same "preshared key" "$(peer_field a b preshared-keys)" "(none)"
	# the session goes with the device down
	ipn a link set "${dev_of[a]}" down
	ipn a link set "${dev_of[a]}" up
	no_reach a b
	conf b peer "${pub[a]}" preshared-key /dev/null
	wait_until at a ping -n -q -c 1 -W 5 "${inner4[b]}"
}

t with_itself "handshakes with $subject: both directions, psk, IPv4 and IPv6 outside and inside"
t with_module "handshakes with the in-tree module: both directions, psk, IPv4 and IPv6 outside and inside"
t with_go "handshakes with wireguard-go: both directions, psk, IPv4 and IPv6 outside and inside"
t wrong_psk "different preshared keys let nothing through, equal ones heal it"
t cleared_psk "a preshared key that is cleared is none"
t flows_itself "iperf3 with $subject: TCP and UDP both ways and in parallel"
t flows_module4 "iperf3 with the in-tree module over IPv4: TCP and UDP both ways and in parallel"
t flows_module6 "iperf3 with the in-tree module over IPv6: TCP and UDP both ways and in parallel"
t flows_go "iperf3 with wireguard-go: TCP and UDP both ways and in parallel"
t odd_sizes "packets of every awkward size, fragments included, with the in-tree module"
finish
