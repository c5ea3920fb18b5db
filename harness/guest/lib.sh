# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034
# For scripts of the guest, which have it with the programs users, execmem and
# regions in /guest.
n=0
failed=0

# verdict STATUS TEXT: one line of TAP
verdict() {
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		failed=1
	fi
}

# given_back FILE: executable memory is what FILE has of 'execmem held'. It is
# given back by workers, after grace periods.
given_back() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		/guest/execmem held >/tmp/after
		! cmp -s "$1" /tmp/after || return 0
		sleep 1
	done
	diff "$1" /tmp/after
	return 1
}

# Users before what they use, and what they loaded beside themselves
unload_all() {
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
		grep -q . /proc/modules || return 0
		awk '$3 == 0 { print $1 }' /proc/modules |
			xargs -n 1 rmmod 2>/dev/null || sleep 1
	done
	cat /proc/modules
	return 1
}

# What 'execmem held' found, in words
held() {
	awk '{ a += $2; b += $3 }
	     END { print a " allocations, " b / 1024 " KiB" }' "$1"
}

# The types that are no module's. Only on x86 do tracers have trampolines, and
# want some CPUs thunks, as that of the guest does.
code_types() {
	case $(uname -m) in
	x86_64) echo "kprobes bpf ftrace thunks" ;;
	*) [ "$kprobes" = 0 ] && echo "bpf" || echo "kprobes bpf" ;;
	esac
}

# BPF programs, kprobes, function tracers; without it kallsyms has no addresses.
# From the kernel's command line, where the base has kprobes that do not work
kprobes=${DEMO_KPROBES:-32}
users="32 $kprobes 4"
echo 1 >/proc/sys/kernel/kptr_restrict
