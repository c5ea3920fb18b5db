#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the guest for harness/system: /proc/kcore is read, all of it, while
# users of each kind are there, and while they come and go.
set -u
# shellcheck source=harness/guest/system-lib.sh
. /guest/system-lib.sh
seconds=${SYSTEM_SECONDS:-20}

echo "TAP version 13"
echo "1..5"
warm_up
load
keep /guest/kcore 0 code
verdict $? "it reads well, and code as code, while users are there"
unload_all
standalone
# shellcheck disable=SC2046 # paths
/guest/churn "$seconds" $(cat /tmp/standalone) >/tmp/churn 2>&1 &
churn=$!
/guest/kcore "$seconds"
verdict $? "it reads well while users come and go"
wait $churn
verdict $? "they came and went meanwhile"
cat /tmp/churn
cool_down
exit $failed
