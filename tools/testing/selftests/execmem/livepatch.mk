# SPDX-License-Identifier: GPL-2.0

ARCH ?= $(shell uname -m 2>/dev/null || echo not)

ifneq ($(filter x86 x86_64,$(ARCH)),)
$(OUTPUT)/execmem_livepatch: CFLAGS += -idirafter $(top_srcdir)/arch/x86/include
$(OUTPUT)/execmem_livepatch: klp_convert.c sites_kernel.c
$(OUTPUT)/execmem_livepatch: ../module/kcore.c
endif
