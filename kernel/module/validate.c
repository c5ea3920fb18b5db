// SPDX-License-Identifier: GPL-2.0
/*
 * Checks of a module's ELF file, made before the loader relies on it
 *
 * What elf_validity_check() leaves out: the meaning of the sections that the
 * loader looks at, symbols, and relocations. Everything that passes here can
 * be laid out, resolved and relocated without another look at bounds.
 *
 * Rules are those that every linker keeps. A file that breaks one is damaged
 * or was made by hand; it is refused with one line that names what is wrong.
 */

#include <linux/elf.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/livepatch.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleloader.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include "validate.h"
#include "validate_tables.h"

/* Part of the file that nothing else may share. */
struct file_range {
	u64 start;
	u64 end;
	unsigned int section;
};

/* All that these checks say about a section, in one form. */
int mod_bad_section(const struct load_info *info, unsigned int sec,
		    const char *what, u64 value)
{
	pr_err("%s: section %u (%s) has an invalid %s: 0x%llx\n",
	       mod_file_name(info), sec, mod_section_name(info, sec), what,
	       value);
	return -ENOEXEC;
}

/* True if the last byte of a section with contents ends a string. */
static bool ends_in_nul(const struct load_info *info, const Elf_Shdr *shdr)
{
	const char *p = (char *)info->hdr + shdr->sh_offset;

	return shdr->sh_size && !p[shdr->sh_size - 1];
}

static int check_ident(const struct load_info *info)
{
	const unsigned char *ident = info->hdr->e_ident;

	if (ident[EI_CLASS] != ELF_CLASS || ident[EI_DATA] != ELF_DATA) {
		pr_err("%s: ELF class %u or data encoding %u is not %u and %u\n",
		       mod_file_name(info), ident[EI_CLASS], ident[EI_DATA],
		       ELF_CLASS, ELF_DATA);
		return -ENOEXEC;
	}
	if (!IS_ALIGNED(info->hdr->e_shoff, __alignof__(Elf_Shdr))) {
		pr_err("%s: section headers have an invalid file offset: 0x%llx\n",
		       mod_file_name(info), (u64)info->hdr->e_shoff);
		return -ENOEXEC;
	}
	return 0;
}

static int check_section_names(const struct load_info *info)
{
	u64 size = info->sechdrs[info->hdr->e_shstrndx].sh_size;
	unsigned int i;

	for (i = 0; i < info->hdr->e_shnum; i++) {
		if (info->sechdrs[i].sh_name >= size) {
			pr_err("%s: section %u has an invalid name: 0x%x\n",
			       mod_file_name(info), i, info->sechdrs[i].sh_name);
			return -ENOEXEC;
		}
	}
	return 0;
}

static int check_section_header(const struct load_info *info, unsigned int sec)
{
	const Elf_Shdr *shdr = &info->sechdrs[sec];

	/* Section 0 stands for "not found", others are not in use. */
	if (shdr->sh_type == SHT_NULL && (shdr->sh_flags & SHF_ALLOC))
		return mod_bad_section(info, sec, "type for flags",
				       shdr->sh_flags);

	if (shdr->sh_addralign && !is_power_of_2(shdr->sh_addralign))
		return mod_bad_section(info, sec, "alignment",
				       shdr->sh_addralign);
	return 0;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct file_range *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return 0;
}

static struct file_range *claim_range(struct file_range *range, u64 start,
				      u64 size, unsigned int section)
{
	range->start = start;
	range->end = start + size;
	range->section = section;
	return range + 1;
}

/* Relocations, or everything else but the names of sections */
static struct file_range *claim_sections(const struct load_info *info,
					 struct file_range *range,
					 bool relocations)
{
	unsigned int i;

	for (i = 1; i < info->hdr->e_shnum; i++) {
		const Elf_Shdr *shdr = &info->sechdrs[i];

		if (is_relocation(shdr) == relocations &&
		    i != info->hdr->e_shstrndx &&
		    has_contents(shdr) && shdr->sh_size)
			range = claim_range(range, shdr->sh_offset,
					    shdr->sh_size, i);
	}
	return range;
}

/* As linkers order them, so that there is nothing left to sort */
static struct file_range *claim_file(const struct load_info *info,
				     struct file_range *range)
{
	const Elf_Ehdr *hdr = info->hdr;
	const Elf_Shdr *names = &info->sechdrs[hdr->e_shstrndx];

	range = claim_range(range, 0, sizeof(*hdr), 0);
	range = claim_sections(info, range, false);
	range = claim_sections(info, range, true);
	range = claim_range(range, names->sh_offset, names->sh_size,
			    hdr->e_shstrndx);
	return claim_range(range, hdr->e_shoff,
			   hdr->e_shnum * sizeof(Elf_Shdr), 0);
}

static void sort_ranges(struct file_range *ranges, size_t nr)
{
	size_t i;

	for (i = 1; i < nr; i++) {
		if (ranges[i].start < ranges[i - 1].start) {
			sort(ranges, nr, sizeof(*ranges), compare_ranges, NULL);
			return;
		}
	}
}

/*
 * The loader changes parts of the file in place: section headers, symbols,
 * the order of relocations, flags in struct module. Were one of them part of
 * another, what has been checked would not stay as it was checked.
 */
static int check_overlap(const struct load_info *info)
{
	struct file_range *ranges, *r;
	int err = 0;

	ranges = kvmalloc_array(info->hdr->e_shnum + 2, sizeof(*ranges),
				GFP_KERNEL);
	if (!ranges)
		return -ENOMEM;

	r = claim_file(info, ranges);
	sort_ranges(ranges, r - ranges);
	while (--r > ranges) {
		if (r->start >= r[-1].end)
			continue;
		pr_err("%s: sections %u (%s) and %u (%s) overlap at file offset 0x%llx\n",
		       mod_file_name(info), r[-1].section,
		       mod_section_name(info, r[-1].section), r->section,
		       mod_section_name(info, r->section), r->start);
		err = -ENOEXEC;
		break;
	}
	kvfree(ranges);
	return err;
}

/* An array that the loader reads in place: entry size and alignment. */
int mod_check_array(const struct load_info *info, unsigned int sec,
		    size_t entry)
{
	const Elf_Shdr *shdr = &info->sechdrs[sec];

	if (shdr->sh_entsize != entry)
		return mod_bad_section(info, sec, "entry size", shdr->sh_entsize);
	if (shdr->sh_size % entry)
		return mod_bad_section(info, sec, "size", shdr->sh_size);
	if (!IS_ALIGNED(shdr->sh_offset, sizeof(long)))
		return mod_bad_section(info, sec, "file offset", shdr->sh_offset);
	return 0;
}

static int check_strings(const struct load_info *info, unsigned int sec)
{
	const Elf_Shdr *shdr = &info->sechdrs[sec];

	if (shdr->sh_type != SHT_STRTAB)
		return mod_bad_section(info, sec, "type", shdr->sh_type);
	if (!ends_in_nul(info, shdr))
		return mod_bad_section(info, sec, "last string at", shdr->sh_size);
	return 0;
}

static int check_symtab(const struct load_info *info, unsigned int sec)
{
	const Elf_Shdr *shdr = &info->sechdrs[sec];
	int err;

	err = mod_check_array(info, sec, sizeof(Elf_Sym));
	if (err)
		return err;
	if (!shdr->sh_size)
		return mod_bad_section(info, sec, "size", shdr->sh_size);
	return check_strings(info, shdr->sh_link);
}

static int check_modinfo_section(const struct load_info *info, unsigned int sec)
{
	const Elf_Shdr *shdr = &info->sechdrs[sec];

	if (!has_contents(shdr))
		return mod_bad_section(info, sec, "type", shdr->sh_type);
	if (!ends_in_nul(info, shdr))
		return mod_bad_section(info, sec, "last string at", shdr->sh_size);
	return 0;
}

static int check_this_module(const struct load_info *info, unsigned int sec)
{
	const Elf_Shdr *shdr = &info->sechdrs[sec];
	const struct module *mod = (void *)info->hdr + shdr->sh_offset;
	size_t len;

	if (shdr->sh_type != SHT_PROGBITS)
		return mod_bad_section(info, sec, "type", shdr->sh_type);
	if ((shdr->sh_flags & (SHF_WRITE | SHF_ALLOC | SHF_EXECINSTR)) !=
	    (SHF_WRITE | SHF_ALLOC))
		return mod_bad_section(info, sec, "flags", shdr->sh_flags);
	if (shdr->sh_size != sizeof(*mod))
		return mod_bad_section(info, sec, "size", shdr->sh_size);
	if (shdr->sh_addralign < __alignof__(*mod))
		return mod_bad_section(info, sec, "alignment",
				       shdr->sh_addralign);
	if (!IS_ALIGNED(shdr->sh_offset, sizeof(long)))
		return mod_bad_section(info, sec, "file offset", shdr->sh_offset);

	len = strnlen(mod->name, sizeof(mod->name));
	if (!len || len == sizeof(mod->name))
		return mod_bad_section(info, sec, "module name length", len);
	return 0;
}

/* Versions of symbols that this module uses. */
static int check_versions(const struct load_info *info, unsigned int sec)
{
	const Elf_Shdr *shdr = &info->sechdrs[sec];
	const struct modversion_info *v = (void *)info->hdr + shdr->sh_offset;
	unsigned int i, n = shdr->sh_size / sizeof(*v);

	if (!has_contents(shdr))
		return mod_bad_section(info, sec, "type", shdr->sh_type);
	if (shdr->sh_size % sizeof(*v))
		return mod_bad_section(info, sec, "size", shdr->sh_size);
	if (!IS_ALIGNED(shdr->sh_offset, __alignof__(*v)))
		return mod_bad_section(info, sec, "file offset", shdr->sh_offset);
	for (i = 0; i < n; i++) {
		if (strnlen(v[i].name, sizeof(v->name)) == sizeof(v->name))
			return mod_bad_section(info, sec, "name in entry", i);
	}
	return 0;
}

static int check_percpu(const struct load_info *info, unsigned int sec)
{
	const Elf_Shdr *shdr = &info->sechdrs[sec];

	if (!IS_ENABLED(CONFIG_SMP))
		return 0;
	if (!has_contents(shdr))
		return mod_bad_section(info, sec, "type", shdr->sh_type);
	if (shdr->sh_size > PCPU_MIN_UNIT_SIZE)
		return mod_bad_section(info, sec, "size", shdr->sh_size);
	return 0;
}

/* Sections that the loader finds by name, and of which it uses only one. */
static const struct {
	struct section_name name;
	int (*check)(const struct load_info *info, unsigned int sec);
} unique_sections[] = {
	{ SECTION_NAME(".gnu.linkonce.this_module"), check_this_module },
	{ SECTION_NAME(".modinfo"), check_modinfo_section },
	{ SECTION_NAME("__versions"), check_versions },
	{ SECTION_NAME(".data..percpu"), check_percpu },
};

static int check_unique_section(const struct load_info *info, unsigned int sec,
				unsigned int *seen)
{
	const char *name = mod_section_name(info, sec);
	size_t len = strlen(name);
	unsigned int u;

	for (u = 0; u < ARRAY_SIZE(unique_sections); u++) {
		if (!is_named(&unique_sections[u].name, name, len))
			continue;
		if (seen[u])
			return mod_bad_section(info, sec, "name, used before",
					       seen[u]);
		seen[u] = sec;
		return unique_sections[u].check(info, sec);
	}
	return 0;
}

static int check_unique_sections(const struct load_info *info)
{
	unsigned int seen[ARRAY_SIZE(unique_sections)] = {};
	unsigned int i, symtabs = 0;
	int err = 0;

	for (i = 1; i < info->hdr->e_shnum && !err; i++) {
		if (info->sechdrs[i].sh_type == SHT_SYMTAB) {
			if (symtabs++)
				return mod_bad_section(info, i, "type", SHT_SYMTAB);
			err = check_symtab(info, i);
		}
		if (!err && (info->sechdrs[i].sh_flags & SHF_ALLOC))
			err = check_unique_section(info, i, seen);
	}
	return err;
}

int module_check_headers(const struct load_info *info)
{
	unsigned int i;
	int err;

	err = check_ident(info);
	if (err)
		return err;

	err = check_section_names(info);
	if (err)
		return err;

	for (i = 0; i < info->hdr->e_shnum; i++) {
		err = check_section_header(info, i);
		if (err)
			return err;
	}

	err = check_strings(info, info->hdr->e_shstrndx);
	if (err)
		return err;

	err = check_overlap(info);
	if (err)
		return err;

	return check_unique_sections(info);
}

static int bad_symbol(const struct load_info *info, unsigned int ndx,
		      const char *what, u64 value)
{
	pr_err("%s: symbol %u has an invalid %s: 0x%llx\n",
	       mod_file_name(info), ndx, what, value);
	return -ENOEXEC;
}

/* A symbol that is part of a section of this module. */
static int check_defined_symbol(const struct load_info *info, unsigned int ndx,
				const Elf_Sym *sym)
{
	const Elf_Shdr *shdr = &info->sechdrs[sym->st_shndx];
	unsigned int type = ELF_ST_TYPE(sym->st_info);
	u64 value = sym->st_value;

	if (!is_kept(info, sym->st_shndx))
		return 0;

	/* Bit 0 is not part of the address: it tells the instruction set. */
	if (type == STT_FUNC &&
	    (IS_ENABLED(CONFIG_ARM) || IS_ENABLED(CONFIG_MIPS)))
		value &= ~1ULL;
	if (value > shdr->sh_size)
		return bad_symbol(info, ndx, "value", value);

	/* There, a function symbol may stand for a descriptor, in data. */
	if (IS_ENABLED(CONFIG_HAVE_FUNCTION_DESCRIPTORS) && type == STT_FUNC)
		return 0;

	if ((type == STT_FUNC || type == STT_OBJECT) &&
	    sym->st_size > shdr->sh_size - value)
		return bad_symbol(info, ndx, "size", sym->st_size);
	if (type == STT_FUNC && shdr->sh_type == SHT_NOBITS)
		return bad_symbol(info, ndx, "section for a function",
				  sym->st_shndx);
	return 0;
}

int module_check_symbols(const struct load_info *info)
{
	const Elf_Shdr *symsec = &info->sechdrs[info->index.sym];
	const Elf_Shdr *strsec = &info->sechdrs[info->index.str];
	const Elf_Sym *sym = (void *)info->hdr + symsec->sh_offset;
	unsigned int i, n = symsec->sh_size / sizeof(*sym);
	int err;

	for (i = 0; i < n; i++, sym++) {
		if (sym->st_name >= strsec->sh_size)
			return bad_symbol(info, i, "name", sym->st_name);

		switch (sym->st_shndx) {
		case SHN_UNDEF:
		case SHN_ABS:
		case SHN_COMMON:
			break;
		case SHN_LIVEPATCH:
			if (!is_livepatch_module(info->mod))
				return bad_symbol(info, i, "section index",
						  sym->st_shndx);
			break;
		default:
			if (sym->st_shndx >= info->hdr->e_shnum)
				return bad_symbol(info, i, "section index",
						  sym->st_shndx);
			err = check_defined_symbol(info, i, sym);
			if (err)
				return err;
		}
	}
	return 0;
}

static int check_table(const struct load_info *info, unsigned int sec,
		       const struct section_table *table)
{
	const Elf_Shdr *shdr = &info->sechdrs[sec];

	if (!has_contents(shdr))
		return mod_bad_section(info, sec, "type", shdr->sh_type);
	if (!(shdr->sh_flags & SHF_ALLOC) ||
	    (table->write && !(shdr->sh_flags & SHF_WRITE)))
		return mod_bad_section(info, sec, "flags", shdr->sh_flags);
	/* Many are sorted in place, which text may not allow. */
	if (shdr->sh_flags & SHF_EXECINSTR)
		return mod_bad_section(info, sec, "flags", shdr->sh_flags);

	/* Some assemblers fill up a section to its alignment. */
	if (shdr->sh_size % table->entry &&
	    shdr->sh_size % table->entry >= shdr->sh_addralign)
		return mod_bad_section(info, sec, "size", shdr->sh_size);
	return 0;
}

/* Where code and variables of C are, and what is done with them. */
static const struct {
	struct section_name name;
	unsigned long flags;
} named_flags[] = {
	{ SECTION_NAME(".text"), SHF_ALLOC | SHF_EXECINSTR },
	{ SECTION_NAME(".init.text"), SHF_ALLOC | SHF_EXECINSTR },
	{ SECTION_NAME(".exit.text"), SHF_ALLOC | SHF_EXECINSTR },
	{ SECTION_NAME(".text.unlikely"), SHF_ALLOC | SHF_EXECINSTR },
	{ SECTION_NAME(".noinstr.text"), SHF_ALLOC | SHF_EXECINSTR },
	{ SECTION_NAME(".kprobes.text"), SHF_ALLOC | SHF_EXECINSTR },
	{ SECTION_NAME(".static_call.text"), SHF_ALLOC | SHF_EXECINSTR },
	{ SECTION_NAME(".data"), SHF_ALLOC | SHF_WRITE },
	{ SECTION_NAME(".bss"), SHF_ALLOC | SHF_WRITE },
	{ SECTION_NAME(".init.data"), SHF_ALLOC | SHF_WRITE },
	{ SECTION_NAME(".data..ro_after_init"), SHF_ALLOC | SHF_WRITE },
	{ SECTION_NAME(".data..read_mostly"), SHF_ALLOC | SHF_WRITE },
	{ SECTION_NAME(".data..cacheline_aligned"), SHF_ALLOC | SHF_WRITE },
	{ SECTION_NAME(".data.once"), SHF_ALLOC | SHF_WRITE },
	{ SECTION_NAME(".exit.data"), SHF_ALLOC | SHF_WRITE },
	{ SECTION_NAME(".ref.data"), SHF_ALLOC | SHF_WRITE },
};

/* Variables that are code in name only would be where nothing can be stored. */
static bool flags_fit(u64 flags, u64 wanted)
{
	return !(~flags & wanted) && !(flags & ~wanted & SHF_EXECINSTR);
}

static const struct section_table *find_table(const char *name, size_t len,
					      const struct section_table *table,
					      size_t nr)
{
	for (; nr; nr--, table++) {
		if (is_named(&table->name, name, len))
			return table;
	}
	return NULL;
}

static int check_dot_section(const struct load_info *info, unsigned int sec,
			     const char *name, size_t len)
{
	u64 flags = info->sechdrs[sec].sh_flags;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(named_flags); i++) {
		if (is_named(&named_flags[i].name, name, len))
			return flags_fit(flags, named_flags[i].flags) ? 0 :
				mod_bad_section(info, sec, "flags", flags);
	}
	return 0;
}

static int check_named_section(const struct load_info *info, unsigned int sec)
{
	const char *name = mod_section_name(info, sec);
	const struct section_table *table;
	size_t len;
	int err;

	/* None of the names below, and half of all sections. */
	if (is_relocation_name(name))
		return 0;

	len = strlen(name);
	if (name[0] != '.') {
		table = find_table(name, len, tables, ARRAY_SIZE(tables));
		return table ? check_table(info, sec, table) : 0;
	}

	err = check_dot_section(info, sec, name, len);
	if (err)
		return err;
	table = find_table(name, len, dot_tables, ARRAY_SIZE(dot_tables));
	return table ? check_table(info, sec, table) : 0;
}

int module_check_layout(const struct load_info *info)
{
	u64 max = max_module_size(), total = 0;
	unsigned int i;
	int err;

	for (i = 1; i < info->hdr->e_shnum; i++) {
		const Elf_Shdr *shdr = &info->sechdrs[i];

		err = check_named_section(info, i);
		if (err)
			return err;

		/* Symbols and their names are laid out in any case. */
		if (!(shdr->sh_flags & SHF_ALLOC) && i != info->index.sym &&
		    i != info->index.str)
			continue;
		if (i == info->index.pcpu)
			continue;
		if (shdr->sh_addralign > PAGE_SIZE)
			return mod_bad_section(info, i, "alignment",
					   shdr->sh_addralign);
		if (shdr->sh_size > max)
			return mod_bad_section(info, i, "size", shdr->sh_size);
		total += shdr->sh_size + shdr->sh_addralign;
	}
	if (total > max) {
		pr_err("%s: sections take 0x%llx bytes, more than 0x%llx\n",
		       mod_file_name(info), total, max);
		return -ENOEXEC;
	}
	return 0;
}

static bool is_module_code(const struct load_info *info, unsigned long addr)
{
	unsigned int i;

	for (i = 1; i < info->hdr->e_shnum; i++) {
		const Elf_Shdr *shdr = &info->sechdrs[i];

		if ((shdr->sh_flags & SHF_ALLOC) &&
		    (shdr->sh_flags & SHF_EXECINSTR) &&
		    addr >= shdr->sh_addr &&
		    addr - shdr->sh_addr < shdr->sh_size)
			return true;
	}
	return false;
}

int module_check_entry(const struct module *mod, const struct load_info *info)
{
	/* Where these point to is only known to the architecture. */
	if (IS_ENABLED(CONFIG_HAVE_FUNCTION_DESCRIPTORS))
		return 0;

	if (mod->init && !is_module_code(info, (unsigned long)mod->init)) {
		pr_err("%s: init function is not in the module's code\n",
		       mod->name);
		return -ENOEXEC;
	}
	if (module_exit_function(mod) &&
	    !is_module_code(info, (unsigned long)module_exit_function(mod))) {
		pr_err("%s: exit function is not in the module's code\n",
		       mod->name);
		return -ENOEXEC;
	}
	return 0;
}
