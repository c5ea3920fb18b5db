#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Load and unload real modules on all CPUs for a long time, with probes and
# tracing that look up module addresses meanwhile.  Afterwards nothing of them
# may be left.
seconds=${STRESS_SECONDS:-600}
tracing=/sys/kernel/tracing
failed=0

unload_all() {
	for _ in $(seq 40); do
		# A live patch goes when it is off. That waits for all tasks, and
		# while one waits no other one can.
		for patch in /sys/kernel/livepatch/*/enabled; do
			[ ! -e "$patch" ] || echo 0 2>/dev/null >"$patch"
		done
		awk '$3 == 0 { print $1 }' /proc/modules | while read -r m; do
			rmmod "$m" 2>/dev/null
		done
		grep -q . /proc/modules || return 0
		sleep 1
	done
	return 1
}

# Of execmem's, by type: allocations
module_memory() {
	awk '/^module_/ { n += $3 } END { print n + 0 }' \
		/sys/kernel/debug/execmem/types
}

uptime_seconds() {
	read -r up _ </proc/uptime
	echo "${up%%.*}"
}

worker() {
	i=0 loads=0
	while [ "$(uptime_seconds)" -lt "$end" ]; do
		# shellcheck disable=SC2013 # names, no blanks in them
		for m in $(awk -v w="$1" 'NR % 4 == w' /tmp/modules); do
			modprobe -q "$m" 2>/dev/null && loads=$((loads + 1))
			modprobe -q -r "$m" 2>/dev/null
		done
		i=$((i + 1))
	done
	echo "# worker $1: $i rounds, $loads loads"
	[ $loads -gt 0 ] || touch /tmp/idle
}

# Without kretprobe_example: where a kprobe with a post handler joins its probe,
# the base cannot disarm the two, and goes on without the memory of the second.
find /lib/modules -name '*.ko' | sed 's:.*/::; s:\.ko$::' |
	grep -vE '^(test_|lkdtm|scsi_debug|tcrypt|crypto_test|cryptomgr|kretprobe_example)' |
	sort >/tmp/modules
echo "TAP version 13"
echo "1..3"
end=$(($(uptime_seconds) + seconds))
before=$(module_memory)
# It stays: the base warns when it goes while an algorithm registers.
modprobe cryptomgr 2>/dev/null
echo function >$tracing/current_tracer
workers=
for w in 0 1 2 3; do
	worker $w &
	workers="$workers $!"
done
(while :; do
	cat /proc/kallsyms /proc/modules >/dev/null
	cat /sys/kernel/debug/kprobes/list >/dev/null
	sleep 1
done) &
reader=$!
# shellcheck disable=SC2086 # a list; busybox tells a subshell of no jobs
wait $workers
kill $reader
echo nop >$tracing/current_tracer
if unload_all; then
	echo "ok 1 all modules unload"
else
	echo "not ok 1 all modules unload"
	cat /proc/modules
	failed=1
fi
if [ -e /tmp/idle ]; then
	echo "not ok 2 each worker loads modules"
	failed=1
else
	echo "ok 2 each worker loads modules"
fi
sleep 2
after=$(module_memory)
if [ "$before" -eq "$after" ]; then
	echo "ok 3 no memory of modules is left"
else
	echo "# before $before, after $after"
	echo "not ok 3 no memory of modules is left"
	failed=1
fi
exit $failed
