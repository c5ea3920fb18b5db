/* SPDX-License-Identifier: GPL-2.0 */
/*
 * HUGE_MIB functions, each at the start of a MiB: add int_sqrt(9) to the sum,
 * call the next one. With HUGE_TOO_FAR the first one calls the last one before
 * anything else, in the same section, where no veneer is any nearer.
 */
#include <linux/linkage.h>

#define CONCAT(a, b)	a##b
#define NAME(a, b)	CONCAT(a, b)
#define first		NAME(HUGE, _first)
#define last		NAME(HUGE, _last)

	.macro call_kernel
#ifdef __aarch64__
	stp	x29, x30, [sp, #-32]!
	mov	x29, sp
	str	x0, [sp, #16]
	mov	x0, #9
	bl	int_sqrt
	ldr	x1, [sp, #16]
	add	x0, x0, x1
#else
	push	{r4, lr}
	mov	r4, r0
	mov	r0, #9
	bl	int_sqrt
	add	r0, r0, r4
#endif
	.endm

	.macro finish
#ifdef __aarch64__
	ldp	x29, x30, [sp], #32
	ret
#else
	pop	{r4, pc}
#endif
	.endm

#ifndef __aarch64__
	.syntax unified
#ifdef CONFIG_THUMB2_KERNEL
	.thumb
#endif
#endif
	.text
	.set	i, 0
	.rept	HUGE_MIB
	.balign	4
	.if i == 0
	.globl	first
	.type	first, %function
first:
	.endif
	.if i == HUGE_MIB - 1
	.globl	last
	.type	last, %function
last:
	.endif
0:
#ifdef HUGE_TOO_FAR
	.if i == 0
	bl	last
	.endif
#endif
	call_kernel
	.if i < HUGE_MIB - 1
	bl	1f
	.endif
	finish
	.space	0x100000 - (. - 0b), 0
1:
	.set	i, i + 1
	.endr
