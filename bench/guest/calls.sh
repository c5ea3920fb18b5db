#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Counts the instructions of calls between modules that are near each other, and
# of those that go through a veneer, if the kernel can be told to have some.
set -eu
far=/sys/module/execmem/parameters/far

insmod /guest/test_module_far.ko
insmod /guest/test_module_far_user.ko
/guest/callbench near
rmmod test_module_far_user
[ -w $far ] || exit 0
echo 1 >$far
insmod /guest/test_module_far_user.ko
/guest/callbench far
