#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Everything that can go while packets fly: devices, namespaces, peers, the underlay, CPUs, the module.
#
#   namespace a                        namespace b                 namespace c
#   +------------------------+         +-----------------------+   +------------------+
#   | mesh0 10.7.0.1 fd07::1 |  veth   | mesh0 10.7.0.2        |   | a's mesh0 may    |
#   |     u 10.9.0.1 fd09::1 +---------+     u 10.9.0.2        |   | be moved to here |
#   +------------------------+         +-----------------------+   +------------------+

. "$(dirname "$0")/lib.sh"
need wg gojq
have_kind "$subject" || skip_all "no $subject module"
mesh=${usual_dev[$subject]}

# busy: small packets both ways
busy() {
	traffic a b
	traffic b a
}

# A moved device sends and receives in the namespace it was born in, which knows the way to b; c does not.
moved() {
	pair "$subject" "$subject"
	ns_add c
	reach a b
	traffic b a
	ipn a link set "$mesh" netns "$scope-c"
	not ipn a link show "$mesh"
	dev_of[c]=$mesh kind_of[c]=$subject
	addr c "$mesh" "${inner4[a]}/24" "${inner6[a]}/64"
	ipn c link set "$mesh" up
	at c ping -n -q -c 1 -W 20 "${inner4[b]}"
	at c ping -n -q -c 1 -W 20 "${inner6[b]}"
	reach b a
	not at c ping -n -q -c 1 -W 1 "${outer4[b]}"
	same "configured where it is" "$(show c peers)" "${pub[b]}"
	cmd_fail "No such device" at a "${tool_of[$subject]}" show "$mesh"
	# a new port is opened where the old one was
	conf c listen-port 51999
	at c ping -n -q -c 1 -W 20 "${inner4[b]}"
	same "endpoint" "$(peer_field b a endpoints)" "${outer4[a]}:51999"
	reach b a
}

# The namespace the socket lives in goes. The device stays, and its packets go nowhere, without harm.
birth_dies() {
	pair "$subject" "$subject"
	ns_add c
	reach a b
	ipn a link set "$mesh" netns "$scope-c"
	dev_of[c]=$mesh kind_of[c]=$subject
	addr c "$mesh" "${inner4[a]}/24"
	ipn c link set "$mesh" up
	at c ping -n -q -c 1 -W 20 "${inner4[b]}"
	bg at c ping -n -q -i 0.002 "${inner4[b]}" >/dev/null 2>&1
	traffic b a
	ip netns del "$scope-a"
	wait_until silent c b
	not at c ping -n -q -c 1 -W 1 "${inner4[b]}"
	# nor is there anywhere to open another socket
	not conf c listen-port 4444
	ipn c link set "$mesh" down
	not ipn c link set "$mesh" up
	same "peers" "$(show c peers)" "${pub[b]}"
	ipn c link del "$mesh"
}

silent() {
	not at "$1" ping -n -q -c 1 -W 1 "${inner4[$2]}"
}

deleted() {
	pair "$subject" "$subject"
	for _ in 1 2 3; do
		reach a b
		busy
		ipn a link del "$mesh"
		not ipn a link show "$mesh" 2>/dev/null
		ipn a link add "$mesh" type "$subject"
		conf a private-key "$tmp/a.key" listen-port 51820
		end_up a
		peer a b endpoint "$(endpoint b 4)"
	done
	reach a b
}

# The namespace of a busy device goes, with the device and its socket in it.
namespace_dies() {
	for _ in 1 2; do
		pair "$subject" "$subject"
		reach a b
		busy
		ip netns del "$scope-a"
		ip netns del "$scope-b"
		# shellcheck disable=SC2046 # a list
		kill $(cat "$tmp/pids") 2>/dev/null || true
	done
}

underlay_dies() {
	pair "$subject" "$subject"
	reach a b
	busy
	ipn a link del u
	no_reach a b
	cable a b
	wait_until at a ping -n -q -c 1 -W 5 "${inner4[b]}"
}

# Peers come and go under traffic, alone and all at once.
peers_removed() {
	pair "$subject" "$subject"
	reach a b
	busy
	for _ in {1..6}; do
		conf a peer "${pub[b]}" remove
		peer a b endpoint "$(endpoint b 4)"
		conf b peer "${pub[a]}" remove
		peer b a endpoint "$(endpoint a 4)"
	done
	wait_until at a ping -n -q -c 1 -W 5 "${inner4[b]}"
}

# Bulk traffic, batched on its way, while the same things happen.
bulk_and_removal() {
	pair "$subject" "$subject"
	reach a b
	iperf_server b
	bg at a iperf3 -c "${inner4[b]}" -t 3600 -b 10M -P 2 --bidir >/dev/null 2>&1
	for _ in {1..5}; do
		wait_until moving
		conf a peer "${pub[b]}" remove
		peer a b endpoint "$(endpoint b 4)"
		ipn a link set "$mesh" down
		ipn a link set "$mesh" up
	done
	wait_until moving
	ipn a link del "$mesh"
	ipn b link del "$mesh"
}

# moving: more bytes than a moment ago
moving() {
	local before
	before=$(rx_of a b)
	sleep 0.2
	[ "$(rx_of a b)" -gt "$before" ]
}

# A CPU goes offline and comes back: nothing may stay behind on it.
cpu_leaves() {
	[ -w /sys/devices/system/cpu/cpu1/online ] || skip "only one CPU, or none that can go offline"
	pair "$subject" wireguard
	reach a b
	busy
	echo 0 >/sys/devices/system/cpu/cpu1/online || skip "this kernel keeps its CPUs"
	reach a b
	reach b a 6
	echo 1 >/sys/devices/system/cpu/cpu1/online
	reach a b
	reach b a 6
}

# The module goes under traffic, taking its devices along, and comes back. Where the kernel refuses to unload it, nothing
# has changed.
unload() {
	[ -e "/sys/module/$subject/initstate" ] || skip "$subject is built in"
	pair "$subject" "$subject"
	reach a b
	busy
	if modprobe -r "$subject"; then
		not ipn a link show "$mesh" 2>/dev/null
		[ ! -e "/sys/module/$subject" ] || fail "still loaded"
		not at a "${tool_of[$subject]}" show "$mesh" 2>/dev/null
		modprobe "$subject"
		ipn a link add "$mesh" type "$subject"
		conf a private-key "$tmp/a.key" listen-port 51820
		end_up a
		ipn a link del "$mesh"
	else
		fail "the module cannot be unloaded while devices exist"
	fi
}

t moved "a device moved to another namespace keeps its socket where it was born"
t birth_dies "the death of the birth namespace leaves a harmless device"
t deleted "a device is deleted under traffic"
t namespace_dies "namespaces are deleted under traffic"
t underlay_dies "the underlay device is deleted under traffic"
t peers_removed "peers are removed and added under traffic"
t bulk_and_removal "peers and devices go under bulk traffic"
t cpu_leaves "a CPU goes offline and comes back under traffic"
t unload "the module is unloaded under traffic and loaded again"
finish
