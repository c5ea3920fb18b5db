#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the guest for harness/baseline: the long suite of test_bpf.
start=$(cut -d. -f1 /proc/uptime)
modprobe test_bpf test_suite=test_bpf
rmmod test_bpf
end=$(cut -d. -f1 /proc/uptime)
echo "the main suite of test_bpf took $((end - start)) s"
exit 0
