#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the guest for harness/system: where the text of a module is in this
# boot. SYSTEM_FIRST, on the kernel's command line, is what is there before: a
# BPF program (bpf), another module (module) or nobody (none).
set -u
# shellcheck source=harness/guest/lib.sh
. /guest/lib.sh

tell_module() {
	modprobe dummy
	echo "START $(cat /sys/module/dummy/memory_base/text)" >/tmp/start
	cat /tmp/start
	grep -q 'START 0x' /tmp/start
}

# Run by keep, while it holds what it made
if [ "${1:-}" = --module ]; then
	tell_module
	exit
fi

echo "TAP version 13"
echo "1..1"
case ${SYSTEM_FIRST:-none} in
bpf) /guest/keep 1 0 0 sh /run.sh --module ;;
module) modprobe squashfs && tell_module ;;
none) tell_module ;;
esac
verdict $? "the address of a module, after ${SYSTEM_FIRST:-none}"
exit $failed
