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

_sixpn_set()
{
	local device=$1 previous=$2 current=$3 has_peer=$4
	local of_device="listen-port fwmark private-key peer"
	local of_peer="remove preshared-key endpoint persistent-keepalive allowed-ips"

	case $previous in
	private-key | preshared-key)
		_sixpn_files "$current"
		;;
	peer)
		_sixpn_words "$(sixpn show "$device" peers 2>/dev/null)" "$current"
		;;
	fwmark | persistent-keepalive)
		_sixpn_words off "$current"
		;;
	listen-port | endpoint | allowed-ips)
		;;
	*)
		_sixpn_words "$of_device${has_peer:+ $of_peer}" "$current"
		;;
	esac
}

_sixpn()
{
	local commands="show showconf set setconf addconf syncconf monitor genkey genpsk pubkey help"
	local options="--json --help --version"
	local fields="public-key private-key listen-port fwmark peers preshared-keys endpoints allowed-ips latest-handshakes transfer persistent-keepalive dump"
	local current=${COMP_WORDS[COMP_CWORD]} has_peer="" word i
	local -a words=()

	# What stands before the cursor, options taken out.
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		[[ $word == --* ]] && continue
		[[ $word == peer ]] && has_peer=1
		words+=("$word")
	done
	COMPREPLY=()
	if [[ $current == --* ]]; then
		_sixpn_words "$options" "$current"
		return
	fi
	case ${#words[@]},${words[0]-} in
	0,*)
		_sixpn_words "$commands" "$current"
		;;
	1,show)
		_sixpn_words "all interfaces $(_sixpn_devices)" "$current"
		;;
	2,show)
		[[ ${words[1]} == interfaces ]] || _sixpn_words "$fields" "$current"
		;;
	1,set | 1,showconf | 1,setconf | 1,addconf | 1,syncconf | 1,monitor)
		_sixpn_words "$(_sixpn_devices)" "$current"
		;;
	1,help)
		_sixpn_words "$commands" "$current"
		;;
	2,setconf | 2,addconf | 2,syncconf)
		_sixpn_files "$current"
		;;
	*,set)
		_sixpn_set "${words[1]}" "${words[-1]}" "$current" "$has_peer"
		;;
	esac
}

complete -F _sixpn sixpn
