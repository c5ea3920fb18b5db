/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Damage a module: changes of one thing in a relocatable ELF file of either
 * class. The file is taken to have the byte order of this machine.
 */
#ifndef ELF_MUTATE_H
#define ELF_MUTATE_H

#include <elf.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../kselftest.h"

struct elf_field {
	const char *name;
	unsigned short off[2];
	unsigned short size[2];
};

#define ELF_FIELD(type, member) {					\
	.name = #member,						\
	.off = { offsetof(Elf32_##type, member),			\
		 offsetof(Elf64_##type, member) },			\
	.size = { sizeof(((Elf32_##type *)0)->member),			\
		  sizeof(((Elf64_##type *)0)->member) },		\
}

#define ELF_IDENT(index) {						\
	.name = "e_ident[" #index "]",					\
	.off = { [0 ... 1] = index },					\
	.size = { 1, 1 },						\
}

static const struct elf_field ehdr_fields[] = {
	ELF_IDENT(EI_MAG0), ELF_IDENT(EI_MAG3), ELF_IDENT(EI_VERSION),
	ELF_IDENT(EI_OSABI), ELF_IDENT(EI_PAD),
	ELF_FIELD(Ehdr, e_type), ELF_FIELD(Ehdr, e_version),
	ELF_FIELD(Ehdr, e_entry), ELF_FIELD(Ehdr, e_phoff),
	ELF_FIELD(Ehdr, e_shoff), ELF_FIELD(Ehdr, e_ehsize),
	ELF_FIELD(Ehdr, e_phentsize), ELF_FIELD(Ehdr, e_phnum),
	ELF_FIELD(Ehdr, e_shentsize), ELF_FIELD(Ehdr, e_shnum),
	ELF_FIELD(Ehdr, e_shstrndx),
};

static const struct elf_field arch_fields[] = {
	ELF_FIELD(Ehdr, e_machine), ELF_IDENT(EI_CLASS), ELF_IDENT(EI_DATA),
};

enum {
	SH_NAME, SH_TYPE, SH_FLAGS, SH_ADDR, SH_OFFSET, SH_SIZE, SH_LINK,
	SH_INFO, SH_ADDRALIGN, SH_ENTSIZE, SH_NR_FIELDS,
};

static const struct elf_field shdr_fields[SH_NR_FIELDS] = {
	[SH_NAME] = ELF_FIELD(Shdr, sh_name),
	[SH_TYPE] = ELF_FIELD(Shdr, sh_type),
	[SH_FLAGS] = ELF_FIELD(Shdr, sh_flags),
	[SH_ADDR] = ELF_FIELD(Shdr, sh_addr),
	[SH_OFFSET] = ELF_FIELD(Shdr, sh_offset),
	[SH_SIZE] = ELF_FIELD(Shdr, sh_size),
	[SH_LINK] = ELF_FIELD(Shdr, sh_link),
	[SH_INFO] = ELF_FIELD(Shdr, sh_info),
	[SH_ADDRALIGN] = ELF_FIELD(Shdr, sh_addralign),
	[SH_ENTSIZE] = ELF_FIELD(Shdr, sh_entsize),
};

static const struct elf_field sym_shndx = ELF_FIELD(Sym, st_shndx);
static const struct elf_field sym_name = ELF_FIELD(Sym, st_name);
static const struct elf_field sym_value = ELF_FIELD(Sym, st_value);
static const struct elf_field rel_offset = ELF_FIELD(Rela, r_offset);
static const struct elf_field rel_info = ELF_FIELD(Rela, r_info);

struct elf_image {
	unsigned char *data;
	size_t len;
	int class64;
};

static inline uint64_t elf_load(const struct elf_image *img, size_t off,
				unsigned int size)
{
	uint8_t b = 0;
	uint16_t h = 0;
	uint32_t w = 0;
	uint64_t x = 0;

	switch (size) {
	case 1:
		memcpy(&b, img->data + off, size);
		return b;
	case 2:
		memcpy(&h, img->data + off, size);
		return h;
	case 4:
		memcpy(&w, img->data + off, size);
		return w;
	default:
		memcpy(&x, img->data + off, size);
		return x;
	}
}

static inline void elf_store(struct elf_image *img, size_t off,
			     unsigned int size, uint64_t val)
{
	uint8_t b = val;
	uint16_t h = val;
	uint32_t w = val;

	switch (size) {
	case 1:
		memcpy(img->data + off, &b, size);
		break;
	case 2:
		memcpy(img->data + off, &h, size);
		break;
	case 4:
		memcpy(img->data + off, &w, size);
		break;
	default:
		memcpy(img->data + off, &val, size);
		break;
	}
}

static inline uint64_t elf_get(const struct elf_image *img, size_t base,
			       const struct elf_field *f)
{
	return elf_load(img, base + f->off[img->class64],
			f->size[img->class64]);
}

static inline uint64_t elf_ehdr(const struct elf_image *img, size_t off32,
				size_t off64, unsigned int size)
{
	return elf_load(img, img->class64 ? off64 : off32, size);
}

#define ELF_EHDR(img, member)						\
	elf_ehdr(img, offsetof(Elf32_Ehdr, member),			\
		 offsetof(Elf64_Ehdr, member),				\
		 (img)->class64 ? sizeof(((Elf64_Ehdr *)0)->member) :	\
				  sizeof(((Elf32_Ehdr *)0)->member))

static inline unsigned int elf_shnum(const struct elf_image *img)
{
	return ELF_EHDR(img, e_shnum);
}

static inline size_t elf_shdr_size(const struct elf_image *img)
{
	return img->class64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
}

static inline size_t elf_sym_size(const struct elf_image *img)
{
	return img->class64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
}

/* File offset of the header of section @ndx. */
static inline size_t elf_shdr(const struct elf_image *img, unsigned int ndx)
{
	return ELF_EHDR(img, e_shoff) + ndx * elf_shdr_size(img);
}

static inline uint64_t elf_sh(const struct elf_image *img, unsigned int ndx,
			      unsigned int field)
{
	return elf_get(img, elf_shdr(img, ndx), &shdr_fields[field]);
}

static inline const char *elf_secname(const struct elf_image *img,
				      unsigned int ndx)
{
	return (const char *)img->data +
	       elf_sh(img, ELF_EHDR(img, e_shstrndx), SH_OFFSET) +
	       elf_sh(img, ndx, SH_NAME);
}

/* Index of the section called @name, or 0. */
static inline unsigned int elf_find(const struct elf_image *img,
				    const char *name)
{
	unsigned int i;

	for (i = 1; i < elf_shnum(img); i++)
		if (!strcmp(elf_secname(img, i), name))
			return i;
	return 0;
}

static inline int elf_is_reloc(const struct elf_image *img, unsigned int ndx)
{
	uint64_t type = elf_sh(img, ndx, SH_TYPE);

	return type == SHT_REL || type == SHT_RELA;
}

static inline size_t elf_rel_size(const struct elf_image *img,
				  unsigned int ndx)
{
	if (elf_sh(img, ndx, SH_TYPE) == SHT_RELA)
		return img->class64 ? sizeof(Elf64_Rela) : sizeof(Elf32_Rela);
	return img->class64 ? sizeof(Elf64_Rel) : sizeof(Elf32_Rel);
}

static inline unsigned int elf_symtab(const struct elf_image *img)
{
	unsigned int i;

	for (i = 1; i < elf_shnum(img); i++)
		if (elf_sh(img, i, SH_TYPE) == SHT_SYMTAB)
			return i;
	return 0;
}

struct change {
	char what[96];		/* section and field */
	size_t off;		/* where in the file */
	uint64_t old, new;
	bool refuse;		/* loading it would be wrong */
};

static struct elf_image orig, img;	/* as built, and as changed */
static uint64_t rng;

/* splitmix64: any seed will do, and each case can have a seed of its own. */
static uint64_t rnd(void)
{
	uint64_t z = (rng += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static uint64_t below(uint64_t n)
{
	return n ? rnd() % n : 0;
}

static uint64_t field_max(unsigned int size)
{
	return size == 8 ? ~0ULL : (1ULL << (8 * size)) - 1;
}

static void describe(struct change *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->what, sizeof(c->what), fmt, ap);
	va_end(ap);
}

static void set_field(struct change *c, size_t base, const struct elf_field *f,
		      uint64_t val)
{
	unsigned int size = f->size[img.class64];

	c->off = base + f->off[img.class64];
	c->old = elf_load(&img, c->off, size);
	c->new = val & field_max(size);
	elf_store(&img, c->off, size, c->new);
}

/* A value that someone who means harm, or a bad disk, would put there. */
static uint64_t bad_value(uint64_t old, unsigned int size)
{
	switch (below(10)) {
	case 0:
		return 0;
	case 1:
		return field_max(size);
	case 2:
		return old + 1;
	case 3:
		return old - 1;
	case 4:
		return orig.len - below(3);
	case 5:
		return elf_shnum(&orig) + below(2);
	case 6:
		return field_max(size) / 2 + below(2);
	case 7:
	case 8:
		return old ^ (1ULL << below(8 * size));
	default:
		return rnd();
	}
}

static uint64_t other_value(size_t base, const struct elf_field *f)
{
	unsigned int size = f->size[img.class64];
	uint64_t old = elf_get(&img, base, f), val;

	do {
		val = bad_value(old, size) & field_max(size);
	} while (val == old);
	return val;
}

static void cut_file(struct change *c, unsigned int n)
{
	size_t shoff = elf_shdr(&orig, 0);

	switch (n % 3) {
	case 0:
		img.len = below(ELF_EHDR(&orig, e_ehsize));
		break;
	case 1:
		img.len = shoff + below(elf_shnum(&orig) * elf_shdr_size(&orig));
		break;
	default:
		img.len = below(orig.len);
		break;
	}
	describe(c, "length");
	c->old = orig.len;
	c->new = img.len;
	c->refuse = true;
}

static void change_ehdr(struct change *c, unsigned int n)
{
	const struct elf_field *f = &ehdr_fields[n % ARRAY_SIZE(ehdr_fields)];

	describe(c, "ELF header %s", f->name);
	set_field(c, 0, f, other_value(0, f));
}

static void change_arch(struct change *c, unsigned int n)
{
	static const uint16_t machines[] = {
		EM_386, EM_X86_64, EM_ARM, EM_AARCH64, EM_PPC64, EM_S390,
		EM_MIPS, EM_RISCV, EM_NONE, 0xffff,
	};
	unsigned int i = n % (ARRAY_SIZE(machines) + 4);
	const struct elf_field *f = &arch_fields[0];
	uint64_t val;

	if (i < ARRAY_SIZE(machines)) {
		val = machines[i];
		if (val == elf_get(&img, 0, f))
			val = EM_68K;
	} else {
		f = &arch_fields[1 + i % 2];
		val = i % 4 < 2 ? elf_get(&img, 0, f) ^ 3 : 0;
	}
	describe(c, "ELF header %s", f->name);
	set_field(c, 0, f, val);
	c->refuse = true;
}

/*
 * Only the name says that variables are per CPU and that an access may fault:
 * a module that has such and runs without the section is another program.
 */
static bool needs_name(unsigned int ndx)
{
	const char *name = elf_secname(&orig, ndx);

	return !strcmp(name, ".data..percpu") || !strcmp(name, "__ex_table");
}

/*
 * True if section @ndx with @val for @field is as good an ELF section as
 * before, and only the author could tell that it is not what was compiled.
 */
static bool other_program(unsigned int ndx, unsigned int field, uint64_t val)
{
	uint64_t old = elf_sh(&orig, ndx, field);

	switch (field) {
	case SH_SIZE:
		/* Fewer relocations. */
		return elf_is_reloc(&orig, ndx) && val < old &&
		       val % elf_rel_size(&orig, ndx) == 0;
	case SH_ADDRALIGN:
		return val < old && !(val & (val - 1));
	case SH_NAME:
		return needs_name(ndx);
	default:
		return false;
	}
}

static void change_shdr(struct change *c, unsigned int n)
{
	unsigned int field = n % SH_NR_FIELDS, ndx;
	const struct elf_field *f = &shdr_fields[field];
	uint64_t val;

	do {
		ndx = below(elf_shnum(&orig));
		val = other_value(elf_shdr(&orig, ndx), f);
	} while (other_program(ndx, field, val));

	describe(c, "section %u (%s) %s", ndx, elf_secname(&orig, ndx),
		 f->name);
	set_field(c, elf_shdr(&orig, ndx), f, val);
}

/* A relocation that the loader applies: file offset of it. */
static size_t pick_reloc(unsigned int *section)
{
	unsigned int i, ndx, target;
	size_t off;

	for (i = 0; i < 100000; i++) {
		ndx = below(elf_shnum(&orig));
		if (!elf_is_reloc(&orig, ndx) || !elf_sh(&orig, ndx, SH_SIZE))
			continue;
		target = elf_sh(&orig, ndx, SH_INFO);
		if (!(elf_sh(&orig, target, SH_FLAGS) & SHF_ALLOC))
			continue;
		off = elf_sh(&orig, ndx, SH_OFFSET) + elf_rel_size(&orig, ndx) *
		      below(elf_sh(&orig, ndx, SH_SIZE) /
			    elf_rel_size(&orig, ndx));
		/* Type 0 is "none" everywhere: it is not applied. */
		if (!(elf_get(&orig, off, &rel_info) &
		      field_max(orig.class64 ? 4 : 1)))
			continue;
		*section = ndx;
		return off;
	}
	ksft_exit_fail_msg("the module has no relocations to change\n");
	return 0;
}

static void change_rel_offset(struct change *c, unsigned int n)
{
	unsigned int ndx;
	size_t rel = pick_reloc(&ndx);
	uint64_t size = elf_sh(&orig, elf_sh(&orig, ndx, SH_INFO), SH_SIZE);
	uint64_t max = field_max(orig.class64 ? 8 : 4), val;

	switch (n % 5) {
	case 0:
		val = size;
		break;
	case 1:
		/* No relocation of the base is a single byte wide. */
		val = size ? size - 1 : 0;
		break;
	case 2:
		val = size + below(1 << 16);
		break;
	case 3:
		val = max - below(8);
		break;
	default:
		val = max / 2 + below(max / 2);
		break;
	}
	describe(c, "section %u (%s) r_offset", ndx, elf_secname(&orig, ndx));
	set_field(c, rel, &rel_offset, val);
	c->refuse = true;
}

static void change_rel_symbol(struct change *c, unsigned int n)
{
	unsigned int ndx, shift = orig.class64 ? 32 : 8;
	size_t rel = pick_reloc(&ndx);
	uint64_t info = elf_get(&orig, rel, &rel_info);
	uint64_t max = field_max(orig.class64 ? 4 : 3);
	uint64_t syms = elf_sh(&orig, elf_symtab(&orig), SH_SIZE) /
			elf_sym_size(&orig);
	uint64_t val;

	switch (n % 4) {
	case 0:
		val = syms;
		break;
	case 1:
		val = syms + below(1000);
		break;
	case 2:
		val = max - below(2);
		break;
	default:
		val = syms + below(max - syms);
		break;
	}
	describe(c, "section %u (%s) r_info", ndx, elf_secname(&orig, ndx));
	set_field(c, rel, &rel_info,
		  (val << shift) | (info & field_max(shift / 8)));
	c->refuse = true;
}

static size_t pick_symbol(bool undefined)
{
	unsigned int symtab = elf_symtab(&orig), i, shndx;
	size_t size = elf_sym_size(&orig), off;
	uint64_t syms = elf_sh(&orig, symtab, SH_SIZE) / size;

	for (i = 0; i < 100000; i++) {
		off = elf_sh(&orig, symtab, SH_OFFSET) +
		      size * (1 + below(syms - 1));
		shndx = elf_get(&orig, off, &sym_shndx);
		if (undefined ? shndx != SHN_UNDEF : shndx == SHN_UNDEF)
			continue;
		if (shndx >= SHN_LORESERVE)
			continue;
		/* What is not loaded has no symbols for the loader. */
		if (undefined || elf_sh(&orig, shndx, SH_FLAGS) & SHF_ALLOC)
			return off;
	}
	ksft_exit_fail_msg("the module has no symbols to change\n");
	return 0;
}

static void change_sym_shndx(struct change *c, size_t sym, unsigned int n)
{
	static const uint16_t reserved[] = {
		SHN_COMMON, 0xff20 /* SHN_LIVEPATCH */, SHN_LORESERVE - 1,
		SHN_LORESERVE, SHN_XINDEX,
	};
	uint64_t val = elf_shnum(&orig) + (n % 2 ? below(1000) : 0);

	if (n % 3)
		val = reserved[below(ARRAY_SIZE(reserved))];
	describe(c, "symbol %s", sym_shndx.name);
	set_field(c, sym, &sym_shndx, val);
	c->refuse = true;
}

static void change_symbol(struct change *c, unsigned int n)
{
	unsigned int symtab = elf_symtab(&orig);
	unsigned int strtab = elf_sh(&orig, symtab, SH_LINK);
	uint64_t max = field_max(4), val;
	size_t sym;

	switch (n % 4) {
	case 0:
		change_sym_shndx(c, pick_symbol(false), n / 4);
		break;
	case 1:
		sym = pick_symbol(n / 4 % 2);
		val = elf_sh(&orig, strtab, SH_SIZE);
		if (n / 8 % 2)
			val += below(max - val);
		describe(c, "symbol %s", sym_name.name);
		set_field(c, sym, &sym_name, val);
		c->refuse = true;
		break;
	case 2:
		/* The value of a symbol defined elsewhere is not looked at. */
		sym = pick_symbol(true);
		describe(c, "undefined symbol %s", sym_value.name);
		set_field(c, sym, &sym_value, other_value(sym, &sym_value));
		break;
	default:
		sym = pick_symbol(false);
		val = elf_sh(&orig, elf_get(&orig, sym, &sym_shndx), SH_SIZE);
		describe(c, "defined symbol %s", sym_value.name);
		set_field(c, sym, &sym_value, val + 2 + below(max / 2));
		c->refuse = true;
		break;
	}
}

/* True if byte @off of the names of sections spells one that is needed. */
static bool spells_name(size_t off)
{
	unsigned int i;
	size_t name;

	for (i = 1; i < elf_shnum(&orig); i++) {
		name = (const unsigned char *)elf_secname(&orig, i) - orig.data;
		if (needs_name(i) && off >= name &&
		    off <= name + strlen(elf_secname(&orig, i)))
			return true;
	}
	return false;
}

static void change_string(struct change *c, unsigned int n)
{
	static const struct elf_field byte = { "byte", { 0, 0 }, { 1, 1 } };
	unsigned int ndx = ELF_EHDR(&orig, e_shstrndx);
	size_t start, size, off;

	if (n % 3 == 1)
		ndx = elf_sh(&orig, elf_symtab(&orig), SH_LINK);
	else if (n % 15 == 2)
		ndx = elf_find(&orig, ".modinfo");

	start = elf_sh(&orig, ndx, SH_OFFSET);
	size = elf_sh(&orig, ndx, SH_SIZE);
	off = start + size - 1;
	/* The last byte ends the last string; .modinfo has no other use here */
	if (n >= 6 && strcmp(elf_secname(&orig, ndx), ".modinfo")) {
		do {
			off = start + below(size);
		} while (spells_name(off));
	}
	describe(c, "section %u (%s) byte", ndx, elf_secname(&orig, ndx));
	set_field(c, off, &byte, other_value(off, &byte));
	c->refuse = off == start + size - 1;
}

#endif /* ELF_MUTATE_H */
