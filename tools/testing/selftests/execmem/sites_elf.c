// SPDX-License-Identifier: GPL-2.0
/* The file of a module, and where the loader put its sections. */

#define _GNU_SOURCE

#include "../module/modtest.h"
#include "sites.h"

/* Finding the file: '-' and '_' are the same in names of modules. */

static const char *wanted;
static char found[PATH_MAX];

static bool is_wanted(const char *file)
{
	size_t i, len = strlen(wanted);

	for (i = 0; i < len; i++)
		if (file[i] != wanted[i] &&
		    !(file[i] == '-' && wanted[i] == '_'))
			return false;

	return !strcmp(file + len, ".ko");
}

static int visit(const char *path, const struct stat *st, int flag,
		 struct FTW *ftw)
{
	(void)st;
	if (flag != FTW_F || !is_wanted(path + ftw->base))
		return 0;

	snprintf(found, sizeof(found), "%s", path);
	return 1;
}

static unsigned char *read_file(const char *name)
{
	struct utsname uts;
	char dir[PATH_MAX];

	uname(&uts);
	snprintf(dir, sizeof(dir), "/lib/modules/%s", uts.release);
	wanted = name;
	if (nftw(dir, visit, 16, FTW_PHYS) != 1)
		return NULL;
	return (unsigned char *)modtest_slurp(found);
}

/* Sections */

struct sites_section *sites_section(const struct sites_module *mod,
				    const char *name)
{
	unsigned int i;

	for (i = 0; i < mod->nr_sections; i++)
		if (!strcmp(mod->sections[i].name, name))
			return &mod->sections[i];

	return NULL;
}

static bool is_core_text(const struct sites_section *sec)
{
	return sec->shdr->sh_flags & SHF_ALLOC &&
	       sec->shdr->sh_flags & SHF_EXECINSTR && sec->shdr->sh_size &&
	       sec->addr && strncmp(sec->name, ".init", 5);
}

static uint64_t loaded_at(const char *module, const char *section)
{
	char path[PATH_MAX];
	unsigned long long addr;

	snprintf(path, sizeof(path), "/sys/module/%s/sections/%s", module,
		 section);
	return modtest_read_num(path, &addr) ? 0 : addr;
}

static int add_text(struct sites_section *sec)
{
	size_t size = sec->shdr->sh_size;

	sec->want = malloc(size);
	sec->have = malloc(size);
	sec->kind = calloc(1, size);
	return sec->want && sec->have && sec->kind ? 0 : -ENOMEM;
}

static int read_sections(struct sites_module *mod)
{
	const Elf64_Ehdr *ehdr = (void *)mod->image;
	const Elf64_Shdr *shdrs = (void *)(mod->image + ehdr->e_shoff);
	const char *names;
	struct sites_section *sec;
	unsigned int i;

	mod->nr_sections = ehdr->e_shnum;
	mod->sections = calloc(ehdr->e_shnum, sizeof(*mod->sections));
	if (!mod->sections)
		return -ENOMEM;

	names = (char *)mod->image + shdrs[ehdr->e_shstrndx].sh_offset;
	for (i = 0; i < ehdr->e_shnum; i++) {
		sec = &mod->sections[i];
		sec->shdr = &shdrs[i];
		sec->name = names + shdrs[i].sh_name;
		sec->file = mod->image + shdrs[i].sh_offset;
		if (shdrs[i].sh_flags & SHF_ALLOC && shdrs[i].sh_size)
			sec->addr = loaded_at(mod->name, sec->name);
		if (is_core_text(sec) && add_text(sec))
			return -ENOMEM;
	}

	return 0;
}

/* The symbol table, and which relocations are for which section */
static int link_sections(struct sites_module *mod)
{
	const Elf64_Shdr *shdr;
	struct sites_section *sec;
	unsigned int i;

	for (i = 0; i < mod->nr_sections; i++) {
		shdr = mod->sections[i].shdr;
		if (shdr->sh_type == SHT_SYMTAB) {
			mod->syms = (void *)mod->sections[i].file;
			mod->nr_syms = shdr->sh_size / sizeof(*mod->syms);
			mod->strtab = (void *)mod->sections[shdr->sh_link].file;
		}
		if (shdr->sh_type == SHT_RELA) {
			sec = &mod->sections[shdr->sh_info];
			sec->relas = (void *)mod->sections[i].file;
			sec->nr_relas = shdr->sh_size / sizeof(*sec->relas);
		}
	}

	return mod->syms ? 0 : -ENOEXEC;
}

/*
 * Sections that sysfs does not show where they are: the loader moves per-CPU
 * data, and empty ones have no file there, though code may take the address of
 * a lock class that has no size. Their symbols tell.
 */
static uint64_t by_symbols(const struct sites_module *mod, unsigned int index)
{
	const struct sites_symbol *sym;
	const Elf64_Sym *s;

	for (s = mod->syms; s < mod->syms + mod->nr_syms; s++) {
		if (s->st_shndx != index ||
		    ELF64_ST_TYPE(s->st_info) == STT_SECTION)
			continue;
		sym = sites_symbol(mod->name, mod->strtab + s->st_name);
		if (sym)
			return sym->addr - s->st_value;
	}

	return 0;
}

static void find_hidden(struct sites_module *mod)
{
	struct sites_section *sec;
	unsigned int i;

	for (i = 0; i < mod->nr_sections; i++) {
		sec = &mod->sections[i];
		if (!(sec->shdr->sh_flags & SHF_ALLOC))
			continue;
		if (!strcmp(sec->name, ".data..percpu"))
			mod->percpu = by_symbols(mod, i);
		else if (!sec->shdr->sh_size)
			sec->addr = by_symbols(mod, i);
	}
}

int sites_module_open(struct sites_module *mod, const char *name)
{
	int ret;

	memset(mod, 0, sizeof(*mod));
	snprintf(mod->name, sizeof(mod->name), "%s", name);
	mod->image = read_file(name);
	if (!mod->image) {
		ksft_print_msg("%s: no file\n", name);
		return -ENOENT;
	}

	ret = memcmp(mod->image, ELFMAG, SELFMAG) ? -ENOEXEC :
						    read_sections(mod);
	if (!ret)
		ret = link_sections(mod);
	if (ret) {
		ksft_print_msg("%s: cannot be used: %d\n", found, ret);
		sites_module_close(mod);
		return ret;
	}

	find_hidden(mod);
	return 0;
}

void sites_module_close(struct sites_module *mod)
{
	unsigned int i;

	for (i = 0; mod->sections && i < mod->nr_sections; i++) {
		free(mod->sections[i].want);
		free(mod->sections[i].have);
		free(mod->sections[i].kind);
	}
	free(mod->sections);
	free(mod->image);
	memset(mod, 0, sizeof(*mod));
}

int sites_module_read(struct sites_module *mod)
{
	struct sites_section *sec;
	int ret;

	for (sec = mod->sections; sec < mod->sections + mod->nr_sections;
	     sec++) {
		if (!sec->have)
			continue;
		ret = sites_peek(sec->addr, sec->have, sec->shdr->sh_size);
		if (!ret)
			continue;
		ksft_print_msg("%s: %s: cannot read 0x%lx bytes at 0x%lx: %d\n",
			       mod->name, sec->name, sec->shdr->sh_size,
			       sec->addr, ret);
		return ret;
	}

	return 0;
}

static struct sites_section *text_at(const struct sites_module *mod,
				     uint64_t addr, size_t len)
{
	struct sites_section *sec;
	unsigned int i;

	for (i = 0; i < mod->nr_sections; i++) {
		sec = &mod->sections[i];
		if (sec->want && addr >= sec->addr &&
		    addr + len <= sec->addr + sec->shdr->sh_size)
			return sec;
	}

	return NULL;
}

unsigned char *sites_want(const struct sites_module *mod, uint64_t addr,
			  size_t len)
{
	struct sites_section *sec = text_at(mod, addr, len);

	return sec ? sec->want + (addr - sec->addr) : NULL;
}

unsigned char *sites_have(const struct sites_module *mod, uint64_t addr,
			  size_t len)
{
	struct sites_section *sec = text_at(mod, addr, len);

	return sec ? sec->have + (addr - sec->addr) : NULL;
}

bool sites_mark(struct sites_module *mod, uint64_t addr, size_t len,
		enum sites_kind kind)
{
	struct sites_section *sec = text_at(mod, addr, len);

	if (!sec) {
		mod->freed++;
		return false;
	}

	memset(sec->kind + (addr - sec->addr), kind, len);
	mod->sites[kind]++;
	return true;
}

/* Relocations */

static int symbol_value(const struct sites_module *mod, const Elf64_Sym *sym,
			uint64_t *val)
{
	const char *name = mod->strtab + sym->st_name;
	const struct sites_section *sec;

	switch (sym->st_shndx) {
	case SHN_UNDEF:
		*val = sites_global(name);
		if (*val || ELF64_ST_BIND(sym->st_info) == STB_WEAK)
			return 0;
		ksft_print_msg("%s: %s is nowhere\n", mod->name, name);
		return -ENOENT;
	case SHN_ABS:
		*val = sym->st_value;
		return 0;
	}

	if (sym->st_shndx >= mod->nr_sections)
		return -ENOEXEC;

	sec = &mod->sections[sym->st_shndx];
	*val = sec->addr;
	if (!strcmp(sec->name, ".data..percpu"))
		*val = mod->percpu;
	if (!*val) {
		ksft_print_msg("%s: %s: not known where it is\n", mod->name,
			       sec->name);
		return -ENOENT;
	}
	*val += sym->st_value;
	return 0;
}

static int relocation_width(unsigned int type)
{
	switch (type) {
	case R_X86_64_NONE:
		return 0;
	case R_X86_64_64:
	case R_X86_64_PC64:
		return 8;
	case R_X86_64_32:
	case R_X86_64_32S:
	case R_X86_64_PC32:
	case R_X86_64_PLT32:
		return 4;
	default:
		return -ENOEXEC;
	}
}

static bool is_relative(unsigned int type)
{
	return type == R_X86_64_PC32 || type == R_X86_64_PLT32 ||
	       type == R_X86_64_PC64;
}

static int relocate_one(struct sites_module *mod, struct sites_section *sec,
			const Elf64_Rela *rela)
{
	unsigned int type = ELF64_R_TYPE(rela->r_info);
	int width = relocation_width(type);
	uint64_t val;
	int ret;

	if (width < 0 || rela->r_offset + width > sec->shdr->sh_size) {
		ksft_print_msg("%s: relocation of type %u at %s+0x%lx\n",
			       mod->name, type, sec->name, rela->r_offset);
		return -ENOEXEC;
	}
	if (!width)
		return 0;

	ret = symbol_value(mod, &mod->syms[ELF64_R_SYM(rela->r_info)], &val);
	if (ret)
		return ret;

	val += rela->r_addend;
	if (is_relative(type))
		val -= sec->addr + rela->r_offset;
	memcpy(sec->want + rela->r_offset, &val, width);
	memset(sec->kind + rela->r_offset, SITES_RELOCATION, width);
	mod->sites[SITES_RELOCATION]++;
	return 0;
}

/* What the loader makes of the file before anything is patched. */
int sites_relocate(struct sites_module *mod)
{
	struct sites_section *sec;
	size_t i;
	int ret;

	for (sec = mod->sections; sec < mod->sections + mod->nr_sections;
	     sec++) {
		if (!sec->want)
			continue;
		memcpy(sec->want, sec->file, sec->shdr->sh_size);
		memset(sec->kind, SITES_PLAIN, sec->shdr->sh_size);
		for (i = 0; i < sec->nr_relas; i++) {
			ret = relocate_one(mod, sec, &sec->relas[i]);
			if (ret)
				return ret;
		}
	}

	return 0;
}

/* Tables are in the order of their relocations, or nearly so. */
static const Elf64_Rela *rela_at(const struct sites_section *table,
				 uint64_t offset)
{
	static size_t last;
	size_t n;

	for (n = 0; n < table->nr_relas; n++, last++) {
		if (last >= table->nr_relas)
			last = 0;
		if (table->relas[last].r_offset == offset)
			return &table->relas[last];
	}

	return NULL;
}

int sites_table(const struct sites_module *mod,
		const struct sites_section *table, uint64_t offset,
		struct sites_field *field)
{
	const Elf64_Rela *rela = rela_at(table, offset);
	const Elf64_Sym *sym;
	int ret;

	if (!rela) {
		ksft_print_msg("%s: no relocation for %s+0x%lx\n", mod->name,
			       table->name, offset);
		return -ENOENT;
	}

	/* A relative field is relative to itself, so it points to S + A. */
	sym = &mod->syms[ELF64_R_SYM(rela->r_info)];
	ret = symbol_value(mod, sym, &field->addr);
	field->symbol = mod->strtab + sym->st_name;
	field->addend = rela->r_addend;
	field->addr += rela->r_addend;
	return ret;
}
