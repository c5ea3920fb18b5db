#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the guest for harness/test-full: allocations fail one by one under
# those who generate code, and nothing is left of what was refused.
set -u
# shellcheck source=harness/guest/lib.sh
. /guest/lib.sh

echo "TAP version 13"
echo "1..4"
# Pages that probes keep for the next ones are there before anything is counted
# shellcheck disable=SC2086 # numbers
/guest/users $users true || failed=1
sleep 1
/guest/execmem held >/tmp/before
/guest/faults || failed=1
n=3
given_back /tmp/before
verdict $? "nothing is left of what was refused: $(held /tmp/after)"
exit $failed
