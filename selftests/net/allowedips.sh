#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Allowed-ips decide where packets go: the longest prefix wins, moves lose nothing, no route is an error that says so.
#
#                                    veth     namespace b: answers with TTL 100
#   namespace a   10.9.0.1       +----------- mesh0 10.7.0.2, all of 10.50.0.0/16 and fd50::/16 on lo
#   mesh0         v 10.10.0.1    |
#   10.7.0.1      +--------------+----------- namespace c: answers with TTL 200, otherwise the same

. "$(dirname "$0")/lib.sh"
need wg
have_kind "$subject" || skip_all "no $subject module"

three() {
	local ns
	ns_add a b c
	cable a b
	veth a c v u
	addr a v 10.10.0.1/24
	addr c u 10.10.0.3/24
	for ns in a b c; do
		end_add "$ns" "$subject"
		end_up "$ns"
	done
	for ns in b c; do
		ipn "$ns" <<-END
			route add local 10.50.0.0/16 dev lo
			route add local fd50::/16 dev lo
		END
		peer "$ns" a
	done
	at b sysctl -qw net.ipv4.ip_default_ttl=100 net.ipv6.conf.all.hop_limit=100 "net.ipv6.conf.${dev_of[b]}.hop_limit=100" \
		net.ipv6.ip_nonlocal_bind=1
	at c sysctl -qw net.ipv4.ip_default_ttl=200 net.ipv6.conf.all.hop_limit=200 "net.ipv6.conf.${dev_of[c]}.hop_limit=200" \
		net.ipv6.ip_nonlocal_bind=1
	ipn a <<-END
		route add 10.50.0.0/16 dev ${dev_of[a]}
		route add fd50::/16 dev ${dev_of[a]}
	END
	peer a b endpoint "$(endpoint b 4)"
	peer a c endpoint 10.10.0.3:51820
	reach a b
	reach a c
}

# who ADDRESS: which peer answers a ping to it
who() {
	case $(at a ping -n -c 1 -W 20 "$1" | sed -n 's/.*ttl=\([0-9]*\).*/\1/p') in
	100) echo b ;;
	200) echo c ;;
	*) echo nobody ;;
	esac
}

longest_prefix() {
	local want address
	three
	conf a peer "${pub[b]}" allowed-ips 10.50.0.0/16,10.50.1.128/25,10.50.1.3/32,fd50::/16,fd50:1:2::/48 \
		peer "${pub[c]}" allowed-ips 10.50.1.0/24,10.50.1.129/32,10.50.255.0/31,fd50:1::/32,fd50:1:2::1/128
	while read -r want address; do
		same "peer of $address" "$(who "$address")" "$want"
	done <<-END
		b 10.50.0.1
		b 10.50.2.1
		c 10.50.1.1
		b 10.50.1.3
		c 10.50.1.4
		c 10.50.1.127
		b 10.50.1.128
		c 10.50.1.129
		b 10.50.1.130
		c 10.50.255.1
		b 10.50.255.2
		b fd50::1
		c fd50:1::1
		b fd50:1:2::2
		c fd50:1:2::1
		c fd50:1:3::1
	END
}

# Host bits are masked, the same prefix of another peer moves, a peer that goes gives way to the shorter prefix.
moves() {
	three
	conf a peer "${pub[b]}" allowed-ips 10.50.0.0/16 peer "${pub[c]}" allowed-ips 10.50.1.77/24
	same "c's" "$(show a allowed-ips | awk -v k="${pub[c]}" '$1 == k { print $2 }')" 10.50.1.0/24
	same "longer" "$(who 10.50.1.1)" c
	conf a peer "${pub[b]}" allowed-ips 10.50.0.0/16,10.50.1.0/24
	same "moved" "$(who 10.50.1.1)" b
	same "c has none" "$(show a allowed-ips | awk -v k="${pub[c]}" '$1 == k { print $2 }')" "(none)"
	conf a peer "${pub[c]}" allowed-ips 10.50.1.0/24
	same "moved back" "$(who 10.50.1.1)" c
	conf a peer "${pub[c]}" remove
	same "fallen back" "$(who 10.50.1.1)" b
}

# One prefix is added or taken away without naming the others.
single() {
	[ "$subject" = sixpn ] || skip "needs the + and - of newer tools"
	three
	conf a peer "${pub[b]}" allowed-ips 10.50.0.0/16 peer "${pub[c]}" allowed-ips 10.50.1.0/24,10.50.2.0/24
	conf a peer "${pub[c]}" allowed-ips +10.50.3.0/24,-10.50.1.0/24
	same "c's" "$(show a allowed-ips | awk -v k="${pub[c]}" '$1 == k { $1 = ""; print }' | xargs -n 1 | sort | xargs)" \
		"10.50.2.0/24 10.50.3.0/24"
	same "taken away" "$(who 10.50.1.1)" b
	same "added" "$(who 10.50.3.1)" c
	# another peer's prefix is not taken away
	conf a peer "${pub[b]}" allowed-ips -10.50.2.0/24
	same "still c's" "$(who 10.50.2.1)" c
}

# A stream to one address while its prefix moves back and forth: every packet arrives at one of the two, once.
atomic_moves() {
	local sent before=() after=() sender
	three
	conf a peer "${pub[b]}" allowed-ips "${inner4[b]}/32,10.50.0.0/16"
	bg at b packets sink 9
	bg at c packets sink 9
	wait_until bound b
	wait_until bound c
	before=("$(link_stat a tx packets)" "$(link_stat b rx packets)" "$(link_stat c rx packets)")
	at a packets datagrams 10.50.1.1 9 4000 100 0 500 &
	sender=$!
	for _ in {1..12}; do
		conf a peer "${pub[c]}" allowed-ips "${inner4[c]}/32,10.50.0.0/16"
		conf a peer "${pub[b]}" allowed-ips "${inner4[b]}/32,10.50.0.0/16"
		# and once more: a prefix that stays is never away either
		conf a peer "${pub[b]}" allowed-ips "10.50.0.0/16,${inner4[b]}/32"
	done
	wait "$sender"
	reach a b
	reach a c
	after=("$(link_stat a tx packets)" "$(link_stat b rx packets)" "$(link_stat c rx packets)")
	sent=$((after[0] - before[0]))
	echo "sent $sent, b $((after[1] - before[1])), c $((after[2] - before[2]))"
	between "sent" "$sent" 4000 4100
	same "arrived at b and c" $((after[1] - before[1] + after[2] - before[2])) "$sent"
	[ $((after[2] - before[2])) -gt 5 ] || fail "c got nothing: the prefix did not move under traffic"
	same "errors" "$(link_stat a tx errors) $(link_stat a tx dropped) $(link_stat b rx errors) $(link_stat c rx errors)" "0 0 0 0"
}

bound() {
	at "$1" ss -Hlun 'sport = :9' | grep -q .
}

# No peer for an address: the sender is told, in either family.
no_route() {
	pair "$subject" "$subject"
	reach a b
	cmd_fail "Unreachable" at a ping -n -c 1 -W 10 10.7.0.99
	cmd_fail "unreachable" at a ping -n -c 1 -W 10 fd07::99
}

# What arrives from a peer must have a source that is its own: here b uses c's address.
source_check() {
	local before
	three
	addr b lo "${inner4[c]}/32" "${inner6[c]}/128"
	before=$(link_stat a rx errors)
	not at b ping -n -q -c 3 -i 0.05 -W 1 -I "${inner4[c]}" "${inner4[a]}"
	not at b ping -n -q -c 3 -i 0.05 -W 1 -I "${inner6[c]}" "${inner6[a]}"
	same "rx errors" $(($(link_stat a rx errors) - before)) 6
	# and once it is b's, it may
	conf a peer "${pub[b]}" allowed-ips "${inner4[b]}/32,${inner4[c]}/32"
	at b ping -n -q -c 1 -W 20 -I "${inner4[c]}" "${inner4[a]}"
}

t longest_prefix "the longest prefix decides, in both families"
t moves "a prefix moves between peers, and a removed peer gives way"
t single "one prefix is added or removed by itself"
t atomic_moves "no packet is lost or doubled while a prefix moves"
t no_route "an address without a peer is unreachable, and the sender is told"
t source_check "a peer's packets count only with its own sources"
finish
