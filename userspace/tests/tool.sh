# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
#
# To be sourced by the scripts that run the command line without a kernel module,
# with their arguments: SIXPN [UNIT]. It leaves them in an empty folder, $work.
# What they print is for tests/run.

set -u

sixpn=$(realpath "$1") || exit 1
unit=${2:+$(realpath "$2")} || exit 1
here=$(realpath "$(dirname "$0")") || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
umask 077
unset SIXPN_COLOR_MODE WG_COLOR_MODE SIXPN_HIDE_KEYS WG_HIDE_KEYS NO_COLOR WG_CONFIG SIXPN_CONFIG
export LC_ALL=C

bad=0
result()
{
	if [ "$1" -eq 0 ]; then
		echo "ok $2"
	else
		echo "not ok $2"
		[ ! -e err ] || sed 's/^/# /' err
		bad=1
	fi
}

# run WORDS...: leaves out, err and status
run()
{
	"$sixpn" "$@" >out 2>err </dev/null
	status=$?
}

# what a refusal must not change; scripts that have something put their own here
everything()
{
	:
}

# refuses STATUS TEXT WORDS...: that exit status, nothing on standard output,
# one line on standard error that holds the text, and nothing has changed
refuses()
{
	local wanted=$1 text=$2 before after name

	shift 2
	name="refused: ${*//$'\e'/ESC}"
	name=${name//[$'\n\t']/ }
	before=$(everything)
	run "$@"
	after=$(everything)
	if [ "$status" -eq "$wanted" ] && [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ] &&
	   grep -q '^sixpn: ' err && grep -qF -- "$text" err && [ "$before" = "$after" ]; then
		result 0 "$name"
	else
		echo "exit $status, wanted $wanted with '$text'" >>err
		result 1 "$name"
	fi
}

# put KEY JSON: a record
put()
{
	"$unit" put "sqlite:$work/registry.db" "/sixpn/v1/$1" <<<"$2" || exit 1
}

# field NAME: of the JSON in out, the first of them
field()
{
	sed -n 's/^ *"'"$1"'": "\{0,1\}\([^"]*[^",]\)"\{0,1\},\{0,1\}$/\1/p' out | head -n 1
}

# key: the public one of a new pair
key()
{
	"$sixpn" genkey | "$sixpn" pubkey
}
