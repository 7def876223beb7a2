#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kernels: 6.12 debug
# What a registry may do to those who live by it: hosts that are elsewhere than it says first, clients that expire, records that
# nobody can read, commands beside agents. Two hosts share one in a file.
#
#   namespace x             namespace a                  namespace b                namespace y
#   +-----------+ port of  +--------------------+       +--------------------+     +-----------+
#   | a machine |----------| mesh0, agent       | veth  | mesh0, agent       |-----| a machine |
#   +-----------+          |        u 10.9.0.1  +-------+ u 10.9.0.2         |     +-----------+
#                          |        l 10.9.1.1  |       +--------------------+
#                          +-----------+--------+
#                                      | veth
#                          +-----------+--------+
#                          | c: wg0     10.9.1.3|
#                          +--------------------+

. "$(dirname "$0")/lib.sh"
[ "$subject" = sixpn ] || skip_all "WireGuard has no agent"
have_kind sixpn || skip_all "no sixpn module"
need gojq wg

declare -A agent_pid=() address=()

# s NS WORDS...: sixpn on that host
s() {
	local ns=$1
	shift
	at "$ns" env SIXPN_CONFIG="$tmp/$ns.conf" sixpn "$@"
}

# host_add NS [LINE...]: its configuration
host_add() {
	local ns=$1
	shift
	printf '%s\n' "name = host-$ns" "key-file = $tmp/$ns.private" "registry = sqlite:$tmp/registry.db" "lease = 10" "$@" \
		>"$tmp/$ns.conf"
	: >"$tmp/$ns.log"
}

agent_start() {
	enter "/run/netns/$scope-$1" env SIXPN_CONFIG="$tmp/$1.conf" sixpn agent 2>>"$tmp/$1.log" &
	agent_pid[$1]=$!
	echo $! >>"$tmp/pids"
}

logs() {
	tail -n 25 "$tmp/a.log" | sed 's/^/agent a: /'
	tail -n 25 "$tmp/b.log" | sed 's/^/agent b: /'
}

# mesh [LINE...]: both hosts with their agents and a machine each; the lines are of b's configuration
mesh() {
	local ns
	rm -f "$tmp"/registry.db* "$tmp"/?.private*
	ns_add a b x y
	cable a b
	host_add a "endpoint = ${outer4[a]}:51820"
	host_add b "$@"
	for ns in a b; do
		agent_start "$ns"
	done
	trap 'logs; leave' EXIT
	for ns in a b; do
		wait_until has_host "$ns"
	done
	s a network add prod
	machine_add a web x
	machine_add b db y
}

has_host() {
	at "$1" sixpn show mesh0 kinds | cut -f 2 | grep -qx host
}

machine_add() {
	address[$2]=$(s "$1" machine add "$2" --network prod --app app --netns "$scope-$3" --ifname eth6)
}

reaches() {
	at "$1" ping -n -q -6 -c 1 -W 1 "$2"
}

unreached() {
	! reaches "$@"
}

handshakes() {
	at "$1" sixpn show mesh0 latest-handshakes
}

# answered FROM ADDRESS SECONDS: it pings until there is an answer
answered() {
	at "$1" ping -n -q -6 -c 1 -i 2 -w "$3" "$2"
}

elsewhere() {
	mesh "endpoint = [fd55::1]" "endpoint = 10.9.0.77" "endpoint = ${outer4[b]}"
	# the first has no way there, at the second is nobody; b has nothing to say of its own accord
	answered x "${address[db]}" 120
	grep "host host-b does not answer: trying 10.9.0.77:51820" "$tmp/a.log"
	grep "host host-b does not answer: trying ${outer4[b]}:51820" "$tmp/a.log"
	# it moves to the one before
	ipn b <<-EOT
		addr add 10.9.0.77/24 dev u
		addr del ${outer4[b]}/24 dev u
	EOT
	kill -STOP "${agent_pid[b]}"
	answered x "${address[db]}" 150
	kill -CONT "${agent_pid[b]}"
	at a sixpn show mesh0 endpoints | grep "10.9.0.77:51820"
}

t elsewhere "a host that does not answer is tried at its next endpoint, and at the first again"
finish
