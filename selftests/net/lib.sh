# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Shared by the scripts of selftests/net: KTAP, namespaces that clean up after themselves, and tunnel ends of any kind.
# To be sourced by bash, as root, inside the VM of selftests/vm/run.
#
# A script defines functions, runs each with `t FUNCTION "what holds"` and ends with `finish`. A test function runs in a
# subshell under `set -e`: the first command that fails fails the test and is named in the log. Everything made with
# ns_add, end_add, bg ... is gone when its test ends. Tests that share what takes long to set up are stages of one.
#
# The kind under test is $subject; SIXPN_TEST_KIND=wireguard runs a script against the in-tree module, which is how the
# tests themselves are checked. SIXPN_ONLY=PATTERN runs the tests whose function matches, SIXPN_VERBOSE=1 prints every log.

set -u
umask 077	# keys go to files
shopt -s inherit_errexit

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for the scripts
subject=${SIXPN_TEST_KIND:-sixpn}
# Without what a machine may import at each start; then a script of this folder: "${script[@]}" NAME.py
python=(/usr/bin/python3 -S)
# shellcheck disable=SC2034 # for the scripts
script=("${python[@]}" "$here/start.py")
limit=${SIXPN_TEST_LIMIT:-60}	# seconds a wait may last: only a hung test reaches it
interval=0.01	# seconds between the packets of traffic(): what surrounds it must get on, too
if [ "${SIXPN_KERNEL:-}" = debug ]; then
	interval=0.04
fi
tmp=$(mktemp -d "${TMPDIR:-/tmp}/sixpn-test.XXXXXX")
ran=0 failed=0
scope=s6-$$-0
declare -A kind_of=() dev_of=() pub=()

trap script_leave EXIT

# Some kernel code is patched when the first socket that wants time stamps (ping) or the first tunnel socket comes, and when
# the last one goes. Under emulation with two CPUs a CPU that is just running that code dies of it, now and then
# ("Oops: int3"). So one of each stays for as long as the script runs.
script_enter() {
	ip link set lo up
	ping -q -i 100000 127.0.0.1 >/dev/null 2>&1 &
	holder=$!
	if ip link add "s6h$$" type wireguard 2>/dev/null; then
		ip link set "s6h$$" up
	fi
}

script_leave() {
	kill "$holder" 2>/dev/null
	ip link del "s6h$$" 2>/dev/null
	rm -rf "$tmp"
}

# ---- KTAP ---------------------------------------------------------------------------------------------------------

skip() {
	echo "$*" >"$tmp/skip"
	exit 4
}

fail() {
	echo "FAIL: $*"
	exit 1
}

# skip_all REASON: the whole script cannot run here
skip_all() {
	echo "1..0 # SKIP $*"
	exit 4
}

# failed_at LINE COMMAND: name the failed command and the lines of the script that led to it
failed_at() {
	local i where="line $1"
	for ((i = 1; i < ${#FUNCNAME[@]} - 1; i++)); do
		where="${FUNCNAME[i]} $where"
		[ "${FUNCNAME[i + 1]}" != t ] || break
		where="line ${BASH_LINENO[i]}: $where"
	done
	echo "FAIL: $where: $2"
}

# t FUNCTION "what holds": run one test
t() {
	local fn=$1 what=$2 line rc began=$SECONDS
	# shellcheck disable=SC2053 # a pattern
	[[ $fn == ${SIXPN_ONLY:-*} ]] || return 0
	ran=$((ran + 1))
	scope=s6-$$-$ran
	echo "<6>sixpn selftest: ${0##*/} $fn" >/dev/kmsg 2>/dev/null
	(
		trap leave EXIT
		trap 'failed_at $LINENO "$BASH_COMMAND"' ERR
		set -eE
		"$fn"
	) >"$tmp/log" 2>&1 </dev/null
	rc=$?
	if [ -s "$tmp/stages" ]; then
		while read -r line; do
			if [ "${line#\#}" != "$line" ]; then
				echo "$line"
			else
				echo "ok $ran $line"
				ran=$((ran + 1))
			fi
		done <"$tmp/stages"
		rm "$tmp/stages"
	fi
	case $rc in
	0) echo "ok $ran $what" ;;
	4) echo "ok $ran $what # SKIP $(cat "$tmp/skip")" ;;
	*)
		echo "not ok $ran $what"
		failed=$((failed + 1))
		;;
	esac
	if [ "$rc" != 0 ] && [ "$rc" != 4 ] || [ -n "${SIXPN_VERBOSE:-}" ]; then
		tail -n 60 "$tmp/log" | sed 's/^/# /'
		# the last packets it saw, without their contents
		[ ! -s "$tmp/wire" ] || cut -d ' ' -f 1-9 "$tmp/wire" | tail -n 30 | sed 's/^/# wire: /'
	fi
	[ ! -e "$tmp/wire" ] || rm "$tmp/wire"
	echo "# $fn: $((SECONDS - began)) s"
}

# stage FUNCTION "what holds": a part of a test, a point of its own. It leaves things as the next one needs them
stage() {
	local began=$SECONDS
	echo "--- $1"
	"$1"
	printf '%s\n' "$2" "# $1: $((SECONDS - began)) s" >>"$tmp/stages"
}

finish() {
	echo "1..$ran"
	[ "$failed" = 0 ] && [ "$ran" -gt 0 ]
	exit
}

# leave: undo what a test made. Processes first, so that none holds a namespace.
leave() {
	local rc=$? ns
	set +eE
	trap - ERR
	if [ -s "$tmp/pids" ]; then
		# shellcheck disable=SC2046 # a list
		kill $(cat "$tmp/pids") 2>/dev/null
		wait 2>/dev/null
		rm -f "$tmp/pids"
	fi
	for ns in /run/netns/"$scope"-*; do
		[ -e "$ns" ] || continue
		# what a test that ran to its end started it has named, but for daemons
		if [ "$rc" != 0 ] || [ -e "$tmp/daemons" ]; then
			# shellcheck disable=SC2046 # a list
			kill $(ip netns pids "${ns##*/}") 2>/dev/null
		fi
		echo "netns del ${ns##*/}"
	done >"$tmp/namespaces"
	[ ! -s "$tmp/namespaces" ] || ip -batch "$tmp/namespaces"
	[ ! -e "$tmp/daemons" ] || rm "$tmp/daemons"
}

script_enter

# ---- helpers ------------------------------------------------------------------------------------------------------

need() {
	local c
	for c in "$@"; do
		command -v "$c" >/dev/null || skip_all "no $c on this machine"
	done
}

# have_nft: nftables works on this kernel
have_nft() {
	nft add table inet s6probe 2>/dev/null && nft delete table inet s6probe
}

# wait_until [-t SECONDS] COMMAND...: poll until it succeeds
wait_until() {
	local max=$limit end
	if [ "$1" = -t ]; then
		max=$2
		shift 2
	fi
	end=$((SECONDS + max))
	until "$@" >/dev/null 2>&1; do
		if [ "$SECONDS" -ge "$end" ]; then
			echo "FAIL: waited $max s for: $*"
			return 1
		fi
		pause 0.2
	done
}

# pause SECONDS: without starting a program; nothing is ever written there
exec {never}<> <(:)
pause() {
	read -r -t "$1" -u "$never" || true
}

# bg [at NS] PROGRAM...: run in the background until the test ends; its pid is $!
bg() {
	# a function would have the program as a child, which outlives it and holds its namespace
	if [ "$1" = at ]; then
		set -- enter "/run/netns/$scope-$2" "${@:3}"
	fi
	"$@" &
	echo $! >>"$tmp/pids"
}

# says TEXT REGEX: one of its lines matches, in whatever case: grep -qiE, but no program
says() {
	local line found=1
	shopt -s nocasematch
	while IFS= read -r line; do
		if [[ $line =~ $2 ]]; then
			found=0
			break
		fi
	done <<<"$1"
	shopt -u nocasematch
	return "$found"
}

# cmd_fail "sentence" COMMAND...: must fail with a message that holds the sentence (a regular expression)
cmd_fail() {
	local want=$1 out rc=0
	shift
	out=$("$@" 2>&1) || rc=$?
	if [ "$rc" = 0 ]; then
		fail "succeeded, expected \"$want\": $*"
	fi
	if ! says "$out" "$want"; then
		fail "expected \"$want\", got \"$out\": $*"
	fi
}

# same WHAT GOT EXPECTED
same() {
	[ "$2" = "$3" ] || fail "$1: got \"$2\", expected \"$3\""
}

# between WHAT VALUE MIN MAX
between() {
	if [ "$2" -lt "$3" ] || [ "$2" -gt "$4" ]; then
		fail "$1: $2 is not in $3..$4"
	fi
}

# not COMMAND...: it must fail (plain `!` does not stop a test under set -e)
not() {
	local rc=0
	"$@" || rc=$?
	[ "$rc" != 0 ] || fail "succeeded: $*"
}

# ---- namespaces and the underlay ----------------------------------------------------------------------------------
# Under emulation the start of a program costs far more than what it does: these helpers start few.

# addresses by namespace, a=1, b=2, ...
declare -A outer4=() outer6=() inner4=() inner6=()
number=0
for ns in a b c d e f g h; do
	number=$((number + 1))
	outer4[$ns]=10.9.0.$number
	outer6[$ns]=fd09::$number
	inner4[$ns]=10.7.0.$number
	inner6[$ns]=fd07::$number
done

# at NS COMMAND...: run in a namespace of this test
at() {
	local ns=$1
	shift
	enter "/run/netns/$scope-$ns" "$@"
}

# ipn NS WORDS...: ip in a namespace; without words it reads many commands from stdin
ipn() {
	local ns=$1
	shift
	if [ $# = 0 ]; then
		ip -n "$scope-$ns" -batch -
	else
		ip -n "$scope-$ns" "$@"
	fi
}

ns_add() {
	local ns
	printf "netns add $scope-%s\n" "$@" | ip -batch -
	for ns in "$@"; do
		ipn "$ns" link set lo up
	done
}

# veth NS1 NS2 [NAME1 NAME2]: a cable between two namespaces, up, without addresses
veth() {
	local n1=${3:-u} n2=${4:-u}
	ip link add name "$n1" netns "$scope-$1" type veth peer name "$n2" netns "$scope-$2"
	ipn "$1" link set dev "$n1" up
	ipn "$2" link set dev "$n2" up
}

# addr NS DEV ADDRESS/LEN...
addr() {
	local ns=$1 dev=$2 a
	shift 2
	for a in "$@"; do
		case $a in
		*:*) echo "addr add $a dev $dev nodad" ;;
		*) echo "addr add $a dev $dev" ;;
		esac
	done | ipn "$ns"
}

# outside NS: the commands that give its "u" outer addresses of both families
outside() {
	echo "addr add ${outer4[$1]}/24 dev u
		addr add ${outer6[$1]}/64 dev u nodad
		link set u up"
}

# cable NS1 NS2: veth "u" at both with outer addresses
cable() {
	local ns
	ip link add u netns "$scope-$1" type veth peer name u netns "$scope-$2"
	for ns in "$1" "$2"; do
		outside "$ns" | ipn "$ns"
	done
}

# ---- tunnel ends --------------------------------------------------------------------------------------------------

declare -A tool_of=([sixpn]=sixpn [wireguard]=wg [wireguard-go]=wg)
declare -A usual_dev=([sixpn]=mesh0 [wireguard]=wg0 [wireguard-go]=go$$)

# have_kind KIND: load its module; false where it is missing
have_kind() {
	case $1 in
	wireguard-go) command -v wireguard-go >/dev/null && { [ -e /dev/net/tun ] || modprobe -q tun; } ;;
	*) [ -d "/sys/module/$1" ] || modprobe -q "$1" ;;
	esac
}

# key_new NS: a key pair that this test has not had, in $tmp/NS.key and ${pub[NS]}
mapfile -t key_pairs < <(grep -v '^#' "$here/keys")
key_new() {
	local private public
	read -r private public <<<"${key_pairs[0]}"
	key_pairs=("${key_pairs[@]:1}")
	echo "$private" >"$tmp/$1.key"
	pub[$1]=$public
}

# end_add NS KIND [DEV]: a tunnel device with a fresh key and port 51820, down
end_add() {
	local ns=$1 kind=$2
	have_kind "$kind" || fail "no $kind on this kernel"
	kind_of[$ns]=$kind
	dev_of[$ns]=${3:-${usual_dev[$kind]}}
	if [ "$kind" = wireguard-go ]; then
		: >"$tmp/daemons"
		at "$ns" env WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD=1 LOG_LEVEL=error wireguard-go "${dev_of[$ns]}"
		wait_until test -S "/var/run/wireguard/${dev_of[$ns]}.sock"
	else
		ipn "$ns" link add "${dev_of[$ns]}" type "$kind"
	fi
	key_new "$ns"
	conf "$ns" private-key "$tmp/$ns.key" listen-port 51820
}

# inside NS [MTU]: the commands that give its tunnel inner addresses and bring it up
inside() {
	local dev=${dev_of[$1]}
	echo "addr add ${inner4[$1]}/24 dev $dev
		addr add ${inner6[$1]}/64 dev $dev nodad
		link set $dev ${2:+mtu $2} up"
}

end_up() {
	inside "$@" | ipn "$1"
}

# conf NS WORDS...: the tool's "set" of that end
conf() {
	local ns=$1
	shift
	at "$ns" "${tool_of[${kind_of[$ns]}]}" set "${dev_of[$ns]}" "$@"
}

# show NS WORDS...: the tool's "show" of that end
show() {
	local ns=$1
	shift
	at "$ns" "${tool_of[${kind_of[$ns]}]}" show "${dev_of[$ns]}" "$@"
}

showconf() {
	at "$1" "${tool_of[${kind_of[$1]}]}" showconf "${dev_of[$1]}"
}

# peer NS OTHER [WORDS...]: OTHER becomes a peer of NS with its inner addresses, without its past
peer() {
	local ns=$1 other=$2
	shift 2
	conf "$ns" peer "${pub[$other]}" remove \
		peer "${pub[$other]}" allowed-ips "${inner4[$other]}/32,${inner6[$other]}/128" "$@"
}

# endpoint NS FAMILY: where that end is reached over the cable
endpoint() {
	case $2 in
	4) echo "${outer4[$1]}:51820" ;;
	6) echo "[${outer6[$1]}]:51820" ;;
	esac
}

# pair KIND_A KIND_B [FAMILY]: namespaces a and b on one cable, a tunnel between them, endpoints known to both
pair() {
	local ns other
	if [ "$1" = wireguard-go ] || [ "$2" = wireguard-go ]; then
		ns_add a b
		cable a b
		end_add a "$1"
		end_add b "$2"
		end_up a
		end_up b
		peer a b endpoint "$(endpoint b "${3:-4}")"
		peer b a endpoint "$(endpoint a "${3:-4}")"
		return
	fi
	# the same with half the programs
	kind_of[a]=$1 kind_of[b]=$2
	ns_add a b
	ip link add u netns "$scope-a" type veth peer name u netns "$scope-b"
	for ns in a b; do
		have_kind "${kind_of[$ns]}" || fail "no ${kind_of[$ns]} on this kernel"
		dev_of[$ns]=${usual_dev[${kind_of[$ns]}]}
		key_new "$ns"
		{
			outside "$ns"
			echo "link add ${dev_of[$ns]} type ${kind_of[$ns]}"
			inside "$ns"
		} | ipn "$ns"
	done
	for ns in a b; do
		other=$([ "$ns" = a ] && echo b || echo a)
		conf "$ns" private-key "$tmp/$ns.key" listen-port 51820 \
			peer "${pub[$other]}" allowed-ips "${inner4[$other]}/32,${inner6[$other]}/128" endpoint "$(endpoint "$other" "${3:-4}")"
	done
}

# reach FROM TO [FAMILY]: one ping through the tunnel. Generous, for emulation under a debug kernel.
reach() {
	case ${3:-4} in
	4) at "$1" ping -n -q -c 1 -W 20 "${inner4[$2]}" ;;
	6) at "$1" ping -n -q -c 1 -W 20 "${inner6[$2]}" ;;
	esac
}

# no_reach FROM TO [FAMILY]: the ping gets no answer. Short, because nothing but an answer can end it early.
no_reach() {
	case ${3:-4} in
	4) not at "$1" ping -n -q -c 1 -W 2 "${inner4[$2]}" ;;
	6) not at "$1" ping -n -q -c 1 -W 2 "${inner6[$2]}" ;;
	esac
}

# traffic FROM TO: a background stream of small packets through the tunnel until the test ends; pid in $traffic_pid
traffic() {
	bg at "$1" ping -n -q -i "$interval" -s 200 "${inner4[$2]}" >/dev/null 2>&1
	# shellcheck disable=SC2034 # for the caller
	traffic_pid=$!
}

# peer_field NS OTHER FIELD [COLUMN]: a column of "show DEV FIELD" for that peer
peer_field() {
	local words
	show "$1" "$3" | while read -r -a words; do
		[ "${words[0]}" != "${pub[$2]}" ] || echo "${words[${4:-2} - 1]}"
	done
}

shook_hands() {
	[ "$(peer_field "$1" "$2" latest-handshakes)" -gt "${3:-0}" ]
}

rx_of() { peer_field "$1" "$2" transfer 2; }
tx_of() { peer_field "$1" "$2" transfer 3; }

# link_stat NS rx|tx FIELD: one number of "ip -s link" of the tunnel device
link_stat() {
	local direction=${2^^}: names values i
	# a line of names that begins with RX: or TX:, then one of numbers
	ipn "$1" -s link show "${dev_of[$1]}" | while read -r -a names; do
		[ "${names[0]}" = "$direction" ] || continue
		read -r -a values
		for i in "${!values[@]}"; do
			[ "${names[i + 1]}" != "$3" ] || echo "${values[i]}"
		done
	done
}

# ---- packets on the wire ------------------------------------------------------------------------------------------

# sniff NS DEV FILE: record UDP packets on DEV, one line each: SRC SPORT DST DPORT TYPE LENGTH TOS TTL TIME HEX
sniff() {
	local ns=$1 dev=$2 file=$3
	rm -f "$file"	# it exists when the sniffer is ready
	bg at "$ns" packets sniff "$dev" "$file"
	wait_until test -e "$file"
}

# seen FILE TYPE LENGTH [SRC]: how many such packets were recorded
seen() {
	awk -v t="$2" -v l="$3" -v s="${4:-}" '$5 == t && $6 == l && (s == "" || $1 == s) { n++ } END { print n + 0 }' "$1"
}

seen_at_least() {
	[ "$(seen "$1" "$2" "$3" "${5:-}")" -ge "$4" ]
}

# let_in NS ADDRESS: ping through a tunnel that has no session yet, whose messages `sniff` has recorded in $tmp/wire since
# before it was made. Whether its first initiation was the one that was answered: an unknown initiator is
# kept for five seconds, in which somebody has to look it up, and a slow machine may take longer.
let_in() {
	local count
	at "$1" ping -n -q -6 -c 1 -W 60 "$2" || return 1
	# the initiations up to the answer are in the record before it
	wait_until seen_at_least "$tmp/wire" 2 92 1 || return 1
	count=$(seen "$tmp/wire" 1 148)
	echo "let in after $count initiations"
	[ "$count" = 1 ]
}

# ---- iperf3 -------------------------------------------------------------------------------------------------------

# iperf_server NS [PORT]: one that serves until the test ends
iperf_server() {
	bg at "$1" iperf3 -s -p "${2:-5201}" >/dev/null 2>&1
	wait_until listening "$1" "${2:-5201}"
}

listening() {
	at "$1" ss -Hltn "sport = :$2" | grep -q .
}

# iperf NS WORDS...: run a client; fails when it fails or when nothing arrived. Where programs wait long for the processor, the
# server may still be at the run before, or be told of the end before it has read the datagrams, which it then calls lost.
iperf() {
	local try
	for try in 1 2 3 4 5; do
		! iperf_once "$@" || return 0
		grep -qE 'server is busy|control message: Connection reset by peer|"protocol":[[:space:]]*"UDP"' "$tmp/iperf.$1" || break
		pause "$try"
	done
	tail -n 20 "$tmp/iperf.$1"
	return 1
}

iperf_once() {
	local ns=$1
	shift
	at "$ns" iperf3 -J "$@" >"$tmp/iperf.$ns" || return 1
	gojq -e '.end | (.sum_received // .sum) | (., .bytes > 0 and (.lost_percent // 0) < 60)' "$tmp/iperf.$ns"
}
