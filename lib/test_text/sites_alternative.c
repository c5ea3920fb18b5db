// SPDX-License-Identifier: GPL-2.0
/*
 * Alternatives in all their forms. What each returns does not depend on the
 * CPU: ALWAYS is a feature that every CPU has.
 */

#include <linux/cpufeature.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/timex.h>
#include <linux/uaccess.h>

#include <asm/alternative.h>
#include <asm/nospec-branch.h>

#include "sites.h"

#define YES	X86_FEATURE_ALWAYS
#define NO	ALT_NOT(X86_FEATURE_ALWAYS)

/* Five bytes each. */
#define PUT(n)	"movl $" #n ", %[val]"

#define SITES_ALT(alternative)						\
({									\
	int val = 7;							\
									\
	asm volatile(alternative : [val] "+a" (val));			\
	val;								\
})

/* The same length, replaced or not. */
static __always_inline int alt_same(void)
{
	return SITES_ALT(ALTERNATIVE(PUT(1), PUT(2), YES));
}

static __always_inline int alt_same_not(void)
{
	return SITES_ALT(ALTERNATIVE(PUT(1), PUT(2), NO));
}

/* What remains behind the replacement becomes nops, of many lengths. */
static __always_inline int alt_shorter(void)
{
	return SITES_ALT(ALTERNATIVE(PUT(1) "; " PUT(3) "; " PUT(4) "; " PUT(5),
				     PUT(2), YES));
}

static __always_inline int alt_shorter_not(void)
{
	return SITES_ALT(ALTERNATIVE(PUT(1) "; " PUT(3) "; " PUT(4) "; " PUT(5),
				     PUT(2), NO));
}

/* The assembler pads the original with nops. */
static __always_inline int alt_longer(void)
{
	return SITES_ALT(ALTERNATIVE(PUT(1), PUT(3) "; " PUT(2), YES));
}

static __always_inline int alt_longer_not(void)
{
	return SITES_ALT(ALTERNATIVE(PUT(1), PUT(3) "; " PUT(4) "; " PUT(2),
				     NO));
}

/* Nothing, or nothing but nops */
static __always_inline int alt_empty(void)
{
	return SITES_ALT(ALTERNATIVE(PUT(1), "", YES));
}

static __always_inline int alt_nothing(void)
{
	return SITES_ALT(ALTERNATIVE("", PUT(1) "; " PUT(2) "; lfence", NO));
}

static __always_inline int alt_one_nop(void)
{
	return SITES_ALT(ALTERNATIVE(PUT(1) "; nop", PUT(2), YES));
}

/* Nops between other instructions; the last byte of pause is no nop. */
static __always_inline int alt_nops_inside(void)
{
	return SITES_ALT(ALTERNATIVE(".fill 3, 1, 0x90; " PUT(1)
				     "; .fill 11, 1, 0x90; pause; nop; nop",
				     "", NO));
}

static __always_inline int alt_nops_replacement(void)
{
	return SITES_ALT(ALTERNATIVE(PUT(1) "; .fill 16, 1, 0x90",
				     ".fill 9, 1, 0x90; " PUT(2), YES));
}

/* Of two replacements, the last that applies stays. */
static __always_inline int alt_two(void)
{
	return SITES_ALT(ALTERNATIVE_2(PUT(1), PUT(2), YES,
				       PUT(3) "; lfence", NO));
}

static __always_inline int alt_two_both(void)
{
	return SITES_ALT(ALTERNATIVE_2(PUT(1), PUT(2) "; lfence", YES,
				       PUT(3), YES));
}

static __always_inline int alt_ternary(void)
{
	return SITES_ALT(ALTERNATIVE_TERNARY(PUT(1), NO, PUT(2), PUT(3)));
}

static __always_inline int alt_three(void)
{
	return SITES_ALT(ALTERNATIVE_3(PUT(1), PUT(2), YES, PUT(3), NO,
				       PUT(4), YES));
}

/* A call's target is relative to the original, not to the replacement. */
static __always_inline int alt_call(void)
{
	int val;

	asm volatile(ALTERNATIVE("call sites_return_1",
				 "call sites_return_2", YES)
		     : "=a" (val), ASM_CALL_CONSTRAINT);
	return val;
}

static __always_inline int alt_call_not(void)
{
	int val;

	asm volatile(ALTERNATIVE("call sites_return_1; nop; nop; nop",
				 "call sites_return_2", NO)
		     : "=a" (val), ASM_CALL_CONSTRAINT);
	return val;
}

static __always_inline int alt_call_long(void)
{
	int val;

	asm volatile(ALTERNATIVE("xorl %%eax, %%eax; xorl %%eax, %%eax; "
				 "xorl %%eax, %%eax; xorl %%eax, %%eax",
				 "call sites_return_2", YES)
		     : "=a" (val), ASM_CALL_CONSTRAINT);
	return val;
}

/* A jump may become shorter, forward, and keeps its five bytes backward. */
static __always_inline int alt_jump_near(void)
{
	int val;

	asm volatile("movl $2, %[val]\n"
		     ALTERNATIVE("", "jmp 771f", YES)
		     "movl $1, %[val]\n"
		     "771:"
		     : [val] "=&a" (val));
	return val;
}

static __always_inline int alt_jump_far(void)
{
	int val;

	asm volatile("movl $2, %[val]\n"
		     ALTERNATIVE("", "jmp 772f", YES)
		     "movl $1, %[val]\n"
		     "jmp 772f\n"
		     ".fill 200, 1, 0xcc\n"
		     "772:"
		     : [val] "=&a" (val));
	return val;
}

static __always_inline int alt_jump_back(void)
{
	int val;

	asm volatile("jmp 774f\n"
		     "773: movl $2, %[val]\n"
		     "jmp 775f\n"
		     "774: movl $1, %[val]\n"
		     ALTERNATIVE("nop", "jmp 773b", YES)
		     "775:"
		     : [val] "=&a" (val));
	return val;
}

/* What the kernel has: the result is the same with and without. */
static __always_inline int alt_cpu_has(void)
{
	return static_cpu_has(X86_FEATURE_SMAP) == boot_cpu_has(X86_FEATURE_SMAP) &&
	       static_cpu_has(X86_FEATURE_ERMS) == boot_cpu_has(X86_FEATURE_ERMS) &&
	       static_cpu_has(X86_FEATURE_XENPV) == boot_cpu_has(X86_FEATURE_XENPV) &&
	       static_cpu_has(X86_FEATURE_RETPOLINE) == boot_cpu_has(X86_FEATURE_RETPOLINE) &&
	       static_cpu_has(X86_BUG_ITS) == boot_cpu_has(X86_BUG_ITS);
}

static __always_inline int alt_kernel(void)
{
	barrier_nospec();
	stac();
	clac();
	return rdtsc_ordered() != 0;
}

#define SITE(fn, want)			\
static noinline int fn##_core(void)	\
{					\
	return fn();			\
}

#include "sites_alternative.h"
#undef SITE

#define SITE(fn, want)	{ #fn, fn##_core, want, want },

const struct sites_check sites_alternatives[] = {
#include "sites_alternative.h"
	{ }
};

#undef SITE

#define SITE(fn, want)	(fn() != (want)),

int __init sites_alternatives_init(void)
{
	const bool wrong[] = {
#include "sites_alternative.h"
	};
	int i, failed = 0;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		failed += wrong[i];
	return failed;
}
