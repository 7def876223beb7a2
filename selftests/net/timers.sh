#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: -i
# SELFTEST_LONG
# SELFTEST_TIMEOUT=4000
# The protocol's timers (WireGuard paper, section 6), in a VM whose clock jumps ahead whenever nothing is to be done.
#
#   namespace a                        namespace b
#   +------------------------+         +------------------------+
#   | mesh0 10.7.0.1         |  veth   | wg0   10.7.0.2         |
#   |     u 10.9.0.1         +---------+     u 10.9.0.2, sniffed|
#   +------------------------+         +------------------------+
#
# Waiting is what is tested here, so these tests sleep: it costs virtual seconds only.

. "$(dirname "$0")/lib.sh"
[ "$(nproc)" = 1 ] || skip_all "needs a clock that jumps: selftests/vm/run -i"
need wg
have_kind "$subject" || skip_all "no $subject module"

# times TYPE LENGTH SOURCE: when such packets were seen, in ms
times() {
	awk -v t="$1" -v l="$2" -v s="$3" '$5 == t && $6 == l && $1 == s { printf "%d\n", $9 * 1000 }' "$tmp/wire"
}

# one TIMES-LIST N: its N-th
nth() {
	sed -n "${1}p"
}

start() {
	pair "$1" "$2"
	sniff b u "$tmp/wire"
}

# A timer of 5 to 20 s fires at the next step of the kernel's timer wheel: 64 ticks, of which there are 250 or 100 a second
wheel=256
if [ -e /proc/config.gz ] && zgrep -q '^CONFIG_HZ=100$' /proc/config.gz; then
	wheel=640
fi

# one_way FROM TO: a datagram that is not answered
one_way() {
	at "$1" packets datagrams "${inner4[$2]}" 9 1 100
}

# On one CPU and a kernel that preempts, an answer may come before the stock module has noted that it sent something: then it
# shakes hands once more, 5 or 15 s later.
hasty() {
	[ "${SIXPN_KERNEL:-}" = debug ]
}

# A receiver that has nothing to say says so after 10 s: once, if it got one packet, and once more if it got another
# meanwhile. One that answered has said enough.
keepalive() {
	local data other=wireguard
	if hasty; then
		other=$subject
	fi
	start "$other" "$subject"
	bg at b packets sink 9
	wait_until sinking
	reach a b
	sleep 15
	same "keepalives after an answer" "$(times 4 32 10.9.0.2 | wc -l)" 0
	: >"$tmp/wire"
	one_way a b
	sleep 30
	data=$(times 4 160 10.9.0.1 | nth 1)
	same "keepalives" "$(times 4 32 10.9.0.2 | wc -l)" 1
	between "ms from data to keepalive" $(($(times 4 32 10.9.0.2) - data)) 9900 $((10300 + wheel))
	: >"$tmp/wire"
	# one process and a new session, for the clock may jump while programs are loaded
	peer a b endpoint "$(endpoint b 4)"
	at a packets datagrams "${inner4[b]}" 9 2 100 0 5000000
	sleep 40
	data=$(times 4 160 10.9.0.1 | nth 1)
	same "keepalives after two packets" "$(times 4 32 10.9.0.2 | wc -l)" 2
	between "ms to the second" $(($(times 4 32 10.9.0.2 | nth 2) - data)) 19900 $((20400 + 2 * wheel))
}

sinking() {
	at "${1:-b}" ss -Hlun 'sport = :9' | grep -q .
}

# The initiator replaces a session that is 120 s old when it sends, the responder does not; no packet is lost by it.
rekey() {
	local first second packets=130
	# its last handshake may come 15 s after the first
	! hasty || packets=150
	start "$1" "$2"
	at a ping -n -i 1 -c "$packets" -W 20 -q "${inner4[b]}" | grep ' 0% packet loss'
	awk '$5 < 4 { print $1, $5, $9 }' "$tmp/wire"
	same "initiations of the responder" "$(times 1 148 10.9.0.2 | wc -l)" 0
	# of a hasty one each is repeated, up to three times, or not
	if [ "$1" = wireguard ] && hasty; then
		first=$(times 1 148 10.9.0.1 | awk 'NR == 1 { end = $1 + 60000 } $1 <= end { last = $1 } END { print last }')
		second=$(times 1 148 10.9.0.1 | awk -v first="$first" '$1 > first')
		between "initiations" "$(wc -l <<<"$second")" 1 4
	else
		same "initiations" "$(times 1 148 10.9.0.1 | wc -l)" 2
		first=$(times 1 148 10.9.0.1 | nth 1)
		second=$(times 1 148 10.9.0.1 | nth 2)
	fi
	between "ms between handshakes" $((${second%%$'\n'*} - first)) 119500 122500
}

rekey_subject() { rekey "$subject" wireguard; }
rekey_stock() { rekey wireguard "$subject"; }

# An initiator that only receives renews a session 165 s old when a packet comes, and not with its keepalive 10 s later.
receive_only() {
	local born data
	start "$subject" wireguard
	bg at a packets sink 9
	wait_until sinking a
	# the clock may jump too far while programs are loaded
	for _ in 1 2 3 4; do
		peer a b endpoint "$(endpoint b 4)"
		: >"$tmp/wire"
		reach a b
		sleep 1		# the answer may be here before the record of it
		born=$(times 2 92 10.9.0.2 | nth 1)
		at b packets datagrams "${inner4[a]}" 9 1 100 0 0 $((born / 1000 + 168))
		sleep 4
		data=$(times 4 160 10.9.0.2 | nth 1)
		[ $((data - born)) -gt 179000 ] || break
	done
	between "ms of age" $((data - born)) 166000 179000
	between "ms from data to initiation" $(($(times 1 148 10.9.0.1 | nth 2) - data)) 0 1000
}

# A session older than 180 s is not used: what comes then starts with a handshake, of either end.
reject() {
	start "$subject" wireguard
	reach a b
	sleep 200
	: >"$tmp/wire"
	reach "$1" "$2"
	sleep 1
	same "first packet" "$(awk 'NR == 1 { print $5 }' "$tmp/wire")" 1
}

reject_initiator() { reject a b; }
reject_responder() { reject b a; }

# Nor does it receive what another end sends in it that does not keep the rules: see hostile.py.
outlived() {
	ns_add a b
	cable a b
	end_add a "$subject"
	end_up a
	key_new b
	conf a peer "${pub[b]}" allowed-ips 10.7.0.2/32
	at b "${script[@]}" hostile.py outlived "$tmp/b.key" "${pub[a]}" "${outer4[a]}" 51820
}

# No answer to a handshake: one every 5 s and a third of a second at most, for 90 s; then silence until there is a packet.
retries() {
	local all last=0 now gap n=0 least=9999 most=0 step=50
	# so few of the wheel's steps there that none or two may lie in the jitter
	[ "$wheel" = 256 ] || step=$wheel
	start "$subject" wireguard
	ipn b link set wg0 down
	one_way a b
	sleep 150
	all=$(times 1 148 10.9.0.1)
	between "initiations" "$(wc -l <<<"$all")" 18 21
	for now in $all; do
		gap=$((now - last)) last=$now n=$((n + 1))
		[ "$n" -gt 1 ] || continue
		# the first interval begins at any place between two steps, the others at one
		if [ "$n" = 2 ]; then
			between "ms between two" "$gap" 4950 $((5400 + wheel))
			continue
		fi
		between "ms between two" "$gap" 4950 $((5400 + step))
		[ "$gap" -ge "$least" ] || least=$gap
		[ "$gap" -le "$most" ] || most=$gap
	done
	between "ms of jitter" $((most - least)) 50 $((350 + step))
	same "packets dropped with the last of them" "$(link_stat a tx dropped)" 1
	one_way a b
	sleep 2
	same "initiations after a new packet" "$(times 1 148 10.9.0.1 | wc -l)" $(($(wc -l <<<"$all") + 1))
}

# Data that is answered by nothing at all: after 15 s a new handshake.
no_answer() {
	local data
	start "$subject" wireguard
	reach a b
	sleep 12
	ipn b link set wg0 down
	: >"$tmp/wire"
	one_way a b
	sleep 18
	data=$(times 4 160 10.9.0.1 | nth 1)
	between "ms from data to initiation" $(($(times 1 148 10.9.0.1 | nth 1) - data)) 14900 $((15400 + wheel))
}

persistent() {
	start "$subject" wireguard
	reach a b
	conf a peer "${pub[b]}" persistent-keepalive 25
	sleep 3
	: >"$tmp/wire"
	sleep 100
	between "keepalives in 100 s" "$(times 4 32 10.9.0.1 | wc -l)" 3 5
}

# A session nobody renewed is wiped after 540 s. Nothing on the wire tells: since it was 180 s old it has been good for
# nothing. So the kernel is asked when it did it.
forgotten() {
	local trace=/sys/kernel/tracing born now
	[ "$subject" = sixpn ] || skip "looks into sixpn"
	[ -e "$trace/kprobe_events" ] || mount -t tracefs tracefs "$trace"
	[ -e "$trace/kprobe_events" ] || skip "this kernel has no kprobes"
	start wireguard "$subject"
	echo mono >"$trace/trace_clock"	# that of the records
	echo 'p:s6wipe sixpn_keypairs_clear' >"$trace/kprobe_events"
	echo 1 >"$trace/events/kprobes/s6wipe/enable"
	reach a b
	sleep 700
	born=$(times 2 92 10.9.0.2 | nth 1)
	# peers of an earlier test may go meanwhile
	sed -n 's/.* \([0-9]*\)\.[0-9]*: s6wipe.*/\1/p' "$trace/trace" | while read -r now; do
		echo "wiped after $((now - born / 1000)) s"
	done >"$tmp/wiped"
	echo 0 >"$trace/events/kprobes/s6wipe/enable"
	: >"$trace/kprobe_events"
	cat "$tmp/wiped"
	grep -qE 'after 5(39|[4-6][0-9]) s' "$tmp/wiped"
	reach b a
}

t keepalive "a keepalive 10 s after data that was not answered"
t rekey_subject "$subject renews its session after 120 s"
t rekey_stock "$subject takes up the stock initiator's new session after 120 s and starts none"
t receive_only "an initiator that only receives renews its session after 165 s"
t reject_initiator "no data after 180 s, but a handshake: initiator"
t reject_responder "no data after 180 s, but a handshake: responder"
t outlived "no data is taken after 180 s either, whoever sends it"
t retries "handshakes are repeated every 5 s with jitter, for 90 s"
t no_answer "no answer for 15 s: a new handshake"
t persistent "persistent keepalive every 25 s"
t forgotten "a session nobody renewed is wiped after 540 s"
finish
