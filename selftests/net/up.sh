#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SELFTEST_TIMEOUT=600
#
# up, down and status: a host from nothing, again, and after a reboot; two hosts that share a registry.
#
#   namespace a              namespace b
#   +------------------+     +------------------+
#   | mesh0            |veth | mesh0            |
#   |    u 10.9.0.1    +-----+ u 10.9.0.2       |
#   +------------------+     +------------------+
#     c [ web ] on a's port    d [ db ] on b's port

# shellcheck source=SCRIPTDIR/lib.sh
# shellcheck disable=SC2031,SC2154,SC2317 # variables and functions of that file; t runs the functions here
. "$(dirname "$0")/lib.sh"

need sixpn gojq python3
have_kind sixpn || skip_all "no module sixpn"

# host NS [LINE...]: its configuration; all hosts of a test share a registry
host() {
	local ns=$1
	shift
	{
		printf '%s\n' "name = $ns" "key-file = $tmp/$scope/$ns/private.key" \
			"registry = sqlite:$tmp/$scope/registry.db"
		[ $# = 0 ] || printf '%s\n' "$@"
	} >"$tmp/$scope-$ns.conf"
	chmod 600 "$tmp/$scope-$ns.conf"
}

# on NS WORDS...: sixpn on that host
on() {
	local ns=$1
	shift
	at "$ns" sixpn --config "$tmp/$scope-$ns.conf" "$@"
}

# what counts every change of the device
generation() {
	at "$1" env "PYTHONPATH=$here" "${python[@]}" -c '
import struct
from genl import *
reply = Family().do(DEVICE_GET, attr(IFNAME, b"mesh0\0"))[0]
print(struct.unpack("I", dict(attrs_of(reply))[GENERATION])[0])'
}

# all of a device that an up must bring back
all_of() {
	at "$1" sixpn show mesh0 public-key
	at "$1" sixpn show mesh0 host-id
	at "$1" sixpn show mesh0 kinds
	at "$1" sixpn show mesh0 networks | cut -f1,2
	at "$1" sixpn show mesh0 machines | cut -f1-7
	at "$1" sixpn show mesh0 routes
}

test_from_nothing() {
	ns_add a b
	cable a b
	mkdir "$tmp/$scope"
	host a
	cmd_fail "which is not there" on a status
	on a up
	same mode "$(stat -c %a "$tmp/$scope/a/private.key")" 600
	same "public key" "$(at a sixpn show mesh0 public-key)" "$(sixpn pubkey <"$tmp/$scope/a/private.key")"
	same port "$(at a sixpn show mesh0 listen-port)" 51820
	ipn a -o link show mesh0 | grep -q '[<,]UP[,>]'
	on a --json host show >"$tmp/host"
	same "host id: kernel and registry" "$(gojq .host "$tmp/host")" "$(at a sixpn show mesh0 host-id)"
	same endpoints "$(gojq -c .endpoints "$tmp/host")" \
		"[\"${outer4[a]}:51820\",\"[${outer6[a]}]:51820\"]"
	on a --json status | gojq -e '.name == "a" and .up and .answers and .entered and (.agent | not)'
}

test_again() {
	ns_add a b c
	cable a b
	mkdir "$tmp/$scope"
	host a "mtu = 1400" "listen-port = 4500"
	on a up
	on a network add acme
	on a machine add web --network acme --app web --netns "$scope-c" --ifname eth6
	local before
	before=$(generation a)
	all_of a >"$tmp/before"
	on a --json up >"$tmp/up"
	gojq -e '.changed == false and .device == "mesh0" and .name == "a" and .port == 4500' "$tmp/up"
	same "generation" "$(generation a)" "$before"
	all_of a >"$tmp/after"
	diff "$tmp/before" "$tmp/after"
	same mtu "$(ipn a -j link show mesh0 | gojq '.[0].mtu')" 1400
	# what somebody did by hand is mended
	at a sixpn set mesh0 listen-port 4501 machine network 1 name web remove
	on a --json up | gojq -e .changed
	all_of a >"$tmp/after"
	diff "$tmp/before" "$tmp/after"
	same port "$(at a sixpn show mesh0 listen-port)" 4500
}

test_down_up() {
	ns_add a b c
	cable a b
	mkdir "$tmp/$scope"
	host a
	on a up
	on a network add acme
	local address id
	address=$(on a machine add web --network acme --app web --netns "$scope-c" --ifname eth6)
	id=$(at a sixpn show mesh0 host-id)
	all_of a >"$tmp/before"
	cp "$tmp/$scope/a/private.key" "$tmp/key"
	on a down
	not ipn a link show mesh0
	not ipn c link show eth6
	cmd_fail "run 'sixpn up'" on a status
	on a down
	on a up
	cmp "$tmp/key" "$tmp/$scope/a/private.key"
	same "host id" "$(at a sixpn show mesh0 host-id)" "$id"
	all_of a >"$tmp/after"
	diff "$tmp/before" "$tmp/after"
	ipn c -6 -o addr show eth6 | grep -qF "$address/128"
	wait_until at c ping -c 1 -W 2 "$address"
}

# a machine whose namespace is not there yet: the rest comes up
test_missing_netns() {
	ns_add a b c
	cable a b
	mkdir "$tmp/$scope"
	host a
	on a up
	on a network add acme
	on a machine add web --network acme --app web --netns "$scope-c" --ifname eth6
	on a machine add self --network acme --app web --host
	ipn a link add eth9 type dummy
	on a machine add bound --network acme --app web --bind eth9
	on a down
	ip netns del "$scope-c"
	ipn a link del eth9
	on a up 2>"$tmp/err"
	cat "$tmp/err"
	grep -q "warning: machine web: " "$tmp/err"
	grep -q "warning: machine bound: " "$tmp/err"
	same machines "$(at a sixpn --json show mesh0 machines | gojq -c '[.[0].machines[].name] | sort')" '["bound","self","web"]'
	# again: the same
	on a --json up 2>/dev/null | gojq -e '.changed == false'
	ns_add c
	ipn a link add eth9 type dummy
	on a up 2>"$tmp/err"
	not grep . "$tmp/err"
	ipn c link show eth6
}

# both are hosts of one mesh after each has been told to come up, and the first once more
test_two() {
	ns_add a b c d
	cable a b
	mkdir "$tmp/$scope"
	host a "region = fra"
	host b "region = ams" "endpoint = ${outer4[b]}"
	on a up
	on a network add acme
	on b up
	on a up
	same "peers of a" "$(at a sixpn show mesh0 kinds | cut -f2,3)" "$(printf 'host\t%s' "$(at b sixpn show mesh0 host-id)")"
	local web db
	web=$(on a machine add web --network acme --app web --netns "$scope-c" --ifname eth6)
	db=$(on b machine add db --network acme --app db --netns "$scope-d" --ifname eth6)
	wait_until at c ping -c 1 -W 2 "$db"
	# no session is dropped
	local shaken
	shaken=$(at a sixpn show mesh0 latest-handshakes)
	on a up
	on b up
	same "latest handshakes" "$(at a sixpn show mesh0 latest-handshakes)" "$shaken"
	at d ping -c 1 -W 2 "$web"
	on a --json status | gojq -e '.hosts[0].name == "b" and .hosts[0]["latest-handshake"] != null and
		.machines == 2 and .["machines-here"] == 1 and .networks == 1'
	cmd_fail "has 1 machine: remove or move" on a host leave b
	on a host leave b --force
	same "peers of a" "$(at a sixpn show mesh0 peers)" ""
	cmd_fail "network 'acme' has 1 machine" on a network del acme
	on a machine del web
	on a network del acme
	same "networks of a" "$(at a sixpn show mesh0 networks)" ""
}

# peers of kind site are somebody else's; what nobody knows goes
test_foreign() {
	ns_add a b
	cable a b
	mkdir "$tmp/$scope"
	host a
	on a up
	sixpn genkey | sixpn pubkey >"$tmp/site"
	sixpn genkey | sixpn pubkey >"$tmp/unknown"
	at a sixpn set mesh0 peer "$(cat "$tmp/site")" allowed-ips 10.1.0.0/16 \
		peer "$(cat "$tmp/unknown")" kind host host-id 99 network 7
	on a up
	same peers "$(at a sixpn show mesh0 peers)" "$(cat "$tmp/site")"
	same networks "$(at a sixpn show mesh0 networks)" ""
}

# what is refused leaves no device, and another's netdev alone
test_refused() {
	ns_add a b
	cable a b
	mkdir "$tmp/$scope"
	host a
	host b "device = u"
	cmd_fail "u is there, and no mesh device" on b up
	cmd_fail "u is no mesh device" on b down
	ipn b link show u
	on a up
	sed "s/^name = b/name = a/; s/^device = u/device = mesh0/" "$tmp/$scope-b.conf" >"$tmp/x"
	cat "$tmp/x" >"$tmp/$scope-b.conf"
	cmd_fail "host 'a' cannot be entered in the registry" on b up
	not ipn b link show mesh0
	echo "host-id = 9" >>"$tmp/$scope-a.conf"
	cmd_fail "the configuration with 9" on a up
	ipn a link show mesh0
}

t test_from_nothing "a host from nothing: key, device, record"
t test_again "a second up changes nothing, and mends what was changed by hand"
t test_down_up "down and up: the same key, host id and addresses"
t test_missing_netns "a machine without its namespace holds nobody up"
t test_two "two hosts that share a registry reach each other; a second up drops no session"
t test_foreign "what the registry does not know goes, but for peers of kind site"
t test_refused "what is refused leaves everything as it was"
finish
