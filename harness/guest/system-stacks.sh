#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the guest for harness/system: backtraces through code of modules, BPF
# programs, kprobes and tracers are whole and have the right names, and perf
# hears of each piece of code that comes and goes.
set -u
# shellcheck source=harness/guest/system-lib.sh
. /guest/system-lib.sh

# in_type TYPE ADDRESS: is that of an allocation of this type?
in_type() {
	awk -v type="$1" -v addr="x$2" '
		$2 == type {
			split($1, span, "-")
			if (substr(span[1], 2) <= addr && addr < substr(span[2], 2))
				found = 1
		}
		END { exit !found }
	' /tmp/allocations
}

look="cat $tracing/trace >/tmp/trace;
	cat /sys/kernel/debug/execmem/allocations >/tmp/allocations"

# names WORD...: the backtrace in /tmp/stack has all of them, in this order, and
# ends where the system call began
names() {
	for word in "$@" entry_SYSCALL_64; do
		found=$(grep -nF -- "$word" /tmp/stack | head -n 1)
		if [ -z "$found" ]; then
			echo "# no $word in"
			cat /tmp/stack
			return 1
		fi
		sed -i "1,${found%%:*}d" /tmp/stack
	done
}

# through FUNCTION OFFSET: a backtrace from a BPF program at a probe there
through() {
	echo >$tracing/trace
	echo 1 >$tracing/events/bpf_trace/bpf_trace_printk/enable
	echo 1 >$tracing/options/stacktrace
	/guest/backtrace "$1" "$2" "$look"
	rc=$?
	echo 0 >$tracing/options/stacktrace
	echo 0 >$tracing/events/bpf_trace/bpf_trace_printk/enable
	grep '^ =>' /tmp/trace >/tmp/stack
	cp /tmp/stack /tmp/whole
	return $rc
}

# The frame of a trampoline has an address and no name: base and this alike.
trampoline() {
	addr=$(sed -n 's/^ => 0x\([0-9a-f]*\)$/\1/p' /tmp/whole | head -n 1)
	[ -n "$addr" ] && in_type ftrace "$addr"
}

# Between the first instructions of a function, wherever one may be probed
inside() {
	for offset in 5 9 8 12 7 6; do
		! through "$1" $offset 2>/dev/null || return 0
	done
	return 1
}

echo "TAP version 13"
echo "1..6"
warm_up
load
mkdir -p /dev/mapper
[ -e /dev/mapper/control ] || mknod /dev/mapper/control c 10 236

through capable 0 && trampoline
verdict $? "a BPF program is run from the trampoline at the entry of a function"
names bpf_prog_ trace_call_bpf kprobe_ftrace_handler capable "=> ctl_ioctl" \
	"=> dm_ctl_ioctl"
verdict $? "its backtrace has all: the program, the probe, the module"
inside dm_ctl_ioctl && names bpf_prog_ trace_call_bpf "=> dm_ctl_ioctl"
verdict $? "so has one from the middle of a function of the module"

echo >$tracing/trace
echo capable >$tracing/set_ftrace_filter
echo function >$tracing/current_tracer
echo 1 >$tracing/options/func_stack_trace
/guest/backtrace dm_ctl_ioctl 0 "$look"
echo 0 >$tracing/options/func_stack_trace
echo nop >$tracing/current_tracer
echo >$tracing/set_ftrace_filter
grep '^ =>' /tmp/trace | grep -B 3 -A 6 dm_ctl_ioctl >/tmp/stack
names "=> capable" "=> ctl_ioctl" "=> dm_ctl_ioctl"
verdict $? "and one of a function tracer"
unload_all

/guest/ksymbol
verdict $? "perf hears of each piece of code that comes, and that goes"
exit $failed
