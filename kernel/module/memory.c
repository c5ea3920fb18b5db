// SPDX-License-Identifier: GPL-2.0
/*
 * Typed module memory: which section goes to which region, and the life of
 * the regions.
 *
 * A load lays out every SHF_ALLOC section in the region that its flags ask
 * for, allocates each region that came out non-empty, and copies the sections
 * there. The loader frees the init regions after init and all the others when
 * the module goes, in the order of one table.
 */

#define pr_fmt(fmt) "module: " fmt

#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/moduleloader.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include <kunit/visibility.h>
#include "internal.h"

/*
 * One line per kind of section. A section belongs to the first line of which
 * it has all flags of @set and none of @clear. Lines are also the order in
 * which sections enter a region they share: small data comes last, as close
 * to what a global pointer reaches as ld would put it.
 *
 * Small code makes no sense on any architecture, so no line takes it.
 */
static const struct {
	unsigned long set;
	unsigned long clear;
	enum mod_mem_type core;
	enum mod_mem_type init;
} section_classes[] = {
	{ SHF_ALLOC | SHF_EXECINSTR, ARCH_SHF_SMALL,
	  MOD_TEXT, MOD_INIT_TEXT },
	{ SHF_ALLOC, SHF_EXECINSTR | SHF_WRITE | ARCH_SHF_SMALL,
	  MOD_RODATA, MOD_INIT_RODATA },
	{ SHF_ALLOC | SHF_RO_AFTER_INIT, SHF_EXECINSTR | ARCH_SHF_SMALL,
	  MOD_RO_AFTER_INIT, MOD_INIT_DATA },
	{ SHF_ALLOC | SHF_WRITE, SHF_EXECINSTR | ARCH_SHF_SMALL,
	  MOD_DATA, MOD_INIT_DATA },
	{ SHF_ALLOC | ARCH_SHF_SMALL, SHF_EXECINSTR,
	  MOD_DATA, MOD_INIT_DATA },
};

/* MOD_DATA holds the struct module that the others are found through. */
VISIBLE_IF_KUNIT const enum mod_mem_type mod_mem_free_order[] = {
	MOD_INIT_TEXT,
	MOD_INIT_DATA,
	MOD_INIT_RODATA,
	MOD_TEXT,
	MOD_RODATA,
	MOD_RO_AFTER_INIT,
	MOD_DATA,
};

static __always_inline void check_free_order(void)
{
#define ORDER_BIT(i)	BIT(mod_mem_free_order[i])
	BUILD_BUG_ON(ARRAY_SIZE(mod_mem_free_order) != MOD_MEM_NUM_TYPES);
	BUILD_BUG_ON(mod_mem_free_order[MOD_MEM_NUM_TYPES - 1] != MOD_DATA);
	/* Each type once. */
	BUILD_BUG_ON((ORDER_BIT(0) | ORDER_BIT(1) | ORDER_BIT(2) |
		      ORDER_BIT(3) | ORDER_BIT(4) | ORDER_BIT(5) |
		      ORDER_BIT(6)) != BIT(MOD_MEM_NUM_TYPES) - 1);
#undef ORDER_BIT
}

static const char * const region_names[] = {
	[MOD_TEXT]		= "text",
	[MOD_DATA]		= "data",
	[MOD_RODATA]		= "rodata",
	[MOD_RO_AFTER_INIT]	= "ro_after_init",
	[MOD_INIT_TEXT]		= "init_text",
	[MOD_INIT_DATA]		= "init_data",
	[MOD_INIT_RODATA]	= "init_rodata",
};

static_assert(ARRAY_SIZE(region_names) == MOD_MEM_NUM_TYPES);

const char *module_region_name(enum mod_mem_type type)
{
	return region_names[type];
}

static int section_class(unsigned long flags)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(section_classes); i++) {
		if ((flags & section_classes[i].set) == section_classes[i].set &&
		    !(flags & section_classes[i].clear))
			return i;
	}
	return -1;
}

VISIBLE_IF_KUNIT enum mod_mem_type module_section_type(unsigned long flags,
						       bool init)
{
	int class = section_class(flags);

	if (class < 0)
		return MOD_INVALID;
	return init ? section_classes[class].init : section_classes[class].core;
}

int module_reserve(struct module *mod, enum mod_mem_type type,
		   unsigned long size, unsigned long align,
		   unsigned long *offset)
{
	unsigned long start = ALIGN(mod->mem[type].size, align);
	unsigned long end;

	/* I6: a size that wraps must not pass for a small one. */
	if (check_add_overflow(start, size, &end) || end > SECT_OFFSET_MAX) {
		pr_err("%s: %lu more bytes do not fit in %s of %u bytes\n",
		       mod->name, size, module_region_name(type),
		       mod->mem[type].size);
		return -ENOEXEC;
	}

	mod->mem[type].size = end;
	*offset = start;
	return 0;
}

int module_add_section(struct module *mod, enum mod_mem_type type,
		       Elf_Shdr *shdr, unsigned int section)
{
	unsigned long offset;
	int err;

	mod->mem[type].size += arch_mod_section_prepend(mod, section);
	err = module_reserve(mod, type, shdr->sh_size, shdr->sh_addralign ?: 1,
			     &offset);
	if (err)
		return err;

	shdr->sh_entsize = sect_place(type, offset);
	return 0;
}

/* Which pass a section belongs to, kept where its place will be: it is none. */
static unsigned long layout_pass(int class, bool init)
{
	return ~1UL - (2 * class + init);
}

static int layout_class(struct module *mod, struct load_info *info, int class,
			bool init)
{
	const unsigned long pass = layout_pass(class, init);
	enum mod_mem_type type = init ? section_classes[class].init :
					section_classes[class].core;
	unsigned int i;
	int err;

	for (i = 0; i < info->hdr->e_shnum; i++) {
		Elf_Shdr *shdr = &info->sechdrs[i];

		if (shdr->sh_entsize != pass)
			continue;

		err = module_add_section(mod, type, shdr, i);
		if (err)
			return err;
		pr_debug("\t%s\n", info->secstrings + shdr->sh_name);
	}
	return 0;
}

static int choose_passes(struct module *mod, struct load_info *info)
{
	unsigned int i;
	int class;

	for (i = 0; i < info->hdr->e_shnum; i++) {
		Elf_Shdr *shdr = &info->sechdrs[i];
		const char *name = info->secstrings + shdr->sh_name;

		/* Sections that are not loaded keep this. */
		shdr->sh_entsize = ~0UL;
		if (!(shdr->sh_flags & SHF_ALLOC))
			continue;
		if (module_section_type(shdr->sh_flags, false) == MOD_INVALID) {
			pr_err("%s: section %s (index %u) with flags %#llx belongs to no region\n",
			       mod->name, name, i, (u64)shdr->sh_flags);
			return -ENOEXEC;
		}
		class = section_class(shdr->sh_flags);
		shdr->sh_entsize =
			layout_pass(class, module_init_layout_section(name));
	}
	return 0;
}

static int layout_part(struct module *mod, struct load_info *info, bool init)
{
	int class, err;

	pr_debug("%s section allocation order:\n", init ? "Init" : "Core");
	for (class = 0; class < ARRAY_SIZE(section_classes); class++) {
		err = layout_class(mod, info, class, init);
		if (err)
			return err;
	}
	return 0;
}

int module_layout_sections(struct module *mod, struct load_info *info)
{
	int err;

	err = choose_passes(mod, info);
	if (err)
		return err;
	err = layout_part(mod, info, false);
	if (err)
		return err;
	return layout_part(mod, info, true);
}

static int alloc_region(struct module *mod, enum mod_mem_type type)
{
	struct module_memory *mem = &mod->mem[type];
	unsigned int size = module_region_size(type, mem->size);
	void *base = module_region_alloc(type, size);

	if (IS_ERR(base)) {
		pr_err("%s: no memory for %u bytes of %s (err %ld)\n",
		       mod->name, size, module_region_name(type),
		       PTR_ERR(base));
		return PTR_ERR(base);
	}
	mem->base = base;
	mem->size = size;
	return 0;
}

int module_alloc_regions(struct module *mod)
{
	int err;

	for_each_mod_mem_type(type)
		mod->mem[type].base = NULL;

	for_each_mod_mem_type(type) {
		if (!mod->mem[type].size)
			continue;
		err = alloc_region(mod, type);
		if (err) {
			module_free_regions(mod);
			return err;
		}
	}
	return 0;
}

void module_free_regions(struct module *mod)
{
	int i;

	check_free_order();

	for (i = 0; i < MOD_MEM_NUM_TYPES; i++) {
		enum mod_mem_type type = mod_mem_free_order[i];
		/* The last round frees @mod. */
		void *base = mod->mem[type].base;

		if (!base)
			continue;
		/* Lock classes can have their key or their name here. */
		lockdep_free_key_range(base, mod->mem[type].size);
		module_region_free(type, base);
	}
}

void module_detach_init(struct module *mod, void *bases[MOD_MEM_NUM_TYPES])
{
	lockdep_assert_held(&module_mutex);

	for_class_mod_mem_type(type, init) {
		bases[type] = mod->mem[type].base;
		mod->mem[type].size = 0;
		mod->mem[type].base = NULL;
	}
}

void module_free_init(void *bases[MOD_MEM_NUM_TYPES])
{
	for_class_mod_mem_type(type, init) {
		if (bases[type])
			module_region_free(type, bases[type]);
	}
}
