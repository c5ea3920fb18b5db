#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs in a guest of the stock base: what checks the text of modules must find
# nothing wrong there, in the modules of the demo and in one that has a site of
# each kind.
cp /guest/test_text_sites.ko "/lib/modules/$(uname -r)/" || exit 1
# shellcheck disable=SC2046 # a list of names
exec /guest/execmem_sites test_text_sites test_static_keys \
	$(grep -v '^#' /guest/modules)
