#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sessions replaced before their time: keys changed, ends restarted, both ends starting at once. What timers do by
# themselves is in timers.sh.
#
#   namespace a                        namespace b
#   +------------------------+         +------------------------+
#   | mesh0 10.7.0.1 fd07::1 |  veth   | wg0   10.7.0.2 fd07::2 |
#   |     u 10.9.0.1 fd09::1 +---------+     u 10.9.0.2 fd09::2 |
#   +------------------------+         +------------------------+

. "$(dirname "$0")/lib.sh"
need wg
have_kind "$subject" || skip_all "no $subject module"

# One end forgets the session (its peer is removed and added) and starts a new one; the other must take it up.
forced() {
	local before
	pair "$1" "$2"
	sniff b u "$tmp/wire"
	reach a b
	before=$(seen "$tmp/wire" 2 92)
	peer a b endpoint "$(endpoint b 4)"
	reach a b
	reach b a 6
	same "responses" $(($(seen "$tmp/wire" 2 92) - before)) 1
	# and again, with traffic from the end that does not know
	traffic b a
	peer a b endpoint "$(endpoint b 4)"
	wait_until at a ping -n -q -c 1 -W 5 "${inner4[b]}"
	kill "$traffic_pid"
	reach b a
}

forced_by_subject() { forced "$subject" wireguard; }
forced_by_stock() { forced wireguard "$subject"; }
forced_by_itself() { forced "$subject" "$subject"; }

# A new private key ends all sessions; with its public half at the other end there are new ones.
new_key() {
	local old
	pair "$subject" wireguard
	reach a b
	old=${pub[a]}
	key_new a
	conf a private-key "$tmp/a.key"
	no_reach a b
	conf b peer "$old" remove
	peer b a endpoint "$(endpoint a 4)"
	reach b a
	reach a b 6
}

# The same private key set again is no change: the session goes on without a handshake.
same_key() {
	pair "$subject" wireguard
	sniff b u "$tmp/wire"
	reach a b
	conf a private-key "$tmp/a.key"
	reach a b
	reach b a
	same "initiations" "$(seen "$tmp/wire" 1 148)" 1
}

# Both ends start at the same moment, many times over. Of two that cross neither is finished, and each is tried again 5 s later,
# give or take a third: on a slow machine they may cross some times more.
at_once() {
	pair "$subject" "$1"
	for _ in {1..4}; do
		peer a b endpoint "$(endpoint b 4)"
		peer b a endpoint "$(endpoint a 4)"
		at a ping -n -q -c 1 -W 80 "${inner4[b]}" &
		first=$!
		at b ping -n -q -c 1 -W 80 "${inner6[a]}" &
		second=$!
		wait "$first"
		wait "$second"
	done
}

at_once_itself() { at_once "$subject"; }
at_once_module() { at_once wireguard; }

# Packets wait for the handshake, a bounded number of them, and all that waited arrive.
staged() {
	local lost
	pair "$subject" wireguard
	ipn b link set "${dev_of[b]}" down
	bg at a ping -n -i 0.01 -c 30 -W 30 -q "${inner4[b]}" >"$tmp/ping"
	wait_until initiated
	ipn b link set "${dev_of[b]}" up
	wait_until grep -q 'packet loss' "$tmp/ping"
	cat "$tmp/ping"
	lost=$(sed -n 's/.*received, \([0-9]*\)% packet loss.*/\1/p' "$tmp/ping")
	same "lost" "$lost" 0
}

# Far more packets than wait: the newest 128 are kept, the others counted, and all of them ask for no more than one or two
# handshakes.
staged_limit() {
	local before
	pair "$subject" wireguard
	ipn b link set "${dev_of[b]}" down
	before=$(link_stat a tx dropped)
	at a packets datagrams "${inner4[b]}" 9 272 100
	at a packets datagrams "${inner4[b]}" 9 128 200
	same "dropped" $(($(link_stat a tx dropped) - before)) 272
	between "bytes of initiations" "$(tx_of a b)" 148 $((4 * 148))
	ipn b link set "${dev_of[b]}" up
	# an initiation, and 128 packets of 228 bytes with their padding
	wait_until got $((148 + 128 * (32 + 240)))
}

got() {
	[ "$(rx_of b a)" = "$1" ]
}

initiated() {
	[ "$(tx_of a b)" -ge 148 ]
}

t forced_by_subject "$subject starts a new session, the in-tree module takes it up"
t forced_by_stock "the in-tree module starts a new session, $subject takes it up"
t forced_by_itself "$subject starts a new session, $subject takes it up"
t new_key "a new private key ends the sessions of the old one"
t same_key "the same private key again changes nothing"
t at_once_itself "two $subject ends that start at once find one another"
t at_once_module "$subject and the in-tree module start at once"
t staged "packets sent before the handshake arrive after it"
t staged_limit "of too many packets that wait the newest are kept"
finish
