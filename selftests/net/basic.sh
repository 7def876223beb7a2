#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A mesh device as a device: made, named, configured, brought up and down, deleted.
#
#   namespace a                        namespace b
#   +------------------------+         +------------------------+
#   | mesh0 10.7.0.1 fd07::1 |  veth   | mesh0 10.7.0.2 fd07::2 |
#   |     u 10.9.0.1 fd09::1 +---------+     u 10.9.0.2 fd09::2 |
#   +------------------------+         +------------------------+

. "$(dirname "$0")/lib.sh"
need wg gojq ethtool
have_kind "$subject" || skip_all "no $subject module"
tool=${tool_of[$subject]}

link_json() {
	ipn a -d -j link show mesh0 | gojq -r '.[0] | "\(.linkinfo.info_kind) \(.mtu) \(.flags | sort | join(" "))"'
}

add_and_del() {
	ns_add a
	ipn a link add mesh0 type "$subject"
	same "link" "$(link_json)" "$subject 1420 NOARP POINTOPOINT"
	cmd_fail "File exists" ipn a link add mesh0 type "$subject"
	ipn a link set mesh0 up
	same "link" "$(link_json)" "$subject 1420 LOWER_UP NOARP POINTOPOINT UP"
	ipn a link del mesh0
	not ipn a link show mesh0 2>/dev/null
	cmd_fail "No such device" at a "$tool" show mesh0
}

driver_name() {
	ns_add a
	ipn a link add mesh0 type "$subject"
	same "driver" "$(at a ethtool -i mesh0 | sed -n 's/^driver: //p')" "$subject"
}

# A name another device had is free at once, and a device is found by its new name only.
rename() {
	ns_add a
	ipn a link add mesh0 type "$subject"
	at a "$tool" set mesh0 listen-port 1234
	ipn a link set mesh0 name other
	same "port" "$(at a "$tool" show other listen-port)" 1234
	cmd_fail "No such device" at a "$tool" show mesh0 listen-port
	ipn a link add mesh0 type "$subject"
	same "interfaces" "$(at a "$tool" show interfaces | tr ' ' '\n' | sort | xargs)" "mesh0 other"
}

settings() {
	ns_add a
	ipn a link add mesh0 type "$subject"
	kind_of[a]=$subject dev_of[a]=mesh0
	key_new a
	same "no key" "$(show a private-key)" "(none)"
	conf a private-key "$tmp/a.key" listen-port 12345 fwmark 0x1f
	same "private key" "$(show a private-key)" "$(cat "$tmp/a.key")"
	same "public key" "$(show a public-key)" "${pub[a]}"
	same "port" "$(show a listen-port)" 12345
	same "fwmark" "$(show a fwmark)" 0x1f
	conf a fwmark 0 private-key /dev/null
	same "fwmark" "$(show a fwmark)" off
	same "forgotten key" "$(show a private-key)" "(none)"
	same "forgotten key" "$(show a public-key)" "(none)"
	same "port" "$(show a listen-port)" 12345
}

# Private keys are clamped: the public key is right for any 32 bytes.
unclamped_key() {
	local key
	ns_add a
	ipn a link add mesh0 type "$subject"
	kind_of[a]=$subject dev_of[a]=mesh0
	head -c 32 /dev/urandom | base64 >"$tmp/a.key"
	conf a private-key "$tmp/a.key"
	key=$(wg pubkey <"$tmp/a.key")
	same "public key" "$(show a public-key)" "$key"
	# what is read back is the key as it is used: the lowest three bits and the highest are zero, the one below it is one
	echo //////////////////////////////////////////8= >"$tmp/a.key"
	conf a private-key "$tmp/a.key"
	same "private key" "$(show a private-key)" "+P///////////////////////////////////////38="
}

many_devices() {
	local i ports
	ns_add a
	for i in {1..60}; do
		echo "link add mesh$i type $subject"
		echo "link set mesh$i up"
	done | ipn a
	same "devices" "$(at a "$tool" show interfaces | wc -w)" 60
	# port 0: each got one of its own when it came up
	ports=$(at a "$tool" show all listen-port | awk '$2 > 0 { print $2 }' | sort -u | wc -l)
	same "different ports" "$ports" 60
	for i in {1..59}; do
		echo "link del mesh$i"
	done | ipn a
	same "devices" "$(at a "$tool" show interfaces)" mesh60
}

port_zero() {
	local first
	ns_add a
	ipn a link add mesh0 type "$subject"
	kind_of[a]=$subject dev_of[a]=mesh0
	same "port while down" "$(show a listen-port)" 0
	ipn a link set mesh0 up
	first=$(show a listen-port)
	between "port chosen" "$first" 1024 65535
	conf a listen-port 4444
	same "port" "$(show a listen-port)" 4444
}

# Two devices want one port: the second is refused with its old port kept, and has it once the first let go.
port_busy() {
	ns_add a
	ipn a <<-END
		link add mesh0 type $subject
		link add mesh1 type $subject
	END
	at a "$tool" set mesh0 listen-port 5000
	at a "$tool" set mesh1 listen-port 5001
	ipn a link set mesh0 up
	ipn a link set mesh1 up
	cmd_fail "in use|another socket has this UDP port" at a "$tool" set mesh1 listen-port 5000
	same "port kept" "$(at a "$tool" show mesh1 listen-port)" 5001
	ipn a link set mesh1 down
	at a "$tool" set mesh1 listen-port 5000
	cmd_fail "in use" ipn a link set mesh1 up
	ipn a link set mesh0 down
	ipn a link set mesh1 up
	same "port" "$(at a "$tool" show mesh1 listen-port)" 5000
}

# A port changes under traffic: the other end hears us from the new port and answers there.
port_change() {
	local port
	pair "$subject" "$subject"
	reach a b
	traffic a b
	for port in 40001 40002 40003; do
		conf a listen-port "$port"
		wait_until endpoint_is b a "${outer4[a]}:$port"
		reach a b
		reach b a 6
	done
	kill "$traffic_pid"
}

endpoint_is() {
	[ "$(peer_field "$1" "$2" endpoints)" = "$3" ]
}

# A peer with a persistent keepalive is called when the device comes up, without a packet for it.
keepalive_on_up() {
	pair "$subject" "$subject"
	peer b a
	ipn a link set "${dev_of[a]}" down
	conf a peer "${pub[b]}" persistent-keepalive 100
	ipn a link set "${dev_of[a]}" up
	wait_until -t 20 shook_hands b a
}

# It has no link-local address, for which no peer has a prefix, and sends no redirects: there is no better way.
quiet() {
	ns_add a
	end_add a "$subject"
	end_up a
	same "link-local addresses" "$(ipn a -6 addr show dev "${dev_of[a]}" scope link)" ""
	same "redirects" "$(at a cat "/proc/sys/net/ipv4/conf/${dev_of[a]}/send_redirects" /proc/sys/net/ipv4/conf/all/send_redirects |
		xargs)" "0 0"
}

down_and_up() {
	local sent
	pair "$subject" "$subject"
	reach a b
	ipn a link set "${dev_of[a]}" down
	no_reach b a
	same "peers kept" "$(show a peers)" "${pub[b]}"
	ipn a link set "${dev_of[a]}" up
	# the kernel forgets the IPv6 addresses of a device that goes down
	addr a "${dev_of[a]}" "${inner6[a]}/64"
	sent=$(tx_of a b)
	reach a b
	# a handshake message too: of the old session nothing is left
	between "bytes sent" $(($(tx_of a b) - sent)) $((92 + 128)) 1000
	reach b a 6
}

# Without a key, without a peer, without an endpoint: errors to the sender, no answer, no crash.
not_ready() {
	ns_add a b
	cable a b
	end_add a "$subject"
	end_up a
	conf a private-key /dev/null
	no_reach a b
	key_new b
	peer a b
	cmd_fail "Destination address required|Unreachable" at a ping -n -c 1 -W 2 "${inner4[b]}"
	conf a private-key "$tmp/a.key"
	cmd_fail "Destination address required|Unreachable" at a ping -n -c 1 -W 2 "${inner6[b]}"
}

t add_and_del "a device is made and deleted by name, with MTU 1420"
t driver_name "ethtool names the driver"
t rename "a renamed device keeps its settings and frees its name"
t settings "key, port and mark are set, read back and cleared"
t unclamped_key "any 32 bytes make a private key"
t many_devices "sixty devices side by side, each on its own port"
t port_zero "port 0 chooses a port when the device comes up"
t port_busy "a taken port is refused and the old one stays"
t port_change "the port changes under traffic and the peer follows"
t down_and_up "a device taken down is silent and works again when up"
t keepalive_on_up "a peer with a persistent keepalive is called when the device comes up"
t quiet "the device has no link-local address and sends no redirects"
t not_ready "without key, peer or endpoint packets fail with an error"
finish
