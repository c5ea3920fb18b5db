# SPDX-License-Identifier: GPL-2.0

$(OUTPUT)/execmem_debugfs: debugfs_checks.c debugfs_kprobes.c
