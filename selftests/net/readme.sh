#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The commands of the README, as written there.
#
#   namespace host                   namespace laptop
#   +---------------------+          +---------------------+
#   | mesh0  10.6.0.1     |   veth   | wg0  10.6.0.2       |
#   |    u  192.0.2.1     +----------+ u  192.0.2.2        |
#   +---------------------+          +---------------------+

. "$(dirname "$0")/lib.sh"
[ "$subject" = sixpn ] || skip_all "the README is about sixpn"
need wg sixpn

first_tunnel() {
	local where command n=0
	ns_add host laptop
	veth host laptop
	addr host u 192.0.2.1/24
	addr laptop u 192.0.2.2/24
	mkdir "$tmp/readme"
	cd "$tmp/readme"
	grep -E '^    (host|laptop)# ' "$here/../../README" >"$tmp/lines"
	while read -r where command; do
		echo "$where $command"
		# one folder for both: the .pub files are where they have to be
		at "${where%#}" bash -e -c "$command" </dev/null
		n=$((n + 1))
	done <"$tmp/lines"
	between "commands" "$n" 20 60
	at host sixpn show mesh0 peers | grep -qxF "$(cat laptop.pub)"
}

# What the README says of the tool is in the tool.
commands() {
	local word
	for word in show set showconf setconf addconf syncconf monitor genkey genpsk pubkey; do
		sixpn help "$word" >/dev/null
		grep -qw "$word" "$here/../../README"
	done
}

t first_tunnel "the first tunnel by hand works as written"
t commands "the commands named there exist"
finish
