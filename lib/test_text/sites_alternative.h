/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All functions of sites_alternative.c and what they return. Included once for
 * each use of SITE(), which says what becomes of them.
 */
SITE(alt_same, 2)
SITE(alt_same_not, 1)
SITE(alt_shorter, 2)
SITE(alt_shorter_not, 5)
SITE(alt_longer, 2)
SITE(alt_longer_not, 1)
SITE(alt_empty, 7)
SITE(alt_nothing, 7)
SITE(alt_one_nop, 2)
SITE(alt_nops_inside, 1)
SITE(alt_nops_replacement, 2)
SITE(alt_two, 2)
SITE(alt_two_both, 3)
SITE(alt_ternary, 3)
SITE(alt_three, 4)
SITE(alt_call, 2)
SITE(alt_call_not, 1)
SITE(alt_call_long, 2)
SITE(alt_jump_near, 2)
SITE(alt_jump_far, 2)
SITE(alt_jump_back, 2)
SITE(alt_cpu_has, 1)
SITE(alt_kernel, 1)
