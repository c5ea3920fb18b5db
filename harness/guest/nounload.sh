#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Modules that cannot go: they load, show their regions, load no second time.
# Where there are veneers they call the kernel and each other, near or far away.
set -eu

for m in test_static_keys test_module_sections test_module_data; do
	modprobe "$m"
	grep "^$m " /proc/modules
	[ "$(cat "/sys/module/$m/memory_size/data")" -gt 0 ]
	[ "$(cat "/sys/module/$m/memory_size/init_text")" -eq 0 ]
	if insmod "$(modinfo -F filename "$m")" 2>/dev/null; then
		echo "$m loads twice"
		exit 1
	fi
done
parameter() { cat "/sys/module/test_module_far_user/parameters/$1"; }

# used REGION: veneers of the module that calls
used() {
	awk -v r="$1" '$1 == "test_module_far_user" && $2 == r { print $4 }' \
		/sys/kernel/debug/module_veneers
}

if [ -e /sys/kernel/debug/module_veneers ]; then
	modprobe test_module_far_user
	[ "$(parameter init_result)" = "$(parameter expected)" ]
	[ "$(parameter result)" = "$(parameter expected)" ]
	echo "veneers: $(used text) of text, $(used init_text) of init text"
	if grep -q execmem.far=1 /proc/cmdline; then
		[ "$(used text)" -gt 0 ]
		[ "$(used init_text)" -gt 0 ]
	else
		[ "$(used text)" -eq 0 ]
		[ "$(used init_text)" -eq 0 ]
	fi
fi
if rmmod test_static_keys 2>/dev/null; then
	echo "test_static_keys goes"
	exit 1
fi
