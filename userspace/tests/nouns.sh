#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Usage: nouns.sh SIXPN
#
# The nouns of the command line without a kernel module: a registry in a file of
# its own, hosts with a configuration each. Also the options of commands.

# shellcheck source=SCRIPTDIR/tool.sh
. "$(dirname "$0")/tool.sh"
trap '[ ! -s "$work/pids" ] || kill $(cat "$work/pids"); rm -rf "$work"' EXIT
umask 022
export SIXPN_CONFIG=$work/a.conf

# what the registry has, as far as it can be listed
everything()
{
	"$sixpn" --config "$work/a.conf" --json network list 2>/dev/null
	"$sixpn" --config "$work/a.conf" --json host list 2>/dev/null
}

# prints TEXT WORDS...: success, exactly that on standard output, nothing else
prints()
{
	local text=$1

	shift
	run "$@"
	if [ "$status" -eq 0 ] && [ "$(cat out)" = "$text" ] && [ ! -s err ]; then
		result 0 "$*"
	else
		echo "# exit $status, wanted:"
		echo "# ${text//$'\n'/$'\n'# }"
		sed 's/^/# got /' out err
		result 1 "$*"
	fi
}

# json FILTER WORDS...: what gojq makes of the output is true
json()
{
	local filter=$1

	shift
	run --json "$@"
	[ "$status" -eq 0 ] && gojq -e "$filter" out >/dev/null
	result $? "--json $* | $(tr -s " \t\n" " " <<<"$filter")"
}

for name in a b; do
	cat >"$name.conf" <<-END
		name = $name
		region = fra
		endpoint = 192.0.2.1
		endpoint = [2001:db8::1]:4500
		listen-port = 51820
		device = sixpntest0
		key-file = $work/state-$name/key
		registry = sqlite:$work/state-a/registry.db
	END
done

# --- the words of the command line ---------------------------------------------

refuses 2 "unknown option '--foo'" network list --foo
refuses 2 "unknown option '--foo=1'" network add --foo=1 acme
refuses 2 "unknown option '-x'" network add -x
refuses 2 "unknown option '--force'" host list --force
refuses 2 "unknown option '--forc'" host leave --forc
refuses 2 "--force takes no value" host leave --force=yes
refuses 2 "--force is given twice" host leave --force b --force
refuses 2 "--config needs a value: FILE" network list --config
refuses 2 "--config is given twice" --config a.conf network list --config b.conf
refuses 2 "network: what: add, list, show or del?" network
refuses 2 "network: 'foo' is not add, list, show or del" network foo
refuses 2 "host: what: list, show or leave?" host --json
refuses 2 "unknown command 'networks'" networks list
refuses 2 "arguments are missing" network add
refuses 2 "surplus argument 'y'" network add x y
refuses 2 "surplus argument 'x'" network list x
refuses 2 "surplus argument 'x'" up x
refuses 2 "surplus argument 'x'" down x
refuses 2 "surplus argument 'x'" status x
refuses 2 "unknown option '--force'" up --force
# after "--" it is a word
refuses 1 "name is not" network add -- --foo
refuses 1 "none.conf: cannot be opened" --config="$work/none.conf" network list
run network add --config=none.conf --help
grep -q '^Usage: sixpn network add NAME' out
result $? "help of a verb reads no configuration"
refuses 2 "unknown command 'network foo'" help network foo

# --- networks -------------------------------------------------------------------

prints "" network list
json '. == []' network list
refuses 1 "there is no network (run: sixpn network add NAME)" network show
prints 1 network add acme
prints 2 network --config "$work/b.conf" add Beta
refuses 1 "network 'acme' exists already, its id is 1" network add acme
refuses 1 "network 'acme' exists already, its id is 1" network add ACME
refuses 1 "the first a letter: '1a'" network add 1a
refuses 1 "name is not 1-63 letters" network add a_b
refuses 1 "name is not 1-63 letters" network add a-
refuses 1 "name is not 1-63 letters" network add ""
prints $'acme\t1\tfdaa:0:1::/48\t0\t0\t0\nbeta\t2\tfdaa:0:2::/48\t0\t0\t0' network list
refuses 1 "there are 2 networks" network show
for word in acme ACME 1 0x1; do
	json '.name == "acme" and .network == 1 and .prefix == "fdaa:0:1::/48" and
	      .resolver == "fdaa:0:1::3" and .machines == 0 and .clients == 0 and .services == 0 and
	      (.created | test("^20.*Z$"))' network show "$word"
done
run network show acme
grep -qx 'network: acme' out && grep -qx '  id: 1' out && grep -qx '  prefix: fdaa:0:1::/48' out
result $? "network show"
refuses 1 "no network 'other' ('sixpn network list'" network show other
refuses 1 "no network 9 ('sixpn network list'" network del 9
refuses 1 "neither the name nor the id" network del 0
json '.name == "gamma" and .network == 3' network add gamma
prints "" network del gamma
prints "" network del 0x2
prints $'acme\t1\tfdaa:0:1::/48\t0\t0\t0' network list
json '.name == "acme"' network show
# an id is nobody else's, for ever
prints 4 network add delta
prints 2 network add beta
prints "" network del delta

# --- hosts, machines and clients, as up and their own nouns write them ------------

# put KEY JSON: with what leads to it; into etcd if $etcd_port is its port
etcd_port=
put()
{
	if [ -n "$etcd_port" ]; then
		python3 - "$etcd_port" "$@" <<-'END'
			import base64, json, sys, urllib.request
			pairs = sys.argv[2:]
			for key, value in zip(pairs[::2], pairs[1::2]):
			    words = {"key": "/sixpn/v1/" + key, "value": value}
			    body = {name: base64.b64encode(word.encode()).decode() for name, word in words.items()}
			    urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/v3/kv/put", json.dumps(body).encode()).read()
		END
		return
	fi
	python3 - "$work/state-a/registry.db" "$@" <<-'END'
		import sqlite3, sys
		db = sqlite3.connect(sys.argv[1])
		pairs = sys.argv[2:]
		revision = db.execute("SELECT revision FROM head").fetchone()[0] + 1
		db.execute("UPDATE head SET revision = ?", (revision,))
		for key, value in zip(pairs[::2], pairs[1::2]):
		    db.execute("INSERT OR REPLACE INTO entries VALUES (?, ?, NULL, ?)",
		               ("/sixpn/v1/" + key, revision, value.encode()))
		db.commit()
	END
}

# drop KEY
drop()
{
	python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("DELETE FROM entries WHERE key = ?", ("/sixpn/v1/" + sys.argv[2],))
db.commit()' "$work/state-a/registry.db" "$1"
}

# put_host ID NAME KEY
put_host()
{
	local hex digits

	hex=$(printf %08x "$1")
	digits=$(base64 -d <<<"$3" | od -An -v -tx1 | tr -d ' \n')
	put "host/$hex" "{\"host\": $1, \"name\": \"$2\", \"public-key\": \"$3\", \"region\": \"ams\",
		\"endpoints\": [\"192.0.2.$1:51820\"], \"port\": 51820, \"gateway\": true,
		\"created\": \"2026-11-28T04:00:00Z\"}" \
		"host-name/$2" "{\"key\": \"/sixpn/v1/host/$hex\"}" \
		"key/$digits" "{\"key\": \"/sixpn/v1/host/$hex\"}"
}

key9=CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=
key8=CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=
key_client=AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAkA=

prints "" host list
refuses 1 "run: sixpn up" host show
refuses 1 "run: sixpn up" host leave
put_host 9 ams9 $key9
put_host 8 ams8 $key8
put alive/00000008 '{"host": 8, "since": "2026-11-28T05:00:00Z"}'
put machine/00000009/00000001/00000009/00000005 '{"network": 1, "machine": 5, "name": "web-1", "app": "web",
	"group": "app", "region": "ams", "host": 9, "home": 9, "address": "fdaa:0:1:0:9:0:5:2",
	"attachment": "none", "state": "stopped"}' \
	machine-name/00000001/web-1 '{"key": "/sixpn/v1/machine/00000009/00000001/00000009/00000005"}' \
	address/00000001/00000009/00000005 '{"key": "/sixpn/v1/machine/00000009/00000001/00000009/00000005"}'
put client/00000009/00000001/00000009/0000002f "{\"network\": 1, \"name\": \"laptop\", \"public-key\": \"$key_client\",
	\"address\": \"fdaa:0:1:0:9:0:2f:2\", \"gateway\": 9, \"home\": 9}" \
	client-name/00000001/laptop '{"key": "/sixpn/v1/client/00000009/00000001/00000009/0000002f"}' \
	address/00000001/00000009/0000002f '{"key": "/sixpn/v1/client/00000009/00000001/00000009/0000002f"}' \
	"key/$(base64 -d <<<$key_client | od -An -v -tx1 | tr -d ' \n')" \
	'{"key": "/sixpn/v1/client/00000009/00000001/00000009/0000002f"}'

prints $'ams8\t8\tams\t'$'yes\t0\t0\t192.0.2.8:51820\nams9\t9\tams\tno\t1\t1\t192.0.2.9:51820' host list
json '.[0].name == "ams8" and .[0].alive and .[0].since == "2026-11-28T05:00:00Z" and .[1].host == 9 and
      (.[1].alive | not) and .[1].machines == 1 and .[1].clients == 1 and (.[1].self | not)' host list
for word in ams9 AMS9 9 0x9; do
	json '.name == "ams9" and .host == 9 and .region == "ams" and .endpoints == ["192.0.2.9:51820"] and
	      .port == 51820 and .gateway and .["public-key"] == "'$key9'"' host show $word
done
run host show ams8
grep -qx 'host: ams8' out && grep -qx '  alive: yes, since 2026-11-28T05:00:00Z' out
result $? "host show"
refuses 1 "no host 'x' ('sixpn host list'" host show x
refuses 1 "no host 7 ('sixpn host list'" host leave 7

prints $'acme\t1\tfdaa:0:1::/48\t1\t1\t0\nbeta\t2\tfdaa:0:2::/48\t0\t0\t0' network list
refuses 1 "network 'acme' has 1 machine and 1 client: remove them first ('sixpn machine list', 'sixpn client list' lists them)" network del acme
refuses 1 "host 'ams9' has 1 machine and 1 client: remove or move them first" host leave ams9
refuses 1 "host 'ams8' is alive: end its agent" host leave ams8
refuses 1 "host 'ams8' is alive: end its agent" host leave ams8 --force
# what cannot be read is not found out when the rest has been removed
put machine/00000009/00000001/00000009/00000006 '{"network": 1, "machine": "six"}'
refuses 1 "host 'ams9' has what cannot be read, mend or remove it first (see sixpn-registry(7)): /sixpn/v1/machine/00000009/" \
	host leave --force ams9
run --json network show acme
gojq -e '.machines == 1 and .clients == 1' out >/dev/null
result $? "and nothing has been removed"
drop machine/00000009/00000001/00000009/00000006
prints "" host leave --force ams9
prints $'ams8\t8\tams\t'$'yes\t0\t0\t192.0.2.8:51820' host list
json '.machines == 0 and .clients == 0' network show acme
prints "" network del acme

# one that cannot be read is told of; the rest goes on
put host/0000000a '{"host": 10, "name": "bad"}'
run host list
[ "$status" -eq 0 ] && [ "$(wc -l <out)" -eq 1 ] &&
	grep -q "warning: /sixpn/v1/host/0000000a: " err
result $? "host list with a host that cannot be read"

# --- this host ----------------------------------------------------------------------

"$sixpn" genkey >key 2>/dev/null
mkdir -p state-b
(umask 077 && cat key >state-b/key)
put_host 11 b "$("$sixpn" pubkey <key)"
cp b.conf c.conf
echo "host-id = 11" >>c.conf
json '.name == "b" and .self and .host == 11' --config c.conf host show
run --config c.conf host show
grep -qx 'host: b (this one)' out
result $? "host show tells which host this is"
chmod 644 state-b/key
refuses 1 "run: chmod 600 '$work/state-b/key'" --config c.conf host show
json 'map(select(.self)) == []' --config c.conf host list
chmod 600 state-b/key

# without a device: exit status 1, but all that is known
run --json --config c.conf status
[ "$status" -eq 1 ] && gojq -e '.name == "b" and .host == 11 and .region == "fra" and .device == "sixpntest0" and
	(.up | not) and (.agent | not) and .answers and .entered and .networks == 1 and .machines == 0 and
	.clients == 0 and (.hosts | map(.name)) == ["ams8"] and .hosts[0].alive and
	.hosts[0]["latest-handshake"] == null' out >/dev/null
result $? "status without a device"
run --config c.conf status
[ "$status" -eq 1 ] && grep -q "device: sixpntest0, which is not there: run 'sixpn up'" out &&
	grep -q "^    ams8: alive, latest handshake: -$" out
result $? "status as text"
sed "s/^registry = .*/registry = etcd:127.0.0.1:1/; \$a registry-timeout = 1" c.conf >d.conf
run --json --config d.conf status
[ "$status" -eq 1 ] && gojq -e '(.answers | not) and (.error | test("127.0.0.1:1")) and .name == "b"' out >/dev/null
result $? "status without an answer of the registry"
refuses 1 "127.0.0.1:1" --config d.conf network list
refuses 1 "127.0.0.1:1" --config d.conf network add x

# down of what is not up is done already
prints "" --config c.conf down
echo "oops = 1" >>d.conf
refuses 1 "d.conf: line 11: unknown key 'oops'" --config d.conf up
refuses 1 "d.conf: line 11: unknown key 'oops'" --config d.conf status
prints "" --config c.conf host leave
run host list
[ "$(cat out)" = $'ams8\t8\tams\t'$'yes\t0\t0\t192.0.2.8:51820' ]
result $? "this host has left"

# --- an etcd whose answers are lost -------------------------------------------------

# ports COUNT: that nobody uses
ports()
{
	python3 -c 'import socket, sys
all = [socket.socket() for _ in range(int(sys.argv[1]))]
for one in all:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in all))' "$1"
}

# lose WHAT VERB KEY: as etcd_proxy.py says; from now on lossy.conf is of it
lose()
{
	python3 "$here/etcd_proxy.py" "$proxy_port" "$etcd_port" "$1" "$2" "/sixpn/v1/$3" >proxy 2>proxy.err &
	proxy=$!
	echo $proxy >>pids
	for _ in {1..500}; do
		[ ! -s proxy ] || break
		sleep 0.02
	done
}

lose_end()
{
	kill $proxy
	wait $proxy 2>/dev/null
	sed -i "/^$proxy\$/d" pids
}

etcd_tests()
{
	local peer_port

	read -r etcd_port peer_port proxy_port < <(ports 3)
	etcd --data-dir "$work/etcd" --log-level error --listen-client-urls "http://127.0.0.1:$etcd_port" \
		--advertise-client-urls "http://127.0.0.1:$etcd_port" \
		--listen-peer-urls "http://127.0.0.1:$peer_port" >etcd.log 2>&1 &
	echo $! >>pids
	# what is lost is an end of the connection; a slow machine is none
	sed "s/^registry = .*/registry = etcd:127.0.0.1:$etcd_port/; \$a registry-timeout = 30" a.conf >etcd.conf
	sed "s/^registry = .*/registry = etcd:127.0.0.1:$proxy_port/; \$a registry-timeout = 30" a.conf >lossy.conf
	for _ in {1..500}; do
		! "$sixpn" --config etcd.conf network list 2>/dev/null || break
		sleep 0.1
	done
	prints 1 --config etcd.conf network add acme

	lose request delete network/
	refuses 1 "asked again, it still had it" --config lossy.conf network del acme
	prints "" --config lossy.conf network del acme
	lose_end
	prints 1 --config etcd.conf network add acme
	lose answer delete network/
	prints "" --config lossy.conf network del acme
	lose_end
	prints "" --config etcd.conf network list

	lose request put network/
	refuses 1 "asked again, it did not have network 'beta'" --config lossy.conf network add beta
	prints 2 --config lossy.conf network add beta
	lose_end

	put_host 9 ams9 $key9
	lose answer delete host/
	prints "" --config lossy.conf host leave ams9
	lose_end
	prints "" --config etcd.conf host list
}

if command -v etcd >/dev/null; then
	etcd_tests
else
	echo "ok an etcd whose answers are lost # SKIP no etcd on this machine"
fi

exit $bad
