#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kernels: 6.12 debug
# Names as programs see them, in namespaces that sixpn machine add has told of their resolver: one name has another answer in
# another network, and the same one whoever asks it there.
#
#   namespaces c, d, e      namespace a                  namespace b              namespace g
#   +----------------+ port +--------------------------+ veth +------------------+ port +----------------+
#   | c, d: of acme  +------+ mesh0 of host a          +------+ mesh0 of host b  +------+ g: of acme     |
#   | e: of umbrella |      |     u 10.9.0.1           |      |     u 10.9.0.2   |      +----------------+
#   +----------------+      +------------+-------------+      +------------------+
#                                        | veth
#                            +-----------+-------------+
#                            | f, laptop of acme: wg0  |
#                            +-------------------------+

. "$(dirname "$0")/lib.sh"
need gojq sixpn sixpn-resolver wg dig kdig getent
have_kind sixpn || skip_all "no sixpn module"
have_kind wireguard || skip_all "no WireGuard module"

# sx HOST WORDS...: sixpn on a host
sx() {
	at "$1" sixpn --config "$tmp/$1.conf" "${@:2}"
}

declare -A pid=() address=()

# resolver HOST: its process in ${pid[HOST]}
resolver() {
	enter "/run/netns/$scope-$1" sixpn-resolver --config "$tmp/$1.conf" 2>>"$tmp/host/$1.log" &
	pid[$1]=$!
	echo $! >>"$tmp/pids"
}

answers() {
	sx "$1" dig _api.internal --network acme
}

# host NS: its resolver is there first
host() {
	local region=fra
	[ "$1" = a ] || region=ams
	cat >"$tmp/$1.conf" <<-EOT
		name = host-$1
		region = $region
		endpoint = ${outer4[$1]}
		key-file = $tmp/host/$1.key
		registry = sqlite:$tmp/host/registry.db
		resolver-metrics = $tmp/host/$1.metrics
	EOT
	chmod 600 "$tmp/$1.conf"
	resolver "$1"
	wait_until grep -q "waiting for it" "$tmp/host/$1.log"
	sx "$1" up
}

# machine NAME HOST NS NETWORK APP
machine() {
	address[$3]=$(sx "$2" machine add "$1" --network "$4" --app "$5" --netns "$scope-$3")
}

start() {
	rm -rf "$tmp/host" "$tmp"/*.conf /etc/netns
	mkdir "$tmp/host"
	ns_add a b c d e g
	cable a b
	host a
	host b
	sx a network add acme
	sx a network add umbrella
	machine web-1 a c acme web
	machine db-1 a d acme db
	machine web-1 a e umbrella web
	machine web-2 b g acme web
	sx a up
	wait_until answers a
	wait_until answers b
}

# inside NS WORDS...: with the namespace's own resolv.conf
inside() {
	ip netns exec "$scope-$1" "${@:2}"
}

# asks NS WORDS...: what a machine is answered, sorted, on one line
asks() {
	inside "$1" sixpn dig "${@:2}" --short | sort | tr '\n' ' '
}

# both NS...: their addresses, in the form of asks
both() {
	local ns
	for ns in "$@"; do
		echo "${address[$ns]}"
	done | sort | tr '\n' ' '
}

networks() {
	same "web, of acme" "$(asks c web.internal)" "$(both c g)"
	same "web, of umbrella" "$(asks e web.internal)" "$(both e)"
	same "from the other host" "$(asks g web.internal)" "$(both c g)"
	same "the nearest" "$(asks g top1.nearest.of.web.internal)" "$(both g)"
	same "the nearest" "$(asks c top1.nearest.of.web.internal)" "$(both c)"
	same "the two nearest" "$(inside c sixpn dig top2.nearest.of.web.internal --short | tr '\n' ' ')" "${address[c]} ${address[g]} "
	same "a region" "$(asks c ams.web.internal)" "$(both g)"
	same "apps of acme" "$(asks c TXT _apps.internal)" "db,web "
	same "apps of umbrella" "$(asks e TXT _apps.internal)" "web "
	same "whose it is" "$(asks d "${address[g]}")" "web-2.vm.web.internal. "
	cmd_fail "no such name" inside e sixpn dig db.internal
	cmd_fail "no such name" inside e sixpn dig "${address[d]}"
	# not by the other network's resolver either, nor in its name
	inside c sixpn dig web.internal @fdaa:0:1::3
	cmd_fail "REFUSED|does not answer|prohibited|unreachable|denied" inside e sixpn dig web.internal @fdaa:0:1::3
	# a host asks in the name of a network
	same "the host in acme" "$(sx a dig web.internal --network acme --short | sort | tr '\n' ' ')" "$(both c g)"
	same "the host in umbrella" "$(sx a dig web.internal --network umbrella --short)" "${address[e]}"
	cmd_fail "REFUSED" sx a dig web.internal
	# but nobody on it speaks to machines from there, nor is the resolver root
	not at a ping -n -q -c 1 -W 1 -I fdaa::3 "${address[e]}"
	not at a ping -n -q -c 1 -W 1 -I fdaa:0:1::3 "${address[c]}"
	not grep -q "^Uid:.*\b0\b" "/proc/${pid[a]}/status"
	# what moves away or is stopped is answered so at once
	sx a machine stop db-1 --network acme
	wait_until -t 20 has_none c db.internal
	sx a machine start db-1 --network acme
	wait_until -t 20 has_some c db.internal
}

has_some() {
	[ -n "$(inside "$1" sixpn dig "$2" --short)" ]
}

# The app is still there.
has_none() {
	local out
	out=$(inside "$1" sixpn dig "$2" --short) && [ -z "$out" ]
}

found() {
	inside "$1" sixpn dig "${@:2}"
}

# The same by all that is there to ask with; what has no A record has its AAAA all the same.
programs() {
	same "dig" "$(inside c dig +short AAAA web.internal | sort | tr '\n' ' ')" "$(both c g)"
	same "dig, by TCP" "$(inside c dig +tcp +short AAAA web.internal | sort | tr '\n' ' ')" "$(both c g)"
	same "dig -x" "$(inside c dig +short -x "${address[d]}")" db-1.vm.db.internal.
	same "kdig" "$(inside c kdig +short AAAA web.internal | sort | tr '\n' ' ')" "$(both c g)"
	inside c dig A web.internal | grep -q "status: NOERROR"
	inside c dig A none.internal | grep -q "status: NXDOMAIN"
	same "getaddrinfo" "$(inside c getent ahostsv6 web.internal | awk '$2 == "STREAM" { print $1 }' | sort | tr '\n' ' ')" "$(both c g)"
	same "any family" "$(inside c getent ahosts db.internal | awk '$2 == "STREAM" { print $1 }')" "${address[d]}"
	same "getnameinfo" "$(inside c getent hosts "${address[d]}" | awk '{ print $2 }')" db-1.vm.db.internal
	same "itself" "$(inside c getent ahostsv6 fly-local-6pn | awk 'NR == 1 { print $1 }')" "${address[c]}"
	/usr/bin/python3 -c "import dns" 2>/dev/null || return 0
	same "dnspython" "$(inside c /usr/bin/python3 -c '
import dns.resolver
print(" ".join(sorted(str(one) for one in dns.resolver.resolve("web.internal", "AAAA"))), "")')" "$(both c g)"
}

laptop() {
	local conf=$tmp/host/laptop.conf
	ns_add f
	veth a f w w
	addr a w 10.10.0.1/24
	addr f w 10.10.0.2/24
	sx a client add laptop --network acme --gateway host-a --out "$conf" --owner me
	ipn f link add wg0 type wireguard
	at f wg setconf wg0 <(grep -vE '^(Address|DNS)' "$conf" | sed "s/^Endpoint.*/Endpoint = 10.10.0.1:51820/")
	ipn f addr add "$(sed -n 's/^Address *= *//p' "$conf")" dev wg0 nodad
	ipn f link set wg0 up
	ipn f route add fdaa:0:1::/48 dev wg0
	mkdir -p "/etc/netns/$scope-f"
	sed -n 's/^DNS *= */nameserver /p' "$conf" >"/etc/netns/$scope-f/resolv.conf"
	grep -qx "nameserver fdaa:0:1::3" "/etc/netns/$scope-f/resolv.conf"
	wait_until -t 30 found f web.internal @fdaa:0:1::3
	same "dig" "$(inside f dig +short AAAA web.internal | sort | tr '\n' ' ')" "$(both c g)"
	same "getaddrinfo" "$(inside f getent ahostsv6 db.internal | awk 'NR == 1 { print $1 }')" "${address[d]}"
	inside f ping -n -q -c 1 -W 20 db.internal
	same "the client" "$(asks c laptop._peer.internal)" "$(sed -n 's,^Address *= *\(.*\)/.*,\1,p' "$conf") "
}

# While it is away nobody answers, and it goes on where it was.
failures() {
	kill -KILL "${pid[a]}"
	wait "${pid[a]}" || true
	cmd_fail "does not answer" inside c sixpn dig web.internal
	resolver a
	wait_until answers a
	same "after it" "$(asks c web.internal)" "$(both c g)"
	sx a down
	sx a up
	wait_until -t 30 has_some c web.internal
	same "by the next device, by TCP" "$(asks e web.internal --tcp)" "$(both e)"
	kill -TERM "${pid[a]}"
	wait "${pid[a]}"
}

story() {
	start
	stage networks "a name has the answer of the network that it is asked in"
	stage programs "all programs that ask are answered the same"
	stage laptop "a stock WireGuard laptop has the names of its network"
	stage failures "a resolver that is killed goes on where it was, and one whose device goes has the next"
}

t story "names are those of the asker's network, whoever asks"
finish
