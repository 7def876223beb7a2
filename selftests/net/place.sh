#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kernels: 6.12
# Where the resolver is asked: it waits for the device, has its addresses there and a way for its answers that nobody else
# takes, and has them again when the device is made again. (names.sh has what it answers.)
#
#   namespaces x, y            namespace a
#   +-----------------+      +------------------------+
#   | web of acme (x) |------| mesh0, agent, resolver |
#   | web of beta (y) | ports|          u 10.9.0.1    |
#   +-----------------+      +------------------------+

# shellcheck source=SCRIPTDIR/lib.sh
# shellcheck disable=SC2154,SC2317 # variables and functions of that file; t runs the functions here
. "$(dirname "$0")/lib.sh"
have_kind sixpn || skip_all "no sixpn module"
need gojq sixpn-resolver

declare -A daemon_pid=() address=()

# s WORDS...: sixpn on the host
s() {
	at a env SIXPN_CONFIG="$tmp/conf" sixpn "$@"
}

# daemon NAME WORDS...
daemon() {
	enter "/run/netns/$scope-a" env SIXPN_CONFIG="$tmp/conf" "${@:2}" 2>>"$tmp/daemons.log" &
	daemon_pid[$1]=$!
	echo $! >>"$tmp/pids"
}

logs() {
	sed 's/^/# /' "$tmp/daemons.log"
}

# answers NS SERVER NAME ADDRESS [OPTION]: that and nothing else
answers() {
	[ "$(at "$1" sixpn dig "$3" "@$2" --short "${@:5}")" = "$4" ]
}

# machine NAME NETWORK NS
machine() {
	address[$3]=$(s machine add "$1" --network "$2" --app web --netns "$scope-$3" --ifname eth6)
}

# network NAME: its part of an address, for numbers below 65536
network() {
	printf '0:%x' "$(s --json network show "$1" | gojq .network)"
}

# gone NETWORK: its resolver has no address
gone() {
	! ipn a addr show mesh0 | grep -qF "fdaa:$1::3/"
}

both_answer() {
	wait_until -t 30 answers x fdaa::3 web.internal "${address[x]}"
	wait_until -t 30 answers y fdaa::3 web.internal "${address[y]}"
}

all() {
	local number
	ns_add a b x y
	cable a b
	trap 'logs; leave' EXIT
	cat >"$tmp/conf" <<-CONF
		name = host-a
		key-file = $tmp/private
		registry = sqlite:$tmp/registry.db
		resolver-metrics = $tmp/run/metrics
		resolver-upstreams = 127.0.0.1:5399
	CONF
	daemon resolver sixpn-resolver
	wait_until grep -q "waiting for it" "$tmp/daemons.log"
	daemon agent sixpn agent
	wait_until at a sixpn show mesh0
	s network add acme
	s network add beta
	machine web acme x
	machine web beta y
	both_answer
	answers x "fdaa:$(network acme)::3" web.internal "${address[x]}"
	answers x "fdaa:$(network acme)::3" web.internal "${address[x]}" --tcp
	answers a "fdaa:$(network beta)::3" web.internal "${address[y]}"
	not grep -qE "^Uid:.*[[:space:]]0([[:space:]]|$)" "/proc/${daemon_pid[resolver]}/status"
	# no other user of the host, nor root by accident, speaks from there
	not at a ping -6 -q -c 1 -W 1 "${address[y]}"
	not at a ping -6 -q -c 1 -W 1 -I fdaa::3 "${address[y]}"
	not at a ping -6 -q -c 1 -W 1 -I "fdaa:$(network beta)::3" "${address[y]}"
	# a network that goes takes its address along
	number=$(network beta)
	s machine del web --network beta
	s network del beta
	wait_until gone "$number"
	# what others take away comes back: routes and addresses go with a link that is down, rules with some managers of networks
	ipn a link set mesh0 down
	ipn a link set mesh0 up
	wait_until -t 30 answers x fdaa::3 web.internal "${address[x]}"
	wait_until -t 30 answers x "fdaa:$(network acme)::3" web.internal "${address[x]}"
	ipn a -6 rule del fwmark 0x36504e
	wait_until -t 30 answers x fdaa::3 web.internal "${address[x]}"
	ipn a link del mesh0
	wait_until -t 30 at a sixpn show mesh0
	wait_until -t 30 answers x fdaa::3 web.internal "${address[x]}"
	kill -TERM "${daemon_pid[resolver]}"
	wait "${daemon_pid[resolver]}"
}

t all "the resolver's addresses, and the way of its answers"
finish
