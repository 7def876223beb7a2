#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every refusal of include/uapi/linux/sixpn.h: the right error, a sentence, the attribute to blame, and nothing changed.
#
#   namespace a
#   +-------------------------------------------------------------+
#   | mesh0: key, port 51820, up, two peers with allowed-ips      |
#   | asked by refusals.py over generic netlink, and by the tool  |
#   +-------------------------------------------------------------+

. "$(dirname "$0")/lib.sh"
[ "$subject" = sixpn ] || skip_all "about sixpn's own netlink family"
need wg unshare
have_kind sixpn || skip_all "no sixpn module"

device() {
	ns_add a
	end_add a sixpn
	key_new b
	key_new c
	conf a fwmark 9 peer "${pub[b]}" allowed-ips 10.1.0.0/16,fd01::/16 endpoint 192.0.2.1:5 persistent-keepalive 25 \
		peer "${pub[c]}" allowed-ips 10.2.0.0/16
	ipn a link set mesh0 up
}

# group NAME [ARG...]: run those refusals; the tool must not see a difference either
group() {
	local before
	before=$(showconf a)
	at a "${script[@]}" refusals.py "$1" mesh0 "${@:2}"
	same "showconf" "$(showconf a)" "$before"
}

naming() { device; group naming; }
lengths() { device; group lengths; }
endpoints() { device; group endpoints; }
allowed_ips() { device; group allowed_ips; }
unknown() { device; group unknown; }
twice() { device; group twice; }

keys() {
	device
	group keys "$(cat "$tmp/a.key")" "$(cat "$tmp/b.key")"
}

busy() {
	device
	ipn a link add other type sixpn
	at a sixpn set other listen-port 5555
	ipn a link set other up
	group busy 5555
}

generation() {
	device
	at a "${script[@]}" refusals.py generation mesh0
}

# Nobody but an administrator of the namespace: not to read, not to write, not to listen. The tool says it in one line.
permission() {
	device
	at a "${script[@]}" refusals.py permission mesh0
	cmd_fail "permi" at a setpriv --reuid 65534 --regid 65534 --clear-groups sixpn show mesh0
	cmd_fail "permi" at a setpriv --reuid 65534 --regid 65534 --clear-groups sixpn set mesh0 listen-port 1
	cmd_fail "permi" at a setpriv --reuid 65534 --regid 65534 --clear-groups ip link add mesh9 type sixpn
}

# In namespaces of his own a user may do all of it; in those of others he may not, root of his own or not.
user_namespace() {
	local key
	device
	key=$(cat "$tmp/a.key")
	# shellcheck disable=SC2016 # for the inner shell
	setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Urn sh -e -c '
		ip link add mesh0 type sixpn
		echo "$1" | sixpn set mesh0 private-key /dev/stdin listen-port 4000
		ip link set mesh0 up
		test "$(sixpn show mesh0 listen-port)" = 4000
		test "$(sixpn show mesh0 private-key)" = "$1"
		ip link del mesh0
	' - "$key" || skip_or_fail
	# the user namespace alone does not give power over the network namespace of others
	cmd_fail "permi" at a setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Ur sixpn show mesh0
	cmd_fail "permi" at a setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Ur sixpn set mesh0 listen-port 1
}

# A device that an administrator moved to a user's namespace has its socket and mark where it was: those are not his to set.
moved_device() {
	local owner
	device
	setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Urn true 2>/dev/null ||
		skip "no user namespaces for users on this kernel"
	# shellcheck disable=SC2016 # for the inner shell
	bg setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Urn sh -c '
		until ip link show mesh0 2>/dev/null; do sleep 0.2; done
		sixpn set mesh0 listen-port 4000
		sixpn set mesh0 fwmark 7
		ip link set mesh0 up
		sixpn set mesh0 peer "$1" persistent-keepalive 9 && echo done
	' - "${pub[b]}" >"$tmp/said" 2>&1
	owner=$!
	wait_until elsewhere "$owner"
	ipn a link set mesh0 netns "$owner"
	wait_until grep -qx "done" "$tmp/said"
	same "refusals" "$(grep -c "CAP_NET_ADMIN in the network namespace the device was created in" "$tmp/said")" 2
}

# elsewhere PID: it has left our network namespace
elsewhere() {
	[ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

skip_or_fail() {
	setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Urn true 2>/dev/null ||
		skip "no user namespaces for users on this kernel"
	fail "a user's own namespace is refused to him"
}

# What the tool says to a refusal is one line, status 1, and nothing has changed.
tool_says() {
	local before
	device
	before=$(showconf a)
	cmd_fail "^sixpn: .*own" conf a fwmark 1 peer "${pub[a]}" allowed-ips 10.9.0.0/16
	cmd_fail "^sixpn: .*(low order|usable)" conf a fwmark 1 peer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
	cmd_fail "^sixpn: .*No such device|^sixpn: .*no such device" at a sixpn set nonesuch fwmark 1
	cmd_fail "^sixpn: .*kind" at a sixpn set lo fwmark 1
	cmd_fail "^sixpn: .*peer" conf a private-key "$tmp/b.key"
	same "lines" "$({ conf a peer "${pub[a]}" 2>&1 || true; } | wc -l)" 1
	same "showconf" "$(showconf a)" "$before"
}

t naming "a request that names no device of ours"
t lengths "attributes of wrong length"
t endpoints "endpoints that are none"
t allowed_ips "allowed-ips that are none"
t unknown "unknown attributes and flags, and those that can only be read"
t twice "attributes given twice, and updates of no peer"
t keys "points of low order, the device's own key, keys of peers, contradictory peers"
t busy "a busy port, beside changes that would be good"
t generation "a stale generation"
t permission "users without CAP_NET_ADMIN"
t user_namespace "a user may in his own namespaces, and not in others'"
t moved_device "who was given a device may not change its socket elsewhere"
t tool_says "the tool passes the sentence on in one line"
finish
