#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the guest for harness/system: kmemleak finds nothing while users of
# each kind are there, nor after they have gone.
set -u
# shellcheck source=harness/guest/system-lib.sh
. /guest/system-lib.sh
leaks=/sys/kernel/debug/kmemleak

# What is younger than some seconds is not told of; twice, as stacks mislead it.
scan() {
	sleep 7
	echo scan >$leaks
	echo scan >$leaks
	cat $leaks >/tmp/leaks
	[ ! -s /tmp/leaks ] || head -n 40 /tmp/leaks
	[ ! -s /tmp/leaks ]
}

# Run by keep, while it holds what it made
if [ "${1:-}" = --scan ]; then
	scan
	exit
fi

echo "TAP version 13"
echo "1..5"
warm_up
# What was lost before that is not ours.
[ -e $leaks ] && echo scan >$leaks && echo clear >$leaks
verdict $? "kmemleak is there, and on"
load
keep sh /run.sh --scan
verdict $? "it finds nothing while users are there"
cool_down
scan
verdict $? "nor after they have gone"
exit $failed
