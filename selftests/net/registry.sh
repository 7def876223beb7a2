#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kernels: 6.12
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
	# it is at the one before; nobody enters that
	kill -STOP "${agent_pid[b]}"
	ipn b <<-EOT
		addr del ${outer4[b]}/24 dev u
		addr add 10.9.0.77/24 dev u
	EOT
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

# store get|put [KEY VALUE]...: of store.py
store() {
	"${script[@]}" store.py "$1" "$tmp/registry.db" "${@:2}"
}

# told REGEX: both agents say so
told() {
	wait_until grep -qE "$1" "$tmp/a.log"
	wait_until grep -qE "$1" "$tmp/b.log"
}

# key KIND ID...: of a record
key() {
	printf '%s' "$1"
	shift
	printf '/%08x' "$@"
}

has_machine() {
	at "$1" sixpn show mesh0 machines | grep -q "^$2	"
}

unreadable() {
	local host network db other bad="what it is about is left as it is" prefix=/sixpn/v1
	host=$prefix/$(key host "$(($(at b sixpn show mesh0 host-id)))")
	network=$prefix/$(key network "$(s a --json network show prod | gojq .network)")
	db=$(s a --json machine show db | gojq -r '"machine \(.host) \(.network) \(.home) \(.machine)"')
	# shellcheck disable=SC2086 # words
	db=$prefix/$(key $db)
	store get "$host" "$tmp/host" "$network" "$tmp/network" "$db" "$tmp/db"
	echo '{"schema":1,"host":' >"$tmp/cut-short"
	gojq -c '.schema = 2' "$tmp/network" >"$tmp/future"
	sed 's/"started"/["started"]/' "$tmp/db" >"$tmp/mistyped"
	printf '{"schema":1,"host":99,"x":"%0100000d"}' 0 >"$tmp/huge"
	echo '{"schema":1,"host":2e99}' >"$tmp/number"
	store put "$host" "$tmp/cut-short" "$network" "$tmp/future" "$db" "$tmp/mistyped" "$prefix/$(key host 99)" "$tmp/huge" \
		"$prefix/host/whatever" "$tmp/number"
	told "$host: not JSON.*: $bad"
	told "$network: schema 2 is of a later version of sixpn: $bad"
	wait_until grep -q "$db: state is not .*: $bad" "$tmp/b.log"
	told "$prefix/$(key host 99): longer than 65536 bytes: $bad"
	told "$prefix/host/whatever: .*2-4294967295.*: $bad"
	reaches x "${address[db]}"
	# the rest goes on
	s a network add other
	ns_add w z
	other=$(s a machine add aside --network other --app app --netns "$scope-z")
	has_machine a "$other"
	kill -0 "${agent_pid[@]}"
	# and so does that, once it is as it should be
	sed 's/"started"/"stopped"/' "$tmp/db" >"$tmp/stopped"
	store put "$host" "$tmp/host" "$network" "$tmp/network" "$db" "$tmp/stopped"
	wait_until unreached x "${address[db]}"
	machine_add b late w
	wait_until reaches x "${address[late]}"
	store put "$db" "$tmp/db"
	wait_until reaches x "${address[db]}"
}

# beside NS: commands on a host, each of which changes its kernel, as the agent does
beside() {
	local i
	for i in 1 2; do
		s "$1" --json up | gojq -e '.changed == false'
		s "$1" machine add "m-$1" --network prod --app app --host
		s "$1" client add "c-$1" --network prod --out "$tmp/$1-$i"
		s "$1" machine stop "m-$1" --network prod
		s "$1" up
		s "$1" client del "c-$1" --network prod
		s "$1" machine del "m-$1" --network prod
	done
}

# Nobody undoes what another one has done, were it for a moment: peers, and machines that stay.
together() {
	local ping other
	bg at a sixpn monitor >"$tmp/events"
	bg at x ping -n -6 -i 0.2 "${address[db]}" >"$tmp/ping"
	ping=$!
	beside b >"$tmp/beside" 2>&1 &
	other=$!
	beside a
	wait "$other" || { cat "$tmp/beside"; fail "on b"; }
	kill -INT "$ping"
	wait "$ping"
	grep ", 0% packet loss" "$tmp/ping"
	grep -v "^handshake" "$tmp/events" | cut -d ' ' -f 1,8- >"$tmp/changes" || true
	for other in 1 2; do
		printf '%s\n' "machine name m-a host attached" "machine name m-a detached" "machine-removed name m-a"
	done | diff - "$tmp/changes"
	same "machines" "$(at a sixpn show mesh0 machines | cut -f 1)" "${address[web]}"
	wait_until no_clients
	not grep -E "warning|error|cannot" "$tmp/a.log" "$tmp/b.log"
}

goes_on() {
	local shaken since
	mesh "endpoint = ${outer4[b]}:51820"
	answered x "${address[db]}" 60
	shaken=$(handshakes a) since=$SECONDS
	together
	unreadable
	# after two minutes there is another one anyway
	[ $((SECONDS - since)) -ge 100 ] || same "handshakes" "$(handshakes a)" "$shaken"
}

t elsewhere "a host that does not answer is tried at its next endpoint, and at the first again"
t expiry "a client that expires is put out at its time, whether it is connected or has never called"
t goes_on "commands beside agents change nothing but what they are told; what cannot be read stays as it is, until it is mended"
finish
