#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The commands of the README, as written there.
#
#   namespace host                   namespace laptop
#   +---------------------+          +---------------------+
#   | mesh0  10.6.0.1     |   veth   | wg0  10.6.0.2       |
#   |    u  192.0.2.1     +----------+ u  192.0.2.2        |
#   +---------------------+          +---------------------+
#
#   fra [ web ] [ shop ]      iad [ db ]         laptop
#     u 192.0.2.1              u 192.0.2.2         u 192.0.2.3
#         +------------- switch ----+------------------+

. "$(dirname "$0")/lib.sh"
[ "$subject" = sixpn ] || skip_all "the README is about sixpn"
need wg sixpn gojq

# section "HEADING" NAMESPACE...: run the commands below that heading of the README, all in one folder: what is to be copied
# from one to the other is there already. Their number is in $commands.
section() {
	local heading=$1 prompts where command
	shift
	prompts=$(IFS='|' && echo "$*")
	if [ "$heading" != NAMES ]; then
		mkdir "$tmp/${heading// /-}"
		cd "$tmp/${heading// /-}"
	fi
	awk -v h="$heading" '/^[A-Z][A-Z, ]*$/ { inside = $0 == h } inside' "$here/../../README" >"$tmp/section"
	grep -E "^    ($prompts)# " "$tmp/section" >"$tmp/lines"
	# no prompt that is not run
	not grep -vE "^    ($prompts)# " <(grep -E '^    [a-z]+# ' "$tmp/section")
	commands=0
	while read -r where command; do
		echo "$where $command"
		at "${where%#}" bash -e -c "$command" </dev/null
		commands=$((commands + 1))
	done <"$tmp/lines"
}

first_tunnel() {
	ns_add host laptop
	veth host laptop
	addr host u 192.0.2.1/24
	addr laptop u 192.0.2.2/24
	section "A FIRST TUNNEL, BY HAND" host laptop
	between "commands" "$commands" 20 60
	at host sixpn show mesh0 peers | grep -qxF "$(cat laptop.pub)"
}

one_host() {
	rm -rf /var/lib/sixpn
	ns_add host
	ipn host link add u type dummy
	addr host u 192.0.2.1/24
	ipn host link set u up
	section "ONE HOST" host
	between "commands" "$commands" 10 20
	names
	at host sixpn --json machine list | gojq -e 'map(.name) | sort == ["db", "web"]'
	grep -F "Endpoint = 192.0.2.1:51820" laptop.conf
	# what the text below them says
	at host sixpn show mesh0 machines | cut -f1-4 | sort >before
	at host sixpn down
	at host sixpn up
	at host sixpn show mesh0 machines | cut -f1-4 | sort | diff before -
	at host ip netns exec web ping -c 3 "$(cat db.address)"
	at host sixpn down
	printf 'netns del %s\n' web db | ip -batch -
	rm -rf /var/lib/sixpn
}

# Beside the host of the first section, in its folder. No systemd is here to start the resolver.
names() {
	bg at host sixpn-resolver
	wait_until at host sixpn dig _api.internal --network acme --short
	section NAMES host
	between "commands" "$commands" 5 10
	at host ip netns exec web sixpn dig db.internal --short | cmp - db.address
	at host ip netns exec web getent ahostsv6 fly-local-6pn | grep -q "$(at host sixpn --json machine show web | gojq -r .address)"
	at host sixpn dig "$(cat db.address)" --network acme --short | grep -qx db.vm.db.internal.
}

two_hosts() {
	local ns n=0
	command -v wg-quick >/dev/null || skip "no wg-quick on this machine"
	ns_add fra iad laptop switch
	ipn switch link add br0 up type bridge
	for ns in fra iad laptop; do
		n=$((n + 1))
		veth "$ns" switch u "$ns"
		addr "$ns" u "192.0.2.$n/24"
		ipn switch link set "$ns" master br0
	done
	section "TWO HOSTS, TWO ORGANISATIONS" fra iad laptop
	between "commands" "$commands" 40 80
	# what the text beside them says
	at fra ip netns exec shop ping -c 1 "$(cat db.address)" | grep -F "Administratively prohibited"
	at fra sixpn --json whois mesh0 "$(cat db.address)" | gojq -e '.network == 1 and .where == "host-peer"'
	at fra sixpn --json whois mesh0 "$(cat laptop.address)" | gojq -e '.name == "laptop" and .where == "client"'
	printf 'netns del %s\n' web shop db | ip -batch -
}

# What the README says of the tool is in the tool.
commands() {
	local word
	for word in up down status agent network host machine app client dig show set showconf setconf addconf syncconf whois monitor genkey genpsk pubkey; do
		sixpn help "$word" >/dev/null
		grep -qw "$word" "$here/../../README"
	done
}

t one_host "one host works as written"
t first_tunnel "the first tunnel by hand works as written"
t two_hosts "two hosts and two organisations work as written"
t commands "the commands named there exist"
finish
