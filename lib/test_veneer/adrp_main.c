// SPDX-License-Identifier: GPL-2.0
/*
 * arm64: calls functions that have an ADRP where CPUs with erratum 843419 must
 * not have one, in the last two instructions of 4 KiB, and tells by parameters
 * what they load and what the loader has made of the ADRP.
 *
 * The core text has no branch to anywhere and is not traced: all veneers that
 * it has are for the erratum.
 */

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/types.h>

#include "adrp.h"

#define NR_PLACES	6

/* Of the same order: far away, in reach of ADR, far away from init text */
static ulong values[NR_PLACES];
module_param_array(values, ulong, NULL, 0444);
MODULE_PARM_DESC(values, "What the functions load");

static ulong expected[NR_PLACES];
module_param_array(expected, ulong, NULL, 0444);
MODULE_PARM_DESC(expected, "What they load if all is right");

static uint insns[NR_PLACES];
module_param_array(insns, uint, NULL, 0444);
MODULE_PARM_DESC(insns, "The instructions that were ADRP in the file");

static uint offsets[NR_PLACES];
module_param_array(offsets, uint, NULL, 0444);
MODULE_PARM_DESC(offsets, "Where in 4 KiB these are");

u64 test_module_far_data[ADRP_DATA_SIZE / sizeof(u64)];

static void __init note(unsigned int i, u64 value, u64 wanted,
			const void *function)
{
	/* Behind the landing pad */
	const __le32 *place = (const __le32 *)function + 1;

	values[i] = value;
	expected[i] = wanted;
	insns[i] = le32_to_cpu(*place);
	offsets[i] = (unsigned long)place % SZ_4K;
}

static int __init test_module_far_adrp_init(void)
{
	const u64 ff8 = 0xff8ff8ff8ff8, ffc = 0xffcffcffcffc;

	test_module_far_data[ADRP_FAR_FF8 / sizeof(u64)] = ff8;
	test_module_far_data[ADRP_FAR_FFC / sizeof(u64)] = ffc;
	note(0, adrp_far_ff8(), ff8, adrp_far_ff8);
	note(1, adrp_far_ffc(), ffc, adrp_far_ffc);
	note(2, adrp_near_ff8(), ADRP_NEAR_FF8, adrp_near_ff8);
	note(3, adrp_near_ffc(), ADRP_NEAR_FFC, adrp_near_ffc);
	note(4, adrp_init_ff8(), ff8, adrp_init_ff8);
	note(5, adrp_init_ffc(), ffc, adrp_init_ffc);
	return 0;
}
module_init(test_module_far_adrp_init);

static void __exit test_module_far_adrp_exit(void)
{
}
module_exit(test_module_far_adrp_exit);

MODULE_DESCRIPTION("Test module with ADRP at the end of 4 KiB");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
