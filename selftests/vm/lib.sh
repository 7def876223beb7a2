# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Shared by the scripts of selftests/vm: messages, the cache folder, Debian packages. To be sourced by bash.

vm_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for those who source this
repo=$(cd "$vm_dir/../.." && pwd)
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/sixpn

say() {
	echo "$*" >&2
}

die() {
	say "${0##*/}: $*"
	exit 1
}

# apt_fresh: make sure that apt has package lists. Only root can fetch them.
apt_fresh() {
	if apt-cache show linux-image-amd64 >/dev/null 2>&1 && [ "${1:-}" != again ]; then
		return 0
	fi
	if [ "$(id -u)" != 0 ]; then
		die "apt has no usable package lists; as root run: apt-get update"
	fi
	say "  APT     update"
	apt-get -qq update >&2
}

# deb_depends PACKAGE REGEX: the first direct dependency of PACKAGE whose name matches REGEX
deb_depends() {
	apt-cache depends --important "$1" 2>/dev/null | awk -v re="^($2)\$" '$1 == "Depends:" && $2 ~ re { print $2; exit }'
}

# deb_version PACKAGE: its candidate version
deb_version() {
	apt-cache policy "$1" 2>/dev/null | awk '$1 == "Candidate:" && $2 != "(none)" { print $2 }'
}

# deb_download DIR PACKAGE[=VERSION]...: the .deb files into DIR, without installing them. apt drops root for the
# download and warns where that is not possible: a warning is all it is.
deb_download() {
	local dir=$1
	shift
	say "  FETCH   $*"
	if ! (cd "$dir" && apt-get -qq -o APT::Sandbox::User=root download "$@" >&2); then
		apt_fresh again
		(cd "$dir" && apt-get -qq -o APT::Sandbox::User=root download "$@" >&2)
	fi
}

# cache_lock NAME: hold a lock until the shell ends, so that two runs do not fetch or build the same thing twice
cache_lock() {
	mkdir -p "$cache"
	exec 9>"$cache/.$1.lock"
	flock 9
}

# linux_source PACKAGE: set $source_deb to the package's file, and $source_version
linux_source() {
	local tmp
	source_version=$(deb_version "$1")
	[ -n "$source_version" ] || die "apt knows no $1"
	source_deb=$cache/source/$1_$source_version.deb
	(
		cache_lock source
		[ ! -e "$source_deb" ] || exit 0
		mkdir -p "$cache/source"
		tmp=$(mktemp -d "$cache/source/.fetch.XXXXXX")
		trap 'rm -rf "$tmp"' EXIT
		deb_download "$tmp" "$1=$source_version"
		rm -f "$cache/source/$1"_*.deb
		mv "$tmp"/*.deb "$source_deb"
	)
}
