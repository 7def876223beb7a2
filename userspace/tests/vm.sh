#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kernels: 6.1 6.12
# SELFTEST_LONG
#
# The CLI and the kernel module together. Namespace a has a device t0 of the
# in-tree wireguard, configured by wg(8); namespace b has a device t0 of kind
# sixpn. The same words must lead to the same text, byte for byte.
#
#     a [ t0 wireguard ]     b [ t0 sixpn ]     c [ more devices ]

# shellcheck source=SCRIPTDIR/../../selftests/net/lib.sh
# shellcheck disable=SC2154,SC2317 # variables and functions of that file; t runs the functions here
. "$(dirname "$0")/../../selftests/net/lib.sh"
unset SIXPN_COLOR_MODE WG_COLOR_MODE SIXPN_HIDE_KEYS WG_HIDE_KEYS NO_COLOR

need wg sixpn script python3
have_kind sixpn || skip_all "no module sixpn"

k=()
for i in 0 1 2 3 4 5; do
	wg genkey >"$tmp/private.$i"
	k[i]=$(wg pubkey <"$tmp/private.$i")
	wg genpsk >"$tmp/psk.$i"
done

both_add() {
	have_kind wireguard || skip "no in-tree wireguard"
	ns_add a b
	ipn a link add t0 type wireguard
	ipn b link add t0 type sixpn
}

# play NS TOOL: do the commands that come in, a line each, and print what they print and whether they were refused. One
# shell for all of them: starting programs is what takes time here. EMPTY stands for an empty word.
play() {
	# shellcheck disable=SC2016 # for the inner shell
	at "$1" bash -c '
		while read -r -a words; do
			echo "> ${words[*]}"
			if "$0" "${words[@]/#EMPTY/}" 2>/dev/null </dev/null; then
				echo "< done"
			else
				echo "< refused"
			fi
		done' "$2"
}

# alike: both tools do the commands that come in; what they print, do and refuse is the same, byte for byte
alike() {
	local lines
	mapfile -t lines
	printf '%s\n' "${lines[@]}" | play a wg >"$tmp/wg.out"
	printf '%s\n' "${lines[@]}" | play b sixpn >"$tmp/sixpn.out"
	cmp "$tmp/wg.out" "$tmp/sixpn.out" || {
		diff "$tmp/wg.out" "$tmp/sixpn.out"
		fail "they differ"
	}
}

# every form of show, to be given to alike
forms() {
	local field
	echo "show t0"
	echo "showconf t0"
	for field in public-key private-key listen-port fwmark peers preshared-keys endpoints allowed-ips \
		     latest-handshakes transfer persistent-keepalive dump; do
		echo "show t0 $field"
	done
}

test_forms() {
	both_add
	{
		forms
		echo "set t0 listen-port 5000 private-key $tmp/private.0 fwmark 0x1234"
		forms
		echo "set t0 peer ${k[1]} preshared-key $tmp/psk.1 endpoint 192.0.2.1:1 allowed-ips 10.0.0.0/8,fd00::/16
			persistent-keepalive 25" | xargs
		forms
		printf '%s\n' show "show all" "show interfaces" "show all dump" "show all endpoints" "show all public-key"
		echo "set t0 peer ${k[2]} endpoint [2001:db8::1]:65535 allowed-ips 0.0.0.0/0,::/0 persistent-keepalive 3661 peer ${k[3]}"
		forms
	} | alike
	WG_COLOR_MODE=always alike <<<"show t0"
	WG_HIDE_KEYS=never alike <<<"show t0"
	SIXPN_HIDE_KEYS=never WG_HIDE_KEYS=never alike <<<"show t0"
}

test_words() {
	local words
	both_add
	# the state is compared after each command
	while read -r words; do
		printf '%s\n' "set t0 $words" "show t0 dump"
	done <<-END | alike
		private-key $tmp/private.0 peer ${k[1]} allowed-ips 10.0.0.0/8 peer ${k[2]} allowed-ips 10.1.0.0/16
		listen-port 1
		listen-port 65535
		listen-port ntp
		fwmark 4294967295
		fwmark off
		fwmark 0xaB
		fwmark 0
		peer ${k[1]} allowed-ips 10.0.0.0/8,10.1.0.0/16
		peer ${k[2]} allowed-ips 10.0.0.0/8
		peer ${k[1]} allowed-ips EMPTY
		peer ${k[1]} allowed-ips 1.2.3.4 allowed-ips 5.6.7.8
		peer ${k[1]} allowed-ips 10.1.2.3/8,::1/64
		peer ${k[1]} preshared-key $tmp/psk.1
		peer ${k[1]} preshared-key /dev/null
		peer ${k[1]} persistent-keepalive 65535
		peer ${k[1]} persistent-keepalive off
		peer ${k[1]} endpoint 127.0.0.1:5
		peer ${k[1]} endpoint [::1]:ntp
		peer ${k[1]} endpoint ::1:6
		peer ${k[1]} endpoint [fe80::1%lo]:7
		peer ${k[1]} peer ${k[1]} persistent-keepalive 5 peer ${k[1]} persistent-keepalive 6
		peer ${k[1]} remove endpoint 1.2.3.4:5
		peer ${k[1]} remove
		peer ${k[3]} persistent-keepalive 9 peer ${k[3]} remove
		private-key /dev/null
		private-key $tmp/private.0
		peer ${k[2]} remove
	END
	not grep -B 1 "< refused" "$tmp/sixpn.out"
	# both refuse, and neither changes
	while read -r words; do
		printf '%s\n' "$words" "show t0 dump"
	done <<-END | alike
		set t0 listen-port x
		set t0 fwmark 0x100000000
		set t0 fwmark 0XaB
		set t0 peer abc
		set t0 peer ${k[1]} endpoint 1.2.3.4
		set t0 peer ${k[1]} allowed-ips 1.2.3.4/33
		set t0 listen-port 9 peer ${k[1]} persistent-keepalive x
		set t0 private-key /nonexistent
		set t1 listen-port 5
		show t1
		showconf t1
		showconf lo
		show t0 bogus
	END
	same "refused" "$(grep -c "< refused" "$tmp/sixpn.out")" 13
	forms | alike
}

test_files() {
	both_add
	cat >"$tmp/one" <<-END
		[Interface]
		PrivateKey = $(cat "$tmp/private.0")
		ListenPort = 7000
		# a comment
		[Peer]
		PublicKey = ${k[1]}
		PresharedKey = $(cat "$tmp/psk.1")
		AllowedIPs = 10.0.0.0/8, fd00::/16
		Endpoint = 192.0.2.1:1
		PersistentKeepalive = 25
		[Peer]
		PublicKey = ${k[2]}
		AllowedIPs = 0.0.0.0/0
	END
	cat >"$tmp/two" <<-END
		[peer]
		publickey=${k[2]}
		allowedips=10.0.0.0/9,10.0.0.0/8
		[Peer]
		PublicKey=${k[3]}
		[Interface]
		FwMark=0x10
	END
	{
		echo "setconf t0 $tmp/one"
		forms
		echo "addconf t0 $tmp/two"
		forms
		echo "syncconf t0 $tmp/one"
	} | alike
	not grep -q "< refused" "$tmp/sixpn.out"
	# sixpn changed less, so that the order of the prefixes may differ
	at a wg showconf t0 | canonical >"$tmp/wg.out"
	at b sixpn showconf t0 | canonical >"$tmp/sixpn.out"
	same_config "$tmp/wg.out" "$tmp/sixpn.out"
	{
		echo "setconf t0 $tmp/two"
		forms
	} | alike
	# what one tool writes the other reads
	at a wg setconf t0 "$tmp/one"
	at a wg showconf t0 >"$tmp/three"
	at b sixpn setconf t0 "$tmp/three"
	forms | alike
	at b sixpn showconf t0 >"$tmp/four"
	at a wg setconf t0 "$tmp/four"
	forms | alike
	at b sixpn setconf t0 - <"$tmp/two"
	at b sixpn setconf t0 /dev/stdin <"$tmp/four"
	forms | alike
}

# state: everything a set can change
state() {
	at b sixpn showconf t0
	at b sixpn show t0 dump
}

# refused TEXT WORDS...: exit 1, one line with the text, and nothing changed
refused() {
	local text=$1 before rc=0
	shift
	before=$(state)
	at b sixpn "$@" >"$tmp/out" 2>"$tmp/err" || rc=$?
	cat "$tmp/err"
	same "exit status of $*" "$rc" 1
	same "output of $*" "$(cat "$tmp/out")" ""
	same "lines on standard error of $*" "$(wc -l <"$tmp/err")" 1
	grep -qF -- "$text" "$tmp/err" || fail "no '$text' in the complaint"
	same "state after a refusal of $*" "$(state)" "$before"
}

test_refusals() {
	ns_add b
	ipn b link add t0 type sixpn
	ipn b link set t0 up
	at b sixpn set t0 private-key "$tmp/private.0" listen-port 7000 peer "${k[1]}" allowed-ips 10.0.0.0/8
	local change=(listen-port 7001 fwmark 5 peer "${k[1]}" remove peer "${k[2]}" allowed-ips 10.0.0.0/8)
	# a public key of low order comes last: all before it must not have happened
	refused "public-key of peer AAAA" set t0 "${change[@]}" peer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
	refused "${k[0]}" set t0 "${change[@]}" peer "${k[0]}"
	refused "persistent-keepalive" set t0 "${change[@]}" persistent-keepalive 65536
	printf '[Interface]\nPrivateKey = %s\n[Peer]\nPublicKey = %s\n' "$(cat "$tmp/private.1")" "${k[1]}" >"$tmp/self"
	refused "${k[1]}" setconf t0 "$tmp/self"
	refused "" addconf t0 "$tmp/self"
	refused "" syncconf t0 "$tmp/self"
	# the port is taken
	bg at b "${python[@]}" -c 'import _socket as socket, time
s = [socket.socket(f, socket.SOCK_DGRAM) for f in (socket.AF_INET, socket.AF_INET6)]
s[1].setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
for i in s: i.bind(("", 7002))
time.sleep(1000)'
	wait_until sh -c "enter /run/netns/$scope-b ss -Huln | grep -q :7002"
	refused "listen-port" set t0 fwmark 9 listen-port 7002
	refused "no such device in this network namespace (sixpn show interfaces lists them" set t9 listen-port 5
	refused "kind sixpn" set lo listen-port 5
}

test_unprivileged() {
	local out rc
	ns_add b
	ipn b link add t0 type sixpn
	for words in "show" "show t0" "show interfaces" "set t0 listen-port 5" "monitor"; do
		rc=0
		# shellcheck disable=SC2086 # a list
		out=$(at b setpriv --bounding-set=-all --inh-caps=-all sixpn $words 2>&1) || rc=$?
		same "exit status of $words" "$rc" 1
		grep -q 'CAP_NET_ADMIN' <<<"$out" || fail "$words: $out"
	done
}

test_incremental() {
	ns_add b
	ipn b link add t0 type sixpn
	ips() { at b sixpn show t0 allowed-ips | awk -v k="$1" '$1 == k { $1 = ""; print }' | tr ' ' '\n' | sort | xargs; }
	at b sixpn set t0 peer "${k[1]}" allowed-ips 10.0.0.0/8,10.1.0.0/16 peer "${k[2]}" allowed-ips fd00::/8
	at b sixpn set t0 peer "${k[1]}" allowed-ips +10.2.0.0/16
	same added "$(ips "${k[1]}")" "10.0.0.0/8 10.1.0.0/16 10.2.0.0/16"
	at b sixpn set t0 peer "${k[1]}" allowed-ips -10.0.0.0/8,fd00::/8
	same "removed and moved" "$(ips "${k[1]}")" "10.1.0.0/16 10.2.0.0/16 fd00::/8"
	same "moved away" "$(ips "${k[2]}")" "(none)"
	at b sixpn set t0 peer "${k[2]}" allowed-ips -10.1.0.0/16
	same "another's is not removed" "$(ips "${k[1]}")" "10.1.0.0/16 10.2.0.0/16 fd00::/8"
	at b sixpn set t0 peer "${k[1]}" allowed-ips 10.9.0.0/16
	same replaced "$(ips "${k[1]}")" "10.9.0.0/16"
}

# many PEERS WIDE: a file of many peers, the first of them with WIDE prefixes
many() {
	"${python[@]}" - "$1" "$2" <<-'END'
		import base64, sys
		peers, wide = map(int, sys.argv[1:])
		print("[Interface]\nListenPort = 7000\n")
		for i in range(peers):
		    key = bytearray(32)
		    key[0:4] = (i * 2654435761 % 2**32).to_bytes(4, "big")
		    key[8:12] = (i + 1).to_bytes(4, "big")
		    key[16] = 9
		    print("[Peer]\nPublicKey =", base64.b64encode(key).decode())
		    n = wide if i == 1 else i % 4
		    ips = [f"fd00:{i:x}::{j:x}/128" for j in range(n)]
		    if ips:
		        print("AllowedIPs =", ", ".join(ips))
		    print(f"PersistentKeepalive = {i % 100 + 1}\n")
	END
}

# a configuration, peers and prefixes in one order
canonical() {
	"${python[@]}" -c '
import socket, sys
sections = sys.stdin.read().split("[Peer]")
def network(text):
    address, _, length = text.partition("/")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.inet_ntop(family, socket.inet_pton(family, address)) + "/" + length
def peer(text):
    lines = dict(l.split(" = ", 1) for l in text.strip().splitlines() if " = " in l)
    if "AllowedIPs" in lines:
        ips = lines["AllowedIPs"].replace(" ", "").split(",")
        lines["AllowedIPs"] = sorted(map(network, ips))
    return sorted(lines.items())
print(sections[0].split())
for p in sorted(map(peer, sections[1:])):
    print(p)'
}

same_config() {
	diff "$1" "$2" >"$tmp/diff" && return
	cut -c1-200 "$tmp/diff"
	fail "the configurations differ"
}

test_large() {
	ns_add b
	ipn b link add t0 type sixpn
	many 1200 5000 >"$tmp/large"
	at b sixpn setconf t0 "$tmp/large"
	same "number of peers" "$(at b sixpn show t0 peers | wc -l)" 1200
	same "none is told twice" "$(at b sixpn show t0 peers | sort -u | wc -l)" 1200
	canonical <"$tmp/large" >"$tmp/wanted"
	at b sixpn showconf t0 | canonical >"$tmp/got"
	same_config "$tmp/wanted" "$tmp/got"
	# what is equal already is not touched: no event between two that we cause
	local count
	bg at b sixpn monitor >"$tmp/events"
	joined() {
		at b sixpn set t0 fwmark "$((RANDOM + 8))"
		[ -s "$tmp/events" ]
	}
	wait_until joined
	at b sixpn set t0 fwmark 0
	wait_until grep -q 'fwmark off' "$tmp/events"
	count=$(wc -l <"$tmp/events")
	at b sixpn syncconf t0 "$tmp/large"
	at b sixpn set t0 fwmark 7
	wait_until grep -q 'fwmark 0x7' "$tmp/events"
	same "events of a sync that has nothing to do" "$(wc -l <"$tmp/events")" "$((count + 1))"
	many 1100 5001 | sed 's/fd00:3:/fd01:3:/g' >"$tmp/large2"
	at b sixpn syncconf t0 "$tmp/large2"
	canonical <"$tmp/large2" >"$tmp/wanted"
	at b sixpn showconf t0 | canonical >"$tmp/got"
	same_config "$tmp/wanted" "$tmp/got"
}

# Two configurations of the same peers take turns while a reader looks: it must
# see one or the other, never some of each.
test_consistent() {
	local i
	ns_add b
	ipn b link add t0 type sixpn
	many 400 0 | sed 's/^PersistentKeepalive.*/PersistentKeepalive = 111/' >"$tmp/x"
	sed 's/= 111/= 222/' "$tmp/x" >"$tmp/y"
	at b sixpn setconf t0 "$tmp/x"
	bg at b sh -c "while :; do sixpn setconf t0 '$tmp/y' && sixpn setconf t0 '$tmp/x' || exit; done"
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		# a reader that never finds it at rest says so; what it prints is whole
		at b sixpn show t0 persistent-keepalive >"$tmp/seen" 2>"$tmp/err" || {
			grep -q 'changed each time' "$tmp/err"
			continue
		}
		same "peers seen" "$(wc -l <"$tmp/seen")" 400
		same "states seen at once" "$(cut -f2 "$tmp/seen" | sort -u | wc -l)" 1
	done
	kill -0 $!	# the writer never failed
}

# Two writers by syncconf, each with its own peer to add: neither undoes the other's
# half-way; the end is one file or the other, whole.
test_sync_race() {
	local i
	ns_add b
	ipn b link add t0 type sixpn
	many 60 0 >"$tmp/x"
	many 60 0 | sed 's/^PersistentKeepalive.*/PersistentKeepalive = 200/' >"$tmp/y"
	for i in 1 2 3 4 5; do
		at b sixpn syncconf t0 "$tmp/x" &
		at b sixpn syncconf t0 "$tmp/y" &
		wait -n
		wait -n
		at b sixpn showconf t0 | canonical >"$tmp/got"
		canonical <"$tmp/x" >"$tmp/x.wanted"
		canonical <"$tmp/y" >"$tmp/y.wanted"
		cmp -s "$tmp/got" "$tmp/x.wanted" || cmp -s "$tmp/got" "$tmp/y.wanted" ||
			fail "the device is neither"
	done
}

test_monitor() {
	ns_add b c
	cable b c
	end_add b sixpn
	end_add c sixpn
	bg at b sixpn monitor >"$tmp/text"
	bg at b sixpn --json monitor mesh0 >"$tmp/json"
	# both have joined once both tell of a change
	joined() {
		at b sixpn set mesh0 fwmark "$((RANDOM + 1))"
		[ -s "$tmp/text" ] && [ -s "$tmp/json" ]
	}
	wait_until joined
	conf b peer "${pub[c]}" endpoint "${outer4[c]}:51820" allowed-ips "${inner4[c]}/32"
	wait_until grep -q "^peer mesh0 ${pub[c]} endpoint ${outer4[c]}:51820 persistent-keepalive off$" "$tmp/text"
	conf c peer "${pub[b]}" allowed-ips "${inner4[b]}/32"
	end_up b
	end_up c
	wait_until at b ping -c1 -W1 "${inner4[c]}"
	wait_until grep -q ^handshake "$tmp/text"
	cat "$tmp/text"
	wait_until grep -q "^handshake mesh0 ${pub[c]} endpoint ${outer4[c]}:51820 latest-handshake [0-9]* rtt [0-9]*\.[0-9]* ms$" \
		"$tmp/text"
	conf c listen-port 51999
	wait_until at c ping -c1 -W1 "${inner4[b]}"
	wait_until grep -q "^endpoint mesh0 ${pub[c]} endpoint ${outer4[c]}:51999$" "$tmp/text"
	conf b peer "${pub[c]}" remove
	wait_until grep -q "^peer-removed mesh0 ${pub[c]}$" "$tmp/text"
	ipn b link add other0 type sixpn
	wait_until grep -q "^device other0" "$tmp/text"
	ipn b link del other0
	wait_until grep -q "^device-removed other0$" "$tmp/text"
	ipn b link del mesh0
	wait_until grep -q "^device-removed mesh0$" "$tmp/text"
	wait_until grep -q '"event":"device-removed"' "$tmp/json"
	"${python[@]}" - "$tmp/json" "${pub[c]}" <<-'END'
		import json, sys
		events = [json.loads(line) for line in open(sys.argv[1])]
		assert all(e["name"] == "mesh0" for e in events), "a filter for mesh0"
		words = {e["event"] for e in events}
		assert words >= {"device", "peer", "handshake", "endpoint", "peer-removed", "device-removed"}, words
		shake = [e for e in events if e["event"] == "handshake"][0]
		assert shake["public_key"] == sys.argv[2] and shake["handshake_rtt_us"] > 0, shake
	END
}

test_monitor_loses() {
	ns_add b
	ipn b link add t0 type sixpn
	bg at b sixpn monitor >"$tmp/events"
	local pid=$!
	joined() {
		at b sixpn set t0 fwmark "$((RANDOM + 1))"
		[ -s "$tmp/events" ]
	}
	wait_until joined
	many 1500 0 >"$tmp/x"
	kill -STOP "$pid"
	# until the kernel says that a generic netlink socket there has lost some
	overrun() {
		at b sixpn setconf t0 "$tmp/x"
		# shellcheck disable=SC2016 # for awk
		at b awk '$2 == 16 && $9 > 0 { lost = 1 } END { exit !lost }' /proc/net/netlink
	}
	wait_until overrun
	kill -CONT "$pid"
	wait_until grep -qx events-lost "$tmp/events"
	# while it reads what has waited for it, more may be lost
	goes_on() {
		at b sixpn set t0 fwmark 1
		at b sixpn set t0 fwmark 0xabc
		grep -q "^device t0 .*fwmark 0xabc" "$tmp/events"
	}
	wait_until goes_on
}

# tty COMMAND: what it prints to a terminal
tty_out() {
	script -qec "$1" /dev/null </dev/null
}

test_terminal() {
	ns_add b
	ipn b link add "$(printf 'x\033[31m')" type sixpn
	local enter="enter /run/netns/$scope-b"
	same "an escape in a pipe" "$(at b sixpn show interfaces)" "$(printf 'x\033[31m')"
	tty_out "$enter sixpn show interfaces" >"$tmp/out"
	grep -qF 'x\x1b[31m' "$tmp/out"
	not grep -q "$(printf '\033')" "$tmp/out"
	tty_out "$enter env NO_COLOR=1 sixpn show" >"$tmp/out"
	grep -qF 'interface: x\x1b[31m' "$tmp/out"
	not grep -q "$(printf '\033')" "$tmp/out"
	tty_out "$enter sixpn show" >"$tmp/out"
	grep -q "$(printf '\033\\[32m')" "$tmp/out"
	grep -qF 'x\x1b[31m' "$tmp/out"
	tty_out "$enter env SIXPN_COLOR_MODE=never sixpn show" >"$tmp/out"
	not grep -q "$(printf '\033')" "$tmp/out"
	at b sixpn --json show | "${python[@]}" -c 'import json, sys; assert json.load(sys.stdin)[0]["name"] == "x\\x1b[31m"'
}

test_kinds() {
	ns_add b
	ipn b link add t0 type sixpn
	ipn b link add t1 type sixpn
	ipn b link add v0 type veth peer name v1
	! have_kind wireguard || ipn b link add w0 type wireguard
	same "sixpn shows" "$(at b sixpn show interfaces | tr ' ' '\n' | sort | xargs)" "t0 t1"
	at b sixpn set t0 fwmark 1
	at b sixpn set t1 peer "${k[1]}" peer "${k[2]}"
	same "every line has its device" \
		"$(at b sixpn show all peers | cut -f1 | sort | xargs)" "t1 t1"
	same "a field of all" "$(at b sixpn show all fwmark | sort | tr '\t\n' '  ')" "t0 0x1 t1 off "
}

test_json() {
	ns_add b
	ipn b link add t0 type sixpn
	at b sixpn set t0 private-key "$tmp/private.0" listen-port 7000 peer "${k[1]}" preshared-key "$tmp/psk.1" \
		endpoint 192.0.2.1:5 allowed-ips 10.0.0.0/8,fd00::/8 persistent-keepalive 25 peer "${k[2]}"
	local form
	for form in "show" "show t0" "show all" "show interfaces" "showconf t0"; do
		# shellcheck disable=SC2086 # a list
		at b sixpn $form --json >"$tmp/$form.json"
	done
	for form in public-key private-key listen-port fwmark peers preshared-keys endpoints allowed-ips \
		    latest-handshakes transfer persistent-keepalive dump; do
		at b sixpn show t0 "$form" --json >"$tmp/$form.json"
	done
	"${python[@]}" - "$tmp" "${k[1]}" "$(cat "$tmp/private.0")" "$(cat "$tmp/psk.1")" <<-'END'
		import json, sys
		tmp, peer, private, psk = sys.argv[1:]
		load = lambda name: json.load(open(f"{tmp}/{name}.json"))
		assert load("show interfaces") == ["t0"]
		[device] = load("show t0")
		assert device == load("show")[0] == load("show all")[0]
		assert device["listen_port"] == 7000 and device["private_key"] == "(hidden)", device
		first = [p for p in device["peers"] if p["public_key"] == peer][0]
		assert first["allowed_ips"] == ["10.0.0.0/8", "fd00::/8"] and first["endpoint"] == "192.0.2.1:5", first
		assert first["persistent_keepalive"] == 25 and first["latest_handshake"] is None, first
		conf = load("showconf t0")
		assert conf["private_key"] == private and conf["peers"][0]["preshared_key"] == psk, conf
		[dump] = load("dump")
		assert dump["private_key"] == private and len(dump["peers"]) == 2, dump
		assert load("fwmark") == [{"name": "t0", "fwmark": 0}]
		assert load("endpoints")[0]["peers"][1] == {"public_key": dump["peers"][1]["public_key"], "endpoint": None}
		assert load("transfer")[0]["peers"][0]["rx_bytes"] == 0
	END
}

t test_forms "every form of show prints what wg prints"
t test_words "every word of set does what it does in wg"
t test_files "setconf, addconf, syncconf and showconf as in wg"
t test_incremental "allowed-ips with + and - change single prefixes"
t test_refusals "a refusal is one line, names the word, and changes nothing"
t test_unprivileged "without CAP_NET_ADMIN it says so"
t test_large "thousands of peers and prefixes are written and read whole"
t test_consistent "a reader never sees half of a change"
t test_sync_race "two syncconf at once leave one file or the other"
t test_monitor "monitor tells each event, as text and as JSON"
t test_monitor_loses "monitor says when events were lost, and goes on"
t test_terminal "names are escaped on a terminal, colour is optional"
t test_kinds "only devices of kind sixpn are shown"
t test_json "JSON of every form"
finish
