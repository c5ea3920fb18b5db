// SPDX-License-Identifier: GPL-2.0
/*
 * What instructions say on arm64, for the KUnit test of veneers.
 */

#include <linux/bitops.h>
#include <linux/elf.h>
#include <linux/moduleloader.h>
#include <linux/sizes.h>
#include "veneer_kunit.h"

const long veneer_test_first = -SZ_128M;
const long veneer_test_last = SZ_128M - 4;
const unsigned long veneer_test_state;

int veneer_test_relocate(struct module *mod, void *place, unsigned long target)
{
	Elf_Sym syms[2] = { { }, { .st_value = target } };
	Elf_Rela rela = { .r_info = 1ULL << 32 | R_AARCH64_CALL26 };
	Elf_Shdr sechdrs[4] = {
		[1] = { .sh_addr = (u64)place, .sh_size = 4 },
		[2] = { .sh_addr = (u64)syms, .sh_size = sizeof(syms) },
		[3] = { .sh_addr = (u64)&rela, .sh_size = sizeof(rela),
			.sh_info = 1 },
	};

	*(u32 *)place = 0x94000000;
	return apply_relocate_add(sechdrs, "\0", 2, 3, mod);
}

unsigned long veneer_test_call(const void *place)
{
	u32 insn = *(u32 *)place;

	if (insn >> 26 != 0x25)
		return 0;
	return (unsigned long)place + sign_extend64((u64)insn << 2, 27);
}

unsigned long veneer_test_target(const void *veneer)
{
	const u32 *insn = veneer;
	u64 page = (unsigned long)veneer & ~0xfffULL;
	u64 imm = (insn[0] >> 5 & 0x7ffff) << 2 | (insn[0] >> 29 & 3);

	/* adrp x16, ...; add x16, x16, #...; br x16 */
	if ((insn[0] & 0x9f00001f) != 0x90000010 ||
	    (insn[1] & 0xffc003ff) != 0x91000210 || insn[2] != 0xd61f0200)
		return 0;
	return page + sign_extend64(imm << 12, 32) + (insn[1] >> 10 & 0xfff);
}
