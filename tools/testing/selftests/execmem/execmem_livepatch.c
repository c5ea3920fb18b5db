// SPDX-License-Identifier: GPL-2.0
/*
 * A livepatch whose relocations are applied when its target is loaded, which
 * is later than the patch: then the text of the patch is finished. It calls
 * static functions of the target.
 */
#define _GNU_SOURCE

#include "../module/modtest.h"

#ifndef __x86_64__
int main(void)
{
	ksft_print_header();
	ksft_exit_skip("the modules are built for x86_64 only\n");
}
#else

#include <sys/stat.h>

#include "klp_convert.h"
#include "sites.h"

#define LP_TARGET	"test_text_target"
#define LP_PATCH	"test_text_livepatch"
#define LP_SYSFS	"/sys/kernel/livepatch/" LP_PATCH "/"
#define LP_ROUNDS	5

/* What target_answer() returns, and what the patch makes of it */
#define LP_ANSWER	10
#define LP_PATCHED	1080

static char patch_path[PATH_MAX];
static struct klp_file patch;
static struct modtest_state before;

static int param(const char *module, const char *name)
{
	unsigned long long val;
	int ret = modtest_sysfs(module, "parameters/", name, &val);

	return ret ? ret : (int)val;
}

static int load_patch(const struct klp_file *file)
{
	return syscall(__NR_init_module, file->image, file->size, "") ?
	       -errno : 0;
}

/* A patch is not to be unloaded, or loaded again, before that has ended. */
static int wait_transition(void)
{
	unsigned long long val = 1;
	int ms, ret;

	for (ms = 0; ms < MODTEST_SETTLE_MS; ms += 20) {
		ret = modtest_read_num(LP_SYSFS "transition", &val);
		if (ret == -ENOENT || (!ret && !val))
			return 0;
		modtest_sleep_ms(20);
	}

	ksft_print_msg("the transition does not end\n");
	return -ETIMEDOUT;
}

static int unload_patch(void)
{
	int ms, ret = modtest_write(LP_SYSFS "enabled", "0");

	if (!ret)
		ret = wait_transition();
	for (ms = 0; !ret && ms < MODTEST_SETTLE_MS; ms += 20) {
		ret = modtest_unload(LP_PATCH);
		if (ret != -EAGAIN && ret != -EBUSY)
			return ret;
		ret = 0;
		modtest_sleep_ms(20);
	}

	return ret ? ret : -EBUSY;
}

/* One field: @applied says whether it has the value or none. */
static bool check_field(const Elf64_Rela *rela, uint64_t section,
			const char *symbol, bool applied)
{
	const struct sites_symbol *sym = sites_symbol(LP_TARGET, symbol);
	bool wide = ELF64_R_TYPE(rela->r_info) == R_X86_64_64;
	uint64_t want = 0, have = 0;

	if (applied && !sym) {
		ksft_print_msg("%s is not in kallsyms\n", symbol);
		return false;
	}
	if (applied)
		want = sym->addr + rela->r_addend;
	if (applied && (ELF64_R_TYPE(rela->r_info) == R_X86_64_PC32 ||
			ELF64_R_TYPE(rela->r_info) == R_X86_64_PLT32))
		want -= section + rela->r_offset;
	if (!wide)
		want &= 0xffffffff;

	if (!sites_peek(section + rela->r_offset, &have, wide ? 8 : 4) &&
	    want == have)
		return true;

	ksft_print_msg("%s at 0x%lx is 0x%lx, not 0x%lx\n", symbol,
		       section + rela->r_offset, have, want);
	return false;
}

/* All late relocations in memory; also counts how many there are. */
static int check_fields(bool applied)
{
	struct klp_section sections[KLP_MAX_SECTIONS];
	int i, nr = klp_sections(&patch, sections);
	unsigned long long base;
	unsigned int fields = 0;
	char symbol[256];
	size_t j;

	if (sites_kernel_read())
		return KSFT_FAIL;

	for (i = 0; i < nr; i++) {
		if (strcmp(sections[i].object, LP_TARGET))
			continue;
		if (modtest_sysfs(LP_PATCH, "sections/", sections[i].target,
				  &base))
			return modtest_fail("%s is nowhere",
					    sections[i].target);
		for (j = 0; j < sections[i].nr_relas; j++, fields++) {
			klp_symbol(&patch, &sections[i].relas[j], symbol,
				   sizeof(symbol));
			if (!check_field(&sections[i].relas[j], base, symbol,
					 applied))
				return KSFT_FAIL;
		}
	}

	return fields >= 4 ? KSFT_PASS :
	       modtest_fail("only %u late relocations", fields);
}

/* As it is built, the patch has symbols that nobody defines. */
static int case_unconverted(void)
{
	int ret = modtest_load_file(patch_path, "");

	if (ret != -ENOEXEC)
		return modtest_fail("load: %d", ret);
	return modtest_settled(&before) ? KSFT_PASS : KSFT_FAIL;
}

static int case_convert(void)
{
	struct klp_section sections[KLP_MAX_SECTIONS];
	int i, nr, text = 0, data = 0, vmlinux = 0;

	if (klp_convert(patch_path, &patch))
		return KSFT_FAIL;

	nr = klp_sections(&patch, sections);
	for (i = 0; i < nr; i++) {
		ksft_print_msg("%zu relocations for %s in %s\n",
			       sections[i].nr_relas, sections[i].object,
			       sections[i].target);
		if (!strcmp(sections[i].object, "vmlinux"))
			vmlinux++;
		else if (!strcmp(sections[i].target, ".text"))
			text++;
		else
			data++;
	}

	if (vmlinux && text && data)
		return KSFT_PASS;
	return modtest_fail("sections are missing");
}

static int case_patch_first(void)
{
	int ret = load_patch(&patch);

	if (ret)
		return modtest_fail("the patch does not load: %d", ret);
	if (wait_transition())
		return KSFT_FAIL;
	if (param(LP_PATCH, "kernel") != 1)
		return modtest_fail("the kernel's function is not called");
	return check_fields(false);
}

static int case_target_comes(void)
{
	int ret = modtest_load(LP_TARGET, "");

	if (ret)
		return modtest_fail("the target does not load: %d", ret);

	ret = param(LP_TARGET, "answer");
	if (ret != LP_PATCHED)
		return modtest_fail("the answer is %d", ret);
	if (param(LP_TARGET, "calls") != 1)
		return modtest_fail("the target does not count");
	return check_fields(true);
}

static int case_target_goes(void)
{
	int ret = modtest_unload(LP_TARGET);

	if (ret)
		return modtest_fail("the target does not unload: %d", ret);
	return check_fields(false);
}

static int case_again(void)
{
	int i, ret = KSFT_PASS;

	for (i = 0; i < LP_ROUNDS && ret == KSFT_PASS; i++) {
		ret = case_target_comes();
		if (ret == KSFT_PASS)
			ret = case_target_goes();
	}

	return ret;
}

static int case_patch_goes(void)
{
	int ret = case_target_comes();

	if (ret != KSFT_PASS)
		return ret;

	ret = unload_patch();
	if (ret)
		return modtest_fail("the patch does not unload: %d", ret);

	ret = param(LP_TARGET, "answer");
	if (ret != LP_ANSWER)
		return modtest_fail("the answer is still %d", ret);
	return KSFT_PASS;
}

static int case_patch_last(void)
{
	int ret = load_patch(&patch);

	if (ret)
		return modtest_fail("the patch does not load: %d", ret);
	if (wait_transition())
		return KSFT_FAIL;

	ret = param(LP_TARGET, "answer");
	if (ret != LP_PATCHED)
		return modtest_fail("the answer is %d", ret);
	ret = check_fields(true);
	if (ret != KSFT_PASS)
		return ret;

	ret = unload_patch();
	if (!ret)
		ret = modtest_unload(LP_TARGET);
	if (ret)
		return modtest_fail("unload: %d", ret);
	return modtest_settled(&before) ? KSFT_PASS : KSFT_FAIL;
}

/*
 * A relocation that cannot be resolved keeps the target out, and only as long
 * as the patch is there. Others, that were applied before, are taken back.
 */
static int case_unresolved(void)
{
	struct klp_file bad;
	int ret;

	if (klp_convert(patch_path, &bad))
		return KSFT_FAIL;

	ret = klp_rename(&bad, "target_calls", "target_falls");
	if (!ret)
		ret = load_patch(&bad);
	klp_free(&bad);
	if (ret)
		return modtest_fail("the patch does not load: %d", ret);
	if (wait_transition())
		return KSFT_FAIL;

	ret = modtest_load(LP_TARGET, "");
	if (ret != -EINVAL)
		return modtest_fail("the target loads: %d", ret);
	ret = check_fields(false);
	if (ret != KSFT_PASS)
		return ret;

	ret = unload_patch();
	if (!ret)
		ret = modtest_load(LP_TARGET, "");
	if (!ret && param(LP_TARGET, "answer") != LP_ANSWER)
		ret = -EINVAL;
	if (!ret)
		ret = modtest_unload(LP_TARGET);
	if (ret)
		return modtest_fail("the target does not load then: %d", ret);
	return modtest_settled(&before) ? KSFT_PASS : KSFT_FAIL;
}

static const struct modtest_case cases[] = {
	{ "a patch that is not converted is refused", case_unconverted },
	{ "symbols and relocations are converted", case_convert },
	{ "the patch is loaded before its target", case_patch_first },
	{ "the target comes, and is patched", case_target_comes },
	{ "the target goes, and relocations with it", case_target_goes },
	{ "the target comes and goes again", case_again },
	{ "the patch goes before its target", case_patch_goes },
	{ "the patch is loaded after its target", case_patch_last },
	{ "a symbol that is nowhere keeps the target out", case_unresolved },
};

int main(void)
{
	if (access("/sys/kernel/livepatch", X_OK)) {
		ksft_print_header();
		ksft_exit_skip("no livepatch: CONFIG_LIVEPATCH\n");
	}
	if (access("/proc/kcore", R_OK)) {
		ksft_print_header();
		ksft_exit_skip("no /proc/kcore: CONFIG_PROC_KCORE\n");
	}
	if (modtest_find(LP_PATCH, patch_path, sizeof(patch_path)) ||
	    modtest_snapshot(&before)) {
		ksft_print_header();
		ksft_exit_fail_msg("no " LP_PATCH ".ko: CONFIG_TEST_TEXT\n");
	}

	modtest_run(cases, sizeof(cases) / sizeof(*cases));
}

#endif /* __x86_64__ */
