// SPDX-License-Identifier: GPL-2.0
/* 250,000 calls, each with a relocation of its own */
#include <linux/kernel.h>
#include <linux/module.h>

asm(".pushsection .text.many_calls, \"ax\"\n"
    "	.rept	250000\n"
    "	bl	int_sqrt\n"
    "	.endr\n"
    ".popsection\n");

MODULE_DESCRIPTION("Test module with many calls");
MODULE_LICENSE("GPL");
