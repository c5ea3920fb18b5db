#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Modules that cannot go: they load, show their regions, load no second time.
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
if rmmod test_static_keys 2>/dev/null; then
	echo "test_static_keys goes"
	exit 1
fi
