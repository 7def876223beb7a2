#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# dkms add, build and install for the headers of both Debian kernels, into scratch trees; then each module that came out
# is loaded in a VM of its kernel. Speaks KTAP.
set -u
repo=$(cd "$(dirname "$0")/.." && pwd)
cd "$repo" || exit 1

if [ "${1:-}" = --inside ]; then
	# dkms would make a signing key in /var/lib/dkms: what it may write is the scratch folder only
	work=$2
	mount -t tmpfs tmpfs /etc/dkms
	printf 'mok_signing_key="%s/mok.key"\nmok_certificate="%s/mok.pub"\n' "$work" "$work" > /etc/dkms/framework.conf
	shift 2
	# it strips debug information off: here there is none to make
	export MAKEFLAGS=" -- KCFLAGS=-g0 CONFIG_DEBUG_INFO_BTF_MODULES="
	exec dkms "$@"
fi

if [ "${1:-}" = --in-vm ]; then
	set -e
	modprobe sixpn
	ip link add mesh0 type sixpn
	ip -d link show mesh0 | grep -w sixpn
	ip link del mesh0
	modprobe -r sixpn
	exit
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/sixpn-dkms.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/dkms" "$work/install"
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
ran=0 failed=0

# point DESCRIPTION COMMAND...: one test point; what the command says is shown when it fails
point() {
	local what=$1
	shift
	ran=$((ran + 1))
	if "$@" > "$work/log" 2>&1 < /dev/null; then
		echo "ok $ran $what"
		return 0
	fi
	echo "not ok $ran $what"
	failed=1
	cat "$work/log" "$work"/dkms/sixpn/"$version"/build/make.log 2>/dev/null | tail -n 60 | sed 's/^/# /'
	return 1
}

in_scratch() {
	local verb=$1 map=()
	shift
	[ "$(id -u)" = 0 ] || map=(--map-root-user)
	unshare --mount "${map[@]}" "$0" --inside "$work" "$verb" -m sixpn -v "$version" --dkmstree "$work/dkms" \
		--sourcetree "$work/usr/src" --installtree "$work/install" "$@"
}

# what dkms installed, for a kernel's version
built() {
	find "$work/install/$1" -name 'sixpn.ko*' | grep .
}

none_built() {
	! built .
}

loads() {
	local module
	module=$(built "$2") || return 1
	case $module in
	*.xz) xz -d "$module"; module=${module%.xz} ;;
	esac
	SIXPN_MODULE=$module SIXPN_NOBUILD=1 selftests/vm/run -k "$1" selftests/dkms.sh --in-vm
}

point "the sources that DKMS needs install" make -s dkms-source DESTDIR="$work" &&
	point "dkms add" in_scratch add
for series in 6.1 6.12; do
	kernel=$(selftests/vm/kernel/get "$series") && release=$(cat "$kernel/release") || exit 1
	headers=$kernel/lib/modules/$release/build
	mkdir "$work/install/$release"
	point "dkms build for $release" in_scratch build -k "$release" --kernelsourcedir "$headers" --config "$kernel/config" &&
		point "dkms install for $release" in_scratch install -k "$release" --kernelsourcedir "$headers" --config "$kernel/config" --no-depmod &&
		point "the module lies where modprobe looks" built "$release" &&
		point "the module loads on $release and makes a device" loads "$series" "$release"
done
point "dkms remove" in_scratch remove --all --no-depmod
point "nothing of it stays" none_built
echo "1..$ran"
exit $failed
