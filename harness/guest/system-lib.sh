# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034
# For the scripts of harness/system, beside lib.sh.
# shellcheck source=harness/guest/lib.sh
. /guest/lib.sh

# Real ones, with what they depend on: large and small, with trace events
modules="ext4 dm_crypt nf_tables bonding squashfs vxlan"
tracing=/sys/kernel/tracing

load() {
	for m in $modules; do
		modprobe "$m" || return 1
	done
}

# keep COMMAND...: users of each kind work, before COMMAND and after
keep() {
	# shellcheck disable=SC2086 # numbers
	/guest/keep $users "$@"
}

# What is kept for the next one is there before anything is counted
warm_up() {
	load && keep true
	verdict $? "modules load; BPF, kprobes and tracers work: $users"
	unload_all
	sleep 1
	/guest/execmem held >/tmp/before
}

# Kprobes keep some memory for the next ones, more or less of it.
all_back() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		/guest/execmem held >/tmp/after
		awk '
			NR == FNR { n[$1] = $2; b[$1] = $3; next }
			$1 == "kprobes" { bad += $2 > n[$1] + 2; next }
			{ bad += $2 != n[$1] || $3 != b[$1] }
			END { exit bad > 0 }
		' /tmp/before /tmp/after && return 0
		sleep 1
	done
	diff /tmp/before /tmp/after
	return 1
}

cool_down() {
	unload_all && all_back
	verdict $? "all is given back: $(held /tmp/before) before, $(held /tmp/after) after"
}

# blocks_have KIB: there are blocks of code, and an entry of a page table maps
# this much of each. Blocks of data are written page by page.
blocks_have() {
	awk -v want="$1" '
		NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
		!/^0x/ || (column["pool"] && $column["pool"] != "text") { next }
		{ n++; bad += $column["leaf"] != want; print "# " $0 }
		END { exit n == 0 || bad > 0 }
	' /sys/kernel/debug/execmem/blocks
}

# Modules that depend on no other one, and that do nothing when they are loaded
standalone() {
	awk -v dir="/lib/modules/$(uname -r)/" -F: '$2 == "" { print dir $1 }' \
		"/lib/modules/$(uname -r)/modules.dep" |
		grep -vE '/(test_|lkdtm|scsi_debug|tcrypt|crypto_test|cryptomgr|livepatch|kprobe_|kretprobe_|fprobe_|ftrace-|trace-|sample)' \
		>/tmp/standalone
}
