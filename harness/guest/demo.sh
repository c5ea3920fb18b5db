#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the guest: makes BPF programs, kprobes and function tracers, loads the
# modules named in /guest/modules with all that they depend on, shows the memory
# of all of them, gives everything back.
set -u
# shellcheck source=harness/guest/lib.sh
. /guest/lib.sh

# The veneers of each module, and what they are together: a region keeps no
# more than one page that none of them needs.
veneers() {
	awk -v page="$(getconf PAGESIZE 2>/dev/null || echo 4096)" '
		/^#/ { print; next }
		$3 { print }
		{ n += $4; bytes += $5; used += $6; back += $7 }
		$5 > $7 && $5 - $7 > $6 + page { bad = bad " " $1 ":" $2 }
		END {
			printf "# %d veneers: %d bytes reserved, %d used, %d returned\n",
				n, bytes, used, back
			if (bad)
				print "# more than is used and a page:" bad
			exit bad != "" || !n
		}' /sys/kernel/debug/module_veneers
}

count() { wc -l <"$1" | tr -d ' '; }

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

show() {
	/guest/regions modules
	verdict $? "each region of $loaded modules has the protection of its type"
	/guest/execmem regions
	verdict $? "each region is an allocation of its own"
	# shellcheck disable=SC2086 # a list of types
	/guest/execmem table $types
	verdict $? "each type has a holder: $types"
	if grep -q execmem.far=1 /proc/cmdline; then
		veneers
		verdict $? "modules reach the kernel by veneers, and keep no more room"
	fi
	/guest/regions wx
	verdict $? "nothing in the kernel's address space is writable and executable"
}

# Run again by users, while these hold what they made
if [ "${1:-}" = --show ]; then
	n=$2 loaded=$3 types=$4
	show
	exit $failed
fi

types="module_text module_rodata module_data $(code_types)"

echo "TAP version 13"
far=0
! grep -q execmem.far=1 /proc/cmdline || far=1
echo "1..$((8 + far))"
unload
list=$(grep -v '^#' /guest/modules)
# Pages that probes keep for the next ones are there before anything is counted
# shellcheck disable=SC2086 # numbers
/guest/users $users true
verdict $? "BPF programs, kprobes and function tracers work: $users"
sleep 1
/guest/execmem held >/tmp/before
load
verdict $? "the $(echo "$list" | wc -w) modules of the demo load"
loaded=$(count /proc/modules)
sleep 1

# shellcheck disable=SC2086 # numbers
/guest/users $users sh /run.sh --show $n "$loaded" "$types" || failed=1
n=$((n + 4 + far))
unload
verdict $? "all $loaded modules unload: /proc/modules is empty"
given_back /tmp/before
verdict $? "all is given back: $(held /tmp/after), as before"
exit $failed
