#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Modules that cannot go: they load, show their regions, load no second time.
# Where there are veneers they call the kernel and each other, near or far away.
set -eu

for m in test_static_keys test_module_sections test_module_data; do
	modprobe "$m"
	grep "^$m " /proc/modules
	[ "$(cat "/sys/module/$m/memory_size/data")" -gt 0 ]
	# Gone, or it never had any
	init=/sys/module/$m/memory_size/init_text
	[ ! -e "$init" ] || [ "$(cat "$init")" -eq 0 ]
	if insmod "$(modinfo -F filename "$m")" 2>/dev/null; then
		echo "$m loads twice"
		exit 1
	fi
done
parameter() { cat "/sys/module/test_module_far_user/parameters/$1"; }

# used MODULE REGION: its veneers
used() {
	awk -v m="test_module_far_$1" -v r="$2" \
		'$1 == m && $2 == r { print $4 }' /sys/kernel/debug/module_veneers
}

if [ -e /sys/kernel/debug/module_veneers ]; then
	modprobe test_module_far_user
	# Its exit text has a hundred branches
	modprobe test_module_far_many
	[ "$(parameter init_result)" = "$(parameter expected)" ]
	[ "$(parameter result)" = "$(parameter expected)" ]
	for m in user many; do
		echo "veneers of $m: $(used $m text) of text," \
			"$(used $m init_text) of init text"
	done
	if grep -q execmem.far=1 /proc/cmdline; then
		[ "$(used user text)" -gt 0 ]
		[ "$(used user init_text)" -gt 0 ]
		[ "$(used many init_text)" -ge 100 ]
	else
		[ "$(used user text)" -eq 0 ]
		[ "$(used user init_text)" -eq 0 ]
		[ "$(used many init_text)" -eq 0 ]
	fi
fi
if rmmod test_static_keys 2>/dev/null; then
	echo "test_static_keys goes"
	exit 1
fi
