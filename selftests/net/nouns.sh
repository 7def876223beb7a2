#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Machines made with `sixpn machine`, on one host and between two that share a registry, without an agent: what is told to
# the registry is in the kernel at once, and what is refused is in neither.
#
#   namespaces c, d, e      namespace a                  namespace b              namespaces g, h
#   +----------------+ port +--------------------------+ veth +------------------+ port +----------------+
#   | c, d: of acme  +------+ mesh0 of host a          +------+ mesh0 of host b  +------+ g, h: of acme  |
#   | e: of umbrella |      |     u 10.9.0.1           |      |     u 10.9.0.2   |      +----------------+
#   +----------------+      |     t0, bound            |      +------------------+
#                           +------+-------------------+
#                     namespace f  | veth
#                           +------+------+
#                           | t0, of acme |
#                           +-------------+

. "$(dirname "$0")/lib.sh"
need gojq sixpn
have_kind sixpn || skip_all "no sixpn module"

# sx HOST WORDS...: sixpn on a host
sx() {
	at "$1" sixpn --config "$tmp/$1.conf" "${@:2}"
}

# up HOST: of region fra or ams, with the registry that all share
up() {
	local region=fra
	[ "$1" = a ] || region=ams
	cat >"$tmp/$1.conf" <<-EOT
		name = host-$1
		region = $region
		endpoint = ${outer4[$1]}
		key-file = $tmp/host/$1.key
		registry = sqlite:$tmp/host/registry.db
		registry-timeout = 1
	EOT
	chmod 600 "$tmp/$1.conf"
	sx "$1" up
}

# host NS...: host a, its networks, and namespaces for machines
host() {
	ns_add a b "$@"
	cable a b
	rm -rf "$tmp/host" "$tmp"/*.conf
	mkdir "$tmp/host"
	up a
	sx a network add acme
	sx a network add umbrella
}

# add NAME NS [WORDS...]: a machine of acme on host a, in a namespace; prints its address
add() {
	sx a machine add "$1" --network acme --app web --netns "$scope-$2" "${@:3}"
}

pings() {
	at "$1" ping -n -q -c 1 -W 20 "$2"
}

no_ping() {
	not at "$1" ping -n -q -c 1 -W 2 "$2"
}

# field NAME FIELD: of a machine of acme
field() {
	sx a --json machine show "$1" --network acme | gojq -r ".[\"$2\"]"
}

# kernel: all that it tells, without what counts by itself
kernel() {
	at a sixpn show --json | gojq 'walk(if type == "object" then
		del(.rx_packets, .rx_bytes, .tx_packets, .tx_bytes, .drops, .latest_handshake, .handshake_rtt) else . end)'
}

links() {
	local ns
	for ns in a c d e; do
		[ ! -e "/run/netns/$scope-$ns" ] || ipn "$ns" -o addr show | sed 's/ tentative//; s/valid_lft.*//'
	done
}

remember() {
	kernel >"$tmp/kernel"
	links >"$tmp/links"
	sx a --json machine list >"$tmp/list"
}

unchanged() {
	kernel | cmp "$tmp/kernel" -
	links | diff "$tmp/links" -
	sx a --json machine list | cmp "$tmp/list" -
}

# refused SENTENCE WORDS...: a machine add that changes nothing
refused() {
	cmd_fail "$1" sx a machine add "${@:2}"
	unchanged
}

ports() {
	local web other db
	host c d e
	web=$(add web-1 c)
	db=$(sx a machine add db-1 --network ACME --app db --netns "$scope-d" --ifname net1 --group sql --metadata role=primary --id 7)
	other=$(sx a machine add web-1 --network umbrella --app web --netns "$scope-e")
	same "address" "$web" "$(field web-1 address)"
	same "id" "$(field db-1 machine)" 7
	same "region" "$(field db-1 region)" fra
	same "in the kernel" "$(at a sixpn show mesh0 machines | cut -f1-4 | sort)" "$(kernel_rows)"
	ipn c addr show eth6 | grep -F "$web/128"
	ipn d addr show net1 | grep -F "$db/128"
	pings c "$db"
	pings d "$web"
	# the other network has no way in, nor is there one out
	no_ping e "$web"
	no_ping c "$other"
	same "apps" "$(sx a app list | cut -f1-4 | tr '\t\n' ' ,')" "db acme 1 1,web acme 1 1,web umbrella 1 1,"
}

# kernel_rows: what the registry says that the first columns of show machines are
kernel_rows() {
	sx a --json machine list | gojq -r '.[] | [.address, .network, .machine, .name] | @tsv' | sort
}

stopped() {
	local web before
	host c d
	web=$(add web-1 c)
	add web-2 d
	before=$(kernel_rows)
	pings d "$web"
	sx a machine stop web-1 --network acme
	same "state" "$(field web-1 state)" stopped
	not ipn c link show eth6
	no_ping d "$web"
	same "in the kernel" "$(at a sixpn show mesh0 machines | cut -f1-4 | sort)" "$before"
	# what is stopped stays so when all is made anew
	sx a down
	sx a up
	not ipn c link show eth6
	ipn d link show eth6
	sx a machine start web-1 --network acme
	same "state" "$(field web-1 state)" started
	same "address" "$(field web-1 address)" "$web"
	ipn c addr show eth6 | grep -F "$web/128"
	pings d "$web"
	# again: nothing to do
	kernel >"$tmp/kernel"
	sx a machine start web-1 --network acme
	kernel | cmp "$tmp/kernel" -
	# elsewhere
	sx a machine start web-1 --network acme --netns "$scope-c" --ifname net1
	not ipn c link show eth6
	ipn c addr show net1 | grep -F "$web/128"
	pings d "$web"
}

later() {
	local web db
	host c d
	web=$(add web-1 c --stopped)
	db=$(sx a machine add db-1 --network acme --app db)
	same "state" "$(field web-1 state) $(field db-1 state)" "stopped stopped"
	same "attachment" "$(field web-1 attachment) $(field db-1 attachment)" "port none"
	not ipn c link show eth6
	same "in the kernel" "$(at a sixpn show mesh0 machines | cut -f1-4 | sort)" "$(kernel_rows)"
	cmd_fail "hangs on nothing yet" sx a machine start db-1 --network acme
	sx a machine start web-1 --network acme
	sx a machine start db-1 --network acme --netns "$scope-d"
	pings c "$db"
	pings d "$web"
}

others() {
	local web bound itself
	host c f
	veth a f t0 t0
	web=$(add web-1 c)
	bound=$(sx a machine add vm-1 --network acme --app vm --bind t0)
	addr f t0 "$bound/128"
	ipn f route add fdaa::/16 dev t0
	pings f "$web"
	pings c "$bound"
	itself=$(sx a machine add itself --network acme --app host --host)
	ipn a addr show mesh0 | grep -F "$itself/48"
	pings a "$web"
	pings c "$itself"
	pings f "$itself"
	sx a machine stop itself --network acme
	not grep -F "$itself" <(ipn a addr show mesh0)
	no_ping c "$itself"
	sx a machine del vm-1 --network acme
	no_ping f "$web"
	sx a machine start itself --network acme
	pings c "$itself"
}

deleted() {
	local web
	host c d
	kernel >"$tmp/empty"
	web=$(add web-1 c)
	add web-2 d
	sx a machine del web-1 --network acme
	not ipn c link show eth6
	no_ping d "$web"
	same "machines" "$(sx a machine list | cut -f1)" web-2
	same "in the kernel" "$(at a sixpn show mesh0 machines | cut -f1-4 | sort)" "$(kernel_rows)"
	cmd_fail "has no machine 'web-1'" sx a machine del web-1 --network acme
	sx a machine del web-2 --network acme
	kernel | cmp "$tmp/empty" -
	same "machines" "$(sx a machine list)" ""
	# by the same name it comes back at the same address
	same "address" "$(add web-1 c)" "$web"
}

# inside NS WORDS...: as `ip netns exec` does, with the namespace's own files in place of those of /etc
inside() {
	ip netns exec "$scope-$1" "${@:2}"
}

# finds NS ADDRESS: it knows its resolver and the address of its machine
finds() {
	inside "$1" grep -qx "nameserver fdaa::3" /etc/resolv.conf
	inside "$1" getent ahostsv6 fly-local-6pn | grep -q "^$2 "
}

told_of() {
	local web db
	rm -rf /etc/netns
	host c d
	web=$(add web-1 c)
	finds c "$web"
	inside c getent hosts localhost
	sx a machine stop web-1 --network acme
	not test -e "/etc/netns/$scope-c"
	sx a machine start web-1 --network acme
	rm -r "/etc/netns/$scope-c"
	sx a down
	sx a up
	finds c "$web"
	# what is there stays
	mkdir "/etc/netns/$scope-d"
	echo "10.0.0.1 cache" >"/etc/netns/$scope-d/hosts"
	db=$(add db-1 d)
	finds d "$db"
	inside d getent hosts cache
	sx a machine start web-1 --network acme --netns "$scope-d" --ifname net1
	not test -e "/etc/netns/$scope-c"
	finds d "$web"
	finds d "$db"
	sx a machine del db-1 --network acme
	finds d "$web"
	sx a machine del web-1 --network acme
	same "files of d" "$(cd "/etc/netns/$scope-d" && grep -H . -- *)" "hosts:10.0.0.1 cache"
	# or is left alone altogether
	remember
	ln -s /etc/resolv.conf "/etc/netns/$scope-d/resolv.conf"
	refused "resolv.conf: a symbolic link: it is left alone .--no-resolv leaves it to you" web-1 --network acme --app web \
		--netns "$scope-d"
	add web-1 d --no-resolv
	sx a up
	same "files of d" "$(cat "/etc/netns/$scope-d/hosts")" "10.0.0.1 cache"
}

# The registry cannot be read any more once it has the machine.
told() {
	host c
	"${python[@]}" -c "
import sqlite3
db = sqlite3.connect('$tmp/host/registry.db')
db.execute(\"\"\"CREATE TRIGGER away AFTER INSERT ON entries WHEN NEW.key LIKE '/sixpn/v1/machine/%'
	BEGIN DELETE FROM head; END\"\"\")
db.commit()"
	sx a --json machine add web-1 --network acme --app web --netns "$scope-c" >"$tmp/told"
	same "what is told" "$(gojq -c '[.name, ."network-name", ."host-name", .alive]' "$tmp/told")" '["web-1","acme","host-a",true]'
	not sx a machine list
}

halfway() {
	local id
	host c d e
	veth a e t0 t0
	add web-1 c
	sx a machine add vm-1 --network acme --app vm --bind t0
	id=$(field web-1 machine)
	at a sixpn set mesh0 machine network "$(field web-1 network)" name ghost
	remember
	refused "no network 'other'" web-2 --network other --app web --netns "$scope-d"
	refused "exists already" web-1 --network acme --app web --netns "$scope-d"
	refused "of this name.*registry does not know" ghost --network acme --app web --netns "$scope-d"
	refused "no network namespace 'nowhere'" web-2 --network acme --app web --netns nowhere
	refused "no process 4194999" web-2 --network acme --app web --netns 4194999
	# the first of its network: that does not stay either
	refused "no network namespace 'nowhere'" web-2 --network umbrella --app web --netns nowhere
	refused "." web-2 --network umbrella --app web --netns "$scope-c"
	refused "." web-2 --network acme --app web --netns "$scope-c"
	refused "." web-2 --network acme --app web --netns "$scope-d" --id "$id"
	refused "." web-2 --network acme --app web --bind nothere
	refused "in use|already|busy" web-2 --network acme --app web --bind t0
	# the registry: held by somebody else, read-only, and one that knows no such host
	bg "${python[@]}" -c "
import sqlite3, time
db = sqlite3.connect('$tmp/host/registry.db', isolation_level=None)
db.execute('BEGIN IMMEDIATE')
open('$tmp/held', 'w')
time.sleep(1000)"
	wait_until test -e "$tmp/held"
	refused "." web-2 --network acme --app web --netns "$scope-d"
	refused "." web-2 --network umbrella --app web --netns "$scope-d"
	kill $!
	rm "$tmp/held"
	mount --bind "$tmp/host" "$tmp/host"
	mount -o remount,bind,ro "$tmp/host"
	not sx a machine add web-2 --network acme --app web --netns "$scope-d"
	umount "$tmp/host"
	unchanged
	sed "s,^key-file = .*,key-file = $tmp/host/stranger.key," "$tmp/a.conf" >"$tmp/stranger.conf"
	sixpn genkey >"$tmp/host/stranger.key"
	cmd_fail "not in the registry" at a sixpn --config "$tmp/stranger.conf" machine add web-2 --network acme --app web --host
	unchanged
	# after all of that it works
	add web-2 d
	pings d "$(field web-1 address)"
	# without a device there is nothing to put it on
	sx a down
	sx a --json machine list >"$tmp/list"
	cmd_fail "mesh0 is not there: run 'sixpn up'" add web-3 d
	sx a --json machine list | cmp "$tmp/list" -
}

# Host b is registered after the device of host a was made: moving adds the peer.
moved() {
	local web peer
	rm -rf /etc/netns
	host c d g
	web=$(add web-1 c)
	peer=$(add peer d)
	pings d "$web"
	up b
	same "peers of a" "$(at a sixpn show mesh0 peers)" ""
	cmd_fail "no host 'nowhere'" sx a machine move web-1 --network acme --to nowhere
	pings d "$web"
	sx a machine move web-1 --network acme --to host-b --netns "$scope-g"
	same "peers of a" "$(at a sixpn show mesh0 kinds | cut -f2)" host
	not ipn c link show eth6
	same "address" "$(field web-1 address)" "$web"
	same "region" "$(field web-1 region)" ams
	same "host" "$(field web-1 host-name)" host-b
	same "home" "$(field web-1 home)" "$(field peer host)"
	not test -e "/etc/netns/$scope-c"
	sx b up
	ipn g addr show eth6 | grep -F "$web/128"
	finds g "$web"
	pings d "$web"
	pings g "$peer"
	# the one that moved is seen to by its own host only
	sx a machine stop web-1 --network acme
	ipn g link show eth6
	sx b up
	not ipn g link show eth6
	sx b machine start web-1 --network acme
	pings d "$web"
	# and back, by the host that it comes to: that has it before the other lets it go
	sx a machine move web-1 --network acme --to host-a --netns "$scope-c"
	ipn c addr show eth6 | grep -F "$web/128"
	sx b up
	not ipn g link show eth6
	pings d "$web"
	same "machines of b" "$(at b sixpn show mesh0 machines)" ""
	# gone from its home, too, when it is deleted elsewhere
	sx a machine move web-1 --network acme --to host-b --netns "$scope-g"
	sx b up
	sx a machine del web-1 --network acme
	same "in the kernel" "$(at a sixpn show mesh0 machines | cut -f4)" peer
	finds g "$web"
	sx b up
	not ipn g link show eth6
	not test -e "/etc/netns/$scope-g"
}

# The number of a process is good for one command: later it may be that of somebody else.
process() {
	local web pid
	host c d
	bg at c sleep 1000
	pid=$!
	wait_until in_namespace "$pid" c
	add web-2 d
	cmd_fail "nor a whole path" sx a machine add web-1 --network acme --app web --netns ./c
	web=$(sx a machine add web-1 --network acme --app web --netns "$pid")
	pings d "$web"
	# it stays where it is, and is not made
	sx a up
	pings d "$web"
	sx a machine stop web-1 --network acme
	cmd_fail "may be another one by now: say --netns" sx a machine start web-1 --network acme
	same "state" "$(field web-1 state)" stopped
	sx a machine start web-1 --network acme --netns "$pid"
	pings d "$web"
	sx a down
	sx a up
	not ipn c link show eth6
	ipn d link show eth6
	sx a machine start web-1 --network acme --netns "$scope-c"
	pings d "$web"
}

in_namespace() {
	[ "/proc/$1/ns/net" -ef "/run/netns/$scope-$2" ]
}

t ports "machines in named namespaces reach those of their network, and no others"
t stopped "stop takes the interface away, start brings it back at the same address"
t later "a machine is attached later, where it was to hang or where it is told"
t others "a bound netdev and the host itself are machines"
t deleted "del takes a machine away, and with the last one its network"
t told_of "a namespace is told of its resolver and its machine's address, and keeps what else it was told"
t told "a machine that was added is told of, whatever becomes of the registry"
t halfway "a machine add that fails leaves kernel and registry as they were"
t process "a machine in the namespace of a process is attached there once"
t moved "a machine moves to another host and back with its address"
finish
