#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Configurations of many messages: thousands of peers, thousands of allowed-ips, and changes while they are read.
#
#   namespace a
#   +--------------------------------------------------+
#   | mesh0: 2,000 peers, one of them with 5,000 more  |
#   | allowed-ips. No traffic.                         |
#   +--------------------------------------------------+

. "$(dirname "$0")/lib.sh"
need wg
have_kind "$subject" || skip_all "no $subject module"
tool=${tool_of[$subject]}

# A configuration of `peers` peers; the middle one has `many` allowed-ips. Also what "show allowed-ips" must say of it.
make_conf() {
	$python - "$tmp/conf" "$tmp/expected" "$1" "$2" <<-'END'
		import base64, os, sys
		peers, many = int(sys.argv[3]), int(sys.argv[4])
		with open(sys.argv[1], "w") as conf, open(sys.argv[2], "w") as expected:
		    for n in range(peers):
		        key = base64.b64encode(os.urandom(31) + b"\1").decode()
		        ips = [f"10.{n >> 8}.{n & 255}.0/24", f"fd00:{n + 1:x}::/32"]
		        if n == peers // 2:
		            ips += [f"172.{16 + (i >> 12)}.{i >> 4 & 255}.{(i & 15) * 16}/28" for i in range(many // 2)]
		            ips += [f"fd99:{i + 1:x}::1/128" for i in range(many - many // 2)]
		        conf.write(f"[Peer]\nPublicKey = {key}\nAllowedIPs = {', '.join(ips)}\n")
		        expected.write(key + " " + " ".join(sorted(ips)) + "\n")
	END
	sort -o "$tmp/expected" "$tmp/expected"
}

# sorted allowed-ips of all peers, one line each, to compare
normal() {
	$python -c '
import sys
for line in sorted(sys.stdin):
    key, *ips = line.split()
    print(key, *sorted(ips))'
}

lone() {
	ns_add a
	ipn a link add mesh0 type "$subject"
	kind_of[a]=$subject dev_of[a]=mesh0
}

many_peers() {
	lone
	make_conf 2000 5000
	at a "$tool" setconf mesh0 "$tmp/conf"
	show a allowed-ips | normal >"$tmp/got"
	cmp "$tmp/got" "$tmp/expected"
	same "peers" "$(show a peers | wc -l)" 2000
	# what was printed can be read again
	showconf a >"$tmp/again"
	at a "$tool" setconf mesh0 "$tmp/again"
	show a allowed-ips | normal >"$tmp/got"
	cmp "$tmp/got" "$tmp/expected"
	at a "$tool" setconf mesh0 /dev/null
	same "peers" "$(show a peers | wc -l)" 0
}

# A writer adds and removes peers and prefixes while a reader dumps: whatever else is in it, every dump holds each peer
# that was never touched, once and whole.
while_changing() {
	local n writer
	lone
	make_conf 300 2000
	at a "$tool" setconf mesh0 "$tmp/conf"
	for n in {1..20}; do
		wg genkey | wg pubkey
	done >"$tmp/churn"
	(
		while :; do
			while read -r key; do
				echo "[Peer]"
				echo "PublicKey = $key"
				echo "AllowedIPs = 192.168.$((RANDOM % 256)).$((RANDOM % 256))/32, 192.168.$((RANDOM % 256)).0/24"
			done <"$tmp/churn" >"$tmp/more"
			at a "$tool" addconf mesh0 "$tmp/more"
			# shellcheck disable=SC2046 # words
			at a "$tool" set mesh0 $(sed 's/^/peer /; s/$/ remove/' "$tmp/churn")
			echo . >>"$tmp/rounds"
		done
	) &
	writer=$!
	echo "$writer" >>"$tmp/pids"
	for n in {1..12}; do
		show a allowed-ips >"$tmp/dump"
		cut -f 1 "$tmp/dump" | sort | uniq -d >"$tmp/twice"
		same "peers that come twice" "$(cat "$tmp/twice")" ""
		grep -vFf "$tmp/churn" "$tmp/dump" | normal >"$tmp/got"
		cmp "$tmp/got" "$tmp/expected"
	done
	kill "$writer"
	between "rounds of the writer" "$(wc -l <"$tmp/rounds")" 2 1000000
}

# Peers with an even and an odd number of prefixes, so that a message ends at each place within a peer.
every_boundary() {
	local n
	lone
	for n in {1..6}; do
		$python - "$n" <<-'END' >"$tmp/conf"
			import base64, os, sys
			step = int(sys.argv[1])
			at = 0
			for n in range(60):
			    ips = [f"10.{(at + i) >> 8}.{(at + i) & 255}.{n}/32" for i in range(n * step % 97)]
			    at += len(ips)
			    print(f"[Peer]\nPublicKey = {base64.b64encode(os.urandom(31) + bytes([1])).decode()}")
			    print(f"AllowedIPs = {', '.join(ips)}" if ips else "AllowedIPs =")
		END
		at a "$tool" setconf mesh0 "$tmp/conf"
		showconf a | normal_conf >"$tmp/got"
		normal_conf <"$tmp/conf" >"$tmp/expected"
		cmp "$tmp/got" "$tmp/expected"
	done
}

normal_conf() {
	awk '/^PublicKey/ { key = $3 } /^AllowedIPs/ { sub(/AllowedIPs = */, ""); gsub(",", ""); if ($0 != "") print key, $0 }' | normal
}

t many_peers "2,000 peers, one with 5,000 allowed-ips, come back as they were set"
t while_changing "dumps during changes are whole and hold no peer twice"
t every_boundary "a dump may break at any place in a peer"
finish
