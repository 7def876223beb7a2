#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A stock WireGuard client, set up from the very file that `sixpn client add` writes, on a single host without an agent.
#
#   namespace b             namespace a                          namespaces c, d
#   +---------------+       +-----------------------------+      +---------------------+
#   | wg0           | veth  | mesh0, gateway              | port | c: eth6, of acme    |
#   | u 10.9.0.2    +-------+     u 10.9.0.1              +------+ d: eth6, of umbrella|
#   +---------------+       +-----------------------------+      +---------------------+

. "$(dirname "$0")/lib.sh"
need wg gojq sixpn
have_kind sixpn || skip_all "no sixpn module"
have_kind wireguard || skip_all "no wireguard module"

# sx WORDS...: sixpn on the gateway
sx() {
	at a sixpn --config "$tmp/conf" "$@"
}

# machine NETWORK NS: a machine in the kernel of the gateway; prints its address
machine() {
	at a sixpn set mesh0 network "$1" machine network "$1" name web port eth6 netns "$scope-$2"
}

# gateway: a host that is up, two networks, a machine in each; addresses in $acme and $umbrella
gateway() {
	ns_add a b c d
	cable a b
	rm -rf "$tmp/host" "$tmp"/*.conf
	cat >"$tmp/conf" <<-EOT
		name = gw
		region = fra
		endpoint = ${outer4[a]}
		key-file = $tmp/host/private.key
		registry = sqlite:$tmp/host/registry.db
		registry-timeout = 1
	EOT
	chmod 600 "$tmp/conf"
	sx up
	sx network add acme
	sx network add umbrella
	acme=$(machine "$(network_id acme)" c)
	umbrella=$(machine "$(network_id umbrella)" d)
}

network_id() {
	sx --json network show "$1" | gojq .network
}

# laptop FILE: wg0 in namespace b as the file says
laptop() {
	local address
	address=$(sed -n 's/^Address = //p' "$1")
	wg-quick strip "$1" >"$tmp/stripped"
	ipn b link del wg0 2>/dev/null || true
	ipn b link add wg0 type wireguard
	at b wg setconf wg0 "$tmp/stripped"
	ipn b <<-EOT
		addr add $address dev wg0 nodad
		link set wg0 up
		route add $(sed -n 's/^AllowedIPs = //p' "$1") dev wg0
	EOT
}

pings() {
	at b ping -n -q -c 1 -W 20 "$1"
}

no_ping() {
	not at b ping -n -q -c 1 -W 2 "$1"
}

# kernel: what the gateway's kernel holds of clients
kernel() {
	at a sixpn show mesh0 kinds | cut -f1,2 | sort
	at a sixpn show mesh0 machines | cut -f1-7 | sort
}

# registered: what the registry holds of clients, without what the kernel adds
registered() {
	sx --json client list | gojq 'map(del(.endpoint, .["latest-handshake"], .["rx-bytes"], .["tx-bytes"]))'
}

# remember, unchanged: kernel and registry are as they were
remember() {
	kernel >"$tmp/kernel"
	registered >"$tmp/registry"
}

unchanged() {
	kernel | diff "$tmp/kernel" -
	registered | diff "$tmp/registry" -
}

client_field() {
	sx --json client show "$1" --network acme | gojq -r ".[\"$2\"]"
}

connects() {
	gateway
	same "address" "$(sx client add laptop --network acme --owner alice --out "$tmp/l.conf")" "$(client_field laptop address)"
	same "nothing came yet" "$(client_field laptop latest-handshake)" null
	laptop "$tmp/l.conf"
	pings "$acme"
	# the other way, through the same session
	at c ping -n -q -c 1 -W 20 "$(client_field laptop address)"
	same "endpoint" "$(client_field laptop endpoint | sed 's/:[0-9]*$//')" "${outer4[b]}"
	not test "$(client_field laptop latest-handshake)" = null
	between "bytes" "$(client_field laptop rx-bytes)" 100 100000
	between "bytes" "$(client_field laptop tx-bytes)" 100 100000
	sx client list | grep "^laptop	acme	.*	alice	gw	.*	${outer4[b]}:"
	# the file knows no way to the other network; with one, the gateway is in the way
	ipn b route add fdaa::/16 dev wg0
	at b wg set wg0 peer "$(at b wg show wg0 peers)" allowed-ips fdaa::/16
	no_ping "$umbrella"
	pings "$acme"
}

preshared() {
	gateway
	sx client add laptop --network acme --preshared --out "$tmp/l.conf"
	laptop "$tmp/l.conf"
	pings "$acme"
	wg genkey >"$tmp/own.key"
	sx client add own --network acme --public-key "$(wg pubkey <"$tmp/own.key")" --out "$tmp/o.conf"
	laptop "$tmp/o.conf"
	at b wg set wg0 private-key "$tmp/own.key"
	pings "$acme"
}

deleted() {
	gateway
	kernel >"$tmp/before"
	sx client add laptop --network acme --out "$tmp/l.conf"
	laptop "$tmp/l.conf"
	pings "$acme"
	sx client del laptop --network acme
	no_ping "$acme"
	kernel | diff "$tmp/before" -
	same "clients" "$(sx client list)" ""
	cmd_fail "has no client 'laptop'" sx client del laptop --network acme
	# the same name is at the same address at once, with another key
	sx client add laptop --network acme --out "$tmp/l2.conf"
	same "address" "$(grep Address "$tmp/l2.conf")" "$(grep Address "$tmp/l.conf")"
	no_ping "$acme"
	laptop "$tmp/l2.conf"
	pings "$acme"
	# a network goes from the kernel with the last that was in it
	sx network add lonely
	sx client add first --network lonely --out "$tmp/o.conf"
	sx client add second --network lonely --out "$tmp/o2.conf"
	sx client del first --network lonely
	has_network "$(network_id lonely)"
	sx client del second --network lonely
	not has_network "$(network_id lonely)"
	has_network "$(network_id acme)"
}

has_network() {
	at a sixpn show mesh0 networks | cut -f 1 | grep -qx "$1"
}

renewed() {
	local before
	gateway
	sx client add laptop --network acme --preshared --out "$tmp/l.conf"
	laptop "$tmp/l.conf"
	pings "$acme"
	before=$(client_field laptop public-key)
	sx client reset laptop --network acme --out "$tmp/l2.conf"
	no_ping "$acme"
	not grep -F "$before" <(kernel)
	same "address" "$(grep Address "$tmp/l2.conf")" "$(grep Address "$tmp/l.conf")"
	same "clients in the kernel" "$(at a sixpn show mesh0 kinds | cut -f2 | grep -c client)" 1
	laptop "$tmp/l2.conf"
	pings "$acme"
	laptop "$tmp/l.conf"
	no_ping "$acme"
}

# Somebody has the address in the kernel who is not in the registry; then his quarantine.
taken() {
	local address
	gateway
	# which it will be, without a kernel that remembers it
	sx down
	address=$(sx client add laptop --network acme --out "$tmp/l.conf")
	sx client del laptop --network acme
	sx up
	acme=$(machine "$(network_id acme)" c)
	at a sixpn set mesh0 machine address "$address" name thief
	not test "$(sx client add laptop --network acme --out "$tmp/l2.conf")" = "$address"
	laptop "$tmp/l2.conf"
	pings "$acme"
	sx client del laptop --network acme
	at a sixpn set mesh0 machine address "$address" remove
	not test "$(sx client add laptop --network acme --out "$tmp/l3.conf")" = "$address"
	same "address" "$(grep Address "$tmp/l3.conf")" "$(grep Address "$tmp/l2.conf")"
	laptop "$tmp/l3.conf"
	pings "$acme"
}

refused() {
	gateway
	sx client add laptop --network acme --out "$tmp/l.conf"
	laptop "$tmp/l.conf"
	pings "$acme"
	remember
	cmd_fail "is there already" sx client add other --network acme --out "$tmp/l.conf"
	cmd_fail "is there already" sx client reset laptop --network acme --out "$tmp/l.conf"
	cmd_fail "No space left" at a bash -c "sixpn --config '$tmp/conf' client add other --network acme >/dev/full"
	cmd_fail "has a client 'laptop'" sx client add laptop --network acme --out "$tmp/o.conf"
	unchanged
	# the registry does not take it: held by somebody else
	bg "${python[@]}" -c "
import sqlite3, time
db = sqlite3.connect('$tmp/host/registry.db', isolation_level=None)
db.execute('BEGIN IMMEDIATE')
open('$tmp/held', 'w')
time.sleep(1000)"
	wait_until test -e "$tmp/held"
	not sx client add other --network acme --out "$tmp/o.conf"
	not test -e "$tmp/o.conf"
	not sx client reset laptop --network acme --out "$tmp/o.conf"
	not test -e "$tmp/o.conf"
	not sx client del laptop --network acme
	kill $!
	rm "$tmp/held"
	unchanged
	pings "$acme"
	wait_until sx client add other --network acme --out "$tmp/o.conf"
	laptop "$tmp/o.conf"
	pings "$acme"
}

# Registered while there is no device, and after one that went.
restored() {
	gateway
	sx client add laptop --network acme --out "$tmp/l.conf"
	laptop "$tmp/l.conf"
	pings "$acme"
	sx down
	sx client add late --network acme --out "$tmp/late.conf" 2>"$tmp/told"
	grep "mesh0 is not there" "$tmp/told"
	sx up
	acme=$(machine "$(network_id acme)" c)
	wait_until pings "$acme"
	laptop "$tmp/late.conf"
	pings "$acme"
}

t connects "a client set up from the file reaches its network through the gateway, and no other"
t preshared "with a preshared key, and with a key of its own"
t deleted "client del ends it at once, the same name comes back at the same address"
t renewed "client reset replaces the key"
t taken "an address that the kernel does not give is another one"
t refused "what is refused changes neither kernel nor registry"
t restored "what was registered is there after down and up"
finish
