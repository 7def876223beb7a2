#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What `make` promises, on a copy of the tree: a second one rebuilds nothing, a changed header rebuilds what includes it,
# -j is safe, install and uninstall are each other's opposite. Speaks KTAP.
set -u
# what a make that called this was told (-s, -j, variables) is not for the makes below
unset MAKEFLAGS MFLAGS GNUMAKEFLAGS MAKEOVERRIDES MAKELEVEL
repo=$(cd "$(dirname "$0")/.." && pwd)
cd "$repo" || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/sixpn-build.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
ran=0 failed=0

t() {
	ran=$((ran + 1))
	if "$2" > "$work/log" 2>&1 < /dev/null; then
		echo "ok $ran $1"
	else
		echo "not ok $ran $1"
		failed=1
		tail -n 40 "$work/log" | sed 's/^/# /'
	fi
}

# nobody debugs what comes out of it
mk() {
	make --no-print-directory -C "$work/tree" KDIR="$headers" CFLAGS=-O2 KCFLAGS=-g0 CONFIG_DEBUG_INFO_BTF_MODULES= "$@"
}

# without self-tests, as users do: lint warns with them only
builds() {
	mk -j2 > "$work/first" 2>&1 || { cat "$work/first"; return 1; }
	[ -s "$work/tree/sixpn.ko" ] && [ -x "$work/tree/userspace/sixpn/sixpn" ] && ! grep -i 'warning:' "$work/first"
}

silent() { mk > "$work/second"; cat "$work/second"; [ ! -s "$work/second" ]; }

# rebuilds the object, and not all of them
touched() {
	touch "$work/tree/kernel/replay.c"
	mk > "$work/third"
	cat "$work/third"
	grep -q 'CC.*kernel/replay.o' "$work/third" && ! grep -q 'CC.*kernel/noise.o' "$work/third"
}

# one object of each shows it; that all of it is compiled on both kernels is for the tests in VMs
object() { make --no-print-directory -C "$work/tree" KDIR="$1" VM_TARGET=kernel/replay.o vm-module > "$work/object"; cat "$work/object"; }

other_kernel() {
	object "$headers" && object "$other" && [ "$(find "$work/tree/.build" -name replay.o | wc -l)" = 3 ] && silent &&
		object "$headers" && [ ! -s "$work/object" ] && object "$other" && [ ! -s "$work/object" ]
}

installs() {
	mk install DESTDIR="$work/root" PREFIX=/usr && [ -x "$work/root/usr/bin/sixpn" ] &&
		[ -e "$work/root/usr/share/man/man8/sixpn.8" ] && [ -n "$(find "$work/root/lib/modules" -name sixpn.ko)" ]
}

uninstalls() {
	mk uninstall DESTDIR="$work/root" PREFIX=/usr && find "$work/root" -type f && [ -z "$(find "$work/root" -type f)" ]
}

cleans() {
	mk clean
	(cd "$work/tree" && find . -type f | sort) > "$work/after"
	diff "$work/before" "$work/after"
}

kernel=$(selftests/vm/kernel/get 6.12) && headers=$kernel/lib/modules/$(cat "$kernel/release")/build || exit 1
kernel=$(selftests/vm/kernel/get 6.1) && other=$kernel/lib/modules/$(cat "$kernel/release")/build || exit 1
mkdir "$work/tree"
if git rev-parse --is-inside-work-tree > /dev/null 2>&1; then
	git ls-files -z --cached --others --exclude-standard | xargs -0 ls -d 2> /dev/null | cpio -pdm --quiet "$work/tree"
else
	find . -type f ! -path './.build/*' | cpio -pdm --quiet "$work/tree"
fi
(cd "$work/tree" && find . -type f | sort) > "$work/before"

t "make builds the module and the tools without a warning" builds
t "a second make does nothing and says nothing" silent
t "a changed source is compiled again, others are not" touched
t "another kernel's module is built beside it and disturbs nothing" other_kernel
t "make install puts program, man page and module in place" installs
t "make uninstall removes them all" uninstalls
t "make clean leaves the sources only" cleans
echo "1..$ran"
exit $failed
