#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Allocations that fail: errors, not crashes, not leaks, and no half-done change. Needs a kernel with fault injection.
#
#   namespace a                        namespace b
#   +------------------------+         +------------------------+
#   | mesh0 10.7.0.1         |  veth   | mesh0 10.7.0.2         |
#   |     u 10.9.0.1         +---------+     u 10.9.0.2         |
#   +------------------------+         +------------------------+

. "$(dirname "$0")/lib.sh"
if [ ! -e /proc/self/fail-nth ] || [ ! -d /sys/kernel/debug/failslab ]; then
	skip_all "this kernel has no fault injection"
fi
[ "$subject" = sixpn ] || skip_all "about sixpn's own netlink family"
need wg
have_kind sixpn || skip_all "no sixpn module"

# also allocations that may wait, which by default are spared
for kind in failslab fail_page_alloc; do
	echo N >/sys/kernel/debug/$kind/ignore-gfp-wait
	echo 0 >/sys/kernel/debug/$kind/verbose
done

requests() {
	ns_add a
	end_add a sixpn
	ipn a link set mesh0 up
	at a "${script[@]}" faults.py requests mesh0
}

devices() {
	ns_add a
	end_add a sixpn
	at a "${script[@]}" faults.py devices mesh0
}

# With a session, without one (a handshake is started and the packets wait), and with one again.
packets() {
	pair sixpn sixpn
	reach a b
	at a "${script[@]}" faults.py packets mesh0 "${inner4[b]}"
	ipn b link set mesh0 down
	peer a b endpoint "$(endpoint b 4)"
	at a "${script[@]}" faults.py packets mesh0 "${inner4[b]}"
	ipn b link set mesh0 up
	wait_until at a ping -n -q -c 1 -W 5 "${inner4[b]}"
	at a "${script[@]}" faults.py packets mesh0 "${inner4[b]}"
	reach a b
}

t requests "each allocation of a request fails once: nothing is half done"
t devices "each allocation for a device fails once: no device, or a whole one"
t packets "each allocation for a packet fails once: the tunnel survives"
finish
