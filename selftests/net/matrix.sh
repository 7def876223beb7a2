#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Who reaches whom: three hosts, three networks, two machines of each network on each host, and a laptop with the in-tree
# WireGuard module and nothing but a configuration of it.
#
#   ten namespaces each:  a11 a12 (network 1)  a21 a22 (network 2)  a31 a32 (network 3), ...
#      |                        |                        |
#   +--+----------+       +-----+-------+       +--------+----+      +-------------+
#   | mesh0,host a|       | mesh0,host b|       | mesh0,host c|      | wg0, l      |
#   +--u----------+       +-----u-------+       +--------u----+      +------u------+
#      +------------------------+------ br0 (s) ---------+------------------+        l: network 1, by host a

. "$(dirname "$0")/lib.sh"
need wg ethtool gojq
have_kind sixpn || skip_all "no sixpn module"
[ "$subject" = sixpn ] || skip_all "networks are sixpn's"

drops() {
	at "$1" ethtool -S mesh0 | awk -v r="$2:" '$1 == r { print $2 }'
}

all_drops() {
	at "$1" ethtool -S mesh0 | awk '$2 ~ /^[0-9]+$/ && $2 > 0 { print $1, $2 }'
}

switch() {
	local ns
	ns_add s a b c l
	ipn s link add br0 type bridge
	ipn s link set br0 up
	for ns in a b c l; do
		ip link add u netns "$scope-$ns" type veth peer name "u$ns" netns "$scope-s"
		outside_of "$ns" | ipn "$ns"
		echo "link set u$ns master br0 up"
	done | ipn s
}

# the laptop gets the address that no other namespace has
outside_of() {
	local last
	case $1 in a) last=1 ;; b) last=2 ;; c) last=3 ;; l) last=9 ;; esac
	echo "addr add 10.9.0.$last/24 dev u
		link set u up"
}

# the peers of a host: the other two
neighbours() {
	local host=$1 other
	for other in a b c; do
		[ "$other" = "$host" ] || echo peer "${pub[$other]}" kind host endpoint "$(endpoint "$other" 4)"
	done
}

# machines HOST: six of them, in one request
machines() {
	local host=$1 network n address words=() names=()
	for network in 1 2 3; do
		for n in 1 2; do
			names+=("$host$network$n")
			words+=(machine network "$network" name "$host$network$n" port eth6 netns "$scope-$host$network$n")
		done
	done
	ns_add "${names[@]}"
	# shellcheck disable=SC2046 # words
	conf "$host" $(neighbours "$host") network 1 network 2 network 3 "${words[@]}" >"$tmp/addresses"
	for n in "${!names[@]}"; do
		read -r address
		echo "$scope-${names[n]} ${names[n]} $((n / 2 + 1)) $address"
	done <"$tmp/addresses" >>"$tmp/machines"
}

laptop() {
	local address
	end_add l wireguard
	conf a peer "${pub[l]}" kind client
	address=$(conf a machine network 1 name laptop client "${pub[l]}")
	# what its owner is sent: a configuration of WireGuard
	conf l peer "${pub[a]}" endpoint "$(endpoint a 4)" allowed-ips fdaa:0:1::/48 persistent-keepalive 25
	ipn l <<-END
		addr add $address/128 dev wg0 nodad
		link set wg0 up
		route add fdaa:0:1::/48 dev wg0
	END
	# a client is known where it has been heard of
	at l ping -n -q -c 1 -W 30 "$(awk '$2 == "a11" { print $4 }' "$tmp/machines")"
	echo "$scope-l laptop 1 $address" >>"$tmp/machines"
}

matrix() {
	local host before=0 after=0
	rm -f "$tmp/machines"
	switch
	for host in a b c; do
		end_add "$host" sixpn
		ipn "$host" link set mesh0 up
	done
	for host in a b c; do
		machines "$host"
	done
	laptop
	for host in a b c; do
		before=$((before + $(drops "$host" foreign-network)))
	done
	"${script[@]}" matrix.py "$tmp/machines" || fail "the matrix has holes"
	for host in a b c; do
		all_drops "$host" >"$tmp/drops.$host"
		sed "s/^/host $host: /" "$tmp/drops.$host"
		# nothing else was dropped anywhere
		same "other drops at $host" "$(grep -v '^foreign-network:' "$tmp/drops.$host" || :)" ""
		after=$((after + $(drops "$host" foreign-network)))
	done
	# 18 machines with 12 foreign ones each, and six of them the laptop too; the laptop's own pings do not leave it
	same "foreign-network" $((after - before)) $((18 * 12 + 12))
	same "names" "$(at a sixpn show mesh0 machines | awk '{ print $4 }' | sort | tr '\n' ' ')" "a11 a12 a21 a22 a31 a32 laptop "
}

t matrix "three hosts, three networks, a laptop: each reaches all of its network and nothing else"
finish
