#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The agent: two hosts that share a registry in a file, each kept as it says by an agent of its own, and a laptop with
# WireGuard as it is published.
#
#   namespace x                namespace a                  namespace b                namespace y
#   +-----------+             +--------------------+       +--------------------+     +-----------+
#   | a machine |- port of  --| mesh0, agent       | veth  | mesh0, agent       |--   | a machine |
#   +-----------+             |        u 10.9.0.1  +-------+ u 10.9.0.2         |     +-----------+
#                             |        l 10.9.1.1  |       +--------------------+
#                             +-----------+--------+
#                                         | veth
#                             +-----------+--------+
#                             | c: wg0     10.9.1.3|
#                             +--------------------+

. "$(dirname "$0")/lib.sh"
have_kind sixpn || skip_all "no sixpn module"
[ "$subject" = sixpn ] || skip_all "WireGuard has no agent"
need gojq

declare -A agent_pid=()

# s NS WORDS...: sixpn on that host
s() {
	local ns=$1
	shift
	at "$ns" env SIXPN_CONFIG="$tmp/$ns.conf" sixpn "$@"
}

# host_add NS: its configuration
host_add() {
	cat >"$tmp/$1.conf" <<-CONF
		name = host-$1
		key-file = $tmp/$1.private
		registry = sqlite:$tmp/registry.db
		endpoint = ${outer4[$1]}:51820
		client-idle-expiry = 600
		lease = 10
		gateway = yes
	CONF
}

# agent_start NS: and wait until its host is in the registry
agent_start() {
	enter "/run/netns/$scope-$1" env SIXPN_CONFIG="$tmp/$1.conf" sixpn agent 2>>"$tmp/$1.log" &
	agent_pid[$1]=$!
	echo $! >>"$tmp/pids"
	wait_until at "$1" sixpn show mesh0
}

agent_kill() {
	kill "-$2" "${agent_pid[$1]}"
	wait "${agent_pid[$1]}" || true
}

logs() {
	sed 's/^/agent a: /' "$tmp/a.log"
	sed 's/^/agent b: /' "$tmp/b.log"
}

two_hosts() {
	local ns
	rm -f "$tmp"/registry.db* "$tmp"/?.log "$tmp"/?.private*
	ns_add a b x y
	cable a b
	for ns in a b; do
		host_add "$ns"
		agent_start "$ns"
	done
	trap 'logs; leave' EXIT
	wait_until has_hosts a 1
	wait_until has_hosts b 1
	s a network add prod
}

# has_hosts NS N: so many peers of kind host
has_hosts() {
	[ "$(at "$1" sixpn --json show mesh0 | gojq '[.. | objects | select(.kind? == "host")] | length')" = "$2" ]
}

has_client() {
	at "$1" sixpn --json show mesh0 | gojq -e '[.. | objects | select(.kind? == "client")] | length > 0'
}

machine_add() {
	address[$2]=$(s "$1" machine add "$2" --network prod --app app --netns "$scope-$3" --ifname eth6)
}

reaches() {
	at "$1" ping -6 -c 1 -W 1 "$2"
}

handshakes() {
	at "$1" sixpn show mesh0 latest-handshakes
}

declare -A address=()

meet() {
	two_hosts
	machine_add a web x
	machine_add b db y
	wait_until -t 20 reaches x "${address[db]}"
	wait_until -t 20 reaches y "${address[web]}"
}

restart() {
	local before count lost
	two_hosts
	machine_add a web x
	machine_add b db y
	wait_until -t 20 reaches x "${address[db]}"
	before=$(handshakes a)
	at x ping -6 -i 0.2 -w 60 -c 40 "${address[db]}" >"$tmp/ping" &
	count=$!
	agent_kill a KILL
	pause 1
	agent_start a
	wait_until grep -q "all looked at\|is up" "$tmp/a.log"
	s b network add other
	wait "$count"
	same "handshakes" "$(handshakes a)" "$before"
	lost=$(sed -n 's/.*, \([0-9]*\)% packet loss.*/\1/p' "$tmp/ping")
	same "packets lost" "$lost" 0
	agent_kill a TERM
	reaches x "${address[db]}"
}

# call NAME: a new client, made and called with anew; its key in $key
call() {
	rm -f "$tmp/laptop.conf"
	s a client add "$1" --network prod --out "$tmp/laptop.conf"
	not has_client a
	sniff c l "$tmp/wire"
	ipn c link add wg0 type wireguard
	sed -n 's/^PrivateKey *= *//p' "$tmp/laptop.conf" >"$tmp/c.key"
	key=$(sixpn pubkey <"$tmp/c.key")
	ipn c addr add "$(sed -n 's/^Address *= *//p' "$tmp/laptop.conf")" dev wg0 nodad
	at c wg set wg0 private-key "$tmp/c.key" \
		peer "$(sed -n 's/^PublicKey *= *//p' "$tmp/laptop.conf")" endpoint 10.9.1.1:51820 allowed-ips fdaa::/16
	ipn c link set wg0 up
	ipn c route add fdaa::/16 dev wg0
}

laptop() {
	local key try
	two_hosts
	ns_add c
	veth a c l l
	addr a l 10.9.1.1/24
	addr c l 10.9.1.3/24
	machine_add a web x
	kind_of[c]=wireguard dev_of[c]=wg0
	for try in 1 2 3 4 5; do
		call "laptop$try"
		! let_in c "${address[web]}" || break
		[ "$try" != 5 ] || fail "never let in at the first message"
		s a client del "laptop$try" --network prod
		wait_until -t 20 gone "$key"
		ipn c link del wg0
	done
	at a sixpn show mesh0 | grep -q "$key"
	at a sixpn --json show mesh0 | gojq -e '[.. | objects | select(.idle_expiry? == 600)] | length == 1'
	s b client del "laptop$try" --network prod
	wait_until -t 20 gone "$key"
}

gone() {
	! at a sixpn show mesh0 | grep -q "$1"
}

stranger() {
	two_hosts
	ns_add c
	veth a c l l
	addr a l 10.9.1.1/24
	addr c l 10.9.1.3/24
	kind_of[c]=wireguard dev_of[c]=wg0
	ipn c link add wg0 type wireguard
	key_new c
	at c wg set wg0 private-key "$tmp/c.key" peer "$(at a sixpn show mesh0 public-key)" endpoint 10.9.1.1:51820 \
		allowed-ips fdaa::/16 persistent-keepalive 1
	ipn c link set wg0 up
	wait_until grep -q "${pub[c]} is not let in" "$tmp/a.log"
	gone "${pub[c]}"
}

move() {
	two_hosts
	machine_add a web x
	machine_add b db y
	wait_until -t 20 reaches y "${address[web]}"
	ns_add z
	s a machine move web --to host-b --network prod --netns "$scope-z"
	wait_until -t 20 reaches z "${address[db]}"
	wait_until -t 20 reaches y "${address[web]}"
	# the namespace that it is in knows it, the one that it was in does not
	wait_until -t 20 told z web
	not told x web
	# what is missing is written again, what is too much goes: when all is looked at
	told y db
	agent_kill b TERM
	rm "/etc/netns/$scope-y/hosts"
	s a machine del web --network prod
	told z web
	agent_start b
	wait_until -t 20 told y db
	wait_until -t 20 has_no_files z
}

has_no_files() {
	[ ! -e "/etc/netns/$scope-$1" ]
}

# told NS NAME: its hosts file has the address of the machine
told() {
	grep -q "^${address[$2]} fly-local-6pn " "/etc/netns/$scope-$1/hosts"
}

# Nothing tells that a namespace has been made.
late() {
	two_hosts
	machine_add a web x
	ipn x link del eth6 2>/dev/null || true
	agent_kill a TERM
	ipn a link del mesh0
	ip netns del "$scope-x"
	agent_start a
	wait_until grep -q "machine web" "$tmp/a.log"
	ns_add x
	machine_add b db y
	wait_until -t 40 reaches x "${address[db]}"
	same "lines about it" "$(grep -c "machine web" "$tmp/a.log")" 1
}

lost_device() {
	two_hosts
	machine_add a web x
	machine_add b db y
	wait_until -t 20 reaches x "${address[db]}"
	ipn a link del mesh0
	wait_until -t 20 reaches x "${address[db]}"
}

# The registry is put back to what it was: what was added since is gone, and all goes on with the new file.
replaced() {
	two_hosts
	machine_add a web x
	"${python[@]}" -c "
import sqlite3
sqlite3.connect('$tmp/registry.db').execute(\"VACUUM INTO '$tmp/copy'\")"
	machine_add b db y
	wait_until -t 20 reaches x "${address[db]}"
	rm "$tmp/registry.db-wal" "$tmp/registry.db-shm"
	mv "$tmp/copy" "$tmp/registry.db"
	wait_until -t 20 unreached x "${address[db]}"
	wait_until -t 20 no_machines b
	machine_add b db y
	wait_until -t 20 reaches x "${address[db]}"
	# as it is told to, without another configuration
	kill -HUP "${agent_pid[a]}"
	wait_until grep -q "opening the registry again" "$tmp/a.log"
	s b network add other
	s b machine del db --network prod
	wait_until -t 20 unreached x "${address[db]}"
}

unreached() {
	! reaches "$@"
}

no_machines() {
	[ -z "$(at "$1" sixpn show mesh0 machines)" ]
}

t meet "a machine that is added on one host is reachable from the other"
t restart "an agent that is killed and started again drops no packet and no session"
t laptop "a laptop is let in when it calls, its first handshake is answered, and put out when it is removed"
t stranger "a key that nobody knows is not let in"
t move "a machine that moves is reachable, where it is now and from there"
t late "a machine whose namespace is not there yet is attached once it is"
t replaced "a registry that another file takes the place of is opened again, and followed"
t lost_device "a device that is removed is made again, with all that is on it"
finish
