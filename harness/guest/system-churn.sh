#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the guest for harness/system: all users come and go on all CPUs at the
# same time, with real modules that depend on others, and trace events of these.
set -u
# shellcheck source=harness/guest/system-lib.sh
. /guest/system-lib.sh
seconds=${SYSTEM_SECONDS:-120}

uptime_seconds() {
	read -r up _ </proc/uptime
	echo "${up%%.*}"
}

# Static keys in the text of modules are flipped while others are loaded.
with_events() {
	end=$(($(uptime_seconds) + seconds)) rounds=0
	while [ "$(uptime_seconds)" -lt $end ]; do
		for m in $modules; do
			modprobe -q "$m"
		done
		for e in ext4 jbd2; do
			for on in 1 0; do
				echo $on >$tracing/events/$e/enable
			done
		done
		for m in $modules; do
			modprobe -q -r "$m"
		done
		rounds=$((rounds + 1))
	done
	echo "$rounds times modules with others and trace events"
	[ $rounds -gt 0 ]
}

echo "TAP version 13"
echo "1..5"
warm_up
standalone
with_events >/tmp/events 2>&1 &
events=$!
# shellcheck disable=SC2046 # paths
/guest/churn "$seconds" $(cat /tmp/standalone)
verdict $? "all users come and go for $seconds s on $(nproc) CPUs"
wait $events
verdict $? "$(tail -n 1 /tmp/events)"
cool_down
load && keep true
verdict $? "all users work afterwards"
unload_all
exit $failed
