#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What `sixpn monitor` tells: devices, peers, handshakes and moved endpoints, to those who live beside the device.
#
#   namespace a                        namespace b
#   +------------------------+         +------------------------+
#   | mesh0 10.7.0.1 fd07::1 |  veth   | wg0   10.7.0.2 fd07::2 |
#   |     u 10.9.0.1 fd09::1 +---------+     u 10.9.0.2 fd09::2 |
#   +------------------------+         +------------------------+

. "$(dirname "$0")/lib.sh"
[ "$subject" = sixpn ] || skip_all "about sixpn's own events"
need wg gojq
have_kind sixpn || skip_all "no sixpn module"

# watch NS WORD...: monitor in a namespace, into $tmp/events.NS; returns once it has told something
watch() {
	local ns=$1 n=0
	shift
	# what an earlier test was told must not count as a sign of life
	rm -f "$tmp/events.$ns"
	bg at "$ns" sixpn --json monitor "$@" >>"$tmp/events.$ns"
	# it listens when it tells of a device made for this
	until [ -s "$tmp/events.$ns" ]; do
		n=$((n + 1))
		ipn "$ns" link add "probe$n" type sixpn
		sleep 0.3
		ipn "$ns" link del "probe$n"
		[ "$n" -lt 100 ]
	done
}

# told NS FILTER: an event for which the filter is true
told() {
	gojq -se "map(select($2)) | length > 0" "$tmp/events.$1"
}

# untold NS FILTER: no such event. Not `not told`, which would take a broken filter for an answer.
untold() {
	same "events of $2" "$(gojq -se "map(select($2)) | length" "$tmp/events.$1")" 0
}

devices() {
	ns_add a
	watch a
	ipn a link add mesh0 type sixpn
	wait_until told a '.event == "device" and .name == "mesh0"'
	kind_of[a]=sixpn dev_of[a]=mesh0
	key_new a
	conf a private-key "$tmp/a.key" listen-port 4567 fwmark 3
	wait_until told a ".event == \"device\" and .listen_port == 4567 and .public_key == \"${pub[a]}\""
	ipn a link set mesh0 name mesh7
	wait_until told a '.event == "device" and .name == "mesh7"'
	ipn a link del mesh7
	wait_until told a '.event == "device-removed" and .name == "mesh7"'
}

peers() {
	ns_add a
	watch a
	end_add a sixpn
	key_new b
	wg genpsk >"$tmp/psk"
	conf a peer "${pub[b]}" allowed-ips 10.1.0.0/16 endpoint 192.0.2.7:77 persistent-keepalive 25 preshared-key "$tmp/psk"
	wait_until told a ".event == \"peer\" and .public_key == \"${pub[b]}\" and .endpoint == \"192.0.2.7:77\" and .persistent_keepalive == 25"
	conf a peer "${pub[b]}" remove
	wait_until told a ".event == \"peer-removed\" and .public_key == \"${pub[b]}\""
}

# Looked for in the messages themselves: the monitor would not print them.
secrets() {
	ns_add a
	end_add a sixpn
	at a env PYTHONPATH="$here" "${python[@]}" - <<-'END'
		import sys
		from genl import *
		listener, device = Family(), Family()
		listener.join()
		own, preshared = bytes(range(64, 96)), bytes(range(100, 132))
		device.do(DEVICE_SET, attr(IFNAME, b"mesh0\0"), attr(PRIVATE_KEY, own),
		          nest(PEER, attr(P_PUBLIC_KEY, b"\x0b" * 32), attr(P_PRESHARED_KEY, preshared)))
		said = listener.sock.recv(65536) + listener.sock.recv(65536)
		if b"\x0b" * 32 not in said or b"mesh0" not in said:
		    sys.exit("FAIL: no event of the peer")
		if own[1:31] in said or preshared in said:
		    sys.exit("FAIL: an event tells a secret")
	END
}

# Both as initiator, with a round-trip time, and as responder, without.
handshakes() {
	pair sixpn wireguard
	watch a
	reach a b
	wait_until told a ".event == \"handshake\" and .public_key == \"${pub[b]}\" and .endpoint == \"10.9.0.2:51820\" and .handshake_rtt_us > 0"
	peer a b
	peer b a endpoint "$(endpoint a 6)"
	reach b a
	wait_until told a ".event == \"handshake\" and .public_key == \"${pub[b]}\" and .endpoint == \"[fd09::2]:51820\" and .handshake_rtt_us == null"
}

endpoints() {
	pair sixpn wireguard
	reach a b
	watch a
	conf b listen-port 51999
	wait_until at b ping -n -q -c 1 -W 5 "${inner4[a]}"
	wait_until told a ".event == \"endpoint\" and .public_key == \"${pub[b]}\" and .endpoint == \"10.9.0.2:51999\""
	# a peer that stays where it is tells nothing
	: >"$tmp/events.a"
	reach b a
	reach a b
	untold a '.event == "endpoint"'
}

# A device's events are told where it lives, and nowhere else. A moved device goes in one place and comes in the other.
namespaces() {
	ns_add a c
	watch a
	watch c
	ipn a link add mesh0 type sixpn
	wait_until told a '.event == "device" and .name == "mesh0"'
	ipn a link set mesh0 netns "$scope-c"
	wait_until told c '.event == "device" and .name == "mesh0"'
	at c sixpn set mesh0 fwmark 5
	wait_until told c '.event == "device" and .name == "mesh0" and .fwmark == 5'
	untold a '.name == "mesh0" and .fwmark == 5'
	ipn c link del mesh0
	wait_until told c '.event == "device-removed" and .name == "mesh0"'
}

# A refused request tells nothing.
refused() {
	ns_add a
	end_add a sixpn
	watch a
	: >"$tmp/events.a"
	not conf a fwmark 99 peer "${pub[a]}" 2>/dev/null
	conf a fwmark 98
	wait_until told a '.fwmark == 98'
	untold a '.fwmark == 99'
}

t devices "devices made, set, renamed and deleted"
t peers "peers added and removed"
t secrets "events tell no secret"
t handshakes "handshakes, as initiator and as responder"
t endpoints "endpoints that move, and only those"
t namespaces "events are told in the device's namespace only"
t refused "a refused request tells nothing"
finish
