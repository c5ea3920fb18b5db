/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions with an ADRP where erratum 843419 forbids one, as their second
 * instruction. What comes after it is what makes such a CPU load from a wrong
 * address: another load, and the one from the page that ADRP told.
 */

#include <linux/linkage.h>

#include "adrp.h"

	.macro	adrp_at, name, offset, target
	.balign	SZ_4K
	.space	\offset - 4
SYM_FUNC_START_NOALIGN(\name)
	adrp	x0, \target
	ldr	x1, [sp]
	ldr	x0, [x0, :lo12:\target]
	ret
SYM_FUNC_END(\name)
	.endm

	.text
	adrp_at	adrp_far_ff8, 0xff8, test_module_far_data+ADRP_FAR_FF8
	adrp_at	adrp_far_ffc, 0xffc, test_module_far_data+ADRP_FAR_FFC
	adrp_at	adrp_near_ff8, 0xff8, .Lnear_ff8
	adrp_at	adrp_near_ffc, 0xffc, .Lnear_ffc
	.balign	8
.Lnear_ff8:
	.quad	ADRP_NEAR_FF8
.Lnear_ffc:
	.quad	ADRP_NEAR_FFC

	.section .init.text.adrp, "ax", %progbits
	adrp_at	adrp_init_ff8, 0xff8, test_module_far_data+ADRP_FAR_FF8
	adrp_at	adrp_init_ffc, 0xffc, test_module_far_data+ADRP_FAR_FFC
