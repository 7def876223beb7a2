#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two sixpn hosts, two organisations, three machines and a laptop with stock WireGuard, in network namespaces of the VM that
# `make demo` boots. The hosts share a registry in a file, as only hosts on one machine can: others share one in etcd.
#
#        web (acme)   shop (other)                       db (acme)
#           eth6        eth6                               eth6              laptop (acme)
#   +--------+-----------+--------+              +----------+----------+     +------------------------+
#   | mesh0, host fra             |              | mesh0, host iad     |     | wg0, the in-tree module|
#   |   eth1 198.51.100.1   eth0  |     veth     |   eth0  192.0.2.2   |     |   eth0  198.51.100.2   |
#   +-----+-----------------+-----+              +-----+---------------+     +-----+------------------+
#         |             192.0.2.1 +--------------------+                           |
#         +------------------------------- veth -----------------------------------+

set -euo pipefail
shopt -s inherit_errexit
umask 077
export NO_COLOR=1 WG_COLOR_MODE=never
tmp=$(mktemp -d)
background=

leave() {
	local rc=$? ns
	# shellcheck disable=SC2086 # a list
	[ -z "$background" ] || kill $background 2>/dev/null || true
	for ns in web db shop laptop fra iad; do
		ip netns del "$ns" 2>/dev/null || true
	done
	rm -rf "$tmp"
	if [ "$rc" = 0 ]; then
		printf '\nThe demo works: every step above succeeded.\n'
	else
		printf '\nThe demo FAILED in the step above (status %s).\n' "$rc"
	fi
}
trap leave EXIT

step() {
	printf '\n== %s\n' "$*"
}

# say WHERE COMMAND...: print a command like a prompt would, then run it there
say() {
	local where=$1
	shift
	printf '%s$ %s\n' "$where" "$*"
	SIXPN_CONFIG=$tmp/$where.conf ip netns exec "$where" "$@"
}

# refused WHERE ADDRESS "reason": a ping there is answered by nobody, for the reason that ping prints
refused() {
	local rc=0
	say "$1" ping -n -c 1 -W 10 "$2" >"$tmp/ping" 2>&1 || rc=$?
	cat "$tmp/ping"
	[ "$rc" != 0 ] && grep -q "$3" "$tmp/ping"
}

# bulk WORDS...: one iperf3 run from the laptop, as one line; it must have carried something
bulk() {
	printf 'laptop$ iperf3 -c %s\n' "$*"
	ip netns exec laptop iperf3 -f m -c "$@" >"$tmp/iperf" || {
		cat "$tmp/iperf"
		return 1
	}
	awk '/receiver/ && $5 > 0 { print; found = 1 } END { exit !found }' "$tmp/iperf"
}

# conf NAME ADDRESS: the configuration of a host
conf() {
	cat >"$tmp/$1.conf" <<-END
		name = $1
		region = $1
		endpoint = $2
		key-file = $tmp/$1.key
		registry = sqlite:$tmp/registry.db
		resolver-metrics = $tmp/$1.metrics
	END
	cat "$tmp/$1.conf"
}

# agent NAME: the agent of a host, until the demo ends
agent() {
	printf '%s$ sixpn agent &\n' "$1"
	SIXPN_CONFIG=$tmp/$1.conf ip netns exec "$1" sixpn agent 2>"$tmp/$1.log" &
	background="$background $!"
}

# resolver NAME: the same, of the resolver
resolver() {
	printf '%s$ sixpn-resolver &\n' "$1"
	SIXPN_CONFIG=$tmp/$1.conf ip netns exec "$1" sixpn-resolver 2>"$tmp/$1.resolver.log" &
	background="$background $!"
}

# soon COMMAND...: what an agent has been told to do is done
soon() {
	local _
	for _ in {1..100}; do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.2
	done
	cat "$tmp"/*.log
	return 1
}

step "two hosts, and a laptop at home, on cables; three containers on no cable at all"
printf 'netns add %s\n' fra iad laptop web shop db | ip -batch -
ip link add eth0 netns fra type veth peer name eth0 netns iad
ip link add eth1 netns fra type veth peer name eth0 netns laptop
for ns in fra iad laptop web shop db; do
	ip -n $ns link set lo up
done
ip -n fra -batch - <<-END
	addr add 192.0.2.1/24 dev eth0
	addr add 198.51.100.1/24 dev eth1
	link set eth0 up
	link set eth1 up
END
ip -n iad -batch - <<-END
	addr add 192.0.2.2/24 dev eth0
	link set eth0 up
END
ip -n laptop -batch - <<-END
	addr add 198.51.100.2/24 dev eth0
	link set eth0 up
	route add default via 198.51.100.1
END

step "the hosts: what each is called, and where the registry is; the rest they find by themselves"
conf fra 192.0.2.1
conf iad 192.0.2.2
say fra sixpn up
say iad sixpn up
agent fra
agent iad

step "both organisations' networks"
say fra sixpn network add acme
say fra sixpn network add other

step "three machines: a port in the namespace, with its address and routes; the address is what is printed"
say fra sixpn machine add web --network acme --app web --netns web | tee "$tmp/web"
say fra sixpn machine add shop --network other --app shop --netns shop | tee "$tmp/shop"
say iad sixpn machine add db --network acme --app db --netns db | tee "$tmp/db"
web=$(tail -n 1 "$tmp/web") shop=$(tail -n 1 "$tmp/shop") db=$(tail -n 1 "$tmp/db")
soon ip netns exec web ping -n -q -c 1 -W 1 "$db"

step "a machine of acme reaches the other, on another host"
say web ping -n -q -c 3 -i 0.2 -W 10 "$db"

step "a refused crossing: it does not reach a machine of another organisation, not even on its own host"
refused web "$shop" "prohibited"
say fra sixpn show mesh0 drops
[ "$(ip netns exec fra sixpn show mesh0 drops | awk '$1 == "foreign-network" { print $2 }')" = 1 ]

step "the laptop: stock WireGuard, the module and the tool of its distribution, and a file from the operator"
say iad sixpn client add laptop --network acme --gateway fra --owner you@example.com --out "$tmp/wg0.conf"
sed 's/^PrivateKey.*/PrivateKey = (secret)/' "$tmp/wg0.conf"
address=$(sed -n 's/^Address *= *//p' "$tmp/wg0.conf") address=${address%/*}
wg-quick strip "$tmp/wg0.conf" >"$tmp/stripped"
say laptop ip link add wg0 type wireguard
say laptop ip addr add "$address" dev wg0
say laptop wg setconf wg0 "$tmp/stripped"
say laptop ip link set wg0 up
say laptop ip route add fdaa:0:1::/48 dev wg0

step "ping, both ways, by way of fra, which lets the laptop in when it calls"
say laptop ping -n -q -c 3 -i 0.2 -W 10 "$db"
say db ping -n -q -c 3 -i 0.2 -W 10 "$address"

step "the laptop's owner allows itself the other organisation's network: the host does not"
say laptop wg set wg0 peer "$(ip netns exec laptop wg show wg0 peers)" allowed-ips fdaa::/16
say laptop ip route add fdaa:0:2::/48 dev wg0
refused laptop "$shop" "prohibited"

step "iperf3, both ways (inside an emulated machine: the figures say that it works, not how fast it is)"
ip netns exec web iperf3 -s >/dev/null 2>&1 &
background="$background $!"
until ip netns exec web ss -Hltn 'sport = :5201' | grep -q .; do
	kill -0 "$!"
	sleep 0.1
done
bulk "$web" -t 2
bulk "$web" -t 2 -R
bulk "$web" -u -b 10M -t 1

step "what the operator sees"
say iad sixpn status
say fra sixpn host list
say fra sixpn machine list
say fra sixpn client list
say fra sixpn whois mesh0 "$db"

step "what the kernel of fra has"
say fra sixpn show
[ "$(ip netns exec fra sixpn show mesh0 latest-handshakes | awk '$2 > 0' | wc -l)" = 2 ]

step "what the laptop sees"
say laptop wg show

step "names: each host's resolver answers those that are on it, at fdaa::3, which their namespaces were told when they were added"
resolver fra
resolver iad
soon ip netns exec db sixpn dig web.internal
soon ip netns exec shop sixpn dig shop.internal
say db grep -H fdaa: /etc/resolv.conf /etc/hosts
say db sixpn dig web.internal
say web sixpn dig TXT _instances.internal --short
say laptop sixpn dig db.internal "@$(sed -n 's/^DNS *= *//p' "$tmp/wg0.conf")" --short

step "db of acme asks web, by its name; to shop, of the other organisation, there is nobody of this name"
printf 'HTTP/1.0 200 OK\r\n\r\nthis is web\n' >"$tmp/page"
ip netns exec web socat -t 10 TCP6-LISTEN:80,reuseaddr,fork "EXEC:cat $tmp/page" &
background="$background $!"
until ip netns exec web ss -Hltn 'sport = :80' | grep -q .; do
	kill -0 "$!"
	sleep 0.1
done
say db curl -sS http://web.internal
rc=0
say shop curl -sS http://web.internal 2>&1 || rc=$?
[ "$rc" = 6 ]
rc=0
say shop sixpn dig web.internal 2>"$tmp/dig" || rc=$?
cat "$tmp/dig"
[ "$rc" = 1 ] && grep -q NXDOMAIN "$tmp/dig"
