#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the guest: nothing may be loaded before the counting starts.
set -eu
cut -d' ' -f1 /proc/modules | while read -r m; do rmmod "$m"; done
echo 1 >/proc/sys/kernel/kptr_restrict
if [ "$(cat /bench/what)" = flushes ]; then
	exec /bench/opsbench flushes /bench/modules
fi
/bench/loadbench "$(cat /bench/rounds)" /bench/modules
exec /bench/opsbench instructions "$(cat /bench/rounds)"
