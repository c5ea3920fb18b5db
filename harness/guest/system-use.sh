#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the guest for harness/system: users of each kind come, work and go on
# the machine that the kernel's command line asks for. Also there:
#
#	SYSTEM_LEAF	the KiB of each block that one entry of a page table has
#			to map; 0 if there are no blocks, and nothing protected
#	SYSTEM_LINE	a pattern of a line that the kernel has to say by then
#	SYSTEM_NODES	the nodes that have memory
#	SYSTEM_TYPES	more types that must have a holder
set -u
# shellcheck source=harness/guest/system-lib.sh
. /guest/system-lib.sh
types="module_text module_rodata module_data kprobes bpf ftrace ${SYSTEM_TYPES:-}"

# Is the machine the one that is asked for?
machine() {
	! grep -qw clearcpuid=pse /proc/cmdline || ! grep -qw pse /proc/cpuinfo ||
		return 1
	! grep -qw nosmp /proc/cmdline || [ "$(nproc)" = 1 ] || return 1
	[ -z "${SYSTEM_NODES:-}" ] ||
		[ "$(cat /sys/devices/system/node/has_memory)" = "$SYSTEM_NODES" ] ||
		return 1
	[ -z "${SYSTEM_LINE:-}" ] || dmesg | grep "\] $SYSTEM_LINE"
}

# Run by keep, while it holds what it made
if [ "${1:-}" = --show ]; then
	if [ "$SYSTEM_LEAF" != 0 ]; then
		# shellcheck disable=SC2086 # a list
		blocks_have "$SYSTEM_LEAF" && /guest/execmem table $types &&
			/guest/regions modules >/tmp/regions && /guest/regions wx
	else
		/guest/execmem held
	fi
	exit
fi

echo "TAP version 13"
echo "1..5"
warm_up
machine
verdict $? "the machine is as asked for; the kernel says '${SYSTEM_LINE:-}'"
load
verdict $? "modules load: $(wc -l </proc/modules)"
keep sh /run.sh --show
verdict $? "all users work; leaves of $SYSTEM_LEAF KiB"
cool_down
exit $failed
