#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the guest for harness/baseline: the base's own tests that are
# modules, and each module of the demo set alone. Says one line per test.
set -u

loaded() { grep -q . /proc/modules; }

# Users before what they use; a module may be busy for a moment.
unload_all() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		loaded || return 0
		awk '$3 == 0 { print $1 }' /proc/modules |
			xargs -n 1 rmmod 2>/dev/null || sleep 1
	done
	! loaded
}

# both MODULE WHAT...: it loads, and all that came with it unloads
both() {
	module=$1
	shift
	verdict="loads"
	modprobe "$module" "$@" 2>/tmp/why || verdict="does not load"
	if unload_all; then
		verdict="$verdict, unloads"
	else
		verdict="$verdict, does not unload"
	fi
}

unload_all
for suite in test_tail_calls test_skb_segment; do
	both test_bpf test_suite=$suite
	echo "verdict: module test_bpf test_suite=$suite: $verdict"
done

modprobe test_static_key_base
both test_static_keys
echo "verdict: module test_static_keys: $verdict"
both test_module
echo "verdict: module test_module: $verdict"

grep -v '^#' /demo.modules | tr -s '[:space:]' '\n' | while read -r module; do
	[ -n "$module" ] || continue
	both "$module"
	echo "verdict: demo $module: $verdict"
done
exit 0
