#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kernels: 6.12 debug
# SELFTEST_TIMEOUT=600
#
# The resolver where the module delivers what is asked: machines of two networks at fdaa::3, each host at its own resolver,
# and a laptop with WireGuard as it is published at fdaa:N::3.
#
#   namespaces x, y            namespace a                     namespace b                 namespace z
#   +-----------------+      +------------------------+      +------------------------+      +--------+
#   | web of acme (x) |------| mesh0, agent, resolver | veth | mesh0, agent, resolver |------| web of |
#   | web of beta (y) | ports|          u 10.9.0.1    +------+ u 10.9.0.2             | port | acme   |
#   +-----------------+      |          l 10.9.1.1    |      +------------------------+      +--------+
#                            +-----------+------------+
#                                        | veth
#                            +-----------+------------+
#                            | c: wg0      10.9.1.3   |
#                            +------------------------+

# shellcheck source=SCRIPTDIR/lib.sh
# shellcheck disable=SC2154,SC2317 # variables and functions of that file; t runs the functions here
. "$(dirname "$0")/lib.sh"
have_kind sixpn || skip_all "no sixpn module"
need gojq sixpn-resolver

declare -A daemon_pid=() address=()

# s NS WORDS...: sixpn on that host
s() {
	local ns=$1
	shift
	at "$ns" env SIXPN_CONFIG="$tmp/$ns.conf" sixpn "$@"
}

host_add() {
	cat >"$tmp/$1.conf" <<-CONF
		name = host-$1
		region = $2
		key-file = $tmp/$1.private
		registry = sqlite:$tmp/registry.db
		endpoint = ${outer4[$1]}:51820
		resolver-metrics = $tmp/$1.run/metrics
		resolver-upstreams = 127.0.0.1:5399
	CONF
}

# daemon NS NAME WORDS...
daemon() {
	local ns=$1 name=$2
	shift 2
	enter "/run/netns/$scope-$ns" env SIXPN_CONFIG="$tmp/$ns.conf" "$@" 2>>"$tmp/$ns.log" &
	daemon_pid[$ns$name]=$!
	echo $! >>"$tmp/pids"
}

logs() {
	sed 's/^/a: /' "$tmp/a.log"
	sed 's/^/b: /' "$tmp/b.log"
}

# ask NS SERVER NAME...: one line for each
ask() {
	local ns=$1
	shift
	at "$ns" "${python[@]}" "$here/ask.py" "$@"
}

# answers NS SERVER NAME TEXT
answers() {
	[ "$(ask "$1" "$2" "$3" | tr ' ' '\n' | sort | xargs)" = "$(tr ' ' '\n' <<<"$4" | sort | xargs)" ]
}

# machine HOST NAME NETWORK NS
machine() {
	address[$2]=$(s "$1" machine add "$2" --network "$3" --app web --netns "$scope-$4" --ifname eth6)
}

mesh() {
	local ns
	ns_add a b c x y z
	cable a b
	trap 'logs; leave' EXIT
	host_add a fra
	host_add b ams
	# before there is a device: it waits for one
	daemon a resolver sixpn-resolver
	wait_until grep -q "waiting for it" "$tmp/a.log"
	for ns in a b; do
		daemon "$ns" agent sixpn agent
		wait_until at "$ns" sixpn show mesh0
	done
	daemon b resolver sixpn-resolver
	s a network add acme
	s a network add beta
	machine a web-x acme x
	machine a web-y beta y
	machine b web-z acme z
}

two_networks() {
	mesh
	wait_until -t 30 answers x fdaa::3 web.internal "NOERROR ${address[web-x]} ${address[web-z]}"
	wait_until -t 30 answers y fdaa::3 web.internal "NOERROR ${address[web-y]}"
	same "by TCP" "$(ask y -t fdaa::3 web.internal)" "NOERROR ${address[web-y]}"
	same "names of the other" "$(ask y fdaa::3 web-z.vm.web.internal)" NXDOMAIN
	same "at the resolver of its network" "$(ask x "${address[web-x]%%:0:*}:$(network acme)::3" web-z.vm.web.internal)" \
		"NOERROR ${address[web-z]}"
	# not root, and of the files only those that it needs
	not grep -q "^Uid:.*\b0\b" "/proc/${daemon_pid[aresolver]}/status"
}

# network NAME: its part of an address, for numbers below 65536
network() {
	printf '0:%x' "$(s a --json network show "$1" | gojq .network)"
}

own_host() {
	# web-z asks the resolver of b, and each has its own host first
	wait_until -t 30 answers z fdaa::3 web.internal "NOERROR ${address[web-x]} ${address[web-z]}"
	same "nearest to x" "$(ask x fdaa::3 top1.nearest.of.web.internal)" "NOERROR ${address[web-x]}"
	same "nearest to z" "$(ask z fdaa::3 top1.nearest.of.web.internal)" "NOERROR ${address[web-z]}"
	same "all, from x" "$(ask x fdaa::3 top2.nearest.of.web.internal)" "NOERROR ${address[web-x]} ${address[web-z]}"
	s b machine stop web-z --network acme
	wait_until -t 10 answers x fdaa::3 web.internal "NOERROR ${address[web-x]}"
}

laptop() {
	local own
	own=fdaa:$(network acme)::3
	veth a c l l
	addr a l 10.9.1.1/24
	addr c l 10.9.1.3/24
	s a client add laptop --network acme --out "$tmp/laptop.conf"
	ipn c link add wg0 type wireguard
	sed -n 's/^PrivateKey *= *//p' "$tmp/laptop.conf" >"$tmp/c.key"
	same DNS "$(sed -n 's/^DNS *= *//p' "$tmp/laptop.conf")" "$own"
	ipn c addr add "$(sed -n 's/^Address *= *//p' "$tmp/laptop.conf")" dev wg0 nodad
	at c wg set wg0 private-key "$tmp/c.key" peer "$(sed -n 's/^PublicKey *= *//p' "$tmp/laptop.conf")" \
		endpoint 10.9.1.1:51820 allowed-ips "$(sed -n 's/^AllowedIPs *= *//p' "$tmp/laptop.conf")"
	ipn c link set wg0 up
	ipn c route add fdaa::/16 dev wg0
	wait_until -t 30 answers c "$own" web.internal "NOERROR ${address[web-x]}"
	same "by TCP" "$(ask c -t "$own" web.internal)" "NOERROR ${address[web-x]}"
	same "the laptop's own" "$(ask x fdaa::3 laptop._peer.internal)" \
		"NOERROR $(sed -nE 's,^Address *= *([^/]*)/.*,\1,p' "$tmp/laptop.conf")"
}

lost_device() {
	ipn a link del mesh0
	wait_until -t 30 at a sixpn show mesh0
	wait_until -t 30 answers x fdaa::3 web.internal "NOERROR ${address[web-x]}"
	wait_until -t 30 answers y fdaa::3 web.internal "NOERROR ${address[web-y]}"
	kill -TERM "${daemon_pid[aresolver]}"
	wait "${daemon_pid[aresolver]}"
	# who asks now does not wait
	same "without a resolver" "$(ask x fdaa::3 web.internal)" ConnectionRefusedError
}

all() {
	two_networks
	own_host
	laptop
	lost_device
}

t all "machines of two networks, a laptop, and each host, by name"
finish
