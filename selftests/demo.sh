#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two sixpn hosts, two organisations, three machines and a laptop with stock WireGuard, in network namespaces of the VM that
# `make demo` boots. Organisation acme has network 1, organisation other network 2.
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
server=

leave() {
	local rc=$? ns
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
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
	ip netns exec "$where" "$@"
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

# key NAME: a key pair
key() {
	sixpn genkey >"$tmp/$1.key"
	sixpn pubkey <"$tmp/$1.key" >"$tmp/$1.pub"
	pub=$(cat "$tmp/$1.pub")
	echo "$1: public key $pub"
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
END

step "keys"
key fra; fra=$pub
key iad; iad=$pub
key laptop; laptop=$pub

step "the hosts: a sixpn device each, which know each other, and both organisations' networks"
say fra ip link add mesh0 type sixpn
say fra sixpn set mesh0 private-key "$tmp/fra.key" listen-port 51820 peer "$iad" kind host endpoint 192.0.2.2:51820 \
	network 1 network 2
say fra ip link set mesh0 up
say iad ip link add mesh0 type sixpn
say iad sixpn set mesh0 private-key "$tmp/iad.key" listen-port 51820 peer "$fra" kind host endpoint 192.0.2.1:51820 \
	network 1 network 2
say iad ip link set mesh0 up

step "three machines: a port in the namespace, with its address and routes; the address is what is printed"
say fra sixpn set mesh0 machine network 1 name web port eth6 netns web | tee "$tmp/web"
say fra sixpn set mesh0 machine network 2 name shop port eth6 netns shop | tee "$tmp/shop"
say iad sixpn set mesh0 machine network 1 name db port eth6 netns db | tee "$tmp/db"
web=$(tail -n 1 "$tmp/web") shop=$(tail -n 1 "$tmp/shop") db=$(tail -n 1 "$tmp/db")

step "a machine of acme reaches the other, on another host"
say web ping -n -q -c 3 -i 0.2 -W 10 "$db"

step "a refused crossing: it does not reach a machine of another organisation, not even on its own host"
refused web "$shop" "prohibited"
say fra sixpn show mesh0 drops
[ "$(ip netns exec fra sixpn show mesh0 drops | awk '$1 == "foreign-network" { print $2 }')" = 1 ]

step "the laptop: stock WireGuard, the module and the tool of its distribution, in acme's network (and with IPv4 to its host)"
say fra ip addr add 10.6.0.1/24 dev mesh0
say fra sixpn set mesh0 peer "$laptop" kind client allowed-ips 10.6.0.2/32 \
	machine network 1 name laptop client "$laptop" | tee "$tmp/address"
address=$(tail -n 1 "$tmp/address")
say laptop ip link add wg0 type wireguard
say laptop ip addr add "$address" dev wg0
say laptop ip addr add 10.6.0.2/24 dev wg0
say laptop wg set wg0 private-key "$tmp/laptop.key" \
	peer "$fra" allowed-ips fdaa:0:1::/48,10.6.0.0/24 endpoint 198.51.100.1:51820
say laptop ip link set wg0 up
say laptop ip route add fdaa:0:1::/48 dev wg0

step "ping, both ways, both families, by way of fra"
say laptop ping -n -q -c 3 -i 0.2 -W 10 "$db"
say db ping -n -q -c 3 -i 0.2 -W 10 "$address"
say laptop ping -n -q -c 3 -i 0.2 -W 10 10.6.0.1

step "the laptop's owner allows itself the other organisation's network: the host does not"
say laptop wg set wg0 peer "$fra" allowed-ips fdaa::/16,10.6.0.0/24
say laptop ip route add fdaa:0:2::/48 dev wg0
refused laptop "$shop" "prohibited"

step "iperf3, both ways (inside an emulated machine: the figures say that it works, not how fast it is)"
ip netns exec web iperf3 -s >/dev/null 2>&1 &
server=$!
until ip netns exec web ss -Hltn 'sport = :5201' | grep -q .; do
	kill -0 "$server"
	sleep 0.1
done
bulk "$web" -t 2
bulk "$web" -t 2 -R
bulk "$web" -u -b 10M -t 1

step "what the host sees"
say fra sixpn show
printf '\n'
say fra sixpn show mesh0 machines
printf '\n'
say fra sixpn show --json
say fra sixpn whois mesh0 "$db"
[ "$(ip netns exec fra sixpn show mesh0 latest-handshakes | awk '$2 > 0' | wc -l)" = 2 ]

step "what the laptop sees"
say laptop wg show
