#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A VM: a machine bound to a tap with no kernel at its other end, only a program that speaks Ethernet, or does not.
#
#        tap.py         m1 (port)
#          | frames      |
#        tap0            |
#   +------+-------------+--+
#   | mesh0, host a         |     in network 1
#   +-----------------------+

. "$(dirname "$0")/lib.sh"
need ethtool
have_kind sixpn || skip_all "no sixpn module"
[ "$subject" = sixpn ] || skip_all "networks are sixpn's"
[ -e /dev/net/tun ] || modprobe -q tun || skip_all "no taps on this kernel"

# vm TEST: tap.py has both ends, the frames of the tap and the packets of m1
vm() {
	ns_add a m1
	end_add a sixpn
	ipn a <<-END
		link set mesh0 up
		tuntap add dev tap0 mode tap
		link set tap0 mtu 1420 up
	END
	mapfile -t addresses < <(conf a network 1 machine network 1 name vm bind tap0 \
		machine network 1 name m1 port eth6 netns "$scope-m1")
	at a "${script[@]}" tap.py "$1" "$scope-a" tap0 "${addresses[0]}" "$scope-m1" eth6 "${addresses[1]}"
}

answers() { vm answers; }
silent() { vm silent; }
speaks_first() { vm speaks_first; }
gateways() { vm gateways; }
frames() { vm frames; }

# With packets kept for it, the machine, the tap and the device go; the debug kernel looks for what is left.
removed() {
	vm unheard
	conf a machine network 1 name vm remove
	conf a machine network 1 name vm bind tap0 >/dev/null
	at a "${script[@]}" tap.py unheard "$scope-a" tap0 "${addresses[0]}" "$scope-m1" eth6 "${addresses[1]}"
	ipn a link del tap0
	at a sixpn show mesh0 machines | grep -q "${addresses[0]}.*detached"
	ipn a tuntap add dev tap1 mode tap
	ipn a link set tap1 up
	conf a machine network 1 name vm bind tap1 >/dev/null
	at a "${script[@]}" tap.py unheard "$scope-a" tap1 "${addresses[0]}" "$scope-m1" eth6 "${addresses[1]}"
	ipn a link del mesh0
	ipn a link show tap1 >/dev/null
}

t answers "a VM that answers is asked for its address once, and gets what was kept"
t silent "for one that stays silent a few packets are kept, the others counted"
t speaks_first "one that speaks first is not asked, and may get another address"
t gateways "whatever gateway it asks for is the host"
t frames "of its frames only IPv6 packets count, without what fills them up"
t removed "machine, tap and device go with packets kept"
finish
