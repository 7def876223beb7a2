#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A sixpn host and a laptop with stock WireGuard, in two network namespaces of the VM that `make demo` boots.
#
#   host                                              laptop
#   +---------------------------------+               +---------------------------------+
#   | mesh0, kind sixpn               |               | wg0, the in-tree module         |
#   | fd06::1  10.6.0.1               |               | fd06::2  10.6.0.2               |
#   |        \                        |     veth      |                        /        |
#   |         eth0  192.0.2.1 --------+---------------+------- 192.0.2.2  eth0          |
#   +---------------------------------+               +---------------------------------+

set -eu
shopt -s inherit_errexit
umask 077
export NO_COLOR=1 WG_COLOR_MODE=never
tmp=$(mktemp -d)
host=demo-host-$$ laptop=demo-laptop-$$
server=

leave() {
	local rc=$?
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	ip netns del "$host" 2>/dev/null || true
	ip netns del "$laptop" 2>/dev/null || true
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
	case $where in
	"$host") printf 'host$ %s\n' "$*" ;;
	"$laptop") printf 'laptop$ %s\n' "$*" ;;
	esac
	ip netns exec "$where" "$@"
}

# bulk WORDS...: one iperf3 run from the laptop, as one line; it must have carried something
bulk() {
	printf 'laptop$ iperf3 -c %s\n' "$*"
	ip netns exec "$laptop" iperf3 -f m -c "$@" >"$tmp/iperf" || {
		cat "$tmp/iperf"
		return 1
	}
	awk '/receiver/ && $5 > 0 { print; found = 1 } END { exit !found }' "$tmp/iperf"
}

step "two machines, one cable"
ip netns add "$host"
ip netns add "$laptop"
ip link add eth0 netns "$host" type veth peer name eth0 netns "$laptop"
for ns in "$host" "$laptop"; do
	ip -n "$ns" link set lo up
	ip -n "$ns" link set eth0 up
done
say "$host" ip addr add 192.0.2.1/24 dev eth0
say "$laptop" ip addr add 192.0.2.2/24 dev eth0

step "keys"
for name in host laptop; do
	sixpn genkey >"$tmp/$name.key"
	sixpn pubkey <"$tmp/$name.key" >"$tmp/$name.pub"
	echo "$name: public key $(cat "$tmp/$name.pub")"
done

step "the host: a sixpn device"
say "$host" ip link add mesh0 type sixpn
say "$host" ip addr add 10.6.0.1/24 dev mesh0
say "$host" ip addr add fd06::1/64 dev mesh0
say "$host" sixpn set mesh0 private-key "$tmp/host.key" listen-port 51820 \
	peer "$(cat "$tmp/laptop.pub")" allowed-ips 10.6.0.2/32,fd06::2/128
say "$host" ip link set mesh0 up

step "the laptop: stock WireGuard, the module and the tool of its distribution"
say "$laptop" ip link add wg0 type wireguard
say "$laptop" ip addr add 10.6.0.2/24 dev wg0
say "$laptop" ip addr add fd06::2/64 dev wg0
say "$laptop" wg set wg0 private-key "$tmp/laptop.key" \
	peer "$(cat "$tmp/host.pub")" allowed-ips 10.6.0.0/24,fd06::/64 endpoint 192.0.2.1:51820
say "$laptop" ip link set wg0 up

step "ping, both ways, both families"
say "$laptop" ping -n -q -c 3 -i 0.2 -W 10 10.6.0.1
say "$host" ping -n -q -c 3 -i 0.2 -W 10 fd06::2

step "iperf3, both ways (inside an emulated machine: the figures say that it works, not how fast it is)"
ip netns exec "$host" iperf3 -s >/dev/null 2>&1 &
server=$!
until ip netns exec "$host" ss -Hltn 'sport = :5201' | grep -q .; do
	kill -0 "$server"
	sleep 0.1
done
bulk 10.6.0.1 -t 2
bulk fd06::1 -t 2 -R
bulk fd06::1 -u -b 10M -t 1

step "what the host sees"
say "$host" sixpn show
printf '\n'
say "$host" sixpn show --json
[ "$(ip netns exec "$host" sixpn show mesh0 latest-handshakes | cut -f 2)" -gt 0 ]

step "what the laptop sees"
say "$laptop" wg show
