#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What modules have room for in veneers, and what loading two large modules
# costs while all is near. /guest/big names the largest one of the demo.
set -eu
# shellcheck source=harness/guest/lib.sh
. /guest/lib.sh
far=/sys/module/execmem/parameters/far
big=$(cat /guest/big)

modprobe "$big"
rmmod "$big"
{
	modinfo -F filename "$big" 2>/dev/null ||
		find /lib/modules -name "$big.ko"
	echo /guest/many_calls.ko
} >/tmp/list
/guest/loadbench 3 /tmp/list

load() {
	grep -v '^#' /guest/modules | xargs -n 1 modprobe -a
}

# regions WHERE: what each has in veneers
regions() {
	load
	awk -v where="$1" '!/^#/ && $3 {
		print "region", where, $1, $2, $3, $4, $5, $6, $7
	}' /sys/kernel/debug/module_veneers
}

if [ -f /guest/plts.ko ]; then
	insmod /guest/plts.ko
	load
else
	regions near
	unload_all
	echo 1 >$far
	regions far
fi
