// SPDX-License-Identifier: GPL-2.0
/*
 * Checks of a module's relocations, made before any of them is looked at
 */

#include <linux/elf.h>
#include <linux/kernel.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/moduleloader.h>
#include <linux/string.h>
#include "validate.h"

unsigned int __weak module_reloc_width(unsigned int type)
{
	return type ? 1 : 0;
}

/* How REL and RELA entries start. */
struct reloc_head {
	unsigned long r_offset;
	unsigned long r_info;
};

/* No type is wider, see module_reloc_width(). */
#define RELOC_MAX_WIDTH		8

static unsigned int reloc_width(const struct reloc_head *rel)
{
	return module_reloc_width(reloc_type(rel));
}

static int bad_relocation(const struct load_info *info, unsigned int sec,
			  unsigned int ndx, const char *what, u64 value)
{
	pr_err("%s: section %u (%s): relocation %u has an invalid %s: 0x%llx\n",
	       mod_file_name(info), sec, mod_section_name(info, sec), ndx, what,
	       value);
	return -ENOEXEC;
}

/* What the relocations of a section have in common: there are many. */
struct reloc_check {
	const struct load_info *info;
	unsigned int sec;
	const Elf_Sym *symbols;
	unsigned long nr_symbols;
	u64 size;
};

static inline int check_relocation(const struct reloc_check *check,
				   unsigned int ndx,
				   const struct reloc_head *rel)
{
	unsigned int symndx = reloc_sym(rel), shndx;
	u64 room = check->size - rel->r_offset;

	if (symndx >= check->nr_symbols)
		return bad_relocation(check->info, check->sec, ndx, "symbol",
				      symndx);
	/* Only at the end of a section it matters how wide it is. */
	if (rel->r_offset > check->size ||
	    (room < RELOC_MAX_WIDTH && room < reloc_width(rel)))
		return bad_relocation(check->info, check->sec, ndx, "offset",
				      rel->r_offset);

	/* What is not kept would be resolved to the copy of the file. */
	shndx = check->symbols[symndx].st_shndx;
	if (shndx != SHN_UNDEF && shndx < SHN_LORESERVE &&
	    !is_kept(check->info, shndx) && reloc_width(rel))
		return bad_relocation(check->info, check->sec, ndx,
				      "section of its symbol", shndx);
	return 0;
}

static int check_entries(const struct load_info *info, unsigned int sec)
{
	const Elf_Shdr *shdr = &info->sechdrs[sec];
	size_t entry = (shdr->sh_type == SHT_RELA ? 3 : 2) * sizeof(long);
	const Elf_Shdr *symsec = &info->sechdrs[info->index.sym];
	const void *rel = (void *)info->hdr + shdr->sh_offset;
	const struct reloc_check check = {
		.info		= info,
		.sec		= sec,
		.symbols	= (void *)info->hdr + symsec->sh_offset,
		.nr_symbols	= symsec->sh_size / sizeof(Elf_Sym),
		.size		= info->sechdrs[shdr->sh_info].sh_size,
	};
	unsigned int i, n = shdr->sh_size / entry;
	int err;

	err = mod_check_array(info, sec, entry);
	if (err)
		return err;
	if (shdr->sh_link != info->index.sym)
		return mod_bad_section(info, sec, "symbol table",
				       shdr->sh_link);
	if (!has_contents(&info->sechdrs[shdr->sh_info]))
		return mod_bad_section(info, sec, "target section",
				       shdr->sh_info);

	for (i = 0; i < n; i++) {
		err = check_relocation(&check, i, rel + i * entry);
		if (err)
			return err;
	}
	return 0;
}

/*
 * ".rela.text" is what relocates ".text". Linkers name them so, and nothing
 * but the name is left to tell when type or target have been damaged: the
 * section would be used as it is in the file, or another one be overwritten.
 */
static int check_relocation_name(const struct load_info *info, unsigned int sec)
{
	const Elf_Shdr *shdr = &info->sechdrs[sec];
	const char *name = mod_section_name(info, sec);
	unsigned int i;

	if (!is_relocation_name(name))
		return 0;
	name += name[4] == 'a' ? 5 : 4;

	if (is_relocation(shdr) &&
	    !strcmp(mod_section_name(info, shdr->sh_info), name))
		return 0;

	for (i = 1; i < info->hdr->e_shnum; i++) {
		if (!(info->sechdrs[i].sh_flags & SHF_ALLOC) ||
		    strcmp(mod_section_name(info, i), name))
			continue;
		if (!is_relocation(shdr))
			return mod_bad_section(info, sec, "type",
					       shdr->sh_type);
		return mod_bad_section(info, sec, "target section",
				       shdr->sh_info);
	}
	return 0;
}

static int check_relocation_section(const struct load_info *info,
				    unsigned int sec)
{
	const Elf_Shdr *shdr = &info->sechdrs[sec];
	bool late = shdr->sh_flags & SHF_RELA_LIVEPATCH;
	int err;

	if (is_relocation(shdr) && shdr->sh_info >= info->hdr->e_shnum)
		return mod_bad_section(info, sec, "target section",
				       shdr->sh_info);

	err = check_relocation_name(info, sec);
	if (err)
		return err;

	/* From here on, only what apply_relocations() looks at. */
	if (shdr->sh_info >= info->hdr->e_shnum ||
	    !(info->sechdrs[shdr->sh_info].sh_flags & SHF_ALLOC))
		return 0;
	if (late && (shdr->sh_type != SHT_RELA ||
		     !is_livepatch_module(info->mod)))
		return mod_bad_section(info, sec, "flags", shdr->sh_flags);
	if (!is_relocation(shdr))
		return 0;
	return check_entries(info, sec);
}

int module_check_relocations(const struct load_info *info)
{
	unsigned int i;
	int err = 0;

	for (i = 1; i < info->hdr->e_shnum && !err; i++)
		err = check_relocation_section(info, i);
	return err;
}
