#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the guest: what is there at boot is not part of what is measured.
set -eu
cut -d' ' -f1 /proc/modules | while read -r m; do rmmod "$m"; done
echo 1 >/proc/sys/kernel/kptr_restrict
echo 1 >/proc/sys/net/core/bpf_jit_kallsyms
case $(cat /bench/what) in
probes) exec /bench/workload /bench ;;
*) exec /bench/workload 2000 200 10 /bench ;;
esac
