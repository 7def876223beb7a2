#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Load the module that was built with its self-tests, and turn what they say in the kernel log into KTAP. modprobe finds it with
# SIXPN_SELFTEST=1 of selftests/vm/run; else it takes the place of the one without.
set -u

ran=0 failed=0
point() {
	ran=$((ran + 1))
	echo "$1 $ran $2"
	[ "$1" = ok ] || failed=1
}

load() {
	modprobe sixpn || return
	if [ -z "${SIXPN_SELFTEST:-}" ]; then
		rmmod sixpn && insmod ".build/$(uname -r)-selftest/sixpn.ko"
	fi
}

if load; then
	point ok "the module with self-tests loads"
else
	point "not ok" "the module with self-tests loads"
fi
# one line for each, "selftest NAME: ok" or "selftest NAME: FAILED: why"
while read -r name verdict why; do
	case $verdict in
	ok) point ok "$name" ;;
	*) point "not ok" "$name # $why" ;;
	esac
done < <(dmesg | sed -n 's/.*\] sixpn: selftest \([^:]*\): \([^:]*\):* */\1 \2 /p')
if [ $ran -lt 2 ]; then
	point "not ok" "the log names the self-tests that ran"
	dmesg | grep '] sixpn:' | sed 's/^/# /'
fi
echo "1..$ran"
exit $failed
