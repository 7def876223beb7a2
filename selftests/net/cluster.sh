#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kernels: 6.12
# SELFTEST_LONG
# Two hosts on an etcd of three members that asks for a password: it is not there when they start, loses its leader while a
# machine is added, and is given another password. Packets flow meanwhile.
#
#   [ x ]                [ y ]
#   +----------------+   +----------------+
#   | a: mesh0, agent|   | b: mesh0, agent|
#   |   u 10.9.0.1   |   |   u 10.9.0.2   |
#   +-------+--------+   +-------+--------+
#           +---------br0--------+
#             e: etcd 10.9.0.5, .6 and .7

. "$(dirname "$0")/lib.sh"
[ "$subject" = sixpn ] || skip_all "WireGuard has no agent"
have_kind sixpn || skip_all "no sixpn module"
need gojq
etcd=$(command -v etcd) || etcd=${SIXPN_DAEMONS:-}/etcd-server/usr/bin/etcd
[ -x "$etcd" ] || skip_all "no etcd-server on this machine"

members=(10.9.0.5 10.9.0.6 10.9.0.7)
# of a vote; each heartbeat costs
election=2000
[ "${SIXPN_KERNEL:-}" != debug ] || election=8000
declare -A agent_pid=() address=()
etcd_pid=()

# s NS WORDS...: sixpn on that host; it waits for long, for the machine may be slow
s() {
	local ns=$1
	shift
	at "$ns" sixpn --config "$tmp/$ns.patient" "$@"
}

etcd_start() {
	local n=$1 ip=${members[$1]}
	enter "/run/netns/$scope-e" env GOMAXPROCS=1 GOGC=off "$etcd" --name "m$n" --data-dir "$tmp/etcd-$n" --log-level error \
		--listen-client-urls "http://$ip:2379" --advertise-client-urls "http://$ip:2379" \
		--listen-peer-urls "http://$ip:2380" --initial-advertise-peer-urls "http://$ip:2380" \
		--initial-cluster "m0=http://${members[0]}:2380,m1=http://${members[1]}:2380,m2=http://${members[2]}:2380" \
		--heartbeat-interval $((election / 10)) --election-timeout "$election" --bcrypt-cost 4 >>"$tmp/etcd.log" 2>&1 &
	etcd_pid[n]=$!
	echo $! >>"$tmp/pids"
}

# ask WORDS...: of store.py
ask() {
	at e "${script[@]}" store.py "$@"
}

agent_start() {
	enter "/run/netns/$scope-$1" env SIXPN_CONFIG="$tmp/$1.conf" sixpn agent 2>>"$tmp/$1.log" &
	agent_pid[$1]=$!
	echo $! >>"$tmp/pids"
}

logs() {
	tail -n 20 "$tmp/a.log" | sed 's/^/agent a: /'
	tail -n 20 "$tmp/b.log" | sed 's/^/agent b: /'
	tail -n 5 "$tmp/etcd.log" | sed 's/^/etcd: /'
}

# hosts: a and b, with their agents, and no etcd
hosts() {
	local ns
	rm -rf "$tmp"/etcd-* "$tmp"/?.log "$tmp"/?.private*
	: >"$tmp/etcd.log"
	ns_add a b e x y
	ipn e link add br0 type bridge
	addr e br0 "${members[@]/%//24}"
	ipn e link set br0 up
	echo first >"$tmp/password"
	for ns in a b; do
		veth "$ns" e u "$ns"
		addr "$ns" u "${outer4[$ns]}/24"
		ipn e link set dev "$ns" master br0
		cat >"$tmp/$ns.conf" <<-CONF
			name = host-$ns
			key-file = $tmp/$ns.private
			registry = etcd:10.9.0.5,10.9.0.6,10.9.0.7
			registry-user = hosts
			registry-password-file = $tmp/password
		CONF
		cat "$tmp/$ns.conf" - >"$tmp/$ns.patient" <<<"registry-timeout = 60"
		echo "registry-timeout = 3" >>"$tmp/$ns.conf"
		: >"$tmp/$ns.log"
		agent_start "$ns"
	done
	trap 'logs; leave' EXIT
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

says_down() {
	grep -q "cannot be connected to.*the kernel stays as it is" "$tmp/$1.log"
}

# started: without its registry a host has no device, and has one by itself once that answers
started() {
	local ns n
	for ns in a b; do
		wait_until says_down "$ns"
		not ipn "$ns" link show mesh0
	done
	cmd_fail "cannot be connected to" at a sixpn --config "$tmp/a.conf" up
	not ipn a link show mesh0
	for n in 0 1 2; do
		etcd_start "$n"
	done
	ask auth 10.9.0.5:2379 first
	for ns in a b; do
		wait_until -t 120 has_host "$ns"
	done
}

# leaderless: what is added at that moment is there soon, and all that was confirmed before
leaderless() {
	local began lead
	lead=$(ask leader 10.9.0.5:2379 10.9.0.6:2379 10.9.0.7:2379)
	kill -KILL "${etcd_pid[lead]}"
	began=${EPOCHREALTIME/./}
	machine_add b cron z
	wait_until reaches x "${address[cron]}"
	echo "without member $lead: reached after $(((${EPOCHREALTIME/./} - began) / 1000)) ms"
	same "machines" "$(s a --json machine list | gojq -r '[.[].name] | sort | join(" ")')" "cron db web"
	# the others are two of three still
	alive=10.9.0.$((lead == 0 ? 6 : 5)):2379
}

# follows NS: the last that its agent said of the registry is that it answers
follows() {
	grep -E "the kernel stays as it is|answers again" "$tmp/$1.log" | tail -n 1 | grep -q "answers again"
}

# locked_out: with an old password nothing is changed, and that is said
locked_out() {
	local ns
	ask password "$alive" first second
	cmd_fail "see the user and the password" s a machine list
	cmd_fail "see the user and the password" s a network add other
	for ns in a b; do
		wait_until -t 120 grep -q "see the user and the password.*the kernel stays as it is" "$tmp/$ns.log"
	done
	reaches x "${address[db]}"
	echo second >"$tmp/password"
	# others have it by now, the agents do not
	s b machine del cron --network prod
	kill -HUP "${agent_pid[@]}"
	for ns in a b; do
		wait_until -t 120 follows "$ns"
	done
	wait_until unreached x "${address[cron]}"
	ns_add w
	machine_add b late w
	wait_until reaches x "${address[late]}"
}

cluster() {
	local ping shaken since alive
	hosts
	started
	s a network add prod
	machine_add a web x
	machine_add b db y
	ns_add z
	wait_until reaches x "${address[db]}"
	shaken=$(handshakes a) since=$SECONDS
	bg at x ping -n -6 -i 0.5 "${address[db]}" >"$tmp/ping"
	ping=$!
	leaderless
	locked_out
	kill -INT "$ping"
	wait "$ping"
	grep ", 0% packet loss" "$tmp/ping"
	# after two minutes there is another one anyway
	[ $((SECONDS - since)) -ge 100 ] || same "handshakes" "$(handshakes a)" "$shaken"
}

t cluster "without etcd, without its leader and with a wrong password all goes on, nothing is lost, and it is said"
finish
