#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Usage: documents.sh SIXPN UNIT
#
# The tables of commands, as `sixpn help --json` tells them, are the truth: the man
# pages and the completion must know the same words, no more and no fewer. A noun
# has a page of its own. So is
# the table of keys, as `unit host-keys` tells it, for sixpn.conf(5), and that of
# fields, as `unit record-fields` tells it, for sixpn-registry(7).

set -u

sixpn=$(realpath "$1") || exit 1
unit=$(realpath "$2") || exit 1
here=$(dirname "$(realpath "$0")")
mans=$here/../man
man=$mans/sixpn.8
man_conf=$mans/sixpn.conf.5
man_registry=$mans/sixpn-registry.7
completion=$here/../completion/sixpn.bash
bad=0

# same NAME: the lines of fd 3 and of fd 4, sorted, are equal and not empty
same()
{
	local left right

	left=$(sort -u <&3)
	right=$(sort -u <&4)
	if [ -n "$left" ] && [ "$left" = "$right" ]; then
		echo "ok $1"
	else
		diff <(echo "$left") <(echo "$right") | sed 's/^/# /'
		echo "not ok $1"
		bad=1
	fi
}

# field COMMAND NAME: of help, out of JSON with one field per line
field()
{
	# shellcheck disable=SC2086 # a noun and its verb are two words
	"$sixpn" help --json $1 | sed -n 's/^ *"'"$2"'": "\(.*\)",\{0,1\}$/\1/p'
}

commands()
{
	"$sixpn" help --json | sed -n 's/^ *"command": "\(.*\)",$/\1/p'
}

# page COMMAND: the file that describes it, below man
page()
{
	case $1 in
	up | down | status)
		echo sixpn-up.8
		;;
	agent)
		echo sixpn-agent.8
		;;
	dig)
		echo sixpn-dig.8
		;;
	"app "*)
		echo sixpn-machine.8
		;;
	"wireguard "*)
		echo sixpn-client.8
		;;
	*" "*)
		echo "sixpn-${1%% *}.8"
		;;
	*)
		echo sixpn.8
		;;
	esac
}

# commands_of PAGE
commands_of()
{
	local command

	while read -r command; do
		[ "$(page "$command")" != "$1" ] || echo "$command"
	done < <(commands)
}

# options_of COMMAND: as the table has them
options_of()
{
	# shellcheck disable=SC2086
	"$sixpn" help --json $1 | sed -n '/"options"/,/]/s/^ *"\([a-z-]*\)",\{0,1\}$/\1/p'
}

# what stands in the notation of arguments: literal words are in lower case
literal_words()
{
	field "$1" arguments | tr -c 'a-zA-Z-' '\n' | grep -E '^[a-z][a-z-]+$'
}

synopsis()
{
	sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "$man"
}

# complete WORDS...: what the completion offers after them
complete_after()
{
	bash --norc -c '
		program=$1
		sixpn() { [ "$1" != help ] || "$program" "$@"; }
		. "$2"
		shift 2
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_sixpn
		printf "%s\n" "${COMPREPLY[@]}"
	' bash "$sixpn" "$completion" sixpn "$@"
}

same "help lists the commands that the table has" 3< <(commands) \
	4< <("$sixpn" help | sed -n 's/^  \([a-z][a-z ]*[a-z]\)  *[A-Z].*/\1/p')
same "the synopsis names every command" 3< <(commands_of sixpn.8) \
	4< <(synopsis | grep -A1 -x '\.Nm sixpn' | sed -n 's/^\.Cm \([a-z]*\)$/\1/p')
same "the man page describes every command" 3< <(commands_of sixpn.8) \
	4< <(sed -n '/^\.Sh COMMANDS/,/^\.Sh THE REGISTRY/p' "$man" |
	     sed -n 's/^\.It Cm \([a-z]*\).*/\1/p; s/^\.Cm set Ar dev$/set/p' |
	     while read -r word; do commands | grep -x "$word"; done)
same "the man page has every word of set" 3< <(literal_words set) \
	4< <(synopsis | sed -n '/^\.Cm set/,/^\.Cm setconf/p' | grep -v -E '^\.Cm set' |
	     grep -o -E 'Cm [a-z-]+' | cut -d' ' -f2)
same "the man page describes every word of set" 3< <(literal_words set) \
	4< <(sed -n '/^Change what is named/,/^\.It Cm setconf/p' "$man" | sed '$d' |
	     sed -n 's/^\.It Cm \([a-z-]*\).*/\1/p')
same "the man page describes every field of show" \
	3< <(literal_words show | grep -v -x -E 'all|interfaces') \
	4< <(sed -n '/^The fields are:/,/^\.It Cm showconf/p' "$man" | sed '$d' |
	     sed -n 's/^\.It Cm \([a-z-]*\)$/\1/p')
same "completion offers every command" 3< <(commands | cut -d' ' -f1) 4< <(complete_after "")
same "completion offers every command to help" 3< <(commands | cut -d' ' -f1) 4< <(complete_after help "")
same "completion offers every field of show" \
	3< <(literal_words show | grep -v -x -E 'all|interfaces') 4< <(complete_after show mesh0 "")
same "completion offers every word of set" 3< <(literal_words set) \
	4< <(complete_after set mesh0 ""; complete_after set mesh0 peer KEY ""
	     complete_after set mesh0 network 1 ""; complete_after set mesh0 machine network 1 ""
	     complete_after set mesh0 network 1 machine network 1 name x route ADDRESS "")
same "completion offers all and interfaces" 3< <(printf 'all\ninterfaces\n') \
	4< <(complete_after show "")
same "completion offers the options" 3< <(printf -- '--json\n--config\n--help\n--version\n') \
	4< <(complete_after "--")

# what is offered is taken: a word of set without its value is a usage error of
# that word, never an unknown one
for word in $(literal_words set); do
	if "$sixpn" set mesh0 "$word" 2>&1 | grep -q "unknown word"; then
		echo "not ok set knows the word $word"
		bad=1
	else
		echo "ok set knows the word $word"
	fi
done
for word in $(literal_words show | grep -v -x -E 'all|interfaces'); do
	if "$sixpn" show mesh0 "$word" 2>&1 | grep -q "unknown field"; then
		echo "not ok show knows the field $word"
		bad=1
	else
		echo "ok show knows the field $word"
	fi
done
while read -r command; do
	# shellcheck disable=SC2086
	if [ -n "$(field "$command" summary)" ] &&
	   "$sixpn" $command --help | grep -q "^Usage: sixpn $command"; then
		echo "ok $command --help"
	else
		echo "not ok $command --help"
		bad=1
	fi
done < <(commands)

# synopsis_of PAGE COMMAND: its lines in the synopsis
synopsis_of()
{
	awk -v wanted=".Cm $2" '/^\.Sh SYNOPSIS/ { inside = 1 }
	     /^\.Sh DESCRIPTION/ { exit }
	     inside && $0 == wanted { found = 1; next }
	     /^\.Nm / { found = 0 }
	     found' "$mans/$1"
}

# the commands that a page describes: "NOUN VERB , VERB" are two
described_commands()
{
	sed -n '/^\.Sh DESCRIPTION/,$s/^\.It Cm //p' "$mans/$1" | awk '
		{ sub(/ (Ar|Op|Oo|Fl|Ns) .*/, ""); count = split($0, parts, / , /)
		  noun = parts[1]; sub(/ .*/, "", noun)
		  for (i = 1; i <= count; i++)
			print (i > 1 && parts[i] !~ / / && parts[1] ~ / / ? noun " " : "") parts[i] }'
}

# the options that a page describes: items of its own, or with their command
described_options()
{
	sed -n '/^\.Sh DESCRIPTION/,$p' "$mans/$1" | grep '^\.It ' |
		grep -o -E 'Fl -[a-z-]+' | sed 's/^Fl -//'
}

for page in $(while read -r command; do page "$command"; done < <(commands) | sort -u | grep -v -x sixpn.8); do
	if [ ! -e "$mans/$page" ]; then
		echo "not ok there is a man page $page"
		bad=1
		continue
	fi
	same "the synopsis of $page names every command" 3< <(commands_of "$page") \
		4< <(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/s/^\.Cm \([a-z ]*\)$/\1/p' "$mans/$page")
	same "$page describes every command" 3< <(commands_of "$page") \
		4< <(described_commands "$page" | while read -r words; do
			commands_of "$page" | grep -x -F -e "$words" || :
		done)
	# an alias has the options of what it is an alias of
	while read -r command; do
		if [ -z "$(options_of "$command")" ] &&
		   ! synopsis_of "$page" "$command" | grep -q 'Fl -'; then
			continue
		fi
		same "the arguments of $command have its options" 3< <(options_of "$command") \
			4< <(field "$command" arguments | grep -o -E -e '--[a-z-]+' | sed 's/^--//')
		same "completion offers the options of $command" \
			3< <(options_of "$command"; printf 'json\nhelp\n') \
			4< <(complete_after "${command% *}" "${command#* }" -- | sed 's/^--//')
		[ "$(synopsis_of "$page" "$command")" != ".Ar ..." ] || continue
		same "the synopsis of $page has the options of $command" 3< <(options_of "$command") \
			4< <(synopsis_of "$page" "$command" | grep -o -E 'Fl -[a-z-]+' | sed 's/^Fl -//')
	done < <(commands_of "$page")
	if [ -n "$(while read -r command; do options_of "$command"; done < <(commands_of "$page"))" ]; then
		same "$page describes every option" \
			3< <(while read -r command; do options_of "$command"; done < <(commands_of "$page")) \
			4< <(described_options "$page")
	fi
done
for noun in $(commands | sed -n 's/ .*//p' | uniq); do
	same "completion offers the verbs of $noun" \
		3< <(commands | sed -n "s/^$noun //p") 4< <(complete_after "$noun" "")
	same "completion offers the verbs of $noun to help" \
		3< <(commands | sed -n "s/^$noun //p") 4< <(complete_after help "$noun" "")
	same "help of $noun lists its verbs" 3< <(commands | grep "^$noun ") \
		4< <("$sixpn" help "$noun" | sed -n 's/^  \([a-z ]*[a-z]\)  *[A-Z].*/\1/p')
	page=$(page "$noun verb")
	if grep -q -x -F -e ".Xr ${page%.8} 8" "$man" &&
	   sed -n '/^\.Sh THE REGISTRY/,/^\.Sh CONF/p' "$man" | grep '^\.It ' | grep -q -w "$noun"; then
		echo "ok sixpn.8 names the page of $noun"
	else
		echo "not ok sixpn.8 names the page of $noun"
		bad=1
	fi
done

# conf_entries: of the man page, "KEY TAB LINE" for each line about a key
conf_entries()
{
	sed -n '/^\.Sh KEYS/,/^\.Sh FILES/p' "$man_conf" |
		awk '/^\.It Cm / { key = $3 } key { print key "\t" $0 }'
}

# conf_defaults: of the man page, "KEY TAB DEFAULT"
conf_defaults()
{
	conf_entries | awk -F '\t' '
		said { sub(/^\.Li /, "", $2); sub(/ ?[.:]$/, "", $2); print $1 "\t" $2; said = 0 }
		$2 == "The default is" { said = 1 }'
}

same "the man page of the configuration describes every key" 3< <("$unit" host-keys | cut -f1) \
	4< <(conf_entries | cut -f1)
# of the name it is no constant
same "the man page of the configuration has every default" \
	3< <("$unit" host-keys | cut -f1,2 | grep -v '^name') 4< <(conf_defaults)
same "the man page of the configuration has every number of a refusal" \
	3< <("$unit" host-keys | while IFS=$'\t' read -r key _ wanted; do
		grep -o -E '[0-9]+(-[0-9]+)?' <<<"$wanted" | sed "s/^/$key /"
	done) \
	4< <("$unit" host-keys | while IFS=$'\t' read -r key _ wanted; do
		grep -o -E '[0-9]+(-[0-9]+)?' <<<"$wanted" | while read -r number; do
			conf_entries | sed -n "s/^$key\t//p" |
				grep -q -w -F -e "$number" && echo "$key $number"
		done
	done)

# registry_fields: of the man page, as the unit has them
registry_fields()
{
	awk '/^\.Ss The record / { kind = $4 }
	     /^\.Sh DIAGNOSTICS/ { kind = "" }
	     kind && wanted { sub(/\.$/, ""); print kind "\t" field "\t" need "\t" tolower(substr($0, 1, 1)) substr($0, 2); wanted = 0 }
	     kind && /^\.It Cm / { field = $3; need = / Pq optional$/ ? "optional" : "needed"; wanted = 1 }' "$man_registry"
}

# registry_example KIND: of the man page; its key is the first line
registry_example()
{
	awk -v wanted="$1" '/^\.Ss The record / { kind = $4 }
	     kind != wanted { next }
	     said { print $2; said = 0 }
	     /^For example,$/ { said = 1 }
	     /^\.Ed/ { exit }
	     inside
	     /^\.Bd -literal/ { inside = 1 }' "$man_registry"
}

same "the man page of the registry has every field" 3< <("$unit" record-fields) \
	4< <(registry_fields)
while read -r kind; do
	example=$(registry_example "$kind")
	if [ -n "$example" ] &&
	   "$unit" record "${example%%$'\n'*}" <<<"${example#*$'\n'}" 2>&1 | sed 's/^/# /' &&
	   [ "${PIPESTATUS[0]}" = 0 ]; then
		echo "ok the man page of the registry has a true example of kind $kind"
	else
		echo "not ok the man page of the registry has a true example of kind $kind"
		bad=1
	fi
done < <("$unit" record-fields | cut -f1 | uniq)
# what is wrong in one is noticed
if registry_example host | sed 1d | sed 's/"region"/"regoin"/' |
   "$unit" record /sixpn/v1/host/4b1d9e07 >/dev/null 2>&1; then
	echo "not ok a wrong example is noticed"
	bad=1
else
	echo "ok a wrong example is noticed"
fi

# each unit is one; its program is anything that is there
for unit_file in "$here"/../systemd/*.service; do
	name="the unit ${unit_file##*/} is well-formed"
	if ! command -v systemd-analyze >/dev/null; then
		echo "ok $name # SKIP no systemd-analyze"
	elif folder=$(mktemp -d) &&
	     sed -E 's|@bindir@/[a-z-]+|/bin/true|' "$unit_file" >"$folder/${unit_file##*/}" &&
	     systemd-analyze verify --man=no "$folder/${unit_file##*/}" 2>&1 | sed 's/^/# /' &&
	     [ "${PIPESTATUS[0]}" = 0 ]; then
		echo "ok $name"
	else
		echo "not ok $name"
		bad=1
	fi
	[ -z "${folder:-}" ] || rm -r "$folder"
done

exit $bad
