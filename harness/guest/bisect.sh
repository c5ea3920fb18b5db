#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the guest for harness/bisect: modules load, are seen and unload.
set -eu

modprobe test_static_key_base
modprobe test_static_keys
grep -q '^test_static_keys ' /proc/modules
[ "$(cat /sys/module/test_static_keys/coresize)" -gt 0 ]
grep -q '\[test_static_keys\]' /proc/kallsyms
rmmod test_static_keys
rmmod test_static_key_base
for round in 1 2 3; do
	modprobe test_module
	rmmod test_module
	echo "round $round: loaded and unloaded"
done
! grep . /proc/modules
