#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Usage: dig.sh SIXPN
#
# sixpn dig against a name server that answers well, badly, late or not at all.

set -u

sixpn=$(realpath "$1") || exit 1
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d) || exit 1
trap 'kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 1
umask 077
unset SIXPN_COLOR_MODE WG_COLOR_MODE NO_COLOR
export LC_ALL=C SIXPN_CONFIG=$work/conf SIXPN_ENDPOINT_RESOLUTION_RETRIES=0

bad=0
result()
{
	if [ "$1" -eq 0 ]; then
		echo "ok dig: $2"
	else
		echo "not ok dig: $2"
		echo "# exit $status"
		sed 's/^/# /' out err
		bad=1
	fi
}

# dig WORDS...: of the server; leaves out, err and status
dig()
{
	"$sixpn" dig "$@" "@[::1]:$port" >out 2>err </dev/null
	status=$?
}

# is NAME STATUS TEXT: nothing but that was printed; its first line, which has a time, aside
is()
{
	[ "$status" -eq "$2" ] && [ ! -s err ] && [ "$(grep -v '^;; \[' out)" = "$3" ]
	result $? "$1"
}

# complains NAME STATUS TEXT: one line on standard error that holds the text
complains()
{
	[ "$status" -eq "$2" ] && [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ] && grep -qF -- "sixpn: dig: $3" err
	result $? "$1"
}

# The server is slow to start on a busy machine, but it starts.
/usr/bin/python3 -S "$here/dns_server.py" "$work/port" &
server=$!
while [ ! -e port ] && kill -0 "$server" 2>/dev/null; do
	sleep 0.05
done
port=$(cat port) || { echo "not ok dig: a server"; exit 1; }

tab=$'\t'
address="fdaa:0:1::5:2"

dig web.internal
is "AAAA unless told" 0 "web.internal.${tab}5${tab}AAAA${tab}$address"
[[ $(head -n 1 out) == ";; [::1]:$port by UDP in "*" ms, authoritative" ]]
result $? "who has answered, and how"
dig AAAA WEB.internal --short
is "--short is the data" 0 "$address"
dig web --short --json
[ "$(tr -d ' \n' <out)" = "[\"$address\"]" ]
result $? "--short --json is a list of texts"
dig --json web.internal
/usr/bin/python3 -c '
import json, sys
found = json.load(open("out"))
assert found.pop("microseconds") > 0
assert found == {
    "name": "web.internal.", "server": sys.argv[1], "protocol": "UDP", "authoritative": True, "validated": False,
    "truncated": False, "authority": [], "additional": [],
    "answer": [{"name": "web.internal.", "ttl": 5, "type": "AAAA", "data": "fdaa:0:1::5:2"}]}' "[::1]:$port" 2>err
result $? "--json has all of it"
dig second.internal --short
is "a query that is lost is sent again" 0 "$address"
dig noise --short
is "what is no answer to it is passed over" 0 "$address"
dig TXT long --short
[ "$status" -eq 0 ] && [ "$(tr ',' '\n' <out | grep -c .)" -eq 10000 ]
result $? "a truncated answer is asked for by TCP, and strings are joined"
dig TXT long
[[ $(head -n 1 out) == *" by TCP in "* ]]
result $? "which is told"
dig TXT odd --tcp --short
is "what is not printable is escaped" 0 'a\x1b[31m\xff"b'
dig empty
is "a name that has no such records is no error" 0 ""
dig fdaa:0:1::5:2
is "of an address the name is asked for" 0 \
	"2.0.0.0.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.0.0.0.0.a.a.d.f.ip6.arpa.${tab}5${tab}AAAA${tab}$address"
dig none
complains "no such name" 1 "none.: there is no such name (NXDOMAIN)"
dig --json refused
complains "the server's words are told, escaped" 1 \
	'refused.: the server refuses to answer (REFUSED): not\x1byours, extended error 18'
dig cut
complains "an answer that is cut off" 1 "server [::1]:$port: what it answers is no answer to this"
dig mute
complains "a stream that ends" 1 "server [::1]:$port: Connection reset by peer"
dig silent
complains "no answer" 1 "server [::1]:$port: it does not answer"
dig NOTYPE web
complains "a word that is no type" 1 "not a type of records: 'NOTYPE'"
dig a..b
complains "a word that is no name" 1 "not a name: 'a..b'"
dig "$(printf 'a%.0s' {1..64})"
complains "a label that is too long" 1 "not a name: 'aaa"
dig web --network acme
complains "two servers" 2 "--network and @SERVER are two servers: give one"
dig web @::1
complains "two servers, both with @" 2 "a second server: '@["
dig AAAA web other
complains "too much" 2 "surplus argument"
"$sixpn" dig @::1 >out 2>err
status=$?
complains "nothing to ask for" 2 "NAME is missing: what is asked for?"
"$sixpn" dig web --network acme >out 2>err
status=$?
complains "a network needs a registry" 1 "$work/conf"
"$sixpn" dig web @nowhere.invalid >out 2>err
status=$?
complains "a server that has no address" 1 "server: "
kill "$server"
wait "$server" 2>/dev/null
dig web
complains "a server that is not there" 1 "server [::1]:$port: Connection refused"
exit $bad
