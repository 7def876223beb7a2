#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
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

need sixpn jq
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
		jq -r '.[0].machines[] | select(.name == "web").address')" "$web"
	same "an address with nodad" "$(at w ip -j -6 addr show eth6 | jq -r '.[0].addr_info[] | select(.local == "'"$web"'") |
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
	same machines "$(at h sixpn show mesh0 machines | wc -l)" 1
}

test_host() {
	mesh_add
	local address
	address=$(set_h machine network 42 name db host)
	at h ip -6 addr show mesh0 | grep -qF "$address/48"
	set_h machine network 42 name db detach
	not grep -qF "$address" <(at h ip -6 addr show mesh0)
}

where() { at h sixpn --json whois mesh0 "$1" | jq -r .where; }

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
t test_host "the device gets the address of a machine of the host, and loses it"
t test_whois "whois tells where an address is"
t test_files "files round trip, change what differs, and remove what they leave out"
t test_monitor "monitor tells of networks, machines and routes"
t test_plain "a device without networks is told as WireGuard tells it"
finish
