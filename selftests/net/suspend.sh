#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Before a suspend the session keys are wiped: what is sent afterwards starts with a new handshake.
#
#   namespace a                        namespace b
#   +------------------------+         +------------------------+
#   | mesh0 10.7.0.1         |  veth   | mesh0 10.7.0.2         |
#   |     u 10.9.0.1         +---------+     u 10.9.0.2         |
#   +------------------------+         +------------------------+

. "$(dirname "$0")/lib.sh"
need wg
[ -w /sys/power/state ] || skip_all "this kernel cannot suspend"
[ -w /sys/power/pm_test ] || skip_all "this kernel cannot rehearse a suspend (CONFIG_PM_DEBUG)"
have_kind "$subject" || skip_all "no $subject module"

wiped() {
	pair "$subject" "$subject"
	reach a b
	sniff b u "$tmp/wire"
	reach a b
	wait_until seen_at_least "$tmp/wire" 4 128 2
	same "handshakes before" "$(seen "$tmp/wire" 1 148)" 0
	# as far as the freezer and back, after 5 s
	echo freezer >/sys/power/pm_test
	echo freeze >/sys/power/state || fail "the rehearsal of a suspend failed"
	echo none >/sys/power/pm_test
	: >"$tmp/wire"
	reach a b
	wait_until seen_at_least "$tmp/wire" 4 128 2
	same "first packet" "$(awk 'NR == 1 { print $5 }' "$tmp/wire")" 1
	reach b a 6
}

t wiped "a suspend wipes the session keys, and the tunnel recovers"
finish
