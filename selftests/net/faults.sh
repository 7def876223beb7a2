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
slab=/sys/kernel/debug/failslab
if [ ! -e /proc/self/fail-nth ] || [ ! -d $slab ]; then
	skip_all "this kernel has no fault injection"
fi
[ "$subject" = sixpn ] || skip_all "about sixpn's own netlink family"
need wg
have_kind sixpn || skip_all "no sixpn module"

# also allocations that may wait, which by default are spared
echo N >$slab/ignore-gfp-wait
echo 0 >$slab/verbose

requests() {
	ns_add a
	end_add a sixpn
	ipn a link set mesh0 up
	at a "$python" "$here/faults.py" mesh0
}

# faulty PERCENT: that share of the allocations of the commands below fail, in every process and interrupt
faulty() {
	echo -1 >"$slab"/times
	echo 1 >"$slab"/interval
	echo "$1" >"$slab"/probability
}

# Devices made, brought up and deleted while one allocation in ten fails.
devices() {
	ns_add a
	for _ in {1..25}; do
		faulty 10
		ipn a link add mesh0 type sixpn
		ipn a link set mesh0 up
		ipn a link del mesh0
		faulty 0
		ipn a link del mesh0
	done >/dev/null 2>&1 || true
	faulty 0
	ipn a link del mesh0 2>/dev/null || true
	ipn a link add mesh0 type sixpn
	ipn a link set mesh0 up
}

# Traffic and handshakes while one allocation in twenty fails; then everything works.
packets() {
	pair sixpn sixpn
	reach a b
	traffic a b
	traffic b a
	faulty 5
	sleep 3
	faulty 0
	for _ in 1 2 3; do
		peer a b endpoint "$(endpoint b 4)"
		faulty 5
		sleep 1
		faulty 0
	done
	wait_until at a ping -n -q -c 1 -W 5 "${inner4[b]}"
	reach b a 6
}

t requests "each allocation of a request fails once: nothing is half done"
t devices "devices come and go while allocations fail"
t packets "packets and handshakes while allocations fail"
finish
