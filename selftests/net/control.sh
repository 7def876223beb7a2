#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Networks, host ids, machine ids, exception routes, strangers and idle peers: what may be asked, what is refused, what is told.
#
#   namespace a                        namespace b
#   +------------------------+         +------------------------+
#   | mesh0, by control.py   |  veth   | wg0   10.7.0.2 fd07::2 |
#   |     u 10.9.0.1 fd09::1 +---------+     u 10.9.0.2 fd09::2 |
#   +------------------------+         +------------------------+

. "$(dirname "$0")/lib.sh"
[ "$subject" = sixpn ] || skip_all "about sixpn's own objects"
need wg
have_kind sixpn || skip_all "no sixpn module"

# group NAME [ARG...]: those of control.py, on a device with a key
group() {
	ns_add a
	end_add a sixpn
	at a "${script[@]}" control.py "$1" mesh0 "${@:2}"
}

networks() { group networks; }
host_ids() { group host_ids; }
machines() { group machines; }
attachments() { group attachments; }
routes() { group routes; }
events() { group events; }

# b knows a, a does not know b
apart() {
	ns_add a b
	cable a b
	end_add a sixpn
	end_add b wireguard
	end_up a
	end_up b
	peer b a endpoint "$(endpoint a 4)"
}

# One ping makes b try; a's operator lets it in, and the ping that waited at b gets its answer: in one round trip, or b would
# have had to try again, which it does after 5 s.
stranger() {
	apart
	bg at a "${script[@]}" control.py stranger mesh0 "${pub[b]}" >"$tmp/stranger" 2>&1
	local control=$!
	wait_until grep -q ready "$tmp/stranger"
	bg at b ping -n -q -c 1 -W 30 "${inner4[a]}" >/dev/null
	local ping=$!
	wait "$control" || { cat "$tmp/stranger"; false; }
	cat "$tmp/stranger"
	wait "$ping"
	same "tries of b" "$(peer_field b a latest-handshakes | grep -c '^[1-9]')" 1
}

# A stranger that is not let in hears nothing, and is told about again when what was kept of it is forgotten.
unwanted() {
	apart
	sniff b u "$tmp/wire"
	not at b ping -n -q -c 1 -W 12 "${inner4[a]}"
	[ "$(seen "$tmp/wire" 1 148)" -ge 2 ]
	same "answers" "$(seen "$tmp/wire" 2 92)" 0
	# as a peer it is answered at its next try
	peer a b
	wait_until reach b a
}

expiry() {
	apart
	peer a b
	reach b a
	traffic b a
	bg at a "${script[@]}" control.py expiry mesh0 "${pub[b]}" >"$tmp/expiry" 2>&1
	local control=$!
	wait_until grep -q stop "$tmp/expiry"
	kill "$traffic_pid"
	conf b peer "${pub[a]}" remove
	wait "$control" || { cat "$tmp/expiry"; false; }
	cat "$tmp/expiry"
}

t networks "networks: made, read, removed with what hangs on them"
t host_ids "host ids: derived or set, never two, handed on in one request"
t machines "machine ids: by name, number or address, in quarantine, by 16 at once"
t attachments "attachments of machines, refused and accepted"
t routes "exception routes: in a network, to a host, and gone with either"
t events "all of it is told"
t stranger "a stranger that is let in is answered at once"
t unwanted "a stranger that is not hears nothing"
t expiry "an idle peer goes, with its machines"
finish
