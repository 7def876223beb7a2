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
need wg sixpn jq

# section "HEADING" NAMESPACE...: run the commands below that heading of the README, all in one folder: what is to be copied
# from one to the other is there already. Their number is in $commands.
section() {
	local heading=$1 prompts where command
	shift
	prompts=$(IFS='|' && echo "$*")
	mkdir "$tmp/$1"
	cd "$tmp/$1"
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
	at fra sixpn --json whois mesh0 "$(cat db.address)" | jq -e '.network == 1 and .where == "host-peer"'
	at fra sixpn --json whois mesh0 "$(cat laptop.address)" | jq -e '.name == "laptop" and .where == "client"'
	printf 'netns del %s\n' web shop db | ip -batch -
}

# What the README says of the tool is in the tool.
commands() {
	local word
	for word in show set showconf setconf addconf syncconf whois monitor genkey genpsk pubkey; do
		sixpn help "$word" >/dev/null
		grep -qw "$word" "$here/../../README"
	done
}

t first_tunnel "the first tunnel by hand works as written"
t two_hosts "two hosts and two organisations work as written"
t commands "the commands named there exist"
finish
