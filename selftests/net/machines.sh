#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SELFTEST_LONG
# The life of machines: made and removed by many at once under traffic, with names that keep their address, and with
# namespaces, ports and the module that go in every order.
#
#   namespaces m1 m2 ... (ports of a)          m3 (port of b)
#      |     |                                  |
#   +--+-----+----------+                   +---+----------+
#   | mesh0, host a     |  veth, underlay   | mesh0, host b|     all in network 1
#   |     u 10.9.0.1    +-------------------+ u 10.9.0.2   |
#   +-------------------+                   +--------------+
#   (in third_host there is a host c with the machine m4, and the underlay is a switch, s)

. "$(dirname "$0")/lib.sh"
need wg ethtool gojq iperf3
have_kind sixpn || skip_all "no sixpn module"
[ "$subject" = sixpn ] || skip_all "networks are sixpn's"

declare -A ip=()

one_host() {
	ns_add a
	end_add a sixpn
	ipn a link set mesh0 up
	conf a network 1
}

two_hosts() {
	local ns other
	ns_add a b
	cable a b
	end_add a sixpn
	end_add b sixpn
	for ns in a b; do
		other=$([ "$ns" = a ] && echo b || echo a)
		ipn "$ns" link set mesh0 up
		conf "$ns" peer "${pub[$other]}" kind host endpoint "$(endpoint "$other" 4)" network 1
	done
}

three_hosts() {
	local ns other words=()
	ns_add s a b c
	ipn s link add br0 up type bridge
	for ns in a b c; do
		ip link add u netns "$scope-$ns" type veth peer name "u$ns" netns "$scope-s"
		outside "$ns" | ipn "$ns"
		echo "link set u$ns master br0 up"
		end_add "$ns" sixpn
		ipn "$ns" link set mesh0 up
	done >"$tmp/switch"
	ipn s <"$tmp/switch"
	for ns in a b c; do
		words=()
		for other in a b c; do
			[ "$other" = "$ns" ] || words+=(peer "${pub[$other]}" kind host endpoint "$(endpoint "$other" 4)")
		done
		conf "$ns" "${words[@]}" network 1
	done
}

# machine HOST NS...: namespaces with a port each
machine() {
	local host=$1 ns words=() addresses
	shift
	ns_add "$@"
	for ns in "$@"; do
		words+=(machine network 1 name "$ns" port eth6 netns "$scope-$ns")
	done
	mapfile -t addresses < <(conf "$host" "${words[@]}")
	for ns in "$@"; do
		ip[$ns]=${addresses[0]}
		addresses=("${addresses[@]:1}")
	done
}

say() { at "$1" ping -n -q -c 1 -W 20 "${ip[$2]:-$2}"; }

# rows: address, name, attachment, place, state of each machine
rows() { at "$1" sixpn show mesh0 machines | awk '$3 != 0 { print $1, $4, $5, $6, $7 }'; }

# Sixteen at once make and remove machines, each of its own names and of names that all of them want, while others speak.
parallel() {
	two_hosts
	machine a m1 m2
	machine b m3
	bg at m1 ping -n -q -i 0.02 "${ip[m2]}" >"$tmp/local" 2>&1
	local one=$!
	bg at m1 ping -n -q -i 0.02 "${ip[m3]}" >"$tmp/remote" 2>&1
	local other=$!
	at a "${script[@]}" machines.py mesh0 1 16 16
	kill -INT "$one" "$other"
	wait "$one" "$other" || :
	# removal and creation of others costs those that speak nothing
	grep -q " 0% packet loss" "$tmp/local"
	grep -q " 0% packet loss" "$tmp/remote"
	same "machines left" "$(rows a | wc -l)" 2
}

# An address is its name's: after removal, of the device too, and of the module.
stable() {
	local before again
	one_host
	before=$(conf a machine network 1 name web machine network 1 name db)
	conf a machine network 1 name web remove
	same "made again" "$(conf a machine network 1 name web)" "${before%%$'\n'*}"
	ipn a link del mesh0
	ipn a link add mesh0 type sixpn
	conf a private-key "$tmp/a.key" network 1
	same "on a new device, in another order" "$(conf a machine network 1 name db machine network 1 name web | tac)" "$before"
	ipn a link del mesh0
	rmmod sixpn
	modprobe sixpn
	ipn a link add mesh0 type sixpn
	conf a private-key "$tmp/a.key" network 1
	again=$(conf a machine network 1 name web machine network 1 name db)
	same "with the module loaded again" "$again" "$before"
	# another network, another host: other addresses
	conf a network 2
	not [ "$(conf a machine network 2 name web | cut -d : -f 6-7)" = "$(cut -d : -f 6-7 <<<"${before%%$'\n'*}")" ]
}

# A freed id is nobody else's for a minute; its own name gets it back at once.
quarantine() {
	local address id began
	one_host
	address=$(conf a machine network 1 name old)
	id=$(at a sixpn show mesh0 machines | awk '$4 == "old" { print $3 }')
	conf a machine network 1 name old remove
	began=$SECONDS
	cmd_fail "." conf a machine network 1 name new id "$id"
	same "back" "$(conf a machine network 1 name old)" "$address"
	conf a machine network 1 name old remove
	began=$SECONDS
	until conf a machine network 1 name new id "$id"; do
		[ $((SECONDS - began)) -lt 90 ] || fail "still taken after 90 s"
		pause 1
	done
	between "seconds until another name may have it" $((SECONDS - began)) 58 89
}

# The container goes, with its port in it: the machine stays, without a place, until it gets another.
namespace_gone() {
	one_host
	machine a m1 m2 m4
	say m1 m2
	bg at m1 ping -n -q -i 0.01 "${ip[m2]}" >/dev/null 2>&1
	ip netns del "$scope-m2"
	gone() { at a sixpn show mesh0 machines | grep -q "${ip[m2]}.*detached"; }
	wait_until gone
	say m1 m4
	not at m1 ping -n -c 1 -W 10 "${ip[m2]}" >"$tmp/ping"
	grep -q "Address unreachable" "$tmp/ping"
	ns_add m2
	conf a machine network 1 name m2 port eth6 netns "$scope-m2" >"$tmp/address"
	same "address" "$(cat "$tmp/address")" "${ip[m2]}"
	say m1 m2
}

# Containers hold the module; without them it goes, and takes its devices along.
unload() {
	one_host
	machine a m1 m2
	say m1 m2
	not rmmod sixpn
	say m1 m2
	conf a machine network 1 name m1 remove
	not rmmod sixpn
	# the last one, with its namespace
	ip netns del "$scope-m2"
	wait_until rmmod sixpn
	not ipn a link show mesh0
	modprobe sixpn
	one_more
}

one_more() {
	ipn a link add mesh0 type sixpn
	conf a private-key "$tmp/a.key" network 1
	ns_add m5
	conf a machine network 1 name m5 port eth6 netns "$scope-m5"
	ipn a link del mesh0
	not ipn m5 link show eth6
}

# What root in the container does to its port is its own loss.
inside_out() {
	one_host
	machine a m1 m2
	ns_add x
	# into another namespace: it speaks from there, as the same machine
	ipn m2 link set eth6 netns "$scope-x" name ex
	ipn x <<-END
		addr add ${ip[m2]}/128 dev ex nodad
		link set ex up
		route add fdaa::/16 dev ex
	END
	ip[x]=${ip[m2]}
	say m1 x
	say x m1
	rows a | grep -q "${ip[m2]} m2 port"
	# with a hardware address, a master, an alias, a big MTU, promiscuous: none of it gets at others
	ipn x link set ex mtu 65535 || :
	ipn x link set ex promisc on
	ipn x link set ex alias "not mine"
	say x m1
	# renamed, downed and up under traffic
	bg at m1 ping -n -q -i 0.01 "${ip[m2]}" >/dev/null 2>&1
	for n in 1 2 3; do
		ipn x link set ex down
		ipn x link set ex name "e$n" up
		ipn x link set "e$n" down
		ipn x link set "e$n" name ex up
	done
	# addresses go with each "down"
	ipn x <<-END
		addr replace ${ip[m2]}/128 dev ex nodad
		route replace fdaa::/16 dev ex
	END
	wait_until say m1 x
	# no way to the mesh device, or to what others are
	cmd_fail "." at x sixpn set ex listen-port 1
	cmd_fail "." at x sixpn set mesh0 network 7
	not at x sixpn show ex machines
	ipn x link del ex
	at a sixpn show mesh0 machines | grep -q "${ip[m2]}.*detached"
}

# A machine moves with its connections.
moved() {
	local home
	two_hosts
	machine a m1 m2
	machine b m3
	home=$(at b sixpn show mesh0 host-id)
	iperf_server m2
	bg at m1 iperf3 -J -c "${ip[m2]}" -t 12 -b 2M >"$tmp/stream"
	local stream=$!
	flowing() { [ "$(at m2 ss -Htn state established 'sport = :5201' | wc -l)" -ge 2 ]; }
	wait_until flowing
	# the new home first, then the old one
	conf b machine network 1 name m2 address "${ip[m2]}" >/dev/null
	conf a machine network 1 name m2 detach moved-to "$home" >/dev/null
	conf b machine network 1 name m2 port eth6 netns "$scope-m2" >/dev/null
	wait "$stream" || { tail -n 5 "$tmp/stream"; false; }
	gojq -e '.end.sum_received.bytes > 1000000' "$tmp/stream"
	say m1 m2
	say m3 m2
	say m2 m1
	say m2 m3
}

# drops HOST REASON: the counter
drops() { at "$1" ethtool -S mesh0 | awk -v r="$2:" '$1 == r { print $2 }'; }

# What a third host sends to a machine that moved goes by the old home, until there is an exception for it. What the machine
# answers comes from the new home, and that is the truth for who has the exception only.
third_host() {
	local home stream carried false_sources
	three_hosts
	machine a m2
	machine b m3
	machine c m4
	home=$(at b sixpn show mesh0 host-id)
	say m3 m4
	iperf_server m2
	bg at m4 timeout 100 iperf3 -J -c "${ip[m2]}" -t 15 -b 2M >"$tmp/stream"
	stream=$!
	flowing() { [ "$(at m2 ss -Htn state established 'sport = :5201' | wc -l)" -ge 2 ]; }
	wait_until flowing
	conf b machine network 1 name m2 address "${ip[m2]}" >/dev/null
	conf a machine network 1 name m2 detach moved-to "$home" >/dev/null
	conf b machine network 1 name m2 port eth6 netns "$scope-m2" >/dev/null
	conf c route "${ip[m2]%:*}:0/112" via "$home"
	wait "$stream" || { tail -n 5 "$tmp/stream"; false; }
	gojq -e '.end.sum_received.bytes > 1000000' "$tmp/stream"

	# with the exception nothing passes the old home
	carried=$(tx_of a b)
	say m4 m2
	say m2 m4
	same "carried by the old home" "$(tx_of a b)" "$carried"
	ipn a link set u down
	say m4 m2
	say m2 m4
	# without it there is no other way
	conf c route "${ip[m2]%:*}:0/112" remove
	false_sources=$(drops c spoofed-source)
	not at m4 ping -n -q -c 1 -W 2 "${ip[m2]}"
	same "answers" "$(drops c spoofed-source)" "$false_sources"
	ipn a link set u up
	not at m4 ping -n -q -c 1 -W 5 "${ip[m2]}"
	between "carried by the old home" "$(tx_of a b)" $((carried + 128)) $((carried + 1000))
	between "answers" "$(drops c spoofed-source)" $((false_sources + 1)) $((false_sources + 1))
	conf c route "${ip[m2]%:*}:0/112" via "$home"
	say m4 m2
}

t parallel "sixteen make and remove machines at once; those that speak do not notice"
t stable "a name keeps its address: removed, on a new device, with the module loaded again"
t quarantine "a freed id waits a minute for its name"
t namespace_gone "a namespace goes with the port in it; the machine gets another"
t unload "ports hold the module; without them it goes"
t inside_out "ports moved, renamed, downed and deleted from inside"
t moved "a machine moves with its TCP connection"
t third_host "a third host reaches a moved machine by the old home, and directly with an exception"
finish
