#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Packet sizes: every MTU from 0 to the maximum, and underlays smaller than the tunnel thinks.
#
#   namespace a             namespace r (router)          namespace b
#   +---------+             +------------------+          +---------+
#   | mesh0 u +-------------+ x              y +----------+ u mesh0 |
#   +---------+  MTU 1500   +------------------+ MTU 1300 +---------+
#   (r only in the tests of the path MTU; elsewhere a and b share a cable)

. "$(dirname "$0")/lib.sh"
need wg gojq
have_kind "$subject" || skip_all "no $subject module"

max_mtu() {
	ipn a -d -j link show "${dev_of[a]}" | gojq '.[0].max_mtu // 0'
}

set_mtu() {
	ipn a link set "${dev_of[a]}" mtu "$1"
	ipn b link set "${dev_of[b]}" mtu "$1"
}

# whole MTU SIZE: an unfragmented IPv4 packet of SIZE bytes gets there and back
whole() {
	at a ping -n -q -c 1 -W 20 -M "do" -s $(($1 - 28)) "${inner4[b]}"
}

# The sizes around each limit; then larger ones, which the sender has to fragment.
steps() {
	local mtu size
	pair "$subject" "$subject"
	ipn a link set u mtu 9200
	ipn b link set u mtu 9200
	reach a b
	for mtu in 68 69 576 1279 1280 1420 1500 9000; do
		set_mtu "$mtu"
		whole "$mtu"
		whole $((mtu - 1))
		if [ "$mtu" -ge 576 ]; then
			cmd_fail "too long" at a ping -n -c 1 -W 5 -M "do" -s $((mtu - 27)) "${inner4[b]}"
		fi
		at a ping -n -q -c 1 -W 20 -s $((mtu - 27)) "${inner4[b]}"
	done
	# the kernel takes IPv6 away below 1280 and the addresses with it
	set_mtu 1280
	addr a "${dev_of[a]}" "${inner6[a]}/64"
	addr b "${dev_of[b]}" "${inner6[b]}/64"
	for mtu in 1280 1281 9000; do
		set_mtu "$mtu"
		for size in $((mtu - 48)) $((mtu - 49)); do
			at a ping -n -q -c 1 -W 20 -M "do" -s "$size" "${inner6[b]}"
		done
	done
}

# An MTU that lets nothing through must not harm anything either. Packets that wait for a handshake meet it on their way
# out (padding divides by it), and so does a stream of them.
tiny() {
	local mtu
	pair "$subject" "$subject"
	ipn b link set "${dev_of[b]}" down
	for mtu in 0 1 67; do
		traffic a b
		wait_until sent_something
		ipn a link set "${dev_of[a]}" mtu "$mtu"
		ipn b link set "${dev_of[b]}" up
		wait_until shook_hands a b
		kill "$traffic_pid" || true	# it may have ended when its address went
		# the kernel has taken the addresses away
		ipn a link set "${dev_of[a]}" mtu 1420
		ipn a addr replace "${inner4[a]}/24" dev "${dev_of[a]}"
		reach a b
		ipn b link set "${dev_of[b]}" down
		peer a b endpoint "$(endpoint b 4)"
	done
}

# an initiation has left, with packets behind it
sent_something() {
	[ "$(tx_of a b)" -ge 148 ]
}

# At the largest MTU the device takes, packets up to what IP can carry get through in outer fragments, if they may be
# fragmented; else their sender is told what the path takes: 1500 less 60 bytes of headers.
largest() {
	local max
	pair "$subject" "$subject"
	reach a b
	max=$(max_mtu)
	between "maximum MTU" "$max" 65400 2147483647
	# the largest multiple of 16 that leaves room in an IP packet for IPv6 and UDP headers and the 32 bytes of a message
	[ "$subject" = wireguard ] || same "maximum MTU" "$max" $(((65535 - 80) / 16 * 16))
	cmd_fail "Invalid argument|greater than|too large" ipn a link set "${dev_of[a]}" mtu $((max + 1))
	set_mtu "$max"
	for size in 1400 1500 9000 30000 $([ "$subject" = wireguard ] || echo 60000 $((max - 28))); do
		at a ping -n -q -c 1 -W 20 -M dont -s "$size" "${inner4[b]}"
	done
	[ "$subject" = wireguard ] || cmd_fail "mtu ?= ?1440" at a ping -n -c 1 -W 5 -M "do" -s 9000 "${inner4[b]}"
}

# routed OUTER-FAMILY: a and b with a router between them that has a smaller link
routed() {
	ns_add a r b
	veth a r u x
	veth r b y u
	addr a u 10.9.1.1/24 fd09:1::1/64
	addr r x 10.9.1.9/24 fd09:1::9/64
	addr r y 10.9.2.9/24 fd09:2::9/64
	addr b u 10.9.2.2/24 fd09:2::2/64
	ipn a route add default via 10.9.1.9
	ipn a route add default via fd09:1::9
	ipn b route add default via 10.9.2.9
	ipn b route add default via fd09:2::9
	at r sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ipn r link set y mtu 1300
	ipn b link set u mtu 1300
	end_add a "$subject"
	end_add b wireguard
	end_up a
	end_up b
	peer b a
	case $1 in
	4) peer a b endpoint 10.9.2.2:51820 ;;
	6) peer a b endpoint "[fd09:2::2]:51820" ;;
	esac
	reach a b
}

# told SIZE FAMILY: the MTU that a sender of packets too large was told, or nothing if they got through
told() {
	at a ping -n -c 4 -i 0.3 -W 2 -M "do" -s "$1" "$2" 2>&1 | sed -n 's/.*mtu[ =:]*\([0-9]*\).*/\1/p' | tail -n 1
}

# Never a black hole: a full-sized packet gets through in outer fragments, or its sender is told a size that does.
no_black_hole() {
	local mtu
	routed "$1"
	mtu=$(told 1392 "${inner4[b]}")
	echo "told over IPv$1: ${mtu:-nothing}"
	if [ -n "$mtu" ]; then
		between "MTU" "$mtu" 1200 $((1300 - ($1 == 4 ? 60 : 80)))
		whole "$mtu"
	else
		whole 1420
	fi
	mtu=$(told 1372 "${inner6[b]}")
	if [ -n "$mtu" ]; then
		between "MTU" "$mtu" 1200 1280
	fi
	at a ping -n -q -c 1 -W 20 -s 3000 "${inner4[b]}"
	at a ping -n -q -c 1 -W 20 -s 3000 "${inner6[b]}"
	iperf_server b
	iperf a -c "${inner4[b]}" -n 1M
	iperf a -c "${inner6[b]}" -n 1M -R
}

no_black_hole4() { no_black_hole 4; }
no_black_hole6() { no_black_hole 6; }

# A sender behind a, on a larger link, is told what the underlay carries (1500 less 60 bytes of headers) where the device would
# take more, and else the MTU of the device.
#   c 10.20.0.3 ---- 10.20.0.1 a mesh0 ==== mesh0 b
forwarded() {
	pair "$subject" "$subject"
	ns_add c
	veth a c v u
	ipn a link set v mtu 9000
	ipn c link set u mtu 9000
	addr a v 10.20.0.1/24 fd20::1/64
	addr c u 10.20.0.3/24 fd20::3/64
	ipn c route add default via 10.20.0.1
	ipn c route add default via fd20::1
	ipn b route add 10.20.0.0/24 dev "${dev_of[b]}"
	ipn b route add fd20::/64 dev "${dev_of[b]}"
	conf b peer "${pub[a]}" allowed-ips "${inner4[a]}/32,${inner6[a]}/128,10.20.0.0/24,fd20::/64"
	at a sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	set_mtu 9000
	reach a b
	cmd_fail "From 10.20.0.1 .*mtu = 1440" at c ping -n -c 1 -W 10 -M "do" -s 3000 "${inner4[b]}"
	cmd_fail "From fd20::1 .*mtu=1440" at c ping -n -c 1 -W 10 -M "do" -s 3000 "${inner6[b]}"
	set_mtu 1380
	at c ping -n -q -c 1 -W 20 -M "do" -s 1352 "${inner4[b]}"
	cmd_fail "From 10.20.0.1 .*mtu = 1380" at c ping -n -c 1 -W 10 -M "do" -s 1353 "${inner4[b]}"
	at c ping -n -q -c 1 -W 20 -M "do" -s 1332 "${inner6[b]}"
	cmd_fail "From fd20::1 .*mtu=1380" at c ping -n -c 1 -W 10 -M "do" -s 1333 "${inner6[b]}"
}

t steps "sizes around MTU 68, 69, 576, 1279, 1280, 1281, 1420, 1500 and 9000"
t tiny "an MTU of 0, 1 or 67 harms nothing"
t largest "the largest MTU carries packets of 60,000 bytes in outer fragments"
t no_black_hole4 "a smaller IPv4 path is no black hole"
t no_black_hole6 "a smaller IPv6 path is no black hole"
t forwarded "a sender behind the device is told its MTU"
finish
