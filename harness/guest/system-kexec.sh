#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the guest for harness/system: while users of each kind are there, the
# kernel is left for another one, which is the same, by kexec. That one runs
# this as well, and says what has become of it.
set -u
# shellcheck source=harness/guest/system-lib.sh
. /guest/system-lib.sh

if [ "${1:-}" = --leave ]; then
	echo "ok 3 - users are there, off to the other kernel"
	# What was said is to be on the console before that.
	sleep 1
	exec /guest/kexec exec
fi

if [ -n "${SYSTEM_SECOND:-}" ]; then
	echo "TAP version 13"
	echo "1..3"
	verdict 0 "the other kernel runs"
	load && keep true
	verdict $? "modules load in it; BPF, kprobes and tracers work: $users"
	unload_all
	verdict $? "the modules unload"
	exit $failed
fi

echo "TAP version 13"
echo "1..3"
# Its file system: that of this kernel, this script and what it runs
mkdir -p /tmp/root
cp -a /guest /run.sh /tmp/root/
cp /second/initramfs /tmp/initrd
(cd /tmp/root && find . | cpio -o -H newc) >>/tmp/initrd 2>/dev/null
/guest/kexec load /second/kernel /tmp/initrd \
	"$(cat /proc/cmdline) SYSTEM_SECOND=1"
verdict $? "the other kernel is loaded"
rm -rf /tmp/root /tmp/initrd
load
verdict $? "modules load"
keep sh /run.sh --leave
echo "not ok 3 - users are there, off to the other kernel"
exit 1
