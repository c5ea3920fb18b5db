#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the guest for harness/system: while users of each kind are there, all
# memory is written to a disk, and the machine goes. The next one reads it back:
# what is said after that is on its console. All other ways to suspend that such
# a machine has come first.
set -u
# shellcheck source=harness/guest/system-lib.sh
. /guest/system-lib.sh
disk=/dev/vda

# sleep_in LEVEL STATE MODE: up to this level of the kernel's own tests, and back
sleep_in() {
	echo "$1" >/sys/power/pm_test
	[ "$2" != disk ] || echo "$3" >/sys/power/disk
	rc=0
	echo "$2" >/sys/power/state || rc=1
	echo none >/sys/power/pm_test
	[ $rc -eq 0 ] || echo "# $1 $2 $3 fails"
	return $rc
}

all_tests() {
	bad=0
	for level in freezer devices platform processors core; do
		sleep_in $level disk reboot || bad=1
	done
	for level in freezer devices platform; do
		sleep_in $level freeze - || bad=1
	done
	# Not test_resume: the base wants the disk for itself, and it is swapped to.
	return $bad
}

# Run by keep, while it holds what it made
case ${1:-} in
--tests)
	all_tests
	exit
	;;
--away)
	# This machine has done what it has to. Any other end overrules that.
	echo "ok 4 - users are there, off to the disk"
	echo EXIT:0
	sleep 2
	sleep_in none disk reboot || exit 1
	echo "TAP version 13"
	echo "1..3"
	echo "ok 1 - the kernel that was written to the disk is back"
	exit 0
	;;
esac

if [ "${SYSTEM_BOOT:-1}" != 1 ]; then
	echo "TAP version 13"
	echo "1..1"
	echo "not ok 1 - the kernel that was written to the disk is back"
	exit 1
fi

echo "TAP version 13"
echo "1..4"
mkswap $disk >/dev/null && swapon $disk || echo "# no swap on $disk"
warm_up
load
verdict $? "modules load"
keep sh /run.sh --tests
verdict $? "all users work after each of the kernel's tests"
keep sh /run.sh --away
rc=$?
n=1
verdict $rc "BPF, kprobes and tracers work as before: $users"
cool_down
exit $failed
