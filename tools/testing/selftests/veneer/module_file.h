/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The file of a module: which relocations and instructions it has. Files are of
 * the word size and the byte order of who reads them.
 */
#ifndef __SELFTEST_VENEER_MODULE_FILE_H
#define __SELFTEST_VENEER_MODULE_FILE_H

#include <elf.h>
#include <sys/stat.h>

#include "../module/modtest.h"

#if __SIZEOF_LONG__ == 8
#define IS_64BIT	true
#define Elf_Ehdr	Elf64_Ehdr
#define Elf_Shdr	Elf64_Shdr
#define Elf_Sym		Elf64_Sym
#define Elf_Rel		Elf64_Rel
#else
#define IS_64BIT	false
#define Elf_Ehdr	Elf32_Ehdr
#define Elf_Shdr	Elf32_Shdr
#define Elf_Sym		Elf32_Sym
#define Elf_Rel		Elf32_Rel
#endif

/* The contents of a module's file, to be freed */
static inline char *module_file(const char *name, size_t *size)
{
	char path[PATH_MAX];
	struct stat st;

	if (modtest_find(name, path, sizeof(path)) || stat(path, &st))
		return NULL;
	*size = st.st_size;
	return modtest_slurp(path);
}

static inline const Elf_Shdr *file_section(const char *file, unsigned int i)
{
	const Elf_Ehdr *hdr = (const void *)file;

	return (const Elf_Shdr *)(file + hdr->e_shoff) + i;
}

static inline unsigned int file_sections(const char *file)
{
	return ((const Elf_Ehdr *)file)->e_shnum;
}

static inline const char *file_section_name(const char *file, unsigned int i)
{
	const Elf_Ehdr *hdr = (const void *)file;

	return file + file_section(file, hdr->e_shstrndx)->sh_offset +
	       file_section(file, i)->sh_name;
}

/* The symbols that a section of symbols or of relocations refers to */
static inline const Elf_Sym *file_symbols(const char *file,
					  const Elf_Shdr *shdr)
{
	return (const Elf_Sym *)(file + shdr->sh_offset);
}

static inline const char *file_symbol_name(const char *file,
					   const Elf_Shdr *symtab,
					   const Elf_Sym *sym)
{
	return file + file_section(file, symtab->sh_link)->sh_offset +
	       sym->st_name;
}

/*
 * How many relocations of that type refer to the symbol: relocations without
 * and with an addend start with the same two words.
 */
static inline unsigned int file_relocs(const char *file,
				       const Elf_Shdr *relsec,
				       unsigned int type, const char *symbol)
{
	const Elf_Shdr *symtab = file_section(file, relsec->sh_link);
	const char *entry = file + relsec->sh_offset;
	const char *end = entry + relsec->sh_size;
	const Elf_Sym *sym;
	const Elf_Rel *rel;
	unsigned int nr = 0;

	for (; entry < end; entry += relsec->sh_entsize) {
		rel = (const void *)entry;
		if (type != (IS_64BIT ? (unsigned int)rel->r_info :
					(unsigned int)ELF32_R_TYPE(rel->r_info)))
			continue;
		sym = file_symbols(file, symtab) +
		      (rel->r_info >> (IS_64BIT ? 32 : 8));
		nr += !strcmp(file_symbol_name(file, symtab, sym), symbol);
	}
	return nr;
}

/* Those of a section of that name */
static inline unsigned int file_branches(const char *file, const char *section,
					 unsigned int type, const char *symbol)
{
	const Elf_Shdr *shdr;
	unsigned int i, nr = 0;

	for (i = 1; i < file_sections(file); i++) {
		shdr = file_section(file, i);
		if ((shdr->sh_type == SHT_RELA || shdr->sh_type == SHT_REL) &&
		    !strcmp(file_section_name(file, shdr->sh_info), section))
			nr += file_relocs(file, shdr, type, symbol);
	}
	return nr;
}

static inline const Elf_Sym *file_function(const char *file, const char *name)
{
	const Elf_Shdr *shdr;
	const Elf_Sym *sym, *end;
	unsigned int i;

	for (i = 1; i < file_sections(file); i++) {
		shdr = file_section(file, i);
		if (shdr->sh_type != SHT_SYMTAB)
			continue;
		sym = file_symbols(file, shdr);
		end = sym + shdr->sh_size / sizeof(*sym);
		for (; sym < end; sym++)
			if (ELF32_ST_TYPE(sym->st_info) == STT_FUNC &&
			    !strcmp(file_symbol_name(file, shdr, sym), name))
				return sym;
	}
	return NULL;
}

/*
 * Thumb: bytes up to the last call of a function; an instruction has two or
 * four.
 */
static inline int file_thumb_call(const char *file, const Elf_Sym *sym)
{
	const unsigned short *insn = (const void *)
		(file + file_section(file, sym->st_shndx)->sh_offset +
		 (sym->st_value & ~1UL));
	unsigned int i, nr = sym->st_size / sizeof(*insn);
	int found = -1;

	for (i = 0; i + 1 < nr; i += insn[i] >> 11 > 0x1c ? 2 : 1) {
		if (insn[i] >> 11 == 0x1e && (insn[i + 1] & 0xd000) == 0xd000)
			found = i * sizeof(*insn);
	}
	return found;
}

#endif /* __SELFTEST_VENEER_MODULE_FILE_H */
