#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Counters, to the byte.
#
#   namespace a                        namespace b
#   +------------------------+         +------------------------+
#   | mesh0 10.7.0.1 fd07::1 |  veth   | mesh0 10.7.0.2 fd07::2 |
#   |     u 10.9.0.1 fd09::1 +---------+     u 10.9.0.2 fd09::2 |
#   +------------------------+         +------------------------+
#
# Message sizes are those of the WireGuard paper: initiation 148, response 92, data 32 + the inner packet padded to 16 (but
# never beyond the MTU), keepalive 32.

. "$(dirname "$0")/lib.sh"
need wg gojq
have_kind "$subject" || skip_all "no $subject module"

# transfers: "a's rx a's tx b's rx b's tx"
transfers() {
	echo "$(show a transfer | cut -f 2,3)" "$(show b transfer | cut -f 2,3)" | tr '\t' ' '
}

settled() {
	[ "$(transfers)" = "$1" ]
}

# a starts; a's first packet after the response is data, so no keepalive is needed.
first_packets() {
	local data=$((32 + 96))	# an 84-byte packet, padded
	pair "$subject" "$1"
	same "before" "$(transfers)" "0 0 0 0"
	reach a b
	same "after one ping" "$(transfers)" "$((92 + data)) $((148 + data)) $((148 + data)) $((92 + data))"
}

# sent NS: messages of any kind
sent() {
	if [ "${kind_of[$1]}" = sixpn ]; then
		at "$1" sixpn --json show "${dev_of[$1]}" | gojq '.. | objects | select(has("tx_packets")).tx_packets'
	else
		echo 0
	fi
}

# Keepalives are bytes to the peer, and no packets of the device. Messages of every kind count with their peer.
keepalives() {
	pair "$subject" "$subject"
	conf a peer "${pub[b]}" persistent-keepalive 1000
	wait_until settled "92 $((148 + 32)) $((148 + 32)) 92"
	same "packets of the device" "$(link_stat a tx packets) $(link_stat b rx packets)" "0 0"
	[ "$subject" = sixpn ] || return 0
	same "messages" "$(sent a) $(sent b)" "2 1"
}

with_itself() { first_packets "$subject"; }
with_module() { first_packets wireguard; }

padded() {
	local inner=$1 size
	size=$(((inner + 15) / 16 * 16))
	[ "$size" -le 1420 ] || size=1420
	echo $((32 + size))
}

# exchanged BYTES PINGS: since the start both sent as many bytes as that, in one message per ping. On a slow machine 10 s pass
# between two pings, and whoever got the last answer sends a keepalive.
exchanged() {
	local a=0 b=0
	if [ "$start_a" != 0 ]; then
		a=$((($(sent a) - start_a - $2) * 32)) b=$((($(sent b) - start_b - $2) * 32))
	fi
	settled "$((rx + $1 + b)) $((tx + $1 + a)) $((tx + $1 + a)) $((rx + $1 + b))"
}

sizes() {
	local rx tx start_a start_b payload sum=0 pings=0
	pair "$subject" "$subject"
	reach a b
	read -r rx tx _ <<<"$(transfers)"
	start_a=$(sent a) start_b=$(sent b)
	for payload in 0 1 3 4 5 19 20 21 100 1371 1372 1387 1388 1391 1392; do
		at a ping -n -q -c 1 -W 20 -s "$payload" "${inner4[b]}"
		sum=$((sum + $(padded $((28 + payload))))) pings=$((pings + 1))
	done
	wait_until exchanged "$sum" "$pings"
	for payload in 0 7 8 9 1371 1372; do
		at b ping -n -q -c 1 -W 20 -s "$payload" "${inner6[a]}"
		sum=$((sum + $(padded $((48 + payload))))) pings=$((pings + 1))
	done
	wait_until exchanged "$sum" "$pings"
}

# The device's own statistics count inner packets and bytes.
link_counters() {
	local before after
	pair "$subject" "$subject"
	reach a b
	before="$(link_stat a tx packets) $(link_stat a tx bytes) $(link_stat a rx packets) $(link_stat a rx bytes)"
	at a ping -n -q -c 50 -i 0.01 -W 20 -s 72 "${inner4[b]}"
	after="$(link_stat a tx packets) $(link_stat a tx bytes) $(link_stat a rx packets) $(link_stat a rx bytes)"
	# shellcheck disable=SC2086 # two lists of four
	set -- $before $after
	same "tx packets" $(($5 - $1)) 50
	same "rx packets" $(($7 - $3)) 50
	# WireGuard counts what it puts on the wire in one direction or the other; both ends of a device must count alike
	same "tx and rx bytes" $(($6 - $2)) $(($8 - $4))
	between "bytes" $(($6 - $2)) $((50 * 100)) $((50 * (32 + 112)))
	same "errors" "$(link_stat a tx errors) $(link_stat a rx errors)" "0 0"
}

# A packet for which there is no peer is an error of transmission, and one from a wrong source an error of reception.
drops() {
	local before
	pair "$subject" "$subject"
	reach a b
	before=$(link_stat a tx errors)
	not at a ping -n -q -c 3 -i 0.05 -W 1 10.7.0.99
	same "no peer" $(($(link_stat a tx errors) - before)) 3
	# b answers as 10.7.0.77, which a does not allow it
	addr b "${dev_of[b]}" 10.7.0.77/24
	before=$(link_stat a rx errors)
	not at b ping -n -q -c 4 -i 0.05 -W 1 -I 10.7.0.77 "${inner4[a]}"
	same "wrong source" $(($(link_stat a rx errors) - before)) 4
}

dropped() { peer_field "$1" "$2" peer-drops; }

# What came from a peer or was for it, and was not passed on, counts for that peer and no other.
peer_drops() {
	[ "$subject" = sixpn ] || skip "sixpn's own counter"
	pair sixpn sixpn
	reach a b
	same "in the beginning" "$(dropped a b) $(dropped b a)" "0 0"
	# from it: a source that a does not allow it
	addr b mesh0 10.7.0.77/24
	not at b ping -n -q -c 4 -i 0.05 -W 1 -I 10.7.0.77 "${inner4[a]}"
	same "from a wrong source" "$(dropped a b)" 4
	# for it: it is not known where it is; then nobody answers there, and 128 packets wait
	key_new c
	conf a peer "${pub[c]}" allowed-ips "${inner4[c]}/32"
	not at a ping -n -q -c 3 -i 0.05 -W 1 "${inner4[c]}"
	same "without an endpoint" "$(dropped a c)" 3
	conf a peer "${pub[c]}" endpoint 10.9.0.99:9
	at a packets datagrams "${inner4[c]}" 9 130 100
	same "too many wait" "$(dropped a c)" 5
	same "the others" "$(dropped a b) $(dropped b a)" "4 0"
	same "in JSON" "$(at a sixpn --json show mesh0 | gojq -c '[.[0].peers[].drops] | sort')" "[4,5]"
	same "reasons" "$(at a sixpn show mesh0 drops | awk '$2 { printf "%s ", $0 }')" \
		$'spoofed-source\t4 no-endpoint\t3 no-session\t2 '
	# those that wait still, when the device goes down
	ipn a link set mesh0 down
	same "waiting" "$(dropped a c)" 133
}

# Big and many: bulk counters of both ends agree although packets are batched on the way.
bulk_agrees() {
	local received
	pair "$subject" "$subject"
	reach a b
	iperf_server b
	iperf a -c "${inner4[b]}" -n 3M
	# the client ends when it has sent all: what is still on the way then nobody takes
	received=$(gojq .end.sum_received.bytes "$tmp/iperf.a")
	iperf a -c "${inner6[b]}" -n 3M -R
	wait_until agree
	between "bytes" "$(tx_of a b)" "$received" 8000000
	between "bytes received" "$received" 500000 4000000
}

agree() {
	# shellcheck disable=SC2046 # four words
	set -- $(transfers)
	[ "$1" = "$4" ] && [ "$2" = "$3" ]
}

t with_itself "one handshake and one ping cost exactly 148, 92 and 2 x 128 bytes"
t with_module "the same with the in-tree module at the other end"
t keepalives "keepalives count with their peer only"
t sizes "every packet counts 32 bytes and its padding"
t link_counters "ip -s link counts inner packets and bytes"
t drops "packets without a peer or with a wrong source are counted as errors"
t peer_drops "drops count for the peer that the packets were from or for"
t bulk_agrees "after bulk traffic both ends have counted the same"
finish
