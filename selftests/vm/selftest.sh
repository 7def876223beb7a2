#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does the VM runner keep its word? Exit codes, arguments, output, read-only root, time-outs, and the log check against one
# report of each class. Speaks KTAP. The module is not needed: that it loads is for the other tests to show.
set -u
vm_dir=$(cd "$(dirname "$0")" && pwd)
repo=$(cd "$vm_dir/../.." && pwd)
cd "$repo" || exit 1
export SIXPN_MODULE=none SIXPN_NOBUILD=1
unset SIXPN_SELFTEST

if [ "${1:-}" = --guest ]; then
	case $2 in
	status)
		echo "$SIXPN_VM, $(nproc) CPU"
		exit 42
		;;
	# what needs no VM of its own, each part under its name and with its exit status; each of them could spoil the last one
	several)
		file=$3 reports=$4
		shift 4
		for part in output arguments write environment quotes; do
			echo "@@ $part"
			case $part in
			arguments) "$0" --guest arguments "$@" ;;
			write) "$0" --guest write "$file" ;;
			environment) "$0" --guest environment "$PWD" ;;
			quotes) "$0" --guest quotes "$reports" ;;
			*) "$0" --guest "$part" ;;
			esac
			printf '\n@@ %s\n' "$?"
		done 2>&1
		exit 42
		;;
	arguments)
		shift 2
		printf '<%s>' "$@"
		echo "[$PWD][$(id -u)][$SIXPN_SELFTEST_MARK]"
		;;
	output)
		echo "<4>noise in the kernel log" > /dev/kmsg
		echo to stdout
		echo to stderr >&2
		echo through /dev/stdout > /dev/stdout
		head -c 1000000 /dev/zero | tr '\0' x
		# left behind: must not keep the VM up
		sleep 1000 &
		;;
	write)
		echo guest > "$3" && [ "$(cat "$3")" = guest ] && touch /usr/written-by-the-guest
		;;
	environment)
		set -ex
		[ "$(hostname)" = sixpn-vm ]
		[ "$HOME" = /root ]
		ping -c 1 -W 10 127.0.0.1
		[ -e /dev/fd/1 ]
		[ -w /dev/shm ]
		[ -d /sys/kernel/debug/tracing ] || [ -d /sys/kernel/debug/bdi ]
		[ -e /sys/fs/cgroup/cgroup.procs ]
		[ -c /dev/pts/ptmx ]
		[ "$(cat /proc/sys/kernel/panic_on_oops)" = 1 ]
		[ "$(cut -f 1 /proc/sys/kernel/printk)" -ge 7 ]
		modprobe wireguard
		ip netns add a && ip -n a link add wg0 type wireguard && ip netns del a
		[ "$(command -v sixpn || echo none)" = none ] || [ "$(command -v sixpn)" = "$3/.build/net/sixpn" ]
		;;
	reports)
		# each report on its own, with a line before it that no check may take for one
		while IFS= read -r line; do
			echo "<4>quoting is no report: $line" > /dev/kmsg
			echo "<4>$line" > /dev/kmsg
		done < "$3"
		;;
	quotes)
		while IFS= read -r line; do
			echo "<4>quoting is no report: $line" > /dev/kmsg
		done < "$3"
		echo '<6>traps: prog[1] general protection fault ip:0 sp:0 error:0' > /dev/kmsg
		echo '<6>kmemleak: Kernel memory leak detector initialized (mem pool available: 15714)' > /dev/kmsg
		echo '<6>rcu: Hierarchical SRCU implementation.' > /dev/kmsg
		;;
	panic)
		echo before
		# until that has been carried out of the guest, which another process does
		sleep 1
		echo c > /proc/sysrq-trigger
		sleep 60
		;;
	off)
		/bin/busybox reboot -f
		sleep 60
		;;
	sleep)
		echo before
		sleep 1000
		;;
	esac
	exit
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/sixpn-vm-test.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
ran=0 failed=0

# in_vm STATUS [OPTION...] WHAT [ARG...]: the runner must exit with STATUS; output to $here/out and $here/err
here=$work
in_vm() {
	local want=$1 status=0 options=()
	shift
	while [ "${1#-}" != "$1" ]; do
		options+=("$1")
		case $1 in -i) shift ;; *) options+=("$2"); shift 2 ;; esac
	done
	"$vm_dir/run" -l "$here/console" ${options[@]+"${options[@]}"} -- selftests/vm/selftest.sh --guest "$@" \
		> "$here/out" 2> "$here/err" < /dev/null || status=$?
	[ "$status" = "$want" ] || { echo "exit status $status, not $want" >> "$here/err"; return 1; }
}

# part NAME: what it printed into $work/part; it must have succeeded
part() {
	sed -n "/^@@ $1\$/,/^@@ [0-9]/p" "$work/out" | sed 1d > "$work/part"
	[ "$(tail -n 1 "$work/part")" = '@@ 0' ] || { cat "$work/part" >> "$work/err"; return 1; }
}

# t DESCRIPTION FUNCTION
t() {
	ran=$((ran + 1))
	if $2; then
		echo "ok $ran $1"
	else
		echo "not ok $ran $1"
		failed=1
		{ tail -c 2000 "$here/out"; tail -n 40 "$here/err"; } 2>/dev/null | sed 's/^/# /'
	fi
}

# one of each class, as kernels print them
cat > "$work/reports" <<'REPORTS'
WARNING: CPU: 0 PID: 1 at net/core/dev.c:1 dev_get_by_index+0x1/0x2
WARNING: possible circular locking dependency detected
WARNING: possible recursive locking detected
WARNING: suspicious RCU usage
WARNING: held lock freed!
WARNING: inconsistent lock state
BUG: KASAN: slab-use-after-free in peer_put+0x1/0x2
BUG: KFENCE: out-of-bounds read in peer_put+0x1/0x2
BUG: kernel NULL pointer dereference, address: 0000000000000000
BUG: sleeping function called from invalid context at mm/slab.h:1
BUG: scheduling while atomic: ping/1/0x00000002
BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 121s!
BUG: MAX_LOCKDEP_ENTRIES too low!
BUG kmalloc-64 (Not tainted): Redzone overwritten
kernel BUG at net/core/skbuff.c:1!
Oops: 0000 [#1] PREEMPT SMP
general protection fault, probably for non-canonical address 0xdffffc0000000000: 0000 [#1]
UBSAN: array-index-out-of-bounds in peer.c:1:2
INFO: task ip:1 blocked for more than 120 seconds.
INFO: trying to register non-static key.
rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
rcu: INFO: rcu_preempt self-detected stall on CPU
watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [ping:1]
kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
unreferenced object 0xffff888012345678 (size 64):
refcount_t: underflow; use-after-free.
unregister_netdevice: waiting for mesh0 to become free. Usage count = 2
ref_tracker: reference already released.
leaked reference.
ODEBUG: free active (active state 0) object: 0000000012345678 object type: timer_list hint: 0x0
list_add corruption. next->prev should be prev
Call Trace:
------------[ cut here ]------------
REPORTS

# shellcheck disable=SC2016 # a dollar sign must go in as it is
status() {
	echo host > "$work/file"
	SIXPN_SELFTEST_MARK=mark in_vm 42 several "$work/file" "$work/reports" 'a b' '' "it's" '$x'
}
# the kernel and the mode that the tests above do not have
on_61() { in_vm 42 -k 6.1 -i status && grep -q '^6\.1\.' "$work/out"; }
deterministic() { grep -q ', 1 CPU$' "$work/out"; }
# shellcheck disable=SC2016
arguments() { part arguments && grep -qxF "<a b><><it's><\$x>[$repo][0][mark]" "$work/part"; }
output() {
	part output && head -n 1 "$work/part" | grep -qx 'to stdout' && grep -qx 'to stderr' "$work/part" &&
		grep -qx 'through /dev/stdout' "$work/part" && [ "$(tr -dc x < "$work/part" | wc -c)" = 1000000 ] &&
		! grep -q noise "$work/out" && grep -q 'noise in the kernel log' "$work/console"
}
write() { part write && [ "$(cat "$work/file")" = host ] && [ ! -e /usr/written-by-the-guest ]; }
environment() { part environment; }
# the run did not fail for them
quotes() { part quotes && grep -q 'quoting is no report' "$work/console"; }
panic() { in_vm 123 panic && grep -qx before "$work/out" && grep -q 'Kernel panic - not syncing: sysrq' "$work/err"; }
off() { in_vm 125 -c 1 -m 1024 off; }
# The limit is for the whole run: long enough to boot on a busy machine, so the script's first word must have come. Most of
# it is waiting: begun first, and asked for last. One that got no time to boot in is no answer
slow() {
	wait "$slow"
	if ! grep -qx before "$here/out"; then
		rm -f "$here/ended-so"
		in_vm 124 -c 1 -t 100 sleep && : > "$here/ended-so"
	fi
	[ -e "$here/ended-so" ] && grep -qx before "$here/out" && grep -q 'out of time after 100 s' "$here/err"
}
begin_slow() {
	here=$work/slow
	mkdir "$here"
	{ in_vm 124 -c 1 -t 100 sleep && : > "$here/ended-so"; } &
	slow=$!
	here=$work
}
reports() { in_vm 123 -c 1 reports "$work/reports" && grep -q 'WARNING: possible circular' "$work/err"; }

# the log that the VM just made, cut to one report at a time: each must be found, and each quotation must not
each_report() {
	local line missing=0
	while IFS= read -r line; do
		grep -aF "] $line" "$work/console" > "$work/one" || { echo "not in the log: $line" >> "$work/err"; missing=1; }
		"$vm_dir/log-check" "$work/one" > /dev/null && { echo "not found: $line" >> "$work/err"; missing=1; }
	done < "$work/reports"
	grep -aF 'quoting is no report' "$work/console" > "$work/quoted"
	"$vm_dir/log-check" "$work/quoted" > /dev/null || { echo "a quotation was taken for a report" >> "$work/err"; missing=1; }
	return "$missing"
}

no_program() {
	local status=0
	"$vm_dir/run" -- /no/such/program > "$work/out" 2> "$work/err" || status=$?
	[ "$status" = 125 ] && grep -q 'no such program' "$work/err"
}

# killed from outside: QEMU goes too, and so does the temporary folder
interrupted() {
	local pid i
	TMPDIR=$work "$vm_dir/run" -c 1 -- selftests/vm/selftest.sh --guest sleep > "$work/out" 2> "$work/err" < /dev/null &
	pid=$!
	for ((i = 0; i < 1200; i++)); do
		grep -qx before "$work/out" && break
		sleep 0.1
	done
	kill -TERM "$pid"
	wait "$pid"
	[ $? = 143 ] && ! ls -d "$work"/sixpn-vm.?????? > /dev/null 2>&1 && ! pgrep -f "$work/sixpn-vm" > /dev/null
}

begin_slow
t "the exit status of the script comes out" status
t "output comes out whole and apart from the kernel log" output
t "arguments, folder and SIXPN_ variables go in" arguments
t "what the guest writes stays in the guest" write
t "the guest has what tests expect" environment
t "lines that quote reports are no reports" quotes
t "the exit status comes out of the 6.1 kernel" on_61
t "and of one CPU in deterministic mode" deterministic
t "a panic is a report" panic
t "a VM that ends without a word is an error" off
t "reports in the kernel log fail the run" reports
t "each class of report is found by itself" each_report
t "a missing program is an error" no_program
t "a signal ends QEMU and removes the temporary folder" interrupted
here=$work/slow
t "a script out of time is ended" slow
echo "1..$ran"
exit $failed
