#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Two modules of HUGE_MIB of text, and one whose branch nothing reaches.
set -u
# shellcheck source=harness/guest/lib.sh
. /guest/lib.sh

sum=$((3 * HUGE_MIB))

parameter() { cat "/sys/module/huge_$1/parameters/$2"; }

# works NAME: from init text and from text, the sum is right
works() {
	insmod "/guest/huge_$1.ko" &&
		[ "$(parameter "$1" result)" = $sum ] &&
		[ "$(parameter "$1" again)" = $sum ]
}

echo "TAP version 13"
echo "1..5"
works a
verdict $? "a module with $HUGE_MIB MiB of text works"
works b
verdict $? "another one does, too"
for m in a b; do
	echo "# huge_$m: text $(cat /sys/module/huge_$m/sections/.text)," \
		"$(cat /sys/module/huge_$m/memory_size/text) bytes," \
		"veneers $(awk -v m=huge_$m '$1 == m { print $2, $3, $4 }' \
			/sys/kernel/debug/module_veneers | tr '\n' ' ')"
done
rmmod huge_a && rmmod huge_b && ! dmesg | grep "returns something else"
verdict $? "both unload"
! insmod /guest/huge_c.ko
verdict $? "a branch that nothing reaches is refused"
dmesg | grep "huge_c: .*\(relocation [0-9]* of [a-z_]* \|sym '[a-z_]*'\).* bytes away"
verdict $? "the message names module, symbol, relocation and distance"
exit $failed
