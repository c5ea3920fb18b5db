#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# One boot with KASLR: modules load wherever the seed put them, call the kernel
# and each other, are traced, and unload. Says where they were.
set -u
# shellcheck source=harness/guest/lib.sh
. /guest/lib.sh

parameter() { cat "/sys/module/test_module_far_user/parameters/$1"; }

works() { [ "$(parameter result)" = "$(parameter expected)" ]; }

traced() {
	t=/sys/kernel/tracing
	echo ':mod:test_module_far_user' >$t/set_ftrace_filter &&
		echo function >$t/current_tracer && works &&
		grep -q test_module_far_call $t/trace
	status=$?
	echo nop >$t/current_tracer
	return $status
}

echo "TAP version 13"
echo "1..4"
modprobe test_module_far_user &&
	[ "$(parameter init_result)" = "$(parameter expected)" ] && works
verdict $? "modules call the kernel and each other"
mount -t tracefs none /sys/kernel/tracing 2>/dev/null
traced
verdict $? "modules are traced"
bad=0
for m in $(grep -v '^#' /guest/modules | head -n 12); do
	modprobe "$m" || bad=1
done
verdict $bad "real modules load"
echo "PLACE kernel $(awk '$3 == "_text" { print $1; exit }' /proc/kallsyms)" \
	"module $(cat /sys/module/test_module_far_user/sections/.text)" \
	"veneers $(awk '$1 == "test_module_far_user" && $2 == "text" { print $4 }' \
		/sys/kernel/debug/module_veneers)"
rmmod test_module_far_user && rmmod test_module_far
verdict $? "modules unload"
exit $failed
