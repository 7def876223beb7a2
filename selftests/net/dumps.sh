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
	"${python[@]}" - "$tmp/conf" "$tmp/expected" "$1" "$2" <<-'END'
		import binascii, os, sys
		peers, many = int(sys.argv[3]), int(sys.argv[4])
		with open(sys.argv[1], "w") as conf, open(sys.argv[2], "w") as expected:
		    for n in range(peers):
		        key = binascii.b2a_base64(os.urandom(31) + b"\1", newline=False).decode()
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
	"${python[@]}" -c '
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

# A peer goes while a dump is in the middle of it. The next one comes whole and as itself, and the dump says that it is of no
# single moment. What one peer has too much of for a message is refused when asked for, not cut off.
changed_midway() {
	lone
	at a env PYTHONPATH="$here" "${python[@]}" - <<-'END'
		import errno, struct, sys
		from genl import *
		device, name = Family(), attr(IFNAME, b"mesh0\0")
		keys = [bytes([n]) * 32 for n in (11, 12, 13)]
		for n, key in enumerate(keys):
		    ips = [nest(P_ALLOWED_IP, attr(A_FAMILY, u16(2)), attr(A_ADDRESS, bytes([10, n, i >> 8, i & 255])), attr(A_PREFIX, u8(32)))
		           for i in range(1500)]
		    device.do(DEVICE_SET, name, nest(PEER, attr(P_PUBLIC_KEY, key), *ips))
		try:
		    device.do(PEER_GET, name, nest(PEER, attr(P_PUBLIC_KEY, keys[0])))
		    sys.exit("FAIL: a peer that does not fit was given all the same")
		except Refused as refused:
		    if refused.errno != errno.EMSGSIZE or "dump" not in refused.sentence:
		        sys.exit(f"FAIL: {refused}")
		reader = Family()
		# another, for the kernel fills messages as large as what a socket has ever read
		reader.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
		reader.sock.settimeout(60)
		reader.send(reader.id, PEER_GET, name, NLM_F_DUMP)
		seen, interrupted, begun, batches, ended = {}, False, [], 0, False
		while not ended:
		    data = reader.sock.recv(1 << 14)
		    batches += 1
		    while data:
		        length, kind, flags = struct.unpack_from("IHH", data)
		        body, data = data[16:length], data[length + 3 & ~3:]
		        interrupted |= bool(flags & NLM_F_DUMP_INTR)
		        ended |= kind == NLMSG_DONE
		        if kind != reader.id:
		            continue
		        parts = attrs_of(dict(attrs_of(body[4:]))[PEER])
		        key, flags = dict(parts)[P_PUBLIC_KEY], dict(parts).get(P_FLAGS, u32(0))
		        if flags == u32(0):
		            begun.append(key)
		        seen.setdefault(key, []).extend(value for kind, value in parts if kind == P_ALLOWED_IP)
		    if batches == 1:
		        device.do(DEVICE_SET, name, nest(PEER, attr(P_PUBLIC_KEY, keys[0]), attr(P_FLAGS, u32(P_REMOVE))))
		counts = [len(seen.get(key, [])) for key in keys]
		print(batches, "messages, prefixes", counts, "interrupted", interrupted)
		if not 0 < counts[0] < 1500 or counts[1:] != [1500, 1500] or begun != keys or not interrupted:
		    sys.exit(f"FAIL: {counts}, {len(begun)} beginnings")
	END
}

# Peers with an even and an odd number of prefixes, so that a message ends at each place within a peer.
every_boundary() {
	local n
	lone
	for n in {1..6}; do
		"${python[@]}" - "$n" <<-'END' >"$tmp/conf"
			import binascii, os, sys
			step = int(sys.argv[1])
			at = 0
			for n in range(60):
			    ips = [f"10.{(at + i) >> 8}.{(at + i) & 255}.{n}/32" for i in range(n * step % 97)]
			    at += len(ips)
			    print(f"[Peer]\nPublicKey = {binascii.b2a_base64(os.urandom(31) + bytes([1]), newline=False).decode()}")
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
t changed_midway "a peer removed in the middle of a dump leaves the others whole, and the dump says so"
t every_boundary "a dump may break at any place in a peer"
finish
