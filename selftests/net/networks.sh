#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SELFTEST_LONG
# Machines of two networks on two hosts: what passes, what does not, and which reason is counted for it.
#
#   namespaces m1 m2 n1 (ports of a)        namespaces m3 n3 (ports of b)
#      |     |     |                           |     |
#   +--+-----+-----+----+                   +--+-----+----+
#   | mesh0, host a     |  veth, underlay   | mesh0, host b|     m*: network 1
#   |     u 10.9.0.1    +-------------------+ u 10.9.0.2   |     n*: network 2
#   +-------------------+                   +--------------+

. "$(dirname "$0")/lib.sh"
need wg gojq ethtool iperf3
have_kind sixpn || skip_all "no sixpn module"
[ "$subject" = sixpn ] || skip_all "networks are sixpn's"

declare -A ip=()

mesh() {
	local ns=$1
	shift
	at "$ns" "${script[@]}" mesh.py "$@"
}

# two hosts that know each other as hosts
hosts() {
	local ns other
	ns_add a b
	cable a b
	end_add a sixpn
	end_add b sixpn
	for ns in a b; do
		other=$([ "$ns" = a ] && echo b || echo a)
		ipn "$ns" link set mesh0 up
		conf "$ns" peer "${pub[$other]}" kind host endpoint "$(endpoint "$other" 4)" network 1 network 2
	done
}

# machine HOST NETWORK NS: a namespace of its own with a port of that host, with address and routes
machine() {
	local host=$1 network=$2 ns=$3
	ns_add "$ns"
	ip[$ns]=$(conf "$host" machine network "$network" name "$ns" port eth6 netns "$scope-$ns")
}

two_hosts() {
	hosts
	machine a 1 m1
	machine a 1 m2
	machine a 2 n1
	machine b 1 m3
	machine b 2 n3
}

say() { at "$1" ping -n -q -c 1 -W 20 "${ip[$2]:-$2}"; }

# refused FROM TO "what ping prints"
refused() {
	not at "$1" ping -n -c 1 -W 20 "${ip[$2]:-$2}" >"$tmp/ping"
	grep -q "$3" "$tmp/ping" || { cat "$tmp/ping"; fail "not \"$3\""; }
}

# drops HOST REASON: the counter
drops() {
	at "$1" ethtool -S mesh0 | awk -v r="$2:" '$1 == r { print $2 }'
}

# peer_drops HOST OTHER: packets of that peer which HOST dropped
peer_drops() {
	peer_field "$1" "$2" peer-drops
}

# machine_drops HOST NAME: packets from or for that machine
machine_drops() {
	show "$1" machines | awk -v n="$2" '$4 == n { print $11 }'
}

more_drops() { [ "$(machine_drops "$1" "$2")" -gt "$3" ]; }

# all_drops HOST: of all reasons together
all_drops() {
	at "$1" ethtool -S mesh0 | awk '$2 ~ /^[0-9]+$/ { n += $2 } END { print n }'
}

# counted HOST REASON NUMBER COMMAND...: the command moves that counter by so many and no other
counted() {
	local host=$1 reason=$2 number=$3
	shift 3
	at "$host" ethtool -S mesh0 >"$tmp/before"
	"$@"
	at "$host" ethtool -S mesh0 >"$tmp/after"
	diff "$tmp/before" "$tmp/after" | awk '/^[<>]/ { d[$2] += ($1 == ">" ? 1 : -1) * $3 }
		END { for (r in d) print r, d[r] }' | sort >"$tmp/moved"
	same "drops" "$(cat "$tmp/moved")" "$reason: $number"
}

# hex of an address, of an IPv6 header (NEXT LENGTH SRC DST)
declare -A hex_of=()
# know ADDRESS...: their hex digits, by one program for all
know() {
	local a digits
	while read -r a digits; do
		hex_of[$a]=$digits
	done < <("${python[@]}" -c 'import _socket as socket, sys
for a in sys.argv[1:]: print(a, socket.inet_pton(10, a).hex())' "$@")
}

hex() { echo "${hex_of[$1]}"; }

header() {
	printf '60000000%04x%02x40%s%s' "$2" "$1" "$(hex "$3")" "$(hex "$4")"
}

# counts HOST MACHINE|NETWORK: packets in and out, and drops
counts() {
	# shellcheck disable=SC2016 # for gojq
	at "$1" sixpn --json show mesh0 | gojq -r --arg what "$2" '.. | objects |
		select(has("drops") and (.name? == $what or (has("prefix") and (.id | tostring) == $what))) |
		"\(.rx_packets) \(.tx_packets) \(.drops)"'
}

# What passes and what does not, to the packet: one to another of this host, one to another host and its answer, one refused.
counters() {
	say m1 m2
	say m1 m3
	refused m1 n1 "Administratively prohibited"
	refused m1 "${ip[m1]%:*:*:*}:dead:beef:2" "Address unreachable"
	same "m1" "$(counts a m1)" "2 2 2"
	same "m2" "$(counts a m2)" "1 1 0"
	same "m3" "$(counts b m3)" "1 1 0"
	same "n1" "$(counts a n1)" "0 0 0"
	same "network 1 at a" "$(counts a 1)" "3 3 2"
	same "network 1 at b" "$(counts b 1)" "1 1 0"
	same "network 2 at a" "$(counts a 2)" "0 0 0"
	# what comes for one that is away is its drop, too
	ipn m2 link set eth6 down
	refused m1 m2 "Address unreachable"
	same "m1" "$(counts a m1)" "2 2 3"
	same "m2" "$(counts a m2)" "1 1 1"
	same "network 1 at a" "$(counts a 1)" "3 3 3"
	ipn m2 <<-END
		link set eth6 up
		addr replace ${ip[m2]}/128 dev eth6 nodad
		route replace fdaa::/16 dev eth6
	END
}

# Marks and priorities are one namespace's own affair.
scrubbed() {
	local rules
	rules='table inet seen { chain in { type filter hook input priority 0; meta mark != 0 counter; meta priority != 0 counter; }; }'
	at m2 nft "$rules"
	at m3 nft "$rules"
	say m1 m3
	# SO_PRIORITY, SO_MARK
	at m1 "${python[@]}" -c 'import _socket as socket, sys
sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
sock.setsockopt(socket.SOL_SOCKET, 12, 5)
sock.setsockopt(socket.SOL_SOCKET, 36, 7)
for address in sys.argv[1:]: sock.sendto(b"marked", (address, 9))' "${ip[m2]}" "${ip[m3]}"
	# when these are answered those have come
	say m1 m2
	say m1 m3
	same "marked" "$(at m2 nft list ruleset | grep -c "packets 0 ") $(at m3 nft list ruleset | grep -c "packets 0 ")" "2 2"
}

# With the mesh device down there is no tunnel and no host, and machines of one host do without.
down() {
	ipn a addr add fdaa::3/128 dev mesh0 nodad
	say m1 m3
	ipn a link set mesh0 down
	counted a device-down 1 refused m1 m3 "Address unreachable"
	say m1 m2
	ipn a addr add fdaa::3/128 dev lo nodad
	counted a device-down 1 refused m1 fdaa::3 "Address unreachable"
	ipn a addr del fdaa::3/128 dev lo
	ipn a link set mesh0 up
	ipn a addr flush dev mesh0
	say m1 m3
}

reachable() {
	local dropped
	dropped=$(all_drops a)
	say m1 m2
	say m1 m3
	say m3 m2
	say n1 n3
	same "flags" "$(ipn m1 -j link show eth6 | gojq -r '.[0] | "\(.mtu) \(.flags | sort | join(" "))"')" \
		"1420 LOWER_UP NOARP POINTOPOINT UP"
	same "drops" "$(all_drops a)" "$dropped"
}

crossing() {
	counted a foreign-network 1 refused m1 n1 "Administratively prohibited"
	counted a foreign-network 1 refused m1 n3 "Administratively prohibited"
	counted a no-machine 1 refused m1 "${ip[m1]%:*:*:*}:dead:beef:2" "Address unreachable"
	counted a no-host 1 refused m1 fdaa:0:1:1234:5678:1:1:2 "No route"
	counted a well-known 1 refused m1 fdaa::3 "Address unreachable"
	counted a well-known 1 refused m1 fdaa:0:1::3 "Address unreachable"
	counted a foreign-network 1 refused m1 fdaa:0:2::3 "Administratively prohibited"
	# networks whose numbers agree in one half
	conf a network 65537
	machine a 65537 w1
	counted a foreign-network 1 refused m1 w1 "Administratively prohibited"
	counted a foreign-network 1 refused w1 m1 "Administratively prohibited"
	# what is for host b reaches it, and b answers
	counted b no-machine 1 refused m1 "${ip[m3]%:*:*:*}:dead:beef:2" "Address unreachable"
}

well_known() {
	ipn a addr add fdaa::3/128 dev mesh0 nodad
	ipn a addr add fdaa:0:1::3/128 dev mesh0 nodad
	ipn a route add fdaa::/16 dev mesh0
	say m1 fdaa::3
	say n1 fdaa::3
	say m1 fdaa:0:1::3
	refused n1 fdaa:0:1::3 "Administratively prohibited"
	# that of another host is not asked
	not at m3 ping -n -q -c 1 -W 2 fdaa::3
	ipn a addr flush dev mesh0
	ipn a route flush dev mesh0
}

host_machine() {
	local host other
	host=$(mesh a mesh0 machine 1 name onhost host)
	ipn a addr add "$host/48" dev mesh0 nodad
	say m1 "$host"
	say m3 "$host"
	at a ping -n -q -c 1 -W 20 "${ip[m3]}"
	at a ping -n -q -c 1 -W 20 "${ip[m1]}"
	not at a ping -n -q -c 1 -W 2 -I "$host" "${ip[n1]}"
	# not for machines that are not its own, though it gives itself their addresses
	for other in "${ip[m1]}" "${ip[m3]}" "${ip[n1]}"; do
		ipn a addr add "$other/128" dev lo nodad
		counted a spoofed-source 1 not at a ping -n -q -c 1 -W 1 -I "$other" "${ip[m2]}"
		ipn a addr del "$other/128" dev lo
	done
	# nor to itself: what the mesh would bring back came from nobody
	know "$host" "${ip[m2]}"
	counted a no-machine 1 mesh a mesh0 inject "$(header 17 8 "$host" "$host")c000c00000080000"
	# nor for one that has moved
	mesh a mesh0 machine-set "$host" moved-to "$(mesh b mesh0 host-id)"
	counted a spoofed-source 1 not at a ping -n -q -c 1 -W 1 -I "$host" "${ip[m2]}"
}

# What one host passes from port to port stays in one piece.
big_local() {
	# a slow machine's TCP would make its packets smaller
	at m1 bash -c 'echo 40 >/proc/sys/net/ipv4/tcp_min_tso_segs'
	iperf_server m2
	iperf m1 -c "${ip[m2]}" -n 20M
	# bytes per packet that came in on the port
	ipn m2 -s -j link show eth6 | gojq -e '.[0].stats64.rx | .bytes / .packets > 10000'
	same "through the tunnel" "$(at a ethtool -S mesh0 | awk '$1 == "no-session:" { print $2 }')" 0
	# and through the tunnel
	iperf_server m3
	iperf m1 -c "${ip[m3]}" -n 2M
	iperf m3 -R -c "${ip[m2]}" -n 2M
}

too_big() {
	local dropped peer_dropped
	dropped=$(drops a too-big) peer_dropped=$(peer_drops a b)
	say m1 m3
	ipn m1 link set eth6 mtu 9000
	ipn m2 link set eth6 mtu 9000
	at m1 ping -n -q -c 1 -W 20 -s 8000 -M "do" "${ip[m2]}"
	# through the tunnel a smaller one is asked for, and then made
	not at m1 ping -n -c 1 -W 20 -s 8000 -M "do" "${ip[m3]}" >"$tmp/ping"
	grep -q "mtu[ =:]*1420" "$tmp/ping"
	at m1 ping -n -q -c 1 -W 20 -s 8000 -M dont "${ip[m3]}"
	between "drops" "$(($(drops a too-big) - dropped))" 1 3
	same "drops of the peer" "$(($(peer_drops a b) - peer_dropped))" "$(($(drops a too-big) - dropped))"
	# on one host it is the other machine's MTU that counts
	ipn m2 link set eth6 mtu 1420
	not at m1 ping -n -c 1 -W 20 -s 8000 -M "do" "${ip[m2]}" >"$tmp/ping"
	grep -q "mtu[ =:]*1420" "$tmp/ping"
	ipn m1 link set eth6 mtu 1420
}

hostile() {
	local udp=c000c00000080000 echo=8000000000010001 own other foreign link before
	own=${ip[m1]} other=${ip[m2]} foreign=${ip[n1]} link=fe80::1
	know "$own" "$other" "$foreign" "$link" "${ip[m3]}" ff02::1 ::
	before="$(machine_drops a m1) $(all_drops a)"
	attack() { mesh m1 eth6 inject "$@"; }
	counted a spoofed-source 2 attack "$(header 17 8 "$other" "$other")$udp" "$(header 17 8 "${ip[m3]}" "$other")$udp"
	counted a spoofed-source 1 attack "$(header 17 8 "$foreign" "$foreign")$udp"
	counted a foreign-network 1 attack "$(header 17 8 "$own" "$foreign")$udp"
	counted a not-6pn 4 attack "$(header 17 8 "$link" "$other")$udp" "$(header 17 8 "$own" "$link")$udp" \
		"$(header 17 8 "$own" ff02::1)$udp" "$(header 17 8 :: "$other")$udp"
	counted a not-6pn 1 attack 0800 4500001c000000004011000001010101020202020000000000080000
	counted a malformed 2 attack "$(header 17 9 "$own" "$other")$udp" "$(header 17 7 "$own" "$other")$udp"
	# routing headers of types 0, 2 and 4, the last behind destination options
	counted a routing-header 3 attack \
		"$(header 43 24 "$own" "$other")1100000000000000$udp$udp" \
		"$(header 43 32 "$own" "$other")1102020100000000$(hex "$foreign")$udp" \
		"$(header 60 40 "$own" "$other")2b000104000000001102040100000000$(hex "$foreign")$udp"
	# jumbo payload; home address; options beyond their header; a chain cut off
	counted a malformed 1 attack "$(header 0 16 "$own" "$other")1100c20400010000$udp"
	counted a spoofed-source 1 attack "$(header 60 32 "$own" "$other")1102c910$(hex "$foreign")01020000$udp"
	counted a header-chain 2 attack "$(header 0 16 "$own" "$other")1100050a00000000$udp" \
		"$(header 60 8 "$own" "$other")1101010400000000"
	# neighbour solicitation, router advertisement, redirect, listener report
	counted a neighbour-discovery 4 attack \
		"$(header 58 24 "$own" "$other")8700000000000000$(hex "$other")" \
		"$(header 58 16 "$own" "$other")86000000000000000000000000000000" \
		"$(header 58 40 "$own" "$other")8900000000000000$(hex "$other")$(hex "$other")" \
		"$(header 58 8 "$own" "$other")8f00000000000000"
	# errors about packets that were not the receiver's, or of another network; one that is right
	counted a foreign-quote 2 attack \
		"$(header 58 48 "$own" "$other")0100000000000000$(header 17 0 "$own" "$other")" \
		"$(header 58 48 "$own" "$other")0100000000000000$(header 17 0 "$other" "$foreign")"
	attack "$(header 58 48 "$own" "$other")0100000000000000$(header 17 0 "$other" "$own")"
	# a checksum that would be written over an extension header: options become a routing header
	counted a malformed 1 attack "csum:40:0:$(header 60 16 "$own" "$other")1100010400000000$udp"
	# nor anywhere in an ICMPv6 message but where its checksum is: the type would become another
	counted a malformed 1 attack "csum:40:0:$(header 58 8 "$own" "$other")$echo"
	# fragments are known by their addresses: a first, and a later one of another network
	counted a foreign-network 1 attack "$(header 44 16 "$own" "$foreign")3a00000800000001$echo"
	# no IP at all
	counted a malformed 1 attack 0806 0001080006040001
	same "drops of the machine" "$(($(machine_drops a m1) - ${before% *}))" "$(($(all_drops a) - ${before#* }))"
	say m1 m2
}

ports() {
	two_hosts
	# from inside: down, up, renamed, deleted
	ipn m2 link set eth6 down
	counted a detached 1 refused m1 m2 "Address unreachable"
	ipn m2 <<-END
		link set eth6 name other
		link set other up
		addr replace ${ip[m2]}/128 dev other nodad
		route replace fdaa::/16 dev other
	END
	say m1 m2
	# an address more widens nothing
	ipn m2 addr add "${ip[m3]}/128" dev other nodad
	counted a spoofed-source 1 not at m2 ping -n -q -c 1 -W 1 -I "${ip[m3]}" "${ip[m1]}"
	cmd_fail "not" ipn m2 link add link other name more type sixpn
	ipn m2 link del other
	counted a detached 1 refused m1 m2 "Address unreachable"
	# attached anew
	mesh a mesh0 machine-set "${ip[m2]}" port eth6 netns "/run/netns/$scope-m2"
	ipn m2 <<-END
		addr add ${ip[m2]}/128 dev eth6 nodad
		route replace fdaa::/16 dev eth6
	END
	say m1 m2
	# its namespace goes
	ip netns del "$scope-m2"
	wait_until detached a m1 m2
	# ports go with their mesh device
	not rmmod sixpn
	ipn a link del mesh0
	not ipn m1 link show eth6
}

detached() {
	at "$2" ping -n -c 1 -W 5 "${ip[$3]}" | grep -q "Address unreachable"
}

# ip link add link mesh0 ... type sixpn
link_port() {
	hosts
	cmd_fail "needs the network" mesh a mesh0 port eth6
	cmd_fail "" mesh a mesh0 port eth6 77
	cmd_fail "mesh device" mesh a u port eth6 1
	cmd_fail "1280 or more" mesh a mesh0 port eth6 1 1279
	# refused by another, when it was there already
	ipn a link add br0 type bridge
	cmd_fail "" mesh a mesh0 port eth6 1 1420 br0
	not ipn a link show eth6
	same "machines" "$(show a machines)" ""
	mesh a mesh0 port eth6 1
	same "kind" "$(ipn a -d -j link show eth6 | gojq -r '.[0] | .linkinfo.info_kind, .link')" $'sixpn\nmesh0'
	ns_add m1
	ipn a link set eth6 netns "$scope-m1"
	ipn m1 link set eth6 up
	same "machines" "$(show a machines | wc -l)" 1
	ipn m1 link del eth6
	same "machines" "$(show a machines)" ""
	# what has moved away is forwarded without its port
	mesh a mesh0 port eth6 1
	mesh a mesh0 machine-set "$(show a machines | cut -f 1)" moved-to "$(mesh b mesh0 host-id)"
	ipn a link del eth6
	same "machines" "$(show a machines | wc -l)" 1
	mesh a mesh0 port eth6 1
	mesh a mesh0 network 1 remove
	not ipn a link show eth6
}

# A VM's tap, here a veth: "eth0" is what the VM sees
bound() {
	local n
	two_hosts
	ns_add vm
	veth a vm tap0 eth0
	ip[vm]=$(mesh a mesh0 machine 1 name vm bind tap0)
	ipn vm <<-END
		link set eth0 mtu 1420
		addr add ${ip[vm]}/128 dev eth0 nodad
		route add fdaa::/16 via fe80::1 dev eth0
	END
	say m1 vm
	say vm m1
	say vm m3
	say m3 vm
	refused vm n1 "Administratively prohibited"
	# without a gateway
	ipn vm route replace fdaa::/16 dev eth0
	say vm m2
	iperf_server vm
	iperf m1 -c "${ip[vm]}" -n 1M
	iperf m3 -c "${ip[vm]}" -n 1M
	cmd_fail "in use" mesh a mesh0 machine 1 bind tap0
	# what the host itself sends there by multicast, and hears, is not of the machine
	addr a tap0 192.0.2.1/24
	at a "${script[@]}" packets.py multicast 192.0.2.1
	say m1 vm
	# ARP, to which nobody answers
	n=$(machine_drops a vm)
	ipn vm addr add 192.0.2.2/24 dev eth0
	not at vm ping -n -q -c 1 -W 1 192.0.2.3
	wait_until more_drops a vm "$n"
	n=$(drops a detached)
	ipn a link del tap0
	refused m1 vm "Address unreachable"
	same "drops" "$(drops a detached)" $((n + 1))
}

moved() {
	local b
	two_hosts
	b=$(mesh b mesh0 host-id)
	# m2 goes from a to b; m1 and m3 keep speaking to it
	mesh b mesh0 machine 1 address "${ip[m2]}" name m2 >/dev/null
	mesh a mesh0 machine-set "${ip[m2]}" moved-to "$b"
	# who still sends from the old home is not the machine any more
	counted a spoofed-source 1 not at m2 ping -n -q -c 1 -W 1 "${ip[m1]}"
	mesh a mesh0 machine-set "${ip[m2]}" detach
	mesh b mesh0 machine-set "${ip[m2]}" port eth6 netns "/run/netns/$scope-m2"
	ipn m2 <<-END
		addr add ${ip[m2]}/128 dev eth6 nodad
		route add fdaa::/16 dev eth6
	END
	say m1 m2
	say m3 m2
	say m2 m1
}

client() {
	local n
	two_hosts
	ns_add l
	veth a l ul ul
	addr a ul 10.8.0.1/24
	addr l ul 10.8.0.9/24
	end_add l wireguard
	conf a peer "${pub[l]}"
	mesh a mesh0 peer "${pub[l]}" client
	ip[l]=$(mesh a mesh0 machine 1 name laptop client "${pub[l]}")
	conf l peer "${pub[a]}" endpoint 10.8.0.1:51820 allowed-ips fdaa:0:1::/48,fdaa:0:2::/48
	ipn l <<-END
		addr add ${ip[l]}/128 dev wg0 nodad
		link set wg0 up
		route add fdaa::/16 dev wg0
	END
	say l m1
	say l m3
	say m3 l
	say m2 l
	refused l n1 "Administratively prohibited"
	# the gateway is a hop on the way to other hosts
	at l ping -n -c 1 -W 20 -t 1 "${ip[m3]}" >"$tmp/ping" || :
	grep -q "Time exceeded" "$tmp/ping"
	at l ping -n -c 1 -W 20 "${ip[m3]}" | grep -q "ttl=63"
	at l ping -n -c 1 -W 20 "${ip[m1]}" | grep -q "ttl=64"
	ipn l addr add "${ip[m1]}/128" dev wg0 nodad
	n=$(peer_drops a l)
	counted a spoofed-source 1 not at l ping -n -q -c 1 -W 2 -I "${ip[m1]}" "${ip[m3]}"
	same "drops of the peer" "$(peer_drops a l)" $((n + 1))
	# one that has moved speaks from elsewhere
	mesh a mesh0 machine-set "${ip[l]}" moved-to "$(mesh b mesh0 host-id)"
	counted a spoofed-source 1 not at l ping -n -q -c 1 -W 2 -I "${ip[l]}" "${ip[m2]}"
}

# on two hosts that were set up once
pass() {
	two_hosts
	# answers without number, however quick this machine is
	at m1 bash -c 'echo 0 >/proc/sys/net/ipv6/icmp/ratelimit'
	stage counters "each machine and network counts what is its own"
	stage reachable "machines of one network reach each other, on one host and two"
	if have_nft; then
		stage scrubbed "marks and priorities stay in their namespace"
	else
		echo "marks and priorities stay in their namespace # SKIP no nftables" >>"$tmp/stages"
	fi
	stage big_local "64 KB offload packets on one host; streams through the tunnel"
	stage crossing "what does not pass is refused with the right error, and counted"
	stage hostile "packets of a hostile machine: none passes, each is counted"
	stage well_known "fdaa::3 and fdaa:N::3 are this host's"
	stage too_big "a machine's MTU is its own affair, and the tunnel says what it carries"
	stage down "with the mesh device down machines of one host still speak"
	stage host_machine "the host speaks for machines of attachment host"
}

t pass "what passes and what does not, of machines of two networks on two hosts"
t ports "ports are downed, renamed, deleted; namespaces and devices go"
t link_port "ports made as links"
t bound "a machine on a bound netdev"
t moved "a machine moves to the other host"
t client "a laptop with the in-tree module"
finish
