#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: snapshot.sh STAGE, in the guest: how memory looks now.  Of the page
# tables, the area of modules and all that is executable elsewhere.
set -eu
tables=/sys/kernel/debug/page_tables/kernel
execmem=/sys/kernel/debug/execmem

echo "stage $1"
grep ^DirectMap /proc/meminfo
echo "optimised $(grep -c OPTIMIZED /sys/kernel/debug/kprobes/list || :)"
awk '/^---/ { inside = /\[ Modules \]/ }
     /^---/ || (inside && / (RW|ro) /) || / x +p[gmtu4]+[de]$/ {
	gsub(/ +/, " ")
	print "pt", $0
     }' "$tables"
[ -d "$execmem" ] || exit 0
sed 's/^/type /' "$execmem/types"
# Which caller has how much, beside what modules have
awk '$2 !~ /^module_/ { nr[$2 " " $6]++; bytes[$2 " " $6] += $3 }
     END { for (i in nr) print "held", i, nr[i], bytes[i] }' \
	"$execmem/allocations"
[ ! -f "$execmem/blocks" ] || sed 's/^/block /' "$execmem/blocks"
