#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the guest for harness/test-full: one allocation in a hundred fails, at
# random, under those who load modules and generate code. They may be refused
# what they want; nothing may be left of it, and all works afterwards. That
# each single allocation fails once is in the kselftests.
set -u
# shellcheck source=harness/guest/lib.sh
. /guest/lib.sh
rounds=${FAILSLAB_ROUNDS:-40}
faults=/sys/kernel/debug
modules="ext4 dm_crypt nf_tables bonding e1000 zram squashfs vxlan"

# faults PERCENT: for tasks that ask for it, also if they could wait
faults() {
	for f in failslab fail_page_alloc; do
		echo "$1" >$faults/$f/probability
		echo Y >$faults/$f/task-filter
		echo N >$faults/$f/ignore-gfp-wait
		echo -1 >$faults/$f/times
		echo 0 >$faults/$f/verbose
	done
	echo N >$faults/fail_page_alloc/ignore-gfp-highmem
	echo 0 >$faults/fail_page_alloc/min-order
	# Steps of execmem that allocate nothing here
	f=$faults/fail_execmem
	echo "$1" >$f/probability
	echo Y >$f/task-filter
	echo -1 >$f/times
	echo 0 >$f/verbose
}

# faulty COMMAND...: its allocations fail
faulty() {
	(
		echo 1 >/proc/self/make-it-fail
		"$@" >/dev/null 2>&1
	)
}

clean() {
	for instance in /sys/kernel/tracing/instances/users*; do
		[ -d "$instance" ] || continue
		echo nop >"$instance/current_tracer"
		rmdir "$instance"
	done
	unload_all
}

all() {
	for m in $modules; do
		modprobe "$m" || return 1
	done
	# shellcheck disable=SC2086 # numbers
	/guest/users $users true
}

echo "TAP version 13"
echo "1..4"
clean
# What is kept for the next one is there before anything is counted
all
verdict $? "all works without faults"
clean
sleep 1
/guest/execmem held >/tmp/before

faults 1
refused=0
i=0
while [ $i -lt "$rounds" ]; do
	for m in $modules; do
		faulty modprobe "$m" || refused=$((refused + 1))
	done
	# shellcheck disable=SC2086 # numbers
	faulty /guest/users $users true || refused=$((refused + 1))
	clean
	i=$((i + 1))
done
faults 0
echo "# $refused refused"
[ $refused -gt 0 ]
verdict $? "some are refused what they want"
clean && given_back /tmp/before
verdict $? "nothing is left of it: $(held /tmp/after)"
all && clean && given_back /tmp/before
verdict $? "all works afterwards"
exit $failed
