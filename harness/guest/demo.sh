#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the guest: loads the modules named in /demo/modules with all that
# they depend on, shows their memory, unloads everything again.
set -u
n=0
failed=0

# verdict STATUS TEXT: one line of TAP
verdict() {
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		failed=1
	fi
}

count() { wc -l <"$1" | tr -d ' '; }

# Areas in vmalloc space that the module loader's functions hold
areas() { awk '{ print $3 }' /proc/vmallocinfo | grep -cFf /tmp/callers; }

load() {
	bad=0
	for m in $list; do
		if ! modprobe "$m"; then
			echo "# $m does not load"
			bad=1
		fi
	done
	return $bad
}

# Users before what they use
unload() {
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		grep -q . /proc/modules || return 0
		awk '$3 == 0 { print $1 }' /proc/modules |
			xargs -n 1 rmmod 2>/dev/null || sleep 1
	done
	echo "# still loaded: $(cut -d' ' -f1-4 /proc/modules | tr '\n' ';')"
	return 1
}

# Freed areas and init regions are given back by a worker
settle() {
	for _ in 1 2 3 4 5; do
		after=$(areas)
		[ "$after" -ne "$1" ] || return 0
		sleep 1
	done
	return 1
}

echo "TAP version 13"
echo "1..6"
unload
# Without it /proc/vmallocinfo shows hashes for addresses
echo 1 >/proc/sys/kernel/kptr_restrict
list=$(grep -v '^#' /demo/modules)
cp /proc/vmallocinfo /tmp/before
load
verdict $? "the $(echo "$list" | wc -w) modules of the demo load"
loaded=$(count /proc/modules)
sleep 1

/demo/regions modules
verdict $? "each region of $loaded modules has the protection of its type"
/demo/regions wx
verdict $? "nothing in the kernel's address space is writable and executable"

/demo/regions callers >/tmp/callers.all
verdict $? "each region is a vmalloc area of its own"
sort -u /tmp/callers.all >/tmp/callers
before=$(awk '{ print $3 }' /tmp/before | grep -cFf /tmp/callers)
during=$(areas)
unload
verdict $? "all $loaded modules unload: /proc/modules is empty"
settle "$before"
verdict $? "vmalloc areas of the module loader: $before before, $during loaded, $after after"
exit $failed
