#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Peers that change address, peers behind NAT, and inner senders behind NAT.
#
#   roaming                                        NAT
#   namespace a                namespace b         a                  n (masquerade)          b
#   +-----------+    veth     +-----------+        +---------+       +-------------+         +---------+
#   | mesh0   u +-------------+ u   mesh0 |        | mesh0 u +-------+ w         l +---------+ u mesh0 |
#   +-----------+             +-----------+        +---------+       +-------------+         +---------+
#    10.9.0.1                  10.9.0.2, .22        198.51.100.1      .2   10.9.0.9           10.9.0.2

. "$(dirname "$0")/lib.sh"
need wg nft
have_kind "$subject" || skip_all "no $subject module"

endpoint_is() {
	[ "$(peer_field "$1" "$2" endpoints)" = "$3" ]
}

# move NS: to 10.9.0.22
move() {
	ipn "$1" <<-END
		addr del ${outer4[$1]}/24 dev u
		addr add 10.9.0.22/24 dev u
	END
}

# ping_until NS OTHER: packets of a peer that just moved may be lost, its tunnel may not
ping_until() {
	wait_until at "$1" ping -n -q -c 1 -W 3 "${inner4[$2]}"
}

# b moves to another address, then to another port, then to the other family; a answers there each time.
follow() {
	pair "$subject" "$1"
	reach a b
	move b
	ping_until b a
	wait_until endpoint_is a b 10.9.0.22:51820
	reach a b
	conf b listen-port 51999
	ping_until b a
	wait_until endpoint_is a b 10.9.0.22:51999
	reach a b
	conf b peer "${pub[a]}" endpoint "$(endpoint a 6)"
	ping_until b a
	wait_until endpoint_is a b "[${outer6[b]}]:51999"
	reach a b
}

follow_itself() { follow "$subject"; }
follow_module() { follow wireguard; }
follow_go() { follow wireguard-go; }

# The subject moves and a stock peer follows it.
followed() {
	pair "$subject" wireguard
	reach a b
	move a
	ping_until a b
	wait_until endpoint_is b a 10.9.0.22:51820
	reach b a
}

# Whoever cannot authenticate moves nobody: a true packet with one bit changed, from another address.
forged_move() {
	pair "$subject" wireguard
	sniff a u "$tmp/wire"
	reach b a
	wait_until seen_at_least "$tmp/wire" 4 128 2
	addr b u 10.9.0.22/24
	# an address in the list is enough: the raw sender takes any
	awk '$5 == 4 && $1 == "10.9.0.2" { $1 = "10.9.0.22"; sub(/..$/, "", $10); $10 = $10 "ff"; print }' "$tmp/wire" >"$tmp/forged"
	at b packets resend "$tmp/forged" 4
	wait_until grep -q '^10.9.0.22 ' "$tmp/wire"
	# what b sends through the tunnel would bring a back
	at b ping -n -q -c 1 -W 20 "${outer4[a]}"
	same "endpoint" "$(peer_field a b endpoints)" "$(endpoint b 4)"
	reach b a
	# nor does a recorded packet that has been counted before
	awk '$5 == 4 && $1 == "10.9.0.2" { $1 = "10.9.0.22"; print }' "$tmp/wire" >"$tmp/replayed"
	at b packets resend "$tmp/replayed" 4
	at b ping -n -q -c 1 -W 20 "${outer4[a]}"
	same "endpoint" "$(peer_field a b endpoints)" "$(endpoint b 4)"
}

# Link-local addresses mean something on one interface only: a answers on the one it was asked on.
link_local() {
	pair "$subject" "$1"
	addr a u fe80::a/64
	addr b u fe80::b/64
	# and the other one looks better
	veth a b v v
	ipn a route add fe80::/64 dev v metric 1
	peer a b
	peer b a endpoint "[fe80::a%u]:51820"
	reach b a
	reach a b 6
	same "endpoint" "$(peer_field a b endpoints)" "[fe80::b%u]:51820"
}

link_local_itself() { link_local "$subject"; }
link_local_module() { link_local wireguard; }

# behind_nat: b behind n, whose mappings last three seconds
behind_nat() {
	have_nft || skip "no nftables on this kernel"
	ns_add a n b
	veth a n u w
	veth n b l u
	addr a u 198.51.100.1/24
	addr n w 198.51.100.2/24
	addr n l 10.9.0.9/24
	addr b u 10.9.0.2/24
	ipn b route add default via 10.9.0.9
	at n nft -f - <<-END
		table ip nat {
			chain post {
				type nat hook postrouting priority 100
				oifname w masquerade
			}
		}
	END
	at n sysctl -qw net.ipv4.ip_forward=1 net.netfilter.nf_conntrack_udp_timeout=3 \
		net.netfilter.nf_conntrack_udp_timeout_stream=3
	end_add a "$1"
	end_add b "$2"
	end_up a
	end_up b
	peer a b
}

no_mapping() {
	! at n grep -q dport=51820 /proc/net/nf_conntrack
}

# With a keepalive every second the way back stays open; without one it closes.
keepalive_holds() {
	behind_nat "$1" "$2"
	at n test -r /proc/net/nf_conntrack || skip "no /proc/net/nf_conntrack on this kernel"
	sniff b u "$tmp/wire"
	peer b a endpoint 198.51.100.1:51820 persistent-keepalive 1
	# six of them: more than the life of a mapping
	wait_until seen_at_least "$tmp/wire" 4 32 6 10.9.0.2
	reach a b
	same "seen from outside" "$(peer_field a b endpoints | cut -d : -f 1)" 198.51.100.2
	conf b peer "${pub[a]}" persistent-keepalive off
	wait_until no_mapping
	no_reach a b
	# and b opens it again
	reach b a
	reach a b
}

nat_subject_inside() { keepalive_holds wireguard "$subject"; }
nat_subject_outside() { keepalive_holds "$subject" wireguard; }

# c sends through a, which masquerades it into the mesh: the errors of a's device go to c, not to a's own address.
#   c 10.20.0.3 ---- 10.20.0.1 a mesh0 (masquerade) 10.7.0.1
true_sender() {
	have_nft || skip "no nftables on this kernel"
	ns_add a c
	veth a c v u
	addr a v 10.20.0.1/24 fd20::1/64
	addr c u 10.20.0.3/24 fd20::3/64
	ipn c route add default via 10.20.0.1
	ipn c route add default via fd20::1
	end_add a "$subject"
	end_up a
	at a sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	at a nft -f - <<-END
		table inet nat {
			chain post {
				type nat hook postrouting priority 100
				oifname ${dev_of[a]} masquerade
			}
		}
	END
	cmd_fail "From 10.20.0.1 .*Unreachable" at c ping -n -c 1 -W 10 10.7.0.99
	cmd_fail "From fd20::1 .*unreachable" at c ping -n -c 1 -W 10 fd07::99
}

t follow_itself "a peer changes address, port and family under $subject"
t follow_module "the in-tree module changes address, port and family"
t follow_go "wireguard-go changes address, port and family"
t followed "a stock peer follows when $subject moves"
t forged_move "a changed or replayed packet moves nobody"
t link_local_itself "link-local endpoints are given and learned with their interface"
t link_local_module "the same towards a stock peer"
t nat_subject_inside "behind NAT: persistent keepalive holds the mapping"
t nat_subject_outside "outside NAT: the peer behind it stays reachable by its keepalives"
t true_sender "errors for a masqueraded sender go to that sender"
finish
