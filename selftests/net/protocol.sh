#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SELFTEST_LONG
# What a hostile peer, a stranger and someone on the underlay may not do.
#
#   namespace a                        namespace b
#   +------------------------+         +-------------------------------+
#   | mesh0 10.7.0.1         |  veth   | hostile.py, a peer in Python, |
#   |     u 10.9.0.1 fd09::1 +---------+ u 10.9.0.2 fd09::2            |
#   +------------------------+         +-------------------------------+

. "$(dirname "$0")/lib.sh"
need wg python3
have_kind "$subject" || skip_all "no $subject module"

# victim: the device in a, with a peer 10.7.0.2 whose key hostile.py holds
victim() {
	ns_add a b
	cable a b
	end_add a "$subject"
	end_up a
	key_new b
	conf a peer "${pub[b]}" allowed-ips 10.7.0.2/32 "$@"
}

hostile() {
	local name=$1
	shift
	at b "${script[@]}" hostile.py "$name" "$tmp/b.key" "${pub[a]}" "${outer4[a]}" 51820 "$@"
}

# reasons "REASON NUMBER, ...": since its beginning a has dropped so many packets, and none for another reason
reasons() {
	[ "$subject" = sixpn ] || return 0
	same "drops" "$(show a drops | awk '$2 { printf "%s%s %s", comma, $1, $2; comma = ", " }')" "$1"
}

initiation_replay() { victim; hostile initiation_replay; }
initiation_flood() { victim; hostile initiation_flood; }

data_replay() {
	victim
	hostile data_replay
	reasons "replayed 4"
	[ "$subject" != sixpn ] || same "drops of the peer" "$(peer_field a b peer-drops)" 4
}

previous_session() {
	victim
	hostile previous_session
	reasons "unknown-session 1"
}

window() {
	victim
	hostile window
	reasons "replayed 4"
}

last_message() {
	victim
	hostile last_message
	reasons "replayed 2"
}

# What no tag proves counts for no peer.
forged() {
	local before
	victim
	before=$(link_stat a rx errors)
	hostile forged
	reasons "bad-message 1, unknown-session 1, not-authentic 10"
	same "rx errors" $(($(link_stat a rx errors) - before)) 12
	[ "$subject" != sixpn ] || same "drops of the peer" "$(peer_field a b peer-drops)" 0
}

broken_handshakes() {
	victim
	hostile broken_handshakes
	reasons "bad-message 4, not-authentic 10"
}

cookies() {
	victim
	addr b u 10.9.0.22/24
	hostile cookies
	[ "$subject" != sixpn ] || show a drops | grep -q "^overload	[1-9]"
}

# The first ping may come before anybody listens; what counts is sent 5 s later then.
cookie_taken() {
	victim endpoint 10.9.0.2:51820
	bg at a ping -q -i 0.5 10.7.0.2 >/dev/null
	hostile cookie_taken
}

unconfirmed() {
	victim endpoint 10.9.0.2:51820
	at a packets datagrams 10.7.0.2 9 1 100
	hostile unconfirmed
}

wrong_psk() {
	wg genpsk >"$tmp/psk"
	victim preshared-key "$tmp/psk"
	hostile wrong_psk
}

dropped() { show a drops | awk -v r="$1" '$1 == r { print $2 }'; }
some_dropped() { [ "$(dropped "$1")" -gt 0 ]; }

# The device as initiator: its peer, which has no preshared key, answers, and the operator can see what is wrong.
psk_mismatch() {
	[ "$subject" = sixpn ] || skip "sixpn's own counters"
	pair sixpn wireguard
	wg genpsk >"$tmp/psk"
	conf a peer "${pub[b]}" preshared-key "$tmp/psk"
	bg at a ping -n -q "${inner4[b]}" >/dev/null
	wait_until some_dropped not-authentic
	reasons "not-authentic $(dropped not-authentic)"
}

# What the tracepoint shows of a message is where on the underlay it came from.
traced() {
	local trace=/sys/kernel/tracing rc=0
	[ "$subject" = sixpn ] || skip "sixpn's own tracepoint"
	[ -e "$trace/events" ] || mount -t tracefs tracefs "$trace"
	[ -e "$trace/events/sixpn/sixpn_drop" ] || skip "this kernel has no tracepoints"
	victim
	echo 1 >"$trace/events/sixpn/sixpn_drop/enable"
	hostile data_replay || rc=$?
	echo 0 >"$trace/events/sixpn/sixpn_drop/enable"
	grep sixpn_drop "$trace/trace"
	same "result" "$rc" 0
	same "traced" "$(grep -c "device=mesh0 reason=replayed source=::ffff:10.9.0.2 destination=::ffff:10.9.0.1" "$trace/trace")" 4
	: >"$trace/trace"
}

# Seven packets with somebody else's source are dropped and counted, one by one.
spoofed_source() {
	local before
	victim
	before=$(link_stat a rx errors)
	hostile spoofed_source
	same "rx errors" $(($(link_stat a rx errors) - before)) 7
	reasons "spoofed-source 7"
}

lying_lengths() {
	local before
	victim
	before=$(link_stat a rx errors)
	hostile lying_lengths
	between "rx errors" $(($(link_stat a rx errors) - before)) 18 22
}

rate_limit() {
	local key
	victim
	for _ in {1..16}; do
		wg genkey
	done >"$tmp/keys"
	while read -r key; do
		echo "peer $(wg pubkey <<<"$key")"
	done <"$tmp/keys" | xargs enter "/run/netns/$scope-a" "${tool_of[$subject]}" set "${dev_of[a]}"
	hostile rate_limit "$tmp/keys"
}

# 4,096 handshakes wait (SIXPN_HANDSHAKES_MAX of kernel/handshake.h; WireGuard's number is the same). Of 4,000 more those are
# dropped that find no room, which a slow worker may have made for some.
full_queue() {
	local before dropped
	victim
	before=$(link_stat a rx dropped)
	hostile full_queue 8096 >"$tmp/queue" || { cat "$tmp/queue"; false; }
	if grep -q SKIP "$tmp/queue"; then
		skip "no CPU to keep the workers on"
	fi
	dropped=$(($(link_stat a rx dropped) - before))
	between "dropped" "$dropped" 2000 4050
}

# A recorded handshake and recorded data of a real peer, sent again by someone on the underlay with the same addresses.
# different ones: what is sent again is not counted
initiations_of_peer() {
	awk -v from="${outer4[b]}" '$5 == 1 && $1 == from && !had[$10]++ { n++ } END { print n + 0 }' "$tmp/wire"
}

recorded() {
	local before ends began again
	pair "$subject" wireguard
	sniff a u "$tmp/wire"
	reach b a
	reach b a
	wait_until seen_at_least "$tmp/wire" 4 128 4
	before=$(show a transfer)
	ends=$(show a latest-handshakes)
	began=$(initiations_of_peer)
	at b packets resend "$tmp/wire" 1
	at b packets resend "$tmp/wire" 4
	at b packets resend "$tmp/wire" 2
	# the last good packet comes after all of them
	reach b a
	# a peer that waited long for the processor may have shaken hands once more by itself, and said so with a keepalive
	again=$(($(initiations_of_peer) - began))
	same "received" "$(cut -f 2 <<<"$(show a transfer)")" $(($(cut -f 2 <<<"$before") + 128 + again * (148 + 32)))
	[ "$again" != 0 ] || same "handshakes" "$(show a latest-handshakes)" "$ends"
	same "initiations answered" "$(seen "$tmp/wire" 2 92 "${outer4[a]}")" "$(initiations_of_peer)"
}

# Every length, every type, none of it valid: nothing changes, nothing is logged, the tunnel works on.
garbage() {
	local before log
	pair "$subject" wireguard
	reach b a
	before="$(showconf a) $(link_stat a rx packets)"
	log=$(dmesg | wc -l)
	at b "${script[@]}" packets.py garbage "${outer4[a]}" 51820 >/dev/null
	at b "${script[@]}" packets.py garbage "${outer6[a]}" 51820 >/dev/null
	same "state" "$(showconf a) $(link_stat a rx packets)" "$before"
	# the peer may have sent a keepalive meanwhile, or even shaken hands once more
	both_agree() { [ "$(rx_of a b) $(tx_of a b)" = "$(tx_of b a) $(rx_of b a)" ]; }
	wait_until both_agree
	same "new lines in the log" "$(($(dmesg | wc -l) - log))" 0
	reach b a
	reach a b 6
}

# A flood of strangers' handshakes must not keep a real peer out: it gets a cookie, and then its session.
real_peer_under_flood() {
	local flooder
	ns_add a b c
	veth a c v u
	cable a b
	addr a v 10.10.0.1/24
	addr c u 10.10.0.3/24
	end_add a "$subject"
	end_add b wireguard
	end_up a
	end_up b
	peer a b
	peer b a endpoint "$(endpoint a 4)"
	sniff c u "$tmp/flood"
	sniff b u "$tmp/wire"
	bg at c "${script[@]}" packets.py flood 10.10.0.1 51820 "${pub[a]}"
	flooder=$!
	wait_until seen_at_least "$tmp/flood" 3 64 5
	wait_until at b ping -n -q -c 1 -W 5 "${inner4[a]}"
	kill "$flooder"
	reach b a 6
	echo "cookies: $(seen "$tmp/flood" 3 64) to the flooder, $(seen "$tmp/wire" 3 64) to the peer"
}

t initiation_replay "a replayed or outdated handshake initiation is not answered"
t initiation_flood "of many initiations of one peer at once few are answered"
t data_replay "a data packet counts once, in any order"
t window "8,000 packets of disorder are accepted, older ones dropped"
t previous_session "packets of the session before the last one count, older ones do not"
t unconfirmed "a responder sends nothing before the initiator did"
t last_message "no packet beyond the last counter of a session"
t forged "changed, truncated and misdirected packets are dropped"
t broken_handshakes "broken handshakes get no answer"
t wrong_psk "without the preshared key there is no session"
t psk_mismatch "an answer without the preshared key is counted"
t traced "the tracepoint tells who sent what was dropped"
t spoofed_source "a peer's packets with another source are dropped and counted"
t lying_lengths "inner headers that lie about lengths are dropped"
t recorded "recorded packets of a real peer, sent again, change nothing"
t garbage "datagrams of every length and type change nothing and leave no trace in the log"
t cookies "under load a cookie is asked for, and with it a handshake is answered"
t cookie_taken "as initiator: asked for a cookie, it is shown with the next initiation"
t full_queue "of handshakes that wait there are so many and no more"
t rate_limit "under load one address gets few handshakes"
t real_peer_under_flood "a real peer gets through a flood of handshakes"
finish
