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
life=20	# seconds of a client: until then it has to be connected
[ "${SIXPN_KERNEL:-}" != debug ] || life=90

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
	# there is no way to the first, at the second is nobody; b has nothing to say of its own accord
	answered x "${address[db]}" 120
	grep "host host-b has an address that cannot be reached: trying 10.9.0.77:51820" "$tmp/a.log"
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

# call: namespace c is a laptop as its file says
call() {
	wg-quick strip "$tmp/laptop.conf" >"$tmp/stripped"
	ipn c link add wg0 type wireguard
	at c wg setconf wg0 "$tmp/stripped"
	ipn c <<-EOT
		addr add $(sed -n 's/^Address = //p' "$tmp/laptop.conf") dev wg0 nodad
		link set wg0 up
		route add $(sed -n 's/^AllowedIPs = //p' "$tmp/laptop.conf") dev wg0
	EOT
}

clients() {
	at a sixpn show mesh0 kinds | cut -f 2 | grep -cx client || true
}

no_clients() {
	[ "$(clients)" = 0 ]
}

# One is connected, one has never called, one calls when it is too late.
expiry() {
	local end
	ns_add a c x
	cable a c
	rm -f "$tmp"/registry.db* "$tmp"/?.private* "$tmp"/*.conf
	host_add a
	host_add b
	s a up
	s a network add prod
	machine_add a web x
	end=$(date -u -d "+$life seconds" +%Y-%m-%dT%H:%M:%SZ)
	s a client add laptop --network prod --expire "$end" --out "$tmp/laptop.conf"
	s a client add never --network prod --expire "$end" --out "$tmp/never.conf"
	same "clients in the kernel" "$(clients)" 2
	agent_start a
	trap 'logs; leave' EXIT
	call
	at c ping -n -q -6 -c 1 -W 20 "${address[web]}"
	wait_until grep -q "mesh0 is up" "$tmp/a.log"
	between "clients in the kernel before their time" "$(clients)" 1 2
	[ "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \< "$end" ] || fail "too slow to see it connected"
	wait_until -t $((life + 30)) no_clients
	not [ "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \< "$end" ]
	not at c ping -n -q -6 -c 1 -W 2 "${address[web]}"
	wait_until grep -q "is not let in: it has expired" "$tmp/a.log"
	same "clients" "$(s a --json client list | gojq -c '[.[] | .expired] | sort')" "[true,true]"
	no_clients
}

store() {
	"${script[@]}" store.py "$1" "$tmp/registry.db" "/sixpn/v1/$2"
}

# told REGEX: both agents say so
told() {
	wait_until grep -qE "$1" "$tmp/a.log"
	wait_until grep -qE "$1" "$tmp/b.log"
}

# key KIND ID...: of a record
key() {
	local kind=$1
	shift
	printf "$kind"
	printf '/%08x' "$@"
}

# What cannot be read stays as it is, the rest goes on, and so does that once it is mended.
unreadable() {
	local ping host network machine
	mesh "endpoint = ${outer4[b]}:51820"
	answered x "${address[db]}" 60
	host=$(at b sixpn show mesh0 host-id)
	network=$(s a --json network show prod | gojq .network)
	bg at x ping -n -6 -i 0.5 "${address[db]}" >"$tmp/ping"
	ping=$!
	machine=$(key machine "$((host))" "$network" "$((host))" "$(s a --json machine show db | gojq .machine)")
	for key in "$(key host "$((host))")" "$(key network "$network")" "$machine"; do
		store get "$key" >"$tmp/${key//\//-}"
	done
	echo '{"schema":1,"host":' | store put "$(key host "$((host))")"
	told "registry: $(key host "$((host))"): .*: what it is about is left as it is"
	gojq -c '.schema = 2' "$tmp/$(key network "$network" | tr / -)" | store put "$(key network "$network")"
	told "$(key network "$network"): .*schema"
	gojq -c '.address = 7 | .state = ["started"]' "$tmp/${machine//\//-}" | store put "$machine"
	wait_until grep -q "$machine: .*address" "$tmp/b.log"
	printf '{"schema":1,"x":"%0100000d"}' 0 | store put "$(key host 99)"
	told "$(key host 99): "
	gojq -nc '{schema: 1, host: 2e99, name: ("n" * 70)}' | store put host/whatever
	reaches x "${address[db]}"
	# the rest goes on
	s b network add other
	ns_add z
	at x true
	fail here
}

t elsewhere "a host that does not answer is tried at its next endpoint, and at the first again"
t expiry "a client that expires is put out at its time, whether it is connected or has never called"
t unreadable "what cannot be read of a registry is told of and stays as it is; the rest goes on, and that once it is mended"
finish
