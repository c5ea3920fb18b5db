// SPDX-License-Identifier: GPL-2.0
/*
 * Where the memory of a module is, how it is protected, and what sysfs,
 * procfs and kallsyms tell about it.
 */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <linux/elf.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "kcore.h"
#include "ptdump.h"
#include "sections.h"

#if __SIZEOF_LONG__ == 8
#define elf_hdr		elf64_hdr
#define elf_shdr	elf64_shdr
#else
#define elf_hdr		elf32_hdr
#define elf_shdr	elf32_shdr
#endif

#define KPTR_RESTRICT	"/proc/sys/kernel/kptr_restrict"

static struct modtest_state before;
static struct modtest_region regions[MODTEST_NR_TYPES];

/* Where the objects of init were. */
static unsigned long long init_addr[3];
static const char * const init_objects[] = {
	"init_text", "init_data", "init_rodata",
};

/* What the page tables must say about a region. */
static const unsigned int protection[MODTEST_CORE_TYPES] = {
	[MODTEST_TEXT]		= PTDUMP_RX,
	[MODTEST_DATA]		= PTDUMP_RW,
	[MODTEST_RODATA]	= PTDUMP_R,
	[MODTEST_RO_AFTER_INIT]	= PTDUMP_R,
};

static int test_load(void)
{
	int ret = modtest_snapshot(&before);

	if (ret)
		return modtest_fail("cannot take stock: %s", strerror(-ret));

	ret = modtest_load(SECTIONS, "");
	if (ret)
		return modtest_fail("cannot load " SECTIONS ": %s",
				    strerror(-ret));
	return KSFT_PASS;
}

static int check_object(const char *name, const char *at_init, const char *now)
{
	struct sections_object obj;

	if (sections_object(name, &obj))
		return modtest_fail("no object %s", name);
	if (strcmp(obj.at_init, at_init))
		return modtest_fail("%s was in %s in init, not in %s", name,
				    obj.at_init, at_init);
	if (strcmp(obj.now, now))
		return modtest_fail("%s is in %s, not in %s", name, obj.now,
				    now);
	return KSFT_PASS;
}

/* A kernel for one CPU has no other place for what each CPU has of its own. */
static const char *percpu_region(void)
{
	struct utsname name;

	if (uname(&name) || strstr(name.version, " SMP"))
		return "none";
	return "data";
}

/* The kernel's own verdict: within_module_mem_type(). */
static int test_objects(void)
{
	const char *core[][2] = {
		{ "text",		"text" },
		{ "exit_text",		"text" },
		{ "data",		"data" },
		{ "bss",		"data" },
		{ "this_module",	"data" },
		{ "rodata",		"rodata" },
		{ "ro_after_init",	"ro_after_init" },
		{ "percpu",		percpu_region() },
	};
	int ret = KSFT_PASS;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(core); i++)
		ret |= check_object(core[i][0], core[i][1], core[i][1]);
	for (i = 0; i < ARRAY_SIZE(init_objects); i++)
		ret |= check_object(init_objects[i], init_objects[i], "none");

	return ret;
}

/* Init memory is freed by a worker, but the module loses it at once. */
static int test_sizes(void)
{
	unsigned long long core = 0, init = 0, val;
	struct modtest_proc proc;
	int i, ret;

	ret = modtest_regions(SECTIONS, regions);
	if (ret)
		return modtest_fail("no memory_size/ and memory_base/: %s",
				    strerror(-ret));

	for (i = 0; i < MODTEST_NR_TYPES; i++) {
		ksft_print_msg("%s: %#llx %llu\n", modtest_types[i],
			       regions[i].base, regions[i].size);
		if (i < MODTEST_CORE_TYPES)
			core += regions[i].size;
		else
			init += regions[i].size + regions[i].base;
		if (!regions[i].size != !regions[i].base)
			return modtest_fail("base and size disagree");
		if (i < MODTEST_CORE_TYPES && !regions[i].size)
			return modtest_fail("%s is empty", modtest_types[i]);
	}

	if (init)
		return modtest_fail("init regions are left after init");
	if (modtest_sysfs(SECTIONS, "", "coresize", &val) || val != core)
		return modtest_fail("coresize is not the sum %llu", core);
	if (modtest_sysfs(SECTIONS, "", "initsize", &val) || val)
		return modtest_fail("initsize is not 0");
	if (modtest_proc(SECTIONS, &proc) || proc.size != core)
		return modtest_fail("size in /proc/modules is not the sum");
	if (proc.addr != regions[MODTEST_TEXT].base)
		return modtest_fail("address in /proc/modules is %#llx",
				    proc.addr);
	return KSFT_PASS;
}

/* Text ends where it ends if what follows on has the same protection. */
static bool has_whole_pages(int type)
{
	if (type == MODTEST_TEXT && modtest_text_is_rox())
		return false;
	return sections_strict_rwx();
}

static int test_apart(void)
{
	unsigned long long page = sysconf(_SC_PAGESIZE);
	int i, j;

	for (i = 0; i < MODTEST_CORE_TYPES; i++) {
		if (regions[i].base % page)
			return modtest_fail("%s does not start a page",
					    modtest_types[i]);
		if (has_whole_pages(i) && regions[i].size % page)
			return modtest_fail("%s shares its last page",
					    modtest_types[i]);

		for (j = 0; j < i; j++)
			if (modtest_within(&regions[i], regions[j].base) ||
			    modtest_within(&regions[j], regions[i].base))
				return modtest_fail("%s and %s overlap",
						    modtest_types[i],
						    modtest_types[j]);
	}

	return KSFT_PASS;
}

/* The region of a section, or MODTEST_NR_TYPES if it goes after init. */
static int section_type(const char *name, unsigned long long flags)
{
	if (!strncmp(name, ".init", 5) || strstr(name, ".init.text"))
		return MODTEST_NR_TYPES;

	/* The linker script declares these, their flags come later. */
	if (!strcmp(name, ".plt") || !strcmp(name, ".text.ftrace_trampoline"))
		return MODTEST_TEXT;

	if (flags & SHF_EXECINSTR)
		return MODTEST_TEXT;
	if (!strcmp(name, ".data..ro_after_init") ||
	    !strcmp(name, "__jump_table"))
		return MODTEST_RO_AFTER_INIT;
	return flags & SHF_WRITE ? MODTEST_DATA : MODTEST_RODATA;
}

static bool region_holds(int type, const char *name, unsigned long long addr)
{
	const struct modtest_region *region = &regions[type];

	/* Veneers that nothing uses are given back: none, where text ends. */
	if (!strcmp(name, ".plt") && addr == region->base + region->size)
		return true;

	return modtest_within(region, addr);
}

static int check_section(const char *name, unsigned long long flags)
{
	int i, type = section_type(name, flags);
	unsigned long long addr;
	bool wanted;

	/* Not all sections that a file has are loaded. */
	if (modtest_sysfs(SECTIONS, "sections/", name, &addr))
		return KSFT_SKIP;

	if (type < MODTEST_NR_TYPES && region_holds(type, name, addr))
		return KSFT_PASS;

	/* Unwind tables have to be near their text: arm may keep them there. */
	if (!strncmp(name, ".ARM.ex", 7) && type < MODTEST_NR_TYPES)
		type = MODTEST_TEXT;

	for (i = 0; i < MODTEST_CORE_TYPES; i++) {
		wanted = i == type;
		if (modtest_within(&regions[i], addr) != wanted)
			return modtest_fail("%s at %#llx is%s in %s", name,
					    addr, wanted ? " not" : "",
					    modtest_types[i]);
	}

	return KSFT_PASS;
}

/* Compares the flags in the file with where sections/ says they are. */
static int test_sections(void)
{
	const struct elf_shdr *shdrs, *shdr;
	const struct elf_hdr *hdr;
	char path[PATH_MAX], *elf;
	int ret, i, nr = 0;
	const char *names;

	ret = modtest_find(SECTIONS, path, sizeof(path));
	elf = ret ? NULL : modtest_slurp(path);
	if (!elf)
		return modtest_fail("cannot read " SECTIONS ".ko");

	hdr = (void *)elf;
	shdrs = (void *)(elf + hdr->e_shoff);
	names = elf + shdrs[hdr->e_shstrndx].sh_offset;
	for (i = 1; i < hdr->e_shnum; i++) {
		shdr = &shdrs[i];
		if (!(shdr->sh_flags & SHF_ALLOC) || !shdr->sh_size)
			continue;

		switch (check_section(names + shdr->sh_name, shdr->sh_flags)) {
		case KSFT_PASS:
			nr++;
			break;
		case KSFT_FAIL:
			ret = KSFT_FAIL;
		}
	}

	free(elf);
	ksft_print_msg("%d sections are where they belong\n", nr);
	return ret || nr < 15 ? KSFT_FAIL : KSFT_PASS;
}

/* 0 if there is a dump, else the result of the test case. */
static int read_ptdump(struct ptdump *pt)
{
	int ret = ptdump_read(pt);

	if (ret == -ENOENT) {
		ksft_print_msg("no page tables: CONFIG_PTDUMP_DEBUGFS=n\n");
		return KSFT_SKIP;
	}

	return ret ? modtest_fail("page tables: %s", strerror(-ret)) : 0;
}

static int test_protection(void)
{
	unsigned long long bad;
	struct ptdump pt;
	int i, ret;

	if (!sections_strict_rwx())
		return KSFT_SKIP;

	ret = read_ptdump(&pt);
	if (ret)
		return ret;

	for (i = 0; i < MODTEST_CORE_TYPES; i++) {
		if (ptdump_check(&pt, regions[i].base, regions[i].size,
				 protection[i], &bad))
			continue;
		ret = modtest_fail("%s: %#llx is %s, not %s", modtest_types[i],
				   bad, ptdump_name(ptdump_prot(&pt, bad)),
				   ptdump_name(protection[i]));
	}

	ptdump_free(&pt);
	return ret;
}

static int test_wx(void)
{
	const struct ptdump_range *wx;
	struct ptdump pt;
	int ret;

	if (!sections_strict_rwx())
		return KSFT_SKIP;

	ret = read_ptdump(&pt);
	if (ret)
		return ret;

	wx = ptdump_find_wx(&pt);
	if (wx)
		ret = modtest_fail("%#llx-%#llx is writable and executable",
				   wx->first, wx->last);
	ptdump_free(&pt);
	return ret;
}

static int check_store(const char *object, int expected)
{
	int ret = modtest_write(SECTIONS_DEBUGFS "store", object);

	if (ret != expected)
		return modtest_fail("store to %s: %s", object, strerror(-ret));
	return KSFT_PASS;
}

static int check_store_init(const char *name, int expected)
{
	int result;

	if (sections_init(name, &result) || result != expected)
		return modtest_fail("%s in init: %s", name, strerror(-result));
	return KSFT_PASS;
}

/* The same by trying, and what the page tables said while init ran. */
static int test_stores(void)
{
	int ret;

	if (!sections_strict_rwx())
		return KSFT_SKIP;

	ret = check_store("text", -EFAULT);
	ret |= check_store("rodata", -EFAULT);
	ret |= check_store("ro_after_init", -EFAULT);
	ret |= check_store("data", 0);
	ret |= check_store("bss", 0);
	ret |= check_store("init_data", -ENOENT);

	ret |= check_store_init("store_text", -EFAULT);
	ret |= check_store_init("store_rodata", -EFAULT);
	ret |= check_store_init("store_ro_after_init", 0);
	ret |= check_store_init("store_init_text", -EFAULT);
	ret |= check_store_init("store_init_rodata", -EFAULT);
	ret |= check_store_init("store_init_data", 0);
	return ret;
}

/* The first instruction of what was there is not all of this. */
#define TRAPS	4

/* Whoever has what was text may have it executable, but nothing is in it. */
static bool is_trapping(const struct ptdump *pt, unsigned long long addr)
{
	unsigned long long first;

	if (!modtest_text_is_rox() || ptdump_prot(pt, addr) != PTDUMP_RX)
		return false;
	return kcore_open() || !kcore_count_code(addr, TRAPS, &first);
}

/* Only the first address was one of text. */
static bool all_gone(const unsigned long long *addrs, int nr, int *ret)
{
	struct ptdump pt;
	bool gone = true;
	int i;

	*ret = read_ptdump(&pt);
	if (*ret)
		return true;

	for (i = 0; i < nr; i++)
		gone &= !ptdump_prot(&pt, addrs[i]) ||
			(!i && is_trapping(&pt, addrs[i]));

	ptdump_free(&pt);
	return gone;
}

/* Memory is unmapped by a worker, some time after the module lost it. */
static int check_gone(const unsigned long long *addrs, int nr)
{
	int ms, ret;

	for (ms = 0; ms < MODTEST_SETTLE_MS; ms += 100) {
		if (all_gone(addrs, nr, &ret))
			return ret;
		modtest_sleep_ms(100);
	}

	return modtest_fail("memory that was freed is mapped, or has code");
}

static int test_init_gone(void)
{
	struct sections_object obj;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(init_objects); i++) {
		if (sections_object(init_objects[i], &obj))
			return modtest_fail("no object %s", init_objects[i]);
		init_addr[i] = obj.addr;
	}

	return check_gone(init_addr, ARRAY_SIZE(init_addr));
}

/* A bit for each of the files that shows an address: all, or none. */
static int shown_addresses(void)
{
	unsigned long long text = 0, base = 0;
	struct modtest_proc proc = { };

	modtest_proc(SECTIONS, &proc);
	modtest_sysfs(SECTIONS, "sections/", ".text", &text);
	modtest_sysfs(SECTIONS, "memory_base/", "text", &base);
	return (proc.addr ? 1 : 0) + (text ? 2 : 0) + (base ? 4 : 0);
}

static void drop_syslog(void)
{
	struct __user_cap_header_struct hdr = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(__NR_capget, &hdr, data))
		_exit(8);
	data[CAP_TO_INDEX(CAP_SYSLOG)].effective &= ~CAP_TO_MASK(CAP_SYSLOG);
	data[CAP_TO_INDEX(CAP_SYSLOG)].permitted &= ~CAP_TO_MASK(CAP_SYSLOG);
	if (syscall(__NR_capset, &hdr, data))
		_exit(8);
}

static void become_user(void)
{
	unsigned long long val;

	if (setresuid(65534, 65534, 65534))
		_exit(8);
	if (modtest_sysfs(SECTIONS, "memory_base/", "text", &val) != -EACCES)
		_exit(9);
	if (modtest_sysfs(SECTIONS, "memory_size/", "text", &val) || !val)
		_exit(10);
}

static int shown_to_child(void (*prepare)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		prepare();
		_exit(shown_addresses());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static int test_hidden(void)
{
	int root, restricted, no_syslog, user;
	char old[16];

	if (modtest_read(KPTR_RESTRICT, old, sizeof(old)))
		return modtest_fail("no " KPTR_RESTRICT);

	modtest_write(KPTR_RESTRICT, "1");
	root = shown_addresses();
	no_syslog = shown_to_child(drop_syslog);
	user = shown_to_child(become_user);
	modtest_write(KPTR_RESTRICT, "2");
	restricted = shown_addresses();
	modtest_write(KPTR_RESTRICT, old);

	if (root != 7)
		return modtest_fail("root sees %d, not all addresses", root);
	if (no_syslog)
		return modtest_fail("without CAP_SYSLOG: %d", no_syslog);
	if (user)
		return modtest_fail("another user: %d", user);
	if (restricted)
		return modtest_fail("kptr_restrict=2: %d", restricted);
	return KSFT_PASS;
}

/* The regions that may hold a symbol of this type, a bit for each. */
static unsigned int symbol_regions(char type)
{
	switch (type | 0x20) {
	case 't':
	case 'w':
		return 1 << MODTEST_TEXT;
	case 'r':
		return 1 << MODTEST_RODATA;
	case 'b':
	case 'd':
	case 'g':
		return 1 << MODTEST_DATA | 1 << MODTEST_RO_AFTER_INIT;
	}

	return 0;
}

static int check_symbol(const char *name, char type, unsigned long long addr)
{
	unsigned int allowed = symbol_regions(type);
	int i;

	/* These have a value, but that is no address in a region. */
	if (!allowed || !strcmp(name, "sections_percpu"))
		return KSFT_PASS;

	for (i = 0; i < MODTEST_CORE_TYPES; i++)
		if ((allowed & 1 << i) && modtest_within(&regions[i], addr))
			return KSFT_PASS;

	return modtest_fail("symbol %s (%c) at %#llx is in no such region",
			    name, type, addr);
}

static int check_symbol_of(const char *symbol, const char *object,
			   const char *name, unsigned long long addr)
{
	struct sections_object obj;

	if (strcmp(symbol, name))
		return 0;
	if (sections_object(object, &obj) || (obj.addr & ~1) != (addr & ~1))
		return modtest_fail("kallsyms has %s at %#llx", name, addr);
	return 1 << 8;
}

static int test_kallsyms(void)
{
	char line[512], name[256], module[128], type;
	unsigned long long addr;
	int ret = 0, nr = 0, found = 0;
	FILE *f = fopen("/proc/kallsyms", "r");

	if (!f)
		return modtest_fail("no /proc/kallsyms");

	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%llx %c %255s %127s", &addr, &type, name,
			   module) != 4 || strcmp(module, "[" SECTIONS "]"))
			continue;
		nr++;
		ret |= check_symbol(name, type, addr);
		found += check_symbol_of("sections_text", "text", name, addr);
		found += check_symbol_of("sections_rodata", "rodata", name,
					 addr);
		found += check_symbol_of("sections_data", "data", name, addr);
	}

	fclose(f);
	ksft_print_msg("%d symbols\n", nr);
	if (found != 3 << 8)
		return modtest_fail("objects are not in kallsyms (%#x)", found);
	return ret;
}

static int test_busy(void)
{
	int fd = open(SECTIONS_DEBUGFS "objects", O_RDONLY);
	struct modtest_proc proc;
	int ret;

	if (fd < 0)
		return modtest_fail("cannot open objects");

	modtest_proc(SECTIONS, &proc);
	ret = modtest_unload(SECTIONS);
	close(fd);
	if (proc.refs != 1)
		return modtest_fail("%d references, not 1", proc.refs);
	if (ret != -EWOULDBLOCK)
		return modtest_fail("unload of a module in use: %s",
				    strerror(-ret));
	return KSFT_PASS;
}

static int test_unload(void)
{
	unsigned long long addrs[MODTEST_CORE_TYPES];
	int i, ret = modtest_unload(SECTIONS);

	if (ret)
		return modtest_fail("cannot unload: %s", strerror(-ret));
	if (!modtest_settled(&before))
		return KSFT_FAIL;

	for (i = 0; i < MODTEST_CORE_TYPES; i++)
		addrs[i] = regions[i].base;
	return check_gone(addrs, MODTEST_CORE_TYPES);
}

/* The module has memory to which only one region points, for each region. */
static int test_kmemleak(void)
{
	int ret = KSFT_PASS;

	if (!modtest_has_kmemleak())
		return KSFT_SKIP;

	modtest_kmemleak_start();
	if (modtest_load(SECTIONS, ""))
		return modtest_fail("cannot load " SECTIONS " again");
	if (modtest_kmemleak_count())
		ret = modtest_fail("objects are lost while in use");

	modtest_unload(SECTIONS);
	if (!modtest_settled(&before))
		return KSFT_FAIL;
	if (modtest_kmemleak_count())
		return modtest_fail("objects are lost after the unload");
	return ret;
}

static const struct modtest_case cases[] = {
	{ "module with every kind of section loads",	test_load },
	{ "objects are in their regions",		test_objects },
	{ "sizes in sysfs and procfs agree",		test_sizes },
	{ "regions are apart",				test_apart },
	{ "sections are in their regions",		test_sections },
	{ "protection in the page tables",		test_protection },
	{ "nothing is writable and executable",		test_wx },
	{ "protection when tried",			test_stores },
	{ "init memory is gone after init",		test_init_gone },
	{ "addresses are shown as sections/ does",	test_hidden },
	{ "symbols are in their regions",		test_kallsyms },
	{ "module in use stays",			test_busy },
	{ "module unloads and leaves nothing",		test_unload },
	{ "kmemleak finds no fault",			test_kmemleak },
};

int main(void)
{
	modtest_run(cases, ARRAY_SIZE(cases));
	return 0;
}
