#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SELFTEST_LONG
# SELFTEST_TIMEOUT=600
#
# Networks, machines and routes, by the CLI and the kernel module together: what
# set, show, whois and files say, and what is left behind when something is
# refused.
#
#     h [ mesh0 ]     w [ ports ]     d [ ports ]

# shellcheck source=SCRIPTDIR/lib.sh
# shellcheck disable=SC2154,SC2317 # variables and functions of that file; t runs the functions here
. "$(dirname "$0")/lib.sh"

need sixpn gojq
have_kind sixpn || skip_all "no module sixpn"

for i in 0 1 2; do
	sixpn genkey >"$tmp/private.$i"
	k[i]=$(sixpn pubkey <"$tmp/private.$i")
done

# a device with two networks; host 77 and a client are its peers
mesh_add() {
	ns_add h w d
	ipn h link add mesh0 type sixpn
	at h sixpn set mesh0 private-key "$tmp/private.0" peer "${k[1]}" kind host host-id 77 \
		peer "${k[2]}" kind client idle-expiry 600 network 42 network 0x2b
}

set_h() { at h sixpn set mesh0 "$@"; }

# port NAME IFNAME NS [WORDS...]: a machine of network 42 on a port
port() {
	local name=$1 ifname=$2 ns=$3
	shift 3
	set_h machine network 42 name "$name" port "$ifname" netns "$scope-$ns" "$@"
}

test_port() {
	mesh_add
	local web db
	web=$(port web eth6 w)
	db=$(port db eth6 d)
	same "the address by name" "$(at h sixpn --json show mesh0 machines |
		gojq -r '.[0].machines[] | select(.name == "web").address')" "$web"
	same "an address with nodad" "$(at w ip -j -6 addr show eth6 | gojq -r '.[0].addr_info[] | select(.local == "'"$web"'") |
		"\(.prefixlen) \(.nodad)"')" "128 true"
	same routes "$(at w ip -6 route show proto static | awk '{ print $1, $3 }' | sort | xargs)" "fdaa:0:2a::/48 eth6 fdaa::/16 eth6"
	ipn h link set mesh0 up
	wait_until at w ping -c 1 -W 2 "$db"
	# the same words again change nothing
	same "said again" "$(port web eth6 w)" "$web"
	set_h machine network 42 name web remove
	not at w ip link show eth6
	same "a name has its address for ever" "$(port web eth7 w)" "$web"
}

test_refusal_undoes() {
	mesh_add
	at w sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	cmd_fail "no-address leaves it to you" port web eth6 w
	not at w ip link show eth6
	same machines "$(at h sixpn show mesh0 machines)" ""
	port web eth6 w no-address
	at w ip link show eth6
	same "no address" "$(at w ip -6 -br addr show eth6 | awk '{ print $3 }')" ""
	cmd_fail "attached already" port web eth9 d
	not at d ip link show eth9
	cmd_fail "no network namespace 'nosuch'" set_h machine network 42 name x port eth6 netns nosuch
	cmd_fail "make it first" set_h machine network 44
	cmd_fail "machine x:" set_h machine network 42 name x client "${k[1]}"
	cmd_fail "no such machine" set_h machine network 42 name nosuch detach
	cmd_fail "netns /etc/passwd: cannot enter.*it is not one" set_h machine network 42 name x port eth6 netns /etc/passwd
	cmd_fail "mesh9: network 1: no such device .*ip link add" at h sixpn set mesh9 network 1
	same machines "$(at h sixpn show mesh0 machines | wc -l)" 1
}

# everything there is; few programs, for they start slowly here
state() {
	local ns
	at h sh -c 'sixpn showconf mesh0; echo; echo //; sixpn --json show mesh0; echo //'
	for ns in h w d; do
		printf 'addr show\nroute show proto static\n' | ip -n "$scope-$ns" -6 -br -batch -
	done
}

# same_state FILE FILE: but for counters, order, and what a port, machine or peer that was made again has anew
same_state() {
	# shellcheck disable=SC2016 # for gojq
	cmp -s "$1" "$2" || gojq -n -r -e --rawfile one "$1" --rawfile other "$2" '
		def clean: walk(
			if type == "object" then
				del(.ifindex, .rx_bytes, .tx_bytes, .rx_packets, .tx_packets, .drops, .latest_handshake, .handshake_rtt_us)
			elif type == "array" then sort_by(tojson)
			else . end);
		def parts: split("//\n") | if length == 3 then . else error("not three parts") end | [
			(.[0] | split("\n\n") | map(split("\n") | map(
				if startswith("AllowedIPs = ") then ltrimstr("AllowedIPs = ") | split(", ") | sort else . end)) | sort),
			(.[1] | fromjson | clean),
			# an interface may get to know where the other end is
			(.[2] | split("\n") | map(select(. != "" and (startswith("lo ") | not)) | gsub("@\\S+"; "") |
				[match("\\S+"; "g").string]) | sort)];
		($one | parts) as $a | ($other | parts) as $b |
		(range(3) | ($a[.] - $b[.] | .[] | "- \(.)"), ($b[.] - $a[.] | .[] | "+ \(.)")), $a == $b'
}

# unchanged "sentence" WORDS...: sixpn refuses in one line that has the sentence, prints nothing, and all is as in $tmp/before
unchanged() {
	local sentence=$1 rc=0
	shift
	at h sixpn "$@" >"$tmp/out" 2>"$tmp/err" || rc=$?
	cat "$tmp/err"
	same "exit status of $*" "$rc" 1
	same "output of $*" "$(cat "$tmp/out")" ""
	same "lines on standard error of $*" "$(wc -l <"$tmp/err")" 1
	grep -qF -- "$sentence" "$tmp/err" || fail "no '$sentence' in the complaint"
	not grep -q "left changed" "$tmp/err"
	state >"$tmp/after"
	same_state "$tmp/before" "$tmp/after" || fail "changed by $*"
}

# a device with one of everything
crowd_add() {
	mesh_add
	port web eth6 w
	set_h fwmark 9 peer "${k[1]}" allowed-ips 10.1.0.0/16,10.2.0.0/16 endpoint 192.0.2.9:5 persistent-keepalive 25 \
		peer "${k[2]}" allowed-ips 10.3.0.0/16 \
		machine network 42 name lap client "${k[2]}" machine network 42 name db host \
		machine network 43 name bare port eth8 netns "$scope-d" no-address machine network 43 id 9 \
		route fdaa:0:2a:0:5:0:9:0/112 via 77 >"$tmp/addresses"
	k[3]=$(sixpn genkey | sixpn pubkey)
	at d sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	state >"$tmp/before"
}

# what is refused comes after every kind of object that is made or changed
test_set_whole() {
	crowd_add
	local new=(fwmark 8 listen-port 7001 peer "${k[3]}" kind host allowed-ips "10.1.0.0/16,10.9.0.0/16" endpoint 192.0.2.3:5
		peer "${k[1]}" persistent-keepalive 5 allowed-ips 10.2.0.0/16
		peer "${k[2]}" preshared-key "$tmp/private.1" endpoint 192.0.2.4:6 network 44)
	local machines=(machine network 44 name a port eth7 netns "$scope-w" machine network 44 name b host
		machine network 44 name c client "${k[2]}" machine network 43 id 9 host
		machine network 42 name web moved-to 77)
	unchanged "no network namespace 'nosuch'" set mesh0 "${new[@]}" machine network 44 name x port eth6 netns nosuch
	unchanged "machine x: " set mesh0 "${new[@]}" machine network 44 name x client "${k[1]}"
	unchanged "machine of network 45: " set mesh0 "${new[@]}" "${machines[@]}" machine network 45
	unchanged "eth9 its address (no-address leaves it to you)" set mesh0 "${new[@]}" "${machines[@]}" \
		machine network 42 name x port eth9 netns "$scope-d"
	unchanged "attached already" set mesh0 "${new[@]}" "${machines[@]}" machine network 42 name web host
	unchanged "route fdaa:0:2a:0:5:0:8:0: " set mesh0 "${machines[@]:9:6}" network 44 route fdaa:0:2a:0:5:0:9:0/112 via 77 \
		route fdaa:0:2a:0:5:0:8:0/112 via 78
	unchanged "network 99: " set mesh0 "${new[@]}" "${machines[@]}" network 99 remove
	unchanged "network 99: " set mesh0 network 42 remove network 99 remove
	# what only the part after the kernel's gave is taken back, too
	at d sysctl -qw net.ipv6.conf.default.disable_ipv6=0 net.ipv6.conf.eth8.disable_ipv6=0
	unchanged "machine x: " set mesh0 machine network 43 name bare port eth8 netns "$scope-d" \
		machine network 43 name x client "${k[1]}"
}

# and after every kind that is removed
test_set_whole_removals() {
	crowd_add
	local no=(machine network 43 name x client "${k[1]}")
	unchanged "machine x: " set mesh0 machine network 42 name web remove machine network 42 name db remove \
		machine network 43 name bare remove machine network 43 id 9 remove machine network 42 name lap remove "${no[@]}"
	unchanged "machine x: " set mesh0 machine network 42 name web detach machine network 42 name db detach \
		machine network 43 name bare detach machine network 42 name lap detach "${no[@]}"
	unchanged "route fdaa:0:2a:0:5:0:8:0: " set mesh0 route fdaa:0:2a:0:5:0:9:0/112 remove route fdaa:0:2a:0:5:0:8:0/112 remove
	unchanged "machine x: " set mesh0 peer "${k[2]}" remove machine network 43 name x client "${k[2]}"
	unchanged "machine x: " set mesh0 peer "${k[1]}" remove peer "${k[1]}" kind host host-id 78 "${no[@]}"
	# a name can be given to another machine at once if it is removed for good
	set_h machine network 42 name web remove machine network 42 name db remove network 43 remove
}

# the same by files: what was moved is back where it was
test_files_whole() {
	crowd_add
	local no verb
	no=$(printf '[Machine]\nNetwork = 43\nName = x\nClient = %s' "${k[1]}")
	at h sixpn showconf mesh0 >"$tmp/good"
	# web goes elsewhere, db and lap go, a network comes, a peer too; then something is refused
	sed -e "s/NetNS = $scope-w/NetNS = $scope-d/" -e '/^Name = \(db\|lap\)$/,/^$/d' "$tmp/good" >"$tmp/bad"
	printf '\n[Network]\nId = 44\n[Peer]\nPublicKey = %s\nKind = host\nAllowedIPs = 10.1.0.0/16\n%s\n' "${k[3]}" "$no" >>"$tmp/bad"
	for verb in setconf addconf syncconf; do
		unchanged "machine " "$verb" mesh0 "$tmp/bad"
	done
	at d sysctl -qw net.ipv6.conf.default.disable_ipv6=0
	for verb in setconf addconf syncconf; do
		unchanged "machine x: " "$verb" mesh0 "$tmp/bad"
	done
	at h ip link set mesh0 up
	wait_until at w ping -c 1 -W 2 "$(tail -n 3 "$tmp/addresses" | head -n 1)"
}

# one that cannot be undone is named: the port's namespace has neither a name nor a process
test_left() {
	mesh_add
	port web eth6 w
	port db eth6 d
	exec 9<"/run/netns/$scope-w"
	ip netns del "$scope-w"
	at h sixpn showconf mesh0 | grep -qxF "# Port: eth6, in a network namespace without a name"
	cmd_fail "machine x: .*; left changed, for undoing it failed: machine web: port eth6 is gone" \
		set_h machine network 42 name db detach machine network 42 name web remove machine network 43 name x client "${k[1]}"
	same "the rest is as it was" "$(at h sixpn --json show mesh0 machines |
		gojq -c '.[0].machines | sort_by(.name) | map([.name, .attachment, .ifname])')" '[["db","port","eth6"],["web","none",null]]'
	exec 9<&-
}

test_host() {
	mesh_add
	local address
	address=$(set_h machine network 42 name db host)
	at h ip -6 addr show mesh0 | grep -qF "$address/48"
	set_h machine network 42 name db detach
	not grep -qF "$address" <(at h ip -6 addr show mesh0)
}

where() { at h sixpn --json whois mesh0 "$1" | gojq -r .where; }

test_whois() {
	mesh_add
	local web
	web=$(port web eth6 w)
	set_h route fdaa:0:2a:0:5:0:9:0/112 via 77
	same port "$(where "$web")" port
	same exception "$(where fdaa:0:2a:0:5:0:9:2)" exception
	same peer "$(where fdaa:0:2a:0:4d:0:9:2)" host-peer
	same stranger "$(where fdaa:0:2a:0:6:0:9:2)" no-host
	same resolver "$(where fdaa::3)" resolver
	same "foreign network" "$(where fdaa:0:99::3)" no-network
	set_h machine network 42 name web moved-to 77
	same moved "$(where "$web")" moved
	at h sixpn whois mesh0 "$web" | grep -qF "where: moved via host 77 peer ${k[1]}"
	set_h machine network 42 name web moved-to off
	same back "$(where "$web")" port
	same "its namespace" "$(at h sixpn --json whois mesh0 "$web" | gojq -r .netns)" "$scope-w"
	ip netns del "$scope-w"
	ns_add w
	gone() { same "its namespace is gone" "$(where "$web")" detached; }
	wait_until gone
}

test_files() {
	mesh_add
	local before
	port web eth6 w
	# by hand what it is anyway: else the id would go with the key
	set_h host-id "$(at h sixpn show mesh0 host-id)" \
		machine network 42 name db host machine network 43 name lap client "${k[2]}" \
		route fdaa:0:2a:0:5:0:9:0/112 via 77
	at h sixpn showconf mesh0 | grep -q '^HostId = '
	at h sixpn showconf mesh0 >"$tmp/one"
	before=$(at w ip -o link show eth6)
	at h sixpn syncconf mesh0 "$tmp/one"
	at h sixpn setconf mesh0 "$tmp/one"
	at h sixpn showconf mesh0 | sort >"$tmp/two"
	sort "$tmp/one" | diff - "$tmp/two"
	same "a port that stays" "$(at w ip -o link show eth6)" "$before"
	printf '[Machine]\nNetwork = 42\nName = web\nPort = eth9\nNetNS = %s\n' "$scope-d" >"$tmp/three"
	at h sixpn addconf mesh0 "$tmp/three"
	at d ip link show eth9
	not at w ip link show eth6
	cmd_fail "remove them first" at h sixpn setconf mesh0 /dev/null
	at h sixpn show mesh0 networks | grep -q ^42
	sed '/^\[Peer\]/,$d' "$tmp/one" >"$tmp/four"
	at h sixpn syncconf mesh0 "$tmp/four"
	same "all gone" "$(at h sixpn show mesh0 networks)$(at h sixpn show mesh0 peers)" ""
	not at d ip link show eth9
}

# a device made anew from its file has all of it again, each machine where it was
test_round_trip() {
	local i
	crowd_add
	ipn h link add tap0 type dummy
	at d sysctl -qw net.ipv6.conf.default.disable_ipv6=0
	set_h machine network 43 name vm bind tap0 machine network 43 name self port eth5 \
		machine network 43 name bare remove machine network 42 name two port eth7 netns "$scope-d" >/dev/null
	at h sixpn showconf mesh0 >"$tmp/one"
	grep -qxF "NetNS = $scope-w" "$tmp/one"
	grep -A 1 -x "Port = eth5" "$tmp/one" | not grep NetNS
	state >"$tmp/before"
	for i in setconf syncconf; do
		ipn h link del mesh0
		not at w ip link show eth6
		ipn h link add mesh0 type sixpn
		at h sixpn "$i" mesh0 "$tmp/one"
		state >"$tmp/after"
		same_state "$tmp/before" "$tmp/after"
	done
	# a process of a namespace without a name, and one that gave its port a name that would be a comment
	ipn d link set eth7 down
	ipn d link set eth7 name "a#b"
	set_h machine network 42 name web detach
	bg at w unshare -n sleep 1000
	own_netns() { [ "$(readlink "/proc/$!/ns/net")" != "$(at w readlink /proc/self/ns/net)" ]; }
	wait_until own_netns
	set_h machine network 42 name web port eth6 netns "$!"
	at h sixpn showconf mesh0 >"$tmp/two"
	grep -qxF "# Port: eth6, in a network namespace without a name" "$tmp/two"
	grep -qxF "# Port: it has a name that cannot be told here" "$tmp/two"
	ipn h link del mesh0
	ipn h link add mesh0 type sixpn
	at h sixpn setconf mesh0 "$tmp/two"
	same "hang on nothing" "$(at h sixpn --json show mesh0 machines |
		gojq -c '[.[0].machines[] | select(.name == "web" or .name == "two").attachment]')" '["none","none"]'
}

test_monitor() {
	mesh_add
	bg at h sixpn monitor mesh0 >"$tmp/events"
	joined() {
		set_h fwmark "$((RANDOM + 1))"
		[ -s "$tmp/events" ]
	}
	wait_until joined
	local web
	set_h network 50
	web=$(port web eth6 w)
	set_h route fdaa:0:2a:0:5:0:9:0/112 via 77 route fdaa:0:2a:0:5:0:9:0/112 remove machine network 42 name web remove network 50 remove
	wait_until grep -q '^network mesh0 50 fdaa:0:32::/48$' "$tmp/events"
	wait_until grep -q "^machine mesh0 $web network 42 id [0-9]* name web port eth6 attached$" "$tmp/events"
	wait_until grep -q '^route mesh0 fdaa:0:2a:0:5:0:9:0/112 via 77$' "$tmp/events"
	wait_until grep -q '^route-removed mesh0 fdaa:0:2a:0:5:0:9:0/112' "$tmp/events"
	wait_until grep -q "^machine-removed mesh0 $web " "$tmp/events"
	wait_until grep -q '^network-removed mesh0 50 ' "$tmp/events"
	bg at h sixpn monitor later >"$tmp/later" 2>"$tmp/awaited"
	wait_until grep -qx 'sixpn: monitor: there is no device later yet: waiting for it' "$tmp/awaited"
	ipn h link add later type sixpn
	wait_until grep -q '^device later' "$tmp/later"
}

# what a person sees is a table, what a script reads is not
test_terminal() {
	mesh_add
	port web eth6 w
	script -qec "enter /run/netns/$scope-h sixpn show mesh0 machines" /dev/null </dev/null >"$tmp/table"
	head -n 1 "$tmp/table" | grep -q '^ADDRESS  *NETWORK  *ID  *NAME '
	same columns "$(head -n 1 "$tmp/table" | sed 's/NAME.*//' | wc -c)" "$(sed -n '2s/web.*//p' "$tmp/table" | wc -c)"
	at h sixpn show mesh0 machines | grep -q "^fdaa:[^	]*	42	[0-9]*	web	port	eth6	attached	off	0	0	0$"
}

test_plain() {
	ns_add h
	ipn h link add mesh0 type sixpn
	at h sixpn set mesh0 private-key "$tmp/private.0" peer "${k[1]}"
	not grep -q -E 'host id|kind|network' <(at h sixpn show mesh0)
	not grep -q -E 'HostId|Kind|Network' <(at h sixpn showconf mesh0)
}

t test_port "a machine on a port has its address and routes, and keeps its address for ever"
t test_refusal_undoes "what is refused leaves nothing behind"
t test_set_whole "set: what is refused undoes what was made and changed before it"
t test_set_whole_removals "set: what is refused brings back what was removed before it"
t test_files_whole "files: what is refused undoes all of the file"
t test_left "what cannot be undone is named"
t test_host "the device gets the address of a machine of the host, and loses it"
t test_whois "whois tells where an address is"
t test_files "files round trip, change what differs, and remove what they leave out"
t test_round_trip "a device made anew from its file has its machines where they were"
t test_monitor "monitor tells of networks, machines and routes"
t test_terminal "on a terminal machines are a table"
t test_plain "a device without networks is told as WireGuard tells it"
finish
