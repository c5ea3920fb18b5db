#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the guest of harness/nomodules: a kernel that cannot have modules
# JITs BPF programs, takes kprobes and traces functions, and executable memory
# has its owner there too.
set -u
# shellcheck source=harness/guest/lib.sh
. /guest/lib.sh

echo "TAP version 13"
echo "1..6"
[ ! -e /proc/modules ]
verdict $? "the kernel has no modules"
[ "$(cat /proc/sys/net/core/bpf_jit_enable)" = 1 ]
verdict $? "BPF programs are JITed"
# Pages that probes keep for the next ones are there before anything is counted
# shellcheck disable=SC2086 # numbers
/guest/users $users true
verdict $? "BPF programs, kprobes and function tracers work: $users"
sleep 1
/guest/execmem held >/tmp/before
types=$(code_types)
# shellcheck disable=SC2086 # numbers, types
/guest/users $users /guest/execmem table $types
verdict $? "each type has a holder: $types"
/guest/regions wx
verdict $? "nothing in the kernel's address space is writable and executable"
given_back /tmp/before
verdict $? "all is given back: $(held /tmp/after), as before"
exit $failed
