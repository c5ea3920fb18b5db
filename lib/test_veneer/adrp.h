/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TEST_VENEER_ADRP_H
#define _TEST_VENEER_ADRP_H

#include <linux/sizes.h>

/*
 * Text is somewhere outside of the data: what is in the middle of that cannot
 * be within the MiB that ADR reaches.
 */
#define ADRP_DATA_SIZE	SZ_4M
#define ADRP_FAR_FF8	0x200008
#define ADRP_FAR_FFC	0x201010

/* They are in text, a few bytes behind who loads them. */
#define ADRP_NEAR_FF8	0x1234567800000ff8
#define ADRP_NEAR_FFC	0x1234567800000ffc

#ifndef __ASSEMBLY__

#include <linux/types.h>

/* They load from it. */
extern u64 test_module_far_data[ADRP_DATA_SIZE / sizeof(u64)];

u64 adrp_far_ff8(void);
u64 adrp_far_ffc(void);
u64 adrp_near_ff8(void);
u64 adrp_near_ffc(void);
u64 adrp_init_ff8(void);
u64 adrp_init_ffc(void);

#endif

#endif /* _TEST_VENEER_ADRP_H */
