#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Run everything of the kselftest folders below /selftests, by the rules of
# the tree's own runner: settings, timeout, exit status 4 for a skip.
cd /selftests || exit 1
export BASE_DIR=/selftests
# shellcheck source=/dev/null
. ./kselftest/runner.sh
for d in */; do
	d=${d%/}
	[ "$d" != kselftest ] || continue
	cd "/selftests/$d" || exit 1
	list=$(cat .list)
	# From the kernel's command line
	if [ -n "${KSFT_ONLY:-}" ]; then
		list=$(echo "$list" | grep -x "$KSFT_ONLY") || continue
		found=1
	fi
	# shellcheck disable=SC2086 # a list of programs, no blanks in it
	run_many $list
	cd /selftests || exit 1
done
if [ -n "${KSFT_ONLY:-}" ] && [ -z "${found:-}" ]; then
	echo "not ok 1 - there is no test $KSFT_ONLY"
	exit 1
fi

# A kernel with kmemleak: what the tests lost shows after two scans.
leaks=/sys/kernel/debug/kmemleak
if [ -w $leaks ]; then
	sleep 6
	echo scan >$leaks
	echo scan >$leaks
	cat $leaks
fi
