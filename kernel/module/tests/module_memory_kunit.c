// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit test for typed module memory.
 */

#include <kunit/test.h>
#include <linux/module.h>
#include <linux/moduleloader.h>
#include <linux/string.h>
#include "../internal.h"

#define SIZE	(3 * PAGE_SIZE)

/* SHF_MERGE | SHF_STRINGS, for the linker alone */
#define SHF_NO_MATTER	0x30

static struct module *new_module(struct kunit *test)
{
	struct module *mod = kunit_kzalloc(test, sizeof(*mod), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, mod);
	strscpy(mod->name, "module_memory_kunit", sizeof(mod->name));
	mod->state = MODULE_STATE_UNFORMED;
	return mod;
}

/* Regions at made-up addresses: far apart, none starts where one ends. */
static struct module *new_module_with_regions(struct kunit *test)
{
	struct module *mod = new_module(test);

	for_each_mod_mem_type(type) {
		mod->mem[type].base = (void *)((type + 1) * 16 * PAGE_SIZE);
		mod->mem[type].size = SIZE;
	}
	return mod;
}

/* What each combination of flags asks for, spelled out. */
static void test_section_type(struct kunit *test)
{
	static const struct {
		unsigned long flags;
		enum mod_mem_type core, init;
	} expected[] = {
		/* Not loaded at all. */
		{ 0, MOD_INVALID, MOD_INVALID },
		{ SHF_WRITE, MOD_INVALID, MOD_INVALID },
		{ SHF_EXECINSTR, MOD_INVALID, MOD_INVALID },
		{ SHF_WRITE | SHF_EXECINSTR, MOD_INVALID, MOD_INVALID },
		{ SHF_RO_AFTER_INIT, MOD_INVALID, MOD_INVALID },
		{ SHF_RO_AFTER_INIT | SHF_WRITE, MOD_INVALID, MOD_INVALID },
		{ SHF_RO_AFTER_INIT | SHF_EXECINSTR,
		  MOD_INVALID, MOD_INVALID },
		{ SHF_RO_AFTER_INIT | SHF_WRITE | SHF_EXECINSTR,
		  MOD_INVALID, MOD_INVALID },
		/* Loaded. */
		{ SHF_ALLOC, MOD_RODATA, MOD_INIT_RODATA },
		{ SHF_ALLOC | SHF_WRITE, MOD_DATA, MOD_INIT_DATA },
		{ SHF_ALLOC | SHF_EXECINSTR, MOD_TEXT, MOD_INIT_TEXT },
		{ SHF_ALLOC | SHF_WRITE | SHF_EXECINSTR,
		  MOD_TEXT, MOD_INIT_TEXT },
		{ SHF_ALLOC | SHF_RO_AFTER_INIT, MOD_RODATA, MOD_INIT_RODATA },
		{ SHF_ALLOC | SHF_RO_AFTER_INIT | SHF_WRITE,
		  MOD_RO_AFTER_INIT, MOD_INIT_DATA },
		{ SHF_ALLOC | SHF_RO_AFTER_INIT | SHF_EXECINSTR,
		  MOD_TEXT, MOD_INIT_TEXT },
		{ SHF_ALLOC | SHF_RO_AFTER_INIT | SHF_WRITE | SHF_EXECINSTR,
		  MOD_TEXT, MOD_INIT_TEXT },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		unsigned long flags = expected[i].flags;

		KUNIT_EXPECT_EQ_MSG(test, module_section_type(flags, false),
				    expected[i].core, "flags %#lx", flags);
		KUNIT_EXPECT_EQ_MSG(test, module_section_type(flags, true),
				    expected[i].init, "init flags %#lx", flags);
		/* Flags that say nothing about protection change nothing. */
		KUNIT_EXPECT_EQ(test,
				module_section_type(flags | SHF_NO_MATTER,
						    false),
				expected[i].core);
	}
}

static void test_section_type_small(struct kunit *test)
{
	const unsigned long small = SHF_ALLOC | ARCH_SHF_SMALL;

	if (!ARCH_SHF_SMALL)
		kunit_skip(test, "no small data on this architecture");

	KUNIT_EXPECT_EQ(test, module_section_type(small, false), MOD_DATA);
	KUNIT_EXPECT_EQ(test, module_section_type(small | SHF_WRITE, true),
			MOD_INIT_DATA);
	KUNIT_EXPECT_EQ(test, module_section_type(small | SHF_EXECINSTR, false),
			MOD_INVALID);
}

static void test_classes(struct kunit *test)
{
	unsigned int seen = 0;

	for_each_mod_mem_type(type) {
		KUNIT_EXPECT_NE(test, mod_mem_type_is_core(type),
				mod_mem_type_is_init(type));
		KUNIT_EXPECT_NE(test, mod_mem_type_is_text(type),
				mod_mem_type_is_data(type));
		KUNIT_EXPECT_EQ(test, mod_mem_type_is_core_data(type),
				mod_mem_type_is_core(type) &&
				mod_mem_type_is_data(type));
	}
	for_class_mod_mem_type(type, init)
		seen |= BIT(type);
	KUNIT_EXPECT_EQ(test, seen, BIT(MOD_INIT_TEXT) | BIT(MOD_INIT_DATA) |
			BIT(MOD_INIT_RODATA));
	for_class_mod_mem_type(type, core)
		seen |= BIT(type);
	KUNIT_EXPECT_EQ(test, seen, BIT(MOD_MEM_NUM_TYPES) - 1);
	KUNIT_EXPECT_FALSE(test, mod_mem_type_is_core(MOD_INVALID));
	KUNIT_EXPECT_FALSE(test, mod_mem_type_is_data(MOD_INVALID));
	KUNIT_EXPECT_FALSE(test, mod_mem_type_is_init(MOD_MEM_NUM_TYPES));
}

static void test_free_order(struct kunit *test)
{
	unsigned int i, seen = 0;

	for (i = 0; i < MOD_MEM_NUM_TYPES; i++) {
		KUNIT_EXPECT_FALSE(test, seen & BIT(mod_mem_free_order[i]));
		seen |= BIT(mod_mem_free_order[i]);
	}
	KUNIT_EXPECT_EQ(test, seen, BIT(MOD_MEM_NUM_TYPES) - 1);
	KUNIT_EXPECT_EQ(test, mod_mem_free_order[MOD_MEM_NUM_TYPES - 1],
			MOD_DATA);
}

static void test_within_edges(struct kunit *test)
{
	struct module *mod = new_module_with_regions(test);

	for_each_mod_mem_type(type) {
		unsigned long base = (unsigned long)mod->mem[type].base;
		bool init = mod_mem_type_is_init(type);

		KUNIT_EXPECT_FALSE(test, within_module(base - 1, mod));
		KUNIT_EXPECT_TRUE(test, within_module(base, mod));
		KUNIT_EXPECT_TRUE(test, within_module(base + SIZE - 1, mod));
		KUNIT_EXPECT_FALSE(test, within_module(base + SIZE, mod));

		KUNIT_EXPECT_EQ(test, within_module_init(base, mod), init);
		KUNIT_EXPECT_EQ(test, within_module_core(base, mod), !init);
		for_each_mod_mem_type(other)
			KUNIT_EXPECT_EQ(test, within_module_mem_type(base, mod,
								     other),
					other == type);
	}
}

/* A region may end where the address space does. */
static void test_within_last_page(struct kunit *test)
{
	struct module *mod = new_module(test);

	mod->mem[MOD_TEXT].base = (void *)-PAGE_SIZE;
	mod->mem[MOD_TEXT].size = PAGE_SIZE;

	KUNIT_EXPECT_TRUE(test, within_module(-1UL, mod));
	KUNIT_EXPECT_TRUE(test, within_module(-PAGE_SIZE, mod));
	KUNIT_EXPECT_FALSE(test, within_module(-PAGE_SIZE - 1, mod));
	KUNIT_EXPECT_FALSE(test, within_module(0, mod));
}

static void test_empty_regions(struct kunit *test)
{
	struct module *mod = new_module(test);
	unsigned long addr = 16 * PAGE_SIZE;

	KUNIT_EXPECT_FALSE(test, within_module(0, mod));
	KUNIT_EXPECT_FALSE(test, within_module(-1UL, mod));
	KUNIT_EXPECT_NULL(test, module_region(mod, 0));
	KUNIT_EXPECT_NULL(test, module_main_base(mod));
	KUNIT_EXPECT_EQ(test, module_core_size(mod), 0u);

	/* Nor does one that is about to be freed match its own base. */
	mod->mem[MOD_INIT_TEXT].base = (void *)addr;
	KUNIT_EXPECT_FALSE(test, within_module(addr, mod));

	/* A module without code is shown where its first region is. */
	mod->mem[MOD_RODATA].base = (void *)(2 * addr);
	mod->mem[MOD_RODATA].size = SIZE;
	KUNIT_EXPECT_PTR_EQ(test, module_main_base(mod), (void *)(2 * addr));
	KUNIT_EXPECT_EQ(test, module_core_size(mod), (unsigned int)SIZE);
	KUNIT_EXPECT_EQ(test, module_init_size(mod), 0u);
}

static void test_reserve(struct kunit *test)
{
	struct module *mod = new_module(test);
	const struct module_memory *mem = &mod->mem[MOD_DATA];
	unsigned long offset = 0;

	KUNIT_EXPECT_EQ(test, module_reserve(mod, MOD_DATA, 3, 1, &offset), 0);
	KUNIT_EXPECT_EQ(test, offset, 0ul);
	KUNIT_EXPECT_EQ(test, module_reserve(mod, MOD_DATA, 5, 64, &offset), 0);
	KUNIT_EXPECT_EQ(test, offset, 64ul);
	KUNIT_EXPECT_EQ(test, mem->size, 69u);
	KUNIT_EXPECT_EQ(test, module_reserve(mod, MOD_DATA, 0, 8, &offset), 0);
	KUNIT_EXPECT_EQ(test, offset, 72ul);

	/* What does not fit is refused and leaves no trace. */
	KUNIT_EXPECT_EQ(test, module_reserve(mod, MOD_DATA, ULONG_MAX, 1,
					     &offset), -ENOEXEC);
	KUNIT_EXPECT_EQ(test, module_reserve(mod, MOD_DATA, ULONG_MAX - 71, 1,
					     &offset), -ENOEXEC);
	KUNIT_EXPECT_EQ(test, module_reserve(mod, MOD_DATA,
					     SECT_OFFSET_MAX - 71, 1, &offset),
			-ENOEXEC);
	KUNIT_EXPECT_EQ(test, mem->size, 72u);
	KUNIT_EXPECT_EQ(test, offset, 72ul);
	KUNIT_EXPECT_EQ(test, module_reserve(mod, MOD_DATA,
					     SECT_OFFSET_MAX - 72, 1, &offset),
			0);
}

/* Sections of a made-up module: name, flags, size, alignment, home. */
static const struct {
	const char *name;
	unsigned long flags;
	unsigned long size;
	unsigned long align;
	enum mod_mem_type type;
} sections[] = {
	{ "", 0, 0, 0, MOD_INVALID },
	{ ".text", SHF_ALLOC | SHF_EXECINSTR, 100, 16, MOD_TEXT },
	{ ".init.text", SHF_ALLOC | SHF_EXECINSTR, 40, 16, MOD_INIT_TEXT },
	{ ".data", SHF_ALLOC | SHF_WRITE, 7, 8, MOD_DATA },
	{ ".rodata", SHF_ALLOC, 9, 32, MOD_RODATA },
	{ ".debug_info", 0, 1000, 1, MOD_INVALID },
	{ ".data..ro_after_init", SHF_ALLOC | SHF_WRITE | SHF_RO_AFTER_INIT,
	  24, 8, MOD_RO_AFTER_INIT },
	{ ".text.unlikely", SHF_ALLOC | SHF_EXECINSTR, 33, 64, MOD_TEXT },
	{ ".init.data", SHF_ALLOC | SHF_WRITE, 12, 4, MOD_INIT_DATA },
	{ ".init.rodata", SHF_ALLOC, 5, 0, MOD_INIT_RODATA },
	{ ".bss", SHF_ALLOC | SHF_WRITE, 4096, 4096, MOD_DATA },
	{ ".empty", SHF_ALLOC, 0, 1, MOD_RODATA },
};

#define STRINGS_LEN	256

static struct load_info *new_load(struct kunit *test)
{
	struct load_info *info = kunit_kzalloc(test, sizeof(*info), GFP_KERNEL);
	unsigned int i, used = 0;

	KUNIT_ASSERT_NOT_NULL(test, info);
	info->hdr = kunit_kzalloc(test, sizeof(*info->hdr), GFP_KERNEL);
	info->sechdrs = kunit_kcalloc(test, ARRAY_SIZE(sections),
				      sizeof(*info->sechdrs), GFP_KERNEL);
	info->secstrings = kunit_kzalloc(test, STRINGS_LEN, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, info->hdr);
	KUNIT_ASSERT_NOT_NULL(test, info->sechdrs);
	KUNIT_ASSERT_NOT_NULL(test, info->secstrings);

	info->hdr->e_shnum = ARRAY_SIZE(sections);
	for (i = 0; i < ARRAY_SIZE(sections); i++) {
		unsigned int len = strlen(sections[i].name) + 1;

		KUNIT_ASSERT_LE(test, used + len, (unsigned int)STRINGS_LEN);
		memcpy(info->secstrings + used, sections[i].name, len);
		info->sechdrs[i].sh_name = used;
		info->sechdrs[i].sh_flags = sections[i].flags;
		info->sechdrs[i].sh_size = sections[i].size;
		info->sechdrs[i].sh_addralign = sections[i].align;
		used += len;
	}
	return info;
}

static void expect_disjoint(struct kunit *test, const struct load_info *info,
			    unsigned int i, unsigned int j)
{
	const Elf_Shdr *a = &info->sechdrs[i], *b = &info->sechdrs[j];

	if (sections[i].type != sections[j].type)
		return;
	KUNIT_EXPECT_TRUE_MSG(test,
			      sect_offset(a) + a->sh_size <= sect_offset(b) ||
			      sect_offset(b) + b->sh_size <= sect_offset(a),
			      "%s overlaps %s", sections[i].name,
			      sections[j].name);
}

static void test_layout(struct kunit *test)
{
	struct module *mod = new_module(test);
	struct load_info *info = new_load(test);
	unsigned int i, j;

	/* An architecture has put something in front of the text. */
	mod->mem[MOD_TEXT].size = 200;
	KUNIT_ASSERT_EQ(test, module_layout_sections(mod, info), 0);

	for (i = 0; i < ARRAY_SIZE(sections); i++) {
		const Elf_Shdr *shdr = &info->sechdrs[i];

		if (sections[i].type == MOD_INVALID) {
			KUNIT_EXPECT_EQ(test, (unsigned long)shdr->sh_entsize,
					~0UL);
			continue;
		}
		KUNIT_EXPECT_EQ_MSG(test, sect_type(shdr), sections[i].type,
				    "%s", sections[i].name);
		KUNIT_EXPECT_EQ(test,
				sect_offset(shdr) % (sections[i].align ?: 1),
				0ul);
		KUNIT_EXPECT_LE(test, sect_offset(shdr) + sections[i].size,
				(unsigned long)mod->mem[sections[i].type].size);
		for (j = 0; j < i; j++)
			expect_disjoint(test, info, i, j);
	}
	KUNIT_EXPECT_GE(test, sect_offset(&info->sechdrs[1]), 200ul);
	KUNIT_EXPECT_EQ(test, mod->mem[MOD_INIT_TEXT].size, 40u);
}

static void test_layout_refuses_wrap(struct kunit *test)
{
	struct module *mod = new_module(test);
	struct load_info *info = new_load(test);

	info->sechdrs[1].sh_size = ~(typeof(info->sechdrs[1].sh_size))0;
	KUNIT_EXPECT_EQ(test, module_layout_sections(mod, info), -ENOEXEC);
}

/*
 * Nothing of what was there before is left: data is zeroed, and text is zeroed
 * or full of traps, of one byte each where memory comes with traps.
 */
static void expect_clean(struct kunit *test, const struct module *mod,
			 enum mod_mem_type type)
{
	const struct module_memory *mem = &mod->mem[type];
	u8 fill = *(u8 *)mem->base;

	if (!mod_mem_type_is_text(type) || !IS_ENABLED(CONFIG_X86))
		KUNIT_EXPECT_EQ(test, fill, (u8)0);
	else if (fill)
		KUNIT_EXPECT_EQ(test, fill, (u8)0xcc);
	KUNIT_EXPECT_NULL(test, memchr_inv(mem->base, fill, mem->size));
}

static void test_alloc(struct kunit *test)
{
	struct module *mod = new_module(test);

	mod->mem[MOD_TEXT].size = 1;
	mod->mem[MOD_DATA].size = PAGE_SIZE + 1;
	mod->mem[MOD_INIT_DATA].size = PAGE_SIZE;
	/* What a previous owner of the structure left must not be freed. */
	mod->mem[MOD_RODATA].base = (void *)PAGE_SIZE;
	KUNIT_ASSERT_EQ(test, module_alloc_regions(mod), 0);

	for_each_mod_mem_type(type) {
		const struct module_memory *mem = &mod->mem[type];

		if (!mem->size) {
			KUNIT_EXPECT_NULL(test, mem->base);
			continue;
		}
		KUNIT_EXPECT_NOT_NULL(test, mem->base);
		KUNIT_EXPECT_TRUE(test, PAGE_ALIGNED(mem->base));
		KUNIT_EXPECT_EQ(test, mem->size,
				module_region_size(type, mem->size));
		expect_clean(test, mod, type);
	}
	KUNIT_EXPECT_GE(test, mod->mem[MOD_DATA].size,
			(unsigned int)PAGE_SIZE + 1);
	module_free_regions(mod);
}

static void test_detach_init(struct kunit *test)
{
	struct module *mod = new_module_with_regions(test);
	void *bases[MOD_MEM_NUM_TYPES] = {};

	mutex_lock(&module_mutex);
	module_detach_init(mod, bases);
	mutex_unlock(&module_mutex);

	KUNIT_EXPECT_EQ(test, module_init_size(mod), 0u);
	KUNIT_EXPECT_EQ(test, module_core_size(mod), (unsigned int)(4 * SIZE));
	for_each_mod_mem_type(type) {
		if (mod_mem_type_is_init(type)) {
			KUNIT_EXPECT_NOT_NULL(test, bases[type]);
			KUNIT_EXPECT_NULL(test, mod->mem[type].base);
		} else {
			KUNIT_EXPECT_NULL(test, bases[type]);
			KUNIT_EXPECT_NOT_NULL(test, mod->mem[type].base);
		}
	}
}

/* Looks one address up the way unwinders and exception handlers do. */
static void expect_lookup(struct kunit *test, unsigned long addr,
			  struct module *any, struct module *text)
{
	struct module *found_any, *found_text;

	preempt_disable();
	found_any = __module_address(addr);
	found_text = __module_text_address(addr);
	preempt_enable();

	KUNIT_EXPECT_PTR_EQ(test, found_any, any);
	KUNIT_EXPECT_PTR_EQ(test, found_text, text);
}

static void test_lookup(struct kunit *test)
{
	struct module *mod = new_module(test);
	void *bases[MOD_MEM_NUM_TYPES] = {};

	if (!IS_ENABLED(CONFIG_MODULES_TREE_LOOKUP))
		kunit_skip(test, "modules are found by walking the list");

	for_each_mod_mem_type(type)
		mod->mem[type].size = PAGE_SIZE;
	mod->mem[MOD_INIT_RODATA].size = 0;
	mod->mem[MOD_RO_AFTER_INIT].size = 0;
	KUNIT_ASSERT_EQ(test, module_alloc_regions(mod), 0);

	mutex_lock(&module_mutex);
	mod_update_bounds(mod);
	mod_tree_insert(mod);
	mutex_unlock(&module_mutex);

	for_each_mod_mem_type(type) {
		unsigned long base = (unsigned long)mod->mem[type].base;
		struct module *text = mod_mem_type_is_text(type) ? mod : NULL;

		if (!base)
			continue;
		mod->state = MODULE_STATE_LIVE;
		expect_lookup(test, base, mod, text);
		expect_lookup(test, base + PAGE_SIZE - 1, mod, text);
		mod->state = MODULE_STATE_UNFORMED;
		expect_lookup(test, base, NULL, NULL);
	}
	expect_lookup(test, 0, NULL, NULL);

	/* The way of a load that has run init, and then of an unload. */
	mod->state = MODULE_STATE_LIVE;
	mutex_lock(&module_mutex);
	mod_tree_remove_init(mod);
	module_detach_init(mod, bases);
	mutex_unlock(&module_mutex);
	expect_lookup(test, (unsigned long)bases[MOD_INIT_TEXT], NULL, NULL);
	expect_lookup(test, (unsigned long)mod->mem[MOD_TEXT].base, mod, mod);

	mutex_lock(&module_mutex);
	mod_tree_remove(mod);
	mutex_unlock(&module_mutex);
	synchronize_rcu();
	expect_lookup(test, (unsigned long)mod->mem[MOD_TEXT].base, NULL, NULL);
	expect_lookup(test, (unsigned long)mod->mem[MOD_DATA].base, NULL, NULL);

	module_free_init(bases);
	module_free_regions(mod);
}

static struct kunit_case module_memory_cases[] = {
	KUNIT_CASE(test_section_type),
	KUNIT_CASE(test_section_type_small),
	KUNIT_CASE(test_classes),
	KUNIT_CASE(test_free_order),
	KUNIT_CASE(test_within_edges),
	KUNIT_CASE(test_within_last_page),
	KUNIT_CASE(test_empty_regions),
	KUNIT_CASE(test_reserve),
	KUNIT_CASE(test_layout),
	KUNIT_CASE(test_layout_refuses_wrap),
	KUNIT_CASE(test_alloc),
	KUNIT_CASE(test_detach_init),
	KUNIT_CASE(test_lookup),
	{}
};

static struct kunit_suite module_memory_suite = {
	.name = "module_memory",
	.test_cases = module_memory_cases,
};

kunit_test_suite(module_memory_suite);
