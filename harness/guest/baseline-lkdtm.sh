#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the guest for harness/baseline: each access that must oops kills
# the subshell that asked for it.
set -u
trigger=/sys/kernel/debug/provoke-crash/DIRECT

modprobe lkdtm || exit 1
for test in EXEC_DATA EXEC_RODATA EXEC_VMALLOC EXEC_NULL \
	    WRITE_RO WRITE_RO_AFTER_INIT WRITE_KERN; do
	dmesg -c >/dev/null
	(echo "$test" >$trigger) >/dev/null 2>&1
	dmesg >/tmp/lkdtm
	if grep -q 'FAIL: survived' /tmp/lkdtm; then
		verdict=survived
	elif grep -qE 'BUG: (unable to handle|kernel NULL)|Unable to handle kernel' \
	     /tmp/lkdtm; then
		verdict=oops
	elif grep -q 'lkdtm: Performing' /tmp/lkdtm; then
		verdict=nothing
	else
		verdict="not run"
	fi
	echo "verdict: LKDTM $test: $verdict"
done
exit 0
