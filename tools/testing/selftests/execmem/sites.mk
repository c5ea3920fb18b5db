# SPDX-License-Identifier: GPL-2.0

ARCH ?= $(shell uname -m 2>/dev/null || echo not)

# The rules are those of x86_64; elsewhere it is a program that skips.
ifneq ($(filter x86 x86_64,$(ARCH)),)
# Features by number, behind the headers of the system
$(OUTPUT)/execmem_sites: CFLAGS += -idirafter $(top_srcdir)/arch/x86/include
$(OUTPUT)/execmem_sites: sites_elf.c sites_kernel.c sites_rules.c
$(OUTPUT)/execmem_sites: ../module/kcore.c
endif
