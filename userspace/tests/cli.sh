#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Usage: cli.sh SIXPN
#
# The command line without a kernel module: what it refuses, with which words
# and which exit status; keys, compared with wg(8) where that is installed.

# shellcheck source=SCRIPTDIR/tool.sh
. "$(dirname "$0")/tool.sh"
export SIXPN_ENDPOINT_RESOLUTION_RETRIES=0

key=AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAUA=

# --- usage: exit 2 ----------------------------------------------------------

refuses 2 "unknown command 'foo'" foo
refuses 2 "unknown command 'sho'" sho
refuses 2 "unknown option '--foo'" --foo show
refuses 2 "unknown option '-x'" -x
refuses 2 "unknown option '--jsonn'" show --jsonn
refuses 2 "surplus argument 'x'" show mesh0 dump x
refuses 2 "surplus argument 'peers'" show interfaces peers
refuses 2 "missing" showconf
refuses 2 "surplus argument 'x'" showconf mesh0 x
refuses 2 "missing" set
refuses 2 "too few" set mesh0
refuses 2 "'listen-port' needs a value" set mesh0 listen-port
refuses 2 "'peer' needs a value" set mesh0 peer
refuses 2 "'endpoint' needs a peer" set mesh0 endpoint 1.2.3.4:5
refuses 2 "'remove' needs a peer" set mesh0 remove
refuses 2 "too few" setconf mesh0
refuses 2 "surplus argument 'x'" genkey x
refuses 2 "surplus argument 'x'" genpsk x
refuses 2 "surplus argument 'x'" pubkey x
refuses 2 "surplus argument 'y'" monitor x y
refuses 2 "unknown command 'foo'" help foo

refuses 2 "too few" whois mesh0
refuses 2 "surplus argument 'x'" whois mesh0 fdaa::3 x
refuses 2 "'kind' needs a peer" set mesh0 kind host
refuses 2 "'name' needs a machine" set mesh0 network 1 name web
refuses 2 "'via' needs a route" set mesh0 machine network 1 via 5
refuses 2 "'host-id' needs a peer" set mesh0 network 1 host-id 5
refuses 2 "'endpoint' needs a peer" set mesh0 machine network 1 endpoint 1.2.3.4:5
refuses 2 "'machine' needs a network" set mesh0 machine
refuses 2 "'machine' needs a network" set mesh0 machine name web
refuses 2 "which machine" set mesh0 machine network 1 remove
refuses 2 "which machine" set mesh0 machine network 1 detach
refuses 2 "'netns' needs a port" set mesh0 machine network 1 netns web
refuses 2 "'netns' needs a port" set mesh0 machine network 1 bind tap0 netns web
refuses 2 "'route' needs a via" set mesh0 route fdaa::/112
refuses 2 "'port' needs a value" set mesh0 machine network 1 port

refuses 2 "'machines' needs a device or all before it" show machines

# --- bad words, numbers, keys and files: exit 1 -------------------------------

refuses 1 "unknown field 'bogus' (see sixpn help show)" show mesh0 bogus
refuses 1 "unknown field 'peer'" show all peer
refuses 1 "not a device name: 'sixteen_bytes_xy'" show sixteen_bytes_xy
refuses 1 "not a device name: 'a/b'" set a/b listen-port 1
refuses 1 "unknown word 'listenport' after 'mesh0' (see sixpn help set)" set mesh0 listenport 1
refuses 1 "unknown word 'web' after 'machine' (see sixpn help set)" set mesh0 machine web
refuses 1 "unknown word 'foo'" set mesh0 listen-port 1 foo
for port in 65536 -1 70000 1x '' 0x5; do
	refuses 1 "'$port'" set mesh0 listen-port "$port"
done
for mark in 0x 0xg -1 4294967296 0x100000000 on ''; do
	refuses 1 "'$mark'" set mesh0 fwmark "$mark"
done
for keepalive in 65536 -1 '' 25s; do
	refuses 1 "'$keepalive'" set mesh0 peer "$key" persistent-keepalive "$keepalive"
done
for endpoint in foo 1.2.3.4 1.2.3.4: 1.2.3.4:0 1.2.3.4:65536 '[::1:5' '[::1]' :5 ''; do
	refuses 1 "'$endpoint'" set mesh0 peer "$key" endpoint "$endpoint"
done
for ip in 1.2.3.4/33 ::/129 x 1.2.3.4/ +x -1.2.3.4/33; do
	refuses 1 "'$ip'" set mesh0 peer "$key" allowed-ips "$ip"
	refuses 1 "'$ip'" set mesh0 peer "$key" allowed-ips "10.0.0.0/8,$ip"
done
refuses 1 "''" set mesh0 peer "$key" allowed-ips 1.2.3.4,
for bad_key in abc "${key%=}" "${key}x" "${key}=" "${key/A/!}"; do
	refuses 1 "not a key: '$bad_key'" set mesh0 peer "$bad_key"
done
for id in 0 4294967296 0x x -1 '' 2a; do
	refuses 1 "network is not 1-4294967295: '$id'" set mesh0 network "$id"
	refuses 1 "network is not 1-4294967295: '$id'" set mesh0 machine network "$id"
	refuses 1 "id is not 1-4294967295: '$id'" set mesh0 machine network 1 id "$id"
done
for id in 1 4294967296 x ''; do
	refuses 1 "'$id'" set mesh0 host-id "$id"
	refuses 1 "'$id'" set mesh0 peer "$key" host-id "$id"
	refuses 1 "'$id'" set mesh0 machine network 1 moved-to "$id"
	refuses 1 "'$id'" set mesh0 route fdaa:0:1:0:7:0:5:0/112 via "$id"
done
refuses 1 "'0'" set mesh0 route fdaa:0:1:0:7:0:5:0/112 via 0
for kind in hosts '' Host; do
	refuses 1 "kind is not site, host or client: '$kind'" set mesh0 peer "$key" kind "$kind"
done
for seconds in 1048577 -1 5m ''; do
	refuses 1 "'$seconds'" set mesh0 peer "$key" idle-expiry "$seconds"
done
for name in Web -a '' 'a b' "$(printf 'a%.0s' {1..64})"; do
	refuses 1 "'$name'" set mesh0 machine network 1 name "$name"
done
for address in fdab::1 1.2.3.4 fdaa::1/128 ''; do
	refuses 1 "not an address in fdaa::/16: '$address'" set mesh0 machine address "$address"
done
for prefix in fdaa:0:1::/48 1.2.3.4 /112 ''; do
	refuses 1 "not a /112 in fdaa::/16: '$prefix'" set mesh0 route "$prefix" via 5
done
for address in x 10.0.0.0/8 fdaa::/16 ''; do
	refuses 1 "not an address: '$address'" whois mesh0 "$address"
done
refuses 1 "a machine has one of" set mesh0 machine network 1 port a bind b
refuses 1 "a machine has one of" set mesh0 machine network 1 host detach
refuses 1 "not an interface name: 'a/b'" set mesh0 machine network 1 port a/b
refuses 1 "not a key: 'abc'" set mesh0 machine network 1 client abc
printf '[Machine]\nNetwork = 5\n' >nonetwork
refuses 1 "nonetwork: no section [Network] has the Id 5" setconf mesh0 nonetwork
# a later mistake is found before anything is sent
refuses 1 "'x'" set mesh0 network 1 machine network 1 name a route fdaa:0:1:0:7:0:5:0/112 via x
refuses 1 "'x'" set mesh0 listen-port 5 peer "$key" remove peer "$key" persistent-keepalive x
refuses 1 "cannot open 'nofile'" set mesh0 private-key nofile
refuses 1 "cannot read '.'" set mesh0 private-key .
refuses 1 "cannot open 'nofile'" set mesh0 peer "$key" preshared-key nofile
refuses 1 "cannot open 'nofile'" setconf mesh0 nofile
echo abc >short
printf '%s\n%s\n' "$key" "$key" >two
refuses 1 "not a key" set mesh0 private-key short
refuses 1 "not a key" set mesh0 private-key two
refuses 1 "nosuch.invalid:5" set mesh0 peer "$key" endpoint nosuch.invalid:5
refuses 1 "'1.2.3.4:nosuchservice'" set mesh0 peer "$key" endpoint 1.2.3.4:nosuchservice
printf '[Interface]\nListenPort = 5\n[Peer]\nAllowedIPs = ::/0\n' >nokey
refuses 1 "nokey: line 3: " setconf mesh0 nokey
refuses 1 "nokey: line 3: " addconf mesh0 nokey
refuses 1 "nokey: line 3: " syncconf mesh0 nokey
printf '[Interface]\nPrivateKey = %s\n' "${key}x" >badkey
refuses 1 "badkey: line 2: not a key" setconf mesh0 badkey
grep -qF "$key" err
result $((! $?)) "a bad private key is not repeated on standard error"
head -c 100 /dev/zero >zeros
refuses 1 "NUL" setconf mesh0 zeros
for command in set show whois; do
	run help "$command"
	[ "$status" -eq 0 ] && ! grep -E '^.{80}' out
	result $? "help $command fits into 80 columns"
	run --json help "$command"
	grep -q '"arguments": ".*DEV' out
	result $? "help $command as JSON"
done
run --version
grep -qx 'sixpn [0-9][0-9.a-z-]*' out
result $? "--version"

# --- without the module -------------------------------------------------------

if [ -d /sys/module/sixpn ]; then
	echo "ok the missing module is told # SKIP the module is loaded here"
else
	for words in "" "show" "show all" "show interfaces" "show mesh0 dump" "showconf mesh0" \
		     "set mesh0 listen-port 5" "set mesh0 network 1 machine network 1" "whois mesh0 fdaa::3" "monitor"; do
		# shellcheck disable=SC2086
		refuses 1 "modprobe sixpn" $words
	done
fi

# --- names never reach a terminal as they are -----------------------------------

evil=$'x\e[31m'
refuses 2 "unknown command 'x\\x1b[31m'" "$evil"
refuses 1 "unknown word 'x\\x1b[31m'" set mesh0 "$evil"
refuses 1 "cannot open 'x\\x1b[31m'" setconf mesh0 "$evil"
refuses 1 "'a\\x0ab'" set mesh0 listen-port $'a\nb'
run "$evil"
! LC_ALL=C grep -q $'\e' err
result $? "no escape character on standard error"

# --- keys -------------------------------------------------------------------------

run genkey
[ "$status" -eq 0 ] && [ "$(wc -c <out)" -eq 45 ] && [ ! -s err ]
result $? "genkey prints one key and a newline"
clamped=$(base64 -d out | od -An -v -tu1 -w32 | awk '{ print ($1 % 8 == 0 && $32 >= 64 && $32 < 128) }')
[ "$clamped" = 1 ]
result $? "genkey clamps"
cp out first
run genkey
! cmp -s out first
result $? "two keys differ"
run genpsk
[ "$status" -eq 0 ] && [ "$(wc -c <out)" -eq 45 ]
result $? "genpsk prints one key and a newline"

pubkey()
{
	"$sixpn" pubkey <"$1" >out 2>err
	status=$?
}

# refuses_key NAME FILE: no output, one line, exit 1
refuses_key()
{
	pubkey "$2"
	[ "$status" -eq 1 ] && [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ]
	result $? "pubkey refuses $1"
}
: >empty
printf '\n%s\n' "$key" >leading
printf '%s%s' "$key" x >trailing
refuses_key "an empty file" empty
refuses_key "a short key" short
refuses_key "two keys" two
refuses_key "white space before the key" leading
refuses_key "a character after the key" trailing
printf '%s' "$key" >bare
printf '%s \n\n' "$key" >spaces
pubkey bare
cp out bare.pub
pubkey spaces
cmp -s out bare.pub && [ "$status" -eq 0 ]
result $? "pubkey takes a key with and without white space after it"

run genkey
"$sixpn" --json genkey >json 2>err && grep -q '"private_key": "' json
result $? "genkey --json"
"$sixpn" pubkey --json <bare >json && grep -qF "\"public_key\": \"$(cat bare.pub)\"" json
result $? "pubkey --json"

if command -v wg >/dev/null; then
	same=0
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		"$sixpn" genkey >one
		[ "$("$sixpn" pubkey <one)" = "$(wg pubkey <one)" ] || same=1
		wg genkey >one
		[ "$("$sixpn" pubkey <one)" = "$(wg pubkey <one)" ] || same=1
		wg genpsk >one
		[ "$("$sixpn" pubkey <one)" = "$(wg pubkey <one)" ] || same=1
	done
	result $same "48 public keys as wg derives them"
	# the classes of error: wherever wg refuses, so does sixpn
	same=0
	for file in empty short two leading trailing bare spaces; do
		"$sixpn" pubkey <$file >/dev/null 2>&1
		ours=$?
		wg pubkey <$file >/dev/null 2>&1
		[ $((ours != 0)) -eq $(($? != 0)) ] || { echo "# $file differs"; same=1; }
	done
	result $same "pubkey refuses what wg refuses"
else
	echo "ok 48 public keys as wg derives them # SKIP wg is not installed"
	echo "ok pubkey refuses what wg refuses # SKIP wg is not installed"
fi

# --- output that everybody may read, or that nobody can ---------------------------

(umask 022 && "$sixpn" genkey >world) 2>err
grep -q '^sixpn: genkey: warning: ' err && [ "$(wc -c <world)" -eq 45 ]
result $? "genkey warns of a file that everybody can read"
rm world
(umask 077 && "$sixpn" genkey >private) 2>err
[ ! -s err ]
result $? "genkey is silent about a private file"
"$sixpn" genkey >/dev/full 2>err
[ $? -eq 1 ] && grep -q 'No space left' err
result $? "a full disk is an error"
"$sixpn" --json help >/dev/full 2>err
[ $? -eq 1 ] && grep -q 'No space left' err
result $? "a full disk is an error for JSON, too"

exit $bad
