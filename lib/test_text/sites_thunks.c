// SPDX-License-Identifier: GPL-2.0
/*
 * Indirect calls and jumps through each register, as a compiler makes them
 * when it has to avoid the real ones. There are three calls for each register,
 * nine bytes apart or more, so that some are in the lower half of a cache line
 * and others are not.
 */

#include <linux/kernel.h>
#include <linux/stringify.h>

#include <asm/ibt.h>
#include <asm/linkage.h>

#include "sites.h"

int sites_thunk_target(void);
asmlinkage int sites_thunk_calls(int (*target)(void));
asmlinkage int sites_thunk_calls_cs(int (*target)(void));

/* Where calls and jumps go to: changes no register. */
asm(".pushsection .text\n"
    "	.type	sites_thunk_target, @function\n"
    "	.globl	sites_thunk_target\n"
    "sites_thunk_target:\n"
    "	" ASM_ENDBR
    "	incl	sites_thunk_count(%rip)\n"
    "	" ASM_RET
    "	.size	sites_thunk_target, . - sites_thunk_target\n"
    ".popsection\n");

int sites_thunk_count;

#define SITES_CALL(reg)					\
	"	mov	(%rsp), %" #reg "\n"		\
	"	call	__x86_indirect_thunk_" #reg "\n"

#define SITES_CALL_CS(reg)				\
	"	mov	(%rsp), %" #reg "\n"		\
	"	.byte	0x2e\n"			\
	"	call	__x86_indirect_thunk_" #reg "\n"

#define SITES_JUMP(reg)						\
	"	.type	sites_thunk_jump_" #reg ", @function\n"	\
	"sites_thunk_jump_" #reg ":\n"				\
	ANNOTATE_NOENDBR					\
	"	jmp	__x86_indirect_thunk_" #reg "\n"	\
	"	.size	sites_thunk_jump_" #reg ", . - sites_thunk_jump_" #reg "\n"

#define SITES_JUMP_CS(reg)						\
	"	.type	sites_thunk_jump_cs_" #reg ", @function\n"	\
	"sites_thunk_jump_cs_" #reg ":\n"				\
	ANNOTATE_NOENDBR						\
	"	.byte	0x2e\n"					\
	"	jmp	__x86_indirect_thunk_" #reg "\n"		\
	"	.size	sites_thunk_jump_cs_" #reg ", . - sites_thunk_jump_cs_" #reg "\n"

#define SITES_CALL_JUMP(reg)				\
	"	mov	(%rsp), %" #reg "\n"		\
	"	call	sites_thunk_jump_" #reg "\n"

#define SITES_CALL_JUMP_CS(reg)				\
	"	mov	(%rsp), %" #reg "\n"		\
	"	call	sites_thunk_jump_cs_" #reg "\n"

#define SITES_REGS(SITE)						\
	SITE(rax) SITE(rbx) SITE(rcx) SITE(rdx) SITE(rsi) SITE(rdi)	\
	SITE(rbp) SITE(r8) SITE(r9) SITE(r10) SITE(r11) SITE(r12)	\
	SITE(r13) SITE(r14) SITE(r15)
#define SITES_NR_REGS	15

#define SITES_THUNK_FUNCTION(name, body)	\
	"	.type	" name ", @function\n"	\
	"	.globl	" name "\n"		\
	name ":\n"				\
	ANNOTATE_NOENDBR			\
	"	push	%rbp\n"			\
	"	push	%rbx\n"			\
	"	push	%r12\n"			\
	"	push	%r13\n"			\
	"	push	%r14\n"			\
	"	push	%r15\n"			\
	"	push	%rdi\n"			\
	body					\
	"	pop	%rdi\n"			\
	"	pop	%r15\n"			\
	"	pop	%r14\n"			\
	"	pop	%r13\n"			\
	"	pop	%r12\n"			\
	"	pop	%rbx\n"			\
	"	pop	%rbp\n"			\
	"	movl	sites_thunk_count(%rip), %eax\n" \
	"	" ASM_RET			\
	"	.size	" name ", . - " name "\n"

asm(".pushsection .text\n"
    SITES_REGS(SITES_JUMP)
    SITES_REGS(SITES_JUMP_CS)
    SITES_THUNK_FUNCTION("sites_thunk_calls",
			 SITES_REGS(SITES_CALL)
			 SITES_REGS(SITES_CALL)
			 SITES_REGS(SITES_CALL)
			 SITES_REGS(SITES_CALL_JUMP))
    SITES_THUNK_FUNCTION("sites_thunk_calls_cs",
			 SITES_REGS(SITES_CALL_CS)
			 SITES_REGS(SITES_CALL_CS)
			 SITES_REGS(SITES_CALL_CS)
			 SITES_REGS(SITES_CALL_JUMP_CS))
    ".popsection\n");

static int thunks(void)
{
	sites_thunk_count = 0;
	return sites_thunk_calls(sites_thunk_target);
}

/* With the prefix that a compiler puts before branches through r8 and up. */
static int thunks_cs(void)
{
	sites_thunk_count = 0;
	return sites_thunk_calls_cs(sites_thunk_target);
}

/* And one that the compiler makes. */
static int compiled(void)
{
	int (*fn)(void) = thunks;

	OPTIMIZER_HIDE_VAR(fn);
	return fn() + 1;
}

const struct sites_check sites_thunks[] = {
	{ "thunks",	thunks,		4 * SITES_NR_REGS, 4 * SITES_NR_REGS },
	{ "thunks_cs",	thunks_cs,	4 * SITES_NR_REGS, 4 * SITES_NR_REGS },
	{ "compiled",	compiled,	4 * SITES_NR_REGS + 1, 4 * SITES_NR_REGS + 1 },
	{ }
};
