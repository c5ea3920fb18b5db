// SPDX-License-Identifier: GPL-2.0
/*
 * The veneers of a module: room for them, writing them, and giving back what
 * is too much. See include/linux/module_veneer.h.
 */

#define pr_fmt(fmt) "module: " fmt

#include <linux/execmem.h>
#include <linux/ftrace.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/moduleloader.h>
#include <linux/slab.h>
#include <asm/module_veneer.h>
#include "internal.h"

struct module_veneer_slot {
	unsigned long target;
	unsigned long veneer;
};

static struct module_veneers *veneers_of(struct module *mod, unsigned long loc)
{
	return &mod->arch.veneers[within_module_init(loc, mod)];
}

static unsigned long address_of(const struct module_veneers *v, unsigned int i)
{
	return v->start + module_veneer_offset(i);
}

bool module_is_traced(const struct load_info *info)
{
	return MODULE_VENEER_FIXED &&
	       find_any_sec(info, MODULE_VENEER_TRACED) != 0;
}

static int reserve(struct module *mod, struct load_info *info, bool init)
{
	struct module_veneers *v = &mod->arch.veneers[init];
	unsigned int section = find_any_sec(info, init ? ".init.plt" : ".plt");
	unsigned int nr;
	Elf_Shdr *shdr;
	int err;

	if (!section) {
		pr_err("%s: there is no section for %s (err %d)\n", mod->name,
		       init ? "veneers of init" : "veneers", -ENOEXEC);
		return -ENOEXEC;
	}
	err = module_count_veneers(mod, info, init, &nr);
	if (err)
		return err;

	*v = (struct module_veneers) {
		.section	= section,
		.reserved	= nr,
	};
	shdr = &info->sechdrs[section];
	shdr->sh_type = SHT_NOBITS;
	/* Laid out when all other sections are */
	shdr->sh_flags = SHF_EXECINSTR;
	shdr->sh_addralign = MODULE_VENEER_ALIGN;
	shdr->sh_size = module_veneers_size(nr);
	return 0;
}

int module_veneers_reserve(struct module *mod, struct load_info *info)
{
	int err;

	err = reserve(mod, info, false);
	return err ?: reserve(mod, info, true);
}

static int lay_out(struct module *mod, struct load_info *info, bool init)
{
	unsigned int section = mod->arch.veneers[init].section;
	Elf_Shdr *shdr = &info->sechdrs[section];

	shdr->sh_flags |= SHF_ALLOC;
	return module_add_section(mod, init ? MOD_INIT_TEXT : MOD_TEXT, shdr,
				  section);
}

int module_veneers_layout(struct module *mod, struct load_info *info)
{
	int err = lay_out(mod, info, false);

	return err ?: lay_out(mod, info, true);
}

static unsigned long write_next(struct module_veneers *v, unsigned long target)
{
	unsigned long veneer = address_of(v, v->used++);

	module_veneer_write(veneer, target);
	return veneer;
}

/* Do branches everywhere in the region reach @target? */
static bool region_reaches(const struct module_memory *mem,
			   unsigned long target)
{
	unsigned long base = (unsigned long)mem->base;
	unsigned long end = base + mem->size;
	unsigned long far = max(target > base ? target - base : base - target,
				target > end ? target - end : end - target);

	return far < MODULE_BRANCH_REACH - PAGE_SIZE;
}

static void write_fixed(struct module_veneers *v,
			const struct module_memory *mem)
{
	bool near = true;
	unsigned int i;

	for (i = 0; i < MODULE_VENEER_FIXED; i++)
		near &= region_reaches(mem, module_veneer_fixed_target(i));
	if (near)
		return;

	for (i = 0; i < MODULE_VENEER_FIXED; i++)
		write_next(v, module_veneer_fixed_target(i));
	v->fixed = MODULE_VENEER_FIXED;
}

void module_veneers_begin(struct module *mod, const struct load_info *info)
{
	enum mod_mem_type type;
	bool traced = module_is_traced(info);
	int init;

	for (init = 0; init < 2; init++) {
		struct module_veneers *v = &mod->arch.veneers[init];

		type = init ? MOD_INIT_TEXT : MOD_TEXT;
		v->start = info->sechdrs[v->section].sh_addr;
		if (traced && v->reserved)
			write_fixed(v, &mod->mem[type]);
	}
}

/* The slot of @target, or the one where it is to be put; half are empty. */
static struct module_veneer_slot *find_slot(struct module_veneers *v,
					    unsigned long target)
{
	unsigned long i = hash_long(target, v->bits);

	while (v->index[i].veneer && v->index[i].target != target)
		i = (i + 1) & (BIT(v->bits) - 1);
	return &v->index[i];
}

static void remember(struct module_veneers *v, unsigned long target,
		     unsigned long veneer)
{
	struct module_veneer_slot *slot = find_slot(v, target);

	slot->target = target;
	slot->veneer = veneer;
}

/* Twice as many slots as there can be veneers, the tracer's among them */
static int make_index(struct module_veneers *v)
{
	unsigned int i;

	v->bits = ilog2(roundup_pow_of_two(v->reserved)) + 1;
	v->index = kvcalloc(BIT(v->bits), sizeof(*v->index), GFP_KERNEL);
	if (!v->index)
		return -ENOMEM;
	for (i = 0; i < v->fixed; i++)
		remember(v, module_veneer_fixed_target(i), address_of(v, i));
	return 0;
}

/*
 * Once a module is formed nothing is written to its text, and what was not needed
 * of that may belong to others by then.
 */
static bool is_finished(const struct module *mod)
{
	return mod->state != MODULE_STATE_UNFORMED;
}

/* The caller tells which relocation it was: it knows the symbol. */
static int check_room(const struct module *mod, const struct module_veneers *v)
{
	if (is_finished(mod)) {
		pr_err("%s: veneers are finished (err %d)\n", mod->name,
		       -ERANGE);
		return -ERANGE;
	}
	if (v->used >= v->reserved) {
		pr_err("%s: all %u veneers are in use (err %d)\n", mod->name,
		       v->reserved, -ERANGE);
		return -ERANGE;
	}
	return 0;
}

int module_veneer_private(struct module *mod, unsigned long loc,
			  unsigned long *veneer)
{
	struct module_veneers *v = veneers_of(mod, loc);
	int err = check_room(mod, v);

	if (!err)
		*veneer = address_of(v, v->used++);
	return err;
}

int module_veneer(struct module *mod, unsigned long loc, unsigned long target,
		  unsigned long *veneer)
{
	struct module_veneers *v = veneers_of(mod, loc);
	struct module_veneer_slot *slot;
	int err;

	if (!v->index) {
		/* Nobody would free an index that is made later. */
		if (is_finished(mod) || !v->reserved)
			return check_room(mod, v);
		err = make_index(v);
		if (err)
			return err;
	}

	slot = find_slot(v, target);
	if (slot->veneer) {
		*veneer = slot->veneer;
		return 0;
	}
	err = check_room(mod, v);
	if (err)
		return err;
	*veneer = write_next(v, target);
	remember(v, target, *veneer);
	return 0;
}

void module_veneers_end(struct module *mod)
{
	int init;

	for (init = 0; init < 2; init++) {
		struct module_veneers *v = &mod->arch.veneers[init];

		kvfree(v->index);
		v->index = NULL;
	}
}

static int trim(struct module *mod, enum mod_mem_type type,
		struct module_veneers *v)
{
	struct module_memory *mem = &mod->mem[type];
	unsigned int size;
	int err;

	if (!mem->size)
		return 0;
	/* They are the last of the region. */
	size = v->start + module_veneers_size(v->used) -
	       (unsigned long)mem->base;
	size = module_region_size(type, max(size, 1U));
	if (size >= mem->size)
		return 0;

	err = execmem_shrink(mem->base, size);
	if (err) {
		pr_err("%s: cannot give back %u bytes of %s (err %d)\n",
		       mod->name, mem->size - size, module_region_name(type),
		       err);
		return err;
	}
	v->returned = mem->size - size;
	/* Who looks up addresses may see the old size: nobody is there yet. */
	WRITE_ONCE(mem->size, size);
	return 0;
}

int module_veneers_trim(struct module *mod)
{
	int err = trim(mod, MOD_TEXT, &mod->arch.veneers[false]);

	return err ?: trim(mod, MOD_INIT_TEXT, &mod->arch.veneers[true]);
}

unsigned long module_veneer_fixed(const struct module *mod, unsigned long loc,
				  unsigned long target)
{
	const struct module_veneers *v =
		&mod->arch.veneers[within_module_init(loc, mod)];
	unsigned int i;

	for (i = 0; i < v->fixed; i++) {
		if (module_veneer_fixed_target(i) == target)
			return address_of(v, i);
	}
	return 0;
}

bool is_module_veneer(const struct module *mod, unsigned long addr)
{
	const struct module_veneers *v =
		&mod->arch.veneers[within_module_init(addr, mod)];

	return addr - v->start < module_veneers_size(v->used);
}
