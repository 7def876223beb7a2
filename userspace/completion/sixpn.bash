# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# bash completion of sixpn(8). Needs nothing but bash.

_sixpn_words()
{
	local word

	COMPREPLY=()
	while IFS= read -r word; do
		COMPREPLY+=("$word")
	done < <(compgen -W "$1" -- "$2")
}

_sixpn_files()
{
	local file

	compopt -o filenames 2>/dev/null
	COMPREPLY=()
	while IFS= read -r file; do
		COMPREPLY+=("$file")
	done < <(compgen -f -- "$1")
}

_sixpn_devices()
{
	sixpn show interfaces 2>/dev/null
}

_sixpn_machines()
{
	sixpn show "$1" machines 2>/dev/null
}

# _sixpn_about WORDS...: which noun the words of set end in: device, peer,
# network, machine or route
_sixpn_about()
{
	local noun=device skip="" new="" word

	for word in "$@"; do
		if [[ -n $skip ]]; then
			skip=""
			continue
		fi
		case $word in
		network)
			# right after "machine" it is that machine's
			[[ -n $new ]] || noun=network
			skip=1
			;;
		peer | route)
			noun=$word
			skip=1
			;;
		machine)
			noun=machine
			;;
		remove | host | detach | no-address)
			;;
		*)
			skip=1
			;;
		esac
		new=""
		[[ $word != machine ]] || new=1
	done
	echo "$noun"
}

_sixpn_set()
{
	local device=$1 current=$2 previous=${*: -1} noun
	local always="listen-port fwmark private-key peer network machine route"
	local -A more=(
		[device]="host-id"
		[peer]="remove preshared-key endpoint persistent-keepalive allowed-ips kind host-id idle-expiry"
		[network]="remove"
		[machine]="name id address port netns bind client host detach moved-to no-address remove"
		[route]="via remove"
	)

	shift 2
	noun=$(_sixpn_about "$@")
	case $previous in
	private-key | preshared-key)
		_sixpn_files "$current"
		;;
	peer | client)
		_sixpn_words "$(sixpn show "$device" peers 2>/dev/null)" "$current"
		;;
	kind)
		_sixpn_words "site host client" "$current"
		;;
	fwmark | persistent-keepalive | idle-expiry)
		_sixpn_words off "$current"
		;;
	host-id)
		_sixpn_words auto "$current"
		;;
	network)
		_sixpn_words "$(sixpn show "$device" networks 2>/dev/null | cut -f1)" "$current"
		;;
	name)
		_sixpn_words "$(_sixpn_machines "$device" | cut -f4)" "$current"
		;;
	id)
		_sixpn_words "$(_sixpn_machines "$device" | cut -f3)" "$current"
		;;
	address)
		_sixpn_words "$(_sixpn_machines "$device" | cut -f1)" "$current"
		;;
	route)
		_sixpn_words "$(sixpn show "$device" routes 2>/dev/null | cut -f1)" "$current"
		;;
	via | moved-to)
		_sixpn_words "$(sixpn show "$device" kinds 2>/dev/null | awk '$2 == "host" { print $3 }')" "$current"
		;;
	netns)
		_sixpn_words "$(ls /run/netns 2>/dev/null)" "$current"
		;;
	bind)
		_sixpn_words "$(ls /sys/class/net 2>/dev/null)" "$current"
		;;
	listen-port | endpoint | allowed-ips | port)
		;;
	machine)
		_sixpn_words "network address" "$current"
		;;
	*)
		_sixpn_words "$always ${more[$noun]}" "$current"
		;;
	esac
}

# The first words of all commands, and the verbs of a noun: as help has them.
_sixpn_commands()
{
	sixpn help 2>/dev/null | sed -n 's/^  \([a-z]*\) .*/\1/p' | uniq
}

_sixpn_verbs()
{
	sixpn help "$1" 2>/dev/null | sed -n "s/^  $1 \\([a-z]*\\) .*/\\1/p"
}

# _sixpn_usage NOUN VERB: the arguments of a command, on one line
_sixpn_usage()
{
	sixpn help "$@" 2>/dev/null | sed -n -e '/^$/q' -e 's/^Usage: sixpn//' -e p | tr '\n' ' '
}

# _sixpn_value WORD CURRENT: what may stand for WORD of a usage
_sixpn_value()
{
	case $1 in
	NET | NETWORK)
		_sixpn_words "$(sixpn network list 2>/dev/null | cut -f1)" "$2"
		;;
	HOST)
		_sixpn_words "$(sixpn host list 2>/dev/null | cut -f1)" "$2"
		;;
	REGION)
		_sixpn_words "$(sixpn host list 2>/dev/null | cut -f3)" "$2"
		;;
	FILE)
		_sixpn_files "$2"
		;;
	NETNS*)
		_sixpn_words "$(ls /run/netns 2>/dev/null)" "$2"
		;;
	IF)
		_sixpn_words "$(ls /sys/class/net 2>/dev/null)" "$2"
		;;
	esac
}

# _sixpn_noun CURRENT WORDS...: WORDS are what stands before the cursor
_sixpn_noun()
{
	local current=$1 noun=$2 verb=$3 options="" given=0 i
	local -a usage=() positions=()
	local -A takes=()

	shift 3
	read -ra usage <<<"$(_sixpn_usage "$noun" "$verb")"
	for ((i = 2; i < ${#usage[@]}; i++)); do
		case ${usage[i]} in
		--*)
			options+=" ${usage[i]}"
			if [[ ${usage[i + 1]-} == [A-Z]* ]]; then
				takes[${usage[i]}]=${usage[i + 1]}
				i=$((i + 1))
			fi
			;;
		[A-Z]*)
			positions+=("${usage[i]}")
			;;
		esac
	done
	for ((i = 1; i <= $#; i++)); do
		case ${!i} in
		--*=*)
			;;
		--*)
			if [[ -n ${takes[${!i}]-} ]]; then
				if ((i == $#)); then
					_sixpn_value "${takes[${!i}]}" "$current"
					return
				fi
				i=$((i + 1))
			fi
			;;
		*)
			given=$((given + 1))
			;;
		esac
	done
	if [[ $current == -* ]]; then
		_sixpn_words "$options --json --help" "$current"
	elif [[ ${positions[given]-} == NAME* && $verb != add && $verb != create ]]; then
		_sixpn_words "$(sixpn "$noun" list 2>/dev/null | cut -f1)" "$current"
	else
		_sixpn_value "${positions[given]-}" "$current"
	fi
}

# _sixpn_dig CURRENT PREVIOUS: no noun, but it has options
_sixpn_dig()
{
	if [[ $2 == --network ]]; then
		_sixpn_value NET "$1"
	elif [[ $1 == -* ]]; then
		_sixpn_words "$(_sixpn_usage dig | grep -o -e '--[a-z]*') --json --help" "$1"
	else
		_sixpn_words "AAAA TXT PTR SRV" "$1"
	fi
}

_sixpn()
{
	local options="--json --config --help --version"
	local fields="public-key private-key listen-port fwmark peers preshared-keys endpoints allowed-ips latest-handshakes transfer persistent-keepalive dump host-id kinds peer-drops networks machines routes drops"
	local current=${COMP_WORDS[COMP_CWORD]} word i
	local -a words=() all=()

	# What stands before the cursor, without and with options of commands.
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		--config)
			i=$((i + 1))
			((i < COMP_CWORD)) || { _sixpn_files "$current"; return; }
			local -x SIXPN_CONFIG=${COMP_WORDS[i]}
			continue
			;;
		--json | --help | --version)
			continue
			;;
		esac
		all+=("$word")
		[[ $word == --* ]] || words+=("$word")
	done
	COMPREPLY=()
	if [[ -n ${all[1]-} && -n $(_sixpn_verbs "${all[0]}") ]]; then
		_sixpn_noun "$current" "${all[@]}"
		return
	fi
	if [[ ${all[0]-} == dig ]]; then
		_sixpn_dig "$current" "${all[-1]}"
		return
	fi
	if [[ $current == --* ]]; then
		_sixpn_words "$options" "$current"
		return
	fi
	case ${#words[@]},${words[0]-} in
	0,* | 1,help)
		_sixpn_words "$(_sixpn_commands)" "$current"
		;;
	1,show)
		_sixpn_words "all interfaces $(_sixpn_devices)" "$current"
		;;
	2,show)
		[[ ${words[1]} == interfaces ]] || _sixpn_words "$fields" "$current"
		;;
	1,set | 1,showconf | 1,setconf | 1,addconf | 1,syncconf | 1,whois | 1,monitor)
		_sixpn_words "$(_sixpn_devices)" "$current"
		;;
	2,help)
		_sixpn_words "$(_sixpn_verbs "${words[1]}")" "$current"
		;;
	2,setconf | 2,addconf | 2,syncconf)
		_sixpn_files "$current"
		;;
	2,whois)
		_sixpn_words "$(_sixpn_machines "${words[1]}" | cut -f1)" "$current"
		;;
	*,set)
		_sixpn_set "${words[1]}" "$current" "${words[@]:2}"
		;;
	1,*)
		_sixpn_words "$(_sixpn_verbs "${words[0]}")" "$current"
		;;
	esac
}

complete -F _sixpn sixpn
