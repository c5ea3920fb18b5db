/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __SELFTEST_EXECMEM_KLP_CONVERT_H
#define __SELFTEST_EXECMEM_KLP_CONVERT_H

#include <elf.h>
#include <stddef.h>

/*
 * The file of a module, made into that of a livepatch. In what it is built
 * from, C names symbols of other objects klp_sym__<object>__<symbol>; they are
 * weak, so that they need not be defined.
 *
 * Each of them becomes .klp.sym.<object>.<symbol>,0 and is of SHN_LIVEPATCH.
 * Relocations that use them leave their sections for ones that are called
 * .klp.rela.<object><section>.
 */
struct klp_file {
	unsigned char *image;
	size_t size;
};

#define KLP_MAX_SECTIONS	8

/* A section of livepatch relocations in a converted file */
struct klp_section {
	char object[64];
	const char *target;		/* name of the section it is for */
	const Elf64_Rela *relas;
	size_t nr_relas;
};

/* All return 0 or a negative errno, and say why. */

/* Reads and converts @path. To be paired with klp_free(). */
int klp_convert(const char *path, struct klp_file *file);
void klp_free(struct klp_file *file);

/* The livepatch sections of a converted file: their number */
int klp_sections(const struct klp_file *file, struct klp_section sections[]);

/* The symbol of @rela, without what is around it. */
void klp_symbol(const struct klp_file *file, const Elf64_Rela *rela,
		char *symbol, size_t size);

/* Makes all references to @from ones to @to, of the same length or less. */
int klp_rename(struct klp_file *file, const char *from, const char *to);

#endif /* __SELFTEST_EXECMEM_KLP_CONVERT_H */
