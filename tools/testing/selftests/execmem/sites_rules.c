// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of each site, by the flags and variables of the running kernel.
 * The sites are gone through in the order in which the loader does, because
 * one can lie in another: a thunk in an alternative, for example.
 *
 * The loader decodes instructions to find out where one-byte nops begin. This
 * does not: 0x90 in an alternative is taken to be a nop, unless it is behind a
 * prefix. An immediate or a displacement with such bytes is taken wrong. Such a
 * site would be reported as different, never as right.
 */

#include <asm/cpufeatures.h>
#include <stdlib.h>
#include <string.h>

#include "../kselftest.h"
#include "sites.h"

#define INT3		0xcc
#define NOP		0x90
#define LOCK		0xf0
#define DS		0x3e
#define CS		0x2e
#define RET		0xc3
#define CALL32		0xe8
#define JMP32		0xe9
#define JMP8		0xeb
#define BRANCH_SIZE	5
#define NOP_MAX		8

const char * const sites_names[SITES_NR_KINDS] = {
	[SITES_PLAIN]		= "plain text",
	[SITES_RELOCATION]	= "relocation",
	[SITES_PARAVIRT]	= "paravirt call",
	[SITES_RETPOLINE]	= "retpoline",
	[SITES_RETURN]		= "return",
	[SITES_ALTERNATIVE]	= "alternative",
	[SITES_ENDBR]		= "ENDBR",
	[SITES_SMP_LOCK]	= "lock prefix",
	[SITES_FTRACE]		= "ftrace call",
	[SITES_JUMP_LABEL]	= "jump label",
	[SITES_STATIC_CALL]	= "static call",
	[SITES_TRAMPOLINE]	= "static call trampoline",
};

static const unsigned char nops[NOP_MAX + 1][NOP_MAX] = {
	[1] = { 0x90 },
	[2] = { 0x66, 0x90 },
	[3] = { 0x0f, 0x1f, 0x00 },
	[4] = { 0x0f, 0x1f, 0x40, 0x00 },
	[5] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 },
	[6] = { 0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00 },
	[7] = { 0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00 },
	[8] = { 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 },
};

/* xorl %eax, %eax behind three prefixes: a call of __static_call_return0() */
static const unsigned char return_0[BRANCH_SIZE] = {
	CS, CS, CS, 0x31, 0xc0,
};

/* ud1 %esp, %ecx: what follows the branch of a static call's trampoline */
static const unsigned char trampoline_mark[] = { 0x0f, 0xb9, 0xcc };

static const unsigned char endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
static const unsigned char endbr_poison[] = { 0x66, 0x0f, 0x1f, 0x00 };

static int unknown(struct sites_module *mod, uint64_t addr,
		   enum sites_kind kind)
{
	const unsigned char *p = sites_want(mod, addr, 1);

	if (!mod->unknown++)
		ksft_print_msg("%s: 0x%lx: no %s begins with 0x%02x\n",
			       mod->name, addr, sites_names[kind], p ? *p : 0);
	return -1;
}

static void add_nops(unsigned char *p, size_t len)
{
	size_t n;

	for (; len; len -= n, p += n) {
		n = len < NOP_MAX ? len : NOP_MAX;
		memcpy(p, nops[n], n);
	}
}

/* pause, a nop of two bytes, xchg with %r8 */
static bool is_prefix(unsigned char byte)
{
	return byte == 0xf3 || byte == 0x66 || (byte & 0xf0) == 0x40;
}

static void optimize_nops(unsigned char *p, size_t len)
{
	size_t i, run;

	for (i = 0; i < len; i += run + 1) {
		for (run = 0; i + run < len && p[i + run] == NOP; run++)
			;
		if (i && run && is_prefix(p[i - 1])) {
			i++;
			run--;
		}
		add_nops(p + i, run);
	}
}

static uint64_t branch_target(const unsigned char *p, uint64_t addr)
{
	int32_t rel;

	memcpy(&rel, p + 1, sizeof(rel));
	return addr + BRANCH_SIZE + rel;
}

static void put_branch(unsigned char *p, unsigned char op, uint64_t addr,
		       uint64_t target)
{
	int32_t rel = target - addr - BRANCH_SIZE;

	p[0] = op;
	memcpy(p + 1, &rel, sizeof(rel));
}

static void put_return(unsigned char *p)
{
	p[0] = RET;
	memset(p + 1, INT3, BRANCH_SIZE - 1);
}

/* .parainstructions */

static int expect_paravirt(struct sites_module *mod,
			   const struct sites_section *table, uint64_t offset)
{
	const struct sites_symbol *ops = sites_symbol("", "pv_ops");
	unsigned int type = table->file[offset + 8];
	size_t len = table->file[offset + 9], used = 0;
	struct sites_field instr;
	unsigned char *p;
	uint64_t func;
	int ret;

	ret = sites_table(mod, table, offset, &instr);
	if (ret || !sites_mark(mod, instr.addr, len, SITES_PARAVIRT))
		return ret;
	if (!ops || sites_peek(ops->addr + type * 8, &func, sizeof(func)))
		return -1;

	p = sites_want(mod, instr.addr, len);
	if (!func)
		func = sites_global("paravirt_BUG");
	if (func != sites_global("_paravirt_nop")) {
		put_branch(p, CALL32, instr.addr, func);
		used = BRANCH_SIZE;
	}
	add_nops(p + used, len - used);
	return 0;
}

/* .retpoline_sites */

/* "jmp *reg", in the upper half of a cache line as far as it decides. */
static bool is_its_thunk(uint64_t thunk, int reg)
{
	unsigned char want[4], have[4];
	size_t len = 0;

	if (reg >= 8)
		want[len++] = 0x41;
	want[len++] = 0xff;
	want[len++] = 0xe0 + reg % 8;
	if (!((thunk + len - 1) & 0x20))
		return false;
	want[len++] = INT3;
	return !sites_peek(thunk, have, len) && !memcmp(want, have, len);
}

/*
 * Where the loader puts a thunk is its own business: the address is taken from
 * what is there, if there is a thunk for this register.
 */
static int expect_its_thunk(struct sites_module *mod, uint64_t addr, int reg,
			    unsigned char op)
{
	const unsigned char *have = sites_have(mod, addr, BRANCH_SIZE);
	unsigned char *p = sites_want(mod, addr, BRANCH_SIZE);
	uint64_t thunk = branch_target(have, addr);

	if (!is_its_thunk(thunk, reg)) {
		ksft_print_msg("%s: 0x%lx: no thunk for register %d at 0x%lx\n",
			       mod->name, addr, reg, thunk);
		thunk = 0;
	}
	put_branch(p, op, addr, thunk);
	return 0;
}

static bool wants_its_thunk(uint64_t addr, int reg)
{
	if (!sites_cpu_has(X86_FEATURE_INDIRECT_THUNK_ITS))
		return false;
	return !((addr + 1 + reg / 8) & 0x20);
}

static int expect_retpoline(struct sites_module *mod, uint64_t addr,
			    unsigned char *p)
{
	uint64_t array = sites_global("__x86_indirect_thunk_array"), target;
	bool lfence = sites_cpu_has(X86_FEATURE_RETPOLINE_LFENCE);
	size_t len = BRANCH_SIZE, i = 0;
	unsigned char op;
	int reg;

	if (p[0] == CS) {
		/* The same site, with the byte of the prefix. */
		len++;
		mod->sites[SITES_RETPOLINE]--;
		if (!sites_mark(mod, addr, len, SITES_RETPOLINE))
			return unknown(mod, addr, SITES_RETPOLINE);
	}
	op = p[len - BRANCH_SIZE];
	target = branch_target(p + len - BRANCH_SIZE, addr + len - BRANCH_SIZE);
	reg = (target - array) / 32;
	if ((op != CALL32 && op != JMP32) || (target - array) % 32 || reg < 0 ||
	    reg > 15)
		return unknown(mod, addr, SITES_RETPOLINE);

	if (sites_cpu_has(X86_FEATURE_RETPOLINE) && !lfence)
		return 0;

	if (wants_its_thunk(addr + (lfence ? 3 : 0), reg)) {
		i = len - BRANCH_SIZE;
		return expect_its_thunk(mod, addr + i, reg, op);
	}

	if (lfence) {
		memcpy(p, "\x0f\xae\xe8", 3);
		i = 3;
	}
	if (reg >= 8)
		p[i++] = 0x41;
	p[i++] = 0xff;
	p[i++] = (op == CALL32 ? 0xd0 : 0xe0) + reg % 8;
	if (op == JMP32 && i < len)
		p[i++] = INT3;
	add_nops(p + i, len - i);
	return 0;
}

/* .return_sites */

static bool wants_return_thunk(uint64_t addr)
{
	uint64_t its = sites_global("its_return_thunk");

	if (!sites_cpu_has(X86_FEATURE_RETHUNK))
		return false;
	return !its || sites_variable("x86_return_thunk") != its ||
	       !(addr & 0x20);
}

static int expect_return(struct sites_module *mod, uint64_t addr,
			 unsigned char *p)
{
	if (p[0] != JMP32 ||
	    branch_target(p, addr) != sites_global("__x86_return_thunk"))
		return unknown(mod, addr, SITES_RETURN);

	if (wants_return_thunk(addr))
		put_branch(p, JMP32, addr, sites_variable("x86_return_thunk"));
	else
		put_return(p);
	return 0;
}

/* .altinstructions */

/* A jump that was in the replacement; of two bytes where that reaches. */
static void move_jump(unsigned char *p, uint64_t addr, uint64_t target)
{
	int32_t rel = target - addr;

	/* Backward, the loader does not believe in short jumps. */
	if (rel < 0 || rel - 2 > 127) {
		put_branch(p, JMP32, addr, target);
		return;
	}

	p[0] = JMP8;
	p[1] = rel - 2;
	add_nops(p + 2, 3);
}

static int expect_alternative(struct sites_module *mod,
			      const struct sites_section *table,
			      uint64_t offset)
{
	const unsigned char *entry = table->file + offset;
	unsigned int cpuid = entry[8] | entry[9] << 8;
	size_t len = entry[10], new_len = entry[11];
	struct sites_field instr, repl;
	unsigned char *p, *new;
	int ret;

	ret = sites_table(mod, table, offset, &instr);
	if (!ret)
		ret = sites_table(mod, table, offset + 4, &repl);
	if (ret || !sites_mark(mod, instr.addr, len, SITES_ALTERNATIVE))
		return ret;

	p = sites_want(mod, instr.addr, len);
	/* The highest bit is set for "not this feature". */
	if (sites_cpu_has(cpuid & 0x7fff) == !(cpuid & 0x8000)) {
		new = sites_want(mod, repl.addr, new_len);
		if (new_len > len || (new_len && !new))
			return unknown(mod, instr.addr, SITES_ALTERNATIVE);
		memcpy(p, new, new_len);
		memset(p + new_len, NOP, len - new_len);
		if (new_len == BRANCH_SIZE && new[0] == CALL32)
			put_branch(p, CALL32, instr.addr,
				   branch_target(new, repl.addr));
		if (new_len == BRANCH_SIZE && new[0] == JMP32)
			move_jump(p, instr.addr,
				  branch_target(new, repl.addr));
	}
	optimize_nops(p, len);
	return 0;
}

/* .ibt_endbr_seal */

static int expect_endbr(struct sites_module *mod, uint64_t addr,
			unsigned char *p)
{
	if (memcmp(p, endbr64, sizeof(endbr64)))
		return unknown(mod, addr, SITES_ENDBR);
	memcpy(p, endbr_poison, sizeof(endbr_poison));
	return 0;
}

/* .smp_locks: for one CPU, only .text is patched. */

static int expect_smp_lock(struct sites_module *mod, uint64_t addr,
			   unsigned char *p)
{
	const struct sites_section *text = sites_section(mod, ".text");

	/* The loader leaves what is no lock prefix, as of an alternative. */
	if (*p == LOCK && sites_uniproc() &&
	    addr - text->addr < text->shdr->sh_size)
		*p = DS;
	return 0;
}

/* __mcount_loc: nobody traces. */

static int expect_ftrace(struct sites_module *mod, uint64_t addr,
			 unsigned char *p)
{
	if (memcmp(p, nops[5], 5) &&
	    (p[0] != CALL32 ||
	     branch_target(p, addr) != sites_global("__fentry__")))
		return unknown(mod, addr, SITES_FTRACE);
	memcpy(p, nops[5], BRANCH_SIZE);
	return 0;
}

/* __jump_table: bit 0 of the key is the type, bit 1 is for the loader. */

static int expect_jump_label(struct sites_module *mod,
			     const struct sites_section *table,
			     uint64_t offset)
{
	struct sites_field code, target, key;
	unsigned char *p;
	int32_t enabled;
	size_t len;
	int ret;

	ret = sites_table(mod, table, offset, &code);
	if (!ret)
		ret = sites_table(mod, table, offset + 4, &target);
	if (!ret)
		ret = sites_table(mod, table, offset + 8, &key);
	if (ret)
		return ret;

	p = sites_want(mod, code.addr, 2);
	len = p && (p[0] == JMP32 || p[0] == nops[5][0]) ? BRANCH_SIZE : 2;
	if (!sites_mark(mod, code.addr, len, SITES_JUMP_LABEL))
		return 0;
	if (p[0] != JMP8 && p[0] != JMP32 && memcmp(p, nops[len], len))
		return unknown(mod, code.addr, SITES_JUMP_LABEL);

	ret = sites_peek(key.addr & ~3UL, &enabled, sizeof(enabled));
	if (ret)
		return ret;

	if (key.addr & 1 ? enabled > 0 : enabled <= 0) {
		memcpy(p, nops[len], len);
	} else if (len == 2) {
		p[0] = JMP8;
		p[1] = target.addr - code.addr - 2;
	} else {
		put_branch(p, JMP32, code.addr, target.addr);
	}
	return 0;
}

/* .static_call_sites: bit 0 of the key is for a call in tail position. */

static void put_static_call(unsigned char *p, uint64_t addr, uint64_t func,
			    bool tail)
{
	if (!tail && func == sites_global("__static_call_return0"))
		memcpy(p, return_0, sizeof(return_0));
	else if (func)
		put_branch(p, tail ? JMP32 : CALL32, addr, func);
	else if (!tail)
		memcpy(p, nops[5], BRANCH_SIZE);
	else if (wants_return_thunk(addr))
		put_branch(p, JMP32, addr, sites_variable("x86_return_thunk"));
	else
		put_return(p);
}

/* A module that may only use the trampoline names that and not the key. */
static uint64_t static_call_key(const struct sites_field *field)
{
	const struct sites_symbol *sym;
	char name[512];

	if (strncmp(field->symbol, "__SCT__", 7))
		return field->addr & ~3UL;

	snprintf(name, sizeof(name), "__SCK__%s", field->symbol + 7);
	sym = sites_symbol("", name);
	return sym ? sym->addr : 0;
}

static int expect_static_call(struct sites_module *mod,
			      const struct sites_section *table,
			      uint64_t offset)
{
	struct sites_field site, key;
	unsigned char *p;
	uint64_t func;
	bool tail;
	int ret;

	ret = sites_table(mod, table, offset, &site);
	if (!ret)
		ret = sites_table(mod, table, offset + 4, &key);
	if (ret || !sites_mark(mod, site.addr, BRANCH_SIZE, SITES_STATIC_CALL))
		return ret;

	tail = key.addr & 1;
	p = sites_want(mod, site.addr, BRANCH_SIZE);
	if (p[0] != (tail ? JMP32 : CALL32))
		return unknown(mod, site.addr, SITES_STATIC_CALL);

	ret = sites_peek(static_call_key(&key), &func, sizeof(func));
	if (!ret)
		put_static_call(p, site.addr, func, tail);
	return ret;
}

/* The module's own trampolines do what their keys say. */
static int expect_trampoline(struct sites_module *mod, const Elf64_Sym *sym)
{
	const struct sites_section *sec = &mod->sections[sym->st_shndx];
	uint64_t addr = sec->addr + sym->st_value, func;
	const struct sites_symbol *key;
	char name[512];
	unsigned char *p = sites_want(mod, addr, BRANCH_SIZE + 3);

	snprintf(name, sizeof(name), "__SCK__%s",
		 mod->strtab + sym->st_name + 7);
	key = sites_symbol(mod->name, name);
	if (!key || !p ||
	    memcmp(p + BRANCH_SIZE, trampoline_mark, sizeof(trampoline_mark)))
		return unknown(mod, addr, SITES_TRAMPOLINE);
	if (sites_peek(key->addr, &func, sizeof(func)))
		return -1;

	sites_mark(mod, addr, BRANCH_SIZE, SITES_TRAMPOLINE);
	put_static_call(p, addr, func, true);
	return 0;
}

static int expect_trampolines(struct sites_module *mod)
{
	const Elf64_Sym *sym;
	int ret = 0;

	for (sym = mod->syms; sym < mod->syms + mod->nr_syms; sym++) {
		if (sym->st_shndx == SHN_UNDEF ||
		    sym->st_shndx >= mod->nr_sections ||
		    strncmp(mod->strtab + sym->st_name, "__SCT__", 7))
			continue;
		ret |= expect_trampoline(mod, sym);
	}

	return ret;
}

/* What to do about each entry of a table. */
struct rule {
	const char *section;
	size_t entry;
	int (*expect)(struct sites_module *mod,
		      const struct sites_section *table, uint64_t offset);

	/* Instead, where an entry is nothing but the address of a site. */
	int (*expect_site)(struct sites_module *mod, uint64_t addr,
			   unsigned char *p);
	enum sites_kind kind;
	size_t len;
};

/* In the order of the loader. */
static const struct rule rules[] = {
	{ ".parainstructions", 16, .expect = expect_paravirt },
	{ ".retpoline_sites", 4, .expect_site = expect_retpoline,
	  .kind = SITES_RETPOLINE, .len = BRANCH_SIZE },
	{ ".return_sites", 4, .expect_site = expect_return,
	  .kind = SITES_RETURN, .len = BRANCH_SIZE },
	{ ".altinstructions", 12, .expect = expect_alternative },
	{ ".ibt_endbr_seal", 4, .expect_site = expect_endbr,
	  .kind = SITES_ENDBR, .len = sizeof(endbr64) },
	{ ".smp_locks", 4, .expect_site = expect_smp_lock,
	  .kind = SITES_SMP_LOCK, .len = 1 },
	{ "__mcount_loc", 8, .expect_site = expect_ftrace,
	  .kind = SITES_FTRACE, .len = BRANCH_SIZE },
	{ "__jump_table", 16, .expect = expect_jump_label },
	{ ".static_call_sites", 8, .expect = expect_static_call },
};

static int expect_entry(struct sites_module *mod, const struct rule *rule,
			const struct sites_section *table, uint64_t offset)
{
	struct sites_field site;
	int ret;

	if (rule->expect)
		return rule->expect(mod, table, offset);

	ret = sites_table(mod, table, offset, &site);
	if (ret || !sites_mark(mod, site.addr, rule->len, rule->kind))
		return ret;
	return rule->expect_site(mod, site.addr,
				 sites_want(mod, site.addr, rule->len));
}

int sites_expect(struct sites_module *mod)
{
	const struct sites_section *table;
	const struct rule *rule;
	uint64_t offset;
	int ret;

	memset(mod->sites, 0, sizeof(mod->sites));
	mod->freed = 0;
	mod->unknown = 0;

	ret = sites_relocate(mod);
	if (ret)
		return ret;

	for (rule = rules; rule < rules + sizeof(rules) / sizeof(*rules);
	     rule++) {
		table = sites_section(mod, rule->section);
		for (offset = 0;
		     table && offset + rule->entry <= table->shdr->sh_size;
		     offset += rule->entry)
			ret |= expect_entry(mod, rule, table, offset);
	}

	return ret | expect_trampolines(mod);
}
