#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The debug kernel finds what it is there to find: one bug of each class in a module made for that, each reported with where
# it is. That nothing was reported of sixpn would else say little.
set -u
here=$(cd "$(dirname "$0")" && pwd)
log=/tmp/sixpn-checkers.log
count=0 failed=0

point() {
	count=$((count + 1))
	echo "$1 $count - $2"
	if [ "$1" != ok ]; then
		failed=$((failed + 1))
		sed 's/^/# /' $log
	fi
}

# run BUG: the kernel log of it in $log
run() {
	dmesg -C
	insmod "$modules/sixpn_bugs.ko" "bug=$1" 2>&1 | grep -q "Operation canceled" || echo "# $1: not as a module that fails"
	dmesg > $log
}

# finds BUG REGEX...: each is in the report
finds() {
	local bug=$1 regex
	shift
	run "$bug"
	for regex in "$@"; do
		if ! grep -Eq "$regex" $log; then
			echo "# not in the report: $regex"
			point "not ok" "$bug is found"
			return
		fi
	done
	if "$here/log-check" $log > /dev/null; then
		point "not ok" "$bug is taken for a report"
	else
		point ok "$bug is found"
	fi
}

silent() {
	run "$1"
	if "$here/log-check" $log > /dev/null; then
		point ok "nothing is reported of $1"
	else
		point "not ok" "nothing is reported of $1"
	fi
}

leaks() {
	local file=/sys/kernel/debug/kmemleak
	run leak
	# of what is younger than 5 s it says nothing
	sleep 6
	echo scan > $file
	sleep 6
	echo scan > $file
	cat $file > $log
	if grep -q 'comm "insmod"' $log && grep -q do_one_initcall $log; then
		point ok "leak is found"
	else
		point "not ok" "leak is found"
	fi
	echo clear > $file
}

guest() {
	modules=$1
	# first these: lockdep is off after its report and after KASAN's
	finds rcu-without-lock 'WARNING: suspicious RCU usage' 'rcu_without_lock\+'
	silent no-rcu-without-lock
	finds sleep-in-lock 'BUG: sleeping function called from invalid context' 'sleep_in_lock\+'
	finds lock-order 'WARNING: possible circular locking dependency detected' 'lock_order\+'
	finds read-after-free 'KASAN: slab-use-after-free in read_after_free' 'Allocated by task' 'Freed by task' 'new_object\+' \
		'old_object\+' 'do_one_initcall\+'
	finds atomic-after-free 'KASAN: slab-use-after-free in atomic_after_free' 'Write of size 4'
	silent no-after-free
	finds out-of-bounds 'KASAN: slab-out-of-bounds in out_of_bounds'
	finds after-free-from-timer 'KASAN: slab-use-after-free in after_free_from_timer' 'in_timer\+' 'call_timer_fn\+' 'handle_softirqs\+'
	leaks
	finds free-active-timer 'ODEBUG: free active' 'nothing\+'
	finds number-of-cpu 'BUG: using smp_processor_id\(\) in preemptible' 'number_of_cpu\+'
	finds data-of-cpu 'BUG: using __this_cpu_add\(\) in preemptible' 'data_of_cpu\+'
	silent no-preemption
	finds preempt-imbalance 'preemption imbalance'
	finds shift-too-far 'UBSAN: shift-out-of-bounds'
	finds reference-leak 'ref_tracker: .*sixpn_bugs.* has 1/1 users at' 'reference_leak\+'
	echo "1..$count"
	[ $failed = 0 ]
	exit
}

if [ -n "${SIXPN_VM:-}" ]; then
	guest "$@"
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/sixpn-checkers.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
kernel=$("$here/kernel/get" debug) || exit 1
cp "$here"/bugs/* "$work/"
make -s -C "$kernel/lib/modules/$(cat "$kernel/release")/build" M="$work" modules > "$work/build" 2>&1 || {
	sed 's/^/# /' "$work/build"
	exit 1
}
# 123: that it has reported something is what is wanted
SIXPN_MODULE=none SIXPN_VM_APPEND=kasan_multi_shot "$here/run" -k debug -c 1 -t 600 -- "$0" "$work" 2> "$work/reports"
status=$?
[ $status = 123 ] && exit 0
sed 's/^/# /' "$work/reports"
exit $((status ? status : 1))
