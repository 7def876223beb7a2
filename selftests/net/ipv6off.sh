#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: append ipv6.disable=1
# A kernel started with IPv6 disabled: everything else works, and nothing leaks.
#
#   namespace a              namespace b
#   +----------------+       +----------------+
#   | mesh0 10.7.0.1 | veth  | wg0   10.7.0.2 |
#   |     u 10.9.0.1 +-------+     u 10.9.0.2 |
#   +----------------+       +----------------+

. "$(dirname "$0")/lib.sh"
grep -qw ipv6.disable=1 /proc/cmdline || skip_all "needs a kernel started with ipv6.disable=1"
need wg
have_kind "$subject" || skip_all "no $subject module"

ends() {
	local ns
	ns_add a b
	veth a b
	addr a u 10.9.0.1/24
	addr b u 10.9.0.2/24
	end_add a "$subject"
	end_add b "$1"
	for ns in a b; do
		addr "$ns" "${dev_of[$ns]}" "${inner4[$ns]}/24"
		ipn "$ns" link set "${dev_of[$ns]}" up
	done
	peer a b endpoint "$(endpoint b 4)"
	peer b a
}

works() {
	ends "$1"
	reach a b
	reach b a
	iperf_server b
	iperf a -c "${inner4[b]}" -n 1M
	iperf a -c "${inner4[b]}" -n 1M -R
}

with_itself() { works "$subject"; }
with_module() { works wireguard; }

# An IPv6 endpoint cannot be reached: packets are dropped, with an error, time and again.
ipv6_endpoint() {
	local before
	ends "$subject"
	conf a peer "${pub[b]}" endpoint "[fd09::2]:51820"
	before=$(link_stat a tx packets)
	not at a ping -n -q -c 20 -i 0.05 -W 1 "${inner4[b]}"
	echo "packets counted as sent: $(($(link_stat a tx packets) - before))"
	conf a peer "${pub[b]}" endpoint "$(endpoint b 4)"
	wait_until at a ping -n -q -c 1 -W 5 "${inner4[b]}"
}

t with_itself "tunnels of $subject over IPv4"
t with_module "tunnels with the in-tree module over IPv4"
t ipv6_endpoint "an IPv6 endpoint is an error and does no harm"
finish
