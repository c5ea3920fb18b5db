# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Running a list of test steps and counting what they say.  Sourced by
# harness/test and harness/test-full after lib.sh; they set STEPS, a folder,
# and RESULTS, the file of this run's counts.

# counts LOG STATUS: "passed failed" of a step.  A step that prints summaries
# counts by them, any other is one test; a bad exit status is a failure.
counts() {
	awk -v status="$2" '
		/^[0-9]+ passed, [0-9]+ failed/ { p += $1; f += $3; seen = 1 }
		/^baseline .*: [0-9]+ verdicts as recorded, [0-9]+ not$/ {
			p += $3; f += $(NF - 1); seen = 1
		}
		END {
			if (!seen && !status)
				p = 1
			if (status && !f)
				f = 1
			print p + 0, f + 0
		}
	' "$1"
}

# Steps are process groups of their own: an interrupt has to be passed on.
CHILDREN=()
interrupted() {
	local c

	for c in "${CHILDREN[@]}"; do
		kill -TERM "$c" 2>/dev/null || :
	done
	exit 130
}
trap interrupted INT TERM

# record NAME STATUS SECONDS
record() {
	local n

	n=$(counts "$STEPS/$1.log" "$2")
	printf '%s\t%d\t%d\t%d\n' "$1" "${n% *}" "${n#* }" "$3" \
		>>"$RESULTS"
	say "== $1: ${n% *} passed, ${n#* } failed in $(minutes "$3")"
}

# step NAME SECONDS COMMAND...: run it with a limit, show and keep its output
step() {
	local name=$1 limit=$2 log=$STEPS/$1.log start=$SECONDS rc=0

	shift 2
	say "== $name ($(minutes $SECONDS) so far): $*"
	: >"$log"
	timeout -k 10 "$limit" "$@" >"$log" 2>&1 </dev/null &
	CHILDREN+=($!)
	tail -n +1 -s 0.2 -f --pid=$! "$log" &
	wait "${CHILDREN[-1]}" || rc=$?
	wait $! || :
	unset 'CHILDREN[-1]'
	[ $rc -ne 124 ] || warn "$name: not done after $limit s"
	record "$name" $rc $((SECONDS - start))
	return $rc
}

# background COMMAND...: runs beside the steps, leaves NAME.log and NAME.rc
background() {
	"$@" </dev/null &
	CHILDREN+=($!)
	BACKGROUND=$!
}

# await NAME: show the log of what runs in the background until it is done
await() {
	local log=$STEPS/$1.log start=$SECONDS rc

	say "== $1 ($(minutes $SECONDS) so far), in the background"
	while [ ! -f "$log" ] && kill -0 "$BACKGROUND" 2>/dev/null; do
		sleep 0.2
	done
	: >>"$log"
	tail -n +1 -s 0.2 -f --pid="$BACKGROUND" "$log" &
	while [ ! -f "$STEPS/$1.rc" ] && kill -0 "$BACKGROUND" 2>/dev/null; do
		sleep 0.2
	done
	sleep 0.5
	kill $! 2>/dev/null || :
	wait $! 2>/dev/null || :
	rc=$(cat "$STEPS/$1.rc" 2>/dev/null || say 1)
	record "$1" "$rc" $((SECONDS - start))
	return "$rc"
}

# skipped NAME REASON: a step that could not run has failed
skipped() {
	printf '%s\t0\t1\t0\n' "$1" >>"$RESULTS"
	say "== $1: not run, $2"
}

# summary: the table and the one line that CI reads; status 1 on failure
summary() {
	printf '\n%-24s %8s %8s %9s\n' step passed failed time
	awk -F'\t' '
		{
			printf "%-24s %8d %8d %4dm%02ds\n", $1, $2, $3,
				$4 / 60, $4 % 60
			p += $2; f += $3; t += $4
		}
		END {
			printf "%-24s %8d %8d %4dm%02ds\n\n", "all", p, f,
				t / 60, t % 60
			printf "%d passed, %d failed\n", p, f
			exit f > 0 || p == 0
		}
	' "$RESULTS"
}
