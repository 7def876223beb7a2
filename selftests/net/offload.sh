#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Large packets handed over in one piece (TSO, USO), with each offload on and off: what arrives is what was sent.
#
#   namespace a                        namespace b
#   +------------------------+         +------------------------+
#   | mesh0 10.7.0.1 fd07::1 |  veth   | wg0   10.7.0.2 fd07::2 |
#   |     u 10.9.0.1 fd09::1 +---------+     u 10.9.0.2 fd09::2 |
#   +------------------------+         +------------------------+

. "$(dirname "$0")/lib.sh"
need wg ethtool
have_kind "$subject" || skip_all "no $subject module"

features() {
	local name
	ns_add a
	ipn a link add mesh0 type "$subject"
	at a ethtool -k mesh0 >"$tmp/features"
	for name in tx-scatter-gather tx-checksum-ip-generic tx-tcp-segmentation tx-tcp6-segmentation; do
		grep -E "^\s*$name: on" "$tmp/features"
	done
	# USO is a feature of a device since Linux 6.2 only
	if grep -q tx-udp-segmentation: "$tmp/features"; then
		grep -E '^\s*tx-udp-segmentation: on' "$tmp/features"
	fi
}

# transfer FROM TO ADDRESS BYTES: one TCP stream; the receiver's digest is the sender's
transfer() {
	local sent receiver
	bg at "$2" "${script[@]}" packets.py receive 7000 "$4" >"$tmp/received"
	receiver=$!
	wait_until listening "$2" 7000
	sent=$(at "$1" "${script[@]}" packets.py stream "$3" 7000 "$4")
	# the next one needs the port
	wait "$receiver"
	same "digest" "$(cat "$tmp/received")" "$sent"
}

stream_in_pieces() {
	pair "$subject" "$1"
	reach a b
	transfer a b "${inner4[b]}" 2000000
	transfer a b "${inner6[b]}" 2000000
	transfer b a "${inner6[a]}" 2000000
}

with_itself() { stream_in_pieces "$subject"; }
with_module() { stream_in_pieces wireguard; }

# udp_bound NS: the receiver waits
udp_bound() {
	at "$1" ss -Hlun 'sport = :7000' | grep -q .
}

# Forty datagrams in one send. To a peer in user space, where the kernel takes no tunnel's word for checksums.
uso() {
	local sent to receiver
	have_kind wireguard-go || skip "no wireguard-go"
	pair "$subject" wireguard-go
	# it may still be on its way up
	wait_until at a ping -n -q -c 1 -W 5 "${inner4[b]}"
	for to in "${inner4[b]}" "${inner6[b]}"; do
		bg at b "${script[@]}" packets.py receive 7000 40000 >"$tmp/received"
		receiver=$!
		wait_until udp_bound b
		sent=$(at a "${script[@]}" packets.py segments "$to" 7000 40 1000)
		wait "$receiver"
		same "digest over $to" "$(cat "$tmp/received")" "$sent"
	done
}

# Offloads of the tunnel, then of the underlay, switched off one after the other until none is left.
switched_off() {
	local feature
	pair "$subject" wireguard
	reach a b
	for feature in tso sg; do
		at a ethtool -K "${dev_of[a]}" "$feature" off >/dev/null
		transfer a b "${inner4[b]}" 300000
	done
	at a ethtool -K "${dev_of[a]}" sg on tx on gso on tso on >/dev/null
	for feature in tx-udp-segmentation tx; do
		at a ethtool -K u "$feature" off >/dev/null
		transfer a b "${inner4[b]}" 300000
	done
	at a ethtool -K u sg off gso off gro off >/dev/null
	transfer b a "${inner6[a]}" 300000
}

# Bytes are padded and counted per packet on the wire, whatever was handed over in one piece.
counted_per_packet() {
	local before packets
	pair "$subject" "$subject"
	reach a b
	before=$(link_stat b rx packets)
	transfer a b "${inner4[b]}" 1380000
	packets=$(($(link_stat b rx packets) - before))
	# 1,368 bytes of payload fit in a packet with time stamps
	between "packets" "$packets" 1009 1400
}

# A packet to be cut into pieces too long for any outer packet, as a virtual machine's tap can hand it over, is an error.
# Pieces that fit, if only in outer fragments, arrive.
too_long_pieces() {
	local errors sent
	[ "$subject" = sixpn ] || skip "about what the in-tree module does not refuse"
	pair "$subject" wireguard
	ipn b link set "${dev_of[b]}" mtu 65000
	reach a b
	errors=$(link_stat a tx errors)
	sent=$(link_stat a tx packets)
	at a "${script[@]}" packets.py pieces "${dev_of[a]}" "${inner4[a]}" "${inner4[b]}" 65495 65450
	same "errors" $(($(link_stat a tx errors) - errors)) 1
	same "sent" $(($(link_stat a tx packets) - sent)) 0
	at a "${script[@]}" packets.py pieces "${dev_of[a]}" "${inner4[a]}" "${inner4[b]}" 60000 30000
	same "errors" $(($(link_stat a tx errors) - errors)) 1
	same "sent" $(($(link_stat a tx packets) - sent)) 2
	reach a b
}

t features "the device offers checksums, scatter-gather, TSO and USO"
t with_itself "2 MB streams arrive as sent, with $subject"
t with_module "2 MB streams arrive as sent, with the in-tree module"
t uso "forty datagrams in one send arrive as sent"
t switched_off "the same with each offload switched off"
t too_long_pieces "a packet cut into pieces too long for any outer packet is refused"
t counted_per_packet "counters count packets, not pieces"
finish
