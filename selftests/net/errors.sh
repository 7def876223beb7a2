#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is told of packets that do not pass: to their senders, as often as is good for them, and to who traces.
#
#   m1 m2 m3 (network 1)  n1 (network 2)
#    |  |  |               |
#   +--+--+---------------+--+
#   | mesh0, host a          |
#   +------------------------+

. "$(dirname "$0")/lib.sh"
need ethtool
have_kind sixpn || skip_all "no sixpn module"
[ "$subject" = sixpn ] || skip_all "networks are sixpn's"

one_host() {
	ns_add a m1 m2 m3 n1
	end_add a sixpn
	ipn a link set mesh0 up
	mapfile -t addresses < <(conf a network 1 network 2 machine network 1 name m1 port eth6 netns "$scope-m1" \
		machine network 1 name m2 port eth6 netns "$scope-m2" machine network 1 name m3 port eth6 netns "$scope-m3" \
		machine network 2 name n1 port eth6 netns "$scope-n1")
}

limits() {
	one_host
	"${script[@]}" errors.py "$scope-a" "$scope-m1=${addresses[0]}" "$scope-m2=${addresses[1]}" "$scope-m3=${addresses[2]}"
}

# traced LINE: it is in the trace; what is before it in the file is not looked at
traced() {
	grep -qF -- "sixpn_drop: device=mesh0 $1" "$trace/trace" || { cat "$trace/trace"; fail "not traced: $1"; }
}

tracepoint() {
	local trace=$tmp/tracefs/instances/$scope on own=${addresses[0]:-}
	mkdir -p "$tmp/tracefs"
	mount -t tracefs none "$tmp/tracefs" || skip "no tracefs"
	one_host
	own=${addresses[0]}
	mkdir "$trace" || { umount "$tmp/tracefs"; skip "no instances of the trace"; }
	on=$trace/events/sixpn/sixpn_drop/enable
	at m1 ping -n -q -c 1 -W 20 "${addresses[3]}" || :
	echo 1 >"$on"
	ipn a addr add 10.77.0.1/24 dev mesh0
	{
		at m1 ping -n -q -c 1 -W 20 -s 100 "${addresses[3]}"
		at m1 ping -n -q -c 1 -W 20 -s 101 "${addresses[1]%:*:*:*}:dead:beef:2"
		at m2 ping -n -q -c 1 -W 20 -s 102 fdaa::3
		at a ping -n -q -c 1 -W 1 -s 103 10.77.0.2
		# one that passes
		at m1 ping -n -q -c 1 -W 20 -s 104 "${addresses[1]}"
		"${script[@]}" errors.py spoof "$scope-m1" "${addresses[1]}" "${addresses[2]}"
	} || :
	echo 0 >"$on"
	at m1 ping -n -q -c 1 -W 20 -s 105 "${addresses[3]}" || :
	cp "$trace/trace" "$tmp/trace"
	rmdir "$trace"
	umount "$tmp/tracefs"
	trace=$tmp
	traced "reason=foreign-network source=$own destination=${addresses[3]} len=148"
	traced "reason=no-machine source=$own destination=${addresses[1]%:*:*:*}:dead:beef:2 len=149"
	traced "reason=well-known source=${addresses[1]} destination=fdaa::3 len=150"
	traced "reason=no-peer source=::ffff:10.77.0.1 destination=::ffff:10.77.0.2 len=131"
	traced "reason=spoofed-source source=${addresses[1]} destination=${addresses[2]} len=56"
	same "traced" "$(grep -c sixpn_drop: "$tmp/trace")" 5
}

t limits "errors come at a bounded rate, and one machine's are not another's"
t tracepoint "the tracepoint tells why, from where and to where"
finish
