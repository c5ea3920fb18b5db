#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the guest for harness/baseline: samples of the base that put code
# somewhere or patch it, and those tests of ftrace that are about kprobes,
# instances and direct calls. Says one line per test.
set -u
tracing=/sys/kernel/tracing

built() { [ -n "$(find /lib/modules -name "$1.ko" -o -name "$(echo "$1" | tr _ -).ko")" ]; }

# What the samples look at: tasks are made and woken up
work() {
	for _ in 1 2 3; do
		(sleep 1)
	done
}

unload() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		rmmod "$1" 2>/dev/null && return 0
		sleep 1
	done
	return 1
}

# sample MODULE SIGN FILE: it loads, SIGN shows up in FILE, it unloads
sample() {
	built "$1" || return 0
	dmesg -c >/dev/null
	echo >$tracing/trace
	if modprobe "$1"; then
		verdict="loads"
		work
		if [ "$3" = dmesg ]; then dmesg; else cat "$3"; fi >/tmp/seen
		if grep -q "$2" /tmp/seen; then
			verdict="$verdict, works"
		else
			verdict="$verdict, does nothing"
		fi
		# A live patch lets go of the code first
		if [ -e "/sys/kernel/livepatch/$1" ]; then
			echo 0 >"/sys/kernel/livepatch/$1/enabled"
			for _ in 1 2 3 4 5 6 7 8 9 10; do
				[ -e "/sys/kernel/livepatch/$1" ] || break
				sleep 1
			done
		fi
		if unload "$1"; then
			verdict="$verdict, unloads"
		else
			verdict="$verdict, does not unload"
		fi
	else
		verdict="does not load"
	fi
	echo "verdict: sample $1: $verdict"
}

for module in kprobe_example kretprobe_example fprobe_example; do
	sample $module kernel_clone dmesg
done
for module in ftrace_direct ftrace_direct_too ftrace_direct_modify \
	      ftrace_direct_multi ftrace_direct_multi_modify; do
	sample $module my_direct_func $tracing/trace
done
sample sample_trace_array . $tracing/instances/sample-instance/trace
sample test_klp_livepatch "has been live patched" /proc/cmdline
sample livepatch_sample "has been live patched" /proc/cmdline

cd /ftrace || exit 1
for test in test.d/kprobe/*.tc test.d/instances/*.tc test.d/direct/*.tc; do
	./ftracetest -v "$test" >/tmp/out 2>&1
	result=$(sed -n 's/^\[[0-9]*\].*\[\([A-Z]*\)\]$/\1/p' /tmp/out |
		sort -u | tr '\n' ' ')
	echo "verdict: ftracetest ${test#test.d/}: ${result:-no result}"
	case $result in
	"PASS ") ;;
	*) tail -n 15 /tmp/out | sed 's/^/ | /' ;;
	esac
done
exit 0
