/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that no compiler can be made to write like this.
 *
 * Most are indirect calls and jumps through each register, as a compiler makes
 * them when it has to avoid the real ones. There are three calls for each
 * register, nine bytes apart or more, so that some are in the lower half of a
 * cache line and others are not.
 */

#include <linux/linkage.h>
#include <linux/objtool.h>

	.text

/*
 * Nobody takes the address of functions that begin with this, so they need no
 * ENDBR, which SYM_FUNC_START() has. Nor are they aligned: the jumps should be
 * at any place in a cache line, not at a few.
 */
#define SITES_FUNC_START(name, linkage)			\
	SYM_START(name, linkage, SYM_A_NONE) ASM_NL	\
	ANNOTATE_NOENDBR

.macro sites_each_register site:req
	.irp reg,rax,rbx,rcx,rdx,rsi,rdi,rbp,r8,r9,r10,r11,r12,r13,r14,r15
	\site \reg
	.endr
.endm

.macro sites_call reg:req
	mov	(%rsp), %\reg
	call	__x86_indirect_thunk_\reg
.endm

/* With the prefix that a compiler puts before branches through r8 and up. */
.macro sites_call_cs reg:req
	mov	(%rsp), %\reg
	.byte	0x2e
	call	__x86_indirect_thunk_\reg
.endm

.macro sites_jump reg:req
SITES_FUNC_START(sites_thunk_jump_\reg, SYM_L_LOCAL)
	jmp	__x86_indirect_thunk_\reg
SYM_FUNC_END(sites_thunk_jump_\reg)
.endm

.macro sites_jump_cs reg:req
SITES_FUNC_START(sites_thunk_jump_cs_\reg, SYM_L_LOCAL)
	.byte	0x2e
	jmp	__x86_indirect_thunk_\reg
SYM_FUNC_END(sites_thunk_jump_cs_\reg)
.endm

.macro sites_call_jump reg:req
	mov	(%rsp), %\reg
	call	sites_thunk_jump_\reg
.endm

.macro sites_call_jump_cs reg:req
	mov	(%rsp), %\reg
	call	sites_thunk_jump_cs_\reg
.endm

/* Takes the target, returns how often it was called. */
.macro sites_calls name:req call:req call_jump:req
SITES_FUNC_START(\name, SYM_L_GLOBAL)
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	sites_each_register \call
	sites_each_register \call
	sites_each_register \call
	sites_each_register \call_jump
	pop	%rdi
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	movl	sites_thunk_count(%rip), %eax
	RET
SYM_FUNC_END(\name)
.endm

/* Where calls and jumps go to: changes no register. */
SYM_FUNC_START(sites_thunk_target)
	incl	sites_thunk_count(%rip)
	RET
SYM_FUNC_END(sites_thunk_target)

	sites_each_register sites_jump
	sites_each_register sites_jump_cs

	sites_calls sites_thunk_calls, sites_call, sites_call_jump
	sites_calls sites_thunk_calls_cs, sites_call_cs, sites_call_jump_cs

/* What alternatives call. */
SITES_FUNC_START(sites_return_1, SYM_L_GLOBAL)
	movl	$1, %eax
	RET
SYM_FUNC_END(sites_return_1)

SITES_FUNC_START(sites_return_2, SYM_L_GLOBAL)
	movl	$2, %eax
	RET
SYM_FUNC_END(sites_return_2)
