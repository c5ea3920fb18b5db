#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the guest for harness/system: stops in the debugger, harness/kgdb, that
# sets a breakpoint in the text of a module, runs into it, and stops again.
set -u
# shellcheck source=harness/guest/system-lib.sh
. /guest/system-lib.sh
function=bonding_show_bonds
file=/sys/class/net/bonding_masters

# The debugger is awaited: what is on the console is all that it knows.
stop() {
	sleep 1
	echo g >/proc/sysrq-trigger
}

# Run by keep, while it holds what it made
if [ "${1:-}" = --stop ]; then
	stop
	cat $file || exit 1
	stop
	cat $file
	exit
fi

echo "TAP version 13"
echo "1..4"
warm_up
echo 1 >/proc/sys/kernel/sysrq
load
addr=$(awk -v name=$function '$3 == name && $4 == "[bonding]" { print $1 }' \
	/proc/kallsyms)
[ -n "$addr" ]
verdict $? "$function is there"
echo "KGDB $addr"
keep sh /run.sh --stop
verdict $? "all users work after a breakpoint in $function was met and removed"
cool_down
exit $failed
