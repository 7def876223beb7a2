#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SELFTEST_LONG
# SELFTEST_TIMEOUT=1200
# Three hosts that share an etcd, each kept as it says by an agent: what is done on one is so on all, with no step by hand,
# whatever fails meanwhile.
#
#   [ x ]                [ y ]                [ z ]     machines, each at a port
#   +----------------+   +----------------+   +----------------+
#   | a: mesh0, agent|   | b: mesh0, agent|   | c: mesh0, agent|      d: wg0, a laptop
#   |   u 10.9.0.1   |   |   u 10.9.0.2   |   |   u 10.9.0.3   |      u 10.9.0.4
#   +-------+--------+   +-------+--------+   +-------+--------+         |
#           +--------------------+------ br0 ---------+------------------+
#                             e: etcd 10.9.0.5

. "$(dirname "$0")/lib.sh"
[ "$subject" = sixpn ] || skip_all "WireGuard has no agent"
have_kind sixpn || skip_all "no sixpn module"
need gojq socat
etcd=$(command -v etcd) || etcd=${SIXPN_DAEMONS:-}/etcd-server/usr/bin/etcd
[ -x "$etcd" ] || skip_all "no etcd-server on this machine"

lease=10
timeout=5
declare -A agent_pid=() address=()

# s NS WORDS...: sixpn on that host
s() {
	local ns=$1
	shift
	at "$ns" env SIXPN_CONFIG="$tmp/$ns.conf" sixpn "$@"
}

etcd_start() {
	enter "/run/netns/$scope-e" "$etcd" --data-dir "$tmp/etcd" --log-level error \
		--listen-client-urls http://10.9.0.5:2379 --advertise-client-urls http://10.9.0.5:2379 \
		--listen-peer-urls http://127.0.0.1:2380 >>"$tmp/etcd.log" 2>&1 &
	etcd_pid=$!
	echo $! >>"$tmp/pids"
}

agent_start() {
	enter "/run/netns/$scope-$1" env SIXPN_CONFIG="$tmp/$1.conf" sixpn agent 2>>"$tmp/$1.log" &
	agent_pid[$1]=$!
	echo $! >>"$tmp/pids"
}

logs() {
	local ns
	for ns in a b c; do
		tail -n 15 "$tmp/$ns.log" | sed "s/^/agent $ns: /"
	done
	tail -n 5 "$tmp/etcd.log" | sed 's/^/etcd: /'
}

# mesh: the three hosts, each of which knows the others
mesh() {
	local ns
	rm -rf "$tmp"/etcd "$tmp"/*.log "$tmp"/?.private*
	: >"$tmp/etcd.log"
	ns_add a b c d e x y z
	ipn e link add br0 type bridge
	addr e br0 10.9.0.5/24
	ipn e link set br0 up
	for ns in a b c d; do
		veth "$ns" e u "$ns"
		addr "$ns" u "${outer4[$ns]}/24"
		ipn e link set dev "$ns" master br0
	done
	etcd_start
	for ns in a b c; do
		cat >"$tmp/$ns.conf" <<-CONF
			name = host-$ns
			region = r$ns
			key-file = $tmp/$ns.private
			registry = etcd:10.9.0.5
			registry-timeout = $timeout
			lease = $lease
			resolver-metrics = $tmp/$ns.metrics
			resolver-upstreams = 127.0.0.1:5399
		CONF
		: >"$tmp/$ns.log"
		agent_start "$ns"
	done
	trap 'logs; leave' EXIT
	for ns in a b c; do
		wait_until -t 300 has_hosts "$ns" 2
	done
	s a network add prod
}

# has_hosts NS N: so many peers of kind host
has_hosts() {
	[ "$(at "$1" sixpn show mesh0 kinds | cut -f 2 | grep -cx host)" = "$2" ]
}

# machine_add HOST NAME SPACE
machine_add() {
	address[$2]=$(s "$1" machine add "$2" --network prod --app app --netns "$scope-$3")
}

reaches() {
	at "$1" ping -n -q -6 -c 1 -W 1 "$2"
}

unreached() {
	! reaches "$@"
}

# soon FROM ADDRESS: wait until it is reached, and say how long that took
soon() {
	local began=${EPOCHREALTIME/./}
	wait_until -t 60 reaches "$1" "$2"
	echo "reached from $1 after $(((${EPOCHREALTIME/./} - began) / 1000)) ms"
}

three() {
	machine_add a web x
	machine_add b db y
	machine_add c cron z
	soon x "${address[db]}"
	soon x "${address[cron]}"
	soon y "${address[cron]}"
}

everywhere() {
	soon z "${address[web]}"
	s c machine del db
	wait_until unreached z "${address[db]}"
	same "machines of b" "$(at b sixpn show mesh0 machines)" ""
	machine_add b db y
	soon z "${address[db]}"
}

# named NAME ADDRESS...: what x, at host a, is told of it; those that are alike in any order
named() {
	[ "$(at x sixpn dig "$1.internal" @fdaa::3 --short | sort)" = "$(printf '%s\n' "${@:2}" | sort)" ]
}

# soon_named NAME ADDRESS...: and how long that took
soon_named() {
	local began=${EPOCHREALTIME/./}
	wait_until -t 60 named "$@"
	echo "$1 named after $(((${EPOCHREALTIME/./} - began) / 1000)) ms"
}

# The resolver of host a follows the same etcd: what another host enters has its name at once.
names() {
	enter "/run/netns/$scope-a" env SIXPN_CONFIG="$tmp/a.conf" sixpn-resolver 2>>"$tmp/a.log" &
	echo $! >>"$tmp/pids"
	soon_named app "${address[@]}"
	s c machine del cron
	soon_named app "${address[web]}" "${address[db]}"
	machine_add c cron z
	soon_named cron.vm.app "${address[cron]}"
	# the nearest first: that of its own host
	same "nearest" "$(at x sixpn dig top3.nearest.of.app.internal @fdaa::3 --short | sed -n 1p)" "${address[web]}"
}

# etcd stands still for a minute (where a minute has been waited for already, for less), then is killed and started again
outage() {
	local before lost ping long=15
	[ "${SIXPN_KERNEL:-6.12}" != 6.12 ] || long=60
	before=$(at a sixpn show mesh0 latest-handshakes | sort)
	at x ping -n -6 -i 0.5 -c $((2 * long + 10)) -W 20 "${address[db]}" >"$tmp/ping" &
	ping=$!
	kill -STOP "$etcd_pid"
	wait_until -t 120 grep -q "does not answer" "$tmp/a.log"
	cmd_fail "does not answer" s a machine list
	pause "$long"
	named app "${address[@]}"
	kill -CONT "$etcd_pid"
	same "handshakes" "$(at a sixpn show mesh0 latest-handshakes | sort)" "$before"
	wait_until s a machine del cron
	wait_until unreached x "${address[cron]}"
	kill -KILL "$etcd_pid"
	wait "$etcd_pid" || true
	reaches x "${address[db]}"
	etcd_start
	wait_until -t 120 s a network list
	machine_add c cron z
	soon x "${address[cron]}"
	wait "$ping"
	lost=$(sed -n 's/.*, \([0-9]*\)% packet loss.*/\1/p' "$tmp/ping")
	same "packets lost" "$lost" 0
}

has_client() {
	at "$1" sixpn show mesh0 kinds | cut -f 2 | grep -qx client
}

no_client() {
	! has_client "$1"
}

has_route() {
	at "$1" sixpn show mesh0 routes | grep -q .
}

alive() {
	# shellcheck disable=SC2016 # for gojq
	[ "$(s a --json host list | gojq --arg name "$1" '.[] | select(.name == $name).alive')" = "$2" ]
}

dies() {
	wait_until alive host-c true
	kill -KILL "${agent_pid[c]}"
	wait "${agent_pid[c]}" || true
	ipn c link del mesh0
	wait_until -t $((lease + 50)) alive host-c false
	s a --json machine list | gojq -e '.[] | select(.name == "cron") | .alive == false and .state == "started"'
	s a --json machine list | gojq -e '.[] | select(.name == "db").alive'
	reaches x "${address[db]}"
	# as after a reboot
	agent_start c
	wait_until alive host-c true
	soon x "${address[cron]}"
	# whose session is of its device before finds out in a while
	soon y "${address[cron]}"
}

# call NAME: a new client, made and called with anew
call() {
	rm -f "$tmp/wg0.conf" "$tmp/stripped"
	s a client add "$1" --network prod --gateway host-b --out "$tmp/wg0.conf"
	wg-quick strip "$tmp/wg0.conf" >"$tmp/stripped"
	grep -F "Endpoint = ${outer4[b]}:51820" "$tmp/stripped"
	sniff d u "$tmp/wire"
	ipn d link add wg0 type wireguard
	at d wg setconf wg0 "$tmp/stripped"
	ipn d addr add "$(sed -n 's/^Address *= *//p' "$tmp/wg0.conf")" dev wg0 nodad
	ipn d link set wg0 up
	ipn d route add fdaa::/16 dev wg0
}

# seen_from NS CLIENT: it is known there when the client was last seen, elsewhere
seen_from() {
	[ "$(s "$1" --json client show "$2" --network prod | gojq '."last-seen" != null and ."latest-handshake" == null')" = true ]
}

# Made on a, let in by b when it calls, for a machine on c.
laptop() {
	local try
	for try in 1 2 3 4 5; do
		call "laptop$try"
		! let_in d "${address[cron]}" || break
		[ "$try" != 5 ] || fail "never let in at the first message"
		s a client del "laptop$try" --network prod
		wait_until no_client b
		ipn d link del wg0
	done
	has_client b
	not has_client a
	wait_until seen_from a "laptop$try"
	s c client list | grep "^laptop$try	prod	.*	host-b	.*	20[0-9-]*T[0-9:]*Z	-	-	-$"
	s c client del "laptop$try" --network prod
	wait_until no_client b
	rm "$tmp/wg0.conf"
	ipn d link del wg0
}

# What has a TCP connection open goes on with it at its new host.
move() {
	local connection
	bg at x socat TCP6-LISTEN:7,fork EXEC:cat
	wait_until listening x 7
	bg at y bash -c "exec 3<>/dev/tcp/${address[web]}/7
		while sleep 0.1; do echo beat >&3; read -r answer <&3 && echo \"\$answer\"; done >'$tmp/beats'"
	connection=$!
	wait_until grep -q beat "$tmp/beats"
	s a machine move web --to host-c --netns "$scope-x"
	soon z "${address[web]}"
	same "host of web" "$(s b --json machine show web | gojq -r '."host-name" // .host')" "$(s b --json machine show cron | gojq -r '."host-name" // .host')"
	: >"$tmp/beats"
	wait_until beats 20
	kill -0 "$connection"
	# not by way of its old host
	wait_until has_route b
}

beats() {
	[ "$(wc -l <"$tmp/beats")" -ge "$1" ]
}

reload() {
	local ns
	# an agent makes its device again at once, which loads the module
	kill -STOP "${agent_pid[@]}"
	for ns in a b c; do
		ipn "$ns" link del mesh0
	done
	modprobe -r sixpn
	kill -CONT "${agent_pid[@]}"
	soon x "${address[db]}"
	soon z "${address[web]}"
	soon_named app "${address[@]}"
}

clients_of() {
	at "$1" sixpn show mesh0 kinds | cut -f 2 | grep -cx client || true
}

# Of very many the kernel holds those that call; each is answered at its first message. SIXPN_TEST_CROWD=10000: so many,
# which takes minutes under emulation.
crowd() {
	local count=${SIXPN_TEST_CROWD:-200} called=20
	[ "$count" -lt 10000 ] || called=100
	if [ "${SIXPN_KERNEL:-}" = debug ] && [ "$count" -lt 1000 ]; then
		count=100 called=10
	fi
	at e "${script[@]}" crowd.py fill 10.9.0.5:2379 1 "$(at b sixpn show mesh0 host-id)" "$count"
	same "clients" "$(s a --json client list | gojq length)" "$count"
	at d "${script[@]}" crowd.py call "${outer4[b]}" 51820 "$(at b sixpn show mesh0 public-key)" "$called"
	same "clients in the kernel" "$(clients_of b)" "$called"
	same "clients in the other kernel" "$(clients_of a)" 0
}

story() {
	[ "${SIXPN_TEST_CROWD:-0}" -lt 1000 ] || timeout=60
	mesh
	three
	stage everywhere "what is added on one host is reached from all others, and what is removed is not"
	stage names "what is added on one host has its name on another, its own host's machines first"
	stage outage "without the registry for a minute traffic, sessions and names go on; it is followed again once it is back"
	stage dies "a host that dies is told from those alive within its lease, and comes back"
	stage laptop "a laptop entered on one host is let in by another when it calls"
	stage crowd "of very many clients the kernel holds those that call, each let in at its first message"
	stage reload "all of it comes back after the module was away"
	stage move "a TCP connection outlives the move of a machine to another host"
}

t story "three hosts are kept as one registry says, whatever fails"
finish
