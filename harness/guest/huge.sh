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

# veneers NAME: how many the text has
veneers() {
	awk -v m="huge_$1" '$1 == m && $2 == "text" { print $4 }' \
		/sys/kernel/debug/module_veneers
}

section() { cat "/sys/module/huge_$1/sections/.text"; }

# away NAME: MiB between the start of the kernel and the farther end of a module
away() {
	kernel=0x$(awk '$3 == "_stext" { print $1; exit }' /proc/kallsyms)
	start=$((($(section "$1") - kernel) / 1048576))
	end=$((start + HUGE_MIB))
	if [ $end -gt $((-start)) ]; then
		echo $end
	else
		echo $((-start))
	fi
}

# What a branch reaches, and has the window near the kernel room for one?
case $(uname -m) in
aarch64) reach=128 fits=1 ;;
*) reach=$((HUGE_TOO_FAR - 2)) fits=0 ;;
esac

# placed NAME NEAR: in reach and without a veneer, or neither
placed() {
	echo "# huge_$1: text $(section "$1"), up to $(away "$1") MiB away," \
		"$(cat "/sys/module/huge_$1/memory_size/text") bytes," \
		"$(veneers "$1") veneers"
	if [ "$2" = 1 ]; then
		[ "$(away "$1")" -le $reach ] && [ "$(veneers "$1")" -eq 0 ]
	else
		[ "$(away "$1")" -ge $reach ] && [ "$(veneers "$1")" -gt 0 ]
	fi
}

# The module, the symbol, and from the first to the last MiB of text, where an
# odd address is Thumb code
refused() {
	dmesg | grep "huge_c: .*huge_c_last.* bytes away" >/tmp/refused || return 1
	cat /tmp/refused
	bytes=$(sed -n 's/.* \(-*[0-9]*\) bytes away.*/\1/p;q' /tmp/refused)
	[ "$bytes" -gt $(((HUGE_TOO_FAR - 1) * 1048576 - 64)) ] &&
		[ "$bytes" -le $(((HUGE_TOO_FAR - 1) * 1048576 + 1)) ]
}

echo "TAP version 13"
echo "1..7"
works a
verdict $? "a module with $HUGE_MIB MiB of text works"
works b
verdict $? "another one does, too"
placed a $fits
verdict $? "the first one is near the kernel if it fits there"
placed b 0
verdict $? "the other one is not, and has veneers"
rmmod huge_a && rmmod huge_b && ! dmesg | grep "returns something else"
verdict $? "both unload"
! insmod /guest/huge_c.ko
verdict $? "a branch that nothing reaches is refused"
refused
verdict $? "the message names module, symbol, relocation and distance"
exit $failed
