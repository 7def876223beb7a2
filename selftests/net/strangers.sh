#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Handshakes of keys that are no peers: how long they wait, and what a flood of them may not do. How many may wait is for the
# self-test of kernel/parked.c, which need not make a thousand of them.
#
#   namespace a                        namespace b
#   +------------------------+         +-----------------------+
#   | mesh0                  |  veth   | strangers.py,         |
#   |     u 10.9.0.1 fd09::1 +---------+ u 10.9.0.2 fd09::2    |
#   +------------------------+         +-----------------------+

. "$(dirname "$0")/lib.sh"
have_kind sixpn || skip_all "no sixpn module"
[ "$subject" = sixpn ] || skip_all "WireGuard knows no strangers"

strangers() {
	ns_add a b
	cable a b
	end_add a sixpn
	end_up a
	at b "${script[@]}" strangers.py "$1" "$scope-a" "${pub[a]}" "${outer4[a]}" 51820
}

in_time() { strangers in_time; }
too_late() { strangers too_late; }
many() { strangers many; }
under_load() { strangers cookies; }

t in_time "of a stranger's handshakes the last one is answered, once it is a peer"
t too_late "after 5 s a stranger is forgotten, and news again"
t many "of strangers in one go 200 a second are looked at"
t under_load "under load a stranger is told of only with a cookie"
finish
