#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whoever is on the mesh, root in its container, on its laptop or on a host, does not get out of its network: every trick
# that an IPv6 header knows, each counted under its name, none seen by anyone.
#
#   m1 m2 (network 1)  n1 (network 2)         m3 (network 1)  n3 (network 2)
#    |  |               |                      |               |
#   +--+-----------------+------+             +----------------+-----+
#   | mesh0, host a             |             | mesh0, host b        |
#   |   u       ul        uh    +             |   u                  |
#   +---+-------+---------+-----+             +---+------------------+
#       +-------|---------|-----------------------+
#               l         h      in-tree WireGuard, AllowedIPs = everything: a client of a, and a host peer of a

. "$(dirname "$0")/lib.sh"
need wg
have_kind sixpn || skip_all "no sixpn module"
[ "$subject" = sixpn ] || skip_all "networks are sixpn's"

hosts() {
	local ns other
	ns_add a b m1 m2 n1 m3 n3
	cable a b
	end_add a sixpn
	end_add b sixpn
	for ns in a b; do
		other=$([ "$ns" = a ] && echo b || echo a)
		ipn "$ns" link set mesh0 up
		conf "$ns" peer "${pub[$other]}" kind host endpoint "$(endpoint "$other" 4)" network 1 network 2
	done
	for ns in m1 m2; do
		echo machine network 1 name "$ns" port eth6 netns "$scope-$ns"
	done >"$tmp/words"
	# shellcheck disable=SC2046 # words
	mapfile -t on_a < <(conf a $(cat "$tmp/words") machine network 2 name n1 port eth6 netns "$scope-n1")
	mapfile -t on_b < <(conf b machine network 1 name m3 port eth6 netns "$scope-m3" \
		machine network 2 name n3 port eth6 netns "$scope-n3")
	# the way between the hosts is there when the attacks begin
	at m1 ping -n -q -c 1 -W 30 "${on_b[0]}"
}

# attacks ORIGIN NAMESPACE DEV OWN [WORD...]: with all the others as victims
attacks() {
	timeout 300 "${script[@]}" isolation.py "$1" "$scope-$2" "$3" "$4" "$scope-a" "$scope-m2=${on_a[1]}" \
		"$scope-m3=${on_b[0]}" "$scope-n1=${on_a[2]}" "$scope-n3=${on_b[1]}" "$scope-b" "${@:5}" >"$tmp/attacks" || {
		grep -v ^good "$tmp/attacks"
		fail "the attacks of $1"
	}
	tail -n 1 "$tmp/attacks"
}

# everything NS LETTER: a WireGuard device that sends everything to a
everything() {
	ns_add "$1"
	veth a "$1" "u$1" u
	addr a "u$1" "10.8.$2.1/24"
	addr "$1" u "10.8.$2.2/24"
	end_add "$1" wireguard
	conf "$1" peer "${pub[a]}" endpoint "10.8.$2.1:51820" allowed-ips ::/0,0.0.0.0/0
	ipn "$1" link set wg0 up
}

container() {
	hosts
	attacks port m1 eth6 "${on_a[0]}"
}

client() {
	local own
	hosts
	everything l 1
	conf a peer "${pub[l]}" kind client
	own=$(conf a machine network 1 name laptop client "${pub[l]}")
	attacks client l wg0 "$own"
}

host_peer() {
	local own=fdaa:0:1:1234:5678:0 home moved
	hosts
	everything h 2
	ns_add x
	conf a peer "${pub[h]}" kind host host-id 305419896
	home=$(at b sixpn show mesh0 host-id)
	ipn a addr add fdaa:0:1::3/128 dev mesh0 nodad
	mapfile -t moved < <(conf a machine network 1 address "$own:9:2" name guest port eth6 netns "$scope-x" \
		machine network 1 address "$own:a:2" name left moved-to "$home" \
		machine network 1 name away moved-to "$home" machine network 1 name ours moved-to 305419896)
	attacks host h wg0 "$own:5:2" guest="$scope-x=${moved[0]}" left="${moved[1]}" away="${moved[2]}" ours="${moved[3]}"
}

t container "root in a container"
t client "a client with a valid key"
t host_peer "a host peer"
finish
