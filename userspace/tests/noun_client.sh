#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Usage: noun_client.sh SIXPN UNIT
#
# Clients in a registry, without a kernel: what they are given, byte for byte,
# and that what is refused changes nothing.

# shellcheck source=SCRIPTDIR/tool.sh
. "$(dirname "$0")/tool.sh"
export SIXPN_CONFIG=$work/conf

# works NAME WORDS...: exit 0, and nothing on standard error but warnings
works()
{
	local name=$1

	shift
	run "$@"
	[ "$status" -eq 0 ] && ! grep -q -v 'warning: ' err
	result $? "$name"
}

everything()
{
	"$sixpn" --json client list
	ls -A files
}

# host ID NAME KEY REGION ENDPOINTS GATEWAY
host()
{
	put "host/$(printf %08x "$1")" '{"schema":1,"host":'"$1"',"name":"'"$2"'","public-key":"'"$3"'","region":"'"$4"'",
		"endpoints":['"$5"'],"port":51820,"gateway":'"$6"'}'
}

alive()
{
	put "alive/$(printf %08x "$1")" '{"schema":1,"host":'"$1"'}'
}

# conf_field NAME FILE
conf_field()
{
	sed -n "s/^$1 = //p" "$2"
}

"$sixpn" genkey >private.key
"$sixpn" pubkey <private.key >public.key
self=$(<public.key)
other=$(key)
cat >conf <<EOT
name = fra1
region = fra
host-id = 9
key-file = $work/private.key
registry = sqlite:$work/registry.db
device = s6none0
registry-timeout = 1
EOT
mkdir files

# --- nothing to connect to ------------------------------------------------------

refuses 1 "network" client add laptop
put network/0000002a '{"schema":1,"network":42,"name":"acme"}'
refuses 1 "there is no host" client add laptop --out files/a
host 9 fra1 "$self" fra '' true
refuses 1 "no gateway has an endpoint" client add laptop --out files/a
host 9 fra1 "$self" fra '"192.0.2.5:51820"' false
refuses 1 "no host is a gateway" client add laptop --out files/a
refuses 1 "host 'fra1' is no gateway" client add laptop --gateway fra1
host 7 ams1 "$other" ams '"[2001:db8::1]:4500", "192.0.2.9:4500"' true
refuses 1 "no gateway gives a sign of life" client add laptop --out files/a
run client list
[ "$status" -eq 0 ] && [ ! -s out ] && [ ! -s err ]
result $? "no client: an empty list"
run client list --json
[ "$(<out)" = "[]" ]
result $? "no client: an empty list as JSON"
host 9 fra1 "$self" fra '"gw.example.net:51820", "192.0.2.5:51820"' true

# --- the configuration -------------------------------------------------------------

works "add prints" client add Laptop --owner "Alice A." --expire 30d
cp out laptop.conf
grep -q 'warning: s6none0 is not there' err
result $? "that the device is not there is told"
address=$("$sixpn" client list | cut -f3)
cat >wanted <<EOT
[Interface]
PrivateKey = $(conf_field PrivateKey laptop.conf)
Address = $address/120
DNS = fdaa:0:2a::3

[Peer]
PublicKey = $self
AllowedIPs = fdaa:0:2a::/48
Endpoint = gw.example.net:51820
PersistentKeepalive = 15
EOT
cmp -s wanted laptop.conf
result $? "the configuration is this, byte for byte"
grep -q '^fdaa:0:2a:0:9:' <<<"$address"
result $? "the address is of the network and the gateway"
works "list --json" --json client list
[ "$(field name)" = laptop ] && [ "$(field network)" = 42 ] && [ "$(field network-name)" = acme ] &&
	[ "$(field gateway)" = 9 ] && [ "$(field gateway-name)" = fra1 ] && [ "$(field owner)" = "Alice A." ] &&
	[ "$(field address)" = "$address" ] && [ "$(field endpoint)" = null ] && [ "$(field rx-bytes)" = null ] &&
	[ "$(field latest-handshake)" = null ] && [ "$(field expired)" = false ]
result $? "the fields of the record, and null for what only a kernel knows"
[ "$(field public-key)" = "$(conf_field PrivateKey laptop.conf | "$sixpn" pubkey)" ]
result $? "the registry has the public key of the private one"
span=$(($(date -d "$(field expires)" +%s) - $(date -d "$(field created)" +%s)))
[ $span -eq $((30 * 86400)) ]
result $? "30d are 30 days"
works "list" client list
[ "$(awk -F '\t' '{ print NF }' out)" = 11 ] && grep -q "^laptop	acme	$address	Alice A\.	fra1	20[0-9-]*T[0-9:]*Z	20" out &&
	grep -qP "\t-\t-\t-\t-\$" out
result $? "a line of words and tabs"
works "show" client show laptop
grep -qx "  address: $address" out && grep -qx "  network: acme (42)" out && grep -qx "  gateway: fra1 (9)" out &&
	grep -qx "  owner: Alice A\\." out && grep -q "^  expires: .* (in 29d)$\|^  expires: .* (in 30d)$" out
result $? "all of one client"
works "show --json" --json client show LAPTOP
[ "$(field name)" = laptop ]
result $? "a name in any case"

if command -v wg-quick >/dev/null; then
	cp laptop.conf wg7.conf
	wg-quick strip ./wg7.conf >stripped 2>err
	[ "$(conf_field PublicKey stripped)" = "$self" ] && ! grep -q 'Address\|DNS' stripped
	result $? "wg-quick takes it"
else
	echo "ok wg-quick takes it # SKIP wg-quick is not installed"
fi

# --- a file ------------------------------------------------------------------------

works "add --out" client add desk --out files/desk.conf
[ "$(stat -c %a files/desk.conf)" = 600 ]
result $? "a file for its owner only"
(umask 0 && "$sixpn" client add desk2 --out files/desk2.conf >out 2>err)
[ "$(stat -c %a files/desk2.conf)" = 600 ]
result $? "a file for its owner only, whatever the umask"
"$sixpn" client list | awk -F '\t' '$1 == "desk2" { print $3 }' | cmp -s - out
result $? "with a file, the address is printed"
[ "$(conf_field Address files/desk2.conf)" = "$(<out)/120" ]
result $? "the file has that address"
cp files/desk.conf kept
refuses 1 "is there already" client add desk3 --out files/desk.conf
cmp -s kept files/desk.conf
result $? "the file is as it was"
ln -s nowhere files/link
refuses 1 "is there already" client add desk3 --out files/link
refuses 1 "cannot make 'nosuch/desk.conf'" client add desk3 --out nosuch/desk.conf
refuses 2 "--out needs" client add desk3 --out ''
"$sixpn" client add full >/dev/full 2>err
[ $? -eq 1 ] && grep -q 'No space left' err && ! "$sixpn" client list | grep -q '^full'
result $? "what cannot be printed is not registered"
"$sixpn" client add full --out files/full.conf >/dev/full 2>err
[ $? -eq 1 ] && [ ! -e files/full.conf ] && ! "$sixpn" client list | grep -q '^full'
result $? "nor is its file left behind"
# a reader that has gone
mkfifo pipe
exec 5<>pipe
exec 6>pipe
exec 5<&-
"$sixpn" client add full >&6 2>err
status=$?
exec 6>&-
[ $status -eq 1 ] && grep -q 'Broken pipe' err && ! "$sixpn" client list | grep -q '^full'
result $? "what nobody reads is not registered"
# a file system that takes the file, but nothing in it
export sixpn
# shellcheck disable=SC2016 # of the inner shell
in_full='mkdir full && mount -t tmpfs -o size=4k tmpfs full && head -c 4096 /dev/zero >full/all || exit 9
	"$sixpn" client add full --out full/full.conf >out 2>err
	[ $? -eq 1 ] && grep -q "cannot write .full/full.conf.: No space left" err && [ ! -e full/full.conf ]'
unshare -rm sh -c "$in_full" 2>/dev/null
status=$?
if [ $status -eq 9 ] || ! unshare -rm true 2>/dev/null; then
	echo "ok a file that cannot be written is not left behind # SKIP no mounts here"
else
	result $status "a file that cannot be written is not left behind"
	! "$sixpn" client list | grep -q '^full'
	result $? "nor is it registered"
fi
works "add --json" --json client add json
[ "$(field config)" != "" ] && grep -qF "PersistentKeepalive = 15\\n" out && [ "$(field name)" = json ] &&
	[ "$(field gateway-name)" = fra1 ]
result $? "the configuration as JSON"
works "add --json --out" --json client add json2 --out files/json2.conf
[ "$(field file)" = files/json2.conf ] && ! grep -q '"config"' out
result $? "the name of the file as JSON"
(umask 022 && "$sixpn" client add world >world.conf) 2>err
grep -q 'warning: the output is a file that everybody' err
result $? "a file that everybody can read is warned of"

# --- keys ------------------------------------------------------------------------------

mine=$(key)
works "add --public-key" client add ci --public-key "$mine"
! grep -q '^PrivateKey' out && [ "$(sed -n 2p out)" = "# PrivateKey = the one of $mine" ]
result $? "no private key, and where it belongs is said"
refuses 1 "this key is in use already" client add ci2 --public-key "$mine"
refuses 1 "this key is in use already" client add ci2 --public-key "$self"
refuses 1 "not a public key: 'abc'" client add ci2 --public-key abc
refuses 1 "not a public key" client add ci2 --public-key AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
refuses 2 "--qr is of no use" client add ci2 --public-key "$(key)" --qr
works "add --preshared" client add psk --preshared --out files/psk.conf
psk=$(conf_field PresharedKey files/psk.conf)
[ "$(sed -n 7,9p files/psk.conf)" = "PublicKey = $self
PresharedKey = $psk
AllowedIPs = fdaa:0:2a::/48" ]
result $? "the preshared key is in the configuration"
grep -qaF "$psk" registry.db registry.db-wal
result $? "and in the registry"
for words in "client list" "client show psk" "--json client list" "--json client show psk"; do
	# shellcheck disable=SC2086 # words
	run $words
	[ "$status" -eq 0 ] && grep -q psk out && ! grep -qF -e "$psk" -e preshared out
	result $? "no preshared key in $words"
done

# --- refusals -------------------------------------------------------------------------

refuses 2 "missing" client add
refuses 2 "surplus argument 'y'" client add x y
refuses 2 "unknown option '--foo'" client add x --foo
refuses 2 "--network is given twice" client add x --network 42 --network 42
refuses 2 "not both" client add x --region fra --gateway fra1
refuses 2 "--qr takes no value" client add x --qr=yes
refuses 2 "what: add, list, show, reset or del?" client
refuses 2 "'rename' is not add" client rename x
for name in -a a- a_b a.b '' "$(printf 'a%.0s' {1..64})" 'a b' $'a\e[31m'; do
	refuses 1 "name is not 1-63" client add -- "$name"
done
refuses 1 "has a client 'laptop' already" client add LAPTOP --out files/x
refuses 1 "nosuch" client add x --network nosuch
refuses 1 "43" client add x --network 43
refuses 1 "nosuch" client add x --gateway nosuch
refuses 1 "no gateway is in region 'nrt'; there are some in: fra" client add x --region nrt
refuses 1 "no gateway is in region 'ams'" client add x --region ams
refuses 1 "region is not 1-16 of a-z and 0-9: 'F-1'" client add x --region F-1
for time in 0 0d 30 30s 1y -1d 2020-01-01T00:00:00Z tomorrow ''; do
	refuses 1 "'$time'" client add x "--expire=$time" --out files/x
done
refuses 1 "owner is longer than 255" client add x --owner "$(printf 'a%.0s' {1..256})"
refuses 1 "owner" client add x --owner $'a\e[31m' --out files/x
refuses 1 "network 'acme' has no client 'nosuch'" client show nosuch
refuses 1 "network 'acme' has no client 'nosuch'" client del nosuch
refuses 1 "network 'acme' has no client 'nosuch'" client reset nosuch --out files/x
refuses 1 "is there already" client reset desk --out files/desk2.conf

# a registry that takes no change: somebody else has it for himself
/usr/bin/python3 -c '
import sqlite3, time
db = sqlite3.connect("registry.db", isolation_level=None)
db.execute("BEGIN IMMEDIATE")
open("held", "w")
time.sleep(1000)' &
holder=$!
for _ in {1..500}; do
	[ ! -e held ] || break
	sleep 0.02
done
refuses 1 "registry" client add held --out files/held.conf
refuses 1 "registry" client reset desk --out files/held.conf
refuses 1 "registry" client del desk
kill $holder
wait $holder 2>/dev/null

# --- which gateway ---------------------------------------------------------------------

alive 7
works "add --region" client add far --region ams
cp out far.conf
[ "$(conf_field Endpoint far.conf)" = "[2001:db8::1]:4500" ] && [ "$(conf_field PublicKey far.conf)" = "$other" ] &&
	grep -q '^Address = fdaa:0:2a:0:7:' far.conf && [ ! -s err ]
result $? "the gateway of a region"
works "add --gateway" client add far2 --gateway AMS1
[ "$(conf_field PublicKey out)" = "$other" ]
result $? "a gateway by name"
works "add --gateway by number" client add far3 --gateway 7
[ "$(conf_field PublicKey out)" = "$other" ]
result $? "a gateway by number"
sed 's/^key-file.*/key-file = \/nonexistent\/key/' conf >elsewhere
works "add where no host is" --config elsewhere client add far4
[ "$(conf_field PublicKey out)" = "$other" ]
result $? "not on a gateway: one that is alive"
host 5 dead "$(key)" nrt '"192.0.2.77:51820"' true
works "add --gateway that sleeps" client add far5 --gateway dead
grep -q "warning: gateway 'dead' gives no sign of life" err
result $? "a gateway without a sign of life is warned of"
works "list --gateway" client list --gateway ams1
[ "$(cut -f1 out | sort | xargs)" = "far far2 far3 far4" ]
result $? "the clients of a gateway"
# when the agent of another gateway has seen one
run --json client show far
[ "$(field last-seen)" = null ] && [ "$(field latest-handshake)" = null ]
result $? "nobody has seen it yet"
# record: key and JSON of that client
record()
{
	/usr/bin/python3 -c '
import sqlite3
for key, value in sqlite3.connect("registry.db").execute("SELECT key, value FROM entries"):
    if "/client/" in key and b"\"far\"" in value:
        print(key, value.decode())'
}
read -r record_key record <<<"$(record)"
put "${record_key#/sixpn/v1/}" "${record%\}},\"last-seen\":\"2026-11-28T05:00:00Z\",\"of-later\":[1]}"
run --json client show far
[ "$(field last-seen)" = 2026-11-28T05:00:00Z ] && [ "$(field latest-handshake)" = null ]
result $? "when its gateway has seen it, in JSON"
works "show of one that was seen" client show far
grep -q '^  last seen: 2026-11-28T05:00:00Z (' out
result $? "when its gateway has seen it"
works "list of one that was seen" client list --gateway ams1
grep -qP '^far\t.*\t2026-11-28T05:00:00Z\t-\t-\t-$' out && grep -qP '^far2\t.*\t-\t-\t-\t-$' out
result $? "in the list, too"
works "reset of one that was seen" client reset far
record | grep '"last-seen":"2026-11-28T05:00:00Z"' | grep -q '"of-later":\[1\]'
result $? "a new key leaves that as it is"

# --- networks ----------------------------------------------------------------------------

put network/00000001 '{"schema":1,"network":1,"name":"umbrella"}'
run client add x
[ "$status" -ne 0 ] && grep -q 'network' err
result $? "of several networks one must be named"
works "add --network, by name" client add laptop --network Umbrella
grep -q '^AllowedIPs = fdaa:0:1::/48' out && grep -q '^DNS = fdaa:0:1::3' out
result $? "one name in two networks"
works "add --network, by number" client add x --network 0x1
works "list --network" client list --network 1
[ "$(cut -f1,2 out | sort)" = "laptop	umbrella
x	umbrella" ]
result $? "the clients of a network"
refuses 1 "network 'umbrella' has no client 'desk'" client del desk --network umbrella

# --- del, and the same again ---------------------------------------------------------------

before=$("$sixpn" client show desk --network acme | grep address)
works "del" client del desk --network acme
! "$sixpn" client list | grep -q '^desk	'
result $? "it is gone"
works "add it again" client add desk --network acme
[ "$("$sixpn" client show desk --network acme | grep address)" = "$before" ]
result $? "the same name has the same address again"
# somebody else has it meanwhile
taken=$("$sixpn" --json client show desk --network acme | sed -n 's/.*"address": "\(.*\)",/\1/p')
works "del again" client del desk --network acme
IFS=: read -r _ _ _ _ _ high low _ <<<"$taken"
id=$(printf '%04x%04x' "$((16#$high))" "$((16#$low))")
put "machine/00000009/0000002a/00000009/$id" '{"schema":1,"network":42,"machine":'$((16#$id))',"name":"thief",
	"app":"a","group":"a","region":"fra","host":9,"home":9,"address":"'"$taken"'","attachment":"none","state":"stopped"}'
works "add where the address is taken" client add desk --network acme
address=$("$sixpn" --json client show desk --network acme | sed -n 's/.*"address": "\(.*\)",/\1/p')
[ "$address" != "$taken" ] && [ "${address%:*:*:2}" = "${taken%:*:*:2}" ]
result $? "another address, of the same gateway"

# --- reset ------------------------------------------------------------------------------------

"$sixpn" --json client show psk --network acme >before
works "reset" client reset psk --network acme --out files/psk2.conf
"$sixpn" --json client show psk --network acme >after
diff <(grep -v public-key before) <(grep -v public-key after) >err
result $? "all is as it was but for the key"
[ "$(conf_field PrivateKey files/psk2.conf | "$sixpn" pubkey)" = "$(sed -n 's/.*"public-key": "\(.*\)",/\1/p' after)" ] &&
	! grep -qF "$(conf_field PrivateKey files/psk.conf)" files/psk2.conf
result $? "the registry has the new key"
[ -n "$(conf_field PresharedKey files/psk2.conf)" ] && [ "$(conf_field PresharedKey files/psk2.conf)" != "$psk" ]
result $? "the preshared key is a new one, too"
diff <(grep -v -e PrivateKey -e PresharedKey files/psk.conf) <(grep -v -e PrivateKey -e PresharedKey files/psk2.conf) >err
result $? "the rest of the configuration is the same"
mv files/psk2.conf psk2.conf
put client/00000009/0000002a/00000009/0000002f '{"schema":1,"network":42,"name":"old","public-key":"'"$(key)"'",
	"address":"fdaa:0:2a:0:9:0:2f:2","gateway":9,"home":9,"created":"2020-11-28T04:00:00Z","expires":"2020-12-28T04:00:00Z"}'
refuses 1 "ended at 2020-12-28T04:00:00Z" client reset old --network acme --out files/x
works "show an expired one" --json client show old --network acme
[ "$(field expired)" = true ] && [ "$(field expires)" = 2020-12-28T04:00:00Z ]
result $? "it is told to have expired"
works "del an expired one" client del old --network acme

# --- the code for a camera ----------------------------------------------------------------------

# to_pbm FILE: half blocks to a picture of three dots a module
to_pbm()
{
	/usr/bin/python3 - "$1" <<'EOT'
import sys
shapes = {' ': '11', '\u2580': '01', '\u2584': '10', '\u2588': '00'}
rows = []
for line in open(sys.argv[1], encoding='utf-8'):
    pairs = [shapes[c] for c in line.rstrip('\n')]
    rows += [''.join(p[0] for p in pairs), ''.join(p[1] for p in pairs)]
assert len(set(map(len, rows))) == 1
print('P1', 3 * len(rows[0]), 3 * len(rows), sep='\n')
for row in rows:
    for _ in range(3):
        print(' '.join(bit for bit in row for _ in range(3)))
EOT
}

works "add --qr" client add phone --network acme --qr
[ "$(wc -m <out)" -gt 500 ] && ! grep -q -e PrivateKey -e $'\e' out
result $? "a code in place of the text"
works "add --qr --out" client add phone2 --network acme --qr --out files/phone2.conf
head -n 1 out | grep -q '^fdaa:' && sed 1d out >code && [ -s files/phone2.conf ]
result $? "the code beside a file"
if command -v zbarimg >/dev/null; then
	to_pbm code >code.pbm 2>err && LC_ALL=C.UTF-8 zbarimg -q --raw -Sdisable -Sqrcode.enable code.pbm 2>err >decoded
	# zbarimg adds a newline
	cmp -s <(cat files/phone2.conf; echo) decoded
	result $? "the code is the file"
else
	echo "ok the code is the file # SKIP zbarimg is not installed"
fi
works "reset --qr" client reset phone --network acme --qr
works "add --json --qr" --json client add phone3 --network acme --qr
grep -q '"qr": "' out && grep -q '"config": "' out
result $? "the code in JSON"
if command -v script >/dev/null; then
	TERM=xterm script -q -c "stty cols 60; '$sixpn' client add phone4 --network acme --qr" /dev/null >out 2>err </dev/null
	grep -q $'\e\\[40;37;1m' out && grep -q 'warning: the code is [0-9]* columns wide, the terminal 60' out
	result $? "on a terminal it has colour, and must fit"
	TERM=xterm script -q -c "'$sixpn' client list --network acme" /dev/null >out 2>err </dev/null
	grep -q '^NAME  *NETWORK  *ADDRESS  *OWNER  *GATEWAY  *AGE  *EXPIRES  *HANDSHAKE' out && grep -q '^laptop  *acme .* \(29\|30\)d  *-' out
	result $? "on a terminal the list is a table"
fi

# --- other names ------------------------------------------------------------------------------------

works "wireguard create" wireguard create fly --network acme --out files/fly.conf
works "wireguard list" wireguard list --network acme
cp out list
run client list --network acme
cmp -s list out && grep -q '^fly	' out
result $? "wireguard list is client list"
works "wireguard remove" wireguard remove fly --network acme
! "$sixpn" client list | grep -q '^fly	'
result $? "wireguard remove is client del"
run help wireguard
grep -q 'sixpn-client(8)' out
result $? "help wireguard names the page"

# --- many -------------------------------------------------------------------------------------------

# batch COUNT PREFIX: milliseconds for so many
batch()
{
	local began i

	began=$(date +%s%N)
	for ((i = 0; i < $1; i++)); do
		"$sixpn" client add "$2$i" --network umbrella >/dev/null 2>>err || return 1
	done
	took=$((($(date +%s%N) - began) / 1000000))
}

: >err
# SIXPN_TEST_CLIENTS=1000: so many
count=${SIXPN_TEST_CLIENTS:-40}
before=$("$sixpn" client list --network umbrella | wc -l)
batch $((count / 2)) first && first=$took && batch $((count / 2)) last && last=$took
result $? "$count more"
echo "# $((count / 2)) clients: $first ms, as many again: $last ms"
[ "$("$sixpn" client list --network umbrella | wc -l)" -eq $((before + count)) ] &&
	[ "$("$sixpn" client list --network umbrella | cut -f3 | sort -u | wc -l)" -eq $((before + count)) ]
result $? "each has an address of its own"

exit $bad
