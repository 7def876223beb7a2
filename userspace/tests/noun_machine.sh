#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Usage: noun_machine.sh SIXPN UNIT
#
# Machines and apps in a registry, without a kernel: what list and show print of
# them, what becomes of those of other hosts, and that what is refused changes
# nothing.

# shellcheck source=SCRIPTDIR/tool.sh
. "$(dirname "$0")/tool.sh"
export SIXPN_CONFIG=$work/conf

everything()
{
	"$sixpn" --json machine list
}

# works NAME WORDS...: exit 0, and nothing on standard error
works()
{
	local name=$1

	shift
	run "$@"
	[ "$status" -eq 0 ] && [ ! -s err ]
	result $? "$name"
}

# prints NAME TEXT WORDS...: that on standard output; tabs are written as |
prints()
{
	local name=$1 text=$2

	shift 2
	run "$@"
	if [ "$status" -eq 0 ] && [ "$(tr '\t' '|' <out)" = "$text" ]; then
		result 0 "$name"
	else
		tr '\t' '|' <out | diff <(echo "$text") - >>err
		result 1 "$name"
	fi
}

# host ID NAME KEY REGION
host()
{
	put "host/$(printf %08x "$1")" '{"schema":1,"host":'"$1"',"name":"'"$2"'","public-key":"'"$3"'","region":"'"$4"'",
		"endpoints":[],"port":51820,"gateway":false}'
}

# machine NETWORK HOST ID NAME APP FIELDS: at home on its host
machine()
{
	put "$(printf machine/%08x/%08x/%08x/%08x "$2" "$1" "$2" "$3")" '{"schema":1,"network":'"$1"',"host":'"$2"',"home":'"$2"',
		"machine":'"$3"',"name":"'"$4"'","app":"'"$5"'","group":"app",
		"address":"'"$(printf fdaa:0:%x:0:%x:0:%x:2 "$1" "$2" "$3")"'",'"$6"'}'
}

# is NAME FIELD VALUE...: of a machine of network acme
is()
{
	local name=$1

	shift
	run --json machine show "$name" --network acme
	while [ $# -gt 0 ]; do
		[ "$(field "$1")" = "$2" ] || { echo "$1 is '$(field "$1")', not '$2'" >>err; return 1; }
		shift 2
	done
}

"$sixpn" genkey >private.key
self=$("$sixpn" pubkey <private.key)
cat >conf <<EOT
name = fra1
region = fra
host-id = 9
key-file = $work/private.key
registry = sqlite:$work/registry.db
device = s6none0
EOT

# --- nothing there ----------------------------------------------------------------

prints "no machines, no lines" "" machine list
prints "no machines: an empty list in JSON" "[]" --json machine list
prints "no apps, no lines" "" app list
refuses 1 "this host is not in the registry" machine add web-1 --app web --host
host 9 fra1 "$self" fra
host 10 ams1 "$(key)" ams
host 11 nrt1 "$(key)" nrt
put alive/0000000a '{"schema":1,"host":10}'
refuses 1 "there is no network (run: sixpn network add NAME)" machine add web-1 --app web --host
refuses 1 "there is no network" machine show web-1
put network/0000002a '{"schema":1,"network":42,"name":"acme"}'

# --- words ------------------------------------------------------------------------

refuses 2 "arguments are missing" machine add
refuses 2 "surplus argument 'b'" machine add a b --app web
refuses 2 "--app is missing" machine add web-1
refuses 2 "one of --netns, --bind and --host" machine add web-1 --app web --netns web --host
refuses 2 "one of --netns, --bind and --host" machine start web-1 --bind tap0 --host
refuses 2 "one of --netns, --bind and --host" machine move web-1 --to ams1 --bind tap0 --netns web
refuses 2 "--ifname needs --netns" machine add web-1 --app web --bind tap0 --ifname eth1
refuses 2 "--ifname needs --netns" machine start web-1 --ifname eth1
refuses 2 "--to is missing" machine move web-1
refuses 2 "--app is given twice" machine add web-1 --app web --app web
refuses 2 "unknown option '--port'" machine add web-1 --app web --port eth6
refuses 2 "not both" machine list --all --app web
refuses 2 "not both" machine list --host fra1 --all
refuses 1 "name is not 1-63 letters, digits and '-'" machine add web_1 --app web --host
refuses 1 "app is not 1-63 letters, digits and '-'" machine add web-1 --app -web --host
refuses 1 "group is not 1-63 letters, digits and '-'" machine add web-1 --app web --group a.b --host
refuses 1 "region is not 1-16 of a-z and 0-9: 'FRA'" machine add web-1 --app web --region FRA --host
refuses 1 "id is not 1-4294967295: '0'" machine add web-1 --app web --id 0 --host
refuses 1 "metadata is not KEY=VALUE" machine add web-1 --app web --metadata role
refuses 1 "metadata is not KEY=VALUE" machine add web-1 --app web --metadata =primary
refuses 1 "metadata: " machine add web-1 --app web --metadata 'Role=primary'
refuses 1 "metadata" machine add web-1 --app web --metadata role=a --metadata role=b
refuses 1 "metadata" machine add web-1 --app web --metadata $'role=a\nb'
refuses 1 "not an interface name: 'a/b'" machine add web-1 --app web --bind a/b
refuses 1 "not an interface name: 'sixteen_bytes_xy'" machine add web-1 --app web --netns web --ifname sixteen_bytes_xy
refuses 1 "netns is not 1-255 bytes" machine add web-1 --app web --netns ''
refuses 1 "netns" machine add web-1 --app web --netns $'a\tb'
refuses 1 "no network 'other'" machine add web-1 --app web --network other --host
refuses 1 "not the name of a machine: 'a.b'" machine show a.b
refuses 1 "network 'acme' has no machine 'web-9'" machine show web-9
refuses 1 "network 'acme' has no machine 'web-9'" machine start web-9
refuses 1 "network 'acme' has no machine 'web-9'" machine stop web-9
refuses 1 "network 'acme' has no machine 'web-9'" machine move web-9 --to ams1
refuses 1 "network 'acme' has no machine 'web-9'" machine del web-9
refuses 1 "not the name of an app: 'a.b'" app show a.b
refuses 1 "there is no app 'web'" app show web
refuses 1 "network 'acme' has no app 'web'" app show web --network acme

# --- without a mesh device ----------------------------------------------------------

refuses 1 "s6none0 is not there: run 'sixpn up'" machine add web-1 --app web --host
refuses 1 "s6none0 is not there: run 'sixpn up'" machine add web-1 --app web
refuses 1 "s6none0 is not there: run 'sixpn up'" machine add web-1 --app web --netns web --stopped

# --- list and show ------------------------------------------------------------------

put network/0000002b '{"schema":1,"network":43,"name":"beta"}'
here='"region":"fra","attachment":"host","state":"started"'
there='"region":"ams","attachment":"host","state":"started"'
machine 42 10 5 web-1 web "\"region\":\"ams\",\"attachment\":\"port\",\"ifname\":\"eth6\",\"netns\":\"web\",\"state\":\"started\",
	\"skip-dns\":true,\"no-resolv\":true,\"created\":\"2026-11-28T04:00:00Z\",\"metadata\":{\"role\":\"primary\"},
	\"checks\":[{\"name\":\"http\",\"status\":\"passing\",\"output\":\"200 OK\"}]"
machine 42 11 6 web-2 web '"region":"nrt","attachment":"none","state":"stopped"'
machine 42 11 7 web-3 web '"region":"nrt","attachment":"host","state":"started"'
machine 42 10 8 db-1 db "$there"
machine 43 9 5 web-1 web "$here"
web1='web-1|acme|web|app|started|ams|ams1|fdaa:0:2a:0:a:0:5:2'
web2='web-2|acme|web|app|stopped|nrt|nrt1|fdaa:0:2a:0:b:0:6:2'
web3='web-3|acme|web|app|host-down|nrt|nrt1|fdaa:0:2a:0:b:0:7:2'
db1='db-1|acme|db|app|started|ams|ams1|fdaa:0:2a:0:a:0:8:2'
beta='web-1|beta|web|app|started|fra|fra1|fdaa:0:2b:0:9:0:5:2'
prints "machine list: all, in order" "$db1
$web1
$web2
$web3
$beta" machine list
prints "machine list --all: the same" "$db1
$web1
$web2
$web3
$beta" machine list --all
prints "machine list --network, by its name" "$beta" machine list --network BETA
prints "machine list --network, by its id" "$beta" machine list --network 0x2b
prints "machine list --app" "$db1" machine list --app DB
prints "machine list --host, by its name" "$web2
$web3" machine list --host nrt1
prints "machine list --host, by its id" "$db1
$web1" machine list --host 10
prints "machine list: what is asked for holds together" "$web1" machine list --host ams1 --app web --network acme
refuses 1 "'other'" machine list --network other
refuses 1 "'other'" machine list --host other
refuses 1 "not the name of an app: 'a_b'" machine list --app a_b
refuses 1 "there are 2 networks" machine show web-1
prints "machine show" "machine: web-1
  network: acme (42)
  app: web
  group: app
  address: fdaa:0:2a:0:a:0:5:2
  host: ams1 (10)
  region: ams
  state: started
  attachment: port eth6 netns web
  dns: skipped
  resolv: left alone
  created: 2026-11-28T04:00:00Z
  metadata: role=primary
  check: http passing: 200 OK" machine show web-1 --network acme
run --json machine show web-1 --network acme
tr -d ' \n' <out >flat
grep -qxF '{"name":"web-1","network":42,"network-name":"acme","app":"web","group":"app","region":"ams","host":10,"host-name":"ams1","home":10,"machine":5,"address":"fdaa:0:2a:0:a:0:5:2","attachment":"port","ifname":"eth6","netns":"web","state":"started","alive":true,"skip-dns":true,"no-resolv":true,"created":"2026-11-28T04:00:00Z","metadata":{"role":"primary"},"checks":[{"name":"http","status":"passing","output":"200OK","updated":null}]}' flat
result $? "machine show --json has the fields of the record"
run --json machine list --host nrt1
[ "$(field state)" = stopped ] && grep -c '"alive": false' out | grep -qx 2
result $? "machine list --json tells the state, and of the host beside it"
prints "app list" "db|acme|1|1|ams
web|acme|3|2|ams,nrt
web|beta|1|1|fra" app list
prints "app list --network" "web|beta|1|1|fra" app list --network beta
run --json app list --network acme
tr -d ' \n' <out >flat
grep -qxF '[{"app":"db","network":42,"network-name":"acme","count":1,"started":1,"regions":["ams"]},{"app":"web","network":42,"network-name":"acme","count":3,"started":2,"regions":["ams","nrt"]}]' flat
result $? "app list --json"
refuses 1 "several networks have an app 'web': say which with --network" app show web
prints "app show, with its machines" "app: web
  network: acme (42)
  machines: 3, 2 started
  regions: ams,nrt

web-1|app|started|ams|ams1|fdaa:0:2a:0:a:0:5:2
web-2|app|stopped|nrt|nrt1|fdaa:0:2a:0:b:0:6:2
web-3|app|host-down|nrt|nrt1|fdaa:0:2a:0:b:0:7:2" app show web --network acme
prints "app show: of the one network that has it" "app: db
  network: acme (42)
  machines: 1, 1 started
  regions: ams

db-1|app|started|ams|ams1|fdaa:0:2a:0:a:0:8:2" app show db
run --json app show DB
[ "$(field app)" = db ] && [ "$(field count)" = 1 ] && [ "$(field name)" = db-1 ] && [ "$(field address)" = fdaa:0:2a:0:a:0:8:2 ]
result $? "app show --json has the machines"

# --- machines of other hosts ----------------------------------------------------------

works "machine stop" machine stop WEB-1 --network acme
is web-1 state stopped attachment port netns web host 10 address fdaa:0:2a:0:a:0:5:2
result $? "machine stop: only the state is another one"
works "machine stop, again" machine stop web-1 --network acme
works "machine start" machine start web-1 --network acme
is web-1 state started attachment port ifname eth6 netns web
result $? "machine start: as it was"
works "machine start --bind" machine start web-1 --network acme --bind tap0
is web-1 state started attachment bind ifname tap0 netns null
result $? "machine start --bind: it hangs there"
works "machine start --netns" machine start web-1 --network acme --netns other
is web-1 attachment port ifname eth6 netns other
result $? "machine start --netns: an interface of the default name"
works "machine start --netns --ifname" machine start web-1 --network acme --netns other --ifname=net1
is web-1 attachment port ifname net1 netns other
result $? "machine start --ifname: an interface of that name"
works "machine start --host" machine start web-1 --network acme --host
is web-1 attachment host ifname null netns null role primary
result $? "machine start --host: it hangs there, and the rest of the record stays"
refuses 1 "machine 'web-2' hangs on nothing yet: say --netns, --bind or --host" machine start web-2 --network acme
works "machine start: one that never hung on anything" machine start web-2 --network acme --host
is web-2 state started attachment host
result $? "machine start: it is started"

refuses 1 "'nowhere'" machine move web-1 --network acme --to nowhere
refuses 1 "is on host 'ams1' already" machine move web-1 --network acme --to ams1
refuses 1 "is on host 'ams1' already" machine move web-1 --network acme --to 10
works "machine move" machine move web-1 --network acme --to nrt1
is web-1 host 11 home 10 address fdaa:0:2a:0:a:0:5:2 region nrt attachment host state started
result $? "machine move: host and region are others, home and address are not"
run machine show web-1 --network acme
grep -qx '  home: ams1 (10)' out
result $? "machine show: where it is from"
works "machine move --netns" machine move web-1 --network acme --to ams1 --netns web
is web-1 host 10 home 10 region ams attachment port ifname eth6 netns web
result $? "machine move: back, to another place"
refuses 1 "s6none0 is not there: run 'sixpn up'" machine move web-1 --network acme --to fra1
refuses 1 "s6none0 is not there: run 'sixpn up'" machine start web-1 --network beta
works "a machine of this host is stopped without a device" machine stop web-1 --network beta
works "and moved away" machine move web-1 --network beta --to ams1
works "and deleted" machine del web-1 --network beta
works "machine del" machine del web-3 --network acme
prints "machine list: what is left" "$db1
$web1
${web2/stopped/host-down}" machine list
refuses 1 "has no machine 'web-3'" machine del web-3 --network acme

# --- a registry that does not answer ----------------------------------------------------

sed 's/^registry = .*/registry = etcd:127.0.0.1:9\nregistry-timeout = 1/' conf >silent
for words in "list" "show web-1" "stop web-1 --network acme" "del web-1 --network acme" \
	"add web-9 --app web --network acme --host"; do
	# shellcheck disable=SC2086 # words
	refuses 1 "127.0.0.1" --config silent machine $words
done

exit $bad
