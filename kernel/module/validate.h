/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the checks of a module's file have in common
 */
#ifndef _KERNEL_MODULE_VALIDATE_H
#define _KERNEL_MODULE_VALIDATE_H

#include "internal.h"

static inline const char *mod_file_name(const struct load_info *info)
{
	return info->name ?: "unknown";
}

static inline const char *mod_section_name(const struct load_info *info,
					   unsigned int sec)
{
	return info->secstrings + info->sechdrs[sec].sh_name;
}

static inline bool has_contents(const Elf_Shdr *shdr)
{
	return shdr->sh_type != SHT_NULL && shdr->sh_type != SHT_NOBITS;
}

static inline bool is_relocation(const Elf_Shdr *shdr)
{
	return shdr->sh_type == SHT_REL || shdr->sh_type == SHT_RELA;
}

/* Asked of every section: strncmp() would be a call each time. */
static inline bool is_relocation_name(const char *name)
{
	return name[0] == '.' && name[1] == 'r' && name[2] == 'e' &&
	       name[3] == 'l';
}

/* True for sections that something in memory may refer to. */
static inline bool is_kept(const struct load_info *info, unsigned int sec)
{
	return (info->sechdrs[sec].sh_flags & SHF_ALLOC) ||
	       sec == info->index.pcpu || sec == info->index.info ||
	       sec == info->index.vers;
}

int mod_bad_section(const struct load_info *info, unsigned int sec,
		    const char *what, u64 value);
int mod_check_array(const struct load_info *info, unsigned int sec,
		    size_t entry);

/* In 64-bit mips files the parts of r_info have an order of their own. */
#ifdef ELF_MIPS_R_SYM
#define reloc_sym(r)	ELF_MIPS_R_SYM(*(const Elf_Mips_Rel *)(r))
#define reloc_type(r)	ELF_MIPS_R_TYPE(*(const Elf_Mips_Rel *)(r))
#elif defined(CONFIG_64BIT)
#define reloc_sym(r)	ELF64_R_SYM((r)->r_info)
#define reloc_type(r)	ELF64_R_TYPE((r)->r_info)
#else
#define reloc_sym(r)	ELF32_R_SYM((r)->r_info)
#define reloc_type(r)	ELF32_R_TYPE((r)->r_info)
#endif

#endif /* _KERNEL_MODULE_VALIDATE_H */
