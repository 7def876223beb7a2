#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kernels: 6.12
# The agent and the resolver as services of systemd, with all that their units take from them. systemd is process 1 of
# namespaces of its own and has no more units than this takes; /run, and so the names of network namespaces, it shares with
# the test.
#
#   namespaces x, y         namespace a: systemd              namespace c
#   +-----------+ port of  +------------------------+ veth   +---------------+
#   | a machine |----------| mesh0, sixpn-agent     +--------+ wg0, a laptop |
#   +-----------+          |            u 10.9.0.1  |        |    u 10.9.0.3 |
#                          +------------------------+        +---------------+

. "$(dirname "$0")/lib.sh"
[ "$subject" = sixpn ] || skip_all "WireGuard has no agent"
have_kind sixpn || skip_all "no sixpn module"
need make gojq nsenter wg wg-quick
systemd=/lib/systemd/systemd
[ -x "$systemd" ] || skip_all "no systemd on this machine"
[ -e /sys/fs/cgroup/cgroup.procs ] || skip_all "no control groups"

init='' keeper=''	# systemd, and what it goes with
group=/sys/fs/cgroup/s6systemd
hang=15	# seconds without a sign of life
[ "${SIXPN_KERNEL:-}" != debug ] || hang=60

# within WORDS...: in all namespaces of systemd, which answers those alone whose process it sees
within() {
	nsenter -t "$init" -m -p -n "$@"
}

sx() {
	within "$tmp/usr/bin/sixpn" "$@"
}

# property NAME VALUE: of the service
property() {
	same "$1" "$(within systemctl show -P "$1" sixpn-agent)" "$2"
}

runs() {
	[ "$(within systemctl show -P SubState sixpn-agent)" = running ]
}

# agent: sets $agent, its process; none while it is between two
agent() {
	agent=
	read -r agent <"$group/system.slice/sixpn-agent.service/cgroup.procs" && [ -n "$agent" ]
}

another_agent() {
	agent && [ "$agent" != "$1" ]
}

# install_tools: as `make install` puts them; and of other units those that theirs names
install_tools() {
	local unit
	make -s -C "$here/../.." --no-print-directory -o tools install-tools PREFIX="$tmp/usr" UNITDIR="$tmp/units"
	for unit in basic sysinit network-online shutdown; do
		cp "/lib/systemd/system/$unit.target" "$tmp/units/"
	done
	mkdir "$tmp/units/sixpn-agent.service.d"
	printf '[Service]\nWatchdogSec=%s\nStandardError=append:%s\n' "$hang" "$tmp/agent.log" \
		>"$tmp/units/sixpn-agent.service.d/test.conf"
	# which has a /tmp of its own, but what it is made of lies there
	mkdir "$tmp/units/sixpn-resolver.service.d"
	printf '[Service]\nBindReadOnlyPaths=%s\nStandardError=append:%s\n' "$tmp/usr" "$tmp/resolver.log" \
		>"$tmp/units/sixpn-resolver.service.d/test.conf"
	printf '[Unit]\nDefaultDependencies=no\n' >"$tmp/units/idle.target"
}

# begun: sets $init, the process of systemd, which has made its own group
begun() {
	init=
	read -r init <"$group/init.scope/cgroup.procs" && [ -n "$init" ]
}

logs() {
	tail -n 20 "$tmp/agent.log" | sed 's/^/agent: /'
	sed 's/^/resolver: /' "$tmp/resolver.log"
}

# boot: systemd in namespace a, on an empty /var/lib and /etc/sixpn
boot() {
	mkdir -p "$group" /etc/sixpn
	cat >"$tmp/boot" <<-BOOT
		echo \$\$ >$group/cgroup.procs
		exec unshare --mount --propagation unchanged --uts --cgroup --pid --fork --kill-child bash -ec '
			mount --make-private /sys
			mount -t sysfs sysfs /sys
			mount -t cgroup2 cgroup2 /sys/fs/cgroup
			mount -t proc proc /proc
			mount -t tmpfs -o mode=755 tmpfs /var/lib
			mount -t tmpfs -o mode=755 tmpfs /etc/sixpn
			exec env -i container=sixpn PATH="\$PATH" SYSTEMD_UNIT_PATH="$tmp/units" SYSTEMD_GENERATOR_PATH= \
				$systemd --system --unit=idle.target --log-target=kmsg --log-level=notice --show-status=no'
	BOOT
	: >"$tmp/agent.log"
	: >"$tmp/resolver.log"
	bg at a bash "$tmp/boot"
	keeper=$!
	# which SIGTERM does not end, nor systemd
	trap 'logs; kill -KILL "$keeper"; leave' EXIT
	wait_until begun
	wait_until within systemctl list-jobs
}

handshake() {
	at a sixpn show mesh0 latest-handshakes
}

# laptop FILE: wg0 in namespace c as the file says
laptop() {
	wg-quick strip "$1" >"$tmp/stripped"
	ipn c link add wg0 type wireguard
	at c wg setconf wg0 "$tmp/stripped"
	ipn c <<-EOT
		addr add $(sed -n 's/^Address = //p' "$1") dev wg0 nodad
		link set wg0 up
		route add $(sed -n 's/^AllowedIPs = //p' "$1") dev wg0
	EOT
}

pings() {
	at c ping -n -q -6 -c 1 -w 60 "$1"
}

# started: it loads the module, makes its folder, the key and the device, and is ready; then it does its work
started() {
	rmmod sixpn
	within systemctl start sixpn-agent
	property ActiveState active
	property StatusText "1 host, 0 machines, 0 clients"
	same "mode" "$(within stat -c %a /var/lib/sixpn)" 700
	sx network add acme
	# of a namespace that is newer than systemd
	ns_add x
	web=$(sx machine add web --network acme --app web --netns "$scope-x")
	sx client add laptop --network acme --out "$tmp/laptop.conf"
	laptop "$tmp/laptop.conf"
	pings "$web"
	# the container is started again
	ip netns del "$scope-x"
	ns_add x
	wait_until at x ping -n -q -6 -c 1 -W 5 "$(sx --json client show laptop | gojq -r .address)"
	shaken=$(handshake)
}

restarted() {
	local before=$agent ping
	at c ping -n -6 -i 0.5 -w 120 -c 16 "$web" >"$tmp/ping" &
	ping=$!
	within systemctl restart sixpn-agent
	another_agent "$before"
	property ActiveState active
	wait "$ping"
	grep ", 0% packet loss" "$tmp/ping"
	same "handshake" "$(handshake)" "$shaken"
}

region() {
	[ "$(sx --json host show | gojq -r .region)" = "$1" ]
}

reloaded() {
	local before=$agent
	echo "region = fra" >"/proc/$init/root/etc/sixpn/sixpn.conf"
	within systemctl reload sixpn-agent
	wait_until region fra
	wait_until runs
	agent
	same "process" "$agent" "$before"
	# what is wrong is not used
	echo "regoin = ams" >"/proc/$init/root/etc/sixpn/sixpn.conf"
	within systemctl reload sixpn-agent
	wait_until grep -q "the configuration stays as it was" "$tmp/agent.log"
	echo "region = fra" >"/proc/$init/root/etc/sixpn/sixpn.conf"
	pings "$web"
	same "handshake" "$(handshake)" "$shaken"
}

hung() {
	local before=$agent
	kill -STOP "$before"
	pings "$web"
	wait_until -t $((hang * 4)) another_agent "$before"
	wait_until runs
	property NRestarts 1
	pings "$web"
}

# resolver PROPERTY
resolver() {
	within systemctl show -P "$1" sixpn-resolver
}

answers() {
	[ "$(at x sixpn dig web.internal @fdaa::3 --short)" = "$web" ]
}

# named: the resolver is not root, has what it needs, and what it is asked while it is not there waits in its socket
named() {
	local query
	within systemctl start sixpn-resolver
	same state "$(resolver ActiveState)" active
	wait_until answers
	not grep -qE "^Uid:.*[[:space:]]0([[:space:]]|$)" "/proc/$(cat "$group/system.slice/sixpn-resolver.service/cgroup.procs")/status"
	same "sockets kept" "$(resolver NFileDescriptorStore)" 2
	within systemctl kill -s STOP sixpn-resolver
	at x sixpn dig web.internal @fdaa::3 --short >"$tmp/query" &
	query=$!
	within systemctl kill -s KILL sixpn-resolver
	wait "$query"
	same "what was asked between two" "$(cat "$tmp/query")" "$web"
	within systemctl reload sixpn-resolver
	wait_until grep -q "has been read" "$tmp/resolver.log"
	answers
	within systemctl stop sixpn-resolver
	same result "$(resolver Result)" success
}

ended() {
	within systemctl stop sixpn-agent
	property Result success
	pings "$web"
	sx --json status | gojq -e '.agent == false and .up'
}

service() {
	local agent shaken web
	ns_add a c
	cable a c
	install_tools
	boot
	started
	agent
	restarted
	agent
	reloaded
	hung
	named
	ended
}

t service "the agent and the resolver as services: they work, are restarted and reloaded with no packet or query lost, and when they hang, all with what their units take away"
finish
