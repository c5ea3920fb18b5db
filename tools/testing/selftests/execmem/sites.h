/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The text that a loaded module must have, computed from its file.
 *
 * sites_kernel.c	what is read from the running kernel
 * sites_elf.c		the file of a module, its relocations and tables
 * sites_rules.c	what the loader and its helpers make of each site
 * execmem_sites.c	loads modules and compares
 *
 * Functions that can fail return 0 or a negative errno, and say why.
 */
#ifndef __SELFTEST_EXECMEM_SITES_H
#define __SELFTEST_EXECMEM_SITES_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a byte of text belongs to; of two the one that is patched last. */
enum sites_kind {
	SITES_PLAIN,
	SITES_RELOCATION,
	SITES_PARAVIRT,
	SITES_RETPOLINE,
	SITES_RETURN,
	SITES_ALTERNATIVE,
	SITES_ENDBR,
	SITES_SMP_LOCK,
	SITES_FTRACE,
	SITES_JUMP_LABEL,
	SITES_STATIC_CALL,
	SITES_TRAMPOLINE,
	SITES_NR_KINDS,
};

extern const char * const sites_names[SITES_NR_KINDS];

/* The running kernel. */

struct sites_symbol {
	uint64_t addr;
	char type;
	const char *name;
	const char *module;	/* "" is the kernel itself */
};

/*
 * Reads /proc/kallsyms and finds the features of the boot CPU. To be called
 * again when modules came or went.
 */
int sites_kernel_read(void);

/* The symbol of @module (or of the kernel if that is ""), or NULL. */
const struct sites_symbol *sites_symbol(const char *module, const char *name);

/* The exported or global symbol @name, of whatever module; 0 if none. */
uint64_t sites_global(const char *name);

/* Memory of the kernel, by way of /proc/kcore. */
int sites_peek(uint64_t addr, void *buf, size_t len);

/* A pointer in a variable of the kernel; 0 if there is no such variable. */
uint64_t sites_variable(const char *name);

/* X86_FEATURE_*, as boot_cpu_has() sees it. */
bool sites_cpu_has(unsigned int feature);

/* SMP code was replaced by the code for one CPU. */
bool sites_uniproc(void);

/* The file of a module. */

struct sites_section {
	const char *name;
	const Elf64_Shdr *shdr;
	const unsigned char *file;	/* contents */
	uint64_t addr;			/* of the loaded module; 0: nowhere */
	const Elf64_Rela *relas;
	size_t nr_relas;

	/* Of core text only. */
	unsigned char *want;
	unsigned char *have;
	unsigned char *kind;
};

struct sites_module {
	char name[64];
	unsigned char *image;
	struct sites_section *sections;
	unsigned int nr_sections;
	const Elf64_Sym *syms;
	size_t nr_syms;
	const char *strtab;
	uint64_t percpu;		/* 0: not known */

	/* Sites of each kind in core text, and of all kinds in freed text */
	unsigned int sites[SITES_NR_KINDS];
	unsigned int freed;
	/* Sites whose file contents are not what the rule knows */
	unsigned int unknown;
};

/* A field of a table: where it points. */
struct sites_field {
	uint64_t addr;
	const char *symbol;
	int64_t addend;
};

int sites_module_open(struct sites_module *mod, const char *name);
void sites_module_close(struct sites_module *mod);

/* Reads the text again, into @have. */
int sites_module_read(struct sites_module *mod);

struct sites_section *sites_section(const struct sites_module *mod,
				    const char *name);

/* @want of @len bytes at @addr, or NULL if that is no core text. */
unsigned char *sites_want(const struct sites_module *mod, uint64_t addr,
			  size_t len);
unsigned char *sites_have(const struct sites_module *mod, uint64_t addr,
			  size_t len);

/* Notes a site; false: it is in text that was freed after init. */
bool sites_mark(struct sites_module *mod, uint64_t addr, size_t len,
		enum sites_kind kind);

/* The field at @offset of a table, by its relocation. */
int sites_table(const struct sites_module *mod,
		const struct sites_section *table, uint64_t offset,
		struct sites_field *field);

/* Relocates: fills @want, starting from the file. */
int sites_relocate(struct sites_module *mod);

/* The rules: fills @want, starting from the file. */
int sites_expect(struct sites_module *mod);

#endif /* __SELFTEST_EXECMEM_SITES_H */
