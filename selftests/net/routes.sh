#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How outer packets find their way: marks, loops, the source of answers, TTL and congestion marks.
#
#   namespace a                        namespace b
#   +------------------------+         +------------------------+
#   | mesh0 10.7.0.1 fd07::1 |  veth   | mesh0 10.7.0.2 fd07::2 |
#   |     u 10.9.0.1 fd09::1 +---------+     u 10.9.0.2 fd09::2 |
#   +------------------------+         +------------------------+

. "$(dirname "$0")/lib.sh"
need wg nft ethtool
have_kind "$subject" || skip_all "no $subject module"

# Only marked packets find the way to b, and only marked ones may leave.
fwmark() {
	pair "$subject" wireguard
	ipn a <<-END
		route add 10.9.0.2 dev u table 77
		route add unreachable 10.9.0.2
		rule add fwmark 0x2a lookup 77
		route add fd09::2 dev u table 77
		route add unreachable fd09::2 metric 1
	END
	ipn a -6 rule add fwmark 0x2a lookup 77
	if have_nft; then
		at a nft -f - <<-END
			table inet out {
				chain out {
					type filter hook output priority 0
					udp sport 51820 meta mark != 0x2a drop
				}
			}
		END
	fi
	no_reach a b
	conf a fwmark 42
	reach a b
	reach b a 6
	conf a fwmark 0
	no_reach a b
	conf a fwmark 0x2a
	reach a b
	# the same over IPv6
	conf a peer "${pub[b]}" endpoint "$(endpoint b 6)"
	reach a b
	conf a fwmark 0
	no_reach a b
}

# The default route leads into the mesh, the mark leads out of it: what wg-quick does.
default_route() {
	pair "$subject" wireguard
	conf a fwmark 51820 peer "${pub[b]}" allowed-ips 0.0.0.0/0,::/0
	ipn a <<-END
		route add default dev ${dev_of[a]} table 51820
		rule add not fwmark 51820 table 51820
		rule add table main suppress_prefixlength 0
	END
	addr b lo 203.0.113.7/32
	at a ping -n -q -c 1 -W 20 203.0.113.7
}

# The endpoint is routed into the device itself: an error to the sender, and the machine lives.
loop_self() {
	local before
	pair "$subject" "$subject"
	reach a b
	ipn a route add 10.9.0.2 dev "${dev_of[a]}"
	conf a peer "${pub[b]}" allowed-ips 0.0.0.0/0
	before=$(link_stat a tx errors)
	not at a ping -n -q -c 5 -i 0.1 -W 1 "${inner4[b]}"
	between "tx errors" $(($(link_stat a tx errors) - before)) 1 1000
	ipn a route del 10.9.0.2 dev "${dev_of[a]}"
	wait_until at a ping -n -q -c 1 -W 5 "${inner4[b]}"
}

# Two devices, each the underlay of the other.
loop_two() {
	local dev
	ns_add a
	end_add a "$subject"
	ipn a link add other type "$subject"
	wg genkey >"$tmp/o.key"
	at a "${tool_of[$subject]}" set other private-key "$tmp/o.key" listen-port 51821
	key_new b
	for dev in "${dev_of[a]}" other; do
		ipn a addr add "10.7.${#dev}.1/24" dev "$dev"
		ipn a link set "$dev" up
	done
	ipn a route add 10.20.0.0/24 dev "${dev_of[a]}"
	ipn a route add 10.21.0.0/24 dev other
	conf a peer "${pub[b]}" allowed-ips 10.20.0.0/24 endpoint 10.21.0.1:5
	at a "${tool_of[$subject]}" set other peer "${pub[b]}" allowed-ips 10.21.0.0/24 endpoint 10.20.0.1:5
	not at a ping -n -q -c 5 -i 0.1 -W 1 10.20.0.1
	not at a ping -n -q -c 5 -i 0.1 -W 1 10.21.0.1
	not at a ping -n -q -c 5 -i 0.1 -W 1 -s 30000 10.21.0.1
	ipn a link del other
	ipn a link del "${dev_of[a]}"
}

# Tunnels in tunnels: three deep they carry; a fourth device on one packet's way is taken for a loop, counted, and no harm. Its
# session comes from a time when it was no such thing, for there are kernels that would not let the handshake through.
nested() {
	local n ns other under before
	pair "$subject" "$subject"
	for n in 1 2 3; do
		for ns in a b; do
			key_new "$ns$n"
			echo "link add m$n type $subject
				addr add 10.7$n.0.$([ "$ns" = a ] && echo 1 || echo 2)/24 dev m$n
				link set m$n up" | ipn "$ns"
		done
		case $n in 1) under=${inner4[b]} ;; 2) under=10.71.0.2 ;; 3) under=${outer4[b]} ;; esac
		for ns in a b; do
			other=$([ "$ns" = a ] && echo b || echo a)
			at "$ns" "${tool_of[$subject]}" set "m$n" private-key "$tmp/$ns$n.key" listen-port "5182$n" \
				peer "${pub[$other$n]}" allowed-ips "10.7$n.0.0/24"
		done
		at a "${tool_of[$subject]}" set "m$n" peer "${pub[b$n]}" endpoint "$under:5182$n"
	done
	reach a b
	for n in 1 2 3; do
		at a ping -n -q -c 1 -W 20 "10.7$n.0.2"
	done
	[ "$subject" = sixpn ] || return 0
	at a sixpn set m3 peer "${pub[b3]}" endpoint 10.72.0.2:51823
	before=$(at a ethtool -S mesh0 | awk '$1 == "loop:" { print $2 }')
	not at a ping -n -q -c 3 -i 0.2 -W 1 10.73.0.2
	same "loops" $(($(at a ethtool -S mesh0 | awk '$1 == "loop:" { print $2 }') - before)) 3
	# the packets of the others go on
	at a ping -n -q -c 1 -W 20 10.72.0.2
}

# b has two addresses. It answers from the one a asked; when that one goes away, from the other.
sticky() {
	local kind=$1
	pair "$subject" "$kind"
	addr a u 10.9.0.11/24 fd09::11/64
	addr b u 10.9.0.12/24 fd09::12/64
	sniff b u "$tmp/wire"
	# the subject is asked at its second address
	conf a peer "${pub[b]}" remove
	peer a b
	peer b a endpoint 10.9.0.11:51820
	reach b a
	same "response from the address asked" "$(seen "$tmp/wire" 2 92 10.9.0.11)" 1
	same "response from another" "$(seen "$tmp/wire" 2 92 10.9.0.1)" 0
	reach a b
	wait_until seen_at_least "$tmp/wire" 4 128 2 10.9.0.11
	same "data from another" "$(seen "$tmp/wire" 4 128 10.9.0.1)" 0
	# it goes away
	ipn a addr del 10.9.0.11/24 dev u
	# before a new handshake comes of it: that would heal anything
	wait_until -t 10 at a ping -n -q -c 1 -W 5 "${inner4[b]}"
	wait_until seen_at_least "$tmp/wire" 4 128 1 10.9.0.1
	reach b a
	# the same over IPv6, where routing alone would choose the newer address
	peer a b
	peer b a endpoint "[fd09::1]:51820"
	reach b a 6
	same "response from the address asked" "$(seen "$tmp/wire" 2 92 fd09::1)" 1
	ipn a addr del fd09::1/64 dev u
	wait_until -t 10 at a ping -n -q -c 1 -W 5 "${inner6[b]}"
	wait_until seen_at_least "$tmp/wire" 4 144 1 fd09::11
}

# The way to b leads out of another interface now: what is sent there must not bear the address of the old one.
sticky_interface() {
	pair "$subject" wireguard
	veth a b v v
	addr a v 10.10.0.1/24
	addr b v 10.10.0.2/24
	peer a b
	reach b a
	sniff b v "$tmp/wire"
	ipn a route add 10.9.0.2 dev v
	wait_until -t 10 at a ping -n -q -c 1 -W 5 "${inner4[b]}"
	wait_until seen_at_least "$tmp/wire" 4 128 1
	same "sources" "$(awk '$5 == 4 && $3 == "10.9.0.2" { print $1 }' "$tmp/wire" | sort -u)" 10.10.0.1
}

sticky_itself() { sticky "$subject"; }
sticky_module() { sticky wireguard; }

# tos_of FILE LENGTH DESTINATION: the TOS bytes of those packets
tos_of() {
	awk -v l="$2" -v d="$3" '$6 == l && $3 == d { print $7 }' "$1" | sort -u | xargs
}

arrived() {
	[ -n "$(tos_of "$@")" ]
}

# send FAMILY TOS LENGTH: one inner UDP packet from a to b
send() {
	local to=${inner4[b]}
	[ "$1" = 4 ] || to=${inner6[b]}
	at a packets datagrams "$to" 9 1 "$3" "$2"
}

# Encapsulation (RFC 6040 section 4.1, normal mode): congestion bits go out, the rest of the TOS byte and the TTL stay in.
ecn_out() {
	local ecn family length=100 outer to=${outer4[b]}
	[ "$1" = 4 ] || to=${outer6[b]}
	pair "$subject" wireguard "$1"
	sniff b u "$tmp/wire"
	reach a b
	wait_until arrived "$tmp/wire" 148 "$to"
	same "TOS of a handshake (AF41)" "$(tos_of "$tmp/wire" 148 "$to")" 136
	for family in 4 6; do
		for ecn in 0 1 2 3; do
			length=$((length + 16))
			# a DSCP that must not leak
			send "$family" $((0xb8 + ecn)) "$length"
			outer=$((32 + (length + (family == 4 ? 28 : 48) + 15) / 16 * 16))
			wait_until arrived "$tmp/wire" "$outer" "$to"
			same "outer TOS of IPv$family with ECN $ecn" "$(tos_of "$tmp/wire" "$outer" "$to")" "$ecn"
		done
	done
	same "outer TTL" "$(awk -v d="$to" '$3 == d { print $8 }' "$tmp/wire" | sort -u)" 64
}

ecn_out4() { ecn_out 4; }
ecn_out6() { ecn_out 6; }

# Packets that leave together because they waited together: each with its own congestion bits.
ecn_batch() {
	pair "$subject" wireguard
	# or they would be seen in one piece
	at a ethtool -K u tx-udp-segmentation off >/dev/null
	sniff b u "$tmp/wire"
	ipn b link set "${dev_of[b]}" down
	send 4 0 100
	send 4 2 100
	send 4 0 100
	send 4 2 100
	ipn b link set "${dev_of[b]}" up
	wait_until seen_at_least "$tmp/wire" 4 160 4
	same "outer TOS" "$(awk '$5 == 4 && $6 == 160 { print $7 }' "$tmp/wire" | xargs)" "0 2 0 2"
}

# outer_mark WHAT: nftables in b changes the congestion bits of what arrives from the underlay
outer_mark() {
	at b nft -f - <<-END
		table inet outer
		delete table inet outer
		table inet outer {
			chain pre {
				type filter hook prerouting priority -300
				iifname u udp dport 51820 ip ecn set $1
			}
		}
	END
}

# What the underlay marked is not marked inside.
inner_unmarked() {
	have_nft || skip "no nftables on this kernel"
	pair wireguard "$subject"
	at b nft -f - <<-END
		table inet marks {
			chain pre {
				type filter hook prerouting priority -300
				iifname u meta mark set 7
			}
			chain in {
				type filter hook input priority 0
				iifname ${dev_of[b]} meta mark 7 drop
			}
		}
	END
	reach a b
	reach a b 6
}

# left BYTES: so many have left a for b
left() {
	[ "$(tx_of a b)" -ge "$1" ]
}

# Decapsulation (RFC 6040 section 4.2): for each pair of inner and outer, what the receiver sees, "-" for a drop.
ecn_in() {
	local outer inner want length=100 sent
	have_nft || skip "no nftables on this kernel"
	pair wireguard "$subject"
	reach a b
	sniff b "${dev_of[b]}" "$tmp/inner"
	while read -r outer inner want; do
		outer_mark "$outer"
		length=$((length + 4))
		sent=$(tx_of a b)
		send 4 "$inner" "$length"
		send 6 "$inner" "$length"
		# with that mark: they are sealed first, by another thread
		wait_until left $((sent + 2 * 32 + (28 + length + 15) / 16 * 16 + (48 + length + 15) / 16 * 16))
		# a last packet, marked like nothing, that comes behind them
		outer_mark not-ect
		send 4 0 $((length + 1000))
		wait_until arrived "$tmp/inner" $((length + 1000)) "${inner4[b]}"
		same "outer $outer, inner $inner, IPv4" "$(tos_of "$tmp/inner" "$length" "${inner4[b]}")" "${want#-}"
		same "outer $outer, inner $inner, IPv6" "$(tos_of "$tmp/inner" "$length" "${inner6[b]}")" "${want#-}"
	done <<-END
		ce 0 -
		ce 1 3
		ce 2 3
		ce 3 3
		ect1 0 0
		ect1 2 1
		ect0 1 1
		not-ect 2 2
		not-ect 3 3
	END
}

t fwmark "the mark of outgoing packets chooses their route"
t default_route "a default route into the mesh works with a mark"
t loop_self "an endpoint routed into its own device is an error, not a crash"
t loop_two "two devices routed through each other are an error, not a crash"
t nested "three devices carry one another, a fourth is taken for a loop"
t sticky_itself "answers come from the address that was asked, and from another when it is gone"
t sticky_module "the same towards a stock peer"
t sticky_interface "packets that leave another interface leave from its address"
t ecn_out4 "outgoing, IPv4: congestion bits as RFC 6040 says, no DSCP, TTL 64"
t ecn_out6 "outgoing, IPv6: the same"
t ecn_batch "packets sent together keep their own congestion bits"
t inner_unmarked "a mark of the outer packet stays outside"
t ecn_in "incoming: congestion bits as RFC 6040 says"
finish
